// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The search sheet: a field and a list of what was found, driven by keys alone if need be.

import type { App } from "../app";
import { openDialog } from "../ui/dialog";
import { h, plural, replace, uid } from "../ui/dom";
import { type Found, type Hit, find } from "./data";

const HEADS: Record<Hit["kind"], string> = {
  error: "Errors",
  size: "Sizes",
  pass: "Passes",
  layer: "Model layers",
  op: "At this stage",
  elsewhere: "At other stages",
};

interface Choice {
  element: HTMLElement;
  go(): void;
}

export function openSearch(parent: HTMLElement, app: App): void {
  new Search(parent, app);
}

class Search {
  private list: HTMLElement;
  private input: HTMLInputElement;
  private count = h("p", { class: "iex-search-count", role: "status" });
  private dialog: HTMLDialogElement;
  private choices: Choice[] = [];
  private active = 0;
  private timer = 0;
  /** Whether more was typed than is found. */
  private stale = false;

  constructor(
    parent: HTMLElement,
    private app: App,
  ) {
    const id = uid("iex-hits");
    this.list = h("div", { class: "iex-hits", role: "listbox", id, "aria-label": "Found" });
    this.input = h("input", {
      class: "iex-input iex-search-field",
      type: "text",
      role: "combobox",
      "aria-label": "Search",
      "aria-expanded": "true",
      "aria-controls": id,
      autocomplete: "off",
      spellcheck: "false",
      placeholder: "op, type, attribute, 1x64xf32, layer, pass, error …",
      on: {
        input: () => {
          clearTimeout(this.timer);
          this.timer = window.setTimeout(() => this.update(), 60);
          this.stale = true;
        },
        keydown: (event: KeyboardEvent) => this.key(event),
      },
    });
    this.dialog = openDialog(parent, "Search", "iex-search", this.input, this.count, this.list);
    this.update();
    this.input.focus();
  }

  private update(): void {
    const { app } = this;
    const found = find(app.model, app.shapes, app.state.step, this.input.value);
    clearTimeout(this.timer);
    this.stale = false;
    this.choices = [];
    this.active = 0;
    if (!found) {
      this.count.textContent = "All parts of what you type have to occur; \"two words\" as one part in quotes.";
      replace(this.list);
      return;
    }
    this.count.textContent = this.words(found);
    const rows: HTMLElement[] = [];
    if (found.here.length > 1) {
      rows.push(this.choice("all", `Select all ${found.here.length.toLocaleString("en")} ops of this stage`, "", () =>
        app.select(found.here)));
    }
    let kind = "";
    for (const hit of found.hits) {
      if (hit.kind !== kind) rows.push(h("div", { class: "iex-group", role: "presentation" }, HEADS[hit.kind]));
      kind = hit.kind;
      rows.push(this.choice(hit.kind, hit.label, hit.detail, () => this.take(hit)));
    }
    replace(this.list, ...rows);
    this.mark(0);
  }

  private words(found: Found): string {
    const other = found.hits.filter((hit) => hit.kind !== "op" && hit.kind !== "elsewhere").length;
    if (!found.hits.length) return "Nothing at any stage.";
    const parts = [`${plural(found.here.length, "op")} at this stage`];
    if (found.elsewhere) parts.push(`${found.elsewhere.toLocaleString("en")} only at others`);
    if (other) parts.push(`${other} passes, layers, sizes or errors`);
    return parts.join(", ");
  }

  private choice(kind: string, label: string, detail: string, go: () => void): HTMLElement {
    const index = this.choices.length;
    const element = h(
      "div",
      {
        class: `iex-hit iex-hit-${kind}`, role: "option", id: uid("iex-hit"), "aria-selected": "false", title: detail,
        on: { click: () => this.finish(go), pointermove: () => this.mark(index) },
      },
      h("span", { class: "iex-hit-label" }, label),
      h("span", { class: "iex-hit-detail" }, detail),
    );
    this.choices.push({ element, go });
    return element;
  }

  private mark(index: number): void {
    this.choices[this.active]?.element.setAttribute("aria-selected", "false");
    this.active = index;
    const element = this.choices[index]?.element;
    element?.setAttribute("aria-selected", "true");
    if (!element) return;
    this.input.setAttribute("aria-activedescendant", element.id);
    const { offsetTop, offsetHeight } = element;
    const { scrollTop, clientHeight } = this.list;
    if (offsetTop < scrollTop + 24) this.list.scrollTop = offsetTop - 24;
    else if (offsetTop + offsetHeight > scrollTop + clientHeight) {
      this.list.scrollTop = offsetTop + offsetHeight - clientHeight;
    }
  }

  private key(event: KeyboardEvent): void {
    const last = this.choices.length - 1;
    const by: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
    if (event.key in by) this.mark(Math.max(0, Math.min(this.active + by[event.key], last)));
    else if (event.key === "Enter") {
      if (this.stale) this.update();
      const choice = this.choices[this.active];
      if (choice) this.finish(choice.go);
    } else return;
    event.preventDefault();
  }

  private finish(go: () => void): void {
    this.dialog.close();
    go();
  }

  private take(hit: Hit): void {
    if (hit.step >= 0) this.app.goto(hit.step);
    if (hit.ops.length) this.app.select(hit.ops);
    if (hit.symbol) this.app.light(hit.symbol);
  }
}
