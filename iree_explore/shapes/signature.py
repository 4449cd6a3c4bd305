# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a signature says of its unknown sizes: names, expressions, limits.

    "batch"              a symbol; the same name is the same size, in all arguments of a function
    "8*b"                a multiple of 8; any expression of `expressions.py`
    "1 <= batch <= 64"   a symbol with limits; `==` states an equation

`iree.abi.dims` has one such text a dimension, `iree.abi.constraints` the rest as comparisons
("batch <= 64", "mod(batch, 8) == 0"), with the place where they were learnt after " # ".
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from iree_explore.errors import ModelError
from iree_explore.shapes.expressions import Call, Expr, Symbol, parse, symbol
from iree_explore.shapes.facts import Facts, Range

_RELATION = re.compile(r"(<=|>=|==)")


@dataclass(frozen=True)
class Constraint:
    """`left relation right`: "==", "<=" or ">="; `place` says where it was learnt, if not in the
    signature."""

    left: Expr
    relation: str
    right: Expr
    place: str = ""

    def __str__(self) -> str:
        text = f"{self.left} {self.relation} {self.right}"
        return f"{text} # {self.place}" if self.place else text

    def holds(self, sizes: Mapping[str, int]) -> bool:
        """Whether sizes of a call satisfy it; raises KeyError naming a symbol without a size."""
        left, right = self.left.value(sizes), self.right.value(sizes)
        if self.relation == "==":
            return left == right
        return left <= right if self.relation == "<=" else left >= right

    def symbols(self) -> frozenset[str]:
        """The names of all symbols in it."""
        return self.left.symbols() | self.right.symbols()


def parse_constraint(text: str) -> Constraint:
    """What `str` of a constraint wrote; raises `ModelError` IX101."""
    said, _, place = text.partition(" # ")
    parts = _RELATION.split(said)
    if len(parts) != 3:
        raise ModelError("IX101", f"{said!r:.80} is no comparison of two sizes")
    return Constraint(parse(parts[0]), parts[1], parse(parts[2]), place)


def parse_dimension(text: str) -> tuple[Expr, list[Constraint]]:
    """A dimension of a signature: its size, and what its limits say.

    Raises `ModelError` IX101 for what is neither an expression nor comparisons of one.
    """
    parts = _RELATION.split(text)
    values = [parse(part) for part in parts[::2]]
    found = [Constraint(values[i], relation, values[i + 1])
             for i, relation in enumerate(parts[1::2])]  # fmt: skip
    return next((v for v in values if v.constant is None), values[0]), found


def learn(facts: Facts, constraint: Constraint) -> bool:
    """Notes a limit or divisor of one symbol as its range, a limit of several as it is; False if it
    is something else."""
    left, relation, right = constraint.left, constraint.relation, constraint.right
    if left.constant is not None and right.constant is None:
        left, right = right, left
        relation = {"<=": ">=", ">=": "<="}.get(relation, relation)
    multiple = _multiple(left)
    if relation != "==" and (right.constant is None or multiple is None):
        facts.comparisons.append((left, relation, right))
        return True
    number = right.constant
    if number is None:
        return False
    if multiple is not None and relation != "==":
        name, times = multiple
        number -= left.offset
        low, high = (-(-number // times), None) if relation == ">=" else (0, number // times)
        facts.narrow(name, Range(max(low, 0), high))
        return True
    divided = _divided(left)
    if divided is not None and relation == "==" and number == 0:
        facts.narrow(divided[0], Range(divisor=divided[1]))
        return True
    return False


def _multiple(value: Expr) -> tuple[str, int] | None:
    """The symbol and the number of `number*symbol + offset`, where the number is positive."""
    found = [(monomial, times) for monomial, times in value.terms if monomial]
    if len(found) == 1 and found[0][1] > 0 and len(found[0][0]) == 1:
        atom = found[0][0][0]
        return (atom.name, found[0][1]) if isinstance(atom, Symbol) else None
    return None


def _divided(value: Expr) -> tuple[str, int] | None:
    """The symbol and the number of `mod(symbol, number)`."""
    if len(value.terms) == 1 and value.terms[0][1] == 1 and len(value.terms[0][0]) == 1:
        atom = value.terms[0][0][0]
        if isinstance(atom, Call) and atom.name == "mod":
            name, number = atom.arguments[0].symbol, atom.arguments[1].constant
            if name is not None and number is not None and number > 0:
                return name, number
    return None


def limits(size: Expr, range_: Range) -> list[str]:
    """The comparisons that a range of a size is."""
    found = []
    if range_.low > 0:
        found.append(f"{size} >= {range_.low}")
    if range_.high is not None:
        found.append(f"{size} <= {range_.high}")
    if range_.divisor > 1:
        found.append(f"mod({size}, {range_.divisor}) == 0")
    return found


_TRIED = 200
_EARLY = 12


def _always(facts: Facts, left: Expr, right: Expr) -> bool:
    """Whether two sizes are equal for all small sizes that ranges allow, and for larger ones at
    random: then they always are, in a way that their normal forms do not show."""
    names = sorted(left.symbols() | right.symbols())
    generator = random.Random(0)
    for number in range(_TRIED):
        most = _EARLY if number < _TRIED // 2 else 1000
        sizes = {}
        for name in names:
            range_ = facts.ranges[name]
            high = range_.low + most * range_.divisor
            high = high if range_.high is None else min(high, range_.high)
            n = generator.randint(range_.low, max(high, range_.low))
            sizes[name] = n - n % range_.divisor
        if left.value(sizes) != right.value(sizes):
            return False
    return True


def constraints(facts: Facts) -> list[str]:
    """What a call has to satisfy beyond the sizes that arguments share."""
    found = []
    for name, range_ in facts.ranges.items():
        if name in facts.data:
            continue
        size = facts.normal(symbol(name))
        if size.constant is None and (size.symbol == name or size.symbol is None):
            found += limits(size, range_)
    for left, relation, right in facts.comparisons:
        left, right = facts.normal(left), facts.normal(right)
        if left.constant is None or right.constant is None:
            found.append(str(Constraint(left, relation, right)))
    for equation in facts.unsolved:
        left, right = facts.normal(equation.left), facts.normal(equation.right)
        told = facts.data.isdisjoint(left.symbols() | right.symbols())
        if left != right and told and not _always(facts, left, right):
            found.append(str(Constraint(left, "==", right, str(equation.place))))
    return list(dict.fromkeys(found))
