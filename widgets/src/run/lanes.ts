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
  const total = Math.max(run.totalNs.at(-1) ?? 0, end, 1);
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

/** The time of a call outside of all dispatches, negative if they overlap; compared within each
 * repetition, since what disturbs one of them disturbs the call and not the median dispatch. */
export function outside(run: Run): number {
  const aligned = run.dispatches.every((each) => each.samplesNs.length === run.totalNs.length);
  const inside = (i: number): number => run.dispatches.reduce((sum, each) => sum + each.samplesNs[i], 0);
  if (aligned) return median(run.totalNs.map((total, i) => total - inside(i)));
  return median(run.totalNs) - run.dispatches.reduce((sum, each) => sum + median(each.samplesNs), 0);
}

/** How long each kind of gap took together. */
export function gapTimes(lanes: Lanes): Record<Gap["kind"], number> {
  const found = { launch: 0, host: 0, readback: 0 };
  for (const gap of lanes.gaps) found[gap.kind] += gap.end - gap.begin;
  return found;
}
