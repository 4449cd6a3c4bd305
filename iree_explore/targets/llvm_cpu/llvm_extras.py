# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `llvm` dialect as we use it: xDSL's, with lean computational ops under MLIR's names.

xDSL's dialect lacks vector `fcmp`, `select` and casts, most intrinsics and alias scopes, and
verifies each op for about 40 us. The ops here carry no type constraints: the conversion that makes
them is typed, and LLVM's own verifier checks every function. Their printed form is MLIR's.
`LLVM` is xDSL's dialect with these in place of its own of the same name.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import llvm
from xdsl.dialects.builtin import (
    DenseArrayBase,
    IntegerAttr,
    StringAttr,
    SymbolRefAttr,
    VectorType,
    i1,
    i32,
    i64,
)
from xdsl.dialects.llvm import FCmpPredicateFlag, ICmpPredicateFlag
from xdsl.ir import Attribute, Dialect, ParametrizedAttribute
from xdsl.irdl import (
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    opt_result_def,
    param_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import AttrParser, Parser
from xdsl.printer import Printer
from xdsl.traits import Pure

from iree_explore.codegen.dialect import LoopAnnotationAttr

PTR = llvm.LLVMPointerType()


@irdl_attr_definition
class AliasScopeAttr(ParametrizedAttribute):
    """`#llvm.alias_scope<"binding0">`: memory that no access of another scope of the function
    touches. The `noalias` lists that LLVM wants are the function's other scopes: implied."""

    name = "llvm.alias_scope"
    scope: StringAttr = param_def()

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_attribute(self.scope)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            return [StringAttr(parser.parse_str_literal())]


def bool_like(type_: Attribute) -> Attribute:
    """i1, or a vector of i1 of the same shape."""
    return VectorType(i1, type_.shape) if isinstance(type_, VectorType) else i1


_PREDICATES: dict[str, type[FCmpPredicateFlag] | type[ICmpPredicateFlag]] = {
    "llvm.icmp": ICmpPredicateFlag,
    "llvm.fcmp": FCmpPredicateFlag,
}


class _Binary(IRDLOperation):
    """`llvm.add %lhs, %rhs : type`: both operands and the result of one type."""

    lhs = operand_def()
    rhs = operand_def()
    res = result_def()

    @classmethod
    def parse(cls, parser: Parser) -> _Binary:
        refs = [parser.parse_unresolved_operand()]
        parser.parse_punctuation(",")
        refs.append(parser.parse_unresolved_operand())
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type_ = parser.parse_type()
        names = cls.get_irdl_definition().properties
        return cls.create(
            operands=parser.resolve_operands(refs, [type_, type_], parser.pos),
            result_types=[type_],
            properties={k: v for k, v in attributes.items() if k in names},
            attributes={k: v for k, v in attributes.items() if k not in names},
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.lhs)
        printer.print_string(", ")
        printer.print_ssa_value(self.rhs)
        printer.print_op_attributes({**self.properties, **self.attributes})
        printer.print_string(" : ")
        printer.print_attribute(self.res.type)


class _Compare(IRDLOperation):
    """`llvm.icmp "slt" %lhs, %rhs : type`: i1 or a vector of it."""

    lhs = operand_def()
    rhs = operand_def()
    predicate = prop_def(IntegerAttr)
    res = result_def()

    @classmethod
    def parse(cls, parser: Parser) -> _Compare:
        predicate = _PREDICATES[cls.name](parser.parse_str_literal()).to_int()
        refs = [parser.parse_unresolved_operand()]
        parser.parse_punctuation(",")
        refs.append(parser.parse_unresolved_operand())
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type_ = parser.parse_type()
        return cls.create(
            operands=parser.resolve_operands(refs, [type_, type_], parser.pos),
            result_types=[bool_like(type_)],
            properties={"predicate": IntegerAttr(predicate, i64)},
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        flag = _PREDICATES[self.name].from_int(self.predicate.value.data)
        printer.print_string(f' "{flag}" ')
        printer.print_ssa_value(self.lhs)
        printer.print_string(", ")
        printer.print_ssa_value(self.rhs)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.lhs.type)


class _Cast(IRDLOperation):
    """`llvm.zext %arg : type to type`"""

    arg = operand_def()
    res = result_def()
    assembly_format = "$arg attr-dict `:` type($arg) `to` type($res)"


class _Intrinsic(IRDLOperation):
    """`llvm.intr.fma(%a, %b, %c) : (types) -> type`; see `OVERLOADS` and `IMMEDIATES`."""

    args = var_operand_def()
    res = opt_result_def()
    alignment = opt_prop_def(IntegerAttr)
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "`(` $args `)` attr-dict `:` functional-type($args, results)"


def _define(base: type[IRDLOperation], names: str, **members: object) -> list[type[IRDLOperation]]:
    """Op classes derived from `base`, one for each MLIR name without `llvm.`"""
    made = []
    for short in names.split():
        words = short.replace("intr.", "").replace(".", "_").split("_")
        cls_name = "".join(w[:1].upper() + w[1:] for w in words) + "Op"
        cls = type(
            cls_name,
            (base,),
            {
                "__module__": __name__,
                "__doc__": f"`llvm.{short}`",
                "name": f"llvm.{short}",
                **members,
            },
        )
        made.append(irdl_op_definition(cls))
    return made


_PURE = {"traits": traits_def(Pure())}
_FAST = {"fastmathFlags": opt_prop_def(llvm.FastMathAttr)}

INT_BINARY = _define(_Binary, "add sub mul udiv sdiv urem srem and or xor shl lshr ashr", **_PURE)
FLOAT_BINARY = _define(_Binary, "fadd fsub fmul fdiv frem", **_PURE, **_FAST)
CASTS = _define(
    _Cast,
    "trunc zext sext bitcast sitofp uitofp fptosi fptoui fpext fptrunc ptrtoint inttoptr",
    **_PURE,
)
COMPARES = _define(_Compare, "icmp fcmp", **_PURE)
INTRINSICS = [
    *_define(
        _Intrinsic,
        "intr.fma intr.fmuladd intr.fabs intr.ceil intr.floor intr.trunc intr.roundeven intr.sqrt"
        " intr.copysign intr.maximum intr.minimum intr.maxnum intr.minnum intr.smax intr.smin"
        " intr.umax intr.umin intr.ctpop intr.ctlz intr.cttz intr.abs",
        **_PURE,
    ),
    *_define(
        _Intrinsic,
        "intr.vector.reduce.add intr.vector.reduce.mul intr.vector.reduce.and"
        " intr.vector.reduce.or intr.vector.reduce.xor intr.vector.reduce.smax"
        " intr.vector.reduce.smin intr.vector.reduce.umax intr.vector.reduce.umin"
        " intr.vector.reduce.fmax intr.vector.reduce.fmin intr.vector.reduce.fmaximum"
        " intr.vector.reduce.fminimum",
        **_PURE,
    ),
    *_define(
        _Intrinsic,
        "intr.vector.reduce.fadd intr.vector.reduce.fmul",
        **_PURE,
        **_FAST,
    ),
    *_define(_Intrinsic, "intr.masked.load intr.masked.store"),
]

IMMEDIATES = {
    "llvm.intr.ctlz": "i1 false",
    "llvm.intr.cttz": "i1 false",
    "llvm.intr.abs": "i1 false",
}
"""Trailing literal arguments: zero, and the least integer, are ordinary values for us."""


@irdl_op_definition
class FNegOp(IRDLOperation):
    """`llvm.fneg`"""

    name = "llvm.fneg"
    arg = operand_def()
    res = result_def()
    traits = traits_def(Pure())
    assembly_format = "$arg attr-dict `:` type($arg) `to` type($res)"


@irdl_op_definition
class SelectOp(IRDLOperation):
    """`llvm.select`, of scalars or vectors, by i1 or a vector of i1."""

    name = "llvm.select"
    cond = operand_def()
    lhs = operand_def()
    rhs = operand_def()
    res = result_def()
    traits = traits_def(Pure())

    @classmethod
    def parse(cls, parser: Parser) -> SelectOp:
        refs = [parser.parse_unresolved_operand()]
        for _ in range(2):
            parser.parse_punctuation(",")
            refs.append(parser.parse_unresolved_operand())
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        cond = parser.parse_type()
        parser.parse_punctuation(",")
        type_ = parser.parse_type()
        operands = parser.resolve_operands(refs, [cond, type_, type_], parser.pos)
        return cls.create(operands=operands, result_types=[type_], attributes=attributes)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.cond.type)
        printer.print_string(", ")
        printer.print_attribute(self.res.type)


@irdl_op_definition
class ExtractElementOp(IRDLOperation):
    """`llvm.extractelement`"""

    name = "llvm.extractelement"
    vector = operand_def()
    position = operand_def()
    res = result_def()
    traits = traits_def(Pure())
    assembly_format = (
        "$vector `[` $position `:` type($position) `]` attr-dict `:` type($vector) `->` type($res)"
    )


@irdl_op_definition
class InsertElementOp(IRDLOperation):
    """`llvm.insertelement`"""

    name = "llvm.insertelement"
    vector = operand_def()
    value = operand_def()
    position = operand_def()
    res = result_def()
    traits = traits_def(Pure())
    assembly_format = (
        "$value `,` $vector `[` $position `:` type($position) `]` attr-dict `:` type($value) `into`"
        " type($vector) `->` type($res)"
    )


@irdl_op_definition
class ShuffleVectorOp(IRDLOperation):
    """`llvm.shufflevector %v1, %v2 [...]`; -1 in the mask is poison."""

    name = "llvm.shufflevector"
    v1 = operand_def()
    v2 = operand_def()
    mask = prop_def(DenseArrayBase.constr(i32))
    res = result_def()
    traits = traits_def(Pure())
    assembly_format = "$v1 `,` $v2 $mask attr-dict `:` type($v1) `,` type($v2) `->` type($res)"


@irdl_op_definition
class PoisonOp(IRDLOperation):
    """`llvm.mlir.poison`"""

    name = "llvm.mlir.poison"
    res = result_def()
    traits = traits_def(Pure())
    assembly_format = "attr-dict `:` type($res)"


@irdl_op_definition
class CallOp(IRDLOperation):
    """`llvm.call @f(%a) : (f32) -> f32`: a call of a function of the math library."""

    name = "llvm.call"
    args = var_operand_def()
    callee = prop_def(SymbolRefAttr)
    res = result_def()
    traits = traits_def(Pure())

    assembly_format = "$callee `(` $args `)` attr-dict `:` functional-type($args, $res)"


@irdl_op_definition
class CallIntrinsicOp(IRDLOperation):
    """`llvm.call_intrinsic "llvm.x86..."(%a) : (i32) -> i32`: an intrinsic by LLVM's name."""

    name = "llvm.call_intrinsic"
    args = var_operand_def()
    intrin = prop_def(StringAttr)
    res = result_def()
    traits = traits_def(Pure())

    assembly_format = "$intrin `(` $args `)` attr-dict `:` functional-type($args, $res)"


OURS: dict[str, type[IRDLOperation]] = {
    op.name: op
    for op in (
        *INT_BINARY,
        *FLOAT_BINARY,
        *CASTS,
        *COMPARES,
        *INTRINSICS,
        FNegOp,
        SelectOp,
        ExtractElementOp,
        InsertElementOp,
        ShuffleVectorOp,
        PoisonOp,
        CallOp,
        CallIntrinsicOp,
    )
}
"""Our op classes by MLIR name."""

LLVM = Dialect(
    "llvm",
    [op for op in llvm.LLVM.operations if op.name not in OURS] + list(OURS.values()),
    [*llvm.LLVM.attributes, AliasScopeAttr, LoopAnnotationAttr],
)
