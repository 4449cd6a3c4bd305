// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The numerics tab: asks for a check or a search, shows errors by stage and by value, and what was
// found with the cell that reproduces it.

import type { App, Component } from "../app";
import type { NumericsStage } from "../recording";
import { shortPath } from "../trace";
import { duration, h, plural, replace } from "../ui/dom";
import { type Numerics, type Order, type ValueRow, note, sentence, short, ulps, verdict } from "./data";
import { FoundView } from "./found";
import type { Mode } from "./jobs";

/** More rows than this are asked for. */
const MOST_ROWS = 200;

const STATES: Record<NumericsStage["state"], [string, string]> = {
  right: ["✓", "right"],
  wrong: ["✗", "wrong"],
  failed: ["✗", "failed"],
  unknown: ["?", "not evaluated"],
};

export class NumericsPanel implements Component {
  readonly element: HTMLElement;
  private mode = h("select", { class: "iex-select", "aria-label": "Mode" },
    h("option", { value: "accumulated", title: "Each stage computes everything from the inputs" }, "accumulated"),
    h("option", { value: "isolated", title: "Each op gets what the model says that its operands are" }, "isolated"));
  private checkButton = h("button",
    { class: "iex-primary", on: { click: () => void this.jobs.check(this.mode.value as Mode) } }, "Check numerics");
  private findButton = h("button", {
    class: "iex-chip-button",
    title: "Halve the stages, then the passes, then the rewrites until the first wrong one is left",
    on: { click: () => void this.jobs.find() },
  }, "Find it");
  private cancelButton = h("button",
    { class: "iex-chip-button", on: { click: () => void this.jobs.cancel() } }, "cancel");
  private progress = h("progress", { class: "iex-progress", "aria-label": "Stages done" });
  private status = h("span", { class: "iex-quiet", role: "status" });
  private history = h("select", { class: "iex-select", "aria-label": "Which check" });
  private found: FoundView;
  private stages = h("div", { class: "iex-numerics-stages", role: "region", "aria-label": "Stages", tabindex: 0 });
  private values = h("div", { class: "iex-numerics-values", role: "region", "aria-label": "Values", tabindex: 0 });
  private body = h("div", { class: "iex-numerics-body" }, this.stages, this.values);
  private order: Order = "error";
  private stage = -1;
  private rows = MOST_ROWS;
  private drawn: unknown[] = [];
  private lines: [HTMLElement, ValueRow][] = [];

  constructor(private app: App) {
    this.found = new FoundView(app);
    this.history.addEventListener("change", () => this.jobs.choose(Number(this.history.value)));
    this.element = h("div", { class: "iex-numerics" },
      h("div", { class: "iex-run-form" }, this.checkButton, this.mode, this.findButton, this.progress,
        this.status, this.cancelButton, h("span", { class: "iex-spring" }), this.history),
      this.found.element,
      this.body);
  }

  private get jobs(): App["numerics"] {
    return this.app.numerics;
  }

  update(): void {
    const { jobs } = this;
    const { blocked, current } = jobs;
    const busy = jobs.busy !== "";
    this.checkButton.disabled = this.findButton.disabled = busy || blocked !== "";
    this.checkButton.setAttribute("aria-busy", String(jobs.busy === "check"));
    this.findButton.setAttribute("aria-busy", String(jobs.busy === "find"));
    this.mode.disabled = busy || blocked !== "";
    this.cancelButton.hidden = !busy;
    this.progress.hidden = !busy;
    if (jobs.total) {
      this.progress.max = jobs.total;
      this.progress.value = jobs.done;
    } else this.progress.removeAttribute("value");
    const doing = jobs.busy === "find" ? "searching" : "checking";
    const line = jobs.message.split("\n")[0];
    this.status.textContent = busy ? `${doing} ${line}…` : line || (this.app.store.offline && current ? "" : blocked);
    this.status.classList.toggle("iex-bad-text", jobs.failed);
    this.status.title = jobs.failed ? jobs.message : "";
    this.found.update();
    this.draw(current);
  }

  private draw(current: Numerics | null): void {
    const key = [current, this.order, this.stage, this.rows];
    if (this.drawn.length && key.every((part, i) => part === this.drawn[i])) {
      this.light();
      return;
    }
    if (this.drawn[0] !== current) {
      this.stage = -1;
      this.rows = MOST_ROWS;
      this.drawHistory();
    }
    this.drawn = [current, this.order, this.stage, this.rows];
    if (!current) {
      replace(this.stages);
      replace(this.values, h("p", { class: "iex-empty" },
        "Not checked yet. Every stage is evaluated on the same inputs and compared, value by value, with the model; " +
        "the finished kernels are run. Errors appear here, in the text, in the graph and in the outline."));
      return;
    }
    this.drawStages(current);
    this.drawValues(current);
    this.light();
  }

  private drawHistory(): void {
    const { numerics } = this.app.model.recording;
    replace(this.history, ...numerics.map((record, i) =>
      h("option", { value: i }, `check ${i + 1} · ${record.mode} · ${duration(record.elapsedNs)}`)));
    this.history.value = String(this.jobs.shown < 0 ? numerics.length - 1 : this.jobs.shown);
    this.history.hidden = numerics.length < 2;
  }

  private drawStages(current: Numerics): void {
    const { stages, mode, function: name, inputs } = current.record;
    const first = stages.find((each) => each.state === "wrong" || each.state === "failed");
    const words = first ? `✗ first wrong: ${first.stage}` : "✓ no wrong stage";
    const rows = stages.map((each, i) => {
      const [sign, word] = STATES[each.state];
      const error = each.state === "right" || each.state === "wrong" ? short(each.error < 0 ? Number.POSITIVE_INFINITY : each.error) : "–";
      const pick = (): void => {
        this.stage = this.stage === i ? -1 : i;
        if (each.step >= 0) this.app.goto(each.step);
        this.app.redraw();
      };
      const compared = `${each.values} values; ${each.skipped} ops compute a part of one`;
      return h("tr", { class: this.stage === i ? "iex-lit" : "" },
        h("th", { scope: "row" },
          h("button", { class: "iex-link", "aria-pressed": String(this.stage === i), title: "Go there and show its values alone", on: { click: pick } }, each.stage)),
        h("td", { class: "iex-number", title: `${short(each.tolerance)} is fine` }, error),
        h("td", { class: `iex-stage-${each.state}`, title: each.problem || `${short(each.tolerance)} is fine` }, `${sign} ${word}`),
        h("td", { class: "iex-number", title: compared }, each.values));
    });
    replace(this.stages,
      h("p", { class: "iex-numerics-head" }, h("strong", { class: first ? "iex-bad-text" : "iex-good-text" }, words),
        h("span", { class: "iex-quiet" }, ` @${name}(${inputs.join(", ")}), ${mode}`)),
      h("table", { class: "iex-table" },
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Stage"), h("th", { scope: "col", class: "iex-number" }, "Error"),
          h("th", { scope: "col" }, "Result"), h("th", { scope: "col", class: "iex-number" }, "Values"))),
        h("tbody", {}, ...rows)));
  }

  private drawValues(current: Numerics): void {
    const rows = current.ordered(this.order, this.stage);
    const sort = (order: Order, text: string): HTMLElement =>
      h("button", {
        class: "iex-sort",
        on: { click: () => { this.order = order; this.app.redraw(); } },
      }, text, this.order === order ? " ▾" : "");
    const head = (content: Node | string, numeric = false, sorted = false): HTMLElement =>
      h("th", { scope: "col", class: numeric ? "iex-number" : "", "aria-sort": sorted ? "descending" : undefined }, content);
    const shown = rows.slice(0, this.rows);
    this.lines = shown.map((row) => [this.line(current, row), row]);
    const more = rows.length - shown.length;
    replace(this.values,
      h("table", { class: "iex-table" },
        h("thead", {}, h("tr", {}, head("Value"), head("Model"), head(sort("stage", "Stage"), false, this.order === "stage"),
          head(sort("error", "Relative error"), true, this.order === "error"),
          head("Absolute", true), head("ULP", true), head("NaN / ∞", true), head("Differ", true))),
        h("tbody", {}, ...this.lines.map(([line]) => line))),
      more > 0 && h("button", {
        class: "iex-chip-button iex-more",
        on: { click: () => { this.rows += 5 * MOST_ROWS; this.app.redraw(); } },
      }, `${plural(more, "more value")}`),
      !rows.length && h("p", { class: "iex-empty" }, "No value of this stage has a counterpart in the model."));
  }

  private line(current: Numerics, row: ValueRow): HTMLElement {
    const { app } = this;
    const { stage, step } = current.record.stages[row.stage];
    const pick = (): void => {
      if (step >= 0) app.goto(step);
      app.select([row.op]);
    };
    const sources = app.model.sourcesOf(row.reference);
    const source = sources[0];
    const model = source?.layer || (source?.file ? `${shortPath(source.file)}:${source.line}` : "") || current.name(row.reference);
    const result = row.result ? ` #${row.result}` : "";
    return h("tr", {},
      h("th", { scope: "row" }, h("button", { class: "iex-link", title: `%${row.op}`, on: { click: pick } }, `${current.name(row.op)}${result}`),
        h("span", { class: "iex-quiet" }, ` %${row.op}`)),
      h("td", {}, h("button", { class: "iex-link", title: `compared with %${row.reference} of the imported program`,
        on: { click: () => app.select([row.reference]) } }, model)),
      h("td", {}, stage),
      h("td", { class: `iex-number iex-error-${verdict(row)}`, title: sentence(row, stage) }, note(row)),
      h("td", { class: "iex-number" }, short(row.maxAbs)),
      h("td", { class: "iex-number" }, row.ulp ? ulps(row.ulp) : "–"),
      h("td", { class: "iex-number" }, row.nans || row.infs ? `${row.nans} / ${row.infs}` : "–"),
      h("td", { class: "iex-number", title: `of ${row.size.toLocaleString("en")} elements` },
        row.differ ? `${((100 * row.differ) / row.size).toFixed(row.differ === row.size ? 0 : 1)} %` : "–"));
  }

  /** Marks the values that are selected or have to do with the selection. */
  private light(): void {
    const { selected } = this.app.traced;
    for (const [line, row] of this.lines) line.classList.toggle("iex-lit", selected.has(row.op));
  }
}
