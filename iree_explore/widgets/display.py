# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Shows a session in a notebook, and leaves behind a copy that a saved notebook can show.

A session is displayed before its compilation is over, so the copy for pages without scripts is an
output of its own, filled in at the end; where the explorer is live, its style sheet hides it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.display import display

from iree_explore.widgets import static_html

if TYPE_CHECKING:
    from iree_explore.session import Session
    from iree_explore.widgets.explorer import Explorer


def show(session: Session, widget: Explorer) -> None:
    """Displays `widget`; returns at once."""
    bundled = widget._repr_mimebundle_()
    data, metadata = bundled if isinstance(bundled, tuple) else (bundled, {})
    if session.done:
        display(data, metadata=metadata, raw=True)
        return
    display({k: v for k, v in data.items() if k != "text/html"}, metadata=metadata, raw=True)
    handle = display(_copy(session), raw=True, display_id=True)
    if handle is None:  # no IPython around
        return

    def finish() -> None:
        if session.done:
            stop()
            handle.update(_copy(session), raw=True)

    stop = session.listen(finish)
    if session.done:
        finish()


def _copy(session: Session) -> dict[str, Any]:
    records = session.recording
    return {
        "text/plain": static_html.summary(records),
        "text/html": static_html.page_part(records),
    }
