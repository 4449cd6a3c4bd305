// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The contradictions between sizes, each with buttons that go to the ops it names.

import type { App, Component } from "../app";
import { h, plural, replace } from "../ui/dom";

export class ConflictBanner implements Component {
  readonly element = h("section", { class: "iex-conflicts", role: "region", "aria-label": "Contradictions", hidden: true });
  private drawn: unknown = null;

  constructor(private app: App) {}

  update(): void {
    const conflicts = this.app.shapes?.record.conflicts ?? [];
    this.element.hidden = !conflicts.length;
    if (this.drawn === conflicts) return;
    this.drawn = conflicts;
    const items = conflicts.map(({ text, ops }) =>
      h("li", {}, text, " ", ...ops.map((op) => this.jump(op))));
    const summary = h("summary", {}, `✕ ${plural(conflicts.length, "contradiction")}: these sizes can never be equal`);
    replace(this.element, h("details", { open: true }, summary, h("ul", { class: "iex-list" }, ...items)));
  }

  /** A button to the op, at a step where it is. */
  private jump(op: number): HTMLElement {
    const { app } = this;
    const { model } = app;
    const version = model.versionNear(op, 0);
    const name = version < 0 ? `op ${op}` : model.name(version);
    const go = (): void => {
      if (!model.snapshot(app.state.step).versionOf.has(op)) app.goto(Math.max(0, model.birthOf(op)));
      app.select([op]);
    };
    return h("button", { class: "iex-chip-button", on: { click: go } }, `go to %${op} ${name}`);
  }
}
