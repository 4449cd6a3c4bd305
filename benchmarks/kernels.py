# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Single-core speed of kernels that code generation makes, beside OpenBLAS on a product of the same
size (through NumPy; for convolutions the im2col product, without the im2col).

    OPENBLAS_NUM_THREADS=1 python benchmarks/kernels.py [resnet50|bert|mlp|other] [name part]
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "tests/lowering")]

from codegen import programs  # noqa: E402
from codegen.harness import aligned, compile_kernel  # noqa: E402

RESNET50 = [
    # h, w, c, kh, f, stride, pad
    (224, 224, 3, 7, 64, 2, 3), (56, 56, 64, 1, 64, 1, 0), (56, 56, 64, 3, 64, 1, 1),
    (56, 56, 64, 1, 256, 1, 0), (56, 56, 256, 1, 64, 1, 0), (56, 56, 256, 1, 128, 2, 0),
    (28, 28, 128, 3, 128, 1, 1), (28, 28, 128, 1, 512, 1, 0), (56, 56, 256, 1, 512, 2, 0),
    (28, 28, 512, 1, 128, 1, 0), (28, 28, 512, 1, 256, 2, 0), (14, 14, 256, 3, 256, 1, 1),
    (14, 14, 256, 1, 1024, 1, 0), (28, 28, 512, 1, 1024, 2, 0), (14, 14, 1024, 1, 256, 1, 0),
    (14, 14, 1024, 1, 512, 2, 0), (7, 7, 512, 3, 512, 1, 1), (7, 7, 512, 1, 2048, 1, 0),
    (14, 14, 1024, 1, 2048, 2, 0), (7, 7, 2048, 1, 512, 1, 0),
]  # fmt: skip

BERT = [(128, 768, 768), (128, 768, 3072), (128, 3072, 768), (384, 768, 768)]
MLP = [(1, 784, 128), (32, 784, 512), (256, 1024, 1024), (512, 512, 512), (1, 2048, 1000)]


def cases(group: str):
    """(name, text, input shapes, output shape, multiply-adds × 2, BLAS sizes or None)."""
    if group in ("resnet50", "all"):
        for h, w, c, k, f, stride, pad in RESNET50:
            text = programs.conv(1, h, w, c, k, k, f, stride, pad)
            oh, ow = ((x + 2 * pad - k) // stride + 1 for x in (h, w))
            size = (oh * ow, k * k * c, f)
            yield (f"conv {h}x{w}x{c} {k}x{k} /{stride} -> {f}", text,
                   [(1, h, w, c), (k, k, c, f), (f,)], (1, oh, ow, f), size)  # fmt: skip
    for name, sizes in (("bert", BERT), ("mlp", MLP)):
        if group in (name, "all"):
            for m, k, n in sizes:
                yield (f"matmul {m}x{k}x{n}", programs.matmul(m, k, n), [(m, k), (k, n), (n,)],
                       (m, n), (m, k, n))  # fmt: skip
    if group in ("other", "bert", "all"):
        for b, m, k, n, t in ((12, 128, 64, 128, True), (12, 128, 128, 64, False)):
            y = (b, n, k) if t else (b, k, n)
            yield (f"batch {b}x{m}x{k}x{n}{'t' if t else ''}",
                   programs.batch_matmul(b, m, k, n, t), [(b, m, k), y], (b, m, n),
                   (b * m, k, n))  # fmt: skip
    if group in ("other", "all"):
        yield ("depthwise 112x112x32 3x3", programs.depthwise(1, 114, 114, 32, 3, 3),
               [(1, 114, 114, 32), (3, 3, 32)], (1, 112, 112, 32), (112 * 112, 9, 32))  # fmt: skip
        yield ("depthwise 14x14x576 3x3", programs.depthwise(1, 16, 16, 576, 3, 3),
               [(1, 16, 16, 576), (3, 3, 576)], (1, 14, 14, 576), (196, 9, 576))  # fmt: skip
        yield ("max pool 112x112x64 3x3 /2", programs.pool(1, 113, 113, 64, 3, 2),
               [(1, 113, 113, 64)], (1, 56, 56, 64), (56 * 56, 9, 32))  # fmt: skip
        yield ("softmax 1536x128", programs.softmax(1536, 128), [(1536, 128)], (1536, 128),
               (1536, 128, 1))  # fmt: skip


def best(run: Callable[[], object], seconds: float = 0.15) -> float:
    """Shortest of several runs, in seconds."""
    run()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return min(times)


def main(group: str = "all", part: str = "") -> None:
    rng = np.random.default_rng(0)
    total, blas_total, codegen = 0.0, 0.0, 0.0
    for name, text, inputs, output, (m, k, n) in cases(group):
        if part not in name:
            continue
        kernel = compile_kernel(text)
        arrays = [aligned(np.float32, shape) for shape in (*inputs, output)]
        for array in arrays[:-1]:
            array[...] = rng.standard_normal(array.shape)
        seconds = best(kernel.bind(arrays))
        a, b = rng.random((m, k), np.float32), rng.random((k, n), np.float32)
        blas = best(lambda a=a, b=b: a @ b)
        total, blas_total = total + seconds, blas_total + blas
        codegen += kernel.seconds["codegen"]
        print(f"{name:34} {2e-9 * m * k * n / seconds:7.1f} GFLOP/s {seconds * 1e6:8.0f} us"
              f"  BLAS {2e-9 * m * k * n / blas:6.1f}  ratio {blas / seconds:5.2f}"
              f"  workgroups {kernel.workgroups([])} ops {kernel.seconds['ops']}"
              f" codegen {1e3 * kernel.seconds['codegen']:.0f} ms"
              f" lower {1e3 * kernel.seconds['lower']:.0f}"
              f" llvm {1e3 * kernel.seconds['llvm']:.0f}", flush=True)  # fmt: skip
    print(f"total {total * 1e3:.1f} ms, BLAS {blas_total * 1e3:.1f} ms, codegen {codegen:.2f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
