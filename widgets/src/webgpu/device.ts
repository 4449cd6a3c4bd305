// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The GPU of this page: what there is of it, and why it cannot be used if it cannot.

declare global {
  // TypeScript's library has WebGPU's types and not these constants
  const GPUBufferUsage: Record<"MAP_READ" | "COPY_SRC" | "COPY_DST" | "UNIFORM" | "STORAGE" | "QUERY_RESOLVE", number>;
  const GPUMapMode: Record<"READ", number>;
  const GPUShaderStage: Record<"COMPUTE", number>;
}

/** Why the page's GPU did not do what it was asked. */
export type GpuProblem =
  | "no-webgpu" // the browser has no WebGPU, or not on such a page
  | "no-adapter" // WebGPU finds no GPU
  | "shader" // a kernel is rejected
  | "limit" // the device is too small for the program
  | "memory" // it ran out of memory
  | "lost" // it was lost: the driver reset it, a kernel ran too long
  | "data" // the weights are not here, or are not these
  | "invalid"; // WebGPU refuses what was submitted

export class GpuError extends Error {
  constructor(
    readonly problem: GpuProblem,
    text: string,
    readonly detail = "",
  ) {
    super(detail ? `${text}\n${detail}` : text);
  }
}

export interface Needs {
  bufferSize: number;
  bindingSize: number;
  storageBuffers: number;
}

/** An open device; `lost` is set when it is gone. */
export interface Gpu {
  device: GPUDevice;
  name: string;
  timestamps: boolean;
  immediates: boolean;
  lost: GpuError | null;
  onLost(call: () => void): void;
}

/** Opens the GPU with what a program needs; throws `GpuError`. */
export async function openGpu(needs: Needs): Promise<Gpu> {
  if (!navigator.gpu) {
    const why = window.isSecureContext
      ? "This browser has no WebGPU: Chrome or Edge 113, Safari 26 and Firefox 141 have it."
      : "Browsers offer WebGPU to secure pages only: https, http://localhost or a file.";
    throw new GpuError("no-webgpu", why);
  }
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new GpuError("no-adapter", "WebGPU finds no GPU here: hardware acceleration may be off, or the driver is on the browser's block list.");
  }
  const wanted = limitsOf(adapter, needs);
  const timestamps = adapter.features.has("timestamp-query");
  const subgroups = adapter.features.has("subgroups" as GPUFeatureName);
  const immediates = navigator.gpu.wgslLanguageFeatures?.has("immediate_address_space") ?? false;
  const features: GPUFeatureName[] = timestamps ? ["timestamp-query"] : [];
  if (subgroups) features.push("subgroups" as GPUFeatureName);
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({ requiredFeatures: features, requiredLimits: wanted });
  } catch (error) {
    throw new GpuError("no-adapter", "The GPU cannot be opened.", (error as Error).message);
  }
  return watched(device, nameOf(adapter), timestamps, immediates);
}

function limitsOf(adapter: GPUAdapter, needs: Needs): Record<string, number> {
  const pairs: [keyof GPUSupportedLimits & string, number, string][] = [
    ["maxBufferSize", needs.bufferSize, "bytes in a buffer"],
    ["maxStorageBufferBindingSize", needs.bindingSize, "bytes in a binding"],
    ["maxStorageBuffersPerShaderStage", needs.storageBuffers, "buffers of a kernel"],
  ];
  // kernels of the portable profile share up to 32 KiB; half of that is what one gets unasked
  const shared = Math.min(adapter.limits.maxComputeWorkgroupStorageSize, 32768);
  const limits: Record<string, number> = { maxComputeWorkgroupStorageSize: shared };
  for (const [name, need, words] of pairs) {
    const have = adapter.limits[name] as number;
    if (need > have) {
      throw new GpuError("limit", `The model needs ${need} ${words}; ${nameOf(adapter)} has at most ${have}.`);
    }
    if (need) limits[name] = need;
  }
  return limits;
}

function nameOf(adapter: GPUAdapter): string {
  const { vendor, architecture, device, description } = adapter.info;
  return description || [vendor, architecture || device].filter(Boolean).join(" ") || "GPU";
}

function watched(device: GPUDevice, name: string, timestamps: boolean, immediates: boolean): Gpu {
  const calls: (() => void)[] = [];
  const gpu: Gpu = {
    device, name, timestamps, immediates, lost: null,
    onLost: (call) => void calls.push(call),
  };
  void device.lost.then((info) => {
    gpu.lost = new GpuError("lost", "The GPU was lost: a kernel ran past the driver's limit, or the driver was reset. Running again opens it anew.", info.message);
    for (const call of calls) call();
  });
  return gpu;
}

/** Does `work` and throws what WebGPU says was wrong with it. */
export async function guarded<T>(gpu: Gpu, work: () => T | Promise<T>): Promise<T> {
  const { device } = gpu;
  for (const filter of ["internal", "out-of-memory", "validation"] as const) device.pushErrorScope(filter);
  let made: T | undefined;
  let thrown: unknown;
  try {
    made = await work();
  } catch (error) {
    thrown = error;
  }
  const [invalid, memory, internal] = await Promise.all([
    device.popErrorScope(), device.popErrorScope(), device.popErrorScope(),
  ]);
  if (gpu.lost) throw gpu.lost;
  if (memory) throw new GpuError("memory", `${gpu.name} is out of memory.`, memory.message);
  if (thrown instanceof GpuError) throw thrown;
  const wrong = invalid ?? internal;
  if (wrong) throw new GpuError("invalid", "WebGPU refuses what the model asks for.", wrong.message);
  if (thrown) throw new GpuError("invalid", "WebGPU failed.", String(thrown));
  return made as T;
}
