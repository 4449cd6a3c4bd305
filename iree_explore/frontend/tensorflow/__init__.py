# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow in, StableHLO out: `import_tensorflow(source, ctx, ...)`.

Straight from concrete functions: `sources` finds them in whatever the user passed, `convert` has
TensorFlow lower each one to StableHLO text, `link` parses the texts into one module whose variables
stay in `tf.Variable`s behind `ctx.parameters`, and `ops/` lowers what TensorFlow leaves.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from iree_explore.errors import ModelError

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp

    from iree_explore.context import CompilerContext
    from iree_explore.frontend.tensorflow.sources import Export

_ASSIGNS = re.compile(r"Assign|Resource(Scatter|Apply|SparseApply|StridedSliceAssign)")


def load_tensorflow():
    """The `tensorflow` module; raises `ModelError` IX103 naming the extra if it is missing."""
    try:
        import tensorflow as tf
    except ModuleNotFoundError as raised:
        raise ModelError(
            "IX103",
            "TensorFlow is not installed",
            because=str(raised),
            hint='pip install "iree_explore[tensorflow]"',
        ) from raised
    return tf


def import_tensorflow(
    source: Any,
    ctx: CompilerContext,
    *,
    inputs: Sequence[Any] | Mapping[str, Any] | None = None,
    dynamic: Mapping[str, Mapping[int, str]] | None = None,
    name: str | None = None,
) -> ModuleOp:
    """A Keras model, tf.Module, tf.function, ConcreteFunction or SavedModel folder as a module.

    See `frontend.import_source` for the arguments. Raises `ModelError` IX102 to IX107, IX301 to
    IX303.
    """
    from iree_explore.frontend.tensorflow.convert import Converted, convert
    from iree_explore.frontend.tensorflow.keras_lines import locate_layers, user_files
    from iree_explore.frontend.tensorflow.link import link
    from iree_explore.frontend.tensorflow.refusals import Refusal, Refused
    from iree_explore.frontend.tensorflow.sources import (
        find_exports,
        give_inputs,
        load_saved_model,
        module_name,
        without_rank,
    )

    if isinstance(source, str | os.PathLike):
        source = load_saved_model(os.fspath(source))  # kept until linked: it owns the variables
    exports = find_exports(source, inputs, dynamic or {}, ctx.notes)
    later = [e for e in exports if any(a.shape is None for a in e.arguments)]
    if ctx.unranked is not None:
        ctx.unranked += [(export, source) for export in later]
    elif len(later) == len(exports):
        later = []  # nothing else to show: refused, with what to do
    else:
        ctx.notes += [f"left out: {without_rank(e)}; {give_inputs(e)}" for e in later]
    exports = [e for e in exports if e not in later]
    parts: list[Converted] = []
    refusals: list[Refusal] = []
    for export in exports:
        try:
            parts.append(convert(export))
        except Refused as refused:
            refusals += refused.refusals
    module = link(parts, ctx, name or module_name(source), refusals)
    if ctx.unranked:
        _keep_mutable(module, later)
    if hasattr(source, "layers"):
        locate_layers(source, ctx.provenance, ctx.user_files or user_files())
    return module


def _keep_mutable(module: ModuleOp, later: Sequence[Export]) -> None:
    """Variables that functions compiled later assign are no constants of the others."""
    from xdsl.dialects.builtin import StringAttr, UnitAttr

    from iree_explore.frontend.ml_program import GlobalOp

    assigned: set[str] = set()
    for export in later:
        graph = export.function.graph.as_graph_def()
        bodies = (graph.node, *(f.node_def for f in graph.library.function))
        if any(_ASSIGNS.match(node.op) for body in bodies for node in body):
            assigned |= {v.name.removesuffix(":0") for v in export.function.variables}
    for op in module.body.block.ops:
        named = op.attributes.get("iree.abi.name")
        if isinstance(op, GlobalOp) and isinstance(named, StringAttr) and named.data in assigned:
            op.is_mutable = UnitAttr()
            op.attributes["iree.abi.assigned"] = UnitAttr()
