// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is going on with the numerics of one explorer: which check is shown, what is being asked of
// the kernel and how far that is.

import type { App } from "../app";
import type { FoundRecord, NumericsRecord } from "../recording";
import { Numerics, type ValueRow } from "./data";

export type Mode = NumericsRecord["mode"];

export class NumericsJobs {
  /** Index of the check that is shown, -1: the newest. */
  shown = -1;
  busy: "" | "check" | "find" = "";
  message = "";
  failed = false;
  /** How many stages are done, of how many; 0 of 0 before the first news. */
  done = 0;
  total = 0;
  private made: { record: NumericsRecord; model: unknown; numerics: Numerics } | null = null;
  private count = 0;

  constructor(private app: App) {
    app.store.onPush((push) => {
      if (push.push !== "numerics" || !this.busy) return;
      this.done = push.done;
      this.total = push.total;
      this.message = push.stage;
      app.redraw();
    });
  }

  /** The check that is shown, null if there is none. */
  get current(): Numerics | null {
    const { model } = this.app;
    const { numerics } = model.recording;
    if (numerics.length !== this.count) this.shown = -1; // a new one is what one wants to see
    this.count = numerics.length;
    const record = numerics.at(this.shown);
    if (!record) return null;
    if (this.made?.record !== record || this.made.model !== model) {
      this.made = { record, model, numerics: new Numerics(record, model) };
    }
    return this.made.numerics;
  }

  /** The answer of the newest search, if there was one. */
  get found(): FoundRecord | undefined {
    return this.app.model.recording.found.at(-1);
  }

  /** Why nothing can be asked now, or "". */
  get blocked(): string {
    const { store, model } = this.app;
    if (store.offline) return store.offline;
    return model.recording.state === "compiling" ? "still compiling" : "";
  }

  choose(index: number): void {
    this.shown = index;
    this.app.redraw();
  }

  async check(mode: Mode): Promise<void> {
    await this.ask("check", { mode });
  }

  /** Looks for the first wrong rewrite and goes there. */
  async find(): Promise<void> {
    if (await this.ask("find", {})) this.visit();
  }

  async cancel(): Promise<void> {
    await this.app.store.request("cancel_check", {});
  }

  /** The scrubber, the selection and the picked rewrite are what was found. */
  visit(): void {
    const { found, app } = this;
    if (!found || found.step < 0) return;
    app.goto(found.step);
    const here = new Set(found.ops.filter((op) => app.model.versionsOf(op).length));
    if (found.event >= 0) app.pickRewrite(found.event);
    else if (here.size) app.select([...here]);
    app.redraw();
  }

  /** How the error of an op at a step is shown, null if nothing is known. */
  at(op: number, step: number): ValueRow | null {
    return this.current?.at(op, step) ?? null;
  }

  private async ask(what: "check" | "find", params: object): Promise<boolean> {
    const { app } = this;
    Object.assign(this, { busy: what, message: "starting", failed: false, done: 0, total: 0 });
    app.redraw();
    try {
      await app.store.request(what === "find" ? "find_wrong" : "check", params);
      this.message = "";
    } catch (error) {
      this.message = (error as Error).message;
      this.failed = true;
    }
    this.busy = "";
    app.redraw();
    return !this.failed;
  }
}
