# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A child process that loads IREE's runtime and runs one module: one request a line on stdin.

    python worker.py FOLDER DRIVER

FOLDER has `module.vmfb`, `weights.json` and `weights.bin`. A request is JSON, `{"function": "main",
"inputs": 2, "repetitions": 0}`: inputs are `in_0.npy`, ...; results become `out_0.npy`, .... The
answer has `results`, and `ns`: the wall time of each repetition, by this process's clock, results
on the host. `{"archive": true}` writes the weights as `weights.irpa`. Imports nothing of ours.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def _load(folder: Path, driver: str) -> tuple[Any, Any]:
    import iree.runtime as runtime

    index = runtime.ParameterIndex()
    size = (folder / "weights.bin").stat().st_size
    stored = np.memmap(folder / "weights.bin", np.uint8, "r") if size else np.zeros(0, np.uint8)
    for key, begin, end in json.loads((folder / "weights.json").read_text()):
        index.add_buffer(key, np.array(stored[begin:end]))
    config = runtime.Config(device=runtime.get_device(driver))
    modules = [
        runtime.create_io_parameters_module(
            config.vm_instance, index.create_provider(scope="model")
        ),
        runtime.create_hal_module(config.vm_instance, config.device),
        runtime.VmModule.copy_buffer(config.vm_instance, (folder / "module.vmfb").read_bytes()),
    ]
    context = runtime.SystemContext(vm_modules=modules, config=config)
    known = ("hal", "io_parameters")
    name = next(n for n in context.modules.keys() if n not in known)  # noqa: SIM118
    return context.modules[name], index


def _answer(folder: Path, module: Any, index: Any, request: dict[str, Any]) -> dict[str, Any]:
    if request.get("archive"):
        index.create_archive_file(str(folder / "weights.irpa"))
        return {}
    function = module[request["function"]]
    inputs = [np.load(folder / f"in_{i}.npy") for i in range(request["inputs"])]
    results: Any = ()
    times = []
    for _ in range(max(1, request.get("repetitions", 1))):
        begin = time.perf_counter_ns()
        results = function(*inputs)
        several = isinstance(results, tuple | list)
        arrays = [np.asarray(r.to_host()) if hasattr(r, "to_host") else np.asarray(r)
                  for r in (results if several else (results,))]  # fmt: skip
        times.append(time.perf_counter_ns() - begin)
        results = arrays
    for i, array in enumerate(results):
        np.save(folder / f"out_{i}.npy", array)
    return {"results": len(results), "ns": times}


def main() -> None:
    folder, driver = Path(sys.argv[1]), sys.argv[2]
    module, index = _load(folder, driver)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        try:
            answer = _answer(folder, module, index, json.loads(line))
        except Exception as error:  # noqa: BLE001 - the parent raises what went wrong here
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
