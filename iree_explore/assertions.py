# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What `util.assert` and `hal.buffer_view.trace` do, wherever they are met: compiling, in the VM,
in the evaluators; and how both write tensors into their text, which is TensorFlow's way.

`{0}` in a text is the first value, `{{0}}` the characters `{0}`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from iree_explore.errors import ModelError

_PLACE = re.compile(r"\{\{(\d+)\}\}|\{(\d+)\}")


def check_assertion(
    condition: object,
    message: str,
    values: Sequence[Any] = (),
    summarize: int = 3,
    model: str | None = None,
) -> None:
    """Raises `ModelError` IX307 unless `condition`; arrays show `summarize` elements (-1: all),
    `model` is where in the source the assertion is."""
    if not condition:
        text = _filled(message, values, lambda x: listed(x, summarize))
        raise ModelError("IX307", text, model=model)


def write_trace(key: str, values: Sequence[Any], summarize: int, stream: str) -> None:
    """Writes the text to `stream` ("stdout" or "stderr"), a file ("file://...") appended to."""
    text = _filled(key, values, lambda x: edges(x, summarize))
    if stream.startswith("file://"):
        with open(stream.removeprefix("file://"), "a", encoding="utf-8") as file:
            file.write(text)
        return
    target = sys.stdout if stream == "stdout" else sys.stderr
    target.write(text)
    target.flush()


def literal(text: str) -> str:
    """`text` as part of a message in which nothing is to be replaced."""
    return re.sub(r"\{\d+\}", r"{\g<0>}", text)


def _filled(message: str, values: Sequence[Any], shown: Any) -> str:
    def one(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[0][1:-1]
        number = int(match[2])
        return shown(np.asarray(values[number])) if number < len(values) else match[0]

    return _PLACE.sub(one, message)


def edges(array: np.ndarray, summarize: int) -> str:
    """The first and last `summarize` elements of every dimension (all if negative), as `tf.print`
    writes them."""
    return _edges(array, summarize, 1)


def _edges(array: np.ndarray, count: int, indent: int) -> str:
    if array.ndim == 0:
        return number(array[()])
    rows = list(range(len(array)))
    cut = 0 <= 2 * count < len(rows)
    if cut:
        rows = [*rows[:count], *rows[len(rows) - count :]]
    shown = [_edges(array[i], count, indent + 1) for i in rows]
    if cut:
        shown.insert(count, "...")
    between = " " if array.ndim == 1 else "\n" * (array.ndim - 1) + " " * indent
    return f"[{between.join(shown)}]"


def listed(array: np.ndarray, summarize: int) -> str:
    """The first `summarize` elements (all if negative), as a failed `tf.Assert` writes them."""
    limit = array.size if summarize < 0 else summarize
    text, _ = _listed(array, limit, 0)
    return text + ("..." if array.size > limit else "")


def _listed(array: np.ndarray, limit: int, depth: int) -> tuple[str, int]:
    """Text of at most `limit` elements and how many there are in it."""
    if array.ndim <= 1:
        flat = array.reshape(-1)
        shown = [number(x) for x in flat[:limit]]
        cut = "..." if depth and len(flat) > limit else ""
        return " ".join(shown) + cut, len(shown)
    text, used = "", 0
    for row in array:
        if used >= limit:
            break
        inner, count = _listed(row, limit - used, depth + 1)
        text, used = f"{text}[{inner}]", used + count
    return text, used


def number(value: Any) -> str:
    """One element as TensorFlow writes it: floats with as few digits as TensorFlow thinks they need
    (6 or 9, 15 or 17)."""
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    if isinstance(value, complex | np.complexfloating):
        return str(complex(value)).strip("()")
    dtype = np.asarray(value).dtype
    if dtype.kind in "iu" or "int" in dtype.name:
        return str(int(value))
    wide = np.float64 if dtype == np.float64 else np.float32
    x = wide(value)
    few, many = (15, 17) if wide is np.float64 else (6, 9)
    text = f"{x:.{few}g}"
    return text if wide(text) == x or np.isnan(x) else f"{x:.{many}g}"
