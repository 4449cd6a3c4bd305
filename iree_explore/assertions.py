# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What `util.assert` does, wherever it is met: compiling, in the VM, in the evaluators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iree_explore.errors import ModelError


def check_assertion(condition: object, message: str, values: Sequence[Any] = ()) -> None:
    """Raises `ModelError` IX307 unless `condition`; `{0}` in the message is the first value."""
    if not condition:
        for i, value in enumerate(values):
            message = message.replace(f"{{{i}}}", str(int(value)))
        raise ModelError("IX307", message)
