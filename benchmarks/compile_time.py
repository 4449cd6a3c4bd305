# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""From a model to something that runs: by stage, with no cache and with a warm one, beside IREE.

Each measurement is a process of its own: "cold" has an empty cache folder, "warm" the one that the
cold one left, "load" reads a saved module without TensorFlow and says what memory a call takes.
Wall times of a busy machine say little, so processor time (ours with its LLVM workers, IREE's with
its compiler) is beside them.

    python -m benchmarks.compile_time --models mobilenet_v2,bert_small --iree bert_small
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import models

MODELS = ("mobilenet_v2", "resnet50", "densenet121", "bert_small", "efficientnet_b0", "gpt_mini")
APPLICATIONS = {"densenet121": "DenseNet121", "efficientnet_b0": "EfficientNetB0"}


def case_of(name: str) -> models.Case:
    """A model of `MODELS`."""
    if name in APPLICATIONS:
        return models.application(APPLICATIONS[name], name=name)
    return models.MODELS[name]()


def compiled(name: str, saved: str) -> dict[str, Any]:
    """Seconds of each stage of compiling a model here; also writes the module to `saved`."""
    case = case_of(name)

    from iree_explore.api import compiled_program
    from iree_explore.context import collector_paused, make_context
    from iree_explore.frontend import import_source
    from iree_explore.module import CompiledModule
    from iree_explore.observer import Observer
    from iree_explore.targets.llvm_cpu import compile_pool

    phases: dict[str, float] = {}
    waiting: list[float] = []

    class Phases(Observer):
        """Wall seconds of each phase, and of waiting for LLVM at the end."""

        def phase_started(self, phase: Any, module: Any) -> None:
            phases[phase.name] = -time.perf_counter()

        def phase_ended(self, phase: Any, module: Any) -> None:
            phases[phase.name] = round(phases[phase.name] + time.perf_counter(), 3)

        def pass_ended(self, phase: Any, line: Any, *rest: Any) -> None:
            if line.name == "vm-serialize-executables":
                waiting.append(rest[2] / 1e9)

    clock = _Clock()
    with collector_paused():  # as `ie.compile` does all of this
        ctx = make_context(observer=Phases())
        ctx.unranked = []
        module = import_source(case.model, ctx, inputs=case.inputs)
        clock.mark("import")
        program, objects = compiled_program(module, ctx)
        clock.mark("compile")
        loaded = CompiledModule.of_program(program, objects, ctx, "llvm-cpu", "local-task")
        clock.mark("load")
    np.asarray(loaded.main(*case.inputs))
    clock.mark("first_call")
    if saved:
        loaded.save(saved)
        np.savez(saved + ".npz", *case.inputs)
    compile_pool.shared().close()  # whose time is then known
    return clock.numbers() | {
        "waiting_for_llvm_s": round(sum(waiting), 3),
        "phases_s": phases,
        "executables": len(program["executables"]),
        "workers_cpu_s": _cpu_of_children(),
    }


def loaded(name: str, saved: str) -> dict[str, Any]:
    """Memory of loading a saved module and calling it, in a process without TensorFlow; that of
    Python, NumPy, LLVM and our own code apart."""
    import iree_explore as ie
    import iree_explore.module
    import iree_explore.vm.instance
    from iree_explore.targets import open_device

    given = np.load(saved + ".npz")
    open_device("local-task")
    before = _status("VmRSS")
    clock = _Clock()
    module = ie.load_module(saved, device="local-task")
    clock.mark("load")
    for _ in range(3):
        module.main(*[given[key] for key in given])
    statistics = module.statistics
    weights, slab = statistics.parameters_nbytes, statistics.transient_nbytes["main"]
    assert slab is not None
    peak = _status("VmHWM")
    return clock.numbers() | {
        "weights_mb": round(weights / 1e6, 2),
        "transients_mb": round(slab / 1e6, 2),
        "rss_before_mb": round(before / 1e6, 1),
        "peak_rss_mb": round(peak / 1e6, 1),
        "peak_above_start": round((peak - before) / (weights + slab), 3),
        "peak_of_the_process": round(peak / (weights + slab), 3),
    }


def iree(name: str, _: str) -> dict[str, Any]:
    """IREE on what we import: its time is that of the import, its compiler and its loading."""
    from benchmarks import cpu_models

    case = case_of(name)
    clock = _Clock()
    importing = cpu_models._stablehlo  # pyright: ignore[reportPrivateUsage]
    taken: list[float] = []

    def timed(case: models.Case) -> Any:
        begin = time.perf_counter()
        found = importing(case)
        taken.append(time.perf_counter() - begin)
        return found

    cpu_models._stablehlo = timed  # pyright: ignore[reportPrivateUsage]
    run = cpu_models.iree(case)
    clock.mark("compile")
    run()
    clock.mark("first_call")
    numbers = clock.numbers()
    numbers["import_s"] = round(taken[0], 3)
    numbers["compile_s"] = round(numbers["compile_s"] - taken[0], 3)
    return numbers | {"workers_cpu_s": _cpu_of_children()}


MODES = {"compiled": compiled, "loaded": loaded, "iree": iree}


def measure(name: str, with_iree: bool) -> dict[str, Any]:
    """All measurements of one model, each in its own process."""
    with tempfile.TemporaryDirectory() as folder:
        saved = str(Path(folder) / "module.iexm")
        cache = {"IREE_EXPLORE_CACHE_DIR": str(Path(folder) / "cache")}
        _process("compiled", "mlp", "", cache | {"IREE_EXPLORE_CACHE_DIR": str(Path(folder) / "0")})
        found = {"model": name, "cold": _process("compiled", name, saved, cache)}
        found["warm"] = _process("compiled", name, "", cache)
        found["memory"] = _process("loaded", name, saved, cache)
        if with_iree:
            found["iree"] = _process("iree", name, "", cache)
    return found


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown: seconds, and how many times less than IREE."""
    lines = [
        "| model | import | cold: compile | waiting for LLVM | load | whole | cpu | "
        "warm: beyond import | cpu | IREE whole | cpu | IREE ÷ ours | cpu | "
        "peak RSS ÷ (weights + slab) |",
        "|" + "---|" * 14,
    ]
    for row in rows:
        cold, warm, peer = row["cold"], row["warm"], row.get("iree")
        stages = ("compile", "load", "first_call")
        beyond = sum(warm[f"{stage}_s"] for stage in stages)
        beyond_cpu = sum(warm[f"{stage}_cpu_s"] for stage in stages)
        cells = [
            row["model"], f"{cold['import_s']:.2f}", f"{cold['compile_s']:.2f}",
            f"{cold['waiting_for_llvm_s']:.2f}", f"{cold['load_s']:.2f}", f"{_whole(cold):.2f}",
            f"{_cpu(cold):.2f}", f"{beyond:.2f}", f"{beyond_cpu:.2f}",
            f"{_whole(peer):.2f}" if peer else "",
            f"{_cpu(peer):.2f}" if peer else "",
            f"{_whole(peer) / _whole(cold):.2f}" if peer else "",
            f"{_cpu(peer) / _cpu(cold):.2f}" if peer else "",
            f"{row['memory']['peak_above_start']:.2f}",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _whole(numbers: dict[str, Any]) -> float:
    names = ("import_s", "compile_s", "load_s", "first_call_s")
    return sum(numbers.get(name, 0.0) for name in names)


def _cpu(numbers: dict[str, Any]) -> float:
    return numbers["cpu_s"] + numbers["workers_cpu_s"]


class _Clock:
    """Wall seconds between marks, and this thread's processor seconds; those of the process."""

    def __init__(self) -> None:
        self._stages: dict[str, float] = {}
        self._cpu = time.process_time()
        self._last = time.perf_counter(), time.thread_time()

    def mark(self, stage: str) -> None:
        """Ends a stage."""
        now = time.perf_counter(), time.thread_time()
        self._stages[f"{stage}_s"] = round(now[0] - self._last[0], 3)
        self._stages[f"{stage}_cpu_s"] = round(now[1] - self._last[1], 3)
        self._last = now

    def numbers(self) -> dict[str, Any]:
        return self._stages | {"cpu_s": round(time.process_time() - self._cpu, 3)}


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round(used.ru_utime + used.ru_stime, 3)


def _status(field: str) -> int:
    """Bytes that Linux says of this process."""
    for line in Path("/proc/self/status").read_bytes().decode().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise OSError(f"/proc/self/status has no {field}")


_BYTECODE = {
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "iree_explore_bytecode"),
}
"""Python compiles the package's own code once, as it does when a package is installed."""


def _process(mode: str, name: str, saved: str, environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.compile_time", "--mode", mode, "--models", name]
    done = subprocess.run(
        [*command, "--saved", saved], env={**os.environ, **_BYTECODE, **environment},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--iree", default="", help="models that IREE compiles too (it is slow)")
    parser.add_argument("--mode", choices=sorted(MODES), help="one measurement, in this process")
    parser.add_argument("--saved", default="", help="file of the compiled module, with --mode")
    parser.add_argument("--json", help="also write the numbers here")
    options = parser.parse_args()
    if options.mode:
        print(json.dumps(MODES[options.mode](options.models, options.saved)))
        return
    rows: list[dict[str, Any]] = []
    for name in options.models.split(","):
        rows.append(measure(name, name in options.iree.split(",")))
        rows[-1]["load_average"] = round(os.getloadavg()[1], 1)
        print(table(rows), flush=True)
        if options.json:
            numbers = {"cpus": os.cpu_count(), "models": rows}
            Path(options.json).write_text(json.dumps(numbers, indent=1) + "\n")


if __name__ == "__main__":
    main()
