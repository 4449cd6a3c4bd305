# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elementary functions are as exact as `iree_explore/stablehlo/accuracy.py` says.

A sample of what `benchmarks/elementary_functions.py` measures; docs/accuracy.md has its results.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.elementary_functions import arguments, errors, exact, is_slow, run_llvm_cpu
from iree_explore.stablehlo.accuracy import ELEMENTS, FUNCTIONS, Function

COUNT, SLOW = 4000, 120
"""Arguments of a function; of one whose exact values take long."""
MAY_BE_OFF = 0.02
"""A bound near 0.5 is of nearly all results: f32 and narrower are rounded twice."""


@pytest.mark.parametrize("element", ELEMENTS)
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_errors_are_within_the_bounds(function: Function, element: str) -> None:
    count = SLOW if is_slow(function) else COUNT
    args = arguments(function, element, count, seed=1)
    want = exact(function, *args)
    error = errors(run_llvm_cpu(function, element, args), want, element, function.absolute)
    worst = int(np.argmax(error))
    place = [float(a[worst]) for a in args]
    assert error[worst] <= function.bound(element), (place, error[worst])


@pytest.mark.parametrize("element", ("f32", "f64"))
def test_subnormal_numbers_are_kept(element: str) -> None:
    """Functions that are near x for small x read and write subnormal numbers as they are."""
    dtype = np.dtype(np.float32 if element == "f32" else np.float64)
    least = float(np.finfo(dtype).smallest_subnormal)
    x = np.array([least, -3 * least, 1000 * least, 0.0, -0.0], dtype)
    same = ("sine", "tan", "tanh", "exponential_minus_one", "log_plus_one", "asin", "asinh", "atan",
            "atanh", "sinh")  # fmt: skip
    for function in FUNCTIONS:
        if function.name in same:
            got = run_llvm_cpu(function, element, [x])
            np.testing.assert_array_equal(got, x, function.name)
            np.testing.assert_array_equal(np.signbit(got), np.signbit(x), function.name)
