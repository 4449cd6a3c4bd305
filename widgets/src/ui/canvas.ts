// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What drawing on a canvas needs of the page: the theme's colours, text that fits.

/** `text`, cut off with … so that it fits into `room` pixels. */
export function clip(pen: CanvasRenderingContext2D, text: string, room: number): string {
  if (pen.measureText(text).width <= room) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pen.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}

/** The theme's colours, read where the canvas needs them. */
export class Colors {
  [name: string]: string;

  constructor(element: HTMLElement) {
    const style = getComputedStyle(element);
    const names: Record<string, string> = {
      text: "--iex-text",
      muted: "--iex-muted",
      edge: "--iex-edge",
      node: "--iex-surface",
      plain: "--iex-bg",
      dispatch: "--iex-dispatch",
      dispatchEdge: "--iex-dispatch-edge",
      accent: "--iex-accent",
      self: "--iex-self",
      ancestor: "--iex-ancestor",
      descendant: "--iex-descendant",
      time: "--iex-time",
      symbol: "--iex-symbol",
      bad: "--iex-deleted",
      good: "--iex-created",
      font: "--iex-font",
      mono: "--iex-mono",
    };
    for (const [key, name] of Object.entries(names)) this[key] = style.getPropertyValue(name).trim();
  }
}

/** An edge from (x, y) down to (tx, ty); `w` is the width of a node, `gap` the space below it. Long edges go
 * around the column between, so that they do not run behind nodes. */
export function curve(pen: CanvasRenderingContext2D, x: number, y: number, tx: number, ty: number, w: number, gap: number): void {
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
