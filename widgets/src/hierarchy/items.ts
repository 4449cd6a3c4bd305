// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The graph of a step as a tree: layers hold dispatches or ops, dispatches the ops of their kernel,
// ops the ops of their regions. What is inside a dispatch or op is made when it is opened.

import { CONSTANTS, type Graph, type GraphNode, definer, isDispatch, nodeOf } from "../graph";
import type { Model, Snapshot } from "../model";
import { type LayerGroup, WIDE, layersOf, short } from "./layers";

export interface Item {
  key: string;
  /** A number for the key: the same at every step. */
  uid: number;
  node: GraphNode;
  /** Op ids that a click selects. */
  ops: number[];
  group: boolean;
  parent: Item | null;
  /** Null until it is opened; groups have theirs at once. */
  children: Item[] | null;
  /** Flat pairs of indices into children. */
  edges: number[];
  expandable: boolean;
}

const uids = new Map<string, number>();

export function uidOf(key: string): number {
  let uid = uids.get(key);
  if (!uid) uids.set(key, (uid = uids.size + 1));
  return uid;
}

export interface Tree {
  root: Item;
  /** The item of each node of the graph. */
  leaves: Item[];
}

/** The tree of `graph`; not `grouped`, all its nodes are at the top. */
export function treeOf(model: Model, graph: Graph, grouped: boolean): Tree {
  const snapshot = model.snapshot(graph.step);
  const root = groupItem("", "", null);
  const known = new Map<LayerGroup, Item>();
  const layers = grouped ? layersOf(model) : null;
  const holder = (group: LayerGroup): Item => {
    if (!group.parent) return root;
    let item = known.get(group);
    if (!item) {
      const parent = holder(group.parent);
      known.set(group, (item = groupItem(group.key, short(group.title), parent)));
      (parent.children as Item[]).push(item);
    }
    return item;
  };
  const leaves = graph.nodes.map((node) => {
    const parent = layers ? holder(layers.groupOf(node)) : root;
    const item: Item = {
      key: `op:${node.id}`, uid: uidOf(`op:${node.id}`), node, ops: [Math.abs(node.id)], group: false, parent,
      children: null, edges: [], expandable: isExpandable(model, snapshot, node),
    };
    (parent.children as Item[]).push(item);
    return item;
  });
  if (layers) finish(root);
  connect(leaves, graph.edges);
  return { root, leaves };
}

function groupItem(key: string, title: string, parent: Item | null): Item {
  const node: GraphNode = { id: 0, version: -1, title, subtitle: "", kind: "group", constants: 0 };
  const own = `layer:${key}`;
  return { key: own, uid: uidOf(own), node, ops: [], group: true, parent, children: [], edges: [], expandable: true };
}

/** Groups of one are that one; many nodes of one layer are cut into pieces; counts are written. */
function finish(group: Item): void {
  const children: Item[] = [];
  for (const child of group.children as Item[]) {
    if (child.group) finish(child);
    const only = child.group && child.children?.length === 1 ? child.children[0] : child;
    only.parent = group;
    children.push(only);
  }
  group.children = children.length > 2 * WIDE ? pieces(group, children) : children;
  group.ops = group.children.flatMap((child) => child.ops);
  const count = leafCount(group);
  const dispatches = group.children.some((child) => child.group || child.node.kind === "dispatch");
  group.node.subtitle = `${count.toLocaleString("en")} ${dispatches ? "nodes" : "ops"}`;
}

function leafCount(item: Item): number {
  return item.group ? (item.children as Item[]).reduce((sum, child) => sum + leafCount(child), 0) : 1;
}

function pieces(group: Item, children: Item[]): Item[] {
  const size = Math.min(WIDE, Math.ceil(Math.sqrt(children.length)));
  const found: Item[] = [];
  for (let i = 0; i < children.length; i += size) {
    const part = children.slice(i, i + size);
    const title = `${part[0].node.title} … ${(part.at(-1) as Item).node.title}`;
    const piece = groupItem(`${group.key}#${i}`, title, group);
    piece.children = part;
    piece.ops = part.flatMap((child) => child.ops);
    piece.node.subtitle = `${part.length} nodes`;
    for (const child of part) child.parent = piece;
    found.push(piece);
  }
  return found;
}

/** Every edge belongs to the innermost group that has both of its ends. */
function connect(leaves: readonly Item[], edges: readonly number[]): void {
  const places = new Map<Item, Map<Item, number>>();
  const seen = new Set<string>();
  const placeIn = (group: Item, child: Item): number => {
    let place = places.get(group);
    if (!place) places.set(group, (place = new Map((group.children as Item[]).map((each, i) => [each, i]))));
    return place.get(child) as number;
  };
  for (let i = 0; i < edges.length; i += 2) {
    const above = new Map<Item, Item>();
    for (let at = leaves[edges[i]]; at.parent; at = at.parent) above.set(at.parent, at);
    for (let at = leaves[edges[i + 1]]; at.parent; at = at.parent) {
      const other = above.get(at.parent);
      if (!other) continue;
      const key = `${other.uid},${at.uid}`;
      if (other !== at && !seen.has(key)) {
        seen.add(key);
        at.parent.edges.push(placeIn(at.parent, other), placeIn(at.parent, at));
      }
      break;
    }
  }
}

const ENTRY = /@([\w$.-]+)((?:::@[\w$.-]+)+)/;
const kernels = new WeakMap<Snapshot, Map<string, number>>();

/** The functions of all kernels at a step, by "executable::entry". */
function kernelsOf(model: Model, snapshot: Snapshot): Map<string, number> {
  let found = kernels.get(snapshot);
  if (found) return found;
  kernels.set(snapshot, (found = new Map()));
  const { op } = model.recording.versions;
  const visit = (parent: number, executable: string): void => {
    for (const version of snapshot.children.get(parent) ?? []) {
      const name = model.name(version);
      if (name.endsWith(".func")) {
        if (executable) found.set(`${executable}::${model.symbol(version)}`, op[version]);
      } else if (name.endsWith(".executable")) visit(op[version], model.symbol(version));
      else if (/\.(module|variant)$/.test(name)) visit(op[version], executable);
    }
  };
  visit(0, "");
  return found;
}

/** The op whose region has what is inside a node, 0: none. */
function bodyOf(model: Model, snapshot: Snapshot, node: GraphNode): number {
  if (node.version < 0) return 0;
  if (!isDispatch(model.name(node.version))) return snapshot.children.has(node.id) ? node.id : 0;
  const match = ENTRY.exec(model.string(model.recording.versions.text[node.version]));
  if (!match) return 0;
  const entry = match[2].slice(match[2].lastIndexOf("@") + 1);
  return kernelsOf(model, snapshot).get(`${match[1]}::${entry}`) ?? 0;
}

function isExpandable(model: Model, snapshot: Snapshot, node: GraphNode): boolean {
  const body = bodyOf(model, snapshot, node);
  return body > 0 && inner(model, snapshot, body).length > 0;
}

function inner(model: Model, snapshot: Snapshot, body: number): number[] {
  return (snapshot.children.get(body) ?? []).filter((version) => {
    const name = model.name(version);
    return !CONSTANTS.has(name) && !/(\.|^)(yield|return)$/.test(name);
  });
}

/** Makes the children of a dispatch or op. */
export function open(model: Model, step: number, item: Item): void {
  if (item.children || !item.expandable) return;
  const snapshot = model.snapshot(step);
  const versions = inner(model, snapshot, bodyOf(model, snapshot, item.node));
  const { op, parent } = model.recording.versions;
  const place = new Map<number, number>();
  item.children = versions.map((version, i) => {
    place.set(op[version], i);
    const node = nodeOf(model, version);
    const key = `${item.key}/${node.id}`;
    return {
      key, uid: uidOf(key), node, ops: [node.id], group: false, parent: item, children: null, edges: [],
      expandable: isExpandable(model, snapshot, node),
    };
  });
  const owner = (id: number): number | undefined => {
    for (let at = id; at; ) {
      const own = place.get(at);
      if (own !== undefined) return own;
      const version = snapshot.versionOf.get(at);
      at = version === undefined ? 0 : parent[version];
    }
    return undefined;
  };
  const seen = new Set<string>();
  const visit = (version: number, to: number): void => {
    for (const value of model.operands(version)) {
      const from = owner(Math.abs(definer(value)));
      if (from === undefined || from === to || seen.has(`${from},${to}`)) continue;
      seen.add(`${from},${to}`);
      item.edges.push(from, to);
    }
    for (const child of snapshot.children.get(op[version]) ?? []) visit(child, to);
  };
  versions.forEach((version, i) => visit(version, i));
}
