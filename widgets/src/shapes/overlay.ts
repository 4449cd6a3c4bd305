// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which size stands for each `?` in the text of an op: its results' sizes are recorded, those of its
// operands are their definers'. The text tells which is which by the shapes that surround a `?`.

import type { Model, Snapshot } from "../model";
import type { Page } from "../text";
import type { Shapes } from "./data";

/** A shape with at least one `?`, and what stands for each of them (-1: not known). */
interface Known {
  shape: string; // "?x4x"
  sizes: readonly number[];
}

/** All sizes of the tensors among an op's results so far, one list each; undefined: not reached. */
export type Reached = (op: number) => readonly (readonly number[])[] | undefined;

const SHAPE = /(?<=<)(?:(?:\d+|\?)x)+/g;
/** The values that a type is followed by: `tensor<?x4xf32>{%1}`. */
const VALUES = /^[^<>{}%]*>+\)?\s*\{(%[\w#]+(?:, %[\w#]+)*)\}/;
const HEADER = /\u0003[^\u0002\u0003]*/g;

/** The dynamic shapes in a text, in order. */
export function shapesIn(text: string): string[] {
  if (!text.includes("?x")) return [];
  return (text.match(SHAPE) ?? []).filter((shape) => shape.includes("?"));
}

/** Positions of the `?` of `text` that are sizes. */
export function questionMarks(text: string): number[] {
  const found: number[] = [];
  if (!text.includes("?x")) return found;
  for (const match of text.matchAll(SHAPE)) {
    for (let i = 0; i < match[0].length; i++) if (match[0][i] === "?") found.push(match.index + i);
  }
  return found;
}

function holes(shape: string): number {
  return shape.split("?").length - 1;
}

export interface Rest {
  kind: "bytes" | "value";
  size: number;
}

/** Where in a version's list its results are: `?` of each dynamic shape, bytes, values. */
function slots(types: readonly string[], length: number): { shapes: string[]; at: number; rest: Rest["kind"] | "" }[] {
  const shapes = types.map(shapesIn);
  const dims = shapes.flat().reduce((sum, shape) => sum + holes(shape), 0);
  let at = 0;
  return types.map((type, i) => {
    const first = at;
    at += shapes[i].reduce((sum, shape) => sum + holes(shape), 0);
    let rest: Rest["kind"] | "" = "";
    if (/^!(?:stream\.resource|hal\.buffer\b(?!_))/.test(type)) rest = "bytes";
    else if (/^(?:index|[su]?i(?!1$)\d+)$/.test(type) && length > dims) rest = "value"; // on the host
    if (rest) at++;
    return { shapes: shapes[i], at: first, rest };
  });
}

/** What a version's list says of results that have no `?`: bytes of resources, values of integers. */
export function restOf(shapes: Shapes, model: Model, version: number): Rest[] {
  const sizes = shapes.ofVersion(version);
  if (!sizes.length) return [];
  return slots(model.types(version), sizes.length).flatMap(({ at, rest }) =>
    rest && (sizes[at] ?? -1) >= 0 ? [{ kind: rest, size: sizes[at] }] : []);
}

/** What of an op's own text is where: computed once for each version on view. */
export class Overlay {
  private memo = new Map<number, number[]>();
  private used = new Map<number, Known[][]>();
  private snapshot: Snapshot;

  constructor(
    private shapes: Shapes,
    private model: Model,
    step: number,
    private reached: Reached | null = null,
  ) {
    this.snapshot = model.snapshot(step);
  }

  /** The size of each `?` of the op's text, headers of its blocks included, in order. */
  ofOp(op: number): readonly number[] {
    const version = this.snapshot.versionOf.get(op);
    if (version === undefined) return [];
    let found = this.memo.get(version);
    if (!found) this.memo.set(version, (found = this.read(version)));
    return found;
  }

  /** Each tensor result with a `?`: numbers that its type states, sizes that stand for a `?`. */
  dimsOf(version: number): { sizes: (number | { size: number })[]; element: string }[] {
    const known = this.resultsOf(version).flat();
    const types = this.model.types(version).filter((type) => shapesIn(type).length);
    return known.map(({ shape, sizes }, i) => {
      let next = 0;
      return {
        sizes: shape.split("x").slice(0, -1).map((part) =>
          part === "?" ? { size: sizes[next++] ?? -1 } : Number(part)),
        element: /x([a-z][a-z0-9]*)[,>]/i.exec(types[i] ?? "")?.[1] ?? "",
      };
    });
  }

  private read(version: number): number[] {
    const text = this.model.string(this.model.recording.versions.text[version]);
    if (!text.includes("?x")) return [];
    const headers = [...text.matchAll(HEADER)].map((match) => [match.index, match.index + match[0].length]);
    const inHeader = (at: number): boolean => headers.some(([from, to]) => at >= from && at < to);
    const places = [...text.matchAll(SHAPE)].filter((match) => match[0].includes("?"));
    const outer = places.filter((match) => !inHeader(match.index)).map((match) => match[0]);
    const known = this.around(version);
    const aligned = align(outer, known);
    let next = 0;
    return places.flatMap((match) => {
      const found = inHeader(match.index) ? agreed(match[0], known) : aligned[next++];
      if (!found.includes(-1) || this.reached) return found;
      const values = VALUES.exec(text.slice(match.index + match[0].length))?.[1].split(", ") ?? [];
      if (values.length !== found.length) return found;
      return found.map((size, i) => (size < 0 ? this.scalar(values[i].slice(1)) : size));
    });
  }

  /** The size that an integer is, -1 if it is not known. */
  private scalar(value: string): number {
    const version = this.snapshot.versionOf.get(Number.parseInt(value, 10));
    if (value[0] === "b" || version === undefined) return -1;
    return restOf(this.shapes, this.model, version).find(({ kind }) => kind === "value")?.size ?? -1;
  }

  /** The dynamic shapes of operands, then results, as far as they are known. */
  private around(version: number): Known[] {
    const { model } = this;
    const own = model.recording.versions.op[version];
    const name = model.name(version);
    const operands = model.operands(version).flatMap((value) => this.ofValue(value));
    if (/\.func$/.test(name)) {
      const inside = this.snapshot.children.get(own) ?? [];
      const last = inside.find((each) => /\.return$/.test(model.name(each)));
      const results = last === undefined ? [] : model.operands(last).flatMap((v) => this.ofValue(v));
      return [...this.argumentsOf(own).flat(), ...results];
    }
    return [...operands, ...this.resultsOf(version).flat()];
  }

  private ofValue(value: string): Known[] {
    const { model } = this;
    if (value[0] === "b") {
      const [op, index] = value.slice(1).split("_").map(Number);
      return this.argumentsOf(op)[index] ?? [];
    }
    const [op, index] = value.split("#").map(Number);
    const version = this.snapshot.versionOf.get(op);
    if (version === undefined) return [];
    const types = model.types(version);
    return this.resultsOf(version)[types.length > 1 ? index || 0 : 0] ?? [];
  }

  /** For each result its dynamic shapes. */
  private resultsOf(version: number): Known[][] {
    const { model } = this;
    const op = model.recording.versions.op[version];
    const sizes = this.shapes.ofVersion(version);
    const reached = this.reached?.(op);
    let tensor = 0;
    const types = model.types(version);
    return slots(types, sizes.length).map((slot, i) => {
      let { at } = slot;
      const found = slot.shapes.map((shape): Known => {
        const own = sizes.slice(at, (at += holes(shape)));
        return { shape, sizes: this.reached ? partly(shape, reached?.[tensor]) : own };
      });
      if (/^tensor</.test(types[i])) tensor++;
      return found;
    });
  }

  /** For each argument of a function its dynamic shapes, if they are those of the recorded types. */
  private argumentsOf(op: number): Known[][] {
    const version = this.snapshot.versionOf.get(op);
    if (version === undefined) return [];
    const function_ = this.shapes.record.functions.indexOf(this.model.symbol(version));
    const text = this.model.string(this.model.recording.versions.text[version]);
    const own = this.shapes.record.arguments.filter((each) => each.function === function_);
    if (!own.length || !own.every((each) => text.includes(each.type))) return this.byUse(op, version, text);
    return own.map(({ type, list }) => {
      let at = 0;
      const sizes = this.shapes.list(list);
      return shapesIn(type).map((shape) => ({ shape, sizes: sizes.slice(at, (at += holes(shape))) }));
    });
  }

  /** For each argument of a function its dynamic shapes, as the first op that reads it says. */
  private byUse(op: number, version: number, text: string): Known[][] {
    const known = this.used.get(version);
    if (known) return known;
    const found: Known[][] = [];
    this.used.set(version, found); // an op that reads an argument asks for it
    if (!/\.func$/.test(this.model.name(version))) return found;
    for (const match of text.matchAll(/%b\d+_(\d+): ([^%]*)/g)) {
      const index = Number(match[1]);
      const shapes = shapesIn(match[2]);
      const reader = (this.snapshot.children.get(op) ?? []).find((each) =>
        shapes.length && this.model.operands(each).includes(`b${op}_${index}`));
      if (reader === undefined) continue;
      const theirs = this.ofOp(this.model.recording.versions.op[reader]);
      let at = 0;
      for (const shape of shapesIn(this.model.string(this.model.recording.versions.text[reader]))) {
        const sizes = theirs.slice(at, (at += holes(shape)));
        if (shape === shapes[0] && !found[index]) found[index] = [{ shape, sizes }];
      }
    }
    for (let i = 0; i < found.length; i++) found[i] ??= [];
    return found;
  }
}

/** Of all sizes of a tensor those that are a `?` in its type. */
function partly(shape: string, all: readonly number[] | undefined): number[] {
  const parts = shape.split("x").slice(0, -1);
  return parts.flatMap((part, i) => (part === "?" ? [all?.[i] ?? -1] : []));
}

function unknown(shape: string): number[] {
  return new Array<number>(holes(shape)).fill(-1);
}

function full(known: Known): readonly number[] {
  return known.sizes.length === holes(known.shape) ? known.sizes : unknown(known.shape);
}

/** What all values of a shape have in common. */
function agreed(shape: string, known: readonly Known[]): readonly number[] {
  const same = known.filter((each) => each.shape === shape).map(full);
  if (!same.length) return unknown(shape);
  return same[0].map((size, i) => (same.every((sizes) => sizes[i] === size) ? size : -1));
}

/** The sizes of each shape of a text: one for one, by agreement, or from the last backwards. */
function align(shapes: readonly string[], known: readonly Known[]): (readonly number[])[] {
  if (shapes.length === known.length && shapes.every((shape, i) => shape === known[i].shape)) {
    return known.map(full);
  }
  let end = known.length;
  return shapes
    .map((shape) => ({ shape, sizes: agreed(shape, known) }))
    .reverse()
    .map(({ shape, sizes }) => {
      let last = end - 1;
      while (last >= 0 && known[last].shape !== shape) last--;
      if (last >= 0) end = last;
      return sizes.includes(-1) && last >= 0 ? full(known[last]) : sizes;
    })
    .reverse();
}

/** How many `?` of its op the lines before each line have; only lines with a `?` are there. */
export function firstMarks(page: Page): Map<number, number> {
  const found = new Map<number, number>();
  if (!page.text.includes("?x")) return found;
  const seen = new Map<number, number>();
  page.text.split("\n").forEach((line, i) => {
    const count = questionMarks(line).length;
    if (!count) return;
    const before = seen.get(page.ops[i]) ?? 0;
    found.set(i, before);
    seen.set(page.ops[i], before + count);
  });
  return found;
}
