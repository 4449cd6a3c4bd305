# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention in one dispatch: a product, functions of its rows, a product with the rows.

Nothing asks for the name of the model's layer: two contractions between which only a row-wise group
stands (scale, mask, softmax) share a dispatch, because a tile of rows of the last needs the same
rows of all. The scores of a tile stay in local memory; they never are a tensor.
"""

from __future__ import annotations

import math

from xdsl.ir import Operation, OpResult, SSAValue

from iree_explore.flow.grouping import Group, is_row_reduction, users
from iree_explore.linalg.structured import (
    Structured,
    dims_of_map,
    is_contraction,
    is_linalg,
    shape_of,
    structured,
)

MAX_KEYS = 128
"""Keys up to which one dispatch is not slower: the keys of a head are one panel, whose rows fall
into the same cache sets when they are many."""

LEAST_DEPTH = 32
"""Elements of a key from which packing the keys for every tile of rows costs little."""

LEAST_ROWS = 16
"""Rows of a head from which the keys are worth packing, as they are in a product of its own."""


def merge_attention(groups: list[Group]) -> list[Group]:
    """The groups with those of each attention made one, at the place of the last."""
    of_tail = {group.tail: group for group in groups}
    merged: set[int] = set()
    result: list[Group] = []
    for group in groups:
        rows = _producer(group.ops[0], of_tail) if _starts_with_product(group) else None
        scores = _scores(rows, of_tail) if rows is not None else None
        if rows is not None and scores is not None and _same_rows(scores, rows, group):
            merged |= {id(rows), id(scores)}
            group = Group([*scores.ops, *rows.ops, *group.ops])
        result.append(group)
    return [group for group in result if id(group) not in merged]


def _starts_with_product(group: Group) -> bool:
    first = group.ops[0]
    if not is_linalg(first) or not is_contraction(view := structured(first)):
        return False
    return all(dims_of_map(m) is not None for m in view.maps)


def _producer(product: Operation, of_tail: dict[Operation, Group]) -> Group | None:
    """The row-wise group whose result the product alone reads, as one of its operands."""
    for value in structured(product).inputs:
        group = of_tail.get(value.owner) if isinstance(value, OpResult) else None
        if group is None or value.owner.parent is not product.parent:
            continue
        if users(value, product) != {product} or not is_row_reduction(group.ops[0]):
            continue
        if sum(1 for v in structured(product).inputs if v is value) == 1:
            return group
    return None


def _scores(rows: Group, of_tail: dict[Operation, Group]) -> Group | None:
    """The product whose result the row-wise group alone reads."""
    root = rows.ops[0]
    for value in structured(root).inputs:
        group = of_tail.get(value.owner) if isinstance(value, OpResult) else None
        if group is None or value.owner.parent is not root.parent:
            continue
        if _starts_with_product(group) and users(value, root) <= set(rows.ops):
            return group
    return None


def _same_rows(scores: Group, rows: Group, product: Group) -> bool:
    """Whether the three agree on what a row is, and rows are as many and as long as pays."""
    root = structured(rows.ops[0])
    score = scores.tail.results[0]
    read = _map_of(root, score)
    if read is None or len(reductions(root)) != 1 or any(len(o.results) != 1 for o in rows.ops):
        return False
    last = structured(product.ops[0])
    weights = _map_of(last, rows.tail.results[0])
    shape = shape_of(score)
    if weights is None or shape_of(rows.tail.results[0]) != shape:
        return False
    keys = [dim for dim, loop in enumerate(read) if loop in reductions(root)]
    written = dims_of_map(last.output_maps[0]) or ()
    if len(keys) != 1 or len(read) != len(set(read)):
        return False
    for dim, loop in enumerate(weights):
        if last.parallel[loop] != (dim not in keys) or (dim not in keys and loop not in written):
            return False
    first = structured(scores.ops[0])
    depth = [n for n, d in _sizes(first, first.inputs[0]) if not first.parallel[d]]
    queries = [shape[dim] for dim, loop in enumerate(weights) if _is_row(last, weights, loop)]
    features = [n for n, loop in _sizes(last, last.op.results[0]) if loop not in weights]
    if min((shape[keys[0]], *depth, *queries, *features)) < 0:
        return False
    enough = math.prod(queries) >= LEAST_ROWS and math.prod(depth) >= LEAST_DEPTH
    return enough and shape[keys[0]] <= MAX_KEYS


def _sizes(view: Structured, value: SSAValue) -> list[tuple[int, int]]:
    """Size and loop of each dimension of an operand or the result."""
    values = [*view.operands, *view.op.results]
    maps = [*view.maps, *view.output_maps]
    map_ = next(m for v, m in zip(values, maps, strict=True) if v is value)
    return list(zip(shape_of(value), dims_of_map(map_) or (), strict=True))


def _is_row(last: Structured, weights: tuple[int, ...], loop: int) -> bool:
    """Whether the other operand of the last product is the same for all values of the loop."""
    others = [m for m in last.input_maps if dims_of_map(m) != weights]
    return last.parallel[loop] and all(loop not in m.used_dims() for m in others)


def _map_of(view: Structured, value: SSAValue) -> tuple[int, ...] | None:
    """The loops of the only operand that is `value`."""
    found = [m for v, m in zip(view.inputs, view.input_maps, strict=True) if v is value]
    dims = dims_of_map(found[0]) if len(found) == 1 else None
    return tuple(dims) if dims is not None else None


def reductions(view: Structured) -> list[int]:
    """The loops that are summed over."""
    return [loop for loop, parallel in enumerate(view.parallel) if not parallel]
