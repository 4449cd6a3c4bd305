# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`PassReport`: what a pass of the user's did in one session, and what that changed.

Everything is read from the session's records and kept modules when it is asked for; only
`numerics` evaluates and `times` runs something.
"""

from __future__ import annotations

import html
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from iree_explore.errors import Error, ModelError
from iree_explore.recording import runs
from iree_explore.recording.bisect import results_of
from iree_explore.recording.check import StageCheck, compare
from iree_explore.recording.diff import Diff, diff
from iree_explore.user_passes import Match, NearMiss, PassLog

if TYPE_CHECKING:
    from iree_explore.comparison import Comparison, Times
    from iree_explore.recording.model import Step
    from iree_explore.session import Session

_SHOWN = 8


class PassReport:
    """What pass `name` did in `branch`; prints as a table. Waits for the compilation."""

    def __init__(self, branch: Session, name: str) -> None:
        self.branch = branch
        self.name = name

    @property
    def error(self) -> Error | None:
        """What stopped the branch, in this pass or later."""
        self.branch._wait_for(lambda: self.branch.done)
        return self.branch.error

    @property
    def log(self) -> PassLog:
        """Matches and near misses; empty if the pass did not run."""
        self.branch._wait_for(lambda: self.branch.done)
        return self.branch._ctx.user_logs.get(self.name, PassLog())

    @property
    def matches(self) -> list[Match]:
        """The ops that were rewritten, in order."""
        return self.log.matches

    @property
    def near_misses(self) -> list[NearMiss]:
        """The ops that were looked at and left, with the condition that failed, nearest first."""
        return self.log.near_misses

    @property
    def steps(self) -> list[Step]:
        """The pass in the recording: one step, or one for each executable."""
        self.branch._wait_for(lambda: self.branch.done)
        return [s for s in self.branch.recording.steps if s.pass_name == self.name]

    @property
    def elapsed_ns(self) -> int:
        """How long the pass took."""
        return sum(step.elapsed_ns for step in self.steps)

    @cached_property
    def diff(self) -> Diff:
        """Op ids that the pass made, deleted, changed and moved, by op identity."""
        self.branch._wait_for(lambda: self.branch.done)
        recording = self.branch.recording
        found = [i for i, s in enumerate(recording.steps) if s.pass_name == self.name]
        if not found:
            return Diff((), (), (), (), ())
        return diff(recording, found[0] - 1, found[-1])

    @cached_property
    def numerics(self) -> StageCheck:
        """Results of the module after the pass against those before it, both evaluated on NumPy,
        for the session's inputs; `ok` says whether the pass changed nothing."""
        branch = self.branch
        branch._wait_for(lambda: branch.done)
        around = branch._watch.around.get(self.name)
        if around is None or around[1] is None:
            problem = "not evaluated: " + (
                "the pass failed" if around else "it runs inside executables, or did not run"
            )
            return StageCheck(self.name, 0.0, 0.0, problem)
        before, after = around[0], around[1]
        name, arrays = runs.choose(branch._module_on("reference", None), None, branch._inputs)
        arrays = branch._module_on("reference", None)[name].check(arrays)
        parameters = branch._ctx.parameters
        try:
            wanted = results_of(before, parameters, name, arrays)()
        except Error as error:
            return StageCheck(self.name, 0.0, 0.0, f"not evaluated: {error.what}")
        return compare(
            self.name, [np.asarray(x) for x in wanted], results_of(after, parameters, name, arrays)
        )

    @cached_property
    def comparison(self) -> Comparison:
        """The branch beside the session that it was inserted in: ops, results, run times."""
        if self.branch.parent is None:
            raise ModelError(
                "IX216", f"{self.name} was there from the start: there is nothing to compare with",
                hint=f"s = ie.explore(model, ...); s.insert({self.name.replace('-', '_')})",
            )  # fmt: skip
        return self.branch.compare()

    @property
    def times(self) -> Times | None:
        """Run time with and without the pass, called in turns; None if one of the two failed."""
        return self.comparison.times

    # -- showing

    def __repr__(self) -> str:
        log, error = self.log, self.error
        d = self.diff
        rows = [
            f"{self.name}: {len(log.matches)} matches, {len(log.near_misses)} near misses,"
            f" {log.looked_at} looks, {self.elapsed_ns / 1e6:.1f} ms",
            f"  ops      {len(d.created)} created, {len(d.deleted)} deleted,"
            f" {len(d.modified)} modified",
        ]
        for match in log.matches[:_SHOWN]:
            rows.append(f"  matched  {_line(match.text)}  {match.source}".rstrip())
        if len(log.matches) > _SHOWN:
            rows.append(f"           ... and {len(log.matches) - _SHOWN} more: .matches")
        for miss in log.near_misses[:_SHOWN]:
            rows.append(f"  left     {_line(miss.text)}  {miss.source}".rstrip())
            rows.append(f"           {_held(miss)}{miss.reason}")
        if len(log.near_misses) > _SHOWN:
            rows.append(f"           ... and {len(log.near_misses) - _SHOWN} more: .near_misses")
        if error is not None:
            rows += str(error).splitlines()
            return "\n".join(rows)
        numerics = self.numerics
        state = "same results" if numerics.ok else numerics.problem or "OTHER RESULTS"
        rows.append(f"  numerics {state} (error {numerics.error:.1e})")
        if self.branch.parent is not None:
            rows += [r for r in repr(self.comparison).splitlines() if r.startswith("  time")]
        return "\n".join(rows)

    def _repr_html_(self) -> str:
        """The same as a table."""
        log = self.log
        rows = "".join(
            f"<tr><td>{kind}</td><td><code>{html.escape(_line(item.text))}</code></td>"
            f"<td>{html.escape(item.source)}</td><td>{html.escape(why)}</td></tr>"
            for kind, item, why in _listed(log)
        )
        summary = html.escape("\n".join(
            r for r in repr(self).splitlines() if not r.startswith(("  matched", "  left", "    "))
        ))  # fmt: skip
        head = "<tr><th></th><th>op</th><th>in model</th><th>why not</th></tr>"
        return f"<pre>{summary}</pre><table>{head}{rows}</table>" if rows else (
            f"<pre>{summary}</pre>"
        )  # fmt: skip


def _listed(log: PassLog) -> list[tuple[str, Any, str]]:
    found: list[tuple[str, Any, str]] = [("matched", m, "") for m in log.matches[: 3 * _SHOWN]]
    found += [("left", m, _held(m) + m.reason) for m in log.near_misses[: 3 * _SHOWN]]
    return found


def _held(miss: NearMiss) -> str:
    if not miss.met:
        return ""
    return f"{miss.met} condition{'s' * (miss.met > 1)} held, then: "


def _line(text: str) -> str:
    first = text.split("\n")[0]
    return first if len(first) <= 90 else first[:89] + "…"
