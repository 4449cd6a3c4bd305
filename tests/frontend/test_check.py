# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Self-checking programs: an expectation that does not hold is an error that says what differs."""

from __future__ import annotations

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.errors import Error, ModelError
from iree_explore.stablehlo.check_dialect import Expectation

TARGETS = ("reference", "llvm-cpu")
HOLDS = [
    "check.expect_eq_const %0, dense<[2.0, 4.0]> : tensor<2xf32>",
    "check.expect_eq_const(%0, dense<[2.0, 4.0]> : tensor<2xf32>) : tensor<2xf32>",
    "check.expect_eq %0, %0 : tensor<2xf32>",
    "check.expect_eq(%0, %0) : tensor<2xf32>",
    "check.expect_almost_eq_const %0, dense<[2.00001, 4.0]> : tensor<2xf32>",
    "check.expect_almost_eq(%0, %0) : tensor<2xf32>",
    "check.expect_almost_eq_const(%0, dense<[2.5, 4.0]> : tensor<2xf32>, atol 1.0, rtol 0.0)"
    " : tensor<2xf32>",
    "check.expect_almost_eq %0, %1 {tolerance = 0.1 : f32} : tensor<2xf32>",
    "check.expect_close %0, %0 {max_ulp_difference = 1 : i64} : tensor<2xf32>, tensor<2xf32>",
    '"check.expect_eq"(%0, %0) : (tensor<2xf32>, tensor<2xf32>) -> ()',
    "stablehlo.custom_call @check.expect_eq(%0, %0) {has_side_effect = true}"
    " : (tensor<2xf32>, tensor<2xf32>) -> ()",
    "stablehlo.custom_call @check.expect_almost_eq(%0, %1) {has_side_effect = true,"
    " api_version = 4 : i32,"
    " backend_config = {tolerance = 0.1 : f64}} : (tensor<2xf32>, tensor<2xf32>) -> ()",
]
FAILS = [
    "check.expect_eq_const %0, dense<[2.0, 5.0]> : tensor<2xf32>",
    "check.expect_eq(%0, %1) : tensor<2xf32>",
    "check.expect_almost_eq(%0, %1) : tensor<2xf32>",
    "check.expect_close %0, %1 : tensor<2xf32>, tensor<2xf32>",
    "stablehlo.custom_call @check.expect_close(%0, %1) {has_side_effect = true}"
    " : (tensor<2xf32>, tensor<2xf32>) -> ()",
]


def program(*checks: str) -> str:
    return (
        "func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {\n"
        "  %c = stablehlo.constant dense<0.01> : tensor<2xf32>\n"
        "  %0 = stablehlo.add %x, %x : tensor<2xf32>\n"
        "  %1 = stablehlo.add %0, %c : tensor<2xf32>\n  "
        + "\n  ".join(checks)
        + "\n  return %x : tensor<2xf32>\n}"
    )


X = np.array([1, 2], np.float32)


@pytest.mark.parametrize("target", TARGETS)
def test_expectations_that_hold_change_nothing(target: str) -> None:
    module = ie.compile(program(*HOLDS), target=target)
    assert [v.name for v in module.main.results] == ["output0"]
    np.testing.assert_array_equal(module.main(X), X)


@pytest.mark.parametrize("target", TARGETS)
def test_every_expectation_that_fails_is_named(target: str) -> None:
    module = ie.compile(program(*FAILS, HOLDS[0]), target=target)
    with pytest.raises(ModelError) as raised:
        module.main(X)
    assert raised.value.code == "IX306"
    assert "5 of 6 expectations" in raised.value.what
    assert "check.expect_eq (<text>:5)\n[1]: got 4.0, expected 5.0" in str(raised.value.because)


def test_saved_modules_still_check(tmp_path) -> None:
    module = ie.compile(program(FAILS[0]))
    module.save(tmp_path / "m.vmfb")
    with pytest.raises(ModelError, match="IX306"):
        ie.load_module(tmp_path / "m.vmfb").main(X)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("element", ["i1", "i8", "ui16", "f16", "bf16", "f64", "complex<f32>"])
def test_element_types(target: str, element: str) -> None:
    one, two = {"i1": ("true", "false"), "c": ("(1.0, 2.0)", "(1.0, 3.0)")}.get(
        element if element == "i1" else element[0], ("1", "2") if "i" in element else ("1.0", "2.0")
    )
    for value, holds in ((one, True), (two, False)):
        text = (
            f"func.func @f(%x: tensor<{element}>) {{\n"
            f"  check.expect_eq_const(%x, dense<{value}> : tensor<{element}>) : tensor<{element}>\n"
            "  return\n}"
        )
        function = ie.compile(text, target=target).f
        x = np.ones((), function.arguments[0].dtype)
        if element.startswith("c"):
            x = x + 2j * x
        if holds:
            assert function(x.astype(function.arguments[0].dtype)) is None
        else:
            with pytest.raises(ModelError, match="IX306"):
                function(x.astype(function.arguments[0].dtype))


def test_checks_in_private_functions_are_checked_and_in_regions_refused() -> None:
    text = (
        "func.func private @helper(%x: tensor<i32>) {\n"
        "  check.expect_eq_const(%x, dense<2> : tensor<i32>) : tensor<i32>\n  return\n}\n"
        "func.func @main(%x: tensor<i32>) {\n"
        "  func.call @helper(%x) : (tensor<i32>) -> ()\n  return\n}"
    )
    for target in TARGETS:
        with pytest.raises(ModelError, match="got 1, expected 2"):
            ie.compile(text, target=target).main(np.int32(1))
    inside = (
        "func.func @main(%p: tensor<i1>, %x: tensor<i32>) {\n"
        '  "stablehlo.if"(%p) ({\n    check.expect_eq(%x, %x) : tensor<i32>\n'
        "    stablehlo.return\n  }, {\n    stablehlo.return\n  }) : (tensor<i1>) -> ()\n  return\n}"
    )
    with pytest.raises(Error, match="inside a region"):
        ie.compile(inside)


def test_comparison() -> None:
    nan, zero = np.array([np.nan, 0.0], np.float32), np.array([np.nan, -0.0], np.float32)
    assert Expectation("eq").compare(nan, nan) is None
    assert Expectation("eq").compare(nan, zero) is not None
    assert Expectation("almost_eq").compare(nan, zero) is None
    near = np.nextafter(np.ones(3, np.float32), np.float32(2))
    assert Expectation("close", ulps=1).compare(near, np.ones(3, np.float32)) is None
    assert Expectation("close", ulps=0).compare(near, np.ones(3, np.float32)) is not None
    inf = np.array([np.inf], np.float32)
    assert Expectation("almost_eq", atol=9e9).compare(inf, -inf) is not None
    assert "float32[1], expected int32[1]" in str(
        Expectation("eq").compare(inf, np.ones(1, np.int32))
    )
    many = Expectation("eq").compare(np.zeros(100), np.ones(100))
    assert many is not None and many.endswith("and 92 more of 100")


@pytest.mark.parametrize("target", TARGETS)
def test_check_module_runs_every_test(
    target: str, tmp_path, capsys: pytest.CaptureFixture[str]
) -> None:
    from iree_explore import cli

    path = tmp_path / "tests.mlir"
    path.write_text(
        "".join(
            f"func.func @test_{value}() {{\n"
            "  %0 = stablehlo.constant dense<1> : tensor<i32>\n"
            f"  check.expect_eq_const %0, dense<{value}> : tensor<i32>\n  return\n}}\n"
            for value in (1, 2)
        )
    )
    with pytest.raises(SystemExit) as raised:
        cli.main(["check-module", str(path), "--target", target])
    assert raised.value.code == 1
    out = capsys.readouterr().out
    assert "ok     test_1" in out and "FAILED test_2" in out and "1 of 2 passed" in out
    assert "got 1, expected 2" in out
