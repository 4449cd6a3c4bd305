# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Updates of parts of a variable, as a read, an update of the tensor, and an assignment; random
draws that move a state on (`random_state.py`) likewise.

TensorFlow's passes know how to take only some of these apart. `split_updates` does it for all,
where resources have types already and loops and branches are still functions; the passes after it
then see reads and assignments alone, and lift them out of loops in order. The tensor updates are
ops of our own, which `ops/variables.py` lowers.
"""

from __future__ import annotations

import re
from collections import Counter

from iree_explore.frontend.tensorflow.graph import Op, parse
from iree_explore.frontend.tensorflow.random_state import has_draws, split_draw
from iree_explore.frontend.tensorflow.types import read_tensor

_SCATTERS = {
    "Update": "update", "Add": "add", "Sub": "subtract", "Mul": "multiply", "Div": "divide",
    "Min": "minimum", "Max": "maximum",
}  # fmt: skip
_SCATTER = re.compile(rf"tf\.ResourceScatter(Nd)?({'|'.join(_SCATTERS)})")
_RESOURCE = re.compile(r"tensor<!tf_type\.resource<(tensor<[^<>]*(?:<[^<>]*>)?[^<>]*>)>>")
_STEPS = frozenset({
    *("AdaMax", "Adadelta", "AdagradDA", "AdamWithAmsgrad", "AddSign", "PowerSign"),
    "ProximalGradientDescent",
})  # fmt: skip
"""Optimizers whose `ResourceApply` TensorFlow does not take apart; it does no sparse one."""
_STEP = re.compile(r"tf\.Resource(Sparse)?Apply(\w+)")
_ASSIGNS = ("tf.AssignVariableOp", "tf.AssignAddVariableOp", "tf.AssignSubVariableOp")
_UPDATES = (
    '"tf.Assign',
    '"tf.ResourceApply',
    '"tf.ResourceCountUpTo"',
    '"tf.ResourceSparseApply',
    '"tf.ResourceScatter',
    '"tf.ResourceStridedSliceAssign"',
    '"tf.ResourceGatherNd"',
)


def split_updates(text: str) -> str:
    """`text` in the `tf` dialect where variables are only read and assigned as a whole."""
    if not any(name in text for name in _UPDATES) and not has_draws(text):
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


_BOUND = re.compile(
    r"(%\w+): (tensor<!tf_type\.resource<(tensor<[^<>]*\?[^<>]*(?:<[^<>]*>)?[^<>]*>)>>)"
    r" \{tf_saved_model\.bound_input = "
)


def keep_mutable(text: str) -> str:
    """`text`, whose variables are used in `main` alone, with an assignment of its own value for
    each variable of unknown shape that none assigns: TensorFlow takes it for a constant otherwise,
    and refuses constants of unknown shape."""
    lines = text.split("\n")
    head = next((i for i, line in enumerate(lines) if line.startswith("  func.func @main(")), None)
    if head is None:
        return text
    end = next(i for i in range(head, len(lines)) if lines[i].startswith("    return"))
    added = []
    for number, (handle, resource, type_) in enumerate(_BOUND.findall(lines[head])):
        assigned = f'"tf.AssignVariableOp"({handle},'
        if any(assigned in line for line in lines[head:end]):
            continue
        value = f"%same{number}"
        added += [
            f'    {value} = "tf.ReadVariableOp"({handle}) : ({resource}) -> {type_}',
            f"    {assigned} {value}) : ({resource}, {type_}) -> ()",
        ]
    return "\n".join([*lines[:end], *added, *lines[end:]]) if added else text


_LOADED = re.compile(r"^ *(%[\w.]+) = ml_program\.global_load(?:_const)? @([\w.$]+) ", re.MULTILINE)
_STORED = re.compile(r"^ *ml_program\.global_store @([\w.$]+) = (%[\w.]+) : .*\n", re.MULTILINE)


def drop_same(text: str) -> str:
    """`text` in StableHLO without the only assignments of a variable that are of its own value."""
    stores = _STORED.findall(text) if "ml_program.global_store" in text else ()
    if not stores:
        return text
    loads = set(_LOADED.findall(text))
    count = Counter(symbol for symbol, _ in stores)
    same = {s for s, value in stores if count[s] == 1 and (value, s) in loads}
    text = _STORED.sub(lambda match: "" if match[1] in same else match[0], text)
    for symbol in same:
        text = text.replace(f" mutable @{symbol}(", f" @{symbol}(")
    return text


def _split(op: Op, name: str) -> list[Op] | None:
    """The ops that stand for one update; None for other ops and unknown types."""
    type_ = _RESOURCE.fullmatch(op.inputs[0]) if op.inputs else None
    if type_ is None:
        return None
    draw = split_draw(op, name, type_[1])
    if draw is not None:
        return draw
    step = _STEP.fullmatch(op.name)
    if step is not None:
        same_slots = "update_slots = false" in op.middle
        return _step(op, name) if step[1] or step[2] in _STEPS or same_slots else None
    handle, rest = op.operands[0], op.operands[1:]
    old, new = f"{name}_old", f"{name}_new"
    if op.name in _ASSIGNS:
        if not _may_differ(type_[1], op.inputs[1]):
            return None
        fits = Op(
            [new],
            "tf.UnknownShapeFits",
            op.operands[1:],
            "",
            op.inputs[1:],
            [type_[1]],
            op.location,
        )
        op.operands, op.inputs = [handle, new], [op.inputs[0], type_[1]]
        return [fits, op]
    read = Op([old], "tf.ReadVariableOp", [handle], "", op.inputs[:1], [type_[1]], op.location)
    inputs = [type_[1], *op.inputs[1:]]
    if op.name == "tf.ResourceGatherNd":
        gather = Op(op.results, "tf.GatherNd", [old, *rest], "", inputs, op.outputs, op.location)
        return [read, gather]
    if op.name == "tf.ResourceCountUpTo":
        count = Op(
            [new], "tf.UnknownShapeCountUpTo", [old], op.middle, inputs, [type_[1]], op.location
        )
        same = Op(op.results, "tf.Identity", [old], "", inputs, op.outputs, op.location)
        types = [op.inputs[0], type_[1]]
        assign = Op([], "tf.AssignVariableOp", [handle, new], "", types, [], op.location)
        return [read, count, assign, same]
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


def _may_differ(variable: str, value: str) -> bool:
    """Whether a value of one type may have a size that a variable of the other cannot."""
    wanted, given = read_tensor(variable)[0], read_tensor(value)[0]
    if wanted is None or given is None or len(wanted) != len(given):
        return False
    return any(w is not None and g is None for w, g in zip(wanted, given, strict=True))


def _step(op: Op, name: str) -> list[Op] | None:
    """An optimizer's step: all variables read, new values of all, assigned."""
    reads: list[Op] = []
    assigns: list[Op] = []
    operands, inputs = list(op.operands), list(op.inputs)
    for i, (handle, resource) in enumerate(zip(op.operands, op.inputs, strict=True)):
        type_ = _RESOURCE.fullmatch(resource)
        if type_ is None:
            break
        operands[i], inputs[i] = f"{name}_old{i}", type_[1]
        reads.append(
            Op(
                [operands[i]],
                "tf.ReadVariableOp",
                [handle],
                "",
                [resource],
                [type_[1]],
                op.location,
            )
        )
        new = [handle, f"{name}_new#{i}"]
        types = [resource, type_[1]]
        assigns.append(Op([], "tf.AssignVariableOp", new, "", types, [], op.location))
    count = len(reads)
    results = [f"{name}_new#{i}" for i in range(count)]
    kind = op.name.replace("tf.Resource", "tf.UnknownShape")
    step = Op(results, kind, operands, op.middle, inputs, inputs[:count], op.location)
    return [*reads, step, *assigns]
