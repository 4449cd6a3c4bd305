# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks of whole modules: what no op can say alone, and what a profile allows.

Profiles: *portable* is what Vulkan 1.1, Dawn and a browser all take (SPIR-V 1.3, 32-bit numbers,
at most 256 invocations, 32 KiB of workgroup memory, 8 storage buffers, 64 bytes of constants),
*native* what a Vulkan 1.3 device with all features we use takes (SPIR-V 1.6). All problems are
reported at once, as one `ModelError` IX220.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IntegerAttr,
    StringAttr,
    UnitAttr,
    VectorType,
)
from xdsl.ir import Attribute, Operation
from xdsl.utils.exceptions import DiagnosticException, VerifyException

from iree_explore.errors import ModelError
from iree_explore.targets.spirv.capabilities import deduce, parts_of
from iree_explore.targets.spirv.dominance import undominated
from iree_explore.targets.spirv.enums import CAPABILITIES
from iree_explore.targets.spirv.ops import (
    AddressOfOp,
    ConstantOp,
    EntryPointOp,
    ExecutionModeOp,
    FuncOp,
    FunctionCallOp,
    GlobalVariableOp,
    ModuleOp,
    ReferenceOfOp,
    SpecConstantOp,
    interface_of,
    symbol_name,
)
from iree_explore.targets.spirv.rules import integers, member_type
from iree_explore.targets.spirv.types import (
    ArrayType,
    RuntimeArrayType,
    StructType,
    bits_of,
    element_of,
    is_scalar,
    size_of,
)


@dataclass(frozen=True)
class Profile:
    """What modules of a profile may have; limits as in Vulkan, sizes in bytes."""

    name: str
    version: int
    capabilities: frozenset[str]
    max_invocations: int
    max_workgroup_memory: int
    max_storage_buffers: int
    max_push_constants: int


PORTABLE = Profile("portable", 13, frozenset({"Shader"}), 256, 32 << 10, 8, 64)
NATIVE = Profile("native", 16, frozenset(CAPABILITIES), 1024, 48 << 10, 64, 128)
PROFILES = {profile.name: profile for profile in (PORTABLE, NATIVE)}


def check_module(module: ModuleOp, profile: Profile | None = None) -> None:
    """Raises `ModelError` IX220 that lists every rule that the module breaks, those of its profile
    among them."""
    found = list(_op_problems(module))
    if not found:
        found = [
            *_module_problems(module),
            *(_profile_problems(module, profile) if profile else ()),
        ]
    if found:
        count = "a rule" if len(found) == 1 else f"{len(found)} rules"
        what = f"the SPIR-V module {_title(module)} breaks {count}"
        raise ModelError("IX220", what, because="\n".join(found))


def _title(module: ModuleOp) -> str:
    names = [op.sym_name.data for op in module.ops if isinstance(op, FuncOp)]
    return "of " + ", ".join(names) if names else "without functions"


def _op_problems(module: ModuleOp) -> Iterator[str]:
    """Each op by itself, every one that is wrong."""
    for op in module.walk():
        try:
            op.verify(verify_nested_ops=False)
        except (VerifyException, DiagnosticException) as error:
            yield f"{op.name}: {error}"


_REFERENCES: dict[type[Operation], tuple[str, type[Operation]]] = {
    AddressOfOp: ("variable", GlobalVariableOp),
    ReferenceOfOp: ("spec_const", SpecConstantOp),
    FunctionCallOp: ("callee", FuncOp),
    EntryPointOp: ("fn", FuncOp),
    ExecutionModeOp: ("fn", FuncOp),
}


def _module_problems(module: ModuleOp) -> Iterator[str]:
    symbols = {symbol_name(op, "sym_name"): op for op in module.ops if "sym_name" in op.properties}
    kinds = (FuncOp, GlobalVariableOp, SpecConstantOp, EntryPointOp, ExecutionModeOp)
    yield from (f"{op.name} stands in a function" for op in module.ops if not isinstance(op, kinds))
    if not any(isinstance(op, EntryPointOp) for op in module.ops):
        yield "there is no spirv.EntryPoint"
    for op in module.walk():
        if type(op) in _REFERENCES:
            attribute, kind = _REFERENCES[type(op)]
            name = symbol_name(op, attribute)
            target = symbols.get(name)
            if not isinstance(target, kind):
                yield f"{op.name} refers to @{name}, which is no {kind.name}"
            elif isinstance(op, AddressOfOp | ReferenceOfOp | FunctionCallOp):
                yield from _reference_problems(op, target)
        if isinstance(op, ConstantOp):
            yield from _constant_problems(op.value, op.constant.type)
    yield from _entry_problems(module, symbols)
    yield from _requirement_problems(module)
    for op in module.ops:
        if isinstance(op, FuncOp):
            yield from undominated(op)
    for op in module.ops:
        if isinstance(op, GlobalVariableOp):
            yield from _layout_problems(op)


def _reference_problems(op: Operation, target: Operation) -> Iterator[str]:
    if isinstance(target, FuncOp):
        given = ([v.type for v in op.operands], [r.type for r in op.results])
        wanted = (list(target.function_type.inputs), list(target.function_type.outputs))
        if given != wanted:
            yield f"spirv.FunctionCall of @{target.sym_name.data} does not fit its type"
        return
    if isinstance(target, GlobalVariableOp):
        wanted_type: Attribute = target.type
    else:
        assert isinstance(target, SpecConstantOp)
        value = target.default_value
        assert isinstance(value, IntegerAttr | FloatAttr)
        wanted_type = value.type
    if op.results[0].type != wanted_type:
        yield f"{op.name} is {op.results[0].type}, but it refers to {wanted_type}"


def _constant_problems(value: Attribute, type_: Attribute) -> Iterator[str]:
    if isinstance(value, UnitAttr):
        return
    if isinstance(value, IntegerAttr | FloatAttr):
        if value.type != type_:
            yield f"spirv.Constant {value} is no {type_}"
    elif isinstance(value, DenseIntOrFPElementsAttr):
        shape = list(type_.get_shape()) if isinstance(type_, VectorType) else None
        if shape != list(value.get_shape()) or value.get_element_type() != element_of(type_):
            yield f"spirv.Constant {value} is no {type_}"
    elif isinstance(value, ArrayAttr) and not is_scalar(type_):
        members = [member_type(type_, index) for index in range(len(value))]
        wanted = len(parts_of(type_)) if isinstance(type_, StructType) else _length(type_)
        if len(value) != wanted or None in members:
            yield f"spirv.Constant has {len(value)} parts for {type_}"
            return
        for item, member in zip(value, members, strict=True):
            assert member is not None
            yield from _constant_problems(item, member)
    else:
        yield f"spirv.Constant {value} is no {type_}"


def _length(type_: Attribute) -> int:
    return type_.count.data if isinstance(type_, ArrayType) else -1


def _entry_problems(module: ModuleOp, symbols: dict[str, Operation]) -> Iterator[str]:
    version = module.vce_triple.version.data if module.vce_triple else 13
    sized = {
        symbol_name(op, "fn")
        for op in module.ops
        if isinstance(op, ExecutionModeOp) and op.execution_mode.data == "LocalSize"  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    }
    for op in module.ops:
        if not isinstance(op, EntryPointOp):
            continue
        name = symbol_name(op, "fn")
        func = symbols.get(name)
        if isinstance(func, FuncOp) and (
            func.function_type.inputs.data or func.function_type.outputs.data
        ):
            yield f"the entry point {name} takes and returns nothing"
        if name not in sized:
            yield f"the entry point {name} has no execution mode LocalSize"
        interface = set(interface_of(op))
        for item in sorted(interface):
            variable = symbols.get(item)
            if not isinstance(variable, GlobalVariableOp):
                yield f"@{item} in the interface of {name} is no spirv.GlobalVariable"
            elif version < 14 and variable.type.storage_class.data not in ("Input", "Output"):
                yield f"@{item}: before SPIR-V 1.4 an interface has Input and Output only"
        for used in sorted(used_variables(symbols, func)):
            kind = symbols[used].type.storage_class.data  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
            if used not in interface and (version >= 14 or kind in ("Input", "Output")):
                yield f"@{used} is used by {name}, but not in its interface"


def used_variables(symbols: dict[str, Operation], func: Operation | None) -> set[str]:
    """The global variables that a function and those that it calls use."""
    found: set[str] = set()
    seen: set[Operation] = set()
    work = [func] if isinstance(func, FuncOp) else []
    while work:
        current = work.pop()
        seen.add(current)
        for op in current.walk():
            if isinstance(op, AddressOfOp):
                name = symbol_name(op, "variable")
                found.update([name] if isinstance(symbols.get(name), GlobalVariableOp) else [])
            elif isinstance(op, FunctionCallOp):
                callee = symbols.get(symbol_name(op, "callee"))
                if isinstance(callee, FuncOp) and callee not in seen:
                    work.append(callee)
    return found


def _requirement_problems(module: ModuleOp) -> Iterator[str]:
    given = module.vce_triple
    if given is None:
        return
    names = [name.data for name in given.capabilities]
    yield from (f"no capability is called {n}" for n in names if n not in CAPABILITIES)
    have = {part for name in names if name in CAPABILITIES for part in _closure(name)}
    needed = deduce(module, given.version.data)
    if needed.version.data > given.version.data:
        yield f"it needs version 1.{needed.version.data % 10}, but says 1.{given.version.data % 10}"
    for name in needed.capabilities:
        if name.data not in have:
            yield f"it needs capability {name.data}, which #spirv.vce lacks"
    for name in needed.extensions:
        if name.data not in {extension.data for extension in given.extensions}:
            yield f"it needs extension {name.data}, which #spirv.vce lacks"


def _closure(name: str) -> Iterator[str]:
    yield name
    for part in CAPABILITIES[name].implies:
        yield from _closure(part)


def _layout_problems(op: GlobalVariableOp) -> Iterator[str]:
    """Memory that the host sees has offsets and strides; other memory has none."""
    kind, name = op.type.storage_class.data, op.sym_name.data
    visible = kind in ("StorageBuffer", "Uniform", "PushConstant", "PhysicalStorageBuffer")
    if visible:
        struct = op.type.pointee
        if not isinstance(struct, StructType) or StringAttr("Block") not in struct.decorations.data:
            yield f"@{name} in {kind} is a struct with Block, not {struct}"
    work: list[Attribute] = [op.type.pointee]
    while work:
        type_ = work.pop()
        work += parts_of(type_)
        if isinstance(type_, StructType):
            if bool(type_.offsets.data) != visible and type_.members.data:
                yield f"@{name} in {kind}: {type_} {'lacks' if visible else 'has'} offsets"
        elif isinstance(type_, ArrayType | RuntimeArrayType) and bool(type_.stride.data) != visible:
            yield f"@{name} in {kind}: {type_} {'lacks' if visible else 'has'} a stride"
        if isinstance(type_, RuntimeArrayType) and not visible:
            yield f"@{name} in {kind}: a runtime array is in a buffer"
        if visible and is_scalar(type_) and bits_of(type_) == 1:
            yield f"@{name} in {kind}: an i1 has no layout"


def _profile_problems(module: ModuleOp, profile: Profile) -> Iterator[str]:
    vce = module.vce_triple or deduce(module)
    where = f"the profile {profile.name}"
    if vce.version.data > profile.version:
        yield f"{where} has SPIR-V 1.{profile.version % 10}, not 1.{vce.version.data % 10}"
    for name in deduce(module).capabilities:
        if not set(_closure(name.data)) - {"Matrix"} <= profile.capabilities:
            yield f"{where} has no {name.data}"
    variables = [op for op in module.ops if isinstance(op, GlobalVariableOp)]
    totals = {"Workgroup": 0, "PushConstant": 0, "StorageBuffer": 0}
    for op in variables:
        kind = op.type.storage_class.data
        if kind in totals:
            totals[kind] += 1 if kind == "StorageBuffer" else size_of(op.type.pointee)
    for kind, limit, unit in (
        ("Workgroup", profile.max_workgroup_memory, "bytes of workgroup memory"),
        ("PushConstant", profile.max_push_constants, "bytes of push constants"),
        ("StorageBuffer", profile.max_storage_buffers, "storage buffers"),
    ):
        if totals[kind] > limit:
            yield f"{where} has {limit} {unit}, not {totals[kind]}"
    for op in module.ops:
        if isinstance(op, ExecutionModeOp) and op.execution_mode.data == "LocalSize":  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
            x, y, z = integers(op, "values")
            if x * y * z > profile.max_invocations:
                yield f"{where} has {profile.max_invocations} invocations, not {x * y * z}"
