# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Slicing ops built from mixed (known and computed) offsets, sizes and strides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from xdsl.dialects import tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, DenseArrayBase, TensorType, i64
from xdsl.dialects.utils.dynamic_index_list import split_dynamic_index_list
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import IRDLOperation

from iree_explore.codegen.emitter import Index


def element(value: SSAValue) -> Attribute:
    """Element type of a tensor value."""
    return cast(TensorType, value.type).element_type


def static(sizes: Sequence[Index]) -> list[int]:
    """Sizes as a type states them."""
    return [size if isinstance(size, int) else DYNAMIC_INDEX for size in sizes]


def slice_op(
    cls: type[Operation],
    operands: list[SSAValue],
    dims: list[SSAValue],
    offsets: list[Index],
    sizes: list[Index],
    strides: list[Index],
    results: list[Attribute],
) -> Operation:
    """An op of `cls` on `operands`, with dynamic `dims`, from mixed lists."""
    fixed_offsets, dynamic_offsets = split_dynamic_index_list(offsets, DYNAMIC_INDEX)
    fixed_sizes, dynamic_sizes = split_dynamic_index_list(sizes, DYNAMIC_INDEX)
    fixed_strides, dynamic_strides = split_dynamic_index_list(strides, DYNAMIC_INDEX)
    return cast(type[IRDLOperation], cls).build(
        operands=[
            *([v] for v in operands),
            dims,
            dynamic_offsets,
            dynamic_sizes,
            dynamic_strides,
        ],
        result_types=results,
        properties={
            "static_offsets": DenseArrayBase.from_list(i64, fixed_offsets),
            "static_sizes": DenseArrayBase.from_list(i64, fixed_sizes),
            "static_strides": DenseArrayBase.from_list(i64, fixed_strides),
        },
    )


def insert_slice(
    source: SSAValue,
    dest: SSAValue,
    offsets: Sequence[Index],
    sizes: Sequence[Index],
) -> Operation:
    """`tensor.insert_slice` of step 1 from mixed offsets and sizes."""
    fixed_offsets, dynamic_offsets = split_dynamic_index_list(offsets, DYNAMIC_INDEX)
    fixed_sizes, dynamic_sizes = split_dynamic_index_list(sizes, DYNAMIC_INDEX)
    return tensor.InsertSliceOp.build(
        operands=[source, dest, dynamic_offsets, dynamic_sizes, []],
        result_types=[dest.type],
        properties={
            "static_offsets": DenseArrayBase.from_list(i64, fixed_offsets),
            "static_sizes": DenseArrayBase.from_list(i64, fixed_sizes),
            "static_strides": DenseArrayBase.from_list(i64, [1] * len(sizes)),
        },
    )
