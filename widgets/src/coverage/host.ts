// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The coverage table by itself: theme, title, progress; the box that both kinds of pages put up.

import { ICONS, h, icon, replace } from "../ui/dom";
import { Theme } from "../ui/theme";
import { type Coverage, decodeCoverage } from "./data";
import { CoverageTable } from "./view";

export interface CoveragePage {
  /** gzip JSON, or null while it is being made. */
  coverage(): Uint8Array | null;
  theme(): string;
  setTheme(theme: "light" | "dark"): void;
  pick(ops: readonly number[]): void;
}

export class CoverageRoot {
  readonly element: HTMLElement;
  private name = h("span", { class: "iex-name" }, "coverage");
  private status = h("span", { class: "iex-status", role: "status" });
  private box = h("div", { class: "iex-coverage-box" });
  private themeButton = h("button", {
    class: "iex-icon-button",
    on: { click: () => this.page.setTheme(this.element.dataset.theme === "light" ? "dark" : "light") },
  });
  private theme: Theme;
  private table: CoverageTable | null = null;

  constructor(private page: CoveragePage) {
    this.element = h(
      "div",
      {
        class: "iex iex-view-coverage",
        data: { view: "coverage" },
        on: {
          // Nothing typed here may reach the notebook, whose single keys are commands.
          keydown: (event: KeyboardEvent) => event.stopPropagation(),
          focusin: (event: FocusEvent) =>
            (event.target as Element).setAttribute("data-lm-suppress-shortcuts", "true"),
        },
      },
      h("div", { class: "iex-header" }, this.name, this.status, h("span", { class: "iex-spring" }), this.themeButton),
      this.box,
    );
    this.theme = new Theme(this.element, () => page.theme(), () => this.drawTheme());
    this.drawTheme();
  }

  /** Shows what there is now; rejects if it cannot be read. */
  async update(): Promise<void> {
    const bytes = this.page.coverage();
    if (!bytes) {
      this.progress(0, 0);
      return;
    }
    this.show(await decodeCoverage(bytes));
  }

  progress(done: number, total: number): void {
    const words = total ? `executing: ${done} of ${total}` : "executing…";
    this.status.dataset.state = "compiling";
    this.status.textContent = words;
  }

  applyTheme(): void {
    this.theme.apply();
  }

  private show(coverage: Coverage): void {
    this.table?.close();
    this.table = new CoverageTable(coverage, { pick: (ops) => this.page.pick(ops) });
    this.name.textContent = coverage.name ? `coverage of ${coverage.name}` : "op coverage";
    this.status.dataset.state = "done";
    this.status.textContent = `${coverage.created.slice(0, 10)}, ${coverage.compiler}`;
    replace(this.box, this.table.element);
  }

  private drawTheme(): void {
    const dark = this.element.dataset.theme === "dark";
    const name = dark ? "Light theme" : "Dark theme";
    this.themeButton.title = name;
    this.themeButton.setAttribute("aria-label", name);
    replace(this.themeButton, icon(dark ? ICONS.sun : ICONS.moon));
  }

  close(): void {
    this.theme.close();
    this.table?.close();
  }
}
