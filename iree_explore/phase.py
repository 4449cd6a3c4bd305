# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a line of the pipeline's table says: a pass, or a phase made of passes (`pipeline.py`)."""

from __future__ import annotations

import functools
import importlib
from dataclasses import dataclass

from xdsl.passes import ModulePass


@dataclass(frozen=True)
class PassLine:
    """One pass of a phase: `path` is "module:Class" below iree_explore, `why` one clause.

    `scope` "module" runs once on the whole module, "executable" once on the inner module of every
    `hal.executable.variant`; where nothing but one `backend` is compiled for, if that is said.
    """

    path: str
    why: str
    scope: str = "module"
    backend: str = ""

    @functools.cache  # noqa: B019 - of a table that lives as long as the process
    def load(self) -> type[ModulePass]:
        module, _, name = self.path.partition(":")
        return getattr(importlib.import_module(f"iree_explore.{module}"), name)

    @property
    def name(self) -> str:
        """The pass name, e.g. `input-lower-stablehlo`."""
        return self.load().name


def inside(path: str, why: str, backend: str = "") -> PassLine:
    """A pass of scope "executable"."""
    return PassLine(path, why, "executable", backend)


@dataclass(frozen=True)
class Phase:
    """One phase: `allowed` are the dialects (or full op names) that may remain in the host program
    afterwards, `allowed_inside` those inside executables (dispatch regions outlined)."""

    name: str
    summary: str
    passes: tuple[PassLine, ...]
    allowed: frozenset[str]
    allowed_inside: frozenset[str] = frozenset()
