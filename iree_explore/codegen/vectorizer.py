# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Replaces groups of linalg ops on buffers by loops of vector code; the two vectorize passes use
it."""

from __future__ import annotations

from collections.abc import Callable

from xdsl.dialects import arith, memref
from xdsl.dialects.builtin import IntegerAttr, ModuleOp
from xdsl.dialects.func import FuncOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint

from iree_explore.codegen.bounds import known_values
from iree_explore.codegen.dialect import (
    INVOCATIONS,
    LOWERING_CONFIG,
    SCALAR,
    LocalMemoryOp,
    LoweringConfigAttr,
    translation_info_of,
)
from iree_explore.codegen.emitter import Emitter, Index
from iree_explore.codegen.groups import Group, Memory, after_root, build_stages, collect_groups
from iree_explore.codegen.nest import Nest, Stage
from iree_explore.codegen.plan import Plan, VectorTarget, make_plan, scalar_plan
from iree_explore.codegen.structured import combiners, structured
from iree_explore.codegen.target import vector_target
from iree_explore.context import CompilerContext
from iree_explore.linalg.selections import selection
from iree_explore.provenance import rewriting
from iree_explore.walk import walk


def vectorize_groups(
    ctx: CompilerContext, module: ModuleOp, name: str, wanted: Callable[[Group], bool]
) -> None:
    """Vectorises the groups that `wanted` chooses, in every block that holds linalg ops."""
    target = vector_target(module)
    for func in module.body.block.ops:
        if not isinstance(func, FuncOp):
            continue
        info = translation_info_of(func)
        scalar = info is not None and info.pipeline.data in (SCALAR, INVOCATIONS)
        for block in linalg_blocks(func):
            memory = Memory()
            groups = [group for group in collect_groups(block) if wanted(group)]
            while groups:
                group = groups.pop(0)
                em = Emitter()
                stages = build_stages(group, memory, em)
                extents = [loop_extent(stages[0], d) for d in range(group.root.num_loops)]
                plan = scalar_plan(group.root) if scalar else _plan(group, extents, target)
                if plan.streamed and group.followers:  # they wait for the whole reduction
                    groups[:0] = after_root(group, memory)
                    continue
                Nest(em, stages, extents, plan).emit()
                last = group.ops[-1]
                ops = group.ops
                with rewriting(ctx, name, *ops, at=InsertPoint.before(last)) as rewriter:
                    rewriter.insert(em.take())
                    for op in reversed(ops):
                        rewriter.erase(op)
        erase_dead_views(ctx, name, func)


def _tile(group: Group) -> list[int] | None:
    config = group.root.op.attributes.get(LOWERING_CONFIG)
    return config.level(1) if isinstance(config, LoweringConfigAttr) else None


def _plan(group: Group, extents: list[Index], target: VectorTarget) -> Plan:
    """How the root of a group becomes loops of vectors."""
    static = [max(known_values(e), default=None) for e in extents]
    plan = make_plan(group.root, static, target, _tile(group))
    in_order = plan.vector not in plan.reduction or _begins_first(group)
    return plan if in_order else scalar_plan(group.root)


def _begins_first(group: Group) -> bool:
    """Whether what a reduction begins with comes before all elements, where it chooses by their
    position: lanes, which begin with it as well, then agree on the same element."""
    root = group.root
    if combiners(root) is not None:
        return True
    chosen = selection(root.body, len(root.inputs), root.parallel)
    if chosen is None or chosen.position is None:
        return chosen is not None
    fill = group.fills.get(chosen.position)
    start = None if fill is None else fill.operands[0].owner
    number = start.value if isinstance(start, arith.ConstantOp) else None
    return isinstance(number, IntegerAttr) and number.value.data <= 0


def linalg_blocks(func: FuncOp) -> list[Block]:
    """Blocks with linalg ops directly in them."""
    found: list[Block] = []
    for op in walk(func):
        if op.parent is not None and op.parent not in found and structured(op) is not None:
            found.append(op.parent)
    return found


def loop_extent(stage: Stage, loop: int) -> Index:
    """Trip count of a loop of the root, from the sizes of the views it indexes."""
    static = stage.op.static_extent(loop)
    if static is not None:
        return static
    operand, position = stage.op.loop_source(loop)
    view = stage.accesses[operand].view
    assert view is not None
    return view.sizes[position]


_VIEWS = frozenset[type]({memref.SubviewOp, LocalMemoryOp})


def erase_dead_views(ctx: CompilerContext, name: str, func: FuncOp) -> None:
    """Subviews and local buffers that nothing uses any more."""
    dead: list[Operation] = []
    for op in reversed(walk(func)):
        if type(op) in _VIEWS and not _used(op.results[0], dead):
            dead.append(op)
    if dead:
        with rewriting(ctx, name, *dead) as rewriter:
            for op in dead:
                rewriter.erase(op)


def _used(value: SSAValue, dead: list[Operation]) -> bool:
    return any(use.operation not in dead for use in value.uses)
