# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Scheduling of narrow graphs: `local-task` against one thread, and against a parallel loop per op.

    python -m benchmarks.scheduling --json benchmarks/results/scheduling_DATE_MACHINE.json

Three programs of many small independent branches: an Inception module (1x1, 3x3, 5x5 and pooling
branches on 28x28x64), a mixture of 32 experts for a handful of tokens, and three steps of a search
with eight beams, each of which computes by itself. Devices: `local-sync` (one thread), `local-task`
(the graph: workgroups of all ready dispatches share the threads) and `local-task?schedule=serial`
(the same threads and kernels, one dispatch after the other). Every thread is pinned to a core of
its own, because a busy machine would put two of them on one. Calls are interleaved in one process;
reported are the median and the fastest call (on a machine with other work the one in which all
cores were there), and how many threads were in kernels on average in a profiled call, the most
concurrent of many (`concurrency`).
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import iree_explore as ie
from iree_explore.targets.llvm_cpu.cpu_info import host

DEVICES = ("local-sync", "local-task?schedule=serial", "local-task")
CORES = sorted(os.sched_getaffinity(0))


def inception(x: jax.Array) -> jax.Array:
    """A module of GoogLeNet: four branches and their concatenation."""
    generator = np.random.default_rng(1)

    def conv(value: jax.Array, size: int, filters: int) -> jax.Array:
        shape = (size, size, value.shape[-1], filters)
        kernel = jnp.asarray(0.05 * generator.standard_normal(shape), jnp.float32)
        numbers = ("NHWC", "HWIO", "NHWC")
        return jax.nn.relu(
            jax.lax.conv_general_dilated(value, kernel, (1, 1), "SAME", dimension_numbers=numbers)
        )

    pooled = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 3, 3, 1), (1, 1, 1, 1), "SAME")
    branches = [
        conv(x, 1, 32),
        conv(conv(x, 1, 32), 3, 48),
        conv(conv(x, 1, 8), 5, 16),
        conv(pooled, 1, 16),
    ]
    return jnp.concatenate(branches, -1)


def mixture(x: jax.Array) -> jax.Array:
    """32 experts of two layers each, weighted by a gate."""
    generator = np.random.default_rng(2)
    width = x.shape[-1]

    def weights(*shape: int) -> jax.Array:
        return jnp.asarray(0.1 * generator.standard_normal(shape), jnp.float32)

    gate = jax.nn.softmax(x @ weights(width, 32))
    experts = [
        jax.nn.relu(x @ weights(width, 128)) @ weights(128, width) * gate[:, i : i + 1]
        for i in range(32)
    ]
    while len(experts) > 1:
        experts = [a + b for a, b in zip(experts[::2], experts[1::2], strict=True)]
    return experts[0]


def beam_search(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Three steps of a recurrent model with eight beams; the best eight go on."""
    generator = np.random.default_rng(3)
    width, vocabulary, beams = x.shape[-1], 512, 8
    recur = jnp.asarray(0.1 * generator.standard_normal((width, width)), jnp.float32)
    embed = jnp.asarray(generator.standard_normal((vocabulary, width)), jnp.float32)
    project = jnp.asarray(0.1 * generator.standard_normal((width, vocabulary)), jnp.float32)
    states = [x + 0.01 * i for i in range(beams)]
    scores = jnp.zeros(beams, jnp.float32)
    for _ in range(3):
        states = [jnp.tanh(state @ recur) for state in states]
        found = [jax.nn.log_softmax(s @ project)[0] + scores[i] for i, s in enumerate(states)]
        scores, best = jax.lax.top_k(jnp.concatenate(found), beams)
        kept = jnp.concatenate(states)[best // vocabulary] + embed[best % vocabulary]
        states = [kept[i : i + 1] for i in range(beams)]
    return scores, jnp.concatenate(states)


PROGRAMS: dict[str, tuple[Callable[..., Any], tuple[int, ...]]] = {
    "inception module": (inception, (1, 28, 28, 64)),
    "mixture of 32 experts": (mixture, (8, 128)),
    "beam search": (beam_search, (1, 256)),
}


def measure(name: str, repetitions: int) -> dict[str, Any]:
    """Times of one program on all devices, and how far their results are from each other."""
    function, shape = PROGRAMS[name]
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    os.sched_setaffinity(0, CORES)
    modules = {d: ie.compile(function, device=_pinned(d), inputs=[x]) for d in DEVICES}
    wanted = modules[DEVICES[0]].main(x)
    for module in modules.values():
        for one, other in zip(_flat(module.main(x)), _flat(wanted), strict=True):
            np.testing.assert_array_equal(one, other)
    os.sched_setaffinity(0, CORES[:1])  # this thread; the others have the other cores
    samples: dict[str, list[int]] = {device: [] for device in DEVICES}
    for _ in range(repetitions):
        for device, module in modules.items():
            module.main(x)  # whatever ran before has filled the caches
            begin = time.perf_counter_ns()
            module.main(x)
            samples[device].append(time.perf_counter_ns() - begin)
    found: dict[str, Any] = {"name": name, "input": list(shape)}
    for device, module in modules.items():
        times = samples[device]
        found[device] = {
            "median_us": round(statistics.median(times) / 1e3, 1),
            "fastest_us": round(min(times) / 1e3, 1),
            "concurrency": _concurrency(module, x),
        }
    found["dispatches"] = len(modules[DEVICES[0]].profile("main", [x], 1).dispatches)
    return found


def _pinned(device: str) -> str:
    """The device with a thread on every core, the calling one on the first."""
    if device == "local-sync" or len(CORES) < 2:
        return device
    others = ",".join(map(str, CORES[1:]))
    pins = f"task_topology_group_count={len(CORES)}&task_topology_cpu_ids={others}"
    return f"{device}{'&' if '?' in device else '?'}{pins}"


def _concurrency(module: ie.CompiledModule, x: np.ndarray) -> float:
    """Threads in kernels on average, from the first workgroup to the last; the best of 200."""
    values = []
    for _ in range(200):
        spans = [s for d in module.profile("main", [x], 1).dispatches for s in d.spans]
        whole = max(s.end_ns for s in spans) - min(s.start_ns for s in spans)
        values.append(sum(s.end_ns - s.start_ns for s in spans) / whole)
    return round(max(values), 2)


def _flat(value: Any) -> list[np.ndarray]:
    return [np.asarray(v) for v in value] if isinstance(value, tuple) else [np.asarray(value)]


def main() -> None:
    """Measures and prints; writes JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    results = []
    for name in PROGRAMS:
        row = measure(name, arguments.repetitions)
        results.append(row)
        one = row[DEVICES[0]]["fastest_us"]
        print(f"{name} ({row['dispatches']} dispatches)")
        for device in DEVICES:
            d = row[device]
            print(
                f"  {device:28} median {d['median_us']:8.1f} us  fastest {d['fastest_us']:8.1f} us"
                f"  {one / d['fastest_us']:.2f} x one thread  {d['concurrency']:.2f} threads busy"
            )
    if arguments.json:
        machine = f"{host().name}, {len(CORES)} cores"
        record = {
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "machine": machine,
            "load": round(os.getloadavg()[0], 1),
            "repetitions": arguments.repetitions,
            "programs": results,
        }
        arguments.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
