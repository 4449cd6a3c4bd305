# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The nests of a workgroup as code of its invocations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import MemRefType, ModuleOp
from xdsl.dialects.func import FuncOp
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore.codegen.dialect import (
    COOPERATIVE,
    FLAT,
    LOWERING_CONFIG,
    PROMOTED,
    ROWS,
    TRANSPOSED,
    LocalMemoryOp,
    LoweringConfigAttr,
    TranslationInfoAttr,
    translation_info_of,
)
from iree_explore.codegen.emitter import Emitter
from iree_explore.codegen.gpu import grid
from iree_explore.codegen.gpu.contraction import ContractionLoops, Tiles
from iree_explore.codegen.gpu.cooperative import COOPERATIVE_PRODUCT, product_attribute
from iree_explore.codegen.gpu.flat import FlatNest
from iree_explore.codegen.gpu.promoted import PromotedContraction
from iree_explore.codegen.gpu.rows import WorkgroupNest
from iree_explore.codegen.gpu.transposed import TransposedNest, transposed_loops
from iree_explore.codegen.groups import Group, Memory, build_stages, collect_groups
from iree_explore.codegen.nest import Stage
from iree_explore.codegen.vectorizer import erase_dead_views, linalg_blocks, loop_extent
from iree_explore.context import CompilerContext
from iree_explore.errors import InternalError
from iree_explore.provenance import rewriting

_PIPELINES = (FLAT, PROMOTED, COOPERATIVE, TRANSPOSED, ROWS)


@dataclass(frozen=True)
class DistributeToInvocations(ModulePass):
    """Writes each nest as what one invocation of a workgroup does of it.

    Before:

    ```mlir
    func.func @entry() attributes {translation_info = #iree_codegen.translation_info<pipeline = SPIRVBaseVectorize, {workgroup_size = [256 : index, 1 : index, 1 : index]}>} {
      %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : memref<20xf32>
      %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : memref<20xf32>
      linalg.exp ins(%0 : memref<20xf32>) outs(%1 : memref<20xf32>) attrs = {lowering_config = #iree_codegen.lowering_config<tile_sizes = [[0], [4]]>}
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @entry() attributes {translation_info = #iree_codegen.translation_info<pipeline = SPIRVBaseVectorize, {workgroup_size = [256 : index, 1 : index, 1 : index]}>} {
        %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : memref<20xf32>
        %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : memref<20xf32>
        %2 = arith.constant 256 : index
        %3 = arith.constant 5 : index
        %4 = arith.constant 4 : index
        %5 = hal.interface.workgroup.id dimension(0 : index) : index
        %6 = hal.interface.workgroup.id dimension(1 : index) : index
        %7 = hal.interface.workgroup.count dimension(0 : index) : index
        %8 = arith.muli %6, %7 : index
        %9 = arith.addi %8, %5 : index
        %10 = arith.muli %9, %2 : index
        %11 = "gpu.thread_id"() <{dimension = #gpu<dim x>}> : () -> index
        %12 = arith.addi %10, %11 : index
        iree_codegen.invocation_guard %12 below %3
        %13 = arith.muli %12, %4 : index
        %14 = vector.load %0[%13] : memref<20xf32>, vector<4xf32>
        %15 = math.exp %14 : vector<4xf32>
        vector.store %15, %1[%13] : memref<20xf32>, vector<4xf32>
        func.return
      }
    }
    ```
    """  # noqa: E501

    name = "executable-targets-distribute-to-invocations"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for func in list(op.body.block.ops):
            if isinstance(func, FuncOp):
                info = translation_info_of(func)
                if info is not None and info.pipeline.data in _PIPELINES:
                    distribute(cast(CompilerContext, ctx), func, info)


def distribute(ctx: CompilerContext, func: FuncOp, info: TranslationInfoAttr) -> None:
    """Replaces all nests of an entry function. Raises `InternalError` IX201 where one nest was
    expected and several are left."""
    blocks = linalg_blocks(func)
    groups = collect_groups(blocks[0]) if blocks else []
    if len(blocks) > 1 or (info.untiled and len(groups) != 1):
        raise InternalError(
            "IX201", f"kernel {func.sym_name.data}: {len(groups)} nests where one is expected"
        )
    memory = Memory()
    for number, group in enumerate(groups):
        em = Emitter()
        _emit(em, func, group, memory, info)
        if number + 1 < len(groups):
            grid.barrier(em, buffers=_stores_to_bindings(group, memory))
        ops = group.ops
        with rewriting(ctx, "DistributeNest", *ops, at=InsertPoint.before(ops[-1])) as rewriter:
            rewriter.insert(em.take())
            for op in reversed(ops):
                rewriter.erase(op)
    erase_dead_views(ctx, "DistributeToInvocations", func)


def _emit(
    em: Emitter, func: FuncOp, group: Group, memory: Memory, info: TranslationInfoAttr
) -> None:
    """The code of one nest."""
    stages = build_stages(group, memory, em)
    root = group.root
    extents = [loop_extent(stages[0], d) for d in range(root.num_loops)]
    config = root.op.attributes.get(LOWERING_CONFIG)
    size = info.workgroup_size[0]
    if not info.untiled:
        return WorkgroupNest(em, stages, extents, size).emit()
    _forget_unread(stages)
    assert isinstance(config, LoweringConfigAttr)
    if info.pipeline.data in (PROMOTED, COOPERATIVE):
        loops = ContractionLoops.of(root)
        assert loops is not None
        tiles = Tiles.read([config.level(n) for n in range(3)], loops)
        product = None
        if info.pipeline.data == COOPERATIVE:
            product = product_attribute(stages, loops, tiles)
        if product is not None:
            func.attributes[COOPERATIVE_PRODUCT] = product
        return PromotedContraction(em, stages, extents, tiles).emit()
    if info.pipeline.data == TRANSPOSED:
        pair = transposed_loops([stage.op for stage in stages], extents)
        assert pair is not None
        tile = config.level(0)[pair[0]]
        return TransposedNest(em, stages, extents, pair, tile).emit(size)
    if info.pipeline.data == FLAT:
        lanes = config.level(1)
        vector = next((d for d, n in enumerate(lanes) if n), None)
        blocks = max([1, *config.level(2)])
        return FlatNest(em, stages, extents, vector).emit_in_grid(size, blocks)
    most = max([1, *config.level(0)])
    return WorkgroupNest(em, stages, extents, size, most).emit()


def _forget_unread(stages: list[Stage]) -> None:
    """Results that stay in local memory are read by nobody where there is but one nest."""
    for stage in stages:
        outputs = stage.accesses[len(stage.op.inputs) :]
        for number, access in enumerate(outputs):
            if access.view is not None and isinstance(access.view.base.owner, LocalMemoryOp):
                stage.stored[number] = False


def _stores_to_bindings(group: Group, memory: Memory) -> bool:
    """Whether a nest may write anything but memory of the workgroup."""
    views = [group.root, *group.followers]
    outputs = [v for view in views for v in view.outputs if isinstance(v.type, MemRefType)]
    return any(not isinstance(memory.view(v).base.owner, LocalMemoryOp) for v in outputs)
