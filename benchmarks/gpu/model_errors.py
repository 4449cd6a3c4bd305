# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Real models on every GPU device of this machine: how far their results are from TensorFlow's.

    python -m benchmarks.gpu.model_errors --json out.json [--device vulkan] [--model resnet50]

Each device and model has a process of its own: software devices take minutes and gigabytes for
one. `BOUND` is what counts as right, relative to the largest output. SwiftShader is found where
VK_ADD_DRIVER_FILES names its manifest, which lies beside Chromium.
"""

from __future__ import annotations

import argparse
import datetime
import json
import multiprocessing
import queue
import time
from typing import Any

import numpy as np

from benchmarks import models

BOUND = 1e-3
DEVICES = ("vulkan?device=llvmpipe", "vulkan?device=SwiftShader", "webgpu")
MODELS = ("mlp", "lenet", "two_lstms", "bert_small", "mobilenet_v2", "resnet50")
TARGETS = {"vulkan": "vulkan-spirv", "webgpu": "webgpu-spirv"}


def measure(name: str, device: str) -> dict[str, Any]:
    """One row: seconds to compile, of the first and of a later call, and the error."""
    import iree_explore as ie
    from iree_explore.targets import open_device

    case = models.MODELS[name]()
    begin = time.perf_counter()
    made = ie.compile(case.model, target=TARGETS[device.partition("?")[0]], device=device)
    compiled = time.perf_counter()
    results = made.main(*case.inputs)
    first = time.perf_counter()
    results = made.main(*case.inputs)
    ours = [np.array(x) for x in (results if isinstance(results, list | tuple) else [results])]
    end = time.perf_counter()
    other = models.call(case.model, case.other)
    errors = [
        models.relative_error(*each)
        for each in zip(ours, models.call(case.model, case.inputs), other, strict=True)
    ]
    return {
        "model": name, "device": device, "adapter": open_device(device).info.name,
        "compile_s": compiled - begin, "first_s": first - compiled, "call_s": end - first,
        "error": max(errors),
    }  # fmt: skip


def _child(found: Any, name: str, device: str) -> None:
    try:
        found.put(measure(name, device))
    except Exception as failed:  # noqa: BLE001  a failure is a row of the table
        found.put({"model": name, "device": device, "failed": f"{type(failed).__name__}: {failed}"})


def row_of(name: str, device: str, limit_s: float) -> dict[str, Any]:
    """`measure` in a new process, or what went wrong there."""
    spawn = multiprocessing.get_context("spawn")
    found = spawn.Queue()
    child = spawn.Process(target=_child, args=(found, name, device))
    child.start()
    row = {"model": name, "device": device}
    end = time.monotonic() + limit_s
    while True:
        try:
            row = found.get(timeout=1)
            break
        except queue.Empty:
            if not child.is_alive():
                row["failed"] = f"the process ended with status {child.exitcode}"
                break
            if time.monotonic() > end:
                child.kill()
                row["failed"] = f"took longer than {limit_s:g} s"
                break
    child.join()
    return row


def main() -> int:
    """Prints a line a row; returns 1 if one is not right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json")
    parser.add_argument("--device", action="append")
    parser.add_argument("--model", action="append", choices=list(models.MODELS))
    parser.add_argument("--limit", type=float, default=1800, help="seconds for one row")
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for name in arguments.model or MODELS:
        for device in arguments.device or DEVICES:
            row = row_of(name, device, arguments.limit)
            rows.append(row)
            if "failed" in row:
                print(f"{name:14} {device:28} {row['failed']}", flush=True)
                continue
            print(
                f"{name:14} {device:28} error {row['error']:.1e}, compiled in "
                f"{row['compile_s']:.1f} s, first call {row['first_s']:.1f} s, then "
                f"{row['call_s']:.3f} s", flush=True,
            )  # fmt: skip
            if arguments.json:
                made = {"date": datetime.date.today().isoformat(), "bound": BOUND, "rows": rows}
                with open(arguments.json, "w") as file:
                    json.dump(made, file, indent=1)
    return int(any(row.get("error", 1.0) >= BOUND for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
