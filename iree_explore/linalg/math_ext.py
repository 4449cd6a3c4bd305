# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `math_ext` dialect: scalar functions that MLIR's `math` lacks.

Like `math`'s, its ops take floats or vectors of floats. `FUNCTIONS` has their NumPy definitions
(linalg/evaluate_scalar.py uses them); the CPU's code is in targets/llvm_cpu/math_library.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from xdsl.dialects.math import (
    FloatingPointLikeBinaryMathOperation,
    FloatingPointLikeUnaryMathOperation,
)
from xdsl.ir import Dialect, Operation
from xdsl.irdl import irdl_op_definition, traits_def
from xdsl.traits import Pure

from iree_explore.linalg import special_functions as special

FUNCTIONS: dict[str, tuple[int, Callable[..., Any], str]] = {
    "bessel_i1e": (1, special.bessel_i1e, "Modified Bessel function of order 1, times e^-|x|."),
    "digamma": (1, special.digamma, "Derivative of the logarithm of the gamma function."),
    "erf_inv": (1, special.erf_inv, "Inverse of the error function."),
    "erfc": (1, special.erfc, "1 - erf(x)."),
    "fmod": (2, np.fmod, "Exact remainder of a division, with the sign of the dividend."),
    "lgamma": (1, special.lgamma, "Logarithm of the absolute value of the gamma function."),
    "logistic": (1, special.logistic, "1 / (1 + e^-x)."),
    "polygamma": (2, special.polygamma, "Derivative of given order of the digamma function."),
    "zeta": (2, special.zeta, "Hurwitz zeta function: the sum of (q + n)^-s."),
}
"""Operands, NumPy definition and sentence of each op by name."""


def _op(name: str, operands: int, sentence: str) -> type[Operation]:
    base = FloatingPointLikeUnaryMathOperation
    if operands == 2:
        base = FloatingPointLikeBinaryMathOperation
    fields = {
        "name": f"math_ext.{name}",
        "traits": traits_def(Pure()),
        "__module__": __name__,
        "__doc__": sentence,
    }
    title = "".join(part.capitalize() for part in name.split("_"))
    made: Any = type(f"{title}Op", (base,), fields)
    return irdl_op_definition(made)


OPS: dict[str, type[Operation]] = {
    name: _op(name, operands, sentence) for name, (operands, _, sentence) in FUNCTIONS.items()
}
"""Op classes by function name."""

MathExt = Dialect("math_ext", list(OPS.values()), [])
