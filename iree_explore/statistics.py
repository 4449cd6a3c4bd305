# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Statistics`: what a compiled module needs of memory, read off its host program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iree_explore import entropy
from iree_explore.module_file import parameters_of
from iree_explore.vm.program import Program

if TYPE_CHECKING:
    from iree_explore.vm.instance import VMInstance


@dataclass(frozen=True)
class Statistics:
    """Sizes in bytes. `transient_nbytes` has, by exported function, the largest slab that a call of
    it takes for intermediate results; None where only a call's own sizes tell."""

    executables: int
    code_nbytes: int
    parameters_nbytes: int
    transient_nbytes: dict[str, int | None]

    def __str__(self) -> str:
        rows = []
        for name, size in self.transient_nbytes.items():
            text = "unknown" if size is None else f"{size:,}"
            rows.append(f"{name}: {text} bytes of transients")
        return "\n".join(
            [
                f"{self.executables} executables, {self.code_nbytes:,} bytes",
                f"{self.parameters_nbytes:,} bytes of parameters",
                *rows,
            ]
        )


def statistics_of(instance: VMInstance, objects: dict[str, bytes]) -> Statistics:
    """Of a loaded module with object code by digest."""
    program = instance.program
    names = [n for n in parameters_of(program) if n[0] != entropy.SCOPE]
    slabs = [list(_slabs(program, function)) for function in program["functions"]]
    return Statistics(
        len(program["executables"]),
        sum(map(len, objects.values())),
        sum(instance.parameters(*name).nbytes for name in names),
        {
            e["name"]: _largest(program, slabs, e["function"])
            for e in program["exports"]
            if not e["name"].startswith("__")
        },
    )


def _largest(program: Program, slabs: list[list[int | None]], start: int) -> int | None:
    """The largest slab of a function and all that it calls."""
    found: list[int | None] = []
    seen, waiting = {start}, [start]
    while waiting:
        number = waiting.pop()
        found += slabs[number]
        calls = {i[1] for i in _code(program["functions"][number]) if i[0] == "call"} - seen
        seen |= calls
        waiting += calls
    known = [size for size in found if size is not None]
    return max(known, default=0) if len(known) == len(found) else None


def _slabs(program: Program, function: dict[str, Any]) -> Iterator[int | None]:
    """Sizes of transient allocations."""
    values = {i[1]: i[2] for i in _code(function) if i[0] in ("const", "text")}
    for instruction in _code(function):
        if instruction[0] == "import":
            name, arguments = program["imports"][instruction[1]], instruction[2]
            if name == "hal.device.queue.alloca" and values.get(arguments[1]) == "transient":
                yield values.get(arguments[2])


def _code(function: dict[str, Any]) -> Iterator[list[Any]]:
    for block in function["blocks"]:
        yield from block["code"]
