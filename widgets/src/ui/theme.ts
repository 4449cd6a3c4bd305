// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Light or dark, and contrast: what was chosen, else what the notebook or the system says.

export class Theme {
  name: "light" | "dark" = "light";
  private watcher = new MutationObserver(() => this.apply());
  private media = [
    window.matchMedia("(prefers-color-scheme: dark)"),
    window.matchMedia("(prefers-contrast: more)"),
    window.matchMedia("(forced-colors: active)"),
  ];

  /** `wanted` is "auto", "light" or "dark"; `changed` is called when the theme became another. */
  constructor(
    private element: HTMLElement,
    private wanted: () => string,
    private changed: () => void,
  ) {
    for (const media of this.media) media.addEventListener("change", this.heard);
    this.watcher.observe(document.body, {
      attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "data-vscode-theme-kind", "class"],
    });
    this.apply();
  }

  apply(): void {
    const wanted = this.wanted();
    const name = wanted === "light" || wanted === "dark" ? wanted : this.hostTheme();
    const { jpThemeName = "", vscodeThemeKind = "" } = document.body.dataset;
    const strong = this.media[1].matches || this.media[2].matches || /high.?contrast/i.test(jpThemeName + vscodeThemeKind);
    this.element.dataset.theme = name;
    this.element.dataset.contrast = strong ? "more" : "normal";
    if (this.name === name) return;
    this.name = name;
    this.changed();
  }

  close(): void {
    this.watcher.disconnect();
    for (const media of this.media) media.removeEventListener("change", this.heard);
  }

  private heard = (): void => this.apply();

  /** JupyterLab and VS Code say what they use; elsewhere the system does. */
  private hostTheme(): "light" | "dark" {
    const { jpThemeLight, vscodeThemeKind } = document.body.dataset;
    if (jpThemeLight) return jpThemeLight === "true" ? "light" : "dark";
    if (vscodeThemeKind) return vscodeThemeKind.includes("light") ? "light" : "dark";
    return this.media[0].matches ? "dark" : "light";
  }
}
