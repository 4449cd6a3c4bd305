# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Control flow and tuples."""

from __future__ import annotations

from typing import Any

from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Region

from iree_explore.stablehlo.constraints.report import Report, Rule, integer, same_type, scalar


def _returned(region: Region) -> list[Any]:
    last = region.block.last_op
    return [] if last is None else [v.type for v in last.operands]


def _returns(report: Report, label: str, name: str, region: Region, wanted: list[Any]) -> None:
    """The region returns values of these types."""
    found = _returned(region)
    fitting = len(found) == len(wanted) and all(map(same_type, found, wanted))
    report.need(
        label,
        fitting,
        f"{name} returns ({', '.join(map(str, found))}), wanted ({', '.join(map(str, wanted))})",
    )


def _if(op: Any, report: Report) -> None:
    report.need(
        "types",
        same_type(op.operands[0].type, scalar(IntegerType(1))),
        f"pred {op.operands[0].type} is no i1 scalar",
    )
    results = [r.type for r in op.results]
    for name, region in (("true_branch", op.regions[0]), ("false_branch", op.regions[1])):
        if report.body("C1", name, region, []):
            _returns(report, "C2", name, region, results)


def _case(op: Any, report: Report) -> None:
    report.need(
        "types",
        same_type(op.operands[0].type, scalar(IntegerType(32))),
        f"index {op.operands[0].type} is no i32 scalar",
    )
    report.need("C1", bool(op.regions), "there are no branches")
    results = [r.type for r in op.results]
    for i, region in enumerate(op.regions):
        if report.body("C2", f"branch {i}", region, []):
            _returns(report, "C3", f"branch {i}", region, results)


def _while(op: Any, report: Report) -> None:
    types = [v.type for v in op.operands]
    fitting = len(types) == len(op.results) and all(
        same_type(a, r.type) for a, r in zip(types, op.results, strict=True)
    )
    report.need("C3", fitting, "operands and results differ in type")
    if report.body("C1", "cond", op.regions[0], types):
        _returns(report, "C1", "cond", op.regions[0], [scalar(IntegerType(1))])
    if report.body("C2", "body", op.regions[1], types):
        _returns(report, "C2", "body", op.regions[1], types)


def _tuple(op: Any, report: Report) -> None:
    found, wanted = list(op.results[0].type.types), [v.type for v in op.operands]
    report.need("C1", found == wanted, f"the result {op.results[0].type} does not hold the values")


def _get_tuple_element(op: Any, report: Report) -> None:
    types = list(op.operands[0].type.types)
    index = integer(op, "index")
    if report.in_range("C1", "index", index, len(types)):
        result = op.results[0].type
        report.need("C2", same_type(types[index], result), f"element {index} is {types[index]}")


RULES: dict[str, Rule] = {
    "stablehlo.if": _if,
    "stablehlo.case": _case,
    "stablehlo.while": _while,
    "stablehlo.tuple": _tuple,
    "stablehlo.get_tuple_element": _get_tuple_element,
}
