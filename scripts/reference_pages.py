# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The reference pages that are read from the code itself: api.md from docstrings and signatures,
command_line.md from the argument parser, targets.md from the tables of targets and drivers."""

from __future__ import annotations

import argparse
import functools
import importlib
import inspect
import os
import re
from typing import Any

import iree_explore as ie
from iree_explore import cli
from iree_explore.targets import DRIVERS, TARGETS

ALIASES = {"Coverage": "iree_explore.recording.coverage", "Run": "iree_explore.recording.model"}
"""What public functions return, where it is worth a section of its own."""


def api() -> str:
    """Public names with signatures and docstrings; of classes their public members, too."""
    lines = [
        "# Python API",
        "",
        "`import iree_explore as ie`. Nothing else is public, except where a lesson imports it.",
        "",
    ]
    names = [name for name in ie.__all__ if name not in ("widgets", "__version__")]
    functions = [name for name in names if not inspect.isclass(getattr(ie, name))]
    classes = [name for name in names if name not in functions]
    for name in functions:
        lines += _entry(f"ie.{name}", getattr(ie, name), "##")
    for name in classes:
        lines += _class(f"ie.{name}", getattr(ie, name))
    for name, module in ALIASES.items():
        lines += _class(name, getattr(importlib.import_module(module), name))
    lines += ["## Widgets", "", _doc(ie.widgets), ""]
    for name in ie.widgets.__all__:
        lines += _entry(f"ie.widgets.{name}", getattr(ie.widgets, name), "###")
    return "\n".join(lines)


def _class(name: str, of: type) -> list[str]:
    lines = _entry(name, of, "##")
    members = [
        (key, value)
        for key, value in vars(of).items()
        if not key.startswith("_") and (callable(value) or _property(value))
    ]
    for key, value in members:
        if _property(value):
            function = value.fget if isinstance(value, property) else value.func
            lines += [f"### {name}.{key}", "", _doc(function), ""]
        else:
            inner = getattr(value, "__func__", value)
            lines += _entry(f"{name}.{key}", inner, "###")
    return lines


def _property(value: Any) -> bool:
    return isinstance(value, property | functools.cached_property)


def _entry(name: str, thing: Any, level: str) -> list[str]:
    return [f"{level} {name}", "", "```python", f"{name}{_signature(thing)}", "```", "",
            _doc(thing), ""]  # fmt: skip


def _signature(thing: Any) -> str:
    try:
        signature = inspect.signature(thing)
    except ValueError:  # made in C
        return "(...)"
    parts: list[str] = []
    for parameter in signature.parameters.values():
        if parameter.kind == parameter.KEYWORD_ONLY and not any(p[0] == "*" for p in parts):
            parts.append("*")
        if parameter.name != "self":
            parts.append(_parameter(parameter))
    empty = signature.return_annotation in (signature.empty, None)
    result = "" if empty else f" -> {_annotation(signature.return_annotation)}"
    text = f"({', '.join(parts)}){result}"
    if len(text) < 80 or not parts:
        return text
    lines = ",\n    ".join(parts)
    return f"(\n    {lines},\n){result}"


def _parameter(parameter: inspect.Parameter) -> str:
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    text = f"{stars}{parameter.name}"
    if parameter.annotation is not parameter.empty:
        text += f": {_annotation(parameter.annotation)}"
    if parameter.default is parameter.empty:
        return text
    default = parameter.default
    return f"{text} = {default.__name__ if inspect.isfunction(default) else repr(default)}"


def _annotation(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def _doc(thing: Any) -> str:
    """A docstring as Markdown; what is indented in it becomes code."""
    text = inspect.getdoc(thing) or ""
    return re.sub(
        r"(?:^ {4}.*(?:\n(?= {4}))?)+",
        lambda block: f"```python\n{inspect.cleandoc(block[0])}\n```",
        text,
        flags=re.MULTILINE,
    )


def command_line() -> str:
    """The help of every command."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "100"  # argparse wraps to it
    try:
        parser = cli._parser()  # pyright: ignore[reportPrivateUsage]
        lines = ["# Command line", "", "```text", parser.format_help().rstrip(), "```", ""]
        for action in parser._actions:  # pyright: ignore[reportPrivateUsage]
            if isinstance(action, argparse._SubParsersAction):  # pyright: ignore
                for name, command in action.choices.items():
                    lines += [f"## {name}", "", "```text", command.format_help().rstrip(), "```"]
                    lines += [""]
    finally:
        os.environ.pop("COLUMNS")
        if before is not None:
            os.environ["COLUMNS"] = before
    return "\n".join(lines)


def targets() -> str:
    """The tables of targets and drivers."""
    lines = [
        "# Targets and drivers",
        "",
        "A *target* is what is compiled for (`ie.compile(model, target=...)`), a *driver* where it"
        " runs (`device=...`). `ie.devices()` says what can run on a machine, and why the rest"
        " cannot. To add one: [adding a target](adding_a_target.md).",
        "",
        "| target | what it makes | drivers, best first | executables |",
        "|---|---|---|---|",
    ]
    for target in TARGETS.values():
        drivers = ", ".join(f"[`{d}`](#{d})" if d in DRIVERS else f"`{d}`" for d in target.drivers)
        formats = ", ".join(f"`{f}`" for f in target.formats)
        lines.append(f"| `{target.name}` | {target.summary} | {drivers} | {formats} |")
    lines += ["", "Options follow a driver's name: `local-task?task_topology_group_count=4`.", ""]
    for name, place in DRIVERS.items():
        module, _, attribute = place.partition(":")
        loaded = importlib.import_module(module)
        lines += [f"## {name}", "", _doc(getattr(loaded, attribute)), "", _doc(loaded), ""]
    return "\n".join(lines)
