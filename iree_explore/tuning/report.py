# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What `ie.tune` found, as records that print as a table."""

from __future__ import annotations

import html
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from iree_explore.codegen.user_configs import UserConfig
from iree_explore.recording.timing import show_ns


@dataclass(frozen=True)
class Ratio:
    """Time of a candidate ÷ time of the default: median and quartiles over interleaved rounds, of
    each of which the fastest calls count."""

    median: float
    low: float
    high: float
    rounds: int

    @staticmethod
    def of(samples: Sequence[float]) -> Ratio:
        """Of one sample a round; at least one."""
        ordered = sorted(samples)
        if len(ordered) < 3:
            return Ratio(statistics.median(ordered), ordered[0], ordered[-1], len(ordered))
        low, middle, high = statistics.quantiles(ordered, n=4, method="inclusive")
        return Ratio(middle, low, high, len(ordered))

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f}–{self.high:.2f})"


@dataclass(frozen=True)
class DispatchTuning:
    """One kernel: what was estimated, what is best (None: the estimate), how it compares.

    `share` is its part of the time of all dispatches, `tried` how many candidates were measured,
    `refused` those that failed or computed something else, with the reason.
    """

    name: str
    default: str
    best: UserConfig | None
    default_ns: int
    best_ns: int
    ratio: Ratio | None
    share: float
    tried: int
    refused: tuple[str, ...] = ()

    @property
    def best_text(self) -> str:
        """The best configuration in few words."""
        return "the estimate" if self.best is None else show_config(self.best)


@dataclass(frozen=True, repr=False)
class TuningReport:
    """All kernels that were tuned, and the whole call: tuned ÷ default, interleaved.

    `config` is what `ie.compile(..., lowering_config=...)` takes; the cache has it for
    `tuned=True`.
    """

    function: str
    device: str
    dispatches: tuple[DispatchTuning, ...]
    total: Ratio | None
    elapsed_s: float
    notes: tuple[str, ...] = ()

    @property
    def config(self) -> dict[str | int, UserConfig]:
        """The configurations that beat the estimate, by entry point."""
        return {d.name: d.best for d in self.dispatches if d.best is not None}

    def rows(self) -> list[tuple[str, ...]]:
        """The table, heads first."""
        heads = ("dispatch", "share", "default", "time", "best", "time", "ratio", "tried")
        return [heads, *(
            (
                d.name, f"{d.share:.0%}", d.default, show_ns(d.default_ns), d.best_text,
                show_ns(d.best_ns), str(d.ratio) if d.ratio else "–", str(d.tried),
            )
            for d in self.dispatches
        )]  # fmt: skip

    def _head(self) -> str:
        better = len(self.config)
        total = f"; the whole call takes {self.total} of the time" if self.total else ""
        return (
            f"{self.function} on {self.device}: {better} of {len(self.dispatches)} kernels are "
            f"faster than estimated{total}; {self.elapsed_s:.1f} s"
        )

    def __repr__(self) -> str:
        rows = self.rows()
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
                 for row in rows]  # fmt: skip
        return "\n".join([self._head(), *lines, *self._remarks()])

    def _remarks(self) -> list[str]:
        refused = [f"{d.name}: {text}" for d in self.dispatches for text in d.refused]
        return [*self.notes, *refused]

    def _repr_html_(self) -> str:
        heads, *rows = self.rows()
        head = "".join(f"<th scope='col'>{html.escape(text)}</th>" for text in heads)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in row) + "</tr>"
            for row in rows
        )
        rest = "".join(f"<p>{html.escape(text)}</p>" for text in self._remarks())
        return (
            f"<p>{html.escape(self._head())}</p><table><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>{rest}"
        )


def show_config(config: UserConfig) -> str:
    """`[[64, 32, 0], [8, 32, 0]]` and what is switched."""
    parts = []
    if config.tile_sizes is not None:
        parts.append(str([list(level) for level in config.tile_sizes]))
    if config.pipeline:
        parts.append(config.pipeline)
    parts += [f"{name} = {str(on).lower()}" for name, on in config.switches]
    return ", ".join(parts) or "the estimate"
