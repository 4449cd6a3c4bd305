// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the coverage table shows: states of steps, filters, order, groups, counts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  type Cell,
  type Coverage,
  NO_FILTER,
  type Row,
  counts,
  decodeCoverage,
  dtypes,
  errorText,
  ladder,
  lines,
  select,
  shortType,
  stepState,
  tally,
  together,
} from "../src/coverage/data";

const STEPS = ["imported", "lowered", "compiled", "ran", "correct"];

function cell(target: string, state: Cell["state"], step: string, more: Partial<Cell> = {}): Cell {
  const elapsedNs = [1e6, 2e6];
  return { target, state, step, elapsedNs, maxAbs: null, maxRel: null, maxUlps: null, code: "", text: "", at: "", ...more };
}

function row(op: string, dtype: string, cells: Cell[], more: Partial<Row> = {}): Row {
  return { op, case: "", dtype, dynamic: false, signature: `3x${dtype}`, program: "", command: "", count: 1, ops: [], cells, ...more };
}

const REFERENCE = cell("reference", "ok", "ran");

function coverage(): Coverage {
  return {
    schema: "iexplore-coverage/1",
    steps: STEPS,
    name: "",
    created: "2026-11-23T00:00:00Z",
    compiler: "iree_explore",
    targets: ["reference", "llvm-cpu"],
    elapsedNs: 1,
    complete: true,
    missing: [],
    rows: [
      row("stablehlo.abs", "f32", [REFERENCE, cell("llvm-cpu", "ok", "correct", { maxUlps: 0 })]),
      row("stablehlo.abs", "i4", [REFERENCE, cell("llvm-cpu", "failed", "compiled", { code: "IX202", text: "no LLVM type" })]),
      row("stablehlo.sort", "f32", [REFERENCE, cell("llvm-cpu", "wrong", "correct", { maxUlps: "inf" })], { dynamic: true }),
      row("stablehlo.abs", "f16", [REFERENCE, cell("llvm-cpu", "gap", "lowered", { text: "a reason" })]),
    ],
  };
}

test("a step is passed, where it stopped, or not reached", () => {
  const all = coverage();
  const states = (index: number): string[] =>
    STEPS.map((step) => stepState(all, all.rows[index].cells[1], step));
  assert.deepEqual(states(0), ["ok", "ok", "ok", "ok", "ok"]);
  assert.deepEqual(states(1), ["ok", "ok", "failed", "", ""]);
  assert.deepEqual(states(2), ["ok", "ok", "ok", "ok", "wrong"]);
  assert.deepEqual(states(3), ["ok", "gap", "", "", ""]);
  assert.deepEqual(ladder(all, "reference"), ["imported", "ran"]);
  assert.equal(stepState(all, REFERENCE, "compiled"), "");
});

test("rows are filtered by text, status, type, target and sizes", () => {
  const all = coverage();
  const found = (filter: object): number[] => select(all, { ...NO_FILTER, ...filter }, "table");
  assert.deepEqual(found({}), [0, 1, 2, 3]);
  assert.deepEqual(found({ text: "ABS f16" }), [3]);
  assert.deepEqual(found({ text: "ix202" }), [1]);
  assert.deepEqual(found({ status: "problems" }), [1, 2]);
  assert.deepEqual(found({ status: "ok" }), [0, 1, 2, 3]);
  assert.deepEqual(found({ status: "ok", target: "llvm-cpu" }), [0]);
  assert.deepEqual(found({ dtype: "f32", sizes: "static" }), [0]);
  assert.deepEqual(found({ sizes: "dynamic" }), [2]);
});

test("rows are sorted, those alike as they were listed", () => {
  const all = coverage();
  assert.deepEqual(select(all, NO_FILTER, "status"), [1, 2, 3, 0]);
  assert.deepEqual(select(all, NO_FILTER, "error"), [2, 0, 1, 3]);
  assert.deepEqual(select(all, NO_FILTER, "dtype"), [3, 0, 2, 1]);
});

test("groups hold an op's rows even where others are between", () => {
  const all = coverage();
  const order = select(all, NO_FILTER, "table");
  const closed = lines(all, order, true, new Set());
  assert.deepEqual(
    closed.map((line) => (line.kind === "group" ? [line.op, line.rows] : [])),
    [["stablehlo.abs", [0, 1, 3]], ["stablehlo.sort", [2]]],
  );
  const open = lines(all, order, true, new Set(["stablehlo.abs"]));
  assert.equal(open.length, 5);
  assert.equal(lines(all, order, false, new Set()).length, 4);
});

test("groups count what got past each step", () => {
  const all = coverage();
  assert.deepEqual(tally(all, [0, 1, 3], "llvm-cpu", "imported"), { good: 3, total: 3, state: "ok" });
  assert.deepEqual(tally(all, [0, 1, 3], "llvm-cpu", "compiled"), { good: 1, total: 3, state: "part" });
  assert.deepEqual(tally(all, [0, 3], "llvm-cpu", "correct"), { good: 1, total: 2, state: "ok" });
  assert.deepEqual(tally(all, [1], "llvm-cpu", "correct"), { good: 0, total: 1, state: "failed" });
  assert.deepEqual([...counts(all, "llvm-cpu")], [["ok", 1], ["failed", 1], ["wrong", 1], ["gap", 1]]);
  assert.deepEqual(dtypes(all), ["f32", "i4", "f16"]);
});

test("several states are one", () => {
  assert.equal(together(["ok", "ok"]), "ok");
  assert.equal(together(["ok", "gap"]), "ok");
  assert.equal(together(["gap"]), "gap");
  assert.equal(together(["ok", "failed"]), "part");
  assert.equal(together(["wrong", "failed"]), "failed");
  assert.equal(together(["", ""]), "");
});

test("numbers and types are short", () => {
  assert.deepEqual([null, "inf" as const, 0, 2, 1234.56, 2e9].map(errorText), ["", "∞", "0", "2", "1230", "2.0e+9"]);
  assert.equal(shortType("complex<f64>"), "c128");
  assert.equal(shortType("!quant.uniform<i8:f32, 0.5:2>"), "q8");
  assert.equal(shortType("bf16"), "bf16");
});

test("coverage is read from gzip JSON and nothing else", async () => {
  const bytes = gzipSync(JSON.stringify(coverage()));
  assert.equal((await decodeCoverage(bytes)).rows.length, 4);
  const foreign = gzipSync(JSON.stringify({ ...coverage(), schema: "iexplore-coverage/9" }));
  await assert.rejects(decodeCoverage(foreign), /iexplore-coverage\/9/);
  await assert.rejects(decodeCoverage(bytes.subarray(0, 40)));
});
