// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A recording as a trace that Perfetto opens; the same as recording/chrome_trace.py writes.

import type { Recording, Run } from "../recording";
import { lanesOf } from "./lanes";
import { median } from "../ui/dom";

export interface TraceEvent {
  name: string;
  ph: "M" | "X";
  pid: number;
  tid: number;
  cat?: string;
  /** Microseconds. */
  ts?: number;
  dur?: number;
  args: Record<string, unknown>;
}

export function traceEvents(recording: Recording): TraceEvent[] {
  const found = [...compilation(recording)];
  recording.runs.forEach((run, i) => found.push(...ofRun(run, i)));
  return found;
}

export function chromeTrace(recording: Recording): string {
  return JSON.stringify({
    traceEvents: traceEvents(recording),
    displayTimeUnit: "ns",
    otherData: { model: recording.name, compiler: recording.compiler },
  });
}

function* compilation(recording: Recording): Generator<TraceEvent> {
  yield* named(1, `compile ${recording.name}`, new Map([[1, "phases"], [2, "passes"]]));
  let begin = 0;
  let first = 0;
  for (const [i, step] of recording.steps.entries()) {
    yield event(1, 2, step.pass ?? "import", "pass", begin, step.elapsedNs,
      { scope: step.scope, changed: step.changed, why: step.why });
    begin += step.elapsedNs;
    if (recording.steps[i + 1]?.phase === step.phase) continue;
    const phase = recording.phases[step.phase];
    yield event(1, 1, phase.name, "phase", first, begin - first, { summary: phase.summary });
    first = begin;
  }
}

function* ofRun(run: Run, number: number): Generator<TraceEvent> {
  const pid = 2 + number;
  const { bars, total } = lanesOf(run);
  const workers = new Set<number>();
  for (const { dispatch } of bars) {
    for (let i = 0; i < (dispatch.spans?.length ?? 0); i += 4) workers.add(dispatch.spans?.[i] as number);
  }
  const tracks = new Map([[1, "call"], [2, "dispatches"]]);
  for (const worker of [...workers].sort((a, b) => a - b)) tracks.set(3 + worker, `worker ${worker}`);
  yield* named(pid, `run ${number + 1}: ${run.function} on ${run.device}`, tracks);
  yield event(pid, 1, run.function, "call", 0, (run.profiledNs?.at(-1) ?? run.totalNs.at(-1)) ?? total,
    { target: run.target, clock: run.clock, inputs: run.inputs, error: run.error?.text ?? "" });
  const shift = Math.min(...bars.filter((bar) => bar.dispatch.spans?.length).map((bar) => bar.begin));
  for (const { dispatch, begin, end } of bars) {
    yield event(pid, 2, dispatch.name, "dispatch", begin, end - begin,
      { workgroups: dispatch.workgroups.join("x"), ops: dispatch.ops, median_ns: median(dispatch.samplesNs) });
    const spans = dispatch.spans ?? [];
    for (let i = 0; i + 3 < spans.length; i += 4) {
      yield event(pid, 3 + spans[i], dispatch.name, "workgroups", shift + spans[i + 2], spans[i + 3] - spans[i + 2],
        { first_workgroup: spans[i + 1] });
    }
  }
}

function* named(pid: number, process: string, tracks: Map<number, string>): Generator<TraceEvent> {
  yield { name: "process_name", ph: "M", pid, tid: 0, args: { name: process } };
  for (const [tid, name] of tracks) yield { name: "thread_name", ph: "M", pid, tid, args: { name } };
}

function event(pid: number, tid: number, name: string, cat: string, begin: number, ns: number,
  args: Record<string, unknown>): TraceEvent {
  const kept = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== ""));
  return { name, cat, ph: "X", ts: begin / 1e3, dur: ns / 1e3, pid, tid, args: kept };
}
