// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The anywidget module: one view of one widget.

import { App, requestRecording } from "./app";
import { decode } from "./recording";
import { type HostModel, WidgetStore } from "./store";
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
    return root;
  } catch (error) {
    replace(box, h("pre", { class: "iex-error", role: "alert" }, (error as Error).message));
    return null;
  }
}

function render({ model, el }: Host): () => void {
  const store = new WidgetStore(model);
  const box = h("div", { class: "iex-host" }, h("p", { class: "iex-empty" }, "loading…"));
  el.append(box);
  let closed = false;
  let root: Root | null = null;
  void start(store, box).then((made) => {
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
