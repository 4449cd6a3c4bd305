# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tile sizes for GPUs: what one invocation computes.

What is right for every dispatch: an invocation computes one point of the loops that can be
distributed, in scalar loops (`SPIRVBaseDistribute`). Neighbouring invocations have neighbouring
points of the innermost loop, so that their accesses fall together. Large products give each a block
of results, held in registers (`SPIRVBaseVectorize`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from xdsl.ir import Operation
from xdsl.ir.affine import AffineDimExpr

from iree_explore.codegen.dialect import BLOCKS, INVOCATIONS, TranslationInfoAttr
from iree_explore.codegen.plan import reuse_loops
from iree_explore.codegen.structured import is_contraction, structured
from iree_explore.linalg.ext_interface import LinalgExtOp

WORKGROUP_SIZE = (64, 1, 1)
"""Invocations of a workgroup: two subgroups of the widest kind in use, and a quarter of what every
device has."""

INFO = TranslationInfoAttr.of_gpu(INVOCATIONS, WORKGROUP_SIZE)
"""What executable-configurations says of every entry function."""


_BLOCK = 4
"""Rows and columns of a product that an invocation computes: 8 loads for 16 multiply-adds."""

_LEAST_INVOCATIONS = 1024
"""Fewer blocks than this would leave a GPU idle."""


def strategy_of(
    root: Operation, extents: Sequence[int | None], distributable: Sequence[bool]
) -> tuple[list[list[int]], TranslationInfoAttr]:
    """Tile sizes by level, and the pipeline, for a dispatch with `root`; `extents` are its loops
    (None: known at run time)."""
    tiles = invocation_tiles(root, distributable)
    block = register_block(root, extents, distributable)
    if block is None:
        return [tiles], INFO
    for loop in block:
        tiles[loop] = _BLOCK
    register = [_BLOCK if loop in block else 0 for loop in range(len(tiles))]
    return [tiles, register], TranslationInfoAttr.of_gpu(BLOCKS, WORKGROUP_SIZE)


def register_block(
    root: Operation, extents: Sequence[int | None], distributable: Sequence[bool]
) -> tuple[int, int] | None:
    """The row and the column loop of a product large enough for blocks; None for anything else."""
    view = structured(root)
    if view is None or not is_contraction(view) or not view.output_maps[0].results:
        return None
    last = view.output_maps[0].results[-1]
    if not isinstance(last, AffineDimExpr):
        return None
    rows = reuse_loops(view, last.position)
    if not rows:
        return None
    block = rows[-1], last.position
    known = [extents[loop] for loop in block]
    if not all(distributable[loop] for loop in block) or any(
        e is None or e % _BLOCK for e in known
    ):
        return None
    total = math.prod(e or 1 for e, p in zip(extents, view.parallel, strict=True) if p)
    return block if total >= _LEAST_INVOCATIONS * _BLOCK * _BLOCK else None


def invocation_tiles(root: Operation, distributable: Sequence[bool]) -> list[int]:
    """One point of each loop that can be distributed (rows of an op that combines whole rows: as
    many as it needs at least), all of the others (0)."""
    tiles = [int(loop) for loop in distributable]
    if isinstance(root, LinalgExtOp) and tiles and tiles[-1]:
        tiles[-1] = root.ROW
    return tiles
