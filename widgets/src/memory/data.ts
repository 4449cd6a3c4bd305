// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the transient memory of a program holds when, read off the stream phase; the rules of
// recording/memory.py. Sizes that are unknown are those chosen for their symbols.

import type { Model } from "../model";
import type { Shapes } from "../shapes/data";

export interface Lifetime {
  /** What fills it. */
  name: string;
  offset: number;
  bytes: number;
  /** Positions in the slab's commands: the one that fills it, the last that reads it. */
  first: number;
  last: number;
  /** Ops of the commands that use it. */
  ops: number[];
}

export interface Slab {
  op: number;
  bytes: number;
  commands: { op: number; name: string }[];
  lifetimes: Lifetime[];
  /** Bytes in use while each command runs. */
  live: number[];
}

type Use = [position: number, access: string, offset: number, length: number];

const COMMANDS = new Set(["stream.cmd.dispatch", "stream.cmd.fill", "stream.cmd.copy"]);

/** The slabs, largest first; empty before phase stream is done. */
export function slabsOf(model: Model, shapes: Shapes | null, sizes: Float64Array): Slab[] {
  const phase = model.recording.phases.find((each) => each.name === "stream");
  if (!phase || phase.step < 0 || phase.state !== "done") return [];
  const reader = new Reader(model, phase.step, shapes, sizes);
  return reader.regions().flatMap((op) => reader.slabs(op)).sort((a, b) => b.bytes - a.bytes);
}

class Reader {
  private snapshot;

  constructor(
    private model: Model,
    step: number,
    private shapes: Shapes | null,
    private sizes: Float64Array,
  ) {
    this.snapshot = model.snapshot(step);
  }

  regions(): number[] {
    const { op } = this.model.recording.versions;
    return this.snapshot.versions.filter((each) => this.model.name(each) === "stream.cmd.execute").map((each) => op[each]);
  }

  /** Versions of the commands inside an op, in order. */
  private commands(op: number): number[] {
    const { op: ids } = this.model.recording.versions;
    return (this.snapshot.children.get(op) ?? []).flatMap((version) =>
      COMMANDS.has(this.model.name(version)) ? [version] : this.commands(ids[version]));
  }

  slabs(region: number): Slab[] {
    const { versions } = this.model.recording;
    const commands = this.commands(region);
    const uses = new Map<string, Use[]>();
    commands.forEach((version, position) => {
      for (const [value, access, offset, length] of this.ranges(version)) {
        if (!this.transient(value)) continue;
        const list = uses.get(value) ?? [];
        uses.set(value, list);
        list.push([position, access, offset, length]);
      }
    });
    const named = commands.map((version) => ({ op: versions.op[version], name: this.entry(version) }));
    return [...uses].map(([value, found]) => this.slab(value, named, found));
  }

  private slab(value: string, commands: Slab["commands"], uses: Use[]): Slab {
    const op = Number(value.split("#")[0]);
    const open = new Map<string, { offset: number; length: number; at: number[] }>();
    const lifetimes: Lifetime[] = [];
    const close = (key: string): void => {
      const { offset, length, at } = open.get(key) as { offset: number; length: number; at: number[] };
      open.delete(key);
      const ops = [...new Set(at.map((position) => commands[position].op))];
      lifetimes.push({ name: commands[at[0]].name, offset, bytes: length, first: at[0], last: at[at.length - 1], ops });
    };
    for (const [position, access, offset, length] of uses) {
      const key = `${offset}:${length}`;
      const touched = [...open].filter(([, o]) => o.offset < offset + length && offset < o.offset + o.length);
      if (access === "w") {
        for (const [other, { at }] of touched) if (other === key || at[0] !== position) close(other);
        open.set(key, { offset, length, at: [position] });
      } else if (touched.length) for (const [, { at }] of touched) at.push(position);
      else open.set(key, { offset, length, at: [position] });
    }
    for (const key of [...open.keys()]) close(key);
    lifetimes.sort((a, b) => a.first - b.first || a.offset - b.offset);
    const version = this.snapshot.versionOf.get(op);
    const [size = ""] = version === undefined ? [] : this.operands(version);
    const live = commands.map((_, i) =>
      lifetimes.reduce((sum, x) => (x.first <= i && i <= x.last ? sum + x.bytes : sum), 0));
    return { op, bytes: this.number(size), commands, lifetimes, live };
  }

  /** [resource, access, offset, length] of what a command touches. */
  private ranges(version: number): [string, string, number, number][] {
    const operands = this.operands(version);
    const name = this.model.name(version);
    if (name === "stream.cmd.dispatch") {
      const text = this.model.string(this.model.recording.versions.text[version]);
      const accesses = /bindings "(\w*)"/.exec(text)?.[1] ?? "";
      const n = accesses.length;
      const first = operands.length - 3 * n;
      return [...accesses].map((access, i) => [
        operands[first + i], access, this.number(operands[first + n + i]), this.number(operands[first + 2 * n + i]),
      ]);
    }
    if (name === "stream.cmd.fill") {
      const [, target, offset, length] = operands;
      return [[target, "w", this.number(offset), this.number(length)]];
    }
    const [source, from, target, to, length] = operands;
    const size = this.number(length);
    return [[source, "r", this.number(from), size], [target, "w", this.number(to), size]];
  }

  private operands(version: number): string[] {
    return this.model.recording.versions.operands[version].split(" ").filter(Boolean);
  }

  private versionOf(value: string): number | undefined {
    return /^\d+/.test(value) ? this.snapshot.versionOf.get(Number.parseInt(value, 10)) : undefined;
  }

  private transient(value: string): boolean {
    const version = this.versionOf(value);
    if (version === undefined) return false;
    const { versions, typeLists } = this.model.recording;
    const types = typeLists[versions.types[version]];
    return types.length === 1 && this.model.string(types[0]) === "!stream.resource<transient>";
  }

  /** The number that an index value has; 0 if nothing tells. */
  private number(value: string): number {
    const version = this.versionOf(value);
    if (version === undefined) return 0;
    const constant = /arith\.constant (\d+) : index/.exec(this.model.string(this.model.recording.versions.text[version]));
    if (constant) return Number(constant[1]);
    const [size] = this.shapes?.ofVersion(version) ?? [];
    const found = size === undefined ? Number.NaN : (this.shapes?.value(size, this.sizes) ?? Number.NaN);
    return Number.isFinite(found) ? found : 0;
  }

  private entry(version: number): string {
    const text = this.model.string(this.model.recording.versions.text[version]);
    const match = /@[\w$.-]+(?:::@[\w$.-]+)*/.exec(text);
    return match ? (match[0].split("@").at(-1) as string) : this.model.name(version).split(".").at(-1) as string;
  }
}
