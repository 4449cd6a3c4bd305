// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bytes of tensors as numbers, and how far two tensors are from each other.

import type { Tensor } from "./program";

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
}

const ARRAYS: Record<string, new (buffer: ArrayBufferLike) => ArrayLike<number | bigint>> = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};

/** The numbers of a tensor; null for an element type that is not known here. */
export function numbersOf(tensor: Tensor, bytes: Uint8Array): Float64Array | null {
  const whole = bytes.slice().buffer; // aligned
  const count = tensor.shape.reduce((a, b) => a * b, 1);
  const found = new Float64Array(count);
  if (tensor.dtype === "float16" || tensor.dtype === "bfloat16") {
    const words = new Uint16Array(whole);
    const wide = new Float32Array(1);
    const bits = new Uint32Array(wide.buffer);
    for (let i = 0; i < count; i++) {
      bits[0] = words[i] << 16;
      found[i] = tensor.dtype === "float16" ? half(words[i]) : wide[0];
    }
    return found;
  }
  const type = ARRAYS[tensor.dtype];
  if (!type) return null;
  const values = new type(whole);
  for (let i = 0; i < count; i++) found[i] = Number(values[i]);
  return found;
}

export interface Difference {
  /** Largest difference over the largest magnitude of what is wanted. */
  relative: number;
  at: number;
  got: number;
  wanted: number;
}

/** How far `got` is from `wanted`: equal values, NaN among them, do not differ. */
export function difference(got: Float64Array, wanted: Float64Array): Difference {
  let largest = 0;
  for (const value of wanted) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  const found: Difference = { relative: 0, at: 0, got: got[0], wanted: wanted[0] };
  for (let i = 0; i < wanted.length; i++) {
    if (Object.is(got[i], wanted[i]) || got[i] === wanted[i]) continue;
    const away = Math.abs(got[i] - wanted[i]) / (largest || 1);
    const relative = Number.isNaN(away) ? Number.POSITIVE_INFINITY : away;
    if (relative > found.relative) Object.assign(found, { relative, at: i, got: got[i], wanted: wanted[i] });
  }
  return found;
}
