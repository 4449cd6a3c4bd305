# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What rows demand of types: the classes of values and the named rules (specification, 2.16, 3.42).

A rule takes an op and yields what is wrong with it. Rules of Vulkan's environment are among them
(Vulkan, appendix A, "Validation Rules within a Module"), as all our devices run that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import Float64Type, IntegerAttr, IntegerType, VectorType
from xdsl.ir import Attribute, Operation, SSAValue

from iree_explore.targets.spirv.enums import SEMANTICS
from iree_explore.targets.spirv.types import (
    FLOATS,
    ArrayType,
    CooperativeMatrixType,
    EnumAttr,
    PointerType,
    RuntimeArrayType,
    StructType,
    bits_of,
    count_of,
    element_of,
    is_bool,
    is_scalar,
    signless,
)

if TYPE_CHECKING:
    from iree_explore.targets.spirv.dialect import RowOp

Problems = Iterator[str]
COMPOSITES = (VectorType, ArrayType, StructType, CooperativeMatrixType)
_ORDERS = ("Acquire", "Release", "AcquireRelease", "SequentiallyConsistent")
_STORAGE_BITS = 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800 | 0x1000


def _of(
    element: Callable[[Attribute], bool], scalar: bool = True, vector: bool = True, m: bool = False
) -> Callable[[Attribute], bool]:
    def fits(type_: Attribute) -> bool:
        if isinstance(type_, CooperativeMatrixType):
            return m and element(type_.element)
        if isinstance(type_, VectorType):
            return vector and element(type_.element_type)
        return scalar and element(type_)

    return fits


def _is_int(type_: Attribute) -> bool:
    return isinstance(type_, IntegerType) and not is_bool(type_)


def _is_float(type_: Attribute) -> bool:
    return isinstance(type_, FLOATS)


CLASSES: dict[str, tuple[str, Callable[[Attribute], bool]]] = {
    "any": ("any type", lambda type_: True),
    "float": ("a float or vector of floats", _of(_is_float)),
    "floatm": ("a float, vector or cooperative matrix of floats", _of(_is_float, m=True)),
    "int": ("an integer or vector of integers", _of(_is_int)),
    "intm": ("an integer, vector or cooperative matrix of integers", _of(_is_int, m=True)),
    "bool": ("an i1 or vector of i1", _of(is_bool)),
    "plain": ("a scalar or vector", _of(is_scalar)),
    "bits": ("a number or vector of numbers", _of(lambda t: is_scalar(t) and not is_bool(t))),
    "scalar": ("a scalar", is_scalar),
    "fscalar": ("a float", _is_float),
    "iscalar": ("an integer", _is_int),
    "bscalar": ("an i1", is_bool),
    "vector": ("a vector", _of(is_scalar, scalar=False)),
    "fvector": ("a vector of floats", _of(_is_float, scalar=False)),
    "bvector": ("a vector of i1", _of(is_bool, scalar=False)),
    "uint4": (
        "a vector of 4 32-bit integers",
        lambda t: isinstance(t, VectorType) and signless(t) == VectorType(IntegerType(32), [4]),
    ),
    "ptr": ("a pointer", lambda t: isinstance(t, PointerType)),
    "struct": ("a struct", lambda t: isinstance(t, StructType)),
    "matrix": ("a cooperative matrix", lambda t: isinstance(t, CooperativeMatrixType)),
    "composite": ("a vector, array, struct or matrix", lambda t: isinstance(t, COMPOSITES)),
}
"""What operands and results may be, by name: in words, and as a predicate on the type."""


def constant_integer(value: SSAValue) -> int | None:
    """The value of a `spirv.Constant` integer; None for anything else."""
    owner = value.owner
    if isinstance(owner, Operation) and owner.name == "spirv.Constant":
        found = owner.properties.get("value")
        if isinstance(found, IntegerAttr):
            return found.value.data
    return None


def integers(op: Operation, name: str) -> list[int]:
    """The literal integers of attribute `name`."""
    return [item.value.data for item in op.properties[name]]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType, reportUnknownMemberType]


def member_type(type_: Attribute, index: int | None) -> Attribute | None:
    """The type of a component; None where there is none (or the index is not known and matters)."""
    if isinstance(type_, StructType):
        members = type_.members.data
        return members[index] if index is not None and 0 <= index < len(members) else None
    if isinstance(type_, ArrayType | RuntimeArrayType | CooperativeMatrixType):
        return type_.element
    return type_.element_type if isinstance(type_, VectorType) else None


def walk_type(type_: Attribute, indices: Sequence[int | None]) -> Attribute | str:
    """The type that a path of indices reaches, or what is wrong with the path."""
    for position, index in enumerate(indices):
        limit = None
        if isinstance(type_, ArrayType):
            limit = type_.count.data
        elif isinstance(type_, VectorType):
            limit = type_.get_shape()[0]
        if limit is not None and index is not None and not 0 <= index < limit:
            return f"index {position} is {index}, but {type_} has {limit} components"
        inner = member_type(type_, index)
        if inner is None:
            found = "no constant" if index is None else str(index)
            return f"index {position} is {found}, which selects nothing in {type_}"
        type_ = inner
    return type_


def pointee(value: SSAValue) -> Attribute:
    """What a pointer points to."""
    assert isinstance(value.type, PointerType)
    return value.type.pointee


def _types(op: Operation) -> list[Attribute]:
    return [signless(value.type) for value in op.operands]


def _same(op: RowOp) -> Problems:
    types = [*_types(op), *(signless(result.type) for result in op.results)]
    if len(set(types)) > 1:
        yield "operands and result differ in type: " + ", ".join(map(str, types))


def _operands(op: RowOp) -> Problems:
    if len(set(_types(op))) > 1:
        yield "operands differ in type: " + ", ".join(map(str, _types(op)))


def _operand_counts(op: RowOp) -> Problems:
    if len({count_of(type_) for type_ in _types(op)}) > 1:
        yield "operands differ in their number of components: " + ", ".join(map(str, _types(op)))


def _count(op: RowOp) -> Problems:
    operand, result = op.operands[0].type, op.results[0].type
    if count_of(operand) != count_of(result):
        yield f"{operand} and {result} differ in their number of components"


def _resize(op: RowOp) -> Problems:
    operand, result = element_of(op.operands[0].type), element_of(op.results[0].type)
    if bits_of(operand) == bits_of(result) and operand == result:
        yield f"{operand} and {result} have the same width"


def _element(op: RowOp) -> Problems:
    whole, part = op.operands[0].type, op.operands[1].type
    if signless(element_of(whole)) != signless(part):
        yield f"{part} is no component of {whole}"


def _pair(op: RowOp) -> Problems:
    result, operand = op.results[0].type, op.operands[0].type
    if not (isinstance(result, StructType) and list(result.members) == [operand, operand]):
        yield f"the result is a struct of two {operand}, not {result}"


def _width(*widths: int) -> Callable[[RowOp], Problems]:
    def rule(op: RowOp) -> Problems:
        element = element_of(op.operands[0].type)
        if bits_of(element) not in widths:
            yield f"{element} is not {' or '.join(map(str, widths))} bits wide"

    return rule


def _not_f64(op: RowOp) -> Problems:
    if isinstance(element_of(op.operands[0].type), Float64Type):
        yield "GLSL.std.450 has this for f16 and f32 only, not for f64"


def _bitcast(op: RowOp) -> Problems:
    def total(type_: Attribute) -> int:
        count = count_of(type_)
        assert isinstance(count, int)
        return count * bits_of(element_of(type_))

    operand, result = op.operands[0].type, op.results[0].type
    if total(operand) != total(result):
        yield f"{operand} has {total(operand)} bits, {result} has {total(result)}"
    elif operand == result:
        yield f"operand and result have the same type {operand}"


def _inserted(op: RowOp) -> Problems:
    if signless(op.operands[0].type) != signless(op.operands[1].type):
        yield f"{op.operands[1].type} does not go into {op.operands[0].type}"


def _select(op: RowOp) -> Problems:
    condition, true, false = (value.type for value in op.operands)
    if signless(true) != signless(false):
        yield f"the two values differ in type: {true} and {false}"
    elif count_of(condition) not in (1, count_of(true)):
        yield f"{condition} and {true} differ in their number of components"


def _variable(op: RowOp) -> Problems:
    type_, given = op.results[0].type, op.properties["storage_class"]
    assert isinstance(type_, PointerType)
    assert isinstance(given, EnumAttr)
    if given.data != type_.storage_class.data or given.data != "Function":
        yield f"a variable in a function has storage class Function, not {given.data} and {type_}"
    block = op.parent_block()
    func = op.parent_op()
    if func is not None and (func.name != "spirv.func" or block is not func.regions[0].blocks[0]):
        yield "variables stand in the first block of their function"
    if op.operands and op.operands[0].type != type_.pointee:
        yield f"{op.operands[0].type} cannot initialise {type_}"


def _access(op: RowOp) -> Problems:
    access, alignment = op.properties.get("memory_access"), op.properties.get("alignment")
    aligned = isinstance(access, EnumAttr) and "Aligned" in access.data.split("|")
    if aligned != (alignment is not None):
        yield "an alignment is given if and only if memory_access has Aligned"
    elif isinstance(alignment, IntegerAttr) and alignment.value.data.bit_count() != 1:
        yield f"the alignment {alignment.value.data} is no power of two"


def _stored(op: RowOp) -> Problems:
    if pointee(op.operands[0]) != op.operands[1].type:
        yield f"{op.operands[1].type} cannot be stored through {op.operands[0].type}"


def _copied(op: RowOp) -> Problems:
    if pointee(op.operands[0]) != pointee(op.operands[1]):
        yield f"{op.operands[1].type} cannot be copied to {op.operands[0].type}"


def _chain(op: RowOp) -> Problems:
    base, result = op.operands[0].type, op.results[0].type
    assert isinstance(base, PointerType)
    assert isinstance(result, PointerType)
    skip = 2 if op.row.name == "PtrAccessChain" else 1
    found = walk_type(base.pointee, [constant_integer(v) for v in op.operands[skip:]])
    if isinstance(found, str):
        yield found
    elif result != PointerType(found, base.storage_class.data):
        yield f"the result is {PointerType(found, base.storage_class.data)}, not {result}"


def _length(op: RowOp) -> Problems:
    struct, index = pointee(op.operands[0]), op.properties["array_member"]
    assert isinstance(index, IntegerAttr)
    members = struct.members.data if isinstance(struct, StructType) else ()
    last = index.value.data
    if last != len(members) - 1 or not isinstance(members[last], RuntimeArrayType):
        yield f"member {last} of {struct} is not its runtime array"
    if signless(op.results[0].type) != IntegerType(32):
        yield f"the length is an i32, not {op.results[0].type}"


def _shuffle(op: RowOp) -> Problems:
    first, second, result = op.operands[0].type, op.operands[1].type, op.results[0].type
    components = integers(op, "components")
    total = sum(c for t in (first, second) if isinstance(c := count_of(t), int))
    if not element_of(first) == element_of(second) == element_of(result):
        yield f"component types differ: {first}, {second}, {result}"
    if len(components) != count_of(result):
        yield f"{len(components)} components do not make {result}"
    yield from (f"component {c} is not below {total}" for c in components if not 0 <= c < total)


def _construct(op: RowOp) -> Problems:
    result, given = op.results[0].type, [value.type for value in op.operands]
    if isinstance(result, VectorType):
        parts = [part for part in given if element_of(part) == result.element_type]
        total = sum(c for part in parts if isinstance(c := count_of(part), int))
        if len(parts) < len(given) or len(given) < 2 or total != count_of(result):
            yield f"{', '.join(map(str, given))} do not make {result}"
        return
    if isinstance(result, StructType):
        wanted = list(result.members)
    elif isinstance(result, ArrayType):
        if len(given) != result.count.data:
            yield f"{len(given)} values do not make {result}"
        wanted = [result.element] * len(given)
    else:
        wanted = [element_of(result)]
    if given != wanted:
        yield f"{', '.join(map(str, given)) or 'nothing'} does not make {result}"


def _extract(op: RowOp) -> Problems:
    found = walk_type(op.operands[0].type, integers(op, "indices"))
    if isinstance(found, str):
        yield found
    elif found != op.results[0].type:
        yield f"the component is {found}, not {op.results[0].type}"


def _insert(op: RowOp) -> Problems:
    found = walk_type(op.operands[1].type, integers(op, "indices"))
    if isinstance(found, str):
        yield found
    elif found != op.operands[0].type:
        yield f"the component is {found}, not {op.operands[0].type}"


def _order(op: RowOp, name: str) -> Problems:
    semantics = op.properties[name]
    assert isinstance(semantics, EnumAttr)
    orders = [part for part in semantics.data.split("|") if part in _ORDERS]
    if len(orders) > 1:
        yield f"{name} has more than one memory order: {semantics.data}"
    if "SequentiallyConsistent" in orders:
        yield f"{name}: Vulkan has no SequentiallyConsistent"
    if orders and not SEMANTICS.encode(semantics.data) & _STORAGE_BITS:
        yield f"{name} {semantics.data} names no storage class, such as WorkgroupMemory"
    if not orders and SEMANTICS.encode(semantics.data) & _STORAGE_BITS:
        yield f"{name} {semantics.data} names no memory order, such as AcquireRelease"


def _scope(op: RowOp, name: str, allowed: tuple[str, ...]) -> Problems:
    scope = op.properties[name]
    assert isinstance(scope, EnumAttr)
    if scope.data not in allowed:
        yield f"{name} is {' or '.join(allowed)} in Vulkan, not {scope.data}"


_MEMORY_SCOPES = ("Device", "Workgroup", "Subgroup", "Invocation", "QueueFamily")


def _barrier(op: RowOp) -> Problems:
    if "execution_scope" in op.properties:
        yield from _scope(op, "execution_scope", ("Workgroup", "Subgroup"))
    yield from _scope(op, "memory_scope", _MEMORY_SCOPES)
    yield from _order(op, "memory_semantics")
    semantics = op.properties["memory_semantics"]
    assert isinstance(semantics, EnumAttr)
    if op.row.name == "MemoryBarrier" and semantics.number == 0:
        yield "memory_semantics None orders nothing: a MemoryBarrier has a memory order"


def _atomic(op: RowOp) -> Problems:
    pointer = op.operands[0].type
    assert isinstance(pointer, PointerType)
    if pointer.storage_class.data in ("Function", "Private", "Input", "PushConstant"):
        yield f"no atomics in storage class {pointer.storage_class.data}"
    if not is_scalar(pointer.pointee) or is_bool(pointer.pointee):
        yield f"atomics work on numbers, not on {pointer.pointee}"
    elif _is_int(pointer.pointee) and bits_of(pointer.pointee) not in (32, 64):
        yield f"atomics on integers need 32 or 64 bits, not {pointer.pointee}"
    wrong = [v.type for v in op.operands[1:] if signless(v.type) != signless(pointer.pointee)]
    yield from (f"{type_} is not what {pointer} points to" for type_ in wrong)
    yield from _scope(op, "memory_scope", _MEMORY_SCOPES)
    for name in ("semantics", "equal_semantics", "unequal_semantics"):
        if name in op.properties:
            yield from _order(op, name)
    refused = {"AtomicLoad": ("Release", "AcquireRelease")}
    refused["AtomicStore"] = ("Acquire", "AcquireRelease")
    semantics = op.properties.get("semantics")
    if isinstance(semantics, EnumAttr):
        for part in set(semantics.data.split("|")) & set(refused.get(op.row.name, ())):
            yield f"semantics {part} makes no sense for it"


def _compared(op: RowOp) -> Problems:
    semantics = op.properties["unequal_semantics"]
    assert isinstance(semantics, EnumAttr)
    if set(semantics.data.split("|")) & {"Release", "AcquireRelease"}:
        yield f"unequal_semantics {semantics.data}: nothing is stored in that case"


def _group(op: RowOp) -> Problems:
    yield from _scope(op, "execution_scope", ("Subgroup",))


def _cluster(op: RowOp) -> Problems:
    operation = op.properties["group_operation"]
    assert isinstance(operation, EnumAttr)
    size = constant_integer(op.operands[1]) if len(op.operands) > 1 else None
    if (operation.data == "ClusteredReduce") != (len(op.operands) > 1):
        yield "a cluster_size is given if and only if the operation is ClusteredReduce"
    elif len(op.operands) > 1 and (size is None or size.bit_count() != 1):
        yield "cluster_size is a constant power of two"


def _matrix_access(op: RowOp) -> Problems:
    pointer = op.operands[0].type
    assert isinstance(pointer, PointerType)
    if not is_scalar(element_of(pointer.pointee)) or is_bool(element_of(pointer.pointee)):
        yield f"{pointer} does not point to numbers or vectors of numbers"
    if pointer.storage_class.data not in ("Workgroup", "StorageBuffer", "PhysicalStorageBuffer"):
        yield f"no cooperative matrices in storage class {pointer.storage_class.data}"
    fixed = 1 + (op.row.name == "KHR.CooperativeMatrixStore")
    if len(op.operands) == fixed:
        yield "row and column major matrices have a stride"
    yield from _access(op)


def _mul_add(op: RowOp) -> Problems:
    a, b, c = (value.type for value in op.operands)
    assert isinstance(a, CooperativeMatrixType)
    assert isinstance(b, CooperativeMatrixType)
    assert isinstance(c, CooperativeMatrixType)
    uses = [matrix.use.data for matrix in (a, b, c)]
    if uses != ["MatrixA", "MatrixB", "MatrixAcc"]:
        yield f"a, b and c are used as MatrixA, MatrixB and MatrixAcc, not as {', '.join(uses)}"
    if (a.rows, b.columns, a.columns) != (c.rows, c.columns, b.rows):
        yield f"{a} times {b} does not make {c}"


def _dot(op: RowOp) -> Problems:
    first, second = op.operands[0].type, op.operands[1].type
    packed = not isinstance(first, VectorType)
    if count_of(first) != count_of(second) or bits_of(element_of(first)) != bits_of(
        element_of(second)
    ):
        yield f"{first} and {second} differ in shape or width"
    elif packed and bits_of(first) != 32:
        yield f"packed operands have 32 bits, not {first}"
    if packed != ("format" in op.properties):
        yield "a packed format is given if and only if the operands are scalars"


def _half(op: RowOp) -> Problems:
    packed, pair = op.operands[0].type, op.results[0].type
    if op.row.name == "GL.PackHalf2x16":
        packed, pair = pair, packed
    if bits_of(element_of(pair)) != 32 or count_of(pair) != 2 or bits_of(packed) != 32:
        yield f"a vector<2xf32> and an i32, not {pair} and {packed}"


def _frexp(op: RowOp) -> Problems:
    operand, result = op.operands[0].type, op.results[0].type
    members = list(result.members) if isinstance(result, StructType) else []
    right = len(members) == 2 and members[0] == operand
    if not right or element_of(members[1]) != IntegerType(32):
        yield f"the result is a struct of {operand} and as many i32, not {result}"


def _returns(op: RowOp) -> Problems:
    func = op.parent_op()
    while func is not None and func.name != "spirv.func":
        func = func.parent_op()
    if func is None:
        yield "it is not in a spirv.func"
        return
    outputs = list(func.properties["function_type"].outputs)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType]
    if outputs != [value.type for value in op.operands]:
        yield f"the function returns {', '.join(map(str, outputs)) or 'nothing'}"


RULES: dict[str, Callable[[RowOp], Problems]] = {
    "same": _same, "operands": _operands, "operand_counts": _operand_counts, "count": _count,
    "resize": _resize, "element": _element, "pair": _pair, "f32": _width(32),
    "bits32": _width(32), "not_f64": _not_f64, "bitcast": _bitcast, "inserted": _inserted,
    "select": _select, "variable": _variable, "access": _access, "stored": _stored,
    "copied": _copied, "chain": _chain, "length": _length, "shuffle": _shuffle,
    "construct": _construct, "extract": _extract, "insert": _insert, "barrier": _barrier,
    "atomic": _atomic, "compared": _compared, "group": _group, "cluster": _cluster,
    "matrix_access": _matrix_access, "mul_add": _mul_add, "dot": _dot, "half": _half,
    "frexp": _frexp, "returns": _returns,
}  # fmt: skip
"""Rules by the name that rows give them."""
