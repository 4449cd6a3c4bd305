# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs host programs on NumPy between any two rewrites, from the import down to `flow`.

In the middle of a phase StableHLO, linalg and what casts between their types stand side by side:
linalg is evaluated as in evaluate.py, everything that an imported module may hold as in
stablehlo/reference.py. `recording/bisect.py` asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.ir import Operation

from iree_explore import elements
from iree_explore.context import Parameters
from iree_explore.errors import GapError
from iree_explore.linalg import evaluate_scalar
from iree_explore.linalg.evaluate import RULES, TERMINATORS, Evaluator, Values
from iree_explore.linalg.structured import is_linalg
from iree_explore.stablehlo.reference import Reference
from iree_explore.stablehlo.table import TABLE


class StepEvaluator(Evaluator):
    """An evaluator that also knows imported ops."""

    def __init__(self, module: ModuleOp, parameters: Parameters):
        self.reference = _Imported(module, parameters, self)
        super().__init__(module, parameters)

    terminators = TERMINATORS | {"stablehlo.return", "shape.assuming_yield"}

    def run_op(self, op: Operation, values: Values) -> None:
        if op.name == "builtin.unrealized_conversion_cast":
            for result, operand in zip(op.results, op.operands, strict=True):
                values[result] = _cast(values[operand], result.type)
        elif _is_imported(op):
            self.reference.evaluate_op(op, values)
        else:
            super().run_op(op, values)


class _Imported(Reference):
    """The reference, except that regions and calls see ops of every level."""

    def __init__(self, module: ModuleOp, parameters: Parameters, owner: StepEvaluator):
        super().__init__(module, parameters)
        self.owner = owner

    def run(self, region: Any, inputs: Sequence[Any], outer: Values) -> list[Any]:
        return self.owner.run_region(region, inputs, outer)


def _is_imported(op: Operation) -> bool:
    """Whether only the reference has a rule for the op."""
    if is_linalg(op) or op.name in RULES or evaluate_scalar.knows(op):
        return False
    return op.name in TABLE or op.name.startswith(("shape.", "ml_program."))


def _cast(value: Any, type_: Any) -> Any:
    """The same bits as another type: integers without their sign, pairs for complex numbers."""
    if not isinstance(type_, TensorType):
        return value
    array, dtype = np.asarray(value), elements.dtype_of(type_.element_type)
    if array.dtype == dtype:
        return array
    if array.dtype.itemsize == dtype.itemsize:
        return array.view(dtype)
    if array.dtype.kind == "c":
        return elements.packed(array)
    if dtype.kind == "c":
        return elements.unpacked(array, dtype)
    raise GapError("IX203", f"a cast of {array.dtype} to {dtype}: no evaluation on NumPy")
