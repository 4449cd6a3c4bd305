# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ranks of reductions of sparse tensors, which TensorFlow only infers from constant shapes.

The shape of a sparse tensor is a vector; its length is the rank, whatever the sizes are.
"""

from __future__ import annotations

from iree_explore.frontend.tensorflow.graph import Function, Op, parse, replace_values
from iree_explore.frontend.tensorflow.types import cast, read_tensor, small_constants, tensor_text

_REDUCTIONS = (
    "tf.SparseReduceSum", "tf.SparseReduceMax", "tf.SparseReduceSumSparse",
    "tf.SparseReduceMaxSparse",
)  # fmt: skip


def rank_reductions(text: str) -> str:
    """TensorFlow's dialect with ranks for the reductions that have none; the same text if there
    are none. Shape inference has to run on it again."""
    if not any(f'"{name}"' in text for name in _REDUCTIONS):
        return text
    graph = parse(text)
    changed = [_rank(function) for function in graph.functions.values()]
    return graph.text() if any(changed) else text


def _rank(function: Function) -> bool:
    constants = small_constants(function)
    body: list[Op | str] = []
    replaced: dict[str, list[str]] = {}
    for line in function.body:
        known = _ranked(line, constants) if isinstance(line, Op) else None
        body.append(line)
        if known is None or not isinstance(line, Op):
            continue
        results, old = line.results, line.outputs
        base = f"%ranked{len(body)}"
        line.results = [base] if len(known) == 1 else [f"{base}#{i}" for i in range(len(known))]
        line.outputs = known
        names = [f"{base}_{i}" for i in range(len(known))]
        rows = zip(names, line.results, known, old, strict=True)
        body += [cast(*row, line.location) for row in rows]
        replaced |= {a: [b] for a, b in zip(results, names, strict=True)}
    function.body = body
    replace_values(function, replaced)
    return bool(replaced)


def _ranked(op: Op, constants: dict[str, list[int]]) -> list[str] | None:
    """The types of a reduction without a rank as far as they can be told."""
    if op.name not in _REDUCTIONS:
        return None
    shape = read_tensor(op.outputs[0])[0]
    length, axes = read_tensor(op.inputs[2])[0], constants.get(op.operands[3])
    if shape is not None or not length or length[0] is None or not axes:
        return None
    element = read_tensor(op.inputs[1])[1]
    gone = {axis % length[0] for axis in axes}
    kept = "keep_dims = true" in op.middle
    sizes = [1 if axis in gone else None for axis in range(length[0]) if kept or axis not in gone]
    if not op.name.endswith("Sparse"):
        return [tensor_text(sizes, element)]
    rank = len(sizes)
    parts = (((None, rank), "i64"), ((None,), element), ((rank,), "i64"))
    return [tensor_text(size, kind) for size, kind in parts]
