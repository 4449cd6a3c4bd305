# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Older and looser spellings of StableHLO ops, made into those of today's dialect.

Until 2024 lists of dimensions were `dense<[0]> : tensor<1xi64>`; they are `array<i64: 0>` now.
Requests that are always met here (`result_accuracy`) are dropped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from xdsl.dialects.builtin import DenseArrayBase, DenseIntOrFPElementsAttr, i1, i64
from xdsl.ir import Attribute, Operation
from xdsl.irdl import IRDLOperation

from iree_explore import elements

ARRAYS = frozenset(
    "fft_length broadcast_sizes slice_sizes dimensions permutation edge_padding_low"
    " edge_padding_high interior_padding start_indices limit_indices strides"
    " broadcast_dimensions known_expanding_dimensions known_nonexpanding_dimensions"
    " window_dimensions window_strides base_dilations window_dilations lhs_dilation rhs_dilation"
    " window_reversal".split()
)
"""Attributes that are tensors in VHLO and old text, and arrays in today's StableHLO."""
MOST_ELEMENTS = 1 << 60
"""Of a tensor: sixteen bytes of each still are a signed 64-bit number."""
OPTIONAL = frozenset({"result_accuracy"})
"""Properties that ask for less than what is done anyway."""
MOST_DIMENSIONS = 1024
"""Ranks are small; a longer list is a mistake that would cost memory."""


def modernise(op: Operation) -> None:
    """Changes the properties of `op`, a StableHLO or CHLO op as parsed, in place."""
    if not isinstance(op, IRDLOperation):
        return
    for key in OPTIONAL & op.attributes.keys():
        del op.attributes[key]
    known = type(op).get_irdl_definition().properties
    for key, value in list(op.properties.items()):
        if key not in known and key in OPTIONAL:
            del op.properties[key]
        elif key in ARRAYS:
            op.properties[key] = as_array(key, value)


def as_array(key: str, value: Attribute) -> Attribute:
    """`array<i64: ...>` of a tensor of integers; any other attribute itself."""
    if not isinstance(value, DenseIntOrFPElementsAttr) or len(value.get_shape()) != 1:
        return value
    if value.get_shape()[0] > MOST_DIMENSIONS:
        return value
    dtype = elements.dtype_of(value.get_element_type())
    if dtype.kind not in "ib":
        return value
    numbers = elements.to_numpy(value).astype(np.int64).tolist()
    return DenseArrayBase.from_list(i1 if key == "window_reversal" else i64, numbers)


def too_large(shape: Sequence[int]) -> bool:
    """Whether sizes in bytes could leave 64 bits, in which everything later counts."""
    return math.prod(max(size, 1) for size in shape) >= MOST_ELEMENTS
