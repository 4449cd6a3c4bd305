# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compilers with one bug: a rewrite whose new ops are changed before anybody sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import DenseArrayBase, FloatAttr, IntegerAttr, i64
from xdsl.dialects.linalg.ops import AddOp
from xdsl.ir import Operation

from iree_explore import pipeline, provenance
from iree_explore.walk import walk

OTHER: dict[str, Callable[..., Operation]] = {
    "arith.maximumf": arith.MinimumfOp,
    "arith.minimumf": arith.MaximumfOp,
    "arith.addf": arith.SubfOp,
    "arith.mulf": arith.AddfOp,
    "arith.divf": arith.MulfOp,
    "math.exp": math.SinOp,
    "math.tanh": math.SinOp,
    "math.erf": math.SinOp,
    "linalg.max": AddOp,
}
"""What an op becomes: another one with the same operands."""

SWAPPED = frozenset(
    """arith.subf arith.select arith.cmpf linalg.sub linalg.div linalg.matmul
    tensor.concat linalg.conv_2d_nhwc_hwcf flow.dispatch""".split()
)
"""Ops whose last two operands of one type change places."""


def spoil(ops: Iterable[Operation]) -> str:
    """Changes the first op that it knows how to; returns its name, "" if it knows none."""
    for op in [inner for outer in ops for inner in walk(outer)]:
        if op.name in OTHER and not op.regions:
            new = OTHER[op.name](*op.operands)
            new.location = op.location
            op.parent.insert_op_before(new, op)
            op.results[0].replace_all_uses_with(new.results[0])
            op.detach()
            op.erase()
            return op.name
        if op.name in SWAPPED and _swap(op):
            return op.name
        if _shift(op):
            return op.name
    return ""


def _swap(op: Operation) -> bool:
    operands = list(op.operands)
    for j in range(len(operands) - 1, 0, -1):
        for i in range(j):
            if operands[i] is not operands[j] and operands[i].type == operands[j].type:
                operands[i], operands[j] = operands[j], operands[i]
                op.operands = operands
                return True
    return False


def _shift(op: Operation) -> bool:
    """Other numbers in an op: a pad on the other side, a slice one row earlier, a constant."""
    known = op.properties
    if op.name == "tensor.pad" and known["static_low"] != known["static_high"]:
        known["static_low"], known["static_high"] = known["static_high"], known["static_low"]
        return True
    if op.name in ("tensor.extract_slice", "tensor.insert_slice"):
        offsets = list(known["static_offsets"].get_values())  # pyright: ignore
        at = next((i for i, n in enumerate(offsets) if n > 0), None)
        if at is not None:
            offsets[at] -= 1
            known["static_offsets"] = DenseArrayBase.from_list(i64, offsets)
            return True
    if op.name == "arith.constant" and isinstance(value := known["value"], FloatAttr):
        number = value.value.data
        known["value"] = FloatAttr(number + 1.5 if abs(number) < 1e30 else 0.25, value.type)
        return True
    if op.name == "linalg.index" and isinstance(value := known["dim"], IntegerAttr):
        known["dim"] = IntegerAttr(1 - value.value.data, value.type)
        return True
    return False


@contextmanager
def planted(pattern: str, number: int = 1) -> Iterator[list[tuple[str, int]]]:
    """Within, rewrite `number` of `pattern` (counted anew in each pass) is spoilt. Yields what was
    done: name of the op that changed, and of the pass."""
    done: list[tuple[str, str]] = []
    report = provenance._Log.report
    seen: dict[str, Any] = {"count": 0, "pass": ""}
    run_pass = pipeline.run_pass

    def spoiling(self: Any, origin: Any, name: str, code: Any, matched: Any) -> None:
        if name == pattern:
            seen["count"] += 1
            if seen["count"] == number:
                done.append((spoil(self.inserted), seen["pass"]))
        report(self, origin, name, code, matched)

    def counted(pass_: Any, *args: Any) -> None:
        seen.update({"count": 0, "pass": pass_.name})
        run_pass(pass_, *args)

    with (
        mock.patch.object(provenance._Log, "report", spoiling),
        mock.patch.object(pipeline, "run_pass", counted),
    ):
        yield done
