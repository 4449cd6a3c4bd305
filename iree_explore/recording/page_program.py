# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs that a page runs on its reader's GPU: made of a compiled module, joined to the recorded
ops, with results to compare with; and the runs that pages send back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from iree_explore.errors import ModelError
from iree_explore.recording.files import compress
from iree_explore.recording.model import Recording, Run
from iree_explore.recording.roofline import Works
from iree_explore.recording.runs import choose, dispatch_ops
from iree_explore.recording.schema import SchemaError, plain, run_of
from iree_explore.targets.wgsl.driver import PageDevice
from iree_explore.targets.wgsl.program import Command, Program
from iree_explore.targets.wgsl.trace import program_of, with_results
from iree_explore.vm.instance import VMInstance

if TYPE_CHECKING:
    from iree_explore.module import CompiledModule

INSIDE_NBYTES = 4 << 20
"""Weights up to this size are inside an exported page by default."""


@dataclass(frozen=True)
class PageProgram:
    """A program and the bytes beside it: weights, sample inputs, recorded results."""

    program: Program
    blob: bytes

    def to_bytes(self) -> bytes:
        """The program as gzip-compressed JSON."""
        return to_bytes(self.program)

    def result_of(self, index: int, data: bytes) -> np.ndarray:
        """A result that a page sent; raises `ModelError` IX501 if it has not the right size."""
        tensor = self.program.results[index]
        array = np.frombuffer(data, tensor.dtype)
        count = int(np.prod(tensor.shape))
        if array.size < count:
            raise ModelError("IX501", f"the page sent {array.size} of {count} numbers")
        return array[:count].reshape(tensor.shape)


def page_program(
    module: CompiledModule,
    recording: Recording,
    works: Works,
    function: str | None = None,
    inputs: Sequence[Any] | Mapping[str, Any] | None = None,
    against: CompiledModule | None = None,
) -> PageProgram:
    """What a page needs to run `function` (default: "main", else the first) of a module of the
    `browser` device on `inputs` (default: seeded random ones). The results of `against` are there
    to compare with. Raises `ModelError` IX410 for what pages cannot run, IX301 to IX304."""
    name, arrays = choose(module, function, inputs)
    arrays = module[name].check(arrays)
    backend, objects = module._backend, module._objects  # pyright: ignore[reportPrivateUsage]
    assert isinstance(backend, VMInstance) and objects is not None
    fresh = VMInstance(backend.program, objects, backend.parameters, PageDevice())
    program, blob = program_of(fresh, name, arrays, recording.name)
    program = replace(program, commands=_joined(program.commands, recording, works))
    if against is not None:
        found = against[name](*arrays)
        results = [np.asarray(r) for r in (found if isinstance(found, tuple) else (found,))]
        if len(results) == len(program.results):
            where = f"{against.target} on {against.device}"
            program, blob = with_results(program, blob, results, where)
    return PageProgram(program, blob)


def if_possible(make: Callable[[], PageProgram], needed: bool) -> PageProgram | None:
    """What `make` returns; where a page cannot run the model and need not, None, said out loud."""
    try:
        return make()
    except ModelError as error:
        if needed:
            raise
        print(f"The page shows the model and does not run it: {error.what}")
        return None


def _joined(commands: Sequence[Command], recording: Recording, works: Works) -> tuple[Command, ...]:
    """The commands with the recorded ops that they are, as in `runs.measure`."""
    ops = dispatch_ops(recording)
    seen: dict[str, int] = {}
    joined: list[Command] = []
    for command in commands:
        entry = command.name
        if command.kind == "dispatch":
            if entry not in ops:
                entry = entry.rpartition("_")[0]
            nth = seen[entry] = seen.get(entry, -1) + 1
            hosts = ops.get(entry, [])
            work = works.get(entry)
            command = replace(command, ops=tuple(hosts[nth : nth + 1] or hosts))
            if work is not None:
                command = replace(
                    command, flops=work.flops, nbytes=work.nbytes, element=work.element
                )
        joined.append(command)
    return tuple(joined)


def to_bytes(program: Program) -> bytes:
    """A program as gzip-compressed JSON; its blob goes beside it."""
    return compress(plain(program), 9)


def page_run(data: Any) -> Run:
    """The run that a page sent, checked; raises `ModelError` IX501."""
    try:
        return run_of(data)
    except (SchemaError, TypeError, ValueError) as error:
        raise ModelError("IX501", "the page sent no run", because=str(error)) from error
