# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the input phase refuses, it refuses all at once, by name and origin."""

from __future__ import annotations

import pytest

from iree_explore import pipeline
from iree_explore.context import make_context
from iree_explore.errors import GapError, ModelError
from iree_explore.frontend.parser import SourceParser
from iree_explore.provenance import Source


def lower(text: str, unknown: bool = False, source: Source | None = None) -> None:
    ctx = make_context()
    ctx.allow_unregistered = unknown
    module = SourceParser(ctx, text).parse_module()
    if source is not None:
        index = ctx.provenance.source(source)
        for op in module.walk():
            ctx.provenance.assign(op, (), (index,))
    pipeline.run(module, ctx, "input", "input")


UNKNOWN = """
func.func @main(%a: tensor<2xf32>) -> tensor<2xf32> {
  %0 = "stablehlo.frobnicate"(%a) : (tensor<2xf32>) -> tensor<2xf32>
  %1 = "mhlo.twist"(%0) : (tensor<2xf32>) -> tensor<2xf32>
  return %1 : tensor<2xf32>
}
"""

GAPS = """
func.func @main(%a: tensor<2xf32>, %i: tensor<1xi32>) -> tensor<2xf32> {
  %1 = stablehlo.custom_call @nobody.knows(%a) : (tensor<2xf32>) -> tensor<2xf32>
  %2 = stablehlo.complex %1, %1 : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xcomplex<f32>>
  %3 = stablehlo.remainder %2, %2 : tensor<2xcomplex<f32>>
  %4 = stablehlo.real %3 : (tensor<2xcomplex<f32>>) -> tensor<2xf32>
  return %4 : tensor<2xf32>
}
"""


def test_unknown_ops_are_reported_together_with_their_origin() -> None:
    with pytest.raises(GapError) as raised:
        lower(UNKNOWN, unknown=True, source=Source("dense/call", "model.py", 41))
    text = str(raised.value)
    assert raised.value.code == "IX201"
    assert "2 ops are outside the supported set" in text
    assert "stablehlo.frobnicate" in text and "mhlo.twist" in text
    assert text.count("dense/call (model.py:41)") == 2


def test_gaps_are_reported_together_with_reasons() -> None:
    with pytest.raises(GapError) as raised:
        lower(GAPS)
    text = str(raised.value)
    assert raised.value.code == "IX203"
    assert "2 op configurations have no lowering" in text
    assert "nothing here knows the call target" in text
    assert "stablehlo.remainder: nothing defines it for complex numbers" in text


def test_a_single_gap_is_the_headline() -> None:
    with pytest.raises(GapError, match=r"stablehlo\.custom_call: nothing here knows"):
        lower("""
func.func @main(%a: tensor<f32>) -> tensor<f32> {
  %0 = stablehlo.custom_call @nobody.knows(%a) : (tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}
""")


def test_a_result_type_against_the_shape_rule_is_the_models_fault() -> None:
    with pytest.raises(ModelError, match=r"stablehlo\.concatenate: .*tensor<5xf32>.*shape 4"):
        lower("""
func.func @main(%a: tensor<2xf32>) -> tensor<5xf32> {
  %0 = stablehlo.concatenate %a, %a, dim = 0 : (tensor<2xf32>, tensor<2xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}
""")


def test_a_cancelled_lowering_stops() -> None:
    ctx = make_context()
    module = SourceParser(
        ctx,
        """
func.func @main(%a: tensor<f32>) -> tensor<f32> {
  %0 = stablehlo.add %a, %a : tensor<f32>
  return %0 : tensor<f32>
}
""",
    ).parse_module()
    ctx.cancel.set()
    with pytest.raises(Exception, match="cancelled"):
        pipeline.run(module, ctx, "input", "input")
