# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Host-side ops of the `hal` dialect: buffers, command buffers, queues, fences.

They mirror the runtime's objects (`hal/runtime.py`) one to one; `vm` turns each into a call of the
import of the same name. A command buffer refers to a buffer either directly (weights) or by the
slot of a binding table given when it is executed.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    DenseArrayBase,
    IndexType,
    StringAttr,
    SymbolNameConstraint,
    SymbolRefAttr,
    TensorType,
    UnitAttr,
    i32,
    i64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    BaseAttr,
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.traits import Pure, SymbolOpInterface

from iree_explore.dialect_op import DialectOp, symbol
from iree_explore.hal.types import (
    BufferType,
    BufferViewType,
    CommandBufferType,
    DeviceAffinityAttr,
    DeviceType,
    ExecutableObjectAttr,
    FenceType,
)

_SEGMENTS = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())
_PROPS = (ParsePropInAttrDict(),)
_DEVICE, _BUFFER, _VIEW = DeviceType(), BufferType(), BufferViewType()
_FENCE, _COMMANDS = FenceType(), CommandBufferType()


@irdl_op_definition
class ExecutableBinaryOp(DialectOp):
    """Object code for one target; `exports` are its symbols by ordinal, `;`-separated.

    Once linked also, by ordinal: `entries` (the names that dispatches use), `local_memory` (bytes
    that each needs), `interface` (constants and bindings that each takes, in pairs) and `read_only`
    (a bit for each binding below 63 that is only read). `data` is absent while the code is still
    being made (`ctx.pending`).
    """

    name = "hal.executable.binary"
    sym_visibility = opt_prop_def(StringAttr)
    sym_name = prop_def(SymbolNameConstraint())
    format = prop_def(StringAttr)
    data = opt_prop_def(ExecutableObjectAttr)
    exports = opt_prop_def(StringAttr)
    entries = opt_prop_def(StringAttr)
    local_memory = opt_prop_def(DenseArrayBase.constr(i64))
    interface = opt_prop_def(DenseArrayBase.constr(i64))
    read_only = opt_prop_def(DenseArrayBase.constr(i64))
    irdl_options = _PROPS
    traits = traits_def(SymbolOpInterface())
    assembly_format = "$sym_name `format` `(` $format `)` (`object` $data^)? attr-dict-with-keyword"

    def __init__(self, name: str, format_: str, data: ExecutableObjectAttr | None = None):
        super().__init__(
            properties={
                "sym_name": StringAttr(name),
                "format": StringAttr(format_),
                "data": data,
            }
        )

    def export_names(self) -> list[str]:
        """Symbols by ordinal."""
        return self.exports.data.split(";") if self.exports and self.exports.data else []


@irdl_op_definition
class DevicesGetOp(DialectOp):
    """The device that the module was loaded on, or that of an affinity."""

    name = "hal.devices.get"
    affinity = opt_prop_def(DeviceAffinityAttr)
    result = result_def(DeviceType())
    irdl_options = _PROPS
    traits = traits_def(Pure())
    assembly_format = "(`on` `(` $affinity^ `)`)? attr-dict `:` type($result)"

    def __init__(self, affinity: DeviceAffinityAttr | None = None) -> None:
        super().__init__(properties={"affinity": affinity}, result_types=[_DEVICE])


@irdl_op_definition
class DeviceTransferOp(DialectOp):
    """The contents of another device's buffer in memory of this one: the host reads and sends
    them."""

    name = "hal.device.transfer"
    device = operand_def(DeviceType())
    source = operand_def(BufferType())
    result = result_def(BufferType())
    irdl_options = _PROPS
    assembly_format = "$source `to` $device attr-dict `:` type($result)"

    def __init__(self, device: SSAValue, source: SSAValue) -> None:
        super().__init__(operands=[device, source], result_types=[_BUFFER])


@irdl_op_definition
class BufferViewBufferOp(DialectOp):
    """The memory of a buffer view."""

    name = "hal.buffer_view.buffer"
    view = operand_def(BufferViewType())
    result = result_def(BufferType())
    irdl_options = _PROPS
    traits = traits_def(Pure())
    assembly_format = "$view attr-dict `:` type($result)"

    def __init__(self, view: SSAValue):
        super().__init__(operands=[view], result_types=[_BUFFER])


@irdl_op_definition
class BufferViewCreateOp(DialectOp):
    """A buffer seen as an array of type `encoding`, whose `?` sizes are `dims`."""

    name = "hal.buffer_view.create"
    buffer = operand_def(BufferType())
    dims = var_operand_def(IndexType())
    encoding = prop_def(TensorType)
    result = result_def(BufferViewType())
    irdl_options = _PROPS
    assembly_format = (
        "`buffer` `(` $buffer `)` `type` `(` $encoding `)` (`{` $dims^ `}`)? attr-dict `:`"
        " type($result)"
    )

    def __init__(self, buffer: SSAValue, encoding: Attribute, dims: Sequence[SSAValue]):
        super().__init__(
            operands=[buffer, dims],
            properties={"encoding": encoding},
            result_types=[_VIEW],
        )


@irdl_op_definition
class BufferLoadOp(DialectOp):
    """Reads one scalar at byte `offset` on the host: a readback."""

    name = "hal.buffer.load"
    buffer = operand_def(BufferType())
    offset = operand_def(IndexType())
    result = result_def()
    irdl_options = _PROPS
    assembly_format = "$buffer `[` $offset `]` attr-dict `:` type($result)"

    def __init__(self, buffer: SSAValue, offset: SSAValue, type_: Attribute):
        super().__init__(operands=[buffer, offset], result_types=[type_])


@irdl_op_definition
class ParameterLoadOp(DialectOp):
    """A named parameter (weights) as a device buffer, or with its shape as a buffer view; `own`: in
    memory of this instance, which may be written."""

    name = "hal.parameter.load"
    device = operand_def(DeviceType())
    scope = prop_def(StringAttr)
    key = prop_def(StringAttr)
    own = opt_prop_def(UnitAttr)
    result = result_def(BaseAttr(BufferType) | BaseAttr(BufferViewType))
    irdl_options = _PROPS
    assembly_format = "$device `parameter` `(` $scope `,` $key `)` attr-dict `:` type($result)"

    def __init__(
        self, device: SSAValue, scope: str, key: str, type_: Attribute, *, own: bool = False
    ):
        flags = {"own": UnitAttr()} if own else {}
        super().__init__(
            operands=[device],
            properties={"scope": StringAttr(scope), "key": StringAttr(key), **flags},
            result_types=[type_],
        )


@irdl_op_definition
class FenceCreateOp(DialectOp):
    """A fence that nothing has signalled yet."""

    name = "hal.fence.create"
    device = operand_def(DeviceType())
    result = result_def(FenceType())
    irdl_options = _PROPS
    assembly_format = "$device attr-dict `:` type($result)"

    def __init__(self, device: SSAValue):
        super().__init__(operands=[device], result_types=[_FENCE])


@irdl_op_definition
class FenceAwaitOp(DialectOp):
    """The host waits for a fence."""

    name = "hal.fence.await"
    fence = operand_def(FenceType())
    irdl_options = _PROPS
    assembly_format = "$fence attr-dict"

    def __init__(self, fence: SSAValue):
        super().__init__(operands=[fence])


@irdl_op_definition
class DeviceQueueAllocaOp(DialectOp):
    """Memory from the device's pool; contents unspecified."""

    name = "hal.device.queue.alloca"
    device = operand_def(DeviceType())
    size = operand_def(IndexType())
    lifetime = prop_def(StringAttr)
    result = result_def(BufferType())
    irdl_options = _PROPS
    assembly_format = "$device `for` $lifetime `{` $size `}` attr-dict `:` type($result)"

    def __init__(self, device: SSAValue, size: SSAValue, lifetime: str):
        super().__init__(
            operands=[device, size],
            properties={"lifetime": StringAttr(lifetime)},
            result_types=[_BUFFER],
        )


@irdl_op_definition
class DeviceQueueDeallocaOp(DialectOp):
    """Gives memory back to the pool when `wait_fence` is signalled."""

    name = "hal.device.queue.dealloca"
    device = operand_def(DeviceType())
    wait_fence = operand_def(FenceType())
    buffer = operand_def(BufferType())
    irdl_options = _PROPS
    assembly_format = "$device `wait` `(` $wait_fence `)` $buffer attr-dict"

    def __init__(self, device: SSAValue, fence: SSAValue, buffer: SSAValue):
        super().__init__(operands=[device, fence, buffer])


@irdl_op_definition
class DeviceQueueExecuteIndirectOp(DialectOp):
    """Executes a command buffer with `buffers` as its binding table, after `wait_fence` and
    signalling `signal_fence`."""

    name = "hal.device.queue.execute.indirect"
    device = operand_def(DeviceType())
    wait_fence = opt_operand_def(FenceType())
    signal_fence = operand_def(FenceType())
    command_buffer = operand_def(CommandBufferType())
    buffers = var_operand_def(BufferType())
    irdl_options = _SEGMENTS
    assembly_format = (
        "$device (`wait` `(` $wait_fence^ `)`)? `signal` `(` $signal_fence `)`"
        " `commands` `(` $command_buffer `)` (`bindings` `(` $buffers^ `)`)? attr-dict"
    )

    def __init__(
        self,
        device: SSAValue,
        wait: SSAValue | None,
        signal: SSAValue,
        command_buffer: SSAValue,
        buffers: Sequence[SSAValue],
    ):
        super().__init__(
            operands=[device, [wait] if wait is not None else [], signal, command_buffer, buffers]
        )


@irdl_op_definition
class DeviceMemoizeOp(DialectOp):
    """The command buffer that `@function` records for these keys, recorded once for each."""

    name = "hal.device.memoize"
    device = operand_def(DeviceType())
    keys = var_operand_def()
    function = prop_def(SymbolRefAttr)
    result = result_def(CommandBufferType())
    irdl_options = _PROPS
    assembly_format = (
        "$device $function (`keys` `(` $keys^ `:` type($keys) `)`)? attr-dict `:` type($result)"
    )

    def __init__(self, device: SSAValue, function: str, keys: Sequence[SSAValue]):
        super().__init__(
            operands=[device, keys],
            properties={"function": symbol(function)},
            result_types=[_COMMANDS],
        )


@irdl_op_definition
class CommandBufferCreateOp(DialectOp):
    """An empty command buffer whose binding table has `binding_capacity` slots."""

    name = "hal.command_buffer.create"
    device = operand_def(DeviceType())
    binding_capacity = operand_def(IndexType())
    result = result_def(CommandBufferType())
    irdl_options = _PROPS
    assembly_format = "$device `bindings` `(` $binding_capacity `)` attr-dict `:` type($result)"

    def __init__(self, device: SSAValue, capacity: SSAValue):
        super().__init__(operands=[device, capacity], result_types=[_COMMANDS])


@irdl_op_definition
class CommandBufferFinalizeOp(DialectOp):
    """Ends recording."""

    name = "hal.command_buffer.finalize"
    command_buffer = operand_def(CommandBufferType())
    irdl_options = _PROPS
    assembly_format = "$command_buffer attr-dict"

    def __init__(self, command_buffer: SSAValue):
        super().__init__(operands=[command_buffer])


@irdl_op_definition
class CommandBufferExecutionBarrierOp(DialectOp):
    """What is recorded after waits for all that was recorded before."""

    name = "hal.command_buffer.execution_barrier"
    command_buffer = operand_def(CommandBufferType())
    irdl_options = _PROPS
    assembly_format = "$command_buffer attr-dict"

    def __init__(self, command_buffer: SSAValue):
        super().__init__(operands=[command_buffer])


@irdl_op_definition
class CommandBufferFillBufferOp(DialectOp):
    """Repeats the `pattern_length` (1, 2, 4 or 8) low bytes of `pattern` over a byte range."""

    name = "hal.command_buffer.fill_buffer"
    command_buffer = operand_def(CommandBufferType())
    target = operand_def()
    offset = operand_def(IndexType())
    length = operand_def(IndexType())
    pattern = operand_def(i64)
    pattern_length = operand_def(i32)
    irdl_options = _PROPS
    assembly_format = (
        "$command_buffer `target` `(` $target `:` type($target) `)` `[` $offset `for` $length `]`"
        " `pattern` `(` $pattern `,` $pattern_length `)` attr-dict"
    )

    def __init__(self, *operands: SSAValue):
        super().__init__(operands=list(operands))


@irdl_op_definition
class CommandBufferCopyBufferOp(DialectOp):
    """Copies a byte range."""

    name = "hal.command_buffer.copy_buffer"
    command_buffer = operand_def(CommandBufferType())
    source = operand_def()
    source_offset = operand_def(IndexType())
    target = operand_def()
    target_offset = operand_def(IndexType())
    length = operand_def(IndexType())
    irdl_options = _PROPS
    assembly_format = (
        "$command_buffer `source` `(` $source `:` type($source) `)` `[` $source_offset `]`"
        " `target` `(` $target `:` type($target) `)` `[` $target_offset `]`"
        " `length` `(` $length `)` attr-dict"
    )

    def __init__(self, *operands: SSAValue):
        super().__init__(operands=list(operands))


@irdl_op_definition
class CommandBufferDispatchOp(DialectOp):
    """Runs an entry point: three workgroup counts, u32 constants, and per binding a buffer (a slot
    of the binding table as index, or a `!hal.buffer`), offset and length in bytes."""

    name = "hal.command_buffer.dispatch"
    command_buffer = operand_def(CommandBufferType())
    workgroups = var_operand_def(IndexType())
    constants = var_operand_def(i32)
    bindings = var_operand_def()
    offsets = var_operand_def(IndexType())
    lengths = var_operand_def(IndexType())
    entry_point = prop_def(SymbolRefAttr)
    irdl_options = _SEGMENTS
    assembly_format = (
        "$command_buffer `target` `(` $entry_point `)` `workgroups` `(` $workgroups `)`"
        " (`constants` `(` $constants^ `)`)?"
        " (`bindings` `(` $bindings^ `:` type($bindings) `)` `[` $offsets `for` $lengths `]`)?"
        " attr-dict"
    )

    def __init__(
        self,
        command_buffer: SSAValue,
        entry_point: Attribute,
        workgroups: Sequence[SSAValue],
        constants: Sequence[SSAValue],
        bindings: Sequence[SSAValue],
        offsets: Sequence[SSAValue],
        lengths: Sequence[SSAValue],
    ):
        super().__init__(
            operands=[command_buffer, workgroups, constants, bindings, offsets, lengths],
            properties={"entry_point": entry_point},
        )


HOST_OPS = [
    ExecutableBinaryOp,
    DevicesGetOp,
    DeviceTransferOp,
    BufferViewBufferOp,
    BufferViewCreateOp,
    BufferLoadOp,
    ParameterLoadOp,
    FenceCreateOp,
    FenceAwaitOp,
    DeviceQueueAllocaOp,
    DeviceQueueDeallocaOp,
    DeviceQueueExecuteIndirectOp,
    DeviceMemoizeOp,
    CommandBufferCreateOp,
    CommandBufferFinalizeOp,
    CommandBufferExecutionBarrierOp,
    CommandBufferFillBufferOp,
    CommandBufferCopyBufferOp,
    CommandBufferDispatchOp,
]
