# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products of narrow numbers by dot products of words (`iree_codegen.dot`), where a CPU has them.

A word is 32 bits: `group` numbers that follow one another along the reduction. The operand that has
the columns is copied into words whose lanes are columns; the other one is read as words where it
lies, if numbers of the reduction are neighbours there. What instructions want of signs is done to
words: flipping the sign bit of a signed byte makes it unsigned and 128 larger, which a sum over the
columns' numbers takes back. Iterations that fill no word are a second, ordinary product.

`dot_of` says what fits an op (`configure.py` puts it into the lowering configuration), `form_dot`
rewrites (`pack_operands` calls it).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    BFloat16Type,
    DenseArrayBase,
    FixedBitwidthType,
    Float32Type,
    IntegerAttr,
    IntegerType,
    NoneAttr,
    StringAttr,
    TensorType,
    f32,
    i8,
    i16,
    i32,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineExpr, AffineMap
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore.codegen.bounds import static_bound
from iree_explore.codegen.dialect import DotOp
from iree_explore.codegen.emitter import Index
from iree_explore.codegen.slicing import element, slice_op, static
from iree_explore.codegen.structured import (
    Structured,
    combiners,
    is_contraction,
    iterator_types,
    map_attributes,
)
from iree_explore.codegen.tiler import Tiler
from iree_explore.codegen.views import mixed
from iree_explore.context import CompilerContext
from iree_explore.flow.dialect import DispatchTensorLoadOp, DispatchTensorType
from iree_explore.hal.dialect import InterfaceBindingSubspanOp
from iree_explore.provenance import rewriting

_MOST_WORDS = 1 << 18
"""Words of one operand that local memory may hold."""

_FLIP = 0x80808080
"""The sign bits of four bytes."""


@dataclass(frozen=True)
class Dot:
    """A kind of `iree_codegen.dot` for a product: `loop` is the reduction whose iterations fill
    words, `group` how many do; `columns` the input that has the columns, `signed` what the inputs'
    extensions are; with `flip` the other input's bytes change their sign bits, with `swap` it is
    the instruction's second operand."""

    kind: str
    loop: int
    group: int
    columns: int
    signed: tuple[bool, bool]
    flip: bool = False
    swap: bool = False

    @property
    def rows(self) -> int:
        """The input that has no columns."""
        return 1 - self.columns

    @property
    def widened(self) -> bool:
        """Whether words hold bytes as 16-bit numbers."""
        return self.kind == "s16s16"


def dot_of(view: Structured, extents: Sequence[int | None], kinds: Sequence[str]) -> Dot | None:
    """How one of `kinds` computes a product of these extents; None where none does."""
    signs = _extensions(view)
    places = _places(view)
    if signs is None or places is None:
        return None
    columns, loops = places
    loops = [d for d in loops if extents[d] is not None]
    if not loops:
        return None
    loop = max(loops, key=lambda d: (_is_last(view.maps[1 - columns], d), extents[d] or 0))
    extent = extents[loop] or 0
    rows = 1
    for d, parallel in enumerate(view.parallel):
        if parallel and d not in view.maps[columns].used_dims():
            rows *= extents[d] or 256
    if rows < 4:  # packing the columns costs as much
        return None
    if isinstance(element(view.inputs[0]), BFloat16Type):
        fits = "bf16bf16" in kinds and extent >= 8
        return Dot("bf16bf16", loop, 2, columns, signs) if fits else None
    if extent < 8:
        return None
    if "s8s8" in kinds and all(signs):
        return Dot("s8s8", loop, 4, columns, signs)
    if "u8s8" in kinds and any(signs):
        # the unsigned one first; where both are signed, flipping makes the rows unsigned
        return Dot(
            "u8s8", loop, 4, columns, signs, all(signs), signs[1 - columns] and not all(signs)
        )
    if "s16s16" in kinds:
        return Dot("s16s16", loop, 2, columns, signs)
    return None


def _extensions(view: Structured) -> tuple[bool, bool] | None:
    """Which inputs are sign-extended, if the body multiplies two extended bytes into i32, or two
    bf16 into f32."""
    if not is_contraction(view) or len(view.inputs) != 2:
        return None
    found = combiners(view)
    assert found is not None
    add, accumulator = found[0], view.body.args[2]
    (product,) = (v for v in add.operands if v is not accumulator)
    factors = [v.owner for v in cast(Operation, product.owner).operands]
    sources = [
        f.operands[0]
        for f in factors
        if isinstance(f, arith.ExtSIOp | arith.ExtUIOp | arith.ExtFOp)
    ]
    inputs = list(view.body.args[:2])
    if sources not in (inputs, inputs[::-1]):
        return None
    by_input = factors if sources == inputs else factors[::-1]
    types = {v.type for v in inputs}
    bytes_ = types == {i8} and accumulator.type == i32
    halves = types == {BFloat16Type()} and isinstance(accumulator.type, Float32Type)
    if not (bytes_ or halves) or len(list(view.body.ops)) != 5:
        return None
    first, second = (isinstance(f, arith.ExtSIOp) for f in by_input)
    return first, second


def _places(view: Structured) -> tuple[int, list[int]] | None:
    """The input that has the columns, and the reductions that may fill words: one dimension of each
    input, and nothing else of it."""
    last = view.output_maps[0].results[-1:]
    plain = all(isinstance(e, AffineDimExpr) for e in view.output_maps[0].results)
    if not last or not plain:
        return None
    column = cast(AffineDimExpr, last[0]).position
    having = [i for i in (0, 1) if column in view.maps[i].used_dims()]
    if len(having) != 1:
        return None
    (columns,) = having
    dims = [e.position for e in view.maps[columns].results if isinstance(e, AffineDimExpr)]
    if len(dims) != len(view.maps[columns].results) or len(set(dims)) != len(dims):
        return None
    return columns, [d for d in view.reductions if all(_once(m, d) for m in view.maps[:2])]


def _once(map_: AffineMap, loop: int) -> bool:
    using = [e for e in map_.results if any(getattr(x, "position", None) == loop for x in e.dfs())]
    return len(using) == 1 and isinstance(using[0], AffineDimExpr)


def _is_last(map_: AffineMap, loop: int) -> bool:
    return map_.results[-1] == AffineDimExpr(loop)


def form_dot(ctx: CompilerContext, view: Structured, dot: Dot) -> bool:
    """Rewrites a product on tensors to dot products of words; returns whether it could: where the
    memory that packing takes is known, and not too much."""
    tiler = Tiler()
    extents = tiler.extents(view)
    extent = extents[dot.loop]
    sizes = [tiler.sizes(v) for v in view.inputs]
    if not isinstance(extent, int) or extent < dot.group:
        return False
    direct = _as_words(view, dot, dot.rows)
    for number, known in enumerate(sizes):
        if number == dot.rows and direct:
            continue
        total = 1
        for size in known:
            total *= static_bound(size) or _MOST_WORDS * dot.group + 1
        if total > _MOST_WORDS * dot.group:
            return False
    with rewriting(ctx, "FormDotProducts", view.op) as rewriter:
        _Rewrite(view, dot, sizes, extent, rewriter).run()
    return True


def _as_words(view: Structured, dot: Dot, number: int) -> bool:
    """Whether an input's words lie in its binding: it reads all of the last dimension, which the
    reduction runs along and which words divide."""
    load = view.inputs[number].owner
    if not isinstance(load, DispatchTensorLoadOp) or not _is_last(view.maps[number], dot.loop):
        return False
    source = cast(DispatchTensorType, load.source.type).bound_type
    shape, tile = source.get_shape(), cast(TensorType, load.result.type).get_shape()
    return (
        isinstance(load.source.owner, InterfaceBindingSubspanOp)
        and isinstance(source.encoding, NoneAttr)
        and len(shape) == len(tile)
        and shape[-1] == tile[-1] > 0
        and shape[-1] % dot.group == 0
        and load.static_strides.get_values()[-1] == 1
    )


class _Rewrite:
    """One rewrite: the operands as words, the product, the correction, the rest."""

    def __init__(
        self,
        view: Structured,
        dot: Dot,
        sizes: list[list[Index]],
        extent: int,
        rewriter: PatternRewriter,
    ) -> None:
        self.view, self.dot, self.sizes, self.rewriter = view, dot, sizes, rewriter
        self.count, self.rest = divmod(extent, dot.group)
        self.word = IntegerType(bits_of(element(view.inputs[0])) * dot.group)
        """What `group` numbers make before they are widened."""

    def run(self) -> None:
        view, dot = self.view, self.dot
        columns, columns_map = self._columns()
        rows, prepared = self._rows()
        maps = [view.maps[dot.rows], columns_map]
        operands = [rows, columns]
        block = Block(arg_types=[element(rows), i32, element(view.outputs[0])])
        row: SSAValue = block.args[0]
        if not prepared:
            row = self._prepare(block, row, dot.rows)
        pair = [block.args[1], row] if dot.swap else [row, block.args[1]]
        self._accumulate(block, pair, block.args[2])
        result = self._generic(operands, view.outputs[0], maps, block)
        if dot.flip:
            result = self._corrected(columns, columns_map, result)
        if self.rest:
            result = self._remaining(result)
        loads = [v.owner for v in view.inputs if isinstance(v.owner, DispatchTensorLoadOp)]
        self.rewriter.replace(view.op, [], [result])
        for load in dict.fromkeys(loads):
            if not load.result.first_use:
                subspan = load.source.owner
                self.rewriter.erase(load)
                if isinstance(subspan, InterfaceBindingSubspanOp) and not subspan.result.first_use:
                    self.rewriter.erase(subspan)

    # Words

    def _rows(self) -> tuple[SSAValue, bool]:
        """The rows as words, and whether they are what the instruction takes."""
        if _as_words(self.view, self.dot, self.dot.rows):
            return self._bound(self.dot.rows), False
        position = self._position(self.dot.rows)
        rank = len(self.sizes[self.dot.rows])
        return self._combined(self.dot.rows, position, list(range(rank))), True

    def _columns(self) -> tuple[SSAValue, AffineMap]:
        """The columns as words, lanes last, and the map that reads them."""
        number = self.dot.columns
        map_ = self.view.maps[number]
        last = cast(AffineDimExpr, self.view.output_maps[0].results[-1]).position
        dims = [cast(AffineDimExpr, e).position for e in map_.results]
        order = [i for i, d in enumerate(dims) if d != last] + [dims.index(last)]
        results = tuple(map_.results[i] for i in order)
        panel = AffineMap(map_.num_dims, 0, results)
        if not _as_words(self.view, self.dot, number):
            return self._combined(number, self._position(number), order), panel
        words = self._bound(number)
        sizes = self._word_sizes(number)
        empty = self._empty([sizes[i] for i in order])
        block = Block(arg_types=[self.word, i32])
        self._yield(block, self._prepare(block, block.args[0], number))
        rank = len(order)
        source = AffineMap(rank, 0, tuple(AffineDimExpr(order.index(i)) for i in range(rank)))
        return self._copy([words], [source], empty, block), panel

    def _position(self, number: int) -> int:
        """The dimension of an input that the reduction runs along."""
        return self.view.maps[number].results.index(AffineDimExpr(self.dot.loop))

    def _word_sizes(self, number: int) -> list[Index]:
        sizes = list(self.sizes[number])
        sizes[self._position(number)] = self.count
        return sizes

    def _bound(self, number: int) -> SSAValue:
        """An input's words where they lie: the same bytes under another type."""
        load = cast(DispatchTensorLoadOp, self.view.inputs[number].owner)
        subspan = cast(InterfaceBindingSubspanOp, load.source.owner)
        source = cast(DispatchTensorType, load.source.type)
        shape = list(source.bound_type.get_shape())
        shape[-1] //= self.dot.group
        place = InterfaceBindingSubspanOp.build(
            operands=[list(subspan.operands)],
            properties=subspan.properties,
            result_types=[DispatchTensorType(source.access, TensorType(self.word, shape))],
        )
        offsets = mixed(load.static_offsets.get_values(), list(load.offsets))
        strides = mixed(load.static_strides.get_values(), list(load.strides))
        full = mixed(load.static_sizes.get_values(), list(load.sizes))
        full[-1] = self.count
        tile = TensorType(self.word, static(self._word_sizes(number)))
        new = slice_op(
            DispatchTensorLoadOp, [place.result], list(load.dims), offsets, full, strides, [tile]
        )
        self.rewriter.insert([place, new], InsertPoint.before(load))
        return new.results[0]

    def _combined(self, number: int, position: int, order: list[int]) -> SSAValue:
        """Words made of neighbours along `position`; dimension i of them is `order[i]`."""
        sizes = self._word_sizes(number)
        empty = self._empty([sizes[i] for i in order])
        value, group, rank = self.view.inputs[number], self.dot.group, len(order)
        places: list[AffineExpr] = [AffineDimExpr(order.index(i)) for i in range(rank)]
        maps: list[AffineMap] = []
        for part in range(group):
            along = AffineDimExpr(order.index(position)) * group + part
            exprs = [along if i == position else e for i, e in enumerate(places)]
            maps.append(AffineMap(rank, 0, tuple(exprs)))
        block = Block(arg_types=[*[element(value)] * group, i32])
        word: SSAValue | None = None
        bits = self.word.width.data // group
        for part in range(group):
            number_bits = block.args[part]
            if not isinstance(number_bits.type, IntegerType):
                number_bits = self._do(block, arith.BitcastOp(number_bits, IntegerType(bits)))
            wide = self._do(block, arith.ExtUIOp(number_bits, self.word))
            if part:
                wide = self._do(
                    block, arith.ShLIOp(wide, self._constant(block, bits * part, self.word))
                )
            word = wide if word is None else self._do(block, arith.OrIOp(word, wide))
        assert word is not None
        self._yield(block, self._prepare(block, word, number))
        return self._copy([value] * group, maps, empty, block)

    def _prepare(self, block: Block, word: SSAValue, number: int) -> SSAValue:
        """A word of an input as the instruction takes it."""
        if self.dot.widened:
            return self._widened(block, word, self.dot.signed[number])
        if self.dot.flip and number == self.dot.rows:
            return self._do(block, arith.XOrIOp(word, self._constant(block, _FLIP, i32)))
        return word

    def _widened(self, block: Block, word: SSAValue, signed: bool) -> SSAValue:
        """Two bytes as two 16-bit numbers."""
        extend = arith.ExtSIOp if signed else arith.ExtUIOp
        eight = self._constant(block, 8, i16)
        halves = (word, self._do(block, arith.ShRUIOp(word, eight)))
        low, high = (
            self._do(block, extend(self._do(block, arith.TruncIOp(half, i8)), i32))
            for half in halves
        )
        low = self._do(block, arith.AndIOp(low, self._constant(block, 0xFFFF, i32)))
        high = self._do(block, arith.ShLIOp(high, self._constant(block, 16, i32)))
        return self._do(block, arith.OrIOp(low, high))

    # Products

    def _accumulate(self, block: Block, pair: Sequence[SSAValue], total: SSAValue) -> None:
        """Yields `total` and the dot product of a pair of words."""
        kind = StringAttr(self.dot.kind)
        dot = DotOp.build(
            operands=[list(pair)], properties={"kind": kind}, result_types=[total.type]
        )
        value = self._do(block, dot)
        add = arith.AddfOp if total.type == f32 else arith.AddiOp
        self._yield(block, self._do(block, add(value, total)))

    def _corrected(self, columns: SSAValue, map_: AffineMap, result: SSAValue) -> SSAValue:
        """`result` without what the flipped rows have too much: 128 × the sum of each column."""
        view = self.view
        used = sorted(map_.used_dims())
        kept = [d for d in used if view.parallel[d]]
        order = [cast(AffineDimExpr, e).position for e in map_.results]
        sizes = self._word_sizes(self.dot.columns)
        position = [cast(AffineDimExpr, e).position for e in view.maps[self.dot.columns].results]
        shape = [sizes[position.index(d)] for d in order if d in kept]
        sums_map = tuple(AffineDimExpr(used.index(d)) for d in order if d in kept)
        zero = arith.ConstantOp(IntegerAttr(0, i32))
        self.rewriter.insert([zero])
        empty = self._empty(shape)
        fill = linalg.FillOp([zero.result], [empty], [empty.type])
        self.rewriter.insert([fill])
        block = Block(arg_types=[i32, i32])
        self._accumulate(block, [self._constant(block, _FLIP, i32), block.args[0]], block.args[1])
        columns_map = tuple(AffineDimExpr(used.index(d)) for d in order)
        maps = [AffineMap(len(used), 0, columns_map), AffineMap(len(used), 0, sums_map)]
        parallel = [view.parallel[d] for d in used]
        sums = self._make([columns], fill.results[0], maps, parallel, block)
        outer = [cast(AffineDimExpr, e).position for e in view.output_maps[0].results]
        block = Block(arg_types=[i32, i32])
        self._yield(block, self._do(block, arith.SubiOp(block.args[1], block.args[0])))
        of_column = tuple(AffineDimExpr(outer.index(d)) for d in order if d in kept)
        maps = [AffineMap(len(outer), 0, of_column), AffineMap.identity(len(outer))]
        return self._make([sums], result, maps, [True] * len(outer), block)

    def _remaining(self, result: SSAValue) -> SSAValue:
        """The iterations that fill no word, added to `result`."""
        operands: list[SSAValue] = []
        for number, value in enumerate(self.view.inputs):
            sizes: list[Index] = list(self.sizes[number])
            offsets: list[Index] = [0] * len(sizes)
            position = self._position(number)
            offsets[position], sizes[position] = self.count * self.dot.group, self.rest
            type_ = TensorType(element(value), static(sizes))
            part = tensor.ExtractSliceOp(value, offsets, sizes, [1] * len(sizes), type_)
            self.rewriter.insert([part])
            operands.append(part.result)
        block = self.view.op.regions[0].clone().detach_block(0)
        return self._generic(operands, result, list(self.view.maps[:2]), block)

    # Ops

    def _generic(
        self,
        operands: list[SSAValue],
        out: SSAValue,
        maps: list[AffineMap],
        block: Block,
    ) -> SSAValue:
        """A product over the loops of the view, with what it says about lowering."""
        maps = [*maps, self.view.output_maps[0]]
        attributes = self.view.op.attributes
        return self._make(operands, out, maps, self.view.parallel, block, attributes)

    def _make(
        self,
        operands: list[SSAValue],
        out: SSAValue,
        maps: list[AffineMap],
        parallel: list[bool],
        block: Block,
        attributes: dict[str, Attribute] | None = None,
    ) -> SSAValue:
        op = linalg.GenericOp.create(
            operands=[*operands, out],
            result_types=[out.type],
            properties={
                "indexing_maps": map_attributes(maps),
                "iterator_types": iterator_types(parallel),
                "operandSegmentSizes": DenseArrayBase.from_list(i32, [len(operands), 1]),
            },
            attributes=attributes or {},
            regions=[Region(block)],
        )
        self.rewriter.insert([op])
        return op.results[0]

    def _copy(
        self, sources: list[SSAValue], maps: list[AffineMap], empty: SSAValue, block: Block
    ) -> SSAValue:
        rank = maps[0].num_dims
        return self._make(sources, empty, [*maps, AffineMap.identity(rank)], [True] * rank, block)

    def _empty(self, sizes: list[Index]) -> SSAValue:
        dynamic = [size for size in sizes if isinstance(size, SSAValue)]
        op = tensor.EmptyOp(dynamic, TensorType(i32, static(sizes)))
        self.rewriter.insert([op])
        return op.tensor

    def _do(self, block: Block, op: Operation) -> SSAValue:
        block.add_op(op)
        return op.results[0]

    def _constant(self, block: Block, value: int, type_: IntegerType) -> SSAValue:
        return self._do(block, arith.ConstantOp(IntegerAttr(value, type_, truncate_bits=True)))

    def _yield(self, block: Block, value: SSAValue) -> None:
        block.add_op(linalg.YieldOp(value))


def bits_of(type_: Attribute) -> int:
    """Bits of a number."""
    return cast(FixedBitwidthType, type_).bitwidth
