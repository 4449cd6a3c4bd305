// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The numerics of one op: beside its line, and stage by stage in the inspector.

import type { App } from "../app";
import type { Badge } from "../shapes/marks";
import { h } from "../ui/dom";
import { note, sentence, short, ulps, verdict } from "./data";

/** The badge of a line of text: sign and error, a sentence as its tooltip. */
export function errorBadge(app: App, op: number, step: number): Badge | null {
  const { current } = app.numerics;
  const row = op ? current?.at(op, step) : null;
  if (!current || !row) return null;
  const stage = current.record.stages[row.stage].stage;
  return [`error-${verdict(row)}`, note(row), sentence(row, stage)];
}

/** What was checked of an op, null if nothing was. */
export function numericsFacts(app: App, op: number): HTMLElement | null {
  const { current } = app.numerics;
  const rows = current?.of(op) ?? [];
  if (!current || !rows.length) return null;
  const heads = ["Stage", "Relative", "Absolute", "ULP"].map((text, i) =>
    h("th", { scope: "col", class: i ? "iex-number" : "" }, text),
  );
  const lines = rows.map((row) => {
    const { stage } = current.record.stages[row.stage];
    const props = { class: `iex-number iex-error-${verdict(row)}`, title: sentence(row, stage) };
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, stage),
      h("td", props, note(row)),
      h("td", { class: "iex-number" }, short(row.maxAbs)),
      h("td", { class: "iex-number" }, row.ulp ? ulps(row.ulp) : "–"),
    );
  });
  const from = rows[0].reference;
  const select = (): void => app.select([from]);
  return h(
    "section",
    {},
    h("h3", { class: "iex-group" }, `Numerics · ${current.record.mode}`),
    h("table", { class: "iex-table" }, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...lines)),
    h("p", { class: "iex-quiet" }, "compared with ",
      h("button", { class: "iex-link", on: { click: select } }, current.name(from)), " of the model"),
  );
}
