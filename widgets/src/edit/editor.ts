// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A text of MLIR that can be edited, with its problems underlined.

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { search, searchKeymap } from "@codemirror/search";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate, keymap, lineNumbers } from "@codemirror/view";
import { tokens } from "../highlight";
import { type Problem, problemText, spanOf } from "./data";

const setProblems = StateEffect.define<Problem[]>();

const underlined = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(value, transaction) {
    let found = value.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setProblems)) continue;
      const text = transaction.state.doc.toString();
      const marks = effect.value
        .filter((problem) => problem.line > 0)
        .map((problem) => {
          const [from, to] = spanOf(problem, text);
          const attributes = { title: problemText(problem) };
          return { from, to, mark: Decoration.mark({ class: "iex-squiggle", attributes }) };
        })
        .filter(({ from, to }) => to > from);
      found = Decoration.set(marks.map(({ from, to, mark }) => mark.range(from, to)), true);
    }
    return found;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function colours(view: EditorView): DecorationSet {
  const found = [];
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to; ) {
      const line = view.state.doc.lineAt(at);
      for (const [start, end, name] of tokens(line.text, "mlir")) {
        found.push(Decoration.mark({ class: `iex-t-${name}` }).range(line.from + start, line.from + end));
      }
      at = line.to + 1;
    }
  }
  return Decoration.set(found, true);
}

const coloured = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = colours(view);
    }
    update(update: ViewUpdate): void {
      if (update.docChanged || update.viewportChanged) this.decorations = colours(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

export class Editor {
  readonly view: EditorView;

  constructor(changed: () => void, resume: () => void) {
    this.view = new EditorView({
      state: EditorState.create({
        extensions: [
          lineNumbers(),
          history(),
          search({ top: true }),
          keymap.of([
            { key: "Mod-Enter", run: () => (resume(), true) },
            ...searchKeymap,
            ...historyKeymap,
            ...defaultKeymap,
          ]),
          EditorView.contentAttributes.of({ "aria-label": "IR to edit" }),
          EditorView.updateListener.of((update) => update.docChanged && changed()),
          underlined,
          coloured,
        ],
      }),
    });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  set text(text: string) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text }, selection: { anchor: 0 } });
  }

  problems(found: Problem[]): void {
    this.view.dispatch({ effects: setProblems.of(found) });
  }

  /** Puts the cursor where a problem is. */
  visit(problem: Problem): void {
    const [from, to] = spanOf(problem, this.text);
    this.view.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    this.view.focus();
  }

  close(): void {
    this.view.destroy();
  }
}
