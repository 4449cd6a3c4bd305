// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where an op came from and what became of it, through all steps.

import type { Model, Snapshot } from "./model";

export interface Trace {
  selected: ReadonlySet<number>;
  ancestors: ReadonlySet<number>;
  descendants: ReadonlySet<number>;
}

export type Relation = "" | "self" | "ancestor" | "descendant";

export const EMPTY_TRACE: Trace = {
  selected: new Set(),
  ancestors: new Set(),
  descendants: new Set(),
};

/** All ids that `ops` descend from and all that descend from them. A dispatch counts as an ancestor
 * of the code that it runs: those of the code that `ops` are in, and the code of those among `ops`
 * (or before them). */
export function trace(model: Model, ops: readonly number[]): Trace {
  const { calls } = model;
  const down = (op: number): readonly number[] => model.directDescendants(op);
  const ancestors = closure(ops, (op) => model.provenance(op).ancestors);
  const descendants = closure(ops, down);
  const code = calls.codeOf([...ops, ...ancestors]);
  const dispatches = calls.dispatchesOf(ops);
  for (const op of [...dispatches, ...closure(dispatches, down)]) ancestors.add(op);
  for (const op of code) if (!ancestors.has(op)) descendants.add(op);
  const selected = new Set(ops);
  for (const op of descendants) ancestors.delete(op);
  return { selected, ancestors, descendants };
}

function closure(from: Iterable<number>, next: (op: number) => readonly number[]): Set<number> {
  const seen = new Set<number>();
  const todo = [...from];
  for (let op = todo.pop(); op !== undefined; op = todo.pop()) {
    for (const other of next(op)) {
      if (seen.has(other)) continue;
      seen.add(other);
      todo.push(other);
    }
  }
  return seen;
}

export function relation(traced: Trace, op: number): Relation {
  if (!op) return "";
  if (traced.selected.has(op)) return "self";
  if (traced.descendants.has(op)) return "descendant";
  if (traced.ancestors.has(op)) return "ancestor";
  return "";
}

/** How the selection appears at a step: outermost related ops there, and what they are to it. */
export interface Presence {
  self: number[];
  ancestors: number[];
  descendants: number[];
}

export function presence(model: Model, snapshot: Snapshot, traced: Trace): Presence {
  const { parent } = model.recording.versions;
  const pick = (ops: ReadonlySet<number>): number[] => {
    const found: number[] = [];
    for (const op of ops) {
      const version = snapshot.versionOf.get(op);
      if (version !== undefined && !ops.has(parent[version])) found.push(op);
    }
    return found;
  };
  return {
    self: pick(traced.selected),
    ancestors: pick(traced.ancestors),
    descendants: pick(traced.descendants),
  };
}

/** "1 → 3" (became three), "4 → 1" (made of four), "" if it is simply here or absent. */
export function badge(found: Presence): string {
  if (found.descendants.length) return `1 → ${found.descendants.length + found.self.length}`;
  if (found.self.length) return "";
  return found.ancestors.length ? `${found.ancestors.length} → 1` : "";
}

export interface Ghost {
  text: string;
  detail: string;
  step: number; // the step that made or removed it
}

/** Why nothing related to the selection is at `step`; null if something is. */
export function ghost(model: Model, step: number, traced: Trace, found: Presence): Ghost | null {
  if (!traced.selected.size) return null;
  if (found.self.length || found.ancestors.length || found.descendants.length) return null;
  const family = [...traced.selected, ...traced.descendants];
  let lastDeath = -1;
  let victim = 0;
  let firstBirth = Number.POSITIVE_INFINITY;
  for (const op of family) {
    const birth = model.birthOf(op);
    if (birth >= 0) firstBirth = Math.min(firstBirth, birth);
    const death = model.deathOf(op);
    if (death >= 0 && death <= step && death > lastDeath) {
      lastDeath = death;
      victim = op;
    }
  }
  if (victim) return removed(model, victim, lastDeath);
  if (firstBirth <= model.lastStep && firstBirth > step) {
    const [op] = traced.selected;
    const reason = model.provenance(op).reason;
    const pass = model.steps[firstBirth].pass ?? "import";
    const how = reason && reason !== pass ? `, ${reason}` : "";
    return {
      text: `not yet: made later by ${pass}${how}`,
      detail: "nothing at this stage is recorded as its ancestor",
      step: firstBirth,
    };
  }
  return { text: "not at this stage", detail: "", step };
}

function removed(model: Model, op: number, step: number): Ghost {
  const event = model.deletedBy(op);
  const pass = model.steps[step]?.pass ?? "import";
  const pattern = event ? model.string(event.pattern) : "";
  const file = event ? model.string(event.file) : "";
  const name = model.name(model.versionNear(op, step));
  return {
    text: `${name} removed by ${pass}${pattern && pattern !== pass ? `, ${pattern}` : ""}`,
    detail: file ? `${shortPath(file)}:${event?.line}` : "",
    step,
  };
}

/** The last parts of a path, enough to find the file. */
export function shortPath(path: string): string {
  const parts = path.split(/[\\/]/);
  const at = parts.lastIndexOf("iree_explore");
  return (at >= 0 ? parts.slice(at) : parts.slice(-3)).join("/");
}
