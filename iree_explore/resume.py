# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the pipeline from the end of a phase on, perhaps with an edited module: `branches.py` does.

`pipeline.run` is the same from the beginning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xdsl.dialects.builtin import ModuleOp

from iree_explore.context import CompilerContext, collector_paused
from iree_explore.pipeline import end_phase, phase_index, phases_of, run_lines
from iree_explore.targets import prepare


@dataclass(frozen=True)
class Edit:
    """Where a module is replaced: after the first `passes` passes of phase number `phase`, or at
    its end if that is 0."""

    phase: int
    passes: int
    swap: Callable[[ModuleOp], ModuleOp]


STARTS_LLVM = ("executable-targets-translate-to-llvm-ir",)
"""Passes that hand kernels to LLVM: a module edited behind them goes through them again."""


@collector_paused()
def resume(
    module: ModuleOp,
    ctx: CompilerContext,
    after: int,
    stop: str = "vm",
    edit: Edit | None = None,
) -> ModuleOp:
    """Goes on where phase number `after` ended (-1: with the imported module) until `stop`, and
    puts an edited module in the place of the one at `edit`; raises as `run` does."""
    phases = phases_of(ctx)
    last = phase_index(stop)
    if last >= phase_index("executable-targets"):
        prepare(ctx.options)
    if edit is not None and edit.phase == after:
        module = edit.swap(module)
        if phases[after].name == "executable-targets":  # LLVM has the kernels as they were
            again = [line for line in phases[after].passes if line.name in STARTS_LLVM]
            run_lines(phases[after], again, module, ctx)
    for index in range(after + 1, last + 1):
        phase = phases[index]
        ctx.observer.phase_started(phase, module)
        at = edit.passes if edit is not None and edit.phase == index else 0
        if edit is not None and at:
            run_lines(phase, phase.passes[:at], module, ctx)
            module = edit.swap(module)
        run_lines(phase, phase.passes[at:], module, ctx)
        end_phase(phase, module, ctx)
    ctx.verifier.forget()
    return module
