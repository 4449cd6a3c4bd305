// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs: which dispatch is which in another run, what was between dispatches, and the state's hash.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run, RunDispatch } from "../src/recording";
import { chromeTrace } from "../src/run/chrome_trace";
import { delta, deltaText, partners } from "../src/run/compare";
import { gapTimes, lanesOf } from "../src/run/lanes";
import { fromHash, initialState, toHash } from "../src/state";
import { sample } from "./sample";

const dispatch = (name: string, samplesNs: number[], beginNs?: number): RunDispatch =>
  ({ name, samplesNs, beginNs, ops: [], workgroups: [1, 1, 1] }) as unknown as RunDispatch;
const run = (totalNs: number[], ...dispatches: RunDispatch[]): Run =>
  ({ totalNs, dispatches, function: "f", device: "d", target: "t", clock: "host clock", inputs: [], error: null }) as unknown as Run;

test("a dispatch's counterpart has its name and place among those of that name", () => {
  const one = run([9], dispatch("a", [1]), dispatch("b", [2]), dispatch("a", [3]));
  const two = run([9], dispatch("a", [4]), dispatch("a", [5]));
  const found = partners(one, two);
  assert.deepEqual(one.dispatches.map((each) => found.get(each)?.samplesNs), [[4], undefined, [5]]);
});

test("a difference inside the spread is said to be none", () => {
  assert.equal(deltaText(delta([90, 91, 92], [100, 101, 102])), "▼ 9.9 %");
  assert.equal(deltaText(delta([300, 301, 302], [100, 101, 102])), "▲ 2.98×");
  assert.equal(deltaText(delta([95, 100, 110], [96, 101, 108])), "≈ 1.0 %");
  assert.equal(deltaText(delta([1], [])), "–");
});

test("what is no dispatch is the host's: before, between and after", () => {
  const lanes = lanesOf(run([100], dispatch("a", [20], 10), dispatch("b", [30], 50)));
  assert.deepEqual(gapTimes(lanes), { launch: 10, host: 20, readback: 20 });
  assert.deepEqual([lanes.busy, lanes.total, lanes.known], [50, 100, true]);
  const both = lanesOf(run([40], dispatch("a", [30], 0), dispatch("b", [30], 10)));
  assert.deepEqual([both.busy, both.gaps], [40, []]); // what overlaps counts once
  assert.equal(lanesOf(run([40], dispatch("a", [30]))).known, false);
});

test("the trace has complete events of microseconds", () => {
  const recording = { ...sample(), runs: [run([3000], dispatch("a", [2000], 500))] };
  const { traceEvents } = JSON.parse(chromeTrace(recording));
  const [found] = traceEvents.filter((event: { cat?: string }) => event.cat === "dispatch");
  assert.deepEqual([found.ph, found.pid, found.ts, found.dur], ["X", 2, 0.5, 2]);
});

test("the shown run and the pinned ones are in the hash", () => {
  const state = { ...initialState("explorer", sample(), -1), run: 2, pinned: [0, 1], bottom: "memory" as const };
  const read = fromHash(`#${toHash(state)}`, initialState("explorer", sample(), -1));
  assert.deepEqual([read.run, read.pinned, read.bottom], [2, [0, 1], "memory"]);
});
