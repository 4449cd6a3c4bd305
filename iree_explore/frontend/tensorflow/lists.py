# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lists (TensorArray, accumulators of gradients) become tensors before TensorFlow's last pipeline.

A list value is a *variant*, which StableHLO has not. All values that a list takes on its way
through loops and branches form one class; a class gets one type, `ListType`, from everything that
is said about it anywhere, and each of its values is replaced by that type's *components*:

* the elements, `tensor<n x element>` (TensorFlow's zeros where nothing was set);
* where the length changes: how many of them there are, `tensor<i32>`, the rest being capacity;
* where elements may differ in shape: their shapes, `tensor<n x rank x i32>`, the elements being
  padded to common sizes.

The ops keep their names behind `tf.UnknownShape` and are lowered by `ops/lists.py`. TensorFlow's
own decomposition refuses every list whose size or element shape is not a constant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from iree_explore.frontend.locations import Locations
from iree_explore.frontend.tensorflow.graph import Function, Graph, Op, parse, replace_values
from iree_explore.frontend.tensorflow.list_types import RULES, SAME_LIST, VARIANT, Facts, ListType
from iree_explore.frontend.tensorflow.refusals import Refusal, Refused
from iree_explore.frontend.tensorflow.types import (
    Shape,
    cast,
    common,
    merged,
    read_tensor,
    sliced,
    small_constants,
    tensor_text,
)

Value = tuple[str, str]
"""A function's name and the name of a value in it."""

INFER = "tf-shape-inference,canonicalize,tf-shape-inference"
"""TensorFlow's passes that carry a type that became known on to the ops after it."""

_UNRANKED = re.compile(r"tensor<\*x[^!]")
_PREFIX = "tf.UnknownShape"
_ATTRIBUTES = ("resize_if_index_out_of_bounds",)


def lower_lists(export: str, text: str, infer: Callable[[str], str]) -> str:
    """`text` in the `tf` dialect without lists; `infer` runs `INFER` on such a text.

    Raises `Refused` with every op on a list of `export` whose element type cannot be found out.
    """
    if VARIANT not in text and not _UNRANKED.search(text):
        return text
    for _ in range(_ROUNDS):
        lists = _Lists(parse(text))
        if not lists.sharpen():
            break
        text = infer(lists.graph.text())
    lists.refuse_unknown(export, text)
    lists.rewrite()
    return lists.graph.text()


_ROUNDS = 16
"""How often a type that became known may make others known; each is one run of TensorFlow."""


class _Lists:
    """The classes of list values of one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.functions = graph.functions
        self.parent: dict[Value, Value] = {}
        self.types: dict[Value, str] = {}
        self.fresh = 0
        for name, function in self.functions.items():
            for argument, type_, _ in function.arguments:
                self._note(name, argument, type_)
            for op in function.ops():
                for result, type_ in zip(op.results, op.outputs, strict=True):
                    self._note(name, result, type_)
        self.constants = {n: small_constants(f) for n, f in self.functions.items()}
        for name, function in self.functions.items():
            for op in function.ops():
                self._connect(name, op)
        self.found: dict[Value, ListType | str] = {}
        self.facts: dict[Value, Facts] = {}
        self._collect()

    def _note(self, function: str, value: str, type_: str) -> None:
        if type_.startswith((f"tensor<{VARIANT}", f"tensor<*x{VARIANT}")):
            self.parent[function, value] = (function, value)
            self.types[function, value] = type_

    def is_list(self, function: str, value: str) -> bool:
        return (function, value) in self.parent

    def root(self, value: Value) -> Value:
        while self.parent[value] != value:
            self.parent[value] = value = self.parent[self.parent[value]]
        return value

    def _join(self, left: Value, right: Value) -> None:
        if left in self.parent and right in self.parent:
            self.parent[self.root(left)] = self.root(right)

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
                for returned, result in zip(_returned(function), results, strict=True):
                    self._join((callee, returned), result)
        if op.name == "tf.While":
            for operand, result in zip(op.operands, results, strict=True):
                self._join((name, operand), result)
        short = op.name.removeprefix("tf.")
        if short == "IdentityN":
            for operand, result in zip(op.operands, results, strict=True):
                self._join((name, operand), result)
        elif short.startswith("TensorList") or short in SAME_LIST:
            lists = [(name, o) for o in op.operands if self.is_list(name, o)]
            lists += [r for r in results if r in self.parent]
            for other in lists[1:]:
                self._join(lists[0], other)

    def _collect(self) -> None:
        for value, type_ in self.types.items():
            facts = self.facts.setdefault(self.root(value), Facts())
            inner = type_.partition(VARIANT)[2][:-1]
            if inner:
                shape, element = read_tensor(inner[1:-1])
                facts.elements.add(element)
                if shape is not None:
                    facts.shapes.append(shape)
        for name, function in self.functions.items():
            for op in function.ops():
                values = [v for v in (*op.operands, *op.results) if self.is_list(name, v)]
                if values:
                    facts = self.facts[self.root((name, values[0]))]
                    facts.learn(op, self.constants[name])
        unused = {root for root, facts in self.facts.items() if not facts.ops}
        for value in list(self.parent):  # variants that are no lists: not ours
            if self.root(value) in unused:
                del self.types[value]
        self.parent = {v: self.root(v) for v in self.types}
        self.found = {r: f.type() for r, f in self.facts.items() if r not in unused}

    def sharpen(self) -> bool:
        """Casts results to what is known of them beyond their types; whether there were any."""
        improved = False
        for name, function in self.functions.items():
            body: list[Op | str] = []
            for line in function.body:
                body.append(line)
                if isinstance(line, Op):
                    body += self._casts(name, line)
            improved |= len(body) > len(function.body)
            function.body = body
        return improved

    def _casts(self, name: str, op: Op) -> list[Op]:
        """Shape inference looks through a cast; and it may start from what is known here."""
        new: dict[int, str] = {}
        for i, known in self._known(name, op):
            shape, element = read_tensor(op.outputs[i])
            both = merged(shape, known)
            if both != shape and VARIANT not in element:
                new[i] = tensor_text(both, element)
        added = []
        for i, (result, old) in enumerate(zip(op.results, op.outputs, strict=True)):
            if i in new or (new and "#" in result):  # values of one name are renamed together
                inner = op.results[i] = self.name()
                op.outputs[i] = new.get(i, old)
                added.append(cast(result, inner, op.outputs[i], old, op.location))
        return added

    def _known(self, name: str, op: Op) -> Iterator[tuple[int, Shape]]:
        """Numbers of results, with what is known of their shapes."""
        if op.name == "tf.StridedSlice":
            shape = sliced(op)
            if shape is not None:
                yield 0, shape
        if op.name in ("tf.If", "tf.Case"):
            callees = [self.functions[callee] for _, callee, _ in calls(op)]
            for i in range(len(op.outputs)):
                shape = common([read_tensor(c.results[i][1])[0] for c in callees])
                if shape is not None:
                    yield i, shape
        if op.name not in _READS:
            return
        type_ = self.found[self.root((name, op.operands[0]))]
        if isinstance(type_, str):
            return
        result, front = _READS[op.name]
        if op.name == "tf.TensorListConcatV2":
            yield result, (None, *type_.shape[1:])
        else:
            yield result, (*(None,) * front, *type_.shape)

    def name(self) -> str:
        self.fresh += 1
        return f"%list{self.fresh}"

    def refuse_unknown(self, export: str, text: str) -> None:
        """Raises `Refused` with the ops of the classes that have no type."""
        rows = []
        unknown = [(r, t) for r, t in self.found.items() if not isinstance(t, ListType)]
        locations = Locations(text if unknown else "")
        for root, type_ in unknown:
            for op in self.facts[root].ops:
                source = locations.source(op.location.removeprefix(" loc(").removesuffix(")"))
                rows.append(Refusal(export, op.name, str(source or ""), f"a list with {type_}"))
        if rows:
            raise Refused(rows)

    # The rewrite

    def type_of(self, function: str, value: str) -> ListType:
        type_ = self.found[self.root((function, value))]
        assert isinstance(type_, ListType)
        return type_

    def rewrite(self) -> None:
        for name, function in self.functions.items():
            self._rewrite(name, function)

    def _rewrite(self, name: str, function: Function) -> None:
        replaced: dict[str, list[str]] = {}
        arguments = []
        for argument, type_, rest in function.arguments:
            if not self.is_list(name, argument):
                arguments.append((argument, type_, rest))
                continue
            types = self.type_of(name, argument).components()
            replaced[argument] = [self.name() for _ in types]
            arguments += [(n, t, rest) for n, t in zip(replaced[argument], types, strict=True)]
        function.arguments = arguments
        returned = _returned(function)
        results = []
        for value, (_, type_, rest) in zip(returned, function.results, strict=True):
            if self.is_list(name, value):
                results += [("", t, rest) for t in self.type_of(name, value).components()]
            else:
                results.append(("", type_, rest))
        function.results = results
        kept: list[Op | str] = []
        for line in function.body:
            if isinstance(line, str) or self._rewrite_op(name, line, replaced):
                kept.append(line)
        function.body = kept
        for value in list(replaced):
            replaced[value] = _resolved(value, replaced)
        replace_values(function, replaced)

    def _rewrite_op(self, name: str, op: Op, replaced: dict[str, list[str]]) -> bool:
        """Types and results of one op; whether it stays. Operands are replaced at the end."""
        lists = [v for v in (*op.operands, *op.results) if self.is_list(name, v)]
        if not lists:
            return True
        if op.name in ("tf.Identity", "tf.IdentityN", "tf.StopGradient", "tf.PreventGradient"):
            for old, new in zip(op.results, op.operands, strict=True):
                replaced[old] = [new]
            return False
        short = op.name.removeprefix("tf.")
        if short in RULES or short in SAME_LIST:
            type_ = self.type_of(name, lists[0])
            kept = [a for a in _ATTRIBUTES if f"{a} = true" in op.middle]
            flags = [
                f"grows = {str(type_.grows).lower()}",
                f"ragged = {str(type_.ragged).lower()}",
                f"shrinks = {str(type_.shrinks).lower()}",
                *(f"{a} = true" for a in kept),
            ]
            op.middle = f" {{{', '.join(flags)}}}"
            op.name = f"{_PREFIX}{short}"
        else:
            op.drop(
                "T", "Tin", "Tout", "output_shapes", "_num_original_outputs",
                "_read_only_resource_inputs",
            )  # fmt: skip
        inputs = []
        for operand, old in zip(op.operands, op.inputs, strict=True):
            is_list = self.is_list(name, operand)
            inputs += self.type_of(name, operand).components() if is_list else [old]
        op.inputs = inputs
        if any(self.is_list(name, r) for r in op.results):
            self._split_results(name, op, replaced)
        return True

    def _split_results(self, name: str, op: Op, replaced: dict[str, list[str]]) -> None:
        base = self.name()
        outputs: list[str] = []
        for result, old in zip(op.results, op.outputs, strict=True):
            is_list = self.is_list(name, result)
            types = self.type_of(name, result).components() if is_list else [old]
            first = len(outputs)
            outputs += types
            replaced[result] = [f"{base}#{first + i}" for i in range(len(types))]
        if len(outputs) == 1:
            replaced[op.results[0]] = [base]
            op.results = [base]
        else:
            op.results = [f"{base}#{i}" for i in range(len(outputs))]
        op.outputs = outputs


_READS = {
    "tf.TensorListGetItem": (0, 0),
    "tf.TensorListPopBack": (1, 0),
    "tf.TensorListStack": (0, 1),
    "tf.TensorListGather": (0, 1),
    "tf.TensorListConcatV2": (0, 1),
}
"""Ops that give elements: which result, and how many dimensions it has in front of theirs."""


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


def _returned(function: Function) -> list[str]:
    return next((op.operands for op in function.ops() if op.name == "return"), [])


def _resolved(value: str, replaced: dict[str, list[str]]) -> list[str]:
    """Through chains of identities."""
    found = replaced.get(value)
    if found is None or found == [value]:
        return [value]
    return [n for f in found for n in _resolved(f, replaced)]
