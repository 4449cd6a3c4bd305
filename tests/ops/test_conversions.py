# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""convert between all pairs of element types, bitcast_convert across widths, reduce_precision.

One program a source type. The reference is compared with XLA, llvm-cpu with the reference.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from iree_explore import elements

from .oracle import run_xla
from .targets import run_llvm_cpu, run_reference
from .test_dtypes import (
    DTYPES,
    FLOATS,
    INTEGERS,
    NOT_IN_XLA,
    differences,
    every_value,
    expect_none,
    special_values,
)


@cache
def source_values(name: str) -> np.ndarray:
    """Values at and beside every value and every halfway point of small types, and special ones."""
    dtype = DTYPES[name]
    if dtype.itemsize == 1:
        return every_value(dtype)
    if elements.is_integer(dtype):
        low, high = elements.limits_of(dtype)
        near = [int(s * 2**k) + d for k in range(1, 64) for d in (-1, 0, 1, 3) for s in (1, -1)]
        numbers = [x for x in near if low <= x <= high]
        return np.concatenate([np.array(numbers, object).astype(dtype), special_values(dtype)])
    numbers = [special_values(dtype).astype(np.float64)]
    for small in ("float8_e4m3fn", "float8_e5m2", "float4_e2m1fn", "float8_e3m4"):
        values = every_value(elements.from_name(small)).astype(np.float64)
        values = np.unique(values[np.isfinite(values)])
        numbers += [values, (values[1:] + values[:-1]) / 2]
    powers = 2.0 ** np.arange(-30, 66)
    numbers += [powers, -powers, powers - 0.5, powers * 1.0009765625, 0.5 - powers]
    exact = np.concatenate(numbers)
    with np.errstate(all="ignore"):
        found = np.concatenate([x.astype(dtype) for x in (
            exact, np.nextafter(exact, np.inf), np.nextafter(exact, -np.inf))])  # fmt: skip
    return np.unique(found.view(f"u{dtype.itemsize}")).view(dtype)


def program(results: list[tuple[str, str]], source: str) -> str:
    """@main(%a) with one result for each (op text, type)."""
    lines = [f"  %r{i} = stablehlo.{op} : ({source}) -> {t}" for i, (op, t) in enumerate(results)]
    types = ", ".join(t for _, t in results)
    names = ", ".join(f"%r{i}" for i in range(len(results)))
    return (
        f"func.func @main(%a: {source}) -> ({types}) {{\n"
        + "\n".join(lines) + f"\n  return {names} : {types}\n}}"
    )  # fmt: skip


def convert_program(name: str, targets: list[str]) -> str:
    count = len(source_values(name))
    results = [("convert %a", f"tensor<{count}x{t}>") for t in targets]
    return program(results, f"tensor<{count}x{name}>")


def report(name: str, targets: list[str], got: list, want: list, unjudged=None) -> list[str]:
    a = source_values(name)
    found = []
    for target, x, y in zip(targets, got, want, strict=True):
        bad = differences(x, y)
        if unjudged is not None:
            bad &= ~unjudged(name, target, a)
        if bad.any():
            cases = [f"{a[i]}: {x[i]} for {y[i]}" for i in np.flatnonzero(bad)[:4]]
            found.append(f"{name} -> {target}: {bad.sum()} differ, {'; '.join(cases)}")
    return found


def targets_of(name: str) -> list[str]:
    """All types from those whose conversions are code of their own, else a few."""
    if name in ("f32", "f64", "i4", "i64", "f8E4M3FN"):
        return list(DTYPES)
    return "i1 i4 ui8 i64 f16 f32 f8E4M3FN".split()


def not_judged_by_xla(name: str, target: str, a: np.ndarray) -> np.ndarray:
    """XLA takes subnormal f32 and f64 for zero, rounds f64 by way of f32, and takes the greatest f4
    for an infinity."""
    x = np.abs(elements.widened(a))
    if name == "f4E2M1FN" and target in INTEGERS:
        return x == 6
    tiny = np.finfo(x.dtype).tiny if name in FLOATS else 0
    by_f32 = name == "f64" and target in ("f16", "bf16", "f8E8M0FNU")
    return ((x != 0) & (x <= tiny)) | (by_f32 & (a != elements.cast(a, np.dtype(np.float32))))


@pytest.mark.parametrize("name", [n for n in DTYPES if n not in NOT_IN_XLA])
def test_convert_is_what_xla_computes(name: str) -> None:
    targets = [t for t in targets_of(name) if t not in NOT_IN_XLA]
    text, inputs = convert_program(name, targets), [source_values(name)]
    got, want = run_reference(text, inputs), run_xla(text, inputs)
    expect_none(report(name, targets, got, want, not_judged_by_xla))


@pytest.mark.parametrize("name", DTYPES)
def test_convert_compiled_is_what_the_reference_computes(name: str) -> None:
    targets = targets_of(name)
    text, inputs = convert_program(name, targets), [source_values(name)]
    expect_none(report(name, targets, run_llvm_cpu(text, inputs), run_reference(text, inputs)))


def bitcast_targets(name: str) -> list[str]:
    """Types that `name` can become: as wide, or with a multiple of its bits or a part of them."""
    bits = elements.bits_of(DTYPES[name])
    if bits in (1, 6):
        return [t for t in DTYPES if elements.bits_of(DTYPES[t]) == bits]
    others = [t for t in DTYPES if t != "i1" and elements.bits_of(DTYPES[t]) != 6]
    return [t for t in others if bits % (n := elements.bits_of(DTYPES[t])) == 0 or n % bits == 0]


def bitcast_program(name: str, targets: list[str], rows: int) -> str:
    """@main of tensor<rows x 32 x name>."""
    bits = elements.bits_of(DTYPES[name])
    results = []
    for t in targets:
        n = elements.bits_of(DTYPES[t])
        shape = [rows, 32] if n == bits else [rows, 32, bits // n] if n < bits else [rows, 32]
        if n > bits:  # from a tensor<rows x 32/r x r>
            r = n // bits
            shape = [rows, 32 // r]
        results.append((n // bits, "x".join(map(str, shape)) + f"x{t}"))
    lines = []
    source = f"{rows}x32x{name}"
    for i, (r, t) in enumerate(results):
        value, type_ = "%a", source
        if r > 1:
            value, type_ = f"%s{i}", f"{rows}x{32 // r}x{r}x{name}"
            lines.append(
                f"  {value} = stablehlo.reshape %a : (tensor<{source}>) -> tensor<{type_}>"
            )
        lines.append(
            f"  %r{i} = stablehlo.bitcast_convert {value} : (tensor<{type_}>) -> tensor<{t}>"
        )
    types = ", ".join(f"tensor<{t}>" for _, t in results)
    names = ", ".join(f"%r{i}" for i in range(len(results)))
    return (
        f"func.func @main(%a: tensor<{source}>) -> ({types}) {{\n"
        + "\n".join(lines) + f"\n  return {names} : {types}\n}}"
    )  # fmt: skip


def bitcast_input(name: str) -> np.ndarray:
    dtype = DTYPES[name]
    raw = np.random.default_rng(3).integers(0, 256, (4, 32 * dtype.itemsize)).astype(np.uint8)
    if dtype == np.bool_:
        return raw > 100
    if elements.bits_of(dtype) < 8:
        raw = raw & np.uint8((1 << elements.bits_of(dtype)) - 1)
    return raw.view(dtype)


def same_bits(name: str, targets: list[str], got: list, want: list) -> list[str]:
    """One line for each type whose bytes differ, NaN equal to NaN."""
    found = []
    for target, x, y in zip(targets, got, want, strict=True):
        if x.shape != y.shape or differences(x.reshape(-1), y.reshape(-1)).any():
            found.append(f"{name} -> {target}: {x.reshape(-1)[:4]} for {y.reshape(-1)[:4]}")
    return found


@pytest.mark.parametrize(
    "name", ["i1", "i4", "ui8", "i32", "ui64", "f8E4M3FN", "bf16", "f32", "f64"]
)
def test_bitcast_is_what_xla_computes(name: str) -> None:
    bits = elements.bits_of(DTYPES[name])
    targets = [t for t in bitcast_targets(name) if t not in NOT_IN_XLA]
    if bits >= 8:  # XLA's order of nibbles in a byte is its own
        targets = [t for t in targets if elements.bits_of(DTYPES[t]) >= 8]
    else:
        targets = [t for t in targets if elements.bits_of(DTYPES[t]) == bits]
    text, inputs = bitcast_program(name, targets, 4), [bitcast_input(name)]
    expect_none(same_bits(name, targets, run_reference(text, inputs), run_xla(text, inputs)))


@pytest.mark.parametrize("name", ["i1", "ui2", "i4", "f4E2M1FN", "f6E2M3FN", "ui8", "f8E8M0FNU",
                                  "bf16", "i32", "f64"])  # fmt: skip
def test_bitcast_compiled_is_what_the_reference_computes(name: str) -> None:
    targets = bitcast_targets(name)
    text, inputs = bitcast_program(name, targets, 4), [bitcast_input(name)]
    expect_none(same_bits(name, targets, run_llvm_cpu(text, inputs), run_reference(text, inputs)))


def test_bitcast_of_unknown_sizes() -> None:
    text = """func.func @main(%a: tensor<?x?xf32>) -> (tensor<?x?x4xi8>, tensor<?x?xf32>) {
      %0 = stablehlo.bitcast_convert %a : (tensor<?x?xf32>) -> tensor<?x?x4xi8>
      %1 = stablehlo.bitcast_convert %0 : (tensor<?x?x4xi8>) -> tensor<?x?xf32>
      return %0, %1 : tensor<?x?x4xi8>, tensor<?x?xf32>
    }"""
    x = np.random.default_rng(0).standard_normal((3, 5)).astype(np.float32)
    parts, back = run_llvm_cpu(text, [x])
    np.testing.assert_array_equal(parts, x[..., None].view(np.int8))
    np.testing.assert_array_equal(back, x)


PRECISIONS = [(e, m) for e in (2, 5, 8, 11) for m in (0, 1, 3, 10, 23)]


@pytest.mark.parametrize("name", [n for n in FLOATS if n not in NOT_IN_XLA])
def test_reduce_precision(name: str) -> None:
    a = source_values(name)
    type_ = f"tensor<{len(a)}x{name}>"
    results = [(f"reduce_precision %a, format = e{e}m{m}", type_) for e, m in PRECISIONS]
    text = program(results, type_)
    reference, xla = run_reference(text, [a]), run_xla(text, [a])
    labels = [f"e{e}m{m}" for e, m in PRECISIONS]
    expect_none(report(name, labels, reference, xla, lambda n, t, x: not_judged_by_xla(n, "", x)))
    few = slice(1, None, 5)
    text = program(results[few], type_)
    expect_none(report(name, labels[few], run_llvm_cpu(text, [a]), reference[few]))
