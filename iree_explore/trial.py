# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The first call of an edited program, in a process of its own.

Edited IR may say anything: read outside of a buffer, or loop for ever. What it does to a process
that only makes this one call harms nobody; only what comes through it runs in the notebook's.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from iree_explore.errors import ModelError

if TYPE_CHECKING:
    from iree_explore.module import CompiledModule

LIMIT_S = 60.0
"""How long the first call may take."""

_START_S = 120.0
"""How long the process may take until it makes that call."""

_SLICE_S = 0.05
_READY = "ready"

_SCRIPT = """
import sys
import numpy as np
from iree_explore.errors import Error
from iree_explore.module import load_module
path, inputs, device, function = sys.argv[1:]
with np.load(inputs) as data:
    arrays = [data[str(i)].view(np.dtype(str(data[f"t{i}"]))) for i in range(len(data.files) // 2)]
try:
    call = load_module(path, device=device)[function]
    print("ready", flush=True)
    call(*arrays)
except Error as error:
    print(error)
"""


def try_once(
    module: CompiledModule,
    function: str,
    arrays: Sequence[np.ndarray],
    limit_s: float = LIMIT_S,
    cancel: threading.Event | None = None,
) -> None:
    """Calls a function of a compiled module in another process. Raises `ModelError` IX217 if that
    dies or does not end within `limit_s`, or before `cancel` is set; what it raises as an `Error`
    it raises here, too, when it is called."""
    with tempfile.TemporaryDirectory(prefix="iree-explore-") as folder:
        path, inputs = Path(folder, "edited.iexm"), Path(folder, "inputs.npz")
        module.save(path)
        rows = {}
        for i, given in enumerate(arrays):
            array = np.asarray(given, order="C")  # `ascontiguousarray` knows no rank 0
            plain = array.dtype.kind in "biufc"
            rows[str(i)] = array if plain else array.view(f"u{array.dtype.itemsize}")
            rows[f"t{i}"] = np.array(array.dtype.name)
        np.savez(inputs, **rows)
        command = [sys.executable, "-c", _SCRIPT, str(path), str(inputs), module.device, function]
        code, said = _watched(command, Path(folder), function, limit_s, cancel)
    if code < 0:
        name = signal.Signals(-code).name
        raise ModelError(
            "IX217", f"@{function} crashes the process that calls it ({name})",
            because="it reads or writes outside of its memory, as far as one can tell",
            hint="compare sizes and offsets of the edit with those before",
        )  # fmt: skip
    if code:
        raise ModelError("IX217", f"@{function} could not be tried", because=said[-800:])


def _watched(
    command: Sequence[str],
    folder: Path,
    function: str,
    limit_s: float,
    cancel: threading.Event | None,
) -> tuple[int, str]:
    """The exit status and the error output of a process that is killed when its time is up."""
    out, err = folder / "out", folder / "err"
    with open(out, "wb") as stdout, open(err, "wb") as stderr:
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr)
    try:
        end, called = time.monotonic() + _START_S, False
        while True:
            try:
                code = process.wait(_SLICE_S)
                return code, err.read_text(errors="replace").strip()
            except subprocess.TimeoutExpired:
                pass
            if not called and out.read_bytes().startswith(_READY.encode()):
                called, end = True, time.monotonic() + limit_s
            if cancel is not None and cancel.is_set():
                raise ModelError("IX217", f"@{function} was cancelled in its first call")
            if time.monotonic() < end:
                continue
            if not called:
                raise ModelError(
                    "IX217", f"@{function} could not be tried",
                    because=f"no process was ready within {_START_S:.0f} s",
                )  # fmt: skip
            raise ModelError(
                "IX217", f"@{function} does not end: stopped after {limit_s:g} s",
                hint="look for a loop of the edit whose condition never becomes false; "
                "session.run_limit_s is the limit",
            )  # fmt: skip
    finally:
        process.kill()  # does nothing to one that has ended
        process.wait()
