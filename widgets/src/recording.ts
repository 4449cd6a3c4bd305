// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The recording as Python writes it: docs/recording.md is the schema, records.ts its types.
// `decode` opens the gzip JSON; `append` applies what a live compilation sends later.

import type { Recording, ValueNumerics, Versions, Origins } from "./records";

export type * from "./records";

export type NumericsColumn = keyof ValueNumerics;

/** What a push of a live compilation adds; see "Messages of the live widget". */
export type Delta = Partial<
  Omit<Recording, "versions" | "origins"> & {
    versions: Partial<Versions>;
    origins: Partial<Origins>;
    deaths: number[];
  }
>;

const GROWING = [
  "strings",
  "typeLists",
  "sets",
  "steps",
  "sources",
  "files",
  "events",
  "artifacts",
  "runs",
  "rewrites",
  "numerics",
  "found",
  "grids",
  "transactions",
  "errors",
] as const;

/** What gzip JSON holds; throws if it is truncated. */
export async function unzip(bytes: Uint8Array): Promise<unknown> {
  const stream = new Blob([bytes as BlobPart])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

/** Opens the gzip JSON of a recording; throws if it is truncated or of a foreign schema. */
export async function decode(bytes: Uint8Array): Promise<Recording> {
  const recording = (await unzip(bytes)) as Recording;
  if (recording.schema !== "iexplore/1") {
    throw new Error(`a recording of schema "${recording.schema}"; this page reads "iexplore/1"`);
  }
  recording.files ??= []; // older recordings have none of these
  recording.options ??= {};
  recording.notes ??= [];
  recording.rewrites ??= [];
  recording.numerics ??= [];
  recording.found ??= [];
  recording.grids ??= [];
  recording.transactions ??= [];
  return recording;
}

/** Extends `recording` in place by what a push brought. */
export function append(recording: Recording, delta: Delta): void {
  for (const key of GROWING) {
    const more = delta[key];
    if (more) pushAll(recording[key] as unknown[], more as unknown[]);
  }
  if (delta.versions) extendColumns(recording.versions, delta.versions);
  if (delta.origins) extendColumns(recording.origins, delta.origins);
  const deaths = delta.deaths ?? [];
  for (let i = 0; i < deaths.length; i += 2) recording.versions.death[deaths[i]] = deaths[i + 1];
  if (delta.devices) recording.devices = delta.devices;
  if (delta.notes) recording.notes = delta.notes;
  if (delta.phases) recording.phases = delta.phases;
  if (delta.shapes) recording.shapes = delta.shapes;
  if (delta.state) recording.state = delta.state;
  if (delta.name) recording.name = delta.name;
  Object.assign(recording.opDocs, delta.opDocs ?? {});
  Object.assign(recording.passDocs, delta.passDocs ?? {});
}

function extendColumns<T extends object>(columns: T, more: Partial<T>): void {
  for (const [name, values] of Object.entries(more)) {
    pushAll((columns as Record<string, unknown[]>)[name], values as unknown[]);
  }
}

/** `push(...values)` overflows the stack on long arrays. */
function pushAll(into: unknown[], values: readonly unknown[]): void {
  for (const value of values) into.push(value);
}
