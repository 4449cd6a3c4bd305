// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What Python writes down of a call (iree_explore/targets/wgsl/program.py has the same records): the
// kernels as WGSL, the buffers, and the commands in order. Bytes are in a blob beside it.

import { unzip } from "../recording";

export interface Part {
  name: string;
  offset: number;
  nbytes: number;
}

export interface BufferSpec {
  nbytes: number;
  part: number; // index into the parts, -1: starts as anything
}

export interface Kernel {
  name: string;
  entry: string;
  code: string;
  readOnly: boolean[];
  constants: number;
}

export interface Command {
  kind: "dispatch" | "fill" | "copy";
  ranges: number[]; // flat threes: buffer, offset, bytes
  kernel: number;
  workgroups: number[];
  constants: number[];
  pattern: string;
  name: string;
  executable: string;
  ops: number[];
  flops: number;
  nbytes: number;
  element: string;
}

export interface Tensor {
  name: string;
  dtype: string;
  shape: number[];
  buffer: number;
  part: number;
}

export interface Program {
  name: string;
  function: string;
  target: string;
  kernels: Kernel[];
  buffers: BufferSpec[];
  parts: Part[];
  setup: Command[];
  commands: Command[];
  arguments: Tensor[];
  results: Tensor[];
  recorded: string;
  weightsName: string;
  schema: string;
}

export async function decodeProgram(bytes: Uint8Array): Promise<Program> {
  const program = (await unzip(bytes)) as Program;
  if (program.schema !== "iexplore-webgpu/1") {
    throw new Error(`a program of schema "${program.schema}"; this page reads "iexplore-webgpu/1"`);
  }
  return program;
}

/** Bytes that a program's blob has. */
export function blobSize(program: Program): number {
  return Math.max(0, ...program.parts.map((part) => part.offset + part.nbytes));
}
