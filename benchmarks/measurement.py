# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What benchmarks against peers share: interleaved timing, rows, Markdown, JSON and a chart.

One call of each peer is timed in turn, round after round, so that a busy machine is equally unfair
to all. Read ratios within one run, not times of two.
"""

from __future__ import annotations

import gc
import html
import json
import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

OURS = "iree_explore"


@dataclass
class Row:
    """One peer on one case; times in milliseconds, `setup_s` is compiling or loading, `work` what
    one call does in `unit`s ("GFLOP", "GB"), `reason` why there are no times."""

    name: str
    peer: str
    setup_s: float = 0.0
    error: float | None = None
    samples_ms: list[float] = field(default_factory=list)
    reason: str = ""
    work: float = 0.0
    unit: str = ""

    @property
    def median_ms(self) -> float:
        return statistics.median(self.samples_ms) if self.samples_ms else math.nan

    @property
    def spread_ms(self) -> float:
        """Half the range between the 10th and the 90th percentile."""
        if len(self.samples_ms) < 2:
            return 0.0
        low, high = np.percentile(self.samples_ms, [10, 90])
        return float(high - low) / 2


@dataclass(frozen=True)
class Ratio:
    """The best peer's time by ours: median, 10th and 90th percentile over the rounds' quotients."""

    name: str
    peer: str
    median: float
    low: float
    high: float


def set_up(row: Row, make: Callable[[], Callable[[], Any]]) -> tuple[Callable[[], Any], Any] | None:
    """The call and its first result; None, with the row's reason, if the peer is missing or
    fails."""
    begin = time.perf_counter()
    try:
        run = make()
        result = run()
    except ImportError as missing:
        row.reason = f"not installed: {missing}"
        return None
    except Exception as failed:  # noqa: BLE001  a peer's failure is a row of the table
        lines = str(failed).strip().splitlines() or [""]
        row.reason = f"{type(failed).__name__}: {lines[0][:200]}"
        return None
    row.setup_s = time.perf_counter() - begin
    return run, result


def interleave(
    runs: Sequence[tuple[Row, Callable[[], Any]]],
    rounds: int,
    seconds: float = math.inf,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> None:
    """Adds `rounds` samples to each row (fewer, but 3, once `seconds` are over)."""
    with quiet_collector():
        for _, run in runs:
            run()
            run()
        end = time.perf_counter() + seconds
        for number in range(rounds):
            if number >= 3 and time.perf_counter() > end:
                break
            for row, run in runs:
                start = clock()
                run()
                row.samples_ms.append((clock() - start) / 1e6)


@contextmanager
def quiet_collector() -> Iterator[None]:
    """No garbage collection inside."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def ratios(rows: Sequence[Row]) -> list[Ratio]:
    """Of every case that we and a peer ran."""
    found: list[Ratio] = []
    for name in dict.fromkeys(row.name for row in rows):
        timed = {r.peer: r for r in rows if r.name == name and r.samples_ms}
        ours = timed.pop(OURS, None)
        if ours is None or not timed:
            continue
        best = min(timed.values(), key=lambda r: r.median_ms)
        quotients = [b / o for b, o in zip(best.samples_ms, ours.samples_ms, strict=True)]
        low, median, high = (float(v) for v in np.percentile(quotients, [10, 50, 90]))
        found.append(Ratio(name, best.peer, median, low, high))
    return found


def geomean(values: Sequence[float]) -> float:
    return math.exp(statistics.fmean(math.log(v) for v in values)) if values else math.nan


def summary(rows: Sequence[Row]) -> str:
    """Markdown: one line a case with every peer's median, and the best peer by ours."""
    peers = list(dict.fromkeys(row.peer for row in rows))
    by_name = {ratio.name: ratio for ratio in ratios(rows)}
    lines = [
        f"| case | {' | '.join(peers)} | ours | best peer ÷ ours |",
        "|---" * (len(peers) + 3) + "|",
    ]
    for name in dict.fromkeys(row.name for row in rows):
        mine = {r.peer: r for r in rows if r.name == name}
        cells = [_time(mine.get(peer)) for peer in peers]
        ratio = by_name.get(name)
        verdict = ""
        if ratio is not None:
            verdict = f"{ratio.median:.2f} ({ratio.low:.2f}–{ratio.high:.2f}, {ratio.peer})"
        lines.append(f"| {name} | {' | '.join(cells)} | {_speed(mine.get(OURS))} | {verdict} |")
    values = [ratio.median for ratio in by_name.values()]
    if values:
        lines.append(
            f"\ngeomean of best peer ÷ ours {geomean(values):.2f} over {len(values)} cases, "
            f"lowest {min(values):.2f}"
        )
    return "\n".join(lines)


def _time(row: Row | None) -> str:
    if row is None or row.reason or not row.samples_ms:
        return "–"
    return f"{row.median_ms:.3f} ± {row.spread_ms:.3f} ms"


def _speed(row: Row | None) -> str:
    if row is None or not row.work or not row.samples_ms:
        return ""
    return f"{row.work / row.median_ms * 1e3:.1f} {row.unit}/s"


def write(rows: Sequence[Row], path: Path, about: dict[str, Any]) -> None:
    """`path` gets the samples as JSON, a file beside it with the suffix `.svg` the chart."""
    data = {
        "about": about,
        "rows": [asdict(r) | {"median_ms": r.median_ms, "spread_ms": r.spread_ms} for r in rows],
        "ratios": [asdict(r) for r in ratios(rows)],
    }
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    title = about.get("title", path.stem)
    path.with_suffix(".svg").write_text(chart(ratios(rows), title), encoding="utf-8")


_LABEL, _PLOT, _ROW, _TOP = 290, 480, 18, 56
_LOW, _HIGH = 1 / 16, 16.0


def chart(values: Sequence[Ratio], title: str) -> str:
    """Best peer ÷ ours as bars from 1 on a logarithmic axis, right of it where we are faster;
    the thin line is the spread."""
    height, width = _TOP + _ROW * len(values) + 12, _LABEL + _PLOT + 150
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="11" role="img" aria-label="{html.escape(title)}">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="8" y="18" font-size="14" fill="#0f172a">{html.escape(title)}</text>',
        f'<text x="8" y="36" fill="#475569">best peer ÷ ours, geomean '
        f"{geomean([v.median for v in values]):.2f}; right of 1: ours is faster</text>",
    ]
    for power in range(-4, 5):
        x = _x(2.0**power)
        label = f"{2**power}" if power >= 0 else f"1/{2**-power}"
        stroke = "#0f172a" if power == 0 else "#e2e8f0"
        out.append(f'<path d="M{x:.1f} {_TOP - 6}V{height - 8}" stroke="{stroke}"/>')
        out.append(f'<text x="{x:.1f}" y="{_TOP - 10}" text-anchor="middle">{label}</text>')
    for number, value in enumerate(values):
        y = _TOP + number * _ROW
        x0, x1 = sorted((_x(1), _x(value.median)))
        colour = "#2563eb" if value.median >= 1 else "#d97706"
        name = html.escape(value.name)
        middle = y + _ROW / 2 - 2
        out.append(
            f'<text x="{_LABEL - 8}" y="{y + 11}" text-anchor="end" fill="#0f172a">{name}</text>'
            f'<rect x="{x0:.1f}" y="{y + 1}" width="{x1 - x0:.1f}" height="{_ROW - 6}" '
            f'fill="{colour}"/><path d="M{_x(value.low):.1f} {middle}H{_x(value.high):.1f}" '
            f'stroke="#0f172a"/><text x="{_LABEL + _PLOT + 8}" y="{y + 11}" fill="#475569">'
            f"{value.median:.2f} {html.escape(value.peer)}</text>"
        )
    return "\n".join([*out, "</svg>\n"])


def _x(ratio: float) -> float:
    share = math.log(min(max(ratio, _LOW), _HIGH) / _LOW) / math.log(_HIGH / _LOW)
    return _LABEL + share * _PLOT
