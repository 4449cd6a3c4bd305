# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How a source nests its arguments and results, as plain data that travels in the program.

A compiled function takes and returns a flat list of tensors; the source took dictionaries, tuples
and named tuples. A *structure* is JSON that says which tensor is where:

    3                                             the flat tensor number 3
    null                                          None
    {"value": true}                               a constant of the source
    {"list": [...]}   {"tuple": [...]}            sequences
    {"dict": [["key", ...], ...]}                 a dictionary, in the order of the source
    {"name": "Point", "fields": ["x"], "items": [...]}   a NamedTuple, dataclass, ragged tensor

A *signature* is `{"parameters": [...], "results": structure}`, one `{"name", "kind", "structure"}`
a parameter, `kind` as `inspect` names it. `describe` makes structures, `pack` and `Signature` use
them; nothing here knows TensorFlow or JAX.
"""

from __future__ import annotations

import collections
import dataclasses
import inspect
import keyword
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from iree_explore.errors import ModelError

Structure = Any
"""JSON as the module's docstring has it."""

_CLASSES: weakref.WeakValueDictionary[str, type] = weakref.WeakValueDictionary()
"""Classes that `describe` met, by name and fields: results are instances of them again."""


class Described(Exception):
    """Raised by `describe` for an object that no structure can stand for; says which."""


def describe(value: Any, leaf: Callable[[Any], Structure | None], order: Any = sorted) -> Structure:
    """The structure of `value`. `leaf` gives the structure of what it knows (tensors, composites),
    else None; it is called in the order in which the source flattens: dictionaries by `order`."""
    found = leaf(value)
    if found is not None:
        return found
    if value is None:
        return None

    def inner(part: Any) -> Structure:
        return describe(part, leaf, order)

    if isinstance(value, Mapping):
        parts = {key: inner(value[key]) for key in order(value)}
        return {"dict": [[_plain_key(key), parts[key]] for key in value]}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return _record(type(value), value._fields, [inner(v) for v in value])  # pyright: ignore[reportAttributeAccessIssue]
    if isinstance(value, tuple | list):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [inner(v) for v in value]}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [f.name for f in dataclasses.fields(value)]
        return _record(type(value), fields, [inner(getattr(value, f)) for f in fields])
    if isinstance(value, bool | int | float | str):
        return {"value": value}
    raise Described(f"a {type(value).__module__}.{type(value).__qualname__}")


def record(name: str, fields: Sequence[str], items: Sequence[Structure]) -> Structure:
    """The structure of an object with named parts."""
    return {"name": name, "fields": list(fields), "items": list(items)}


def _record(kind: type, fields: Sequence[str], items: Sequence[Structure]) -> Structure:
    _CLASSES[_class_key(kind.__name__, fields)] = kind
    return record(kind.__name__, fields, items)


def _class_key(name: str, fields: Sequence[str]) -> str:
    return f"{name}({', '.join(fields)})"


def _plain_key(key: Any) -> Any:
    if isinstance(key, bool | int | float | str):
        return key
    raise Described(f"the dictionary key {key!r}")


def leaves(structure: Structure) -> list[int]:
    """Numbers of the flat tensors in a structure."""
    if isinstance(structure, int):
        return [structure]
    return [number for part in _parts(structure).values() for number in leaves(part)]


def paths(structure: Structure, prefix: str = "", joint: str = ".") -> dict[int, str]:
    """By flat number a name for each tensor: keys, fields and positions on the way to it."""
    if isinstance(structure, int):
        return {structure: prefix}
    found: dict[int, str] = {}
    for key, part in _parts(structure).items():
        step = str(key)
        found |= paths(part, f"{prefix}{joint}{step}" if prefix else step, joint)
    return found


def _parts(structure: Structure) -> dict[Any, Structure]:
    if not isinstance(structure, dict):
        return {}
    if "dict" in structure:
        return {key: part for key, part in structure["dict"]}
    if "fields" in structure:
        return dict(zip(structure["fields"], structure["items"], strict=True))
    return dict(enumerate(structure.get("tuple") or structure.get("list") or ()))


def pack(structure: Structure, values: Sequence[Any]) -> Any:
    """The nested object with the flat `values` in their places."""
    if isinstance(structure, int):
        return values[structure]
    if structure is None:
        return None
    if "value" in structure:
        return structure["value"]
    if "dict" in structure:
        return {key: pack(part, values) for key, part in structure["dict"]}
    if "fields" in structure:
        items = [pack(part, values) for part in structure["items"]]
        return _rebuilt(structure["name"], structure["fields"], items)
    if "list" in structure:
        return [pack(part, values) for part in structure["list"]]
    return tuple(pack(part, values) for part in structure["tuple"])


def _rebuilt(name: str, fields: Sequence[str], items: Sequence[Any]) -> Any:
    """An instance of the class that `describe` met, else of a NamedTuple of the same fields."""
    known = _CLASSES.get(_class_key(name, fields))
    if known is not None and issubclass(known, tuple):
        return tuple.__new__(known, items)
    if known is not None:
        made = object.__new__(known)
        for field, item in zip(fields, items, strict=True):
            object.__setattr__(made, field, item)
        return made
    valid = name.isidentifier() and not keyword.iskeyword(name)
    kind = collections.namedtuple(name if valid else "Result", fields, rename=True)
    return kind(*items)


def is_plain(signature: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Whether the signature says no more than a list of named tensors does."""
    results = signature["results"]
    flat = isinstance(results, int) or (
        isinstance(results, dict)
        and len(results.get("tuple", ())) > 1
        and all(isinstance(part, int) for part in results["tuple"])
    )
    return (
        flat
        and all(
            p["kind"] == "POSITIONAL_OR_KEYWORD"
            and isinstance(p["structure"], int)
            and p["name"] == n
            for p, n in zip(signature["parameters"], names, strict=False)
        )
        and len(signature["parameters"]) == len(names)
    )


# Calls
# --------------------------------------------------------------------------------------------


class Signature:
    """What a function takes and returns, and how a call's values become flat."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.parameters = [dict(p) for p in data["parameters"]]
        self.results: Structure = data["results"]
        self.flat = all(
            p["structure"] == i and type(p["structure"]) is int and p["kind"].startswith("POSIT")
            for i, p in enumerate(self.parameters)
        )
        """Whether tensors by position are the flat values of a call, in order."""
        self.count = sum(len(leaves(p["structure"])) for p in self.parameters)
        self._signature = inspect.Signature(
            [
                inspect.Parameter(
                    p["name"],
                    inspect._ParameterKind[p["kind"]],  # pyright: ignore[reportPrivateUsage]
                    default=_Left if not leaves(p["structure"]) else inspect.Parameter.empty,
                )
                for p in _defaults_last(self.parameters)
            ]
        )

    def __str__(self) -> str:
        kinds, seen = [], False
        for p in self.parameters:
            if p["kind"] == "KEYWORD_ONLY" and not seen:
                kinds, seen = [*kinds, "*"], True
            kinds.append(f"{p['name']}{_spelled(p['structure'])}")
        return f"({', '.join(kinds)})"

    def flatten(self, function: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
        """The flat values of a call; raises `ModelError` IX301 saying everything that is wrong.

        Values that are already flat, one for each tensor, are taken too.
        """
        try:
            bound = self._signature.bind(*args, **kwargs).arguments
        except TypeError as raised:
            if not kwargs and len(args) == self.count and not any(map(_nested, args)):
                return list(args)
            raise ModelError(
                "IX301",
                f"{function} {raised}",
                because=f"it takes {self}",
            ) from None
        values: dict[int, Any] = {}
        wrong: list[str] = []
        for p in self.parameters:
            value = bound.get(p["name"], _Left)
            if value is not _Left:
                _match(p["structure"], value, p["name"], values, wrong)
        if wrong:
            if not kwargs and len(args) == self.count and not any(map(_nested, args)):
                return list(args)
            raise ModelError(
                "IX301",
                f"{function}: the arguments are not nested as the function takes them",
                because="\n".join(wrong),
                hint=f"it takes {self}",
            )
        return [values[i] for i in range(self.count)]


class _Left:
    """Stands for an argument that was left out: a constant of the source."""


def _defaults_last(parameters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`inspect` wants defaults last: a positional constant before a tensor has to be passed by
    position all the same, so it counts as one without default."""
    rows, needed = [], False
    for p in reversed(parameters):
        row = dict(p)
        if p["kind"] != "KEYWORD_ONLY":
            if leaves(p["structure"]):
                needed = True
            elif needed:
                row["structure"] = 0
        rows.append(row)
    return rows[::-1]


def _nested(value: Any) -> bool:
    return isinstance(value, Mapping | tuple | list)


def _match(
    structure: Structure, value: Any, path: str, values: dict[int, Any], wrong: list[str]
) -> None:
    if isinstance(structure, int):
        if value is None or isinstance(value, Mapping):
            wrong.append(f"{path}: a tensor, got {_kind(value)}")
        else:
            values[structure] = value
        return
    if structure is None or "value" in structure:
        constant = None if structure is None else structure["value"]
        if type(value) is not type(constant) or value != constant:
            wrong.append(f"{path}: was compiled as {constant!r}, got {_kind(value)}")
        return
    parts = _taken_apart(structure, value)
    if parts is None:
        wrong.append(f"{path}: {_spelled(structure)[2:]}, got {_kind(value)}")
        return
    for key, part in _parts(structure).items():
        step = f"{path}.{key}" if "fields" in structure else f"{path}[{key!r}]"
        _match(part, parts[key], step, values, wrong)


def _taken_apart(structure: Structure, value: Any) -> dict[Any, Any] | None:
    """The parts of `value` by the structure's keys; None if it has others."""
    keys = list(_parts(structure))
    if isinstance(value, Mapping):
        fits = "dict" in structure or "fields" in structure
        return dict(value) if fits and set(value) == set(keys) else None
    if "dict" in structure:
        return None
    if isinstance(value, tuple | list):
        return dict(zip(keys, value, strict=True)) if len(value) == len(keys) else None
    if "fields" not in structure:
        return None
    splits = getattr(value, "nested_row_splits", None)
    if splits is not None:  # a tf.RaggedTensor
        found = [value.flat_values, *splits]
        return dict(zip(keys, found, strict=True)) if len(found) == len(keys) else None
    if all(hasattr(value, key) for key in keys):
        return {key: getattr(value, key) for key in keys}
    return None


def _kind(value: Any) -> str:
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, Mapping):
        return f"a dict with keys {', '.join(map(repr, value)) or '(none)'}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"


def _spelled(structure: Structure) -> str:
    """What follows a parameter's name in a signature for people; nothing for one tensor."""
    if isinstance(structure, int):
        return ""
    if structure is None or "value" in structure:
        return f"={None if structure is None else structure['value']!r}"
    if "dict" in structure:
        keys = ", ".join(f"{k!r}{_spelled(part)}" for k, part in structure["dict"])
        return f": {{{keys}}}"
    if "fields" in structure:
        return f": {structure['name']}({', '.join(structure['fields'])})"
    kind = "list" if "list" in structure else "tuple"
    return f": a {kind} of {len(structure[kind])}"
