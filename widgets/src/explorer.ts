// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The anywidget module: one view of one widget.

import { App, requestRecording } from "./app";
import { CoverageRoot } from "./coverage/host";
import { decode } from "./recording";
import { type HostModel, WidgetStore } from "./store";
import { EditorView } from "@codemirror/view";
import { h, replace } from "./ui/dom";
import { Root } from "./ui/root";

interface Host {
  model: HostModel;
  el: HTMLElement;
}

async function start(store: WidgetStore, box: HTMLElement): Promise<Root | null> {
  try {
    const bytes = store.recording();
    const recording = bytes ? await decode(bytes) : await requestRecording(store);
    const root = new Root(new App(store, recording, store.get("view")), false);
    replace(box, root.element);
    styleEditors(box);
    return root;
  } catch (error) {
    replace(box, h("pre", { class: "iex-error", role: "alert" }, (error as Error).message));
    return null;
  }
}

/** Editors put their style sheet where they are made; marimo shows widgets inside a shadow root. */
function styleEditors(box: HTMLElement): void {
  const root = box.getRootNode();
  if (!(root instanceof ShadowRoot)) return;
  const style = (): void => {
    for (const element of box.querySelectorAll<HTMLElement>(".cm-editor:not([data-rooted])")) {
      element.dataset.rooted = "";
      EditorView.findFromDOM(element)?.setRoot(root);
    }
  };
  new MutationObserver(style).observe(box, { childList: true, subtree: true });
  style();
}

/** The coverage table by itself: it has no recording. */
async function startCoverage(store: WidgetStore, box: HTMLElement): Promise<CoverageRoot> {
  const root = new CoverageRoot({
    coverage: () => store.coverage(),
    theme: () => store.get("theme"),
    setTheme: (theme) => {
      store.set("theme", theme);
      root.applyTheme();
    },
    pick: (ops) => store.set("selection", [...ops]),
  });
  const update = async (): Promise<void> => {
    try {
      await root.update();
    } catch (error) {
      replace(box, h("pre", { class: "iex-error", role: "alert" }, (error as Error).message));
    }
  };
  store.onChange("coverage", () => void update());
  store.onChange("theme", () => root.applyTheme());
  store.onPush((push) => push.push === "coverage" && root.progress(push.done, push.total));
  replace(box, root.element);
  await update();
  return root;
}

function render({ model, el }: Host): () => void {
  const store = new WidgetStore(model);
  const box = h("div", { class: "iex-host" }, h("p", { class: "iex-empty" }, "loading…"));
  el.append(box);
  let closed = false;
  let root: Root | CoverageRoot | null = null;
  const begin = store.get("view") === "coverage" ? startCoverage : start;
  void begin(store, box).then((made) => {
    root = made;
    if (closed) root?.close();
  });
  return () => {
    closed = true;
    root?.close();
    store.close();
    box.remove();
  };
}

export default { render };
