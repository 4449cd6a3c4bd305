# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The op files of `tests/ops` on a device: many cases compiled as one module, which costs a third
of compiling each.

A case that the device cannot run (`iree_explore/targets/limits.py`) must be refused with the
reason: what works in spite of its limit fails, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import iree_explore as ie
from iree_explore.context import make_context
from iree_explore.errors import Error
from iree_explore.frontend.parser import SourceParser
from iree_explore.targets.limits import limits_of
from tests.ops.check import Case
from tests.ops.test_ops import FILES, UNLOWERED

TARGETS = {"vulkan": "vulkan-spirv", "webgpu": "webgpu-spirv"}
TOGETHER = 24
"""Cases of one module."""


@dataclass(frozen=True)
class Numbered:
    """A case with its name among all."""

    name: str
    case: Case


def all_cases(every: int = 1) -> list[Numbered]:
    """The cases of all files in order, or every so many of them."""
    names = [
        (path, name)
        for path, made in FILES.items()
        if f"stablehlo.{path.stem}" not in UNLOWERED
        for name in made
    ]
    return [Numbered(f"{path.stem} {n}", FILES[path][n]()) for path, n in names[::every]]


def problems(chosen: Sequence[Numbered], device: str, limited_as: str = "") -> Iterator[str]:
    """What is wrong with cases on a device; `limited_as` names the target whose limits it has."""
    target = TARGETS[device.partition("?")[0]]
    right: list[Numbered] = []
    for each in chosen:
        module = SourceParser(make_context(), each.case.text).parse_module()
        reasons = limits_of(limited_as or target, module)
        if not reasons:
            right.append(each)
        elif said := _works([each], target, device):
            yield from _unlike(each, said, reasons)
        else:
            yield f"{each.name}: works, though {'; '.join(reasons)}"
    for begin in range(0, len(right), TOGETHER):
        yield from _together(right[begin : begin + TOGETHER], target, device)


def _unlike(each: Numbered, said: list[str], reasons: list[str]) -> Iterator[str]:
    if not any(reason in text for text in said for reason in reasons):
        yield f"{each.name}: is refused for another reason than {'; '.join(reasons)}: {said[0]}"


def _together(chosen: list[Numbered], target: str, device: str) -> Iterator[str]:
    said = _works(chosen, target, device)
    if len(chosen) == 1 or not any("cannot compile" in text for text in said):
        yield from said
        return
    for each in chosen:  # one that cannot be compiled costs the others their module
        yield from _together([each], target, device)


def _works(chosen: list[Numbered], target: str, device: str) -> list[str]:
    """What is wrong with cases that are compiled together; nothing if all are right."""
    bodies = []
    for number, each in enumerate(chosen):
        text = each.case.text.replace("@main", f"@f{number}")
        bodies.append(text.partition("{")[2].rpartition("}")[0])
    try:
        made = ie.compile(
            "\n".join(bodies), target=target, device=device, options={"place_dispatches": False}
        )
    except Error as error:
        return [f"{chosen[0].name}: cannot compile: {error}"]
    found = []
    for number, each in enumerate(chosen):
        try:
            got = made[f"f{number}"](*each.case.inputs)
            results = got if isinstance(got, tuple) else () if got is None else (got,)
            each.case.check(results)
        except (Error, AssertionError) as error:
            found.append(f"{each.name}: {error}")
    return found
