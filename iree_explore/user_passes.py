# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A pass written in a notebook cell: `@ie.rewrite` (one pattern) and `@ie.pass_` (a whole pass).

The one idea: the user writes a function, and it becomes a pass like any other, with a place in the
pipeline (`before=`, `after=`, else the end of `preprocessing`), ids and events of its rewrites, and
a log of what it matched and of what it nearly matched. What can go wrong in it (it raises, deletes
what is used, rewrites for ever, never returns) is a typed error that names it. Where next:
`interruption.py` stops what does not end, `recording/pass_report.py` shows the log.
"""

from __future__ import annotations

import difflib
import fnmatch
import inspect
import time
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, cast

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter

from iree_explore.errors import Error, ModelError
from iree_explore.interruption import Interrupted, interruptible
from iree_explore.phase import PassLine, Phase
from iree_explore.provenance import Selective, apply_patterns, op_id
from iree_explore.structure import op_text, place_in_cell, raised_in, structure_problems
from iree_explore.walk import walk

if TYPE_CHECKING:
    from iree_explore.context import CompilerContext

REWRITES_AN_OP = 10
"""A pattern that rewrites more often than this for each op of the module does not end."""


class Unmet(Exception):
    """A condition of a pattern does not hold (`require`)."""


_met: list[int] = [0]


def require(condition: object, reason: str) -> None:
    """Goes on if `condition` is true; else the pattern leaves this op alone, and `reason` is shown
    with it among the near misses.

        ie.require(len(op.operands) == 2, "it has another number of operands")
    """
    if not condition:
        raise Unmet(reason)
    _met[0] += 1


@dataclass(frozen=True)
class Match:
    """One rewrite that a pattern did: the op it matched, as it was printed before."""

    op: int
    name: str
    text: str
    source: str


@dataclass(frozen=True)
class NearMiss:
    """An op that a pattern looked at and left: `met` conditions held, then `reason` did not."""

    op: int
    name: str
    text: str
    source: str
    reason: str
    met: int


@dataclass
class PassLog:
    """What one pass of the user's did in one compilation, over all modules that it ran on."""

    matches: list[Match] = field(default_factory=list)
    looked_at: int = 0
    elapsed_ns: int = 0
    error: str = ""
    _misses: dict[int, NearMiss] = field(default_factory=dict)

    @property
    def near_misses(self) -> list[NearMiss]:
        """Those that came nearest first."""
        matched = {match.op for match in self.matches}
        found = [miss for op, miss in self._misses.items() if op not in matched]
        return sorted(found, key=lambda miss: -miss.met)


class UserPass:
    """A pass of the user's; made by `ie.rewrite` and `ie.pass_`, given to `passes=` of `ie.compile`
    and `ie.explore`, or to `session.insert`. `log` is what it did in the last compilation."""

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        kind: str,
        ops: Sequence[str | type[Operation]] = (),
        name: str | None = None,
        before: str | None = None,
        after: str | None = None,
        limit_s: float = 60,
    ) -> None:
        self.function = function
        self.kind = kind
        self.ops = tuple(ops)
        self.name = name or function.__name__.replace("_", "-")
        if before and after:
            raise ModelError(
                "IX204", f"{self.name}: before={before!r} and after={after!r}",
                hint="name one place: the pass runs once",
            )  # fmt: skip
        self.before = before
        self.after = after
        self.limit_s = limit_s
        self.log = PassLog()
        code = inspect.unwrap(function).__code__
        self.code = (code.co_filename, code.co_firstlineno)
        self.__doc__ = function.__doc__
        self._class = self._pass_class()

    def __repr__(self) -> str:
        place = f"before {self.before}" if self.before else f"after {self.after}"
        if not self.before and not self.after:
            place = "at the end of phase preprocessing"
        return f"<{self.kind} {self.name}, {place}>"

    def load(self) -> type[ModulePass]:
        """The pass as xDSL has them."""
        return self._class

    def _pass_class(self) -> type[ModulePass]:
        members = {
            "name": self.name,
            "user": self,
            "code": self.code,
            "__doc__": inspect.cleandoc(self.__doc__) if self.__doc__ else "",
            "__module__": self.function.__module__,
        }
        return type(self.function.__name__, (_Runs,), members)

    # -- running

    def run(self, ctx: CompilerContext, module: ModuleOp) -> None:
        """Runs on one module. Raises `ModelError` IX212 if the function raises, IX213 if what it
        leaves is no valid module, IX214 if it does not end."""
        known = ctx.user_logs
        log = known.get(self.name)
        if log is None:
            log = known[self.name] = self.log = PassLog()
        pattern = None
        begin = time.perf_counter_ns()
        try:
            with interruptible(ctx.cancel, self.limit_s):
                if self.kind == "rewrite":
                    pattern = self._pattern(ctx, module, log)
                    apply_patterns(ctx, module, pattern)
                else:
                    self.function(ctx, module)
        except (Interrupted, Error) as raised:
            if isinstance(raised, Error):
                raise
            log.error = f"stopped: {raised}"
            raise self._endless(ctx, raised, pattern) from None
        except Exception as raised:  # whatever the user's code raises is told as theirs
            log.error = f"{type(raised).__name__}: {raised}"
            raise self._failed(ctx, module, raised, pattern) from raised
        finally:
            log.elapsed_ns += time.perf_counter_ns() - begin
        if pattern is not None:
            pattern.settle(module)
        self._check(ctx, module, log)

    def _pattern(self, ctx: CompilerContext, module: ModuleOp, log: PassLog) -> _Pattern:
        members = {"code": self.code}
        cls = type(self.function.__name__, (_Pattern,), members)
        return cls(self, ctx, module, log)

    def _failed(
        self, ctx: CompilerContext, module: ModuleOp, raised: Exception, pattern: _Pattern | None
    ) -> ModelError:
        where, op = raised_in(raised, self.function)
        op = pattern.op if pattern is not None and pattern.op is not None else op
        text = str(raised).strip().splitlines()
        what = f"{type(raised).__name__}: {text[0]}" if text else type(raised).__name__
        because = [where] if where else []
        hint = "mend the function and run its cell again; the session is as it was"
        if "still has uses" in str(raised):
            what = "it deletes an op whose results are still used"
            hint = "replace it (rewriter.replace, or return a value), or delete its users first"
        if op is not None:
            shown = pattern.text if pattern is not None and pattern.text else op_text(op)
            because += ["while looking at", *(f"  {line}" for line in shown.splitlines())]
            because += _users(op) if "deletes" in what else []
        return ModelError(
            "IX212", f"your {self.kind} {self.name} failed: {what}",
            model=_source(ctx, op), because="\n".join(because) or None, hint=hint,
        )  # fmt: skip

    def _endless(
        self, ctx: CompilerContext, raised: Interrupted, pattern: _Pattern | None
    ) -> ModelError:
        where, op = raised_in(raised, self.function)
        op = op if pattern is None else pattern.op
        because = [str(raised), where or place_in_cell(*self.code)]
        if pattern is not None and pattern.text:
            because += ["while looking at", *(f"  {line}" for line in pattern.text.splitlines())]
        return ModelError(
            "IX214", f"your {self.kind} {self.name} does not end",
            model=_source(ctx, op), because="\n".join(because),
            hint="what it makes must not match again: ie.require(...) what tells the two apart",
        )  # fmt: skip

    def _check(self, ctx: CompilerContext, module: ModuleOp, log: PassLog) -> None:
        """What it left is a module that the next pass can read."""
        problems = structure_problems(module, ctx.verifier)
        if not problems:
            return
        log.error = problems[0].message
        rows = [f"{p.message}\n  {p.text}" for p in problems[:10]]
        if len(problems) > 10:
            rows.append(f"... and {len(problems) - 10} more")
        raise ModelError(
            "IX213", f"your {self.kind} {self.name} leaves a module that is not valid",
            model=_source(ctx, problems[0].op), because="\n".join(rows),
            hint="every value that an op reads is made before it, and every op keeps its rules",
        )  # fmt: skip


class _Runs(ModulePass):
    """The pass that a `UserPass` is to the pipeline."""

    name = "user-pass"
    user: ClassVar[UserPass]

    def apply(self, ctx: Any, op: ModuleOp) -> None:
        self.user.run(ctx, op)


class _Pattern(Selective):
    """The user's function as a pattern; `op` is what it looks at just now."""

    code: ClassVar[tuple[str, int]]

    def __init__(self, user: UserPass, ctx: CompilerContext, module: ModuleOp, log: PassLog):
        self._user = user
        self._ctx = ctx
        self._log = log
        self._count = 0
        ops = walk(module)
        self._most = 1000 + REWRITES_AN_OP * len(ops)
        self._first_new = ctx.provenance.next_id
        self.op: Operation | None = None
        self.text = ""
        self._takes = len(inspect.signature(user.function).parameters)
        self._names = _known_names(user, ctx)

    def looks_at(self, op: Any) -> bool:
        user = self._user
        if not user.ops:
            return op.name != "builtin.module"
        if any(fnmatch.fnmatchcase(op.name, name) for name in self._names):
            return True
        return any(isinstance(kind, type) and isinstance(op, kind) for kind in user.ops)

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter) -> None:
        number, text = op_id(op), ""
        self.op, self.text = op, ""
        log = self._log
        log.looked_at += 1
        _met[0] = 0
        text = self.text = op_text(op)
        source = _source(self._ctx, op) or ""
        name = op.name
        try:
            found = self._user.function(*((op, rewriter)[: self._takes]))
            if found is not None and found is not False and found is not True:
                _replace(rewriter, op, found)
            reason = "" if rewriter.has_done_action else "the function changed nothing"
        except Unmet as unmet:
            reason = str(unmet)
            if rewriter.has_done_action:
                raise ValueError(
                    f"ie.require({reason!r}) failed after something was rewritten: "
                    "state all conditions first"
                ) from None
        if not reason:
            log._misses.pop(number, None)
            log.matches.append(Match(number, name, text, source))
            self._count += 1
            if self._count > self._most:
                raise Interrupted(f"it rewrote {self._count} times and still matches")
        elif number < self._first_new:
            log._misses[number] = NearMiss(number, name, text, source, reason, _met[0])
        self.op = None

    def settle(self, module: ModuleOp) -> None:
        """Forgets near misses that are gone by now."""
        alive = {op_id(op) for op in walk(module)}
        own = self._log._misses
        for number in [n for n in own if n not in alive and n < self._first_new]:
            del own[number]


def _replace(rewriter: PatternRewriter, op: Operation, found: Any) -> None:
    """What the function returned takes the op's place: values, ops (in order), or one of them."""
    items = list(found) if isinstance(found, list | tuple) else [found]
    if all(isinstance(item, Operation) for item in items):
        rewriter.replace(op, [o for o in items if o.parent is None], list(items[-1].results))
    elif all(isinstance(item, SSAValue) for item in items):
        new = [v.owner for v in items if isinstance(v.owner, Operation) and v.owner.parent is None]
        rewriter.replace(op, list(dict.fromkeys(new)), items)
    else:
        kinds = ", ".join(type(item).__name__ for item in items)
        raise TypeError(f"it returned {kinds}; return ops or values that replace the matched op")


def _known_names(user: UserPass, ctx: CompilerContext) -> list[str]:
    """The names of ops among `user.ops`; raises `ModelError` IX204 for what no dialect has."""
    names = [name for name in user.ops if isinstance(name, str)]
    dialects = {name.partition(".")[0] for name in names} - {"*"}
    unknown = [d for d in dialects if d not in ctx.registered_dialect_names]
    rows = [f"no dialect {d!r}{near(d, ctx.registered_dialect_names)}" for d in sorted(unknown)]
    for name in names:
        if "*" in name or name.partition(".")[0] in unknown:
            continue
        if ctx.get_optional_op(name) is None:
            loaded = [op.name for op in ctx.loaded_ops]
            rows.append(f"no op {name!r}{near(name, loaded)}")
    if rows:
        raise ModelError("IX204", f"{user.name}: it names unknown ops", because="\n".join(rows))
    return names


def near(name: str, known: Any) -> str:
    """Names that were perhaps meant, as the end of a sentence; "" if none is like it."""
    found = difflib.get_close_matches(name, list(known), 3)
    return f"; did you mean {' or '.join(found)}?" if found else ""


def _source(ctx: CompilerContext, op: Operation | None) -> str | None:
    if op is None:
        return None
    return "; ".join(str(s) for s in ctx.provenance.sources_of(op)[:3]) or None


def _users(op: Operation) -> list[str]:
    rows: list[str] = []
    for result in op.results:
        rows += [f"  {op_text(use.operation)}" for use in result.uses]
    return ["which is used by", *rows[:5]] if rows else []


# -- what the user types


def rewrite(
    *ops: Any,
    name: str | None = None,
    before: str | None = None,
    after: str | None = None,
    limit_s: float = 60,
) -> Any:
    """Makes a pattern of a function: it is called with each op that it is for, and with xDSL's
    `PatternRewriter` if it takes two arguments, until nothing matches any more.

        @ie.rewrite("linalg.add", after="input-lower-to-linalg")
        def drop_add_of_zero(op, rewriter):
            ie.require(is_zero(op.inputs[1]), "the second operand is not zero")
            rewriter.replace(op, [], [op.inputs[0]])

    `ops` are names (`*` stands for any characters) or op classes; without any the annotation of the
    first parameter counts, else all ops. Conditions are stated with `ie.require`; what the function
    returns (a value, an op, or a list of them) takes the matched op's place. It runs `before` or
    `after` the pass or phase of that name, by default at the end of `preprocessing`; `limit_s` is
    how long it may take. Running the cell again gives a pass of the same name, which replaces this
    one wherever it is given.

    Raises `ModelError` IX204 if both `before` and `after` are given.
    """
    options = {"name": name, "before": before, "after": after, "limit_s": limit_s}
    if len(ops) == 1 and inspect.isfunction(ops[0]):
        return _rewrite_of(ops[0], (), options)
    return lambda function: _rewrite_of(function, ops, options)


def _rewrite_of(
    function: Callable[..., Any], ops: Sequence[Any], options: dict[str, Any]
) -> UserPass:
    if not ops:
        first = next(iter(inspect.signature(function).parameters), "")
        hints = typing.get_type_hints(function)
        kind = hints.get(first)
        kinds = typing.get_args(kind) or (kind,)
        ops = [k for k in kinds if isinstance(k, type) and issubclass(k, Operation)]
    return UserPass(function, kind="rewrite", ops=[o for o in ops if o is not Operation], **options)


def pass_(
    function: Callable[[Any, ModuleOp], Any] | None = None,
    *,
    name: str | None = None,
    before: str | None = None,
    after: str | None = None,
    limit_s: float = 60,
) -> Any:
    """Makes a pass of a function of the compiler's context and the module; places as for
    `ie.rewrite`.

        @ie.pass_(before="dispatch-creation")
        def swap_operands(ctx, module):
            for op in module.walk():
                ...

    Ops that it makes inside `with ie.rewriting(ctx, "Name", op) as rewriter:` descend from those
    named there. Between passes on executables it is called for the inner module of each of them.
    """

    def made(function: Callable[..., Any]) -> UserPass:
        return UserPass(
            function, kind="pass", name=name, before=before, after=after, limit_s=limit_s
        )

    return made if function is None else made(function)


# -- places


@dataclass(frozen=True)
class UserLine(PassLine):
    """The line of a pass of the user's in the table of phases."""

    user: Any = None

    def load(self) -> type[ModulePass]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return cast(UserPass, self.user).load()


def with_passes(phases: Sequence[Phase], passes: Sequence[UserPass]) -> tuple[Phase, ...]:
    """The phases with the user's passes where they belong; of two of a name the later counts.

    Raises `ModelError` IX204 for what is no pass, a place that does not exist, and the name of a
    pass that the table has.
    """
    for one in passes:
        if not isinstance(one, UserPass):
            raise ModelError(
                "IX204", f"{one!r} is no pass", hint="make one with @ie.rewrite or @ie.pass_"
            )
    latest = {one.name: one for one in passes}
    made = list(phases)
    for one in latest.values():
        names = [line.name for phase in made for line in phase.passes]
        if one.name in names:
            raise ModelError(
                "IX204", f"the compiler has a pass {one.name}", hint="give yours another name="
            )
        index, at = _spot(made, one, names)
        phase = made[index]
        neighbours = phase.passes[at : at + 1] if one.before else phase.passes[at - 1 : at]
        scope, backend = "module", ""
        if neighbours and (one.before or one.after) not in [p.name for p in phases]:
            scope, backend = neighbours[0].scope, neighbours[0].backend
        line = UserLine("", first_line(one), scope, backend, one)
        lines = (*phase.passes[:at], line, *phase.passes[at:])
        made[index] = Phase(
            phase.name, phase.summary, lines, phase.allowed, phase.allowed_inside
        )  # fmt: skip
    return tuple(made)


def first_line(one: UserPass) -> str:
    """Why the pass is there, as far as its author says."""
    doc = (one.__doc__ or "").strip()
    return doc.splitlines()[0].rstrip(".") if doc else f"your {one.kind}"


def _spot(phases: Sequence[Phase], one: UserPass, names: Sequence[str]) -> tuple[int, int]:
    """Index of the phase and position among its passes."""
    place = one.before or one.after or "preprocessing"
    for index, phase in enumerate(phases):
        if phase.name == place:
            return index, 0 if one.before else len(phase.passes)
        for at, line in enumerate(phase.passes):
            if line.name == place:
                return index, at if one.before else at + 1
    known = [*names, *(phase.name for phase in phases)]
    raise ModelError(
        "IX204", f"{one.name}: no pass or phase {place!r}{near(place, known)}",
        hint="iree-explore passes lists all; session.recording.phases has them, too",
    )  # fmt: skip
