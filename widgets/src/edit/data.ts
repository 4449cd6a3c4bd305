// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the kernel says of edits and branches (iree_explore/widgets/edit_requests.py), and how it
// reads.

import { duration, plural } from "../ui/dom";

export interface Problem {
  kind: "parse" | "verify" | "legality";
  line: number;
  column: number;
  end: number;
  op: string;
  message: string;
  hint: string;
}

export interface Branch {
  name: string;
  depth: number;
  begins: string;
  at: string;
  state: string;
  current: boolean;
  error: string;
  signature: string[];
}

export interface Comparison {
  base: string;
  other: string;
  stage: string;
  changes: { before: number; after: number; old: string; new: string }[];
  count: number;
  unchanged: number;
  results: { what: string; ok: boolean; problem: string; error: number; tolerance: number }[];
  times: { base: number; other: number; ratio: number; noise: number; repetitions: number } | null;
  signature: string[];
  problems: string[];
}

interface Seen {
  op: number;
  name: string;
  text: string;
  source: string;
}

export interface UserPass {
  name: string;
  place: string;
  error: string;
  elapsedNs: number;
  lookedAt: number;
  matches: Seen[];
  nearMisses: (Seen & { reason: string; met: number })[];
  created: number[];
  deleted: number;
  numerics: string;
}

const KINDS = { parse: "syntax", verify: "rule", legality: "stage" } as const;

/** "12:5 stage: math.tanh does not belong to phase import" */
export function problemText(problem: Problem): string {
  const place = problem.line ? `${problem.line}:${problem.column} ` : "";
  return `${place}${KINDS[problem.kind]}: ${problem.message}`;
}

/** Where a problem is in a text: offsets from and to, at least one character where there is one. */
export function spanOf(problem: Problem, text: string): [number, number] {
  const lines = text.split("\n");
  const line = Math.min(Math.max(problem.line, 1), lines.length);
  let start = 0;
  for (let i = 0; i < line - 1; i++) start += lines[i].length + 1;
  const length = lines[line - 1].length;
  const from = Math.min(Math.max(problem.column - 1, 0), Math.max(length - 1, 0));
  const to = Math.min(Math.max(problem.end - 1, from + 1), length);
  return [start + from, start + Math.max(to, from)];
}

/** A name for a branch that no other has: "edit of flow", "edit of flow 2", ... */
export function freshName(at: string, taken: readonly string[]): string {
  const base = `edit of ${at}`;
  if (!taken.includes(base)) return base;
  let number = 2;
  while (taken.includes(`${base} ${number}`)) number++;
  return `${base} ${number}`;
}

/** What a comparison says in words, a line each. */
export function sentences(found: Comparison): string[] {
  const rows = [
    found.count
      ? `${plural(found.count, "op")} of phase ${found.stage} differ, ${found.unchanged} are the same`
      : "no op differs in any phase",
    ...found.signature,
  ];
  for (const each of found.results) {
    const state = each.ok ? "the same" : each.problem || "DIFFERENT";
    rows.push(`${each.what}: ${state} (error ${each.error.toExponential(1)}, ${each.tolerance.toExponential(0)} is fine)`);
  }
  if (found.times) {
    const { base, other, ratio, repetitions, noise } = found.times;
    rows.push(
      `time: ${duration(base)} → ${duration(other)}, ${ratio.toFixed(2)} × as fast ` +
        `(medians of ${repetitions} calls in turns, noise ${(100 * noise).toFixed(0)} %)`,
    );
  }
  return [...rows, ...found.problems];
}
