# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which lowering configurations are worth measuring for a dispatch: a few around the estimate.

Products: panels unpacked, workgroups of other sizes, register blocks of another shape. Everything
else: larger and smaller workgroups. What does not fit the dispatch (`user_configs.problems`) is
left out. Promising ones come first, so that a shorter search tries those.
"""

from __future__ import annotations

from collections.abc import Iterator

from iree_explore.codegen.dialect import SCALAR, LoweringConfigAttr, TranslationInfoAttr
from iree_explore.codegen.passes.select_lowering_strategy import Configurable
from iree_explore.codegen.plan import VectorTarget
from iree_explore.codegen.structured import is_contraction, structured
from iree_explore.codegen.user_configs import Tiles, UserConfig, problems

_BLOCKS = ((8, 2), (6, 4), (4, 4), (8, 3), (4, 3), (8, 1), (6, 2), (12, 1), (4, 2), (2, 4))
"""Rows × vectors of register blocks."""


def candidates(
    found: Configurable,
    default: LoweringConfigAttr,
    info: TranslationInfoAttr,
    target: VectorTarget,
    most: int,
) -> list[UserConfig]:
    """Up to `most` configurations other than the default, best guesses first."""
    if info.pipeline.data == SCALAR:
        return []
    tiles: Tiles = tuple(tuple(n.data for n in level) for level in default.tile_sizes)
    known = {UserConfig(tiles)}
    chosen: list[UserConfig] = []
    for config in _around(tiles, found, target):
        if config in known or problems(config, found, info, target):
            continue
        known.add(config)
        chosen.append(config)
    return chosen[:most]


def _around(tiles: Tiles, found: Configurable, target: VectorTarget) -> Iterator[UserConfig]:
    groups = list(_workgroups(tiles, found))
    blocks = list(_blocks(tiles, found, target))
    yield from groups[:2]
    yield from blocks[:2]
    view = structured(found.root.op)
    if view is not None and is_contraction(view) and len(tiles) > 1:
        yield UserConfig(None, None, (("enable_packing", False),))
    yield from blocks[2:4]
    yield from groups[2:]
    yield from blocks[4:]


def _workgroups(tiles: Tiles, found: Configurable) -> Iterator[UserConfig]:
    """Tiles of one loop twice and half as large, the innermost loops first."""
    for factor in (2, 0.5, 4, 0.25):
        for loop in reversed(range(len(tiles[0]))):
            extent, size = found.extents[loop], tiles[0][loop]
            whole = size or extent
            if not found.distributable[loop] or whole is None:
                continue
            wanted = int(whole * factor)
            if wanted < 1 or (size == 0 and factor > 1):
                continue
            level = list(tiles[0])
            level[loop] = 0 if extent is not None and wanted >= extent else wanted
            yield UserConfig((tuple(level), *tiles[1:]))


def _blocks(tiles: Tiles, found: Configurable, target: VectorTarget) -> Iterator[UserConfig]:
    """Other register blocks: the loops of the default's, the last being the one of vectors."""
    if len(tiles) < 2:
        return
    view = structured(found.root.op)
    loops = [loop for loop, size in enumerate(tiles[1]) if size]
    if view is not None:  # what one instruction takes of the reduction stays
        loops = [loop for loop in loops if view.parallel[loop]]
    if not loops:
        return
    columns = loops[-1]
    lanes = max(1, target.vector_bytes // 4)
    room = min(target.vector_registers - 4, 28)
    for rows, vectors in _BLOCKS:
        if rows * vectors > room or (len(loops) < 2 and rows != 8):
            continue
        level = list(tiles[1])
        level[columns] = vectors * lanes
        if len(loops) > 1:
            extent = found.extents[loops[0]]
            level[loops[0]] = rows if extent is None else min(rows, extent)
        groups = list(tiles[0])
        width = level[columns]
        if groups[columns] and groups[columns] % width:  # panels are as wide as blocks
            groups[columns] = -(-groups[columns] // width) * width
        yield UserConfig((tuple(groups), tuple(level)))
