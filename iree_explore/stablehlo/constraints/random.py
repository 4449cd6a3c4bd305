# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""rng and rng_bit_generator."""

from __future__ import annotations

from typing import Any

from iree_explore.stablehlo.constraints.report import (
    Report,
    Rule,
    element,
    fits,
    kind,
    same_type,
    shape,
)


def _rng(op: Any, report: Report) -> None:
    a, b, sizes = op.operands
    report.same_element("C1", a, b, op.results[0])
    report.need("types", not shape(a) and not shape(b), "a and b should be scalars")
    normal = op.properties["rng_distribution"].data.value == "NORMAL"
    kinds = "f" if normal else "biuf"
    report.need(
        "C2",
        kind(element(op.results[0])) in kinds,
        f"{element(op.results[0])} has no {'normal' if normal else 'uniform'} numbers",
    )
    rank = len(shape(op.results[0]))
    report.need(
        "C3",
        len(shape(sizes)) == 1 and fits(shape(sizes)[0], rank),
        f"shape {sizes.type} should have {rank} elements",
    )


def _rng_bit_generator(op: Any, report: Report) -> None:
    state, result = op.operands[0].type, op.results[0].type
    report.need("C1", same_type(state, result), f"the state {state} becomes {result}")


RULES: dict[str, Rule] = {
    "stablehlo.rng": _rng,
    "stablehlo.rng_bit_generator": _rng_bit_generator,
}
