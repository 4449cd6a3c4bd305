# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`%load_ext iree_explore`: `%%mlir` explores a cell of MLIR, `%explore EXPR` whatever EXPR is."""

from __future__ import annotations

import argparse
import shlex
from typing import Any

from iree_explore.errors import ModelError


def register(ipython: Any) -> None:
    """Registers the magics with a running IPython."""

    def mlir(line: str, cell: str) -> Any:
        """%%mlir [--target T] [--name VARIABLE] [--from PHASE] [--to PHASE]: explores the MLIR
        in the cell, which is what --from (default: import) starts with."""
        options = parse(line)
        return _show(ipython, cell if cell.endswith("\n") else cell + "\n", options)

    def explore(line: str) -> Any:
        """%explore [--target T] [--name VARIABLE] EXPRESSION: explores a model."""
        options = parse(line)
        if not options.expression:
            raise ModelError("IX102", "%explore needs an expression", hint="%explore model")
        return _show(ipython, ipython.ev(" ".join(options.expression)), options)

    ipython.register_magic_function(mlir, "cell", "mlir")
    ipython.register_magic_function(explore, "line", "explore")


def parse(line: str) -> argparse.Namespace:
    """The options of a magic; wrong ones raise `ModelError` instead of leaving the kernel."""
    parser = argparse.ArgumentParser(prog="%explore", add_help=False, exit_on_error=False)
    parser.add_argument("--target", action="append")
    parser.add_argument("--name")
    parser.add_argument("--from", dest="start", default="import")
    parser.add_argument("--to", dest="stop")
    parser.add_argument("expression", nargs="*")
    try:
        options, rest = parser.parse_known_args(shlex.split(line, posix=False))
    except (argparse.ArgumentError, ValueError) as raised:
        raise ModelError("IX102", f"the magic's options do not parse: {raised}") from raised
    options.expression = [*options.expression, *rest]
    return options


def _show(ipython: Any, source: Any, options: argparse.Namespace) -> Any:
    from iree_explore.session import Session
    from iree_explore.targets import check_target

    targets = options.target or ["llvm-cpu"]
    for target in targets:
        check_target(target)
    session = Session(source, targets=targets, start=options.start, stop=options.stop)
    if options.name:
        ipython.push({options.name: session})
    return session
