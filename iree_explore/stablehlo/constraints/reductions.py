# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""reduce, reduce_window, select_and_scatter, map and batch normalisation."""

from __future__ import annotations

from typing import Any

from iree_explore.stablehlo.base import DYNAMIC, Shape
from iree_explore.stablehlo.constraints.report import (
    Report,
    Rule,
    element,
    fits,
    integer,
    ints,
    kind,
    scalar,
    shape,
)


def _counts(op: Any, report: Report, label: str) -> bool:
    found = len(op.inputs), len(op.init_values), len(op.results)
    return report.need(
        label,
        0 < found[0] == found[1] == found[2],
        f"{found[0]} inputs, {found[1]} init_values, {found[2]} results",
    )


def _reducer(op: Any, report: Report, label: str, result: str) -> None:
    """The region takes one scalar twice for each input and returns one for each result."""
    if report.body(label, "body", op.regions[0], [None] * (2 * len(op.inputs))):
        block = op.regions[0].block
        report.need(label, all(not shape(a) for a in block.args), "body takes scalars only")
        report.returned(result, "body", op.regions[0], op.results)


def _reduce(op: Any, report: Report) -> None:
    dims = ints(op, "dimensions") or []
    if not _counts(op, report, "C3"):
        return
    operand = shape(op.inputs[0])
    report.same_shape("C1", "inputs", *op.inputs)
    for x, init in zip(op.inputs, op.init_values, strict=True):
        report.same_element("C2", x, init)
        report.need("C2", not shape(init), f"the init value {init.type} is no scalar")
    ranged = report.in_range("C4", "dimensions", dims, len(operand))
    report.unique("C5", "dimensions", dims)
    _reducer(op, report, "C6", "C8")
    if ranged:
        kept = tuple(n for d, n in enumerate(operand) if d not in dims)
        for i in range(len(op.results)):
            report.result("C7", kept, i)


def window_sizes(
    operand: Shape,
    window: list[int],
    strides: list[int],
    base: list[int],
    dilations: list[int],
    padding: list[int],
) -> Shape:
    """Windows in each dimension, as the specification counts them."""
    found = []
    for d, size in enumerate(operand):
        if DYNAMIC in (size, window[d]):
            found.append(DYNAMIC)
            continue
        spread = 0 if size == 0 else (size - 1) * base[d] + 1
        padded = padding[2 * d] + spread + padding[2 * d + 1]
        extent = 0 if window[d] == 0 else (window[d] - 1) * dilations[d] + 1
        empty = padded <= 0 or extent > padded
        found.append(0 if empty else (padded - extent) // strides[d] + 1)
    return tuple(found)


def _window(op: Any, report: Report, rank: int, labels: dict[str, tuple[str, str]]) -> Any:
    """The window's attributes, or None if one is wrong."""
    values: dict[str, list[int]] = {}
    for name, (count, sign) in labels.items():
        listed = ints(op, name)
        report.size(count, name, listed, rank)
        report.positive(sign, name, listed)
        values[name] = [1] * rank if listed is None else listed
    label = "C12" if "base_dilations" in labels else "C8"
    padding = ints(op, "padding")
    report.size(label, "padding (two a dimension)", padding, 2 * rank)
    values["padding"] = [0] * (2 * rank) if padding is None else padding
    return None if report.broken else values


def _reduce_window(op: Any, report: Report) -> None:
    if not _counts(op, report, "C1"):
        return
    operand = shape(op.inputs[0])
    report.same_shape("C2", "inputs", *op.inputs)
    for x, init in zip(op.inputs, op.init_values, strict=True):
        report.same_element("C3", x, init)
        report.need("C3", not shape(init), f"the init value {init.type} is no scalar")
    _reducer(op, report, "C13", "C16")
    names = {
        "window_dimensions": ("C4", "C5"),
        "window_strides": ("C6", "C7"),
        "base_dilations": ("C8", "C9"),
        "window_dilations": ("C10", "C11"),
    }
    found = _window(op, report, len(operand), names)
    if found is not None:
        sizes = window_sizes(
            operand,
            found["window_dimensions"],
            found["window_strides"],
            found["base_dilations"],
            found["window_dilations"],
            found["padding"],
        )
        for i in range(len(op.results)):
            report.result("C15", sizes, i)


def _select_and_scatter(op: Any, report: Report) -> None:
    operand = shape(op.operand)
    report.same_element("C1", op.operand, op.source)
    report.same_element("C3", op.operand, op.init_value)
    names = {"window_dimensions": ("C4", "C5"), "window_strides": ("C6", "C7")}
    ones = [1] * len(operand)
    found = _window(op, report, len(operand), names)
    one = scalar(element(op.operand))
    report.body("C9", "select", op.regions[0], [one, one])
    if report.body("C10", "scatter", op.regions[1], [None, None]):
        report.returned("C12", "scatter", op.regions[1], op.results)
    report.same_shape("C11", "operand and result", op.operand, op.result)
    if found is not None:
        sizes = window_sizes(
            operand,
            found["window_dimensions"],
            found["window_strides"],
            ones,
            ones,
            found["padding"],
        )
        report.same_shape("C2", "source and windows", op.source, sizes)


def _map(op: Any, report: Report) -> None:
    if not report.need("C2", bool(op.inputs), "there are no inputs"):
        return
    rank = len(shape(op.inputs[0]))
    report.same_shape("C1", "inputs and result", *op.inputs, op.result)
    dims = ints(op, "dimensions") or []
    report.need("C3", dims == list(range(rank)), f"dimensions = {dims} are not all of rank {rank}")
    report.body("C4", "computation", op.regions[0], [scalar(element(v)) for v in op.inputs])


def _batch_norm(op: Any, report: Report) -> None:
    operand, axis = op.operands[0], integer(op, "feature_index")
    report.need("types", kind(element(operand)) in "fq", f"{element(operand)} is no float")
    if report.in_range("C1", "feature_index", axis, len(shape(operand))):
        size = shape(operand)[axis]
        for value in op.operands[1:]:
            if len(shape(value)) == 1:
                report.need(
                    "C3", fits(shape(value)[0], size), f"{value.type} should have {size} elements"
                )
    report.same_element("C2", *op.operands)


RULES: dict[str, Rule] = {
    "stablehlo.reduce": _reduce,
    "stablehlo.reduce_window": _reduce_window,
    "stablehlo.select_and_scatter": _select_and_scatter,
    "stablehlo.map": _map,
    "stablehlo.batch_norm_inference": _batch_norm,
    "stablehlo.batch_norm_training": _batch_norm,
    "stablehlo.batch_norm_grad": _batch_norm,
}
