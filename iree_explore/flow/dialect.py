# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `flow` dialect (dispatches of tensors) and `iree_tensor_ext` (how device code sees them).

Before outlining a dispatch is a `flow.dispatch.region` around tensor code; after it, device code is
a function in a `flow.executable` and the host has `flow.dispatch @executable::@entry(...)`.
Names follow IREE's Flow and TensorExt dialects.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    IndexType,
    IntAttr,
    StringAttr,
    SymbolNameConstraint,
    SymbolRefAttr,
    TensorType,
    i64,
)
from xdsl.dialects.utils import DynamicIndexList
from xdsl.ir import (
    Attribute,
    Dialect,
    ParametrizedAttribute,
    SSAValue,
    TypeAttribute,
)
from xdsl.irdl import (
    AttrSizedOperandSegments,
    ParsePropInAttrDict,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
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
from xdsl.traits import (
    IsTerminator,
    NoTerminator,
    Pure,
    SymbolOpInterface,
    SymbolTable,
)

from iree_explore.dialect_op import DialectOp, integers
from iree_explore.flow.util_dialect import ParameterNamedAttr

READONLY, WRITEONLY, READWRITE = "readonly", "writeonly", "readwrite"
DYNAMIC = -9223372036854775808
"""`ShapedType::kDynamic`: marks a dynamic entry in static_offsets/sizes/strides."""


@irdl_attr_definition
class DispatchTensorType(ParametrizedAttribute, TypeAttribute):
    """`!iree_tensor_ext.dispatch.tensor<readonly:tensor<4x?xf32>>`: a tensor in a binding."""

    name = "iree_tensor_ext.dispatch.tensor"
    access: StringAttr = param_def()
    bound_type: TensorType = param_def()

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string(self.access.data + ":")
            printer.print_attribute(self.bound_type)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            access = parser.parse_identifier()
            parser.parse_punctuation(":")
            return [StringAttr(access), parser.parse_type()]


@irdl_op_definition
class DispatchTensorLoadOp(DialectOp):
    """Reads a slice of a dispatch tensor; `dims` are the tensor's own dynamic dimensions."""

    name = "iree_tensor_ext.dispatch.tensor.load"
    source = operand_def(DispatchTensorType)
    dims = var_operand_def(IndexType())
    offsets = var_operand_def(IndexType())
    sizes = var_operand_def(IndexType())
    strides = var_operand_def(IndexType())
    static_offsets = prop_def(DenseArrayBase.constr(i64))
    static_sizes = prop_def(DenseArrayBase.constr(i64))
    static_strides = prop_def(DenseArrayBase.constr(i64))
    result = result_def(TensorType)
    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())
    traits = traits_def(Pure())
    assembly_format = (
        "$source (`{` $dims^ `}`)? `,` "
        "`offsets` `=` custom<DynamicIndexList>($offsets, $static_offsets) `,` "
        "`sizes` `=` custom<DynamicIndexList>($sizes, $static_sizes) `,` "
        "`strides` `=` custom<DynamicIndexList>($strides, $static_strides) "
        "attr-dict `:` type($source) `->` type($result)"
    )
    custom_directives = (DynamicIndexList,)


@irdl_op_definition
class DispatchTensorStoreOp(DialectOp):
    """Writes a tensor into a slice of a dispatch tensor."""

    name = "iree_tensor_ext.dispatch.tensor.store"
    value = operand_def(TensorType)
    target = operand_def(DispatchTensorType)
    dims = var_operand_def(IndexType())
    offsets = var_operand_def(IndexType())
    sizes = var_operand_def(IndexType())
    strides = var_operand_def(IndexType())
    static_offsets = prop_def(DenseArrayBase.constr(i64))
    static_sizes = prop_def(DenseArrayBase.constr(i64))
    static_strides = prop_def(DenseArrayBase.constr(i64))
    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())
    assembly_format = (
        "$value `,` $target (`{` $dims^ `}`)? `,` "
        "`offsets` `=` custom<DynamicIndexList>($offsets, $static_offsets) `,` "
        "`sizes` `=` custom<DynamicIndexList>($sizes, $static_sizes) `,` "
        "`strides` `=` custom<DynamicIndexList>($strides, $static_strides) "
        "attr-dict `:` type($value) `->` type($target)"
    )
    custom_directives = (DynamicIndexList,)


def load_whole(source: SSAValue, dims: Sequence[SSAValue] = ()) -> DispatchTensorLoadOp:
    """A load of the whole dispatch tensor; `dims` are its dynamic sizes in order."""
    bound = source.type.bound_type  # pyright: ignore[reportAttributeAccessIssue]
    return DispatchTensorLoadOp.build(
        operands=[[source], dims, [], dims, []],
        properties=_whole(bound),
        result_types=[bound],
    )


def store_whole(
    value: SSAValue, target: SSAValue, dims: Sequence[SSAValue] = ()
) -> DispatchTensorStoreOp:
    """A store of the whole dispatch tensor; `dims` are its dynamic sizes in order."""
    bound = target.type.bound_type  # pyright: ignore[reportAttributeAccessIssue]
    return DispatchTensorStoreOp.build(
        operands=[[value], [target], dims, [], dims, []], properties=_whole(bound)
    )


def _whole(bound: TensorType) -> dict[str, Attribute]:
    rank = len(bound.get_shape())
    sizes = tuple([DYNAMIC if d < 0 else d for d in bound.get_shape()])
    return {
        "static_offsets": integers((0,) * rank, i64),
        "static_sizes": integers(sizes, i64),
        "static_strides": integers((1,) * rank, i64),
    }


@irdl_op_definition
class DispatchRegionOp(DialectOp):
    """Tensor code that will run as one dispatch; captures values from above.

    `result_dims` are the dynamic sizes of all results, in order; the body yields the results with
    `flow.return`.
    """

    name = "flow.dispatch.region"
    result_dims = var_operand_def(IndexType())
    results_ = var_result_def()
    body = region_def("single_block")
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def()
    assembly_format = "(`[` $result_dims^ `]`)? attr-dict `->` `(` type($results_) `)` $body"


@irdl_op_definition
class ReturnOp(DialectOp):
    """Ends a dispatch region or workgroup-count region."""

    name = "flow.return"
    values = var_operand_def()
    traits = traits_def(IsTerminator())
    assembly_format = "($values^ `:` type($values))? attr-dict"

    def __init__(self, *values: SSAValue):
        super().__init__(operands=[values])


@irdl_op_definition
class ExecutableOp(DialectOp):
    """Device code outlined from dispatch regions: exports, then one inner module."""

    name = "flow.executable"
    sym_visibility = opt_prop_def(StringAttr)
    sym_name = prop_def(SymbolNameConstraint())
    body = region_def("single_block")
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(NoTerminator(), SymbolOpInterface(), SymbolTable())
    assembly_format = "$sym_name attr-dict-with-keyword $body"


@irdl_op_definition
class ExecutableExportOp(DialectOp):
    """An entry point of an executable: the inner module's function `function_ref`."""

    name = "flow.executable.export"
    sym_name = prop_def(SymbolNameConstraint())
    function_ref = prop_def(SymbolRefAttr)
    traits = traits_def(SymbolOpInterface())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$sym_name `(` $function_ref `)` attr-dict-with-keyword"


@irdl_op_definition
class DispatchOp(DialectOp):
    """Runs an entry point on tensors.

    `workload` are the index values that the workgroup count is computed from. `arguments` are
    tensors and scalars; `argument_dims` and `result_dims` the dynamic sizes of tensor arguments and
    of results, flattened in order. `tied_operands` gives per result the argument updated in place,
    or -1.
    """

    name = "flow.dispatch"
    workload = var_operand_def(IndexType())
    arguments = var_operand_def()
    argument_dims = var_operand_def(IndexType())
    result_dims = var_operand_def(IndexType())
    entry_point = prop_def(SymbolRefAttr)
    tied_operands = opt_prop_def(ArrayAttr[IntAttr])
    results_ = var_result_def()
    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())
    assembly_format = (
        "$entry_point (`[` $workload^ `]`)? `(` $arguments `)` (`{` $argument_dims^ `}`)?"
        " (`result_dims` `{` $result_dims^ `}`)? (`tied` $tied_operands^)? attr-dict"
        " `:` `(` type($arguments) `)` `->` `(` type($results_) `)`"
    )


@irdl_op_definition
class TensorReshapeOp(DialectOp):
    """The same elements in row-major order under another shape: metadata only, never a copy.

    `source_dims` and `result_dims` are the dynamic sizes of source and result, in order.
    """

    name = "flow.tensor.reshape"
    source = operand_def(TensorType)
    source_dims = var_operand_def(IndexType())
    result_dims = var_operand_def(IndexType())
    result = result_def(TensorType)
    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())
    traits = traits_def(Pure())
    assembly_format = (
        "$source (`{` $source_dims^ `}`)? attr-dict `:` type($source) `->` type($result)"
        " (`{` $result_dims^ `}`)?"
    )

    def __init__(
        self,
        source: SSAValue,
        result_type: TensorType,
        source_dims: Sequence[SSAValue] = (),
        result_dims: Sequence[SSAValue] = (),
    ):
        super().__init__(operands=[source, source_dims, result_dims], result_types=[result_type])


@irdl_op_definition
class TensorLoadOp(DialectOp):
    """Reads one element back to the host; waits for the device."""

    name = "flow.tensor.load"
    source = operand_def(TensorType)
    source_dims = var_operand_def(IndexType())
    indices = var_operand_def(IndexType())
    result = result_def()
    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())
    traits = traits_def(Pure())
    assembly_format = (
        "$source (`{` $source_dims^ `}`)? (`[` $indices^ `]`)? attr-dict `:` type($source)"
        " `->` type($result)"
    )

    def __init__(
        self,
        source: SSAValue,
        indices: Sequence[SSAValue],
        source_dims: Sequence[SSAValue] = (),
    ):
        element = source.type.element_type  # pyright: ignore[reportAttributeAccessIssue]
        super().__init__(operands=[source, source_dims, indices], result_types=[element])


@irdl_op_definition
class TensorEmptyOp(DialectOp):
    """A tensor with unspecified contents, written by the dispatches it is tied to."""

    name = "flow.tensor.empty"
    result_dims = var_operand_def(IndexType())
    result = result_def(TensorType)
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "attr-dict `:` type($result) (`{` $result_dims^ `}`)?"

    def __init__(self, type_: TensorType, dims: Sequence[SSAValue] = ()):
        super().__init__(operands=[dims], result_types=[type_])


@irdl_op_definition
class TensorSplatOp(DialectOp):
    """A tensor filled with one scalar: a fill command, not a dispatch."""

    name = "flow.tensor.splat"
    value = operand_def()
    result_dims = var_operand_def(IndexType())
    result = result_def(TensorType)
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$value attr-dict `:` type($value) `->` type($result) (`{` $result_dims^ `}`)?"
    )

    def __init__(self, value: SSAValue, type_: TensorType, dims: Sequence[SSAValue] = ()):
        super().__init__(operands=[value, dims], result_types=[type_])


@irdl_op_definition
class TensorCloneOp(DialectOp):
    """A copy, so that a dispatch may update it in place while others still read the source."""

    name = "flow.tensor.clone"
    source = operand_def(TensorType)
    dims = var_operand_def(IndexType())
    result = result_def(TensorType)
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$source (`{` $dims^ `}`)? attr-dict `:` type($source) `->` type($result)"

    def __init__(self, source: SSAValue, dims: Sequence[SSAValue] = ()):
        super().__init__(operands=[source, dims], result_types=[source.type])


@irdl_op_definition
class TensorUpdateOp(DialectOp):
    """`target` with the rows from `start` on replaced by those of `update`; in place if nobody
    needs the old ones."""

    name = "flow.tensor.update"
    update = operand_def(TensorType)
    update_dims = var_operand_def(IndexType())
    target = operand_def(TensorType)
    target_dims = var_operand_def(IndexType())
    start = operand_def(IndexType())
    result = result_def(TensorType)
    irdl_options = (AttrSizedOperandSegments(as_property=True), ParsePropInAttrDict())
    assembly_format = (
        "$update (`{` $update_dims^ `}`)? `,` $target (`{` $target_dims^ `}`)? `[` $start `]`"
        " attr-dict `:` type($update) `->` type($target) `to` type($result)"
    )

    def __init__(
        self,
        update: SSAValue,
        update_dims: Sequence[SSAValue],
        target: SSAValue,
        target_dims: Sequence[SSAValue],
        start: SSAValue,
    ):
        super().__init__(
            operands=[update, update_dims, target, target_dims, start], result_types=[target.type]
        )


TensorExt = Dialect(
    "iree_tensor_ext", [DispatchTensorLoadOp, DispatchTensorStoreOp], [DispatchTensorType]
)
Flow = Dialect(
    "flow",
    [
        DispatchRegionOp,
        ReturnOp,
        ExecutableOp,
        ExecutableExportOp,
        DispatchOp,
        TensorReshapeOp,
        TensorLoadOp,
        TensorEmptyOp,
        TensorSplatOp,
        TensorCloneOp,
        TensorUpdateOp,
    ],
    [ParameterNamedAttr],
)
