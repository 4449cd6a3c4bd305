# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Slabs are laid out: offsets known at compile time where sizes are, arithmetic elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.stream import dialect as stream
from iree_explore.stream.host import host_blocks, host_functions
from iree_explore.stream.index_math import ALIGNMENT, IndexMath, constant_of
from iree_explore.stream.packing import pack_slices


@dataclass(frozen=True)
class LayoutSlices(ModulePass):
    """Resolves `stream.resource.pack`: slices that are never live together share bytes.

    Before:

    ```mlir
    func.func @f() -> (index, index, index, index) {
      %a = arith.constant 100 : index
      %b = arith.constant 64 : index
      %0, %1, %2, %3 = stream.resource.pack slices(%a, %b, %a) live [0, 1, 1, 2, 2, 3] -> index, index, index
      func.return %0, %1, %2, %3 : index, index, index, index
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f() -> (index, index, index, index) {
        %0 = arith.constant 192 : index
        %1 = arith.constant 128 : index
        %2 = arith.constant 0 : index
        %a = arith.constant 100 : index
        %b = arith.constant 64 : index
        func.return %0, %2, %1, %2 : index, index, index, index
      }
    }
    ```
    """  # noqa: E501

    name = "stream-layout-slices"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        for function in host_functions(op):
            math = IndexMath(function.body.blocks[0])
            for block in list(host_blocks(function)):
                for pack in [o for o in block.ops if isinstance(o, stream.ResourcePackOp)]:
                    with provenance.rewriting(context, "LayoutSlab", pack) as rewriter:
                        layout(rewriter, pack, math)


def layout(rewriter: PatternRewriter, pack: stream.ResourcePackOp, math: IndexMath) -> None:
    """Static slices first, packed tightly (stream/packing.py); then one row for each set of dynamic
    slices whose lifetimes do not meet, as long as its longest."""
    alignment = alignment_of(pack)
    flat = list(pack.lifetimes.iter_values())
    lives = list(zip(flat[::2], flat[1::2], strict=True))
    known = {i: n for i, s in enumerate(pack.sizes) if (n := constant_of(s)) is not None}
    places, end = pack_slices({i: (n, lives[i]) for i, n in known.items()}, alignment)
    offsets: dict[int, SSAValue] = {i: math.constant(rewriter, p) for i, p in places.items()}
    total = math.constant(rewriter, end)
    dynamic = [i for i in range(len(lives)) if i not in known]
    for row in rows_of(dynamic, lives):
        length = None
        for i in row:
            offsets[i] = total
            size = math.align(rewriter, pack.sizes[i], alignment)
            length = size if length is None else math.maximum(rewriter, length, size)
        assert length is not None
        total = math.add(rewriter, total, length)
    rewriter.replace(pack, [], [total, *(offsets[i] for i in range(len(lives)))])


def alignment_of(pack: stream.ResourcePackOp) -> int:
    """What the offsets of `pack` are multiples of, bytes."""
    return ALIGNMENT if pack.alignment is None else pack.alignment.value.data


def rows_of(keys: Sequence[int], lives: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Slices sorted into as few rows as possible, none of a row live together with another."""
    rows: list[list[int]] = []
    for key in sorted(keys, key=lambda k: lives[k]):
        row = next((r for r in rows if lives[r[-1]][1] < lives[key][0]), None)
        if row is None:
            rows.append([key])
        else:
            row.append(key)
    return rows
