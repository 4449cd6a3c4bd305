// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The bar at the top: phases, passes of all phases as ticks, and where the scrubber is.

import type { App, Component } from "../app";
import type { Stop } from "../model";
import { ICONS, duration, h, icon, replace } from "./dom";

export class Scrubber implements Component {
  readonly element: HTMLElement;
  private phases = h("div", { class: "iex-phases", role: "group", "aria-label": "Phases" });
  private ticks = h("div", { class: "iex-ticks", "aria-hidden": "true" });
  private slider: HTMLElement;
  private position = h("span", { class: "iex-position" });
  private title = h("span", { class: "iex-pass-title", "aria-live": "polite" });
  private drawnModel: unknown = null;
  private drawnStep = -1;
  private tickElements: HTMLElement[] = [];

  constructor(private app: App) {
    this.slider = h(
      "div",
      {
        class: "iex-slider",
        role: "slider",
        tabindex: 0,
        "aria-label": "Pass",
        "aria-valuemin": 1,
        on: {
          pointerdown: (event: PointerEvent) => this.scrub(event),
          pointermove: (event: PointerEvent) => event.buttons & 1 && this.scrub(event),
        },
      },
      this.ticks,
    );
    const button = (path: string, name: string, click: () => void): HTMLElement =>
      h("button", { class: "iex-icon-button", title: name, "aria-label": name, on: { click } },
        icon(path));
    this.element = h(
      "div",
      { class: "iex-scrubber" },
      this.phases,
      this.slider,
      h(
        "div",
        { class: "iex-pass-line" },
        button(ICONS.first, "Previous phase (Shift+Left)", () => app.stepPhase(-1)),
        button(ICONS.previous, "Previous pass (Left)", () => app.stepPass(-1)),
        this.position,
        button(ICONS.next, "Next pass (Right)", () => app.stepPass(1)),
        button(ICONS.last, "Next phase (Shift+Right)", () => app.stepPhase(1)),
        this.title,
      ),
    );
  }

  update(): void {
    const { model, state } = this.app;
    if (this.drawnModel !== model) {
      this.drawnModel = model;
      this.drawnStep = -1;
      this.drawPhases();
      this.drawTicks();
    }
    if (this.drawnStep === state.step) return;
    this.drawnStep = state.step;
    const stop = model.stopAt(state.step);
    if (stop) this.mark(stop);
  }

  private mark(stop: Stop): void {
    const { model, state } = this.app;
    for (const chip of this.phases.children) {
      const here = Number((chip as HTMLElement).dataset.phase) === stop.phase;
      if (here) {
        chip.setAttribute("aria-current", "step");
        const box = this.phases;
        const left = (chip as HTMLElement).offsetLeft - box.offsetLeft;
        if (left < box.scrollLeft || left + chip.clientWidth > box.scrollLeft + box.clientWidth) {
          box.scrollLeft = left - 40;
        }
      } else chip.removeAttribute("aria-current");
    }
    this.tickElements.forEach((tick, i) => tick.classList.toggle("iex-here", i === stop.index));
    const name = stop.pass;
    const count = model.stops.length;
    const step = model.steps[state.step];
    this.position.textContent = `pass ${stop.index + 1}/${count}`;
    this.slider.setAttribute("aria-valuemax", String(count));
    this.slider.setAttribute("aria-valuenow", String(stop.index + 1));
    this.slider.setAttribute("aria-valuetext", `${name}, pass ${stop.index + 1} of ${count}`);
    const scopes = stop.last - stop.first + 1;
    const where = step.scope
      ? h("span", { class: "iex-chip" }, `@${step.scope} · ${state.step - stop.first + 1}/${scopes}`)
      : null;
    const error = model.errorAt(state.step);
    const failure = stop.error ? "failed" : error ? "failed after this" : "";
    const status = failure || (stop.changed ? "" : "changed nothing");
    replace(
      this.title,
      h("strong", {}, name),
      where,
      status && h("span", { class: `iex-chip${failure ? " iex-bad" : ""}` }, status),
      step.elapsedNs > 0 && h("span", { class: "iex-time" }, duration(stop.elapsedNs)),
      h("span", { class: "iex-why" }, stop.why || model.recording.phases[stop.phase].summary),
    );
  }

  private drawPhases(): void {
    const { model } = this.app;
    const { phases } = model.recording;
    replace(
      this.phases,
      ...phases.map((phase, index) => {
        const stops = model.stops.filter((stop) => stop.phase === index);
        const total = stops.reduce((sum, stop) => sum + stop.elapsedNs, 0);
        const words: Record<string, string> = {
          pending: "",
          running: "running",
          failed: "failed",
        };
        const state = words[phase.state] ?? (total ? duration(total) : "no passes");
        return h(
          "button",
          {
            class: `iex-phase iex-phase-${phase.state}${stops.length ? "" : " iex-phase-empty"}`,
            data: { phase: index },
            title: phase.summary,
            disabled: phase.step < 0 && !stops.length,
            on: { click: () => this.app.goto(stops.at(-1)?.last ?? phase.step) },
          },
          h("span", { class: "iex-phase-name" }, phase.name),
          h("span", { class: "iex-phase-time" }, state || "–"),
        );
      }),
    );
  }

  private drawTicks(): void {
    const { stops } = this.app.model;
    const longest = Math.max(1, ...stops.map((stop) => stop.elapsedNs));
    this.tickElements = stops.map((stop, i) => {
      const height = 5 + 15 * Math.sqrt(stop.elapsedNs / longest);
      const kind = stop.error ? "iex-bad" : stop.changed ? "" : "iex-same";
      const fresh = i && stops[i - 1].phase !== stop.phase ? "iex-phase-start" : "";
      return h("i", {
        class: `iex-tick ${kind} ${fresh}`,
        style: `--h:${height.toFixed(1)}px`,
        title: `${stop.pass} · ${duration(stop.elapsedNs)}`,
      });
    });
    replace(this.ticks, ...this.tickElements);
  }

  private scrub(event: PointerEvent): void {
    const box = this.ticks.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    this.app.gotoStop(Math.floor(share * this.app.model.stops.length));
  }
}
