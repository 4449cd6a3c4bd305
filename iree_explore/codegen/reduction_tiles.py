# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Cuts the reduction of a product on buffers where its configuration says so.

A panel that few rows use is not packed: its columns are read where they are. Reading a narrow
stripe of them from top to bottom touches another page in each row; so some rows of the matrix are
read over the whole width, then the next ones, and the sums wait in cache meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from xdsl.dialects import memref
from xdsl.dialects.builtin import MemRefType, ModuleOp
from xdsl.dialects.func import FuncOp
from xdsl.ir import Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr
from xdsl.rewriter import InsertPoint

from iree_explore.codegen.dialect import LOWERING_CONFIG, DotOp, LoweringConfigAttr
from iree_explore.codegen.emitter import Emitter, Index
from iree_explore.codegen.structured import Structured, is_contraction, structured
from iree_explore.codegen.views import resolve
from iree_explore.context import CompilerContext
from iree_explore.provenance import rewriting


def tile_reductions(ctx: CompilerContext, module: ModuleOp) -> None:
    """Products whose level 1 has a size for a reduction become loops around smaller products."""
    for func in module.body.block.ops:
        if not isinstance(func, FuncOp):
            continue
        for view, loop, size in list(_tiled(func)):
            em = Emitter()
            _loop(em, view, loop, size)
            with rewriting(
                ctx, "TileReduction", view.op, at=InsertPoint.before(view.op)
            ) as rewriter:
                rewriter.insert(em.take())
                rewriter.erase(view.op)


def _tiled(func: FuncOp) -> Iterator[tuple[Structured, int, int]]:
    """Products with the reduction to cut, and by how much."""
    for op in func.body.block.ops:
        config, view = op.attributes.get(LOWERING_CONFIG), structured(op)
        if view is None or not isinstance(config, LoweringConfigAttr) or not is_contraction(view):
            continue
        if any(isinstance(inner, DotOp) for inner in view.body.ops):
            continue  # what is left of it is what one instruction takes
        for loop, size in enumerate(config.level(1)):
            if size and not view.parallel[loop] and cuttable(view, loop):
                yield view, loop, size


def cuttable(view: Structured, loop: int) -> bool:
    """Whether slices of the operands are what a part of a loop reads: it is a dimension of them."""
    return all(
        expr == AffineDimExpr(loop)
        or loop not in {getattr(e, "position", None) for e in expr.dfs()}
        for map_ in view.maps
        for expr in map_.results
    )


def _loop(em: Emitter, view: Structured, loop: int, size: int) -> None:
    extent = _extent(em, view, loop)
    whole: Index = em.subi(extent, em.remi(extent, size))
    with em.loop(0, whole, size, [], unroll="disable") as (position, _):
        em.add(_part(em, view, loop, position, size))
    rest = em.subi(extent, whole)
    if rest != 0:
        em.add(_part(em, view, loop, whole, rest))


def _extent(em: Emitter, view: Structured, loop: int) -> Index:
    static = view.static_extent(loop)
    if static is not None:
        return static
    operand, dim = view.loop_source(loop)
    return resolve(view.operands[operand], em).sizes[dim]


def _part(em: Emitter, view: Structured, loop: int, start: Index, size: Index) -> Operation:
    """The product over `size` iterations from `start` on."""
    operands: list[SSAValue] = []
    for value, map_ in zip(view.operands, view.maps, strict=True):
        if loop not in map_.used_dims() or not isinstance(value.type, MemRefType):
            operands.append(value)
            continue
        sizes = list(resolve(value, em).sizes)
        offsets: list[Index] = [0] * len(sizes)
        dim = map_.results.index(AffineDimExpr(loop))
        offsets[dim], sizes[dim] = start, size
        ones = [1] * len(sizes)
        type_ = memref.SubviewOp.infer_result_type(
            cast(MemRefType, value.type), offsets, sizes, ones
        )
        operands.append(em.add(memref.SubviewOp.get(value, offsets, sizes, ones, type_)).results[0])
    op = view.op
    config = cast(LoweringConfigAttr, op.attributes[LOWERING_CONFIG])
    levels = [config.level(0), [0 if d == loop else n for d, n in enumerate(config.level(1))]]
    return type(op).create(
        operands=operands,
        properties=op.properties,
        attributes={**op.attributes, LOWERING_CONFIG: LoweringConfigAttr.of(levels)},
        regions=[op.regions[0].clone()],
    )
