# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reductions that choose: argmax and argmin, with the value or without, by any rule for ties and
NaN.

A body that only compares and selects sees nothing of its operands but their order. What it does
with three elements is therefore what it does with a few small numbers and NaN: trying all of them
proves that the choice depends neither on how the elements are grouped (lanes may choose on their
own, then among each other) nor, where ties are broken by the position, on their order.
Numbers that compare equal, such as the two zeros, are
one number here.

`codegen/horizontal.py` makes use of it, `narrow_positions.py` counts positions in 32 bits.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import AnyFloat, IndexType, IntegerType, i1
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Attribute, Block, Operation, SSAValue

_MOST_OUTPUTS = 3


@dataclass(frozen=True)
class Selection:
    """`ops` of a body choose between the accumulators and `elements`, one an output. Choices may be
    made in any order, those of `position` (None: all) if the smaller one comes first. `in_order`
    are comparisons of positions, and what they find where elements come one after another."""

    elements: tuple[SSAValue, ...]
    ops: tuple[Operation, ...]
    position: int | None
    in_order: Mapping[Operation, bool]


@dataclass(frozen=True)
class _Step:
    """One op: its name, the predicate of a comparison, and the numbers of its operands: those of
    accumulators come first, then elements, then steps."""

    name: str
    predicate: int
    operands: tuple[int, ...]


@dataclass(frozen=True)
class _Rule:
    """A body without its types: kinds of the outputs, steps, and which values are yielded."""

    kinds: tuple[str, ...]
    steps: tuple[_Step, ...]
    results: tuple[int, ...]


Array = np.ndarray
_ORDERS: dict[str, Callable[[Array, Array], Array]] = {
    "arith.maximumf": np.maximum, "arith.minimumf": np.minimum, "arith.maxnumf": np.fmax,
    "arith.minnumf": np.fmin, "arith.maxsi": np.maximum, "arith.minsi": np.minimum,
    "arith.maxui": np.maximum, "arith.minui": np.minimum,
}  # fmt: skip
_LOGIC: dict[str, Callable[[Array, Array], Array]] = {
    "arith.andi": np.logical_and, "arith.ori": np.logical_or, "arith.xori": np.logical_xor,
}  # fmt: skip
_INTEGER: list[Callable[[Array, Array], Array]] = [
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.less, np.less_equal, np.greater, np.greater_equal,
]  # fmt: skip
"""By the number of an `arith.cmpi` predicate; those from 6 on are unsigned."""
_ORDERED: list[Callable[[Array, Array], Array]] = [
    np.equal, np.greater, np.greater_equal, np.less, np.less_equal, np.not_equal,
]  # fmt: skip
"""By the number of an `arith.cmpf` predicate: 1 to 6 ordered, 8 to 13 unordered."""


def selection(body: Block, inputs: int, parallel: Sequence[bool]) -> Selection | None:
    """How a linalg op with this `body`, so many `inputs` and these loops chooses; None if it does
    something else, or something that depends on the order of the elements and does not have their
    positions."""
    accumulators = list(body.args[inputs:])
    if len(accumulators) > _MOST_OUTPUTS or all(parallel):
        return None
    terminator = body.last_op
    assert terminator is not None
    moved = _dependent(body, accumulators)
    elements = [
        _element(value, own, moved)
        for value, own in zip(terminator.operands, accumulators, strict=True)
    ]
    known: list[SSAValue] = [e for e in elements if e is not None]
    if len(known) != len(elements) or len({*known, *accumulators}) != 2 * len(known):
        return None
    ops = _cone(list(terminator.operands), {*known, *accumulators})
    rule = None if ops is None else _rule(accumulators, known, ops, list(terminator.operands))
    if ops is None or rule is None:
        return None
    for position in (None, *range(len(known))):
        numbered = position is None or _is_position(parallel, known[position])
        if numbered and _holds(rule, position):
            found = {} if position is None else _in_order(rule, position)
            in_order = {ops[step]: value for step, value in found.items()}
            return Selection(tuple(known), tuple(ops), position, in_order)
    return None


def _dependent(body: Block, accumulators: Sequence[SSAValue]) -> set[SSAValue]:
    """Values of a body that depend on its accumulators."""
    moved: set[SSAValue] = set(accumulators)
    for inner in body.ops:
        if any(v in moved for v in inner.operands):
            moved.update(inner.results)
    return moved


def _element(value: SSAValue, own: SSAValue, moved: set[SSAValue]) -> SSAValue | None:
    """What `value` is chosen from besides the accumulator `own`: one value."""
    found: set[SSAValue] = set()
    todo = [value]
    while todo:
        value = todo.pop()
        owner = value.owner
        if value is own:
            continue
        if value not in moved:
            found.add(value)
        elif isinstance(owner, arith.SelectOp):
            todo += owner.operands[1:]
        elif isinstance(owner, Operation) and owner.name in _ORDERS:
            todo += owner.operands
        else:
            return None
    return found.pop() if len(found) == 1 else None


def _cone(results: Sequence[SSAValue], given: set[SSAValue]) -> list[Operation] | None:
    """The ops that compute `results` from `given`, in order; None if that takes anything else."""
    wanted: set[Operation] = set()
    todo = list(results)
    while todo:
        value = todo.pop()
        if value in given:
            continue
        owner = value.owner
        if not isinstance(owner, Operation) or owner.regions:
            return None
        if owner not in wanted:
            wanted.add(owner)
            todo += owner.operands
    first = next(iter(wanted), None)
    block = None if first is None else first.parent
    if block is None or any(o.parent is not block for o in wanted):
        return None
    return [o for o in block.ops if o in wanted]


def _kind(type_: Attribute) -> str:
    if type_ == i1:
        return "i1"
    if isinstance(type_, IntegerType | IndexType):
        return "integer"
    return "float" if isinstance(type_, AnyFloat) else ""


def _rule(
    accumulators: Sequence[SSAValue],
    elements: Sequence[SSAValue],
    ops: Sequence[Operation],
    results: Sequence[SSAValue],
) -> _Rule | None:
    """The ops as steps; None if one of them does more than compare and select, or compares an
    output with another one."""
    count = len(accumulators)
    numbers = {v: n for n, v in enumerate([*accumulators, *elements])}
    outputs: dict[SSAValue, int] = {v: n % count for v, n in numbers.items()}
    signs: set[tuple[int, bool]] = set()
    steps: list[_Step] = []
    for op in ops:
        data = op.operands[1:] if isinstance(op, arith.SelectOp) else op.operands
        sides = {outputs.get(v, -1) for v in data}
        predicate = 0
        if isinstance(op, arith.CmpiOp | arith.CmpfOp):
            predicate = op.predicate.value.data
            if sides == {-1} or len(sides) != 1:
                return None
            if isinstance(op, arith.CmpiOp) and predicate >= 2:
                signs.add((sides.pop(), predicate >= 6))
        elif op.name in _LOGIC:
            if sides != {-1} or op.results[0].type != i1:
                return None
        elif isinstance(op, arith.SelectOp) or op.name in _ORDERS:
            if len(sides) != 1 or (sides == {-1} and op.results[0].type != i1):
                return None
            output = sides.pop()
            if output >= 0:
                outputs[op.results[0]] = output
            if op.name in ("arith.maxui", "arith.minui", "arith.maxsi", "arith.minsi"):
                signs.add((output, op.name.endswith("ui")))
        else:
            return None
        steps.append(_Step(op.name, predicate, tuple(numbers[v] for v in op.operands)))
        numbers[op.results[0]] = len(numbers)
    kinds = tuple(_kind(v.type) for v in accumulators)
    mixed = len({output for output, _ in signs}) != len(signs)
    booleans = any(output < 0 or kinds[output] == "i1" for output, _ in signs)
    if mixed or booleans or "" in kinds:
        return None
    return _Rule(kinds, tuple(steps), tuple(numbers[v] for v in results))


def _is_position(parallel: Sequence[bool], value: SSAValue) -> bool:
    """Whether `value` counts the iterations of the only reduction loop, from any number on that
    this loop does not change."""
    while isinstance(value.owner, arith.IndexCastOp | arith.ExtSIOp):
        value = value.owner.operands[0]
        if isinstance(value.type, IntegerType) and value.type.width.data < 32:
            return False
    reductions = [d for d, p in enumerate(parallel) if not p]
    owner = value.owner
    if isinstance(owner, arith.AddiOp) and isinstance(value.type, IndexType):
        first, value = owner.operands
        if _loops(first) & {-1, *reductions}:
            return False
        owner = value.owner
    return isinstance(owner, linalg.IndexOp) and reductions == [owner.dim.value.data]


def _loops(value: SSAValue) -> set[int]:
    """Loops that a product of indices and constants depends on; -1 stands for all else."""
    owner = value.owner
    if isinstance(owner, linalg.IndexOp):
        return {owner.dim.value.data}
    if isinstance(owner, arith.ConstantOp):
        return set()
    if isinstance(owner, arith.MuliOp):
        return _loops(owner.operands[0]) | _loops(owner.operands[1])
    return {-1}


# The proof

_DOMAINS = {"float": [0.0, 1.0, 2.0, np.nan], "integer": [0, 1, 2], "i1": [False, True]}


@functools.lru_cache(256)
def _holds(rule: _Rule, position: int | None) -> bool:
    """Whether choosing is idempotent and associative for all orders of three elements, and, if the
    smaller `position` comes first, commutative."""
    a, b, c = _cases(rule, 3)

    def choose(x: Sequence[Array], y: Sequence[Array]) -> list[Array]:
        if position is not None:
            later = y[position] < x[position]
            x, y = (
                [np.where(later, v, u) for u, v in zip(x, y, strict=True)],
                [np.where(later, u, v) for u, v in zip(x, y, strict=True)],
            )
        return _run(rule, x, y)

    pairs = [
        (choose(a, a), a),
        (choose(a, b), choose(b, a)),
        (choose(choose(a, b), c), choose(a, choose(b, c))),
    ]
    return all(bool(np.all(_same(x, y))) for x, y in pairs)


@functools.lru_cache(256)
def _in_order(rule: _Rule, position: int) -> dict[int, bool]:
    """Steps that compare positions, and what they find where the accumulator's is smaller; none if
    it would make a difference where both are the same, as at the beginning they may be."""
    sides = (position, len(rule.kinds) + position)
    low, high = np.array(0), np.array(1)
    known: dict[int, bool] = {}
    for number, step in enumerate(rule.steps):
        if step.name == "arith.cmpi" and set(step.operands) == set(sides):
            given = (low, high) if step.operands == sides else (high, low)
            known[number] = bool(_INTEGER[step.predicate](*given))
    a, b = _cases(rule, 2)
    differs = ~_same(_run(rule, a, b), _run(rule, a, b, known))
    return {} if np.any(differs & (a[position] <= b[position])) else known


def _cases(rule: _Rule, count: int) -> list[list[Array]]:
    """All choices of so many elements: per element an array for each output."""
    domain = list(itertools.product(*(_DOMAINS[kind] for kind in rule.kinds)))
    columns = [np.array(column) for column in zip(*domain, strict=True)]
    where = np.indices((len(domain),) * count).reshape(count, -1)
    return [[column[n] for column in columns] for n in where]


def _same(x: Sequence[Array], y: Sequence[Array]) -> Array:
    """In which cases all outputs are the same."""
    pairs = zip(x, y, strict=True)
    return np.logical_and.reduce([(u == v) | ((u != u) & (v != v)) for u, v in pairs])


def _run(
    rule: _Rule,
    accumulators: Sequence[Array],
    elements: Sequence[Array],
    known: Mapping[int, bool] | None = None,
) -> list[Array]:
    """The rule on arrays of cases; `known` are results of steps."""
    values = [*accumulators, *elements]
    for number, step in enumerate(rule.steps):
        operands = [values[n] for n in step.operands]
        if known is not None and number in known:
            values.append(np.full(operands[0].shape, known[number]))
        elif step.name == "arith.select":
            values.append(np.where(operands[0], operands[1], operands[2]))
        elif step.name == "arith.cmpi":
            values.append(_INTEGER[step.predicate](*operands))
        elif step.name == "arith.cmpf":
            values.append(_compare(step.predicate, *operands))
        else:
            values.append((_ORDERS.get(step.name) or _LOGIC[step.name])(*operands))
    return [values[n] for n in rule.results]


def _compare(predicate: int, a: Array, b: Array) -> Array:
    """`arith.cmpf`."""
    unordered = (a != a) | (b != b)
    if predicate in (0, 15):
        return np.full(a.shape, predicate == 15)
    if predicate in (7, 14):
        return unordered if predicate == 14 else ~unordered
    if predicate < 7:
        return ~unordered & _ORDERED[predicate - 1](a, b)
    return unordered | _ORDERED[predicate - 8](a, b)
