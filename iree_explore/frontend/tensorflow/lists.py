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

Lists of lists and of ragged tensors first become lists of tensors (`nested.py`). The ops keep their
names behind `tf.UnknownShape` and are lowered by `ops/lists.py`. TensorFlow's
own decomposition refuses every list whose size or element shape is not a constant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from iree_explore.frontend.locations import Locations
from iree_explore.frontend.tensorflow.graph import Function, Graph, Op, parse, replace_values
from iree_explore.frontend.tensorflow.list_classes import (
    ITEMS,
    Classes,
    Ragged,
    Value,
    calls,
    returned,
)
from iree_explore.frontend.tensorflow.list_types import RULES, SAME_LIST, VARIANT, Facts, ListType
from iree_explore.frontend.tensorflow.nested import RULES as NESTED
from iree_explore.frontend.tensorflow.nested import Expansion, Part, list_of
from iree_explore.frontend.tensorflow.optionals import optionals_as_lists
from iree_explore.frontend.tensorflow.refusals import Refusal, Refused
from iree_explore.frontend.tensorflow.types import (
    Shape,
    cast,
    common,
    merged,
    read_tensor,
    reduced,
    sliced,
    small_constants,
    tensor_text,
)

INFER = "tf-shape-inference,canonicalize,tf-shape-inference"
"""TensorFlow's passes that carry a type that became known on to the ops after it."""

_UNRANKED = re.compile(r"tensor<\*x[^!]")
_PREFIX = "tf.UnknownShape"
_ATTRIBUTES = ("resize_if_index_out_of_bounds", "maximum")


def lower_lists(export: str, text: str, infer: Callable[[str], str]) -> str | Graph:
    """`text` in the `tf` dialect without lists, parsed if it had some; `infer` runs `INFER` on such
    a text.

    Raises `Refused` with every op on a list of `export` whose element type cannot be found out.
    """
    if VARIANT not in text and not _UNRANKED.search(text):
        return text
    graph = parse(text)
    if optionals_as_lists(graph):
        text = infer(graph.text())
        graph = parse(text)
    for _ in range(_ROUNDS):
        lists = _Lists(graph)
        now = lists.ragged_ones()
        if now or not lists.sharpen():
            now = now or lists.nested_ones()
            if not now:
                break
            lists.refuse_others(export, text, now)
            lists.rewrite(now)
        text = infer(lists.graph.text())
        graph = parse(text)
    lists.refuse_unknown(export, text)
    lists.rewrite(lists.found)
    return lists.graph


_ROUNDS = 24
"""How often a type that became known may make others known; each is one run of TensorFlow."""


_READ_NAME = re.compile(r'\n(#\w+) = loc\("TensorListGetItem:"\)')
_READ = re.compile(
    r'"tf\.GatherV2"(?P<operands>\([^()]*\)) <\{[^{}]*\}>(?: \{[^{}]*\})?'
    r"(?P<types> : [^\n]* loc\((?P<location>#\w+)\))$",
    re.MULTILINE,
)


def check_reads(program: str, places: str) -> str:
    """Reads of a tensor's rows through a list, which TensorFlow makes gathers of, as reads again:
    a gather takes the nearest row there is, a list has no such element."""
    name = _READ_NAME.search(places) if '"tf.GatherV2"(' in program else None
    if name is None:
        return program
    reads = set(re.findall(rf"\n(#\w+) = loc\(fused\[{name[1]}, ", places))

    def read(match: re.Match[str]) -> str:
        if match["location"] not in reads:
            return match[0]
        flags = "{grows = false, ragged = false, shrinks = false}"
        return f'"{_PREFIX}TensorListGetItem"{match["operands"]} {flags}{match["types"]}'

    return _READ.sub(read, program)


@dataclass(frozen=True)
class Container:
    """The type of a list of lists, or of ragged tensors: the class of its elements."""

    element: Value


class _Lists(Classes):
    """What is known of the classes of one graph, and the rewrite."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self.fresh = 0
        self.constants = {n: small_constants(f) for n, f in self.functions.items()}
        self.found: dict[Value, ListType | Ragged | Container | str] = {}
        self.now: dict[Value, list[str]] = {}
        self.facts: dict[Value, Facts] = {}
        self._collect()

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
            self._learn_vectors(name, function)
        unused = {r for r, facts in self.facts.items() if not facts.ops and r not in self.ragged}
        for value in list(self.parent):  # variants that are no lists: not ours
            if self.root(value) in unused:
                self.types.pop(value, None)
        self.parent = {v: self.root(v) for v in self.types}
        self.found = {r: self._type(r, f) for r, f in self.facts.items() if r not in unused}

    def _learn_vectors(self, name: str, function: Function) -> None:
        """The elements of a list that is stacked to a vector have rank 0."""
        stacked = [op for op in function.ops() if op.name == "tf.TensorListStack"]
        lists = {op.results[0]: (name, op.operands[0]) for op in stacked}
        for op in function.ops() if lists else ():
            vector = lists.get(op.operands[_VECTORS[op.name]]) if op.name in _VECTORS else None
            if vector is not None:
                self.facts[self.root(vector)].shapes.append(())

    def _type(self, root: Value, facts: Facts) -> ListType | Ragged | Container | str:
        kinds = self.ragged.get(root)
        if kinds is not None:
            return next(iter(kinds)) if len(kinds) == 1 else "rows of different kinds"
        element = self.elements.get(root)
        if element in self.parent:
            return Container(self.parent[element])
        return facts.type()

    def ragged_ones(self) -> list[Value]:
        """The classes of ragged tensors, and of lists of them."""
        return self._with_containers([r for r, t in self.found.items() if isinstance(t, Ragged)])

    def nested_ones(self) -> list[Value]:
        """The classes of lists of tensors that are in lists, and of the lists that they are in."""
        inner = {t.element for t in self.found.values() if isinstance(t, Container)}
        return self._with_containers([r for r in inner if isinstance(self.found[r], ListType)])

    def _with_containers(self, roots: list[Value]) -> list[Value]:
        known = set(roots)
        size = -1
        while size < len(known):
            size = len(known)
            for root, type_ in self.found.items():
                if isinstance(type_, Container) and type_.element in known:
                    known.add(root)
        return [r for r in self.found if r in known]

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
            improved |= self._rank_items(name, function)
        return improved

    def _rank_items(self, name: str, function: Function) -> bool:
        """Values put into lists have the rank of the list's elements, where an op could give any:
        what it gives is cast to it. Whether there were such."""
        makers = {r: op for op in function.ops() for r in op.results if len(op.results) == 1}
        found = False
        for op in function.ops():
            at = ITEMS.get(op.name.removeprefix("tf."))
            if at is None or read_tensor(op.inputs[at])[0] is not None:
                continue
            type_ = self.found[self.root((name, op.operands[0]))]
            maker = makers.get(op.operands[at])
            while maker is not None and maker.name in ("tf.Cast", "tf.Identity"):
                maker = makers.get(maker.operands[0])
            if maker is None or maker.name not in _ANY_RANK or not isinstance(type_, ListType):
                continue
            shape, element = read_tensor(maker.outputs[0])
            if shape is None:
                (result,), inner, (old,) = maker.results, self.name(), maker.outputs
                maker.results, maker.outputs = [inner], [tensor_text(type_.shape, element)]
                made = cast(result, inner, maker.outputs[0], old, maker.location)
                function.body.insert(function.body.index(maker) + 1, made)
                found = True
        return found

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
        if len(op.outputs) == 1 and "<*x" in op.outputs[0]:
            shape = reduced(op)
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
        if not isinstance(type_, ListType):
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
        rows = [
            (op, f"a list with {type_}")
            for root, type_ in self.found.items()
            if isinstance(type_, str)
            for op in self.facts[root].ops
        ]
        _refuse(export, text, rows)

    def refuse_others(self, export: str, text: str, now: Collection[Value]) -> None:
        """Raises `Refused` with what has no rule for ragged tensors or lists of lists."""
        rows = []
        for name, function in self.functions.items():
            for op in function.ops():
                used = (v for v in (*op.operands, *op.results) if self.is_list(name, v))
                types = [self.found[self.root((name, v))] for v in used]
                if op.name in (*NESTED, "tf.IdentityN", "return") or any(calls(op)):
                    continue
                if any(isinstance(type_, Ragged | Container) for type_ in types):
                    rows.append(
                        (op, "on a ragged tensor as a variant, or a list of such or of lists")
                    )
        _refuse(export, text, rows if now else [])

    # The rewrite

    def rewrite(self, now: Collection[Value]) -> None:
        """Puts components for the values of these classes, which have types."""
        self.now = {root: self._components(root) for root in now}
        for name, function in self.functions.items():
            self._rewrite(name, function)

    def _components(self, root: Value) -> list[str]:
        """The types of what stands for a value of a class."""
        type_ = self.found[root]
        assert not isinstance(type_, str)
        if isinstance(type_, Container):
            return [list_of(inner) for inner in self._components(type_.element)]
        return type_.components()

    def _structure(self, root: Value) -> list[bool]:
        """Of each component, whether it describes sizes."""
        type_ = self.found[root]
        if isinstance(type_, Container):
            return self._structure(type_.element)
        count = len(self._components(root))
        return [i != (count - 1 if isinstance(type_, Ragged) else 0) for i in range(count)]

    def parts(self, function: str, value: str) -> list[str] | None:
        """The types of what now stands for a value; None for others."""
        if not self.is_list(function, value):
            return None
        return self.now.get(self.root((function, value)))

    def _rewrite(self, name: str, function: Function) -> None:
        replaced: dict[str, list[str]] = {}
        arguments = []
        for argument, type_, rest in function.arguments:
            types = self.parts(name, argument)
            if types is None:
                arguments.append((argument, type_, rest))
                continue
            replaced[argument] = [self.name() for _ in types]
            arguments += [(n, t, rest) for n, t in zip(replaced[argument], types, strict=True)]
        function.arguments = arguments
        leaving = returned(function)
        results = []
        for value, (_, type_, rest) in zip(leaving, function.results, strict=True):
            types = self.parts(name, value) or [type_]
            results += [("", t, rest) for t in types]
        function.results = results
        kept: list[Op | str] = []
        for line in function.body:
            kept += [line] if isinstance(line, str) else self._rewrite_op(name, line, replaced)
        function.body = kept
        for value in list(replaced):
            replaced[value] = _resolved(value, replaced)
        replace_values(function, replaced)

    def _rewrite_op(self, name: str, op: Op, replaced: dict[str, list[str]]) -> list[Op]:
        """What stands for one op. Operands of ops that stay are replaced at the end."""
        lists = [v for v in (*op.operands, *op.results) if self.parts(name, v) is not None]
        if not lists:
            return [op]
        root = self.root((name, lists[0]))
        type_ = self.found[root]
        if op.name in ("tf.Identity", "tf.IdentityN", "tf.StopGradient", "tf.PreventGradient"):
            for old, new in zip(op.results, op.operands, strict=True):
                replaced[old] = [new]
            return []
        if op.name in NESTED and not isinstance(type_, ListType):
            return self._expand(name, op, replaced)
        short = op.name.removeprefix("tf.")
        if isinstance(type_, ListType) and (short in RULES or short in SAME_LIST):
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
            inputs += self.parts(name, operand) or [old]
        op.inputs = inputs
        if any(self.parts(name, r) is not None for r in op.results):
            self._split_results(name, op, replaced)
        return [op]

    def _expand(self, name: str, op: Op, replaced: dict[str, list[str]]) -> list[Op]:
        """An op on a ragged tensor, or on a list of lists or of those."""

        def parts(value: str) -> list[Part] | None:
            types = self.parts(name, value)
            return (
                None if types is None else list(zip(_resolved(value, replaced), types, strict=True))
            )

        values = (v for v in (*op.operands, *op.results) if self.parts(name, v) is not None)
        structure = self._structure(self.root((name, next(values))))
        expansion = Expansion(op, parts, lambda v: self.parts(name, v), structure, self.name)
        made, names = expansion.expand()
        replaced |= names
        return made

    def _split_results(self, name: str, op: Op, replaced: dict[str, list[str]]) -> None:
        base = self.name()
        outputs: list[str] = []
        for result, old in zip(op.results, op.outputs, strict=True):
            types = self.parts(name, result) or [old]
            first = len(outputs)
            outputs += types
            replaced[result] = [f"{base}#{first + i}" for i in range(len(types))]
        if len(outputs) == 1:
            replaced[op.results[0]] = [base]
            op.results = [base]
        else:
            op.results = [f"{base}#{i}" for i in range(len(outputs))]
        op.outputs = outputs


_ANY_RANK = ("tf.Reshape", "tf.Squeeze")
"""Ops whose result can have a rank that depends on values."""

_VECTORS = {"tf.Transpose": 1, "tf.Reshape": 1, "tf.BroadcastTo": 1, "tf.Fill": 0, "tf.Tile": 1}
"""Which operand of these ops is a vector."""

_READS = {
    "tf.TensorListGetItem": (0, 0),
    "tf.TensorListPopBack": (1, 0),
    "tf.TensorListStack": (0, 1),
    "tf.TensorListGather": (0, 1),
    "tf.TensorListConcatV2": (0, 1),
}
"""Ops that give elements: which result, and how many dimensions it has in front of theirs."""


def _resolved(value: str, replaced: dict[str, list[str]]) -> list[str]:
    """Through chains of identities."""
    found = replaced.get(value)
    if found is None or found == [value]:
        return [value]
    return [n for f in found for n in _resolved(f, replaced)]


def _refuse(export: str, text: str, found: list[tuple[Op, str]]) -> None:
    """Raises `Refused` with these ops, if there are any, for these reasons."""
    locations = Locations(text if found else "")
    rows = []
    for op, reason in found:
        source = locations.source(op.location.removeprefix(" loc(").removesuffix(")"))
        rows.append(Refusal(export, op.name, str(source or ""), reason))
    if rows:
        raise Refused(rows)
