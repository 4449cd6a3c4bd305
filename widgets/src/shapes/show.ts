// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes as DOM: every symbol is a button that lights it everywhere.

import type { App } from "../app";
import { h } from "../ui/dom";

const NAME = /[A-Za-z_][\w.$]*(?!\w*\()/g;

/** A symbol as a button. */
export function symbolButton(app: App, symbol: number): HTMLElement {
  const { shapes, state } = app;
  const key = shapes?.key(symbol) ?? "";
  const name = shapes?.symbols[symbol]?.name ?? key;
  const lit = state.symbol === key && key !== "";
  return h(
    "button",
    {
      class: "iex-symbol",
      data: { symbol: key },
      "aria-pressed": String(lit),
      title: lit ? `${name} is lit; click or Escape puts it out` : `light ${name} everywhere`,
      on: {
        click: (event: Event) => {
          event.stopPropagation();
          app.light(key);
        },
      },
    },
    name,
  );
}

/** A size with a button for each of its symbols: `2*batch + 1`. */
export function formula(app: App, size: number): HTMLElement {
  const box = h("span", { class: "iex-formula" });
  const text = app.shapes?.text(size) ?? "?";
  const function_ = app.shapes?.functionOfSize(size) ?? 0;
  let at = 0;
  for (const match of text.matchAll(NAME)) {
    const slot = app.shapes?.slot(function_, match[0]) ?? -1;
    if (slot < 0) continue;
    box.append(text.slice(at, match.index), symbolButton(app, slot));
    at = match.index + match[0].length;
  }
  box.append(text.slice(at));
  return box;
}

/** Whether a size is a sum, which is put into parentheses among factors. */
export function isSum(text: string): boolean {
  let depth = 0;
  for (const char of text) {
    if (char === "(") depth++;
    else if (char === ")") depth--;
    else if (depth === 0 && (char === "+" || char === "-")) return true;
  }
  return false;
}

/** The sizes of a tensor, `batch × (2*h + 1) × 4`: numbers, and what stands for a `?`. */
export function shape(app: App, sizes: readonly (number | { size: number })[]): HTMLElement {
  const box = h("span", { class: "iex-formula" });
  sizes.forEach((size, i) => {
    if (i) box.append(" × ");
    if (typeof size === "number") box.append(String(size));
    else if (size.size < 0) box.append("?");
    else {
      const sum = sizes.length > 1 && isSum(app.shapes?.text(size.size) ?? "");
      box.append(sum ? "(" : "", formula(app, size.size), sum ? ")" : "");
    }
  });
  return box;
}

/** "12,345", "1.23 M"; "–" for what is not known. */
export function count(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) < 1e5) return value.toLocaleString("en");
  const units = ["k", "M", "G", "T", "P", "E"];
  let scaled = value;
  let unit = -1;
  while (Math.abs(scaled) >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return `${three(scaled)} ${units[unit]}`;
}

/** "512 B", "1.50 MiB" */
export function bytes(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let scaled = value;
  let unit = 0;
  while (Math.abs(scaled) >= 1023.5 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return unit ? `${three(scaled)} ${units[unit]}` : `${value} B`;
}

function three(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

/** The keys of the symbols in sizes, each once, for `data-symbol`. */
export function keysOf(app: App, sizes: readonly number[]): string[] {
  const { shapes } = app;
  if (!shapes) return [];
  return [...new Set(sizes.flatMap((size) => shapes.symbolsIn(size)))].map((slot) => shapes.key(slot));
}

/** Which symbol a click on something with several lights: the one after the one that is lit. */
export function lightNext(app: App, keys: readonly string[]): void {
  const at = keys.indexOf(app.state.symbol);
  if (!keys.length) return;
  app.light(at >= 0 && at + 1 >= keys.length ? app.state.symbol : keys[at + 1]);
}
