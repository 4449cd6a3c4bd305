# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels do what their ops say: memory, control flow, arithmetic, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iree_explore.elements import dtype_of, element_type_of
from iree_explore.errors import GapError

from .kernels import build, elementwise, layout, lower

INTS = {"i8": np.int8, "i16": np.int16, "i32": np.int32, "i64": np.int64}
FLOATS = {"f32": np.float32, "f64": np.float64}

INT_OPS = {
    "addi": np.add,
    "subi": np.subtract,
    "muli": np.multiply,
    "andi": np.bitwise_and,
    "ori": np.bitwise_or,
    "xori": np.bitwise_xor,
    "maxsi": np.maximum,
    "minsi": np.minimum,
}
FLOAT_OPS = {
    "addf": np.add,
    "subf": np.subtract,
    "mulf": np.multiply,
    "divf": np.divide,
    "maximumf": np.maximum,
    "minimumf": np.minimum,
    "maxnumf": np.fmax,
    "minnumf": np.fmin,
}


@st.composite
def expressions(draw):
    """A straight-line program over two inputs: MLIR, and the same in NumPy."""
    kind = draw(st.sampled_from([*INTS, *FLOATS]))
    ops = INT_OPS if kind in INTS else FLOAT_OPS
    values = ["%a", "%b"]
    lines, steps = [], []
    for i in range(draw(st.integers(1, 8))):
        name = draw(st.sampled_from(sorted(ops)))
        x, y = (draw(st.integers(0, len(values) - 1)) for _ in range(2))
        lines.append(f"%t{i} = arith.{name} {values[x]}, {values[y]} : TR")
        steps.append((ops[name], x, y))
        values.append(f"%t{i}")
    last = len(lines) - 1
    lines[last] = lines[last].replace(f"%t{last} ", "%r ", 1)
    return kind, "\n".join(lines), steps


def evaluate(steps, *inputs):
    values = list(inputs)
    with np.errstate(all="ignore"):
        for function, x, y in steps:
            values.append(function(values[x], values[y]))
    return values[-1]


@settings(max_examples=25, deadline=None)
@given(expressions(), st.sampled_from([0, 3, 8, 16]), st.integers(0, 2**32))
def test_random_arithmetic(program, lanes: int, seed: int) -> None:
    kind, body, steps = program
    count = 48
    random = np.random.default_rng(seed)
    dtype = np.dtype({**INTS, **FLOATS}[kind])
    if kind in INTS:
        info = np.iinfo(dtype)
        a, b = (random.integers(info.min, info.max, count, dtype, True) for _ in range(2))
    else:
        a, b = (random.normal(size=count).astype(dtype) for _ in range(2))
        a[:4] = [np.nan, np.inf, -0.0, 0.0]
    kernel = build(elementwise(body, [kind, kind], kind, lanes, count))
    *_, got = kernel(a, b, np.zeros(count, dtype))
    expected = evaluate(steps, a, b)
    if kind in INTS:
        np.testing.assert_array_equal(got, expected)
    else:  # contraction may round once where NumPy rounds twice
        scale = 1e-5 if kind == "f32" else 1e-13
        np.testing.assert_allclose(got, expected, rtol=scale, atol=scale)


@pytest.mark.parametrize("lanes", [0, 16])
@pytest.mark.parametrize("kind", INTS)
def test_integer_division_never_traps(kind: str, lanes: int) -> None:
    dtype = np.dtype(INTS[kind])
    least, most = np.iinfo(dtype).min, np.iinfo(dtype).max
    edge = [least, least + 1, -7, -1, 0, 1, 2, 7, most]
    pairs = np.array([(x, y) for x in edge for y in edge], dtype)
    pairs = np.resize(pairs, (96, 2))
    a, b = pairs[:, 0].copy(), pairs[:, 1].copy()
    for name in ("divsi", "remsi", "divui", "remui", "floordivsi", "ceildivsi"):
        kernel = build(elementwise(f"%r = arith.{name} %a, %b : TR", [kind, kind], kind, lanes, 96))
        *_, got = kernel(a, b, np.zeros(96, dtype))
        for x, y, r in zip(a.tolist(), b.tolist(), got.tolist(), strict=True):
            if "ui" in name:
                x, y = x % (2 * most + 2), y % (2 * most + 2)
            expected = divide(name, x, y)
            assert (r - expected) % (2 * most + 2) == 0, (name, x, y, r, expected)


def divide(name: str, x: int, y: int) -> int:
    """Division by zero gives all ones, the remainder of it the dividend."""
    if y == 0:
        if name.startswith("rem"):
            return x
        if name in ("floordivsi", "ceildivsi"):
            signs = (x < 0) == (name == "floordivsi")
            return -1 + ((-1 if name == "floordivsi" else 1) if x != 0 and signs else 0)
        return -1
    quotient = abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)
    if name.startswith("rem"):
        return x - quotient * y
    return {"floordivsi": x // y, "ceildivsi": -(-x // y)}.get(name, quotient)


@pytest.mark.parametrize("lanes", [0, 8])
def test_wide_products(lanes: int) -> None:
    random = np.random.default_rng(0)
    a, b = (random.integers(-(2**63), 2**63 - 1, 64, np.int64, True) for _ in range(2))
    for name, convert in (("mulsi", int), ("mului", lambda v: v % 2**64)):
        body = f"%low, %r = arith.{name}_extended %a, %b : TR"
        *_, got = build(elementwise(body, ["i64", "i64"], "i64", lanes))(a, b, np.zeros(64, "i8"))
        high = [
            (convert(x) * convert(y)) >> 64 for x, y in zip(a.tolist(), b.tolist(), strict=True)
        ]
        assert [(g - h) % 2**64 for g, h in zip(got.tolist(), high, strict=True)] == [0] * 64


@pytest.mark.parametrize("lanes", [0, 16])
@pytest.mark.parametrize(
    "source, op, target",
    [
        ("i8", "extsi", "i32"), ("i8", "extui", "i64"), ("i64", "trunci", "i16"),
        ("f32", "fptosi", "i32"), ("f64", "fptosi", "i64"), ("i32", "sitofp", "f32"),
        ("i64", "sitofp", "f64"), ("i16", "uitofp", "f32"), ("f32", "extf", "f64"),
        ("f64", "truncf", "f32"), ("f32", "bitcast", "i32"), ("i64", "bitcast", "f64"),
    ],
)  # fmt: skip
def test_casts(source: str, op: str, target: str, lanes: int) -> None:
    kinds = {**INTS, **FLOATS}
    random = np.random.default_rng(1)
    values = random.normal(size=64) * 100
    x = values.astype(kinds[source])
    body = f'%r = "arith.{op}"(%a) : (T0) -> TR'
    _, got = build(elementwise(body, [source], target, lanes))(x, np.zeros(64, kinds[target]))
    if op == "bitcast":
        expected = x.view(kinds[target])
    elif op in ("extui", "uitofp"):
        expected = x.view(f"u{x.dtype.name}").astype(kinds[target])
    else:
        expected = x.astype(kinds[target])
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("lanes", [0, 16])
def test_booleans_are_bytes_in_memory(lanes: int) -> None:
    a = np.resize([True, False, True], 64)
    b = np.resize([True, True, False, False], 64)
    kernel = build(elementwise("%r = arith.xori %a, %b : TR", ["i1", "i1"], "i1", lanes))
    *_, got = kernel(a, b, np.zeros(64, bool))
    np.testing.assert_array_equal(got, a ^ b)
    assert set(got.view(np.uint8).tolist()) == {0, 1}


def test_comparison_and_selection_of_vectors() -> None:
    body = (
        '%p = "arith.cmpf"(%a, %b) <{predicate = 4 : i64, fastmath = #arith.fastmath<none>}>'
        " : (T0, T0) -> vector<16xi1>\n"
        '%r = "arith.select"(%p, %a, %b) : (vector<16xi1>, T0, T0) -> T0'
    )
    random = np.random.default_rng(2)
    a, b = (random.normal(size=64).astype(np.float32) for _ in range(2))
    *_, got = build(elementwise(body, ["f32", "f32"], "f32", 16))(a, b, np.zeros(64, np.float32))
    np.testing.assert_array_equal(got, np.minimum(a, b))


@pytest.mark.parametrize("count", [0, 1, 5, 16, 21])
def test_masked_accesses_stay_inside(count: int) -> None:
    where = layout("rw", constants=1)
    kernel = build(f"""
      func.func @entry() {{
        %c0 = arith.constant 0 : index
        %c16 = arith.constant 16 : index
        %n32 = hal.interface.constant.load {where} ordinal(0) : i32
        %n = arith.index_cast %n32 : i32 to index
        %a = hal.interface.binding.subspan {where} binding(0){{%n}} : memref<?xf32>
        %b = hal.interface.binding.subspan {where} binding(1){{%n}} : memref<?xf32>
        %zero = arith.constant dense<0.0> : vector<16xf32>
        scf.for %i = %c0 to %n step %c16 {{
          %left = arith.subi %n, %i : index
          %mask = vector.create_mask %left : vector<16xi1>
          %v = vector.maskedload %a[%i], %mask, %zero
            : memref<?xf32>, vector<16xi1>, vector<16xf32> into vector<16xf32>
          %w = arith.addf %v, %v : vector<16xf32>
          vector.maskedstore %b[%i], %mask, %w
            : memref<?xf32>, vector<16xi1>, vector<16xf32>
        }}
        func.return
      }}""")
    a = np.arange(32, dtype=np.float32)
    got = kernel(a, np.full(32, -1, np.float32), constants=(count,))[1]
    np.testing.assert_array_equal(got[:count], 2 * a[:count])
    assert (got[count:] == -1).all()


@pytest.mark.parametrize("lanes", [1, 2, 5, 8, 16, 24])
def test_reductions(lanes: int) -> None:
    random = np.random.default_rng(3)
    for kind, dtype in (("f32", np.float32), ("i32", np.int32), ("bf16", None)):
        data = random.integers(-9, 9, lanes)
        array = data.astype(dtype_of_kind(kind))
        ops = {"add": data.sum(), "mul": data.prod()}
        if kind == "i32":
            ops |= {"maxsi": data.max(), "minsi": data.min()}
        else:
            ops |= {"maximumf": data.max(), "minimumf": data.min(), "maxnumf": data.max()}
        for op, expected in ops.items():
            where = layout("rw")
            kernel = build(f"""
              func.func @entry() {{
                %c0 = arith.constant 0 : index
                %a = hal.interface.binding.subspan {where} binding(0) : memref<{lanes}x{kind}>
                %b = hal.interface.binding.subspan {where} binding(1) : memref<{kind}>
                %v = vector.load %a[%c0] : memref<{lanes}x{kind}>, vector<{lanes}x{kind}>
                %r = vector.reduction <{op}>, %v : vector<{lanes}x{kind}> into {kind}
                memref.store %r, %b[] : memref<{kind}>
                func.return
              }}""")
            got = kernel(array, np.zeros((), array.dtype))[1]
            want = np.asarray(expected).astype(np.int32 if kind == "i32" else np.float32)
            np.testing.assert_array_equal(got.astype(want.dtype), want.astype(array.dtype))
        del dtype


def dtype_of_kind(kind: str) -> np.dtype:
    import ml_dtypes

    names = {"bf16": ml_dtypes.bfloat16, "f16": np.float16}
    return np.dtype(names.get(kind) or {**INTS, **FLOATS}[kind])


def test_memory_of_any_rank_with_dynamic_sizes() -> None:
    where = layout("rw", constants=3)
    kernel = build(f"""
      func.func @entry() {{
        %c0 = arith.constant 0 : index
        %c1 = arith.constant 1 : index
        %c3 = arith.constant 3 : index
        %i0 = hal.interface.constant.load {where} ordinal(0) : i32
        %i1 = hal.interface.constant.load {where} ordinal(1) : i32
        %i2 = hal.interface.constant.load {where} ordinal(2) : i32
        %d0 = arith.index_cast %i0 : i32 to index
        %d1 = arith.index_cast %i1 : i32 to index
        %d2 = arith.index_cast %i2 : i32 to index
        %a = hal.interface.binding.subspan {where} binding(0){{%d0, %d1, %d2}}
          : memref<?x?x3x?xf64>
        %b = hal.interface.binding.subspan {where} binding(1){{%d2, %d1, %d0}}
          : memref<?x3x?x?xf64>
        scf.for %x = %c0 to %d0 step %c1 {{
          scf.for %y = %c0 to %d1 step %c1 {{
            scf.for %z = %c0 to %c3 step %c1 {{
              scf.for %w = %c0 to %d2 step %c1 {{
                %v = memref.load %a[%x, %y, %z, %w] : memref<?x?x3x?xf64>
                memref.store %v, %b[%w, %z, %y, %x] : memref<?x3x?x?xf64>
              }}
            }}
          }}
        }}
        func.return
      }}""")
    a = np.random.default_rng(4).normal(size=(4, 2, 3, 5))
    got = kernel(a, np.zeros((5, 3, 2, 4)), constants=(*a.shape[:2], 5))[1]
    np.testing.assert_array_equal(got, a.transpose(3, 2, 1, 0))


def test_subviews_and_reshapes() -> None:
    where = layout("rw")
    kernel = build(f"""
      func.func @entry() {{
        %c0 = arith.constant 0 : index
        %c1 = arith.constant 1 : index
        %c2 = arith.constant 2 : index
        %c6 = arith.constant 6 : index
        %a = hal.interface.binding.subspan {where} binding(0) : memref<6x8xi32>
        %b = hal.interface.binding.subspan {where} binding(1) : memref<12xi32>
        %s = memref.subview %a[1, %c2] [%c2, 3] [2, 1]
          : memref<6x8xi32> to memref<?x3xi32, strided<[16, 1], offset: ?>>
        %e = memref.expand_shape %b [[0, 1]] output_shape [4, 3]
          : memref<12xi32> into memref<4x3xi32>
        %n = memref.dim %s, %c0 : memref<?x3xi32, strided<[16, 1], offset: ?>>
        scf.for %i = %c0 to %n step %c1 {{
          %v = memref.load %s[%i, %c2] : memref<?x3xi32, strided<[16, 1], offset: ?>>
          memref.store %v, %e[%i, %c1] : memref<4x3xi32>
        }}
        func.return
      }}""")
    a = np.arange(48, dtype=np.int32).reshape(6, 8)
    got = kernel(a, np.zeros(12, np.int32))[1].reshape(4, 3)
    expected = np.zeros((4, 3), np.int32)
    expected[:2, 1] = a[1:5:2, 4]
    np.testing.assert_array_equal(got, expected)


def test_local_memory_workgroups_and_the_stack() -> None:
    where = layout("w")
    kernel = build(f"""
      func.func @entry() {{
        %x = hal.interface.workgroup.id dimension(0) : index
        %y = hal.interface.workgroup.id dimension(1) : index
        %nx = hal.interface.workgroup.count dimension(0) : index
        %m = iree_codegen.local_memory offset(64) : memref<4xi32>
        %o = hal.interface.binding.subspan {where} binding(0) : memref<12xi32>
        %t = memref.alloca() : memref<2xi32>
        %c1 = arith.constant 1 : index
        %row = arith.muli %y, %nx : index
        %at = arith.addi %row, %x : index
        %v = arith.index_cast %at : index to i32
        memref.store %v, %m[%c1] : memref<4xi32>
        %w = memref.load %m[%c1] : memref<4xi32>
        memref.store %w, %t[%c1] : memref<2xi32>
        %u = memref.load %t[%c1] : memref<2xi32>
        memref.store %u, %o[%at] : memref<12xi32>
        func.return
      }}""")
    (got,) = kernel(np.zeros(12, np.int32), workgroups=(4, 3, 1), local_memory=256)
    np.testing.assert_array_equal(got, np.arange(12))


def test_nested_control_flow() -> None:
    """Steps of the Collatz sequence: while in for, if with results in while."""
    where = layout("rw")
    kernel = build(f"""
      func.func @entry() {{
        %c0 = arith.constant 0 : index
        %c1 = arith.constant 1 : index
        %c32 = arith.constant 32 : index
        %zero = arith.constant 0 : i64
        %one = arith.constant 1 : i64
        %two = arith.constant 2 : i64
        %three = arith.constant 3 : i64
        %a = hal.interface.binding.subspan {where} binding(0) : memref<32xi64>
        %b = hal.interface.binding.subspan {where} binding(1) : memref<32xi64>
        %sum = scf.for %i = %c0 to %c32 step %c1 iter_args(%total = %zero) -> (i64) {{
          %start = memref.load %a[%i] : memref<32xi64>
          %end, %steps = scf.while (%n = %start, %k = %zero) : (i64, i64) -> (i64, i64) {{
            %more = arith.cmpi sgt, %n, %one : i64
            scf.condition(%more) %n, %k : i64, i64
          }} do {{
          ^bb0(%n: i64, %k: i64):
            %bit = arith.andi %n, %one : i64
            %odd = arith.cmpi eq, %bit, %one : i64
            %next = scf.if %odd -> (i64) {{
              %p = arith.muli %n, %three : i64
              %q = arith.addi %p, %one : i64
              scf.yield %q : i64
            }} else {{
              %h = arith.divsi %n, %two : i64
              scf.yield %h : i64
            }}
            %k1 = arith.addi %k, %one : i64
            scf.yield %next, %k1 : i64, i64
          }}
          memref.store %steps, %b[%i] : memref<32xi64>
          %t = arith.addi %total, %steps : i64
          scf.yield %t : i64
        }}
        memref.store %sum, %b[%c0] : memref<32xi64>
        func.return
      }}""")

    def steps(n: int) -> int:
        count = 0
        while n > 1:
            n, count = (3 * n + 1 if n % 2 else n // 2), count + 1
        return count

    a = np.arange(1, 33)
    got = kernel(a, np.zeros(32, np.int64))[1]
    expected = [steps(int(n)) for n in a]
    assert got.tolist() == [sum(expected), *expected[1:]]


def test_an_op_without_a_lowering_names_itself() -> None:
    with pytest.raises(GapError, match=r"IX203 memref\.alloca(.|\n)*dynamic size"):
        lower("""
          func.func @entry() {
            %n = hal.interface.workgroup.id dimension(0) : index
            %m = memref.alloca(%n) : memref<?xf32>
            func.return
          }""")


def test_element_types_have_dtypes() -> None:
    for dtype in (*INTS.values(), *FLOATS.values()):
        assert dtype_of(element_type_of(np.dtype(dtype))) == dtype
