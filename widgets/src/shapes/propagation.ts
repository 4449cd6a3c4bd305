// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The shape inference, step by step: forward from arguments, backward from results.

import type { App } from "../app";
import { ICONS, h, icon, plural, replace } from "../ui/dom";
import type { Shapes } from "./data";
import type { Reached } from "./overlay";

export type { Reached } from "./overlay";

/** What is known of each op's results after a step; null: everything (no stepping). */
export function reachedAt(shapes: Shapes, step: number): Reached | null {
  if (step < 0) return null;
  const found = new Map<number, number[]>();
  for (const each of shapes.record.propagation.slice(0, step + 1)) found.set(each.op, each.lists);
  return (op) => found.get(op)?.map((list) => shapes.list(list));
}

/** "⇣" where sizes go from operands to results, "⇡" from results to operands. */
export function arrow(direction: string): string {
  return direction === "backward" ? "⇡" : "⇣";
}

export class Stepper {
  /** What is shown while the inference is stepped. */
  readonly element: HTMLElement;
  /** Begins stepping. */
  readonly open: HTMLButtonElement;
  private slider: HTMLInputElement;
  private words = h("div", { class: "iex-propagation-words", "aria-live": "polite" });
  private position = h("span", { class: "iex-position" });

  constructor(private app: App) {
    const button = (path: string, name: string, click: () => void): HTMLElement =>
      h("button", { class: "iex-icon-button", title: name, "aria-label": name, on: { click } }, icon(path));
    this.slider = h("input", {
      class: "iex-range", type: "range", min: 1, step: 1, "aria-label": "Step of the shape inference",
    });
    this.slider.addEventListener("input", () => app.propagate(Number(this.slider.value) - 1));
    this.open = h("button", { class: "iex-chip-button iex-propagate", on: { click: () => this.begin() } });
    const leave = h(
      "button",
      {
        class: "iex-chip-button",
        title: "Leave the steps: show everything that is known (Escape)",
        on: { click: () => this.end() },
      },
      "all sizes",
    );
    const player = h(
      "span",
      { class: "iex-propagation-player" },
      button(ICONS.first, "First step (Home)", () => app.propagate(0)),
      button(ICONS.previous, "Previous step (Left)", () => this.by(-1)),
      this.position,
      button(ICONS.next, "Next step (Right)", () => this.by(1)),
      button(ICONS.last, "Last step (End)", () => app.propagate(this.count - 1)),
      this.slider,
    );
    this.element = h(
      "div",
      {
        class: "iex-propagation",
        role: "group",
        "aria-label": "Shape inference",
        on: { keydown: (event: KeyboardEvent) => this.key(event) },
      },
      h("div", { class: "iex-propagation-line" }, leave, player),
      this.words,
    );
  }

  private get count(): number {
    return this.app.shapes?.record.propagation.length ?? 0;
  }

  private begin(): void {
    this.app.propagate(0);
    queueMicrotask(() => this.slider.focus());
  }

  private end(): void {
    this.app.propagate(-1);
    queueMicrotask(() => this.open.focus());
  }

  private by(steps: number): void {
    this.app.propagate(Math.max(0, this.app.state.propagation + steps));
  }

  private key(event: KeyboardEvent): void {
    if (this.app.state.propagation < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const target: Record<string, () => void> = {
      ArrowRight: () => this.by(1),
      ArrowLeft: () => this.by(-1),
      Home: () => this.app.propagate(0),
      End: () => this.app.propagate(this.count - 1),
      Escape: () => this.end(),
    };
    const go = target[event.key];
    if (!go) return;
    event.preventDefault();
    event.stopPropagation();
    go();
  }

  update(): void {
    const { app } = this;
    const { propagation } = app.state;
    const step = app.shapes?.record.propagation[propagation];
    this.open.textContent = `▸ Step through the inference of sizes, ${plural(this.count, "step")}`;
    this.open.hidden = !this.count || step !== undefined;
    this.element.hidden = !step;
    if (!step) return;
    this.slider.max = String(this.count);
    this.slider.value = String(propagation + 1);
    this.position.textContent = `step ${propagation + 1}/${this.count}`;
    const version = app.model.versionNear(step.op, app.inferred);
    const name = version < 0 ? `op ${step.op}` : app.model.name(version);
    this.slider.setAttribute("aria-valuetext", `${name}, step ${propagation + 1} of ${this.count}`);
    const way = step.direction === "backward" ? "backward, from results to operands" : "forward, from operands to results";
    replace(
      this.words,
      h("span", { class: "iex-propagation-arrow", "aria-hidden": "true" }, arrow(step.direction)),
      h("span", { class: "iex-quiet" }, way),
      h("button", { class: "iex-link", on: { click: () => app.select([step.op]) } }, `%${step.op} ${name}`),
      step.learnt ? h("strong", {}, `learnt ${step.learnt}`) : h("span", { class: "iex-quiet" }, "nothing new for others"),
    );
  }
}
