# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a signature says of sizes, told to the kernels that are dispatched with them.

Calls that do not fit the signature never run, so kernels may rely on it. What depends on the data
of a call is left out: nobody checks that. `codegen/bounds.py` reads what is said here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import IndexType, ModuleOp
from xdsl.dialects.func import FuncOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore.context import CompilerContext
from iree_explore.flow.dialect import DispatchOp, ExecutableOp
from iree_explore.flow.util_dialect import AssumeIntOp, InitializerOp, IntAssumptionAttr
from iree_explore.provenance import rewriting
from iree_explore.shapes.expressions import Expr
from iree_explore.shapes.facts import Facts, Place, Range
from iree_explore.shapes.functions import declare_arguments
from iree_explore.shapes.inference import SymbolicShapes
from iree_explore.walk import walk


@dataclass(frozen=True)
class AnnotateDispatchAssumptions(ModulePass):
    """Begins entry functions with `util.assume.int` of the sizes that they are given.

    Before:

    ```mlir
    flow.executable @e {
      flow.executable.export @e(@e)
      builtin.module {
        func.func @e(%n: index) {
          %0 = arith.addi %n, %n : index
          func.return
        }
      }
    }
    func.func @f(%x: !hal.buffer_view {iree.abi.name = "x", iree.abi.type = tensor<?xf32>, iree.abi.dims = ["8*b"]}) attributes {iree.abi.constraints = ["b <= 64"]} {
      %n = hal.buffer_view.dim %x dim(0 : i64) : index
      flow.dispatch @e::@e(%n) : (index) -> ()
      func.return
    }
    ```

    After:

    ```mlir
    builtin.module {
      flow.executable @e {
        flow.executable.export @e(@e)
        builtin.module {
          func.func @e(%n: index) {
            %n_1 = util.assume.int %n <umin = 0, umax = 512, udiv = 8> : index
            %0 = arith.addi %n_1, %n_1 : index
            func.return
          }
        }
      }
      func.func @f(%x: !hal.buffer_view {iree.abi.name = "x", iree.abi.type = tensor<?xf32>, iree.abi.dims = ["8*b"]}) attributes {iree.abi.constraints = ["b <= 64"]} {
        %n = hal.buffer_view.dim %x dim(0 : i64) : index
        flow.dispatch @e::@e(%n) : (index) -> ()
        func.return
      }
    }
    ```
    """  # noqa: E501

    name = "flow-annotate-dispatch-assumptions"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        entries = {
            (executable.sym_name.data, function.sym_name.data): function
            for executable in op.body.block.ops
            if isinstance(executable, ExecutableOp)
            for function in walk(executable)
            if isinstance(function, FuncOp) and _index_arguments(function)
        }
        if not entries:
            return
        for function, ranges in _ranges(op, entries).items():
            for argument, range_ in ranges.items():
                _assume(cast(CompilerContext, ctx), function, argument, range_)


def _index_arguments(function: FuncOp) -> list[int]:
    return [i for i, a in enumerate(function.args) if isinstance(a.type, IndexType)]


class _Signature(SymbolicShapes):
    """Sizes by the rules of ops, knowing of symbols only what a function's attributes say: what is
    learnt at an op in a branch need not hold outside of it."""

    def __init__(self, function: Operation) -> None:
        super().__init__(Facts(), lambda op: Place(op.name))
        if isinstance(function, FuncOp):
            declare_arguments(function, self)

    def equate(self, left: Expr | int, right: Expr | int, where: object) -> None:
        """Learns nothing."""

    def range(self, value: SSAValue) -> Range:
        """What holds of an index in all calls; all that is not negative if only data tells it."""
        size, facts = self.scalar(value), self.facts
        if not facts.data.isdisjoint(size.symbols()):
            return Range()
        low, high = facts.bounds(size)
        if low is None or low < 0:  # no size, or one that only calls that fail have
            low, high = 0, None
        return Range(low, high, facts.divisor(size) or 1)


def _ranges(
    module: ModuleOp, entries: Mapping[tuple[str, str], FuncOp]
) -> dict[FuncOp, dict[int, Range]]:
    """What all dispatches of an entry function together say of its index arguments."""
    found: dict[FuncOp, dict[int, Range]] = {}
    for function in module.body.block.ops:
        if not isinstance(function, FuncOp | InitializerOp):
            continue
        signature: _Signature | None = None
        for op in walk(function):
            if not isinstance(op, DispatchOp):
                continue
            names = op.entry_point
            entry = entries.get((names.root_reference.data, names.nested_references.data[-1].data))
            if entry is None:
                continue
            signature = signature or _Signature(function)
            known = found.setdefault(entry, {})
            for i in _index_arguments(entry):
                range_ = signature.range(op.arguments[i])
                known[i] = _either(known[i], range_) if i in known else range_
    return found


def _either(a: Range, b: Range) -> Range:
    """What is true of sizes that one or the other is true of."""
    high = None if a.high is None or b.high is None else max(a.high, b.high)
    return Range(min(a.low, b.low), high, math.gcd(a.divisor, b.divisor))


def _assume(ctx: CompilerContext, function: FuncOp, number: int, range_: Range) -> None:
    """Says it of an argument, if it bounds or divides it."""
    argument = function.args[number]
    if (range_.high is None and range_.divisor == 1) or not argument.uses:
        return
    udiv = range_.divisor if range_.divisor > 1 else None
    assume = AssumeIntOp(argument, IntAssumptionAttr.of(range_.low, range_.high, udiv))
    at = InsertPoint.at_start(function.body.block)
    with rewriting(ctx, "AnnotateDispatchAssumption", function, at=at) as rewriter:
        rewriter.insert(assume)
        argument.replace_uses_with_if(assume.result, lambda use: use.operation is not assume)
    assume.result.name_hint = argument.name_hint
