// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Long tables: only rows near what is in sight are made and in the page, with room kept for the
// others, because a browser lays out and paints all rows whenever anything near them changes.

import { h } from "./dom";

const FEW = 60;
const FIRST = 40;
const MARGIN = 30;

export class RowWindow {
  private rows: (HTMLTableRowElement | undefined)[] = [];
  private make: (index: number) => HTMLTableRowElement = () => h("tr", {});
  private body: HTMLElement = h("tbody", {});
  private above = h("tr", { "aria-hidden": "true" }, h("td", { class: "iex-row-space" }));
  private below = h("tr", { "aria-hidden": "true" }, h("td", { class: "iex-row-space" }));
  private first = 0;
  private last = 0;
  private height = 0;

  constructor(private box: HTMLElement) {
    box.addEventListener("scroll", () => this.place(), { passive: true });
  }

  /** Fills `body`, which is in the box, with `count` rows that `make` makes when they are needed. */
  fill(body: HTMLElement, count: number, make: (index: number) => HTMLTableRowElement): void {
    this.body = body;
    this.make = make;
    this.rows = Array.from({ length: count });
    this.height = 0;
    this.first = 0;
    this.last = count <= FEW ? count : FIRST;
    for (let i = 0; i < this.last; i++) body.append(this.row(i));
    if (count <= FEW) return;
    body.closest("table")?.setAttribute("aria-rowcount", String(count + 1));
    requestAnimationFrame(() => this.place());
  }

  /** The rows that were made so far, by index. */
  made(): Iterable<[number, HTMLTableRowElement | undefined]> {
    return this.rows.entries();
  }

  /** Brings row `index` into sight, and returns it. */
  show(index: number): HTMLTableRowElement {
    if (this.height && (index < this.first || index >= this.last)) {
      this.box.scrollTop = this.body.offsetTop + index * this.height - this.box.clientHeight / 2;
      this.place();
    }
    return this.row(index);
  }

  private row(index: number): HTMLTableRowElement {
    const found = this.rows[index];
    if (found) return found;
    const row = this.make(index);
    if (this.rows.length > FEW) row.setAttribute("aria-rowindex", String(index + 2));
    this.rows[index] = row;
    return row;
  }

  private place(): void {
    const { rows, body, box } = this;
    if (rows.length <= FEW || !body.isConnected || !box.clientHeight) return;
    if (!this.height) this.measure();
    if (!this.height) return;
    const at = (box.scrollTop - body.offsetTop) / this.height;
    const first = Math.max(0, Math.min(Math.floor(at) - MARGIN, rows.length - 1));
    const last = Math.min(rows.length, Math.ceil(at + box.clientHeight / this.height) + MARGIN);
    const near = Math.abs(first - this.first) < MARGIN / 2 && Math.abs(last - this.last) < MARGIN / 2;
    if (near && this.above.isConnected && first > 0 && last < rows.length) return;
    if (this.above.isConnected && first === this.first && last === this.last) return;
    this.first = first;
    this.last = Math.max(first, last);
    this.space(this.above, first);
    this.space(this.below, rows.length - this.last);
    const shown = Array.from({ length: this.last - first }, (_, i) => this.row(first + i));
    body.replaceChildren(this.above, ...shown, this.below);
  }

  private space(row: HTMLTableRowElement, count: number): void {
    row.hidden = !count;
    (row.firstElementChild as HTMLElement).style.height = `${count * this.height}px`;
  }

  /** Columns do not become narrower than the first rows ask for. */
  private measure(): void {
    this.height = this.row(0).getBoundingClientRect().height;
    const heads = this.box.querySelectorAll<HTMLElement>("thead th");
    const widths = [...heads].map((head) => head.offsetWidth);
    heads.forEach((head, i) => {
      head.style.minWidth = `${widths[i]}px`;
    });
  }
}
