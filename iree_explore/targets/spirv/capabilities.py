# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a module requires of a device: version, capabilities, extensions, deduced from its ops.

A row of the table names its op's capability; types bring theirs (`Float16`), more so in memory that
the host sees (`StorageBuffer16BitAccess`), and so do enumerants. `update_vce` writes the result to
the module as `#spirv.vce`, MLIR's pass of the same name.
"""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.dialects.builtin import (
    ArrayAttr,
    BFloat16Type,
    FunctionType,
    IntegerType,
    VectorType,
)
from xdsl.ir import Attribute, Operation

from iree_explore.targets.spirv.dialect import RowOp
from iree_explore.targets.spirv.enums import (
    BUILT_IN,
    CAPABILITIES,
    MODE_EXTENSIONS,
    STORAGE_CLASS,
)
from iree_explore.targets.spirv.ops import (
    CooperativeMatrixLengthOp,
    ExecutionModeOp,
    GlobalVariableOp,
    ModuleOp,
)
from iree_explore.targets.spirv.types import (
    ArrayType,
    CooperativeMatrixType,
    EnumAttr,
    PointerType,
    RuntimeArrayType,
    StructType,
    VceAttr,
    bits_of,
    count_of,
    element_of,
    is_scalar,
)

_STORED = {
    (16, "StorageBuffer"): "StorageBuffer16BitAccess",
    (16, "PhysicalStorageBuffer"): "StorageBuffer16BitAccess",
    (16, "Uniform"): "UniformAndStorageBuffer16BitAccess",
    (16, "PushConstant"): "StoragePushConstant16",
    (16, "Input"): "StorageInputOutput16",
    (16, "Output"): "StorageInputOutput16",
    (8, "StorageBuffer"): "StorageBuffer8BitAccess",
    (8, "PhysicalStorageBuffer"): "StorageBuffer8BitAccess",
    (8, "Uniform"): "UniformAndStorageBuffer8BitAccess",
    (8, "PushConstant"): "StoragePushConstant8",
}
"""(bits, storage class) -> what memory of such scalars requires."""

_MOVES = ("spirv.Load", "spirv.Store", "spirv.FConvert", "spirv.UConvert", "spirv.SConvert")

_SCALARS = {"f16": "Float16", "f64": "Float64", "bf16": "BFloat16TypeKHR"}
_INTEGERS = {8: "Int8", 16: "Int16", 64: "Int64"}


def parts_of(type_: Attribute) -> list[Attribute]:
    """The types that a type is made of."""
    if isinstance(type_, StructType):
        return list(type_.members)
    if isinstance(type_, ArrayType | RuntimeArrayType | CooperativeMatrixType):
        return [type_.element]
    if isinstance(type_, PointerType):
        return [type_.pointee]
    return [type_.element_type] if isinstance(type_, VectorType) else []


class _Deduction:
    def __init__(self) -> None:
        self.names: dict[str, None] = {"Shader": None}
        self.extensions: set[str] = set()
        self.version = 10
        self.seen: set[tuple[Attribute, str]] = set()

    def add(self, name: str) -> None:
        if name:
            self.names[name] = None

    def type(self, type_: Attribute, storage: str = "") -> None:
        """A type, in memory of a storage class ("": as a value)."""
        if (type_, storage) in self.seen:
            return
        self.seen.add((type_, storage))
        if isinstance(type_, PointerType):
            storage = type_.storage_class.data
            self.add(STORAGE_CLASS.requires.get(storage, ""))
            if storage == "StorageBuffer":
                self.version = max(self.version, 13)
        elif isinstance(type_, CooperativeMatrixType):
            self.add("CooperativeMatrixKHR")
            if isinstance(type_.element, BFloat16Type):
                self.add("BFloat16CooperativeMatrixKHR")
        elif isinstance(type_, FunctionType):
            for part in (*type_.inputs, *type_.outputs):
                self.type(part)
        elif not parts_of(type_):
            self.scalar(type_, storage)
        for part in parts_of(type_):
            self.type(part, storage)

    def scalar(self, type_: Attribute, storage: str) -> None:
        stored = _STORED.get((bits_of(type_), storage))
        if stored:
            self.add(stored)
            if isinstance(type_, BFloat16Type):
                self.add("BFloat16TypeKHR")
        elif isinstance(type_, IntegerType):
            self.add(_INTEGERS.get(type_.width.data, ""))
        else:
            self.add(_SCALARS.get(str(type_), ""))

    def attribute(self, attribute: Attribute) -> None:
        if isinstance(attribute, EnumAttr):
            for name in attribute.data.split("|"):
                self.add(attribute.enum.requires.get(name, ""))
        elif isinstance(attribute, ArrayAttr):
            for item in attribute:
                self.attribute(item)

    def op(self, op: Operation) -> None:
        for result in op.results:
            # Small types that are only loaded, converted and stored need no arithmetic on them.
            if op.name not in _MOVES or isinstance(result.type, PointerType):
                self.type(result.type)
        for attribute in op.properties.values():
            self.attribute(attribute)
        if isinstance(op, RowOp):
            for name in row_capabilities(op):
                self.add(name)
            if op.row.name == "Select":
                condition, value = op.operands[0].type, op.operands[1].type
                plain = is_scalar(value) or count_of(condition) != 1
                self.version = max(self.version, 10 if plain else 14)
        elif isinstance(op, GlobalVariableOp):
            self.type(op.type)
            if op.built_in is not None:
                self.add(BUILT_IN.requires.get(op.built_in.data, ""))
        elif isinstance(op, ExecutionModeOp):
            assert isinstance(op.execution_mode, EnumAttr)
            extension = MODE_EXTENSIONS.get(op.execution_mode.data)
            self.extensions.update([extension] if extension else [])
        elif isinstance(op, CooperativeMatrixLengthOp):
            self.type(op.cooperative_matrix_type)
        for region in op.regions:
            for block in region.blocks:
                for type_ in block.arg_types:
                    self.type(type_)


def row_capabilities(op: RowOp) -> Iterator[str]:
    """What an op of a row requires, besides its types."""
    name = op.row.capability
    if name.startswith("AtomicFloat"):
        bits = bits_of(element_of(op.results[0].type))
        yield name.replace("Float", f"Float{bits}") + "EXT"
        return
    operation = op.properties.get("group_operation")
    clustered = isinstance(operation, EnumAttr) and operation.data == "ClusteredReduce"
    yield "GroupNonUniformClustered" if clustered else name
    if name == "DotProduct":
        type_ = op.operands[0].type
        if not isinstance(type_, VectorType):
            yield "DotProductInput4x8BitPacked"
        else:
            small = count_of(type_) == 4 and bits_of(type_.element_type) == 8
            yield "DotProductInput4x8Bit" if small else "DotProductInputAll"
    elif op.row.name.startswith("Atomic") and op.row.name != "AtomicStore":
        if isinstance(op.results[0].type, IntegerType) and bits_of(op.results[0].type) == 64:
            yield "Int64Atomics"
    elif op.row.name == "Dot" and isinstance(op.results[0].type, BFloat16Type):
        yield "BFloat16DotProductKHR"


def deduce(module: ModuleOp, version: int = 13) -> VceAttr:
    """Version (at least `version`, as 13 for 1.3), capabilities and extensions that the ops of a
    module require."""
    found = _Deduction()
    found.version = version
    found.attribute(module.memory_model)
    if isinstance(module.memory_model, EnumAttr) and module.memory_model.data == "Vulkan":
        found.add("VulkanMemoryModel")
    if str(module.addressing_model.data) != "Logical":  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
        found.add("PhysicalStorageBufferAddresses")
    for op in module.walk():
        found.op(op)
    implied = {name for row in map(CAPABILITIES.get, found.names) if row for name in row.implies}
    names = [name for name in CAPABILITIES if name in found.names and name not in implied]
    for name in names:
        row = CAPABILITIES[name]
        if row.version and not row.extension:
            found.version = max(found.version, row.version)
    for name in names:
        row = CAPABILITIES[name]
        if row.extension and (row.version == 0 or row.version > found.version):
            found.extensions.add(row.extension)
    return VceAttr(found.version, names, sorted(found.extensions))


def update_vce(module: ModuleOp, version: int = 13) -> VceAttr:
    """Deduces what the module requires and writes it to the module."""
    module.vce_triple = deduce(module, version)
    return module.vce_triple
