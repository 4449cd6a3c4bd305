// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The workgroups of a dispatch drawn over its result, and what its invocations ask of memory: parts
// of the inspector. One workgroup is chosen by pointer or arrow keys and told in words.

import type { App } from "../app";
import type { AccessRecord } from "../recording";
import { bytes, count } from "../shapes/show";
import { h, plural, replace } from "../ui/dom";
import { type Grid, extentText, gridOf, transactionsOf, windowOf } from "./data";

const WIDTH = 280;
const HEIGHT = 150;
const MOST = 24; // workgroups a side: more would not be told apart

/** Null for ops that are no dispatch and in no kernel. */
export function gridFacts(app: App, op: number): HTMLElement | null {
  const grid = gridOf(app.model, app.shapes, app.sizes, op);
  if (!grid) return null;
  return h("section", { class: "iex-grid" }, h("h3", { class: "iex-group" }, "Workgroups"), ...facts(grid),
    grid.known && grid.total > 0 ? new GridPicture(grid).element : null);
}

function facts(grid: Grid): (HTMLElement | null)[] {
  const { record } = grid;
  const shape = `${record.shape.length ? grid.shape.join(" × ") : "one number"}`;
  const size = Number.isFinite(grid.total) ? count(grid.total) : "?";
  const invocations = record.invocations ? ` of ${record.invocations} invocations` : "";
  const tile = grid.tile;
  const over = grid.ofResult ? `the result, ${shape} ${record.element}` : `the loops of ${record.root}, ${shape}: they are no dimensions of the result`;
  const numbering = record.numbering === "linear"
    ? record.tiles > 1
      ? `${record.pipeline} numbers points through the grid, innermost dimension first: a workgroup has ${record.tiles} in a row.`
      : `${record.pipeline} numbers tiles through the grid, innermost dimension first; beyond 32,768 workgroups they go on in y.`
    : `${record.pipeline}: x is the innermost tile, then y; z has all others.`;
  return [
    h("p", { class: "iex-measured" }, h("strong", {}, `${grid.groups.map((n) => (Number.isFinite(n) ? n : "?")).join(" × ")}`),
      ` = ${size} workgroup${grid.total === 1 ? "" : "s"}${invocations}, over ${over}`),
    tile ? h("p", {}, "a workgroup has ", h("strong", {}, tile), record.invocations ? "" : record.each ? `, ${record.each}` : "") : null,
    record.invocations && record.each ? h("p", {}, `an invocation computes ${record.each}`) : null,
    h("p", { class: "iex-quiet" }, numbering),
    record.note ? h("p", { class: "iex-quiet" }, record.note) : null,
  ];
}

/** The picture: a slider over workgroups whose value text is what the chosen one computes. */
class GridPicture {
  readonly element = h("div", { class: "iex-grid-picture" });
  private canvas = h("canvas", {
    class: "iex-grid-canvas", role: "slider", tabindex: 0, "aria-label": "Workgroup", "aria-valuemin": 0,
    on: {
      keydown: (event: KeyboardEvent) => this.key(event),
      pointermove: (event: PointerEvent) => this.point(event),
      pointerdown: (event: PointerEvent) => this.point(event),
    },
  });
  private words = h("p", { class: "iex-grid-words" });
  private part = h("p", { class: "iex-quiet" });
  private chosen = 0;
  private origin: [number, number] = [0, 0];
  private window: ReturnType<typeof windowOf>;

  constructor(private grid: Grid) {
    this.window = windowOf(grid, this.origin, MOST);
    this.canvas.setAttribute("aria-valuemax", String(grid.total - 1));
    this.element.append(this.canvas, this.words, this.part);
    // colours are the page's, which is known when the picture is in it, and may change
    const watch = new MutationObserver(() => (this.canvas.isConnected ? this.draw() : watch.disconnect()));
    requestAnimationFrame(() => {
      const page = this.canvas.closest(".iex");
      if (page) watch.observe(page, { attributes: true, attributeFilter: ["data-theme", "data-contrast"] });
      this.draw();
    });
    this.tell();
  }

  private choose(workgroup: number): void {
    const next = Math.max(0, Math.min(this.grid.total - 1, workgroup));
    if (next === this.chosen) return;
    this.chosen = next;
    const [row, column] = this.grid.place(this.grid.first(next));
    const { rows, columns } = this.window;
    const seen = row >= rows[0] && row < rows[1] && column >= columns[0] && column < columns[1];
    if (!seen) {
      this.origin = [rows[1] - rows[0] < this.grid.rows ? row : 0, columns[1] - columns[0] < this.grid.columns ? column : 0];
      this.window = windowOf(this.grid, this.origin, MOST);
    }
    this.tell();
    this.draw();
  }

  private tell(): void {
    const { grid, chosen } = this;
    const [x, y, z] = grid.ids(chosen);
    const text = `workgroup (${x}, ${y}, ${z}): ${extentText(grid, chosen)}`;
    this.canvas.setAttribute("aria-valuenow", String(chosen));
    this.canvas.setAttribute("aria-valuetext", text);
    replace(this.words, `workgroup (${x}, ${y}, ${z}) computes `, h("strong", {}, extentText(grid, chosen)));
    const { rows, columns } = this.window;
    const all = rows[1] - rows[0] === grid.rows && columns[1] - columns[0] === grid.columns;
    const outer = grid.shape.slice(0, -1).join("×") || "1";
    this.part.textContent = all
      ? `${outer} down, ${grid.columns} across; → ← ↑ ↓ go through it`
      : `rows ${rows[0]}–${rows[1] - 1} of ${grid.rows} (${outer}), columns ${columns[0]}–${columns[1] - 1} of ${grid.columns}; → ← ↑ ↓ go through it`;
  }

  private key(event: KeyboardEvent): void {
    const { grid, chosen } = this;
    const to: Record<string, () => number> = {
      ArrowRight: () => chosen + 1,
      ArrowLeft: () => chosen - 1,
      ArrowDown: () => this.below(1),
      ArrowUp: () => this.below(-1),
      PageDown: () => chosen + 10,
      PageUp: () => chosen - 10,
      Home: () => 0,
      End: () => grid.total - 1,
    };
    if (!(event.key in to) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.choose(to[event.key]());
  }

  /** The workgroup of the next rows below or above. */
  private below(by: number): number {
    const [row, column] = this.grid.place(this.grid.first(this.chosen));
    for (let r = row + by, n = 0; r >= 0 && r < this.grid.rows && n < 65536; r += by, n++) {
      const found = this.grid.at(this.grid.point(r, column));
      if (found !== this.chosen) return found;
    }
    return this.chosen;
  }

  private point(event: PointerEvent): void {
    const box = this.canvas.getBoundingClientRect();
    const { rows, columns } = this.window;
    const row = rows[0] + Math.floor(((event.clientY - box.top) / box.height) * (rows[1] - rows[0]));
    const column = columns[0] + Math.floor(((event.clientX - box.left) / box.width) * (columns[1] - columns[0]));
    if (row < rows[0] || row >= rows[1] || column < columns[0] || column >= columns[1]) return;
    this.choose(this.grid.at(this.grid.point(row, column)));
  }

  /** Pixel by pixel: whatever form workgroups have is seen. */
  private draw(): void {
    const { canvas, grid } = this;
    const { rows, columns } = this.window;
    const [down, across] = [rows[1] - rows[0], columns[1] - columns[0]];
    const scale = Math.max(1, Math.min(2, window.devicePixelRatio || 1));
    const height = down === 1 ? 28 : Math.max(40, Math.min(HEIGHT, Math.round((WIDTH * down) / across)));
    const [width, tall] = [Math.round(WIDTH * scale), Math.round(height * scale)];
    canvas.width = width;
    canvas.height = tall;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    if (!context || !canvas.isConnected) return;
    const style = getComputedStyle(canvas);
    const [odd, even, line, chosen] = ["--iex-surface", "--iex-accent-soft", "--iex-strong-border", "--iex-accent"]
      .map((name) => rgb(context, style.getPropertyValue(name)));
    const image = context.createImageData(width, tall);
    const xs = Array.from({ length: width }, (_, x) => columns[0] + Math.floor((x * across) / width));
    let above: number[] = [];
    for (let y = 0; y < tall; y++) {
      const row = rows[0] + Math.floor((y * down) / tall);
      const groups: number[] = [];
      for (let x = 0; x < width; x++) {
        groups.push(x && xs[x] === xs[x - 1] ? groups[x - 1] : grid.at(grid.point(row, xs[x])));
        const group = groups[x];
        const edge = (x > 0 && groups[x - 1] !== group) || (y > 0 && above[x] !== group);
        const [i, j, k] = grid.ids(group);
        const colour = group === this.chosen ? chosen : edge ? line : (i + j + k) % 2 ? odd : even;
        image.data.set(colour, 4 * (y * width + x));
      }
      above = groups;
    }
    context.putImageData(image, 0, 0);
  }
}

/** Red, green, blue, alpha of a colour as CSS writes it. */
function rgb(context: CanvasRenderingContext2D, colour: string): [number, number, number, number] {
  context.fillStyle = colour.trim();
  const hex = String(context.fillStyle);
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).concat(255) as [number, number, number, number];
}

const PATTERNS: Record<AccessRecord["pattern"], string> = {
  coalesced: "neighbours in memory: as few sectors as there can be",
  strided: "apart from each other: a sector for few bytes",
  broadcast: "all invocations the same: one sector for all",
  gathered: "at places that were read: nobody knows how near",
  mixed: "in several runs",
};

/** What invocations ask of memory, by binding; null on a CPU. */
export function memoryFacts(app: App, op: number): HTMLElement | null {
  const found = transactionsOf(app.model, op);
  if (!found?.accesses.length) return null;
  const total = (of: (access: AccessRecord) => number): number => found.accesses.reduce((a, b) => a + of(b), 0);
  const known = found.accesses.every((access) => access.sectors >= 0);
  const moved = 32 * total((access) => access.sectors);
  const asked = total((access) => access.nbytes);
  const ran = app.model.dispatchTimes(op)[0];
  const rows = found.accesses.map((a) =>
    h("tr", {}, h("th", { scope: "row" }, `${a.binding} ${a.kind}`),
      h("td", { title: PATTERNS[a.pattern] }, a.pattern === "strided" ? `strided by ${bytes(Math.abs(a.stride))}` : a.pattern),
      h("td", {}, a.nbytes < 0 ? "–" : bytes(a.nbytes)),
      h("td", {}, a.sectors < 0 ? "–" : count(a.sectors)),
      h("td", {}, a.perRequest.toFixed(1))));
  return h("section", { class: "iex-transactions" },
    h("h3", { class: "iex-group" }, "Memory transactions · estimate"),
    known ? h("p", { class: "iex-measured" }, h("strong", {}, bytes(moved)), ` in sectors for ${bytes(asked)} that invocations ask for`,
      ran?.nbytes && ran.nbytes > 0 ? `; the tensors have ${bytes(ran.nbytes)}` : "") : null,
    h("table", { class: "iex-access-table" },
      h("thead", {}, h("tr", {}, ...["binding", "pattern", "bytes", "sectors", "a request"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, ...rows)),
    h("p", { class: "iex-quiet" }, `Assumed: ${found.assumptions}. `,
      found.exact ? "Every workgroup was counted." : `From a few workgroups and turns of loops. ${plural(found.subgroup, "invocation")} are a request.`));
}
