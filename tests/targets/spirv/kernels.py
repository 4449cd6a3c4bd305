# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels of the `spirv` dialect that the tests write, read, check and run."""

from __future__ import annotations

from xdsl.dialects.builtin import (
    BFloat16Type,
    Float16Type,
    Float64Type,
    IntegerType,
    VectorType,
    f32,
    i32,
)

from iree_explore.targets.spirv.build import Kernel
from iree_explore.targets.spirv.ops import ModuleOp
from iree_explore.targets.spirv.types import ArrayType, CooperativeMatrixType
from iree_explore.targets.spirv.verify import NATIVE

f16, f64, bf16 = Float16Type(), Float64Type(), BFloat16Type()
i8, i16, i64 = IntegerType(8), IntegerType(16), IntegerType(64)


def saxpy() -> ModuleOp:
    """y = a * x + y."""
    k = Kernel("saxpy", (64, 1, 1))
    x, y = k.buffer("x", f32, 0, read_only=True), k.buffer("y", f32, 1)
    n, a = k.push_constants(i32, f32)
    i = k.invocation()
    with k.when(k.op("ULessThan", i, n)):
        k.store(y, i, k.op("FAdd", k.op("FMul", a, k.load(x, i)), k.load(y, i)))
    return k.finish()


def workgroup_sum() -> ModuleOp:
    """y[workgroup] = sum of the workgroup's 64 elements and of n more: loops, a condition that
    yields a value, workgroup memory, barriers."""
    k = Kernel("workgroup_sum", (64, 1, 1))
    x, y = k.buffer("x", f32, 0, read_only=True), k.buffer("y", f32, 1)
    tile = k.shared("tile", ArrayType(f32, 64))
    [n] = k.push_constants(i32)
    i = k.built_in("LocalInvocationIndex")
    start = k.invocation()
    with k.loop(start, n, 64, [k.constant(0, f32)]) as (j, carried):
        total = carried[0]
        with k.select(k.op("UGreaterThan", j, 3), lambda: [total]) as values:
            values.append(k.op("FAdd", total, k.load(x, j)))
        carried[0] = values[0]
    k.op("Store", k.element(tile, i, skip=False), carried[0])
    width = 32
    while width:
        k.barrier()
        with k.when(k.op("ULessThan", i, width)):
            here = k.element(tile, i)
            other = k.load(tile, k.op("IAdd", i, width))
            k.op("Store", here, k.op("FAdd", k.op("Load", here), other))
        width //= 2
    with k.when(k.op("IEqual", i, 0)):
        k.store(y, k.op("CompositeExtract", k.built_in("WorkgroupId"), indices=[0], result=i32),
                k.load(tile, 0))  # fmt: skip
    return k.finish()


def switched() -> ModuleOp:
    """y[i] = one of three functions of x[i], by i modulo 4."""
    k = Kernel("switched", (8, 1, 1))
    x, y = k.buffer("x", f32, 0, read_only=True), k.buffer("y", f32, 1)
    i = k.invocation()
    value = k.load(x, i)
    cases = {
        0: lambda: k.op("FNegate", value),
        2: lambda: k.op("GL.Sqrt", k.op("GL.FAbs", value)),
    }
    chosen = k.op("BitwiseAnd", i, 3)
    k.store(y, i, k.switch(chosen, cases, lambda: k.op("GL.FMax", value, k.constant(1.5, f32))))
    return k.finish()


def histogram() -> ModuleOp:
    """Counts with atomics; bit fields, conversions and vectors on the way."""
    k = Kernel("histogram", (16, 4, 1))
    x, y = k.buffer("x", VectorType(f32, [4]), 0, read_only=True), k.buffer("y", i32, 1)
    i = k.invocation()
    vector = k.load(x, i)
    swizzled = k.op("VectorShuffle", vector, vector, components=[3, 2, 1, 4],
                    result=VectorType(f32, [4]))  # fmt: skip
    scaled = k.op("VectorTimesScalar", swizzled, k.constant(2.0, f32))
    integers = k.op("ConvertFToS", scaled, result=VectorType(i32, [4]))
    bin_ = k.op(
        "BitFieldUExtract", k.op("CompositeExtract", integers, indices=[0], result=i32), 0, 4
    )
    k.op("AtomicIAdd", k.element(y, bin_), 1, memory_scope="Device", semantics="None")
    bits = k.op("Bitcast", k.op("Dot", vector, swizzled), result=i32)
    k.op("AtomicUMax", k.element(y, 16), bits, memory_scope="Device",
         semantics="AcquireRelease|UniformMemory")  # fmt: skip
    return k.finish()


def native_types() -> ModuleOp:
    """f16, f64, i64, i8 and i16 in storage and arithmetic, and subgroups."""
    k = Kernel("native_types", (64, 1, 1), NATIVE)
    half, double = k.buffer("half", f16, 0), k.buffer("double", f64, 1)
    byte, short, long = k.buffer("byte", i8, 2), k.buffer("short", i16, 3), k.buffer("long", i64, 4)
    i = k.invocation()
    sum_ = k.op("GroupNonUniformFAdd", k.op("FConvert", k.load(half, i), result=f32),
                execution_scope="Subgroup", group_operation="Reduce")  # fmt: skip
    k.store(half, i, k.op("FAdd", k.op("FConvert", sum_, result=f16), k.constant(0.5, f16)))
    k.store(double, i, k.op("FMul", k.load(double, i), k.constant(0.1, f64)))
    wide = k.op("SConvert", k.load(byte, i), result=i64)
    k.store(long, i, k.op("IAdd", wide, k.constant(-(1 << 40), i64)))
    k.store(short, i, k.op("IMul", k.load(short, i), k.constant(-3, i16)))
    shuffled = k.op("GroupNonUniformShuffleXor", sum_, 1, execution_scope="Subgroup")
    clustered = k.op("GroupNonUniformFMax", shuffled, 4, execution_scope="Subgroup",
                     group_operation="ClusteredReduce")  # fmt: skip
    k.op("EXT.AtomicFAdd", k.element(k.buffer("total", f32, 5), 0), clustered,
         memory_scope="Device", semantics="None")  # fmt: skip
    return k.finish()


def cooperative(element=f16) -> ModuleOp:
    """C = A B + C of one 16x16 tile by cooperative matrices."""
    k = Kernel("cooperative", (32, 1, 1), NATIVE)
    a, b = k.buffer("a", element, 0, read_only=True), k.buffer("b", element, 1, read_only=True)
    c = k.buffer("c", f32, 2)

    def load(base, type_, use):
        matrix = CooperativeMatrixType(type_, 16, 16, "Subgroup", use)
        return k.op("KHR.CooperativeMatrixLoad", k.element(base, 0), 16, matrix_layout="RowMajor",
                    result=matrix)  # fmt: skip

    product = k.op("KHR.CooperativeMatrixMulAdd", load(a, element, "MatrixA"),
                   load(b, element, "MatrixB"), load(c, f32, "MatrixAcc"))  # fmt: skip
    k.op("KHR.CooperativeMatrixStore", k.element(c, 0), product, 16, matrix_layout="RowMajor")
    return k.finish("Vulkan")


def locals_and_calls() -> ModuleOp:
    """A variable of the invocation, indexed by data; a loop in a loop that carries two values."""
    k = Kernel("locals", (8, 1, 1))
    y = k.buffer("y", i32, 0)
    scratch = k.local(ArrayType(i32, 4))
    i = k.invocation()
    zero = k.constant(0, i32)
    with k.loop(0, 4, 1, [zero, i]) as (j, outer):
        k.op("Store", k.element(scratch, j), k.op("IMul", j, i))
        with k.loop(j, 4, 1, list(outer)) as (m, inner):
            inner[0] = k.op("IAdd", inner[0], m)
            inner[1] = k.op("BitwiseXor", inner[1], inner[0])
        outer[:] = inner
    k.store(y, i, k.op("IAdd", k.load(scratch, k.op("UMod", outer[1], 4)), outer[0]))
    return k.finish()


PORTABLE_KERNELS = [saxpy, workgroup_sum, switched, histogram, locals_and_calls]
NATIVE_KERNELS = [native_types, cooperative]
