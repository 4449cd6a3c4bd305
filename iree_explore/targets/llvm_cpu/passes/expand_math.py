# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Math functions become polynomials: no kernel calls a math library, and vectors stay vectors.

The functions are in math_f32.py and math_f64.py, the table in math_expansion.py.
"""

from __future__ import annotations

from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from iree_explore.context import CompilerContext
from iree_explore.targets.llvm_cpu import math_expansion
from iree_explore.targets.llvm_cpu.conversion import convert


class ExpandMath(ModulePass):
    """Expands math functions into arithmetic.

    Before:
    ```mlir
    func.func @f(%x: f32) -> f32 {
      %y = math.rsqrt %x : f32
      func.return %y : f32
    }
    ```

    After:
    ```mlir
    builtin.module {
      func.func @f(%x: f32) -> f32 {
        %0 = math.sqrt %x : f32
        %1 = arith.constant 1.000000e+00 : f32
        %y = arith.divf %1, %0 : f32
        func.return %y : f32
      }
    }
    ```
    """

    name = "executable-targets-expand-math"

    def apply(self, ctx: CompilerContext, module: ModuleOp) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        convert(ctx, module, math_expansion.RULES, "ExpandMathFunction")
