# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sources in: whatever the user has becomes a StableHLO module plus `ctx.parameters`.

`import_source` looks at the kind of source and leaves the work to `frontend.tensorflow`,
`frontend.jax` or `frontend.mlir`; each framework is only imported when a source of it comes along.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from iree_explore.context import collector_paused
from iree_explore.errors import ModelError

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp

    from iree_explore.context import CompilerContext


@collector_paused()
def import_source(
    source: Any,
    ctx: CompilerContext,
    *,
    inputs: Sequence[Any] | Mapping[str, Any] | None = None,
    dynamic: Mapping[str, Mapping[int, str]] | None = None,
    name: str | None = None,
) -> ModuleOp:
    """The module of `source`: a Keras model, tf.Module, tf.function, ConcreteFunction, SavedModel
    folder, `.keras` file, JAX function (jitted or plain), `jax.export` artifact (object, bytes or
    file), `.mlir` or `.mlirbc` path, MLIR text or bytecode (`bytes`).

    `inputs` are sample arrays, in argument order or by name; their shapes take the place of unknown
    dimensions, except those that `dynamic` (argument name -> {axis: symbol}) keeps. `name` names
    the module. A source that is one function exports it as "main". Variables are read when needed.

    Raises `ModelError` IX1xx, IX201, IX301 to IX303, IX504.
    """
    from iree_explore.frontend.jax import import_jax, is_artifact, is_jax

    if isinstance(source, bytes | bytearray | memoryview):
        from iree_explore.frontend.mlir import import_bytes
        from iree_explore.frontend.programs import check_program

        data = bytes(source)
        if is_artifact(data):
            module = import_jax(data, ctx, inputs=inputs, dynamic=dynamic, name=name)
            return check_program(module, ctx)
        return check_program(import_bytes(data, ctx, inputs=inputs, dynamic=dynamic), ctx)
    if isinstance(source, str | os.PathLike):
        return _import_path_or_text(source, ctx, inputs, dynamic, name)
    from iree_explore.frontend.tensorflow import import_tensorflow
    from iree_explore.frontend.tensorflow.sources import is_tensorflow

    if is_tensorflow(source):
        return import_tensorflow(source, ctx, inputs=inputs, dynamic=dynamic, name=name)
    if is_jax(source):
        from iree_explore.frontend.programs import check_program

        module = import_jax(source, ctx, inputs=inputs, dynamic=dynamic, name=name)
        return check_program(module, ctx)
    kind = type(source)
    raise ModelError("IX102", f"a {kind.__module__}.{kind.__qualname__} is no source")


def _import_path_or_text(source, ctx, inputs, dynamic, name) -> ModuleOp:
    from iree_explore.frontend.mlir import import_mlir, import_mlir_file
    from iree_explore.frontend.programs import check_program
    from iree_explore.frontend.tensorflow import import_tensorflow
    from iree_explore.frontend.tensorflow.sources import is_saved_model

    path = os.fspath(source)
    if isinstance(path, bytes):
        raise ModelError("IX102", "bytes are no source", hint="decode MLIR text to str first")
    if is_mlir_text(source):
        return check_program(import_mlir(path, ctx, inputs=inputs, dynamic=dynamic), ctx)
    if os.path.isdir(path):
        if is_saved_model(path):
            return import_tensorflow(path, ctx, inputs=inputs, dynamic=dynamic, name=name)
        raise ModelError("IX102", f"the folder {path} holds no SavedModel")
    if not os.path.exists(path):
        raise ModelError("IX504", f"no such file: {path[:300]}")
    if path.endswith(".keras"):
        from iree_explore.frontend.tensorflow.sources import load_keras_file

        model = load_keras_file(path)
        return import_tensorflow(model, ctx, inputs=inputs, dynamic=dynamic, name=name)
    if not path.endswith((".mlir", ".mlirbc")):
        from iree_explore.frontend.jax import import_jax, is_artifact

        with open(path, "rb") as file:
            data = file.read()
        if is_artifact(data):
            module = import_jax(data, ctx, inputs=inputs, dynamic=dynamic, name=name)
            return check_program(module, ctx)
    return check_program(import_mlir_file(path, ctx, inputs, dynamic), ctx)


def is_mlir_text(source: Any) -> bool:
    """Whether a source is MLIR text rather than a path: it has lines or an op with braces, or is
    empty."""
    if not isinstance(source, str):
        return False
    starts = source.lstrip().startswith(("module", "func.func"))
    return not source.strip() or "\n" in source or "{" in source or starts
