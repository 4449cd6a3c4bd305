# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The sizes of a recording where no script runs: symbols, dispatches and memory as formulas.

`text` is for terminals, `part` the same as HTML. Both say what each size is, for every choice of
the symbols; the numbers of one choice are what the page is for.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from iree_explore.recording.model import Recording
from iree_explore.recording.shape_records import Shapes, ShapeSymbol

STATIC = "every size is static"


def text(recording: Recording) -> str:
    """The tables of `part` as plain text; one line if nothing is dynamic."""
    shapes = recording.shapes
    if shapes is None:
        return STATIC
    return "\n".join(
        f"{title}\n" + "\n".join(_aligned(rows)) for title, rows in _tables(shapes) if rows
    )


def part(recording: Recording) -> str:
    """A piece of HTML, "" if nothing is dynamic."""
    shapes = recording.shapes
    if shapes is None:
        return ""
    parts = []
    for title, rows in _tables(shapes):
        cells = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in rows
        )
        if rows:
            parts.append(f"<p>{title}</p><table>{cells}</table>")
    return f"<details><summary>sizes</summary>{''.join(parts)}</details>"


def _tables(shapes: Shapes) -> list[tuple[str, list[list[str]]]]:
    hosts = {argument.function for argument in shapes.arguments}

    def size(index: int) -> str:
        return "?" if index < 0 else shapes.sizes.text[index]

    return [
        ("contradictions", [[conflict.text] for conflict in shapes.conflicts]),
        ("symbols", [
            _symbol(shapes, s) for s in shapes.symbols
            if s.function in hosts and (s.kind == "input" or s.op > 0)
        ]),
        ("each call must have", [
            [f"{size(e.left)} == {size(e.right)}", e.place]
            for e in shapes.equations if e.function in hosts
        ]),
        ("dispatches", [
            [d.name, f"{' x '.join(map(size, d.workgroups)) or '?'} workgroups",
             f"{size(d.flops)} FLOPs", f"{size(d.bytes)} bytes"]
            for d in shapes.dispatches
        ]),
        ("memory of a call", [
            [a.kind, f"{size(a.bytes)} bytes"] for a in shapes.allocations if a.function in hosts
        ]),
    ]  # fmt: skip


def _symbol(shapes: Shapes, symbol: ShapeSymbol) -> list[str]:
    if symbol.solved >= 0:
        return [symbol.name, symbol.place, f"= {shapes.sizes.text[symbol.solved]}"]
    bounds = f"at least {symbol.low}" if symbol.high < 0 else f"{symbol.low} to {symbol.high}"
    if symbol.divisor > 1:
        bounds += f", a multiple of {symbol.divisor}"
    if symbol.sample >= 0:
        bounds += f", {symbol.sample} in the sample"
    return [symbol.name, symbol.place, bounds]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines, every column but the last as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
