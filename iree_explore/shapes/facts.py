# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is known of the symbols of one function: ranges, divisors, and which are equal.

`Facts.equate` is how shape inference unifies: it solves for a symbol where it can, keeps the
equation for run time where it cannot, and records a `Conflict` with both places where the sizes can
never be equal. Nothing raises: whoever reads the facts reports all conflicts at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from iree_explore.shapes.expressions import (
    Atom,
    Call,
    Expr,
    Symbol,
    constant,
    never_negative,
    symbol,
)


@dataclass(frozen=True)
class Place:
    """Where something was learnt: a clause for people, and the op's id (0: an argument)."""

    text: str
    op: int = 0

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Range:
    """`low <= size <= high` (None: no end), and `size % divisor == 0`; as `util.assume.int`."""

    low: int = 0
    high: int | None = None
    divisor: int = 1


@dataclass(frozen=True)
class Equation:
    """`left == right`, learnt at `place`."""

    left: Expr
    right: Expr
    place: Place

    def __str__(self) -> str:
        return f"{self.left} == {self.right}"


@dataclass(frozen=True)
class Conflict:
    """An equation that cannot hold; `because` are the places that fixed its two sides before."""

    equation: Equation
    because: tuple[Place, ...]

    def __str__(self) -> str:
        before = "".join(f"; {place}" for place in self.because)
        return f"{self.equation.place}: {self.equation} cannot hold{before}"


@dataclass
class Facts:
    """The symbols of one function. Symbols declared earlier survive unification with later ones."""

    ranges: dict[str, Range] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    """Where each symbol was declared, in order of declaration."""
    solved: dict[str, Expr] = field(default_factory=dict)
    """Symbols that turned out to be expressions of earlier ones, in terms of unsolved symbols."""
    unsolved: list[Equation] = field(default_factory=list)
    """Equations that no symbol could be solved for; they hold at run time or the call is wrong."""
    conflicts: list[Conflict] = field(default_factory=list)
    data: set[str] = field(default_factory=set)
    """Symbols that no argument's size tells, only the data of a call."""
    limits: dict[str, Expr] = field(default_factory=dict)
    """What a symbol cannot exceed, where that is no number (those are in `ranges`)."""
    comparisons: list[tuple[Expr, str, Expr]] = field(default_factory=list)
    """What the signature says with "<=" or ">=" and no range of one symbol tells."""
    _why: dict[str, Equation] = field(default_factory=dict)

    def copy(self) -> Facts:
        """The same facts, to go back to."""
        return Facts(
            dict(self.ranges), dict(self.places), dict(self.solved), list(self.unsolved),
            list(self.conflicts), set(self.data), dict(self.limits), list(self.comparisons),
            dict(self._why),
        )  # fmt: skip

    def forget_equations(self, before: Facts) -> None:
        """Keeps the symbols that were declared since, but not what was learnt of any."""
        self.ranges |= before.ranges
        self.solved, self.unsolved = dict(before.solved), list(before.unsolved)
        self.conflicts, self._why = list(before.conflicts), dict(before._why)

    def restore(self, other: Facts) -> None:
        """Becomes what `other` is."""
        self.__dict__.update(other.copy().__dict__)

    def declare(
        self, name: str, place: Place, range_: Range | None = None, *, data: bool = False
    ) -> Expr:
        """The symbol `name`; a name that is taken gets a number. `data`: no size tells it."""
        wanted, number = name, 1
        while name in self.places:
            name, number = f"{wanted}_{number}", number + 1
        self.places[name] = place
        self.ranges[name] = range_ or Range()
        if data:
            self.data.add(name)
        return symbol(name)

    def narrow(self, name: str, range_: Range) -> None:
        """A symbol also satisfies `range_`."""
        self.ranges[name] = _both(self.ranges[name], range_)

    def reason(self, name: str) -> Equation:
        """The equation that a solved symbol was solved by."""
        return self._why[name]

    def limit(self, name: str, high: Expr) -> None:
        """A symbol is at most `high`."""
        most = self.bounds(high)[1]
        if most is not None:
            self.ranges[name] = _both(self.ranges[name], Range(high=max(most, 0)))
        if high.constant is None:
            self.limits[name] = high

    def normal(self, size: Expr | int) -> Expr:
        """The size in terms of symbols that nothing is known to equal."""
        if isinstance(size, int):
            return constant(size)
        return size.substitute(self.solved) if self.solved else size

    def equate(self, left: Expr | int, right: Expr | int, place: Place) -> bool:
        """Learns that two sizes are equal; whether that was new."""
        left, right = self._as_expr(left), self._as_expr(right)
        difference = self.normal(left) - self.normal(right)
        if not difference.terms:
            return False
        equation = Equation(left, right, place)
        if self._never_zero(difference):
            sides = (self.normal(left), self.normal(right))
            same = [symbol(n) for n, value in self.solved.items() if value in sides]
            conflict = Conflict(equation, self._because(left, right, *same))
            if any(c.equation == equation for c in self.conflicts):
                return False
            self.conflicts.append(conflict)
            return True
        name = self._solvable(difference)
        if name is None:
            known = {self.normal(e.left) - self.normal(e.right) for e in self.unsolved}
            if difference in known or -difference in known:
                return False
            self.unsolved.append(equation)
            return True
        self._solve(name, difference, equation)
        return True

    @staticmethod
    def _as_expr(size: Expr | int) -> Expr:
        return size if isinstance(size, Expr) else constant(size)

    def _solve(self, name: str, difference: Expr, equation: Equation) -> None:
        own = symbol(name)
        sign = 1 if (difference - own).symbols().isdisjoint({name}) else -1
        value = own - difference if sign == 1 else difference + own
        self.solved = {k: v.substitute({name: value}) for k, v in self.solved.items()}
        self.solved[name] = value
        self._why[name] = equation
        range_ = self.ranges[name]
        kept = value.symbol
        if kept is not None:
            self.ranges[kept] = _both(self.ranges[kept], range_)
        waiting, self.unsolved = self.unsolved, []
        for other in waiting:
            self.equate(other.left, other.right, other.place)

    def _solvable(self, difference: Expr) -> str | None:
        """The latest symbol that occurs once, by itself, with coefficient 1 or -1."""
        order = {name: i for i, name in enumerate(self.places)}
        found = []
        for monomial, coefficient in difference.terms:
            if len(monomial) != 1 or abs(coefficient) != 1 or not isinstance(monomial[0], Symbol):
                continue
            name = monomial[0].name
            rest = Expr(tuple(t for t in difference.terms if t[0] != monomial))
            others = rest.symbols()
            if name in others or name not in order:
                continue
            if name in self.data or self.data.isdisjoint(others):  # calls tell sizes, not data
                found.append(name)
        return max(found, key=order.__getitem__, default=None)

    def _never_zero(self, difference: Expr) -> bool:
        low, high = self.bounds(difference)
        if (low is not None and low > 0) or (high is not None and high < 0):
            return True
        common = math.gcd(*(self._term_divisor(m, c) for m, c in difference.terms if m))
        return bool(common) and difference.offset % common != 0

    def _because(self, *sizes: Expr) -> tuple[Place, ...]:
        """The equations that made the sizes what they are, and where their symbols come from."""
        found: dict[Place, None] = {}
        waiting = [name for size in sizes for name in sorted(size.symbols())]
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            equation = self._why.get(name)
            if equation is None:
                if name in self.places:
                    found[Place(f"{name} is {self.places[name]}", self.places[name].op)] = None
                continue
            found[Place(f"{equation.place}: {equation}", equation.place.op)] = None
            waiting += sorted(equation.left.symbols() | equation.right.symbols())
        return tuple(found)

    def bounds(self, size: Expr | int) -> tuple[int | None, int | None]:
        """The smallest and largest value that it may have; None: no end is known."""
        low: int | None = 0
        high: int | None = 0
        size = self.normal(size)
        for monomial, coefficient in size.terms:
            least, most = self._product_bounds(monomial)
            if coefficient < 0:
                least, most = most, least
            low = None if low is None or least is None else low + coefficient * least
            high = None if high is None or most is None else high + coefficient * most
        if (low is None or low < 0) and never_negative(size):
            low = 0
        return low, high

    def _product_bounds(self, monomial: tuple[Atom, ...]) -> tuple[int | None, int | None]:
        low, high = 1, 1
        for atom in monomial:
            least, most = self._atom_bounds(atom)
            if least is None or least < 0:
                return (least, most) if len(monomial) == 1 else (None, None)
            low = low * least
            high = None if high is None or most is None else high * most
        return low, high

    def _atom_bounds(self, atom: Atom) -> tuple[int | None, int | None]:
        if isinstance(atom, Symbol):
            range_ = self.ranges.get(atom.name, Range())
            return range_.low, range_.high
        parts = [self.bounds(a) for a in atom.arguments]
        lows, highs = [p[0] for p in parts], [p[1] for p in parts]
        known_low = [x for x in lows if x is not None]
        known_high = [x for x in highs if x is not None]
        every_low = len(known_low) == len(lows)
        every_high = len(known_high) == len(highs)
        if atom.name == "max":
            return max(known_low, default=None), max(known_high) if every_high else None
        if atom.name == "min":
            return min(known_low) if every_low else None, min(known_high, default=None)
        if atom.name == "broadcast":
            return min(known_low) if every_low else None, max(known_high) if every_high else None
        divisor = parts[1][0]
        if divisor is None or divisor < 1:
            return (0, highs[0]) if (lows[0] or 0) >= 0 and lows[0] is not None else (None, None)
        if atom.name == "mod":
            return 0, None if highs[1] is None else highs[1] - 1
        most = None if highs[0] is None else highs[0] // divisor
        if highs[1] is None:
            return (0 if lows[0] is not None and lows[0] >= 0 else None), most
        return None if lows[0] is None else lows[0] // highs[1], most

    def divisor(self, size: Expr | int) -> int:
        """The largest number that is known to divide it; 0 for 0, which all numbers do."""
        return math.gcd(*(self._term_divisor(m, c) for m, c in self.normal(size).terms))

    def _term_divisor(self, monomial: tuple[Atom, ...], coefficient: int) -> int:
        total = abs(coefficient)
        for atom in monomial:
            if isinstance(atom, Symbol):
                total *= self.ranges.get(atom.name, Range()).divisor
            elif isinstance(atom, Call) and atom.name in ("min", "max", "broadcast"):
                total *= math.gcd(*(self.divisor(a) for a in atom.arguments)) or 1
        return total


def _both(a: Range, b: Range) -> Range:
    """What is true of a size that both are true of."""
    highs = [h for h in (a.high, b.high) if h is not None]
    return Range(max(a.low, b.low), min(highs, default=None), math.lcm(a.divisor, b.divisor))
