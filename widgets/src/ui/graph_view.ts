// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The graph on a canvas with pan and zoom; the selected node is also a DOM element, and a table
// lists the same nodes for keyboards and screen readers.

import type { App } from "../app";
import { type Graph, type GraphNode, graphOfStep } from "../graph";
import { CELL_HEIGHT, NODE_HEIGHT, NODE_WIDTH } from "../hierarchy/arrange";
import { paintFrames } from "../hierarchy/frames";
import { Minimap } from "../hierarchy/minimap";
import { Scene } from "../hierarchy/scene";
import { type TableHost, drawTable } from "../hierarchy/table";
import { type ValueRow, note, noteOf } from "../numerics/data";
import { GraphLabels, type NodeShapes } from "../shapes/graph_labels";
import { lightNext } from "../shapes/show";
import { Colors, clip, curve } from "./canvas";
import { pinnedDelta } from "../run/compare";
import { ICONS, duration, h, icon, median, replace } from "./dom";

/** Room for the tools above the first row. */
const ABOVE = 54;
/** Below this scale text is not drawn. */
const READABLE = 0.34;
/** The start of a node that has something inside: a press there opens it. */
const TWIST = 24;

export class GraphView {
  readonly element: HTMLElement;
  private canvas = h("canvas", { class: "iex-canvas", "aria-hidden": "true" });
  private overlay = h("div", { class: "iex-overlay", "aria-hidden": "true" });
  private stage: HTMLElement;
  private table = h("div", { class: "iex-graph-table", hidden: true });
  private tableButton: HTMLButtonElement;
  private scene = new Scene();
  private layersButton: HTMLButtonElement;
  private minimap = new Minimap((x, y) => {
    this.x = this.width / 2 - x * this.scale;
    this.y = this.height / 2 - y * this.scale;
    this.draw();
  });
  private graph: Graph = { step: -1, nodes: [], edges: [], dispatchesOnly: false };
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
    this.layersButton = h(
      "button",
      {
        class: "iex-chip-button", title: "Nodes in the layers of the model that they come from",
        on: { click: () => this.regroup() },
      },
      "Layers",
    );
    this.stage = h(
      "div",
      {
        class: "iex-stage",
        tabindex: 0,
        role: "group",
        "aria-label": "Graph; up and down follow the data, Space opens what has something inside, Table is the same as a tree",
        on: { keydown: (event: KeyboardEvent) => this.key(event) },
      },
      this.canvas,
      this.overlay,
      this.minimap.element,
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
        this.layersButton,
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

  private arrange(): void {
    this.scene.show(this.app.model, this.graph);
    this.layersButton.setAttribute("aria-pressed", String(this.scene.grouped));
    if (!this.fitted && this.graph.nodes.length) this.start();
  }

  private tidy(): void {
    this.scene.tidy();
    this.fit();
  }

  private regroup(): void {
    this.scene.group(!this.scene.grouped);
    this.layersButton.setAttribute("aria-pressed", String(this.scene.grouped));
    this.start();
    this.redraw();
  }

  /** Opens or closes something; it stays where it is on screen. */
  private toggle(index: number): void {
    const before = this.scene.placed[index] && this.place(index);
    const now = this.scene.toggle(index);
    if (now < 0) return;
    const after = this.place(now);
    this.x += before.x - after.x;
    this.y += before.y - after.y;
    this.redraw();
  }

  private redraw(): void {
    if (this.table.hidden) this.draw();
    else this.drawTable();
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
    const { x, y, width, height } = this.scene.bounds;
    return { left: x, top: y, right: x + width, bottom: y + height };
  }

  private fit(): void {
    if (!this.width || !this.scene.placed.length) return;
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
      const { x, width } = this.scene.placed[0].box;
      this.x = this.width / 2 - (x + width / 2) * this.scale;
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
    const how = this.scene.relations(this.app.traced);
    const self = how.indexOf("self");
    return self >= 0 ? self : how.findIndex((each) => each !== "");
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
    const { box } = this.scene.placed[index];
    return { x: this.x + box.x * this.scale, y: this.y + box.y * this.scale };
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
    const index = this.scene.at(x, y);
    const found = this.scene.placed[index];
    if (!found) return this.app.select([], this.pane);
    const { item, box: own } = found;
    if (item.expandable && x - own.x < TWIST && y - own.y < NODE_HEIGHT) return this.toggle(index);
    if (item.group && found.open && y - own.y > NODE_HEIGHT) return this.app.select([], this.pane);
    this.app.select(item.ops, this.pane);
  }

  /** Up and down follow edges, Page Up and Page Down the order of the ops. */
  private key(event: KeyboardEvent): void {
    const here = this.related();
    let target = -1;
    if (event.key === "ArrowDown") target = here < 0 ? 0 : this.neighbour(here, 1);
    else if (event.key === "ArrowUp") target = here < 0 ? 0 : this.neighbour(here, -1);
    else if (event.key === "PageDown") target = Math.min(here + 1, this.scene.placed.length - 1);
    else if (event.key === "PageUp") target = Math.max(here - 1, 0);
    else if (event.key === "+") this.zoom(1.25);
    else if (event.key === "-") this.zoom(0.8);
    else if (event.key === "0") this.fit();
    else if (event.key === " " && here >= 0) this.toggle(here);
    else if (event.key === "t" || event.key === "T") this.toggleTable();
    else return;
    event.preventDefault();
    event.stopPropagation();
    const item = this.scene.placed[target]?.item;
    if (item) this.app.select(item.ops);
  }

  private neighbour(index: number, direction: 1 | -1): number {
    const { edges } = this.scene;
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
    const host: TableHost = {
      scene: this.scene,
      how: this.scene.relations(this.app.traced),
      select: (index) => this.app.select(this.scene.placed[index].item.ops, this.pane),
      toggle: (index) => this.toggle(index),
      cells: (node) => ({ sizes: this.sizesOf(node), signs: this.signs(node), time: this.time(node), error: noteOf(this.error(node)) }),
    };
    drawTable(this.table, host);
  }

  private labelsOf(node: GraphNode): NodeShapes | undefined {
    return node.kind === "group" ? undefined : this.labels?.of(node);
  }

  /** The symbolic sizes of a node as a button, for the table. */
  private sizesOf(node: GraphNode): HTMLElement | string {
    const found = this.labelsOf(node);
    if (!found?.subtitle) return node.subtitle;
    const props = { class: "iex-symbol", title: `= ${found.now}`, "aria-pressed": String(found.lit) };
    return h("button", { ...props, on: { click: () => lightNext(this.app, found.keys) } }, found.subtitle);
  }

  private signs(node: GraphNode): string {
    const found = this.labelsOf(node);
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
    const view = { x: this.x, y: this.y, scale: this.scale, width, height };
    paintFrames(pen, colors, this.scene, view, this.app.traced, (node) => this.time(node));
    this.paintEdges(pen, colors);
    this.paintFlows(pen, colors);
    pen.textBaseline = "middle";
    const sight = { x: -this.x / this.scale, y: -this.y / this.scale, width: width / this.scale, height: height / this.scale };
    const how = this.scene.relations(this.app.traced);
    for (const index of this.scene.between(sight.y, sight.y + sight.height)) {
      const { box, open } = this.scene.placed[index];
      const { x, y } = this.place(index);
      if (x > width || x + box.width * this.scale < 0 || y > height || y + box.height * this.scale < 0) continue;
      if (!open) this.paintNode(pen, colors, index, x, y);
    }
    this.paintOverlay();
    this.minimap.draw(this.scene.placed, this.scene.bounds, sight, colors, how);
  }

  private paintEdges(pen: CanvasRenderingContext2D, colors: Colors): void {
    const { edges, placed } = this.scene;
    const how = this.scene.relations(this.app.traced);
    const { scale: s } = this;
    for (const lit of [false, true]) {
      pen.beginPath();
      for (let i = 0; i < edges.length; i += 2) {
        const touched = how[edges[i]] === "self" || how[edges[i + 1]] === "self";
        if (touched !== lit) continue;
        const from = placed[edges[i]].box;
        const to = placed[edges[i + 1]].box;
        const y = this.y + (from.y + from.height) * s;
        const ty = this.y + to.y * s;
        if (Math.max(y, ty) < -80 || Math.min(y, ty) > this.height + 80) continue;
        const x = this.x + (from.x + from.width / 2) * s;
        curve(pen, x, y, this.x + (to.x + to.width / 2) * s, ty, NODE_WIDTH * s, (CELL_HEIGHT - NODE_HEIGHT) * s);
      }
      pen.strokeStyle = lit ? colors.accent : colors.edge;
      pen.lineWidth = lit ? 2 : Math.max(0.5, Math.min(1.2, s * 1.4));
      pen.stroke();
    }
  }

  /** What flows along the edges that leave a node, with the chosen sizes: below the node. */
  private paintFlows(pen: CanvasRenderingContext2D, colors: Colors): void {
    const { labels, scale: s } = this;
    if (!labels || s < READABLE) return;
    const { placed, edges } = this.scene;
    const leaving = new Set(edges.filter((from, i) => i % 2 === 0 && !placed[from].open && !placed[from].item.group));
    pen.font = `${10.5 * s}px ${colors.mono}`;
    pen.textBaseline = "middle";
    pen.textAlign = "center";
    for (const index of leaving) {
      const { flows, now, lit, keys } = labels.of(placed[index].item.node);
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

  private paintNode(pen: CanvasRenderingContext2D, colors: Colors, i: number, x: number, y: number): void {
    const { item } = this.scene.placed[i];
    const { node } = item;
    const s = this.scale;
    const how = this.scene.relations(this.app.traced)[i];
    const dispatch = node.kind === "dispatch";
    pen.beginPath();
    const radius = (dispatch ? 9 : node.kind === "op" ? 4 : item.group ? 7 : 22) * s;
    pen.roundRect(x, y, NODE_WIDTH * s, NODE_HEIGHT * s, radius);
    pen.fillStyle = dispatch ? colors.dispatch : node.kind === "op" ? colors.node : colors.plain;
    if (item.group) {
      pen.save(); // a pile: there is more inside
      pen.translate(4 * s, 4 * s);
      pen.fill();
      pen.strokeStyle = colors.edge;
      pen.stroke();
      pen.restore();
    }
    pen.fill();
    pen.strokeStyle = how ? colors[how] : dispatch ? colors.dispatchEdge : colors.edge;
    pen.lineWidth = how ? Math.max(2, 2.5 * s) : 1;
    pen.setLineDash(how === "ancestor" ? [6, 3] : how === "descendant" ? [2, 2] : []);
    pen.stroke();
    pen.setLineDash([]);
    if (s < READABLE) return;
    const time = this.time(node);
    const twist = item.expandable ? 13 * s : 0;
    const pad = 10 * s + twist;
    if (twist) {
      pen.fillStyle = colors.muted;
      pen.font = `${12 * s}px ${colors.font}`;
      pen.fillText("▸", x + 8 * s, y + 15.5 * s);
    }
    pen.font = `600 ${12.5 * s}px ${colors.font}`;
    pen.fillStyle = colors.text;
    const room = (NODE_WIDTH - 20) * s - twist;
    pen.textAlign = "left";
    pen.fillText(clip(pen, node.title, room), x + pad, y + 15.5 * s);
    pen.font = `${11 * s}px ${colors.mono}`;
    if (time) {
      pen.textAlign = "right";
      pen.fillStyle = colors.time;
      pen.fillText(time, x + (NODE_WIDTH - 10) * s, y + 32.5 * s);
      pen.textAlign = "left";
    }
    const sizes = this.labelsOf(node);
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
    this.scene.relations(traced).forEach((how, i) => {
      if (how !== "self") return;
      const { box } = this.scene.placed[i];
      const { x, y } = this.place(i);
      rings.push(
        h("div", {
          class: "iex-ring",
          style:
            `left:${x - 4}px;top:${y - 4}px;width:${box.width * this.scale + 8}px;` +
            `height:${box.height * this.scale + 8}px`,
        }),
      );
    });
    replace(this.overlay, ...rings);
  }
}
