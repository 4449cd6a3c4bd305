# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Vulkan's library, an instance, and what each physical device can do.

`Instance` raises IX403 where there is no loader or driver. Which drivers there are is the loader's
affair (`VK_DRIVER_FILES`, `VK_ICD_FILENAMES`); validation layers are an option.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from iree_explore.errors import InternalError, ModelError
from iree_explore.targets.vulkan.drivers import keep_apart
from iree_explore.targets.vulkan.structs import (
    FUNCTIONS,
    NUMBERS,
    RESULTS,
    STRUCTS,
    array,
    struct,
)

API_VERSION = 1 << 22 | 3 << 12
MINIMUM_VERSION = (1, 2)
"""Timeline semaphores are part of Vulkan since 1.2."""

VALIDATION = "VK_LAYER_KHRONOS_validation"
_COMPUTE = 2
_KINDS = ("other", "integrated GPU", "discrete GPU", "virtual GPU", "CPU")
_OURS = (-1, -2, -4)
"""Results that are nobody's bug: memory runs out, devices get lost."""

FEATURES: dict[str, str] = {
    "Float16": "shaderFloat16",
    "Float64": "shaderFloat64",
    "Int8": "shaderInt8",
    "Int16": "shaderInt16",
    "Int64": "shaderInt64",
    "Int64Atomics": "shaderBufferInt64Atomics",
    "StorageBuffer8BitAccess": "storageBuffer8BitAccess",
    "UniformAndStorageBuffer8BitAccess": "uniformAndStorageBuffer8BitAccess",
    "StoragePushConstant8": "storagePushConstant8",
    "StorageBuffer16BitAccess": "storageBuffer16BitAccess",
    "UniformAndStorageBuffer16BitAccess": "uniformAndStorageBuffer16BitAccess",
    "StoragePushConstant16": "storagePushConstant16",
    "VariablePointersStorageBuffer": "variablePointersStorageBuffer",
    "VariablePointers": "variablePointers",
    "VulkanMemoryModel": "vulkanMemoryModel",
    "VulkanMemoryModelDeviceScope": "vulkanMemoryModelDeviceScope",
    "DotProduct": "shaderIntegerDotProduct",
    "DotProductInputAll": "shaderIntegerDotProduct",
    "DotProductInput4x8Bit": "shaderIntegerDotProduct",
    "DotProductInput4x8BitPacked": "shaderIntegerDotProduct",
    "AtomicFloat32AddEXT": "shaderBufferFloat32AtomicAdd",
    "AtomicFloat64AddEXT": "shaderBufferFloat64AtomicAdd",
    "CooperativeMatrixKHR": "cooperativeMatrix",
    "BFloat16TypeKHR": "shaderBFloat16Type",
    "BFloat16DotProductKHR": "shaderBFloat16DotProduct",
    "BFloat16CooperativeMatrixKHR": "shaderBFloat16CooperativeMatrix",
}
"""SPIR-V capability -> the feature that a device needs for it. We enable these and `ALSO`."""

UPDATE_AFTER_BIND = "descriptorBindingStorageBufferUpdateAfterBind"
ALSO = ("timelineSemaphore", UPDATE_AFTER_BIND)

EXTENSIONS: dict[str, str] = {
    "VK_KHR_cooperative_matrix": "PhysicalDeviceCooperativeMatrixFeaturesKHR",
    "VK_EXT_shader_atomic_float": "PhysicalDeviceShaderAtomicFloatFeaturesEXT",
    "VK_KHR_shader_bfloat16": "PhysicalDeviceShaderBfloat16FeaturesKHR",
}
"""Extension -> the struct of its features. We enable those that a device has."""

_BASIC = ("Matrix", "Shader", "GroupNonUniform", "GroupNonUniformVote", "GroupNonUniformArithmetic",
          "GroupNonUniformBallot", "GroupNonUniformShuffle", "GroupNonUniformShuffleRelative",
          "GroupNonUniformClustered", "GroupNonUniformQuad")  # fmt: skip
"""Capabilities that no feature stands for."""


@functools.cache
def library() -> dict[str, Callable[..., int]]:
    """Vulkan's functions by name; raises `ModelError` IX403 without a loader."""
    try:
        loaded = ctypes.CDLL("libvulkan.so.1")
        found: dict[str, Callable[..., int]] = {}
        for name, (arguments, is_void) in FUNCTIONS.items():
            function = getattr(loaded, name)
            function.argtypes = arguments
            function.restype = None if is_void else ctypes.c_int32
            found[name] = function
    except (OSError, AttributeError) as error:
        raise ModelError(
            "IX403",
            "there is no Vulkan loader",
            because=str(error),
            hint="install libvulkan1, and a driver: the GPU's own, or mesa-vulkan-drivers (CPU)",
        ) from error
    return found


def call(name: str, *arguments: Any, device: str = "Vulkan", accept: tuple[int, ...] = ()) -> int:
    """Calls a function; structs and arrays are passed by address. Raises IX410 unless it succeeds
    or its result is one of `accept`."""
    pointers = [
        ctypes.addressof(a) if isinstance(a, ctypes.Structure | ctypes.Array) else a
        for a in arguments
    ]
    result = library()[name](*pointers)
    if not result or result in accept:
        return result or 0
    text = RESULTS.get(result, f"VkResult {result}")
    kind = ModelError if result in _OURS else InternalError
    raise kind("IX410", f"{device}: {name} failed", because=text)


def handles(count: int, name: str, *arguments: Any, device: str = "Vulkan") -> list[int]:
    """What a function writes to its last argument, `count` handles."""
    found = (ctypes.c_uint64 * count)()
    call(name, *arguments, found, device=device)
    return list(found)


def create(name: str, *arguments: Any, device: str = "Vulkan") -> int:
    """What a function makes, a handle in its last argument."""
    return handles(1, name, *arguments, device=device)[0]


def enumerate_of(name: str, kind: str, *arguments: Any) -> list[Any]:
    """All that a function lists: it is asked how many, then for them."""
    count = (ctypes.c_uint32 * 1)()
    call(name, *arguments, count, None)
    if not count[0]:
        return []
    found = array(kind, [0] * count[0]) if kind == "ptr" else (STRUCTS[kind] * count[0])()
    call(name, *arguments, count, found, accept=(5,))
    return list(found)[: count[0]]


@dataclass(frozen=True)
class PhysicalDevice:
    """One device of an instance: what it is, its limits (Vulkan's names, sizes in bytes), the
    features that it has, the queue family that computes. `reason` says why it cannot be used."""

    handle: int
    name: str
    kind: str
    version: tuple[int, int]
    limits: Any
    features: frozenset[str]
    extensions: tuple[str, ...]
    memory: Any
    queue_family: int
    timestamp_bits: int
    reason: str = ""
    matrices: frozenset[str] = frozenset()
    """Elements of which subgroups of 32 invocations multiply matrices of 16 x 16 into f32."""
    identity: bytes = b""
    """What a pipeline cache is good for: the driver's UUID for it, vendor, device, version."""

    def lacking(self, capabilities: list[str]) -> list[str]:
        """Those SPIR-V capabilities that the device (or this binding) does not have."""
        return [
            name
            for name in capabilities
            if name not in _BASIC and FEATURES.get(name) not in self.features
        ]


class Instance:
    """A connection to Vulkan: `devices` are what can be used and what cannot, and why."""

    def __init__(self, validation: bool = False) -> None:
        keep_apart()
        library()
        layers = [VALIDATION.encode()] if validation else []
        if validation:
            have = enumerate_of("vkEnumerateInstanceLayerProperties", "LayerProperties")
            if not any(layer.layerName == layers[0] for layer in have):
                raise ModelError(
                    "IX403",
                    "Vulkan's validation layers are not installed",
                    because=f"the loader knows no layer {VALIDATION}",
                    hint="install vulkan-validationlayers, or ask for no validation",
                )
        names = [ctypes.c_char_p(layer) for layer in layers]
        pointers = (ctypes.c_char_p * max(len(names), 1))(*names)
        application = struct(
            "ApplicationInfo", pApplicationName=b"iree_explore", apiVersion=API_VERSION
        )
        info = struct(
            "InstanceCreateInfo",
            pApplicationInfo=application,
            enabledLayerCount=len(layers),
            ppEnabledLayerNames=pointers,
        )
        try:
            self.handle = create("vkCreateInstance", info, None)
        except (ModelError, InternalError) as error:
            raise self._no_driver(error.because or "") from error
        try:
            found = enumerate_of("vkEnumeratePhysicalDevices", "ptr", self.handle)
        except (ModelError, InternalError) as error:
            self.close()
            raise self._no_driver(error.because or "") from error
        self.devices = tuple(describe(self.handle, handle) for handle in found)

    @staticmethod
    def _no_driver(because: str) -> ModelError:
        return ModelError(
            "IX403",
            "Vulkan has a loader, but no driver here",
            because=because,
            hint="install the GPU's driver, or mesa-vulkan-drivers (CPU)",
        )

    def select(self, name: str = "") -> PhysicalDevice:
        """The first usable device whose name contains `name`, GPUs before CPUs, or the one of that
        number among `devices`; raises IX403."""
        if name.isdecimal():
            found = self.devices[int(name) :][:1]
        else:
            found = [d for d in self.devices if name.lower() in d.name.lower()]
        usable = [d for d in found if not d.reason]
        if usable:
            return min(usable, key=lambda device: device.kind == "CPU")
        known = [
            f"{n}: {d.name} ({d.kind}): {d.reason or 'usable'}" for n, d in enumerate(self.devices)
        ]
        raise ModelError(
            "IX403",
            f"no Vulkan device {name!r} can be used"
            if name
            else "there is no usable Vulkan device",
            because="\n".join(known) or "the driver lists no device",
        )

    def close(self) -> None:
        """Destroys the instance; its devices are closed before."""
        if self.handle:
            library()["vkDestroyInstance"](self.handle, None)
            self.handle = 0


def feature_chain(version: tuple[int, int], extensions: tuple[str, ...]) -> tuple[Any, list[Any]]:
    """`VkPhysicalDeviceFeatures2` with the structs of a device's version and extensions behind it,
    and all those that hold features."""
    names = [
        f"PhysicalDeviceVulkan{v}Features" for v in ("11", "12", "13") if v <= f"1{version[1]}"
    ]
    parts = [struct(name) for name in (*names, *(EXTENSIONS[name] for name in extensions))]
    first = struct("PhysicalDeviceFeatures2")
    for before, after in pairwise([first, *parts]):
        before.pNext = ctypes.addressof(after)
    return first, [first.features, *parts]


_MATRICES = {0: "f16", 1000141000: "bf16"}
"""Elements of cooperative matrices by their number (`VkComponentTypeKHR`); f32 is 1."""
_SUBGROUP_SCOPE = 3


def _matrices(instance: int, handle: int) -> frozenset[str]:
    """`PhysicalDevice.matrices` of a device that has cooperative matrices."""
    subgroups = struct("PhysicalDeviceSubgroupProperties")
    first = struct("PhysicalDeviceProperties2", pNext=subgroups)
    call("vkGetPhysicalDeviceProperties2", handle, first)
    find = ctypes.CDLL("libvulkan.so.1").vkGetInstanceProcAddr
    find.argtypes, find.restype = [ctypes.c_void_p, ctypes.c_char_p], ctypes.c_void_p
    address = find(instance, b"vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR")
    if not address or subgroups.subgroupSize != _SUBGROUP:
        return frozenset()
    pointers = [ctypes.c_void_p] * 3
    listed = ctypes.CFUNCTYPE(ctypes.c_int32, *pointers)(address)
    count = ctypes.c_uint32()
    listed(handle, ctypes.addressof(count), None)
    found = array("CooperativeMatrixPropertiesKHR", [
        STRUCTS["CooperativeMatrixPropertiesKHR"](NUMBERS["CooperativeMatrixPropertiesKHR"])
        for _ in range(count.value)
    ])  # fmt: skip
    if listed(handle, ctypes.addressof(count), ctypes.addressof(found)):
        return frozenset()
    return frozenset(
        _MATRICES[m.AType]
        for m in found
        if (m.MSize, m.NSize, m.KSize, m.scope) == (16, 16, 16, _SUBGROUP_SCOPE)
        and m.AType == m.BType and m.AType in _MATRICES and m.CType == m.ResultType == 1
    )  # fmt: skip


_SUBGROUP = 32


def describe(instance: int, handle: int) -> PhysicalDevice:
    """What there is to know of a physical device."""
    properties = STRUCTS["PhysicalDeviceProperties"]()
    call("vkGetPhysicalDeviceProperties", handle, properties)
    memory = STRUCTS["PhysicalDeviceMemoryProperties"]()
    call("vkGetPhysicalDeviceMemoryProperties", handle, memory)
    version = (properties.apiVersion >> 22 & 0x7F, properties.apiVersion >> 12 & 0x3FF)
    features: set[str] = set()
    extensions: tuple[str, ...] = ()
    if version >= MINIMUM_VERSION:
        found = enumerate_of(
            "vkEnumerateDeviceExtensionProperties", "ExtensionProperties", handle, None
        )
        names = {item.extensionName.decode(errors="replace") for item in found}
        extensions = tuple(name for name in EXTENSIONS if name in names)
        first, parts = feature_chain(version, extensions)
        call("vkGetPhysicalDeviceFeatures2", handle, first)
        for part in parts:
            names = [field[0] for field in part._fields_ if field[0] not in ("sType", "pNext")]
            features |= {name for name in names if getattr(part, name)}
    families = enumerate_of(
        "vkGetPhysicalDeviceQueueFamilyProperties", "QueueFamilyProperties", handle
    )
    computing = [i for i, family in enumerate(families) if family.queueFlags & _COMPUTE]
    reason = ""
    if version < MINIMUM_VERSION:
        reason = f"it has Vulkan {version[0]}.{version[1]}, 1.2 is needed"
    elif "timelineSemaphore" not in features:
        reason = "it has no timeline semaphores"
    elif not computing:
        reason = "it has no queue that computes"
    family = computing[0] if computing else 0
    kind = _KINDS[properties.deviceType] if properties.deviceType < len(_KINDS) else "other"
    matrices: frozenset[str] = frozenset()
    if "cooperativeMatrix" in features:
        matrices = _matrices(instance, handle)
    return PhysicalDevice(
        handle, properties.deviceName.decode(errors="replace"), kind, version, properties.limits,
        frozenset(features), extensions, memory, family,
        families[family].timestampValidBits if computing else 0, reason, matrices,
        bytes(properties.pipelineCacheUUID) + b"".join(
            getattr(properties, part).to_bytes(4, "little")
            for part in ("vendorID", "deviceID", "driverVersion")
        ),
    )  # fmt: skip
