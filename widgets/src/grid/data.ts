// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `Grid`: which workgroup computes which element of a dispatch's result, for chosen sizes. Plain
// data from the recorded tiles and their numbering; no DOM.

import type { Model } from "../model";
import type { GridRecord, TransactionRecord } from "../recording";
import type { Shapes } from "../shapes/data";
import { compile, parse } from "../shapes/expressions";

interface Axis {
  dims: readonly number[];
  extents: number[];
  extent: number;
  tile: number;
  count: number;
}

/** `from` to `to`, the last one left out. */
export type Range = [number, number];

export class Grid {
  /** Sizes of the result, or of the loops that are cut where those are no dimensions of it. */
  readonly shape: number[];
  readonly groups: number[];
  readonly total: number;
  /** Whether `shape` is the result's. */
  readonly ofResult: boolean;
  private axes: Axis[];

  /** `workload` are the sizes that the dispatch passes; NaN: not known. */
  constructor(
    readonly record: GridRecord,
    workload: readonly number[],
  ) {
    const sizes = Float64Array.from(workload);
    const value = (text: string): number =>
      compile(parse(text), (name) => record.workload.indexOf(name))(sizes);
    this.axes = record.axes.map((axis) => {
      const extents = axis.extents.map(value);
      const extent = extents.reduce((a, b) => a * b, 1);
      const count = axis.absorbs
        ? Math.max(Math.floor(extent / axis.tile), Math.min(extent, 1))
        : Math.ceil(extent / axis.tile);
      return { dims: axis.dims, extents, extent, tile: axis.tile, count };
    });
    this.groups = record.workgroups.map(value);
    this.total = this.groups.reduce((a, b) => a * b, 1);
    this.ofResult = this.axes.every((axis) => axis.dims.every((dim, i) => dim >= 0 || axis.extents[i] === 1));
    if (this.ofResult) this.shape = record.shape.map(value);
    else {
      let next = 0;
      this.axes = this.axes.map((axis) => ({ ...axis, dims: axis.extents.map(() => next++) }));
      this.shape = this.axes.flatMap((axis) => axis.extents);
    }
  }

  get known(): boolean {
    return [...this.shape, ...this.groups].every(Number.isFinite);
  }

  /** Rows and columns of the picture: all dimensions but the last are rows, in order. */
  get columns(): number {
    return this.shape[this.shape.length - 1] ?? 1;
  }

  get rows(): number {
    return this.shape.slice(0, -1).reduce((a, b) => a * b, 1);
  }

  /** The indices of the element at a row and column. */
  point(row: number, column: number): number[] {
    const found = this.shape.slice();
    let rest = row;
    for (let d = this.shape.length - 2; d >= 0; d--) {
      found[d] = rest % this.shape[d];
      rest = Math.floor(rest / this.shape[d]);
    }
    if (found.length) found[found.length - 1] = column;
    return found;
  }

  /** Row and column of an element. */
  place(point: readonly number[]): [number, number] {
    let row = 0;
    for (let d = 0; d < point.length - 1; d++) row = row * this.shape[d] + point[d];
    return [row, point[point.length - 1] ?? 0];
  }

  /** The number of the workgroup that computes an element: z, y, x in order. */
  at(point: readonly number[]): number {
    const numbers = this.axes.map((axis) => {
      let index = 0;
      axis.dims.forEach((dim, i) => (index = index * axis.extents[i] + (dim < 0 ? 0 : point[dim])));
      return Math.min(Math.floor(index / axis.tile), axis.count - 1);
    });
    let number = 0;
    numbers.forEach((tile, i) => (number = number * this.axes[i].count + tile));
    return Math.floor(number / this.record.tiles);
  }

  /** The ids x, y, z of a workgroup. */
  ids(workgroup: number): [number, number, number] {
    const [x, y] = this.groups;
    return [workgroup % x, Math.floor(workgroup / x) % y, Math.floor(workgroup / (x * y))];
  }

  /** What a workgroup has: tiles from a first to a last one, as indices of elements. */
  first(workgroup: number): number[] {
    return this.corner(workgroup * this.record.tiles, false);
  }

  last(workgroup: number): number[] {
    const count = this.axes.reduce((a, axis) => a * axis.count, 1);
    return this.corner(Math.min((workgroup + 1) * this.record.tiles, count) - 1, true);
  }

  /** Ranges of a workgroup's indices; null where they are no box: it has several tiles, or loops
   * numbered as one. */
  box(workgroup: number): Range[] | null {
    const whole = this.shape.map((size): Range => [0, size]);
    if (this.record.tiles > 1) return null;
    let rest = workgroup;
    for (const axis of [...this.axes].reverse()) {
      const tile = rest % axis.count;
      rest = Math.floor(rest / axis.count);
      const inner = axis.dims.map((dim, i) => (axis.extents[i] > 1 ? dim : -1)).filter((dim) => dim >= 0);
      if (inner.length > 1 && axis.count > 1) return null;
      const to = tile === axis.count - 1 ? axis.extent : (tile + 1) * axis.tile;
      if (inner.length === 1) whole[inner[0]] = [tile * axis.tile, to];
    }
    return whole;
  }

  private corner(tile: number, end: boolean): number[] {
    const point = this.shape.map((size) => (end ? size - 1 : 0));
    let rest = Math.max(0, tile);
    for (const axis of [...this.axes].reverse()) {
      const number = rest % axis.count;
      rest = Math.floor(rest / axis.count);
      const lastOne = number === axis.count - 1;
      let index = end ? (lastOne ? axis.extent : (number + 1) * axis.tile) - 1 : number * axis.tile;
      for (let i = axis.dims.length - 1; i >= 0; i--) {
        if (axis.dims[i] >= 0) point[axis.dims[i]] = index % axis.extents[i];
        index = Math.floor(index / axis.extents[i]);
      }
    }
    return point;
  }

  /** "64 × 64" where a workgroup has one tile, "" where it has a run of elements. */
  get tile(): string {
    const box = this.total ? this.box(0) : null;
    return box ? box.map(([from, to]) => to - from).join(" × ") : "";
  }
}

/** The grid of what an op dispatches or is part of, with the sizes that are chosen now. */
export function gridOf(model: Model, shapes: Shapes | null, sizes: Float64Array, op: number): Grid | null {
  const entries = model.calls.entriesOf(op);
  const record = model.recording.grids.find((each) => entries.includes(`${each.executable}::${each.entry}`));
  if (!record) return null;
  const form = shapes ? shapes.dispatchOf(op) : -1;
  const own = form >= 0 ? shapes?.record.dispatches[form] : shapes?.record.dispatches.find((d) => d.name === record.entry);
  const passed = own?.workload ?? [];
  return new Grid(record, record.workload.map((_name, i) =>
    shapes && i < passed.length ? shapes.value(passed[i], sizes) : Number.NaN));
}

export function transactionsOf(model: Model, op: number): TransactionRecord | null {
  const entries = model.calls.entriesOf(op);
  return model.recording.transactions.find((each) => entries.includes(`${each.executable}::${each.entry}`)) ?? null;
}

/** What a range of elements is in words: "rows" of indices, "[0, 0] to [3, 255]". */
export function extentText(grid: Grid, workgroup: number): string {
  const box = grid.box(workgroup);
  if (box) return box.map(([from, to]) => (to - from === 1 ? `${from}` : `${from}–${to - 1}`)).join(", ");
  return `[${grid.first(workgroup).join(", ")}] to [${grid.last(workgroup).join(", ")}]`;
}

/** The part of a picture in which some `most` workgroups a side are seen, from a row or column on. */
export function windowOf(grid: Grid, from: [number, number], most: number): { rows: Range; columns: Range } {
  const along = (size: number, begin: number, at: (i: number) => number): Range => {
    let seen = 0;
    let last = -1;
    const end = Math.min(size, begin + 65536);
    for (let i = begin; i < end; i++) {
      const group = at(i);
      if (group !== last && ++seen > most) return [begin, i];
      last = group;
    }
    return [begin, end];
  };
  const [row, column] = from;
  return {
    rows: along(grid.rows, row, (i) => grid.at(grid.point(i, column))),
    columns: along(grid.columns, column, (i) => grid.at(grid.point(row, i))),
  };
}
