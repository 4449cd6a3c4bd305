# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One kernel: an entry function of scalar loops over buffers becomes a `spirv.module`.

The function is what is left after `vectorize-generic` of the pipeline `SPIRVBaseDistribute`: scf
loops and conditions, memref accesses, `arith` and `math` on scalars. `problems` says beforehand
what a profile cannot have; `Lowering` then writes the kernel op by op with `build.Kernel`.
i64 values of which only the low half matters (workload entries on their way to `index`) are `i32`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from xdsl.dialects import scf
from xdsl.dialects.builtin import (
    Float32Type,
    Float64Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    VectorType,
    i32,
)
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, Block, Operation, SSAValue

from iree_explore.codegen.dialect import (
    LOOP_ANNOTATION,
    SHARED,
    InvocationGuardOp,
    LoopAnnotationAttr,
    translation_info_of,
)
from iree_explore.errors import GapError
from iree_explore.targets.spirv import lower_math, lower_scalars, lower_wide
from iree_explore.targets.spirv.build import Index, Kernel
from iree_explore.targets.spirv.lower_memory import (
    PAIR,
    Memory,
    i64,
    local_memory,
    register_type,
    shared_memory,
    storage_type,
    stored_bits,
)
from iree_explore.targets.spirv.lower_vectors import (
    aligned,
    dense_lanes,
    element_of,
    is_wide,
    lane_count,
    lane_op,
)
from iree_explore.targets.spirv.lower_wide import (
    constant_integer,
    low_half_suffices,
    takes_pairs,
)
from iree_explore.targets.spirv.ops import ModuleOp
from iree_explore.targets.spirv.verify import Profile
from iree_explore.walk import walk

RULES: dict[str, lower_scalars.Rule] = {**lower_scalars.RULES, **lower_math.RULES}
_LOCAL_NBYTES = 256 << 10
"""What the variables of an invocation may take."""

_STRUCTURE = frozenset(
    """func.return scf.for scf.if scf.while scf.yield scf.condition memref.load memref.store
    memref.alloca memref.dim gpu.barrier vector.load vector.store vector.broadcast vector.extract
    vector.insert vector.shuffle vector.fma vector.reduction arith.constant llvm.mlir.constant
    iree_codegen.local_memory iree_codegen.invocation_guard
    hal.interface.binding.subspan hal.interface.constant.load
    hal.interface.workgroup.id hal.interface.workgroup.count gpu.thread_id""".split()
)


def problems(func: FuncOp, profile: Profile) -> list[str]:
    """What of an entry function a profile cannot have, each once."""
    found: dict[str, None] = {}
    native = profile.name == "native"
    for op in walk(func):
        if op is func:
            continue
        if op.name not in RULES and op.name not in _STRUCTURE:
            found[f"{op.name} has no lowering to spirv"] = None
        name = lower_math.FUNCTION_OF.get(op.name)
        if name is not None:
            is_f64 = isinstance(element_of(op.operands[0].type), Float64Type)
            if reason := lower_math.lacking_function(name, is_f64, profile.name):
                found[reason] = None
        for result in op.results:
            reason = _lacking_type(result, native)
            if reason:
                found[f"{op.name}: {reason}"] = None
        if not native and op.name not in lower_wide.RULES and op.name in RULES and takes_pairs(op):
            found[f"{op.name}: the profile portable has no i64"] = None
    found.update(dict.fromkeys(_too_many(func, profile)))
    size = sum(_local_nbytes(op.results[0].type) for op in walk(func) if op.name in _LOCALS)
    if _is_shared(func):
        if size > profile.max_workgroup_memory:
            limit = profile.max_workgroup_memory
            found[f"a workgroup needs {size} bytes of its own, {limit} are possible"] = None
    elif size > _LOCAL_NBYTES:
        found[f"an invocation needs {size} bytes of its own, {_LOCAL_NBYTES} are possible"] = None
    return list(found)


def _is_shared(func: FuncOp) -> bool:
    """Whether local memory is the workgroup's."""
    info = translation_info_of(func)
    return info is not None and info.pipeline.data in SHARED


def _too_many(func: FuncOp, profile: Profile) -> Iterator[str]:
    """Bindings and constants beyond what a profile has."""
    bound = {_number(op, "binding") for op in walk(func) if op.name == _SUBSPAN}
    if len(bound) > profile.max_storage_buffers:
        limit = profile.max_storage_buffers
        yield f"the profile {profile.name} has {limit} storage buffers, not {len(bound)}"
    ordinals = [_number(op, "ordinal") for op in walk(func) if op.name == _CONSTANT]
    nbytes = 4 * (1 + max(ordinals, default=-1))
    if nbytes > profile.max_push_constants:
        limit = profile.max_push_constants
        yield f"the profile {profile.name} has {limit} bytes of push constants, not {nbytes}"


_SUBSPAN, _CONSTANT = "hal.interface.binding.subspan", "hal.interface.constant.load"
_LOCALS = ("iree_codegen.local_memory", "memref.alloca")


def _local_nbytes(type_: Attribute) -> int:
    assert isinstance(type_, MemRefType)
    return math.prod(type_.get_shape()) * max(4, stored_bits(type_.element_type) // 8)


def _lacking_type(value: SSAValue, native: bool) -> str:
    """Why a profile has no values of this type; "" if it has."""
    type_ = value.type
    if isinstance(type_, MemRefType | VectorType):
        type_ = type_.element_type
    elif low_half_suffices(value):
        return ""
    if isinstance(type_, Float32Type | IndexType):
        return ""
    if isinstance(type_, IntegerType) and type_.width.data <= 32:
        return ""
    if type_ == i64:
        return ""
    if isinstance(type_, Float64Type):
        return "" if native else f"the profile portable has no {type_}"
    return f"no profile has {type_}"


class Lowering:
    """Writes the kernel of one entry function for a profile."""

    def __init__(self, func: FuncOp, profile: Profile) -> None:
        info = translation_info_of(func)
        size = info.workgroup_size if info is not None else ()
        x, y, z = size or (1, 1, 1)
        self.func = func
        self.k = Kernel(func.sym_name.data, (x, y, z), profile)
        self.words = profile.name != "native"
        self.values: dict[SSAValue, SSAValue] = {}
        self.memories: dict[SSAValue, Memory] = {}
        self.bindings: dict[tuple[int, Attribute], SSAValue] = {}
        self.constants: list[SSAValue] = []
        self.lanes: dict[SSAValue, list[SSAValue]] = {}
        self.shared = _is_shared(func)
        self.wide = self._wide_bindings()

    def _wide_bindings(self) -> set[int]:
        """Bindings whose variables have vectors as elements."""
        found: dict[int, list[SSAValue]] = {}
        for op in walk(self.func):
            if op.name == _SUBSPAN:
                found.setdefault(_number(op, "binding"), []).append(op.results[0])
        return {number for number, buffers in found.items() if is_wide(buffers, parts=False)}

    def run(self) -> ModuleOp:
        """The module, checked; raises `ModelError` IX220 for what breaks a rule."""
        loads = [op for op in walk(self.func) if op.name == _CONSTANT]
        if loads:
            count = 1 + max(_number(op, "ordinal") for op in loads)
            self.constants = self.k.push_constants(*[i32] * count)
        self.block(list(self.func.body.block.ops))
        return self.k.finish()

    # Values

    def value(self, value: SSAValue, type_: Attribute | None = None) -> SSAValue:
        """A value in registers; a constant is made for the type that is wanted."""
        found = self.values.get(value)
        if found is not None:
            return found
        op = value.owner
        assert isinstance(op, Operation), value
        return self._constant(op.properties["value"], type_ or self.register(value))

    def _constant(self, attribute: Attribute, type_: Attribute) -> SSAValue:
        """A scalar constant."""
        if isinstance(attribute, FloatAttr):
            return lower_math.float_constant(self.k, attribute.value.data, type_)
        assert isinstance(attribute, IntegerAttr), attribute
        if type_ == PAIR:
            return lower_wide.constant(self.k, attribute.value.data)
        return self.k.constant(_wrapped(attribute, type_), type_)

    def register(self, value: SSAValue) -> Attribute:
        """The type that a value has in the kernel."""
        return i32 if low_half_suffices(value) else register_type(value.type, self.words)

    def index(self, value: SSAValue) -> Index:
        """An index, as a number if it is constant."""
        known = constant_integer(value)
        return self.value(value) if known is None else known

    # Ops

    def block(self, ops: Sequence[Operation]) -> None:
        """Code of a block, without what ends it; what follows a guard is in its condition."""
        for place, op in enumerate(ops):
            if isinstance(op, InvocationGuardOp):
                inside = self.k.op("SLessThan", self.value(op.number), self.value(op.count))
                with self.k.when(inside):
                    self.block(ops[place + 1 :])
                return
            self.operation(op)

    def operation(self, op: Operation) -> None:
        """Code of one op."""
        outer, self.k.source = self.k.source, op
        self._operation(op)
        self.k.source = outer

    def _operation(self, op: Operation) -> None:
        if op.name in ("arith.constant", "llvm.mlir.constant", "func.return"):
            return
        rule = RULES.get(op.name)
        if op.name.startswith("vector."):
            self._vector(op)
        elif rule is not None and any(lane_count(v.type) for v in (*op.operands, *op.results)):
            self._lane_by_lane(op, rule)
        elif rule is not None:
            self._scalar(op, rule)
        elif isinstance(op, scf.ForOp):
            self._for(op)
        elif isinstance(op, scf.WhileOp):
            self._while(op)
        elif isinstance(op, scf.IfOp):
            self._if(op)
        else:
            self._memory(op)

    def _scalar(self, op: Operation, rule: lower_scalars.Rule) -> None:
        k = self.k
        if op.results and low_half_suffices(op.results[0]):
            self.values[op.results[0]] = self._low_half(op)
            return
        if self.words and takes_pairs(op):
            operands = [self._wide(v) if v.type == i64 else self.value(v) for v in op.operands]
            made = lower_wide.RULES[op.name](k, op, operands)
            assert isinstance(made, SSAValue)
            self.values[op.results[0]] = made
            return
        known = next((self.values[v] for v in op.operands if v in self.values), None)
        operands = [
            self.value(v, known.type if known is not None and _same_type(op) else None)
            for v in op.operands
        ]
        made = rule(k, op, operands)
        results = made if isinstance(made, list) else [made]
        self.values.update(zip(op.results, results, strict=True))

    # Vectors

    def vector(self, value: SSAValue) -> list[SSAValue]:
        """The lanes of a value; a scalar is one lane."""
        if value in self.lanes:
            return self.lanes[value]
        if not lane_count(value.type):
            return [self.value(value, self.register(value))]
        op = value.owner
        assert isinstance(op, Operation), value
        type_ = register_type(element_of(value.type), self.words)
        return [self._constant(part, type_) for part in dense_lanes(op.properties["value"])]

    def _lane_by_lane(self, op: Operation, rule: lower_scalars.Rule) -> None:
        if self.words and takes_pairs(op):
            rule = lower_wide.RULES[op.name]
        count = max(lane_count(v.type) for v in (*op.operands, *op.results))
        operands = [self.vector(v) for v in op.operands]
        scalar = lane_op(op)
        made: list[list[SSAValue]] = [[] for _ in op.results]
        for lane in range(count):
            parts = [v[lane] if len(v) > 1 else v[0] for v in operands]
            found = rule(self.k, scalar, parts)
            found = found if isinstance(found, list) else [found]
            for result, part in zip(made, found, strict=True):
                result.append(part)
        self.lanes.update(zip(op.results, made, strict=True))

    def _vector(self, op: Operation) -> None:
        k = self.k
        match op.name:
            case "vector.load":
                memory = self.memories[op.operands[0]]
                count = lane_count(op.results[0].type)
                indices = [self.index(v) for v in op.operands[1:]]
                whole = self._whole(op.operands[0], op.operands[1:], count)
                self.lanes[op.results[0]] = memory.lanes(k, indices, count, whole)
            case "vector.store":
                memory, values = self.memories[op.operands[1]], self.vector(op.operands[0])
                indices = [self.index(v) for v in op.operands[2:]]
                whole = self._whole(op.operands[1], op.operands[2:], len(values))
                memory.store_lanes(k, indices, values, whole)
            case "vector.broadcast":
                self.lanes[op.results[0]] = self.vector(op.operands[0]) * lane_count(
                    op.results[0].type
                )
            case "vector.extract":
                self.values[op.results[0]] = self.vector(op.operands[0])[_lane(op)]
            case "vector.insert":
                lanes = list(self.vector(op.operands[1]))
                lanes[_lane(op)] = self.vector(op.operands[0])[0]
                self.lanes[op.results[0]] = lanes
            case "vector.fma":
                a, b, c = (self.vector(v) for v in op.operands)
                self.lanes[op.results[0]] = [
                    lower_scalars.added(k, k.op("FMul", x, y), z)
                    for x, y, z in zip(a, b, c, strict=True)
                ]
            case "vector.shuffle":
                lanes = [*self.vector(op.operands[0]), *self.vector(op.operands[1])]
                mask: Any = op.properties["mask"]
                self.lanes[op.results[0]] = [lanes[n] for n in mask.get_values()]
            case "vector.reduction":
                self.values[op.results[0]] = self._reduced(op)
            case _:
                raise GapError("IX203", f"{op.name}: no lowering to spirv")

    def _whole(self, buffer: SSAValue, indices: Sequence[SSAValue], count: int) -> bool:
        type_, owner = buffer.type, buffer.owner
        assert isinstance(type_, MemRefType) and isinstance(owner, Operation)
        return count == 4 and aligned(type_, list(owner.operands), list(indices))

    def _reduced(self, op: Operation) -> SSAValue:
        rule = (lower_wide.RULES if self.words and takes_pairs(op) else RULES)[_combiner(op)]
        scalar = lane_op(op)
        first, *rest = self.vector(op.operands[0])
        for lane in rest:
            found = rule(self.k, scalar, [first, lane])
            assert isinstance(found, SSAValue)
            first = found
        return first

    def _flat(self, values: Sequence[SSAValue]) -> list[SSAValue]:
        """Scalars of all values, one after the other."""
        return [part for value in values for part in self.vector(value)]

    def _assign(self, values: Sequence[SSAValue], parts: Sequence[SSAValue]) -> None:
        """The inverse of `_flat` for results and arguments."""
        left = iter(parts)
        for value in values:
            count = lane_count(value.type)
            if count:
                self.lanes[value] = [next(left) for _ in range(count)]
            else:
                self.values[value] = next(left)

    def _low_half(self, op: Operation) -> SSAValue:
        """The low half of an i64 that an op makes."""
        k = self.k
        if op.name == "arith.shli":
            amount = constant_integer(op.operands[1])
            if amount is not None:
                if amount >= 32:
                    return k.constant(0, i32)
                return k.op("ShiftLeftLogical", self._low(op.operands[0]), amount)
        if op.name in ("arith.extsi", "arith.extui", "arith.index_cast", "arith.index_castui"):
            sign = op.name in ("arith.extsi", "arith.index_cast")
            extend = lower_scalars.signed if sign else lower_scalars.unsigned
            return extend(k, self.value(op.operands[0]), op.operands[0].type)
        if op.name == "arith.select":
            condition, *rest = op.operands
            return k.op("Select", self.value(condition), *(self._low(v) for v in rest))
        names = {"arith.addi": "IAdd", "arith.subi": "ISub", "arith.muli": "IMul",
                 "arith.andi": "BitwiseAnd", "arith.ori": "BitwiseOr",
                 "arith.xori": "BitwiseXor"}  # fmt: skip
        if op.name in names:
            return k.op(names[op.name], *(self._low(v) for v in op.operands))
        rules = lower_wide.RULES if self.words else RULES
        made = rules[op.name](k, op, [self.value(v) for v in op.operands])
        assert isinstance(made, SSAValue)
        return self._word(made)

    def _low(self, value: SSAValue) -> SSAValue:
        return self._word(self.value(value, i32))

    def _word(self, value: SSAValue) -> SSAValue:
        """The low word of an integer of one or two."""
        if value.type == PAIR:
            return lower_wide.halves(self.k, value)[0]
        return value if value.type == i32 else self.k.op("UConvert", value, result=i32)

    def _wide(self, value: SSAValue) -> SSAValue:
        """A pair; of a number of which only the low word is known any high one does."""
        found = self.value(value, PAIR)
        return found if found.type == PAIR else lower_wide.pair(self.k, found, 0)

    # Control flow

    def _for(self, op: scf.ForOp) -> None:
        k = self.k
        bounds = [self.value(v) for v in (op.lb, op.ub, op.step)]
        carried = self._flat(op.iter_args)
        body = op.body.block
        hint = op.attributes.get(LOOP_ANNOTATION)
        full = isinstance(hint, LoopAnnotationAttr) and hint.unroll.data == "full"

        def step(values: Sequence[SSAValue]) -> list[SSAValue]:
            self._assign(body.args, values)
            self.block(list(body.ops)[:-1])
            return [k.op("IAdd", values[0], bounds[2]), *self._yielded(body)]

        results = k.repeat(
            [bounds[0], *carried], lambda v: k.op("SLessThan", v[0], bounds[1]), step,
            control="Unroll" if full else "None",
        )  # fmt: skip
        self._assign(op.results, results[1:])

    def _yielded(self, block: Block) -> list[SSAValue]:
        end = block.last_op
        assert end is not None
        return self._flat(end.operands)

    def _while(self, op: scf.WhileOp) -> None:
        """The condition is computed before the loop and at the end of each turn: a loop's header
        may hold nothing but its test."""
        before, after = op.before_region.block, op.after_region.block

        def tested(arguments: Sequence[SSAValue]) -> list[SSAValue]:
            self._assign(before.args, arguments)
            self.block(list(before.ops)[:-1])
            return self._yielded(before)

        def turn(values: Sequence[SSAValue]) -> list[SSAValue]:
            self._assign(after.args, values[1:])
            self.block(list(after.ops)[:-1])
            return tested(self._yielded(after))

        first = tested(self._flat(op.arguments))
        results = self.k.repeat(first, lambda v: v[0], turn)
        self._assign(op.results, results[1:])

    def _if(self, op: scf.IfOp) -> None:
        def otherwise() -> list[SSAValue]:
            if not op.false_region.blocks:
                return []
            block = op.false_region.block
            self.block(list(block.ops)[:-1])
            return self._yielded(block)

        with self.k.select(self.value(op.cond), otherwise) as values:
            block = op.true_region.block
            self.block(list(block.ops)[:-1])
            values += self._yielded(block)
        self._assign(op.results, values)

    # Memory and the interface

    def _memory(self, op: Operation) -> None:
        k = self.k
        match op.name:
            case "memref.load":
                memory = self.memories[op.operands[0]]
                indices = [self.index(v) for v in op.operands[1:]]
                loaded = memory.load(k, indices)
                narrow = loaded.type == PAIR and low_half_suffices(op.results[0])
                self.values[op.results[0]] = self._word(loaded) if narrow else loaded
            case "memref.store":
                memory = self.memories[op.operands[1]]
                stored = register_type(op.operands[0].type, self.words)
                value = self.value(op.operands[0], stored)
                memory.store(k, [self.index(v) for v in op.operands[2:]], value)
            case "iree_codegen.local_memory" | "memref.alloca":
                self.memories[op.results[0]] = self._local(op)
            case "gpu.barrier":
                k.barrier(buffers="address_spaces" in op.attributes)
            case "memref.dim":
                number = constant_integer(op.operands[1])
                assert number is not None
                self.values[op.results[0]] = k.index(self.memories[op.operands[0]].sizes[number])
            case "hal.interface.binding.subspan":
                self.memories[op.results[0]] = self._binding(op)
            case "hal.interface.constant.load":
                self.values[op.results[0]] = self.constants[_number(op, "ordinal")]
            case "hal.interface.workgroup.id" | "hal.interface.workgroup.count":
                built_in = "WorkgroupId" if op.name.endswith("id") else "NumWorkgroups"
                place = _number(op, "dimension")
                self.values[op.results[0]] = self._built_in(built_in, place)
            case "gpu.thread_id":
                self.values[op.results[0]] = self._built_in("LocalInvocationId", 0)
            case _:
                raise GapError("IX203", f"{op.name}: no lowering to spirv")

    def _local(self, op: Operation) -> Memory:
        type_: Any = op.results[0].type
        if not self.shared or op.name == "memref.alloca":
            return local_memory(self.k, type_.get_shape(), type_.element_type, self.words)
        number = sum(memory.local for memory in self.memories.values())
        wide = is_wide([op.results[0]], parts=not self.words)
        name = f"shared_{number}"
        return shared_memory(self.k, name, type_.get_shape(), type_.element_type, wide, self.words)

    def _built_in(self, name: str, dimension: int) -> SSAValue:
        ids = self.k.built_in(name)
        return self.k.op("CompositeExtract", ids, indices=[dimension], result=i32)

    def _binding(self, op: Operation) -> Memory:
        """A binding's variable: one for each type of element that is stored in it."""
        type_: Any = op.results[0].type
        element = type_.element_type
        number = _number(op, "binding")
        wide = number in self.wide
        stored = storage_type(element, self.words)
        stored = VectorType(stored, [4]) if wide else stored
        key = number, stored
        if key not in self.bindings:
            layout: Any = op.properties["layout"]
            read_only = layout.bindings.data[number].flags.data == "ReadOnly"
            name = f"binding_{number}_{element_of(stored)}" + "x4" * wide
            self.bindings[key] = self.k.buffer(name, stored, number, read_only=read_only)
        dynamic: Iterator[SSAValue] = iter(op.operands)
        sizes = tuple(self.index(next(dynamic)) if size < 0 else size for size in type_.get_shape())
        return Memory(self.bindings[key], sizes, element, self.words, local=False, wide=wide)


def _lane(op: Operation) -> int:
    found: Any = op.properties["static_position"]
    return found.get_values()[0]


def _combiner(op: Operation) -> str:
    """The op on scalars that a `vector.reduction` repeats."""
    kind: Any = op.properties["kind"]
    suffix = "f" if isinstance(op.results[0].type, Float32Type | Float64Type) else "i"
    name = str(kind.data)
    return "arith." + (name + suffix if name in ("add", "mul", "and", "or", "xor") else name)


def _number(op: Operation, name: str) -> int:
    found: Any = op.properties[name]
    return found.value.data


def _same_type(op: Operation) -> bool:
    """Whether all operands have one type, as those of arithmetic do."""
    return len({v.type for v in op.operands}) == 1


def _wrapped(attribute: IntegerAttr, type_: Attribute) -> int:
    """The number in as many bits as the type has; of an index the nearest that there is."""
    assert isinstance(type_, IntegerType)
    number, bits = attribute.value.data, type_.width.data
    if bits == 1:
        return number & 1
    if isinstance(attribute.type, IndexType):
        return max(-(1 << 31), min(number, (1 << 31) - 1))
    return (number + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))
