# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Session`: one compilation that runs behind the notebook, and everything there is to ask of it.

The one idea: a background thread owns the live IR and writes a recording; everything here reads
frozen copies of it. Accessors block until what they need is there and raise what went wrong.
`widgets` shows a session; it is imported only when a session is displayed or exported.
"""

from __future__ import annotations

import functools
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation

from iree_explore import pipeline
from iree_explore.branches import Branches, Branching, Start
from iree_explore.context import CompileOptions, CompilerContext, make_context, options_of
from iree_explore.errors import Error, GapError, InternalError, ModelError
from iree_explore.frontend import is_mlir_text
from iree_explore.frontend.tensorflow.keras_lines import user_files
from iree_explore.provenance import op_id
from iree_explore.recording import check, files, numerics, runs, trace
from iree_explore.recording.foreign_compile import compile_others, loaded
from iree_explore.recording.model import ModelSource, OpVersion, Recording, Run
from iree_explore.recording.recorder import Recorder
from iree_explore.recording.sizes import SymbolicSizes
from iree_explore.stages import Stages
from iree_explore.targets import IREE, check_target
from iree_explore.watch import Watch

if TYPE_CHECKING:
    from iree_explore.module import CompiledModule
    from iree_explore.recording import bisect
    from iree_explore.recording.page_program import PageProgram
    from iree_explore.statistics import Statistics
    from iree_explore.tuning.report import TuningReport
    from iree_explore.user_passes import UserPass

_SLICE_S = 0.1  # how long a wait lasts before it looks at signals again


class Session(Branching):
    """A recorded compilation of one source; made by `ie.explore`, arguments as there.

    Shows the explorer as the last expression of a cell. All methods may be called from any thread.
    """

    def __init__(
        self,
        source: Any,
        inputs: Sequence[Any] | Mapping[str, Any] | None = None,
        *,
        targets: Sequence[str] = ("llvm-cpu",),
        dynamic: Mapping[str, Mapping[int, str]] | None = None,
        name: str | None = None,
        start: str = "import",
        stop: str | None = None,
        lowering_config: Mapping[str | int, Any] | None = None,
        tuned: bool = False,
        passes: Sequence[UserPass] = (),
        options: CompileOptions | Mapping[str, Any] | None = None,
        resume: tuple[Start, str] | None = None,
    ) -> None:
        """`start` and `stop` are the first and last phase to run: MLIR text of a later phase starts
        there; `stop` is left out for all phases of the target. `resume` makes it a branch."""
        self._phases = (start, stop)
        for phase in (start, stop or start):
            pipeline.phase_index(phase)
        self._source = source
        self._inputs = inputs
        self._dynamic = dynamic
        self._name = name
        self.targets = tuple(targets)
        self.stages = Stages(self)
        self._changed = threading.Condition()
        self._ended = False
        self._error: Error | None = None
        self._modules: dict[tuple[str, str], CompiledModule] = {}
        self._module: ModuleOp | None = None
        self._running = threading.Lock()
        self._replaying = threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        self._widget: Any = None
        self._page: PageProgram | None = None
        self.page_results: tuple[np.ndarray, ...] = ()
        """What the last run in a page returned."""
        self.branches = Branches(self)
        if resume is not None:
            self._start, self.branch_name = resume
            self.parent = self._start.base
            self.branches = self.parent.branches
        self._watch = Watch(self, name or _name_of(source), _describe(source), self.targets)
        self._others: dict[str, bytes | Error] = {}
        ours = tuple(t for t in self.targets if not t.startswith(IREE))
        options = replace(options_of(options), targets=ours, keep_assembly=True)
        if lowering_config is not None or tuned:
            options = replace(options, lowering_config=lowering_config, tuned=tuned)
        options = replace(options, passes=(*options.passes, *passes))
        self._ctx: CompilerContext = make_context(options, self._watch)
        pipeline.phases_of(self._ctx)
        self._ctx.user_files = user_files()
        off = options.switched_off()
        self._ctx.notes += [f"{name} is off: its pass does nothing." for name in off]
        self._watch.describe(options=dict.fromkeys(off, False))
        self._thread = threading.Thread(target=self._compile, name="iree-explore", daemon=True)
        self._thread.start()
        self._devices = threading.Thread(target=self._list_devices, name="iree-explore devices")
        self._devices.start()

    # -- the other threads

    def _list_devices(self) -> None:
        """Beside the compilation: to load GPU drivers takes a second in a new process."""
        self._watch.describe(devices=runs.known_devices(self.targets))
        self._advanced()

    def _compile(self) -> None:
        try:
            try:
                self._compile_or_raise()
            finally:  # what is missing in ours may be there in another compiler
                imported = None if self._start else self._watch.snapshots.get("import")
                self._others = compile_others(
                    self._watch, imported, self._ctx, self.targets, self._advanced
                )
            self._watch.finished()
        except Error as error:
            self._fail(error)
        except Exception as raised:  # noqa: BLE001 - a bug outside any pass is shown like one in it
            error = InternalError("IX205", f"{type(raised).__name__}: {raised}")
            error.__cause__ = raised
            self._fail(error)
        finally:
            with self._changed:
                self._ended = True
            self._advanced()

    def _compile_or_raise(self) -> None:
        from iree_explore.frontend import import_source

        ctx = self._ctx
        if self._start is not None:
            name = self.branch_name
            self._module = self._start.go(name, ctx, self._watch, self._last_phase())
            return
        try:
            module = import_source(
                self._source, ctx, inputs=self._inputs, dynamic=self._dynamic, name=self._name
            )
        finally:
            self._watch.describe(notes=tuple(ctx.notes))
        ctx.check_cancelled()
        told = len(ctx.notes)
        pipeline.run(module, ctx, self._phases[0], self._last_phase())
        if len(ctx.notes) > told:
            self._watch.describe(notes=tuple(ctx.notes))
        self._module = module
        if self._inputs is not None and self._watch.has_sizes:
            reference = self._module_on("reference", None)
            name, arrays = runs.choose(reference, None, self._inputs)
            self._watch.sampled(name, [np.shape(array) for array in arrays])

    def _last_phase(self) -> str:
        ends = [check_target(target).stop for target in self.targets]
        return self._phases[1] or max(ends, key=pipeline.phase_index, default="vm")

    def _fail(self, error: Error) -> None:
        self._watch.stopped(error)
        self._error = error

    def _advanced(self) -> None:
        """Something new was recorded: wakes who waits and tells open widgets."""
        with self._changed:
            self._changed.notify_all()
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    # -- waiting

    def wait(self, timeout_s: float | None = None) -> Session:
        """Blocks until the compilation is over; returns the session.

        Raises what stopped the compilation, `TimeoutError` after `timeout_s`. KeyboardInterrupt
        cancels a compilation with passes of the user's, which may not end.
        """
        try:
            self._wait_for(lambda: self._ended, timeout_s)
        except KeyboardInterrupt:
            if self._ctx.options.passes:
                self.cancel()
            raise
        if self._error is not None:
            raise self._error
        return self

    def cancel(self) -> None:
        """Stops the compilation at the next rewrite, and an edit's first call; the record stays."""
        self._ctx.cancel.set()
        self._stop_trial.set()

    @property
    def error(self) -> Error | None:
        """What stopped the compilation, None if nothing did (yet)."""
        return self._error

    @property
    def done(self) -> bool:
        """Whether the compilation is over, well or not."""
        return self._ended

    def _wait_for(self, ready: Callable[[], bool], timeout_s: float | None = None) -> None:
        end = None if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            while not ready():
                if end is not None and time.monotonic() >= end:
                    raise TimeoutError(f"the compilation is not ready after {timeout_s} s")
                if not self._thread.is_alive() and not self._ended:
                    raise InternalError("IX205", "the compile thread is gone (a forked process?)")
                self._changed.wait(_SLICE_S)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Calls `listener`, on any thread, whenever the recording grew; returns how to stop."""
        with self._changed:
            self._listeners.append(listener)

        def stop() -> None:
            with self._changed:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return stop

    # -- reading

    @property
    def recording(self) -> Recording:
        """A frozen copy of everything recorded so far."""
        return self._watch.recording()

    @property
    def shapes(self) -> SymbolicSizes:
        """What is known of unknown sizes, and calls in numbers; waits for the compilation.

        `session.shapes.evaluate({"batch": 8})` has shapes, FLOPs, bytes, workgroups and peak
        transient memory. A failed compilation has what it got to.
        """
        self._wait_for(lambda: self._ended)
        return SymbolicSizes(self.recording)

    @property
    def recorder(self) -> Recorder:
        """The recorder, for those who follow the recording as it grows."""
        return self._watch

    def trace(self, op: int | OpVersion | Operation) -> trace.Trace:
        """Ancestors, descendants and model layers of an op, in every stage.

        `op` is an op id, an op of `stages[p].ops`, or an op of `stages[p].module`. Raises
        `KeyError` for an op that the recording does not have.
        """
        self._wait_for(lambda: self._ended)
        return trace.trace(self.recording, _id_of(op))

    # -- running

    @property
    def compiled(self) -> CompiledModule:
        """The compiled module on the default device; waits for the compilation."""
        return self._module_on(None, None)

    @property
    def statistics(self) -> Statistics:
        """Sizes of code, weights and transients; waits for the compilation."""
        return self.compiled.statistics

    def run(
        self,
        device: str | None = None,
        repetitions: int = 20,
        inputs: Sequence[Any] | Mapping[str, Any] | None = None,
        function: str | None = None,
        target: str | None = None,
    ) -> Run:
        """Runs an exported function (default: the first) `repetitions` times, measured by dispatch.

        `inputs` default to those given to `explore`, else to seeded random ones with unknown
        dimensions of size 1. The warm-up is apart from the samples. The run is kept in the
        recording and appears in open explorers. The target "reference" evaluates the imported
        module in NumPy. Raises what stopped the compilation, and IX3xx, IX401 to IX403.
        """
        if repetitions < 1:
            raise ModelError("IX301", f"repetitions is {repetitions}; at least 1 is needed")
        module = self._module_on(target, device)
        with self._running:
            given = self._inputs if inputs is None else inputs
            run = runs.measure(
                module, self.recording, function, given, repetitions, self._watch.works
            )
            self._watch.ran(run)
        self._advanced()
        return run

    def page_program(
        self,
        inputs: Sequence[Any] | Mapping[str, Any] | None = None,
        function: str | None = None,
    ) -> PageProgram:
        """What a page needs to run a function on its reader's GPU, for shapes like those of
        `inputs` (as for `run`): kernels as WGSL, commands, weights, and the results to compare
        with. Compiled for `webgpu-spirv` if the session was not. Raises what stops that
        compilation, and `ModelError` IX410 for what pages cannot run."""
        from iree_explore.api import compile as compile_
        from iree_explore.recording.page_program import page_program
        from iree_explore.targets.wgsl.driver import TARGET

        self.wait()
        if inputs is None and function is None and self._page is not None:
            return self._page
        given = self._inputs if inputs is None else inputs
        if TARGET in self.targets:
            module = self._module_on(TARGET, "browser")
        else:
            module = compile_(
                self._source, TARGET, "browser", inputs=self._inputs, dynamic=self._dynamic
            )
        other = "llvm-cpu" if self.targets == ("llvm-cpu",) else "reference"
        made = page_program(
            module, self.recording, self._watch.works, function, given,
            self._module_on(other, None),
        )  # fmt: skip
        if inputs is None and function is None:
            self._page = made
        return made

    def page_ran(self, run: Run, results: Sequence[np.ndarray]) -> None:
        """Keeps the run that a page made and its results, `page_results`."""
        self.page_results = tuple(results)
        self._watch.ran(run)
        self._advanced()

    def tune(
        self,
        device: str | None = None,
        inputs: Sequence[Any] | Mapping[str, Any] | None = None,
        function: str | None = None,
        *,
        dispatches: str | Sequence[str] = "*",
        share: float = 0.02,
        most: int = 8,
    ) -> TuningReport:
        """`ie.tune` of this session's source, inputs as given to `explore` unless others are."""
        from iree_explore.tuning.tune import tune

        return tune(
            self._source, self.targets[0], device, dynamic=self._dynamic, function=function,
            inputs=self._inputs if inputs is None else inputs, dispatches=dispatches,
            share=share, most=most,
        )  # fmt: skip

    def _module_on(self, target: str | None, device: str | None) -> CompiledModule:
        from iree_explore.module import CompiledModule
        from iree_explore.targets import resolve_device

        self._stop_trial.clear()  # from here on `cancel` means this call
        target = target or self._target_of(device)
        if target.startswith(IREE):
            self._wait_for(lambda: self._ended)
        elif check_target(target).stop == "vm":
            self.wait()
        if target not in (*self.targets, "reference"):
            raise ModelError("IX401", f"this session was not compiled for {target}",
                             hint=f"explore(..., targets=[{target!r}])")  # fmt: skip
        device = resolve_device(target, device)
        with self._running:
            key = (target, device)
            if key not in self._modules and target.startswith(IREE):
                made = self._others.get(target) or self._error
                imported = self.stages["import"].module
                self._modules[key] = loaded(imported, self._ctx, made, target, device)
            if key not in self._modules:
                module, ctx = self._made_for(target)
                made = CompiledModule.from_compilation(module, ctx, target=target, device=device)
                self._modules[key] = self._tried(made)
            return self._modules[key]

    def _target_of(self, device: str | None) -> str:
        """The target whose kernels a device runs, the first one if none of the session's does."""
        driver = (device or "").partition("?")[0]
        known = [t for t in (*self.targets, "reference") if driver in check_target(t).drivers]
        return known[0] if known else self.targets[0]

    def _made_for(self, target: str) -> tuple[ModuleOp, CompilerContext]:
        """The module that a target runs. The program of the pipeline's end is the first target's,
        whose workgroups it counts: for another one executables are lowered once more by
        themselves, which gives the kernels that the recording shows."""
        if target == "reference":
            return self.stages["import"].module, self._ctx
        if target == self.targets[0]:
            assert self._module is not None
            return self._module, self._ctx
        ctx = make_context(replace(self._ctx.options, targets=(target,)))
        ctx.parameters = self._ctx.parameters.copy()
        module = self.stages["stream"].module
        return pipeline.run(module, ctx, "executable-sources"), ctx

    def check(
        self,
        inputs: Sequence[Any] | Mapping[str, Any] | None = None,
        function: str | None = None,
        mode: str = "accumulated",
        *,
        progress: numerics.Progress | None = None,
        cancel: threading.Event | None = None,
    ) -> check.Check:
        """Numerics of every stage against the reference, value by value, with inputs as for `run`.

        `mode` "accumulated" computes each stage from the inputs; "isolated" hands each op (from
        `stream` on each dispatch) what the model says that its operands are. The result names the
        first wrong stage and is recorded. A failed compilation is checked as far as it got.
        `progress` hears (stage, done, of how many); `cancel` set raises `Cancelled`.
        """
        program = self._program(inputs, function)
        begun = time.perf_counter_ns()
        found = numerics.run_check(program, mode, progress, cancel)
        self._watch.checked(numerics.record_of(found, self.recording, program.inputs, begun))
        self._advanced()
        return found

    def rewrites(self, step: int, *, cancel: threading.Event | None = None) -> None:
        """Records the text between the single rewrites of a step (a pass on one scope), which pages
        then step through; raises as `recording.rewrites.record` does."""
        from iree_explore.recording import rewrites as single

        self._wait_for(lambda: self._ended)
        with self._replaying:
            single.record(self._watch, self._watch.kept, self._ctx, step, cancel)
        self._advanced()

    def find_wrong(
        self,
        inputs: Sequence[Any] | Mapping[str, Any] | None = None,
        function: str | None = None,
        *,
        progress: numerics.Progress | None = None,
        cancel: threading.Event | None = None,
    ) -> bisect.Place | None:
        """The first rewrite after which the program computes something else, with a cell that
        shows it; None if every stage is right. Kept in the recording.

        Arguments as for `check`. Raises `GapError` IX203 where what is wrong comes after the last
        pass whose result can be evaluated.
        """
        from iree_explore.recording import bisect, reproducer

        program = self._program(inputs, function)
        found = bisect.find_in(program, progress, cancel)
        if isinstance(found, bisect.Place):
            found = replace(found, cell=reproducer.cell_of(found))
        self._watch.found(numerics.found_record(found, program.function, self.recording))
        self._advanced()
        if isinstance(found, bisect.Unknown):
            raise GapError(
                "IX203", f"{found.function}: all is right after {found.right}, what runs is not",
                because="machine code and what makes it cannot be evaluated pass by pass",
                hint="compare the kernels in the explorer's executable-targets stage",
            )  # fmt: skip
        return found

    def _program(
        self, inputs: Sequence[Any] | Mapping[str, Any] | None, function: str | None
    ) -> numerics.Program:
        name, arrays, wanted = self._expected(inputs, function)
        kept = self._watch.snapshots
        program = numerics.Program(
            self._ctx, name, arrays, wanted, [p for p in check.EVALUATED if p in kept],
            lambda phase: self.stages[phase].module, self.targets[0],
        )  # fmt: skip
        if self._error is not None or "vm" not in kept:
            return program
        run = functools.partial(self._run_once, name, arrays)
        return replace(program, run=run, instance=lambda: self.compiled._backend)  # pyright: ignore

    def _run_once(self, name: str, arrays: Sequence[Any]) -> list[Any]:
        """Results of the compiled function."""
        found = self.compiled[name](*arrays)
        return list(found) if isinstance(found, tuple) else [found]

    def _expected(
        self, inputs: Sequence[Any] | Mapping[str, Any] | None, function: str | None
    ) -> tuple[str, list[Any], tuple[Any, ...]]:
        """Which function is checked, its arguments, and what the reference makes of them."""
        self._wait_for(lambda: self._ended)
        reference = self._module_on("reference", None)
        name, arrays = runs.choose(reference, function, self._inputs if inputs is None else inputs)
        arrays = reference[name].check(arrays)
        wanted = reference[name](*arrays)
        return name, arrays, wanted if isinstance(wanted, tuple) else (wanted,)

    # -- keeping

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the recording (after the compilation is over, well or not); `ie.load_recording`
        and every widget read it."""
        self._wait_for(lambda: self._ended)
        self._devices.join()
        return files.save(self.recording, path)

    def to_html(
        self,
        path: str | os.PathLike[str],
        gpu: bool | None = None,
        weights: bool | None = None,
    ) -> Path:
        """Writes the explorer and the recording as one HTML file; no kernel, no network needed.

        With `gpu` (default: if the session was compiled for webgpu-spirv) the page runs the model
        on its reader's GPU. `weights` says whether these are inside the page (default: up to 4
        MiB); if not, they are the file beside it that the page asks for, named like the page with
        `.weights` at the end.
        """
        from iree_explore.recording.page_program import if_possible
        from iree_explore.targets.wgsl.driver import TARGET
        from iree_explore.widgets.html import write_html

        self._wait_for(lambda: self._ended)
        self._devices.join()
        wanted = TARGET in self.targets if gpu is None else gpu
        page = if_possible(self.page_program, bool(gpu)) if wanted else None
        return write_html(path, self.recording, page, weights)

    def to_chrome_trace(self, path: str | os.PathLike[str]) -> Path:
        """Writes compile passes and measured runs as a trace that Perfetto (ui.perfetto.dev) and
        chrome://tracing open; waits for the compilation."""
        from iree_explore.recording.chrome_trace import to_chrome_trace

        self._wait_for(lambda: self._ended)
        to_chrome_trace(self.recording, path)
        return Path(path)

    # -- showing

    def __repr__(self) -> str:
        recording = self.recording
        reached = sum(phase.state == "done" for phase in recording.phases)
        return (
            f"<iree_explore session {recording.name!r}: {recording.state}, "
            f"{reached} of {len(recording.phases)} phases, {len(recording.steps)} steps>"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        return self._explorer()._repr_mimebundle_(include=include, exclude=exclude)

    def _ipython_display_(self) -> None:
        from iree_explore.widgets.display import show

        show(self, self._explorer())

    def _explorer(self) -> Any:
        from iree_explore.widgets import Explorer

        if self._widget is None:
            self._widget = Explorer(self)
        return self._widget


def _id_of(op: int | OpVersion | Operation) -> int:
    if isinstance(op, Operation):
        return op_id(op)
    return op.op if isinstance(op, OpVersion) else op


def _name_of(source: Any) -> str:
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        return "module" if isinstance(path, bytes) or is_mlir_text(path) else Path(path).stem
    if isinstance(source, bytes | bytearray | memoryview):
        return "module"
    name = getattr(source, "name", None) or getattr(source, "__name__", None)
    return str(name or type(source).__name__)


def _describe(source: Any) -> ModelSource:
    if is_mlir_text(source):
        return ModelSource("mlir", source)
    if isinstance(source, str | os.PathLike):
        return ModelSource("file", str(os.fspath(source)))
    if isinstance(source, bytes | bytearray | memoryview):
        return ModelSource("mlir bytecode", f"{len(source)} bytes")
    return ModelSource(f"{type(source).__module__}.{type(source).__qualname__}")
