# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What remains of executables is their object code; dispatches name it directly.

What other processes still make (`ctx.pending`) is put in by vm/passes/serialize_executables.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import (
    ModuleOp,
    i64,
)
from xdsl.passes import ModulePass

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import integers, string, symbol
from iree_explore.errors import InternalError
from iree_explore.hal import host_ops as hal
from iree_explore.hal.dialect import ExecutableExportOp, ExecutableOp, ExecutableVariantOp
from iree_explore.walk import walk


@dataclass(frozen=True)
class LinkExecutables(ModulePass):
    """Replaces each `hal.executable` by its binary, with what a loader must know of the exports.

    Before:

    ```mlir
    hal.executable @e {
      hal.executable.variant @cpu target(<"llvm-cpu", "embedded-elf-x86_64", {}>) {
        hal.executable.export @f ordinal(0 : index) layout(<bindings = []>)
        builtin.module {
        }
      }
      hal.executable.binary @cpu_binary format("embedded-elf-x86_64") object <"ab", 12>
    }
    func.func private @r(%c: !hal.command_buffer, %n: index) {
      hal.command_buffer.dispatch %c target(@e::@cpu::@f) workgroups(%n, %n, %n)
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      hal.executable.binary @e format("embedded-elf-x86_64") object <"ab", 12> attributes {exports = "f", local_memory = array<i64: 0>, entries = "f", interface = array<i64: 0, 0>, read_only = array<i64: 0>}
      func.func private @r(%c: !hal.command_buffer, %n: index) {
        hal.command_buffer.dispatch %c target(@e::@f) workgroups(%n, %n, %n)
        func.return
      }
    }
    ```
    """  # noqa: E501

    name = "hal-link-executables"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        for inner in list(op.body.block.ops):
            if isinstance(inner, ExecutableOp):
                link(context, inner)
        for inner in walk(op):
            if type(inner) is hal.CommandBufferDispatchOp:
                nested = inner.entry_point.nested_references.data
                if len(nested) == 2:
                    with provenance.rewriting(context, "LinkDispatch", inner) as rewriter:
                        inner.properties["entry_point"] = symbol(
                            inner.entry_point.root_reference.data, nested[1].data
                        )
                        rewriter.notify_op_modified(inner)


def link(ctx: CompilerContext, op: ExecutableOp) -> None:
    """One binary per executable, of the first variant, under the executable's name."""
    ops = list(op.body.block.ops)
    variant = next(o for o in ops if isinstance(o, ExecutableVariantOp))
    format_ = variant.target.format
    made = (o for o in ops if isinstance(o, hal.ExecutableBinaryOp))
    binary = next((o for o in made if o.format == format_), None)  # the others are other targets'
    pending = None if binary is not None else ctx.pending.get(op.sym_name.data)
    if binary is None and pending is None:
        raise InternalError("IX202", f"executable @{op.sym_name.data} was not translated")
    exports = sorted(
        (o for o in variant.body.block.ops if isinstance(o, ExecutableExportOp)),
        key=lambda o: o.ordinal.value.data,
    )
    names = [e.sym_name.data for e in exports]
    memory = [
        e.workgroup_local_memory.value.data if e.workgroup_local_memory is not None else 0
        for e in exports
    ]
    interface = [n for e in exports for n in (e.layout.constants.data, len(e.layout.bindings.data))]
    symbols = list(pending.exports) if pending is not None else names
    data = None
    if binary is not None:
        data, symbols = binary.data, binary.export_names() or names
    with provenance.rewriting(ctx, "LinkExecutable", op, binary or variant) as rewriter:
        new = hal.ExecutableBinaryOp(op.sym_name.data, format_.data, data)
        new.properties["exports"] = string(";".join(symbols))
        new.properties["local_memory"] = integers(tuple(memory), i64)
        new.properties["entries"] = string(";".join(names))
        new.properties["interface"] = integers(tuple(interface), i64)
        new.properties["read_only"] = integers(tuple(_read_only(e) for e in exports), i64)
        rewriter.replace(op, new, [])


def _read_only(export: ExecutableExportOp) -> int:
    """A bit for each binding that is only read; the 63rd and later count as written."""
    flags = [b.flags.data == "ReadOnly" for b in export.layout.bindings.data[:63]]
    return sum(1 << i for i, is_read_only in enumerate(flags) if is_read_only)
