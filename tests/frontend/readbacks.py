# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How often the host program of a TensorFlow function waits for the device before it reads."""

from __future__ import annotations

from typing import Any

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block

from iree_explore import pipeline
from iree_explore.context import CompileOptions, make_context
from iree_explore.frontend import import_source
from iree_explore.module import CompiledModule


def compiled(source: Any) -> tuple[CompiledModule, int]:
    """The module for `llvm-cpu`, and its waits."""
    ctx = make_context(CompileOptions(targets=("llvm-cpu",)))
    module = import_source(source, ctx)
    pipeline.run(module, ctx, stop="stream")
    found = waits(module)
    pipeline.run(module, ctx, start="executable-sources")
    return CompiledModule.from_compilation(module, ctx, "llvm-cpu", "local-sync"), found


def waits(module: ModuleOp) -> int:
    """How often the host program waits before it reads what a dispatch wrote."""

    def of_block(block: Block) -> int:
        found, waited = 0, False
        for op in block.ops:
            if op.name == "stream.resource.load":
                found, waited = found + waited, False
            else:
                waited |= op.name == "stream.timepoint.await"
            found += sum(of_block(b) for r in op.regions for b in r.blocks)
        return found

    functions = [op for op in module.body.block.ops if op.name == "func.func"]
    return sum(of_block(f.regions[0].block) for f in functions)
