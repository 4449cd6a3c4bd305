# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Report`: collects an op's broken constraints; and what the rules share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from xdsl.dialects.builtin import (
    AnyFloat,
    ComplexType,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IntegerType,
    Signedness,
    TensorType,
)
from xdsl.ir import Attribute, Operation, Region, SSAValue

from iree_explore import elements as dense
from iree_explore.stablehlo.base import DYNAMIC, Shape

Rule = Callable[[Any, "Report"], None]


class Report:
    """The broken constraints of one op: `need(label, holds, message)` adds one if not `holds`."""

    def __init__(self, op: Operation):
        self.op = op
        self.broken: list[str] = []

    def need(self, label: str, holds: bool, message: str) -> bool:
        """Records `message` under the specification's label unless it holds; returns `holds`."""
        if not holds:
            self.broken.append(f"{self.op.name} {label}: {message}")
        return holds

    def in_range(
        self, label: str, name: str, values: int | Iterable[int], end: int, start: int = 0
    ) -> bool:
        """`start <= value < end` for each value of the attribute `name`."""
        listed = [values] if isinstance(values, int) else list(values)
        wrong = [v for v in listed if not start <= v < end]
        return self.need(label, not wrong, f"{name} = {_show(values)} is outside [{start}, {end})")

    def unique(self, label: str, name: str, values: Sequence[int]) -> bool:
        return self.need(
            label, len(set(values)) == len(values), f"{name} = {list(values)} has a value twice"
        )

    def sorted(self, label: str, name: str, values: Sequence[int]) -> bool:
        return self.need(
            label, list(values) == sorted(values), f"{name} = {list(values)} is not ascending"
        )

    def size(self, label: str, name: str, values: Sequence[Any] | None, wanted: int) -> bool:
        """An optional list has `wanted` elements."""
        found = wanted if values is None else len(values)
        return self.need(label, found == wanted, f"{name} has {found} values, wanted {wanted}")

    def positive(self, label: str, name: str, values: Sequence[int] | None) -> bool:
        wrong = [v for v in values or () if v < 1]
        return self.need(label, not wrong, f"{name} = {list(values or ())} has values below 1")

    def same_element(self, label: str, *values: SSAValue) -> bool:
        """Element types agree (quantised ones: not compared, they may differ in parameters)."""
        types = [element(v) for v in values]
        plain = [t for t in types if t.name != "quant.uniform"]
        return self.need(
            label,
            all(t == plain[0] for t in plain),
            "element types differ: " + ", ".join(map(str, types)),
        )

    def same_shape(self, label: str, what: str, *values: SSAValue | Shape) -> bool:
        shapes = [v if isinstance(v, tuple) else shape(v) for v in values]
        first = shapes[0]
        return self.need(
            label,
            all(compatible(first, s) for s in shapes[1:]),
            f"the shapes of {what} differ: " + ", ".join(map(show, shapes)),
        )

    def result(self, label: str, wanted: Shape, index: int = 0) -> bool:
        """A result has the shape that the operands give."""
        value = self.op.results[index]
        return self.need(
            label,
            compatible(shape(value), wanted),
            f"result {value.type} should have the shape {show(wanted)}",
        )

    def body(
        self, label: str, name: str, region: Region, arguments: Sequence[Attribute | None]
    ) -> bool:
        """A region has one block with arguments of these types (None: any) ended by a return."""
        if not region.blocks:
            return self.need(label, False, f"{name} is empty")
        types = [a.type for a in region.block.args]
        fits = len(types) == len(arguments) and all(
            wanted is None or same_type(t, wanted)
            for t, wanted in zip(types, arguments, strict=True)
        )
        wanted = ", ".join("?" if a is None else str(a) for a in arguments)
        return self.need(
            label, fits, f"{name} takes ({', '.join(map(str, types))}), wanted ({wanted})"
        )

    def returned(self, label: str, name: str, region: Region, values: Sequence[SSAValue]) -> bool:
        """A region returns one scalar of each value's element type."""
        last = region.block.last_op
        found = [] if last is None else [v.type for v in last.operands]
        wanted = [element(v) for v in values]
        fitting = len(found) == len(wanted) and all(
            isinstance(t, TensorType) and not t.get_shape() and t.element_type == w
            for t, w in zip(found, wanted, strict=True)
        )
        return self.need(
            label,
            fitting,
            f"{name} returns ({', '.join(map(str, found))}) for ({', '.join(map(str, wanted))})",
        )


def _show(values: int | Iterable[int]) -> str:
    return str(values) if isinstance(values, int) else str(list(values))


def show(sizes: Shape) -> str:
    """`2x?x3`, or `()` for rank 0."""
    return "x".join("?" if n == DYNAMIC else str(n) for n in sizes) or "()"


def is_tensor(value: SSAValue) -> bool:
    return isinstance(value.type, TensorType)


def shape(value: SSAValue) -> Shape:
    assert isinstance(value.type, TensorType), value.type
    return value.type.get_shape()


def element(value: SSAValue) -> Attribute:
    assert isinstance(value.type, TensorType), value.type
    return value.type.element_type


def fits(a: int, b: int) -> bool:
    """Two sizes agree as far as they are known."""
    return a == b or DYNAMIC in (a, b)


def compatible(a: Shape, b: Shape) -> bool:
    """Two shapes agree as far as they are known."""
    return len(a) == len(b) and all(map(fits, a, b))


def same_type(a: Attribute, b: Attribute) -> bool:
    """Equal, or tensors of one element type whose shapes agree as far as they are known."""
    if isinstance(a, TensorType) and isinstance(b, TensorType):
        return a.element_type == b.element_type and compatible(a.get_shape(), b.get_shape())
    return a == b


def ints(op: Operation, name: str) -> list[int] | None:
    """An integer list attribute, flattened; None if it is absent."""
    attr = op.properties.get(name, op.attributes.get(name))
    if attr is None:
        return None
    if isinstance(attr, DenseArrayBase):
        return [int(v) for v in attr.get_values()]
    assert isinstance(attr, DenseIntOrFPElementsAttr), attr
    return [int(v) for v in dense.to_numpy(attr).reshape(-1)]


def number_list(attr: Any) -> list[int]:
    """The integers of a field of dimension numbers."""
    if isinstance(attr, DenseArrayBase):
        return [int(v) for v in attr.get_values()]
    return [v.value.data for v in attr]


def integer(op: Operation, name: str, default: int = 0) -> int:
    """An integer attribute."""
    attr = op.properties.get(name, op.attributes.get(name))
    return default if attr is None else attr.value.data  # pyright: ignore[reportAttributeAccessIssue]


def kind(type_: Attribute) -> str:
    """b(ool), i(nteger), u(nsigned), f(loat), c(omplex) or q(uantised) of an element type."""
    if isinstance(type_, IntegerType):
        if type_.width.data == 1:
            return "b"
        return "u" if type_.signedness.data == Signedness.UNSIGNED else "i"
    if isinstance(type_, ComplexType):
        return "c"
    if isinstance(type_, AnyFloat) or type_.name.startswith("f"):
        return "f"
    return "q" if type_.name == "quant.uniform" else type_.name


KINDS = {
    "b": "boolean",
    "i": "signed integer",
    "u": "unsigned integer",
    "f": "float",
    "c": "complex",
    "q": "quantised",
}


def scalar(element_type: Attribute) -> TensorType:
    return TensorType(element_type, [])
