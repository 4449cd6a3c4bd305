# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops that make, move, cut and join tensors."""

from __future__ import annotations

import math
from typing import Any

from xdsl.dialects.builtin import IntegerType

from iree_explore.stablehlo.base import DYNAMIC, Shape
from iree_explore.stablehlo.constraints.report import (
    Report,
    Rule,
    compatible,
    element,
    fits,
    integer,
    ints,
    kind,
    same_type,
    scalar,
    shape,
    show,
)
from iree_explore.stablehlo.lowering import signless
from iree_explore.stablehlo.quantization import quantized, stored


def _constant(op: Any, report: Report) -> None:
    value, result = op.properties["value"].type, op.results[0].type
    alike = same_type(value, result)
    if quantized(result):  # the value is the storage, whose sign the result knows
        alike = same_type(signless(value), signless(stored(result)))
    report.need("C1", alike, f"the value is {value}, the result {result}")


def _iota(op: Any, report: Report) -> None:
    report.in_range(
        "C1", "iota_dimension", integer(op, "iota_dimension"), len(shape(op.results[0]))
    )
    report.need(
        "types", kind(element(op.results[0])) in "iufcq", f"{element(op.results[0])} cannot count"
    )


def _dynamic_iota(op: Any, report: Report) -> None:
    _iota(op, report)
    _size_operand(report, "C2", "output_shape", op.output_shape, len(shape(op.results[0])))


def _size_operand(report: Report, label: str, name: str, value: Any, wanted: int) -> None:
    """A 1-D integer tensor with `wanted` elements."""
    sizes = shape(value)
    report.need(
        label,
        len(sizes) == 1 and fits(sizes[0], wanted),
        f"{name} {value.type} should have {wanted} elements",
    )


def _broadcast_in_dim(op: Any, report: Report) -> None:
    dims = ints(op, "broadcast_dimensions") or []
    operand, result = shape(op.operand), shape(op.result)
    report.same_element("C1", op.operand, op.result)
    sized = report.size("C2", "broadcast_dimensions", dims, len(operand))
    ranged = report.in_range("C3", "broadcast_dimensions", dims, len(result))
    report.unique("C4", "broadcast_dimensions", dims)
    if sized and ranged:
        for d, to in enumerate(dims):
            report.need(
                "C5",
                operand[d] == 1 or fits(operand[d], result[to]),
                f"dimension {d} of size {operand[d]} does not broadcast to {result[to]}",
            )


def _dynamic_broadcast_in_dim(op: Any, report: Report) -> None:
    _broadcast_in_dim(op, report)
    _size_operand(report, "C7", "output_dimensions", op.output_dimensions, len(shape(op.result)))
    expanding = ints(op, "known_expanding_dimensions") or []
    others = ints(op, "known_nonexpanding_dimensions") or []
    report.unique("C8", "known_expanding and known_nonexpanding dimensions", expanding + others)
    rank = len(shape(op.operand))
    report.in_range("C9", "known_expanding_dimensions", expanding, rank)
    report.in_range("C10", "known_nonexpanding_dimensions", others, rank)


def _reshape(op: Any, report: Report) -> None:
    report.same_element("C1", op.operand, op.result)
    before, after = shape(op.operand), shape(op.result)
    if DYNAMIC not in before and DYNAMIC not in after:
        counts = math.prod(before), math.prod(after)
        report.need(
            "C2",
            counts[0] == counts[1],
            f"{show(before)} has {counts[0]} elements, {show(after)} has {counts[1]}",
        )


def _dynamic_reshape(op: Any, report: Report) -> None:
    _reshape(op, report)
    _size_operand(report, "C4", "output_shape", op.output_shape, len(shape(op.result)))


def _transpose(op: Any, report: Report) -> None:
    order, operand = ints(op, "permutation") or [], shape(op.operand)
    report.same_element("C1", op.operand, op.result)
    valid = report.need(
        "C2",
        sorted(order) == list(range(len(operand))),
        f"permutation = {order} is no permutation of rank {len(operand)}",
    )
    if valid:
        report.result("C3", tuple(operand[d] for d in order))


def _reverse(op: Any, report: Report) -> None:
    dims = ints(op, "dimensions") or []
    report.same_element("C1", op.operand, op.result)
    report.same_shape("C1", "operand and result", op.operand, op.result)
    report.unique("C2", "dimensions", dims)
    report.in_range("C3", "dimensions", dims, len(shape(op.operand)))


def _dimension_size(op: Any, report: Report) -> None:
    report.in_range("C1", "dimension", integer(op, "dimension"), len(shape(op.operand)))


def _size_value(name: str) -> Rule:
    def rule(op: Any, report: Report) -> None:
        _dimension_size(op, report)
        type_ = getattr(op, name).type
        wanted = scalar(IntegerType(32))
        report.need("types", same_type(type_, wanted), f"{name} {type_} should be {wanted}")

    return rule


def _slice(op: Any, report: Report) -> None:
    starts, limits = ints(op, "start_indices") or [], ints(op, "limit_indices") or []
    strides, operand = ints(op, "strides") or [], shape(op.operand)
    report.same_element("C1", op.operand, op.result)
    names = (("start_indices", starts), ("limit_indices", limits), ("strides", strides))
    if not all([report.size("C2", name, v, len(operand)) for name, v in names]):
        return
    for d, (low, high, size) in enumerate(zip(starts, limits, operand, strict=True)):
        inside = 0 <= low <= high and (size == DYNAMIC or high <= size)
        report.need("C3", inside, f"[{low}, {high}) is not inside dimension {d} of size {size}")
    if report.positive("C4", "strides", strides) and not report.broken:
        report.result(
            "C5",
            tuple(
                max(0, -(-(high - low) // step))
                for low, high, step in zip(starts, limits, strides, strict=True)
            ),
        )


def _start_indices(op: Any, report: Report, count: str, alike: str) -> None:
    indices = list(op.start_indices)
    report.size(count, "start_indices", indices, len(shape(op.operand)))
    types = {v.type for v in indices}
    report.need(alike, len(types) <= 1, "start_indices differ in type")
    for value in indices[:1]:
        integral = not shape(value) and kind(element(value)) in "iu"
        report.need("types", integral, f"the start index {value.type} is no integer scalar")


def _dynamic_slice(op: Any, report: Report) -> None:
    sizes, operand = ints(op, "slice_sizes") or [], shape(op.operand)
    report.same_element("C1", op.operand, op.result)
    _start_indices(op, report, "C2", "C3")
    if report.size("C2", "slice_sizes", sizes, len(operand)):
        for d, (size, whole) in enumerate(zip(sizes, operand, strict=True)):
            report.need(
                "C4",
                size >= 0 and (whole == DYNAMIC or size <= whole),
                f"slice_sizes[{d}] = {size} is outside dimension size {whole}",
            )
        report.result("C5", tuple(sizes))


def _dynamic_update_slice(op: Any, report: Report) -> None:
    operand, update = shape(op.operand), shape(op.update)
    report.same_element("C1", op.operand, op.result)
    report.same_shape("C1", "operand and result", op.operand, op.result)
    report.same_element("C2", op.update, op.operand)
    _start_indices(op, report, "C4", "C5")
    if report.need(
        "C3",
        len(operand) == len(update),
        f"update has rank {len(update)}, the operand {len(operand)}",
    ):
        for d, (size, whole) in enumerate(zip(update, operand, strict=True)):
            report.need(
                "C6",
                DYNAMIC in (size, whole) or size <= whole,
                f"dimension {d} of update has size {size}, the operand's {whole}",
            )


def _real_dynamic_slice(op: Any, report: Report) -> None:
    rank = len(shape(op.operand))
    report.same_element("C1", op.operand, op.result)
    for name in ("start_indices", "limit_indices", "strides"):
        _size_operand(report, "C2", name, getattr(op, name), rank)


def _concatenate(op: Any, report: Report) -> None:
    inputs, axis = list(op.inputs), integer(op, "dimension")
    if not report.need("C3", bool(inputs), "there are no inputs"):
        return
    report.same_element("C1", *inputs)
    report.same_element("C5", inputs[0], op.result)
    shapes = [shape(v) for v in inputs]
    if not report.in_range("C4", "dimension", axis, len(shapes[0])):
        return
    others = [(*s[:axis], DYNAMIC, *s[axis + 1 :]) for s in shapes]
    alike = all(compatible(others[0], s) for s in others)
    if report.need(
        "C2", alike, "inputs differ outside the dimension: " + ", ".join(map(show, shapes))
    ):
        sizes = [s[axis] for s in shapes]
        total = DYNAMIC if DYNAMIC in sizes else sum(sizes)
        report.result("C6", (*shapes[0][:axis], total, *shapes[0][axis + 1 :]))


def _pad(op: Any, report: Report) -> None:
    operand = shape(op.operand)
    report.same_element("C1", op.operand, op.padding_value, op.result)
    report.need("types", not shape(op.padding_value), "padding_value is no scalar")
    names = ("edge_padding_low", "edge_padding_high", "interior_padding")
    low, high, interior = (ints(op, name) or [] for name in names)
    pads = zip(names, (low, high, interior), strict=True)
    if not all([report.size("C2", name, v, len(operand)) for name, v in pads]):
        return
    report.need("C3", all(v >= 0 for v in interior), f"interior_padding = {interior} is negative")
    sizes: Shape = tuple(
        DYNAMIC if n == DYNAMIC else n + max(n - 1, 0) * k + a + z
        for n, a, z, k in zip(operand, low, high, interior, strict=True)
    )
    report.need(
        "C4",
        all(n == DYNAMIC or n >= 0 for n in sizes),
        f"the padded shape {show(sizes)} has negative sizes",
    )
    report.result("C4", sizes)


def _dynamic_pad(op: Any, report: Report) -> None:
    report.same_element("C1", op.operand, op.padding_value, op.result)
    for name in ("edge_padding_low", "edge_padding_high", "interior_padding"):
        _size_operand(report, "C2", name, getattr(op, name), len(shape(op.operand)))


def _broadcast(op: Any, report: Report) -> None:
    sizes = ints(op, "broadcast_sizes") or []
    report.need("sizes", all(n >= 0 for n in sizes), f"broadcast_sizes = {sizes} are negative")
    report.result("result", (*sizes, *shape(op.operands[0])))


RULES: dict[str, Rule] = {
    "stablehlo.constant": _constant,
    "stablehlo.iota": _iota,
    "stablehlo.dynamic_iota": _dynamic_iota,
    "stablehlo.broadcast_in_dim": _broadcast_in_dim,
    "stablehlo.dynamic_broadcast_in_dim": _dynamic_broadcast_in_dim,
    "stablehlo.broadcast": _broadcast,
    "stablehlo.reshape": _reshape,
    "stablehlo.dynamic_reshape": _dynamic_reshape,
    "stablehlo.transpose": _transpose,
    "stablehlo.reverse": _reverse,
    "stablehlo.get_dimension_size": _size_value("result"),
    "stablehlo.set_dimension_size": _size_value("size"),
    "stablehlo.slice": _slice,
    "stablehlo.dynamic_slice": _dynamic_slice,
    "stablehlo.dynamic_update_slice": _dynamic_update_slice,
    "stablehlo.real_dynamic_slice": _real_dynamic_slice,
    "stablehlo.concatenate": _concatenate,
    "stablehlo.pad": _pad,
    "stablehlo.dynamic_pad": _dynamic_pad,
}
