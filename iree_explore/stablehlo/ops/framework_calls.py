# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Custom calls that JAX, TensorFlow and StableHLO's exporters emit: assertions about shapes, and
ops whose sizes are operands.

Sizes that are constants after `input-refine-shapes` give the static op; others are computed with.
The registry is `stablehlo/custom_calls.py`. Source: jax.export's list of stable custom calls,
https://docs.jax.dev/en/latest/export/export.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, ModuleOp, StringAttr, TensorType, i1, i64
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, Operation, Region, SSAValue

from iree_explore import elements as dense
from iree_explore.assertions import check_assertion
from iree_explore.errors import ModelError
from iree_explore.flow.util_dialect import AssertOp
from iree_explore.stablehlo import folding
from iree_explore.stablehlo.attrs import GatherDimensionNumbersAttr, ints
from iree_explore.stablehlo.base import DYNAMIC, Run, Shape, element_type, shape_of
from iree_explore.stablehlo.custom_calls import CustomCall, attributes_of
from iree_explore.stablehlo.decomposition import Decomposer
from iree_explore.stablehlo.lowering import Lowering, is_unsigned
from iree_explore.stablehlo.ops import random
from iree_explore.stablehlo.ops.random_bits import Words, philox, threefry_rounds, ui32, ui64, words

Arrays = list[np.ndarray]
Results = Sequence[SSAValue]


def known(value: SSAValue) -> np.ndarray | None:
    """The array of a `stablehlo.constant`."""
    owner = value.owner
    if isinstance(owner, Operation) and owner.name == "stablehlo.constant":
        return dense.to_numpy(owner.properties["value"])  # pyright: ignore[reportArgumentType]
    return None


def _row(name: str) -> Any:
    from iree_explore.stablehlo.table import TABLE

    return TABLE[name]


# Assertions
# --------------------------------------------------------------------------------------------


def message_of(op: Any) -> str:
    """What a `shape_assertion` says when it fails."""
    given = op.attributes.get("error_message") or attributes_of(op).get("error_message")
    return given.data if isinstance(given, StringAttr) else "a shape assertion does not hold"


def evaluate_assertion(op: Any, args: Arrays, run: Run) -> Arrays:
    check_assertion(bool(args[0]), message_of(op), args[1:])
    return []


def lower_assertion(op: Any, b: Lowering) -> Results:
    """Checked here if the sizes are known and every call gets here, else by the host."""
    condition = b.scalar(op.operands[0])
    values = [b.scalar(v) for v in op.operands[1:]]
    constant = folding.integer(condition)
    if constant is not None and (constant or isinstance(op.parent_op(), FuncOp)):
        check_assertion(constant, message_of(op), [folding.integer(v) or 0 for v in values])
        return []
    wide = []
    for value, type_ in zip(values, b.element_types(op)[1:], strict=True):
        if value.type != i64:
            extend = arith.ExtUIOp if is_unsigned(type_) else arith.ExtSIOp
            value = b.emit(extend(value, i64))
        wide.append(value)
    b.rewriter.insert(AssertOp(condition, message_of(op), wide))
    return []


# Called computations
# --------------------------------------------------------------------------------------------


def computation(op: Any) -> FuncOp:
    """The function that a call names as its only called computation.

    Raises `ModelError` IX106 if it is not there.
    """
    names = op.called_computations
    module = op
    while (parent := module.parent_op()) is not None:
        module = parent
    if isinstance(names, ArrayAttr) and len(names) == 1 and isinstance(module, ModuleOp):
        name = names.data[0].string_value()  # pyright: ignore[reportAttributeAccessIssue]
        for other in module.body.block.ops:
            if isinstance(other, FuncOp) and other.sym_name.data == name and other.body.blocks:
                return other
    raise ModelError(
        "IX106", f"{op.name} @{op.call_target_name.data}: no function for called_computations"
        f" = {names}",
    )  # fmt: skip


def region_of(op: Any) -> Region:
    """A copy of the computation's body, ending with `stablehlo.return`."""
    region = computation(op).body.clone()
    last = region.block.last_op
    assert last is not None
    end = _row("stablehlo.return").op.create(operands=list(last.operands))
    region.block.insert_op_before(end, last)
    last.detach()
    last.erase()
    return region


def spend(op: Any, d: Decomposer) -> None:
    """Removes the computation if this call is the last that names it."""
    function = computation(op)
    module = function.parent_op()
    assert module is not None
    name = function.sym_name.data
    others = (o for o in module.walk() if o is not op)
    if not any(_names(value, name) for o in others for value in
               (*o.properties.values(), *o.attributes.values())):  # fmt: skip
        d.rewriter.erase(function)


def _names(value: Attribute, name: str) -> bool:
    if isinstance(value, ArrayAttr):
        return any(_names(x, name) for x in value)
    return value.name == "symbol_ref" and value.string_value() == name  # pyright: ignore


# Greatest elements
# --------------------------------------------------------------------------------------------


def infer_counted(op: Any) -> Sequence[Shape | None]:
    """Results have the operand's shape, with k along one dimension."""
    axis, count = _axis_and_count(op)
    shape = list(shape_of(op.operands[0]))
    found = None if count is None else known(count)
    shape[axis] = shape_of(op.results[0])[axis] if found is None else int(found.reshape(-1)[0])
    return [tuple(shape)] * len(op.results)


def _axis_and_count(op: Any) -> tuple[int, SSAValue | None]:
    """The dimension that is cut and the operand that says how short, if one does."""
    rank = len(shape_of(op.operands[0]))
    target = op.call_target_name.data
    if target == "stablehlo.dynamic_top_k":
        return rank - 1, op.operands[1]
    given = attributes_of(op).get("reduction_dim")
    axis = given.value.data if isinstance(given, IntegerAttr) else rank - 1
    return axis % max(rank, 1), op.operands[2 * len(op.results)] if "dynamic" in target else None


def _sort(op: Any, operands: Sequence[SSAValue], axis: int) -> Operation:
    return _row("stablehlo.sort").op.create(
        operands=operands, result_types=[v.type for v in operands], regions=[region_of(op)],
        properties={"dimension": IntegerAttr(axis, i64), "is_stable": IntegerAttr(1, i1)},
    )  # fmt: skip


def _take(d: Decomposer, value: SSAValue, axis: int, count: SSAValue | int, type_: Any) -> SSAValue:
    """The first elements along a dimension."""
    shape = shape_of(value)
    rank = len(shape)
    if isinstance(count, int) and DYNAMIC not in shape:
        limits = [count if i == axis else n for i, n in enumerate(shape)]
        zeros, ones = [0] * rank, [1] * rank
        return d.make("slice", value, type_=TensorType(element_type(value), limits),
                      start_indices=zeros, limit_indices=limits, strides=ones)  # fmt: skip
    sizes = d.convert(d.sizes_of(value), i64)
    if isinstance(count, int):
        one = d.constant(np.array([count]))
    else:
        one = d.reshape(d.convert(count, i64), [1])
    parts = [_part(d, sizes, 0, axis), one, _part(d, sizes, axis + 1, rank)]
    limits = d.make("concatenate", *(p for p in parts if p is not None),
                    type_=TensorType(i64, [rank]), dimension=IntegerAttr(0, i64))  # fmt: skip
    zeros, ones = d.constant(np.zeros(rank, np.int64)), d.constant(np.ones(rank, np.int64))
    return d.make("real_dynamic_slice", value, zeros, limits, ones, type_=type_)


def _part(d: Decomposer, value: SSAValue, first: int, last: int) -> SSAValue | None:
    if first == last:
        return None
    return d.make("slice", value, type_=TensorType(element_type(value), [last - first]),
                  start_indices=[first], limit_indices=[last], strides=[1])  # fmt: skip


def evaluate_approx(op: Any, args: Arrays, run: Run) -> Arrays:
    """The first of all elements in the comparator's order: exact, so within any recall target."""
    axis, count = _axis_and_count(op)
    half = len(op.results)
    size = shape_of(op.results[0])[axis] if count is None else int(args[2 * half].reshape(-1)[0])
    sort = _sort(op, op.operands[:half], axis)
    found = _row("stablehlo.sort").evaluate(sort, args[:half], run)
    sort.erase()
    missing = size - args[0].shape[axis]
    if missing > 0:
        pads = [(0, missing) if i == axis else (0, 0) for i in range(args[0].ndim)]
        inits = args[half : 2 * half]
        found = [np.pad(x, pads, constant_values=i) for x, i in zip(found, inits, strict=True)]
    return [np.take(x, range(size), axis) for x in found]


def decompose_approx(op: Any, d: Decomposer) -> Results:
    axis, count = _axis_and_count(op)
    half = len(op.results)
    sort = _sort(op, op.operands[:half], axis)
    d.add(sort)
    size: SSAValue | int
    if count is None:
        size = shape_of(op.results[0])[axis]
        missing = size - shape_of(op.operands[0])[axis]
        if missing > 0:
            rows = zip(sort.results, op.operands[half : 2 * half], op.results, strict=True)
            found = [_filled(d, v, i, r.type, axis, missing) for v, i, r in rows]
            spend(op, d)
            return found
    else:
        constant = known(count)
        size = count if constant is None else int(constant.reshape(-1)[0])
    pairs = zip(sort.results, op.results, strict=True)
    found = [_take(d, v, axis, size, r.type) for v, r in pairs]
    spend(op, d)
    return found


def _filled(d: Decomposer, value: SSAValue, init: SSAValue, type_: Any, axis: int, missing: int
            ) -> SSAValue:  # fmt: skip
    rank = len(shape_of(value))
    high = [missing if i == axis else 0 for i in range(rank)]
    return d.make("pad", value, init, type_=type_, edge_padding_low=[0] * rank,
                  edge_padding_high=high, interior_padding=[0] * rank)  # fmt: skip


def evaluate_dynamic_top_k(op: Any, args: Arrays, run: Run) -> Arrays:
    row = _row("chlo.top_k")
    size = int(args[1])
    made = row.op.create(operands=[op.operands[0]], result_types=[r.type for r in op.results],
                         properties={"k": IntegerAttr(size, i64)})  # fmt: skip
    found = row.evaluate(made, args[:1], run)
    made.erase()
    return found


def decompose_dynamic_top_k(op: Any, d: Decomposer) -> Results:
    """`chlo.top_k` of everything, cut to k; of k where that is known."""
    constant = known(op.operands[1])
    x = op.operands[0]
    size = shape_of(x)[-1] if constant is None else int(constant)
    if size != DYNAMIC:
        shape = [*shape_of(x)[:-1], size]
        types = [TensorType(element_type(r), shape) for r in op.results]
        values = d.create("chlo.top_k", [x], types, k=IntegerAttr(size, i64))
        if constant is not None:
            return values
    else:
        values = _sorted_pair(op, d, x)
    axis = len(shape_of(x)) - 1
    return [_take(d, v, axis, op.operands[1], r.type)
            for v, r in zip(values, op.results, strict=True)]  # fmt: skip


def _sorted_pair(op: Any, d: Decomposer, x: SSAValue) -> Results:
    """All elements, greatest first in total order, and where they were."""
    from iree_explore.stablehlo.attrs import (
        ComparisonDirection,
        ComparisonDirectionAttr,
        ComparisonType,
        ComparisonTypeAttr,
    )

    position = element_type(op.results[1])
    axis = IntegerAttr(len(shape_of(x)) - 1, i64)
    where = d.make("dynamic_iota", d.sizes_of(x), iota_dimension=axis,
                   type_=TensorType(position, list(shape_of(x))))  # fmt: skip
    element = element_type(x)
    scalars = [TensorType(t, []) for t in (element, element, position, position)]
    floating = dense.dtype_of(element).kind in "fV" and not hasattr(element, "width")
    order = ComparisonTypeAttr(ComparisonType.TOTALORDER) if floating else None
    greater = ComparisonDirectionAttr(ComparisonDirection.GT)
    body = d.region(scalars, lambda a, b, i, j: d.make(
        "compare", a, b, type_=TensorType(i1, []), comparison_direction=greater,
        compare_type=order))  # fmt: skip
    return d.create("stablehlo.sort", [x, where], [x.type, where.type], [body],
                    dimension=axis, is_stable=IntegerAttr(1, i1))  # fmt: skip


# Windows
# --------------------------------------------------------------------------------------------

_WINDOW = ("window_dimensions", "window_strides", "base_dilations", "window_dilations", "padding")


def _static_window(op: Any, lists: Sequence[np.ndarray]) -> Operation:
    """The call as `stablehlo.reduce_window`."""
    half = len(op.results)
    properties: dict[str, Attribute] = {
        name: dense.from_numpy(x.astype(np.int64).reshape(-1, 2))
        if name == "padding" else random.list_of(x) for name, x in zip(_WINDOW, lists, strict=True)
    }  # fmt: skip
    return _row("stablehlo.reduce_window").op.create(
        operands=op.operands[: 2 * half], result_types=[r.type for r in op.results],
        properties=properties, regions=[region_of(op)],
    )  # fmt: skip


def infer_dynamic_window(op: Any) -> Sequence[Shape | None]:
    lists = [known(v) for v in op.operands[2 * len(op.results) :]]
    if any(x is None for x in lists):
        return [shape_of(r) for r in op.results]
    made = _static_window(op, lists)  # pyright: ignore[reportArgumentType]
    found = _row("stablehlo.reduce_window").infer(made)
    made.erase()
    return found


def evaluate_dynamic_window(op: Any, args: Arrays, run: Run) -> Arrays:
    half = len(op.results)
    made = _static_window(op, args[2 * half :])
    found = _row("stablehlo.reduce_window").evaluate(made, args[: 2 * half], run)
    made.erase()
    return found


def decompose_dynamic_window(op: Any, d: Decomposer) -> Results:
    half = len(op.results)
    lists = [known(v) for v in op.operands[2 * half :]]
    if not any(x is None for x in lists):
        made = _static_window(op, lists)  # pyright: ignore[reportArgumentType]
        d.add(made)
        spend(op, d)
        return list(made.results)
    found = _windows_read(op, d)
    spend(op, d)
    return found


def _windows_read(op: Any, d: Decomposer) -> Results:
    """Every window gathered along new dimensions, which are then reduced."""
    half, rank = len(op.results), len(shape_of(op.results[0]))
    window, stride, base, dilation, padding = (
        d.convert(v, i64) for v in op.operands[2 * half : 2 * half + 5]
    )
    first = IntegerAttr(0, i64)
    one = d.constant(np.ones(rank, np.int64))
    columns = [
        d.reshape(d.make("slice", padding, type_=TensorType(i64, [rank, 1]), strides=[1, 1],
                         start_indices=[0, i], limit_indices=[rank, i + 1]), [rank])
        for i in (0, 1)
    ]  # fmt: skip
    between = d.make("subtract", base, one)
    unknown = [DYNAMIC] * rank
    inputs = [
        d.make("dynamic_pad", v, i, *columns, between, type_=TensorType(element_type(v), unknown))
        for v, i in zip(op.operands[:half], op.operands[half : 2 * half], strict=True)
    ]
    span = d.make("add", d.make("multiply", d.make("subtract", window, one), dilation), one)
    room = d.make("subtract", d.convert(d.sizes_of(inputs[0]), i64), span)
    count = d.make("add", d.make("divide", room, stride), one)
    zero = d.constant(np.zeros(rank, np.int64))
    count = d.select(d.compare(room, zero, "LT"), zero, count)
    sizes = d.make("concatenate", count, window, type_=TensorType(i64, [2 * rank]),
                   dimension=IntegerAttr(0, i64))  # fmt: skip
    whole = TensorType(i64, [DYNAMIC] * (2 * rank))
    indices = []
    for i in range(rank):
        at = _scaled_iota(d, sizes, whole, i, stride, i)
        step = _scaled_iota(d, sizes, whole, rank + i, dilation, i)
        place = d.make("add", at, step)
        column = d.make("concatenate", sizes, d.constant(np.ones(1, np.int64)), dimension=first,
                        type_=TensorType(i64, [2 * rank + 1]))  # fmt: skip
        type_ = TensorType(i64, [*whole.get_shape(), 1])
        indices.append(d.make("dynamic_reshape", place, column, type_=type_))
    last = 2 * rank
    where = indices[0]
    if rank > 1:
        where = d.make("concatenate", *indices, dimension=IntegerAttr(last, i64),
                       type_=TensorType(i64, [*whole.get_shape(), rank]))  # fmt: skip
    numbers = GatherDimensionNumbersAttr(
        ints(), ints(*range(rank)), ints(), ints(), ints(*range(rank)), IntegerAttr(last, i64)
    )
    read = [
        d.make("gather", v, where, type_=TensorType(element_type(v), list(whole.get_shape())),
               dimension_numbers=numbers, slice_sizes=[1] * rank)
        for v in inputs
    ]  # fmt: skip
    types = [TensorType(element_type(r), unknown) for r in op.results]
    found = d.create("stablehlo.reduce", [*read, *op.operands[half : 2 * half]], types,
                     [region_of(op)], dimensions=list(range(rank, 2 * rank)))  # fmt: skip
    return list(found)


def _scaled_iota(
    d: Decomposer, sizes: SSAValue, type_: Any, axis: int, factors: SSAValue, i: int
) -> SSAValue:
    """Positions along `axis`, times one of `factors`."""
    found = d.make("dynamic_iota", sizes, type_=type_, iota_dimension=IntegerAttr(axis, i64))
    factor = d.reshape(_part(d, factors, i, i + 1), [])  # pyright: ignore[reportArgumentType]
    return d.make("multiply", found, d.spread(factor, sizes, [], type_))


# Random bits
# --------------------------------------------------------------------------------------------


def _generator(op: Any, shape: Sequence[int]) -> Operation:
    types = [op.results[0].type, TensorType(element_type(op.results[1]), list(shape))]
    return random.RngBitGeneratorOp.create(
        operands=[op.operands[0]], result_types=types,
        properties={"rng_algorithm": op.attributes["rng_algorithm"]},
    )  # fmt: skip


def infer_dynamic_bits(op: Any) -> Sequence[Shape | None]:
    sizes = known(op.operands[1])
    shape = shape_of(op.results[1]) if sizes is None else tuple(int(n) for n in sizes)
    return [shape_of(op.operands[0]), shape]


def evaluate_dynamic_bits(op: Any, args: Arrays, run: Run) -> Arrays:
    made: Any = _generator(op, [int(n) for n in args[1]])
    found = random.evaluate_bits(made, args[:1], run)
    made.erase()
    return found


def decompose_dynamic_bits(op: Any, d: Decomposer) -> Results | None:
    sizes = known(op.operands[1])
    if sizes is None:
        return random.decompose_bits_of_unknown_size(op, d)
    made = _generator(op, [int(n) for n in sizes])
    d.add(made)
    return list(made.results)


def gap_of_bits(op: Any) -> str | None:
    """Threefry lays words of 32 bits out by the parity of the sizes."""
    if known(op.operands[1]) is None and random.layout_is_unknown(op):
        return (
            "THREE_FRY lays words out by the parity of the sizes, which are known only at run "
            "time; PHILOX and DEFAULT do not"
        )
    return None


def evaluate_threefry(op: Any, args: Arrays, run: Run) -> Arrays:
    return [np.asarray(x) for x in threefry_rounds(*args[:4])]


def decompose_threefry(op: Any, d: Decomposer) -> Results:
    """Threefry2x32 on four tensors: one map that makes both words."""

    def body(*args: SSAValue) -> SSAValue:
        first = Words(d, args[0])
        x0, x1 = threefry_rounds(first, *(Words(d, a, first.known) for a in args[1:]))
        return (words(x0, 64) | (words(x1, 64) << 32)).value

    operands = op.operands[:4]
    shape = list(shape_of(operands[0]))
    region = d.region([TensorType(ui32, [])] * 4, body)
    (bits,) = d.create("stablehlo.map", operands, [TensorType(ui64, shape)], [region],
                       dimensions=list(range(len(shape))))  # fmt: skip
    return random.low_and_high(d, bits)


def evaluate_philox(op: Any, args: Arrays, run: Run) -> Arrays:
    return [np.asarray(x) for x in philox(*args)]


def decompose_philox(op: Any, d: Decomposer) -> Results:
    """Philox4x32 of a key and a vector of counters: a map for either half of the blocks."""
    key, low, high = op.operands
    return [
        random.blocks(d, random.philox_half, key, low, high, d.number(low, half)) for half in (0, 1)
    ]


CALLS: tuple[CustomCall, ...] = (
    CustomCall("iree_explore.philox", evaluate_philox, decompose_philox),
    CustomCall("shape_assertion", evaluate_assertion, lower=lower_assertion),
    CustomCall(
        "stablehlo.dynamic_top_k", evaluate_dynamic_top_k, decompose_dynamic_top_k,
        infer=infer_counted,
    ),
    *(
        CustomCall(target, evaluate_approx, decompose_approx, infer=infer_counted)
        for target in ("ApproxTopK", "PartialReduce", "stablehlo.dynamic_approx_top_k")
    ),
    CustomCall(
        "stablehlo.dynamic_reduce_window", evaluate_dynamic_window, decompose_dynamic_window,
        infer=infer_dynamic_window,
    ),
    CustomCall(
        "stablehlo.dynamic_rng_bit_generator", evaluate_dynamic_bits, decompose_dynamic_bits,
        infer=infer_dynamic_bits, gap=gap_of_bits,
    ),
    *(
        CustomCall(target, evaluate_threefry, decompose_threefry)
        for target in ("cu_threefry2x32", "cu_threefry2x32_ffi", "hip_threefry2x32",
                       "hip_threefry2x32_ffi")
    ),
)  # fmt: skip
