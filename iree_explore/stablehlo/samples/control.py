# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Samples of control flow, tuples, barriers and composites."""

from __future__ import annotations

from iree_explore.stablehlo.samples.base import ANY, COMMON, QUANTIZED, Sample

_MOVED = (*ANY, *QUANTIZED)

_IF = (
    "%p: tensor<i1>, %a: tensor<4?x$T>, %b: tensor<4?x$T> -> tensor<4?x$T>\n"
    '%r = "stablehlo.if"(%p) ({\nstablehlo.return %a : tensor<4?x$T>\n}, {\n'
    "%s = stablehlo.add %a, %b : tensor<4?x$T>\nstablehlo.return %s : tensor<4?x$T>\n"
    "}) : (tensor<i1>) -> tensor<4?x$T>"
)
_CASE = (
    "%p: tensor<i32>, %a: tensor<4?x$T>, %b: tensor<4?x$T> -> tensor<4?x$T>\n"
    '%r = "stablehlo.case"(%p) ({\nstablehlo.return %a : tensor<4?x$T>\n}, {\n'
    "stablehlo.return %b : tensor<4?x$T>\n}, {\n"
    "%s = stablehlo.add %a, %b : tensor<4?x$T>\nstablehlo.return %s : tensor<4?x$T>\n"
    "}) : (tensor<i32>) -> tensor<4?x$T>"
)

SAMPLES = (
    Sample("stablehlo.if", _MOVED, _IF, case="true", values={"": "finite", "p": True}),
    Sample("stablehlo.if", COMMON, _IF, case="false", values={"": "finite", "p": False}),
    Sample("stablehlo.case", _MOVED, _CASE, values={"": "finite", "p": 1}),
    Sample("stablehlo.case", COMMON, _CASE, case="out of range", values={"": "finite", "p": -3}),
    Sample(
        "stablehlo.while", ANY,
        "%n: tensor<i32>, %a: tensor<4?x$T> -> tensor<4?x$T>\n"
        "%z = stablehlo.constant dense<0> : tensor<i32>\n"
        "%w:2 = stablehlo.while(%i = %z, %v = %a) : tensor<i32>, tensor<4?x$T>\n"
        "cond {\n"
        "%p = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>\n"
        "stablehlo.return %p : tensor<i1>\n} do {\n"
        "%o = stablehlo.constant dense<1> : tensor<i32>\n"
        "%j = stablehlo.add %i, %o : tensor<i32>\n"
        "%x = stablehlo.add %v, %v : tensor<4?x$T>\n"
        "stablehlo.return %j, %x : tensor<i32>, tensor<4?x$T>\n}\n"
        "%r = stablehlo.reverse %w#1, dims = [0] : tensor<4?x$T>",
        values={"n": 3, "a": "finite"}, sums=True,
    ),
    Sample(
        "stablehlo.optimization_barrier", _MOVED,
        "%a: tensor<4?x$T> -> tensor<4?x$T>\n"
        "%r = stablehlo.optimization_barrier %a : tensor<4?x$T>",
    ),
    Sample(
        "stablehlo.tuple", ANY,
        "%a: tensor<4?x$T>, %b: tensor<i32> -> tensor<4?x$T>\n"
        "%t = stablehlo.tuple %a, %b : tuple<tensor<4?x$T>, tensor<i32>>\n"
        "%r = stablehlo.get_tuple_element %t[0] : "
        "(tuple<tensor<4?x$T>, tensor<i32>>) -> tensor<4?x$T>",
    ),
    Sample(
        "stablehlo.get_tuple_element", ANY,
        "%a: tensor<i32>, %b: tensor<4?x$T> -> tensor<4?x$T>\n"
        "%t = stablehlo.tuple %a, %b : tuple<tensor<i32>, tensor<4?x$T>>\n"
        "%r = stablehlo.get_tuple_element %t[1] : "
        "(tuple<tensor<i32>, tensor<4?x$T>>) -> tensor<4?x$T>",
    ),
    Sample(
        "stablehlo.return", ANY,
        "%p: tensor<i1>, %a: tensor<4?x$T>, %b: tensor<i32> -> tensor<4?x$T>, tensor<i32>\n"
        '%r:2 = "stablehlo.if"(%p) ({\n'
        "stablehlo.return %a, %b : tensor<4?x$T>, tensor<i32>\n}, {\n"
        "stablehlo.return %a, %b : tensor<4?x$T>, tensor<i32>\n"
        "}) : (tensor<i1>) -> (tensor<4?x$T>, tensor<i32>)",
        values={"p": True},
    ),
    *(
        Sample(
            op, ("f32", "i32"),
            "%a: tensor<4?x$T> -> tensor<4?x$T>\n"
            f"{token}\n%r = stablehlo.add %a, %a : tensor<4?x$T>",
        )
        for op, token in (
            ("stablehlo.after_all",
             '%t = "stablehlo.create_token"() : () -> !stablehlo.token\n'
             "%u = stablehlo.after_all %t, %t : !stablehlo.token"),
            ("stablehlo.create_token",
             '%t = "stablehlo.create_token"() : () -> !stablehlo.token'),
        )
    ),
    Sample(
        "stablehlo.composite", ("i32", "bf16", "f32"),
        "%a: tensor<4?x$T>, %b: tensor<4?x$T> -> tensor<4?x$T>\n"
        '%r = stablehlo.composite "test.twice_plus" %a, %b {decomposition = @twice_plus, '
        "version = 1 : i32} : (tensor<4?x$T>, tensor<4?x$T>) -> tensor<4?x$T>",
        functions=(
            "func.func private @twice_plus(%a: tensor<4?x$T>, %b: tensor<4?x$T>) -> "
            "tensor<4?x$T> {\n"
            "  %0 = stablehlo.add %a, %a : tensor<4?x$T>\n"
            "  %1 = stablehlo.add %0, %b : tensor<4?x$T>\n"
            "  return %1 : tensor<4?x$T>\n}"
        ),
        values={"": "finite"},
    ),
)  # fmt: skip
