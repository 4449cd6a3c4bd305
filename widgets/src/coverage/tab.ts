// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The explorer's coverage tab: the model's op configurations, executed on request.

import type { App, Component } from "../app";
import { h, replace } from "../ui/dom";
import { decodeCoverage } from "./data";
import { CoverageTable } from "./view";

export class CoverageTab implements Component {
  readonly element = h("div", { class: "iex-coverage-tab" });
  private button = h("button", { class: "iex-primary", on: { click: () => void this.run() } }, "Execute every op");
  private cancel = h("button", { class: "iex-chip-button", on: { click: () => void this.stop() } }, "cancel");
  private status = h("span", { class: "iex-quiet", role: "status" });
  private box = h("div", { class: "iex-coverage-box" });
  private table: CoverageTable | null = null;
  private running = false;
  private message = "";
  private drawn: Uint8Array | null = null;
  private stops: (() => void)[];

  constructor(private app: App) {
    replace(this.element,
      h("div", { class: "iex-run-form" }, this.button, this.cancel, this.status),
      this.box);
    this.stops = [
      app.store.onChange("coverage", () => void this.adopt()),
      app.store.onPush((push) => {
        if (push.push !== "coverage") return;
        this.message = `${push.done} of ${push.total}`;
        this.update();
      }),
    ];
    void this.adopt();
  }

  update(): void {
    const blocked = this.blocked();
    this.button.disabled = this.running || blocked !== "";
    this.button.setAttribute("aria-busy", String(this.running));
    this.cancel.hidden = !this.running;
    const idle = this.table ? "" : "Each distinct op of the model as a program of its own, on every target.";
    this.status.textContent = this.message || (this.table && this.app.store.offline ? "" : blocked) || idle;
  }

  close(): void {
    for (const stop of this.stops) stop();
    this.table?.close();
  }

  private blocked(): string {
    const { store, model } = this.app;
    if (store.offline) return store.offline;
    return model.recording.phases[0]?.state === "done" ? "" : "nothing is imported yet";
  }

  private async run(): Promise<void> {
    this.running = true;
    this.message = "executing…";
    this.update();
    try {
      await this.app.store.request("coverage", {});
      this.message = "";
    } catch (error) {
      this.message = (error as Error).message;
    }
    this.running = false;
    this.update();
  }

  private async stop(): Promise<void> {
    await this.app.store.request("cancel_coverage", {});
  }

  private async adopt(): Promise<void> {
    const bytes = this.app.store.coverage();
    if (!bytes || bytes === this.drawn) return;
    this.drawn = bytes;
    try {
      const coverage = await decodeCoverage(bytes);
      this.table?.close();
      this.table = new CoverageTable(coverage, { pick: (ops) => this.app.select(ops) });
      replace(this.box, this.table.element);
    } catch (error) {
      replace(this.box, h("pre", { class: "iex-error", role: "alert" }, (error as Error).message));
    }
    this.update();
  }
}
