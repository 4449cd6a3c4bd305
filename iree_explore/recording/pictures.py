# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Graphs in Graphviz's language, and the picture that Graphviz makes of it, for papers and slides.

Graphviz takes minutes for some thousand nodes, so it never draws for the explorer, only what
somebody asks to have as a file. Notebooks show small graphs drawn without it (`svg.py`).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from iree_explore.errors import ModelError
from iree_explore.recording.files import write_atomically

if TYPE_CHECKING:
    from iree_explore.recording.graph import Graph

MAX_NODES = 400
"""Larger graphs are refused: Graphviz would take minutes, and nobody could read the picture."""

MAX_LABELS = 80
"""Beyond this many edges they have no labels, which cost Graphviz most of its time."""

TIMEOUT_S = 60

_STYLE = {
    "dispatch": 'fillcolor="#dbeafe" color="#3b6fc4"',
    "op": 'fillcolor="#ffffff" color="#64748b"',
    "argument": 'shape=box style="rounded,filled,dashed" fillcolor="#f1f5f9" color="#94a3b8"',
    "return": 'shape=box style="rounded,filled,dashed" fillcolor="#f1f5f9" color="#94a3b8"',
}


def dot(graph: Graph, path: str | os.PathLike[str] | None = None, types: bool = True) -> str:
    """The graph in Graphviz's language, written to `path` if there is one."""
    rows = [
        f"digraph {_quote(graph.function or 'module')} {{",
        "  graph [rankdir=TB, nodesep=0.25, ranksep=0.35, nslimit=2, "
        'nslimit1=2, mclimit=0.5, bgcolor="transparent"];',
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, '
        'height=0.35, margin="0.12,0.05"];',
        '  edge [fontname="Helvetica", fontsize=8, fontcolor="#475569", color="#64748b", '
        "arrowsize=0.6];",
    ]
    rows += [
        f"  n{_name(n.id)} [label={_quote(n.label)} {_STYLE.get(n.kind, _STYLE['op'])}];"
        for n in graph.nodes
    ]
    for e in graph.edges:
        label = f" [label={_quote(_short(e.type))}]" if types and e.type else ""
        rows.append(f"  n{_name(e.source)} -> n{_name(e.target)}{label};")
    text = "\n".join([*rows, "}", ""])
    if path is not None:
        write_atomically(path, text.encode())
    return text


def svg(graph: Graph, path: str | os.PathLike[str] | None = None, types: bool = True) -> str:
    """The graph as an SVG file, drawn by Graphviz, and written to `path` if there is one.

    Raises `ModelError` IX507 if Graphviz is not there, or for more than `MAX_NODES` nodes.
    Of large graphs the edges have no types.
    """
    if len(graph.nodes) > MAX_NODES:
        raise ModelError(
            "IX507", f"a graph of {len(graph.nodes)} nodes is too large to be drawn",
            because=f"Graphviz takes minutes for more than {MAX_NODES}",
            hint="draw the graph of a stage that has dispatches, or of one function",
        )  # fmt: skip
    text = _drawn(dot(graph, types=types and len(graph.edges) <= MAX_LABELS))
    if path is not None:
        write_atomically(path, text.encode())
    return text


def _drawn(text: str) -> str:
    """What Graphviz makes of a text in its language."""
    program = shutil.which("dot")
    if program is None:
        raise ModelError(
            "IX507", "Graphviz is not installed", because="there is no program `dot`",
            hint="install it (apt install graphviz, brew install graphviz), or use to_dot()",
        )  # fmt: skip
    try:
        made = subprocess.run(
            [program, "-Tsvg"], input=text, capture_output=True, text=True, check=True,
            encoding="utf-8", timeout=TIMEOUT_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired as raised:
        raise ModelError(
            "IX507", f"Graphviz did not end in {TIMEOUT_S} s",
            hint="draw a smaller graph, or give to_dot() to another program",
        ) from raised  # fmt: skip
    except (subprocess.CalledProcessError, OSError) as raised:
        said = getattr(raised, "stderr", None) or str(raised)
        raise ModelError("IX507", "Graphviz could not draw the graph",
                         because=said.strip()) from raised  # fmt: skip
    return made.stdout


def bundle(graph: Graph) -> dict[str, str]:
    """What a notebook shows of a graph: a picture if it is small, and always words."""
    from iree_explore.recording import svg as small

    picture = small.draw(graph)
    found = {"text/plain": words(graph)}
    return {**found, "image/svg+xml": picture} if picture else found


def words(graph: Graph) -> str:
    """The graph as text: each node with what it reads, in textual order."""
    label = {n.id: n.label for n in graph.nodes}
    reads: dict[int, list[str]] = {}
    for edge in graph.edges:
        reads.setdefault(edge.target, []).append(label.get(edge.source, "?"))
    rows = [repr(graph)]
    for node in graph.nodes[:200]:
        sources = ", ".join(dict.fromkeys(reads.get(node.id, ())))
        rows.append(f"  {node.label}" + (f"  <- {sources}" if sources else ""))
    if len(graph.nodes) > 200:
        rows.append(f"  ... {len(graph.nodes) - 200} more")
    return "\n".join(rows)


def _name(number: int) -> str:
    return f"a{-1 - number}" if number < 0 else str(number)


def _short(type_: str) -> str:
    """ "4x16xf32" for "tensor<4x16xf32>": what is read beside an edge."""
    match = re.fullmatch(r"tensor<([^<>]*)>", type_)
    return match[1] if match else type_


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
