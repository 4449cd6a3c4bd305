// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builds the front end into iree_explore/widgets/static: explorer.js (ESM for anywidget),
// standalone.js (IIFE for exported pages), explorer.css. `--tests` bundles tests/ for node --test.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "iree_explore", "widgets", "static");
const common = {
  absWorkingDir: here,
  bundle: true,
  minify: !process.argv.includes("--debug"),
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
};

/** Hash of everything that the bundle is made from, so that a stale bundle can be told. */
function sourceHash() {
  const hash = createHash("sha256");
  const files = readdirSync(join(here, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  files.push(join(here, "package-lock.json"), join(here, "build.mjs"));
  const named = files.map((file) => [relative(here, file).replaceAll("\\", "/"), file]);
  for (const [name, file] of named.sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
    hash.update(name + "\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

if (process.argv.includes("--hash")) {
  console.log(sourceHash());
} else if (process.argv.includes("--tests")) {
  const tests = readdirSync(join(here, "tests")).filter((name) => name.endsWith(".test.ts"));
  await build({
    ...common,
    entryPoints: tests.map((name) => join(here, "tests", name)),
    outdir: join(here, "build", "tests"),
    format: "esm",
    platform: "node",
    outExtension: { ".js": ".mjs" },
    minify: false,
  });
} else {
  const entry = (name) => join(here, "src", name);
  await Promise.all([
    build({
      ...common,
      entryPoints: [entry("explorer.ts")],
      outfile: join(out, "explorer.js"),
      format: "esm",
    }),
    build({
      ...common,
      entryPoints: [entry("standalone.ts")],
      outfile: join(out, "standalone.js"),
      format: "iife",
      globalName: "IreeExplore",
    }),
    build({
      ...common,
      entryPoints: [entry("styles/explorer.css")],
      outfile: join(out, "explorer.css"),
    }),
  ]);
  writeFileSync(join(out, "source-hash.txt"), sourceHash() + "\n");
}
