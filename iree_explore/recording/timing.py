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


@dataclass(frozen=True)
class CallParts:
    """What a call's median time is: dispatches running, nothing running between them, and the host
    around them (arguments, launch, waiting, results); `overhead_ns` is what a call that notes
    times takes on top, `idle` the share of the threads' time in dispatches in which they had
    nothing to do. `between_ns` is -1 where not known (then it is the host's), `idle` too."""

    total_ns: int
    busy_ns: int
    between_ns: int
    host_ns: int
    overhead_ns: int
    idle: float


def call_parts(run: Run) -> CallParts:
    """The parts of a run's median call. Compared within each repetition, since what disturbs one
    of them disturbs the call and not the median dispatch."""
    total = spread(run.total_ns).median_ns
    if not run.busy_ns:
        host = unaccounted_ns(run)
        return CallParts(total, total - host, -1, host, 0, -1.0)
    busy, between = spread(run.busy_ns).median_ns, spread(run.between_ns).median_ns
    inside = [b + w for b, w in zip(run.busy_ns, run.between_ns, strict=True)]
    host = spread([t - i for t, i in zip(run.total_ns, inside, strict=True)]).median_ns
    extra = [p - t for p, t in zip(run.profiled_ns, run.total_ns, strict=True)]
    threads = run.roofline.threads if run.roofline else 0
    idle = -1.0
    if threads and sum(run.worker_ns):
        idle = max(0.0, 1 - sum(run.worker_ns) / max(1, threads * sum(run.busy_ns)))
    return CallParts(total, busy, between, max(0, host), spread(extra).median_ns, idle)


def unaccounted_ns(run: Run) -> int:
    """The time of a call that no dispatch spent, where only samples of dispatches are known."""
    totals = run.profiled_ns or run.total_ns
    if all(len(d.samples_ns) == len(totals) for d in run.dispatches):
        inside = [sum(row) for row in zip(*(d.samples_ns for d in run.dispatches), strict=True)]
        gaps = [t - i for t, i in zip(totals, inside or [0] * len(totals), strict=True)]
        return max(0, spread(gaps).median_ns)
    known = sum(spread(d.samples_ns).median_ns for d in run.dispatches)
    return max(0, spread(totals).median_ns - known)


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
    body = [f"  {show_ns(s.median_ns):>10}  {_rates(run, d):32}{_where(d)}" for s, d in rows]
    return "\n".join([head, *body, *_rest(run)])


def _rest(run: Run) -> list[str]:
    """What a call's time is beside its dispatches, a line each."""
    parts = call_parts(run)
    lines = [(parts.host_ns, "(host: arguments, launch, waiting, results)")]
    if parts.between_ns < 0:
        lines = [(parts.host_ns, "(host, between dispatches)")]
    elif parts.between_ns:
        lines.insert(0, (parts.between_ns, "(between dispatches: none runs)"))
    overlap = sum(d.median_ns for d in run.dispatches) - parts.busy_ns
    if parts.between_ns >= 0 and overlap > parts.busy_ns // 100:
        lines.append((-overlap, "(dispatches that ran at the same time as others)"))
    found = [f"  {'-' * (ns < 0) + show_ns(abs(ns)):>10}  {'':32}{words}" for ns, words in lines]
    if parts.overhead_ns > 0:
        found.append(f"  noting these times takes {show_ns(parts.overhead_ns)} more, in calls of "
                     "their own")  # fmt: skip
    if parts.idle >= 0.01 and run.roofline is not None and run.roofline.threads > 1:
        found.append(f"  {run.roofline.threads} threads, idle for {parts.idle:.0%} of the time "
                     "in dispatches")  # fmt: skip
    return found


def _where(dispatch: RunDispatch) -> str:
    """The name, and the device of one that was placed on another than the run's."""
    if not dispatch.device:
        return dispatch.name
    kind = "to" if dispatch.name == "transfer" else "on"
    return f"{dispatch.name} {kind} {dispatch.device}"


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
