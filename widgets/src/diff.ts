// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Difference of two steps by op identity: renumbered or reprinted values never show as changes.
// The page shows the later step with deleted ops merged in where they used to be.

import type { Model, Snapshot } from "./model";
import { type Change, Writer, blocksOf, type Page } from "./text";

export interface Counts {
  created: number;
  deleted: number;
  modified: number;
  moved: number;
  unchanged: number;
}

export interface Diff {
  from: number;
  to: number;
  counts: Counts;
  /** What happened to each op that changed. */
  changes: Map<number, Change>;
}

const memo = new WeakMap<Model, Map<string, Diff>>();

/** What happened to each op between the steps `from` and `to`. */
export function diffSteps(model: Model, from: number, to: number): Diff {
  const key = `${from}:${to}:${model.lastStep}`;
  let diffs = memo.get(model);
  if (!diffs) memo.set(model, (diffs = new Map()));
  let found = diffs.get(key);
  if (!found) diffs.set(key, (found = computeDiff(model, from, to)));
  return found;
}

function computeDiff(model: Model, from: number, to: number): Diff {
  const a = model.snapshot(from);
  const b = model.snapshot(to);
  const changes = new Map<number, Change>();
  const counts: Counts = { created: 0, deleted: 0, modified: 0, moved: 0, unchanged: 0 };
  const moved = movedOps(model, a, b);
  for (const [op, version] of b.versionOf) {
    const before = a.versionOf.get(op);
    const change = classify(model, before, version, moved.has(op));
    if (change) changes.set(op, change);
    counts[change || "unchanged"]++;
  }
  for (const op of a.versionOf.keys()) {
    if (b.versionOf.has(op)) continue;
    changes.set(op, "deleted");
    counts.deleted++;
  }
  return { from, to, counts, changes };
}

function classify(
  model: Model,
  before: number | undefined,
  after: number,
  moved: boolean,
): Change {
  if (before === undefined) return "created";
  const { text, types } = model.recording.versions;
  if (text[before] !== text[after] || types[before] !== types[after]) return "modified";
  return moved ? "moved" : "";
}

/** Ops in another parent or block, or out of order with their neighbours that stayed. */
function movedOps(model: Model, a: Snapshot, b: Snapshot): Set<number> {
  const { op, parent, region, block } = model.recording.versions;
  const moved = new Set<number>();
  const rank = new Map<number, number>();
  for (const list of a.children.values()) list.forEach((v, i) => rank.set(op[v], i));
  for (const list of b.children.values()) {
    const stayed: number[] = [];
    for (const version of list) {
      const before = a.versionOf.get(op[version]);
      if (before === undefined) continue;
      const same =
        parent[before] === parent[version] &&
        region[before] === region[version] &&
        block[before] === block[version];
      if (same) stayed.push(op[version]);
      else moved.add(op[version]);
    }
    const kept = longestIncreasing(stayed.map((id) => rank.get(id) as number));
    stayed.forEach((id, i) => {
      if (!kept.has(i)) moved.add(id);
    });
  }
  return moved;
}

/** Indices of a longest increasing subsequence. */
export function longestIncreasing(values: readonly number[]): Set<number> {
  const tails: number[] = [];
  const previous = new Array<number>(values.length).fill(-1);
  for (let i = 0; i < values.length; i++) {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[tails[middle]] < values[i]) low = middle + 1;
      else high = middle;
    }
    if (low > 0) previous[i] = tails[low - 1];
    tails[low] = i;
  }
  const kept = new Set<number>();
  for (let i = tails.length ? tails[tails.length - 1] : -1; i >= 0; i = previous[i]) kept.add(i);
  return kept;
}

/** The text of step `to` with what changed since `from`, deleted ops included. */
export function pageOfDiff(model: Model, from: number, to: number, focus = 0): Page {
  const a = model.snapshot(from);
  const b = model.snapshot(to);
  const { changes } = diffSteps(model, from, to);
  const { op } = model.recording.versions;
  const writer = new Writer(model, {
    blocks: (id, version, region) => {
      const newer = b.versionOf.get(id) === version ? blocksOf(model, b, id, region) : [];
      const older = blocksOf(model, a, id, region);
      return mergeBlocks(older, newer, (v) => op[v], (id) => b.versionOf.has(id));
    },
    change: (version) => changes.get(op[version]) ?? "",
  });
  const focused = b.versionOf.get(focus);
  const roots =
    focused !== undefined
      ? [focused]
      : mergeLists(a.children.get(0) ?? [], b.children.get(0) ?? [], (v) => op[v], (id) =>
          b.versionOf.has(id),
        );
  for (const root of roots) writer.op(root, "");
  return writer.page();
}

type Id = (version: number) => number;

function mergeBlocks(
  older: number[][],
  newer: number[][],
  id: Id,
  survives: (op: number) => boolean,
): number[][] {
  const count = Math.max(older.length, newer.length);
  return Array.from({ length: count }, (_, i) =>
    mergeLists(older[i] ?? [], newer[i] ?? [], id, survives),
  );
}

/** `newer` with the deleted ops of `older` inserted after what preceded them. */
export function mergeLists(
  older: readonly number[],
  newer: readonly number[],
  id: Id,
  survives: (op: number) => boolean,
): number[] {
  const here = new Set(newer.map(id));
  const after = new Map<number, number[]>(); // op id (0: start) -> deleted versions that follow it
  let anchor = 0;
  for (const version of older) {
    if (here.has(id(version))) anchor = id(version);
    else if (!survives(id(version))) {
      const list = after.get(anchor);
      if (list) list.push(version);
      else after.set(anchor, [version]);
    }
  }
  const merged = [...(after.get(0) ?? [])];
  for (const version of newer) merged.push(version, ...(after.get(id(version)) ?? []));
  return merged;
}
