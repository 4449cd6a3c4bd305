# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`input-fold-constants`: what weights alone decide is computed once, and nothing else is."""

from __future__ import annotations

import numpy as np
from xdsl.dialects.builtin import ModuleOp

from iree_explore.context import CompilerContext
from iree_explore.provenance import op_id
from iree_explore.stablehlo.passes.fold_constants import FoldConstants
from tests.lowering.phases import parse

WEIGHTS = {
    "v": np.array([1.0, 4.0, 16.0, 0.25], np.float32),
    "g": np.array([1.0, -2.0, 3.0, 0.0], np.float32),
}
GLOBALS = """
util.global private @v = #flow.parameter.named<"model"::"v"> : tensor<4xf32>
util.global private @g = #flow.parameter.named<"model"::"g"> : tensor<4xf32>
util.global private mutable @m = #flow.parameter.named<"model"::"g"> : tensor<4xf32>
util.global private @e = #flow.parameter.named<"entropy"::"e"> : tensor<4xf32>
util.global private @absent = #flow.parameter.named<"model"::"absent"> : tensor<4xf32>
"""


def folded(body: str, type_: str = "tensor<4xf32>") -> tuple[CompilerContext, ModuleOp, str]:
    """The module after the pass, its text, and the context."""
    ctx, module = parse(
        f"{GLOBALS} func.func @f(%x: {type_}) -> {type_} {{ {body} func.return %r : {type_} }}"
    )
    for key, value in WEIGHTS.items():
        ctx.parameters.add("model", key, value)
    FoldConstants().apply(ctx, module)
    module.verify()
    return ctx, module, str(module)


def test_normalisations_arithmetic_becomes_two_weights() -> None:
    ctx, module, text = folded("""
        %v = util.global.load @v : tensor<4xf32>
        %g = util.global.load @g : tensor<4xf32>
        %s = stablehlo.rsqrt %v : tensor<4xf32>
        %scale = stablehlo.multiply %s, %g : tensor<4xf32>
        %t = stablehlo.multiply %v, %scale : tensor<4xf32>
        %shift = stablehlo.subtract %g, %t : tensor<4xf32>
        %y = stablehlo.multiply %x, %scale : tensor<4xf32>
        %r = stablehlo.add %y, %shift : tensor<4xf32>""")
    v, g = WEIGHTS["v"], WEIGHTS["g"]
    scale = g / np.sqrt(v)
    made = [ctx.parameters.get("hoisted", f"hoisted_{i}") for i in range(2)]
    np.testing.assert_array_equal(made, [scale, g - v * scale])
    assert "rsqrt" not in text and "subtract" not in text and "load @v" not in text
    assert text.count("stablehlo.") == 2
    loads = [op for op in module.walk() if op.name == "util.global.load"]
    assert all(ctx.provenance.ancestors_of(op_id(load)) for load in loads)


def test_what_may_change_or_is_not_there_stays() -> None:
    for name in ("m", "e", "absent"):
        _, _, text = folded(f"""
            %w = util.global.load @{name} : tensor<4xf32>
            %s = stablehlo.negate %w : tensor<4xf32>
            %r = stablehlo.add %x, %s : tensor<4xf32>""")
        assert "stablehlo.negate" in text and "hoisted" not in text, name


def test_results_that_grow_and_plain_moves_stay() -> None:
    ctx, _, text = folded(
        """
        %v = util.global.load @v : tensor<4xf32>
        %n = stablehlo.negate %v : tensor<4xf32>
        %b = stablehlo.broadcast_in_dim %n, dims = [1] : (tensor<4xf32>) -> tensor<999x4xf32>
        %g = util.global.load @g : tensor<4xf32>
        %c = stablehlo.reshape %g : (tensor<4xf32>) -> tensor<1x4xf32>
        %d = stablehlo.broadcast_in_dim %c, dims = [0, 1] : (tensor<1x4xf32>) -> tensor<999x4xf32>
        %s = stablehlo.add %x, %b : tensor<999x4xf32>
        %r = stablehlo.add %s, %d : tensor<999x4xf32>""",
        "tensor<999x4xf32>",
    )
    np.testing.assert_array_equal(ctx.parameters.get("hoisted", "hoisted_0"), -WEIGHTS["v"])
    assert "negate" not in text and "stablehlo.reshape" in text
    assert text.count("broadcast_in_dim") == 2 and "hoisted_1" not in text
