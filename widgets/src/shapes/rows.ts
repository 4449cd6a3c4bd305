// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A table of any length of which only the rows in sight exist; it scrolls with what it is in.

import { h, replace } from "../ui/dom";

export interface RowsOptions {
  label: string;
  /** Heading of each column; numbers are set right. */
  columns: { name: string; number?: boolean }[];
  /** CSS grid columns. */
  template: string;
  height: number;
  scroller: HTMLElement;
  row(index: number): { cells: (Node | string)[]; lit: boolean; current: boolean };
}

const BEYOND = 6;

export class Rows {
  readonly element: HTMLElement;
  private body = h("div", { class: "iex-rows-body", role: "rowgroup" });
  private drawn: HTMLElement[] = [];
  private count = 0;

  constructor(private options: RowsOptions) {
    const heads = options.columns.map(({ name, number }) =>
      h("span", { role: "columnheader", class: number ? "iex-number" : "" }, name));
    this.element = h(
      "div",
      { class: "iex-rows", role: "table", "aria-label": options.label, style: `--columns:${options.template}` },
      h("div", { role: "rowgroup" }, h("div", { class: "iex-rows-head", role: "row" }, ...heads)),
      this.body,
    );
    options.scroller.addEventListener("scroll", () => this.draw(), { passive: true });
  }

  show(count: number): void {
    this.count = count;
    this.element.setAttribute("aria-rowcount", String(count + 1));
    this.body.style.height = `${count * this.options.height}px`;
    this.draw();
  }

  /** Scrolls so that a row is in sight. */
  reveal(index: number): void {
    const { scroller, height } = this.options;
    const [first, last] = this.range(0);
    if (index >= first && index < last - 1) return;
    const top = this.body.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    scroller.scrollTop += top + index * height - scroller.clientHeight / 2;
  }

  private range(beyond: number): [number, number] {
    const { scroller, height } = this.options;
    const view = scroller.getBoundingClientRect();
    const top = this.body.getBoundingClientRect().top;
    const first = Math.floor((view.top - top) / height) - beyond;
    const last = Math.ceil((view.bottom - top) / height) + beyond;
    return [Math.max(0, Math.min(first, this.count)), Math.max(0, Math.min(last, this.count))];
  }

  draw(): void {
    const { height, columns } = this.options;
    const [first, last] = this.range(BEYOND);
    const focused = this.body.contains(document.activeElement) ? this.focus() : null;
    this.drawn = [];
    for (let i = first; i < last; i++) {
      const { cells, lit, current } = this.options.row(i);
      this.drawn.push(
        h(
          "div",
          {
            role: "row",
            class: `iex-row${lit ? " iex-row-lit" : ""}${current ? " iex-row-current" : ""}`,
            style: `top:${i * height}px;height:${height}px`,
            "aria-rowindex": i + 2,
            "aria-selected": current ? "true" : undefined,
          },
          ...cells.map((cell, c) =>
            h("span", { role: c ? "cell" : "rowheader", class: columns[c].number ? "iex-number" : "" }, cell)),
        ),
      );
    }
    replace(this.body, ...this.drawn);
    if (focused) this.refocus(...focused);
  }

  /** Row and button that have the focus, kept when rows are drawn anew. */
  private focus(): [string, number] {
    const row = document.activeElement?.closest("[role=row]");
    const buttons = row ? [...row.querySelectorAll("button")] : [];
    return [row?.getAttribute("aria-rowindex") ?? "", buttons.indexOf(document.activeElement as HTMLButtonElement)];
  }

  private refocus(row: string, button: number): void {
    const found = this.drawn.find((each) => each.getAttribute("aria-rowindex") === row);
    found?.querySelectorAll("button")[button]?.focus({ preventScroll: true });
  }
}
