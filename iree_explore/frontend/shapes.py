# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sample inputs and kept dimensions: what `inputs=` and `dynamic=` mean, for every frontend.

`dynamic` is argument name -> {axis: size}; a size is text of `shapes/signature.py`: "batch", "8*b",
"1 <= batch <= 64".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iree_explore.errors import ModelError

Inputs = Sequence[Any] | Mapping[str, Any] | None
Dynamic = Mapping[str, Mapping[int, str]]


def split_inputs(inputs: Inputs) -> tuple[list[Any], dict[str, Any]]:
    """Positional and named sample data; one array alone is one positional input."""
    if inputs is None:
        return [], {}
    if isinstance(inputs, Mapping):
        return [], dict(inputs)
    if isinstance(inputs, list | tuple):
        return list(inputs), {}
    return [inputs], {}


def by_name(inputs: Inputs, names: Sequence[str]) -> list[Any]:
    """Sample data in argument order, None where not given; raises `ModelError` IX301."""
    values, keywords = split_inputs(inputs)
    if inputs is None:
        return [None] * len(names)
    if keywords:
        unknown = set(keywords) - set(names)
        if unknown:
            raise ModelError(
                "IX301",
                f"inputs names unknown arguments: {', '.join(sorted(unknown))}",
                hint=f"the arguments are {', '.join(names)}",
            )
        return [keywords.get(n) for n in names]
    if len(values) != len(names):
        raise ModelError(
            "IX301",
            f"{len(values)} inputs given, {len(names)} needed ({', '.join(names) or 'none'})",
        )
    return values


def kept(dynamic: Dynamic, name: str, index: int) -> dict[int, str]:
    """Axes of an argument (by name or position) that stay unknown, with their symbols."""
    return dict(dynamic.get(name) or dynamic.get(str(index)) or {})


def refine(
    name: str, shape: tuple[int | None, ...] | None, given: tuple[int, ...], kept: dict[int, str]
) -> tuple[int | None, ...]:
    """The declared shape with unknown dimensions taken from sample data, but for `kept` ones."""
    if shape is None:
        shape = (None,) * len(given)
    matches = len(shape) == len(given) and all(
        s is None or s == g for s, g in zip(shape, given, strict=True)
    )
    if not matches:
        declared = "x".join("?" if s is None else str(s) for s in shape)
        raise ModelError(
            "IX302",
            f"input {name} has shape {'x'.join(map(str, given))}, the function takes {declared}",
        )
    stays = {axis % max(len(shape), 1) for axis in kept}
    return tuple(
        s if s is not None else (None if i in stays else g)
        for i, (s, g) in enumerate(zip(shape, given, strict=True))
    )
