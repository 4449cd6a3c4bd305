# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes the record `Shapes` out of what a compilation told: every size once, by index.

`Function` (host) and `Entry` (device code) are the two scopes that have symbols. A size of device
code is one of the host function if all its dispatches pass the same sizes, else it stays in terms
of the entry point's own arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from xdsl.dialects import func
from xdsl.dialects.builtin import IndexType, ShapedType, StringAttr, TensorType
from xdsl.ir import SSAValue

from iree_explore.codegen.distribution import workload_values
from iree_explore.hal.types import BufferViewType
from iree_explore.provenance import op_id
from iree_explore.recording.shape_records import (
    COORDINATES,
    LONGEST_SIZE,
    Allocation,
    ConflictRecord,
    DispatchSizes,
    EquationRecord,
    PropagationRecord,
    ShapeArgument,
    Shapes,
    ShapeSymbol,
    SizeTexts,
    VersionSizes,
)
from iree_explore.recording.shape_work import nbytes
from iree_explore.shapes.expressions import Expr, symbol
from iree_explore.shapes.facts import Conflict, Equation, Place, Range
from iree_explore.shapes.inference import PropagationStep, SymbolicShapes


@dataclass
class Argument:
    """An argument of an exported function, as imported; `dims` are its sizes if it is a tensor."""

    name: str
    type: Any
    dims: tuple[Expr, ...]


@dataclass
class Function:
    """An exported function; `inputs` says of each symbol which argument and dimension has it."""

    name: str
    shapes: SymbolicShapes
    arguments: list[Argument]
    inputs: dict[str, tuple[str, int]]
    steps: list[tuple[int, str, tuple[tuple[Expr, ...], ...], str]]
    equations: list[Equation]
    conflicts: list[Conflict]
    samples: dict[str, int] = field(default_factory=dict)
    seeded: tuple[SSAValue, ...] = ()

    @staticmethod
    def of(
        function: func.FuncOp, shapes: SymbolicShapes, steps: Sequence[PropagationStep]
    ) -> Function:
        """What is known when shape inference is done; `steps` are its `PropagationStep`s."""
        attributes = function.arg_attrs
        arguments: list[Argument] = []
        inputs: dict[str, tuple[str, int]] = {}
        for i, value in enumerate(function.body.blocks[0].args):
            name = attributes.data[i].data.get("iree.abi.name") if attributes is not None else None  # pyright: ignore[reportAttributeAccessIssue]
            text = name.data if isinstance(name, StringAttr) else f"arg{i}"
            dims = shapes.declared_dims(value) if isinstance(value.type, TensorType) else ()
            arguments.append(Argument(text, value.type, dims))
            for dimension, size in enumerate(dims):
                for size_symbol in sorted(size.symbols()):
                    inputs.setdefault(size_symbol, (text, dimension))
        facts = shapes.facts
        equations = [
            Equation(symbol(name), value, facts.reason(name).place)
            for name, value in facts.solved.items()
            if name in inputs
        ]
        told = [(op_id(s.op), s.direction, s.sizes, s.learnt) for s in steps]
        shapes.steps = None  # what later stages ask is no step of inference
        return Function(
            function.sym_name.data, shapes, arguments, inputs, told, [*equations, *facts.unsolved],
            list(facts.conflicts), seeded=tuple(function.body.blocks[0].args),
        )  # fmt: skip

    def seed(self, function: func.FuncOp) -> None:
        """Says what the arguments are where a pass replaced them."""
        values = tuple(function.body.blocks[0].args)
        if values == self.seeded or len(values) != len(self.arguments):
            return
        self.seeded = values
        for value, argument in zip(values, self.arguments, strict=True):
            if isinstance(value.type, BufferViewType):
                self.shapes.set_contents(value, argument.dims)
                self.shapes.set_scalar(value, nbytes(argument.type, argument.dims))
            elif isinstance(value.type, ShapedType) and argument.dims:
                self.shapes.set_dims(value, argument.dims)

    def take_sample(self, inputs: Sequence[Sequence[int]]) -> bool:
        """Remembers the sizes that one call's arguments have, where none are known; whether it
        told any."""
        before = len(self.samples)
        for argument, shape in zip(self.arguments, inputs, strict=False):
            for size, number in zip(argument.dims, shape, strict=False):
                if size.symbol is not None:
                    self.samples.setdefault(size.symbol, number)
        return len(self.samples) > before


@dataclass
class Entry:
    """An entry point of device code; `workload` are the symbols of its index arguments in order."""

    key: tuple[str, str]
    shapes: SymbolicShapes
    workload: list[Expr]
    flops: Expr | None = None
    workgroups: tuple[Expr, ...] = ()
    seeded: tuple[SSAValue, ...] = ()

    @property
    def name(self) -> str:
        """The entry point's symbol."""
        return self.key[1]

    @staticmethod
    def of(
        key: tuple[str, str], function: func.FuncOp, shapes: SymbolicShapes, place: Place
    ) -> Entry:
        """The entry point as phase flow made it."""
        values = [a for a in function.body.blocks[0].args if isinstance(a.type, IndexType)]
        names = [value.name_hint or "n" for value in values]
        return Entry(key, shapes, [shapes.facts.declare(name, place) for name in names])

    def seed(self, function: func.FuncOp) -> None:
        """Says what the index arguments are where a pass replaced them: by others, or by constants
        that are loaded."""
        if not self.workload:
            return
        values = tuple(a for a in function.body.blocks[0].args if isinstance(a.type, IndexType))
        if not values:
            for value, position in workload_values(function).items():
                if position < len(self.workload):
                    self.shapes.set_scalar(value, self.workload[position])
        elif values != self.seeded and len(values) == len(self.workload):
            self.seeded = values
            for value, size in zip(values, self.workload, strict=True):
                self.shapes.set_scalar(value, size)


Scope = Function | Entry


@dataclass
class Site:
    """One `flow.dispatch`: what it passes as workload, and the bytes of its bindings."""

    op: int
    host: Function
    entry: tuple[str, str]
    workload: tuple[Expr, ...]
    nbytes: Expr


@dataclass
class Tables:
    """All that was told so far; `rows` has the sizes of each op version that has some, `earlier`
    the dispatches before the last pass that changed them."""

    functions: dict[str, Function] = field(default_factory=dict)
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    served: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """Copies of entry points for some sizes -> what the dispatches name."""
    rows: dict[int, tuple[Scope, tuple[Expr | None, ...]]] = field(default_factory=dict)
    sites: list[Site] = field(default_factory=list)
    earlier: list[Site] = field(default_factory=list)
    allocations: list[tuple[Function, int, str, Expr]] = field(default_factory=list)


def build(tables: Tables) -> Shapes:
    """The record of everything told so far."""
    return _Builder(tables).build()


class _Builder:
    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.scopes: list[Scope] = list(tables.functions.values())
        self.index = {id(scope): i for i, scope in enumerate(self.scopes)}
        self.sizes: dict[tuple[int, Expr], int] = {}
        self.texts: list[tuple[int, str]] = []
        self.found: dict[tuple[int, int, bool], tuple[int, Expr]] = {}
        self.lists: dict[tuple[int, ...], int] = {}
        self.coordinates: dict[int, set[str]] = {}
        self.passed = self.passed_by_all()

    def passed_by_all(self) -> dict[tuple[str, str], Site]:
        """For each entry point a dispatch that passes the same sizes as all its others do."""
        sites: dict[tuple[str, str], list[Site]] = {}
        for site in self.tables.sites:
            sites.setdefault(site.entry, []).append(site)
        for site in reversed(self.tables.earlier):  # of code that was the same as other code
            sites.setdefault(site.entry, [site])
        return {key: found[0] for key, found in sites.items() if _same(found)}

    def build(self) -> Shapes:
        tables = self.tables
        rows = {version: self.list(*row) for version, row in tables.rows.items()}
        arguments = [self.argument(f, a) for f in tables.functions.values() for a in f.arguments]
        dispatches = [self.dispatch(site) for site in tables.sites]
        allocations = [
            Allocation(op, self.function(host), kind, self.size(host, size))
            for host, op, kind, size in tables.allocations
        ]
        propagation, equations, conflicts = [], [], []
        for function in tables.functions.values():
            number = self.function(function)
            for op, direction, sizes, learnt in function.steps:
                lists = [self.list(function, row, raw=True) for row in sizes]
                propagation.append(PropagationRecord(number, op, direction, lists, learnt))
            for e in function.equations:
                left, right = (self.size(function, x, raw=True) for x in (e.left, e.right))
                if left >= 0 and right >= 0:
                    equations.append(EquationRecord(number, left, right, e.place.text, e.place.op))
            for c in function.conflicts:
                ops = dict.fromkeys([c.equation.place.op, *(p.op for p in c.because)])
                conflicts.append(ConflictRecord(number, str(c), [op for op in ops if op]))
        symbols = self.symbols()
        return Shapes(
            [scope.name for scope in self.scopes],
            symbols,
            SizeTexts([f for f, _ in self.texts], [text for _, text in self.texts]),
            list(self.lists),
            VersionSizes(list(rows), list(rows.values())),
            arguments,
            dispatches,
            allocations,
            propagation,
            equations,
            conflicts,
        )

    def function(self, scope: Scope) -> int:
        """The index of a scope among the functions."""
        number = self.index.get(id(scope))
        if number is None:
            number = self.index[id(scope)] = len(self.scopes)
            self.scopes.append(scope)
        return number

    def size(self, scope: Scope, size: Expr, raw: bool = False) -> int:
        """The index of a size, in terms of unsolved symbols unless it is wanted `raw`; -1 if it is
        too long."""
        known = self.found.get((id(scope), id(size), raw))
        if known is None:
            where, found = scope, size
            if isinstance(scope, Entry):
                where, found = self.where_dispatched(scope, size)
            if not raw:
                found = where.shapes.facts.normal(found)
            index = self.index_of(self.function(where), found)
            # the size is kept: its id() stays its own
            known = self.found[id(scope), id(size), raw] = (index, size)
        return known[0]

    def index_of(self, function: int, size: Expr) -> int:
        """The index of a size as it is; -1 if its text is too long to be kept."""
        index = self.sizes.get((function, size))
        if index is None:
            text = str(size)
            index = len(self.texts) if len(text) <= LONGEST_SIZE else -1
            self.sizes[function, size] = index
            if index >= 0:
                self.texts.append((function, text))
        return index

    def where_dispatched(self, entry: Entry, size: Expr) -> tuple[Scope, Expr]:
        """A size of device code in terms of the host's symbols, where there is one answer."""
        site = self.passed.get(self.tables.served.get(entry.key, entry.key))
        if site is None:
            return entry, size
        values = {e.symbol or "": v for e, v in zip(entry.workload, site.workload, strict=True)}
        others = size.symbols() - values.keys()
        if not others <= COORDINATES:
            return entry, size
        self.coordinates.setdefault(self.function(site.host), set()).update(others)
        return site.host, size.substitute(values)

    def list(self, scope: Scope, sizes: Iterable[Expr | None], raw: bool = False) -> int:
        """The index of a list of sizes, -1 for those that are not known."""
        key = tuple([-1 if size is None else self.size(scope, size, raw) for size in sizes])
        return self.lists.setdefault(key, len(self.lists))

    def argument(self, function: Function, argument: Argument) -> ShapeArgument:
        shape = argument.type.get_shape() if argument.dims else ()
        unknown = [size for static, size in zip(shape, argument.dims, strict=True) if static < 0]
        number = self.function(function)
        return ShapeArgument(
            number, argument.name, str(argument.type), self.list(function, unknown)
        )

    def dispatch(self, site: Site) -> DispatchSizes:
        entry = self.tables.entries.get(site.entry)
        counts: list[int] = []
        flops = -1
        if entry is not None:
            counts = [self.passed_by(site, entry, e) for e in entry.workgroups]
            counts = [] if -1 in counts else counts
            flops = -1 if entry.flops is None else self.passed_by(site, entry, entry.flops)
        return DispatchSizes(
            site.op, self.function(site.host), site.entry[1], counts, flops,
            self.size(site.host, site.nbytes),
            [self.size(site.host, size) for size in site.workload],
        )  # fmt: skip

    def passed_by(self, site: Site, entry: Entry, size: Expr) -> int:
        """A size of device code where one dispatch calls it; -1 if it depends on more than sizes
        that the dispatch passes."""
        passed = {e.symbol or "": v for e, v in zip(entry.workload, site.workload, strict=True)}
        if not size.symbols() <= passed.keys():
            return -1
        return self.size(site.host, size.substitute(passed))

    def symbols(self) -> list[ShapeSymbol]:
        """The inputs of every function, and all other symbols that a size has."""
        used: list[set[str]] = [set() for _ in self.scopes]
        for number, size in self.sizes:
            used[number] |= size.symbols()
        found = []
        for number, scope in enumerate(self.scopes):
            facts = scope.shapes.facts
            inputs = _inputs(scope)
            wanted = used[number] | inputs.keys()
            waiting = list(wanted)
            while waiting:
                solved = facts.solved.get(waiting.pop())
                new = set() if solved is None else solved.symbols() - wanted
                wanted |= new
                waiting += new
            for name, place in facts.places.items():
                if name in wanted:
                    found.append(self.symbol(number, scope, name, place, inputs))
            for name in sorted(self.coordinates.get(number, set()) - facts.places.keys()):
                place = Place("which of a dispatch's workgroups it is")
                found.append(self.symbol(number, scope, name, place, inputs))
        return found

    def symbol(
        self, number: int, scope: Scope, name: str, place: Place,
        inputs: dict[str, tuple[str, int]],
    ) -> ShapeSymbol:  # fmt: skip
        facts = scope.shapes.facts
        range_ = facts.ranges.get(name, Range())
        argument, dimension = inputs.get(name, ("", -1))
        solved = facts.solved.get(name)
        return ShapeSymbol(
            function=number,
            name=name,
            kind="input" if name in inputs else "data",
            argument=argument,
            dimension=dimension,
            low=range_.low,
            high=-1 if range_.high is None else range_.high,
            divisor=range_.divisor,
            sample=scope.samples.get(name, -1) if isinstance(scope, Function) else -1,
            op=place.op,
            place=place.text,
            solved=-1 if solved is None else self.size(scope, solved),
        )


def _inputs(scope: Scope) -> dict[str, tuple[str, int]]:
    if isinstance(scope, Function):
        return scope.inputs
    return {e.symbol or "": ("workload", i) for i, e in enumerate(scope.workload)}


def _same(sites: Sequence[Site]) -> bool:
    """Whether all pass the same sizes in the same function."""
    first = sites[0]
    return all(s.host is first.host and s.workload == first.workload for s in sites)
