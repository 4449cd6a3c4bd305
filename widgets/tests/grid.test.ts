// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which workgroup computes which element: every numbering, against what can be counted by hand.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Grid, extentText, windowOf } from "../src/grid/data";
import type { GridRecord } from "../src/recording";

const base: GridRecord = {
  executable: "e", entry: "f", op: 1, root: "linalg.matmul", pipeline: "CPUDoubleTilingExpert",
  numbering: "xyz", invocations: 0, tiles: 1, each: "", shape: ["w0", "256"], element: "f32",
  axes: [
    { dims: [0], extents: ["w0"], tile: 64, absorbs: true },
    { dims: [1], extents: ["256"], tile: 100, absorbs: false },
  ],
  workgroups: ["3", "max(floordiv(w0, 64), min(1, w0))", "1"], workload: ["w0"], note: "",
};

test("a tile that absorbs the rest, and a narrower last one", () => {
  const grid = new Grid(base, [150]);
  assert.deepEqual([grid.groups, grid.total, grid.tile], [[3, 2, 1], 6, "64 × 100"]);
  assert.equal(grid.at([149, 255]), 5);
  assert.deepEqual(grid.ids(5), [2, 1, 0]);
  assert.equal(extentText(grid, 5), "64–149, 200–255");
});

test("a size that nobody knows leaves nothing to draw", () => {
  assert.equal(new Grid(base, [Number.NaN]).known, false);
});

test("points numbered through the grid run over rows", () => {
  const axes = [
    { dims: [0], extents: ["6"], tile: 1, absorbs: false },
    { dims: [1], extents: ["40"], tile: 4, absorbs: false },
  ];
  const record: GridRecord = { ...base, numbering: "linear", tiles: 16, shape: ["6", "40"], axes, workload: [], workgroups: ["4", "1", "1"] };
  const grid = new Grid(record, []);
  assert.equal(grid.at([0, 39]), 0);
  assert.equal(grid.at([1, 24]), 1);
  assert.equal(extentText(grid, 1), "[1, 24] to [3, 7]");
  assert.equal(extentText(grid, 3), "[4, 32] to [5, 39]");
});

test("loops numbered as one: rows of a convolution", () => {
  const axes = [
    { dims: [0, 1, 2], extents: ["1", "14", "14"], tile: 64, absorbs: false },
    { dims: [3], extents: ["32"], tile: 32, absorbs: false },
  ];
  const record: GridRecord = { ...base, numbering: "linear", shape: ["1", "14", "14", "32"], axes, workload: [], workgroups: ["4", "1", "1"] };
  const grid = new Grid(record, []);
  assert.equal(grid.at([0, 4, 8, 0]), 1);
  assert.equal(extentText(grid, 1), "[0, 4, 8, 0] to [0, 9, 1, 31]");
  let seen = 0;
  for (let row = 0; row < grid.rows; row++) seen += Number(grid.at(grid.point(row, 0)) === 3);
  assert.equal(seen, 4);
});

test("loops that are no dimensions of the result are drawn instead of it", () => {
  const axes = [{ dims: [-1], extents: ["20"], tile: 8, absorbs: false }];
  const grid = new Grid({ ...base, axes, workload: [], shape: ["7"], workgroups: ["3", "1", "1"] }, []);
  assert.deepEqual([grid.ofResult, grid.shape, grid.at([16])], [false, [20], 2]);
});

test("a picture of many workgroups shows some", () => {
  const grid = new Grid(base, [6400]);
  assert.deepEqual(windowOf(grid, [0, 0], 24).rows, [0, 24 * 64]);
  assert.deepEqual(windowOf(grid, [0, 0], 24).columns, [0, 256]);
});
