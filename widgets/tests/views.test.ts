// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Layout, graph, highlighting, view state, numbers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { foldColumn, foldEnd, placeholder, runsOf } from "../src/folds";
import { type Graph, type GraphNode, graphOfStep, shortEntry } from "../src/graph";
import { tokens } from "../src/highlight";
import { Layout, WIDEST, layered } from "../src/layout";
import { Model } from "../src/model";
import { fromHash, initialState, toHash } from "../src/state";
import { pageOfFile } from "../src/text";
import { duration, median, quantile } from "../src/ui/dom";
import { sample } from "./sample";

function graph(ids: number[], edges: [number, number][]): Graph {
  const nodes = ids.map((id): GraphNode => ({
    id,
    version: 0,
    title: `${id}`,
    subtitle: "",
    kind: "op",
    constants: 0,
  }));
  return { step: 0, nodes, edges: edges.flat(), dispatchesOnly: false };
}

test("rows follow the data and no two nodes share a cell", () => {
  const made = graph([1, 2, 3, 4], [[0, 1], [0, 2], [1, 3], [2, 3]]);
  const cells = layered(made);
  assert.deepEqual(cells.map((cell) => cell.row), [0, 1, 1, 2]);
  assert.equal(new Set(cells.map((cell) => `${cell.column},${cell.row}`)).size, 4);
});

test("a wide layer wraps into rows of bounded width", () => {
  const ids = Array.from({ length: 500 }, (_, i) => i + 1);
  const cells = layered(graph(ids, ids.slice(1).map((_id, i) => [0, i + 1])));
  const columns = cells.map((cell) => cell.column);
  assert.ok(Math.max(...columns) - Math.min(...columns) <= WIDEST + 1);
  assert.equal(new Set(cells.map((cell) => `${cell.column},${cell.row}`)).size, 500);
});

test("what stays does not move; a new node takes the cell of what it replaces", () => {
  const layout = new Layout();
  const before = layout.arrange(graph([1, 2, 3], [[0, 1], [1, 2]]), () => []);
  const after = layout.arrange(
    graph([1, 9, 3, 10], [[0, 1], [1, 2], [1, 3]]),
    (id) => (id === 9 ? [2] : []),
  );
  assert.deepEqual(after[0], before[0]);
  assert.deepEqual(after[2], before[2]);
  assert.deepEqual(after[1], before[1]);
  assert.equal(new Set(after.map((cell) => `${cell.column},${cell.row}`)).size, 4);
  const again = layout.arrange(graph([1, 2, 3], [[0, 1], [1, 2]]), () => []);
  assert.deepEqual(again, before);
});

test("twenty thousand nodes are laid out in linear time", () => {
  const ids = Array.from({ length: 20_000 }, (_, i) => i + 1);
  const edges = ids.slice(1).map((_id, i): [number, number] => [i % 7 ? i : i >> 1, i + 1]);
  const begin = performance.now();
  layered(graph(ids, edges));
  assert.ok(performance.now() - begin < 3000);
});

test("branches that join do not drift aside", () => {
  const edges: [number, number][] = [];
  for (let i = 0; i < 300; i += 3) {
    edges.push([i, i + 1], [i, i + 2], [i + 1, i + 3], [i + 2, i + 3]);
  }
  const cells = layered(graph(Array.from({ length: 301 }, (_, i) => i + 1), edges));
  assert.ok(cells.every((cell) => Math.abs(cell.column) <= 1));
});

test("a loop in the data does not hang the layout", () => {
  assert.equal(layered(graph([1, 2], [[0, 1], [1, 0]])).length, 2);
});

test("a graph has the function's arguments, its ops and the flow between them", () => {
  const made = graphOfStep(new Model(sample()), 0);
  const title = (i: number): string => made.nodes[i].title;
  const edges = new Set<string>();
  for (let i = 0; i < made.edges.length; i += 2) {
    edges.add(`${title(made.edges[i])} > ${title(made.edges[i + 1])}`);
  }
  assert.ok(edges.has("@f > stablehlo.add"));
  assert.ok(edges.has("stablehlo.add > test.use"));
});

test("entry points are shortened to what tells them apart", () => {
  assert.equal(shortEntry("main_dispatch_3_matmul_1x10x128_f32"), "3 matmul_1x10x128_f32");
  assert.equal(shortEntry("other"), "other");
});

test("tokens of MLIR", () => {
  const line = '%3:2 = linalg.generic {a = #map} ins(%b2_0 : tensor<4x?xf32>) "s" // @x';
  const found = tokens(line, "mlir").map(([from, to, name]) => `${name} ${line.slice(from, to)}`);
  for (const token of ["value %3:2", "op linalg.generic", "attribute #map", "value %b2_0",
    "type tensor", "shape 4", "shape ?", 'string "s"', "comment // @x"]) {
    assert.ok(found.includes(token), `${token} in ${found.join(" | ")}`);
  }
});

test("tokens never overlap, whatever the text", () => {
  const lines = ['"unclosed', "%", "@", "tensor<", "^bb0(", "x".repeat(10_000), "-> {", "\\"];
  for (const language of ["mlir", "llvm", "asm", "python"] as const) {
    for (const line of lines) {
      let at = 0;
      for (const [from, to] of tokens(line, language)) {
        assert.ok(from >= at && to > from);
        at = to;
      }
    }
  }
});

test("the view's state survives the URL", () => {
  const state = initialState("explorer", sample(), -1);
  state.step = 2;
  state.selection = [4, 7];
  state.panes[1] = { mode: "diff", at: "phase:input", base: 0, focus: 2 };
  state.theme = "dark";
  const read = fromHash(`#${toHash(state)}`, initialState("explorer", sample(), -1));
  assert.deepEqual(read, state);
});

test("a hash of nonsense leaves a working state", () => {
  const state = initialState("explorer", sample(), -1);
  const read = fromHash("#step=x&panes=foo~bar~baz|a&sel=b.-1&side=zzz", state);
  assert.equal(read.panes[0].mode, "text");
  assert.equal(read.panes[0].at, "linked");
  assert.deepEqual(read.selection, []);
  assert.deepEqual(fromHash("", state), state);
});

test("durations and quantiles", () => {
  assert.equal(duration(950), "950 ns");
  assert.equal(duration(1234), "1.23 µs");
  assert.equal(duration(45_600_000), "45.6 ms");
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(quantile([0, 10], 0.25), 2.5);
  assert.ok(Number.isNaN(median([])));
});

test("the first pane is the user's source where there is one", () => {
  const recording = sample();
  assert.equal(initialState("explorer", recording, -1).panes[0].at, "phase:import");
  recording.files = [{ path: "model.py", text: "a\nb" }];
  const state = initialState("explorer", recording, -1);
  assert.equal(state.panes[0].at, "file:0");
  assert.equal(fromHash(`#${toHash(state)}`, state).panes[0].at, "file:0");
});

test("a source line has every imported op that comes from it", () => {
  const recording = sample();
  recording.files = [{ path: "model.py", text: "one\ntwo\nthree" }];
  recording.sources = [
    { layer: "a", file: "model.py", line: 2, op: "" },
    { layer: "b", file: "other.py", line: 1, op: "" },
  ];
  const ops = recording.origins.op.slice(0, 3);
  recording.sets.push([0], [0, 1]);
  recording.origins.sources[0] = recording.sets.length - 2;
  recording.origins.sources[1] = recording.sets.length - 1;
  const page = pageOfFile(new Model(recording), 0);
  const alive = new Set(
    new Model(recording).snapshot(0).versions.map((each) => recording.versions.op[each]),
  );
  assert.deepEqual(page.groups?.[1], ops.slice(0, 2).filter((op) => alive.has(op)));
  assert.deepEqual([page.groups?.[0], page.groups?.[2]], [[], []]);
  assert.equal(page.heads[1], page.ops[1] > 0);
});

test("runs of declarations fold, what differs or was changed ends them", () => {
  const globals = Array.from({ length: 7 }, (_, i) => `  ml_program.global private @w${i} : f32`);
  const lines = ["module {", ...globals, "  func.func @main() {", "  }", "}"];
  const page = {
    text: lines.join("\n"),
    ops: lines.map((_line, i) => i + 1),
    heads: lines.map((line) => !line.trim().startsWith("}")),
    ends: lines.map((_line, i) => (i === 0 ? 10 : i === 8 ? 9 : i)),
    changes: lines.map(() => "" as const),
    language: "mlir" as const,
  };
  assert.deepEqual([...runsOf(page)], [[1, { end: 7, name: "ml_program.global" }]]);
  assert.equal(foldEnd(page, 0), 10);
  assert.equal(foldEnd(page, 1), 7);
  assert.equal(foldEnd(page, 2), 2);
  assert.equal(placeholder(page, 1), "× 7");
  assert.equal(lines[1].slice(0, foldColumn(page, 1, lines[1])), "  ml_program.global");
  assert.equal(placeholder(page, 8), "…");
  const changed = { ...page, changes: page.changes.map((_c, i) => (i === 3 ? "created" as const : "")) };
  assert.equal(runsOf(changed).size, 0);
});
