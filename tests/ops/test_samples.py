# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every op row has sample programs, and StableHLO's own parser and verifier take all of them."""

from __future__ import annotations

import re

import pytest

from iree_explore.stablehlo.samples import SAMPLES, Sample, deprecated
from iree_explore.stablehlo.samples.base import replacement
from iree_explore.stablehlo.table import TABLE


def test_every_row_has_a_sample() -> None:
    assert set(TABLE) - set(SAMPLES) == set()


def test_samples_of_an_op_are_told_apart_by_case() -> None:
    doubled = {
        f"{op} {a.case}"
        for op, samples in SAMPLES.items()
        for i, a in enumerate(samples)
        for b in samples[:i]
        if a.case == b.case and set(a.types) & set(b.types)
    }
    assert doubled == set()


def test_every_sample_uses_its_op() -> None:
    for op, samples in SAMPLES.items():
        for sample in samples:
            used = re.findall(r"\b(?:stablehlo|chlo)\.[\w-]+", sample.text)
            if op == "stablehlo.reduce":
                assert "stablehlo.reduce" in sample.text
            else:
                assert op in used, f"{op} {sample.case}"


def test_sizes_become_unknown_in_the_dynamic_program_alone() -> None:
    sample = Sample(
        "stablehlo.abs", ("f32",),
        "%a: tensor<2?x3x$T> -> tensor<2?x3x$T>\n%r = stablehlo.abs %a : tensor<2?x3x$T>",
    )  # fmt: skip
    assert sample.variants == (False, True)
    static, dynamic = sample.program("f32"), sample.program("f32", dynamic=True)
    assert "tensor<2x3xf32>" in static.text and "?" not in static.text
    assert dynamic.text == static.text.replace("2x3", "?x3")
    assert dynamic.arguments == static.arguments
    assert (static.arguments[0].shape, static.arguments[0].element) == ((2, 3), "f32")


@pytest.mark.parametrize(
    "placeholder, element, text",
    [
        ("$R", "complex<f64>", "f64"),
        ("$C", "f32", "complex<f32>"),
        ("$I", "bf16", "ui16"),
        ("$W", "f64", "8"),
        ("$1", "i1", "true"),
        ("$0", "complex<f32>", "(0.0, 0.0)"),
        ("$1", "bf16", "1.0"),
        ("$1", "ui8", "1"),
    ],
)
def test_placeholders(placeholder: str, element: str, text: str) -> None:
    assert replacement(placeholder, element) == text


def test_every_program_is_valid_by_the_specification() -> None:
    """By StableHLO's own verifier; quantised types and ops of older versions are unknown to it."""
    mlir = pytest.importorskip("jax._src.interpreters.mlir")
    from jaxlib.mlir import ir

    wrong = []
    with mlir.make_ir_context(), ir.Location.unknown():
        for op, samples in SAMPLES.items():
            for sample in samples:
                if sample in deprecated.SAMPLES:
                    continue
                for element, dynamic, program in sample.programs():
                    if "!quant" in program.text:
                        continue
                    try:
                        ir.Module.parse(program.text).operation.verify()
                    except ir.MLIRError as error:
                        wrong.append(f"{op} {sample.case} {element} {dynamic}: {error}")
    assert not wrong, "\n".join(wrong[:5])
