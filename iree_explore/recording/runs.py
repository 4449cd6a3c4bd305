# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measured runs as records: the module measures, this joins its dispatches to the recorded ops."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from iree_explore.errors import ModelError
from iree_explore.recording.clock import now
from iree_explore.recording.graph import dispatch_step
from iree_explore.recording.model import DeviceInfo, Recording, Roofline, Run, RunDispatch
from iree_explore.recording.roofline import Works
from iree_explore.recording.sizes import DispatchNumbers, SymbolicSizes
from iree_explore.recording.text import Outline
from iree_explore.tuning.peaks import peaks, threads_of

if TYPE_CHECKING:
    from iree_explore.module import CompiledModule, Function, Value

WARMUP = 2
"""Calls before the samples: the first is kept apart, the second finds caches warm."""

_ENTRY = re.compile(r"@[\w$.\-]+::@([\w$.\-]+)")


def known_devices(targets: Sequence[str] = ()) -> tuple[DeviceInfo, ...]:
    """What `ie.devices()` says, as records; the drivers of a target in its order, best first.
    Those of the real IREE only if it is among the `targets`."""
    from iree_explore.targets import IREE, TARGETS, devices

    best = [driver for target in TARGETS.values() for driver in target.drivers]
    order = {driver: place for place, driver in enumerate(best)}
    return tuple(
        DeviceInfo(d.target, d.driver, d.driver, d.name, d.available, d.reason)
        for d in sorted(devices(), key=lambda d: order.get(d.driver, len(order)))
        if not d.target.startswith(IREE) or d.target in targets
    )


def measure(
    module: CompiledModule,
    recording: Recording,
    function: str | None,
    inputs: Sequence[Any] | Mapping[str, Any] | None,
    repetitions: int,
    works: Works | None = None,
) -> Run:
    """Runs `function` (default: "main", else the first) and returns the run with every sample.

    `works` has the work of entry points whose sizes are known; the others' is that of the inputs.
    Raises `ModelError` IX301 to IX304.
    """
    name, arrays = choose(module, function, inputs)
    started = now()
    measured = module.profile(name, arrays, repetitions, WARMUP)
    ops = dispatch_ops(recording, module.target)
    sizes = _numbers(recording, module[name], arrays)
    seen: dict[str, int] = {}
    dispatches: list[RunDispatch] = []
    origin = min((s.start_ns for d in measured.dispatches for s in d.spans), default=0)
    for dispatch in measured.dispatches:
        entry = dispatch.name
        if entry not in ops:  # a specialised export: its fallback is what the program names
            entry = entry.rpartition("_")[0]
        nth = seen[entry] = seen.get(entry, -1) + 1
        hosts = ops.get(entry, [])
        mine = hosts[nth : nth + 1] or hosts  # called in a loop: all that it may be
        dispatches.append(
            RunDispatch(
                dispatch.name,
                dispatch.executable,
                tuple(mine),
                dispatch.workgroups,
                dispatch.samples_ns,
                dispatch.clock,
                *_work(entry, mine, works or {}, sizes),
                tuple(
                    n
                    for s in dispatch.spans
                    for n in (s.worker, s.first, s.start_ns - origin, s.end_ns - origin)
                ),
                dispatch.begin_ns,
                dispatch.device,
            )
        )
    return Run(
        target=measured.target,
        device=measured.device,
        function=name,
        started=started,
        warmup=WARMUP,
        repetitions=measured.repetitions,
        first_ns=measured.first_ns,
        total_ns=measured.total_ns,
        clock=measured.clock,
        inputs=tuple(_describe(x) for x in arrays),
        dispatches=tuple(dispatches),
        roofline=_roofline(measured.device),
        profiled_ns=measured.profiled_ns,
        busy_ns=measured.busy_ns,
        between_ns=measured.between_ns,
        worker_ns=measured.worker_ns,
    )


def _roofline(device: str) -> Roofline | None:
    threads = threads_of(device)
    if not threads:
        return None
    best = peaks(threads)
    copies = tuple(n for pair in best.copies for n in pair)
    return Roofline(threads, best.flops32, best.flops64, copies, best.measured)


def _work(
    entry: str, ops: Sequence[int], works: Works, sizes: Mapping[int, DispatchNumbers]
) -> tuple[int, int, str]:
    """Operations, bytes and element type of one dispatch; one of several that may be it says
    nothing."""
    known = works.get(entry)
    if known is None:
        return -1, -1, ""
    if len(ops) != 1 or ops[0] not in sizes:
        return known.flops, known.nbytes, known.element
    flops, nbytes = sizes[ops[0]].flops, sizes[ops[0]].nbytes
    return (
        known.flops if flops is None else flops,
        known.nbytes if nbytes is None or known.nbytes >= 0 else nbytes,
        known.element,
    )


def _numbers(
    recording: Recording, function: Function, arrays: Sequence[Any]
) -> dict[int, DispatchNumbers]:
    """The work of every dispatch of a function with unknown sizes, for these arguments."""
    sizes = SymbolicSizes(recording)
    if function.name not in sizes.functions:
        return {}
    shapes = {a.name: np.shape(x) for a, x in zip(function.arguments, arrays, strict=True)}
    number = sizes.shapes.functions.index(function.name)
    given = {
        symbol.name: shapes[symbol.argument][symbol.dimension]
        for symbol in sizes.symbols
        if symbol.function == number and symbol.kind == "input" and symbol.argument in shapes
        and symbol.solved < 0
    }  # fmt: skip
    return {d.op: d for d in sizes.evaluate(given, function.name).dispatches}


def choose(
    module: CompiledModule,
    function: str | None,
    inputs: Sequence[Any] | Mapping[str, Any] | None,
) -> tuple[str, list[Any]]:
    """The function's name ("main", else the first, if None) and its inputs in argument order."""
    name = function or ("main" if "main" in module.functions else next(iter(module.functions), ""))
    if isinstance(inputs, Mapping) and inputs and set(inputs) <= set(module.functions):
        inputs = inputs.get(name)  # sample data of several functions
    return name, arrange(module[name], inputs)


def dispatch_ops(recording: Recording, target: str = "") -> dict[str, list[int]]:
    """Entry point -> the ops that dispatch it after phase `flow`, in textual order; those of the
    real IREE where `target` is one of its."""
    found: dict[str, list[int]] = {}
    if not recording.steps:
        return found
    phase = f"{target}/flow"
    if any(record.name == phase for record in recording.phases):
        if not any(r.name == phase and r.step >= 0 for r in recording.phases):
            return found
        step = recording.step_of(phase)
    else:
        step = dispatch_step(recording)
    outline = Outline(recording, step)
    for op in outline.named("flow.dispatch"):
        match = _ENTRY.search(recording.version(outline.alive[op]).text)
        if match:
            found.setdefault(match[1], []).append(op)
    return found


def arrange(function: Function, inputs: Sequence[Any] | Mapping[str, Any] | None) -> list[Any]:
    """`inputs` as a list in argument order; without them seeded random arrays, unknown sizes 1."""
    if inputs is None:
        generator = np.random.default_rng(0)
        return [_random(argument, generator) for argument in function.arguments]
    if not isinstance(inputs, Mapping):
        return list(function.flatten(inputs))
    if function.signature is not None:
        return list(function.flatten((), inputs))
    names = [argument.name for argument in function.arguments]
    unknown = [name for name in inputs if name not in names]
    missing = [name for name in names if name not in inputs]
    if unknown or missing:
        raise ModelError(
            "IX301",
            f"{function.name} takes inputs named {', '.join(names)}",
            because="; ".join(
                f"{what}: {', '.join(which)}"
                for what, which in (("unknown", unknown), ("missing", missing))
                if which
            ),
        )
    return [inputs[name] for name in names]


def _random(argument: Value, generator: np.random.Generator) -> np.ndarray:
    shape = tuple(1 if n is None else n for n in argument.shape or ())
    if argument.dtype.kind == "b":
        return generator.integers(0, 2, shape).astype(np.bool_)
    if argument.dtype.kind in "iu":
        return generator.integers(0, 2, shape).astype(argument.dtype)
    return np.asarray(generator.standard_normal(shape)).astype(argument.dtype)


def _describe(value: Any) -> str:
    array = np.asarray(value)
    kind = {"float": "f", "int": "i", "uint": "ui", "complex": "complex", "bool": "i1"}
    match = re.fullmatch(r"([a-z]+?)(\d*)", array.dtype.name)
    element = kind.get(match[1], match[1]) + match[2] if match else array.dtype.name
    return "x".join([*map(str, array.shape), element])
