// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Errors by op and in order, and what is written of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Model } from "../src/model";
import { Numerics, note, sentence, short, ulps, verdict } from "../src/numerics/data";
import { insertBelow, notebookOf } from "../src/numerics/insert";
import type { NumericsRecord } from "../src/recording";

const stage = (name: string, step: number) =>
  ({ stage: name, step, error: 0, tolerance: 1e-4, state: "right", problem: "", values: 2, skipped: 0 }) as const;
const record: NumericsRecord = {
  function: "main",
  mode: "accumulated",
  started: "",
  elapsedNs: 1,
  inputs: [],
  stages: [stage("input", 4), stage("flow", 9), stage("llvm-cpu, run", 12)],
  values: {
    stage: [0, 0, 1, 1, 2],
    op: [10, 11, 11, 20, 20],
    result: [0, 0, 0, 0, 0],
    reference: [1, 2, 2, 2, 2],
    maxAbs: [0, 1e-6, 0.5, 2, -1],
    maxRel: [0, 1e-7, 0.25, 1, -1],
    ulp: [0, 2, 1e6, 1e7, -1],
    nans: [0, 0, 0, 0, 3],
    infs: [0, 0, 0, 0, 0],
    differ: [0, 1, 8, 8, 8],
    size: [8, 8, 8, 8, 8],
    wrong: [0, 0, 1, 1, 1],
  },
};
const numerics = new Numerics(record, {} as Model);

test("an op has the error of the stage that is shown, else of the last one before", () => {
  assert.equal(numerics.at(11, 4)?.error, 1e-7);
  assert.equal(numerics.at(11, 8)?.error, 1e-7);
  assert.equal(numerics.at(11, 9)?.error, 0.25);
  assert.equal(numerics.at(20, 12)?.error, Number.POSITIVE_INFINITY);
  assert.equal(numerics.at(20, 0)?.error, 1, "before all of them: the first");
  assert.equal(numerics.at(99, 4), null);
});

test("the worst come first, or the stages in order", () => {
  assert.deepEqual(numerics.ordered("error", -1).map((row) => row.index), [4, 3, 2, 1, 0]);
  assert.deepEqual(numerics.ordered("stage", -1).map((row) => row.index), [1, 0, 3, 2, 4]);
  assert.deepEqual(numerics.ordered("error", 0).map((row) => row.index), [1, 0]);
});

test("signs and words say what colours say", () => {
  const [same, near, wrong, , nan] = numerics.rows;
  assert.deepEqual([same, near, wrong].map(verdict), ["same", "near", "wrong"]);
  assert.deepEqual([same, near, nan].map(note), ["=", "✓ 1.0e-7", "✗ ∞"]);
  assert.match(sentence(nan, "flow"), /^wrong in flow; .*3 NaN, 0 infinite; 8 of 8 elements differ$/);
  assert.deepEqual([short(0), ulps(2), ulps(12345)], ["0", "2", "1.2e+4"]);
});

test("cells are inserted where there is a notebook", () => {
  assert.equal(notebookOf(undefined), null);
  assert.equal(notebookOf({ context: {} }), null);
  const calls: [number, string][] = [];
  const shared = { cells: [1, 2, 3], insertCell: (at: number, cell: { source: string }) => calls.push([at, cell.source]) };
  const found = notebookOf({ context: { model: { sharedModel: shared } } });
  assert.ok(found);
  const cell = { dataset: { windowedListIndex: "1" }, parentElement: null };
  insertBelow(found, { closest: () => cell } as unknown as Element, "x = 1");
  insertBelow(found, { closest: () => null } as unknown as Element, "y = 2");
  assert.deepEqual(calls, [[2, "x = 1"], [3, "y = 2"]]);
});
