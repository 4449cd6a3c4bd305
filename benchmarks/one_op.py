# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How long a program of one op takes to compile and run in a warm process, beside IREE's and XLA's.

    python benchmarks/one_op.py [--repetitions 7] [--json OUT]

Every repetition has another size, so that neither our disk cache nor XLA's cache has the kernel.
Host clock; the first repetition of an op is apart (imports, worker start-up).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import iree_explore as ie

ELEMENTWISE = ("abs", "negate", "exponential", "log", "tanh", "sine", "logistic", "cbrt")
REGION = """({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %s = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %s : tensor<f32>
  })"""
PROGRAMS: dict[str, str] = {
    **{name: f"  %r = stablehlo.{name} %a : tensor<$Nx$Mxf32>" for name in ELEMENTWISE},
    "add": "  %r = stablehlo.add %a, %a : tensor<$Nx$Mxf32>",
    "transpose": "  %r = stablehlo.transpose %a, dims = [1, 0] : (tensor<$Nx$Mxf32>) "
    "-> tensor<$Mx$Nxf32>",
    "reduce": "  %c = stablehlo.constant dense<0.0> : tensor<f32>\n  %r = stablehlo.reduce(%a "
    "init: %c) applies stablehlo.add across dimensions = [1] : (tensor<$Nx$Mxf32>, tensor<f32>) "
    "-> tensor<$Nxf32>",
    "dot_general": "  %r = stablehlo.dot_general %a, %a, contracting_dims = [1] x [1] : "
    "(tensor<$Nx$Mxf32>, tensor<$Nx$Mxf32>) -> tensor<$Nx$Nxf32>",
    "sort": """  %r = "stablehlo.sort"(%a) <{dimension = 1 : i64, is_stable = true}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %s = stablehlo.compare LT, %x, %y : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %s : tensor<i1>
  }) : (tensor<$Nx$Mxf32>) -> tensor<$Nx$Mxf32>""",
    "reduce_window": f"""  %c = stablehlo.constant dense<0.0> : tensor<f32>
  %r = "stablehlo.reduce_window"(%a, %c) <{{window_dimensions = array<i64: 2, 3>,
    window_strides = array<i64: 1, 1>, padding = dense<[[0, 1], [1, 1]]> : tensor<2x2xi64>}}>
    {REGION} : (tensor<$Nx$Mxf32>, tensor<f32>) -> tensor<$Nx$Mxf32>""",
    "scatter": f"""  %i = stablehlo.constant dense<[[0], [2]]> : tensor<2x1xi32>
  %u = stablehlo.slice %a [0:2, 0:$M] : (tensor<$Nx$Mxf32>) -> tensor<2x$Mxf32>
  %r = "stablehlo.scatter"(%a, %i, %u) <{{scatter_dimension_numbers = #stablehlo.scatter<
    update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0],
    index_vector_dim = 1>}}> {REGION}
    : (tensor<$Nx$Mxf32>, tensor<2x1xi32>, tensor<2x$Mxf32>) -> tensor<$Nx$Mxf32>""",
}
RESULTS = {"transpose": "tensor<$Mx$Nxf32>", "reduce": "tensor<$Nxf32>",
           "dot_general": "tensor<$Nx$Nxf32>"}  # fmt: skip


def program(name: str, n: int, m: int) -> str:
    text = (
        "func.func public @main(%a: tensor<$Nx$Mxf32>) -> "
        f"{RESULTS.get(name, 'tensor<$Nx$Mxf32>')} {{\n{PROGRAMS[name]}\n"
        f"  return %r : {RESULTS.get(name, 'tensor<$Nx$Mxf32>')}\n}}\n"
    )
    return text.replace("$N", str(n)).replace("$M", str(m))


def ours(text: str, x: np.ndarray) -> Any:
    return ie.compile(text, target="llvm-cpu", device="local-task").main(x)


def iree(text: str, x: np.ndarray) -> Any:
    """The real IREE, in process."""
    from iree import compiler, runtime

    flags = ["--iree-llvmcpu-target-cpu=host"]
    binary = compiler.compile_str(text, target_backends=["llvm-cpu"], extra_args=flags)
    config = runtime.Config("local-task")
    context = runtime.SystemContext(config=config)
    context.add_vm_module(runtime.VmModule.copy_buffer(config.vm_instance, binary))
    return np.asarray(context.modules.module.main(x))


def xla(text: str, x: np.ndarray) -> Any:
    """XLA:CPU through JAX's client."""
    import jax
    from jaxlib import _jax

    client = jax.local_devices(backend="cpu")[0].client
    devices = _jax.DeviceList(tuple(jax.local_devices(backend="cpu")))
    loaded = client.compile_and_load(text, devices)
    return np.asarray(loaded.execute([jax.device_put(x)])[0])


def measure(run: Callable[[str, np.ndarray], Any], name: str, count: int, seed: int) -> list[float]:
    """Milliseconds of each repetition, the first (warm-up) left out."""
    rng = np.random.default_rng(seed)
    times = []
    for _ in range(count + 1):
        n, m = (int(v) for v in rng.integers(20, 900, 2))
        x = rng.uniform(0.1, 1, (n, m)).astype(np.float32)
        text = program(name, n, m)
        begin = time.perf_counter_ns()
        run(text, x)
        times.append((time.perf_counter_ns() - begin) / 1e6)
    return times[1:]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--peers", default="ours,iree,xla")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    peers = {"ours": ours, "iree": iree, "xla": xla}
    chosen = {name: peers[name] for name in options.peers.split(",")}
    seed = time.time_ns() % 2**32
    rows: dict[str, dict[str, dict[str, float]]] = {}
    print(f"{'op':16}" + "".join(f"{name + ' ms':>14}{'spread':>9}" for name in chosen))
    for op in PROGRAMS:
        rows[op] = {}
        for name, run in chosen.items():
            times = measure(run, op, options.repetitions, seed)
            spread = max(times) - min(times)
            rows[op][name] = {"median_ms": statistics.median(times), "spread_ms": spread}
        print(f"{op:16}" + "".join(
            f"{r['median_ms']:14.1f}{r['spread_ms']:9.1f}" for r in rows[op].values()))  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
