# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Workgroups: which loops of the root op are cut, and how a workgroup's id becomes an offset.

Shared by the pass that fills the workgroup count of the export and the pass that tiles: both must
number tiles alike. The innermost distributed loop is x; loops beyond three share z.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType
from xdsl.dialects.func import FuncOp
from xdsl.ir import Block, Operation, SSAValue

from iree_explore.codegen.bounds import divisor
from iree_explore.codegen.dialect import (
    INVOCATIONS,
    LOWERING_CONFIG,
    LoweringConfigAttr,
    TranslationInfoAttr,
)
from iree_explore.codegen.dims import DimClasses, Node, rank_of
from iree_explore.codegen.emitter import Emitter, Index
from iree_explore.codegen.gpu import grid
from iree_explore.codegen.structured import is_contraction, structured
from iree_explore.codegen.tiler import Tiler
from iree_explore.flow.dialect import DispatchTensorStoreOp
from iree_explore.flow.util_dialect import AssumeIntOp
from iree_explore.hal.dialect import InterfaceConstantLoadOp
from iree_explore.linalg.ext_interface import LinalgExtOp

MOST_IN_X = 32_768
"""Workgroups in x: every device has 65,535."""


@dataclass
class Root:
    """The op that carries `lowering_config`: a node of `DimClasses` and an extent for each loop."""

    op: Operation
    nodes: list[Node]
    extents: list[Index]


def describe_root(op: Operation, tiler: Tiler) -> Root:
    """Loops of a linalg op; of any other op the dimensions of its result (or of what it stores)."""
    view = structured(op)
    if view is not None:
        nodes: list[Node] = [(op, loop) for loop in range(view.num_loops)]
        return Root(op, nodes, tiler.extents(view))
    if isinstance(op, LinalgExtOp):
        return Root(op, [(op, loop) for loop in range(op.num_loops)], tiler.ext_extents(op))
    value = op.value if isinstance(op, DispatchTensorStoreOp) else op.results[0]
    return Root(op, [(value, d) for d in range(rank_of(value))], tiler.sizes(value))


def configured_root(func: FuncOp) -> tuple[Operation, LoweringConfigAttr] | None:
    """The op that executable-configurations chose, with its configuration."""
    for op in func.body.block.ops:
        config = op.attributes.get(LOWERING_CONFIG)
        if isinstance(config, LoweringConfigAttr):
            return op, config
    return None


@dataclass(frozen=True)
class Distributed:
    """One loop that is cut: its class in `DimClasses`, extent and tile. With `absorbs` the last
    tile has the rest too, up to `2 * tile - 1`: no panel of a product is packed for a few rows."""

    node: Node
    extent: Index
    tile: int
    absorbs: bool = False

    def count(self, em: Emitter, extent: Index | None = None) -> Index:
        """How many tiles there are, of this extent or of the same value somewhere else."""
        extent = self.extent if extent is None else extent
        if not self.absorbs:
            return em.ceildiv(extent, self.tile)
        return em.maxi(em.divi(extent, self.tile), em.mini(extent, 1))

    def size(self, em: Emitter, number: Index, offset: Index) -> Index:
        """How much of the loop tile `number` has. One of two constants, where the extent is one:
        nests use that (`bounds.known_values`)."""
        if self.absorbs:
            last = em.divi(em.addi(number, 1), self.count(em))  # 1 for the last tile, else 0
            more = em.subi(em.subi(self.extent, offset), self.tile)
            return em.mini(em.addi(em.muli(last, more), self.tile), 2 * self.tile - 1)
        if not isinstance(self.extent, int):
            if self.tile > 1 and divisor(self.extent) % self.tile == 0:
                return self.tile
            return em.mini(em.subi(self.extent, offset), self.tile)
        last, rest = divmod(self.extent, self.tile)
        if rest == 0:
            return self.tile
        if isinstance(number, int) or last == 0:
            return min(self.tile, self.extent)
        return em.select(em.equal(number, last), em.const(rest), em.const(self.tile))


def distributed_loops(
    root: Root, tiles: list[int], classes: DimClasses, info: TranslationInfoAttr | None = None
) -> list[Distributed]:
    """Loops with a tile size, outermost first; none where `info` says that nests do it."""
    if info is not None and info.untiled:
        return []
    view = structured(root.op)
    product = view is not None and is_contraction(view) and not (info and info.workgroup_size)
    found = []
    for node, extent, tile in zip(root.nodes, root.extents, tiles, strict=True):
        if tile and classes.distributable(node):
            absorbs = product and not isinstance(extent, int) and divisor(extent) % tile != 0
            found.append(Distributed(classes.find(node), extent, tile, absorbs))
    return found


def workgroup_counts(em: Emitter, tiles: list[Index]) -> list[Index]:
    """Workgroups in x, y, z for how many tiles the distributed loops have, outermost first."""
    counts = list(reversed(tiles))
    while len(counts) < 3:
        counts.append(1)
    total: Index = 1
    for count in counts[2:]:
        total = em.muli(total, count)
    return [counts[0], counts[1], total]


def tile_numbers(em: Emitter, loops: list[Distributed], ids: list[Index]) -> list[Index]:
    """The tile of each distributed loop that a workgroup computes, in the loops' order."""
    inner_first: list[Index] = []
    for position, _ in enumerate(loops):
        if position < 2:
            inner_first.append(ids[position])
    rest = list(reversed(loops))[2:]
    remaining: Index = ids[2]
    for number, loop in enumerate(rest):
        if number == len(rest) - 1:
            inner_first.append(remaining)
        else:
            count = loop.count(em)
            inner_first.append(em.remi(remaining, count))
            remaining = em.divi(remaining, count)
    return list(reversed(inner_first))


def invocation_workgroups(em: Emitter, tiles: list[Index], size: int) -> list[Index]:
    """Workgroups of `size` invocations, one invocation a tile; more than `MOST_IN_X` go on in y."""
    total: Index = 1
    for count in tiles:
        total = em.muli(total, count)
    groups = em.ceildiv(total, size)
    in_x = em.mini(groups, MOST_IN_X)
    return [in_x, em.ceildiv(groups, MOST_IN_X), 1]


def tiles_a_workgroup(info: TranslationInfoAttr) -> int:
    """How many tiles the invocations of a workgroup have: one each, or one together."""
    return info.workgroup_size[0] if info.pipeline.data == INVOCATIONS else 1


def invocation_tiles(em: Emitter, loops: list[Distributed], size: int) -> list[Index]:
    """The tile of each distributed loop that an invocation computes, or with a `size` of 1 a
    workgroup; those without one end here."""
    number: Index = grid.workgroup(em)
    if size > 1:
        number = em.addi(em.muli(number, size), grid.thread(em))
    counts = [loop.count(em) for loop in loops]
    total: Index = 1
    for count in counts:
        total = em.muli(total, count)
    grid.guard(em, number, total)
    found: list[Index] = []
    for place, count in reversed(list(enumerate(counts))):
        found.append(number if place == 0 else em.remi(number, count))
        number = number if place == 0 else em.divi(number, count)
    return list(reversed(found))


def workload_values(func: FuncOp) -> dict[SSAValue, int]:
    """Index values of the entry function that are workload entries -> position in the workload.

    executable-sources passes them as pairs of u32 constants joined as `index_cast(ori(extui(low),
    shli(extui(high), 32)))`, in the order of the workload.
    """
    found: list[tuple[int, SSAValue]] = []
    for op in func.body.block.ops:
        if isinstance(op, arith.IndexCastOp) and isinstance(op.result.type, IndexType):
            ordinals = _constants_under(op.input)
            joined = op.prev_op is op.input.owner  # else the body casts an i64 of its own
            if ordinals is not None and len(ordinals) == 2 and joined:
                found.append((min(ordinals), op.result))
    return {value: i for i, (_, value) in enumerate(sorted(found, key=lambda f: f[0]))}


def _constants_under(value: SSAValue) -> list[int] | None:
    op = value.owner
    if isinstance(op, InterfaceConstantLoadOp):
        return [op.ordinal.value.data]
    if isinstance(op, arith.ConstantOp):
        return []
    if isinstance(op, arith.OrIOp | arith.ShLIOp | arith.ExtUIOp):
        found: list[int] = []
        for operand in op.operands:
            part = _constants_under(operand)
            if part is None:
                return None
            found.extend(part)
        return found
    return None


def rebuild(em: Emitter, value: Index, known: dict[SSAValue, SSAValue]) -> Index | None:
    """`value` recomputed from `known` values by pure arithmetic, or None if it needs anything
    else."""
    if isinstance(value, int):
        return value
    if value in known:
        return known[value]
    op = value.owner
    if isinstance(op, AssumeIntOp):
        return rebuild(em, op.value, known)
    if not isinstance(op, Operation) or op.name.partition(".")[0] != "arith":
        return None
    operands: list[SSAValue] = []
    for operand in op.operands:
        part = rebuild(em, operand, known)
        if part is None:
            return None
        operands.append(em.const(part))
    copy = type(op).create(
        operands=operands,
        result_types=[r.type for r in op.results],
        properties=op.properties,
    )
    known[value] = em.add(copy).results[0]
    return known[value]


def fresh_block(values: int) -> Block:
    """A block of `values` index arguments."""
    return Block(arg_types=[IndexType()] * values)
