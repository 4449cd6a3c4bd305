// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is open is drawn as a frame with a head, behind its members.

import type { GraphNode } from "../graph";
import type { Trace } from "../trace";
import { type Colors, clip } from "../ui/canvas";
import type { Scene } from "./scene";

/** Where the origin of the graph is on screen, its scale, and the size of the screen. */
export interface View {
  x: number;
  y: number;
  scale: number;
  width: number;
  height: number;
}

/** Below this scale heads are not drawn. */
const READABLE = 0.24;

export function paintFrames(
  pen: CanvasRenderingContext2D,
  colors: Colors,
  scene: Scene,
  view: View,
  traced: Trace,
  time: (node: GraphNode) => string,
): void {
  const { scale: s } = view;
  const how = scene.relations(traced);
  pen.textBaseline = "middle";
  for (const index of scene.between(-view.y / s, (view.height - view.y) / s)) {
    const { box, item, open, depth } = scene.placed[index];
    const x = view.x + box.x * s;
    const y = view.y + box.y * s;
    if (!open || x > view.width || x + box.width * s < 0) continue;
    pen.beginPath();
    pen.roundRect(x, y, box.width * s, box.height * s, 10 * s);
    pen.fillStyle = depth % 2 ? colors.plain : colors.node;
    pen.fill();
    pen.strokeStyle = how[index] ? colors[how[index]] : item.group ? colors.edge : colors.dispatchEdge;
    pen.lineWidth = how[index] ? Math.max(2, 2.5 * s) : 1;
    pen.stroke();
    if (s < READABLE) continue;
    pen.fillStyle = colors.text;
    pen.font = `600 ${12 * s}px ${colors.font}`;
    pen.fillText(clip(pen, `▾ ${item.node.title}`, (box.width - 30) * s), x + 10 * s, y + 15 * s);
    const took = time(item.node);
    if (!took) continue;
    pen.textAlign = "right";
    pen.fillStyle = colors.time;
    pen.fillText(took, x + (box.width - 10) * s, y + 15 * s);
    pen.textAlign = "left";
  }
}
