// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The slab of transients as a map: time to the right, bytes upward; a box is what a range holds,
// from the command that fills it to the last that reads it. Below it, how much is in use.

import type { App, Component } from "../app";
import { shortEntry } from "../graph";
import { bytes } from "../shapes/show";
import { Drawn, isLit } from "../ui/drawn";
import { duration, h, median, plural, replace } from "../ui/dom";
import { type Lifetime, type Slab, slabsOf } from "./data";

const WIDTH = 1000;
const HEIGHT = 240;

export class MemoryView implements Component {
  readonly element = h("div", { class: "iex-memory-view", tabindex: 0, role: "region", "aria-label": "Memory of intermediate results" });
  private drawn = new Drawn();
  private found = new Drawn();
  private slabs: Slab[] = [];
  private shown = 0;
  private timed = false;
  private boxes: [SVGElement, Lifetime][] = [];
  private detail = h("p", { class: "iex-lane-detail", role: "status" });

  constructor(private app: App) {}

  update(): void {
    const { model, state, shapes, sizes } = this.app;
    const program = [model, model.lastStep, sizes];
    if (this.found.differs(program)) this.slabs = slabsOf(model, shapes, sizes);
    const key = [...program, state.run, model.recording.runs.length, this.shown, this.timed];
    this.drawn.update(key, () => this.draw(), this.app.traced, () => this.light());
  }

  private light(): void {
    const lit: Lifetime[] = [];
    for (const [box, lifetime] of this.boxes) {
      const on = isLit(lifetime.ops.slice(0, 1), this.app.traced); // what fills it
      box.classList.toggle("iex-box-lit", on);
      if (on) lit.push(lifetime);
    }
    const slab = this.slabs[this.shown];
    this.detail.textContent = lit.length === 1 ? words(lit[0], slab) : "Click a buffer to select the dispatch that fills it.";
    this.detail.hidden = !slab;
  }

  private draw(): void {
    this.boxes = [];
    this.shown = Math.min(this.shown, Math.max(0, this.slabs.length - 1));
    const slab = this.slabs[this.shown];
    if (!slab) {
      const stream = this.app.model.recording.phases.find((phase) => phase.name === "stream");
      const why = stream?.state === "done"
        ? "This program keeps nothing between dispatches: there are no transient buffers."
        : "Which bytes hold what between dispatches appears here when phase stream is done.";
      replace(this.element, h("p", { class: "iex-empty" }, why));
      return;
    }
    const most = Math.max(0, ...slab.live);
    const all = slab.lifetimes.reduce((sum, each) => sum + each.bytes, 0);
    const fact = (name: string, value: string, title = ""): HTMLElement =>
      h("span", { class: "iex-fact", title }, h("span", { class: "iex-quiet" }, name), h("strong", {}, value));
    replace(
      this.element,
      h(
        "div",
        { class: "iex-facts" },
        this.slabs.length > 1 && this.choice(),
        fact("slab", bytes(slab.bytes), "Memory that one execution region allocates for what it keeps between dispatches."),
        fact("in use at most", `${bytes(most)} (${((100 * most) / (slab.bytes || 1)).toFixed(0)} %)`, "The rest is lost to where buffers can be placed."),
        fact("without sharing", bytes(all), "What all buffers would take side by side."),
        fact("buffers", String(slab.lifetimes.length)),
        this.axisChoice(slab),
      ),
      this.chart(slab, most),
      this.detail,
    );
  }

  private choice(): HTMLElement {
    const select = h("select", { class: "iex-select", "aria-label": "Which region" },
      ...this.slabs.map((slab, i) => h("option", { value: i }, `region ${i + 1} · ${bytes(slab.bytes)}`)));
    select.value = String(this.shown);
    select.addEventListener("change", () => {
      this.shown = Number(select.value);
      this.update();
    });
    return select;
  }

  /** Commands side by side, or as wide as they took; the latter once they were measured. */
  private axisChoice(slab: Slab): HTMLElement | null {
    if (!this.times(slab)) return null;
    const button = h("button", { class: "iex-tab", "aria-pressed": String(this.timed) }, "by time");
    button.title = "As wide as each dispatch took in the shown run; else each command the same";
    button.addEventListener("click", () => {
      this.timed = !this.timed;
      this.update();
    });
    return button;
  }

  /** Where each command begins and the last ends, between 0 and 1, by the shown run's times. */
  private times(slab: Slab): number[] | null {
    const { model } = this.app;
    if (!model.latestRun()) return null;
    const found = slab.commands.map(({ op }) => model.dispatchTimes(op));
    if (found.every((each) => !each.length)) return null;
    const at = [0];
    for (const each of found) at.push(at[at.length - 1] + (each[0] ? median(each[0].samplesNs) : 0));
    const whole = at[at.length - 1] || 1;
    return at.map((each) => each / whole);
  }

  private chart(slab: Slab, most: number): HTMLElement {
    const count = slab.commands.length;
    const edges = (this.timed && this.times(slab)) || Array.from({ length: count + 1 }, (_, i) => i / count);
    const x = (i: number): number => WIDTH * edges[i];
    const y = (at: number): number => HEIGHT * (1 - at / (slab.bytes || 1));
    const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", class: "iex-memory-map", role: "group", "aria-label": "Memory map" });
    for (const lifetime of slab.lifetimes) {
      const top = y(lifetime.offset + lifetime.bytes);
      const box = element("rect", {
        x: x(lifetime.first), y: top, width: Math.max(1, x(lifetime.last + 1) - x(lifetime.first)),
        height: Math.max(1, y(lifetime.offset) - top), class: "iex-memory-box", tabindex: this.boxes.length ? -1 : 0, role: "button",
        "aria-label": words(lifetime, slab), style: `--hue:${(lifetime.first * 67) % 360}`,
      });
      const title = element("title", {});
      title.textContent = words(lifetime, slab);
      box.append(title);
      box.addEventListener("click", () => this.app.select(lifetime.ops.slice(0, 1)));
      box.addEventListener("keydown", (event) => this.key(event as KeyboardEvent, lifetime));
      this.boxes.push([box, lifetime]);
      svg.append(box);
    }
    let line = "M0 100";
    slab.live.forEach((live, i) => {
      const level = 100 * (1 - live / (slab.bytes || 1));
      line += ` L${x(i)} ${level} L${x(i + 1)} ${level}`;
    });
    const use = element("svg", { viewBox: `0 0 ${WIDTH} 100`, preserveAspectRatio: "none", class: "iex-memory-use", "aria-hidden": "true" });
    use.append(element("path", { d: `${line} L${WIDTH} 100 Z`, class: "iex-memory-live" }));
    const end = this.timed ? duration(this.total(slab)) : plural(count, "command");
    return h(
      "div",
      { class: "iex-memory-chart" },
      h("div", { class: "iex-memory-scale", "aria-hidden": "true" }, h("span", {}, bytes(slab.bytes)),
        h("span", { class: "iex-quiet" }, "offset"), h("span", {}, "0")),
      h("div", { class: "iex-memory-frame" }, svg),
      h("div", { class: "iex-memory-scale", "aria-hidden": "true" }, h("span", {}, bytes(most)), h("span", {}, "in use")),
      h("div", { class: "iex-memory-frame" }, use),
      h("div", { class: "iex-memory-axis", "aria-hidden": "true" }, h("span", {}, "first command"), h("span", {}, end)),
    );
  }

  private total(slab: Slab): number {
    const { model } = this.app;
    return slab.commands.reduce((sum, { op }) => {
      const [first] = model.dispatchTimes(op);
      return sum + (first ? median(first.samplesNs) : 0);
    }, 0);
  }

  private key(event: KeyboardEvent, lifetime: Lifetime): void {
    const at = this.boxes.findIndex(([, each]) => each === lifetime);
    const by = event.key === "ArrowRight" || event.key === "ArrowDown" ? 1 : event.key === "ArrowLeft" || event.key === "ArrowUp" ? -1 : 0;
    if (event.key === "Enter" || event.key === " ") this.app.select(lifetime.ops.slice(0, 1));
    else if (by) {
      const next = this.boxes[at + by]?.[0];
      this.boxes[at][0].setAttribute("tabindex", next ? "-1" : "0");
      next?.setAttribute("tabindex", "0");
      (next as SVGElement | undefined)?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function words(lifetime: Lifetime, slab: Slab): string {
  const last = slab.commands[lifetime.last]?.name ?? "";
  const readers = lifetime.ops.length - 1;
  const until = readers > 0 ? `, read by ${plural(readers, "command")}, last by ${shortEntry(last)}` : ", not read again here";
  return `${shortEntry(lifetime.name)} fills ${bytes(lifetime.bytes)} at ${lifetime.offset.toLocaleString("en")}${until}`;
}

function element<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Record<string, string | number>): SVGElementTagNameMap[K] {
  const found = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, String(value));
  return found;
}
