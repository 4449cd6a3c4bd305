# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles a session's program with other compilers too and records what they do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import ModuleOp

from iree_explore.context import CompilerContext, collector_paused
from iree_explore.errors import Error, InternalError
from iree_explore.recording.foreign_recorder import ForeignRecorder
from iree_explore.recording.recorder import Recorder
from iree_explore.recording.snapshots import Snapshot
from iree_explore.targets import IREE
from iree_explore.targets.iree import tools
from iree_explore.targets.iree.compiler import PHASES, compile_text, error_of
from iree_explore.targets.iree.emit import iree_text

if TYPE_CHECKING:
    from iree_explore.targets.iree.module import IREEModule


def compile_others(
    recorder: Recorder,
    imported: Snapshot | None,
    ctx: CompilerContext,
    targets: Sequence[str],
    advanced: Callable[[], None],
) -> dict[str, bytes | Error]:
    """What the real IREE makes of the imported program, for those of `targets` that ask for it:
    its module, or why there is none. Nothing if there is no imported program."""
    if imported is None or ctx.cancel.is_set():
        return {}
    found: dict[str, bytes | Error] = {}
    for target in targets:
        if target.startswith(IREE):
            found[target] = compile_other(recorder, target, imported.module(), ctx, advanced)
            recorder.describe(notes=tuple(ctx.notes))
    return found


def loaded(
    module: ModuleOp, ctx: CompilerContext, made: bytes | Error | None, target: str, device: str
) -> IREEModule:
    """What IREE made, on a device; raises why there is nothing."""
    from iree_explore.targets.iree.module import load

    if not isinstance(made, bytes):
        raise made or InternalError("IX205", f"nothing was compiled for {target}")
    return load(module, ctx, made, target, device)


def compile_other(
    recorder: Recorder,
    target: str,
    module: ModuleOp,
    ctx: CompilerContext,
    advanced: Callable[[], None],
) -> bytes | Error:
    """IREE's module for `target` ("iree:llvm-cpu") of our imported one, or why there is none.

    Every pass is recorded. What goes wrong in IREE is in the recording at its phase, and returned;
    only cancelling is raised.
    """
    told = ForeignRecorder(recorder, target, PHASES, advanced)
    with collector_paused():  # trees that are replaced have no cycles
        outcome = compile_text(iree_text(module), target.removeprefix("iree:"), told, ctx.cancel)
    ctx.notes += tools.notes()
    ctx.notes.append(
        f"{target}: IREE {tools.version('compiler')} took {outcome.cpu_s:.1f} s of processor time "
        f"and {outcome.peak_nbytes / 2**20:.0f} MiB to compile while printing every pass; with "
        f"recording them it was {outcome.elapsed_s:.1f} s."
    )
    if outcome.failure is not None:
        ops = told.blamed(outcome.failure)
        error = error_of(outcome, target, ctx, ops)
        told.failed(error.code, outcome.failure, str(error))
        return error
    told.finished()
    assert outcome.binary is not None
    return outcome.binary
