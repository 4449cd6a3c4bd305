# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How the variables of a module are declared in WGSL, and how elements of them are reached.

A binding of one element type is an array of it. SPIR-V may see one binding as arrays of several
types, WGSL may not: such a binding is an array of words (`u32`), whose bits are taken as what is
wanted. A binding that atomics touch is an array of `atomic<...>`, read and written by functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from xdsl.dialects.builtin import IntegerType, VectorType
from xdsl.ir import Attribute, SSAValue

from iree_explore.targets.spirv.dialect import RowOp
from iree_explore.targets.spirv.ops import AddressOfOp, GlobalVariableOp, ModuleOp, symbol_name
from iree_explore.targets.spirv.types import (
    ArrayType,
    PointerType,
    RuntimeArrayType,
    StructType,
    count_of,
    element_of,
    size_of,
)
from iree_explore.targets.wgsl.table import ATOMICS
from iree_explore.targets.wgsl.values import SCALARS, Expression, Names, gap, kind_of, type_text

_word = IntegerType(32)


@dataclass(eq=False)
class Variable:
    """A variable: its name in WGSL, what it holds, the kind of its atomics ("" for none), whether
    it is `words` of several types; `members` are the names of a struct's."""

    name: str
    type: Attribute
    storage_class: str
    atomic: str = ""
    words: bool = False
    members: tuple[str, ...] = ()
    read_only: bool = True
    binding: int | None = None
    of: list[GlobalVariableOp] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    """Where an element is: `text` reaches it; of `words`, `index` is its number in elements of
    `type`, and `component` which of a vector's."""

    variable: Variable
    text: str
    type: Attribute
    index: Expression | None = None
    component: Expression | None = None


def variables(module: ModuleOp, uses: dict[str, set[str]], names: Names) -> dict[str, Variable]:
    """The module's variables by symbol; `uses` are the kinds of the atomics on each."""
    found: dict[str, Variable] = {}
    globals_ = [op for op in module.ops if isinstance(op, GlobalVariableOp)]
    by_binding: dict[int, list[GlobalVariableOp]] = {}
    for op in globals_:
        if op.binding is not None:
            by_binding.setdefault(op.binding.value.data, []).append(op)
    for op in globals_:
        symbol = op.sym_name.data
        if symbol in found or op.built_in is not None:
            continue
        storage = op.type.storage_class.data
        together = by_binding[op.binding.value.data] if op.binding is not None else [op]
        symbols = [o.sym_name.data for o in together]
        atomic = _atomic_kind(symbol, [k for s in symbols for k in uses.get(s, ())])
        if storage == "StorageBuffer":
            assert op.binding is not None
            made = _binding(together, atomic, names)
        elif storage == "PushConstant":
            assert isinstance(op.type.pointee, StructType)
            members = tuple(f"constant_{i}" for i in range(len(op.type.pointee.members)))
            made = Variable(names.take("constants"), op.type.pointee, storage, members=members)
        elif storage in ("Workgroup", "Private"):
            made = Variable(names.take(symbol), op.type.pointee, storage, atomic)
        else:
            raise gap(f"{symbol} is in {storage}, which WGSL does not have")
        found.update(dict.fromkeys(symbols, made))
    return found


def _atomic_kind(symbol: str, kinds: Sequence[str]) -> str:
    if not kinds:
        return ""
    signed = set(kinds) - {""}
    if len(signed) > 1:
        raise gap(f"signed and unsigned atomics on {symbol}")
    return next(iter(signed), "i")


def _binding(together: Sequence[GlobalVariableOp], atomic: str, names: Names) -> Variable:
    """A storage buffer, maybe seen as several types."""
    elements: list[Attribute] = []
    read_only = True
    for op in together:
        struct = op.type.pointee
        if not isinstance(struct, StructType) or len(struct.members) != 1:
            raise gap(f"{op.sym_name.data} is no buffer of elements")
        array = struct.members.data[0]
        if not isinstance(array, RuntimeArrayType):
            raise gap(f"{op.sym_name.data} is no buffer of elements")
        if array.stride.data not in (0, size_of(array.element)):
            raise gap(f"elements of {op.sym_name.data} do not follow each other")
        elements.append(array.element)
        decorations = [name.data for name in struct.member_decorations.data[0]]
        read_only &= "NonWritable" in decorations
    assert together[0].binding is not None
    number = together[0].binding.value.data
    several = len(set(elements)) > 1
    wanted = f"binding_{number}" if len(together) > 1 else _plain(together[0], number)
    return Variable(
        names.take(wanted), elements[0], "StorageBuffer", "u" if several and atomic else atomic,
        several, (), read_only and not atomic, number, list(together),
    )  # fmt: skip


def _plain(op: GlobalVariableOp, number: int) -> str:
    """`binding_0_f32` is `binding_0`; any other name stays."""
    name = op.sym_name.data
    return f"binding_{number}" if name.startswith(f"binding_{number}_") else name


def declaration(variable: Variable) -> list[str]:
    """Lines that declare a variable of the module."""
    name = variable.name
    if variable.storage_class == "PushConstant":
        assert isinstance(variable.type, StructType)
        lines = ["struct Constants {"]
        for member, type_ in zip(variable.members, variable.type.members, strict=True):
            lines.append(f"  {member}: {type_text(type_)},")
        return [*lines, "}", f"var<immediate> {name}: Constants;"]
    if variable.storage_class == "StorageBuffer":
        access = "read" if variable.read_only else "read_write"
        element = type_text(variable.type)
        if variable.words:
            element = "u32"
        if variable.atomic:
            element = f"atomic<{SCALARS[variable.atomic]}>"
        head = f"@group(0) @binding({variable.binding}) var<storage, {access}>"
        return [f"{head} {name}: array<{element}>;"]
    space = variable.storage_class.lower()
    text = type_text(variable.type)
    if variable.atomic:
        text = _with_atomics(variable.type, variable.atomic)
    return [f"var<{space}> {name}: {text};"]


def _with_atomics(type_: Attribute, kind: str) -> str:
    if isinstance(type_, ArrayType):
        return f"array<{_with_atomics(type_.element, kind)}, {type_.count.data}>"
    return f"atomic<{SCALARS[kind]}>"


def atomic_uses(ops: Iterable[RowOp]) -> dict[str, set[str]]:
    """The kinds of atomics on each variable of a module, by symbol."""
    found: dict[str, set[str]] = {}
    for op in ops:
        if op.row.name in ATOMICS:
            root = op.operands[0]
            while isinstance(root.owner, RowOp) and root.owner.row.name.endswith("AccessChain"):
                root = root.owner.operands[0]
            if isinstance(root.owner, AddressOfOp):
                symbol = symbol_name(root.owner, "variable")
                found.setdefault(symbol, set()).add(ATOMICS[op.row.name][1])
    return found


def root_place(variable: Variable, pointer: SSAValue) -> Place:
    """The place of a whole variable."""
    assert isinstance(pointer.type, PointerType)
    return Place(variable, variable.name, pointer.type.pointee)


def inside(place: Place, index: Expression, number: int | None) -> Place:
    """The place of an element; `number` is the index if it is constant."""
    type_, variable = place.type, place.variable
    if isinstance(type_, StructType):
        assert number is not None
        member = type_.members.data[number]
        if variable.storage_class == "StorageBuffer":
            return Place(variable, place.text, member)
        return Place(variable, f"{place.text}.{variable.members[number]}", member)
    if isinstance(type_, VectorType):
        part = f".{'xyzw'[number]}" if number is not None else f"[{index.text}]"
        return Place(variable, place.text + part, type_.element_type, place.index, index)
    assert isinstance(type_, ArrayType | RuntimeArrayType), type_
    first = place.index is None and variable.storage_class == "StorageBuffer"
    return Place(
        variable, f"{place.text}[{index.text}]", type_.element, index if first else place.index
    )


def words_of(place: Place, whole: Attribute) -> list[str]:
    """The words that hold an element of a variable of words: `whole` is the type of the buffer's
    elements that the place's index counts."""
    count = count_of(whole)
    assert isinstance(count, int) and place.index is not None
    name = place.variable.name
    if count == 1:
        return [f"{name}[{place.index.text}]"]
    first = f"{place.index} * {count}" + ("u" if place.index.kind == "u" else "")
    if place.component is not None:
        part = place.component
        if part.constant is None and part.kind != place.index.kind:
            part = Expression(f"{SCALARS[place.index.kind]}({part.text})", place.index.kind)
        return [f"{name}[{first} + {part}]"]
    return [f"{name}[{first} + {i}]" for i in range(count)]


def load(place: Place, whole: Attribute) -> Expression:
    """The value at a place."""
    variable = place.variable
    if variable.words:
        texts = words_of(place, whole)
        if variable.atomic:
            texts = [f"atomicLoad(&{text})" for text in texts]
        made = texts[0] if len(texts) == 1 else f"vec{len(texts)}<u32>({', '.join(texts)})"
        if kind_of(place.type) == "u":
            return Expression(made, "u")
        return Expression(f"bitcast<{type_text(place.type)}>({made})", kind_of(place.type))
    if variable.atomic:
        return Expression(f"atomicLoad(&{place.text})", variable.atomic)
    return Expression(place.text, kind_of(place.type))


def stores(place: Place, value: Expression, whole: Attribute) -> list[str]:
    """Statements that set what is at a place; `value` has the place's kind."""
    variable = place.variable
    if not variable.words:
        if variable.atomic:
            return [f"atomicStore(&{place.text}, {value.text});"]
        return [f"{place.text} = {value.text};"]
    texts = words_of(place, whole)
    made = []
    for index, text in enumerate(texts):
        part = f"{value}.{'xyzw'[index]}" if len(texts) > 1 else value.text
        word = part if value.kind == "u" else f"bitcast<u32>({part})"
        made.append(f"atomicStore(&{text}, {word});" if variable.atomic else f"{text} = {word};")
    return made


def element_type(variable: Variable, root: SSAValue) -> Attribute:
    """The type of the buffer's elements as this pointer to it sees them."""
    assert isinstance(root.type, PointerType)
    struct = root.type.pointee
    if isinstance(struct, StructType) and isinstance(struct.members.data[0], RuntimeArrayType):
        return struct.members.data[0].element
    return element_of(variable.type)
