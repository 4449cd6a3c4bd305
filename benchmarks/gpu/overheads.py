# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a call costs beside its kernels: programs of one and of a hundred small dispatches.

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


def main() -> None:
    """Prints medians in microseconds: the call, and all kernels by the device's timestamps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="vulkan")
    options = parser.parse_args()
    inputs = [np.eye(16, dtype=np.float32)] * 2
    for count in (1, 10, 100):
        module = ie.compile(chain(count), target="vulkan-spirv", device=options.device)
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
            f"{count} dispatches: a call {statistics.median(samples):.0f} us"
            f" (10 to 90 %: {low:.0f} to {high:.0f}), kernels alone {kernels:.0f} us",
            flush=True,
        )


if __name__ == "__main__":
    main()
