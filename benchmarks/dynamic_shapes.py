# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One module compiled for every shape against modules compiled for one shape each.

    python -m benchmarks.dynamic_shapes [--models resnet50,bert] [--rounds 10] [--json FILE]

All modules of a model live in one process and are called in interleaved rounds; times are CPU times
of the calling thread on `local-sync`, which other processes disturb least. Each row is one shape:
medians, the spread of both, the ratio dynamic/static, and the first call of the dynamic module at
that shape beside its second (what is prepared for a shape that was not seen before).
`--dispatches` also prints the dispatches that lose the most.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from benchmarks import models

Inputs = list[np.ndarray]


@dataclass(frozen=True)
class Workload:
    """A model, which dimensions stay unknown, and inputs by the name of a shape."""

    name: str
    model: Any
    dynamic: dict[str, dict[int, str]]
    inputs: dict[str, Inputs]


@dataclass
class Row:
    """One shape of one model; times in milliseconds, compilations in seconds."""

    model: str
    shape: str
    static_ms: list[float] = field(default_factory=list)
    dynamic_ms: list[float] = field(default_factory=list)
    first_ms: float = 0.0
    second_ms: float = 0.0
    static_compile_s: float = 0.0
    dynamic_compile_s: float = 0.0
    difference: float = 0.0
    """Largest difference of results, relative to the largest result."""

    @property
    def ratio(self) -> float:
        return statistics.median(self.dynamic_ms) / statistics.median(self.static_ms)


def batches(name: str, case: models.Case, sizes: Sequence[int]) -> Workload:
    """A model of one input whose batch is unknown."""
    argument = case.model.inputs[0].name
    inputs = {f"batch={n}": [np.resize(x, (n, *x.shape[1:])) for x in case.inputs] for n in sizes}
    return Workload(name, case.model, {argument: {0: "batch"}}, inputs)


def bert(lengths: Sequence[int] = (32, 64, 77, 128), batch: int = 1, **size: int) -> Workload:
    """An encoder for sentences of any length."""
    case = models.bert_small(1, length=None, **size)
    shapes = {
        f"length={n}": [np.random.default_rng(n).integers(0, 8000, (batch, n), dtype=np.int32)]
        for n in lengths
    }
    return Workload("bert", case.model, {"ids": {1: "length"}}, shapes)


def bert_batch() -> Workload:
    """The same encoder for any number of sentences of any length."""
    sizes = ((1, 128), (2, 64), (4, 77), (8, 32))
    shapes = {
        f"batch={b}, length={n}": [
            np.random.default_rng(n).integers(0, 8000, (b, n), dtype=np.int32)
        ]
        for b, n in sizes
    }
    model = models.bert_small(1, length=None).model
    return Workload("bert_batch", model, {"ids": {0: "batch", 1: "length"}}, shapes)


def fully_convolutional() -> Workload:
    """A small segmentation network of any height and width."""
    import tensorflow as tf

    layers = tf.keras.layers
    tf.keras.utils.set_random_seed(7)
    x = image = layers.Input((None, None, 3), batch_size=1, name="image")
    for number, (filters, strides) in enumerate(((32, 2), (64, 2), (64, 1), (128, 2), (128, 1))):
        x = layers.Conv2D(filters, 3, strides, "same", activation="relu", name=f"down_{number}")(x)
    for number, filters in enumerate((64, 32)):
        x = layers.Conv2DTranspose(filters, 3, 2, "same", activation="relu", name=f"up_{number}")(x)
    model = tf.keras.Model(image, layers.Conv2D(4, 1, name="classes")(x), name="segmentation")
    sizes = ((64, 64), (96, 128), (100, 75), (128, 128))
    shapes = {f"{h}x{w}": [np.resize(models.pictures(h, 1, max(h, w), 3), (1, h, w, 3))]
              for h, w in sizes}  # fmt: skip
    return Workload("fully_convolutional", model, {"image": {1: "height", 2: "width"}}, shapes)


WORKLOADS: dict[str, Callable[[], Workload]] = {
    "mlp": lambda: batches("mlp", models.mlp(), (1, 8, 64, 77)),
    "bert": bert,
    "bert_batch": bert_batch,
    "fully_convolutional": fully_convolutional,
    "mobilenet_v2": lambda: batches("mobilenet_v2", models.mobilenet_v2(), (1, 2, 4)),
    "resnet50": lambda: batches("resnet50", models.resnet50(), (1, 2, 4, 8)),
}


def measure(work: Workload, rounds: int, device: str, dispatches: int) -> list[Row]:
    """Rows of one model, one a shape."""
    import iree_explore as ie

    def compiled(**arguments: Any) -> tuple[Any, float]:
        begin = time.process_time()
        module = ie.compile(work.model, device=device, **arguments)
        return module, time.process_time() - begin

    first = next(iter(work.inputs.values()))
    everything, seconds = compiled(inputs=first, dynamic=work.dynamic)
    rows: list[Row] = []
    clock = time.thread_time_ns if device == "local-sync" else time.perf_counter_ns

    def call(module: Any, inputs: Inputs) -> tuple[float, list[np.ndarray]]:
        begin = clock()
        results = module.main(*inputs)
        return (clock() - begin) / 1e6, [np.asarray(r) for r in _flat(results)]

    for shape, inputs in work.inputs.items():
        row = Row(work.name, shape, dynamic_compile_s=seconds)
        rows.append(row)
        row.first_ms, ours = call(everything, inputs)
        row.second_ms, _ = call(everything, inputs)
        known, row.static_compile_s = compiled(inputs=inputs)
        _, theirs = call(known, inputs)
        row.difference = max(map(_difference, ours, theirs))
        gc.collect()
        gc.disable()
        for _ in range(rounds):
            row.static_ms.append(call(known, inputs)[0])
            row.dynamic_ms.append(call(everything, inputs)[0])
        gc.enable()
        if dispatches:
            print(_losses(known, everything, inputs, dispatches), flush=True)
    return rows


def _losses(known: Any, everything: Any, inputs: Inputs, count: int) -> str:
    """Time by entry point of both, the largest differences first. Names hold the sizes, so they are
    matched by their place in the program."""
    static, dynamic = (
        [d for d in m.profile("main", inputs, 5, 2).dispatches] for m in (known, everything)
    )
    if len(static) != len(dynamic):
        total = [sum(min(d.samples_ns) for d in ds) / 1e6 for ds in (static, dynamic)]
        lines = [f"{len(static)} dispatches, {total[0]:.2f} ms; of any shape {len(dynamic)},"
                 f" {total[1]:.2f} ms"]  # fmt: skip
        for what, found in (("static", static), ("dynamic", dynamic)):
            times: Counter[str] = Counter()
            for dispatch in found:
                times[dispatch.name] += min(dispatch.samples_ns)
            lines += [
                f"  {what} {ns / 1e3:9.1f} us {name}" for name, ns in times.most_common(count)
            ]
        return "\n".join(lines)
    pairs: Counter[tuple[str, str]] = Counter()
    both: dict[tuple[str, str], tuple[float, float]] = {}
    for s, d in zip(static, dynamic, strict=True):
        a, b = min(s.samples_ns), min(d.samples_ns)
        key = (s.name, d.name)
        pairs[key] += b - a
        old = both.get(key, (0.0, 0.0))
        both[key] = (old[0] + a, old[1] + b)
    return "\n".join(
        f"  {both[key][0] / 1e3:9.1f} us static {both[key][1] / 1e3:9.1f} us dynamic {key[1]}"
        for key, _ in pairs.most_common(count)
    )


def _flat(results: Any) -> list[Any]:
    if isinstance(results, dict):
        return list(results.values())
    return list(results) if isinstance(results, tuple | list) else [results]


def _difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    assert ours.shape == theirs.shape
    scale = float(np.abs(theirs).max(initial=0.0)) or 1.0
    return float(np.abs(ours - theirs).max(initial=0.0)) / scale


def _spread(samples: list[float]) -> float:
    low, high = np.percentile(samples, [10, 90])
    return float(high - low) / 2


def table(rows: list[Row]) -> str:
    """Markdown, one line a row."""
    lines = [
        "| model | shape | static ms | ± | dynamic ms | ± | ratio | first ms | second ms"
        " | compile s static | dynamic | difference |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for r in rows:
        lines.append(
            f"| {r.model} | {r.shape} | {statistics.median(r.static_ms):.3f}"
            f" | {_spread(r.static_ms):.3f} | {statistics.median(r.dynamic_ms):.3f}"
            f" | {_spread(r.dynamic_ms):.3f} | {r.ratio:.2f} | {r.first_ms:.2f}"
            f" | {r.second_ms:.2f} | {r.static_compile_s:.1f} | {r.dynamic_compile_s:.1f}"
            f" | {r.difference:.0e} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", default=",".join(WORKLOADS))
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--device", default="local-sync")
    parser.add_argument("--dispatches", type=int, default=0, metavar="N")
    parser.add_argument("--json", help="also write all samples here")
    options = parser.parse_args()
    rows: list[Row] = []
    for name in options.models.split(","):
        rows += measure(WORKLOADS[name](), options.rounds, options.device, options.dispatches)
        print(table([r for r in rows if r.model == name]), flush=True)
    print(f"\n{os.cpu_count()} CPUs, {options.rounds} rounds\n\n{table(rows)}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump([asdict(r) | {"ratio": r.ratio} for r in rows], file, indent=1)


if __name__ == "__main__":
    main()
