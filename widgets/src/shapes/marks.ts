// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the shapes add to lines of IR: symbols in place of `?`, values and bytes of what has no `?`,
// pins where a dimension became dynamic, conflicts, and the op that the shape inference visits.

import type { App } from "../app";
import type { ShapeSymbol } from "../recording";
import type { Page } from "../text";
import { plural } from "../ui/dom";
import type { Shapes } from "./data";
import { Overlay, firstMarks, questionMarks, restOf } from "./overlay";
import { arrow, reachedAt } from "./propagation";
import { keysOf } from "./show";

/** [kind, text, title, keys of symbols that a click lights]. */
export type Badge = [kind: string, text: string, title?: string, symbols?: string];

/** One `?` that is shown as its size. */
export interface Mark {
  at: number;
  text: string;
  title: string;
  symbols: string;
  lit: boolean;
}

export interface LineMarks {
  marks: Mark[];
  badges: Badge[];
  /** Class suffixes of the line. */
  classes: string[];
  /** [kind, sign, word] for the gutter, if nothing else has a sign there. */
  sign: [string, string, string] | null;
}

/** Longer sizes are cut off in the text; the title has all of it. */
const LONGEST = 30;

export class TextMarks {
  private overlay: Overlay;
  private firsts: Map<number, number>;
  private pinned = new Map<number, ShapeSymbol[]>();
  private conflicts = new Map<number, string[]>();
  private visited = -1;

  constructor(
    private app: App,
    private shapes: Shapes,
    page: Page,
    private step: number,
  ) {
    const { propagation } = app.state;
    const stepping = propagation >= 0 && step === app.inferred;
    this.overlay = new Overlay(shapes, app.model, step, stepping ? reachedAt(shapes, propagation) : null);
    this.visited = stepping ? (shapes.record.propagation[propagation]?.op ?? -1) : -1;
    this.firsts = firstMarks(page);
    this.pinned = pins(app, shapes, step);
    for (const { text, ops } of shapes.record.conflicts) {
      for (const op of ops) this.conflicts.set(op, [...(this.conflicts.get(op) ?? []), text]);
    }
  }

  line(index: number, op: number, text: string, head: boolean): LineMarks {
    const marks = this.marks(index, op, text);
    const badges = head ? this.badges(op) : [];
    const { symbol } = this.app.state;
    const has = (symbols: string | undefined): boolean => symbols !== undefined && symbols.split(" ").includes(symbol);
    const lit = symbol !== "" && (marks.some((each) => each.lit) || badges.some((each) => has(each[3])));
    const conflict = head && this.conflicts.has(op);
    const visited = head && op === this.visited;
    const classes: string[] = [];
    if (lit) classes.push("lit");
    if (conflict) classes.push("conflict");
    if (visited) classes.push("visited");
    const direction = this.shapes.record.propagation[this.app.state.propagation]?.direction ?? "";
    return {
      marks,
      badges,
      classes,
      sign: conflict
        ? ["conflict", "✕", "sizes contradict here"]
        : visited
          ? ["visited", arrow(direction), `visited ${direction}`]
          : lit
            ? ["lit", "◆", `mentions ${symbol}`]
            : null,
    };
  }

  private marks(index: number, op: number, text: string): Mark[] {
    const first = this.firsts.get(index);
    if (first === undefined || !this.app.state.symbols) return [];
    const sizes = this.overlay.ofOp(op);
    return questionMarks(text).flatMap((at, i) => {
      const size = sizes[first + i] ?? -1;
      return size < 0 ? [] : [this.mark(at, size)];
    });
  }

  private mark(at: number, size: number): Mark {
    const { app, shapes } = this;
    const text = shapes.text(size);
    const keys = keysOf(app, [size]);
    const now = shapes.value(size, app.sizes);
    const number = Number.isFinite(now) ? ` = ${now.toLocaleString("en")}` : "";
    return {
      at,
      text: text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text,
      title: `${text}${number}`,
      symbols: keys.join(" "),
      lit: app.state.symbol !== "" && keys.includes(app.state.symbol),
    };
  }

  private badges(op: number): Badge[] {
    const { app, shapes } = this;
    const found: Badge[] = [];
    for (const text of this.conflicts.get(op) ?? []) found.push(["conflict", "✕ contradiction", text]);
    if (op === this.visited) {
      const step = shapes.record.propagation[app.state.propagation];
      found.push(["visited", `${arrow(step.direction)} ${step.direction}${step.learnt ? `: ${step.learnt}` : ""}`]);
    }
    const pinned = this.pinned.get(op) ?? [];
    if (pinned.length) {
      const names = [...new Set(pinned.map((symbol) => symbol.name))].join(", ");
      const keys = pinned.map((symbol) => shapes.key(shapes.symbols.indexOf(symbol))).join(" ");
      const places = pinned.map((symbol) => `${symbol.name}: ${symbol.place}`).join("\n");
      found.push(["pin", `◉ ${names} (${pinned.length > 1 ? "start" : "starts"} here)`, places, keys]);
    }
    const version = app.state.symbols ? app.model.snapshot(this.step).versionOf.get(op) : undefined;
    const rest = version === undefined || this.visited >= 0 ? [] : restOf(shapes, app.model, version);
    const symbolic = rest.filter(({ size }) => shapes.symbolsIn(size).length);
    if (symbolic.length) {
      const text = symbolic.map(({ kind, size }) => `= ${shapes.text(size)}${kind === "bytes" ? " B" : ""}`).join(", ");
      const now = symbolic.map(({ size }) => shapes.value(size, app.sizes).toLocaleString("en")).join(", ");
      const keys = keysOf(app, symbolic.map(({ size }) => size)).join(" ");
      found.push(["size", text.length > 48 ? `${text.slice(0, 47)}…` : text, `${text.slice(2)} = ${now}`, keys]);
    }
    return found;
  }
}

/** Which symbols start at which op at a step; those of arguments at their function. */
export function pins(app: App, shapes: Shapes, step: number): Map<number, ShapeSymbol[]> {
  const { model } = app;
  const snapshot = model.snapshot(step);
  const { op } = model.recording.versions;
  const functions = new Map<string, number>();
  for (const version of snapshot.children.get(0) ?? []) {
    for (const inner of snapshot.children.get(op[version]) ?? []) {
      if (/\.func$/.test(model.name(inner))) functions.set(model.symbol(inner), op[inner]);
    }
  }
  const found = new Map<number, ShapeSymbol[]>();
  for (const symbol of shapes.symbols) {
    if (symbol.solved >= 0 || (symbol.kind === "data" && !symbol.op)) continue;
    const at = symbol.op || functions.get(shapes.functionOf(symbol));
    if (at === undefined) continue;
    const list = found.get(at);
    if (list) list.push(symbol);
    else found.set(at, [symbol]);
  }
  return found;
}

/** "◆ batch in 14 ops", or "" if nothing is lit. */
export function litNote(app: App, step: number): string {
  const { shapes, state } = app;
  const symbol = shapes?.find(state.symbol) ?? -1;
  if (!shapes || symbol < 0) return "";
  return `◆ ${shapes.symbols[symbol].name} in ${plural(shapes.count(symbol, step), "op")}`;
}
