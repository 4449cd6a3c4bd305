# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Copies the panel of a contraction's right-hand side that a workgroup uses into local memory."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, DenseArrayBase, ModuleOp, TensorType, i32
from xdsl.dialects.func import FuncOp
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore.codegen.bounds import few, static_bound
from iree_explore.codegen.dialect import (
    LOWERING_CONFIG,
    LoweringConfigAttr,
    PanelsAttr,
    translation_info_of,
)
from iree_explore.codegen.emitter import Emitter, Index
from iree_explore.codegen.passes.pack_constant_operands import packed_shape
from iree_explore.codegen.slicing import slice_op, static
from iree_explore.codegen.structured import (
    Structured,
    is_contraction,
    iterator_types,
    map_attributes,
    structured,
)
from iree_explore.codegen.target import cpu_of
from iree_explore.codegen.tiler import Tiler
from iree_explore.codegen.views import mixed
from iree_explore.codegen.words import dot_of, form_dot
from iree_explore.context import CompilerContext
from iree_explore.flow.dialect import DispatchTensorLoadOp, DispatchTensorType
from iree_explore.hal.dialect import InterfaceBindingSubspanOp
from iree_explore.provenance import rewriting
from iree_explore.targets.llvm_cpu.dot_instructions import kinds

MAX_PANEL = 1 << 18
"""Elements up to which a panel whose depth only a call knows has local memory for all it may be."""


@dataclass(frozen=True)
class PackOperands(ModulePass):
    """Makes the columns of a panel contiguous where many rows use it.

    Before:

    ```mlir
    func.func @entry() {
      %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<64x8xf32>>
      %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8x32xf32>>
      %2 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(2 : index) : !iree_tensor_ext.dispatch.tensor<writeonly:tensor<64x16xf32>>
      %3 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0, 0], sizes = [64, 8], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<64x8xf32>> -> tensor<64x8xf32>
      %4 = iree_tensor_ext.dispatch.tensor.load %1, offsets = [0, 0], sizes = [8, 16], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8x32xf32>> -> tensor<8x16xf32>
      %5 = tensor.empty() : tensor<64x16xf32>
      %6 = linalg.matmul {lowering_config = #iree_codegen.lowering_config<tile_sizes = [[64, 16, 0], [8, 16, 0]]>} ins(%3, %4 : tensor<64x8xf32>, tensor<8x16xf32>) outs(%5 : tensor<64x16xf32>) -> tensor<64x16xf32>
      iree_tensor_ext.dispatch.tensor.store %6, %2, offsets = [0, 0], sizes = [64, 16], strides = [1, 1] : tensor<64x16xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<64x16xf32>>
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @entry() {
        %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<64x8xf32>>
        %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8x32xf32>>
        %2 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(2 : index) : !iree_tensor_ext.dispatch.tensor<writeonly:tensor<64x16xf32>>
        %3 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0, 0], sizes = [64, 8], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<64x8xf32>> -> tensor<64x8xf32>
        %4 = iree_tensor_ext.dispatch.tensor.load %1, offsets = [0, 0], sizes = [8, 16], strides = [1, 1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<8x32xf32>> -> tensor<8x16xf32>
        %5 = tensor.empty() : tensor<64x16xf32>
        %6 = tensor.empty() : tensor<8x16xf32>
        %7 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%4 : tensor<8x16xf32>) outs(%6 : tensor<8x16xf32>) {
        ^bb0(%8: f32, %9: f32):
          linalg.yield %8 : f32
        } -> tensor<8x16xf32>
        %10 = linalg.matmul {lowering_config = #iree_codegen.lowering_config<tile_sizes = [[64, 16, 0], [8, 16, 0]]>} ins(%3, %7 : tensor<64x8xf32>, tensor<8x16xf32>) outs(%5 : tensor<64x16xf32>) -> tensor<64x16xf32>
        iree_tensor_ext.dispatch.tensor.store %10, %2, offsets = [0, 0], sizes = [64, 16], strides = [1, 1] : tensor<64x16xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<64x16xf32>>
        func.return
      }
    }
    ```
    """  # noqa: E501

    name = "executable-targets-pack-operands"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for func in list(op.body.block.ops):
            if not isinstance(func, FuncOp):
                continue
            info = translation_info_of(func)
            if info is not None and not info.enabled("enable_packing"):
                continue
            for inner in list(func.body.block.ops):
                view = structured(inner)
                if view is not None and is_contraction(view):
                    context = cast(CompilerContext, ctx)
                    panel = read_panel(context, view)
                    if not form_words(context, op, panel or view) and panel is None:
                        pack(context, view)


def form_words(ctx: CompilerContext, module: ModuleOp, view: Structured) -> bool:
    """Dot products of words, if the configuration says that an instruction takes some iterations of
    a reduction; returns whether they were formed."""
    config = view.op.attributes.get(LOWERING_CONFIG)
    level = config.level(1) if isinstance(config, LoweringConfigAttr) else []
    if not any(size > 1 and not p for size, p in zip(level, view.parallel, strict=False)):
        return False
    extents = [e if isinstance(e, int) else None for e in Tiler().extents(view)]
    dot = dot_of(view, extents, kinds(cpu_of(module)))
    return dot is not None and form_dot(ctx, view, dot)


def read_panel(ctx: CompilerContext, view: Structured) -> Structured | None:
    """Reads the panel of an operand that is stored as panels (`pack_constant_operands`) from where
    it is; returns the product that does, None if there is no panel."""
    for index, value in enumerate(view.inputs):
        load = value.owner
        if not isinstance(load, DispatchTensorLoadOp):
            continue
        source = cast(DispatchTensorType, load.source.type)
        bound = source.bound_type
        if not isinstance(bound.encoding, PanelsAttr):
            continue
        dim, width = bound.encoding.dim.data, bound.encoding.width.data
        em = Emitter()
        offsets = mixed(load.static_offsets.get_values(), list(load.offsets))
        sizes = mixed(load.static_sizes.get_values(), list(load.sizes))
        panel, columns = em.divi(offsets.pop(dim), width), sizes.pop(dim)
        subspan = cast(InterfaceBindingSubspanOp, load.source.owner)
        memory = TensorType(bound.element_type, packed_shape(bound))
        place = InterfaceBindingSubspanOp.build(
            operands=[[]],
            properties=subspan.properties,
            result_types=[DispatchTensorType(source.access, memory)],
        )
        tile = TensorType(bound.element_type, static([*sizes, columns]))
        new = slice_op(
            DispatchTensorLoadOp,
            [place.result],
            [],
            [panel, *offsets, 0],
            [1, *sizes, columns],
            [1] * (len(sizes) + 2),
            [tile],
        )
        results = list(view.maps[index].results)
        results.append(results.pop(dim))
        map_ = AffineMap(view.maps[index].num_dims, 0, tuple(results))
        with rewriting(ctx, "ReadPanel", load, view.op) as rewriter:
            rewriter.insert([place, *em.take(), new], InsertPoint.before(load))
            op = with_operand(view, index, new.results[0], map_)
            rewriter.replace(view.op, op)
            rewriter.erase(load)
            if not subspan.result.first_use:
                rewriter.erase(subspan)
        return structured(op)
    return None


def pack(ctx: CompilerContext, view: Structured) -> None:
    """Packs the operand that has the column loop, if that pays."""
    config = view.op.attributes.get(LOWERING_CONFIG)
    last = view.output_maps[0].results[-1:]
    if not isinstance(config, LoweringConfigAttr) or not config.level(1):
        return
    if not last or not isinstance(last[0], AffineDimExpr):
        return
    column = last[0].position
    operand = _packed_operand(view, column)
    tiler = Tiler()
    if operand is None or not _pays(view, operand, column, tiler.extents(view)):
        return
    value, map_ = view.inputs[operand], view.maps[operand]
    dims = [expr.position for expr in map_.results if isinstance(expr, AffineDimExpr)]
    order = [d for d in dims if d != column] + [column]
    known = tiler.sizes(value)
    sizes: list[Index] = [known[dims.index(d)] for d in order]
    bounds = [static_bound(size) for size in sizes]
    if None in bounds:
        return
    most = math.prod(bound or 0 for bound in bounds)
    if most > MAX_PANEL and any(isinstance(size, SSAValue) for size in sizes[:-1]):
        return
    with rewriting(ctx, "PackOperand", view.op) as rewriter:
        shape = [size if isinstance(size, int) else DYNAMIC_INDEX for size in sizes]
        element = cast(TensorType, value.type).element_type
        dynamic = [size for size in sizes if isinstance(size, SSAValue)]
        empty = tensor.EmptyOp(dynamic, TensorType(element, shape))
        block = Block(arg_types=[element, element])
        block.add_op(linalg.YieldOp(block.args[0]))
        rank = len(order)
        source = AffineMap(rank, 0, tuple(AffineDimExpr(order.index(d)) for d in dims))
        copy = linalg.GenericOp(
            [value],
            [empty.tensor],
            Region(block),
            map_attributes([source, AffineMap.identity(rank)]),
            iterator_types([True] * rank),
            [empty.tensor.type],
        )
        rewriter.insert([empty, copy])
        rewriter.replace(
            view.op, with_operand(view, operand, copy.res[0], AffineMap(
                map_.num_dims, 0, tuple(AffineDimExpr(d) for d in order)))
        )  # fmt: skip


def with_operand(view: Structured, index: int, value: SSAValue, map_: AffineMap) -> Operation:
    """The op reading another value; it keeps its name if the map stays."""
    op = view.op
    operands = list(view.operands)
    operands[index] = value
    if map_ == view.maps[index]:
        return type(op).create(
            operands=operands,
            result_types=[r.type for r in op.results],
            properties=op.properties,
            attributes=op.attributes,
            regions=[op.regions[0].clone()],
        )
    maps = list(view.maps)
    maps[index] = map_
    segments = [len(view.inputs), len(view.outputs)]
    return linalg.GenericOp.create(
        operands=operands,
        result_types=[r.type for r in op.results],
        properties={
            "indexing_maps": map_attributes(maps),
            "iterator_types": iterator_types(view.parallel),
            "operandSegmentSizes": DenseArrayBase.from_list(i32, segments),
        },
        attributes=op.attributes,
        regions=[op.regions[0].clone()],
    )


def _packed_operand(view: Structured, column: int) -> int | None:
    having = [i for i in range(len(view.inputs)) if column in view.maps[i].used_dims()]
    if len(having) != 1:
        return None
    map_ = view.maps[having[0]]
    if not all(isinstance(e, AffineDimExpr) for e in map_.results):
        return None
    return having[0]


def _pays(view: Structured, operand: int, column: int, extents: list[Index]) -> bool:
    """Many rows use the panel, and as it lies it is either strided or scattered over many lines."""
    map_ = view.maps[operand]
    used = map_.used_dims()
    rows = 1
    for loop, parallel in enumerate(view.parallel):
        if parallel and loop not in used:
            extent = extents[loop]
            most = static_bound(extent) if isinstance(extent, int) or few(extent) else None
            rows *= 256 if most is None else most
    last = map_.results[-1]
    contiguous = isinstance(last, AffineDimExpr) and last.position == column
    if not contiguous:
        return rows >= 16
    owner = view.inputs[operand].owner
    if not isinstance(owner, DispatchTensorLoadOp):
        return False
    source = owner.source.type
    assert isinstance(source, DispatchTensorType)
    stride = source.bound_type.get_shape()[-1]
    width = cast(TensorType, view.inputs[operand].type).get_shape()[-1]
    return rows >= 32 and stride != width
