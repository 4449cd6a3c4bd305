# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Two branches of a session beside each other: ops, results, run times.

The one idea: up to where they part both have the same op ids, so what is shared is known by id; ops
made later are matched by what they say, value names left out. Calls are made in turns, so that both
meet the same noise.
"""

from __future__ import annotations

import re
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from iree_explore.errors import Error
from iree_explore.pipeline import PHASE_NAMES
from iree_explore.recording import runs
from iree_explore.recording.check import StageCheck
from iree_explore.recording.check import compare as compare_results
from iree_explore.recording.text import Outline

if TYPE_CHECKING:
    from iree_explore.session import Session

_VALUE = re.compile(r"%b?\d+(?:_\d+)?(?:#\d+)?(?=[^\w]|$)")
_PLACEHOLDER = re.compile("\x01[^\x02]*\x02")
_SHOWN = 12


@dataclass(frozen=True)
class OpChange:
    """One op that differs: its id before and after (0: there is none) and its first line."""

    before: int
    after: int
    old: str
    new: str


@dataclass(frozen=True)
class BranchDiff:
    """Ops of a stage of two branches; `changes` are those that are not the same in both."""

    stage: str
    changes: tuple[OpChange, ...]
    unchanged: int

    def __bool__(self) -> bool:
        return bool(self.changes)


@dataclass(frozen=True)
class Times:
    """Medians of calls made in turns, in nanoseconds; `ratio` above 1 says that the second one is
    that many times as fast. `noise` is how far the halves of the base's own samples differ."""

    base_ns: int
    other_ns: int
    repetitions: int
    noise: float

    @property
    def ratio(self) -> float:
        return self.base_ns / self.other_ns if self.other_ns else 1.0


@dataclass(frozen=True, repr=False)
class Comparison:
    """What `session.compare` found; prints as a table. `problems` says what could not be
    compared."""

    base: str
    other: str
    diff: BranchDiff
    signature: tuple[str, ...]
    results: tuple[StageCheck, ...]
    times: Times | None
    problems: tuple[str, ...] = field(default=())

    @property
    def same_results(self) -> bool | None:
        """Whether both compute the same, as far as the dtype allows; None if nobody knows."""
        return all(r.ok for r in self.results) if self.results else None

    def __repr__(self) -> str:
        d = self.diff
        rows = [
            f"{self.other} beside {self.base}",
            f"  ops      {len(d.changes)} differ after phase {d.stage}, {d.unchanged} are the same",
        ]
        for change in d.changes[:_SHOWN]:
            rows += [f"    - {change.old}"] if change.old else []
            rows += [f"    + {change.new}"] if change.new else []
        if len(d.changes) > _SHOWN:
            rows.append(f"    ... and {len(d.changes) - _SHOWN} more: .diff.changes")
        rows += [f"  signature {text}" for text in self.signature]
        for check in self.results:
            state = "same" if check.ok else check.problem or "DIFFERENT"
            rows.append(
                f"  results  {check.stage}: {state}"
                f" (error {check.error:.1e}, {check.tolerance:.0e} is fine)"
            )
        if self.times is not None:
            t = self.times
            rows.append(
                f"  time     {_ms(t.base_ns)} -> {_ms(t.other_ns)}: {t.ratio:.2f} x as fast"
                f" (medians of {t.repetitions} calls in turns, noise {t.noise:.0%})"
            )
        rows += [f"  not compared: {text}" for text in self.problems]
        return "\n".join(rows)


def compare(base: Session, other: Session, stage: str | None, repetitions: int) -> Comparison:
    """`other` beside `base`; see `Session.compare`."""
    for session in (base, other):
        session._wait_for(lambda session=session: session.done)
    diff = _first_diff(base, other) if stage is None else diff_of(base, other, stage)
    results, times, problems = (), None, []
    try:
        results, times = _run(base, other, repetitions)
    except Error as error:
        problems.append(str(error))
    return Comparison(
        base.branch_name, other.branch_name, diff, other.signature_changes, tuple(results), times,
        tuple(problems),
    )  # fmt: skip


def _reached(session: Session) -> list[str]:
    return [p.name for p in session.recording.phases if p.state == "done" and p.step >= 0]


def _first_diff(base: Session, other: Session) -> BranchDiff:
    both = [p for p in _reached(base) if p in _reached(other)]
    found = BranchDiff(both[-1] if both else PHASE_NAMES[0], (), 0)
    for stage in both:
        found = diff_of(base, other, stage)
        if found:
            break
    return found


def diff_of(base: Session, other: Session, stage: str) -> BranchDiff:
    """The ops of two branches after phase `stage`; raises `KeyError` if one did not get there."""
    old, new = base.stages[stage], other.stages[stage]
    shared = _shared(base, other)
    before = _ops(old, shared, {})
    renamed = _renamed(other, before)
    after = _ops(new, shared, renamed)
    changes: list[OpChange] = []
    unchanged = 0
    waiting: dict[str, list[int]] = {}
    for number, (key, _) in before.items():
        if number >= shared:
            waiting.setdefault(key, []).append(number)
    matched: set[int] = set()
    for number, (key, line) in after.items():
        twin = number if number < shared and number in before else 0
        twin = twin or (was if (was := renamed.get(number, 0)) not in after else 0)
        if not twin and waiting.get(key):
            twin = waiting[key].pop(0)
        if not twin:
            changes.append(OpChange(0, number, "", line))
            continue
        matched.add(twin)
        if before[twin][0] == key:
            unchanged += 1
        else:
            changes.append(OpChange(twin, number, before[twin][1], line))
    changes += [
        OpChange(number, 0, line, "")
        for number, (_, line) in before.items()
        if number not in matched
    ]
    return BranchDiff(stage, tuple(changes), unchanged)


def _renamed(other: Session, before: dict[int, tuple[str, str]]) -> dict[int, int]:
    """The ops that an edit put in the place of one that is gone, by id, and that one."""
    return {
        number: ancestor
        for number, origin in list(other._ctx.provenance.origins.items())
        if origin.reason.startswith("edit ")
        for ancestor in origin.ancestors
        if ancestor in before
    }


def _shared(base: Session, other: Session) -> int:
    """Ids below this one mean the same op in both: those made before the two parted."""
    mine, limit = _line_of(base), 1 << 60
    theirs = _line_of(other)
    common = [s for s, _ in mine if s in [t for t, _ in theirs]]
    for line in (mine, theirs):
        for session, start in line:
            if session is common[0]:
                break
            limit = min(limit, start)
    return limit


def _line_of(session: Session) -> list[tuple[Session, int]]:
    """A branch and its ancestors, each with the first id of its own."""
    found = []
    at: Session | None = session
    while at is not None:
        begin = at._start
        own = 0 if begin is None else begin.base._watch.kept[begin.after].next_id
        found.append((at, own))
        at = at.parent
    return found


def _ops(stage: object, shared: int, renamed: dict[int, int]) -> dict[int, tuple[str, str]]:
    """What each op of a stage says, by id: without names of values that are not shared, and as a
    line to show."""
    recording, step = stage._recording, stage.step  # pyright: ignore
    outline = Outline(recording, step)
    found: dict[int, tuple[str, str]] = {}
    for op in outline.walk():
        text = recording.strings[recording.versions.text[outline.alive[op]]]
        text = _PLACEHOLDER.sub("{...}", text)

        def name(match: re.Match[str]) -> str:
            number = int(re.findall(r"\d+", match[0])[0])
            if number in renamed:
                return match[0].replace(str(number), str(renamed[number]), 1)
            return match[0] if number < shared else "%_"

        found[op] = (_VALUE.sub(name, text), text.split("\n")[0].strip())
    return found


def _run(base: Session, other: Session, repetitions: int) -> tuple[list[StageCheck], Times]:
    import time

    name, arrays = runs.choose(base.compiled, None, base._inputs)
    mine, theirs = base.compiled[name], other.compiled[name]

    wanted, got = _results(mine(*arrays)), _results(theirs(*arrays))
    checks = [
        compare_results(f"result {i} of @{name}", [a], lambda b=b: [b])
        for i, (a, b) in enumerate(zip(wanted, got, strict=False))
    ]
    samples: tuple[list[int], list[int]] = ([], [])
    for i in range(repetitions):
        for which in (0, 1) if i % 2 else (1, 0):
            begin = time.perf_counter_ns()
            (mine, theirs)[which](*arrays)
            samples[which].append(time.perf_counter_ns() - begin)
    halves = [statistics.median(samples[0][i::2] or samples[0]) for i in (0, 1)]
    times = Times(
        int(statistics.median(samples[0])), int(statistics.median(samples[1])), repetitions,
        abs(halves[0] - halves[1]) / max(halves[0], 1),
    )  # fmt: skip
    return checks, times


def _results(found: object) -> list[np.ndarray]:
    items = found if isinstance(found, tuple) else (found,)
    return [np.asarray(item) for item in items]


def _ms(ns: int) -> str:
    return f"{ns / 1e6:.3f} ms"
