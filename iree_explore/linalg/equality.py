# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Structural equality of ops as dictionary keys, for CSE and for deduplicating executables.

Two ops have equal keys if they have equal names, attributes, types and regions, the same operands
from outside, and inner values used in the same places.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import cast

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint

from iree_explore import provenance
from iree_explore.context import CompilerContext

_SYMBOLS = ("sym_name", "sym_visibility")


def key_of(op: Operation, ignore: Iterable[str] = ()) -> Hashable:
    """A hashable that is equal for structurally equal ops; properties in `ignore` do not count."""
    return _key(op, {}, frozenset(ignore))


def _key(op: Operation, numbers: dict[SSAValue, int], ignore: frozenset[str]) -> Hashable:
    operands = tuple(numbers.get(v, v) for v in op.operands)
    attributes = tuple((k, v) for k, v in op.attributes.items() if k not in ignore)
    properties = tuple((k, v) for k, v in sorted(op.properties.items()) if k not in ignore)
    types = tuple(r.type for r in op.results)
    regions: list[Hashable] = []
    if op.regions:
        for region in op.regions:
            for block in region.blocks:
                for argument in block.args:
                    numbers[argument] = len(numbers)
                regions.append(tuple(a.type for a in block.args))
                for inner in block.ops:
                    for result in inner.results:
                        numbers[result] = len(numbers)
                    regions.append(_key(inner, numbers, ignore))
            regions.append(None)
    return (op.name, operands, attributes, properties, types, tuple(regions))


def eliminate_common_subexpressions(
    ctx: CompilerContext, block: Block, pure: Callable[[Operation], bool]
) -> int:
    """Replaces each op of the block for which `pure(op)` by an equal earlier one; returns how many.

    Nested blocks see the ops above them.
    """
    return _cse(ctx, block, pure, {})


def _cse(
    ctx: CompilerContext,
    block: Block,
    pure: Callable[[Operation], bool],
    known: dict[Hashable, dict[Hashable, Operation]],
) -> int:
    """`known` are the ops above by what is quickly seen of them, then by their keys: most ops
    differ from all others in their operands or result types, and then need no key."""
    replaced = 0
    for op in list(block.ops):
        if pure(op):
            seen = (op.name, *op.operands, *[result.type for result in op.results])
            alike = known.get(seen)
            if alike is None:
                known[seen] = {None: op}
                continue
            if None in alike:
                only = alike.pop(None)
                alike[key_of(only)] = only
            key = key_of(op)
            first = alike.get(key)
            if first is not None:
                with provenance.rewriting(ctx, "CSE", op, at=InsertPoint.before(op)) as rewriter:
                    rewriter.replace(op, [], list(first.results))
                replaced += 1
                continue
            alike[key] = op
        elif op.regions:
            for region in op.regions:
                for inner in region.blocks:
                    replaced += _cse(ctx, inner, pure, {k: dict(v) for k, v in known.items()})
    return replaced


def functions(module: ModuleOp) -> list[Block]:
    """Entry blocks of the module's host functions and initializers."""
    return [
        cast(Block, op.regions[0].block)
        for op in module.body.block.ops
        if op.name in ("func.func", "util.initializer") and op.regions[0].blocks
    ]
