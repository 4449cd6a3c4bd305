// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One pane: which stage it shows, how (text, diff, graph), and how the selection appears in it.

import type { App, Component } from "../app";
import { diffSteps, pageOfDiff } from "../diff";
import { isDispatch } from "../graph";
import { openPass } from "../help/sheet";
import { WORDS } from "../help/words";
import type { Model, Stop } from "../model";
import { type LineMarks, TextMarks, litNote } from "../shapes/marks";
import { lightNext } from "../shapes/show";
import { ShapesView } from "../shapes/view";
import {
  MOST_PANES,
  type PaneAt,
  type PaneMode,
  type PaneState,
  artifactOf,
  fileOf,
  resolveCode,
  resolveStep,
} from "../state";
import { type Page, pageOfArtifact, pageOfFile, pageOfStep } from "../text";
import { errorBadge } from "../numerics/facts";
import { rates, shareText } from "../roofline";
import { pinnedDelta } from "../run/compare";
import { badge, ghost, presence } from "../trace";
import { ICONS, duration, h, icon, median, plural, replace } from "./dom";
import { GraphView } from "./graph_view";
import { TextView } from "./text_view";

const MODES: [PaneMode, string][] = [
  ["text", "Text"],
  ["diff", "Diff"],
  ["graph", "Graph"],
  ["shapes", "Shapes"],
];

export class Pane implements Component {
  readonly element: HTMLElement;
  private text: TextView | null = null;
  private graph: GraphView | null = null;
  private shapes: ShapesView | null = null;
  private marks: TextMarks | null = null;
  private marksKey: unknown[] = [];
  /** Op to scroll to, 0: none. */
  private visit = 0;
  private resolved: { model: Model; traced: unknown; at: PaneAt; pane: PaneState } | null = null;
  private page: Page | null = null;
  private pageKey = "";
  private pageModel: unknown = null;
  private choicesModel: Model | null = null;
  private choicesStops = -1;
  private comparable = false;
  private tracedBefore: unknown = null;
  private shownFile = -1;
  private saidNotes: readonly string[] = [];
  private imported: HTMLElement | null = null;
  private body = h("div", { class: "iex-pane-body" });
  private notes = h("div", { class: "iex-notes", role: "status" });
  private at = h("select", { class: "iex-select", "aria-label": "Stage" });
  private base = h("select", { class: "iex-select", "aria-label": "Compared with" });
  private baseBox = h("label", { class: "iex-base" }, "since ", this.base);
  private noteRow = h("div", { class: "iex-pane-notes" }, this.baseBox, this.notes);
  private modes: HTMLButtonElement[];
  private whole: HTMLElement;
  private symbols: HTMLButtonElement;

  constructor(
    private app: App,
    readonly index: number,
  ) {
    this.at.addEventListener("change", () => app.setPane(index, { at: toAt(this.at.value) }));
    this.base.addEventListener("change", () => app.setPane(index, { base: toAt(this.base.value) }));
    this.modes = MODES.map(([mode, label]) =>
      h(
        "button",
        { class: "iex-mode", data: { mode }, on: { click: () => app.setPane(index, { mode }) } },
        label,
      ),
    );
    this.whole = h(
      "button",
      { class: "iex-chip-button", on: { click: () => app.setPane(index, { focus: 0 }) } },
      "show all",
    );
    this.symbols = h(
      "button",
      {
        class: "iex-icon-button iex-symbols-toggle",
        "aria-label": "?→n, symbols in place of ?",
        on: { click: () => app.set({ symbols: !app.state.symbols }) },
      },
      "?→n",
    );
    this.element = h(
      "section",
      { class: "iex-pane", "aria-label": `Pane ${index + 1}` },
      this.header(),
      this.noteRow,
      this.body,
    );
  }

  close(): void {
    this.text?.close();
    this.graph?.close();
  }

  update(): void {
    if (!this.app.state.panes[this.index]) return;
    const chosen = this.app.state.panes[this.index].at;
    const pane = this.pane;
    const artifact = artifactOf(pane.at);
    const plain = artifact >= 0 || fileOf(pane.at) >= 0; // text that is no stage
    const mode = plain ? "text" : pane.mode;
    this.choices(mode === "diff");
    this.at.value = String(chosen);
    this.at.title = `Stage: ${this.at.selectedOptions[0]?.text ?? ""}`;
    this.base.value = String(pane.base);
    this.baseBox.hidden = mode !== "diff";
    this.whole.hidden = !pane.focus || mode === "graph" || mode === "shapes";
    this.symbols.hidden = !this.app.shapes || plain || mode === "shapes";
    this.symbols.setAttribute("aria-pressed", String(this.app.state.symbols));
    this.symbols.title = this.app.state.symbols ? "Show ? as it is in the IR" : "Show what each ? stands for";
    for (const button of this.modes) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
      button.disabled = plain && button.dataset.mode !== "text";
    }
    const step = this.app.paneStep(pane);
    this.element.setAttribute("aria-label", `Pane ${this.index + 1}: ${this.title(step, artifact)}`);
    if (mode === "graph") this.drawGraph(step);
    else if (mode === "shapes") this.drawShapes(step);
    else this.drawText(mode, step, artifact);
    this.drawNotes(mode, step, artifact);
    this.tracedBefore = this.app.traced;
  }

  /** The pane's state; code of the selection is that of one executable, the same until another has
   * to do with the selection. */
  private get pane(): PaneState {
    const { app } = this;
    const pane = app.state.panes[this.index];
    if (typeof pane.at !== "string" || !pane.at.startsWith("code:")) return pane;
    const { traced, model } = app;
    if (this.resolved?.model !== model || this.resolved.traced !== traced || this.resolved.at !== pane.at) {
      const ops = [...traced.selected, ...traced.descendants];
      let found = resolveCode(model, pane, ops);
      if (!ops.length && this.resolved?.at === pane.at) found = this.resolved.pane;
      this.resolved = { model, traced, at: pane.at, pane: found };
    }
    return { ...pane, at: this.resolved.pane.at };
  }

  private header(): HTMLElement {
    const { app, index } = this;
    const close = (): void => {
      app.set({ panes: app.state.panes.filter((_pane, i) => i !== index) });
    };
    const split = (): void => {
      if (app.state.panes.length >= MOST_PANES) return;
      const panes = [...app.state.panes];
      panes.splice(index + 1, 0, { ...panes[index] });
      app.set({ panes });
    };
    const fold = (): void => {
      this.text?.fold(executablesAt(app.model, app.paneStep(app.state.panes[index])));
    };
    const button = (path: string, name: string, click: () => void, only = ""): HTMLElement =>
      h(
        "button",
        { class: `iex-icon-button ${only}`, title: name, "aria-label": name, on: { click } },
        icon(path),
      );
    return h(
      "div",
      { class: "iex-pane-header" },
      this.at,
      h("div", { class: "iex-modes", role: "group", "aria-label": "View" }, ...this.modes),
      this.whole,
      h("span", { class: "iex-spring" }),
      this.symbols,
      button("M3 4h10v1.500H3zM5 7.200h6v1.500H5zM7 10.500h2V12H7z", "Fold executables", fold),
      button(ICONS.plus, "Add a pane", split, "iex-add-pane"),
      button(ICONS.close, "Close this pane", close, "iex-close-pane"),
    );
  }

  private title(step: number, artifact: number): string {
    const file = fileOf(this.pane.at);
    if (file >= 0) return fileName(this.app.model.recording.files[file]?.path ?? "");
    if (artifact < 0) return this.app.model.stepTitle(step);
    const found = this.app.model.recording.artifacts[artifact];
    return found ? `${codeName(found.kind)} of @${found.executable}` : "";
  }

  /** The stages to choose from; rebuilt when the recording grows. What to compare with is a
   * second list of hundreds, made when a diff asks for it. */
  private choices(comparable: boolean): void {
    const { model } = this.app;
    const same = this.choicesModel === model && this.choicesStops === model.stops.length;
    if (same && (this.comparable || !comparable)) return;
    this.choicesModel = model;
    this.choicesStops = model.stops.length;
    this.comparable = comparable;
    const option = (value: string, text: string): HTMLElement => h("option", { value }, text);
    const group = (label: string, options: HTMLElement[]): HTMLElement | null =>
      options.length ? h("optgroup", { label }, ...options) : null;
    const phases = (): HTMLElement[] =>
      model.recording.phases
        .filter((phase) => phase.step >= 0)
        .map((phase) => option(`phase:${phase.name}`, `after ${phase.name}`));
    const steps = (): HTMLElement[] =>
      model.stops.map((stop) => option(String(stop.last), `${stop.index + 1}. ${stop.pass}${scopeOf(model, stop)}`));
    const files = model.recording.files.map((file, i) =>
      option(`file:${i}`, fileName(file.path)),
    );
    const kinds = [...new Set(model.recording.artifacts.map((artifact) => artifact.kind))];
    const artifacts = [
      ...kinds.map((kind) => option(`code:${kind}`, `${codeName(kind)} of the selection`)),
      ...model.recording.artifacts.map((artifact, i) =>
        option(`artifact:${i}`, `${codeName(artifact.kind)} · ${artifact.executable}`),
      ),
    ];
    replace(
      this.at,
      option("linked", "pass of the scrubber"),
      option("previous", "pass before"),
      group("Source", files),
      group("Phases", phases()),
      group("Machine code", artifacts),
      group("Passes", steps()),
    );
    if (!comparable) return;
    replace(
      this.base,
      option("previous", "the pass before"),
      option("linked", "the scrubber"),
      group("Phases", phases()),
      group("Passes", steps()),
    );
  }

  private drawText(mode: PaneMode, step: number, artifact: number): void {
    const { app } = this;
    const { model } = app;
    const { pane } = this;
    this.graph?.element.remove();
    this.shapes?.element.remove();
    this.text ??= new TextView(this.body, {
      label: `IR text of pane ${this.index + 1}`,
      onSelect: (ops, extend) =>
        app.select(extend ? [...app.state.selection, ...ops] : ops, this.index),
      onSymbols: (keys) => lightNext(app, keys),
      time: (op, line) => timeNote(app.model, op, line),
      error: (op) => errorBadge(app, op, app.paneStep(app.state.panes[this.index] ?? app.state.panes[0])),
    });
    if (!this.text.view.dom.isConnected) this.body.append(this.text.view.dom);
    const base = this.baseStep(step);
    const runs = [model.recording.runs.length, app.state.run, app.state.pinned.join("+")].join("/");
    const file = fileOf(pane.at);
    const key = [mode, step, artifact, file, mode === "diff" ? base : "", pane.focus, runs].join(":");
    if (key !== this.pageKey || this.pageModel !== model) {
      this.pageKey = key;
      this.pageModel = model;
      if (file >= 0) this.page = pageOfFile(model, file);
      else if (artifact >= 0) this.page = pageOfArtifact(model, artifact);
      else if (mode === "diff") this.page = pageOfDiff(model, base, step, pane.focus);
      else this.page = pageOfStep(model, step, pane.focus);
    }
    const before = this.shownFile;
    this.shownFile = file;
    const plain = artifact >= 0 || file >= 0;
    const page = this.page as Page;
    const long = !plain && page.ops.length > 400;
    this.text.show(page, app.traced, this.shapeLines(step, plain), () =>
      long ? executablesAt(model, step) : [],
    );
    if (this.visit) this.text.reveal(new Set([this.visit]));
    this.visit = 0;
    if (file >= 0 && file !== before) this.text.revealFirst();
    if (this.tracedBefore !== app.traced && app.origin !== this.index && app.traced.selected.size) {
      this.text.reveal(this.related(step));
    }
  }

  /** What the shapes add to the lines of the page; the same function while that is the same. */
  private shapeLines(step: number, plain: boolean): ((...line: Parameters<TextMarks["line"]>) => LineMarks) | null {
    const { app } = this;
    const { shapes, state } = app;
    if (!shapes || plain || !this.page) return null;
    const key = [shapes, this.page, step, state.propagation];
    if (!this.marks || key.some((part, i) => part !== this.marksKey[i])) {
      if (state.propagation >= 0 && state.propagation !== this.marksKey[3]) this.revealVisited(step);
      this.marksKey = key;
      this.marks = new TextMarks(app, shapes, this.page, step);
    }
    const { marks } = this;
    return (...line) => marks.line(...line);
  }

  /** The op that the shape inference visits is in sight. */
  private revealVisited(step: number): void {
    const { app } = this;
    const op = app.shapes?.record.propagation[app.state.propagation]?.op;
    if (op !== undefined && step === app.inferred) this.visit = op;
  }

  private baseStep(step: number): number {
    const pane = this.app.state.panes[this.index];
    if (pane.base === "previous") return resolveStep(this.app.model, "previous", step);
    return resolveStep(this.app.model, pane.base, this.app.state.step);
  }

  private related(step: number): ReadonlySet<number> {
    const { selected, ancestors, descendants } = this.app.traced;
    if (this.page?.groups) return new Set([...selected, ...ancestors]);
    const { versionOf } = this.app.model.snapshot(step);
    for (const op of selected) if (versionOf.has(op)) return selected;
    for (const op of descendants) if (versionOf.has(op)) return descendants;
    return artifactOf(this.pane.at) >= 0
      ? new Set([...selected, ...descendants, ...ancestors])
      : ancestors;
  }

  private drawShapes(step: number): void {
    this.text?.view.dom.remove();
    this.graph?.element.remove();
    this.shapes ??= new ShapesView(this.app, this.index);
    if (!this.shapes.element.isConnected) this.body.append(this.shapes.element);
    this.shapes.update(step);
  }

  private drawGraph(step: number): void {
    this.text?.view.dom.remove();
    this.shapes?.element.remove();
    this.graph ??= new GraphView(this.app, this.index);
    if (!this.graph.element.isConnected) this.body.append(this.graph.element);
    this.graph.show(step);
  }

  private drawNotes(mode: PaneMode, step: number, artifact: number): void {
    const { app } = this;
    const { model, traced } = app;
    const notes: (HTMLElement | null)[] = [];
    const chip = (text: string, kind = "", title = ""): HTMLElement =>
      h("span", { class: `iex-chip ${kind}`, title }, text);
    if (mode === "diff") {
      const { counts } = diffSteps(model, this.baseStep(step), step);
      notes.push(
        chip(`+ ${counts.created} new`, "iex-created"),
        chip(`− ${counts.deleted} gone`, "iex-deleted"),
        chip(`~ ${counts.modified} changed`, "iex-modified"),
        chip(`→ ${counts.moved} moved`, "iex-moved"),
        chip(`${counts.unchanged} same`),
      );
    }
    const source = this.page?.groups !== undefined;
    const error = artifact < 0 && !source ? model.errorAt(step) : null;
    if (error) notes.push(errorNote(error.code, error.text));
    if (model.recording.notes.length && this.index === importPane(app.state.panes)) {
      if (this.saidNotes !== model.recording.notes) {
        this.saidNotes = model.recording.notes;
        this.imported = importNotes(this.saidNotes);
      }
      notes.push(this.imported); // the same element: who closed it finds it closed
    }
    if (traced.selected.size && source) {
      const lines = this.page?.groups?.filter((group) =>
        group.some((op) => traced.selected.has(op) || traced.ancestors.has(op)),
      ).length;
      notes.push(chip(lines ? plural(lines, "line") : "no line here", "iex-count"));
    } else if (traced.selected.size && artifact < 0) {
      const found = presence(model, model.snapshot(step), traced);
      const words = badge(found);
      if (words) notes.push(chip(words, "iex-count", this.explain(found)));
      const gone = ghost(model, step, traced, found);
      if (gone) notes.push(...this.ghostChip(gone.text, gone.detail, gone.step));
    } else if (traced.selected.size && artifact >= 0) {
      const lines = this.page?.ops.filter(
        (op) => traced.selected.has(op) || traced.descendants.has(op),
      ).length;
      notes.push(chip(lines ? plural(lines, "line") : "no line here", "iex-count"));
    }
    const lit = artifact < 0 && !source && mode !== "shapes" ? litNote(app, step) : "";
    if (lit) notes.push(chip(lit, "iex-lit-note"));
    replace(this.notes, ...notes);
    this.noteRow.hidden = !notes.length && this.baseBox.hidden;
  }

  private explain(found: { self: number[]; ancestors: number[]; descendants: number[] }): string {
    if (found.descendants.length) {
      return `the selection is ${plural(found.descendants.length + found.self.length, "op")} here`;
    }
    return `the selection was made of ${plural(found.ancestors.length, "op")} of this stage`;
  }

  /** What happened to the selection, with the way to it and to what is written of it. */
  private ghostChip(text: string, detail: string, step: number): HTMLElement[] {
    const { app } = this;
    const about = (): void => openPass(this.element.closest<HTMLElement>(".iex") ?? this.element, app, step);
    const go = { class: "iex-chip iex-ghost", title: `${WORDS.ghost} Go to that pass`, on: { click: () => app.goto(step) } };
    const pass = app.model.stopAt(step)?.pass ?? "";
    return [
      h("button", go, `◌ ${text}`, detail && h("span", { class: "iex-quiet" }, ` ${detail}`)),
      h("button", { class: "iex-chip-button", "aria-label": `What ${pass} does`, on: { click: about } }, "docs"),
    ];
  }
}

const CODE_NAMES: Record<string, string> = {
  "llvm-ir": "LLVM IR", assembly: "Assembly", spirv: "SPIR-V", wgsl: "WGSL", ptx: "PTX",
};

function codeName(kind: string): string {
  return CODE_NAMES[kind] ?? kind;
}

/** The last part of a path; IPython's names of notebook cells say nothing to anybody. */
function fileName(path: string): string {
  if (/ipykernel_\d+[\\/]|^<ipython-input/.test(path)) return "notebook cell";
  return path.split(/[\\/]/).at(-1) ?? path;
}

function errorNote(code: string, text: string): HTMLElement {
  const summary = h("summary", {}, `${code}: it failed here`);
  return h("details", { class: "iex-error", open: true }, summary, h("pre", {}, text));
}

/** The pane that says what there is to know of the import: the source's, else the imported ops'. */
function importPane(panes: readonly PaneState[]): number {
  const source = panes.findIndex((pane) => fileOf(pane.at) >= 0);
  return source >= 0 ? source : panes.findIndex((pane) => pane.at === "phase:import");
}

function importNotes(notes: readonly string[]): HTMLElement {
  const summary = h("summary", {}, `${plural(notes.length, "note")} on the import`);
  const items = notes.map((note) => h("li", {}, note));
  return h("details", { class: "iex-import-notes", open: true }, summary, h("ul", {}, ...items));
}

function toAt(value: string): PaneAt {
  return /^\d+$/.test(value) ? Number(value) : (value as PaneAt);
}

/** Ops that hold an executable at `step`: folded together by the button, and at first. */
function executablesAt(model: Model, step: number): number[] {
  const snapshot = model.snapshot(step);
  const found: number[] = [];
  const { op } = model.recording.versions;
  const visit = (parent: number, depth: number): void => {
    for (const version of snapshot.children.get(parent) ?? []) {
      if (model.name(version).endsWith(".executable")) found.push(op[version]);
      else if (depth < 2) visit(op[version], depth + 1);
    }
  };
  visit(0, 0);
  return found;
}

/** Median and spread for lines that dispatch, or define, a measured kernel. */
function timeNote(model: Model, op: number, line: string): string {
  if (!op || !model.recording.runs.length) return "";
  let found = model.dispatchTimes(op);
  const version = model.versionNear(op, model.lastStep);
  if (!found.length && version >= 0) {
    const symbol = model.symbol(version);
    const name = model.name(version);
    if (symbol && name.endsWith(".export")) found = model.dispatchTimes(symbol);
    else if (isDispatch(name)) {
      const entry = /@([\w$.-]+)::@([\w$.-]+)(?:::@([\w$.-]+))?/.exec(line);
      if (entry) found = model.dispatchTimes(entry[3] ?? entry[2]);
    }
  }
  if (!found.length) return "";
  const samples = found.flatMap((dispatch) => dispatch.samplesNs);
  const range = `${duration(Math.min(...samples))}–${duration(Math.max(...samples))}`;
  const run = model.latestRun();
  const shares = run ? found.map((d) => rates(run, d, median(d.samplesNs)).share) : [];
  const [share] = shares;
  const reached = shares.length === 1 && Number.isFinite(share) ? ` · ${shareText(share)} of roofline` : "";
  const compared = pinnedDelta(model, found)?.text;
  return `${duration(median(samples))}${compared ? ` ${compared}` : ""}${reached} (${range})`;
}

/** " @executable" of a pass that ran on one. */
function scopeOf(model: Model, stop: Stop): string {
  const { scope } = model.recording.steps[stop.last];
  return scope && stop.first === stop.last ? ` @${scope}` : "";
}
