// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The records of a recording: written by scripts/generate_docs.py from the dataclasses under
// iree_explore/recording/, do not edit. docs/recording.md is the schema and its reasons.

/** What was compiled: `kind` is "keras", "mlir", ...; `text` what the user wrote, if text. */
export interface ModelSource {
  kind: string;
  text: string | null;
}

/** A device as it was found when the recording was made. */
export interface DeviceInfo {
  target: string;
  driver: string;
  device: string;
  name: string;
  available: boolean;
  reason: string;
}

/** One line of the pass table as the recording keeps it. */
export interface PassInfo {
  name: string;
  why: string;
  scope: "module" | "executable";
}

/** One phase: `first` is its first step, `step` the step after which the module is its result
 * (both -1 if there is none yet); `state` is pending, running, done or failed. */
export interface Phase {
  name: string;
  summary: string;
  state: "pending" | "running" | "done" | "failed";
  first: number;
  step: number;
  passes: PassInfo[];
  /** "iree:llvm-cpu" for a phase of that compiler, "" for ours. */
  target?: string;
}

/** An error as data: `code` is "IX205", `text` the rendered report. */
export interface ErrorText {
  code: string;
  text: string;
}

/** One pass on one scope; see docs/recording.md. `events` is [first, last) in the events. */
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

/** The columns of all op versions; index i of each column is one version. */
export interface Versions {
  op: number[];
  birth: number[];
  death: number[];
  name: number[];
  text: number[];
  parent: number[];
  region: number[];
  block: number[];
  order: number[];
  operands: string[];
  types: number[];
  symbol: number[];
}

/** Columns: where each op id came from; `ancestors` and `sources` index `Recording.sets`. */
export interface Origins {
  op: number[];
  ancestors: number[];
  sources: number[];
  reason: number[];
}

/** A place in the user's model; unknown parts are "" and 0. */
export interface Source {
  layer: string;
  file: string;
  line: number;
  op: string;
}

/** A file (or notebook cell) of the user's that ops come from, as it was when compiling. */
export interface SourceFile {
  path: string;
  text: string;
}

/** One rewrite. `pattern` and `file` index the strings; the four id sets index the sets. */
export interface RewriteEvent {
  step: number;
  pattern: number;
  file: number;
  line: number;
  matched: number;
  created: number;
  modified: number;
  deleted: number;
}

/** Text emitted for an executable; `line_ops` is flat: line (1-based), op id, line, op id... */
export interface Artifact {
  executable: string;
  kind: string;
  text: string;
  lineOps: number[];
}

/** One dispatch of a run with every sample in nanoseconds; `clock` says where they came from.
 * `flops` and `nbytes` are its arithmetic operations and the bytes that it reads and writes, -1
 * where that is not known; `element` is the type that it computes in. */
export interface RunDispatch {
  name: string;
  executable: string;
  ops: number[];
  workgroups: [number, number, number];
  samplesNs: number[];
  clock: string;
  flops?: number;
  nbytes?: number;
  element?: string;
  /** Flat fours of the last repetition, where the driver knows: worker, first workgroup, begin
   * and end in nanoseconds from the first workgroup of all. */
  spans?: number[];
  /** When it began in the last repetition: from the call's begin where the device has the host's
   * clock, else from the first dispatch, which then has 0; -1: not known. */
  beginNs?: number;
  /** The driver that ran it, where it was placed on another device than the run's. */
  device?: string;
}

/** What the machine can do at best with `threads`: operations a second in f32 and f64, copies as
 * pairs of working set in bytes and bytes a second; `measured` is the day. */
export interface Roofline {
  threads: number;
  flops32: number;
  flops64: number;
  copies: number[];
  measured: string;
}

/** One measured run. `first_ns` is the first call, which is in none of the samples; `total_ns`
 * are calls as users make them. Those that noted times, one beside each, have `dispatches`,
 * `profiled_ns` (end to end; empty in older recordings, whose `total_ns` they are), `busy_ns` (at
 * least one dispatch ran), `between_ns` (none did, between the first and the last) and
 * `worker_ns` (of all workers together); empty where not known. `roofline` is that of the device,
 * None where it is not measured (GPUs). */
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
  roofline?: Roofline | null;
  profiledNs?: number[];
  busyNs?: number[];
  betweenNs?: number[];
  workerNs?: number[];
}

/** What stopped the compilation; `step` is -1 if the import failed. */
export interface Stop {
  code: string;
  text: string;
  step: number;
}

/** The op versions between the rewrites of `step`, which did `count` of them: `birth` and `death`
 * say after how many rewrites (death -1: the end of the pass). `gone` are pairs: the version of
 * an op that was there before the pass is not after so many. Only every `stride`-th rewrite was
 * looked at. */
export interface RewriteVersions {
  step: number;
  count: number;
  stride: number;
  versions: Versions;
  gone: number[];
}

/** One stage of a check: `step` is the one whose text it is, `error` and `tolerance` are
 * relative, `state` is "right", "wrong", "failed" or "unknown", `problem` says why of the last
 * two; `values` were compared, `skipped` had no counterpart in the model. */
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

/** Columns, one value of one stage each: result `result` of op `op` against the result of the
 * imported op `reference`. `wrong` is 1 where the error is above the stage's tolerance of its
 * type, `size` the number of elements, `differ` those that are not equal. */
export interface ValueNumerics {
  stage: number[];
  op: number[];
  result: number[];
  reference: number[];
  maxAbs: number[];
  maxRel: number[];
  ulp: number[];
  nans: number[];
  infs: number[];
  differ: number[];
  size: number[];
  wrong: number[];
}

/** One check of one function; `mode` is "accumulated" or "isolated". */
export interface NumericsRecord {
  function: string;
  mode: "accumulated" | "isolated";
  started: string;
  elapsedNs: number;
  inputs: string[];
  stages: NumericsStage[];
  values: ValueNumerics;
}

/** What a search for the first wrong rewrite found: the rewrites `first` to `last` of `count` of
 * a pass, the event at index `event` (-1: the recording has none). With `pass_name` "" nothing is
 * wrong; with `pattern` "" what is wrong comes after that pass and `problem` says more. */
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

/** Loops of the root numbered as one and cut into tiles of `tile`. `dims` is for each loop the
 * dimension of the result that it is (-1: none), `extents` their sizes; with `absorbs` the last
 * tile has the rest too. */
export interface GridAxis {
  dims: number[];
  extents: string[];
  tile: number;
  absorbs: boolean;
}

/** The workgroups of an entry point over its result. Sizes are texts of expressions over
 * `workload`, the symbols of what a dispatch passes, in order. `numbering` "xyz": the ids are
 * tile numbers of the axes (innermost x, next y, all others share z); "linear": tiles are
 * numbered through the grid, innermost axis first, and a workgroup has `tiles` of them.
 * `invocations` of a workgroup are 0 on a CPU; `each` says what one computes. */
export interface GridRecord {
  executable: string;
  entry: string;
  op: number;
  root: string;
  pipeline: string;
  numbering: "xyz" | "linear";
  invocations: number;
  tiles: number;
  each: string;
  shape: string[];
  element: string;
  axes: GridAxis[];
  workgroups: string[];
  workload: string[];
  note: string;
}

/** What all loads, or all stores, of one binding of a kernel ask of memory in one dispatch, as
 * estimated. `kind` is "read" or "write"; `pattern` "coalesced", "strided", "broadcast",
 * "gathered" or "mixed"; `requests` are those of subgroups, `nbytes` what invocations ask for,
 * `sectors` how many of 32 bytes they touch; -1: not known before a call. */
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

/** The memory accesses of one entry point, `exact` if every workgroup was counted, with what was
 * assumed. */
export interface TransactionRecord {
  executable: string;
  entry: string;
  subgroup: number;
  exact: boolean;
  assumptions: string;
  accesses: AccessRecord[];
}

/** A pass's docstring: one sentence, IR before and after, and where its code is. */
export interface PassDoc {
  doc: string;
  before: string;
  after: string;
  file: string;
  line: number;
}

/** A size that only a call knows. `kind` "input": dimension `dimension` of `argument` has it (the
 * first one that does); "data": only data tells. `high` -1: no end; `sample` its size in the
 * sample inputs or the first run, -1: none; `op` and `place` where it comes from; `solved` the
 * size (an index) that it was found to equal, -1: none. */
export interface ShapeSymbol {
  function: number;
  name: string;
  kind: "input" | "data";
  argument: string;
  dimension: number;
  low: number;
  high: number;
  divisor: number;
  sample: number;
  op: number;
  place: string;
  solved: number;
}

/** Columns: all sizes, each once per function, in the syntax of `shapes/expressions.py`. */
export interface SizeTexts {
  function: number[];
  text: string[];
}

/** Columns: the op versions with symbolic results, and their index into `Shapes.lists`. */
export interface VersionSizes {
  version: number[];
  list: number[];
}

/** An argument of an exported function; `list` has what stands for each `?` of `type`. */
export interface ShapeArgument {
  function: number;
  name: string;
  type: string;
  list: number;
}

/** One dispatch on the host, id `op` after phase flow: three workgroup counts (empty until the
 * executable is configured), floating-point operations and bytes of its bindings; -1: unknown.
 * `workload` is what it passes, for the expressions of its grid. */
export interface DispatchSizes {
  op: number;
  function: number;
  name: string;
  workgroups: number[];
  flops: number;
  bytes: number;
  workload?: number[];
}

/** Memory that a call needs; `kind` is transient, result, argument or constant. */
export interface Allocation {
  op: number;
  function: number;
  kind: "transient" | "result" | "argument" | "constant";
  bytes: number;
}

/** One step of shape inference: `lists` has for each tensor result all its sizes after it. */
export interface PropagationStep {
  function: number;
  op: number;
  direction: "forward" | "backward";
  lists: number[];
  learnt: string;
}

/** Two sizes that each call must have equal; `place` says why, `op` where. */
export interface EquationRecord {
  function: number;
  left: number;
  right: number;
  place: string;
  op: number;
}

/** Sizes that can never be equal, and the ops that say so. */
export interface ConflictRecord {
  function: number;
  text: string;
  ops: number[];
}

/** Everything; `functions` are the symbols of functions that have symbols of sizes. Exported ones
 * come first; an executable's entry point is one if its dispatches pass different sizes. */
export interface ShapesRecord {
  functions: string[];
  symbols: ShapeSymbol[];
  sizes: SizeTexts;
  lists: number[][];
  versions: VersionSizes;
  arguments: ShapeArgument[];
  dispatches: DispatchSizes[];
  allocations: Allocation[];
  propagation: PropagationStep[];
  equations: EquationRecord[];
  conflicts: ConflictRecord[];
}

/** Everything the explorer knows of one compilation. Fields as in docs/recording.md. */
export interface Recording {
  name: string;
  created: string;
  compiler: string;
  state: "compiling" | "done" | "failed" | "cancelled";
  source: ModelSource;
  targets: string[];
  notes: string[];
  /** Compile options that are not as they are by default. */
  options: Record<string, boolean>;
  devices: DeviceInfo[];
  strings: string[];
  typeLists: number[][];
  sets: number[][];
  phases: Phase[];
  steps: Step[];
  versions: Versions;
  origins: Origins;
  sources: Source[];
  files: SourceFile[];
  events: RewriteEvent[];
  artifacts: Artifact[];
  runs: Run[];
  errors: Stop[];
  /** What is between single rewrites, of the steps that somebody asked about. */
  rewrites: RewriteVersions[];
  /** Checks of the numerics, in the order in which they were made. */
  numerics: NumericsRecord[];
  /** Answers of searches for the first wrong rewrite. */
  found: FoundRecord[];
  /** What the workgroups of each entry point compute of its result. */
  grids: GridRecord[];
  /** What the invocations of each kernel of a GPU ask of memory, estimated. */
  transactions: TransactionRecord[];
  opDocs: Record<string, string>;
  passDocs: Record<string, PassDoc>;
  /** What is known of unknown sizes; None if the program has none (or is an older recording). */
  shapes?: ShapesRecord | null;
  schema: string;
}
