# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Collects, while a compilation runs, what stands for every `?` in every stage.

The one idea: values keep their meaning, so the `SymbolicShapes` of the imported function goes on to
answer for whatever passes make of it; the tracker asks whenever it writes a version. Device code
has sizes of its own, the index arguments of its entry point: what they are is looked up where it is
dispatched, once all passes are done (`shape_builder.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import IndexType, IntegerType, ModuleOp, ShapedType
from xdsl.ir import Attribute, Operation, SSAValue

from iree_explore.flow.dialect import DispatchOp, DispatchTensorType
from iree_explore.hal.host_ops import DeviceMemoizeOp
from iree_explore.hal.types import BufferType
from iree_explore.provenance import op_id
from iree_explore.recording import shape_work
from iree_explore.recording.shape_builder import Entry, Function, Site, Tables, build
from iree_explore.recording.shape_records import Shapes
from iree_explore.shapes.expressions import Expr
from iree_explore.shapes.facts import Facts, Place
from iree_explore.shapes.inference import PropagationStep, SymbolicShapes
from iree_explore.stream.dialect import ResourceType
from iree_explore.walk import walk

_NOTHING, _DIMS, _CONTENTS, _SCALAR = range(4)


class ShapeRecorder:
    """What one compilation knows of sizes. Nothing is done before `inferred` is called, so programs
    without unknown sizes cost nothing."""

    def __init__(self) -> None:
        self.tables = Tables()
        self._kinds: dict[int, tuple[int, Attribute]] = {}
        self._scopes: dict[int, Function | Entry | None] = {}
        self._commands: dict[str, tuple[Function, Sequence[SSAValue]]] | None = None

    @property
    def active(self) -> bool:
        """Whether any function has unknown sizes."""
        return bool(self.tables.functions)

    def inferred(
        self, function: func.FuncOp, shapes: SymbolicShapes, steps: Sequence[PropagationStep]
    ) -> None:
        """What shape inference found out of an exported function, conflicts included."""
        found = Function.of(function, shapes, steps)
        self.tables.functions[found.name] = found

    def begin_step(self) -> None:
        """Call before the tracker looks at the module."""
        self._scopes.clear()
        self._commands = None

    def sized(self, op: Operation, version: int) -> None:
        """Call for every version that the tracker writes: keeps what stands for its `?`."""
        known = self._kinds
        kinds = []
        for result in op.results:
            type_ = result._type  # pyright: ignore[reportPrivateUsage]
            kind = known.get(id(type_))
            kinds.append(self._kind(type_) if kind is None else kind[0])
        shaped = _DIMS in kinds or _CONTENTS in kinds
        if not shaped and _SCALAR not in kinds:
            return
        block = op.parent
        if id(block) not in self._scopes:
            self._scopes[id(block)] = self._scope(op)
        scope = self._scopes[id(block)]
        if scope is None or not (shaped or isinstance(scope, Function)):
            return
        scope.shapes.revisit(op)
        found: list[Expr | None] = []
        for kind, result in zip(kinds, op.results, strict=True):
            found += _sizes(scope, kind, result)
        if shaped or any(e is not None and e.constant is None for e in found):
            self.tables.rows[version] = (scope, tuple(found))
        elif version in self.tables.rows:
            del self.tables.rows[version]

    def dispatches(self, module: ModuleOp) -> None:
        """Call after every pass of phase flow: who dispatches what may change in each."""
        tables = self.tables
        tables.earlier += tables.sites
        tables.sites = [s for f in self._hosts(module) for s in self._sites(*f)]

    def phase_ended(self, phase: str, module: ModuleOp) -> None:
        """Collects what only a whole stage has: dispatches, workgroup counts, allocations."""
        tables = self.tables
        for scope in (*tables.functions.values(), *tables.entries.values()):
            scope.shapes.prune(module)
        if phase == "flow":
            for entry, function in self._entries(module):
                entry.flops = shape_work.flops(entry.shapes, function)
        elif phase == "stream":
            tables.allocations = [
                (host, *row)
                for host, function in self._hosts(module)
                for row in shape_work.allocations(host.shapes, function, module)
            ]
        elif phase == "executable-configurations":
            exports = self._exports(module)
            for export, entry in exports:
                if entry.key not in tables.served:
                    own = shape_work.workgroups(entry.shapes, export, entry.workload)
                    entry.workgroups = own
            for export, entry in exports:
                if entry.key in tables.served:
                    served = tables.entries[tables.served[entry.key]]
                    served.workgroups = shape_work.chosen_workgroups(
                        served.shapes, export, served.workload, served.workgroups
                    )

    def sample(self, function: str, inputs: Sequence[Sequence[int]]) -> bool:
        """The shapes of one call's arguments, for symbols that have no sample size yet; whether
        there were such."""
        found = self.tables.functions.get(function)
        return found is not None and found.take_sample(inputs)

    def build(self) -> Shapes:
        """Everything so far as a record."""
        return build(self.tables)

    # -- inside

    def _kind(self, type_: Attribute) -> int:
        """What is asked of results of a type, which is kept: its id() stays its own."""
        kind = _NOTHING
        if isinstance(type_, ShapedType):
            kind = _DIMS if any(n < 0 for n in type_.get_shape()) else _NOTHING
        elif isinstance(type_, DispatchTensorType):
            dynamic = any(n < 0 for n in type_.bound_type.get_shape())
            kind = _CONTENTS if dynamic else _NOTHING
        elif isinstance(type_, IndexType | ResourceType | BufferType):
            kind = _SCALAR
        elif isinstance(type_, IntegerType):
            kind = _SCALAR if type_.width.data > 1 else _NOTHING
        self._kinds[id(type_)] = (kind, type_)
        return kind

    def _scope(self, op: Operation) -> Function | Entry | None:
        """The function (host) or entry point (device) whose symbols the op's sizes are made of."""
        at, function, found = op.parent_op(), None, None
        while at is not None:
            if isinstance(at, func.FuncOp) and function is None:
                function = at
            if at.name.endswith(".executable"):
                found = at
            at = at.parent_op()
        if function is None:
            return None
        if id(function) not in self._scopes:
            scope = self._host(function) if found is None else self._entry(found, function)
            self._scopes[id(function)] = scope
        return self._scopes[id(function)]

    def _host(self, function: func.FuncOp) -> Function | None:
        found = self.tables.functions.get(function.sym_name.data)
        if found is not None:
            found.seed(function)
            return found
        if self._commands is None:
            self._commands = self._recorded(function.parent_op())
        host, keys = self._commands.get(function.sym_name.data, (None, ()))
        if host is not None:
            _, *arguments = function.body.blocks[0].args
            for argument, key in zip(arguments, keys, strict=True):
                host.shapes.set_scalar(argument, host.shapes.element(key))
        return host

    def _recorded(self, module: Operation | None) -> dict[str, tuple[Function, Sequence[SSAValue]]]:
        """The functions that record command buffers: whose they are, and the values of their
        parameters after the device."""
        return {
            op.function.string_value(): (host, op.keys)
            for host, function in (self._hosts(module) if isinstance(module, ModuleOp) else ())
            for op in walk(function)
            if isinstance(op, DeviceMemoizeOp)
        }

    def _entry(self, executable: Operation, function: func.FuncOp) -> Entry:
        name = executable.properties["sym_name"].data  # pyright: ignore[reportAttributeAccessIssue]
        key = (name, function.sym_name.data)
        entry = self.tables.entries.get(key)
        if entry is None:
            place = Place(f"device code {function.sym_name.data}", op_id(function))
            shapes = SymbolicShapes(Facts(), lambda op: Place(op.name, op_id(op)))
            served = self.tables.entries.get((name, _served(executable, key[1])))
            if served is None:
                entry = Entry.of(key, function, shapes, place)
            else:
                names = [size.symbol or "" for size in served.workload]
                entry = Entry(key, shapes, [shapes.facts.declare(n, place) for n in names])
                self.tables.served[key] = served.key
            self.tables.entries[key] = entry
        entry.seed(function)
        return entry

    def _hosts(self, module: ModuleOp) -> list[tuple[Function, func.FuncOp]]:
        found = []
        for op in module.body.block.ops:
            if isinstance(op, func.FuncOp):
                host = self.tables.functions.get(op.sym_name.data)
                if host is not None:
                    host.seed(op)
                    found.append((host, op))
        return found

    def _sites(self, host: Function, function: func.FuncOp) -> list[Site]:
        found = []
        for op in walk(function):
            if isinstance(op, DispatchOp):
                names = op.entry_point
                key = (names.root_reference.data, names.nested_references.data[-1].data)
                workload = tuple(host.shapes.scalar(value) for value in op.workload)
                nbytes = shape_work.bytes_of_dispatch(host.shapes, op)
                found.append(Site(op_id(op), host, key, workload, nbytes))
        return found

    def _entries(self, module: ModuleOp) -> list[tuple[Entry, func.FuncOp]]:
        return [
            (self._entry(executable, op), op)
            for executable in module.body.block.ops
            if executable.name.endswith(".executable")
            for op in walk(executable)
            if isinstance(op, func.FuncOp) and op.body.blocks
        ]

    def _exports(self, module: ModuleOp) -> list[tuple[Operation, Entry]]:
        found = []
        for executable in module.body.block.ops:
            if executable.name != "hal.executable":
                continue
            name = executable.properties["sym_name"].data  # pyright: ignore[reportAttributeAccessIssue]
            for op in walk(executable):
                if op.name == "hal.executable.export":
                    key = (name, op.properties["sym_name"].data)  # pyright: ignore[reportAttributeAccessIssue]
                    if (entry := self.tables.entries.get(key)) is not None:
                        found.append((op, entry))
        return found


def _served(executable: Operation, name: str) -> str:
    """The entry point that dispatches name: of a specialised copy the one that it stands for."""
    for op in walk(executable):
        fallback = op.properties.get("condition_fallback")
        if fallback is not None and op.properties["sym_name"].data == name:  # pyright: ignore
            return fallback.string_value()  # pyright: ignore[reportAttributeAccessIssue]
    return name


def _sizes(scope: Function | Entry, kind: int, value: SSAValue) -> list[Expr | None]:
    shapes = scope.shapes
    if kind == _DIMS:
        shape = value.type.get_shape()  # pyright: ignore[reportAttributeAccessIssue]
        dims = shapes.dims(value)
        return [size for static, size in zip(shape, dims, strict=True) if static < 0]
    if kind == _CONTENTS:
        shape = value.type.bound_type.get_shape()  # pyright: ignore[reportAttributeAccessIssue]
        found = shapes.contents(value) or [None] * len(shape)
        return [size for static, size in zip(shape, found, strict=True) if static < 0]
    if kind == _SCALAR and isinstance(scope, Function):
        return [shapes.known(shapes.element(value))]
    return []
