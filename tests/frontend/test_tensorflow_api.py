# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow's public functions on tensors compute what TensorFlow computes, at any size.

A sweep of some 900 functions: `pytest -m sweep`, a quarter of an hour. What single families promise
is in the other files.
"""

from __future__ import annotations

import pytest

pytest.importorskip("tensorflow")

from tests.frontend import (
    tensorflow_api,
    tensorflow_api_arrays,
    tensorflow_api_random,
    tensorflow_keras_ops,
)
from tests.frontend.tensorflow_ops import check

pytestmark = pytest.mark.sweep

CASES = {
    **tensorflow_api.CASES,
    **tensorflow_api_arrays.CASES,
    **tensorflow_api_random.CASES,
    **tensorflow_keras_ops.CASES,
}
TOGETHER = 24
"""Functions that are compiled at once."""
GROUPS = [
    pytest.param(space, start, unknown, id=f"{space} {start} {unknown}")
    for space, cases in CASES.items()
    for start in range(0, len(cases), TOGETHER)
    for unknown in (("all",) if space.startswith("keras") else ("none", "all"))
]


@pytest.mark.parametrize(("space", "start", "unknown"), GROUPS)
def test_public_functions_equal_tensorflow(space: str, start: int, unknown: str) -> None:
    cases = list(CASES[space].items())[start : start + TOGETHER]
    check(dict(cases), unknown, rtol=1e-4, atol=1e-5)
