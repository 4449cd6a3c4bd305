# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`DialectOp`: the base class of our dialects' ops, and attributes that many ops share.

It is `IRDLOperation` with a constructor that takes a third of the time where arguments are values,
types and lists of them; anything else goes to xDSL's, which also raises the errors. Attributes are
immutable: `symbol`, `tensor_type`, ... make each only once. `build` and `make`
are the same for xDSL's ops.
"""

from __future__ import annotations

import functools
import itertools
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self, TypeVar

from xdsl.dialects.arith import ConstantOp
from xdsl.dialects.builtin import (
    UNKNOWN_LOC,
    ArrayAttr,
    DenseArrayBase,
    FunctionType,
    IndexType,
    IntegerAttr,
    IntegerType,
    ModuleOp,
    StringAttr,
    SymbolRefAttr,
    TensorType,
    i32,
)
from xdsl.dialects.func import FuncOp, ReturnOp
from xdsl.ir import (
    Attribute,
    Block,
    BlockArgument,
    Operation,
    OpResult,
    Region,
    SSAValue,
    SSAValues,
    Use,
)
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    OptionalDef,
    ParsePropInAttrDict,
    VariadicDef,
)

INDEX = IndexType()
_OpT = TypeVar("_OpT", bound=Operation)
_IRDLOpT = TypeVar("_IRDLOpT", bound=IRDLOperation)
_VALUES = (OpResult, BlockArgument)
_LISTS = (list, tuple, SSAValues)


class DialectOp(IRDLOperation):
    """An op of one of our dialects; arguments as for `IRDLOperation`."""

    def __init__(
        self,
        *,
        operands: Sequence[Any] = (),
        result_types: Sequence[Any] = (),
        properties: Mapping[str, Attribute | None] | None = None,
        attributes: Mapping[str, Attribute | None] | None = None,
        successors: Sequence[Any] = (),
        regions: Sequence[Any] = (),
    ) -> None:
        if not _construct(
            self, operands, result_types, properties, attributes, successors, regions
        ):
            super().__init__(
                operands=operands, result_types=result_types, properties=properties,
                attributes=attributes, successors=successors, regions=regions,
            )  # fmt: skip

    def __post_init__(self) -> None:
        if _plan(type(self)) is None:
            super().__post_init__()  # looks for defaults

    @classmethod
    def build(cls, **arguments: Any) -> Self:
        """An op made from its parts, whatever the class's own constructor takes."""
        op = cls.__new__(cls)
        DialectOp.__init__(op, **arguments)
        return op


def make(
    cls: type[_OpT],
    operands: Sequence[SSAValue],
    result_types: Sequence[Attribute],
    properties: Mapping[str, Attribute] | None = None,
) -> _OpT:
    """`cls.create` of an op of any dialect without regions and successors, in half of the time."""
    op = cls.__new__(cls)
    defaults = _defaults(cls)
    _fill(op, operands, result_types, {**defaults, **properties} if properties else dict(defaults))
    return op


def build(
    cls: type[_IRDLOpT],
    operands: Sequence[Any] = (),
    result_types: Sequence[Any] = (),
    properties: Mapping[str, Attribute | None] | None = None,
    regions: Sequence[Region] = (),
) -> _IRDLOpT:
    """An op of any dialect from its parts, as `DialectOp.build`."""
    op = cls.__new__(cls)
    if not _construct(op, operands, result_types, properties, None, (), regions):
        IRDLOperation.__init__(
            op, operands=operands, result_types=result_types, properties=properties, regions=regions
        )
    return op


def _construct(
    op: IRDLOperation,
    operands: Sequence[Any],
    result_types: Sequence[Any],
    properties: Mapping[str, Attribute | None] | None,
    attributes: Mapping[str, Attribute | None] | None,
    successors: Sequence[Any],
    regions: Sequence[Any],
) -> bool:
    """Fills in the op, if its class and the arguments are as simple as nearly all are."""
    plan = _plan(type(op))
    if (
        plan is None
        or len(regions) != plan.regions
        or len(successors) != plan.successors
        or not all([type(r) is Region for r in regions])
        or not all([type(s) is Block for s in successors])
    ):
        return False
    values = _operands(operands, plan.operands)
    types = _types(result_types, plan.results)
    if values is None or types is None:
        return False
    flat, sizes = values
    kept = {n: a for n, a in properties.items() if a is not None} if properties else {}
    if plan.segments:
        kept[AttrSizedOperandSegments.attribute_name] = _segments(sizes)
    _fill(op, flat, types, kept)
    if attributes:
        op.attributes = {n: a for n, a in attributes.items() if a is not None}
    if successors:
        op.successors = successors
    for region in regions:
        op.add_region(region)
    return True


def assemble(
    cls: type[_OpT],
    operands: Sequence[SSAValue],
    result_types: Sequence[Attribute],
    properties: Mapping[str, Attribute],
    attributes: Mapping[str, Attribute],
) -> _OpT:
    """An op of just these parts, without regions and successors: no default is filled in."""
    op = cls.__new__(cls)
    _fill(op, operands, result_types, dict(properties))
    op.attributes = dict(attributes)
    return op


def clone(op: _OpT, values: dict[SSAValue, SSAValue] | None = None) -> _OpT:
    """`op.clone()` in half of the time, for ops without successors that only use what was defined
    before them; `values` are those to use instead of others."""
    values = {} if values is None else values
    operands = [values.get(v, v) for v in op._operands]  # pyright: ignore[reportPrivateUsage]
    types = [result.type for result in op.results]
    made = assemble(type(op), operands, types, op.properties, op.attributes)
    made.location = op.location
    for old, new in zip(op.results, made.results, strict=True):
        if old.name_hint is not None:
            new.name_hint = old.name_hint
        values[old] = new
    for region in op.regions:
        made.add_region(Region([_clone_block(block, values) for block in region.blocks]))
    return made


def _clone_block(block: Block, values: dict[SSAValue, SSAValue]) -> Block:
    made = Block(arg_types=block.arg_types)
    for old, new in zip(block.args, made.args, strict=True):
        new.name_hint, new.location = old.name_hint, old.location
        values[old] = new
    for op in block.ops:
        append(made, clone(op, values))
    return made


def append(block: Block, op: Operation) -> None:
    """`block.add_op` of an op that was just made: in no block, around none."""
    op.parent = block
    last = block._last_op  # pyright: ignore[reportPrivateUsage]
    if last is None:
        block._first_op = op  # pyright: ignore[reportPrivateUsage]
    else:
        last._next_op, op._prev_op = op, last  # pyright: ignore[reportPrivateUsage]
    block._last_op = op  # pyright: ignore[reportPrivateUsage]


def _fill(
    op: Operation,
    operands: Sequence[SSAValue],
    result_types: Sequence[Attribute],
    properties: dict[str, Attribute],
) -> None:
    """What `Operation.__init__` does, for an op without attributes, regions and successors."""
    op.properties = properties
    op.attributes = {}
    op.location = UNKNOWN_LOC
    op.regions = ()
    op._successors = op._successor_uses = ()  # pyright: ignore[reportPrivateUsage]
    values = op._operands = SSAValues(operands)  # pyright: ignore[reportPrivateUsage]
    uses = op._operand_uses = tuple([Use(op, i) for i in range(len(values))])  # pyright: ignore[reportPrivateUsage]
    for value, use in zip(values, uses, strict=True):
        value.add_use(use)
    op.results = SSAValues([OpResult(t, op, i) for i, t in enumerate(result_types)])


@functools.cache
def _defaults(cls: type[Operation]) -> dict[str, Attribute]:
    """Properties that an op of the class has where none are given."""
    assert issubclass(cls, IRDLOperation)
    properties = cls.get_irdl_definition().properties
    return {
        name: definition.default_value
        for name, definition in properties.items()
        if not isinstance(definition, OptionalDef) and definition.default_value is not None
    }


def operand_segments(op: Operation) -> list[tuple[SSAValue, ...]]:
    """The operands of an op with operand segments, a tuple for each segment; accessors by name
    decode the sizes each time."""
    sizes = op.properties[AttrSizedOperandSegments.attribute_name]
    assert isinstance(sizes, DenseArrayBase)
    operands = tuple(op._operands)  # pyright: ignore[reportPrivateUsage]
    return [operands[begin:end] for begin, end in _bounds(sizes.data.data)]


@functools.lru_cache(1 << 10)
def _bounds(sizes: bytes) -> tuple[tuple[int, int], ...]:
    ends = list(itertools.accumulate(struct.unpack(f"<{len(sizes) // 4}i", sizes)))
    return tuple(zip([0, *ends], ends, strict=False))


class _Plan(NamedTuple):
    """What the constructor needs to know of a class. Of `operands` and `results`: 1 for a value, 0
    for one or none, -1 for any number."""

    operands: tuple[int, ...]
    results: tuple[int, ...]
    regions: int
    successors: int
    segments: bool


@functools.cache
def _plan(cls: type[IRDLOperation]) -> _Plan | None:
    """None if only xDSL's constructor will do: defaults, variadic regions and the like."""
    definition = cls.get_irdl_definition()
    segments = False
    for option in definition.options:
        if isinstance(option, AttrSizedOperandSegments) and option.as_property:
            segments = True
        elif not isinstance(option, ParsePropInAttrDict):
            return None
    attributes = (*definition.properties.values(), *definition.attributes.values())
    if any(getattr(a, "default_value", None) is not None for a in attributes):
        return None
    if any(isinstance(d, VariadicDef) for _, d in (*definition.regions, *definition.successors)):
        return None
    operands = tuple(_arity(d) for _, d in definition.operands)
    results = tuple(_arity(d) for _, d in definition.results)
    if sum(a < 1 for a in results) > 1 or (sum(a < 1 for a in operands) > 1 and not segments):
        return None
    return _Plan(operands, results, len(definition.regions), len(definition.successors), segments)


def _arity(definition: object) -> int:
    if isinstance(definition, OptionalDef):
        return 0
    return -1 if isinstance(definition, VariadicDef) else 1


def _operands(
    given: Sequence[Any], arities: tuple[int, ...]
) -> tuple[list[Any], tuple[int, ...]] | None:
    """All values in one list and how many each argument has; None if it is not that simple."""
    if len(given) != len(arities):
        return None
    flat: list[Any] = []
    sizes: list[int] = []
    for argument, arity in zip(given, arities, strict=True):
        if type(argument) in _VALUES:
            flat.append(argument)
            sizes.append(1)
        elif type(argument) in _LISTS and _fits(len(argument), arity):
            for value in argument:
                if type(value) not in _VALUES:
                    return None
            flat += argument
            sizes.append(len(argument))
        elif arity == 0 and argument is None:
            sizes.append(0)
        else:
            return None
    return flat, tuple(sizes)


def _fits(count: int, arity: int) -> bool:
    return arity < 0 or count == arity or (arity == 0 and count == 1)


def _types(given: Sequence[Any], arities: tuple[int, ...]) -> list[Any] | None:
    if len(given) != len(arities):
        return None
    flat: list[Any] = []
    for argument, arity in zip(given, arities, strict=True):
        if type(argument) in _LISTS:
            if not _fits(len(argument), arity):
                return None
            flat += argument
        elif argument is not None:
            flat.append(argument)
        elif arity:
            return None
    return flat


@functools.cache
def _segments(sizes: tuple[int, ...]) -> DenseArrayBase:
    return DenseArrayBase.from_list(i32, sizes)


@functools.lru_cache(1 << 12)
def symbol(name: str, *nested: str) -> SymbolRefAttr:
    """`@name::@nested`."""
    return SymbolRefAttr(name, [string(n) for n in nested])


@functools.lru_cache(1 << 12)
def string(value: str) -> StringAttr:
    """`"value"`."""
    return StringAttr(value)


@functools.lru_cache(1 << 12)
def integer(value: int, type_: IntegerType | IndexType) -> IntegerAttr:
    """`value : type`."""
    return IntegerAttr(value, type_)


def scalar_constant(value: int, type_: IntegerType | IndexType) -> ConstantOp:
    """`arith.constant value : type`."""
    return ConstantOp.create(properties={"value": integer(value, type_)}, result_types=[type_])


def index_constant(value: int) -> ConstantOp:
    """`arith.constant value : index`."""
    return scalar_constant(value, INDEX)


@functools.lru_cache(1 << 12)
def integers(values: tuple[int, ...], type_: IntegerType) -> DenseArrayBase:
    """`array<type: values>`."""
    return DenseArrayBase.from_list(type_, values)


def tensor_type(element: Attribute, sizes: Iterable[int]) -> TensorType:
    """`tensor<sizes x element>`, -1 (`DYNAMIC_INDEX`) where a size is unknown."""
    return _tensor_type(element, tuple(sizes))


@functools.lru_cache(1 << 12)
def _tensor_type(element: Attribute, sizes: tuple[int, ...]) -> TensorType:
    return TensorType(element, sizes)


def function_type(inputs: Sequence[Attribute], outputs: Sequence[Attribute]) -> FunctionType:
    """`(inputs) -> (outputs)`, without the checks of xDSL's constructor."""
    type_ = FunctionType.__new__(FunctionType)
    object.__setattr__(type_, "inputs", ArrayAttr(inputs))
    object.__setattr__(type_, "outputs", ArrayAttr(outputs))
    return type_


def function_op(
    name: str,
    inputs: Sequence[Attribute],
    outputs: Sequence[Attribute],
    body: Region,
    visibility: str | None = None,
) -> FuncOp:
    """`func.func visibility @name(inputs) -> (outputs)`; `body` is taken over."""
    properties: dict[str, Attribute] = {
        "sym_name": string(name),
        "function_type": function_type(inputs, outputs),
    }
    if visibility is not None:
        properties["sym_visibility"] = string(visibility)
    return build(FuncOp, properties=properties, regions=[body])


def return_op(*values: SSAValue) -> ReturnOp:
    """`func.return values`."""
    return make(ReturnOp, values, ())


def module_of(ops: Sequence[Operation]) -> ModuleOp:
    """`module { ops }`."""
    return build(ModuleOp, regions=[Region(Block(ops))])
