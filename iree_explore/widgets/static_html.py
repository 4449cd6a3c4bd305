# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is left of an explorer where no script runs: phases as text, the dispatches as SVG.

GitHub, nbviewer and untrusted notebooks show only this, so it stands alone: inline styles, newlines
as character references (some viewers re-indent HTML), everything from the recording escaped.
"""

from __future__ import annotations

import html
import re

from iree_explore.recording import graph, svg, timing
from iree_explore.recording.memory import transient_text
from iree_explore.recording.model import PhaseRecord, Recording
from iree_explore.recording.text import Outline, lines
from iree_explore.widgets import static_shapes

MAX_LINES = 200
"""Lines of each phase that are kept; a note says how many there were."""

MAX_COLUMNS = 240

HIDE_WHEN_LIVE = """
:is(.jp-OutputArea, .output_area, .cell-output, .output):has(.iex-host) .iexplore-static {
  display: none;
}
"""
"""Added to the explorer's own style sheet: where that is loaded the static copy is not needed."""

_TOKENS = re.compile(
    r"(?P<comment>//[^\n]*)"
    r'|(?P<string>"(?:[^"\\]|\\.)*")'
    r"|(?P<value>%[\w#$.-]+)"
    r"|(?P<symbol>@[\w$.-]+|\^[\w$.-]+)"
    r"|(?P<type>[!#][\w$.-]+|\b(?:tensor|memref|vector)(?=<)|\b(?:[usi]?i|f|bf)\d+\b|\bindex\b)"
    r"|(?P<op>\b[a-z_]\w*(?:\.[a-z_]\w*)+)"
)
_COLOURS = {
    "comment": "#6a737d", "string": "#22863a", "value": "#005cc5", "symbol": "#6f42c1",
    "type": "#b35900", "op": "#a0256e",
}  # fmt: skip


def summary(recording: Recording) -> str:
    """One line for terminals."""
    done = sum(phase.state == "done" for phase in recording.phases)
    text = (
        f"iree_explore: {recording.name}, {recording.state}, {done} of {len(recording.phases)} "
        f"phases, {len(recording.steps)} steps"
    )
    memory = transient_text(recording)
    text += f", {memory}" if memory else ""
    for stop in recording.errors:
        text += "\n" + stop.text
    return text


def page_part(recording: Recording) -> str:
    """The static copy as a piece of HTML."""
    parts = [f'<div class="iexplore-static"><p>{_escape(summary(recording))}</p>']
    if recording.runs:
        parts.append(f"<pre>{_escape(timing.describe(recording.runs[-1]))}</pre>")
    parts.append(static_shapes.part(recording))
    picture = _picture(recording)
    if picture:
        parts.append(
            "<details open><summary>dispatches, in order</summary>"
            f'<div style="overflow:auto;max-height:24em">{picture}</div></details>'
        )
    shown = -1
    for phase in recording.phases:
        if phase.step < 0:
            continue
        parts.append(_phase(recording, phase, phase.step == shown))
        shown = phase.step
    parts.append("</div>")
    return "".join(parts)


def highlight(text: str) -> str:
    """MLIR text as HTML with coloured tokens; newlines are character references."""
    out: list[str] = []
    at = 0
    for match in _TOKENS.finditer(text):
        out.append(_escape(text[at : match.start()]))
        colour = _COLOURS[match.lastgroup or "op"]
        out.append(f'<span style="color:{colour}">{_escape(match[0])}</span>')
        at = match.end()
    out.append(_escape(text[at:]))
    return "".join(out)


def _phase(recording: Recording, phase: PhaseRecord, same: bool) -> str:
    title = f"<b>{_escape(phase.name)}</b> {_escape(phase.summary)}"
    if same:
        return f'<div style="margin-left:1.1em">{title} <i>changed nothing</i></div>'
    found = lines(Outline(recording, phase.step))
    text = "\n".join(_cut(line.text) for line in found[:MAX_LINES])
    if len(found) > MAX_LINES:
        text += f"\n// ... {len(found) - MAX_LINES} more lines"
    return (
        f"<details><summary>{title} ({len(found)} lines)</summary>"
        f'<pre style="overflow:auto;max-height:30em">{highlight(text)}</pre></details>'
    )


def _picture(recording: Recording) -> str:
    found = graph.dispatch_graph(recording) if recording.steps else None
    if found is None or not any(node.kind == "dispatch" for node in found.nodes):
        return ""
    times: dict[int, str] = {}
    if recording.runs:
        for dispatch in recording.runs[-1].dispatches:
            for op in dispatch.op_ids:
                times[op] = timing.show_ns(dispatch.median_ns)
    return svg.draw(found, times)


def _cut(line: str) -> str:
    return line if len(line) <= MAX_COLUMNS else line[: MAX_COLUMNS - 1] + "…"


def _escape(text: str) -> str:
    return html.escape(text).replace("\n", "&#10;")
