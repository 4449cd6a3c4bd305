# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`%load_ext iree_explore`: `%%mlir` explores a cell of MLIR, `%explore EXPR` whatever EXPR is."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Callable
from typing import Any

from iree_explore.errors import ModelError
from iree_explore.pipeline import PHASE_NAMES
from iree_explore.targets import TARGETS, check_target

_WORTH: dict[str, Callable[[], list[str]]] = {
    "--target": lambda: list(TARGETS),
    "--from": lambda: list(PHASE_NAMES),
    "--to": lambda: list(PHASE_NAMES),
    "--name": list,
}
"""The options, and what may follow each."""


def register(ipython: Any) -> None:
    """Registers the magics, and the completion of their options, with a running IPython."""

    def mlir(line: str, cell: str) -> Any:
        """%%mlir [--target T] [--name VARIABLE] [--from PHASE] [--to PHASE]: explores the MLIR
        in the cell, which is what --from (default: import) starts with."""
        options = parse(line)
        if options.expression:
            raise ModelError(
                "IX102", f"%%mlir does not know {' '.join(options.expression)}",
                hint="its options are --target, --name, --from and --to; MLIR goes below",
            )  # fmt: skip
        return _show(ipython, cell if cell.endswith("\n") else cell + "\n", options)

    def explore(line: str) -> Any:
        """%explore [--target T] [--name VARIABLE] [--from PHASE] [--to PHASE] EXPRESSION: explores
        a model; several --target compile for several."""
        options = parse(line)
        if not options.expression:
            raise ModelError("IX102", "%explore needs an expression", hint="%explore model")
        return _show(ipython, ipython.ev(" ".join(options.expression)), options)

    ipython.register_magic_function(mlir, "cell", "mlir")
    ipython.register_magic_function(explore, "line", "explore")
    for key in ("%%mlir", "%explore", "explore"):
        ipython.set_hook("complete_command", _complete, str_key=key)


def parse(line: str) -> argparse.Namespace:
    """The options of a magic; wrong ones raise `ModelError` instead of leaving the kernel."""
    parser = argparse.ArgumentParser(
        prog="%explore", add_help=False, exit_on_error=False, allow_abbrev=False
    )
    parser.add_argument("--target", action="append")
    parser.add_argument("--name")
    parser.add_argument("--from", dest="start", default="import")
    parser.add_argument("--to", dest="stop")
    parser.add_argument("expression", nargs="*")
    try:
        options, rest = parser.parse_known_args(shlex.split(line, posix=False))
    except (argparse.ArgumentError, ValueError) as raised:
        raise ModelError("IX102", f"the magic's options do not parse: {raised}") from raised
    unknown = [word for word in rest if re.match(r"--[a-z]", word)]
    for phase in (options.start, options.stop):
        if phase is not None and phase not in PHASE_NAMES:
            raise ModelError("IX102", f"{phase!r} is no phase",
                             because=f"the phases are {', '.join(PHASE_NAMES)}")  # fmt: skip
    if unknown:
        raise ModelError(
            "IX102", f"unknown options: {', '.join(unknown)}",
            hint="the options are --target, --name, --from and --to",
        )  # fmt: skip
    options.expression = [*options.expression, *rest]
    return options


def _complete(_shell: Any, event: Any) -> list[str]:
    """Options, and what may follow one; names of Python are left to IPython's other completers."""
    from IPython.core.error import TryNext

    words = event.line.split()
    before = words[-1] if not event.symbol and words else words[-2] if len(words) > 1 else ""
    if before in _WORTH and before != "--name":
        return _WORTH[before]()
    if event.symbol.startswith("-"):
        return list(_WORTH)
    raise TryNext


def _show(ipython: Any, source: Any, options: argparse.Namespace) -> Any:
    from iree_explore.session import Session

    targets = options.target or ["llvm-cpu"]
    for target in targets:
        check_target(target)
    session = Session(source, targets=targets, start=options.start, stop=options.stop)
    if options.name:
        ipython.push({options.name: session})
    return session
