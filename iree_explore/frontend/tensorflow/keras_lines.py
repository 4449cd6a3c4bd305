# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Source lines of Keras layers: the graph of a functional model names layers, not lines.

Found in the user's own Python (the files of the call stack, and notebook cells): a layer's line is
the one call that passes its name; layers with automatic names have lines only if the calls of their
classes, in order, are exactly the model's layers. What is ambiguous stays without a line.
"""

from __future__ import annotations

import ast
import linecache
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from iree_explore.frontend.locations import frame
from iree_explore.provenance import Provenance

Place = tuple[str, int]


def user_files() -> list[str]:
    """Python files of the call stack that are the user's, innermost first, then notebook cells,
    newest first."""
    found: list[str] = []
    at = sys._getframe(1)
    while at is not None:
        found.append(at.f_code.co_filename)
        at = at.f_back
    found += [name for name in reversed(list(linecache.cache)) if "ipykernel_" in name]
    return list(dict.fromkeys(name for name in found if frame(name, 1).file))


def locate_layers(model: Any, provenance: Provenance, files: Sequence[str]) -> None:
    """Gives the sources that name a layer of `model`, and no line, the layer's line."""
    layers = [layer for layer in _layers(model) if type(layer).__name__ != "InputLayer"]
    lines = layer_lines([(layer.name, type(layer).__name__) for layer in layers], files)
    if not lines:
        return
    for index, source in enumerate(provenance.sources):
        if source.file or not source.layer:
            continue
        place = next((lines[n] for n in _candidates(source.layer) if n in lines), None)
        if place is not None:
            provenance.replace_source(index, replace(source, file=place[0], line=place[1]))


def layer_lines(layers: Sequence[tuple[str, str]], files: Iterable[str]) -> dict[str, Place]:
    """Layer name -> file and line, for layers given as (name, class name) in model order."""
    found: dict[str, Place] = {}
    for file in files:
        calls = _calls(file, {kind for _, kind in layers})
        named: dict[str, list[int]] = {}
        for _, name, line in calls:
            if name is not None:
                named.setdefault(name, []).append(line)
        for name, lines in named.items():
            if len(lines) == 1:
                found.setdefault(name, (file, lines[0]))
        if [kind for kind, _, _ in calls] == [kind for _, kind in layers]:
            for (name, _), (_, given, line) in zip(layers, calls, strict=True):
                if given in (None, name):
                    found.setdefault(name, (file, line))
    return {name: place for name, place in found.items() if name in {n for n, _ in layers}}


def _layers(model: Any) -> list[Any]:
    flat = getattr(model, "_flatten_layers", None)
    if flat is None:
        return list(getattr(model, "layers", ()))
    return list(flat(include_self=False, recursive=True))


def _candidates(path: str) -> list[str]:
    """Names that a layer on the way to an op may have, innermost first: scopes of a model that was
    called before end in a number."""
    parts = path.split("/")[::-1]
    return [*parts, *(re.sub(r"_\d+$", "", part) for part in parts)]


def _calls(file: str, kinds: set[str]) -> list[tuple[str, str | None, int]]:
    """Calls of the layer classes in a file, in source order: class, name if given, line."""
    linecache.checkcache(file)
    text = "".join(linecache.getlines(file))
    if not any(kind in text for kind in kinds):
        return []
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):  # a cell with magics in it
        return []
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        kind = node.func.attr if isinstance(node.func, ast.Attribute) else None
        kind = node.func.id if isinstance(node.func, ast.Name) else kind
        if kind in kinds:
            given = [k.value for k in node.keywords if k.arg == "name"]
            constant = given[0].value if given and isinstance(given[0], ast.Constant) else None
            name = constant if isinstance(constant, str) else None
            found.append((node.lineno, node.col_offset, (kind, name, node.lineno)))
    return [row for _, _, row in sorted(found, key=lambda each: each[:2])]
