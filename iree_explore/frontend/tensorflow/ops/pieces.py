# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small programs that several lowerings are made of: fills, counts, rows by index, branches.

Every size may be unknown (`Size`); what is computed of sizes alone stays on the host.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    BoolAttr,
    StringAttr,
    TensorType,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Region, SSAValue

from iree_explore import elements
from iree_explore.dialect_op import make, tensor_type
from iree_explore.frontend.tensorflow.ops.base import (
    INDEX,
    Builder,
    Size,
    constant_of,
    element_type,
    i64_attr,
    i64_list,
    shape_of,
    tensor_of,
)
from iree_explore.frontend.tensorflow.ops.known import known_elements
from iree_explore.stablehlo.attrs import (
    ScatterDimensionNumbersAttr,
    ints,
)
from iree_explore.stablehlo.ops.custom_call import CustomCallOp


def scalar(build: Builder, value: int | float, type_: Attribute = i32) -> SSAValue:
    """A rank-0 constant."""
    return build.constant(np.array(value, elements.dtype_of(type_)), type_)


def size_of(build: Builder, value: SSAValue) -> Size:
    """A rank-0 integer tensor as a size."""
    known = constant_of(value)
    if known is not None:
        return int(known)
    type_ = element_type(value)
    number = build.add(make(tensor.ExtractOp, [value], [type_]))
    return number if type_ == INDEX else build.add(make(arith.IndexCastOp, [number], [INDEX]))


def elements_of(build: Builder, shape: SSAValue) -> list[Size]:
    """The sizes that a short integer tensor holds: integers where they are known here."""
    count = (shape_of(shape) or (0,))[0]
    known = known_elements(shape)
    values = [None] * count if known is None else known.tolist()
    return [build.element(shape, i) if v is None else int(v) for i, v in enumerate(values)]


def tensor_of_size(build: Builder, size: Size, type_: Attribute = i32) -> SSAValue:
    """A size as a rank-0 integer tensor."""
    if isinstance(size, int):
        return scalar(build, size, type_)
    number = build.add(make(arith.IndexCastOp, [size], [type_]))
    shape = tensor_type(type_, [])
    return build.add(make(tensor.FromElementsOp, [number], [shape]))


def vector(build: Builder, sizes: Sequence[Size], type_: Attribute = i32) -> SSAValue:
    """Sizes as an integer tensor of rank 1."""
    if all(isinstance(s, int) for s in sizes):
        return build.constant(np.array(sizes, elements.dtype_of(type_)), type_)
    numbers = [build.add(make(arith.IndexCastOp, [build.index(s)], [type_])) for s in sizes]
    shape = tensor_type(type_, [len(sizes)])
    return build.add(make(tensor.FromElementsOp, numbers, [shape]))


def broadcast_sizes(build: Builder, shapes: Sequence[Sequence[Size]]) -> list[Size]:
    """What sizes tensors have when they are broadcast together: where one is 1, the other's."""
    rank = max(map(len, shapes))
    result: list[Size] = [1] * rank
    for sizes in shapes:
        for axis, size in enumerate(sizes, rank - len(sizes)):
            known = result[axis]
            if size == 1 or (isinstance(known, int) and known != 1):
                continue
            if known == 1 or isinstance(size, int):
                result[axis] = size
            elif known is not size:
                single = build.add(arith.CmpiOp(known, build.index(1), "eq"))
                result[axis] = build.add(arith.SelectOp(single, size, known))
    return result


def spread(build: Builder, size: Size, count: Size) -> SSAValue:
    """A tensor<count x i32> that holds one size everywhere."""
    return build.broadcast(tensor_of_size(build, size), [count], [])


def iota(build: Builder, count: Size, type_: Attribute = i32) -> SSAValue:
    """0, 1, ... `count` - 1."""
    result = tensor_of(type_, [count])
    if isinstance(count, int):
        return build.stablehlo("iota", (), result, iota_dimension=i64_attr(0))
    shape = build.shape([count])
    return build.stablehlo("dynamic_iota", [shape], result, iota_dimension=i64_attr(0))


def convert(build: Builder, value: SSAValue, type_: Attribute) -> SSAValue:
    """Other elements, same shape."""
    if element_type(value) == type_:
        return value
    return build.stablehlo("convert", [value], tensor_type(type_, shape_of(value) or ()))


def reduced(
    build: Builder, combine: str, value: SSAValue, axis: int, start: int | float = 0
) -> SSAValue:
    """One dimension reduced by the StableHLO op `combine`, beginning with `start`."""
    type_ = element_type(value)
    inner = tensor_type(type_, [])
    block = Block(arg_types=[inner, inner])
    made = make(build.ctx.get_op(f"stablehlo.{combine}"), block.args, [inner])
    stop = build.ctx.get_op("stablehlo.return").create(operands=list(made.results))
    block.add_ops([made, stop])
    sizes = [n for a, n in enumerate(shape_of(value) or ()) if a != axis]
    op = build.ctx.get_op("stablehlo.reduce").create(
        operands=[value, scalar(build, start, type_)],
        result_types=[tensor_type(type_, sizes)],
        properties={"dimensions": i64_list([axis])},
        regions=[Region(block)],
    )
    return build.add(op)


def running_sum(build: Builder, counts: SSAValue) -> SSAValue:
    """Inclusive sums of a short tensor<?xi32>, as a masked sum of all pairs."""
    count = build.dim(counts, 0)
    wide = [count, count]
    steps = iota(build, count)
    row, column = (build.broadcast(steps, wide, [a]) for a in (0, 1))
    before = build.compare("LE", column, row)
    values = build.broadcast(counts, wide, [1])
    nothing = build.cast(build.zeros(i32, wide), values.type)
    masked = build.stablehlo("select", [before, values, nothing], values.type)
    return reduced(build, "add", masked, 1)


def clamped(build: Builder, value: SSAValue, last: Size) -> SSAValue:
    """Positions of any shape brought into 0 ... `last`."""
    low, high = scalar(build, 0), tensor_of_size(build, last)
    return build.stablehlo("clamp", [low, value, high], value.type)


def take(build: Builder, value: SSAValue, positions: SSAValue, axis: int = 0) -> SSAValue:
    """Slices of `value` at integer positions of one dimension, which are inside."""
    shape = list(shape_of(value) or ())
    shape[axis : axis + 1] = shape_of(positions) or ()
    return build.stablehlo(
        "torch_index_select",
        [value, positions],
        tensor_type(element_type(value), shape),
        dim=i64_attr(axis),
        batch_dims=i64_attr(0),
    )


def update(build: Builder, value: SSAValue, part: SSAValue, position: SSAValue) -> SSAValue:
    """`part` written into `value` from row `position` (rank 0) on."""
    zero = scalar(build, 0, element_type(position))
    starts = [position, *(zero for _ in (shape_of(value) or ())[1:])]
    return build.stablehlo("dynamic_update_slice", [value, part, *starts], value.type)


def scatter(
    build: Builder, value: SSAValue, table: SSAValue, updates: SSAValue, combine: str = "update"
) -> SSAValue:
    """`updates` [count, slice...] put into `value`, or combined with it by a StableHLO op, at the
    positions that the rows of `table` [count, depth] name; the last of equal positions wins, those
    outside are left out."""
    inner = tensor_type(element_type(value), [])
    block = Block(arg_types=[inner, inner])
    result = block.args[1]
    if combine != "update":
        made = make(build.ctx.get_op(f"stablehlo.{combine}"), block.args, [inner])
        block.add_op(made)
        result = made.results[0]
    block.add_op(build.ctx.get_op("stablehlo.return").create(operands=[result]))
    depth = (shape_of(table) or (0, 1))[1]
    rank = len(shape_of(value) or ())
    front, window = ints(*range(depth)), ints(*range(1, rank - depth + 1))
    numbers = ScatterDimensionNumbersAttr(window, front, ints(), ints(), front, i64_attr(1))
    op = build.ctx.get_op("stablehlo.scatter").create(
        operands=[value, table, updates],
        result_types=[value.type],
        properties={"scatter_dimension_numbers": numbers},
        regions=[Region(block)],
    )
    return build.add(op)


def check(
    build: Builder, holds: SSAValue, message: str, values: Sequence[SSAValue | Size] = ()
) -> None:
    """Has the host raise IX307 with `message` unless `holds` (a tensor<i1>); `{0}` in it is the
    first of `values`: sizes or rank-0 integer tensors."""
    tensors = [
        v if isinstance(v, SSAValue) and isinstance(v.type, TensorType)
        else tensor_of_size(build, v, i64)
        for v in values
    ]  # fmt: skip
    build.made.append(
        CustomCallOp.create(
            operands=[holds, *tensors],
            properties={
                "call_target_name": StringAttr("shape_assertion"),
                "has_side_effect": BoolAttr.from_bool(True),
            },
            attributes={"error_message": StringAttr(message)},
        )
    )


def branch(
    build: Builder,
    condition: SSAValue,
    then: Callable[[], list[SSAValue]],
    otherwise: Callable[[], list[SSAValue]],
) -> list[SSAValue]:
    """`stablehlo.if` on a host condition (i1); both sides give values of the same types."""
    test = tensor_type(i1, [])
    predicate = build.add(make(tensor.FromElementsOp, [condition], [test]))
    types: list[Attribute] = []

    def noted(side: Callable[[], list[SSAValue]]) -> list[SSAValue]:
        values = side()
        types[:] = [v.type for v in values]
        return values

    regions = [build.region([], lambda side=side: noted(side)) for side in (then, otherwise)]
    op = build.ctx.get_op("stablehlo.if").create(
        operands=[predicate], result_types=types, regions=regions
    )
    build.add(op)
    return list(op.results)
