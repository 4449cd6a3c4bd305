# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Executables that are equal up to symbol names become one, so that it is compiled once."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, SymbolRefAttr
from xdsl.passes import ModulePass

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.flow.dialect import DispatchOp, ExecutableOp
from iree_explore.linalg.equality import key_of
from iree_explore.walk import walk

_NAMES = ("sym_name", "sym_visibility", "function_ref")


@dataclass(frozen=True)
class DeduplicateExecutables(ModulePass):
    """Keeps the first of equal executables and points dispatches to it.

    Before:

    ```mlir
    flow.executable @a {
      flow.executable.export @a(@a)
      builtin.module {
        func.func @a(%0: index) {
          func.return
        }
      }
    }
    flow.executable @b {
      flow.executable.export @b(@b)
      builtin.module {
        func.func @b(%0: index) {
          func.return
        }
      }
    }
    func.func @f(%n: index) {
      flow.dispatch @a::@a(%n) : (index) -> ()
      flow.dispatch @b::@b(%n) : (index) -> ()
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      flow.executable @a {
        flow.executable.export @a(@a)
        builtin.module {
          func.func @a(%0: index) {
            func.return
          }
        }
      }
      func.func @f(%n: index) {
        flow.dispatch @a::@a(%n) : (index) -> ()
        flow.dispatch @a::@a(%n) : (index) -> ()
        func.return
      }
    }
    ```
    """

    name = "flow-deduplicate-executables"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        first: dict[Hashable, ExecutableOp] = {}
        renamed: dict[str, tuple[ExecutableOp, dict[str, str]]] = {}
        duplicates: list[ExecutableOp] = []
        for executable in op.body.block.ops:
            if not isinstance(executable, ExecutableOp):
                continue
            kept = first.setdefault(key_of(executable, _NAMES), executable)
            if kept is not executable:
                names = dict(zip(exports(executable), exports(kept), strict=True))
                renamed[executable.sym_name.data] = (kept, names)
                duplicates.append(executable)
        if not duplicates:
            return
        for dispatch in [o for o in walk(op) if isinstance(o, DispatchOp)]:
            found = renamed.get(dispatch.entry_point.root_reference.data)
            if found is None:
                continue
            kept, names = found
            (entry,) = dispatch.entry_point.nested_references.data
            with provenance.rewriting(context, "DeduplicateExecutable", dispatch) as rewriter:
                dispatch.properties["entry_point"] = SymbolRefAttr(
                    kept.sym_name.data, [names[entry.data]]
                )
                rewriter.notify_op_modified(dispatch)
        for executable in duplicates:
            kept, _ = renamed[executable.sym_name.data]
            with provenance.rewriting(
                context, "DeduplicateExecutable", kept, executable
            ) as rewriter:
                context.provenance.merge(kept, executable)
                rewriter.erase(executable)


def exports(executable: ExecutableOp) -> list[str]:
    """Names of the executable's entry points, in order."""
    return [
        o.properties["sym_name"].data  # pyright: ignore[reportAttributeAccessIssue]
        for o in executable.body.block.ops
        if o.name == "flow.executable.export"
    ]
