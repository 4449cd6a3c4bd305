# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Graphs of a recorded step as plain data: the dispatches of the program, or the ops of a function.

The front end lays out and draws its own; these serve scripts, the static SVG and DOT export.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from iree_explore.recording.model import Recording
from iree_explore.recording.text import Outline

DISPATCH_OPS = frozenset(
    {"flow.dispatch", "flow.dispatch.region", "stream.async.dispatch", "stream.cmd.dispatch"}
)


@dataclass(frozen=True)
class Node:
    """`id` is an op id, or minus one minus the position for an argument of the function.

    `kind` is "dispatch", "op", "argument" or "return"; `label` what to write on it.
    """

    id: int
    kind: str
    label: str


@dataclass(frozen=True)
class Edge:
    """A value that `target` reads and `source` made; `type` as MLIR prints it ("" if unknown)."""

    source: int
    target: int
    type: str


@dataclass(frozen=True, repr=False)
class Graph:
    """Nodes in textual order and the edges between them."""

    step: int
    function: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def to_dot(self, path: str | os.PathLike[str] | None = None, types: bool = True) -> str:
        """The graph in Graphviz's language, written to `path` if there is one; with `types` each
        edge says what flows along it."""
        from iree_explore.recording import pictures

        return pictures.dot(self, path, types)

    def to_svg(self, path: str | os.PathLike[str] | None = None, types: bool = True) -> str:
        """The graph as Graphviz draws it, a picture for papers and slides; written to `path` if
        there is one. Raises `ModelError` IX507 if there is no Graphviz or the graph is larger than
        it lays out in reasonable time."""
        from iree_explore.recording import pictures

        return pictures.svg(self, path, types)

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        from iree_explore.recording import pictures

        return pictures.bundle(self)

    def __repr__(self) -> str:
        name = f"of @{self.function}" if self.function else "of nothing"
        return f"<graph {name}: {len(self.nodes)} nodes, {len(self.edges)} edges>"


def functions(recording: Recording, step: int = -1) -> list[tuple[int, str]]:
    """(op id, symbol) of the functions of the host program at `step`, in order."""
    outline = Outline(recording, step)
    v, strings = recording.versions, recording.strings
    found = []
    for root in outline.roots:
        for op in outline.inside(v.op[root]):
            index = outline.alive[op]
            if strings[v.name[index]] in ("func.func", "vm.func"):
                found.append((op, strings[v.symbol[index]]))
    return found


def op_graph(recording: Recording, step: int = -1, function: int | None = None) -> Graph:
    """The ops directly inside `function` (an op id; default: the first) and their values."""
    outline, owner, name = _function(recording, step, function)
    return _graph(recording, outline, owner, name, None)


def dispatch_graph(recording: Recording, step: int | None = None) -> Graph:
    """The dispatches of the largest function at `step` (default: after the last phase that still
    has dispatches of tensors), connected through whatever host ops lie between."""
    if step is None:
        step = dispatch_step(recording)
    best: Graph | None = None
    for owner, name in functions(recording, step):
        outline = Outline(recording, step)
        graph = _graph(recording, outline, owner, name, DISPATCH_OPS)
        if best is None or len(graph.nodes) > len(best.nodes):
            best = graph
    return best or Graph(step, "", (), ())


def dispatch_step(recording: Recording) -> int:
    """The step after phase `flow`, else after `dispatch-creation`, else the last."""
    for phase in ("flow", "dispatch-creation"):
        try:
            return recording.step_of(phase)
        except KeyError:
            continue
    return recording.last_step


def _function(recording: Recording, step: int, function: int | None) -> tuple[Outline, int, str]:
    outline = Outline(recording, step)
    known = functions(recording, step)
    for op, name in known:
        if function is None or op == function:
            return outline, op, name
    raise KeyError(f"no function {'' if function is None else function} at step {step}")


def _graph(
    recording: Recording, outline: Outline, owner: int, name: str, kinds: frozenset[str] | None
) -> Graph:
    v, strings = recording.versions, recording.strings
    nodes: list[Node] = []
    edges: list[Edge] = []
    makers: dict[str, frozenset[tuple[int, str]]] = {}
    arguments: dict[str, int] = {}
    for op in outline.inside(owner):
        index = outline.alive[op]
        op_name = strings[v.name[index]]
        inputs: dict[int, str] = {}
        for value in _reads(outline, op):
            if value.startswith(f"b{owner}_") and value not in arguments:
                arguments[value] = -1 - int(value.rpartition("_")[2])
                makers[value] = frozenset({(arguments[value], "")})
            for maker, type_ in makers.get(value, ()):
                inputs.setdefault(maker, type_)
        last = op_name in ("func.return", "util.return", "vm.return")
        types = [strings[t] for t in recording.type_lists[v.types[index]]]
        if kinds is None or op_name in kinds or last:
            kind = "return" if last else "dispatch" if op_name in DISPATCH_OPS else "op"
            nodes.append(Node(op, kind, _label(op_name, strings[v.text[index]])))
            edges.extend(Edge(maker, op, type_) for maker, type_ in inputs.items())
            results = [frozenset({(op, type_)}) for type_ in types]
        else:
            results = [frozenset(inputs.items()) for _ in types]
        for i, made in enumerate(results):
            makers[str(op) if len(types) == 1 else f"{op}#{i}"] = made
    used = {edge.source for edge in edges}
    first = [
        Node(number, "argument", f"argument {-1 - number}")
        for number in sorted(arguments.values(), reverse=True)
        if number in used
    ]
    return Graph(outline.step, name, (*first, *nodes), tuple(edges))


def _reads(outline: Outline, op: int) -> list[str]:
    """Names of the values that `op` or anything inside it reads."""
    v = outline.recording.versions
    return [name for at in outline.walk(op) for name in v.operands[outline.alive[at]].split()]


def _label(name: str, text: str) -> str:
    if name == "flow.dispatch" and "::@" in text:
        return text.partition("::@")[2].partition("(")[0].partition("[")[0].strip()
    return name
