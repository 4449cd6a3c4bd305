# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`ie.tune`: measures other lowering configurations on the device and keeps the best.

The model is imported and lowered to `executable-sources` once. Each build from there gives every
kernel its next candidate, so that few builds try many, and kernels are measured where they run: in
the whole program, with the caches as they are then. A build and the default take turns; a ratio is
that of the fastest calls of one round, because what disturbs a machine only makes it slower.
Nothing is kept that is not confirmed
in a last build with all winners, or that computes something else than the default.
"""

from __future__ import annotations

import fnmatch
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp

from iree_explore import pipeline
from iree_explore.codegen import tuning_cache
from iree_explore.codegen.dialect import translation_info_of
from iree_explore.codegen.distribution import configured_root
from iree_explore.codegen.passes.materialize_user_configs import entry_points
from iree_explore.codegen.passes.select_lowering_strategy import Configurable
from iree_explore.codegen.target import cpu_of, vector_target
from iree_explore.codegen.user_configs import UserConfig, parse_config
from iree_explore.context import CompileOptions, CompilerContext, make_context
from iree_explore.errors import Error, ModelError
from iree_explore.module import CompiledModule
from iree_explore.recording.runs import choose
from iree_explore.tuning.candidates import candidates
from iree_explore.tuning.report import DispatchTuning, Ratio, TuningReport, show_config

_ROUNDS, _FEWEST = 11, 5
"""Rounds of default and candidate: at most, and before anything is decided."""

_ROUND_NS = 4_000_000
_BETTER = 0.97
"""A winner's upper quartile is below this."""

Configs = dict[str, UserConfig]


@dataclass
class _Kernel:
    """One entry point while it is tuned."""

    name: str
    key: str
    default: UserConfig
    options: list[UserConfig]
    default_ns: list[int] = field(default_factory=list)
    share: float = 0.0
    ratios: dict[UserConfig, Ratio] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def tune(
    source: Any,
    target: str = "llvm-cpu",
    device: str | None = None,
    *,
    inputs: Sequence[Any] | Mapping[str, Any] | None = None,
    dynamic: Mapping[str, Mapping[int, str]] | None = None,
    function: str | None = None,
    dispatches: str | Sequence[str] = "*",
    share: float = 0.02,
    most: int = 8,
) -> TuningReport:
    """Searches better lowering configurations for the kernels of a model; arguments as for
    `compile`.

    `dispatches` are names of entry points (`*` stands for any characters), `share` the least part
    of the time that a kernel must take to be worth it, `most` how many candidates are measured for
    each. Winners go to the cache on disk, keyed by the kernel's text and the CPU, from where
    `compile(..., tuned=True)` takes them. Inputs are as for `explore`: without them random ones.

    Raises what `compile` raises, and `ModelError` IX211 if no dispatch has such a name.
    """
    begin = time.perf_counter()
    work = _Tuner(source, target, device, inputs, dynamic, function)
    work.select([dispatches] if isinstance(dispatches, str) else dispatches, share, most)
    for number in range(max((len(k.options) for k in work.kernels), default=0)):
        work.attempt({k.name: k.options[number] for k in work.kernels if number < len(k.options)})
    total = work.confirm()
    work.keep()
    elapsed = time.perf_counter() - begin
    rows = tuple(work.row(k) for k in sorted(work.kernels, key=lambda k: -k.share))
    return TuningReport(work.function, work.module.device, rows, total, elapsed, tuple(work.notes))


class _Tuner:
    """The program up to `executable-sources`, its default build, and what was measured."""

    def __init__(
        self,
        source: Any,
        target: str,
        device: str | None,
        inputs: Any,
        dynamic: Any,
        function: str | None,
    ) -> None:
        from iree_explore.frontend import import_source
        from iree_explore.targets import check_target

        if check_target(target).name != "llvm-cpu":
            raise ModelError("IX401", f"kernels of {target} have no configurations to choose",
                             hint='tune(..., target="llvm-cpu")')  # fmt: skip
        self.target, self.device = target, device
        self.ctx = make_context(CompileOptions(targets=(target,)))
        self.source = import_source(source, self.ctx, inputs=inputs, dynamic=dynamic)
        pipeline.run(self.source, self.ctx, stop="executable-sources")
        self.notes: list[str] = []
        configured, ctx = self._configure({})
        self.found = list(_kernels(configured))
        pipeline.run(configured, ctx, "executable-targets")
        self.module = CompiledModule.from_compilation(configured, ctx, target, device)
        self.function, self.inputs = choose(self.module, function, inputs)
        self.wanted = self._call(self.module)
        again = CompiledModule.from_compilation(configured, ctx, target, device)
        self.comparable = _equal(self.wanted, self._call(again))
        if not self.comparable:
            self.notes.append("two calls of the same code differ (random numbers?): results of "
                              "candidates were not compared")  # fmt: skip
        self.kernels: list[_Kernel] = []
        self.winners: Configs = {}

    def _configure(self, configs: Configs) -> tuple[ModuleOp, CompilerContext]:
        options = replace(self.ctx.options, lowering_config=dict(configs) or None)
        ctx = make_context(options)
        ctx.parameters, ctx.provenance = self.ctx.parameters, self.ctx.provenance
        module = self.source.clone()
        pipeline.run(module, ctx, "executable-configurations", "executable-configurations")
        return module, ctx

    def build(self, configs: Configs) -> CompiledModule:
        """The program with these configurations; raises `Error`."""
        module, ctx = self._configure(configs)
        pipeline.run(module, ctx, "executable-targets")
        return CompiledModule.from_compilation(module, ctx, self.target, self.module.device)

    def _call(self, module: CompiledModule) -> list[Any]:
        found = module._backend.call(self.function, module[self.function].check(self.inputs))  # pyright: ignore[reportPrivateUsage]
        return [np.asarray(value) for value in found]

    def select(self, patterns: Sequence[str], share: float, most: int) -> None:
        """Chooses the kernels that take at least `share` of the dispatches' time."""
        times = self._times(self.module, 5)
        total = sum(times.values()) or 1
        names = [name for name, *_ in self.found]
        for pattern in patterns:
            if not fnmatch.filter(names, pattern):
                raise ModelError("IX211", f"no dispatch is named {pattern!r}",
                                 hint="one of:\n" + "\n".join(names))  # fmt: skip
        for name, key, default, configurable, info, config, vectors in self.found:
            part = times.get(name, 0) / total
            if part >= share and any(fnmatch.fnmatchcase(name, p) for p in patterns):
                options = candidates(configurable, config, info, vectors, most)
                self.kernels.append(_Kernel(name, key, default, options, share=part))
        left = len(names) - len(self.kernels)
        if left:
            self.notes.append(f"{left} kernels take less than {share:.0%} of the time, or were "
                              "not asked for: as they are")  # fmt: skip

    def _times(self, module: CompiledModule, calls: int) -> dict[str, int]:
        """Nanoseconds by entry point, all its dispatches together, of the fastest of `calls`."""
        measured = module.profile(self.function, self.inputs, calls)
        sums: dict[str, list[int]] = {}
        for dispatch in measured.dispatches:
            row = sums.setdefault(dispatch.name, [0] * calls)
            for i, sample in enumerate(dispatch.samples_ns):
                row[i] += sample
        return {name: min(row) for name, row in sums.items()}

    def attempt(self, configs: Configs) -> None:
        """Builds and measures one candidate of several kernels; those that fail or compute
        something else are found by halving and refused."""
        module = self._checked(configs)
        if module is not None:
            for name, ratio in self._measure(module, configs).items():
                self._kernel(name).ratios[configs[name]] = ratio
            return
        names = list(configs)
        if len(names) > 1:
            for half in (names[: len(names) // 2], names[len(names) // 2 :]):
                self.attempt({name: configs[name] for name in half})

    def _checked(self, configs: Configs) -> CompiledModule | None:
        """The build, if it computes what the default does; the only kernel of one that does not is
        refused."""
        try:
            module = self.build(configs)
            right = not self.comparable or _equal(self.wanted, self._call(module))
            reason = "other results than the default's"
        except Error as raised:
            module, right, reason = None, False, f"{raised.code} {raised.what}"
        if right:
            return module
        if len(configs) == 1:
            ((name, config),) = configs.items()
            self._kernel(name).refused.append(f"{show_config(config)}: {reason}")
        return None

    def _kernel(self, name: str) -> _Kernel:
        return next(k for k in self.kernels if k.name == name)

    def _measure(self, module: CompiledModule, configs: Configs) -> dict[str, Ratio]:
        """Rounds of default and candidate until every kernel is decided."""
        begin = time.perf_counter_ns()
        self._times(module, 1)  # warm-up
        once = max(1, time.perf_counter_ns() - begin)
        calls = max(3, min(50, _ROUND_NS // once))
        samples: dict[str, list[float]] = {name: [] for name in configs}
        for number in range(_ROUNDS):
            turns = (self.module, module) if number % 2 == 0 else (module, self.module)
            times = {id(each): self._times(each, calls) for each in turns}
            for name, ratios in samples.items():
                default = times[id(self.module)].get(name, 0)
                if default and name in times[id(module)]:
                    self._kernel(name).default_ns.append(default)
                    ratios.append(times[id(module)][name] / default)
            if number + 1 >= _FEWEST and all(map(_decided, samples.values())):
                break
        return {name: Ratio.of(ratios) for name, ratios in samples.items() if ratios}

    def confirm(self) -> Ratio | None:
        """Builds all winners together, keeps those that are still faster, and compares whole
        calls; None if nothing won."""
        won: Configs = {}
        for kernel in self.kernels:
            best = min(kernel.ratios.items(), key=lambda item: item[1].median, default=None)
            if best is not None and best[1].high < _BETTER:
                won[kernel.name] = best[0]
        module = self._checked(won) if won else None
        if module is None:
            return None
        for name, ratio in self._measure(module, won).items():
            if ratio.high < 1:
                self.winners[name] = won[name]
            self._kernel(name).ratios[won[name]] = ratio
        if self.winners != won and self.winners:
            module = self._checked(self.winners)
        if module is None or not self.winners:
            return None
        return Ratio.of([self._whole(module, n) for n in range(_ROUNDS)])

    def _whole(self, module: CompiledModule, number: int) -> float:
        turns = (self.module, module) if number % 2 == 0 else (module, self.module)
        times = {}
        for each in turns:
            function, arrays = each[self.function], each[self.function].check(self.inputs)
            calls: list[int] = []
            for _ in range(3):
                begin = time.perf_counter_ns()
                each._backend.call(function.name, arrays)  # pyright: ignore[reportPrivateUsage]
                calls.append(time.perf_counter_ns() - begin)
            times[id(each)] = min(calls)
        return times[id(module)] / times[id(self.module)]

    def keep(self) -> None:
        """Writes what was found for every kernel that was measured."""
        kept = True
        for kernel in self.kernels:
            if not kernel.ratios:
                continue
            row = self.row(kernel)
            device = self.module.device
            winner = tuning_cache.Winner(row.best, device, row.default_ns, row.best_ns)
            kept = tuning_cache.write(kernel.key, winner) and kept
        if not kept:
            self.notes.append("the cache folder cannot be written to: nothing is kept for "
                              "tuned=True; report.config has the winners")  # fmt: skip

    def row(self, kernel: _Kernel) -> DispatchTuning:
        """What was found for a kernel; of one that nothing beats, how the best candidate did."""
        best = self.winners.get(kernel.name)
        found = sorted(kernel.ratios.values(), key=lambda ratio: ratio.median)
        ratio = kernel.ratios[best] if best is not None else (found[0] if found else None)
        default = round(statistics.median(kernel.default_ns)) if kernel.default_ns else 0
        best_ns = round(default * ratio.median) if best is not None and ratio else default
        return DispatchTuning(
            kernel.name, show_config(kernel.default), best, default, best_ns, ratio, kernel.share,
            len(kernel.ratios), tuple(kernel.refused),
        )  # fmt: skip


def _kernels(module: ModuleOp) -> Any:
    """What there is to know of every entry point that has a configuration."""
    ctx = make_context()
    for _, inner, func in entry_points(module):
        configured, info = configured_root(func), translation_info_of(func)
        found = Configurable.of(func)
        if configured is None or info is None or found is None:
            continue
        config = configured[1]
        key = tuning_cache.kernel_key(func, cpu_of(inner))
        default = parse_config(config, ctx)
        # A copy keeps what the tuner asks of it when the module is lowered.
        copy = Configurable.of(func.clone())
        assert copy is not None
        yield func.sym_name.data, key, default, copy, info, config, vector_target(inner)


def _decided(ratios: Sequence[float]) -> bool:
    """Whether more rounds would change nothing: all quartiles on one side."""
    found = Ratio.of(ratios) if ratios else Ratio(1, 1, 1, 0)
    return found.low > _BETTER or found.high < _BETTER


def _equal(wanted: Sequence[np.ndarray], found: Sequence[np.ndarray]) -> bool:
    """Equal up to the order in which sums may be taken; integers exactly."""
    for a, b in zip(wanted, found, strict=True):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        if a.dtype.kind in "biu" or a.size == 0:
            if not np.array_equal(a, b):
                return False
            continue
        wide = np.complex128 if a.dtype.kind == "c" else np.float64
        x, y = a.astype(wide), b.astype(wide)
        finite = np.isfinite(x)
        if not np.array_equal(finite, np.isfinite(y)):
            return False
        largest = np.abs(x[finite]).max(initial=0.0)
        narrow = 4 if a.dtype.kind == "c" else 1
        step = {2: 2e-2, 1: 0.2}.get(a.dtype.itemsize // narrow, 2e-5)
        if np.abs(x[finite] - y[finite]).max(initial=0.0) > step * largest:
            return False
    return True
