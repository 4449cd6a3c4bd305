# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The registry of custom calls: every target of ours, users' targets, and clear refusals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.stablehlo import custom_calls
from iree_explore.stablehlo.ops.custom_call import FORWARDING

TARGETS = ("reference", "llvm-cpu")


def run(text: str, *inputs: np.ndarray, target: str = "llvm-cpu") -> list[np.ndarray]:
    module = ie.compile(text, target=target)
    results = module.main(*inputs)
    return [np.asarray(r) for r in (results if isinstance(results, tuple) else (results,))]


@pytest.fixture
def registry() -> Iterator[None]:
    """Targets that a test registers are gone afterwards."""
    before = dict(custom_calls.CALLS)
    yield
    custom_calls.CALLS.clear()
    custom_calls.CALLS.update(before)


CALL = """
func.func @main(%a: tensor<3xf32>) -> tensor<3xf32> {
  %0 = stablehlo.custom_call @TARGET(%a) {ATTRIBUTES} : (tensor<3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
"""


def call(target: str, attributes: str = "") -> str:
    return CALL.replace("TARGET", target).replace("ATTRIBUTES", attributes)


@pytest.mark.parametrize("target", TARGETS)
def test_unknown_target_says_how_to_make_it_known(target: str) -> None:
    text = call("my_op", 'api_version = 2 : i32, backend_config = "fast"')
    with pytest.raises(ie.GapError) as raised:
        run(text, np.zeros(3, np.float32), target=target)
    for part in ("IX203", "@my_op", "api_version = 2", '"fast"', "register_custom_call"):
        assert part in str(raised.value)


@pytest.mark.parametrize("target", TARGETS)
def test_registered_target_runs(registry: None, target: str) -> None:
    ie.register_custom_call(
        "twice", lambda op, arrays: [2 * arrays[0]],
        lambda op, d: [d.make("add", op.operands[0], op.operands[0])],
    )  # fmt: skip
    x = np.array([1, -2, 3], np.float32)
    np.testing.assert_array_equal(run(call("twice"), x, target=target)[0], 2 * x)


def test_target_without_decomposition_is_reference_only(registry: None) -> None:
    ie.register_custom_call("half", lambda op, arrays: [arrays[0] / 2])
    x = np.array([1, -2, 3], np.float32)
    np.testing.assert_array_equal(run(call("half"), x, target="reference")[0], x / 2)
    with pytest.raises(ie.GapError, match="@half is evaluated only"):
        run(call("half"), x)


@pytest.mark.parametrize(
    "attributes",
    [
        "api_version = 4 : i32, backend_config = {a = 1 : i64}",
        'api_version = 3 : i32, backend_config = "text", has_side_effect = true',
        "operand_layouts = [dense<0> : tensor<1xindex>], "
        "result_layouts = [dense<0> : tensor<1xindex>]",
        "output_operand_aliases = [#stablehlo.output_operand_alias<output_tuple_indices = [], "
        "operand_index = 0, operand_tuple_indices = []>]",
    ],
)
@pytest.mark.parametrize("target", TARGETS)
def test_forms_of_a_call(attributes: str, target: str) -> None:
    x = np.array([1, -2, 3], np.float32)
    np.testing.assert_array_equal(run(call("Sharding", attributes), x, target=target)[0], x)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ("api_version = 1 : i32, backend_config = {a = 1 : i64}", "needs api_version = 4"),
        ("api_version = 9 : i32", "api_version 9"),
        ("operand_layouts = [dense<0> : tensor<1xindex>]", "come together"),
        (
            "operand_layouts = [dense<1> : tensor<1xindex>], "
            "result_layouts = [dense<0> : tensor<1xindex>]",
            "no permutation",
        ),
    ],
)
def test_malformed_calls_do_not_verify(attributes: str, message: str) -> None:
    with pytest.raises(ie.ModelError, match=message):
        run(call("Sharding", attributes), np.zeros(3, np.float32))


@pytest.mark.parametrize("name", FORWARDING)
def test_placement_calls_forward(name: str) -> None:
    x = np.array([1, -2, 3], np.float32)
    np.testing.assert_array_equal(run(call(name), x)[0], x)


UNARY = {
    "acos": np.arccos, "asin": np.arcsin, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh,
    "tan": np.tan, "asinh": np.arcsinh, "atanh": np.arctanh,
}  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("target", TARGETS)
def test_mhlo_functions_are_chlos(name: str, target: str) -> None:
    x = np.array([0.5, -0.25, 0.125], np.float32)
    np.testing.assert_allclose(run(call(f"mhlo.{name}"), x, target=target)[0], UNARY[name](x),
                               rtol=1e-5)  # fmt: skip
