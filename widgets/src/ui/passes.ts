// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The list of all passes by phase, with what each is for and how long it took.

import type { App, Component } from "../app";
import type { Stop } from "../model";
import { duration, h, replace } from "./dom";

export class PassList implements Component {
  readonly element = h("div", { class: "iex-passes" });
  private drawnModel: unknown = null;
  private rows: HTMLElement[] = [];
  private here = -1;

  constructor(private app: App) {}

  update(): void {
    const { model, state } = this.app;
    if (this.drawnModel !== model) {
      this.drawnModel = model;
      this.here = -1;
      this.draw();
    }
    const here = model.stopOfStep[model.wholeStep(state.step)] ?? -1;
    if (here === this.here) return;
    this.rows[this.here]?.removeAttribute("aria-current");
    this.here = here;
    const row = this.rows[here];
    row?.setAttribute("aria-current", "step");
    // Before the first frame nothing has a place yet.
    if (row) requestAnimationFrame(() => this.keepInSight(row));
  }

  /** Scrolls the list alone: scrollIntoView would also scroll the notebook. */
  private keepInSight(row: HTMLElement): void {
    const box = this.element;
    const view = box.getBoundingClientRect();
    const at = row.getBoundingClientRect();
    if (!view.height) return;
    if (at.top < view.top + 24) box.scrollTop += at.top - view.top - 40;
    else if (at.bottom > view.bottom) box.scrollTop += at.bottom - view.bottom + 40;
  }

  private draw(): void {
    const { model } = this.app;
    this.rows = [];
    const longest = Math.max(1, ...model.stops.map((stop) => stop.elapsedNs));
    replace(
      this.element,
      ...model.recording.phases.flatMap((phase, index) => {
        const stops = model.stops.filter((stop) => stop.phase === index);
        const rows = stops.map((stop) => this.row(stop, longest));
        this.rows.push(...rows);
        return [
          h("h3", { class: "iex-group", title: phase.summary }, phase.name),
          rows.length
            ? h("ol", { class: "iex-pass-rows" }, ...rows.map((row) => h("li", {}, row)))
            : h("p", { class: "iex-quiet" }, phase.state === "pending" ? "not reached" : "no passes"),
        ];
      }),
    );
  }

  private row(stop: Stop, longest: number): HTMLElement {
    const kind = stop.error ? " iex-bad" : stop.changed ? "" : " iex-same";
    const share = (100 * Math.sqrt(stop.elapsedNs / longest)).toFixed(1);
    const scopes = stop.last - stop.first + 1;
    const events = this.events(stop);
    const facts = [
      stop.error ? "failed" : stop.changed ? "" : "no change",
      scopes > 1 ? `${scopes}×` : "",
      events ? `${events} rewrites` : "",
    ].filter(Boolean);
    return h(
      "button",
      {
        class: `iex-pass-row${kind}`,
        title: stop.why,
        style: `--share:${share}%`,
        on: { click: () => this.app.goto(stop.last) },
      },
      h("span", { class: "iex-pass-name" }, this.short(stop)),
      h("span", { class: "iex-pass-facts" }, facts.join(" · ")),
      h("span", { class: "iex-time" }, stop.elapsedNs ? duration(stop.elapsedNs) : ""),
    );
  }

  /** The phase's name in front of the pass's is left out: it is the heading. */
  private short(stop: Stop): string {
    const phase = this.app.model.recording.phases[stop.phase].name;
    return stop.pass.startsWith(`${phase}-`) ? stop.pass.slice(phase.length + 1) : stop.pass;
  }

  private events(stop: Stop): number {
    const [first, end] = this.app.model.eventsOf(stop.last);
    return end - first;
  }
}
