# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Named ops that are elementwise, broadcasts, transposes or reductions become `linalg.generic`.

Matmuls, convolutions and fills keep their names: later passes and readers look for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.linalg.abstract_ops import ElementwiseOperation
from xdsl.dialects.linalg.ops import BroadcastOp, ReduceOp, TransposeOp
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.linalg.fusion import generalize


class GeneralizeNamedOp(RewritePattern):
    """One named op as a generic."""

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self,
        op: ElementwiseOperation | BroadcastOp | ReduceOp | TransposeOp,
        rewriter: PatternRewriter,
    ) -> None:
        rewriter.replace(op, generalize(op))


@dataclass(frozen=True)
class GeneralizeLinalgNamedOps(ModulePass):
    """Gives elementwise named ops their indexing maps and body.

    Before:

    ```mlir
    func.func @f(%a: tensor<4xf32>, %e: tensor<4xf32>) -> tensor<4xf32> {
      %0 = linalg.exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
      func.return %0 : tensor<4xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%a: tensor<4xf32>, %e: tensor<4xf32>) -> tensor<4xf32> {
        %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) {
        ^bb0(%1: f32, %2: f32):
          %3 = math.exp %1 : f32
          linalg.yield %3 : f32
        } -> tensor<4xf32>
        func.return %0 : tensor<4xf32>
      }
    }
    ```
    """  # noqa: E501

    name = "global-optimization-generalize-linalg-named-ops"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        provenance.apply_patterns(cast(CompilerContext, ctx), op, GeneralizeNamedOp())
