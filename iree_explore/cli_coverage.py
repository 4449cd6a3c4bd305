# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`iree-explore coverage`: executes op configurations, prints and writes what came of it.

Exits with 1 if anything fails that no row declares as a gap (`--check` says so in CI's words: all
the same, but it prints only what fails).
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any


def add_command(commands: Any) -> None:
    """Adds the command to the parser of `iree-explore`."""
    coverage = commands.add_parser("coverage", help="execute every op (or a model's) on targets")
    coverage.add_argument("source", nargs="?", help=".mlir file or SavedModel folder; all ops if "
                                                    "left out")  # fmt: skip
    coverage.add_argument("--targets", default="reference,llvm-cpu", metavar="T,...")
    coverage.add_argument("--ops", metavar="REGEX", help='searched for in "op case"')
    coverage.add_argument("--dtypes", metavar="f32,i8,...")
    kind = coverage.add_mutually_exclusive_group()
    kind.add_argument("--static", action="store_false", dest="dynamic", default=None,
                      help="only programs with known sizes")  # fmt: skip
    kind.add_argument("--dynamic", action="store_true", default=None,
                      help="only programs with unknown sizes")  # fmt: skip
    coverage.add_argument("--json", metavar="OUT", help="write the records here")
    coverage.add_argument("--markdown", metavar="OUT", help="write the page here")
    coverage.add_argument("--html", metavar="OUT", help="write the table with its filters here")
    coverage.add_argument("--check", action="store_true", help="print failures only")
    coverage.add_argument("--workers", type=int, help="processes; one a core if left out")
    coverage.add_argument("--limit", type=float, default=20.0, metavar="S", help="seconds a cell")
    coverage.set_defaults(command=_coverage)


def _coverage(options: argparse.Namespace) -> int:
    from iree_explore.recording.coverage_run import coverage

    result = coverage(
        options.source,
        tuple(t.strip() for t in options.targets.split(",") if t.strip()),
        ops=options.ops,
        dtypes=_types(options.dtypes) if options.dtypes else None,
        dynamic=options.dynamic,
        workers=options.workers,
        limit_s=options.limit,
        progress=_Progress() if sys.stderr.isatty() else None,
    )
    if options.json:
        result.to_json(options.json)
    if options.markdown:
        result.to_markdown(options.markdown)
    if options.html:
        from iree_explore.widgets.coverage_view import CoverageView

        CoverageView(result).to_html(options.html)
    if not options.check or not result.ok:
        print(result)
    return result.exit_code


def _types(text: str) -> list[str]:
    """Element types separated by commas outside of brackets."""
    from iree_explore.stablehlo.samples.base import split_types

    return split_types(text)


class _Progress:
    """A line on the terminal, written over, four times a second."""

    def __init__(self) -> None:
        self._at = 0.0

    def __call__(self, done: int, total: int, row: Any) -> None:
        if done < total and time.monotonic() - self._at < 0.25:
            return
        self._at = time.monotonic()
        text = f"{done}/{total} {row.label}"[:100]
        print(f"\r\x1b[K{text}" if done < total else "\r\x1b[K", end="", file=sys.stderr,
              flush=True)  # fmt: skip
