// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The last repetition of the shown run over time: its dispatches, the host's part between them, and
// who ran what where the driver knows; pinned runs below it on the same axis.

import type { App, Component } from "../app";
import { whereRun } from "../graph";
import type { Run, RunDispatch } from "../recording";
import { Drawn, isLit } from "../ui/drawn";
import { duration, h, median, plural, replace } from "../ui/dom";
import { workersChart } from "../ui/workers";
import { deltaText, deltaWords, delta, members, pinnedDelta, runName } from "./compare";
import { type Gap, type Lanes, gapTimes, lanesOf } from "./lanes";

const GAPS: Record<Gap["kind"], string> = {
  launch: "host: before the first dispatch (checking arguments, launch)",
  host: "host: between dispatches",
  readback: "host: after the last dispatch (waiting, results)",
};

export class TimelineView implements Component {
  readonly element = h("div", { class: "iex-run-timeline", tabindex: 0, role: "region", "aria-label": "Timeline" });
  private detail = h("p", { class: "iex-lane-detail", role: "status" });
  private drawn = new Drawn();
  private marks: [HTMLElement, RunDispatch][] = [];

  constructor(private app: App) {}

  update(): void {
    const { model, state } = this.app;
    const key = [model, model.recording.runs.length, state.run, state.pinned.join()];
    this.drawn.update(key, () => this.draw(), this.app.traced, () => this.light());
  }

  private light(): void {
    const lit = new Set<RunDispatch>();
    for (const [mark, dispatch] of this.marks) {
      const on = isLit(dispatch.ops, this.app.traced);
      mark.classList.toggle("iex-lane-lit", on);
      if (on) lit.add(dispatch);
    }
    const shown = this.app.model.latestRun();
    const [only] = [...lit].filter((each) => shown?.dispatches.includes(each));
    this.detail.textContent = only ? this.describe(only) : "Click a dispatch to see what it was made of.";
  }

  /** One time, and everything that it is the time of. */
  private describe(dispatch: RunDispatch): string {
    const { model } = this.app;
    const names = members(model, dispatch).map((op) => model.name(model.versionNear(op, 0)));
    const counted = new Map<string, number>();
    for (const name of names) counted.set(name, (counted.get(name) ?? 0) + 1);
    const list = [...counted].map(([name, count]) => (count > 1 ? `${count} ${name}` : name)).join(", ");
    const compared = pinnedDelta(model, [dispatch]);
    const made = names.length ? ` Made of ${plural(names.length, "op")}, measured together: ${list}.` : "";
    const against = compared ? ` ${compared.words}.` : "";
    return `${whereRun(dispatch)}: ${duration(median(dispatch.samplesNs))}.${against}${made}`;
  }

  private draw(): void {
    const { model } = this.app;
    this.marks = [];
    const run = model.latestRun();
    if (!run) {
      replace(this.element, h("p", { class: "iex-empty" }, "Not run yet. What each call spends its time on appears here: dispatches, and the host between them."));
      return;
    }
    const shown = model.recording.runs.indexOf(run);
    const all = [shown, ...model.besideRuns()];
    const lanes = all.map((index) => lanesOf(model.recording.runs[index]));
    const whole = Math.max(...lanes.map((each) => each.total));
    replace(
      this.element,
      this.facts(run, lanes[0]),
      ...all.map((index, i) => this.lane(index, lanes[i], whole, i > 0 ? run : null)),
      axis(whole),
      this.detail,
      workersChart(run, (ops) => this.app.select(ops)),
    );
  }

  private facts(run: Run, lanes: Lanes): HTMLElement {
    const gaps = gapTimes(lanes);
    const percent = (part: number): string => `${duration(part)} (${((100 * part) / lanes.total).toFixed(1)} %)`;
    const fact = (name: string, value: string, title = ""): HTMLElement =>
      h("span", { class: "iex-fact", title }, h("span", { class: "iex-quiet" }, name), h("strong", {}, value));
    const clock = run.dispatches[0]?.clock ?? run.clock;
    return h(
      "div",
      { class: "iex-facts" },
      fact("last repetition", duration(lanes.total), "The last call that noted times, which takes longer; the median call is in the Run tab."),
      fact("in dispatches", percent(lanes.busy), "Time in which at least one dispatch ran."),
      gaps.launch > 0 && fact("launch", percent(gaps.launch), GAPS.launch),
      gaps.host > 0 && fact("between", percent(gaps.host), GAPS.host),
      gaps.readback > 0 && fact("readback", percent(gaps.readback), GAPS.readback),
      fact("clock", clock),
      !lanes.known && h("span", { class: "iex-quiet" }, "This recording does not know when each began: one is drawn after the other."),
    );
  }

  private lane(index: number, lanes: Lanes, whole: number, against: Run | null): HTMLElement {
    const { model } = this.app;
    const run = model.recording.runs[index];
    const place = (begin: number, end: number): string =>
      `left:${((100 * begin) / whole).toFixed(3)}%;width:${((100 * (end - begin)) / whole).toFixed(3)}%`;
    const compared = against ? delta(run.totalNs, against.totalNs) : null;
    const said = against
      ? h("span", { class: "iex-lane-delta", title: deltaWords(compared, "the run that is shown") }, deltaText(compared))
      : h("span", { class: "iex-quiet" }, "shown");
    const gaps = lanes.gaps.map((gap) =>
      h("i", { class: "iex-lane-gap", style: place(gap.begin, gap.end), title: `${GAPS[gap.kind]}: ${duration(gap.end - gap.begin)}` }));
    const bars = lanes.bars.map((bar) => {
      const compare = against ? null : pinnedDelta(model, [bar.dispatch]);
      const words = `${whereRun(bar.dispatch)}: ${duration(bar.end - bar.begin)} from ${duration(bar.begin)}${compare ? `, ${compare.words}` : ""}`;
      const mark = h("button", {
        class: "iex-lane-bar",
        title: words,
        "aria-label": words,
        tabindex: -1,
        style: `${place(bar.begin, bar.end)};--hue:${(bar.index * 67) % 360}`,
        on: { click: () => this.app.select(bar.dispatch.ops) },
      });
      this.marks.push([mark, bar.dispatch]);
      return mark;
    });
    const track = h("div", { class: "iex-lane-track" }, ...gaps, ...bars);
    track.addEventListener("keydown", (event) => step(event, bars));
    if (bars[0]) bars[0].tabIndex = 0;
    return h(
      "div",
      { class: "iex-lane", role: "group", "aria-label": runName(model, index) },
      h("span", { class: "iex-lane-name", title: `${run.target} on ${run.device}` }, runName(model, index), " ", said),
      track,
      h("span", { class: "iex-number" }, duration(lanes.total)),
    );
  }
}

/** Arrow keys go from bar to bar; they do not move the scrubber here. */
function step(event: KeyboardEvent, bars: readonly HTMLElement[]): void {
  const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  const at = bars.indexOf(event.target as HTMLElement);
  const next = bars[at + by];
  if (!by || at < 0) return;
  event.preventDefault();
  event.stopPropagation();
  if (!next) return;
  bars[at].tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

function axis(whole: number): HTMLElement {
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) =>
    h("span", { style: `left:${100 * part}%` }, duration(part * whole)));
  return h("div", { class: "iex-lane iex-lane-axis", "aria-hidden": "true" }, h("span", {}), h("div", { class: "iex-lane-ticks" }, ...ticks), h("span", {}));
}
