# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Exported functions take and return buffer views; inside, tensors are imported and exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import func, tensor
from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    FunctionType,
    IndexType,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import index_constant
from iree_explore.hal.dialect import BufferViewDimOp, TensorExportOp, TensorImportOp
from iree_explore.hal.types import BufferViewType

NAME, TYPE, DECLARATION = "iree.abi.name", "iree.abi.type", "iree.abi.declaration"
DIMS, CONSTRAINTS = "iree.abi.dims", "iree.abi.constraints"
"""Unknown sizes of an argument or result as expressions; of a function, what calls satisfy."""
STRUCTURE = "iree.abi.structure"
"""Of a function: how the source nests arguments and results (`structures.Signature` as JSON)."""
CHECK = "iree.abi.check"
"""Of a result: how it has to agree with the next one (`check_dialect.Expectation` as text)."""


@dataclass(frozen=True)
class WrapEntryPoints(ModulePass):
    """Gives exported functions the calling convention of the runtime: buffer views for tensors.

    Before:

    ```mlir
    func.func public @f(%x: tensor<?x4xf32> {iree.abi.name = "x"}) -> tensor<?x4xf32> {
      func.return %x : tensor<?x4xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func public @f(%x: !hal.buffer_view {iree.abi.name = "x", iree.abi.type = tensor<?x4xf32>}) -> (!hal.buffer_view {iree.abi.name = "output0", iree.abi.type = tensor<?x4xf32>}) attributes {iree.abi.declaration = "sync func @f(%x: tensor<?x4xf32>) -> (%output0: tensor<?x4xf32>)"} {
        %0 = hal.buffer_view.dim %x dim(0 : i64) : index
        %x_1 = hal.tensor.import %x{%0} as "x" : !hal.buffer_view -> tensor<?x4xf32>
        %1 = arith.constant 0 : index
        %2 = tensor.dim %x_1, %1 : tensor<?x4xf32>
        %3 = hal.tensor.export %x_1{%2} as "output0" : tensor<?x4xf32> -> !hal.buffer_view
        func.return %3 : !hal.buffer_view
      }
    }
    ```
    """  # noqa: E501

    name = "abi-wrap-entry-points"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in list(op.body.block.ops):
            if isinstance(function, func.FuncOp) and is_exported(function):
                wrap(cast(CompilerContext, ctx), function)


def is_exported(function: func.FuncOp) -> bool:
    """Whether callers of the module can name the function."""
    visibility = function.sym_visibility
    return bool(function.body.blocks) and (visibility is None or visibility.data == "public")


def wrap(ctx: CompilerContext, function: func.FuncOp) -> None:
    """Changes the signature in place, imports at the start, exports before every return."""
    inputs, outputs = list(function.function_type.inputs), list(function.function_type.outputs)
    arguments = _described(inputs, function.arg_attrs, function, "arg")
    results = _described(outputs, function.res_attrs, function, "output")
    entry = function.body.blocks[0]
    with provenance.rewriting(ctx, "WrapEntryPoint", function, at=entry) as rewriter:
        rewriter.insertion_point = InsertPoint.at_start(entry)
        for argument, described in zip(entry.args, arguments, strict=True):
            if isinstance(argument.type, TensorType):
                _import(rewriter, argument, described)
        for block in function.body.blocks:
            if isinstance(block.last_op, func.ReturnOp):
                _export(rewriter, block, results)
        function.properties["function_type"] = FunctionType.from_lists(
            [_boundary(t) for t in inputs], [_boundary(t) for t in outputs]
        )
        function.properties["arg_attrs"] = ArrayAttr(arguments)
        function.properties["res_attrs"] = ArrayAttr(results)
        function.properties["sym_visibility"] = StringAttr("public")
        function.attributes.setdefault(
            DECLARATION, StringAttr(declaration(function.sym_name.data, arguments, results))
        )
        rewriter.notify_op_modified(function)


def remember_types(function: func.FuncOp) -> None:
    """Notes the types of the signature in `iree.abi.type` where they are not: call it before a pass
    changes them to types that mean less (signless integers)."""

    def noted(types: Sequence[Attribute], attributes: ArrayAttr | None) -> ArrayAttr:
        known = [dict(a.data) for a in attributes] if attributes is not None else [{}] * len(types)  # pyright: ignore[reportAttributeAccessIssue]
        return ArrayAttr(
            [DictionaryAttr({TYPE: t, **k}) for t, k in zip(types, known, strict=True)]
        )

    signature = function.function_type
    function.properties["arg_attrs"] = noted(signature.inputs.data, function.arg_attrs)
    function.properties["res_attrs"] = noted(signature.outputs.data, function.res_attrs)


def describe(ctx: CompilerContext, function: func.FuncOp) -> None:
    """Fills in what the abi phase would have said, for programs that start after it: types come
    from `stream.tensor.import` and `stream.tensor.export`."""
    if DECLARATION in function.attributes:
        return
    entry, last = function.body.blocks[0], function.body.blocks[-1].last_op
    inputs = [_encoding([u.operation for u in a.uses]) or a.type for a in entry.args]
    outputs = [_encoding([v.owner]) or v.type for v in (last.operands if last else ())]
    with provenance.rewriting(ctx, "DescribeEntryPoint", function) as rewriter:
        arguments = _described(inputs, function.arg_attrs, function, "arg")
        results = _described(outputs, function.res_attrs, function, "output")
        function.properties["arg_attrs"] = ArrayAttr(arguments)
        function.properties["res_attrs"] = ArrayAttr(results)
        function.attributes[DECLARATION] = StringAttr(
            declaration(function.sym_name.data, arguments, results)
        )
        rewriter.notify_op_modified(function)


def _encoding(ops: Sequence[Operation | Block]) -> Attribute | None:
    for op in ops:
        if isinstance(op, Operation) and isinstance(op.properties.get("encoding"), TensorType):
            return op.properties["encoding"]
    return None


def declaration(
    name: str, arguments: Sequence[DictionaryAttr], results: Sequence[DictionaryAttr]
) -> str:
    """The signature for people, names and types included."""

    def row(values: Sequence[DictionaryAttr]) -> str:
        return ", ".join(f"%{_text(v.data[NAME])}: {v.data[TYPE]}" for v in values)

    return f"sync func @{name}({row(arguments)}) -> ({row(results)})"


def _text(attribute: Attribute) -> str:
    return attribute.data if isinstance(attribute, StringAttr) else str(attribute)


def _boundary(type_: Attribute) -> Attribute:
    return BufferViewType() if isinstance(type_, TensorType) else type_


def _described(
    types: Sequence[Attribute], attributes: ArrayAttr | None, function: func.FuncOp, prefix: str
) -> list[DictionaryAttr]:
    """Per argument or result its attributes with name and type filled in; names are unique."""
    found = []
    seen: set[str] = set()
    for i, type_ in enumerate(types):
        known = dict(attributes.data[i].data) if attributes is not None else {}  # pyright: ignore[reportAttributeAccessIssue]
        known.setdefault(NAME, StringAttr(f"{prefix}{i}"))
        name = _text(known[NAME])
        while name in seen:
            name += "_"
        seen.add(name)
        known[NAME] = StringAttr(name)
        known.setdefault(TYPE, type_)
        found.append(DictionaryAttr(known))
    return found


def _import(rewriter: PatternRewriter, argument: SSAValue, described: DictionaryAttr) -> None:
    type_ = cast(TensorType, argument.type)
    uses = list(argument.uses)
    view = rewriter.replace_value_with_new_type(argument, BufferViewType())
    imported = import_view(rewriter, view, type_, described.data[NAME])
    imported.name_hint = view.name_hint
    for use in uses:
        use.operation.operands[use.index] = imported


def import_view(
    rewriter: PatternRewriter, view: SSAValue, type_: TensorType, name: Attribute | None = None
) -> SSAValue:
    """The tensor of `type_` that a buffer view holds; its unknown sizes are read from the view."""
    dims = []
    for i, size in enumerate(type_.get_shape()):
        if size < 0:
            dim = BufferViewDimOp.build(
                operands=[view],
                properties={"index": IntegerAttr(i, i64)},
                result_types=[IndexType()],
            )
            rewriter.insert(dim)
            dims.append(dim.result)
    imported = TensorImportOp.build(
        operands=[view, dims],
        properties={} if name is None else {"tensor_name": name},
        result_types=[type_],
    )
    rewriter.insert(imported)
    return imported.result


def sizes_of(rewriter: PatternRewriter, value: SSAValue) -> list[SSAValue]:
    """The unknown sizes of a tensor, by `tensor.dim`."""
    dims = []
    for d, size in enumerate(cast(TensorType, value.type).get_shape()):
        if size < 0:
            index = index_constant(d)
            dim = tensor.DimOp(value, index.result)
            rewriter.insert((index, dim))
            dims.append(dim.result)
    return dims


def _export(rewriter: PatternRewriter, block: Block, described: list[DictionaryAttr]) -> None:
    terminator = cast(func.ReturnOp, block.last_op)
    rewriter.insertion_point = InsertPoint.before(terminator)
    for i, value in enumerate(terminator.operands):
        if not isinstance(value.type, TensorType):
            continue
        export = TensorExportOp.build(
            operands=[value, sizes_of(rewriter, value)],
            properties={"tensor_name": described[i].data[NAME]},
            result_types=[BufferViewType()],
        )
        rewriter.insert(export)
        terminator.operands[i] = export.result
