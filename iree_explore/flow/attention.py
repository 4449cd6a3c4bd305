# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Finds attention in a program of `linalg.generic`s: softmax of something of a product, times
something.

Nothing asks for the name of the model's layer. The one idea: what an element of a tensor is
computed of is an expression, however many ops it takes, and equal expressions are one `Node`.
Softmax then is recognised by what it computes, exp(x - max x) / sum, with whatever x: scaled,
masked, cast.
`passes/convert_attention_to_online_attention.py` makes one op of what is found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import AnyFloat, FloatAttr, TensorType
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Operation, OpResult, SSAValue

from iree_explore.linalg.constants import is_zero_fill
from iree_explore.linalg.structured import (
    Structured,
    dims_of_map,
    is_contraction,
    is_elementwise,
    is_linalg,
    shape_of,
    structured,
)

LEAST_ROWS, LEAST_DEPTH = 16, 16
"""Rows of a head, and elements of a key, from which packing the keys pays."""

MOST_FEATURES = 512
"""Elements of a key or a value up to which a block of them stays in cache."""

Labels = tuple[int, ...]
"""By dimension of a tensor, the loop of the last product that it is."""


@dataclass(eq=False)
class Node:
    """An expression: an op of a body on other nodes, or a "tensor", "product", "scalar", "const",
    "index"; "max" and "sum" are over all keys. `value` and `labels` are of a tensor that holds
    it."""

    kind: str
    operands: tuple[Node, ...] = ()
    op: Operation | None = None
    value: SSAValue | None = None
    labels: Labels = ()
    reads: frozenset[str] = field(default_factory=frozenset)


class _Opaque(Exception):
    """What an op computes is no expression."""


@dataclass
class Attention:
    """Softmax of `score` (of `query` and `key`) times `value`, whose result `product` has. If
    `division` is set, that is where the result is divided by the sums, else `weights` are."""

    product: Structured
    score: Node
    leaf: Node
    query: tuple[SSAValue, Labels]
    key: tuple[SSAValue, Labels]
    value: tuple[SSAValue, Labels]
    result: Labels
    loops: Labels
    """Batch, m, k1, k2, n by their labels (loops of the product; k1 one more than they are)."""
    division: Division | None


@dataclass
class Division:
    """The `linalg.generic` that divides the product's result, and the op in its body."""

    op: linalg.GenericOp
    inner: Operation
    dividend: SSAValue
    divisor: int


class Expressions:
    """Makes nodes of tensors; `keys` is the loop that is summed over."""

    def __init__(self, keys: int):
        self.keys = keys
        self._nodes: dict[object, Node] = {}
        self._known: dict[tuple[SSAValue, Labels], Node] = {}

    def of(self, value: SSAValue, labels: Labels) -> Node:
        """An element of a tensor whose dimensions are `labels`."""
        found = self._known.get((value, labels))
        if found is None:
            try:
                found = self._element(value, labels)
            except _Opaque:
                found = self._leaf("tensor", value, labels)
            if found.value is None and found.kind not in ("const", "index"):
                found.value, found.labels = value, labels
            self._known[value, labels] = found
        return found

    def _node(self, key: tuple[Any, ...], **fields: Any) -> Node:
        if key not in self._nodes:
            made = self._nodes[key] = Node(key[0], **fields)
            inside = frozenset().union(*(n.reads for n in made.operands))
            made.reads = inside | {made.kind} if not made.operands else inside
        return self._nodes[key]

    def _leaf(self, kind: str, value: SSAValue, labels: Labels) -> Node:
        return self._node((kind, value, labels), value=value, labels=labels)

    def _element(self, value: SSAValue, labels: Labels) -> Node:
        op = value.owner
        if not isinstance(value.type, TensorType):
            return self._scalar(value)
        if not isinstance(op, Operation) or not is_linalg(op):
            raise _Opaque
        view = structured(op)
        if isinstance(op, linalg.FillOp):
            return self._scalar(view.inputs[0])
        if is_contraction(view):
            return self._leaf("product", value, labels)
        result = cast(OpResult, value).index
        written = dims_of_map(view.output_maps[result])
        if written is None or len(written) != len(labels):
            raise _Opaque
        loops = dict(zip(written, labels, strict=True))
        if is_elementwise(view):
            return self._body(view, view.body.last_op.operands[result], loops)  # pyright: ignore
        return self._reduction(view, loops)

    def _reduction(self, view: Structured, loops: dict[int, int]) -> Node:
        """The maximum or the sum over all keys."""
        summed = [d for d, parallel in enumerate(view.parallel) if not parallel]
        total = view.body.last_op.operands[0].owner  # pyright: ignore
        old = view.body.args[-1]
        if len(summed) != 1 or len(view.outputs) != 1 or self.keys in loops.values():
            raise _Opaque
        if not isinstance(total, Operation) or old not in total.operands:
            raise _Opaque
        init = self.of(view.outputs[0], tuple(loops.values()))
        (new,) = (v for v in total.operands if v is not old)
        found = self._body(view, new, {**loops, summed[0]: self.keys})
        if total.name == "arith.maximumf" and is_number(init, float("-inf")):
            return self._node(("max", found), operands=(found,))
        if total.name == "arith.addf" and is_number(init, 0.0):
            return self._node(("sum", found), operands=(found,))
        raise _Opaque

    def _scalar(self, value: SSAValue) -> Node:
        op = value.owner
        if isinstance(op, arith.ConstantOp):
            return self._node(("const", op.value), op=op)
        return self._node(("scalar", value), value=value)

    def _body(self, view: Structured, value: SSAValue, loops: dict[int, int]) -> Node:
        """A value in a body, where loop d is the label `loops[d]`."""
        if value in view.body.args:
            index = view.body.args.index(cast(Any, value))
            if index >= len(view.inputs):
                raise _Opaque
            dims = dims_of_map(view.maps[index])
            if dims is None:
                raise _Opaque
            return self.of(view.inputs[index], tuple(loops[d] for d in dims))
        op = value.owner
        if not isinstance(op, Operation) or op.parent is not view.body:
            return self._scalar(value)
        if isinstance(op, arith.ConstantOp):
            return self._scalar(value)
        if isinstance(op, linalg.IndexOp):
            label = loops[op.dim.value.data]
            return self._node(("index", label), labels=(label,))
        if op.regions or len(op.results) != 1:
            raise _Opaque
        if isinstance(op, tensor.ExtractOp):
            places = (self._body(view, v, loops) for v in op.indices)
            operands = (self._scalar(op.tensor), *places)
        else:
            operands = tuple(self._body(view, v, loops) for v in op.operands)
        properties = tuple(sorted(op.properties.items(), key=lambda item: item[0]))
        key = (op.name, op.results[0].type, properties, *operands)
        return self._node(key, operands=operands, op=op)


def is_number(node: Node, number: float) -> bool:
    """Whether a node is this constant."""
    value = node.op.value if node.kind == "const" else None  # pyright: ignore
    return isinstance(value, FloatAttr) and value.value.data == number


def _plain(node: Node) -> Node:
    """Without casts between float types, and the maximum with -inf."""
    while True:
        if node.kind in ("arith.extf", "arith.truncf"):
            (node,) = node.operands
        elif node.kind == "arith.maximumf" and any(
            is_number(_plain(n), float("-inf")) for n in node.operands
        ):
            node = next(n for n in node.operands if not is_number(_plain(n), float("-inf")))
        else:
            return node


def _exponential(node: Node) -> Node | None:
    """x, if the node is exp(x - max x)."""
    node = _plain(node)
    difference = _plain(node.operands[0]) if node.kind == "math.exp" else None
    if difference is None or difference.kind != "arith.subf":
        return None
    score, most = difference.operands[0], _plain(difference.operands[1])
    same = most.kind == "max" and _plain(most.operands[0]) is _plain(score)
    return score if same else None


def _is_sum(node: Node, score: Node) -> bool:
    """Whether the node is the sum over the keys of exp(score - max score)."""
    node = _plain(node)
    of = _exponential(node.operands[0]) if node.kind == "sum" else None
    return of is not None and _plain(of) is _plain(score)


def _inverted(node: Node) -> Node | None:
    """x, if the node is 1 / x."""
    node = _plain(node)
    if node.kind == "arith.divf" and is_number(_plain(node.operands[0]), 1.0):
        return node.operands[1]
    return None


def _softmax(node: Node) -> tuple[Node, bool] | None:
    """x of softmax(x), and whether it is divided by its sum already."""
    node = _plain(node)
    score = _exponential(node)
    if score is not None:
        return score, False
    if node.kind == "arith.divf":
        score = _exponential(node.operands[0])
        return (score, True) if score is not None and _is_sum(node.operands[1], score) else None
    if node.kind == "arith.mulf":
        for weight, factor in (node.operands, node.operands[::-1]):
            score, total = _exponential(weight), _inverted(factor)
            if score is not None and total is not None and _is_sum(total, score):
                return score, True
    return None


def find_attention(op: Operation) -> Attention | None:
    """The attention whose last product the linalg op is, or None."""
    last = structured(op)
    if not _is_product(last) or not is_zero_fill(last.outputs[0]):
        return None
    (keys,) = (d for d, parallel in enumerate(last.parallel) if not parallel)
    for index in (0, 1):
        weights = dims_of_map(last.input_maps[index])
        nodes = Expressions(keys)
        if weights is None or keys not in weights:
            continue
        found = _softmax(nodes.of(last.inputs[index], weights))
        if found is None:
            continue
        score, divided = found
        division = None if divided else _division(last, nodes, score)
        if divided or division is not None:
            return _attention(last, index, keys, score, division)
    return None


def _is_product(view: Structured) -> bool:
    """A product of floats with one reduction loop, written through plain dimensions."""
    types = [v.type for v in view.operands]
    floats = all(isinstance(t, TensorType) and isinstance(t.element_type, AnyFloat) for t in types)
    plain = all(dims_of_map(m) is not None for m in view.maps)
    once = sum(not p for p in view.parallel) == 1
    return is_contraction(view) and floats and plain and once


def _division(last: Structured, nodes: Expressions, score: Node) -> Division | None:
    """Where the product's only reader divides it by the sums."""
    result = last.op.results[0]
    readers = {use.operation for use in result.uses}
    reader = next(iter(readers), None)
    if len(readers) != 1 or not isinstance(reader, linalg.GenericOp):
        return None
    view = structured(reader)
    if not is_elementwise(view) or view.inputs.count(result) != 1 or result in view.outputs:
        return None
    index = view.inputs.index(result)
    dims, written = dims_of_map(view.maps[index]), dims_of_map(last.output_maps[0])
    if dims is None or written is None or len(dims) != view.num_loops:
        return None
    loops = dict(zip(dims, written, strict=True))
    dividend = view.body.args[index]
    inner = next((use.operation for use in dividend.uses), None)
    if inner is None or len(list(dividend.uses)) != 1 or inner.parent is not view.body:
        return None
    if inner.name not in ("arith.divf", "arith.mulf"):
        return None
    if inner.name == "arith.divf" and inner.operands[0] is not dividend:
        return None
    other = next(v for v in inner.operands if v is not dividend)
    if other not in view.body.args or len(list(other.uses)) != 1:
        return None
    number = view.body.args.index(cast(Any, other))
    if number >= len(view.inputs) or (read := dims_of_map(view.maps[number])) is None:
        return None
    total = nodes.of(view.inputs[number], tuple(loops[d] for d in read))
    factor = total if inner.name == "arith.divf" else _inverted(total)
    if factor is None or not _is_sum(factor, score):
        return None
    return Division(reader, inner, dividend, number)


def _attention(
    last: Structured, index: int, keys: int, score: Node, division: Division | None
) -> Attention | None:
    """What a softmax of scores is multiplied with, if it is attention that is worth one op."""
    leaf = _only_product(score)
    if leaf is None or keys not in leaf.labels:
        return None
    first = structured(cast(Operation, cast(SSAValue, leaf.value).owner))
    written = dims_of_map(first.output_maps[0])
    if not _is_product(first) or not is_zero_fill(first.outputs[0]) or written is None:
        return None
    (summed,) = (d for d, parallel in enumerate(first.parallel) if not parallel)
    depth = last.num_loops
    loops = {**dict(zip(written, leaf.labels, strict=True)), summed: depth}
    operands: list[tuple[SSAValue, Labels]] = [
        (v, tuple(loops[d] for d in dims_of_map(m) or ()))
        for v, m in zip(first.inputs, first.input_maps, strict=True)
    ]
    having = [i for i, (_, labels) in enumerate(operands) if keys in labels]
    if len(having) != 1:
        return None
    key, query = operands[having[0]], operands[1 - having[0]]
    value = last.inputs[1 - index], dims_of_map(last.input_maps[1 - index]) or ()
    result = dims_of_map(last.output_maps[0]) or ()
    weights = set(dims_of_map(last.input_maps[index]) or ())
    features = [d for d in result if d not in weights]
    rows = [d for d in result if d in query[1] and d not in key[1] and d not in value[1]]
    if len(features) != 1 or not rows or features[0] not in value[1] or keys not in value[1]:
        return None
    size = dict(zip(result, shape_of(last.op.results[0]), strict=True))
    row = max(rows, key=lambda d: (size[d] < 0, size[d], result.index(d)))
    batch = [d for d in result if d not in (row, features[0])]
    depth_size = shape_of(key[0])[key[1].index(depth)]
    if not LEAST_DEPTH <= depth_size <= MOST_FEATURES or 0 <= size[row] < LEAST_ROWS:
        return None
    if not 0 < size[features[0]] <= MOST_FEATURES:
        return None
    return Attention(last, score, leaf, query, key, value, result,
                     (*batch, row, depth, keys, features[0]), division)  # fmt: skip


def _only_product(score: Node) -> Node | None:
    """The one product that scores are computed of."""
    found: dict[Node, None] = {}
    seen: set[Node] = set()
    pending = [score]
    while pending:
        node = pending.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.kind in ("max", "sum"):
            return None
        if node.kind == "product" and len(set(node.labels)) == len(node.labels):
            found[node] = None
        pending += node.operands
    return next(iter(found)) if len(found) == 1 else None
