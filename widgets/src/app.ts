// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `App`: the state of one explorer and the actions on it. Components read `app` and redraw in
// `update`; only actions change the state.

import { Model } from "./model";
import { NumericsJobs } from "./numerics/jobs";
import { Shapes } from "./shapes/data";
import { type Recording, append, decode } from "./recording";
import {
  MOST_PANES,
  type PaneState,
  type ViewState,
  artifactOf,
  fileOf,
  initialState,
  resolveStep,
} from "./state";
import type { Push, Store } from "./store";
import { EMPTY_TRACE, type Trace, trace } from "./trace";
import { PageRunner } from "./webgpu/runner";

export interface Component {
  readonly element: HTMLElement;
  /** Redraws whatever of the state it shows has changed. */
  update(): void;
  close?(): void;
}

export class App {
  model: Model;
  state: ViewState;
  traced: Trace = EMPTY_TRACE;
  /** The pane (index) in which the selection was made; it does not scroll. */
  origin = -1;
  /** Index into the recording's events of the rewrite that is picked out, -1: none. */
  rewrite = -1;
  /** What is to be said of the text between rewrites. */
  rewriteNote = "";
  private asked = new Set<number>();
  runMessage = "";
  running = false;
  /** What runs the model on this page's GPU. */
  readonly page: PageRunner;
  readonly numerics: NumericsJobs;
  /** What is known of runs in this page, by when they started. */
  readonly pageNotes = new Map<string, { text: string; right: boolean }>();
  private listeners = new Set<() => void>();
  private scheduled = false;
  private stops: (() => void)[] = [];
  private requested = false;
  private shapesOf: { model: Model; record: unknown; shapes: Shapes | null } | null = null;
  private sizesOf: { shapes: Shapes; chosen: unknown; sizes: Float64Array } | null = null;
  private follow: boolean;
  /** How many runs the recording had. */
  private runs: number;
  /** Whether the recording has had source files to show. */
  private sourced: boolean;
  /** Where the model rested when it was last adopted. */
  private rested: number;

  constructor(
    readonly store: Store,
    recording: Recording,
    readonly view: string,
  ) {
    this.model = this.modelOf(recording);
    this.page = new PageRunner(() => store.program());
    this.numerics = new NumericsJobs(this);
    this.state = initialState(view, recording, store.get("compare"));
    this.sourced = recording.files.length > 0;
    this.runs = recording.runs.length;
    this.state.theme = store.get("theme") as ViewState["theme"];
    // Where there are tensors and dispatches is most to see of sizes.
    const flow = view === "shapes" && recording.phases.some((p) => p.name === "flow" && p.step >= 0);
    const opened = store.get("phase") || (flow ? "flow" : "");
    this.follow = store.get("step") < 0 && !opened;
    const phase = recording.phases.find((each) => each.name === opened);
    const wanted = store.get("step") >= 0 ? store.get("step") : (phase?.step ?? -1);
    this.rested = this.model.restingStep;
    this.state.step = this.follow ? this.rested : this.model.clampStep(wanted);
    this.state.selection = [...store.get("selection")];
    this.state.sizes = { ...store.get("sizes") };
    this.state.symbol = store.get("symbol");
    this.state.propagation = store.get("propagation");
    this.state.run = store.get("shown_run");
    this.state.pinned = [...store.get("pinned")];
    this.retrace();
    this.prepare();
    this.stops = [
      store.onChange("step", () => {
        const told = store.get("step");
        if (told !== this.model.wholeStep(this.state.step)) this.goto(told, false);
      }),
      store.onChange("selection", () => this.adoptSelection()),
      store.onChange("theme", () =>
        this.set({ theme: store.get("theme") as ViewState["theme"] }),
      ),
      store.onChange("compare", () => this.adoptCompare()),
      store.onChange("sizes", () => this.set({ sizes: { ...store.get("sizes") } })),
      store.onChange("symbol", () => this.set({ symbol: store.get("symbol") })),
      store.onChange("propagation", () => this.set({ propagation: store.get("propagation") })),
      store.onChange("shown_run", () => this.set({ run: store.get("shown_run") })),
      store.onChange("pinned", () => this.set({ pinned: [...store.get("pinned")] })),
      store.onChange("recording", () => this.reload()),
      store.onPush((push) => this.receive(push)),
    ];
  }

  private modelOf(recording: Recording): Model {
    const model = new Model(recording);
    model.chosenRun = () => this.state.run;
    model.pins = () => this.state.pinned;
    return model;
  }

  /** Shows the times of a run, by its place in the recording; -1: the newest. */
  showRun(run: number): void {
    this.store.set("shown_run", run);
    this.set({ run });
  }

  /** Pins a run to compare the shown one with, or takes it off. */
  pin(run: number): void {
    const { pinned: before } = this.state;
    const pinned = before.includes(run) ? before.filter((each) => each !== run) : [...before, run];
    this.store.set("pinned", pinned);
    this.set({ pinned });
  }

  /** The first selection is as fast as the second: what it needs is made in idle time. */
  private prepare(): void {
    const { model } = this;
    if (model.recording.state === "compiling") return;
    const idle = window.requestIdleCallback ?? ((call: () => void) => setTimeout(call, 200));
    idle(() => {
      if (this.model !== model) return;
      model.calls.codeOf([]);
      model.createdBy(0);
    });
  }

  close(): void {
    for (const stop of this.stops) stop();
    this.page.close();
    this.listeners.clear();
  }

  subscribe(call: () => void): void {
    this.listeners.add(call);
  }

  /** Changes the state and redraws, once a task. */
  set(patch: Partial<ViewState>): void {
    Object.assign(this.state, patch);
    this.redraw();
  }

  redraw(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      for (const call of this.listeners) call();
    });
  }

  setPane(index: number, patch: Partial<PaneState>): void {
    const panes = this.state.panes.map((pane, i) => (i === index ? { ...pane, ...patch } : pane));
    this.set({ panes });
  }

  /** Moves the scrubber to `step` (-1: last). */
  goto(step: number, tell = true): void {
    const target = this.model.clampStep(step);
    if (tell) {
      this.follow = step < 0 || target === this.model.lastStep;
      this.store.set("step", Math.ceil(target));
    }
    if (target === this.state.step) return;
    this.origin = -1;
    this.rewrite = -1;
    this.set({ step: target });
  }

  gotoStop(index: number): void {
    const stop = this.model.stops[Math.max(0, Math.min(index, this.model.stops.length - 1))];
    if (stop) this.goto(stop.last);
  }

  stepPass(by: number): void {
    this.gotoStop(this.model.stopOfStep[this.model.wholeStep(this.state.step)] + by);
  }

  stepSingle(by: number): void {
    const here = this.model.wholeStep(this.state.step);
    this.goto(Math.max(0, Math.min(here + by, this.model.lastStep)));
  }

  /** To the end of the next or previous phase that has steps of its own. */
  stepPhase(by: number): void {
    const ends = this.model.stops
      .filter((stop, i, all) => all[i + 1]?.phase !== stop.phase)
      .map((stop) => stop.last);
    const here = this.state.step;
    const target =
      by > 0 ? ends.find((end) => end > here) : [...ends].reverse().find((end) => end < here);
    if (target !== undefined) this.goto(target);
  }

  /** Picks out the next or previous rewrite of the pass: what it matched and what it made. */
  stepRewrite(by: number): void {
    const { model } = this;
    const [first, end] = model.eventsOf(this.state.step);
    if (first === end) return;
    const inside = this.rewrite >= first && this.rewrite < end;
    const next = inside ? this.rewrite + by : by > 0 ? first : end - 1;
    this.pickRewrite(Math.max(first, Math.min(next, end - 1)));
  }

  /** Picks out a rewrite (index of its event), at the step right after it if that is known; with a
   * kernel it is asked for. */
  pickRewrite(index: number): void {
    const { model } = this;
    const event = model.recording.events[index];
    this.select(model.touched(event));
    this.rewrite = index;
    this.follow = false;
    const [, after] = model.aroundEvent(index);
    if (Math.ceil(after) !== after) this.state.step = after;
    else if (!this.store.offline) void this.askRewrites(event.step, index);
  }

  private async askRewrites(step: number, index: number): Promise<void> {
    if (this.asked.has(step) || this.model.recording.state === "compiling") return;
    this.asked.add(step);
    this.rewriteNote = "recording each rewrite…";
    this.redraw();
    try {
      await this.store.request("rewrites", { step });
      this.rewriteNote = "";
      if (this.rewrite === index) this.pickRewrite(index);
    } catch (error) {
      this.rewriteNote = (error as Error).message.split("\n")[0];
    }
    this.redraw();
  }

  /** Selects ops; `origin` is the pane where it was done, -1 elsewhere. */
  select(ops: readonly number[], origin = -1): void {
    this.origin = origin;
    this.rewrite = -1;
    this.state.selection = [...ops];
    this.store.set("selection", this.state.selection);
    this.retrace();
    this.redraw();
  }

  paneStep(pane: PaneState): number {
    return resolveStep(this.model, pane.at, this.state.step);
  }

  /** What is known of unknown sizes, null if the model has none. */
  get shapes(): Shapes | null {
    const { model } = this;
    const record = model.recording.shapes;
    if (this.shapesOf?.model !== model || this.shapesOf.record !== record) {
      this.shapesOf = { model, record, shapes: record ? new Shapes(record, model) : null };
    }
    return this.shapesOf.shapes;
  }

  /** The size of each symbol, as chosen; the same array until a choice changes. */
  get sizes(): Float64Array {
    const { shapes } = this;
    if (!shapes) return new Float64Array();
    const chosen = this.state.sizes;
    if (this.sizesOf?.shapes !== shapes || this.sizesOf.chosen !== chosen) {
      this.sizesOf = { shapes, chosen, sizes: shapes.sizesOf(chosen) };
    }
    return this.sizesOf.sizes;
  }

  /** Chooses the size of a symbol (by key); null: its usual one again. */
  resize(key: string, size: number | null): void {
    const sizes = { ...this.state.sizes };
    if (size === null) delete sizes[key];
    else sizes[key] = size;
    this.store.set("sizes", sizes);
    this.set({ sizes });
  }

  /** Lights the symbol of a key everywhere, or puts it out if it is lit. */
  light(key: string): void {
    const symbol = key === this.state.symbol ? "" : key;
    this.store.set("symbol", symbol);
    this.set({ symbol });
  }

  /** Shows the sizes that are known after step `index` of the propagation; -1: all. */
  propagate(index: number): void {
    const count = this.shapes?.record.propagation.length ?? 0;
    const propagation = Math.max(-1, Math.min(index, count - 1));
    if (propagation >= 0 && this.state.propagation < 0) this.showPropagated();
    this.store.set("propagation", propagation);
    this.set({ propagation });
  }

  /** The step at which the sizes were inferred. */
  get inferred(): number {
    return this.shapes?.inferred ?? 0;
  }

  /** A text pane shows what is being inferred: one that does, else the first that can. */
  private showPropagated(): void {
    const step = this.inferred;
    const { panes } = this.state;
    const isText = (pane: PaneState): boolean => pane.mode === "text" || pane.mode === "diff";
    const shown = panes.some(
      (pane) => isText(pane) && fileOf(pane.at) < 0 && artifactOf(pane.at) < 0 && this.paneStep(pane) === step,
    );
    if (shown) return;
    const phase = this.model.recording.phases.find((each) => each.step === step);
    const at = phase ? (`phase:${phase.name}` as const) : step;
    const index = panes.findIndex(isText);
    const fresh: PaneState = { mode: "text", at, base: "previous", focus: 0 };
    if (index >= 0) this.state.panes = panes.map((pane, i) => (i === index ? fresh : pane));
    else if (panes.length < MOST_PANES) this.state.panes = [fresh, ...panes];
  }

  async run(target: string, device: string, repetitions: number): Promise<void> {
    this.running = true;
    this.runMessage = "running…";
    this.redraw();
    try {
      await this.store.request("run", { target, device, repetitions });
      this.runMessage = "";
    } catch (error) {
      this.runMessage = (error as Error).message;
    }
    this.running = false;
    this.redraw();
  }

  /** Runs on this page's GPU; with a kernel, the run and its results go there. */
  async runHere(repetitions: number): Promise<void> {
    const say = (text: string): void => {
      this.runMessage = text;
      this.redraw();
    };
    this.running = true;
    say(this.page.program ? "running…" : "preparing the model for this browser…");
    try {
      await this.page.open();
      if (!this.page.missing) {
        const { run, results, note, right } = await this.page.run(repetitions, say);
        this.pageNotes.set(run.started, { text: note, right });
        if (this.store.offline) {
          this.model.recording.runs.push(run);
          this.adopt(this.model.recording);
        } else await this.store.request("page_run", { run }, results);
      }
      this.runMessage = "";
    } catch (error) {
      this.runMessage = (error as Error).message;
    }
    this.running = false;
    this.redraw();
  }

  /** Gets the weights that are beside the page: from there, or from a file of the reader's. */
  async supply(file: File | null): Promise<void> {
    this.runMessage = "loading the weights…";
    this.redraw();
    try {
      if (file) this.page.supply(new Uint8Array(await file.arrayBuffer()));
      else await this.page.fetchWeights();
      this.runMessage = "";
    } catch (error) {
      this.runMessage = (error as Error).message;
    }
    this.redraw();
  }

  async cancel(): Promise<void> {
    try {
      await this.store.request("cancel", {});
    } catch (error) {
      this.runMessage = (error as Error).message;
      this.redraw();
    }
  }

  /** Shows another recording, or the same one after it grew. */
  adopt(recording: Recording): void {
    if (!this.sourced && recording.files.length) this.showSource(recording);
    if (recording.runs.length !== this.runs) this.state.run = -1; // a new run is what one wants to see
    this.runs = recording.runs.length;
    this.model = this.modelOf(recording);
    const resting = this.model.restingStep;
    if (this.follow && resting !== this.rested) this.state.step = resting;
    this.rested = resting;
    this.state.step = this.model.clampStep(this.state.step);
    this.retrace();
    this.prepare();
    this.redraw();
  }

  /** The user's source came after the view was opened: it is the first pane unless it was moved. */
  private showSource(recording: Recording): void {
    this.sourced = true;
    const [first, ...others] = this.state.panes;
    const fresh = initialState(this.view, recording, -1).panes[0];
    const imported = `phase:${recording.phases[0]?.name}`;
    if (first?.at === imported && first.mode === "text" && others.length && fresh) {
      this.state.panes = [{ ...first, at: fresh.at }, ...others];
    }
  }

  private retrace(): void {
    this.traced = this.state.selection.length
      ? trace(this.model, this.state.selection)
      : EMPTY_TRACE;
  }

  private adoptSelection(): void {
    const wanted = this.store.get("selection");
    if (JSON.stringify(wanted) === JSON.stringify(this.state.selection)) return;
    this.select(wanted);
  }

  private adoptCompare(): void {
    const compare = this.store.get("compare");
    const base = compare >= 0 ? compare : ("previous" as const);
    this.set({ panes: this.state.panes.map((pane) => ({ ...pane, base })) });
  }

  private async reload(): Promise<void> {
    const bytes = this.store.recording();
    if (bytes) this.adopt(await decode(bytes));
  }

  private receive(push: Push): void {
    if (push.push !== "append") return;
    const { recording } = this.model;
    if (push.from !== recording.steps.length) {
      void this.refetch();
      return;
    }
    append(recording, push.delta);
    this.adopt(recording);
  }

  /** A push did not fit what is here: asks for everything, once at a time. */
  private async refetch(): Promise<void> {
    if (this.requested) return;
    this.requested = true;
    try {
      this.adopt(await requestRecording(this.store));
    } finally {
      this.requested = false;
    }
  }
}

export async function requestRecording(store: Store): Promise<Recording> {
  const { buffers } = await store.request("recording", {});
  const view = buffers[0];
  return decode(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}
