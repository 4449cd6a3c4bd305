// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One check of the numerics with the indices that views need: errors by op, rows in an order.

import type { Model } from "../model";
import type { NumericsRecord } from "../recording";

/** One value of one stage. `error` is relative; Infinity where no number says it. */
export interface ValueRow {
  index: number;
  stage: number;
  op: number;
  result: number;
  reference: number;
  maxAbs: number;
  error: number;
  ulp: number;
  nans: number;
  infs: number;
  differ: number;
  size: number;
  wrong: boolean;
}

export type Verdict = "same" | "near" | "wrong";
export type Order = "error" | "stage";

/** Never by colour alone. */
export const SIGNS: Record<Verdict, string> = { same: "=", near: "✓", wrong: "✗" };
export const WORDS: Record<Verdict, string> = {
  same: "the same bits",
  near: "as near as its type allows",
  wrong: "wrong",
};

export class Numerics {
  private byOp = new Map<number, ValueRow[]>();
  readonly rows: ValueRow[] = [];

  constructor(
    readonly record: NumericsRecord,
    private model: Model,
  ) {
    const v = record.values;
    for (let i = 0; i < v.op.length; i++) {
      const row: ValueRow = {
        index: i,
        stage: v.stage[i],
        op: v.op[i],
        result: v.result[i],
        reference: v.reference[i],
        maxAbs: number(v.maxAbs[i]),
        error: number(v.maxRel[i]),
        ulp: number(v.ulp[i]),
        nans: v.nans[i],
        infs: v.infs[i],
        differ: v.differ[i],
        size: v.size[i],
        wrong: v.wrong[i] === 1,
      };
      this.rows.push(row);
      const list = this.byOp.get(row.op);
      if (list) list.push(row);
      else this.byOp.set(row.op, [row]);
    }
  }

  /** What is known of an op, in order of the stages. */
  of(op: number): readonly ValueRow[] {
    return this.byOp.get(op) ?? [];
  }

  /** The worst result of an op at `step`: of the stage that ends there, else the last before it. */
  at(op: number, step: number): ValueRow | null {
    const rows = this.byOp.get(op);
    if (!rows) return null;
    const stageStep = (row: ValueRow): number => this.record.stages[row.stage]?.step ?? -1;
    const before = rows.filter((row) => stageStep(row) <= step);
    const pool = before.length ? before : rows;
    const last = before.length
      ? Math.max(...pool.map((row) => row.stage))
      : Math.min(...pool.map((row) => row.stage));
    return pool.filter((row) => row.stage === last).reduce((a, b) => (b.error > a.error ? b : a));
  }

  /** Rows of a stage (-1: all), the worst or the first first. */
  ordered(order: Order, stage: number): ValueRow[] {
    const rows = stage < 0 ? [...this.rows] : this.rows.filter((row) => row.stage === stage);
    const worst = (a: ValueRow, b: ValueRow): number =>
      Number(b.wrong) - Number(a.wrong) || compare(b.error, a.error) || a.index - b.index;
    if (order === "error") rows.sort(worst);
    else rows.sort((a, b) => a.stage - b.stage || worst(a, b));
    return rows;
  }

  /** What the op is called: the kernel that it runs, or its name and id. */
  name(op: number): string {
    const version = this.model.versionNear(op, this.model.lastStep);
    if (version < 0) return `op ${op}`;
    const text = this.model.string(this.model.recording.versions.text[version]);
    const entry = /dispatch\S* .*?@[\w$.-]+(?:::@[\w$.-]+)*::@([\w$.-]+)/.exec(text.slice(0, 2000));
    return entry ? entry[1] : this.model.name(version);
  }
}

export function verdict(row: ValueRow): Verdict {
  return row.wrong ? "wrong" : row.error > 0 ? "near" : "same";
}

/** "✗ 3.2e-1": a sign and the relative error. */
export function note(row: ValueRow): string {
  return row.error === 0 ? SIGNS.same : `${SIGNS[verdict(row)]} ${short(row.error)}`;
}

export function noteOf(row: ValueRow | null): string {
  return row ? note(row) : "";
}

/** A sentence for tooltips. */
export function sentence(row: ValueRow, stage: string): string {
  const parts = [
    `${WORDS[verdict(row)]} in ${stage}`,
    `largest difference ${short(row.maxAbs)}, ${short(row.error)} of the largest value`,
  ];
  if (row.ulp > 0) parts.push(`${ulps(row.ulp)} ULP`);
  if (row.nans || row.infs) parts.push(`${row.nans} NaN, ${row.infs} infinite`);
  if (row.differ) parts.push(`${row.differ.toLocaleString("en")} of ${row.size.toLocaleString("en")} elements differ`);
  return parts.join("; ");
}

/** "1.2e-7", "0", "∞" */
export function short(error: number): string {
  if (error === 0) return "0";
  return Number.isFinite(error) ? error.toExponential(1) : "∞";
}

export function ulps(value: number): string {
  if (!Number.isFinite(value)) return "∞";
  return value < 1000 ? String(Math.round(value * 10) / 10) : value.toExponential(1);
}

function number(value: number): number {
  return value < 0 ? Number.POSITIVE_INFINITY : value;
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
