// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The whole explorer: bars, sidebar, panes, inspector, run panel; keyboard and theme.

import type { App, Component } from "../app";
import { CoverageTab } from "../coverage/tab";
import { type Bottom, MOST_PANES, fromHash, nextPane, toHash } from "../state";
import { openHelp } from "../help/sheet";
import { openSearch } from "../search/view";
import { EditPanel } from "../edit/panel";
import { NumericsPanel } from "../numerics/panel";
import { CopyLink } from "../run/copy_link";
import { MemoryView } from "../memory/view";
import { TimelineView } from "../run/timeline_view";
import { ConflictBanner } from "../shapes/conflicts";
import { ICONS, h, icon, replace } from "./dom";
import { Inspector } from "./inspector";
import { OutlineView } from "./outline_view";
import { Pane } from "./pane";
import { PassList } from "./passes";
import { RooflineView } from "./roofline_view";
import { RunPanel } from "./run_panel";
import { Scrubber } from "./scrubber";
import { Theme } from "./theme";
import { CompileTime } from "./compile_time";

export class Root {
  readonly element: HTMLElement;
  private scrubber: Scrubber;
  private passes: PassList;
  private outline: OutlineView;
  private inspector: Inspector;
  private run: RunPanel;
  private roofline: RooflineView;
  private timeline: TimelineView;
  private memory: MemoryView;
  private compile: CompileTime;
  private coverage: CoverageTab;
  private numerics: NumericsPanel;
  private edit: EditPanel;
  private conflicts: ConflictBanner;
  private panes: Pane[] = [];
  private paneBox = h("div", { class: "iex-panes" });
  private sidebar = h("div", { class: "iex-sidebar" });
  private bottom = h("div", { class: "iex-bottom" });
  private status = h("span", { class: "iex-status", role: "status" });
  private name = h("span", { class: "iex-name" });
  private toggles: (() => void)[] = [];
  private addButton = h("button", { class: "iex-tab iex-add", on: { click: () => this.addPane() } }, "+ Pane");
  /** The sizes that are in the address, and the timer that will write others. */
  private remembered: unknown = null;
  private remembering = 0;
  private written = 0;
  private themeButton = h("button", {
    class: "iex-icon-button",
    on: { click: () => this.nextTheme() },
  });
  private theme: Theme;
  private sizer = new ResizeObserver(() => this.fit());

  constructor(
    private app: App,
    private hash: boolean,
  ) {
    this.scrubber = new Scrubber(app);
    this.passes = new PassList(app);
    this.outline = new OutlineView(app);
    this.inspector = new Inspector(app);
    this.run = new RunPanel(app);
    this.roofline = new RooflineView(app);
    this.timeline = new TimelineView(app);
    this.memory = new MemoryView(app);
    this.compile = new CompileTime(app);
    this.coverage = new CoverageTab(app);
    this.numerics = new NumericsPanel(app);
    this.edit = new EditPanel(app);
    this.conflicts = new ConflictBanner(app);
    const whole = app.view === "explorer";
    const stepping = whole || ["stepper", "ir", "diff", "graph", "shapes"].includes(app.view);
    this.element = h(
      "div",
      {
        class: `iex iex-view-${app.view}`,
        data: { view: app.view },
        on: {
          keydown: (event: KeyboardEvent) => this.key(event),
          // Notebook 7 hears keys before the page does, and looks for this at the focus alone.
          focusin: (event: FocusEvent) =>
            (event.target as Element).setAttribute("data-lm-suppress-shortcuts", "true"),
        },
      },
      this.header(whole),
      stepping && this.scrubber.element,
      stepping && this.conflicts.element,
      h("div", { class: "iex-main" }, this.sidebar, this.paneBox, whole && this.inspector.element),
      this.bottom,
    );
    this.sizer.observe(this.element);
    if (hash) app.state = fromHash(window.location.hash, app.state);
    this.remembered = app.state.sizes;
    if (hash && app.state.selection.length) app.select(app.state.selection);
    this.theme = new Theme(this.element, () => app.state.theme, () => this.drawTheme());
    this.drawTheme();
    app.subscribe(() => this.update());
    this.update();
  }

  close(): void {
    clearTimeout(this.remembering);
    this.theme.close();
    this.coverage.close();
    this.edit.close();
    for (const pane of this.panes) pane.close();
    this.sizer.disconnect();
    this.scrubber.close();
    this.app.close();
  }

  private header(whole: boolean): HTMLElement {
    const { app } = this;
    const toggle = (label: string, on: () => boolean, click: () => void): HTMLElement => {
      const button = h("button", { class: "iex-tab", on: { click } }, label);
      this.toggles.push(() => button.setAttribute("aria-pressed", String(on())));
      return button;
    };
    const side = (which: "passes" | "outline") => (): void =>
      app.set({ sidebar: app.state.sidebar === which ? "" : which });
    const bottom = (which: Bottom) => (): void =>
      app.set({ bottom: app.state.bottom === which ? "" : which });
    const buttons = whole
      ? [
          toggle("Passes", () => app.state.sidebar === "passes", side("passes")),
          toggle("Outline", () => app.state.sidebar === "outline", side("outline")),
          toggle("Run", () => app.state.bottom === "run", bottom("run")),
          toggle("Timeline", () => app.state.bottom === "timeline", bottom("timeline")),
          toggle("Roofline", () => app.state.bottom === "roofline", bottom("roofline")),
          toggle("Memory", () => app.state.bottom === "memory", bottom("memory")),
          toggle("Compile time", () => app.state.bottom === "compile", bottom("compile")),
          toggle("Numerics", () => app.state.bottom === "numerics", bottom("numerics")),
          toggle("Edit", () => app.state.bottom === "edit", bottom("edit")),
          toggle("Coverage", () => app.state.bottom === "coverage", bottom("coverage")),
          toggle("Inspector", () => app.state.inspector, () =>
            app.set({ inspector: !app.state.inspector })),
          this.addButton,
        ]
      : [];
    const tool = (path: string, name: string, click: () => void): HTMLElement =>
      h("button", { class: "iex-icon-button", title: name, "aria-label": name, on: { click } }, icon(path));
    return h(
      "div",
      { class: "iex-header" },
      this.name,
      this.status,
      h("span", { class: "iex-spring" }),
      h("div", { class: "iex-tabs", role: "toolbar", "aria-label": "Panels" }, ...buttons),
      this.hash && whole && new CopyLink(() => this.write()).element,
      whole && tool(ICONS.search, "Search (/)", () => openSearch(this.element, app)),
      whole && tool(ICONS.help, "Keys, signs and words (?)", () => openHelp(this.element)),
      this.themeButton,
    );
  }

  /** A further pane shows what none does yet: from machine code up. */
  private addPane(): void {
    const { state, model } = this.app;
    if (state.panes.length >= MOST_PANES) return;
    const pane = nextPane(model, state.panes);
    this.app.set({ panes: [...state.panes, pane] });
  }

  private update(): void {
    const { app } = this;
    const { state, model } = app;
    this.theme.apply();
    for (const toggle of this.toggles) toggle();
    this.name.textContent = model.recording.name || "model";
    this.drawStatus();
    this.layout();
    const shown: Component[] = [this.scrubber, this.conflicts];
    if (state.sidebar === "passes") shown.push(this.passes);
    if (state.sidebar === "outline") shown.push(this.outline);
    if (state.inspector) shown.push(this.inspector);
    if (state.bottom === "run") shown.push(this.run);
    if (state.bottom === "roofline") shown.push(this.roofline);
    if (state.bottom === "timeline") shown.push(this.timeline);
    if (state.bottom === "memory") shown.push(this.memory);
    if (state.bottom === "compile") shown.push(this.compile);
    if (state.bottom === "coverage") shown.push(this.coverage);
    if (state.bottom === "numerics") shown.push(this.numerics);
    if (state.bottom === "edit") shown.push(this.edit);
    for (const component of [...shown, ...this.panes]) component.update();
    if (this.hash) this.remember();
  }

  /** Keeps the state in the address after the frame that shows it, and when keys or sliders move
   * on, once they rest: it takes a browser longer than to show it, and too often is refused. */
  private remember(): void {
    clearTimeout(this.remembering);
    const resting = performance.now() - this.written > 400 && this.app.state.sizes === this.remembered;
    if (!resting) this.remembering = window.setTimeout(this.write, 200);
    else requestAnimationFrame(() => (this.remembering = window.setTimeout(this.write)));
  }

  private write = (): void => {
    this.remembered = this.app.state.sizes;
    this.written = performance.now();
    clearTimeout(this.remembering);
    window.history.replaceState(null, "", `#${toHash(this.app.state)}`);
  };

  private drawStatus(): void {
    const { recording } = this.app.model;
    const reached = recording.phases.filter((phase) => phase.state === "done").length;
    const running = recording.phases.find((phase) => phase.state === "running");
    const words: Record<string, string> = {
      compiling: `compiling ${running?.name ?? ""} · ${reached}/${recording.phases.length} phases`,
      done: recording.targets.join(", "),
      failed: "compilation failed",
      cancelled: "cancelled",
    };
    const cancel =
      recording.state === "compiling" && !this.app.store.offline
        ? h("button", { class: "iex-chip-button", on: { click: () => void this.app.cancel() } }, "cancel")
        : null;
    const text = words[recording.state] ?? recording.state;
    const key = `${text}:${Boolean(cancel)}`;
    if (this.status.dataset.key === key) return;
    this.status.dataset.key = key;
    this.status.dataset.state = recording.state;
    replace(this.status, h("span", { class: "iex-status-text", title: text }, text), cancel);
    const [error] = recording.errors;
    if (!error) return;
    const first = error.text.split("\n")[0];
    const go = (): void => this.app.goto(error.step);
    if (error.step >= 0) {
      const props = { class: "iex-link iex-first-error", title: error.text, on: { click: go } };
      this.status.append(h("button", props, first));
    } else this.status.append(h("pre", { class: "iex-error" }, error.text));
  }

  /** Puts components in and out of the page, and makes as many panes as the state has. */
  private layout(): void {
    const { state } = this.app;
    const side = state.sidebar === "outline" ? this.outline : this.passes;
    this.sidebar.hidden = !state.sidebar;
    if (state.sidebar && side.element.parentElement !== this.sidebar) {
      replace(this.sidebar, side.element);
    }
    const views = { run: this.run, roofline: this.roofline, timeline: this.timeline, memory: this.memory, compile: this.compile, coverage: this.coverage, numerics: this.numerics, edit: this.edit, "": this.run };
    const below: Component = views[state.bottom];
    this.bottom.hidden = !state.bottom;
    this.bottom.dataset.bottom = state.bottom;
    if (state.bottom && below.element.parentElement !== this.bottom) {
      replace(this.bottom, below.element);
    }
    this.inspector.element.hidden = !state.inspector;
    while (this.panes.length > state.panes.length) {
      const pane = this.panes.pop();
      pane?.close();
      pane?.element.remove();
    }
    while (this.panes.length < state.panes.length) {
      const pane = new Pane(this.app, this.panes.length);
      this.panes.push(pane);
      this.paneBox.append(pane.element);
    }
    this.paneBox.dataset.panes = String(state.panes.length);
    this.paneBox.hidden = !state.panes.length;
    const full = state.panes.length >= MOST_PANES;
    this.addButton.disabled = full;
    this.addButton.title = full ? `${MOST_PANES} panes are the most` : "Another stage beside these";
  }

  /** Nothing typed here may reach the notebook, whose single keys are commands. */
  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    const target = event.target as HTMLElement;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey && event.key.length === 1) return;
    if (target.closest("input, select, textarea, dialog, .cm-panel, .iex-edit-text")) return;
    const { app } = this;
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by && event.altKey) app.stepSingle(by);
    else if (by && event.shiftKey) app.stepPhase(by);
    else if (by) app.stepPass(by);
    else if (event.key === "Enter" && !target.closest("button, a, summary, [role=treeitem]")) {
      app.stepRewrite(event.shiftKey ? -1 : 1);
    } else if (event.key === "?") openHelp(this.element);
    else if (event.key === "/") openSearch(this.element, app);
    else if (event.key === "Home") app.gotoStop(0);
    else if (event.key === "End") app.goto(-1);
    else if (event.key === "Escape" && app.state.symbol) app.light("");
    else if (event.key === "Escape") app.select([]);
    else return;
    event.preventDefault();
  }

  /** At first, a page of middling width shows either list or inspector: panes need the room. */
  private fit(): void {
    const width = this.element.clientWidth;
    if (!width) return;
    this.sizer.disconnect();
    const restored = this.hash && window.location.hash.includes("panes=");
    if (!restored && width >= 960 && width < 1180) this.app.set({ sidebar: "" });
  }

  private nextTheme(): void {
    const theme = this.element.dataset.theme === "light" ? "dark" : "light";
    this.app.store.set("theme", theme);
    this.app.set({ theme });
  }

  private drawTheme(): void {
    const dark = this.element.dataset.theme === "dark";
    const name = dark ? "Light theme" : "Dark theme";
    this.themeButton.title = name;
    this.themeButton.setAttribute("aria-label", name);
    replace(this.themeButton, icon(dark ? ICONS.sun : ICONS.moon));
  }
}
