// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Text, diff, trace and appends, on plain data.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { diffSteps, longestIncreasing, mergeLists, pageOfDiff } from "../src/diff";
import { Model } from "../src/model";
import { append, decode } from "../src/recording";
import { pageOfStep } from "../src/text";
import { badge, ghost, presence, relation, trace } from "../src/trace";
import { sample } from "./sample";

test("text of a step is assembled from the versions alive at it", () => {
  const model = new Model(sample());
  assert.deepEqual(pageOfStep(model, 0).text.split("\n"), [
    "builtin.module {",
    "  func.func @f(%b2_0: f32) {",
    "    %3 = stablehlo.add %b2_0, %b2_0 : f32",
    "    test.use %3",
    "    test.loop {",
    "    ^bb0(%b6_0: i32):",
    "      test.in",
    "    ^bb1:",
    "    } end",
    "  }",
    "}",
  ]);
  assert.deepEqual(pageOfStep(model, 3).text.split("\n").slice(2, 5), [
    "    %4 = arith.addf %b2_0, %b2_0 : f32",
    "    test.use %4",
    "  }",
  ]);
});

test("every line knows its op, and where the op ends", () => {
  const page = pageOfStep(new Model(sample()), 0);
  assert.deepEqual(page.ops, [1, 2, 3, 5, 6, 6, 7, 6, 6, 2, 1]);
  assert.equal(page.ends[0], 10);
  assert.equal(page.ends[4], 8);
  assert.equal(page.heads.filter(Boolean).length, 6);
});

test("one op alone can be printed", () => {
  assert.equal(pageOfStep(new Model(sample()), 0, 6).text.split("\n")[0], "test.loop {");
});

test("a diff goes by op id", () => {
  const model = new Model(sample());
  const { changes, counts } = diffSteps(model, 0, 1);
  assert.deepEqual([...changes].sort(), [[3, "deleted"], [4, "created"], [5, "modified"]]);
  assert.equal(counts.unchanged, 5);
  assert.deepEqual([...diffSteps(model, 1, 2).changes.values()], ["moved"]);
  assert.equal(diffSteps(model, 2, 2).changes.size, 0);
});

test("deleted ops are shown where they were", () => {
  const model = new Model(sample());
  const page = pageOfDiff(model, 2, 3);
  const gone = page.text.split("\n").filter((_line, i) => page.changes[i] === "deleted");
  assert.deepEqual(gone.map((line) => line.trim()), [
    "test.loop {",
    "^bb0(%b6_0: i32):",
    "test.in",
    "^bb1:",
    "} end",
  ]);
});

test("merging keeps the order of both lists", () => {
  const merged = mergeLists([1, 2, 3, 4], [9, 1, 4], (v) => v, (id) => [1, 4, 9].includes(id));
  assert.deepEqual(merged, [9, 1, 2, 3, 4]);
});

test("what stays in order is a longest increasing subsequence", () => {
  assert.deepEqual([...longestIncreasing([0, 3, 1, 2])].sort(), [0, 2, 3]);
  assert.equal(longestIncreasing([]).size, 0);
});

test("a selection is followed to ancestors and descendants", () => {
  const model = new Model(sample());
  const traced = trace(model, [3]);
  assert.equal(relation(traced, 4), "descendant");
  assert.equal(relation(trace(model, [4]), 3), "ancestor");
  assert.equal(badge(presence(model, model.snapshot(1), traced)), "1 → 1");
});

test("an op that is gone says which pass and pattern removed it", () => {
  const model = new Model(sample());
  const traced = trace(model, [6]);
  const found = presence(model, model.snapshot(3), traced);
  const gone = ghost(model, 3, traced, found);
  assert.match(gone?.text ?? "", /test.loop removed by input-drop, DropLoop/);
  assert.equal(gone?.detail, "iree_explore/x.py:7");
  assert.equal(gone?.step, 3);
  assert.equal(ghost(model, 2, traced, presence(model, model.snapshot(2), traced)), null);
});

test("passes on several scopes are one stop", () => {
  const recording = sample();
  for (const scope of ["a", "b"]) {
    recording.steps.push({ ...recording.steps[3], pass: "cg", scope, elapsedNs: 5 });
  }
  const model = new Model(recording);
  assert.equal(model.stops.length, 5);
  assert.deepEqual([model.stops[4].first, model.stops[4].last], [4, 5]);
  assert.equal(model.stops[4].elapsedNs, 10);
});

test("a recording opens from gzip JSON, and a foreign one is refused", async () => {
  const bytes = gzipSync(JSON.stringify(sample()));
  assert.equal((await decode(bytes)).name, "sample");
  await assert.rejects(decode(gzipSync(JSON.stringify({ schema: "other/2" }))), /other\/2/);
  await assert.rejects(decode(bytes.subarray(0, 40)));
});

test("an append extends columns and ends versions", () => {
  const recording = sample();
  const end = recording.versions.op.length;
  append(recording, {
    state: "failed",
    deaths: [0, 4],
    versions: { op: [9], birth: [4], death: [-1] },
    steps: [{ ...recording.steps[3], pass: "more" }],
  });
  assert.equal(recording.versions.op[end], 9);
  assert.equal(recording.versions.death[0], 4);
  assert.equal(recording.steps.length, 5);
  assert.equal(recording.state, "failed");
});
