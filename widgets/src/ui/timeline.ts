// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where compile time went: one bar a pass, phases on one time axis.

import type { App, Component } from "../app";
import { duration, h, replace } from "./dom";

export class Timeline implements Component {
  readonly element = h("div", {
    class: "iex-timeline",
    tabindex: 0,
    role: "region",
    "aria-label": "Compile time of each pass",
  });
  private drawnModel: unknown = null;
  private here = -1;
  private rows: HTMLElement[] = [];

  constructor(private app: App) {}

  update(): void {
    const { model, state } = this.app;
    if (this.drawnModel !== model) {
      this.drawnModel = model;
      this.here = -1;
      this.draw();
    }
    const here = model.stopOfStep[state.step] ?? -1;
    if (here === this.here) return;
    this.rows[this.here]?.removeAttribute("aria-current");
    this.rows[here]?.setAttribute("aria-current", "step");
    this.here = here;
  }

  private draw(): void {
    const { model } = this.app;
    const total = model.stops.reduce((sum, stop) => sum + stop.elapsedNs, 0);
    let begin = 0;
    this.rows = model.stops.map((stop) => {
      const left = (100 * begin) / (total || 1);
      const width = (100 * stop.elapsedNs) / (total || 1);
      begin += stop.elapsedNs;
      const phase = model.recording.phases[stop.phase].name;
      return h(
        "button",
        {
          class: `iex-timeline-row${stop.error ? " iex-bad" : ""}`,
          title: stop.why,
          on: { click: () => this.app.goto(stop.last) },
        },
        h("span", { class: "iex-timeline-name" }, h("span", { class: "iex-quiet" }, `${phase} `), stop.pass),
        h(
          "span",
          { class: "iex-track" },
          h("span", {
            class: "iex-span",
            style: `left:${left.toFixed(2)}%;width:max(2px,${width.toFixed(2)}%)`,
          }),
        ),
        h("span", { class: "iex-time" }, `${duration(stop.elapsedNs)}`),
        h("span", { class: "iex-quiet iex-number" }, `${width.toFixed(1)} %`),
      );
    });
    replace(
      this.element,
      h(
        "p",
        { class: "iex-facts" },
        h("span", { class: "iex-fact" }, h("span", { class: "iex-quiet" }, "all passes"),
          h("strong", {}, duration(total))),
        h("span", { class: "iex-fact" }, h("span", { class: "iex-quiet" }, "passes"),
          h("strong", {}, String(model.stops.length))),
        h("span", { class: "iex-fact" }, h("span", { class: "iex-quiet" }, "changed the IR"),
          h("strong", {}, String(model.stops.filter((stop) => stop.changed).length))),
      ),
      ...this.rows,
    );
  }
}
