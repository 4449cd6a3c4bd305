// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inspector's shape facts of an op: its sizes, where each symbol came from, bounds, equations.

import type { App } from "../app";
import { isDispatch } from "../graph";
import type { ShapeSymbol } from "../recording";
import { h } from "../ui/dom";
import type { Shapes } from "./data";
import { Overlay, restOf } from "./overlay";
import { bytes, count, formula, shape, symbolButton } from "./show";
import { pinnedOp } from "./symbols";

/** Null if nothing of the op is symbolic. */
export function shapeFacts(app: App, op: number, version: number): HTMLElement | null {
  const { shapes } = app;
  if (!shapes) return null;
  const { record } = shapes;
  const used = new Set<number>();
  const use = (sizes: readonly number[]): void => {
    for (const size of sizes) for (const symbol of shapes.symbolsIn(size)) used.add(symbol);
  };
  const lines: HTMLElement[] = [...results(app, shapes, version, use), ...costs(app, shapes, op, use)];
  const pinned = shapes.symbols.filter((symbol) => symbol.solved < 0 && symbol.op === op);
  for (const symbol of pinned) used.add(shapes.symbols.indexOf(symbol));
  const equations = record.equations.filter((each) => each.op === op);
  for (const each of equations) use([each.left, each.right]);
  const conflicts = record.conflicts.filter((each) => each.ops.includes(op));
  if (!lines.length && !used.size && !conflicts.length) return null;
  const learnt = record.propagation.filter((each) => each.op === op && each.learnt);
  return h(
    "section",
    { class: "iex-shape-facts" },
    h("h3", { class: "iex-group" }, "Shape facts"),
    ...conflicts.map((each) => h("p", { class: "iex-bad-text" }, `✕ contradiction: ${each.text}`)),
    ...lines,
    ...equations.map((each) =>
      h("p", {}, "each call must have ", formula(app, each.left), " == ", formula(app, each.right))),
    ...learnt.map((each) => h("p", { class: "iex-quiet" }, `learnt here, ${each.direction}: ${each.learnt}`)),
    used.size
      ? h("ul", { class: "iex-list iex-symbol-list" }, ...[...used].map((symbol) => h("li", {}, ...origin(app, shapes, symbol))))
      : null,
  );
}

/** `batch × 4 = 8 × 4` of each result. */
function results(app: App, shapes: Shapes, version: number, use: (sizes: number[]) => void): HTMLElement[] {
  const lines = new Overlay(shapes, app.model, app.model.recording.versions.birth[version]).dimsOf(version).map(({ sizes, element }) => {
    use(sizes.flatMap((size) => (typeof size === "number" ? [] : [size.size])));
    const line = h("p", { class: "iex-formula" }, shape(app, sizes));
    const now = sizes.map((size) => (typeof size === "number" ? size : shapes.value(size.size, app.sizes)));
    line.append(` ${element}`, h("strong", {}, ` = ${now.map((n) => (Number.isFinite(n) ? n : "?")).join("×")}`));
    return line;
  });
  for (const { kind, size } of restOf(shapes, app.model, version)) {
    if (!shapes.symbolsIn(size).length) continue;
    use([size]);
    const now = shapes.value(size, app.sizes);
    lines.push(h("p", { class: "iex-formula" }, formula(app, size), kind === "bytes" ? " bytes" : "",
      h("strong", {}, ` = ${kind === "bytes" ? bytes(now) : count(now)}`)));
  }
  return lines;
}

/** Workgroups, FLOPs and bytes of a dispatch. */
function costs(app: App, shapes: Shapes, op: number, use: (sizes: number[]) => void): HTMLElement[] {
  const { model } = app;
  const form = isDispatch(model.name(model.versionsOf(op)[0] ?? -1)) ? shapes.dispatchOf(op) : -1;
  return shapes.record.dispatches.filter((_each, i) => i === form).flatMap((each) => {
    const rows: [string, number, (value: number) => string][] = [
      ...each.workgroups.map((size, i): [string, number, (v: number) => string] => [`workgroups ${"xyz"[i]}`, size, count]),
      ["FLOPs", each.flops, count],
      ["bytes", each.bytes, bytes],
    ];
    return rows.filter(([, size]) => size >= 0).map(([words, size, show]) => {
      use([size]);
      return h("p", { class: "iex-formula" }, h("span", { class: "iex-quiet" }, `${words} `), formula(app, size),
        h("strong", {}, ` = ${show(shapes.value(size, app.sizes))}`));
    });
  });
}

/** "batch from dimension 0 of x · 1 to 64, a multiple of 8" with a link to the pin. */
function origin(app: App, shapes: Shapes, index: number): (Node | string)[] {
  const symbol: ShapeSymbol = shapes.symbols[index];
  const where = symbol.kind === "input" ? `dimension ${symbol.dimension} of ${symbol.argument}` : symbol.place || "data";
  const bounds = symbol.high >= 0 ? `${symbol.low} to ${symbol.high}` : symbol.low > 0 ? `at least ${symbol.low}` : "any size";
  const multiple = symbol.divisor > 1 ? `, a multiple of ${symbol.divisor}` : "";
  const go = (): void => {
    const op = pinnedOp(app, symbol);
    if (op) app.select([op]);
  };
  return [
    symbolButton(app, index),
    " from ",
    h("button", { class: "iex-link", title: symbol.place, on: { click: go } }, where),
    h("div", { class: "iex-quiet" }, `${bounds}${multiple}; now ${app.sizes[index]}`),
  ];
}
