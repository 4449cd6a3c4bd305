# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What `input-expand-complex` leaves, and how little of it reaches the device."""

from __future__ import annotations

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

import iree_explore as ie
from iree_explore import elements
from iree_explore.context import CompilerContext, make_context
from iree_explore.errors import GapError
from iree_explore.frontend.parser import SourceParser
from iree_explore.stablehlo.passes.expand_complex import ExpandComplex


def expand(text: str, ctx: CompilerContext | None = None) -> ModuleOp:
    ctx = ctx or make_context()
    module = SourceParser(ctx, text).parse_module()
    ctx.provenance.settle(module, "import")
    ExpandComplex().apply(ctx, module)
    module.verify()
    return module


def names(module: ModuleOp) -> list[str]:
    return [op.name for op in module.walk()]


def test_nothing_complex_is_left_but_what_the_caller_sees() -> None:
    module = expand("""
    func.func @main(%a: tensor<?xcomplex<f64>>) -> tensor<?xcomplex<f64>> {
      %0 = stablehlo.tanh %a : tensor<?xcomplex<f64>>
      return %0 : tensor<?xcomplex<f64>>
    }
    """)
    (function,) = module.ops
    assert "(%a: tensor<?x2xf64> {iree.abi.type = tensor<?xcomplex<f64>>})" in str(function)
    assert str(module).count("complex") == 2  # the types of the argument and of the result


def test_programs_without_complex_numbers_are_left_alone() -> None:
    text = """
    func.func @main(%a: tensor<4xf32>) -> tensor<4xf32> {
      %0 = stablehlo.tanh %a : tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    """
    before = SourceParser(make_context(), text).parse_module()
    assert str(expand(text)) == str(before)


def test_each_new_op_descends_from_the_complex_one() -> None:
    ctx = make_context()
    module = expand(
        """
    func.func private @f(%a: tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>> {
      %0 = stablehlo.multiply %a, %a : tensor<4xcomplex<f32>>
      return %0 : tensor<4xcomplex<f32>>
    }
    """,
        ctx,
    )
    assert ctx.provenance.settle(module, "test") == 0


def test_a_sum_is_two_plain_sums() -> None:
    module = expand("""
    func.func private @f(%a: tensor<4x3xcomplex<f32>>, %i: tensor<complex<f32>>)
        -> tensor<4xcomplex<f32>> {
      %0 = stablehlo.reduce(%a init: %i) applies stablehlo.add across dimensions = [1]
        : (tensor<4x3xcomplex<f32>>, tensor<complex<f32>>) -> tensor<4xcomplex<f32>>
      return %0 : tensor<4xcomplex<f32>>
    }
    """)
    assert str(module).count("applies stablehlo.add") == 2


def test_a_product_is_one_reduction_of_both_halves() -> None:
    module = expand("""
    func.func private @f(%a: tensor<4x3xcomplex<f32>>, %i: tensor<complex<f32>>)
        -> tensor<4xcomplex<f32>> {
      %0 = stablehlo.reduce(%a init: %i) applies stablehlo.multiply across dimensions = [1]
        : (tensor<4x3xcomplex<f32>>, tensor<complex<f32>>) -> tensor<4xcomplex<f32>>
      return %0 : tensor<4xcomplex<f32>>
    }
    """)
    assert names(module).count("stablehlo.reduce") == 1


def test_a_function_is_one_kernel() -> None:
    for name in ("multiply", "divide", "power"):
        module = ie.compile(
            f"""
        func.func @main(%a: tensor<9xcomplex<f64>>) -> tensor<9xcomplex<f64>> {{
          %0 = stablehlo.{name} %a, %a : tensor<9xcomplex<f64>>
          return %0 : tensor<9xcomplex<f64>>
        }}
        """,
            target="llvm-cpu",
        )
        assert len(module._backend.program["executables"]) == 1  # pyright: ignore


def test_a_short_transform_is_one_product() -> None:
    for kind, source, target in (
        ("FFT", "complex<f32>", "complex<f32>"),
        ("RFFT", "f32", "complex<f32>"),
        ("IRFFT", "complex<f32>", "f32"),
    ):
        a, b = (17 if kind == "IRFFT" else 32), (17 if kind == "RFFT" else 32)
        module = expand(f"""
        func.func @main(%a: tensor<?x{a}x{source}>) -> tensor<?x{b}x{target}> {{
          %0 = stablehlo.fft %a, type = {kind}, length = [32]
            : (tensor<?x{a}x{source}>) -> tensor<?x{b}x{target}>
          return %0 : tensor<?x{b}x{target}>
        }}
        """)
        found = [name for name in names(module) if name != "stablehlo.reshape"]  # moves nothing
        assert found.count("stablehlo.dot_general") == 1
        assert len(found) == 5, found  # module, function, constant, product, return


def test_weights_are_packed_with_their_global() -> None:
    ctx = make_context()
    weights = np.array([1 + 2j, 3 - 1j], np.complex64)
    ctx.parameters.add("model", "w", weights)
    module = expand(
        """
    ml_program.global private @w(#ml_program.extern : tensor<2xcomplex<f32>>)
        : tensor<2xcomplex<f32>>
    func.func @main() -> tensor<2xcomplex<f32>> {
      %0 = ml_program.global_load @w : tensor<2xcomplex<f32>>
      return %0 : tensor<2xcomplex<f32>>
    }
    """,
        ctx,
    )
    assert names(module).count("linalg.generic") == 0  # loaded as it is returned
    np.testing.assert_array_equal(ctx.parameters.get("model", "w"), [[1, 2], [3, -1]])


def test_constants_are_halved_and_splats_stay_splats() -> None:
    module = expand("""
    func.func private @f() -> tensor<1000xcomplex<f32>> {
      %0 = stablehlo.constant dense<(1.0, 2.0)> : tensor<1000xcomplex<f32>>
      return %0 : tensor<1000xcomplex<f32>>
    }
    """)
    found = [op for op in module.walk() if op.name == "stablehlo.constant"]
    assert [float(elements.first(op.value)) for op in found] == [1.0, 2.0]  # pyright: ignore
    assert all(elements.is_splat(op.value) for op in found)  # pyright: ignore


def test_what_has_no_meaning_for_complex_numbers_is_refused() -> None:
    with pytest.raises(GapError, match=r"stablehlo.remainder: nothing defines it"):
        expand("""
        func.func private @f(%a: tensor<2xcomplex<f32>>) -> tensor<2xcomplex<f32>> {
          %0 = stablehlo.remainder %a, %a : tensor<2xcomplex<f32>>
          return %0 : tensor<2xcomplex<f32>>
        }
        """)
