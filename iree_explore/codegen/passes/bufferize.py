# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tensors become buffers: bindings, slices of them, and workgroup-local memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.func import FuncOp
from xdsl.passes import ModulePass

from iree_explore.codegen.bufferizer import Bufferizer
from iree_explore.context import CompilerContext


@dataclass(frozen=True)
class Bufferize(ModulePass):
    """Computes what is stored in place in the output bindings, the rest in local memory.

    Before:

    ```mlir
    func.func @entry() {
      %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : !iree_tensor_ext.dispatch.tensor<readonly:tensor<16xf32>>
      %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : !iree_tensor_ext.dispatch.tensor<writeonly:tensor<16xf32>>
      %2 = iree_tensor_ext.dispatch.tensor.load %0, offsets = [0], sizes = [16], strides = [1] : !iree_tensor_ext.dispatch.tensor<readonly:tensor<16xf32>> -> tensor<16xf32>
      %3 = tensor.empty() : tensor<16xf32>
      %4 = linalg.exp ins(%2 : tensor<16xf32>) outs(%3 : tensor<16xf32>) -> tensor<16xf32>
      iree_tensor_ext.dispatch.tensor.store %4, %1, offsets = [0], sizes = [16], strides = [1] : tensor<16xf32> -> !iree_tensor_ext.dispatch.tensor<writeonly:tensor<16xf32>>
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @entry() {
        %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : memref<16xf32>
        %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : memref<16xf32>
        linalg.exp ins(%0 : memref<16xf32>) outs(%1 : memref<16xf32>)
        func.return
      }
    }
    ```
    """  # noqa: E501

    name = "executable-targets-bufferize"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for func in list(op.body.block.ops):
            if isinstance(func, FuncOp):
                Bufferizer(cast(CompilerContext, ctx), func).run()
