# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Hands each executable's LLVM IR to the compile workers, without waiting for them.

`ctx.pending` keeps what is under way until vm/passes/serialize_executables.py collects it, so that
LLVM works on one executable while the next is lowered, and on the last while the host program is.
"""

from __future__ import annotations

import re
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitTimeout
from dataclasses import dataclass

from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.passes import ModulePass

from iree_explore.context import Cancelled, CompilerContext
from iree_explore.hal.dialect import ExecutableExportOp, ExecutableVariantOp
from iree_explore.observer import Artifact
from iree_explore.targets.llvm_cpu import compile_pool
from iree_explore.targets.llvm_cpu.compile_pool import CompiledObject, ObjectOptions
from iree_explore.targets.llvm_cpu.cpu_info import CPUInfo, describe, host
from iree_explore.targets.llvm_cpu.translate import Translation, translate

_SLICE_S = 0.05


@dataclass(frozen=True)
class PendingKernel:
    """An executable on its way through LLVM, a `context.PendingObject`."""

    executable: str
    exports: tuple[str, ...]
    translation: Translation
    future: Future[CompiledObject]

    def wait(self, ctx: CompilerContext) -> bytes:
        """The object code, and the assembly for the observer; a cancelled compilation stops its
        workers. Raises `Cancelled` (IX207) or `InternalError` IX206."""
        while True:
            try:
                compiled = self.future.result(timeout=_SLICE_S)
            except WaitTimeout:
                try:
                    ctx.check_cancelled()
                except Cancelled:
                    compile_pool.shared().kill()
                    raise
                continue
            break
        if compiled.assembly:
            ctx.observer.artifact(
                Artifact(
                    self.executable,
                    "assembly",
                    self.translation.readable(compiled.assembly),
                    assembly_line_ops(compiled.assembly, self.translation.ops),
                )
            )
        return compiled.code


class TranslateToLLVMIR(ModulePass):
    """Writes an executable as LLVM IR and submits it to the compile workers.

    Before:
    ```mlir
    llvm.func @entry() -> i32 {
      %0 = llvm.mlir.constant(0 : i32) : i32
      llvm.return %0 : i32
    }
    ```

    After:
    ```mlir
    builtin.module {
      llvm.func @entry() -> i32 {
        %0 = llvm.mlir.constant(0 : i32) : i32
        llvm.return %0 : i32
      }
    }
    ```
    """

    name = "executable-targets-translate-to-llvm-ir"

    def apply(self, ctx: CompilerContext, module: ModuleOp) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        variant = module.parent_op()
        target = variant if isinstance(variant, ExecutableVariantOp) else None
        cpu = cpu_of(ctx, target)
        translation = translate(module, cpu)
        executable = _executable_name(target)
        ctx.observer.artifact(
            Artifact(
                executable, "llvm-ir", translation.readable(translation.text), translation.line_ops
            )
        )
        if target is None:  # a module on its own, as in examples: nothing would collect the object
            return
        options = ObjectOptions(
            cpu, assembly=ctx.options.keep_assembly, use_cache=ctx.options.cache
        )
        future = compile_pool.shared().submit(translation.text, options)
        exports = sorted(
            (op for op in target.body.block.ops if isinstance(op, ExecutableExportOp)),
            key=lambda op: op.ordinal.value.data,
        )
        names = tuple(translation.entries[op.sym_name.data] for op in exports)
        ctx.pending[executable] = PendingKernel(executable, names, translation, future)


def cpu_of(ctx: CompilerContext, variant: ExecutableVariantOp | None) -> CPUInfo:
    """The CPU that a variant is for: what its target attribute says, else the options."""
    here = host()
    name, features, arch = ctx.options.cpu, ctx.options.cpu_features, here.arch
    if variant is not None:
        configuration = variant.target.configuration.data
        for key, value in configuration.items():
            if isinstance(value, StringAttr):
                if key == "cpu":
                    name = value.data
                elif key == "cpu_features":
                    features = value.data
        arch = variant.target.format.data.rpartition("-")[2] or arch
    if name in ("host", here.name) and features in ("host", here.features) and arch == here.arch:
        return here
    if name == "host":
        name = here.name if arch == here.arch else "generic"
    if features == "host":
        features = here.features if name == here.name else ""
    triple = here.triple if arch == here.arch else f"{arch}-unknown-linux-gnu"
    return describe(name, features, triple, l1=here.l1, l2=here.l2, l3=here.l3, cores=here.cores)


def _executable_name(variant: ExecutableVariantOp | None) -> str:
    parent = variant.parent_op() if variant is not None else None
    if parent is None:
        return ""
    name = parent.properties["sym_name"]
    assert isinstance(name, StringAttr)
    return name.data


_LOC = re.compile(r"^\s*\.loc\s+\d+\s+(\d+)")


def assembly_line_ops(assembly: str, ops: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Line numbers of `assembly` with the op id that each instruction came from.

    A `.loc` holds until the next one; debug line 0 (id 0) is what LLVM made itself. Lines before
    the first `.loc` of a function and directives have no entry.
    """
    found: list[tuple[int, int]] = []
    current: int | None = None
    for number, line in enumerate(assembly.splitlines(), 1):
        text = line.strip()
        location = _LOC.match(line)
        if location:
            debug_line = int(location.group(1))
            current = ops[debug_line - 1] if 0 < debug_line <= len(ops) else 0
        elif text.startswith(".Lfunc_end"):
            current = None
        elif current is not None and text and not text.startswith((".", "#")) and text[-1] != ":":
            found.append((number, current))
    return tuple(found)
