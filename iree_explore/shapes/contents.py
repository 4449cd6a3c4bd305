# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What small integer tensors hold, as expressions: shapes that programs compute with tensor ops.

Ops that move elements run as their row's NumPy definition on the numbers of elements; arithmetic is
`COMPUTED`. What only data tells stays `Unknown`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, IndexType, IntegerType, TensorType
from xdsl.ir import Operation, SSAValue

from iree_explore import elements as dense
from iree_explore.shapes.expressions import Expr, broadcast, constant, maximum, minimum, mod
from iree_explore.shapes.inference import Element, SymbolicShapes, Unknown
from iree_explore.stablehlo.table import TABLE

MOST = 64
"""Tensors up to this size count as shape computations."""
HEAVIEST = 32
"""Numbers that take more symbols and calls than this to write are not known: nobody reads them, and
comparing them takes for ever."""


def count_of(value: SSAValue) -> int | None:
    """How many numbers a small integer tensor of known shape holds; None for all other values."""
    type_ = value.type
    if not isinstance(type_, TensorType):
        return None
    if not isinstance(type_.element_type, IntegerType | IndexType):
        return None
    count = math.prod(type_.get_shape())
    return count if 0 <= count <= MOST and min(type_.get_shape(), default=0) >= 0 else None


def tell(shapes: SymbolicShapes, op: Operation) -> None:
    """Tells what the op's only result holds, if that is a small integer tensor."""
    if len(op.results) != 1:
        return
    count = count_of(op.results[0])
    if count is None:
        return
    found = _found(shapes, op, count)
    if found is None or len(found) != count:
        found = [Unknown(op) for _ in range(count)]
    shapes.set_contents(op.results[0], [_readable(op, element) for element in found])


T = TypeVar("T", bound=Element | int)


def _readable(op: Operation, element: T) -> T | Unknown:
    """The element, or `Unknown` if it is too long."""
    return Unknown(op) if isinstance(element, Expr) and element.weight > HEAVIEST else element


def _found(shapes: SymbolicShapes, op: Any, count: int) -> Sequence[Element | int] | None:
    name = op.name.partition(".")[2].removeprefix("broadcast_") or op.name
    if op.name.startswith("stablehlo."):
        name = op.name.removeprefix("stablehlo.")
    if name == "constant":
        return constants(op.value)
    if name == "iota":
        shape = op.output.type.get_shape()
        axis = op.iota_dimension.value.data
        return [int(i) for i in np.indices(shape)[axis].reshape(-1)]
    if name == "get_dimension_size":
        return [shapes.dims(op.operand)[op.dimension.value.data]]
    if name in ("reduce", "reduce_window") and len(op.operands) == 2:
        return _reduced(shapes, op) if name == "reduce" else None
    if name in _MOVED:
        return _moved(shapes, op, _MOVED[name])
    operands = [shapes.elements(v) for v in op.operands]
    if any(o is None for o in operands):
        return None
    if name == "compute_reshape_shape":
        return None
    compute = COMPUTED.get(name)
    if name == "compare":
        return _each(count, operands, lambda *x: compared(shapes, op, *x))
    if name == "select":
        return _each(count, operands, lambda *x: selected(shapes, op, *x))
    if compute is None:
        return None
    return _each(count, operands, lambda *x: computed(shapes, op, compute, x))


def constants(value: Any) -> list[int] | None:
    """The integers of a dense attribute, if they are few."""
    if not isinstance(value, DenseIntOrFPElementsAttr):
        return None
    return [int(n) for n in dense.to_numpy(value).reshape(-1)]


def _each(
    count: int, operands: Sequence[Any], compute: Callable[..., Element]
) -> list[Element] | None:
    """Element by element; a single element goes with all of the others."""
    if any(len(o) not in (1, count) for o in operands):
        return None
    return [compute(*(o[i if len(o) == count else 0] for o in operands)) for i in range(count)]


# Moving elements
# --------------------------------------------------------------------------------------------

_MOVED: Mapping[str, int] = {
    "reshape": 1, "dynamic_reshape": 1, "transpose": 1, "slice": 1, "reverse": 1, "broadcast": 1,
    "broadcast_in_dim": 1, "dynamic_broadcast_in_dim": 1, "concatenate": 99, "pad": 2,
    "dynamic_slice": 1, "gather": 1, "dynamic_gather": 1, "real_dynamic_slice": 1,
    "dynamic_update_slice": 2, "torch_index_select": 1,
}  # fmt: skip
"""Ops that move elements, with how many of their first operands are moved; the rest say whither."""


def _moved(shapes: SymbolicShapes, op: Any, moved: int) -> list[Element] | None:
    held: list[Element] = []
    args: list[np.ndarray] = []
    for i, value in enumerate(op.operands):
        elements = shapes.elements(value)
        if elements is None:
            return None
        if i < moved:
            numbers = np.arange(len(held), len(held) + len(elements))
            held += elements
        else:
            known = [e.constant if isinstance(e, Expr) else None for e in elements]
            if None in known:
                return None
            numbers = np.array(known, np.int64)
        args.append(numbers.reshape(value.type.get_shape()))
    if not held and moved == 1:
        return None  # nothing is there to be moved: an op that no call reaches, or no elements
    (found,) = TABLE[op.name].evaluate(op, args, _no_region)
    return [held[int(i)] for i in np.asarray(found).reshape(-1)]


def _no_region(region: Any, inputs: Any) -> Any:
    raise AssertionError("ops that move elements have no region")


# Arithmetic
# --------------------------------------------------------------------------------------------


def _quotient(shapes: SymbolicShapes, a: Expr, b: Expr) -> Expr | None:
    """Rounded towards zero, which for sizes is down."""
    if a.constant is not None and b.constant:
        quotient = abs(a.constant) // abs(b.constant)
        return constant(quotient if (a.constant < 0) == (b.constant < 0) else -quotient)
    return a // b if _both_positive(shapes, a, b) else None


def _rest(shapes: SymbolicShapes, a: Expr, b: Expr) -> Expr | None:
    quotient = _quotient(shapes, a, b)
    if quotient is None:
        return None
    return a - quotient * b if a.constant is not None else mod(a, b)


def _both_positive(shapes: SymbolicShapes, *values: Expr) -> bool:
    return all((shapes.facts.bounds(v)[0] or 0) >= 0 and shapes.facts.bounds(v)[0] is not None
               for v in values)  # fmt: skip


def _power(shapes: SymbolicShapes, a: Expr, b: Expr) -> Expr | None:
    exponent = b.constant
    if exponent is None or not 0 <= exponent <= 8:
        return None
    return math.prod([a] * exponent, start=constant(1))


def _absolute(shapes: SymbolicShapes, a: Expr) -> Expr:
    return a if _both_positive(shapes, a) else maximum(a, -a)


def _sign(shapes: SymbolicShapes, a: Expr) -> Expr | None:
    known = a.constant
    if known is not None:
        return constant((known > 0) - (known < 0))
    low = shapes.facts.bounds(a)[0]
    return constant(1) if low is not None and low > 0 else None


_ABSORBING = {"and": 0, "andi": 0, "or": 1, "ori": 1}
"""What decides a logical op on flags, whatever the other operand is."""


def _is_flag(value: SSAValue) -> bool:
    type_ = value.type.element_type if isinstance(value.type, TensorType) else value.type
    return isinstance(type_, IntegerType) and type_.width.data == 1


def _logical(combine: Callable[[int, int], int]) -> Any:
    def compute(shapes: SymbolicShapes, a: Expr, b: Expr) -> Expr | None:
        if a.constant is not None and b.constant is not None:
            return constant(combine(a.constant, b.constant))
        return None

    return compute


Compute = Callable[..., "Expr | None"]
COMPUTED: Mapping[str, Compute] = {
    "add": lambda shapes, a, b: a + b,
    "subtract": lambda shapes, a, b: a - b,
    "multiply": lambda shapes, a, b: a * b,
    "divide": _quotient,
    "remainder": _rest,
    "maximum": lambda shapes, a, b: maximum(a, b),
    "minimum": lambda shapes, a, b: minimum(a, b),
    "power": _power,
    "negate": lambda shapes, a: -a,
    "abs": _absolute,
    "sign": _sign,
    "convert": lambda shapes, a: a,
    "index_cast": lambda shapes, a: a,
    "clamp": lambda shapes, low, a, high: minimum(maximum(a, low), high),
    "and": _logical(lambda a, b: a & b),
    "or": _logical(lambda a, b: a | b),
}
"""Arithmetic on known numbers, by the op's name; None: not known."""


def computed(
    shapes: SymbolicShapes, op: Operation, compute: Compute, values: Sequence[Element]
) -> Element:
    """The op on numbers; `Unknown` if one is and matters."""
    if all(isinstance(v, Expr) for v in values):
        found = compute(shapes, *values)
        return Unknown(op) if found is None else _readable(op, found)
    if compute in (COMPUTED["convert"], COMPUTED["index_cast"]):
        return values[0]
    absorbing = _ABSORBING.get(op.name.rpartition(".")[2])
    if absorbing is not None and constant(absorbing) in values and _is_flag(op.results[0]):
        return constant(absorbing)
    high = None
    if compute is COMPUTED["minimum"]:
        high = next((v for v in values if isinstance(v, Expr)), None)
        high = high or next((v.high for v in values if isinstance(v, Unknown) and v.high), None)
    elif compute is COMPUTED["maximum"] and constant(0) in values:
        high = next((v.high for v in values if isinstance(v, Unknown)), None)
    return Unknown(op, high)


def holds(shapes: SymbolicShapes, direction: str, a: Expr, b: Expr) -> bool | None:
    """Whether a comparison (EQ, NE, LT, LE, GT, GE) of sizes always or never holds; else None."""
    difference = shapes.facts.normal(a) - shapes.facts.normal(b)
    low, high = shapes.facts.bounds(difference)
    if direction in ("GT", "LE"):
        found = _never_above(low, high, 0)
        return found if direction == "LE" or found is None else not found
    if direction in ("LT", "GE"):
        found = _never_above(low, high, -1)
        return found if direction == "LT" or found is None else not found
    if not difference.terms:
        return direction == "EQ"
    if (low is not None and low > 0) or (high is not None and high < 0):
        return direction == "NE"
    return None


def _never_above(low: int | None, high: int | None, most: int) -> bool | None:
    if high is not None and high <= most:
        return True
    return False if low is not None and low > most else None


class Comparison(Unknown):
    """A comparison that some calls answer with yes, some with no."""

    __slots__ = ("direction", "left", "right")

    def __init__(self, owner: Operation, direction: str, left: Expr, right: Expr) -> None:
        super().__init__(owner)
        self.direction, self.left, self.right = direction, left, right


def compared(shapes: SymbolicShapes, op: Any, a: Element, b: Element) -> Element:
    """0 or 1, or a `Comparison`."""
    direction = op.comparison_direction.data
    direction = getattr(direction, "value", direction)
    return comparison(shapes, op, direction, a, b)


def comparison(
    shapes: SymbolicShapes, op: Operation, direction: str, a: Element, b: Element
) -> Element:
    """0 or 1 where that is known, else a `Comparison` of sizes or something unknown."""
    if not isinstance(a, Expr) or not isinstance(b, Expr):
        return Unknown(op)
    found = holds(shapes, direction, a, b)
    return Comparison(op, direction, a, b) if found is None else constant(int(found))


def selected(
    shapes: SymbolicShapes, op: Operation, flag: Element, yes: Element, no: Element
) -> Element:
    """One of two numbers; where a comparison chooses, the larger, the smaller or a broadcast, or of
    two numbers that differ by a known one the right one."""
    if isinstance(flag, Expr):
        return yes if flag.constant else no
    if yes is no or (isinstance(yes, Expr) and yes == no):
        return yes
    if not (isinstance(flag, Comparison) and isinstance(yes, Expr) and isinstance(no, Expr)):
        return Unknown(op)
    a, b, direction = flag.left, flag.right, flag.direction
    if direction == "NE":
        yes, no, direction = no, yes, "EQ"
    if direction == "EQ":
        if b.constant == 1 and a == no:
            return broadcast(a, yes)  # where a is 1 the other counts
        if a.constant == 1 and b == no:
            return broadcast(b, yes)
        if {yes, no} == {a, b}:
            return no
    if {yes, no} != {a, b}:
        by = (yes - no).constant
        return Unknown(op) if by is None else no + by * _indicator(direction, a, b)
    least = (direction in ("LT", "LE")) == (yes == a)
    return minimum(a, b) if least else maximum(a, b)


def _indicator(direction: str, a: Expr, b: Expr) -> Expr:
    """1 where the comparison of two integers holds, else 0."""
    if direction == "EQ":
        return maximum(0, 1 - maximum(a - b, b - a))
    low, high = (a, b) if direction in ("LT", "LE") else (b, a)
    return minimum(1, maximum(0, high - low + (direction in ("LE", "GE"))))


def _reduced(shapes: SymbolicShapes, op: Any) -> list[Element] | None:
    """A sum, product or extreme of elements."""
    elements, (initial,) = (
        shapes.elements(op.operands[0]),
        shapes.elements(op.operands[1]) or [None],
    )
    body = list(op.body.block.ops)
    compute = COMPUTED.get(body[0].name.removeprefix("stablehlo.")) if len(body) == 2 else None
    if elements is None or initial is None or compute is None or len(body[0].operands) != 2:
        return None
    if {*body[0].operands} != {*op.body.block.args}:
        return None
    axes = tuple(op.dimensions.get_values())
    numbers = np.arange(len(elements)).reshape(op.operands[0].type.get_shape())
    kept = [d for d in range(numbers.ndim) if d not in axes]
    rows = numbers.transpose([*kept, *axes])
    rows = rows.reshape(math.prod(rows.shape[: len(kept)]), -1) if numbers.size else rows
    if not numbers.size:
        return None
    found = []
    for row in rows:
        total = initial
        for i in row:
            total = computed(shapes, op, compute, (total, elements[int(i)]))
        found.append(total)
    return found
