// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `Drawn`: what a view was drawn with, so that it redraws only what changed. A view draws itself
// where something that it shows is another, and lights what belongs to the selection after that
// or where the selection is another.

import type { Trace } from "../trace";

export class Drawn {
  private parts: readonly unknown[] = [];
  private traced: Trace | null = null;

  /** Calls `draw` if one of `parts` is not the one that was drawn, `light` if that or `traced` is. */
  update(parts: readonly unknown[], draw: () => void, traced: Trace, light: () => void): void {
    if (this.differs(parts)) {
      this.traced = null;
      draw();
    }
    if (this.traced === traced) return;
    this.traced = traced;
    light();
  }

  /** Whether one of `parts` is not the one of the last call. */
  differs(parts: readonly unknown[]): boolean {
    const same = parts.length === this.parts.length && parts.every((part, i) => part === this.parts[i]);
    this.parts = parts;
    return !same;
  }
}

/** Whether one of `ops` is selected, or made into or of what is selected. */
export function isLit(ops: readonly number[], { selected, ancestors, descendants }: Trace): boolean {
  return ops.some((op) => selected.has(op) || ancestors.has(op) || descendants.has(op));
}
