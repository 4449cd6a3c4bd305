# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""MLIR bytecode in: portable artifacts (VHLO) of JAX, TensorFlow and StableHLO's own tools.

The one idea: a bytecode file becomes the module that the text of the same program becomes. Layers,
each a file: `cursor.py` (numbers), `container.py` (sections), `attributes.py` with `builtin.py`,
`vhlo.py` and `stablehlo.py` (attributes and types by dialect), `vhlo_ops.py` (ops by version),
`ir.py` (operations). Whatever the bytes are, only `ModelError`s come out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iree_explore.errors import ModelError
from iree_explore.frontend.bytecode.container import MAGIC, read_container
from iree_explore.frontend.bytecode.cursor import Malformed
from iree_explore.frontend.bytecode.ir import IRReader

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp
    from xdsl.ir import Operation

    from iree_explore.context import CompilerContext
    from iree_explore.provenance import Source


def is_bytecode(data: bytes) -> bool:
    """Whether `data` begins as every MLIR bytecode file does."""
    return data[:4] == MAGIC


def read_bytecode(
    data: bytes, ctx: CompilerContext, name: str
) -> tuple[ModuleOp, dict[Operation, Source]]:
    """The module in `data`, not verified yet, and where its ops come from.

    Raises `ModelError` IX108 with the offset of the byte at which decoding stopped.
    """
    before = ctx.allow_unregistered
    ctx.allow_unregistered = True
    try:
        reader = IRReader(read_container(data), ctx)
        return reader.read(), reader.sources
    except Malformed as raised:
        raise ModelError("IX108", f"{name}, byte {raised.offset}: {raised.message[:300]}") from None
    finally:
        ctx.allow_unregistered = before


__all__ = ["MAGIC", "is_bytecode", "read_bytecode"]
