// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where everything that is open lies: each group lays out its own members on a grid and is as large
// as they need. What a group once took it keeps until something is opened or closed, so that
// stepping through passes moves nothing that stayed.

import { Layout } from "../layout";
import type { Item } from "./items";

export const CELL_WIDTH = 244;
export const CELL_HEIGHT = 78;
export const NODE_WIDTH = 212;
export const NODE_HEIGHT = 46;
const PAD = 16;
const HEAD = 30;
const GAP = CELL_HEIGHT - NODE_HEIGHT;

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Placed {
  item: Item;
  box: Box;
  depth: number;
  open: boolean;
}

interface Inside {
  boxes: Box[];
  inner: (Inside | null)[];
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export class Arranger {
  private layouts = new Map<string, Layout>();
  private extents = new Map<string, Inside>();
  private rows = new Map<string, Map<number, number>>();

  /** Boxes of all that is in sight, groups before their members. */
  arrange(root: Item, isOpen: (item: Item) => boolean, above: (item: Item) => readonly number[]): Placed[] {
    const inside = this.inside(root, isOpen, above);
    const placed: Placed[] = [];
    const add = (item: Item, at: Inside, x: number, y: number, depth: number): void => {
      (item.children as Item[]).forEach((child, i) => {
        const own = at.boxes[i];
        const box = { ...own, x: own.x + x, y: own.y + y };
        const deeper = at.inner[i];
        placed.push({ item: child, box, depth, open: deeper !== null });
        if (deeper) add(child, deeper, box.x + PAD - deeper.left, box.y + HEAD - deeper.top, depth + 1);
      });
    };
    add(root, inside, 0, 0, 0);
    return placed;
  }

  /** Forgets the room that groups kept; `cells`: also where their members were. */
  reset(cells: boolean): void {
    this.extents.clear();
    this.rows.clear();
    if (cells) this.layouts.clear();
  }

  private inside(item: Item, isOpen: (item: Item) => boolean, above: (item: Item) => readonly number[]): Inside {
    const children = item.children as Item[];
    let layout = this.layouts.get(item.key);
    if (!layout) this.layouts.set(item.key, (layout = new Layout()));
    const byUid = new Map(children.map((child) => [child.uid, child]));
    const nodes = children.map((child) => ({ ...child.node, id: child.uid }));
    const graph = { step: 0, nodes, edges: item.edges, dispatchesOnly: false };
    const cells = layout.arrange(graph, (uid) => above(byUid.get(uid) as Item));
    const inner = children.map((child) => (isOpen(child) && child.children ? this.inside(child, isOpen, above) : null));
    const boxes = inner.map((each): Box => ({
      x: 0, y: 0,
      width: each ? Math.max(NODE_WIDTH, each.right - each.left + 2 * PAD) : NODE_WIDTH,
      height: each ? each.bottom - each.top + HEAD + PAD : NODE_HEIGHT,
    }));
    const rows = new Map<number, number[]>();
    cells.forEach((cell, i) => {
      const row = rows.get(cell.row);
      if (row) row.push(i);
      else rows.set(cell.row, [i]);
    });
    const heights = this.heights(item.key, rows, boxes);
    for (const [row, members] of rows) {
      const y = top(row, heights);
      members.sort((a, b) => cells[a].column - cells[b].column);
      for (const i of members) {
        boxes[i].x = cells[i].column * CELL_WIDTH + (NODE_WIDTH - boxes[i].width) / 2;
        boxes[i].y = y;
      }
      part(members.map((i) => boxes[i]));
    }
    return this.keep(item.key, { boxes, inner, left: 0, top: 0, right: NODE_WIDTH, bottom: NODE_HEIGHT });
  }

  private heights(key: string, rows: Map<number, number[]>, boxes: Box[]): Map<number, number> {
    let heights = this.rows.get(key);
    if (!heights) this.rows.set(key, (heights = new Map()));
    for (const [row, members] of rows) {
      const tallest = Math.max(...members.map((i) => boxes[i].height));
      if (tallest > Math.max(NODE_HEIGHT, heights.get(row) ?? 0)) heights.set(row, tallest);
    }
    return heights;
  }

  private keep(key: string, now: Inside): Inside {
    const before = this.extents.get(key);
    const xs = now.boxes.map((box) => box.x);
    now.left = xs.length ? xs.reduce((a, b) => Math.min(a, b)) : 0;
    now.top = now.boxes.reduce((a, box) => Math.min(a, box.y), Number.POSITIVE_INFINITY);
    if (!Number.isFinite(now.top)) now.top = 0;
    now.right = now.boxes.reduce((a, box) => Math.max(a, box.x + box.width), now.left + NODE_WIDTH);
    now.bottom = now.boxes.reduce((a, box) => Math.max(a, box.y + box.height), now.top + NODE_HEIGHT);
    if (before) {
      now.left = Math.min(now.left, before.left);
      now.top = Math.min(now.top, before.top);
      now.right = Math.max(now.right, before.right);
      now.bottom = Math.max(now.bottom, before.bottom);
    }
    this.extents.set(key, now);
    return now;
  }
}

/** The upper edge of a row; row 0 is at 0, only rows that are taller than a node are in `heights`. */
function top(row: number, heights: ReadonlyMap<number, number>): number {
  let y = row * CELL_HEIGHT;
  for (const [other, height] of heights) {
    if (row > 0 && other >= 0 && other < row) y += height + GAP - CELL_HEIGHT;
    if (row < 0 && other < 0 && other >= row) y -= height + GAP - CELL_HEIGHT;
  }
  return y;
}

/** Moves boxes of one row apart where they overlap, half to each side. */
function part(row: Box[]): void {
  let shift = 0;
  row.forEach((box, i) => {
    const before = row[i - 1];
    const least = before ? before.x + before.width + (CELL_WIDTH - NODE_WIDTH) : box.x;
    if (box.x < least) {
      shift = Math.max(shift, least - box.x);
      box.x = least;
    }
  });
  if (shift) for (const box of row) box.x -= shift / 2;
}
