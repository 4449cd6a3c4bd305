# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rows of memory and of composites (specification, sections 3.42.8 and .12)."""

from __future__ import annotations

from iree_explore.targets.spirv.row import Row, rows

_ACCESS = "memory_access:memory_access?"

ROWS: list[Row] = [
    Row("Variable", 59, "storage_class:storage_class initializer:any?", "ptr", pure=False,
        rules=("variable",)),
    Row("Load", 61, f"ptr:ptr {_ACCESS}", "pointee=ptr", pure=False, rules=("access",)),
    Row("Store", 62, f"ptr:ptr value:any {_ACCESS}", pure=False, rules=("access", "stored")),
    Row("CopyMemory", 63, f"target:ptr source:ptr {_ACCESS}", pure=False,
        rules=("access", "copied")),
    *rows(
        {"AccessChain": 65, "InBoundsAccessChain": 66},
        "base_ptr:ptr indices:iscalar*", "ptr", rules=("chain",),
    ),
    Row("PtrAccessChain", 67, "base_ptr:ptr element:iscalar indices:iscalar*", "ptr",
        "VariablePointersStorageBuffer", rules=("chain",)),
    Row("ArrayLength", 68, "structure:ptr array_member:literal", "iscalar", rules=("length",)),
    Row("CopyObject", 83, "operand:any", "=operand"),
    Row("Undef", 1, "", "any"),
    Row("VectorExtractDynamic", 77, "vector:vector index:iscalar", "element=vector"),
    Row("VectorInsertDynamic", 78, "vector:vector component:scalar index:iscalar", "=vector",
        rules=("element",)),
    Row("VectorShuffle", 79, "vector1:vector vector2:vector components:literals", "vector",
        rules=("shuffle",)),
    Row("CompositeConstruct", 80, "constituents:any*", "composite", rules=("construct",)),
    Row("CompositeExtract", 81, "composite:composite indices:literals", "any",
        rules=("extract",)),
    Row("CompositeInsert", 82, "object:any composite:composite indices:literals", "=composite",
        rules=("insert",)),
]  # fmt: skip
