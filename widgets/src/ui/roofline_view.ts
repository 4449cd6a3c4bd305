// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The roofline of the machine with every dispatch of the shown run as a point: operations a byte
// against operations a second, both logarithmic. The run's table has the same numbers as text.

import type { App, Component } from "../app";
import { shortEntry } from "../graph";
import type { Roofline, Run, RunDispatch } from "../recording";
import { type Rates, copyRate, explain, giga, rates, shareText } from "../roofline";
import { duration, h, median, replace } from "./dom";
import { Drawn, isLit } from "./drawn";

const WIDTH = 860;
const HEIGHT = 300;
const EDGE = { left: 66, right: 130, top: 16, bottom: 42 };

type Point = Rates & { dispatch: RunDispatch; ns: number };

export class RooflineView implements Component {
  readonly element = h("div", { class: "iex-roofline", tabindex: 0, role: "region", "aria-label": "Roofline" });
  private drawn = new Drawn();
  private dots: [SVGElement, RunDispatch][] = [];

  constructor(private app: App) {}

  update(): void {
    const { model } = this.app;
    const run = model.latestRun() ?? model.recording.runs.at(-1);
    this.drawn.update([model, run], () => this.draw(run), this.app.traced, () => this.light());
  }

  private light(): void {
    for (const [dot, dispatch] of this.dots) {
      dot.classList.toggle("iex-dot-lit", isLit(dispatch.ops, this.app.traced));
    }
  }

  private draw(run: Run | undefined): void {
    this.dots = [];
    const words = !run ? "Not run yet." : run.error ? "The run failed." : !run.roofline ? `No peak was measured for ${run.device}.` : "";
    if (!run?.roofline || words) {
      replace(this.element, h("p", { class: "iex-empty" }, `${words} The machine's roofline and each dispatch below it appear here.`));
      return;
    }
    const { roofline } = run;
    const points = run.dispatches
      .map((dispatch): Point => {
        const ns = median(dispatch.samplesNs);
        return { dispatch, ns, ...rates(run, dispatch, ns) };
      })
      .filter((point) => Number.isFinite(point.intensity));
    const hidden = run.dispatches.length - points.length;
    const fact = (name: string, value: string): HTMLElement =>
      h("span", { class: "iex-fact" }, h("span", { class: "iex-quiet" }, name), h("strong", {}, value));
    replace(
      this.element,
      h(
        "div",
        { class: "iex-facts" },
        fact("on", `${run.device}, ${roofline.threads} thread${roofline.threads === 1 ? "" : "s"}`),
        fact("peak", `${giga(roofline.flops32)} GFLOP/s f32, ${giga(roofline.flops64)} f64`),
        fact("copies", levels(roofline)),
        fact("measured", roofline.measured),
        hidden ? fact("not drawn", `${hidden} without arithmetic or known sizes; the Run tab has them`) : null,
      ),
      this.chart(run, roofline, points),
    );
  }

  private chart(run: Run, roofline: Roofline, points: readonly Point[]): SVGSVGElement {
    const slow = copyRate(roofline, Number.POSITIVE_INFINITY);
    const fast = roofline.copies[1];
    const ridge = roofline.flops32 / fast;
    const xs = [...points.map((p) => p.intensity), ridge / 8, (roofline.flops32 / slow) * 8];
    const low = 10 ** Math.floor(Math.log10(Math.min(...xs)));
    const high = 10 ** Math.ceil(Math.log10(Math.max(...xs)));
    const top = 10 ** Math.ceil(Math.log10(roofline.flops32));
    const bottom = 10 ** Math.floor(Math.log10(Math.min(...points.map((p) => p.flops), slow * low)));
    const x = (v: number): number =>
      EDGE.left + ((WIDTH - EDGE.left - EDGE.right) * Math.log(v / low)) / Math.log(high / low);
    const y = (v: number): number =>
      HEIGHT - EDGE.bottom - ((HEIGHT - EDGE.top - EDGE.bottom) * Math.log(v / bottom)) / Math.log(top / bottom);
    const chart = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "iex-roofline-chart", role: "group", "aria-label": "Roofline chart" });
    for (let v = low; v <= high * 1.001; v *= 10) {
      chart.append(line(x(v), y(bottom), x(v), y(top), "iex-roofline-grid"),
        text(x(v), HEIGHT - EDGE.bottom + 15, plain(v), "middle"));
    }
    for (let v = bottom; v <= top * 1.001; v *= 10) {
      chart.append(line(x(low), y(v), x(high), y(v), "iex-roofline-grid"), text(EDGE.left - 8, y(v) + 4, plain(v / 1e9), "end"));
    }
    chart.append(text((x(low) + x(high)) / 2, HEIGHT - 8, "operations a byte", "middle"));
    chart.append(text(EDGE.left + 6, EDGE.top + 12, "GFLOP/s", "start"));
    this.roofs(chart, roofline, [low, high], [bottom, top], x, y);
    for (const point of points) chart.append(this.dot(run, point, x(point.intensity), y(point.flops)));
    return chart;
  }

  /** The horizontal peaks, and a slope for each working set that copies were measured with. */
  private roofs(chart: SVGElement, roofline: Roofline, [low, high]: number[], [bottom]: number[],
    x: (v: number) => number, y: (v: number) => number): void {
    const fast = roofline.copies[1];
    chart.append(line(x(roofline.flops32 / fast), y(roofline.flops32), x(high), y(roofline.flops32), "iex-roof"),
      text(x(high) + 5, y(roofline.flops32) + 4, "f32 peak", "start"));
    chart.append(line(x(roofline.flops64 / fast), y(roofline.flops64), x(high), y(roofline.flops64), "iex-roof iex-roof-minor"),
      text(x(high) + 5, y(roofline.flops64) + 4, "f64 peak", "start"));
    for (let i = 0; i < roofline.copies.length; i += 2) {
      const rate = roofline.copies[i + 1];
      const from = Math.max(low, bottom / rate);
      chart.append(line(x(from), y(rate * from), x(roofline.flops32 / rate), y(roofline.flops32),
        i === 0 ? "iex-roof" : "iex-roof iex-roof-minor", `copies within ${size(roofline.copies[i])}: ${giga(rate)} GB/s`));
    }
  }

  private dot(run: Run, point: Point, x: number, y: number): SVGElement {
    const name = shortEntry(point.dispatch.name);
    const words = `${name}: ${duration(point.ns)}, ${giga(point.flops)} GFLOP/s, ${giga(point.bytes)} GB/s, ` +
      `${shareText(point.share)} of the roofline, ${explain(run, point.dispatch, point)}`;
    const total = median(run.totalNs) || 1;
    const radius = 4 + 8 * Math.sqrt(Math.min(1, point.ns / total));
    const dot = svg("circle", { cx: x, cy: y, r: radius, class: "iex-dot", tabindex: 0, role: "button", "aria-label": words });
    const title = svg("title", {});
    title.textContent = words;
    dot.append(title);
    const select = (): void => this.app.select(point.dispatch.ops);
    dot.addEventListener("click", select);
    dot.addEventListener("keydown", (event) => {
      const { key } = event as KeyboardEvent;
      if (key !== "Enter" && key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      select();
    });
    this.dots.push([dot, point.dispatch]);
    return dot;
  }
}

function levels(roofline: Roofline): string {
  const found: string[] = [];
  for (let i = 0; i < roofline.copies.length; i += 2) {
    found.push(`${giga(roofline.copies[i + 1])} GB/s within ${size(roofline.copies[i])}`);
  }
  return found.join(", ");
}

function size(bytes: number): string {
  return bytes >= 1 << 20 ? `${bytes >> 20} MiB` : `${bytes >> 10} KiB`;
}

/** "0.1", "1", "1,000": powers of ten as they are read. */
function plain(value: number): string {
  return value >= 1 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(1)));
}

function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Record<string, string | number>): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

function line(x1: number, y1: number, x2: number, y2: number, classes: string, title = ""): SVGElement {
  const element = svg("line", { x1, y1, x2, y2, class: classes });
  if (title) {
    const words = svg("title", {});
    words.textContent = title;
    element.append(words);
  }
  return element;
}

function text(x: number, y: number, words: string, anchor: string): SVGElement {
  const element = svg("text", { x, y, "text-anchor": anchor, class: "iex-roofline-text" });
  element.textContent = words;
  return element;
}
