// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where compile time went: one bar a pass, in order, slowest first or by phase.

import type { App, Component } from "../app";
import type { Stop } from "../model";
import { duration, h, plural, replace } from "./dom";

type Order = "order" | "slowest" | "phase";
const ORDERS: [Order, string, string][] = [
  ["order", "In order", "One after the other on one time axis"],
  ["slowest", "Slowest first", "By how long each took"],
  ["phase", "By phase", "Phases by how long each took, with their passes"],
];

export class CompileTime implements Component {
  readonly element = h("div", {
    class: "iex-timeline",
    tabindex: 0,
    role: "region",
    "aria-label": "Compile time of each pass",
  });
  private drawnModel: unknown = null;
  private here = -1;
  private sorted: Order = "order";
  private rows = new Map<number, HTMLElement>();

  constructor(private app: App) {}

  update(): void {
    const { model, state } = this.app;
    if (this.drawnModel !== model) {
      this.drawnModel = model;
      this.draw();
    }
    const here = model.stopOfStep[model.wholeStep(state.step)] ?? -1;
    if (here === this.here) return;
    this.rows.get(this.here)?.removeAttribute("aria-current");
    this.rows.get(here)?.setAttribute("aria-current", "step");
    this.here = here;
  }

  private draw(): void {
    const { model } = this.app;
    const { stops } = model;
    this.here = -1;
    this.rows.clear();
    const total = stops.reduce((sum, stop) => sum + stop.elapsedNs, 0) || 1;
    const begins: number[] = [];
    stops.reduce((at, stop) => (begins.push(at), at + stop.elapsedNs), 0);
    const slowest = [...stops].sort((a, b) => b.elapsedNs - a.elapsedNs);
    const longest = slowest[0]?.elapsedNs || 1;
    const ordered = (stop: Stop): HTMLElement => this.row(stop, begins[stop.index] / total, stop.elapsedNs / total, total);
    const ranked = (stop: Stop): HTMLElement => this.row(stop, 0, stop.elapsedNs / longest, total);
    const body =
      this.sorted === "order" ? stops.map(ordered) : this.sorted === "slowest" ? slowest.map(ranked) : this.phases(slowest, total, ranked);
    replace(this.element, this.head(total), ...body);
  }

  private phases(slowest: readonly Stop[], total: number, row: (stop: Stop) => HTMLElement): HTMLElement[] {
    const times = new Map<number, number>();
    for (const stop of slowest) times.set(stop.phase, (times.get(stop.phase) ?? 0) + stop.elapsedNs);
    return [...times].sort((a, b) => b[1] - a[1]).flatMap(([phase, time]) => {
      const { name, summary } = this.app.model.recording.phases[phase];
      const mine = slowest.filter((stop) => stop.phase === phase);
      return [
        h("div", { class: "iex-timeline-group", title: summary }, h("strong", {}, name),
          h("span", {}, `${duration(time)} · ${((100 * time) / total).toFixed(1)} % · ${mine.length} ${mine.length === 1 ? "pass" : "passes"}`)),
        ...mine.map(row),
      ];
    });
  }

  private head(total: number): HTMLElement {
    const { stops } = this.app.model;
    const fact = (name: string, value: string): HTMLElement =>
      h("span", { class: "iex-fact" }, h("span", { class: "iex-quiet" }, name), h("strong", {}, value));
    const choices = ORDERS.map(([order, label, title]) =>
      h("button", { class: "iex-tab", title, "aria-pressed": String(order === this.sorted), on: { click: () => this.sort(order) } }, label));
    return h(
      "div",
      { class: "iex-facts" },
      h("div", { class: "iex-segments", role: "group", "aria-label": "Order" }, ...choices),
      fact("all passes", duration(total)),
      fact("passes", String(stops.length)),
      fact("changed the IR", String(stops.filter((stop) => stop.changed).length)),
    );
  }

  private sort(order: Order): void {
    this.sorted = order;
    this.draw();
    this.element.querySelector<HTMLElement>(".iex-segments [aria-pressed=true]")?.focus();
    this.update();
  }

  private row(stop: Stop, left: number, width: number, total: number): HTMLElement {
    const phase = this.app.model.recording.phases[stop.phase].name;
    const scopes = stop.last - stop.first + 1;
    const row = h(
      "button",
      {
        class: `iex-timeline-row${stop.error ? " iex-bad" : ""}`,
        title: `${stop.why}${scopes > 1 ? ` (${plural(scopes, "scope")})` : ""}`,
        on: { click: () => this.app.goto(stop.last) },
      },
      h("span", { class: "iex-timeline-name" }, h("span", { class: "iex-quiet" }, `${phase} `), stop.pass),
      h("span", { class: "iex-track" },
        h("span", { class: "iex-span", style: `left:${(100 * left).toFixed(2)}%;width:max(2px,${(100 * width).toFixed(2)}%)` })),
      h("span", { class: "iex-time" }, duration(stop.elapsedNs)),
      h("span", { class: "iex-quiet iex-number" }, `${((100 * stop.elapsedNs) / total).toFixed(1)} %`),
    );
    this.rows.set(stop.index, row);
    return row;
  }
}
