# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sizes as expressions over symbols: `batch`, `2*h + 1`, `ceildiv(w, 2)`.

An `Expr` is a polynomial with integer coefficients, kept in one normal form so that equal sizes
compare equal. What is not polynomial (`floordiv`, `mod`, `min`, `max`, `broadcast`) is an atom of
it.
A symbol is a size: never negative. `str` and `parse` are the syntax of attributes, recordings and
the page; it is that of JAX's symbolic dimensions plus `ceildiv` and `broadcast`. `facts.py` holds
what is known of symbols.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from iree_explore.errors import ModelError

Monomial = tuple["Atom", ...]
"""A product of atoms, sorted; the empty one is 1."""
Size = "int | Expr"


@dataclass(frozen=True)
class Symbol:
    """A size that only a call knows."""

    name: str

    @property
    def key(self) -> tuple:
        """Sorts symbols by name, before every call."""
        return (0, self.name)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Call:
    """`name(arguments...)`, one of `FUNCTIONS`."""

    name: str
    arguments: tuple[Expr, ...]

    @functools.cached_property
    def key(self) -> tuple:
        """Sorts calls by function and arguments, after all symbols."""
        return (1, self.name, *(str(a) for a in self.arguments))

    def __str__(self) -> str:
        arguments = list(self.arguments)
        if self.name == "floordiv":
            above, below = arguments
            rest = above - (below - 1)
            # ceildiv(a, b) is floordiv(a + b - 1, b); a bare constant numerator stays as it is
            if below.constant != 1 and rest.constant is None and above.offset == below.offset - 1:
                return f"ceildiv({rest}, {below})"
        return f"{self.name}({', '.join(map(str, arguments))})"


Atom = Symbol | Call


@dataclass(frozen=True)
class Expr:
    """A sum of integer multiples of monomials; `terms` is sorted and has no zero coefficients.

    `+`, `-`, `*`, `//` and `%` take integers too; `//` and `%` round down, as in Python.
    """

    terms: tuple[tuple[Monomial, int], ...]

    @property
    def constant(self) -> int | None:
        """The value of an expression without symbols, else None."""
        if not self.terms:
            return 0
        return self.offset if len(self.terms) == 1 and not self.terms[0][0] else None

    @property
    def offset(self) -> int:
        """The coefficient of 1."""
        return next((c for m, c in self.terms if not m), 0)

    @property
    def symbol(self) -> str | None:
        """The name, if the expression is one symbol and nothing else."""
        if len(self.terms) == 1 and self.terms[0][1] == 1 and len(self.terms[0][0]) == 1:
            atom = self.terms[0][0][0]
            return atom.name if isinstance(atom, Symbol) else None
        return None

    def atoms(self) -> Iterator[Atom]:
        """Every atom, those inside of calls included; some may come twice."""
        for monomial, _ in self.terms:
            for atom in monomial:
                yield atom
                if isinstance(atom, Call):
                    for argument in atom.arguments:
                        yield from argument.atoms()

    def symbols(self) -> frozenset[str]:
        """The names of all symbols in it."""
        return self._symbols

    @functools.cached_property
    def _symbols(self) -> frozenset[str]:
        return frozenset(a.name for a in self.atoms() if isinstance(a, Symbol))

    @functools.cached_property
    def weight(self) -> int:
        """How many symbols and calls it is written with."""
        calls = (a for m, _ in self.terms for a in m)
        return sum(1 + (sum(x.weight for x in a.arguments) if isinstance(a, Call) else 0)
                   for a in calls)  # fmt: skip

    def __add__(self, other: Expr | int) -> Expr:
        return _sum({**dict(self.terms)}, _expr(other).terms)

    __radd__ = __add__

    def __neg__(self) -> Expr:
        return Expr(tuple((m, -c) for m, c in self.terms))

    def __sub__(self, other: Expr | int) -> Expr:
        return self + -_expr(other)

    def __rsub__(self, other: Expr | int) -> Expr:
        return _expr(other) - self

    def __mul__(self, other: Expr | int) -> Expr:
        total: dict[Monomial, int] = {}
        for left, a in self.terms:
            for right, b in _expr(other).terms:
                monomial = tuple(sorted((*left, *right), key=lambda atom: atom.key))
                total[monomial] = total.get(monomial, 0) + a * b
        return _sum(total, ())

    __rmul__ = __mul__

    def __floordiv__(self, other: Expr | int) -> Expr:
        return floordiv(self, other)

    def __rfloordiv__(self, other: int) -> Expr:
        return floordiv(other, self)

    def __mod__(self, other: Expr | int) -> Expr:
        return mod(self, other)

    def substitute(self, values: Mapping[str, Expr | int]) -> Expr:
        """The expression with symbols replaced; those not in `values` stay."""
        if values.keys().isdisjoint(self.symbols()):
            return self
        total = constant(0)
        for monomial, coefficient in self.terms:
            product = constant(coefficient)
            for atom in monomial:
                product = product * _substituted(atom, values)
            total = total + product
        return total

    def value(self, sizes: Mapping[str, int]) -> int:
        """The number it is where every symbol has a size; raises KeyError naming one without."""
        return sum(c * math.prod(_value(a, sizes) for a in m) for m, c in self.terms)

    def __str__(self) -> str:
        if not self.terms:
            return "0"
        # the constant is written last, as people do
        ordered = sorted(self.terms, key=lambda term: not term[0])
        text = ""
        for monomial, coefficient in ordered:
            factors = [str(atom) for atom in monomial]
            if abs(coefficient) != 1 or not factors:
                factors.insert(0, str(abs(coefficient)))
            sign = "-" if coefficient < 0 else "+"
            term = "*".join(factors)
            text += f" {sign} {term}" if text else term if sign == "+" else f"-{term}"
        return text

    __repr__ = __str__


@functools.lru_cache(4096)
def constant(value: int) -> Expr:
    """A number as an expression."""
    return Expr((((), value),)) if value else Expr(())


def symbol(name: str) -> Expr:
    """A symbol as an expression."""
    return Expr((((Symbol(name),), 1),))


def _expr(value: Expr | int) -> Expr:
    return value if isinstance(value, Expr) else constant(int(value))


def _sum(total: dict[Monomial, int], terms: tuple[tuple[Monomial, int], ...]) -> Expr:
    for monomial, coefficient in terms:
        total[monomial] = total.get(monomial, 0) + coefficient
    kept = [(m, c) for m, c in total.items() if c]
    kept.sort(key=lambda term: (-len(term[0]), [atom.key for atom in term[0]]))
    return Expr(tuple(kept))


def _call(name: str, *arguments: Expr) -> Expr:
    return Expr((((Call(name, arguments),), 1),))


def floordiv(above: Expr | int, below: Expr | int) -> Expr:
    """`above // below`, rounded down. Multiples of the divisor leave the quotient."""
    above, below = _expr(above), _expr(below)
    if above.constant is not None and below.constant:
        return constant(above.constant // below.constant)
    if not above.terms or below.constant == 1:
        return above
    whole: list[tuple[Monomial, int]] = []
    rest: list[tuple[Monomial, int]] = []
    for monomial, coefficient in above.terms:
        quotient = _quotient(monomial, coefficient, below)
        if quotient is None:
            rest.append((monomial, coefficient))
        else:
            whole.append(quotient)
            if left := coefficient - quotient[1] * below.terms[0][1]:
                rest.append((monomial, left))
    kept = Expr(tuple(rest))
    divisor = below.constant
    if divisor and divisor > 0:
        inner = _divided(kept)
        if inner is not None:  # floordiv(floordiv(a, 2) + 1, 3) is floordiv(a + 2, 6)
            above, by = inner
            rest = list((above + kept.offset * by).terms)
            kept, divisor = Expr(tuple(rest)), divisor * by
            below = constant(divisor)
        common = math.gcd(divisor, *(c for m, c in rest if m))
        if common > 1:  # floordiv(4*a + 3, 8) is floordiv(a, 2)
            kept = Expr(tuple((m, c // common) for m, c in rest if c // common))
            below = constant(divisor // common)
            if below.constant == 1 or kept.constant is not None:
                return _sum(dict(whole), floordiv(kept, below).terms)
    if not kept.terms:
        return _sum(dict(whole), ())
    if kept.constant is not None and below.constant:
        return _sum(dict(whole), floordiv(kept, below).terms)
    return _sum(dict(whole), _call("floordiv", kept, below).terms)


def _divided(value: Expr) -> tuple[Expr, int] | None:
    """a and b of `floordiv(a, b) + number` where b is a positive number."""
    call = None
    for monomial, coefficient in value.terms:
        if monomial:
            if call is not None or coefficient != 1 or len(monomial) != 1:
                return None
            call = monomial[0]
    return None if call is None else _quotient_of((call,))


def _quotient(monomial: Monomial, coefficient: int, below: Expr) -> tuple[Monomial, int] | None:
    """The part of a term that a divisor of one term goes into; None if it does not."""
    if len(below.terms) != 1:
        return None
    divisor, factor = below.terms[0]
    rest = list(monomial)
    for atom in divisor:
        if atom not in rest:
            return None
        rest.remove(atom)
    if divisor and coefficient % factor:
        return None
    whole = coefficient // factor
    return (tuple(rest), whole) if whole else None


def ceildiv(above: Expr | int, below: Expr | int) -> Expr:
    """`above / below` rounded up, for a positive divisor."""
    return floordiv(_expr(above) + below - 1, below)


def mod(above: Expr | int, below: Expr | int) -> Expr:
    """`above % below`, of the divisor's sign as in Python."""
    above, below = _expr(above), _expr(below)
    divisor = below.constant
    if divisor:
        above = Expr(tuple((m, c % divisor) for m, c in above.terms if c % divisor))
    if above.constant is not None and divisor:
        return constant(above.constant % divisor)
    if not above.terms or above == below or divisor == 1:
        return constant(0)
    if all(_divides(below, m, c) for m, c in above.terms):
        return constant(0)
    return _call("mod", above, below)


def _divides(below: Expr, monomial: Monomial, coefficient: int) -> bool:
    quotient = _quotient(monomial, coefficient, below)
    return quotient is not None and quotient[1] * below.terms[0][1] == coefficient


def maximum(*values: Expr | int) -> Expr:
    """The largest; what is larger by a number or by sizes (never negative) wins at once."""
    return _extreme("max", values, 1)


def minimum(*values: Expr | int) -> Expr:
    """The smallest."""
    return _extreme("min", values, -1)


def _extreme(name: str, values: tuple[Expr | int, ...], sign: int) -> Expr:
    kept: list[Expr] = []
    for value in values:
        for part in _arguments(name, _expr(value)):
            if any(never_negative((k - part) * sign) for k in kept):
                continue
            kept = [k for k in kept if not never_negative((part - k) * sign)]
            kept.append(part)
    if len(kept) == 1:
        return kept[0]
    return _call(name, *sorted(kept, key=str))


def _arguments(name: str, value: Expr) -> tuple[Expr, ...]:
    """The arguments of a call of `name`, so that `max(max(a, b), c)` is one; else the value."""
    if len(value.terms) == 1 and value.terms[0][1] == 1 and len(value.terms[0][0]) == 1:
        atom = value.terms[0][0][0]
        if isinstance(atom, Call) and atom.name == name:
            return atom.arguments
    return (value,)


_DEEPEST = 4
"""How many calls of `min` and `max` are replaced by their arguments, one in the other's result."""


def never_negative(value: Expr | int) -> bool:
    """Whether it is at least 0 for all sizes, as far as its form tells."""
    return _never_negative(_expr(value), _DEEPEST)


@functools.lru_cache(4096)
def _never_negative(value: Expr, deepest: int) -> bool:
    if all(c > 0 and all(_atom_never_negative(a) for a in m) for m, c in value.terms):
        return True
    if not any(isinstance(a, Call) for m, _ in value.terms for a in m):
        return False
    rest: dict[Monomial, Fraction] = {}
    _relax(value, Fraction(1), rest)
    if rest.pop((), Fraction(0)) > -1 and all(
        c == 0 or (c > 0 and all(_atom_never_negative(a) for a in m)) for m, c in rest.items()
    ):
        return True
    return deepest > 0 and _extremes_never_negative(value, deepest - 1)


def _extremes_never_negative(value: Expr, deepest: int) -> bool:
    """With the first `min` or `max` replaced by its arguments: by any where it is at least (or
    what it takes away at most) each, by all where it may be each."""
    for monomial, coefficient in value.terms:
        call = monomial[0] if len(monomial) == 1 else None
        if isinstance(call, Call) and call.name in ("min", "max"):
            rest = Expr(tuple(t for t in value.terms if t[0] != monomial))
            found = (_never_negative(rest + a * coefficient, deepest) for a in call.arguments)
            return any(found) if (call.name == "max") == (coefficient > 0) else all(found)
    return False


def _relax(value: Expr, factor: Fraction, rest: dict[Monomial, Fraction]) -> None:
    """Adds a sum that `factor * value` is not less than to `rest`, without quotients by numbers:
    `floordiv(a, b)` is at most a / b, and at least that less (b - 1) / b."""
    for monomial, coefficient in value.terms:
        scale = factor * coefficient
        quotient = _quotient_of(monomial)
        if quotient is None:
            rest[monomial] = rest.get(monomial, Fraction(0)) + scale
            continue
        above, below = quotient
        if scale > 0:
            rest[()] = rest.get((), Fraction(0)) - scale * Fraction(below - 1, below)
        _relax(above, scale / below, rest)


def _quotient_of(monomial: Monomial) -> tuple[Expr, int] | None:
    """a and b, if the monomial is `floordiv(a, b)` and b a positive number."""
    if len(monomial) != 1 or not isinstance(monomial[0], Call) or monomial[0].name != "floordiv":
        return None
    above, below = monomial[0].arguments
    return (above, below.constant) if below.constant and below.constant > 0 else None


def _atom_never_negative(atom: Atom) -> bool:
    if isinstance(atom, Symbol):
        return True
    some = [never_negative(a) for a in atom.arguments]
    if atom.name == "max":
        return any(some)
    if atom.name == "mod":
        return some[1]
    return all(some)


def broadcast(*values: Expr | int) -> Expr:
    """The size that sizes broadcast to: all that are not 1 are equal.

    Of two unknown sizes it is the second where the first is 1, else the first.
    """
    kept: list[Expr] = []
    for value in values:
        for part in _arguments("broadcast", _expr(value)):
            if part.constant != 1 and part not in kept:
                kept.append(part)
    known = [k for k in kept if k.constant is not None]
    if known:
        return known[0]
    if len(kept) <= 1:
        return kept[0] if kept else constant(1)
    return _call("broadcast", *sorted(kept, key=str))


FUNCTIONS: Mapping[str, Callable[..., Expr]] = {
    "floordiv": floordiv, "ceildiv": ceildiv, "mod": mod, "max": maximum, "min": minimum,
    "broadcast": broadcast,
}  # fmt: skip
"""What an expression may call."""


_NUMBERS: Mapping[str, Callable[..., int]] = {
    "floordiv": lambda a, b: a // b if b else 0,  # of an empty tensor: nothing is there to count
    "ceildiv": lambda a, b: -(-a // b) if b else 0,
    "mod": lambda a, b: a % b if b else 0,
    "max": lambda *sizes: max(sizes),
    "min": lambda *sizes: min(sizes),
    "broadcast": lambda *sizes: next((n for n in sizes if n != 1), 1),
}
"""What calls are where every symbol has a size."""


def _substituted(atom: Atom, values: Mapping[str, Expr | int]) -> Expr:
    if isinstance(atom, Symbol):
        return _expr(values.get(atom.name, symbol(atom.name)))
    return FUNCTIONS[atom.name](*(a.substitute(values) for a in atom.arguments))


def _value(atom: Atom, sizes: Mapping[str, int]) -> int:
    if isinstance(atom, Symbol):
        return sizes[atom.name]
    numbers = [a.value(sizes) for a in atom.arguments]
    return _NUMBERS[atom.name](*numbers)


_TOKEN = re.compile(r"\s*(?:(\d+)|([A-Za-z_][\w.$]*)|([-+*(),]))")


def identifier(text: str) -> str:
    """A name like `text` that `parse` reads as one symbol."""
    cleaned = re.sub(r"[^A-Za-z0-9_.$]", "_", text)
    return cleaned if re.match(r"[A-Za-z_]", cleaned) else f"_{cleaned}"


def parse(text: str) -> Expr:
    """What `str` wrote; raises `ModelError` IX101 for anything else."""
    return _Parser(text, constant, symbol, FUNCTIONS).result()


def evaluate(text: str, sizes: Mapping[str, int]) -> int:
    """The number that an expression is where its symbols have these sizes.

    Raises `ModelError` IX101 for what is no expression, or names a symbol without a size.
    """

    def size(name: str) -> int:
        if name not in sizes:
            raise ModelError("IX101", f"{text!r:.80} needs the size of {name!r:.40}")
        return sizes[name]

    return _Parser(text, int, size, _NUMBERS).result()


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    while position < len(text.rstrip()):
        found = _TOKEN.match(text, position)
        if found is None:
            raise _bad(text)
        tokens.append(found.group().strip())
        position = found.end()
    return tokens


def _bad(text: str) -> ModelError:
    return ModelError(
        "IX101", f"{text!r:.80} is no size",
        hint="sizes are names, numbers, + - * and " + ", ".join(FUNCTIONS),
    )  # fmt: skip


class _Parser:
    """Reads a text as what `number`, `name` and `functions` make of its parts."""

    def __init__(
        self,
        text: str,
        number: Callable[[int], Any],
        name: Callable[[str], Any],
        functions: Mapping[str, Callable[..., Any]],
    ) -> None:
        self.text, self.tokens, self.depth = text, _tokens(text)[::-1], 0
        self.number, self.name, self.functions = number, name, functions

    def result(self) -> Any:
        """What the whole text is."""
        found = self.sum()
        if self.tokens:
            raise _bad(self.text)
        return found

    def next(self) -> str:
        if not self.tokens:
            raise _bad(self.text)
        return self.tokens.pop()

    def accept(self, *wanted: str) -> str | None:
        return self.tokens.pop() if self.tokens and self.tokens[-1] in wanted else None

    def sum(self) -> Any:
        self.depth += 1
        if self.depth > 100:
            raise _bad(self.text)
        total = -self.product() if self.accept("-") else self.product()
        while sign := self.accept("+", "-"):
            total = total + self.product() if sign == "+" else total - self.product()
        self.depth -= 1
        return total

    def product(self) -> Any:
        total = self.factor()
        while self.accept("*"):
            total = total * self.factor()
        return total

    def factor(self) -> Any:
        token = self.next()
        if token.isdigit():
            if len(token) > 30:
                raise _bad(self.text)
            return self.number(int(token))
        if token == "(":
            inner = self.sum()
            if self.next() != ")":
                raise _bad(self.text)
            return inner
        if not (token[0].isalpha() or token[0] == "_"):
            raise _bad(self.text)
        if not self.accept("("):
            return self.name(token)
        arguments = [self.sum()]
        while self.accept(","):
            arguments.append(self.sum())
        two = token in ("floordiv", "ceildiv", "mod")
        if self.next() != ")" or token not in self.functions or (two and len(arguments) != 2):
            raise _bad(self.text)
        return self.functions[token](*arguments)
