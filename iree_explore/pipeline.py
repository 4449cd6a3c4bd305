# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`PHASES`: the one table of phases and passes; command line, explorer, docs and tests read it.

Phase names are IREE's `--compile-to` names (`import` is ours). `run` takes a module through part of
the table, tells the observer about every pass, and checks after each phase that only the phase's
dialects remain.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import groupby

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.printer import Printer

from iree_explore.context import Cancelled, CompilerContext, collector_paused
from iree_explore.errors import Error, InternalError, ModelError
from iree_explore.hal.dialect import ExecutableVariantOp
from iree_explore.legality import check_phase, first_lines
from iree_explore.phase import PassLine, Phase, inside
from iree_explore.targets import TARGETS, prepare
from iree_explore.user_passes import with_passes

_CPU, _GPU = "llvm-cpu", "vulkan-spirv"
_TENSOR_CODE = frozenset(
    "builtin func linalg iree_linalg_ext tensor arith math math_ext complex scf util".split()
)
_TRACE = frozenset({"hal.tensor.export", "hal.buffer_view.trace"})
_ABI = _TENSOR_CODE | _TRACE | {"hal.tensor.import", "hal.buffer_view.dim"}
_HOST = frozenset("builtin func arith math scf util".split())
_MACHINE = frozenset({"builtin", "llvm", "spirv", "arith"})  # arith: workgroup counts

PHASES: tuple[Phase, ...] = (
    Phase(
        "import",
        "StableHLO and globals as the source framework gave them, locations cleaned up.",
        (
            PassLine(
                "frontend.passes.clean_attributes:CleanAttributes",
                "what only the source framework reads would clutter every later stage",
            ),
            PassLine(
                "frontend.passes.inline_calls:InlineCalls", "dispatches form inside one function"
            ),
            PassLine(
                "frontend.passes.flatten_tuples:FlattenTuples", "later passes have tensors only"
            ),
            PassLine(
                "frontend.passes.return_checked_values:ReturnCheckedValues",
                "whatever runs the program, its expectations are compared in one place",
            ),
            PassLine(
                "frontend.passes.prune_symbols:PruneSymbols",
                "nothing may be compiled that no exported function uses",
            ),
            PassLine(
                "frontend.passes.propagate_shapes:PropagateShapes",
                "calls are checked by it, and what must be a number is one from here on",
            ),
        ),
        frozenset("builtin func stablehlo chlo ml_program shape tensor arith".split()),
    ),
    Phase(
        "input",
        "Shapes refined, CHLO decomposed, StableHLO lowered to linalg on tensors.",
        (
            PassLine(
                "stablehlo.passes.refine_shapes:RefineShapes",
                "static sizes make every later choice better",
            ),
            PassLine(
                "stablehlo.passes.legalize_quant_to_math:LegalizeQuantToMath",
                "no later pass needs to know quantised types",
            ),
            PassLine(
                "stablehlo.passes.decompose_ops:DecomposeOps",
                "one set of ops to lower, with broadcasts explicit",
            ),
            PassLine(
                "stablehlo.passes.expand_complex:ExpandComplex",
                "no later pass needs to know complex numbers",
            ),
            PassLine(
                "stablehlo.passes.lower_shape:LowerShape",
                "sizes become scalars that fold when they turn out equal",
            ),
            PassLine(
                "stablehlo.passes.convert_globals:ConvertGlobals",
                "weights are read by name, and what nothing stores to is constant",
            ),
            PassLine(
                "stablehlo.passes.fold_constants:FoldConstants",
                "what weights alone decide is lowered by nobody",
            ),
            PassLine(
                "stablehlo.passes.lower_to_linalg:LowerToLinalg",
                "loops over index maps are what fusion and tiling understand",
            ),
        ),
        _TENSOR_CODE | _TRACE,
    ),
    Phase(
        "abi",
        "Exported functions wrapped: buffer views, dynamic dimensions, mutable globals.",
        (
            PassLine(
                "hal.passes.wrap_entry_points:WrapEntryPoints",
                "callers pass buffer views, whatever the target",
            ),
            PassLine(
                "hal.passes.wrap_dynamic_globals:WrapDynamicGlobals", "only views know their shape"
            ),
        ),
        _ABI,
    ),
    Phase(
        "preprocessing",
        "Layouts made uniform (channels last), then the user's own passes.",
        (
            PassLine(
                "linalg.passes.convert_conv_to_channels_last:ConvertConvToChannelsLast",
                "channels innermost, where vectors are",
            ),
            PassLine(
                "linalg.passes.apply_user_passes:ApplyUserPasses", "whatever the user asked for"
            ),
        ),
        _ABI,
    ),
    Phase(
        "global-optimization",
        "Constants folded and hoisted, transposes and broadcasts moved or elided.",
        (
            PassLine(
                "linalg.passes.generalize_linalg_named_ops:GeneralizeLinalgNamedOps",
                "elementwise ops look alike to later passes",
            ),
            PassLine("linalg.passes.canonicalize:Canonicalize", "sizes known, equal ops merged"),
            PassLine(
                "linalg.passes.detensorize:Detensorize", "what the host can compute is no dispatch"
            ),
            PassLine(
                "linalg.passes.propagate_linalg_transpose:PropagateLinalgTranspose",
                "transposes and broadcasts become indexing maps",
            ),
            PassLine(
                "linalg.passes.fold_scale_into_contraction:FoldScaleIntoContraction",
                "batch normalisation becomes part of the weights",
            ),
            PassLine(
                "linalg.passes.hoist_loop_products:HoistLoopProducts", "weights are read once"
            ),
            PassLine(
                "linalg.passes.convert_conv2d_to_winograd:ConvertConv2DToWinograd",
                "a product of transformed tiles multiplies less",
            ),
            PassLine(
                "linalg.passes.hoist_into_globals:HoistIntoGlobals", "constants are computed once"
            ),
            PassLine("linalg.passes.jit_globals:JitGlobals", "and that at compile time"),
            PassLine(
                "linalg.passes.fold_globals:FoldGlobals", "weights folded away are not loaded"
            ),
        ),
        _ABI,
    ),
    Phase(
        "dispatch-creation",
        "Fused dispatch regions; cheap producers cloned into their consumers.",
        (
            PassLine(
                "flow.passes.elementwise_op_fusion:ElementwiseOpFusion",
                "intermediate tensors that one op reads need no memory",
            ),
            PassLine("flow.passes.sink_reshapes:SinkReshapes", "epilogues stay with their matmul"),
            PassLine(
                "flow.passes.convert_attention_to_online_attention:"
                "ConvertAttentionToOnlineAttention",
                "no tensor holds the scores of all keys",
            ),
            PassLine(
                "flow.passes.widen_boolean_reductions:WidenBooleanReductions",
                "invocations share reductions whose combiner they see",
                backend=_GPU,
            ),
            PassLine(
                "flow.passes.split_reduction_ops:SplitReductionOps",
                "a GPU has more invocations than a reduction has results",
                backend=_GPU,
            ),
            PassLine(
                "flow.passes.fold_pads_into_windows:FoldPadsIntoWindows",
                "a padded tensor costs more than the few reads of it that compare indices",
                backend=_GPU,
            ),
            PassLine(
                "flow.passes.form_dispatch_regions:FormDispatchRegions",
                "each root op with its epilogue is one dispatch",
            ),
            PassLine(
                "flow.passes.convert_tensor_to_flow:ConvertTensorToFlow",
                "reshapes between dispatches are metadata",
            ),
        ),
        _ABI | {"flow", "iree_tensor_ext"},
    ),
    Phase(
        "flow",
        "Outlined, deduplicated executables and the dispatches between them.",
        (
            PassLine(
                "flow.passes.outline_dispatch_regions:OutlineDispatchRegions",
                "device code leaves the host program",
            ),
            PassLine(
                "flow.passes.deduplicate_executables:DeduplicateExecutables",
                "equal kernels are compiled once",
            ),
            PassLine(
                "flow.passes.canonicalize:Canonicalize", "the host program keeps only what it needs"
            ),
            PassLine(
                "flow.passes.group_readbacks:GroupReadbacks", "one wait serves many readbacks"
            ),
            PassLine(
                "flow.passes.annotate_dispatch_assumptions:AnnotateDispatchAssumptions",
                "kernels know what the signature says of their sizes",
            ),
        ),
        _HOST | _TRACE | {"flow", "hal.tensor.import", "hal.buffer_view.dim"},
        _TENSOR_CODE | {"iree_tensor_ext", "flow.executable.export"},
    ),
    Phase(
        "stream",
        "Async resources with lifetimes, execution regions, transient memory packed into slabs.",
        (
            PassLine(
                "stream.passes.convert_to_stream:ConvertToStream", "tensors become bytes of a size"
            ),
            PassLine(
                "stream.passes.place_dispatches:PlaceDispatches",
                "what the device cannot run goes to another, and back",
            ),
            PassLine(
                "stream.passes.refine_usage:RefineUsage", "who keeps a resource decides its life"
            ),
            PassLine(
                "stream.passes.schedule_execution:ScheduleExecution",
                "what needs no answer from the device is submitted together",
            ),
            PassLine(
                "stream.passes.schedule_concurrency:ScheduleConcurrency",
                "barriers only where data depends on data",
            ),
            PassLine(
                "stream.passes.schedule_allocation:ScheduleAllocation",
                "transients share one slab, results have their own memory",
            ),
            PassLine(
                "stream.passes.layout_slices:LayoutSlices",
                "slices that are never live together share bytes",
            ),
        ),
        _HOST | {"stream", "hal.buffer_view.dim", "hal.buffer_view.trace"},
        _TENSOR_CODE | {"iree_tensor_ext", "stream"},
    ),
    Phase(
        "executable-sources",
        "Per target: executable variants with their pipeline layouts fixed.",
        (
            PassLine(
                "hal.passes.materialize_interfaces:MaterializeInterfaces",
                "one kernel ABI for all targets",
            ),
        ),
        _HOST | {"stream", "hal"},
        _TENSOR_CODE | {"iree_tensor_ext", "hal"},
    ),
    Phase(
        "executable-configurations",
        "Tile and vector sizes chosen, visible as attributes; workgroup counts fixed.",
        (
            inside(
                "codegen.passes.specialize_exports:SpecializeExports",
                "what is best for a few rows is not for many, and only a call knows",
                _CPU,
            ),
            inside(
                "codegen.passes.gather_padded:GatherPadded",
                "invocations read an element or the border, they fill and overlay no tiles",
                _GPU,
            ),
            inside(
                "codegen.passes.select_lowering_strategy:SelectLoweringStrategy",
                "what one workgroup and one register block compute",
            ),
            PassLine(
                "codegen.passes.materialize_user_configs:MaterializeUserConfigs",
                "what the user asks for or has measured goes before what is estimated",
            ),
            PassLine(
                "codegen.passes.pack_constant_operands:PackConstantOperands",
                "weights lie in memory as workgroups read them",
            ),
        ),
        _HOST | {"stream", "hal"},
        _TENSOR_CODE | {"iree_tensor_ext", "hal"},
    ),
    Phase(
        "executable-targets",
        "Each executable tiled, bufferized, vectorised and translated to machine code.",
        (
            inside(
                "codegen.passes.tile_and_distribute:TileAndDistribute",
                "a workgroup computes one tile, producers and consumers with it",
            ),
            inside(
                "codegen.passes.pack_operands:PackOperands",
                "panels of many rows become contiguous",
                _CPU,
            ),
            inside("codegen.passes.bufferize:Bufferize", "tensors become memory"),
            inside(
                "codegen.passes.linalg_ext_to_loops:LinalgExtToLoops", "sorts and such are loops"
            ),
            inside(
                "codegen.passes.distribute_to_invocations:DistributeToInvocations",
                "the invocations of a workgroup share its nests",
                _GPU,
            ),
            inside(
                "codegen.passes.vectorize_contractions:VectorizeContractions",
                "products become register-blocked micro-kernels",
            ),
            inside(
                "codegen.passes.vectorize_generic:VectorizeGeneric",
                "everything else becomes loops of vector code",
            ),
            inside(
                "codegen.passes.drop_compiler_hints:DropCompilerHints",
                "machine code has no use for assumptions",
            ),
            inside(
                "codegen.passes.plan_local_memory:PlanLocalMemory",
                "local buffers get their place",
                _CPU,
            ),
            inside(
                "targets.llvm_cpu.passes.expand_narrow_floats:ExpandNarrowFloats",
                "f16 and bf16 arithmetic in f32",
            ),
            inside(
                "targets.llvm_cpu.passes.expand_math:ExpandMath",
                "kernels bring their math library",
                _CPU,
            ),
            inside(
                "targets.llvm_cpu.passes.lower_memory_access:LowerMemoryAccess",
                "kernels are C functions over pointers",
                _CPU,
            ),
            inside(
                "targets.llvm_cpu.passes.lower_control_flow:LowerControlFlow",
                "machines know jumps, not loops",
                _CPU,
            ),
            inside(
                "targets.llvm_cpu.passes.convert_to_llvm:ConvertToLLVM",
                "every op is one of LLVM's",
                _CPU,
            ),
            inside(
                "targets.llvm_cpu.passes.translate_to_llvm_ir:TranslateToLLVMIR",
                "LLVM starts in worker processes",
                _CPU,
            ),
            inside(
                "targets.spirv.passes.convert_to_spirv:ConvertToSPIRV",
                "every op is one of SPIR-V's",
                _GPU,
            ),
            inside(
                "targets.spirv.passes.serialize_spirv:SerializeSPIRV", "drivers read words", _GPU
            ),
        ),
        _HOST | {"stream", "hal"},
        _MACHINE | {"hal"},
    ),
    Phase(
        "hal",
        "Devices, executables, command buffers and semaphores.",
        (
            PassLine(
                "hal.passes.convert_to_hal:ConvertToHAL", "commands are recorded once per shape"
            ),
            PassLine(
                "hal.passes.initialize_globals:InitializeGlobals", "weights are uploaded once"
            ),
            PassLine("hal.passes.link_executables:LinkExecutables", "only its object code remains"),
        ),
        _HOST | {"hal"},
        _MACHINE | {"hal"},
    ),
    Phase(
        "vm",
        "The host program that the runtime executes.",
        (
            PassLine(
                "vm.passes.convert_scf_to_cf:ConvertScfToCf", "the VM has blocks and branches"
            ),
            PassLine("vm.passes.convert_to_vm:ConvertToVM", "HAL ops become calls of the runtime"),
            PassLine(
                "vm.passes.eliminate_dead_code:EliminateDeadCode", "what nothing reads is not done"
            ),
            PassLine(
                "vm.passes.deduplicate_constants:DeduplicateConstants", "equal ones share registers"
            ),
            PassLine("vm.passes.allocate_ordinals:AllocateOrdinals", "calls and globals by number"),
            PassLine(
                "vm.passes.serialize_executables:SerializeExecutables",
                "LLVM has had all of hal and vm to finish",
            ),
        ),
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


def phases_of(ctx: CompilerContext) -> tuple[Phase, ...]:
    """The phases of one compilation: `PHASES` with the user's own passes. Raises `ModelError` IX204
    for a pass whose place does not exist."""
    return with_passes(PHASES, ctx.options.passes) if ctx.options.passes else PHASES


@collector_paused()
def run(
    module: ModuleOp, ctx: CompilerContext, start: str = "import", stop: str = "vm"
) -> ModuleOp:
    """Runs the phases from `start` to `stop`, both included, on `module` in place and returns it.

    Raises what passes raise (`ie.Error`); a foreign exception becomes `InternalError` IX205. The
    observer hears of every pass, failed ones included.
    """
    first, last = phase_index(start), phase_index(stop)
    phases = phases_of(ctx)
    ctx.provenance.settle(module, "import")
    ctx.observer.compile_started(ctx, module)
    if last >= phase_index("executable-targets"):
        prepare(ctx.options)
    for phase in phases[first : last + 1]:
        ctx.observer.phase_started(phase, module)
        run_lines(phase, phase.passes, module, ctx)
        end_phase(phase, module, ctx)
    ctx.verifier.forget()
    return module


def run_lines(
    phase: Phase, lines: Sequence[PassLine], module: ModuleOp, ctx: CompilerContext
) -> None:
    """Some passes of a phase, one after the other; see `run` for what it raises."""
    for scope, target, line in _schedule(lines, module, ctx):
        run_pass(line.load()(), ctx, phase, line, scope, target)


def end_phase(phase: Phase, module: ModuleOp, ctx: CompilerContext) -> None:
    """Checks what a phase left and tells the observer."""
    if ctx.provenance.observe is None and phase.passes:
        # Of a pass that ran: the name of another target's would load all of that target's code.
        ours = {"", *(TARGETS[name].passes or name for name in ctx.options.targets)}
        last = next((line for line in reversed(phase.passes) if line.backend in ours), None)
        ctx.provenance.settle(module, phase.name if last is None else last.name)
    check_phase(phase, module, ctx)
    ctx.observer.phase_ended(phase, module)


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
        if ctx.provenance.observe is not None:
            ctx.provenance.settle(module, pass_.name)
    except Error as raised:
        if not isinstance(raised, Cancelled) and raised.at is None:
            raised.at = _place(phase, pass_, scope)
            raised.args = (raised.render(),)
        error = raised
    except Exception as raised:  # noqa: BLE001  any bug of a pass, reported with its cause chained
        error = InternalError(
            "IX205",
            f"{pass_.name} failed: {type(raised).__name__}: {first_lines(raised)}",
            at=_place(phase, pass_, scope),
        )
        error.__cause__ = raised
    elapsed = time.perf_counter_ns() - begin
    ctx.observer.pass_ended(phase, line, scope, module, elapsed, error)
    if error is not None:
        raise error


def run_passes(module: ModuleOp, ctx: CompilerContext, names: str) -> ModuleOp:
    """Runs passes by name ("input-refine-shapes,input-lower-to-linalg"), in that order.

    Raises `ModelError` IX204 for an unknown name, listing those that exist.
    """
    known = {line.name: (phase, line) for phase in PHASES for line in phase.passes}
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise ModelError(
            "IX204", f"unknown passes: {', '.join(unknown)}", hint="one of: " + ", ".join(known)
        )
    ctx.provenance.settle(module, "import")
    for scope, target, line in _schedule([known[name][1] for name in wanted], module, ctx):
        run_pass(line.load()(), ctx, known[line.name][0], line, scope, target)
    return module


def print_module(module: Operation, *, generic: bool = False) -> str:
    """The module as MLIR text, without locations."""
    stream = StringIO()
    Printer(stream, print_generic_format=generic).print_op(module)
    return stream.getvalue()


def _schedule(
    lines: Sequence[PassLine], module: ModuleOp, ctx: CompilerContext
) -> Iterator[tuple[str, ModuleOp, PassLine]]:
    """Executables are lowered one after the other: LLVM has the first during the second."""
    for kind, group in groupby(lines, lambda line: line.scope):
        passes = list(group)
        for scope, target in list(_scopes(kind, module)):
            backends = ("", _backend(target, ctx))
            yield from ((scope, target, line) for line in passes if line.backend in backends)


def scopes(
    line: PassLine, module: ModuleOp, ctx: CompilerContext
) -> Iterator[tuple[str, ModuleOp]]:
    """What a pass runs on: the module, or each executable's inner one, with its name."""
    found = _scopes(line.scope, module)
    return ((s, target) for s, target in found if line.backend in ("", _backend(target, ctx)))


def _backend(module: ModuleOp, ctx: CompilerContext) -> str:
    """The target backend whose passes lower a module: an inner one's, or the only one of all
    targets; "" where they have none in common."""
    variant = module.parent_op()
    inner = isinstance(variant, ExecutableVariantOp)
    names = (variant.target.backend.data,) if inner else ctx.options.targets
    found = {TARGETS[name].passes or name for name in names}
    return found.pop() if len(found) == 1 else ""


def _scopes(kind: str, module: ModuleOp) -> Iterator[tuple[str, ModuleOp]]:
    if kind == "module":
        yield "", module
        return
    for op in module.body.block.ops:
        if op.name == "hal.executable":
            name = op.properties["sym_name"].data  # pyright: ignore[reportAttributeAccessIssue]
            for variant in op.regions[0].block.ops:
                for region in variant.regions:
                    yield from ((name, o) for o in region.block.ops if type(o) is ModuleOp)


def _place(phase: Phase, pass_: ModulePass, scope: str) -> str:
    index = 1 + next((i for i, p in enumerate(phase.passes) if p.name == pass_.name), 0)
    inside = f", executable {scope}" if scope else ""
    return f"{pass_.name} (phase {phase.name}, {index} of {len(phase.passes)}{inside})"
