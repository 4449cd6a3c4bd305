// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is on screen, as plain data: kept in the URL hash of exported pages.

import type { Model } from "./model";
import type { Recording } from "./recording";

/** "linked" follows the scrubber; "previous" the stop before it; a number is a pinned step;
 * "phase:NAME" the end of a phase; "artifact:N" text made from an executable; "file:N" the user's
 * own source; "code:KIND" the artifact of that kind that the selection became. */
export type PaneAt =
  | "linked"
  | "previous"
  | number
  | `phase:${string}`
  | `artifact:${number}`
  | `code:${string}`
  | `file:${number}`;

/** What is below the panes. */
export type Bottom = (typeof BOTTOMS)[number];
const BOTTOMS = ["run", "timeline", "roofline", "memory", "compile", "coverage", "numerics", "edit"] as const;

export type PaneMode = "text" | "diff" | "graph" | "shapes";
const MODES: readonly PaneMode[] = ["text", "diff", "graph", "shapes"];

export interface PaneState {
  mode: PaneMode;
  at: PaneAt;
  /** What a diff compares with. */
  base: PaneAt;
  /** Op id whose text alone is shown, 0: everything. */
  focus: number;
}

export interface ViewState {
  step: number; // the scrubber's
  panes: PaneState[];
  selection: number[];
  sidebar: "passes" | "outline" | "";
  inspector: boolean;
  bottom: Bottom | "";
  theme: "auto" | "light" | "dark";
  /** Sizes chosen for symbols, by `Shapes.key`; the others have their usual ones. */
  sizes: Record<string, number>;
  /** Key of the symbol that is lit everywhere, "": none. */
  symbol: string;
  /** Whether a `?` is shown as what it stands for. */
  symbols: boolean;
  /** Step of the shape propagation that is shown, -1: its end. */
  propagation: number;
  /** Which run is shown, -1: the newest; and those it is compared with. */
  run: number;
  pinned: number[];
}

export const MOST_PANES = 6;

export function initialState(view: string, recording: Recording, compare: number): ViewState {
  const pane = (mode: PaneMode, at: PaneAt = "linked"): PaneState => ({
    mode,
    at,
    base: compare >= 0 ? compare : "previous",
    focus: 0,
  });
  const whole = view === "explorer";
  const imported = recording.phases[0]?.name ?? "import";
  const panes: Record<string, PaneState[]> = {
    explorer: [pane("text", firstPane(recording, imported)), pane("text")],
    stepper: [pane("diff")],
    ir: [pane("text")],
    diff: [pane("diff")],
    graph: [pane("graph")],
    shapes: [pane("text", `phase:${imported}`), pane("shapes")],
    timeline: [],
    roofline: [],
    memory: [],
  };
  return {
    step: recording.steps.length - 1,
    panes: panes[view] ?? panes.explorer,
    selection: [],
    sidebar: whole ? "passes" : "",
    inspector: whole,
    bottom: view === "timeline" || view === "roofline" || view === "memory" ? view : whole ? "run" : "",
    theme: "auto",
    sizes: {},
    symbol: "",
    symbols: true,
    propagation: -1,
    run: -1,
    pinned: [],
  };
}

/** What the first pane shows: the user's own source, or the imported module if there is none. */
function firstPane(recording: Recording, imported: string): PaneAt {
  return recording.files.length ? "file:0" : `phase:${imported}`;
}

/** A further pane: the first kind of machine code, then the first phase, that no pane shows. */
export function nextPane(model: Model, panes: readonly PaneState[]): PaneState {
  const { artifacts, phases } = model.recording;
  const shown = new Set(panes.map((pane) => pane.at));
  const places: PaneAt[] = ["linked"];
  for (const kind of new Set(artifacts.map((artifact) => artifact.kind))) places.push(`code:${kind}`);
  for (const name of ["flow", "executable-targets", "input", "stream", "import"]) {
    if (phases.some((phase) => phase.name === name && phase.step >= 0)) places.push(`phase:${name}`);
  }
  const at = places.find((place) => !shown.has(place)) ?? "linked";
  return { mode: "text", at, base: "previous", focus: 0 };
}

/** The step that `at` means while the scrubber is at `step`. */
export function resolveStep(model: Model, at: PaneAt, step: number): number {
  if (at === "linked") return model.clampStep(step);
  if (at === "previous") {
    const before = model.beforeRewrite(step);
    if (before >= 0) return before;
    const stop = model.stopAt(step);
    return stop && stop.first > 0 ? stop.first - 1 : 0;
  }
  if (typeof at === "number") return model.clampStep(at);
  if (fileOf(at) >= 0) return 0;
  if (at.startsWith("phase:")) {
    const phase = model.recording.phases.find((each) => each.name === at.slice(6));
    return phase && phase.step >= 0 ? phase.step : model.lastStep;
  }
  const phase = model.recording.phases.find((each) => each.name === "executable-targets");
  return phase && phase.step >= 0 ? phase.step : model.lastStep;
}

/** Index of the artifact that a pane shows, or -1. */
export function artifactOf(at: PaneAt): number {
  return typeof at === "string" && at.startsWith("artifact:") ? Number(at.slice(9)) : -1;
}

/** `pane` with a kind of code replaced by the artifact that has most to do with `ops`. */
export function resolveCode(model: Model, pane: PaneState, ops: Iterable<number>): PaneState {
  if (typeof pane.at !== "string" || !pane.at.startsWith("code:")) return pane;
  const kind = pane.at.slice(5);
  const wanted = new Set(ops);
  const { artifacts } = model.recording;
  let best = -1;
  let most = -1;
  artifacts.forEach(({ kind: own, lineOps }, index) => {
    if (own !== kind) return;
    let count = 0;
    if (wanted.size) for (let i = 1; i < lineOps.length; i += 2) if (wanted.has(lineOps[i])) count++;
    if (count <= most) return;
    most = count;
    best = index;
  });
  return { ...pane, at: best < 0 ? "linked" : `artifact:${best}` };
}

/** Index of the source file that a pane shows, or -1. */
export function fileOf(at: PaneAt): number {
  return typeof at === "string" && at.startsWith("file:") ? Number(at.slice(5)) : -1;
}

export function toHash(state: ViewState): string {
  const panes = state.panes.map((p) => [p.mode, p.at, p.base, p.focus || ""].join("~")).join("|");
  const query = new URLSearchParams({ step: String(state.step), panes });
  if (state.selection.length) query.set("sel", state.selection.join("."));
  query.set("side", state.sidebar);
  query.set("inspector", state.inspector ? "1" : "0");
  query.set("bottom", state.bottom);
  if (state.theme !== "auto") query.set("theme", state.theme);
  for (const [key, size] of Object.entries(state.sizes)) query.append("size", `${key}~${size}`);
  if (state.symbol) query.set("symbol", state.symbol);
  if (!state.symbols) query.set("symbols", "0");
  if (state.run >= 0) query.set("run", String(state.run));
  if (state.pinned.length) query.set("pinned", state.pinned.join("."));
  if (state.propagation >= 0) query.set("propagation", String(state.propagation));
  return query.toString();
}

function oneOf<T extends string>(text: string | null, choices: readonly T[], fallback: T): T {
  return choices.includes(text as T) ? (text as T) : fallback;
}

function parseAt(text: string | undefined, fallback: PaneAt): PaneAt {
  if (!text) return fallback;
  if (/^\d+$/.test(text)) return Number(text);
  return /^(linked|previous|phase:[\w-]+|artifact:\d+|code:[\w-]+|file:\d+)$/.test(text) ? (text as PaneAt) : fallback;
}

/** `state` with what a URL hash says; whatever is malformed is left as it was. */
export function fromHash(hash: string, state: ViewState): ViewState {
  const query = new URLSearchParams(hash.replace(/^#/, ""));
  if (!query.has("panes")) return state;
  const step = Number(query.get("step"));
  const panes = (query.get("panes") ?? "")
    .split("|")
    .filter(Boolean)
    .slice(0, MOST_PANES)
    .map((text): PaneState => {
      const [mode, at, base, focus] = text.split("~");
      return {
        mode: oneOf(mode, MODES, "text"),
        at: parseAt(at, "linked"),
        base: parseAt(base, "previous"),
        focus: Number(focus) || 0,
      };
    });
  const sizes = query.getAll("size").map((text) => text.split("~"));
  const propagation = Number(query.get("propagation") ?? -1);
  const selection = (query.get("sel") ?? "").split(".").map(Number).filter((id) => id > 0);
  return {
    step: Number.isFinite(step) && query.get("step") ? step : state.step,
    panes: panes.length ? panes : state.panes,
    selection,
    sidebar: oneOf(query.get("side"), ["passes", "outline", ""], state.sidebar),
    inspector: query.get("inspector") !== "0",
    bottom: oneOf(query.get("bottom"), [...BOTTOMS, ""], state.bottom),
    theme: oneOf(query.get("theme"), ["auto", "light", "dark"], "auto"),
    sizes: Object.fromEntries(
      sizes.filter(([key, size]) => key && /^\d{1,15}$/.test(size ?? "")).map(([key, size]) => [key, Number(size)]),
    ),
    symbol: query.get("symbol") ?? "",
    symbols: query.get("symbols") !== "0",
    propagation: Number.isInteger(propagation) ? propagation : -1,
    run: /^\d{1,6}$/.test(query.get("run") ?? "") ? Number(query.get("run")) : -1,
    pinned: (query.get("pinned") ?? "").split(".").filter((text) => /^\d{1,6}$/.test(text)).map(Number),
  };
}
