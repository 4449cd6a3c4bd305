# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Lowering`: what the rows' lowerings build linalg on tensors with.

Two ideas. Sizes are values: `dims(v)` gives each dimension as an int or one canonical `index` value
(a function argument's dimension wherever possible), so equal sizes are the same SSA value. Small
integer tensors (shapes) are scalars: `elements(v)` gives their elements, and ops on them become
`arith` on the host instead of tensor code. Scalar folding is in `folding.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from xdsl.dialects import arith, scf, tensor
from xdsl.dialects.builtin import (
    AnyFloat,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    Signedness,
    TensorType,
)
from xdsl.dialects.linalg.ops import FillOp, YieldOp
from xdsl.ir import Attribute, Block, BlockArgument, Operation, Region, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore import elements as dense
from iree_explore.dialect_op import make
from iree_explore.linalg import ext_interface, structured
from iree_explore.linalg.ext_interface import LinalgExtOp
from iree_explore.stablehlo import folding
from iree_explore.stablehlo.base import DYNAMIC, Evaluate, shape_of

Dim = int | SSAValue
"""A dimension's size: known, or an `index` value."""
Body = Callable[[Sequence[SSAValue]], SSAValue | Sequence[SSAValue]]

MAX_ELEMENTS = 32
_SIZE_ARITHMETIC = (
    arith.AddiOp, arith.SubiOp, arith.MuliOp, arith.MaxSIOp, arith.MinSIOp,
)  # fmt: skip
INDEX = IndexType()


def signless(type_: Attribute) -> Attribute:
    """`type_` with signless integers."""
    if type(type_) is TensorType:  # attributes have no subclasses, and `isinstance` is slow
        inner = signless(type_.element_type)
        if inner is type_.element_type:
            return type_
        return TensorType(inner, type_.shape, type_.encoding)
    if type(type_) is IntegerType and type_.signedness.data != Signedness.SIGNLESS:
        return IntegerType(type_.width)
    return type_


def is_unsigned(type_: Attribute) -> bool:
    """Whether integers of this (element) type compare, divide and widen unsigned; i1 does."""
    return isinstance(type_, IntegerType) and (
        type_.signedness.data == Signedness.UNSIGNED or type_.width.data == 1
    )


def identity(rank: int) -> AffineMap:
    return AffineMap.identity(rank)


def dims_map(num_dims: int, dims: Sequence[int]) -> AffineMap:
    """`(d0, ..., dn) -> (d_i for i in dims)`"""
    return AffineMap(num_dims, 0, tuple(AffineDimExpr(d) for d in dims))


def number(type_: Attribute, value: float | int | bool) -> Attribute:
    """The scalar attribute `value : type_`."""
    if isinstance(type_, AnyFloat):
        return FloatAttr(float(value), type_)
    assert isinstance(type_, IntegerType | IndexType)
    if isinstance(type_, IntegerType):
        width = type_.width.data
        value = int(value) & ((1 << width) - 1)
        if value >> (width - 1):
            value -= 1 << width
    return IntegerAttr(int(value), type_)


def attribute_of(value: np.generic | np.ndarray, type_: Attribute) -> Attribute:
    """One element of a constant as a scalar attribute of the (signless) type."""
    if isinstance(type_, AnyFloat):
        return FloatAttr(float(value), type_)
    return number(type_, int(value))


class Lowering:
    """State of lowering one function; `begin` is called for each op before its row's `lower`."""

    def __init__(self) -> None:
        self.rewriter: PatternRewriter
        self.op: Operation
        self.block: Block | None = None
        self.entry: Block
        self._symbols: Sequence[Sequence[str]] = ()
        self._last_in_entry: Operation | None = None
        self._scopes: list[dict[object, SSAValue]] = [{}]
        self._dims: dict[SSAValue, list[Dim]] = {}
        self._elements: dict[SSAValue, Sequence[SSAValue]] = {}
        self.types: dict[Operation, list[Attribute]] = {}

    def element_types(self, op: Operation) -> list[Attribute]:
        """StableHLO's element types of an op's operands, unsigned ones included."""
        known = self.types.get(op)
        if known is not None:
            return known
        return [v.type.element_type if isinstance(v.type, TensorType) else v.type
                for v in op.operands]  # fmt: skip

    # Where ops go

    def begin_function(self, entry: Block, symbols: Sequence[Sequence[str]] = ()) -> None:
        """`symbols` names the unknown sizes of each argument (`iree.abi.dims`): calls are checked
        against them, so that sizes of one name are one value."""
        self.entry = entry
        self._symbols = symbols
        self._last_in_entry = None
        self._scopes = [{}]
        self._dims.clear()
        self._elements.clear()

    def begin(self, op: Operation, rewriter: PatternRewriter) -> None:
        self.op, self.rewriter = op, rewriter

    def enter(self) -> None:
        """Begins a nested block: what is computed there is not reused outside."""
        self._scopes.append({})

    def leave(self) -> None:
        self._scopes.pop()

    def emit(self, op: Operation) -> SSAValue:
        """Inserts an op at the current place (before the op being lowered, or in the open body),
        folded if its operands are constants; returns its first result."""
        if isinstance(op, arith.IndexCastOp):
            cast = self.as_index(op.input) if op.result.type == INDEX else None
            if cast is not None:
                op.erase()
                return cast
        folded = folding.fold(op)
        if folded is None:
            return self.build(op)
        op.erase()
        return self.folded(folded)

    def folded(self, folded: SSAValue | Attribute | Operation) -> SSAValue:
        """The value of what `folding.fold` found."""
        if isinstance(folded, SSAValue):
            return folded
        if isinstance(folded, Attribute):
            return self.constant(folded)
        for i, value in enumerate(folded.operands):
            owner = value.owner
            if isinstance(owner, arith.ConstantOp) and owner.parent is None:
                folded.operands[i] = self.constant(owner.value)
                owner.erase()
        return self.emit(folded)

    def as_index(self, value: SSAValue) -> SSAValue | None:
        """Shape arithmetic on i32 or i64 done on index instead, where it began as sizes.

        Sizes fit their types, so the narrower arithmetic did not wrap around.
        """
        constant = folding.integer(value)
        if constant is not None:
            return self.constant(IntegerAttr(constant, INDEX))
        owner = value.owner
        if isinstance(owner, arith.IndexCastOp) and owner.input.type == INDEX:
            return owner.input
        if not isinstance(owner, _SIZE_ARITHMETIC) or self.block is not None:
            return None
        operands = [self.as_index(v) for v in owner.operands]
        if any(v is None for v in operands):
            return None
        return self.emit(type(owner)(*operands))  # pyright: ignore

    def build(self, op: Operation) -> SSAValue:
        """Inserts an op at the current place as it is; returns its first result."""
        self.place(op)
        return op.results[0]

    def place(self, op: Operation) -> None:
        """Inserts an op that may have no results at the current place."""
        if self.block is not None:
            self.block.add_op(op)
        else:
            self.rewriter.insert(op, InsertPoint.before(self.op))

    def _shared(self, key: object, make: Callable[[], SSAValue]) -> SSAValue:
        for scope in reversed(self._scopes):
            if key in scope:
                return scope[key]
        value = self._scopes[-1][key] = make()
        return value

    def at_entry(self, op: Operation) -> SSAValue:
        """Inserts an op at the function's entry, after what was inserted there before."""
        last = self._last_in_entry
        place = InsertPoint.at_start(self.entry) if last is None else InsertPoint.after(last)
        self.rewriter.insert(op, place)
        self._last_in_entry = op
        return op.results[0]

    # Scalars

    def constant(self, attr: Attribute) -> SSAValue:
        """`arith.constant`: in the open body, else once at the function's entry."""
        if self.block is not None:
            op = arith.ConstantOp(attr)  # pyright: ignore[reportArgumentType]
            self.block.add_op(op)
            return op.result
        known = self._scopes[0].get(attr)
        if known is None:
            known = self._scopes[0][attr] = self.at_entry(arith.ConstantOp(attr))  # pyright: ignore[reportArgumentType]
        return known

    def number(self, type_: Attribute, value: float) -> SSAValue:
        """A scalar constant."""
        return self.constant(number(type_, value))

    def index(self, value: Dim) -> SSAValue:
        """A size or position as an `index` value."""
        return value if isinstance(value, SSAValue) else self.constant(IntegerAttr(value, INDEX))

    def cast(self, value: SSAValue, type_: Attribute) -> SSAValue:
        """`arith.index_cast`, or the value itself if it has the type."""
        return value if value.type == type_ else self.emit(arith.IndexCastOp(value, type_))

    # Arithmetic on sizes, folded and shared

    def _binary(self, op: type[Operation], a: Dim, b: Dim, known: Callable[[int, int], int]) -> Dim:
        if isinstance(a, int) and isinstance(b, int):
            return known(a, b)
        key = (op, a, b)
        value = self._shared(key, lambda: self.emit(op(self.index(a), self.index(b))))  # pyright: ignore
        constant = folding.integer(value)
        return value if constant is None else constant

    def add(self, a: Dim, b: Dim) -> Dim:
        if a == 0 or b == 0:
            return a if b == 0 else b
        return self._binary(arith.AddiOp, a, b, lambda x, y: x + y)

    def sub(self, a: Dim, b: Dim) -> Dim:
        return a if b == 0 else self._binary(arith.SubiOp, a, b, lambda x, y: x - y)

    def mul(self, a: Dim, b: Dim) -> Dim:
        if a == 1 or b == 1:
            return a if b == 1 else b
        return self._binary(arith.MuliOp, a, b, lambda x, y: x * y)

    def floordiv(self, a: Dim, b: Dim) -> Dim:
        """Quotient of non-negative sizes."""
        return a if b == 1 else self._binary(arith.DivSIOp, a, b, lambda x, y: x // y)

    def maximum(self, a: Dim, b: Dim) -> Dim:
        return a if a is b else self._binary(arith.MaxSIOp, a, b, max)

    def minimum(self, a: Dim, b: Dim) -> Dim:
        return a if a is b else self._binary(arith.MinSIOp, a, b, min)

    # Sizes and elements of tensors

    def dims(self, value: SSAValue) -> list[Dim]:
        """Sizes of a tensor value."""
        known = self._dims.get(value)
        if known is not None:
            return known
        shape = shape_of(value)
        if DYNAMIC not in shape:
            return list(shape)
        return [self._dim(value, i) if n == DYNAMIC else n for i, n in enumerate(shape)]

    def _dim(self, value: SSAValue, i: int) -> SSAValue:
        if value.owner is self.entry:  # a function argument: everything can see its sizes
            value, i = self._first_of_symbol(value, i)
            key = (value, i)
            if key not in self._scopes[0]:
                block, self.block = self.block, None
                index = self.index(i)
                self.block = block
                self._scopes[0][key] = self.at_entry(tensor.DimOp(value, index))
            return self._scopes[0][key]
        return self._shared((value, i), lambda: self.build(tensor.DimOp(value, self.index(i))))

    def _first_of_symbol(self, value: SSAValue, i: int) -> tuple[SSAValue, int]:
        """The first argument's dimension that has the same symbol as this one."""
        assert isinstance(value, BlockArgument)
        rows = self._symbols
        name = rows[value.index][i] if value.index < len(rows) and rows[value.index] else ""
        if name.isidentifier():
            for argument, row in zip(self.entry.args, rows, strict=False):
                if name in row:
                    return argument, row.index(name)
        return value, i

    def is_checked(self, key: object) -> bool:
        """Whether this was asked before, where the code being made can only come after."""
        key = ("checked", key)
        if any(key in scope for scope in self._scopes):
            return True
        self._scopes[-1][key] = self.index(0)
        return False

    def set_dims(self, value: SSAValue, dims: Sequence[Dim]) -> None:
        """Remembers the sizes of a value whose type has `?`."""
        if any(isinstance(d, SSAValue) for d in dims):
            self._dims[value] = [
                n if n != DYNAMIC else d for n, d in zip(shape_of(value), dims, strict=True)
            ]

    def constant_of(self, value: SSAValue) -> np.ndarray | None:
        """The array of a constant tensor."""
        owner = value.owner
        if isinstance(owner, arith.ConstantOp) and isinstance(
            owner.value, DenseIntOrFPElementsAttr
        ):
            return dense.to_numpy(owner.value)
        return None

    def splat_of(self, value: SSAValue) -> Attribute | None:
        """The scalar of a tensor known to have one value everywhere."""
        owner = value.owner
        if isinstance(owner, arith.ConstantOp):
            attr = owner.value
            if isinstance(attr, DenseIntOrFPElementsAttr) and dense.is_splat(attr):
                array = dense.to_numpy(attr)
                if array.size:
                    return attribute_of(array.reshape(-1)[0], attr.get_element_type())
        elif isinstance(owner, FillOp) and isinstance(owner.inputs[0].owner, arith.ConstantOp):
            return owner.inputs[0].owner.value
        return None

    def elements(self, value: SSAValue) -> Sequence[SSAValue] | None:
        """The scalars of a small integer tensor, row-major, if they are known as scalars."""
        known = self._elements.get(value)
        if known is not None:
            return known
        owner = value.owner
        if isinstance(owner, tensor.FromElementsOp):
            return tuple(owner.operands)
        type_ = value.type
        if not isinstance(type_, TensorType) or isinstance(type_.element_type, AnyFloat):
            return None
        array = self.constant_of(value)
        if array is None or array.size > MAX_ELEMENTS:
            return None
        return [self.number(type_.element_type, int(x)) for x in array.reshape(-1)]

    def from_elements(self, scalars: Sequence[SSAValue], type_: Attribute) -> SSAValue:
        """A tensor of scalars (signless), which `elements` then knows."""
        result = signless(type_)
        assert isinstance(result, TensorType)
        integers = [folding.integer(x) for x in scalars]
        if scalars and all(x is not None for x in integers):
            array = np.array(integers).astype(dense.dtype_of(result.element_type))
            attr = dense.of_type(result, array.reshape(result.get_shape()))
            value = self.build(arith.ConstantOp(attr))
        elif not scalars:
            empty = np.zeros(result.get_shape(), dense.dtype_of(result.element_type))
            value = self.build(arith.ConstantOp(dense.of_type(result, empty)))
        else:
            value = self.build(
                tensor.FromElementsOp.create(operands=list(scalars), result_types=[result])
            )
        self._elements[value] = list(scalars)
        return value

    def scalar(self, value: SSAValue, *indices: Dim) -> SSAValue:
        """One element of a tensor."""
        known = self.elements(value)
        if known is not None and all(isinstance(i, int) for i in indices):
            flat = int(np.ravel_multi_index(indices, shape_of(value))) if indices else 0  # pyright: ignore
            return known[flat]
        splat = self.splat_of(value)
        if splat is not None:
            return self.constant(splat)
        return self.build(tensor.ExtractOp(value, [self.index(i) for i in indices],
                                           value.type.element_type))  # pyright: ignore  # fmt: skip

    def sizes_from(self, shape: SSAValue) -> list[Dim]:
        """The sizes that a one-dimensional shape tensor holds."""
        found: list[Dim] = []
        for i in range(shape_of(shape)[0]):
            value = self.scalar(shape, i)
            constant = folding.integer(value)
            found.append(self.cast(value, INDEX) if constant is None else constant)
        return found

    def move_small(
        self, op: Operation, evaluate: Evaluate, data: Sequence[int] = (0,)
    ) -> SSAValue | None:
        """A data movement on small integer tensors, done on their scalars.

        `evaluate` runs on positions in place of the operands numbered `data`; all others must be
        constants. None if something is not known.
        """
        type_ = op.results[0].type
        assert isinstance(type_, TensorType)
        if isinstance(type_.element_type, AnyFloat) or DYNAMIC in type_.get_shape():
            return None
        if math.prod(type_.get_shape()) > MAX_ELEMENTS:
            return None
        pool: list[SSAValue] = []
        arrays: list[np.ndarray] = []
        for i, value in enumerate(op.operands):
            known = self.elements(value)
            if known is None or DYNAMIC in shape_of(value):
                return None
            numbers = [folding.integer(x) for x in known]
            if i in data:
                positions = np.arange(len(pool), len(pool) + len(known))
                pool.extend(known)
            elif any(n is None for n in numbers):
                return None
            else:
                positions = np.array(numbers, np.int64)
            arrays.append(positions.reshape(shape_of(value)))
        (moved,) = evaluate(op, arrays, lambda region, args: [])
        return self.from_elements([pool[int(i)] for i in moved.reshape(-1)], type_)

    # Tensors

    def tensor_type(self, dims: Sequence[Dim], element: Attribute) -> TensorType:
        return TensorType(signless(element), [d if isinstance(d, int) else DYNAMIC for d in dims])

    def typed_dims(self, type_: Attribute, dims: Sequence[Dim]) -> list[Dim]:
        """`dims` with what `type_` knows: its static sizes, and values where it has `?`."""
        assert isinstance(type_, TensorType)
        return [
            self.index(d) if n == DYNAMIC else n
            for n, d in zip(type_.get_shape(), dims, strict=True)
        ]

    def empty(self, dims: Sequence[Dim], element: Attribute) -> SSAValue:
        type_ = self.tensor_type(dims, element)
        dynamic = [d for d in dims if isinstance(d, SSAValue)]
        value = self.build(make(tensor.EmptyOp, dynamic, [type_]))
        self.set_dims(value, dims)
        return value

    def fill(self, scalar: SSAValue, dims: Sequence[Dim], element: Attribute) -> SSAValue:
        """A tensor with one value everywhere."""
        out = self.empty(dims, element)
        value = self.build(FillOp((scalar,), (out,)))
        self.set_dims(value, dims)
        return value

    def zeros(self, dims: Sequence[Dim], element: Attribute) -> SSAValue:
        return self.fill(self.number(signless(element), 0), dims, element)

    def generic(
        self,
        inputs: Sequence[SSAValue],
        maps: Sequence[AffineMap],
        outputs: Sequence[SSAValue],
        body: Body,
        reductions: Sequence[int] = (),
    ) -> list[SSAValue]:
        """`linalg.generic`; `maps` has one map per input and output, `outputs` are the inits.

        `body` gets the block arguments and returns what to yield.
        """
        loops = maps[0].num_dims
        types = [v.type.element_type if isinstance(v.type, TensorType) else v.type
                 for v in (*inputs, *outputs)]  # fmt: skip
        block = Block(arg_types=types)
        outer, self.block = self.block, block
        yielded = body(block.args)
        block.add_op(YieldOp(*([yielded] if isinstance(yielded, SSAValue) else yielded)))
        self.block = outer
        parallel = [d not in reductions for d in range(loops)]
        op = structured.generic(inputs, outputs, maps, parallel, block)
        self.build(op)
        for result, out in zip(op.results, outputs, strict=True):
            self.set_dims(result, self.dims(out))
        return list(op.results)

    def choose(
        self, condition: SSAValue, yes: Callable[[], SSAValue], no: Callable[[], SSAValue]
    ) -> SSAValue:
        """`scf.if` in the open body: only the branch taken is computed."""
        outer, regions, types = self.block, [], []
        for branch in (yes, no):
            self.block = Block()
            value = branch()
            types = [value.type]
            self.block.add_op(scf.YieldOp(value))
            regions.append(Region(self.block))
        self.block = outer
        return self.build(scf.IfOp(condition, types, *regions))  # pyright: ignore[reportArgumentType]

    def ext(
        self,
        cls: type[LinalgExtOp],
        ins: Sequence[SSAValue],
        outs: Sequence[SSAValue],
        bodies: Sequence[tuple[Sequence[Attribute], Body]] = (),
        properties: dict[str, Attribute] | None = None,
    ) -> list[SSAValue]:
        """An op of `iree_linalg_ext`; `bodies` are its regions: argument types, and what gets the
        arguments and returns what to yield."""
        made: list[Region] = []
        for types, body in bodies:
            block = Block(arg_types=types)
            outer, self.block = self.block, block
            yielded = body(block.args)
            block.add_op(ext_interface.YieldOp(
                *([yielded] if isinstance(yielded, SSAValue) else yielded)))  # fmt: skip
            self.block = outer
            made.append(Region(block))
        op = cls.of(ins, outs, made, properties)
        self.build(op)
        for result, out in zip(op.results, outs, strict=True):
            self.set_dims(result, self.dims(out))
        return list(op.results)

    def cast_to(self, value: SSAValue, type_: Attribute) -> SSAValue:
        """`value` as `type_`: `tensor.cast` if the two know different static sizes."""
        target = signless(type_)
        if value.type == target:
            return value
        dims = self.typed_dims(target, self.dims(value))
        result = self.build(tensor.CastOp(value, target))  # pyright: ignore
        self.set_dims(result, dims)
        return result
