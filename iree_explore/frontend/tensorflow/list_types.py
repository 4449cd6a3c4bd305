# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is known of a list: `Facts` gathers what each op says, `Facts.type()` is the sum of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from iree_explore.frontend.tensorflow.graph import Op
from iree_explore.frontend.tensorflow.types import Shape, read_tensor, tensor_text

VARIANT = "!tf_type.variant"
"""The type of a list, and of other things that are no tensors."""

_CHANGES_LENGTH = frozenset(
    {"TensorListPushBack", "TensorListPopBack", "TensorListResize", "TensorListConcatLists"}
)
_SAME_SHAPES = frozenset(
    {
        "TensorListStack", "TensorListGather", "TensorListFromTensor", "TensorListScatterV2",
        "TensorListScatterIntoExistingList",
    }
)  # fmt: skip
"""Ops that only take lists whose elements have one shape."""
SAME_LIST = frozenset(
    {"Identity", "IdentityN", "StopGradient", "PreventGradient", "ZerosLike", "AddN"}
)


@dataclass
class ListType:
    """What is known about a class of list values. `length` is the constant number of elements, or
    where the list `grows` the constant capacity. A list that `shrinks` has been longer than it is:
    what lies beyond its end need not be zero."""

    element: str
    shape: Shape
    length: int | None
    grows: bool
    ragged: bool
    shrinks: bool

    def components(self) -> list[str]:
        """MLIR types of the tensors that stand for the list."""
        types = [tensor_text((self.length, *self.shape), self.element)]
        if self.grows:
            types.append("tensor<i32>")
        if self.ragged:
            types.append(tensor_text((self.length, len(self.shape)), "i32"))
        return types


@dataclass
class Facts:
    """Facts about one class, collected over all functions."""

    elements: set[str] = field(default_factory=set)
    shapes: list[Shape] = field(default_factory=list)
    lengths: set[int | None] = field(default_factory=set)
    capacities: set[int | None] = field(default_factory=set)
    same_shapes: bool = False
    changes: bool = False
    shrinks: bool = False
    ops: list[Op] = field(default_factory=list)

    def type(self) -> ListType | str:
        """The common type, or why there is none."""
        if len(self.elements) != 1:
            return f"elements of type {' and '.join(sorted(self.elements)) or 'unknown'}"
        (element,) = self.elements
        if element.startswith("!tf_type."):
            return f"elements of type {element.removeprefix('!tf_type.')}"
        ranks = {len(s) for s in self.shapes}
        if len(ranks) != 1:
            return f"elements of {'unknown rank' if not ranks else 'different rank'}"
        sizes = [{s[i] for s in self.shapes} - {None} for i in range(ranks.pop())]
        shape = tuple(s.pop() if len(s) == 1 else None for s in sizes)
        sizes_known = all(n is not None for n in shape)
        ragged = not sizes_known and not self.same_shapes
        known = self.capacities if self.changes else self.lengths
        length = next(iter(known)) if len(known) == 1 else None
        return ListType(element, shape, length, self.changes, ragged, self.shrinks)

    def learn(self, op: Op, constants: dict[str, list[int]]) -> None:
        """What one op says; `constants` are the small constants of its function."""
        short = op.name.removeprefix("tf.")
        if short not in RULES and short not in SAME_LIST:
            return
        self.ops.append(op)
        self.same_shapes |= short in _SAME_SHAPES
        self.changes |= short in _CHANGES_LENGTH or short == "EmptyTensorList"
        self.shrinks |= short in ("TensorListPopBack", "TensorListResize")
        self.changes |= "resize_if_index_out_of_bounds = true" in op.middle
        rule = RULES.get(short)
        if rule is not None:
            rule(op, self, constants)


# What each op says


def _of_shape(position: int) -> Callable[[Op, Facts, dict[str, list[int]]], None]:
    """The rule of ops with an element shape, -1 where unknown, as an operand."""

    def rule(op: Op, facts: Facts, constants: dict[str, list[int]]) -> None:
        known = constants.get(op.operands[position])
        type_ = read_tensor(op.inputs[position])[0]
        if known is not None and type_ != ():
            facts.shapes.append(tuple(None if n < 0 else n for n in known))

    return rule


def _empty(op: Op, facts: Facts, constants: dict[str, list[int]]) -> None:
    _of_shape(0)(op, facts, constants)
    known = constants.get(op.operands[1], [-1])[0]
    facts.capacities.add(None if known < 0 else known)


def _reserve(op: Op, facts: Facts, constants: dict[str, list[int]]) -> None:
    _of_shape(0)(op, facts, constants)
    known = constants.get(op.operands[1])
    facts.lengths.add(None if known is None else known[0])
    facts.capacities.add(None)


def _from_tensor(op: Op, facts: Facts, constants: dict[str, list[int]]) -> None:
    shape, element = read_tensor(op.inputs[0])
    facts.elements.add(element)
    _of_shape(1)(op, facts, constants)
    if shape is not None:
        facts.shapes.append(shape[1:])
    facts.lengths.add(shape[0] if shape else None)
    facts.capacities.add(None)


def _scatter(op: Op, facts: Facts, constants: dict[str, list[int]]) -> None:
    shape, element = read_tensor(op.inputs[0])
    facts.elements.add(element)
    _of_shape(2)(op, facts, constants)
    if shape is not None:
        facts.shapes.append(shape[1:])
    known = constants.get(op.operands[3], [-1])[0]
    facts.lengths.add(None if known < 0 else known)
    facts.capacities.add(None)


def _scatter_into(op: Op, facts: Facts, constants: dict[str, list[int]]) -> None:
    shape, element = read_tensor(op.inputs[1])
    facts.elements.add(element)
    if shape is not None:
        facts.shapes.append(shape[1:])
    facts.changes = True
    facts.capacities.add(None)


def _split(op: Op, facts: Facts, constants: dict[str, list[int]]) -> None:
    shape, element = read_tensor(op.inputs[0])
    facts.elements.add(element)
    _of_shape(1)(op, facts, constants)
    counts, lengths = constants.get(op.operands[2]), read_tensor(op.inputs[2])[0]
    facts.lengths.add(lengths[0] if lengths else None)
    facts.capacities.add(None)
    if shape is not None:
        same = counts[0] if counts and len(set(counts)) == 1 else None
        facts.shapes.append((same, *shape[1:]))


def _item(position: int) -> Callable[[Op, Facts, dict[str, list[int]]], None]:
    """The rule of ops that put an element in: its type is one of the list's."""

    def rule(op: Op, facts: Facts, constants: dict[str, list[int]]) -> None:
        shape, element = read_tensor(op.inputs[position])
        if VARIANT in element:
            return
        facts.elements.add(element)
        if shape is not None:
            facts.shapes.append(shape)
        if "resize_if_index_out_of_bounds = true" in op.middle:
            facts.capacities.add(None)

    return rule


def _resize(op: Op, facts: Facts, constants: dict[str, list[int]]) -> None:
    facts.capacities.add(None)


def _taken(front: int, output: int = 0) -> Callable[[Op, Facts, dict[str, list[int]]], None]:
    """The rule of ops that take elements out, with `front` dimensions before theirs."""

    def rule(op: Op, facts: Facts, constants: dict[str, list[int]]) -> None:
        shape, element = read_tensor(op.outputs[output])
        if VARIANT in element:
            return
        facts.elements.add(element)
        if shape is not None:
            facts.shapes.append(shape[front:])

    return rule


def _nothing(op: Op, facts: Facts, constants: dict[str, list[int]]) -> None:
    """Says nothing about the list."""


RULES: dict[str, Callable[[Op, Facts, dict[str, list[int]]], None]] = {
    "EmptyTensorList": _empty,
    "TensorListReserve": _reserve,
    "TensorListFromTensor": _from_tensor,
    "TensorListScatterV2": _scatter,
    "TensorListScatterIntoExistingList": _scatter_into,
    "TensorListSplit": _split,
    "TensorListSetItem": _item(2),
    "TensorListPushBack": _item(1),
    "TensorListGetItem": _taken(0),
    "TensorListPopBack": _taken(0, 1),
    "TensorListStack": _taken(1),
    "TensorListGather": _taken(1),
    "TensorListConcatV2": _nothing,
    "TensorListConcatLists": _resize,
    "TensorListResize": _resize,
    "TensorListLength": _nothing,
    "TensorListElementShape": _nothing,
}
