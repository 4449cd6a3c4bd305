# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The one way to rewrite IR: ops keep integer ids, new ops descend from the ops they replace.

An op's id travels in its location, `loc("op":ID:0)`, so clones keep it. Everything else about an
id (ancestors, model sources, which pattern made it) is in the `Provenance` side tables, as interned
sets: fusing a thousand ops does not nest a thousand locations.

Passes rewrite with `apply_patterns` (patterns are plain xDSL `RewritePattern`s) or, when not
written as patterns, inside `rewriting(...)`. `Provenance.settle` runs after each pass (each phase
where nobody watches): what was made outside both gets an id with the pass as the only reason, and
ids cloned inside a module are split.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from xdsl.dialects.builtin import FileLineColLoc, IntAttr, ModuleOp, StringAttr
from xdsl.ir import Attribute, Block, Operation, OpResult, Region, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern
from xdsl.rewriter import InsertPoint

from iree_explore.observer import Rewrite
from iree_explore.source import Source, source_of_location
from iree_explore.walk import walk

if TYPE_CHECKING:
    from iree_explore.context import CompilerContext

_FILE = StringAttr("op")
_ZERO = IntAttr(0)
_EMPTY: frozenset[int] = frozenset()


class Origin(NamedTuple):
    """What is known of one op id: direct ancestors, indices into `Provenance.sources` (of the op
    and of everything it descends from), and what made it ("import", a pattern or a pass)."""

    ancestors: frozenset[int]
    sources: frozenset[int]
    reason: str


def op_id(op: Operation) -> int:
    """The id in the op's location, or 0 if it has none yet."""
    location = op.location
    if type(location) is FileLineColLoc and location.filename is _FILE:
        return location.line.data
    return 0


def _id_at(location: Attribute) -> int:
    if type(location) is FileLineColLoc and location.filename is _FILE:
        return location.line.data
    return 0


def with_id(number: int) -> FileLineColLoc:
    """The location that carries op id `number`."""
    # Every op gets one: made without the constructors, whose checks cost more than all else here.
    location, line = FileLineColLoc.__new__(FileLineColLoc), IntAttr.__new__(IntAttr)
    object.__setattr__(line, "data", number)
    object.__setattr__(location, "filename", _FILE)
    object.__setattr__(location, "line", line)
    object.__setattr__(location, "column", _ZERO)
    return location


@dataclass
class Provenance:
    """The side tables of one compilation. Not thread-safe: the compile thread owns it."""

    origins: dict[int, Origin] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    observe: Callable[[Rewrite], None] | None = None
    next_id: int = 1
    whole: set[int] = field(default_factory=set)
    """Indices into `sources` that stand for a whole model: only of ops that have no other."""
    changed: list[int] = field(default_factory=list)
    """Ids whose origin is no longer what it was when they were made; a recorder empties it."""
    _source_ids: dict[Source, int] = field(default_factory=dict)
    _sets: dict[frozenset[int], frozenset[int]] = field(default_factory=dict)

    def source(self, source: Source) -> int:
        """Index of `source` in `sources`, interned."""
        index = self._source_ids.get(source)
        if index is None:
            index = self._source_ids[source] = len(self.sources)
            self.sources.append(source)
        return index

    def replace_source(self, index: int, source: Source) -> None:
        """What is known of a source by now; everything that names it names this."""
        self.sources[index] = source
        self._source_ids.setdefault(source, index)

    def sources_of(self, op: Operation | int) -> list[Source]:
        """Model sources of an op (or id), by layer name; empty if it has none."""
        origin = self.origins.get(op if isinstance(op, int) else op_id(op))
        found = [self.sources[i] for i in origin.sources] if origin else []
        return sorted(found, key=lambda s: (s.layer, s.file, s.line))

    def assign(
        self,
        op: Operation,
        ancestors: Iterable[int] = (),
        sources: Iterable[int] = (),
        reason: str = "import",
    ) -> int:
        """Gives `op` (not its nested ops) a new id descending from `ancestors`; returns the id."""
        return self.assign_all((op,), ancestors, sources, reason)[0]

    def assign_all(
        self,
        ops: Iterable[Operation],
        ancestors: Iterable[int] = (),
        sources: Iterable[int] = (),
        reason: str = "import",
    ) -> list[int]:
        """`assign` for ops that all descend from the same ones; returns their ids."""
        ancestor_set = self._intern(frozenset(ancestors))
        origins = self.origins
        if len(ancestor_set) == 1 and not sources:
            (only,) = ancestor_set
            source_set = origins[only].sources if only in origins else _EMPTY
        else:
            merged = set(sources)
            for a in ancestor_set:
                if a in origins:
                    merged |= origins[a].sources
            source_set = self._intern(self._parts(frozenset(merged)))
        origin = Origin(ancestor_set, source_set, reason)
        first = number = self.next_id
        for op in ops:
            origins[number] = origin
            op.location = with_id(number)
            number += 1
        self.next_id = number
        return list(range(first, number))

    def assign_imported(self, rows: Iterable[tuple[Operation, Source | None]]) -> None:
        """New ids for ops that descend from no other, each with what is known of its source."""
        nothing = Origin(_EMPTY, _EMPTY, "import")
        known: dict[int, tuple[Source, Origin]] = {}  # most sources are shared objects
        number = self.next_id
        for op, source in rows:
            if source is None:
                origin = nothing
            elif (row := known.get(id(source))) is not None:
                origin = row[1]
            else:
                sources = self._intern(self._parts(frozenset((self.source(source),))))
                origin = Origin(_EMPTY, sources, "import")
                known[id(source)] = source, origin
            self.origins[number] = origin
            op.location = with_id(number)
            number += 1
        self.next_id = number

    def explain(self, op: Operation, sources: Iterable[int]) -> None:
        """Says where an imported op comes from, if nothing did so far."""
        number = op_id(op)
        origin = self.origins[number]
        if not origin.sources:
            found = self._intern(self._parts(frozenset(sources)))
            self.origins[number] = Origin(origin.ancestors, found, origin.reason)

    def derive(self, op: Operation, *from_ops: Operation, reason: str) -> list[int]:
        """Gives `op` and all nested ops without an id new ids that descend from `from_ops`."""
        ancestors = [i for i in map(op_id, from_ops) if i]
        return self.assign_all([o for o in walk(op) if not op_id(o)], ancestors, reason=reason)

    def merge(self, kept: Operation, gone: Operation) -> None:
        """`kept` now stands for `gone` too: it and all nested ops descend from their like there.

        The two are equal op by op; for nothing that already descends from `kept` this changes.
        """
        for mine, other in zip(walk(kept), walk(gone), strict=True):
            number, also = op_id(mine), op_id(other)
            if not number or not also or number == also or number in self.ancestors_of(also):
                continue
            old, new = self.origins[number], self.origins[also]
            self.origins[number] = Origin(
                self._intern(old.ancestors | {also}),
                self._intern(self._parts(old.sources | new.sources)),
                old.reason,
            )
            self.changed.append(number)

    def ancestors_of(self, number: int) -> set[int]:
        """All ids that an id descends from."""
        found: set[int] = set()
        todo = [number]
        while todo:
            origin = self.origins.get(todo.pop())
            if origin is not None:
                new = origin.ancestors - found
                found |= new
                todo.extend(new)
        return found

    def settle(self, module: Operation, reason: str) -> int:
        """After a pass: ids for ops without one, new ids for the second and later op of an id.

        A foreign location (from a parsed file) becomes a `Source`. Returns how many ops had no
        derivation, so that tests can hold passes to account.
        """
        ops = walk(module)
        numbers = [
            at.line.data
            if type(at := op.location) is FileLineColLoc and at.filename is _FILE
            else 0
            for op in ops
        ]  # `op_id`, without a call for every op after every pass
        seen = set(numbers)
        if len(seen) == len(ops) and 0 not in seen and self.origins.keys() >= seen:
            return 0  # nearly always
        seen.clear()
        underived = 0
        for op, number in zip(ops, numbers, strict=True):
            if not number:
                source = source_of_location(op.location)
                if source is None:
                    underived += 1
                number = self.assign(
                    op, (), () if source is None else (self.source(source),), reason
                )
            elif number in seen:
                number = self.assign(op, (number,), reason=reason)
            elif number not in self.origins:
                self.origins[number] = Origin(_EMPTY, _EMPTY, reason)
                self.next_id = max(self.next_id, number + 1)
            seen.add(number)
        return underived

    def _parts(self, sources: frozenset[int]) -> frozenset[int]:
        """Without whole models, if anything else is left."""
        return (sources - self.whole or sources) if self.whole else sources

    def _intern(self, ids: frozenset[int]) -> frozenset[int]:
        return self._sets.setdefault(ids, ids)


class _Log:
    """Collects what one rewrite does, through xDSL's listener hooks."""

    def __init__(self) -> None:
        self.inserted: list[Operation] = []
        self.removed: list[Operation] = []
        self.modified: list[Operation] = []

    def clear(self) -> None:
        self.inserted.clear()
        self.removed.clear()
        self.modified.clear()

    def report(
        self, provenance: Provenance, name: str, code: tuple[str, int], matched: Iterable[int]
    ) -> None:
        """Stamps the inserted ops and tells the observer."""
        from_, deleted = [i for i in matched if i], self._deleted()
        if deleted:
            # Constants inside what was removed are often shared with other layers: no ancestors.
            from_ += self._unshared() if any([op.regions for op in self.removed]) else deleted
        roots = tuple(dict.fromkeys(from_))
        new: dict[int, Operation] = {}  # by id(): inserted twice if together with what contains it
        for op in self.inserted:
            for o in walk(op) if op.regions else (op,):
                if not op_id(o):
                    new[id(o)] = o
        created = provenance.assign_all(new.values(), roots, reason=name) if new else []
        if provenance.observe is None:
            return
        modified = tuple(dict.fromkeys([i for op in self.modified if (i := op_id(op))]))
        if created or modified or deleted:
            provenance.observe(
                Rewrite(name, *code, roots, tuple(created), modified, tuple(deleted))
            )

    def _deleted(self) -> list[int]:
        """Ids of all removed ops; what the same rewrite inserted never had one."""
        return [
            number
            for op in self.removed
            for o in (walk(op) if op.regions else (op,))
            if (number := op_id(o))
        ]

    def _unshared(self) -> list[int]:
        return [
            number
            for op in self.removed
            for o in walk(op)
            if (o is op or o.name != "arith.constant") and (number := op_id(o))
        ]


class _LoggedRewriter(PatternRewriter):
    """A rewriter of which a log hears; a compilation makes hundreds."""

    def __init__(self, at: InsertPoint, log: _Log) -> None:
        # Instead of the constructors, which make a dozen lists and copy them.
        self.operation_insertion_handler = [log.inserted.append]
        self.operation_removal_handler = [log.removed.append]
        self.operation_modification_handler = [log.modified.append]
        self.operation_replacement_handler = []
        self.block_creation_handler = []
        self.insertion_point = at
        self.has_done_action = False
        self._name_hint = None
        self._current_operation = None


class Selective(RewritePattern):
    """A pattern that says beforehand which ops it is for: xDSL has a class for each name of an op
    that is not registered, but patterns cannot name it."""

    def looks_at(self, op: Any) -> bool:
        """Whether this may rewrite ops of the class of `op`."""
        return True


_Named = tuple[Callable[[Any, PatternRewriter], None], str, tuple[str, int]]
"""What to call of a pattern, the pattern's name, and the file and line of its code."""


class _Driver(PatternRewriter):
    """Rewriter and greedy driver in one: most ops that patterns look at are left as they are, and
    for those it does nothing but call the patterns. Ops are taken from the end of the worklist."""

    def __init__(
        self, ctx: CompilerContext, patterns: Sequence[RewritePattern], recursive: bool
    ) -> None:
        self._ctx = ctx
        self._log = log = _Log()
        self._worklist: dict[int, Operation] = {}  # by id()
        self._patterns = [
            (
                (_method(p), type(p).__name__, _code_of(type(p))),
                _closure(type(p)).get("expected_type", object),
                p.looks_at if isinstance(p, Selective) else None,
            )
            for p in patterns
        ]
        self._wanted = {wanted for _, wanted, _ in self._patterns}
        self._for_type: dict[type[Operation], list[_Named]] = {}
        self.operation_insertion_handler = [log.inserted.append]
        self.operation_removal_handler = [log.removed.append]
        self.operation_modification_handler = [log.modified.append]
        self.operation_replacement_handler = []
        if recursive:
            self.operation_insertion_handler.append(self._push)
            self.operation_removal_handler.append(self._push_operands)
            self.operation_modification_handler.append(self._push)
            self.operation_replacement_handler.append(self._push_users)
        self.operation_removal_handler.append(self._forget)
        self.block_creation_handler = []
        self.has_done_action = False
        self._at: InsertPoint | None = None
        self._name_hint = None
        self._current_operation = None

    @property
    def insertion_point(self) -> InsertPoint:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Before the matched op, unless the pattern says otherwise; made when first asked for."""
        if self._at is None:
            assert self._current_operation is not None
            self._at = InsertPoint.before(self._current_operation)
        return self._at

    @insertion_point.setter
    def insertion_point(self, at: InsertPoint) -> None:
        self._at = at

    def sweep(self, ops: Iterable[Operation]) -> bool:
        """Rewrites `ops`, the last one first, and what that adds; whether anything changed."""
        for op in ops:
            self._push(op)
        changed = False
        worklist, for_type, log = self._worklist, self._for_type, self._log
        while worklist:
            _, op = worklist.popitem()
            self._current_operation, self._at, self._name_hint = op, None, None
            at = op.location  # rewrites in place give it another id
            for rewrite, name, code in for_type[type(op)]:
                rewrite(op, self)
                if self.has_done_action:
                    changed = True
                    log.report(self._ctx.provenance, name, code, (_id_at(at),))
                    log.clear()
                    self.has_done_action = False
                    self._ctx.check_cancelled()
                    break
        return changed

    def _of(self, op: Operation) -> list[_Named]:
        """The patterns that look at ops of this one's class."""
        kinds = {wanted for wanted in self._wanted if isinstance(op, wanted)}
        patterns = self._for_type[type(op)] = [
            named
            for named, wanted, looks_at in self._patterns
            if wanted in kinds and (looks_at is None or looks_at(op))
        ]
        return patterns

    def _push(self, op: Operation) -> None:
        """Only ops that some pattern is for: often there are none."""
        patterns = self._for_type.get(type(op))
        if (patterns or (patterns is None and self._of(op))) and id(op) not in self._worklist:
            self._worklist[id(op)] = op

    def _push_operands(self, op: Operation) -> None:
        for value in op.operands:
            if type(value) is OpResult and value.has_one_use():
                self._push(value.op)

    def _push_users(self, op: Operation, _: Sequence[SSAValue | None]) -> None:
        for result in op.results:
            for use in result.uses:
                self._push(use.operation)

    def _forget(self, op: Operation) -> None:
        for removed in walk(op):
            self._worklist.pop(id(removed), None)


def _inside(region: Region) -> list[Operation]:
    return [o for block in region.blocks for op in block.ops for o in walk(op)]


def apply_patterns(
    ctx: CompilerContext,
    module: Operation,
    *patterns: RewritePattern,
    recursive: bool = True,
    walk_reverse: bool = False,
) -> bool:
    """Greedily applies `patterns` to every op under `module` until none matches (or once, if not
    `recursive`). New ops descend from the matched op and from all ops the same rewrite removed.

    Returns whether anything changed.
    """
    driver = _Driver(ctx, patterns, recursive)
    changed = False
    for region in module.regions:
        while driver.sweep(
            region.walk(region_first=True) if walk_reverse else reversed(_inside(region))
        ):
            changed = True
            if not recursive:
                break
    return changed


class rewriting:  # noqa: N801 - a function in all but name
    """One rewrite of a pass that is not written as patterns.

    Yields a `PatternRewriter` (insertion point before the first matched op, or `at`); ops inserted
    through it descend from `matched` and from what it erases. Ids of `matched` are read on entry.
    `code` is the file and line to name in the event, the caller's by default.

        with rewriting(ctx, "OutlineDispatch", region) as rewriter:
            rewriter.insert(new_op)
            rewriter.erase(region)
    """

    __slots__ = ("_at", "_code", "_ctx", "_ids", "_log", "_matched", "_name")

    def __init__(
        self,
        ctx: CompilerContext,
        name: str,
        *matched: Operation,
        at: InsertPoint | Block | None = None,
        code: tuple[str, int] | None = None,
    ) -> None:
        self._ctx = ctx
        self._name = name
        self._matched = matched
        self._at = at
        self._code = code

    def __enter__(self) -> PatternRewriter:
        if self._code is None and self._ctx.provenance.observe is not None:
            caller = sys._getframe(1)  # inspect.stack() walks all frames: milliseconds a call
            self._code = (caller.f_code.co_filename, caller.f_lineno)
        self._log = _Log()
        self._ids = [op_id(op) for op in self._matched]
        at = self._at
        if at is None:
            at = InsertPoint.before(self._matched[0])
        elif isinstance(at, Block):
            at = InsertPoint.at_end(at)
        return _LoggedRewriter(at, self._log)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._log.report(self._ctx.provenance, self._name, self._code or ("", 0), self._ids)
            self._ctx.check_cancelled()


def replace(
    ctx: CompilerContext,
    op: Operation,
    new_ops: Sequence[Operation],
    values: Sequence[SSAValue],
    name: str,
    code: tuple[str, int],
) -> None:
    """One rewrite without a `PatternRewriter` (three times as fast): `new_ops` before `op`, its
    results replaced by `values`, `op` erased."""
    number = op_id(op)
    block = op.parent
    assert block is not None
    block.insert_ops_before(new_ops, op)
    for old, new in zip(op.results, values, strict=True):
        if new.name_hint is None:
            new.name_hint = old.name_hint
        old.replace_all_uses_with(new)
    block.erase_op(op)
    created(ctx, number, new_ops, name, code, (number,))


def become(
    ctx: CompilerContext,
    op: Operation,
    cls: type[Operation],
    properties: dict[str, Attribute],
    name: str,
    code: tuple[str, int],
) -> None:
    """One rewrite in place: `op` is an op of `cls` now, with the same operands and results and a
    new id. A tenth of the time that it takes to make an op and to replace another by it."""
    number = op_id(op)
    op.__class__ = cls
    op.properties = properties
    created(ctx, number, (op,), name, code, (number,))


def created(
    ctx: CompilerContext,
    matched: int,
    ops: Sequence[Operation],
    name: str,
    code: tuple[str, int],
    deleted: tuple[int, ...] = (),
) -> None:
    """Gives `ops`, made from the op that had id `matched`, their ids, and tells the observer."""
    ids = tuple(ctx.provenance.assign_all(ops, (matched,) if matched else (), reason=name))
    observe = ctx.provenance.observe
    if observe is not None and (ids or deleted):
        observe(Rewrite(name, *code, (matched,), ids, (), deleted))


@functools.cache
def _closure(cls: type) -> dict[str, Any]:
    """What xDSL's `op_type_rewrite_pattern` keeps: the op type it lets through and the method."""
    method = cls.match_and_rewrite  # pyright: ignore[reportAttributeAccessIssue]
    code = getattr(method, "__code__", None)
    if code is None or code.co_name != "impl":
        return {}
    return {
        name: cell.cell_contents
        for name, cell in zip(code.co_freevars, method.__closure__ or (), strict=True)
    }


def _method(pattern: RewritePattern) -> Callable[[Any, PatternRewriter], None]:
    """A pattern's `match_and_rewrite`, past the check of the op's class."""
    method = _closure(type(pattern)).get("func")
    return pattern.match_and_rewrite if method is None else method.__get__(pattern)


@functools.cache
def _code_of(cls: type) -> tuple[str, int]:
    """File and line of a pattern's `match_and_rewrite`, or of the function that it calls."""
    if "code" in cls.__dict__:
        return cls.__dict__["code"]
    method = _closure(cls).get("func", cls.match_and_rewrite)  # pyright: ignore
    code = getattr(method, "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code else ("", 0)


def create_module(provenance: Provenance, reason: str) -> ModuleOp:
    """An empty module with an id."""
    module = ModuleOp([])
    provenance.assign(module, reason=reason)
    return module
