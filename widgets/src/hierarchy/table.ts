// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The graph's twin: the same scene as a table whose rows open and close, for keyboards and screen
// readers. Arrows move between rows, open and close them.

import type { GraphNode } from "../graph";
import type { Relation } from "../trace";
import { h, replace } from "../ui/dom";
import type { Scene } from "./scene";

export interface TableHost {
  scene: Scene;
  how: readonly Relation[];
  select(index: number): void;
  toggle(index: number): void;
  cells(node: GraphNode): { sizes: HTMLElement | string; signs: string; time: string; error: string };
}

const MOST = 1500;
const SIGNS: Record<Relation, string> = { "": "", self: "● ", ancestor: "▲ ", descendant: "▼ " };

export function drawTable(box: HTMLElement, host: TableHost): void {
  const { placed, edges } = host.scene;
  const inputs: string[][] = placed.map(() => []);
  for (let i = 0; i < edges.length; i += 2) {
    if (inputs[edges[i + 1]].length < 7) inputs[edges[i + 1]].push(placed[edges[i]].item.node.title);
  }
  const focused = box.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.uid : "";
  const rows = placed.slice(0, MOST).map((_each, i) => row(host, i, inputs[i]));
  const heads = ["Node", "Result", "Reads", "Time", "Error"].map((text) =>
    h("th", { scope: "col", class: text === "Time" || text === "Error" ? "iex-number" : "" }, text),
  );
  replace(
    box,
    h("table", { class: "iex-table", on: { keydown: (event: KeyboardEvent) => key(box, host, event) } },
      h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows)),
    placed.length > MOST
      ? h("p", { class: "iex-empty" }, `${placed.length - MOST} more are not listed: close some of these, or search with /.`)
      : null,
  );
  if (focused) box.querySelector<HTMLElement>(`.iex-link[data-uid="${focused}"]`)?.focus({ preventScroll: true });
}

function row(host: TableHost, index: number, reads: string[]): HTMLElement {
  const { item, depth, open } = host.scene.placed[index];
  const { node } = item;
  const cells = host.cells(node);
  const twist = h("span", {
    class: `iex-twist ${item.expandable ? (open ? "iex-open" : "iex-closed") : ""}`, "aria-hidden": "true",
    on: { click: () => item.expandable && host.toggle(index) },
  });
  const name = h(
    "button",
    {
      class: "iex-link", data: { uid: item.uid, index }, on: { click: () => host.select(index) },
      "aria-expanded": item.expandable ? String(open) : undefined,
    },
    node.title,
  );
  return h(
    "tr",
    { class: host.how[index] ? `iex-lit iex-lit-${host.how[index]}` : "" },
    h("th", { scope: "row", style: `padding-left:${10 + depth * 16}px` }, twist, SIGNS[host.how[index]], name, cells.signs),
    h("td", {}, cells.sizes),
    h("td", {}, reads.slice(0, 6).join(", ") + (reads.length > 6 ? ", …" : "")),
    h("td", { class: "iex-number" }, cells.time),
    h("td", { class: "iex-number" }, cells.error),
  );
}

/** Up and down between rows, right opens, left closes or goes to what it is in. */
function key(box: HTMLElement, host: TableHost, event: KeyboardEvent): void {
  const link = (event.target as HTMLElement).closest<HTMLElement>(".iex-link[data-index]");
  if (!link || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
  const index = Number(link.dataset.index);
  const { placed } = host.scene;
  const { item, open, depth } = placed[index];
  const move = (to: number): void => box.querySelector<HTMLElement>(`.iex-link[data-index="${to}"]`)?.focus();
  if (event.key === "ArrowDown") move(Math.min(index + 1, placed.length - 1));
  else if (event.key === "ArrowUp") move(Math.max(index - 1, 0));
  else if (event.key === "ArrowRight" && item.expandable && !open) host.toggle(index);
  else if (event.key === "ArrowRight") move(index + 1);
  else if (event.key === "ArrowLeft" && open) host.toggle(index);
  else if (event.key === "ArrowLeft") {
    for (let i = index; i >= 0; i--) if (placed[i].depth < depth) return stop(event, () => move(i));
  } else return;
  stop(event);
}

function stop(event: KeyboardEvent, then: () => void = () => undefined): void {
  event.preventDefault();
  event.stopPropagation();
  then();
}
