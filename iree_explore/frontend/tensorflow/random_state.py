# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The state of TensorFlow's random ops as variables of the program.

A `tf.RandomUniform` has a generator of its own, seeded when the op is made, which every execution
moves on. `add_states` gives each such op a variable int64 [3] with the generator's counter and key,
and hands it into the loops and branches that the op is in; `split_draw` makes an op with a variable
(these, and those of `tf.random.Generator`) a read, a draw and an assignment. `ops/random.py` lowers
the draws. Without seeds the key is drawn from the operating system for each instance of the module.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from iree_explore.frontend.tensorflow.graph import Function, Graph, Op, parse, replace_values

STATE = "tensor<3xi64>"
HANDLE = f"tensor<!tf_type.resource<{STATE}>>"

SEEDED = (
    "RandomUniform", "RandomUniformInt", "RandomStandardNormal", "TruncatedNormal", "Multinomial",
    "RandomShuffle", "RandomGamma", "RandomPoisson", "RandomPoissonV2",
    "ParameterizedTruncatedNormal", "FractionalMaxPool", "FractionalAvgPool", "ExtractGlimpse",
    "ExtractGlimpseV2", "UniformCandidateSampler", "LogUniformCandidateSampler",
    "FixedUnigramCandidateSampler", "SampleDistortedBoundingBox", "SampleDistortedBoundingBoxV2",
)  # fmt: skip
"""Ops that keep a generator of their own, or (pools, glimpses) make one for each execution."""

GENERATORS = (
    "StatefulUniform", "StatefulStandardNormalV2", "StatefulTruncatedNormal", "StatefulUniformInt",
    "StatefulUniformFullInt", "StatefulRandomBinomial", "RngSkip", "RngReadAndSkip",
)  # fmt: skip
"""Ops whose first operand is the variable of a generator."""

_SEEDED = re.compile(rf"tf\.({'|'.join(SEEDED)})\Z")
_SILENT = re.compile(r'\bnoise = "zero"')
_GENERATORS = re.compile(rf"tf\.({'|'.join(GENERATORS)})\Z")
_MARKED = re.compile(rf'"tf\.(?:{"|".join((*SEEDED, *GENERATORS))})"\(')


@dataclass(frozen=True)
class RandomState:
    """The variable of one op: `symbol` in the text, `path` for people, the op's seeds (0 and 0 if
    it has none)."""

    symbol: str
    path: str
    seed: int
    seed2: int

    @property
    def is_seeded(self) -> bool:
        return bool(self.seed or self.seed2)

    def initial(self) -> np.ndarray:
        """Counter (low half, high half) and key of a new generator."""
        return np.array([0, self.seed2, self.seed], np.int64)


def _seeded(op: Op) -> re.Match[str] | None:
    """A match with the op's name if it has a state of its own."""
    return None if _SILENT.search(op.middle) else _SEEDED.match(op.name)


def has_draws(text: str) -> bool:
    """Whether any op of the text draws from a state."""
    return _MARKED.search(text) is not None


def add_states(text: str, taken: Sequence[str]) -> tuple[str, list[RandomState]]:
    """`text` in the `tf` dialect where seeded ops have their state as first operand, and the
    states; `taken` are the symbols that exist already."""
    if not has_draws(text):
        return text, []
    graph = parse(text)
    for function in graph.functions.values():
        _free_bounds(function)
    threads = _Threads(graph, set(taken))
    main = graph.functions["main"]
    handles = threads.function(main)
    for state, name in handles:
        bound = f" {{tf_saved_model.bound_input = @{state.symbol}}}"
        main.arguments.append((name, HANDLE, bound))
    states = [state for state, _ in handles]
    place = next(i for i, part in enumerate(graph.parts) if part is main)
    graph.parts[place:place] = [_declared(state) for state in states]
    return graph.text(), states


def _free_bounds(function: Function) -> None:
    """The bounds of fractional pools are one more than the regions, whatever TensorFlow's types
    say: they get an unknown size, and the ops a name that no inference knows."""
    types: dict[str, str] = {}
    for op in function.ops():
        op.inputs = [types.get(o, t) for o, t in zip(op.operands, op.inputs, strict=True)]
        if op.name in ("tf.FractionalMaxPool", "tf.FractionalAvgPool"):
            op.outputs[1:] = ["tensor<?xi64>"] * 2
            name = op.results[0].removesuffix("#0")
            types |= {f"{name}#{i}": "tensor<?xi64>" for i in (1, 2)}
        elif op.name == "tf.Identity" and op.operands[0] in types:
            op.outputs = op.inputs[:1]
            types[op.results[0]] = op.inputs[0]
        elif op.name == "return" and not types.keys().isdisjoint(op.operands):
            rows = zip(function.results, op.inputs, strict=True)
            function.results = [(name, new, rest) for (name, _, rest), new in rows]


def _declared(state: RandomState) -> str:
    return (
        f'  "tf_saved_model.global_tensor"() {{is_mutable, sym_name = "{state.symbol}", '
        f"type = {STATE}, value = dense<0> : {STATE}, "
        "tf_saved_model.exported_names = []} : () -> ()"
    )


class _Threads:
    """Makes a state for every seeded op and hands it down to where the op is."""

    def __init__(self, graph: Graph, taken: set[str]) -> None:
        self.functions = graph.functions
        self.taken = taken
        self.count = 0

    def function(self, function: Function) -> list[tuple[RandomState, str]]:
        """The states that a function needs and the names they have in it; every function has one
        caller."""
        needed: list[tuple[RandomState, str]] = []
        for op in function.ops():
            seeded = _seeded(op)
            if seeded is not None:
                state, name = self.state(op, seeded[1]), self.name()
                op.operands.insert(0, name)
                op.inputs.insert(0, HANDLE)
                needed.append((state, name))
            elif op.name == "tf.While":
                needed += self.loop(function, op)
            elif op.name in ("tf.If", "tf.Case"):
                needed += self.branches(op)
        return needed

    def state(self, op: Op, kind: str) -> RandomState:
        """A new state with the op's seeds."""
        symbol = f"{kind}_state"
        while symbol in self.taken:
            symbol = f"{kind}_state_{len(self.taken)}"
        self.taken.add(symbol)
        seeds = (re.search(rf"\b{k} = (-?\d+) : i64", op.middle) for k in ("seed", "seed2"))
        first, second = (int(m[1]) if m else 0 for m in seeds)
        return RandomState(symbol, f"{kind}/state", first, second)

    def name(self) -> str:
        self.count += 1
        return f"%generator{self.count}_"

    def branches(self, op: Op) -> list[tuple[RandomState, str]]:
        """Every branch takes the states of all."""
        names = [op.symbol("then_branch"), op.symbol("else_branch"), *op.symbols("branches")]
        callees = [self.functions[n] for n in names if n is not None]
        own = [self.function(callee) for callee in callees]
        handed = []
        for callee, mine in zip(callees, own, strict=True):
            names_here = dict(mine)
            for state in (state for needed in own for state, _ in needed):
                callee.arguments.append((names_here.get(state) or self.name(), HANDLE, ""))
        for state in (state for needed in own for state, _ in needed):
            handed.append((state, self.name()))
        self.hand(op, handed)
        return handed

    def loop(self, function: Function, op: Op) -> list[tuple[RandomState, str]]:
        """A loop carries the states of its body and condition."""
        body, condition = (self.functions[op.symbol(k) or ""] for k in ("body", "cond"))
        in_body, in_condition = self.function(body), self.function(condition)
        stop = next(o for o in body.ops() if o.name == "return")
        handed = []
        for state, _ in (*in_body, *in_condition):
            inside = (dict(f).get(state) or self.name() for f in (in_body, in_condition))
            for callee, argument in zip((body, condition), inside, strict=True):
                callee.arguments.append((argument, HANDLE, ""))
                if callee is body:
                    stop.operands.append(argument)
                    stop.inputs.append(HANDLE)
                    body.results.append(("", HANDLE, ""))
            handed.append((state, self.name()))
        self.hand(op, handed)
        _add_results(function, op, [HANDLE] * len(handed), f"%loop{self.count}_")
        return handed

    def hand(self, op: Op, handed: Sequence[tuple[RandomState, str]]) -> None:
        op.operands += [name for _, name in handed]
        op.inputs += [HANDLE for _ in handed]


def _add_results(function: Function, op: Op, types: list[str], name: str) -> None:
    """More results of an op, all of which get a new name."""
    if not types:
        return
    old, count = op.results, len(op.outputs) + len(types)
    op.results = [f"{name}#{i}" for i in range(count)]
    op.outputs = [*op.outputs, *types]
    replace_values(function, {o: [n] for o, n in zip(old, op.results, strict=False)})


def split_draw(op: Op, name: str, type_: str) -> list[Op] | None:
    """A read of the variable, a draw that also returns the next state, and an assignment; None for
    other ops. `type_` is the variable's, `name` begins those of new values."""
    found = _seeded(op) or _GENERATORS.match(op.name)
    if found is None:
        return None
    handle, rest = op.operands[0], op.operands[1:]
    old, new = f"{name}_old", f"{name}_new"
    read = Op([old], "tf.ReadVariableOp", [handle], "", op.inputs[:1], [type_], op.location)
    draw = Op(
        [*op.results, new],
        f"tf.UnknownShape{found[1]}",
        [old, *rest],
        op.middle,
        [type_, *op.inputs[1:]],
        [*op.outputs, type_],
        op.location,
    )
    types = [op.inputs[0], type_]
    assign = Op([], "tf.AssignVariableOp", [handle, new], "", types, [], op.location)
    return [read, draw, assign]
