// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The graph of a step: dispatches and how data flows between them, or, before there are dispatches,
// the ops of each host function. Constants and weights are folded into the nodes that read them.

import { DISPATCHES } from "./calls";
import { type Model, type Snapshot, pushTo } from "./model";
import type { RunDispatch } from "./recording";

export interface GraphNode {
  id: number; // op id; negative: the arguments of the function -id
  version: number; // -1 for arguments
  title: string;
  subtitle: string;
  kind: "dispatch" | "op" | "argument" | "result" | "group";
  constants: number; // how many constants and weights it reads
}

export interface Graph {
  step: number;
  nodes: GraphNode[];
  /** Flat pairs: from, to (indices into nodes). */
  edges: number[];
  dispatchesOnly: boolean;
}

export const CONSTANTS = new Set([
  "arith.constant",
  "stablehlo.constant",
  "tensor.empty",
  "util.global.load",
  "ml_program.global_load",
  "ml_program.global_load_const",
  "stream.resource.constant",
]);

export function isDispatch(name: string): boolean {
  return DISPATCHES.has(name);
}

/** Value name "12#1" or "b45_0" -> the op that defines it (negative: an argument of that op). */
export function definer(value: string): number {
  if (value[0] !== "b") return Number.parseInt(value, 10);
  return -Number.parseInt(value.slice(1), 10);
}

class Builder {
  private nodes: GraphNode[] = [];
  private indexOf = new Map<number, number>();
  private edges = new Set<string>();
  private flat: number[] = [];
  private through = new Map<number, number[]>();
  private inside: number[] = []; // host versions, outermost first
  private host = new Set<number>();

  constructor(
    private model: Model,
    private snapshot: Snapshot,
  ) {}

  build(): Graph {
    const { op } = this.model.recording.versions;
    for (const func of this.functions()) this.collect(op[func], 0);
    const dispatches = this.inside.filter((v) => isDispatch(this.model.name(v)));
    for (const version of dispatches.length ? dispatches : this.topOps()) this.addOp(version);
    if (dispatches.length) for (const v of this.results()) this.addOp(v);
    this.connect();
    if (dispatches.length && !this.linked()) this.connectByDescent();
    return {
      step: this.snapshot.step,
      nodes: this.nodes,
      edges: this.flat,
      dispatchesOnly: dispatches.length > 0,
    };
  }

  /** Whether any dispatch reads what another one made. */
  private linked(): boolean {
    for (let i = 0; i < this.flat.length; i += 2) {
      const ends = [this.nodes[this.flat[i]], this.nodes[this.flat[i + 1]]];
      if (ends.every((node) => node.kind === "dispatch")) return true;
    }
    return false;
  }

  private functions(): number[] {
    const found: number[] = [];
    const visit = (parent: number, depth: number): void => {
      for (const version of this.snapshot.children.get(parent) ?? []) {
        const name = this.model.name(version);
        if (name.endsWith(".func") || name === "util.initializer") found.push(version);
        else if (depth < 1 && name.endsWith("module")) {
          visit(this.model.recording.versions.op[version], depth + 1);
        }
      }
    };
    visit(0, -1);
    return found;
  }

  private collect(parent: number, depth: number): void {
    for (const version of this.snapshot.children.get(parent) ?? []) {
      const op = this.model.recording.versions.op[version];
      this.inside.push(version);
      this.host.add(op);
      if (depth < 12) this.collect(op, depth + 1);
    }
  }

  private topOps(): number[] {
    const { parent } = this.model.recording.versions;
    return this.inside.filter(
      (v) => !this.host.has(parent[v]) && !CONSTANTS.has(this.model.name(v)),
    );
  }

  private results(): number[] {
    const { parent } = this.model.recording.versions;
    return this.inside.filter(
      (v) => !this.host.has(parent[v]) && this.model.name(v).endsWith("return"),
    );
  }

  private addOp(version: number): void {
    this.indexOf.set(this.model.recording.versions.op[version], this.nodes.length);
    this.nodes.push(nodeOf(this.model, version));
  }

  /** Edges by operands; what is no node passes its own producers on. */
  private connect(): void {
    const { op, parent } = this.model.recording.versions;
    for (const version of this.inside) {
      let owner: number | undefined = op[version];
      while (owner !== undefined && !this.indexOf.has(owner)) {
        const holder: number | undefined = this.snapshot.versionOf.get(owner);
        owner = holder === undefined ? undefined : parent[holder];
      }
      if (owner === undefined) continue;
      const to = this.indexOf.get(owner) as number;
      for (const value of this.model.operands(version)) this.connectValue(value, to, owner);
    }
  }

  private connectValue(value: string, to: number, owner: number): void {
    for (const from of this.producers(definer(value))) {
      const node = this.nodes[from];
      if (from === to || node.id === -owner) continue;
      this.edge(from, to);
    }
    const version = this.snapshot.versionOf.get(definer(value));
    if (version !== undefined && CONSTANTS.has(this.model.name(version))) {
      this.nodes[to].constants++;
    }
  }

  private edge(from: number, to: number): void {
    const key = `${from},${to}`;
    if (this.edges.has(key)) return;
    this.edges.add(key);
    this.flat.push(from, to);
  }

  private producers(op: number): number[] {
    const known = this.through.get(op);
    if (known) return known;
    this.through.set(op, []); // a loop ends here
    const found = op < 0 ? this.argument(op) : this.producersOf(op);
    this.through.set(op, found);
    return found;
  }

  private argument(op: number): number[] {
    const version = this.snapshot.versionOf.get(-op);
    if (version === undefined) return [];
    if (!this.host.has(-op)) {
      if (!this.indexOf.has(op)) {
        this.indexOf.set(op, this.nodes.length);
        const title = `@${this.model.symbol(version) || "arguments"}`;
        const kind = "argument";
        this.nodes.push({ id: op, version: -1, title, subtitle: "arguments", kind, constants: 0 });
      }
      return [this.indexOf.get(op) as number];
    }
    return this.producersOf(-op);
  }

  private producersOf(op: number): number[] {
    const { parent } = this.model.recording.versions;
    const own = this.indexOf.get(op);
    if (own !== undefined) return [own];
    const version = this.snapshot.versionOf.get(op);
    if (version === undefined) return [];
    for (let up = parent[version]; this.host.has(up); ) {
      const index = this.indexOf.get(up);
      if (index !== undefined) return [index];
      const holder = this.snapshot.versionOf.get(up);
      up = holder === undefined ? 0 : parent[holder];
    }
    const found = new Set<number>();
    for (const value of this.model.operands(version)) {
      for (const index of this.producers(definer(value))) found.add(index);
      if (found.size > 64) break;
    }
    return [...found];
  }

  /** Where dispatches share one slab, data flow is that of the flow dispatches they come from. */
  private connectByDescent(): void {
    const flow = this.model.recording.phases.find((phase) => phase.name === "flow");
    if (!flow || flow.step < 0 || flow.step >= this.snapshot.step) return;
    this.nodes = this.nodes.filter((node) => node.kind === "dispatch");
    for (const node of this.nodes) node.constants = 0; // offsets and lengths
    this.flat = [];
    this.edges.clear();
    const before = graphOfStep(this.model, flow.step);
    const heirs = new Map<number, number[]>();
    const flowIds = new Set(before.nodes.map((node) => node.id));
    this.nodes.forEach((node, index) => {
      for (const id of flowAncestors(this.model, node.id, flowIds)) pushTo(heirs, id, index);
    });
    for (let i = 0; i < before.edges.length; i += 2) {
      const from = heirs.get(before.nodes[before.edges[i]].id) ?? [];
      const to = heirs.get(before.nodes[before.edges[i + 1]].id) ?? [];
      for (const a of from) for (const b of to) if (a !== b) this.edge(a, b);
    }
  }
}

/** An op as a node. */
export function nodeOf(model: Model, version: number): GraphNode {
  const name = model.name(version);
  const dispatch = isDispatch(name);
  return {
    id: model.recording.versions.op[version],
    version,
    title: dispatch ? dispatchName(model, version) : name,
    subtitle: model.types(version).map(shortType).join(", "),
    kind: dispatch ? "dispatch" : name.endsWith("return") ? "result" : "op",
    constants: 0,
  };
}

function flowAncestors(model: Model, op: number, wanted: Set<number>): number[] {
  const found: number[] = [];
  const seen = new Set([op]);
  const todo = [op];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (wanted.has(next)) {
      found.push(next);
      continue;
    }
    for (const up of model.provenance(next).ancestors) {
      if (!seen.has(up)) {
        seen.add(up);
        todo.push(up);
      }
    }
  }
  return found;
}

const memo = new WeakMap<Model, Map<number, Graph>>();

export function graphOfStep(model: Model, step: number): Graph {
  let graphs = memo.get(model);
  if (!graphs) memo.set(model, (graphs = new Map()));
  let graph = graphs.get(step);
  if (!graph) {
    if (graphs.size > 64) graphs.clear();
    graphs.set(step, (graph = new Builder(model, model.snapshot(step)).build()));
  }
  return graph;
}

/** "linalg.generic" stays; the symbol of a dispatch is its entry point. */
export function dispatchName(model: Model, version: number): string {
  const text = model.string(model.recording.versions.text[version]);
  const symbols = text.match(/@[\w$.-]+(?:::@[\w$.-]+)*/);
  const entry = symbols?.[0].split("@").at(-1) ?? model.name(version);
  return shortEntry(entry);
}

/** A dispatch of a run, with the device that it was placed on if that is another than the run's. */
export function whereRun(dispatch: RunDispatch): string {
  const name = shortEntry(dispatch.name);
  return dispatch.device ? `${name} ${dispatch.name === "transfer" ? "to" : "on"} ${dispatch.device}` : name;
}

/** "main_dispatch_3_matmul_1x10x128_f32" -> "3 matmul_1x10x128_f32" */
export function shortEntry(entry: string): string {
  const match = /^(.*?)_?dispatch_(\d+)_?(.*)$/.exec(entry);
  return match ? `${match[2]} ${match[3] || "dispatch"}`.trim() : entry;
}

export function shortType(type: string): string {
  const tensor = /^tensor<(.*?)(?:, .*)?>$/.exec(type);
  return tensor ? tensor[1] : type;
}
