# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Summaries of measured runs and of compile time; every sample stays in the recording."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from iree_explore.recording.model import Recording, Run, RunDispatch
from iree_explore.recording.roofline import share


@dataclass(frozen=True)
class Spread:
    """Median and quartiles of samples, in nanoseconds; all 0 without samples."""

    median_ns: int
    low_ns: int
    high_ns: int
    count: int

    def __str__(self) -> str:
        return f"{show_ns(self.median_ns)} ({show_ns(self.low_ns)} to {show_ns(self.high_ns)})"


def spread(samples_ns: Sequence[int]) -> Spread:
    """Median and quartiles of `samples_ns`."""
    if not samples_ns:
        return Spread(0, 0, 0, 0)
    ordered = sorted(samples_ns)
    if len(ordered) < 3:
        return Spread(int(statistics.median(ordered)), ordered[0], ordered[-1], len(ordered))
    low, middle, high = statistics.quantiles(ordered, n=4, method="inclusive")
    return Spread(round(middle), round(low), round(high), len(ordered))


def show_ns(nanoseconds: float) -> str:
    """A time for people: "1.25 ms"."""
    for unit, scale in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= scale:
            return f"{nanoseconds / scale:.3g} {unit}"
    return f"{nanoseconds:.0f} ns"


def unaccounted_ns(run: Run) -> int:
    """The time of a call that no dispatch spent: host, readback, launch. Compared within each
    repetition, since what disturbs one of them disturbs the call and not the median dispatch."""
    if all(len(d.samples_ns) == len(run.total_ns) for d in run.dispatches):
        inside = [sum(row) for row in zip(*(d.samples_ns for d in run.dispatches), strict=True)]
        gaps = [t - i for t, i in zip(run.total_ns, inside or [0] * len(run.total_ns), strict=True)]
        return max(0, spread(gaps).median_ns)
    known = sum(spread(d.samples_ns).median_ns for d in run.dispatches)
    return max(0, spread(run.total_ns).median_ns - known)


def busy_ns(spans: Sequence[tuple[int, int]]) -> int:
    """How long at least one of these (begin, end) lasted."""
    total, reached = 0, 0
    for begin, end in sorted(spans):
        total += max(0, end - max(begin, reached))
        reached = max(reached, end)
    return total


def describe(run: Run) -> str:
    """A table for a terminal: the total, then every dispatch, slowest first."""
    if run.error is not None:
        return run.error.text
    total = spread(run.total_ns)
    head = (
        f"{run.function} on {run.device} ({run.target}): {total}, {run.repetitions} repetitions, "
        f"first call {show_ns(run.first_ns)}, {run.clock}"
    )
    rows = sorted(
        ((spread(d.samples_ns), d) for d in run.dispatches), key=lambda row: -row[0].median_ns
    )
    body = [f"  {show_ns(s.median_ns):>10}  {_rates(run, d):32}{d.name}" for s, d in rows]
    rest = f"  {show_ns(unaccounted_ns(run)):>10}  {'':32}(host, between dispatches)"
    return "\n".join([head, *body, rest])


def _rates(run: Run, dispatch: RunDispatch) -> str:
    """ "78.5 GFLOP/s  12.0 GB/s  66 %" (of the roofline), as far as known."""
    nanoseconds = dispatch.median_ns
    if not nanoseconds:
        return ""
    flops = f"{dispatch.flops / nanoseconds:.3g} GFLOP/s" if dispatch.flops > 0 else ""
    moved = f"{dispatch.nbytes / nanoseconds:.3g} GB/s" if dispatch.nbytes > 0 else ""
    part = share(run.roofline, dispatch)
    return f"{flops:>14}{moved:>11}{'' if part is None else f'{part:.0%}':>5}  "


def pass_times(recording: Recording) -> list[tuple[str, int, int]]:
    """(pass, total nanoseconds, how many scopes it ran on), slowest first."""
    found: dict[str, list[int]] = {}
    for step in recording.steps:
        if step.pass_name is not None:
            found.setdefault(step.pass_name, []).append(step.elapsed_ns)
    rows = [(name, sum(times), len(times)) for name, times in found.items()]
    return sorted(rows, key=lambda row: -row[1])
