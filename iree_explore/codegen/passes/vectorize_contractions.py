# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Matrix products and convolutions as register-blocked micro-kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from iree_explore.codegen.reduction_tiles import tile_reductions
from iree_explore.codegen.structured import is_contraction
from iree_explore.codegen.vectorizer import vectorize_groups
from iree_explore.context import CompilerContext


@dataclass(frozen=True)
class VectorizeContractions(ModulePass):
    """Turns multiply-add reductions into loops around a block of accumulators in registers.

    Before:

    ```mlir
    func.func @entry() {
      %zero = arith.constant 0.000000e+00 : f32
      %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : memref<2x8xf32>
      %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : memref<8x16xf32>
      %2 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(2 : index) : memref<2x16xf32>
      linalg.fill ins(%zero : f32) outs(%2 : memref<2x16xf32>)
      linalg.matmul ins(%0, %1 : memref<2x8xf32>, memref<8x16xf32>) outs(%2 : memref<2x16xf32>)
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @entry() {
        %zero = arith.constant 0.000000e+00 : f32
        %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : memref<2x8xf32>
        %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : memref<8x16xf32>
        %2 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(2 : index) : memref<2x16xf32>
        %3 = arith.constant dense<0.000000e+00> : vector<16xf32>
        %4 = arith.constant 0 : index
        %5 = arith.constant 8 : index
        %6 = arith.constant 1 : index
        %7, %8 = scf.for %9 = %4 to %5 step %6 iter_args(%10 = %3, %11 = %3) -> (vector<16xf32>, vector<16xf32>) {
          %12 = memref.load %0[%4, %9] : memref<2x8xf32>
          %13 = vector.load %1[%9, %4] : memref<8x16xf32>, vector<16xf32>
          %14 = vector.broadcast %12 : f32 to vector<16xf32>
          %15 = vector.fma %14, %13, %10 : vector<16xf32>
          %16 = memref.load %0[%6, %9] : memref<2x8xf32>
          %17 = vector.broadcast %16 : f32 to vector<16xf32>
          %18 = vector.fma %17, %13, %11 : vector<16xf32>
          scf.yield %15, %18 : vector<16xf32>, vector<16xf32>
        } {llvm.loop_annotation = #llvm.loop_annotation<unroll = <full = true>>}
        vector.store %7, %2[%4, %4] : memref<2x16xf32>, vector<16xf32>
        vector.store %8, %2[%6, %4] : memref<2x16xf32>, vector<16xf32>
        func.return
      }
    }
    ```
    """  # noqa: E501

    name = "executable-targets-vectorize-contractions"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        tile_reductions(cast(CompilerContext, ctx), op)
        vectorize_groups(
            cast(CompilerContext, ctx),
            op,
            "VectorizeContractions",
            lambda group: is_contraction(group.root),
        )
