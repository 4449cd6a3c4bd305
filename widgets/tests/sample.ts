// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A recording small enough to check by eye: four steps of a function with two ops.

import type { Recording } from "../src/recording";

class Strings {
  list: string[] = [""];

  add(text: string): number {
    const at = this.list.indexOf(text);
    return at >= 0 ? at : this.list.push(text) - 1;
  }
}

type Row = [
  op: number,
  birth: number,
  death: number,
  name: string,
  text: string,
  parent: number,
  order: number,
  operands: string,
  symbol?: string,
];

/** What each op is and when: 4 replaces 3 in step 1; 5 and 6 change places in step 2;
 * step 3 removes 6. */
const ROWS: Row[] = [
  [1, 0, -1, "builtin.module", "builtin.module \u00010\u0003\u0002", 0, 0, ""],
  [2, 0, -1, "func.func", "func.func @f(%b2_0: f32) \u00010t\u0003\u0002", 1, 0, "", "f"],
  [3, 0, 1, "stablehlo.add", "%3 = stablehlo.add %b2_0, %b2_0 : f32", 2, 0, "b2_0 b2_0"],
  [4, 1, -1, "arith.addf", "%4 = arith.addf %b2_0, %b2_0 : f32", 2, 0, "b2_0 b2_0"],
  [5, 0, 1, "test.use", "test.use %3", 2, 1, "3"],
  [5, 1, 2, "test.use", "test.use %4", 2, 1, "4"],
  [5, 2, -1, "test.use", "test.use %4", 2, 3, "4"],
  [6, 0, 3, "test.loop", "test.loop \u00010\u0003^bb0(%b6_0: i32):\u0003^bb1:\u0002 end", 2, 2, ""],
  [7, 0, 3, "test.in", "test.in", 6, 0, ""],
  [8, 0, -1, "func.return", "func.return", 2, 9, ""],
];

export function sample(): Recording {
  const strings = new Strings();
  const column = <T>(pick: (row: Row) => T): T[] => ROWS.map(pick);
  const step = (pass: string | null, changed: boolean, events: [number, number], phase = 1) => ({
    phase,
    pass,
    scope: "",
    why: "",
    elapsedNs: 1000,
    changed,
    error: null,
    events,
  });
  const versions = {
    op: column((row) => row[0]),
    birth: column((row) => row[1]),
    death: column((row) => row[2]),
    name: column((row) => strings.add(row[3])),
    text: column((row) => strings.add(row[4])),
    parent: column((row) => row[5]),
    region: column(() => 0),
    block: column(() => 0),
    order: column((row) => row[6]),
    operands: column((row) => row[7]),
    types: column(() => 0),
    symbol: column((row) => strings.add(row[8] ?? "")),
  };
  const origins = {
    op: [1, 2, 3, 4, 5, 6, 7, 8],
    ancestors: [0, 0, 0, 1, 0, 0, 0, 0],
    sources: [0, 0, 0, 0, 0, 0, 0, 0],
    reason: [..."iii"].map(() => strings.add("import")).concat(
      strings.add("LowerAdd"),
      [..."iiii"].map(() => strings.add("import")),
    ),
  };
  const events = [
    event(strings, 1, "LowerAdd", { matched: 1, created: 2, deleted: 1 }),
    event(strings, 3, "DropLoop", { matched: 3, created: 0, deleted: 3 }),
  ];
  const phase = (name: string, first: number, last: number) => ({
    name,
    summary: "",
    state: "done" as const,
    first,
    step: last,
    passes: [],
  });
  return {
    schema: "iexplore/1",
    name: "sample",
    notes: [],
    options: {},
    created: "",
    compiler: "",
    state: "done",
    source: { kind: "mlir", text: null },
    targets: [],
    devices: [],
    strings: strings.list,
    typeLists: [[]],
    sets: [[], [3], [4], [6, 7]],
    phases: [phase("import", 0, 0), phase("input", 1, 3)],
    steps: [
      step(null, true, [0, 0], 0),
      step("input-lower", true, [0, 1]),
      step("input-move", true, [1, 1]),
      step("input-drop", true, [1, 2]),
    ],
    versions,
    origins,
    sources: [],
    files: [],
    events,
    artifacts: [],
    runs: [],
    rewrites: [],
    numerics: [],
    found: [],
    grids: [],
    transactions: [],
    errors: [],
    opDocs: {},
    passDocs: {},
  };
}

function event(
  strings: Strings,
  step: number,
  pattern: string,
  sets: { matched: number; created: number; deleted: number },
) {
  return {
    step,
    pattern: strings.add(pattern),
    file: strings.add("iree_explore/x.py"),
    line: 7,
    modified: 0,
    ...sets,
  };
}
