// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Search over everything a recording has: ops with their types, attributes and layers at this and
// at all other stages, passes, errors, symbols of sizes. Texts are interned, so each is read once.

import type { Model } from "../model";
import type { Shapes } from "../shapes/data";

export interface Hit {
  kind: "op" | "elsewhere" | "layer" | "pass" | "error" | "size";
  label: string;
  detail: string;
  /** Step to go to, -1: stay. */
  step: number;
  /** What a choice selects. */
  ops: number[];
  /** Key of the symbol that a choice lights. */
  symbol: string;
}

export interface Found {
  hits: Hit[];
  /** All ops of this stage that match, beyond those among the hits. */
  here: number[];
  /** How many match in other stages only. */
  elsewhere: number;
}

const MOST = 60;
const FEW = 12;

/** The parts of a query; all have to match. `"two words"` is one part. */
export function terms(query: string): string[] {
  return [...query.matchAll(/"([^"]+)"|(\S+)/g)].map((match) => match[1] ?? match[2]);
}

/** What matches `query` while `step` is shown; null for an empty query. */
export function find(model: Model, shapes: Shapes | null, step: number, query: string): Found | null {
  const parts = terms(query);
  if (!parts.length) return null;
  const tests = parts.map((part) => new RegExp(part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "i"));
  const all = (text: string): boolean => tests.every((test) => test.test(text));
  const hits: Hit[] = [...errors(model, all), ...sizes(shapes, all), ...passes(model, all), ...layers(model, all)];
  const { here, others } = ops(model, step, tests);
  const nothing = { symbol: "" };
  for (const version of here.slice(0, MOST)) {
    const op = model.recording.versions.op[version];
    hits.push({ kind: "op", label: label(model, version), detail: detail(model, version), step: -1, ops: [op], ...nothing });
  }
  for (const version of others.slice(0, FEW)) {
    const { op, birth } = model.recording.versions;
    const at = birth[version];
    hits.push({
      kind: "elsewhere", label: label(model, version), step: at, ops: [op[version]], ...nothing,
      detail: `${model.phaseName(at)} · ${detail(model, version)}`,
    });
  }
  const ids = here.map((version) => model.recording.versions.op[version]);
  return { hits, here: ids, elsewhere: others.length };
}

/** Versions alive at `step` that match, and the last ones of ops that match at other steps only. */
function ops(model: Model, step: number, tests: readonly RegExp[]): { here: number[]; others: number[] } {
  const { recording } = model;
  const { versions, strings, typeLists, sources } = recording;
  const count = versions.op.length;
  const matches = new Uint8Array(count).fill(1);
  for (const test of tests) {
    const inString = Uint8Array.from(strings, (text) => (test.test(text) ? 1 : 0));
    const inTypes = Uint8Array.from(typeLists, (list) => (list.some((index) => inString[index]) ? 1 : 0));
    const inSource = sources.map((source) => test.test(source.layer) || test.test(source.op));
    const ofOp = new Map<number, boolean>();
    const sourced = (op: number): boolean => {
      let found = ofOp.get(op);
      if (found === undefined) {
        found = model.provenance(op).sources.some((index) => inSource[index]);
        ofOp.set(op, found);
      }
      return found;
    };
    const any = inSource.some(Boolean);
    for (let i = 0; i < count; i++) {
      const own = inString[versions.name[i]] || inString[versions.text[i]] || inString[versions.symbol[i]];
      if (!own && !inTypes[versions.types[i]] && !(any && sourced(versions.op[i]))) matches[i] = 0;
    }
  }
  const { versionOf } = model.snapshot(step);
  const here: number[] = [];
  const others = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    if (!matches[i]) continue;
    const op = versions.op[i];
    if (versionOf.get(op) === i) here.push(i);
    else if (!versionOf.has(op)) others.set(op, i);
  }
  return { here, others: [...others.values()] };
}

function label(model: Model, version: number): string {
  const symbol = model.symbol(version);
  return `${model.name(version)}${symbol ? ` @${symbol}` : ""}`;
}

function detail(model: Model, version: number): string {
  const types = model.types(version).join(", ");
  const [source] = model.sourcesOf(model.recording.versions.op[version]);
  return [`%${model.recording.versions.op[version]}`, types, source?.layer].filter(Boolean).join(" · ");
}

type Test = (text: string) => boolean;

function errors(model: Model, all: Test): Hit[] {
  return model.recording.errors
    .filter((error) => all(`${error.code} ${error.text}`))
    .map((error) => ({
      kind: "error", label: error.code, detail: error.text.split("\n")[0], step: error.step, ops: [], symbol: "",
    }));
}

function sizes(shapes: Shapes | null, all: Test): Hit[] {
  if (!shapes) return [];
  return shapes.record.symbols
    .map((symbol, index): Hit => ({
      kind: "size", label: symbol.name, detail: symbol.place, step: -1, ops: [], symbol: shapes.key(index),
    }))
    .filter((hit) => all(`${hit.label} ${hit.detail}`))
    .slice(0, FEW);
}

function passes(model: Model, all: Test): Hit[] {
  const { passDocs, phases } = model.recording;
  return model.stops
    .filter((stop) => all(`${phases[stop.phase].name} ${stop.pass} ${stop.why} ${passDocs[stop.pass]?.doc ?? ""}`))
    .slice(0, FEW)
    .map((stop) => ({
      kind: "pass", label: stop.pass, detail: stop.why || phases[stop.phase].summary, step: stop.last, ops: [], symbol: "",
    }));
}

function layers(model: Model, all: Test): Hit[] {
  const { sources } = model.recording;
  const wanted = new Map<number, number[]>();
  sources.forEach((source, index) => {
    if (source.layer && all(source.layer) && wanted.size < FEW) wanted.set(index, []);
  });
  if (!wanted.size) return [];
  for (const op of model.snapshot(0).versionOf.keys()) {
    for (const source of model.provenance(op).sources) wanted.get(source)?.push(op);
  }
  return [...wanted].filter(([, ids]) => ids.length).map(([index, ids]) => ({
    kind: "layer", label: sources[index].layer, detail: sources[index].op, step: -1, ops: ids, symbol: "",
  }));
}
