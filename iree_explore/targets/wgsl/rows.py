# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Single instructions of a kernel as WGSL: expressions, memory, atomics, barriers.

`Rows` keeps what the values of the kernel are called, where pointers point, and the lines written
so far; `printer.py` adds control flow.
"""

from __future__ import annotations

import re

from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, VectorType
from xdsl.ir import Operation, SSAValue

from iree_explore.targets.spirv.dialect import RowOp
from iree_explore.targets.spirv.ops import BranchConditionalOp, SelectionOp
from iree_explore.targets.spirv.rules import constant_integer
from iree_explore.targets.spirv.types import EnumAttr, PointerType, StructType, count_of
from iree_explore.targets.wgsl import memory
from iree_explore.targets.wgsl.memory import Place, Variable
from iree_explore.targets.wgsl.table import ATOMICS, FORMS, HELPERS, SUBGROUP_FORMS, Form
from iree_explore.targets.wgsl.values import Expression, Names, cast, constant, gap, kind_of
from iree_explore.targets.wgsl.values import type_text as text_of

_LONGEST = 60
"""Characters of an expression that becomes part of another."""


class Rows:
    """What is known while a kernel is written."""

    def __init__(self) -> None:
        self.names = Names()
        self.values: dict[SSAValue, Expression] = {}
        self.inputs_at: dict[SSAValue, Expression] = {}
        """Built-ins by the pointer to them."""
        self.places: dict[SSAValue, Place] = {}
        self.roots: dict[SSAValue, SSAValue] = {}
        self.lines: list[tuple[str, Operation | None]] = []
        self.depth = 0
        self.helpers: set[str] = set()
        self.features: set[str] = set()

    def line(self, text: str, op: Operation | None = None) -> None:
        """Writes a line that comes from `op`."""
        for name in HELPERS:
            if op is not None and f"{name}(" in text:
                self.helpers.add(name)
        if re.search(r"\bf16\b", text):
            self.features.add("f16")
        self.lines.append(("  " * self.depth + text if text else "", op))

    # Values

    def value(self, value: SSAValue) -> Expression:
        """What a value is called."""
        return self.values[value]

    def typed(self, value: SSAValue) -> Expression:
        """The value as its SPIR-V type says: variables and calls need that."""
        return cast(self.values[value], value.type, kind_of(value.type))

    def bind(self, value: SSAValue, made: Expression, stem: str, named: bool = False) -> None:
        """Gives a value its text: part of what uses it, or a `let`."""
        op = value.owner
        assert isinstance(op, Operation)
        if not named and _used_nearby(value) and len(made.text) <= _LONGEST:
            self.values[value] = made
            return
        name = self.names.take(stem)
        self.line(f"let {name} = {made.text};", op)
        self.values[value] = Expression(name, made.kind)

    # Instructions

    def row(self, op: RowOp) -> None:
        """Writes one instruction."""
        name = op.row.name
        if name in FORMS:
            self._form(op, FORMS[name])
        elif name.startswith("GroupNonUniform"):
            self._group(op)
        elif name in ATOMICS:
            self._atomic(op)
        elif name.startswith("Composite") or name.startswith("Vector"):
            self._composite(op)
        else:
            self._rest(op)

    def _rest(self, op: RowOp) -> None:
        name = op.row.name
        if name in ("AccessChain", "InBoundsAccessChain"):
            self._chain(op)
        elif name == "Load":
            self._load(op)
        elif name == "Store":
            place, root = self.places[op.operands[0]], self.roots[op.operands[0]]
            value = cast(self.value(op.operands[1]), place.type, _stored_kind(place))
            for text in memory.stores(place, value, memory.element_type(place.variable, root)):
                self.line(text, op)
        elif name == "Variable":
            self._variable(op)
        elif name == "ControlBarrier":
            semantics = op.properties["memory_semantics"]
            assert isinstance(semantics, EnumAttr)
            if "UniformMemory" in semantics.data:
                self.line("storageBarrier();", op)
            self.line("workgroupBarrier();", op)
        elif name == "MemoryBarrier":
            raise gap("WGSL has no barrier of memory alone")
        elif name == "Undef":
            self.values[op.results[0]] = Expression(f"{text_of(op.results[0].type)}()",
                                                    kind_of(op.results[0].type))  # fmt: skip
        elif name == "ReturnValue":
            self.line(f"return {self.typed(op.operands[0]).text};", op)
        elif name != "Return":
            raise gap(f"spirv.{name} has no form in WGSL")

    def _form(self, op: RowOp, form: Form) -> None:
        operands = [self.value(v) for v in op.operands]
        kinds = form.operands.ljust(len(operands), ".")
        common = _common(operands, op)
        given = []
        for value, source, kind in zip(operands, op.operands, kinds, strict=True):
            wanted = kind
            if kind == ".":
                wanted = common if value.kind in "iu" and value.kind else value.kind
            given.append(cast(value, source.type, wanted))
        if given and all(v.constant is not None for v in given):
            # WGSL would compute with constants now, and refuse what is out of range
            name = self.names.take("constant")
            self.line(f"let {name} = {given[0].text};", op)
            given[0] = Expression(name, given[0].kind)
        result = op.results[0].type
        kind = form.result or _result_kind(op, common)
        if isinstance(result, StructType):
            kind = "u"
        target = "" if isinstance(result, StructType) else text_of(result, kind)
        text = _filled(form.template.replace("$t", target), given)
        self.bind(op.results[0], Expression(text, kind, form.atomic), form.name)

    def _group(self, op: RowOp) -> None:
        operation = op.properties.get("group_operation")
        key = (op.row.name, operation.data if isinstance(operation, EnumAttr) else "")
        if key not in SUBGROUP_FORMS:
            raise gap(f"spirv.{op.row.name} {key[1]} has no form in WGSL")
        self.features.add("subgroups")
        form = SUBGROUP_FORMS[key]
        kinds = form.operands.ljust(len(op.operands), ".")
        given = [
            cast(self.value(v), v.type, kind_of(v.type) if kind == "." else kind)
            for v, kind in zip(op.operands, kinds, strict=True)
        ]
        kind = form.result or kind_of(op.results[0].type)
        self.bind(op.results[0], Expression(_filled(form.template, given), kind), form.name, True)

    def _composite(self, op: RowOp) -> None:
        name, result = op.row.name, op.results[0]
        if name == "CompositeExtract":
            [index] = _indices(op, "indices")
            value = self.value(op.operands[0])
            inner = op.operands[0].type
            vector = isinstance(inner, VectorType | StructType)
            text = f"{value}.{'xyzw'[index]}" if vector else f"{value}[{index}]"
            if value.atomic and re.fullmatch(r"\w+", value.text):
                self.values[result] = Expression(text, value.kind)  # as short as a name
            else:
                self.bind(result, Expression(text, value.kind), "component")
        elif name == "CompositeConstruct":
            parts = ", ".join(self.typed(v).text for v in op.operands)
            made = Expression(f"{text_of(result.type)}({parts})", kind_of(result.type))
            self.bind(result, made, "vector")
        elif name == "CompositeInsert":
            [index] = _indices(op, "indices")
            count = count_of(result.type)
            if not isinstance(result.type, VectorType) or not isinstance(count, int):
                raise gap(f"spirv.{name} into {result.type}")
            new, old = self.typed(op.operands[0]).text, self.typed(op.operands[1])
            parts = [new if i == index else f"{old}.{'xyzw'[i]}" for i in range(count)]
            text = f"{text_of(result.type)}({', '.join(parts)})"
            self.bind(result, Expression(text, kind_of(result.type)), "vector", True)
        elif name == "VectorShuffle":
            first = count_of(op.operands[0].type)
            assert isinstance(first, int)
            sources = [self.typed(v) for v in op.operands]
            parts = [
                f"{sources[i >= first]}.{'xyzw'[i % first if i < first else i - first]}"
                for i in _indices(op, "components")
            ]
            text = f"{text_of(result.type)}({', '.join(parts)})"
            self.bind(result, Expression(text, kind_of(result.type)), "vector", True)
        else:  # VectorInsertDynamic
            made = self.names.take("vector")
            vector, part, index = (self.typed(v) for v in op.operands)
            self.line(f"var {made} = {vector.text};", op)
            self.line(f"{made}[{index.text}] = {part.text};", op)
            self.values[result] = Expression(made, kind_of(result.type))

    # Memory

    def _chain(self, op: RowOp) -> None:
        base, *indices = op.operands
        result = op.results[0]
        if base in self.inputs_at:
            value, number = self.inputs_at[base], constant_integer(indices[0])
            part = f".{'xyz'[number]}" if number is not None else f"[{self.value(indices[0]).text}]"
            self.inputs_at[result] = Expression(value.text + part, "u")
            return
        place = self.places[base]
        for index in indices:
            place = memory.inside(place, self.value(index), constant_integer(index))
        self.places[result] = place
        self.roots[result] = self.roots[base]

    def _load(self, op: RowOp) -> None:
        pointer, result = op.operands[0], op.results[0]
        if pointer in self.inputs_at:
            self.values[result] = self.inputs_at[pointer]
            return
        place, root = self.places[pointer], self.roots[pointer]
        made = memory.load(place, memory.element_type(place.variable, root))
        if place.variable.storage_class == "PushConstant":
            self.values[result] = made  # they never change
            return
        self.bind(result, made, _element_name(place.variable), True)

    def _variable(self, op: RowOp) -> None:
        type_ = op.results[0].type
        assert isinstance(type_, PointerType)
        name = self.names.take("local")
        start = f" = {self.typed(op.operands[0]).text}" if op.operands else ""
        self.line(f"var {name}: {text_of(type_.pointee)}{start};", op)
        variable = Variable(name, type_.pointee, "Function")
        self.places[op.results[0]] = memory.root_place(variable, op.results[0])
        self.roots[op.results[0]] = op.results[0]

    def _atomic(self, op: RowOp) -> None:
        name = op.row.name
        function, _ = ATOMICS[name]
        place = self.places[op.operands[0]]
        root = self.roots[op.operands[0]]
        target = place.text
        if place.variable.words:
            [target] = memory.words_of(place, memory.element_type(place.variable, root))
        kind = place.variable.atomic
        given = [cast(self.value(v), v.type, kind).text for v in op.operands[1:]]
        if name in ("AtomicIIncrement", "AtomicIDecrement"):
            given = [cast(constant(IntegerAttr(1, 32), op.results[0].type), op.results[0].type,
                          kind).text]  # fmt: skip
        if name == "AtomicCompareExchange":
            given = [given[1], given[0]]
        text = f"{function}({', '.join([f'&{target}', *given])})"
        if name == "AtomicCompareExchange":
            text += ".old_value"
        if op.results and op.results[0].first_use is not None:
            self.bind(op.results[0], Expression(text, kind), "before", True)
        else:
            self.line(f"{text};", op)


def _stored_kind(place: Place) -> str:
    if place.variable.words or not place.variable.atomic:
        return kind_of(place.type)
    return place.variable.atomic


def _element_name(variable: Variable) -> str:
    """What a loaded element is called: `binding_0` has `x0`s, `tile` has `tile_element`s."""
    if variable.binding is not None and variable.name.startswith("binding_"):
        return f"x{variable.binding}"
    return f"{variable.name}_element" if variable.storage_class == "Workgroup" else "loaded"


def _used_nearby(value: SSAValue) -> bool:
    """Whether a value that nothing changes is used once, in its own block."""
    op = value.owner
    uses = list(value.uses)
    if not isinstance(op, RowOp) or not op.row.pure or len(uses) != 1:
        return False
    user = uses[0].operation
    inside = user.parent_op()
    if (
        isinstance(user, BranchConditionalOp)
        and isinstance(inside, SelectionOp)
        and user.parent_block() is inside.body.blocks[0]
    ):
        user = inside  # the condition of an `if`
    if user.parent_block() is not op.parent_block():
        return False
    if isinstance(user, RowOp):
        form = FORMS.get(user.row.name)
        if form is not None:
            return form.template.count(f"{{{uses[0].index}}}") == 1
        chain = user.row.name.endswith("AccessChain")
        return not chain or len(list(user.results[0].uses)) == 1
    return True


def _common(operands: list[Expression], op: RowOp) -> str:
    """The kind that integer operands share, else that of their type."""
    kinds = {v.kind for v in operands if v.constant is None and v.kind in ("i", "u")}
    if len(kinds) == 1:
        return kinds.pop()
    if kinds:
        return "i"
    return next((v.kind for v in operands if v.kind in ("i", "u")), "")


def _result_kind(op: RowOp, common: str) -> str:
    kind = kind_of(op.results[0].type)
    if kind not in ("i", "u"):
        return kind
    if op.row.result.startswith("=") and common:
        return common
    return kind


_OPERAND = re.compile(r"\{(\d)\}")


def _filled(template: str, given: list[Expression]) -> str:
    """A template with its operands: in parentheses where they are not between such or commas."""

    def operand(found: re.Match[str]) -> str:
        value = given[int(found[1])]
        before, after = template[: found.start()], template[found.end() :]
        bare = before.endswith(("(", ", ", "[")) and after.startswith((")", ",", "]"))
        return value.text if bare or not template[:1] else str(value)

    return _OPERAND.sub(operand, template)


def _indices(op: RowOp, name: str) -> list[int]:
    found = op.properties[name]
    assert isinstance(found, ArrayAttr)
    return [int(i.value.data) for i in found]  # pyright: ignore
