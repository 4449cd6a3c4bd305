# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`import-propagate-shapes`: what exported functions need and promise of their unknown sizes.

`shapes/functions.py` infers; this pass writes what calls are checked by, and collects every
contradiction of all functions into one error. Functions without a `?` are left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    DictionaryAttr,
    FunctionType,
    ModuleOp,
    StringAttr,
    TensorType,
)
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter

from iree_explore.context import CompilerContext
from iree_explore.errors import ModelError
from iree_explore.hal.passes.wrap_entry_points import CONSTRAINTS, DIMS, is_exported
from iree_explore.observer import Observer
from iree_explore.provenance import rewriting
from iree_explore.shapes.facts import Conflict
from iree_explore.shapes.functions import (
    attributes_of,
    has_unknown_sizes,
    infer_function,
)
from iree_explore.shapes.inference import PropagationStep, SymbolicShapes
from iree_explore.shapes.signature import constraints

_MOST = 20


@dataclass(frozen=True)
class PropagateShapes(ModulePass):
    """Infers symbolic sizes of exported functions; sizes that must be numbers become static.

    Before:

    ```mlir
    func.func @f(%a: tensor<?x?xf32> {iree.abi.dims = ["b", "n"]}, %b: tensor<?x7xf32> {iree.abi.dims = ["m", ""]}) -> tensor<?x?xf32> {
      %0 = stablehlo.add %a, %b : (tensor<?x?xf32>, tensor<?x7xf32>) -> tensor<?x?xf32>
      %1 = stablehlo.concatenate %0, %a, dim = 0 : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
      func.return %1 : tensor<?x?xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%a: tensor<?x7xf32> {iree.abi.dims = ["b", ""]}, %b: tensor<?x7xf32> {iree.abi.dims = ["b", ""]}) -> (tensor<?x?xf32> {iree.abi.dims = ["2*b", "7"]}) {
        %0 = stablehlo.add %a, %b : (tensor<?x7xf32>, tensor<?x7xf32>) -> tensor<?x?xf32>
        %1 = stablehlo.concatenate %0, %a, dim = 0 : (tensor<?x?xf32>, tensor<?x7xf32>) -> tensor<?x?xf32>
        func.return %1 : tensor<?x?xf32>
      }
    }
    ```
    """  # noqa: E501

    name = "import-propagate-shapes"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        assert isinstance(ctx, CompilerContext)
        listens = type(ctx.observer).shapes_inferred is not Observer.shapes_inferred
        conflicts: list[tuple[str, Conflict]] = []
        for function in op.body.block.ops:
            if not isinstance(function, FuncOp) or not is_exported(function):
                continue
            if not has_unknown_sizes(function):
                continue
            steps: list[PropagationStep] | None = [] if listens else None
            shapes = infer_function(function, ctx.provenance, steps)
            name = function.sym_name.data
            ctx.observer.shapes_inferred(name, shapes, steps or ())
            conflicts += [(name, c) for c in shapes.facts.conflicts]
            if not conflicts:
                _declare(function, shapes, ctx)
        if conflicts:
            raise _contradiction(conflicts)


def _contradiction(conflicts: Sequence[tuple[str, Conflict]]) -> ModelError:
    rows = []
    for name, conflict in conflicts[:_MOST]:
        first, *others = str(conflict).split("; ")
        rows += [f"{name}: {first}", *(f"  {other}" for other in others)]
    if len(conflicts) > _MOST:
        rows.append(f"... and {len(conflicts) - _MOST} more")
    equation = conflicts[0][1].equation
    what = f"sizes contradict: {equation} cannot hold"
    if len(conflicts) > 1:
        what = f"{len(conflicts)} sizes contradict, first {equation}"
    return ModelError("IX109", what, because="\n".join(rows))


def _declare(function: FuncOp, shapes: SymbolicShapes, ctx: CompilerContext) -> None:
    """Writes what is known of arguments and results to the function's attributes."""
    block = function.body.block
    last = block.last_op
    assert last is not None
    with rewriting(ctx, "DeclareSizes", function) as rewriter:
        for argument in list(block.args):
            if isinstance(argument.type, TensorType):
                _refine(argument, argument.type, shapes, rewriter)
        for i, value in enumerate(block.args):
            _set_dims(function, "arg_attrs", i, value, shapes)
        for i, value in enumerate(last.operands):
            _set_dims(function, "res_attrs", i, value, shapes)
        function.properties["function_type"] = FunctionType.from_lists(
            [a.type for a in block.args], list(function.function_type.outputs)
        )
        found = constraints(shapes.facts)
        function.attributes.pop(CONSTRAINTS, None)
        if found:
            function.attributes[CONSTRAINTS] = ArrayAttr(map(StringAttr, found))
        rewriter.notify_op_modified(function)


def _refine(
    argument: SSAValue, type_: TensorType, shapes: SymbolicShapes, rewriter: PatternRewriter
) -> None:
    """Sizes of an argument that have to be a number are one in its type."""
    known = [n.constant for n in shapes.dims(argument)]
    sizes = [DYNAMIC_INDEX if n is None else n for n in known]
    if sizes != list(type_.get_shape()):
        wanted = TensorType(type_.element_type, sizes, type_.encoding)
        shapes.moved(argument, rewriter.replace_value_with_new_type(argument, wanted))


def _set_dims(
    function: FuncOp, rows: str, index: int, value: SSAValue, shapes: SymbolicShapes
) -> None:
    """`iree.abi.dims` of one argument or result: "" where its type says the size."""
    known = function.properties.get(rows)
    assert known is None or isinstance(known, ArrayAttr)
    attributes = attributes_of(known, index)
    attributes.pop(DIMS, None)
    found_sizes = shapes.dims(value) if isinstance(value.type, TensorType) else ()
    if isinstance(value.type, TensorType) and any(n.constant is None for n in found_sizes):
        sizes = zip(value.type.get_shape(), found_sizes, strict=True)
        attributes[DIMS] = ArrayAttr(StringAttr("" if n >= 0 else str(s)) for n, s in sizes)
    elif known is None:
        return
    types = function.function_type
    count = len(types.inputs if rows == "arg_attrs" else types.outputs)
    found: list[Attribute] = [DictionaryAttr(attributes_of(known, i)) for i in range(count)]
    found[index] = DictionaryAttr(attributes)
    function.properties[rows] = ArrayAttr(found)
