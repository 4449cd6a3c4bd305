# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`input-decompose-ops`: ops that StableHLO's other ops define, taken apart by their rows.

CHLO's functions and implicit broadcasts, deprecated forms, batch normalisation, random bits: what a
row's `decompose` builds. `stablehlo/decomposition.py` is what they build with.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from iree_explore.context import CompilerContext
from iree_explore.provenance import rewriting
from iree_explore.stablehlo.decomposition import Decomposer
from iree_explore.stablehlo.ops.elementwise import camel
from iree_explore.stablehlo.table import TABLE
from iree_explore.walk import walk


@dataclass(frozen=True)
class DecomposeOps(ModulePass):
    """Takes CHLO ops and composed StableHLO ops apart into plain StableHLO ops.

    Before:

    ```mlir
    func.func @main(%a: tensor<2x3xf32>, %b: tensor<3xf32>) -> tensor<2x3xf32> {
      %0 = chlo.broadcast_add %a, %b : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
      return %0 : tensor<2x3xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @main(%a: tensor<2x3xf32>, %b: tensor<3xf32>) -> tensor<2x3xf32> {
        %0 = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
        %1 = stablehlo.add %a, %0 : tensor<2x3xf32>
        func.return %1 : tensor<2x3xf32>
      }
    }
    ```
    """

    name = "input-decompose-ops"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:  # pyright: ignore
        left = walk(op)
        while left:
            found = left.pop()
            row = TABLE.get(found.name)
            if row is not None and row.decompose is not None and found.parent is not None:
                left += decompose(ctx, found)


def decompose(ctx: CompilerContext, op: Operation) -> list[Operation]:
    """Replaces `op` by what its row makes of it; the ops made, those in their regions included."""
    row = TABLE[op.name]
    assert row.decompose is not None
    name = "Decompose" + camel(op.name.partition(".")[2])[:-2]
    with rewriting(ctx, name, op, code=row.code()) as rewriter:
        decomposer = Decomposer(rewriter, op)
        values = row.decompose(op, decomposer)
        if values is None:
            assert not decomposer.made, f"{op.name} was decomposed and kept"
            return []
        rewriter.replace(op, [], list(values))
    return [inner for made in decomposer.made for inner in walk(made)]
