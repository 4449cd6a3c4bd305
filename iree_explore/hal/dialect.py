# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `hal` dialect: executables and their interface to device code (the host's in `host_ops.py`).

Device code sees its interface through `hal.interface.*`: bindings (buffer ranges), u32 constants
and workgroup coordinates. The kernel ABI is described in docs/architecture.md. Names follow IREE's
HAL dialect.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    FlatSymbolRefAttrConstr,
    IndexType,
    IntAttr,
    IntegerAttr,
    StringAttr,
    SymbolNameConstraint,
    i32,
    i64,
)
from xdsl.ir import (
    Attribute,
    Dialect,
    ParametrizedAttribute,
    SSAValue,
)
from xdsl.irdl import (
    AttrSizedRegionSegments,
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    opt_region_def,
    param_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.traits import (
    IsTerminator,
    MemoryWriteEffect,
    NoTerminator,
    Pure,
    SymbolOpInterface,
    SymbolTable,
)

from iree_explore.dialect_op import INDEX, DialectOp, integer
from iree_explore.hal.host_ops import HOST_OPS
from iree_explore.hal.types import (
    BufferType,
    BufferViewType,
    CommandBufferType,
    DeviceAffinityAttr,
    DeviceType,
    ExecutableObjectAttr,
    ExecutableType,
    FenceType,
)


@irdl_attr_definition
class PipelineBindingAttr(ParametrizedAttribute):
    """`#hal.pipeline.binding<storage_buffer, "ReadOnly">`; flags "ReadOnly" or ""."""

    name = "hal.pipeline.binding"
    type: StringAttr = param_def()
    flags: StringAttr = param_def()

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string(self.type.data)
            if self.flags.data:
                printer.print_string(f', "{self.flags.data}"')

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            kind = parser.parse_identifier()
            flags = parser.parse_str_literal() if parser.parse_optional_punctuation(",") else ""
            return [StringAttr(kind), StringAttr(flags)]


@irdl_attr_definition
class PipelineLayoutAttr(ParametrizedAttribute):
    """`#hal.pipeline.layout<constants = 2, bindings = [...]>`: u32 constants, ordered bindings."""

    name = "hal.pipeline.layout"
    constants: IntAttr = param_def()
    bindings: ArrayAttr[PipelineBindingAttr] = param_def()

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            if self.constants.data:
                printer.print_string(f"constants = {self.constants.data}, ")
            printer.print_string("bindings = ")
            printer.print_attribute(self.bindings)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            constants = 0
            if parser.parse_optional_keyword("constants"):
                parser.parse_punctuation("=")
                constants = parser.parse_integer()
                parser.parse_punctuation(",")
            parser.parse_keyword("bindings")
            parser.parse_punctuation("=")
            return [IntAttr(constants), parser.parse_attribute()]


@irdl_attr_definition
class ExecutableTargetAttr(ParametrizedAttribute):
    """`#hal.executable.target<"llvm-cpu", "embedded-elf-x86_64", {cpu = "znver4"}>`."""

    name = "hal.executable.target"
    backend: StringAttr = param_def()
    format: StringAttr = param_def()
    configuration: DictionaryAttr = param_def()

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string(f'"{self.backend.data}", "{self.format.data}", ')
            printer.print_attribute(self.configuration)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            backend = parser.parse_str_literal()
            parser.parse_punctuation(",")
            format_ = parser.parse_str_literal()
            parser.parse_punctuation(",")
            return [StringAttr(backend), StringAttr(format_), parser.parse_attribute()]


@irdl_op_definition
class ExecutableOp(DialectOp):
    """One executable with a variant per target."""

    name = "hal.executable"
    sym_visibility = opt_prop_def(StringAttr)
    sym_name = prop_def(SymbolNameConstraint())
    body = region_def("single_block")
    traits = traits_def(NoTerminator(), SymbolOpInterface(), SymbolTable())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$sym_name attr-dict-with-keyword $body"


@irdl_op_definition
class ExecutableVariantOp(DialectOp):
    """The executable for one target: exports, then one inner module of device code."""

    name = "hal.executable.variant"
    sym_visibility = opt_prop_def(StringAttr)
    sym_name = prop_def(SymbolNameConstraint())
    target = prop_def(ExecutableTargetAttr)
    body = region_def("single_block")
    traits = traits_def(NoTerminator(), SymbolOpInterface(), SymbolTable())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$sym_name `target` `(` $target `)` attr-dict-with-keyword $body"


@irdl_op_definition
class ExecutableExportOp(DialectOp):
    """An entry point: layout, and a region from workload (index block arguments) to the workgroup
    count (three index values), filled in by executable-configurations.

    One with a `condition`, a region from workload to i1, does the same as its `fallback` for the
    workloads that fit, and faster: dispatches name the fallback, and the host chooses.
    """

    name = "hal.executable.export"
    sym_name = prop_def(SymbolNameConstraint())
    ordinal = prop_def(IntegerAttr)
    layout = prop_def(PipelineLayoutAttr)
    workgroup_local_memory = opt_prop_def(IntegerAttr)
    condition_fallback = opt_prop_def(FlatSymbolRefAttrConstr)
    workgroup_count = opt_region_def("single_block")
    condition = opt_region_def("single_block")
    traits = traits_def(SymbolOpInterface())
    irdl_options = (AttrSizedRegionSegments(as_property=True), ParsePropInAttrDict())
    assembly_format = (
        "$sym_name `ordinal` `(` $ordinal `)` `layout` `(` $layout `)` attr-dict-with-keyword"
        " (`condition` $condition^ `fallback` `(` $condition_fallback `)`)? ($workgroup_count^)?"
    )


@irdl_op_definition
class ReturnOp(DialectOp):
    """Ends a region of an export: the workgroup count or the condition."""

    name = "hal.return"
    values = var_operand_def()
    traits = traits_def(IsTerminator())
    assembly_format = "($values^ `:` type($values))? attr-dict"

    def __init__(self, *values: SSAValue):
        super().__init__(operands=[values])


@irdl_op_definition
class InterfaceBindingSubspanOp(DialectOp):
    """A binding as a dispatch tensor (before bufferization) or memref (after); `dynamic_dims` are
    the sizes of its `?` dimensions in order."""

    name = "hal.interface.binding.subspan"
    layout = prop_def(PipelineLayoutAttr)
    binding = prop_def(IntegerAttr)
    dynamic_dims = var_operand_def(IndexType())
    result = result_def()
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "`layout` `(` $layout `)` `binding` `(` $binding `)` (`{` $dynamic_dims^ `}`)? attr-dict"
        " `:` type($result)"
    )


@irdl_op_definition
class InterfaceConstantLoadOp(DialectOp):
    """The u32 constant `ordinal` of the dispatch."""

    name = "hal.interface.constant.load"
    layout = prop_def(PipelineLayoutAttr)
    ordinal = prop_def(IntegerAttr)
    result = result_def(i32)
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "`layout` `(` $layout `)` `ordinal` `(` $ordinal `)` attr-dict `:` type($result)"
    )


def _workgroup_op(kind: str) -> type[IRDLOperation]:
    @irdl_op_definition
    class WorkgroupOp(DialectOp):
        name = f"hal.interface.workgroup.{kind}"
        dimension = prop_def(IntegerAttr)
        result = result_def(IndexType())
        traits = traits_def(Pure())
        irdl_options = (ParsePropInAttrDict(),)
        assembly_format = "`dimension` `(` $dimension `)` attr-dict `:` type($result)"

        def __init__(self, dimension: int):
            super().__init__(
                properties={"dimension": integer(dimension, INDEX)},
                result_types=[IndexType()],
            )

    WorkgroupOp.__name__ = WorkgroupOp.__qualname__ = f"InterfaceWorkgroup{kind.upper()}Op"
    WorkgroupOp.__doc__ = f"`hal.interface.workgroup.{kind}`: this workgroup's {kind} (0 = x)."
    return WorkgroupOp


InterfaceWorkgroupIDOp = _workgroup_op("id")
InterfaceWorkgroupCountOp = _workgroup_op("count")


@irdl_op_definition
class TensorImportOp(DialectOp):
    """A caller's buffer view as a tensor; `dims` are its dynamic sizes."""

    name = "hal.tensor.import"
    source = operand_def(BufferViewType)
    dims = var_operand_def(IndexType())
    tensor_name = opt_prop_def(StringAttr)
    result = result_def()
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$source (`{` $dims^ `}`)? (`as` $tensor_name^)? attr-dict `:` type($source) `->`"
        " type($result)"
    )


@irdl_op_definition
class TensorExportOp(DialectOp):
    """A tensor as a buffer view for the caller; `dims` are its dynamic sizes."""

    name = "hal.tensor.export"
    source = operand_def()
    dims = var_operand_def(IndexType())
    tensor_name = opt_prop_def(StringAttr)
    result = result_def(BufferViewType)
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$source (`{` $dims^ `}`)? (`as` $tensor_name^)? attr-dict `:` type($source) `->`"
        " type($result)"
    )


@irdl_op_definition
class BufferViewTraceOp(DialectOp):
    """Writes text with tensors in it: `{0}` in `key` is the first view, `types` are what its
    elements were in the source, `summarize` how many of a dimension's ends are written."""

    name = "hal.buffer_view.trace"
    views = var_operand_def(BufferViewType)
    key = prop_def(StringAttr)
    types = prop_def(ArrayAttr)
    summarize = prop_def(IntegerAttr)
    stream = prop_def(StringAttr)
    traits = traits_def(MemoryWriteEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$key (`=` $views^ `:` type($views))? attr-dict"

    def __init__(
        self, key: str, views: Sequence[SSAValue], types: ArrayAttr, summarize: int, stream: str
    ):
        super().__init__(
            operands=[views],
            properties={
                "key": StringAttr(key),
                "types": types,
                "summarize": IntegerAttr(summarize, i64),
                "stream": StringAttr(stream),
            },
        )


@irdl_op_definition
class BufferViewDimOp(DialectOp):
    """Size of one dimension of a buffer view."""

    name = "hal.buffer_view.dim"
    view = operand_def(BufferViewType)
    index = prop_def(IntegerAttr)
    result = result_def(IndexType())
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$view `dim` `(` $index `)` attr-dict `:` type($result)"


HAL = Dialect(
    "hal",
    [
        ExecutableOp,
        ExecutableVariantOp,
        ExecutableExportOp,
        ReturnOp,
        InterfaceBindingSubspanOp,
        InterfaceConstantLoadOp,
        InterfaceWorkgroupIDOp,
        InterfaceWorkgroupCountOp,
        TensorImportOp,
        TensorExportOp,
        BufferViewDimOp,
        BufferViewTraceOp,
        *HOST_OPS,
    ],
    [
        DeviceType,
        BufferViewType,
        BufferType,
        CommandBufferType,
        ExecutableType,
        FenceType,
        ExecutableObjectAttr,
        DeviceAffinityAttr,
        PipelineBindingAttr,
        PipelineLayoutAttr,
        ExecutableTargetAttr,
    ],
)
