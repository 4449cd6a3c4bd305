// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes as text: parsed, printed, evaluated as Python does (expressions.json), fast.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, parse, print, symbolsOf } from "../src/shapes/expressions";
import python from "./expressions.json";

function value(text: string, sizes: Record<string, number> = {}): number {
  const names = Object.keys(sizes);
  const run = compile(parse(text), (name) => names.indexOf(name));
  return run(Float64Array.from(names, (name) => sizes[name]));
}

test("what Python wrote is printed as it was", () => {
  const texts = ["2*h + 1", "ceildiv(w, 2)", "h*w + h + w + 1", "floordiv(w, 2)", "b*h", "w", "1",
    "h + 3", "max(0, h - 3)", "h", "7", "broadcast(h, w)", "-h + 3", "0",
    ...python.cases.map((row) => row[0] as string)];
  for (const text of texts) assert.equal(print(parse(text)), text);
  assert.equal(print(parse(" ( a - ( b + 1 ) ) * c ")), "(a - (b + 1))*c");
});

test("every expression is what Python computes", () => {
  assert.equal(python.cases.length, 300);
  for (const [text, sizes, expected] of python.cases as [string, number[], number][]) {
    const run = compile(parse(text), (name) => python.names.indexOf(name));
    assert.equal(run(Float64Array.from(sizes)), expected, text);
  }
});

test("anything else is refused", () => {
  for (const text of ["", "h +", "2h", "h / 2", "floordiv(h)", "sin(h)", "(h", "h)", "max()",
    "(".repeat(300), "toString(h)", "mod(h, 2, 3)"]) {
    assert.throws(() => parse(text), /is no size/, text);
  }
});

test("division rounds down, a divisor of 0 gives 0, and there is no -0", () => {
  assert.equal(value("floordiv(a, b)", { a: -7, b: 2 }), -4);
  assert.equal(value("mod(a, b)", { a: -7, b: 2 }), 1);
  assert.equal(value("mod(a, b)", { a: 7, b: -2 }), -1);
  assert.equal(value("floordiv(a, b)", { a: 2 ** 53 - 1, b: 2 }), 2 ** 52 - 1);
  for (const text of ["floordiv(a, b)", "mod(a, b)", "ceildiv(a, b)"]) {
    assert.equal(value(text, { a: 5, b: 0 }), 0);
    assert.ok(Object.is(value(text, { a: 0, b: 3 }), 0));
  }
  assert.ok(Object.is(value("floordiv(a, b)", { a: 0, b: -3 }), 0));
  assert.ok(Object.is(value("a*b", { a: 0, b: -3 }), 0));
  assert.ok(Object.is(value("-a", { a: 0 }), 0));
});

test("what is not known is NaN", () => {
  assert.ok(Number.isNaN(value("h + 1")));
  assert.ok(Number.isNaN(value("max(h, 2)")));
  assert.deepEqual([...symbolsOf(parse("max(a, 2*b) - floordiv(c, a)"))], ["a", "b", "c"]);
});

test("five thousand sizes are evaluated in less than a frame", () => {
  const texts = Array.from({ length: 5000 }, (_, i) => `${i}*b*ceildiv(h + ${i}, 2) + max(0, w - ${i})`);
  const all = texts.map((text) => compile(parse(text), (name) => "bhw".indexOf(name)));
  const sizes = Float64Array.from([8, 224, 224]);
  const times = Array.from({ length: 9 }, (_, i) => {
    sizes[0] = i;
    const begin = performance.now();
    let sum = 0;
    for (const run of all) sum += run(sizes);
    assert.ok(sum > 0);
    return performance.now() - begin;
  });
  assert.ok(Math.min(...times) < 16, `${times}`); // the least: others may be using the machine
});
