# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Pairs`: complex tensors as a real and an imaginary tensor, and what expansions build with.

A complex value in memory that others see (an argument, a result, a weight) is *packed*: one real
tensor with a last dimension of two, as NumPy stores complex numbers. Everywhere else it is a
`Pair`. Which op becomes what is in `complex_rules.py`; the pass is `passes/expand_complex.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    AffineMapAttr,
    ComplexType,
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerAttr,
    TensorType,
    TupleType,
)
from xdsl.dialects.linalg.ops import GenericOp, IndexOp, YieldOp
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineConstantExpr, AffineDimExpr, AffineMap
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore import elements as dense
from iree_explore.linalg.structured import PARALLEL
from iree_explore.stablehlo.base import DYNAMIC, shape_of
from iree_explore.stablehlo.decomposition import Decomposer


class Pair(NamedTuple):
    """The two halves of a complex tensor."""

    re: SSAValue
    im: SSAValue


def is_complex(type_: Attribute) -> bool:
    """Whether a type is a complex tensor, or a tuple with one inside."""
    if isinstance(type_, TensorType):
        return isinstance(type_.element_type, ComplexType)
    return isinstance(type_, TupleType) and any(map(is_complex, type_.types))


def half_type(type_: Attribute) -> TensorType:
    """The type of each half of a complex tensor; of a real tensor, its own."""
    assert isinstance(type_, TensorType)
    element = type_.element_type
    if not isinstance(element, ComplexType):
        return type_
    return TensorType(element.element_type, type_.shape, type_.encoding)


def packed_type(type_: Attribute) -> Attribute:
    """The type of a complex tensor in memory; any other type is itself."""
    if not isinstance(type_, TensorType) or not isinstance(type_.element_type, ComplexType):
        return type_
    return TensorType(type_.element_type.element_type, [*type_.get_shape(), 2])


def halved_types(types: Sequence[Attribute]) -> list[Attribute]:
    """`types` with two real tensors for each complex one, tuples included."""
    found: list[Attribute] = []
    for type_ in types:
        if isinstance(type_, TupleType):
            found.append(TupleType(halved_types(type_.types.data)))  # pyright: ignore[reportArgumentType]
        elif is_complex(type_):
            found.extend([half_type(type_)] * 2)
        else:
            found.append(type_)
    return found


def packed_constant(value: Attribute) -> Attribute:
    """A complex constant in its packed type."""
    assert isinstance(value, DenseIntOrFPElementsAttr)
    array = dense.to_numpy(value)
    return dense.of_type(packed_type(value.type), dense.packed(array))  # pyright: ignore[reportArgumentType]


class Pairs(Decomposer):
    """A decomposer that knows the halves of complex values; `halves` is shared by a function.
    `steps`: whether the targets run Fourier transforms step by step in local memory."""

    def __init__(
        self,
        rewriter: PatternRewriter,
        op: Operation,
        halves: dict[SSAValue, Pair],
        packed: dict[SSAValue, SSAValue],
        expand_block: Callable[[Block], None],
        steps: bool = True,
    ):
        super().__init__(rewriter, op)
        self.halves, self.packed, self.expand_block = halves, packed, expand_block
        self.steps = steps
        self._place: InsertPoint | None = None

    def add(self, op: Operation) -> SSAValue:
        if self._place is None:
            return super().add(op)
        self.rewriter.insert(op, self._place)
        return op.results[0]

    def pair(self, value: SSAValue) -> Pair:
        """The halves of a complex value; those of a real one are itself and zeros."""
        known = self.halves.get(value)
        if known is None:
            if not is_complex(value.type):
                return Pair(value, self.number(value, 0.0))
            packed = self.packed[value]
            owner = packed.owner
            # where it is made: what comes later, in other regions too, may use the halves
            following = owner.next_op if isinstance(owner, Operation) else owner.first_op
            assert following is not None
            self._place = InsertPoint.before(following)
            known = self.halves[value] = self.unpack(packed, value.type)
            self._place = None
        return known

    def flat(self, values: Sequence[SSAValue]) -> list[SSAValue]:
        """`values` with both halves of each complex tensor."""
        found: list[SSAValue] = []
        for value in values:
            if isinstance(value.type, TupleType):
                found.append(self.packed.get(value, value))
            elif is_complex(value.type):
                found.extend(self.pair(value))
            else:
                found.append(value)
        return found

    def in_memory(self, value: SSAValue) -> SSAValue:
        """A complex value packed; any other value itself."""
        if not is_complex(value.type):
            return value
        if value in self.packed:
            return self.packed[value]
        packed = self.pack(self.pair(value))
        owner = value.owner
        if self.op.parent is (owner.parent if isinstance(owner, Operation) else owner):
            self.packed[value] = packed  # elsewhere it would not dominate what comes later
        return packed

    def pack(self, pair: Pair) -> SSAValue:
        """One tensor of both halves, interleaved."""
        type_ = pair.re.type
        assert isinstance(type_, TensorType)
        shape = type_.get_shape()
        rank = len(shape)
        halves = AffineMap(rank + 1, 0, tuple(AffineDimExpr(d) for d in range(rank)))
        block = Block(arg_types=[type_.element_type] * 3)
        which = IndexOp(rank)
        zero = arith.ConstantOp(IntegerAttr(0, IndexType()))
        test = arith.CmpiOp(which, zero, "eq")
        chosen = arith.SelectOp(test, block.args[0], block.args[1])
        block.add_ops([which, zero, test, chosen, YieldOp(chosen)])
        maps = [halves, halves, AffineMap.identity(rank + 1)]
        out = self.empty(TensorType(type_.element_type, [*shape, 2]), pair.re)
        return self._generic([pair.re, pair.im], out, maps, block)

    def unpack(self, packed: SSAValue, type_: Attribute) -> Pair:
        """The halves of a packed tensor; `type_` is the complex type."""
        half = half_type(type_)
        rank = len(half.get_shape())
        found = []
        for i in range(2):
            dims = [AffineDimExpr(d) for d in range(rank)]
            maps = [AffineMap(rank, 0, (*dims, AffineConstantExpr(i))), AffineMap.identity(rank)]
            block = Block(arg_types=[half.element_type] * 2)
            block.add_op(YieldOp(block.args[0]))
            found.append(self._generic([packed], self.empty(half, packed), maps, block))
        return Pair(*found)

    def empty(self, type_: TensorType, like: SSAValue) -> SSAValue:
        """A tensor of `type_` whose leading sizes are those of `like`."""
        sizes = []
        for d, (n, known) in enumerate(zip(type_.get_shape(), shape_of(like), strict=False)):
            if n == DYNAMIC:
                assert known == DYNAMIC
                at = self.add(arith.ConstantOp(IntegerAttr(d, IndexType())))
                sizes.append(self.add(tensor.DimOp(like, at)))
        return self.add(tensor.EmptyOp(sizes, type_))

    def _generic(
        self, inputs: list[SSAValue], out: SSAValue, maps: list[AffineMap], block: Block
    ) -> SSAValue:
        attributes = [AffineMapAttr(m) for m in maps]
        loops = [PARALLEL] * maps[0].num_dims
        return self.add(GenericOp(inputs, [out], Region(block), attributes, loops, [out.type]))
