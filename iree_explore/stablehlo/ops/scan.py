# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`chlo.scan`: slices along a dimension go through a body with what it carried from the one before.

A body that works element by element is `iree_linalg_ext.scan`; any other is a `while` over slices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import (
    ComplexType,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    TensorType,
    UnitAttr,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    AttrSizedResultSegments,
    IRDLOperation,
    irdl_op_definition,
    opt_prop_def,
    prop_def,
    region_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer

from iree_explore import elements as dense
from iree_explore.linalg.ext.scan import ScanOp as ExtScanOp
from iree_explore.stablehlo import regions
from iree_explore.stablehlo.base import (
    DYNAMIC,
    Gap,
    OpRow,
    Run,
    Shape,
    agree,
    create,
    element_type,
    result_dtype,
    shape_of,
)
from iree_explore.stablehlo.decomposition import Decomposer
from iree_explore.stablehlo.lowering import Lowering, signless

Arrays = list[np.ndarray]


@irdl_op_definition
class ScanOp(IRDLOperation):
    """Applies `body` to slices of the inputs in turn, and to what it carried.

    The body gets a slice of each input (without `dimension`), then what is carried; it returns a
    slice of each output, then what to carry on. `is_associative` allows another order of
    evaluation, which nothing here makes use of.
    Source: https://github.com/openxla/stablehlo/blob/main/stablehlo/dialect/ChloOps.td
    """

    name = "chlo.scan"
    inputs = var_operand_def(TensorType)
    inits = var_operand_def(TensorType)
    dimension = prop_def(IntegerAttr)
    scan_dim_size = opt_prop_def(IntegerAttr)
    is_reverse = opt_prop_def(IntegerAttr)
    is_associative = opt_prop_def(IntegerAttr)
    outputs = var_result_def(TensorType)
    carries = var_result_def(TensorType)
    body = region_def("single_block")
    irdl_options = (
        AttrSizedOperandSegments(as_property=True),
        AttrSizedResultSegments(as_property=True),
    )

    @property
    def axis(self) -> int:
        """The dimension that is scanned."""
        return self.dimension.value.data

    @property
    def reverse(self) -> bool:
        """Whether the last slice goes first."""
        return self.is_reverse is not None and bool(self.is_reverse.value.data)

    def print(self, printer: Printer) -> None:
        for keyword, values in (("(", self.inputs), (" inits (", self.inits)):
            printer.print_string(keyword)
            printer.print_list(values, printer.print_ssa_value)
            printer.print_string(")")
        printer.print_string(f" dimension={self.axis}")
        hidden = ("dimension", "operandSegmentSizes", "resultSegmentSizes")
        shown = {k: v for k, v in self.properties.items() if k not in hidden}
        printer.print_op_attributes(shown | self.attributes, print_keyword=True)
        printer.print_string(" ")
        printer.print_region(self.body)
        printer.print_string(" : ")
        printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> ScanOp:
        position = parser.pos

        def values() -> list[Any]:
            return parser.parse_comma_separated_list(
                parser.Delimiter.PAREN, parser.parse_unresolved_operand
            )

        inputs = values()
        parser.parse_keyword("inits")
        inits = values()
        parser.parse_keyword("dimension")
        parser.parse_punctuation("=")
        axis = IntegerAttr(parser.parse_integer(), i64)
        keyword = parser.parse_optional_attr_dict_with_keyword()
        attributes = dict(keyword.data) if keyword is not None else {}
        body = parser.parse_region()
        parser.parse_punctuation(":")
        type_ = parser.parse_function_type()
        operands = parser.resolve_operands([*inputs, *inits], type_.inputs.data, position)
        results = type_.outputs.data
        properties: dict[str, Attribute] = {
            "dimension": axis,
            "operandSegmentSizes": DenseArrayBase.from_list(i32, [len(inputs), len(inits)]),
            "resultSegmentSizes": DenseArrayBase.from_list(
                i32, [len(results) - len(inits), len(inits)]
            ),
        }
        return create(cls, operands, results, properties, attributes, [body])


def size_of(op: ScanOp) -> int:
    """Number of slices, DYNAMIC if no type says."""
    sizes = [shape_of(v)[op.axis] for v in (*op.inputs, *op.outputs)]
    if op.scan_dim_size is not None:
        sizes.append(op.scan_dim_size.value.data)
    return agree(*sizes)


def infer_scan(op: ScanOp) -> Sequence[Shape]:
    returned = op.body.block.last_op
    assert returned is not None
    slices = [shape_of(v) for v in returned.operands]
    count, size = len(op.outputs), size_of(op)
    stacked = [(*s[: op.axis], size, *s[op.axis :]) for s in slices[:count]]
    return [*stacked, *(shape_of(v) for v in op.inits)]


def evaluate_scan(op: ScanOp, args: Arrays, run: Run) -> Arrays:
    count = len(op.inputs)
    inputs, carried = args[:count], args[count:]
    size = inputs[0].shape[op.axis] if inputs else size_of(op)
    steps = range(size)
    made: list[Arrays] = []
    for i in reversed(steps) if op.reverse else steps:
        found = run(op.body, [*(np.take(x, i, op.axis) for x in inputs), *carried])
        made.append(found[: len(op.outputs)])
        carried = found[len(op.outputs) :]
    if op.reverse:
        made.reverse()
    outputs = []
    for number, shape in enumerate(infer_scan(op)[: len(op.outputs)]):
        dtype = result_dtype(op, number)
        if made:
            outputs.append(np.stack([step[number] for step in made], op.axis).astype(dtype))
        else:  # no body says how large its slices would be
            like = next((x.shape for x in inputs if x.ndim == len(shape)), (0,) * len(shape))
            outputs.append(np.zeros([max(n, m) for n, m in zip(shape, like, strict=True)], dtype))
    return [*outputs, *carried]


def scalar_body(op: ScanOp) -> Region | None:
    """The body on scalars, if it works element by element on slices of one shape."""
    block = op.body.block
    returned = block.last_op
    assert returned is not None
    slices = [shape_of(v) for v in (*block.args, *returned.operands)]
    if any(s != slices[0] for s in slices) or not (op.inputs or op.outputs):
        return None
    if any(isinstance(element_type(v), ComplexType) for v in (*block.args, *returned.operands)):
        return None
    if not slices[0]:
        return op.body if regions.unsupported(op) is None else None
    body = Block(arg_types=[TensorType(element_type(a), []) for a in block.args])
    values: dict[SSAValue, SSAValue] = dict(zip(block.args, body.args, strict=True))
    for inner in block.ops:
        made = _on_scalars(inner, values, slices[0])
        if made is None:
            return None
        if isinstance(made, Operation):
            body.add_op(made)
            values.update(zip(inner.results, made.results, strict=True))
        else:
            values[inner.results[0]] = made
    return Region(body)


def _on_scalars(
    op: Operation, values: dict[SSAValue, SSAValue], shape: Shape
) -> Operation | SSAValue | None:
    """A body's op on scalars: a copy, or the value that it only spreads; None if it is no such."""
    operands = [values.get(v, v) for v in op.operands]
    if op.name in _SPREADING:  # the sizes do not matter to a scalar
        source = op.operands[0]
        placed = op.properties["broadcast_dimensions"].get_values()  # pyright: ignore
        whole = source in values and list(placed) == list(range(len(shape)))
        return operands[0] if whole or not shape_of(source) else None
    rest = [v for v, old in zip(operands, op.operands, strict=True) if v is old]
    if any(shape_of(v) for v in rest):
        return None
    if op.name == "stablehlo.return":
        return type(op).create(operands=operands)
    if op.regions or any(shape_of(r) not in (shape, ()) for r in op.results):
        return None
    types = [TensorType(element_type(r), []) for r in op.results]
    if op.name == "stablehlo.constant":
        attr = dense.compact(op.value)  # pyright: ignore[reportAttributeAccessIssue]
        if not dense.is_splat(attr) or 0 in shape:
            return None
        scalar = DenseIntOrFPElementsAttr(types[0], attr.data)  # pyright: ignore[reportArgumentType]
        return type(op).create(result_types=types, properties={"value": scalar})
    row = regions.find_row(op.name)
    if row is None or row.scalar is None:
        return None
    return type(op).create(
        operands=operands,
        result_types=types,
        properties=dict(op.properties),
        attributes=dict(op.attributes),
    )


_SPREADING = frozenset({"stablehlo.broadcast_in_dim", "stablehlo.dynamic_broadcast_in_dim"})


def decompose_scan(op: ScanOp, d: Decomposer) -> Sequence[SSAValue] | None:
    """A `while` over the slices, for a body that does not work element by element."""
    if scalar_body(op) is not None or _dynamic(op):
        return None
    size, index = size_of(op), TensorType(i32, [])
    zero, one = d.constant(np.array(0, np.int32)), d.constant(np.array(1, np.int32))
    last, stop = d.constant(np.array(size - 1, np.int32)), d.constant(np.array(size, np.int32))
    empty = [
        d.literal(dense.of_type(r.type, np.zeros((), result_dtype(op, n))))  # pyright: ignore
        for n, r in enumerate(op.outputs)
    ]
    if size == 0:
        return [*empty, *op.inits]
    start = [zero, *empty, *op.inits]
    types = [index, *(v.type for v in start[1:])]
    count = len(op.outputs)

    def starts(i: SSAValue, rank: int) -> list[SSAValue]:
        return [i if k == op.axis else zero for k in range(rank)]

    def body(step: SSAValue, *state: SSAValue) -> list[SSAValue]:
        i = d.make("subtract", last, step) if op.reverse else step
        outputs, carried = state[:count], state[count:]
        slices = []
        for value in op.inputs:
            shape = list(shape_of(value))
            shape[op.axis] = 1
            part = d.make("dynamic_slice", value, *starts(i, len(shape)), slice_sizes=shape,
                          type_=TensorType(element_type(value), shape))  # fmt: skip
            slices.append(d.reshape(part, shape[: op.axis] + shape[op.axis + 1 :]))
        found = _inlined(op.body.block, [*slices, *carried], d)
        written = []
        for output, value in zip(outputs, found, strict=False):
            shape = list(shape_of(output))
            shape[op.axis] = 1
            part = d.reshape(value, shape)
            written.append(d.make("dynamic_update_slice", output, part, *starts(i, len(shape)),
                                  type_=output.type))  # fmt: skip
        return [d.make("add", step, one), *written, *found[count:]]

    condition = d.region(types, lambda step, *state: d.compare(step, stop, "LT"))
    found = d.create("stablehlo.while", start, types, [condition, d.region(types, body)])
    return found[1:]


def _inlined(block: Block, args: Sequence[SSAValue], d: Decomposer) -> list[SSAValue]:
    """A copy of a body at the open place; what it returns."""
    values: dict[SSAValue, SSAValue] = dict(zip(block.args, args, strict=True))
    for inner in block.ops:
        if inner.name == "stablehlo.return":
            break
        copy = inner.clone(values)
        d.add(copy)
        values.update(zip(inner.results, copy.results, strict=True))
    assert block.last_op is not None
    return [values.get(v, v) for v in block.last_op.operands]


def _dynamic(op: ScanOp) -> bool:
    values = (*op.inputs, *op.outputs, *op.inits)
    return size_of(op) == DYNAMIC or any(DYNAMIC in shape_of(v) for v in values)


def lower_scan(op: ScanOp, b: Lowering) -> list[SSAValue]:
    region = scalar_body(op)
    assert region is not None, "decomposed"
    like = [*op.inputs, *op.outputs][0]
    sizes = b.typed_dims(like.type, b.dims(op.inputs[0]) if op.inputs else shape_of(like))
    line = sizes[: op.axis] + sizes[op.axis + 1 :]
    outs = [
        *(b.empty(sizes, signless(element_type(r))) for r in op.outputs),
        *(b.empty(line, signless(element_type(r))) for r in op.carries),
    ]
    types = [signless(element_type(a)) for a in region.block.args]
    properties: dict[str, Attribute] = {
        "dimension": op.dimension,
        "carries": IntegerAttr(len(op.inits), i64),
    }
    if op.reverse:
        properties["reverse"] = UnitAttr()
    body = (types, lambda args: regions.build(b, region.block, args))
    found = b.ext(ExtScanOp, list(op.operands), outs, [body], properties)
    return [b.cast_to(v, r.type) for v, r in zip(found, op.results, strict=True)]


ROWS: tuple[OpRow, ...] = (
    OpRow(ScanOp, infer_scan, evaluate_scan, lower_scan, decompose=decompose_scan,
          gaps=(Gap("the body works on whole slices of unknown size",
                    lambda op: _dynamic(op) and scalar_body(op) is None),)),
)  # fmt: skip
