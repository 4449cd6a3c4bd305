# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`import-clean-attributes`: what only the source framework understands goes away."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, ModuleOp
from xdsl.ir import Attribute, Operation
from xdsl.passes import ModulePass

from iree_explore.context import CompilerContext
from iree_explore.frontend.sdy import MeshOp, PlacedOp
from iree_explore.provenance import rewriting
from iree_explore.walk import walk

FRAMEWORKS = ("tf.", "tf_saved_model.", "tfl.", "jax.", "mhlo.", "xla.", "_", "torch.", "sdy.")
"""Prefixes of attribute names that no later phase reads."""
OF_CALLS = ("mhlo.attributes", "mhlo.backend_config")
"""What a `stablehlo.custom_call` is told by its attributes of these names."""


@dataclass(frozen=True)
class CleanAttributes(ModulePass):
    """Drops attributes of TensorFlow, JAX and XLA, and what says on which devices values are.

    Before:

    ```mlir
    func.func public @main(%x: tensor<4xf32> {tf._name = "x"}) attributes {tf.entry} {
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func public @main(%x: tensor<4xf32>) {
        func.return
      }
    }
    ```
    """

    name = "import-clean-attributes"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:
        for inner in walk(op):
            if isinstance(inner, MeshOp | PlacedOp):
                _remove(inner, ctx)
                continue
            kept = OF_CALLS if inner.name == "stablehlo.custom_call" else ()
            foreign = [k for k in inner.attributes if k.startswith(FRAMEWORKS) and k not in kept]
            tables = {
                key: cleaned
                for key in ("arg_attrs", "res_attrs")
                if (cleaned := _cleaned(inner.properties.get(key))) is not None
            }
            if not foreign and not tables:
                continue
            at = op.body.block if inner is op else None
            with rewriting(ctx, "DropFrameworkAttributes", inner, at=at) as rewriter:
                for key in foreign:
                    del inner.attributes[key]
                for key, table in tables.items():
                    _replace(inner, key, table)
                rewriter.notify_op_modified(inner)


def _remove(op: Operation, ctx: CompilerContext) -> None:
    """One device has all of every value."""
    with rewriting(ctx, "DropPlacement", op) as rewriter:
        rewriter.replace_op(op, [], list(op.operands))


def _cleaned(table: Attribute | None) -> ArrayAttr | None:
    """The argument or result attributes without foreign ones; None if nothing changes."""
    if not isinstance(table, ArrayAttr):
        return None
    rows = []
    changed = False
    for row in table:
        if not isinstance(row, DictionaryAttr):
            return None
        kept = {k: v for k, v in row.data.items() if not k.startswith(FRAMEWORKS)}
        changed |= len(kept) != len(row.data)
        rows.append(DictionaryAttr(kept))
    return ArrayAttr(rows) if changed else None


def _replace(op: Operation, key: str, table: ArrayAttr) -> None:
    if any(row.data for row in table if isinstance(row, DictionaryAttr)):
        op.properties[key] = table
    else:
        del op.properties[key]
