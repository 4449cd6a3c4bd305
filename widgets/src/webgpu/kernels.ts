// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pipelines of a program's kernels. A buffer that a dispatch both reads and writes has to be bound
// for writing everywhere in it: WebGPU looks at whole buffers, not at ranges.

import { type Gpu, GpuError } from "./device";
import type { Command, Kernel, Program } from "./program";

export interface Pipeline {
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
  /** Constants come in a uniform buffer where immediates are missing. */
  uniform: GPUBindGroupLayout | null;
}

/** The pipelines by kernel; throws `GpuError` "shader" naming every kernel that is rejected. */
export async function pipelines(gpu: Gpu, program: Program): Promise<Pipeline[]> {
  const written = conflicts(program);
  const made = await Promise.all(
    program.kernels.map((kernel, i) => pipeline(gpu, kernel, written[i])),
  );
  const wrong = made.filter((each): each is string => typeof each === "string");
  if (wrong.length) {
    throw new GpuError("shader", `${gpu.name} rejects ${wrong.length} of ${made.length} kernels.`, wrong.slice(0, 5).join("\n"));
  }
  return made as Pipeline[];
}

/** For each kernel, the bindings that must be bound for writing though it only reads them. */
function conflicts(program: Program): Set<number>[] {
  const found = program.kernels.map(() => new Set<number>());
  for (const command of [...program.setup, ...program.commands]) {
    if (command.kind !== "dispatch") continue;
    const { readOnly } = program.kernels[command.kernel];
    const buffers = buffersOf(command);
    const writes = new Set(buffers.filter((_, i) => !readOnly[i]));
    buffers.forEach((buffer, i) => {
      if (readOnly[i] && writes.has(buffer)) found[command.kernel].add(i);
    });
  }
  return found;
}

export function buffersOf(command: Command): number[] {
  return command.ranges.filter((_, i) => i % 3 === 0);
}

async function pipeline(gpu: Gpu, kernel: Kernel, written: Set<number>): Promise<Pipeline | string> {
  const { device } = gpu;
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ label: kernel.name, code: codeFor(gpu, kernel, written) });
  const layout = device.createBindGroupLayout({
    entries: kernel.readOnly.map((reads, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: reads && !written.has(binding) ? "read-only-storage" : "storage" },
    })),
  });
  const takes = kernel.constants > 0;
  const uniform =
    takes && !gpu.immediates
      ? device.createBindGroupLayout({
          entries: [{ binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: "uniform" } }],
        })
      : null;
  const given = {
    bindGroupLayouts: uniform ? [layout, uniform] : [layout],
    ...(takes && gpu.immediates ? { immediateSize: 4 * kernel.constants } : {}),
  };
  try {
    const made = await device.createComputePipelineAsync({
      label: kernel.name,
      layout: device.createPipelineLayout(given),
      compute: { module, entryPoint: kernel.entry },
    });
    const wrong = await device.popErrorScope();
    return wrong ? `${kernel.name}: ${wrong.message}` : { pipeline: made, layout, uniform };
  } catch (error) {
    const wrong = await device.popErrorScope();
    const { messages } = await module.getCompilationInfo();
    const lines = messages.map((m) => `line ${m.lineNum}: ${m.message}`);
    return `${kernel.name}: ${lines.join("; ") || wrong?.message || (error as Error).message}`;
  }
}

function codeFor(gpu: Gpu, kernel: Kernel, written: Set<number>): string {
  let { code } = kernel;
  for (const binding of written) {
    code = code.replace(`@binding(${binding}) var<storage, read> `, `@binding(${binding}) var<storage, read_write> `);
  }
  return gpu.immediates ? code : code.replace("var<immediate>", "@group(1) @binding(0) var<uniform>");
}
