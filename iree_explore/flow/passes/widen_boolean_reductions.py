# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reductions of booleans (all, any) count in words, and one elementwise op makes booleans of them.

Memory has no single bits: an accumulator that is one is cut and extended at every step, which hides
what combines it from whoever wants to share the reduction among invocations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, TensorType, i1, i32
from xdsl.dialects.linalg.ops import FillOp, YieldOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.ir.affine import AffineMap
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter

from iree_explore import provenance
from iree_explore.codegen.structured import combiners
from iree_explore.codegen.structured import structured as codegen_view
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import append, clone
from iree_explore.linalg import dims
from iree_explore.linalg.structured import Structured, generic, is_linalg, structured
from iree_explore.walk import walk


@dataclass(frozen=True)
class WidenBooleanReductions(ModulePass):
    """Accumulates booleans as words.

    Before:

    ```mlir
    func.func @f(%x: tensor<9xi1>) -> tensor<i1> {
      %t = arith.constant true
      %e = tensor.empty() : tensor<i1>
      %0 = linalg.fill ins(%t : i1) outs(%e : tensor<i1>) -> tensor<i1>
      %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]} ins(%x : tensor<9xi1>) outs(%0 : tensor<i1>) {
      ^bb0(%a: i1, %b: i1):
        %2 = arith.andi %a, %b : i1
        linalg.yield %2 : i1
      } -> tensor<i1>
      func.return %1 : tensor<i1>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%x: tensor<9xi1>) -> tensor<i1> {
        %t = arith.constant true
        %e = tensor.empty() : tensor<i1>
        %0 = linalg.fill ins(%t : i1) outs(%e : tensor<i1>) -> tensor<i1>
        %1 = arith.constant 1 : i32
        %2 = tensor.empty() : tensor<i32>
        %3 = linalg.fill ins(%1 : i32) outs(%2 : tensor<i32>) -> tensor<i32>
        %4 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]} ins(%x : tensor<9xi1>) outs(%3 : tensor<i32>) {
        ^bb0(%5: i1, %6: i32):
          %7 = arith.extui %5 : i1 to i32
          %8 = arith.andi %6, %7 : i32
          linalg.yield %8 : i32
        } -> tensor<i32>
        %9 = tensor.empty() : tensor<i1>
        %10 = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []} ins(%4 : tensor<i32>) outs(%9 : tensor<i1>) {
        ^bb0(%11: i32, %12: i1):
          %13 = arith.trunci %11 : i32 to i1
          linalg.yield %13 : i1
        } -> tensor<i1>
        func.return %10 : tensor<i1>
      }
    }
    ```
    """  # noqa: E501

    name = "dispatch-creation-widen-boolean-reductions"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for inner in [o for o in walk(op) if is_linalg(o)]:
            view = structured(inner)
            if _is_boolean(view):
                with provenance.rewriting(
                    cast(CompilerContext, ctx), "WidenBooleanReduction", inner
                ) as rewriter:
                    _widen(rewriter, view)


def _is_boolean(view: Structured) -> bool:
    """Whether an op reduces to booleans by one of "and", "or" and "exclusive or"."""
    if view.all_parallel or len(view.op.results) != 1:
        return False
    if cast(TensorType, view.op.results[0].type).element_type != i1:
        return False
    twin = codegen_view(view.op)
    found = None if twin is None else combiners(twin)
    names = ("arith.andi", "arith.ori", "arith.xori")
    return found is not None and found[0].name in names and isinstance(_start(view), IntegerAttr)


def _start(view: Structured) -> object:
    """What the reduction begins with, if that is a constant."""
    fill = view.outputs[0].owner
    source = fill.inputs[0].owner if isinstance(fill, FillOp) else None
    return source.value if isinstance(source, arith.ConstantOp) else None


def _widen(rewriter: PatternRewriter, view: Structured) -> None:
    start = _start(view)
    assert isinstance(start, IntegerAttr)
    old = view.op.results[0]
    shape = cast(TensorType, old.type).get_shape()
    one = arith.ConstantOp(IntegerAttr(start.value.data & 1, i32))
    sizes = dims.dynamic_sizes(rewriter, old)
    empty = tensor.EmptyOp(sizes, TensorType(i32, shape))
    fill = FillOp((one.result,), (empty.tensor,))
    for made in (one, empty, fill):
        rewriter.insert(made)
    words = generic(view.inputs, [fill.results[0]], view.maps, view.parallel, _words(view))
    rewriter.insert(words)
    out = tensor.EmptyOp(sizes, cast(TensorType, old.type))
    rewriter.insert(out)
    body = Block(arg_types=[i32, i1])
    cut = arith.TruncIOp(body.args[0], i1)
    body.add_ops([cut, YieldOp(cut.result)])
    identity = AffineMap.identity(len(shape))
    maps, parallel = [identity, identity], [True] * len(shape)
    bits = generic(words.results, [out.tensor], maps, parallel, body)
    rewriter.replace(view.op, bits)


def _words(view: Structured) -> Block:
    """The body with an accumulator of 32 bits, all but the last of which stay zero."""
    *inputs, accumulator = view.body.args
    body = Block(arg_types=[*(a.type for a in inputs), i32])
    values: dict[SSAValue, SSAValue] = dict(zip(inputs, body.args, strict=False))
    combined = cast(Operation, cast(Operation, view.body.last_op).operands[0].owner)
    for inner in view.body.ops:
        if inner is combined:
            (term,) = (v for v in inner.operands if v is not accumulator)
            wide = arith.ExtUIOp(values.get(term, term), i32)
            body.add_op(wide)
            made = type(inner).create(operands=[body.args[-1], wide.result], result_types=[i32])
            made.location = inner.location
            body.add_op(made)
            body.add_op(YieldOp(made.results[0]))
        elif inner is not view.body.last_op:
            append(body, clone(inner, values))
    return body
