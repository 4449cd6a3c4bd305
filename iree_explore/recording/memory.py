# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How much memory a recorded program takes for intermediate results, read off its stream phase."""

from __future__ import annotations

import re

from iree_explore.recording.model import Recording

_CONSTANT = re.compile(r"arith\.constant (\d+) : index")


def transient_text(recording: Recording) -> str:
    """One clause: the bytes of the largest slab of transients; "" before phase stream is done."""
    phase = next((p for p in recording.phases if p.name == "stream"), None)
    if phase is None or phase.step < 0 or phase.state != "done":
        return ""
    versions, strings, step = recording.versions, recording.strings, phase.step
    sizes: list[str] = []
    constants: dict[str, int] = {}
    for index, birth in enumerate(versions.birth):
        death = versions.death[index]
        if birth > step or 0 <= death <= step:
            continue
        name = strings[versions.name[index]]
        if name == "arith.constant":
            value = _CONSTANT.search(strings[versions.text[index]])
            if value is not None:
                constants[str(versions.op[index])] = int(value[1])
        elif name == "stream.resource.alloca":
            types = [strings[t] for t in recording.type_lists[versions.types[index]]]
            if types == ["!stream.resource<transient>"]:
                sizes.append(versions.operands[index])
    if not sizes:
        return "no transients"
    known = [constants[size] for size in sizes if size in constants]
    if len(known) < len(sizes):
        return "bytes of transients depend on the call"
    return f"{max(known):,} bytes of transients"
