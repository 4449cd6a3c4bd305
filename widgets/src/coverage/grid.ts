// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A tree grid of many thousand lines of equal height: only those in sight are in the page. Keys are
// those of ARIA's treegrid pattern; one cell is the tab stop.

import { h, replace } from "../ui/dom";

export interface Column {
  title: string;
  /** A title over several columns; equal neighbours share it. */
  over: string;
  /** In pixels; the first column takes what is left, too. */
  width: number;
  /** Numbers: to the right. */
  numeric?: boolean;
}

export interface GridLine {
  level: number;
  /** Whether it is open; undefined for lines without others below. */
  expanded?: boolean;
}

export interface GridOptions {
  label: string;
  columns: Column[];
  line(index: number): GridLine;
  /** Fills the cell's element. */
  draw(cell: HTMLElement, line: number, column: number): void;
  /** Click or Enter. */
  activate(line: number, column: number): void;
  toggle(line: number, open: boolean): void;
}

export const LINE_HEIGHT = 27;
const HEADS = 2;
const MARGIN = 5;

export class Grid {
  readonly element: HTMLElement;
  private body = h("div", { class: "iex-grid-body", role: "rowgroup" });
  private head = h("div", { class: "iex-grid-head", role: "rowgroup" });
  private lines = 0;
  private rows = new Map<number, HTMLElement>();
  private active = { line: 0, column: 0 };
  private chosen = { line: -1, column: -1 };
  private frame = 0;
  private sizer = new ResizeObserver(() => this.render());

  constructor(private options: GridOptions) {
    this.element = h(
      "div",
      {
        class: "iex-grid",
        role: "treegrid",
        "aria-label": options.label,
        "aria-colcount": options.columns.length,
        on: {
          scroll: () => this.soon(),
          keydown: (event: KeyboardEvent) => this.key(event),
          click: (event: MouseEvent) => this.click(event),
          focusin: (event: FocusEvent) => this.focused(event),
        },
      },
      this.head,
      this.body,
    );
    const { columns } = options;
    const least = columns.reduce((sum, column) => sum + column.width, 0);
    const widths = columns.map(({ width }, i) => (i ? `${width}px` : `minmax(${width}px, 1fr)`));
    this.element.style.setProperty("--iex-columns", widths.join(" "));
    this.element.style.setProperty("--iex-least", `${least}px`);
    this.element.style.setProperty("--iex-fixed", `${columns[0].width}px`);
    this.drawHead();
    this.sizer.observe(this.element);
  }

  close(): void {
    this.sizer.disconnect();
    cancelAnimationFrame(this.frame);
  }

  /** Shows `count` lines anew; the active cell stays at its place if there still is one. */
  show(count: number): void {
    this.lines = count;
    this.active.line = Math.max(0, Math.min(this.active.line, count - 1));
    this.element.setAttribute("aria-rowcount", String(count + HEADS));
    this.body.style.height = `${count * LINE_HEIGHT}px`;
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
    this.render();
  }

  /** Marks the cell whose details are shown. */
  choose(line: number, column: number): void {
    this.mark(this.chosen, false);
    this.chosen = { line, column };
    this.mark(this.chosen, true);
  }

  /** Puts the focus on a cell, scrolled into sight. */
  focus(line = this.active.line, column = this.active.column): void {
    if (!this.lines) return;
    this.setActive(
      Math.max(0, Math.min(line, this.lines - 1)),
      Math.max(0, Math.min(column, this.options.columns.length - 1)),
    );
    this.reveal(this.active.line);
    this.render();
    this.cell(this.active.line, this.active.column)?.focus({ preventScroll: true });
    this.revealColumn();
  }

  private mark(at: { line: number; column: number }, on: boolean): void {
    this.rows.get(at.line)?.classList.toggle("iex-lit", on);
    const cell = this.cell(at.line, at.column);
    if (on) cell?.setAttribute("aria-selected", "true");
    else cell?.removeAttribute("aria-selected");
  }

  private drawHead(): void {
    const { columns } = this.options;
    const over: HTMLElement[] = [];
    for (let first = 0; first < columns.length; ) {
      let end = first + 1;
      while (end < columns.length && columns[end].over === columns[first].over) end += 1;
      over.push(
        h(
          "div",
          {
            class: `iex-grid-over${first ? "" : " iex-grid-first"}`,
            role: "columnheader",
            "aria-colindex": first + 1,
            "aria-colspan": end - first,
            style: `grid-column: ${first + 1} / ${end + 1}`,
          },
          h("span", {}, columns[first].over || "\u00a0"),
        ),
      );
      first = end;
    }
    const titles = columns.map((column, i) =>
      h(
        "div",
        {
          class: `iex-grid-title${i ? "" : " iex-grid-first"}${column.numeric ? " iex-number" : ""}`,
          role: "columnheader",
          "aria-colindex": i + 1,
        },
        column.title,
      ),
    );
    const row = (index: number, cells: HTMLElement[]): HTMLElement =>
      h("div", { class: "iex-grid-row", role: "row", "aria-rowindex": index }, ...cells);
    replace(this.head, row(1, over), row(2, titles));
  }

  private soon(): void {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.render();
    });
  }

  /** Lines in sight, and the active one wherever it is: it has the focus. */
  private render(): void {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / LINE_HEIGHT) - MARGIN);
    const last = Math.min(this.lines, Math.ceil((scrollTop + clientHeight) / LINE_HEIGHT) + MARGIN);
    for (const [index, row] of this.rows) {
      if ((index < first || index >= last) && index !== this.active.line) {
        row.remove();
        this.rows.delete(index);
      }
    }
    const fresh: number[] = [];
    for (let index = first; index < last; index++) if (!this.rows.has(index)) fresh.push(index);
    const { line } = this.active;
    if (line < this.lines && (line < first || line >= last) && !this.rows.has(line)) fresh.push(line);
    for (const index of fresh) this.insert(index, this.row(index));
    this.mark(this.chosen, true);
  }

  /** In order of the lines, so that screen readers read them so. */
  private insert(index: number, row: HTMLElement): void {
    this.rows.set(index, row);
    let next: HTMLElement | null = null;
    let nearest = Number.POSITIVE_INFINITY;
    for (const [other, element] of this.rows) {
      if (other > index && other < nearest) {
        nearest = other;
        next = element;
      }
    }
    this.body.insertBefore(row, next);
  }

  private row(index: number): HTMLElement {
    const { level, expanded } = this.options.line(index);
    const cells = this.options.columns.map((_, column) => {
      const cell = h("div", {
        class: `iex-grid-cell${column ? "" : " iex-grid-first"}`,
        role: column ? "gridcell" : "rowheader",
        "aria-colindex": column + 1,
        tabindex: index === this.active.line && column === this.active.column ? 0 : -1,
        data: { column },
      });
      this.options.draw(cell, index, column);
      return cell;
    });
    return h(
      "div",
      {
        class: `iex-grid-row iex-grid-line${expanded === undefined ? "" : " iex-grid-group"}`,
        role: "row",
        "aria-rowindex": index + 1 + HEADS,
        "aria-level": level,
        "aria-expanded": expanded === undefined ? undefined : String(expanded),
        style: `top:${index * LINE_HEIGHT}px`,
        data: { line: index },
      },
      ...cells,
    );
  }

  private cell(line: number, column: number): HTMLElement | null {
    return (this.rows.get(line)?.children[column] as HTMLElement | undefined) ?? null;
  }

  private setActive(line: number, column: number): void {
    this.cell(this.active.line, this.active.column)?.setAttribute("tabindex", "-1");
    this.active = { line, column };
    this.cell(line, column)?.setAttribute("tabindex", "0");
  }

  private reveal(line: number): void {
    const top = line * LINE_HEIGHT;
    const room = this.element.clientHeight - this.head.offsetHeight;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (top + LINE_HEIGHT > this.element.scrollTop + room) {
      this.element.scrollTop = top + LINE_HEIGHT - room;
    }
  }

  /** Sideways, past the first column, which stays. */
  private revealColumn(): void {
    const cell = this.cell(this.active.line, this.active.column);
    if (!cell || !this.active.column) {
      if (cell) this.element.scrollLeft = 0;
      return;
    }
    const fixed = this.cell(this.active.line, 0)?.offsetWidth ?? 0;
    const left = cell.offsetLeft - fixed;
    const right = cell.offsetLeft + cell.offsetWidth - this.element.clientWidth;
    if (left < this.element.scrollLeft) this.element.scrollLeft = left;
    else if (right > this.element.scrollLeft) this.element.scrollLeft = right;
  }

  private place(target: EventTarget | null): { line: number; column: number } | null {
    const cell = (target as Element | null)?.closest<HTMLElement>(".iex-grid-cell");
    const row = cell?.parentElement;
    if (!cell || !row?.dataset.line) return null;
    return { line: Number(row.dataset.line), column: Number(cell.dataset.column) };
  }

  private click(event: MouseEvent): void {
    const at = this.place(event.target);
    if (!at) return;
    this.setActive(at.line, at.column);
    this.options.activate(at.line, at.column);
  }

  private focused(event: FocusEvent): void {
    const at = this.place(event.target);
    if (at) this.setActive(at.line, at.column);
  }

  private key(event: KeyboardEvent): void {
    if (event.altKey || event.metaKey || event.shiftKey) return;
    const { line, column } = this.active;
    const { expanded } = this.options.line(line);
    const last = this.options.columns.length - 1;
    const page = Math.max(1, Math.floor(this.element.clientHeight / LINE_HEIGHT) - 3);
    const actions: Record<string, () => void> = {
      ArrowDown: () => this.focus(line + 1, column),
      ArrowUp: () => this.focus(line - 1, column),
      PageDown: () => this.focus(line + page, column),
      PageUp: () => this.focus(line - page, column),
      Home: () => (event.ctrlKey ? this.focus(0, 0) : this.focus(line, 0)),
      End: () => (event.ctrlKey ? this.focus(this.lines - 1, last) : this.focus(line, last)),
      ArrowRight: () =>
        expanded === false && !column ? this.options.toggle(line, true) : this.focus(line, column + 1),
      ArrowLeft: () => {
        if (column) this.focus(line, column - 1);
        else if (expanded) this.options.toggle(line, false);
        else this.focus(this.parentOf(line), 0);
      },
      Enter: () => this.options.activate(line, column),
      " ": () => this.options.activate(line, column),
    };
    const action = actions[event.key];
    if (!action || !this.lines) return;
    if (event.ctrlKey && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  private parentOf(line: number): number {
    const { level } = this.options.line(line);
    let at = line;
    while (at > 0 && this.options.line(at).level >= level) at -= 1;
    return this.options.line(at).level < level ? at : line;
  }
}
