# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Updates of parts of a variable, as a read, an update of the tensor, and an assignment.

TensorFlow's passes know how to take only some of these apart. `split_updates` does it for all,
where resources have types already and loops and branches are still functions; the passes after it
then see reads and assignments alone, and lift them out of loops in order. The tensor updates are
ops of our own, which `ops/variables.py` lowers.
"""

from __future__ import annotations

import re

from iree_explore.frontend.tensorflow.graph import Op, parse

_SCATTERS = {
    "Update": "update", "Add": "add", "Sub": "subtract", "Mul": "multiply", "Div": "divide",
    "Min": "minimum", "Max": "maximum",
}  # fmt: skip
_SCATTER = re.compile(rf"tf\.ResourceScatter(Nd)?({'|'.join(_SCATTERS)})")
_RESOURCE = re.compile(r"tensor<!tf_type\.resource<(tensor<[^<>]*(?:<[^<>]*>)?[^<>]*>)>>")
_UPDATES = ('"tf.ResourceScatter', '"tf.ResourceStridedSliceAssign"', '"tf.ResourceGatherNd"')


def split_updates(text: str) -> str:
    """`text` in the `tf` dialect where variables are only read and assigned as a whole."""
    if not any(name in text for name in _UPDATES):
        return text
    graph = parse(text)
    count = 0
    for function in graph.functions.values():
        body: list[Op | str] = []
        for line in function.body:
            parts = _split(line, f"%part{count}") if isinstance(line, Op) else None
            count += parts is not None
            body += [line] if parts is None else parts
        function.body = body
    return graph.text()


def _split(op: Op, name: str) -> list[Op] | None:
    """The ops that stand for one update; None for other ops and unknown types."""
    type_ = _RESOURCE.fullmatch(op.inputs[0]) if op.inputs else None
    if type_ is None:
        return None
    handle, rest = op.operands[0], op.operands[1:]
    old, new = f"{name}_old", f"{name}_new"
    read = Op([old], "tf.ReadVariableOp", [handle], "", op.inputs[:1], [type_[1]], op.location)
    inputs = [type_[1], *op.inputs[1:]]
    if op.name == "tf.ResourceGatherNd":
        gather = Op(op.results, "tf.GatherNd", [old, *rest], "", inputs, op.outputs, op.location)
        return [read, gather]
    scatter = _SCATTER.fullmatch(op.name)
    if scatter is not None:
        kind = "tf.UnknownShapeScatter"
        middle = f' {{combine = "{_SCATTERS[scatter[2]]}", nd = {str(bool(scatter[1])).lower()}}}'
    elif op.name == "tf.ResourceStridedSliceAssign":
        kind, middle = "tf.UnknownShapeStridedSliceUpdate", op.middle
    else:
        return None
    made = Op([new], kind, [old, *rest], middle, inputs, [type_[1]], op.location)
    types = [op.inputs[0], type_[1]]
    assign = Op([], "tf.AssignVariableOp", [handle, new], "", types, [], op.location)
    return [read, made, assign]
