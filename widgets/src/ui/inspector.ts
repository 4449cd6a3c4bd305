// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is known of the selected op: its text, types, operands, where it came from, what made it,
// what became of it, its time. With nothing selected: the pass at the scrubber and its rewrites.

import type { App, Component } from "../app";
import { pushTo } from "../model";
import { gridFacts, memoryFacts } from "../grid/view";
import { numericsFacts } from "../numerics/facts";
import { shapeFacts } from "../shapes/facts";
import type { RewriteEvent, Run, RunDispatch, Source } from "../recording";
import { explain, giga, rates, shareText } from "../roofline";
import { parseTemplate } from "../text";
import { shortPath } from "../trace";
import { codeBlock } from "./code";
import { duration, h, median, plural, prose, quantile, replace } from "./dom";

const MOST = 12;

/** "78.5 GFLOP/s, 12 GB/s: 66 % of the roofline, bound by ...", as far as known. */
function reached(run: Run | undefined, dispatch: RunDispatch): HTMLElement | null {
  if (!run) return null;
  const found = rates(run, dispatch, median(dispatch.samplesNs));
  if (!Number.isFinite(found.share)) return null;
  const flops = Number.isFinite(found.flops) ? `${giga(found.flops)} GFLOP/s, ` : "";
  return h(
    "span",
    { class: "iex-reached" },
    `${flops}${giga(found.bytes)} GB/s: `,
    h("strong", {}, `${shareText(found.share)} of the roofline`),
    h("span", { class: "iex-quiet" }, `, ${explain(run, dispatch, found)}`),
  );
}

export class Inspector implements Component {
  readonly element = h("aside", { class: "iex-inspector", "aria-label": "Inspector", tabindex: 0 });
  private drawn = "";
  private drawnModel: unknown = null;
  private drawnSizes: unknown = null;

  constructor(private app: App) {}

  update(): void {
    const { state, model } = this.app;
    const runs = [model.recording.runs.length, state.run].join("/");
    const checks = `${model.recording.numerics.length}:${this.app.numerics.shown}`;
    const key = `${state.selection.join(",")}:${state.step}:${model.lastStep}:${runs}:${checks}:${state.symbol}`;
    if (key === this.drawn && this.drawnModel === model) {
      if (this.drawnSizes !== this.app.sizes) this.updateFacts();
      return;
    }
    this.drawnSizes = this.app.sizes;
    this.drawn = key;
    this.drawnModel = model;
    const [op] = state.selection;
    const version = op ? model.versionNear(op, state.step) : -1;
    if (version >= 0) replace(this.element, ...this.op(op, version));
    else replace(this.element, ...this.pass());
  }

  /** A slider moved: only the numbers among the shape facts change. */
  private updateFacts(): void {
    this.drawnSizes = this.app.sizes;
    const old = this.element.querySelector(".iex-shape-facts");
    const [op] = this.app.state.selection;
    const version = op ? this.app.model.versionNear(op, this.app.state.step) : -1;
    const fresh = old && version >= 0 ? shapeFacts(this.app, op, version) : null;
    if (fresh) old?.replaceWith(fresh);
    const grid = this.element.querySelector(".iex-grid");
    const redrawn = grid && op ? gridFacts(this.app, op) : null;
    if (redrawn) grid?.replaceWith(redrawn);
  }

  private section(title: string, ...content: (Node | string | null)[]): HTMLElement {
    return h("section", {}, h("h3", { class: "iex-group" }, title), ...content);
  }

  private op(op: number, version: number): (HTMLElement | null)[] {
    const { model, state } = this.app;
    const name = model.name(version);
    const symbol = model.symbol(version);
    const doc = model.recording.opDocs[name];
    const many = state.selection.length > 1 ? ` and ${state.selection.length - 1} more` : "";
    return [
      h(
        "header",
        { class: "iex-inspector-head" },
        h("h2", {}, name),
        symbol ? h("code", {}, `@${symbol}`) : null,
        h("span", { class: "iex-quiet" }, `op ${op}${many}`),
        h(
          "button",
          { class: "iex-chip-button", on: { click: () => this.app.select([]) } },
          "clear",
        ),
      ),
      doc ? h("p", {}, ...prose(doc)) : null,
      this.code(version),
      this.timing(op),
      gridFacts(this.app, op),
      memoryFacts(this.app, op),
      numericsFacts(this.app, op),
      this.sources(op),
      this.types(version),
      shapeFacts(this.app, op, version),
      this.origin(op),
      this.future(op),
    ];
  }

  private code(version: number): HTMLElement {
    const { model } = this.app;
    const pieces = parseTemplate(model.string(model.recording.versions.text[version]));
    const text = pieces.map((p) => (p.region < 0 ? p.text : `${p.text}{…}`)).join("").trim();
    const shown = text.length > 1200 ? `${text.slice(0, 1200)} …` : text;
    return codeBlock(shown);
  }

  private timing(op: number): HTMLElement | null {
    const found = this.app.model.dispatchTimes(op);
    if (!found.length) return null;
    const run = this.app.model.latestRun();
    return this.section(
      "Measured",
      ...found.map((d) =>
        h(
          "p",
          { class: "iex-measured" },
          h("strong", {}, duration(median(d.samplesNs))),
          ` median of ${d.samplesNs.length}, middle half ` +
            `${duration(quantile(d.samplesNs, 0.25))}–${duration(quantile(d.samplesNs, 0.75))}, ` +
            `${d.workgroups.join("×")} workgroups, ${d.clock}`,
          reached(run, d),
        ),
      ),
    );
  }

  private sources(op: number): HTMLElement {
    const { model } = this.app;
    const sources = model.sourcesOf(op);
    const reason = model.provenance(op).reason;
    if (!sources.length) {
      return this.section("Model", h("p", { class: "iex-quiet" }, `no model layer: made by ${reason || "?"}`));
    }
    const items = sources.slice(0, MOST).map((source) => this.source(source));
    const rest = sources.length - items.length;
    return this.section(
      sources.length > 1 ? `Model · ${sources.length} layers` : "Model",
      h("ul", { class: "iex-list" }, ...items),
      rest > 0 ? h("p", { class: "iex-quiet" }, `and ${rest} more`) : null,
    );
  }

  private source(source: Source): HTMLElement {
    const { model } = this.app;
    const select = (): void => {
      const index = model.recording.sources.indexOf(source);
      const { versionOf } = model.snapshot(0);
      const ops = [...versionOf.keys()].filter((id) => model.provenance(id).sources.includes(index));
      if (ops.length) this.app.select(ops);
    };
    const place = source.file ? `${shortPath(source.file)}:${source.line}` : "";
    return h(
      "li",
      {},
      h("button", { class: "iex-link", on: { click: select } }, source.layer || source.op || place),
      source.layer && source.op ? h("span", { class: "iex-quiet" }, ` ${source.op}`) : null,
      place && (source.layer || source.op) ? h("div", { class: "iex-quiet" }, place) : null,
    );
  }

  private types(version: number): HTMLElement | null {
    const { model } = this.app;
    const types = model.types(version);
    const operands = model.operands(version);
    if (!types.length && !operands.length) return null;
    const links = operands.slice(0, MOST * 2).map((value) => {
      const op = Number.parseInt(value.replace(/^b/, ""), 10);
      return h(
        "button",
        { class: "iex-link iex-value", on: { click: () => this.app.select([op]) } },
        `%${value}`,
      );
    });
    return this.section(
      "Values",
      operands.length ? h("p", {}, "reads ", ...links.flatMap((l, i) => (i ? [", ", l] : [l]))) : null,
      ...types.map((type) => codeBlock(type)),
    );
  }

  private origin(op: number): HTMLElement {
    const { model } = this.app;
    const { reason, ancestors } = model.provenance(op);
    const event = model.createdBy(op);
    const birth = model.birthOf(op);
    const made = event ? this.place(event) : null;
    return this.section(
      "Comes from",
      h(
        "p",
        {},
        "made by ",
        h("strong", {}, reason || "?"),
        birth > 0 ? " in " : null,
        birth > 0 ? this.stepLink(birth) : null,
      ),
      made,
      this.chain(ancestors, 0, new Set()),
    );
  }

  private place(event: RewriteEvent): HTMLElement | null {
    const file = this.app.model.string(event.file);
    return file ? h("p", { class: "iex-quiet" }, `${shortPath(file)}:${event.line}`) : null;
  }

  /** Direct ancestors, each with its own, a few levels deep. */
  private chain(ops: readonly number[], depth: number, seen: Set<number>): HTMLElement | null {
    const { model } = this.app;
    const fresh = ops.filter((op) => !seen.has(op) && model.versionsOf(op).length);
    if (!fresh.length) return null;
    for (const op of fresh) seen.add(op);
    const items = fresh.slice(0, MOST).map((op) => {
      const more = depth < 5 ? this.chain(model.provenance(op).ancestors, depth + 1, seen) : null;
      return h("li", {}, this.opLink(op), more);
    });
    const rest = fresh.length - items.length;
    return h(
      "ul",
      { class: "iex-list iex-chain" },
      ...items,
      rest > 0 ? h("li", { class: "iex-quiet" }, `and ${rest} more`) : null,
    );
  }

  private opLink(op: number): HTMLElement {
    const { model } = this.app;
    const version = model.versionNear(op, model.lastStep);
    const birth = model.birthOf(op);
    const name = version >= 0 ? model.name(version) : `op ${op}`;
    return h(
      "span",
      {},
      h("button", { class: "iex-link", on: { click: () => this.app.select([op]) } }, name),
      h("span", { class: "iex-quiet" }, birth >= 0 ? ` ${model.phaseName(birth)}` : ""),
    );
  }

  private stepLink(step: number): HTMLElement {
    const { model } = this.app;
    const text = model.steps[step]?.pass ?? "import";
    return h("button", { class: "iex-link", on: { click: () => this.app.goto(step) } }, text);
  }

  private future(op: number): HTMLElement {
    const { model } = this.app;
    const next = model.directDescendants(op);
    const death = model.deathOf(op);
    const event = death >= 0 ? model.deletedBy(op) : undefined;
    const gone =
      death >= 0
        ? h(
            "p",
            {},
            "removed by ",
            event ? h("strong", {}, model.string(event.pattern)) : null,
            event ? " in " : null,
            this.stepLink(death),
          )
        : h("p", {}, "alive at the end");
    const items = next.slice(0, MOST).map((id) => h("li", {}, this.opLink(id)));
    const rest = next.length - items.length;
    return this.section(
      next.length ? `Becomes · ${next.length}` : "Becomes",
      gone,
      event ? this.place(event) : null,
      items.length ? h("ul", { class: "iex-list iex-chain" }, ...items) : null,
      rest > 0 ? h("p", { class: "iex-quiet" }, `and ${rest} more`) : null,
    );
  }

  private pass(): (HTMLElement | null)[] {
    const { model, state } = this.app;
    const stop = model.stopAt(state.step);
    if (!stop) return [h("p", { class: "iex-quiet" }, "nothing recorded yet")];
    const phase = model.recording.phases[stop.phase];
    const doc = model.recording.passDocs[stop.pass];
    const error = model.errorAt(model.wholeStep(state.step));
    return [
      this.hint(),
      h("header", { class: "iex-inspector-head" }, h("h2", {}, stop.pass),
        h("span", { class: "iex-quiet" }, `phase ${phase.name}`)),
      h("p", {}, ...prose(doc?.doc || stop.why || phase.summary)),
      doc?.file ? h("p", { class: "iex-quiet" }, `${shortPath(doc.file)}:${doc.line}`) : null,
      error ? h("pre", { class: "iex-error" }, error.text) : null,
      this.rewrites(model.eventsOf(state.step)),
      doc?.before ? this.section("Example before", codeBlock(doc.before)) : null,
      doc?.after ? this.section("Example after", codeBlock(doc.after)) : null,
      welcomed() ? h("p", { class: "iex-quiet" }, "Select a line, node or layer to follow it through all stages.") : null,
    ];
  }

  /** For who is here for the first time; until it is put away. */
  private hint(): HTMLElement | null {
    if (welcomed()) return null;
    const key = (name: string): HTMLElement => h("kbd", {}, name);
    const box = h(
      "section",
      { class: "iex-hint" },
      h("h3", {}, "Start here"),
      h("ul", {},
        h("li", {}, "Click a line, a node or a layer: what it was made from ▲ and what it became ▼ lights up in every pane."),
        h("li", {}, key("←"), " ", key("→"), " go through the passes; a bar above is one pass, a hollow one changed nothing."),
        h("li", {}, key("/"), " searches, ", key("?"), " shows all keys, signs and words.")),
      h("button", { class: "iex-chip-button", on: { click: () => { welcome(); box.remove(); } } }, "Got it"),
    );
    return box;
  }

  private rewrites(range: [number, number]): HTMLElement | null {
    const { model } = this.app;
    const events = model.recording.events.slice(range[0], range[1]);
    if (!events.length) return null;
    const byPattern = new Map<string, RewriteEvent[]>();
    for (const event of events) pushTo(byPattern, model.string(event.pattern), event);
    const items = [...byPattern].map(([name, list]) =>
      h("li", {}, h("details", {},
        h("summary", {}, `${name} `, h("span", { class: "iex-quiet" }, `× ${list.length}`)),
        this.place(list[0]),
        h("ol", { class: "iex-list" }, ...list.slice(0, 50).map((event) => this.rewrite(event))))),
    );
    return this.section(plural(events.length, "rewrite"), h("ul", { class: "iex-list iex-patterns" }, ...items));
  }

  private rewrite(event: RewriteEvent): HTMLElement {
    const { model } = this.app;
    const of = (index: number): readonly number[] => model.set(index);
    const names = (ops: readonly number[]): string =>
      ops.slice(0, 4).map((op) => {
        const version = model.versionNear(op, event.step);
        return version < 0 ? `op ${op}` : model.name(version);
      }).join(", ") + (ops.length > 4 ? ` +${ops.length - 4}` : "");
    const touched = [...of(event.created), ...of(event.modified)];
    const select = (): void => this.app.select(model.touched(event));
    return h("li", {}, h("button", { class: "iex-link", on: { click: select } },
      `${names(of(event.matched)) || "–"} → ${names(touched) || "removed"}`));
  }
}

const WELCOME = "iree-explore-welcomed";
let greeted = false;

/** Whether the hints were put away, in this page or, where pages may keep something, before. */
function welcomed(): boolean {
  try {
    greeted ||= window.localStorage.getItem(WELCOME) !== null;
  } catch {
    // a sandboxed page has no storage: it keeps it in `greeted` as long as it is open
  }
  return greeted;
}

function welcome(): void {
  greeted = true;
  try {
    window.localStorage.setItem(WELCOME, "1");
  } catch {
    // as above
  }
}
