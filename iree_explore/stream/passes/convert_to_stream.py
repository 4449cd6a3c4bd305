# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tensors become resources: bytes with a size and, soon, a lifetime."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from xdsl.context import Context
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseIntOrFPElementsAttr,
    IntAttr,
    ModuleOp,
    StringAttr,
    TensorType,
    UnitAttr,
)
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore import elements, provenance
from iree_explore.context import CompilerContext
from iree_explore.errors import GapError
from iree_explore.flow import dialect as flow
from iree_explore.flow.updates import (
    carried_sizes,
    updated_globals,
    updated_slots,
    used_again,
)
from iree_explore.flow.util_dialect import (
    UPDATED,
    GlobalLoadOp,
    GlobalOp,
    GlobalStoreOp,
    InitializerOp,
    ParameterNamedAttr,
)
from iree_explore.hal import dialect as hal
from iree_explore.hal.passes.wrap_entry_points import describe, is_exported
from iree_explore.stream import dialect as stream
from iree_explore.stream.executables import convert_executable
from iree_explore.stream.index_math import IndexMath
from iree_explore.walk import walk

ANY = stream.resource("*")
ENCODING = "stream.encoding"


@dataclass(frozen=True)
class ConvertToStream(ModulePass):
    """Turns flow ops into asynchronous stream ops on resources, executables included.

    Before:

    ```mlir
    func.func public @f(%v: !hal.buffer_view) -> !hal.buffer_view {
      %x = hal.tensor.import %v : !hal.buffer_view -> tensor<4xf32>
      %y = flow.dispatch @e::@e(%x) : (tensor<4xf32>) -> (tensor<4xf32>)
      %r = hal.tensor.export %y : tensor<4xf32> -> !hal.buffer_view
      func.return %r : !hal.buffer_view
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func public @f(%v: !hal.buffer_view {iree.abi.name = "arg0", iree.abi.type = tensor<4xf32>}) -> (!hal.buffer_view {iree.abi.name = "output0", iree.abi.type = tensor<4xf32>}) attributes {iree.abi.declaration = "sync func @f(%arg0: tensor<4xf32>) -> (%output0: tensor<4xf32>)"} {
        %0 = arith.constant 16 : index
        %x = stream.tensor.import %v : tensor<4xf32> -> !stream.resource<*>{%0}
        %y = stream.async.dispatch @e::@e resources(%x : !stream.resource<*>) {%0} layout "ro" -> (!stream.resource<*>) {%0}
        %r = stream.tensor.export %y : !stream.resource<*>{%0} -> tensor<4xf32>
        func.return %r : !hal.buffer_view
      }
    }
    ```
    """  # noqa: E501

    name = "stream-convert-to-stream"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        _convert_globals(context, op)
        for inner in list(op.body.block.ops):
            if isinstance(inner, flow.ExecutableOp):
                convert_executable(context, inner)
            elif isinstance(inner, func.FuncOp | InitializerOp) and inner.body.blocks:
                _Function(context, op, inner).convert(list(inner.body.blocks))
                if isinstance(inner, func.FuncOp) and is_exported(inner):
                    describe(context, inner)


def _convert_globals(ctx: CompilerContext, module: ModuleOp) -> None:
    """Tensor globals become resources, their initial values parameters."""
    for op in list(module.body.block.ops):
        if not isinstance(op, GlobalOp) or not isinstance(op.type, TensorType):
            continue
        name, type_, initial = op.sym_name.data, op.type, op.initial_value
        mutable = op.is_mutable is not None
        lifetime = stream.resource("variable" if mutable else "constant")
        with provenance.rewriting(ctx, "ConvertGlobal", op) as rewriter:
            if isinstance(initial, DenseIntOrFPElementsAttr):
                ctx.parameters.add("constant", name, elements.to_numpy(initial))
                initial = ParameterNamedAttr(StringAttr("constant"), StringAttr(name), lifetime)
            elif isinstance(initial, ParameterNamedAttr):
                initial = ParameterNamedAttr(initial.scope, initial.key, lifetime)
            visibility = op.sym_visibility.data if op.sym_visibility else None
            new = GlobalOp(name, lifetime, initial, mutable=mutable, visibility=visibility)
            new.attributes.update(op.attributes)
            new.attributes[ENCODING] = type_
            rewriter.replace(op, new, [])


class _Function:
    """Converts one host function (or initializer) with the regions inside it."""

    def __init__(self, ctx: CompilerContext, module: ModuleOp, parent: Operation) -> None:
        self.ctx = ctx
        self.module = module
        self.parent = parent
        self.math = IndexMath(parent.regions[0].blocks[0])
        self.before = {op: [o.type for o in op.operands] for op in walk(parent)}
        """Operand types before anything was converted."""
        self.sizes: dict[SSAValue, SSAValue] = {}
        self.owned: set[SSAValue] = set()
        """Resources made by an async op and not yet given away: they may be updated or exported."""
        self.carried: set[SSAValue] = set()
        """Those that a loop carries or a global holds, which may be updated but not exported."""
        self.home: dict[SSAValue, str] = {}
        """The global that a resource is the memory of."""
        self.updated = set(updated_globals(parent))
        self.pending: set[Operation] = set()

    def convert(self, blocks: Sequence[Block]) -> None:
        """Converts blocks in order, those inside the ops of a block with it."""
        for block in blocks:
            for argument in list(block.args):
                self.retype(argument, block.parent_op() or self.parent)
            ops = list(block.ops)
            self.pending.update(ops)
            for op in ops:
                self.pending.discard(op)
                self.convert_op(op)

    def convert_op(self, op: Operation) -> None:
        """Replaces one op, or converts what is inside it."""
        if type(op) in _CONVERSIONS:
            conversion = _CONVERSIONS[type(op)]
            name = conversion.__name__.title().replace("_", "")
            with provenance.rewriting(self.ctx, name, op) as rewriter:
                conversion(self, rewriter, op)
            return
        if isinstance(op, scf.WhileOp):
            self.convert_while(op)
        elif op.regions:
            for region in op.regions:
                self.convert(list(region.blocks))
            for result in list(op.results):
                self.retype(result, op)
        for value in (*op.results, *op.operands):
            if isinstance(value.type, TensorType):
                raise GapError(
                    "IX201",
                    f"{op.name}: no conversion of its tensors to stream resources",
                    model="; ".join(map(str, self.ctx.provenance.sources_of(op))) or None,
                )

    def convert_while(self, op: scf.WhileOp) -> None:
        """A tensor that every round updates is copied once before the loop, if it has to be, and
        updated in place in it."""
        slots = updated_slots(op)
        before, after = op.before_region.block, op.after_region.block
        for slot in slots:
            self.enter(op, slot)
        outer = self.owned
        for block in (before, after):  # what is made outside is there in every round
            for argument in list(block.args):
                self.retype(argument, op)
            self.owned = set[SSAValue](block.args[i] for i in slots)
            self.carried |= self.owned
            self.convert([block])
        last = after.last_op
        assert last is not None
        for slot in slots:
            self.enter(last, slot)
        for result in list(op.results):
            self.retype(result, op)
        self.owned = outer | {op.results[i] for i in slots}
        self.carried |= {op.results[i] for i in slots}

    def enter(self, op: Operation, slot: int) -> None:
        """Makes operand `slot` of a loop, or of the yield that ends its body, one that the next
        round may update."""
        value = op.operands[slot]
        if value in self.owned and not self.used_later(value) and not used_again(op, value):
            self.owned.discard(value)
            return
        type_ = cast(TensorType, self.before[op][slot])
        with provenance.rewriting(self.ctx, "CopyBeforeUpdates", op) as rewriter:
            rewriter.insertion_point = InsertPoint.before(op)
            dims = carried_sizes(op.operands, self.before[op], slot)
            size = self.size(rewriter, value, type_, dims)
            clone = stream.AsyncCloneOp(value, size, ANY)
            rewriter.insert(clone)
            op.operands[slot] = clone.result
            rewriter.notify_op_modified(op)

    def retype(self, value: SSAValue, op: Operation) -> None:
        """Values carried by control flow become resources where they are."""
        if isinstance(value.type, TensorType):
            with provenance.rewriting(self.ctx, "RetypeCarriedValue", op) as rewriter:
                rewriter.replace_value_with_new_type(value, ANY)

    def tensor_type(self, op: Operation, value: SSAValue) -> TensorType:
        """What tensor type operand `value` of `op` had."""
        return cast(TensorType, self.before[op][list(op.operands).index(value)])

    def size(
        self,
        rewriter: PatternRewriter,
        value: SSAValue,
        type_: TensorType,
        dims: Sequence[SSAValue],
    ) -> SSAValue:
        """Bytes of `value`, a tensor of `type_` with dynamic sizes `dims`."""
        return self.sizes.get(value) or self.math.nbytes(rewriter, type_, dims)

    def updates(self, target: SSAValue, result: SSAValue) -> None:
        """Remembers that `result` is the memory of `target`."""
        if target in self.carried:
            self.carried.add(result)
        if target in self.home:
            self.home[result] = self.home[target]

    def made(self, value: SSAValue, size: SSAValue, owned: bool = True) -> None:
        """Remembers the size of a new resource and whether only the SSA value refers to it."""
        self.sizes[value] = size
        if owned:
            self.owned.add(value)

    def used_later(self, value: SSAValue) -> bool:
        """Whether an op that is not converted yet uses `value`."""
        for use in value.uses:
            user: Operation | None = use.operation
            while user is not None and user not in self.pending:
                user = user.parent_op()
            if user is not None:
                return True
        return False

    def exclusive(
        self, rewriter: PatternRewriter, value: SSAValue, size: SSAValue, update: bool
    ) -> SSAValue:
        """`value` if nobody else holds it (nor, for an update, will read it), else a copy of it."""
        kept = value in self.carried and not update
        if value in self.owned and not kept and not (update and self.used_later(value)):
            self.owned.discard(value)
            return value
        clone = stream.AsyncCloneOp(value, size, ANY)
        rewriter.insert(clone)
        self.sizes[clone.result] = size
        return clone.result

    def constant(self, rewriter: PatternRewriter, op: arith.ConstantOp, value: Attribute) -> None:
        """A tensor constant on the host becomes a global that is loaded."""
        attribute = cast(DenseIntOrFPElementsAttr, value)
        name = f"__constant_{len(self.ctx.parameters)}"
        self.ctx.parameters.add("constant", name, elements.to_numpy(attribute))
        type_ = stream.resource("constant")
        initial = ParameterNamedAttr(StringAttr("constant"), StringAttr(name), type_)
        new_global = GlobalOp(name, type_, initial)
        new_global.attributes[ENCODING] = op.result.type
        rewriter.insert(new_global, InsertPoint.at_start(self.module.body.block))
        load = GlobalLoadOp(name, ANY)
        size = self.math.nbytes(rewriter, cast(TensorType, op.result.type), ())
        rewriter.replace(op, load)
        self.made(load.result, size, owned=False)


def convert_import(f: _Function, rewriter: PatternRewriter, op: hal.TensorImportOp) -> None:
    """hal.tensor.import -> stream.tensor.import"""
    type_ = cast(TensorType, op.result.type)
    size = f.math.nbytes(rewriter, type_, op.dims)
    properties: dict[str, Attribute] = {"encoding": type_}
    if op.tensor_name is not None:
        properties["tensor_name"] = op.tensor_name
    new = stream.TensorImportOp.build(
        operands=[op.source, list(op.dims), size], properties=properties, result_types=[ANY]
    )
    rewriter.replace(op, new)
    f.made(new.result, size, owned=False)


def convert_export(f: _Function, rewriter: PatternRewriter, op: hal.TensorExportOp) -> None:
    """hal.tensor.export -> stream.tensor.export of memory that only the caller will hold"""
    type_ = f.tensor_type(op, op.source)
    size = f.size(rewriter, op.source, type_, op.dims)
    source = f.exclusive(rewriter, op.source, size, update=False)
    properties: dict[str, Attribute] = {"encoding": type_}
    if op.tensor_name is not None:
        properties["tensor_name"] = op.tensor_name
    new = stream.TensorExportOp.build(
        operands=[source, list(op.dims), size],
        properties=properties,
        result_types=[op.result.type],
    )
    rewriter.replace(op, new)


def convert_dispatch(f: _Function, rewriter: PatternRewriter, op: flow.DispatchOp) -> None:
    """flow.dispatch -> stream.async.dispatch; an operand updated but needed is copied first"""
    tied = [i.data for i in op.tied_operands.data] if op.tied_operands else [-1] * len(op.results)
    types = f.before[op][len(op.workload) : len(op.workload) + len(op.arguments)]
    dims = list(op.argument_dims)
    kinds: list[str] = []
    scalars, resources, sizes = [], [], []
    position: dict[int, int] = {}
    for i, (argument, type_) in enumerate(zip(op.arguments, types, strict=True)):
        if not isinstance(type_, TensorType):
            kinds.append("s")
            scalars.append(argument)
            continue
        size = f.size(rewriter, argument, type_, _take(dims, type_))
        if i in tied:
            argument = f.exclusive(rewriter, argument, size, update=True)
        kinds.append("t" if i in tied else "r")
        position[i] = len(resources)
        resources.append(argument)
        sizes.append(size)
    result_dims, result_sizes = list(op.result_dims), []
    for result, tie in zip(op.results, tied, strict=True):
        type_ = cast(TensorType, result.type)
        own = _take(result_dims, type_)
        if tie >= 0:
            result_sizes.append(sizes[position[tie]])
        else:
            result_sizes.append(f.math.nbytes(rewriter, type_, own))
            kinds.append("o")
    properties: dict[str, Attribute] = {
        "entry_point": op.entry_point,
        "operand_kinds": StringAttr("".join(kinds)),
    }
    if any(t >= 0 for t in tied):
        ties = [IntAttr(position[t] if t >= 0 else -1) for t in tied]
        properties["tied_operands"] = ArrayAttr(ties)
    new = stream.AsyncDispatchOp.build(
        operands=[list(op.workload), scalars, resources, sizes, result_sizes],
        properties=properties,
        result_types=[[ANY] * len(op.results)],
    )
    rewriter.replace(op, new)
    for result, size, tie in zip(new.results, result_sizes, tied, strict=True):
        f.made(result, size)
        if tie >= 0:
            f.updates(resources[position[tie]], result)


def convert_reshape(f: _Function, rewriter: PatternRewriter, op: flow.TensorReshapeOp) -> None:
    """flow.tensor.reshape is the same resource"""
    f.sizes.setdefault(
        op.source, f.size(rewriter, op.source, f.tensor_type(op, op.source), op.source_dims)
    )
    rewriter.replace(op, [], [op.source])


def convert_splat(f: _Function, rewriter: PatternRewriter, op: flow.TensorSplatOp) -> None:
    """flow.tensor.splat -> stream.async.splat"""
    size = f.math.nbytes(rewriter, cast(TensorType, op.result.type), op.result_dims)
    new = stream.AsyncSplatOp.build(operands=[op.value, size], result_types=[ANY])
    rewriter.replace(op, new)
    f.made(new.result, size)


def convert_empty(f: _Function, rewriter: PatternRewriter, op: flow.TensorEmptyOp) -> None:
    """flow.tensor.empty -> stream.async.alloca"""
    size = f.math.nbytes(rewriter, cast(TensorType, op.result.type), op.result_dims)
    new = stream.AsyncAllocaOp.build(operands=[size], result_types=[ANY])
    rewriter.replace(op, new)
    f.made(new.result, size)


def convert_clone(f: _Function, rewriter: PatternRewriter, op: flow.TensorCloneOp) -> None:
    """flow.tensor.clone -> stream.async.clone"""
    size = f.size(rewriter, op.source, f.tensor_type(op, op.source), op.dims)
    new = stream.AsyncCloneOp(op.source, size, ANY)
    rewriter.replace(op, new)
    f.made(new.result, size)


def convert_update(f: _Function, rewriter: PatternRewriter, op: flow.TensorUpdateOp) -> None:
    """flow.tensor.update -> stream.async.copy; a target that is needed is copied first"""
    type_ = f.tensor_type(op, op.target)
    length = f.size(rewriter, op.update, f.tensor_type(op, op.update), op.update_dims)
    size = f.size(rewriter, op.target, type_, op.target_dims)
    first, *inner = type_.get_shape()
    row = TensorType(type_.element_type, inner)
    width = f.math.nbytes(rewriter, row, list(op.target_dims)[1 if first < 0 else 0 :])
    offset = f.math.multiply(rewriter, op.start, width)
    target = f.exclusive(rewriter, op.target, size, update=True)
    new = stream.AsyncCopyOp.build(
        operands=[op.update, f.math.constant(rewriter, 0), target, offset, length, size],
        result_types=[ANY],
    )
    rewriter.replace(op, new)
    f.made(new.result, size)
    f.updates(target, new.result)


def convert_load(f: _Function, rewriter: PatternRewriter, op: flow.TensorLoadOp) -> None:
    """flow.tensor.load -> stream.async.load at a byte offset"""
    type_ = f.tensor_type(op, op.source)
    dims = list(op.source_dims)
    size = f.size(rewriter, op.source, type_, dims)
    offset = f.math.constant(rewriter, 0)
    for extent, index in zip(type_.get_shape(), op.indices, strict=True):
        length = dims.pop(0) if extent < 0 else f.math.constant(rewriter, extent)
        offset = f.math.add(rewriter, f.math.multiply(rewriter, offset, length), index)
    width = f.math.constant(rewriter, elements.dtype_of(type_.element_type).itemsize)
    offset = f.math.multiply(rewriter, offset, width)
    new = stream.AsyncLoadOp.build(
        operands=[op.source, offset, size], result_types=[op.result.type]
    )
    rewriter.replace(op, new)


def convert_constant(f: _Function, rewriter: PatternRewriter, op: arith.ConstantOp) -> None:
    """A tensor constant -> a global"""
    if isinstance(op.result.type, TensorType):
        f.constant(rewriter, op, op.value)


def convert_global_load(f: _Function, rewriter: PatternRewriter, op: GlobalLoadOp) -> None:
    """Loads of tensor globals give resources that the global keeps, be they updated in place"""
    if not isinstance(op.result.type, TensorType):
        return
    size = None
    if op.result.type.has_static_shape():
        size = f.math.nbytes(rewriter, op.result.type, ())
    name = op.global_.string_value()
    new = GlobalLoadOp(name, ANY)
    rewriter.replace(op, new)
    if size is not None:
        f.made(new.result, size, owned=name in f.updated)
        if name in f.updated:
            f.carried.add(new.result)
            f.home[new.result] = name


def convert_global_store(f: _Function, rewriter: PatternRewriter, op: GlobalStoreOp) -> None:
    """A global keeps memory that nobody else holds"""
    type_ = f.before[op][0]
    name = op.global_.string_value()
    if isinstance(type_, TensorType) and f.home.get(op.value) == name:
        for other in f.module.body.block.ops:
            if isinstance(other, GlobalOp) and other.sym_name.data == name:
                other.attributes[UPDATED] = UnitAttr()
                rewriter.notify_op_modified(other)
    elif isinstance(type_, TensorType):
        size = f.size(rewriter, op.value, type_, ())
        op.operands[0] = f.exclusive(rewriter, op.value, size, update=False)
        rewriter.notify_op_modified(op)


def _take(dims: list[SSAValue], type_: TensorType) -> list[SSAValue]:
    """Removes and returns the sizes of one tensor from the front of `dims`."""
    count = sum(1 for d in type_.get_shape() if d < 0)
    taken = dims[:count]
    del dims[:count]
    return taken


_CONVERSIONS: dict[type[Operation], Callable[[_Function, PatternRewriter, Any], None]] = {
    hal.TensorImportOp: convert_import,
    hal.TensorExportOp: convert_export,
    flow.DispatchOp: convert_dispatch,
    flow.TensorReshapeOp: convert_reshape,
    flow.TensorSplatOp: convert_splat,
    flow.TensorEmptyOp: convert_empty,
    flow.TensorCloneOp: convert_clone,
    flow.TensorUpdateOp: convert_update,
    flow.TensorLoadOp: convert_load,
    arith.ConstantOp: convert_constant,
    GlobalLoadOp: convert_global_load,
    GlobalStoreOp: convert_global_store,
}
