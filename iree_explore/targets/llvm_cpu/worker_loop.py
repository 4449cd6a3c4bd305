# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The native worker loop of `local-task`: LLVM IR that schedules a command buffer like a GPU would.

A submission is a graph: dispatch records, each with the number of records it waits for and a list
of those that wait for it. A record's workgroups are cut into chunks. Records that wait for nothing
are in one queue; whoever has nothing to do takes a chunk of the first that has some left, workers
with even numbers from the front and the others from the back, so that a thread finds in its cache
what it wrote in the dispatch before. Whoever finishes the last chunk of a record counts down its
successors and goes on with one that is ready: a chain of small dispatches stays on one thread and
wakes nobody. Everything else that gets ready is offered: at most one sleeper a chunk is woken, and
none for what a thread that is looking for work will find.

Nobody waits inside a submission, so there is nothing to deadlock on: threads without work leave,
look for `task_worker_spin_us`, and sleep on a futex. Before sleeping a thread says so and looks
again; who publishes work looks for sleepers afterwards. One of the two sees the other.
Pools hold up to `SLOTS` submissions; a slot counts its users, so that a submission is freed only
when no worker looks at it. What one thread will run anyway (`local-sync`, chains of single
workgroups) is run in order, without any of this.

The IR is in `worker_loop_ir.py`, `worker_graph_ir.py`, `worker_threads_ir.py` and
`worker_calls_ir.py`. Next: `driver.py`, which lays out the structures below with NumPy.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from iree_explore.targets.llvm_cpu import loader
from iree_explore.targets.llvm_cpu.worker_calls_ir import CALLS_IR
from iree_explore.targets.llvm_cpu.worker_graph_ir import GRAPH_IR
from iree_explore.targets.llvm_cpu.worker_loop_ir import FUTEX_IR, IR, POLL_IR
from iree_explore.targets.llvm_cpu.worker_threads_ir import THREADS_IR

SLOTS = 64
RESTS = 8
SLICE_NS = 50_000_000
"""How long a caller stays in native code before Python looks for signals."""

RECORD = np.dtype(
    {
        "names": [
            "entry", "chunks", "predecessors", "chunk", "total",
            "workgroup_count", "constant_count", "binding_count", "workgroup_size",
            "constants", "binding_ptrs", "binding_lengths",
            "successors_begin", "successor_count", "first_span",
            "taken", "done", "pending",
        ],
        "formats": [
            "u8", "u4", "u4", "u4", "u4",
            "(3,)u4", "u4", "u4", "u4",
            "u8", "u8", "u8",
            "u4", "u4", "u4",
            "u8", "u4", "u4",
        ],
        "offsets": [0, 24, 28, 32, 36, 40, 52, 56, 60, 64, 72, 80, 88, 92, 96, 128, 136, 140],
        "itemsize": 192,
    }
)  # fmt: skip
"""One dispatch; offset 40 is the `dispatch_state` of the kernel ABI. What changes while it runs has
a cache line of its own: `taken` counts chunks from the front (low half) and from the back, `done`
those that have ended, `pending` the predecessors that have not."""

SUBMISSION = np.dtype(
    {
        "names": ["head", "tail", "remaining", "count", "ready", "records", "error", "cancel",
                  "profile", "epoch", "sleepers", "local_memory_size", "successors", "spans",
                  "pool", "table", "sources", "offsets", "pointers", "pointer_count", "slot",
                  "rests"],
        "formats": ["u8", "u8", "u8", "u8", "u8", "u8", "u8", "u4",
                    "u4", "u4", "u4", "u8", "u8", "u8", "u8",
                    "u8", "u8", "u8", "u8", "u4", "u4", f"({RESTS},)u8"],
        "offsets": [0, 8, 64, 128, 136, 144, 152, 160, 164, 168, 172, 176, 184, 192, 200,
                    208, 216, 224, 232, 240, 244, 256],
        "itemsize": 320,
    }
)  # fmt: skip
"""`ready` is the queue (record index + 1, 0 while it is being written), filled from `tail`;
before `head` nothing is left. `remaining` counts records. `error` is (record index + 1) << 32 |
status; waiting callers sleep on `epoch`. A caller whose time is up in the middle of a chunk leaves
what is left of it in `rests`: (record index + 1) << 32 | its first workgroup. Binding i of all
records is at `table[sources[i]] + offsets[i]`, which goes to `pointers[i]`. `slot` is that of the
pool + 1 while `invoke` has one."""

SPAN = np.dtype([("start_ns", "i8"), ("end_ns", "i8"), ("worker", "u4"), ("ran", "u4")])
"""Where and when a chunk ran, if the submission is profiled."""

POOL = np.dtype(
    {
        "names": ["wake", "exit", "sleepers", "searching", "spin_ns", "used", "slots"],
        "formats": ["u4", "u4", "u4", "u4", "u8", "u8", f"({SLOTS * 2},)u8"],
        "offsets": [0, 4, 8, 12, 16, 24, 64],
        "itemsize": 64 + SLOTS * 16,
    }
)
WORKER = np.dtype(
    {
        "names": ["processor_id", "searching", "local_memory", "local_memory_size", "jitter"],
        "formats": ["u4", "u4", "u8", "u8", "u8"],
        "offsets": [0, 4, 8, 16, 24],
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
        "@SLEEP_DECLARE@": "declare i64 @syscall(i64, ...)" if futex else "",
        "@SLEEP@": FUTEX_IR if futex else POLL_IR,
        "@PAUSE@": f'call void asm sideeffect "{pause}", "~{{memory}}"()' if pause else "",
        "@FUTEX@": str(_FUTEX.get(machine, 0)),
        "@SLOTS@": str(SLOTS),
        "@RESTS@": str(RESTS),
    }
    text = IR + GRAPH_IR + THREADS_IR + CALLS_IR
    for key, value in parts.items():
        text = text.replace(key, value)
    return text


@dataclass(frozen=True)
class NativeLoop:
    """The loaded loop: ctypes functions that release the GIL, and addresses of its kernels."""

    invoke: Any
    resume: Any
    start: Any
    participate: Any
    stop: Any
    retire: Any
    worker_main: Any
    fill_kernel: int
    copy_kernel: int
    code: loader.LoadedObject


_loop: NativeLoop | None = None
_loop_lock = threading.Lock()


def native_loop() -> NativeLoop:
    """The loop, loaded by the first call and never unloaded: threads are inside of it, and command
    buffers know the addresses of its kernels. (`functools.cache` would let two threads load it,
    and free one of the two.)"""
    global _loop
    found = _loop
    if found is None:
        with _loop_lock:
            found = _loop = _loop or _load()
    return found


def _load() -> NativeLoop:
    """Compiles the loop (or reads it from the cache folder) and loads it into the process."""
    loaded = loader.load(_object(), calls_process=True)
    pointer = ctypes.c_void_p

    def function(name: str, result: Any, *arguments: Any) -> Any:
        return ctypes.CFUNCTYPE(result, *arguments)(loaded.address(name))

    return NativeLoop(
        function("invoke", ctypes.c_int32, pointer, pointer, pointer, ctypes.c_int64),
        function("resume", ctypes.c_int32, pointer, pointer, pointer, ctypes.c_int64),
        function("start", ctypes.c_int32, pointer, pointer),
        function("participate", ctypes.c_int32, pointer, pointer, ctypes.c_int64),
        function("stop", None, pointer),
        function("retire", None, pointer, ctypes.c_uint32),
        function("worker_main", None, pointer, pointer),
        loaded.address("fill_kernel"),
        loaded.address("copy_kernel"),
        loaded,
    )


def _object() -> bytes:
    text = ir_text()
    triple = llvm.get_default_triple()
    key = hashlib.sha256(
        f"{text}{triple}{llvm.llvm_version_info}{llvm.get_host_cpu_name()}".encode()
    ).hexdigest()
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "iree_explore"
    path = folder / f"worker_loop-{key[:32]}.o"
    cached = _read_checked(path)
    if cached is not None:
        return cached
    code = _compiled(text, triple)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(hashlib.sha256(code).digest() + code)
        os.replace(file.name, path)
    except OSError:
        return code  # no cache folder here: compiling again costs milliseconds
    return code


def _compiled(text: str, triple: str) -> bytes:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    llvm.initialize_native_asmparser()
    machine = llvm.Target.from_triple(triple).create_target_machine(
        opt=2, reloc="pic", codemodel="default"
    )
    module = llvm.parse_assembly(text)
    module.triple = machine.triple
    module.verify()
    builder = llvm.create_pass_builder(machine, llvm.PipelineTuningOptions(speed_level=2))
    builder.getModulePassManager().run(module, builder)
    return machine.emit_object(module)


def _read_checked(path: Path) -> bytes | None:
    """Cached object code, or None if it is missing or damaged."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    digest, code = data[:32], data[32:]
    return code if hashlib.sha256(code).digest() == digest else None
