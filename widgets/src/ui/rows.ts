// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Long tables: rows far out of sight are hidden, with room kept for them, because a browser paints
// all rows of a table whenever anything near it changes.

import { h } from "./dom";

const FEW = 120;
const MARGIN = 30;

export class RowWindow {
  private rows: HTMLTableRowElement[] = [];
  private above = h("tr", { "aria-hidden": "true" }, h("td", { class: "iex-row-space" }));
  private below = h("tr", { "aria-hidden": "true" }, h("td", { class: "iex-row-space" }));
  private first = 0;
  private last = 0;
  private height = 0;

  constructor(private box: HTMLElement) {
    box.addEventListener("scroll", () => this.place(), { passive: true });
  }

  /** The rows of the table in the box, after they were made. */
  adopt(): void {
    const body = this.box.querySelector("tbody");
    this.rows = body && body.rows.length > FEW ? [...body.rows] : [];
    this.height = 0;
    if (!body || !this.rows.length) return;
    body.prepend(this.above);
    body.append(this.below);
    this.first = 0;
    this.last = this.rows.length;
    requestAnimationFrame(() => this.place());
  }

  /** Scrolls so that `row` is in sight. */
  show(row: HTMLElement): void {
    const index = this.rows.indexOf(row as HTMLTableRowElement);
    if (index < 0 || !this.height || !row.hidden) return;
    const top = this.rows[0].parentElement as HTMLElement;
    this.box.scrollTop = top.offsetTop + index * this.height - this.box.clientHeight / 2;
    this.place();
  }

  private place(): void {
    if (!this.rows.length || !this.rows[0].isConnected || !this.box.clientHeight) return;
    if (!this.height) this.measure();
    if (!this.height) return;
    const body = this.rows[0].parentElement as HTMLElement;
    const at = (this.box.scrollTop - body.offsetTop) / this.height;
    const first = Math.max(0, Math.min(Math.floor(at) - MARGIN, this.rows.length - 1));
    const last = Math.min(this.rows.length, Math.ceil(at + this.box.clientHeight / this.height) + MARGIN);
    const near = Math.abs(first - this.first) < MARGIN / 2 && Math.abs(last - this.last) < MARGIN / 2;
    if (near && first > 0 && last < this.rows.length) return;
    if (first === this.first && last === this.last) return;
    for (let i = this.first; i < this.last; i++) if (i < first || i >= last) this.rows[i].hidden = true;
    for (let i = first; i < last; i++) this.rows[i].hidden = false;
    this.first = first;
    this.last = Math.max(first, last);
    this.space(this.above, first);
    this.space(this.below, this.rows.length - this.last);
  }

  private space(row: HTMLTableRowElement, count: number): void {
    row.hidden = !count;
    (row.firstElementChild as HTMLElement).style.height = `${count * this.height}px`;
  }

  /** Columns keep the width that all rows together ask for. */
  private measure(): void {
    this.height = this.rows[0].offsetHeight;
    const heads = this.box.querySelectorAll<HTMLElement>("thead th");
    const widths = [...heads].map((head) => head.offsetWidth);
    heads.forEach((head, i) => {
      head.style.minWidth = `${widths[i]}px`;
    });
  }
}
