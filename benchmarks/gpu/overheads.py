# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a call costs beside its kernels: programs of one and of a hundred small dispatches, each of
the result before, and independent ones.

python -m benchmarks.gpu.overheads [--device vulkan]
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

import iree_explore as ie


def chain(count: int) -> str:
    """A program of `count` products, each of the result before."""
    lines = [
        f"  %{n + 1} = stablehlo.dot %{n}, %w : (tensor<16x16xf32>, tensor<16x16xf32>)"
        " -> tensor<16x16xf32>"
        for n in range(count)
    ]
    body = "\n".join(lines)
    return f"""func.func @main(%0: tensor<16x16xf32>, %w: tensor<16x16xf32>) -> tensor<16x16xf32> {{
{body}
  return %{count} : tensor<16x16xf32>
}}"""


def independent(count: int) -> str:
    """A program of `count` products, each of a slice of its own; twenty results are joined."""
    square, joined = "tensor<16x16xf32>", "tensor<320x16xf32>"
    lines = []
    for n in range(count):
        lines += [
            f"  %s{n} = stablehlo.slice %w [{16 * n}:{16 * n + 16}, 0:16]"
            f" : (tensor<{16 * count}x16xf32>) -> {square}",
            f"  %p{n} = stablehlo.dot %0, %s{n} : ({square}, {square}) -> {square}",
        ]
    groups = range(0, count, 20)
    for first in groups:
        parts = ", ".join(f"%p{n}" for n in range(first, first + 20))
        types = ", ".join([square] * 20)
        lines.append(
            f"  %c{first} = stablehlo.concatenate {parts}, dim = 0 : ({types}) -> {joined}"
        )
    body, results = "\n".join(lines), ", ".join([joined] * len(groups))
    return f"""func.func @main(%0: {square}, %w: tensor<{16 * count}x16xf32>) -> ({results}) {{
{body}
  return {", ".join(f"%c{n}" for n in groups)} : {results}
}}"""


def main() -> None:
    """Prints medians in microseconds: the call, and all kernels by the device's timestamps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="vulkan")
    options = parser.parse_args()
    square = np.eye(16, dtype=np.float32)
    for count in (1, 10, 100):
        report(f"{count} in a chain", chain(count), [square, square], options.device)
    many = np.tile(square, (100, 1))
    report("100 independent, 5 joining them", independent(100), [square, many], options.device)


def report(name: str, program: str, inputs: list[np.ndarray], device: str) -> None:
    """Measures calls of one program."""
    module = ie.compile(program, target="vulkan-spirv", device=device)
    run = module["main"]
    for _ in range(10):
        run(*inputs)
    samples = []
    for _ in range(200):
        begin = time.perf_counter()
        run(*inputs)
        samples.append((time.perf_counter() - begin) * 1e6)
    measured = module.profile("main", inputs, 5)
    kernels = sum(statistics.median(d.samples_ns) for d in measured.dispatches) / 1e3
    low, high = np.percentile(samples, [10, 90])
    print(
        f"{name}: a call {statistics.median(samples):.0f} us"
        f" (10 to 90 %: {low:.0f} to {high:.0f}), kernels one by one {kernels:.0f} us",
        flush=True,
    )


if __name__ == "__main__":
    main()
