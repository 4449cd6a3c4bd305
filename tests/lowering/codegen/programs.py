# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Texts of tensor functions for the code generation tests and the kernel benchmark."""

from __future__ import annotations

from collections.abc import Sequence


def tensor(*shape: int | str, element: str = "f32") -> str:
    """`tensor<..>` text; "?" is a dynamic size."""
    return f"tensor<{''.join(f'{n}x' for n in shape)}{element}>"


def generic(
    maps: Sequence[str], iterators: str, ins: Sequence[tuple[str, str]],
    outs: Sequence[tuple[str, str]], body: str,
) -> str:  # fmt: skip
    """A `linalg.generic`; `ins` and `outs` are (value, type), iterators letters p and r."""
    kinds = ", ".join({"p": '"parallel"', "r": '"reduction"'}[c] for c in iterators)

    def group(name: str, values: Sequence[tuple[str, str]]) -> str:
        if not values:
            return ""
        names, types = zip(*values, strict=True)
        return f"{name}({', '.join(names)} : {', '.join(types)}) "

    results = ", ".join(t for _, t in outs)
    return (
        f"linalg.generic {{indexing_maps = [{', '.join(f'affine_map<{m}>' for m in maps)}],"
        f" iterator_types = [{kinds}]}} {group('ins', ins)}{group('outs', outs)}{{\n{body}\n}}"
        f" -> {results}"
    )


def fill(name: str, value: str, type_: str, dynamic: str = "") -> str:
    """An empty tensor filled with `value`."""
    element = type_[:-1].rpartition("x")[2].removeprefix("tensor<")
    return (
        f"%{name}_e = tensor.empty({dynamic}) : {type_}\n"
        f"%{name} = linalg.fill ins({value} : {element}) outs(%{name}_e : {type_}) -> {type_}\n"
    )


BIAS_RELU = """^bb0(%x: f32, %y: f32, %w: f32):
  %s = arith.addf %x, %y : f32
  %t = arith.maximumf %s, %zero : f32
  linalg.yield %t : f32"""


def matmul(m: int | str, k: int, n: int, transposed: bool = False) -> str:
    """matmul + bias + relu; `m` may be "?" (the index argument)."""
    a, c, v = tensor(m, k), tensor(m, n), tensor(n)
    b = tensor(n, k) if transposed else tensor(k, n)
    index = ", %n: index" if m == "?" else ""
    dynamic = "%n" if m == "?" else ""
    if transposed:
        product = generic(
            ["(i, j, k) -> (i, k)", "(i, j, k) -> (j, k)", "(i, j, k) -> (i, j)"], "ppr",
            [("%a", a), ("%b", b)], [("%f", c)],
            "^bb0(%x: f32, %y: f32, %z: f32):\n%p = arith.mulf %x, %y : f32\n"
            "%q = arith.addf %z, %p : f32\nlinalg.yield %q : f32",
        )  # fmt: skip
    else:
        product = f"linalg.matmul ins(%a, %b : {a}, {b}) outs(%f : {c}) -> {c}"
    follow = generic(
        ["(i, j) -> (i, j)", "(i, j) -> (j)", "(i, j) -> (i, j)"], "pp",
        [("%m", c), ("%v", v)], [("%f_e", c)], BIAS_RELU,
    )  # fmt: skip
    return f"""func.func @entry(%a: {a}, %b: {b}, %v: {v}{index}) -> {c} {{
      %zero = arith.constant 0.0 : f32
      {fill("f", "%zero", c, dynamic)}
      %m = {product}
      %r = {follow}
      func.return %r : {c}
    }}"""


def conv(
    n: int | str, h: int, w: int, c: int, kh: int, kw: int, f: int, stride: int = 1, pad: int = 0,
    residual: bool = False,
) -> str:  # fmt: skip
    """[pad +] conv_2d_nhwc_hwcf + bias [+ residual] + relu."""
    x, k, v = tensor(n, h, w, c), tensor(kh, kw, c, f), tensor(f)
    ph, pw = h + 2 * pad, w + 2 * pad
    oh, ow = (ph - kh) // stride + 1, (pw - kw) // stride + 1
    o, p = tensor(n, oh, ow, f), tensor(n, ph, pw, c)
    index = ", %n: index" if n == "?" else ""
    dynamic = "%n" if n == "?" else ""
    source, padding = "%in", ""
    if pad:
        source = "%p"
        padding = f"""%p = tensor.pad %in low[0, {pad}, {pad}, 0] high[0, {pad}, {pad}, 0] {{
        ^bb0(%i: index, %j: index, %l: index, %q: index):
          tensor.yield %zero : f32
        }} : {x} to {p}"""
    maps = ["(a, b, c, d) -> (a, b, c, d)", "(a, b, c, d) -> (d)", "(a, b, c, d) -> (a, b, c, d)"]
    ins = [("%m", o), ("%v", v)]
    body, extra = BIAS_RELU, ""
    if residual:
        maps.insert(2, maps[0])
        ins.append(("%res", o))
        extra = f", %res: {o}"
        body = """^bb0(%x_: f32, %y: f32, %z: f32, %w: f32):
          %s_ = arith.addf %x_, %y : f32
          %u = arith.addf %s_, %z : f32
          %t = arith.maximumf %u, %zero : f32
          linalg.yield %t : f32"""
    strides = f"strides = dense<{stride}> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>"
    return f"""func.func @entry(%in: {x}, %k: {k}, %v: {v}{extra}{index}) -> {o} {{
      %zero = arith.constant 0.0 : f32
      {padding}
      {fill("f", "%zero", o, dynamic)}
      %m = linalg.conv_2d_nhwc_hwcf {{{strides}}} ins({source}, %k : {p if pad else x}, {k})
             outs(%f : {o}) -> {o}
      %r = {generic(maps, "pppp", ins, [("%f_e", o)], body)}
      func.return %r : {o}
    }}"""


def depthwise(n: int, h: int, w: int, c: int, kh: int, kw: int, stride: int = 1) -> str:
    """Depthwise convolution as a generic op."""
    x, k = tensor(n, h, w, c), tensor(kh, kw, c)
    o = tensor(n, (h - kh) // stride + 1, (w - kw) // stride + 1, c)
    loops = "(n, h, w, c, i, j)"
    product = generic(
        [f"{loops} -> (n, h * {stride} + i, w * {stride} + j, c)", f"{loops} -> (i, j, c)",
         f"{loops} -> (n, h, w, c)"], "pppprr", [("%x", x), ("%k", k)], [("%f", o)],
        "^bb0(%a: f32, %b: f32, %z: f32):\n%p = arith.mulf %a, %b : f32\n"
        "%q = arith.addf %z, %p : f32\nlinalg.yield %q : f32",
    )  # fmt: skip
    return f"""func.func @entry(%x: {x}, %k: {k}) -> {o} {{
      %zero = arith.constant 0.0 : f32
      {fill("f", "%zero", o)}
      %m = {product}
      func.return %m : {o}
    }}"""


def pool(n: int | str, h: int, w: int, c: int, size: int, stride: int, kind: str = "max") -> str:
    """Max or sum pooling over windows."""
    x = tensor(n, h, w, c)
    o = tensor(n, (h - size) // stride + 1, (w - size) // stride + 1, c)
    win = tensor(size, size)
    loops = "(n, h, w, c, i, j)"
    op = "arith.maximumf" if kind == "max" else "arith.addf"
    index = ", %n: index" if n == "?" else ""
    reduce = generic(
        [f"{loops} -> (n, h * {stride} + i, w * {stride} + j, c)", f"{loops} -> (i, j)",
         f"{loops} -> (n, h, w, c)"], "pppprr", [("%x", x), ("%win", win)], [("%f", o)],
        f"^bb0(%a: f32, %b: f32, %z: f32):\n%q = {op} %z, %a : f32\nlinalg.yield %q : f32",
    )  # fmt: skip
    start = "0xFF800000" if kind == "max" else "0.0"
    return f"""func.func @entry(%x: {x}{index}) -> {o} {{
      %start = arith.constant {start} : f32
      %win = tensor.empty() : {win}
      {fill("f", "%start", o, "%n" if n == "?" else "")}
      %m = {reduce}
      func.return %m : {o}
    }}"""


def softmax(rows: int | str, columns: int | str) -> str:
    """All of softmax over rows in one dispatch; "?" rows are %n, "?" columns %m."""
    x, r = tensor(rows, columns), tensor(rows)
    index = "".join(f", %{v}: index" for v, d in (("n", rows), ("m", columns)) if d == "?")
    dims = ", ".join(f"%{v}" for v, d in (("n", rows), ("m", columns)) if d == "?")
    row = "%n" if rows == "?" else ""
    same, row_map = "(i, j) -> (i, j)", "(i, j) -> (i)"
    largest = generic(
        [same, row_map],
        "pr",
        [("%x", x)],
        [("%lo", r)],
        "^bb0(%a: f32, %z: f32):\n%q = arith.maximumf %a, %z : f32\nlinalg.yield %q : f32",
    )
    exp = generic(
        [same, row_map, same],
        "pp",
        [("%x", x), ("%max", r)],
        [("%e", x)],
        "^bb0(%a: f32, %b: f32, %z: f32):\n%p = arith.subf %a, %b : f32\n"
        "%q = math.exp %p : f32\nlinalg.yield %q : f32",
    )
    total = generic(
        [same, row_map],
        "pr",
        [("%exp", x)],
        [("%zeros", r)],
        "^bb0(%a: f32, %z: f32):\n%q = arith.addf %a, %z : f32\nlinalg.yield %q : f32",
    )
    div = generic(
        [same, row_map, same],
        "pp",
        [("%exp", x), ("%sum", r)],
        [("%e", x)],
        "^bb0(%a: f32, %b: f32, %z: f32):\n%q = arith.divf %a, %b : f32\nlinalg.yield %q : f32",
    )
    return f"""func.func @entry(%x: {x}{index}) -> {x} {{
      %zero = arith.constant 0.0 : f32
      %ninf = arith.constant 0xFF800000 : f32
      %e = tensor.empty({dims}) : {x}
      {fill("lo", "%ninf", r, row)}
      %max = {largest}
      %exp = {exp}
      {fill("zeros", "%zero", r, row)}
      %sum = {total}
      %q = {div}
      func.return %q : {x}
    }}"""  # fmt: skip


def batch_matmul(b: int, m: int | str, k: int, n: int | str, transposed: bool = False) -> str:
    """Batched product, the right-hand side transposed or not; `m` and `n` may be "?" (both the
    index argument)."""
    unknown = [x for x in (m, n) if x == "?"]
    index = ", %n: index" if unknown else ""
    x, o = tensor(b, m, k), tensor(b, m, n)
    y = tensor(b, n, k) if transposed else tensor(b, k, n)
    right = "(b, i, j, k) -> (b, j, k)" if transposed else "(b, i, j, k) -> (b, k, j)"
    product = generic(
        ["(b, i, j, k) -> (b, i, k)", right, "(b, i, j, k) -> (b, i, j)"], "pppr",
        [("%x", x), ("%y", y)], [("%f", o)],
        "^bb0(%a: f32, %c: f32, %z: f32):\n%p = arith.mulf %a, %c : f32\n"
        "%q = arith.addf %z, %p : f32\nlinalg.yield %q : f32",
    )  # fmt: skip
    return f"""func.func @entry(%x: {x}, %y: {y}{index}) -> {o} {{
      %zero = arith.constant 0.0 : f32
      {fill("f", "%zero", o, ", ".join("%n" for _ in unknown))}
      %m = {product}
      func.return %m : {o}
    }}"""
