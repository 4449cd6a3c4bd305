# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Vulkan's structs and functions as tables, and ctypes made of them: `struct` fills one in.

A line of `_STRUCTS` is `Name number: field field:type ...`; a field without type is a `u32`.
Structs with a number (`VkStructureType`) begin with `sType` and `pNext`. A line of `_FUNCTIONS` is
a name and its arguments: `h` a 64-bit handle, `p` a pointer or dispatchable handle, `u`, `q`
integers of 32 and 64 bits; `!` at the end: it returns nothing. Source: Vulkan 1.3 specification.
"""

from __future__ import annotations

import ctypes
from typing import Any

_STRUCTS = """
MemoryType: propertyFlags heapIndex
MemoryHeap: size:u64 flags
Extent3D: width height depth
ApplicationInfo 0: pApplicationName:ptr applicationVersion pEngineName:ptr engineVersion
  apiVersion
InstanceCreateInfo 1: flags pApplicationInfo:ptr enabledLayerCount ppEnabledLayerNames:ptr
  enabledExtensionCount ppEnabledExtensionNames:ptr
DeviceQueueCreateInfo 2: flags queueFamilyIndex queueCount pQueuePriorities:ptr
DeviceCreateInfo 3: flags queueCreateInfoCount pQueueCreateInfos:ptr enabledLayerCount
  ppEnabledLayerNames:ptr enabledExtensionCount ppEnabledExtensionNames:ptr pEnabledFeatures:ptr
SubmitInfo 4: waitSemaphoreCount pWaitSemaphores:ptr pWaitDstStageMask:ptr commandBufferCount
  pCommandBuffers:ptr signalSemaphoreCount pSignalSemaphores:ptr
MemoryAllocateInfo 5: allocationSize:u64 memoryTypeIndex
BufferCreateInfo 12: flags size:u64 usage sharingMode queueFamilyIndexCount
  pQueueFamilyIndices:ptr
ShaderModuleCreateInfo 16: flags codeSize:usize pCode:ptr
PipelineShaderStageCreateInfo 18: flags stage module:u64 pName:ptr pSpecializationInfo:ptr
ComputePipelineCreateInfo 29: flags stage:PipelineShaderStageCreateInfo layout:u64
  basePipelineHandle:u64 basePipelineIndex:i32
PipelineLayoutCreateInfo 30: flags setLayoutCount pSetLayouts:ptr pushConstantRangeCount
  pPushConstantRanges:ptr
DescriptorSetLayoutCreateInfo 32: flags bindingCount pBindings:ptr
DescriptorSetLayoutBinding: binding descriptorType descriptorCount stageFlags
  pImmutableSamplers:ptr
DescriptorSetLayoutBindingFlagsCreateInfo 1000161000: bindingCount pBindingFlags:ptr
PipelineCacheCreateInfo 17: flags initialDataSize:usize pInitialData:ptr
DescriptorPoolCreateInfo 33: flags maxSets poolSizeCount pPoolSizes:ptr
DescriptorPoolSize: type descriptorCount
DescriptorSetAllocateInfo 34: descriptorPool:u64 descriptorSetCount pSetLayouts:ptr
WriteDescriptorSet 35: dstSet:u64 dstBinding dstArrayElement descriptorCount descriptorType
  pImageInfo:ptr pBufferInfo:ptr pTexelBufferView:ptr
DescriptorBufferInfo: buffer:u64 offset:u64 range:u64
CommandPoolCreateInfo 39: flags queueFamilyIndex
CommandBufferAllocateInfo 40: commandPool:u64 level commandBufferCount
CommandBufferBeginInfo 42: flags pInheritanceInfo:ptr
MemoryBarrier 46: srcAccessMask dstAccessMask
QueryPoolCreateInfo 11: flags queryType queryCount pipelineStatistics
SemaphoreCreateInfo 9: flags
SemaphoreTypeCreateInfo 1000207002: semaphoreType initialValue:u64
TimelineSemaphoreSubmitInfo 1000207003: waitSemaphoreValueCount pWaitSemaphoreValues:ptr
  signalSemaphoreValueCount pSignalSemaphoreValues:ptr
SemaphoreWaitInfo 1000207004: flags semaphoreCount pSemaphores:ptr pValues:ptr
PushConstantRange: stageFlags offset size
BufferCopy: srcOffset:u64 dstOffset:u64 size:u64
MemoryRequirements: size:u64 alignment:u64 memoryTypeBits
PhysicalDeviceMemoryProperties: memoryTypeCount memoryTypes:MemoryType*32 memoryHeapCount
  memoryHeaps:MemoryHeap*16
QueueFamilyProperties: queueFlags queueCount timestampValidBits
  minImageTransferGranularity:Extent3D
PhysicalDeviceLimits: maxImageDimension1D maxImageDimension2D maxImageDimension3D
  maxImageDimensionCube maxImageArrayLayers maxTexelBufferElements maxUniformBufferRange
  maxStorageBufferRange maxPushConstantsSize maxMemoryAllocationCount maxSamplerAllocationCount
  bufferImageGranularity:u64 sparseAddressSpaceSize:u64 maxBoundDescriptorSets
  maxPerStageDescriptorSamplers maxPerStageDescriptorUniformBuffers
  maxPerStageDescriptorStorageBuffers maxPerStageDescriptorSampledImages
  maxPerStageDescriptorStorageImages maxPerStageDescriptorInputAttachments maxPerStageResources
  maxDescriptorSetSamplers maxDescriptorSetUniformBuffers maxDescriptorSetUniformBuffersDynamic
  maxDescriptorSetStorageBuffers maxDescriptorSetStorageBuffersDynamic
  maxDescriptorSetSampledImages maxDescriptorSetStorageImages maxDescriptorSetInputAttachments
  maxVertexInputAttributes maxVertexInputBindings maxVertexInputAttributeOffset
  maxVertexInputBindingStride maxVertexOutputComponents maxTessellationGenerationLevel
  maxTessellationPatchSize maxTessellationControlPerVertexInputComponents
  maxTessellationControlPerVertexOutputComponents maxTessellationControlPerPatchOutputComponents
  maxTessellationControlTotalOutputComponents maxTessellationEvaluationInputComponents
  maxTessellationEvaluationOutputComponents maxGeometryShaderInvocations
  maxGeometryInputComponents maxGeometryOutputComponents maxGeometryOutputVertices
  maxGeometryTotalOutputComponents maxFragmentInputComponents maxFragmentOutputAttachments
  maxFragmentDualSrcAttachments maxFragmentCombinedOutputResources maxComputeSharedMemorySize
  maxComputeWorkGroupCount:u32*3 maxComputeWorkGroupInvocations maxComputeWorkGroupSize:u32*3
  subPixelPrecisionBits subTexelPrecisionBits mipmapPrecisionBits maxDrawIndexedIndexValue
  maxDrawIndirectCount maxSamplerLodBias:f32 maxSamplerAnisotropy:f32 maxViewports
  maxViewportDimensions:u32*2 viewportBoundsRange:f32*2 viewportSubPixelBits
  minMemoryMapAlignment:usize minTexelBufferOffsetAlignment:u64
  minUniformBufferOffsetAlignment:u64 minStorageBufferOffsetAlignment:u64 minTexelOffset:i32
  maxTexelOffset minTexelGatherOffset:i32 maxTexelGatherOffset minInterpolationOffset:f32
  maxInterpolationOffset:f32 subPixelInterpolationOffsetBits maxFramebufferWidth
  maxFramebufferHeight maxFramebufferLayers framebufferColorSampleCounts
  framebufferDepthSampleCounts framebufferStencilSampleCounts
  framebufferNoAttachmentsSampleCounts maxColorAttachments sampledImageColorSampleCounts
  sampledImageIntegerSampleCounts sampledImageDepthSampleCounts sampledImageStencilSampleCounts
  storageImageSampleCounts maxSampleMaskWords timestampComputeAndGraphics timestampPeriod:f32
  maxClipDistances maxCullDistances maxCombinedClipAndCullDistances discreteQueuePriorities
  pointSizeRange:f32*2 lineWidthRange:f32*2 pointSizeGranularity:f32 lineWidthGranularity:f32
  strictLines standardSampleLocations optimalBufferCopyOffsetAlignment:u64
  optimalBufferCopyRowPitchAlignment:u64 nonCoherentAtomSize:u64
PhysicalDeviceSparseProperties: residencyStandard2DBlockShape
  residencyStandard2DMultisampleBlockShape residencyStandard3DBlockShape residencyAlignedMipSize
  residencyNonResidentStrict
PhysicalDeviceProperties: apiVersion driverVersion vendorID deviceID deviceType
  deviceName:char*256 pipelineCacheUUID:u8*16 limits:PhysicalDeviceLimits
  sparseProperties:PhysicalDeviceSparseProperties
PhysicalDeviceFeatures: robustBufferAccess fullDrawIndexUint32 imageCubeArray independentBlend
  geometryShader tessellationShader sampleRateShading dualSrcBlend logicOp multiDrawIndirect
  drawIndirectFirstInstance depthClamp depthBiasClamp fillModeNonSolid depthBounds wideLines
  largePoints alphaToOne multiViewport samplerAnisotropy textureCompressionETC2
  textureCompressionASTC_LDR textureCompressionBC occlusionQueryPrecise pipelineStatisticsQuery
  vertexPipelineStoresAndAtomics fragmentStoresAndAtomics shaderTessellationAndGeometryPointSize
  shaderImageGatherExtended shaderStorageImageExtendedFormats shaderStorageImageMultisample
  shaderStorageImageReadWithoutFormat shaderStorageImageWriteWithoutFormat
  shaderUniformBufferArrayDynamicIndexing shaderSampledImageArrayDynamicIndexing
  shaderStorageBufferArrayDynamicIndexing shaderStorageImageArrayDynamicIndexing
  shaderClipDistance shaderCullDistance shaderFloat64 shaderInt64 shaderInt16
  shaderResourceResidency shaderResourceMinLod sparseBinding sparseResidencyBuffer
  sparseResidencyImage2D sparseResidencyImage3D sparseResidency2Samples sparseResidency4Samples
  sparseResidency8Samples sparseResidency16Samples sparseResidencyAliased
  variableMultisampleRate inheritedQueries
PhysicalDeviceFeatures2 1000059000: features:PhysicalDeviceFeatures
PhysicalDeviceVulkan11Features 49: storageBuffer16BitAccess uniformAndStorageBuffer16BitAccess
  storagePushConstant16 storageInputOutput16 multiview multiviewGeometryShader
  multiviewTessellationShader variablePointersStorageBuffer variablePointers protectedMemory
  samplerYcbcrConversion shaderDrawParameters
PhysicalDeviceVulkan12Features 51: samplerMirrorClampToEdge drawIndirectCount
  storageBuffer8BitAccess uniformAndStorageBuffer8BitAccess storagePushConstant8
  shaderBufferInt64Atomics shaderSharedInt64Atomics shaderFloat16 shaderInt8 descriptorIndexing
  shaderInputAttachmentArrayDynamicIndexing shaderUniformTexelBufferArrayDynamicIndexing
  shaderStorageTexelBufferArrayDynamicIndexing shaderUniformBufferArrayNonUniformIndexing
  shaderSampledImageArrayNonUniformIndexing shaderStorageBufferArrayNonUniformIndexing
  shaderStorageImageArrayNonUniformIndexing shaderInputAttachmentArrayNonUniformIndexing
  shaderUniformTexelBufferArrayNonUniformIndexing
  shaderStorageTexelBufferArrayNonUniformIndexing descriptorBindingUniformBufferUpdateAfterBind
  descriptorBindingSampledImageUpdateAfterBind descriptorBindingStorageImageUpdateAfterBind
  descriptorBindingStorageBufferUpdateAfterBind
  descriptorBindingUniformTexelBufferUpdateAfterBind
  descriptorBindingStorageTexelBufferUpdateAfterBind descriptorBindingUpdateUnusedWhilePending
  descriptorBindingPartiallyBound descriptorBindingVariableDescriptorCount
  runtimeDescriptorArray samplerFilterMinmax scalarBlockLayout imagelessFramebuffer
  uniformBufferStandardLayout shaderSubgroupExtendedTypes separateDepthStencilLayouts
  hostQueryReset timelineSemaphore bufferDeviceAddress bufferDeviceAddressCaptureReplay
  bufferDeviceAddressMultiDevice vulkanMemoryModel vulkanMemoryModelDeviceScope
  vulkanMemoryModelAvailabilityVisibilityChains shaderOutputViewportIndex shaderOutputLayer
  subgroupBroadcastDynamicId
PhysicalDeviceVulkan13Features 53: robustImageAccess inlineUniformBlock
  descriptorBindingInlineUniformBlockUpdateAfterBind pipelineCreationCacheControl privateData
  shaderDemoteToHelperInvocation shaderTerminateInvocation subgroupSizeControl
  computeFullSubgroups synchronization2 textureCompressionASTC_HDR
  shaderZeroInitializeWorkgroupMemory dynamicRendering shaderIntegerDotProduct maintenance4
PhysicalDeviceProperties2 1000059001: properties:PhysicalDeviceProperties
PhysicalDeviceCooperativeMatrixFeaturesKHR 1000506000: cooperativeMatrix
  cooperativeMatrixRobustBufferAccess
PhysicalDeviceShaderAtomicFloatFeaturesEXT 1000260000: shaderBufferFloat32Atomics
  shaderBufferFloat32AtomicAdd shaderBufferFloat64Atomics shaderBufferFloat64AtomicAdd
  shaderSharedFloat32Atomics shaderSharedFloat32AtomicAdd shaderSharedFloat64Atomics
  shaderSharedFloat64AtomicAdd shaderImageFloat32Atomics shaderImageFloat32AtomicAdd
  sparseImageFloat32Atomics sparseImageFloat32AtomicAdd
PhysicalDeviceShaderBfloat16FeaturesKHR 1000141000: shaderBFloat16Type shaderBFloat16DotProduct
  shaderBFloat16CooperativeMatrix
PhysicalDeviceSubgroupProperties 1000094000: subgroupSize supportedStages supportedOperations
  quadOperationsInAllStages
CooperativeMatrixPropertiesKHR 1000506001: MSize NSize KSize AType BType CType ResultType
  saturatingAccumulation scope
ExtensionProperties: extensionName:char*256 specVersion
LayerProperties: layerName:char*256 specVersion implementationVersion
  description:char*256
"""

_FUNCTIONS = """
vkCreateInstance p p p
vkDestroyInstance p p !
vkEnumerateInstanceVersion p
vkEnumerateInstanceLayerProperties p p
vkEnumeratePhysicalDevices p p p
vkEnumerateDeviceExtensionProperties p p p p
vkGetPhysicalDeviceProperties p p !
vkGetPhysicalDeviceFeatures2 p p !
vkGetPhysicalDeviceProperties2 p p !
vkGetPhysicalDeviceMemoryProperties p p !
vkGetPhysicalDeviceQueueFamilyProperties p p p !
vkCreateDevice p p p p
vkDestroyDevice p p !
vkDeviceWaitIdle p
vkGetDeviceQueue p u u p !
vkAllocateMemory p p p p
vkFreeMemory p h p !
vkMapMemory p h q q u p
vkCreateBuffer p p p p
vkDestroyBuffer p h p !
vkGetBufferMemoryRequirements p h p !
vkBindBufferMemory p h h q
vkCreateShaderModule p p p p
vkDestroyShaderModule p h p !
vkCreateDescriptorSetLayout p p p p
vkDestroyDescriptorSetLayout p h p !
vkCreatePipelineLayout p p p p
vkDestroyPipelineLayout p h p !
vkCreateComputePipelines p h u p p p
vkDestroyPipeline p h p !
vkCreatePipelineCache p p p p
vkDestroyPipelineCache p h p !
vkGetPipelineCacheData p h p p
vkCreateDescriptorPool p p p p
vkDestroyDescriptorPool p h p !
vkAllocateDescriptorSets p p p
vkUpdateDescriptorSets p u p u p !
vkCreateCommandPool p p p p
vkDestroyCommandPool p h p !
vkAllocateCommandBuffers p p p
vkBeginCommandBuffer p p
vkEndCommandBuffer p
vkCmdBindPipeline p u h !
vkCmdBindDescriptorSets p u h u u p u p !
vkCmdPushConstants p h u u u p !
vkCmdDispatch p u u u !
vkCmdPipelineBarrier p u u u u p u p u p !
vkCmdCopyBuffer p h h u p !
vkCmdFillBuffer p h q q u !
vkCmdResetQueryPool p h u u !
vkCmdWriteTimestamp p u h u !
vkCreateQueryPool p p p p
vkDestroyQueryPool p h p !
vkGetQueryPoolResults p h u u q p q u
vkCreateSemaphore p p p p
vkDestroySemaphore p h p !
vkGetSemaphoreCounterValue p h p
vkWaitSemaphores p p q
vkQueueSubmit p u p h
"""

RESULTS = {
    1: "VK_NOT_READY", 2: "VK_TIMEOUT", -1: "VK_ERROR_OUT_OF_HOST_MEMORY",
    -2: "VK_ERROR_OUT_OF_DEVICE_MEMORY", -3: "VK_ERROR_INITIALIZATION_FAILED",
    -4: "VK_ERROR_DEVICE_LOST", -5: "VK_ERROR_MEMORY_MAP_FAILED",
    -6: "VK_ERROR_LAYER_NOT_PRESENT", -7: "VK_ERROR_EXTENSION_NOT_PRESENT",
    -8: "VK_ERROR_FEATURE_NOT_PRESENT", -9: "VK_ERROR_INCOMPATIBLE_DRIVER",
    -10: "VK_ERROR_TOO_MANY_OBJECTS", -13: "VK_ERROR_UNKNOWN",
    -1000069000: "VK_ERROR_OUT_OF_POOL_MEMORY", -1000012000: "VK_ERROR_INVALID_SHADER_NV",
}  # fmt: skip
"""Results that calls may end with."""

_TYPES: dict[str, Any] = {
    "u32": ctypes.c_uint32, "i32": ctypes.c_int32, "u64": ctypes.c_uint64, "f32": ctypes.c_float,
    "usize": ctypes.c_size_t, "ptr": ctypes.c_void_p, "char": ctypes.c_char, "u8": ctypes.c_uint8,
}  # fmt: skip
_ARGUMENTS: dict[str, Any] = {
    "h": ctypes.c_uint64, "p": ctypes.c_void_p, "u": ctypes.c_uint32, "q": ctypes.c_uint64,
}  # fmt: skip

NUMBERS: dict[str, int] = {}
"""`VkStructureType` of the structs that have one."""


def _define() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line in _STRUCTS.replace("\n  ", " ").strip().splitlines():
        head, _, rest = line.partition(": ")
        name, _, number = head.partition(" ")
        fields = [("sType", ctypes.c_uint32), ("pNext", ctypes.c_void_p)] if number else []
        if number:
            NUMBERS[name] = int(number)
        for text in rest.split():
            field, _, kind = text.partition(":")
            kind, _, count = kind.partition("*")
            base = _TYPES.get(kind or "u32") or found[kind]
            fields.append((field, base * int(count) if count else base))
        found[name] = type(name, (ctypes.Structure,), {"_fields_": fields})
    return found


STRUCTS: dict[str, Any] = _define()
"""ctypes class by name without `Vk`."""

_POINTERS = {
    name: frozenset(field for field, kind in cls._fields_ if kind is ctypes.c_void_p)
    for name, cls in STRUCTS.items()
}

FUNCTIONS: dict[str, tuple[list[Any], bool]] = {
    line.split()[0]: ([_ARGUMENTS[k] for k in line.split()[1:] if k != "!"], line.endswith("!"))
    for line in _FUNCTIONS.strip().splitlines()
}
"""Argument types by name, and whether it returns nothing."""


def struct(name: str, **fields: Any) -> Any:
    """`VkName` with these fields; structs and arrays among them are pointed to. What a pointer
    needs lives as long as the struct."""
    made = STRUCTS[name]()
    kept: list[Any] = []
    if name in NUMBERS:
        made.sType = NUMBERS[name]
    for field, value in fields.items():
        if isinstance(value, bytes):
            value = ctypes.create_string_buffer(value)
        if field in _POINTERS[name] and isinstance(value, ctypes.Structure | ctypes.Array):
            kept.append(value)
            setattr(made, field, ctypes.addressof(value))
        else:
            kept.append(value)
            setattr(made, field, value)
    made.kept = kept
    return made


def array(kind: str, values: list[Any]) -> Any:
    """A C array of structs `VkKind`, or of `u32`, `u64`, `f32`, `ptr`."""
    made = (STRUCTS.get(kind) or _TYPES[kind]) * len(values)
    found = made(*values)
    found.kept = values
    return found
