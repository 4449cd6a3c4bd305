# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gives every tensor of an entry function a buffer.

The one idea is to look backwards from the stores: what is stored is computed in place in the output
binding, and so is whatever it was computed from, as long as nothing else needs the older value.
What is left gets workgroup-local memory. `passes/bufferize.py` is the pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from xdsl.dialects import arith, memref, tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseIntOrFPElementsAttr,
    MemRefType,
    TensorType,
    i1,
    i8,
)
from xdsl.dialects.func import FuncOp
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Operation, OpResult, SSAValue
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore import elements
from iree_explore.codegen.bounds import static_bound
from iree_explore.codegen.buffer_ops import (
    copy_op,
    load_from_buffers,
    memref_of,
    on_buffers,
    scalar_constant,
    subview,
)
from iree_explore.codegen.dialect import LocalMemoryOp
from iree_explore.codegen.emitter import INDEX, Index
from iree_explore.codegen.structured import (
    Structured,
    structured,
)
from iree_explore.codegen.views import mixed, storage
from iree_explore.context import CompilerContext
from iree_explore.errors import GapError
from iree_explore.flow.dialect import (
    DispatchTensorLoadOp,
    DispatchTensorStoreOp,
    DispatchTensorType,
)
from iree_explore.hal.dialect import InterfaceBindingSubspanOp
from iree_explore.linalg.ext_interface import LinalgExtOp
from iree_explore.provenance import rewriting


class Bufferizer:
    """Bufferizes one function whose body is a single block of tensor ops."""

    def __init__(self, ctx: CompilerContext, func: FuncOp):
        self.ctx = ctx
        self.func = func
        self.block = func.body.block
        self.buffers: dict[SSAValue, SSAValue] = {}
        """Buffer of each tensor (a view of its elements)."""
        self.wanted: dict[SSAValue, SSAValue] = {}
        """Buffer that a tensor is to be computed into."""
        self.scalars: dict[SSAValue, SSAValue] = {}
        """Tensors that are one scalar everywhere (splat constants)."""
        self.stored: set[Operation] = set()
        self.slices: dict[object, SSAValue] = {}
        """Bindings and views of them by what they are, so that equal ones are one value."""

    def run(self) -> None:
        """The whole function."""
        self._scalars_first()
        self.order = {op: i for i, op in enumerate(self.block.ops)}
        self._interface()
        self._assign()
        for op in list(self.block.ops):
            self._op(op)
        self._erase_tensors()

    # Order and interface

    def _scalars_first(self) -> None:
        """Moves what depends on no tensor to the front, so that views can be made early."""
        late: set[Operation] = set()
        anchor: Operation | None = None
        for op in list(self.block.ops):
            touches = any(isinstance(v.type, TensorType) for v in (*op.operands, *op.results))
            if touches or any(o.owner in late for o in op.operands) or op.next_op is None:
                late.add(op)
                anchor = anchor or op
            elif anchor is not None:
                op.detach()
                self.block.insert_op_before(op, anchor)

    def _first_late(self) -> Operation:
        """The first op on tensors: interface views go before it."""
        for op in self.block.ops:
            if any(isinstance(v.type, TensorType) for v in (*op.operands, *op.results)):
                return op
        last = self.block.last_op
        assert last is not None
        return last

    def _interface(self) -> None:
        """Bindings as memrefs; loads and store targets as subviews of them."""
        bindings: dict[SSAValue, SSAValue] = {}
        anchor = self._first_late()
        targets: list[tuple[DispatchTensorStoreOp, SSAValue]] = []
        for op in list(self.block.ops):
            if isinstance(op, InterfaceBindingSubspanOp):
                type_ = op.result.type
                assert isinstance(type_, DispatchTensorType)
                buffer_type = memref_of(type_.bound_type)
                key = (op.binding, buffer_type, *op.operands)
                if key not in self.slices:
                    new = InterfaceBindingSubspanOp.create(
                        operands=op.operands,
                        properties=op.properties,
                        result_types=[buffer_type],
                    )
                    with rewriting(self.ctx, "BufferizeBinding", op) as rewriter:
                        rewriter.insert(new)
                    self.slices[key] = new.result
                bindings[op.result] = self.slices[key]
        for op in list(self.block.ops):
            if isinstance(op, DispatchTensorLoadOp):
                self.buffers[op.result] = self._slice(op, bindings[op.source], anchor)
            elif isinstance(op, DispatchTensorStoreOp):
                targets.append((op, self._slice(op, bindings[op.target], anchor)))
        self.targets = targets

    def _slice(
        self,
        op: DispatchTensorLoadOp | DispatchTensorStoreOp,
        base: SSAValue,
        anchor: Operation,
    ) -> SSAValue:
        """The part of a binding that a load or store names; the binding itself if that is all."""
        offsets = mixed(op.static_offsets.get_values(), op.offsets)
        sizes = mixed(op.static_sizes.get_values(), op.sizes)
        strides = mixed(op.static_strides.get_values(), op.strides)
        base_type = cast(MemRefType, base.type)
        whole = mixed(base_type.get_shape(), list(op.dims))
        tensor_type = op.result.type if isinstance(op, DispatchTensorLoadOp) else op.value.type
        rank = len(cast(TensorType, tensor_type).get_shape())
        if not any(offsets) and sizes == whole and rank == len(sizes):
            return base
        binding = base.owner.properties["binding"]  # pyright: ignore[reportAttributeAccessIssue]
        key = (binding, base.type, *offsets, *sizes, *strides, rank)
        if key not in self.slices:  # a tensor updated in place is one view, not two
            with rewriting(
                self.ctx, "BufferizeSlice", op, at=InsertPoint.before(anchor)
            ) as rewriter:
                self.slices[key] = subview(rewriter, base, offsets, sizes, strides, rank)
        return self.slices[key]

    # Assignment

    def _position(self, op: Operation | None) -> int:
        """Place of the op (or of the op of this block around it)."""
        while op is not None and op.parent is not self.block:
            op = op.parent_op()
        return self.order[op] if op is not None else -1

    def _last_use(self, value: SSAValue) -> int:
        return max((self._position(u.operation) for u in value.uses), default=-1)

    def _assign(self) -> None:
        """Decides `wanted` for every tensor that is computed."""
        for store, target in self.targets:
            value = store.value
            free = self._computed(value) and value not in self.wanted
            if free and self._may_write_early(store, value):
                self.wanted[value] = target
                self.stored.add(store)
        for op in reversed(list(self.block.ops)):
            if isinstance(op, arith.ConstantOp | tensor.EmptyOp | DispatchTensorLoadOp):
                continue
            for index, result in enumerate(op.results):
                if type(result.type) is not TensorType or not self._computed(result):
                    continue
                if result not in self.wanted:
                    self.wanted[result] = self._local(op, result)
                self._pass_on(op, index, self.wanted[result])

    def _computed(self, value: SSAValue) -> bool:
        """Whether the tensor's elements are written by an op here (rather than viewed)."""
        owner = value.owner
        return isinstance(owner, Operation) and (
            structured(owner) is not None
            or isinstance(
                owner,
                tensor.InsertSliceOp | tensor.FromElementsOp | tensor.InsertOp | LinalgExtOp,
            )
        )

    def _may_write_early(self, store: DispatchTensorStoreOp, value: SSAValue) -> bool:
        """Whether the store may happen where the value is computed: nothing reads the old contents
        of the binding at or after that point, but at the same elements."""
        binding = cast(InterfaceBindingSubspanOp, store.target.owner)
        producer = cast(Operation, value.owner)
        start = self._position(producer)
        for op in self.block.ops:
            if isinstance(op, DispatchTensorLoadOp):
                source = cast(InterfaceBindingSubspanOp, op.source.owner)
                if source.binding != binding.binding:
                    continue
                if self._last_use(op.result) > start:
                    return False
                reads = self._last_use(op.result) == start
                index = list(producer.results).index(cast(OpResult, value))
                if reads and not self._pointwise(producer, op.result, index):
                    return False
            elif isinstance(op, DispatchTensorStoreOp) and op is not store:
                other = cast(InterfaceBindingSubspanOp, op.target.owner)
                if other.binding == binding.binding:
                    return False
        return True

    def _pointwise(self, op: Operation, value: SSAValue, result: int) -> bool:
        """Whether `op` reads `value` only at the element that it writes of `result`."""
        view = structured(op)
        if isinstance(op, LinalgExtOp):  # updated in place
            return op.outs[result] is value and len(list(value.uses)) == 1
        if view is None:
            return isinstance(op, tensor.InsertSliceOp) and op.dest is value
        written = view.output_maps[result]
        for operand, map_ in zip(view.operands, view.maps, strict=True):
            if operand is value and map_ != written:
                return False
        uses = sum(1 for operand in view.operands if operand is value)
        return sum(1 for u in value.uses if self._position(u.operation) == self.order[op]) == uses

    def _pass_on(self, op: Operation, index: int, buffer: SSAValue) -> None:
        """Lets an operand whose last use is `op` be computed into the buffer of its result."""
        view = structured(op)
        if isinstance(op, LinalgExtOp):
            if op.READS_OUTS and self._pointwise(op, op.outs[index], index):
                self._give(op.outs[index], op, buffer)
            return
        if view is None:
            if isinstance(op, tensor.InsertSliceOp | tensor.InsertOp):
                self._give(op.dest, op, buffer)
            return
        init = view.outputs[index]
        if view.reads_output(index):
            if self._pointwise(op, init, index):
                self._give(init, op, buffer)
            return
        if not view.is_elementwise():
            return
        for value in view.inputs:
            same = value.type == op.results[index].type
            if same and self._pointwise(op, value, index) and self._give(value, op, buffer):
                return

    def _give(self, value: SSAValue, op: Operation, buffer: SSAValue) -> bool:
        free = (
            self._computed(value)
            and value not in self.wanted
            and self._last_use(value) == self.order[op]
            and value.owner.parent is self.block  # pyright: ignore[reportAttributeAccessIssue]
        )
        if free:
            self.wanted[value] = buffer
        return free

    def _local(self, op: Operation, value: SSAValue) -> SSAValue:
        """Workgroup-local memory for a tensor, as a view of its size."""
        type_ = cast(TensorType, value.type)
        sizes = self.sizes(value)
        bounds = [static_bound(size) for size in sizes]
        if any(bound is None for bound in bounds):
            raise GapError(
                "IX203",
                f"{op.name}: an intermediate {type_} is too dynamic for local memory",
                because="it has no static bound and is not computed in place in an output",
            )
        anchor = self._first_late()
        with rewriting(self.ctx, "AllocateLocalMemory", op, at=InsertPoint.before(anchor)) as rw:
            shape = [cast(int, bound) for bound in bounds]
            local = LocalMemoryOp(MemRefType(storage(type_.element_type), shape))
            rw.insert(local)
            if all(isinstance(size, int) for size in sizes):
                return local.result
            rank = len(sizes)
            return subview(rw, local.result, [0] * rank, sizes, [1] * rank, rank)

    def sizes(self, value: SSAValue) -> list[Index]:
        """Sizes of a tensor as constants or values that exist before all tensor ops."""
        shape = cast(TensorType, value.type).get_shape()
        if all(size != DYNAMIC_INDEX for size in shape):
            return list(shape)
        op = cast(Operation, value.owner)
        view = structured(op)
        if view is not None:
            return self.sizes(view.outputs[cast(int, list(op.results).index(value))])  # pyright: ignore
        if isinstance(op, LinalgExtOp):
            return self.sizes(op.outs[list(op.results).index(cast(OpResult, value))])
        if isinstance(op, tensor.EmptyOp):
            return mixed(shape, list(op.dynamic_sizes))
        if isinstance(op, tensor.InsertSliceOp | tensor.InsertOp):
            return self.sizes(op.dest)
        if isinstance(op, DispatchTensorLoadOp | tensor.ExtractSliceOp):
            sizes = mixed(op.static_sizes.get_values(), list(op.sizes))
            if len(sizes) == len(shape):
                return sizes
        raise GapError("IX203", f"{op.name}: dynamic sizes of {value.type} are not known here")

    # Ops

    def _op(self, op: Operation) -> None:
        if isinstance(op, tensor.EmptyOp | DispatchTensorLoadOp | InterfaceBindingSubspanOp):
            return
        if isinstance(op, DispatchTensorStoreOp):
            self._store(op)
            return
        view = structured(op)
        if view is not None:
            self._structured(op, view)
        elif isinstance(op, LinalgExtOp):
            self._ext(op)
        elif isinstance(op, arith.ConstantOp) and isinstance(op.result.type, TensorType):
            self._constant(op)
        elif isinstance(op, tensor.InsertSliceOp):
            self._insert_slice(op)
        elif isinstance(op, tensor.ExtractSliceOp):
            with rewriting(self.ctx, "BufferizeExtractSlice", op) as rewriter:
                offsets = mixed(op.static_offsets.get_values(), op.offsets)
                sizes = mixed(op.static_sizes.get_values(), op.sizes)
                strides = mixed(op.static_strides.get_values(), op.strides)
                rank = len(op.result.type.get_shape())
                source = self.buffers[op.source]
                self.buffers[op.result] = subview(rewriter, source, offsets, sizes, strides, rank)
        elif isinstance(op, tensor.InsertOp):
            with rewriting(self.ctx, "BufferizeInsert", op) as rewriter:
                buffer = self.wanted[op.result]
                if not isinstance(op.dest.owner, tensor.EmptyOp):
                    self._copy(rewriter, op.dest, buffer)
                stored = self._bytes(rewriter, op.scalar)
                rewriter.insert(memref.StoreOp.get(stored, buffer, list(op.indices)))
                self.buffers[op.result] = buffer
        elif isinstance(op, tensor.CastOp):
            self.buffers[op.dest] = self.buffers[op.source]
        elif isinstance(op, tensor.ExtractOp):
            with rewriting(self.ctx, "BufferizeExtract", op) as rewriter:
                value = self._element(rewriter, op)
                rewriter.replace(op, [], [value])
        elif isinstance(op, tensor.FromElementsOp):
            self._from_elements(op)
        elif any(isinstance(v.type, TensorType) for v in (*op.operands, *op.results)):
            raise GapError("IX203", f"{op.name}: no bufferization", because=str(op)[:200])

    def _store(self, op: DispatchTensorStoreOp) -> None:
        """A store whose value was not computed in place is a copy."""
        target = next(t for s, t in self.targets if s is op)
        if op not in self.stored:
            with rewriting(self.ctx, "BufferizeStore", op) as rewriter:
                self._copy(rewriter, op.value, target)

    def _copy(self, rewriter: PatternRewriter, value: SSAValue, target: SSAValue) -> None:
        scalar = self.scalars.get(value)
        if scalar is not None:
            rewriter.insert(linalg.FillOp([self._bytes(rewriter, scalar)], [target], []))
        elif self.buffers[value] is not target:
            rewriter.insert(copy_op(self.buffers[value], target))

    @staticmethod
    def _bytes(rewriter: PatternRewriter, scalar: SSAValue) -> SSAValue:
        if scalar.type != i1:
            return scalar
        extended = arith.ExtUIOp(scalar, i8)
        rewriter.insert(extended)
        return extended.result

    def _constant(self, op: arith.ConstantOp) -> None:
        """A splat becomes a scalar; other (small) constants are written out element by element."""
        attr = cast(DenseIntOrFPElementsAttr, op.value)
        type_ = cast(TensorType, op.result.type)
        with rewriting(self.ctx, "BufferizeConstant", op) as rewriter:
            if elements.is_splat(attr):
                scalar = scalar_constant(attr, type_.element_type, 0)
                rewriter.insert(scalar)
                self.scalars[op.result] = scalar.results[0]
                if any(not self._scalar_use(u.operation) for u in op.result.uses):
                    local = LocalMemoryOp(memref_of(type_))
                    rewriter.insert(local)
                    value = self._bytes(rewriter, scalar.results[0])
                    rewriter.insert(linalg.FillOp([value], [local.result], []))
                    self.buffers[op.result] = local.result
                return
            local = LocalMemoryOp(memref_of(type_))
            rewriter.insert(local)
            count = elements.to_numpy(attr).size
            values: list[SSAValue] = []
            for number in range(count):
                scalar = scalar_constant(attr, type_.element_type, number)
                rewriter.insert(scalar)
                values.append(scalar.results[0])
            self._write_elements(rewriter, values, local.result)
            self.buffers[op.result] = local.result

    def _scalar_use(self, op: Operation) -> bool:
        return structured(op) is not None or isinstance(op, DispatchTensorStoreOp)

    def _from_elements(self, op: tensor.FromElementsOp) -> None:
        with rewriting(self.ctx, "BufferizeFromElements", op) as rewriter:
            buffer = self.wanted[op.result]
            self._write_elements(rewriter, list(op.elements), buffer)
            self.buffers[op.result] = buffer

    def _write_elements(
        self, rewriter: PatternRewriter, values: Sequence[SSAValue], buffer: SSAValue
    ) -> None:
        """Row-major stores of scalars."""
        shape = cast(MemRefType, buffer.type).get_shape()
        made: dict[int, SSAValue] = {}

        def index(number: int) -> SSAValue:
            if number not in made:
                constant = arith.ConstantOp.from_int_and_width(number, INDEX)
                rewriter.insert(constant)
                made[number] = constant.result
            return made[number]

        for number, value in enumerate(values):
            place = []
            for size in reversed(shape):
                place.insert(0, index(number % size))
                number //= size
            stored = self._bytes(rewriter, value)
            rewriter.insert(memref.StoreOp.get(stored, buffer, place))

    def _insert_slice(self, op: tensor.InsertSliceOp) -> None:
        buffer = self.wanted[op.result]
        with rewriting(self.ctx, "BufferizeInsertSlice", op) as rewriter:
            if not isinstance(op.dest.owner, tensor.EmptyOp):
                self._copy(rewriter, op.dest, buffer)
            offsets = mixed(op.static_offsets.get_values(), op.offsets)
            sizes = mixed(op.static_sizes.get_values(), op.sizes)
            strides = mixed(op.static_strides.get_values(), op.strides)
            rank = len(cast(TensorType, op.source.type).get_shape())
            target = subview(rewriter, buffer, offsets, sizes, strides, rank)
            self._copy(rewriter, op.source, target)
        self.buffers[op.result] = buffer

    def _element(self, rewriter: PatternRewriter, op: tensor.ExtractOp) -> SSAValue:
        """`tensor.extract` as a load."""
        load = memref.LoadOp.get(self.buffers[op.tensor], list(op.indices))
        rewriter.insert(load)
        if op.result.type != i1:
            return load.res
        narrow = arith.TruncIOp(load.res, i1)
        rewriter.insert(narrow)
        return narrow.result

    def _structured(self, op: Operation, view: Structured) -> None:
        """A linalg op on buffers, writing where its results are wanted."""
        with rewriting(self.ctx, "BufferizeLinalgOp", op) as rewriter:
            outputs = [self.wanted[result] for result in op.results]
            for index, (init, buffer) in enumerate(zip(view.outputs, outputs, strict=True)):
                if view.reads_output(index) and not isinstance(init.owner, tensor.EmptyOp):
                    self._copy(rewriter, init, buffer)
            inputs = [self._input(value) for value in view.inputs]
            rewriter.insert(on_buffers(op, view, inputs, outputs, self.buffers))
        self.buffers.update(zip(op.results, outputs, strict=True))

    def _ext(self, op: LinalgExtOp) -> None:
        """An op of iree_linalg_ext on buffers."""
        with rewriting(self.ctx, "BufferizeLinalgExtOp", op) as rewriter:
            outputs = [self.wanted[result] for result in op.results]
            for init, buffer in zip(op.outs, outputs, strict=True):
                if op.READS_OUTS and not isinstance(init.owner, tensor.EmptyOp):
                    self._copy(rewriter, init, buffer)
            inputs = [self.buffers.get(value, value) for value in op.ins]
            regions = [region.clone() for region in op.regions]
            for region in regions:
                load_from_buffers(region.block, self.buffers)
            rewriter.insert(op.with_operands(inputs, outputs, regions))
        self.buffers.update(zip(op.results, outputs, strict=True))

    def _input(self, value: SSAValue) -> SSAValue:
        if not isinstance(value.type, TensorType):
            return value
        if isinstance(value.owner, tensor.EmptyOp) and value not in self.buffers:
            self.buffers[value] = self._local(value.owner, value)  # only its shape matters
        return self.scalars[value] if value in self.scalars else self.buffers[value]

    def _erase_tensors(self) -> None:
        """Drops all tensor ops and the interface ops on dispatch tensors."""
        dead = [
            op
            for op in self.block.ops
            if any(
                isinstance(v.type, TensorType | DispatchTensorType)
                for v in (*op.operands, *op.results)
            )
        ]
        if dead:
            with rewriting(self.ctx, "EraseTensors", *dead) as rewriter:
                for op in reversed(dead):
                    rewriter.erase(op)
