// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `Shapes`: the symbols of a recording, the value of every size for chosen ones, and who mentions a
// symbol. Plain data, no DOM; what is asked often is computed once.

import type { Model } from "../model";
import type { ShapeSymbol, ShapesRecord } from "../recording";
import { type Evaluate, compile, parse, symbolsOf } from "./expressions";

/** Chosen sizes by `Shapes.key`; a plain name means the symbol of that name in every function. */
export type Chosen = Record<string, number>;

/** What a symbol is if there is neither a sample nor a range that says something. */
const USUAL = 8;

export interface Peak {
  /** Bytes by kind; of the transients those of the region that needs most. */
  transient: number;
  result: number;
  argument: number;
  constant: number;
  /** How many regions there are. */
  regions: number;
}

/** A reason why a call with the chosen sizes is refused. */
export interface Refusal {
  text: string;
  /** Op that says so, 0: an argument. */
  op: number;
}

export class Shapes {
  readonly symbols: readonly ShapeSymbol[];
  private slots = new Map<string, number>(); // "function:name" -> index into symbols
  private keys: string[];
  private inferredAt = -1;
  private compiled: Evaluate[] = [];
  private symbolsOfSize: (readonly number[])[] = [];
  private lists = new Map<number, number>(); // version -> list
  private users = new Map<number, number[]>(); // symbol -> versions

  constructor(
    readonly record: ShapesRecord,
    private model: Model,
  ) {
    this.symbols = record.symbols;
    const first = new Set<string>();
    this.keys = record.symbols.map((symbol, i) => {
      this.slots.set(`${symbol.function}:${symbol.name}`, i);
      const own = first.has(symbol.name) ? `${this.functionOf(symbol)}:${symbol.name}` : symbol.name;
      first.add(symbol.name);
      return own;
    });
    const { version, list } = record.versions;
    for (let i = 0; i < version.length; i++) this.lists.set(version[i], list[i]);
  }

  /** The step that has most of the ops whose sizes were inferred, the last one if several do. */
  get inferred(): number {
    if (this.inferredAt >= 0) return this.inferredAt;
    const ops = new Set(this.record.propagation.map((each) => each.op));
    const births = [...ops].map((op) => this.model.birthOf(op)).filter((birth) => birth >= 0);
    let most = 0;
    this.inferredAt = 0;
    const end = this.model.recording.phases[0]?.step ?? 0;
    for (let step = 0; step <= Math.max(end, ...births); step++) {
      const { versionOf } = this.model.snapshot(step);
      let alive = 0;
      for (const op of ops) if (versionOf.has(op)) alive++;
      if (alive && alive >= most) {
        most = alive;
        this.inferredAt = step;
      } else if (step > end && alive < most) break;
    }
    return this.inferredAt;
  }

  functionOf(symbol: ShapeSymbol): string {
    return this.record.functions[symbol.function] ?? "";
  }

  /** How the state names a symbol: its name, or "function:name" if an earlier one has the name. */
  key(symbol: number): string {
    return this.keys[symbol] ?? "";
  }

  /** Index of the symbol that a key names, -1 if none. */
  find(key: string): number {
    return this.keys.indexOf(key);
  }

  slot(function_: number, name: string): number {
    return this.slots.get(`${function_}:${name}`) ?? -1;
  }

  /** "2*h + 1", "?" for -1 */
  text(size: number): string {
    return size < 0 ? "?" : (this.record.sizes.text[size] ?? "?");
  }

  functionOfSize(size: number): number {
    return this.record.sizes.function[size] ?? 0;
  }

  /** The symbols in a size. */
  symbolsIn(size: number): readonly number[] {
    if (size < 0) return [];
    this.symbolsOfSize[size] ??= [...symbolsOf(parse(this.text(size)))]
      .map((name) => this.slot(this.functionOfSize(size), name))
      .filter((slot) => slot >= 0);
    return this.symbolsOfSize[size];
  }

  /** The sizes of a list that may be missing. */
  list(index: number): readonly number[] {
    return this.record.lists[index] ?? [];
  }

  /** What stands for each `?` of a version's results, and the rest that is known of them. */
  ofVersion(version: number): readonly number[] {
    const list = this.lists.get(version);
    return list === undefined ? [] : this.list(list);
  }

  /** The size of every symbol: what was chosen, else the sample's, else a usual one. */
  sizesOf(chosen: Chosen): Float64Array {
    const found = Float64Array.from(this.symbols, (symbol, i) => {
      const own = chosen[this.keys[i]] ?? chosen[symbol.name];
      return own === undefined || !Number.isFinite(own) ? usual(symbol) : own;
    });
    this.symbols.forEach((symbol, i) => {
      if (symbol.solved >= 0) found[i] = this.value(symbol.solved, found);
    });
    return found;
  }

  /** The value of a size; NaN for -1. */
  value(size: number, sizes: Float64Array): number {
    if (size < 0) return Number.NaN;
    let run = this.compiled[size];
    if (!run) {
      const function_ = this.functionOfSize(size);
      run = compile(parse(this.text(size)), (name) => this.slot(function_, name));
      this.compiled[size] = run;
    }
    return run(sizes);
  }

  /** Every version whose results mention `symbol`. */
  usersOf(symbol: number): readonly number[] {
    let found = this.users.get(symbol);
    if (!found) {
      const inList = new Map<number, boolean>();
      const has = (list: number): boolean => {
        let known = inList.get(list);
        if (known === undefined) {
          known = this.list(list).some((size) => this.symbolsIn(size).includes(symbol));
          inList.set(list, known);
        }
        return known;
      };
      found = [...this.lists].filter(([, list]) => has(list)).map(([version]) => version);
      this.users.set(symbol, found);
    }
    return found;
  }

  /** How many ops mention `symbol` at a step. */
  count(symbol: number, step: number): number {
    return this.usersOf(symbol).filter((version) => this.model.isAlive(version, step)).length;
  }

  /** Dispatches of one function that mention `symbol`. */
  dispatchMentions(index: number, symbol: number): boolean {
    const { workgroups, flops, bytes } = this.record.dispatches[index];
    return [...workgroups, flops, bytes].some((size) => this.symbolsIn(size).includes(symbol));
  }

  /** Whether a size may be chosen for `symbol`: arguments have it, or an op makes it that shows. */
  isChosen(symbol: number): boolean {
    const { kind, op } = this.symbols[symbol];
    return kind === "input" || (op > 0 && this.mentions(symbol));
  }

  /** Whether anything that is shown mentions `symbol`. */
  private mentions(symbol: number): boolean {
    if (this.usersOf(symbol).length) return true;
    const { dispatches, allocations } = this.record;
    return dispatches.some((_each, i) => this.dispatchMentions(i, symbol))
      || allocations.some(({ bytes }) => this.symbolsIn(bytes).includes(symbol));
  }

  /** Index of the dispatch that an op is a later form of, -1 if of none. */
  dispatchOf(op: number): number {
    const seen = new Set([op]);
    const todo = [op];
    for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
      const found = this.record.dispatches.findIndex((each) => each.op === next);
      if (found >= 0) return found;
      for (const up of this.model.provenance(next).ancestors) {
        if (!seen.has(up)) todo.push(up);
        seen.add(up);
      }
    }
    return -1;
  }

  peak(function_: number, sizes: Float64Array): Peak {
    const found: Peak = { transient: 0, result: 0, argument: 0, constant: 0, regions: 0 };
    const regions = new Map<number, number>();
    for (const each of this.record.allocations) {
      if (each.function !== function_) continue;
      const bytes = this.value(each.bytes, sizes);
      if (each.kind !== "transient") found[each.kind] += bytes;
      else regions.set(each.op, (regions.get(each.op) ?? 0) + bytes);
    }
    found.regions = regions.size;
    for (const bytes of regions.values()) found.transient = Math.max(found.transient, bytes);
    return found;
  }

  /** Why a call of a function with these sizes is refused; empty if it is not. */
  refusals(function_: number, sizes: Float64Array): Refusal[] {
    const found: Refusal[] = [];
    this.symbols.forEach((symbol, i) => {
      if (symbol.function !== function_) return;
      const why = outside(symbol, sizes[i]);
      if (why) found.push({ text: `${symbol.name} is ${sizes[i]}: ${why}`, op: symbol.op });
    });
    for (const each of this.record.equations) {
      if (each.function !== function_) continue;
      const left = this.value(each.left, sizes);
      const right = this.value(each.right, sizes);
      if (Number.isNaN(left) || Number.isNaN(right) || left === right) continue;
      const rule = `${this.text(each.left)} == ${this.text(each.right)}`;
      found.push({ text: `${rule} is needed, but ${left} is not ${right}: ${each.place}`, op: each.op });
    }
    return found;
  }
}

/** Why a symbol cannot have a size, or "". */
export function outside(symbol: ShapeSymbol, size: number): string {
  if (size < symbol.low) return `it is at least ${symbol.low}`;
  if (symbol.high >= 0 && size > symbol.high) return `it is at most ${symbol.high}`;
  if (symbol.divisor > 1 && size % symbol.divisor) return `it is a multiple of ${symbol.divisor}`;
  return "";
}

/** The size that a symbol has at first: allowed, and that of the sample if there is one. */
export function usual(symbol: ShapeSymbol): number {
  if (symbol.sample >= 0) return symbol.sample;
  const { low, high, divisor } = symbol;
  const wanted = Math.max(low, Math.min(USUAL, high < 0 ? USUAL : high));
  const up = Math.ceil(wanted / divisor) * divisor;
  return high >= 0 && up > high ? Math.floor(high / divisor) * divisor : up;
}

/** What a slider goes from and to: the range, or where it has no end, far enough to see things. */
export function span(symbol: ShapeSymbol): [number, number] {
  if (symbol.high >= 0) return [symbol.low, symbol.high];
  const far = Math.max(1024, 8 * usual(symbol), 8 * symbol.low);
  return [symbol.low, Math.ceil(far / symbol.divisor) * symbol.divisor];
}

/** Where on a slider (0 to 1) a size is; scales are logarithmic from 0 or 1 to more than 64. */
export function toPosition(size: number, [low, high]: [number, number]): number {
  if (high <= low) return 0;
  const share = wide([low, high])
    ? Math.log((size - low) / curve(low) + 1) / Math.log((high - low) / curve(low) + 1)
    : (size - low) / (high - low);
  return Math.max(0, Math.min(1, share));
}

/** The size at a position of a slider, a multiple of `divisor` inside the range. */
export function fromPosition(at: number, [low, high]: [number, number], divisor: number): number {
  const exact = wide([low, high])
    ? low + curve(low) * (Math.exp(at * Math.log((high - low) / curve(low) + 1)) - 1)
    : low + at * (high - low);
  const first = Math.ceil(low / divisor) * divisor;
  const last = Math.floor(high / divisor) * divisor;
  return Math.max(first, Math.min(last, Math.round(exact / divisor) * divisor));
}

/** Of a logarithmic scale: equal steps are equal factors above this. */
function curve(low: number): number {
  return Math.max(1, low);
}

function wide([low, high]: [number, number]): boolean {
  return high - low > 64;
}
