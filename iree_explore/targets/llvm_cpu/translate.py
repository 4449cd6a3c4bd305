# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""An executable in the `llvm` dialect as LLVM IR text, with the op of every line as debug location.

Text is written directly: one format string for each op. Every instruction gets `!dbg` whose line is
a *local* number, 1..n in order of appearance, so that equal kernels have equal text whatever op ids
they have (the cache relies on it); `Translation.ops[line - 1]` is the op id. Functions are named
`kernel_0`, `kernel_1`, ... for the same reason; `Translation.entries` has their symbols.
compile_pool.py takes the text from here.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from xdsl.dialects import llvm
from xdsl.dialects.builtin import (
    BFloat16Type,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    Float16Type,
    Float32Type,
    Float64Type,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    ModuleOp,
    VectorType,
)
from xdsl.dialects.llvm import FCmpPredicateFlag, ICmpPredicateFlag
from xdsl.ir import Attribute, Block, Operation, SSAValue

from iree_explore import elements
from iree_explore.codegen.dialect import LOOP_ANNOTATION, LoopAnnotationAttr
from iree_explore.errors import InternalError
from iree_explore.provenance import op_id
from iree_explore.targets.llvm_cpu import math_library
from iree_explore.targets.llvm_cpu.conversion import element_of, lanes
from iree_explore.targets.llvm_cpu.cpu_info import CPUInfo
from iree_explore.targets.llvm_cpu.llvm_extras import IMMEDIATES, OURS, AliasScopeAttr, CallOp
from iree_explore.targets.llvm_cpu.math_software import without_instructions

_SCALARS: dict[type[Attribute], tuple[str, str]] = {
    Float16Type: ("half", "f16"),
    BFloat16Type: ("bfloat", "bf16"),
    Float32Type: ("float", "f32"),
    Float64Type: ("double", "f64"),
    llvm.LLVMPointerType: ("ptr", "p0"),
    llvm.LLVMVoidType: ("void", ""),
}


@dataclass(frozen=True)
class Translation:
    """LLVM IR `text` of one executable; `ops[i]` is the op id of debug line i + 1; `entries` maps
    the symbols of the exported functions to their names in `text`; `line_ops` pairs line numbers of
    `text` with op ids."""

    text: str
    ops: tuple[int, ...]
    entries: dict[str, str]
    line_ops: tuple[tuple[int, int], ...]

    def readable(self, text: str) -> str:
        """`text` (LLVM IR or assembly) with the functions' own names."""
        for symbol, name in self.entries.items():
            text = text.replace(name, symbol)
        return text


def translate(module: ModuleOp, cpu: CPUInfo) -> Translation:
    """LLVM IR of the functions of `module`, for `cpu`.

    Raises `InternalError` IX202 for an op that has no LLVM IR.
    """
    writer = _Writer(cpu)
    entries: dict[str, str] = {}
    for op in module.body.block.ops:
        if not isinstance(op, llvm.FuncOp):
            raise _unknown(op)
        if not op.body.blocks:  # a function of the math library: its calls ask for it
            continue
        entries[op.sym_name.data] = f"kernel_{len(entries)}"
        writer.function(op, entries[op.sym_name.data])
    return Translation(writer.finish(), tuple(writer.ops), entries, tuple(writer.line_ops))


class _Writer:
    """Lines of one LLVM module."""

    def __init__(self, cpu: CPUInfo) -> None:
        self.lines: list[str] = [f'target triple = "{cpu.triple}"', ""]
        self.line_ops: list[tuple[int, int]] = []
        self.cpu = cpu
        self.types: dict[int, tuple[str, str]] = {}  # by identity: hashing a type takes longer
        self.ops: list[int] = []  # op id of each debug line
        self.debug_lines: dict[int, int] = {}  # op id -> debug line
        self.metadata: list[str] = []
        self.declared: dict[str, str] = {}
        self.calls: list[math_library.Key] = []
        self.kept: list[Attribute] = []  # types whose identity is a key
        self.names: dict[int, str] = {}  # by identity of the value
        self.subprogram = 0
        self.locations: dict[int, str] = {}
        self.scopes: dict[str, tuple[str, str]] = {}
        for node in (
            'distinct !DICompileUnit(language: DW_LANG_C, file: !1, producer: "iree_explore",'
            " isOptimized: true, emissionKind: LineTablesOnly)",
            '!DIFile(filename: "ops", directory: "")',
            '!{i32 2, !"Debug Info Version", i32 3}',
            '!{i32 7, !"Dwarf Version", i32 4}',
            "!DISubroutineType(types: !{})",
            "!{}",
        ):
            self.metadata.append(node)
        self.empty = "!5"
        self.loop_properties: dict[str, str] = {}

    # Types and values

    def type(self, attr: Attribute) -> str:
        return self.type_and_suffix(attr)[0]

    def type_and_suffix(self, attr: Attribute) -> tuple[str, str]:
        """A type's LLVM spelling and how intrinsic names spell it."""
        found = self.types.get(id(attr))
        if found is None:
            found = self.types[id(attr)] = self._type(attr)
            self.kept.append(attr)
        return found

    def _type(self, attr: Attribute) -> tuple[str, str]:
        scalar = _SCALARS.get(type(attr))
        if scalar is not None:
            return scalar
        if isinstance(attr, IntegerType):
            return f"i{attr.width.data}", f"i{attr.width.data}"
        if isinstance(attr, VectorType):
            text, suffix = self.type_and_suffix(attr.element_type)
            (count,) = attr.get_shape()
            return f"<{count} x {text}>", f"v{count}{suffix}"
        if isinstance(attr, llvm.LLVMArrayType):
            return f"[{attr.size.data} x {self.type(attr.type)}]", ""
        if isinstance(attr, llvm.LLVMStructType):
            return "{ " + ", ".join(self.type(t) for t in attr.types) + " }", ""
        raise InternalError("IX202", f"the type {attr} has no LLVM IR")

    def value(self, value: SSAValue) -> str:
        name = self.names.get(id(value))
        if name is None:
            name = self.names[id(value)] = f"%v{len(self.names)}"
        return name

    def typed(self, value: SSAValue) -> str:
        return f"{self.type(value.type)} {self.value(value)}"

    # Debug locations and alias scopes

    def node(self, text: str) -> str:
        self.metadata.append(text)
        return f"!{len(self.metadata) - 1}"

    def location(self, op: Operation) -> str:
        """`, !dbg !n` for the op's id."""
        number = op_id(op)
        text = self.locations.get(number)
        if text is None:
            line = self.debug_lines.get(number)
            if line is None:
                self.ops.append(number)
                line = self.debug_lines[number] = len(self.ops)
            self.metadata.append(f"!DILocation(line: {line}, column: 0, scope: !{self.subprogram})")
            text = self.locations[number] = f", !dbg !{len(self.metadata) - 1}"
        return text

    def scope_names(self, ops: Sequence[Operation]) -> None:
        """Metadata of a function's alias scopes: each scope is `noalias` with all others."""
        names: dict[str, None] = {}
        for op in ops:
            scope = op.attributes.get("alias_scopes")
            if isinstance(scope, AliasScopeAttr):
                names[scope.scope.data] = None
        self.scopes = {}
        if not names:
            return
        domain = len(self.metadata)
        self.node(f"distinct !{{!{domain}}}")
        nodes = {}
        for name in names:
            number = len(self.metadata)
            nodes[name] = self.node(f'distinct !{{!{number}, !{domain}, !"{name}"}}')
        for name in names:
            own = self.node(f"!{{{nodes[name]}}}")
            others = ", ".join(node for other, node in nodes.items() if other != name)
            self.scopes[name] = (own, self.node(f"!{{{others}}}") if others else "")

    def memory(self, op: Operation) -> str:
        """Metadata of a memory access: alias scopes, invariance."""
        text = ""
        scope = op.attributes.get("alias_scopes")
        if isinstance(scope, AliasScopeAttr):
            own, others = self.scopes[scope.scope.data]
            text = f", !alias.scope {own}"
            if others:
                text += f", !noalias {others}"
        if "invariant" in op.attributes:
            text += f", !invariant.load {self.empty}"
        return text

    def loop(self, op: Operation) -> str:
        """Metadata of a branch that goes back: what LLVM does with the loop."""
        annotation = op.attributes.get(LOOP_ANNOTATION)
        if not isinstance(annotation, LoopAnnotationAttr):
            return ""
        unroll = annotation.unroll.data
        properties = self.loop_properties.get(unroll)
        if properties is None:
            properties = self.node(f'!{{!"llvm.loop.unroll.{unroll}"}}')
            if unroll == "disable":
                properties += ", " + self.node('!{!"llvm.loop.vectorize.enable", i1 false}')
            self.loop_properties[unroll] = properties
        number = len(self.metadata)
        return f", !llvm.loop {self.node(f'distinct !{{!{number}, {properties}}}')}"

    # Functions

    def function(self, function: llvm.FuncOp, name: str) -> None:
        self.names = {}
        self.locations = {}
        self.subprogram = len(self.metadata)
        type_ = function.function_type
        blocks = list(function.body.blocks)
        self.node(
            f'distinct !DISubprogram(name: "{name}", scope: !1, file: !1, line: 1, type: !4,'
            " scopeLine: 1, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !0)"
        )
        ops = [list(block.ops) for block in blocks]
        self.scope_names([op for inside in ops for op in inside])
        arguments = ", ".join(
            f"{self.type(a.type)} noalias nonnull noundef {self.value(a)}" for a in blocks[0].args
        )
        self.emit(
            f"define {self.type(type_.output)} @{name}({arguments}) #0 !dbg !{self.subprogram} {{",
            function,
        )
        labels = {block: f"b{i}" for i, block in enumerate(blocks)}
        for inside in ops:  # constants stand where they are used: phis look ahead
            for op in inside:
                constant = _CONSTANTS.get(op.name)
                if constant is not None:
                    self.names[id(op.results[0])] = constant(self, op)
        predecessors = _predecessors(blocks)
        for block, inside in zip(blocks, ops, strict=True):
            self.lines.append(f"{labels[block]}:")
            for i, argument in enumerate(block.args if block is not blocks[0] else ()):
                incoming = ", ".join(
                    f"[ {self.value(values[i])}, %{labels[source]} ]"
                    for source, values in predecessors[block]
                )
                where = self.location(block.parent_op() or function)
                self.lines.append(
                    f"  {self.value(argument)} = phi {self.type(argument.type)} {incoming}{where}"
                )
            for op in inside:
                self.instruction(op, labels)
        self.lines.append("}")
        self.lines.append("")

    def emit(self, text: str, op: Operation) -> None:
        self.lines.append(text)
        self.line_ops.append((len(self.lines), op_id(op)))

    def instruction(self, op: Operation, labels: dict[Block, str]) -> None:
        if op.name in _CONSTANTS:
            return
        rule = _RULES.get(op.name)
        if rule is None:
            raise _unknown(op)
        text = rule(self, op, labels)
        results = op.results
        head = f"  {self.value(results[0])} = " if results else "  "
        self.emit(head + text + self.location(op), op)

    def intrinsic(self, op: Operation, suffixes: tuple[SSAValue, ...]) -> str:
        """`call type @llvm.name.suffixes(...)`, declared."""
        types = [self.type_and_suffix(v.type) for v in suffixes]
        name = f"llvm.{op.name.removeprefix('llvm.intr.')}." + ".".join(s for _, s in types)
        return self.call_declared(name, op)

    def call_declared(self, name: str, op: Operation) -> str:
        result = self.type(op.results[0].type) if op.results else "void"
        operands = [self.typed(v) for v in op.operands]
        literal = IMMEDIATES.get(op.name)
        if name not in self.declared:
            parameters = [self.type(v.type) for v in op.operands]
            if literal:
                parameters.append(f"{literal.split()[0]} immarg")
            self.declared[name] = f"declare {result} @{name}({', '.join(parameters)})"
        if literal:
            operands.append(literal)
        return f"call {result} @{name}({', '.join(operands)})"

    def finish(self) -> str:
        cpu = self.cpu
        library, declared = math_library.definitions(self.calls, cpu.native_vector_bytes)
        text = "\n".join([*self.lines, *library])
        text, lines = without_instructions(text, self.declared | declared, cpu)
        width = 8 * cpu.native_vector_bytes
        machine = (
            "nounwind mustprogress nofree norecurse nosync"
            f' "no-builtins" "prefer-vector-width"="{width}" "min-legal-vector-width"="{width}"'
            f' "target-cpu"="{cpu.name}" "target-features"="{cpu.features}"'
            ' "frame-pointer"="none"'
        )
        lines += ["", f"attributes #0 = {{ {machine} }}"]
        lines.append(f"attributes #1 = {{ willreturn memory(none) {machine} }}")
        lines += ["", "!llvm.dbg.cu = !{!0}", "!llvm.module.flags = !{!2, !3}"]
        lines.extend(f"!{i} = {node}" for i, node in enumerate(self.metadata))
        return "\n".join([text, *lines, ""])


def _predecessors(blocks: list[Block]) -> dict[Block, list[tuple[Block, list[SSAValue]]]]:
    """For each block, its predecessors with the values they pass."""
    found: dict[Block, list[tuple[Block, list[SSAValue]]]] = {block: [] for block in blocks}
    for block in blocks:
        last = block.last_op
        if isinstance(last, llvm.BrOp):
            found[last.successor].append((block, list(last.arguments)))
        elif isinstance(last, llvm.CondBrOp):
            found[last.then_block].append((block, list(last.then_arguments)))
            found[last.else_block].append((block, list(last.else_arguments)))
    return found


def _unknown(op: Operation) -> InternalError:
    return InternalError(
        "IX202",
        f"{op.name} has no LLVM IR",
        at="executable-targets-translate-to-llvm-ir",
        because="the conversion to the llvm dialect left it",
    )


# Constants


def literal(attr: Attribute, type_: Attribute, spell: Callable[[Attribute], str]) -> str:
    """A constant attribute as an LLVM IR literal without its type."""
    if isinstance(attr, IntegerAttr):
        if isinstance(type_, IntegerType) and type_.width.data == 1:
            return "true" if attr.value.data else "false"
        return str(attr.value.data)
    if isinstance(attr, FloatAttr):
        return _float(attr.value.data, type_)
    if isinstance(attr, DenseIntOrFPElementsAttr) and isinstance(type_, VectorType):
        element = type_.element_type
        name = spell(element)
        attr = elements.compact(attr)
        numbers = elements.to_numpy(attr).reshape(-1)
        if elements.is_splat(attr):
            return f"splat ({name} {_number(numbers[0], element)})"
        return "<" + ", ".join(f"{name} {_number(x, element)}" for x in numbers) + ">"
    raise InternalError("IX202", f"the constant {attr} has no LLVM IR")


def _number(x: np.generic, element: Attribute) -> str:
    if isinstance(element, IntegerType):
        return ("true" if x else "false") if element.width.data == 1 else str(int(x))
    return _float(float(x), element)


def _float(x: float, type_: Attribute) -> str:
    """Hexadecimal: exact, NaN and infinities included."""
    if isinstance(type_, Float16Type | BFloat16Type):
        bits = np.asarray(x, elements.dtype_of(type_)).view(np.uint16)
        return f"0x{'H' if isinstance(type_, Float16Type) else 'R'}{int(bits):04X}"
    return f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}"


# One rule for each op: the instruction without its result name and location


def _constant(w: _Writer, op: Operation) -> str:
    return literal(op.properties["value"], op.results[0].type, w.type)


_CONSTANTS: dict[str, Callable[[_Writer, Operation], str]] = {
    "llvm.mlir.constant": _constant,
    "llvm.mlir.poison": lambda w, op: "poison",
    "llvm.mlir.undef": lambda w, op: "undef",
    "llvm.mlir.zero": lambda w, op: "zeroinitializer",
}


def _binary(name: str) -> Callable[[_Writer, Operation, dict[Block, str]], str]:
    def rule(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
        lhs, rhs = op._operands  # pyright: ignore[reportPrivateUsage]
        return f"{name} {w.type(lhs.type)} {w.value(lhs)}, {w.value(rhs)}"

    return rule


def _float_binary(name: str) -> Callable[[_Writer, Operation, dict[Block, str]], str]:
    def rule(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
        lhs, rhs = op._operands  # pyright: ignore[reportPrivateUsage]
        return f"{name}{_fast(op)} {w.type(lhs.type)} {w.value(lhs)}, {w.value(rhs)}"

    return rule


def _fast(op: Operation) -> str:
    flags = op.properties.get("fastmathFlags")
    if not isinstance(flags, llvm.FastMathAttr):
        return ""
    return "".join(f" {flag}" for flag in sorted(flags.data))


def _cast(name: str) -> Callable[[_Writer, Operation, dict[Block, str]], str]:
    def rule(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
        return f"{name} {w.typed(op.operands[0])} to {w.type(op.results[0].type)}"

    return rule


def _icmp(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
    predicate = ICmpPredicateFlag.from_int(_int(op, "predicate"))
    lhs, rhs = op.operands
    return f"icmp {predicate} {w.typed(lhs)}, {w.value(rhs)}"


def _fcmp(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
    predicate = FCmpPredicateFlag.from_int(_int(op, "predicate"))
    lhs, rhs = op.operands
    return f"fcmp {predicate.strip('_')} {w.typed(lhs)}, {w.value(rhs)}"


def _fneg(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
    return f"fneg {w.typed(op.operands[0])}"


def _call(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
    assert isinstance(op, CallOp)
    symbol = op.callee.string_value()
    result = w.type(op.res.type)
    element = w.type(element_of(op.res.type))
    w.calls.append((symbol.split(".")[1], math_library.Type(element, lanes(op.res.type))))
    return f"call {result} @{symbol}({', '.join(w.typed(v) for v in op.args)})"


def _operand_list(name: str) -> Callable[[_Writer, Operation, dict[Block, str]], str]:
    def rule(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
        return f"{name} " + ", ".join(w.typed(v) for v in op.operands)

    return rule


def _shuffle(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
    mask = op.properties["mask"]
    assert isinstance(mask, DenseArrayBase)
    v1, v2 = op.operands
    numbers = mask.get_values()
    if not any(numbers):
        text = "zeroinitializer"
    else:
        text = "<" + ", ".join("i32 poison" if i < 0 else f"i32 {i}" for i in numbers) + ">"
    return f"shufflevector {w.typed(v1)}, {w.typed(v2)}, <{len(numbers)} x i32> {text}"


def _gep(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
    assert isinstance(op, llvm.GEPOp)
    properties = op.properties
    constants, pointee = properties["rawConstantIndices"], properties["elem_type"]
    pointer, *dynamic = op._operands  # pyright: ignore[reportPrivateUsage]
    values = iter(dynamic)
    texts = [
        w.typed(next(values)) if i == llvm.GEP_USE_SSA_VAL else f"i32 {i}"
        for i in _numbers(constants)
    ]
    inbounds = " inbounds" if "inbounds" in properties else ""
    return f"getelementptr{inbounds} {w.type(pointee)}, ptr {w.value(pointer)}, {', '.join(texts)}"


@functools.lru_cache(4096)
def _numbers(array: Attribute) -> tuple[int, ...]:
    assert isinstance(array, DenseArrayBase)
    return tuple(array.get_values())


def _alloca(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
    assert isinstance(op, llvm.AllocaOp)
    return f"alloca {w.type(op.elem_type)}, {w.typed(op.size)}{_align(op)}"


def _load(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
    return f"load {w.type(op.results[0].type)}, {w.typed(op.operands[0])}{_align(op)}{w.memory(op)}"


def _store(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
    value, pointer = op.operands
    return f"store {w.typed(value)}, {w.typed(pointer)}{_align(op)}{w.memory(op)}"


def _align(op: Operation) -> str:
    attr = op.properties.get("alignment")
    return f", align {attr.value.data}" if isinstance(attr, IntegerAttr) else ""


def _int(op: Operation, name: str) -> int:
    attr = op.properties[name]
    assert isinstance(attr, IntegerAttr)
    return attr.value.data


def _intrinsic(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
    if op.name.startswith("llvm.intr.vector.reduce."):
        return w.intrinsic(op, (op.operands[-1],))
    return w.intrinsic(op, (op.results[0],))


def _masked_load(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
    pointer, mask, passed = op.operands
    type_, suffix = w.type_and_suffix(op.results[0].type)
    mask_type = w.type(mask.type)
    name = f"llvm.masked.load.{suffix}.p0"
    w.declared[name] = f"declare {type_} @{name}(ptr, {mask_type}, {type_})"
    return (
        f"call {type_} @{name}(ptr align {_int(op, 'alignment')} {w.value(pointer)},"
        f" {w.typed(mask)}, {w.typed(passed)}){w.memory(op)}"
    )


def _masked_store(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
    value, pointer, mask = op.operands
    type_, suffix = w.type_and_suffix(value.type)
    name = f"llvm.masked.store.{suffix}.p0"
    w.declared[name] = f"declare void @{name}({type_}, ptr, {w.type(mask.type)})"
    return (
        f"call void @{name}({w.typed(value)}, ptr align {_int(op, 'alignment')}"
        f" {w.value(pointer)}, {w.typed(mask)}){w.memory(op)}"
    )


def _br(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
    return f"br label %{labels[op.successors[0]]}{w.loop(op)}"


def _cond_br(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
    then, otherwise = op.successors
    condition, loop = w.value(op.operands[0]), w.loop(op)
    return f"br i1 {condition}, label %{labels[then]}, label %{labels[otherwise]}{loop}"


def _return(w: _Writer, op: Operation, labels: dict[Block, str]) -> str:
    return f"ret {w.typed(op.operands[0])}" if op.operands else "ret void"


_RULES: dict[str, Callable[[_Writer, Operation, dict[Block, str]], str]] = {
    **{name: _intrinsic for name in OURS if name.startswith("llvm.intr.")},
    **{
        f"llvm.{n}": _binary(n)
        for n in "add sub mul udiv sdiv urem srem and or xor shl lshr ashr".split()
    },
    **{f"llvm.{n}": _float_binary(n) for n in "fadd fsub fmul fdiv frem".split()},
    **{
        f"llvm.{n}": _cast(n)
        for n in (
            "trunc zext sext bitcast sitofp uitofp fptosi fptoui fpext fptrunc ptrtoint inttoptr"
        ).split()
    },
    "llvm.icmp": _icmp,
    "llvm.fcmp": _fcmp,
    "llvm.fneg": _fneg,
    "llvm.select": _operand_list("select"),
    "llvm.extractelement": _operand_list("extractelement"),
    "llvm.insertelement": _operand_list("insertelement"),
    "llvm.shufflevector": _shuffle,
    "llvm.getelementptr": _gep,
    "llvm.alloca": _alloca,
    "llvm.load": _load,
    "llvm.store": _store,
    "llvm.intr.masked.load": _masked_load,
    "llvm.intr.masked.store": _masked_store,
    "llvm.br": _br,
    "llvm.cond_br": _cond_br,
    "llvm.return": _return,
    "llvm.call": _call,
    "llvm.call_intrinsic": lambda w, op, _: w.call_declared(op.properties["intrin"].data, op),  # pyright: ignore[reportAttributeAccessIssue]
}
