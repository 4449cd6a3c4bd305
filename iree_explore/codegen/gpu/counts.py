# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How many workgroups a nest that finds its own share of the grid needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from iree_explore.codegen.dialect import (
    COOPERATIVE,
    FLAT,
    PROMOTED,
    TRANSPOSED,
    LoweringConfigAttr,
    TranslationInfoAttr,
)
from iree_explore.codegen.emitter import Index
from iree_explore.codegen.gpu.contraction import ContractionLoops, Tiles
from iree_explore.codegen.gpu.flat import point_loops
from iree_explore.codegen.structured import Structured


@dataclass(frozen=True)
class TileCount:
    """`loops` of the root with these `extents`, numbered as one, in tiles of `tile`."""

    loops: tuple[int, ...]
    extents: tuple[Index, ...]
    tile: int = 1


def nest_tiles(
    root: Structured,
    extents: Sequence[Index],
    config: LoweringConfigAttr,
    info: TranslationInfoAttr,
) -> tuple[list[TileCount], int]:
    """What is numbered, outermost first as workgroups number it, and how many of these a workgroup
    has."""
    points = point_loops(root)
    if info.pipeline.data in (PROMOTED, COOPERATIVE):
        loops = ContractionLoops.of(root)
        assert loops is not None
        tiles = Tiles.read([config.level(n) for n in range(3)], loops)
        kinds = ((loops.batch, 1), (loops.rows, tiles.rows), (loops.columns, tiles.columns))
        return [TileCount(kind, tuple(extents[d] for d in kind), n) for kind, n in kinds], 1
    if info.pipeline.data == TRANSPOSED:
        sizes = config.level(0)
        order = [d for d in range(root.num_loops) if not sizes[d]]
        order += [d for d in points if sizes[d] and d != points[-1]] + points[-1:]
        return [TileCount((d,), (extents[d],), sizes[d] or 1) for d in order], 1
    if info.pipeline.data == FLAT:
        lanes = config.level(1)
        blocks = max([1, *config.level(2)])
        counts = [TileCount((d,), (extents[d],), lanes[d] or 1) for d in points]
        return counts, info.workgroup_size[0] * blocks
    whole = tuple(extents[d] for d in points)
    return [TileCount(tuple(points), whole, max([1, *config.level(0)]))], 1
