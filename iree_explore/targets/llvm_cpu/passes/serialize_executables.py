# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Waits for the compile workers and puts a `hal.executable.binary` beside each variant.

The object bytes go to `ctx.objects` by digest; the inner module stays as it was translated. While
it waits it looks at the cancel flag, and a cancelled compilation stops its workers.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import TimeoutError as WaitTimeout

from xdsl.dialects.builtin import IntAttr, ModuleOp, StringAttr
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore.context import Cancelled, CompilerContext
from iree_explore.hal.dialect import ExecutableExportOp
from iree_explore.hal.host_ops import ExecutableBinaryOp
from iree_explore.hal.types import ExecutableObjectAttr
from iree_explore.observer import Artifact
from iree_explore.provenance import rewriting
from iree_explore.targets.llvm_cpu import compile_pool
from iree_explore.targets.llvm_cpu.compile_pool import CompiledObject
from iree_explore.targets.llvm_cpu.passes.translate_to_llvm_ir import (
    PendingObject,
    assembly_line_ops,
)

_SLICE_S = 0.05


class SerializeExecutables(ModulePass):
    """Collects object code from the compile workers into `hal.executable.binary` ops.

    Before:
    ```mlir
    func.func @main() {
      func.return
    }
    ```

    After:
    ```mlir
    builtin.module {
      func.func @main() {
        func.return
      }
    }
    ```
    """

    name = "executable-targets-serialize-executables"

    def apply(self, ctx: CompilerContext, module: ModuleOp) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        pending = dict(ctx.pending)
        ctx.pending.clear()
        for kernel in pending.values():
            if not isinstance(kernel, PendingObject):
                continue
            compiled = _wait(ctx, kernel)
            _report(ctx, kernel, compiled)
            _insert_binary(ctx, kernel, compiled)


def _wait(ctx: CompilerContext, kernel: PendingObject) -> CompiledObject:
    while True:
        try:
            return kernel.future.result(timeout=_SLICE_S)
        except WaitTimeout:
            try:
                ctx.check_cancelled()
            except Cancelled:
                compile_pool.shared().kill()
                raise


def _report(ctx: CompilerContext, kernel: PendingObject, compiled: CompiledObject) -> None:
    if compiled.assembly:
        translation = kernel.translation
        ctx.observer.artifact(
            Artifact(
                kernel.executable,
                "assembly",
                translation.readable(compiled.assembly),
                assembly_line_ops(compiled.assembly, translation.ops),
            )
        )


def _insert_binary(ctx: CompilerContext, kernel: PendingObject, compiled: CompiledObject) -> None:
    digest = hashlib.sha256(compiled.code).hexdigest()
    ctx.objects[digest] = compiled.code
    variant = kernel.variant
    binary = ExecutableBinaryOp(
        variant.sym_name.data + "_binary",
        variant.target.format.data,
        ExecutableObjectAttr(StringAttr(digest), IntAttr(len(compiled.code))),
    )
    exports = sorted(
        (op for op in variant.body.block.ops if isinstance(op, ExecutableExportOp)),
        key=lambda op: op.ordinal.value.data,
    )
    names = [kernel.translation.entries[op.sym_name.data] for op in exports]
    binary.properties["exports"] = StringAttr(";".join(names))
    with rewriting(ctx, "SerializeExecutable", variant) as rewriter:
        rewriter.insert(binary, InsertPoint.after(variant))
