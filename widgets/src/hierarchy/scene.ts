// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What of the tree is open, where it lies, and the edges between what is in sight. The canvas and
// the table show the same scene. What the reader opened stays open from stage to stage.

import { type Graph, graphOfStep } from "../graph";
import type { Model } from "../model";
import { type Relation, type Trace, relation } from "../trace";
import { Arranger, type Box, NODE_HEIGHT, type Placed } from "./arrange";
import { type Item, type Tree, open, treeOf, uidOf } from "./items";

/** As many nodes are opened by themselves; models with fewer have no groups at first. */
const AT_FIRST = 60;
/** What is in sight is found by bands of this height. */
const BAND = 400;

const ORDER: readonly Relation[] = ["self", "descendant", "ancestor"];

export class Scene {
  /** Opened groups come before their members. */
  placed: Placed[] = [];
  /** Flat pairs of indices into `placed`. */
  edges: number[] = [];
  bounds: Box = { x: 0, y: 0, width: 1, height: 1 };
  /** Whether layers are groups; null: not decided yet. */
  grouped: boolean | null = null;
  private arranger = new Arranger();
  private tree: Tree | null = null;
  private model: Model | null = null;
  private graph: Graph | null = null;
  private opened = new Set<string>();
  private decided = new Set<string>();
  private bands = new Map<number, number[]>();
  private indexOf = new Map<Item, number>();
  private related: { placed: Placed[]; traced: Trace; how: Relation[] } | null = null;

  show(model: Model, graph: Graph): void {
    this.grouped ??= graphOfStep(model, 0).nodes.length > AT_FIRST;
    this.model = model;
    this.graph = graph;
    this.tree = treeOf(model, graph, this.grouped);
    this.arrange();
  }

  group(on: boolean): void {
    this.grouped = on;
    this.arranger.reset(true);
    if (this.model && this.graph) this.show(this.model, this.graph);
  }

  /** Lays everything out afresh. */
  tidy(): void {
    this.arranger.reset(true);
    this.arrange();
  }

  /** Opens or closes what is at `index`; returns where it is then, -1 if it has nothing inside. */
  toggle(index: number): number {
    const item = this.placed[index]?.item;
    if (!item?.expandable) return -1;
    if (!this.opened.delete(item.key)) this.opened.add(item.key);
    this.arranger.reset(false);
    this.arrange();
    return this.indexOf.get(item) ?? -1;
  }

  /** Indices of what may be between two heights, groups first. */
  *between(top: number, bottom: number): Generator<number> {
    const seen = new Set<number>();
    for (let band = Math.floor(top / BAND); band <= Math.floor(bottom / BAND); band++) {
      for (const index of this.bands.get(band) ?? []) {
        if (seen.has(index)) continue;
        seen.add(index);
        yield index;
      }
    }
  }

  /** The innermost thing at a point, -1: none. */
  at(x: number, y: number): number {
    let found = -1;
    for (const index of this.between(y, y)) {
      const { box } = this.placed[index];
      if (x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height) found = Math.max(found, index);
    }
    return found;
  }

  /** How each thing in sight is related to the selection, as the nearest of what is inside. */
  relations(traced: Trace): readonly Relation[] {
    if (this.related?.placed === this.placed && this.related.traced === traced) return this.related.how;
    const how = this.placed.map(({ item, open: isOpen }): Relation => {
      if (!traced.selected.size || (isOpen && item.group)) return "";
      if (!item.group) return relation(traced, item.node.id);
      const found = new Set(item.ops.map((op) => relation(traced, op)));
      return ORDER.find((each) => found.has(each)) ?? "";
    });
    this.related = { placed: this.placed, traced, how };
    return how;
  }

  private arrange(): void {
    const { model, tree, graph } = this;
    if (!model || !tree || !graph) return;
    this.decide(tree.root);
    const isOpen = (item: Item): boolean => {
      if (!this.opened.has(item.key)) return false;
      open(model, graph.step, item);
      return item.children !== null && item.children.length > 0;
    };
    const above = (item: Item): readonly number[] => {
      if (item.node.id <= 0 || item.group) return [];
      const prefix = item.key.slice(0, item.key.lastIndexOf("/") + 1) || "op:";
      return model.provenance(item.node.id).ancestors.map((op) => uidOf(prefix + op));
    };
    this.placed = this.arranger.arrange(tree.root, isOpen, above);
    this.indexOf = new Map(this.placed.map(({ item }, i) => [item, i]));
    this.connect(tree, graph);
    this.measure();
  }

  /** Groups that were never seen come open while there is room. */
  private decide(root: Item): void {
    let shown = root.children?.length ?? 0;
    let level: Item[] = [root];
    while (level.length) {
      const next: Item[] = [];
      for (const group of level) {
        for (const child of group.children ?? []) {
          if (!child.group) continue;
          const count = child.children?.length ?? 0;
          if (!this.decided.has(child.key) && shown + count <= AT_FIRST) {
            this.opened.add(child.key);
            shown += count;
          }
          this.decided.add(child.key);
          if (this.opened.has(child.key)) next.push(child);
        }
      }
      level = next;
    }
  }

  /** Edges end at the outermost closed thing around each end. */
  private connect(tree: Tree, graph: Graph): void {
    const { indexOf } = this;
    const ends = tree.leaves.map((leaf) => {
      let found = indexOf.get(leaf) ?? -1;
      for (let at: Item | null = leaf; at && found < 0; at = at.parent) found = indexOf.get(at) ?? -1;
      return found;
    });
    this.edges = [];
    const seen = new Set<number>();
    const count = this.placed.length;
    const add = (from: number, to: number): void => {
      const key = from * count + to;
      if (from < 0 || to < 0 || from === to || seen.has(key)) return;
      seen.add(key);
      this.edges.push(from, to);
    };
    for (let i = 0; i < graph.edges.length; i += 2) add(ends[graph.edges[i]], ends[graph.edges[i + 1]]);
    for (const { item, open: isOpen } of this.placed) {
      if (!isOpen || item.group || !item.children) continue;
      const inside = item.children.map((child) => indexOf.get(child) ?? -1);
      for (let i = 0; i < item.edges.length; i += 2) add(inside[item.edges[i]], inside[item.edges[i + 1]]);
    }
  }

  private measure(): void {
    this.bands = new Map();
    let [left, top, right, bottom] = [0, 0, 1, NODE_HEIGHT];
    this.placed.forEach(({ box }, i) => {
      left = Math.min(left, box.x);
      top = Math.min(top, box.y);
      right = Math.max(right, box.x + box.width);
      bottom = Math.max(bottom, box.y + box.height);
      for (let band = Math.floor(box.y / BAND); band <= Math.floor((box.y + box.height) / BAND); band++) {
        const list = this.bands.get(band);
        if (list) list.push(i);
        else this.bands.set(band, [i]);
      }
    });
    this.bounds = { x: left, y: top, width: right - left, height: bottom - top };
  }
}
