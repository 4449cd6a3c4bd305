# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One workgroup's share of a dispatch: every op on a tile, addressed by the workgroup's id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.dialects.func import FuncOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore.codegen.dialect import translation_info_of
from iree_explore.codegen.dims import DimClasses, Node
from iree_explore.codegen.distribution import (
    configured_root,
    describe_root,
    distributed_loops,
    invocation_tiles,
    tile_numbers,
    tiles_a_workgroup,
)
from iree_explore.codegen.emitter import Emitter, Index
from iree_explore.codegen.tiler import Tiler
from iree_explore.context import CompilerContext
from iree_explore.flow.dialect import DispatchTensorLoadOp
from iree_explore.hal.dialect import InterfaceWorkgroupIDOp
from iree_explore.provenance import rewriting


@dataclass(frozen=True)
class TileAndDistribute(ModulePass):
    """Computes only the tile of one workgroup, with all producers and consumers pulled into it.

    Before:

    ```mlir
    func.func @entry() {
      %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<100xf32>>
      %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : !iree_tensor_ext.dispatch.tensor<writeonly:tensor<100xf32>>
      %2 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0], sizes = [100], strides = [1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<100xf32>> -> tensor<100xf32>
      %3 = tensor.empty() : tensor<100xf32>
      %4 = linalg.exp ins(%2 : tensor<100xf32>) outs(%3 : tensor<100xf32>) attrs = {lowering_config = #iree_codegen.lowering_config<tile_sizes = [[32]]>} -> tensor<100xf32>
      iree_tensor_ext.dispatch.tensor.store %4, %1, offsets = [0], sizes = [100], strides = [1] : tensor<100xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<100xf32>>
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @entry() {
        %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<100xf32>>
        %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : !iree_tensor_ext.dispatch.tensor<writeonly:tensor<100xf32>>
        %2 = arith.constant 32 : index
        %3 = arith.constant 3 : index
        %4 = arith.constant 4 : index
        %5 = hal.interface.workgroup.id dimension(0 : index) : index
        %6 = arith.muli %5, %2 : index
        %7 = arith.cmpi eq, %5, %3 : index
        %8 = arith.select %7, %4, %2 : index
        %9 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [%6], sizes = [%8], strides = [1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<100xf32>> -> tensor<?xf32>
        %10 = tensor.empty(%8) : tensor<?xf32>
        %11 = linalg.exp ins(%9 : tensor<?xf32>) outs(%10 : tensor<?xf32>) attrs =  {lowering_config = #iree_codegen.lowering_config<tile_sizes = [[32]]>} -> tensor<?xf32>
        iree_tensor_ext.dispatch.tensor.store %11, %1, offsets = [%6], sizes = [%8], strides = [1] : tensor<?xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<100xf32>>
        func.return
      }
    }
    ```
    """  # noqa: E501

    name = "executable-targets-tile-and-distribute"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for func in list(op.body.block.ops):
            if isinstance(func, FuncOp):
                tile_function(cast(CompilerContext, ctx), func)


def tile_function(ctx: CompilerContext, func: FuncOp) -> None:
    """Replaces all tensor ops of `func` by their tiles."""
    block = func.body.block
    classes = DimClasses(block)
    tiler = Tiler()
    tiles = _tiles(func, classes, tiler)
    for store in classes.stores:
        sizes = tiler.sizes(store.value)
        offsets: list[Index] = [0] * len(sizes)
        for dim in range(len(sizes)):
            tile = tiles.get(classes.find((store.value, dim)))
            if tile is not None:
                offsets[dim], sizes[dim] = tile
        tiler.store(store, offsets, sizes)
    old = _tensor_ops(func)
    anchor = block.last_op
    assert anchor is not None
    _resolve_dims(func, tiler)
    root = old[-1] if old else anchor
    _insert(ctx, tiler, anchor, root)
    dead = [op for op in old if not isinstance(op, ModuleOp)]
    if dead:
        with rewriting(ctx, "TileAndDistribute", *dead) as rewriter:
            for op in reversed(dead):
                rewriter.erase(op)


def _tiles(func: FuncOp, classes: DimClasses, tiler: Tiler) -> dict[Node, tuple[Index, Index]]:
    """Offset and size of this workgroup's tile, by class of dimension."""
    chosen = configured_root(func)
    if chosen is None:
        return {}
    op, config = chosen
    root = describe_root(op, tiler)
    info = translation_info_of(func)
    loops = distributed_loops(root, config.level(0), classes, info)
    em = tiler.em
    if info is not None and info.workgroup_size:
        if info.untiled:
            return {}
        numbers = invocation_tiles(em, loops, tiles_a_workgroup(info))
    else:
        numbers = tile_numbers(em, loops, _workgroup_ids(em, len(loops)))
    tiles: dict[Node, tuple[Index, Index]] = {}
    for loop, number in zip(loops, numbers, strict=True):
        offset = em.muli(number, loop.tile)
        tiles[loop.node] = (offset, loop.size(em, number, offset))
    return tiles


def _workgroup_ids(em: Emitter, loops: int) -> list[Index]:
    """This workgroup's place in x, y and z, as far as `loops` loops need them."""
    ids: list[Index] = []
    for dimension in range(min(3, loops)):
        ids.append(em.add(cast(Any, InterfaceWorkgroupIDOp)(dimension)).results[0])
    return ids + [0] * (3 - len(ids))


def _tensor_ops(func: FuncOp) -> list[Operation]:
    """Ops that the tiles replace: all on tensors."""
    return [
        op
        for op in func.body.block.ops
        if any(isinstance(v.type, TensorType) for v in (*op.operands, *op.results))
        or isinstance(op, DispatchTensorLoadOp)
    ]


def _resolve_dims(func: FuncOp, tiler: Tiler) -> None:
    """Scalars read from tensors outside linalg bodies now read from tiles of the whole tensor."""
    for op in func.body.block.ops:
        scalar = not any(isinstance(r.type, TensorType) for r in op.results)
        if scalar and op.name in ("tensor.dim", "tensor.extract") and op.results[0].uses:
            if op.name == "tensor.dim":
                index = op.operands[1].owner
                number = index.value.value.data  # pyright: ignore
                op.results[0].replace_all_uses_with(
                    tiler.em.const(tiler.sizes(op.operands[0])[number])
                )
            else:
                copy = op.clone({op.operands[0]: tiler.whole(op.operands[0])})
                tiler.add(copy)
                op.results[0].replace_all_uses_with(copy.results[0])


def _insert(ctx: CompilerContext, tiler: Tiler, anchor: Operation, root: Operation) -> None:
    """Puts the tiles before `anchor`, each as a rewrite of the op that it is a tile of."""
    run: list[Operation] = []
    source = root

    def flush() -> None:
        if run:
            at = InsertPoint.before(anchor)
            with rewriting(ctx, "TileOp", source, at=at) as rewriter:
                rewriter.insert(run)
            run.clear()

    for op in tiler.em.take():
        origin = tiler.sources.get(op, source)
        if origin is not source:
            flush()
            source = origin
        run.append(op)
    flush()
