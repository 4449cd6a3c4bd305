# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Waits for object code that other processes make, and names it in each `hal.executable.binary`.

LLVM starts at the end of `executable-targets`; no pass from there on looks at the code, so all of
`hal` and `vm` runs while it works. The bytes go to `ctx.objects` by digest.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import IntAttr, ModuleOp, StringAttr
from xdsl.passes import ModulePass

from iree_explore.context import CompilerContext
from iree_explore.errors import InternalError
from iree_explore.hal.host_ops import ExecutableBinaryOp
from iree_explore.hal.types import ExecutableObjectAttr
from iree_explore.provenance import rewriting


@dataclass(frozen=True)
class SerializeExecutables(ModulePass):
    """Collects object code from the compile workers into `hal.executable.binary` ops.

    Before:
    ```mlir
    hal.executable.binary @e format("embedded-elf-x86_64") object <"ab", 12>
    ```

    After:
    ```mlir
    builtin.module {
      hal.executable.binary @e format("embedded-elf-x86_64") object <"ab", 12>
    }
    ```
    """

    name = "vm-serialize-executables"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        for inner in list(op.body.block.ops):
            if isinstance(inner, ExecutableBinaryOp) and inner.data is None:
                serialize(context, inner)


def serialize(ctx: CompilerContext, op: ExecutableBinaryOp) -> None:
    """Waits for the code of one executable; raises `InternalError` IX202 if nobody makes it."""
    pending = ctx.pending.pop(op.sym_name.data, None)
    if pending is None:
        raise InternalError("IX202", f"executable @{op.sym_name.data} was not translated")
    code = pending.wait(ctx)
    digest = hashlib.sha256(code).hexdigest()
    ctx.objects[digest] = code
    with rewriting(ctx, "SerializeExecutable", op) as rewriter:
        op.data = ExecutableObjectAttr(StringAttr(digest), IntAttr(len(code)))
        rewriter.notify_op_modified(op)
