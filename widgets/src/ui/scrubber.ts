// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The bar at the top: phases, passes of all phases as ticks, and where the scrubber is.

import type { App, Component } from "../app";
import type { Model, Stop } from "../model";
import type { RewriteEvent } from "../recording";
import { shortPath } from "../trace";
import { ICONS, duration, h, icon, plural, replace } from "./dom";

export class Scrubber implements Component {
  readonly element: HTMLElement;
  private phases = h("div", { class: "iex-phases", role: "group", "aria-label": "Phases" });
  private ticks = h("div", { class: "iex-ticks", "aria-hidden": "true" });
  private slider: HTMLElement;
  private position = h("span", { class: "iex-position" });
  private title = h("span", { class: "iex-pass-title", "aria-live": "polite" });
  private drawnModel: unknown = null;
  private drawnStep = -1;
  private lit = "";
  private tickElements: HTMLElement[] = [];
  private rewrites = h("span", { class: "iex-rewrites", role: "group", "aria-label": "Rewrites" });
  private observer = new ResizeObserver(() => this.keepPhaseInSight());

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
        this.rewrites,
        this.title,
      ),
    );
    this.observer.observe(this.element);
  }

  close(): void {
    this.observer.disconnect();
  }

  update(): void {
    const { model, state } = this.app;
    if (this.drawnModel !== model) {
      this.drawnModel = model;
      this.drawnStep = -1;
      this.drawPhases();
      this.lit = "";
      this.drawTicks();
    }
    this.drawRewrites();
    this.drawLit();
    if (this.drawnStep === state.step) return;
    this.drawnStep = state.step;
    const stop = model.stopAt(state.step);
    if (stop) this.mark(stop);
  }

  private mark(stop: Stop): void {
    const { model, state } = this.app;
    for (const chip of this.phases.children) {
      if (Number((chip as HTMLElement).dataset.phase) === stop.phase) {
        chip.setAttribute("aria-current", "step");
      } else chip.removeAttribute("aria-current");
    }
    this.keepPhaseInSight();
    this.tickElements.forEach((tick, i) => tick.classList.toggle("iex-here", i === stop.index));
    const name = stop.pass;
    const count = model.stops.length;
    const whole = model.wholeStep(state.step);
    const step = model.steps[whole];
    this.position.textContent = `pass ${stop.index + 1}/${count}`;
    this.slider.setAttribute("aria-valuemax", String(count));
    this.slider.setAttribute("aria-valuenow", String(stop.index + 1));
    this.slider.setAttribute("aria-valuetext", `${name}, pass ${stop.index + 1} of ${count}`);
    const scopes = stop.last - stop.first + 1;
    const where = step.scope
      ? h("span", { class: "iex-chip" }, `@${step.scope} · ${whole - stop.first + 1}/${scopes}`)
      : null;
    const error = model.errorAt(whole);
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

  /** Scrolls the row of phases alone, if it is wider than the page. */
  private keepPhaseInSight(): void {
    const box = this.phases;
    const chip = box.querySelector<HTMLElement>("[aria-current]");
    if (!chip) return;
    const left = chip.offsetLeft - (box.firstElementChild as HTMLElement).offsetLeft;
    const right = left + chip.offsetWidth;
    if (left < box.scrollLeft || right > box.scrollLeft + box.clientWidth) {
      box.scrollLeft = left - box.clientWidth / 2;
    }
  }

  /** In how many ops of each phase the lit symbol is. */
  private drawLit(): void {
    const { shapes, state, model } = this.app;
    const symbol = shapes?.find(state.symbol) ?? -1;
    const key = symbol < 0 ? "" : `${state.symbol}:${model.lastStep}`;
    if (key === this.lit) return;
    this.lit = key;
    for (const chip of this.phases.children) {
      const phase = model.recording.phases[Number((chip as HTMLElement).dataset.phase)];
      const time = chip.querySelector(".iex-phase-time") as HTMLElement;
      time.querySelector(".iex-phase-lit")?.remove();
      if (symbol < 0 || phase.step < 0) continue;
      const ops = shapes?.count(symbol, phase.step) ?? 0;
      if (ops) time.append(h("span", { class: "iex-phase-lit", title: `${ops} ops mention ${state.symbol}` }, ` ◆${ops}`));
    }
  }

  /** "rewrite 3/12" with buttons, and which pattern it was. */
  private drawRewrites(): void {
    const { app } = this;
    const { model } = app;
    const [first, end] = model.eventsOf(app.state.step);
    this.rewrites.hidden = first === end;
    if (first === end) return;
    const here = app.rewrite >= first && app.rewrite < end;
    const event = here ? model.recording.events[app.rewrite] : null;
    const button = (path: string, name: string, by: number): HTMLElement =>
      h(
        "button",
        {
          class: "iex-icon-button",
          title: name,
          "aria-label": name,
          on: { click: () => app.stepRewrite(by) },
        },
        icon(path),
      );
    const words = here ? `rewrite ${app.rewrite - first + 1}/${end - first}` : `${end - first} rewrites`;
    const between = event && model.beforeRewrite(app.state.step) >= 0;
    const note = between ? "" : event ? app.rewriteNote || (app.store.offline ? "text of the whole pass" : "") : "";
    const key = `${words}:${event?.pattern}:${note}:${between}`;
    if (this.rewrites.dataset.key === key) return;
    this.rewrites.dataset.key = key;
    const focused = this.rewrites.contains(document.activeElement)
      ? document.activeElement?.getAttribute("aria-label")
      : null;
    replace(
      this.rewrites,
      button("M10 5 6.500 8 10 11z", "Previous rewrite (Shift+Enter)", -1),
      h("span", { class: "iex-rewrite" }, words),
      button("M6 5 9.500 8 6 11z", "Next rewrite (Enter)", 1),
      event && h("span", { class: "iex-chip iex-count", title: placeOf(model, event) }, model.string(event.pattern)),
      between ? h("span", { class: "iex-quiet" }, "text after this rewrite") : null,
      note ? h("span", { class: "iex-quiet" }, note) : null,
    );
    if (focused) {
      this.rewrites.querySelector<HTMLElement>(`[aria-label="${focused}"]`)?.focus();
    }
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
        const other = phase.target ? "IREE · " : ""; // it does not say what its passes took
        const count = plural(stops.reduce((sum, stop) => sum + stop.last - stop.first + 1, 0), "step");
        const done = phase.target ? count : total ? duration(total) : "no passes";
        const state = other + (words[phase.state] ?? done);
        return h(
          "button",
          {
            class: `iex-phase iex-phase-${phase.state}${stops.length ? "" : " iex-phase-empty"}`,
            data: { phase: index },
            title: phase.target ? `${phase.target}: ${phase.summary}` : phase.summary,
            disabled: phase.step < 0 && !stops.length,
            on: { click: () => this.app.goto(stops.at(-1)?.last ?? phase.step) },
          },
          h("span", { class: "iex-phase-name" }, phase.name.slice(phase.target ? phase.target.length + 1 : 0)),
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
        title: stop.elapsedNs ? `${stop.pass} · ${duration(stop.elapsedNs)}` : stop.pass,
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

/** File and line of a rewrite's pattern. */
function placeOf(model: Model, event: RewriteEvent): string {
  const file = model.string(event.file);
  return file ? `${shortPath(file)}:${event.line}` : "";
}
