# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which of LLVM's passes a kernel gets: few where code generation has done their work."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from iree_explore.context import CompileOptions, make_context
from iree_explore.frontend.mlir import import_mlir
from iree_explore.pipeline import run
from iree_explore.targets.llvm_cpu import compile_pool
from iree_explore.targets.llvm_cpu.compile_pool import CompiledObject
from iree_explore.targets.llvm_cpu.worker import wanted_passes

ADD = """({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %s = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %s : tensor<f32>
  })"""
PROGRAMS = {
    "elementwise": ("%r = stablehlo.tanh %a : tensor<100x100xf32>", (False, False)),
    "product": (
        "%r = stablehlo.dot_general %a, %a, contracting_dims = [1] x [0] : "
        "(tensor<100x100xf32>, tensor<100x100xf32>) -> tensor<100x100xf32>",
        (False, False),
    ),
    "transpose": (
        "%r = stablehlo.transpose %a, dims = [1, 0] : (tensor<100x100xf32>) -> tensor<100x100xf32>",
        (False, False),
    ),
    "sort": (
        """%r = "stablehlo.sort"(%a) <{dimension = 1 : i64, is_stable = true}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %s = stablehlo.compare LT, %x, %y : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %s : tensor<i1>
  }) : (tensor<100x100xf32>) -> tensor<100x100xf32>""",
        (False, False),
    ),
    "factorisation": (
        "%r = stablehlo.cholesky %a, lower = true : tensor<100x100xf32>",
        (True, False),
    ),
    "scatter of rows": (
        f"""%i = stablehlo.constant dense<[[0], [2]]> : tensor<2x1xi32>
  %u = stablehlo.slice %a [0:2, 0:100] : (tensor<100x100xf32>) -> tensor<2x100xf32>
  %r = "stablehlo.scatter"(%a, %i, %u) <{{scatter_dimension_numbers = #stablehlo.scatter<
    update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0],
    index_vector_dim = 1>}}> {ADD}
    : (tensor<100x100xf32>, tensor<2x1xi32>, tensor<2x100xf32>) -> tensor<100x100xf32>""",
        (False, False),
    ),
    "scatter of elements": (
        f"""%i = stablehlo.constant dense<[[0, 1], [2, 5]]> : tensor<2x2xi32>
  %p = stablehlo.slice %a [0:2, 0:1] : (tensor<100x100xf32>) -> tensor<2x1xf32>
  %u = stablehlo.reshape %p : (tensor<2x1xf32>) -> tensor<2xf32>
  %r = "stablehlo.scatter"(%a, %i, %u) <{{scatter_dimension_numbers = #stablehlo.scatter<
    inserted_window_dims = [0, 1], scatter_dims_to_operand_dims = [0, 1],
    index_vector_dim = 1>}}> {ADD}
    : (tensor<100x100xf32>, tensor<2x2xi32>, tensor<2xf32>) -> tensor<100x100xf32>""",
        (True, False),
    ),
    "random": (
        """%k = stablehlo.constant dense<[1, 2]> : tensor<2xui64>
  %o, %n = stablehlo.rng_bit_generator %k, algorithm = THREE_FRY
    : (tensor<2xui64>) -> (tensor<2xui64>, tensor<10000xui32>)
  %b = stablehlo.bitcast_convert %n : (tensor<10000xui32>) -> tensor<10000xf32>
  %r = stablehlo.reshape %b : (tensor<10000xf32>) -> tensor<100x100xf32>""",
        (True, True),
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_loop_passes_run_where_they_gain(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []

    def submit(_self, ir: str, _options) -> Future[CompiledObject]:
        texts.append(ir)
        future: Future[CompiledObject] = Future()
        future.set_result(CompiledObject(b"object"))
        return future

    monkeypatch.setattr(compile_pool.CompilePool, "submit", submit)
    body, expected = PROGRAMS[name]
    ctx = make_context(CompileOptions(cache=False))
    text = (
        "func.func @main(%a: tensor<100x100xf32>) -> tensor<100x100xf32> {\n"
        f"  {body}\n  return %r : tensor<100x100xf32>\n}}"
    )
    run(import_mlir(text, ctx), ctx)
    assert expected in [wanted_passes(ir) for ir in texts]
    assert len(texts) > 1 or wanted_passes(texts[0]) == expected
