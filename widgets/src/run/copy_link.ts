// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A button that copies the page's address, whose hash is everything that is on screen.

import { h } from "../ui/dom";

export class CopyLink {
  readonly element: HTMLButtonElement;
  private timer = 0;

  /** `write` puts the state of now into the address. */
  constructor(private write: () => void) {
    this.element = h("button", {
      class: "iex-tab iex-copy-link",
      title: "Copies the address of exactly this: panes, stage, step, selection, runs and open views",
      on: { click: () => void this.copy() },
    }, "Copy link");
    this.element.setAttribute("aria-live", "polite");
  }

  private async copy(): Promise<void> {
    this.write();
    try {
      await navigator.clipboard.writeText(window.location.href);
      this.say("Copied");
    } catch {
      this.say("Copy it from the address bar"); // the browser does not let pages write there
    }
  }

  private say(words: string): void {
    clearTimeout(this.timer);
    this.element.textContent = words;
    this.timer = window.setTimeout(() => {
      this.element.textContent = "Copy link";
    }, 2000);
  }
}
