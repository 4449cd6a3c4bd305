# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which variants of a graph are the same list, or the same ragged tensor, and what lies in which.

All values that one list takes on its way through loops and branches form a class (union-find).
The elements of a list may be variants, ragged tensors or lists again: those form a class too.
`lists.py` finds the types of the classes and rewrites them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from iree_explore.frontend.tensorflow.graph import Function, Graph, Op
from iree_explore.frontend.tensorflow.list_types import SAME_LIST, VARIANT
from iree_explore.frontend.tensorflow.types import read_tensor

Value = tuple[str, str]
"""A function's name and the name of a value in it."""

ITEMS = {"TensorListSetItem": 2, "TensorListPushBack": 1}
_ITEM_RESULTS = {"TensorListGetItem": 0, "TensorListPopBack": 1}
"""Where ops put an element in, or give one: operands and results."""


@dataclass(frozen=True)
class Ragged:
    """A ragged tensor of `rank` partitioned dimensions, as one variant. Its components are the
    lengths of its rows, one vector for each such dimension from the outermost on, and the values.
    """

    rank: int
    element: str

    def components(self) -> list[str]:
        """MLIR types of the tensors that stand for it."""
        return [LENGTHS] * self.rank + [f"tensor<*x{self.element}>"]


LENGTHS = "tensor<?xi64>"
"""How long rows are."""


class Classes:
    """The classes of the variants of one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.functions = graph.functions
        self.parent: dict[Value, Value] = {}
        self.types: dict[Value, str] = {}
        self.items: list[tuple[Value, Value]] = []
        self.made: dict[Value, set[Ragged]] = {}
        for name, function in self.functions.items():
            for argument, type_, _ in function.arguments:
                self._note(name, argument, type_)
            for op in function.ops():
                for result, type_ in zip(op.results, op.outputs, strict=True):
                    self._note(name, result, type_)
        for name, function in self.functions.items():
            for op in function.ops():
                self._connect(name, op)
        self.elements: dict[Value, Value] = {}
        while self._join_items():
            continue
        self.ragged: dict[Value, set[Ragged]] = {}
        for value, found in self.made.items():
            self.ragged.setdefault(self.root(value), set()).update(found)

    def _note(self, function: str, value: str, type_: str) -> None:
        if VARIANT in type_ and read_tensor(type_)[1].startswith(VARIANT):
            self.parent[function, value] = (function, value)
            self.types[function, value] = type_

    def is_list(self, function: str, value: str) -> bool:
        """Whether it belongs to a class."""
        return (function, value) in self.parent

    def root(self, value: Value) -> Value:
        """What all values of its class share."""
        while self.parent[value] != value:
            self.parent[value] = value = self.parent[self.parent[value]]
        return value

    def _join(self, left: Value, right: Value) -> None:
        if left in self.parent and right in self.parent:
            self.parent[self.root(left)] = self.root(right)

    def _join_items(self) -> bool:
        """One class for all elements of a class of lists; whether that changed any."""
        changed = False
        self.elements = {}
        for given, item in self.items:
            known = self.elements.setdefault(self.root(given), item)
            if self.root(known) != self.root(item):
                self._join(known, item)
                changed = True
        return changed

    def _connect(self, name: str, op: Op) -> None:
        """One class for values that are the same list before and after `op`."""
        results = [(name, r) for r in op.results]
        for operands, callee, gives_results in calls(op):
            function = self.functions.get(callee)
            if function is None:
                continue
            for operand, (argument, _, _) in zip(operands, function.arguments, strict=True):
                self._join((name, operand), (callee, argument))
            if gives_results:
                for value, result in zip(returned(function), results, strict=True):
                    self._join((callee, value), result)
        if op.name == "tf.While":
            for operand, result in zip(op.operands, results, strict=True):
                self._join((name, operand), result)
        short = op.name.removeprefix("tf.")
        if short == "IdentityN":
            for operand, result in zip(op.operands, results, strict=True):
                self._join((name, operand), result)
        elif short in ("RaggedTensorToVariant", "RaggedTensorFromVariant"):
            self._connect_ragged(name, op)
        elif short.startswith("TensorList") or short in SAME_LIST:
            self._connect_list(name, op, short)

    def _connect_list(self, name: str, op: Op, short: str) -> None:
        lists = [(name, v) for v in (*op.operands, *op.results) if self.is_list(name, v)]
        item = None
        if short in ITEMS:
            item = (name, op.operands[ITEMS[short]])
        elif short in _ITEM_RESULTS:
            item = (name, op.results[_ITEM_RESULTS[short]])
        if item in lists:
            lists.remove(item)
            self.items.append((lists[0], item))
        for other in lists[1:]:
            self._join(lists[0], other)

    def _connect_ragged(self, name: str, op: Op) -> None:
        """A variant that is a ragged tensor, or a vector of them: the list of its rows."""
        if op.name == "tf.RaggedTensorToVariant":
            value, type_ = (name, op.results[0]), op.outputs[0]
            batched = "batched_input = true" in op.middle
            rank, element = len(op.operands) - 1, read_tensor(op.inputs[-1])[1]
        else:
            value, type_ = (name, op.operands[0]), op.inputs[0]
            shape = read_tensor(type_)[0]
            if shape is None or len(shape) > 1:
                return
            batched = len(shape) == 1
            rank, element = len(op.results) - 1, read_tensor(op.outputs[-1])[1]
        if batched:
            row = (name, f"{value[1]}:row")
            self.parent[row] = row
            self.types[row] = f"tensor<{VARIANT}>"
            self.items.append((value, row))
            self.made.setdefault(row, set()).add(Ragged(max(rank - 1, 0), element))
        else:
            self.made.setdefault(value, set()).add(Ragged(rank, element))


def calls(op: Op) -> Iterator[tuple[list[str], str, bool]]:
    """The functions that an op runs: operands for it, its name, whether it gives the results."""
    if "@" not in op.middle:
        return
    if op.name == "tf.While":
        for key in ("body", "cond"):
            callee = op.symbol(key)
            if callee is not None:
                yield op.operands, callee, key == "body"
        return
    for key in ("then_branch", "else_branch"):
        callee = op.symbol(key)
        if callee is not None:
            yield op.operands[1:], callee, True
    for callee in op.symbols("branches"):
        yield op.operands[1:], callee, True
    callee = op.symbol("f")
    if callee is not None:
        yield op.operands, callee, True


def returned(function: Function) -> list[str]:
    """The values that a function returns."""
    return next((op.operands for op in function.ops() if op.name == "return"), [])
