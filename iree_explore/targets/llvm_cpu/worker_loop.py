# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The native worker loop of `local-task`: LLVM IR that schedules a command buffer like a GPU would.

A submission is a list of dispatch records in waves. Its workgroups are cut into chunks, numbered by
one ticket counter in recorded order. A worker takes a ticket, waits until every ticket of earlier
waves is done, and runs the chunk: an uncontended ticket costs two atomic additions. Tickets are
taken in order, so whoever is waited for is running or waiting for someone earlier: no deadlock.
Idle threads spin briefly, then sleep on a futex. Pools hold up to `SLOTS` submissions; a slot
counts its users, so that a submission is freed only when no worker looks at it.

`local-sync` calls `participate` without a pool: the same records on the caller's thread.
The IR is in `worker_loop_ir.py`. Next: `driver.py`, which lays out the structures below with NumPy.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import platform
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from iree_explore.targets.llvm_cpu.worker_loop_ir import FUTEX_IR, IR, POLL_IR

SLOTS = 64
SLICE_NS = 50_000_000
"""How long a caller stays in native code before Python looks for signals."""

RECORD = np.dtype(
    {
        "names": [
            "entry", "ticket_end", "ticket_begin", "wave_begin", "chunk", "total",
            "workgroup_count", "constant_count", "binding_count", "workgroup_size",
            "constants", "binding_ptrs", "binding_lengths",
            "wave_end", "chunks_done", "start_ns", "end_ns",
        ],
        "formats": [
            "u8", "u8", "u8", "u8", "u4", "u4",
            "(3,)u4", "u4", "u4", "u4",
            "u8", "u8", "u8",
            "u8", "u8", "i8", "i8",
        ],
        "offsets": [0, 8, 16, 24, 32, 36, 40, 52, 56, 60, 64, 72, 80, 88, 96, 104, 112],
        "itemsize": 128,
    }
)  # fmt: skip
"""One dispatch; offset 40 is the `dispatch_state` of the kernel ABI. Wave and ticket numbers count
chunks of the whole submission."""

SUBMISSION = np.dtype(
    {
        "names": ["next", "done", "tickets", "records", "error", "cancel", "profile", "epoch",
                  "sleepers", "local_memory_size"],
        "formats": ["u8", "u8", "u8", "u8", "u8", "u4", "u4", "u4", "u4", "u8"],
        "offsets": [0, 64, 128, 144, 152, 160, 164, 168, 172, 176],
        "itemsize": 256,
    }
)  # fmt: skip
"""`error` is (record index + 1) << 32 | status; `epoch` changes whenever a wave ends."""

POOL = np.dtype(
    {
        "names": ["wake", "exit", "sleepers", "slots"],
        "formats": ["u4", "u4", "u4", f"({SLOTS * 2},)u8"],
        "offsets": [0, 4, 8, 64],
        "itemsize": 64 + SLOTS * 16,
    }
)
WORKER = np.dtype(
    {
        "names": ["processor_id", "local_memory", "local_memory_size"],
        "formats": ["u4", "u8", "u8"],
        "offsets": [0, 8, 16],
        "itemsize": 64,
    }
)

_FUTEX = {"x86_64": 202, "aarch64": 98, "arm64": 98, "riscv64": 98}
_PAUSE = {"x86_64": "pause", "aarch64": "yield", "arm64": "yield"}


def ir_text() -> str:
    """The worker loop for this machine; without futexes threads poll every 50 microseconds."""
    machine = platform.machine()
    futex = sys.platform.startswith("linux") and machine in _FUTEX
    pause = _PAUSE.get(machine)
    parts = {
        "@SLEEP_DECLARE@": "declare i64 @syscall(i64, ...)"
        if futex
        else "declare i32 @usleep(i32)",
        "@SLEEP@": FUTEX_IR if futex else POLL_IR,
        "@PAUSE@": f'call void asm sideeffect "{pause}", "~{{memory}}"()' if pause else "",
        "@FUTEX@": str(_FUTEX.get(machine, 0)),
        "@SLOTS@": str(SLOTS),
        "@SLICE@": str(SLICE_NS),
    }
    text = IR
    for key, value in parts.items():
        text = text.replace(key, value)
    return text


@dataclass(frozen=True)
class NativeLoop:
    """The loaded loop: ctypes functions that release the GIL, and addresses of its kernels."""

    participate: Any
    submit: Any
    retire: Any
    worker_main: Any
    fill_kernel: int
    copy_kernel: int
    engine: Any


@functools.cache
def native_loop() -> NativeLoop:
    """Compiles the loop (or reads it from the cache folder) and loads it into the process."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    llvm.initialize_native_asmparser()
    machine = llvm.Target.from_default_triple().create_target_machine(
        opt=2, reloc="pic", codemodel="default"
    )
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(_object(machine)))
    engine.finalize_object()
    pointer = ctypes.c_void_p

    def function(name: str, result: Any, *arguments: Any) -> Any:
        return ctypes.CFUNCTYPE(result, *arguments)(engine.get_function_address(name))

    return NativeLoop(
        function("participate", ctypes.c_int32, pointer, pointer, ctypes.c_int64),
        function("submit", ctypes.c_int32, pointer, pointer),
        function("retire", None, pointer, ctypes.c_uint32),
        function("worker_main", None, pointer, pointer),
        engine.get_function_address("fill_kernel"),
        engine.get_function_address("copy_kernel"),
        engine,
    )


def _object(machine: llvm.TargetMachine) -> bytes:
    text = ir_text()
    key = hashlib.sha256(
        f"{text}{machine.triple}{llvm.llvm_version_info}{llvm.get_host_cpu_name()}".encode()
    ).hexdigest()
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "iree_explore"
    path = folder / f"worker_loop-{key[:32]}.o"
    cached = _read_checked(path)
    if cached is not None:
        return cached
    module = llvm.parse_assembly(text)
    module.triple = machine.triple
    module.verify()
    builder = llvm.create_pass_builder(machine, llvm.PipelineTuningOptions(speed_level=2))
    builder.getModulePassManager().run(module, builder)
    code = machine.emit_object(module)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(hashlib.sha256(code).digest() + code)
        os.replace(file.name, path)
    except OSError:
        return code  # no cache folder here: compiling again costs milliseconds
    return code


def _read_checked(path: Path) -> bytes | None:
    """Cached object code, or None if it is missing or damaged."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    digest, code = data[:32], data[32:]
    return code if hashlib.sha256(code).digest() == digest else None
