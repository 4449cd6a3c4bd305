// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The symbols of a function: where each comes from, and a slider and a number to choose its size.

import type { App } from "../app";
import type { ShapeSymbol } from "../recording";
import { h, plural, put, replace } from "../ui/dom";
import { type Shapes, fromPosition, outside, span, toPosition, usual } from "./data";
import { formula, symbolButton } from "./show";

/** So many symbols that only data tells are not folded away. */
const FEW = 3;
/** Positions of a slider. */
const FINE = 1000;

interface Row {
  symbol: number;
  element: HTMLElement;
  slider: HTMLInputElement | null;
  number: HTMLInputElement | null;
  reset: HTMLElement;
  uses: HTMLElement;
  now: HTMLElement;
}

export class SymbolRows {
  readonly element = h("div", { class: "iex-symbols" });
  private rows: Row[] = [];
  private drawn: Shapes | null = null;
  private drawnFunction = -1;

  constructor(private app: App) {}

  update(function_: number, step: number): void {
    const { app } = this;
    const { shapes } = app;
    if (!shapes) return;
    if (this.drawn !== shapes || this.drawnFunction !== function_) {
      this.drawn = shapes;
      this.drawnFunction = function_;
      this.rows = shapes.symbols.flatMap((symbol, i) =>
        symbol.function === function_ && shapes.isChosen(i)
          ? [this.row(shapes, symbol, i)]
          : [],
      );
      const fromData = this.rows.filter((row) => shapes.symbols[row.symbol].kind === "data").map((row) => row.element);
      const inputs = this.rows.map((row) => row.element).filter((row) => !fromData.includes(row));
      replace(this.element, ...inputs, fromData.length > FEW ? this.folded(fromData) : null);
      if (fromData.length <= FEW) put(this.element, ...fromData);
    }
    for (const row of this.rows) this.updateRow(shapes, row, step);
  }

  /** Many sizes that no argument tells would hide the rest. */
  private folded(rows: HTMLElement[]): HTMLElement {
    const summary = h("summary", {}, `${plural(rows.length, "size")} known only from data`);
    return h("details", { class: "iex-symbols-data" }, summary, h("div", { class: "iex-symbols" }, ...rows));
  }

  private updateRow(shapes: Shapes, row: Row, step: number): void {
    const { app } = this;
    const symbol = shapes.symbols[row.symbol];
    const size = app.sizes[row.symbol];
    const key = shapes.key(row.symbol);
    const lit = app.state.symbol === key;
    row.element.classList.toggle("iex-symbol-lit", lit);
    row.element.querySelector(".iex-symbol")?.setAttribute("aria-pressed", String(lit));
    if (row.slider) {
      const at = Math.round(toPosition(size, span(symbol)) * FINE);
      if (Number(row.slider.value) !== at) row.slider.value = String(at);
      row.slider.setAttribute("aria-valuetext", `${symbol.name} is ${size}`);
    }
    if (row.number && document.activeElement !== row.number) row.number.value = String(size);
    row.number?.setAttribute("aria-invalid", String(outside(symbol, size) !== ""));
    row.now.textContent = Number.isFinite(size) ? `= ${size.toLocaleString("en")}` : "not known";
    row.reset.hidden = size === usual(symbol) || symbol.solved >= 0;
    row.uses.textContent = ` · ${plural(shapes.count(row.symbol, step), "op")} here`;
  }

  private row(shapes: Shapes, symbol: ShapeSymbol, index: number): Row {
    const key = shapes.key(index);
    const free = symbol.solved < 0;
    const slider = free ? this.slider(symbol, key, index) : null;
    const number = free ? this.number(symbol, key, index) : null;
    const reset = h(
      "button",
      {
        class: "iex-chip-button",
        title: `back to ${usual(symbol)}`,
        "aria-label": `reset ${symbol.name} to ${usual(symbol)}`,
        on: { click: () => this.app.resize(key, null) },
      },
      "reset",
    );
    const uses = h("span", { class: "iex-quiet" });
    const now = h("span", { class: "iex-quiet iex-symbol-now" });
    const element = h("div", { class: "iex-symbol-row", role: "group", "aria-label": `symbol ${symbol.name}` });
    put(element, free ? symbolButton(this.app, index) : h("code", { class: "iex-symbol-solved" }, symbol.name));
    if (free) put(element, slider, number, reset, h("span", { class: "iex-symbol-facts" }, ...this.facts(symbol), uses));
    else put(element, h("span", { class: "iex-symbol-solved" }, "= ", formula(this.app, symbol.solved)), now, this.pin(symbol));
    return { symbol: index, element, slider, number, reset, uses, now };
  }

  /** "dimension 0 of x · at least 1 · a multiple of 8" */
  private facts(symbol: ShapeSymbol): (Node | string)[] {
    const words: string[] = [];
    if (symbol.high >= 0) words.push(`${symbol.low} to ${symbol.high}`);
    else words.push(symbol.low > 0 ? `at least ${symbol.low}` : "any size");
    if (symbol.divisor > 1) words.push(`a multiple of ${symbol.divisor}`);
    if (symbol.sample >= 0) words.push(`${symbol.sample} in the sample`);
    return [this.pin(symbol), ` · ${words.join(" · ")}`];
  }

  /** Where it became dynamic, as a link. */
  private pin(symbol: ShapeSymbol): HTMLElement {
    const input = symbol.kind === "input";
    const where = input ? `dimension ${symbol.dimension} of ${symbol.argument}` : "known only from data";
    const go = (): void => {
      const op = pinnedOp(this.app, symbol);
      if (op) this.app.select([op]);
    };
    return h("button", { class: "iex-link iex-pin", title: symbol.place || where, on: { click: go } }, `◉ ${where}`);
  }

  private slider(symbol: ShapeSymbol, key: string, index: number): HTMLInputElement {
    const range = span(symbol);
    const slider = h("input", {
      class: "iex-range",
      type: "range",
      min: 0,
      max: FINE,
      step: 1,
      "aria-label": `size of ${symbol.name}`,
    });
    slider.addEventListener("input", () => {
      this.app.resize(key, fromPosition(Number(slider.value) / FINE, range, symbol.divisor));
    });
    slider.addEventListener("keydown", (event) => {
      const size = this.app.sizes[index];
      const steps: Record<string, number> = {
        ArrowRight: size + symbol.divisor,
        ArrowUp: size + symbol.divisor,
        ArrowLeft: size - symbol.divisor,
        ArrowDown: size - symbol.divisor,
        PageUp: size * 2,
        PageDown: Math.ceil(size / 2 / symbol.divisor) * symbol.divisor,
        Home: range[0],
        End: range[1],
      };
      const next = steps[event.key];
      if (next === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.app.resize(key, Math.max(range[0], Math.min(range[1], next)));
    });
    return slider;
  }

  private number(symbol: ShapeSymbol, key: string, index: number): HTMLInputElement {
    const field = h("input", {
      class: "iex-input",
      type: "number",
      min: symbol.low,
      max: symbol.high >= 0 ? symbol.high : undefined,
      step: symbol.divisor,
      "aria-label": `${symbol.name}, as a number`,
    });
    field.addEventListener("input", () => {
      if (/^\d{1,15}$/.test(field.value)) this.app.resize(key, Number(field.value));
    });
    field.addEventListener("blur", () => {
      field.value = String(this.app.sizes[index]); // what was typed may be no size
    });
    return field;
  }
}

/** The op at which a symbol became dynamic: its own, or the function whose argument it is of. */
export function pinnedOp(app: App, symbol: ShapeSymbol): number {
  if (symbol.op) return symbol.op;
  const { model, shapes } = app;
  const name = shapes?.functionOf(symbol) ?? "";
  const { op } = model.recording.versions;
  for (const step of [app.state.step, app.inferred]) {
    const found = model.snapshot(step).versions.find((v) => model.symbol(v) === name && /\.func$/.test(model.name(v)));
    if (found !== undefined) return op[found];
  }
  return 0;
}
