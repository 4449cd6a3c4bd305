# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Control flow (`while`, `if`, `case`), tuples, composites and barriers.

Loops become `scf.while` on tensors; integer scalars that the condition depends on are carried as
numbers, so that loop counters stay on the host. Sizes that types do not tell are carried and
yielded as `index` values after everything else, where `linalg/dims.py` finds them.
Spec: https://openxla.org/stablehlo/spec#ops
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects import arith, func, scf, tensor
from xdsl.dialects.builtin import (
    IntegerAttr,
    IntegerType,
    ModuleOp,
    StringAttr,
    SymbolRefAttr,
    TensorType,
    TupleType,
)
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_region_def,
    var_result_def,
)
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.rewriter import InsertPoint
from xdsl.traits import IsTerminator

from iree_explore.errors import ModelError
from iree_explore.stablehlo.base import (
    DYNAMIC,
    OpRow,
    PrettyOp,
    Run,
    create,
    declared,
    element_type,
    parse_operands,
)
from iree_explore.stablehlo.decomposition import Decomposer
from iree_explore.stablehlo.lowering import INDEX, Lowering, signless

Arrays = list[np.ndarray]
Results = Sequence[SSAValue]


class ValuesOp(PrettyOp):
    """Syntax `name %a, %b : type, type`, results (if any) have the same types."""

    def print(self, printer: Printer) -> None:
        if self.operands:
            printer.print_string(" ")
            printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        if self.operands:
            printer.print_string(" : ")
            printer.print_list([x.type for x in self.operands], printer.print_attribute)

    @classmethod
    def parse(cls, parser: Parser) -> ValuesOp:
        position = parser.pos
        operands: list[UnresolvedOperand] = []
        first = parser.parse_optional_unresolved_operand()
        while first is not None:
            operands.append(first)
            more = parser.parse_optional_punctuation(",")
            first = parser.parse_unresolved_operand() if more else None
        if not operands and parser.parse_optional_punctuation("("):
            parser.parse_punctuation(")")  # `stablehlo.optimization_barrier()`
        attributes = parser.parse_optional_attr_dict()
        types: Sequence[Attribute] = []
        if operands:
            parser.parse_punctuation(":")
            types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        values = parser.resolve_operands(operands, types, position)
        results = types if "results_" in cls.__dict__ else []
        return create(cls, values, results, {}, attributes)


@irdl_op_definition
class ReturnOp(ValuesOp):
    """Ends a region. Spec: https://openxla.org/stablehlo/spec#functions"""

    name = "stablehlo.return"
    operands_ = var_operand_def()
    traits = traits_def(IsTerminator())

    def __init__(self, *values: SSAValue):
        super().__init__(operands=[values])


@irdl_op_definition
class OptimizationBarrierOp(ValuesOp):
    """Its operands, which no one may move code across.

    Spec: https://openxla.org/stablehlo/spec#optimization_barrier
    """

    name = "stablehlo.optimization_barrier"
    operands_ = var_operand_def()
    results_ = var_result_def()


def evaluate_forward(op: Any, args: Arrays, run: Run) -> Arrays:
    return list(args)


def lower_forward(op: Any, b: Lowering) -> Results:
    return list(op.operands)


@irdl_op_definition
class TupleOp(PrettyOp):
    """Makes a tuple. Spec: https://openxla.org/stablehlo/spec#tuple"""

    name = "stablehlo.tuple"
    val = var_operand_def()
    result = result_def(TupleType)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> TupleOp:
        position = parser.pos
        operands = parser.parse_optional_undelimited_comma_separated_list(
            parser.parse_optional_unresolved_operand, parser.parse_unresolved_operand
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type_ = parser.parse_type()
        if not isinstance(type_, TupleType):
            parser.raise_error("expected a tuple type")
        values = parser.resolve_operands(operands or [], type_.types.data, position)
        return create(cls, values, [type_], {}, attributes)


@irdl_op_definition
class GetTupleElementOp(PrettyOp):
    """Takes a tuple apart. Spec: https://openxla.org/stablehlo/spec#get_tuple_element"""

    name = "stablehlo.get_tuple_element"
    operand = operand_def(TupleType)
    index = prop_def(Attribute)
    result = result_def()

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.operand)
        printer.print_string(f"[{self.index.value.data}]")  # pyright: ignore
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> GetTupleElementOp:
        position = parser.pos
        operand = parser.parse_unresolved_operand()
        with parser.in_square_brackets():
            index = IntegerAttr(parser.parse_integer(), 32)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type_ = parser.parse_function_type()
        values = parser.resolve_operands([operand], type_.inputs.data, position)
        return create(cls, values, type_.outputs.data, {"index": index}, attributes)


def evaluate_tuple(op: Any, args: Arrays, run: Run) -> Arrays:
    return [tuple(args)]  # pyright: ignore[reportReturnType]


def evaluate_get(op: GetTupleElementOp, args: Arrays, run: Run) -> Arrays:
    return [args[0][op.index.value.data]]  # pyright: ignore


def kept(op: Any, d: Decomposer) -> None:
    """Nothing: `import-flatten-tuples` takes these ops away."""


@irdl_op_definition
class WhileOp(PrettyOp):
    """Runs `body` while `cond` holds. Spec: https://openxla.org/stablehlo/spec#while"""

    name = "stablehlo.while"
    operand = var_operand_def()
    results_ = var_result_def()
    cond = region_def("single_block")
    body = region_def("single_block")

    def print(self, printer: Printer) -> None:
        printer.print_string("(")
        args = self.cond.block.args

        def pair(row: tuple[SSAValue, SSAValue]) -> None:
            printer.print_ssa_value(row[0])
            printer.print_string(" = ")
            printer.print_ssa_value(row[1])

        printer.print_list(list(zip(args, self.operands, strict=True)), pair)
        printer.print_string(")")
        if self.operands:
            printer.print_string(" : ")
            printer.print_list([x.type for x in self.operands], printer.print_attribute)
        printer.print_op_attributes(self.attributes, print_keyword=True)
        for keyword, region in (("cond", self.cond), ("do", self.body)):
            printer.print_string(f" {keyword} ")
            if region is self.body:  # its arguments print under the names of the condition's
                names = printer._ssa_values  # pyright: ignore[reportPrivateUsage]
                for mine, shown in zip(region.block.args, args, strict=True):
                    if shown in names:  # a recording's printer has none: it names both alike
                        names[mine] = names[shown]
            printer.print_region(region, print_entry_block_args=False)

    @classmethod
    def parse(cls, parser: Parser) -> WhileOp:
        position = parser.pos

        def pair() -> tuple[UnresolvedOperand, UnresolvedOperand]:
            name = parser.parse_unresolved_operand()
            parser.parse_punctuation("=")
            return name, parser.parse_unresolved_operand()

        pairs = parser.parse_comma_separated_list(parser.Delimiter.PAREN, pair)
        types: Sequence[Attribute] = []
        if parser.parse_optional_punctuation(":"):
            types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        attributes = parser.parse_optional_attr_dict_with_keyword()
        values = parser.resolve_operands([v for _, v in pairs], types, position)
        regions = []
        for keyword in ("cond", "do"):
            parser.parse_keyword(keyword)
            arguments = [
                Parser.Argument(name.span, type_)  # pyright: ignore
                for (name, _), type_ in zip(pairs, types, strict=True)
            ]
            regions.append(parser.parse_region(arguments))
        return create(cls, values, types, {}, dict(attributes.data) if attributes else {}, regions)


def evaluate_while(op: WhileOp, args: Arrays, run: Run) -> Arrays:
    while bool(np.all(run(op.cond, args)[0])):
        args = run(op.body, args)
    return args


def _needed_by_condition(block: Block) -> set[int]:
    """Numbers of the block arguments that the condition depends on."""
    assert block.last_op is not None
    found: set[int] = set()
    seen: set[SSAValue] = set()
    work = list(block.last_op.operands)
    while work:
        value = work.pop()
        if value in seen:
            continue
        seen.add(value)
        if isinstance(value.owner, Block):
            if value.owner is block:
                found.add(value.index)  # pyright: ignore[reportAttributeAccessIssue]
        else:
            work.extend(value.owner.operands)
    return found


def lower_while(op: WhileOp, b: Lowering) -> Results:
    """Carries, after the op's own values, one `index` per unknown size, in their order."""
    cond, body = op.cond, op.body
    needed = _needed_by_condition(cond.block)
    types = [signless(v.type) for v in op.results]
    numbers = [
        i in needed and isinstance(t, TensorType) and not t.get_shape()
        and isinstance(t.element_type, IntegerType)
        for i, t in enumerate(types)
    ]  # fmt: skip
    carried = [t.element_type if n else t for t, n in zip(types, numbers, strict=True)]  # pyright: ignore
    initial = [b.scalar(v) if n else b.cast_to(v, t)
               for v, t, n in zip(op.operands, types, numbers, strict=True)]  # fmt: skip
    sizes = [b.index(b.dims(v)[d]) for v, d in _unknown(initial)]
    for region in (cond, body):
        op.detach_region(region)
        block = region.block
        for i, type_ in enumerate(carried):
            if numbers[i]:
                _carry_number(block, i, type_)
        _name_sizes(b, block.args, [block.insert_arg(INDEX, len(block.args)) for _ in sizes])
        last = block.last_op
        assert last is not None
        values = list(last.operands)
        if region is cond:
            (test,) = values
            flag = _before(last, tensor.ExtractOp(test, [], signless(element_type(test))))  # pyright: ignore
            end = scf.ConditionOp(flag, *block.args)
        else:
            values = [_before(last, tensor.ExtractOp(v, [], t)) if n else v  # pyright: ignore
                      for v, t, n in zip(values, carried, numbers, strict=True)]  # fmt: skip
            end = scf.YieldOp(*values, *_measured(b, last, values, carried))
        block.insert_op_before(end, last)
        last.detach()
        last.erase()
    loop = scf.WhileOp([*initial, *sizes], [*carried, *(INDEX for _ in sizes)], cond, body)
    b.place(loop)
    results = loop.results[: len(types)]
    _name_sizes(b, results, loop.results[len(types) :])
    return [b.from_elements([r], t) if n else r
            for r, t, n in zip(results, types, numbers, strict=True)]  # fmt: skip


def _unknown(values: Sequence[SSAValue]) -> list[tuple[SSAValue, int]]:
    """(tensor, dimension) of every unknown size."""
    return [
        (v, d)
        for v in values
        if isinstance(v.type, TensorType)
        for d, n in enumerate(v.type.get_shape())
        if n == DYNAMIC
    ]


def _name_sizes(b: Lowering, values: Sequence[SSAValue], sizes: Sequence[SSAValue]) -> None:
    """Says which `index` values are the unknown sizes of the tensors."""
    left = iter(sizes)
    for value in values:
        if isinstance(value.type, TensorType):
            dims = [next(left) if n == DYNAMIC else n for n in value.type.get_shape()]
            b.set_dims(value, dims)


def _measured(
    b: Lowering, last: Any, values: Sequence[SSAValue], types: Sequence[Attribute]
) -> list[SSAValue]:
    """Sizes of what a region returns, where the types that it must have do not know them."""
    return [
        _before(last, tensor.DimOp(value, b.index(d)))
        for value, type_ in zip(values, types, strict=True)
        if isinstance(type_, TensorType)
        for d, n in enumerate(type_.get_shape())
        if n == DYNAMIC
    ]


def _before(last: Any, op: Any) -> SSAValue:
    last.parent.insert_op_before(op, last)
    return op.results[0]


def _carry_number(block: Block, i: int, type_: Attribute) -> None:
    """Makes block argument `i` a scalar; the block makes a tensor of it again."""
    old = block.args[i]
    new = block.insert_arg(type_, i)
    boxed = tensor.FromElementsOp.create(operands=[new], result_types=[signless(old.type)])
    if block.first_op is not None:
        block.insert_op_before(boxed, block.first_op)
    else:
        block.add_op(boxed)
    old.replace_all_uses_with(boxed.results[0])
    block.erase_arg(old)


@irdl_op_definition
class IfOp(IRDLOperation):
    """Runs one of two regions. Spec: https://openxla.org/stablehlo/spec#if"""

    name = "stablehlo.if"
    pred = operand_def(TensorType)
    results_ = var_result_def()
    true_branch = region_def("single_block")
    false_branch = region_def("single_block")


@irdl_op_definition
class CaseOp(IRDLOperation):
    """Runs the region numbered by the index; out of range means the last.

    Spec: https://openxla.org/stablehlo/spec#case
    """

    name = "stablehlo.case"
    index = operand_def(TensorType)
    results_ = var_result_def()
    branches = var_region_def("single_block")


def evaluate_if(op: IfOp, args: Arrays, run: Run) -> Arrays:
    return run(op.true_branch if bool(args[0]) else op.false_branch, [])


def evaluate_case(op: CaseOp, args: Arrays, run: Run) -> Arrays:
    index = int(args[0])
    if not 0 <= index < len(op.branches):
        index = len(op.branches) - 1
    return run(op.branches[index], [])


def _to_yield(b: Lowering, region: Region, types: Sequence[Attribute]) -> Region:
    last = region.block.last_op
    assert last is not None
    values = list(last.operands)
    end = scf.YieldOp(*values, *_measured(b, last, values, types))
    region.block.insert_op_before(end, last)
    last.detach()
    last.erase()
    return region


def _with_sizes(types: Sequence[Attribute]) -> list[Attribute]:
    """`types`, and `index` for each size that they do not know."""
    shapes = [t.get_shape() for t in types if isinstance(t, TensorType)]
    return [*types, *(INDEX for shape in shapes for n in shape if n == DYNAMIC)]


def _chosen(b: Lowering, op: Any, made: scf.IfOp) -> Results:
    count = len(op.results)
    _name_sizes(b, made.results[:count], made.results[count:])
    return list(made.results[:count])


def lower_if(op: IfOp, b: Lowering) -> Results:
    types = [signless(r.type) for r in op.results]
    regions = [_to_yield(b, op.detach_region(r), types) for r in (op.true_branch, op.false_branch)]
    made = scf.IfOp(b.scalar(op.pred), _with_sizes(types), *regions)  # pyright: ignore[reportArgumentType]
    b.place(made)
    return _chosen(b, op, made)


def lower_case(op: CaseOp, b: Lowering) -> Results:
    types = [signless(r.type) for r in op.results]
    wanted = _with_sizes(types)
    index = b.scalar(op.index)
    regions = [_to_yield(b, op.detach_region(r), types) for r in list(op.branches)]
    tests = [b.emit(arith.CmpiOp(index, b.number(index.type, i), "eq"))
             for i in range(len(regions) - 1)]  # fmt: skip
    rest = regions[-1]
    if not tests:
        made = scf.IfOp(b.number(IntegerType(1), 1), wanted, rest, Region(_copy(rest)))
        b.place(made)
        return _chosen(b, op, made)
    for i, (test, region) in reversed(list(enumerate(zip(tests, regions[:-1], strict=True)))):
        made = scf.IfOp(test, wanted, region, rest)
        if i:  # tests of a constant index are one value
            rest = Region(Block([made, scf.YieldOp(*made.results)]))
    b.place(made)  # pyright: ignore[reportPossiblyUnboundVariable]
    return _chosen(b, op, made)  # pyright: ignore[reportPossiblyUnboundVariable]


def _copy(region: Region) -> Block:
    copied = region.clone()
    return copied.detach_block(copied.block)


@irdl_op_definition
class CompositeOp(PrettyOp):
    """An op of another opset, with the function that says what it does.

    Spec: https://openxla.org/stablehlo/spec#composite
    """

    name = "stablehlo.composite"
    inputs = var_operand_def()
    composite_name = prop_def(StringAttr, prop_name="name")
    composite_attributes = opt_prop_def(Attribute)
    decomposition = prop_def(SymbolRefAttr)
    version = opt_prop_def(IntegerAttr)
    results_ = var_result_def()
    composite_regions = var_region_def()

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_string_literal(self.composite_name.data)
        if self.operands:
            printer.print_string(" ")
            printer.print_list(self.operands, printer.print_ssa_value)
        rest = {k: v for k, v in self.properties.items() if k != "name"}
        printer.print_op_attributes(rest | self.attributes)
        printer.print_string(" : ")
        printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> CompositeOp:
        name = StringAttr(parser.parse_str_literal())
        position = parser.pos
        operands, _ = parse_operands(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type_ = parser.parse_function_type()
        values = parser.resolve_operands(operands, type_.inputs.data, position)
        return create(cls, values, type_.outputs.data, {"name": name}, attributes)


def callee(op: CompositeOp) -> func.FuncOp:
    """The function that a composite stands for. Raises `ModelError` IX106 if there is none."""
    module = op.parent_op()
    while module is not None and not isinstance(module, ModuleOp):
        module = module.parent_op()
    name = op.decomposition.string_value()
    for other in module.body.block.ops if module is not None else ():
        if isinstance(other, func.FuncOp) and other.sym_name.data == name and other.body.blocks:
            return other
    raise ModelError(
        "IX106", f'{op.name} "{op.composite_name.data}": its decomposition @{name} is not there'
    )


def evaluate_composite(op: CompositeOp, args: Arrays, run: Run) -> Arrays:
    return run(callee(op).body, args)


def decompose_composite(op: CompositeOp, d: Decomposer) -> Results:
    block = callee(op).body.clone().block
    last = block.last_op
    assert last is not None
    replaced: dict[SSAValue, SSAValue] = dict(zip(block.args, op.operands, strict=True))
    results = [replaced.get(v, v) for v in last.operands]
    last.detach()
    last.erase()
    d.made.extend(block.ops)
    d.rewriter.inline_block(block, InsertPoint.before(op), op.operands)
    return results


ROWS: tuple[OpRow, ...] = (
    OpRow(ReturnOp, lambda op: [], evaluate_forward),
    OpRow(OptimizationBarrierOp, declared, evaluate_forward, lower_forward),
    OpRow(TupleOp, declared, evaluate_tuple, decompose=kept),
    OpRow(GetTupleElementOp, declared, evaluate_get, decompose=kept),
    OpRow(WhileOp, declared, evaluate_while, lower_while),
    OpRow(IfOp, declared, evaluate_if, lower_if),
    OpRow(CaseOp, declared, evaluate_case, lower_case),
    OpRow(CompositeOp, declared, evaluate_composite, decompose=decompose_composite),
)  # fmt: skip
