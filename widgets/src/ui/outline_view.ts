// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The sidebar's outline: what the IR at the scrubber has, and the model's layers.

import type { App, Component } from "../app";
import { note } from "../numerics/data";
import { type TreeItem, layersOfModel, outlineOfStep } from "../outline";
import { pinnedDelta } from "../run/compare";
import { duration, h, median } from "./dom";
import { Tree } from "./tree";

export class OutlineView implements Component {
  readonly element: HTMLElement;
  private symbols: Tree;
  private layers: Tree;
  private drawn = "";
  private drawnModel: unknown = null;
  private drawnTrace: unknown = null;

  constructor(private app: App) {
    const options = {
      onSelect: (item: TreeItem) => item.ops.length && app.select(item.ops),
      onFocus: (item: TreeItem) => this.focus(item),
      lit: (item: TreeItem) => this.lit(item),
      note: (item: TreeItem) => this.note(item),
    };
    this.symbols = new Tree({ label: "Symbols and dispatches", ...options });
    this.layers = new Tree({ label: "Model layers", ...options });
    this.element = h(
      "div",
      { class: "iex-outline" },
      h("h3", { class: "iex-group" }, "This stage"),
      this.symbols.element,
      h("h3", { class: "iex-group" }, "Model layers"),
      this.layers.element,
    );
  }

  update(): void {
    const { model, state, traced } = this.app;
    const run = [model.recording.runs.length, state.run, state.pinned.join("+")].join("/");
    const checked = this.app.numerics.current;
    const key = `${state.step}:${model.lastStep}:${run}:${checked?.record.started}${checked?.record.mode}`;
    if (this.drawnModel !== model) this.layers.show(layersOfModel(model));
    if (key !== this.drawn || this.drawnModel !== model) {
      this.symbols.show(outlineOfStep(model, state.step));
    } else if (this.drawnTrace !== traced) {
      this.symbols.draw();
      this.layers.draw();
    }
    this.drawn = key;
    this.drawnModel = model;
    this.drawnTrace = traced;
  }

  /** Shows the item alone in the pane that follows the scrubber, or everything again. */
  private focus(item: TreeItem): void {
    const index = this.app.state.panes.findIndex((pane) => pane.at === "linked");
    if (index < 0 || !item.focus) return;
    const same = this.app.state.panes[index].focus === item.focus;
    this.app.setPane(index, { focus: same ? 0 : item.focus });
  }

  private lit(item: TreeItem): boolean {
    const { selected, ancestors, descendants } = this.app.traced;
    return item.ops.some((op) => selected.has(op) || ancestors.has(op) || descendants.has(op));
  }

  private note(item: TreeItem): string {
    if (item.kind === "layer") return "";
    const { model } = this.app;
    const symbol = item.label.startsWith("@") ? item.label.slice(1) : "";
    const byOp = item.ops.length ? model.dispatchTimes(item.ops[0]) : [];
    const found = byOp.length ? byOp : symbol ? model.dispatchTimes(symbol) : [];
    const error = item.ops.length === 1 ? this.app.numerics.at(item.ops[0], this.app.state.step) : null;
    const time = found.reduce((sum, dispatch) => sum + median(dispatch.samplesNs), 0);
    const compared = pinnedDelta(model, found)?.text ?? "";
    const measured = found.length ? [duration(time), compared].filter(Boolean).join(" ") : "";
    return [measured, error ? note(error) : ""].filter(Boolean).join(" · ");
  }
}
