# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Import and compilation of real architectures: time, memory, and the error against TensorFlow.

Each architecture has a process of its own. Import seconds are CPU time without tracing, over what
TensorFlow's conversion and its two pass pipelines take of them (bar: 2), for a known batch and for
any. Memory is the peak of the resident set during import over its beginning, beside the weights'
size (bar: 1.5 times).

    python -m benchmarks.tensorflow_import [--models bert,unet] [--json out.json]
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import models

APPLICATIONS = {
    "MobileNetV2": 224, "MobileNetV3Small": 224, "MobileNetV3Large": 224, "ResNet50": 224,
    "EfficientNetB0": 224, "InceptionV3": 299, "DenseNet121": 224, "NASNetMobile": 224,
    "ConvNeXtTiny": 224,
}  # fmt: skip
"""`keras.applications` by their image size."""

OTHERS = (
    "bert", "bidirectional_lstm", "bidirectional_gru", "unet", "detector",
    "detector_of_any_count", "diffusion", "decoder",
)  # fmt: skip
"""Those of `benchmarks.architectures`."""

FIELDS = {
    "import_s": "import s", "ratio": "/ TF", "import_any_s": "any: s", "ratio_any": "/ TF",
    "trace_s": "trace s", "ops": "ops", "weights_mb": "weights MB", "import_peak_mb": "peak MB",
    "compile_s": "compile s", "error_1": "batch 1", "error_any_1": "any: 1",
    "error_any_4": "any: 4",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=",".join((*APPLICATIONS, *OTHERS)))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", help="measure one model in this process")
    parser.add_argument("--import-only", action="store_true")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one, arguments.import_only)))
        return
    print(f"{'':<20}" + "".join(f"{title:>11}" for title in FIELDS.values()), flush=True)
    rows = []
    for name in arguments.models.split(","):
        row = _in_a_process(name, arguments.import_only)
        rows.append(row)
        print(f"{name:<20}" + "".join(_cell(row.get(key)) for key in FIELDS), flush=True)
        if "failed" in row:
            print("  " + row["failed"], flush=True)
        if arguments.json:
            arguments.json.write_text(json.dumps({"rows": rows}, indent=1) + "\n")


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:>11.1e}" if value < 1e-3 else f"{value:>11.2f}"
    return f"{'' if value is None else value:>11}"


def _in_a_process(name: str, import_only: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.tensorflow_import", "--one", name]
    command += ["--import-only"] if import_only else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"model": name, "failed": "\n  ".join(done.stderr.strip().splitlines()[-12:])}
    return json.loads(done.stdout.strip().splitlines()[-1])


def build(name: str, batch: int) -> Any:
    """A `models.Case`, or the module itself for the decoder."""
    if name in APPLICATIONS:
        return models.application(name, batch, APPLICATIONS[name])
    from benchmarks import architectures

    if name == "decoder":
        return architectures.Decoder(batch)
    return architectures.ARCHITECTURES[name](batch)


def measure(name: str, import_only: bool = False) -> dict[str, Any]:
    """One row of the table."""
    import iree_explore as ie

    case = build(name, 4)
    source = case.model if isinstance(case, models.Case) else case
    ie.compile(models.mlp(1).model, target="reference")  # loads what every import needs
    one = [a[:1] for a in case.inputs] if isinstance(case, models.Case) else None
    row: dict[str, Any] = {"model": name, "weights_mb": round(_weights(source) / 1e6, 1)}
    row |= _import(source, one)
    if one is not None:
        any_batch = _import(source, None)
        row |= {"import_any_s": any_batch["import_s"], "ratio_any": any_batch["ratio"]}
    return row if import_only else row | _compiled(name, case, source, one)


def _compiled(name: str, case: Any, source: Any, one: Any) -> dict[str, Any]:
    import iree_explore as ie

    row: dict[str, Any] = {}
    begin, clock = time.process_time(), time.perf_counter()
    module = ie.compile(source, inputs=one)
    row["compile_s"] = round(time.process_time() - begin, 2)
    row["compile_wall_s"] = round(time.perf_counter() - clock, 2)
    if one is None:
        row["error_any_4"] = _decoded(source, module, 4)
        single = build(name, 1)
        return row | {"error_1": _decoded(single, ie.compile(single), 1)}
    row["error_1"] = _error(case, module, 1)
    try:
        module = ie.compile(source)
    except ie.ModelError as refused:
        return row | {"any_batch": str(refused).splitlines()[0]}
    return row | {f"error_any_{batch}": _error(case, module, batch) for batch in (1, 4)}


def _import(source: Any, inputs: Any, repetitions: int = 3) -> dict[str, Any]:
    """CPU seconds of the quickest import, TensorFlow's share of it; memory of the first."""
    from iree_explore.context import CompileOptions, make_context
    from iree_explore.errors import ModelError
    from iree_explore.frontend import import_source

    best: dict[str, Any] = {}
    peak = 0
    for repetition in range(repetitions):
        gc.collect()
        ctx = make_context(CompileOptions())
        begin = _reset_peak()
        with tensorflow_seconds() as spent:
            start = time.thread_time()
            try:
                module = import_source(source, ctx, inputs=inputs)
            except ModelError:
                return {"import_s": None, "ratio": None}
            seconds = time.thread_time() - start - spent["trace"]
        if repetition == 0:
            peak = _peak() - begin
        theirs = sum(v for k, v in spent.items() if k != "trace")
        if not best or seconds < best["import_s"]:
            best = {
                "import_s": round(seconds, 3),
                "tensorflow_s": round(theirs, 3),
                "ratio": round(seconds / theirs, 2),
                "trace_s": round(spent["trace"], 2),
                "ops": sum(1 for _ in module.walk()),
            }
        del module, ctx
    return best | {"import_peak_mb": round(peak / 1e6, 1)}


def _weights(source: Any) -> int:
    return sum(int(np.prod(v.shape)) * v.dtype.size for v in _variables(source))


def _variables(source: Any) -> list[Any]:
    import tensorflow as tf

    if isinstance(source, tf.keras.Model):
        return [w.value for w in source.weights]
    return list(source.variables)


@contextmanager
def tensorflow_seconds() -> Iterator[dict[str, float]]:
    """CPU seconds of tracing, and of the first call of each of TensorFlow's own conversions."""
    import tensorflow as tf

    from iree_explore.frontend.tensorflow import sources

    experimental = tf.mlir.experimental
    spent: dict[str, float] = {"trace": 0.0}

    def timed(function: Any, name: Any) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            begin = time.thread_time()
            try:
                return function(*arguments, **options)
            finally:
                key = name(*arguments)
                if key == "trace":
                    spent[key] += time.thread_time() - begin
                else:
                    spent.setdefault(key, time.thread_time() - begin)

        return call

    kept = experimental.convert_function, experimental.run_pass_pipeline, sources.find_exports
    experimental.convert_function = timed(kept[0], lambda function, *_: function.name)
    experimental.run_pass_pipeline = timed(kept[1], lambda text, passes, *_: passes)
    sources.find_exports = timed(kept[2], lambda *_: "trace")
    try:
        yield spent
    finally:
        experimental.convert_function, experimental.run_pass_pipeline = kept[:2]
        sources.find_exports = kept[2]


def _error(case: models.Case, module: Any, batch: int) -> float:
    """Largest error of any result relative to its largest value; integers have to be equal."""
    import tensorflow as tf

    inputs, other = ([a[:batch] for a in x] for x in (case.inputs, case.other))
    theirs, response = (models.call(case.model, x) for x in (inputs, other))
    ours = [np.asarray(r) for r in tf.nest.flatten(module.main(*inputs))]
    worst = 0.0
    for result, wanted, changed in zip(ours, theirs, response, strict=True):
        if wanted.dtype.kind == "i":
            np.testing.assert_array_equal(result, wanted)
        else:
            worst = max(worst, models.relative_error(result, wanted, changed))
    return worst


def _decoded(model: Any, module: Any, batch: int, tokens: int = 8) -> float:
    """Of a prompt and the tokens after it."""
    ids = np.random.default_rng(0).integers(0, 100, (batch, 5)).astype(np.int32)
    ours, theirs = module.prefill(ids), model.prefill(ids).numpy()
    worst = 0.0
    for _ in range(tokens):
        worst = max(worst, float(np.abs(ours - theirs).max() / np.abs(theirs).max()))
        token = theirs.argmax(-1).astype(np.int32)
        ours, theirs = module.decode(token), model.decode(token).numpy()
    return worst


def _resident() -> int:
    return _status("VmRSS")


def _peak() -> int:
    return _status("VmHWM")


def _reset_peak() -> int:
    """Forgets the highest resident set so far; returns the one now."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    return _resident()


def _status(key: str) -> int:
    with open("/proc/self/status") as file:
        found = re.search(rf"{key}:\s+(\d+) kB", file.read())
    assert found is not None
    return int(found[1]) * 1024


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
