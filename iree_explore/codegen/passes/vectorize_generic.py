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
        %2 = arith.constant 0 : index
        %3 = arith.constant 4 : index
        %4 = vector.load %0[%2] : memref<20xf32>, vector<16xf32>
        %5 = math.exp %4 : vector<16xf32>
        vector.store %5, %1[%2] : memref<20xf32>, vector<16xf32>
        %6 = vector.load %0[%3] : memref<20xf32>, vector<16xf32>
        %7 = math.exp %6 : vector<16xf32>
        vector.store %7, %1[%3] : memref<20xf32>, vector<16xf32>
        func.return
      }
    }
    ```
    """  # noqa: E501

    name = "executable-targets-vectorize-generic"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        vectorize_groups(cast(CompilerContext, ctx), op, "VectorizeGeneric", lambda group: True)
