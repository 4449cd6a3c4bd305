# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`import-prune-symbols`: dead code and what only it used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, ModuleOp, StringAttr, SymbolRefAttr
from xdsl.ir import Attribute, Operation
from xdsl.passes import ModulePass
from xdsl.traits import is_side_effect_free

from iree_explore.context import CompilerContext
from iree_explore.provenance import rewriting
from iree_explore.walk import walk

PURE_DIALECTS = ("shape.", "tensor.", "arith.", "ml_program.global_load")
"""Ops of these names have no side effects, whether or not their class says so."""


@dataclass(frozen=True)
class PruneSymbols(ModulePass):
    """Erases ops whose results nothing uses, then private functions and globals nobody names.

    Before:

    ```mlir
    ml_program.global private @used(dense<1.0> : tensor<4xf32>) : tensor<4xf32>
    ml_program.global private @unused(dense<2.0> : tensor<4xf32>) : tensor<4xf32>
    func.func @main() -> tensor<4xf32> {
      %0 = ml_program.global_load @used : tensor<4xf32>
      %1 = ml_program.global_load @unused : tensor<4xf32>
      func.return %0 : tensor<4xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      ml_program.global private @used(dense<1.000000e+00> : tensor<4xf32>) : tensor<4xf32>
      func.func @main() -> tensor<4xf32> {
        %0 = ml_program.global_load @used : tensor<4xf32>
        func.return %0 : tensor<4xf32>
      }
    }
    ```
    """

    name = "import-prune-symbols"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:
        for inner in list(op.walk(reverse=True)):
            if inner.results and not any(r.uses for r in inner.results) and _is_pure(inner):
                with rewriting(ctx, "EraseDeadOp", inner) as rewriter:
                    rewriter.erase(inner)
        self._prune(ctx, op)

    def _prune(self, ctx: CompilerContext, module: ModuleOp) -> None:
        symbols = {
            name.data: inner
            for inner in module.body.block.ops
            if isinstance(name := inner.properties.get("sym_name"), StringAttr)
        }
        alive: set[str] = set()
        work = [name for name, inner in symbols.items() if not _is_private(inner)]
        while work:
            name = work.pop()
            if name in alive or name not in symbols:
                continue
            alive.add(name)
            work.extend(_references(symbols[name]))
        for name, inner in symbols.items():
            if name not in alive:
                with rewriting(ctx, "EraseUnusedSymbol", inner) as rewriter:
                    rewriter.erase(inner)


def _is_private(op: Operation) -> bool:
    visibility = op.properties.get("sym_visibility")
    return isinstance(visibility, StringAttr) and visibility.data == "private"


def _is_pure(op: Operation) -> bool:
    if op.regions:
        return is_side_effect_free(op)
    return op.name.startswith(PURE_DIALECTS) or is_side_effect_free(op)


def _references(op: Operation) -> Iterator[str]:
    """Root names of all symbols mentioned in `op` and inside it."""
    for inner in walk(op):
        for value in (*inner.properties.values(), *inner.attributes.values()):
            yield from _symbols(value)


def _symbols(value: Attribute) -> Iterator[str]:
    if isinstance(value, SymbolRefAttr):
        yield value.root_reference.data
    elif isinstance(value, ArrayAttr):
        for item in value:
            yield from _symbols(item)
    elif isinstance(value, DictionaryAttr):
        for item in value.data.values():
            yield from _symbols(item)
