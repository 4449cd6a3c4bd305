# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What this machine can do at best: fused multiply-adds and copies a second, measured.

Two small kernels of our own: multiply-adds on registers alone, and a copy of working sets that fit
the second cache, half of the third, and none. They run on as many threads as the device has, the
fastest of many short samples counts (others only take time away), and the result is kept on disk
for this CPU. `recording/roofline.py` compares dispatches with it.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import re
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from iree_explore.targets.llvm_cpu import compile_pool
from iree_explore.targets.llvm_cpu.cache import folder
from iree_explore.targets.llvm_cpu.cpu_info import CPUInfo, available_cores, host
from iree_explore.targets.llvm_cpu.loader import LoadedObject, load

_VERSION = 1
_ACCUMULATORS = 12
_SAMPLES = 25
_SAMPLE_NS = 2_000_000
_MEMORY_BYTES = 128 << 20


@dataclass(frozen=True)
class Peaks:
    """Operations a second in f32 and f64, and (working set in bytes, bytes a second) of copies,
    what is read and what is written both counted, smallest working set first."""

    threads: int
    flops32: int
    flops64: int
    copies: tuple[tuple[int, int], ...]
    measured: str

    def __str__(self) -> str:
        copies = ", ".join(f"{rate / 1e9:.0f} GB/s within {_size(n)}" for n, rate in self.copies)
        return (
            f"{self.threads} thread{'s' if self.threads > 1 else ''}: "
            f"{self.flops32 / 1e9:.0f} GFLOP/s in f32, {self.flops64 / 1e9:.0f} in f64; "
            f"copies {copies}; measured {self.measured}"
        )


def _size(nbytes: int) -> str:
    return f"{nbytes >> 20} MiB" if nbytes >= 1 << 20 else f"{nbytes >> 10} KiB"


def threads_of(device: str) -> int:
    """Threads that a CPU driver computes with; 0 for a driver of something else."""
    driver, _, options = device.partition("?")
    found = re.search(r"\btask_topology_group_count=(\d+)", options)
    most = min(int(found[1]), available_cores()) if found else available_cores()
    return {"local-sync": 1, "local-task": most}.get(driver, 0)


def peaks(threads: int, again: bool = False) -> Peaks:
    """The peaks of `threads` threads here: from the disk, or measured (about half a second)."""
    path = folder() / "peaks" / _key(threads)
    known = None if again else _read(path)
    if known is not None:
        return known
    measured = _measure(threads)
    body = json.dumps(asdict(measured))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w") as file:
            file.write(body)
        os.replace(temporary, path)
    except OSError:  # full or read-only: it is measured again next time
        return measured
    return measured


def _key(threads: int) -> str:
    cpu = host()
    text = "\0".join((str(_VERSION), cpu.triple, cpu.name, cpu.features, str(threads)))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _read(path: Path) -> Peaks | None:
    """None for a file that is not there, or is not one: it is measured anew."""
    try:
        data = json.loads(path.read_text())
        copies = tuple((int(n), int(rate)) for n, rate in data["copies"])
        found = Peaks(int(data["threads"]), int(data["flops32"]), int(data["flops64"]), copies,
                      str(data["measured"]))  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        return None
    rates = (found.flops32, found.flops64, *(rate for _, rate in copies))
    return found if copies and min(rates) > 0 else None


def _measure(threads: int) -> Peaks:
    cpu = host()
    options = compile_pool.ObjectOptions(cpu)
    code = load(compile_pool.shared().submit(kernels(cpu), options).result().code)
    rates = [_flops_rate(code, cpu, bits, threads) for bits in (32, 64)]
    chosen: set[int] = {min(cpu.l2, 1 << 20) // 2, _MEMORY_BYTES}
    if cpu.l3:
        chosen.add(cpu.l3 // 2)
    sets: list[int] = sorted(chosen)
    copies = tuple((n, _copy_rate(code, n, threads)) for n in sets)
    day = time.strftime("%Y-%m-%d")
    return Peaks(threads, rates[0], rates[1], copies, day)


def _flops_rate(code: LoadedObject, cpu: CPUInfo, bits: int, threads: int) -> int:
    call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(code.address(f"fma_f{bits}"))
    scratch = [np.zeros(_ACCUMULATORS * cpu.native_vector_bytes, np.uint8) for _ in range(threads)]
    each = 2 * _ACCUMULATORS * cpu.native_vector_bytes * 8 // bits

    def run(thread: int, repetitions: int) -> None:
        call(scratch[thread].ctypes.data, repetitions)

    return round(each * threads * _best_rate(run, threads))


def _copy_rate(code: LoadedObject, nbytes: int, threads: int) -> int:
    """Bytes a second, where source and destination of all threads together have `nbytes`."""
    call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64,
                            ctypes.c_int64)(code.address("copy"))  # fmt: skip
    part = nbytes // (2 * threads) // 1024 * 1024
    arrays = [np.zeros(2 * part + 64, np.uint8) for _ in range(threads)]
    starts = [-(-array.ctypes.data // 64) * 64 for array in arrays]

    def run(thread: int, repetitions: int) -> None:
        call(starts[thread] + part, starts[thread], part, repetitions)

    return round(2 * part * threads * _best_rate(run, threads))


def _best_rate(run: Callable[[int, int], None], threads: int) -> float:
    """Repetitions a second on each of `threads` threads at once, at best."""
    count = 1
    while (elapsed := _timed(run, 1, count)) < _SAMPLE_NS // 2 and count < 1 << 30:
        count = max(2 * count, int(count * _SAMPLE_NS / max(1, elapsed)))
    samples = _SAMPLES if elapsed < 4 * _SAMPLE_NS else 5
    return count * 1e9 / min(_timed(run, threads, count) for _ in range(samples))


def _timed(run: Callable[[int, int], None], threads: int, count: int) -> int:
    """Nanoseconds until all threads are done, from when all are ready."""
    if threads == 1:
        begin = time.perf_counter_ns()
        run(0, count)
        return time.perf_counter_ns() - begin
    ready = threading.Barrier(threads)
    spans: list[tuple[int, int]] = []

    def work(thread: int) -> None:
        ready.wait()
        begin = time.perf_counter_ns()
        run(thread, count)
        spans.append((begin, time.perf_counter_ns()))

    workers = [threading.Thread(target=work, args=(i,)) for i in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return max(end for _, end in spans) - min(begin for begin, _ in spans)


def kernels(cpu: CPUInfo) -> str:
    """LLVM IR: `fma_f32` and `fma_f64` (scratch, repetitions) keep independent sums in registers,
    `copy` (to, from, bytes, repetitions) moves vectors."""
    attributes = _attributes(cpu)
    fma = "\n".join(_fma(cpu.native_vector_bytes * 8 // bits, name, bits, attributes)
                    for name, bits in (("float", 32), ("double", 64)))  # fmt: skip
    vector = f"<{cpu.native_vector_bytes // 4} x i32>"
    step = 4 * cpu.native_vector_bytes
    moves = "\n".join(
        f"""  %o{i} = add i64 %at, {i * cpu.native_vector_bytes}
  %f{i} = getelementptr i8, ptr %from, i64 %o{i}
  %t{i} = getelementptr i8, ptr %to, i64 %o{i}
  %v{i} = load {vector}, ptr %f{i}, align {cpu.native_vector_bytes}
  store {vector} %v{i}, ptr %t{i}, align {cpu.native_vector_bytes}"""
        for i in range(4)
    )
    return f"""target triple = "{cpu.triple}"
{fma}
define void @copy(ptr noalias %to, ptr noalias %from, i64 %bytes, i64 %count) {attributes} {{
entry:
  br label %again
again:
  %n = phi i64 [0, %entry], [%n1, %done]
  br label %loop
loop:
  %at = phi i64 [0, %again], [%next, %loop]
{moves}
  %next = add i64 %at, {step}
  %more = icmp ult i64 %next, %bytes
  br i1 %more, label %loop, label %done
done:
  call void asm sideeffect "", "~{{memory}}"()
  %n1 = add i64 %n, 1
  %rest = icmp ult i64 %n1, %count
  br i1 %rest, label %again, label %end
end:
  ret void
}}
"""


def _attributes(cpu: CPUInfo) -> str:
    width = cpu.native_vector_bytes * 8
    return (f'"target-cpu"="{cpu.name}" "target-features"="{cpu.features}" '
            f'"prefer-vector-width"="{width}"')  # fmt: skip


def _fma(lanes: int, element: str, bits: int, attributes: str) -> str:
    """The multiply-add kernel of one element type."""
    vector, name = f"<{lanes} x {element}>", f"@llvm.fma.v{lanes}f{bits}"
    numbers = range(_ACCUMULATORS)
    starts = "\n".join(  # each its own: equal sums would be one
        f"  %p{i} = getelementptr {vector}, ptr %scratch, i64 {i}\n"
        f"  %x{i} = load {vector}, ptr %p{i}, align 1"
        for i in numbers
    )
    phis = "\n".join(f"  %a{i} = phi {vector} [%x{i}, %entry], [%b{i}, %loop]" for i in numbers)
    steps = "\n".join(
        f"  %b{i} = call {vector} {name}({vector} %x, {vector} %x, {vector} %a{i})" for i in numbers
    )
    sums = "\n".join(
        f"  %s{i} = fadd {vector} %b{i}, {f'%s{i - 1}' if i else '%x'}" for i in numbers
    )
    return f"""declare {vector} {name}({vector}, {vector}, {vector})
define void @fma_f{bits}(ptr %scratch, i64 %count) {attributes} {{
entry:
  %x = load {vector}, ptr %scratch, align 1
{starts}
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
{phis}
{steps}
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %count
  br i1 %more, label %loop, label %end
end:
{sums}
  store {vector} %s{_ACCUMULATORS - 1}, ptr %scratch, align 1
  ret void
}}"""
