# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lists of variants, and ragged tensors that are variants, in terms of lists of tensors.

What stands for a list or for a ragged tensor are several tensors, its components. So a list of
lists, or of ragged tensors (`tf.map_fn` hands rows of a ragged tensor on in one), is as many lists
of the components; each op on it becomes one op on each of those. `lists.py` asks for this before it
lowers lists of tensors, once for each level of nesting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from iree_explore.frontend.tensorflow.graph import Op
from iree_explore.frontend.tensorflow.list_classes import LENGTHS
from iree_explore.frontend.tensorflow.list_types import VARIANT
from iree_explore.frontend.tensorflow.types import cast, read_tensor

Part = tuple[str, str]
"""A value and its type."""

_ELEMENT_SHAPES = {
    "tf.TensorListReserve": 0, "tf.EmptyTensorList": 0, "tf.TensorListGetItem": 2,
    "tf.TensorListPopBack": 1,
}  # fmt: skip
"""Where ops have the shape of elements as an operand: components have others than variants."""


def list_of(type_: str) -> str:
    """The type of a list of a component."""
    inner = f"tensor<{VARIANT}>" if VARIANT in type_ else type_
    return f"tensor<{VARIANT}<{inner}>>"


@dataclass
class Expansion:
    """One op on ragged tensors or on lists of variants as ops on the components.

    `parts` gives what stands for an operand and `types` the types of what shall stand for a result,
    None for values that are neither; `structure` says of each component whether it describes sizes;
    `fresh` makes names.
    """

    op: Op
    parts: Callable[[str], list[Part] | None]
    types: Callable[[str], list[str] | None]
    structure: list[bool]
    fresh: Callable[[], str]

    def expand(self) -> tuple[list[Op], dict[str, list[str]]]:
        """The ops, and the names of what stands for each result."""
        self.made: list[Op] = []
        self.replaced: dict[str, list[str]] = {}
        RULES[self.op.name](self)
        return self.made, self.replaced

    def emit(
        self, name: str, operands: list[Part], outputs: list[str], middle: str = ""
    ) -> list[Part]:
        base = self.fresh()
        names = [base] if len(outputs) == 1 else [f"{base}#{i}" for i in range(len(outputs))]
        values, inputs = [v for v, _ in operands], [t for _, t in operands]
        self.made.append(Op(names, name, values, middle, inputs, outputs, self.op.location))
        return list(zip(names, outputs, strict=True))

    def constant(self, value: str, type_: str) -> Part:
        return self.emit("tf.Const", [], [type_], f" <{{value = dense<{value}> : {type_}}}>")[0]

    def any_shape(self) -> Part:
        """The shape of elements of which nothing is known."""
        return self.constant("-1", "tensor<i32>")

    def cast(self, part: Part, type_: str) -> Part:
        """The same numbers as another type."""
        if part[1] == type_:
            return part
        self.made.append(cast(self.fresh(), part[0], part[1], type_, self.op.location))
        return self.made[-1].results[0], type_

    def lengths(self, splits: Part) -> Part:
        return self.emit("tf.UnknownShapeRowLengths", [splits], [LENGTHS])[0]

    def splits(self, lengths: Part, type_: str) -> Part:
        return self.emit("tf.UnknownShapeRowSplits", [lengths], [type_])[0]

    def joined(self, part: Part, type_: str) -> list[Part]:
        """The elements of a list one after the other, and how many rows each has."""
        none = self.constant("", "tensor<0xi64>")
        operands = [part, self.any_shape(), none]
        return self.emit("tf.TensorListConcatV2", operands, [type_, LENGTHS])

    def plain(self, number: int) -> Part:
        """An operand that is a tensor."""
        return self.op.operands[number], self.op.inputs[number]

    def components(self, number: int = 0) -> list[Part]:
        """What stands for an operand."""
        return self.parts(self.op.operands[number]) or []

    def give(self, number: int, parts: list[Part]) -> None:
        self.replaced[self.op.results[number]] = [name for name, _ in parts]


def _each(self: Expansion) -> None:
    """The op on each component; the shape of its elements is not known yet."""
    op = self.op
    found: list[list[Part]] = [[] for _ in op.results]
    for i in range(len(self.structure)):
        operands = []
        for number, value in enumerate(op.operands):
            parts = self.parts(value)
            if number == _ELEMENT_SHAPES.get(op.name):
                operands.append(self.any_shape())
            else:
                operands.append(self.plain(number) if parts is None else parts[i])
        outputs = [(self.types(r) or [])[i] for r in op.results]
        results = self.emit(op.name, operands, outputs, op.middle)
        for row, result in zip(found, results, strict=True):
            row.append(result)
    for number, parts in enumerate(found):
        self.give(number, parts)


def _same(self: Expansion) -> None:
    """A vector of variants is the list of them."""
    self.give(0, self.components())


def _length(self: Expansion) -> None:
    self.give(0, self.emit("tf.TensorListLength", self.components()[:1], ["tensor<i32>"]))


def _shape(self: Expansion) -> None:
    """The shape of a vector of variants."""
    count = self.emit("tf.TensorListLength", self.components()[:1], ["tensor<i32>"])[0]
    sizes = [count, self.constant("1", "tensor<1xi32>")]
    shape = self.emit("tf.Reshape", sizes, ["tensor<1xi32>"])[0]
    self.give(0, [self.cast(shape, self.op.outputs[0])])


def _element_shape(self: Expansion) -> None:
    """A variant has no dimensions."""
    _, kind = read_tensor(self.op.outputs[0])
    self.give(0, [self.cast(self.constant("", f"tensor<0x{kind}>"), self.op.outputs[0])])


def _zeros(self: Expansion) -> None:
    parts = []
    for part, structure in zip(self.components(), self.structure, strict=True):
        parts += [part] if structure else self.emit("tf.ZerosLike", [part], [part[1]])
    self.give(0, parts)


def _sum(self: Expansion) -> None:
    """Sums of values; sizes agree wherever an element is set in more than one list."""
    columns = zip(*map(self.components, range(len(self.op.operands))), strict=True)
    parts = []
    for column, structure in zip(columns, self.structure, strict=True):
        if structure and VARIANT not in column[0][1]:
            parts.append(column[0])
            continue
        middle = " {maximum = true}" if structure else ""
        parts += self.emit("tf.AddN", list(column), [column[0][1]], middle)
    self.give(0, parts)


def _to_variant(self: Expansion) -> None:
    """One ragged tensor, or the list of the rows of its outermost dimension."""
    *splits, values = map(self.plain, range(len(self.op.operands)))
    wanted = self.types(self.op.results[0]) or []
    if "batched_input = true" not in self.op.middle:
        lengths = [self.lengths(part) for part in splits]
        self.give(0, [*lengths, self.cast(values, wanted[-1])])
        return
    if not splits:
        operands = [values, self.any_shape()]
        self.give(0, self.emit("tf.TensorListFromTensor", operands, wanted))
        return
    bounds, *inner = splits
    parts: list[Part] = []
    for level, type_ in zip([*inner, values], wanted, strict=True):
        rows = level if level is values else self.lengths(level)
        operands = [rows, self.any_shape(), self.lengths(bounds)]
        parts += self.emit("tf.TensorListSplit", operands, [type_])
        if level is not values:
            axis = self.constant("0", "tensor<i32>")
            type_ = f"tensor<?x{read_tensor(bounds[1])[1]}>"
            middle = " {batch_dims = 0 : i64}"
            bounds = self.emit("tf.GatherV2", [level, bounds, axis], [type_], middle)[0]
    self.give(0, parts)


def _from_variant(self: Expansion) -> None:
    """Splits and values of one ragged tensor, or of one whose rows are in a list."""
    *splits, values = self.op.outputs
    *rows, last = self.components()
    results: list[Part] = []
    if VARIANT in last[1]:
        together = [self.joined(part, LENGTHS) for part in rows]
        together.append(self.joined(last, values))
        inner = [part for part, _ in together]
        lengths = [together[0][1], *inner[:-1]]
        last = inner[-1]
    else:
        lengths = rows
    for part, type_ in zip(lengths, splits, strict=True):
        results.append(self.splits(part, type_))
    for number, part in enumerate([*results, self.cast(last, values)]):
        self.give(number, [part])


def _gradient(self: Expansion) -> None:
    """The values of a ragged tensor, or of all that are in a list, as one tensor."""
    values = self.components()[-1]
    if VARIANT in values[1]:
        values = self.joined(values, f"tensor<*x{read_tensor(self.op.outputs[0])[1]}>")[0]
    self.give(0, self.emit("tf.Reshape", [values, self.plain(2)], self.op.outputs))


RULES: dict[str, Callable[[Expansion], None]] = {
    "tf.EmptyTensorList": _each,
    "tf.TensorListReserve": _each,
    "tf.TensorListSetItem": _each,
    "tf.TensorListGetItem": _each,
    "tf.TensorListPushBack": _each,
    "tf.TensorListPopBack": _each,
    "tf.TensorListResize": _each,
    "tf.TensorListFromTensor": _same,
    "tf.TensorListStack": _same,
    "tf.Identity": _same,
    "tf.StopGradient": _same,
    "tf.PreventGradient": _same,
    "tf.TensorListLength": _length,
    "tf.TensorListElementShape": _element_shape,
    "tf.Shape": _shape,
    "tf.ZerosLike": _zeros,
    "tf.AddN": _sum,
    "tf.RaggedTensorToVariant": _to_variant,
    "tf.RaggedTensorFromVariant": _from_variant,
    "tf.RaggedTensorToVariantGradient": _gradient,
}
"""What becomes of each op; other ops on such values are refused."""
