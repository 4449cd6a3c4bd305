# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The vm phase and its interpreter: host arithmetic and control flow mean what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iree_explore import pipeline
from iree_explore.vm.arithmetic import INSTRUCTIONS
from iree_explore.vm.interpreter import Interpreter
from iree_explore.vm.program import program_of
from tests.lowering.phases import lines, parse, run_phase


def call(text: str, *arguments):
    """Result of `@f`, compiled by the phase and interpreted."""
    ctx, module = parse(text)
    pipeline.run(module, ctx, start="vm")
    interpreter = Interpreter(program_of(module), {})
    (result,) = interpreter.by_name["f"].run(None, list(arguments))
    return result


def binary(op: str, type_: str, result: str | None = None) -> str:
    return f"""func.func public @f(%a: {type_}, %b: {type_}) -> {result or type_} {{
      %r = {op} %a, %b : {type_}
      func.return %r : {result or type_}
    }}"""


@pytest.mark.parametrize(
    ("op", "type_", "a", "b", "expected"),
    [
        ("arith.addi", "i32", 2**31 - 1, 1, -(2**31)),
        ("arith.addi", "i8", 127, 1, -128),
        ("arith.muli", "i16", 300, 300, 24464),
        ("arith.subi", "i1", 0, 1, 1),
        ("arith.divui", "i8", -1, 2, 127),
        ("arith.divsi", "i64", -7, 2, -3),
        ("arith.divsi", "i64", 7, 0, -1),
        ("arith.remsi", "i64", -7, 2, -1),
        ("arith.remui", "i32", -1, 10, 5),
        ("arith.ceildivui", "index", 7, 2, 4),
        ("arith.ceildivsi", "index", -7, 2, -3),
        ("arith.floordivsi", "index", -7, 2, -4),
        ("arith.floordivsi", "index", 7, 2, 3),
        ("arith.shli", "i8", 1, 7, -128),
        ("arith.shrui", "i8", -128, 7, 1),
        ("arith.shrsi", "i32", -8, 1, -4),
        ("arith.maxui", "i16", -1, 1, -1),
        ("arith.minui", "index", -1, 1, 1),
        ("arith.xori", "i1", 1, 1, 0),
    ],
)
def test_integer_arithmetic(op, type_, a, b, expected):
    assert call(binary(op, type_), a, b) == expected


@pytest.mark.parametrize(
    ("predicate", "type_", "a", "b", "expected"),
    [("slt", "i32", -1, 1, 1), ("ult", "i32", -1, 1, 0), ("uge", "i8", -1, 1, 1),
     ("eq", "index", 3, 3, 1), ("ne", "i1", 1, 0, 1), ("ule", "i64", 1, -1, 1)],
)  # fmt: skip
def test_integer_comparison(predicate, type_, a, b, expected):
    assert call(binary(f"arith.cmpi {predicate},", type_, "i1"), a, b) == expected


@pytest.mark.parametrize(
    ("predicate", "a", "b", "expected"),
    [("olt", 1.0, math.nan, 0), ("ult", 1.0, math.nan, 1), ("ord", 1.0, 2.0, 1),
     ("uno", math.nan, 2.0, 1), ("une", 1.0, 1.0, 0), ("oge", 2.0, 2.0, 1)],
)  # fmt: skip
def test_float_comparison(predicate, a, b, expected):
    assert call(binary(f"arith.cmpf {predicate},", "f32", "i1"), a, b) == expected


@pytest.mark.parametrize("type_", ["f32", "f64"])
@pytest.mark.parametrize(
    ("op", "expected"),
    [
        ("absf", np.abs), ("ceil", np.ceil), ("floor", np.floor), ("roundeven", np.rint),
        ("sqrt", np.sqrt), ("exp", np.exp), ("exp2", np.exp2), ("log", np.log), ("log2", np.log2),
        ("round", lambda x: np.copysign(np.floor(abs(x) + 0.5), x)),
    ],
)  # fmt: skip
def test_functions_of_floats(op, expected, type_):
    dtype = np.dtype(np.float32 if type_ == "f32" else np.float64)
    text = f"""func.func public @f(%a: {type_}) -> {type_} {{
      %r = math.{op} %a : {type_}
      func.return %r : {type_}
    }}"""
    for value in (0.0, -0.0, 2.5, -2.5, 0.3, 1e30, 1e300, -1.0, math.inf, -math.inf, math.nan):
        with np.errstate(all="ignore"):
            wanted = expected(np.float64(dtype.type(value))).astype(dtype)
        np.testing.assert_array_equal(call(text, float(dtype.type(value))), wanted)


def test_f32_is_rounded_to_single_precision():
    assert call(binary("arith.addf", "f32"), 1.0, 2.0**-30) == 1.0
    assert call(binary("arith.addf", "f64"), 1.0, 2.0**-30) > 1.0
    assert call(binary("arith.mulf", "f32"), 1e38, 1e38) == math.inf
    assert math.isnan(call(binary("arith.maximumf", "f64"), math.nan, 1.0))


def cast(op: str, source: str, target: str) -> str:
    return f"""func.func public @f(%a: {source}) -> {target} {{
      %r = {op} %a : {source} to {target}
      func.return %r : {target}
    }}"""


@pytest.mark.parametrize(
    ("op", "source", "target", "a", "expected"),
    [
        ("arith.extui", "i8", "i32", -1, 255),
        ("arith.extsi", "i8", "i64", -1, -1),
        ("arith.extui", "i32", "i64", -1, 2**32 - 1),
        ("arith.extsi", "i1", "i32", 1, -1),
        ("arith.trunci", "i64", "i8", 0x1FF, -1),
        ("arith.trunci", "i32", "i1", 3, 1),
        ("arith.index_cast", "i32", "index", -5, -5),
        ("arith.index_cast", "index", "i32", 2**32 + 7, 7),
        ("arith.sitofp", "i8", "f32", -3, -3.0),
        ("arith.uitofp", "i8", "f64", -3, 253.0),
        ("arith.fptosi", "f32", "i32", -3.9, -3),
        ("arith.fptosi", "f32", "i8", 3.9, 3),
        ("arith.bitcast", "f32", "i32", 1.0, 0x3F800000),
        ("arith.bitcast", "i64", "f64", 0x3FF0000000000000, 1.0),
        ("arith.truncf", "f64", "f32", 0.1, float(np.float32(0.1))),
    ],
)
def test_casts(op, source, target, a, expected):
    assert call(cast(op, source, target), a) == expected


@given(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1))
def test_instructions_agree_with_numpy(a, b):
    x, y = np.array(a, np.int32), np.array(b, np.int32)
    ux, uy = x.astype(np.uint32), y.astype(np.uint32)
    with np.errstate(all="ignore"):
        expected = {
            "add.i32": x + y,
            "mul.i32": x * y,
            "div.i32.u": (ux // uy).astype(np.int32) if b else -1,
            "rem.i32.u": (ux % uy).astype(np.int32) if b else a,
            "cmp.lt.i32.u": ux < uy,
            "max.i32.u": np.maximum(ux, uy).astype(np.int32),
            "and.i32": x & y,
        }
    for name, value in expected.items():
        assert INSTRUCTIONS[f"vm.{name}"].compute(a, b) == int(value), name


def test_loops_and_conditions():
    text = """func.func public @f(%n: index) -> i32 {
      %zero = arith.constant 0 : index
      %one = arith.constant 1 : index
      %start = arith.constant 0 : i32
      %r = scf.for %i = %zero to %n step %one iter_args(%s = %start) -> (i32) {
        %two = arith.constant 2 : index
        %rest = arith.remui %i, %two : index
        %odd = arith.cmpi ne, %rest, %zero : index
        %t = scf.if %odd -> (i32) {
          %x = arith.index_cast %i : index to i32
          %y = arith.addi %s, %x : i32
          scf.yield %y : i32
        } else {
          scf.yield %s : i32
        }
        scf.yield %t : i32
      }
      func.return %r : i32
    }"""
    assert call(text, 10) == 1 + 3 + 5 + 7 + 9
    assert call(text, 0) == 0


def test_globals_keep_numbers_between_calls():
    text = """util.global private mutable @g = 5 : i64
    func.func public @f() -> i64 {
      %one = arith.constant 1 : i64
      %v = util.global.load @g : i64
      %w = arith.addi %v, %one : i64
      util.global.store %w, @g : i64
      func.return %w : i64
    }"""
    ctx, module = parse(text)
    pipeline.run(module, ctx, start="vm")
    interpreter = Interpreter(program_of(module), {})
    function = interpreter.by_name["f"]
    assert [function.run(None, [])[0] for _ in range(3)] == [6, 7, 8]
    assert function.stateful


def test_calls_of_private_functions():
    text = """func.func private @g(%a: i32) -> i32 {
      %b = arith.addi %a, %a : i32
      func.return %b : i32
    }
    func.func public @f(%a: i32) -> i32 {
      %b = func.call @g(%a) : (i32) -> i32
      %c = func.call @g(%b) : (i32) -> i32
      func.return %c : i32
    }"""
    assert call(text, 3) == 12
    assert len(lines(run_phase(text, "vm"), "vm.export")) == 2  # f and __init


def test_dead_and_repeated_constants_are_gone():
    text = run_phase(
        """func.func public @f(%a: i32) -> i32 {
          %0 = arith.constant 7 : i32
          %1 = arith.constant 7 : i32
          %2 = arith.constant 8 : i32
          %3 = arith.addi %a, %0 : i32
          %4 = arith.addi %3, %1 : i32
          func.return %4 : i32
        }""",
        "vm",
    )
    assert len(lines(text, "vm.const ")) == 1
