// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Text of a step, assembled from versions; every line knows the op it belongs to.

import type { Language } from "./highlight";
import type { Model, Snapshot } from "./model";

export type Change = "" | "created" | "deleted" | "modified" | "moved";

/** Lines of text; the arrays beside it have one element a line. */
export interface Page {
  text: string;
  /** Op id that the line belongs to, 0 if none. */
  ops: number[];
  /** Whether the line is the first of its op (its badges go there). */
  heads: boolean[];
  /** Last line (0-based) of the op that starts here, or the line itself. */
  ends: number[];
  /** What a diff says of the line; empty in plain text. */
  changes: Change[];
  language: Language;
  /** All ops of each line where a line has several: a source line is many ops. */
  groups?: number[][];
}

/** A placeholder of a region in a template: \u0001 index flags (\u0003 header)* \u0002. */
const PLACEHOLDER = /\u0001(\d+)(t?)((?:\u0003[^\u0002\u0003]*)*)\u0002/;

interface Piece {
  text: string;
  region: number; // -1: no region follows
  hideTerminator: boolean;
  headers: string[];
}

const templates = new Map<string, Piece[]>();

/** A template as text pieces, each followed by a region, except the last. */
export function parseTemplate(template: string): Piece[] {
  const known = templates.get(template);
  if (known) return known;
  const parts = template.split(PLACEHOLDER);
  const pieces: Piece[] = [];
  for (let i = 0; i < parts.length; i += 4) {
    const last = i + 1 >= parts.length;
    pieces.push({
      text: parts[i],
      region: last ? -1 : Number(parts[i + 1]),
      hideTerminator: !last && parts[i + 2] === "t",
      headers: last ? [] : parts[i + 3].split("\u0003").slice(1),
    });
  }
  if (templates.size > 50_000) templates.clear();
  templates.set(template, pieces);
  return pieces;
}

/** Where an op that must be printed sits; a diff merges two of these. */
export interface Source {
  /** Children of `op` in a region and block, as version indices. */
  blocks(op: number, version: number, region: number): number[][];
  change(version: number): Change;
}

export class Writer {
  lines: string[] = [];
  ops: number[] = [];
  heads: boolean[] = [];
  ends: number[] = [];
  changes: Change[] = [];

  constructor(
    private model: Model,
    private source: Source,
  ) {}

  /** Prints one op with everything in it, `indent` deep. */
  op(version: number, indent: string): void {
    const { versions } = this.model.recording;
    const id = versions.op[version];
    const change = this.source.change(version);
    const first = this.lines.length;
    const pieces = parseTemplate(this.model.string(versions.text[version]));
    let line = indent;
    for (const piece of pieces) {
      line = this.flush(line + piece.text, id, change, indent);
      if (piece.region < 0) continue;
      this.line(line + "{", id, change);
      this.region(id, version, piece, indent, change);
      line = indent + "}";
    }
    this.line(line, id, change);
    this.heads[first] = true;
    this.ends[first] = this.lines.length - 1;
  }

  page(): Page {
    const { lines, ops, heads, ends, changes } = this;
    return { text: lines.join("\n"), ops, heads, ends, changes, language: "mlir" };
  }

  private region(op: number, version: number, piece: Piece, indent: string, change: Change): void {
    const blocks = this.source.blocks(op, version, piece.region);
    const count = Math.max(blocks.length, piece.headers.length);
    for (let b = 0; b < count; b++) {
      const header = piece.headers[b];
      if (header) this.line(indent + header, op, change);
      const body = blocks[b] ?? [];
      const shown = piece.hideTerminator && b === count - 1 ? body.length - 1 : body.length;
      for (let i = 0; i < shown; i++) this.op(body[i], indent + "  ");
    }
  }

  /** Emits all complete lines of `text`; returns what is left of it. */
  private flush(text: string, op: number, change: Change, indent: string): string {
    if (!text.includes("\n")) return text;
    const parts = text.split("\n");
    for (let i = 0; i < parts.length - 1; i++) {
      this.line(i ? indent + parts[i] : parts[i], op, change);
    }
    return indent + parts[parts.length - 1];
  }

  private line(text: string, op: number, change: Change): void {
    this.ends.push(this.lines.length);
    this.lines.push(text);
    this.ops.push(op);
    this.heads.push(false);
    this.changes.push(change);
  }
}

/** Splits the children of an op's region by block. */
export function blocksOf(
  model: Model,
  snapshot: Snapshot,
  op: number,
  region: number,
): number[][] {
  const versions = model.recording.versions;
  const blocks: number[][] = [];
  for (const child of snapshot.children.get(op) ?? []) {
    if (versions.region[child] === region) (blocks[versions.block[child]] ??= []).push(child);
  }
  for (let i = 0; i < blocks.length; i++) blocks[i] ??= [];
  return blocks;
}

/** Text of the IR at `step`, of the whole module or only of the op `focus`. */
export function pageOfStep(model: Model, step: number, focus = 0): Page {
  const snapshot = model.snapshot(step);
  const writer = new Writer(model, {
    blocks: (op, _version, region) => blocksOf(model, snapshot, op, region),
    change: () => "",
  });
  const focused = snapshot.versionOf.get(focus);
  const roots = focused === undefined ? (snapshot.children.get(0) ?? []) : [focused];
  for (const root of roots) writer.op(root, "");
  return writer.page();
}

const LANGUAGES: Record<string, Language> = { assembly: "asm", ptx: "asm", spirv: "spirv", wgsl: "wgsl" };

/** Text of an artifact (LLVM IR, assembly, SPIR-V, ...), its lines joined to ops. */
export function pageOfArtifact(model: Model, index: number): Page {
  const artifact = model.recording.artifacts[index];
  const count = artifact.text.split("\n").length;
  const ops = new Array<number>(count).fill(0);
  for (let i = 0; i < artifact.lineOps.length; i += 2) {
    if (artifact.lineOps[i] <= count) ops[artifact.lineOps[i] - 1] = artifact.lineOps[i + 1];
  }
  return {
    text: artifact.text,
    ops,
    heads: ops.map((op, i) => op > 0 && ops[i - 1] !== op),
    ends: ops.map((_op, i) => i),
    changes: new Array<Change>(count).fill(""),
    language: LANGUAGES[artifact.kind] ?? "llvm",
  };
}

/** The user's source, each line joined to the imported ops that come from it. */
export function pageOfFile(model: Model, index: number): Page {
  const file = model.recording.files[index] ?? { path: "", text: "" };
  const count = file.text.split("\n").length;
  const groups: number[][] = Array.from({ length: count }, () => []);
  const { versions, sources } = model.recording;
  for (const version of model.snapshot(0).versions) {
    const op = versions.op[version];
    for (const source of model.provenance(op).sources) {
      const { path } = file;
      const { file: from, line } = sources[source];
      if (from === path && line > 0 && line <= count) groups[line - 1].push(op);
    }
  }
  const ops = groups.map((group) => group[0] ?? 0);
  return {
    text: file.text,
    ops,
    groups,
    heads: ops.map((op) => op > 0),
    ends: ops.map((_op, i) => i),
    changes: new Array<Change>(count).fill(""),
    language: "python",
  };
}
