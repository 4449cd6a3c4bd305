# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Single kernels on a GPU: ours through Vulkan, timed by the device's timestamps, beside PyTorch
(CUDA events) and JAX (`highest` precision), in one process.

    python -m benchmarks.gpu.kernels --json out.json [--small] [--device vulkan] [--only NAME]
"""

from __future__ import annotations

import argparse
import datetime
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.gpu.cases import Case, cases


def stablehlo(case: Case) -> str:
    """The program as JAX writes it."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    arguments = [jax.ShapeDtypeStruct(x.shape, x.dtype) for x in case.inputs()]
    return jax.jit(lambda *a: case.jax(jnp, lax, *a)).lower(*arguments).as_text()


def measure_ours(case: Case, device: str, rounds: int) -> dict[str, Any]:
    """Microseconds of the device in all dispatches of a call, and the result."""
    import iree_explore as ie

    inputs = case.inputs()
    begin = time.perf_counter()
    module = ie.compile(stablehlo(case), target="vulkan-spirv", device=device)
    setup = time.perf_counter() - begin
    measured = module.profile("main", inputs, rounds, 3)
    samples = [sum(d.samples_ns[i] for d in measured.dispatches) / 1e3 for i in range(rounds)]
    begin = time.perf_counter()
    result = np.asarray(module["main"](*inputs))
    parts = {d.name: statistics.median(d.samples_ns) / 1e3 for d in measured.dispatches}
    return {"us": samples, "setup_s": setup, "result": result, "dispatches": parts}


def measure_torch(case: Case, rounds: int) -> dict[str, Any]:
    """The same by CUDA events."""
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    inputs = [torch.tensor(x.astype(np.float32)).cuda() for x in case.inputs()]
    if case.dtype != "float32":
        inputs = [x.to(getattr(torch, case.dtype)) for x in inputs]
    return _events(lambda: case.torch(torch, *inputs), rounds)


def _events(run: Callable[[], Any], rounds: int) -> dict[str, Any]:
    import torch

    for _ in range(5):
        result = run()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    samples = []
    for _ in range(rounds):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        for _ in range(5):
            graph.replay()
        end.record()
        torch.cuda.synchronize()
        samples.append(begin.elapsed_time(end) * 200)
    return {"us": samples, "result": result.float().cpu().numpy()}


def measure_jax(case: Case, rounds: int) -> dict[str, Any]:
    """The same by calls one after the other, then a wait."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    inputs = [jnp.asarray(x) for x in case.inputs()]
    run = jax.jit(lambda *a: case.jax(jnp, lax, *a))
    result = run(*inputs)
    samples = []
    for _ in range(rounds):
        run(*inputs).block_until_ready()
        begin = time.perf_counter()
        for _ in range(10):
            out = run(*inputs)
        out.block_until_ready()
        samples.append((time.perf_counter() - begin) * 1e5)
    return {"us": samples, "result": np.asarray(result).astype(np.float32)}


def rate(case: Case, us: float) -> str:
    """TFLOP/s or TB/s."""
    return f"{case.work / us * 1e3:.2f} {'TFLOP/s' if case.unit == 'GFLOP' else 'TB/s'}"


def measure(case: Case, device: str, rounds: int, peers: list[str]) -> dict[str, Any]:
    """One row of the table; a peer that fails is in it with the reason."""
    makers = {
        "iree_explore": lambda: measure_ours(case, device, rounds),
        "torch": lambda: measure_torch(case, rounds),
        "jax": lambda: measure_jax(case, rounds),
    }
    row: dict[str, Any] = {"name": case.name, "work": case.work, "unit": case.unit, "peers": {}}
    results: dict[str, np.ndarray] = {}
    for peer in ["iree_explore", *peers]:
        try:
            found = makers[peer]()
        except Exception as failed:  # noqa: BLE001  a failure is a row of the table
            row["peers"][peer] = {"reason": f"{type(failed).__name__}: {failed}"[:600]}
            continue
        results[peer] = found.pop("result")
        median = statistics.median(found["us"])
        low, high = np.percentile(found["us"], [10, 90])
        found["us"] = round(median, 2)
        found["spread_us"] = round(float(high - low) / 2, 2)
        found["rate"] = rate(case, median)
        row["peers"][peer] = found
    for peer, result in results.items():
        reference = results.get("jax", results.get("torch"))
        if reference is not None and peer == "iree_explore":
            wide = reference.astype(np.float64)
            error = np.linalg.norm(result.astype(np.float64) - wide) / np.linalg.norm(wide)
            row["error"] = float(error)
    return row


def main() -> None:
    """Prints a line a case and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", default="")
    parser.add_argument("--device", default="vulkan")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--peers", default="torch,jax")
    options = parser.parse_args()
    rows = []
    for case in cases(options.small):
        if options.only not in case.name:
            continue
        peers = [peer for peer in options.peers.split(",") if peer]
        row = measure(case, options.device, options.rounds, peers)
        rows.append(row)
        told = " | ".join(
            f"{peer} {p.get('us', '-')} us {p.get('rate', p.get('reason', ''))}"
            for peer, p in row["peers"].items()
        )
        print(f"{case.name}: {told} | error {row.get('error', float('nan')):.1e}", flush=True)
        if options.json:
            date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
            with open(options.json, "w") as file:
                json.dump({"date": date, "device": device_name(options.device), "rows": rows},
                          file, indent=1)  # fmt: skip


def device_name(device: str) -> str:
    """What ran the kernels."""
    import iree_explore as ie

    found = [str(d) for d in ie.devices() if device.partition("?")[0] in str(d)]
    return found[0] if found else device


if __name__ == "__main__":
    main()
