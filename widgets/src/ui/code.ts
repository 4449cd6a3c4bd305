// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A block of MLIR, highlighted by the same table as the panes.

import { tokens } from "../highlight";
import { h } from "./dom";

export function codeBlock(text: string): HTMLElement {
  const pre = h("pre", { class: "iex-code" });
  text.split("\n").forEach((line, i) => {
    if (i) pre.append("\n");
    let at = 0;
    for (const [from, to, name] of tokens(line, "mlir")) {
      pre.append(line.slice(at, from), h("span", { class: `iex-t-${name}` }, line.slice(from, to)));
      at = to;
    }
    pre.append(line.slice(at));
  });
  return pre;
}
