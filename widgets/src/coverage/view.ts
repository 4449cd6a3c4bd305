// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The coverage table: totals, filters, the grid of configurations by steps, and what a cell has to
// say: error, pass, program, command. Used by its own widget and by the explorer's tab.

import { ICONS, duration, h, icon, plural, replace } from "../ui/dom";
import {
  type Cell,
  type Coverage,
  type Filter,
  type Line,
  NO_FILTER,
  type Row,
  SIGNS,
  STATES,
  type Sort,
  type State,
  type Together,
  cellOf,
  counts,
  dtypes,
  errorText,
  isGood,
  ladder,
  lines,
  select,
  shortType,
  stepState,
  tally,
  totalNs,
} from "./data";
import { type Column, Grid } from "./grid";

export interface CoverageHost {
  /** The ops of a model that have a configuration were clicked. */
  pick(ops: readonly number[]): void;
}

interface Field extends Column {
  target: string;
  kind: "configuration" | "count" | "step" | "error" | "time";
  step: string;
}

const STATUS_WORDS: [Filter["status"], string][] = [
  ["", "every status"],
  ["problems", "problems"],
  ["ok", "ok"],
  ["failed", "failed"],
  ["wrong", "wrong results"],
  ["gap", "declared gaps"],
  ["unchecked", "unchecked"],
];

const SORTS: [Sort, string][] = [
  ["table", "as listed"],
  ["status", "worst first"],
  ["error", "largest error first"],
  ["time", "slowest first"],
  ["dtype", "by element type"],
];

export class CoverageTable {
  readonly element = h("div", { class: "iex-coverage" });
  private filter: Filter = { ...NO_FILTER };
  private sort: Sort = "table";
  private grouped = true;
  private open = new Set<string>();
  private shown: Line[] = [];
  private fields: Field[];
  private grid: Grid;
  private status = h("span", { class: "iex-quiet", role: "status" });
  private chips: [HTMLElement, string, State][] = [];
  private details = h("div", { class: "iex-coverage-details", role: "region", "aria-label": "Details" });
  private controls: { element: HTMLInputElement | HTMLSelectElement; read: () => string }[] = [];
  private expandButton: HTMLButtonElement;

  constructor(
    readonly coverage: Coverage,
    private host: CoverageHost,
  ) {
    this.fields = fieldsOf(coverage);
    this.grid = new Grid({
      label: `Coverage of ${coverage.name || "all ops"}`,
      columns: this.fields,
      line: (index) => this.describe(index),
      draw: (cell, line, column) => this.draw(cell, line, column),
      activate: (line, column) => this.activate(line, column),
      toggle: (line, open) => this.toggle(line, open),
    });
    this.expandButton = h("button", { class: "iex-chip-button", on: { click: () => this.expandAll() } });
    this.details.hidden = true;
    this.element.addEventListener("keydown", (event) => this.key(event));
    const few = new Set(coverage.rows.map((row) => row.op)).size <= 12;
    if (few) for (const row of coverage.rows) this.open.add(row.op);
    replace(this.element, this.totals(), this.toolbar(),
      h("div", { class: "iex-coverage-main" }, this.grid.element, this.details));
    this.update();
  }

  close(): void {
    this.grid.close();
  }

  /** Shows the rows that pass `filter`. */
  setFilter(filter: Partial<Filter>): void {
    Object.assign(this.filter, filter);
    for (const { element, read } of this.controls) {
      if (element.value !== read()) element.value = read();
    }
    this.update();
  }

  private update(): void {
    const { coverage } = this;
    const rows = select(coverage, this.filter, this.sort);
    this.shown = lines(coverage, rows, this.grouped, this.open);
    this.grid.show(this.shown.length);
    const all = coverage.rows.length;
    const count = rows.length === all ? "" : `${rows.length.toLocaleString("en")} of `;
    this.status.textContent = `${count}${plural(all, "configuration")}`;
    const anyOpen = this.shown.some((line) => line.kind === "group" && line.open);
    this.expandButton.textContent = anyOpen ? "Collapse all" : "Expand all";
    this.expandButton.hidden = !this.grouped;
    for (const [chip, target, state] of this.chips) {
      const on = this.filter.target === target && this.filter.status === state;
      chip.setAttribute("aria-pressed", String(on));
    }
  }

  // -- what is above the grid

  private totals(): HTMLElement {
    const { coverage } = this;
    const parts = coverage.targets.map((target) => {
      const found = counts(coverage, target);
      const chips = STATES.filter((state) => found.get(state)).map((state) => {
        const text = `${SIGNS[state]} ${found.get(state)?.toLocaleString("en")} ${state}`;
        const click = (): void => {
          const on = this.filter.target === target && this.filter.status === state;
          this.setFilter(on ? { target: "", status: "" } : { target, status: state });
        };
        const chip = h("button", { class: `iex-chip-button iex-state-${state}`, on: { click } }, text);
        this.chips.push([chip, target, state]);
        return chip;
      });
      return h("span", { class: "iex-coverage-total", role: "group", "aria-label": target },
        h("strong", {}, target), ...chips);
    });
    const missing = coverage.missing.length
      ? h("span", { class: "iex-bad-text" }, `no sample: ${coverage.missing.join(", ")}`)
      : null;
    const cut = coverage.complete ? null : h("span", { class: "iex-bad-text" }, "cancelled");
    return h("div", { class: "iex-coverage-totals" }, ...parts, missing, cut);
  }

  private toolbar(): HTMLElement {
    const search = h("input", {
      class: "iex-input iex-coverage-search",
      type: "search",
      placeholder: "op, type, error…",
      "aria-label": "Filter by text",
      on: { input: () => this.setFilter({ text: search.value }) },
    });
    this.controls.push({ element: search, read: () => this.filter.text });
    const choose = <K extends keyof Filter>(
      key: K,
      label: string,
      options: readonly (readonly [string, string])[],
    ): HTMLSelectElement => {
      const element = h(
        "select",
        {
          class: "iex-select",
          "aria-label": label,
          on: { change: () => this.setFilter({ [key]: element.value } as Partial<Filter>) },
        },
        ...options.map(([value, text]) => h("option", { value }, text)),
      );
      this.controls.push({ element, read: () => this.filter[key] });
      return element;
    };
    const { coverage } = this;
    const types = dtypes(coverage).map((type) => [type, shortType(type)] as const);
    const targets = coverage.targets.map((target) => [target, target] as const);
    const sort = h(
      "select",
      {
        class: "iex-select",
        "aria-label": "Order",
        on: {
          change: () => {
            this.sort = sort.value as Sort;
            this.update();
          },
        },
      },
      ...SORTS.map(([value, text]) => h("option", { value }, text)),
      coverage.name ? h("option", { value: "count" }, "most used first") : null,
    );
    const grouped = h("input", {
      type: "checkbox",
      checked: true,
      on: {
        change: () => {
          this.grouped = grouped.checked;
          this.update();
        },
      },
    });
    return h(
      "div",
      { class: "iex-coverage-bar", role: "search" },
      search,
      choose("status", "Filter by status", STATUS_WORDS),
      choose("dtype", "Filter by element type", [["", "every type"], ...types]),
      choose("target", "Filter by target", [["", "every target"], ...targets]),
      choose("sizes", "Filter by sizes", [["", "static and dynamic"], ["static", "static"], ["dynamic", "dynamic"]]),
      sort,
      h("label", { class: "iex-base" }, grouped, " by op"),
      this.expandButton,
      h("span", { class: "iex-spring" }),
      this.status,
    );
  }

  private expandAll(): void {
    const groups = this.shown.filter((line) => line.kind === "group");
    if (groups.some((line) => line.open)) this.open.clear();
    else for (const line of groups) this.open.add(line.op);
    this.update();
  }

  // -- the grid

  private describe(index: number): { level: number; expanded?: boolean } {
    const line = this.shown[index];
    if (!line) return { level: 1 };
    if (line.kind === "group") return { level: 1, expanded: line.open };
    return { level: line.grouped ? 2 : 1 };
  }

  private draw(cell: HTMLElement, index: number, column: number): void {
    const line = this.shown[index];
    const field = this.fields[column];
    if (field.numeric) cell.classList.add("iex-number");
    if (line.kind === "group") this.drawGroup(cell, line.op, line.rows, line.open, field);
    else this.drawRow(cell, this.coverage.rows[line.row], line.grouped, field);
  }

  private drawGroup(cell: HTMLElement, op: string, rows: number[], open: boolean, field: Field): void {
    const { coverage } = this;
    if (field.kind === "configuration") {
      cell.append(
        h("span", { class: `iex-twist ${open ? "iex-open" : "iex-closed"}`, "aria-hidden": "true" }),
        h("span", { class: "iex-coverage-op" }, op),
        h("span", { class: "iex-quiet" }, plural(rows.length, "configuration")),
      );
    } else if (field.kind === "count") {
      cell.append(String(rows.reduce((sum, row) => sum + coverage.rows[row].count, 0)));
    } else if (field.kind === "step") {
      const { good, total, state } = tally(coverage, rows, field.target, field.step);
      if (!total) return;
      drawState(cell, state, `${good}/${total}`);
      cell.title = `${field.target}, ${field.step}: ${good} of ${total}`;
    } else if (field.kind === "error") {
      const cells = cellsOf(coverage, rows, field.target);
      const values = cells.map((each) => each.maxUlps).filter((value) => value !== null);
      if (!values.length) return;
      const most = Math.max(...values.map((value) => (value === "inf" ? Infinity : value)));
      cell.append(errorText(Number.isFinite(most) ? most : "inf"));
    } else if (field.kind === "time") {
      const cells = cellsOf(coverage, rows, field.target);
      cell.append(duration(cells.reduce((sum, each) => sum + totalNs(each), 0)));
    }
  }

  private drawRow(cell: HTMLElement, row: Row, grouped: boolean, field: Field): void {
    if (field.kind === "configuration") {
      const op = grouped ? "" : row.op;
      const kind = [row.case, shortType(row.dtype), row.dynamic ? "dynamic" : ""].filter(Boolean);
      cell.append(
        h("span", { class: "iex-coverage-configuration" },
          op && h("span", { class: "iex-coverage-op" }, op),
          h("strong", {}, kind.join(" · ")),
          h("span", { class: "iex-quiet" }, row.signature)),
      );
      cell.title = labelOf(row);
      return;
    }
    if (field.kind === "count") {
      cell.append(String(row.count));
      return;
    }
    const found = cellOf(row, field.target);
    if (!found) return;
    if (field.kind === "step") {
      const state = stepState(this.coverage, found, field.step);
      if (!state) return;
      drawState(cell, state, state);
      const at = ladder(this.coverage, field.target).indexOf(field.step);
      cell.title = `${field.target}, ${field.step}: ${state}, ${duration(found.elapsedNs[at] ?? 0)}`;
    } else if (field.kind === "error") cell.append(errorText(found.maxUlps));
    else cell.append(duration(totalNs(found)));
  }

  private toggle(index: number, open: boolean): void {
    const line = this.shown[index];
    if (line?.kind !== "group") return;
    if (open) this.open.add(line.op);
    else this.open.delete(line.op);
    const column = 0;
    this.update();
    this.grid.focus(index, column);
  }

  private activate(index: number, column: number): void {
    const line = this.shown[index];
    if (!line) return;
    const { coverage } = this;
    if (line.kind === "group") {
      this.toggle(index, !line.open);
      this.host.pick(line.rows.flatMap((row) => coverage.rows[row].ops));
      return;
    }
    const row = coverage.rows[line.row];
    this.grid.choose(index, column);
    this.showDetails(row, this.fields[column].target);
    this.host.pick(row.ops);
    this.grid.focus(index, column);
  }

  // -- what a cell has to say

  private showDetails(row: Row, target: string): void {
    const cells = target ? row.cells.filter((cell) => cell.target === target) : row.cells;
    const close = h("button", { class: "iex-icon-button", "aria-label": "Close details", title: "Close (Escape)",
      on: { click: () => this.hideDetails() } }, icon(ICONS.close));
    const used = row.ops.length || row.count > 1 ? `, used ${plural(row.count, "time")}` : "";
    replace(
      this.details,
      h("div", { class: "iex-coverage-head" },
        h("h3", {}, labelOf(row)), h("span", { class: "iex-quiet" }, `${row.signature}${used}`),
        h("span", { class: "iex-spring" }), close),
      ...cells.map((cell) => this.outcome(cell)),
      copyable("Program", row.program),
      copyable("Reproduce", row.command),
    );
    this.details.hidden = false;
    this.details.scrollTop = 0;
  }

  private outcome(cell: Cell): HTMLElement {
    const word = isGood(cell) ? cell.state : `${cell.state} at ${cell.step}`;
    const facts: [string, string][] = [
      ["pass", cell.at],
      ["max abs", errorText(cell.maxAbs)],
      ["max rel", errorText(cell.maxRel)],
      ["max ulp", errorText(cell.maxUlps)],
      ...ladder(this.coverage, cell.target).slice(0, cell.elapsedNs.length)
        .map((step, i): [string, string] => [step, duration(cell.elapsedNs[i])]),
    ];
    const text = [cell.code, cell.text].filter(Boolean).join(" ");
    return h(
      "div",
      { class: "iex-coverage-outcome" },
      h("p", { class: "iex-facts" },
        h("strong", {}, cell.target),
        h("span", { class: `iex-state iex-state-${cell.state}` }, `${SIGNS[cell.state]} ${word}`),
        ...facts.filter(([, value]) => value).map(([name, value]) =>
          h("span", { class: "iex-fact" }, h("span", { class: "iex-quiet" }, name), h("span", {}, value)))),
      text && h("pre", { class: isGood(cell) ? "iex-coverage-text" : "iex-error" }, text),
    );
  }

  private hideDetails(): void {
    this.details.hidden = true;
    this.grid.choose(-1, -1);
    this.grid.focus();
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== "Escape" || this.details.hidden) return;
    event.stopPropagation();
    event.preventDefault();
    this.hideDetails();
  }
}

function labelOf(row: Row): string {
  const words = [`${row.op} ${row.case}`.trim(), row.dtype, row.dynamic ? "dynamic" : ""];
  return words.filter(Boolean).join(", ");
}

function cellsOf(coverage: Coverage, rows: readonly number[], target: string): Cell[] {
  return rows.flatMap((row) => cellOf(coverage.rows[row], target) ?? []);
}

function drawState(cell: HTMLElement, state: Together, words: string): void {
  if (!state) return;
  cell.classList.add("iex-state", `iex-state-${state}`);
  cell.textContent = `${SIGNS[state]}\u2002${words}`;
  cell.setAttribute("aria-label", state === words ? words : `${state}, ${words}`);
}

function copyable(label: string, text: string): HTMLElement {
  const pre = h("pre", { class: "iex-coverage-text", tabindex: 0, role: "region", "aria-label": label }, text);
  const said = h("span", { class: "iex-quiet", role: "status" });
  const copy = async (): Promise<void> => {
    said.textContent = (await copied(text, pre)) ? "copied" : "selected: copy it with the keyboard";
  };
  return h(
    "div",
    { class: "iex-coverage-copyable" },
    h("div", { class: "iex-coverage-copy" },
      h("span", { class: "iex-quiet" }, label),
      h("button", { class: "iex-chip-button", "aria-label": `Copy ${label.toLowerCase()}`,
        on: { click: () => void copy() } }, "Copy"),
      said),
    pre,
  );
}

/** Whether the text is in the clipboard; where a page may not write there it is selected. */
async function copied(text: string, shown: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    window.getSelection()?.selectAllChildren(shown);
    return document.execCommand("copy");
  }
}

function fieldsOf(coverage: Coverage): Field[] {
  const field = (kind: Field["kind"], title: string, width: number, target = "", step = ""): Field => ({
    kind,
    title,
    width,
    target,
    step,
    over: target,
    numeric: kind === "count" || kind === "error" || kind === "time",
  });
  const fields = [field("configuration", "Configuration", 300)];
  if (coverage.name) fields.push(field("count", "Ops", 52));
  for (const target of coverage.targets) {
    for (const step of ladder(coverage, target)) {
      fields.push(field("step", step, 92, target, step));
    }
    if (target !== "reference") fields.push(field("error", "ULP", 62, target));
    fields.push(field("time", "time", 72, target));
  }
  return fields;
}
