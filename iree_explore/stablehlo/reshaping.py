# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reshapes as `tensor.collapse_shape` and `tensor.expand_shape`, static and dynamic.

Source and result dimensions are cut into groups with equal products; each group is collapsed to one
dimension and expanded again. Sizes that are values compare as products of values, so
`tensor<?x16x32>` to `tensor<?x32>` with size `16 * %b` is one collapse.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from xdsl.dialects import tensor
from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, i64
from xdsl.dialects.utils import split_dynamic_index_list
from xdsl.ir import SSAValue

from iree_explore.stablehlo import folding
from iree_explore.stablehlo.base import DYNAMIC, element_type
from iree_explore.stablehlo.lowering import Dim, Lowering, dims_map, identity

Group = tuple[list[int], list[int]]


@dataclass
class Product:
    """A product of sizes: a number times values."""

    number: int = 1
    values: Counter[SSAValue] = field(default_factory=Counter)

    def times(self, size: Dim) -> Product:
        if isinstance(size, int):
            return Product(self.number * size, self.values)
        values = Counter(self.values)
        number, rest = folding.factors(size)
        values.update(rest)
        return Product(self.number * number, values)

    def divides(self, other: Product) -> bool:
        """Whether every factor of this is a factor of `other`."""
        if self.number == 0 or other.number % self.number:
            return False
        return all(other.values[v] >= n for v, n in self.values.items())


def groups_of(source: Sequence[Dim], result: Sequence[Dim]) -> list[Group]:
    """Groups of source and result dimensions with equal products; one group if none are found."""
    everything = [(list(range(len(source))), list(range(len(result))))]
    groups: list[Group] = []
    i = j = 0
    while i < len(source) and j < len(result):
        left, right = Product().times(source[i]), Product().times(result[j])
        mine, theirs = [i], [j]
        i, j = i + 1, j + 1
        while left != right:
            if left.divides(right) and i < len(source):
                left = left.times(source[i])
                mine.append(i)
                i += 1
            elif right.divides(left) and j < len(result):
                right = right.times(result[j])
                theirs.append(j)
                j += 1
            else:
                return everything
        groups.append((mine, theirs))
    rest = [*source[i:], *result[j:]]
    if not groups or any(size != 1 for size in rest):
        return everything
    groups[-1][0].extend(range(i, len(source)))
    groups[-1][1].extend(range(j, len(result)))
    return groups


def _reassociation(groups: Sequence[Sequence[int]]) -> ArrayAttr:
    return ArrayAttr(ArrayAttr(IntegerAttr(d, i64) for d in group) for group in groups)


def reshape(b: Lowering, value: SSAValue, dims: Sequence[Dim]) -> SSAValue:
    """`value` with sizes `dims`; the number of elements is the same."""
    while isinstance(value.owner, tensor.ExpandShapeOp | tensor.CollapseShapeOp):
        value = value.owner.src  # a reshape of a reshape
    source = b.dims(value)
    if list(source) == list(dims):
        return value
    if not source:  # xDSL does not take rank 0 in expand_shape
        maps = [dims_map(len(dims), []), identity(len(dims))]
        out = b.empty(dims, element_type(value))
        return b.generic([value], maps, [out], lambda args: args[0])[0]
    if not dims:
        return collapse(b, value, [], [])
    groups = groups_of(source, dims)
    if any(len(mine) > 1 for mine, _ in groups):
        sizes: list[Dim] = []
        for mine, theirs in groups:
            chosen = [dims[d] for d in theirs] if len(theirs) == 1 else [source[d] for d in mine]
            size: Dim = 1
            for d in chosen:
                size = b.mul(size, d)
            sizes.append(size)
        value = collapse(b, value, [mine for mine, _ in groups], sizes)
    if any(len(theirs) > 1 for _, theirs in groups):
        value = expand(b, value, [theirs for _, theirs in groups], dims)
    return value


def collapse(
    b: Lowering, value: SSAValue, groups: Sequence[Sequence[int]], dims: Sequence[Dim]
) -> SSAValue:
    """`tensor.collapse_shape`"""
    source = b.dims(value)
    static = [all(isinstance(source[d], int) for d in group) for group in groups]
    # the result type may say no more than the source's does
    known = [d if s else b.index(d) for d, s in zip(dims, static, strict=True)]
    type_ = b.tensor_type(known, element_type(value))
    op = tensor.CollapseShapeOp.create(
        operands=[value], result_types=[type_],
        properties={"reassociation": _reassociation(groups)},
    )  # fmt: skip
    result = b.build(op)
    b.set_dims(result, known)
    return b.cast_to(result, b.tensor_type(dims, element_type(value)))


def expand(
    b: Lowering, value: SSAValue, groups: Sequence[Sequence[int]], dims: Sequence[Dim]
) -> SSAValue:
    """`tensor.expand_shape`"""
    type_ = b.tensor_type(dims, element_type(value))
    sizes: list[Dim] = []
    for d, group in zip(b.dims(value), groups, strict=True):
        inner = [dims[i] for i in group]
        known = math.prod(x for x in inner if isinstance(x, int))
        sizes.append(known if all(isinstance(x, int) for x in inner) else b.index(d))
    value = b.cast_to(value, b.tensor_type(sizes, element_type(value)))
    static, dynamic = split_dynamic_index_list(list(dims), DYNAMIC)
    op = tensor.ExpandShapeOp(value, dynamic, _reassociation(groups), static, type_)  # pyright: ignore[reportArgumentType]
    result = b.build(op)
    b.set_dims(result, dims)
    return result
