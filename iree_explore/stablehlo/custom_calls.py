# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The registry of `stablehlo.custom_call` targets: one `CustomCall` a target.

`find(target)` is what the op's row (`ops/custom_call.py`) asks; `register_custom_call` adds one.
Entries of ours are collected from the families in `_ENTRIES`; whatever MHLO names like a CHLO op
(`mhlo.asin`, `chlo.top_k`) is that op. Next: `ops/custom_call.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    SymbolRefAttr,
)
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, Operation, SSAValue

from iree_explore.stablehlo.base import (
    Decompose,
    Evaluate,
    Infer,
    Lower,
    OpRow,
    Run,
    Shape,
    declared,
)
from iree_explore.walk import walk

if TYPE_CHECKING:
    from iree_explore.stablehlo.decomposition import Decomposer


@dataclass(frozen=True)
class CustomCall:
    """What is known of one call target; the fields are those of `OpRow`, on the call itself.

    A target with neither `decompose` nor `lower` runs on `reference` only. `gap(op)` says why a
    configuration has no code generation, or None.
    """

    target: str
    evaluate: Evaluate
    decompose: Decompose | None = None
    lower: Lower | None = None
    infer: Infer = declared
    gap: Callable[[Any], str | None] | None = None


CALLS: dict[str, CustomCall] = {}
"""By target; `find` fills in ours, `register_custom_call` the others."""

REGISTERED: set[str] = set()
"""The targets that this process was told of: no other process knows them."""

_ENTRIES = (
    "iree_explore.stablehlo.ops.custom_call",
    "iree_explore.stablehlo.ops.framework_calls",
    "iree_explore.stablehlo.ops.host_calls",
    "iree_explore.stablehlo.ops.lapack_calls",
    "iree_explore.stablehlo.ops.linear_algebra",
)
"""Modules whose `CALLS` are entries of ours."""


def register_custom_call(
    target: str,
    evaluate: Callable[[Any, list[np.ndarray]], Sequence[np.ndarray]],
    decompose: Decompose | None = None,
    *,
    infer: Infer = declared,
) -> None:
    """Makes `stablehlo.custom_call @target` known.

    `evaluate(op, arrays)` is the definition in NumPy: one array per result, in the result's shape
    and dtype. `decompose(op, d)` builds StableHLO with a `Decomposer` and returns the results; a
    call without it runs on target "reference" only. `infer(op)` gives one shape per result (by
    default what the op declares). A later registration replaces an earlier one.
    """

    def call(op: Any, args: list[np.ndarray], run: Run) -> list[np.ndarray]:
        return [np.asarray(x) for x in evaluate(op, args)]

    CALLS[target] = CustomCall(target, call, decompose, infer=infer)
    REGISTERED.add(target)


def find(target: str) -> CustomCall | None:
    """The entry of a target, or None if nothing here knows it."""
    if target in CALLS:
        return CALLS[target]
    for name in _ENTRIES:
        for entry in import_module(name).CALLS:
            CALLS.setdefault(entry.target, entry)
    if target not in CALLS:
        dialect, _, name = target.partition(".")
        row = _row(f"chlo.{_RENAMED.get(name, name)}") if dialect in ("mhlo", "chlo") else None
        if row is not None:
            CALLS[target] = _as_chlo(target, row)
    return CALLS.get(target)


def targets() -> Iterator[str]:
    """Every target that is known, those with CHLO's names included."""
    from iree_explore.stablehlo.table import TABLE

    for name in _RENAMED:
        find(f"mhlo.{name}")
    for name in TABLE:
        dialect, _, rest = name.partition(".")
        if dialect == "chlo" and not rest.startswith(("broadcast_", "constant")):
            find(f"mhlo.{rest}")
    yield from sorted(CALLS)


def unknown(op: Any) -> str:
    """Nothing here knows the call's target."""
    target = op.call_target_name.data
    version = op.api_version.value.data if op.api_version is not None else 1
    config = f"backend_config = {op.backend_config}" if op.backend_config else "no backend_config"
    return (
        f"nothing here knows the call target @{target} (api_version = {version}, {config}); "
        f'make it known with iree_explore.register_custom_call("{target}", evaluate, decompose)'
    )


def hide_computations(module: ModuleOp) -> None:
    """Functions that custom calls name as `called_computations` are no entry points."""
    named: set[str] = set()
    for op in walk(module):
        computations = op.properties.get("called_computations")
        if isinstance(computations, ArrayAttr):
            named |= {x.string_value() for x in computations if isinstance(x, SymbolRefAttr)}
    for op in module.body.block.ops if named else ():
        if isinstance(op, FuncOp) and op.sym_name.data in named:
            op.sym_visibility = StringAttr("private")


# Targets that stand for an op of CHLO
# --------------------------------------------------------------------------------------------

_RENAMED = {"topk": "top_k"}


def _row(name: str) -> OpRow | None:
    from iree_explore.stablehlo.table import TABLE

    return TABLE.get(name)


def attributes_of(op: Any) -> dict[str, Attribute]:
    """What the exporter wrote as the op's own attributes: `mhlo.attributes`,
    `mhlo.backend_config` or a dictionary `backend_config`."""
    given = [op.attributes.get(f"mhlo.{name}") for name in ("attributes", "backend_config")]
    for value in (*given, op.backend_config):
        if isinstance(value, DictionaryAttr):
            return dict(value.data)
    return {}


def _as_chlo(target: str, row: OpRow) -> CustomCall:
    """The call as an op of CHLO: evaluated by its row, decomposed into it."""

    def create(op: Any) -> Operation:
        known = row.op.get_irdl_definition().properties  # pyright: ignore[reportAttributeAccessIssue]
        properties = {k: v for k, v in attributes_of(op).items() if k in known}
        if "k" in known:  # how many of the greatest: as many as the result has
            properties.setdefault("k", IntegerAttr(op.results[0].type.get_shape()[-1], 64))
        return row.op.create(operands=list(op.operands), properties=properties,
                             result_types=[r.type for r in op.results])  # fmt: skip

    def infer(op: Any) -> Sequence[Shape | None]:
        same = create(op)
        found = row.infer(same)
        same.erase()
        return found

    def evaluate(op: Any, args: list[np.ndarray], run: Run) -> list[np.ndarray]:
        same = create(op)
        found = row.evaluate(same, args, run)
        same.erase()
        return found

    def decompose(op: Any, d: Decomposer) -> Sequence[SSAValue]:
        same = create(op)
        d.add(same)
        return same.results

    return CustomCall(target, evaluate, decompose, infer=infer)
