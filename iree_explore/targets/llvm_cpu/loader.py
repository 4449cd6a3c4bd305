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
from collections.abc import Iterable

import llvmlite.binding as llvm

from iree_explore.errors import InternalError

_lock = threading.Lock()
_numbers = itertools.count()
_session: llvm.LLJIT | None = None


class LoadedObject:
    """Machine code in executable memory."""

    def __init__(self, tracker: llvm.ResourceTracker, names: tuple[str, ...]) -> None:
        self._tracker = tracker
        self._addresses = {name: tracker[name] for name in names}

    def address(self, name: str) -> int:
        """Address of an entry point; raises `KeyError` for names not given to `load`."""
        return self._addresses[name]


def load(code: bytes, names: Iterable[str]) -> LoadedObject:
    """Links an object file into executable memory; `names` are the functions wanted. Thread-safe.

    Raises `InternalError` IX206 if it does not link or lacks one of `names`.
    """
    global _session
    wanted = tuple(names)
    builder = llvm.JITLibraryBuilder().add_object_img(code)
    for name in wanted:
        builder.export_symbol(name)
    with _lock:
        if _session is None:
            llvm.initialize_native_target()
            llvm.initialize_native_asmprinter()
            _session = llvm.create_lljit_compiler(suppress_errors=True)
        try:
            tracker = builder.link(_session, f"object{next(_numbers)}")
        except RuntimeError as error:
            raise InternalError(
                "IX206", "a compiled kernel could not be loaded", because=str(error)
            ) from error
    return LoadedObject(tracker, wanted)
