# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reduction of an angle to a quadrant and a remainder, for every finite double.

Up to 2^30 by subtracting n * pi/2 in three parts; beyond that, where n no longer fits, by
multiplying with the bits of 2/pi that matter (Payne and Hanek), in a branch taken only if some lane
needs it.
"""

from __future__ import annotations

import itertools

from xdsl.dialects import arith, scf, vector
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    IndexType,
    VectorType,
    i1,
    i64,
)
from xdsl.ir import Attribute, Block, Region, SSAValue

from iree_explore.targets.llvm_cpu.conversion import Builder, element_of, lanes
from iree_explore.targets.llvm_cpu.expressions import Emitter, Value

LARGE = 2.0**30
_PI_2 = (1.5707963267948966, 6.123233995736766e-17, -1.497384905065873e-33)
_TWO_OVER_PI = (  # a word of zeros, then the fraction in words of 64 bits
    0x0, 0xA2F9836E4E441529, 0xFC2757D1F534DDC0, 0xDB6295993C439041, 0xFE5163ABDEBBC561,
    0xB7246E3A424DD2E0, 0x06492EEA09D1921C, 0xFE1DEB1CB129A73E, 0xE88235F52EBB4484,
    0xE99C7026B45F7E41, 0x3991D639835339F4, 0x9C845F8BBDF9283B, 0x1FF897FFDE05980F,
    0xEF2F118B5A0A6D1F, 0x6D367ECF27CB09B7, 0x4F463F669E5FEA2D, 0x7527BAC7EBE5F17B,
    0x3D0739F78A5292EA, 0x6BFB5FB11F8D5D08, 0x56033046FC7B6BAB, 0xF0CFBC209AF4361D,
)  # fmt: skip


def reduce_quadrant(e: Emitter, x: Value) -> tuple[Value, Value, Value]:
    """n mod 4 in the low bits of an integer, and x - n pi/2 as the sum of two doubles."""
    size = e.abs(x)
    large = (size > LARGE) & (size < float("inf"))
    n, quadrant = e.rounded(x, 0.6366197723675814)
    first = e.fma(n, -_PI_2[0], x)
    r = e.fma(n, -_PI_2[1], first)
    low = e.fma(n, -_PI_2[2], e.fma(n, -_PI_2[1], first - r))

    some = large
    if isinstance(e.type, VectorType):
        kind = vector.CombiningKindAttr(vector.CombiningKindFlag.OR)
        some = e.op(
            vector.ReductionOp,
            [large],
            i1,
            {"kind": kind, "fastmath": arith.FastMathFlagsAttr("none")},
        )
    otherwise = [quadrant, r, low]
    branch = scf.IfOp.create(
        operands=[some.ssa],
        result_types=[v.ssa.type for v in otherwise],
        regions=[
            Region(_exact_block(e, x, otherwise)),
            Region(Block([scf.YieldOp(*[v.ssa for v in otherwise])])),
        ],
    )
    e.build.ops.append(branch)
    a, b, c = (e.of(result) for result in branch.results)
    return a, b, c


def _exact_block(e: Emitter, x: Value, rough: list[Value]) -> Block:
    """Replaces the results of large lanes, one lane after the other: few calls come here, and one
    scalar copy of the code is enough."""
    outer = Emitter(Builder(), e.type)
    if not isinstance(e.type, VectorType):
        results = _exact_or(outer, outer.of(x.ssa), [outer.of(v.ssa) for v in rough])
        outer.build.ops.append(scf.YieldOp(*[v.ssa for v in results]))
        return Block(outer.build.ops)
    index = IndexType()
    types = [v.ssa.type for v in rough]
    body = Block(arg_types=[index, *types])
    lane, *carried = body.args
    one = Emitter(Builder(), e.type.element_type)
    here = [_extract(one, value, lane) for value in (x.ssa, *carried)]
    results = _exact_or(one, here[0], here[1:])
    updated = [
        one.op(vector.InsertOp, [v, one.of(old), one.of(lane)], old.type, _DYNAMIC).ssa
        for v, old in zip(results, carried, strict=True)
    ]
    one.build.ops.append(scf.YieldOp(*updated))
    body.add_ops(one.build.ops)
    bounds = [outer.constant(n, index).ssa for n in (0, lanes(e.type), 1)]
    loop = scf.ForOp.create(
        operands=[*bounds, *(v.ssa for v in rough)], result_types=types, regions=[Region(body)]
    )
    outer.build.ops += [loop, scf.YieldOp(*loop.results)]
    return Block(outer.build.ops)


_DYNAMIC: dict[str, Attribute] = {"static_position": DenseArrayBase.from_list(i64, [DYNAMIC_INDEX])}


def _extract(e: Emitter, value: SSAValue, lane: SSAValue) -> Value:
    return e.op(vector.ExtractOp, [e.of(value), e.of(lane)], element_of(value.type), _DYNAMIC)


def _exact_or(e: Emitter, x: Value, rough: list[Value]) -> list[Value]:
    """The exact reduction of a large scalar, else `rough`."""
    size = e.abs(x)
    large = (size > LARGE) & (size < float("inf"))
    return [e.select(large, a, b) for a, b in zip(_payne_hanek(e, x), rough, strict=True)]


def _payne_hanek(e: Emitter, x: Value) -> tuple[Value, Value, Value]:
    """For |x| = m 2^k with a 53-bit integer m: m times the 192 bits of 2/pi from the one of weight
    2^(2 - k) on is x / (2 pi) modulo 1, in units of 2^-192."""
    bits = e.bits(x)
    exponent = bits.shr_u(52) & 0x7FF
    m = (bits & 0xFFFFFFFFFFFFF) | (1 << 52)
    offset = exponent + (64 - 1075 - 2)
    index, shift = offset >> 6, offset & 63
    words = [e.integer(0)] * 4
    for at in range(len(_TWO_OVER_PI) - 3):
        here = index.equals(at)
        words = [
            e.select(here, e.integer(_TWO_OVER_PI[at + i]), word) for i, word in enumerate(words)
        ]
    window = [(a << shift) | (b.shr_u(1).shr_u(63 - shift)) for a, b in itertools.pairwise(words)]
    low2, high2 = _wide_product(e, m, window[2])
    low1, high1 = _wide_product(e, m, window[1])
    p1 = low1 + high2
    carry = e.select(_below(e, p1, low1), e.integer(1), e.integer(0))
    p0 = m * window[0] + high1 + carry

    quadrant = p0.shr_u(62)
    high = (p0 << 2) | p1.shr_u(62)
    low = (p1 << 2) | low2.shr_u(62)
    quadrant = quadrant + high.shr_u(63)  # the nearest multiple: the fraction is signed from here
    top = e.to_float(high >> 32) * 2.0**-32
    middle = e.to_float(high & 0xFFFFFFFF) * 2.0**-64
    bottom = e.to_float(low.shr_u(1)) * 2.0**-127
    fraction = top + middle
    rest = (middle - (fraction - top)) + bottom
    total = fraction + rest
    rest = rest - (total - fraction)
    r = total * _PI_2[0]
    r_low = e.fma(total, _PI_2[0], -r) + e.fma(total, _PI_2[1], rest * _PI_2[0])
    negative = bits < 0
    return (
        e.select(negative, 0 - quadrant, quadrant),
        e.select(negative, -r, r),
        e.select(negative, -r_low, r_low),
    )


def _wide_product(e: Emitter, a: Value, b: Value) -> tuple[Value, Value]:
    """Low and high word of the unsigned product."""
    product = arith.MulUIExtendedOp.create(operands=[a.ssa, b.ssa], result_types=[e.ints, e.ints])
    e.build.ops.append(product)
    return e.of(product.results[0]), e.of(product.results[1])


def _below(e: Emitter, a: Value, b: Value) -> Value:
    """Unsigned a < b, by moving both ranges to signed numbers."""
    least = -(1 << 63)
    return (a ^ least) < (b ^ least)
