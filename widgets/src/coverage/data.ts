// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Coverage as Python writes it (recording/coverage.py), and what the table shows of it: filtered,
// sorted, grouped by op, counted. Plain data, no DOM.

import { unzip } from "../recording";

export type State = "ok" | "wrong" | "failed" | "gap" | "unchecked";

/** A state for several cells: "part" is some good and others not. */
export type Together = State | "part" | "";

export interface Cell {
  target: string;
  state: State;
  step: string;
  elapsedNs: number[];
  maxAbs: number | "inf" | null;
  maxRel: number | "inf" | null;
  maxUlps: number | "inf" | null;
  code: string;
  text: string;
  at: string;
}

export interface Row {
  op: string;
  case: string;
  dtype: string;
  dynamic: boolean;
  signature: string;
  program: string;
  command: string;
  count: number;
  ops: number[];
  cells: Cell[];
}

export interface Coverage {
  schema: string;
  steps: string[];
  name: string;
  created: string;
  compiler: string;
  targets: string[];
  rows: Row[];
  elapsedNs: number;
  complete: boolean;
  missing: string[];
}

const SCHEMA = "iexplore-coverage/1";

export const STATES: readonly State[] = ["ok", "wrong", "failed", "gap", "unchecked"];

/** How bad each is, the worst first. */
const BADNESS: readonly State[] = ["failed", "wrong", "unchecked", "gap", "ok"];

/** A sign and a word for each state: colour is never all that tells them apart. */
export const SIGNS: Record<Exclude<Together, "">, string> = {
  ok: "✓",
  part: "◐",
  wrong: "≠",
  failed: "✗",
  gap: "–",
  unchecked: "?",
};

/** Opens the gzip JSON; throws if it is truncated or of a foreign schema. */
export async function decodeCoverage(bytes: Uint8Array): Promise<Coverage> {
  const coverage = (await unzip(bytes)) as Coverage;
  if (coverage.schema !== SCHEMA) {
    throw new Error(`coverage of schema "${coverage.schema}"; this page reads "${SCHEMA}"`);
  }
  return coverage;
}

/** The steps of a target: the reference compiles nothing and is what others are compared with. */
export function ladder(coverage: Coverage, target: string): string[] {
  return target === "reference" ? ["imported", "ran"] : coverage.steps;
}

export function cellOf(row: Row, target: string): Cell | undefined {
  return row.cells.find((cell) => cell.target === target);
}

/** "ok", the cell's state if it stopped at `step`, or "" if the step was not reached. */
export function stepState(coverage: Coverage, cell: Cell, step: string): State | "" {
  const steps = ladder(coverage, cell.target);
  const here = steps.indexOf(step);
  const reached = steps.indexOf(cell.step);
  if (here < 0 || here > reached) return "";
  return here < reached || cell.state === "ok" ? "ok" : cell.state;
}

export function isGood(cell: Cell): boolean {
  return cell.state === "ok" || cell.state === "gap";
}

export function worst(cells: readonly Cell[]): State | "" {
  return BADNESS.find((state) => cells.some((cell) => cell.state === state)) ?? "";
}

/** One state for several: theirs if they agree, "part" if some are good and others not. */
export function together(states: readonly (State | "")[]): Together {
  const found = new Set(states.filter((state) => state !== ""));
  if (!found.size) return "";
  if (found.size === 1) return [...found][0] as State;
  if ([...found].every((state) => state === "ok" || state === "gap")) return "ok";
  return found.has("ok") ? "part" : (BADNESS.find((state) => found.has(state)) ?? "");
}

export function totalNs(cell: Cell): number {
  return cell.elapsedNs.reduce((sum, ns) => sum + ns, 0);
}

/** "0", "1.5", "1.2e+9", "∞", or "" where nothing was compared. */
export function errorText(value: number | "inf" | null): string {
  if (value === null) return "";
  if (value === "inf") return "∞";
  if (value === 0) return "0";
  return value >= 1e5 || value < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

/** `c64` for `complex<f32>`, `q8` for a quantised i8. */
export function shortType(dtype: string): string {
  const complex = /^complex<f(\d+)>$/.exec(dtype);
  if (complex) return `c${2 * Number(complex[1])}`;
  const quantized = /^!quant\.uniform<u?i(\d+)/.exec(dtype);
  return quantized ? `q${quantized[1]}` : dtype;
}

// -- filtering and sorting

export interface Filter {
  /** Every word has to occur in the row or in its cells' errors. */
  text: string;
  /** "" all, "problems" what is neither ok nor a gap, else a state. */
  status: "" | "problems" | State;
  dtype: string;
  target: string;
  sizes: "" | "static" | "dynamic";
}

export const NO_FILTER: Filter = { text: "", status: "", dtype: "", target: "", sizes: "" };

export type Sort = "table" | "status" | "error" | "time" | "dtype" | "count";

/** Indices of the rows that pass, in the order asked for. */
export function select(coverage: Coverage, filter: Filter, sort: Sort): number[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const found: number[] = [];
  coverage.rows.forEach((row, index) => {
    if (filter.dtype && row.dtype !== filter.dtype) return;
    if (filter.sizes && row.dynamic !== (filter.sizes === "dynamic")) return;
    const cells = shown(row, filter);
    if (filter.status && !cells.some((cell) => hasStatus(cell, filter.status))) return;
    if (words.length) {
      const text = searchable(row, cells);
      if (!words.every((word) => text.includes(word))) return;
    }
    found.push(index);
  });
  const key = KEYS[sort];
  if (!key) return found;
  const keys = new Map(found.map((i) => [i, key(coverage.rows[i], shown(coverage.rows[i], filter))]));
  return found.sort((a, b) => compare(keys.get(a)!, keys.get(b)!) || a - b);
}

function shown(row: Row, filter: Filter): Cell[] {
  return filter.target ? row.cells.filter((cell) => cell.target === filter.target) : row.cells;
}

function hasStatus(cell: Cell, status: Filter["status"]): boolean {
  return status === "problems" ? !isGood(cell) : cell.state === status;
}

function searchable(row: Row, cells: readonly Cell[]): string {
  const parts = [row.op, row.case, row.dtype, row.signature, row.dynamic ? "dynamic" : "static"];
  for (const cell of cells) {
    if (cell.state !== "ok") parts.push(cell.state, cell.step, cell.code, cell.text, cell.at);
  }
  return parts.join(" ").toLowerCase();
}

const KEYS: Partial<Record<Sort, (row: Row, cells: Cell[]) => number | string>> = {
  status: (_, cells) => BADNESS.indexOf(worst(cells) || "ok"),
  error: (_, cells) => -Math.max(...cells.map((cell) => size(cell.maxUlps)), -1),
  time: (_, cells) => -cells.reduce((sum, cell) => sum + totalNs(cell), 0),
  dtype: (row) => row.dtype,
  count: (row) => -row.count,
};

function size(value: number | "inf" | null): number {
  return value === null ? -1 : value === "inf" ? Infinity : value;
}

function compare(a: number | string, b: number | string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

// -- what the table's lines are

export interface GroupLine {
  kind: "group";
  op: string;
  rows: number[];
  open: boolean;
}

export interface RowLine {
  kind: "row";
  row: number;
  grouped: boolean;
}

export type Line = GroupLine | RowLine;

/** Rows under their op, each op where its first row is; only those of open groups. */
export function lines(
  coverage: Coverage,
  selected: readonly number[],
  grouped: boolean,
  open: ReadonlySet<string>,
): Line[] {
  if (!grouped) return selected.map((row) => ({ kind: "row", row, grouped }));
  const groups = new Map<string, number[]>();
  for (const row of selected) {
    const { op } = coverage.rows[row];
    const known = groups.get(op);
    if (known) known.push(row);
    else groups.set(op, [row]);
  }
  const found: Line[] = [];
  for (const [op, rows] of groups) {
    found.push({ kind: "group", op, rows, open: open.has(op) });
    if (open.has(op)) found.push(...rows.map((row): RowLine => ({ kind: "row", row, grouped })));
  }
  return found;
}

/** How many of the rows got past a step, of how many, and that as one state. */
export function tally(
  coverage: Coverage,
  rows: readonly number[],
  target: string,
  step: string,
): { good: number; total: number; state: Together } {
  let good = 0;
  let total = 0;
  const states: (State | "")[] = [];
  for (const index of rows) {
    const cell = cellOf(coverage.rows[index], target);
    if (!cell) continue;
    total += 1;
    const state = stepState(coverage, cell, step);
    if (state === "ok") good += 1;
    states.push(state || (cell.state === "gap" ? "gap" : "failed"));
  }
  return { good, total, state: together(states) };
}

/** Cells of a target by state. */
export function counts(coverage: Coverage, target: string): Map<State, number> {
  const found = new Map<State, number>();
  for (const row of coverage.rows) {
    const cell = cellOf(row, target);
    if (cell) found.set(cell.state, (found.get(cell.state) ?? 0) + 1);
  }
  return found;
}

/** Element types in the order of the table. */
export function dtypes(coverage: Coverage): string[] {
  return [...new Set(coverage.rows.map((row) => row.dtype))].filter(Boolean);
}
