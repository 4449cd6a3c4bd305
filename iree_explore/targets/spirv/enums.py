# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""SPIR-V's enumerations: the names that MLIR prints and the specification's numbers.

A `bits` enumeration is a mask; its values are written `A|B`, `None` where no bit is set. Kernel and
graphics-only enumerants are left out: a module that has one is an error when it is read.
Source: SPIR-V 1.6 unified specification, section 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Enum:
    """`name` is the attribute's MLIR name after `spirv.`; `parameters` says what follows an
    enumerant in the binary, as operand kinds of `table.py`; `requires` its capabilities."""

    name: str
    values: Mapping[str, int]
    bits: bool = False
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    requires: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def names(self) -> dict[int, str]:
        return {number: name for name, number in self.values.items()}

    def encode(self, text: str) -> int:
        """The number of `A` or `A|B`; raises `KeyError` for a name that is not in it."""
        if not self.bits:
            return self.values[text]
        number = 0
        for name in text.split("|"):
            number |= self.values[name]
        return number

    def decode(self, number: int) -> str:
        """The names of a number; raises `KeyError` for one that is not in it."""
        if not self.bits:
            return self.names[number]
        if number == 0:
            return self.names[0]
        parts = [name for name, bit in self.values.items() if bit and number & bit]
        if self.encode("|".join(parts) or self.names[0]) != number:
            raise KeyError(number)
        return "|".join(parts)

    def split(self, number: int) -> list[str]:
        """The enumerants of a number one by one, lowest bit first: the order of parameters."""
        return [name for name in self.decode(number).split("|") if self.values[name] or not number]


def _numbered(names: str) -> dict[str, int]:
    return {name: number for number, name in enumerate(names.split())}


STORAGE_CLASS = Enum(
    "storage_class",
    {
        "UniformConstant": 0, "Input": 1, "Uniform": 2, "Output": 3, "Workgroup": 4, "Private": 6,
        "Function": 7, "PushConstant": 9, "StorageBuffer": 12, "PhysicalStorageBuffer": 5349,
    },
    requires={"PhysicalStorageBuffer": "PhysicalStorageBufferAddresses"},
)  # fmt: skip

BUILT_IN = Enum(
    "built_in",
    {
        "NumWorkgroups": 24, "WorkgroupSize": 25, "WorkgroupId": 26, "LocalInvocationId": 27,
        "GlobalInvocationId": 28, "LocalInvocationIndex": 29, "SubgroupSize": 36,
        "NumSubgroups": 38, "SubgroupId": 40, "SubgroupLocalInvocationId": 41,
        "SubgroupEqMask": 4416, "SubgroupGeMask": 4417, "SubgroupGtMask": 4418,
        "SubgroupLeMask": 4419, "SubgroupLtMask": 4420, "DeviceIndex": 4438,
    },
    requires={
        **dict.fromkeys(
            ("SubgroupSize", "NumSubgroups", "SubgroupId", "SubgroupLocalInvocationId"),
            "GroupNonUniform",
        ),
        **dict.fromkeys(
            ("SubgroupEqMask", "SubgroupGeMask", "SubgroupGtMask", "SubgroupLeMask",
             "SubgroupLtMask"),
            "GroupNonUniformBallot",
        ),
        "DeviceIndex": "DeviceGroup",
    },
)  # fmt: skip

ROUNDING = Enum("fp_rounding_mode", _numbered("RTE RTZ RTP RTN"))

DECORATION = Enum(
    "decoration",
    {
        "RelaxedPrecision": 0, "SpecId": 1, "Block": 2, "BufferBlock": 3, "ArrayStride": 6,
        "BuiltIn": 11, "Invariant": 18, "Restrict": 19, "Aliased": 20, "Volatile": 21,
        "Coherent": 23, "NonWritable": 24, "NonReadable": 25, "Uniform": 26, "Alignment": 44,
        "Location": 30, "Component": 31, "Binding": 33, "DescriptorSet": 34, "Offset": 35,
        "FPRoundingMode": 39, "NoContraction": 42, "NoSignedWrap": 4469, "NoUnsignedWrap": 4470,
        "NonUniform": 5300, "RestrictPointer": 5355, "AliasedPointer": 5356,
    },
    parameters={
        **dict.fromkeys(
            ("SpecId", "ArrayStride", "Alignment", "Location", "Component", "Binding",
             "DescriptorSet", "Offset"),
            ("literal",),
        ),
        "BuiltIn": ("built_in",),
        "FPRoundingMode": ("fp_rounding_mode",),
    },
    requires={"NonUniform": "ShaderNonUniform"},
)  # fmt: skip

EXECUTION_MODE = Enum(
    "execution_mode",
    {
        "LocalSize": 17, "SubgroupUniformControlFlowKHR": 4421, "DenormPreserve": 4459,
        "DenormFlushToZero": 4460, "SignedZeroInfNanPreserve": 4461, "RoundingModeRTE": 4462,
        "RoundingModeRTZ": 4463, "MaximallyReconvergesKHR": 6023,
    },
    parameters={
        "LocalSize": ("literal", "literal", "literal"),
        **dict.fromkeys(
            ("DenormPreserve", "DenormFlushToZero", "SignedZeroInfNanPreserve",
             "RoundingModeRTE", "RoundingModeRTZ"),
            ("literal",),
        ),
    },
    requires={
        name: name
        for name in ("DenormPreserve", "DenormFlushToZero", "SignedZeroInfNanPreserve",
                     "RoundingModeRTE", "RoundingModeRTZ")
    },
)  # fmt: skip

MODE_EXTENSIONS = {
    "SubgroupUniformControlFlowKHR": "SPV_KHR_subgroup_uniform_control_flow",
    "MaximallyReconvergesKHR": "SPV_KHR_maximal_reconvergence",
}
"""Execution modes that ask for an extension without a capability."""

EXECUTION_MODEL = Enum("execution_model", {"Vertex": 0, "Fragment": 4, "GLCompute": 5})

SCOPE = Enum("scope", _numbered("CrossDevice Device Workgroup Subgroup Invocation QueueFamily"))

SEMANTICS = Enum(
    "memory_semantics",
    {
        "None": 0, "Acquire": 0x2, "Release": 0x4, "AcquireRelease": 0x8,
        "SequentiallyConsistent": 0x10, "UniformMemory": 0x40, "SubgroupMemory": 0x80,
        "WorkgroupMemory": 0x100, "CrossWorkgroupMemory": 0x200, "AtomicCounterMemory": 0x400,
        "ImageMemory": 0x800, "OutputMemory": 0x1000, "MakeAvailable": 0x2000,
        "MakeVisible": 0x4000, "Volatile": 0x8000,
    },
    bits=True,
    requires=dict.fromkeys(
        ("OutputMemory", "MakeAvailable", "MakeVisible", "Volatile"), "VulkanMemoryModel"
    ),
)  # fmt: skip

MEMORY_ACCESS = Enum(
    "memory_access",
    {
        "None": 0, "Volatile": 1, "Aligned": 2, "Nontemporal": 4, "NonPrivatePointer": 32,
    },
    bits=True,
    parameters={"Aligned": ("literal",)},
    requires={"NonPrivatePointer": "VulkanMemoryModel"},
)  # fmt: skip

GROUP_OPERATION = Enum(
    "group_operation", _numbered("Reduce InclusiveScan ExclusiveScan ClusteredReduce")
)

SELECTION_CONTROL = Enum("selection_control", _numbered("None Flatten DontFlatten"), bits=True)

LOOP_CONTROL = Enum(
    "loop_control",
    {
        "None": 0, "Unroll": 1, "DontUnroll": 2, "DependencyInfinite": 4, "DependencyLength": 8,
        "MinIterations": 0x10, "MaxIterations": 0x20, "IterationMultiple": 0x40,
        "PeelCount": 0x80, "PartialCount": 0x100,
    },
    bits=True,
    parameters=dict.fromkeys(
        ("DependencyLength", "MinIterations", "MaxIterations", "IterationMultiple", "PeelCount",
         "PartialCount"),
        ("literal",),
    ),
)  # fmt: skip

FUNCTION_CONTROL = Enum(
    "function_control", {"None": 0, "Inline": 1, "DontInline": 2, "Pure": 4, "Const": 8}, bits=True
)

ADDRESSING_MODEL = Enum("addressing_model", {"Logical": 0, "PhysicalStorageBuffer64": 5348})

MEMORY_MODEL = Enum("memory_model", {"Simple": 0, "GLSL450": 1, "Vulkan": 3})

MATRIX_USE = Enum("matrix_use", _numbered("MatrixA MatrixB MatrixAcc"))

MATRIX_LAYOUT = Enum("khr_matrix_layout", _numbered("RowMajor ColumnMajor"))

MATRIX_OPERANDS = Enum(
    "khr_matrix_operands",
    {
        "None": 0, "ASigned": 1, "BSigned": 2, "CSigned": 4, "ResultSigned": 8,
        "AccSat": 16,
    },
    bits=True,
)  # fmt: skip

FP_ENCODING = Enum("fp_encoding", {"BFloat16KHR": 0})

SOURCE_LANGUAGE = Enum(
    "source_language",
    _numbered(
        "Unknown ESSL GLSL OpenCL_C OpenCL_CPP HLSL CPP_for_OpenCL SYCL HERO_C NZSL WGSL Slang Zig"
        " Rust"
    ),
)

PACKED_FORMAT = Enum("packed_vector_format", {"PackedVectorFormat4x8Bit": 0})


@dataclass(frozen=True)
class CapabilityRow:
    """One capability: its number, the `version` that has it (0: only as an extension), the
    `extension` that brings it to others, and the capabilities it `implies`."""

    number: int
    version: int = 10
    extension: str = ""
    implies: tuple[str, ...] = ()


_ATOMIC = "SPV_EXT_shader_atomic_float_"
_LAYOUT = "SPV_KHR_workgroup_memory_explicit_layout"
_CONTROLS = "SPV_KHR_float_controls"
_DOT = "SPV_KHR_integer_dot_product"

CAPABILITIES: dict[str, CapabilityRow] = {
    "Matrix": CapabilityRow(0),
    "Shader": CapabilityRow(1, implies=("Matrix",)),
    "Float16": CapabilityRow(9),
    "Float64": CapabilityRow(10),
    "Int64": CapabilityRow(11),
    "Int64Atomics": CapabilityRow(12, implies=("Int64",)),
    "Int16": CapabilityRow(22),
    "Int8": CapabilityRow(39),
    "GroupNonUniform": CapabilityRow(61, 13),
    "GroupNonUniformVote": CapabilityRow(62, 13, implies=("GroupNonUniform",)),
    "GroupNonUniformArithmetic": CapabilityRow(63, 13, implies=("GroupNonUniform",)),
    "GroupNonUniformBallot": CapabilityRow(64, 13, implies=("GroupNonUniform",)),
    "GroupNonUniformShuffle": CapabilityRow(65, 13, implies=("GroupNonUniform",)),
    "GroupNonUniformShuffleRelative": CapabilityRow(66, 13, implies=("GroupNonUniform",)),
    "GroupNonUniformClustered": CapabilityRow(67, 13, implies=("GroupNonUniform",)),
    "GroupNonUniformQuad": CapabilityRow(68, 13, implies=("GroupNonUniform",)),
    "GroupNonUniformRotateKHR": CapabilityRow(
        6026, 0, "SPV_KHR_subgroup_rotate", ("GroupNonUniform",)
    ),
    "WorkgroupMemoryExplicitLayoutKHR": CapabilityRow(4428, 0, _LAYOUT, ("Shader",)),
    "StorageBuffer16BitAccess": CapabilityRow(4433, 13),
    "UniformAndStorageBuffer16BitAccess": CapabilityRow(
        4434, 13, implies=("StorageBuffer16BitAccess",)
    ),
    "StoragePushConstant16": CapabilityRow(4435, 13),
    "StorageInputOutput16": CapabilityRow(4436, 13),
    "DeviceGroup": CapabilityRow(4437, 13),
    "VariablePointersStorageBuffer": CapabilityRow(4441, 13, implies=("Shader",)),
    "VariablePointers": CapabilityRow(4442, 13, implies=("VariablePointersStorageBuffer",)),
    "StorageBuffer8BitAccess": CapabilityRow(4448, 15, "SPV_KHR_8bit_storage"),
    "UniformAndStorageBuffer8BitAccess": CapabilityRow(
        4449, 15, "SPV_KHR_8bit_storage", ("StorageBuffer8BitAccess",)
    ),
    "StoragePushConstant8": CapabilityRow(4450, 15, "SPV_KHR_8bit_storage"),
    "DenormPreserve": CapabilityRow(4464, 14, _CONTROLS),
    "DenormFlushToZero": CapabilityRow(4465, 14, _CONTROLS),
    "SignedZeroInfNanPreserve": CapabilityRow(4466, 14, _CONTROLS),
    "RoundingModeRTE": CapabilityRow(4467, 14, _CONTROLS),
    "RoundingModeRTZ": CapabilityRow(4468, 14, _CONTROLS),
    "BFloat16TypeKHR": CapabilityRow(5116, 0, "SPV_KHR_bfloat16"),
    "BFloat16DotProductKHR": CapabilityRow(5117, 0, "SPV_KHR_bfloat16", ("BFloat16TypeKHR",)),
    "BFloat16CooperativeMatrixKHR": CapabilityRow(
        5118, 0, "SPV_KHR_bfloat16", ("BFloat16TypeKHR", "CooperativeMatrixKHR")
    ),
    "ShaderNonUniform": CapabilityRow(5301, 15, "SPV_EXT_descriptor_indexing", ("Shader",)),
    "VulkanMemoryModel": CapabilityRow(5345, 15, "SPV_KHR_vulkan_memory_model"),
    "VulkanMemoryModelDeviceScope": CapabilityRow(5346, 15, "SPV_KHR_vulkan_memory_model"),
    "PhysicalStorageBufferAddresses": CapabilityRow(
        5347, 15, "SPV_KHR_physical_storage_buffer", ("Shader",)
    ),
    "AtomicFloat32MinMaxEXT": CapabilityRow(5612, 0, _ATOMIC + "min_max"),
    "AtomicFloat64MinMaxEXT": CapabilityRow(5613, 0, _ATOMIC + "min_max"),
    "AtomicFloat16MinMaxEXT": CapabilityRow(5616, 0, _ATOMIC + "min_max"),
    "DotProductInputAll": CapabilityRow(6016, 16, _DOT),
    "DotProductInput4x8Bit": CapabilityRow(6017, 16, _DOT, ("Int8",)),
    "DotProductInput4x8BitPacked": CapabilityRow(6018, 16, _DOT),
    "DotProduct": CapabilityRow(6019, 16, _DOT),
    "CooperativeMatrixKHR": CapabilityRow(6022, 0, "SPV_KHR_cooperative_matrix"),
    "AtomicFloat32AddEXT": CapabilityRow(6033, 0, _ATOMIC + "add"),
    "AtomicFloat64AddEXT": CapabilityRow(6034, 0, _ATOMIC + "add"),
    "AtomicFloat16AddEXT": CapabilityRow(6095, 0, "SPV_EXT_shader_atomic_float16_add"),
}

CAPABILITY = Enum("capability", {name: row.number for name, row in CAPABILITIES.items()})

ENUMS: dict[str, Enum] = {
    enum.name: enum
    for enum in (
        STORAGE_CLASS, BUILT_IN, ROUNDING, DECORATION, EXECUTION_MODE, EXECUTION_MODEL, SCOPE,
        SEMANTICS, MEMORY_ACCESS, GROUP_OPERATION, SELECTION_CONTROL, LOOP_CONTROL,
        FUNCTION_CONTROL, ADDRESSING_MODEL, MEMORY_MODEL, MATRIX_USE, MATRIX_LAYOUT,
        MATRIX_OPERANDS, FP_ENCODING, SOURCE_LANGUAGE, PACKED_FORMAT, CAPABILITY,
    )
}  # fmt: skip
"""Enumeration by its attribute's name; operand kinds of `table.py` are keys of it."""
