# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whole models on a GPU: ours through Vulkan, IREE through Vulkan, and JAX (XLA, `highest`
precision), all from the StableHLO that our importer writes, with the same weights.

    python -m benchmarks.gpu.models export FOLDER [--batch 32] [--model resnet50]
    python -m benchmarks.gpu.models measure FOLDER --json out.json [--device vulkan]

`export` needs TensorFlow and IREE's compiler, `measure` the GPU: files of StableHLO without
weights and IREE's modules travel between the two machines, weights are drawn again from a seed.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import re
import statistics
import subprocess
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

MODELS = ("resnet50", "bert_small", "mobilenet_v2", "mlp", "lenet")
_GLOBAL = re.compile(
    r"^ *ml_program\.global private @(\S+?)\(#ml_program\.extern : .*?\) : (tensor<.*?>).*\n", re.M
)
_LOAD = re.compile(r"^ *(%\S+) = ml_program\.global_load @(\S+) : (tensor<.*?>)\n", re.M)
_MAIN = re.compile(r"func\.func @main\((.*?)\) -> (.*?) \{\n")
_DICTIONARY = re.compile(r" \{iree\.abi[^{}]*\}")
_IREE = ("--iree-hal-target-device=vulkan", "--iree-vulkan-target=ada")
_DTYPES = {"f32": np.float32, "i32": np.int32}


def export(name: str, batch: int, folder: Path) -> None:
    """Writes NAME.mlir, and NAME.vmfb (with the options of it in NAME.txt)."""
    from benchmarks import models
    from iree_explore import pipeline
    from iree_explore.api import make_context
    from iree_explore.context import CompileOptions
    from iree_explore.frontend import import_source
    from iree_explore.targets.iree import tools
    from iree_explore.targets.iree.emit import iree_text

    case = getattr(models, name)(batch=batch)
    ctx = make_context(CompileOptions(targets=("vulkan-spirv",)))
    module = import_source(case.model, ctx, inputs=case.inputs)
    pipeline.run(module, ctx, stop="import")
    stem = folder / f"{name}_{batch}"
    stem.with_suffix(".mlir").write_text(str(module))
    text = stem.with_suffix(".iree.mlir")
    text.write_text(iree_text(module))
    for extra in (("--iree-opt-level=O3",), ()):  # IREE 3.13 fails to compile BERT with O3
        command = [tools.tool("iree-compile"), str(text), *_IREE, *extra]
        made = subprocess.run(
            [*command, "-o", str(stem.with_suffix(".vmfb"))], capture_output=True, check=False
        )
        stem.with_suffix(".txt").write_text(" ".join((*_IREE, *extra)))
        if not made.returncode:
            return
    print(f"{name}: IREE cannot compile it\n{made.stderr.decode()[-2000:]}")


def weights_of(text: str) -> dict[str, np.ndarray]:
    """Arrays by symbol: sizes as a trained model's, so that activations keep their scale."""
    found = {}
    for symbol, type_ in _GLOBAL.findall(text):
        *sizes, element = type_[len("tensor<") : -1].split("x")
        shape = tuple(map(int, sizes))
        rng = np.random.default_rng(zlib.crc32(symbol.encode()))
        draw = rng.standard_normal(shape, np.float32)
        if "variance" in symbol:
            draw = 1 + 0.2 * np.abs(draw)
        elif "gamma" in symbol:
            draw = 0.5 + 0.1 * draw
        elif len(shape) < 2:
            draw *= 0.1
        else:
            depthwise = "depthwise" in symbol
            depth = math.prod(shape[:-1]) if not depthwise else math.prod(shape[:2])
            if "query" in symbol or "key" in symbol or "value" in symbol:
                depth = shape[0]
            draw *= 1.0 if "embedding" in symbol else math.sqrt(2 / depth)
        found[symbol] = draw.astype(_DTYPES[element])
    return found


def inputs_of(text: str, seed: int) -> list[np.ndarray]:
    """Arguments for `main`: smooth pictures, tokens, or numbers in -1..1."""
    from benchmarks import models

    match = _MAIN.search(text)
    assert match is not None
    found = []
    for type_ in re.findall(r"tensor<(.*?)>", match[1]):
        *sizes, element = type_.split("x")
        shape = tuple(map(int, sizes))
        rng = np.random.default_rng(seed)
        if element == "i32":
            found.append(rng.integers(0, 8000, shape).astype(np.int32))
        elif len(shape) == 4:
            found.append(models.pictures(seed, shape[0], shape[1], shape[3]))
        else:
            found.append(rng.uniform(-1, 1, shape).astype(np.float32))
    return found


def with_arguments(text: str) -> tuple[str, list[str]]:
    """The program with weights as further arguments of `main`, in the order of their symbols."""
    loads = _LOAD.findall(text)
    match = _MAIN.search(text)
    assert match is not None
    arguments = ", ".join([match[1], *(f"{value}: {type_}" for value, _, type_ in loads)])
    text = text.replace(match[0], f"func.func public @main({arguments}) -> {match[2]} {{\n")
    text = _DICTIONARY.sub("", _LOAD.sub("", _GLOBAL.sub("", text)))
    text = text.replace("DEFAULT", "HIGHEST").replace("builtin.module", "module")
    return text, [symbol for _, symbol, _ in loads]


def _samples(run: Callable[[], Any], rounds: int, warm_up: int = 5) -> list[float]:
    """Microseconds of each of `rounds` calls."""
    for _ in range(warm_up):
        run()
    found = []
    for _ in range(rounds):
        begin = time.perf_counter()
        run()
        found.append((time.perf_counter() - begin) * 1e6)
    return found


def _told(samples: list[float]) -> dict[str, float]:
    low, high = np.percentile(samples, [10, 90])
    return {"us": round(statistics.median(samples), 1), "p10": round(float(low), 1),
            "p90": round(float(high), 1)}  # fmt: skip


def measure_ours(text: str, weights: dict[str, np.ndarray], inputs: list[list[np.ndarray]],
                 device: str, rounds: int) -> dict[str, Any]:  # fmt: skip
    """Device timestamps of all dispatches of a call, and the wall time of a call."""
    from iree_explore.api import compiled_program, make_context
    from iree_explore.context import CompileOptions
    from iree_explore.frontend import import_source
    from iree_explore.module import CompiledModule

    begin = time.perf_counter()
    ctx = make_context(CompileOptions(targets=("vulkan-spirv",)))
    for symbol, array in weights.items():
        ctx.parameters.add("model", symbol, array)
    program, objects = compiled_program(import_source(text, ctx), ctx)
    module = CompiledModule.of_program(program, objects, ctx, "vulkan-spirv", device)
    compiled = time.perf_counter() - begin
    run = module["main"]
    results = [np.array(run(*each)) for each in inputs]
    host = _samples(lambda: run(*inputs[0]), rounds)
    measured = module.profile("main", inputs[0], rounds, 3)
    sums = [sum(d.samples_ns[i] for d in measured.dispatches) / 1e3 for i in range(rounds)]
    parts = [
        [d.name, math.prod(d.workgroups), round(statistics.median(d.samples_ns) / 1e3, 1)]
        for d in measured.dispatches
    ]
    return {"results": results, "device": _told(sums), "host": _told(host),
            "compile_s": round(compiled, 1), "dispatches": parts}  # fmt: skip


def measure_iree(stem: Path, weights: dict[str, np.ndarray], inputs: list[list[np.ndarray]],
                 rounds: int) -> dict[str, Any]:  # fmt: skip
    """The same by IREE's runtime and profiler."""
    from iree_explore.targets.iree.module import Runtime

    runtime = Runtime(
        stem.with_suffix(".vmfb").read_bytes(), list(weights.items()), "iree:vulkan-spirv", "vulkan"
    )
    try:
        results = [runtime.call("main", each)[0][0] for each in inputs]
        host = [ns / 1e3 for ns in runtime.call("main", inputs[0], rounds + 5)[1][5:]]
        found: dict[str, Any] = {"results": results, "host": _told(host)}
        found["options"] = stem.with_suffix(".txt").read_text()
        try:
            calls = runtime.dispatches("main", inputs[0], rounds)
            spans = [[(e["end_ns"] - e["start_ns"]) / 1e3 if "end_ns" in e else
                      e["duration_ns"] / 1e3 for e in call] for call in calls]  # fmt: skip
            if spans:
                found["device"] = _told([sum(each) for each in spans])
                found["count"] = len(spans[0])
        except Exception as failed:  # noqa: BLE001  the wall time is there all the same
            found["profile"] = f"{type(failed).__name__}: {failed}"[:400]
    finally:
        runtime.close()
    return found


def measure_jax(text: str, weights: dict[str, np.ndarray], inputs: list[list[np.ndarray]],
                rounds: int) -> dict[str, Any]:  # fmt: skip
    """Calls queued one after the other (device), and calls with arrays of the host (host)."""
    import jax
    from jax._src.lib import xla_client  # pyright: ignore[reportPrivateImportUsage]

    program, symbols = with_arguments(text)
    device = jax.devices()[0]
    options = xla_client.CompileOptions()
    begin = time.perf_counter()
    devices = xla_client.DeviceList((device,))
    loaded = device.client.compile_and_load(program.encode(), devices, options)
    compiled = time.perf_counter() - begin
    given = [jax.device_put(weights[symbol], device) for symbol in symbols]

    def call(arrays: list[Any]) -> Any:
        out = loaded.execute_sharded([*arrays, *given])
        return out.disassemble_into_single_device_arrays()[0][0]

    def host() -> np.ndarray:
        return np.asarray(call([jax.device_put(x, device) for x in inputs[0]]))

    there = [jax.device_put(x, device) for x in inputs[0]]

    def queued() -> None:
        for _ in range(10):
            out = call(there)
        out.block_until_ready()

    results = [np.asarray(call([jax.device_put(x, device) for x in each])) for each in inputs]
    return {"results": results, "host": _told(_samples(host, rounds)),
            "device": _told([us / 10 for us in _samples(queued, rounds)]),
            "compile_s": round(compiled, 1)}  # fmt: skip


def measure(stem: Path, device: str, rounds: int, peers: list[str]) -> dict[str, Any]:
    """One row; a peer that fails is in it with the reason. Errors are relative to JAX's largest
    output; `response` is how far its outputs for two inputs are apart."""
    text = stem.with_suffix(".mlir").read_text()
    weights = weights_of(text)
    inputs = [inputs_of(text, seed) for seed in (0, 1)]
    makers: dict[str, Callable[[], dict[str, Any]]] = {
        "iree_explore": lambda: measure_ours(text, weights, inputs, device, rounds),
        "iree_vulkan": lambda: measure_iree(stem, weights, inputs, rounds),
        "jax": lambda: measure_jax(text, weights, inputs, rounds),
    }
    row: dict[str, Any] = {"model": stem.name, "peers": {}}
    results: dict[str, list[np.ndarray]] = {}
    for peer in peers:
        try:
            found = makers[peer]()
        except Exception as failed:  # noqa: BLE001  a failure is a row of the table
            row["peers"][peer] = {"reason": f"{type(failed).__name__}: {failed}"[-1500:]}
            continue
        results[peer] = found.pop("results")
        row["peers"][peer] = found
    if "jax" in results:
        first, second = results["jax"]
        scale = float(np.abs(first).max())
        row["response"] = float(np.abs(first - second).max()) / scale
        for peer, made in results.items():
            error = max(float(np.abs(a - b).max())
                        for a, b in zip(made, results["jax"], strict=True))  # fmt: skip
            row["peers"][peer]["error"] = error / scale
    return row


def _line(row: dict[str, Any]) -> str:
    parts = []
    for peer, found in row["peers"].items():
        if "reason" in found:
            parts.append(f"{peer} {found['reason'][-300:]}")
            continue
        device = found.get("device", {}).get("us", found.get("profile", "-"))
        error = found.get("error", float("nan"))
        parts.append(f"{peer} device {device} us, call {found['host']['us']} us, error {error:.0e}")
    return f"{row['model']}: " + " | ".join(parts)


def main() -> None:
    """Prints a line a model and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("export", "measure"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--batch", type=int, action="append")
    parser.add_argument("--model", action="append", choices=MODELS)
    parser.add_argument("--json", default="")
    parser.add_argument("--device", default="vulkan")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--peers", default="iree_explore,iree_vulkan,jax")
    options = parser.parse_args()
    rows = []
    for batch in options.batch or [32]:
        for name in options.model or MODELS:
            if options.what == "export":
                options.folder.mkdir(parents=True, exist_ok=True)
                export(name, batch, options.folder)
                continue
            stem = options.folder / f"{name}_{batch}"
            rows.append(measure(stem, options.device, options.rounds, options.peers.split(",")))
            print(_line(rows[-1]), flush=True)
            if options.json:
                from benchmarks.gpu.kernels import device_name

                made = {"date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
                        "device": device_name(options.device), "rows": rows}  # fmt: skip
                Path(options.json).write_text(json.dumps(made, indent=1))


if __name__ == "__main__":
    main()
