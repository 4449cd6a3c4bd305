# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`import-flatten-tuples`: tuples become their tensors; tokens and futures become nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, FunctionType, ModuleOp, TupleType
from xdsl.ir import Attribute, Block, BlockArgument, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore.context import CompilerContext
from iree_explore.provenance import rewriting
from iree_explore.stablehlo.attrs import FutureType, TokenType
from iree_explore.walk import walk


@dataclass(frozen=True)
class FlattenTuples(ModulePass):
    """Replaces each tuple, in functions, calls and regions, by the tensors in it.

    Before:

    ```mlir
    func.func @main(%t: tuple<tensor<2xf32>, tensor<i32>>, %k: !stablehlo.token) -> tensor<2xf32> {
      %0 = stablehlo.get_tuple_element %t[0] : (tuple<tensor<2xf32>, tensor<i32>>) -> tensor<2xf32>
      %1:2 = stablehlo.optimization_barrier %0, %k : tensor<2xf32>, !stablehlo.token
      return %1#0 : tensor<2xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @main(%0: tensor<2xf32>, %1: tensor<i32>) -> tensor<2xf32> {
        %2 = stablehlo.optimization_barrier %0 : tensor<2xf32>
        func.return %2 : tensor<2xf32>
      }
    }
    ```
    """

    name = "import-flatten-tuples"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:  # pyright: ignore
        for function in list(op.body.block.ops):
            if isinstance(function, func.FuncOp) and _needed(function):
                flatten = _Flatten(ctx)
                if function.body.blocks:
                    flatten.block(function.body.block, function)
                flatten.erase()
                _signature(ctx, function)


def is_plain(type_: Attribute) -> bool:
    """Whether a value of the type stays one value."""
    return not isinstance(type_, TupleType | TokenType | FutureType)


def leaves(type_: Attribute) -> list[Attribute]:
    """Types of the tensors in a value, in order."""
    if isinstance(type_, TokenType):
        return []
    if isinstance(type_, TupleType | FutureType):
        return [leaf for part in type_.types for leaf in leaves(part)]
    return [type_]


def _needed(function: func.FuncOp) -> bool:
    types = (*function.function_type.inputs, *function.function_type.outputs)
    if not all(map(is_plain, types)):
        return True
    return any(not is_plain(r.type) for op in walk(function) for r in op.results)


@dataclass
class _Flatten:
    """Rewrites one function; `parts` has the tensors of every value that is not plain."""

    ctx: CompilerContext
    parts: dict[SSAValue, list[SSAValue]] = field(default_factory=dict)
    dead: list[Operation] = field(default_factory=list)
    arguments: list[BlockArgument] = field(default_factory=list)

    def of(self, values: Sequence[SSAValue]) -> list[SSAValue]:
        return [p for v in values for p in self.parts.get(v, [v])]

    def block(self, block: Block, parent: Operation) -> None:
        arguments = [a for a in block.args if not is_plain(a.type)]
        if arguments:
            with rewriting(self.ctx, "FlattenArguments", parent) as rewriter:
                for old in arguments:
                    types = leaves(old.type)
                    self.parts[old] = [
                        rewriter.insert_block_argument(block, old.index + i + 1, t)
                        for i, t in enumerate(types)
                    ]
        for op in list(block.ops):
            self.op(op)
        self.arguments += arguments

    def op(self, op: Operation) -> None:
        make = _TAKEN_APART.get(op.name)
        if make is not None:
            make(self, op)
            return
        for region in op.regions:
            for block in region.blocks:
                self.block(block, op)
        values = (*op.operands, *op.results)
        if all(is_plain(v.type) for v in values):
            return
        with rewriting(self.ctx, "FlattenTuple", op) as rewriter:
            new = type(op).create(
                operands=self.of(op.operands),
                result_types=[leaf for r in op.results for leaf in leaves(r.type)],
                properties=dict(op.properties),
                attributes=dict(op.attributes),
                successors=list(op.successors),
                regions=[op.detach_region(r) for r in list(op.regions)],
            )
            rewriter.insert(new, InsertPoint.before(op))
            self._replaced(rewriter, op, list(new.results))
            if not op.results:
                rewriter.erase(op)
                return
        self.dead.append(op)

    def _replaced(self, rewriter: PatternRewriter, op: Operation, new: list[SSAValue]) -> None:
        """Uses of plain results read the new values; the parts of the others are remembered."""
        for old in op.results:
            count = len(leaves(old.type))
            mine, new = new[:count], new[count:]
            if is_plain(old.type):
                rewriter.replace_all_uses_with(old, mine[0])
            else:
                self.parts[old] = mine

    def pack(self, op: Operation) -> None:
        self.parts[op.results[0]] = self.of(op.operands)
        self.dead.append(op)

    def unpack(self, op: Any) -> None:
        """`get_tuple_element` and `async_done`."""
        parts = self.of(op.operands)
        index = op.properties.get("index")
        if index is not None:
            types = list(op.operands[0].type.types)
            first = sum(len(leaves(t)) for t in types[: index.value.data])
            parts = parts[first : first + len(leaves(types[index.value.data]))]
        with rewriting(self.ctx, "UnpackTuple", op) as rewriter:
            self._replaced(rewriter, op, parts)
        self.dead.append(op)

    def start(self, op: Operation) -> None:
        """`async_start`: its region runs here."""
        block = op.regions[0].block
        self.block(block, op)
        last = block.last_op
        assert last is not None
        operands = self.of(op.operands)
        arguments = [a for a in block.args if is_plain(a.type)]
        with rewriting(self.ctx, "RunAsyncRegion", op) as rewriter:
            for argument, value in zip(arguments, operands, strict=True):
                rewriter.replace_all_uses_with(argument, value)
            results = list(last.operands)
            rewriter.erase(last)
            for inner in list(block.ops):
                inner.detach()
                rewriter.insert(inner, InsertPoint.before(op))
        self.parts[op.results[0]] = results
        self.dead.append(op)

    def erase(self) -> None:
        """Removes what nothing reads any more."""
        for op in reversed(self.dead):
            with rewriting(self.ctx, "EraseTuple", op) as rewriter:
                rewriter.erase(op)
        for argument in self.arguments:
            block = argument.owner
            assert isinstance(block, Block)
            block.erase_arg(argument)


_TAKEN_APART: dict[str, Any] = {
    "stablehlo.tuple": _Flatten.pack,
    "stablehlo.after_all": _Flatten.pack,
    "stablehlo.create_token": _Flatten.pack,
    "stablehlo.get_tuple_element": _Flatten.unpack,
    "stablehlo.async_start": _Flatten.start,
    "stablehlo.async_done": _Flatten.unpack,
}


def _signature(ctx: CompilerContext, function: func.FuncOp) -> None:
    """The function's type and the attributes of its arguments and results."""
    old = function.function_type
    sides = {"arg_attrs": list(old.inputs), "res_attrs": list(old.outputs)}
    flat = {k: [leaf for t in types for leaf in leaves(t)] for k, types in sides.items()}
    with rewriting(ctx, "FlattenSignature", function) as rewriter:
        function.function_type = FunctionType.from_lists(flat["arg_attrs"], flat["res_attrs"])
        for key, types in sides.items():
            table = function.properties.get(key)
            if isinstance(table, ArrayAttr):
                pairs = list(zip(table, types, strict=True))
                rows = [
                    r if is_plain(t) else DictionaryAttr({}) for r, t in pairs for _ in leaves(t)
                ]
                function.properties[key] = ArrayAttr(rows)
        rewriter.notify_op_modified(function)
