// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the shapes add to the graph of a step: the sizes that flow along edges, pins and conflicts.

import type { App } from "../app";
import type { GraphNode } from "../graph";
import type { Shapes } from "./data";
import { pins } from "./marks";
import { Overlay, restOf } from "./overlay";
import { bytes, isSum, keysOf } from "./show";

export interface NodeShapes {
  /** `batch×28×28xf32` in place of the type, "" if nothing of it is symbolic. */
  subtitle: string;
  /** What the node hands on, `batch×28`; "": nothing symbolic. */
  flows: string;
  /** The same with the chosen sizes, `8×28`, or bytes. */
  now: string;
  keys: string[];
  lit: boolean;
  /** "◉ batch" where symbols start, else "". */
  pin: string;
  conflict: string;
}

const NOTHING: NodeShapes = { subtitle: "", flows: "", now: "", keys: [], lit: false, pin: "", conflict: "" };

export class GraphLabels {
  private overlay: Overlay;
  private pinned: ReturnType<typeof pins>;
  private memo = new Map<number, NodeShapes>();
  private conflicts = new Map<number, string>();

  constructor(
    private app: App,
    private shapes: Shapes,
    step: number,
  ) {
    this.overlay = new Overlay(shapes, app.model, step);
    this.pinned = pins(app, shapes, step);
    for (const { text, ops } of shapes.record.conflicts) {
      for (const op of ops) this.conflicts.set(op, text);
    }
  }

  of(node: GraphNode): NodeShapes {
    let found = this.memo.get(node.id);
    if (!found) this.memo.set(node.id, (found = this.make(node)));
    return found;
  }

  private make(node: GraphNode): NodeShapes {
    const pinned = this.pinned.get(Math.abs(node.id)) ?? [];
    const own = { ...NOTHING, conflict: this.conflicts.get(node.id) ?? "" };
    if (pinned.length && (node.id < 0 || pinned.some((symbol) => symbol.op))) {
      own.pin = `◉ ${[...new Set(pinned.map((symbol) => symbol.name))].join(", ")}`;
      own.keys = pinned.map((symbol) => this.shapes.key(this.shapes.symbols.indexOf(symbol)));
    }
    if (node.version >= 0) Object.assign(own, this.values(node.version, own.keys));
    if (!own.subtitle && node.kind === "dispatch") Object.assign(own, this.ofDispatch(node.id, own.keys));
    own.lit = own.keys.includes(this.app.state.symbol);
    return own;
  }

  /** A dispatch on buffers has no results: those of the dispatch on tensors it comes from. */
  private ofDispatch(op: number, keys: string[]): Partial<NodeShapes> {
    const dispatch = this.shapes.record.dispatches[this.shapes.dispatchOf(op)];
    const version = dispatch && this.app.model.versionsOf(dispatch.op)[0];
    return version === undefined ? {} : this.values(version, keys);
  }

  private values(version: number, keys: string[]): Partial<NodeShapes> {
    const { app, shapes } = this;
    const value = (size: number): string => {
      const found = shapes.value(size, app.sizes);
      return Number.isFinite(found) ? String(found) : "?";
    };
    const dims = this.overlay.dimsOf(version);
    const rest = restOf(shapes, app.model, version).filter(({ size }) => shapes.symbolsIn(size).length);
    if (!dims.length && !rest.length) return {};
    const used = [
      ...dims.flatMap((each) => each.sizes.flatMap((size) => (typeof size === "number" ? [] : [size.size]))),
      ...rest.map(({ size }) => size),
    ];
    const factor = (text: string): string => (isSum(text) ? `(${text})` : text);
    const symbolic = dims.map(({ sizes, element }) =>
      [...sizes.map((size) => (typeof size === "number" ? size : factor(shapes.text(size.size)))), element].join("×"));
    const sizes = rest.map(({ kind, size }) => `${shapes.text(size)}${kind === "bytes" ? " B" : ""}`);
    const now = dims.map(({ sizes }) =>
      sizes.map((size) => (typeof size === "number" ? size : value(size.size))).join("×"));
    const unit = ({ kind, size }: { kind: string; size: number }): string =>
      kind === "bytes" ? bytes(shapes.value(size, app.sizes)) : value(size);
    return {
      subtitle: [...symbolic, ...sizes].join(", "),
      flows: [...symbolic.map((text) => text.replace(/×[^×]*$/, "")), ...sizes].join(", "),
      now: [...now, ...rest.map(unit)].join(", "),
      keys: [...new Set([...keys, ...keysOf(app, used)])],
    };
  }
}
