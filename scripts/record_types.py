# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The record types of recordings as TypeScript: `widgets/src/records.ts`, from the dataclasses.

A key is optional if recordings of older versions lack it (`schema.OLDER`); fields with
`metadata={"words": ...}` hold one of these words.
"""

from __future__ import annotations

import ast
import collections.abc
import dataclasses
import inspect
import textwrap
import types
import typing
from typing import Any

from iree_explore.recording.model import Recording
from iree_explore.recording.schema import OLDER, key_of

HEAD = """// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The records of a recording: written by scripts/generate_docs.py from the dataclasses under
// iree_explore/recording/, do not edit. docs/recording.md is the schema and its reasons.
"""

NAMES = {
    "ArtifactRecord": "Artifact",
    "Event": "RewriteEvent",  # a browser has events of its own
    "Failure": "ErrorText",
    "PhaseRecord": "Phase",
    "PropagationRecord": "PropagationStep",
    "Shapes": "ShapesRecord",
    "SourceRecord": "Source",
    "StageNumerics": "NumericsStage",
}
"""What the page calls some of them."""

SCALARS = {str: "string", int: "number", float: "number", bool: "boolean"}


def page() -> str:
    """The file: an interface a dataclass, those that others use first."""
    found: dict[type, str] = {}
    _add(Recording, found)
    return HEAD + "".join(f"\n{text}" for text in found.values())


def _add(record: type, found: dict[type, str]) -> None:
    hints = typing.get_type_hints(record)
    docs = _docs(record)
    lines = []
    for field in dataclasses.fields(record):
        kind = _type(hints[field.name], found)
        if words := field.metadata.get("words"):
            kind = " | ".join(f'"{word}"' for word in words)
        absent = field.name in OLDER.get(record, ())
        if field.name in docs:
            lines += _comment(docs[field.name], "  ")
        lines.append(f"  {key_of(field.name)}{'?' if absent else ''}: {kind};")
    head = _comment(inspect.getdoc(record) or "", "")
    name = NAMES.get(record.__name__, record.__name__)
    found[record] = "\n".join([*head, f"export interface {name} {{", *lines, "}", ""])


def _solid(hint: Any) -> Any:
    """`hint` without None."""
    rest = [each for each in typing.get_args(hint) if each is not type(None)]
    return rest[0] if isinstance(hint, types.UnionType) else hint


def _type(hint: Any, found: dict[type, str]) -> str:
    if hint in SCALARS:
        return SCALARS[hint]
    if isinstance(hint, types.UnionType):
        return f"{_type(_solid(hint), found)} | null"
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is dict:
        return f"Record<string, {_type(args[1], found)}>"
    if origin is tuple and args[-1] is not Ellipsis:
        return f"[{', '.join(_type(each, found) for each in args)}]"
    if origin in (tuple, collections.abc.Sequence):
        return f"{_type(args[0], found)}[]"
    if hint not in found:
        _add(hint, found)
    name = str(hint.__name__)
    return NAMES.get(name, name)


def _comment(text: str, indent: str) -> list[str]:
    words = " ".join(text.split())
    lines = textwrap.wrap(f"/** {words} */", 98 - len(indent), subsequent_indent=" * ")
    return [indent + line for line in lines]


def _docs(record: type) -> dict[str, str]:
    """The texts that stand below fields."""
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(record))).body
    assert isinstance(node, ast.ClassDef)
    found = {}
    for field, text in zip(node.body, node.body[1:], strict=False):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=said)):
                found[name] = str(said)
    return found
