# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a call costs beside its kernels: chains of tiny dispatches, recurrent models, detectors.

    python -m benchmarks.call_overhead [--cases lstm,gru] [--device local-sync] [--json FILE]

Chains are n programs' worth of dispatches that do nothing much (an empty call is n = 0), so their
times are the host's; the summary says what one more dispatch costs. Models are called beside
TensorFlow and XLA in the same rounds.
"""

from __future__ import annotations

import argparse
import datetime
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measurement import OURS, Row, interleave, set_up, summary, write
from benchmarks.models import Case, call

Run = Callable[[], Any]
CHAINS = (0, 1, 10, 100)


def chain(dispatches: int) -> str:
    """A program of that many dispatches, each a product of 4x4 matrices that the next one needs."""
    lines = ["func.func @main(%m: tensor<4x4xf32>) -> tensor<4x4xf32> {"]
    value = "%m"
    for i in range(dispatches):
        lines.append(
            f"  %{i} = stablehlo.dot_general {value}, %m, contracting_dims = [1] x [0] : "
            "(tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>"
        )
        value = f"%{i}"
    return "\n".join([*lines, f"  return {value} : tensor<4x4xf32>", "}"])


def _lstm() -> Case:
    import tensorflow as tf

    tf.keras.utils.set_random_seed(7)
    image = tf.keras.layers.Input((32, 128), batch_size=1)
    x = tf.keras.layers.LSTM(128, return_sequences=True)(image)
    return _case(tf.keras.Model(image, tf.keras.layers.LSTM(128)(x)), 32)


def _gru() -> Case:
    import tensorflow as tf

    tf.keras.utils.set_random_seed(7)
    image = tf.keras.layers.Input((32, 128), batch_size=1)
    return _case(tf.keras.Model(image, tf.keras.layers.GRU(128)(image)), 32)


def _case(model: Any, length: int) -> Case:
    x, other = (np.random.default_rng(s).standard_normal((1, length, 128)) for s in (0, 1))
    return Case(model.name, model, [x.astype(np.float32)], [other.astype(np.float32)])


def _architecture(name: str) -> Callable[[], Case]:
    def build() -> Case:
        from benchmarks.architectures import ARCHITECTURES

        return ARCHITECTURES[name]()

    return build


MODELS: dict[str, Callable[[], Case]] = {
    "lstm": _lstm,
    "gru": _gru,
    "bidirectional_lstm": _architecture("bidirectional_lstm"),
    "bidirectional_gru": _architecture("bidirectional_gru"),
    "detector": _architecture("detector"),
    "detector_of_any_count": _architecture("detector_of_any_count"),
}


def chains(device: str, rounds: int) -> list[Row]:
    """Rows of ours only: CPU time of the calling thread on `local-sync`, else elapsed time."""
    import iree_explore as ie

    clock = time.thread_time_ns if device == "local-sync" else time.perf_counter_ns
    matrix = np.full((4, 4), 0.25, np.float32)
    runs: list[tuple[Row, Run]] = []
    rows: list[Row] = []
    for count in CHAINS:
        row = Row(f"{count} dispatches, {device}", OURS)
        rows.append(row)
        made = set_up(row, lambda n=count: _bound(ie.compile(chain(n), device=device), [matrix]))
        if made is not None:
            runs.append((row, made[0]))
    interleave(runs, rounds * 10, clock=clock)
    return rows


def models(name: str, device: str, rounds: int) -> list[Row]:
    """Rows of one model, ours and the peers'."""
    import tensorflow as tf

    import iree_explore as ie

    case = MODELS[name]()
    inputs = [tf.constant(x) for x in case.inputs]
    given = inputs[0] if len(inputs) == 1 else inputs
    wanted = call(case.model, case.inputs)

    def framework(jit_compile: bool) -> Run:
        function = tf.function(
            lambda *x: case.model(x[0] if len(x) == 1 else list(x), training=False),
            jit_compile=jit_compile,
            autograph=False,
        )
        return lambda: [r.numpy() for r in tf.nest.flatten(function(*tf.nest.flatten(given)))]

    peers: dict[str, Callable[[], Run]] = {
        OURS: lambda: _bound(
            ie.compile(case.model, inputs=case.inputs, device=device), case.inputs
        ),
        "tensorflow": lambda: framework(False),
        "xla": lambda: framework(True),
    }
    rows: list[Row] = []
    runs: list[tuple[Row, Run]] = []
    for peer, make in peers.items():
        row = Row(name, peer)
        rows.append(row)
        made = set_up(row, make)
        if made is not None:
            run, result = made
            row.error = max(map(_difference, tf.nest.flatten(result), wanted))
            runs.append((row, run))
    interleave(runs, rounds)
    return rows


def per_dispatch(rows: list[Row]) -> str:
    """What one dispatch adds to a call, from the shortest and the longest chain."""
    chained = [r for r in rows if " dispatches, " in r.name and r.samples_ms]
    if len(chained) < 2:
        return ""
    added = (chained[-1].median_ms - chained[0].median_ms) * 1e3 / CHAINS[-1]
    return f"empty call {chained[0].median_ms * 1e3:.1f} µs, {added:.2f} µs a dispatch"


def _bound(module: Any, inputs: list[np.ndarray]) -> Run:
    return lambda: module.main(*inputs)


def _difference(ours: Any, theirs: Any) -> float:
    """Relative to the largest value; results of a size that the data decides have to agree."""
    a, b = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    if a.shape != b.shape:
        return float("inf")
    return float(np.max(np.abs(a - b), initial=0.0) / max(np.max(np.abs(b), initial=0.0), 1e-30))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cases", default=",".join(["chains", *MODELS]))
    parser.add_argument("--device", default="local-task")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--json", type=Path, help="samples; the chart goes beside it")
    options = parser.parse_args()
    rows: list[Row] = []
    for name in options.cases.split(","):
        if name == "chains":
            for device in ("local-sync", "local-task"):
                found = chains(device, options.rounds)
                print(device, per_dispatch(found), flush=True)
                rows += found
        else:
            rows += models(name, options.device, options.rounds)
    for row in rows:
        if row.reason:
            print(f"{row.name}, {row.peer}: {row.reason}")
    print(f"\n{os.cpu_count()} CPUs, {options.rounds} rounds\n\n{summary(rows)}")
    if options.json:
        about = {
            "title": f"Host overhead on {os.cpu_count()} CPUs, {options.device}",
            "date": datetime.date.today().isoformat(),
        }
        write(rows, options.json, about)


if __name__ == "__main__":
    main()
