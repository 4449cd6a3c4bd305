# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Walking the host program: functions, initializers, the blocks inside their control flow."""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation

from iree_explore.flow.util_dialect import InitializerOp


def host_functions(module: ModuleOp) -> list[func.FuncOp | InitializerOp]:
    """Functions and initializers with a body, in order."""
    return [
        op
        for op in module.body.block.ops
        if isinstance(op, func.FuncOp | InitializerOp) and op.body.blocks
    ]


def host_blocks(function: Operation) -> Iterator[Block]:
    """Every block of a host function outside stream regions, outermost first."""
    for region in function.regions:
        for block in region.blocks:
            yield block
            for op in list(block.ops):
                if op.regions and not op.name.startswith("stream."):
                    yield from host_blocks(op)
