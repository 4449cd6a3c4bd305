// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Layered layout on a grid of cells, in linear time and of bounded width. A node that was placed
// before keeps its cell, so stepping through passes moves nothing that stayed; a new node takes the
// cell of the op that it replaces, or the free cell nearest to where it belongs.

import type { Graph } from "./graph";

export interface Cell {
  column: number;
  row: number;
}

/** No layer is wider than this; longer ones wrap into further rows. */
export const WIDEST = 10;

export class Layout {
  /** Cells by node id, of all nodes ever placed. */
  private placed = new Map<number, Cell>();
  private shown = new Set<number>();

  /** Cells of the nodes of `graph`; `ancestors` finds whose cell a new node may inherit. */
  arrange(graph: Graph, ancestors: (op: number) => readonly number[]): Cell[] {
    const stay = graph.nodes.some((node) => this.shown.has(node.id));
    const inherit = graph.nodes.some((node) =>
      ancestors(node.id).some((other) => this.shown.has(other)),
    );
    const cells = stay || inherit ? this.update(graph, ancestors) : layered(graph);
    graph.nodes.forEach((node, i) => this.placed.set(node.id, cells[i]));
    this.shown = new Set(graph.nodes.map((node) => node.id));
    return cells;
  }

  /** Forgets all cells; the next `arrange` starts afresh. */
  reset(): void {
    this.placed.clear();
    this.shown.clear();
  }

  private update(graph: Graph, ancestors: (op: number) => readonly number[]): Cell[] {
    const taken = new Set<string>();
    const cells = new Array<Cell | undefined>(graph.nodes.length);
    const take = (index: number, cell: Cell | undefined): boolean => {
      if (!cell || taken.has(`${cell.column},${cell.row}`)) return false;
      taken.add(`${cell.column},${cell.row}`);
      cells[index] = cell;
      return true;
    };
    graph.nodes.forEach((node, i) => {
      if (this.shown.has(node.id)) take(i, this.placed.get(node.id));
    });
    graph.nodes.forEach((node, i) => {
      if (cells[i] || take(i, this.placed.get(node.id))) return;
      for (const other of ancestors(node.id)) {
        if (this.shown.has(other) && take(i, this.placed.get(other))) return;
      }
    });
    const { before, after } = neighbours(graph);
    for (const i of topologicalOrder(graph)) {
      if (cells[i]) continue;
      const wish = this.wish(before[i], after[i], cells);
      for (const cell of spiral(wish)) if (take(i, cell)) break;
    }
    return cells as Cell[];
  }

  private wish(before: number[], after: number[], cells: (Cell | undefined)[]): Cell {
    const above = before.map((i) => cells[i]).filter((cell) => cell !== undefined);
    const below = after.map((i) => cells[i]).filter((cell) => cell !== undefined);
    const near = above.length ? above : below;
    if (!near.length) return { column: 0, row: 0 };
    const column = inward(near.reduce((sum, cell) => sum + cell.column, 0) / near.length);
    const row = above.length
      ? Math.max(...above.map((cell) => cell.row)) + 1
      : Math.min(...below.map((cell) => cell.row)) - 1;
    return { column, row };
  }
}

function* spiral(from: Cell): Generator<Cell> {
  for (let down = 0; ; down++) {
    for (let aside = 0; aside <= Math.min(2 + down, WIDEST); aside++) {
      yield { column: from.column + aside, row: from.row + down };
      if (aside) yield { column: from.column - aside, row: from.row + down };
    }
  }
}

function neighbours(graph: Graph): { before: number[][]; after: number[][] } {
  const before: number[][] = graph.nodes.map(() => []);
  const after: number[][] = graph.nodes.map(() => []);
  for (let i = 0; i < graph.edges.length; i += 2) {
    before[graph.edges[i + 1]].push(graph.edges[i]);
    after[graph.edges[i]].push(graph.edges[i + 1]);
  }
  return { before, after };
}

/** Kahn's order; nodes on a cycle come last, in their own order. */
export function topologicalOrder(graph: Graph): number[] {
  const { before, after } = neighbours(graph);
  const waiting = before.map((list) => list.length);
  const order: number[] = [];
  waiting.forEach((count, i) => {
    if (!count) order.push(i);
  });
  for (let next = 0; next < order.length; next++) {
    for (const i of after[order[next]]) if (--waiting[i] === 0) order.push(i);
  }
  if (order.length < graph.nodes.length) {
    const seen = new Set(order);
    graph.nodes.forEach((_node, i) => {
      if (!seen.has(i)) order.push(i);
    });
  }
  return order;
}

/** A fresh layout: row = longest path, column near the mean of the producers' columns. */
export function layered(graph: Graph): Cell[] {
  const { before, after } = neighbours(graph);
  const depth = new Array<number>(graph.nodes.length).fill(0);
  const linked: number[] = [];
  const loose: number[] = [];
  const order = topologicalOrder(graph);
  const seen = new Set<number>();
  for (const i of order) {
    for (const j of before[i]) if (seen.has(j)) depth[i] = Math.max(depth[i], depth[j] + 1);
    seen.add(i);
    (before[i].length || after[i].length ? linked : loose).push(i);
  }
  const layers: number[][] = [];
  for (const i of linked) (layers[depth[i]] ??= []).push(i);
  const cells = new Array<Cell>(graph.nodes.length);
  let row = 0;
  for (const layer of layers) {
    if (!layer) continue;
    row += placeLayer(layer, row, before, cells);
  }
  loose.forEach((i, k) => {
    cells[i] = { column: (k % WIDEST) - (WIDEST >> 1), row: row + Math.floor(k / WIDEST) };
  });
  return cells;
}

/** Places one layer from `row` on; returns how many rows it took. */
function placeLayer(layer: number[], row: number, before: number[][], cells: Cell[]): number {
  const wish = new Map<number, number>();
  for (const i of layer) {
    const above = before[i].map((j) => cells[j]).filter((cell) => cell !== undefined);
    const sum = above.reduce((total, cell) => total + cell.column, 0);
    wish.set(i, above.length ? sum / above.length : 0);
  }
  const sorted = [...layer].sort((a, b) => (wish.get(a) as number) - (wish.get(b) as number));
  const rows = Math.ceil(sorted.length / WIDEST);
  const width = Math.ceil(sorted.length / rows);
  for (let part = 0; part < rows; part++) {
    const members = sorted.slice(part * width, (part + 1) * width);
    const columns = spread(members.map((i) => wish.get(i) as number));
    members.forEach((i, k) => {
      cells[i] = { column: columns[k], row: row + part };
    });
  }
  return rows;
}

/** Rounds halves towards 0, so that one branch after another does not drift aside. */
function inward(value: number): number {
  return Math.sign(value) * Math.ceil(Math.abs(value) - 0.5);
}

/** Distinct whole columns, ascending, close to the wished ones, within the bounded width. */
function spread(wishes: readonly number[]): number[] {
  const half = WIDEST >> 1;
  const columns: number[] = [];
  for (const wish of wishes) {
    const least = columns.length ? columns[columns.length - 1] + 1 : -half;
    columns.push(Math.max(least, inward(Math.min(Math.max(wish, -half), half))));
  }
  const over = columns.length ? columns[columns.length - 1] - half : 0;
  if (over > 0) {
    let most = half;
    for (let i = columns.length - 1; i >= 0 && columns[i] > most; i--, most--) columns[i] = most;
  }
  const mean = wishes.reduce((a, b) => a + b, 0) / (wishes.length || 1);
  const got = columns.reduce((a, b) => a + b, 0) / (columns.length || 1);
  const shift = inward(mean - got);
  const fits = columns.every((c) => Math.abs(c + shift) <= half);
  return fits ? columns.map((c) => c + shift) : columns;
}
