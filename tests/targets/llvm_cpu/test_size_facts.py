# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What signatures say of unknown sizes, in the kernels, and that these compute the same."""

from __future__ import annotations

import re

import numpy as np
import pytest

import iree_explore as ie
from iree_explore import pipeline
from iree_explore.context import CompileOptions, make_context
from iree_explore.errors import ModelError
from iree_explore.frontend import import_source
from iree_explore.pipeline import PHASES

CPU = "x86-64-v4"

DENSE = """
func.func @main(%x: tensor<?x24xf32> {iree.abi.dims = ["ROWS", ""]}, %w: tensor<24x80xf32>)
    -> tensor<?x80xf32> {
  %0 = stablehlo.dot %x, %w : (tensor<?x24xf32>, tensor<24x80xf32>) -> tensor<?x80xf32>
  %1 = stablehlo.tanh %0 : tensor<?x80xf32>
  return %1 : tensor<?x80xf32>
}
"""

INNER = """
func.func @main(%x: tensor<70x?xf32> {iree.abi.dims = ["", "ROWS"]}, %w: tensor<?x700xf32>)
    -> tensor<70x700xf32> {
  %0 = stablehlo.dot %x, %w : (tensor<70x?xf32>, tensor<?x700xf32>) -> tensor<70x700xf32>
  return %0 : tensor<70x700xf32>
}
"""

TANH = """
func.func @main(%x: tensor<?xf32> {iree.abi.dims = ["ROWS"]}) -> tensor<?xf32> {
  %0 = stablehlo.tanh %x : tensor<?xf32>
  return %0 : tensor<?xf32>
}
"""

TWICE = """
func.func @main(%x: tensor<?xf32> {iree.abi.dims = ["12*a <= 480"]},
                %y: tensor<?xf32> {iree.abi.dims = ["8*b"]}) -> (tensor<?xf32>, tensor<?xf32>) {
  %0 = stablehlo.tanh %x : tensor<?xf32>
  %1 = stablehlo.tanh %y : tensor<?xf32>
  return %0, %1 : tensor<?xf32>, tensor<?xf32>
}
"""

rng = np.random.default_rng(11)


def f32(*shape: int) -> np.ndarray:
    return rng.standard_normal(shape).astype(np.float32)


def after(text: str, name: str) -> str:
    """The module after a pass."""
    ctx = make_context(CompileOptions(cache=False, cpu=CPU, cpu_features=""))
    number = next(i for i, p in enumerate(PHASES) if name in [line.name for line in p.passes])
    module = pipeline.run(import_source(text, ctx), ctx, stop=PHASES[number - 1].name)
    names = [line.name for line in PHASES[number].passes]
    return str(pipeline.run_passes(module, ctx, ",".join(names[: names.index(name) + 1])))


def flow(text: str) -> str:
    return after(text, "flow-annotate-dispatch-assumptions")


def kernel(text: str) -> str:
    return after(text, "executable-targets-vectorize-generic")


def kernels(text: str) -> int:
    return text.count("func.func @main_dispatch")


def assumptions(text: str) -> list[str]:
    return re.findall(r"util\.assume\.int %\w+ <([^>]*)>", flow(text))


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("b", []),
        ("b >= 3", []),
        ("1 <= b <= 64", ["umin = 1, umax = 64"]),
        ("8*b", ["umin = 0, udiv = 8"]),
        ("0 <= 16*b <= 128", ["umin = 0, umax = 128, udiv = 16"]),
    ],
)
def test_what_a_signature_says_is_said_to_the_kernel(said: str, known: list[str]) -> None:
    assert assumptions(DENSE.replace("ROWS", said)) == known


def test_a_kernel_of_several_dispatches_knows_what_is_true_of_all() -> None:
    text = flow(TWICE)
    assert text.count("flow.executable.export") == 1
    assert assumptions(TWICE) == ["umin = 0, udiv = 4"]


def test_sizes_that_only_data_tells_are_not_assumed() -> None:
    text = """func.func @main(%x: tensor<?xf32> {iree.abi.dims = ["b <= 64"]}, %n: tensor<i32>)
        -> tensor<?xf32> {
      %0 = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
      %1 = stablehlo.constant dense<1.0> : tensor<f32>
      %2 = stablehlo.dynamic_broadcast_in_dim %1, %0, dims = []
        : (tensor<f32>, tensor<1xi32>) -> tensor<?xf32>
      %3 = stablehlo.concatenate %2, %2, dim = 0
        : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
      %4 = stablehlo.tanh %3 : tensor<?xf32>
      return %4 : tensor<?xf32>
    }"""
    assert not any("umax" in fact for fact in assumptions(text))
    module = ie.compile(text)
    got = module.main(f32(3), np.int32(50))
    np.testing.assert_allclose(got, np.tanh(np.ones(100, np.float32)), rtol=1e-6)


def test_tiles_that_divide_the_size_are_whole() -> None:
    whole = kernel(TANH.replace("ROWS", "16384*b"))
    assert "arith.minsi" not in whole and "mask" not in whole and "scf.if" not in whole
    free = kernel(TANH.replace("ROWS", "b"))
    assert "arith.minsi" in free and "vector.create_mask" in free


def test_vectors_that_divide_the_size_need_no_mask() -> None:
    assert "mask" not in kernel(TANH.replace("ROWS", "16*b"))
    assert "mask" in kernel(TANH.replace("ROWS", "8*b"))


def test_rows_that_come_in_blocks_have_no_rest() -> None:
    blocks, free = (kernel(DENSE.replace("ROWS", said)) for said in ("64*b", "b"))
    assert free.count("vector.fma") > blocks.count("vector.fma")
    assert kernels(free) == 2 and kernels(blocks) == 1  # no number of rows from 1 to 31


def test_rows_that_are_always_few_have_one_kernel_for_few() -> None:
    text = DENSE.replace("ROWS", "b <= 20")
    few = after(text, "executable-targets-pack-operands")
    assert kernels(few) == 1
    assert few.count("linalg.generic") == 1  # no panel is packed


def test_a_panel_of_bounded_depth_is_packed() -> None:
    packed = "executable-targets-pack-operands"
    free, bounded, huge = (
        after(INNER.replace("ROWS", said), packed) for said in ("k", "k <= 100", "k <= 1000000")
    )
    assert bounded.count("linalg.generic") == free.count("linalg.generic") + 1
    assert huge.count("linalg.generic") == free.count("linalg.generic")


SAID = {
    "b": (0, 1, 5, 33, 700),
    "8*b": (0, 8, 24, 40, 648, 1304),
    "64*b": (0, 64, 640, 1280),
    "b <= 20": (0, 1, 3, 4, 7, 8, 19, 20),
    "b <= 3": (0, 1, 2, 3),
    "1 <= b <= 64": (1, 2, 31, 32, 63, 64),
    "0 <= 16*b <= 128": (0, 16, 32, 112, 128),
    "24*b <= 1000": (0, 24, 48, 984),
    "b <= 0": (0,),
}


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("device", ["local-sync", "local-task"])
def test_products_of_all_allowed_sizes(said: str, device: str) -> None:
    dense = ie.compile(DENSE.replace("ROWS", said), device=device)
    inner = ie.compile(INNER.replace("ROWS", said), device=device)
    for n in SAID[said]:
        x, w = f32(n, 24), f32(24, 80)
        np.testing.assert_allclose(dense.main(x, w), np.tanh(x @ w), rtol=1e-4, atol=1e-4)
        x, w = f32(70, n), f32(n, 700)
        np.testing.assert_allclose(inner.main(x, w), x @ w, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("said", [*SAID, "16384*b"])
def test_elementwise_code_of_all_allowed_sizes(said: str) -> None:
    module = ie.compile(TANH.replace("ROWS", said))
    for n in SAID.get(said, (0, 16384, 49152)):
        x = f32(n)
        np.testing.assert_allclose(module.main(x), np.tanh(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("said", "size"), [("8*b", 12), ("b <= 20", 21), ("1 <= b <= 64", 0)])
def test_sizes_that_the_kernel_does_not_expect_never_reach_it(said: str, size: int) -> None:
    module = ie.compile(TANH.replace("ROWS", said))
    with pytest.raises(ModelError, match="IX302"):
        module.main(f32(size))


def test_programs_without_facts_have_no_assumptions() -> None:
    for sizes in ("?", "40"):
        text = TANH.replace(' {iree.abi.dims = ["ROWS"]}', "").replace("?", sizes)
        assert "util.assume.int" not in flow(text)
