# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lowering configurations that were measured to be best, on disk beside the compiled kernels.

The key is a digest of the kernel's text before it is lowered (with what was estimated for it, but
without its name) and the CPU with its cores. An entry carries a checksum; one that does not match,
or that this version cannot read, is removed and reported.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from xdsl.dialects.func import FuncOp
from xdsl.printer import Printer

from iree_explore.codegen.user_configs import Tiles, UserConfig
from iree_explore.targets.llvm_cpu.cache import folder
from iree_explore.targets.llvm_cpu.cpu_info import CPUInfo

_VERSION = 1


class DamagedEntry(Exception):
    """An entry that is not what was written; it is gone now."""


@dataclass(frozen=True)
class Winner:
    """The best configuration (None: what is estimated), the device it was measured on, and the
    medians in nanoseconds."""

    config: UserConfig | None
    device: str
    default_ns: int
    best_ns: int


def kernel_key(func: FuncOp, cpu: CPUInfo) -> str:
    """The key of an entry function after `executable-configurations-select-lowering-strategy`."""
    stream = StringIO()
    Printer(stream).print_op(func)
    text = stream.getvalue().replace(f"@{func.sym_name.data}(", "@kernel(", 1)
    digest = hashlib.sha256()
    for part in (str(_VERSION), cpu.triple, cpu.name, cpu.features, str(cpu.cores), text):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def read(key: str) -> Winner | None:
    """What is known of a kernel; None if it was never tuned. Raises `DamagedEntry`."""
    path = _path(key)
    try:
        data = path.read_bytes()
    except OSError:  # not there, or not readable: the same to us
        return None
    try:
        checksum, body = data.split(b"\n", 1)
        if checksum != hashlib.sha256(key.encode() + body).hexdigest().encode():
            raise ValueError("checksum")
        entry = json.loads(body)
        sizes: Tiles | None = None
        if entry["tile_sizes"] is not None:
            sizes = tuple(tuple(int(n) for n in level) for level in entry["tile_sizes"])
        switches = tuple((str(name), bool(on)) for name, on in entry["switches"])
        config = UserConfig(sizes, entry["pipeline"], switches) if entry["better"] else None
        return Winner(config, str(entry["device"]), int(entry["default"]), int(entry["best"]))
    except (ValueError, KeyError, TypeError) as raised:
        path.unlink(missing_ok=True)
        raise DamagedEntry(path.name) from raised


def write(key: str, winner: Winner) -> bool:
    """Keeps a result; False where the folder cannot be written to."""
    config = winner.config or UserConfig()
    entry = {
        "better": winner.config is not None,
        "tile_sizes": config.tile_sizes,
        "pipeline": config.pipeline,
        "switches": config.switches,
        "device": winner.device,
        "default": winner.default_ns,
        "best": winner.best_ns,
    }
    body = json.dumps(entry).encode()
    path = _path(key)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(key.encode() + body).hexdigest().encode() + b"\n" + body)
        os.replace(temporary, path)
    except OSError:  # full or read-only: the caller says so
        return False
    return True


def _path(key: str) -> Path:
    return folder() / "tuned" / key
