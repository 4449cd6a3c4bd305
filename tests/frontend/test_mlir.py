# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""MLIR text: what parses keeps its constants and lines, what does not is pointed at."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xdsl.dialects.arith import ConstantOp

from iree_explore import elements, pipeline
from iree_explore.context import make_context
from iree_explore.errors import Error, ModelError
from iree_explore.frontend import import_source


def constants(text: str) -> list[np.ndarray]:
    module = import_source(f"func.func @f() {{\n{text}\n  return\n}}", make_context())
    return [elements.to_numpy(op.value) for op in module.walk() if isinstance(op, ConstantOp)]


def error(text: str) -> ModelError:
    with pytest.raises(ModelError) as raised:
        import_source(text, make_context())
    return raised.value


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("dense<1.5> : tensor<3xf32>", np.full(3, 1.5, np.float32)),
        ("dense<-2> : tensor<2x2xi8>", np.full((2, 2), -2, np.int8)),
        ("dense<0xFF800000> : tensor<2xf32>", np.full(2, -np.inf, np.float32)),
        ("dense<true> : tensor<4xi1>", np.ones(4, bool)),
        ("dense<[true, false]> : tensor<2xi1>", np.array([True, False])),
        ("dense<[[1, 2], [3, 4]]> : tensor<2x2xi64>", np.array([[1, 2], [3, 4]])),
        ('dense<"0x0000803F00000040"> : tensor<2xf32>', np.array([1, 2], np.float32)),
        ('dense<"0x0000803F"> : tensor<2xf32>', np.ones(2, np.float32)),
        ('dense<"0xFE"> : tensor<8xi1>', np.arange(8) > 0),
        ('dense<"0xFF"> : tensor<8xi1>', np.ones(8, bool)),
        ('dense<"0x0501"> : tensor<9xi1>', np.array([1, 0, 1, 0, 0, 0, 0, 0, 1], bool)),
        ('dense<"0xFE"> : tensor<1xi8>', np.array([-2], np.int8)),
        ("dense<> : tensor<0xf32>", np.zeros(0, np.float32)),
        ("dense<1.0> : tensor<0x4xf32>", np.zeros((0, 4), np.float32)),
        ("dense<(1.0, 2.0)> : tensor<2xcomplex<f32>>", np.full(2, 1 + 2j, np.complex64)),
    ],
)
def test_dense_literal_reads_as_mlir_means_it(literal: str, expected: np.ndarray) -> None:
    (value,) = constants(f"  %0 = arith.constant {literal}")
    assert value.dtype == expected.dtype
    np.testing.assert_array_equal(value, expected)


def test_long_list_takes_the_fast_way_and_agrees() -> None:
    array = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    (value,) = constants(f"  %0 = arith.constant dense<{array.tolist()}> : tensor<40x5xf32>")
    np.testing.assert_array_equal(value, array)


def test_large_splat_stores_one_element() -> None:
    text = "func.func @f() {\n  %0 = arith.constant dense<0.0> : tensor<1000x1000xf32>\n return\n}"
    module = import_source(text, make_context())
    (op,) = [op for op in module.walk() if isinstance(op, ConstantOp)]
    assert len(op.value.data.data) == 4  # pyright: ignore[reportAttributeAccessIssue]


def test_ops_know_their_line_or_their_location() -> None:
    ctx = make_context()
    text = (
        "func.func @f(%a: f32) -> f32 {\n"
        "  %0 = arith.addf %a, %a : f32\n"
        "  %1 = arith.mulf %0, %a : f32 loc(#loc3)\n"
        "  return %1 : f32\n}\n"
        '#loc1 = loc("model.py":7:1)\n#loc2 = loc("dense/Mul")\n'
        "#loc3 = loc(fused[#loc2, #loc1])\n"
    )
    module = import_source(text, ctx)
    places = {op.name: [str(s) for s in ctx.provenance.sources_of(op)] for op in module.walk()}
    assert places["arith.addf"] == ["(<text>:2)"]
    assert places["arith.mulf"] == ["dense/Mul (model.py:7)"]


def test_syntax_error_has_line_column_and_caret() -> None:
    raised = error("func.func @f(%a: f32) {\n  %0 = arith.addf %a %a : f32\n  return\n}")
    assert raised.code == "IX101"
    assert raised.render().splitlines()[:3] == [
        "IX101 <text>:2:22: Expected ','",
        "  because      %0 = arith.addf %a %a : f32",
        "                                  ^",
    ]


def test_undefined_value_is_pointed_at() -> None:
    raised = error("func.func @f(%a: f32) {\n  %0 = arith.addf %a, %bb : f32\n  return\n}")
    assert raised.what == "<text>:2:23: values used but not defined: [%bb]"


def test_all_unknown_ops_are_listed() -> None:
    custom = "func.func @f(%a: f32) {\n  %0 = foo.bar %a : f32\n  %1 = baz.qux %0 : f32\n}"
    assert error(custom).because == "foo.bar (<text>:2)\nbaz.qux (<text>:3)"
    generic = 'func.func @f() {\n  "foo.x"() : () -> ()\n  "foo.y"() : () -> ()\n  return\n}'
    assert error(generic).because == "foo.x (<text>:2)\nfoo.y (<text>:3)"
    assert error(custom).code == error(generic).code == "IX201"


def test_broken_rule_names_op_and_line() -> None:
    raised = error("func.func @f(%a: f32) -> i32 {\n  return %a : f32\n}")
    assert (raised.code, raised.model) == ("IX106", "(<text>:2)")
    assert "func.return" in raised.what


def test_unregistered_attributes_are_tolerated() -> None:
    text = "func.func @f() attributes {a = #foo.bar<x>} {\n  return\n}"
    assert "#foo.bar<x>" in str(import_source(text, make_context()))


DYNAMIC = """
func.func @main(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = stablehlo.add %x, %y : tensor<?x4xf32>
  %1 = stablehlo.exponential %0 : tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}
"""


def test_inputs_make_arguments_known() -> None:
    x = np.ones((3, 4), np.float32)
    ctx = make_context()
    module = import_source(DYNAMIC, ctx, inputs=[x, x])
    pipeline.run(module, ctx, stop="input")
    assert "(%x: tensor<3x4xf32>, %y: tensor<3x4xf32>) -> tensor<3x4xf32>" in str(module)
    kept = import_source(DYNAMIC, make_context(), inputs={"x": x}, dynamic={"x": {0: "n"}})
    assert "%x: tensor<?x4xf32>" in str(kept)
    with pytest.raises(ModelError, match=r"input y has shape 3x5, the function takes \?x4"):
        import_source(DYNAMIC, make_context(), inputs=[x, np.ones((3, 5))])


def test_missing_file_and_unknown_sources() -> None:
    assert error("nowhere.mlir").code == "IX504"
    for source, code in ((3, "IX102"), (b"x", "IX101")):
        with pytest.raises(ModelError) as raised:
            import_source(source, make_context())
        assert raised.value.code == code


def test_file_that_is_not_text(tmp_path) -> None:
    path = tmp_path / "x.mlir"
    path.write_bytes(b"\xff\xfe\x00")
    assert error(str(path)).code == "IX101"


SEED = """
module @m attributes {a.b = 1 : i64} {
  ml_program.global private mutable @g(#ml_program.extern : tensor<4xf32>) : tensor<4xf32>
  func.func private @h(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
    return %x : tensor<?x4xf32> loc(#loc1)
  }
  func.func @f(%x: tensor<?x4xf32> {iree.abi.name = "x"}, %i: index) -> tensor<?x4xf32> {
    %c = arith.constant dense<"0x0000803F00000040"> : tensor<2xf32>
    %d = arith.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi8>
    %e = arith.constant dense<0xFF800000> : tensor<9xf32> loc("m.py":1:2)
    %0 = tensor.dim %x, %i : tensor<?x4xf32> loc(fused["a", callsite("b"(#loc1) at #loc1)])
    %1 = ml_program.global_load @g : tensor<4xf32>
    ml_program.global_store @g = %1 : tensor<4xf32>
    %2 = func.call @h(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
    %3 = scf.if %true -> i32 { scf.yield %i : i32 } else { scf.yield %i : i32 }
    %4 = "foo.bar"(%2) ({ ^bb0(%q: f32): "foo.end"() : () -> () }) {k = [1, "s"]} : (i1) -> f32
    return %2 : tensor<?x4xf32>
  }
}
#loc1 = loc("x")
"""
ALPHABET = list('{}()[]<>"%@#!^:,=-?x0123456789.aef\n \\/\t\x00é')


def survives(text: str) -> None:
    with contextlib.suppress(Error):
        import_source(text + "\n", make_context())


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_broken_text_only_gives_our_errors(data: st.DataObject) -> None:
    text = SEED
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 12))
        new = data.draw(st.text(st.sampled_from(ALPHABET), max_size=4))
        text = text[:start] + new + text[start + length :]
    if data.draw(st.booleans()):
        text = text[: data.draw(st.integers(0, len(text)))]
    survives(text)


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from(ALPHABET), max_size=200))
def test_garbage_only_gives_our_errors(text: str) -> None:
    survives(text)


@pytest.mark.parametrize("char", ["{", "(", "[", "<", "loc(", "dense<[", "tensor<", "callsite("])
def test_deep_nesting_is_an_error(char: str) -> None:
    survives("func.func @f() {\n " + char * 5000)
    survives("#loc1 = loc(" + char * 5000 + ")\nfunc.func @f() {\n return loc(#loc1)\n}")
