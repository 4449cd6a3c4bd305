# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tile sizes for GPUs: what one invocation computes.

So far there is one strategy, right for every dispatch: an invocation computes one point of the
loops that can be distributed, in scalar loops (`SPIRVBaseDistribute`). Neighbouring invocations
have neighbouring points of the innermost loop, so that their accesses fall together.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import Operation

from iree_explore.codegen.dialect import INVOCATIONS, TranslationInfoAttr
from iree_explore.linalg.ext_interface import LinalgExtOp

WORKGROUP_SIZE = (64, 1, 1)
"""Invocations of a workgroup: two subgroups of the widest kind in use, and a quarter of what every
device has."""

INFO = TranslationInfoAttr.of_gpu(INVOCATIONS, WORKGROUP_SIZE)
"""What executable-configurations says of every entry function."""


def invocation_tiles(root: Operation, distributable: Sequence[bool]) -> list[int]:
    """One point of each loop that can be distributed (rows of an op that combines whole rows: as
    many as it needs at least), all of the others (0)."""
    tiles = [int(loop) for loop in distributable]
    if isinstance(root, LinalgExtOp) and tiles and tiles[-1]:
        tiles[-1] = root.ROW
    return tiles
