// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A program on the page's GPU: buffers and pipelines are made once, a call submits its commands and
// reads the results back. Timed calls give each dispatch a pass of its own, with timestamps.

import { type Gpu, GpuError, guarded, openGpu } from "./device";
import { type Pipeline, buffersOf, pipelines } from "./kernels";
import { type Command, type Program, blobSize } from "./program";

const MOST_QUERIES = 4096;

export interface Call {
  results: Uint8Array[];
  /** From submitting to the results being here. */
  elapsedNs: number;
  /** Begin and end of each dispatch, in the order of the commands, from the earliest begin on; null
   * where there are no timestamps. */
  spans: Span[] | null;
}

export type Span = readonly [begin: number, end: number];

const roundUp = (n: number, to: number): number => Math.ceil(n / to) * to;

export class Replay {
  readonly dispatches: Command[];
  private buffers: GPUBuffer[] = [];
  private groups = new Map<Command, GPUBindGroup[]>();
  private patterns = new Map<Command, GPUBuffer>();
  /** What a dispatch reads of a range that it writes: a copy, made just before. */
  private copies = new Map<Command, { from: GPUBuffer; offset: number; size: number; to: GPUBuffer }[]>();
  private queries: GPUQuerySet | null = null;
  private stamps: GPUBuffer | null = null;
  private made: Pipeline[] = [];

  private constructor(
    readonly gpu: Gpu,
    readonly program: Program,
  ) {
    this.dispatches = program.commands.filter((c) => c.kind === "dispatch" && isSome(c));
  }

  /** Opens the GPU, compiles the kernels, uploads the blob, runs the setup; throws `GpuError`. */
  static async load(program: Program, blob: Uint8Array): Promise<Replay> {
    if (blob.byteLength < blobSize(program)) {
      throw new GpuError("data", `The model's weights are ${blobSize(program)} bytes, these are ${blob.byteLength}: another file?`);
    }
    const bindings = [...program.setup, ...program.commands].filter((c) => c.kind === "dispatch");
    const gpu = await openGpu({
      bufferSize: Math.max(0, ...program.buffers.map((b) => sizeOf(b.nbytes))),
      bindingSize: Math.max(0, ...bindings.flatMap((c) => c.ranges.filter((_, i) => i % 3 === 2))),
      storageBuffers: Math.max(0, ...program.kernels.map((k) => k.readOnly.length)),
    });
    const replay = new Replay(gpu, program);
    try {
      await replay.prepare(blob);
    } catch (error) {
      replay.close();
      throw error;
    }
    return replay;
  }

  get timestamps(): boolean {
    return this.queries !== null;
  }

  /** One call with these arguments (bytes, in order). */
  async call(inputs: readonly Uint8Array[], timed: boolean): Promise<Call> {
    const { gpu, program } = this;
    if (gpu.lost) throw gpu.lost;
    return guarded(gpu, async () => {
      const begin = performance.now();
      program.arguments.forEach((tensor, i) => this.upload(this.buffers[tensor.buffer], inputs[i]));
      const encoder = gpu.device.createCommandEncoder();
      const stamped = timed && this.timestamps;
      this.encode(encoder, program.commands, stamped);
      const reads = program.results.map((tensor) => this.readback(encoder, tensor.buffer));
      const stamps = stamped ? this.resolve(encoder) : null;
      gpu.device.queue.submit([encoder.finish()]);
      const results: Uint8Array[] = [];
      for (const [i, read] of reads.entries()) {
        results.push(await taken(read, program.buffers[program.results[i].buffer].nbytes));
      }
      const elapsedNs = Math.round(1e6 * (performance.now() - begin));
      return { results, elapsedNs, spans: stamps ? await this.spans(stamps) : null };
    });
  }

  close(): void {
    const copies = [...this.copies.values()].flat().map((copy) => copy.to);
    for (const buffer of [...this.buffers, ...this.patterns.values(), ...copies]) buffer.destroy();
    this.gpu.device.destroy();
  }

  // -- making

  private async prepare(blob: Uint8Array): Promise<void> {
    const { gpu, program } = this;
    const { device } = gpu;
    await guarded(gpu, async () => {
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      this.buffers = program.buffers.map((spec) => device.createBuffer({ size: sizeOf(spec.nbytes), usage }));
    });
    await guarded(gpu, () => {
      program.buffers.forEach((spec, i) => {
        if (spec.part < 0) return;
        const part = program.parts[spec.part];
        this.upload(this.buffers[i], blob.subarray(part.offset, part.offset + part.nbytes));
      });
    });
    this.made = await pipelines(gpu, program);
    const count = this.dispatches.length;
    if (gpu.timestamps && count && 2 * count <= MOST_QUERIES) {
      this.queries = device.createQuerySet({ type: "timestamp", count: 2 * count });
      const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
      this.stamps = device.createBuffer({ size: 16 * count, usage });
    }
    await guarded(gpu, async () => {
      for (const command of [...program.setup, ...program.commands]) this.bind(command);
      if (!program.setup.length) return;
      const encoder = device.createCommandEncoder();
      this.encode(encoder, program.setup, false);
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
    });
  }

  private bind(command: Command): void {
    const { device } = this.gpu;
    if (command.kind === "fill") {
      if (isSome(command) && Number(`0x${command.pattern || 0}`) !== 0) this.patterns.set(command, this.pattern(command));
      return;
    }
    if (command.kind !== "dispatch" || !isSome(command)) return;
    const { layout, uniform } = this.made[command.kernel];
    const entries = buffersOf(command).map((number, binding) => {
      const [offset, nbytes] = command.ranges.slice(3 * binding + 1, 3 * binding + 3);
      const size = Math.max(4, roundUp(nbytes, 4));
      const from = this.buffers[number];
      if (!this.isOverwritten(command, binding)) return { binding, resource: { buffer: from, offset, size } };
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
      const to = device.createBuffer({ size: sizeOf(size), usage });
      this.copies.set(command, [...(this.copies.get(command) ?? []), { from, offset, size, to }]);
      return { binding, resource: { buffer: to, offset: 0, size } };
    });
    const groups = [device.createBindGroup({ layout, entries })];
    if (uniform) {
      const buffer = device.createBuffer({ size: roundUp(4 * command.constants.length, 16), usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
      device.queue.writeBuffer(buffer, 0, new Uint32Array(command.constants));
      groups.push(device.createBindGroup({ layout: uniform, entries: [{ binding: 0, resource: { buffer } }] }));
    }
    this.groups.set(command, groups);
  }

  /** Whether a dispatch writes to a range that overlaps one that it only reads. */
  private isOverwritten(command: Command, binding: number): boolean {
    const { readOnly } = this.program.kernels[command.kernel];
    const range = (i: number): number[] => command.ranges.slice(3 * i, 3 * i + 3);
    const [buffer, begin, length] = range(binding);
    if (!readOnly[binding]) return false;
    return readOnly.some((reads, other) => {
      const [its, at, size] = range(other);
      return !reads && its === buffer && at < begin + length && begin < at + size;
    });
  }

  private pattern(command: Command): GPUBuffer {
    const bytes = command.pattern.match(/../g)?.map((two) => Number.parseInt(two, 16)) ?? [];
    const data = new Uint8Array(command.ranges[2]);
    for (let i = 0; i < data.length; i++) data[i] = bytes[i % bytes.length];
    const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const buffer = this.gpu.device.createBuffer({ size: sizeOf(data.length), usage });
    this.upload(buffer, data);
    return buffer;
  }

  /** Writes whole words: what is beyond the bytes is nobody's. */
  private upload(buffer: GPUBuffer, bytes: Uint8Array): void {
    const whole = bytes.length - (bytes.length % 4);
    const { queue } = this.gpu.device;
    if (whole) queue.writeBuffer(buffer, 0, bytes as BufferSource, 0, whole);
    if (whole === bytes.length) return;
    const rest = new Uint8Array(4);
    rest.set(bytes.subarray(whole));
    queue.writeBuffer(buffer, whole, rest);
  }

  // -- submitting

  private encode(encoder: GPUCommandEncoder, commands: readonly Command[], timed: boolean): void {
    let pass: GPUComputePassEncoder | null = null;
    let count = 0;
    const end = (): void => {
      pass?.end();
      pass = null;
    };
    for (const command of commands) {
      if (!isSome(command)) continue;
      if (command.kind !== "dispatch") {
        end();
        this.move(encoder, command);
        continue;
      }
      const copies = this.copies.get(command) ?? [];
      if (timed || copies.length) end();
      for (const { from, offset, size, to } of copies) encoder.copyBufferToBuffer(from, offset, to, 0, size);
      pass ??= encoder.beginComputePass(timed ? this.timing(count++) : {});
      const { pipeline } = this.made[command.kernel];
      pass.setPipeline(pipeline);
      this.groups.get(command)?.forEach((group, i) => pass?.setBindGroup(i, group));
      if (command.constants.length && this.gpu.immediates) {
        (pass as unknown as Immediates).setImmediates(0, new Uint32Array(command.constants));
      }
      const [x, y, z] = command.workgroups;
      pass.dispatchWorkgroups(x, y, z);
    }
    end();
  }

  private move(encoder: GPUCommandEncoder, command: Command): void {
    const [buffer, offset, length, target, at] = command.ranges;
    if (command.kind === "copy") {
      encoder.copyBufferToBuffer(this.buffers[buffer], offset, this.buffers[target], at, length);
      return;
    }
    const pattern = this.patterns.get(command);
    if (pattern) encoder.copyBufferToBuffer(pattern, 0, this.buffers[buffer], offset, length);
    else encoder.clearBuffer(this.buffers[buffer], offset, length);
  }

  private timing(index: number): GPUComputePassDescriptor {
    const querySet = this.queries as GPUQuerySet;
    return {
      timestampWrites: { querySet, beginningOfPassWriteIndex: 2 * index, endOfPassWriteIndex: 2 * index + 1 },
    };
  }

  private readback(encoder: GPUCommandEncoder, number: number): GPUBuffer {
    const size = roundUp(Math.max(4, this.program.buffers[number].nbytes), 4);
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const read = this.gpu.device.createBuffer({ size, usage });
    encoder.copyBufferToBuffer(this.buffers[number], 0, read, 0, size);
    return read;
  }

  private resolve(encoder: GPUCommandEncoder): GPUBuffer {
    const size = 16 * this.dispatches.length;
    const stamps = this.stamps as GPUBuffer;
    encoder.resolveQuerySet(this.queries as GPUQuerySet, 0, size / 8, stamps, 0);
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const read = this.gpu.device.createBuffer({ size, usage });
    encoder.copyBufferToBuffer(stamps, 0, read, 0, size);
    return read;
  }

  private async spans(read: GPUBuffer): Promise<Span[]> {
    const bytes = await taken(read, 16 * this.dispatches.length);
    const times = new BigUint64Array(bytes.buffer);
    const origin = this.dispatches.reduce((least, _, i) => (times[2 * i] < least ? times[2 * i] : least), times[0]);
    return this.dispatches.map((_, i) => {
      const begin = Number(times[2 * i] - origin);
      return [begin, Math.max(begin, Number(times[2 * i + 1] - origin))];
    });
  }
}

interface Immediates {
  setImmediates(offset: number, data: Uint32Array): void;
}

/** Bytes that a buffer is made with: bindings of its end are whole words and never empty. */
function sizeOf(nbytes: number): number {
  return roundUp(nbytes + 4, 256);
}

/** Whether a command does anything. */
function isSome(command: Command): boolean {
  if (command.kind === "dispatch") return command.workgroups.every((n) => n > 0);
  return command.ranges[2] > 0;
}

async function taken(buffer: GPUBuffer, nbytes: number): Promise<Uint8Array> {
  await buffer.mapAsync(GPUMapMode.READ);
  const bytes = new Uint8Array(buffer.getMappedRange().slice(0, nbytes));
  buffer.destroy();
  return bytes;
}
