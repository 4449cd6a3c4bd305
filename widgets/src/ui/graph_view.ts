// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The graph on a canvas with pan and zoom; the selected node is also a DOM element, and a table
// lists the same nodes for keyboards and screen readers.

import type { App } from "../app";
import { type Graph, type GraphNode, graphOfStep } from "../graph";
import { type Cell, Layout } from "../layout";
import { type ValueRow, note, noteOf } from "../numerics/data";
import { GraphLabels } from "../shapes/graph_labels";
import { lightNext } from "../shapes/show";
import { relation } from "../trace";
import { Colors, clip } from "./canvas";
import { pinnedDelta } from "../run/compare";
import { ICONS, duration, h, icon, median, replace } from "./dom";

const CELL_WIDTH = 244;
const CELL_HEIGHT = 78;
const NODE_WIDTH = 212;
const NODE_HEIGHT = 46;
/** Room for the tools above the first row. */
const ABOVE = 54;
/** Below this scale text is not drawn. */
const READABLE = 0.34;

export class GraphView {
  readonly element: HTMLElement;
  private canvas = h("canvas", { class: "iex-canvas", "aria-hidden": "true" });
  private overlay = h("div", { class: "iex-overlay", "aria-hidden": "true" });
  private stage: HTMLElement;
  private table = h("div", { class: "iex-graph-table", hidden: true });
  private tableButton: HTMLButtonElement;
  private layout = new Layout();
  private graph: Graph = { step: -1, nodes: [], edges: [], dispatchesOnly: false };
  private cells: Cell[] = [];
  private byRow = new Map<number, number[]>();
  private scale = 0.9;
  private x = 0;
  private y = 0;
  private drawnModel: unknown = null;
  private tracedBefore: unknown = null;
  private checked: unknown = null;
  private frame = 0;
  private dragged = false;
  private fitted = false;
  private observer: ResizeObserver;
  private labels: GraphLabels | null = null;
  private labelsKey: unknown[] = [];
  /** Where sizes are drawn, and the symbols that a click on them lights. */
  private targets: { left: number; top: number; right: number; bottom: number; keys: string[] }[] = [];

  constructor(
    private app: App,
    private pane: number,
  ) {
    this.tableButton = h(
      "button",
      { class: "iex-chip-button", "aria-pressed": "false", on: { click: () => this.toggleTable() } },
      "Table",
    );
    this.stage = h(
      "div",
      {
        class: "iex-stage",
        tabindex: 0,
        role: "group",
        "aria-label": "Graph; up and down follow the data, Table lists the same nodes",
        on: { keydown: (event: KeyboardEvent) => this.key(event) },
      },
      this.canvas,
      this.overlay,
    );
    const button = (path: string, name: string, click: () => void): HTMLElement =>
      h("button", { class: "iex-icon-button", title: name, "aria-label": name, on: { click } },
        icon(path));
    this.element = h(
      "div",
      { class: "iex-graph" },
      this.stage,
      this.table,
      h(
        "div",
        { class: "iex-graph-tools" },
        button(ICONS.plus, "Zoom in", () => this.zoom(1.25)),
        button(ICONS.minus, "Zoom out", () => this.zoom(0.8)),
        button(ICONS.fit, "Fit the graph", () => this.fit()),
        h(
          "button",
          { class: "iex-chip-button", title: "Lay out this step afresh", on: { click: () => this.tidy() } },
          "Tidy",
        ),
        this.tableButton,
      ),
    );
    this.listen();
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.stage);
  }

  close(): void {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
  }

  show(step: number): void {
    const { model, traced } = this.app;
    if (this.graph.step !== step || this.drawnModel !== model) {
      this.drawnModel = model;
      this.graph = graphOfStep(model, step);
      this.arrange();
      if (!this.table.hidden) this.drawTable();
    }
    const relabelled = this.relabel(step);
    if (this.tracedBefore !== traced && this.app.origin !== this.pane) this.reveal();
    const checked = this.app.numerics.current;
    const again = this.tracedBefore !== traced || relabelled || this.checked !== checked;
    this.checked = checked;
    if (again && !this.table.hidden) this.drawTable();
    this.tracedBefore = traced;
    this.draw();
  }

  /** Sizes as they are now; whether they changed. */
  private relabel(step: number): boolean {
    const { shapes, state, sizes } = this.app;
    const key = [shapes, step, sizes, state.symbol, state.symbols];
    if (key.every((part, i) => part === this.labelsKey[i])) return false;
    this.labelsKey = key;
    this.labels = shapes && state.symbols ? new GraphLabels(this.app, shapes, step) : null;
    return true;
  }

  /** Where a node is on the page's plane, for tests. */
  cellOf(op: number): Cell | undefined {
    return this.cells[this.graph.nodes.findIndex((node) => node.id === op)];
  }

  private arrange(): void {
    const { model } = this.app;
    const up = (op: number): readonly number[] => (op > 0 ? model.provenance(op).ancestors : []);
    this.cells = this.layout.arrange(this.graph, up);
    this.byRow = new Map();
    this.cells.forEach((cell, i) => {
      const list = this.byRow.get(cell.row);
      if (list) list.push(i);
      else this.byRow.set(cell.row, [i]);
    });
    if (!this.fitted && this.graph.nodes.length) this.start();
  }

  private tidy(): void {
    this.layout.reset();
    this.arrange();
    this.fit();
  }

  private listen(): void {
    let last = { x: 0, y: 0 };
    this.stage.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      last = { x: event.clientX, y: event.clientY };
      this.dragged = false;
      this.stage.setPointerCapture(event.pointerId);
    });
    this.stage.addEventListener("pointermove", (event) => {
      if (!this.stage.hasPointerCapture(event.pointerId)) return;
      const dx = event.clientX - last.x;
      const dy = event.clientY - last.y;
      if (!this.dragged && Math.abs(dx) + Math.abs(dy) < 4) return;
      this.dragged = true;
      last = { x: event.clientX, y: event.clientY };
      this.x += dx;
      this.y += dy;
      this.draw();
    });
    this.stage.addEventListener("pointerup", (event) => {
      if (!this.dragged) this.click(event);
    });
    this.stage.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        if (event.ctrlKey || event.metaKey) {
          const box = this.stage.getBoundingClientRect();
          const at = { x: event.clientX - box.left, y: event.clientY - box.top };
          this.zoom(Math.exp(-event.deltaY * 0.005), at);
        } else {
          this.x -= event.shiftKey ? event.deltaY : event.deltaX;
          this.y -= event.shiftKey ? 0 : event.deltaY;
          this.draw();
        }
      },
      { passive: false },
    );
  }

  private zoom(by: number, at = { x: this.width / 2, y: this.height / 2 }): void {
    const scale = Math.max(0.03, Math.min(2.5, this.scale * by));
    this.x = at.x - ((at.x - this.x) * scale) / this.scale;
    this.y = at.y - ((at.y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.draw();
  }

  private get width(): number {
    return this.stage.clientWidth;
  }

  private get height(): number {
    return this.stage.clientHeight;
  }

  private bounds(): { left: number; top: number; right: number; bottom: number } {
    const columns = this.cells.map((cell) => cell.column);
    const rows = this.cells.map((cell) => cell.row);
    return {
      left: columns.reduce((a, b) => Math.min(a, b), 0) * CELL_WIDTH,
      right: columns.reduce((a, b) => Math.max(a, b), 0) * CELL_WIDTH + NODE_WIDTH,
      top: rows.reduce((a, b) => Math.min(a, b), 0) * CELL_HEIGHT,
      bottom: rows.reduce((a, b) => Math.max(a, b), 0) * CELL_HEIGHT + NODE_HEIGHT,
    };
  }

  private fit(): void {
    if (!this.width || !this.cells.length) return;
    const { left, top, right, bottom } = this.bounds();
    const byWidth = (this.width - 40) / (right - left);
    const byHeight = (this.height - ABOVE - 20) / (bottom - top);
    this.scale = Math.max(0.03, Math.min(1, byWidth, byHeight));
    this.x = this.width / 2 - ((left + right) / 2) * this.scale;
    this.y = (ABOVE - 20 + this.height) / 2 - ((top + bottom) / 2) * this.scale;
    this.draw();
  }

  /** First sight: readable, from the top. */
  private start(): void {
    if (!this.width) return;
    this.fitted = true;
    this.fit();
    if (this.scale < 0.6) {
      const { left, right, top } = this.bounds();
      this.scale = Math.max(0.6, Math.min(1, (this.width - 40) / (right - left)));
      this.x = this.width / 2 - (this.cells[0].column * CELL_WIDTH + NODE_WIDTH / 2) * this.scale;
      this.y = ABOVE - top * this.scale;
    }
  }

  private resized(): void {
    if (!this.fitted && this.graph.nodes.length) {
      this.start();
      this.reveal();
    }
    this.draw();
  }

  /** The node that is selected, else the first that has to do with the selection; or -1. */
  private related(): number {
    const { traced } = this.app;
    const { nodes } = this.graph;
    const self = nodes.findIndex((node) => traced.selected.has(node.id));
    return self >= 0 ? self : nodes.findIndex((node) => relation(traced, node.id));
  }

  private reveal(): void {
    const index = this.related();
    if (index < 0 || !this.width) return;
    const { x, y } = this.place(index);
    const inside = x > 0 && y > 0 && x < this.width - 80 && y < this.height - 30;
    if (inside) return;
    this.x += this.width / 2 - x - (NODE_WIDTH / 2) * this.scale;
    this.y += this.height / 3 - y;
  }

  private place(index: number): { x: number; y: number } {
    const cell = this.cells[index];
    return {
      x: this.x + cell.column * CELL_WIDTH * this.scale,
      y: this.y + cell.row * CELL_HEIGHT * this.scale,
    };
  }

  private click(event: PointerEvent): void {
    const box = this.stage.getBoundingClientRect();
    const px = event.clientX - box.left;
    const py = event.clientY - box.top;
    const size = this.targets.find((each) =>
      px >= each.left && px <= each.right && py >= each.top && py <= each.bottom);
    if (size) {
      lightNext(this.app, size.keys);
      return;
    }
    const x = (event.clientX - box.left - this.x) / this.scale;
    const y = (event.clientY - box.top - this.y) / this.scale;
    const row = Math.floor(y / CELL_HEIGHT);
    for (const index of this.byRow.get(row) ?? []) {
      const left = this.cells[index].column * CELL_WIDTH;
      if (x < left || x > left + NODE_WIDTH || y - row * CELL_HEIGHT > NODE_HEIGHT) continue;
      this.app.select([Math.abs(this.graph.nodes[index].id)], this.pane);
      return;
    }
    this.app.select([], this.pane);
  }

  /** Up and down follow edges, Page Up and Page Down the order of the ops. */
  private key(event: KeyboardEvent): void {
    const here = this.related();
    let target = -1;
    if (event.key === "ArrowDown") target = here < 0 ? 0 : this.neighbour(here, 1);
    else if (event.key === "ArrowUp") target = here < 0 ? 0 : this.neighbour(here, -1);
    else if (event.key === "PageDown") target = Math.min(here + 1, this.graph.nodes.length - 1);
    else if (event.key === "PageUp") target = Math.max(here - 1, 0);
    else if (event.key === "+") this.zoom(1.25);
    else if (event.key === "-") this.zoom(0.8);
    else if (event.key === "0") this.fit();
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (target >= 0 && this.graph.nodes[target]) {
      this.app.select([Math.abs(this.graph.nodes[target].id)]);
    }
  }

  private neighbour(index: number, direction: 1 | -1): number {
    const { edges } = this.graph;
    for (let i = 0; i < edges.length; i += 2) {
      if (direction > 0 && edges[i] === index) return edges[i + 1];
      if (direction < 0 && edges[i + 1] === index) return edges[i];
    }
    return index;
  }

  private toggleTable(): void {
    const open = this.table.hidden;
    this.table.hidden = !open;
    this.stage.hidden = open;
    this.tableButton.setAttribute("aria-pressed", String(open));
    if (open) this.drawTable();
    else this.draw();
  }

  private time(node: GraphNode): string {
    const { model } = this.app;
    let found = model.dispatchTimes(node.id);
    if (!found.length && node.kind === "dispatch") {
      const text = model.string(model.recording.versions.text[node.version]);
      const entry = /@[\w$.-]+(?:::@[\w$.-]+)+/.exec(text)?.[0].split("@").at(-1);
      if (entry) found = model.dispatchTimes(entry);
    }
    if (!found.length) return "";
    const compared = pinnedDelta(model, found)?.text;
    const time = duration(median(found.flatMap((dispatch) => dispatch.samplesNs)));
    return compared ? `${time} ${compared}` : time;
  }

  /** How far a node's value is from the model's, null if that was not checked. */
  private error(node: GraphNode): ValueRow | null {
    return this.app.numerics.at(node.id, this.graph.step);
  }

  private drawTable(): void {
    const { graph, app } = this;
    const inputs: string[][] = graph.nodes.map(() => []);
    for (let i = 0; i < graph.edges.length; i += 2) {
      inputs[graph.edges[i + 1]].push(graph.nodes[graph.edges[i]].title);
    }
    const rows = graph.nodes.slice(0, 2000).map((node, i) =>
      h(
        "tr",
        { class: relation(app.traced, node.id) ? "iex-lit" : "" },
        h(
          "th",
          { scope: "row" },
          h(
            "button",
            { class: "iex-link", on: { click: () => app.select([Math.abs(node.id)], this.pane) } },
            node.title,
          ),
          this.signs(node),
        ),
        h("td", {}, this.sizesOf(node)),
        h("td", {}, inputs[i].slice(0, 6).join(", ")),
        h("td", { class: "iex-number" }, this.time(node)),
        h("td", { class: "iex-number" }, noteOf(this.error(node))),
      ),
    );
    const heads = ["Node", "Result", "Reads", "Time", "Error"].map((t) =>
      h("th", { scope: "col", class: t === "Time" || t === "Error" ? "iex-number" : "" }, t),
    );
    replace(
      this.table,
      h("table", { class: "iex-table" }, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows)),
    );
  }

  /** The symbolic sizes of a node as a button, for the table. */
  private sizesOf(node: GraphNode): HTMLElement | string {
    const found = this.labels?.of(node);
    if (!found?.subtitle) return node.subtitle;
    const props = { class: "iex-symbol", title: `= ${found.now}`, "aria-pressed": String(found.lit) };
    return h("button", { ...props, on: { click: () => lightNext(this.app, found.keys) } }, found.subtitle);
  }

  private signs(node: GraphNode): string {
    const found = this.labels?.of(node);
    return found ? [found.conflict && " ✕ contradiction", found.pin && ` ${found.pin} starts here`].join("") : "";
  }

  private draw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.paint());
  }

  private paint(): void {
    const { width, height, canvas } = this;
    if (!width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const pen = canvas.getContext("2d");
    if (!pen) return;
    const colors = new Colors(this.element);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    this.targets = [];
    this.paintEdges(pen, colors);
    this.paintFlows(pen, colors);
    pen.textBaseline = "middle";
    const first = Math.floor((-this.y - CELL_HEIGHT) / (CELL_HEIGHT * this.scale));
    const last = Math.ceil((height - this.y) / (CELL_HEIGHT * this.scale));
    for (let row = first; row <= last; row++) {
      for (const index of this.byRow.get(row) ?? []) {
        const { x, y } = this.place(index);
        if (x > width || x + NODE_WIDTH * this.scale < 0) continue;
        this.paintNode(pen, colors, index, x, y);
      }
    }
    this.paintOverlay();
  }

  private paintEdges(pen: CanvasRenderingContext2D, colors: Colors): void {
    const { nodes, edges } = this.graph;
    const { traced } = this.app;
    const w = NODE_WIDTH * this.scale;
    const h = NODE_HEIGHT * this.scale;
    for (const lit of [false, true]) {
      pen.beginPath();
      for (let i = 0; i < edges.length; i += 2) {
        const touched =
          traced.selected.has(nodes[edges[i]].id) || traced.selected.has(nodes[edges[i + 1]].id);
        if (touched !== lit) continue;
        const a = this.place(edges[i]);
        const b = this.place(edges[i + 1]);
        if (Math.max(a.y, b.y) < -80 || Math.min(a.y, b.y) > this.height + 80) continue;
        this.curve(pen, a.x + w / 2, a.y + h, b.x + w / 2, b.y, w);
      }
      pen.strokeStyle = lit ? colors.accent : colors.edge;
      pen.lineWidth = lit ? 2 : Math.max(0.5, Math.min(1.2, this.scale * 1.4));
      pen.stroke();
    }
  }

  /** What flows along the edges that leave a node, with the chosen sizes: below the node. */
  private paintFlows(pen: CanvasRenderingContext2D, colors: Colors): void {
    const { labels, scale: s } = this;
    if (!labels || s < READABLE) return;
    const { nodes, edges } = this.graph;
    const leaving = new Set(edges.filter((_node, i) => i % 2 === 0));
    pen.font = `${10.5 * s}px ${colors.mono}`;
    pen.textBaseline = "middle";
    pen.textAlign = "center";
    for (const index of leaving) {
      const { flows, now, lit, keys } = labels.of(nodes[index]);
      const { x, y } = this.place(index);
      const top = y + NODE_HEIGHT * s;
      if (!flows || top < -20 || top > this.height || x > this.width || x + NODE_WIDTH * s < 0) continue;
      const room = NODE_WIDTH * s * 0.95;
      const both = `${flows} = ${now}`;
      const text = pen.measureText(both).width <= room ? both : clip(pen, now, room);
      const half = pen.measureText(text).width / 2 + 5 * s;
      const middle = x + (NODE_WIDTH / 2) * s;
      const box = { left: middle - half, top: top + 4 * s, right: middle + half, bottom: top + 19 * s, keys };
      pen.beginPath();
      pen.roundRect(box.left, box.top, box.right - box.left, box.bottom - box.top, 7 * s);
      pen.fillStyle = lit ? colors.symbol : colors.plain;
      pen.fill();
      pen.fillStyle = lit ? colors.plain : colors.symbol;
      pen.fillText(text, middle, (box.top + box.bottom) / 2 + 0.5 * s);
      this.targets.push(box);
    }
    pen.textAlign = "left";
  }

  /** Long edges go around the column between, so that they do not run behind nodes. */
  private curve(pen: CanvasRenderingContext2D, x: number, y: number, tx: number, ty: number, w: number): void {
    const gap = (CELL_HEIGHT - NODE_HEIGHT) * this.scale;
    pen.moveTo(x, y);
    if (ty - y < gap * 2 + 1 && ty > y) {
      const middle = (y + ty) / 2;
      pen.bezierCurveTo(x, middle, tx, middle, tx, ty);
      return;
    }
    const same = Math.abs(x - tx) < w * 0.2;
    const side = same ? Math.max(x, tx) + w * 0.56 : tx > x ? tx : x;
    if (!same) {
      pen.bezierCurveTo(x, y + gap, side, y + gap * 0.2, side, y + gap * 1.6);
      pen.bezierCurveTo(side, (y + ty) / 2, tx, ty - gap * 2, tx, ty);
      return;
    }
    pen.bezierCurveTo(x, y + gap * 0.8, side, y, side, y + gap * 1.6);
    pen.lineTo(side, ty - gap * 1.6);
    pen.bezierCurveTo(side, ty, tx, ty - gap * 0.8, tx, ty);
  }

  private paintNode(pen: CanvasRenderingContext2D, colors: Colors, i: number, x: number, y: number): void {
    const node = this.graph.nodes[i];
    const s = this.scale;
    const how = relation(this.app.traced, node.id);
    const dispatch = node.kind === "dispatch";
    pen.beginPath();
    const radius = (dispatch ? 9 : node.kind === "op" ? 4 : 22) * s;
    pen.roundRect(x, y, NODE_WIDTH * s, NODE_HEIGHT * s, radius);
    pen.fillStyle = dispatch ? colors.dispatch : node.kind === "op" ? colors.node : colors.plain;
    pen.fill();
    pen.strokeStyle = how ? colors[how] : dispatch ? colors.dispatchEdge : colors.edge;
    pen.lineWidth = how ? Math.max(2, 2.5 * s) : 1;
    pen.setLineDash(how === "ancestor" ? [6, 3] : how === "descendant" ? [2, 2] : []);
    pen.stroke();
    pen.setLineDash([]);
    if (s < READABLE) return;
    const time = this.time(node);
    const pad = 10 * s;
    pen.font = `600 ${12.5 * s}px ${colors.font}`;
    pen.fillStyle = colors.text;
    const room = (NODE_WIDTH - 20) * s;
    pen.textAlign = "left";
    pen.fillText(clip(pen, node.title, room), x + pad, y + 15.5 * s);
    pen.font = `${11 * s}px ${colors.mono}`;
    if (time) {
      pen.textAlign = "right";
      pen.fillStyle = colors.time;
      pen.fillText(time, x + NODE_WIDTH * s - pad, y + 32.5 * s);
      pen.textAlign = "left";
    }
    const sizes = this.labels?.of(node);
    pen.fillStyle = sizes?.subtitle ? colors.symbol : colors.muted;
    const weights = node.constants ? `${node.subtitle && " · "}${node.constants} const` : "";
    const taken = time ? pen.measureText(time).width + 8 * s : 0;
    const subtitle = clip(pen, (sizes?.subtitle || node.subtitle) + weights, room - taken);
    if (sizes?.subtitle) {
      const right = x + pad + pen.measureText(subtitle).width;
      this.targets.push({ left: x + pad, top: y + 25 * s, right, bottom: y + 41 * s, keys: sizes.keys });
    }
    if (sizes?.lit && sizes.subtitle) pen.fillText("◆", x + 1 * s, y + 32.5 * s);
    pen.fillText(subtitle, x + pad, y + 32.5 * s);
    const tag = sizes?.conflict ? "✕ contradiction" : (sizes?.pin ?? "");
    const error = tag ? null : this.error(node);
    if (error) this.paintTag(pen, colors, note(error), x, y, error.wrong ? colors.bad : colors.good, []);
    if (tag) this.paintTag(pen, colors, tag, x, y, sizes?.conflict ? colors.bad : colors.symbol, sizes?.keys ?? []);
  }

  /** A word on the upper edge of a node. */
  private paintTag(pen: CanvasRenderingContext2D, colors: Colors, text: string, x: number, y: number, color: string, keys: string[]): void {
    const s = this.scale;
    pen.font = `600 ${10.5 * s}px ${colors.font}`;
    const width = Math.min(pen.measureText(text).width + 12 * s, NODE_WIDTH * s * 0.8);
    const left = x + NODE_WIDTH * s - width - 6 * s;
    pen.beginPath();
    pen.roundRect(left, y - 8 * s, width, 16 * s, 8 * s);
    pen.fillStyle = colors.plain;
    pen.fill();
    pen.strokeStyle = color;
    pen.lineWidth = 1;
    pen.stroke();
    pen.fillStyle = color;
    pen.fillText(clip(pen, text, width - 8 * s), left + 6 * s, y + 0.5 * s);
    if (keys.length) this.targets.push({ left, top: y - 8 * s, right: left + width, bottom: y + 8 * s, keys });
  }

  /** The selected node as an element: a focus ring that scales with the text settings. */
  private paintOverlay(): void {
    const { traced } = this.app;
    const rings: HTMLElement[] = [];
    this.graph.nodes.forEach((node, i) => {
      if (!traced.selected.has(node.id)) return;
      const { x, y } = this.place(i);
      rings.push(
        h("div", {
          class: "iex-ring",
          style:
            `left:${x - 4}px;top:${y - 4}px;width:${NODE_WIDTH * this.scale + 8}px;` +
            `height:${NODE_HEIGHT * this.scale + 8}px`,
        }),
      );
    });
    replace(this.overlay, ...rings);
  }
}
