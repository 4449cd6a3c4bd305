# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One rule per host op: what it is in the VM.

Integers narrower than 32 bits live sign-extended in i32 registers (i1 as 0 or 1); rules for ops
that look at unsigned values mask first, rules for ops that overflow extend again afterwards.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from types import FunctionType
from typing import Any, cast

from xdsl.dialects import arith, cf, func, math
from xdsl.dialects.builtin import (
    ArrayAttr,
    Float32Type,
    Float64Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, SSAValue

from iree_explore import elements, provenance
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import integer
from iree_explore.errors import GapError
from iree_explore.flow.util_dialect import AssertOp, GlobalLoadOp, GlobalStoreOp, ReturnOp
from iree_explore.hal import dialect as hal_dialect
from iree_explore.hal import host_ops as hal
from iree_explore.hal.element_types import code_of
from iree_explore.hal.types import BufferViewType, ExecutableType
from iree_explore.vm import dialect as vm
from iree_explore.vm.arithmetic import NARROW

EXECUTABLE = "_executable_"
"""Prefix of the globals that hold executables."""


@functools.lru_cache(1 << 10)
def convert_type(type_: Attribute) -> Attribute:
    """Type of the register that holds a host value."""
    if isinstance(type_, IndexType):
        return i64
    if isinstance(type_, IntegerType):
        return i64 if type_.width.data > 32 else i32
    if elements.is_narrow_float(type_):
        return vm.TYPES["f32"]
    if isinstance(type_, Float32Type | Float64Type | vm.RefType):
        return type_
    return vm.RefType(type_)


def _suffix(type_: Attribute) -> str:
    return str(convert_type(type_))


def _width(type_: Attribute) -> int:
    return type_.width.data if isinstance(type_, IntegerType) else 64


class Converter:
    """Converts the ops of host functions in place; collects the imports that they call."""

    def __init__(self, ctx: CompilerContext) -> None:
        self.ctx = ctx
        self.imports: set[str] = set()
        self.before: dict[Operation, list[Attribute]] = {}
        """Operand types before conversion."""
        self.ordinals: dict[tuple[str, str], int] = {}
        """(executable, entry) -> ordinal of the entry."""

    def convert_region(self, function: Operation) -> None:
        """Block arguments first, then every op in order."""
        blocks = list(function.regions[0].blocks)
        self.before = {o: [v.type for v in o.operands] for b in blocks for o in b.ops}
        for block in blocks:
            for argument in list(block.args):
                target = convert_type(argument.type)
                if target != argument.type:
                    with provenance.rewriting(self.ctx, "ConvertArgument", function) as rewriter:
                        rewriter.replace_value_with_new_type(argument, target)
        for block in blocks:
            for op in list(block.ops):
                self._convert(op)

    def _convert(self, op: Operation) -> None:
        rule = RULES.get(type(op))
        if rule is None:
            raise GapError("IX202", f"{op.name}: no conversion to the vm dialect")
        rewrite = _Rewrite(self, op)
        rule(rewrite, op)
        name = "Convert" + type(op).__name__.removesuffix("Op")
        code = (rule.__code__.co_filename, rule.__code__.co_firstlineno)
        provenance.replace(self.ctx, op, rewrite.new, rewrite.results, name, code)


class _Rewrite:
    """Building blocks of the rules, for one op."""

    def __init__(self, converter: Converter, op: Operation) -> None:
        self.converter = converter
        self.op = op
        self.new: list[Operation] = []
        """What takes the place of the op, in order."""
        self.results: Sequence[SSAValue] = ()
        """What takes the place of its results."""

    def source(self, index: int = 0) -> Attribute:
        """Type that an operand had."""
        return self.converter.before[self.op][index]

    def emit(self, name: str, *operands: SSAValue) -> SSAValue:
        """A scalar instruction, without its `vm.`."""
        op = vm.SCALAR_OPS[f"vm.{name}"](*operands)
        self.new.append(op)
        return op.results[0]

    def const(self, value: int, type_: Attribute = i32) -> SSAValue:
        op = vm.ConstOp(integer(value, cast(IntegerType, type_)))
        self.new.append(op)
        return op.result

    def text(self, value: str) -> SSAValue:
        op = vm.RodataInlineOp(value)
        self.new.append(op)
        return op.result

    def masked(self, value: SSAValue, width: int) -> SSAValue:
        """The unsigned value of a narrow integer."""
        return self.emit(f"ext.i{width}.i32.u", value) if width < 32 else value

    def extended(self, value: SSAValue, width: int) -> SSAValue:
        """A narrow integer as registers hold it."""
        if width == 1:
            return self.emit("ext.i1.i32.u", value)
        return self.emit(f"ext.i{width}.i32.s", value) if width < 32 else value

    def rounded(self, value: SSAValue, type_: Attribute) -> SSAValue:
        """An f32 or f64 value rounded to the float type; a narrow one is in an f32 register."""
        if elements.is_narrow_float(type_):
            return self.emit(f"trunc.{value.type}.{type_}", value)
        return value

    def done(self, *results: SSAValue) -> None:
        """Replaces the op by `results`."""
        self.results = results

    def replace(self, op: Operation) -> None:
        """Replaces the op by another one."""
        self.new.append(op)
        self.results = op.results

    def call(
        self, arguments: Sequence[SSAValue | Sequence[SSAValue]], name: str | None = None
    ) -> None:
        """Replaces the op by a call of the import of its name; lists are passed as groups."""
        flat: list[SSAValue] = []
        segments: list[int] = []
        for argument in arguments:
            if isinstance(argument, SSAValue):
                flat.append(argument)
                segments.append(-1)
            else:
                flat.extend(argument)
                segments.append(len(argument))
        variadic = any(s >= 0 for s in segments)
        target = name or self.op.name
        self.converter.imports.add(target)
        types = [convert_type(r.type) for r in self.op.results]
        self.replace(vm.CallOp(target, flat, types, segments if variadic else None))


Rule = FunctionType
_EXECUTABLE = vm.RefType(ExecutableType())


# arith


def _integer(name: str, sign: str = "", *, mask: bool = False, wraps: bool = False) -> Rule:
    def rule(r: _Rewrite, op: Operation) -> None:
        type_ = r.op.results[0].type
        width, register = _width(type_), _suffix(type_)
        operands = [r.masked(o, width) if mask else o for o in op.operands]
        result = r.emit(f"{name}.{register}{sign}", *operands)
        r.done(r.extended(result, width) if (wraps or mask) and width < 32 else result)

    return rule


def _shift_left(r: _Rewrite, op: arith.ShLIOp) -> None:
    width, register = _width(op.result.type), _suffix(op.result.type)
    r.done(r.extended(r.emit(f"shl.{register}", op.lhs, op.rhs), width))


def _rounded_division(up: bool, signed: bool) -> Rule:
    """The quotient, and one more (up) or less (down) if there is a remainder of that sign."""

    def rule(r: _Rewrite, op: Any) -> None:
        width, register = _width(op.result.type), _suffix(op.result.type)
        sign = "s" if signed else "u"
        a, b = (r.masked(o, width) if not signed else o for o in op.operands)
        type_ = cast(IntegerType, convert_type(op.result.type))
        quotient = r.emit(f"div.{register}.{sign}", a, b)
        rest = r.emit(f"rem.{register}.{sign}", a, b)
        zero = r.const(0, type_)
        inexact = r.emit(f"cmp.ne.{register}", rest, zero)
        if signed:
            differ = r.emit(f"cmp.lt.{register}.s", r.emit(f"xor.{register}", a, b), zero)
            wanted = r.emit("xor.i32", differ, r.const(1)) if up else differ
            inexact = r.emit("and.i32", inexact, wanted)
        moved = r.emit(f"add.{register}", quotient, r.const(1 if up else -1, type_))
        r.done(r.extended(r.emit(f"select.{register}", inexact, moved, quotient), width))

    return rule


_CMPI = (
    ("eq", ""), ("ne", ""), ("lt", ".s"), ("lte", ".s"), ("gt", ".s"), ("gte", ".s"),
    ("lt", ".u"), ("lte", ".u"), ("gt", ".u"), ("gte", ".u"),
)  # fmt: skip
_CMPF = (
    None, "eq.o", "gt.o", "gte.o", "lt.o", "lte.o", "ne.o", None,
    "eq.u", "gt.u", "gte.u", "lt.u", "lte.u", "ne.u", None, None,
)  # fmt: skip


def _compare_integers(r: _Rewrite, op: arith.CmpiOp) -> None:
    name, sign = _CMPI[op.predicate.value.data]
    type_ = r.source()
    a, b = op.lhs, op.rhs
    if sign == ".u":
        width = _width(type_)
        a, b = r.masked(a, width), r.masked(b, width)
    r.done(r.emit(f"cmp.{name}.{_suffix(op.lhs.type)}{sign}", a, b))


def _compare_floats(r: _Rewrite, op: arith.CmpfOp) -> None:
    predicate, register = op.predicate.value.data, _suffix(op.lhs.type)
    compare = _CMPF[predicate]
    if compare is not None:
        name, mode = compare.split(".")
        r.done(r.emit(f"cmp.{name}.{register}.{mode}", op.lhs, op.rhs))
    elif predicate in (0, 15):
        r.done(r.const(int(predicate == 15)))
    else:  # ord is "both equal themselves", uno its opposite
        left = r.emit(f"cmp.eq.{register}.o", op.lhs, op.lhs)
        both = r.emit("and.i32", left, r.emit(f"cmp.eq.{register}.o", op.rhs, op.rhs))
        r.done(both if predicate == 7 else r.emit("xor.i32", both, r.const(1)))


def _constant(r: _Rewrite, op: arith.ConstantOp) -> None:
    value = op.value
    type_ = convert_type(op.result.type)
    if isinstance(value, IntegerAttr):
        number = value.value.data
        if op.result.type == i1:
            number &= 1
        new = vm.ConstOp(integer(number, cast(IntegerType, type_)))
    elif isinstance(value, FloatAttr):
        new = vm.ConstOp(FloatAttr(value.value.data, cast(Float32Type, type_)))
    else:
        raise GapError("IX202", f"a constant of type {op.result.type} on the host")
    r.replace(new)


def _same(name: str) -> Rule:
    """A float instruction of the operand's type."""

    def rule(r: _Rewrite, op: Operation) -> None:
        type_ = op.results[0].type
        stem, _, variant = name.partition(".")
        instruction = ".".join(x for x in (stem, _suffix(type_), variant) if x)
        r.done(r.rounded(r.emit(instruction, *op.operands), type_))

    return rule


def _select(r: _Rewrite, op: arith.SelectOp) -> None:
    type_ = convert_type(op.result.type)
    if isinstance(type_, vm.RefType):
        raise GapError("IX202", "arith.select of references")
    r.done(r.emit(f"select.{type_}", op.cond, op.lhs, op.rhs))


def _extend(sign: str) -> Rule:
    def rule(r: _Rewrite, op: Any) -> None:
        source = r.source()
        width = _width(source)
        value = op.operands[0]
        if sign == "u":
            value = r.masked(value, width)
        elif width == 1:
            value = r.emit("ext.i1.i32.s", value)
        if convert_type(op.results[0].type) == i64 and width <= 32:
            value = r.emit(f"ext.i32.i64.{sign}", value)
        r.done(value)

    return rule


def _truncate(r: _Rewrite, op: arith.TruncIOp) -> None:
    source = r.source()
    value = r.emit("trunc.i64.i32", op.input) if _width(source) > 32 else op.input
    r.done(r.extended(value, _width(op.result.type)) if _width(op.result.type) < 32 else value)


def _index_cast(r: _Rewrite, op: arith.IndexCastOp) -> None:
    if _width(r.source()) < _width(op.result.type):
        _extend("s")(r, op)
    elif _width(r.source()) > _width(op.result.type):
        _truncate(r, op)  # pyright: ignore[reportArgumentType]
    else:
        r.done(op.input)


def _integer_to_float(sign: str) -> Rule:
    def rule(r: _Rewrite, op: Any) -> None:
        width = _width(r.source())
        value = r.masked(op.input, width) if sign == "ui" else op.input
        value = r.emit(f"cast.{sign}{max(width, 32)}.{_suffix(op.result.type)}", value)
        r.done(r.rounded(value, op.result.type))

    return rule


def _float_to_integer(sign: str) -> Rule:
    def rule(r: _Rewrite, op: Any) -> None:
        width = _width(op.result.type)
        value = r.emit(f"cast.{_suffix(op.input.type)}.{sign}{max(width, 32)}", op.input)
        r.done(r.extended(value, width) if width < 32 else value)

    return rule


def _float_cast(r: _Rewrite, op: Any) -> None:
    source, target = _suffix(op.input.type), _suffix(op.result.type)
    if elements.is_narrow_float(op.result.type):
        r.done(r.rounded(op.input, op.result.type))
    elif source == target:
        r.done(op.input)
    else:
        r.done(r.emit(f"{'ext' if source == 'f32' else 'trunc'}.{source}.{target}", op.input))


def _bitcast(r: _Rewrite, op: arith.BitcastOp) -> None:
    types = [str(r.source()), str(op.result.type)]
    if types[0] == types[1]:
        r.done(op.input)
    elif set(types) in ({"i32", "f32"}, {"i64", "f64"}):
        r.done(r.emit(f"bitcast.{types[0]}.{types[1]}", op.input))
    elif types[0] in NARROW and types[1] in NARROW:
        bits = r.emit(f"bitcast.{types[0]}.i32", op.input)
        r.done(r.emit(f"bitcast.i32.{types[1]}", bits))
    elif types[0] in NARROW:
        r.done(r.emit(f"bitcast.{types[0]}.i32", op.input))
    elif types[1] in NARROW:
        r.done(r.emit(f"bitcast.i32.{types[1]}", op.input))
    else:
        raise GapError("IX202", f"arith.bitcast from {types[0]} to {types[1]} on the host")


# func, cf, util


def _return(r: _Rewrite, op: Operation) -> None:
    r.replace(vm.ReturnOp(*op.operands))


def _call(r: _Rewrite, op: func.CallOp) -> None:
    types = [convert_type(x.type) for x in op.results]
    call = vm.CallOp(op.callee.string_value(), list(op.arguments), types)
    r.replace(call)


def _branch(r: _Rewrite, op: cf.BranchOp) -> None:
    r.replace(vm.BranchOp(op.successor, list(op.arguments)))


def _cond_branch(r: _Rewrite, op: cf.ConditionalBranchOp) -> None:
    new = vm.CondBranchOp(
        op.cond,
        cast(Block, op.then_block),
        list(op.then_arguments),
        cast(Block, op.else_block),
        list(op.else_arguments),
    )
    r.replace(new)


def _global_load(r: _Rewrite, op: GlobalLoadOp) -> None:
    new = vm.GlobalLoadOp(op.global_.string_value(), convert_type(op.result.type))
    r.replace(new)


def _global_store(r: _Rewrite, op: GlobalStoreOp) -> None:
    r.replace(vm.GlobalStoreOp(op.value, op.global_.string_value()))


def _assert(r: _Rewrite, op: AssertOp) -> None:
    types = op.attributes.get("types")
    said: dict[str, Any] = {"types": _dtypes(types)} if isinstance(types, ArrayAttr) else {}
    summarize = op.attributes.get("summarize")
    if isinstance(summarize, IntegerAttr):
        said["summarize"] = summarize.value.data
    sources = r.converter.ctx.provenance.sources_of(op)
    if sources:
        said["model"] = "\n".join(map(str, sources[:3]))
    text = r.text(op.message.data)
    r.call([op.condition, text, list(op.values), r.text(json.dumps(said))])


def _dtypes(types: ArrayAttr) -> list[str]:
    return [elements.dtype_of(t).name for t in types]


def _buffer_view_trace(r: _Rewrite, op: hal_dialect.BufferViewTraceOp) -> None:
    said = {"types": _dtypes(op.types), "summarize": op.summarize.value.data,
            "stream": op.stream.data}  # fmt: skip
    r.call([r.text(op.key.data), r.text(json.dumps(said)), list(op.views)])


# hal


def _plain(r: _Rewrite, op: Operation) -> None:
    r.call(list(op.operands))


def _devices_get(r: _Rewrite, op: hal.DevicesGetOp) -> None:
    if op.affinity is None:
        r.call([])
    else:
        r.call([r.text(op.affinity.target.data)], "hal.devices.get_placed")


def _buffer_view_dim(r: _Rewrite, op: hal_dialect.BufferViewDimOp) -> None:
    r.call([op.view, r.const(op.index.value.data)])


def _buffer_view_create(r: _Rewrite, op: hal.BufferViewCreateOp) -> None:
    dims = list(op.dims)
    shape = [dims.pop(0) if n < 0 else r.const(n, i64) for n in op.encoding.get_shape()]
    r.call([op.buffer, r.const(code_of(op.encoding.element_type)), shape])


def _buffer_load(r: _Rewrite, op: hal.BufferLoadOp) -> None:
    r.call([op.buffer, op.offset, r.const(code_of(op.result.type))])


def _parameter_load(r: _Rewrite, op: hal.ParameterLoadOp) -> None:
    view = isinstance(op.result.type, BufferViewType)
    name = "hal.parameter.load_view" if view else op.name
    name = "hal.parameter.load_own" if op.own is not None else name
    r.call([op.device, r.text(op.scope.data), r.text(op.key.data)], name)


def _alloca(r: _Rewrite, op: hal.DeviceQueueAllocaOp) -> None:
    r.call([op.device, r.text(op.lifetime.data), op.size])


def _execute(r: _Rewrite, op: hal.DeviceQueueExecuteIndirectOp) -> None:
    wait = op.wait_fence
    if wait is None:
        null = vm.ConstRefZeroOp(op.signal_fence.type)
        r.new.append(null)
        wait = null.result
    r.call([op.device, wait, op.signal_fence, op.command_buffer, list(op.buffers)])


def _memoize(r: _Rewrite, op: hal.DeviceMemoizeOp) -> None:
    r.call([op.device, r.text(op.function.string_value()), list(op.keys)])


def _dispatch(r: _Rewrite, op: hal.CommandBufferDispatchOp) -> None:
    executable = op.entry_point.root_reference.data
    entry = op.entry_point.nested_references.data[-1].data
    load = vm.GlobalLoadOp(EXECUTABLE + executable, _EXECUTABLE)
    r.new.append(load)
    ordinal = r.const(r.converter.ordinals[executable, entry])
    groups = [list(x) for x in (op.workgroups, op.constants, op.bindings, op.offsets, op.lengths)]
    r.call([op.command_buffer, load.result, ordinal, *groups])


RULES: dict[type[Operation], Rule] = {
    arith.ConstantOp: _constant,
    arith.AddiOp: _integer("add", wraps=True),
    arith.SubiOp: _integer("sub", wraps=True),
    arith.MuliOp: _integer("mul", wraps=True),
    arith.DivSIOp: _integer("div", ".s", wraps=True),
    arith.DivUIOp: _integer("div", ".u", mask=True),
    arith.RemSIOp: _integer("rem", ".s"),
    arith.RemUIOp: _integer("rem", ".u", mask=True),
    arith.MinSIOp: _integer("min", ".s"),
    arith.MaxSIOp: _integer("max", ".s"),
    arith.MinUIOp: _integer("min", ".u", mask=True),
    arith.MaxUIOp: _integer("max", ".u", mask=True),
    arith.AndIOp: _integer("and"),
    arith.OrIOp: _integer("or"),
    arith.XOrIOp: _integer("xor"),
    arith.ShLIOp: _shift_left,
    arith.ShRSIOp: _integer("shr", ".s"),
    arith.ShRUIOp: _integer("shr", ".u", mask=True),
    arith.CeilDivSIOp: _rounded_division(True, True),
    arith.CeilDivUIOp: _rounded_division(True, False),
    arith.FloorDivSIOp: _rounded_division(False, True),
    arith.CmpiOp: _compare_integers,
    arith.CmpfOp: _compare_floats,
    arith.SelectOp: _select,
    arith.ExtSIOp: _extend("s"),
    arith.ExtUIOp: _extend("u"),
    arith.TruncIOp: _truncate,
    arith.IndexCastOp: _index_cast,
    arith.SIToFPOp: _integer_to_float("si"),
    arith.UIToFPOp: _integer_to_float("ui"),
    arith.FPToSIOp: _float_to_integer("si"),
    arith.FPToUIOp: _float_to_integer("ui"),
    arith.ExtFOp: _float_cast,
    arith.TruncFOp: _float_cast,
    arith.BitcastOp: _bitcast,
    arith.AddfOp: _same("add"),
    arith.SubfOp: _same("sub"),
    arith.MulfOp: _same("mul"),
    arith.DivfOp: _same("div"),
    arith.MinimumfOp: _same("min"),
    arith.MaximumfOp: _same("max"),
    arith.NegfOp: _same("neg"),
    math.AbsFOp: _same("abs"),
    math.CeilOp: _same("ceil"),
    math.FloorOp: _same("floor"),
    math.RoundOp: _same("round"),
    math.RoundEvenOp: _same("round.even"),
    math.SqrtOp: _same("sqrt"),
    math.ExpOp: _same("exp"),
    math.Exp2Op: _same("exp2"),
    math.LogOp: _same("log"),
    math.Log2Op: _same("log2"),
    math.PowFOp: _same("pow"),
    func.ReturnOp: _return,
    ReturnOp: _return,
    func.CallOp: _call,
    cf.BranchOp: _branch,
    cf.ConditionalBranchOp: _cond_branch,
    GlobalLoadOp: _global_load,
    GlobalStoreOp: _global_store,
    AssertOp: _assert,
    hal_dialect.BufferViewDimOp: _buffer_view_dim,
    hal_dialect.BufferViewTraceOp: _buffer_view_trace,
    hal.DevicesGetOp: _devices_get,
    hal.BufferViewCreateOp: _buffer_view_create,
    hal.BufferLoadOp: _buffer_load,
    hal.ParameterLoadOp: _parameter_load,
    hal.DeviceQueueAllocaOp: _alloca,
    hal.DeviceQueueExecuteIndirectOp: _execute,
    hal.DeviceMemoizeOp: _memoize,
    hal.CommandBufferDispatchOp: _dispatch,
    **{
        op: _plain
        for op in (
            hal.DeviceTransferOp,
            hal.BufferViewBufferOp,
            hal.FenceCreateOp,
            hal.FenceAwaitOp,
            hal.DeviceQueueDeallocaOp,
            hal.CommandBufferCreateOp,
            hal.CommandBufferFinalizeOp,
            hal.CommandBufferExecutionBarrierOp,
            hal.CommandBufferFillBufferOp,
            hal.CommandBufferCopyBufferOp,
        )
    },
}
"""Host op -> its conversion."""
