# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""dot_general, convolution, dynamic_conv, and the linear algebra on matrices."""

from __future__ import annotations

from typing import Any

from iree_explore.stablehlo.base import DYNAMIC, Shape
from iree_explore.stablehlo.constraints.reductions import window_sizes
from iree_explore.stablehlo.constraints.report import (
    Report,
    Rule,
    element,
    fits,
    integer,
    ints,
    kind,
    number_list,
    shape,
)


def _precision(op: Any, report: Report, label: str) -> None:
    config = op.properties.get("precision_config")
    if config is not None:
        report.need(label, len(config) in (0, 2), f"precision_config has {len(config)} values")


def _dot_general(op: Any, report: Report) -> None:
    numbers = op.dot_dimension_numbers
    sides = []
    for name, value in (("lhs", op.lhs), ("rhs", op.rhs)):
        batching = number_list(getattr(numbers, f"{name}_batching_dimensions"))
        contracting = number_list(getattr(numbers, f"{name}_contracting_dimensions"))
        labels = ("C3", "C5", "C6") if name == "lhs" else ("C4", "C7", "C8")
        report.unique(
            labels[0], f"{name} batching and contracting dimensions", batching + contracting
        )
        rank = len(shape(value))
        report.in_range(labels[1], f"{name}_batching_dimensions", batching, rank)
        report.in_range(labels[2], f"{name}_contracting_dimensions", contracting, rank)
        sides.append((shape(value), batching, contracting))
    (lhs, left_batch, left), (rhs, right_batch, right) = sides
    report.need("C1", len(left_batch) == len(right_batch), "batching dimensions do not pair up")
    report.need("C2", len(left) == len(right), "contracting dimensions do not pair up")
    if report.broken:
        return
    for label, pairs in (("C9", (left_batch, right_batch)), ("C10", (left, right))):
        for a, b in zip(*pairs, strict=True):
            report.need(
                label,
                fits(lhs[a], rhs[b]),
                f"size {lhs[a]} of lhs dimension {a} is not {rhs[b]} of rhs dimension {b}",
            )
    _precision(op, report, "C11")
    free = [[n for d, n in enumerate(s) if d not in b and d not in c] for s, b, c in sides]
    report.result("C12", (*(lhs[d] for d in left_batch), *free[0], *free[1]))
    report.need("C13", kind(element(op.lhs)) in "biufcq", f"{element(op.lhs)} is no number")


_SIDES = (
    ("lhs", "input", "C12", "C13", ("b", "f")),
    ("rhs", "kernel", "C17", "C18", ("i", "o")),
    ("out", "output", "C19", "C20", ("b", "f")),
)
"""Dimension numbers: side, the specification's word, labels, what is not spatial."""


def _convolution(op: Any, report: Report) -> None:
    numbers = op.dimension_numbers
    lhs, rhs = shape(op.lhs), shape(op.rhs)
    rank = len(lhs)
    if not report.need("C1", rank == len(rhs), f"lhs has rank {rank}, rhs rank {len(rhs)}"):
        return
    if not report.need("C1", rank >= 2, f"rank {rank} is below 2"):
        return
    _window(op, report, rank)
    for side, name, count, unique, pair in _SIDES:
        labels = [x.data for x in getattr(numbers, side)]
        spatial = [x for x in labels if x not in pair]
        report.need(
            count, len(spatial) == rank - 2, f"{name} has {len(spatial)} spatial dimensions"
        )
        wanted = sorted([*pair, *map(str, range(rank - 2))])
        report.need(unique, sorted(labels) == wanted, f"{name} dimensions are {labels}")
    _precision(op, report, "C24")
    report.need(
        "C26", len(shape(op.result)) == rank, f"the result {op.result.type} has not rank {rank}"
    )
    if not report.broken and _groups(op, report, lhs, rhs) and op.name != "stablehlo.dynamic_conv":
        _convolution_result(op, report, lhs, rhs)


def _convolution_result(op: Any, report: Report, lhs: Shape, rhs: Shape) -> None:
    """C25: batches, windows and features in the places that the output's labels say."""
    numbers, rank = op.dimension_numbers, len(lhs) - 2
    ones, zeros = [1] * rank, [0] * (2 * rank)
    windows = window_sizes(
        tuple(lhs[d] for d in numbers.spatial("lhs")),
        [rhs[d] for d in numbers.spatial("rhs")],
        ints(op, "window_strides") or ones,
        ints(op, "lhs_dilation") or ones,
        ints(op, "rhs_dilation") or ones,
        ints(op, "padding") or zeros,
    )
    batch, groups = lhs[numbers.position("lhs", "b")], integer(op, "batch_group_count", 1)
    sizes = {str(d): n for d, n in enumerate(windows)}
    sizes["b"] = batch if batch == DYNAMIC else batch // groups
    sizes["f"] = rhs[numbers.position("rhs", "o")]
    report.result("C25", tuple(sizes[x.data] for x in numbers.out))


def _window(op: Any, report: Report, rank: int) -> None:
    """Sizes and signs of the window's attributes."""
    names = (
        ("C2", "C3", "window_strides"),
        ("C5", "C6", "lhs_dilation"),
        ("C7", "C8", "rhs_dilation"),
    )
    for count, sign, name in names:
        values = ints(op, name)
        report.size(count, name, values, rank - 2)
        report.positive(sign, name, values)
    padding = ints(op, "padding")
    report.size("C4", "padding (two a dimension)", padding, 2 * (rank - 2))
    reversal = op.properties.get("window_reversal")
    if reversal is not None:
        values = ints(op, "window_reversal") or []
        report.need("C9", len(values) in (1, rank - 2), f"window_reversal has {len(values)} values")


def _groups(op: Any, report: Report, lhs: Shape, rhs: Shape) -> bool:
    """Features and batches divide into the groups."""
    numbers = op.dimension_numbers
    features, batches = integer(op, "feature_group_count", 1), integer(op, "batch_group_count", 1)
    report.need("C21", features > 0, f"feature_group_count = {features} is below 1")
    report.need("C22", batches > 0, f"batch_group_count = {batches} is below 1")
    report.need("C23", features == 1 or batches == 1, "both group counts are above 1")
    if report.broken:
        return False
    batch = lhs[numbers.position("lhs", "b")]
    channels = lhs[numbers.position("lhs", "f")]
    inner = rhs[numbers.position("rhs", "i")]
    outer = rhs[numbers.position("rhs", "o")]
    divides = (
        ("C10", batch, batches, "batch"),
        ("C11", channels, features, "input feature"),
        ("C15", outer, batches, "output feature"),
        ("C16", outer, features, "output feature"),
    )
    for label, size, groups, name in divides:
        report.need(
            label,
            size == DYNAMIC or size % groups == 0,
            f"the {name} size {size} does not divide into {groups} groups",
        )
    report.need(
        "C14",
        DYNAMIC in (inner, channels) or inner == channels // features,
        f"kernel input features {inner} are not {channels} / {features}",
    )
    return not report.broken


def _cholesky(op: Any, report: Report) -> None:
    sizes = shape(op.operands[0])
    report.same_element("C1", op.operands[0], op.results[0])
    report.same_shape("C1", "operand and result", op.operands[0], op.results[0])
    report.need("types", kind(element(op.operands[0])) in "fcq", "floats or complex numbers only")
    if report.need("C2", len(sizes) >= 2, f"rank {len(sizes)} is below 2"):
        report.need("C3", fits(sizes[-2], sizes[-1]), "the matrices are not square")


def _triangular_solve(op: Any, report: Report) -> None:
    a, b = op.operands
    report.same_element("C1", a, b)
    x, y = shape(a), shape(b)
    if not report.need("C2", 2 <= len(x) == len(y), f"ranks {len(x)} and {len(y)}"):
        return
    left = bool(integer(op, "left_side"))
    report.need("C3", fits(x[-1], x[-2]), "the matrices a are not square")
    report.need("C3", all(map(fits, x[:-2], y[:-2])), "batch sizes of a and b differ")
    report.need("C3", fits(x[-1], y[-2 if left else -1]), "sizes of a and b differ")
    report.same_shape("C4", "b and result", b, op.results[0])


def _dot(op: Any, report: Report) -> None:
    lhs, rhs = shape(op.lhs), shape(op.rhs)
    ranks = {len(lhs), len(rhs)}
    if report.need("ranks", ranks <= {1, 2}, f"ranks {len(lhs)} and {len(rhs)} are not 1 or 2"):
        same = fits(lhs[-1], rhs[0])
        if report.need("sizes", same, f"sizes {lhs[-1]} and {rhs[0]} to sum over differ"):
            report.result("result", (*lhs[:-1], *rhs[1:]))


RULES: dict[str, Rule] = {
    "stablehlo.dot_general": _dot_general,
    "stablehlo.dot": _dot,
    "stablehlo.convolution": _convolution,
    "stablehlo.dynamic_conv": _convolution,
    "stablehlo.cholesky": _cholesky,
    "stablehlo.triangular_solve": _triangular_solve,
}
