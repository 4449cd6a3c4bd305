# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sizes and their values as Python computes them, for the page's evaluator to be compared with.

`python -m tests.widgets.expression_cases` writes `widgets/tests/expressions.json`.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

from iree_explore.shapes import expressions
from iree_explore.shapes.expressions import Expr

FILE = Path(__file__).parents[2] / "widgets" / "tests" / "expressions.json"
NAMES = ("b", "h", "w", "batch.size", "_x$1")


def _tree(random_: random.Random, depth: int) -> Expr:
    if depth == 0 or random_.random() < 0.15:
        if random_.random() < 0.3:
            return expressions.constant(random_.randint(-9, 70_000))
        return expressions.symbol(random_.choice(NAMES))
    left = _tree(random_, depth - 1)
    kind = random_.randrange(9)
    if kind < 5:
        right = _tree(random_, depth - 1)
        return (
            left + right if kind == 0 else left - right if kind == 1 else left * right
            if kind == 2 else expressions.maximum(left, right)
            if kind == 3 else expressions.minimum(left, right)
        )  # fmt: skip
    below = random_.choice([random_.randint(1, 12), expressions.symbol(random_.choice(NAMES))])
    if kind == 5:
        return expressions.floordiv(left, below)
    if kind == 6:
        return expressions.ceildiv(left, below)
    if kind == 7:
        return expressions.mod(left, below)
    return expressions.broadcast(left, _tree(random_, depth - 1))


def cases() -> list[list[object]]:
    """[text, sizes of the symbols, value] each; zeros and ones among the sizes."""
    random_ = random.Random(20)
    found: list[list[object]] = []
    while len(found) < 300:
        expression = _tree(random_, random_.randint(1, 4))
        sizes = {name: random_.choice([0, 1, 2, 7, 31, 128, 1000]) for name in NAMES}
        value = expression.value(sizes)
        if len(str(expression)) <= 200 and abs(value) < 2**53:
            found.append([str(expression), [sizes[name] for name in NAMES], value])
    return found


def text() -> str:
    """The file, a case a line."""
    rows = ",\n".join(json.dumps(case) for case in cases())
    return f'{{"names": {json.dumps(NAMES)}, "cases": [\n{rows}\n]}}\n'


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
