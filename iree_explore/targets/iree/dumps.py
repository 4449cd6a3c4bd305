# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The IR that IREE prints after every pass, read while it is being printed and then removed.

The one idea: `--mlir-print-ir-tree-dir` writes a file for each pass and op, in folders named like
the ops around it, numbered within each: `builtin_module_m/hal_executable_e/185_1_cse.mlir` is what
pass 185 of the module, and in it pass 1 of the executable, left. (On stderr the same text is
unbuffered and does not say which executable a nested module is in.) `Tree.take` hands out files
that are complete; their bytes leave the disk at once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FILE = re.compile(r"((?:\d+_)+)(.+)\.mlir")
_HEADER = re.compile(r"// -----// IR Dump After (.+?)(?: Failed)?: ([^\n]*?) //----- //", re.DOTALL)


@dataclass(frozen=True)
class Dump:
    """What one pass left of one op. `scope` names the ops around it and itself, as folders do;
    `number` orders dumps: (185, 1) comes after (185,), the newest of the op around it."""

    scope: tuple[str, ...]
    number: tuple[int, ...]
    name: str
    """The pass as in pipelines: "iree-codegen-generic-vectorization"."""
    title: str
    """Its class and options, as IREE prints them."""
    text: str
    failed: bool = False

    @property
    def group(self) -> int:
        """After which pass of the whole module it was printed; the same for all executables."""
        return self.number[0]


class Tree:
    """A folder that `iree-compile` fills."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def waiting(self) -> int:
        """Bytes that were printed and not taken yet."""
        return sum(size for _, _, size in self._files())

    def take(self, ended: bool = False) -> Iterator[Dump]:
        """Dumps that are complete, in order; their files are removed.

        One is complete if there is a later one of the same op, of an op inside or around it, or if
        the compiler has `ended`.
        """
        found = sorted(self._files())
        newest: dict[str, tuple[int, ...]] = {}
        inside: dict[str, tuple[int, ...]] = {}
        root = str(self._folder)
        for number, path, _ in found:  # ascending: the last one is the newest
            folder = os.path.dirname(path)
            newest[folder] = number
            while len(folder) >= len(root):
                inside[folder] = number
                folder = os.path.dirname(folder)
        for number, path, _ in found:
            folder = os.path.dirname(path)
            complete = ended or inside[folder] > number
            while not complete and len(folder) > len(root):
                folder = os.path.dirname(folder)
                complete = newest.get(folder, ()) > number
            if complete:
                yield self._read(path, number)
                os.unlink(path)

    def _files(self) -> list[tuple[tuple[int, ...], str, int]]:
        found = []
        for folder, _, names in os.walk(self._folder):
            for name in names:
                match = _FILE.fullmatch(name)
                if match:
                    path = os.path.join(folder, name)
                    number = tuple(int(n) for n in match[1].split("_") if n)
                    found.append((number, path, os.stat(path).st_size))
        return found

    def _read(self, path: str, number: tuple[int, ...]) -> Dump:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
        name = _FILE.fullmatch(os.path.basename(path))
        header = _HEADER.match(text)
        folder = os.path.relpath(os.path.dirname(path), self._folder)
        return Dump(
            tuple(folder.split(os.sep)),
            number,
            name[2] if name else "",
            f"{header[1]}: {header[2]}" if header else "",
            text[header.end() :].lstrip("\n") if header else text,
            failed=bool(header) and " Failed: " in text[: header.end()],
        )
