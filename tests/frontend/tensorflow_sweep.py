# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a program of the sweep here and in TensorFlow; `python -m` this file counts all outcomes.

python -m tests.frontend.tensorflow_sweep [--target llvm-cpu] [--json out.json] [name ...]
"""

from __future__ import annotations

import argparse
import collections
import json
import time
from typing import Any

import numpy as np
import tensorflow as tf

import iree_explore as ie
from tests.frontend import tensorflow_models, tensorflow_training
from tests.frontend.tensorflow_programs import PROGRAMS, Program

assert tensorflow_models and tensorflow_training  # they add to PROGRAMS

Results = list[np.ndarray]


def ours(program: Program, target: str, known: bool) -> list[Results]:
    """The results of each call, compiled here; `known` sizes are those of the inputs."""
    module = ie.compile(
        program.build(), target=target, inputs=list(program.inputs) if known else None
    )
    return [_flat(module.main(*program.inputs)) for _ in range(program.calls)]


def theirs(program: Program) -> list[Results]:
    """The same calls by TensorFlow, on a second instance of the program."""
    source = program.build()
    arguments = [tf.constant(x) for x in program.inputs]
    if isinstance(source, tf.keras.Model):
        struct = getattr(source, "_inputs_struct", None)
        packed = arguments[0] if struct is None else tf.nest.pack_sequence_as(struct, arguments)
        return [_flat(source(packed, training=False)) for _ in range(program.calls)]
    if program.jit:
        source = tf.function(
            source.python_function, input_signature=source.input_signature, jit_compile=True
        )
    return [_flat(source(*arguments)) for _ in range(program.calls)]


def compare(mine: list[Results], wanted: list[Results], tolerance: float) -> float:
    """Largest difference relative to the largest value; `AssertionError` if it is not one of
    dtype, shape or more than `tolerance`."""
    worst = 0.0
    for one, other in zip(mine, wanted, strict=True):
        described = [(a.shape, a.dtype) for a in one]
        assert described == [(b.shape, b.dtype) for b in other]
        for a, b in zip(one, other, strict=True):
            if b.dtype.kind in "iub":
                np.testing.assert_array_equal(a, b)
                continue
            wide = np.complex128 if b.dtype.kind == "c" else np.float64
            x, y = a.astype(wide), b.astype(wide)
            assert np.array_equal(np.isfinite(x), np.isfinite(y))
            finite = np.isfinite(y)
            scale = max(float(np.abs(y[finite]).max(initial=0)), 1e-3)
            error = float(np.abs(x - y)[finite].max(initial=0)) / scale
            assert error <= tolerance, f"{error:.1e} of {scale:.3g}"
            worst = max(worst, error)
    return worst


def _flat(results: Any) -> Results:
    return [np.asarray(r) for r in tf.nest.flatten(results)]


def outcome(program: Program, target: str, known: bool) -> tuple[str, str]:
    """("correct", error), ("wrong", how), ("refused", why) or ("crashed", by what)."""
    try:
        mine = ours(program, target, known)
    except ie.Error as raised:
        return "refused", str(raised)
    except Exception as raised:  # noqa: BLE001 - the sweep is there to find them
        return "crashed", f"{type(raised).__name__}: {raised}"
    try:
        return "correct", f"{compare(mine, theirs(program), program.tolerance):.1e}"
    except AssertionError as raised:
        return "wrong", str(raised).strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--target", default="llvm-cpu")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    rows = []
    counts: collections.Counter[str] = collections.Counter()
    for name, program in PROGRAMS.items():
        if arguments.names and not any(n in name for n in arguments.names):
            continue
        for known in (True, False):
            if program.static and not known:
                continue
            begin = time.process_time()
            status, detail = outcome(program, arguments.target, known)
            if program.refused and status == "refused":
                status = "refused as meant" if program.refused in detail else "refused otherwise"
            counts[f"{status}, {'known' if known else 'unknown'} sizes"] += 1
            seconds = time.process_time() - begin
            rows.append([name, known, status, round(seconds, 2), detail])
            if status not in ("correct", "refused as meant"):
                print(f"{name} [{'known' if known else 'unknown'}]: {status}: {detail[:600]}")
    print(f"{len(PROGRAMS)} programs on {arguments.target}")
    for status, count in sorted(counts.items()):
        print(f"{count:>5} {status}")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"target": arguments.target, "counts": counts, "rows": rows}, file, indent=1)


if __name__ == "__main__":
    main()
