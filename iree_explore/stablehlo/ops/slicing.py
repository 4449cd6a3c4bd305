# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Slices, updates, concatenation and padding: `tensor.extract_slice`, `insert_slice` and `pad`.

Start indices are clamped so that a slice never leaves its operand, as the spec says.
Spec: https://openxla.org/stablehlo/spec#ops
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    DenseArrayBase,
    IntegerAttr,
    IntegerType,
    Signedness,
    TensorType,
    i64,
)
from xdsl.dialects.linalg.ops import IndexOp
from xdsl.dialects.utils import split_dynamic_index_list
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def, var_operand_def
from xdsl.parser import Parser
from xdsl.printer import Printer

from iree_explore.stablehlo import folding
from iree_explore.stablehlo.base import (
    DYNAMIC,
    INT,
    INTS,
    OpRow,
    PrettyOp,
    Run,
    Shape,
    create,
    declared,
    element_type,
    larger,
    merge_shapes,
    parse_signature,
    print_signature,
    shape_of,
)
from iree_explore.stablehlo.lowering import INDEX, Dim, Lowering, identity, signless
from iree_explore.stablehlo.run_time_checks import require_fits

Arrays = list[np.ndarray]
Results = Sequence[SSAValue]


def extract_slice(
    b: Lowering, value: SSAValue, offsets: Sequence[Dim], sizes: Sequence[Dim],
    strides: Sequence[Dim],
) -> SSAValue:  # fmt: skip
    """`tensor.extract_slice` of the same rank."""
    type_ = b.tensor_type(sizes, element_type(value))
    result = b.build(tensor.ExtractSliceOp(value, offsets, sizes, strides, type_))
    b.set_dims(result, sizes)
    return result


def insert_slice(
    b: Lowering, value: SSAValue, into: SSAValue, offsets: Sequence[Dim],
    strides: Sequence[Dim] | None = None,
) -> SSAValue:  # fmt: skip
    """`into` with `value` written at `offsets`."""
    sizes = b.dims(value)
    lists = []
    dynamic = []
    for values in (offsets, sizes, strides or [1] * len(sizes)):
        static, values = split_dynamic_index_list(list(values), DYNAMIC)
        lists.append(DenseArrayBase.from_list(i64, static))
        dynamic.append(values)
    op = tensor.InsertSliceOp.build(
        operands=[value, into, *dynamic],
        properties=dict(
            zip(("static_offsets", "static_sizes", "static_strides"), lists, strict=True)
        ),
        result_types=[into.type],
    )
    result = b.build(op)
    b.set_dims(result, b.dims(into))
    return result


@irdl_op_definition
class SliceOp(PrettyOp):
    """A static slice, printed `[start:limit:stride, ...]`.

    Spec: https://openxla.org/stablehlo/spec#slice
    """

    name = "stablehlo.slice"
    operand = operand_def(TensorType)
    start_indices = prop_def(DenseArrayBase.constr(i64))
    limit_indices = prop_def(DenseArrayBase.constr(i64))
    strides = prop_def(DenseArrayBase.constr(i64))
    result = result_def(TensorType)

    def ranges(self) -> list[tuple[int, int, int]]:
        """(start, limit, stride) of each dimension."""
        lists = (self.start_indices, self.limit_indices, self.strides)
        return list(zip(*(x.get_values() for x in lists), strict=True))

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.operand)
        parts = [f"{a}:{z}" + (f":{n}" if n != 1 else "") for a, z, n in self.ranges()]
        printer.print_string(" [" + ", ".join(parts) + "]")
        printer.print_op_attributes(self.attributes)
        print_signature(printer, self, always_function=True)

    @classmethod
    def parse(cls, parser: Parser) -> SliceOp:
        position = parser.pos
        operand = parser.parse_unresolved_operand()

        def range_() -> tuple[int, int, int]:
            start = parser.parse_integer()
            parser.parse_punctuation(":")
            limit = parser.parse_integer()
            stride = parser.parse_integer() if parser.parse_optional_punctuation(":") else 1
            return start, limit, stride

        found = parser.parse_comma_separated_list(parser.Delimiter.SQUARE, range_)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        inputs, outputs = parse_signature(parser, 1)
        names = ("start_indices", "limit_indices", "strides")
        properties: dict[str, Attribute] = {
            name: DenseArrayBase.from_list(i64, [r[i] for r in found])
            for i, name in enumerate(names)
        }
        return create(cls, parser.resolve_operands([operand], inputs, position), outputs,
                      properties, attributes)  # fmt: skip


def infer_slice(op: SliceOp) -> Sequence[Shape]:
    return [tuple(max(0, -(-(z - a) // n)) for a, z, n in op.ranges())]


def evaluate_slice(op: SliceOp, args: Arrays, run: Run) -> Arrays:
    return [args[0][tuple(slice(a, z, n) for a, z, n in op.ranges())]]


def lower_slice(op: SliceOp, b: Lowering) -> Results:
    small = b.move_small(op, evaluate_slice)
    if small is not None:
        return [small]
    starts, limits, strides = zip(*op.ranges(), strict=True) if op.ranges() else ((), (), ())
    require_fits(b, limits, b.dims(op.operand), "a slice to {0}", infer_slice(op)[0])
    return [extract_slice(b, op.operand, starts, infer_slice(op)[0], strides)]


@irdl_op_definition
class DynamicSliceOp(PrettyOp):
    """A slice of static size at clamped start indices.

    Spec: https://openxla.org/stablehlo/spec#dynamic_slice
    """

    name = "stablehlo.dynamic_slice"
    FIELDS: ClassVar = (("sizes", "slice_sizes", INTS),)
    operand = operand_def(TensorType)
    start_indices = var_operand_def(TensorType)
    slice_sizes = prop_def(DenseArrayBase.constr(i64))
    result = result_def(TensorType)


def clamped(starts: Arrays, shape: Shape, sizes: Sequence[int]) -> list[int]:
    """Start indices moved so that the slice fits."""
    return [min(max(int(a), 0), n - k) for a, n, k in zip(starts, shape, sizes, strict=True)]


def starts_of(b: Lowering, values: Sequence[SSAValue], types: Sequence[Any], shape: Sequence[Dim],
              sizes: Sequence[Dim]) -> list[Dim]:  # fmt: skip
    """Clamped start indices as sizes."""
    found: list[Dim] = []
    for value, type_, whole, size in zip(values, types, shape, sizes, strict=True):
        room = b.sub(whole, size)
        start = index_of(b, b.scalar(value), type_)
        found.append(b.minimum(b.maximum(start, 0), room))
    return found


def index_of(b: Lowering, value: SSAValue, type_: Any) -> Dim:
    """An integer scalar as an index; `type_` is its StableHLO type."""
    constant = folding.integer(value)
    if constant is not None and constant >= 0:
        return constant
    if isinstance(type_, IntegerType) and type_.signedness.data == Signedness.UNSIGNED:
        if type_.width.data < 64:
            value = b.emit(arith.ExtUIOp(value, i64))
        else:  # what does not fit a signed index is past any end
            least = b.emit(arith.ShRUIOp(value, b.number(value.type, 1)))
            negative = b.emit(arith.CmpiOp(value, b.number(value.type, 0), "slt"))
            value = b.emit(arith.SelectOp(negative, least, value))
    return constant if constant is not None else b.cast(value, INDEX)


def infer_dynamic_slice(op: DynamicSliceOp) -> Sequence[Shape]:
    return [tuple(op.slice_sizes.get_values())]


def evaluate_dynamic_slice(op: DynamicSliceOp, args: Arrays, run: Run) -> Arrays:
    sizes = op.slice_sizes.get_values()
    starts = clamped(args[1:], args[0].shape, sizes)
    return [args[0][tuple(slice(a, a + n) for a, n in zip(starts, sizes, strict=True))]]


def lower_dynamic_slice(op: DynamicSliceOp, b: Lowering) -> Results:
    small = b.move_small(op, evaluate_dynamic_slice)
    if small is not None:
        return [small]
    sizes = op.slice_sizes.get_values()
    require_fits(b, sizes, b.dims(op.operand), "slices of {0} elements")
    starts = starts_of(b, op.start_indices, b.element_types(op)[1:], b.dims(op.operand), sizes)
    return [extract_slice(b, op.operand, starts, sizes, [1] * len(sizes))]


@irdl_op_definition
class DynamicUpdateSliceOp(PrettyOp):
    """The operand with a slice at clamped start indices replaced.

    Spec: https://openxla.org/stablehlo/spec#dynamic_update_slice
    """

    name = "stablehlo.dynamic_update_slice"
    operand = operand_def(TensorType)
    update = operand_def(TensorType)
    start_indices = var_operand_def(TensorType)
    result = result_def(TensorType)


def infer_update(op: DynamicUpdateSliceOp) -> Sequence[Shape]:
    return [shape_of(op.operand)]


def evaluate_update(op: DynamicUpdateSliceOp, args: Arrays, run: Run) -> Arrays:
    operand, update, *starts = args
    result = np.array(operand)
    first = clamped(starts, operand.shape, update.shape)
    result[tuple(slice(a, a + n) for a, n in zip(first, update.shape, strict=True))] = update
    return [result]


def lower_update(op: DynamicUpdateSliceOp, b: Lowering) -> Results:
    types = b.element_types(op)[2:]
    require_fits(b, b.dims(op.update), b.dims(op.operand), "an update of {0} elements")
    starts = starts_of(b, op.start_indices, types, b.dims(op.operand), b.dims(op.update))
    return [insert_slice(b, op.update, op.operand, starts)]


@irdl_op_definition
class RealDynamicSliceOp(PrettyOp):
    """A slice whose starts, limits and strides are values.

    Spec: https://openxla.org/stablehlo/spec#real_dynamic_slice
    """

    name = "stablehlo.real_dynamic_slice"
    operand = operand_def(TensorType)
    start_indices = operand_def(TensorType)
    limit_indices = operand_def(TensorType)
    strides = operand_def(TensorType)
    result = result_def(TensorType)


def evaluate_real_slice(op: RealDynamicSliceOp, args: Arrays, run: Run) -> Arrays:
    operand, *rest = args
    ranges = zip(*([int(x) for x in r] for r in rest), strict=True)
    return [operand[tuple(slice(a, z, n) for a, z, n in ranges)]]


def lower_real_slice(op: RealDynamicSliceOp, b: Lowering) -> Results:
    small = b.move_small(op, evaluate_real_slice)
    if small is not None:
        return [small]
    shape = b.dims(op.operand)
    lists = []
    for tensor_, type_ in zip(op.operands[1:], b.element_types(op)[1:], strict=True):
        lists.append([index_of(b, b.scalar(tensor_, i), type_) for i in range(len(shape))])
    starts, limits, strides = lists
    starts = [b.minimum(b.maximum(a, 0), n) for a, n in zip(starts, shape, strict=True)]
    limits = [b.minimum(z, n) for z, n in zip(limits, shape, strict=True)]
    strides = [b.maximum(n, 1) for n in strides]
    sizes = []
    for a, z, n in zip(starts, limits, strides, strict=True):
        span = b.maximum(b.sub(z, a), 0)
        sizes.append(b.floordiv(b.add(span, b.sub(n, 1)), n))
    sizes = b.typed_dims(op.result.type, sizes)
    if all(isinstance(n, int) for n in strides):
        return [extract_slice(b, op.operand, starts, sizes, strides)]
    return [read_strided(b, op.operand, starts, sizes, strides)]


def read_strided(
    b: Lowering,
    value: SSAValue,
    starts: Sequence[Dim],
    sizes: Sequence[Dim],
    strides: Sequence[Dim],
) -> SSAValue:
    """A slice whose strides are values: each element reads at `start + i * stride`."""
    element = element_type(value)
    first, step = [b.index(a) for a in starts], [b.index(n) for n in strides]

    def body(args: Sequence[SSAValue]) -> SSAValue:
        indices = []
        for d, (start, stride) in enumerate(zip(first, step, strict=True)):
            offset = b.emit(arith.MuliOp(b.build(IndexOp(d)), stride))
            indices.append(b.emit(arith.AddiOp(start, offset)))
        return b.build(tensor.ExtractOp(value, indices, signless(element)))  # pyright: ignore

    return b.generic([], [identity(len(sizes))], [b.empty(sizes, element)], body)[0]


@irdl_op_definition
class ConcatenateOp(PrettyOp):
    """Joins tensors along a dimension. Spec: https://openxla.org/stablehlo/spec#concatenate"""

    name = "stablehlo.concatenate"
    FIELDS: ClassVar = (("dim", "dimension", INT),)
    inputs = var_operand_def(TensorType)
    dimension = prop_def(IntegerAttr)
    result = result_def(TensorType)


def infer_concatenate(op: ConcatenateOp) -> Sequence[Shape]:
    shapes = [shape_of(v) for v in op.inputs]
    axis = op.dimension.value.data
    sizes = [s[axis] for s in shapes]
    total = DYNAMIC if DYNAMIC in sizes else sum(sizes)
    shapes = [(*s[:axis], total, *s[axis + 1 :]) for s in shapes]
    return [merge_shapes(*shapes)]


def evaluate_concatenate(op: ConcatenateOp, args: Arrays, run: Run) -> Arrays:
    return [np.concatenate(args, op.dimension.value.data)]


def lower_concatenate(op: ConcatenateOp, b: Lowering) -> Results:
    small = b.move_small(op, evaluate_concatenate, range(len(op.inputs)))
    if small is not None:
        return [small]
    if len(op.inputs) == 1:
        return [op.inputs[0]]
    axis = op.dimension.value.data
    total: Dim = 0
    offsets = []
    for value in op.inputs:
        offsets.append(total)
        total = b.add(total, b.dims(value)[axis])
    dims = list(b.dims(op.inputs[0]))
    dims[axis] = total
    result = b.empty(b.typed_dims(op.result.type, dims), element_type(op.result))
    for value, offset in zip(op.inputs, offsets, strict=True):
        where: list[Dim] = [0] * len(dims)
        where[axis] = offset
        result = insert_slice(b, value, result, where)
    return [result]


@irdl_op_definition
class PadOp(PrettyOp):
    """Pads edges and between elements; negative amounts crop.

    Spec: https://openxla.org/stablehlo/spec#pad
    """

    name = "stablehlo.pad"
    FIELDS: ClassVar = (
        ("low", "edge_padding_low", INTS),
        ("high", "edge_padding_high", INTS),
        ("interior", "interior_padding", INTS),
    )
    operand = operand_def(TensorType)
    padding_value = operand_def(TensorType)
    edge_padding_low = prop_def(DenseArrayBase.constr(i64))
    edge_padding_high = prop_def(DenseArrayBase.constr(i64))
    interior_padding = prop_def(DenseArrayBase.constr(i64))
    result = result_def(TensorType)


@irdl_op_definition
class DynamicPadOp(PrettyOp):
    """`pad` with amounts that are values. Spec: https://openxla.org/stablehlo/spec#dynamic_pad"""

    name = "stablehlo.dynamic_pad"
    operand = operand_def(TensorType)
    padding_value = operand_def(TensorType)
    edge_padding_low = operand_def(TensorType)
    edge_padding_high = operand_def(TensorType)
    interior_padding = operand_def(TensorType)
    result = result_def(TensorType)


def _static_amounts(op: PadOp) -> tuple[tuple[int, ...], ...]:
    lists = (op.edge_padding_low, op.edge_padding_high, op.interior_padding)
    return tuple(x.get_values() for x in lists)


def padded_size(size: int, low: int, high: int, interior: int) -> int:
    """Size of a padded dimension, never negative."""
    between = larger(size - 1, 0) * interior if interior != 0 else 0
    return larger(0, size + between + low + high)


def infer_pad(op: PadOp) -> Sequence[Shape]:
    columns = zip(shape_of(op.operand), *_static_amounts(op), strict=True)
    return [tuple(DYNAMIC if n == DYNAMIC else padded_size(n, *row) for n, *row in columns)]


def evaluate_pad(op: Any, args: Arrays, run: Run) -> Arrays:
    operand, value = args[:2]
    amounts = args[2:] if len(args) > 2 else _static_amounts(op)
    low, high, interior = ([int(x) for x in a] for a in amounts)
    return [pad_array(operand, value, low, high, interior)]


def pad_array(
    x: np.ndarray, value: np.ndarray, low: Sequence[int], high: Sequence[int],
    interior: Sequence[int],
) -> np.ndarray:  # fmt: skip
    """`stablehlo.pad` on arrays."""
    spread = [n + max(n - 1, 0) * k for n, k in zip(x.shape, interior, strict=True)]
    wide = np.full(spread, value, x.dtype)
    wide[tuple(slice(None, None, k + 1) for k in interior)] = x
    shape = [max(0, n + a + z) for n, a, z in zip(spread, low, high, strict=True)]
    result = np.full(shape, value, x.dtype)
    into = tuple(slice(min(max(a, 0), n), min(n, s + a) if s + a > 0 else 0)
                 for a, n, s in zip(low, shape, spread, strict=True))  # fmt: skip
    source = tuple(slice(max(-a, 0), max(-a, 0) + max(0, i.stop - i.start))
                   for a, i in zip(low, into, strict=True))  # fmt: skip
    result[into] = wide[source]
    return result


def lower_pad(op: Any, b: Lowering) -> Results:
    small = b.move_small(op, evaluate_pad, (0, 1))
    if small is not None:
        return [small]
    if isinstance(op, PadOp):
        lists: list[list[Dim]] = [list(x) for x in _static_amounts(op)]
    else:
        rank = range(len(shape_of(op.operand)))
        types = b.element_types(op)[2:]
        lists = [[index_of(b, b.scalar(v, i), t) for i in rank]
                 for v, t in zip(op.operands[2:], types, strict=True)]  # fmt: skip
    low, high, interior = lists
    fill = b.scalar(op.padding_value)
    simple = all(x == 0 for x in interior) and all(
        isinstance(x, int) and x >= 0 for x in (*low, *high)
    )
    if simple:
        return [pad(b, op.operand, fill, low, high)]  # pyright: ignore[reportArgumentType]
    known = op.result.type
    return [pad_by_reading(b, op.operand, fill, low, high, interior, known)]


def pad(
    b: Lowering, value: SSAValue, fill: SSAValue, low: Sequence[int], high: Sequence[int]
) -> SSAValue:
    """`tensor.pad` with a constant border; `value` itself if there is none."""
    if not any(low) and not any(high):
        return value
    dims = [b.add(b.add(n, a), z) for n, a, z in zip(b.dims(value), low, high, strict=True)]
    block = Block(arg_types=[INDEX] * len(dims))
    block.add_op(tensor.YieldOp(fill))
    # Where the type does not know the size, the result's may not either, even if we do.
    declared = [DYNAMIC if n == DYNAMIC else d for n, d in zip(shape_of(value), dims, strict=True)]
    type_ = b.tensor_type(declared, element_type(value))
    result = b.build(tensor.PadOp(value, [], [], Region(block), list(low), list(high), type_))
    b.set_dims(result, dims)
    return result


def pad_by_reading(
    b: Lowering, source: SSAValue, fill: SSAValue, low: Sequence[Dim], high: Sequence[Dim],
    interior: Sequence[Dim], known: Any = None,
) -> SSAValue:  # fmt: skip
    """Each result element looks where it comes from: crops, interior and unknown amounts.

    `fill` is a scalar or a rank-0 tensor, which is then read where it is needed.
    """
    sizes = b.dims(source)
    dims: list[Dim] = []
    for n, a, z, k in zip(sizes, low, high, interior, strict=True):
        spread = b.add(n, b.mul(b.maximum(b.sub(n, 1), 0), k))
        dims.append(b.maximum(b.add(b.add(spread, a), z), 0))
    if known is not None:
        dims = b.typed_dims(known, dims)
    element = signless(element_type(source))

    def filler() -> SSAValue:
        boxed = isinstance(fill.type, TensorType)
        return b.build(tensor.ExtractOp(fill, [], element)) if boxed else fill  # pyright: ignore

    if any(n == 0 for n in sizes):
        return b.generic([], [identity(len(dims))], [b.empty(dims, element)], lambda _: filler())[0]
    lasts = [b.index(b.sub(n, 1)) for n in sizes]
    lows = [b.index(a) for a in low]
    steps = [b.index(b.add(k, 1)) for k in interior]

    def body(args: Sequence[SSAValue]) -> SSAValue:
        indices, inside = [], None
        zero = b.index(0)
        for d, (first, step, last) in enumerate(zip(lows, steps, lasts, strict=True)):
            place = b.emit(arith.SubiOp(b.build(IndexOp(d)), first))
            safe = b.emit(arith.MaxSIOp(place, zero))
            index, rest = safe, None
            if folding.integer(step) != 1:
                index = b.emit(arith.DivSIOp(safe, step))
                rest = b.emit(arith.CmpiOp(b.emit(arith.RemSIOp(safe, step)), zero, "eq"))
            tests = [b.emit(arith.CmpiOp(place, zero, "sge")),
                     b.emit(arith.CmpiOp(index, last, "sle"))]  # fmt: skip
            for test in (*tests, rest):
                if test is not None:
                    inside = test if inside is None else b.emit(arith.AndIOp(inside, test))
            indices.append(b.emit(arith.MinSIOp(index, last)))

        def read() -> SSAValue:
            return b.build(tensor.ExtractOp(source, indices, element))  # pyright: ignore

        if inside is None:
            return read()
        if not all(isinstance(n, int) for n in sizes):  # there may be nothing to read
            return b.choose(inside, read, filler)
        return b.emit(arith.SelectOp(inside, read(), filler()))

    return b.generic([], [identity(len(dims))], [b.empty(dims, element)], body)[0]


ROWS: tuple[OpRow, ...] = (
    OpRow(SliceOp, infer_slice, evaluate_slice, lower_slice),
    OpRow(DynamicSliceOp, infer_dynamic_slice, evaluate_dynamic_slice, lower_dynamic_slice),
    OpRow(DynamicUpdateSliceOp, infer_update, evaluate_update, lower_update),
    OpRow(RealDynamicSliceOp, declared, evaluate_real_slice, lower_real_slice),
    OpRow(ConcatenateOp, infer_concatenate, evaluate_concatenate, lower_concatenate),
    OpRow(PadOp, infer_pad, evaluate_pad, lower_pad),
    OpRow(DynamicPadOp, declared, evaluate_pad, lower_pad),
)
