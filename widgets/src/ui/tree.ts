// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A tree that follows the keyboard pattern of ARIA's treeview; only open items are in the DOM.

import type { TreeItem } from "../outline";
import { h, replace } from "./dom";

interface Row {
  item: TreeItem;
  level: number;
  parent: number;
  element: HTMLElement;
}

export interface TreeOptions {
  label: string;
  onSelect(item: TreeItem): void;
  onFocus?(item: TreeItem): void;
  lit(item: TreeItem): boolean;
  note(item: TreeItem): string;
}

/** More rows than this are cut, with a row that says so. */
const MOST_ROWS = 1500;

export class Tree {
  readonly element: HTMLElement;
  private items: TreeItem[] = [];
  private open = new Set<string>();
  private rows: Row[] = [];
  private active = "";

  constructor(private options: TreeOptions) {
    this.element = h("div", {
      class: "iex-tree",
      role: "tree",
      "aria-label": options.label,
      on: { keydown: (event: KeyboardEvent) => this.key(event) },
    });
  }

  show(items: TreeItem[]): void {
    this.items = items;
    if (items.length === 1) this.open.add(items[0].key);
    this.draw();
  }

  draw(): void {
    const rows: Row[] = [];
    const add = (items: TreeItem[], level: number, parent: number): void => {
      for (const item of items) {
        if (rows.length >= MOST_ROWS) return;
        const index = rows.length;
        rows.push({ item, level, parent, element: this.row(item, level) });
        if (this.open.has(item.key)) add(item.children, level + 1, index);
      }
    };
    add(this.items, 1, -1);
    this.rows = rows;
    if (!rows.some((row) => row.item.key === this.active)) this.active = rows[0]?.item.key ?? "";
    for (const row of rows) {
      row.element.tabIndex = row.item.key === this.active ? 0 : -1;
    }
    replace(this.element, ...rows.map((row) => row.element));
    if (rows.length >= MOST_ROWS) {
      this.element.append(h("div", { class: "iex-quiet", role: "presentation" }, "… more not shown"));
    }
  }

  private row(item: TreeItem, level: number): HTMLElement {
    const nested = item.children.length > 0;
    const open = this.open.has(item.key);
    const lit = this.options.lit(item);
    return h(
      "div",
      {
        class: `iex-tree-row${lit ? " iex-lit" : ""}`,
        role: "treeitem",
        "aria-level": level,
        "aria-expanded": nested ? String(open) : undefined,
        "aria-selected": String(lit),
        style: `--level:${level}`,
        title: `${item.label}${item.kind ? ` (${item.kind})` : ""}`,
        on: {
          click: () => {
            this.active = item.key;
            this.options.onSelect(item);
          },
          dblclick: () => this.options.onFocus?.(item),
        },
      },
      h(
        "span",
        {
          class: `iex-twist${nested ? (open ? " iex-open" : " iex-closed") : ""}`,
          "aria-hidden": "true",
          on: {
            click: (event: MouseEvent) => {
              event.stopPropagation();
              this.toggle(item, !open);
            },
          },
        },
      ),
      h("span", { class: "iex-tree-label" }, item.label),
      h("span", { class: "iex-tree-note" }, this.options.note(item)),
    );
  }

  private toggle(item: TreeItem, open: boolean): void {
    if (!item.children.length) return;
    if (open) this.open.add(item.key);
    else this.open.delete(item.key);
    const focused = this.element.contains(this.element.ownerDocument.activeElement);
    this.active = item.key;
    this.draw();
    if (focused) this.move(this.rows.findIndex((row) => row.item.key === item.key));
  }

  private move(index: number): void {
    const row = this.rows[Math.max(0, Math.min(index, this.rows.length - 1))];
    if (!row) return;
    this.active = row.item.key;
    for (const each of this.rows) each.element.tabIndex = each === row ? 0 : -1;
    row.element.focus();
  }

  private key(event: KeyboardEvent): void {
    const at = this.rows.findIndex((row) => row.item.key === this.active);
    const row = this.rows[at];
    if (!row || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const open = this.open.has(row.item.key);
    const actions: Record<string, () => void> = {
      ArrowDown: () => this.move(at + 1),
      ArrowUp: () => this.move(at - 1),
      Home: () => this.move(0),
      End: () => this.move(this.rows.length - 1),
      ArrowRight: () =>
        open || !row.item.children.length ? this.move(at + 1) : this.toggle(row.item, true),
      ArrowLeft: () => (open ? this.toggle(row.item, false) : row.parent >= 0 && this.move(row.parent)),
      Enter: () => this.options.onSelect(row.item),
      " ": () => this.options.onFocus?.(row.item),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation(); // arrows move in the tree here, not between passes
    action();
  }
}
