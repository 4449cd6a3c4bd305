# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a whole program has to be, beyond what each op's verifier sees.

`check_program` runs once on imported MLIR. MLIR itself would refuse some of this (values used
before they are defined), the rest is what this compiler does not take: blocks that branch,
functions without a body, arguments of other kinds than tensors and numbers.
"""

from __future__ import annotations

from xdsl.dialects.builtin import (
    MemRefType,
    ModuleOp,
    TensorType,
    UnrankedTensorType,
    UnregisteredAttr,
    VectorType,
)
from xdsl.dialects.func import CallOp, FuncOp
from xdsl.ir import Attribute, Block, Operation, SSAValue

from iree_explore.context import CompilerContext
from iree_explore.errors import ModelError


def check_program(module: ModuleOp, ctx: CompilerContext) -> ModuleOp:
    """The module itself; raises `ModelError` IX105, IX106 or IX201."""
    bodies: dict[str, FuncOp] = {}
    for op in module.body.block.ops:
        if op.name.startswith(("stablehlo.", "chlo.")):
            raise ModelError("IX106", f"{op.name} outside of a function", model=_at(op, ctx))
        if isinstance(op, ModuleOp):
            raise ModelError("IX106", "a module inside of the module", hint="keep one of them")
        if isinstance(op, FuncOp):
            bodies[op.sym_name.data] = op
            _check_signature(op, ctx)
    for function in bodies.values():
        _check_blocks(function, list(function.body.blocks), set(), bodies, ctx)
    return module


def _check_signature(function: FuncOp, ctx: CompilerContext) -> None:
    visibility = "public" if function.sym_visibility is None else function.sym_visibility.data
    if visibility not in ("public", "private", "nested"):
        raise ModelError(
            "IX106", f"@{function.sym_name.data} is {visibility!r}", model=_at(function, ctx),
            because="functions are public, private or nested",
        )  # fmt: skip
    if visibility == "public" and not function.body.blocks:
        raise ModelError(
            "IX201", f"@{function.sym_name.data} is public but has no body",
            model=_at(function, ctx),
        )  # fmt: skip
    signature = function.function_type
    for kind, types in (("argument", signature.inputs), ("result", signature.outputs)):
        for i, type_ in enumerate(types):
            if _foreign(type_):
                raise ModelError(
                    "IX105",
                    f"@{function.sym_name.data}: {kind} {i} is {type_}",
                    model=_at(function, ctx),
                    because="functions take and return tensors of known rank, and numbers",
                )


def _foreign(type_: Attribute) -> bool:
    if isinstance(type_, TensorType):
        return isinstance(type_.element_type, UnregisteredAttr) and "quant." not in str(type_)
    return isinstance(type_, UnrankedTensorType | MemRefType | VectorType | UnregisteredAttr)


def _check_block(
    block: Block, seen: set[SSAValue], functions: dict[str, FuncOp], ctx: CompilerContext
) -> None:
    """Every operand is defined before; regions hold one block each."""
    seen.update(block.args)
    for op in block.ops:
        for operand in op.operands:
            if operand not in seen:
                raise ModelError(
                    "IX106", f"{op.name} uses a value before it is defined", model=_at(op, ctx)
                )
        callee = functions.get(op.callee.string_value()) if isinstance(op, CallOp) else None
        if callee is not None and not callee.body.blocks:
            raise ModelError(
                "IX201", f"@{callee.sym_name.data} is called but has no body", model=_at(op, ctx)
            )
        for region in op.regions:
            _check_blocks(op, list(region.blocks), seen, functions, ctx)
        seen.update(op.results)


def _check_blocks(
    op: Operation,
    blocks: list[Block],
    seen: set[SSAValue],
    functions: dict[str, FuncOp],
    ctx: CompilerContext,
) -> None:
    if len(blocks) > 1:
        raise ModelError(
            "IX201",
            f"several blocks in {op.name}",
            model=_at(op, ctx),
            because="control flow between blocks (cf.br) is not supported",
            hint="use stablehlo.if, stablehlo.case and stablehlo.while",
        )
    for block in blocks:
        _check_block(block, seen, functions, ctx)


def _at(op: Operation, ctx: CompilerContext) -> str | None:
    return ", ".join(str(source) for source in ctx.provenance.sources_of(op)) or None
