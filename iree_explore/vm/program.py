# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""From a `vm.module` to plain data (JSON types only), which is what is saved and what runs.

A function is blocks of instructions over numbered registers; register 0 belongs to the interpreter.

    ["const", r, number]  ["text", r, string]  ["null", r]
    ["load", r, global]  ["store", global, r]
    ["op", name, r, [registers]]  ["call", function, [registers], [results]]
    ["import", import, [registers], groups or null, [results]]
    ["return", [registers]]  ["br", block, [registers]]
    ["cond_br", r, block, [registers], block, [registers]]
"""

from __future__ import annotations

import json
from typing import Any, cast

from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    ModuleOp,
    Signedness,
    StringAttr,
    TensorType,
)
from xdsl.ir import Attribute, Operation, SSAValue

from iree_explore.elements import dtype_of
from iree_explore.errors import InternalError
from iree_explore.hal.host_ops import ExecutableBinaryOp
from iree_explore.hal.passes.wrap_entry_points import (
    CHECK,
    CONSTRAINTS,
    DECLARATION,
    DIMS,
    NAME,
    STRUCTURE,
    TYPE,
)
from iree_explore.shapes.functions import texts
from iree_explore.vm import dialect as vm

Program = dict[str, Any]


def program_of(module: ModuleOp) -> Program:
    """The program of a module that went through all phases."""
    host = next((o for o in module.body.block.ops if isinstance(o, vm.ModuleOp)), None)
    if host is None:
        raise InternalError("IX202", "the module has no vm.module: run it through phase vm")
    ops = list(host.body.block.ops)
    imports = [o.sym_name.data for o in ops if isinstance(o, vm.ImportOp)]
    functions = [o for o in ops if isinstance(o, vm.FuncOp)]
    globals_ = [o for o in ops if isinstance(o, vm.GlobalOp)]
    names = {
        "functions": {f.sym_name.data: i for i, f in enumerate(functions)},
        "globals": {g.sym_name.data: i for i, g in enumerate(globals_)},
        "imports": {name: i for i, name in enumerate(imports)},
    }
    return {
        "imports": imports,
        "globals": [_global(g) for g in globals_],
        "functions": [_Function(f, names).data for f in functions],
        "exports": [_export(o, names["functions"]) for o in ops if isinstance(o, vm.ExportOp)],
        "executables": [
            _executable(o) for o in module.body.block.ops if isinstance(o, ExecutableBinaryOp)
        ],
    }


def _global(op: vm.GlobalOp) -> dict[str, Any]:
    data: dict[str, Any] = {"name": op.sym_name.data, "mutable": op.is_mutable is not None}
    data["type"] = str(op.type)
    if isinstance(op.initial_value, IntegerAttr | FloatAttr):
        data["initial"] = op.initial_value.value.data
    encoding = op.attributes.get(TYPE, op.attributes.get("stream.encoding"))
    if isinstance(encoding, TensorType):
        data["tensor"] = tensor_of(encoding)
    path = op.attributes.get(NAME)
    if isinstance(path, StringAttr):
        data["path"] = path.data
    return data


def tensor_of(type_: Attribute) -> dict[str, Any]:
    """dtype name and shape (null: any size) of a tensor type, or the dtype of a scalar."""
    if isinstance(type_, TensorType):
        shape = [None if n < 0 else n for n in type_.get_shape()]
        return {"dtype": dtype_of(type_.element_type).name, "shape": shape}
    if isinstance(type_, IntegerType) and type_.signedness.data == Signedness.UNSIGNED:
        return {"dtype": f"uint{type_.width.data}"}
    return {"dtype": dtype_of(type_).name}


def _export(op: vm.ExportOp, functions: dict[str, int]) -> dict[str, Any]:
    declaration = op.attributes.get(DECLARATION)
    structure = op.attributes.get(STRUCTURE)
    return {
        "name": op.function_ref.string_value(),
        "function": functions[op.function_ref.string_value()],
        "declaration": declaration.data if isinstance(declaration, StringAttr) else "",
        "arguments": _described(op.attributes.get("arguments")),
        "results": _described(op.attributes.get("results")),
        "structure": json.loads(structure.data) if isinstance(structure, StringAttr) else None,
        "constraints": texts(op.attributes.get(CONSTRAINTS)),
    }


def _described(attributes: Attribute | None) -> list[dict[str, Any]]:
    if not isinstance(attributes, ArrayAttr):
        return []
    found = []
    for entry in cast(ArrayAttr[DictionaryAttr], attributes):
        name, type_ = entry.data.get(NAME), entry.data.get(TYPE)
        if isinstance(name, StringAttr) and type_ is not None:
            described = {"name": name.data, **tensor_of(type_)}
            check = entry.data.get(CHECK)
            if isinstance(check, StringAttr):
                described["check"] = check.data
            if DIMS in entry.data:
                described["dims"] = texts(entry.data[DIMS])
            found.append(described)
    return found


def _executable(op: ExecutableBinaryOp) -> dict[str, Any]:
    entries = op.entries.data.split(";") if op.entries else op.export_names()
    interface = list(op.interface.iter_values()) if op.interface else [0, 0] * len(entries)
    assert op.data is not None, "vm-serialize-executables has run"
    return {
        "name": op.sym_name.data,
        "format": op.format.data,
        "object": op.data.digest.data,
        "size": op.data.size.data,
        "entries": entries,
        "symbols": op.export_names(),
        "local_memory": list(op.local_memory.iter_values()) if op.local_memory else [],
        "interface": [list(p) for p in zip(interface[::2], interface[1::2], strict=True)],
        "read_only": list(op.read_only.iter_values()) if op.read_only else [],
    }


class _Function:
    """Numbers the registers of one function and lists its instructions."""

    def __init__(self, op: vm.FuncOp, names: dict[str, dict[str, int]]) -> None:
        self.names = names
        self.registers: dict[SSAValue, int] = {}
        self.blocks = {block: i for i, block in enumerate(op.body.blocks)}
        for block in op.body.blocks:
            for argument in block.args:
                self._new(argument)
            for inner in block.ops:
                for result in inner.results:
                    self._new(result)
        blocks = [
            {
                "args": [self.registers[a] for a in block.args],
                "code": [self.instruction(inner) for inner in block.ops],
            }
            for block in op.body.blocks
        ]
        self.data = {
            "name": op.sym_name.data,
            "registers": len(self.registers) + 1,
            "blocks": blocks,
        }

    def _new(self, value: SSAValue) -> None:
        self.registers[value] = len(self.registers) + 1

    def all(self, values: Any) -> list[int]:
        return [self.registers[v] for v in values]

    def instruction(self, op: Operation) -> list[Any]:
        """One op as data."""
        if isinstance(op, vm.CallOp):
            return self.call(op)
        if isinstance(op, vm.ConstOp):
            value = cast(IntegerAttr | FloatAttr, op.value)
            return ["const", self.registers[op.result], value.value.data]
        if isinstance(op, vm.RodataInlineOp):
            return ["text", self.registers[op.result], op.value.data]
        if isinstance(op, vm.ConstRefZeroOp):
            return ["null", self.registers[op.result]]
        if isinstance(op, vm.GlobalLoadOp):
            index = self.names["globals"][op.global_.string_value()]
            return ["load", self.registers[op.result], index]
        if isinstance(op, vm.GlobalStoreOp):
            index = self.names["globals"][op.global_.string_value()]
            return ["store", index, self.registers[op.value]]
        if isinstance(op, vm.ReturnOp):
            return ["return", self.all(op.values)]
        if isinstance(op, vm.BranchOp):
            return ["br", self.blocks[op.successor], self.all(op.arguments)]
        if isinstance(op, vm.CondBranchOp):
            return [
                "cond_br",
                self.registers[op.condition],
                self.blocks[op.then_block],
                self.all(op.then_arguments),
                self.blocks[op.else_block],
                self.all(op.else_arguments),
            ]
        if op.name in vm.SCALAR_OPS:
            return ["op", op.name, self.registers[op.results[0]], self.all(op.operands)]
        raise InternalError("IX202", f"{op.name} is not an instruction of the VM")

    def call(self, op: vm.CallOp) -> list[Any]:
        """A call of a function of the program or of an import."""
        name = op.callee.string_value()
        arguments, results = self.all(op.arguments), self.all(op.results)
        if name in self.names["functions"]:
            return ["call", self.names["functions"][name], arguments, results]
        groups = list(op.segments.iter_values()) if op.segments is not None else None
        return ["import", self.names["imports"][name], arguments, groups, results]
