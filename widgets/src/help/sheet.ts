// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The help sheet: every key, every sign, every word. `about` shows what a pass does.

import type { App } from "../app";
import { openDialog } from "../ui/dialog";
import { h } from "../ui/dom";
import { codeBlock } from "../ui/code";
import { shortPath } from "../trace";
import { WORDS } from "./words";

/** [keys, what they do]; keys are alternatives, those of a combination joined by +. */
export const KEYS: readonly [string, readonly [readonly string[], string][]][] = [
  ["Anywhere", [
    [["←", "→"], "previous, next pass"],
    [["Shift+←", "Shift+→"], "previous, next phase"],
    [["Alt+←", "Alt+→"], "previous, next step: one kernel at a time where a pass runs on each"],
    [["Enter", "Shift+Enter"], "next, previous rewrite of the pass"],
    [["Home", "End"], "the imported model, the last pass"],
    [["/"], "search ops, types, attributes, shapes, layers, passes, errors"],
    [["Escape"], "put out the lit size, clear the selection"],
    [["?"], "this sheet"],
  ]],
  ["Text", [
    [["↑", "↓"], "previous, next op; every pane follows"],
    [["Space"], "fold or unfold the selected op"],
    [["Ctrl+F"], "find in this pane"],
    [["Ctrl+click"], "add a line to the selection"],
  ]],
  ["Graph", [
    [["↑", "↓"], "along the data, against it and with it"],
    [["PageUp", "PageDown"], "previous, next node"],
    [["Space"], "open or close a layer, dispatch or op"],
    [["+", "−", "0"], "zoom in, out, fit"],
    [["T"], "the same nodes as a tree"],
  ]],
  ["Trees and lists", [
    [["↑", "↓", "Home", "End"], "move"],
    [["→", "←"], "open, close"],
    [["Enter"], "select"],
    [["Space"], "show it alone"],
  ]],
];

const SIGNS: readonly [string, string, string][] = [
  ["self", "●", "selected"],
  ["ancestor", "▲", "what it was made from"],
  ["descendant", "▼", "what became of it"],
  ["created", "+", "new since the pass before"],
  ["deleted", "−", "gone"],
  ["modified", "~", "changed"],
  ["moved", "→", "moved, else the same"],
];

export function openHelp(parent: HTMLElement): void {
  const keys = KEYS.map(([place, rows]) =>
    h(
      "section",
      {},
      h("h3", { class: "iex-group" }, place),
      h("dl", { class: "iex-keys" }, ...rows.flatMap(([names, does]) => [
        h("dt", {}, ...names.flatMap((name, i) => (i ? [" ", keycaps(name)] : [keycaps(name)]))),
        h("dd", {}, does),
      ])),
    ),
  );
  const signs = SIGNS.flatMap(([kind, sign, words]) => [
    h("dt", {}, h("span", { class: `iex-sign iex-sign-${kind}` }, sign)),
    h("dd", {}, words),
  ]);
  signs.push(
    h("dt", {}, h("span", { class: "iex-chip iex-count" }, "1 → 3")), h("dd", {}, "one op became three here"),
    h("dt", {}, h("span", { class: "iex-chip iex-count" }, "4 → 1")), h("dd", {}, "it was made of four here"),
    h("dt", {}, h("span", { class: "iex-chip iex-ghost" }, "◌")), h("dd", {}, WORDS.ghost),
  );
  const words = Object.entries(WORDS).flatMap(([word, means]) => [h("dt", {}, word), h("dd", {}, means)]);
  openDialog(
    parent, "Keys, signs and words", "iex-help",
    h("div", { class: "iex-help-body", tabindex: 0, role: "group", "aria-label": "Help" },
      h("div", {}, ...keys),
      h("div", {},
        h("h3", { class: "iex-group" }, "Signs"), h("dl", { class: "iex-keys" }, ...signs),
        h("h3", { class: "iex-group" }, "Words"), h("dl", { class: "iex-words" }, ...words))),
  );
}

function keycaps(name: string): HTMLElement {
  const parts = name.length > 1 ? name.split("+") : [name];
  return h("span", {}, ...parts.flatMap((key, i) => (i ? ["+", h("kbd", {}, key)] : [h("kbd", {}, key)])));
}

/** What the pass at `step` does, from its documentation, and where it is written. */
export function openPass(parent: HTMLElement, app: App, step: number): void {
  const { model } = app;
  const stop = model.stopAt(step);
  if (!stop) return;
  const doc = model.recording.passDocs[stop.pass];
  const phase = model.recording.phases[stop.phase];
  const content: HTMLElement[] = [
    h("p", {}, doc?.doc || stop.why || phase.summary),
    h("p", { class: "iex-quiet" }, `Phase ${phase.name}: ${phase.summary}`),
  ];
  if (doc?.file) content.push(h("p", { class: "iex-source-line" }, `${shortPath(doc.file)}:${doc.line}`));
  if (doc?.before) content.push(h("h3", { class: "iex-group" }, "Before"), codeBlock(doc.before));
  if (doc?.after) content.push(h("h3", { class: "iex-group" }, "After"), codeBlock(doc.after));
  const dialog = openDialog(
    parent, stop.pass, "iex-about",
    h("div", { class: "iex-about-body", tabindex: 0, role: "group", "aria-label": "Documentation" }, ...content),
    h("footer", {}, h("button", {
      class: "iex-chip-button",
      on: { click: () => { dialog.close(); app.goto(step); } },
    }, "Go to this pass")),
  );
}
