# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Everything that is not a contraction, as loops of vector code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from iree_explore.codegen.vectorizer import vectorize_groups
from iree_explore.context import CompilerContext


@dataclass(frozen=True)
class VectorizeGeneric(ModulePass):
    """Turns linalg ops on buffers into loops whose cheapest dimension is a vector.

    Before:

    ```mlir
    func.func @entry() {
      %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : memref<20xf32>
      %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : memref<20xf32>
      linalg.exp ins(%0 : memref<20xf32>) outs(%1 : memref<20xf32>)
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @entry() {
        %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : memref<20xf32>
        %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : memref<20xf32>
        %2 = arith.constant 4 : index
        %3 = arith.constant 0 : index
        %4 = arith.constant 16 : index
        %5 = arith.constant dense<0.000000e+00> : vector<16xf32>
        %6 = vector.create_mask %2 : vector<16xi1>
        %7 = vector.load %0[%3] : memref<20xf32>, vector<16xf32>
        %8 = math.exp %7 : vector<16xf32>
        vector.store %8, %1[%3] : memref<20xf32>, vector<16xf32>
        %9 = vector.maskedload %0[%4], %6, %5 : memref<20xf32>, vector<16xi1>, vector<16xf32> into vector<16xf32>
        %10 = math.exp %9 : vector<16xf32>
        vector.maskedstore %1[%4], %6, %10 : memref<20xf32>, vector<16xi1>, vector<16xf32>
        func.return
      }
    }
    ```
    """  # noqa: E501

    name = "executable-targets-vectorize-generic"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        vectorize_groups(cast(CompilerContext, ctx), op, "VectorizeGeneric", lambda group: True)
