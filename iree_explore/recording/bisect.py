# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The first rewrite after which a program computes something else: phase, then pass, then rewrite.

Passes are run again on clones of what the session kept, and stopped after so many rewrites; every
state in between is evaluated on NumPy (`stream/evaluate.py`), from imported ops down to vectors in
kernels. A state that cannot be evaluated says nothing, so the answer may be a few rewrites in a
row. `reproducer.py` makes of it a cell that runs by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from xdsl.dialects.builtin import ModuleOp

from iree_explore import pipeline
from iree_explore.context import CompilerContext, Parameters, make_context
from iree_explore.linalg.evaluate import evaluate_with
from iree_explore.observer import Observer, Rewrite
from iree_explore.phase import PassLine, Phase
from iree_explore.recording import numerics
from iree_explore.recording.check import Results, StageCheck, compare
from iree_explore.recording.watched import Cancellable
from iree_explore.source import Source

_NEAR = 16
"""States beside one that cannot be evaluated that are tried instead."""


@dataclass(frozen=True)
class Place:
    """What made a program wrong: rewrites `first` to `last` (counted from 1) of `count` that a pass
    did; one and the same where every state could be evaluated. `rewrite` is the last of them."""

    function: str
    phase: str
    pass_name: str
    first: int
    last: int
    count: int
    rewrite: Rewrite
    before: StageCheck
    after: StageCheck
    sources: tuple[Source, ...]
    """Where in the model the ops come from that it matched."""
    module: ModuleOp = field(repr=False, compare=False)
    """The program before rewrite `first`."""
    cell: str = field(default="", repr=False)
    """Python that shows the difference, for a notebook cell; "" if it takes the whole program."""

    @property
    def exact(self) -> bool:
        """Whether it is one rewrite."""
        return self.first == self.last

    def __repr__(self) -> str:
        which = f"rewrite {self.last}" if self.exact else f"rewrites {self.first} to {self.last}"
        code = f"{self.rewrite.file}:{self.rewrite.line}"
        rows = [
            f"{self.function}: wrong after {self.pass_name} (phase {self.phase})",
            f"  {which} of {self.count}: {self.rewrite.pattern} ({code})",
            f"  error {self.before.error:.1e} before, {self.after.error:.1e} after,"
            f" {self.after.tolerance:.0e} is fine"
            + (f"\n  {self.after.problem}" if self.after.problem else ""),
        ]
        rows += [f"  of {source}" for source in self.sources[:3]]
        if self.cell:
            rows += ["  this cell shows it:", *("    " + line for line in self.cell.splitlines())]
        return "\n".join(rows)


class _Enough(BaseException):
    """A pass did as many rewrites as it may. No `Exception`: `run_pass` makes errors of those."""


class _Limit(Observer):
    """Keeps the rewrites of a pass and stops it after `most`."""

    def __init__(self, most: int | None) -> None:
        self.most = most
        self.rewrites: list[Rewrite] = []

    def rewritten(self, event: Rewrite) -> None:
        self.rewrites.append(event)
        if self.most is not None and len(self.rewrites) >= self.most:
            raise _Enough


@dataclass(frozen=True)
class Program:
    """What is compared: a function of a module with its inputs and what it should return."""

    ctx: CompilerContext
    function: str
    inputs: Sequence[np.ndarray]
    wanted: tuple[np.ndarray, ...]
    cancel: threading.Event | None = None

    def judge(self, name: str, module: ModuleOp, parameters: Parameters) -> StageCheck:
        """How far the results of a module are from what they should be."""
        return compare(
            name,
            self.wanted,
            results_of(module, parameters, self.function, self.inputs, self.cancel),
        )


def results_of(
    module: ModuleOp,
    parameters: Parameters,
    function: str,
    inputs: Sequence[np.ndarray],
    cancel: threading.Event | None = None,
) -> Results:
    """Evaluates a function of a module when called, until `cancel` is set."""
    return lambda: evaluate_with(Cancellable(module, parameters, cancel), function, inputs)


def run_limited(
    ctx: CompilerContext, phase: Phase, line: PassLine, module: ModuleOp, most: int | None = None
) -> tuple[list[Rewrite], Parameters]:
    """Runs a pass on `module` up to its rewrite number `most`; returns its rewrites, and the
    parameters that the module then refers to. `ctx` stays as it is."""
    limit = _Limit(most)
    own = make_context(ctx.options, limit)
    own.provenance = replace(
        ctx.provenance, origins=dict(ctx.provenance.origins), sources=list(ctx.provenance.sources),
        observe=limit.rewritten, changed=[],
    )  # fmt: skip
    own.parameters = ctx.parameters.copy()
    own.unranked = ctx.unranked
    try:
        if most != 0:
            for scope, target in list(pipeline.scopes(line, module, ctx)):
                pipeline.run_pass(line.load()(), own, phase, line, scope, target)
    except _Enough:
        pass
    return limit.rewrites, own.parameters


def find_in(
    checked: numerics.Program,
    progress: numerics.Progress | None = None,
    cancel: threading.Event | None = None,
) -> Place | Unknown | None:
    """Checks the stages of `checked`, then looks into the first wrong one."""
    tell = progress or (lambda *_: None)
    wrong = None
    for number, phase in enumerate(checked.phases):
        tell(phase, number, len(checked.phases) + 1)
        module, parameters = checked.module_of(phase), checked.ctx.parameters
        results = results_of(module, parameters, checked.function, checked.inputs, cancel)
        if compare(phase, checked.wanted, results).wrong:
            wrong = phase
            break
    run = None
    if wrong is None:
        if checked.run is None or not compare("run", checked.wanted, checked.run).wrong:
            return None
        run, wrong = checked.run, "executable-targets"
    number = pipeline.phase_index(wrong)
    tell(f"the passes of {wrong}", len(checked.phases), len(checked.phases) + 1)
    before = checked.module_of(pipeline.PHASE_NAMES[number - 1])
    program = Program(checked.ctx, checked.function, checked.inputs, checked.wanted, cancel)
    return find(program, before, pipeline.phases_of(program.ctx)[number], run)


def find(
    program: Program, module: ModuleOp, phase: Phase, run: Results | None = None
) -> Place | Unknown | None:
    """The rewrite of `phase` that makes `module`, which is right before it, wrong; None if nothing
    in it does. `run` gives what the compiled module returns, if that is what is wrong: where no
    pass is found the answer is after which one all was still right. Raises what a pass raises."""
    states: list[tuple[PassLine, ModuleOp, ModuleOp, Parameters]] = []
    ctx = program.ctx
    for line in phase.passes:
        before = module
        module = before.clone()
        rewrites, parameters = run_limited(ctx, phase, line, module)
        ctx = replace_parameters(ctx, parameters)
        if rewrites:
            states.append((line, before, module, parameters))

    def after_pass(number: int) -> StageCheck:
        if number > len(states):
            assert run is not None
            return compare("run", program.wanted, run)
        line, _, state, parameters = states[number - 1]
        return program.judge(line.name, state, parameters)

    found = bisect(len(states) + (run is not None), after_pass)
    if found is None:
        return None
    if found.last > len(states):
        right = states[found.right - 1][0].name if found.right else ""
        return Unknown(program.function, right, found.wrong)
    line, before, _, parameters = states[found.last - 1]
    inner = replace(program, ctx=replace_parameters(program.ctx, parameters))
    return _in_pass(inner, phase, line, before)


@dataclass(frozen=True)
class Unknown:
    """All is right after the pass `right`; what comes then cannot be evaluated until it runs."""

    function: str
    right: str
    after: StageCheck


def replace_parameters(ctx: CompilerContext, parameters: Parameters) -> CompilerContext:
    """A context like `ctx` that knows other parameters."""
    own = make_context(ctx.options)
    own.provenance, own.unranked, own.parameters = ctx.provenance, ctx.unranked, parameters
    return own


def _in_pass(program: Program, phase: Phase, line: PassLine, before: ModuleOp) -> Place:
    """The rewrite of a pass that makes `before` wrong."""
    whole = before.clone()
    rewrites, parameters = run_limited(program.ctx, phase, line, whole)

    def after(number: int) -> StageCheck:
        state = before.clone()
        _, known = run_limited(program.ctx, phase, line, state, number)
        return program.judge(f"rewrite {number}", state, known)

    count = len(rewrites)
    right = program.judge("before", before, parameters)
    wrong = program.judge("after", whole, parameters)
    found = bisect(count, after) or Range(0, count, wrong)
    state = before.clone()
    run_limited(program.ctx, phase, line, state, found.first - 1)
    rewrite = rewrites[found.last - 1]
    sources: dict[Source, None] = {}
    for number in rewrite.matched:
        sources.update(dict.fromkeys(program.ctx.provenance.sources_of(number)))
    return Place(
        program.function, phase.name, line.name, found.first, found.last, count, rewrite, right,
        found.wrong, tuple(sources), state,
    )  # fmt: skip


@dataclass(frozen=True)
class Range:
    """Step `right` is right, step `last` wrong; nothing is known of those between."""

    right: int
    last: int
    wrong: StageCheck

    @property
    def first(self) -> int:
        return self.right + 1


def bisect(count: int, judge: Callable[[int], StageCheck]) -> Range | None:
    """The first of the steps 1 to `count` whose state is wrong, by bisection; step 0 is right.

    None if the last one is right. Where states cannot be evaluated others nearby are taken; what
    stays unknown is in the range. A state that fails to evaluate counts as wrong only if the last
    one fails, too: in the middle of a pass the IR may be inconsistent.
    """
    if not count:
        return None
    last = judge(count)
    if not last.wrong:
        return None
    low, high, wrong = 0, count, last
    unknown: set[int] = set()
    while high - low > 1:
        middle = (low + high) // 2
        near = sorted(range(low + 1, high), key=lambda k: abs(k - middle))[:_NEAR]
        for step in near:
            if step in unknown:
                continue
            state = judge(step)
            if state.known or (state.failed and last.failed):
                break
            unknown.add(step)
        else:
            return Range(low, high, wrong)
        if state.wrong:
            high, wrong = step, state
        else:
            low = step
    return Range(low, high, wrong)
