// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The shapes of a stage: symbols with sliders, what a call costs with the chosen sizes, dispatches,
// values, and the steps of the shape inference. Everything is computed here, without a kernel.

import type { App } from "../app";
import { dispatchName, shortEntry } from "../graph";
import type { Model } from "../model";
import { h, put, replace } from "../ui/dom";
import type { Shapes } from "./data";
import { Memory } from "./memory";
import { Overlay, type Rest, restOf } from "./overlay";
import { type Reached, Stepper, reachedAt } from "./propagation";
import { Rows } from "./rows";
import { bytes, count, formula, shape } from "./show";
import { SymbolRows } from "./symbols";

interface Value {
  op: number;
  version: number;
  name: string;
}

const NUMBERED = /(?:[su]?i|f|bf)(\d+)/;

export class ShapesView {
  readonly element: HTMLElement;
  private scroller = h("div", { class: "iex-shapes-scroll", tabindex: 0, role: "region", "aria-label": "Sizes" });
  private functions = h("select", { class: "iex-select", "aria-label": "Function" });
  private functionRow = h("label", { class: "iex-base" }, "function ", this.functions);
  private symbols: SymbolRows;
  private verdict = h("div", { class: "iex-verdict", role: "status" });
  private memory = new Memory();
  private memoryBox = h("section", {}, h("h3", { class: "iex-group" }, "Memory of one call"), this.memory.element);
  private total = h("span", { class: "iex-quiet" });
  private dispatches: Rows;
  private dispatchBox: HTMLElement;
  private values: Rows;
  private valueTitle = h("h3", { class: "iex-group" });
  private filter = h("input", { class: "iex-input iex-filter", type: "search", placeholder: "op or size", "aria-label": "Filter values" });
  private stepper: Stepper;
  private content: HTMLElement[];
  private none = h("p", { class: "iex-empty" });
  private rows: number[] = []; // dispatches on view
  private all: Value[] = [];
  private shown: Value[] = [];
  private step = -1;
  private drawn = "";
  private drawnShapes: Shapes | null = null;
  private reached: Reached | null = null;
  private overlay: Overlay | null = null;
  private settledOverlay: [Shapes, Overlay] | null = null;
  private visited = -1;

  constructor(
    private app: App,
    private pane: number,
  ) {
    this.symbols = new SymbolRows(app);
    this.stepper = new Stepper(app);
    this.dispatches = new Rows({
      label: "Dispatches",
      columns: [{ name: "Dispatch" }, { name: "Workgroups", number: true }, { name: "FLOPs", number: true }, { name: "Bytes", number: true }],
      template: "minmax(0, 1fr) 78px 60px 72px",
      height: 40,
      scroller: this.scroller,
      row: (i) => this.dispatchRow(this.rows[i]),
    });
    this.values = new Rows({
      label: "Values",
      columns: [{ name: "Value" }, { name: "Now", number: true }, { name: "Bytes", number: true }],
      template: "minmax(0, 1fr) 132px 72px",
      height: 40,
      scroller: this.scroller,
      row: (i) => this.valueRow(this.shown[i]),
    });
    this.filter.addEventListener("input", () => this.applyFilter());
    this.functions.addEventListener("change", () => this.update(this.step));
    this.dispatchBox = h("section", {},
      h("div", { class: "iex-shapes-head" }, h("h3", { class: "iex-group" }, "Dispatches"), this.total),
      this.dispatches.element);
    this.content = [
      h("section", {}, this.functionRow, this.symbols.element, this.verdict, this.stepper.open),
      this.memoryBox,
      this.dispatchBox,
      h("section", {}, h("div", { class: "iex-shapes-head" }, this.valueTitle, this.filter), this.values.element),
    ];
    put(this.scroller, ...this.content, this.none);
    this.element = h("div", { class: "iex-shapes" }, this.scroller, this.stepper.element);
  }

  update(step: number): void {
    const { app } = this;
    const { shapes, model } = app;
    for (const part of this.content) part.hidden = !shapes;
    this.none.hidden = shapes !== null;
    this.stepper.element.hidden = !shapes;
    if (!shapes) {
      this.none.textContent = this.absent();
      return;
    }
    const chosen = this.choose(shapes);
    this.step = step;
    this.symbols.update(chosen, this.stageStep);
    this.stepper.update();
    this.drawVerdict(shapes, chosen);
    const planned = shapes.record.allocations.some((each) => each.function === chosen);
    this.memoryBox.hidden = !planned;
    if (planned) this.memory.show(shapes.peak(chosen, app.sizes));
    this.drawDispatches(shapes, chosen);
    const key = `${this.stageStep}:${app.state.propagation}`;
    if (key !== this.drawn || this.drawnShapes !== shapes) {
      this.drawn = key;
      this.drawnShapes = shapes;
      this.reached = reachedAt(shapes, app.state.propagation);
      this.overlay = new Overlay(shapes, model, this.stageStep, this.reached);
      this.all = valuesOf(model, shapes, this.stageStep);
      this.applyFilter();
    } else this.values.draw();
    this.revealVisited(shapes);
  }

  /** While the inference is stepped, the values are those of the IR it goes through. */
  private get stageStep(): number {
    return this.app.state.propagation >= 0 ? this.app.inferred : this.step;
  }

  private absent(): string {
    return this.app.model.recording.state === "compiling"
      ? "Sizes are inferred when the model is imported."
      : "Every size of this model is static: there is nothing to play with. A dimension of None (or ?) in the signature makes a symbol.";
  }

  /** The function on view; those that are called come first. */
  private choose(shapes: Shapes): number {
    const { functions } = shapes.record;
    if (this.functions.options.length !== functions.length) {
      replace(this.functions, ...functions.map((name, i) => h("option", { value: i }, `@${name}`)));
      this.functions.value = "0";
    }
    this.functionRow.hidden = functions.length < 2;
    return Math.max(0, Number(this.functions.value));
  }

  private drawVerdict(shapes: Shapes, function_: number): void {
    const { app } = this;
    const refusals = shapes.refusals(function_, app.sizes);
    const key = JSON.stringify(refusals);
    if (key === this.verdict.dataset.key) return; // a button that is being pressed stays
    this.verdict.dataset.key = key;
    this.verdict.classList.toggle("iex-refused", refusals.length > 0);
    if (!refusals.length) {
      replace(this.verdict, shapes.record.conflicts.length ? "" : "✓ a call with these sizes is accepted");
      return;
    }
    const items = refusals.map(({ text, op }) =>
      h("li", {}, text, op ? h("button", { class: "iex-link", on: { click: () => app.select([op]) } }, " show") : null));
    replace(this.verdict, "✕ a call with these sizes is refused:", h("ul", { class: "iex-list" }, ...items));
  }

  private drawDispatches(shapes: Shapes, function_: number): void {
    const { dispatches } = shapes.record;
    this.rows = dispatches.flatMap((each, i) => (each.function === function_ ? [i] : []));
    this.dispatchBox.hidden = !this.rows.length;
    const flops = this.sum(this.rows.map((i) => dispatches[i].flops), count);
    const moved = this.sum(this.rows.map((i) => dispatches[i].bytes), bytes);
    replace(this.total, `${this.rows.length.toLocaleString("en")} · `, h("strong", { data: { total: "flops" } }, `${flops} FLOPs`), " · ", h("strong", { data: { total: "bytes" } }, moved), " moved");
    this.dispatches.show(this.rows.length);
  }

  /** The sum of sizes; with those that are not known it is at least that. */
  private sum(sizes: readonly number[], show: (value: number) => string): string {
    const values = sizes.map((size) => (this.app.shapes as Shapes).value(size, this.app.sizes));
    const known = values.filter(Number.isFinite);
    return `${known.length < values.length ? "≥ " : ""}${show(known.reduce((a, b) => a + b, 0))}`;
  }

  private dispatchRow(index: number): { cells: (Node | string)[]; lit: boolean; current: boolean } {
    const { app } = this;
    const shapes = app.shapes as Shapes;
    const each = shapes.record.dispatches[index];
    const groups = each.workgroups.map((size) => shapes.value(size, app.sizes));
    const version = app.model.versionsOf(each.op)[0];
    const sizes = version === undefined ? [] : shapes.ofVersion(version);
    const name = shortEntry(each.name) || (version === undefined ? "" : dispatchName(app.model, version));
    const explained = (size: number): string => (size < 0 ? "not known" : shapes.text(size));
    const symbol = shapes.find(app.state.symbol);
    return {
      cells: [
        h("span", { class: "iex-two" },
          h("button", { class: "iex-link", title: each.name, on: { click: () => app.select([each.op], this.pane) } }, name),
          h("span", { class: "iex-quiet" }, version === undefined ? "" : this.typed(version, sizes))),
        h("span", { title: each.workgroups.map(explained).join(" × ") || "not chosen yet" },
          groups.length ? groups.map(count).join("×") : "–"),
        h("span", { title: explained(each.flops) }, count(shapes.value(each.flops, app.sizes))),
        h("span", { title: explained(each.bytes) }, bytes(shapes.value(each.bytes, app.sizes))),
      ],
      lit: symbol >= 0 && (shapes.dispatchMentions(index, symbol) || sizes.some((size) => shapes.symbolsIn(size).includes(symbol))),
      current: app.traced.selected.has(each.op),
    };
  }

  /** `batch × 4 f32`, or bytes and values where a result is no tensor. */
  private typed(version: number, fallback: readonly number[]): Node {
    const { app } = this;
    const box = h("span", { class: "iex-formula" });
    const shapes = app.shapes as Shapes;
    const found = this.settled.dimsOf(version);
    found.forEach((dims, i) => {
      if (i) box.append(", ");
      put(box, shape(app, dims.sizes), " ", h("span", { class: "iex-quiet" }, dims.element));
    });
    const rest = restOf(shapes, app.model, version);
    rest.forEach((each, i) => {
      if (i || found.length) box.append(", ");
      put(box, formula(app, each.size), each.kind === "bytes" ? " bytes" : "");
    });
    if (!found.length && !rest.length) box.append(shape(app, fallback.map((size) => ({ size }))));
    return box;
  }

  /** Sizes of ops of any step as they are when everything is inferred. */
  private get settled(): Overlay {
    const { shapes, model } = this.app;
    if (!this.settledOverlay || this.settledOverlay[0] !== shapes) {
      this.settledOverlay = [shapes as Shapes, new Overlay(shapes as Shapes, model, 0)];
    }
    return this.settledOverlay[1];
  }

  private applyFilter(): void {
    const wanted = this.filter.value.trim().toLowerCase();
    const shapes = this.app.shapes as Shapes;
    this.shown = wanted
      ? this.all.filter(({ version, name, op }) =>
          `%${op} ${name} ${shapes.ofVersion(version).map((s) => shapes.text(s)).join(" ")}`.toLowerCase().includes(wanted))
      : this.all;
    const stage = this.app.model.phaseName(this.stageStep);
    this.valueTitle.textContent = `Values after ${stage} · ${this.shown.length.toLocaleString("en")}`;
    this.values.show(this.shown.length);
  }

  private valueRow(value: Value): { cells: (Node | string)[]; lit: boolean; current: boolean } {
    const { app } = this;
    const shapes = app.shapes as Shapes;
    const { op, version, name } = value;
    const dims = (this.overlay as Overlay).dimsOf(version);
    const rest = this.reached && !this.reached(op) ? [] : restOf(shapes, app.model, version);
    const used = [...dims.flatMap((each) => each.sizes.filter((s) => typeof s === "object").map((s) => s.size)), ...rest.map((r) => r.size)];
    const symbol = shapes.find(app.state.symbol);
    const visited = shapes.record.propagation[app.state.propagation]?.op === op;
    return {
      cells: [
        h("span", { class: "iex-two" },
          h("button", { class: "iex-link", on: { click: () => app.select([op], this.pane) } }, `${visited ? "▸ " : ""}%${op} ${name}`),
          dims.length || rest.length ? this.symbolic(dims, rest) : h("span", {}, "?")),
        this.now(dims, rest),
        this.size(dims, rest),
      ],
      lit: symbol >= 0 && used.some((size) => shapes.symbolsIn(size).includes(symbol)),
      current: app.traced.selected.has(op) || visited,
    };
  }

  private symbolic(dims: Dims[], rest: Rest[]): Node {
    const box = h("span", { class: "iex-formula" });
    dims.forEach((each, i) => {
      if (i) box.append(", ");
      box.append(shape(this.app, each.sizes));
    });
    rest.forEach((each, i) => {
      if (i || dims.length) box.append(", ");
      put(box, formula(this.app, each.size), each.kind === "bytes" ? " bytes" : "");
    });
    return box;
  }

  private numbers(dims: Dims): number[] {
    const { app } = this;
    return dims.sizes.map((size) =>
      typeof size === "number" ? size : (app.shapes as Shapes).value(size.size, app.sizes));
  }

  private now(dims: Dims[], rest: Rest[]): string {
    const shapes = this.app.shapes as Shapes;
    const shown = (value: number): string => (Number.isFinite(value) ? String(value) : "?");
    return [
      ...dims.map((each) => this.numbers(each).map(shown).join("×")),
      ...rest.filter((each) => each.kind === "value").map((each) => shown(shapes.value(each.size, this.app.sizes))),
    ].join(", ");
  }

  private size(dims: Dims[], rest: Rest[]): string {
    const { app } = this;
    const resources = rest.filter((each) => each.kind === "bytes");
    const parts = [
      ...dims.map((each) => {
        const bits = /^i1$/.test(each.element) ? 8 : Number(NUMBERED.exec(each.element)?.[1] ?? Number.NaN);
        return this.numbers(each).reduce((a, b) => a * b, 1) * Math.ceil(bits / 8);
      }),
      ...resources.map((each) => (app.shapes as Shapes).value(each.size, app.sizes)),
    ];
    return parts.length ? bytes(parts.reduce((a, b) => a + b, 0)) : "";
  }

  private revealVisited(shapes: Shapes): void {
    const { propagation } = this.app.state;
    if (propagation === this.visited) return;
    this.visited = propagation;
    const op = shapes.record.propagation[propagation]?.op;
    const index = op === undefined ? -1 : this.shown.findIndex((value) => value.op === op);
    if (index >= 0) this.values.reveal(index);
  }
}

type Dims = ReturnType<Overlay["dimsOf"]>[number];

/** The values of a step that have symbolic sizes, in the order of the text. */
function valuesOf(model: Model, shapes: Shapes, step: number): Value[] {
  const snapshot = model.snapshot(step);
  const { op } = model.recording.versions;
  const found: Value[] = [];
  const visit = (parent: number): void => {
    for (const version of snapshot.children.get(parent) ?? []) {
      if (shapes.ofVersion(version).length) found.push({ op: op[version], version, name: model.name(version) });
      visit(op[version]);
    }
  };
  visit(0);
  return found;
}
