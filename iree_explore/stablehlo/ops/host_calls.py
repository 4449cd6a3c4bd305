# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Custom calls that the host answers: `iree_explore.print` and `iree_explore.assert` on tensors.

Their text is an attribute `key` in which `{0}` is the first tensor; they have no results. Below
StableHLO they are `hal.buffer_view.trace` and `util.assert` on views of the tensors. TensorFlow's
`tf.print` and `tf.debugging.Assert` are imported as these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, StringAttr, TensorType
from xdsl.ir import Attribute, SSAValue

from iree_explore.assertions import check_assertion, write_trace
from iree_explore.flow.util_dialect import AssertOp
from iree_explore.hal.dialect import BufferViewTraceOp, TensorExportOp
from iree_explore.hal.types import BufferViewType
from iree_explore.stablehlo.base import Run
from iree_explore.stablehlo.custom_calls import CustomCall
from iree_explore.stablehlo.lowering import Lowering

PRINT, ASSERT = "iree_explore.print", "iree_explore.assert"

Arrays = list[np.ndarray]


def _text(op: Any, name: str) -> str:
    return op.attributes[name].data


def _summarize(op: Any) -> int:
    value = op.attributes.get("summarize")
    return value.value.data if isinstance(value, IntegerAttr) else 3


def evaluate_print(op: Any, args: Arrays, run: Run) -> Arrays:
    write_trace(_text(op, "key"), args, _summarize(op), _text(op, "stream"))
    return []


def evaluate_assert(op: Any, args: Arrays, run: Run) -> Arrays:
    check_assertion(bool(args[0]), _text(op, "key"), args[1:], _summarize(op))
    return []


def _views(op: Any, b: Lowering, values: Sequence[SSAValue]) -> tuple[list[SSAValue], ArrayAttr]:
    """Views of tensors for the host, and the element types that StableHLO gave them."""
    views = []
    for value in values:
        type_ = value.type
        assert isinstance(type_, TensorType)
        sizes = b.dims(value)
        unknown = [b.index(s) for s, n in zip(sizes, type_.get_shape(), strict=True) if n < 0]
        export = TensorExportOp.build(operands=[value, unknown], result_types=[BufferViewType()])
        b.rewriter.insert(export)
        views.append(export.result)
    types: list[Attribute] = b.element_types(op)[len(op.operands) - len(values) :]
    return views, ArrayAttr(types)


def lower_print(op: Any, b: Lowering) -> Sequence[SSAValue]:
    views, types = _views(op, b, op.operands)
    key, stream = _text(op, "key"), _text(op, "stream")
    b.rewriter.insert(BufferViewTraceOp(key, views, types, _summarize(op), stream))
    return []


def lower_assert(op: Any, b: Lowering) -> Sequence[SSAValue]:
    condition = b.scalar(op.operands[0])
    views, types = _views(op, b, op.operands[1:])
    made = AssertOp(condition, _text(op, "key"), views)
    made.attributes["types"] = types
    made.attributes["summarize"] = IntegerAttr(_summarize(op), 64)
    b.rewriter.insert(made)
    return []


def attributes(key: str, summarize: int, stream: str | None = None) -> dict[str, Attribute]:
    """Properties and attributes of a call; `stream` for prints only."""
    found: dict[str, Attribute] = {
        "key": StringAttr(key),
        "summarize": IntegerAttr(summarize, 64),
    }
    return found if stream is None else {**found, "stream": StringAttr(stream)}


CALLS: tuple[CustomCall, ...] = (
    CustomCall(PRINT, evaluate_print, lower=lower_print),
    CustomCall(ASSERT, evaluate_assert, lower=lower_assert),
)
