# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention becomes `iree_linalg_ext.online_attention`, whatever ops the model wrote it with.

The scores never are a tensor then (`linalg/ext/attention.py` says how): memory grows with the
number of keys, not with its square, however many keys there are and whether or not that is known.
What counts as attention is in `flow/attention.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    AffineMapAttr,
    ArrayAttr,
    FixedBitwidthType,
    Float64Type,
    ModuleOp,
    TensorType,
    f32,
    f64,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.flow.attention import Attention, Division, Labels, Node, find_attention
from iree_explore.linalg.ext.attention import OnlineAttentionOp
from iree_explore.linalg.ext_interface import IndexOp, YieldOp
from iree_explore.linalg.structured import (
    Structured,
    dims_of_map,
    is_elementwise,
    is_linalg,
    structured,
)
from iree_explore.walk import walk


@dataclass(frozen=True)
class ConvertAttentionToOnlineAttention(ModulePass):
    """Makes products, softmax and masks of attention one op.

    `CompileOptions(convert_attention_to_online_attention=False)` leaves the pass out, and so do
    targets other than `llvm-cpu`: an invocation of a GPU would have to hold a whole tile.

    Before:

    ```mlir
    func.func @f(%q: tensor<512x64xf32>, %k: tensor<512x64xf32>, %v: tensor<512x64xf32>, %m: tensor<512xf32>) -> tensor<512x64xf32> {
      %zero = arith.constant 0.0 : f32
      %least = arith.constant 0xFF800000 : f32
      %e = tensor.empty() : tensor<512x512xf32>
      %r = tensor.empty() : tensor<512xf32>
      %o = tensor.empty() : tensor<512x64xf32>
      %0 = linalg.fill ins(%zero : f32) outs(%e : tensor<512x512xf32>) -> tensor<512x512xf32>
      %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%q, %k : tensor<512x64xf32>, tensor<512x64xf32>) outs(%0 : tensor<512x512xf32>) {
      ^bb0(%a: f32, %b: f32, %c: f32):
        %2 = arith.mulf %a, %b : f32
        %3 = arith.addf %2, %c : f32
        linalg.yield %3 : f32
      } -> tensor<512x512xf32>
      %4 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%1, %m : tensor<512x512xf32>, tensor<512xf32>) outs(%e : tensor<512x512xf32>) {
      ^bb0(%a: f32, %b: f32, %c: f32):
        %5 = arith.addf %a, %b : f32
        linalg.yield %5 : f32
      } -> tensor<512x512xf32>
      %6 = linalg.fill ins(%least : f32) outs(%r : tensor<512xf32>) -> tensor<512xf32>
      %7 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%4 : tensor<512x512xf32>) outs(%6 : tensor<512xf32>) {
      ^bb0(%a: f32, %b: f32):
        %8 = arith.maximumf %b, %a : f32
        linalg.yield %8 : f32
      } -> tensor<512xf32>
      %9 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%4, %7 : tensor<512x512xf32>, tensor<512xf32>) outs(%e : tensor<512x512xf32>) {
      ^bb0(%a: f32, %b: f32, %c: f32):
        %10 = arith.subf %a, %b : f32
        %11 = math.exp %10 : f32
        linalg.yield %11 : f32
      } -> tensor<512x512xf32>
      %12 = linalg.fill ins(%zero : f32) outs(%r : tensor<512xf32>) -> tensor<512xf32>
      %13 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%9 : tensor<512x512xf32>) outs(%12 : tensor<512xf32>) {
      ^bb0(%a: f32, %b: f32):
        %14 = arith.addf %b, %a : f32
        linalg.yield %14 : f32
      } -> tensor<512xf32>
      %15 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%9, %13 : tensor<512x512xf32>, tensor<512xf32>) outs(%e : tensor<512x512xf32>) {
      ^bb0(%a: f32, %b: f32, %c: f32):
        %16 = arith.divf %a, %b : f32
        linalg.yield %16 : f32
      } -> tensor<512x512xf32>
      %17 = linalg.fill ins(%zero : f32) outs(%o : tensor<512x64xf32>) -> tensor<512x64xf32>
      %18 = linalg.matmul ins(%15, %v : tensor<512x512xf32>, tensor<512x64xf32>) outs(%17 : tensor<512x64xf32>) -> tensor<512x64xf32>
      func.return %18 : tensor<512x64xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @f(%q: tensor<512x64xf32>, %k: tensor<512x64xf32>, %v: tensor<512x64xf32>, %m: tensor<512xf32>) -> tensor<512x64xf32> {
        %o = tensor.empty() : tensor<512x64xf32>
        %0 = iree_linalg_ext.online_attention {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1)>, affine_map<(d0, d1, d2, d3) -> (d2, d1)>, affine_map<(d0, d1, d2, d3) -> (d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d3)>]} ins(%q, %k, %v, %m : tensor<512x64xf32>, tensor<512x64xf32>, tensor<512x64xf32>, tensor<512xf32>) outs(%o : tensor<512x64xf32>) {
        ^bb0(%1: f32, %2: f32):
          %3 = arith.addf %1, %2 : f32
          iree_linalg_ext.yield %3 : f32
        } -> tensor<512x64xf32>
        func.return %0 : tensor<512x64xf32>
      }
    }
    ```
    """  # noqa: E501

    name = "dispatch-creation-convert-attention-to-online-attention"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        on_cpu = all(target == "llvm-cpu" for target in context.options.targets)
        if not (on_cpu and context.options.convert_attention_to_online_attention):
            return
        for inner in [o for o in walk(op) if is_linalg(o)]:
            if inner.parent is not None and (found := find_attention(inner)) is not None:
                convert(context, found)


def convert(ctx: CompilerContext, found: Attention) -> None:
    """Replaces the last product (and the division of its result); drops what only they read."""
    product = found.product.op
    if found.division is not None:
        _drop_division(ctx, found.division)
    scores = _Scores(found)
    values = [found.query, found.key, found.value, *scores.operands]
    result, labels, out = product.results[0], found.result, found.product.outputs[0]
    casts: list[Operation] = []
    while (reader := _reader(result, labels)) is not None:
        labels, view = reader
        casts.append(view.op)
        result, out = view.op.results[0], view.outputs[0]
    maps = [_map(dims, found.loops) for _, dims in (*values, (None, labels))]
    out = out.owner.outputs[0] if isinstance(out.owner, linalg.FillOp) else out
    with provenance.rewriting(
        ctx, "ConvertAttentionToOnlineAttention", product, *casts,
        at=InsertPoint.before(casts[-1] if casts else product),
    ) as rewriter:  # fmt: skip
        made = OnlineAttentionOp.of(
            [v for v, _ in values],
            [out],
            [Region(scores.block)],
            {"indexing_maps": ArrayAttr([AffineMapAttr(m) for m in maps])},
        )
        rewriter.insert(made)
        rewriter.replace_all_uses_with(result, made.results[0])
    _erase_dead(ctx, [result.owner])


def _reader(value: SSAValue, labels: Labels) -> tuple[Labels, Structured] | None:
    """The only reader of a value, if it but casts it or changes the order of its dimensions."""
    readers = {use.operation for use in value.uses}
    reader = next(iter(readers), None)
    if len(readers) != 1 or not isinstance(reader, linalg.GenericOp) or reader.parent is None:
        return None
    view = structured(reader)
    if not is_elementwise(view) or len(view.inputs) != 1 or len(view.outputs) != 1:
        return None
    read, written = dims_of_map(view.maps[0]), dims_of_map(view.output_maps[0])
    *inner, last = view.body.ops
    casts = all(o.name in ("arith.extf", "arith.truncf") for o in inner) and len(inner) < 2
    if read is None or written is None or len(read) != view.num_loops or not casts:
        return None
    if last.operands[0] is not (inner[0].results[0] if inner else view.body.args[0]):
        return None
    if reader.parent is not cast(Operation, value.owner).parent or view.inputs[0] is not value:
        return None
    return tuple(labels[read.index(d)] for d in written), view


def _map(labels: Labels, loops: Labels) -> AffineMap:
    return AffineMap(len(loops), 0, tuple(AffineDimExpr(loops.index(d)) for d in labels))


class _Scores:
    """The region that makes a score of a product, and the further operands it needs."""

    def __init__(self, found: Attention):
        wide = any(
            isinstance(cast(TensorType, v.type).element_type, Float64Type)
            for v in (found.query[0], found.key[0], found.value[0])
        )
        self.found, self.type = found, f64 if wide else f32
        self.operands: list[tuple[SSAValue, Labels]] = []
        self.block = Block(arg_types=[self.type])
        self._made: dict[Node, SSAValue] = {}
        score = self._cast(self._emit(found.score), self.type)
        self.block.add_op(YieldOp(score))

    def _emit(self, node: Node) -> SSAValue:
        if node not in self._made:
            self._made[node] = self._value(node)
        return self._made[node]

    def _value(self, node: Node) -> SSAValue:
        if node is self.found.leaf:
            element = cast(Any, node.value).type.element_type
            return self._cast(self.block.args[0], element)
        held = node.value is not None and isinstance(node.value.type, TensorType)
        if held and "tensor" in node.reads and "product" not in node.reads:
            return self._operand(cast(SSAValue, node.value), node.labels)
        if node.kind == "index":
            return self._add(IndexOp(self.found.loops.index(node.labels[0])))
        if node.kind == "scalar":
            return cast(SSAValue, node.value)
        op = cast(Operation, node.op)
        operands = [self._emit(n) for n in node.operands]
        return self._add(op.clone(dict(zip(op.operands, operands, strict=True))))

    def _operand(self, value: SSAValue, labels: Labels) -> SSAValue:
        self.operands.append((value, labels))
        element = cast(TensorType, value.type).element_type
        return self.block.insert_arg(element, len(self.block.args))

    def _cast(self, value: SSAValue, type_: Attribute) -> SSAValue:
        if value.type == type_:
            return value
        widths = [cast(FixedBitwidthType, t).bitwidth for t in (value.type, type_)]
        cls = arith.ExtFOp if widths[0] < widths[1] else arith.TruncFOp
        return self._add(cls(value, cast(Any, type_)))

    def _add(self, op: Operation) -> SSAValue:
        self.block.add_op(op)
        return op.results[0]


def _drop_division(ctx: CompilerContext, division: Division) -> None:
    """The reader of the product without the division that the op does."""
    old = division.op
    view = structured(old)
    with provenance.rewriting(ctx, "DropDivision", old) as rewriter:
        body = Block(arg_types=[a.type for i, a in enumerate(view.body.args)
                                if i != division.divisor])  # fmt: skip
        kept = [a for i, a in enumerate(view.body.args) if i != division.divisor]
        values: dict[SSAValue, SSAValue] = dict(zip(kept, body.args, strict=True))
        for inner in view.body.ops:
            if inner is division.inner:
                values[inner.results[0]] = values[division.dividend]
                continue
            body.add_op(copy := inner.clone(values))
            values.update(zip(inner.results, copy.results, strict=True))
        inputs = [v for i, v in enumerate(view.inputs) if i != division.divisor]
        maps = [m for i, m in enumerate(view.maps) if i != division.divisor]
        new = linalg.GenericOp(
            inputs,
            list(view.outputs),
            Region(body),
            ArrayAttr([AffineMapAttr(m) for m in maps]),
            old.iterator_types,
            [r.type for r in old.results],
        )
        sums = view.inputs[division.divisor].owner
        rewriter.replace(old, new)
    _erase_dead(ctx, [sums])


def _erase_dead(ctx: CompilerContext, pending: list[Any]) -> None:
    """Ops on tensors whose results nobody reads any more, and what they were made of."""
    while pending:
        op = pending.pop()
        if not isinstance(op, Operation) or op.parent is None or not op.results:
            continue
        dialect = op.name.partition(".")[0]
        if any(r.first_use for r in op.results) or dialect not in ("linalg", "tensor", "arith"):
            continue
        pending += [v.owner for v in op.operands]
        with provenance.rewriting(ctx, "EraseDeadOp", op) as rewriter:
            rewriter.erase(op)
