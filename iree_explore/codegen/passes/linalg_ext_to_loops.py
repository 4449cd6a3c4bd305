# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops of `iree_linalg_ext` on buffers, as the scalar loops that they write themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from iree_explore.codegen.emitter import Emitter
from iree_explore.codegen.loop_builder import LoopBuilder
from iree_explore.context import CompilerContext
from iree_explore.linalg.ext_interface import LinalgExtOp
from iree_explore.provenance import rewriting
from iree_explore.walk import walk


@dataclass(frozen=True)
class LinalgExtToLoops(ModulePass):
    """Replaces ops of iree_linalg_ext by loops, their regions inlined.

    Before:

    ```mlir
    func.func @entry() {
      %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : memref<4xf32>
      %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : memref<4xf32>
      %2 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(2 : index) : memref<4xf32>
      iree_linalg_ext.sort {dimension = 0 : i64} ins(%0 : memref<4xf32>) outs(%1, %2 : memref<4xf32>, memref<4xf32>) {
      ^bb0(%x: f32, %y: f32):
        %less = arith.cmpf olt, %x, %y : f32
        iree_linalg_ext.yield %less : i1
      }
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @entry() {
        %0 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(0 : index) : memref<4xf32>
        %1 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(1 : index) : memref<4xf32>
        %2 = hal.interface.binding.subspan layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>) binding(2 : index) : memref<4xf32>
        %3 = arith.constant 0 : index
        %4 = arith.constant 4 : index
        %5 = arith.constant 8 : index
        %6 = arith.constant 1 : index
        %7 = arith.constant -1 : index
        %8 = arith.constant false
        scf.for %9 = %3 to %4 step %5 {
          %10 = arith.addi %9, %5 : index
          %11 = arith.minsi %10, %4 : index
          scf.for %12 = %9 to %11 step %6 {
            %13 = memref.load %0[%12] : memref<4xf32>
            %14 = scf.while (%15 = %12) : (index) -> index {
              %16 = arith.cmpi sgt, %15, %9 : index
              %17 = scf.if %16 -> (i1) {
                %18 = arith.addi %15, %7 : index
                %19 = memref.load %1[%18] : memref<4xf32>
                %less = arith.cmpf olt, %13, %19 : f32
                scf.yield %less : i1
              } else {
                scf.yield %8 : i1
              }
              scf.condition(%17) %15 : index
            } do {
            ^bb0(%20: index):
              %21 = arith.addi %20, %7 : index
              %22 = memref.load %1[%21] : memref<4xf32>
              memref.store %22, %1[%20] : memref<4xf32>
              scf.yield %21 : index
            } attributes {llvm.loop_annotation = #llvm.loop_annotation<unroll = <disable = true>>}
            memref.store %13, %1[%14] : memref<4xf32>
          } {llvm.loop_annotation = #llvm.loop_annotation<unroll = <disable = true>>}
        } {llvm.loop_annotation = #llvm.loop_annotation<unroll = <disable = true>>}
        func.return
      }
    }
    ```
    """  # noqa: E501

    name = "executable-targets-linalg-ext-to-loops"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for inner in [o for o in walk(op) if isinstance(o, LinalgExtOp)]:
            with rewriting(cast(CompilerContext, ctx), "LinalgExtToLoops", inner) as rewriter:
                em = Emitter()
                inner.emit_loops(LoopBuilder(inner, em))
                rewriter.insert(em.take())
                rewriter.erase(inner)
