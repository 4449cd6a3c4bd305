# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The single ops that `benchmarks/cpu_ops.py` measures: what JAX is given, what NumPy does.

A case is a JAX function with arrays; its StableHLO is what we and IREE compile. `numpy` is the same
in NumPy, None where NumPy has no implementation worth a comparison (products of bfloat16).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np


@dataclass(frozen=True)
class OpCase:
    """`work` in `unit`s (GFLOP, or GB moved if every operand is touched once) of one call."""

    name: str
    function: Callable[..., Any]
    arrays: list[np.ndarray]
    numpy: Callable[..., Any] | None
    work: float
    unit: str
    without: str = ""
    """A peer that would take minutes."""


RESNET50 = [  # height and width, channels, filter, features, stride
    (224, 3, 7, 64, 2), (56, 64, 1, 64, 1), (56, 64, 3, 64, 1), (56, 64, 1, 256, 1),
    (56, 256, 1, 64, 1), (56, 256, 1, 128, 2), (28, 128, 3, 128, 1), (28, 128, 1, 512, 1),
    (56, 256, 1, 512, 2), (28, 512, 1, 128, 1), (28, 512, 1, 256, 2), (14, 256, 3, 256, 1),
    (14, 256, 1, 1024, 1), (28, 512, 1, 1024, 2), (14, 1024, 1, 256, 1), (14, 1024, 1, 512, 2),
    (7, 512, 3, 512, 1), (7, 512, 1, 2048, 1), (14, 1024, 1, 2048, 2), (7, 2048, 1, 512, 1),
]  # fmt: skip
MOBILE = [
    (224, 3, 3, 32, 2), (112, 32, 1, 16, 1), (112, 16, 1, 96, 1), (56, 24, 1, 144, 1),
    (28, 192, 1, 32, 1), (14, 384, 1, 64, 1), (7, 160, 1, 960, 1), (7, 320, 1, 1280, 1),
]  # fmt: skip
DEPTHWISE = [  # height and width, channels, filter, stride
    (112, 32, 3, 1), (112, 96, 3, 2), (56, 144, 3, 1), (56, 144, 5, 2), (28, 192, 3, 1),
    (28, 240, 5, 1), (14, 384, 3, 1), (14, 672, 5, 1), (7, 960, 3, 1), (7, 1152, 5, 1),
]  # fmt: skip


def cases() -> Iterator[OpCase]:
    """All of them, in the order of the tables."""
    for family in (gemm, gemv, convolutions, rows, reductions, transposes, elementwise, data):
        yield from family()


def _values(*shape: int, dtype: Any = np.float32, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if np.issubdtype(np.dtype(dtype), np.integer):
        info = np.iinfo(dtype)
        return rng.integers(info.min, info.max, shape, dtype=dtype)
    return rng.uniform(-1, 1, shape).astype(dtype)


def gemm() -> Iterator[OpCase]:
    import jax.numpy as jnp
    from jax import lax

    for dtype in (np.float32, np.float64, ml_dtypes.bfloat16, np.int8):
        name = np.dtype(dtype).name
        for n in (64, 128, 256, 512, 1024, 2048):
            x, y = _values(n, n, dtype=dtype), _values(n, n, dtype=dtype, seed=1)
            flops = 2e-9 * n**3
            if dtype == np.int8:
                wide = jnp.int32
                run = lambda a, b, w=wide: lax.dot(a, b, preferred_element_type=w)  # noqa: E731
                yield OpCase(f"gemm {name} {n}", run, [x, y], None, flops, "GOP")
            else:
                blas = np.matmul if dtype != ml_dtypes.bfloat16 else None
                yield OpCase(f"gemm {name} {n}", lax.dot, [x, y], blas, flops, "GFLOP")
    for m, k, n in ((1, 768, 3072), (8, 1024, 1024), (128, 768, 3072), (128, 3072, 768)):
        x, y = _values(m, k), _values(k, n, seed=1)
        yield OpCase(f"gemm {m}x{k}x{n}", lax.dot, [x, y], np.matmul, 2e-9 * m * k * n, "GFLOP")


def gemv() -> Iterator[OpCase]:
    import jax.numpy as jnp

    for n in (512, 2048, 4096):
        x, v = _values(n, n), _values(n, seed=1)
        moved = x.nbytes / 1e9
        yield OpCase(f"gemv {n}", jnp.matmul, [x, v], np.matmul, moved, "GB")
        yield OpCase(f"gemv {n} transposed", jnp.matmul, [v, x], np.matmul, moved, "GB")


def convolutions() -> Iterator[OpCase]:
    from jax import lax

    def run(x: Any, w: Any, stride: int, groups: int) -> Any:
        return lax.conv_general_dilated(
            x, w, (stride, stride), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"),
            feature_group_count=groups,
        )  # fmt: skip

    for size, c, k, f, stride in dict.fromkeys([*RESNET50, *MOBILE]):
        x, w = _values(1, size, size, c), _values(k, k, c, f, seed=1)
        flops = 2e-9 * (size // stride) ** 2 * k * k * c * f
        name = f"conv {size}x{size}x{c} {k}x{k}/{stride} → {f}"
        yield OpCase(name, lambda x, w, s=stride: run(x, w, s, 1), [x, w], None, flops, "GFLOP")
    for size, c, k, stride in DEPTHWISE:
        x, w = _values(1, size, size, c), _values(k, k, 1, c, seed=1)
        flops = 2e-9 * (size // stride) ** 2 * k * k * c
        name = f"depthwise {size}x{size}x{c} {k}x{k}/{stride}"
        yield OpCase(
            name, lambda x, w, s=stride, c=c: run(x, w, s, c), [x, w], None, flops, "GFLOP"
        )


def rows() -> Iterator[OpCase]:
    import jax

    def layer_norm(x: Any) -> Any:
        mean = x.mean(-1, keepdims=True)
        return (x - mean) / ((((x - mean) ** 2).mean(-1, keepdims=True) + 1e-5) ** 0.5)

    def soft(x: np.ndarray) -> np.ndarray:
        e = np.exp(x - x.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)

    for shape in ((1536, 128), (512, 1000), (64, 5000)):
        x = _values(*shape)
        size = f"{shape[0]}x{shape[1]}"
        moved = 2e-9 * x.nbytes
        yield OpCase(f"softmax {size}", lambda x: jax.nn.softmax(x, -1), [x], soft, moved, "GB")
        yield OpCase(f"layernorm {size}", layer_norm, [x], layer_norm, moved, "GB")


def reductions() -> Iterator[OpCase]:
    import jax.numpy as jnp

    x = _values(2048, 2048)
    for name, axis in (("rows", 1), ("columns", 0), ("all", None)):
        yield OpCase(f"sum of {name} 2048x2048", lambda a, d=axis: jnp.sum(a, d), [x],
                     lambda a, d=axis: np.sum(a, d), x.nbytes / 1e9, "GB")  # fmt: skip
    yield OpCase("argmax of rows 2048x2048", lambda a: jnp.argmax(a, 1), [x],
                 lambda a: np.argmax(a, 1), x.nbytes / 1e9, "GB")  # fmt: skip


def transposes() -> Iterator[OpCase]:
    import jax.numpy as jnp

    def moved(name: str, x: np.ndarray, axes: tuple[int, ...]) -> OpCase:
        copied = lambda a: np.ascontiguousarray(a.transpose(axes))  # noqa: E731
        return OpCase(
            f"transpose {name}", lambda a: jnp.transpose(a, axes), [x], copied,
            2e-9 * x.nbytes, "GB",
        )  # fmt: skip

    for n in (256, 1024, 2000, 4096):
        yield moved(f"f32 {n}x{n}", _values(n, n), (1, 0))
    yield moved("f64 1024x1024", _values(1024, 1024, dtype=np.float64), (1, 0))
    yield moved("bf16 2048x2048", _values(2048, 2048, dtype=ml_dtypes.bfloat16), (1, 0))
    yield moved("i8 2048x2048", _values(2048, 2048, dtype=np.int8), (1, 0))
    yield moved("NCHW → NHWC 8x64x56x56", _values(8, 64, 56, 56), (0, 2, 3, 1))
    yield moved("NHWC → NCHW 8x56x56x64", _values(8, 56, 56, 64), (0, 3, 1, 2))
    yield moved("heads 8x128x12x64", _values(8, 128, 12, 64), (0, 2, 1, 3))


def elementwise() -> Iterator[OpCase]:
    import jax
    import jax.numpy as jnp

    x, y = _values(2048, 2048), _values(2048, 2048, seed=1)
    yield OpCase("copy and negate", lambda a: -a, [x], np.negative, 2e-9 * x.nbytes, "GB")
    yield OpCase("a*b + a", lambda a, b: a * b + a, [x, y], lambda a, b: a * b + a,
                 3e-9 * x.nbytes, "GB")  # fmt: skip
    chain = lambda a: jnp.minimum(jnp.maximum(a * 1.5 + 0.5, 0.0), 6.0) * 0.25  # noqa: E731
    yield OpCase("relu6 chain", chain, [x],
                 lambda a: np.minimum(np.maximum(a * 1.5 + 0.5, 0.0), 6.0) * 0.25,
                 2e-9 * x.nbytes, "GB")  # fmt: skip
    yield OpCase("tanh", jnp.tanh, [x], np.tanh, 2e-9 * x.nbytes, "GB")
    yield OpCase("gelu", lambda a: jax.nn.gelu(a, approximate=True), [x], None,
                 2e-9 * x.nbytes, "GB")  # fmt: skip
    narrow = _values(2048, 2048, dtype=ml_dtypes.bfloat16)
    yield OpCase("bf16 a*a + a", lambda a: a * a + a, [narrow], None, 2e-9 * narrow.nbytes, "GB")


def data() -> Iterator[OpCase]:
    """What moves elements by their values: sort, scatter, gather, cumsum, fft."""
    import jax.numpy as jnp
    from jax import lax

    rng = np.random.default_rng(3)
    for dtype in (np.float32, np.int32):
        kind = np.dtype(dtype).name
        for shape in ((1 << 18,), (512, 512)):
            x = _values(*shape, dtype=dtype)
            size, slow = "x".join(map(str, shape)), "iree" if len(shape) == 1 else ""
            yield OpCase(f"sort {kind} {size}", lambda a: lax.sort(a, is_stable=True), [x],
                         np.sort, 2e-9 * x.nbytes, "GB", slow)  # fmt: skip
    x = _values(1 << 16)
    yield OpCase("argsort float32 65536", jnp.argsort, [x], lambda a: np.argsort(a, kind="stable"),
                 2e-9 * x.nbytes, "GB", "iree")  # fmt: skip
    table, updates = _values(10000, 128), _values(4096, 128, seed=1)
    places = rng.integers(0, 10000, 4096, dtype=np.int32)

    def added(a: np.ndarray, i: np.ndarray, u: np.ndarray) -> np.ndarray:
        result = a.copy()
        np.add.at(result, i, u)
        return result

    yield OpCase("scatter-add 4096 rows of 128", lambda a, i, u: a.at[i].add(u),
                 [table, places, updates], added,
                 (2 * table.nbytes + updates.nbytes) / 1e9, "GB")  # fmt: skip
    spots, values = rng.integers(0, 1 << 20, 1 << 16, dtype=np.int32), _values(1 << 16)
    yield OpCase("scatter 65536 elements", lambda a, i, u: a.at[i].set(u),
                 [_values(1 << 20), spots, values], None, 8e-9 * (1 << 20), "GB")  # fmt: skip
    yield OpCase("gather 4096 rows of 128", lambda a, i: a[i], [table, places],
                 lambda a, i: a[i], 2e-9 * updates.nbytes, "GB")  # fmt: skip
    wide = _values(1024, 1024)
    for axis in (0, 1):
        yield OpCase(f"cumsum 1024x1024 axis {axis}", lambda a, d=axis: lax.cumsum(a, d), [wide],
                     lambda a, d=axis: np.cumsum(a, d), 2e-9 * wide.nbytes, "GB")  # fmt: skip
    for batch, n in ((64, 256), (64, 1024), (16, 4096), (1, 65536), (16, 1000)):
        z = (_values(batch, n) + 1j * _values(batch, n, seed=1)).astype(np.complex64)
        flops = 5e-9 * batch * n * np.log2(n)
        yield OpCase(f"fft {batch}x{n}", jnp.fft.fft, [z], np.fft.fft, flops, "GFLOP")
    real = _values(64, 1024)
    yield OpCase(
        "rfft 64x1024", jnp.fft.rfft, [real], np.fft.rfft, 2.5e-9 * 64 * 1024 * 10, "GFLOP"
    )
