# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A wrong rewrite as a notebook cell: the ops that it matched as a function of their own.

`compare_pass` is what such a cell calls: it runs one pass on MLIR text and compares what the
program computes before and after. `cell_of` cuts the ops out of the program and keeps the cell only
if it shows a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import FunctionType, ModuleOp, TensorType
from xdsl.ir import Block, Operation, Region, SSAValue

from iree_explore import elements, pipeline
from iree_explore.context import make_context
from iree_explore.errors import Error
from iree_explore.frontend.mlir import import_mlir
from iree_explore.provenance import op_id
from iree_explore.recording.bisect import Place, results_of
from iree_explore.recording.check import StageCheck, compare
from iree_explore.walk import walk

_UNKNOWN = 3
"""Size that stands for a dimension that only a call knows."""


@dataclass(frozen=True, repr=False)
class Comparison:
    """What a pass made of a program, and how far its results are from those before."""

    pass_name: str
    check: StageCheck
    before: str
    after: str

    @property
    def wrong(self) -> bool:
        """Whether the pass changed what the program computes."""
        return self.check.wrong

    def __repr__(self) -> str:
        state = self.check.problem or ("WRONG" if self.wrong else "right")
        number = f"error {self.check.error:.1e}, {self.check.tolerance:.0e} is fine"
        head = f"{self.pass_name}: {state} ({number})"
        return f"{head}\n\nbefore\n{self.before}\n\nafter\n{self.after}"


def compare_pass(
    text: str, pass_name: str, inputs: Sequence[Any] | None = None, function: str = "main"
) -> Comparison:
    """Runs the pass `pass_name` on MLIR `text` and compares results on NumPy before and after.

    `inputs` default to seeded random ones, unknown dimensions to 3. Raises `ModelError` IX101 for
    text that does not parse, IX204 for an unknown pass, and what the pass raises.
    """
    ctx = make_context()
    module = import_mlir(text, ctx)
    arrays = random_inputs(module, function) if inputs is None else list(inputs)
    with np.errstate(all="ignore"):
        wanted = results_of(module, ctx.parameters, function, arrays)()
    before = pipeline.print_module(module)
    pipeline.run_passes(module, ctx, pass_name)
    check = compare(
        pass_name,
        [np.asarray(x) for x in wanted],
        results_of(module, ctx.parameters, function, arrays),
    )
    return Comparison(pass_name, check, before, pipeline.print_module(module))


def random_inputs(module: ModuleOp, function: str) -> list[np.ndarray]:
    """Seeded values for the arguments of a function: normal floats, small integers."""
    rng = np.random.default_rng(0)
    found = next(
        op for op in module.body.block.ops
        if isinstance(op, func.FuncOp) and op.sym_name.data == function
    )  # fmt: skip
    arrays = []
    for type_ in found.function_type.inputs:
        shape: list[int] = []
        if isinstance(type_, TensorType):
            shape = [_UNKNOWN if n < 0 else n for n in type_.get_shape()]
            type_ = type_.element_type
        dtype = elements.dtype_of(type_)
        if dtype == np.bool_:
            values = rng.random(shape) < 0.5
        elif np.issubdtype(dtype, np.integer):
            values = rng.integers(0, 4, shape)
        else:
            values = rng.normal(size=shape)
        arrays.append(np.asarray(values).astype(dtype))
    return arrays


def cell_of(place: Place) -> str:
    """Python of a cell that shows what `place` found, "" if the matched ops alone do not."""
    try:
        cut = cut_out(place.module, place.rewrite.matched)
        if cut is None:
            return ""
        text = pipeline.print_module(cut)
        if not compare_pass(text, place.pass_name).wrong:
            return ""
    except Error:  # what was cut out is no program of its own
        return ""
    return (
        "from iree_explore.recording.reproducer import compare_pass\n\n"
        f'compare_pass(r"""\n{text.strip()}\n""", "{place.pass_name}")'
    )


def cut_out(module: ModuleOp, numbers: Iterable[int]) -> ModuleOp | None:
    """The ops with ids `numbers` as a function of what they use from outside, and what their
    values are made of where that is constant; None if they are not all in one block."""
    wanted = set(numbers)
    ops = [op for op in walk(module) if op_id(op) in wanted]
    inside = {o for op in ops for o in walk(op) if o is not op}
    top = [op for op in ops if op not in inside]
    blocks = {op.parent for op in top}
    if not top or len(blocks) != 1 or isinstance(top[0], func.FuncOp):
        return None
    own = {o for op in top for o in walk(op)}
    results = [r for op in top for r in op.results if any(u.operation not in own for u in r.uses)]
    ops = sorted(_with_constants(top), key=lambda op: op.parent.get_operation_index(op))  # pyright: ignore
    return _as_function(ops, [r for r in results if not _is_cheap(r.owner)] or results)


def _with_constants(ops: Sequence[Operation]) -> list[Operation]:
    """The ops, and what makes constants and empty tensors that they use in their block."""
    found: dict[Operation, None] = dict.fromkeys(ops)
    todo = list(ops)
    while todo:
        op = todo.pop()
        for operand in op.operands:
            owner = operand.owner
            if isinstance(owner, Operation) and owner.parent is op.parent and _is_cheap(owner):
                if owner not in found:
                    todo.append(owner)
                found[owner] = None
    return list(found)


def _is_cheap(op: Any) -> bool:
    names = (".constant", "tensor.empty", "linalg.fill")
    return isinstance(op, Operation) and op.name.endswith(names)


def _as_function(ops: Sequence[Operation], results: Sequence[SSAValue]) -> ModuleOp:
    """`func.func @main` of clones of `ops`, in order, that returns `results`."""
    own = {o for op in ops for o in walk(op)}
    outer: dict[SSAValue, None] = {}
    for op in own:
        for value in op.operands:
            if _definer(value) not in own:
                outer[value] = None
    block = Block(arg_types=[value.type for value in outer])
    mapping: dict[SSAValue, SSAValue] = dict(zip(outer, block.args, strict=True))
    for op in ops:
        block.add_op(op.clone(mapping))
    block.add_op(func.ReturnOp(*(mapping[r] for r in results)))
    type_ = FunctionType.from_lists([v.type for v in outer], [r.type for r in results])
    module = ModuleOp([func.FuncOp("main", type_, Region(block), visibility="public")])
    module.verify()
    return module


def _definer(value: SSAValue) -> Operation | None:
    """The op that makes a value, or that has it as an argument of a block."""
    owner = value.owner
    return owner if isinstance(owner, Operation) else owner.parent_op()
