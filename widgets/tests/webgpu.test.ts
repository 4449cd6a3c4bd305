// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from "node:assert/strict";
import { test } from "node:test";
import { GpuError } from "../src/webgpu/device";
import { difference, numbersOf } from "../src/webgpu/numbers";
import type { Program, Tensor } from "../src/webgpu/program";
import { PageRunner, partsOf } from "../src/webgpu/runner";

function tensor(dtype: string, count: number): Tensor {
  return { name: "x", dtype, shape: [count], buffer: 0, part: -1 };
}

test("numbers of every width, halves among them", () => {
  const floats = new Uint8Array(new Float32Array([1.5, -2]).buffer);
  assert.deepEqual([...(numbersOf(tensor("float32", 2), floats) ?? [])], [1.5, -2]);
  const halves = new Uint8Array(new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7c00]).buffer);
  assert.deepEqual(
    [...(numbersOf(tensor("float16", 4), halves) ?? [])],
    [1, -2, 2 ** -24, Number.POSITIVE_INFINITY],
  );
  const brain = new Uint8Array(new Uint16Array([0x3fc0]).buffer);
  assert.deepEqual([...(numbersOf(tensor("bfloat16", 1), brain) ?? [])], [1.5]);
  const bytes = new Uint8Array([255, 1]);
  assert.deepEqual([...(numbersOf(tensor("int8", 2), bytes.subarray(0)) ?? [])], [-1, 1]);
  assert.equal(numbersOf(tensor("complex64", 1), floats), null);
});

test("differences are relative to the largest value, NaN equals NaN", () => {
  const wanted = new Float64Array([4, Number.NaN, 1]);
  assert.equal(difference(new Float64Array([4, Number.NaN, 1]), wanted).relative, 0);
  const found = difference(new Float64Array([4, Number.NaN, 1.5]), wanted);
  assert.deepEqual([found.relative, found.at, found.got], [0.125, 2, 1.5]);
  assert.equal(difference(new Float64Array([4, 0, 1]), wanted).relative, Number.POSITIVE_INFINITY);
});

test("weights of another size are refused by name", async () => {
  const program: Partial<Program> = {
    schema: "iexplore-webgpu/1", weightsName: "m.weights", parts: [{ name: "", offset: 16, nbytes: 8 }],
  };
  const stream = new Blob([JSON.stringify(program)]).stream().pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const runner = new PageRunner(() => Promise.resolve({ program: bytes, weights: null }));
  await runner.open();
  assert.deepEqual(runner.missing, { name: "m.weights", nbytes: 24 });
  assert.throws(() => runner.supply(new Uint8Array(23)), (error: GpuError) => {
    return error.problem === "data" && /m\.weights has 24 bytes; this file has 23/.test(error.message);
  });
  runner.supply(new Uint8Array(24));
  assert.equal(runner.missing, null);
});

test("what overlaps counts once, pauses are between", () => {
  const calls = [[[0, 10], [5, 12], [20, 25]], [[4, 6], [0, 3], [6, 6]]] as const;
  assert.deepEqual(partsOf(calls), { busyNs: [17, 5], betweenNs: [8, 1] });
  assert.deepEqual(partsOf([[]]), { busyNs: [], betweenNs: [] });
});
