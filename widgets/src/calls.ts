// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Joins dispatches to the code that they run, by entry symbol; the rule of recording/calls.py.

import { type Model, pushTo } from "./model";

export const DISPATCHES: ReadonlySet<string> = new Set([
  "flow.dispatch",
  "stream.async.dispatch",
  "stream.cmd.dispatch",
  "hal.command_buffer.dispatch",
]);

const ENTRY = /@([\w$.-]+)((?:::@[\w$.-]+)+)/;
const NONE: readonly string[] = [];

/** Entries are "executable::entry"; "executable::" is all of it. */
export class Calls {
  private entries = new Map<number, string[]>();
  private dispatches = new Map<string, number[]>();
  private inside = new Map<number, readonly string[]>();
  private code = new Map<string, number[]>();

  constructor(private model: Model) {
    const { versions } = model.recording;
    for (let i = 0; i < versions.op.length; i++) {
      if (!DISPATCHES.has(model.name(i))) continue;
      const match = ENTRY.exec(model.string(versions.text[i]));
      if (!match) continue;
      const executable = this.compiler(i) + match[1];
      const entry = `${executable}::${match[2].slice(match[2].lastIndexOf("@") + 1)}`;
      pushTo(this.entries, versions.op[i], entry);
      pushTo(this.dispatches, entry, versions.op[i]);
      pushTo(this.dispatches, `${executable}::`, versions.op[i]);
    }
    for (const op of new Set(versions.op)) {
      for (const entry of this.insideOf(op)) pushTo(this.code, entry, op);
    }
  }

  /** Everything inside the entries that the dispatches among `ops` name. */
  codeOf(ops: Iterable<number>): Set<number> {
    const found = new Set<number>();
    for (const op of ops) {
      for (const entry of this.entries.get(op) ?? NONE) {
        for (const each of this.code.get(entry) ?? []) found.add(each);
        const whole = entry.slice(0, entry.indexOf("::") + 2);
        for (const each of this.code.get(whole) ?? []) found.add(each);
      }
    }
    return found;
  }

  /** The dispatches of the entries that `ops` are inside of. */
  dispatchesOf(ops: Iterable<number>): Set<number> {
    const found = new Set<number>();
    for (const op of ops) {
      for (const entry of this.inside.get(op) ?? NONE) {
        for (const each of this.dispatches.get(entry) ?? []) found.add(each);
      }
    }
    return found;
  }

  /** The entries that an op dispatches, else those that it is inside of. */
  entriesOf(op: number): readonly string[] {
    return this.entries.get(op) ?? this.insideOf(op).filter((entry) => !entry.endsWith("::"));
  }

  /** What goes before symbols of a version: nothing for ours, other compilers' are apart. */
  private compiler(version: number): string {
    const { phases, steps, versions } = this.model.recording;
    const target = phases[steps[versions.birth[version]]?.phase]?.target;
    return target ? `${target} ` : "";
  }

  /** The entries that `op` ever was inside of, itself included. */
  private insideOf(op: number): readonly string[] {
    const known = this.inside.get(op);
    if (known) return known;
    this.inside.set(op, NONE); // where an op was inside what is now inside it
    const found = new Set<string>();
    const { model } = this;
    const { parent: parents } = model.recording.versions;
    let last: readonly string[] = NONE;
    for (const version of model.versionsOf(op)) {
      const symbol = model.symbol(version);
      const parent = parents[version];
      const outer = parent ? this.insideOf(parent) : NONE;
      if (!outer.length && !symbol) continue;
      if (!symbol && outer === last) continue;
      last = outer;
      const name = model.name(version);
      if (
        name.endsWith(".executable") ||
        (name.endsWith(".executable.binary") && !outer.length)
      ) {
        found.add(`${this.compiler(version)}${symbol}::`);
        continue;
      }
      const entries = outer.filter((entry) => !entry.endsWith("::"));
      const named = symbol && !/\.(variant|binary|module)$/.test(name);
      if (entries.length) for (const entry of entries) found.add(entry);
      else for (const whole of outer) found.add(named ? whole + symbol : whole);
    }
    const result = found.size ? [...found] : NONE;
    this.inside.set(op, result);
    return result;
  }
}
