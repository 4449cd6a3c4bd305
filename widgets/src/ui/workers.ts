// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which worker ran which workgroups when, in a run's last repetition: a row a worker, one time axis.
// What overlaps between rows ran at the same time.

import { shortEntry } from "../graph";
import type { Run, RunDispatch } from "../recording";
import { duration, h, plural } from "./dom";

interface Bar {
  dispatch: RunDispatch;
  index: number;
  worker: number;
  begin: number;
  end: number;
  chunks: number;
}

/** Spans by worker, in order of time; those of one dispatch that follow each other are one bar. */
export function bars(run: Run): Map<number, Bar[]> {
  const all: Bar[] = [];
  run.dispatches.forEach((dispatch, index) => {
    const spans = dispatch.spans ?? [];
    for (let i = 0; i + 3 < spans.length; i += 4) {
      all.push({ dispatch, index, worker: spans[i], begin: spans[i + 2], end: spans[i + 3], chunks: 1 });
    }
  });
  all.sort((a, b) => a.begin - b.begin);
  const found = new Map<number, Bar[]>();
  for (const bar of all) {
    const row = found.get(bar.worker) ?? [];
    found.set(bar.worker, row);
    const last = row.at(-1);
    if (last && last.index === bar.index && bar.begin - last.end < 1000) {
      last.end = Math.max(last.end, bar.end);
      last.chunks += 1;
    } else {
      row.push(bar);
    }
  }
  return new Map([...found].sort((a, b) => a[0] - b[0]));
}

/** The chart, or null for a run whose driver does not say which worker ran what. */
export function workersChart(run: Run, select: (ops: number[]) => void): HTMLElement | null {
  const rows = bars(run);
  if (!rows.size) return null;
  const every = [...rows.values()].flat();
  const begin = every.reduce((low, bar) => Math.min(low, bar.begin), every[0].begin);
  const whole = Math.max(1, every.reduce((high, bar) => Math.max(high, bar.end), 0) - begin);
  const busy = (bars: Bar[]): number => bars.reduce((sum, bar) => sum + bar.end - bar.begin, 0);
  return h(
    "div",
    { class: "iex-workers", role: "group", "aria-label": "Workers" },
    h("p", { class: "iex-workers-words" },
      `${plural(rows.size, "worker")} in the last repetition: ${(busy(every) / whole).toFixed(2)} busy on average, ${duration(whole)} from the first workgroup to the last`),
    ...[...rows].map(([worker, row]) =>
      h("div", { class: "iex-worker" },
        h("span", { class: "iex-worker-name" }, `worker ${worker}`),
        h("div", { class: "iex-worker-track" }, ...row.map((bar) => drawn(bar, begin, whole, select))),
        h("span", { class: "iex-number" }, `${((100 * busy(row)) / whole).toFixed(0)} %`))),
  );
}

function drawn(bar: Bar, begin: number, whole: number, select: (ops: number[]) => void): HTMLElement {
  const left = (100 * (bar.begin - begin)) / whole;
  const width = (100 * (bar.end - bar.begin)) / whole;
  const words = `${shortEntry(bar.dispatch.name)}: ${plural(bar.chunks, "chunk")} of ${bar.dispatch.workgroups.join("×")} workgroups, ${duration(bar.end - bar.begin)} from ${duration(bar.begin - begin)}`;
  return h("button", {
    class: "iex-worker-bar",
    title: words,
    "aria-label": words,
    tabindex: -1,
    style: `left:${left.toFixed(3)}%;width:max(1px,${width.toFixed(3)}%);--hue:${(bar.index * 67) % 360}`,
    on: { click: () => select(bar.dispatch.ops) },
  });
}
