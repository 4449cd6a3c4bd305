# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""VHLO ops (`vhlo.gather_v2`) and how each becomes the StableHLO op of today.

`PROPERTIES` names the properties of each op and version, in the order in which they are stored
(alphabetical). VHLO has no defaults and no structures: what says the default goes away, and lists
of dimensions come together into one attribute again (`stablehlo_op`).
Versions of ops: https://github.com/openxla/stablehlo/blob/main/docs/vhlo.md
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    IntegerAttr,
    NoneType,
    StringAttr,
    SymbolRefAttr,
    UnitAttr,
    i1,
)
from xdsl.ir import Attribute

from iree_explore import elements
from iree_explore.frontend.legacy import ARRAYS, as_array

Attributes = dict[str, Attribute]
Parse = Callable[[str], Any]

NAME = re.compile(r"vhlo\.([\w-]+)_v\d+")
_WINDOW = "base_dilations padding window_dilations window_dimensions window_strides"
_CONVOLUTION = (
    "batch_group_count feature_group_count input_batch_dimension input_feature_dimension"
    " input_spatial_dimensions kernel_input_feature_dimension kernel_output_feature_dimension"
    " kernel_spatial_dimensions lhs_dilation output_batch_dimension output_feature_dimension"
    " output_spatial_dimensions{} precision_config rhs_dilation window_reversal window_strides"
)
_DOT = (
    "lhs_batching_dimensions lhs_contracting_dimensions{} precision_config"
    " rhs_batching_dimensions rhs_contracting_dimensions"
)
_PROPERTIES = {
    "all_gather_v1 all_gather_v2": "all_gather_dim channel_id replica_groups use_global_device_ids",
    "all_reduce_v1 all_reduce_v2": "channel_id replica_groups use_global_device_ids",
    "all_to_all_v1 all_to_all_v2": (
        "channel_id concat_dimension replica_groups split_count split_dimension"
    ),
    "batch_norm_grad_v1 batch_norm_inference_v1 batch_norm_training_v1": "epsilon feature_index",
    "broadcast_in_dim_v1": "broadcast_dimensions",
    "broadcast_v1": "broadcast_sizes",
    "call_v1": "callee",
    "cholesky_v1": "lower",
    "collective_broadcast_v1": "channel_id replica_groups",
    "collective_permute_v1": "channel_id source_target_pairs",
    "compare_v1": "compare_type comparison_direction",
    "composite_v1": "composite_attributes decomposition name version",
    "composite_v2": "composite_attributes decomposition name version",
    "concatenate_v1": "dimension",
    "constant_v1": "value",
    "convolution_v1": _CONVOLUTION.format(" padding"),
    "cross-replica-sum_v1": "replica_groups",
    "custom_call_v1": (
        "api_version backend_config call_target_name called_computations has_side_effect"
        " operand_layouts output_operand_aliases result_layouts"
    ),
    "dot_general_v1": _DOT.format(""),
    "dot_general_v2": (
        "accumulation_type allow_imprecise_accumulation lhs_batching_dimensions"
        " lhs_component_count lhs_contracting_dimensions lhs_precision_type"
        " num_primitive_operations precision_config rhs_batching_dimensions rhs_component_count"
        " rhs_contracting_dimensions rhs_precision_type"
    ),
    "dot_v1": "precision_config",
    "dynamic_broadcast_in_dim_v1": (
        "broadcast_dimensions known_expanding_dimensions known_nonexpanding_dimensions"
    ),
    "dynamic_conv_v1": _CONVOLUTION.format(" padding"),
    "dynamic_conv_v2": _CONVOLUTION.format(""),
    "dynamic_gather_v1": (
        "collapsed_slice_dims index_vector_dim indices_are_sorted offset_dims start_index_map"
    ),
    "dynamic_gather_v2": (
        "collapsed_slice_dims index_vector_dim indices_are_sorted offset_dims"
        " operand_batching_dims start_index_map start_indices_batching_dims"
    ),
    "dynamic_iota_v1 iota_v1": "iota_dimension",
    "dynamic_slice_v1": "slice_sizes",
    "einsum_v1 unary_einsum_v1": "einsum_config",
    "fft_v1": "fft_length fft_type",
    "func_v1": "arg_attrs function_type res_attrs sym_name sym_visibility",
    "gather_v1": (
        "collapsed_slice_dims index_vector_dim indices_are_sorted offset_dims slice_sizes"
        " start_index_map"
    ),
    "gather_v2": (
        "collapsed_slice_dims index_vector_dim indices_are_sorted offset_dims"
        " operand_batching_dims slice_sizes start_index_map start_indices_batching_dims"
    ),
    "get_dimension_size_v1 set_dimension_size_v1": "dimension",
    "get_tuple_element_v1": "index",
    "infeed_v1": "infeed_config layout",
    "map_v1 reduce_v1 reverse_v1": "dimensions",
    "outfeed_v1": "outfeed_config",
    "pad_v1": "edge_padding_high edge_padding_low interior_padding",
    "recv_v1 send_v1": "channel_id channel_type is_host_transfer",
    "recv_v2 send_v2": "channel_id channel_type is_host_transfer source_target_pairs",
    "reduce_precision_v1": "exponent_bits mantissa_bits",
    "reduce_scatter_v1": "channel_id replica_groups scatter_dimension use_global_device_ids",
    "reduce_window_v1": _WINDOW,
    "rng_bit_generator_v1": "rng_algorithm",
    "rng_v1": "rng_distribution",
    "scatter_v1": (
        "index_vector_dim indices_are_sorted inserted_window_dims scatter_dims_to_operand_dims"
        " unique_indices update_window_dims"
    ),
    "scatter_v2": (
        "index_vector_dim indices_are_sorted input_batching_dims inserted_window_dims"
        " scatter_dims_to_operand_dims scatter_indices_batching_dims unique_indices"
        " update_window_dims"
    ),
    "select_and_scatter_v1": "padding window_dimensions window_strides",
    "slice_v1": "limit_indices start_indices strides",
    "sort_v1": "dimension is_stable",
    "torch_index_select_v1": "batch_dims dim",
    "transpose_v1": "permutation",
    "triangular_solve_v1": "left_side lower transpose_a unit_diagonal",
    "cbrt_v2 cosine_v2 exponential_v2 exponential_minus_one_v2 log_v2 log_plus_one_v2 logistic_v2"
    " rsqrt_v2 sine_v2 sqrt_v2 tan_v2 tanh_v2": "result_accuracy",
}
PLAIN = frozenset(
    "abs add after_all and atan2 bitcast_convert case cbrt ceil clamp complex convert"
    " cosine count_leading_zeros create_token divide dynamic_pad dynamic_reshape"
    " dynamic_update_slice exponential exponential_minus_one floor if imag is_finite log"
    " log_plus_one logistic maximum minimum multiply negate not optimization_barrier or"
    " partition_id popcnt power real real_dynamic_slice remainder replica_id reshape return"
    " round_nearest_afz round_nearest_even rsqrt select shift_left shift_right_arithmetic"
    " shift_right_logical sign sine sqrt subtract tan tanh tuple uniform_dequantize"
    " uniform_quantize while xor".split()
)
PROPERTIES: dict[str, tuple[str, ...]] = {
    **{f"vhlo.{name}_v1": () for name in PLAIN},
    **{
        f"vhlo.{name}": tuple(rows.split())
        for names, rows in _PROPERTIES.items()
        for name in names.split()
    },
}
"""Names of the properties of every op and version."""
RENAMED = {
    "func": "func.func",
    "call": "func.call",
}


def stablehlo_name(name: str, parent: str) -> str | None:
    """The op that `vhlo.name_vN` inside an op `parent` means; None if it is not known."""
    match = NAME.fullmatch(name)
    if match is None or name not in PROPERTIES:
        return None
    plain = match[1]
    if plain == "return":
        return "func.return" if parent == "func.func" else "stablehlo.return"
    return RENAMED.get(plain, f"stablehlo.{plain}")


# Defaults
# --------------------------------------------------------------------------------------------


def _is_empty(value: Attribute) -> bool:
    if isinstance(value, StringAttr | ArrayAttr | DictionaryAttr):
        return not value.data
    return isinstance(value, DenseIntOrFPElementsAttr) and 0 in value.get_shape()


def _says_nothing(value: Attribute) -> bool:
    return isinstance(value, ArrayAttr) and all(map(_is_empty, value))


def _is_false(value: Attribute) -> bool:
    return isinstance(value, IntegerAttr) and value.value.data == 0


def _is(number: int) -> Callable[[Attribute], bool]:
    def check(value: Attribute) -> bool:
        if isinstance(value, IntegerAttr):
            return value.value.data == number
        if not isinstance(value, DenseIntOrFPElementsAttr) or 0 in value.get_shape():
            return False
        return bool((elements.to_numpy(value) == number).all())

    return check


def _all_default(value: Attribute) -> bool:
    return isinstance(value, ArrayAttr) and all("DEFAULT" in str(x) for x in value)


def _no_type(value: Attribute) -> bool:
    return "NOTYPE" in str(value)


_CHANNEL = {"channel_id": _is(0), "use_global_device_ids": _is_false}
_WINDOWS = {
    "window_strides": _is(1), "base_dilations": _is(1), "window_dilations": _is(1),
    "lhs_dilation": _is(1), "rhs_dilation": _is(1), "padding": _is(0), "window_reversal": _is(0),
}  # fmt: skip
DEFAULTS: dict[str, dict[str, Callable[[Attribute], bool]]] = {
    "func.func": {
        "sym_visibility": _is_empty, "arg_attrs": _says_nothing, "res_attrs": _says_nothing,
    },
    "stablehlo.all_gather": _CHANNEL,
    "stablehlo.all_reduce": _CHANNEL,
    "stablehlo.reduce_scatter": _CHANNEL,
    "stablehlo.all_to_all": _CHANNEL,
    "stablehlo.collective_permute": _CHANNEL,
    "stablehlo.collective_broadcast": _CHANNEL,
    "stablehlo.cholesky": {"lower": _is_false},
    "stablehlo.compare": {"compare_type": _no_type},
    "stablehlo.composite": {"version": _is(0), "composite_attributes": _is_empty},
    "stablehlo.convolution": {**_WINDOWS, "precision_config": _all_default},
    "stablehlo.dynamic_conv": {**_WINDOWS, "precision_config": _all_default},
    "stablehlo.custom_call": {
        "has_side_effect": _is_false, "backend_config": _is_empty, "api_version": _is(1),
        "called_computations": _is_empty, "operand_layouts": _is_empty,
        "result_layouts": _is_empty, "output_operand_aliases": _is_empty,
    },
    "stablehlo.dot": {"precision_config": _all_default},
    "stablehlo.dot_general": {"precision_config": _all_default},
    "stablehlo.dynamic_broadcast_in_dim": {
        "known_expanding_dimensions": _is_empty, "known_nonexpanding_dimensions": _is_empty,
    },
    "stablehlo.dynamic_gather": {"indices_are_sorted": _is_false},
    "stablehlo.gather": {"indices_are_sorted": _is_false},
    "stablehlo.infeed": {"infeed_config": _is_empty, "layout": _is_empty},
    "stablehlo.outfeed": {"outfeed_config": _is_empty},
    "stablehlo.recv": {"is_host_transfer": _is_false, "source_target_pairs": _is_empty},
    "stablehlo.send": {"is_host_transfer": _is_false, "source_target_pairs": _is_empty},
    "stablehlo.reduce_window": _WINDOWS,
    "stablehlo.select_and_scatter": _WINDOWS,
    "stablehlo.scatter": {"indices_are_sorted": _is_false, "unique_indices": _is_false},
    "stablehlo.sort": {"dimension": _is(-1), "is_stable": _is_false},
}  # fmt: skip
"""Attributes that say what StableHLO takes for granted."""

# Ops
# --------------------------------------------------------------------------------------------


def stablehlo_attributes(name: str, attributes: Attributes, parse: Parse) -> Attributes:
    """VHLO `attributes` as those of the StableHLO (or func) op `name`; `parse` reads text.

    Raises `KeyError` or `ValueError` for attributes that are missing or of another kind.
    """
    found = dict(attributes)
    for key, is_default in DEFAULTS.get(name, {}).items():
        if key in found and is_default(found[key]):
            del found[key]
    special = _SPECIAL.get(name)
    if special is not None:
        special(found, parse)
    for key in ARRAYS & found.keys():
        found[key] = as_array(key, found[key])
    return found


def _ints(found: Attributes, key: str) -> list[int]:
    value = found.pop(key, None)
    if value is None:  # older versions of gather and scatter have no batching dimensions
        return []
    if not isinstance(value, DenseIntOrFPElementsAttr):
        raise ValueError(f"{key} is {value}")
    return [int(n) for n in elements.to_numpy(value).reshape(-1)]


def _int(found: Attributes, key: str) -> int:
    value = found.pop(key)
    if not isinstance(value, IntegerAttr):
        raise ValueError(f"{key} is {value}")
    return value.value.data


def _structure(attribute: str, name: str, lists: str, index: str = "") -> Any:
    """Brings lists of dimensions together: `name = #stablehlo.attribute<lists...>`."""

    def build(found: Attributes, parse: Parse) -> None:
        rows = [f"{key} = {values}" for key in lists.split() if (values := _ints(found, key))]
        if index:
            rows.append(f"{index} = {_int(found, index)}")
        found[name] = parse(f"#stablehlo.{attribute}<{', '.join(rows)}>")

    return build


def _convolution(found: Attributes, parse: Parse) -> None:
    sides = []
    for side, first, second in (("input", "b", "f"), ("kernel", "i", "o"), ("output", "b", "f")):
        names = {"b": "batch", "f": "feature", "i": "input_feature", "o": "output_feature"}
        spatial = _ints(found, f"{side}_spatial_dimensions")
        labels = {dim: str(i) for i, dim in enumerate(spatial)}
        for label in (first, second):
            labels[_int(found, f"{side}_{names[label]}_dimension")] = label
        if sorted(labels) != list(range(len(spatial) + 2)):
            raise ValueError(f"dimension numbers of the {side}: {labels}")
        sides.append("[" + ", ".join(labels[i] for i in range(len(labels))) + "]")
    found["dimension_numbers"] = parse(f"#stablehlo.conv<{sides[0]}x{sides[1]}->{sides[2]}>")


def _dot_general(found: Attributes, parse: Parse) -> None:
    _structure(
        "dot",
        "dot_dimension_numbers",
        "lhs_batching_dimensions rhs_batching_dimensions lhs_contracting_dimensions"
        " rhs_contracting_dimensions",
    )(found, parse)
    fields = (
        "lhs_precision_type", "rhs_precision_type", "accumulation_type", "lhs_component_count",
        "rhs_component_count", "num_primitive_operations", "allow_imprecise_accumulation",
    )  # fmt: skip
    values = [(key, found.pop(key)) for key in fields if key in found]
    if any(isinstance(value, NoneType) for _, value in values) or not values:
        return
    rows = [f"{key} = {_plain(value)}" for key, value in values]
    found["algorithm"] = parse(f"#stablehlo.dot_algorithm<{', '.join(rows)}>")


def _plain(value: Attribute) -> str:
    if not isinstance(value, IntegerAttr):
        return str(value)
    if value.type == i1:
        return "true" if value.value.data else "false"
    return str(value.value.data)


def _collective(found: Attributes, parse: Parse) -> None:
    if "channel_id" in found:
        handle = _int(found, "channel_id")
        kind = 0 if "channel_type" not in found else _int(found, "channel_type")
        found["channel_handle"] = parse(
            f"#stablehlo.channel_handle<handle = {handle}, type = {kind}>"
        )
    if "use_global_device_ids" in found:
        found["use_global_device_ids"] = UnitAttr()


def _symbol(key: str) -> Any:
    def build(found: Attributes, parse: Parse) -> None:
        value = found[key]
        if not isinstance(value, StringAttr):
            raise ValueError(f"{key} is {value}")
        found[key] = SymbolRefAttr(value.data)

    return build


def _custom_call(found: Attributes, parse: Parse) -> None:
    called = found.get("called_computations")
    if isinstance(called, ArrayAttr):
        names = [x.data for x in called if isinstance(x, StringAttr)]
        found["called_computations"] = ArrayAttr(map(SymbolRefAttr, names))


_GATHER_DIMS = _structure(
    "gather",
    "dimension_numbers",
    "offset_dims collapsed_slice_dims operand_batching_dims start_indices_batching_dims"
    " start_index_map",
    "index_vector_dim",
)
_SPECIAL: dict[str, Callable[[Attributes, Parse], None]] = {
    "stablehlo.convolution": _convolution,
    "stablehlo.dynamic_conv": _convolution,
    "stablehlo.dot_general": _dot_general,
    "stablehlo.gather": _GATHER_DIMS,
    "stablehlo.dynamic_gather": _GATHER_DIMS,
    "stablehlo.scatter": _structure(
        "scatter",
        "scatter_dimension_numbers",
        "update_window_dims inserted_window_dims input_batching_dims"
        " scatter_indices_batching_dims scatter_dims_to_operand_dims",
        "index_vector_dim",
    ),
    **dict.fromkeys(
        ("stablehlo.all_gather", "stablehlo.all_reduce", "stablehlo.reduce_scatter",
         "stablehlo.all_to_all", "stablehlo.collective_permute", "stablehlo.send",
         "stablehlo.collective_broadcast", "stablehlo.recv"), _collective),
    "stablehlo.custom_call": _custom_call,
    "stablehlo.composite": _symbol("decomposition"),
    "func.call": _symbol("callee"),
}  # fmt: skip
