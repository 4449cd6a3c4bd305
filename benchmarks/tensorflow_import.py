# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Real architectures at full size: import, compilation, calls, memory, error against TensorFlow.

Each architecture has a process of its own. Import seconds are CPU time without tracing, over what
TensorFlow's conversion and its own pipelines take of them (bar: 2), for a known batch and for any.
Memory of the import has two processes more: how far the resident set grows at most during it (any
batch; bar: 1.5 times the weights), and while TensorFlow alone lowers the same functions, text to
text: what is beyond that is ours. That of a compilation is over its beginning. Calls of modules
compiled for batch 1, for batch 4 and for any batch are measured against the same calls of
TensorFlow's, alternately.

    python -m benchmarks.tensorflow_import [--models bert,unet] [--json out.json]
"""

from __future__ import annotations

import argparse
import ctypes
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
    "trace_s": "trace s", "ops": "ops", "ops_any": "any: ops", "weights_mb": "weights MB",
    "import_peak_mb": "peak MB", "tensorflow_peak_mb": "TF peak MB", "beyond_mb": "ours MB",
    "compile_s": "compile s", "compile_peak_mb": "peak MB", "run_ms_1": "batch 1 ms",
    "tensorflow_ms_1": "TF", "error_1": "error", "run_ms_4": "batch 4 ms", "tensorflow_ms_4": "TF",
    "error_4": "error", "error_any_1": "any: 1", "error_any_4": "any: 4",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=",".join((*APPLICATIONS, *OTHERS)))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", help="measure one model in this process")
    parser.add_argument("--import-only", action="store_true")
    parser.add_argument("--memory", choices=("ours", "tensorflow"), help="of that model alone")
    arguments = parser.parse_args()
    if arguments.memory:
        print(json.dumps(peak_memory(arguments.one, arguments.memory)))
        return
    if arguments.one:
        print(json.dumps(measure(arguments.one, arguments.import_only)))
        return
    print(f"{'':<20}" + "".join(f"{title:>11}" for title in FIELDS.values()), flush=True)
    rows = []
    for name in arguments.models.split(","):
        row = _row(name, arguments.import_only)
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


def _row(name: str, import_only: bool) -> dict[str, Any]:
    """What the processes of one architecture found out."""
    row = _in_a_process(name, *(["--import-only"] if import_only else []))
    for side, key in (("ours", "import_peak_mb"), ("tensorflow", "tensorflow_peak_mb")):
        if "failed" not in row:
            row |= _in_a_process(name, "--memory", side, peak=key)
    if "failed" not in row:
        row["beyond_mb"] = round(row["import_peak_mb"] - row["tensorflow_peak_mb"], 1)
    return row


def _in_a_process(name: str, *options: str, peak: str = "") -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.tensorflow_import", "--one", name, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"model": name, "failed": "\n  ".join(done.stderr.strip().splitlines()[-12:])}
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return {peak: found} if peak else found


def build(name: str, batch: int) -> Any:
    """A `models.Case`, or the module itself for the decoder."""
    if name in APPLICATIONS:
        return models.application(name, batch, APPLICATIONS[name])
    from benchmarks import architectures

    builder = {**architectures.ARCHITECTURES, "decoder": architectures.Decoder}[name]
    return builder(batch, **architectures.FULL_SIZE[name])


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
        row |= {
            "import_any_s": any_batch["import_s"],
            "ratio_any": any_batch["ratio"],
            "ops_any": any_batch.get("ops"),
        }
    if import_only:
        return row
    return row | (_decoders(case) if one is None else _calls(case))


def _calls(case: models.Case) -> dict[str, Any]:
    """Modules for batch 1 and 4, each measured with it, and one for any batch."""
    row: dict[str, Any] = {}
    for batch in (1, 4):
        module, compiled = _compiled(case.model, [a[:batch] for a in case.inputs])
        row |= compiled if batch == 1 else {}
        row |= {f"{k}_{batch}": v for k, v in _measured(case, module, batch).items()}
        row[f"error_{batch}"] = _error(case, module, batch)
        del module
    module, _ = _compiled(case.model, None)
    for batch in (1, 4):
        row[f"run_any_ms_{batch}"] = _measured(case, module, batch)["run_ms"]
        row[f"error_any_{batch}"] = _error(case, module, batch)
    return row


def _decoders(model: Any) -> dict[str, Any]:
    """A decoder's batch is that of its cache; the call that is measured decodes one token."""
    row: dict[str, Any] = {}
    for batch, source in ((1, build("decoder", 1)), (4, model)):
        module, compiled = _compiled(source, None)
        row |= compiled if batch == 1 else {}
        row[f"error_{batch}"] = _decoded(source, module, batch)
        row |= {f"{k}_{batch}": v for k, v in _decoding(source, module, batch).items()}
    return row


def _decoding(source: Any, module: Any, batch: int) -> dict[str, Any]:
    prompt = _prompt(batch)
    module.prefill(prompt)
    source.prefill(prompt)
    return _alternately(lambda: module.decode(prompt[:, 0]), lambda: source.decode(prompt[:, 0]))


def _compiled(source: Any, inputs: Any) -> tuple[Any, dict[str, Any]]:
    """The module, and what compiling it took: seconds of this process and by the clock (LLVM runs
    in others), memory of this process."""
    import iree_explore as ie
    from iree_explore.context import CompileOptions

    gc.collect()
    resident = _reset_peak()
    begin, clock = time.process_time(), time.perf_counter()
    module = ie.compile(source, inputs=inputs, options=CompileOptions(cache=False))
    return module, {
        "compile_s": round(time.process_time() - begin, 2),
        "compile_wall_s": round(time.perf_counter() - clock, 2),
        "compile_peak_mb": round((_peak() - resident) / 1e6, 1),
    }


def _measured(case: models.Case, module: Any, batch: int) -> dict[str, Any]:
    import tensorflow as tf

    inputs = [a[:batch] for a in case.inputs]
    given = [tf.constant(a) for a in inputs]
    call = tf.function(lambda x: case.model(x, training=False))
    theirs = given if len(given) > 1 else given[0]
    return _alternately(lambda: module.main(*inputs), lambda: call(theirs))


def _alternately(ours: Any, theirs: Any, seconds: float = 4.0) -> dict[str, Any]:
    """Milliseconds of the first calls, then median and range of calls in turn."""
    samples: list[list[float]] = [[], []]
    end = time.perf_counter() + seconds
    while len(samples[0]) < 6 or (time.perf_counter() < end and len(samples[0]) < 101):
        for mine, call in zip(samples, (ours, theirs), strict=True):
            begin = time.perf_counter()
            call()
            mine.append((time.perf_counter() - begin) * 1e3)
    row: dict[str, Any] = {}
    for (first, *rest), prefix in zip(samples, ("run", "tensorflow"), strict=True):
        row |= {
            f"{prefix}_first_ms": round(first, 3),
            f"{prefix}_ms": round(float(np.median(rest)), 3),
            f"{prefix}_range_ms": [round(min(rest), 3), round(max(rest), 3)],
        }
    return row | {"calls": len(samples[0]) - 1}


def _import(source: Any, inputs: Any, repetitions: int = 5) -> dict[str, Any]:
    """CPU seconds of the quickest import, and TensorFlow's share of it."""
    from iree_explore.context import CompileOptions, make_context
    from iree_explore.errors import ModelError
    from iree_explore.frontend import import_source

    best: dict[str, Any] = {}
    for _ in range(repetitions):
        gc.collect()
        ctx = make_context(CompileOptions())
        with tensorflow_seconds() as spent:
            start = time.thread_time()
            try:
                module = import_source(source, ctx, inputs=inputs)
            except ModelError:
                return {"import_s": None, "ratio": None}
            seconds = time.thread_time() - start - spent["trace"]
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
    return best


def peak_memory(name: str, side: str) -> float:
    """MB by which the resident set of this process grows at most, over its beginning, during the
    import ("ours"), or while TensorFlow lowers the same functions to StableHLO text."""
    import iree_explore as ie
    from iree_explore.context import CompileOptions, make_context
    from iree_explore.frontend import import_source
    from iree_explore.frontend.tensorflow import convert, sources

    case = build(name, 4)
    source = case.model if isinstance(case, models.Case) else case
    ie.compile(models.mlp(1).model, target="reference")  # loads what every import needs
    exports = sources.find_exports(source, None, {})  # traced before: not part of either
    ctx = make_context(CompileOptions())
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    begin = _reset_peak()
    if side == "ours":
        sources.find_exports = lambda *_: exports
        module = import_source(source, ctx)
        assert module.body.block.first_op is not None
    else:
        for export in exports:
            convert.convert(export)
    return round((_peak() - begin) / 1e6, 1)


def _weights(source: Any) -> int:
    return sum(int(np.prod(v.shape)) * v.dtype.size for v in _variables(source))


def _variables(source: Any) -> list[Any]:
    import tensorflow as tf

    if isinstance(source, tf.keras.Model):
        return [w.value for w in source.weights]
    return list(source.variables)


@contextmanager
def tensorflow_seconds() -> Iterator[dict[str, float]]:
    """CPU seconds of tracing, and of TensorFlow's conversion and pipelines, each once for every
    exported function: what runs again, or for lowerings of our own, is our time."""
    import tensorflow as tf

    from iree_explore.frontend.tensorflow import sources

    experimental = tf.mlir.experimental
    spent: dict[str, float] = {"trace": 0.0}
    exported: set[str] = set()
    current = ""

    def find_exports(*arguments: Any) -> Any:
        begin = time.thread_time()
        found = kept[2](*arguments)
        exported.update(export.function.name for export in found)
        spent["trace"] += time.thread_time() - begin
        return found

    def convert_function(function: Any, *arguments: Any, **options: Any) -> Any:
        nonlocal current
        current = function.name
        begin = time.thread_time()
        found = kept[0](function, *arguments, **options)
        note("convert", begin)
        return found

    def run_pass_pipeline(text: str, passes: str, *arguments: Any, **options: Any) -> Any:
        begin = time.thread_time()
        found = kept[1](text, passes, *arguments, **options)
        note(passes, begin)
        return found

    def note(work: str, begin: float) -> None:
        if current in exported:
            spent.setdefault(f"{current} {work}", time.thread_time() - begin)

    kept = experimental.convert_function, experimental.run_pass_pipeline, sources.find_exports
    experimental.convert_function = convert_function
    experimental.run_pass_pipeline = run_pass_pipeline
    sources.find_exports = find_exports
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
    ids = _prompt(batch)
    ours, theirs = module.prefill(ids), model.prefill(ids).numpy()
    worst = 0.0
    for _ in range(tokens):
        worst = max(worst, float(np.abs(ours - theirs).max() / np.abs(theirs).max()))
        token = theirs.argmax(-1).astype(np.int32)
        ours, theirs = module.decode(token), model.decode(token).numpy()
    return worst


def _prompt(batch: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 100, (batch, 5)).astype(np.int32)


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
