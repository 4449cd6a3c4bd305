# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What may be left after a phase: the module verifies, and holds only the phase's dialects.

`pipeline.run` asks after every phase; the sets are in its table.
"""

from __future__ import annotations

import functools

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.utils.exceptions import DiagnosticException, VerifyException

from iree_explore.context import CompilerContext
from iree_explore.errors import InternalError
from iree_explore.phase import Phase


def check_phase(phase: Phase, module: ModuleOp, ctx: CompilerContext) -> None:
    """Verifies the module and that every op is allowed after `phase`.

    Raises `InternalError` IX106 or IX202; IX202 lists up to ten ops with their model origin.
    """
    try:
        ctx.verifier.verify(module)
    except (VerifyException, DiagnosticException) as raised:
        raise InternalError(
            "IX106", f"the module does not verify after phase {phase.name}: {first_lines(raised)}"
        ) from raised
    left: list[Operation] = []
    _collect_illegal(module, phase.allowed, phase.allowed_inside, left)
    if left:
        origins = ["; ".join(map(str, ctx.provenance.sources_of(op))) for op in left[:10]]
        names = [op.name for op in left]
        rows = [f"{n} ({o or 'no model origin'})" for n, o in zip(names, origins, strict=False)]
        if len(left) > 10:
            rows.append(f"... and {len(left) - 10} more")
        last = phase.passes[-1].name if phase.passes else "none"
        raise InternalError(
            "IX202",
            f"{len(left)} ops are not allowed after phase {phase.name}",
            because="\n".join(rows),
            at=f"{last} (the last pass of phase {phase.name})",
        )


def _collect_illegal(
    parent: Operation, allowed: frozenset[str], inside: frozenset[str], found: list[Operation]
) -> None:
    for region in parent.regions:
        for block in region.blocks:
            op = block.first_op
            while op is not None:
                if not is_allowed(op.name, allowed):
                    found.append(op)
                elif op.regions:
                    body = inside if op.name in EXECUTABLE_BODIES else allowed
                    _collect_illegal(op, body, inside, found)
                op = op._next_op  # pyright: ignore[reportPrivateUsage]


@functools.cache
def is_allowed(name: str, allowed: frozenset[str]) -> bool:
    """Whether a phase that allows `allowed` may have an op of that name."""
    return name in allowed or name.partition(".")[0] in allowed


EXECUTABLE_BODIES = frozenset({"flow.executable", "stream.executable", "hal.executable.variant"})
"""Ops whose regions hold device code and exports: `Phase.allowed_inside` applies below them."""


def first_lines(raised: BaseException, count: int = 3) -> str:
    """The beginning of what an exception says."""
    return "\n".join(str(raised).strip().splitlines()[:count])
