# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every value of a stage beside what the model says that it is.

An op of a later stage descends from imported ops; the last of those, in the model's order, is what
it computes, if it has as many elements and nothing later in the stage descends from it, too. Such
values are compared; what is only a step towards one (a padded copy, half of a softmax) has no
counterpart. Isolated, the op's readers then get the model's value instead of the one it computed.
"""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.ir import Operation

from iree_explore import elements
from iree_explore.context import Cancelled, Parameters
from iree_explore.linalg.evaluate import Values
from iree_explore.provenance import Provenance, op_id
from iree_explore.recording.check import Difference, ValueCheck, difference
from iree_explore.stream.evaluate import StreamEvaluator, bytes_of

MOST_BYTES = 2 << 30
"""What is kept of the model's values; later ones are not compared."""

_DISPATCHES = frozenset(
    {"flow.dispatch", "flow.dispatch.region", "stream.async.dispatch", "stream.cmd.dispatch"}
)
_CONTROL = frozenset(
    """builtin.module func.func stablehlo.while stablehlo.if stablehlo.case scf.while scf.for scf.if
    shape.assuming stream.async.execute stream.async.concurrent stream.cmd.execute
    stream.cmd.concurrent flow.dispatch.region""".split()
)
_PLAIN = frozenset(
    """stablehlo.constant arith.constant linalg.fill ml_program.global_load util.global.load
    ml_program.global_load_const tensor.empty flow.tensor.empty func.call hal.tensor.import
    hal.tensor.export""".split()
)
"""Ops that compute nothing, or whose inside is looked at anyway."""
_MOST_RANK = 4
"""Layouts of tensors of a higher rank are not tried."""


@dataclass
class Model:
    """The imported program as it was evaluated: `order` numbers its ops that have values, `values`
    has the arrays of each result in turn, one an evaluation (loops have several)."""

    order: dict[int, int] = field(default_factory=dict)
    values: dict[tuple[int, int], list[np.ndarray]] = field(default_factory=dict)
    nbytes: int = 0
    left_out: int = 0

    def keep(self, op: int, results: Sequence[np.ndarray]) -> None:
        """Keeps the results of one evaluation of an op."""
        size = sum(x.nbytes for x in results)
        if self.nbytes + size > MOST_BYTES:
            self.left_out += 1
            return
        self.nbytes += size
        for i, array in enumerate(results):
            self.values.setdefault((op, i), []).append(array)


def imported(
    module: ModuleOp, parameters: Parameters, cancel: threading.Event | None = None
) -> tuple[Model, StreamEvaluator]:
    """A model that fills while the evaluator that comes with it runs the imported module."""
    model = Model({op_id(op): i for i, op in enumerate(_watchable(module))})
    return model, _Reading(module, parameters, model, cancel)


def _watchable(module: ModuleOp) -> Iterator[Operation]:
    """Ops with values of their own, in order, each after what is inside it."""

    def inside(op: Operation) -> Iterator[Operation]:
        for region in op.regions:
            for block in region.blocks:
                for inner in block.ops:
                    if inner.name in _CONTROL:
                        yield from inside(inner)
                    if inner.name in _DISPATCHES or (
                        inner.name not in _PLAIN
                        and any(isinstance(r.type, TensorType) for r in inner.results)
                    ):
                        yield inner

    return inside(module)


class Cancellable(StreamEvaluator):
    """Stops where the user asks for it."""

    def __init__(
        self, module: ModuleOp, parameters: Parameters, cancel: threading.Event | None
    ) -> None:
        self._cancel = cancel
        super().__init__(module, parameters)

    def run_op(self, op: Operation, values: Values) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled("IX207", "the check was cancelled")
        super().run_op(op, values)


class _Reading(Cancellable):
    """Keeps what imported ops compute."""

    def __init__(
        self, module: ModuleOp, parameters: Parameters, model: Model, cancel: threading.Event | None
    ) -> None:
        self._model = model
        super().__init__(module, parameters, cancel)

    def run_op(self, op: Operation, values: Values) -> None:
        super().run_op(op, values)
        number = op_id(op)
        if number in self._model.order:
            self._model.keep(number, [np.asarray(values[r]) for r in op.results])


class Counterparts:
    """Which imported op each op of a stage computes."""

    def __init__(self, model: Model, provenance: Provenance) -> None:
        self._model = model
        self._provenance = provenance
        self._known: dict[int, tuple[int, ...]] = {}

    def of(self, op: Operation) -> tuple[int, ...]:
        """The imported ops that an op descends from, the last one first."""
        number = op_id(op)
        found = self._known.get(number)
        if found is None:
            order = self._model.order
            above = {number, *self._provenance.ancestors_of(number)}
            found = tuple(sorted((a for a in above if a in order), key=lambda a: -order[a]))
            self._known[number] = found
        return found

    def table(self, module: ModuleOp) -> tuple[dict[int, tuple[int, ...]], int]:
        """`of` for the ops that are the last ones to descend from their last imported op: what it
        computes is complete there. And how many other ops of the stage descend from any."""
        last: dict[tuple[int, bool], int] = {}
        above: dict[int, tuple[int, ...]] = {}
        whole: set[int] = set()
        for op in _watchable(module):
            found, number = self.of(op), op_id(op)
            if found:
                above[number] = found
                if op.name in _DISPATCHES:
                    whole.add(number)
                last.update(((a, number in whole), number) for a in found)
        named = {n: a for n, a in above.items() if last[a[0], n in whole] == n}
        return named, len(above) - len(named)


class Watched(Cancellable):
    """Evaluates a stage and compares; `values` are the comparisons so far."""

    def __init__(
        self, stage: str, module: ModuleOp, parameters: Parameters, model: Model,
        counterparts: Counterparts, isolated: bool, cancel: threading.Event | None = None,
    ) -> None:  # fmt: skip
        self.stage = stage
        self.values: dict[tuple[int, int], ValueCheck] = {}
        self._model = model
        self._isolated = isolated
        self._turns: dict[int, int] = {}
        self._table, self.skipped = counterparts.table(module)
        super().__init__(module, parameters, cancel)

    def run_op(self, op: Operation, values: Values) -> None:
        super().run_op(op, values)
        if self.frame is not None or op.name.startswith("stream."):
            return
        above = self._table.get(op_id(op))
        if above is None:
            return
        turn = self._turn(op)
        arrays = [values[r] if isinstance(r.type, TensorType) else None for r in op.results]
        for i, wanted in self._pairs(op, above, turn, arrays):
            values[op.results[i]] = wanted

    def dispatched(self, op: Operation, outputs: Sequence[np.ndarray]) -> None:
        """Looks at the bytes that a dispatch of `stream` wrote."""
        above = self._table.get(op_id(op))
        if above is None:
            return
        turn = self._turn(op)
        for i, wanted in self._pairs(op, above, turn, list(outputs)):
            outputs[i][: wanted.nbytes] = bytes_of(wanted)

    def _turn(self, op: Operation) -> int:
        number = op_id(op)
        turn = self._turns[number] = self._turns.get(number, -1) + 1
        return turn

    def _pairs(
        self, op: Operation, above: tuple[int, ...], turn: int, found: Sequence[Any]
    ) -> Iterator[tuple[int, np.ndarray]]:
        """Compares results; yields those to be replaced and by what."""
        for i, array in enumerate(found):
            if array is None:
                continue
            best = self._best(above, turn, np.asarray(array), len(found))
            if best is None:
                continue
            reference, diff, wanted = best
            known = self.values.get((op_id(op), i))
            if known is None or known.difference.max_rel <= diff.max_rel:
                self.values[(op_id(op), i)] = ValueCheck(
                    self.stage, op_id(op), i, _name(op), reference, diff
                )
            if self._isolated:
                yield i, wanted

    def _best(
        self, above: tuple[int, ...], turn: int, array: np.ndarray, count: int
    ) -> tuple[int, Difference, np.ndarray] | None:
        """The nearest of the values that the result may be: those of the last imported op; of an
        op with several results those of as many ops."""
        best = None
        for reference in above if count > 1 else above[:1]:
            for wanted in self._results(reference, turn):
                pair = _like(wanted, array)
                if pair is None:
                    continue
                diff, aligned = pair
                if best is None or diff.max_rel < best[1].max_rel:
                    best = reference, diff, aligned
        return best

    def _results(self, reference: int, turn: int) -> Iterator[np.ndarray]:
        for i in itertools.count():
            turns = self._model.values.get((reference, i))
            if turns is None:
                return
            if turn < len(turns):
                yield turns[turn]


def _name(op: Operation) -> str:
    entry: Any = op.properties.get("entry_point")
    return entry.nested_references.data[0].data if entry is not None else op.name


def _like(wanted: np.ndarray, found: np.ndarray) -> tuple[Difference, np.ndarray] | None:
    """How far `found` is from `wanted`, and `wanted` as `found` has it: bytes, other shapes, other
    orders of dimensions; None if it cannot be the same value."""
    if found.dtype == np.uint8 and wanted.dtype != np.uint8:
        return _bytes_like(wanted, found)
    if wanted.dtype.kind == "c" and found.dtype.kind == "f":
        wanted = elements.packed(wanted)
    if wanted.dtype.itemsize != found.dtype.itemsize:
        return None
    if wanted.dtype != found.dtype:
        if "f" in (wanted.dtype.kind, found.dtype.kind):
            return None
        wanted = wanted.view(found.dtype)  # signless integers
    if wanted.size != found.size:
        return None
    diff = difference(wanted, found.reshape(wanted.shape))
    if not diff.wrong or wanted.shape == found.shape or found.ndim > _MOST_RANK:
        return diff, wanted.reshape(found.shape)
    best = diff, wanted.reshape(found.shape)
    squeezed = np.squeeze(wanted)
    for order in itertools.permutations(range(squeezed.ndim)):
        turned = squeezed.transpose(order).reshape(found.shape)
        diff = difference(turned, found)
        if diff.max_rel < best[0].max_rel:
            best = diff, turned
    return best


def _bytes_like(wanted: np.ndarray, found: np.ndarray) -> tuple[Difference, np.ndarray] | None:
    if wanted.dtype.kind == "c":
        wanted = elements.packed(wanted)
    nbytes = math.prod(wanted.shape) * wanted.dtype.itemsize
    if not 0 <= found.nbytes - nbytes < 64:  # storage is padded
        return None
    return _like(wanted, found[:nbytes].view(wanted.dtype).reshape(wanted.shape))
