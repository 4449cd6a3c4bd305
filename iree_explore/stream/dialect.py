# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `stream` dialect: resources with lifetimes, asynchronous execution, packed memory.

First `stream.async.*` ops produce whole resources as SSA values; `schedule_execution` groups them
into `stream.async.execute` regions and `schedule_concurrency` their independent ops into
`stream.async.concurrent`. Then `schedule_allocation` gives every value memory: `stream.cmd.*` ops
inside `stream.cmd.execute` refer to byte ranges. Regions capture values from above (IREE's name
their captures). Sizes and offsets are bytes. Names follow IREE's Stream dialect.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    IndexType,
    IntAttr,
    IntegerAttr,
    StringAttr,
    SymbolNameConstraint,
    SymbolRefAttr,
    TensorType,
    i64,
)
from xdsl.ir import (
    Attribute,
    Block,
    Dialect,
    Operation,
    ParametrizedAttribute,
    Region,
    SSAValue,
    TypeAttribute,
)
from xdsl.irdl import (
    AttrSizedOperandSegments,
    ParsePropInAttrDict,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    param_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.traits import IsTerminator, NoTerminator, Pure, SymbolOpInterface, SymbolTable

from iree_explore.dialect_op import DialectOp, string
from iree_explore.flow.dialect import DispatchTensorType
from iree_explore.hal.types import BufferViewType, DeviceAffinityAttr

LIFETIMES = ("*", "external", "transient", "constant", "variable", "staging")
_SEGMENTS = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())
_PROPS = (ParsePropInAttrDict(),)


@irdl_attr_definition
class ResourceType(ParametrizedAttribute, TypeAttribute):
    """`!stream.resource<transient>`: bytes on the device; the lifetime is one of `LIFETIMES`
    (`*`: not decided yet)."""

    name = "stream.resource"
    lifetime: StringAttr = param_def()

    def __init__(self, lifetime: str | StringAttr = "*"):
        super().__init__(string(lifetime) if isinstance(lifetime, str) else lifetime)

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string(self.lifetime.data)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            if parser.parse_optional_punctuation("*"):
                return [StringAttr("*")]
            lifetime = parser.parse_identifier()
            if lifetime not in LIFETIMES:
                parser.raise_error(f"a lifetime is one of {', '.join(LIFETIMES)}")
            return [StringAttr(lifetime)]


@functools.cache
def resource(lifetime: str) -> ResourceType:
    """The type of that lifetime."""
    return ResourceType(lifetime)


@irdl_attr_definition
class TimepointType(ParametrizedAttribute, TypeAttribute):
    """`!stream.timepoint`: when something asynchronous is done."""

    name = "stream.timepoint"


@irdl_attr_definition
class BindingType(ParametrizedAttribute, TypeAttribute):
    """`!stream.binding`: a byte range that a dispatch is given."""

    name = "stream.binding"


@irdl_op_definition
class ExecutableOp(DialectOp):
    """Device code: exports, then one inner module whose functions take `!stream.binding`s."""

    name = "stream.executable"
    sym_visibility = opt_prop_def(StringAttr)
    sym_name = prop_def(SymbolNameConstraint())
    body = region_def("single_block")
    irdl_options = _PROPS
    traits = traits_def(NoTerminator(), SymbolOpInterface(), SymbolTable())
    assembly_format = "$sym_name attr-dict-with-keyword $body"


@irdl_op_definition
class ExecutableExportOp(DialectOp):
    """An entry point of the executable."""

    name = "stream.executable.export"
    sym_name = prop_def(SymbolNameConstraint())
    function_ref = prop_def(SymbolRefAttr)
    traits = traits_def(SymbolOpInterface())
    irdl_options = _PROPS
    assembly_format = "$sym_name `(` $function_ref `)` attr-dict-with-keyword"


@irdl_op_definition
class BindingSubspanOp(DialectOp):
    """A binding seen as a dispatch tensor; `dynamic_dims` are its `?` sizes in order."""

    name = "stream.binding.subspan"
    binding = operand_def(BindingType)
    dynamic_dims = var_operand_def(IndexType())
    result = result_def(DispatchTensorType)
    irdl_options = _PROPS
    traits = traits_def(Pure())
    assembly_format = "$binding (`{` $dynamic_dims^ `}`)? attr-dict `:` type($result)"

    def __init__(self, binding: SSAValue, dims: Sequence[SSAValue], type_: Attribute):
        super().__init__(operands=[binding, dims], result_types=[type_])


@irdl_op_definition
class TensorImportOp(DialectOp):
    """The memory of a caller's buffer view, which must hold a tensor of type `encoding`."""

    name = "stream.tensor.import"
    source = operand_def(BufferViewType)
    dims = var_operand_def(IndexType())
    size = operand_def(IndexType())
    encoding = prop_def(TensorType)
    tensor_name = opt_prop_def(StringAttr)
    result = result_def(ResourceType)
    irdl_options = _PROPS
    assembly_format = (
        "$source (`as` $tensor_name^)? `:` $encoding (`{` $dims^ `}`)? attr-dict `->`"
        " type($result) `{` $size `}`"
    )


@irdl_op_definition
class TensorExportOp(DialectOp):
    """A resource as a buffer view of type `encoding` for the caller."""

    name = "stream.tensor.export"
    source = operand_def(ResourceType)
    dims = var_operand_def(IndexType())
    size = operand_def(IndexType())
    encoding = prop_def(TensorType)
    tensor_name = opt_prop_def(StringAttr)
    result = result_def(BufferViewType)
    irdl_options = _PROPS
    assembly_format = (
        "$source (`as` $tensor_name^)? `:` type($source) `{` $size `}` `->` $encoding"
        " (`{` $dims^ `}`)? attr-dict"
    )


@irdl_op_definition
class AsyncAllocaOp(DialectOp):
    """A resource with unspecified contents."""

    name = "stream.async.alloca"
    size = operand_def(IndexType())
    result = result_def(ResourceType)
    irdl_options = _PROPS
    assembly_format = "attr-dict `:` type($result) `{` $size `}`"


@irdl_op_definition
class AsyncSplatOp(DialectOp):
    """A resource filled with one scalar."""

    name = "stream.async.splat"
    value = operand_def()
    size = operand_def(IndexType())
    result = result_def(ResourceType)
    irdl_options = _PROPS
    assembly_format = "$value attr-dict `:` type($value) `->` type($result) `{` $size `}`"


@irdl_op_definition
class AsyncCloneOp(DialectOp):
    """A copy of a resource."""

    name = "stream.async.clone"
    source = operand_def(ResourceType)
    size = operand_def(IndexType())
    result = result_def(ResourceType)
    irdl_options = _PROPS
    assembly_format = "$source attr-dict `:` type($source) `->` type($result) `{` $size `}`"

    def __init__(self, source: SSAValue, size: SSAValue, type_: Attribute | None = None):
        super().__init__(operands=[source, size], result_types=[type_ or resource("*")])


@irdl_op_definition
class AsyncCopyOp(DialectOp):
    """`target` with `length` bytes at `target_offset` replaced by those of `source`, in place: the
    result is the memory of `target`."""

    name = "stream.async.copy"
    source = operand_def(ResourceType)
    source_offset = operand_def(IndexType())
    target = operand_def(ResourceType)
    target_offset = operand_def(IndexType())
    length = operand_def(IndexType())
    size = operand_def(IndexType())
    result = result_def(ResourceType)
    irdl_options = _PROPS
    assembly_format = (
        "$source `[` $source_offset `]` `,` $target `[` $target_offset `for` $length `]` attr-dict"
        " `:` type($source) `->` type($target) `to` type($result) `{` $size `}`"
    )


@irdl_op_definition
class AsyncDispatchOp(DialectOp):
    """Runs an entry point: `scalars` become constants, `resources` and results bindings.

    `operand_kinds` has one letter per parameter of the entry point: `s` the next scalar, `r` the
    next resource, `t` the next resource that the next tied result overwrites, `o` the next untied
    result. `tied_operands` gives per result the index into `resources` that it updates, or -1.
    """

    name = "stream.async.dispatch"
    workload = var_operand_def(IndexType())
    scalars = var_operand_def()
    resources = var_operand_def(ResourceType)
    resource_sizes = var_operand_def(IndexType())
    result_sizes = var_operand_def(IndexType())
    entry_point = prop_def(SymbolRefAttr)
    operand_kinds = prop_def(StringAttr)
    tied_operands = opt_prop_def(ArrayAttr[IntAttr])
    results_ = var_result_def(ResourceType)
    irdl_options = _SEGMENTS
    assembly_format = (
        "$entry_point (`[` $workload^ `]`)? (`scalars` `(` $scalars^ `:` type($scalars) `)`)?"
        " (`resources` `(` $resources^ `:` type($resources) `)` `{` $resource_sizes `}`)?"
        " `layout` $operand_kinds attr-dict `->` `(` type($results_) `)` `{` $result_sizes `}`"
    )

    def tied(self) -> list[int]:
        """Per result the index into `resources` that it updates in place, or -1."""
        if self.tied_operands is None:
            return [-1] * len(self.results)
        return [i.data for i in self.tied_operands.data]


@irdl_op_definition
class AsyncTransferOp(DialectOp):
    """The same contents under another lifetime: control flow carries values of any origin as
    transient; nothing moves. With an affinity a copy in memory of another device, where the one
    that is not named is the module's own."""

    name = "stream.async.transfer"
    source = operand_def(ResourceType)
    source_affinity = opt_prop_def(DeviceAffinityAttr)
    target_affinity = opt_prop_def(DeviceAffinityAttr)
    result = result_def(ResourceType)
    irdl_options = _PROPS
    assembly_format = (
        "$source (`from` `(` $source_affinity^ `)`)? (`to` `(` $target_affinity^ `)`)? attr-dict"
        " `:` type($source) `->` type($result)"
    )

    def __init__(
        self,
        source: SSAValue,
        lifetime: str,
        source_affinity: DeviceAffinityAttr | None = None,
        target_affinity: DeviceAffinityAttr | None = None,
    ):
        super().__init__(
            operands=[source],
            properties={"source_affinity": source_affinity, "target_affinity": target_affinity},
            result_types=[resource(lifetime)],
        )

    @property
    def moves(self) -> bool:
        """Whether it is between two devices."""
        return self.source_affinity is not None or self.target_affinity is not None


@irdl_op_definition
class AsyncLoadOp(DialectOp):
    """Reads one scalar back to the host at byte `offset`: the host waits for the device."""

    name = "stream.async.load"
    source = operand_def(ResourceType)
    offset = operand_def(IndexType())
    size = operand_def(IndexType())
    result = result_def()
    irdl_options = _PROPS
    assembly_format = (
        "$source `[` $offset `]` attr-dict `:` type($source) `{` $size `}` `->` type($result)"
    )


class _RegionOp(DialectOp):
    """What the region ops share: one block, values captured from above."""

    @property
    def block(self) -> Block:
        return self.regions[0].block


@irdl_op_definition
class AsyncExecuteOp(_RegionOp):
    """Async ops that are submitted together; yields the resources that are used afterwards."""

    name = "stream.async.execute"
    results_ = var_result_def(ResourceType)
    body = region_def("single_block")
    irdl_options = _PROPS
    assembly_format = "(`->` type($results_)^)? attr-dict-with-keyword $body"


@irdl_op_definition
class AsyncConcurrentOp(_RegionOp):
    """Async ops without dependencies among them: they may run at the same time."""

    name = "stream.async.concurrent"
    results_ = var_result_def(ResourceType)
    body = region_def("single_block")
    irdl_options = _PROPS
    assembly_format = "(`->` type($results_)^)? attr-dict-with-keyword $body"


@irdl_op_definition
class YieldOp(DialectOp):
    """Ends a stream region."""

    name = "stream.yield"
    values = var_operand_def()
    irdl_options = _PROPS
    traits = traits_def(IsTerminator())
    assembly_format = "attr-dict ($values^ `:` type($values))?"

    def __init__(self, *values: SSAValue):
        super().__init__(operands=[values])


@irdl_op_definition
class ResourceAllocaOp(DialectOp):
    """Memory for one resource, from the device's pool."""

    name = "stream.resource.alloca"
    size = operand_def(IndexType())
    result = result_def(ResourceType)
    irdl_options = _PROPS
    assembly_format = "`uninitialized` attr-dict `:` type($result) `{` $size `}`"

    def __init__(self, size: SSAValue, lifetime: str):
        super().__init__(operands=[size], result_types=[resource(lifetime)])


@irdl_op_definition
class ResourceDeallocaOp(DialectOp):
    """Gives memory back to the pool once `await_timepoint` is reached."""

    name = "stream.resource.dealloca"
    await_timepoint = operand_def(TimepointType)
    resource = operand_def(ResourceType)
    size = operand_def(IndexType())
    irdl_options = _PROPS
    assembly_format = (
        "`await` `(` $await_timepoint `)` `=` `` `>` $resource attr-dict `:` type($resource)"
        " `{` $size `}`"
    )

    def __init__(self, timepoint: SSAValue, resource: SSAValue, size: SSAValue):
        super().__init__(operands=[timepoint, resource, size])


@irdl_op_definition
class ResourcePackOp(DialectOp):
    """Places slices into one slab: `lifetimes` holds first and last wave of each, both included.

    Results are the slab's size, then one offset per slice, multiples of `alignment` bytes (64
    without it: what the targets ask of offsets of bindings); slices whose lifetimes meet do not
    overlap.
    """

    name = "stream.resource.pack"
    sizes = var_operand_def(IndexType())
    lifetimes = prop_def(DenseArrayBase.constr(i64))
    alignment = opt_prop_def(IntegerAttr.constr(i64))
    total = result_def(IndexType())
    offsets = var_result_def(IndexType())
    irdl_options = _PROPS
    traits = traits_def(Pure())
    assembly_format = "`slices` `(` $sizes `)` `live` $lifetimes attr-dict `->` type($offsets)"

    def __init__(
        self,
        sizes: Sequence[SSAValue],
        lifetimes: Sequence[tuple[int, int]],
        alignment: int | None = None,
    ):
        flat = [i for pair in lifetimes for i in pair]
        super().__init__(
            operands=[sizes],
            properties={
                "lifetimes": DenseArrayBase.from_list(i64, flat),
                "alignment": None if alignment is None else IntegerAttr(alignment, i64),
            },
            result_types=[IndexType(), [IndexType()] * len(sizes)],
        )


@irdl_op_definition
class ResourceLoadOp(DialectOp):
    """Reads one scalar back to the host at byte `offset`; all before must have been awaited."""

    name = "stream.resource.load"
    source = operand_def(ResourceType)
    offset = operand_def(IndexType())
    size = operand_def(IndexType())
    result = result_def()
    irdl_options = _PROPS
    assembly_format = (
        "$source `[` $offset `]` attr-dict `:` type($source) `{` $size `}` `->` type($result)"
    )


@irdl_op_definition
class TimepointAwaitOp(DialectOp):
    """The host waits."""

    name = "stream.timepoint.await"
    timepoint = operand_def(TimepointType)
    irdl_options = _PROPS
    assembly_format = "$timepoint attr-dict"

    def __init__(self, timepoint: SSAValue):
        super().__init__(operands=[timepoint])


@irdl_op_definition
class CmdExecuteOp(_RegionOp):
    """Commands submitted together: ops in order with a barrier between each two; those inside a
    `stream.cmd.concurrent` have none."""

    name = "stream.cmd.execute"
    await_timepoint = opt_operand_def(TimepointType)
    timepoint = result_def(TimepointType)
    body = region_def("single_block")
    irdl_options = _PROPS
    traits = traits_def(NoTerminator())
    assembly_format = "(`await` `(` $await_timepoint^ `)`)? attr-dict-with-keyword $body"


@irdl_op_definition
class CmdConcurrentOp(_RegionOp):
    """Commands that may run at the same time."""

    name = "stream.cmd.concurrent"
    body = region_def("single_block")
    irdl_options = _PROPS
    traits = traits_def(NoTerminator())
    assembly_format = "attr-dict-with-keyword $body"


@irdl_op_definition
class CmdDispatchOp(DialectOp):
    """Runs an entry point on byte ranges: binding i is `resources[i]` at `offsets[i]` for
    `lengths[i]`, `accesses` one letter each (r read, w write, m both).

    `operand_kinds` has one letter per parameter of the entry point: `s` the next scalar, `b` the
    next binding.
    """

    name = "stream.cmd.dispatch"
    workload = var_operand_def(IndexType())
    scalars = var_operand_def()
    bindings = var_operand_def(ResourceType)
    offsets = var_operand_def(IndexType())
    lengths = var_operand_def(IndexType())
    entry_point = prop_def(SymbolRefAttr)
    accesses = prop_def(StringAttr)
    operand_kinds = prop_def(StringAttr)
    irdl_options = _SEGMENTS
    assembly_format = (
        "$entry_point (`[` $workload^ `]`)? (`scalars` `(` $scalars^ `:` type($scalars) `)`)?"
        " `bindings` $accesses `(` $bindings `:` type($bindings) `)`"
        " `[` $offsets `for` $lengths `]` `layout` $operand_kinds attr-dict"
    )


@irdl_op_definition
class CmdFillOp(DialectOp):
    """Fills a byte range with a repeated scalar."""

    name = "stream.cmd.fill"
    value = operand_def()
    target = operand_def(ResourceType)
    offset = operand_def(IndexType())
    length = operand_def(IndexType())
    irdl_options = _PROPS
    assembly_format = (
        "$value `,` $target `[` $offset `for` $length `]` attr-dict `:` type($value) `->`"
        " type($target)"
    )


@irdl_op_definition
class CmdCopyOp(DialectOp):
    """Copies a byte range."""

    name = "stream.cmd.copy"
    source = operand_def(ResourceType)
    source_offset = operand_def(IndexType())
    target = operand_def(ResourceType)
    target_offset = operand_def(IndexType())
    length = operand_def(IndexType())
    irdl_options = _PROPS
    assembly_format = (
        "$source `[` $source_offset `]` `,` $target `[` $target_offset `]` `,` $length attr-dict"
        " `:` type($source) `->` type($target)"
    )


def region_of(ops: Sequence[Operation]) -> Region:
    """A one-block region that holds `ops`, which must be detached."""
    return Region(Block(ops))


Stream = Dialect(
    "stream",
    [
        ExecutableOp,
        ExecutableExportOp,
        BindingSubspanOp,
        TensorImportOp,
        TensorExportOp,
        AsyncAllocaOp,
        AsyncSplatOp,
        AsyncCloneOp,
        AsyncCopyOp,
        AsyncDispatchOp,
        AsyncTransferOp,
        AsyncLoadOp,
        AsyncExecuteOp,
        AsyncConcurrentOp,
        YieldOp,
        ResourceAllocaOp,
        ResourceDeallocaOp,
        ResourcePackOp,
        ResourceLoadOp,
        TimepointAwaitOp,
        CmdExecuteOp,
        CmdConcurrentOp,
        CmdDispatchOp,
        CmdFillOp,
        CmdCopyOp,
    ],
    [ResourceType, TimepointType, BindingType],
)
