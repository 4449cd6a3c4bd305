# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a single view shows where no script runs: as text, as HTML, and as a picture if it is one.

`text` is for terminals, `part` what GitHub and untrusted notebooks show, `picture` an SVG. All of
them show the step that the widget is at.
"""

from __future__ import annotations

import html

from iree_explore.recording import graph, memory, svg, timing
from iree_explore.recording.diff import diff
from iree_explore.recording.model import Recording, Run
from iree_explore.recording.text import Outline, lines
from iree_explore.widgets import charts, static_html, static_shapes

MAX_LINES = 200
"""Lines of text that are kept."""

NO_RUN = "not run yet: session.run() measures every dispatch"
NO_MEMORY = (
    "no transient memory: phase stream was not reached, or nothing is kept between dispatches"
)


def text(view: str, recording: Recording, step: int = -1, compare: int = -1) -> str:
    """A view in words; the first line says what it is of."""
    head = static_html.summary(recording).split("\n")[0]
    return f"{head}\n{_body(view, recording, step, compare)}"


def part(view: str, recording: Recording, step: int = -1, compare: int = -1) -> str:
    """A view as a piece of HTML: its picture if there is one, and its words."""
    head = html.escape(static_html.summary(recording).split("\n")[0])
    drawn = picture(view, recording, step)
    body = _body(view, recording, step, compare)
    shown = static_html.highlight(body) if view in ("ir", "stepper", "diff") else _escaped(body)
    words = f'<pre style="overflow:auto;max-height:32em;line-height:1.45">{shown}</pre>'
    if drawn:
        words = f"{drawn}<details><summary>as text</summary>{words}</details>"
    return f'<div class="iexplore-static"><p>{head}</p>{words}</div>'


def picture(view: str, recording: Recording, step: int = -1) -> str:
    """The view as an SVG; "" for one that is text, or that has nothing to draw."""
    if not recording.steps:
        return ""
    if view == "graph":
        return svg.draw(_graph(recording, step), _times(_newest(recording)))
    run = _newest(recording)
    if view == "timeline":
        return charts.timeline(run) if run else ""
    if view == "roofline":
        return charts.roofline(run) if run and run.roofline else ""
    if view == "memory":
        slabs = memory.slabs(recording)
        return charts.memory(slabs[0]) if slabs else ""
    return ""


def _body(view: str, recording: Recording, step: int, compare: int) -> str:
    if not recording.steps:
        return "\n".join(stop.text for stop in recording.errors) or "nothing was recorded yet"
    if view in ("stepper", "diff"):
        return _changes(recording, step, compare)
    if view == "shapes":
        return static_shapes.text(recording)
    if view == "ir":
        return f"// {_title(recording, step)}\n{_ir(recording, step)}"
    if view == "graph":
        from iree_explore.recording import pictures

        return f"{_title(recording, step)}\n{pictures.words(_graph(recording, step))}"
    if view == "memory":
        slabs = memory.slabs(recording)
        return "\n".join(map(_slab, slabs)) if slabs else NO_MEMORY
    run = _newest(recording)
    return timing.describe(run) if run else NO_RUN


def _title(recording: Recording, step: int) -> str:
    """ "pass 12 of 61, input-lower-to-linalg (phase input): what it is for" """
    number = step if step >= 0 else recording.last_step
    at = recording.steps[number]
    phase = recording.phases[at.phase].name
    why = f": {at.why}" if at.why else ""
    scope = f" on @{at.scope}" if at.scope else ""
    name = at.pass_name or "as imported"
    return f"step {number + 1} of {len(recording.steps)}, {name}{scope} (phase {phase}){why}"


def _ir(recording: Recording, step: int) -> str:
    found = lines(Outline(recording, step))
    shown = [line.text[: static_html.MAX_COLUMNS] for line in found[:MAX_LINES]]
    if len(found) > MAX_LINES:
        shown.append(f"// ... {len(found) - MAX_LINES} more lines")
    return "\n".join(shown)


def _changes(recording: Recording, step: int, compare: int) -> str:
    """The step's title, how many ops changed how, and those that are new, changed or gone."""
    number = step if step >= 0 else recording.last_step
    before = compare if compare >= 0 else max(0, number - 1)
    found = diff(recording, before, number)
    rows = [
        f"// {_title(recording, number)}",
        f"// {len(found.created)} new, {len(found.deleted)} gone, {len(found.modified)} changed, "
        f"{len(found.moved)} moved, {len(found.unchanged)} as they were",
    ]
    old, new = recording.alive(before), recording.alive(number)
    signs = (("-", found.deleted, old), ("~", found.modified, new), ("+", found.created, new))
    changed = [
        f"{sign} {_first_line(recording.version(alive[op]).text)}"
        for sign, ops, alive in signs
        for op in ops
    ]
    rows += changed[:MAX_LINES]
    if len(changed) > MAX_LINES:
        rows.append(f"// ... {len(changed) - MAX_LINES} more")
    return "\n".join(rows)


def _first_line(template: str) -> str:
    """The op's own text, without its regions."""
    first = template.partition("\x01")[0].partition("\n")[0].rstrip()
    return first[: static_html.MAX_COLUMNS]


def _graph(recording: Recording, step: int) -> graph.Graph:
    number = step if step >= 0 else graph.dispatch_step(recording)
    found = graph.dispatch_graph(recording, number)
    if any(node.kind == "dispatch" for node in found.nodes):
        return found
    return graph.op_graph(recording, number) if graph.functions(recording, number) else found


def _newest(recording: Recording) -> Run | None:
    return next((run for run in reversed(recording.runs) if run.error is None), None)


def _times(run: Run | None) -> dict[int, str]:
    found: dict[int, str] = {}
    for dispatch in run.dispatches if run else ():
        for op in dispatch.op_ids:
            found[op] = timing.show_ns(dispatch.median_ns)
    return found


def _slab(slab: memory.Slab) -> str:
    most = max(slab.live_nbytes, default=0)
    rows = [
        f"slab of {slab.nbytes:,} bytes, {len(slab.lifetimes)} buffers, "
        f"at most {most:,} bytes in use at a time ({most / max(slab.nbytes, 1):.0%})"
    ]
    rows += [
        f"  {x.offset:>12,} + {x.nbytes:<12,} command {x.first + 1:>3} to {x.last + 1:<3}  {x.name}"
        for x in slab.lifetimes[:MAX_LINES]
    ]
    if len(slab.lifetimes) > MAX_LINES:
        rows.append(f"  ... {len(slab.lifetimes) - MAX_LINES} more")
    return "\n".join(rows)


def _escaped(text_: str) -> str:
    return html.escape(text_).replace("\n", "&#10;")
