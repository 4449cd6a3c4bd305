# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Turns a live module, looked at after every pass, into op versions with birth and death.

The one idea: after a pass every op is compared with what it was by identity of its operands,
attributes and types, which is cheap; only new and changed ops are printed. `Recorder` calls
`Tracker.update` once a step and reads the columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from xdsl.dialects.builtin import UnregisteredOp
from xdsl.ir import Attribute, Block, Operation, SSAValue

from iree_explore.provenance import op_id
from iree_explore.recording import order
from iree_explore.recording.model import Versions
from iree_explore.recording.printing import OpPrinter, op_name, value_name

Assign = Callable[[Operation, tuple[int, ...]], int]
"""Gives an op a new id that descends from the given ids."""

Sized = Callable[[Operation, int], None]
"""Asks for the sizes of the results of an op whose version was just written."""


class Interner:
    """Values by index, each once; `values` only grows."""

    def __init__(self) -> None:
        self.values: list = []
        self._index: dict = {}

    def __call__(self, value) -> int:
        index = self._index.get(value)
        if index is None:
            index = self._index[value] = len(self.values)
            self.values.append(value)
        return index


class _State:
    """What an op was when last looked at."""

    __slots__ = (
        "arguments", "attributes", "block", "blocks", "key", "location", "number", "op", "operands",
        "parent", "properties", "record", "region", "results", "seen", "successors", "types",
        "version",
    )  # fmt: skip

    def __init__(self, op: Operation, number: int) -> None:
        self.op = op
        self.number = number
        self.location: Attribute = op.location
        self.version = -1
        self.seen = -1
        self.key: float | None = None
        self.parent = -1
        self.region = 0
        self.block = 0
        self.operands: tuple[SSAValue, ...] | None = None
        self.results: tuple[SSAValue, ...] = ()
        self.types: list[Attribute] = []
        self.attributes: dict[str, Attribute] = {}
        self.properties: dict[str, Attribute] = {}
        self.successors: tuple[int, ...] = ()
        self.arguments: list[tuple[Attribute, ...]] = []
        self.blocks: list[list[list[_State]]] = []
        self.record: tuple = ()


class Tracker:
    """Keeps the state of every live op and the columns of all versions so far."""

    def __init__(self, strings: Interner, type_lists: Interner, assign: Assign) -> None:
        self.rows: list[tuple] = []
        self.births: list[int] = []
        self.ends: list[int] = []
        self.deaths: list[tuple[int, int]] = []
        self.op_classes: dict[str, type[Operation]] = {}
        self.sized: Sized | None = None
        self._names: dict[type[Operation], int] = {}
        self._strings = strings
        self._type_lists = type_lists
        self._type_index: dict[tuple[int, ...], tuple[int, tuple[Attribute, ...]]] = {}
        self._assign = assign
        self._printer = OpPrinter()
        self._states: dict[int, _State] = {}
        self._by_number: dict[int, _State] = {}
        self._root: Operation | None = None
        self._again: list[Operation] = []
        self._step = -1
        self._changes = 0

    def update(self, root: Operation, scope: Operation, step: int) -> bool:
        """Looks at `scope` (the root, or a module inside it) after a pass; True if it changed."""
        self._step = step
        self._changes = 0
        if self._root is not root or id(scope) not in self._states:
            scope = self._root = root
        state = self._states.get(id(scope))
        if state is None or scope is root:
            before = list(self._states.values())
        else:
            before = list(_inside(state))
        if state is None or state.op is not scope:
            state = self._fresh(scope)
        self._look(state, state.parent if scope is not root else 0, state.region, state.block,
                   1.0 if state.key is None else state.key)  # fmt: skip
        for dead in before:
            if dead.seen != step:
                self._forget(dead)
        again, self._again = self._again, []
        for op in again:
            known = self._states.get(id(op))
            if known is not None and known.op is op:
                self._emit(known)
        return self._changes > 0

    @property
    def count(self) -> int:
        """How many versions there are."""
        return len(self.rows)

    def columns(self, start: int = 0) -> Versions:
        """The versions from index `start` on, by column."""
        columns: dict[str, list] = {name: [] for name in _RECORD}
        rows = self.rows[start:]
        if rows:
            columns = {
                name: list(column)
                for name, column in zip(_RECORD, zip(*rows, strict=True), strict=True)
            }
        return Versions(birth=self.births[start:], death=self.ends[start:], **columns)

    def top_level(self) -> list[int]:
        """Ids of the ops directly inside the root."""
        root = self._states.get(id(self._root))
        if root is None:
            return []
        return [s.number for region in root.blocks for block in region for s in block]

    def parent_of(self, number: int) -> int:
        """The id of the op that contains the live op `number`, 0 if there is none."""
        state = self._by_number.get(number)
        return 0 if state is None else state.parent

    def adopt_keys(self, keys: Mapping[int, float]) -> None:
        """Sort keys of live ops by id: versions to come fit in with those of another tracker."""
        for state in self._states.values():
            state.key = keys.get(state.number, state.key)

    def given_since(self) -> dict[int, int]:
        """The ids that ops were given since they were looked at, by those that `assign` made."""
        return {
            number: own
            for number, state in self._by_number.items()
            if (own := op_id(state.op)) and own != number and own not in self._by_number
        }

    def live(self) -> list[tuple[Operation, int]]:
        """Every op that is alive, and its version."""
        return [(s.op, s.version) for s in self._states.values() if s.version >= 0]

    def know(self, root: Operation, ops: Iterable[Operation], alive: dict[int, int]) -> None:
        """Takes `ops` of a module as looked at before: `alive` has the version of each by id."""
        self._root = root
        for op in ops:
            number = op_id(op)
            index = alive.get(number)
            if index is None:
                continue
            state = _State(op, number)
            row = state.record = self.rows[index]
            state.version = index
            state.parent, state.region, state.block, state.key = row[PARENT : PARENT + 4]
            self._states[id(op)] = self._by_number[number] = state

    # -- looking at ops

    def _look(self, state: _State, parent: int, region: int, block: int, key: float) -> None:
        op = state.op
        state.seen = self._step
        if state.location is not op.location:
            self._renumber(state)
        dirty = state.version < 0
        operands = op._operands  # pyright: ignore[reportPrivateUsage]
        if state.operands is not operands and state.operands != operands:
            state.operands = operands
            dirty = True
        if state.attributes != op.attributes:
            state.attributes = dict(op.attributes)
            dirty = True
        if state.properties != op.properties:
            state.properties = dict(op.properties)
            dirty = True
        types = [result._type for result in op.results] if op.results else []  # pyright: ignore
        if types != state.types:
            state.types = types
            dirty = True
        if state.key != key or state.parent != parent or state.region != region \
                or state.block != block:  # fmt: skip
            state.parent, state.region, state.block, state.key = parent, region, block, key
            dirty = True
        if op._successors:  # pyright: ignore[reportPrivateUsage]
            successors = tuple(_block_index(b) for b in op.successors)
            if successors != state.successors:
                state.successors = successors
                dirty = True
        if op.regions:
            self._look_inside(state, op, dirty)
        elif dirty:
            self._emit(state)

    def _look_inside(self, state: _State, op: Operation, dirty: bool) -> None:
        arguments = [
            tuple(a._type for a in b.args)  # pyright: ignore[reportPrivateUsage]
            for r in op.regions for b in r.blocks
        ]  # fmt: skip
        if arguments != state.arguments:
            if [len(a) for a in arguments] != [len(a) for a in state.arguments]:
                self._again.extend(
                    use.operation
                    for r in op.regions for b in r.blocks for a in b.args for use in a.uses
                )  # fmt: skip
            state.arguments = arguments
            dirty = True
        plan: list[tuple[int, int, list[_State], list[float]]] = []
        blocks: list[list[list[_State]]] = []
        for r, region in enumerate(op.regions):
            blocks.append([])
            for b, block in enumerate(region.blocks):
                known = r < len(state.blocks) and b < len(state.blocks[r])
                old = state.blocks[r][b] if known else None
                new = self._members(block)
                if new != old:
                    dirty = True
                    keys = order.assign([
                        s.key if s.parent == state.number and s.region == r and s.block == b
                        else None for s in new
                    ])  # fmt: skip
                else:
                    keys = [s.key for s in new]
                blocks[r].append(new)
                plan.append((r, b, new, keys))  # pyright: ignore[reportArgumentType]
        state.blocks = blocks
        if dirty:
            self._emit(state)
        number = state.number
        look = self._look
        for r, b, members, keys in plan:
            for member, key in zip(members, keys, strict=True):
                look(member, number, r, b, key)

    def _members(self, block: Block) -> list[_State]:
        states = self._states
        found: list[_State] = []
        op = block.first_op
        while op is not None:
            state = states.get(id(op))
            if state is None or state.op is not op:
                state = self._fresh(op)
            found.append(state)
            op = op._next_op  # pyright: ignore[reportPrivateUsage]
        return found

    def _fresh(self, op: Operation) -> _State:
        """The state of an op object not seen before, which may carry on the id of another."""
        number = op_id(op)
        if not number:
            number = self._assign(op, ())
        holder = self._by_number.get(number)
        if holder is not None and op_id(holder.op) != number:  # this clone has kept its id
            self._renumber(holder)
            holder = self._by_number.get(number)
        if holder is not None and self._attached(holder.op):
            number = self._assign(op, (number,))
            holder = None
        if holder is not None:
            self._states.pop(id(holder.op), None)
            holder.op = op
            holder.location = op.location
            holder.operands = None  # compared by name when printed
            holder.blocks = []
            state = holder
        else:
            state = _State(op, number)
            self._by_number[number] = state
        self._states[id(op)] = state
        return state

    def _attached(self, op: Operation) -> bool:
        at: Operation | None = op
        while at is not None:
            if at is self._root:
                return True
            at = at.parent_op()
        return False

    def _renumber(self, state: _State) -> None:
        """The op object got another id (a clone kept the old one)."""
        state.location = state.op.location
        number = op_id(state.op) or self._assign(state.op, ())
        if number == state.number:
            return
        if self._by_number.get(state.number) is state:
            del self._by_number[state.number]
            self._close(state)
        state.version, state.record, state.number = -1, (), number
        self._by_number[number] = state
        for result in state.op.results:
            self._again.extend(use.operation for use in result.uses)
        for region in state.op.regions:
            for block in region.blocks:
                for argument in block.args:
                    self._again.extend(use.operation for use in argument.uses)

    # -- writing versions

    def _emit(self, state: _State) -> None:
        """Writes a version if anything that is recorded of the op differs."""
        op = state.op
        operands = [value_name(v) for v in op._operands]  # pyright: ignore[reportPrivateUsage]
        cls = type(op)
        name = self._names.get(cls)
        if name is None:
            name = self._name(op)
        symbol = state.properties.get("sym_name") or state.attributes.get("sym_name")
        record = (
            state.number,
            name,
            self._strings(self._printer.render(op, operands)),
            state.parent,
            state.region,
            state.block,
            state.key,
            " ".join(operands),
            self._types(state.types),
            0 if symbol is None else self._strings(str(getattr(symbol, "data", ""))),
        )
        if record == state.record:
            return
        state.record = record
        self._changes += 1
        if state.version >= 0 and self.births[state.version] == self._step:
            self.rows[state.version] = record
        else:
            self._close(state)
            state.version = len(self.rows)
            self.rows.append(record)
            self.births.append(self._step)
            self.ends.append(-1)
        if self.sized is not None and state.types:
            self.sized(op, state.version)

    def _name(self, op: Operation) -> int:
        name = op_name(op)
        self.op_classes.setdefault(name, type(op))
        index = self._strings(name)
        if not isinstance(op, UnregisteredOp):
            self._names[type(op)] = index
        return index

    def _types(self, types: list[Attribute]) -> int:
        key = tuple([id(t) for t in types])
        known = self._type_index.get(key)
        if known is None:
            index = self._type_lists(tuple(self._strings(self._type_text(t)) for t in types))
            known = self._type_index[key] = (index, tuple(types))
        return known[0]

    def _type_text(self, type_: Attribute) -> str:
        self._printer.parts = []
        self._printer.print_attribute(type_)
        return "".join(self._printer.parts)

    def _close(self, state: _State) -> None:
        if state.version >= 0:
            self.ends[state.version] = self._step
            self.deaths.append((state.version, self._step))

    def _forget(self, state: _State) -> None:
        self._changes += 1
        self._close(state)
        if self._by_number.get(state.number) is state:
            del self._by_number[state.number]
        if self._states.get(id(state.op)) is state:
            del self._states[id(state.op)]


OP, PARENT = 0, 3
"""Where a row has its op id and its parent's."""

_RECORD = (
    "op", "name", "text", "parent", "region", "block", "order", "operands", "types", "symbol",
)  # fmt: skip


def _inside(state: _State) -> Iterator[_State]:
    for region in state.blocks:
        for block in region:
            for member in block:
                yield member
                yield from _inside(member)


def _block_index(block: Block) -> int:
    region = block.parent
    if region is not None:
        for index, other in enumerate(region.blocks):
            if other is block:
                return index
    return -1
