// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The outline of a step: functions, executables with their exports, dispatches; and the model's
// layers as a tree. Plain data; ui/tree.ts draws it.

import { dispatchName, isDispatch } from "./graph";
import type { Model } from "./model";

export interface TreeItem {
  key: string;
  label: string;
  kind: string;
  ops: number[]; // what a click selects
  focus: number; // op whose text can be shown alone, 0: none
  children: TreeItem[];
}

const SHOWN_INSIDE = new Set(["flow.dispatch.region", "stream.cmd.execute"]);

/** Symbols and dispatches alive at `step`, nested as the IR nests them. */
export function outlineOfStep(model: Model, step: number): TreeItem[] {
  const snapshot = model.snapshot(step);
  const { op } = model.recording.versions;
  const visit = (parent: number, depth: number): TreeItem[] => {
    const items: TreeItem[] = [];
    for (const version of snapshot.children.get(parent) ?? []) {
      const name = model.name(version);
      const symbol = model.symbol(version);
      const dispatch = isDispatch(name);
      const id = op[version];
      const inner = depth < 8 && !dispatch ? visit(id, depth + 1) : [];
      if (symbol || dispatch || SHOWN_INSIDE.has(name)) {
        items.push({
          key: String(id),
          label: dispatch ? dispatchName(model, version) : symbol ? `@${symbol}` : name,
          kind: name,
          ops: [id],
          focus: symbol && inner.length + (snapshot.children.get(id)?.length ?? 0) ? id : 0,
          children: inner,
        });
      } else items.push(...inner);
    }
    return groupGlobals(items, parent);
  };
  return visit(0, 0);
}

/** A model has hundreds of weights: they go under one item. */
function groupGlobals(items: TreeItem[], parent: number): TreeItem[] {
  const globals = items.filter((item) => item.kind.endsWith("global"));
  if (globals.length < 4) return items;
  const rest = items.filter((item) => !item.kind.endsWith("global"));
  const label = `${globals.length} globals`;
  return [
    ...rest,
    { key: `globals:${parent}`, label, kind: "util.global", ops: [], focus: 0, children: globals },
  ];
}

/** The model's layers as a tree by the parts of their names; an item selects the imported ops. */
export function layersOfModel(model: Model): TreeItem[] {
  const opsOfSource = new Map<number, number[]>();
  const imported = model.snapshot(0);
  for (const op of imported.versionOf.keys()) {
    for (const source of model.provenance(op).sources) {
      const list = opsOfSource.get(source);
      if (list) list.push(op);
      else opsOfSource.set(source, [op]);
    }
  }
  const root: TreeItem = { key: "", label: "", kind: "", ops: [], focus: 0, children: [] };
  const known = new Map<string, TreeItem>([["", root]]);
  model.recording.sources.forEach((source, index) => {
    const ops = opsOfSource.get(index);
    const name = source.layer || source.op;
    if (!ops || !name) return;
    let path = "";
    let item = root;
    for (const part of name.split("/")) {
      path = path ? `${path}/${part}` : part;
      let next = known.get(path);
      if (!next) {
        next = { key: `layer:${path}`, label: part, kind: "layer", ops: [], focus: 0, children: [] };
        known.set(path, next);
        item.children.push(next);
      }
      next.ops.push(...ops);
      item = next;
    }
  });
  for (const item of known.values()) item.ops = [...new Set(item.ops)];
  return root.children;
}
