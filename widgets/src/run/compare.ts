// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One run against another: which dispatch is which, how much slower or faster, and whether that is
// more than the spread. Runs of several targets and devices compare, since entry points have the
// same names on all of them.

import type { Model } from "../model";
import type { Run, RunDispatch } from "../recording";
import { median, quantile } from "../ui/dom";

export interface Delta {
  /** (now - then) / then: 0.1 is a tenth slower. */
  share: number;
  /** Whether the middle halves of the samples lie apart. */
  sure: boolean;
  then: number;
}

/** Each dispatch of `run` with its counterpart in `other`: the same entry point, the nth time. */
export function partners(run: Run, other: Run): Map<RunDispatch, RunDispatch> {
  const numbered = (dispatches: readonly RunDispatch[]): [string, RunDispatch][] => {
    const seen = new Map<string, number>();
    return dispatches.map((each) => {
      const nth = (seen.get(each.name) ?? -1) + 1;
      seen.set(each.name, nth);
      return [`${each.name}#${nth}`, each];
    });
  };
  const theirs = new Map(numbered(other.dispatches));
  const found = new Map<RunDispatch, RunDispatch>();
  for (const [key, each] of numbered(run.dispatches)) {
    const partner = theirs.get(key);
    if (partner) found.set(each, partner);
  }
  return found;
}

export function delta(now: readonly number[], then: readonly number[]): Delta | null {
  const before = median(then);
  const after = median(now);
  if (!(before > 0) || !Number.isFinite(after)) return null;
  const apart =
    quantile(now, 0.25) > quantile(then, 0.75) || quantile(now, 0.75) < quantile(then, 0.25);
  return { share: (after - before) / before, sure: apart, then: before };
}

/** "▼ 12 %" faster, "▲ 8.3 %" slower, "≈ 2.1 %" no more than the spread; "–": nothing to compare. */
export function deltaText(found: Delta | null): string {
  if (!found) return "–";
  const size = Math.abs(found.share);
  const sign = !found.sure ? "≈" : found.share < 0 ? "▼" : "▲";
  if (size >= 1) return `${sign} ${(1 + found.share).toPrecision(3)}×`;
  return `${sign} ${(100 * size).toFixed(size < 0.0995 ? 1 : 0)} %`;
}

export function deltaWords(found: Delta | null, other: string): string {
  if (!found) return `not in ${other}`;
  const size = `${(100 * Math.abs(found.share)).toFixed(1)} %`;
  if (!found.sure) return `as in ${other}: ${size} apart, which is inside the spread`;
  return found.share < 0 ? `${size} less time than in ${other}` : `${size} more time than in ${other}`;
}

/** "run 2 · local-task": how a run is called everywhere, with its target where several were run. */
export function runName(model: Model, index: number): string {
  const { runs } = model.recording;
  const run = runs[index];
  if (run && runs.some((other) => other.target !== run.target)) return `run ${index + 1} · ${run.target}, ${run.device}`;
  return run ? `run ${index + 1} · ${run.device || run.target}` : "";
}

/** The comparison of some dispatches of the shown run, together, with the first pinned run. */
export function pinnedDelta(model: Model, dispatches: readonly RunDispatch[]): { text: string; words: string } | null {
  const run = model.latestRun();
  const [index] = model.pinnedRuns();
  const other = model.recording.runs[index];
  if (!run || !other || other === run || !dispatches.length) return null;
  const known = model.partnersIn(other);
  const pairs = dispatches.flatMap((each) => known.get(each) ?? []);
  if (pairs.length !== dispatches.length) return null;
  const added = (all: readonly RunDispatch[]): number[] => sum(all.map((each) => each.samplesNs));
  const found = delta(added(dispatches), added(pairs));
  return { text: deltaText(found), words: deltaWords(found, runName(model, index)) };
}

/** The sums of the samples, sample by sample. */
function sum(samples: readonly (readonly number[])[]): number[] {
  const count = Math.min(...samples.map((each) => each.length));
  return Array.from({ length: count }, (_, i) => samples.reduce((total, each) => total + each[i], 0));
}

const FIRST = new WeakMap<Model, Map<number, readonly number[]>>();

/** What each op was made of at first: one that equal ones merged into later has their ancestors, too. */
function madeOf(model: Model): Map<number, readonly number[]> {
  let found = FIRST.get(model);
  if (!found) {
    found = new Map();
    FIRST.set(model, found);
    const { op, ancestors } = model.recording.origins;
    for (let i = 0; i < op.length; i++) if (!found.has(op[i])) found.set(op[i], model.set(ancestors[i]));
  }
  return found;
}

/** The imported ops that a dispatch was made of, constants left out: it has one time, they have none. */
export function members(model: Model, dispatch: RunDispatch): number[] {
  const imported = model.snapshot(0);
  const origins = madeOf(model);
  const seen = new Set<number>(dispatch.ops);
  const todo = [...dispatch.ops];
  const found: number[] = [];
  for (let op = todo.pop(); op !== undefined; op = todo.pop()) {
    const version = imported.versionOf.get(op);
    if (version !== undefined && !/\.(constant|iota|return|func|module)$|global|^shape\./.test(model.name(version))) found.push(op);
    for (const up of origins.get(op) ?? []) {
      if (seen.has(up)) continue;
      seen.add(up);
      todo.push(up);
    }
  }
  return found.sort((a, b) => a - b);
}
