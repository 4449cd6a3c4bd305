# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the compiler and the runtime tell whoever listens; `recording` is the one that keeps it.

The compiler knows nothing of recordings: it calls an `Observer`, whose default does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp

    from iree_explore.context import CompilerContext
    from iree_explore.errors import Error
    from iree_explore.phase import PassLine, Phase
    from iree_explore.shapes.inference import PropagationStep, SymbolicShapes


class Rewrite(NamedTuple):
    """One rewrite: `pattern` (class or pass name) at `file`:`line`, and the op ids it touched.

    `matched` are the ops that the pattern consumed (its root and what it removed), `created` the
    new ops that descend from them, `modified` ops changed in place, `deleted` ops gone.
    """

    pattern: str
    file: str
    line: int
    matched: tuple[int, ...]
    created: tuple[int, ...]
    modified: tuple[int, ...]
    deleted: tuple[int, ...]


@dataclass(frozen=True)
class Artifact:
    """Text emitted for one executable: `kind` is "llvm-ir", "assembly", "spirv", ...

    `line_ops` pairs 1-based line numbers of `text` with the op id the line came from; id 0 means
    the line was made by LLVM itself.
    """

    executable: str
    kind: str
    text: str
    line_ops: tuple[tuple[int, int], ...] = ()


class Observer:
    """Does nothing; override what is of interest. Called on the thread that compiles.

    `scope` is "" for passes on the whole module, else the symbol of the hal.executable whose inner
    module the pass ran on (`module` is then that inner module).
    """

    def compile_started(self, ctx: CompilerContext, module: ModuleOp) -> None:
        """The imported module, every op with an id, before the first pass."""

    def phase_started(self, phase: Phase, module: ModuleOp) -> None: ...

    def phase_ended(self, phase: Phase, module: ModuleOp) -> None: ...

    def pass_started(self, phase: Phase, line: PassLine, scope: str, module: ModuleOp) -> None: ...

    def shapes_inferred(
        self, function: str, shapes: SymbolicShapes, steps: Sequence[PropagationStep]
    ) -> None:
        """The sizes of an exported function that has unknown ones, while it is imported; also
        when they contradict, before the pass raises. Who does not override this pays for no
        `steps`."""

    def rewritten(self, event: Rewrite) -> None: ...

    def pass_ended(
        self,
        phase: Phase,
        line: PassLine,
        scope: str,
        module: ModuleOp,
        elapsed_ns: int,
        error: Error | None,
    ) -> None:
        """`error` is set when the pass failed; the module is then as the pass left it."""

    def artifact(self, artifact: Artifact) -> None: ...
