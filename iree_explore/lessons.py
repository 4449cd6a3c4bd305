# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`check`: what an exercise of a lesson (`notebooks/`) is looked at with.

An answer that is still `...` is no mistake, and a wrong one gets a hint: nothing is raised, so that
all cells of a lesson can be run at once. Next: `tests/notebooks/runner.py` runs every exercise
unanswered, with a wrong answer and with its solution.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

Claim = tuple[bool | Callable[[Any], Any], str]
"""What has to be true of an answer (a bool, or a function of the answer), and a hint if it is
not."""

OPEN, WRONG, RIGHT = "○", "✗", "✓"
"""What the line of an exercise begins with: not answered, a hint follows, right."""


def check(title: str, answer: Any, *claims: Claim, right: str = "") -> None:
    """Prints how an exercise stands: open while `answer` is `...`, the hint of the first of
    `claims` that does not hold, or that it is right and `right`, what there is to learn from it.

    Functions among the claims are called with the answer only when it is given; what one raises
    is shown as part of the hint, what one prints is not shown.
    """
    if answer is ...:
        print(f"{OPEN} {title}: replace the `...` above, run that cell, then this one.")
        return
    for holds, hint in claims:
        said = ""
        if callable(holds):
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    holds = holds(answer)
            except Exception as raised:  # noqa: BLE001 - the reader's code may raise anything
                holds, said = False, f" It raised {type(raised).__name__}: {raised}"
        if not holds:
            print(f"{WRONG} {title}: not yet. {hint}{said}")
            return
    print(f"{RIGHT} {title}. {right}".rstrip())
