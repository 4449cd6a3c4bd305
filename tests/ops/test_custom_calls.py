# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The registry of custom calls: every target of ours, users' targets, and clear refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.stablehlo import custom_calls
from iree_explore.stablehlo.ops.custom_call import FORWARDING

from .targets import returned, run

TARGETS = ("reference", "llvm-cpu")


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


def test_coverage_executes_what_this_process_knows_alone(registry: None) -> None:
    def states() -> list[str]:
        found = ie.coverage(call("team.twice"), ops="team.twice")
        return [cell.state for row in found.rows for cell in row.cells]

    assert states() == ["gap", "gap"]
    twice = lambda op, arrays: [2 * arrays[0]]  # noqa: E731
    ie.register_custom_call("team.twice", twice)
    assert states() == ["ok", "gap"]
    ie.register_custom_call("team.twice", twice, lambda op, d: [op.operands[0]])
    assert states() == ["ok", "wrong"]
    ie.register_custom_call(
        "team.twice", twice, lambda op, d: [d.make("add", op.operands[0], op.operands[0])]
    )
    assert states() == ["ok", "ok"]


def test_target_without_decomposition_is_reference_only(registry: None) -> None:
    ie.register_custom_call("half", lambda op, arrays: [arrays[0] / 2])
    x = np.array([1, -2, 3], np.float32)
    np.testing.assert_array_equal(run(call("half"), x, target="reference")[0], x / 2)
    with pytest.raises(ie.GapError, match="@half is evaluated only"):
        run(call("half"), x, target="llvm-cpu")


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
        run(call("Sharding", attributes), np.zeros(3, np.float32), target="llvm-cpu")


@pytest.mark.parametrize("name", FORWARDING)
def test_placement_calls_forward(name: str) -> None:
    x = np.array([1, -2, 3], np.float32)
    np.testing.assert_array_equal(run(call(name), x, target="llvm-cpu")[0], x)


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


ASSERTION = """
func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> {
  %n = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?xf32>) -> tensor<i32>
  %two = stablehlo.constant dense<2> : tensor<i32>
  %r = stablehlo.remainder %n, %two : tensor<i32>
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %p = stablehlo.compare EQ, %r, %zero : (tensor<i32>, tensor<i32>) -> tensor<i1>
  stablehlo.custom_call @shape_assertion(%p, %n, %two) {api_version = 2 : i32,
      error_message = "size {0} is no multiple of {1} ({0})", has_side_effect = true}
      : (tensor<i1>, tensor<i32>, tensor<i32>) -> ()
  %0 = stablehlo.negate %x : tensor<?xf32>
  return %0 : tensor<?xf32>
}
"""
ODD = r"IX307 size 3 is no multiple of 2 \(3\)"


@pytest.mark.parametrize("target", TARGETS)
def test_assertion_is_checked_in_every_call(target: str) -> None:
    module = ie.compile(ASSERTION, target=target)
    np.testing.assert_array_equal(np.asarray(module.main(np.ones(4, np.float32))), -np.ones(4))
    with pytest.raises(ie.ModelError, match=ODD):
        module.main(np.ones(3, np.float32))
    np.testing.assert_array_equal(np.asarray(module.main(np.ones(2, np.float32))), -np.ones(2))


def test_assertion_on_known_sizes_is_checked_once() -> None:
    x = np.ones(4, np.float32)
    module = ie.compile(ASSERTION, target="llvm-cpu", inputs=[x])
    np.testing.assert_array_equal(np.asarray(module.main(x)), -x)
    with pytest.raises(ie.ModelError, match=ODD):
        ie.compile(ASSERTION, target="llvm-cpu", inputs=[x[:3]])


def polymorphic() -> dict[str, tuple[Callable[..., Any], list[np.ndarray]]]:
    """Functions of JAX whose exports call by name when a size is unknown."""
    from jax import lax

    rng = np.random.default_rng(0)
    x = rng.standard_normal(7).astype(np.float32)
    key = np.array([1, 2, 3, 4], np.uint32)
    return {
        "top_k": (lambda x: lax.top_k(x, x.shape[0] // 2), [x]),
        "cumulative_maximum": (lambda x: lax.cummax(x, axis=0), [x]),
        "windows": (
            lambda x: lax.reduce_window(x, 0.0, lax.add, (x.shape[0] // 2,), (2,), "SAME"), [x]
        ),
        "bits": (lambda k, x: lax.rng_bit_generator(k, (x.shape[0], 3)), [key, x]),
        "approximate_top_k": (lambda x: lax.approx_max_k(x, x.shape[0] // 2), [x]),
    }  # fmt: skip


def exported(name: str) -> tuple[str, list[np.ndarray], list[np.ndarray]]:
    """A program with an unknown size, inputs, and what JAX makes of them."""
    import jax
    from jax import export

    function, inputs = polymorphic()[name]
    (n,) = export.symbolic_shape("n", constraints=["n>=4"])
    specs = [jax.ShapeDtypeStruct((n,) if x.dtype == np.float32 else x.shape, x.dtype)
             for x in inputs]  # fmt: skip
    artifact = export.export(jax.jit(function), platforms=["cpu"])(*specs)
    want = [np.asarray(y) for y in jax.tree.leaves(jax.jit(function)(*inputs))]
    return artifact.mlir_module(), inputs, want


NAMES = ("top_k", "cumulative_maximum", "windows", "bits", "approximate_top_k")


@pytest.mark.parametrize("name", NAMES)
def test_calls_of_polymorphic_exports(name: str) -> None:
    text, inputs, want = exported(name)
    modules = {
        "reference": ie.compile(text, target="reference"),
        "sizes unknown": ie.compile(text, target="llvm-cpu"),
        "sizes known": ie.compile(text, target="llvm-cpu", inputs=inputs),
    }
    for form, module in modules.items():
        for x, y in zip(returned(module.main(*inputs)), want, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-5, err_msg=form)


def test_bits_whose_layout_is_unknown_are_refused() -> None:
    text = """
    func.func @main(%s: tensor<2xui64>, %n: tensor<2xi32>) -> tensor<?x?xui32> {
      %0:2 = stablehlo.custom_call @stablehlo.dynamic_rng_bit_generator(%s, %n) {
          rng_algorithm = #stablehlo<rng_algorithm THREE_FRY>}
          : (tensor<2xui64>, tensor<2xi32>) -> (tensor<2xui64>, tensor<?x?xui32>)
      return %0#1 : tensor<?x?xui32>
    }"""
    with pytest.raises(ie.GapError, match="parity of the sizes"):
        ie.compile(text, target="llvm-cpu")


THREEFRY = """
func.func @main(%a: tensor<3xui32>, %b: tensor<3xui32>, %c: tensor<3xui32>, %d: tensor<3xui32>)
    -> (tensor<3xui32>, tensor<3xui32>) {
  %0:2 = stablehlo.custom_call @cu_threefry2x32_ffi(%a, %b, %c, %d) {api_version = 4 : i32,
      backend_config = {}} : (tensor<3xui32>, tensor<3xui32>, tensor<3xui32>, tensor<3xui32>)
      -> (tensor<3xui32>, tensor<3xui32>)
  return %0#0, %0#1 : tensor<3xui32>, tensor<3xui32>
}
"""


@pytest.mark.parametrize("target", TARGETS)
def test_threefry_call(target: str) -> None:
    """The known answers of Random123: all zeros, all ones, digits of pi."""
    ones = 0xFFFFFFFF
    columns = ([0] * 4, [ones] * 4, [0x13198A2E, 0x03707344, 0x243F6A88, 0x85A308D3])
    rows = np.array(columns, np.uint32).T
    got = run(THREEFRY, *rows, target=target)
    np.testing.assert_array_equal(got[0], np.array([0x6B200159, 0x1CB996FC, 0xC4923A9C], np.uint32))
    np.testing.assert_array_equal(got[1], np.array([0x99BA4EFE, 0xBB002BE7, 0x483DF7A0], np.uint32))
