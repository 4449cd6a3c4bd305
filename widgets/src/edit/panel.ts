// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The edit tab: the tree of branches, IR of a stage to edit with its problems as typed, two branches
// beside each other, and what the user's own passes did.

import type { App, Component } from "../app";
import { duration, h, plural, replace } from "../ui/dom";
import { type Branch, type Comparison, type Problem, type UserPass, freshName, problemText, sentences } from "./data";
import { Editor } from "./editor";

/** How long typing has to rest before the kernel looks at the text. */
const REST_MS = 350;

export class EditPanel implements Component {
  readonly element = h("div", { class: "iex-edit" });
  private tree = h("div", { class: "iex-edit-tree", role: "group", "aria-label": "Branches" });
  private stage = h("select", { class: "iex-select", "aria-label": "Stage to edit" });
  private name = h("input", { class: "iex-input iex-edit-name", "aria-label": "Name of the branch", placeholder: "name of the branch" });
  private open = h("button", { class: "iex-chip-button", on: { click: () => void this.load() } }, "Edit this stage");
  private resume = h("button", { class: "iex-primary", disabled: true, on: { click: () => void this.go() } }, "Resume from here");
  private status = h("span", { class: "iex-quiet", role: "status" });
  private list = h("ul", { class: "iex-problems", "aria-label": "Problems" });
  private box = h("div", { class: "iex-edit-text iex-text" });
  private side = h("div", { class: "iex-edit-side", tabindex: 0, role: "region", "aria-label": "Comparison and passes" });
  private editor: Editor | null = null;
  private branches: Branch[] = [];
  private compared: Comparison | null = null;
  private passes: UserPass[] = [];
  private loaded = "";
  private timer = 0;
  private asked = 0;
  private state = "";

  constructor(private app: App) {
    this.stage.addEventListener("change", () => this.update());
    replace(
      this.element,
      this.tree,
      h("div", { class: "iex-edit-main" },
        h("div", { class: "iex-run-form" }, this.stage, this.open, this.name, this.resume, this.status),
        this.box, this.list),
      this.side,
    );
  }

  update(): void {
    const { recording } = this.app.model;
    const { offline } = this.app.store;
    if (offline) {
      const why = `IR is edited and compiled on from any stage where there is a kernel; ${offline}.`;
      if (!this.element.querySelector(":scope > .iex-empty")) replace(this.element, h("p", { class: "iex-empty" }, why));
      return;
    }
    const done = recording.phases.filter((phase) => phase.state === "done" && phase.step >= 0);
    const chosen = this.stage.value || done.find((phase) => phase.name === "input")?.name || "";
    if (this.stage.dataset.drawn !== done.map((phase) => phase.name).join()) {
      this.stage.dataset.drawn = done.map((phase) => phase.name).join();
      replace(this.stage, ...done.map((phase) => {
        const passes = phase.passes.slice(0, -1).map((pass) => h("option", { value: pass.name }, `\u00a0\u00a0after ${pass.name}`));
        const group = h("optgroup", { label: phase.name }, h("option", { value: phase.name }, `after ${phase.name}`), ...passes);
        return group;
      }));
      this.stage.value = chosen;
    }
    this.open.disabled = recording.state === "compiling";
    const key = `${recording.name}:${recording.state}`;
    if (key !== this.state) {
      this.state = key;
      void this.refresh();
    }
  }

  close(): void {
    clearTimeout(this.timer);
    this.editor?.close();
  }

  private async ask<T>(method: string, params: object = {}): Promise<T | null> {
    try {
      return (await this.app.store.request(method, params)).result as T;
    } catch (error) {
      this.say((error as Error).message);
      return null;
    }
  }

  private say(text: string): void {
    this.status.textContent = text.split("\n")[0];
    this.status.title = text;
  }

  /** The branches, and the passes of the one that is shown. */
  private async refresh(): Promise<void> {
    const found = await this.ask<Branch[]>("branches");
    if (found) this.branches = found;
    this.drawTree();
    if (this.app.model.recording.state === "compiling") return;
    this.passes = (await this.ask<UserPass[]>("user_passes")) ?? [];
    this.drawSide();
  }

  private async load(): Promise<void> {
    const at = this.stage.value;
    this.say(`reading ${at}…`);
    const found = await this.ask<{ text: string }>("edit_text", { at });
    if (!found) return;
    if (!this.editor) {
      this.editor = new Editor(() => this.typed(), () => void this.go());
      replace(this.box, this.editor.view.dom);
    }
    this.loaded = at;
    this.editor.text = found.text;
    this.name.value = freshName(at, this.branches.map((branch) => branch.name));
    this.say("");
    this.editor.view.focus();
  }

  private typed(): void {
    clearTimeout(this.timer);
    this.resume.disabled = true;
    this.timer = window.setTimeout(() => void this.check(), REST_MS);
  }

  private async check(): Promise<void> {
    if (!this.editor) return;
    const asked = ++this.asked;
    const found = await this.ask<{ problems: Problem[]; signature: string[] }>("check_edit", { at: this.loaded, text: this.editor.text });
    if (!found || asked !== this.asked) return; // typed on meanwhile
    this.draw(found.problems, found.signature);
  }

  private draw(problems: Problem[], signature: string[]): void {
    this.editor?.problems(problems);
    this.resume.disabled = problems.length > 0;
    this.say(problems.length ? plural(problems.length, "problem") : signature.join("; ") || "no problems");
    replace(this.list, ...problems.map((problem) =>
      h("li", {}, h("button", { class: "iex-link", title: problem.hint, on: { click: () => this.editor?.visit(problem) } }, problemText(problem)),
        problem.hint && h("span", { class: "iex-quiet" }, ` ${problem.hint}`))));
  }

  private async go(): Promise<void> {
    if (!this.editor || this.resume.disabled) return;
    const name = this.name.value.trim() || freshName(this.loaded, this.branches.map((branch) => branch.name));
    this.say("resuming…");
    const made = await this.ask<{ name: string; problems: Problem[]; signature: string[] }>("branch", { name, at: this.loaded, text: this.editor.text });
    if (!made) return;
    if (!made.name) this.draw(made.problems, []);
    else {
      this.say(`${name} goes on after ${this.loaded}`);
      await this.show(name);
    }
  }

  /** Shows another branch in the whole explorer. */
  private async show(name: string): Promise<void> {
    this.compared = null;
    await this.ask("show_branch", { name });
    await this.refresh();
  }

  private async compare(name: string, other: string): Promise<void> {
    this.say(`comparing ${name} with ${other}…`);
    this.compared = await this.ask<Comparison>("compare_branches", { name, other });
    if (this.compared) this.say("");
    this.drawSide();
  }

  private drawTree(): void {
    const names = this.branches.map((branch) => branch.name);
    const current = this.branches.find((branch) => branch.current);
    const other = h("select", { class: "iex-select", "aria-label": "Branch to compare with" },
      ...names.filter((name) => name !== current?.name).map((name) => h("option", { value: name }, name)));
    const button = h("button", { class: "iex-chip-button", disabled: names.length < 2, on: {
      click: () => void (current && this.compare(current.name, other.value)),
    } }, "Compare");
    replace(this.tree,
      h("h3", {}, "Branches"),
      ...this.branches.map((branch) =>
        h("button", {
          class: "iex-branch", "aria-pressed": String(branch.current), "aria-label": `${branch.name} (${[branch.begins, branch.state].filter(Boolean).join(", ")})`, style: `padding-left: ${8 + 14 * branch.depth}px`,
          title: [branch.begins, branch.error, ...branch.signature].filter(Boolean).join("\n"),
          on: { click: () => void this.show(branch.name) },
        }, h("span", { class: "iex-branch-name" }, branch.name),
          h("span", { class: "iex-quiet" }, `${branch.begins ? `${branch.begins}, ` : ""}${branch.state}`))),
      h("div", { class: "iex-run-form" }, h("span", { class: "iex-quiet" }, `${current?.name ?? ""} with`), other, button));
  }

  private drawSide(): void {
    const { compared } = this;
    replace(this.side, compared && this.comparison(compared), ...this.passes.map((one) => this.report(one)),
      !compared && !this.passes.length && h("p", { class: "iex-empty" },
        "Comparisons of two branches appear here, and what your own passes (session.insert) matched."));
  }

  private comparison(found: Comparison): HTMLElement {
    const row = (change: Comparison["changes"][number]): HTMLElement =>
      h("div", {},
        change.old && h("div", { class: "iex-line-deleted" }, `− ${change.old}`),
        change.new && h("div", { class: "iex-line-created" }, `+ ${change.new}`));
    return h("section", {},
      h("h3", {}, `${found.other} beside ${found.base}`),
      h("ul", {}, ...sentences(found).map((text) => h("li", {}, text))),
      h("div", { class: "iex-edit-diff" }, ...found.changes.map(row)));
  }

  private report(one: UserPass): HTMLElement {
    const seen = (each: { op: number; text: string; source: string }, why: string): HTMLElement =>
      h("li", {},
        h("button", { class: "iex-link", title: each.text, on: { click: () => this.app.select([each.op]) } }, each.text.split("\n")[0]),
        h("span", { class: "iex-quiet" }, ` ${each.source}`),
        why && h("div", { class: "iex-near" }, why));
    return h("section", {},
      h("h3", {}, one.name),
      h("p", { class: "iex-quiet" }, `${one.place}; ${plural(one.matches.length, "match").replace("matchs", "matches")}, ` +
        `${one.nearMisses.length} near misses, ${duration(one.elapsedNs)}; ${one.created.length} ops created, ${one.deleted} deleted` +
        (one.numerics ? `; ${one.numerics}` : "")),
      one.error && h("pre", { class: "iex-error", role: "alert" }, one.error),
      h("ul", {}, ...one.matches.map((each) => seen(each, ""))),
      one.nearMisses.length > 0 && h("h4", {}, "Near misses"),
      h("ul", {}, ...one.nearMisses.map((each) =>
        seen(each, `${each.met ? `${plural(each.met, "condition")} held, then: ` : ""}${each.reason}`))));
  }
}
