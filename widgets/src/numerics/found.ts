// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a search found: the pass, the rewrite, the errors around it, and the cell that shows it.

import type { App, Component } from "../app";
import type { FoundRecord } from "../recording";
import { shortPath } from "../trace";
import { h, replace } from "../ui/dom";
import { short } from "./data";
import { insertBelow, notebookOf } from "./insert";

export class FoundView implements Component {
  readonly element = h("section", { class: "iex-found", "aria-label": "The first wrong rewrite", hidden: true });
  private drawn: FoundRecord | undefined;

  constructor(private app: App) {}

  update(): void {
    const { found } = this.app.numerics;
    if (found === this.drawn) return;
    this.drawn = found;
    this.element.hidden = !found;
    if (found) replace(this.element, ...this.parts(found));
  }

  private parts(found: FoundRecord): (HTMLElement | null)[] {
    if (!found.pass) {
      return [h("p", { class: "iex-good-text" }, "✓ Nothing is wrong: every stage computes what the model does.")];
    }
    const go = h("button", { class: "iex-chip-button", on: { click: () => this.app.numerics.visit() } }, "Go there");
    if (!found.pattern) {
      return [h("p", {}, h("strong", { class: "iex-bad-text" }, "✗ What runs is wrong"),
        `, all is right after ${found.pass}: what comes between is machine code. `, go)];
    }
    const infinite = (error: number): string => short(error < 0 ? Number.POSITIVE_INFINITY : error);
    const which = found.first === found.last ? `rewrite ${found.last}` : `rewrites ${found.first} to ${found.last}`;
    const place = `${shortPath(found.file)}:${found.line}`;
    const words = h("div", { class: "iex-found-words" },
      h("p", {},
        h("strong", { class: "iex-bad-text" }, `✗ ${found.pattern}`),
        ` in ${found.pass} (phase ${found.phase}), ${which} of ${found.count}, `,
        h("code", { title: found.file }, place)),
      h("p", { class: "iex-quiet" },
        `error ${infinite(found.before)} before, ${infinite(found.after)} after; ${short(found.tolerance)} is fine`,
        found.sources.length ? ` · of ${found.sources.slice(0, 3).join(", ")}` : "",
        found.problem ? ` · ${found.problem.split("\n")[0]}` : ""),
      h("p", {}, go));
    return [
      words,
      found.cell ? this.cell(found.cell) : h("p", { class: "iex-quiet" }, "It takes the whole program to show it: no cell."),
    ];
  }

  private cell(text: string): HTMLElement {
    const copy = h("button", { class: "iex-chip-button", on: { click: () => void this.copy(text, copy) } }, "Copy the cell");
    const notebook = notebookOf(this.app.store.manager);
    const insert = notebook
      ? h("button", { class: "iex-chip-button", on: { click: () => insertBelow(notebook, this.element, text) } }, "Insert below")
      : null;
    return h("div", { class: "iex-found-cell" },
      h("p", {}, "This cell reproduces it ", copy, insert),
      h("pre", { class: "iex-code", tabindex: 0, role: "region", "aria-label": "The cell that reproduces it" }, text));
  }

  private async copy(text: string, button: HTMLElement): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      const range = document.createRange();
      const pre = this.element.querySelector("pre");
      if (pre) range.selectNodeContents(pre);
      window.getSelection()?.removeAllRanges();
      window.getSelection()?.addRange(range);
      button.textContent = "Selected: press Ctrl+C";
    }
    setTimeout(() => {
      button.textContent = "Copy the cell";
    }, 2500);
  }
}
