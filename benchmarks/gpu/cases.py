# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What `python -m benchmarks.gpu.kernels` measures: JAX functions, of which we compile the
StableHLO that JAX writes, and the same for PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """`jax` gets (jnp, lax) and the arguments, `torch` (torch) and the arguments; `work` is what a
    call does in `unit`s: "GFLOP", or "GB" read and written."""

    name: str
    shapes: tuple[tuple[int, ...], ...]
    jax: Callable[..., Any]
    torch: Callable[..., Any]
    work: float
    unit: str
    dtype: str = "float32"

    def inputs(self) -> list[np.ndarray]:
        """Fresh random arguments."""
        import ml_dtypes

        type_ = ml_dtypes.bfloat16 if self.dtype == "bfloat16" else np.dtype(self.dtype)
        rng = np.random.default_rng(0)
        return [rng.standard_normal(shape, np.float32).astype(type_) for shape in self.shapes]


def _softmax(jnp: Any, lax: Any, x: Any) -> Any:
    e = jnp.exp(x - jnp.max(x, 1, keepdims=True))
    return e / jnp.sum(e, 1, keepdims=True)


def _layer_norm(jnp: Any, lax: Any, x: Any, g: Any, b: Any) -> Any:
    mean = jnp.mean(x, 1, keepdims=True)
    d = x - mean
    return d * lax.rsqrt(jnp.mean(d * d, 1, keepdims=True) + 1e-5) * g + b


def _dense(jnp: Any, lax: Any, x: Any, w: Any, b: Any, r: Any) -> Any:
    return jnp.maximum(jnp.dot(x, w, precision="highest") + b, 0) + r


def _conv(stride: int, padding: int) -> Callable[..., Any]:
    def run(jnp: Any, lax: Any, x: Any, w: Any) -> Any:
        pads = [(padding, padding)] * 2
        return lax.conv_general_dilated(
            x, w, (stride, stride), pads, dimension_numbers=("NHWC", "HWIO", "NHWC"),
            precision="highest",
        )  # fmt: skip

    return run


def _torch_conv(stride: int, padding: int) -> Callable[..., Any]:
    def run(torch: Any, x: Any, w: Any) -> Any:
        out = torch.nn.functional.conv2d(
            x.permute(0, 3, 1, 2), w.permute(3, 2, 0, 1), stride=stride, padding=padding
        )
        return out.permute(0, 2, 3, 1)

    return run


def matmul(m: int, n: int, k: int, dtype: str = "float32") -> Case:
    """A product."""
    return Case(
        f"matmul {m}x{n}x{k} {dtype}", ((m, k), (k, n)),
        lambda jnp, lax, x, w: jnp.dot(x, w, precision="highest"), lambda torch, x, w: x @ w,
        2e-9 * m * n * k, "GFLOP", dtype,
    )  # fmt: skip


def conv(n: int, size: int, c: int, f: int, window: int, stride: int) -> Case:
    """A convolution of ResNet, NHWC."""
    padding = window // 2
    out = (size + 2 * padding - window) // stride + 1
    return Case(
        f"conv {n}x{size}x{size}x{c} {window}x{window}/{stride} -> {f}",
        ((n, size, size, c), (window, window, c, f)), _conv(stride, padding),
        _torch_conv(stride, padding), 2e-9 * n * out * out * f * window * window * c, "GFLOP",
    )  # fmt: skip


def _cases(n: int, rows: int, columns: int, products: list[Case]) -> list[Case]:
    table, f32 = (rows, columns), 4e-9
    large = rows * columns
    return [
        Case("copy", ((n,),), lambda jnp, lax, x: -x, lambda torch, x: -x, 2 * f32 * n, "GB"),
        Case("saxpy", ((n,), (n,)), lambda jnp, lax, x, y: 2.5 * x + y,
             lambda torch, x, y: torch.add(y, x, alpha=2.5), 3 * f32 * n, "GB"),
        Case("gelu of a sum", ((n,), (n,)),
             lambda jnp, lax, x, y: 0.5 * (x + y) * (1 + jnp.tanh(0.8 * (x + y))),
             lambda torch, x, y: 0.5 * (x + y) * (1 + torch.tanh(0.8 * (x + y))),
             3 * f32 * n, "GB"),
        Case("bias and relu", (table, (columns,)), lambda jnp, lax, x, b: jnp.maximum(x + b, 0),
             lambda torch, x, b: torch.relu(x + b), 2 * f32 * large, "GB"),
        Case("transpose", (table,), lambda jnp, lax, x: x.T + 0.0,
             lambda torch, x: x.T.contiguous(), 2 * f32 * large, "GB"),
        Case("row sums", (table,), lambda jnp, lax, x: jnp.sum(x, 1),
             lambda torch, x: x.sum(1), f32 * large, "GB"),
        Case("column sums", (table,), lambda jnp, lax, x: jnp.sum(x, 0),
             lambda torch, x: x.sum(0), f32 * large, "GB"),
        Case("sum of all", (table,), lambda jnp, lax, x: jnp.sum(x), lambda torch, x: x.sum(),
             f32 * large, "GB"),
        Case("argmax", (table,), lambda jnp, lax, x: jnp.argmax(x, 1).astype(jnp.int32),
             lambda torch, x: x.argmax(1).int(), f32 * large, "GB"),
        Case("softmax", (table,), _softmax, lambda torch, x: torch.softmax(x, 1),
             2 * f32 * large, "GB"),
        Case("layer norm", (table, (columns,), (columns,)), _layer_norm,
             lambda torch, x, g, b: torch.nn.functional.layer_norm(x, (columns,), g, b, 1e-5),
             2 * f32 * large, "GB"),
        *(case for width in (columns // 4, columns // 16) for case in _rows(large // width, width)),
        *(_copies(4 * n) if n >> 20 else []),
        *products,
    ]  # fmt: skip


def _rows(rows: int, columns: int) -> list[Case]:
    """Softmax and layer norm of shorter rows."""
    table, work = (rows, columns), 8e-9 * rows * columns
    return [
        Case(f"softmax of rows of {columns}", (table,), _softmax,
             lambda torch, x: torch.softmax(x, 1), work, "GB"),
        Case(f"layer norm of rows of {columns}", (table, (columns,), (columns,)), _layer_norm,
             lambda torch, x, g, b: torch.nn.functional.layer_norm(x, (columns,), g, b, 1e-5),
             work, "GB"),
    ]  # fmt: skip


def _copies(n: int) -> list[Case]:
    """Larger than any cache, and long enough for a start and an end not to matter."""
    millions = n >> 20
    return [
        Case(f"copy of {millions} M", ((n,),), lambda jnp, lax, x: -x, lambda torch, x: -x,
             8e-9 * n, "GB"),
        Case(f"saxpy of {millions} M", ((n,), (n,)), lambda jnp, lax, x, y: 2.5 * x + y,
             lambda torch, x, y: torch.add(y, x, alpha=2.5), 12e-9 * n, "GB"),
    ]  # fmt: skip


def cases(small: bool) -> list[Case]:
    """All of them; `small` ones check a machine without a GPU."""
    if small:
        dense = Case("dense", ((40, 48), (48, 72), (72,), (40, 72)), _dense, _torch_dense, 1, "GB")
        return _cases(4096, 64, 1024, [
            matmul(128, 96, 64), matmul(70, 50, 33), dense, conv(2, 14, 8, 16, 3, 1),
            conv(2, 15, 3, 16, 7, 2), matmul(64, 64, 64, "bfloat16"),
        ])  # fmt: skip
    dense = Case(
        "dense 4096x4096x1024, bias, relu, residual",
        ((4096, 1024), (1024, 4096), (4096,), (4096, 4096)), _dense, _torch_dense,
        2e-9 * 4096 * 4096 * 1024, "GFLOP",
    )  # fmt: skip
    return _cases(1 << 24, 16384, 4096, [
        matmul(1024, 1024, 1024), matmul(2048, 2048, 2048), matmul(4096, 4096, 4096),
        matmul(4096, 768, 768), matmul(1000, 1000, 1000), matmul(32, 1000, 2048), dense,
        conv(32, 56, 64, 64, 3, 1), conv(32, 14, 256, 256, 3, 1), conv(32, 56, 64, 256, 1, 1),
        conv(32, 7, 512, 512, 3, 1), conv(32, 224, 3, 64, 7, 2),
        matmul(4096, 4096, 4096, "bfloat16"), matmul(4096, 4096, 4096, "float16"),
        matmul(2048, 2048, 2048, "bfloat16"), matmul(8192, 8192, 8192, "bfloat16"),
    ])  # fmt: skip


def _torch_dense(torch: Any, x: Any, w: Any, b: Any, r: Any) -> Any:
    return torch.relu(x @ w + b) + r
