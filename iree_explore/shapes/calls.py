# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whether the shapes of a call are what the signature says: `ShapeCheck`.

The question is one generated Python function over the shapes, a microsecond or two; only where it
says no are the sizes looked at one by one, to say everything that is wrong with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iree_explore.shapes.expressions import FUNCTIONS, Atom, Expr, Symbol, constant, parse
from iree_explore.shapes.signature import Constraint, parse_constraint

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Tensor:
    """An argument as declared: sizes are expressions, None where any will do."""

    name: str
    sizes: tuple[Expr | None, ...]


def tensor(name: str, shape: Sequence[int | None], dims: Sequence[str]) -> Tensor:
    """An argument of `shape` (None: unknown) whose unknown sizes `dims` names, if it does."""
    sizes = []
    for axis, size in enumerate(shape):
        text = dims[axis] if axis < len(dims) else ""
        sizes.append(constant(size) if size is not None else parse(text) if text else None)
    return Tensor(name, tuple(sizes))


@dataclass(frozen=True)
class _Binding:
    """A symbol is `(size - offset) / factor`, of an argument's dimension."""

    symbol: str
    argument: int
    axis: int
    factor: int = 1
    offset: int = 0


class ShapeCheck:
    """Compares the shapes of calls with what is declared of the arguments that are tensors."""

    def __init__(self, arguments: Sequence[Tensor], constraints: Sequence[str] = ()) -> None:
        self.arguments = tuple(arguments)
        self._bindings = _bindings(self.arguments)
        bound = self._bindings.keys()
        every = map(parse_constraint, constraints)
        self.constraints = [c for c in every if c.symbols() <= bound]
        self.fits: Callable[[Sequence[Shape]], bool] = self._compiled()
        """Whether shapes, one for each argument, satisfy everything."""

    def violations(self, shapes: Sequence[Shape]) -> list[str]:
        """Everything that is wrong with the shapes of a call, a clause each."""
        found = []
        for argument, shape in zip(self.arguments, shapes, strict=True):
            if len(shape) != len(argument.sizes):
                found.append(f"argument {argument.name} has {len(argument.sizes)} dimensions, "
                             f"got shape {list(shape)}")  # fmt: skip
        if found:
            return found
        sizes: dict[str, int] = {}
        for binding in self._bindings.values():
            size = shapes[binding.argument][binding.axis]
            value, rest = divmod(size - binding.offset, binding.factor)
            if not rest and value >= 0:
                sizes[binding.symbol] = value
        for index, argument in enumerate(self.arguments):
            for axis, wanted in enumerate(argument.sizes):
                wrong = self._wrong(index, axis, wanted, shapes[index], sizes)
                if wrong:
                    found.append(wrong)
        for constraint in self.constraints:
            if constraint.symbols() <= sizes.keys() and not constraint.holds(sizes):
                found.append(self._unsatisfied(constraint, sizes))
        return found

    def _wrong(
        self, index: int, axis: int, wanted: Expr | None, shape: Shape, sizes: Mapping[str, int]
    ) -> str:
        name, got = self.arguments[index].name, shape[axis]
        if wanted is None or not wanted.symbols() <= self._bindings.keys():
            return ""
        if wanted.constant is not None:
            if wanted.constant == got:
                return ""
            return f"argument {name} has size {wanted} in dimension {axis}, got shape {list(shape)}"
        if not wanted.symbols() <= sizes.keys():
            return f"argument {name} has size {got} in dimension {axis}, which is no {wanted}"
        needed = wanted.value(sizes)
        if needed == got:
            return ""
        said = f"argument {name} has size {got} in dimension {axis}, but {wanted} is {needed}"
        return f"{said}: {self._origins(wanted.symbols(), sizes, wanted.symbol is None)}"

    def _origins(self, names: frozenset[str], sizes: Mapping[str, int], values: bool) -> str:
        """Where symbols get their sizes."""
        found = []
        for name in sorted(names):
            binding = self._bindings[name]
            said = f"argument {self.arguments[binding.argument].name}, dimension {binding.axis}"
            found.append(f"{name} is {sizes[name]}, {said}" if values else said)
        return "; ".join(found)

    def _unsatisfied(self, constraint: Constraint, sizes: Mapping[str, int]) -> str:
        said = f"{constraint.left} {constraint.relation} {constraint.right} does not hold"
        place = f" ({constraint.place})" if constraint.place else ""
        return f"{said}{place}: {self._origins(constraint.symbols(), sizes, True)}"

    def _compiled(self) -> Callable[[Sequence[Shape]], bool]:
        """`fits` as a Python function; all names in its text are made here."""
        names = {n: f"s{i}" for i, n in enumerate(self._bindings)}
        rows = [f"({''.join(f'd{i}_{d}, ' for d in range(len(a.sizes)))})"
                for i, a in enumerate(self.arguments)]  # fmt: skip
        lines, tests = [], []
        own = {(b.argument, b.axis) for b in self._bindings.values()}
        for name, b in self._bindings.items():
            size = f"d{b.argument}_{b.axis}"
            if b.factor == 1 and b.offset == 0:
                names[name] = size
                continue
            shifted = f"({size} - {b.offset})"
            lines.append(f"{names[name]} = {shifted} // {b.factor}")
            tests += [f"{shifted} % {b.factor} == 0", f"{names[name]} >= 0"]
        for i, argument in enumerate(self.arguments):
            for d, wanted in enumerate(argument.sizes):
                if wanted is None or (i, d) in own or not wanted.symbols() <= names.keys():
                    continue
                tests.append(f"d{i}_{d} == {_python(wanted, names)}")
        for c in self.constraints:
            tests.append(f"{_python(c.left, names)} {c.relation} {_python(c.right, names)}")
        unpack = f"{''.join(f'{row}, ' for row in rows)} = shapes" if rows else ""
        text = _function(unpack, lines, " and ".join(tests) or "True")
        scope: dict[str, Any] = {name: _NUMBERS[name] for name in FUNCTIONS}
        exec(compile(text, "<shapes of a call>", "exec"), scope)
        return scope["fits"]


def _function(unpack: str, lines: Sequence[str], answer: str) -> str:
    rows = ["def fits(shapes):"]
    if unpack:  # fails where a rank is another
        rows += ["    try:", f"        {unpack}", "    except ValueError:", "        return False"]
    rows += [f"    {line}" for line in lines]
    return "\n".join([*rows, f"    return {answer}"])


def _floordiv(a: int, b: int) -> int:
    return a // b if b else 0


def _mod(a: int, b: int) -> int:
    return a % b if b else 0


_NUMBERS: Mapping[str, Callable[..., int]] = {
    "floordiv": _floordiv,
    "ceildiv": lambda a, b: -(-a // b) if b else 0,
    "mod": _mod,
    "max": max,
    "min": min,
    "broadcast": lambda *sizes: next((n for n in sizes if n != 1), 1),
}
"""The functions of expressions on numbers."""


def _python(value: Expr, names: Mapping[str, str]) -> str:
    """An expression as Python; symbols are the variables that `names` says."""
    terms = []
    for monomial, coefficient in value.terms:
        factors = [_atom(a, names) for a in monomial]
        if coefficient != 1 or not factors:
            factors.insert(0, f"({coefficient})" if coefficient < 0 else str(coefficient))
        terms.append("*".join(factors))
    text = " + ".join(terms) or "0"
    return text if len(terms) < 2 else f"({text})"


def _atom(atom: Atom, names: Mapping[str, str]) -> str:
    if isinstance(atom, Symbol):
        return names[atom.name]
    return f"{atom.name}({', '.join(_python(a, names) for a in atom.arguments)})"


def _bindings(arguments: Sequence[Tensor]) -> dict[str, _Binding]:
    """Where each symbol gets its size: the first dimension that is it, else a multiple of it."""
    found: dict[str, _Binding] = {}
    for plain in (True, False):
        for index, argument in enumerate(arguments):
            for axis, size in enumerate(argument.sizes):
                if size is None or len(size.symbols()) != 1:
                    continue
                (name,) = size.symbols()
                if name in found:
                    continue
                if size.symbol is not None:
                    found[name] = _Binding(name, index, axis)
                elif not plain:
                    factor, offset = _linear(size)
                    if factor:
                        found[name] = _Binding(name, index, axis, factor, offset)
    return found


def _linear(size: Expr) -> tuple[int, int]:
    """c and d of `c*symbol + d`, (0, 0) for anything else."""
    factor = 0
    for monomial, coefficient in size.terms:
        if monomial:
            if factor or len(monomial) != 1 or not isinstance(monomial[0], Symbol):
                return 0, 0
            factor = coefficient
    return (factor, size.offset) if factor > 0 else (0, 0)
