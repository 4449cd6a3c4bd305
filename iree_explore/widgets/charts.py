# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Timeline, roofline and memory as SVG, for pages without scripts: one function a chart.

Colours are fixed and legible on white and black alike, since such pages tell nothing of a theme.
The explorer draws its own (`widgets/src/run`, `roofline`, `memory`).
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

from iree_explore.hal.runtime import busy_ns
from iree_explore.recording import chrome_trace, timing
from iree_explore.recording.memory import Slab
from iree_explore.recording.model import Run, RunDispatch
from iree_explore.recording.roofline import copy_rate, share

_WIDTH = 860
_TEXT, _LINE, _BAR, _GAP = "#6b7280", "#9ca3af", "#3b82c4", "#c2410c"


def colour(index: int, lightness: int = 56) -> str:
    """The colour of the dispatch at `index`, as in the page."""
    return f"hsl({index * 67 % 360},48%,{lightness}%)"


def timeline(run: Run) -> str:
    """The last repetition of a run: its dispatches, and what was between them, on one axis."""
    total = run.last_profiled_ns
    starts = chrome_trace.placed(run)
    ends = [s + (d.samples_ns[-1] if d.samples_ns else 0)
            for s, d in zip(starts, run.dispatches, strict=True)]  # fmt: skip
    whole = max([total, *ends, 1])
    left, right, top = 12, 12, 40
    scale = (_WIDTH - left - right) / whole
    inside = busy_ns(list(zip(starts, ends, strict=True)))
    parts = [
        _text(left, 16, f"{run.function} on {run.device}: {timing.show_ns(total)} in the last "
              f"repetition, {timing.show_ns(inside)} of it in dispatches", 12),
        f'<rect x="{left}" y="{top}" width="{whole * scale:.1f}" height="26" fill="none" '
        f'stroke="{_GAP}" stroke-dasharray="3 3"><title>host: launch, waiting, readback</title>'
        "</rect>",
    ]  # fmt: skip
    for index, (begin, end, dispatch) in enumerate(zip(starts, ends, run.dispatches, strict=True)):
        words = f"{dispatch.name}: {timing.spread(dispatch.samples_ns)}"
        parts.append(_box(left + begin * scale, top, (end - begin) * scale, 26, colour(index),
                          words))  # fmt: skip
    parts += _ticks(left, top + 32, scale, whole)
    slowest = sorted(enumerate(run.dispatches), key=lambda item: -item[1].median_ns)[:8]
    y = top + 68
    for index, dispatch in slowest:
        parts.append(_box(left, y - 9, 10, 10, colour(index), dispatch.name))
        part = dispatch.median_ns / max(timing.spread(run.total_ns).median_ns, 1)
        parts.append(_text(left + 16, y, f"{timing.show_ns(dispatch.median_ns)}  {part:.0%}  "
                           f"{dispatch.name}"))  # fmt: skip
        y += 17
    return _svg(y, parts, f"timeline of {run.function} on {run.device}")


def roofline(run: Run) -> str:
    """Each dispatch of a run below the roofline of the machine, both axes logarithmic."""
    roof = run.roofline
    assert roof is not None
    points = [d for d in run.dispatches if d.flops > 0 and d.nbytes > 0 and d.median_ns > 0]
    fast, slow = roof.copies[1], copy_rate(roof, 1 << 60)
    xs = [d.flops / d.nbytes for d in points] + [roof.flops32 / fast / 8, roof.flops32 / slow * 8]
    ys = [d.flops * 1e9 / d.median_ns for d in points] + [slow * min(xs)]
    low, high = (10.0**f for f in (math.floor(math.log10(min(xs))), math.ceil(math.log10(max(xs)))))
    bottom = 10.0 ** math.floor(math.log10(min(ys)))
    top = 10.0 ** math.ceil(math.log10(max([roof.flops32, *ys])))
    height, left, right, head, foot = 320, 60, 90, 34, 40

    def x(value: float) -> float:
        return left + (_WIDTH - left - right) * math.log(value / low) / math.log(high / low)

    def y(value: float) -> float:
        return (
            height
            - foot
            - (height - head - foot) * math.log(value / bottom) / math.log(top / bottom)
        )

    parts = [_text(12, 16, f"{run.function} on {run.device}, {roof.threads} threads: GFLOP/s by "
                   "operations a byte", 12)]  # fmt: skip
    value = low
    while value <= high * 1.001:
        parts += [_line(x(value), y(bottom), x(value), y(top), _LINE, 0.4),
                  _text(x(value), height - foot + 16, f"{value:g}", anchor="middle")]  # fmt: skip
        value *= 10
    value = bottom
    while value <= top * 1.001:
        parts += [_line(x(low), y(value), x(high), y(value), _LINE, 0.4),
                  _text(left - 6, y(value) + 4, f"{value / 1e9:g}", anchor="end")]  # fmt: skip
        value *= 10
    ridge = roof.flops32 / fast
    parts += [
        _line(x(ridge), y(roof.flops32), x(high), y(roof.flops32), _GAP, 1.8),
        _line(x(max(low, bottom / fast)), y(fast * max(low, bottom / fast)), x(ridge),
              y(roof.flops32), _GAP, 1.8),
        _text(x(high) + 5, y(roof.flops32) + 4, "f32 peak"),
    ]  # fmt: skip
    total = timing.spread(run.total_ns).median_ns or 1
    parts += [_dot(run, d, x(d.flops / d.nbytes), y(d.flops * 1e9 / d.median_ns), total)
              for d in points]  # fmt: skip
    return _svg(height, parts, f"roofline of {run.function} on {run.device}")


def memory(slab: Slab) -> str:
    """Which bytes of a slab hold what: time to the right, bytes upward."""
    height, left, right, head, foot = 300, 70, 12, 34, 30
    steps = max(len(slab.commands), 1)
    wide, tall = (_WIDTH - left - right) / steps, (height - head - foot) / max(slab.nbytes, 1)
    most = max(slab.live_nbytes, default=0)
    parts = [
        _text(12, 16, f"slab of {slab.nbytes:,} bytes: at most {most:,} "
              "in use at a time", 12),
        f'<rect x="{left}" y="{head}" width="{wide * steps:.1f}" height="{tall * slab.nbytes:.1f}" '
        f'fill="none" stroke="{_LINE}"/>',
        _text(left - 6, head + 8, f"{slab.nbytes:,}", anchor="end"),
        _text(left - 6, height - foot, "0", anchor="end"),
        _text(left, height - 10, "commands, in order"),
    ]  # fmt: skip
    for x in slab.lifetimes:
        words = (
            f"{x.name}: {x.nbytes:,} bytes at {x.offset:,}, command {x.first + 1} to {x.last + 1}"
        )
        x0, y0 = left + x.first * wide, height - foot - (x.offset + x.nbytes) * tall
        wide_ = (x.last - x.first + 1) * wide
        parts.append(_box(x0, y0, wide_, x.nbytes * tall, colour(x.first), words))
    return _svg(height, parts, "lifetimes of transient buffers")


def _dot(run: Run, dispatch: RunDispatch, x: float, y: float, total: int) -> str:
    part = share(run.roofline, dispatch)
    words = f"{dispatch.name}: {timing.show_ns(dispatch.median_ns)}"
    words += "" if part is None else f", {part:.0%} of the roofline"
    radius = 4 + 8 * math.sqrt(min(1.0, dispatch.median_ns / total))
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{_BAR}" fill-opacity="0.4" '
        f'stroke="{_BAR}"><title>{html.escape(words)}</title></circle>'
    )


def _ticks(left: float, y: float, scale: float, whole: int) -> list[str]:
    return [
        _text(left + part * whole * scale, y + 10, timing.show_ns(part * whole),
              anchor="start" if part == 0 else "end" if part == 1 else "middle")
        for part in (0, 0.25, 0.5, 0.75, 1)
    ]  # fmt: skip


def _box(x: float, y: float, width: float, height: float, fill: str, words: str) -> str:
    return (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{max(width, 0.6):.2f}" '
        f'height="{max(height, 0.6):.2f}" fill="{fill}" stroke="#fff" stroke-width="0.4">'
        f"<title>{html.escape(words)}</title></rect>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str, width: float) -> str:
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" '
            f'stroke-width="{width}"/>')  # fmt: skip


def _text(x: float, y: float, words: str, size: int = 11, anchor: str = "start") -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
            f'fill="{_TEXT}">{html.escape(words)}</text>')  # fmt: skip


def _svg(height: float, parts: Sequence[str], label: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" '
        f'width="{_WIDTH}" height="{height:.0f}" font-family="sans-serif" role="img" '
        f'aria-label="{html.escape(label)}">{"".join(parts)}</svg>'
    )
