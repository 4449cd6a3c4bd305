# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Instructions that multiply and sum several narrow numbers a lane: which CPU has which.

`kinds` lists the kinds of `iree_codegen.dot` that are worth forming on a CPU; `instruction_rule`
converts that op to the intrinsic. Integers are exact. bf16 products (AVX512_BF16) are summed in f32
with rounding to nearest, but subnormal numbers, given or computed, count as zero: below 1.2e-38,
far under the rounding of a bf16 result, unless a subnormal bf16 meets a factor near 1e38.
"""

from __future__ import annotations

from xdsl.dialects.builtin import BFloat16Type, StringAttr, VectorType, i8, i16, i32, i64
from xdsl.ir import Attribute, Operation, SSAValue

from iree_explore.codegen.dialect import DotOp
from iree_explore.targets.llvm_cpu.conversion import Builder, Rule, gap, lanes
from iree_explore.targets.llvm_cpu.cpu_info import CPUInfo
from iree_explore.targets.llvm_cpu.llvm_extras import OURS, CallIntrinsicOp

_X86 = ("x86_64", "i686")
_ARM = ("aarch64", "arm64")
_WIDTHS = (4, 8, 16)


def kinds(cpu: CPUInfo) -> tuple[str, ...]:
    """Kinds of `iree_codegen.dot` with an instruction on `cpu`, the best for bytes first."""
    found: list[str] = []
    if cpu.arch in _ARM:
        return ("s8s8",) if cpu.supports("dotprod") else ()
    if cpu.arch not in _X86:
        return ()
    wide = cpu.native_vector_bytes == 64
    if cpu.supports("avx512vnni") if wide else cpu.supports("avxvnni"):
        found.append("u8s8")
    if cpu.supports("avx512bw") if wide else cpu.supports("avx2"):
        found.append("s16s16")
    if wide and cpu.supports("avx512bf16"):
        found.append("bf16bf16")
    return tuple(found)


def instruction_rule(cpu: CPUInfo) -> Rule:
    """The rule that converts `iree_codegen.dot` for `cpu`."""

    def rule(op: Operation, build: Builder) -> list[SSAValue]:
        assert isinstance(op, DotOp)
        if isinstance(op.result.type, VectorType):
            return [_vector(op, list(op.args), op.result.type, cpu, build)]
        type_ = VectorType(op.result.type, [_WIDTHS[0]])
        zero = build.constant(0, i64)
        alone: list[SSAValue] = []
        for value in op.args:
            wide = VectorType(value.type, [_WIDTHS[0]])
            operands = [build.poison(wide), value, zero]
            alone.append(build(OURS["llvm.insertelement"], operands, wide))
        value = _vector(op, alone, type_, cpu, build)
        return [build(OURS["llvm.extractelement"], [value, zero], op.result.type)]

    return rule


def _vector(
    op: DotOp, args: list[SSAValue], type_: VectorType, cpu: CPUInfo, build: Builder
) -> SSAValue:
    a, b, *sums = args
    count, kind = lanes(type_), op.kind.data
    if count not in _WIDTHS or kind not in kinds(cpu):
        raise gap(op, f"{kind} of {count} words has no instruction on {cpu.name}")
    total = sums[0] if sums else build.constant(0 if type_.element_type == i32 else 0.0, type_)
    bits = 32 * count
    if kind == "s8s8":
        return _partial_sums(a, b, total, build)
    if kind == "u8s8":
        parts = [_as(v, i8, 4 * count, build) for v in (a, b)]
        return _call(f"llvm.x86.avx512.vpdpbusd.{bits}", [total, *parts], type_, build)
    if kind == "bf16bf16":
        parts = [_as(v, BFloat16Type(), 2 * count, build) for v in (a, b)]
        return _call(f"llvm.x86.avx512bf16.dpbf16ps.{bits}", [total, *parts], type_, build)
    name = {4: "sse2.pmadd.wd", 8: "avx2.pmadd.wd", 16: "avx512.pmaddw.d.512"}[count]
    parts = [_as(v, i16, 2 * count, build) for v in (a, b)]
    value = _call(f"llvm.x86.{name}", parts, type_, build)
    return build(OURS["llvm.add"], [total, value], type_) if sums else value


def _partial_sums(a: SSAValue, b: SSAValue, total: SSAValue, build: Builder) -> SSAValue:
    """What LLVM makes `sdot` of."""
    count = lanes(total.type)
    wide = VectorType(i32, [4 * count])
    parts = [_as(v, i8, 4 * count, build) for v in (a, b)]
    x, y = (build(OURS["llvm.sext"], [v], wide) for v in parts)
    product = build(OURS["llvm.mul"], [x, y], wide)
    name = f"llvm.vector.partial.reduce.add.v{count}i32.v{4 * count}i32"
    return _call(name, [total, product], total.type, build)


def _as(value: SSAValue, element: Attribute, count: int, build: Builder) -> SSAValue:
    return build(OURS["llvm.bitcast"], [value], VectorType(element, [count]))


def _call(name: str, operands: list[SSAValue], type_: Attribute, build: Builder) -> SSAValue:
    return build(CallIntrinsicOp, operands, type_, {"intrin": StringAttr(name)})
