// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The text of a step in CodeMirror: read-only, highlighted for the visible lines only, foldable by
// op, with the relation of each line to the selection and measured times beside dispatches.

import {
  codeFolding,
  foldEffect,
  foldGutter,
  foldKeymap,
  foldService,
  foldedRanges,
  unfoldEffect,
} from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { type Extension, EditorState, StateEffect, StateField, Text } from "@codemirror/state";
import type { DecorationSet, ViewUpdate } from "@codemirror/view";
import {
  Decoration,
  EditorView,
  GutterMarker,
  ViewPlugin,
  WidgetType,
  gutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { foldColumn, foldEnd, placeholder, runsOf } from "../folds";
import { tokens } from "../highlight";
import type { Badge, LineMarks } from "../shapes/marks";
import type { Change, Page } from "../text";
import { EMPTY_TRACE, type Relation, type Trace, relation } from "../trace";
import { h } from "./dom";

/** What the lines are decorated with, besides their tokens. */
interface Marks {
  page: Page;
  traced: Trace;
  time(op: number, line: string): string;
  /** How far the op's value is from the model's, if that was checked. */
  error(op: number): Badge | null;
  /** What the shapes add to a line, if the model has unknown sizes. */
  shapes: ShapeLines | null;
}

/** Index of a line, its op, its text, whether it is the op's first. */
export type ShapeLines = (index: number, op: number, text: string, head: boolean) => LineMarks;

const NO_PAGE: Page = { text: "", ops: [], heads: [], ends: [], changes: [], language: "mlir" };
const setMarks = StateEffect.define<Marks>();

const marksField = StateField.define<Marks>({
  create: () => ({ page: NO_PAGE, traced: EMPTY_TRACE, time: () => "", error: () => null, shapes: null }),
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setMarks)) value = effect.value;
    return value;
  },
});

/** How a line is related to the selection: as the nearest of its ops. */
function relationOf(traced: Trace, page: Page, line: number): Relation {
  const group = page.groups?.[line];
  if (!group) return relation(traced, page.ops[line] ?? 0);
  const found = new Set(group.map((op) => relation(traced, op)));
  return (["self", "descendant", "ancestor"] as const).find((each) => found.has(each)) ?? "";
}

const RELATION_WORDS: Record<Exclude<Relation, "">, string> = {
  self: "● selected",
  ancestor: "▲ from",
  descendant: "▼ becomes",
};
const RELATION_SIGNS: Record<Exclude<Relation, "">, string> = {
  self: "●",
  ancestor: "▲",
  descendant: "▼",
};
/** The same signs as on the counts above the text. */
const CHANGE_SIGNS: Record<Exclude<Change, "">, [string, string]> = {
  created: ["+", "new"],
  deleted: ["−", "gone"],
  modified: ["~", "changed"],
  moved: ["→", "moved"],
};

/** The sign of a line in the gutter: never in the way of the text. */
class Sign extends GutterMarker {
  constructor(
    private kind: string,
    private sign: string,
    private word: string,
  ) {
    super();
  }

  override eq(other: Sign): boolean {
    return other.kind === this.kind && other.sign === this.sign;
  }

  override toDOM(): HTMLElement {
    return h("span", { class: `iex-sign-${this.kind}`, title: this.word }, this.sign);
  }
}

const signs = gutter({
  class: "iex-signs",
  lineMarker(view, line) {
    const { page, traced, shapes } = view.state.field(marksField);
    const at = view.state.doc.lineAt(line.from);
    const index = at.number - 1;
    const own = shapes?.(index, page.ops[index] ?? 0, at.text, page.heads[index] ?? false).sign;
    if (own && own[0] !== "lit") return new Sign(...own);
    const change = page.changes[index];
    if (change) return new Sign(change, ...CHANGE_SIGNS[change]);
    const how = relationOf(traced, page, index);
    if (how) return new Sign(how, RELATION_SIGNS[how], RELATION_WORDS[how].slice(2));
    return own ? new Sign(...own) : null;
  },
  lineMarkerChange: (update) => update.transactions.some((each) => each.effects.length > 0),
});

/** The badges of a line, [kind, text] each; on long lines they stick to the right edge. */
class Badges extends WidgetType {
  constructor(private badges: Badge[]) {
    super();
  }

  override eq(other: Badges): boolean {
    return String(other.badges) === String(this.badges);
  }

  toDOM(): HTMLElement {
    const spans = this.badges.map(([kind, text, title, symbols]) => {
      const spread = text.indexOf(" ("); // left out where it would cover the text
      const data = symbols ? { symbol: symbols } : undefined;
      return h(
        "span",
        { class: `iex-badge iex-badge-${kind}`, title: title ?? text, data },
        spread < 0 ? text : text.slice(0, spread),
        spread < 0 ? null : h("span", { class: "iex-spread" }, text.slice(spread)),
      );
    });
    return h("span", { class: "iex-badges" }, ...spans);
  }

  override ignoreEvent(): boolean {
    return false;
  }
}

const tokenMarks = new Map<string, Decoration>();

function tokenMark(name: string): Decoration {
  let mark = tokenMarks.get(name);
  if (!mark) tokenMarks.set(name, (mark = Decoration.mark({ class: `iex-t-${name}` })));
  return mark;
}

function decorate(view: EditorView): DecorationSet {
  const marks = view.state.field(marksField);
  const found = [];
  const { doc } = view.state;
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to; ) {
      const line = doc.lineAt(at);
      found.push(...decorateLine(marks, line.number - 1, line.from, line.text));
      at = line.to + 1;
    }
  }
  return Decoration.set(found, true);
}

function decorateLine(marks: Marks, index: number, start: number, text: string) {
  const { page, traced } = marks;
  const found = [];
  const op = page.ops[index] ?? 0;
  const how = relationOf(traced, page, index);
  const change = page.changes[index] ?? "";
  const added = marks.shapes?.(index, op, text, page.heads[index] ?? false);
  const classes = [how && `iex-line-${how}`, change && `iex-line-${change}`];
  for (const each of added?.classes ?? []) classes.push(`iex-line-${each}`);
  const own = classes.filter(Boolean).join(" ");
  if (own) found.push(Decoration.line({ class: own }).range(start));
  for (const [from, to, name] of tokens(text, page.language)) {
    found.push(tokenMark(name).range(start + from, start + to));
  }
  for (const each of added?.marks ?? []) {
    const attributes = { "data-size": each.text, "data-symbol": each.symbols, title: each.title };
    const mark = Decoration.mark({ class: each.lit ? "iex-dim iex-dim-lit" : "iex-dim", attributes });
    found.push(mark.range(start + each.at, start + each.at + 1));
  }
  if (!page.heads[index]) return found;
  const badges: Badge[] = [...(added?.badges ?? [])];
  const time = marks.time(op, text);
  if (time) badges.push(["time", time]);
  const error = marks.error(op);
  if (error) badges.push(error);
  let before = index - 1;
  while (before >= 0 && index - before < 4 && !page.ops[before]) before--; // directives
  const first = how !== relationOf(traced, page, before); // of a run of lines
  if (how && first) badges.push([how, RELATION_WORDS[how]]);
  if (badges.length) {
    const widget = new Badges(badges);
    found.push(Decoration.widget({ widget, side: 1 }).range(start + text.length));
  }
  return found;
}

const decorations = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = decorate(view);
    }

    update(update: ViewUpdate): void {
      const marked = update.transactions.some((t) => t.effects.length > 0);
      if (update.docChanged || update.viewportChanged || marked) {
        this.decorations = decorate(update.view);
      }
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

/** An op, or a run of declarations, folds from the end of its first line to the end of its last. */
const folding = foldService.of((state, lineStart) => {
  const { page } = state.field(marksField);
  return foldRange(page, state.doc, state.doc.lineAt(lineStart).number - 1);
});

function foldRange(page: Page, doc: Text, line: number): { from: number; to: number } | null {
  const end = foldEnd(page, line);
  if (end <= line || end >= doc.lines) return null;
  const { from, text } = doc.line(line + 1);
  return { from: from + foldColumn(page, line, text), to: doc.line(end + 1).to };
}

function placeholderOf(state: EditorState, range: { from: number }): string {
  return placeholder(state.field(marksField).page, state.doc.lineAt(range.from).number - 1);
}

function placeholderDOM(_view: EditorView, unfold: (event: Event) => void, text: string): HTMLElement {
  const attributes = { class: "cm-foldPlaceholder", title: "Unfold", "aria-label": `folded: ${text}` };
  return h("span", { ...attributes, role: "button", on: { click: unfold } }, text);
}

/** Focusing scrolls to the start of the line, and the click then lands elsewhere: put it back. */
function focusInPlace(view: EditorView): boolean {
  if (view.hasFocus) return false;
  const { scrollLeft, scrollTop } = view.scrollDOM;
  view.contentDOM.focus({ preventScroll: true });
  view.scrollDOM.scrollTo({ left: scrollLeft, top: scrollTop, behavior: "instant" });
  return false;
}

export interface TextViewOptions {
  label: string;
  onSelect(ops: readonly number[], extend: boolean): void;
  /** A size was clicked: the keys of its symbols. */
  onSymbols(keys: readonly string[]): void;
  time(op: number, line: string): string;
  error(op: number): Badge | null;
}

export class TextView {
  readonly view: EditorView;
  private page: Page = NO_PAGE;
  private folded = new Set<number>();
  private options: TextViewOptions;

  constructor(parent: HTMLElement, options: TextViewOptions) {
    this.options = options;
    this.view = new EditorView({
      parent,
      state: EditorState.create({ extensions: this.extensions() }),
    });
  }

  close(): void {
    this.view.destroy();
  }

  /** Shows a page; what was at the top stays there if it still exists. Ops of `folded` that were
   * not there come folded. */
  show(
    page: Page,
    traced: Trace,
    shapes: ShapeLines | null = null,
    folded: () => readonly number[] = () => [],
  ): void {
    const { time, error } = this.options;
    const marks = { page, traced, time, error, shapes };
    if (page === this.page) {
      this.view.dispatch({ effects: setMarks.of(marks) });
      return;
    }
    const anchor = this.topOp();
    this.rememberFolds();
    this.foldNew(page, folded());
    this.page = page;
    const length = this.view.state.doc.length;
    this.view.dispatch({
      changes: { from: 0, to: length, insert: Text.of(page.text.split("\n")) },
      effects: setMarks.of(marks),
    });
    this.restoreFolds();
    const line = anchor ? page.ops.indexOf(anchor.op) : -1;
    if (line >= 0) this.scrollTo(line, "start", -(anchor?.offset ?? 0));
  }

  /** Unfolds and scrolls to the first line of `ops`, unless one is already in sight. */
  reveal(ops: ReadonlySet<number>): void {
    const line = this.page.ops.findIndex((_op, i) => this.has(i, ops) && this.page.heads[i]);
    if (line < 0) return;
    const { from, to } = this.view.viewport;
    const doc = this.view.state.doc;
    const first = doc.lineAt(from).number - 1;
    const last = doc.lineAt(to).number - 1;
    const box = this.view.scrollDOM.getBoundingClientRect();
    for (let i = first; i <= last; i++) {
      if (!this.has(i, ops)) continue;
      const at = this.view.coordsAtPos(doc.line(i + 1).from);
      if (at && at.top >= box.top && at.bottom <= box.bottom) return;
    }
    this.scrollTo(line, "center", 0);
  }

  /** Scrolls to the first line that has ops. */
  revealFirst(): void {
    const line = this.page.heads.indexOf(true);
    if (line > 0) this.scrollTo(line, "start", 40);
  }

  private has(line: number, ops: ReadonlySet<number>): boolean {
    return this.opsOf(line).some((op) => ops.has(op));
  }

  private opsOf(line: number): readonly number[] {
    const op = this.page.ops[line];
    return this.page.groups?.[line] ?? (op ? [op] : []);
  }

  scrollToOp(op: number): void {
    const line = this.page.ops.indexOf(op);
    if (line >= 0) this.scrollTo(line, "start", 8);
  }

  fold(ops: Iterable<number>): void {
    for (const op of ops) this.folded.add(op);
    this.restoreFolds();
  }

  unfoldAll(): void {
    this.folded.clear();
    const effects: StateEffect<unknown>[] = [];
    const state = this.view.state;
    foldedRanges(state).between(0, state.doc.length, (from, to) => {
      effects.push(unfoldEffect.of({ from, to }));
    });
    if (effects.length) this.view.dispatch({ effects });
  }

  private scrollTo(line: number, y: "start" | "center", yMargin: number): void {
    const doc = this.view.state.doc;
    if (line >= doc.lines) return;
    const { from: position, to: end } = doc.line(line + 1);
    const effects: StateEffect<unknown>[] = [];
    foldedRanges(this.view.state).between(position, end, (from, to) => {
      if (from < end) effects.push(unfoldEffect.of({ from, to }));
    });
    effects.push(EditorView.scrollIntoView(position, { y, yMargin, x: "nearest" }));
    this.view.dispatch({ effects });
  }

  /** The op at the top of the view and how far it is scrolled out. */
  private topOp(): { op: number; offset: number } | null {
    if (!this.page.ops.length) return null;
    const top = this.view.scrollDOM.scrollTop;
    if (top < 4) return null;
    const block = this.view.lineBlockAtHeight(top);
    const line = this.view.state.doc.lineAt(block.from).number - 1;
    const op = this.page.ops[line];
    return op ? { op, offset: top - block.top } : null;
  }

  private rememberFolds(): void {
    const state = this.view.state;
    this.folded.clear();
    foldedRanges(state).between(0, state.doc.length, (from) => {
      const op = this.page.ops[state.doc.lineAt(from).number - 1];
      if (op) this.folded.add(op);
    });
  }

  /** Runs of declarations, and `ops`, come folded; those that were there keep what the reader made
   * of them. */
  private foldNew(page: Page, ops: readonly number[]): void {
    const before = new Set(this.page.ops);
    const runs = [...runsOf(page).keys()].map((line) => page.ops[line]);
    for (const op of [...runs, ...ops]) if (!before.has(op)) this.folded.add(op);
  }

  private restoreFolds(): void {
    if (!this.folded.size) return;
    const { doc } = this.view.state;
    const effects: StateEffect<{ from: number; to: number }>[] = [];
    this.page.ops.forEach((op, i) => {
      const range = this.page.heads[i] && this.folded.has(op) && foldRange(this.page, doc, i);
      if (range) effects.push(foldEffect.of(range));
    });
    if (effects.length) this.view.dispatch({ effects });
  }

  private extensions(): Extension[] {
    return [
      marksField,
      decorations,
      lineNumbers(),
      signs,
      foldGutter(),
      codeFolding({ preparePlaceholder: placeholderOf, placeholderDOM }),
      folding,
      search({ top: true }),
      highlightSelectionMatches({ minSelectionLength: 2 }),
      EditorState.readOnly.of(true),
      EditorView.editable.of(false),
      EditorView.contentAttributes.of({
        tabindex: "0",
        role: "textbox",
        "aria-multiline": "true",
        "aria-readonly": "true",
        "aria-label": this.options.label,
      }),
      keymap.of([
        { key: "ArrowDown", run: () => this.walk(1) },
        { key: "ArrowUp", run: () => this.walk(-1) },
        { key: "Space", run: () => this.toggleFold() },
        ...searchKeymap,
        ...foldKeymap,
      ]),
      EditorView.domEventHandlers({
        mousedown: (_event, view) => focusInPlace(view),
        click: (event, view) => this.click(event, view),
      }),
    ];
  }

  private click(event: MouseEvent, view: EditorView): boolean {
    const target = event.target as Element;
    if (!view.contentDOM.contains(target) || target.closest(".cm-foldPlaceholder")) return false;
    if (window.getSelection()?.toString()) return false; // text was being selected
    const symbols = target.closest<HTMLElement>("[data-symbol]")?.dataset.symbol;
    if (symbols) {
      this.options.onSymbols(symbols.split(" "));
      return false;
    }
    const at = view.posAtCoords({ x: event.clientX, y: event.clientY });
    if (at === null) return false;
    const ops = this.opsOf(view.state.doc.lineAt(at).number - 1);
    if (ops.length) this.options.onSelect(ops, event.ctrlKey || event.metaKey);
    return false;
  }

  /** Selects the next or previous op of the page that is not folded away. */
  private walk(by: number): boolean {
    const { traced } = this.view.state.field(marksField);
    const { ops, heads } = this.page;
    let line = ops.findIndex((op, i) => heads[i] && traced.selected.has(op));
    if (line < 0) line = this.view.state.doc.lineAt(this.view.viewport.from).number - 2;
    for (line += by; line >= 0 && line < ops.length; line += by) {
      if (!heads[line] || !ops[line] || this.isFolded(line)) continue;
      this.options.onSelect(this.opsOf(line), false);
      const position = this.view.state.doc.line(line + 1).from;
      this.view.dispatch({
        effects: EditorView.scrollIntoView(position, { y: "nearest", yMargin: 30 }),
      });
      return true;
    }
    return true;
  }

  private isFolded(line: number): boolean {
    const position = this.view.state.doc.line(line + 1).from;
    let folded = false;
    foldedRanges(this.view.state).between(position, position, (from) => {
      folded ||= from < position;
    });
    return folded;
  }

  private toggleFold(): boolean {
    const { traced } = this.view.state.field(marksField);
    const { doc } = this.view.state;
    const line = this.page.ops.findIndex(
      (op, i) => this.page.heads[i] && traced.selected.has(op),
    );
    const range = line < 0 ? null : foldRange(this.page, doc, line);
    if (!range) return false;
    let open = true;
    foldedRanges(this.view.state).between(range.from, range.from, (from) => {
      open &&= from !== range.from;
    });
    this.view.dispatch({ effects: (open ? foldEffect : unfoldEffect).of(range) });
    return true;
  }
}
