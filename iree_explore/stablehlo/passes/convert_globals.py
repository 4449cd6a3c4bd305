# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`input-convert-globals`: `ml_program` globals as `util` globals; weights stay parameters by
name."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.dialects.builtin import ModuleOp, StringAttr, SymbolRefAttr
from xdsl.ir import Attribute, Operation
from xdsl.passes import ModulePass

from iree_explore import entropy
from iree_explore.context import CompilerContext
from iree_explore.flow import util_dialect as util
from iree_explore.provenance import rewriting
from iree_explore.walk import walk

LOADS = ("ml_program.global_load", "ml_program.global_load_const")
STORE = "ml_program.global_store"


@dataclass(frozen=True)
class ConvertGlobals(ModulePass):
    """Turns `ml_program.global` and its loads and stores into `util.global`; what nothing stores to
    becomes immutable.

    Before:

    ```mlir
    ml_program.global private mutable @w(#ml_program.extern : tensor<4xf32>) : tensor<4xf32>
    func.func @main() -> tensor<4xf32> {
      %0 = ml_program.global_load @w : tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      util.global private @w = #flow.parameter.named<"model"::"w"> : tensor<4xf32>
      func.func @main() -> tensor<4xf32> {
        %0 = util.global.load @w : tensor<4xf32>
        func.return %0 : tensor<4xf32>
      }
    }
    ```
    """

    name = "input-convert-globals"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:  # pyright: ignore
        uses = [o for o in walk(op) if o.name in (*LOADS, STORE)]
        stored = {_symbol(o) for o in uses if o.name == STORE}
        for use in uses:
            _convert_use(ctx, use)
        for declared in list(op.body.block.ops):
            if declared.name == "ml_program.global":
                _convert_global(ctx, declared, stored)


def _symbol(op: Operation) -> str:
    reference = op.properties["global"]
    assert isinstance(reference, SymbolRefAttr)
    return reference.string_value()


def _convert_use(ctx: CompilerContext, op: Operation) -> None:
    with rewriting(ctx, "ConvertGlobalUse", op) as rewriter:
        if op.name == STORE:
            rewriter.replace(op, util.GlobalStoreOp(op.operands[0], _symbol(op)))
        else:
            rewriter.replace(op, util.GlobalLoadOp(_symbol(op), op.results[0].type))


def _convert_global(ctx: CompilerContext, op: Operation, stored: set[str]) -> None:
    name = op.properties["sym_name"].data  # pyright: ignore[reportAttributeAccessIssue]
    type_ = op.properties["type"]
    value: Attribute | None = op.properties.get("value")
    if value is None or value.name == "ml_program.extern":
        scope = StringAttr(entropy.SCOPE if entropy.ATTRIBUTE in op.attributes else "model")
        value = util.ParameterNamedAttr(scope, StringAttr(name), type_)  # pyright: ignore
    with rewriting(ctx, "ConvertGlobal", op) as rewriter:
        mutable = name in stored or "iree.abi.assigned" in op.attributes
        made = util.GlobalOp(name, type_, value, mutable=mutable)
        made.attributes.update(op.attributes)
        rewriter.replace(op, made)
