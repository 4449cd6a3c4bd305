// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Measured runs on the page's GPU: the program is loaded once, called with the sample inputs, its
// results compared with the recorded ones. A run is the same record that Python makes.

import type { Run, RunDispatch } from "../recording";
import { GpuError } from "./device";
import { difference, numbersOf } from "./numbers";
import { type Command, type Program, blobSize, decodeProgram } from "./program";
import { Replay, type Span } from "./replay";

/** What a page gets of a program: the bytes beside it may be missing at first. */
export interface ProgramBytes {
  program: Uint8Array;
  weights: Uint8Array | null;
}

export interface PageRun {
  run: Run;
  results: Uint8Array[];
  /** What to know of it: whether the results are the recorded ones, which clock. */
  note: string;
  /** Whether the results are what was recorded, or nothing was. */
  right: boolean;
}

const WARMUP = 2;
/** Results that differ by more than this, relative to the largest, are called wrong. */
const TOLERANCE = 1e-3;

export class PageRunner {
  program: Program | null = null;
  private weights: Uint8Array | null = null;
  private replay: Replay | null = null;

  constructor(private source: () => Promise<ProgramBytes>) {}

  /** Reads the program, if that was not done. */
  async open(): Promise<Program> {
    if (this.program) return this.program;
    const { program, weights } = await this.source();
    this.program = await decodeProgram(program);
    this.weights = weights;
    return this.program;
  }

  /** The name and size of the weights that are still missing, or null. */
  get missing(): { name: string; nbytes: number } | null {
    if (!this.program || this.weights) return null;
    return { name: this.program.weightsName, nbytes: blobSize(this.program) };
  }

  /** Gives the weights; throws `GpuError` "data" if they have another size. */
  supply(weights: Uint8Array): void {
    const wanted = this.missing;
    if (wanted && weights.byteLength !== wanted.nbytes) {
      throw new GpuError("data", `${wanted.name} has ${wanted.nbytes} bytes; this file has ${weights.byteLength}.`);
    }
    this.weights = weights;
  }

  /** Fetches the weights from beside the page. */
  async fetchWeights(): Promise<void> {
    const wanted = this.missing;
    if (!wanted) return;
    const hint = "Choose the file instead: it was written beside the page.";
    let answer: Response;
    try {
      answer = await fetch(wanted.name);
    } catch (error) {
      throw new GpuError("data", `${wanted.name} cannot be fetched. ${hint}`, (error as Error).message);
    }
    if (!answer.ok) throw new GpuError("data", `${wanted.name} is not beside this page (${answer.status}). ${hint}`);
    this.supply(new Uint8Array(await answer.arrayBuffer()));
  }

  /** Runs the program `repetitions` times; throws `GpuError`. */
  async run(repetitions: number, progress: (text: string) => void): Promise<PageRun> {
    const program = await this.open();
    if (!this.weights) throw new GpuError("data", `The weights (${this.missing?.name}) are not here yet.`);
    try {
      return await this.measure(program, this.weights, repetitions, progress);
    } catch (error) {
      this.close(); // the next run starts afresh
      throw error;
    }
  }

  close(): void {
    this.replay?.close();
    this.replay = null;
  }

  private async measure(
    program: Program, weights: Uint8Array, repetitions: number, progress: (text: string) => void,
  ): Promise<PageRun> {
    const started = new Date().toISOString();
    progress("opening the GPU, compiling kernels…");
    if (this.replay?.gpu.lost) this.close();
    this.replay ??= await Replay.load(program, weights);
    const { replay } = this;
    const inputs = program.arguments.map((tensor) => part(program, weights, tensor.part));
    const first = await replay.call(inputs, false);
    for (let i = 1; i < WARMUP; i++) await replay.call(inputs, replay.timestamps);
    const totals: number[] = [];
    const profiled: number[] = [];
    const spans: Span[][] = [];
    let { results } = first;
    let told = performance.now();
    for (let i = 0; i < repetitions; i++) {
      if (performance.now() - told > 500) {
        progress(`running, ${i + 1} of ${repetitions}…`); // drawing takes time from the calls
        told = performance.now();
      }
      const call = await replay.call(inputs, false);
      totals.push(call.elapsedNs);
      ({ results } = call);
      if (!replay.timestamps) continue;
      const noting = await replay.call(inputs, true); // slower: a pass for each dispatch
      profiled.push(noting.elapsedNs);
      spans.push(noting.spans ?? []);
    }
    const [note, right] = compared(program, weights, results);
    const clock = replay.timestamps ? "GPU timestamps" : "wall clock of the page";
    const coarse = spans.flat().every(([begin, end]) => [65536, 100000].some((step) => (end - begin) % step === 0));
    const said = !replay.timestamps
      ? "; this browser gives no timestamps: only whole calls have times"
      : coarse ? "; this browser rounds timestamps to some 0.1 ms" : "";
    const run: Run = {
      target: program.target, device: `browser (${replay.gpu.name})`, function: program.function,
      started, warmup: WARMUP, repetitions, firstNs: first.elapsedNs, totalNs: totals, clock,
      inputs: program.arguments.map((t) => [...t.shape, t.dtype].join("x")),
      dispatches: replay.timestamps ? replay.dispatches.map((c, d) => dispatch(c, spans.map((s) => s[d]), clock)) : [],
      error: null, roofline: null, profiledNs: profiled, ...partsOf(spans),
    };
    return { run, results, note: note + said, right };
  }
}

/** Of each call the time in which a dispatch ran, and in which none did between the first and the
 * last; nothing without dispatches. */
export function partsOf(calls: readonly (readonly Span[])[]): { busyNs: number[]; betweenNs: number[] } {
  const busyNs: number[] = [];
  const betweenNs: number[] = [];
  for (const call of calls) {
    if (!call.length) return { busyNs: [], betweenNs: [] };
    const ordered = [...call].sort((a, b) => a[0] - b[0]);
    let [reached] = ordered[0];
    let busy = 0;
    for (const [begin, end] of ordered) {
      busy += Math.max(0, end - Math.max(begin, reached));
      reached = Math.max(reached, end);
    }
    busyNs.push(busy);
    betweenNs.push(reached - ordered[0][0] - busy);
  }
  return { busyNs, betweenNs };
}

function dispatch(command: Command, samples: readonly Span[], clock: string): RunDispatch {
  const [x, y, z] = command.workgroups;
  return {
    name: command.name, executable: command.executable, ops: command.ops, workgroups: [x, y, z],
    samplesNs: samples.map(([begin, end]) => end - begin), clock, flops: command.flops, nbytes: command.nbytes,
    element: command.element, spans: [], beginNs: samples.at(-1)?.[0] ?? -1, device: "",
  };
}

function part(program: Program, weights: Uint8Array, index: number): Uint8Array {
  const { offset, nbytes } = program.parts[index];
  return weights.subarray(offset, offset + nbytes);
}

/** What to say of the results, and whether they are right. */
function compared(program: Program, weights: Uint8Array, results: Uint8Array[]): [string, boolean] {
  let worst = 0;
  let where = "";
  for (const [i, tensor] of program.results.entries()) {
    if (tensor.part < 0) return ["nothing was recorded to compare the results with", true];
    const got = numbersOf(tensor, results[i]);
    const wanted = numbersOf(tensor, part(program, weights, tensor.part));
    if (!got || !wanted) return [`results of type ${tensor.dtype} are not compared`, true];
    const found = difference(got, wanted);
    if (found.relative > worst || !where) {
      worst = found.relative;
      where = `${tensor.name || `result ${i}`}[${found.at}] is ${found.got}, not ${found.wanted}`;
    }
  }
  const from = program.recorded;
  if (worst === 0) return [`results equal those of ${from}`, true];
  const words = `largest difference from ${from}: ${worst.toExponential(1)} of the largest value`;
  return worst <= TOLERANCE ? [words, true] : [`WRONG: ${words} (${where})`, false];
}
