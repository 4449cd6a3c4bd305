// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What folds: an op from its first line to its last, and runs of declarations, such as a model's
// weights, which would otherwise fill the first screen.

import type { Page } from "./text";

/** Lines of one kind of declaration, one after the other. */
export interface Run {
  end: number;
  name: string;
}

const DECLARATION = /^\s*([\w.]*(?:global|vm\.import|executable\.binary))\b/;
const LEAST = 6;
const known = new WeakMap<Page, Map<number, Run>>();

/** Runs of at least six declarations of a kind by their first line; what a diff changed ends one. */
export function runsOf(page: Page): Map<number, Run> {
  const found = known.get(page);
  if (found) return found;
  const runs = new Map<number, Run>();
  known.set(page, runs);
  if (page.language !== "mlir" || !page.text) return runs;
  const lines = page.text.split("\n");
  const kindOf = (line: number): string => {
    const single = page.heads[line] && page.ends[line] === line && !page.changes[line];
    return (single && DECLARATION.exec(lines[line])?.[1]) || "";
  };
  for (let line = 0; line < lines.length; ) {
    const name = kindOf(line);
    let next = line + 1;
    while (name && next < lines.length && kindOf(next) === name) next++;
    if (name && next - line >= LEAST) runs.set(line, { end: next - 1, name });
    line = next;
  }
  return runs;
}

/** The last line of what folds at `line`, 0-based; `line` itself if nothing does. */
export function foldEnd(page: Page, line: number): number {
  const run = runsOf(page).get(line);
  if (run) return run.end;
  return page.heads[line] ? (page.ends[line] ?? line) : line;
}

/** Where in its line the fold begins: after what declares the first of a run, else at its end. */
export function foldColumn(page: Page, line: number, text: string): number {
  const run = runsOf(page).get(line);
  return run ? text.indexOf(run.name) + run.name.length : text.length;
}

/** What stands for the lines folded at `line`. */
export function placeholder(page: Page, line: number): string {
  const run = runsOf(page).get(line);
  return run ? `× ${run.end - line + 1}` : "…";
}
