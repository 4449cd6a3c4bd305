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
    """Computes what is stored in place in the output bindings, the rest in local memory."""

    name = "executable-targets-bufferize"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for func in list(op.body.block.ops):
            if isinstance(func, FuncOp):
                Bufferizer(cast(CompilerContext, ctx), func).run()
