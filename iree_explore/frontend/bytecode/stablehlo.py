# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attributes and types of StableHLO, CHLO and quant as these dialects encode them themselves.

Such files come from `write_bytecode` on a module that was not made into a portable artifact first.
`PROPERTIES` names each op's properties in stored order; a `?` marks those that may be absent.
"""

from __future__ import annotations

from typing import Any

from xdsl.ir import Attribute

from iree_explore.frontend.bytecode.attributes import AttributeCursor, Readers
from iree_explore.frontend.bytecode.vhlo import (
    ENUMS,
    bounds,
    enum,
    output_operand_alias,
    quantized_head,
    result_accuracy,
    scale_text,
)
from iree_explore.stablehlo.attrs import (
    ChannelHandleAttr,
    DotAlgorithmAttr,
    DotDimensionNumbersAttr,
    GatherDimensionNumbersAttr,
    ScatterDimensionNumbersAttr,
    StructAttr,
)


def _convolution(cursor: AttributeCursor) -> Attribute:
    sides = []
    for first, second in (("b", "f"), ("i", "o"), ("b", "f")):
        labels = {cursor.signed(): first, cursor.signed(): second}
        labels |= {dim: str(i) for i, dim in enumerate(cursor.ints())}
        if sorted(labels) != list(range(len(labels))):
            raise cursor.fail(f"dimension numbers {labels}")
        sides.append("[" + ", ".join(labels[i] for i in range(len(labels))) + "]")
    return cursor.decoder.parse(f"#stablehlo.conv<{sides[0]}x{sides[1]}->{sides[2]}>", cursor)


def _structure(class_: type[StructAttr]) -> Any:
    """A reader of `#stablehlo.name<field = [..], ...>`, whose fields are stored in order."""

    def read(cursor: AttributeCursor) -> Attribute:
        stored = [
            cursor.signed() if field in class_.NUMBERS else cursor.ints()
            for field in class_.fields()
        ]
        rows = [f"{f} = {value}" for f, value in zip(class_.fields(), stored, strict=True)]
        return cursor.decoder.parse(f"#{class_.name}<{', '.join(rows)}>", cursor)

    return read


def _dot_algorithm(cursor: AttributeCursor) -> Attribute:
    types = [f"{side} = {cursor.type()}" for side in DotAlgorithmAttr.FIELDS[:3]]
    counts = [f"{key} = {cursor.signed()}" for key in DotAlgorithmAttr.FIELDS[3:6]]
    loose = "true" if cursor.byte() else "false"
    rows = [*types, *counts, f"{DotAlgorithmAttr.FIELDS[6]} = {loose}"]
    return cursor.decoder.parse(f"#stablehlo.dot_algorithm<{', '.join(rows)}>", cursor)


def _chlo_enum(name: str) -> Any:
    def read(cursor: AttributeCursor) -> Attribute:
        number = cursor.varint()
        if number >= len(ENUMS[name]):
            raise cursor.fail(f"{name} {number} is unknown")
        return cursor.decoder.parse(f"#chlo<{name} {ENUMS[name][number]}>", cursor)

    return read


def _quantized(cursor: AttributeCursor, *, per_axis: bool) -> Any:
    flags, storage, expressed = cursor.varint(), cursor.type(), cursor.type()
    if per_axis:
        axis, low, high = cursor.varint(), cursor.signed(), cursor.signed()
        scales, zeros = cursor.list(cursor.float64), cursor.list(cursor.signed)
        if len(scales) != len(zeros):
            raise cursor.fail(f"{len(scales)} scales and {len(zeros)} zero points")
        head = quantized_head(flags, storage, expressed, low, high, axis)
        text = f"{head}, {{{', '.join(map(scale_text, scales, zeros))}}}>"
    else:
        scale, zero, low, high = (
            cursor.float64(), cursor.signed(), cursor.signed(), cursor.signed(),
        )  # fmt: skip
        head = quantized_head(flags, storage, expressed, low, high)
        text = f"{head}, {scale_text(scale, zero)}>"
    return cursor.decoder.parse(text, cursor, type_=True)


ATTRIBUTES: Readers = {
    1: _structure(ChannelHandleAttr),
    2: enum("comparison_direction"),
    3: enum("comparison_type"),
    4: _convolution,
    5: _structure(DotDimensionNumbersAttr),
    6: enum("fft_type"),
    7: _structure(GatherDimensionNumbersAttr),
    8: enum("precision"),
    9: enum("rng_algorithm"),
    10: enum("rng_distribution"),
    11: _structure(ScatterDimensionNumbersAttr),
    12: enum("transpose"),
    13: bounds,
    14: output_operand_alias,
    15: _dot_algorithm,
    16: enum("result_accuracy_mode"),
    17: result_accuracy,
}
CHLO_ATTRIBUTES: Readers = {
    0: _chlo_enum("comparison_direction"),
    1: _chlo_enum("comparison_type"),
}
TYPES: Readers = {0: lambda c: c.decoder.parse("!stablehlo.token", c, type_=True)}
QUANT_TYPES: Readers = {
    3: lambda c: _quantized(c, per_axis=False),
    4: lambda c: _quantized(c, per_axis=True),
}

_CHANNEL = "channel_handle? replica_groups"
_ACCURATE = (
    "cbrt cosine exponential exponential_minus_one log log_plus_one logistic rsqrt sine sqrt tan"
    " tanh"
)
_BROADCASTING = (
    "add and atan2 complex divide maximum minimum multiply next_after or polygamma power"
    " remainder shift_left shift_right_arithmetic shift_right_logical subtract xor zeta"
)
_PROPERTIES = {
    "builtin.module": "sym_name? sym_visibility?",
    "func.func": "arg_attrs? function_type no_inline? res_attrs? sym_name sym_visibility?",
    "func.call": "arg_attrs? callee no_inline? res_attrs?",
    "stablehlo.all_gather": f"all_gather_dim {_CHANNEL} use_global_device_ids?",
    "stablehlo.all_reduce": f"{_CHANNEL} use_global_device_ids?",
    "stablehlo.all_to_all": (
        "channel_handle? concat_dimension replica_groups split_count split_dimension"
    ),
    "stablehlo.batch_norm_grad": "epsilon feature_index",
    "stablehlo.batch_norm_inference": "epsilon feature_index",
    "stablehlo.batch_norm_training": "epsilon feature_index",
    "stablehlo.broadcast_in_dim": "broadcast_dimensions",
    "stablehlo.broadcast": "broadcast_sizes",
    "stablehlo.cholesky": "lower?",
    "stablehlo.collective_broadcast": _CHANNEL,
    "stablehlo.collective_permute": "channel_handle? source_target_pairs",
    "stablehlo.compare": "compare_type? comparison_direction",
    "stablehlo.composite": "composite_attributes? decomposition name version?",
    "stablehlo.concatenate": "dimension",
    "stablehlo.constant": "value",
    "stablehlo.convolution": (
        "batch_group_count dimension_numbers feature_group_count lhs_dilation? padding?"
        " precision_config? rhs_dilation? window_reversal? window_strides?"
    ),
    "stablehlo.cross-replica-sum": "replica_groups",
    "stablehlo.custom_call": (
        "api_version? backend_config? call_target_name called_computations? has_side_effect?"
        " operand_layouts? output_operand_aliases? result_layouts?"
    ),
    "stablehlo.dot_general": "algorithm? dot_dimension_numbers precision_config?",
    "stablehlo.dot": "precision_config?",
    "stablehlo.dynamic_broadcast_in_dim": (
        "broadcast_dimensions known_expanding_dimensions? known_nonexpanding_dimensions?"
    ),
    "stablehlo.dynamic_conv": (
        "batch_group_count dimension_numbers feature_group_count lhs_dilation?"
        " precision_config? rhs_dilation? window_reversal? window_strides?"
    ),
    "stablehlo.dynamic_gather": "dimension_numbers indices_are_sorted?",
    "stablehlo.dynamic_iota": "iota_dimension",
    "stablehlo.dynamic_slice": "slice_sizes",
    "stablehlo.einsum": "einsum_config",
    "stablehlo.fft": "fft_length fft_type",
    "stablehlo.gather": "dimension_numbers indices_are_sorted? slice_sizes",
    "stablehlo.get_dimension_size": "dimension",
    "stablehlo.get_tuple_element": "index",
    "stablehlo.infeed": "infeed_config? layout?",
    "stablehlo.iota": "iota_dimension",
    "stablehlo.map": "dimensions",
    "stablehlo.outfeed": "outfeed_config?",
    "stablehlo.pad": "edge_padding_high edge_padding_low interior_padding",
    "stablehlo.recv": "channel_handle is_host_transfer? source_target_pairs?",
    "stablehlo.reduce": "dimensions",
    "stablehlo.reduce_precision": "exponent_bits mantissa_bits",
    "stablehlo.reduce_scatter": f"{_CHANNEL} scatter_dimension use_global_device_ids?",
    "stablehlo.reduce_window": (
        "base_dilations? padding? window_dilations? window_dimensions window_strides?"
    ),
    "stablehlo.reverse": "dimensions",
    "stablehlo.rng_bit_generator": "rng_algorithm",
    "stablehlo.rng": "rng_distribution",
    "stablehlo.scatter": "indices_are_sorted? scatter_dimension_numbers unique_indices?",
    "stablehlo.select_and_scatter": "padding? window_dimensions? window_strides?",
    "stablehlo.send": "channel_handle is_host_transfer? source_target_pairs?",
    "stablehlo.set_dimension_size": "dimension",
    "stablehlo.slice": "limit_indices start_indices strides",
    "stablehlo.sort": "dimension? is_stable?",
    "stablehlo.torch_index_select": "batch_dims dim",
    "stablehlo.transpose": "permutation",
    "stablehlo.triangular_solve": "left_side lower transpose_a unit_diagonal",
    "stablehlo.unary_einsum": "einsum_config",
    **{f"stablehlo.{name}": "result_accuracy?" for name in _ACCURATE.split()},
    **{f"chlo.broadcast_{name}": "broadcast_dimensions?" for name in _BROADCASTING.split()},
    "chlo.broadcast_compare": "broadcast_dimensions? compare_type? comparison_direction",
    "chlo.constant_like": "value",
    "chlo.constant": "value",
    "chlo.ragged_dot": "precision_config? ragged_dot_dimension_numbers",
    "chlo.scan": "dimension is_associative? is_reverse? scan_dim_size? +2+2",
    "chlo.top_k": "k",
    "shape.const_shape": "shape",
    "shape.cstr_require": "msg",
    "shape.const_witness": "passing",
    "shape.broadcast": "error?",
    "tensor.collapse_shape": "reassociation",
    "tensor.expand_shape": "reassociation static_output_shape",
    "arith.constant": "value",
}
PROPERTIES: dict[str, tuple[str, ...]] = {
    name: tuple(rows.split()) for name, rows in _PROPERTIES.items()
}
"""A `+2` stands for two segment sizes (of operands, then of results)."""
