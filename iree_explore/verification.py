# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`verify`: what `Operation.verify` checks, without checking the same thing again and again.

A compilation verifies the module after each phase, and most ops are alike: an op without regions
whose class only looks at operand types, result types and attributes verifies if one like it did.
A third of the time that xDSL's own walk takes; that was a quarter of a one-op compilation.
"""

from __future__ import annotations

import functools

from xdsl.ir import ErasedSSAValue, Operation
from xdsl.irdl import IRDLOperation
from xdsl.traits import (
    Commutative,
    ConditionallySpeculatable,
    ConstantLike,
    HasCanonicalizationPatternsTrait,
    HasFolder,
    MemoryEffect,
    SameOperandsAndResultType,
)
from xdsl.utils.exceptions import VerifyException

_LOCAL = (
    Commutative, ConditionallySpeculatable, ConstantLike, HasCanonicalizationPatternsTrait,
    HasFolder, MemoryEffect, SameOperandsAndResultType,
)  # fmt: skip
"""Traits that look at nothing but the op's own types and attributes."""
_OWN_VERIFIERS = frozenset("stablehlo chlo iree_linalg_ext check builtin".split())
"""Dialects whose verifiers may read the constants behind operands."""
_MOST = 100_000
_verified: set[tuple[object, ...]] = set()


def verify(op: Operation) -> None:
    """Verifies `op` and everything in it; raises xDSL's `VerifyException` or `ValueError`."""
    for region in op.regions:
        for block in region.blocks:
            if block.parent is not region:
                raise ValueError("Parent pointer of block does not refer to containing region")
            if block.first_op is None:
                block.verify()
            for inner in block.ops:
                verify(inner)
    if op.next_op is None or op.regions or not _depends_on_types_only(type(op)):
        op.verify(verify_nested_ops=False)
        return
    if any(type(value) is ErasedSSAValue for value in op.operands):
        raise VerifyException(f"{op.name} uses an erased value")
    key = (
        type(op),
        tuple([value.type for value in op.operands]),
        tuple([value.type for value in op.results]),
        *op.properties.items(),
        None,
        *op.attributes.items(),
    )
    if key not in _verified:
        op.verify(verify_nested_ops=False)
        if len(_verified) >= _MOST:
            _verified.clear()
        _verified.add(key)


@functools.cache
def _depends_on_types_only(cls: type[Operation]) -> bool:
    """Whether two ops of this class with equal types and attributes verify alike."""
    if not issubclass(cls, IRDLOperation):
        return False
    definition = cls.get_irdl_definition()
    return (
        cls.name.partition(".")[0] not in _OWN_VERIFIERS
        and not definition.regions
        and not definition.successors
        and all(
            isinstance(trait, _LOCAL) or (isinstance(trait, type) and issubclass(trait, _LOCAL))
            for trait in definition.traits
        )
    )
