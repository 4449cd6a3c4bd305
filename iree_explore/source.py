# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Source`: a place in the user's model, and what a parsed MLIR location says of one.

`provenance.py` keeps which ops come from which sources.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.dialects.builtin import CallSiteLoc, FileLineColLoc, FusedLoc, NameLoc
from xdsl.ir import Attribute


@dataclass(frozen=True)
class Source:
    """Where in the user's model an op comes from; unknown parts are "" and 0.

    `layer` is the framework's name ("resnet50/conv1_conv/Conv2D"), `file` and `line` the user's
    source, `op` the source op's name if there is one ("Conv2D").
    """

    layer: str = ""
    file: str = ""
    line: int = 0
    op: str = ""

    def __str__(self) -> str:
        place = f"({self.file}:{self.line})" if self.file else ""
        return " ".join(x for x in (self.layer or self.op, place) if x)


def source_of_location(location: Attribute) -> Source | None:
    """A parsed MLIR location as a `Source`: a name is the layer, the innermost line wins."""
    if isinstance(location, FileLineColLoc):
        return Source(file=location.filename.data, line=location.line.data)
    if isinstance(location, NameLoc):
        inner = source_of_location(location.location) or Source()
        return Source(location.desc.data, inner.file, inner.line)
    if isinstance(location, CallSiteLoc):
        callee = source_of_location(location.callee) or Source()
        caller = source_of_location(location.caller) or Source()
        place = callee if callee.file else caller
        return Source(callee.layer or caller.layer, place.file, place.line)
    if isinstance(location, FusedLoc):
        parts = [s for s in map(source_of_location, location.locations) if s is not None]  # pyright: ignore[reportArgumentType]
        if not parts:
            return None
        layer = next((s.layer for s in parts if s.layer), "")
        place = next((s for s in parts if s.file), Source())
        return Source(layer, place.file, place.line)
    return None
