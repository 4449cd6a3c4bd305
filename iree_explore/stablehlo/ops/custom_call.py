# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`stablehlo.custom_call`: the op, and the targets that only say where data is.

What a target does is in the registry (`stablehlo/custom_calls.py`). Layouts are checked and change
nothing: a target's definition is on tensors, whose elements are numbered by their indices.
Spec: https://openxla.org/stablehlo/spec#custom_call
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    IntegerAttr,
    StringAttr,
    TensorType,
    TupleType,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    irdl_op_definition,
    opt_prop_def,
    prop_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from iree_explore import elements as dense
from iree_explore.errors import GapError
from iree_explore.stablehlo.base import Gap, OpRow, PrettyOp, Run, Shape, create
from iree_explore.stablehlo.custom_calls import CustomCall, find, unknown
from iree_explore.stablehlo.decomposition import Decomposer
from iree_explore.stablehlo.lowering import Lowering

Arrays = list[np.ndarray]
TYPED_FFI = 4


@irdl_op_definition
class CustomCallOp(PrettyOp):
    """A call by name: what `stablehlo/custom_calls.py` knows of it.

    Spec: https://openxla.org/stablehlo/spec#custom_call
    """

    name = "stablehlo.custom_call"
    inputs = var_operand_def()
    call_target_name = prop_def(StringAttr)
    has_side_effect = opt_prop_def(Attribute)
    backend_config = opt_prop_def(Attribute)
    api_version = opt_prop_def(IntegerAttr)
    called_computations = opt_prop_def(Attribute)
    operand_layouts = opt_prop_def(Attribute)
    result_layouts = opt_prop_def(Attribute)
    output_operand_aliases = opt_prop_def(Attribute)
    results_ = var_result_def()

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(self.call_target_name.data)
        printer.print_string("(")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_string(")")
        rest = {k: v for k, v in self.properties.items() if k != "call_target_name"}
        printer.print_op_attributes(rest | self.attributes)
        printer.print_string(" : ")
        printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> CustomCallOp:
        target = parser.parse_symbol_name()
        position = parser.pos
        operands = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, parser.parse_unresolved_operand
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type_ = parser.parse_function_type()
        values = parser.resolve_operands(operands, type_.inputs.data, position)
        return create(cls, values, type_.outputs.data, {"call_target_name": target}, attributes)

    def verify_(self) -> None:
        version = 1 if self.api_version is None else self.api_version.value.data
        if not 0 <= version <= TYPED_FFI:
            raise VerifyException(f"{self.name}: api_version {version} is not one of 0 to 4")
        config = self.backend_config
        if isinstance(config, DictionaryAttr) and version != TYPED_FFI:
            raise VerifyException(
                f"{self.name}: a dictionary backend_config needs api_version = 4, not {version}"
            )
        if (self.operand_layouts is None) != (self.result_layouts is None):
            raise VerifyException(f"{self.name}: layouts of operands and results come together")
        if self.operand_layouts is not None:
            _check_layouts(self, "operand", self.operand_layouts, [v.type for v in self.operands])
            types = [r.type for r in self.results]
            if len(types) == 1 and isinstance(types[0], TupleType):
                types = list(types[0].types)
            _check_layouts(self, "result", self.result_layouts, types)


def _check_layouts(op: Any, what: str, layouts: Any, types: Sequence[Attribute]) -> None:
    if not isinstance(layouts, ArrayAttr) or len(layouts) != len(types):
        raise VerifyException(f"{op.name}: {len(types)} {what} layouts are needed")
    for i, (layout, type_) in enumerate(zip(layouts, types, strict=True)):
        order = []
        if isinstance(layout, DenseIntOrFPElementsAttr):
            order = [int(d) for d in dense.to_numpy(layout).reshape(-1)]
        rank = len(type_.get_shape()) if isinstance(type_, TensorType) else 0
        if sorted(order) != list(range(rank)):
            raise VerifyException(
                f"{op.name}: the layout of {what} {i} is {order}, no permutation of {rank} "
                "dimensions"
            )


def _entry(op: CustomCallOp) -> CustomCall | None:
    return find(op.call_target_name.data)


def infer(op: CustomCallOp) -> Sequence[Shape | None]:
    entry = _entry(op)
    return entry.infer(op) if entry is not None else [None] * len(op.results)


def evaluate(op: CustomCallOp, args: Arrays, run: Run) -> Arrays:
    entry = _entry(op)
    if entry is None:
        raise GapError("IX203", f"{op.name}: {unknown(op)}")
    return entry.evaluate(op, args, run)


def decompose(op: CustomCallOp, d: Decomposer) -> Sequence[SSAValue] | None:
    entry = _entry(op)
    return entry.decompose(op, d) if entry is not None and entry.decompose is not None else None


def lower(op: CustomCallOp, b: Lowering) -> Sequence[SSAValue]:
    entry = _entry(op)
    assert entry is not None and entry.lower is not None
    return entry.lower(op, b)


def _evaluated_only(op: CustomCallOp) -> bool:
    entry = _entry(op)
    return entry is not None and entry.decompose is None and entry.lower is None


def _no_lowering(op: CustomCallOp) -> str:
    """The target has a definition but no decomposition."""
    return f"@{op.call_target_name.data} is evaluated only, no lowering yet"


def _gap(op: CustomCallOp) -> str:
    """The target has no code generation for this configuration."""
    entry = _entry(op)
    reason = entry.gap(op) if entry is not None and entry.gap is not None else None
    return f"@{op.call_target_name.data}: {reason}"


def _has_gap(op: CustomCallOp) -> bool:
    entry = _entry(op)
    return entry is not None and entry.gap is not None and entry.gap(op) is not None


# Targets
# --------------------------------------------------------------------------------------------


def evaluate_forward(op: CustomCallOp, args: Arrays, run: Run) -> Arrays:
    return list(args)


def forward(op: CustomCallOp, d: Decomposer) -> Sequence[SSAValue]:
    return list(op.operands)


FORWARDING = (
    "Sharding",
    "SPMDFullToShardShape",
    "SPMDShardToFullShape",
    "annotate_device_placement",
    "LayoutConstraint",
    "MoveToHost",
    "MoveToDevice",
    "PinToHost",
    "Pin",
    "Unpin",
)
"""Calls that only say where data is: on one device their results are their operands."""

CALLS: tuple[CustomCall, ...] = (
    *(CustomCall(target, evaluate_forward, forward) for target in FORWARDING),
)

ROWS: tuple[OpRow, ...] = (
    OpRow(
        CustomCallOp,
        infer,
        evaluate,
        lower,
        gaps=(
            Gap(unknown, lambda op: _entry(op) is None),
            Gap(_no_lowering, _evaluated_only),
            Gap(_gap, _has_gap),
        ),
        decompose=decompose,
    ),
)
