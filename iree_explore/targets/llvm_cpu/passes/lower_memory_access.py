# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels get their C signature, memrefs become pointers and `llvm.getelementptr`, `index` i64.

The one idea: a memref is a `Buffer` (buffers.py) known while this pass runs, so no descriptor is
ever built in IR. What the kernel reads from its ABI structs is read once, at the entry. `index` is
64 bits wide on these targets; its values change their type where they are. An access becomes the
`llvm` op in place, with a new id. The next pass is lower_control_flow.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as changed

from xdsl.dialects import arith, func, memref, vector
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    ModuleOp,
    i8,
    i32,
    i64,
)
from xdsl.dialects.llvm import (
    AllocaOp,
    FuncOp,
    LinkageAttr,
    LLVMArrayType,
    LLVMFunctionType,
    LLVMStructType,
    LoadOp,
    ReturnOp,
    StoreOp,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint

from iree_explore.codegen.dialect import LocalMemoryOp
from iree_explore.context import CompilerContext
from iree_explore.hal.dialect import (
    InterfaceBindingSubspanOp,
    InterfaceConstantLoadOp,
    InterfaceWorkgroupCountOp,
    InterfaceWorkgroupIDOp,
)
from iree_explore.provenance import become, created, op_id, replace, rewriting
from iree_explore.targets.llvm_cpu import accesses, buffers
from iree_explore.targets.llvm_cpu.buffers import Buffer, Size
from iree_explore.targets.llvm_cpu.conversion import (
    Builder,
    constant_as_i64,
    constant_of,
    element_of,
    gap,
    index_to_i64,
    int_attr,
)
from iree_explore.targets.llvm_cpu.llvm_extras import OURS, PTR
from iree_explore.walk import walk

DISPATCH_STATE = LLVMStructType.from_type_list(
    [LLVMArrayType(3, i32), i32, i32, i32, PTR, PTR, PTR]
)
"""workgroup_count, constant_count, binding_count, workgroup_size, then pointers to the constants,
the bindings and their lengths."""

WORKGROUP_STATE = LLVMStructType.from_type_list([LLVMArrayType(3, i32), i32, PTR, i64])
"""workgroup_id, processor_id, local_memory, local_memory_size."""

BINDING_ALIGNMENT = 16
"""What callers' arrays have; our own memory is aligned to 64 bytes."""
LOCAL_ALIGNMENT = 64
DYNAMIC = DYNAMIC_INDEX
_OF_INDEX = frozenset({"vector.create_mask", "vector.extract", "vector.insert", "scf.index_switch"})
"""Ops whose operands have to be of type `index`."""


class LowerMemoryAccess(ModulePass):
    """Turns kernels into C functions over their ABI structs, and memory ops into pointer accesses.

    Before:
    ```mlir
    func.func @entry() {
      %i = arith.constant 3 : index
      %m = memref.alloca() : memref<4xf32>
      %v = memref.load %m[%i] : memref<4xf32>
      memref.store %v, %m[%i] : memref<4xf32>
      func.return
    }
    ```

    After:
    ```mlir
    builtin.module {
      llvm.func @entry(%environment: !llvm.ptr, %dispatch_state: !llvm.ptr, %workgroup_state: !llvm.ptr) -> i32 {
        %0 = llvm.mlir.constant(1) : i64
        %1 = llvm.alloca %0 x !llvm.array<4 x f32> {alignment = 64 : i64} : (i64) -> !llvm.ptr
        %i = arith.constant 3 : i64
        %2 = llvm.getelementptr inbounds %1[3] : (!llvm.ptr) -> !llvm.ptr, f32
        %v = llvm.load %2 {alignment = 4 : i64} : !llvm.ptr -> f32
        %3 = llvm.getelementptr inbounds %1[3] : (!llvm.ptr) -> !llvm.ptr, f32
        llvm.store %v, %3 {alignment = 4 : i64} : f32, !llvm.ptr
        %4 = llvm.mlir.constant(0 : i32) : i32
        llvm.return %4 : i32
      }
    }
    ```
    """  # noqa: E501

    name = "executable-targets-lower-memory-access"

    def apply(self, ctx: CompilerContext, module: ModuleOp) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        for op in list(module.body.block.ops):
            if isinstance(op, func.FuncOp):
                _Lowering(ctx, _lower_signature(ctx, op)).run()


def _lower_signature(ctx: CompilerContext, op: func.FuncOp) -> FuncOp:
    """The kernel as a C function of the environment and of the dispatch's and workgroup's state."""
    if op.function_type.inputs.data or op.function_type.outputs.data:
        raise gap(op, f"kernel {op.sym_name.data} has arguments or results")
    with rewriting(ctx, "LowerSignature", op) as rewriter:
        body = op.detach_region(op.body)
        block = body.blocks[0]
        for name in ("environment", "dispatch_state", "workgroup_state"):
            block.insert_arg(PTR, len(block.args)).name_hint = name
        entry = FuncOp(
            op.sym_name,
            LLVMFunctionType([PTR] * 3, i32),
            linkage=LinkageAttr("external"),
            body=body,
        )
        rewriter.insert(entry)
        for each in list(body.blocks):
            last = each.last_op
            if isinstance(last, func.ReturnOp):
                build = Builder()
                build(ReturnOp, [build.constant(0, i32)])
                rewriter.insert(build.ops, InsertPoint.before(last))
                rewriter.erase(last)
        rewriter.erase(op)
    return entry


def _local_scopes(ops: Sequence[Operation]) -> dict[Operation, str]:
    """Alias scopes of workgroup-local buffers: those whose bytes overlap share one."""
    ranges: list[tuple[int, int, LocalMemoryOp]] = []
    for op in ops:
        if isinstance(op, LocalMemoryOp):
            begin = op.byte_offset.value.data if op.byte_offset is not None else 0
            ranges.append((begin, begin + _static_bytes(op), op))
    scopes: dict[Operation, str] = {}
    end = group = -1
    for begin, stop, op in sorted(ranges, key=lambda r: r[:2]):
        if begin >= end:
            group += 1
        end = max(end, stop)
        scopes[op] = f"local{group}"
    return scopes


def _static_bytes(op: LocalMemoryOp) -> int:
    type_ = op.result.type
    assert isinstance(type_, MemRefType)
    nbytes = buffers.storage_bytes(type_.element_type)
    for size in type_.get_shape():
        if size == DYNAMIC:
            raise gap(op, "workgroup-local memory of dynamic size")
        nbytes *= size
    return nbytes


@dataclass
class _Lowering:
    """One kernel's memory ops, in order of dominance: `buffers` knows every memref met so far,
    `divisors` what divides an index, `fields` what was read from the ABI structs at the entry."""

    ctx: CompilerContext
    entry: FuncOp
    local_scopes: dict[Operation, str] = field(default_factory=dict)
    buffers: dict[SSAValue, Buffer] = field(default_factory=dict)
    divisors: dict[SSAValue, int] = field(default_factory=dict)
    fields: dict[tuple[int, ...], SSAValue] = field(default_factory=dict)
    first: Operation | None = None
    made: list[Operation] = field(default_factory=list)
    """What the rule at work inserted itself, elsewhere than at its op."""

    def run(self) -> None:
        """Lowers the whole kernel."""
        ops = [op for op in walk(self.entry) if op is not self.entry]
        self.local_scopes = _local_scopes(ops)
        self.first = self.entry.body.blocks[0].first_op
        for value in self.entry.body.block.args:
            index_to_i64(value)
        memrefs: list[Operation] = []
        for op in ops:
            if not self.widen(op):
                continue
            rule = _RULES.get(type(op))
            if rule is not None and self.lower(op, rule):
                memrefs.append(op)
        self.erase(memrefs)
        self.ctx.check_cancelled()

    def widen(self, op: Operation) -> bool:
        """Makes the index values of an op i64; whether the op is still there."""
        for value in op.results:
            index_to_i64(value)
        for region in op.regions:
            for block in region.blocks:
                for value in block.args:
                    index_to_i64(value)
        if isinstance(op, arith.ConstantOp):
            op.properties["value"] = constant_as_i64(op.properties["value"], op.result.type)
        elif isinstance(op, arith.IndexCastOp):
            return not self.cast(op)
        elif op.name in _OF_INDEX:
            self.narrow(op)
        return True

    def cast(self, op: arith.IndexCastOp) -> bool:
        """An index cast extends, truncates or (then it goes: True) does nothing any more."""
        have, want = element_of(op.input.type), element_of(op.result.type)
        assert isinstance(have, IntegerType) and isinstance(want, IntegerType)
        if have.width.data == want.width.data:
            if op is self.first:
                self.first = op.next_op
            replace(self.ctx, op, (), (op.input,), "DropIndexCast", _PLACE)
            return True
        wider = have.width.data < want.width.data
        cls = arith.ExtSIOp if wider else arith.TruncIOp
        become(self.ctx, op, cls, {}, "WidenIndexCast", _PLACE)
        return False

    def narrow(self, op: Operation) -> None:
        """Gives an op that is defined on `index` alone its operands as such."""
        for i, value in enumerate(op.operands):
            if value.type == i64:
                new = arith.IndexCastOp.create(operands=[value], result_types=[IndexType()])
                assert op.parent is not None
                op.parent.insert_op_before(new, op)
                created(self.ctx, op_id(op), (new,), "IndexOperand", _PLACE)
                op.operands[i] = new.results[0]

    def lower(self, op: Operation, rule: Callable[..., Sequence[SSAValue] | None]) -> bool:
        """Applies a rule; True if the op makes a memref: it goes when nothing uses it any more."""
        build = Builder()
        number, before, block = op_id(op), type(op), op.parent
        results = rule(self, op, build)
        assert block is not None
        elsewhere, self.made = self.made, []
        if results is None or type(op) is not before:  # it made a memref, or is the access now
            block.insert_ops_before(build.ops, op)
            inside = (op,) if results is not None else ()
            made = (*elsewhere, *build.ops, *inside)
            gone = (number,) if inside else ()
            created(self.ctx, number, made, "LowerMemoryAccess", _PLACE, gone)
            return results is None
        if op is self.first:
            self.first = build.ops[0] if build.ops else op.next_op
        created(self.ctx, number, elsewhere, "LowerMemoryAccess", _PLACE)
        replace(self.ctx, op, build.ops, results, "LowerMemoryAccess", _PLACE)
        return False

    def erase(self, memrefs: list[Operation]) -> None:
        """Erases the ops that made memrefs."""
        known = set(memrefs)
        for op in memrefs:
            users = {u.operation for r in op.results for u in r.uses if u.operation not in known}
            if users:
                names = ", ".join(sorted(user.name for user in users))
                raise gap(op, f"its memref is used by {names}")
        if memrefs:
            with rewriting(self.ctx, "EraseBuffers", *memrefs) as rewriter:
                for op in reversed(memrefs):
                    rewriter.erase(op)

    # What the ABI structs hold

    def state(self, *path: int) -> SSAValue:
        """A field of dispatch_state (path 1, ...) or workgroup_state (2, ...), read once."""
        value = self.fields.get(path)
        if value is None:
            struct = DISPATCH_STATE if path[0] == 1 else WORKGROUP_STATE
            type_: Attribute = struct
            for index in path[1:]:
                type_ = type_.types.data[index] if isinstance(type_, LLVMStructType) else type_.type  # type: ignore[attr-defined]
            build = Builder()
            pointer = buffers.element_pointer(
                self.entry.body.blocks[0].args[path[0]], [0, *path[1:]], struct, build
            )
            value = self.fields[path] = accesses.load(build, pointer, type_)
            self.at_entry(build)
        return value

    def element(self, array: SSAValue, index: int, type_: Attribute) -> SSAValue:
        """`array[index]` of a pointer read from dispatch_state, read at the entry."""
        key = (id(array), index)
        value = self.fields.get(key)
        if value is None:
            build = Builder()
            pointer = buffers.element_pointer(array, [index], type_, build)
            value = self.fields[key] = accesses.load(build, pointer, type_)
            self.at_entry(build)
        return value

    def at_entry(self, build: Builder) -> None:
        """Inserts ops at the head of the kernel, after what was put there before."""
        assert self.first is not None and self.first.parent is not None
        self.first.parent.insert_ops_before(build.ops, self.first)
        self.made.extend(build.ops)

    def sizes(self, type_: MemRefType, dynamic: Sequence[SSAValue]) -> tuple[Size, ...]:
        """Sizes of a memref type, its `?` taken from `dynamic` in order."""
        values = iter(dynamic)
        return tuple(next(values) if size == DYNAMIC else size for size in type_.get_shape())

    def mixed(self, static: DenseArrayBase[IntegerType], dynamic: Sequence[SSAValue]) -> list[Size]:
        """A list of static integers and index operands, as of `memref.subview`."""
        values = iter(dynamic)
        return [
            self.known(next(values)) if size == DYNAMIC_INDEX else size
            for size in static.get_values()
        ]

    def known(self, value: SSAValue) -> Size:
        constant = constant_of(value)
        return value if constant is None else constant

    def divisor(self, value: SSAValue) -> int:
        """See `buffers.divisor`."""
        return buffers.divisor(value, self.divisors)

    # The interface

    def subspan(self, op: InterfaceBindingSubspanOp, build: Builder) -> None:
        type_ = op.result.type
        if not isinstance(type_, MemRefType):
            raise gap(op, f"{type_} was not bufferized")
        index = op.binding.value.data
        bindings = op.layout.bindings.data
        flags = bindings[index].flags.data if index < len(bindings) else ""
        pointer = self.element(self.state(1, 5), index, PTR)
        pointer.name_hint = f"binding{index}"
        self.buffers[op.result] = Buffer(
            pointer,
            type_.element_type,
            self.sizes(type_, op.dynamic_dims),
            alignment=BINDING_ALIGNMENT,
            scope=f"binding{index}",
            invariant="ReadOnly" in flags,
        )

    def constant_load(self, op: InterfaceConstantLoadOp, build: Builder) -> list[SSAValue]:
        return [self.element(self.state(1, 4), op.ordinal.value.data, i32)]

    def workgroup(self, op: Operation, build: Builder) -> list[SSAValue]:
        dimension = op.properties["dimension"]
        assert isinstance(dimension, IntegerAttr)
        struct = 2 if isinstance(op, InterfaceWorkgroupIDOp) else 1
        value = self.state(struct, 0, dimension.value.data)
        return [build(OURS["llvm.zext"], [value], i64)]

    # Buffers

    def local_memory(self, op: LocalMemoryOp, build: Builder) -> None:
        type_ = op.result.type
        assert isinstance(type_, MemRefType)
        if op.byte_offset is None:
            raise gap(op, "no byte offset was planned for it")
        offset = op.byte_offset.value.data
        pointer = buffers.element_pointer(self.state(2, 2), [offset], i8, build)
        self.buffers[op.result] = Buffer(
            pointer,
            type_.element_type,
            self.sizes(type_, ()),
            alignment=math.gcd(LOCAL_ALIGNMENT, offset),
            scope=self.local_scopes[op],
        )

    def alloca(self, op: memref.AllocaOp, build: Builder) -> None:
        type_ = op.memref.type
        assert isinstance(type_, MemRefType)
        if DYNAMIC in type_.get_shape():
            raise gap(op, "stack memory of dynamic size")
        pointee = buffers.storage_type(type_.element_type)
        for size in reversed(type_.get_shape()):
            pointee = LLVMArrayType(size, pointee)
        ahead = Builder()
        pointer = ahead(
            AllocaOp,
            [ahead.constant(1, i64)],
            PTR,
            {"elem_type": pointee, "alignment": IntegerAttr(LOCAL_ALIGNMENT, i64)},
        )
        self.at_entry(ahead)
        self.buffers[op.memref] = Buffer(
            pointer, type_.element_type, self.sizes(type_, ()), alignment=LOCAL_ALIGNMENT
        )

    def subview(self, op: memref.SubviewOp, build: Builder) -> None:
        source = self.buffers[op.source]
        strides = source.strides or buffers.row_major_strides(source.sizes, build)
        offsets = self.mixed(op.static_offsets, op.offsets)
        sizes = self.mixed(op.static_sizes, op.sizes)
        steps = self.mixed(op.static_strides, op.strides)
        linear: Size = 0
        alignment = source.alignment
        nbytes = buffers.storage_bytes(source.element)
        for offset, stride in zip(offsets, strides, strict=True):
            term = buffers.product(offset, stride, build)
            term_bytes = nbytes
            linear = buffers.total([linear, term], build)
            for factor in (offset, stride):
                term_bytes *= factor if isinstance(factor, int) else 1
            alignment = math.gcd(alignment, term_bytes)
        pointer = buffers.element_pointer(
            source.pointer, [linear], buffers.storage_type(source.element), build
        )
        new_strides = [buffers.product(a, b, build) for a, b in zip(strides, steps, strict=True)]
        kept = _kept_dimensions(op.result.type, sizes)
        self.buffers[op.result] = changed(
            source,
            pointer=pointer,
            sizes=tuple(sizes[d] for d in kept),
            strides=tuple(new_strides[d] for d in kept),
            alignment=alignment,
        )

    def reinterpret_cast(self, op: memref.ReinterpretCastOp, build: Builder) -> None:
        source = self.buffers[op.source]
        (offset,) = self.mixed(op.static_offsets, op.offsets)
        pointer = buffers.element_pointer(
            source.pointer, [offset], buffers.storage_type(source.element), build
        )
        self.buffers[op.result] = changed(
            source,
            pointer=pointer,
            sizes=tuple(self.mixed(op.static_sizes, op.sizes)),
            strides=tuple(self.mixed(op.static_strides, op.strides)),
            alignment=buffers.storage_bytes(source.element),
        )

    def same_memory(self, op: Operation, build: Builder) -> None:
        source = self.buffers[op.operands[0]]
        type_ = op.results[0].type
        assert isinstance(type_, MemRefType)
        sizes = tuple(
            known if size == DYNAMIC else size
            for size, known in zip(type_.get_shape(), source.sizes, strict=True)
        )
        self.buffers[op.results[0]] = changed(source, sizes=sizes)

    def collapse_shape(self, op: memref.CollapseShapeOp, build: Builder) -> None:
        source = self.buffers[op.src]
        if source.strides is not None:
            raise gap(op, "only row-major memrefs can be collapsed")
        sizes: list[Size] = []
        for group in op.reassociation.data:
            size: Size = 1
            for d in group.data:
                size = buffers.product(size, source.sizes[d.value.data], build)
            sizes.append(size)
        self.buffers[op.result] = changed(source, sizes=tuple(sizes))

    def expand_shape(self, op: memref.ExpandShapeOp, build: Builder) -> None:
        source = self.buffers[op.src]
        if source.strides is not None:
            raise gap(op, "only row-major memrefs can be expanded")
        sizes = self.mixed(op.static_output_shape, op.output_shape)
        self.buffers[op.result] = changed(source, sizes=tuple(sizes))

    def dim(self, op: memref.DimOp, build: Builder) -> list[SSAValue]:
        index = constant_of(op.index)
        if index is None:
            raise gap(op, "the dimension is not a constant")
        size = self.buffers[op.source].sizes[index]
        return [build.constant(size, i64) if isinstance(size, int) else size]

    # Accesses

    def pointer(
        self, memory: SSAValue, indices: Sequence[SSAValue], build: Builder
    ) -> tuple[Buffer, SSAValue, int]:
        buffer = self.buffers[memory]
        pointer, alignment = buffers.address(buffer, indices, self.divisor, build)
        return buffer, pointer, alignment

    def load(self, op: memref.LoadOp | vector.LoadOp, build: Builder) -> Sequence[SSAValue]:
        memory, *indices = op.operands
        buffer, pointer, alignment = self.pointer(memory, indices, build)
        type_ = op.results[0].type
        stored = buffers.in_storage(type_)
        if stored == type_:
            accesses.becomes(op, LoadOp, [pointer], accesses.aligned(alignment))
            accesses.in_scope(op, buffer.scope, buffer.invariant)
            return op.results
        value = accesses.load(build, pointer, stored, buffer.scope, buffer.invariant, alignment)
        return [accesses.from_storage(value, type_, build)]

    def store(self, op: memref.StoreOp | vector.StoreOp, build: Builder) -> Sequence[SSAValue]:
        value, memory, *indices = op.operands
        buffer, pointer, alignment = self.pointer(memory, indices, build)
        operands = [accesses.to_storage(value, build), pointer]
        accesses.becomes(op, StoreOp, operands, accesses.aligned(alignment))
        accesses.in_scope(op, buffer.scope, False)
        return ()

    def masked_load(self, op: vector.MaskedLoadOp, build: Builder) -> Sequence[SSAValue]:
        buffer, pointer, alignment = self.pointer(op.base, op.indices, build)
        passed = accesses.to_storage(op.pass_thru, build)
        operands, cls = [pointer, op.mask, passed], OURS["llvm.intr.masked.load"]
        properties: dict[str, Attribute] = {"alignment": int_attr(alignment, i32)}
        if passed.type == op.result.type:
            accesses.becomes(op, cls, operands, properties)
            accesses.in_scope(op, buffer.scope, buffer.invariant)
            return op.results
        value = build(cls, operands, passed.type, properties)
        accesses.in_scope(build.ops[-1], buffer.scope, buffer.invariant)
        return [accesses.from_storage(value, op.result.type, build)]

    def masked_store(self, op: vector.MaskedStoreOp, build: Builder) -> Sequence[SSAValue]:
        buffer, pointer, alignment = self.pointer(op.base, op.indices, build)
        operands = [accesses.to_storage(op.value_to_store, build), pointer, op.mask]
        properties: dict[str, Attribute] = {"alignment": int_attr(alignment, i32)}
        accesses.becomes(op, OURS["llvm.intr.masked.store"], operands, properties)
        accesses.in_scope(op, buffer.scope, False)
        return ()

    def drop(self, op: Operation, build: Builder) -> list[SSAValue]:
        return []


_PLACE = (__file__, _Lowering.lower.__code__.co_firstlineno)
_RULES: dict[type[Operation], Callable[..., Sequence[SSAValue] | None]] = {
    InterfaceBindingSubspanOp: _Lowering.subspan,
    InterfaceConstantLoadOp: _Lowering.constant_load,
    InterfaceWorkgroupIDOp: _Lowering.workgroup,
    InterfaceWorkgroupCountOp: _Lowering.workgroup,
    LocalMemoryOp: _Lowering.local_memory,
    memref.AllocaOp: _Lowering.alloca,
    memref.SubviewOp: _Lowering.subview,
    memref.ReinterpretCastOp: _Lowering.reinterpret_cast,
    memref.CastOp: _Lowering.same_memory,
    memref.CollapseShapeOp: _Lowering.collapse_shape,
    memref.ExpandShapeOp: _Lowering.expand_shape,
    memref.DimOp: _Lowering.dim,
    memref.LoadOp: _Lowering.load,
    memref.StoreOp: _Lowering.store,
    vector.LoadOp: _Lowering.load,
    vector.StoreOp: _Lowering.store,
    vector.MaskedLoadOp: _Lowering.masked_load,
    vector.MaskedStoreOp: _Lowering.masked_store,
    memref.DeallocOp: _Lowering.drop,
}


def _kept_dimensions(type_: Attribute, sizes: Sequence[Size]) -> list[int]:
    """Dimensions of a subview that its result keeps: rank reduction drops leading fitting 1s."""
    assert isinstance(type_, MemRefType)
    shape = type_.get_shape()
    drop = len(sizes) - len(shape)
    kept: list[int] = []
    for d, size in enumerate(sizes):
        rest = shape[len(kept) :]
        same = bool(rest) and (rest[0] == size or (rest[0] == DYNAMIC and size != 1))
        if drop and size == 1 and not (same and len(sizes) - d == len(rest)):
            drop -= 1
        else:
            kept.append(d)
    return kept
