# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`CoverageView`: op configurations by the steps of each target, of a session or of the op table.

    ie.widgets.CoverageView(ie.coverage())          # or a path written by to_json
    ie.widgets.CoverageView(session)                # executes the model's ops behind the notebook

Clicking a configuration sets the trait `selection` to the ops that have it: link it with an
explorer's.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from iree_explore.errors import ModelError
from iree_explore.recording.coverage import Coverage
from iree_explore.recording.coverage_text import html_table, plain_text
from iree_explore.recording.files import write_atomically
from iree_explore.widgets import bundle, static_html

if TYPE_CHECKING:
    from iree_explore.session import Session

_TOLD_S = 0.25
"""How often progress is pushed."""


class CoverageView(anywidget.AnyWidget):
    """A table of coverage, of a path to its JSON, or of a session (executed now, in processes).

    Traits `selection` (op ids of the configuration that was clicked) and `theme` are shared with
    the page. Raises `ModelError` IX501, IX503 or IX504 for a file that is none.
    """

    view = traitlets.Unicode("coverage").tag(sync=True)
    coverage = traitlets.Bytes(b"").tag(sync=True)
    selection = traitlets.List(traitlets.Int()).tag(sync=True)
    theme = traitlets.Enum(("auto", "light", "dark"), "auto").tag(sync=True)

    def __init__(self, source: Coverage | Session | str | os.PathLike[str], **traits: Any) -> None:
        self._esm = bundle.read(bundle.ESM)
        self._css = bundle.read(bundle.CSS) + static_html.HIDE_WHEN_LIVE
        self._cancel = threading.Event()
        self.result: Coverage | None = None
        self.error: Exception | None = None
        self._thread: threading.Thread | None = None
        if isinstance(source, str | os.PathLike):
            source = read(source)
        if isinstance(source, Coverage):
            self.result = source
            super().__init__(coverage=packed(source), **traits)
            return
        super().__init__(**traits)
        self._thread = threading.Thread(
            target=self._execute, args=(source,), name="iree-explore coverage", daemon=True
        )
        self._thread.start()

    def _execute(self, session: Session) -> None:
        try:
            self.result = execute(session, lambda message: self.send(message), self._cancel)
            self.coverage = packed(self.result)
        except Exception as raised:  # noqa: BLE001 - `wait` raises it where it is asked for
            self.error = raised

    def wait(self, timeout_s: float | None = None) -> Coverage:
        """Blocks until everything was executed; raises what stopped it, or `TimeoutError`."""
        if self._thread is not None:
            self._thread.join(timeout_s)
            if self._thread.is_alive():
                raise TimeoutError(f"not everything was executed after {timeout_s} s")
        if self.error is not None:
            raise self.error
        assert self.result is not None
        return self.result

    def cancel(self) -> None:
        """Stops executing; what was executed stays."""
        self._cancel.set()

    def close(self) -> None:
        self.cancel()
        super().close()

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Writes the table as one page that needs nothing else; waits until all is executed."""
        write_atomically(path, page(self.wait(), theme=self.theme).encode())

    def __repr__(self) -> str:
        return "coverage: executing" if self.result is None else plain_text(self.result)

    def _repr_mimebundle_(self, **_options: Any) -> Any:
        bundled = super()._repr_mimebundle_()
        data = dict(bundled[0] if isinstance(bundled, tuple) else bundled or {})
        data["text/plain"] = repr(self)
        if self.result is not None:
            data["text/html"] = html_table(self.result)
        return (data, bundled[1]) if isinstance(bundled, tuple) else data


def packed(coverage: Coverage) -> bytes:
    """What the page gets: gzip JSON."""
    return gzip.compress(coverage.to_json().encode(), 6, mtime=0)


def read(path: str | os.PathLike[str]) -> Coverage:
    """Coverage from a file that `Coverage.to_json` wrote; raises IX501, IX503, IX504."""
    try:
        data = Path(path).read_bytes()
    except OSError as raised:
        raise ModelError("IX504", f"cannot read {os.fspath(path)}",
                         because=raised.strerror) from raised  # fmt: skip
    return Coverage.from_json(data)


def execute(session: Session, send: Any, cancel: threading.Event) -> Coverage:
    """The coverage of a session's model on its targets, telling pages how far it is."""
    from iree_explore.recording.coverage_run import coverage

    told = 0.0

    def progress(done: int, total: int, _row: object) -> None:
        nonlocal told
        if done < total and time.monotonic() - told < _TOLD_S:
            return
        told = time.monotonic()
        send({"push": "coverage", "done": done, "total": total})

    targets = tuple(dict.fromkeys(("reference", *session.targets)))
    return coverage(session, targets, progress=progress, cancel=cancel)


def page(coverage: Coverage, theme: str = "auto") -> str:
    """One HTML file: the table with its filters, and without scripts the plain one."""
    from iree_explore.widgets.html import document

    data = base64.b64encode(packed(coverage)).decode()
    return document(
        f"coverage of {coverage.name or 'all ops'}",
        f"""<main id="iree-explore"></main>
<noscript>{html_table(coverage)}</noscript>
<script type="application/octet-stream" id="iexplore-coverage">{data}</script>""",
        f"""  const bytes = IreeExplore.embedded("iexplore-coverage");
  const element = document.getElementById("iree-explore");
  IreeExplore.mountCoverage(element, bytes, {json.dumps(theme)});""",
    )
