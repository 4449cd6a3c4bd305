# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`import-return-checked-values`: what a program checks is returned, to be compared afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    FunctionType,
    ModuleOp,
    StringAttr,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore.context import CompilerContext
from iree_explore.errors import GapError
from iree_explore.hal.passes.wrap_entry_points import CHECK, NAME
from iree_explore.provenance import rewriting
from iree_explore.stablehlo.check_dialect import KINDS, Expectation, ExpectOp, expectation
from iree_explore.stablehlo.custom_calls import attributes_of
from iree_explore.stablehlo.ops.shaping import ConstantOp
from iree_explore.walk import walk


@dataclass(frozen=True)
class ReturnCheckedValues(ModulePass):
    """Makes two results of every `check` op: what was computed, and what is expected.

    The first has `iree.abi.check`, which `CompiledModule` compares both by; callers see neither.

    Before:

    ```mlir
    func.func @main(%x: tensor<4xi32>) {
      check.expect_eq_const(%x, dense<1> : tensor<4xi32>) : tensor<4xi32>
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @main(%x: tensor<4xi32>) -> (tensor<4xi32> {iree.abi.name = "check0_got", iree.abi.check = "eq 0.0001 - 3 (<text>:2)"}, tensor<4xi32> {iree.abi.name = "check0_expected"}) {
        %0 = stablehlo.constant dense<1> : tensor<4xi32>
        func.return %x, %0 : tensor<4xi32>, tensor<4xi32>
      }
    }
    ```
    """  # noqa: E501

    name = "import-return-checked-values"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:
        checks: dict[func.FuncOp, list[Operation]] = {}
        for inner in walk(op):
            if _kind(inner) is None:
                continue
            function = inner.parent_op()
            if not isinstance(function, func.FuncOp) or function.parent_op() is not op:
                raise GapError(
                    "IX203",
                    f"{inner.name} inside a region has no lowering",
                    model=_place(ctx, inner) or None,
                    hint="return the value from the region and check it outside",
                )
            checks.setdefault(function, []).append(inner)
        for function, ops in checks.items():
            _return(ctx, function, ops)


def _kind(op: Operation) -> str | None:
    """The kind of expectation of a check op, or of a call by the name of one."""
    if isinstance(op, ExpectOp):
        return op.KIND
    if op.name == "stablehlo.custom_call":
        target = op.properties.get("call_target_name")
        return KINDS.get(target.data) if isinstance(target, StringAttr) else None
    return None


def _place(ctx: CompilerContext, op: Operation) -> str:
    return ", ".join(str(source) for source in ctx.provenance.sources_of(op))


def _return(ctx: CompilerContext, function: func.FuncOp, ops: list[Operation]) -> None:
    end = cast(func.ReturnOp, function.body.block.last_op)
    rows = _rows(function)
    values: list[SSAValue] = list(end.operands)
    with rewriting(
        ctx, "ReturnCheckedValues", function, end, *ops, at=InsertPoint.before(end)
    ) as rewriter:
        for i, op in enumerate(ops):
            expected = _expectation(op, _place(ctx, op))
            got, *other = op.operands
            value = op.properties.get("value")
            if value is not None:
                rewriter.insertion_point = InsertPoint.before(op)
                constant = ConstantOp.create(
                    properties={"value": value}, result_types=[value.type]  # pyright: ignore[reportAttributeAccessIssue]
                )  # fmt: skip
                other = [rewriter.insert(constant).results[0]]
            values += [got, other[0]]
            name = f"check{i}"
            rows.append({NAME: StringAttr(f"{name}_got"), CHECK: StringAttr(expected.text())})
            rows.append({NAME: StringAttr(f"{name}_expected")})
            rewriter.erase_op(op)
        rewriter.replace_op(end, func.ReturnOp(*values))
        function.properties["function_type"] = FunctionType.from_lists(
            function.function_type.inputs.data, [v.type for v in values]
        )
        function.properties["res_attrs"] = ArrayAttr(DictionaryAttr(row) for row in rows)
        rewriter.notify_op_modified(function)


def _rows(function: func.FuncOp) -> list[dict[str, Attribute]]:
    """The result attributes so far."""
    known = function.res_attrs
    if known is None:
        return [{} for _ in function.function_type.outputs]
    return [dict(cast(DictionaryAttr, row).data) for row in known]


def _expectation(op: Operation, place: str) -> Expectation:
    if isinstance(op, ExpectOp):
        return op.expectation(place)
    given = attributes_of(op) | op.attributes
    return expectation(cast(str, _kind(op)), given, place)
