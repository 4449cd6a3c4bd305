# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`input-decompose-chlo`: client ops as StableHLO; implicit broadcasts become explicit ones.

CHLO functions with a scalar lowering of their own (`chlo.erf`, ...) stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from xdsl.dialects.builtin import DenseArrayBase, IndexType, ModuleOp, TensorType, i64
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore import elements as dense
from iree_explore.context import CompilerContext
from iree_explore.provenance import rewriting
from iree_explore.stablehlo import shape_dialect as shape
from iree_explore.stablehlo.attrs import ComparisonDirection, ComparisonDirectionAttr
from iree_explore.stablehlo.base import DYNAMIC, shape_of
from iree_explore.stablehlo.ops import chlo, elementwise, shaping
from iree_explore.stablehlo.table import TABLE


@dataclass(frozen=True)
class DecomposeChlo(ModulePass):
    """Takes CHLO ops apart into StableHLO ops.

    Before:

    ```mlir
    func.func @main(%a: tensor<2x3xf32>, %b: tensor<3xf32>) -> tensor<2x3xf32> {
      %0 = chlo.broadcast_add %a, %b : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
      return %0 : tensor<2x3xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @main(%a: tensor<2x3xf32>, %b: tensor<3xf32>) -> tensor<2x3xf32> {
        %0 = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
        %1 = stablehlo.add %a, %0 : tensor<2x3xf32>
        func.return %1 : tensor<2x3xf32>
      }
    }
    ```
    """

    name = "input-decompose-chlo"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:  # pyright: ignore
        for found in [o for o in op.walk() if o.name.startswith("chlo.")]:
            row = TABLE.get(found.name)
            if row is not None and row.lower is None:
                name = "Decompose" + elementwise.camel(found.name.partition(".")[2])[:-2]
                with rewriting(ctx, name, found) as rewriter:
                    value = _Decomposer(rewriter, found).value()
                    rewriter.replace(found, [], [value])


class _Decomposer:
    """Builds the StableHLO ops of one CHLO op before it."""

    def __init__(self, rewriter: PatternRewriter, op: Any):
        self.rewriter, self.op = rewriter, op
        self.type = op.results[0].type

    def add(self, op: Operation) -> SSAValue:
        self.rewriter.insert(op, InsertPoint.before(self.op))
        return op.results[0]

    def make(self, name: str, *operands: SSAValue, type_: Any = None, **properties: Any) -> Any:
        made = TABLE[f"stablehlo.{name}"].op.create(
            operands=operands, result_types=[type_ or self.type], properties=properties
        )
        return self.add(made)

    def value(self) -> SSAValue:
        name = self.op.name.partition(".")[2]
        if name in _FORMULAS:
            return _FORMULAS[name](self, self.op.operands[0])
        if name == "constant_like":
            return self.number(self.op.operands[0], self.op.value.value.data)
        operands = self.broadcast_operands()
        properties = {k: v for k, v in self.op.properties.items() if k != "broadcast_dimensions"}
        return self.make(name.removeprefix("broadcast_"), *operands, **properties)

    def number(self, like: SSAValue, value: float) -> SSAValue:
        """A constant in the shape of `like`."""
        assert isinstance(like.type, TensorType)
        element = like.type.element_type
        array = np.array(value).astype(dense.dtype_of(element))
        if DYNAMIC not in like.type.get_shape():
            return self.add(shaping.ConstantOp(dense.of_type(like.type, array)))
        scalar = self.add(shaping.ConstantOp(dense.from_numpy(array, element)))
        return self.spread(scalar, self.sizes_of(like), [], like.type)

    def sizes_of(self, value: SSAValue) -> SSAValue:
        type_ = TensorType(IndexType(), [len(shape_of(value))])
        return self.add(shape.ShapeOfOp.create(operands=[value], result_types=[type_]))

    def spread(self, value: SSAValue, sizes: SSAValue, dims: list[int], type_: Any) -> SSAValue:
        return self.make("dynamic_broadcast_in_dim", value, sizes, type_=type_,
                         broadcast_dimensions=DenseArrayBase.from_list(i64, dims))  # fmt: skip

    def broadcast_operands(self) -> list[SSAValue]:
        """The operands in the result's shape."""
        result = self.type.get_shape()
        rank = len(result)
        shapes = [shape_of(v) for v in self.op.operands]
        static = all(DYNAMIC not in s for s in shapes)
        sizes: SSAValue | None = None
        if not static:
            extents = [self.sizes_of(v) for v in self.op.operands]
            type_ = TensorType(IndexType(), [rank])
            sizes = self.add(shape.BroadcastOp.create(operands=extents, result_types=[type_]))
        found = []
        for value, known in zip(self.op.operands, shapes, strict=True):
            assert isinstance(value.type, TensorType)
            dims = chlo.alignment(self.op, len(known), rank)
            type_ = TensorType(value.type.element_type, list(result))
            if sizes is not None:
                found.append(self.spread(value, sizes, dims, type_))
            elif known == result:
                found.append(value)
            else:
                attr = DenseArrayBase.from_list(i64, dims)
                found.append(
                    self.make("broadcast_in_dim", value, type_=type_, broadcast_dimensions=attr)
                )
        return found

    def compare(self, x: SSAValue, y: SSAValue) -> SSAValue:
        equal = ComparisonDirectionAttr(ComparisonDirection.EQ)
        return self.make("compare", x, y, comparison_direction=equal)


def _erfc(d: _Decomposer, x: SSAValue) -> SSAValue:
    erf = TABLE["chlo.erf"].op.create(operands=[x], result_types=[x.type])
    return d.make("subtract", d.number(x, 1), d.add(erf))


def _is_infinity(value: float) -> Callable[[_Decomposer, SSAValue], SSAValue]:
    return lambda d, x: d.compare(x, d.number(x, value))


_FORMULAS: dict[str, Callable[[_Decomposer, SSAValue], SSAValue]] = {
    "erfc": _erfc,
    "square": lambda d, x: d.make("multiply", x, x),
    "is_inf": lambda d, x: d.compare(d.make("abs", x, type_=x.type), d.number(x, float("inf"))),
    "is_pos_inf": _is_infinity(float("inf")),
    "is_neg_inf": _is_infinity(float("-inf")),
}
