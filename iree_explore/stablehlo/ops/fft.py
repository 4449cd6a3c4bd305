# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`fft`: discrete Fourier transforms over the last one to three dimensions.

`input-expand-complex` makes products with matrices of it: see `fourier.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from xdsl.dialects.builtin import DenseArrayBase, TensorType, i64
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def

from iree_explore.stablehlo.attrs import FftTypeAttr
from iree_explore.stablehlo.base import (
    INTS,
    Gap,
    OpRow,
    PrettyOp,
    Run,
    Shape,
    agree,
    result_dtype,
    shape_of,
)
from iree_explore.stablehlo.ops.elementwise import left_to_expansion

Arrays = list[np.ndarray]


@irdl_op_definition
class FftOp(PrettyOp):
    """Discrete Fourier transforms. Spec: https://openxla.org/stablehlo/spec#fft"""

    name = "stablehlo.fft"
    FIELDS: ClassVar = (("type", "fft_type", FftTypeAttr), ("length", "fft_length", INTS))
    operand = operand_def(TensorType)
    fft_type = prop_def(FftTypeAttr)
    fft_length = prop_def(DenseArrayBase.constr(i64))
    result = result_def(TensorType)

    @property
    def kind(self) -> str:
        """FFT, IFFT, RFFT or IRFFT."""
        return self.fft_type.data.value

    @property
    def lengths(self) -> tuple[int, ...]:
        return tuple(self.fft_length.get_values())


def half(n: int) -> int:
    """Frequencies that describe a real signal of length `n`."""
    return n // 2 + 1 if n else 0


def infer_fft(op: FftOp) -> Sequence[Shape]:
    lengths = op.lengths
    shape = list(shape_of(op.operand))
    for i, n in enumerate(lengths, len(shape) - len(lengths)):
        last = op.kind == "IRFFT" and i == len(shape) - 1
        shape[i] = agree(half(n) if last else n, shape[i])
    if op.kind == "RFFT":
        shape[-1] = half(lengths[-1])
    elif op.kind == "IRFFT":
        shape[-1] = lengths[-1]
    return [tuple(shape)]


_FUNCTIONS = {
    "FFT": np.fft.fftn, "IFFT": np.fft.ifftn, "RFFT": np.fft.rfftn, "IRFFT": np.fft.irfftn,
}  # fmt: skip


def evaluate_fft(op: FftOp, args: Arrays, run: Run) -> Arrays:
    """In double precision, rounded at the end."""
    (x,), lengths = args, op.lengths
    axes = range(x.ndim - len(lengths), x.ndim)
    shape = [*x.shape[: x.ndim - 1], infer_fft(op)[0][-1]]
    if 0 in shape:
        return [np.zeros(shape, result_dtype(op))]
    wide = x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)
    return [_FUNCTIONS[op.kind](wide, lengths, axes).astype(result_dtype(op))]


LONGEST = 1 << 22
"""Of a transform: its factors and twiddles are constants of some times this many elements."""
TOO_LONG = Gap(
    f"transforms longer than {LONGEST} need constants of gigabytes",
    lambda op: max(op.lengths, default=1) > LONGEST,
)
ROWS: tuple[OpRow, ...] = (
    OpRow(FftOp, infer_fft, evaluate_fft, decompose=left_to_expansion, gaps=(TOO_LONG,)),
)
