# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which products cooperative matrices compute, and what a kernel of them has to know.

A dispatch of the pipeline `SPIRVCooperativeMatrixVectorize` is lowered like any other product, for
devices without such matrices. Its entry function keeps, as an attribute, what the product is, of
which `targets/spirv/cooperative.py` makes one more kernel for the same grid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    BFloat16Type,
    DictionaryAttr,
    Float16Type,
    FloatAttr,
    IntegerAttr,
    MemRefType,
    f32,
    i64,
)
from xdsl.ir import Attribute
from xdsl.ir.affine import AffineDimExpr

from iree_explore.codegen.emitter import Index
from iree_explore.codegen.gpu.contraction import ContractionLoops, Tiles
from iree_explore.codegen.nest import Access, Stage
from iree_explore.codegen.structured import Structured
from iree_explore.hal.dialect import InterfaceBindingSubspanOp

COOPERATIVE_PRODUCT = "cooperative_product"
"""The attribute of an entry function."""

DEPTH = 32
"""Steps of the reduction that a workgroup copies at a time."""

_CASTS = ("arith.extf", "arith.mulf", "arith.addf", "linalg.yield")


def is_cooperative(
    views: Sequence[Structured], loops: ContractionLoops, extents: Sequence[Index], tiles: Tiles
) -> bool:
    """Whether a product of 16-bit floats, added up as f32 and at most rounded afterwards, has
    nothing but whole tiles."""
    root, *followers = views
    element = root.body.args[0].type
    kinds = (loops.rows, loops.columns, loops.reduction)
    if loops.batch or any(len(kind) != 1 for kind in kinds) or root.body.args[-1].type != f32:
        return False
    if not isinstance(element, Float16Type | BFloat16Type) or root.body.args[1].type != element:
        return False
    if any(inner.name not in _CASTS for inner in root.body.ops):
        return False
    if len(followers) > 1 or not all(_rounds(view, element) for view in followers):
        return False
    row, column, depth = (kind[0] for kind in kinds)
    maps = [root.maps[loops.left], root.maps[loops.right], root.maps[2]]
    wanted = [(row, depth), (depth, column), (row, column)]
    for map_, dims in zip(maps, wanted, strict=True):
        if map_.results != tuple(AffineDimExpr(d) for d in dims):
            return False
    sizes = zip((row, column, depth), (tiles.rows, tiles.columns, DEPTH), strict=True)
    return all(isinstance(n := extents[d], int) and n > 0 and n % tile == 0 for d, tile in sizes)


def _rounds(view: Structured, element: Attribute) -> bool:
    """Whether an op does nothing but make elements of f32."""
    names = [inner.name for inner in view.body.ops]
    return names == ["arith.truncf", "linalg.yield"] and view.body.args[-1].type == element


def product_attribute(
    stages: Sequence[Stage], loops: ContractionLoops, tiles: Tiles
) -> DictionaryAttr | None:
    """The product of a nest's stages; None where it is not between whole bindings, or begins with
    anything but zeros."""
    root, last = stages[0], stages[-1]
    start = root.initial[0]
    zero = start.owner if start is not None else None
    if not isinstance(zero, arith.ConstantOp) or not isinstance(zero.value, FloatAttr):
        return None
    accesses = [root.accesses[loops.left], root.accesses[loops.right], last.accesses[-1]]
    bindings = [_binding(access) for access in accesses]
    if zero.value.value.data != 0 or None in bindings:
        return None
    types = [access.view.base.type for access in accesses if access.view is not None]
    left, right, result = (type_ for type_ in types if isinstance(type_, MemRefType))
    rows, depth = left.get_shape()
    numbers = {
        "left": bindings[0], "right": bindings[1], "result": bindings[2], "rows": rows,
        "columns": right.get_shape()[1], "depth": depth, "tile_rows": tiles.rows,
        "tile_columns": tiles.columns,
    }  # fmt: skip
    given: dict[str, Attribute] = {
        name: IntegerAttr(number, i64) for name, number in numbers.items() if number is not None
    }
    return DictionaryAttr({
        **given, "element": left.element_type, "result_element": result.element_type
    })  # fmt: skip


def _binding(access: Access) -> int | None:
    """The binding that an operand is the whole of."""
    view = access.view
    owner = None if view is None else view.base.owner
    if view is None or not isinstance(owner, InterfaceBindingSubspanOp) or owner.dynamic_dims:
        return None
    type_ = view.base.type
    assert isinstance(type_, MemRefType)
    whole = (
        view.dims == tuple(range(len(view.offsets)))
        and all(isinstance(n, int) and n == 0 for n in view.offsets)
        and set(view.strides) == {1}
        and tuple(view.sizes) == tuple(type_.get_shape())
    )
    return owner.binding.value.data if whole else None


def numbers_of(attribute: Mapping[str, Attribute]) -> dict[str, int]:
    """The integers of `product_attribute`."""
    return {k: v.value.data for k, v in attribute.items() if isinstance(v, IntegerAttr)}
