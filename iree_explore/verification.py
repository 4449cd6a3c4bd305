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
import itertools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from xdsl.dialects.builtin import ArrayAttr, ArrayOfConstraint, SymbolNameConstraint
from xdsl.ir import (
    Attribute,
    Block,
    ErasedSSAValue,
    Operation,
    OpResult,
    ParametrizedAttribute,
    Region,
)
from xdsl.irdl import (
    AllOf,
    AnyAttr,
    AnyOf,
    AttrConstraint,
    AttrSizedSegments,
    BaseAttr,
    EqAttrConstraint,
    IRDLOperation,
    OperandDef,
    ParamAttrConstraint,
    RangeConstraint,
    RangeLengthConstraint,
    RangeOf,
    ResultDef,
    VariadicDef,
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
from xdsl.utils.runtime_final import is_runtime_final

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
_NONE: dict[str, Attribute] = {}
_verified: set[tuple[object, ...]] = set()
"""Signatures that are known to be right."""


class Verifier:
    """Verifies one module as it changes."""

    def __init__(self) -> None:
        # By id(): an op or region, with what was seen of it (which keeps the id from reuse).
        self._seen: dict[int, tuple[Any, ...]] = {}
        self._now: dict[int, tuple[Any, ...]] = {}
        # Ops that may look at anything: they are right if they were, and nothing at all changed.
        self._deferred: list[Operation] | None = None

    def verify(self, module: Operation) -> None:
        """Verifies `module` and everything in it.

        Raises xDSL's `VerifyException` or `ValueError`; then everything is verified again.
        """
        self._now, self._deferred = {}, [] if self._seen else None
        try:
            same = self._verify(module, True, True)
            for op in () if same else self._deferred or ():
                op.verify(verify_nested_ops=False)
        except BaseException:
            self.forget()
            raise
        self._seen = self._now

    def forget(self) -> None:
        """Frees what is remembered."""
        self._seen = self._now = {}
        _numbers.clear()

    def _verify(self, op: Operation, last: bool, outside: bool) -> bool:
        """Returns whether the op and all in it are the same as at the last time.

        `last` is whether it ends its block; `outside` whether the ops around it are the same.
        """
        # Private fields: this runs for every op after every phase.
        operands, successors = op._operands, op._successors  # pyright: ignore
        types = [value._type for value in operands]  # pyright: ignore
        results = [value._type for value in op.results]  # pyright: ignore
        seen = self._seen.get(id(op))
        if (
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
        ):
            own = True
            self._now[id(op)] = seen
        else:
            own = False
            self._now[id(op)] = (
                op, operands, types, results, dict(op.properties),
                dict(op.attributes) if op.attributes else _NONE, op.parent, last, successors,
                op.regions, type(op),
            )  # fmt: skip
        same = own
        for region in op.regions:
            same &= self._verify_region(region, own and outside)
        rules = _rules(type(op))
        if rules is None:
            if self._deferred is None:
                op.verify(verify_nested_ops=False)
            else:
                self._deferred.append(op)
            return same
        if not own:
            _verify_signature(op, types, results, rules)
        if not same and rules.contents:
            for check in rules.contents:
                check(op)
        if not (same and outside):
            if rules.isolated and not same:
                self._verify_isolated(op)
            if last or rules.surroundings or successors:
                _verify_surroundings(op, rules, last)
        return same

    def _verify_region(self, region: Region, outside: bool) -> bool:
        blocks: list[Block] = []
        arguments: list[list[Attribute]] = []
        ops: list[list[Operation]] = []
        block = region._first_block  # pyright: ignore
        while block is not None:
            if block.parent is not region:
                raise ValueError("Parent pointer of block does not refer to containing region")
            blocks.append(block)
            arguments.append([a._type for a in block._args])  # pyright: ignore
            ops.append(inside := [])
            op = block._first_op  # pyright: ignore
            if op is None:
                block.verify()
            while op is not None:
                inside.append(op)
                op = op._next_op  # pyright: ignore
            block = block._next_block  # pyright: ignore
        seen = self._seen.get(id(region))
        same = seen is not None and seen[1] == blocks and seen[2] == arguments
        outside = outside and same
        same = same and seen is not None and seen[3] == ops
        self._now[id(region)] = (region, blocks, arguments, ops)
        for block, inside in zip(blocks, ops, strict=True):
            last = block._last_op  # pyright: ignore
            for op in inside:
                if op.parent is not block:
                    raise ValueError("Parent pointer of operation does not refer to its block")
                same &= self._verify(op, op is last, outside)
        return same

    def _verify_isolated(self, op: Operation) -> None:
        """That nothing inside uses what is defined outside, as xDSL's trait has it, but in one
        walk over the lists of what is inside."""
        owners: set[int] = set()
        operations: list[Operation] = []
        regions = list(op.regions)
        while regions:
            _, blocks, _, ops = self._now[id(regions.pop())]
            owners.update(map(id, blocks))
            for inside in ops:
                owners.update(map(id, inside))
                operations += inside
                for inner in inside:
                    if inner.regions and not _is_isolated(type(inner)):
                        regions += inner.regions
        for inner in operations:
            for operand in inner._operands:  # pyright: ignore[reportPrivateUsage]
                owner = operand.op if type(operand) is OpResult else operand.owner
                if id(owner) not in owners:
                    raise VerifyException(
                        f"{inner.name} uses a value defined out of its IsolatedFromAbove parent"
                    )


def _verify_signature(
    op: Operation, types: list[Attribute], results: list[Attribute], rules: _Rules
) -> None:
    """What depends on types and attributes, unless an op of this signature was verified before;
    then the whole op is."""
    if ErasedSSAValue in map(type, op._operands):  # pyright: ignore[reportPrivateUsage]
        raise VerifyException(f"{op.name} uses an erased value")
    properties, attributes = op.properties, op.attributes
    key = [type(op), *(rules.operands(types)), None, *(rules.results(results))]
    key.append(len(op._successors))  # pyright: ignore[reportPrivateUsage]
    if properties:
        key += properties
        key += map(type, properties.values())
    if attributes:
        key.append(None)
        key += attributes
        key += map(type, attributes.values())
    for name, facet in rules.properties:
        if name in properties:
            key.append(facet(properties[name]))
    for name, facet in rules.attributes:
        if name in attributes:
            key.append(facet(attributes[name]))
    if op.regions:
        key += [_entry(region, rules.loose_entries) for region in op.regions]
    signature = tuple(key)
    if signature not in _verified:
        op.verify(verify_nested_ops=False)
        if len(_verified) >= _MOST:
            _verified.clear()
        _verified.add(signature)


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
    for check in rules.surroundings:
        check(op)


_Facet = Callable[[Any], object]
"""What of an attribute its constraint looks at."""
_Facets = Callable[[list[Attribute]], Iterable[object]]


class _Rules(NamedTuple):
    """How to verify the ops of a class.

    What signatures do not say: `contents` checks what is in an op, `isolated` is whether that may
    not use what is defined outside, `surroundings` checks what is around it, `terminator` is
    whether it may end a block. What signatures have: of `operands` and `results` and of certain
    `properties` and `attributes` their facets, of other attributes only the class; of the arguments
    of regions nothing if they are loose.
    """

    contents: tuple[Callable[[Operation], None], ...]
    isolated: bool
    surroundings: tuple[Callable[[Operation], None], ...]
    terminator: bool
    operands: _Facets
    results: _Facets
    loose_entries: bool
    properties: tuple[tuple[str, _Facet], ...]
    attributes: tuple[tuple[str, _Facet], ...]


@functools.cache
def _rules(cls: type[Operation]) -> _Rules | None:
    """None for a class whose verification may look at anything."""
    dialect = cls.name.partition(".")[0]
    if not issubclass(cls, IRDLOperation) or dialect in _OWN_VERIFIERS:
        return None
    definition = cls.get_irdl_definition()
    contents: list[Callable[[Operation], None]] = []
    surroundings: list[Callable[[Operation], None]] = []
    for trait in definition.traits:
        if isinstance(trait, IsolatedFromAbove):
            continue
        if isinstance(trait, _OF_SURROUNDINGS):
            if type(trait).verify is not OpTrait.verify:
                surroundings.append(trait.verify)
        elif not isinstance(trait, _OF_SIGNATURE):
            return None
        elif isinstance(trait, SameOperandsAndResultType):
            contents.append(trait.verify)
    custom = inspect.getclosurevars(cls.verify_).nonlocals.get("custom_verify")
    if custom not in (None, Operation.verify_):
        # linalg's and those of lone ops look at nothing outside of the op.
        local = dialect == "linalg" or not (
            definition.regions or definition.successors or surroundings or _is_isolated(cls)
        )
        if dialect == "linalg":
            custom = _once_a_signature(custom)
        (contents if local else surroundings).append(custom)
    segments = {
        o.attribute_name: _whole for o in definition.options if isinstance(o, AttrSizedSegments)
    }
    properties, attributes = (
        {**segments, **{n: f for n, a in given.items() if (f := _facet(a.constr)) is not type}}
        for given in (definition.properties, definition.attributes)
    )
    return _Rules(
        tuple(contents),
        _is_isolated(cls),
        tuple(surroundings),
        any(isinstance(t, IsTerminator) for t in definition.traits),
        _facets([part for _, part in definition.operands]),
        _facets([part for _, part in definition.results]),
        all(part.entry_args == RangeOf(AnyAttr()) for _, part in definition.regions),
        tuple(properties.items()),
        tuple(attributes.items()),
    )


_numbers: dict[int, tuple[Attribute, int]] = {}
_equal: dict[Attribute, int] = {}
_new_numbers = itertools.count()
"""None is given twice: what is known of a forgotten one holds for no other."""


def _number(attribute: Attribute) -> int:
    """The same for equal attributes. Most are one object in many ops, and hashing one anew is slow:
    all of it is hashed each time."""
    found = _numbers.get(id(attribute))
    if found is None:
        number = _equal.get(attribute)
        if number is None:
            if len(_equal) >= _MOST:
                _equal.clear()
            number = _equal[attribute] = next(_new_numbers)
        found = _numbers[id(attribute)] = (attribute, number)  # kept: its id stays its own
    return found[1]


def _once_a_signature(check: Callable[[Operation], None]) -> Callable[[Operation], None]:
    """`check`, which looks at types, attributes and arguments of regions only, for ops that differ
    in any of these from all ops before."""
    right: set[tuple[object, ...]] = set()

    def verify(op: Operation) -> None:
        key = (
            *[_number(value.type) for value in op.operands], None,
            *[_number(value.type) for value in op.results],
            *op.properties, *map(_number, op.properties.values()), None,
            *op.attributes, *map(_number, op.attributes.values()),
            *[_entry(region, False) for region in op.regions],
        )  # fmt: skip
        if key not in right:
            check(op)
            if len(right) >= _MOST:
                right.clear()
            right.add(key)

    return verify


@functools.cache
def _is_isolated(cls: type[Operation]) -> bool:
    return cls.has_trait(IsolatedFromAbove)


def _whole(attribute: Attribute) -> object:
    return attribute


def _classes(attributes: list[Attribute]) -> Iterable[object]:
    return map(type, attributes)


def _facets(parts: Sequence[OperandDef | ResultDef]) -> _Facets:
    """The facets of a list of types, given what is said of each part of it."""
    facets = [_range_facet(part.constr) for part in parts]
    if all(facet is type for facet in facets):
        return _classes
    if len(facets) == 1:
        return functools.partial(map, facets[0])
    if any(isinstance(part, VariadicDef) for part in parts):
        return lambda types: types
    count = len(facets)
    return lambda types: (  # of the wrong length: no known signature has it
        [facet(type_) for facet, type_ in zip(facets, types, strict=True)]
        if len(types) == count
        else types
    )


def _range_facet(constraint: RangeConstraint) -> _Facet:
    """The facet of each attribute of a range."""
    if isinstance(constraint, RangeLengthConstraint):
        return _range_facet(constraint.constraint)
    return _facet(constraint.constr) if isinstance(constraint, RangeOf) else _whole


def _facet(constraint: AttrConstraint) -> _Facet:
    """`type` if only the attribute's class matters, else a function that gives what does."""
    if isinstance(constraint, EqAttrConstraint):  # if there is only one of its class
        attribute = constraint.attr
        alone = isinstance(attribute, ParametrizedAttribute) and not attribute.parameters
        return type if alone else _whole
    if type(constraint) in (AnyAttr, BaseAttr, SymbolNameConstraint):
        return type
    if isinstance(constraint, AnyOf | AllOf):
        parts = [facet for c in constraint.attr_constrs if (facet := _facet(c)) is not type]
        if not parts or _whole in parts:
            return _whole if parts else type
        return lambda attribute: (type(attribute), *[part(attribute) for part in parts])
    if isinstance(constraint, ParamAttrConstraint) and is_runtime_final(constraint.base_attr):
        return _parametrized_facet(constraint.base_attr, constraint.param_constrs)
    if isinstance(constraint, ArrayOfConstraint):
        element = _range_facet(constraint.elem_range_constraint)
        return lambda attribute: (
            tuple(map(element, attribute.data)) if type(attribute) is ArrayAttr else type(attribute)
        )
    return _whole


def _parametrized_facet(
    base: type[ParametrizedAttribute], constraints: tuple[AttrConstraint, ...]
) -> _Facet:
    """The facet of an attribute of a class whose parameters have constraints."""
    inside = [
        (operator.attrgetter(name), _facet(constraint))
        for (name, own), constraint in zip(
            base.get_irdl_definition().parameters, constraints, strict=True
        )
        if constraint not in (AnyAttr(), own.constr)  # which the attribute has checked itself
    ]
    if len(inside) == 1:
        get, facet = inside[0]
        return lambda attribute: (
            (base, facet(get(attribute))) if type(attribute) is base else type(attribute)
        )
    return lambda attribute: (
        (base, *[facet(get(attribute)) for get, facet in inside])
        if type(attribute) is base
        else type(attribute)
    )
