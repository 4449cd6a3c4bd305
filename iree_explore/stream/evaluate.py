# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs programs of the phases `stream` to `executable-targets` on NumPy, dispatch by dispatch.

Resources are arrays of bytes. Submissions are run at once and in order, `concurrent` regions last
op first: what is right does not depend on it. Kernels are run workgroup by workgroup
(`codegen/evaluate.py`), once if they are not distributed yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, SymbolRefAttr
from xdsl.ir import Operation

from iree_explore import elements
from iree_explore.codegen import evaluate as kernels
from iree_explore.codegen.evaluate import Frame
from iree_explore.context import Parameters
from iree_explore.errors import GapError
from iree_explore.linalg.evaluate import Evaluator, Values
from iree_explore.linalg.evaluate_linalg import evaluate_linalg
from iree_explore.linalg.evaluate_steps import StepEvaluator
from iree_explore.linalg.structured import is_linalg
from iree_explore.stream.passes.layout_slices import alignment_of
from iree_explore.walk import walk

_MOST_OPS = 3_000_000
"""Ops of kernels that are run before it is given up: a minute or so."""


class StreamEvaluator(StepEvaluator):
    """An evaluator that also knows stream's ops and device code."""

    terminators = StepEvaluator.terminators | {"stream.yield", "hal.return"}

    def __init__(self, module: ModuleOp, parameters: Parameters):
        self.frame: Frame | None = None
        self.done = 0
        self._written: dict[tuple[Operation, str], list[int]] = {}
        self._local = np.full(kernels.LOCAL_BYTES, 0xFF, np.uint8)
        self.device_code: dict[str, Operation] = {
            op.properties["sym_name"].data: op  # pyright: ignore[reportAttributeAccessIssue]
            for op in module.body.block.ops
            if op.name in ("stream.executable", "hal.executable")
        }
        super().__init__(module, parameters)

    def run_op(self, op: Operation, values: Values) -> None:
        if self.frame is not None:
            self.done += 1
            if self.done > _MOST_OPS:
                raise GapError("IX203", "its kernels are too long to be run op by op")
            rule = kernels.RULES.get(op.name)
            if rule is not None:
                values.update(zip(op.results, rule(self.frame, op, values), strict=True))
                return
            if is_linalg(op) and kernels.writes_memory(op):
                found = evaluate_linalg(op, values.__getitem__)
                for memory, result in zip(op.operands[-len(found) :], found, strict=True):
                    values[memory][...] = result
                return
        host = RULES.get(op.name)
        if host is None:
            super().run_op(op, values)
            return
        values.update(zip(op.results, host(self, op, values), strict=True))

    def global_value(self, name: str) -> Any:
        """Resources of globals are the bytes of what they hold."""
        fresh = name not in self.globals
        value = super().global_value(name)
        op = self._initial[name]
        if fresh and op.type.name == "stream.resource":
            value = self.globals[name] = bytes_of(np.asarray(value))
        return value

    # Dispatches

    def dispatched(self, op: Operation, outputs: Sequence[np.ndarray]) -> None:
        """Called after each dispatch with the bytes of what it wrote, for those who look on."""

    def outputs(self, entry: SymbolRefAttr) -> list[int]:
        """Which bindings an entry point writes."""
        executable = self.device_code[entry.root_reference.data]
        name = entry.nested_references.data[0].data
        known = self._written.get((executable, name))
        if known is None:
            known = self._written[executable, name] = _written(executable, name)
        return known

    def dispatch(
        self, entry: SymbolRefAttr, workload: Sequence[int], scalars: Sequence[Any],
        bindings: Sequence[np.ndarray], kinds: str,
    ) -> None:  # fmt: skip
        """Runs an entry point; `kinds` has "s" for a scalar and any other letter for a binding."""
        executable = self.device_code[entry.root_reference.data]
        name = entry.nested_references.data[0].data
        if executable.name == "stream.executable":
            values_of = {"s": iter(scalars), "b": iter(bindings)}
            arguments = [next(values_of["s" if kind == "s" else "b"]) for kind in kinds]
            function = self._function(executable, name)
            self._workgroup(function, arguments, Frame(np.empty(0, np.uint32), bindings))
            return
        export = self._chosen(executable, name, workload)
        function = self._function(executable, export.sym_name.data)
        constants = np.concatenate([np.empty(0, np.uint32), *map(words_of, scalars)])
        distributed = any(op.name.startswith("hal.interface.workgroup") for op in walk(function))
        count = self._count(export, workload) if distributed else (1, 1, 1)
        for z, y, x in np.ndindex(*reversed(count)):
            frame = Frame(constants, bindings, (x, y, z), count, self._local)
            self._workgroup(function, [], frame)

    def _workgroup(self, function: func.FuncOp, arguments: Sequence[Any], frame: Frame) -> None:
        outer, self.frame = self.frame, frame
        try:
            self.run_region(function.body, arguments, {})
        finally:
            self.frame = outer

    def _function(self, executable: Operation, name: str) -> func.FuncOp:
        for op in walk(executable):
            if isinstance(op, func.FuncOp) and op.sym_name.data == name:
                return op
        raise GapError("IX203", f"@{name} is no function any more: no evaluation on NumPy")

    def _chosen(self, executable: Operation, name: str, workload: Sequence[int]) -> Any:
        """The export for a workload: one with a condition that fits, else the one that is named."""
        exports: list[Any] = [op for op in walk(executable) if op.name == "hal.executable.export"]
        for export in exports:
            fallback = export.condition_fallback
            if fallback is not None and fallback.string_value() == name:
                (fits,) = self._region_of_export(export.condition, workload)
                if fits:
                    return export
        return next(e for e in exports if e.sym_name.data == name)

    def _count(self, export: Any, workload: Sequence[int]) -> tuple[int, int, int]:
        if export.workgroup_count is None:
            return 1, 1, 1
        x, y, z = self._region_of_export(export.workgroup_count, workload)
        return int(x), int(y), int(z)

    def _region_of_export(self, region: Any, workload: Sequence[int]) -> list[Any]:
        return self.run_region(region, [np.int64(n) for n in workload], {})


def _written(executable: Operation, name: str) -> list[int]:
    """The bindings of an entry point that are not only read."""
    for op in walk(executable):
        if op.name == "hal.executable.export" and op.sym_name.data == name:  # pyright: ignore
            layout: Any = op.layout  # pyright: ignore[reportAttributeAccessIssue]
            flags = [binding.flags.data for binding in layout.bindings]
            return [i for i, flag in enumerate(flags) if flag != "ReadOnly"]
        if isinstance(op, func.FuncOp) and op.sym_name.data == name:
            places: dict[Any, int] = {}
            for argument in op.body.block.args:
                if argument.type.name == "stream.binding":
                    places[argument] = len(places)
            spans: list[Any] = [o for o in walk(op) if o.name == "stream.binding.subspan"]
            return sorted({places[o.binding] for o in spans
                           if o.result.type.access.data != "readonly"})  # fmt: skip
    return []


def bytes_of(array: Any) -> np.ndarray:
    """A copy of an array's bytes; packed elements and bools take a byte each."""
    return np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint8).copy()


def words_of(scalar: Any) -> np.ndarray:
    """The u32 constants that a scalar is: two of 8 bytes, else one (docs/architecture.md)."""
    value = np.asarray(scalar)
    if value.dtype.itemsize == 8:
        return value.reshape(1).view(np.uint32)
    if value.dtype.itemsize == 4:
        return value.reshape(1).view(np.uint32)
    wide = value.astype(np.int32) if value.dtype.kind in "bi" else bytes_of(value)
    return np.frombuffer(wide.tobytes().ljust(4, b"\0"), np.uint32)


Rule = Callable[[StreamEvaluator, Any, Values], Sequence[Any]]


def _import(self: StreamEvaluator, op: Any, values: Values) -> Sequence[Any]:
    return [bytes_of(np.asarray(values[op.source]))]


def _export(self: StreamEvaluator, op: Any, values: Values) -> Sequence[Any]:
    sizes = [values[v] for v in op.dims]
    return [np.array(kernels.view_of(values[op.source], op.encoding, sizes))]


def _alloca(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    return [np.full(int(values[op.size]), 0xFF, np.uint8)]


def _fill(memory: np.ndarray, value: Any) -> None:
    pattern = bytes_of(np.asarray(value).reshape(1))
    memory[...] = np.resize(pattern, memory.size)


def _splat(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    memory = np.empty(int(values[op.size]), np.uint8)
    _fill(memory, values[op.value])
    return [memory]


def _clone(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    return [np.array(values[op.source])]


def _range(memory: np.ndarray, offset: Any, length: Any) -> np.ndarray:
    start, count = int(offset), int(length)
    if start < 0 or start + count > memory.size:
        raise IndexError(f"bytes {start} to {start + count} of a resource of {memory.size}")
    return memory[start : start + count]


def _copy(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    length = values[op.length]
    target = values[op.target]
    source = _range(values[op.source], values[op.source_offset], length)
    _range(target, values[op.target_offset], length)[...] = source
    return [target] * len(op.results)


def _cmd_fill(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    _fill(_range(values[op.target], values[op.offset], values[op.length]), values[op.value])
    return []


def _transfer(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    memory = values[op.source]
    moves = op.name == "stream.async.transfer" and op.moves
    return [np.array(memory) if moves else memory]


def _read(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    dtype = elements.dtype_of(op.result.type)
    return [_range(values[op.source], values[op.offset], dtype.itemsize).view(dtype)[0]]


def _async_region(self: StreamEvaluator, op: Any, values: Values) -> Sequence[Any]:
    return self.run_region(op.regions[0], [], values)


def _cmd_region(self: StreamEvaluator, op: Any, values: Values) -> Sequence[Any]:
    self.run_region(op.regions[0], [], values)
    return [None] * len(op.results)


def _cmd_concurrent(self: StreamEvaluator, op: Any, values: Values) -> Sequence[Any]:
    for inner in reversed(list(op.regions[0].block.ops)):
        self.run_op(inner, values)
    return []


def _async_dispatch(self: StreamEvaluator, op: Any, values: Values) -> Sequence[Any]:
    resources = iter([values[v] for v in op.resources])
    tied = op.tied()
    given = [values[v] for v in op.resources]
    results = [
        given[t] if t >= 0 else np.full(int(values[size]), 0xFF, np.uint8)
        for t, size in zip(tied, op.result_sizes, strict=True)
    ]
    untied = iter([r for r, t in zip(results, tied, strict=True) if t < 0])
    kinds = op.operand_kinds.data
    bindings = [next(untied if kind == "o" else resources) for kind in kinds if kind != "s"]
    workload = [int(values[v]) for v in op.workload]
    scalars = [values[v] for v in op.scalars]
    self.dispatch(op.entry_point, workload, scalars, bindings, kinds)
    self.dispatched(op, results)
    return results


def _cmd_dispatch(self: StreamEvaluator, op: Any, values: Values) -> Sequence[Any]:
    bindings = [
        _range(values[memory], values[offset], values[length])
        for memory, offset, length in zip(op.bindings, op.offsets, op.lengths, strict=True)
    ]
    workload = [int(values[v]) for v in op.workload]
    scalars = [values[v] for v in op.scalars]
    self.dispatch(op.entry_point, workload, scalars, bindings, op.operand_kinds.data)
    self.dispatched(op, [bindings[i] for i in self.outputs(op.entry_point)])
    return []


def _pack(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    """One slice after the other: any places that do not overlap are right."""
    offsets, total, alignment = [], 0, alignment_of(op)
    for value in op.sizes:
        offsets.append(np.int64(total))
        total += -(-int(values[value]) // alignment) * alignment
    return [np.int64(total), *offsets]


def _binding(self: StreamEvaluator, op: Any, values: Values) -> Sequence[Any]:
    dims = [values[v] for v in op.dynamic_dims]
    return [kernels.view_of(values[op.binding], op.result.type, dims)]


def _nothing(self: Evaluator, op: Any, values: Values) -> Sequence[Any]:
    return []


RULES: dict[str, Rule] = {
    "stream.tensor.import": _import,
    "stream.tensor.export": _export,
    "stream.async.alloca": _alloca,
    "stream.async.splat": _splat,
    "stream.async.clone": _clone,
    "stream.async.copy": _copy,
    "stream.async.transfer": _transfer,
    "stream.async.load": _read,
    "stream.async.dispatch": _async_dispatch,
    "stream.async.execute": _async_region,
    "stream.async.concurrent": _async_region,
    "stream.resource.alloca": _alloca,
    "stream.resource.dealloca": _nothing,
    "stream.resource.pack": _pack,
    "stream.resource.load": _read,
    "stream.timepoint.await": _nothing,
    "stream.cmd.execute": _cmd_region,
    "stream.cmd.concurrent": _cmd_concurrent,
    "stream.cmd.dispatch": _cmd_dispatch,
    "stream.cmd.fill": _cmd_fill,
    "stream.cmd.copy": _copy,
    "stream.binding.subspan": _binding,
}
