# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs dispatches between guard pages: what a kernel touches outside of its bindings is found.

A debugging mode of both CPU drivers (`device="local-sync?guard=1"`, or IREE_EXPLORE_GUARD=1 for
all of them). Every command runs by itself on the calling thread, on copies of exactly the ranges
that it binds, so that neighbours in a slab are apart, too. A copy ends where an inaccessible page
begins (up to the alignment of the ABI), another lies before it, and the bytes between are a pattern
that is compared afterwards. Read-only bindings, constants and the tables of bindings are not
writable; local memory holds the pattern before each workgroup; workgroups run last to first.

A write into the pattern is IX308. An access beyond it is a fault, which ends the process:
`faulthandler` (on in pytest, or `python -X faulthandler`) then shows the dispatch's name as the
innermost Python function. Next: `driver.py`, which calls `run`.
"""

from __future__ import annotations

import ctypes
import itertools
import mmap
import os
import sys
import time
import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from iree_explore.errors import InternalError
from iree_explore.hal.runtime import ALIGNMENT

PATTERN = 0xA5
_NONE, _READ = 0, 1
_PAGE = mmap.PAGESIZE
_KERNEL = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


@dataclass(frozen=True)
class Range:
    """`nbytes` of real memory at `address` that a command binds."""

    address: int
    nbytes: int
    read_only: bool


@dataclass(frozen=True)
class Call:
    """A command: its name, the address of its entry point and what it is given."""

    name: str
    entry: int
    workgroups: tuple[int, int, int]
    constants: Sequence[int]
    ranges: Sequence[Range]
    local_memory: int


class Guarded:
    """`nbytes` of memory that end, rounded up to the alignment, at an inaccessible page."""

    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes
        rounded = -(-nbytes // ALIGNMENT) * ALIGNMENT
        self._inner = max(_PAGE, -(-rounded // _PAGE) * _PAGE)
        self._map = mmap.mmap(-1, self._inner + 2 * _PAGE)
        self.bytes = np.frombuffer(self._map, np.uint8)
        self._base = self.bytes.__array_interface__["data"][0]
        self.bytes = self.bytes[_PAGE : _PAGE + self._inner]
        self.bytes[:] = PATTERN
        self._at = self._inner - rounded
        self.address = self._base + _PAGE + self._at
        _protect(self._base, _PAGE, _NONE)
        _protect(self._base + _PAGE + self._inner, _PAGE, _NONE)

    @property
    def data(self) -> np.ndarray:
        """The bytes themselves."""
        return self.bytes[self._at : self._at + self.nbytes]

    def forbid_writes(self) -> None:
        """Writing faults from now on."""
        _protect(self._base + _PAGE, self._inner, _READ)

    def overrun(self) -> str:
        """Which bytes around the data were written; "" if none."""
        before, after = self.bytes[: self._at], self.bytes[self._at + self.nbytes :]
        for where, part, start in (("before", before, -self._at), ("after", after, self.nbytes)):
            changed = np.flatnonzero(part != PATTERN)
            if changed.size:
                return (
                    f"{changed.size} bytes {where} its {self.nbytes} bytes, from byte "
                    f"{start + int(changed[0])} to {start + int(changed[-1])}"
                )
        return ""


def enabled_everywhere() -> bool:
    """Whether the environment asks for guards on all CPU devices."""
    return os.environ.get("IREE_EXPLORE_GUARD", "") not in ("", "0")


def run(calls: Iterable[Call], stamp: Callable[[int, int], None]) -> None:
    """Runs commands in order; `stamp` gets the begin and end of each in nanoseconds.

    Raises `InternalError` IX305 for a kernel that fails, IX308 for one that writes outside of its
    memory.
    """
    if sys.platform == "win32":
        raise InternalError("IX305", "guard pages need mprotect, which Windows does not have")
    for call in calls:
        begin = time.monotonic_ns()
        _run_call(call)
        stamp(begin, time.monotonic_ns())


def _run_call(call: Call) -> None:
    regions = _regions(call.ranges)
    shadows: list[tuple[str, Guarded]] = []
    pointers: list[int] = [0] * len(call.ranges)
    copies: list[tuple[Guarded, int, bool]] = []
    for begin, end, members in regions:
        shadow = Guarded(end - begin)
        ctypes.memmove(shadow.address, begin, end - begin)
        read_only = all(call.ranges[m].read_only for m in members)
        if read_only:
            shadow.forbid_writes()
        names = ", ".join(map(str, members))
        shadows.append((f"binding {names}", shadow))
        copies.append((shadow, begin, read_only))
        for member in members:
            pointers[member] = shadow.address + call.ranges[member].address - begin
    local = Guarded(call.local_memory)
    shadows.append(("local memory", local))
    status = _run_workgroups(call, pointers, local)
    for name, shadow in shadows:
        overrun = shadow.overrun()
        if overrun:
            raise InternalError("IX308", f"{call.name} wrote outside of {name}: {overrun}")
    if status:
        raise InternalError("IX305", f"dispatch {call.name} failed: status {status}")
    for shadow, begin, read_only in copies:
        if not read_only:
            ctypes.memmove(begin, shadow.address, shadow.nbytes)


def _regions(ranges: Sequence[Range]) -> list[tuple[int, int, list[int]]]:
    """Begin, end and members of the unions of ranges that overlap."""
    found: list[tuple[int, int, list[int]]] = []
    for i in sorted(range(len(ranges)), key=lambda i: (ranges[i].address, -ranges[i].nbytes)):
        begin, end = ranges[i].address, ranges[i].address + ranges[i].nbytes
        if found and begin < found[-1][1] and begin < end:
            last = found[-1]
            found[-1] = (last[0], max(last[1], end), [*last[2], i])
        else:
            found.append((begin, end, [i]))
    return found


def _run_workgroups(call: Call, pointers: Sequence[int], local: Guarded) -> int:
    """Calls the kernel for every workgroup, the last one first; the first status that is not 0."""
    x, y, z = call.workgroups
    constants = _table(call.constants, np.uint32)
    addresses = _table(pointers, np.uint64)
    lengths = _table([r.nbytes for r in call.ranges], np.uint64)
    dispatch = np.zeros(48, np.uint8)
    dispatch[:24].view(np.uint32)[:] = (x, y, z, len(call.constants), len(pointers), 0)
    dispatch[24:].view(np.uint64)[:] = (constants.address, addresses.address, lengths.address)
    environment = np.zeros(4, np.uint64)
    state = np.zeros(32, np.uint8)
    state[16:].view(np.uint64)[:] = (local.address, local.nbytes)
    ids = state[:12].view(np.uint32)

    def workgroups() -> int:
        kernel = _KERNEL(call.entry)
        given = [a.ctypes.data for a in (environment, dispatch, state)]
        for k, j, i in itertools.product(*(range(n - 1, -1, -1) for n in (z, y, x))):
            ids[:] = (i, j, k)
            local.data[:] = PATTERN
            status = kernel(*given)
            if status:
                return status
        return 0

    # A fault's traceback names functions: this one is named for the dispatch.
    named = workgroups.__code__.replace(co_name=call.name, co_qualname=call.name)
    return types.FunctionType(named, globals(), call.name, None, workgroups.__closure__)()


def _table(values: Sequence[int], dtype: type[np.generic]) -> Guarded:
    """Numbers that a kernel may read only."""
    array = np.array(values, dtype)
    made = Guarded(array.nbytes)
    made.data[:] = array.view(np.uint8)
    made.forbid_writes()
    return made


def _protect(address: int, nbytes: int, protection: int) -> None:
    if ctypes.CDLL(None, use_errno=True).mprotect(
        ctypes.c_void_p(address), ctypes.c_size_t(nbytes), protection
    ):
        raise OSError(ctypes.get_errno(), "mprotect failed")
