# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Verifier`: what `Operation.verify` checks, without checking the same thing again and again.

A compilation verifies its module after each phase, and a phase changes little of it. Two ideas. A
verifier remembers what it has seen of every op, and looks again only at ops of which something is
another one that their verification depends on (`_rules` says what that is). And most of what there
is to check depends on an op's signature alone (types, attributes, types of block arguments): that
part is done once for all ops that are alike.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from xdsl.dialects.builtin import SymbolNameConstraint
from xdsl.ir import Attribute, Block, ErasedSSAValue, Operation, ParametrizedAttribute, Region
from xdsl.irdl import (
    AnyAttr,
    AttrConstraint,
    AttrSizedSegments,
    BaseAttr,
    EqAttrConstraint,
    IRDLOperation,
    RangeConstraint,
    RangeLengthConstraint,
    RangeOf,
)
from xdsl.traits import (
    CallableOpInterface,
    Commutative,
    ConditionallySpeculatable,
    ConstantLike,
    HasCanonicalizationPatternsTrait,
    HasFolder,
    HasParent,
    IsolatedFromAbove,
    IsTerminator,
    MemoryEffect,
    NoTerminator,
    OpTrait,
    ReturnLike,
    SameOperandsAndResultType,
    SingleBlockImplicitTerminator,
    SymbolOpInterface,
    SymbolTable,
)
from xdsl.utils.exceptions import VerifyException

_OF_SIGNATURE = (
    Commutative, ConditionallySpeculatable, ConstantLike, HasCanonicalizationPatternsTrait,
    HasFolder, MemoryEffect, SameOperandsAndResultType, SymbolOpInterface,
)  # fmt: skip
"""Traits that look at nothing but the op's signature."""
_OF_SURROUNDINGS = (
    CallableOpInterface, HasParent, IsTerminator, IsolatedFromAbove, NoTerminator, ReturnLike,
    SingleBlockImplicitTerminator, SymbolTable,
)  # fmt: skip
"""Traits that look at nothing but the op, what is in it, its block and the ops that it is in."""
_OWN_VERIFIERS = frozenset("stablehlo chlo iree_linalg_ext check ml_program".split())
"""Dialects whose verifiers may read the constants behind operands, and more."""
_MOST = 100_000
_verified: set[tuple[object, ...]] = set()
"""Signatures that are known to be right."""


class Verifier:
    """Verifies one module as it changes."""

    def __init__(self) -> None:
        # By id(): an op or region, with what was seen of it (which keeps the id from reuse).
        self._seen: dict[int, tuple[Any, ...]] = {}
        self._now: dict[int, tuple[Any, ...]] = {}

    def verify(self, module: Operation) -> None:
        """Verifies `module` and everything in it.

        Raises xDSL's `VerifyException` or `ValueError`; then everything is verified again.
        """
        self._now = {}
        try:
            self._verify(module, True, True)
        except BaseException:
            self.forget()
            raise
        self._seen = self._now

    def forget(self) -> None:
        """Frees what is remembered."""
        self._seen = self._now = {}

    def _verify(self, op: Operation, last: bool, outside: bool) -> bool:
        """Returns whether the op and all in it are the same as at the last time.

        `last` is whether it ends its block; `outside` whether the ops around it are the same.
        """
        # Private fields: this runs for every op after every phase.
        operands, successors = op._operands, op._successors  # pyright: ignore
        types = [value._type for value in operands]  # pyright: ignore
        results = [value._type for value in op.results]  # pyright: ignore
        seen = self._seen.get(id(op))
        own = (
            seen is not None
            and seen[1] is operands
            and seen[2] == types
            and seen[3] == results
            and seen[4] == op.properties
            and seen[5] == op.attributes
            and seen[6] is op.parent
            and seen[7] is last
            and seen[8] is successors
            and seen[9] is op.regions
            and seen[10] is type(op)
        )
        self._now[id(op)] = (
            seen if seen is not None and own else (
                op, operands, types, results, dict(op.properties), dict(op.attributes), op.parent,
                last, successors, op.regions, type(op),
            )
        )  # fmt: skip
        same = own
        for region in op.regions:
            same &= self._verify_region(region, own and outside)
        rules = _rules(type(op))
        if rules is None:
            op.verify(verify_nested_ops=False)
        elif not own or (rules.surroundings and not (same and outside)) or (last and not outside):
            _verify_signature(op, types, results, rules)
            if last or rules.surroundings or successors:
                _verify_surroundings(op, rules, last)
        return same

    def _verify_region(self, region: Region, outside: bool) -> bool:
        blocks: list[Block] = []
        arguments: list[list[Attribute]] = []
        ops: list[list[Operation]] = []
        block = region.first_block
        while block is not None:
            if block.parent is not region:
                raise ValueError("Parent pointer of block does not refer to containing region")
            blocks.append(block)
            arguments.append([a._type for a in block._args])  # pyright: ignore
            ops.append(inside := [])
            op = block.first_op
            if op is None:
                block.verify()
            while op is not None:
                inside.append(op)
                op = op._next_op  # pyright: ignore
            block = block.next_block
        seen = self._seen.get(id(region))
        same = seen is not None and seen[1] == blocks and seen[2] == arguments
        outside = outside and same
        same = same and seen is not None and seen[3] == ops
        self._now[id(region)] = (region, blocks, arguments, ops)
        for block, inside in zip(blocks, ops, strict=True):
            last = block.last_op
            for op in inside:
                if op.parent is not block:
                    raise ValueError("Parent pointer of operation does not refer to its block")
                same &= self._verify(op, op is last, outside)
        return same


def _verify_signature(
    op: Operation, types: list[Attribute], results: list[Attribute], rules: _Rules
) -> None:
    """What depends on types and attributes, unless an op of this signature was verified before;
    then the whole op is."""
    for value in op._operands:  # pyright: ignore[reportPrivateUsage]
        if type(value) is ErasedSSAValue:
            raise VerifyException(f"{op.name} uses an erased value")
    properties, attributes = op.properties, op.attributes
    names = rules.exact_names
    key = (
        type(op),
        *(map(type, types) if rules.loose_operands else types),
        None,
        *(map(type, results) if rules.loose_results else results),
        len(op._successors),  # pyright: ignore[reportPrivateUsage]
        *properties,
        *(properties.values() if names is None else map(type, properties.values())),
        None,
        *attributes,
        *(attributes.values() if names is None else map(type, attributes.values())),
        *([(properties.get(n), attributes.get(n)) for n in names] if names else ()),
        *([_entry(region, rules.loose_entries) for region in op.regions] if op.regions else ()),
    )
    if key not in _verified:
        op.verify(verify_nested_ops=False)
        if len(_verified) >= _MOST:
            _verified.clear()
        _verified.add(key)


def _entry(region: Region, loose: bool) -> tuple[object, ...]:
    """What a signature has of a region: whether it has one block, and what that takes."""
    block = region.first_block
    if block is None:
        return ()
    types = () if loose else [argument.type for argument in block.args]
    return (block.next_block is None, *types)


def _verify_surroundings(op: Operation, rules: _Rules, last: bool) -> None:
    """What else `Operation.verify` checks."""
    block = op.parent
    region = None if block is None else block.parent
    parent = None if region is None else region.parent
    if op.successors:
        if region is None or not last:
            raise VerifyException(f"{op.name} has successors, but does not end a block")
        if any(successor.parent is not region for successor in op.successors):
            raise VerifyException(f"{op.name} goes to a block of another region")
    if last and region is not None and not rules.terminator:
        several = region.first_block is not region.last_block
        if several or (parent is not None and not parent.has_trait(NoTerminator)):
            raise VerifyException(f"{op.name} ends a block, but is not a terminator")
    for trait in rules.surroundings:
        if trait is _verify_isolated:
            _verify_isolated(op)
        else:
            trait(op)


def _verify_isolated(op: Operation) -> None:
    """That nothing inside uses what is defined outside, as xDSL's trait has it, but in one walk."""
    owners: set[int] = set()
    operations: list[Operation] = []
    regions = list(op.regions)
    while regions:
        for block in regions.pop().blocks:
            owners.add(id(block))
            for inner in block.ops:
                owners.add(id(inner))
                operations.append(inner)
                if inner.regions and not inner.has_trait(IsolatedFromAbove):
                    regions += inner.regions
    for inner in operations:
        for operand in inner._operands:  # pyright: ignore[reportPrivateUsage]
            if id(operand.owner) not in owners:
                raise VerifyException(
                    f"{inner.name} uses a value defined out of its IsolatedFromAbove parent"
                )


class _Rules(NamedTuple):
    """How to verify the ops of a class. `surroundings` checks what signatures do not say;
    `terminator` is whether it may end a block. Of loose parts of a signature only the classes
    matter; of attributes that holds for all but `exact_names`, None for every name."""

    surroundings: tuple[Callable[[Operation], None], ...]
    terminator: bool
    loose_operands: bool
    loose_results: bool
    loose_entries: bool
    exact_names: tuple[str, ...] | None


@functools.cache
def _rules(cls: type[Operation]) -> _Rules | None:
    """None for a class whose verification may look at anything."""
    dialect = cls.name.partition(".")[0]
    if not issubclass(cls, IRDLOperation) or dialect in _OWN_VERIFIERS:
        return None
    definition = cls.get_irdl_definition()
    checks: list[Callable[[Operation], None]] = []
    exact = False
    for trait in definition.traits:
        if isinstance(trait, IsolatedFromAbove):
            checks.append(_verify_isolated)
        elif isinstance(trait, _OF_SURROUNDINGS):
            if type(trait).verify is not OpTrait.verify:
                checks.append(trait.verify)
        elif isinstance(trait, _OF_SIGNATURE):
            exact |= isinstance(trait, SameOperandsAndResultType)
        else:
            return None
    custom = inspect.getclosurevars(cls.verify_).nonlocals.get("custom_verify")
    if custom not in (None, Operation.verify_):
        if dialect == "linalg" or not (definition.regions or definition.successors or checks):
            exact = True  # these look at the signature only
        else:
            checks.append(custom)
    terminator = any(isinstance(t, IsTerminator) for t in definition.traits)
    if exact:
        return _Rules(tuple(checks), terminator, False, False, False, None)
    names = {o.attribute_name for o in definition.options if isinstance(o, AttrSizedSegments)}
    for name, attribute in (*definition.properties.items(), *definition.attributes.items()):
        if not _is_loose(attribute.constr):
            names.add(name)
    return _Rules(
        tuple(checks),
        terminator,
        all(_is_loose(part.constr) for _, part in definition.operands),
        all(_is_loose(part.constr) for _, part in definition.results),
        all(part.entry_args == RangeOf(AnyAttr()) for _, part in definition.regions),
        tuple(sorted(names)),
    )


def _is_loose(constraint: AttrConstraint | RangeConstraint) -> bool:
    if isinstance(constraint, RangeLengthConstraint):
        return _is_loose(constraint.constraint)
    if isinstance(constraint, RangeOf):
        return _is_loose(constraint.constr)
    if isinstance(constraint, EqAttrConstraint):  # if there is only one of its class
        attribute = constraint.attr
        return isinstance(attribute, ParametrizedAttribute) and not attribute.parameters
    return type(constraint) in (AnyAttr, BaseAttr, SymbolNameConstraint)
