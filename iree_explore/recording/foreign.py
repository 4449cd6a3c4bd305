# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Another compiler's ops through its passes: op versions made of the IR that it prints.

The one idea: a printed op is the same op as in the dump before if text, location and operands say
so, then it keeps its id; what differs in less is a new version of it. Ops that none was matched
with are new: they descend from those of the same location that the pass removed, else from our
imported ops that the location names. `foreign_recorder` puts the steps into a recording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from iree_explore.recording import order
from iree_explore.targets.iree.parse import NAME, Node

Assign = Callable[[frozenset[int], str], int]
"""A new op id that descends from the given ids, and what made it."""

_ISOLATED = (".func", ".module", ".executable", ".variant", ".export", ".initializer",
             ".workgroups", ".execute", ".memoize")  # fmt: skip
MOST_ANCESTORS = 8
"""A new op of a location that more removed ops had descends from our op alone."""


@dataclass(eq=False)
class Version:
    """One version of an op; `row` is its place in the recording once it is there."""

    record: tuple
    row: int = -1


@dataclass
class Change:
    """What one pass changed."""

    births: list[Version] = field(default_factory=list)
    deaths: list[Version] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.births or self.deaths)


class ForeignTracker:
    """The tree of the module as last printed, with ids. `update` is told what a pass left."""

    def __init__(
        self, assign: Assign, intern: Callable[[str], int], types: Callable[[tuple[str, ...]], int]
    ) -> None:
        self.root: Node | None = None
        self.op_names: set[str] = set()
        self._assign = assign
        self._intern = intern
        self._types = types

    def update(self, scope: Sequence[str], printed: Node, made_by: str) -> Change:
        """The op at `scope` (folder names from the root) is now `printed`."""
        change = Change()
        if self.root is None or len(scope) < 2:
            old, parent = self.root, None
            self.root = printed
        else:
            old, parent = self._find(scope)
            if parent is None:
                return change  # inside of something that was never printed
            self._put(parent, old, printed)
        before = list(old.walk()) if old is not None else []
        fresh = self._match(before, old, printed, made_by)
        printed.parent = parent.number if parent is not None else 0
        if old is not None:
            printed.key = old.key
        where = (old.record[4], old.record[5]) if old is not None and old.record else (0, 0)
        self._emit(printed, where[0], where[1], change)
        for node in before:
            if node not in fresh and node.version is not None:
                change.deaths.append(node.version)  # pyright: ignore[reportArgumentType]
        return change

    # -- where it goes

    def ambiguous(self, scope: Sequence[str]) -> bool:
        """Whether several ops have a name of `scope`: those without a symbol share theirs."""
        node = self.root
        for name in scope[1:]:
            named = _inside(node, name) if node is not None else []
            if len(named) > 1:
                return True
            node = named[0] if named else None
        return False

    def _find(self, scope: Sequence[str]) -> tuple[Node | None, Node | None]:
        """The op that folders name, and the op that it is in."""
        parent = None
        node = self.root
        for name in scope[1:]:
            if node is None:
                return None, None
            parent = node
            named = _inside(parent, name)
            node = named[0] if named else None
        return node, parent

    def _put(self, parent: Node, old: Node | None, new: Node) -> None:
        for region in parent.regions:
            for block in region:
                if old is not None and old in block:
                    block[block.index(old)] = new
                    return
        if not parent.regions:
            parent.regions.append([[]])
        new.key = max((op.key for op in parent.regions[-1][-1]), default=0) + 1
        parent.regions[-1][-1].append(new)

    # -- which op is which

    def _match(self, before: list[Node], old: Node | None, new: Node, made_by: str) -> set[Node]:
        """Gives all new ops ids; returns the old ops that live on."""
        after = list(_resolved(new))
        pool = _Pool(before)
        if old is not None and old.name == new.name:
            pool.join(old, new)
        for node, parent in after:
            if not node.number:
                values = _values(node)
                if values is not None:
                    pool.exact(node, parent, values)
        for node, parent in after:
            if not node.number:
                pool.alike(node, parent)
        gone: dict[frozenset[int], list[int]] = {}
        for node in before:
            if node.ours and node not in pool.taken:
                gone.setdefault(node.ours, []).append(node.number)
        for node, _ in after:
            if not node.number:
                removed = gone.get(node.ours, ())
                few = 0 < len(removed) <= MOST_ANCESTORS
                node.number = self._assign(frozenset(removed) if few else node.ours, made_by)
        return pool.taken

    # -- versions

    def _emit(self, node: Node, region: int, block: int, change: Change) -> None:
        values = node.values = _values(node) or ()
        node.refs = []  # they make cycles of ops, which then live until a collection
        was, node.was = node.was, None
        if was is None or not _same(was, node, (node.parent, region, block, node.key)):
            self._version(node, values, region, block, change)
        for r, blocks in enumerate(node.regions):
            for b, ops in enumerate(blocks):
                place = (node.number, r, b)
                keys = order.assign(
                    [
                        op.key if op.record and (op.record[3], *op.record[4:6]) == place else None
                        for op in ops
                    ]
                )
                for op, key in zip(ops, keys, strict=True):
                    op.key, op.parent = key, node.number
                    self._emit(op, r, b, change)

    def _version(
        self, node: Node, values: tuple[str, ...], region: int, block: int, change: Change
    ) -> None:
        head, text = "", node.text
        if node.results:
            count = node.count
            head = f"%{node.number}{f':{count}' if count > 1 else ''} = "
        if values:
            parts = text.split(NAME)
            text = "".join(
                x for pair in zip(parts, (*(f"%{v}" for v in values), ""), strict=False)
                for x in pair
            )  # fmt: skip
        own = f"b{node.number}_"
        record = (
            node.number,
            self._intern(node.name),
            self._intern(head + text),
            node.parent,
            region,
            block,
            node.key,
            " ".join(v for v in values if not v.startswith(own) and v[0] in "b0123456789"),
            self._types(node.types),
            self._intern(node.symbol),
        )
        self.op_names.add(node.name)
        if record != node.record:
            if node.version is not None:
                change.deaths.append(node.version)  # pyright: ignore[reportArgumentType]
            node.record = record
            node.version = Version(record)
            change.births.append(node.version)  # pyright: ignore[reportArgumentType]


def _inside(node: Node, scope: str) -> list[Node]:
    """The ops directly in `node` that a folder of this name is of."""
    return [op for region in node.regions for block in region for op in block
            if op.scope == scope]  # fmt: skip


def _same(was: Node, node: Node, place: tuple) -> bool:
    """Whether an op's version is the one that it had in the dump before."""
    return (
        was.values == node.values
        and was.text == node.text
        and was.record[3:7] == place
        and (was.name, was.symbol, was.types, was.count)
        == (node.name, node.symbol, node.types, node.count)
    )


class _Pool:
    """Old ops that no new one was matched with yet."""

    def __init__(self, before: list[Node]) -> None:
        self.taken: set[Node] = set()
        self._by: dict[tuple, list[Node]] = {}
        for node in reversed(before):
            same = (node.name, node.text, node.ours)
            for key in (
                (node.parent, same, node.values),
                (same, node.values),
                (node.parent, same),
                (node.name, node.symbol) if node.symbol else None,
                (node.parent, node.name, node.ours, node.count),
                (node.name, node.ours, node.count) if node.ours else None,
            ):
                if key is not None:
                    self._by.setdefault(key, []).append(node)

    def exact(self, node: Node, parent: Node | None, values: tuple[str, ...]) -> None:
        """The same text, location and operands, in the same op if possible."""
        same = (node.name, node.text, node.ours)
        if parent is not None and parent.number and self._take(
            node, (parent.number, same, values)
        ):  # fmt: skip
            return
        if values or not node.regions:
            self._take(node, (same, values))

    def alike(self, node: Node, parent: Node | None) -> None:
        """The same symbol, or text, or at least kind and location."""
        number = parent.number if parent is not None else 0
        same = (node.name, node.text, node.ours)
        if node.symbol and self._take(node, (node.name, node.symbol)):
            return
        if (
            self._take(node, (number, same))
            or self._take(node, (number, node.name, node.ours, node.count))
            or not node.ours
        ):
            return
        self._take(node, (node.name, node.ours, node.count))

    def join(self, old: Node, new: Node) -> None:
        """`new` is what became of `old`."""
        self.taken.add(old)
        new.number, new.key = old.number, old.key
        new.record, new.version = old.record, old.version
        new.was = old if old.record else None

    def _take(self, node: Node, key: tuple) -> bool:
        waiting = self._by.get(key)
        while waiting:
            old = waiting.pop()
            if old not in self.taken:
                self.join(old, node)
                return True
        return False


def _resolved(root: Node) -> Iterator[tuple[Node, Node | None]]:
    """All ops with the op that each is in, in textual order; fills `refs`: for each name in an
    op's text which op defines it."""
    late: list[tuple[Node, int, str, dict]] = []
    found: list[tuple[Node, Node | None]] = []
    _resolve(root, None, {}, late, found)
    for node, place, name, known in late:
        owner = known.get(name.partition("#")[0])
        if owner is not None:
            node.refs[place] = _ref(owner, name)
    return iter(found)


def _resolve(node: Node, parent: Node | None, known: dict, late: list, found: list) -> None:
    found.append((node, parent))
    inside = dict(known) if node.regions and node.name.endswith(_ISOLATED) else known
    defines = set(node.defines)
    arguments = 0
    refs: list = []
    for name in node.names:
        base = name.partition("#")[0]
        if base in defines or (node.regions and base not in known):
            defines.discard(base)
            inside[base] = (node, -1, arguments)
            refs.append((node, -1, arguments))
            arguments += 1
            continue
        owner = (inside if arguments else known).get(base)
        if owner is None:
            late.append((node, len(refs), name, known))
            refs.append(name)
        else:
            refs.append(_ref(owner, name))
    node.refs = refs
    for region in node.regions:
        for block in region:
            for op in block:
                _resolve(op, node, inside, late, found)
    offset = 0
    for name, count in node.results:
        known[name] = (node, 1, offset)
        offset += count


def _ref(owner: tuple, name: str) -> tuple:
    node, kind, index = owner
    number = name.partition("#")[2]
    return (node, kind, index + int(number)) if number else owner


def _values(node: Node) -> tuple[str, ...] | None:
    """The recording's names of what `refs` are; None if an op among them has no id yet."""
    found: list[str] = []
    for ref in node.refs:
        if type(ref) is str:
            found.append(ref[1:])
            continue
        owner, kind, index = ref
        number = owner.number
        if not number:
            return None
        if kind < 0:
            found.append(f"b{number}_{index}")
        else:
            found.append(str(number) if owner.count == 1 else f"{number}#{index}")
    return tuple(found)
