# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Formats of the instructions that are no rows: what makes up a module, types, constants,
functions, blocks and branches. `serialize.py` and `deserialize.py` know them one by one."""

from __future__ import annotations

from iree_explore.targets.spirv.row import Format


def _void(name: str, opcode: int, kinds: str = "") -> Format:
    return Format("Op" + name, opcode, tuple(kinds.split()))


def _declares(name: str, opcode: int, kinds: str = "") -> Format:
    return Format("Op" + name, opcode, tuple(kinds.split()), has_result=True)


def _typed(name: str, opcode: int, kinds: str = "") -> Format:
    return Format("Op" + name, opcode, tuple(kinds.split()), has_type=True, has_result=True)


FORMATS: list[Format] = [
    _void("Nop", 0),
    _void("SourceContinued", 2, "string"),
    _void("Source", 3, "source_language literal id? string?"),
    _void("SourceExtension", 4, "string"),
    _void("Name", 5, "id string"),
    _void("MemberName", 6, "id literal string"),
    _declares("String", 7, "string"),
    _void("Line", 8, "id literal literal"),
    _void("Extension", 10, "string"),
    _declares("ExtInstImport", 11, "string"),
    _void("MemoryModel", 14, "addressing_model memory_model"),
    _void("EntryPoint", 15, "execution_model id string id*"),
    _void("ExecutionMode", 16, "id execution_mode"),
    _void("Capability", 17, "capability"),
    _declares("TypeVoid", 19),
    _declares("TypeBool", 20),
    _declares("TypeInt", 21, "literal literal"),
    _declares("TypeFloat", 22, "literal fp_encoding?"),
    _declares("TypeVector", 23, "id literal"),
    _declares("TypeArray", 28, "id id"),
    _declares("TypeRuntimeArray", 29, "id"),
    _declares("TypeStruct", 30, "id*"),
    _declares("TypePointer", 32, "storage_class id"),
    _declares("TypeFunction", 33, "id id*"),
    _typed("ConstantTrue", 41),
    _typed("ConstantFalse", 42),
    _typed("Constant", 43, "number"),
    _typed("ConstantComposite", 44, "id*"),
    _typed("ConstantNull", 46),
    _typed("SpecConstantTrue", 48),
    _typed("SpecConstantFalse", 49),
    _typed("SpecConstant", 50, "number"),
    _typed("Function", 54, "function_control id"),
    _typed("FunctionParameter", 55),
    _void("FunctionEnd", 56),
    _typed("FunctionCall", 57, "id id*"),
    _void("Decorate", 71, "id decoration"),
    _void("MemberDecorate", 72, "id literal decoration"),
    _typed("Phi", 245, "phi"),
    _void("LoopMerge", 246, "id id loop_control"),
    _void("SelectionMerge", 247, "id selection_control"),
    _declares("Label", 248),
    _void("Branch", 249, "id"),
    _void("BranchConditional", 250, "id id id literal*"),
    _void("Switch", 251, "id id switch"),
    _void("NoLine", 317),
    _void("ModuleProcessed", 330, "string"),
    _declares("TypeCooperativeMatrixKHR", 4456, "id id id id id"),
    _typed("CooperativeMatrixLengthKHR", 4460, "id"),
]
