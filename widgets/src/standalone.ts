// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The page without a kernel: `IreeExplore.mount` shows a recording that the page carries.

import { App } from "./app";
import { CoverageRoot } from "./coverage/host";
import { decode } from "./recording";
import { StaticStore, type Traits } from "./store";
import { h, replace } from "./ui/dom";
import { Root } from "./ui/root";
import { decodeProgram } from "./webgpu/program";
import { Replay } from "./webgpu/replay";

export interface MountOptions extends Partial<Traits> {
  recording?: Uint8Array;
  coverage?: Uint8Array;
  /** A program for the page's GPU (gzip JSON), and the bytes beside it if they are in the page. */
  program?: Uint8Array;
  weights?: Uint8Array;
}

/** The recording inside the page's own `<script id="iexplore-recording">`. */
export function embedded(id = "iexplore-recording"): Uint8Array {
  const text = document.getElementById(id)?.textContent?.trim();
  if (!text) throw new Error(`this page has no recording (#${id})`);
  const coded = atob(text);
  const bytes = new Uint8Array(coded.length); // `Uint8Array.from` takes a hundred times as long
  for (let i = 0; i < bytes.length; i++) bytes[i] = coded.charCodeAt(i);
  return bytes;
}

/** Shows a recording in `element`; resolves to the app, for scripts and tests. */
export async function mount(element: HTMLElement, options: MountOptions = {}): Promise<App | null> {
  try {
    const { recording, coverage, program, weights, ...traits } = options;
    const given = program ? { program, weights: weights ?? null } : null;
    const store = new StaticStore(recording ?? embedded(), traits, coverage, given);
    const app = new App(store, await decode(store.recording()), store.get("view"));
    const whole = element.parentElement === document.body && app.view === "explorer";
    const root = new Root(app, whole);
    element.classList.add("iex-host");
    element.classList.toggle("iex-page", whole);
    replace(element, root.element);
    return app;
  } catch (error) {
    replace(element, h("pre", { class: "iex-error", role: "alert" }, (error as Error).message));
    return null;
  }
}

/** Shows coverage (gzip JSON) in `element`; resolves to whether it can be read. */
export async function mountCoverage(
  element: HTMLElement,
  bytes: Uint8Array,
  theme = "auto",
): Promise<boolean> {
  let chosen = theme;
  const root: CoverageRoot = new CoverageRoot({
    coverage: () => bytes,
    theme: () => chosen,
    setTheme: (name) => {
      chosen = name;
      root.applyTheme();
    },
    pick: () => undefined,
  });
  element.classList.add("iex-host");
  element.classList.toggle("iex-page", element.parentElement === document.body);
  try {
    await root.update();
    replace(element, root.element);
    return true;
  } catch (error) {
    replace(element, h("pre", { class: "iex-error", role: "alert" }, (error as Error).message));
    return false;
  }
}

/** A program (gzip JSON) and its blob, ready to be called on this page's GPU. */
export async function loadProgram(program: Uint8Array, blob: Uint8Array): Promise<Replay> {
  return Replay.load(await decodeProgram(program), blob);
}
