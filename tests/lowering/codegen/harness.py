# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles one dispatch body through code generation and runs it, workgroup by workgroup.

A body is written as `func.func @entry(%a: !iree_tensor_ext.dispatch.tensor<..>, ..., %n: index)`,
the form that flow leaves; `compile_kernel` gives it the HAL interface of executable-sources.
"""

from __future__ import annotations

import ctypes
import itertools
import time
from dataclasses import dataclass

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    IndexType,
    IntAttr,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    TensorType,
    i32,
    i64,
)
from xdsl.dialects.func import FuncOp
from xdsl.ir import Block, Operation, Region
from xdsl.parser import Parser

from iree_explore import elements
from iree_explore.context import CompilerContext, Parameters, make_context
from iree_explore.flow.dialect import DispatchTensorType, load_whole, store_whole
from iree_explore.hal import dialect as hal
from iree_explore.linalg.evaluate import Evaluator, evaluate_function
from iree_explore.pipeline import PHASES
from iree_explore.targets.llvm_cpu import cpu_info
from iree_explore.targets.llvm_cpu.loader import load
from iree_explore.targets.llvm_cpu.translate import translate
from iree_explore.targets.llvm_cpu.worker import Compiler

_compiler: list[Compiler] = []


def as_dispatch(module: ModuleOp, dims: list[list[int]] | None = None) -> None:
    """Rewrites a tensor function `(tensors..., indices...) -> tensors` to the form flow leaves.

    `dims` lists for every tensor argument and result which index argument each of its `?` is; by
    default all are the first.
    """
    func = next(op for op in module.body.block.ops if isinstance(op, FuncOp))
    block = func.body.block
    indices = [a for a in block.args if isinstance(a.type, IndexType)]
    tensors = [a for a in block.args if isinstance(a.type, TensorType)]
    terminator = block.last_op
    assert terminator is not None
    number = itertools.count()

    def sizes(type_: TensorType):
        which = next(number)
        dynamic = sum(n < 0 for n in type_.get_shape())
        return [indices[i] for i in (dims[which] if dims else [0] * dynamic)]

    first = block.first_op
    assert first is not None
    for argument in tensors:
        type_ = argument.type
        bound = DispatchTensorType(StringAttr("readonly"), type_)
        new = block.insert_arg(bound, argument.index)
        load = load_whole(new, sizes(type_))
        block.insert_op_before(load, first)
        argument.replace_all_uses_with(load.result)
        block.erase_arg(argument)
    for value in list(terminator.operands):
        bound = DispatchTensorType(StringAttr("writeonly"), value.type)
        target = block.insert_arg(bound, len(block.args))
        block.insert_op_before(store_whole(value, target, sizes(value.type)), terminator)
    terminator.operands = []
    func.properties["function_type"] = type(func.function_type).from_lists(
        [a.type for a in block.args], []
    )


def with_interface(
    ctx: CompilerContext, text: str, dims: list[list[int]] | None = None
) -> ModuleOp:
    """The body as the inner module of a `hal.executable`; returns the outer module."""
    module = Parser(ctx, text).parse_module()
    func = next(op for op in module.body.block.ops if isinstance(op, FuncOp))
    arguments = [a.type for a in func.body.block.args]
    if func.function_type.outputs or any(isinstance(t, TensorType) for t in arguments):
        as_dispatch(module, dims)
    func = next(op for op in module.body.block.ops if isinstance(op, FuncOp))
    block = func.body.block
    tensors = [a for a in block.args if isinstance(a.type, DispatchTensorType)]
    scalars = [a for a in block.args if not isinstance(a.type, DispatchTensorType)]
    constants = sum(2 if isinstance(a.type, IndexType) else 1 for a in scalars)
    flags = [
        "ReadOnly" if a.type.access.data == "readonly" else ""  # pyright: ignore
        for a in tensors
    ]
    bindings = [hal.PipelineBindingAttr(StringAttr("storage_buffer"), StringAttr(f)) for f in flags]
    layout = hal.PipelineLayoutAttr(IntAttr(constants), ArrayAttr(bindings))
    first = block.first_op
    assert first is not None

    def insert(op: Operation) -> Operation:
        block.insert_op_before(op, first)
        return op

    def constant(ordinal: int):
        return insert(
            hal.InterfaceConstantLoadOp.create(
                properties={"layout": layout, "ordinal": IntegerAttr(ordinal, IndexType())},
                result_types=[i32],
            )
        ).results[0]

    ordinal = 0
    for scalar in scalars:
        if isinstance(scalar.type, IndexType):
            low = insert(arith.ExtUIOp(constant(ordinal), i64)).results[0]
            high = insert(arith.ExtUIOp(constant(ordinal + 1), i64)).results[0]
            bits = insert(arith.ConstantOp(IntegerAttr(32, i64))).results[0]
            shifted = insert(arith.ShLIOp(high, bits)).results[0]
            joined = insert(arith.OrIOp(low, shifted)).results[0]
            value = insert(arith.IndexCastOp(joined, IndexType())).results[0]
            ordinal += 2
        else:
            value = insert(arith.BitcastOp(constant(ordinal), scalar.type)).results[0]
            ordinal += 1
        scalar.replace_all_uses_with(value)
    dynamic = dynamic_dims(func)
    for number, argument in enumerate(tensors):
        dims = dynamic.get(argument, [])
        subspan = insert(
            hal.InterfaceBindingSubspanOp.create(
                operands=dims,
                properties={"layout": layout, "binding": IntegerAttr(number, IndexType())},
                result_types=[argument.type],
            )
        )
        argument.replace_all_uses_with(subspan.results[0])
    for argument in list(block.args):
        block.erase_arg(argument)
    func.properties["function_type"] = type(func.function_type).from_lists([], [])
    return wrap(module, func.sym_name.data, layout)


def dynamic_dims(func: FuncOp) -> dict:
    """Dynamic sizes of the dispatch tensors, from the loads and stores that name them."""
    found = {}
    for op in func.body.block.ops:
        if op.name == "iree_tensor_ext.dispatch.tensor.load":
            found[op.source] = list(op.dims)  # pyright: ignore
        elif op.name == "iree_tensor_ext.dispatch.tensor.store":
            found[op.target] = list(op.dims)  # pyright: ignore
    return found


def wrap(inner: ModuleOp, name: str, layout: hal.PipelineLayoutAttr) -> ModuleOp:
    """`hal.executable` with one llvm-cpu variant around an inner module."""
    host = cpu_info.host()
    configuration = {"cpu": StringAttr(host.name), "cpu_features": StringAttr(host.features)}
    target = hal.ExecutableTargetAttr(
        StringAttr("llvm-cpu"), StringAttr("embedded-elf-x86_64"), DictionaryAttr(configuration)
    )
    export = hal.ExecutableExportOp.build(
        properties={
            "sym_name": StringAttr(name),
            "ordinal": IntegerAttr(0, IndexType()),
            "layout": layout,
        },
        regions=[Region(), []],
    )
    variant = hal.ExecutableVariantOp.create(
        properties={"sym_name": StringAttr("embedded"), "target": target},
        regions=[Region(Block([export, inner]))],
    )
    executable = hal.ExecutableOp.create(
        properties={"sym_name": StringAttr("exe")}, regions=[Region(Block([variant]))]
    )
    return ModuleOp([executable])


def codegen_lines() -> list:
    """Our passes, in pipeline order."""
    return [
        line
        for phase in PHASES
        if phase.name in ("executable-configurations", "executable-targets")
        for line in phase.passes
        if line.path.startswith("codegen.")
    ]


def lowering_lines() -> list:
    """The passes after ours, up to the `llvm` dialect."""
    (phase,) = (p for p in PHASES if p.name == "executable-targets")
    names = [line.path.partition(":")[2] for line in phase.passes]
    return list(phase.passes[names.index("PlanLocalMemory") + 1 : names.index("TranslateToLLVMIR")])


def run_codegen(ctx: CompilerContext, module: ModuleOp, until: str = "") -> ModuleOp:
    """Runs the upper half of code generation; returns the inner module."""
    variant = next(op for op in module.walk() if isinstance(op, hal.ExecutableVariantOp))
    inner = next(op for op in variant.body.block.ops if isinstance(op, ModuleOp))
    ctx.provenance.settle(module, "test")
    for line in codegen_lines():
        pass_ = line.load()()
        pass_.apply(ctx, inner)
        ctx.provenance.settle(inner, pass_.name)
        if until and pass_.name.endswith(until):
            break
    return inner


@dataclass
class Kernel:
    """A compiled dispatch: `bind(arrays, workload)` runs every workgroup in turn. `exports` are
    entry points with their addresses, those with a condition first."""

    exports: list[tuple[hal.ExecutableExportOp, int]]
    tensors: int
    seconds: dict[str, float]
    keep: object
    inner: ModuleOp

    def chosen(self, workload: list[int]) -> tuple[hal.ExecutableExportOp, int]:
        """The export that serves a workload, and its address."""
        return next(
            (export, address)
            for export, address in self.exports
            if export.condition is None or evaluate_region(export.condition, workload)[0]
        )

    def workgroups(self, workload: list[int]) -> tuple[int, int, int]:
        """The export's count region, evaluated."""
        region = self.chosen(workload)[0].workgroup_count
        assert region is not None
        x, y, z = evaluate_region(region, workload)
        return x, y, z

    def bind(self, arrays: list[np.ndarray], workload: list[int] = ()):  # pyright: ignore
        """A function without arguments that runs all workgroups on `arrays`."""
        words = []
        for value in workload:
            words += [value & 0xFFFFFFFF, value >> 32]
        constants = (ctypes.c_uint32 * max(1, len(words)))(*words)
        pointers = (ctypes.c_void_p * max(1, len(arrays)))(*[a.ctypes.data for a in arrays])
        lengths = (ctypes.c_uint64 * max(1, len(arrays)))(*[a.nbytes for a in arrays])
        count = self.workgroups(list(workload))
        state = DispatchState(
            (ctypes.c_uint32 * 3)(*count), len(words), len(arrays), 1,
            ctypes.addressof(constants), ctypes.addressof(pointers), ctypes.addressof(lengths),
        )  # fmt: skip
        export, address = self.chosen(list(workload))
        memory = export.workgroup_local_memory
        local = aligned(np.uint8, (max(64, memory.value.data if memory else 0),))
        environment = (ctypes.c_void_p * 4)()
        entry = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 3)(address)
        group = WorkgroupState((ctypes.c_uint32 * 3)(), 0, local.ctypes.data, local.nbytes)
        env, st, gr = (ctypes.addressof(x) for x in (environment, state, group))
        keep = (self, constants, pointers, lengths, local, environment, state, arrays)

        def run():
            assert keep
            ids = group.workgroup_id
            for z in range(count[2]):
                for y in range(count[1]):
                    for x in range(count[0]):
                        ids[0], ids[1], ids[2] = x, y, z
                        status = entry(env, st, gr)
                        assert status == 0, status

        return run


class DispatchState(ctypes.Structure):
    _fields_ = [
        ("workgroup_count", ctypes.c_uint32 * 3), ("constant_count", ctypes.c_uint32),
        ("binding_count", ctypes.c_uint32), ("workgroup_size", ctypes.c_uint32),
        ("constants", ctypes.c_void_p), ("binding_ptrs", ctypes.c_void_p),
        ("binding_lengths", ctypes.c_void_p),
    ]  # fmt: skip


class WorkgroupState(ctypes.Structure):
    _fields_ = [
        ("workgroup_id", ctypes.c_uint32 * 3), ("processor_id", ctypes.c_uint32),
        ("local_memory", ctypes.c_void_p), ("local_memory_size", ctypes.c_uint64),
    ]  # fmt: skip


def evaluate_region(region: Region, workload: list[int]) -> list[int]:
    """What a region of an export returns for a workload."""
    values = dict(zip(region.block.args, workload, strict=True))
    for op in region.block.ops:
        if op.name == "hal.return":
            return [int(values[v]) for v in op.operands]  # pyright: ignore
        values[op.results[0]] = evaluate(op, [values[v] for v in op.operands])  # pyright: ignore
    raise AssertionError


def evaluate(op: Operation, operands: list[int]) -> int:
    """Index arithmetic of a workgroup count or condition region."""
    if op.name == "arith.constant":
        return op.value.value.data  # pyright: ignore
    a, b = operands
    if op.name == "arith.cmpi":
        assert op.predicate.value.data == 3  # pyright: ignore  # sle
        return a <= b
    return {
        "arith.addi": lambda: a + b, "arith.subi": lambda: a - b, "arith.muli": lambda: a * b,
        "arith.divui": lambda: a // b, "arith.remui": lambda: a % b,
        "arith.minsi": lambda: min(a, b), "arith.maxsi": lambda: max(a, b),
    }[op.name]()  # fmt: skip


def aligned(dtype, shape) -> np.ndarray:
    """An array that starts at a multiple of 64 bytes, as bindings do."""
    dtype = np.dtype(dtype)
    nbytes = int(np.prod(shape)) * dtype.itemsize
    raw = np.zeros(nbytes + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + nbytes].view(dtype).reshape(shape)


def check(
    text: str,
    *inputs: np.ndarray,
    workload: list[int] | None = None,
    dims: list[list[int]] | None = None,
    rtol: float = 1e-4,
    atol: float = 1e-4,
    show: bool = False,
) -> Kernel:
    """Compiles a tensor function, runs it and compares with the NumPy evaluator."""
    workload = workload or []
    reference = Parser(make_context(), text).parse_module()
    name = next(op for op in reference.body.block.ops if isinstance(op, FuncOp)).sym_name.data
    sizes = [np.int64(n) for n in workload]
    expected = evaluate_function(reference, name, [*inputs, *sizes], Parameters())
    kernel = compile_kernel(text, show, dims)
    arrays = []
    for array in inputs:
        arrays.append(aligned(array.dtype, array.shape))
        arrays[-1][...] = array
    outputs = []
    for array in map(np.asarray, expected):
        outputs.append(aligned(array.dtype, array.shape))
        ctypes.memset(outputs[-1].ctypes.data, 0xAB, outputs[-1].nbytes)
    kernel.bind([*arrays, *outputs], workload)()
    for output, array in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(output, array, rtol=rtol, atol=atol)
    for array, copy in zip(inputs, arrays, strict=True):
        np.testing.assert_array_equal(array, copy)
    return kernel


def check_dispatch(func: FuncOp, size: int = 3, rtol: float = 1e-3, atol: float = 1e-3) -> Kernel:
    """Compiles a function in the form that flow leaves and compares with the NumPy evaluator on
    random data; every index argument is `size`."""
    rng = np.random.default_rng(1)
    body = func.body.block
    dynamic = dynamic_dims(func)
    arrays, expected, scalars, arguments = [], [], [], []
    for argument in body.args:
        if isinstance(argument.type, DispatchTensorType):
            bound = argument.type.bound_type
            assert len(dynamic.get(argument, [])) <= len(bound.get_shape())
            shape = [size if n < 0 else n for n in bound.get_shape()]
            dtype = elements.dtype_of(bound.element_type)
            array = aligned(dtype, tuple(shape))
            if array.size and argument.type.access.data != "writeonly":
                if dtype.kind in "fcV" or dtype.name == "bfloat16":
                    array[...] = (rng.random(shape) + 0.1).astype(dtype)
                else:
                    array[...] = rng.integers(0, 2, shape).astype(dtype)
            arrays.append(array)
            expected.append(array.copy())
            arguments.append(expected[-1])
        elif isinstance(argument.type, IndexType):
            scalars.append(size)
            arguments.append(np.int64(size))
        else:
            scalars.append(None)
            arguments.append(elements.dtype_of(argument.type).type(1))
    text = "builtin.module {\n" + str(func) + "\n}"
    Evaluator(ModuleOp([]), Parameters()).run_region(func.body, arguments, {})
    kernel = compile_kernel(text)
    kernel.bind(arrays, [s for s in scalars if s is not None])()
    for ours, theirs in zip(arrays, expected, strict=True):
        np.testing.assert_allclose(
            ours.astype(np.float64), theirs.astype(np.float64), rtol=rtol, atol=atol
        )
    return kernel


def compile_kernel(text: str, show: bool = False, dims: list[list[int]] | None = None) -> Kernel:
    """All of code generation, LLVM in this process."""
    ctx = make_context()
    times = {}
    module = with_interface(ctx, text, dims)
    begin = time.perf_counter()
    inner = run_codegen(ctx, module)
    times["codegen"] = time.perf_counter() - begin
    times["ops"] = sum(1 for _ in inner.walk())
    vector = inner.clone()
    if show:
        print(inner)
    begin = time.perf_counter()
    for line in lowering_lines():
        pass_ = line.load()()
        pass_.apply(ctx, inner)
        ctx.provenance.settle(inner, pass_.name)
    times["lower"] = time.perf_counter() - begin
    begin = time.perf_counter()
    cpu = cpu_info.host()
    translation = translate(inner, cpu)
    if not _compiler:
        _compiler.append(Compiler())
    result = _compiler[0].compile(
        {"ir": translation.text, "triple": cpu.triple, "cpu": cpu.name,
         "features": cpu.features, "assembly": show}
    )  # fmt: skip
    assert "error" not in result, result["error"]
    times["llvm"] = time.perf_counter() - begin
    if show:
        print(result["assembly"])
    loaded = load(result["object"])
    exports = [op for op in module.walk() if isinstance(op, hal.ExecutableExportOp)]
    exports.sort(key=lambda export: export.condition is None)
    found = [(e, loaded.address(translation.entries[e.sym_name.data])) for e in exports]
    count = len(exports[0].layout.bindings.data)
    return Kernel(found, count, times, (loaded, module), vector)


def dispatch_type(array: np.ndarray | tuple, access: str, shape: str | None = None) -> str:
    """`!iree_tensor_ext.dispatch.tensor<..>` text for an array."""
    element = elements.element_type_of(array.dtype)  # pyright: ignore
    if str(element).startswith("ui"):
        element = str(element)[1:]
    dims = shape if shape is not None else "".join(f"{n}x" for n in array.shape)  # pyright: ignore
    return f"!iree_tensor_ext.dispatch.tensor<{access}:tensor<{dims}{element}>>"


__all__ = ["Kernel", "aligned", "compile_kernel", "run_codegen", "with_interface"]
