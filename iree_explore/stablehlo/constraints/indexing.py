# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""gather, dynamic_gather, scatter and sort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xdsl.ir import SSAValue

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
    number_list,
    scalar,
    shape,
    show,
)


def _gather_sizes(op: Any) -> list[int] | None:
    return ints(op, "slice_sizes") if "slice_sizes" in op.properties else None


def _index_shape(indices: Shape, vector: int) -> Shape:
    """The indices' shape without the index vector."""
    return indices if vector >= len(indices) else indices[:vector] + indices[vector + 1 :]


def _integers(report: Report, name: str, indices: SSAValue) -> None:
    report.need("types", kind(element(indices)) in "iu", f"{name} {indices.type} are no integers")


def _index_vector(
    report: Report, labels: tuple[str, str], name: str, dims: list[int], indices: Shape, vector: int
) -> bool:
    """The dimension of index vectors is there (returned), and they are as long as `dims`."""
    if not report.in_range(labels[0], "index_vector_dim", vector, len(indices) + 1):
        return False
    length = indices[vector] if vector < len(indices) else 1
    message = f"{name} has {len(dims)} values, an index vector {length}"
    report.need(labels[1], fits(length, len(dims)), message)
    return True


def _gather(op: Any, report: Report) -> None:
    numbers = op.dimension_numbers
    offset, collapsed = number_list(numbers.offset_dims), number_list(numbers.collapsed_slice_dims)
    batching = number_list(numbers.operand_batching_dims)
    index_batching = number_list(numbers.start_indices_batching_dims)
    index_map, vector = number_list(numbers.start_index_map), numbers.index_vector_dim.value.data
    operand, indices = shape(op.operand), shape(op.start_indices)
    rank = len(operand)
    _integers(report, "start_indices", op.start_indices)
    report.need(
        "C1",
        rank == len(offset) + len(collapsed) + len(batching),
        f"rank {rank} is not the number of offset, collapsed and batching dimensions",
    )
    if not _index_vector(report, ("C2", "C3"), "start_index_map", index_map, indices, vector):
        return
    report.unique("C4", "offset_dims", offset)
    report.sorted("C4", "offset_dims", offset)
    result_rank = len(_index_shape(indices, vector)) + len(offset)
    report.in_range("C5", "offset_dims", offset, result_rank)
    report.unique("C6", "collapsed_slice_dims and operand_batching_dims", collapsed + batching)
    report.sorted("C7", "collapsed_slice_dims", collapsed)
    report.in_range("C8", "collapsed_slice_dims", collapsed, rank)
    report.sorted("C10", "operand_batching_dims", batching)
    report.in_range("C11", "operand_batching_dims", batching, rank)
    _batching(
        report,
        ("C13", "C14", "C15", "C16", "C17"),
        "start_indices_batching_dims",
        index_batching,
        batching,
        vector,
        indices,
        operand,
    )
    report.unique("C18", "start_index_map and operand_batching_dims", index_map + batching)
    report.in_range("C19", "start_index_map", index_map, rank)
    sizes = _gather_sizes(op)
    if sizes is None or not report.size("C20", "slice_sizes", sizes, rank) or report.broken:
        return
    for label, name, dims in (("C9", "collapsed", collapsed), ("C12", "batching", batching)):
        report.need(label, all(sizes[d] <= 1 for d in dims), f"a {name} slice size is above 1")
    for d, (size, whole) in enumerate(zip(sizes, operand, strict=True)):
        report.need(
            "C21",
            size >= 0 and (whole == DYNAMIC or size <= whole),
            f"slice_sizes[{d}] = {size} is outside dimension size {whole}",
        )
    kept = [n for d, n in enumerate(sizes) if d not in collapsed and d not in batching]
    report.result("C22", _combine(_index_shape(indices, vector), kept, offset))
    report.same_element("C23", op.operand, op.result)


def _combine(batch: Shape, window: Sequence[int], window_dims: Sequence[int]) -> Shape:
    """Batch sizes with the window's sizes at `window_dims`."""
    batches, windows = iter(batch), iter(window)
    total = len(batch) + len(window_dims)
    return tuple(next(windows) if d in window_dims else next(batches) for d in range(total))


def _batching(
    report: Report,
    labels: tuple[str, str, str, str, str],
    name: str,
    dims: list[int],
    operand_dims: list[int],
    vector: int,
    indices: Shape,
    operand: Shape,
) -> None:
    """Batching dimensions of the indices and of the operand belong together."""
    report.unique(labels[0], name, dims)
    ranged = report.in_range(labels[1], name, dims, len(indices))
    report.need(labels[2], vector not in dims, f"index_vector_dim {vector} is in {name}")
    paired = report.need(
        labels[3],
        len(dims) == len(operand_dims),
        f"{len(dims)} {name} for {len(operand_dims)} of the operand",
    )
    if ranged and paired and all(0 <= d < len(operand) for d in operand_dims):
        for mine, other in zip(dims, operand_dims, strict=True):
            report.need(
                labels[4],
                fits(indices[mine], operand[other]),
                f"batching sizes {indices[mine]} and {operand[other]} differ",
            )


def _scatter(op: Any, report: Report) -> None:
    numbers = op.scatter_dimension_numbers
    window, inserted = (
        number_list(numbers.update_window_dims),
        number_list(numbers.inserted_window_dims),
    )
    batching = number_list(numbers.input_batching_dims)
    index_batching = number_list(numbers.scatter_indices_batching_dims)
    to_operand = number_list(numbers.scatter_dims_to_operand_dims)
    vector = numbers.index_vector_dim.value.data
    inputs, updates = list(op.inputs), list(op.updates)
    if not report.need(
        "C5",
        0 < len(inputs) == len(updates) == len(op.results),
        f"{len(inputs)} inputs, {len(updates)} updates",
    ):
        return
    operand, indices = shape(inputs[0]), shape(op.scatter_indices)
    update, rank = shape(updates[0]), len(operand)
    _integers(report, "scatter_indices", op.scatter_indices)
    report.same_shape("C1", "inputs", *inputs)
    report.need(
        "C2",
        rank == len(window) + len(inserted) + len(batching),
        f"rank {rank} is not the number of window, inserted and batching dimensions",
    )
    report.same_shape("C3", "updates", *updates)
    for x, y in zip(inputs, updates, strict=True):
        report.same_element("C6", x, y)
    report.unique("C7", "update_window_dims", window)
    report.sorted("C7", "update_window_dims", window)
    report.in_range("C8", "update_window_dims", window, len(update))
    report.unique("C9", "inserted_window_dims and input_batching_dims", inserted + batching)
    report.sorted("C10", "inserted_window_dims", inserted)
    report.in_range("C11", "inserted_window_dims", inserted, rank)
    report.sorted("C12", "input_batching_dims", batching)
    report.in_range("C13", "input_batching_dims", batching, rank)
    _batching(
        report,
        ("C14", "C15", "C16", "C17", "C18"),
        "scatter_indices_batching_dims",
        index_batching,
        batching,
        vector,
        indices,
        operand,
    )
    report.unique(
        "C20", "scatter_dims_to_operand_dims and input_batching_dims", to_operand + batching
    )
    report.in_range("C21", "scatter_dims_to_operand_dims", to_operand, rank)
    name = "scatter_dims_to_operand_dims"
    if not _index_vector(report, ("C22", "C19"), name, to_operand, indices, vector):
        return
    if not report.broken:
        _update_shape(
            report, update, operand, _index_shape(indices, vector), window, inserted + batching
        )
    _body(op, report)
    for x, y in zip(inputs, op.results, strict=True):
        report.same_shape("C24", "inputs and results", x, y)


def _update_shape(
    report: Report, update: Shape, operand: Shape, batch: Shape, window: list[int], left: list[int]
) -> None:
    """C4: index sizes, and windows that fit the operand."""
    kept = [n for d, n in enumerate(operand) if d not in left]
    found = [update[d] for d in window]
    fitting = all(DYNAMIC in (a, b) or a <= b for a, b in zip(found, kept, strict=True))
    rest = tuple(n for d, n in enumerate(update) if d not in window)
    report.need(
        "C4",
        fitting and compatible(rest, batch),
        f"updates {show(update)} do not fit windows of {show(operand)} at indices {show(batch)}",
    )


def _body(op: Any, report: Report) -> None:
    region = op.update_computation
    count = 2 * len(op.inputs)
    if report.body("C23", "update_computation", region, [None] * count):
        report.need(
            "C23",
            all(not shape(a) for a in region.block.args),
            "update_computation takes scalars only",
        )
        report.returned("C25", "update_computation", region, op.results)


def _sort(op: Any, report: Report) -> None:
    inputs, axis = list(op.inputs), integer(op, "dimension", -1)
    if not report.need("C1", bool(inputs), "there are no inputs"):
        return
    for x, y in zip(inputs, op.results, strict=True):
        report.same_element("C2", x, y)
        report.same_shape("C2", "inputs and results", x, y)
    report.same_shape("C3", "inputs", *inputs)
    rank = len(shape(inputs[0]))
    report.in_range("C4", "dimension", axis, rank, -rank)
    arguments = [scalar(element(v)) for v in inputs for _ in range(2)]
    report.body("C5", "comparator", op.comparator, arguments)


def _top_k(op: Any, report: Report) -> None:
    operand, k = shape(op.operands[0]), integer(op, "k")
    if not report.need("rank", bool(operand), "the operand is a scalar"):
        return
    last = operand[-1]
    report.need("k", k >= 0 and (last == DYNAMIC or k <= last), f"k = {k} of {last} elements")
    for i in range(2):
        report.result("result", (*operand[:-1], k), i)


def _torch_index_select(op: Any, report: Report) -> None:
    rank = len(shape(op.operands[0]))
    report.in_range("dim", "dim", integer(op, "dim"), rank, -rank)
    batch = integer(op, "batch_dims")
    report.in_range("batch_dims", "batch_dims", batch, rank + 1, -rank)


RULES: dict[str, Rule] = {
    "stablehlo.gather": _gather,
    "stablehlo.dynamic_gather": _gather,
    "stablehlo.scatter": _scatter,
    "stablehlo.sort": _sort,
    "stablehlo.torch_index_select": _torch_index_select,
    "chlo.top_k": _top_k,
}
