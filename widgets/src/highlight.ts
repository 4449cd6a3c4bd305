// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The token tables: MLIR, LLVM IR and assembly, a line at a time. First rule that matches wins.

export type Language = "mlir" | "llvm" | "asm" | "python" | "spirv" | "wgsl";

/** [from, to, class suffix] of one token of a line. */
export type Token = [number, number, string];

/** Lines are highlighted up to here; constants are elided, but foreign text may be long. */
const LONGEST = 4000;

const NUMBER = String.raw`-?\b(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\b`;
const STRING = String.raw`"(?:[^"\\]|\\.)*"?`;

const TABLES: Record<Language, [string, string][]> = {
  mlir: [
    ["comment", String.raw`\/\/.*$`],
    ["string", STRING],
    ["value", String.raw`%[\w$.-]+(?::\d+)?(?:#\d+)?`],
    ["symbol", String.raw`@(?:"[^"]*"|[\w$.-]+)`],
    ["block", String.raw`\^[\w$.-]+`],
    ["attribute", String.raw`#[\w$.-]+`],
    ["type", String.raw`![\w$.-]+`],
    ["type", String.raw`\b(?:tensor|memref|vector|tuple|complex|dense|dense_resource)(?=<)`],
    ["type", String.raw`\b(?:bf16|f\d+\w*|[su]?i\d+|index|none)\b`],
    ["shape", String.raw`(?<=[<x\[])(?:\d+|\?)(?=x)`],
    ["op", String.raw`\b[a-z_][\w]*(?:\.[a-z_][\w]*)+\b`],
    ["keyword", String.raw`\b(?:module|func|return|to|step|else|iter_args|ins|outs|attributes)\b`],
    ["keyword", String.raw`\b(?:true|false|unit|private|public|mutable|loc|affine_map|in|at)\b`],
    ["elided", String.raw`\belided [^>]*|…`],
    ["number", NUMBER],
    ["attrname", String.raw`\b[a-z_][\w.]*(?=\s*=)`],
    ["arrow", String.raw`->`],
  ],
  llvm: [
    ["comment", String.raw`;.*$`],
    ["string", STRING],
    ["value", String.raw`%(?:"[^"]*"|[\w$.-]+)`],
    ["symbol", String.raw`@(?:"[^"]*"|[\w$.-]+)`],
    ["attribute", String.raw`[!#][\w$.-]*`],
    ["block", String.raw`^[\w$.-]+(?=:)`],
    ["type", String.raw`\b(?:void|ptr|half|bfloat|float|double|label|metadata|i\d+)\b`],
    ["op", String.raw`\b(?:define|declare|ret|br|switch|call|tail|load|store|getelementptr|phi|select)\b`],
    ["op", String.raw`\b(?:[fsu]?(?:add|sub|mul|div|rem)|fneg|shl|lshr|ashr|and|or|xor|[if]cmp)\b`],
    ["op", String.raw`\b(?:alloca|zext|sext|trunc|bitcast|[su]itofp|fpto[su]i|fpext|fptrunc)\b`],
    ["op", String.raw`\b(?:extractelement|insertelement|shufflevector|extractvalue|insertvalue)\b`],
    ["keyword", String.raw`\b(?:align|inbounds|nuw|nsw|fast|noalias|nocapture|readonly|x|to|unreachable)\b`],
    ["number", NUMBER],
  ],
  python: [
    ["comment", String.raw`#.*$`],
    ["string", String.raw`[rbfu]*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')`],
    ["attribute", String.raw`@[\w.]+`],
    ["keyword", String.raw`\b(?:and|as|assert|async|await|break|class|continue|def|del|elif|else)\b`],
    ["keyword", String.raw`\b(?:except|finally|for|from|global|if|import|in|is|lambda|nonlocal)\b`],
    ["keyword", String.raw`\b(?:not|or|pass|raise|return|try|while|with|yield)\b`],
    ["type", String.raw`\b(?:None|True|False|self)\b`],
    ["number", NUMBER],
    ["attrname", String.raw`\b[A-Za-z_]\w*(?=\s*=[^=])`],
    ["op", String.raw`\b[A-Za-z_][\w.]*(?=\()`],
  ],
  spirv: [
    ["comment", String.raw`;.*$`],
    ["string", STRING],
    ["type", String.raw`\bOpType\w+`],
    ["op", String.raw`\bOp[A-Z]\w*`],
    ["value", String.raw`%[\w$.]+`],
    ["number", NUMBER],
    ["keyword", String.raw`\b[A-Z]\w+`],
  ],
  wgsl: [
    ["comment", String.raw`\/\/.*$`],
    ["attribute", String.raw`@\w+`],
    ["keyword", String.raw`\b(?:fn|let|var|const|if|else|loop|break|continue|continuing|switch|case|default|return|struct|enable)\b`],
    ["type", String.raw`\b(?:bool|[iu]32|f(?:16|32)|vec[234]|array|atomic)\b`],
    ["keyword", String.raw`\b(?:storage|read|read_write|workgroup|immediate|private|true|false)\b`],
    ["number", String.raw`\b(?:0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[-+]?\d+)?)[iufh]?\b`],
    ["op", String.raw`\b[A-Za-z_]\w*(?=\()`],
  ],
  asm: [
    ["comment", String.raw`(?:[#;]|\/\/).*$`],
    ["string", STRING],
    ["block", String.raw`^\s*[.\w$@-]+(?=:)`],
    ["keyword", String.raw`^\s*\.[\w.]+`],
    ["op", String.raw`^\s*[a-z][\w.]*`],
    ["value", String.raw`%[\w.]+`],
    ["type", String.raw`\b(?:[xyz]mm\d+|[re]?[abcd]x|[re]?[sd]i|[re]?[sb]p|r\d+[dwb]?|[vwx]\d+)\b`],
    ["number", String.raw`\$?${NUMBER}`],
    ["symbol", String.raw`\.L[\w$.]+`],
  ],
};

interface Compiled {
  pattern: RegExp;
  classes: string[];
}

const compiled = new Map<Language, Compiled>();

function compile(language: Language): Compiled {
  let found = compiled.get(language);
  if (!found) {
    const rules = TABLES[language];
    const pattern = new RegExp(rules.map(([, rule]) => `(${rule})`).join("|"), "g");
    compiled.set(language, (found = { pattern, classes: rules.map(([name]) => name) }));
  }
  return found;
}

/** The tokens of one line, in order; what lies between them is plain. */
export function tokens(line: string, language: Language): Token[] {
  const { pattern, classes } = compile(language);
  const text = line.length > LONGEST ? line.slice(0, LONGEST) : line;
  const found: Token[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    if (!match[0]) {
      pattern.lastIndex++;
      continue;
    }
    let rule = 1;
    while (match[rule] === undefined) rule++;
    found.push([match.index, match.index + match[0].length, classes[rule - 1]]);
  }
  return found;
}
