// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `Model`: a recording with the indices that views need: versions alive at a step, children of an
// op, origins, descendants, what removed an op. Everything is computed once, on first use.

import { Calls, DISPATCHES } from "./calls";
import { partners } from "./run/compare";
import { between, joinRewrites, rewritesDone } from "./rewrites";
import type { ErrorText, Recording, RewriteEvent, Run, RunDispatch, Source, Step } from "./recording";

/** What stepping moves between: one pass, with one step a scope it ran on. */
export interface Stop {
  index: number;
  phase: number;
  pass: string;
  why: string;
  /** Its steps, `first` to `last`, both included. */
  first: number;
  last: number;
  elapsedNs: number;
  changed: boolean;
  error: string | null;
}

export interface Provenance {
  ancestors: readonly number[];
  sources: readonly number[];
  reason: string;
}

/** The IR at one step: version index of each op, children in print order. */
export interface Snapshot {
  step: number;
  versions: number[]; // indices of alive versions
  versionOf: Map<number, number>; // op id -> version
  children: Map<number, number[]>; // op id (0: root) -> versions, by region, block, order
}

const NOTHING: Provenance = { ancestors: [], sources: [], reason: "" };

export class Model {
  readonly stops: Stop[] = [];
  readonly stopOfStep: number[] = [];
  private origins = new Map<number, Provenance>();
  private descendants = new Map<number, number[]>();
  private byBirth: number[][] = [];
  private versionsOfOp = new Map<number, number[]>();
  private snapshots = new Map<number, Snapshot>();
  private joins: Calls | null = null;
  private deletions: Map<number, RewriteEvent> | null = null;
  private creations: Map<number, RewriteEvent> | null = null;

  constructor(readonly recording: Recording) {
    joinRewrites(recording);
    this.indexStops();
    this.indexOrigins();
    this.indexVersions();
  }

  get steps(): Step[] {
    return this.recording.steps;
  }

  get lastStep(): number {
    return this.steps.length - 1;
  }

  /**
   * Where a view is that was moved nowhere: the last step, or what another compiler's dispatches
   * became once it is done (its last step is a host program, in which no op of the model is left).
   */
  get restingStep(): number {
    const foreign = this.recording.phases.filter((phase) => phase.target);
    if (!foreign.length || foreign.some((phase) => phase.state !== "done")) return this.lastStep;
    const flow = foreign.find((phase) => phase.name.endsWith("/flow"));
    return flow && flow.step >= 0 ? flow.step : this.lastStep;
  }

  string(index: number): string {
    return this.recording.strings[index] ?? "";
  }

  set(index: number): readonly number[] {
    return this.recording.sets[index] ?? [];
  }

  clampStep(step: number): number {
    return step < 0 || step > this.lastStep ? this.lastStep : step;
  }

  /** The whole step that a step between two is on the way to. */
  wholeStep(step: number): number {
    return Math.ceil(this.clampStep(step));
  }

  stopAt(step: number): Stop | undefined {
    return this.stops[this.stopOfStep[this.wholeStep(step)]];
  }

  /** The step after the rewrite that is event `event`, and the one before it; whole steps where the
   * recording has nothing between. */
  aroundEvent(event: number): [number, number] {
    const { step } = this.recording.events[event];
    const [first, end] = this.steps[step].events;
    if (!this.recording.rewrites.some((each) => each.step === step)) return [step - 1, step];
    const count = end - first;
    const k = event - first + 1;
    return [k > 1 ? between(step, k - 1, count) : step - 1, between(step, k, count)];
  }

  /** The step before the rewrite that `step` comes after; -1 if it is a whole one. */
  beforeRewrite(step: number): number {
    const whole = this.steps[this.wholeStep(step)];
    const count = whole ? whole.events[1] - whole.events[0] : 0;
    const k = rewritesDone(step, count);
    return k ? this.aroundEvent(whole.events[0] + k - 1)[0] : -1;
  }

  phaseName(step: number): string {
    const at = this.steps[this.wholeStep(step)];
    return at ? this.recording.phases[at.phase].name : "";
  }

  /** "flow · flow-outline-dispatch-regions" */
  stepTitle(step: number): string {
    const at = this.steps[this.wholeStep(step)];
    if (!at) return "";
    const done = rewritesDone(step, at.events[1] - at.events[0]);
    if (done) return `${this.phaseName(step)} · ${at.pass}, rewrite ${done} of ${at.events[1] - at.events[0]}`;
    const scope = at.scope ? ` @${at.scope}` : "";
    return `${this.phaseName(step)} · ${at.pass ?? "as imported"}${scope}`;
  }

  /** [first, end) in the recording's events of the pass at `step`, all its scopes together. */
  eventsOf(step: number): [number, number] {
    const stop = this.stopAt(step);
    return stop ? [this.steps[stop.first].events[0], this.steps[stop.last].events[1]] : [0, 0];
  }

  /** Every op that a rewrite matched, made or changed. */
  touched(event: RewriteEvent): number[] {
    const sets = [event.matched, event.created, event.modified];
    return [...new Set(sets.flatMap((index) => [...this.set(index)]))];
  }

  /** What failed at `step`: its pass, or the check after the phase that ends with it. */
  errorAt(step: number): ErrorText | null {
    const { steps, errors } = this.recording;
    return steps[step]?.error ?? errors.find((error) => error.step === step) ?? null;
  }

  isAlive(version: number, step: number): boolean {
    const { birth, death } = this.recording.versions;
    return birth[version] <= step && (death[version] < 0 || death[version] > step);
  }

  name(version: number): string {
    return this.string(this.recording.versions.name[version]);
  }

  symbol(version: number): string {
    return this.string(this.recording.versions.symbol[version]);
  }

  types(version: number): string[] {
    const list = this.recording.typeLists[this.recording.versions.types[version]] ?? [];
    return list.map((index) => this.string(index));
  }

  operands(version: number): string[] {
    const text = this.recording.versions.operands[version];
    return text ? text.split(" ") : [];
  }

  snapshot(step: number): Snapshot {
    step = this.clampStep(step);
    let found = this.snapshots.get(step);
    if (!found) {
      found = this.makeSnapshot(step);
      if (this.snapshots.size > 64) this.snapshots.clear();
      this.snapshots.set(step, found);
    }
    return found;
  }

  provenance(op: number): Provenance {
    return this.origins.get(op) ?? NOTHING;
  }

  sourcesOf(op: number): Source[] {
    return this.provenance(op).sources.map((index) => this.recording.sources[index]);
  }

  directDescendants(op: number): readonly number[] {
    return this.descendants.get(op) ?? [];
  }

  /** Which dispatch runs which code. */
  get calls(): Calls {
    this.joins ??= new Calls(this);
    return this.joins;
  }

  versionsOf(op: number): readonly number[] {
    return this.versionsOfOp.get(op) ?? [];
  }

  /** A version of `op` that was ever alive nearest before (or else after) `step`; -1 if none. */
  versionNear(op: number, step: number): number {
    const all = this.versionsOf(op);
    let best = -1;
    for (const version of all) {
      if (best < 0 || this.recording.versions.birth[version] <= step) best = version;
    }
    return best;
  }

  /** The step from which `op` is gone, or -1 if it lives to the end. */
  deathOf(op: number): number {
    const all = this.versionsOf(op);
    return all.length ? Math.ceil(this.recording.versions.death[all[all.length - 1]]) : -1;
  }

  birthOf(op: number): number {
    const all = this.versionsOf(op);
    return all.length ? Math.ceil(this.recording.versions.birth[all[0]]) : -1;
  }

  /** The rewrite that deleted `op`, if one did (else its death step's pass did). */
  deletedBy(op: number): RewriteEvent | undefined {
    this.deletions ??= this.indexEvents("deleted");
    return this.deletions.get(op);
  }

  createdBy(op: number): RewriteEvent | undefined {
    this.creations ??= this.indexEvents("created");
    return this.creations.get(op);
  }

  /** The run that is shown: the chosen one, else the newest that succeeded. */
  latestRun(): Run | undefined {
    const chosen = this.recording.runs[this.chosenRun()];
    return chosen && !chosen.error ? chosen : this.recording.runs.filter((run) => !run.error).at(-1);
  }

  /** Places of the runs to compare with, the shown one left out. */
  pinnedRuns(): number[] {
    const { runs } = this.recording;
    const shown = this.latestRun();
    return this.pins().filter((index) => runs[index] && !runs[index].error && runs[index] !== shown);
  }

  /** Places of the runs to show beside the shown one: the pinned ones, else the newest of each other target. */
  besideRuns(): number[] {
    const pinned = this.pinnedRuns();
    const shown = this.latestRun();
    if (pinned.length || !shown || this.pins().length) return pinned;
    const newest = new Map<string, number>();
    this.recording.runs.forEach((run, i) => {
      if (!run.error && run.target !== shown.target && run.function === shown.function) newest.set(run.target, i);
    });
    return [...newest.values()];
  }

  /** Each dispatch of the shown run with its counterpart in another one. */
  partnersIn(other: Run): Map<RunDispatch, RunDispatch> {
    const run = this.latestRun();
    if (this.partnersOf?.run !== run || this.partnersOf?.other !== other) {
      this.partnersOf = { run, other, found: run ? partners(run, other) : new Map() };
    }
    return this.partnersOf.found;
  }

  /** Which run the state shows (-1: the newest), and which are pinned. */
  chosenRun: () => number = () => -1;
  pins: () => readonly number[] = () => [];
  private partnersOf: { run: Run | undefined; other: Run; found: Map<RunDispatch, RunDispatch> } | null = null;

  private timesOfRun: Run | undefined;
  private times = new Map<number | string, RunDispatch[]>();

  /** Times of the newest run by op id and by entry point or executable name. */
  dispatchTimes(key: number | string): readonly RunDispatch[] {
    const run = this.latestRun();
    if (run !== this.timesOfRun) {
      this.timesOfRun = run;
      this.times = new Map();
      for (const dispatch of run?.dispatches ?? []) {
        const forms = dispatch.ops.flatMap((op) => this.laterForms(op));
        const keys = new Set([...dispatch.ops, ...forms, dispatch.name, dispatch.executable]);
        for (const each of keys) pushTo(this.times, each, dispatch);
      }
    }
    return this.times.get(key) ?? [];
  }

  /** What a dispatch became in later dialects. */
  private laterForms(op: number): number[] {
    const seen = new Set([op]);
    const todo = [op];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      for (const child of this.directDescendants(next)) {
        if (seen.has(child)) continue;
        seen.add(child);
        todo.push(child);
      }
    }
    return [...seen].filter((each) => {
      const [first] = this.versionsOf(each);
      return first !== undefined && DISPATCHES.has(this.name(first));
    });
  }

  private indexStops(): void {
    this.steps.forEach((step, index) => {
      const last = this.stops.at(-1);
      const same = last && last.phase === step.phase && last.pass === step.pass && step.scope;
      if (last && same) {
        last.last = index;
        last.elapsedNs += step.elapsedNs;
        last.changed ||= step.changed;
        last.error ??= step.error?.text ?? null;
      } else {
        this.stops.push({
          index: this.stops.length,
          phase: step.phase,
          pass: step.pass ?? "as imported",
          why: step.why,
          first: index,
          last: index,
          elapsedNs: step.elapsedNs,
          changed: step.changed || index === 0,
          error: step.error?.text ?? null,
        });
      }
      this.stopOfStep.push(this.stops.length - 1);
    });
  }

  private indexOrigins(): void {
    const { op, ancestors, sources, reason } = this.recording.origins;
    for (let i = 0; i < op.length; i++) {
      const from = this.set(ancestors[i]);
      this.origins.set(op[i], {
        ancestors: from,
        sources: this.set(sources[i]),
        reason: this.string(reason[i]),
      });
    }
    for (const [id, { ancestors: from }] of this.origins) {
      for (const ancestor of from) pushTo(this.descendants, ancestor, id);
    }
  }

  private indexVersions(): void {
    const { op, birth } = this.recording.versions;
    for (let i = 0; i < op.length; i++) {
      pushTo(this.versionsOfOp, op[i], i);
      (this.byBirth[Math.ceil(birth[i])] ??= []).push(i);
    }
    if (!this.recording.rewrites.length) return;
    for (const list of this.versionsOfOp.values()) list.sort((a, b) => birth[a] - birth[b]);
  }

  private indexEvents(role: "deleted" | "created"): Map<number, RewriteEvent> {
    const found = new Map<number, RewriteEvent>();
    for (const event of this.recording.events) {
      for (const op of this.set(event[role])) found.set(op, event);
    }
    return found;
  }

  private makeSnapshot(step: number): Snapshot {
    const alive: number[] = [];
    for (let birth = 0; birth <= Math.ceil(step); birth++) {
      for (const version of this.byBirth[birth] ?? []) {
        if (this.isAlive(version, step)) alive.push(version);
      }
    }
    const { op, parent, region, block, order } = this.recording.versions;
    const versionOf = new Map<number, number>();
    const children = new Map<number, number[]>();
    for (const version of alive) {
      versionOf.set(op[version], version);
      pushTo(children, parent[version], version);
    }
    const byPlace = (a: number, b: number): number =>
      region[a] - region[b] || block[a] - block[b] || order[a] - order[b];
    for (const list of children.values()) list.sort(byPlace);
    return { step, versions: alive, versionOf, children };
  }
}

export function pushTo<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
