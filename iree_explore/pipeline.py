# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`PHASES`: the one table of phases and passes; command line, explorer, docs and tests read it.

Phase names are IREE's `--compile-to` names (`import` is ours). `run` takes a module through part of
the table, tells the observer about every pass, and checks after each phase that only the phase's
dialects remain.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import DiagnosticException, VerifyException

from iree_explore.context import Cancelled, CompilerContext
from iree_explore.errors import Error, InternalError, ModelError


@dataclass(frozen=True)
class PassLine:
    """One pass of a phase: `path` is "module:Class" below iree_explore, `why` one clause.

    `scope` "module" runs once on the whole module, "executable" once on the inner module of every
    `hal.executable.variant`.
    """

    path: str
    why: str
    scope: str = "module"

    def load(self) -> type[ModulePass]:
        module, _, name = self.path.partition(":")
        return getattr(importlib.import_module(f"iree_explore.{module}"), name)

    @property
    def name(self) -> str:
        """The pass name, e.g. `input-lower-stablehlo`."""
        return self.load().name


@dataclass(frozen=True)
class Phase:
    """One phase: `allowed` are the dialects (or full op names) that may remain in the host program
    afterwards, `allowed_inside` those inside executables (dispatch regions outlined)."""

    name: str
    summary: str
    passes: tuple[PassLine, ...]
    allowed: frozenset[str]
    allowed_inside: frozenset[str] = frozenset()


_TENSOR_CODE = frozenset({"builtin", "func", "linalg", "iree_linalg_ext", "tensor", "arith", "math",
                          "complex", "scf", "util"})  # fmt: skip

PHASES: tuple[Phase, ...] = (
    Phase(
        "import",
        "StableHLO and globals as the source framework gave them, locations cleaned up.",
        (),
        frozenset({"builtin", "func", "stablehlo", "chlo", "ml_program", "shape", "tensor", "arith"}),
    ),
    Phase(
        "input",
        "Shapes refined, CHLO decomposed, StableHLO lowered to linalg on tensors.",
        (),
        _TENSOR_CODE,
    ),
    Phase(
        "abi",
        "Exported functions wrapped: buffer views, dynamic dimensions, mutable globals.",
        (),
        _TENSOR_CODE | {"hal.tensor.import", "hal.tensor.export", "hal.buffer_view.dim"},
    ),
    Phase(
        "preprocessing",
        "Layouts made uniform (channels last), then the user's own passes.",
        (),
        _TENSOR_CODE | {"hal.tensor.import", "hal.tensor.export", "hal.buffer_view.dim"},
    ),
    Phase(
        "global-optimization",
        "Constants folded and hoisted, transposes and broadcasts moved or elided.",
        (),
        _TENSOR_CODE | {"hal.tensor.import", "hal.tensor.export", "hal.buffer_view.dim"},
    ),
    Phase(
        "dispatch-creation",
        "Fused dispatch regions; cheap producers cloned into their consumers.",
        (),
        _TENSOR_CODE
        | {"hal.tensor.import", "hal.tensor.export", "hal.buffer_view.dim", "flow",
           "iree_tensor_ext"},  # fmt: skip
    ),
    Phase(
        "flow",
        "Outlined, deduplicated executables and the dispatches between them.",
        (),
        frozenset({"builtin", "func", "arith", "scf", "util", "flow", "hal.tensor.import",
                   "hal.tensor.export", "hal.buffer_view.dim"}),  # fmt: skip
        _TENSOR_CODE | {"iree_tensor_ext", "flow.executable.export"},
    ),
    Phase(
        "stream",
        "Async resources with lifetimes, execution regions, transient memory packed into slabs.",
        (),
        frozenset({"builtin", "func", "arith", "scf", "util", "stream", "hal.buffer_view.dim",
                   "hal.buffer_view.assert"}),  # fmt: skip
        _TENSOR_CODE | {"iree_tensor_ext", "stream"},
    ),
    Phase(
        "executable-sources",
        "Per target: executable variants with their pipeline layouts fixed.",
        (),
        frozenset({"builtin", "func", "arith", "scf", "util", "stream", "hal"}),
        _TENSOR_CODE | {"iree_tensor_ext", "hal"},
    ),
    Phase(
        "executable-configurations",
        "Tile and vector sizes chosen, visible as attributes; workgroup counts fixed.",
        (),
        frozenset({"builtin", "func", "arith", "scf", "util", "stream", "hal"}),
        _TENSOR_CODE | {"iree_tensor_ext", "hal"},
    ),
    Phase(
        "executable-targets",
        "Each executable tiled, bufferized, vectorised and translated to machine code.",
        (),
        frozenset({"builtin", "func", "arith", "scf", "util", "stream", "hal"}),
        frozenset({"builtin", "llvm"}),
    ),
    Phase(
        "hal",
        "Devices, executables, command buffers and semaphores.",
        (),
        frozenset({"builtin", "func", "arith", "scf", "util", "hal"}),
        frozenset({"builtin", "llvm"}),
    ),
    Phase(
        "vm",
        "The host program that the runtime executes.",
        (),
        frozenset({"builtin", "vm", "hal.executable.binary"}),
    ),
)

PHASE_NAMES: tuple[str, ...] = tuple(phase.name for phase in PHASES)


def phase_index(name: str) -> int:
    """Position of a phase; raises `ModelError` IX204 naming those that exist."""
    try:
        return PHASE_NAMES.index(name)
    except ValueError:
        raise ModelError(
            "IX204", f"unknown phase {name!r}", hint="one of: " + ", ".join(PHASE_NAMES)
        ) from None


def run(
    module: ModuleOp, ctx: CompilerContext, start: str = "import", stop: str = "vm"
) -> ModuleOp:
    """Runs the phases from `start` to `stop`, both included, on `module` in place and returns it.

    Raises what passes raise (`ie.Error`); a foreign exception becomes `InternalError` IX205. The
    observer hears of every pass, failed ones included.
    """
    first, last = phase_index(start), phase_index(stop)
    ctx.provenance.settle(module, "import")
    ctx.observer.compile_started(ctx, module)
    for phase in PHASES[first : last + 1]:
        ctx.observer.phase_started(phase, module)
        for line in phase.passes:
            for scope, target in list(_scopes(line, module)):
                run_pass(line.load()(), ctx, phase, line, scope, target)
        check_phase(phase, module, ctx)
        ctx.observer.phase_ended(phase, module)
    return module


def run_pass(
    pass_: ModulePass,
    ctx: CompilerContext,
    phase: Phase,
    line: PassLine,
    scope: str,
    module: ModuleOp,
) -> None:
    """One pass on one module, timed and reported; see `run` for what it raises."""
    ctx.check_cancelled()
    ctx.observer.pass_started(phase, line, scope, module)
    begin = time.perf_counter_ns()
    error: Error | None = None
    try:
        pass_.apply(ctx, module)
        ctx.provenance.settle(module, pass_.name)
    except Error as raised:
        if not isinstance(raised, Cancelled) and raised.at is None:
            raised.at = _place(phase, pass_, scope)
            raised.args = (raised.render(),)
        error = raised
    except Exception as raised:  # a bug in the pass: reported as such, with its traceback chained
        error = InternalError(
            "IX205",
            f"{pass_.name} failed: {type(raised).__name__}: {_first_lines(raised)}",
            at=_place(phase, pass_, scope),
        )
        error.__cause__ = raised
    elapsed = time.perf_counter_ns() - begin
    ctx.observer.pass_ended(phase, line, scope, module, elapsed, error)
    if error is not None:
        raise error


def check_phase(phase: Phase, module: ModuleOp, ctx: CompilerContext) -> None:
    """Verifies the module and that every op is allowed after `phase`.

    Raises `InternalError` IX106 or IX202; IX202 lists up to ten ops with their model origin.
    """
    try:
        module.verify()
    except (VerifyException, DiagnosticException) as raised:
        raise InternalError(
            "IX106", f"the module does not verify after phase {phase.name}: {_first_lines(raised)}"
        ) from raised
    left = [op for op in _illegal(module, phase.allowed, phase.allowed_inside)]
    if left:
        rows = []
        for op in left[:10]:
            origin = "; ".join(map(str, ctx.provenance.sources_of(op))) or "no model origin"
            rows.append(f"{op.name} ({origin})")
        if len(left) > 10:
            rows.append(f"... and {len(left) - 10} more")
        last = phase.passes[-1].name if phase.passes else "none"
        raise InternalError(
            "IX202",
            f"{len(left)} ops are not allowed after phase {phase.name}",
            because="\n".join(rows),
            at=f"{last} (the last pass of phase {phase.name})",
        )


def _illegal(
    parent: Operation, allowed: frozenset[str], inside: frozenset[str]
) -> Iterator[Operation]:
    for region in parent.regions:
        for block in region.blocks:
            for op in block.ops:
                if op.name not in allowed and op.name.partition(".")[0] not in allowed:
                    yield op
                elif op.name in EXECUTABLE_BODIES:
                    yield from _illegal(op, inside, inside)
                else:
                    yield from _illegal(op, allowed, inside)


EXECUTABLE_BODIES = frozenset({"flow.executable", "stream.executable", "hal.executable.variant"})
"""Ops whose regions hold device code: `Phase.allowed_inside` applies below them (their own export
ops included through the dialect that the executable belongs to)."""


def _scopes(line: PassLine, module: ModuleOp) -> Iterator[tuple[str, ModuleOp]]:
    if line.scope == "module":
        yield "", module
        return
    for op in module.body.block.ops:
        if op.name != "hal.executable":
            continue
        name = op.properties["sym_name"].data  # pyright: ignore[reportAttributeAccessIssue]
        for variant in op.regions[0].block.ops:
            for inner in variant.walk():
                if isinstance(inner, ModuleOp):
                    yield name, inner
                    break


def _place(phase: Phase, pass_: ModulePass, scope: str) -> str:
    index = 1 + next((i for i, p in enumerate(phase.passes) if p.name == pass_.name), 0)
    inside = f", executable {scope}" if scope else ""
    return f"{pass_.name} (phase {phase.name}, {index} of {len(phase.passes)}{inside})"


def _first_lines(raised: BaseException, count: int = 3) -> str:
    return "\n".join(str(raised).strip().splitlines()[:count])
