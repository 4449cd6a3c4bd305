# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Chooses tile sizes for each dispatch and says how many workgroups that makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, TensorType
from xdsl.dialects.func import FuncOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass

from iree_explore.codegen.bounds import divisor, static_bound
from iree_explore.codegen.dialect import (
    LOWERING_CONFIG,
    SCALAR,
    TRANSLATION_INFO,
    LoweringConfigAttr,
    TranslationInfoAttr,
    translation_info_of,
)
from iree_explore.codegen.dims import DimClasses
from iree_explore.codegen.distribution import (
    Distributed,
    Root,
    describe_root,
    distributed_loops,
    fresh_block,
    invocation_workgroups,
    rebuild,
    tiles_a_workgroup,
    workgroup_counts,
    workload_values,
)
from iree_explore.codegen.emitter import Emitter, Index
from iree_explore.codegen.gpu.counts import TileCount, nest_tiles
from iree_explore.codegen.gpu.grid import product
from iree_explore.codegen.structured import Structured, is_contraction, structured
from iree_explore.codegen.target import cpu_of, export_of, is_gpu, variant_of
from iree_explore.codegen.tiler import Tiler
from iree_explore.context import CompilerContext
from iree_explore.flow.dialect import DispatchTensorLoadOp, DispatchTensorStoreOp
from iree_explore.flow.util_dialect import GlobalLoadOp, GlobalOp
from iree_explore.hal.dialect import ExecutableOp, InterfaceBindingSubspanOp, ReturnOp
from iree_explore.linalg.ext_interface import LinalgExtOp
from iree_explore.provenance import rewriting
from iree_explore.stream.dialect import CmdDispatchOp
from iree_explore.targets.llvm_cpu.configure import strategy_of
from iree_explore.targets.spirv import configure as spirv_configure


@dataclass(frozen=True)
class SelectLoweringStrategy(ModulePass):
    """Puts `lowering_config` on the root op, `translation_info` on the entry function, and fills
    the workgroup count of the export.

    Before:

    ```mlir
    func.func @entry() {
      %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<65536xf32>>
      %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : !iree_tensor_ext.dispatch.tensor<writeonly:tensor<65536xf32>>
      %2 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0], sizes = [65536], strides = [1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<65536xf32>> -> tensor<65536xf32>
      %3 = tensor.empty() : tensor<65536xf32>
      %4 = linalg.exp ins(%2 : tensor<65536xf32>) outs(%3 : tensor<65536xf32>) -> tensor<65536xf32>
      iree_tensor_ext.dispatch.tensor.store %4, %1, offsets = [0], sizes = [65536], strides = [1] : tensor<65536xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<65536xf32>>
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @entry() attributes {translation_info = #iree_codegen.translation_info<pipeline = CPULoweringDefault>} {
        %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<65536xf32>>
        %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : !iree_tensor_ext.dispatch.tensor<writeonly:tensor<65536xf32>>
        %2 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0], sizes = [65536], strides = [1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<65536xf32>> -> tensor<65536xf32>
        %3 = tensor.empty() : tensor<65536xf32>
        %4 = linalg.exp ins(%2 : tensor<65536xf32>) outs(%3 : tensor<65536xf32>) attrs =  {lowering_config = #iree_codegen.lowering_config<tile_sizes = [[16384]]>} -> tensor<65536xf32>
        iree_tensor_ext.dispatch.tensor.store %4, %1, offsets = [0], sizes = [65536], strides = [1] : tensor<65536xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<65536xf32>>
        func.return
      }
    }
    ```
    """  # noqa: E501

    name = "executable-configurations-select-lowering-strategy"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for func in list(op.body.block.ops):
            if isinstance(func, FuncOp):
                configure(cast(CompilerContext, ctx), op, func)


@dataclass(frozen=True)
class Configurable:
    """The root op of an entry function, its loops, and which of them workgroups can share."""

    func: FuncOp
    root: Root
    classes: DimClasses
    distributable: tuple[bool, ...]

    @staticmethod
    def of(func: FuncOp) -> Configurable | None:
        """None for a function that computes nothing."""
        root_op = find_root(func)
        if root_op is None:
            return None
        classes = DimClasses(func.body.block)
        root = describe_root(root_op, Tiler())
        workload = workload_values(func)
        counter = Emitter()
        arguments = fresh_block(len(workload)).args
        known = {value: arguments[i] for value, i in workload.items()}
        return Configurable(func, root, classes, tuple(
            rebuild(counter, extent, dict(known)) is not None and classes.distributable(node)
            for extent, node in zip(root.extents, root.nodes, strict=True)
        ))  # fmt: skip

    @property
    def extents(self) -> list[int | None]:
        """Of the root's loops; None is known at run time."""
        return [e if isinstance(e, int) else None for e in self.root.extents]


def configure(ctx: CompilerContext, module: ModuleOp, func: FuncOp) -> None:
    """Chooses and records the strategy of one entry function."""
    found = Configurable.of(func)
    if found is None:
        with rewriting(ctx, "SetTranslationInfo", func) as rewriter:
            scalar = spirv_configure.INFO if is_gpu(module) else TranslationInfoAttr.of(SCALAR)
            func.attributes[TRANSLATION_INFO] = scalar
            rewriter.notify_op_modified(func)
        fill_workgroup_count(ctx, module, func, [])
        return
    most = [static_bound(e) for e in found.root.extents]
    factors = [divisor(e) for e in found.root.extents]
    distributable = found.distributable.__getitem__
    if is_gpu(module):
        levels, info = spirv_configure.strategy_of(
            func, found.root.op, found.root.extents, found.distributable
        )
        return set_configuration(ctx, module, found, LoweringConfigAttr.of(levels), info)
    strategy = strategy_of(
        found.root.op,
        found.extents,
        distributable,
        cpu_of(module),
        most,
        factors,
        _share(found),
        lambda value: is_weight(module, value),
    )
    config = LoweringConfigAttr.of(strategy.tile_sizes)
    info = TranslationInfoAttr.of(strategy.pipeline)
    return set_configuration(ctx, module, found, config, info)


def set_configuration(
    ctx: CompilerContext,
    module: ModuleOp,
    found: Configurable,
    config: LoweringConfigAttr,
    info: TranslationInfoAttr,
) -> None:
    """Writes the two attributes and the workgroup count that follows from them."""
    func, root = found.func, found.root
    with rewriting(ctx, "SetLoweringConfig", root.op) as rewriter:
        root.op.attributes[LOWERING_CONFIG] = config
        rewriter.notify_op_modified(root.op)
    with rewriting(ctx, "SetTranslationInfo", func) as rewriter:
        func.attributes[TRANSLATION_INFO] = info
        rewriter.notify_op_modified(func)
    if info.untiled:
        view = structured(root.op)
        assert view is not None
        nest = nest_tiles(view, root.extents, config, info)
        return fill_workgroup_count(ctx, module, func, [], nest)
    loops = distributed_loops(root, config.level(0), found.classes, info)
    return fill_workgroup_count(ctx, module, func, loops)


def fill_workgroup_count(
    ctx: CompilerContext,
    module: ModuleOp,
    func: FuncOp,
    loops: list[Distributed],
    nest: tuple[list[TileCount], int] | None = None,
) -> None:
    """The export's region: from the workload to the count in x, y and z; of loops that are tiled,
    or of a `nest` that workgroups share."""
    export = export_of(module, func.sym_name.data)
    if export is None or export.workgroup_count is None:
        return
    workload = workload_values(func)
    existing = export.workgroup_count
    arguments = len(workload)
    if existing.blocks:
        arguments = max(arguments, len(existing.block.args))
    block: Block = fresh_block(arguments)
    known: dict[SSAValue, SSAValue] = {v: block.args[i] for v, i in workload.items()}
    em = Emitter()

    def extent(value: Index) -> Index:
        rebuilt = rebuild(em, value, known)
        assert rebuilt is not None, "only such loops are distributed"
        return rebuilt

    info = translation_info_of(func)
    if nest is not None:
        counts_, size = nest
        tiles = [em.ceildiv(product(em, [extent(e) for e in c.extents]), c.tile) for c in counts_]
        made = invocation_workgroups(em, tiles, size)
    else:
        tiles = [loop.count(em, extent(loop.extent)) for loop in loops]
        if info is not None and info.workgroup_size:
            made = invocation_workgroups(em, tiles, tiles_a_workgroup(info))
        else:
            made = workgroup_counts(em, tiles)
    counts = [em.const(count) for count in made]
    block.add_ops(em.take())
    block.add_op(ReturnOp(*counts))
    with rewriting(ctx, "SetWorkgroupCount", export) as rewriter:
        for old in list(existing.blocks):
            existing.erase_block(old)
        existing.add_block(block)
        for op in block.ops:
            ctx.provenance.derive(op, export, func, reason="SetWorkgroupCount")
        rewriter.notify_op_modified(export)


_MOVERS = ("tensor.pad", "tensor.insert_slice", "tensor.concat")


def find_root(func: FuncOp) -> Operation | None:
    """The op whose tile sizes decide: one of iree_linalg_ext, else a contraction, else the largest
    reduction, else the last op that computes a tensor, else a store."""
    for op in func.body.block.ops:
        if isinstance(op, LinalgExtOp):
            return op
    views = [v for v in map(structured, func.body.block.ops) if v is not None]
    contractions = [v for v in views if is_contraction(v)]
    if contractions:
        return max(contractions, key=_iterations).op
    reductions = [v for v in views if v.reductions]
    if reductions:
        return max(reductions, key=_iterations).op
    for op in reversed(list(func.body.block.ops)):
        computes = structured(op) is not None or op.name in _MOVERS
        if computes and any(isinstance(r.type, TensorType) for r in op.results):
            return op
    stores = [op for op in func.body.block.ops if isinstance(op, DispatchTensorStoreOp)]
    return stores[-1] if stores else None


def is_weight(module: ModuleOp, value: SSAValue) -> bool:
    """Whether every dispatch binds a constant to what an inner module loads `value` from."""
    load = value.owner
    subspan = load.source.owner if isinstance(load, DispatchTensorLoadOp) else None
    variant = variant_of(module)
    executable = variant.parent_op() if variant is not None else None
    if not isinstance(subspan, InterfaceBindingSubspanOp) or not isinstance(
        executable, ExecutableOp
    ):
        return False
    number, name = cast(IntegerAttr, subspan.binding).value.data, executable.sym_name.data
    program = executable.parent_op()
    if program is None:
        return False
    constants = {
        op.sym_name.data
        for op in program.walk()
        if isinstance(op, GlobalOp) and op.is_mutable is None
    }
    sources = [
        op.bindings[number].owner
        for op in program.walk()
        if isinstance(op, CmdDispatchOp) and op.entry_point.root_reference.data == name
    ]
    return bool(sources) and all(
        isinstance(s, GlobalLoadOp) and s.global_.root_reference.data in constants for s in sources
    )


def _share(found: Configurable) -> float:
    """How much of the work of all products in the dispatch is the root's."""
    root = structured(found.root.op)
    if root is None or not is_contraction(root):
        return 1.0
    views = [v for v in map(structured, found.func.body.block.ops) if v is not None]
    return _iterations(root) / sum(_iterations(v) for v in views if is_contraction(v))


def _iterations(view: Structured) -> int:
    total = 1
    for loop in range(view.num_loops):
        total *= view.static_extent(loop) or 256
    return total
