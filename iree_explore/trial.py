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
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from iree_explore.errors import ModelError

if TYPE_CHECKING:
    from iree_explore.module import CompiledModule

LIMIT_S = 60.0
"""How long the first call may take, start of the process included."""

_SCRIPT = """
import sys
import numpy as np
from iree_explore.errors import Error
from iree_explore.module import load_module
path, inputs, device, function = sys.argv[1:]
with np.load(inputs) as data:
    arrays = [data[str(i)].view(np.dtype(str(data[f"t{i}"]))) for i in range(len(data.files) // 2)]
try:
    load_module(path, device=device)[function](*arrays)
except Error as error:
    print(error)
"""


def try_once(
    module: CompiledModule, function: str, arrays: Sequence[np.ndarray], limit_s: float = LIMIT_S
) -> None:
    """Calls a function of a compiled module in another process. Raises `ModelError` IX217 if that
    dies or does not end; what it raises as an `Error` it raises here, too, when it is called."""
    with tempfile.TemporaryDirectory(prefix="iree-explore-") as folder:
        path, inputs = Path(folder, "edited.iexm"), Path(folder, "inputs.npz")
        module.save(path)
        rows = {}
        for i, array in enumerate(map(np.ascontiguousarray, arrays)):
            plain = array.dtype.kind in "biufc"
            rows[str(i)] = array if plain else array.view(f"u{array.dtype.itemsize}")
            rows[f"t{i}"] = np.array(array.dtype.name)
        np.savez(inputs, **rows)
        command = [sys.executable, "-c", _SCRIPT, str(path), str(inputs), module.device, function]
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=limit_s)
        except subprocess.TimeoutExpired:
            raise ModelError(
                "IX217", f"@{function} does not end: stopped after {limit_s:.0f} s",
                hint="look for a loop of the edit whose condition never becomes false",
            ) from None  # fmt: skip
    if ended.returncode < 0:
        name = signal.Signals(-ended.returncode).name
        raise ModelError(
            "IX217", f"@{function} crashes the process that calls it ({name})",
            because="it reads or writes outside of its memory, as far as one can tell",
            hint="compare sizes and offsets of the edit with those before",
        )  # fmt: skip
    if ended.returncode:
        raise ModelError(
            "IX217", f"@{function} could not be tried", because=ended.stderr.strip()[-800:]
        )
