// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The roofline's arithmetic, as recording/roofline.py does it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run, RunDispatch } from "../src/recording";
import { copyRate, explain, giga, rates, shareText } from "../src/roofline";

const roofline = { threads: 1, flops32: 100e9, flops64: 50e9, copies: [1000, 80e9, 1_000_000, 20e9], measured: "2026-01-01" };
const run = { device: "local-sync", roofline } as Run;
const dispatch = (flops: number, nbytes: number, element = "f32"): RunDispatch =>
  ({ flops, nbytes, element }) as RunDispatch;

test("what takes longer at best is the bound", () => {
  const product = rates(run, dispatch(1000, 100), 20);
  assert.deepEqual([product.bound, product.share, product.intensity], ["arithmetic", 0.5, 10]);
  const moving = rates(run, dispatch(10, 1_000_000), 100_000);
  assert.deepEqual([moving.bound, moving.share], ["memory", 0.5]);
  assert.equal(rates(run, dispatch(1000, 100, "f64"), 20).share, 1);
});

test("copies are as fast as the working set allows", () => {
  assert.equal(copyRate(roofline, 1000), 80e9);
  assert.equal(copyRate(roofline, 1001), 20e9);
  assert.equal(copyRate(roofline, 1e9), 20e9);
});

test("what is not known is said, not guessed", () => {
  const nothing = rates(run, dispatch(-1, -1), 100);
  assert.equal(shareText(nothing.share) + giga(nothing.flops), "––");
  assert.equal(rates(run, dispatch(1000, -1, "i32"), 100).bound, "");
  const older = rates({ device: "d" } as Run, {} as RunDispatch, 100);
  assert.ok(Number.isNaN(older.share));
  assert.match(explain({} as Run, dispatch(1, 1), older), /no peak/);
  assert.match(explain(run, dispatch(2000, 100), rates(run, dispatch(2000, 100), 10)), /above it/);
});
