# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Optional values as lists of at most one element.

The gradient of a branch needs what that branch computed: TensorFlow returns it from each branch as
an optional, which the other branches leave empty. The ops on lists (`lists.py`) do the same.
"""

from __future__ import annotations

from iree_explore.frontend.tensorflow.graph import Function, Graph, Op
from iree_explore.frontend.tensorflow.list_classes import Classes, Value
from iree_explore.frontend.tensorflow.list_types import VARIANT
from iree_explore.frontend.tensorflow.types import read_tensor

_INT = "tensor<i32>"
_OPTIONALS = (
    "tf.OptionalNone", "tf.OptionalFromValue", "tf.OptionalGetValue", "tf.OptionalHasValue",
)  # fmt: skip


def optionals_as_lists(graph: Graph) -> bool:
    """Rewrites the ops on optionals of one value; whether there are any."""
    functions = graph.functions.values()
    found = [f for f in functions if any(op.name in _OPTIONALS for op in f.ops())]
    for function in found:
        _rewrite(function)
    if found:
        _type_empty(graph)
    return bool(found)


def _type_empty(graph: Graph) -> None:
    """An op that makes a list has to say the type of its elements, which other values know."""
    classes = Classes(graph)
    known: dict[Value, str] = {}
    for value, type_ in classes.types.items():
        inner = type_.partition(VARIANT)[2][:-1]
        if inner:
            known[classes.root(value)] = f"tensor<*x{read_tensor(inner[1:-1])[1]}>"
    for name, function in graph.functions.items():
        body: list[Op | str] = []
        for line in function.body:
            body.append(line)
            if (
                not isinstance(line, Op)
                or line.name != "tf.EmptyTensorList"
                or line.outputs[0].partition(VARIANT)[2] != ">"
            ):
                continue
            result, old = line.results[0], line.outputs[0]
            element = known.get(classes.root((name, result)), f"tensor<*x{VARIANT}>")
            line.results, line.outputs = (
                [f"%typed_{result[1:]}"],
                [f"tensor<{VARIANT}<{element}>>"],
            )
            body.append(Op([result], "tf.Identity", line.results, "", line.outputs, [old]))
        function.body = body


def _rewrite(function: Function) -> None:
    constants = {"%any_shape": -1, "%first_element": 0, "%one_element": 1}
    body: list[Op | str] = [
        Op([name], "tf.Const", [], f" <{{value = dense<{n}> : {_INT}}}>", [], [_INT])
        for name, n in constants.items()
    ]
    for line in function.body:
        body += _lists(line) if isinstance(line, Op) else [line]
    function.body = body


def _lists(op: Op) -> list[Op]:
    results, types, location = op.results, op.outputs, op.location
    if op.name == "tf.OptionalNone":
        operands = ["%any_shape", "%one_element"]
        return [Op(results, "tf.EmptyTensorList", operands, "", [_INT] * 2, types, location)]
    if op.name == "tf.OptionalFromValue" and len(op.operands) == 1:
        empty = f"%empty_{results[0][1:]}"
        operands, inputs = [empty, *op.operands], [types[0], *op.inputs]
        return [
            Op(
                [empty], "tf.EmptyTensorList", ["%any_shape", "%one_element"], "", [_INT] * 2, types
            ),
            Op(results, "tf.TensorListPushBack", operands, "", inputs, types, location),
        ]
    if op.name == "tf.OptionalGetValue" and len(results) == 1:
        operands = [*op.operands, "%first_element", "%any_shape"]
        inputs = [*op.inputs, _INT, _INT]
        return [Op(results, "tf.TensorListGetItem", operands, "", inputs, types, location)]
    if op.name == "tf.OptionalHasValue":
        count = f"%count_{results[0][1:]}"
        return [
            Op([count], "tf.TensorListLength", op.operands, "", op.inputs, [_INT], location),
            Op(results, "tf.Cast", [count], " {Truncate = false}", [_INT], types, location),
        ]
    return [op]
