# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`reduce`, `reduce_window` and `map`.

A reduction is a `linalg.generic` with reduction loops whose body is the region on scalars; a
windowed one gets a second operand of the window's shape, which only says how long its loops are.
Windows that grow by one element each (`cumsum`) are a scan.
f16 and bf16 sums are kept in f32.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import (
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    TensorType,
    UnitAttr,
    f32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap
from xdsl.irdl import (
    IRDLOperation,
    SameVariadicOperandSize,
    irdl_op_definition,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer

from iree_explore import elements as dense
from iree_explore.linalg.ext.scan import ScanOp
from iree_explore.stablehlo import regions
from iree_explore.stablehlo.attrs import int_list, print_int_list
from iree_explore.stablehlo.base import (
    DYNAMIC,
    OpRow,
    PrettyOp,
    Run,
    Shape,
    create,
    element_type,
    larger,
    merge_shapes,
    parse_signature,
    same_shape,
    shape_of,
)
from iree_explore.stablehlo.lowering import Dim, Lowering, dims_map, identity, signless
from iree_explore.stablehlo.ops import scalars as s
from iree_explore.stablehlo.ops.contraction import ADD
from iree_explore.stablehlo.ops.control import ReturnOp
from iree_explore.stablehlo.ops.slicing import pad, pad_array, pad_by_reading, padded_size
from iree_explore.stablehlo.region_code import converted

Arrays = list[np.ndarray]
Results = Sequence[SSAValue]


@irdl_op_definition
class ReduceOp(PrettyOp):
    """Reduces dimensions with a region. Spec: https://openxla.org/stablehlo/spec#reduce"""

    name = "stablehlo.reduce"
    inputs = var_operand_def(TensorType)
    init_values = var_operand_def(TensorType)
    dimensions = prop_def(DenseArrayBase.constr(i64))
    results_ = var_result_def(TensorType)
    body = region_def("single_block")
    irdl_options = (SameVariadicOperandSize(),)

    def print(self, printer: Printer) -> None:
        printer.print_string("(")
        for i, (value, init) in enumerate(zip(self.inputs, self.init_values, strict=True)):
            printer.print_string("), (" if i else "")
            printer.print_ssa_value(value)
            printer.print_string(" init: ")
            printer.print_ssa_value(init)
        printer.print_string(")")
        short = self._applies()
        if short:
            printer.print_string(f" applies {short}")
        printer.print_string(" across dimensions = ")
        print_int_list(printer, self.dimensions.get_values())
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_operation_type(self)
        if short:
            return
        printer.print_string(" reducer")
        args = self.body.block.args
        half = len(args) // 2
        for i in range(half):
            printer.print_string("(" if i == 0 else " (")
            printer.print_block_argument(args[i])
            printer.print_string(", ")
            printer.print_block_argument(args[half + i])
            printer.print_string(")")
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False)

    def _applies(self) -> str | None:
        """The op of a plain one-op reducer: arguments in order, no attributes."""
        if len(self.inputs) != 1:
            return None
        name = regions.only_op(self.body)
        op = self.body.block.first_op
        if name is None or op is None or op.properties or op.attributes:
            return None
        same = tuple(op.operands) == tuple(self.body.block.args)
        return name if same and op.results[0].type == op.operands[0].type else None

    @classmethod
    def parse(cls, parser: Parser) -> ReduceOp:
        position = parser.pos
        pairs: list[tuple[UnresolvedOperand, UnresolvedOperand]] = []
        while True:
            with parser.in_parens():
                value = parser.parse_unresolved_operand()
                parser.parse_keyword("init")
                parser.parse_punctuation(":")
                pairs.append((value, parser.parse_unresolved_operand()))
            if parser.parse_optional_punctuation(",") is None:
                break
        applied = parser.parse_identifier() if parser.parse_optional_keyword("applies") else None
        parser.parse_keyword("across")
        parser.parse_keyword("dimensions")
        parser.parse_punctuation("=")
        dimensions = DenseArrayBase.from_list(i64, int_list(parser))
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        inputs, outputs = parse_signature(parser, 2 * len(pairs))
        operands = [v for v, _ in pairs] + [i for _, i in pairs]
        values = parser.resolve_operands(operands, inputs, position)
        if applied is not None:
            region = _applied(parser, applied, outputs)
        else:
            parser.parse_keyword("reducer")
            left, right = [], []
            for _ in pairs:
                with parser.in_parens():
                    left.append(parser.parse_argument())
                    parser.parse_punctuation(",")
                    right.append(parser.parse_argument())
            region = parser.parse_region([*left, *right])
        return create(cls, values, outputs, {"dimensions": dimensions}, attributes, [region])


def _applied(parser: Parser, name: str, outputs: Sequence[Attribute]) -> Region:
    """The region of `applies name`."""
    row = regions.find_row(name)
    if row is None or len(outputs) != 1 or not isinstance(outputs[0], TensorType):
        parser.raise_error(f"cannot apply {name}")
    type_ = TensorType(outputs[0].element_type, [])

    def make(block: Block) -> Operation:
        return row.op.create(operands=list(block.args), result_types=[type_])

    return regions.reducer([outputs[0].element_type], make, ReturnOp)


def infer_reduce(op: ReduceOp) -> Sequence[Shape]:
    reduced = op.dimensions.get_values()
    whole = merge_shapes(*(shape_of(v) for v in op.inputs))
    return [tuple(n for d, n in enumerate(whole) if d not in reduced)] * len(op.results)


def evaluate_reduce(op: ReduceOp, args: Arrays, run: Run) -> Arrays:
    half = len(args) // 2
    dims = op.dimensions.get_values()
    return regions.reduce_arrays(op.body, run, args[:half], args[half:], dims)


def _total_types(op: Any, count: int) -> list[Attribute]:
    """StableHLO's types of the totals: the region's, or f32 if it is a sum of narrower floats."""
    types = regions.scalar_types(op.regions[0])[:count]
    if s.is_float(types[0]) and s.width_of(types[0]) < 32:
        return [f32] if regions.only_op(op.regions[0]) == "stablehlo.add" else types
    return types


def spread(
    b: Lowering, value: SSAValue, source: Attribute, dims: Sequence[Dim], target: Attribute
) -> SSAValue:
    """A rank-0 tensor everywhere in a tensor of `dims`, converted; without reading it on the host
    if it is not known."""
    if b.splat_of(value) is not None or b.elements(value) is not None:
        return b.fill(converted(b, b.scalar(value), source, target), dims, target)
    maps = [dims_map(len(dims), []), identity(len(dims))]
    out = b.empty(dims, target)
    return b.generic([value], maps, [out], lambda args: converted(b, args[0], source, target))[0]


def accumulate(
    b: Lowering,
    op: Any,
    inputs: Sequence[SSAValue],
    maps: Sequence[AffineMap],
    dims: Sequence[Dim],
    reductions: Sequence[int],
    windows: Sequence[SSAValue] = (),
) -> list[SSAValue]:
    """A generic whose body is the op's region on (total, element); `maps` are of inputs, windows
    and one result. Totals have the region's types, which may be wider than the inputs'."""
    half = len(inputs)
    types = b.element_types(op)[:half]
    totals = _total_types(op, half)
    results = [element_type(r) for r in op.results]
    wide = totals[0] if totals == [f32] and results != [f32] else None
    inits = op.operands[half : 2 * half]
    outs = [spread(b, v, t, dims, total) for v, t, total in zip(inits, types, totals, strict=True)]

    def body(args: Sequence[SSAValue]) -> Sequence[SSAValue]:
        acc = args[half + len(windows) :]
        values = [converted(b, x, t, total) for x, t, total
                  in zip(args[:half], types, totals, strict=True)]  # fmt: skip
        if wide is not None:
            return [ADD(b, None, [acc[0], values[0]], [wide, wide], wide)]
        return regions.build(b, op.regions[0].block, [*acc, *values])

    all_maps = [*maps[:-1], *[maps[-1]] * half]
    values = b.generic([*inputs, *windows], all_maps, outs, body, reductions)
    if wide is None:
        return values
    out = b.empty(dims, results[0])
    same = [identity(len(dims))] * 2
    narrow = lambda args: s.convert(b, None, args[:1], [wide], results[0])  # noqa: E731
    return b.generic(values, same, [out], narrow)


def lower_reduce(op: ReduceOp, b: Lowering) -> Results:
    small = _reduce_small(op, b)
    if small is not None:
        return small
    rank = len(shape_of(op.inputs[0]))
    reduced = op.dimensions.get_values()
    kept = [d for d in range(rank) if d not in reduced]
    sizes = b.dims(op.inputs[0])
    dims = b.typed_dims(op.results[0].type, [sizes[d] for d in kept])
    maps = [*[identity(rank)] * len(op.inputs), dims_map(rank, kept)]
    return accumulate(b, op, list(op.inputs), maps, dims, reduced)


def _reduce_small(op: ReduceOp, b: Lowering) -> Results | None:
    """Reduces a known small integer vector to one number in scalar code."""
    if any(shape_of(r) != () for r in op.results) or len(shape_of(op.inputs[0])) != 1:
        return None
    columns = [b.elements(v) for v in op.inputs]
    inits = [b.elements(v) for v in op.init_values]
    if any(c is None for c in (*columns, *inits)):
        return None
    types, wider = b.element_types(op), regions.scalar_types(op.body)

    def widen(values: Sequence[SSAValue]) -> list[SSAValue]:
        return [converted(b, *x) for x in zip(values, types, wider, strict=False)]

    totals = widen([i[0] for i in inits])  # pyright: ignore[reportOptionalSubscript]
    for row in zip(*columns, strict=True):  # pyright: ignore[reportArgumentType]
        totals = regions.build(b, op.body.block, [*totals, *widen(row)])
    return [b.from_elements([t], r.type) for t, r in zip(totals, op.results, strict=True)]


class WindowOp(IRDLOperation):
    """Windows over all dimensions; lists have one entry per dimension."""

    window_dimensions = prop_def(DenseArrayBase.constr(i64))
    window_strides = opt_prop_def(DenseArrayBase.constr(i64))
    base_dilations = opt_prop_def(DenseArrayBase.constr(i64))
    window_dilations = opt_prop_def(DenseArrayBase.constr(i64))
    padding = opt_prop_def(DenseIntOrFPElementsAttr)

    def lists(self) -> tuple[tuple[int, ...], ...]:
        """Window sizes, strides, base dilations, window dilations, low and high padding."""
        sizes = tuple(self.window_dimensions.get_values())
        ones = (1,) * len(sizes)
        rest = (self.window_strides, self.base_dilations, self.window_dilations)
        found = [ones if x is None else tuple(x.get_values()) for x in rest]
        pads = np.zeros((len(sizes), 2), np.int64)
        if self.padding is not None:
            pads = dense.to_numpy(self.padding)
        return sizes, *found, tuple(map(int, pads[:, 0])), tuple(map(int, pads[:, 1]))  # pyright: ignore


@irdl_op_definition
class ReduceWindowOp(WindowOp):
    """Reduces windows with a region. Spec: https://openxla.org/stablehlo/spec#reduce_window"""

    name = "stablehlo.reduce_window"
    inputs = var_operand_def(TensorType)
    init_values = var_operand_def(TensorType)
    results_ = var_result_def(TensorType)
    body = region_def("single_block")
    irdl_options = (SameVariadicOperandSize(),)


def window_count(size: int, window: int, stride: int, dilation: int) -> int:
    """Positions of a window in a padded dimension."""
    span = (window - 1) * dilation + 1
    return larger(0, (size - span) // stride + 1)


def infer_window(op: ReduceWindowOp) -> Sequence[Shape]:
    whole = merge_shapes(*(shape_of(v) for v in op.inputs))
    shape = []
    for n, window, stride, base, dilation, low, high in zip(whole, *op.lists(), strict=True):
        padded = n if n == DYNAMIC else padded_size(n, low, high, base - 1)
        shape.append(n if n == DYNAMIC else window_count(padded, window, stride, dilation))
    return [tuple(shape)] * len(op.results)


def evaluate_window(op: ReduceWindowOp, args: Arrays, run: Run) -> Arrays:
    half = len(args) // 2
    sizes, strides, base, dilation, low, high = op.lists()
    views = []
    for x, init in zip(args[:half], args[half:], strict=True):
        padded = pad_array(x, init, low, high, [d - 1 for d in base])
        counts = [window_count(*row) for row in zip(padded.shape, sizes, strides, dilation,
                                                    strict=True)]  # fmt: skip
        if 0 in counts:
            return [np.zeros(counts, a.dtype) for a in args[:half]]
        steps = padded.strides
        views.append(dense.as_strided(
            padded, (*counts, *sizes),
            (*(a * t for a, t in zip(steps, strides, strict=True)),
             *(a * d for a, d in zip(steps, dilation, strict=True))),
        ))  # fmt: skip
    rank = len(sizes)
    return regions.reduce_arrays(op.body, run, views, args[half:], range(rank, 2 * rank))


def cumulative(op: ReduceWindowOp) -> tuple[int, bool] | None:
    """(dimension, whether from the end) if windows are all that is before or behind an element."""
    axis: tuple[int, bool] | None = None
    for d, (n, window, stride, base, dilation, low, high) in enumerate(
        zip(shape_of(op.inputs[0]), *op.lists(), strict=True)
    ):
        if (window, stride, base, low, high) == (1, 1, 1, 0, 0):
            continue
        if axis is not None or (stride, base, dilation) != (1, 1, 1) or not 1 < n <= window:
            return None
        if sorted((low, high)) != [0, window - 1]:
            return None
        axis = (d, low == 0)
    return axis


def lower_cumulative(op: ReduceWindowOp, b: Lowering, axis: int, reverse: bool) -> Results:
    """Each result from the one before it: `iree_linalg_ext.scan`."""
    half = len(op.inputs)
    types, totals = b.element_types(op)[:half], _total_types(op, half)
    results = [element_type(r) for r in op.results]
    dims = b.dims(op.inputs[0])
    rest = [n for d, n in enumerate(dims) if d != axis]
    inits = [
        converted(b, b.scalar(v), t, total) if b.splat_of(v) is not None
        else spread(b, v, t, rest, total)
        for v, t, total in zip(op.init_values, types, totals, strict=True)
    ]  # fmt: skip

    def body(args: Sequence[SSAValue]) -> Sequence[SSAValue]:
        new = [converted(b, *x) for x in zip(args[:half], types, totals, strict=True)]
        old = list(args[half:])
        if totals != regions.scalar_types(op.body)[:half]:
            made = [ADD(b, None, [old[0], new[0]], [totals[0]] * 2, totals[0])]
        else:
            made = regions.build(b, op.body.block, [*new, *old] if reverse else [*old, *new])
        narrow = [converted(b, *x) for x in zip(made, totals, results, strict=True)]
        return [*narrow, *made]

    outs = [b.empty(dims, t) for t in results] + [b.empty(rest, t) for t in totals]
    properties: dict[str, Attribute] = {
        "dimension": IntegerAttr(axis, i64), "carries": IntegerAttr(half, i64)
    }  # fmt: skip
    if reverse:
        properties["reverse"] = UnitAttr()
    arguments = [signless(t) for t in (*types, *totals)]
    found = b.ext(ScanOp, [*op.inputs, *inits], outs, [(arguments, body)], properties)
    return [b.cast_to(v, r.type) for v, r in zip(found, op.results, strict=False)]


def lower_window(op: ReduceWindowOp, b: Lowering) -> Results:
    scanned = cumulative(op)
    if scanned is not None and regions.is_neutral(
        op.body, list(map(b.constant_of, op.init_values))
    ):
        return lower_cumulative(op, b, *scanned)
    sizes, strides, base, dilation, low, high = op.lists()
    rank = len(sizes)
    inputs = []
    for value, init in zip(op.inputs, op.init_values, strict=True):
        known = b.splat_of(init) is not None or b.elements(init) is not None
        simple = all(d == 1 for d in base) and min((*low, *high), default=0) >= 0
        if not simple or (not known and any((*low, *high))):
            fill = b.scalar(init) if known else init
            between: list[Dim] = [d - 1 for d in base]
            inputs.append(pad_by_reading(b, value, fill, low, high, between))
        else:
            inputs.append(pad(b, value, b.scalar(init), low, high) if known else value)
    counts = []
    for n, window, stride, dil in zip(b.dims(inputs[0]), sizes, strides, dilation, strict=True):
        span = b.sub(n, (window - 1) * dil + 1)
        if isinstance(span, int):
            counts.append(span // stride + 1 if span >= 0 else 0)
        else:  # a negative span, of a window that does not fit, is rounded towards zero
            counts.append(b.floordiv(b.maximum(b.add(span, stride), 0), stride))
    dims = b.typed_dims(op.results[0].type, counts)
    if 0 in dims:  # the window does not fit once
        return [b.zeros(dims, element_type(r)) for r in op.results]
    moving = [d for d in range(rank) if sizes[d] != 1]
    loops = rank + len(moving)
    where = {d: rank + i for i, d in enumerate(moving)}
    exprs = []
    for d in range(rank):
        expr = AffineDimExpr(d)
        expr = expr if strides[d] == 1 else expr * strides[d]
        if d in where:
            step = AffineDimExpr(where[d])
            expr = expr + (step if dilation[d] == 1 else step * dilation[d])
        exprs.append(expr)
    maps = [*[AffineMap(loops, 0, tuple(exprs))] * len(inputs)]
    windows = []
    if moving:
        element = element_type(op.results[0])
        windows = [b.empty([sizes[d] for d in moving], element)]
        maps.append(dims_map(loops, [where[d] for d in moving]))
    maps.append(dims_map(loops, range(rank)))
    return accumulate(b, op, inputs, maps, dims, list(where.values()), windows)


@irdl_op_definition
class MapOp(IRDLOperation):
    """Applies a region elementwise. Spec: https://openxla.org/stablehlo/spec#map"""

    name = "stablehlo.map"
    inputs = var_operand_def(TensorType)
    dimensions = prop_def(DenseArrayBase.constr(i64))
    result = result_def(TensorType)
    computation = region_def("single_block")


def evaluate_map(op: MapOp, args: Arrays, run: Run) -> Arrays:
    shape = args[0].shape
    return [np.broadcast_to(x, shape) for x in regions.apply(op.computation, run, args)]


def lower_map(op: MapOp, b: Lowering) -> Results:
    dims = b.typed_dims(op.result.type, b.dims(op.inputs[0]))
    out = b.empty(dims, element_type(op.result))
    count = len(op.inputs)
    maps = [identity(len(dims))] * (count + 1)
    block = op.computation.block
    return b.generic(
        list(op.inputs), maps, [out], lambda args: regions.build(b, block, args[:count])
    )


ROWS: tuple[OpRow, ...] = (
    OpRow(ReduceOp, infer_reduce, evaluate_reduce, lower_reduce, gaps=(regions.GAP,)),
    OpRow(ReduceWindowOp, infer_window, evaluate_window, lower_window, gaps=(regions.GAP,)),
    OpRow(MapOp, same_shape, evaluate_map, lower_map, gaps=(regions.GAP,)),
)
