# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which reductions may choose lane by lane, and that they choose what one element after another
does."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from xdsl.parser import Parser

import iree_explore as ie
from iree_explore.context import make_context
from iree_explore.linalg.selections import Selection, selection
from iree_explore.linalg.structured import structured

JAX = """
  %g = arith.cmpf ogt, %m, %x : f32
  %n = arith.cmpf une, %m, %m : f32
  %t = arith.ori %g, %n : i1
  %e = arith.cmpf oeq, %m, %x : f32
  %l = arith.cmpi slt, %k, %p : i64
  %b = arith.andi %e, %l : i1
  %w = arith.ori %t, %b : i1
  %v = arith.select %t, %m, %x : f32
  %j = arith.select %w, %k, %p : i64
  linalg.yield %v, %j : f32, i64"""
ANY_TIE = """
  %g = arith.cmpf ogt, %m, %x : f32
  %v = arith.select %g, %m, %x : f32
  %j = arith.select %g, %k, %p : i64
  linalg.yield %v, %j : f32, i64"""
FIRST = """
  %g = arith.cmpi sge, %m, %x : i32
  %v = arith.select %g, %m, %x : i32
  %j = arith.select %g, %k, %p : i64
  linalg.yield %v, %j : i32, i64"""
SMALLER = """
  %g = arith.cmpi sgt, %m, %x : i32
  %e = arith.cmpi eq, %m, %x : i32
  %s = arith.minsi %k, %p : i64
  %i = arith.select %g, %k, %p : i64
  %j = arith.select %e, %s, %i : i64
  %v = arith.maxsi %m, %x : i32
  linalg.yield %v, %j : i32, i64"""
LAST = """
  linalg.yield %x, %p : f32, i64"""
SUMMED = """
  %v = arith.addf %m, %x : f32
  %j = arith.addi %k, %p : i64
  linalg.yield %v, %j : f32, i64"""


def chosen(body: str, numbered: bool) -> Selection | None:
    element = "i32" if "i32" in body else "f32"
    index = "%i0 = linalg.index 1 : index\n %p = arith.index_cast %i0 : index to i64"
    second = "" if numbered else ", %p: i64"
    same = "affine_map<(d0, d1) -> (d0, d1)>"
    row = "affine_map<(d0, d1) -> (d0)>"
    ins = (
        f"%a : tensor<4x9x{element}>"
        if numbered
        else f"%a, %q : tensor<4x9x{element}>, tensor<4x9xi64>"
    )
    text = f"""func.func @f(%a: tensor<4x9x{element}>, %q: tensor<4x9xi64>, %c: tensor<4x{element}>,
      %d: tensor<4xi64>) {{
      %0:2 = linalg.generic {{indexing_maps = [{same}, {"" if numbered else same + ","} {row}, {row}],
        iterator_types = ["parallel", "reduction"]}} ins({ins})
        outs(%c, %d : tensor<4x{element}>, tensor<4xi64>) {{
      ^bb0(%x: {element}{second}, %m: {element}, %k: i64):
        {index if numbered else ""}
        {body}
      }} -> tensor<4x{element}>, tensor<4xi64>
      func.return
    }}"""  # noqa: E501
    module = Parser(make_context(), text).parse_module()
    view = structured(next(o for o in module.walk() if o.name == "linalg.generic"))
    return selection(view.body, len(view.inputs), view.parallel)


@pytest.mark.parametrize(
    ("body", "numbered", "position"),
    [(JAX, True, 1), (FIRST, True, 1), (SMALLER, False, None)],
)
def test_choices_that_lanes_can_make(body: str, numbered: bool, position: int | None):
    found = chosen(body, numbered)
    assert found is not None and found.position == position
    assert list(found.in_order.values()) == ([True] if body is JAX else [])


@pytest.mark.parametrize(
    ("body", "numbered"),
    [(JAX, False), (ANY_TIE, True), (FIRST, False), (LAST, True), (SUMMED, True)],
)
def test_choices_by_order_stay_in_order(body: str, numbered: bool):
    """NaN beside numbers without a position, a last element, sums."""
    assert chosen(body, numbered) is None


def _argmax(extent: str, low: str, dtype: str) -> str:
    """The largest element of each row and its first position; NaN is larger than all."""
    type_, ints = f"tensor<5x{extent}x{dtype}>", f"tensor<5x{extent}xi64>"
    return f"""
  func.func public @rows_{dtype}_{extent.replace("?", "any")}(%a: {type_}) -> (tensor<5x{dtype}>, tensor<5xi64>) {{
    %d = stablehlo.get_dimension_size %a, dim = 1 : ({type_}) -> tensor<i32>
    %r = stablehlo.constant dense<5> : tensor<i32>
    %s0 = stablehlo.reshape %r : (tensor<i32>) -> tensor<1xi32>
    %s1 = stablehlo.reshape %d : (tensor<i32>) -> tensor<1xi32>
    %s = stablehlo.concatenate %s0, %s1, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
    %p = stablehlo.dynamic_iota %s, dim = 1 : (tensor<2xi32>) -> {ints}
    %i = stablehlo.constant dense<{low}> : tensor<{dtype}>
    %z = stablehlo.constant dense<0> : tensor<i64>
    %0:2 = stablehlo.reduce(%a init: %i), (%p init: %z) across dimensions = [1] : ({type_}, {ints}, tensor<{dtype}>, tensor<i64>) -> (tensor<5x{dtype}>, tensor<5xi64>)
      reducer(%m: tensor<{dtype}>, %x: tensor<{dtype}>) (%k: tensor<i64>, %q: tensor<i64>) {{
      %g = stablehlo.compare GT, %m, %x : (tensor<{dtype}>, tensor<{dtype}>) -> tensor<i1>
      %n = stablehlo.compare NE, %m, %m : (tensor<{dtype}>, tensor<{dtype}>) -> tensor<i1>
      %t = stablehlo.or %g, %n : tensor<i1>
      %e = stablehlo.compare EQ, %m, %x : (tensor<{dtype}>, tensor<{dtype}>) -> tensor<i1>
      %l = stablehlo.compare LT, %k, %q : (tensor<i64>, tensor<i64>) -> tensor<i1>
      %b = stablehlo.and %e, %l : tensor<i1>
      %w = stablehlo.or %t, %b : tensor<i1>
      %v = stablehlo.select %t, %m, %x : tensor<i1>, tensor<{dtype}>
      %j = stablehlo.select %w, %k, %q : tensor<i1>, tensor<i64>
      stablehlo.return %v, %j : tensor<{dtype}>, tensor<i64>
    }}
    return %0#0, %0#1 : tensor<5x{dtype}>, tensor<5xi64>
  }}"""  # noqa: E501


def _first(row: np.ndarray) -> int:
    """Position of the first NaN, or else of the first largest element."""
    numbers = [math.inf if x != x else float(x) for x in row]
    missing = [n for n, x in enumerate(row) if x != x]
    return missing[0] if missing else numbers.index(max(numbers))


def test_lanes_choose_what_one_after_another_would():
    extents = ("70", "?")
    dtypes = (("f32", "0xFF800000", np.float32), ("f64", "0xFFF0000000000000", np.float64),
              ("i32", "-2147483648", np.int32))  # fmt: skip
    text = "module {" + "".join(_argmax(e, low, d) for d, low, _ in dtypes for e in extents) + "}"
    program = ie.compile(text, target="llvm-cpu", device="local-sync")
    rng = np.random.default_rng(5)
    for name, _, dtype in dtypes:
        for extent, size in (("70", 70), ("any", 70), ("any", 1), ("any", 19), ("any", 200)):
            a = rng.integers(-3, 4, (5, size)).astype(dtype)
            if dtype != np.int32:
                a[1, size // 2 :] = np.nan
                a[2], a[3, size // 3] = -np.inf, math.inf
                a[4], a[4, size // 2] = 0.0, -0.0
            run: Callable[..., list[np.ndarray]] = getattr(program, f"rows_{name}_{extent}")
            value, index = run(a)
            wanted = [_first(row) for row in a]
            assert index.tolist() == wanted, (name, extent, size)
            np.testing.assert_array_equal(value, a[np.arange(5), wanted])
