# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How a traced function nests what it takes and returns, as data (`structures.Signature`).

TensorFlow flattens dictionaries by sorted keys, keyword-only parameters by sorted names and
composite tensors (ragged, sparse, indexed slices, extension types) into their parts; this module
numbers the flat tensors in that order and names them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from iree_explore import structures
from iree_explore.errors import ModelError
from iree_explore.frontend.shapes import Inputs, by_name

_PARTS = {
    "SparseTensor": ("indices", "values", "dense_shape"),
    "IndexedSlices": ("values", "indices", "dense_shape"),
}
"""Attributes of composite tensors in the order of their flat tensors."""


class _Numbered:
    """Structures of tensors and composites, numbered as they are met."""

    def __init__(self, tf: Any) -> None:
        self.tf = tf
        self.names: list[str] = []

    def leaf(self, value: Any) -> structures.Structure | None:
        tf = self.tf
        if isinstance(value, tf.RaggedTensor | tf.RaggedTensorSpec):
            rank = value.ragged_rank
            splits = ["row_splits"] if rank == 1 else [f"row_splits_{i}" for i in range(rank)]
            return self._composite("RaggedTensor", ["flat_values", *splits])
        if isinstance(value, tf.TypeSpec) and not isinstance(value, tf.TensorSpec):
            return self._spec(value)
        composite = getattr(value, "_type_spec", None)
        if isinstance(composite, tf.TypeSpec) and not isinstance(value, tf.Tensor | tf.Variable):
            return self._spec(composite)
        if isinstance(value, tf.Tensor | tf.TensorSpec | tf.Variable):
            self.names.append(getattr(value, "name", None) or "")
            return len(self.names) - 1
        return None

    def _spec(self, spec: Any) -> structures.Structure | None:
        """A composite tensor other than a ragged one, part by part."""
        kind = spec.value_type.__name__
        parts = self.tf.nest.flatten(spec._component_specs)  # pyright: ignore
        names = _PARTS.get(kind)
        if names is None:
            fields = [f for f, v in vars(spec).items() if _is_tensor_like(self.tf, v)]
            names = fields if len(fields) == len(parts) else [str(i) for i in range(len(parts))]
        return self._composite(kind, list(names[: len(parts)]))

    def _composite(self, kind: str, fields: list[str]) -> structures.Structure:
        first = len(self.names)
        self.names += [""] * len(fields)
        return structures.record(kind, fields, list(range(first, first + len(fields))))


def _is_tensor_like(tf: Any, value: Any) -> bool:
    return isinstance(value, tf.TensorSpec)


def describe_signature(tf: Any, function: Any, name: str) -> tuple[dict[str, Any], list[str]]:
    """The signature of a `ConcreteFunction`, and one name for each flat argument.

    Raises `ModelError` IX105 for arguments or results that are nothing a compiled function has.
    """
    numbered = _Numbered(tf)
    parameters = _parameters(function, _describer(numbered, name, "argument"))
    taken = len(function.inputs) - len(function.captured_inputs)
    if len(numbered.names) != taken:
        raise ModelError(
            "IX105",
            f"function {name} has arguments that are no tensors",
            because=f"{function.function_type}",
        )
    rest = _Numbered(tf)
    results = _describer(rest, name, "result")(function.structured_outputs)
    if len(rest.names) != len(function.outputs):
        raise ModelError(
            "IX105", f"function {name} has results that are no tensors", because=f"{results}"
        )
    return {"parameters": parameters, "results": results}, _names(parameters, numbered.names)


def _describer(numbered: _Numbered, function: str, role: str) -> Callable[[Any], Any]:
    def describer(value: Any) -> structures.Structure:
        try:
            return structures.describe(value, numbered.leaf)
        except structures.Described as raised:
            raise ModelError(
                "IX105", f"function {function} has {role}s that cannot be compiled",
                because=f"{raised} in {value!r:.200}",
            ) from raised  # fmt: skip

    return describer


def _parameters(function: Any, describe: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """One row a parameter, in the order of the function; tensors are numbered in flat order."""
    args, kwargs = function.structured_input_signature
    kinds = function.function_type.parameters
    positional = [n for n, p in kinds.items() if p.kind.name != "KEYWORD_ONLY"]
    given = zip(positional, args, strict=True)
    found = {n: describe(v) for n, v in given if not _is_default(v)}
    found |= {n: describe(kwargs[n]) for n in sorted(kwargs)}
    return [
        {"name": n, "kind": p.kind.name, "structure": found[n]}
        for n, p in kinds.items()
        if n in found
    ]


def _is_default(value: Any) -> bool:
    """Whether the parameter kept a default that is no tensor, a function for example."""
    return type(value).__name__ == "UnknownArgument"


def _names(parameters: list[dict[str, Any]], given: list[str]) -> list[str]:
    """Unique names of the flat arguments: TensorFlow's, else the way to them."""
    ways: dict[int, str] = {}
    for p in parameters:
        ways |= structures.paths(p["structure"], p["name"], "_")
    names: list[str] = []
    for number, name in enumerate(given):
        wanted = name.removesuffix(":0") or ways[number]
        unique, count = wanted, 1
        while unique in names:
            unique, count = f"{wanted}_{count}", count + 1
        names.append(unique)
    return names


def sample_values(
    function: str, signature: dict[str, Any], names: list[str], inputs: Inputs
) -> list[Any]:
    """Sample data flat, None where not given: by tensor names, by parameters, or in order."""
    nested = isinstance(inputs, Mapping) and not set(inputs) <= set(names)
    if isinstance(inputs, list | tuple):
        nested = len(inputs) != len(names) or any(
            isinstance(x, Mapping | list | tuple) or x is None or hasattr(x, "nested_row_splits")
            for x in inputs
        )
    plain = all(isinstance(p["structure"], int) for p in signature["parameters"])
    if not nested or plain:
        return by_name(inputs, names)
    if isinstance(inputs, Mapping):
        return structures.Signature(signature).flatten(function, (), inputs)
    assert inputs is not None
    return structures.Signature(signature).flatten(function, inputs, {})
