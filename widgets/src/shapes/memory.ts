// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What one call keeps in memory at most, as a bar whose parts are named below it.

import { h, replace } from "../ui/dom";
import type { Peak } from "./data";
import { bytes } from "./show";

const KINDS: [Exclude<keyof Peak, "regions">, string][] = [
  ["transient", "peak transient"],
  ["argument", "arguments"],
  ["result", "results"],
  ["constant", "constants"],
];

export class Memory {
  readonly element = h("div", { class: "iex-memory" });

  show(peak: Peak): void {
    const known = KINDS.map(([kind]) => peak[kind]).filter(Number.isFinite);
    const total = known.reduce((a, b) => a + b, 0);
    const parts = KINDS.map(([kind]) =>
      h("i", {
        class: `iex-memory-part iex-memory-${kind}`,
        style: `flex-grow:${total > 0 && Number.isFinite(peak[kind]) ? peak[kind] / total : 0}`,
      }));
    const legend = KINDS.map(([kind, words]) =>
      h("span", { class: "iex-fact", title: kind === "transient" && peak.regions > 1 ? `the largest of ${peak.regions} regions` : "" },
        h("i", { class: `iex-memory-key iex-memory-${kind}` }),
        h("span", { class: "iex-quiet" }, words),
        h("strong", { data: { memory: kind } }, bytes(peak[kind]))));
    replace(this.element, h("div", { class: "iex-memory-bar", "aria-hidden": "true" }, ...parts),
      h("div", { class: "iex-memory-legend" }, ...legend));
  }
}
