// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A dispatch lights the code that it runs, and code its dispatches; nothing else crosses the join.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Model } from "../src/model";
import type { Recording } from "../src/recording";
import { trace } from "../src/trace";
import { sample } from "./sample";

/** op, name, text, parent, symbol, ancestors */
const ROWS: [number, string, string, number, string, number[]][] = [
  [20, "hal.executable", "hal.executable @x \u00010\u0003\u0002", 1, "x", []],
  [21, "hal.executable.variant", "…", 20, "cpu", []],
  [22, "builtin.module", "…", 21, "", []],
  [23, "func.func", "func.func @x_entry", 22, "x_entry", []],
  [24, "arith.mulf", "%24 = arith.mulf", 23, "", [3]],
  [25, "func.func", "func.func @x_other", 22, "x_other", []],
  [26, "arith.addf", "%26 = arith.addf", 25, "", []],
  [27, "hal.executable.binary", "hal.executable.binary @x", 1, "x", []],
  [30, "flow.dispatch", "%30 = flow.dispatch @x::@x_entry(%b2_0)", 2, "", [3]],
  [31, "stream.cmd.dispatch", "stream.cmd.dispatch @x::@cpu::@x_entry", 2, "", [30]],
  [32, "vm.call", "vm.call @hal.command_buffer.dispatch", 2, "", [31]],
];

function recording(): Recording {
  const made = sample();
  const { strings, versions, origins, sets } = made;
  const add = (text: string): number => strings.push(text) - 1;
  for (const [op, name, text, parent, symbol, ancestors] of ROWS) {
    const columns = { op, birth: 1, death: -1, name: add(name), text: add(text), parent };
    const rest = { region: 0, block: 0, order: op, operands: "", types: 0, symbol: add(symbol) };
    for (const [key, value] of Object.entries({ ...columns, ...rest })) {
      (versions as unknown as Record<string, unknown[]>)[key].push(value);
    }
    origins.op.push(op);
    origins.ancestors.push(sets.push(ancestors) - 1);
    origins.sources.push(0);
    origins.reason.push(0);
  }
  return made;
}

const sorted = (ops: Iterable<number>): number[] => [...ops].sort((a, b) => a - b);

test("a dispatch lights the entry that it names and what is inside, in every form of it", () => {
  const model = new Model(recording());
  const code = [20, 21, 22, 23, 24, 27];
  assert.deepEqual(sorted(trace(model, [30]).descendants), [...code, 31, 32]);
  assert.deepEqual(sorted(trace(model, [31]).descendants), [...code, 32]);
  assert.deepEqual(sorted(trace(model, [32]).descendants), code);
  assert.deepEqual(sorted(trace(model, [31]).ancestors), [3, 30]);
});

test("code lights its dispatches and what became of them", () => {
  const model = new Model(recording());
  assert.deepEqual(sorted(trace(model, [24]).ancestors), [3, 30, 31, 32]);
  assert.deepEqual(sorted(trace(model, [26]).ancestors), []);
  assert.deepEqual(sorted(trace(model, [20]).ancestors), [30, 31, 32]);
});

test("an op of the model lights its own code, not the whole kernel", () => {
  const model = new Model(recording());
  assert.deepEqual(sorted(trace(model, [3]).descendants), [4, 24, 30, 31, 32]);
});

test("the last row of an op's origin counts", () => {
  const made = recording();
  made.origins.op.push(26);
  made.origins.ancestors.push(made.sets.push([24]) - 1);
  made.origins.sources.push(0);
  made.origins.reason.push(0);
  const model = new Model(made);
  assert.deepEqual(model.provenance(26).ancestors, [24]);
  assert.deepEqual(model.directDescendants(24), [26]);
});
