# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What pages ask of the numerics: checks and searches beside everything else, cancelled on request.

The answers go into the recording, so every page of the session gets them with its next push.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from iree_explore.errors import GapError, ModelError

if TYPE_CHECKING:
    from iree_explore.session import Session

_TOLD_S = 0.1
"""How long a page waits for news of a check, at least."""


class NumericsJobs:
    """One check or search at a time; `send` tells pages how far it is."""

    def __init__(self, send: Any) -> None:
        self._send = send
        self._busy = threading.Lock()
        self._cancel = threading.Event()

    def check(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        """`session.check` in the mode that the page chose; raises IX301 for no mode, `Cancelled`,
        and what evaluating raises."""
        mode = params.get("mode") or "accumulated"
        if not isinstance(mode, str):
            raise ModelError("IX301", f"mode {str(mode)[:40]!r}")
        with self._busy:
            self._cancel.clear()
            found = session.check(mode=mode, progress=self._tell(), cancel=self._cancel)
            return {"wrong": found.first_wrong or "", "values": len(found.values)}

    def find(self, session: Session) -> dict[str, Any]:
        """`session.find_wrong`, where it found it: a place that cannot be told more closely is an
        answer, too."""
        with self._busy:
            self._cancel.clear()
            before = len(session.recording.found)
            try:
                session.find_wrong(progress=self._tell(), cancel=self._cancel)
            except GapError:
                if len(session.recording.found) == before:
                    raise
            return {}

    def stop(self) -> None:
        """Ends what is under way."""
        self._cancel.set()

    def _tell(self) -> Any:
        told = 0.0
        said = ""

        def progress(stage: str, done: int, total: int) -> None:
            nonlocal told, said
            if stage == said and time.monotonic() - told < _TOLD_S:
                return
            told, said = time.monotonic(), stage
            self._send({"push": "numerics", "stage": stage, "done": done, "total": total})

        return progress
