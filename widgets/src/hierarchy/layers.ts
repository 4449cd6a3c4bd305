// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The model's layers as groups for the graph: the parts of their names as a tree, without groups
// that data would enter and leave more than once, and with long rows cut into pieces. Made from the
// imported ops alone, so that the groups are the same at every stage.

import { type Graph, type GraphNode, graphOfStep } from "../graph";
import type { Model } from "../model";

export interface LayerGroup {
  key: string;
  title: string;
  parent: LayerGroup | null;
  children: LayerGroup[];
}

/** More members than this in one group are cut into pieces. */
export const WIDE = 48;

export class Layers {
  readonly root: LayerGroup = { key: "", title: "", parent: null, children: [] };
  private groupOfSource: (LayerGroup | null)[];
  /** What a source says of where an op belongs: less, the more ops have it. */
  private weights: Float64Array;

  constructor(private model: Model) {
    const known = new Map<string, LayerGroup>([["", this.root]]);
    this.groupOfSource = model.recording.sources.map((source) => {
      const segments = source.layer.split("/").filter(Boolean);
      if (segments.length > 1) segments.pop(); // the op
      let group = this.root;
      let path = "";
      for (const segment of segments) {
        segment.split("_").forEach((token, i) => {
          path += i ? `_${token}` : path ? `/${token}` : token;
          let next = known.get(path);
          if (!next) {
            next = { key: path, title: path, parent: group, children: [] };
            known.set(path, next);
            group.children.push(next);
          }
          group = next;
        });
      }
      return group === this.root ? null : group;
    });
    const used = new Set(this.groupOfSource);
    this.shorten(this.root, used);
    const graph = graphOfStep(model, 0);
    this.weights = new Float64Array(model.recording.sources.length);
    for (const { id } of graph.nodes) for (const index of model.provenance(id).sources) this.weights[index]++;
    this.weights = this.weights.map((count) => 1 / Math.max(1, count));
    this.unwrap(graph);
    const order = this.firstOf(graph);
    this.untangle(graph);
    this.cut(this.root, order);
  }

  /** The smallest group that most of what a node comes from is in. */
  groupOf(node: GraphNode): LayerGroup {
    const count = new Map<LayerGroup, number>();
    let total = 0;
    for (const index of node.id > 0 ? this.model.provenance(node.id).sources : []) {
      const own = this.groupOfSource[index];
      if (!own) continue;
      const weight = this.weights[index];
      total += weight;
      for (let at: LayerGroup | null = own; at; at = at.parent) count.set(at, (count.get(at) ?? 0) + weight);
    }
    let group = this.root;
    for (let next: LayerGroup | undefined = group; next; ) {
      group = next;
      next = group.children.find((child) => 2 * (count.get(child) ?? 0) > total);
    }
    return group;
  }

  /** A group with one member and nothing of its own is that member. */
  private shorten(group: LayerGroup, used: ReadonlySet<LayerGroup | null>): void {
    group.children = group.children.map((child) => {
      let only = child;
      while (only.children.length === 1 && !used.has(only)) [only] = only.children;
      only.parent = group;
      this.shorten(only, used);
      return only;
    });
  }

  /** A group of nearly everything, such as the model's own name, tells nothing. */
  private unwrap(graph: Graph): void {
    for (let round = 0; round < 4; round++) {
      const count = new Map<LayerGroup, number>();
      for (const node of graph.nodes) {
        for (let at: LayerGroup | null = this.groupOf(node); at; at = at.parent) count.set(at, (count.get(at) ?? 0) + 1);
      }
      const wrap = this.root.children.find((child) => (count.get(child) ?? 0) > 0.8 * graph.nodes.length);
      if (!wrap?.children.length) return;
      this.dissolve(wrap);
    }
  }

  private dissolve(group: LayerGroup): void {
    const parent = group.parent as LayerGroup;
    parent.children.splice(parent.children.indexOf(group), 1, ...group.children);
    for (const child of group.children) child.parent = parent;
    this.groupOfSource = this.groupOfSource.map((own) => (own === group ? parent : own));
  }

  /** Dissolves groups that are on a cycle of data flow between groups. */
  private untangle(graph: Graph): void {
    for (let round = 0; round < 12; round++) {
      const place = graph.nodes.map((node) => this.groupOf(node));
      const tangled = this.cyclic(graph, place);
      if (!tangled.size) return;
      for (const group of tangled) this.dissolve(group);
    }
  }

  private cyclic(graph: Graph, place: readonly LayerGroup[]): Set<LayerGroup> {
    const levels = new Map<LayerGroup, Map<LayerGroup | number, Set<LayerGroup | number>>>();
    for (let i = 0; i < graph.edges.length; i += 2) {
      const [from, to] = [graph.edges[i], graph.edges[i + 1]];
      const met = meet(from, place[from], to, place[to]);
      if (!met) continue;
      const [level, a, b] = met;
      let next = levels.get(level);
      if (!next) levels.set(level, (next = new Map()));
      if (!next.has(a)) next.set(a, new Set());
      if (!next.has(b)) next.set(b, new Set());
      next.get(a)?.add(b);
    }
    const found = new Set<LayerGroup>();
    for (const next of levels.values()) {
      for (const member of onCycles(next)) if (typeof member !== "number") found.add(member);
    }
    return found;
  }

  /** Where each group first appears in the program. */
  private firstOf(graph: Graph): Map<LayerGroup, number> {
    const order = new Map<LayerGroup, number>();
    graph.nodes.forEach((node, i) => {
      for (let at: LayerGroup | null = this.groupOf(node); at; at = at.parent) {
        if (!order.has(at)) order.set(at, i);
      }
    });
    return order;
  }

  private cut(group: LayerGroup, order: ReadonlyMap<LayerGroup, number>): void {
    for (const child of group.children) this.cut(child, order);
    const count = group.children.length;
    if (count <= WIDE) return;
    const at = (child: LayerGroup): number => order.get(child) ?? Number.POSITIVE_INFINITY;
    const sorted = [...group.children].sort((a, b) => at(a) - at(b));
    const size = Math.min(32, Math.ceil(Math.sqrt(count)));
    group.children = [];
    for (let i = 0; i < count; i += size) {
      const part = sorted.slice(i, i + size);
      const title = `${short(part[0].title)} … ${short((part.at(-1) as LayerGroup).title)}`;
      const piece: LayerGroup = { key: `${group.key}:${i}`, title, parent: group, children: part };
      for (const child of part) child.parent = piece;
      group.children.push(piece);
    }
    this.cut(group, order);
  }
}

/** The last part of a layer's name. */
export function short(title: string): string {
  return title.split("/").at(-1) ?? title;
}

type Member = LayerGroup | number;

/** The innermost group that has both ends of an edge, and which members of it they are in. */
function meet(from: number, a: LayerGroup, to: number, b: LayerGroup): [LayerGroup, Member, Member] | null {
  const above = new Map<LayerGroup, Member>();
  let member: Member = from;
  for (let at: LayerGroup | null = a; at; at = at.parent) {
    above.set(at, member);
    member = at;
  }
  member = to;
  for (let at: LayerGroup | null = b; at; at = at.parent) {
    const other = above.get(at);
    if (other !== undefined) return other === member ? null : [at, other, member];
    member = at;
  }
  return null;
}

/** Members of strongly connected components of more than one: Tarjan's, without recursion. */
function onCycles(next: Map<Member, Set<Member>>): Member[] {
  const found: Member[] = [];
  const order = new Map<Member, number>();
  const low = new Map<Member, number>();
  const stack: Member[] = [];
  const waiting = new Set<Member>();
  const enter = (member: Member): { member: Member; rest: Iterator<Member> } => {
    low.set(member, order.size);
    order.set(member, order.size);
    stack.push(member);
    waiting.add(member);
    return { member, rest: (next.get(member) ?? new Set<Member>()).values() };
  };
  const lower = (member: Member, to: number): void => {
    low.set(member, Math.min(low.get(member) as number, to));
  };
  for (const start of next.keys()) {
    if (order.has(start)) continue;
    const path = [enter(start)];
    while (path.length) {
      const { member, rest } = path[path.length - 1];
      const step = rest.next();
      if (!step.done) {
        if (!order.has(step.value)) path.push(enter(step.value));
        else if (waiting.has(step.value)) lower(member, order.get(step.value) as number);
        continue;
      }
      path.pop();
      const above = path.at(-1);
      if (above) lower(above.member, low.get(member) as number);
      if (low.get(member) !== order.get(member)) continue;
      const component = stack.splice(stack.lastIndexOf(member));
      for (const each of component) waiting.delete(each);
      if (component.length > 1) found.push(...component);
    }
  }
  return found;
}

const memo = new WeakMap<object, Layers>();

export function layersOf(model: Model): Layers {
  const { sources } = model.recording;
  let found = memo.get(sources);
  if (!found || model.recording.state === "compiling") memo.set(sources, (found = new Layers(model)));
  return found;
}
