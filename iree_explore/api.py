# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a user types: `explore`, `compile`, `load_module`, `load_recording`, `devices`.

Thin: each function puts the parts together (frontend, pipeline, module, session) and returns.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from iree_explore import pipeline
from iree_explore.context import CompileOptions, collector_paused, make_context, options_of

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp

    from iree_explore.context import CompilerContext
    from iree_explore.module import CompiledModule
    from iree_explore.recording.model import Recording
    from iree_explore.session import Session
    from iree_explore.targets import DeviceInfo
    from iree_explore.user_passes import UserPass
    from iree_explore.vm.program import Program

Dynamic = Mapping[str, Mapping[int, str]]
LoweringConfigs = Mapping[str | int, Any]


def explore(
    source: Any,
    inputs: Sequence[Any] | Mapping[str, Any] | None = None,
    *,
    targets: Sequence[str] = ("llvm-cpu",),
    dynamic: Dynamic | None = None,
    name: str | None = None,
    lowering_config: LoweringConfigs | None = None,
    tuned: bool = False,
    passes: Sequence[UserPass] = (),
    options: CompileOptions | Mapping[str, Any] | None = None,
) -> Session:
    """Compiles `source` on a background thread, recording every pass, and returns the session.

    `source` is a Keras model, `tf.Module`, `tf.function`, SavedModel folder, `.keras` file, JAX
    function or `jax.export` artifact, `.mlir` or `.mlirbc` path, MLIR text or bytecode. `inputs`
    are sample arrays (a sequence or a mapping by argument name, nested as the function takes them;
    of a source with several functions a mapping by function name): they specialise every unknown
    dimension to their shapes unless `dynamic={"x": {0: "batch"}}` says which stay symbolic ("8*b"
    and "1 <= batch <= 64" also limit what calls may pass); without them the signature's unknown
    dimensions stay. As the last expression of a notebook cell the
    session displays the explorer.

    `lowering_config` changes how dispatches are lowered: from the name of an executable or entry
    point (`*` stands for any characters), or the id of the op that has the attribute, to tile
    sizes, a mapping (`tile_sizes`, `pipeline`, `enable_packing`) or the attribute's text.
    `tuned=True` takes for all others what `ie.tune` found to be best on this machine. `passes` are
    your own, made with `@ie.rewrite` and `@ie.pass_`; each knows its place. `options` are
    all others, as `CompileOptions` or a mapping of their names, among them `SWITCHES` of passes
    that may be left out (`{"opt_data_tiling": False}`); `recording.options` has those.

    A target `iree:<backend>` has the real IREE compile the imported program too (extra `iree`): its
    phases and passes follow ours, and its errors are shown where they occurred, not raised.

    Raises nothing for a bad model: the session shows the error, and its accessors raise it.
    Unknown targets raise `ModelError` IX401 at once, IREE that is not installed IX403, places of
    passes that do not exist and options that do not IX204.
    """
    from iree_explore.session import Session
    from iree_explore.targets import IREE, check_target

    for target in targets:
        check_target(target)
        if target.startswith(IREE):
            from iree_explore.targets.iree import tools

            tools.require(target, "compiler")
    return Session(
        source, inputs=inputs, targets=tuple(targets), dynamic=dynamic, name=name,
        lowering_config=lowering_config, tuned=tuned, passes=passes, options=options,
    )  # fmt: skip


@collector_paused()
def compile(
    source: Any,
    target: str = "llvm-cpu",
    device: str | None = None,
    *,
    inputs: Sequence[Any] | Mapping[str, Any] | None = None,
    dynamic: Dynamic | None = None,
    options: CompileOptions | Mapping[str, Any] | None = None,
    lowering_config: LoweringConfigs | None = None,
    tuned: bool = False,
    passes: Sequence[UserPass] = (),
) -> CompiledModule:
    """The compiler without the recording; arguments as for `explore`.

    `device` is a driver name of `ie.devices()`, options after `?`; left out, the target's first
    available driver is used and printed. Exported functions are attributes and items of the result:
    `module.main(x)`.

    Raises `ModelError`, `GapError` or `InternalError`, each listing all problems of its kind:
    IX204 those of `options`, IX211 those of `lowering_config`, IX212 to IX214 those of `passes`.
    """
    from iree_explore.frontend import import_source
    from iree_explore.module import CompiledModule
    from iree_explore.targets import IREE, check_target

    check_target(target)
    real = target.startswith(IREE)
    options = options_of(options, CompileOptions(targets=() if real else (target,)))
    if lowering_config is not None or tuned:
        options = replace(options, lowering_config=lowering_config, tuned=tuned)
    if passes:
        options = replace(options, passes=(*options.passes, *passes))
    ctx = make_context(options)
    pipeline.phases_of(ctx)
    ctx.unranked = []
    module = import_source(source, ctx, inputs=inputs, dynamic=dynamic)
    for note in ctx.notes:
        print(note)
    told = len(ctx.notes)
    if real:
        made = _by_iree(module, ctx, target, device)
    elif target == "reference":
        pipeline.run(module, ctx, stop="import")
        made = CompiledModule.from_compilation(module, ctx, target, device)
    else:
        program, objects = compiled_program(module, ctx)
        made = CompiledModule.of_program(program, objects, ctx, target, device)
    for note in ctx.notes[told:]:
        print(note)
    _announced(made, device)
    for export, owner in ctx.unranked:
        from iree_explore.unranked import UnrankedFunction

        again = functools.partial(compile, target=target, device=made.device, options=options)
        made.functions[export.name] = UnrankedFunction(export, made, again, owner)
        print(f"{export.name}: of unknown rank, compiled for each rank at its first call")
    return made


def _by_iree(
    module: ModuleOp, ctx: CompilerContext, target: str, device: str | None
) -> CompiledModule:
    """The real IREE's module of an imported one."""
    from iree_explore.targets import resolve_device
    from iree_explore.targets.iree import tools
    from iree_explore.targets.iree.compiler import compile_text, error_of
    from iree_explore.targets.iree.emit import iree_text
    from iree_explore.targets.iree.module import load

    tools.require(target, "compiler", "runtime")
    device = resolve_device(target, device)
    pipeline.run(module, ctx, stop="import")
    outcome = compile_text(iree_text(module), target.removeprefix("iree:"), cancel=ctx.cancel)
    if outcome.binary is None:
        assert outcome.failure is not None
        raise error_of(outcome, target, ctx, outcome.failure.ops)
    ctx.notes += tools.notes()
    return load(module, ctx, outcome.binary, target, device)


def compiled_program(module: ModuleOp, ctx: CompilerContext) -> tuple[Program, dict[str, bytes]]:
    """The host program of an imported module and its object code by digest: compiled, or as it was
    compiled before."""
    from iree_explore import module_cache, module_file
    from iree_explore.vm.program import program_of

    key = module_cache.key_of(module, ctx)
    found = key and module_cache.load(key, ctx.parameters)
    if found is not None:
        return found.program, found.objects
    begin, told = time.thread_time(), len(ctx.notes)
    ctx.parameters.watch()
    pipeline.run(module, ctx)
    program = program_of(module)
    objects = {e["object"]: ctx.objects[e["object"]] for e in program["executables"]}
    silent = not ctx.unranked and len(ctx.notes) == told
    if key and silent and time.thread_time() - begin >= module_cache.WORTH_S:
        loads = module_file.parameters_of(program)
        module_cache.store(key, module_cache.Found(program, objects), ctx, loads)
    return program, objects


def load_module(path: str | os.PathLike[str], device: str | None = None) -> CompiledModule:
    """A module saved with `CompiledModule.save`; needs no TensorFlow.

    Raises `ModelError` IX502 or IX503 for a file that is not one, truncated, or of another schema,
    IX402 or IX403 for a device that does not exist or cannot run here.
    """
    from iree_explore.module import load_module

    return _announced(load_module(path, device=device), device)


def load_recording(path: str | os.PathLike[str]) -> Recording:
    """A recording saved with `Session.save`; every widget of `ie.widgets` takes it.

    Raises `ModelError` IX501 or IX503 for a file that is not one, truncated, or of another schema.
    """
    from iree_explore.recording import load

    return load(path)


def devices() -> list[DeviceInfo]:
    """What can run here, and for each driver that cannot, why."""
    from iree_explore.targets import devices

    return devices()


def _announced(module: CompiledModule, asked: str | None) -> CompiledModule:
    """A device that nobody asked for is said out loud."""
    if asked is None:
        print(f"{module.target} on {module.device}")
    return module
