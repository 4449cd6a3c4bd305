# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""uniform_quantize and uniform_dequantize: floats to quantised tensors and back.

What they compute is in `stablehlo/quantization.py`; `input-legalize-quant-to-math` replaces them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import TensorType
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, result_def

from iree_explore.stablehlo.base import OpRow, PrettyOp, Run, same_shape
from iree_explore.stablehlo.decomposition import Decomposer


@irdl_op_definition
class UniformQuantizeOp(PrettyOp):
    """Floats, or a quantised tensor, in a quantised type.

    Spec: https://openxla.org/stablehlo/spec#uniform_quantize
    """

    name = "stablehlo.uniform_quantize"
    operand = operand_def(TensorType)
    result = result_def(TensorType)


@irdl_op_definition
class UniformDequantizeOp(PrettyOp):
    """A quantised tensor as floats.

    Spec: https://openxla.org/stablehlo/spec#uniform_dequantize
    """

    name = "stablehlo.uniform_dequantize"
    operand = operand_def(TensorType)
    result = result_def(TensorType)


def evaluate(op: Any, args: list[np.ndarray], run: Run) -> list[np.ndarray]:
    from iree_explore.stablehlo import quantization

    return [
        quantization.quantize(quantization.dequantize(args[0], op.operand.type), op.result.type)
    ]


def decompose(op: Any, d: Decomposer) -> Sequence[SSAValue] | None:
    """Nothing is left to do: `input-legalize-quant-to-math` has replaced the op."""


ROWS: tuple[OpRow, ...] = (
    OpRow(UniformQuantizeOp, same_shape, evaluate, decompose=decompose),
    OpRow(UniformDequantizeOp, same_shape, evaluate, decompose=decompose),
)
