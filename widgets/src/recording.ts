// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The recording as Python writes it: docs/recording.md is the schema, this file its types.
// `decode` opens the gzip JSON; `append` applies what a live compilation sends later.

export type S = number; // index into Recording.strings

export interface Recording {
  schema: string;
  name: string;
  created: string;
  compiler: string;
  state: "compiling" | "done" | "failed" | "cancelled";
  source: { kind: string; text: string | null };
  targets: string[];
  /** What the user should know of how the source was imported. */
  notes: string[];
  devices: DeviceInfo[];
  strings: string[];
  typeLists: S[][];
  sets: number[][];
  phases: Phase[];
  steps: Step[];
  versions: Versions;
  origins: Origins;
  sources: Source[];
  events: RewriteEvent[];
  files: SourceFile[];
  artifacts: Artifact[];
  runs: Run[];
  rewrites: RewriteVersions[];
  numerics: NumericsRecord[];
  found: FoundRecord[];
  grids: GridRecord[];
  transactions: TransactionRecord[];
  errors: { code: string; text: string; step: number }[];
  opDocs: Record<string, string>;
  passDocs: Record<string, PassDoc>;
  /** What is known of unknown sizes; absent if there are none. */
  shapes?: ShapesRecord;
}

export interface PassDoc {
  doc: string;
  before: string;
  after: string;
  file: string;
  line: number;
}

export interface Source {
  layer: string;
  file: string;
  line: number;
  op: string;
}

export interface Phase {
  name: string;
  summary: string;
  state: "pending" | "running" | "done" | "failed";
  first: number;
  step: number;
  passes: { name: string; why: string; scope: "module" | "executable" }[];
  target?: string; // "iree:llvm-cpu": a phase of that compiler; "" or absent: ours
}

export interface ErrorText {
  code: string;
  text: string;
}

export interface Step {
  phase: number;
  pass: string | null;
  scope: string;
  why: string;
  elapsedNs: number;
  changed: boolean;
  error: ErrorText | null;
  events: [number, number];
}

/** Columns of equal length; column i is one version of one op. */
export interface Versions {
  op: number[];
  birth: number[];
  death: number[];
  name: S[];
  text: S[];
  parent: number[];
  region: number[];
  block: number[];
  order: number[];
  operands: string[];
  types: number[];
  symbol: S[];
}

export interface Origins {
  op: number[];
  ancestors: number[];
  sources: number[];
  reason: S[];
}

export interface RewriteEvent {
  step: number;
  pattern: S;
  file: S;
  line: number;
  matched: number;
  created: number;
  modified: number;
  deleted: number;
}

/** A file of the user's, or a notebook cell, that ops come from. */
export interface SourceFile {
  path: string;
  text: string;
}

export interface Artifact {
  executable: string;
  kind: string;
  text: string;
  lineOps: number[];
}

export interface DeviceInfo {
  target: string;
  driver: string;
  device: string;
  name: string;
  available: boolean;
  reason: string;
}

export interface Run {
  target: string;
  device: string;
  function: string;
  started: string;
  warmup: number;
  repetitions: number;
  firstNs: number;
  totalNs: number[];
  clock: string;
  inputs: string[];
  dispatches: RunDispatch[];
  error: ErrorText | null;
  /** What the device can do at best; null or absent where that is not measured. */
  roofline?: Roofline | null;
  /** Calls that noted times, one beside each of `totalNs`: end to end, time in which a dispatch ran,
   * in which none did between the first and the last, and of all workers; empty: not known. */
  profiledNs?: number[];
  busyNs?: number[];
  betweenNs?: number[];
  workerNs?: number[];
}

/** Operations a second; `copies` are pairs of working set in bytes and bytes a second. */
export interface Roofline {
  threads: number;
  flops32: number;
  flops64: number;
  copies: number[];
  measured: string;
}

export interface RunDispatch {
  name: string;
  executable: string;
  ops: number[];
  workgroups: [number, number, number];
  samplesNs: number[];
  clock: string;
  /** Operations and bytes of one execution, -1: not known; the type that it computes in. */
  flops: number;
  nbytes: number;
  element: string;
  /** Flat fours of the last repetition: worker, first workgroup, begin and end in nanoseconds. */
  spans?: number[];
  /** When it began in the last repetition: from the call's begin, or from the first dispatch, which
   * then has 0; -1: not known. */
  beginNs?: number;
}

/** Versions between the rewrites of `step`: births and deaths count rewrites (-1: the pass's end);
 * `gone` are pairs of an op that was there before and after how many rewrites it is not. */
export interface RewriteVersions {
  step: number;
  count: number;
  stride: number;
  versions: Versions;
  gone: number[];
}

/** A check of the numerics of every stage; errors are relative, -1: infinite. */
export interface NumericsRecord {
  function: string;
  mode: "accumulated" | "isolated";
  started: string;
  elapsedNs: number;
  inputs: string[];
  stages: NumericsStage[];
  /** Columns: result `result` of op `op` beside the imported op `reference`. */
  values: Record<NumericsColumn, number[]>;
}

export type NumericsColumn =
  | "stage"
  | "op"
  | "result"
  | "reference"
  | "maxAbs"
  | "maxRel"
  | "ulp"
  | "nans"
  | "infs"
  | "differ"
  | "size"
  | "wrong";

export interface NumericsStage {
  stage: string;
  step: number;
  error: number;
  tolerance: number;
  state: "right" | "wrong" | "failed" | "unknown";
  problem: string;
  values: number;
  skipped: number;
}

/** The first wrong rewrite; no `pass`: nothing is wrong; no `pattern`: it comes after the pass. */
export interface FoundRecord {
  function: string;
  started: string;
  phase: string;
  pass: string;
  step: number;
  event: number;
  first: number;
  last: number;
  count: number;
  pattern: string;
  file: string;
  line: number;
  before: number;
  after: number;
  tolerance: number;
  problem: string;
  sources: string[];
  ops: number[];
  cell: string;
}

/** Sizes are expressions over the symbols of a function, each written once in `sizes`. */
export interface ShapesRecord {
  functions: string[];
  symbols: ShapeSymbol[];
  sizes: { function: number[]; text: string[] };
  /** Lists of indices into `sizes`, -1: not known. */
  lists: number[][];
  /** What stands for each `?` of a version's result types; then bytes and values of the others. */
  versions: { version: number[]; list: number[] };
  arguments: { function: number; name: string; type: string; list: number }[];
  dispatches: DispatchSizes[];
  allocations: Allocation[];
  propagation: PropagationStep[];
  equations: { function: number; left: number; right: number; place: string; op: number }[];
  conflicts: { function: number; text: string; ops: number[] }[];
}

export interface ShapeSymbol {
  function: number;
  name: string;
  /** "input": a dimension of an argument; "data": only the data of a call tells. */
  kind: "input" | "data";
  argument: string;
  dimension: number;
  low: number;
  high: number; // -1: no end
  divisor: number;
  sample: number; // -1: none
  op: number; // 0: an argument
  place: string;
  solved: number; // the size that it was found to equal, -1: none
}

export interface DispatchSizes {
  op: number;
  function: number;
  name: string;
  workgroups: number[];
  flops: number;
  bytes: number;
  /** What it passes, for the expressions of its grid; absent in older recordings. */
  workload?: number[];
}

export interface Allocation {
  op: number;
  function: number;
  kind: "transient" | "result" | "argument" | "constant";
  bytes: number;
}

export interface PropagationStep {
  function: number;
  op: number;
  direction: "forward" | "backward";
  /** For each result that is a tensor, all its sizes after this step. */
  lists: number[];
  learnt: string;
}

/** The workgroups of an entry point over its result; recording/kernel_records.py says more. */
export interface GridRecord {
  executable: string;
  entry: string;
  op: number;
  root: string;
  pipeline: string;
  numbering: "xyz" | "linear";
  /** Of a workgroup; 0 on a CPU. */
  invocations: number;
  /** That a workgroup has, if they are numbered through the grid. */
  tiles: number;
  each: string;
  shape: string[];
  element: string;
  axes: { dims: number[]; extents: string[]; tile: number; absorbs: boolean }[];
  workgroups: string[];
  workload: string[];
  note: string;
}

/** What a kernel asks of memory, estimated. */
export interface TransactionRecord {
  executable: string;
  entry: string;
  subgroup: number;
  exact: boolean;
  assumptions: string;
  accesses: AccessRecord[];
}

export interface AccessRecord {
  binding: number;
  kind: "read" | "write";
  pattern: "coalesced" | "strided" | "broadcast" | "gathered" | "mixed";
  stride: number;
  requests: number;
  nbytes: number;
  sectors: number;
  perRequest: number;
}

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
