# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops of `iree_linalg_ext` as kernels: tiles, workgroups, buffers, scalars read from above."""

from __future__ import annotations

import numpy as np
import pytest

from iree_explore.context import make_context
from iree_explore.linalg.dialect import FILES
from iree_explore.linalg.ext.fft import twiddles
from iree_explore.linalg.ext_interface import LinalgExtOp

from .harness import check, compile_kernel, run_codegen, with_interface

rng = np.random.default_rng(3)


def sort(rows: int, columns: int, axis: int) -> str:
    """Sorts descending along `axis`."""
    type_ = f"tensor<{rows}x{columns}xf32>"
    return f"""
func.func @f(%a: {type_}) -> ({type_}, {type_}) {{
  %e = tensor.empty() : {type_}
  %s = tensor.empty() : {type_}
  %0, %1 = iree_linalg_ext.sort {{dimension = {axis} : i64}} ins(%a : {type_}) outs(%e, %s : {type_}, {type_}) {{
  ^bb0(%x: f32, %y: f32):
    %2 = arith.cmpf ogt, %x, %y : f32
    iree_linalg_ext.yield %2 : i1
  }} -> {type_}, {type_}
  func.return %0, %0 : {type_}, {type_}
}}"""  # noqa: E501


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("shape", [(1, 1), (40, 33), (3, 2000), (2000, 3), (0, 4), (4, 0)])
def test_lines_are_shared_out_to_workgroups(shape, axis):
    kernel = check(sort(shape[0], shape[1], axis), rng.standard_normal(shape).astype(np.float32))
    lines = shape[1 - axis]
    workgroups = np.prod(kernel.workgroups([]))
    assert workgroups <= max(1, lines)
    if 0 not in shape and lines > 1000:
        assert workgroups > 1


SCAN = """
func.func @f(%a: tensor<{whole}xi32>, %k: tensor<i32>{index}) -> (tensor<{whole}xi32>, tensor<{line}xi32>) {{
  %zero = arith.constant 0 : i32
  %e = tensor.empty({n}) : tensor<{whole}xi32>
  %s = tensor.empty({m}) : tensor<{line}xi32>
  %0, %1 = iree_linalg_ext.scan {{dimension = {axis} : i64, carries = 1 : i64}} ins(%a, %zero : tensor<{whole}xi32>, i32) outs(%e, %s : tensor<{whole}xi32>, tensor<{line}xi32>) {{
  ^bb0(%x: i32, %c: i32):
    %k0 = tensor.extract %k[] : tensor<i32>
    %2 = arith.muli %x, %k0 : i32
    %3 = arith.addi %c, %2 : i32
    iree_linalg_ext.yield %3, %3 : i32, i32
  }} -> tensor<{whole}xi32>, tensor<{line}xi32>
  func.return %0, %1 : tensor<{whole}xi32>, tensor<{line}xi32>
}}"""  # noqa: E501


def scan(whole: str, axis: int) -> str:
    """Running sums along `axis`, times a number from above."""
    line = whole.split("x")[1 - axis]
    index, n = (", %n: index", "%n") if "?" in whole else ("", "")
    m = n if line == "?" else ""
    return SCAN.format(whole=whole, line=line, axis=axis, index=index, n=n, m=m)


@pytest.mark.parametrize("axis", [0, 1])
def test_regions_read_tensors_from_above(axis):
    a = rng.integers(-9, 9, (64, 96)).astype(np.int32)
    check(scan("64x96", axis), a, np.array(3, np.int32))


@pytest.mark.parametrize("n", [0, 1, 300])
@pytest.mark.parametrize("axis", [0, 1])
def test_sizes_may_be_known_only_at_run_time(n, axis):
    three = np.array(3, np.int32)
    lines = rng.integers(-9, 9, (n, 9)).astype(np.int32)
    dims = [[0], [0], [0]] if axis == 1 else [[0], [0], []]
    check(scan("?x9", axis), lines, three, workload=[n], dims=[dims[0], [], *dims[1:]])
    dims = [[0], [0], []] if axis == 1 else [[0], [0], [0]]
    across = np.ascontiguousarray(lines.T)
    check(scan("9x?", axis), across, three, workload=[n], dims=[dims[0], [], *dims[1:]])


def test_booleans_are_bytes_in_memory():
    text = """
func.func @f(%a: tensor<5x7xi1>) -> (tensor<5x7xi1>, tensor<5x7xi1>) {
  %e = tensor.empty() : tensor<5x7xi1>
  %s = tensor.empty() : tensor<5x7xi1>
  %0, %1 = iree_linalg_ext.sort {dimension = 0 : i64} ins(%a : tensor<5x7xi1>) outs(%e, %s : tensor<5x7xi1>, tensor<5x7xi1>) {
  ^bb0(%x: i1, %y: i1):
    %2 = arith.cmpi ult, %x, %y : i1
    iree_linalg_ext.yield %2 : i1
  } -> tensor<5x7xi1>, tensor<5x7xi1>
  func.return %0, %0 : tensor<5x7xi1>, tensor<5x7xi1>
}"""  # noqa: E501
    check(text, rng.integers(0, 2, (5, 7)).astype(bool))


def test_transforms_in_local_memory_are_what_numpy_computes():
    """Signals in blocks that overlap, and fewer than a block."""
    n = 24
    table = twiddles(n, 1).astype(np.float32)
    for signals in (21, 5):
        type_, roots = f"tensor<{signals}x{2 * n}xf32>", f"tensor<{len(table)}x2xf32>"
        text = f"""
func.func @f(%a: {type_}, %t: {roots}) -> {type_} {{
  %e = tensor.empty() : {type_}
  %0 = iree_linalg_ext.fft {{sign = 1 : i64}} ins(%a, %t : {type_}, {roots}) outs(%e : {type_}) -> {type_}
  func.return %0 : {type_}
}}"""  # noqa: E501
        check(text, rng.standard_normal((signals, 2 * n)).astype(np.float32), table)


def test_loops_descend_from_the_op_and_call_nothing():
    ctx = make_context()
    module = with_interface(ctx, sort(20, 16, 1))
    ctx.provenance.settle(module, "test")
    inner = run_codegen(ctx, module)
    names = {op.name for op in inner.walk()}
    assert not any(name.startswith(("iree_linalg_ext.", "func.call")) for name in names)
    loops = [op for op in inner.walk() if op.name in ("scf.for", "scf.while")]
    assert loops
    for op in loops:
        origin = ctx.provenance.origins[op.location.line.data]  # pyright: ignore
        assert origin.ancestors, op.name


def test_a_kernel_of_a_sort_is_made_quickly():
    assert compile_kernel(sort(64, 64, 1)).seconds["ops"] < 400


@pytest.mark.parametrize("op", [op for file in FILES for op in file.OPS], ids=lambda op: op.name)
def test_an_op_says_what_it_is(op):
    assert issubclass(op, LinalgExtOp) and op.__doc__
    for method in ("labels", "evaluate", "emit_loops"):
        assert getattr(op, method) is not getattr(LinalgExtOp, method), method
