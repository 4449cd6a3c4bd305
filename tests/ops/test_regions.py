# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Regions of any content: branches, loops, small tensors, captured values; in every op that has
one. Expected values come from StableHLO's interpreter, or are written here where it has no rule."""

from __future__ import annotations

import re

import numpy as np
import pytest

import iree_explore as ie

from .oracle import run_interpreter
from .targets import run_input, verify
from .test_windows import DTYPES, draw

LOOP = """%w = stablehlo.while(%q = %x) : T
 cond {
  %t = stablehlo.compare LT, %q, %s : (T, T) -> tensor<i1>
  stablehlo.return %t : tensor<i1>
 } do {
  %u = stablehlo.add %q, %s : T
  stablehlo.return %u : T
 }"""
TEST = "%c = stablehlo.compare GT, %x, %y : (T, T) -> tensor<i1>\n"
BODIES = {
    "total is not read": "%z = stablehlo.maximum %y, %s : T",
    "element is not read": "%z = stablehlo.add %x, %s : T",
    "captured argument": "%p = stablehlo.multiply %s, %y : T\n%z = stablehlo.add %x, %p : T",
    "captured constant": "%p = stablehlo.maximum %k, %y : T\n%z = stablehlo.add %x, %p : T",
    "captured vector": "%p = stablehlo.slice %v [1:2] : (tensor<3xE>) -> tensor<1xE>\n"
    "%q = stablehlo.reshape %p : (tensor<1xE>) -> T\n"
    "%r = stablehlo.maximum %q, %y : T\n%z = stablehlo.add %x, %r : T",
    "if": TEST + """%z = "stablehlo.if"(%c) ({
  %m = stablehlo.add %x, %s : T
  stablehlo.return %m : T
 }, {
  stablehlo.return %y : T
 }) : (tensor<i1>) -> T""",
    "while": LOOP + "\n%z = stablehlo.maximum %w, %y : T",
    "while inside if": TEST + '%z = "stablehlo.if"(%c) ({\n' + LOOP + """
  stablehlo.return %w : T
 }, {
  stablehlo.return %y : T
 }) : (tensor<i1>) -> T""",
    "while inside case": "%c = stablehlo.convert %y : (T) -> tensor<i32>\n"
    '%z = "stablehlo.case"(%c) ({\n' + LOOP + """
  stablehlo.return %w : T
 }, {
  stablehlo.return %y : T
 }, {
  %m = stablehlo.subtract %x, %y : T
  stablehlo.return %m : T
 }) : (tensor<i32>) -> T""",
    "if inside while": """%n = stablehlo.constant dense<3> : tensor<i32>
 %o = stablehlo.constant dense<1> : tensor<i32>
 %e:2 = stablehlo.while(%number = %n, %q = %x) : tensor<i32>, T
 cond {
  %f = stablehlo.constant dense<0> : tensor<i32>
  %t = stablehlo.compare GT, %number, %f : (tensor<i32>, tensor<i32>) -> tensor<i1>
  stablehlo.return %t : tensor<i1>
 } do {
  %g = stablehlo.compare LT, %q, %y : (T, T) -> tensor<i1>
  %h = "stablehlo.if"(%g) ({
    %u = stablehlo.add %q, %s : T
    stablehlo.return %u : T
  }, {
    stablehlo.return %y : T
  }) : (tensor<i1>) -> T
  %j = stablehlo.subtract %number, %o : tensor<i32>
  stablehlo.return %j, %h : tensor<i32>, T
 }
 %z = stablehlo.add %e#1, %s : T""",
    "small tensors": """%1 = stablehlo.reshape %x : (T) -> tensor<1xE>
 %2 = stablehlo.broadcast_in_dim %y, dims = [] : (T) -> tensor<2xE>
 %3 = stablehlo.concatenate %1, %2, dim = 0 : (tensor<1xE>, tensor<2xE>) -> tensor<3xE>
 %4 = stablehlo.iota dim = 0 : tensor<3xE>
 %5 = stablehlo.add %3, %4 : tensor<3xE>
 %6 = stablehlo.reverse %5, dims = [0] : tensor<3xE>
 %7 = stablehlo.reduce(%6 init: %s) applies stablehlo.maximum across dimensions = [0] :
   (tensor<3xE>, T) -> T
 %z = stablehlo.maximum %7, %x : T""",
    "tuple": """%1 = stablehlo.tuple %x, %y : tuple<T, T>
 %2 = stablehlo.get_tuple_element %1[1] : (tuple<T, T>) -> T
 %3 = stablehlo.optimization_barrier %2 : T
 %z = stablehlo.maximum %x, %3 : T""",
    "map": """%1 = "stablehlo.map"(%x, %y) <{dimensions = array<i64>}> ({
 ^bb0(%p: T, %q: T):
  %m = stablehlo.minimum %p, %q : T
  stablehlo.return %m : T
 }) : (T, T) -> T
 %z = stablehlo.add %1, %s : T""",
}  # fmt: skip


def reduction(body: str, element: str) -> tuple[str, list[np.ndarray]]:
    """A reduction of rows by a body on %x and %y, with %s, %k and %v from outside."""
    text = f"""func.func @main(%a: tensor<3x5xE>, %i: T, %s: T) -> tensor<3xE> {{
%k = stablehlo.constant dense<1> : tensor<i32>
%kk = stablehlo.convert %k : (tensor<i32>) -> T
%v = stablehlo.iota dim = 0 : tensor<3xE>
%r = "stablehlo.reduce"(%a, %i) <{{dimensions = array<i64: 1>}}> ({{
^bb0(%x: T, %y: T):
 {body.replace("%k,", "%kk,")}
 stablehlo.return %z : T
}}) : (tensor<3x5xE>, T) -> tensor<3xE>
return %r : tensor<3xE>
}}"""
    text = re.sub(r"\bT\b", "tensor<E>", text)
    rng = np.random.default_rng(1)
    dtype = np.dtype(DTYPES[element])
    inputs = [draw(rng, (3, 5), element), np.array(1).astype(dtype), np.array(2).astype(dtype)]
    return text.replace("E>", f"{element}>"), inputs


@pytest.mark.parametrize("name", BODIES)
def test_reducers_of_any_content(name: str) -> None:
    for number, element in enumerate(("f32", "i8", "ui32", "f16", "f64", "bf16")):
        text, inputs = reduction(BODIES[name], element)
        targets = ("reference", "input", "llvm-cpu") if number < 2 else ("reference", "input")
        verify(text, inputs, run_interpreter(text, inputs), targets)


@pytest.mark.parametrize("name", ["if", "while", "while inside if"])
def test_loops_inside_reducers_are_compiled_for_every_element_type(name: str) -> None:
    for element in ("f16", "bf16", "f64", "i64", "ui8"):
        text, inputs = reduction(BODIES[name], element)
        verify(text, inputs, run_interpreter(text, inputs), ("llvm-cpu",))


WIDER = {
    ("i8", "i32"): "add", ("f16", "f32"): "add", ("bf16", "f32"): "maximum",
    ("f32", "f64"): "add", ("ui8", "ui16"): "multiply",
}  # fmt: skip


@pytest.mark.parametrize(("element", "total"), WIDER)
def test_totals_may_be_wider_than_elements(element: str, total: str) -> None:
    op = WIDER[element, total]
    body = f"""({{ ^bb0(%x: tensor<{total}>, %y: tensor<{total}>):
 %z = stablehlo.{op} %x, %y : tensor<{total}>
 stablehlo.return %z : tensor<{total}>
}}) : (tensor<2x4x{element}>, tensor<{element}>) -> """
    text = f"""func.func @main(%a: tensor<2x4x{element}>, %i: tensor<{element}>)
 -> (tensor<2x{total}>, tensor<2x2x{total}>) {{
 %r = "stablehlo.reduce"(%a, %i) <{{dimensions = array<i64: 1>}}> {body}tensor<2x{total}>
 %w = "stablehlo.reduce_window"(%a, %i) <{{window_dimensions = array<i64: 1, 3>}}>
 {body}tensor<2x2x{total}>
 return %r, %w : tensor<2x{total}>, tensor<2x2x{total}>
}}"""
    values = np.array([[100, 7, 3, 100], [90, 2, 90, 5]]).astype(DTYPES[element])
    wide = values.astype({**DTYPES, "ui16": np.uint16}[total])
    combine = {"add": np.add, "multiply": np.multiply, "maximum": np.maximum}[op]
    windows = np.lib.stride_tricks.sliding_window_view(wide, 3, 1)
    want = [combine.reduce(x.copy(), -1, dtype=wide.dtype) for x in (wide, windows)]
    start = np.array(op == "multiply").astype(values.dtype)
    verify(text, [values, start], want)


# scatter comes last: the interpreter scatters into its operand itself
EVERYWHERE = """func.func @main(%a: tensor<2x6xf32>, %s: T)
 -> (tensor<2x6xf32>, tensor<2x6xf32>, tensor<2x3xf32>, tensor<2x6xf32>, tensor<2x6xf32>) {
 %zero = stablehlo.constant dense<0.0> : T
 %at = stablehlo.constant dense<[[1], [0], [1]]> : tensor<3x1xi32>
 %new = stablehlo.constant dense<1.5> : tensor<3x6xf32>
 %r1 = "stablehlo.map"(%a, %a) <{dimensions = array<i64: 0, 1>}> (REGION)
  : (tensor<2x6xf32>, tensor<2x6xf32>) -> tensor<2x6xf32>
 %r3 = "stablehlo.reduce_window"(%a, %zero) <{window_dimensions = array<i64: 1, 2>,
  window_strides = array<i64: 1, 2>}> (REGION) : (tensor<2x6xf32>, T) -> tensor<2x3xf32>
 %r4 = "stablehlo.sort"(%a) <{dimension = 1 : i64}> ({
 ^bb0(%x: T, %y: T):
  BODY
  %less = stablehlo.compare LT, %x, %y : (T, T) -> tensor<i1>
  stablehlo.return %less : tensor<i1>
 }) : (tensor<2x6xf32>) -> tensor<2x6xf32>
 %r5 = "stablehlo.select_and_scatter"(%a, %r3, %zero) <{window_dimensions = array<i64: 1, 2>,
  window_strides = array<i64: 1, 2>}> ({
 ^bb0(%x: T, %y: T):
  BODY
  %more = stablehlo.compare GE, %x, %y : (T, T) -> tensor<i1>
  stablehlo.return %more : tensor<i1>
 }, REGION) : (tensor<2x6xf32>, tensor<2x3xf32>, T) -> tensor<2x6xf32>
 %r2 = "stablehlo.scatter"(%a, %at, %new) <{scatter_dimension_numbers = #stablehlo.scatter<
  update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0],
  index_vector_dim = 1>}> (REGION) : (tensor<2x6xf32>, tensor<3x1xi32>, tensor<3x6xf32>)
  -> tensor<2x6xf32>
 return %r1, %r2, %r3, %r4, %r5 :
  tensor<2x6xf32>, tensor<2x6xf32>, tensor<2x3xf32>, tensor<2x6xf32>, tensor<2x6xf32>
}"""


@pytest.mark.parametrize("name", ["captured argument", "while", "while inside if"])
def test_every_op_with_a_region_takes_any(name: str) -> None:
    text = EVERYWHERE.replace("REGION", "{\n^bb0(%x: T, %y: T):\nBODY\nstablehlo.return %z : T\n}")
    text = re.sub(r"\bT\b", "tensor<f32>", text.replace("BODY", BODIES[name]))
    inputs = [draw(np.random.default_rng(2), (2, 6), "f32"), np.array(2, np.float32)]
    verify(text, inputs, run_interpreter(text, inputs))


def test_what_has_no_scalar_code_is_named() -> None:
    text, inputs = reduction(
        """%1 = stablehlo.broadcast_in_dim %x, dims = [] : (T) -> tensor<90xE>
 %2 = stablehlo.slice %1 [7:8] : (tensor<90xE>) -> tensor<1xE>
 %z = stablehlo.reshape %2 : (tensor<1xE>) -> T""",
        "f32",
    )
    with pytest.raises(ie.GapError) as raised:
        run_input(text, inputs)
    assert "the region has no scalar code" in str(raised.value)
    assert "stablehlo.broadcast_in_dim on tensor<90xf32>" in str(raised.value)
