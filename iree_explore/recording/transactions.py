# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a kernel of a GPU asks of memory, estimated by computing the addresses of its accesses.

The one idea: before a kernel becomes SPIR-V, its addresses are integer arithmetic on the numbers of
workgroup and invocation. That arithmetic is run for whole subgroups of a few workgroups, on arrays
of [subgroups, 32], and the 32-byte sectors that each request touches are counted. Caches are not
modelled, values that were read from memory count as unrelated places.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from xdsl.dialects.builtin import IndexType, IntegerType, MemRefType, ModuleOp, VectorType
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, Block, Operation, SSAValue

from iree_explore.codegen.dialect import translation_info_of
from iree_explore.codegen.target import export_of
from iree_explore.elements import dtype_of
from iree_explore.recording.kernel_records import AccessRecord, TransactionRecord

SUBGROUP, SECTOR = 32, 32
"""Invocations that make one request together; bytes that memory moves at least."""

UNKNOWN_SIZE = 1024
"""What stands for sizes that only a call knows."""

_WORKGROUPS, _TURNS = 6, 3
"""Workgroups, and turns of each loop, that are looked at; fewer are all."""

ASSUMPTIONS = (
    f"subgroups of {SUBGROUP} invocations, sectors of {SECTOR} bytes; every request goes to memory,"
    " whatever caches would have"
)


def transactions(executable: str, module: ModuleOp) -> list[TransactionRecord]:
    """The accesses of every kernel of an executable's inner module, before `convert-to-spirv`."""
    found = []
    for function in module.body.block.ops:
        if isinstance(function, FuncOp):
            info, export = translation_info_of(function), export_of(module, function.sym_name.data)
            if info is not None and info.workgroup_size and export is not None:
                counts = _counts(export)
                kernel = _Kernel(info.workgroup_size[0], counts)
                kernel.run(function.body.block, kernel.active, 1.0)
                found.append(kernel.record(executable, function.sym_name.data))
    return found


def _counts(export: Operation) -> tuple[list[int], bool]:
    """Workgroups in x, y and z, and whether they are known before a call."""
    block = export.regions[0].block
    values: dict[SSAValue, np.ndarray] = {a: np.array(UNKNOWN_SIZE) for a in block.args}
    for op in block.ops:
        if op.results:
            rule = _RULES.get(op.name)
            operands = [values[v] for v in op.operands]
            values[op.results[0]] = _number(op) if rule is None else rule(*operands)
    last = block.last_op
    assert last is not None
    return [int(values[v]) for v in last.operands], not block.args


def _is_integer(type_: Attribute) -> bool:
    inner = type_.element_type if isinstance(type_, VectorType) else type_
    return isinstance(inner, IndexType | IntegerType)


def _number(op: Operation) -> np.ndarray:
    value = op.properties["value"]
    return np.array(value.value.data)  # pyright: ignore[reportAttributeAccessIssue]


@dataclass
class _Sum:
    """The accesses of one binding so far."""

    requests: float = 0
    nbytes: float = 0
    sectors: float = 0
    patterns: dict[tuple[str, int], float] = field(default_factory=dict)


Value = tuple[np.ndarray, bool]
"""The number that each invocation has, and whether it depends on what was read."""


class _Kernel:
    """A kernel at work: `active` are the invocations looked at, [subgroups, 32]."""

    def __init__(self, size: int, counts: tuple[list[int], bool]) -> None:
        (x, y, z), self.known = counts
        total = x * y * z
        # the last one may have less to do: it stands for itself alone
        inner = np.linspace(0, max(0, total - 2), _WORKGROUPS - 1).astype(np.int64)
        picked = np.unique([*inner, total - 1]) if total else inner[:0]
        each = (total - 1) / max(1, len(picked) - 1)
        weights = np.where(picked == total - 1, 1.0, each)
        subgroups = -(-size // SUBGROUP)
        workgroup = np.repeat(picked, subgroups)[:, None]
        self.ids = (workgroup % x, workgroup // x % y, workgroup // (x * y)) if total else ()
        self.counts = (x, y, z)
        first = np.tile(np.arange(subgroups) * SUBGROUP, len(picked))[:, None]
        self.thread = first + np.arange(SUBGROUP)[None, :]
        self.active = self.thread < size
        self.weights = np.repeat(weights, subgroups)
        self.exact = self.known and total == len(picked)
        self.values: dict[SSAValue, Value] = {}
        self.sums: dict[tuple[int, str], _Sum] = {}

    def run(self, block: Block, active: np.ndarray, weight: float) -> None:
        """Everything in a block, `weight` times, for the `active` invocations."""
        for op in block.ops:
            name = op.name
            if name == "iree_codegen.invocation_guard":
                (a, _), (b, _) = (self.value(v) for v in op.operands)
                active = active & (a < b)
            elif name == "scf.for":
                self.loop(op, active, weight)
            elif name == "scf.if":
                self.branch(op, active, weight)
            elif name == "scf.while":
                self.exact = False
                for region in op.regions:
                    self.run(region.block, active, weight)
            elif name in _ACCESSES:
                self.access(op, *_ACCESSES[name], active, weight)
            else:
                self.compute(op)

    def value(self, value: SSAValue) -> Value:
        """The number of each invocation; what nobody told counts as read."""
        return self.values.get(value) or (np.zeros((1, 1), np.int64), True)

    def compute(self, op: Operation) -> None:
        """Integer arithmetic and what the grid tells; the rest needs no addresses."""
        if len(op.results) != 1 or not _is_integer(op.results[0].type):
            return
        name, result = op.name, op.results[0]
        if name == "arith.constant":
            if not isinstance(result.type, VectorType):
                self.values[result] = (_number(op)[None, None], False)
        elif name == "vector.extract":
            number, read = self.value(op.operands[0])
            lane = op.properties["static_position"].get_values()[0]  # pyright: ignore
            self.values[result] = (number + lane * 1664525 * 64, read)
        elif name == "gpu.thread_id":
            self.values[result] = (self.thread, False)
        elif name in ("hal.interface.workgroup.id", "hal.interface.workgroup.count"):
            axis = op.properties["dimension"].value.data  # pyright: ignore
            ids = self.ids[axis] if self.ids else np.zeros((1, 1), np.int64)
            count = np.full((1, 1), self.counts[axis])
            self.values[result] = (ids if name.endswith(".id") else count, False)
        elif name == "hal.interface.constant.load":
            low = op.properties["ordinal"].value.data % 2 == 0  # pyright: ignore
            self.values[result] = (np.full((1, 1), UNKNOWN_SIZE if low else 0), False)
        elif name in _RULES:
            self.apply(op, _RULES[name])

    def apply(self, op: Operation, rule: Callable[..., Any]) -> None:
        operands = [self.value(v) for v in op.operands]
        read = [v for v in operands if v[1]]
        if read and op.name in _KEEPS:  # a clamp of what was read is as unrelated as before
            self.values[op.results[0]] = read[0]
            return
        if op.name == "arith.cmpi":
            predicate = op.properties["predicate"].value.data  # pyright: ignore
            predicate -= 4 if predicate > 5 else 0
            result = _COMPARE[predicate](*(v for v, _ in operands))
            self.values[op.results[0]] = (np.ones_like(result) if read else result, bool(read))
            self.exact = self.exact and not read
            return
        self.values[op.results[0]] = (rule(*(v for v, _ in operands)), bool(read))

    def loop(self, op: Operation, active: np.ndarray, weight: float) -> None:
        """Some turns, each for as many as there are of its kind."""
        (low, a), (high, b), (step, c), *carried = (self.value(v) for v in op.operands)
        block = op.regions[0].block
        turns = -(-(high - low) // np.maximum(step, 1))
        count = int(turns.max(initial=0))
        if a or b or c:
            self.exact, count = False, 1
        picked = np.unique(np.linspace(0, max(0, count - 1), _TURNS).astype(np.int64))
        for turn in picked if count > 0 else ():
            at = low + turn * step
            self.values[block.args[0]] = (at, a)
            for argument, start in zip(block.args[1:], carried, strict=True):
                self.values[argument] = (start[0], start[1] or count > 1)
            within = active if a or b or c else active & (at < high)
            self.run(block, within, weight * count / len(picked))
        self.exact = self.exact and len(picked) >= count

    def branch(self, op: Operation, active: np.ndarray, weight: float) -> None:
        """Both sides, each for those that take it; who does is not known of what was read."""
        condition, read = self.value(op.operands[0])
        taken = condition.astype(bool)
        self.exact = self.exact and not read
        for region, side in zip(op.regions, (taken, ~taken), strict=True):
            if region.blocks:
                self.run(region.block, active if read else active & side, weight)

    def access(
        self, op: Operation, memory: int, index: int, kind: str, active: np.ndarray, weight: float
    ) -> None:
        """Counts what one load or store of a binding asks for. What is loaded is a number that
        nobody knows, the same for equal addresses."""
        base = op.operands[memory]
        type_: Any = base.type
        rank = len(type_.get_shape())
        address, read = self.address(base, op.operands[index : index + rank])
        moved: Any = op.results[0].type if kind == "read" else op.operands[0].type
        if kind == "read" and _is_integer(moved):
            scattered = (address * 2654435761 % (1 << 31)) * 64
            self.values[op.results[0]] = (np.broadcast_to(scattered, self.active.shape), True)
        owner = base.owner
        if not isinstance(owner, Operation) or owner.name != "hal.interface.binding.subspan":
            return
        lanes = moved.get_shape()[0] if isinstance(moved, VectorType) else 1
        nbytes = lanes * dtype_of(type_.element_type).itemsize
        address, active = np.broadcast_arrays(address + 0 * self.thread, active)
        each = _sectors(address, nbytes, active)
        times = weight * self.weights
        number = owner.properties["binding"].value.data  # pyright: ignore
        total = self.sums.setdefault((number, kind), _Sum())
        total.requests += float(times @ (each > 0))
        total.nbytes += nbytes * float(times @ np.count_nonzero(active, axis=1))
        sectors = float(times @ each)
        total.sectors += sectors
        form = ("gathered", 0) if read else _pattern(address, nbytes, active)
        total.patterns[form] = total.patterns.get(form, 0) + sectors

    def address(self, base: SSAValue, indices: Sequence[SSAValue]) -> Value:
        """Bytes from the begin of the memory, row-major."""
        type_: Any = base.type
        assert isinstance(type_, MemRefType)
        place, read = np.zeros((1, 1), np.int64), False
        dims = iter(getattr(base.owner, "dynamic_dims", ()))
        for size, index in zip(type_.get_shape(), indices, strict=True):
            extent = size
            if size < 0:
                dim = next(dims, None)
                extent = UNKNOWN_SIZE if dim is None else self.value(dim)[0]
            number, unknown = self.value(index)
            place, read = place * extent + number, read or unknown
        return place * dtype_of(type_.element_type).itemsize, read

    def record(self, executable: str, entry: str) -> TransactionRecord:
        accesses = []
        for (binding, kind), total in sorted(self.sums.items()):
            if not total.requests:
                continue
            pattern, stride = max(total.patterns, key=total.patterns.__getitem__)
            numbers = (total.requests, total.nbytes, total.sectors)
            requests, nbytes, sectors = (round(n) if self.known else -1 for n in numbers)
            rate = round(float(total.sectors / total.requests), 2)
            accesses.append(
                AccessRecord(binding, kind, pattern, stride, requests, nbytes, sectors, rate)
            )
        words = ASSUMPTIONS
        if not self.known:
            words += f"; sizes that only a call knows are taken as {UNKNOWN_SIZE}"
        return TransactionRecord(executable, entry, SUBGROUP, self.exact, words, tuple(accesses))


def _sectors(address: np.ndarray, nbytes: int, active: np.ndarray) -> np.ndarray:
    """How many sectors each subgroup touches."""
    ends = range(0, nbytes + SECTOR - 1, SECTOR)
    parts = [(address + min(n, nbytes - 1)) // SECTOR for n in ends]
    touched = np.concatenate([np.where(active, part, -1) for part in parts], axis=1)
    touched.sort(axis=1)
    first = touched[:, :1] >= 0
    return np.count_nonzero(
        np.concatenate([first, (np.diff(touched, axis=1) != 0) & (touched[:, 1:] >= 0)], axis=1),
        axis=1,
    )


def _pattern(address: np.ndarray, nbytes: int, active: np.ndarray) -> tuple[str, int]:
    """How the addresses of neighbouring invocations lie, and how many bytes they are apart."""
    steps = np.diff(address, axis=1)[active[:, 1:] & active[:, :-1]]
    if not steps.size:
        return "broadcast", 0
    found, counts = np.unique(steps, return_counts=True)
    step, share = int(found[counts.argmax()]), counts.max() / steps.size
    if share < 0.7:
        return "mixed", 0
    if step == 0:
        return "broadcast", 0
    return ("coalesced", 0) if abs(step) == nbytes else ("strided", step)


def _divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a // np.where(b == 0, 1, b)


_ACCESSES = {
    "memref.load": (0, 1, "read"),
    "vector.load": (0, 1, "read"),
    "vector.maskedload": (0, 1, "read"),
    "memref.store": (1, 2, "write"),
    "vector.store": (1, 2, "write"),
    "memref.atomic_rmw": (1, 2, "write"),
}
"""Where the memory and the indices are among the operands."""

_COMPARE = (np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)
"""By predicate; those of unsigned numbers (6 to 9) are as 2 to 5."""

_RULES: dict[str, Callable[..., Any]] = {
    "arith.addi": np.add,
    "arith.subi": np.subtract,
    "arith.muli": np.multiply,
    "arith.divsi": _divide,
    "arith.divui": _divide,
    "arith.floordivsi": _divide,
    "arith.ceildivsi": lambda a, b: -_divide(-a, b),
    "arith.ceildivui": lambda a, b: -_divide(-a, b),
    "arith.remsi": lambda a, b: a % np.where(b == 0, 1, b),
    "arith.remui": lambda a, b: a % np.where(b == 0, 1, b),
    "arith.minsi": np.minimum,
    "arith.minui": np.minimum,
    "arith.maxsi": np.maximum,
    "arith.maxui": np.maximum,
    "arith.andi": np.bitwise_and,
    "arith.ori": np.bitwise_or,
    "arith.xori": np.bitwise_xor,
    "arith.shli": np.left_shift,
    "arith.shrui": np.right_shift,
    "arith.shrsi": np.right_shift,
    "arith.index_cast": lambda a: a,
    "arith.index_castui": lambda a: a,
    "arith.extui": lambda a: a,
    "arith.extsi": lambda a: a,
    "arith.trunci": lambda a: a,
    "arith.select": np.where,
    "arith.cmpi": np.equal,
    "util.assume.int": lambda *a: a[0],
}

_KEEPS = frozenset(f"arith.{n}" for n in "minsi minui maxsi maxui select andi trunci".split())
