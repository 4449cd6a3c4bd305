# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Object code into this process: `load` links and maps it, `LoadedObject.address` finds entries.

All objects live in one JIT session, each as a library of its own: their symbols never meet, and the
memory of one is freed when the last reference to its `LoadedObject` goes. Whoever keeps an address
keeps the object.
"""

from __future__ import annotations

import itertools
import threading

import llvmlite.binding as llvm

from iree_explore.errors import InternalError

_lock = threading.Lock()
_numbers = itertools.count()
_session: llvm.LLJIT | None = None


class LoadedObject:
    """Machine code in executable memory."""

    def __init__(self, library: str, tracker: llvm.ResourceTracker) -> None:
        self._library = library
        self._trackers = [tracker]
        self._addresses: dict[str, int] = {}

    def address(self, name: str) -> int:
        """Address of a function that the object defines; links it if this is the first call.

        Raises `InternalError` IX206 if the object does not link or has no such function.
        """
        with _lock:
            found = self._addresses.get(name)
            if found is None:
                try:
                    tracker = _jit().lookup(self._library, name)
                except RuntimeError as error:
                    raise _failed(error) from error
                self._trackers.append(tracker)
                found = self._addresses[name] = tracker[name]
            return found


def load(code: bytes, calls_process: bool = False) -> LoadedObject:
    """Maps an object file; its functions are linked when first asked for. Thread-safe.

    `calls_process` says that it may call functions of this process, as libc's. Raises
    `InternalError` IX206 if it is not an object file of this machine.
    """
    builder = llvm.JITLibraryBuilder().add_object_img(code)
    if calls_process:
        builder.add_current_process()
    with _lock:
        library = f"object{next(_numbers)}"
        try:
            tracker = builder.link(_jit(), library)
        except RuntimeError as error:
            raise _failed(error) from error
    return LoadedObject(library, tracker)


def _jit() -> llvm.LLJIT:
    global _session
    if _session is None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        # JITLink maps all sections of an object side by side. RuntimeDyld maps each by itself: in a
        # fragmented address space they end up out of reach of each other, and LLVM aborts.
        _session = llvm.create_lljit_compiler(use_jit_link=True, suppress_errors=True)
    return _session


def _failed(error: RuntimeError) -> InternalError:
    return InternalError("IX206", "a compiled kernel could not be loaded", because=str(error))
