// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A modal sheet over the explorer: the browser keeps the focus inside and closes it on Escape.

import { ICONS, h, icon, uid } from "./dom";

/** Opens a sheet titled `title` in `parent`; it is removed when it is closed. */
export function openDialog(
  parent: HTMLElement,
  title: string,
  className: string,
  ...content: HTMLElement[]
): HTMLDialogElement {
  const back = document.activeElement as HTMLElement | null;
  const id = uid("iex-dialog");
  const dialog = h(
    "dialog",
    { class: `iex-dialog ${className}`, "aria-labelledby": id },
    h(
      "header",
      { class: "iex-dialog-head" },
      h("h2", { id }, title),
      h(
        "button",
        { class: "iex-icon-button", title: "Close (Escape)", "aria-label": "Close", on: { click: () => dialog.close() } },
        icon(ICONS.close),
      ),
    ),
    ...content,
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside the sheet
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (back?.isConnected) back.focus({ preventScroll: true });
  });
  parent.append(dialog);
  dialog.showModal();
  return dialog;
}
