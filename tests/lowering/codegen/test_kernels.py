# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels that code generation makes, run and compared with the NumPy evaluator."""

from __future__ import annotations

import numpy as np
import pytest

from .harness import aligned, check, compile_kernel
from .programs import batch_matmul, conv, depthwise, fill, generic, matmul, pool, softmax, tensor

rng = np.random.default_rng(5)


def f32(*shape: int) -> np.ndarray:
    return rng.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize(
    ("m", "k", "n"),
    [(1, 1, 1), (20, 33, 40), (1, 64, 1000), (7, 5, 17), (65, 32, 48), (128, 100, 96), (3, 0, 5),
     (0, 3, 5), (4, 4, 0), (8, 16, 16), (2, 3, 1)],
)  # fmt: skip
@pytest.mark.parametrize("transposed", [False, True])
def test_matmul_of_any_size(m, k, n, transposed):
    b = f32(n, k) if transposed else f32(k, n)
    check(matmul(m, k, n, transposed), f32(m, k), b, f32(n), atol=1e-3)


@pytest.mark.parametrize("m", [0, 1, 3, 4, 5, 8, 63, 65, 200])
@pytest.mark.parametrize("transposed", [False, True])
def test_matmul_of_dynamic_batch(m, transposed):
    b = f32(50, 40) if transposed else f32(40, 50)
    text = matmul("?", 40, 50, transposed)
    check(text, f32(m, 40), b, f32(50), workload=[m], atol=1e-3)


@pytest.mark.parametrize(
    "shape",
    [dict(n=1, h=7, w=7, c=16, kh=3, kw=3, f=32), dict(n=2, h=9, w=11, c=3, kh=3, kw=3, f=8),
     dict(n=1, h=14, w=14, c=8, kh=1, kw=1, f=40), dict(n=1, h=15, w=15, c=4, kh=3, kw=3, f=16,
     stride=2), dict(n=1, h=8, w=8, c=4, kh=3, kw=3, f=20, pad=1),
     dict(n=2, h=28, w=28, c=32, kh=3, kw=3, f=64, pad=1),
     dict(n=1, h=17, w=17, c=5, kh=7, kw=7, f=33, stride=2, pad=3),
     dict(n=1, h=14, w=14, c=64, kh=1, kw=1, f=96, residual=True),
     dict(n=1, h=1, w=1, c=64, kh=1, kw=1, f=96)],
)  # fmt: skip
def test_convolution(shape):
    n, h, w, c, f = (shape[x] for x in "nhwcf")
    inputs = [f32(n, h, w, c), f32(shape["kh"], shape["kw"], c, f), f32(f)]
    if shape.get("residual"):
        inputs.append(f32(n, h, w, f))
    check(conv(**shape), *inputs, atol=1e-3)


@pytest.mark.parametrize("n", [1, 3])
def test_convolution_of_dynamic_batch(n):
    text = conv("?", 12, 12, 8, 3, 3, 32, pad=1)
    check(text, f32(n, 12, 12, 8), f32(3, 3, 8, 32), f32(32), workload=[n], atol=1e-3)


@pytest.mark.parametrize(("c", "stride"), [(32, 1), (24, 2), (7, 1), (1, 1)])
def test_depthwise_convolution(c, stride):
    check(depthwise(1, 13, 13, c, 3, 3, stride), f32(1, 13, 13, c), f32(3, 3, c))


@pytest.mark.parametrize("kind", ["max", "sum"])
@pytest.mark.parametrize(("n", "c"), [(1, 64), (2, 5), ("?", 16)])
def test_pooling(kind, n, c):
    batch = 3 if n == "?" else n
    workload = [3] if n == "?" else None
    check(pool(n, 12, 12, c, 3, 2, kind), f32(batch, 12, 12, c), workload=workload)


@pytest.mark.parametrize(("rows", "columns"), [(4, 10), (1, 1000), (64, 128), (3, 1), (200, 16)])
def test_softmax_in_one_dispatch(rows, columns):
    check(softmax(rows, columns), f32(rows, columns))


@pytest.mark.parametrize("rows", [1, 70])
def test_softmax_of_dynamic_rows(rows):
    check(softmax("?", 33), f32(rows, 33), workload=[rows])


@pytest.mark.parametrize("columns", [1, 37, 128])
def test_softmax_of_dynamic_rows_and_columns(columns):
    text = softmax("?", "?")
    check(text, f32(9, columns), workload=[9, columns], dims=[[0, 1], [0, 1]])


@pytest.mark.parametrize("transposed", [False, True])
def test_batched_product(transposed):
    y = f32(6, 40, 24) if transposed else f32(6, 24, 40)
    check(batch_matmul(6, 30, 24, 40, transposed), f32(6, 30, 24), y)


def test_elementwise_of_every_tail():
    for size in (1, 3, 16, 17, 64, 100):
        x = tensor(size)
        body = "^bb0(%a: f32, %z: f32):\n%q = math.tanh %a : f32\nlinalg.yield %q : f32"
        op = generic(["(i) -> (i)"] * 2, "p", [("%x", x)], [("%e", x)], body)
        text = f"func.func @entry(%x: {x}) -> {x} {{\n%e = tensor.empty() : {x}\n%r = {op}\n"
        check(text + f"func.return %r : {x}\n}}", f32(size))


def test_elementwise_of_every_dynamic_tail():
    x = tensor("?")
    body = "^bb0(%a: f32, %z: f32):\n%q = math.tanh %a : f32\nlinalg.yield %q : f32"
    op = generic(["(i) -> (i)"] * 2, "p", [("%x", x)], [("%e", x)], body)
    text = f"func.func @entry(%x: {x}, %n: index) -> {x} {{\n%e = tensor.empty(%n) : {x}\n%r = {op}"
    kernels = set()
    for size in (0, 1, 15, 16, 17, 31, 32, 33, 100, 300):
        kernel = check(text + f"\nfunc.return %r : {x}\n}}", f32(size), workload=[size])
        kernels.add(str(kernel.inner))
    assert len(kernels) == 1


@pytest.mark.parametrize("columns", [0, 1, 15, 16, 33, 64, 77])
def test_product_of_dynamic_rows_and_columns(columns):
    text = batch_matmul(2, "?", 24, "?", True)
    check(text, f32(2, columns, 24), f32(2, columns, 24), workload=[columns])


@pytest.mark.parametrize("permutation", [(1, 0, 2), (0, 2, 1), (2, 1, 0)])
def test_transpose(permutation):
    shape = (5, 18, 33)
    x, y = tensor(*shape), tensor(*(shape[p] for p in permutation))
    text = f"""func.func @entry(%x: {x}) -> {y} {{
      %e = tensor.empty() : {y}
      %r = linalg.transpose ins(%x: {x}) outs(%e: {y}) permutation = {list(permutation)}
      func.return %r : {y}
    }}"""
    check(text, f32(*shape))


@pytest.mark.parametrize(
    ("shape", "kept"), [((30, 50), (0,)), ((30, 50), (1,)), ((300, 7), ()), ((4, 5, 6), (1,))]
)
@pytest.mark.parametrize("op", ["addf", "maximumf", "mulf"])
def test_reduction_over_any_dimensions(shape, kept, op):
    x, y = tensor(*shape), tensor(*(shape[d] for d in kept))
    loops = ", ".join(f"d{i}" for i in range(len(shape)))
    maps = [f"({loops}) -> ({loops})", f"({loops}) -> ({', '.join(f'd{d}' for d in kept)})"]
    kinds = "".join("p" if d in kept else "r" for d in range(len(shape)))
    body = f"^bb0(%a: f32, %z: f32):\n%q = arith.{op} %a, %z : f32\nlinalg.yield %q : f32"
    start = {"addf": "0.0", "mulf": "1.0", "maximumf": "0xFF800000"}[op]
    text = f"""func.func @entry(%x: {x}) -> {y} {{
      %start = arith.constant {start} : f32
      {fill("f", "%start", y)}
      %r = {generic(maps, kinds, [("%x", x)], [("%f", y)], body)}
      func.return %r : {y}
    }}"""
    data = f32(*shape)
    check(text, 1 + data / 50 if op == "mulf" else data, rtol=1e-3)


def test_reduction_starts_from_a_tensor():
    x, y = tensor(8, 40), tensor(8)
    body = "^bb0(%a: f32, %z: f32):\n%q = arith.addf %a, %z : f32\nlinalg.yield %q : f32"
    op = generic(["(i, j) -> (i, j)", "(i, j) -> (i)"], "pr", [("%x", x)], [("%y", y)], body)
    text = f"func.func @entry(%x: {x}, %y: {y}) -> {y} {{\n%r = {op}\nfunc.return %r : {y}\n}}"
    check(text, f32(8, 40), f32(8))


def test_argmax_keeps_value_and_index():
    x, v, k = tensor(6, 50), tensor(6), tensor(6, element="i32")
    body = """^bb0(%a: f32, %z: f32, %y: i32):
      %j = linalg.index 1 : index
      %k = arith.index_cast %j : index to i32
      %c = arith.cmpf ogt, %a, %z : f32
      %q = arith.select %c, %a, %z : f32
      %p = arith.select %c, %k, %y : i32
      linalg.yield %q, %p : f32, i32"""
    maps = ["(i, j) -> (i, j)", "(i, j) -> (i)", "(i, j) -> (i)"]
    op = generic(maps, "pr", [("%x", x)], [("%f", v), ("%g", k)], body)
    text = f"""func.func @entry(%x: {x}) -> ({v}, {k}) {{
      %ninf = arith.constant 0xFF800000 : f32
      %none = arith.constant 0 : i32
      {fill("f", "%ninf", v)}
      {fill("g", "%none", k)}
      %r, %r1 = {op}
      func.return %r, %r1 : {v}, {k}
    }}"""
    check(text, f32(6, 50))


def test_lookup_in_a_table():
    i, t, y = tensor(9, element="i32"), tensor(20, 40), tensor(9, 40)
    body = """^bb0(%z: f32):
      %i = linalg.index 0 : index
      %j = linalg.index 1 : index
      %w = tensor.extract %ids[%i] : tensor<9xi32>
      %k = arith.index_cast %w : i32 to index
      %q = tensor.extract %t[%k, %j] : tensor<20x40xf32>
      linalg.yield %q : f32"""
    op = generic(["(i, j) -> (i, j)"], "pp", [], [("%e", y)], body)
    text = f"""func.func @entry(%ids: {i}, %t: {t}) -> {y} {{
      %e = tensor.empty() : {y}
      %r = {op}
      func.return %r : {y}
    }}"""
    check(text, rng.integers(0, 20, 9).astype(np.int32), f32(20, 40))


def test_lookup_of_single_elements():
    i, t = tensor(37, element="i32"), tensor(20)
    y = tensor(37)
    body = """^bb0(%w: i32, %z: f32):
      %k = arith.index_cast %w : i32 to index
      %q = tensor.extract %t[%k] : tensor<20xf32>
      linalg.yield %q : f32"""
    op = generic(["(i) -> (i)"] * 2, "p", [("%ids", i)], [("%e", y)], body)
    text = f"""func.func @entry(%ids: {i}, %t: {t}) -> {y} {{
      %e = tensor.empty() : {y}
      %r = {op}
      func.return %r : {y}
    }}"""
    check(text, rng.integers(0, 20, 37).astype(np.int32), f32(20))


def test_iota_and_compare_give_booleans():
    y = tensor(3, 21, element="i1")
    body = """^bb0(%z: i1):
      %i = linalg.index 0 : index
      %j = linalg.index 1 : index
      %c = arith.cmpi sle, %j, %i : index
      linalg.yield %c : i1"""
    op = generic(["(i, j) -> (i, j)"], "pp", [], [("%e", y)], body)
    text = f"func.func @entry() -> {y} {{\n%e = tensor.empty() : {y}\n%r = {op}\n"
    check(text + f"func.return %r : {y}\n}}")


def test_select_by_booleans():
    c, x = tensor(50, element="i1"), tensor(50)
    body = """^bb0(%k: i1, %a: f32, %b: f32, %z: f32):
      %q = arith.select %k, %a, %b : f32
      linalg.yield %q : f32"""
    op = generic(["(i) -> (i)"] * 4, "p", [("%c", c), ("%x", x), ("%y", x)], [("%e", x)], body)
    text = f"func.func @entry(%c: {c}, %x: {x}, %y: {x}) -> {x} {{\n%e = tensor.empty() : {x}\n"
    check(text + f"%r = {op}\nfunc.return %r : {x}\n}}", rng.random(50) > 0.5, f32(50), f32(50))


@pytest.mark.parametrize("element", ["i8", "i16", "i32", "i64", "f64"])
def test_element_types(element):
    x = tensor(5, 45, element=element)
    add = "addf" if element == "f64" else "addi"
    mul = "mulf" if element == "f64" else "muli"
    body = f"""^bb0(%a: {element}, %b: {element}, %z: {element}):
      %p = arith.{mul} %a, %b : {element}
      %q = arith.{add} %p, %a : {element}
      linalg.yield %q : {element}"""
    op = generic(["(i, j) -> (i, j)", "(i, j) -> (i, j)", "(i, j) -> (i, j)"], "pp",
                 [("%x", x), ("%y", x)], [("%e", x)], body)  # fmt: skip
    text = f"func.func @entry(%x: {x}, %y: {x}) -> {x} {{\n%e = tensor.empty() : {x}\n%r = {op}\n"
    dtype = np.float64 if element == "f64" else np.dtype(f"int{element[1:]}")
    a, b = (rng.integers(-9, 9, (5, 45)).astype(dtype) for _ in range(2))
    check(text + f"func.return %r : {x}\n}}", a, b)


def test_integer_division_is_scalar():
    x = tensor(20, element="i32")
    body = "^bb0(%a: i32, %b: i32, %z: i32):\n%q = arith.divsi %a, %b : i32\nlinalg.yield %q : i32"
    op = generic(["(i) -> (i)"] * 3, "p", [("%x", x), ("%y", x)], [("%e", x)], body)
    text = f"func.func @entry(%x: {x}, %y: {x}) -> {x} {{\n%e = tensor.empty() : {x}\n%r = {op}\n"
    a, b = np.arange(20, dtype=np.int32) * 7, np.arange(1, 21, dtype=np.int32)
    check(text + f"func.return %r : {x}\n}}", a, b)


@pytest.mark.parametrize("low", [0, 2])
def test_pad(low):
    x, y = tensor(3, 10), tensor(3 + low, 15)
    text = f"""func.func @entry(%x: {x}) -> {y} {{
      %v = arith.constant 2.5 : f32
      %r = tensor.pad %x low[{low}, 1] high[0, 4] {{
      ^bb0(%i: index, %j: index):
        tensor.yield %v : f32
      }} : {x} to {y}
      func.return %r : {y}
    }}"""
    check(text, f32(3, 10))


def test_concatenation_by_insertion():
    a, b, y = tensor(4, 10), tensor(4, 7), tensor(4, 17)
    text = f"""func.func @entry(%a: {a}, %b: {b}) -> {y} {{
      %e = tensor.empty() : {y}
      %r = tensor.insert_slice %a into %e[0, 0] [4, 10] [1, 1] : {a} into {y}
      %s = tensor.insert_slice %b into %r[0, 10] [4, 7] [1, 1] : {b} into {y}
      func.return %s : {y}
    }}"""
    check(text, f32(4, 10), f32(4, 7))


@pytest.mark.parametrize("step", [1, 2])
def test_slice(step):
    x, y = tensor(9, 20), tensor(3, 8)
    text = f"""func.func @entry(%x: {x}) -> {y} {{
      %r = tensor.extract_slice %x[2, 3] [3, 8] [{step}, {step}] : {x} to {y}
      func.return %r : {y}
    }}"""
    check(text, f32(9, 20))


def test_two_results_of_one_dispatch():
    x = tensor(70, 30)
    double = "^bb0(%a: f32, %z: f32):\n%q = arith.addf %a, %a : f32\nlinalg.yield %q : f32"
    square = "^bb0(%a: f32, %z: f32):\n%q = arith.mulf %a, %a : f32\nlinalg.yield %q : f32"
    maps = ["(i, j) -> (i, j)"] * 2
    text = f"""func.func @entry(%x: {x}) -> ({x}, {x}) {{
      %e = tensor.empty() : {x}
      %r = {generic(maps, "pp", [("%x", x)], [("%e", x)], double)}
      %s = {generic(maps, "pp", [("%r", x)], [("%e", x)], square)}
      func.return %r, %s : {x}, {x}
    }}"""
    check(text, f32(70, 30))


def test_scalar_results():
    x, y = tensor(), tensor()
    body = "^bb0(%a: f32, %z: f32):\n%q = arith.addf %a, %a : f32\nlinalg.yield %q : f32"
    op = generic(["() -> ()"] * 2, "", [("%x", x)], [("%e", y)], body)
    text = f"func.func @entry(%x: {x}) -> {y} {{\n%e = tensor.empty() : {y}\n%r = {op}\n"
    check(text + f"func.return %r : {y}\n}}", f32())


def test_constants_in_the_body():
    x = tensor(2, 3)
    body = "^bb0(%a: f32, %b: f32, %z: f32):\n%q = arith.mulf %a, %b : f32\nlinalg.yield %q : f32"
    maps = ["(i, j) -> (i, j)"] * 3
    text = f"""func.func @entry(%x: {x}) -> {x} {{
      %c = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : {x}
      %d = arith.constant dense<2.0> : {x}
      %e = tensor.empty() : {x}
      %r = {generic(maps, "pp", [("%x", x), ("%c", x)], [("%e", x)], body)}
      %s = {generic(maps, "pp", [("%r", x), ("%d", x)], [("%e", x)], body)}
      func.return %s : {x}
    }}"""
    check(text, f32(2, 3))


@pytest.mark.parametrize("dim", [0, 1])
def test_concatenation(dim):
    shapes = [(4, 10), (4, 7)] if dim else [(4, 10), (9, 10)]
    a, b = (tensor(*s) for s in shapes)
    y = tensor(4, 17) if dim else tensor(13, 10)
    text = f"""func.func @entry(%a: {a}, %b: {b}) -> {y} {{
      %r = "tensor.concat"(%a, %b) <{{dim = {dim} : i64}}> : ({a}, {b}) -> {y}
      func.return %r : {y}
    }}"""
    check(text, *(f32(*s) for s in shapes))


def test_single_element_insertion():
    x = tensor(4, 10)
    text = f"""func.func @entry(%x: {x}) -> {x} {{
      %v = arith.constant 2.5 : f32
      %i = arith.constant 2 : index
      %r = tensor.insert %v into %x[%i, %i] : {x}
      func.return %r : {x}
    }}"""
    check(text, f32(4, 10))


def test_control_flow_in_a_body():
    x, t, y = tensor(6, 20), tensor(8), tensor(6, 20)
    body = """^bb0(%a: f32, %z: f32):
      %c0 = arith.constant 0.0 : f32
      %i = linalg.index 0 : index
      %c = arith.cmpf ogt, %a, %c0 : f32
      %q = scf.if %c -> (f32) {
        %w = tensor.extract %t[%i] : tensor<8xf32>
        scf.yield %w : f32
      } else {
        scf.yield %a : f32
      }
      linalg.yield %q : f32"""
    op = generic(["(i, j) -> (i, j)"] * 2, "pp", [("%x", x)], [("%e", y)], body)
    text = f"""func.func @entry(%x: {x}, %t: {t}) -> {y} {{
      %e = tensor.empty() : {y}
      %r = {op}
      func.return %r : {y}
    }}"""
    source, table, result = (aligned(np.float32, n) for n in ((6, 20), (8,), (6, 20)))
    source[...], table[...] = f32(6, 20), f32(8)
    compile_kernel(text).bind([source, table, result])()
    np.testing.assert_array_equal(result, np.where(source > 0, table[:6, None], source))
