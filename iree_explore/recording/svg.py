# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A small graph as SVG without any layout program: layers by longest path, one row a layer."""

from __future__ import annotations

import html
from collections.abc import Mapping

from iree_explore.recording.graph import Graph

MAX_NODES = 80
"""Larger graphs are not drawn: the explorer does that."""

_WIDTH, _HEIGHT, _GAP, _STEP = 300, 34, 16, 62
_FILL = {"dispatch": "#dbeafe", "argument": "#f1f5f9", "return": "#f1f5f9", "op": "#fef9c3"}


def draw(graph: Graph, notes: Mapping[int, str] | None = None) -> str:
    """`graph` as an `<svg>`, or "" if it is too large; `notes` go under the labels by node id."""
    if not graph.nodes or len(graph.nodes) > MAX_NODES:
        return ""
    rows: list[list[int]] = []
    layer = _layers(graph)
    for node in graph.nodes:
        while len(rows) <= layer[node.id]:
            rows.append([])
        rows[layer[node.id]].append(node.id)
    widest = max(len(row) for row in rows)
    width = widest * (_WIDTH + _GAP) + _GAP
    place: dict[int, tuple[float, float]] = {}
    for number, row in enumerate(rows):
        left = (width - len(row) * (_WIDTH + _GAP) + _GAP) / 2
        for i, node in enumerate(row):
            place[node] = (left + i * (_WIDTH + _GAP), number * _STEP + _GAP)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{len(rows) * _STEP + _GAP}" font-family="sans-serif" font-size="11" role="img" '
        f'aria-label="dispatches of {html.escape(graph.function)}">'
    ]
    for edge in graph.edges:
        (x0, y0), (x1, y1) = place[edge.source], place[edge.target]
        start, end = y0 + _HEIGHT, y1
        middle = (start + end) / 2
        out.append(
            f'<path d="M{x0 + _WIDTH / 2:g} {start:g} C{x0 + _WIDTH / 2:g} {middle:g} '
            f'{x1 + _WIDTH / 2:g} {middle:g} {x1 + _WIDTH / 2:g} {end:g}" fill="none" '
            f'stroke="#94a3b8"><title>{html.escape(edge.type)}</title></path>'
        )
    for node in graph.nodes:
        x, y = place[node.id]
        note = (notes or {}).get(node.id, "")
        out.append(
            f'<g><title>{html.escape(node.label)}</title><rect x="{x:g}" y="{y:g}" '
            f'width="{_WIDTH}" height="{_HEIGHT}" rx="4" fill="{_FILL.get(node.kind, "#fff")}" '
            f'stroke="#64748b"/><text x="{x + _WIDTH / 2:g}" y="{y + (15 if note else 21):g}" '
            f'text-anchor="middle" fill="#0f172a">{html.escape(_short(node.label))}</text>'
        )
        if note:
            out.append(
                f'<text x="{x + _WIDTH / 2:g}" y="{y + 28:g}" text-anchor="middle" '
                f'fill="#475569">{html.escape(note)}</text>'
            )
        out.append("</g>")
    return "".join([*out, "</svg>"])


def _layers(graph: Graph) -> dict[int, int]:
    """Nodes are in textual order, so every edge goes from an earlier node to a later one."""
    known = {node.id for node in graph.nodes}
    layer = dict.fromkeys(known, 0)
    position = {node.id: i for i, node in enumerate(graph.nodes)}
    for edge in sorted(graph.edges, key=lambda e: position[e.target]):
        if position[edge.source] < position[edge.target]:
            layer[edge.target] = max(layer[edge.target], layer[edge.source] + 1)
    return layer


def _short(label: str, limit: int = 46) -> str:
    return label if len(label) <= limit else label[: limit - 1] + "…"
