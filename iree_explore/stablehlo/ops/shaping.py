# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Constants, iota, broadcasts, reshapes, transposes and sizes.

Broadcasts become a `linalg.generic` whose input map leaves out the new dimensions (unit dimensions
that grow are collapsed away first). Spec: https://openxla.org/stablehlo/spec#ops
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    TensorType,
    f32,
    i64,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.dialects.linalg.ops import IndexOp
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def
from xdsl.parser import Parser
from xdsl.printer import Printer

from iree_explore import elements as dense
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
    result_dtype,
    shape_of,
)
from iree_explore.stablehlo.lowering import Dim, Lowering, dims_map, identity, signless
from iree_explore.stablehlo.ops import scalars as s
from iree_explore.stablehlo.reshaping import reshape
from iree_explore.stablehlo.run_time_checks import (
    require_broadcastable,
    require_equal,
    require_same_count,
)

Arrays = list[np.ndarray]
Results = Sequence[SSAValue]


@irdl_op_definition
class ConstantOp(PrettyOp):
    """A literal tensor. Spec: https://openxla.org/stablehlo/spec#constant"""

    name = "stablehlo.constant"
    value = prop_def(DenseIntOrFPElementsAttr)
    output = result_def(TensorType)

    def __init__(self, value: DenseIntOrFPElementsAttr):
        super().__init__(properties={"value": value}, result_types=[value.type])

    def print(self, printer: Printer) -> None:
        if self.value.type != self.output.type:  # quantised: the value is its storage
            printer.print_string("()")
            printer.print_op_attributes({"value": self.value, **self.attributes})
            printer.print_string(" : ")
            printer.print_operation_type(self)
            return
        printer.print_op_attributes(self.attributes)
        printer.print_string(" ")
        printer.print_attribute(self.value)

    @classmethod
    def parse(cls, parser: Parser) -> ConstantOp:
        if parser.parse_optional_punctuation("(") is not None:
            parser.parse_punctuation(")")
            attributes = parser.parse_optional_attr_dict()
            parser.parse_punctuation(":")
            type_ = parser.parse_function_type()
            return create(cls, [], type_.outputs.data, {}, attributes)
        attributes = parser.parse_optional_attr_dict()
        value = parser.parse_attribute()
        if not isinstance(value, DenseIntOrFPElementsAttr):
            parser.raise_error("expected dense<...> : tensor<...>")
        value = dense.compact(value)
        return create(cls, [], [value.type], {"value": value}, attributes)


def evaluate_constant(op: ConstantOp, args: Arrays, run: Run) -> Arrays:
    value, dtype = dense.to_numpy(op.value), result_dtype(op)
    return [value if value.dtype == dtype else value.view(dtype)]  # a quantised type's storage


def lower_constant(op: ConstantOp, b: Lowering) -> Results:
    value = dense.compact(op.value)
    type_ = signless(value.type)
    if type_ != value.type:
        value = DenseIntOrFPElementsAttr(type_, value.data)  # pyright: ignore
    return [b.build(arith.ConstantOp(value))]


@irdl_op_definition
class IotaOp(PrettyOp):
    """Positions along a dimension. Spec: https://openxla.org/stablehlo/spec#iota"""

    name = "stablehlo.iota"
    FIELDS: ClassVar = (("dim", "iota_dimension", INT),)
    COMPACT: ClassVar = True
    iota_dimension = prop_def(IntegerAttr)
    output = result_def(TensorType)


@irdl_op_definition
class DynamicIotaOp(PrettyOp):
    """`iota` whose shape is a value. Spec: https://openxla.org/stablehlo/spec#dynamic_iota"""

    name = "stablehlo.dynamic_iota"
    FIELDS: ClassVar = (("dim", "iota_dimension", INT),)
    output_shape = operand_def(TensorType)
    iota_dimension = prop_def(IntegerAttr)
    output = result_def(TensorType)


def evaluate_iota(op: Any, args: Arrays, run: Run) -> Arrays:
    shape = tuple(int(d) for d in args[0]) if args else shape_of(op.output)
    axis = op.iota_dimension.value.data
    counted = np.arange(shape[axis]).reshape([-1 if d == axis else 1 for d in range(len(shape))])
    return [np.broadcast_to(counted.astype(result_dtype(op)), shape)]


def lower_iota(op: Any, b: Lowering) -> Results:
    sizes = b.sizes_from(op.operands[0]) if op.operands else shape_of(op.output)
    dims = b.typed_dims(op.output.type, sizes)
    element = element_type(op.output)
    axis = op.iota_dimension.value.data

    def body(args: Sequence[SSAValue]) -> SSAValue:
        return from_index(b, b.build(IndexOp(axis)), element)

    return b.generic([], [identity(len(dims))], [b.empty(dims, element)], body)


def from_index(b: Lowering, position: SSAValue, element: Attribute) -> SSAValue:
    """An `index` value as a number of an element type."""
    element = signless(element)
    if isinstance(element, IndexType):
        return position
    if isinstance(element, IntegerType):
        return b.cast(position, element)
    whole = b.cast(position, i64)
    number = b.emit(arith.SIToFPOp(whole, element if s.width_of(element) >= 32 else f32))  # pyright: ignore
    return number if number.type == element else b.emit(arith.TruncFOp(number, element))  # pyright: ignore


@irdl_op_definition
class BroadcastInDimOp(PrettyOp):
    """Repeats along new or unit dimensions.

    Spec: https://openxla.org/stablehlo/spec#broadcast_in_dim
    """

    name = "stablehlo.broadcast_in_dim"
    FIELDS: ClassVar = (("dims", "broadcast_dimensions", INTS),)
    operand = operand_def(TensorType)
    broadcast_dimensions = prop_def(DenseArrayBase.constr(i64))
    result = result_def(TensorType)


@irdl_op_definition
class DynamicBroadcastInDimOp(PrettyOp):
    """`broadcast_in_dim` whose result shape is a value.

    Spec: https://openxla.org/stablehlo/spec#dynamic_broadcast_in_dim
    """

    name = "stablehlo.dynamic_broadcast_in_dim"
    FIELDS: ClassVar = (("dims", "broadcast_dimensions", INTS),)
    operand = operand_def(TensorType)
    output_dimensions = operand_def(TensorType)
    broadcast_dimensions = prop_def(DenseArrayBase.constr(i64))
    known_expanding_dimensions = opt_prop_def(DenseArrayBase.constr(i64))
    known_nonexpanding_dimensions = opt_prop_def(DenseArrayBase.constr(i64))
    result = result_def(TensorType)


def infer_dynamic_broadcast(op: DynamicBroadcastInDimOp) -> Sequence[Shape]:
    shape = list(shape_of(op.result))
    for size, d in zip(shape_of(op.operand), op.broadcast_dimensions.get_values(), strict=True):
        if shape[d] == DYNAMIC and size != 1:
            shape[d] = size
    return [tuple(shape)]


def evaluate_broadcast(op: Any, args: Arrays, run: Run) -> Arrays:
    shape = tuple(int(d) for d in args[1]) if len(args) > 1 else shape_of(op.result)
    dims = op.broadcast_dimensions.get_values()
    aligned = [1] * len(shape)
    for size, d in zip(args[0].shape, dims, strict=True):
        aligned[d] = size
    order = np.argsort(dims, kind="stable")
    return [np.broadcast_to(args[0].transpose(order).reshape(aligned), shape)]


def lower_broadcast(op: Any, b: Lowering) -> Results:
    small = b.move_small(op, evaluate_broadcast)
    if small is not None:
        return [small]
    sizes = shape_of(op.result)
    if len(op.operands) > 1:
        sizes = b.sizes_from(op.operands[1])
    known = op.properties.get("known_nonexpanding_dimensions")
    same = set(known.get_values()) if known is not None else set()  # pyright: ignore
    positions = op.broadcast_dimensions.get_values()
    dims = b.typed_dims(op.result.type, sizes)
    for i, (size, d) in enumerate(zip(b.dims(op.operand), positions, strict=True)):
        if i in same:
            require_equal(b, size, dims[d], "a dimension of size {0} cannot become {1}")
        else:
            require_broadcastable(b, size, dims[d])
    return [broadcast(b, op.operand, positions, dims, same)]


def broadcast(
    b: Lowering,
    value: SSAValue,
    positions: Sequence[int],
    dims: Sequence[Dim],
    nonexpanding: set[int] | frozenset[int] = frozenset(),
) -> SSAValue:
    """`value` with dimension i at `positions[i]` of a tensor of sizes `dims`."""
    element = element_type(value)
    source = b.dims(value)
    splat = b.splat_of(value)
    if splat is not None:
        return splat_tensor(b, splat, dims, element)
    unsure = []
    kept = []
    for i, (size, d) in enumerate(zip(source, positions, strict=True)):
        if size == 1 and dims[d] != 1:
            continue
        kept.append(i)
        equal = size is dims[d] or size == dims[d] or i in nonexpanding
        if not equal and not isinstance(size, int):
            unsure.append(i)
    if unsure:
        return _broadcast_unsure(b, value, positions, dims, set(unsure))
    if len(kept) == len(dims) and list(positions) == list(range(len(dims))):
        return b.cast_to(value, b.tensor_type(dims, element))
    value = reshape(b, value, [source[i] for i in kept])
    rank = len(dims)
    maps = [dims_map(rank, [positions[i] for i in kept]), identity(rank)]
    return b.generic([value], maps, [b.empty(dims, element)], lambda args: args[0])[0]


def splat_tensor(
    b: Lowering, value: Attribute, dims: Sequence[Dim], element: Attribute
) -> SSAValue:
    """A constant where the sizes are known, else a fill."""
    if all(isinstance(d, int) for d in dims):
        type_ = b.tensor_type(dims, element)
        array = np.array(value.value.data).astype(dense.dtype_of(type_.element_type))  # pyright: ignore
        return b.build(arith.ConstantOp(dense.of_type(type_, array)))
    return b.fill(b.constant(value), dims, element)


def _broadcast_unsure(
    b: Lowering, value: SSAValue, positions: Sequence[int], dims: Sequence[Dim], unsure: set[int]
) -> SSAValue:
    """Some dimensions may be 1 or the result's size, known only at run time: reads at
    `min(i, size - 1)`, which also never reads outside."""
    source = b.dims(value)
    element = element_type(value)
    last = {i: b.index(b.sub(source[i], 1)) for i in unsure}

    def body(args: Sequence[SSAValue]) -> SSAValue:
        indices = []
        for i, d in enumerate(positions):
            if source[i] == 1:
                indices.append(b.index(0))
            elif i in unsure:
                indices.append(b.emit(arith.MinSIOp(b.build(IndexOp(d)), last[i])))
            else:
                indices.append(b.build(IndexOp(d)))
        return b.build(tensor.ExtractOp(value, indices, signless(element)))  # pyright: ignore

    return b.generic([], [identity(len(dims))], [b.empty(dims, element)], body)[0]


@irdl_op_definition
class ReshapeOp(PrettyOp):
    """The same elements in another shape. Spec: https://openxla.org/stablehlo/spec#reshape"""

    name = "stablehlo.reshape"
    operand = operand_def(TensorType)
    result = result_def(TensorType)


@irdl_op_definition
class DynamicReshapeOp(PrettyOp):
    """`reshape` whose shape is a value.

    Spec: https://openxla.org/stablehlo/spec#dynamic_reshape
    """

    name = "stablehlo.dynamic_reshape"
    operand = operand_def(TensorType)
    output_shape = operand_def(TensorType)
    result = result_def(TensorType)


def evaluate_reshape(op: Any, args: Arrays, run: Run) -> Arrays:
    shape = tuple(int(d) for d in args[1]) if len(args) > 1 else shape_of(op.result)
    if DYNAMIC in shape:  # a reshape with one unknown size
        shape = tuple(-1 if d == DYNAMIC else d for d in shape)
    return [args[0].reshape(shape)]


def infer_dynamic_reshape(op: DynamicReshapeOp) -> Sequence[Shape]:
    shape, source = list(shape_of(op.result)), shape_of(op.operand)
    if shape.count(DYNAMIC) == 1 and DYNAMIC not in source:
        known = int(np.prod([d for d in shape if d != DYNAMIC]))
        if known:
            shape[shape.index(DYNAMIC)] = int(np.prod(source)) // known
    return [tuple(shape)]


def lower_reshape(op: Any, b: Lowering) -> Results:
    small = b.move_small(op, evaluate_reshape)
    if small is not None:
        return [small]
    if len(op.operands) > 1:
        sizes = b.typed_dims(op.result.type, b.sizes_from(op.operands[1]))
        require_same_count(b, b.dims(op.operand), sizes)
    else:
        sizes = _missing_size(b, b.dims(op.operand), shape_of(op.result))
    return [reshape(b, op.operand, b.typed_dims(op.result.type, sizes))]


def _missing_size(b: Lowering, source: Sequence[Dim], shape: Shape) -> list[Dim]:
    """Result sizes of a reshape with at most one `?`: the rest of the elements."""
    total: Dim = 1
    for size in source:
        total = b.mul(total, size)
    known = int(np.prod([d for d in shape if d != DYNAMIC]))
    return [b.floordiv(total, known) if d == DYNAMIC else d for d in shape]


@irdl_op_definition
class TransposeOp(PrettyOp):
    """Permutes dimensions. Spec: https://openxla.org/stablehlo/spec#transpose"""

    name = "stablehlo.transpose"
    FIELDS: ClassVar = (("dims", "permutation", INTS),)
    operand = operand_def(TensorType)
    permutation = prop_def(DenseArrayBase.constr(i64))
    result = result_def(TensorType)


def infer_transpose(op: TransposeOp) -> Sequence[Shape]:
    shape = shape_of(op.operand)
    return [tuple(shape[d] for d in op.permutation.get_values())]


def evaluate_transpose(op: TransposeOp, args: Arrays, run: Run) -> Arrays:
    return [args[0].transpose(op.permutation.get_values())]


def lower_transpose(op: TransposeOp, b: Lowering) -> Results:
    order = op.permutation.get_values()
    if list(order) == list(range(len(order))):
        return [op.operand]
    small = b.move_small(op, evaluate_transpose)
    return [transpose(b, op.operand, order) if small is None else small]


def transpose(b: Lowering, value: SSAValue, order: Sequence[int]) -> SSAValue:
    """`linalg.transpose`; a constant is transposed here."""
    splat = b.splat_of(value)
    sizes = b.dims(value)
    dims = [sizes[d] for d in order]
    element = element_type(value)
    if splat is not None:
        return splat_tensor(b, splat, dims, element)
    out = b.empty(dims, element)
    result = b.build(linalg.TransposeOp(value, out, DenseArrayBase.from_list(i64, list(order))))
    b.set_dims(result, dims)
    return result


@irdl_op_definition
class ReverseOp(PrettyOp):
    """Reverses dimensions. Spec: https://openxla.org/stablehlo/spec#reverse"""

    name = "stablehlo.reverse"
    FIELDS: ClassVar = (("dims", "dimensions", INTS),)
    COMPACT: ClassVar = True
    operand = operand_def(TensorType)
    dimensions = prop_def(DenseArrayBase.constr(i64))
    result = result_def(TensorType)


def same_as_operand(op: Any) -> Sequence[Shape]:
    return [shape_of(op.operands[0])]


def evaluate_reverse(op: ReverseOp, args: Arrays, run: Run) -> Arrays:
    return [np.flip(args[0], op.dimensions.get_values())]


def lower_reverse(op: ReverseOp, b: Lowering) -> Results:
    small = b.move_small(op, evaluate_reverse)
    if small is not None:
        return [small]
    return [reverse_tensor(b, op.operand, op.dimensions.get_values())]


def reverse_tensor(b: Lowering, value: SSAValue, flipped: Sequence[int]) -> SSAValue:
    """`value` with the dimensions `flipped` reversed."""
    dims = b.dims(value)
    element = element_type(value)
    last = {d: b.index(b.sub(dims[d], 1)) for d in flipped}

    def body(args: Sequence[SSAValue]) -> SSAValue:
        indices = [b.build(IndexOp(d)) for d in range(len(dims))]
        for d in flipped:
            indices[d] = b.emit(arith.SubiOp(last[d], indices[d]))
        return b.build(tensor.ExtractOp(value, indices, signless(element)))  # pyright: ignore

    return b.generic([], [identity(len(dims))], [b.empty(dims, element)], body)[0]


@irdl_op_definition
class GetDimensionSizeOp(PrettyOp):
    """A dimension's size as a tensor<i32>.

    Spec: https://openxla.org/stablehlo/spec#get_dimension_size
    """

    name = "stablehlo.get_dimension_size"
    FIELDS: ClassVar = (("dim", "dimension", INT),)
    operand = operand_def(TensorType)
    dimension = prop_def(IntegerAttr)
    result = result_def(TensorType)


def evaluate_size(op: GetDimensionSizeOp, args: Arrays, run: Run) -> Arrays:
    return [np.array(args[0].shape[op.dimension.value.data], result_dtype(op))]


def lower_size(op: GetDimensionSizeOp, b: Lowering) -> Results:
    size = b.index(b.dims(op.operand)[op.dimension.value.data])
    return [b.from_elements([b.cast(size, element_type(op.result))], op.result.type)]


@irdl_op_definition
class SetDimensionSizeOp(PrettyOp):
    """Declares a dimension to have only `size` valid elements.

    Spec: https://openxla.org/stablehlo/spec#set_dimension_size
    """

    name = "stablehlo.set_dimension_size"
    FIELDS: ClassVar = (("dim", "dimension", INT),)
    operand = operand_def(TensorType)
    size = operand_def(TensorType)
    dimension = prop_def(IntegerAttr)
    result = result_def(TensorType)


def evaluate_set_size(op: SetDimensionSizeOp, args: Arrays, run: Run) -> Arrays:
    where = [slice(None)] * args[0].ndim
    where[op.dimension.value.data] = slice(0, int(args[1]))
    return [args[0][tuple(where)]]


def lower_set_size(op: SetDimensionSizeOp, b: Lowering) -> Results:
    dims = list(b.dims(op.operand))
    axis = op.dimension.value.data
    wanted = b.cast(b.scalar(op.size), IndexType())
    whole = b.index(dims[axis])
    dims[axis] = b.index(b.minimum(b.maximum(wanted, 0), whole))
    rank = len(dims)
    type_ = b.tensor_type(dims, element_type(op.result))
    result = b.build(tensor.ExtractSliceOp(op.operand, [0] * rank, dims, [1] * rank, type_))
    b.set_dims(result, dims)
    return [result]


ROWS: tuple[OpRow, ...] = (
    OpRow(ConstantOp, declared, evaluate_constant, lower_constant),
    OpRow(IotaOp, declared, evaluate_iota, lower_iota),
    OpRow(DynamicIotaOp, declared, evaluate_iota, lower_iota),
    OpRow(BroadcastInDimOp, declared, evaluate_broadcast, lower_broadcast),
    OpRow(DynamicBroadcastInDimOp, infer_dynamic_broadcast, evaluate_broadcast, lower_broadcast),
    OpRow(ReshapeOp, infer_dynamic_reshape, evaluate_reshape, lower_reshape),
    OpRow(DynamicReshapeOp, infer_dynamic_reshape, evaluate_reshape, lower_reshape),
    OpRow(TransposeOp, infer_transpose, evaluate_transpose, lower_transpose),
    OpRow(ReverseOp, same_as_operand, evaluate_reverse, lower_reverse),
    OpRow(GetDimensionSizeOp, declared, evaluate_size, lower_size),
    OpRow(SetDimensionSizeOp, declared, evaluate_set_size, lower_set_size),
)
