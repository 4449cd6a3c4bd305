// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A new cell below the one that shows a widget, where the host is JupyterLab or Notebook: their
// widget manager knows the notebook's document.

interface SharedNotebook {
  cells: unknown[];
  insertCell(index: number, cell: { cell_type: string; source: string }): unknown;
}

/** The notebook of a widget manager, null where the host is another one. */
export function notebookOf(manager: unknown): SharedNotebook | null {
  const { context } = (manager ?? {}) as { context?: { model?: { sharedModel?: unknown } } };
  const shared = context?.model?.sharedModel as SharedNotebook | undefined;
  return shared && typeof shared.insertCell === "function" && Array.isArray(shared.cells) ? shared : null;
}

/** Puts `text` into a new code cell below the one that `element` is in. */
export function insertBelow(notebook: SharedNotebook, element: Element, text: string): void {
  const cell = element.closest<HTMLElement>(".jp-Cell");
  const siblings = cell?.parentElement ? [...cell.parentElement.querySelectorAll(":scope > .jp-Cell")] : [];
  const listed = Number(cell?.dataset.windowedListIndex ?? Number.NaN);
  const index = Number.isInteger(listed) ? listed : cell ? siblings.indexOf(cell) : notebook.cells.length - 1;
  notebook.insertCell(Math.min(index + 1, notebook.cells.length), { cell_type: "code", source: text });
}
