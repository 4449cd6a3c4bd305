# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tile sizes for CPUs: what one workgroup computes and what one register block holds.

Contractions: a workgroup computes a panel of columns as wide as a register block, for as many rows
as make it worth a worker's while; the panel of the right-hand side then stays in cache (packed, see
`pack_operands`). Everything else: enough elements that handing out the workgroup costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from xdsl.ir import Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr

from iree_explore.codegen.plan import (
    Plan,
    VectorTarget,
    best_block,
    bits,
    choose_vector,
    make_plan,
    reuse_loops,
)
from iree_explore.codegen.reduction_tiles import cuttable
from iree_explore.codegen.structured import Structured, is_contraction, linear, structured
from iree_explore.codegen.words import dot_of
from iree_explore.linalg.ext_interface import LinalgExtOp
from iree_explore.targets.llvm_cpu.cpu_info import CPUInfo
from iree_explore.targets.llvm_cpu.dot_instructions import kinds

_MOST_WORKGROUPS = 64
"""More than this many workgroups buys nothing on the machines at hand."""

_LEAST_WORK = 1_500_000
"""Multiply-adds × 2 that a workgroup should have: about 15 microseconds of one core."""

_LEAST_ROWS = 64
"""Rows that share a panel, so that packing it costs a few percent at most."""

_LEAST_ELEMENTS, _MOST_ELEMENTS = 16_384, 131_072
"""Loop iterations of a workgroup of everything else."""

_STREAMED_ROW = 1024
"""Columns of a workgroup that reduces rows: what is read in one go."""

_LEAST_WINDOW_WORK = 250_000
"""The same for depthwise convolutions, which wait for memory."""

_WINDOW_ROW, _MOST_READ = 64, 65_536
"""Columns of a tile of a depthwise convolution, and elements that it reads at most."""

_STREAMS, _FEW_ROWS, _STREAMED, _STRIPE = 8, 31, 65_536, 2048
"""Rows of a matrix that are read side by side (twice as many where more than 2 rows of the product
use them) if at most so many rows of a product use it, and it has so many elements; columns that a
workgroup reads of each."""

_DEEP = 1024
"""Iterations of a reduction from which its rows and panel do not stay in the first cache."""

_ASSUMED = 256
"""Extent taken for a dimension that is known only at run time."""


@dataclass(frozen=True)
class Strategy:
    """IREE's name of the pipeline, and tile sizes by level for the root op."""

    pipeline: str
    tile_sizes: list[list[int]]


Distributable = Callable[[int], bool]
Weight = Callable[[SSAValue], bool]


def expected_sizes(extents: list[int | None], most: list[int | None]) -> list[int]:
    """What tile sizes are chosen for: extents (None: known at run time) and quarters of the bounds
    that are known of them, if those are small (not too small to be a register block)."""
    unknown = (
        _ASSUMED if n is None else max(1, min(n, max(-(-n // 4), 4), _ASSUMED)) for n in most
    )
    return [size if e is None else e for e, size in zip(extents, unknown, strict=True)]


def strategy_of(
    root: Operation,
    extents: list[int | None],
    distributable: Distributable,
    cpu: CPUInfo,
    most: list[int | None],
    factors: list[int],
    share: float = 1.0,
    weight: Weight = lambda value: False,
) -> Strategy:
    """The strategy for a dispatch with `root`; `extents` are its loops (None: known at run time),
    `most` bounds of them, `factors` what divides them; `share` of the work is the root's; `weight`
    says whether an operand is a constant, which can be stored as panels."""
    target = VectorTarget(cpu.native_vector_bytes, cpu.vector_registers)
    view = structured(root)
    if 0 in extents:  # nothing to compute, or reductions over nothing: one workgroup of plain loops
        return Strategy("CPUDefault", [[0] * len(extents)])
    sizes = expected_sizes(extents, most)
    if isinstance(root, LinalgExtOp):
        tiles = root.tile(extents)
        if tiles is None:
            tiles = ext_tiles(extents, factors, sizes, distributable, root.work(), root.stripe())
        return Strategy("CPULinalgExtTileAndVectorize", [tiles])
    if view is not None and is_contraction(view):
        block = register_block(view, extents, sizes, target)
        if block is not None:
            pipeline = "CPUDoubleTilingExpert"
            if any(not isinstance(e, AffineDimExpr) for m in view.maps for e in m.results):
                pipeline = "CPUConvTileAndDecomposeExpert"
            if packed_operand(view, block.column_loop) is None and None not in extents:
                tiles = window_tiles(view, sizes, distributable, block)
            else:
                tiles = contraction_tiles(view, extents, most, factors, distributable, block, share)
            level = block.level(view.num_loops)
            dot = dot_of(view, extents, kinds(cpu))
            if dot is not None:
                level[dot.loop] = dot.group
            elif (loop := streamed_loop(view, extents, sizes, block, weight)) is not None:
                streamed_tiles(view, extents, sizes, block, tiles, distributable, cpu.cores)
                block = replace(block, vectors=min(block.vectors, 4))
                level = block.level(view.num_loops)
                level[loop] = _STREAMS * (1 if _rows(view, sizes, block) <= 2 else 2)
            return Strategy(pipeline, [tiles, level])
    tiles = generic_tiles(view, extents, factors, sizes, distributable, target)
    pipeline = "CPUBufferOpsTileAndVectorize" if view is None else "CPULoweringDefault"
    return Strategy(pipeline, [tiles])


def specialized_loop(root: Operation, extents: list[int | None], cpu: CPUInfo) -> int | None:
    """The loop of unknown extent for which `bounds.FEW` iterations or less deserve a kernel of
    their own: the rows of a product, where panels that few rows use are better read where they
    are."""
    view = structured(root)
    if view is None or not is_contraction(view) or 0 in extents:
        return None
    target = VectorTarget(cpu.native_vector_bytes, cpu.vector_registers)
    unbounded: list[int | None] = [None] * len(extents)
    sizes = expected_sizes(extents, unbounded)
    block = register_block(view, extents, sizes, target)
    if block is None or block.row_loop is None or extents[block.row_loop] is not None:
        return None
    return block.row_loop


@dataclass(frozen=True)
class RegisterBlock:
    """Accumulators of a contraction: `rows` of the row loop × `vectors` of the column loop."""

    row_loop: int | None
    rows: int
    column_loop: int
    vectors: int
    lanes: int

    @property
    def width(self) -> int:
        """Columns of the block."""
        return self.vectors * self.lanes

    def level(self, loops: int) -> list[int]:
        """As level 1 of a lowering_config."""
        sizes = [0] * loops
        if self.row_loop is not None:
            sizes[self.row_loop] = self.rows
        sizes[self.column_loop] = self.width
        return sizes


def register_block(
    view: Structured, extents: list[int | None], sizes: list[int], target: VectorTarget
) -> RegisterBlock | None:
    """The register block, or None where the columns cannot be the vector loop."""
    last = view.output_maps[0].results[-1:] if view.output_maps[0].results else ()
    if not last or not isinstance(last[0], AffineDimExpr):
        return None
    column = last[0].position
    if not view.parallel[column]:
        return None
    vector, lanes = choose_vector(view, extents, target)
    if vector != column:
        if not worth_packing(view, sizes, column):
            return None
        widest = max(bits(arg.type) for arg in view.body.args)
        lanes = max(1, target.vector_bytes * 8 // widest)
    if lanes == 1:
        return None
    sized = [d for d in reuse_loops(view, column) if sizes[d] > 1]
    if not sized:
        most = target.vector_registers // 2  # one row: as wide as there are registers
        return RegisterBlock(None, 1, column, min(most, -(-sizes[column] // lanes)), lanes)
    row_loop = next((d for d in reversed(sized) if sizes[d] >= 4), sized[-1])
    deep = math.prod(sizes[d] for d in view.reductions) >= _DEEP
    rows, vectors = best_block(
        extents[row_loop], extents[column], lanes, target.vector_registers, deep
    )
    return RegisterBlock(row_loop, rows, column, vectors, lanes)


def packed_operand(view: Structured, column: int) -> int | None:
    """The input whose columns are packed into panels: the one that has the column loop."""
    having = [i for i in range(len(view.inputs)) if column in view.maps[i].used_dims()]
    return having[0] if len(having) == 1 else None


def worth_packing(view: Structured, sizes: list[int], column: int) -> bool:
    """Whether enough rows use a panel to pay for copying it."""
    operand = packed_operand(view, column)
    if operand is None:
        return False
    used = view.maps[operand].used_dims()
    rows = 1
    for loop, parallel in enumerate(view.parallel):
        if parallel and loop not in used:
            rows *= sizes[loop]
    return rows >= 16


def contraction_tiles(
    view: Structured,
    extents: list[int | None],
    most: list[int | None],
    factors: list[int],
    distributable: Distributable,
    block: RegisterBlock,
    share: float = 1.0,
) -> list[int]:
    """Workgroup tiles: one panel of columns, rows until there is work enough, one of each batch."""
    tiles = [0] * view.num_loops
    sizes = expected_sizes(extents, most)
    total = 2
    for size in sizes:
        total *= size
    rows = 1
    for loop in reuse_loops(view, block.column_loop):
        rows *= sizes[loop]
    least = _LEAST_WORK if rows > 4 else _LEAST_WORK // 8  # few rows: memory is the limit
    least = int(least * share)
    known = all(e is not None for e, p in zip(extents, view.parallel, strict=True) if p)
    wanted = max(least, total // _MOST_WORKGROUPS) if known else least
    work = 2 * (min(block.width, sizes[block.column_loop]))
    for loop in view.reductions:
        work *= sizes[loop]
    if not distributable(block.column_loop):
        work = work // min(block.width, sizes[block.column_loop]) * sizes[block.column_loop]
    parallel = [d for d, p in enumerate(view.parallel) if p and d != block.column_loop]
    if block.row_loop is not None:
        parallel.remove(block.row_loop)
        parallel.append(block.row_loop)
    used_again = set(reuse_loops(view, block.column_loop))
    covered = 1
    for loop in reversed(parallel):
        if not distributable(loop):
            work *= sizes[loop]
            covered *= sizes[loop] if loop in used_again else 1
            continue
        count = max(1, -(-wanted // work), -(-min(rows, _LEAST_ROWS) // covered))
        if loop == block.row_loop:
            count = -(-count // block.rows) * block.rows
        multiple = block.rows if loop == block.row_loop else 1
        tile = fitting_tile(extents[loop], factors[loop], count, multiple)
        bound = most[loop]
        tile = 0 if bound is not None and tile >= bound else tile
        tiles[loop] = tile
        work *= tile or sizes[loop]
        if loop in used_again:
            covered *= tile or sizes[loop]
    if distributable(block.column_loop):
        width = block.width
        extent = extents[block.column_loop]
        if extent is not None and work < wanted:
            panels = max(1, wanted // max(1, work))
            width = min(panels, -(-extent // block.width)) * block.width
        tiles[block.column_loop] = 0 if extent is not None and width >= extent else width
    return tiles


def streamed_loop(
    view: Structured,
    extents: list[int | None],
    sizes: list[int],
    block: RegisterBlock,
    weight: Weight,
) -> int | None:
    """The reduction to cut where a few rows read a large matrix as it lies: stripes of it would be
    read from top to bottom, a page in each row."""
    operand = packed_operand(view, block.column_loop)
    if operand is None or len(view.reductions) != 1 or weight(view.inputs[operand]):
        return None
    (loop,) = view.reductions
    rows = _rows(view, sizes, block)
    exprs = view.maps[operand].results
    across = exprs[-1] == AffineDimExpr(block.column_loop) and AffineDimExpr(loop) in exprs
    columns = extents[block.column_loop]
    if rows > _FEW_ROWS or not across or not cuttable(view, loop):
        return None
    if columns is not None and columns <= block.width:
        return None
    depth = sizes[loop]
    large = depth * sizes[block.column_loop] >= _STREAMED or None in (columns, extents[loop])
    return loop if large and depth >= 4 * _STREAMS else None


def _rows(view: Structured, sizes: list[int], block: RegisterBlock) -> int:
    """Rows that use the same columns."""
    return math.prod(sizes[d] for d in reuse_loops(view, block.column_loop))


def streamed_tiles(
    view: Structured,
    extents: list[int | None],
    sizes: list[int],
    block: RegisterBlock,
    tiles: list[int],
    distributable: Distributable,
    cores: int,
) -> None:
    """Wide tiles of columns: some pages in each row, while sums of all rows stay in cache; narrower
    ones only where cores would have nothing to do."""
    loop = block.column_loop
    if not distributable(loop):
        return
    columns = extents[loop]
    stripe = max(_STRIPE // 2, min(_STRIPE, 16 * _STRIPE // _rows(view, sizes, block)))
    known = columns or stripe
    most = max(known // stripe, min(cores, known // (stripe // 4)))
    workgroups = 1 if columns is None else max(1, min(_MOST_WORKGROUPS, most))
    width = -(-known // (workgroups * block.width)) * block.width
    tiles[loop] = 0 if columns is not None and width >= columns else width


def window_tiles(
    view: Structured, sizes: list[int], distributable: Distributable, block: RegisterBlock
) -> list[int]:
    """Workgroup tiles of a product in which both operands have the columns (a depthwise
    convolution): what a tile reads stays in cache, and its rows are some cache lines long. Columns
    are cut before rows, whose windows overlap."""
    tile = list(sizes)
    total = 2 * math.prod(sizes)
    wanted = min(_MOST_WORKGROUPS, max(1, total // _LEAST_WINDOW_WORK))
    least = [1] * len(sizes)
    least[block.column_loop] = block.width * -(-_WINDOW_ROW // block.width)
    columns = [block.column_loop]
    others = [d for d, p in enumerate(view.parallel) if p and d != block.column_loop]
    for loop in (d for d in (*columns, *others) if distributable(d)):
        while tile[loop] > least[loop]:
            workgroups = math.prod(-(-n // t) for n, t in zip(sizes, tile, strict=True))
            if workgroups >= wanted and _read(view, tile) <= _MOST_READ:
                break
            half = -(-tile[loop] // 2)
            tile[loop] = max(least[loop], -(-half // least[loop]) * least[loop])
    return [0 if t == n or not p else t
            for t, n, p in zip(tile, sizes, view.parallel, strict=True)]  # fmt: skip


def _read(view: Structured, tile: list[int]) -> int:
    """Elements of the first input that a tile reads."""
    total = 1
    for expr in view.maps[0].results:
        form = linear(expr)
        if form is not None:
            total *= 1 + sum(abs(c) * (tile[d] - 1) for d, c in form.coefficients)
    return total


def fitting_tile(extent: int | None, factor: int, count: int, multiple: int = 1) -> int:
    """A tile of about `count`: one that divides the extent, or the `factor` that is known of it, if
    there is one near; 0 means all."""
    if extent is None and factor <= 1:
        return count
    if extent is not None and (count >= extent or count * 4 > extent * 3):
        return 0
    whole = factor if extent is None else extent
    near = [d for d in divisors(whole) if max(1, count * 2 // 3) <= d <= count * 2]
    best = min(near, key=lambda tile: (tile % multiple != 0, abs(tile - count)), default=count)
    return 0 if best == extent else best


def divisors(number: int) -> list[int]:
    """All divisors of a positive number, ascending."""
    small = [d for d in range(1, math.isqrt(number) + 1) if number % d == 0]
    return sorted({*small, *(number // d for d in small)})


def ext_tiles(
    extents: list[int | None],
    factors: list[int],
    sizes: list[int],
    distributable: Distributable,
    work: int,
    row: int = 1,
) -> list[int]:
    """Inner loops whole until a workgroup has enough to do; `work` is that of one point. The
    innermost loop has at least `row` iterations."""
    total = work
    for size in sizes:
        total *= size
    wanted = min(max(total // _MOST_WORKGROUPS, _LEAST_ELEMENTS), _MOST_ELEMENTS)
    budget = max(1, wanted // work)
    for loop, size in enumerate(sizes):
        if not distributable(loop):
            budget = max(1, budget // size)
    tiles = [0] * len(extents)
    for loop in reversed(range(len(extents))):
        if distributable(loop):
            least = row if loop == len(extents) - 1 else 1
            tiles[loop] = fitting_tile(extents[loop], factors[loop], max(least, budget), least)
            budget //= tiles[loop] or sizes[loop]
    return tiles


def generic_tiles(
    view: Structured | None,
    extents: list[int | None],
    factors: list[int],
    sizes: list[int],
    distributable: Distributable,
    target: VectorTarget,
) -> list[int]:
    """Whole inner dimensions until a workgroup has elements enough; what is outside goes one by
    one."""
    total = 1
    for size in sizes:
        total *= size
    wanted = min(max(total // _MOST_WORKGROUPS, _LEAST_ELEMENTS), _MOST_ELEMENTS)
    plan = make_plan(view, extents, target) if view is not None else Plan(None, 1)
    budget = wanted
    for loop, size in enumerate(sizes):
        if not distributable(loop):
            budget = max(1, budget // max(1, size))
    tiles = [0] * len(extents)
    for loop in reversed(range(len(extents))):
        if not distributable(loop):
            continue
        count = max(1, budget)
        if plan.transposed is not None and loop == plan.vector:  # lines of both sides are used up
            count = max(1, budget // min(sizes[plan.transposed], 4 * plan.block(plan.transposed)))
        if plan.streamed and loop == plan.vector:
            count = max(count, _STREAMED_ROW)
        if loop == plan.vector:
            count = -(-count // plan.block(loop)) * plan.block(loop)
        tiles[loop] = fitting_tile(extents[loop], factors[loop], count, plan.block(loop))
        budget //= max(1, tiles[loop] or sizes[loop])
    return tiles
