# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""CPU time of whole models: ours against TensorFlow, XLA, IREE and OpenVINO in one process.

Every peer is warmed up and checked against TensorFlow's result; then one call of each is timed in
turn, round after round, so that a busy machine is equally unfair to all. A peer that is missing or
fails is a row with the reason.

    python -m benchmarks.cpu_models --models mlp,lenet --rounds 30 --json times.json
"""

from __future__ import annotations

import argparse
import datetime
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measurement import OURS, Row, interleave, set_up, summary, write
from benchmarks.models import MODELS, Case, relative_error

Run = Callable[[], list[np.ndarray]]


def ours(case: Case) -> Run:
    import iree_explore as ie

    module = ie.compile(case.model, inputs=case.inputs)
    return lambda: _arrays(module.main(*case.inputs))


def tensorflow(case: Case) -> Run:
    return _tf_function(case, jit_compile=False)


def xla(case: Case) -> Run:
    return _tf_function(case, jit_compile=True)


def iree(case: Case) -> Run:
    """IREE's own compiler and `local-task` runtime, weights as parameters."""
    import iree.compiler as compiler
    import iree.runtime as runtime

    text, parameters = _stablehlo(case)
    binary = compiler.compile_str(
        text,
        target_backends=["llvm-cpu"],
        input_type="stablehlo",
        extra_args=["--iree-llvmcpu-target-cpu=host"],
    )
    config = runtime.Config("local-task")
    index = runtime.ParameterIndex()
    for key, array in parameters.items():
        index.add_buffer(key, np.ascontiguousarray(array).reshape(-1).view(np.uint8))
    modules = [
        runtime.create_io_parameters_module(
            config.vm_instance, index.create_provider(scope="model")
        ),
        runtime.create_hal_module(config.vm_instance, config.device),
        runtime.VmModule.copy_buffer(config.vm_instance, binary),
    ]
    context = runtime.SystemContext(vm_modules=modules, config=config)
    name = next(n for n in context.modules.keys() if n not in ("hal", "io_parameters"))  # noqa: SIM118
    main = context.modules[name]["main"]
    return lambda: [np.asarray(r.to_host()) for r in _tuple(main(*case.inputs))]


def openvino(case: Case) -> Run:
    import openvino as ov

    function = _concrete(case)
    model = ov.convert_model(function)
    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    compiled = ov.Core().compile_model(model, "CPU", settings)
    request = compiled.create_infer_request()

    def run() -> list[np.ndarray]:
        results = request.infer(case.inputs)
        return [results[output] for output in compiled.outputs]

    return run


PEERS: dict[str, Callable[[Case], Run]] = {
    OURS: ours,
    "tensorflow": tensorflow,
    "xla": xla,
    "iree": iree,
    "openvino": openvino,
}


def measure(name: str, peers: list[str], rounds: int) -> list[Row]:
    """Rows of one model, one a peer."""
    case = MODELS[name]()
    wanted = [np.asarray(case.model(x, training=False)) for x in (*case.inputs, *case.other)]
    rows: list[Row] = []
    runs: list[tuple[Row, Run]] = []
    for peer in peers:
        row = Row(name, peer)
        rows.append(row)
        made = set_up(row, lambda peer=peer: PEERS[peer](case))
        if made is not None:
            run, result = made
            row.error = relative_error(result[0], wanted[0], wanted[1])
            runs.append((row, run))
    interleave(runs, rounds)
    return rows


def table(rows: list[Row]) -> str:
    """Markdown: median, spread, and how many times TensorFlow's median."""
    lines = [
        "| model | peer | median ms | ± | × TensorFlow | set-up s | error |",
        "|---|---|---|---|---|---|---|",
    ]
    base = {r.name: r.median_ms for r in rows if r.peer == "tensorflow"}
    for row in rows:
        if row.reason:
            lines.append(f"| {row.name} | {row.peer} | {row.reason} | | | | |")
            continue
        ratio = row.median_ms / base.get(row.name, float("nan"))
        lines.append(
            f"| {row.name} | {row.peer} | {row.median_ms:.3f} | {row.spread_ms:.3f} "
            f"| {ratio:.2f} | {row.setup_s:.1f} | {row.error:.1e} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json", type=Path, help="samples; the chart goes beside it")
    options = parser.parse_args()
    rows: list[Row] = []
    for name in options.models.split(","):
        rows += measure(name, options.peers.split(","), options.rounds)
        print(table([r for r in rows if r.name == name]), flush=True)
    print(f"\n{os.cpu_count()} CPUs, {options.rounds} rounds\n\n{table(rows)}\n\n{summary(rows)}")
    if options.json:
        about = {
            "title": f"Models on {os.cpu_count()} CPUs",
            "date": datetime.date.today().isoformat(),
        }
        write(rows, options.json, about)


def _tf_function(case: Case, *, jit_compile: bool) -> Run:
    import tensorflow as tf

    function = tf.function(
        lambda *x: case.model(x[0], training=False), jit_compile=jit_compile, autograph=False
    )
    inputs = [tf.constant(x) for x in case.inputs]
    return lambda: [function(*inputs).numpy()]


def _concrete(case: Case) -> Any:
    import tensorflow as tf

    specs = [tf.TensorSpec(x.shape, x.dtype, name=f"x{i}") for i, x in enumerate(case.inputs)]
    function = tf.function(
        lambda *x: case.model(x[0], training=False), input_signature=specs, autograph=False
    )
    return function.get_concrete_function()


def _stablehlo(case: Case) -> tuple[str, dict[str, np.ndarray]]:
    """The imported module as IREE reads it: globals are its parameters."""
    import re

    from iree_explore import pipeline
    from iree_explore.context import make_context
    from iree_explore.frontend import import_source

    ctx = make_context()
    module = import_source(case.model, ctx, inputs=case.inputs)
    pipeline.run(module, ctx, stop="import")
    text = re.sub(
        r"ml_program\.global private @([\w.$]+)\(#ml_program\.extern : .*\) "
        r": (tensor<\S+>)(?: \{.*\})?",
        r'util.global private @\1 = #flow.parameter.named<"model"::"\1"> : \2',
        str(module),
    )
    text = text.replace("ml_program.global_load", "util.global.load")
    return text, {key: ctx.parameters.get(scope, key) for scope, key in ctx.parameters}


def _tuple(results: Any) -> tuple[Any, ...]:
    return tuple(results) if isinstance(results, tuple | list) else (results,)


def _arrays(results: Any) -> list[np.ndarray]:
    return [np.asarray(r) for r in _tuple(results)]


if __name__ == "__main__":
    main()
