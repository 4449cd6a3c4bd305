# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Stops Python code that does not end: a watcher raises `Interrupted` in the thread that runs it.

Used for code of the user's only (`user_passes.py`): the compiler's own looks at `ctx.cancel`
between rewrites. An exception of this kind arrives between two instructions of the interpreter, so
it ends `while True: pass`, and a call into C only once that returns.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_GRACE_S = 0.3
"""How long code may look at the cancel flag by itself before it is stopped."""

_SLICE_S = 0.05


class Interrupted(BaseException):
    """The code was stopped; the message says why. No `Exception`: `except Exception` lets it by."""


class _Cancelled(Interrupted):
    def __str__(self) -> str:
        return super().__str__() or "it was cancelled"


class _TooLong(Interrupted):
    def __str__(self) -> str:
        return super().__str__() or "it ran longer than its limit_s"


@contextmanager
def interruptible(cancel: threading.Event, limit_s: float) -> Iterator[None]:
    """The code inside is stopped once `cancel` is set, or after `limit_s`: raises `Interrupted`."""
    ended = threading.Event()
    lock = threading.Lock()
    thread = threading.get_ident()

    def watch() -> None:
        end, cancelled_at = time.monotonic() + limit_s, None
        while not ended.wait(_SLICE_S):
            now = time.monotonic()
            if cancel.is_set() and cancelled_at is None:
                cancelled_at = now
            late = now >= end
            if late or (cancelled_at is not None and now - cancelled_at >= _GRACE_S):
                with lock:
                    if not ended.is_set():
                        _raise_in(thread, _TooLong if late else _Cancelled)
                return

    watcher = threading.Thread(target=watch, name="iree-explore watcher", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        with lock:
            ended.set()


def _raise_in(thread: int, kind: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(kind))
