// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Running what was compiled, and its times: per dispatch median, spread and share of the whole.
// A gap between the dispatches and the end-to-end time is shown as a row of its own.

import type { App, Component } from "../app";
import { whereRun } from "../graph";
import type { DeviceInfo, Recording, Run, RunDispatch } from "../recording";
import { explain, giga, rates, shareText } from "../roofline";
import { chromeTrace } from "../run/chrome_trace";
import { type Delta, delta, deltaText, deltaWords, members, runName } from "../run/compare";
import { type CallParts, callParts } from "../run/lanes";
import { ICONS, duration, h, icon, median, plural, quantile, replace, uid } from "./dom";
import { Drawn, isLit } from "./drawn";
import { RowWindow } from "./rows";

const BROWSER = "browser";
const HERE: DeviceInfo = {
  target: "webgpu-spirv", driver: BROWSER, device: BROWSER, name: "this browser", available: true, reason: "",
};
const HEADS: Record<string, string> = {
  Median: "the middle one of all repetitions",
  Share: "of the end-to-end time",
  "GFLOP/s": "billions of arithmetic operations a second",
  "GB/s": "bytes of all bound tensors, once each, a second",
  "FLOP/byte": "arithmetic intensity: operations for each byte that has to be moved",
  Roofline: "share of what the machine's peaks allow at this intensity; – where no peak was measured for the device",
  Workgroups: "the dispatch's grid: x × y × z workgroups",
  Clock: "who measured: the device's timestamps, or the host around each dispatch",
};
const RATES = ["GFLOP/s", "GB/s", "FLOP/byte", "Roofline"];

export class RunPanel implements Component {
  readonly element: HTMLElement;
  private device = h("select", { class: "iex-select", "aria-label": "Target and device" });
  private repetitions = h("input", {
    class: "iex-input",
    type: "number",
    min: 1,
    max: 10000,
    value: 20,
    "aria-label": "Repetitions",
  });
  private button: HTMLButtonElement;
  private status = h("span", { class: "iex-quiet", role: "status" });
  private history = h("select", { class: "iex-select", "aria-label": "Which run" });
  private results = h("div", { class: "iex-results", tabindex: 0, role: "region", "aria-label": "Times" });
  private window = new RowWindow(this.results);
  private weights = h("div", { class: "iex-weights", role: "group", "aria-label": "Weights" });
  private problem = h("pre", { class: "iex-error", role: "alert", hidden: true });
  private devices: DeviceInfo[] = [];
  private drawnDevices: DeviceInfo[] | null = null;
  private asked = "";
  private drawn = new Drawn();
  private dispatches: readonly RunDispatch[] = [];
  /** Which dispatches the selection is part of. */
  private lit: boolean[] = [];
  private pin: HTMLButtonElement;
  private save: HTMLButtonElement;

  constructor(private app: App) {
    const why = uid("iex-why");
    this.status.id = why;
    this.button = h(
      "button",
      { class: "iex-primary", "aria-describedby": why, on: { click: () => this.run() } },
      icon(ICONS.run),
      "Run",
    );
    this.history.addEventListener("change", () => app.showRun(Number(this.history.value)));
    this.pin = h("button", { class: "iex-tab", on: { click: () => app.pin(this.index) } }, "Pin");
    const trace = "Saves compile passes and runs as a Chrome trace: open it at ui.perfetto.dev";
    this.save = h("button", { class: "iex-tab", title: trace, on: { click: () => saveTrace(app.model.recording) } }, "Save trace");
    this.element = h(
      "div",
      { class: "iex-run" },
      h(
        "div",
        { class: "iex-run-form" },
        this.device,
        h("label", { class: "iex-base" }, this.repetitions, " repetitions"),
        this.button,
        this.status,
        h("span", { class: "iex-spring" }),
        this.history,
        this.pin,
        this.save,
      ),
      this.weights,
      this.problem,
      this.results,
    );
    this.device.addEventListener("change", () => this.update());
    if (app.store.offline && app.store.hasProgram) void app.page.open().then(() => this.update());
  }

  update(): void {
    const { app } = this;
    const { recording } = app.model;
    const blocked = this.blocked();
    this.button.disabled = blocked !== "" || app.running;
    const failed = Boolean(app.runMessage) && !app.running && app.runMessage.includes("\n");
    this.status.textContent = failed ? app.runMessage.split("\n")[0] : app.runMessage || blocked;
    this.status.classList.toggle("iex-bad-text", Boolean(app.runMessage && !app.running));
    this.problem.hidden = !failed;
    this.problem.textContent = failed ? app.runMessage : "";
    this.button.setAttribute("aria-busy", String(app.running));
    if (this.drawnDevices !== recording.devices) this.drawDevices();
    this.drawWeights();
    const key = [app.model, recording.runs.length, app.state.run, app.state.pinned.join("+")];
    const draw = (): void => {
      this.drawHistory();
      this.drawRun(recording.runs.at(this.index));
    };
    this.drawn.update(key, draw, app.traced, () => this.light());
  }

  /** Place of the run on view. */
  private get index(): number {
    const { runs } = this.app.model.recording;
    const { run } = this.app.state;
    return runs[run] ? run : runs.length - 1;
  }

  /** Whether what is chosen is this page's GPU. */
  private get here(): boolean {
    return this.devices[Number(this.device.value)]?.driver === BROWSER;
  }

  /** Weights that are beside the page come when the reader asks for them. */
  private drawWeights(): void {
    const { app } = this;
    const missing = this.here ? app.page.missing : null;
    const asked = missing ? `${missing.name}:${app.running}` : "";
    if (asked === this.asked) return;
    this.asked = asked;
    this.weights.hidden = !missing;
    if (!missing) return replace(this.weights);
    const file = h("input", { type: "file", accept: ".weights", "aria-label": "Weights file" });
    file.addEventListener("change", () => file.files?.[0] && void app.supply(file.files[0]));
    replace(
      this.weights,
      h("span", {}, `The weights (${(missing.nbytes / 2 ** 20).toFixed(1)} MiB) are beside this page: `),
      h("button", { class: "iex-button", on: { click: () => void app.supply(null) } }, `Load ${missing.name}`),
      h("label", { class: "iex-base" }, " or choose the file ", file),
    );
  }

  /** Why the button does nothing now, or "". */
  private blocked(): string {
    const { store, model } = this.app;
    if (this.here && store.hasProgram && this.app.page.missing) return "load the weights first";
    if (store.offline) return this.here && store.hasProgram ? "" : store.offline;
    const { state, devices } = model.recording;
    if (state === "compiling") return "still compiling";
    if (state !== "done") return `compilation ${state}: nothing to run`;
    return devices.some((device) => device.available) ? "" : "no device is available";
  }

  private async run(): Promise<void> {
    const device = this.devices[Number(this.device.value)];
    const count = Math.max(1, Math.min(10000, Math.round(Number(this.repetitions.value)) || 1));
    if (device?.driver === BROWSER) await this.app.runHere(count);
    else await this.app.run(device?.target ?? "", device?.device ?? "", count);
  }

  private drawDevices(): void {
    const { store, model } = this.app;
    this.drawnDevices = model.recording.devices;
    this.devices = this.drawnDevices.filter((device) => device.driver !== BROWSER);
    if (store.offline) {
      this.devices = this.devices.map((d) => ({ ...d, available: false, reason: d.reason || "no kernel" }));
    }
    if (store.hasProgram) this.devices = [...this.devices, HERE];
    const options = this.devices.map((device, i) => {
      const reason = device.available ? "" : ` — ${device.reason}`;
      const text = `${device.target} · ${device.name || device.device}${reason}`;
      return h("option", { value: i, disabled: !device.available }, text);
    });
    replace(this.device, ...options);
    const first = this.devices.findIndex((device) => device.available);
    if (first >= 0) this.device.value = String(first);
    const useless = Boolean(store.offline) && first < 0;
    this.device.hidden = !options.length || useless;
    (this.repetitions.parentElement as HTMLElement).hidden = useless;
  }

  private drawHistory(): void {
    const { runs } = this.app.model.recording;
    replace(
      this.history,
      ...runs.map((run, i) => {
        const total = run.error ? "failed" : duration(median(run.totalNs));
        const text = `${runName(this.app.model, i)} · ${total}`;
        return h("option", { value: i }, text);
      }),
    );
    this.history.value = String(this.index);
    this.history.hidden = runs.length < 2;
    const { pinned } = this.app.state;
    const on = pinned.includes(this.index);
    this.pin.hidden = !runs.length;
    this.pin.setAttribute("aria-pressed", String(on));
    this.pin.textContent = on ? "Pinned" : "Pin";
    this.pin.title = on
      ? "Take this run off those that others are compared with"
      : "Pin this run: every other run then shows how much slower or faster each dispatch is";
  }

  private drawRun(run: Run | undefined): void {
    this.dispatches = [];
    if (!run) {
      replace(this.results, h("p", { class: "iex-empty" }, "Not run yet. Times of every dispatch appear here, in the text and in the graph."));
      return;
    }
    if (run.error) {
      replace(this.results, h("pre", { class: "iex-error" }, run.error.text));
      return;
    }
    const total = median(run.totalNs);
    const parts = callParts(run);
    const gap = Math.max(0, parts.host, parts.between || 0);
    const longest = Math.max(...run.dispatches.map((d) => median(d.samplesNs)), gap, 1);
    const pins = this.app.model.besideRuns();
    const names = pins.map((index) => `vs ${runName(this.app.model, index)}`);
    const heads = ["Dispatch", "Median", ...names, "Spread (min–max)", "Share", ...RATES, "Workgroups", "Clock"];
    const gaps = this.gaps(run, parts, longest, pins.length);
    const { dispatches } = run;
    const body = h("tbody", {});
    this.dispatches = dispatches;
    this.lit = [];
    replace(
      this.results,
      this.summary(run, parts),
      h(
        "table",
        { class: "iex-table" },
        h("thead", {}, h("tr", {}, ...heads.map((t) => this.head(t)))),
        body,
      ),
    );
    this.window.fill(body, dispatches.length + gaps.length, (i) =>
      i < dispatches.length ? this.row(run, i, total, longest) : gaps[i - dispatches.length],
    );
  }

  private summary(run: Run, parts: CallParts): HTMLElement {
    const low = Math.min(...run.totalNs);
    const high = Math.max(...run.totalNs);
    const { total, busy, overhead, idle } = parts;
    const fact = (name: string, value: string, title = ""): HTMLElement =>
      h("span", { class: "iex-fact", title }, h("span", { class: "iex-quiet" }, name), h("strong", {}, value));
    return h(
      "div",
      { class: "iex-facts" },
      fact("end to end", duration(total), "The median call, as a program makes it: nothing is noted while it runs."),
      ...this.app.model.besideRuns().map((index) => {
        const found = delta(run.totalNs, this.app.model.recording.runs[index].totalNs);
        return h("span", { class: "iex-fact", title: deltaWords(found, runName(this.app.model, index)) },
          h("span", { class: "iex-quiet" }, `vs ${runName(this.app.model, index)}`), h("strong", { class: deltaClass(found) }, deltaText(found)));
      }),
      fact("spread", `${duration(low)}–${duration(high)}`),
      fact("in dispatches", `${duration(busy)} (${percent(busy, total)})`, "Time in which at least one dispatch ran."),
      overhead > 0 && fact("profiling", `+${duration(overhead)}`, "The times of dispatches are of calls of their own, which take so much longer because they note them."),
      idle >= 0.01 && fact("threads idle", percent(idle, 1), "The share of the threads' time in dispatches in which they had no workgroup to run."),
      fact("first call", duration(run.firstNs)),
      fact("repetitions", String(run.repetitions)),
      fact("clock", run.clock),
      fact("on", run.device || run.target),
      this.note(run),
    );
  }

  /** Whether the results of a run in this page are the recorded ones. */
  private note(run: Run): HTMLElement | null {
    const note = this.app.pageNotes.get(run.started);
    if (!note) return null;
    return h("span", { class: `iex-fact ${note.right ? "" : "iex-bad-text"}` },
      h("span", { class: "iex-quiet" }, note.right ? "✓" : "✗"), h("strong", {}, note.text));
  }

  private head(text: string): HTMLElement {
    const numeric = ["Median", "Spread (min–max)", ...RATES, "Workgroups"].includes(text) || text.startsWith("vs ");
    return h("th", { scope: "col", class: numeric ? "iex-number" : "", title: HEADS[text] }, text);
  }

  /** Marks the dispatches that the selection is part of. */
  private light(): void {
    this.lit = this.dispatches.map(({ ops }) => isLit(ops, this.app.traced));
    for (const [i, row] of this.window.made()) row?.classList.toggle("iex-lit", this.lit[i] === true);
    const first = this.lit.indexOf(true);
    if (first >= 0 && !this.results.contains(document.activeElement)) {
      requestAnimationFrame(() => this.keepInSight(first));
    }
  }

  /** Scrolls the table alone: scrollIntoView would also scroll the notebook. */
  private keepInSight(index: number): void {
    const box = this.results;
    const row = this.window.show(index);
    const view = box.getBoundingClientRect();
    const at = row.getBoundingClientRect();
    if (!view.height) return;
    if (at.top < view.top) box.scrollTop += at.top - view.top - 28;
    else if (at.bottom > view.bottom) box.scrollTop += at.bottom - view.bottom + 28;
  }

  private row(run: Run, index: number, total: number, longest: number): HTMLTableRowElement {
    const d = run.dispatches[index];
    const middle = median(d.samplesNs);
    const found = rates(run, d, middle);
    const quarters = `middle half ${duration(quantile(d.samplesNs, 0.25))}–${duration(quantile(d.samplesNs, 0.75))}`;
    const spread = `${duration(Math.min(...d.samplesNs))}–${duration(Math.max(...d.samplesNs))}`;
    return h(
      "tr",
      { class: this.lit[index] ? "iex-lit" : "" },
      h("th", { scope: "row" },
        h("button", { class: "iex-link", title: d.name, on: { click: () => this.app.select(d.ops) } },
          whereRun(d)), this.made(d)),
      h("td", { class: "iex-number" }, duration(middle)),
      ...this.deltas(d),
      h("td", { class: "iex-number", title: `${quarters}, ${plural(d.samplesNs.length, "sample")}` }, spread),
      h("td", { class: "iex-share" },
        h("span", { class: "iex-bar", style: `--w:${((100 * middle) / longest).toFixed(1)}%` }),
        h("span", {}, percent(middle, total))),
      h("td", { class: "iex-number" }, giga(found.flops)),
      h("td", { class: "iex-number" }, giga(found.bytes)),
      h("td", { class: "iex-number" }, Number.isFinite(found.intensity) ? found.intensity.toPrecision(3) : "–"),
      h("td", { class: "iex-number", title: explain(run, d, found) }, shareText(found.share),
        found.bound ? h("span", { class: "iex-quiet" }, ` ${found.bound}`) : null),
      h("td", { class: "iex-number" }, d.workgroups.join("×")),
      h("td", {}, d.clock),
    );
  }

  /** How many of the model's ops the dispatch is: they have one time together. */
  private made(d: RunDispatch): HTMLElement | null {
    const { model } = this.app;
    const ops = members(model, d);
    if (ops.length < 2) return null;
    const names = ops.map((op) => model.name(model.versionNear(op, 0)));
    return h("span", { class: "iex-quiet", title: `one time for ${names.slice(0, 40).join(", ")}${names.length > 40 ? ", …" : ""}` }, ` ${ops.length} ops`);
  }

  /** A cell for each run beside this one: its time, and how this one differs. */
  private deltas(d: RunDispatch): HTMLElement[] {
    const { model } = this.app;
    return model.besideRuns().map((index) => {
      const other = model.partnersIn(model.recording.runs[index]).get(d);
      const found = other ? delta(d.samplesNs, other.samplesNs) : null;
      const words = `${deltaWords(found, runName(model, index))}${found ? ` (${duration(found.then)})` : ""}`;
      const then = found ? h("span", { class: "iex-beside" }, duration(found.then)) : null;
      return h("td", { class: "iex-number", title: words }, then,
        h("span", { class: `iex-delta ${deltaClass(found)}` }, deltaText(found)));
    });
  }

  /** What the call's time is beside its dispatches, a row each. */
  private gaps(run: Run, parts: CallParts, longest: number, pins: number): HTMLTableRowElement[] {
    const known = Number.isFinite(parts.between);
    const overlap = run.dispatches.reduce((sum, d) => sum + median(d.samplesNs), 0) - parts.busy;
    const host = known ? "host: arguments, launch, results" : "host: launch, waiting, readback";
    const rows: [string, number, string][] = [
      [host, Math.max(0, parts.host), "What the program spends around its dispatches: looking at arguments, making results, starting, waiting for threads or the device."],
    ];
    if (parts.between > 0) rows.unshift(["between dispatches", parts.between, "No dispatch ran: threads wake up, or the host reads a number back and goes on."]);
    if (overlap > parts.busy / 100) rows.push(["dispatches overlap", -overlap, "Dispatches that ran at the same time as others: their times add up to more than the call."]);
    return rows.map(([words, ns, why]) => gapRow(words, ns, why, parts.total, longest, pins));
  }
}

function gapRow(words: string, ns: number, why: string, total: number, longest: number, pins: number): HTMLTableRowElement {
  const sign = ns < 0 ? "−" : "";
  return h(
    "tr",
    { class: "iex-gap", title: why },
    h("th", { scope: "row" }, words),
    h("td", { class: "iex-number" }, sign + duration(Math.abs(ns))),
    ...Array.from({ length: pins }, () => h("td", {})),
    h("td", {}),
    h("td", { class: "iex-share" }, h("span", { class: "iex-bar", style: `--w:${((100 * Math.max(0, ns)) / longest).toFixed(1)}%` }),
      h("span", {}, sign + percent(Math.abs(ns), total))),
    ...RATES.map(() => h("td", {})),
    h("td", {}),
    h("td", {}, "difference"),
  );
}

function percent(part: number, whole: number): string {
  return whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : "–";
}

function deltaClass(found: Delta | null): string {
  if (!found?.sure) return "iex-delta-same";
  return found.share < 0 ? "iex-delta-less" : "iex-delta-more";
}

function saveTrace(recording: Recording): void {
  const url = URL.createObjectURL(new Blob([chromeTrace(recording)], { type: "application/json" }));
  const link = h("a", { href: url, download: `${recording.name || "model"}.trace.json` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
