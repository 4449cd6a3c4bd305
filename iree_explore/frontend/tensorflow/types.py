# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tensor types and constants in the text of TensorFlow's dialect: reading, writing, merging."""

from __future__ import annotations

import re
from collections.abc import Sequence

from iree_explore.frontend.tensorflow.graph import Function, Op

Shape = tuple[int | None, ...]
"""Sizes, None where unknown."""


_TENSOR = re.compile(r"^tensor<(?P<sizes>(?:\*x|(?:(?:\d+|\?)x)*))(?P<element>.*)>$")


def read_tensor(type_: str) -> tuple[Shape | None, str]:
    """Shape (None if the rank is unknown) and element type of a tensor type's text."""
    match = _TENSOR.match(type_)
    if match is None:
        return None, type_
    sizes = match["sizes"]
    if sizes == "*x":
        return None, match["element"]
    return tuple(None if s == "?" else int(s) for s in sizes.split("x")[:-1]), match["element"]


def tensor_text(shape: Sequence[int | None], element: str) -> str:
    return f"tensor<{''.join(('?' if n is None else str(n)) + 'x' for n in shape)}{element}>"


def merged(left: Shape | None, right: Shape) -> Shape:
    """What either knows; the left one where they differ."""
    if left is None or len(left) != len(right):
        return right if left is None else left
    return tuple(b if a is None else a for a, b in zip(left, right, strict=True))


def common(shapes: Sequence[Shape | None]) -> Shape | None:
    """What all shapes agree in; None if their ranks differ or one is unknown."""
    known = [s for s in shapes if s is not None]
    if len(known) < len(shapes) or len({len(s) for s in known}) != 1:
        return None
    sizes = zip(*known, strict=True)
    return tuple(s[0] if len(set(s)) == 1 else None for s in sizes)


def sliced(op: Op) -> Shape | None:
    """The shape of a `tf.StridedSlice`, which TensorFlow leaves open where a bound is no constant:
    the masks say which dimensions there are."""
    shape, counts = read_tensor(op.inputs[0])[0], read_tensor(op.inputs[1])[0]
    if shape is None or not counts or counts[0] is None:
        return None
    count = counts[0]
    masks = {
        m: int(found[1]) if (found := re.search(rf"\b{m}_mask = (\d+)", op.middle)) else 0
        for m in ("ellipsis", "new_axis", "shrink_axis")
    }
    rest = list(shape)
    result: list[int | None] = []
    for i in range(count):
        bit = 1 << i
        if masks["ellipsis"] & bit:
            later = sum(not masks["new_axis"] >> j & 1 for j in range(i + 1, count))
            result += rest[: len(rest) - later]
            rest = rest[len(rest) - later :]
        elif masks["new_axis"] & bit:
            result.append(1)
        else:
            rest = rest[1:]
            if not masks["shrink_axis"] & bit:
                result.append(None)
    return (*result, *rest)


_REDUCTIONS = tuple(
    f"tf.{name}" for name in ("Sum", "Mean", "Prod", "Max", "Min", "Any", "All", "EuclideanNorm")
)


def reduced(op: Op) -> Shape | None:
    """The shape of a reduction along axes that are no constants: how many there are says its rank,
    as none may be named twice."""
    if op.name not in _REDUCTIONS or "keep_dims = true" in op.middle:
        return None
    shape, axes = read_tensor(op.inputs[0])[0], read_tensor(op.inputs[1])[0]
    if shape is None or axes is None or None in axes[:1]:
        return None
    count = axes[0] or 0 if axes else 1
    return (None,) * (len(shape) - count) if 0 < count <= len(shape) else None


def cast(result: str, operand: str, source: str, target: str, location: str) -> Op:
    """A `tf.Cast` between types that differ in what they know; shape inference looks through it."""
    return Op([result], "tf.Cast", [operand], " {Truncate = false}", [source], [target], location)


_DENSE = re.compile(r"value = dense<(?P<text>[^>]*)> : (?P<type>tensor<[^<>]*>)")


def small_constants(function: Function) -> dict[str, list[int]]:
    """Elements of the function's small integer constants."""
    found: dict[str, list[int]] = {}
    for op in function.ops():
        match = _DENSE.search(op.middle) if op.name == "tf.Const" else None
        if match is None:
            continue
        shape, element = read_tensor(match["type"])
        if element not in ("i32", "i64") or '"' in match["text"] or shape is None or len(shape) > 1:
            continue
        numbers = [int(n) for n in re.findall(r"-?\d+", match["text"])]
        count = shape[0] or 0 if shape else 1
        found[op.results[0]] = numbers * count if len(numbers) == 1 else numbers
    return found
