// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The whole graph in a corner, with the part that is in sight; a press moves there. What is drawn
// of the nodes is kept until they change: a frame of panning draws one frame.

import type { Colors } from "../ui/canvas";
import { h } from "../ui/dom";
import type { Box, Placed } from "./arrange";

const WIDTH = 132;
const HEIGHT = 168;

export class Minimap {
  readonly element: HTMLCanvasElement;
  private picture = document.createElement("canvas");
  private drawn: unknown[] = [];
  private scale = 1;
  private bounds: Box = { x: 0, y: 0, width: 1, height: 1 };

  /** `go` is given the place, in the graph's own units, that shall be in the middle. */
  constructor(go: (x: number, y: number) => void) {
    const move = (event: PointerEvent): void => {
      if (!(event.buttons & 1)) return;
      event.stopPropagation();
      const box = this.element.getBoundingClientRect();
      go(this.bounds.x + (event.clientX - box.left) / this.scale, this.bounds.y + (event.clientY - box.top) / this.scale);
    };
    this.element = h("canvas", {
      class: "iex-minimap", "aria-hidden": "true", title: "The whole graph; press to go there",
      on: { pointerdown: move, pointermove: move },
    });
  }

  /** `sight` is the part of the graph that is on screen; hidden while that is all of it. */
  draw(placed: readonly Placed[], bounds: Box, sight: Box, colors: Colors, lit: readonly string[]): void {
    const all = sight.x <= bounds.x && sight.y <= bounds.y && sight.x + sight.width >= bounds.x + bounds.width
      && sight.y + sight.height >= bounds.y + bounds.height;
    this.element.hidden = all || placed.length < 12;
    if (this.element.hidden) return;
    const ratio = window.devicePixelRatio || 1;
    this.scale = Math.min(WIDTH / bounds.width, HEIGHT / bounds.height);
    this.bounds = bounds;
    const width = Math.max(12, Math.round(bounds.width * this.scale));
    const height = Math.max(12, Math.round(bounds.height * this.scale));
    const key = [placed, lit, ratio, width, height, colors.text];
    if (key.some((part, i) => part !== this.drawn[i])) {
      this.drawn = key;
      for (const canvas of [this.element, this.picture]) {
        canvas.width = width * ratio;
        canvas.height = height * ratio;
      }
      this.element.style.width = `${width}px`;
      this.element.style.height = `${height}px`;
      this.paint(placed, colors, ratio, lit);
    }
    const pen = this.element.getContext("2d");
    if (!pen) return;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this.element.width, this.element.height);
    pen.drawImage(this.picture, 0, 0);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.strokeStyle = colors.accent;
    pen.lineWidth = 1.5;
    const left = Math.max(1, (sight.x - bounds.x) * this.scale);
    const up = Math.max(1, (sight.y - bounds.y) * this.scale);
    const right = Math.min(width - 1, (sight.x + sight.width - bounds.x) * this.scale);
    const down = Math.min(height - 1, (sight.y + sight.height - bounds.y) * this.scale);
    pen.strokeRect(left, up, Math.max(3, right - left), Math.max(3, down - up));
  }

  private paint(placed: readonly Placed[], colors: Colors, ratio: number, lit: readonly string[]): void {
    const pen = this.picture.getContext("2d");
    if (!pen) return;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    placed.forEach(({ box, open, item }, i) => {
      const how = lit[i];
      pen.fillStyle = how ? colors[how] : open ? colors.node : item.node.kind === "dispatch" ? colors.dispatchEdge : colors.edge;
      const width = Math.max(1, box.width * this.scale);
      const height = Math.max(how ? 2 : 0.8, box.height * this.scale);
      pen.fillRect((box.x - this.bounds.x) * this.scale, (box.y - this.bounds.y) * this.scale, width, height);
    });
  }
}
