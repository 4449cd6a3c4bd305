# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Resources become buffers, execution regions command buffers that are recorded once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, SymbolRefAttr
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter
from xdsl.rewriter import InsertPoint

from iree_explore import provenance
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import symbol
from iree_explore.flow.util_dialect import (
    GlobalLoadOp,
    GlobalOp,
    InitializerOp,
    ParameterNamedAttr,
)
from iree_explore.hal import host_ops as hal
from iree_explore.hal.dialect import ExecutableExportOp, ExecutableOp, ExecutableVariantOp
from iree_explore.hal.recording import Recorder
from iree_explore.hal.types import BufferType, DeviceAffinityAttr
from iree_explore.stream import dialect as stream
from iree_explore.stream.affinity import affinity_of
from iree_explore.stream.host import host_functions
from iree_explore.walk import walk

_BUFFER = BufferType()
Exports = dict[tuple[str, str], list[tuple[SymbolRefAttr, ExecutableExportOp]]]


@dataclass(frozen=True)
class ConvertToHAL(ModulePass):
    """Turns stream ops into HAL ops; each `stream.cmd.execute` is outlined as a recording function.

    Before:

    ```mlir
    func.func public @f(%v: !hal.buffer_view) -> !hal.buffer_view {
      %n = arith.constant 16 : index
      %o = arith.constant 0 : index
      %x = stream.tensor.import %v : tensor<4xf32> -> !stream.resource<external>{%n}
      %y = stream.resource.alloca uninitialized : !stream.resource<external>{%n}
      %t = stream.cmd.execute {
        stream.cmd.copy %x[%o], %y[%o], %n : !stream.resource<external> -> !stream.resource<external>
      }
      %r = stream.tensor.export %y : !stream.resource<external>{%n} -> tensor<4xf32>
      stream.timepoint.await %t
      func.return %r : !hal.buffer_view
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func private @f_commands_0(%device: !hal.device) -> !hal.command_buffer {
        %0 = arith.constant 2 : index
        %1 = arith.constant 0 : index
        %2 = arith.constant 1 : index
        %3 = arith.constant 16 : index
        %commands = hal.command_buffer.create %device bindings(%0) : !hal.command_buffer
        hal.command_buffer.copy_buffer %commands source(%1 : index) [%1] target(%2 : index) [%1] length(%3)
        hal.command_buffer.finalize %commands
        func.return %commands : !hal.command_buffer
      }
      func.func public @f(%v: !hal.buffer_view) -> !hal.buffer_view {
        %device = hal.devices.get : !hal.device
        %n = arith.constant 16 : index
        %o = arith.constant 0 : index
        %x = hal.buffer_view.buffer %v : !hal.buffer
        %y = hal.device.queue.alloca %device for "external"{%n} : !hal.buffer
        %commands = hal.device.memoize %device @f_commands_0 : !hal.command_buffer
        %fence = hal.fence.create %device : !hal.fence
        hal.device.queue.execute.indirect %device signal(%fence) commands(%commands) bindings(%x, %y)
        %r = hal.buffer_view.create buffer(%y) type(tensor<4xf32>) : !hal.buffer_view
        hal.fence.await %fence
        func.return %r : !hal.buffer_view
      }
    }
    ```
    """  # noqa: E501

    name = "hal-convert-to-hal"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        context = cast(CompilerContext, ctx)
        exports = exports_of(op)
        for inner in list(op.body.block.ops):
            if isinstance(inner, GlobalOp) and isinstance(inner.type, stream.ResourceType):
                _convert_global(context, inner)
        for function in host_functions(op):
            _Function(context, function, exports).convert()


def exports_of(module: ModuleOp) -> Exports:
    """(executable, entry) -> full reference and export op of the first variant, those with a
    condition first: the first that fits a workload serves it."""
    found: Exports = {}
    for op in module.body.block.ops:
        if isinstance(op, ExecutableOp):
            variant = next(o for o in op.body.block.ops if isinstance(o, ExecutableVariantOp))
            exports = [o for o in variant.body.block.ops if isinstance(o, ExecutableExportOp)]
            for export in sorted(exports, key=lambda e: e.condition is None):
                names = [variant.sym_name.data, export.sym_name.data]
                reference = symbol(op.sym_name.data, *names)
                fallback = export.condition_fallback
                served = export.sym_name.data if fallback is None else fallback.string_value()
                found.setdefault((op.sym_name.data, served), []).append((reference, export))
    return found


def _convert_global(ctx: CompilerContext, op: GlobalOp) -> None:
    with provenance.rewriting(ctx, "ConvertGlobal", op) as rewriter:
        initial = op.initial_value
        if isinstance(initial, ParameterNamedAttr):
            initial = ParameterNamedAttr(initial.scope, initial.key, _BUFFER)
        visibility = op.sym_visibility.data if op.sym_visibility else None
        mutable = op.is_mutable is not None
        new = GlobalOp(op.sym_name.data, _BUFFER, initial, mutable=mutable, visibility=visibility)
        new.attributes.update(op.attributes)
        rewriter.replace(op, new, [])


class _Function:
    """Converts one host function."""

    def __init__(
        self, ctx: CompilerContext, function: func.FuncOp | InitializerOp, exports: Exports
    ) -> None:
        self.ctx = ctx
        self.function = function
        self.exports = exports
        self.name = function.sym_name.data if isinstance(function, func.FuncOp) else "initializer"
        self.count = 0
        self.devices: dict[DeviceAffinityAttr | None, SSAValue] = {}

    def convert(self) -> None:
        ops = [o for o in walk(self.function) if o is not self.function]
        # Commands first: they look at the resources' lifetimes and origins.
        ops.sort(key=lambda o: not isinstance(o, stream.CmdExecuteOp))
        for op in ops:
            conversion = _CONVERSIONS.get(type(op))
            if conversion is not None and op.parent is not None:
                name = conversion.__name__.title().replace("_", "")
                with provenance.rewriting(self.ctx, name, op) as rewriter:
                    conversion(self, rewriter, op)
        for op in walk(self.function):
            carried = [a for r in op.regions for b in r.blocks for a in b.args]
            for value in (*op.results, *carried):
                if isinstance(value.type, stream.ResourceType):
                    with provenance.rewriting(self.ctx, "RetypeCarriedValue", op) as rewriter:
                        rewriter.replace_value_with_new_type(value, _BUFFER)

    def get_device(
        self, rewriter: PatternRewriter, affinity: DeviceAffinityAttr | None = None
    ) -> SSAValue:
        """The module's device or that of an affinity, fetched once at the start of the function."""
        found = self.devices.get(affinity)
        if found is None:
            op = hal.DevicesGetOp(affinity)
            op.result.name_hint = "device"
            rewriter.insert(op, InsertPoint.at_start(self.function.body.blocks[0]))
            found = self.devices[affinity] = op.result
        return found


def convert_execute(f: _Function, rewriter: PatternRewriter, op: stream.CmdExecuteOp) -> None:
    """stream.cmd.execute -> a recording function, memoized, and a queue operation"""
    recorder = Recorder(f.ctx, f"{f.name}_commands_{f.count}", f.exports)
    f.count += 1
    function = recorder.record(rewriter, op)
    rewriter.insert(function, InsertPoint.before(f.function))
    device = f.get_device(rewriter, affinity_of(op))
    commands = hal.DeviceMemoizeOp(device, function.sym_name.data, recorder.keys)
    commands.result.name_hint = "commands"
    fence = hal.FenceCreateOp(device)
    fence.result.name_hint = "fence"
    execute = hal.DeviceQueueExecuteIndirectOp(
        device, op.await_timepoint, fence.result, commands.result, recorder.slots
    )
    rewriter.insert((commands, fence, execute))
    rewriter.replace(op, [], [fence.result])


def convert_import(f: _Function, rewriter: PatternRewriter, op: stream.TensorImportOp) -> None:
    """stream.tensor.import -> hal.buffer_view.buffer"""
    rewriter.replace(op, hal.BufferViewBufferOp(op.source))


def convert_export(f: _Function, rewriter: PatternRewriter, op: stream.TensorExportOp) -> None:
    """stream.tensor.export -> hal.buffer_view.create"""
    rewriter.replace(op, hal.BufferViewCreateOp(op.source, op.encoding, list(op.dims)))


def convert_alloca(f: _Function, rewriter: PatternRewriter, op: stream.ResourceAllocaOp) -> None:
    """stream.resource.alloca -> hal.device.queue.alloca"""
    lifetime = cast(stream.ResourceType, op.result.type).lifetime.data
    # What no dealloca gives back lives as long as someone refers to it.
    pooled = any(isinstance(u.operation, stream.ResourceDeallocaOp) for u in op.result.uses)
    lifetime = lifetime if pooled or lifetime != "transient" else "external"
    device = f.get_device(rewriter, affinity_of(op))
    rewriter.replace(op, hal.DeviceQueueAllocaOp(device, op.size, lifetime))


def convert_dealloca(
    f: _Function, rewriter: PatternRewriter, op: stream.ResourceDeallocaOp
) -> None:
    """stream.resource.dealloca -> hal.device.queue.dealloca"""
    device = f.get_device(rewriter, affinity_of(op))
    rewriter.replace(op, hal.DeviceQueueDeallocaOp(device, op.await_timepoint, op.resource))


def convert_await(f: _Function, rewriter: PatternRewriter, op: stream.TimepointAwaitOp) -> None:
    """stream.timepoint.await -> hal.fence.await"""
    rewriter.replace(op, hal.FenceAwaitOp(op.timepoint))


def convert_load(f: _Function, rewriter: PatternRewriter, op: stream.ResourceLoadOp) -> None:
    """stream.resource.load -> hal.buffer.load"""
    rewriter.replace(op, hal.BufferLoadOp(op.source, op.offset, op.result.type))


def convert_transfer(f: _Function, rewriter: PatternRewriter, op: stream.AsyncTransferOp) -> None:
    """stream.async.transfer: all lifetimes are buffers, but another device has its own"""
    if op.moves:
        device = f.get_device(rewriter, op.target_affinity)
        rewriter.replace(op, hal.DeviceTransferOp(device, op.source))
        return
    rewriter.replace(op, [], [op.source])


def convert_global_load(f: _Function, rewriter: PatternRewriter, op: GlobalLoadOp) -> None:
    """Loads of resources give buffers; those that only the recording needed are gone"""
    if not isinstance(op.result.type, stream.ResourceType):
        return
    if op.result.uses:
        rewriter.replace(op, GlobalLoadOp(op.global_.string_value(), _BUFFER))
    else:
        rewriter.erase(op)


_CONVERSIONS: dict[type[Operation], Callable[[_Function, PatternRewriter, Any], None]] = {
    stream.CmdExecuteOp: convert_execute,
    stream.TensorImportOp: convert_import,
    stream.TensorExportOp: convert_export,
    stream.ResourceAllocaOp: convert_alloca,
    stream.ResourceDeallocaOp: convert_dealloca,
    stream.TimepointAwaitOp: convert_await,
    stream.ResourceLoadOp: convert_load,
    stream.AsyncTransferOp: convert_transfer,
    GlobalLoadOp: convert_global_load,
}
