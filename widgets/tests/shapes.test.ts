// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which size stands for which `?`, values of sizes, refusals, sliders.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Model } from "../src/model";
import type { Recording, ShapeSymbol, ShapesRecord } from "../src/recording";
import { Shapes, fromPosition, outside, span, toPosition, usual } from "../src/shapes/data";
import { Overlay, firstMarks, questionMarks, restOf, shapesIn } from "../src/shapes/overlay";
import { reachedAt } from "../src/shapes/propagation";
import { bytes, count, isSum } from "../src/shapes/show";
import { fromHash, initialState, toHash } from "../src/state";
import { pageOfStep } from "../src/text";
import { sample } from "./sample";

const T = "tensor<?x4xf32>";
const U = "tensor<?x?xf32>";

/** [op, name, text, parent, operands, result types, sizes of the results] */
type Row = [number, string, string, number, string, string[], string[]];

const ROWS: Row[] = [
  [1, "builtin.module", "builtin.module \u00010\u0003\u0002", 0, "", [], []],
  [2, "func.func", `func.func @f(%b2_0: ${T}, %b2_1: ${U}) -> ${T} \u00010\u0003\u0002`, 1, "", [], []],
  [3, "test.one", `%3 = test.one %b2_0 : ${T}`, 2, "b2_0", [T], ["b"]],
  [4, "test.two", `%4:2 = test.two %3, %b2_1 : (${T}, ${U}) -> (${U}, index)`, 2, "3 b2_1", [U, "index"], ["w", "2*b", "w + 1"]],
  [5, "test.sum", `%5 = test.sum %4#0, %b2_1 : ${U}`, 2, "4#0 b2_1", [U], ["w", "?"]],
  [6, "test.region", `%6 = test.region ins(%3 : ${T}) \u00010\u0003^bb0(%b6_0: ${T}):\u0002 -> ${U}`, 2, "3", [U], ["7*b", "w"]],
  [7, "test.inner", `test.inner %b6_0 : ${T}`, 6, "b6_0", [], []],
  [8, "test.give", `%8 = test.give() : ${T}{%4#1}`, 2, "4#1", [T], []],
  [9, "stream.resource.alloca", "%9 = stream.resource.alloca : !stream.resource<transient>", 2, "", ["!stream.resource<transient>"], ["16*b"]],
  [10, "func.return", `func.return %3 : ${T}`, 2, "3", [], []],
];

function symbol(name: string, more: Partial<ShapeSymbol> = {}): ShapeSymbol {
  return {
    function: 0, name, kind: "input", argument: "x", dimension: 0, low: 0, high: -1, divisor: 1,
    sample: -1, op: 0, place: "", solved: -1, ...more,
  };
}

function recording(): { model: Model; shapes: Shapes } {
  const made: Recording = sample();
  const strings: string[] = [""];
  const string = (text: string): number => {
    const at = strings.indexOf(text);
    return at >= 0 ? at : strings.push(text) - 1;
  };
  const texts: string[] = [];
  const size = (text: string): number => {
    if (text === "?") return -1;
    if (!texts.includes(text)) texts.push(text);
    return texts.indexOf(text);
  };
  const typeLists = ROWS.map((row) => row[5].map(string));
  const column = <V>(pick: (row: Row, i: number) => V): V[] => ROWS.map(pick);
  const zero = column(() => 0);
  made.versions = {
    op: column((r) => r[0]), birth: zero, death: column(() => -1), name: column((r) => string(r[1])),
    text: column((r) => string(r[2])), parent: column((r) => r[3]), region: zero, block: zero,
    order: column((_r, i) => i), operands: column((r) => r[4]), types: column((_r, i) => i),
    symbol: column((r) => (r[0] === 2 ? string("f") : 0)),
  };
  made.typeLists = typeLists;
  made.strings = strings;
  const sized = ROWS.map((row, i): [number, string[]] => [i, row[6]]).filter(([, sizes]) => sizes.length);
  const lists = sized.map(([, sizes]) => sizes.map(size));
  const list = (...sizes: string[]): number => lists.push(sizes.map(size)) - 1;
  const record: ShapesRecord = {
    functions: ["f"],
    symbols: [
      symbol("b", { low: 1, high: 64, divisor: 8, sample: 16 }),
      symbol("w", { dimension: 1 }),
      symbol("v", { solved: size("w") }),
    ],
    sizes: { function: [], text: texts },
    lists,
    versions: { version: sized.map(([version]) => version), list: sized.map((_row, i) => i) },
    arguments: [
      { function: 0, name: "x", type: T, list: list("b") },
      { function: 0, name: "y", type: U, list: list("b", "w") },
    ],
    dispatches: [{ op: 3, function: 0, name: "d", workgroups: [size("ceildiv(w, 4)"), size("1"), size("1")], flops: size("2*b"), bytes: -1 }],
    allocations: [
      { op: 9, function: 0, kind: "transient", bytes: size("16*b") },
      { op: 9, function: 0, kind: "transient", bytes: size("8*w") },
      { op: 8, function: 0, kind: "transient", bytes: size("100") },
      { op: 8, function: 0, kind: "result", bytes: size("4*b") },
    ],
    propagation: [
      { function: 0, op: 3, direction: "forward", lists: [list("b", "4")], learnt: "" },
      { function: 0, op: 4, direction: "forward", lists: [list("w", "w")], learnt: "" },
      { function: 0, op: 4, direction: "backward", lists: [list("w", "2*b")], learnt: "v == w" },
    ],
    equations: [{ function: 0, left: size("mod(w, 4)"), right: size("0"), place: "test.sum", op: 5 }],
    conflicts: [],
  };
  record.sizes.function = texts.map(() => 0);
  made.shapes = record;
  const model = new Model(made);
  return { model, shapes: new Shapes(record, model) };
}

test("shapes with unknown sizes are found, other question marks are not", () => {
  assert.deepEqual(shapesIn("memref<?x4xf32, strided<[?, 1], offset: ?>> tensor<4x?xi8>"), ["?x4x", "4x?x"]);
  assert.deepEqual(questionMarks("!d<readonly:tensor<?x?xf32>> dense<0x7F>"), [19, 21]);
});

test("every ? is what its operands and results say", () => {
  const { model, shapes } = recording();
  const overlay = new Overlay(shapes, model, 0);
  const texts = (op: number): string[] => overlay.ofOp(op).map((size) => shapes.text(size));
  assert.deepEqual(texts(2), ["b", "b", "w", "b"]); // arguments, then what is returned
  assert.deepEqual(texts(3), ["b"]); // one type for operand and result
  assert.deepEqual(texts(4), ["b", "b", "w", "w", "2*b"]);
  assert.deepEqual(texts(5), ["w", "?"]); // the result's, where they differ
  assert.deepEqual(texts(6), ["b", "b", "7*b", "w"]); // the header of a block too
  assert.deepEqual(texts(8), ["w + 1"]); // from the value beside the type
  assert.deepEqual(texts(10), ["b"]);
});

test("results of no tensor have values and bytes", () => {
  const { model, shapes } = recording();
  const rest = (version: number) => restOf(shapes, model, version).map(({ kind, size }) => `${shapes.text(size)} ${kind}`);
  assert.deepEqual(rest(3), ["w + 1 value"]);
  assert.deepEqual(rest(8), ["16*b bytes"]);
  assert.deepEqual(rest(2), []);
});

test("lines of one op share its question marks", () => {
  const { model } = recording();
  const page = pageOfStep(model, 0);
  const lines = page.text.split("\n");
  const at = (part: string): number | undefined => firstMarks(page).get(lines.findIndex((l) => l.includes(part)));
  assert.equal(at("test.region"), 0);
  assert.equal(at("^bb0"), 1);
  assert.equal(at("} ->"), 2);
  assert.equal(at("builtin.module"), undefined);
});

test("while the inference is stepped, what was not reached is not known", () => {
  const { model, shapes } = recording();
  const at = (step: number, op: number): string[] =>
    new Overlay(shapes, model, 0, reachedAt(shapes, step)).ofOp(op).map((size) => shapes.text(size));
  assert.deepEqual(at(0, 4), ["b", "b", "w", "?", "?"]);
  assert.deepEqual(at(1, 4), ["b", "b", "w", "w", "w"]);
  assert.deepEqual(at(2, 4), ["b", "b", "w", "w", "2*b"]);
  assert.equal(reachedAt(shapes, -1), null);
});

test("chosen sizes, usual ones, and symbols that equal others", () => {
  const { shapes } = recording();
  assert.deepEqual([...shapes.sizesOf({})], [16, 8, 8]);
  assert.deepEqual([...shapes.sizesOf({ w: 20 })], [16, 20, 20]);
  assert.equal(shapes.value(-1, shapes.sizesOf({})), Number.NaN);
});

test("who mentions a symbol", () => {
  const { shapes } = recording();
  assert.equal(shapes.count(0, 0), 4);
  assert.equal(shapes.count(1, 0), 3);
  assert.equal(shapes.count(2, 0), 0);
  assert.ok(shapes.dispatchMentions(0, 0) && shapes.dispatchMentions(0, 1) && !shapes.dispatchMentions(0, 2));
});

test("the peak is that of the region that needs most", () => {
  const { shapes } = recording();
  const peak = shapes.peak(0, shapes.sizesOf({ b: 8, w: 100 }));
  assert.deepEqual(peak, { transient: 16 * 8 + 800, result: 32, argument: 0, constant: 0, regions: 2 });
});

test("a call that is refused says why", () => {
  const { shapes } = recording();
  const why = (chosen: Record<string, number>): string[] =>
    shapes.refusals(0, shapes.sizesOf(chosen)).map(({ text }) => text);
  assert.deepEqual(why({}), []);
  assert.match(why({ b: 12 })[0], /b is 12: it is a multiple of 8/);
  assert.match(why({ b: 128 })[0], /it is at most 64/);
  assert.match(why({ w: 10 })[0], /mod\(w, 4\) == 0 is needed, but 2 is not 0: test\.sum/);
});

test("sliders reach every end and keep to the divisor", () => {
  const [b, w] = recording().shapes.symbols;
  for (const each of [b, w, symbol("one", { low: 5, high: 5 }), symbol("big", { low: 1, high: 1 << 20 })]) {
    const range = span(each);
    const divisor = each.divisor;
    const low = Math.ceil(range[0] / divisor) * divisor;
    assert.equal(fromPosition(0, range, divisor), low);
    assert.equal(fromPosition(1, range, divisor), Math.floor(range[1] / divisor) * divisor);
    for (let at = 0; at <= 1; at += 0.05) {
      const size = fromPosition(at, range, divisor);
      assert.equal(outside(each, size), "");
      assert.ok(toPosition(size, range) >= 0 && toPosition(size, range) <= 1);
    }
    assert.equal(fromPosition(toPosition(usual(each), range), range, divisor), usual(each));
  }
});

test("two functions may have symbols of one name", () => {
  const { model, shapes } = recording();
  const record = { ...shapes.record, functions: ["f", "g"], symbols: [symbol("b"), symbol("b", { function: 1 })] };
  const both = new Shapes({ ...record, sizes: { function: [0, 1], text: ["2*b", "3*b"] } }, model);
  assert.deepEqual([both.key(0), both.key(1)], ["b", "g:b"]);
  const sizes = both.sizesOf({ b: 5, "g:b": 7 });
  assert.deepEqual([both.value(0, sizes), both.value(1, sizes)], [10, 21]);
  assert.deepEqual([...both.sizesOf({ b: 5 })], [5, 5]);
});

test("numbers and bytes in three digits", () => {
  assert.deepEqual([0, 99_999, 123_456, 4_194_304, 9.99e17, Number.NaN].map(count), ["0", "99,999", "123 k", "4.19 M", "999 P", "–"]);
  assert.deepEqual([0, 1023, 1024, 1536 * 1024, Number.NaN].map(bytes), ["0 B", "1023 B", "1.00 KiB", "1.50 MiB", "–"]);
});

test("sums are in parentheses among factors", () => {
  assert.deepEqual(["n + 1", "-n", "2*n", "ceildiv(n + 1, 2)", "max(n, 1) - 1"].map(isSum), [true, true, false, false, true]);
});

test("sizes, the lit symbol and the step of the inference are in the hash", () => {
  const state = initialState("shapes", sample(), -1);
  Object.assign(state, { sizes: { batch: 32, "g:w": 0 }, symbol: "g:w", symbols: false, propagation: 4 });
  const read = fromHash(`#${toHash(state)}`, initialState("shapes", sample(), -1));
  assert.deepEqual(read, state);
  const bad = fromHash("#panes=shapes~linked&size=b~x&size=~3&propagation=1.5", state);
  assert.deepEqual([bad.sizes, bad.propagation, bad.panes[0].mode], [{}, -1, "shapes"]);
});
