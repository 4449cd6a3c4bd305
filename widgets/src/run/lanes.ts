// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// When the dispatches of a run's last repetition ran, and what was between them.

import type { Run, RunDispatch } from "../recording";
import { median } from "../ui/dom";

export interface Bar {
  dispatch: RunDispatch;
  index: number;
  begin: number;
  end: number;
}

export interface Gap {
  /** What the time was spent on. */
  kind: "launch" | "host" | "readback";
  begin: number;
  end: number;
}

export interface Lanes {
  bars: Bar[];
  gaps: Gap[];
  /** The end-to-end time of that repetition, and the part in which a dispatch ran. */
  total: number;
  busy: number;
  /** Whether the recording knows when each began; else one follows the other. */
  known: boolean;
}

/** Gaps shorter than this share of the call are not worth a mark. */
const LEAST = 0.001;

export function lanesOf(run: Run): Lanes {
  const last = (each: RunDispatch): number => each.samplesNs.at(-1) ?? 0;
  const known = run.dispatches.every((each) => (each.beginNs ?? -1) >= 0);
  let at = 0;
  const bars = run.dispatches.map((dispatch, index): Bar => {
    const begin = known ? (dispatch.beginNs as number) : at;
    at = begin + last(dispatch);
    return { dispatch, index, begin, end: at };
  });
  const order = [...bars].sort((a, b) => a.begin - b.begin);
  const end = bars.reduce((most, bar) => Math.max(most, bar.end), 0);
  const total = Math.max(profiled(run).at(-1) ?? 0, end, 1);
  const gaps: Gap[] = [];
  let reached = 0;
  let busy = 0;
  for (const bar of order) {
    if (bar.begin - reached > LEAST * total) {
      gaps.push({ kind: reached ? "host" : "launch", begin: reached, end: bar.begin });
    }
    busy += Math.max(0, bar.end - Math.max(bar.begin, reached));
    reached = Math.max(reached, bar.end);
  }
  if (total - reached > LEAST * total) gaps.push({ kind: known ? "readback" : "host", begin: reached, end: total });
  return { bars, gaps, total, busy, known };
}

/** End to end, of the calls that the dispatches were timed in. */
function profiled(run: Run): readonly number[] {
  return run.profiledNs?.length ? run.profiledNs : run.totalNs;
}

/** What the median call is made of; `between` is NaN where not known (then `host` has it), `idle`
 * too: the share of the threads' time in dispatches without anything to do. */
export interface CallParts {
  total: number;
  busy: number;
  between: number;
  host: number;
  /** What a call that notes times takes on top. */
  overhead: number;
  idle: number;
}

export function callParts(run: Run): CallParts {
  const total = median(run.totalNs);
  const { busyNs: busy = [], betweenNs: between = [], workerNs: workers = [] } = run;
  if (!busy.length) {
    const host = outside(run);
    return { total, busy: total - host, between: Number.NaN, host, overhead: 0, idle: Number.NaN };
  }
  const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0);
  const threads = run.roofline?.threads ?? 0;
  return {
    total,
    busy: median(busy),
    between: median(between),
    host: Math.max(0, median(run.totalNs.map((whole, i) => whole - busy[i] - (between[i] ?? 0)))),
    overhead: median(profiled(run).map((whole, i) => whole - run.totalNs[i])),
    idle: threads && workers.length ? Math.max(0, 1 - sum(workers) / (threads * sum(busy))) : Number.NaN,
  };
}

/** The time of a call outside of all dispatches, negative if they overlap; compared within each
 * repetition, since what disturbs one of them disturbs the call and not the median dispatch. */
export function outside(run: Run): number {
  const aligned = run.dispatches.every((each) => each.samplesNs.length === profiled(run).length);
  const inside = (i: number): number => run.dispatches.reduce((sum, each) => sum + each.samplesNs[i], 0);
  if (aligned) return median(profiled(run).map((total, i) => total - inside(i)));
  return median(profiled(run)) - run.dispatches.reduce((sum, each) => sum + median(each.samplesNs), 0);
}

/** How long each kind of gap took together. */
export function gapTimes(lanes: Lanes): Record<Gap["kind"], number> {
  const found = { launch: 0, host: 0, readback: 0 };
  for (const gap of lanes.gaps) found[gap.kind] += gap.end - gap.begin;
  return found;
}
