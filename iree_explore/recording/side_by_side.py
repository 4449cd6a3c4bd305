# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs of several targets side by side, by layer of the model.

A dispatch covers the layers that it and its code descend from. Its time is its own: a dispatch that
covers several layers is in the row of each, with how many they are, and is never split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from iree_explore.recording.model import Recording, Run, RunDispatch


@dataclass(frozen=True)
class Cover:
    """A dispatch that computes a layer, or a part of it; `layers` is how many it covers."""

    name: str
    median_ns: int
    layers: int


@dataclass(frozen=True)
class LayerRow:
    """One layer: its dispatches by target, in order of execution."""

    layer: str
    covers: dict[str, tuple[Cover, ...]]


@dataclass(frozen=True)
class SideBySide:
    """`rows` in the model's order. Targets are as they were run; `totals_ns` are medians end to
    end. Dispatches that descend from no layer are in `other`."""

    targets: tuple[str, ...]
    totals_ns: dict[str, int]
    rows: tuple[LayerRow, ...]
    other: dict[str, tuple[Cover, ...]]

    def __str__(self) -> str:
        return self.markdown()

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def markdown(self) -> str:
        """A table with a column a target."""
        lines = [
            "| layer | " + " | ".join(self.targets) + " |",
            "|---|" + "---|" * len(self.targets),
        ]
        named = [(row.layer, row.covers) for row in self.rows]
        for layer, covers in [*named, *([("(no layer)", self.other)] if self.other else [])]:
            cells = ["<br>".join(map(_cell, covers.get(t, ()))) for t in self.targets]
            lines.append(f"| {layer} | " + " | ".join(cells) + " |")
        whole = [f"{self.totals_ns[t] / 1000:.1f} µs" for t in self.targets]
        lines.append("| end to end | " + " | ".join(whole) + " |")
        return "\n".join(lines)


def side_by_side(recording: Recording) -> SideBySide:
    """The newest run of each target of a recording, by layer."""
    newest: dict[str, Run] = {r.target: r for r in recording.runs if r.error is None}
    order: dict[str, int] = {}
    by_target: dict[str, dict[str, list[Cover]]] = {}
    other: dict[str, tuple[Cover, ...]] = {}
    for target, run in newest.items():
        found: dict[str, list[Cover]] = {}
        loose: list[Cover] = []
        for dispatch in run.dispatches:
            layers = _layers(recording, dispatch, order)
            cover = Cover(dispatch.name, dispatch.median_ns, len(layers))
            for layer in layers:
                found.setdefault(layer, []).append(cover)
            if not layers:
                loose.append(cover)
        by_target[target] = found
        if loose:
            other[target] = tuple(loose)
    rows = [
        LayerRow(layer, {t: tuple(found.get(layer, ())) for t, found in by_target.items()})
        for layer in sorted(order, key=lambda name: order[name])
    ]
    totals = {t: _median(run.total_ns) for t, run in newest.items()}
    return SideBySide(tuple(newest), totals, tuple(rows), other)


def _layers(recording: Recording, dispatch: RunDispatch, order: dict[str, int]) -> list[str]:
    """Layers that a dispatch covers; `order` learns where in the model each is first."""
    ops = set(dispatch.op_ids) | recording.calls.code_of(dispatch.op_ids)
    sources: set[int] = set()
    for op in ops:
        index = recording.origin_index.get(op)
        if index is not None:
            sources.update(recording.sets[recording.origins.sources[index]])
    found: dict[str, None] = {}
    for index in sorted(sources):
        layer = _layer(recording.sources[index].layer)
        if layer:
            found[layer] = None
            order[layer] = min(order.get(layer, index), index)
    inner = [layer for layer in found if "/" in layer]
    for whole in set(found) - set(inner) if inner else ():
        order.pop(whole, None)  # the whole model, where parts of it are known
    return inner or list(found)


def _layer(name: str) -> str:
    """The layer of a graph's node: "model/dense/BiasAdd/ReadVariableOp" is in "model/dense"."""
    parts = name.split("/")
    while len(parts) > 1 and parts[-1][:1].isupper():
        parts.pop()
    return "/".join(parts)


def _median(values: Sequence[int]) -> int:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else 0


def _cell(cover: Cover) -> str:
    more = cover.layers - 1
    shared = f" (and {more} more layer{'s' if more > 1 else ''})" if more > 0 else ""
    return f"{cover.median_ns / 1000:.1f} µs {cover.name}{shared}"
