# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Batch normalisation and other per-channel scales disappear into constant weights.

`conv(x, W) * s[c] + t[c]` is `conv(x, W * s[c]) + t[c]`; with W and s known the product is computed
at compile time. The chain of elementwise ops is read as one affine function `s * x + t`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from xdsl.context import Context
from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import AnyFloat, FloatAttr, ModuleOp, ShapedType, TensorType, UnknownLoc
from xdsl.dialects.linalg.ops import GenericOp, YieldOp
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.ir.affine import AffineConstantExpr, AffineDimExpr, AffineExpr, AffineMap
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.linalg.constants import Constants, is_zero_fill
from iree_explore.linalg.equality import functions
from iree_explore.linalg.structured import (
    Structured,
    dims_of_map,
    generic,
    is_contraction,
    is_elementwise,
    is_linalg,
    project,
    structured,
)


@dataclass(frozen=True)
class FoldScaleIntoContraction(ModulePass):
    """Multiplies constant weights by the per-channel scale that follows the contraction.

    Before:

    ```mlir
    util.global private @w = #flow.parameter.named<"model"::"w"> : tensor<8x4xf32>
    util.global private @s = #flow.parameter.named<"model"::"s"> : tensor<4xf32>
    func.func @f(%x: tensor<2x8xf32>) -> tensor<2x4xf32> {
      %0 = arith.constant 0.0 : f32
      %w = util.global.load @w : tensor<8x4xf32>
      %s = util.global.load @s : tensor<4xf32>
      %e = tensor.empty() : tensor<2x4xf32>
      %1 = linalg.fill ins(%0 : f32) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
      %2 = linalg.matmul ins(%x, %w : tensor<2x8xf32>, tensor<8x4xf32>) outs(%1 : tensor<2x4xf32>) -> tensor<2x4xf32>
      %3 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%2, %s : tensor<2x4xf32>, tensor<4xf32>) outs(%e : tensor<2x4xf32>) {
      ^bb0(%a: f32, %b: f32, %o: f32):
        %4 = arith.mulf %a, %b : f32
        linalg.yield %4 : f32
      } -> tensor<2x4xf32>
      func.return %3 : tensor<2x4xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      util.global private @w = #flow.parameter.named<"model"::"w"> : tensor<8x4xf32>
      util.global private @s = #flow.parameter.named<"model"::"s"> : tensor<4xf32>
      func.func @f(%x: tensor<2x8xf32>) -> tensor<2x4xf32> {
        %0 = arith.constant 0.000000e+00 : f32
        %w = util.global.load @w : tensor<8x4xf32>
        %s = util.global.load @s : tensor<4xf32>
        %e = tensor.empty() : tensor<2x4xf32>
        %1 = linalg.fill ins(%0 : f32) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
        %2 = tensor.empty() : tensor<4xf32>
        %3 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%s : tensor<4xf32>) outs(%2 : tensor<4xf32>) {
        ^bb0(%4: f32, %5: f32):
          linalg.yield %4 : f32
        } -> tensor<4xf32>
        %6 = tensor.empty() : tensor<8x4xf32>
        %7 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%w, %3 : tensor<8x4xf32>, tensor<4xf32>) outs(%6 : tensor<8x4xf32>) {
        ^bb0(%8: f32, %9: f32, %10: f32):
          %11 = arith.mulf %8, %9 : f32
          linalg.yield %11 : f32
        } -> tensor<8x4xf32>
        %12 = linalg.matmul ins(%x, %7 : tensor<2x8xf32>, tensor<8x4xf32>) outs(%1 : tensor<2x4xf32>) -> tensor<2x4xf32>
        func.return %12 : tensor<2x4xf32>
      }
    }
    ```
    """  # noqa: E501

    name = "global-optimization-fold-scale-into-contraction"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        constants = Constants(op)
        for block in functions(op):
            for inner in list(block.ops):
                if is_linalg(inner) and inner.parent is block:
                    fold(context, inner, constants)


def fold(ctx: CompilerContext, op: Operation, constants: Constants) -> None:
    """Folds the scale after one contraction, if there is one and the weights are constant."""
    view = structured(op)
    if not is_contraction(view) or not isinstance(_element(op.results[0]), AnyFloat):
        return
    if not is_zero_fill(view.outputs[0]):
        return
    out_dims = dims_of_map(view.output_maps[0])
    if out_dims is None:
        return
    for weights in (1, 0):
        if not constants.is_constant(view.inputs[weights]):
            continue
        for axis, loop in enumerate(out_dims):
            if any(
                isinstance(e, AffineDimExpr) and e.position == loop
                for e in view.input_maps[weights].results
            ):
                chain = Chain(op, axis, constants)
                if chain.follow() and chain.scale is not None:
                    rewrite(ctx, view, weights, loop, chain)
                    return


def _element(value: SSAValue) -> Attribute:
    return cast(TensorType, value.type).element_type


@dataclass
class Chain:
    """Elementwise ops after a contraction that are together `scale * x + shift` per channel.

    `axis` is the channel dimension of the contraction's result. `scale` and `shift` are scalars of
    `body`, whose arguments are the constant operands `inputs` read through `maps` over the channel.
    """

    start: Operation
    axis: int
    constants: Constants
    ops: list[Operation] = field(default_factory=list)
    inputs: list[SSAValue] = field(default_factory=list)
    maps: list[AffineMap] = field(default_factory=list)
    body: Block = field(default_factory=Block)
    scale: SSAValue | None = None
    shift: SSAValue | None = None

    def follow(self) -> bool:
        """Takes in following ops while they are affine; whether there was any."""
        value = self.start.results[0]
        while True:
            users = {use.operation for use in value.uses}
            if len(users) != 1:
                break
            (user,) = users
            if not isinstance(user, GenericOp) or not self._take(structured(user), value):
                break
            self.ops.append(user)
            value = user.results[0]
        return bool(self.ops)

    def _take(self, view: Structured, value: SSAValue) -> bool:
        if not is_elementwise(view) or len(view.op.results) != 1:
            return False
        if view.op.results[0].type != value.type or view.inputs.count(value) != 1:
            return False
        index = view.inputs.index(value)
        if view.input_maps[index] != view.output_maps[0]:
            return False
        channel = view.output_maps[0].results[self.axis]
        assert isinstance(channel, AffineDimExpr)
        operands: dict[int, AffineMap] = {}
        for i, (other, map_) in enumerate(zip(view.inputs, view.input_maps, strict=True)):
            if i != index:
                over = _over_channel(map_, channel.position)
                if over is None or not self.constants.is_constant(other):
                    return False
                operands[i] = over
        return self._evaluate(view, index, operands)

    def _evaluate(self, view: Structured, index: int, operands: dict[int, AffineMap]) -> bool:
        """Runs the body on affine forms; nothing changes unless the yielded value is one."""
        before = (self.scale, self.shift, len(self.inputs), list(self.body.ops))
        forms: dict[SSAValue, tuple[SSAValue | None, SSAValue | None]] = {}
        known: dict[SSAValue, SSAValue] = {}
        variable = view.body.args[index]
        forms[variable] = (self.scale, self.shift)
        for i, map_ in operands.items():
            known[view.body.args[i]] = self._argument(view.inputs[i], map_)
        if view.body.args[-1].first_use is None:
            for op in view.body.ops:
                if isinstance(op, YieldOp):
                    if op.operands[0] in forms:
                        self.scale, self.shift = forms[op.operands[0]]
                        return True
                    break
                if not self._step(op, forms, known):
                    break
        self._undo(before)
        return False

    def _undo(self, before: tuple) -> None:
        self.scale, self.shift, count, ops = before
        for op in reversed([o for o in self.body.ops if o not in ops]):
            self.body.erase_op(op)
        for argument in reversed(self.body.args[count:]):
            self.body.erase_arg(argument)
        del self.inputs[count:], self.maps[count:]

    def _argument(self, value: SSAValue, map_: AffineMap) -> SSAValue:
        if not isinstance(value.type, ShapedType):
            return value
        self.inputs.append(value)
        self.maps.append(map_)
        return self.body.insert_arg(_element(value), len(self.body.args))

    def _step(self, op: Operation, forms: dict, known: dict[SSAValue, SSAValue]) -> bool:
        """One op of the body: on constants it is kept, on the variable it must be affine."""
        variable = [v for v in op.operands if v in forms]
        for v in op.operands:
            if v not in forms and v not in known:
                if not self.constants.is_constant(v):
                    return False
                known[v] = v
        if not variable:
            copy = op.clone(known)
            self.body.add_op(copy)
            known[op.results[0]] = copy.results[0]
            return len(op.results) == 1
        rule = _AFFINE.get(op.name)
        if rule is None or len(variable) != 1 or len(op.operands) != 2:
            return False
        position = list(op.operands).index(variable[0])
        other = known[op.operands[1 - position]]
        form = rule(self, forms[variable[0]], other, position)
        if form is None:
            return False
        forms[op.results[0]] = form
        return True

    def emit(self, op: type[Operation], *operands: SSAValue) -> SSAValue:
        """Adds a scalar op to the body."""
        made = op(*operands)
        self.body.add_op(made)
        return made.results[0]

    def one(self, type_: Attribute) -> SSAValue:
        op = arith.ConstantOp(FloatAttr(1.0, cast(AnyFloat, type_)))
        self.body.add_op(op)
        return op.result


def _over_channel(map_: AffineMap, channel: int) -> AffineMap | None:
    """A map that uses at most the channel loop, as a map of one loop."""
    results: list[AffineExpr] = []
    for expr in map_.results:
        if isinstance(expr, AffineConstantExpr):
            results.append(expr)
        elif isinstance(expr, AffineDimExpr) and expr.position == channel:
            results.append(AffineDimExpr(0))
        else:
            return None
    return AffineMap(1, 0, tuple(results))


def _added(chain: Chain, form, c: SSAValue, position: int):
    scale, shift = form
    return scale, c if shift is None else chain.emit(arith.AddfOp, shift, c)


def _subtracted(chain: Chain, form, c: SSAValue, position: int):
    scale, shift = form
    if position == 0:
        negative = chain.emit(arith.NegfOp, c)
        return scale, negative if shift is None else chain.emit(arith.SubfOp, shift, c)
    scale = chain.emit(arith.NegfOp, scale if scale is not None else chain.one(c.type))
    return scale, c if shift is None else chain.emit(arith.SubfOp, c, shift)


def _multiplied(chain: Chain, form, c: SSAValue, position: int):
    scale, shift = form
    return (
        c if scale is None else chain.emit(arith.MulfOp, scale, c),
        None if shift is None else chain.emit(arith.MulfOp, shift, c),
    )


def _divided(chain: Chain, form, c: SSAValue, position: int):
    if position != 0:
        return None
    scale, shift = form
    return (
        chain.emit(arith.DivfOp, scale if scale is not None else chain.one(c.type), c),
        None if shift is None else chain.emit(arith.DivfOp, shift, c),
    )


_AFFINE = {
    "arith.addf": _added,
    "arith.subf": _subtracted,
    "arith.mulf": _multiplied,
    "arith.divf": _divided,
}


def rewrite(ctx: CompilerContext, view: Structured, weights: int, loop: int, chain: Chain) -> None:
    """Replaces contraction and chain by a contraction with scaled weights and one addition."""
    last = chain.ops[-1]
    result = chain.start.results[0]
    element = _element(result)
    size = cast(TensorType, result.type).get_shape()[chain.axis]
    with provenance.rewriting(ctx, "FoldScaleIntoContraction", chain.start, *chain.ops) as rewriter:
        rewriter.insertion_point = InsertPoint.before(last)
        assert chain.scale is not None
        vector = TensorType(element, [size])
        empty = tensor.EmptyOp([], vector)
        factors = [chain.scale] if chain.shift is None else [chain.scale, chain.shift]
        for _ in factors:
            chain.body.insert_arg(element, len(chain.body.args))
        chain.body.add_op(YieldOp(*factors))
        identity = AffineMap.identity(1)
        coefficients = generic(
            chain.inputs,
            [empty.tensor] * len(factors),
            [*chain.maps, *[identity] * len(factors)],
            [True],
            chain.body,
        )
        rewriter.insert([empty, coefficients])
        scaled = _scaled_weights(rewriter, view, weights, loop, coefficients.results[0])
        inputs = [scaled if i == weights else v for i, v in enumerate(view.inputs)]
        contraction = view.op.clone()
        for i, value in enumerate(inputs):
            contraction.operands[i] = value
        contraction.location = UnknownLoc()  # a new op: its weights are others
        rewriter.insert(contraction)
        value = contraction.results[0]
        if chain.shift is not None:
            bias = _bias(chain, last, value, coefficients.results[1])
            rewriter.insert(bias)
            value = bias.results[0]
        rewriter.replace(last, [], [value])
        for op in (*reversed(chain.ops[:-1]), chain.start):
            rewriter.erase(op)


def _scaled_weights(rewriter, view: Structured, weights: int, loop: int, scale: SSAValue):
    """`weights * scale[channel]`"""
    value = view.inputs[weights]
    type_ = cast(TensorType, value.type)
    rank = len(type_.get_shape())
    axis = next(
        i
        for i, e in enumerate(view.input_maps[weights].results)
        if isinstance(e, AffineDimExpr) and e.position == loop
    )
    empty = tensor.EmptyOp([], type_)
    body = Block(arg_types=[type_.element_type, _element(scale), type_.element_type])
    product = arith.MulfOp(body.args[0], body.args[1])
    body.add_ops([product, YieldOp(product.result)])
    identity = AffineMap.identity(rank)
    made = generic(
        [value, scale],
        [empty.tensor],
        [identity, project(rank, [axis]), identity],
        [True] * rank,
        body,
    )
    rewriter.insert([empty, made])
    return made.results[0]


def _bias(chain: Chain, last: Operation, value: SSAValue, shift: SSAValue) -> GenericOp:
    """`value + shift[channel]`, written where the chain's last op wrote."""
    rank = len(cast(TensorType, value.type).get_shape())
    element = _element(value)
    body = Block(arg_types=[element, element, element])
    total = arith.AddfOp(body.args[0], body.args[1])
    body.add_ops([total, YieldOp(total.result)])
    identity = AffineMap.identity(rank)
    return generic(
        [value, shift],
        [structured(last).outputs[0]],
        [identity, project(rank, [chain.axis]), identity],
        [True] * rank,
        body,
    )
