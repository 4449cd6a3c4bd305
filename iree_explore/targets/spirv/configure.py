# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tile sizes for GPUs: what a workgroup and an invocation compute.

* `SPIRVBaseVectorize`: one nest of loops; an invocation has one point of it, or four neighbours.
* `SPIRVMatmulPromoteVectorize`: products by tiles in workgroup memory.
* `SPIRVCooperativeMatrixVectorize`: large products of 16-bit floats; the same, and by cooperative
  matrices where a device has them.
* `SPIRVTransposeSharedMem`: transpositions, with or without arithmetic, by square tiles.
* `SPIRVSubgroupReduce`: reductions with few results, softmax, layer norm: the invocations of a
  workgroup share a reduction.
* `SPIRVBaseDistribute`: what is left. An invocation computes a tile by itself, in scalar loops.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from xdsl.dialects.builtin import TensorType
from xdsl.dialects.func import FuncOp
from xdsl.ir import Operation, SSAValue

from iree_explore.codegen.dialect import (
    COOPERATIVE,
    FLAT,
    INVOCATIONS,
    PROMOTED,
    ROWS,
    TRANSPOSED,
    TranslationInfoAttr,
)
from iree_explore.codegen.dims import DimClasses
from iree_explore.codegen.emitter import Index
from iree_explore.codegen.gpu.contraction import ContractionLoops, Tiles
from iree_explore.codegen.gpu.cooperative import is_cooperative
from iree_explore.codegen.gpu.flat import LANES, point_loops, vector_loop
from iree_explore.codegen.gpu.rows import reads_rows, reducible
from iree_explore.codegen.gpu.transposed import tile_of, transposed_loops
from iree_explore.codegen.plan import bits
from iree_explore.codegen.structured import Structured, is_contraction, structured
from iree_explore.linalg.ext_interface import LinalgExtOp
from iree_explore.targets.spirv.one_nest import single_nest

SCALAR_SIZE, SIZE = 64, 256
"""Invocations of a workgroup: of those that work alone, and of others; every device has 256."""

INFO = TranslationInfoAttr.of_gpu(INVOCATIONS, (SCALAR_SIZE, 1, 1))
"""Of functions that compute nothing in loops."""

_TILES = (Tiles(128, 256, 8, 16, 8), Tiles(64, 64, 16, 8, 4), Tiles(32, 32, 16, 4, 4))
"""Of products, the fastest first: the larger an invocation's block, the more multiply-adds for
each element read from workgroup memory. Measured on an H200 (`benchmarks/gpu`)."""

_MOST_WASTE = 1.15
"""Share of the last tiles that may lie outside, more or less."""

_ENOUGH_TILES = 120
"""Fewer workgroups than this leave a large GPU idle: smaller tiles then."""

_LEAST_DEPTH = 8
"""Steps of a reduction below which tiles do not pay."""

_MOST_SHARED = 24 << 10
"""Bytes that a workgroup's tile may take of the 32 KiB that every device has."""

_MANY_POINTS = 1 << 15
"""Points that keep a GPU busy with one invocation each."""

_BLOCKS = ((1 << 23, 4), (1 << 18, 2))
"""Vectors of a nest from which an invocation takes several, and how many."""

_LONG = 32
"""Steps of a reduction that several invocations share."""

_ROW_PART = 4 * LANES
"""Elements of a row that an invocation has, if that leaves a subgroup: it reads four vectors at
once, and the fewer invocations share a row, the less they wait for each other. Measured on an H200
(`benchmarks/gpu`)."""

_COLUMNS = 16
"""Neighbouring results of a workgroup whose invocations share reductions over rows."""

_ATTENTION_ROWS = 16
"""Rows of a workgroup that computes products with rows of results of its own."""

Strategy = tuple[list[list[int]], TranslationInfoAttr]


def strategy_of(
    func: FuncOp, root: Operation, extents: Sequence[Index], distributable: Sequence[bool]
) -> Strategy:
    """Tile sizes by level, and the pipeline, for a dispatch with `root`, whose loops have these
    extents."""
    view = structured(root)
    if view is None:
        return invocation_strategy(root, distributable)
    if single_nest(func, view):
        views = [v for v in map(structured, func.body.block.ops) if v is not None]
        followers = [v for v in views if v.op is not root and v.op.name != "linalg.fill"]
        return nest_strategy([view, *followers], extents)
    return row_strategy(func, view, extents, distributable) or invocation_strategy(
        root, distributable
    )


def nest_strategy(views: Sequence[Structured], extents: Sequence[Index]) -> Strategy:
    """For a dispatch that is one nest: a root and what follows it."""
    view = views[0]
    loops = ContractionLoops.of(view)
    if loops is not None:
        tiles = product_tiles(loops, extents)
        if tiles is not None:
            matrices = tiles is _TILES[0] and is_cooperative(views, loops, extents, tiles)
            pipeline = COOPERATIVE if matrices else PROMOTED
            info = TranslationInfoAttr.of_gpu(pipeline, (tiles.invocations, 1, 1))
            return tiles.levels(view, loops), info
    points = shared_points(view, extents)
    if points is not None:
        levels = [[0] * view.num_loops]
        if view.output_maps[0].results:
            levels[0][point_loops(view)[-1]] = points
        return levels, TranslationInfoAttr.of_gpu(ROWS, (SIZE, 1, 1), flat=True)
    pair = transposed_loops(views, extents)
    if pair is not None:
        tile = tile_of(view, pair[0])
        sizes = [tile if loop in pair else 0 for loop in range(view.num_loops)]
        return [sizes], TranslationInfoAttr.of_gpu(TRANSPOSED, (SIZE, 1, 1))
    lanes = [0] * view.num_loops
    vector = vector_loop(views, extents)
    if vector is not None:
        lanes[vector] = LANES
    levels = [[0] * view.num_loops, lanes]
    if vector is not None and (blocks := blocks_of(view, extents)) > 1:
        levels.append([blocks if loop == vector else 0 for loop in range(view.num_loops)])
    return levels, TranslationInfoAttr.of_gpu(FLAT, (SIZE, 1, 1))


def blocks_of(view: Structured, extents: Sequence[Index]) -> int:
    """How many vectors an invocation takes of what lies in memory in one piece: a GPU waits less
    for memory if more is asked for at once."""
    total = _size(range(view.num_loops), extents)
    if view.reductions or total is None:
        return 1
    vectors = total // LANES
    return next((n for least, n in _BLOCKS if vectors >= least and vectors % (SIZE * n) == 0), 1)


def _size(loops: Sequence[int], extents: Sequence[Index]) -> int | None:
    """Points of some loops together; None if one is not known."""
    known = [extents[d] for d in loops]
    return math.prod(e for e in known if isinstance(e, int)) if _known(known) else None


def _known(extents: Sequence[Index]) -> bool:
    return all(isinstance(e, int) for e in extents)


def product_tiles(loops: ContractionLoops, extents: Sequence[Index]) -> Tiles | None:
    """Tiles of a product; None for one that is narrow or short."""
    rows, columns, depth, batch = (
        _size(part, extents) for part in (loops.rows, loops.columns, loops.reduction, loops.batch)
    )
    if depth is None or depth < _LEAST_DEPTH:
        return None
    if any(n is not None and n < 2 * LANES for n in (rows, columns)):
        return None
    if rows is None or columns is None or batch is None:
        return _TILES[1]
    for tiles in _TILES:
        down, across = -(-rows // tiles.rows), -(-columns // tiles.columns)
        waste = down * tiles.rows * across * tiles.columns / (rows * columns)
        if batch * down * across >= _ENOUGH_TILES and waste <= _MOST_WASTE:
            return tiles
    return _TILES[-1]


def shared_points(view: Structured, extents: Sequence[Index]) -> int | None:
    """How many points of a reduction a workgroup has whose invocations share them; None if each
    has points of its own."""
    depth = _size(view.reductions, extents)
    if not reducible(view, _filled(view)) or (depth is not None and depth < _LONG):
        return None
    parallel = [d for d, p in enumerate(view.parallel) if p]
    points = _size(parallel, extents)
    if points == 1 or reads_rows(view):
        steps = None if depth is None else -(-depth // LANES)
        width = SIZE if steps is None else min(SIZE, 1 << max(3, (steps - 1).bit_length()))
        return SIZE // width
    if points is not None and points >= _MANY_POINTS:
        return None
    return _COLUMNS if points is None or points >= _COLUMNS else 1


def _filled(view: Structured) -> list[SSAValue | None]:
    """What the outputs of an op begin with, where that is one value."""
    owners = [v.owner for v in view.outputs]
    return [
        op.operands[0] if isinstance(op, Operation) and op.name == "linalg.fill" else None
        for op in owners
    ]


def row_strategy(
    func: FuncOp, root: Structured, extents: Sequence[Index], distributable: Sequence[bool]
) -> Strategy | None:
    """For nests that share rows: a workgroup has a row. None where its memory would not do."""
    views = []
    for op in func.body.block.ops:
        view = structured(op)
        if view is not None:
            views.append(view)
        elif isinstance(op, LinalgExtOp) or op.name in _MOVERS:
            return None
    tiles = [int(loop) for loop in distributable]
    classes = DimClasses(func.body.block)
    inner = _innermost(root, classes)
    if inner is not None and distributable[inner]:
        tiles[inner] = _COLUMNS
    elif is_contraction(root) and any(tiles):
        tiles[max(d for d, t in enumerate(tiles) if t)] = _ATTENTION_ROWS
    needed = _shared_nbytes(views, root, tiles, classes)
    if needed is None or needed > _MOST_SHARED:
        return None
    longest = max((_size(v.reductions, extents) or SIZE * _ROW_PART
                   for v in (root,) if v.reductions), default=1)  # fmt: skip
    size = min(SIZE, max(32, 1 << (-(-longest // _ROW_PART) - 1).bit_length()))
    if max(tiles, default=1) > 1:
        size = SIZE
    return [tiles], TranslationInfoAttr.of_gpu(ROWS, (size, 1, 1))


_MOVERS = frozenset(
    """tensor.pad tensor.insert_slice tensor.extract_slice tensor.concat tensor.collapse_shape
    tensor.expand_shape""".split()
)


def _innermost(root: Structured, classes: DimClasses) -> int | None:
    """The root's loop that is the innermost dimension of what is stored."""
    for store in classes.stores:
        rank = len(store.value.type.get_shape())  # pyright: ignore[reportAttributeAccessIssue]
        if rank:
            node = classes.find((store.value, rank - 1))
            for loop in range(root.num_loops):
                if classes.find((root.op, loop)) == node:
                    return loop
    return None


def _shared_nbytes(
    views: Sequence[Structured], root: Structured, tiles: Sequence[int], classes: DimClasses
) -> int | None:
    """What values between nests take at most, without those as large as a result: they are
    computed in place. None if a size is not known."""
    cut = {classes.find((root.op, d)): tile for d, tile in enumerate(tiles) if tile}
    stored = [s.value.type for s in classes.stores]
    final = {s.value for s in classes.stores}
    total = 0
    for view in views:
        for result in view.op.results:
            type_ = result.type
            assert isinstance(type_, TensorType)
            if result in final or type_ in stored or view.op.name == "linalg.fill":
                continue
            sizes = []
            for d, size in enumerate(type_.get_shape()):
                tile = cut.get(classes.find((result, d)))
                sizes.append(tile if tile is not None else size)
            if any(size < 0 for size in sizes):
                return None
            total += math.prod(sizes) * max(4, bits(type_.element_type) // 8)
    return total


def invocation_strategy(root: Operation, distributable: Sequence[bool]) -> Strategy:
    """One point of each loop that can be distributed (rows of an op that combines whole rows: as
    many as it needs at least), all of the others (0)."""
    tiles = [int(loop) for loop in distributable]
    if isinstance(root, LinalgExtOp) and tiles and tiles[-1]:
        tiles[-1] = root.ROW
    return [tiles], INFO
