# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Math functions become calls of our math library, whose code goes into the same module.

The table is in math_expansion.py. translate.py adds the functions themselves as LLVM IR
(math_library.py) and LLVM inlines the small ones: no kernel needs a library of the system, and
vectors stay vectors.
"""

from __future__ import annotations

from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.llvm import FuncOp, LinkageAttr, LLVMFunctionType
from xdsl.passes import ModulePass

from iree_explore.context import CompilerContext
from iree_explore.provenance import rewriting
from iree_explore.targets.llvm_cpu import math_expansion
from iree_explore.targets.llvm_cpu.conversion import convert
from iree_explore.targets.llvm_cpu.llvm_extras import CallOp
from iree_explore.walk import walk


class ExpandMath(ModulePass):
    """Calls the math library for math functions.

    Before:
    ```mlir
    func.func @f(%x: f32) -> f32 {
      %y = math.tanh %x : f32
      func.return %y : f32
    }
    ```

    After:
    ```mlir
    builtin.module {
      func.func @f(%x: f32) -> f32 {
        %y = llvm.call @math.tanh.f32(%x) : (f32) -> f32
        func.return %y : f32
      }
      llvm.func @math.tanh.f32(f32) -> f32
    }
    ```
    """

    name = "executable-targets-expand-math"

    def apply(self, ctx: CompilerContext, module: ModuleOp) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        convert(ctx, module, math_expansion.RULES, "ExpandMathFunction")
        calls: dict[str, CallOp] = {}
        for op in walk(module):
            if isinstance(op, CallOp):
                calls.setdefault(op.callee.string_value(), op)
        for name, call in calls.items():
            type_ = LLVMFunctionType([v.type for v in call.operands], call.results[0].type)
            with rewriting(ctx, "DeclareMathFunction", call, at=module.body.block) as rewriter:
                rewriter.insert(FuncOp(name, type_, LinkageAttr("external")))
