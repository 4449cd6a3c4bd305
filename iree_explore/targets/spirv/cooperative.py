# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products of 16-bit floats by cooperative matrices (`SPV_KHR_cooperative_matrix`).

A workgroup has a tile of the result, each of its subgroups a part of it: matrices of 16 x 16 whose
elements its invocations hold together. For each step of the reduction the workgroup copies what it
needs of both operands into its memory, eight elements at a time, while it multiplies what it copied
before. Rows there are eight elements longer than they need to be, so that subgroups read eight rows
from different banks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects.builtin import BFloat16Type, DictionaryAttr, VectorType, f32, i32
from xdsl.ir import Attribute, SSAValue

from iree_explore.codegen.gpu.cooperative import DEPTH, numbers_of
from iree_explore.targets.spirv.build import Index, Kernel
from iree_explore.targets.spirv.ops import ModuleOp
from iree_explore.targets.spirv.types import ArrayType, CooperativeMatrixType
from iree_explore.targets.spirv.verify import NATIVE

SIDE = 16
"""Rows, columns and depth of a matrix."""

SUBGROUP = 32
"""Invocations that hold a matrix together."""

_PART = 64
"""Rows and columns of a subgroup's part: it holds 16 matrices of results and reads 8 for them in a
step. Measured on an H200 (`benchmarks/gpu`), as is one buffer: two leave room for fewer
workgroups."""

_WORDS = VectorType(i32, [4])
_LANES = 8
"""Elements of 16 bits in four words."""


@dataclass(frozen=True)
class CooperativeTiles:
    """What a workgroup computes at a time, and its subgroups down and across; with two `buffers` it
    copies a tile while others read the one before."""

    rows: int
    columns: int
    depth: int
    down: int
    across: int
    buffers: int = 2

    @property
    def invocations(self) -> int:
        """Of a workgroup."""
        return self.down * self.across * SUBGROUP


@dataclass(frozen=True)
class CooperativeProduct:
    """`result = left right`, all row-major: `rows` x `depth` times `depth` x `columns` of `element`
    (f16 or bf16), added up as f32. The bindings are left, right, result."""

    rows: int
    columns: int
    depth: int
    element: Attribute
    result: Attribute
    bindings: tuple[int, int, int] = (0, 1, 2)

    def fits(self, tiles: CooperativeTiles) -> bool:
        """Whether tiles divide the product."""
        pairs = ((self.rows, tiles.rows), (self.columns, tiles.columns), (self.depth, tiles.depth))
        return all(size % tile == 0 and size for size, tile in pairs)


def product_kernel(name: str, attribute: DictionaryAttr) -> ModuleOp:
    """The kernel of an entry function's product; its tiles are those of the other kernels."""
    n = numbers_of(attribute.data)
    product = CooperativeProduct(
        n["rows"], n["columns"], n["depth"], attribute.data["element"],
        attribute.data["result_element"], (n["left"], n["right"], n["result"]),
    )  # fmt: skip
    down, across = n["tile_rows"] // _PART, n["tile_columns"] // _PART
    tiles = CooperativeTiles(n["tile_rows"], n["tile_columns"], DEPTH, down, across, 1)
    return cooperative_kernel(name, product, tiles)


def cooperative_kernel(name: str, product: CooperativeProduct, tiles: CooperativeTiles) -> ModuleOp:
    """The kernel; it has as many workgroups as there are tiles, numbered row by row."""
    return _Writer(name, product, tiles).run()


@dataclass
class _Panel:
    """A tile of an operand in both memories: rows, words (of four) a row, the operand's words a
    row, the buffer's first word, and how its row and column move with the reduction."""

    source: SSAValue
    memory: SSAValue
    rows: int
    width: int
    stride: int

    @property
    def pitch(self) -> int:
        """Words (of four) from a row to the next one in workgroup memory."""
        return self.width + 1

    @property
    def size(self) -> int:
        """Words (of four) of a buffer."""
        return self.rows * self.pitch


class _Writer:
    def __init__(self, name: str, product: CooperativeProduct, tiles: CooperativeTiles) -> None:
        self.product, self.tiles = product, tiles
        k = self.k = Kernel(name, (tiles.invocations, 1, 1), NATIVE)
        left, right, result = product.bindings
        self.left = self._panel("left", left, tiles.rows, tiles.depth, product.depth)
        self.right = self._panel("right", right, tiles.depth, tiles.columns, product.columns)
        self.rounds = isinstance(product.result, BFloat16Type)
        self.result = k.buffer("result", _WORDS if self.rounds else product.result, result)
        self.thread = k.op("CompositeExtract", k.built_in("LocalInvocationId"), indices=[0],
                           result=i32)  # fmt: skip

    def _panel(self, name: str, binding: int, rows: int, columns: int, stride: int) -> _Panel:
        k, width = self.k, columns // _LANES
        count = self.tiles.buffers * rows * (width + 1)
        return _Panel(
            k.buffer(name, _WORDS, binding, read_only=True),
            k.shared(f"shared_{name}", ArrayType(_WORDS, count)), rows, width, stride // _LANES,
        )  # fmt: skip

    def run(self) -> ModuleOp:
        """The module."""
        k, product, tiles = self.k, self.product, self.tiles
        across = product.columns // tiles.columns
        number = self._workgroup()
        with k.when(k.op("SLessThan", number, product.rows // tiles.rows * across)):
            row = k.op("IMul", k.op("UDiv", number, across), tiles.rows)
            column = k.op("IMul", k.op("UMod", number, across), tiles.columns)
            self._tile(row, column)
        return k.finish("Vulkan")

    def _workgroup(self) -> SSAValue:
        k = self.k
        ids, counts = k.built_in("WorkgroupId"), k.built_in("NumWorkgroups")
        x, y = (k.op("CompositeExtract", ids, indices=[d], result=i32) for d in (0, 1))
        width = k.op("CompositeExtract", counts, indices=[0], result=i32)
        return k.op("IAdd", k.op("IMul", y, width), x)

    def _tile(self, row: SSAValue, column: SSAValue) -> None:
        k, product, tiles = self.k, self.product, self.tiles
        subgroup = k.op("UDiv", self.thread, SUBGROUP)
        down, across = tiles.rows // tiles.down, tiles.columns // tiles.across
        first = (
            k.op("IMul", k.op("UDiv", subgroup, tiles.across), down),
            k.op("IMul", k.op("UMod", subgroup, tiles.across), across),
        )
        starts = self._starts(row, column)
        self._keep(self._copied(starts, 0), 0)
        k.barrier()
        zero = k.constant(0, self._matrix(f32, "MatrixAcc"))
        carried = [zero] * (down // SIDE * (across // SIDE))
        steps = product.depth // tiles.depth
        with k.loop(0, steps, 1, carried) as (step, values):
            more = k.op("ULessThan", k.op("IAdd", step, 1), steps)
            following = k.op("Select", more, k.op("IAdd", step, 1), k.index(0))
            ahead = self._copied(starts, following)
            buffer = k.op("BitwiseAnd", step, 1) if tiles.buffers == 2 else k.index(0)
            self._multiply(values, first, buffer)
            if tiles.buffers == 2:
                self._keep(ahead, k.op("BitwiseXor", buffer, 1))
            else:
                k.barrier()
                self._keep(ahead, 0)
            k.barrier()
        self._store(values, (k.op("IAdd", row, first[0]), k.op("IAdd", column, first[1])))

    # Copies

    def _starts(self, row: SSAValue, column: SSAValue) -> list[list[SSAValue]]:
        """Where this invocation's shares of both operands begin."""
        k, tiles = self.k, self.tiles
        found = []
        corners = ((row, k.index(0)), (k.index(0), k.op("UDiv", column, _LANES)))
        for panel, (top, left) in zip((self.left, self.right), corners, strict=True):
            places = []
            for share in range(self._shares(panel)):
                at = k.op("IAdd", self.thread, share * tiles.invocations)
                line = k.op("IAdd", top, k.op("UDiv", at, panel.width))
                word = k.op("IAdd", left, k.op("UMod", at, panel.width))
                places.append(k.op("IAdd", k.op("IMul", line, panel.stride), word))
            found.append(places)
        return found

    def _shares(self, panel: _Panel) -> int:
        return panel.rows * panel.width // self.tiles.invocations

    def _copied(self, starts: Sequence[Sequence[SSAValue]], step: Index) -> list[list[SSAValue]]:
        """What this invocation copies in a step, in registers."""
        k, tiles = self.k, self.tiles
        moves = (tiles.depth // _LANES, tiles.depth * self.right.stride)
        found = []
        for panel, places, move in zip((self.left, self.right), starts, moves, strict=True):
            offset = k.op("IMul", step, move)
            found.append([k.load(panel.source, k.op("IAdd", at, offset)) for at in places])
        return found

    def _keep(self, values: Sequence[Sequence[SSAValue]], buffer: Index) -> None:
        """Puts what `_copied` read into workgroup memory."""
        k, tiles = self.k, self.tiles
        for panel, found in zip((self.left, self.right), values, strict=True):
            base = k.op("IMul", buffer, panel.size)
            for share, value in enumerate(found):
                at = k.op("IAdd", self.thread, share * tiles.invocations)
                line = k.op("IMul", k.op("UDiv", at, panel.width), panel.pitch)
                place = k.op("IAdd", line, k.op("UMod", at, panel.width))
                k.store(panel.memory, k.op("IAdd", base, place), value)

    # Arithmetic

    def _matrix(self, element: Attribute, use: str) -> CooperativeMatrixType:
        return CooperativeMatrixType(element, SIDE, SIDE, "Subgroup", use)

    def _multiply(
        self, values: list[SSAValue], first: tuple[SSAValue, SSAValue], buffer: Index
    ) -> None:
        """Adds the products of a step."""
        k, tiles = self.k, self.tiles
        down, across = tiles.rows // tiles.down // SIDE, tiles.columns // tiles.across // SIDE
        left = k.op("IAdd", k.op("IMul", buffer, self.left.size),
                    k.op("IMul", first[0], self.left.pitch))  # fmt: skip
        right = k.op("IAdd", k.op("IMul", buffer, self.right.size),
                     k.op("UDiv", first[1], _LANES))  # fmt: skip
        for inner in range(0, tiles.depth, SIDE):
            rows = [
                self._load(self.left, "MatrixA",
                           k.op("IAdd", left, n * SIDE * self.left.pitch + inner // _LANES))
                for n in range(down)
            ]  # fmt: skip
            for m in range(across):
                place = k.op("IAdd", right, inner * self.right.pitch + m * SIDE // _LANES)
                column = self._load(self.right, "MatrixB", place)
                for n, row in enumerate(rows):
                    slot = n * across + m
                    values[slot] = k.op("KHR.CooperativeMatrixMulAdd", row, column, values[slot])

    def _load(self, panel: _Panel, use: str, place: SSAValue) -> SSAValue:
        return self.k.op(
            "KHR.CooperativeMatrixLoad", self.k.element(panel.memory, place), panel.pitch,
            matrix_layout="RowMajor", result=self._matrix(self.product.element, use),
        )  # fmt: skip

    def _store(self, values: Sequence[SSAValue], corner: tuple[SSAValue, SSAValue]) -> None:
        """Writes this subgroup's part of the result."""
        if self.rounds:
            return self._store_rounded(values, corner)
        k, tiles, stride = self.k, self.tiles, self.product.columns
        across = tiles.columns // tiles.across // SIDE
        base = k.op("IAdd", k.op("IMul", corner[0], stride), corner[1])
        for slot, value in enumerate(values):
            place = slot // across * SIDE * stride + slot % across * SIDE
            if self.product.result != f32:
                value = k.op(
                    "FConvert", value, result=self._matrix(self.product.result, "MatrixAcc")
                )
            at = k.element(self.result, k.op("IAdd", base, place))
            k.op("KHR.CooperativeMatrixStore", at, value, stride, matrix_layout="RowMajor")
        return None

    def _store_rounded(self, values: Sequence[SSAValue], corner: tuple[SSAValue, SSAValue]) -> None:
        """The same as bf16, by way of workgroup memory: a conversion of matrices cuts bits off (on
        an H200), this rounds to even. An invocation has eight neighbours of each matrix."""
        k, tiles = self.k, self.tiles
        area = SIDE * SIDE
        scratch = k.shared("parts", ArrayType(f32, tiles.down * tiles.across * area))
        first = k.op("IMul", k.op("UDiv", self.thread, SUBGROUP), area)
        lane = k.op("UMod", self.thread, SUBGROUP)
        row, half = k.op("UDiv", lane, 2), k.op("IMul", k.op("UMod", lane, 2), _LANES)
        begin = k.op("IAdd", first, k.op("IMul", lane, _LANES))
        across, stride = tiles.columns // tiles.across // SIDE, self.product.columns // _LANES
        column = k.op("UDiv", k.op("IAdd", corner[1], half), _LANES)
        base = k.op("IAdd", k.op("IMul", k.op("IAdd", corner[0], row), stride), column)
        for slot, value in enumerate(values):
            at = k.element(scratch, first)
            k.op("KHR.CooperativeMatrixStore", at, value, SIDE, matrix_layout="RowMajor")
            self._meet()
            parts = [k.load(scratch, k.op("IAdd", begin, n)) for n in range(_LANES)]
            self._meet()
            bits = [self._rounded(part) for part in parts]
            words = [
                k.op("BitwiseOr", k.op("ShiftRightLogical", low, 16),
                     k.op("BitwiseAnd", high, 0xFFFF0000))
                for low, high in zip(bits[::2], bits[1::2], strict=True)
            ]  # fmt: skip
            place = slot // across * SIDE * stride + slot % across * SIDE // _LANES
            vector = k.op("CompositeConstruct", *words, result=_WORDS)
            k.store(self.result, k.op("IAdd", base, place), vector)

    def _meet(self) -> None:
        """The subgroup's invocations see what they have written to workgroup memory."""
        self.k.op(
            "ControlBarrier", execution_scope="Subgroup", memory_scope="Workgroup",
            memory_semantics="AcquireRelease|WorkgroupMemory",
        )  # fmt: skip

    def _rounded(self, value: SSAValue) -> SSAValue:
        """Bits of an f32 whose upper half is the nearest bf16, the even one of two; NaN stays."""
        k = self.k
        bits = k.op("Bitcast", value, result=i32)
        odd = k.op("BitwiseAnd", k.op("ShiftRightLogical", bits, 16), 1)
        nearest = k.op("IAdd", k.op("IAdd", bits, 0x7FFF), odd)
        magnitude = k.op("BitwiseAnd", bits, 0x7FFFFFFF)
        is_nan = k.op("SGreaterThan", magnitude, 0x7F800000)
        return k.op("Select", is_nan, k.op("BitwiseOr", bits, 0x400000), nearest)
