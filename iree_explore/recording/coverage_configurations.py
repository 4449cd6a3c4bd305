# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The distinct op configurations of a model, each extracted as a program of that one op.

A configuration is an op with its types, attributes and regions; the program's text is its identity.
Operands become arguments, but what decides shapes (sizes, starts, small constants of integers) is
part of the program, with the values that the model has or ones that fit its result.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FunctionType,
    IntegerType,
    ModuleOp,
    StringAttr,
    SymbolRefAttr,
    TensorType,
)
from xdsl.ir import Block, Operation, OpResult, Region, SSAValue

from iree_explore import elements, pipeline
from iree_explore.context import make_context
from iree_explore.errors import ModelError
from iree_explore.provenance import op_id
from iree_explore.recording.coverage import CoverageRow
from iree_explore.stablehlo.base import DYNAMIC
from iree_explore.stablehlo.samples import SAMPLES
from iree_explore.stablehlo.samples.base import Argument
from iree_explore.stablehlo.table import TABLE

UNKNOWN = 3
"""The size that an unknown dimension has in the inputs."""

_MOST_ELEMENTS = 64
"""Constants up to this size keep their values; larger ones become a splat."""

_BODIES = frozenset({"stablehlo.while", "stablehlo.if", "stablehlo.case"})
"""Ops whose regions hold ops of their own configurations."""

_SKIPPED = frozenset({"stablehlo.return"})


def of_model(model: Any, inputs: Sequence[Any] | Mapping[str, Any] | None = None):
    """(name, configurations) of a session, an xDSL module, or anything that `explore` takes.

    Raises what importing it raises; `ModelError` IX102 for a recording, which has no program.
    """
    from iree_explore.recording.coverage_run import Configuration
    from iree_explore.recording.model import Recording

    if isinstance(model, Recording):
        raise ModelError("IX102", "a recording has no program to execute",
                         hint="pass the model or the session")  # fmt: skip
    name, module = _import(model, inputs)
    rows: dict[str, tuple[Operation, list[int], int, str, tuple[Argument, ...]]] = {}
    for op in _ops(module):
        text, arguments = extract(op)
        # What a constant is does not matter to any target.
        key = signature(op) if op.name == "stablehlo.constant" else text
        _, ids, count, text, arguments = rows.get(key) or (op, [], 0, text, arguments)
        rows[key] = (op, [*ids, op_id(op)], count + 1, text, arguments)
    found = []
    for op, ids, count, text, arguments in rows.values():
        sample = next(iter(SAMPLES.get(op.name, ())), None)
        dynamic = any(DYNAMIC in v.type.get_shape() for v in (*op.operands, *op.results)
                      if isinstance(v.type, TensorType))  # fmt: skip
        row = CoverageRow(
            op.name, _case(op), _dtype(op), dynamic, signature(op), text,
            "iree-explore coverage program.mlir", count, tuple(i for i in ids if i),
        )  # fmt: skip
        ulps, sums = (sample.ulps, sample.sums) if sample else (16, True)
        found.append(Configuration(row, arguments, ulps, sums or bool(op.regions)))
    return name, found


def _import(model: Any, inputs: Any) -> tuple[str, ModuleOp]:
    from iree_explore.frontend import import_source
    from iree_explore.session import Session

    ctx = make_context()
    if isinstance(model, Session):
        name, module = model.recording.name, model.stages["import"].module
    elif isinstance(model, ModuleOp):
        name, module = "module", model.clone()
    else:
        module = import_source(model, ctx, inputs=inputs)
        pipeline.run(module, ctx, "import", "import")
        name = module.sym_name.data if module.sym_name is not None else "module"
    pipeline.run_passes(module, ctx, "input-refine-shapes")
    return name, module


def _ops(module: ModuleOp):
    """StableHLO and CHLO ops in textual order, except in regions of reductions and alike."""

    def visit(region: Region):
        for block in region.blocks:
            for op in block.ops:
                dialect = op.name.partition(".")[0]
                ours = dialect in ("stablehlo", "chlo")
                if ours and op.name not in _SKIPPED:
                    yield op
                if not ours or op.name in _BODIES:
                    for inner in op.regions:
                        yield from visit(inner)

    for region in module.regions:
        yield from visit(region)


def signature(op: Operation) -> str:
    """`2x3xf32, 3xf32 -> 2x3xf32`."""
    sides = (op.operands, op.results)
    return " -> ".join(", ".join(_short(v) for v in side) for side in sides)


def _case(op: Operation) -> str:
    """What tells calls apart: the target."""
    target = op.properties.get("call_target_name")
    return target.data if isinstance(target, StringAttr) else ""


def _short(value: SSAValue) -> str:
    type_ = value.type
    if not isinstance(type_, TensorType):
        return str(type_)
    sizes = ("?" if n == DYNAMIC else str(n) for n in type_.get_shape())
    return "x".join([*sizes, str(type_.element_type)])


def _dtype(op: Operation) -> str:
    """The element type that says most of an op: its first result's, of predicates the operand's."""
    for values in (op.results, op.operands):
        for value in values:
            if isinstance(value.type, TensorType):
                element = str(value.type.element_type)
                if element != "i1" or not op.operands or values is op.operands:
                    return element
    return ""


# -- one op as a program


def extract(op: Operation) -> tuple[str, tuple[Argument, ...]]:
    """MLIR text of a module whose @main is `op`, and what its arguments are like."""
    block = Block()
    arguments: list[Argument] = []

    def put(value: SSAValue, constant: np.ndarray | None) -> SSAValue:
        """What stands for `value` in the program."""
        if constant is not None:
            made = _constant_op(constant, value.type)
            block.add_op(made)
            return made.results[0]
        if not isinstance(value.type, TensorType) and isinstance(value.owner, Operation):
            parts = {part: put(part, None) for part in value.owner.operands}  # a tuple, a token
            inner = value.owner.clone(parts)
            block.add_op(inner)
            return inner.results[value.index] if isinstance(value, OpResult) else inner.results[0]
        arguments.append(_argument(f"arg{len(arguments)}", value))
        return block.insert_arg(value.type, len(block.args))

    # Operands are arguments of their own, also where the model passes one value twice.
    operands = [put(value, _constant(op, i, value)) for i, value in enumerate(op.operands)]
    mapping = dict(zip(op.operands, operands, strict=True))
    for value in _captured(op):
        if value not in mapping:
            mapping[value] = put(value, _known(value))
    copy = op.clone(mapping)
    copy.operands = operands
    if "value" in copy.properties and op.name.endswith(".constant"):
        _shrink(copy)
    for inner in copy.walk():
        for value in (
            *inner.results,
            *(a for r in inner.regions for b in r.blocks for a in b.args),
        ):
            value.name_hint = None  # names are no part of a configuration
    block.add_op(copy)
    results = [r for r in copy.results if isinstance(r.type, TensorType)]
    block.add_op(func.ReturnOp(*results))
    main = func.FuncOp(
        "main",
        FunctionType.from_lists([a.type for a in block.args], [r.type for r in results]),
        Region(block),
    )
    helpers = _functions(op)
    text = pipeline.print_module(ModuleOp([main, *helpers]))
    return text, tuple(arguments)


def _captured(op: Operation) -> list[SSAValue]:
    """What the regions of an op read from outside."""
    found: dict[SSAValue, None] = {}
    for region in op.regions:
        for inner in region.walk():
            for value in inner.operands:
                owner = value.owner
                inside = owner if isinstance(owner, Operation) else owner.parent_op()
                if inside is not op and (inside is None or not op.is_ancestor(inside)):
                    found.setdefault(value)
    return list(found)


def _argument(name: str, value: SSAValue) -> Argument:
    type_ = value.type
    assert isinstance(type_, TensorType), type_
    shape = tuple(UNKNOWN if n == DYNAMIC else n for n in type_.get_shape())
    kind = "finite" if shape else "unit"
    return Argument(name, shape, str(type_.element_type), kind)


def _known(value: SSAValue) -> np.ndarray | None:
    """The values of a small integer constant."""
    owner = value.owner
    attribute = owner.properties.get("value") if isinstance(owner, Operation) else None
    if not isinstance(attribute, DenseIntOrFPElementsAttr):
        return None
    array = elements.to_numpy(attribute)
    integral = array.dtype.kind in "iub" and array.size <= _MOST_ELEMENTS
    return np.array(array) if integral or not array.shape else None


def _constant(op: Operation, index: int, value: SSAValue) -> np.ndarray | None:
    """What operand `index` must be: the model's constant, or sizes that fit the result."""
    row = TABLE.get(op.name)
    if row is not None and row.scalar is not None:
        return None  # elementwise: any values will do
    known = _known(value)
    if known is not None:
        return known
    type_ = value.type
    if not (isinstance(type_, TensorType) and _sized(type_)):
        return None
    rule = _SIZES.get((op.name, index))
    return None if rule is None else np.asarray(rule(op), elements.dtype_of(type_.element_type))


def _sized(type_: TensorType) -> bool:
    integral = not isinstance(type_.element_type, IntegerType) or type_.element_type.width.data > 1
    return integral and len(type_.get_shape()) <= 2


def _shape(value: SSAValue) -> list[int]:
    assert isinstance(value.type, TensorType)
    return [UNKNOWN if n == DYNAMIC else n for n in value.type.get_shape()]


def _reshaped(op: Any) -> list[int]:
    """Sizes with as many elements as the operand: the first unknown one takes what is left."""
    left = math.prod(_shape(op.operands[0]))
    wanted = list(op.results[0].type.get_shape())
    left //= max(1, math.prod(n for n in wanted if n != DYNAMIC))
    for i, n in enumerate(wanted):
        if n == DYNAMIC:
            wanted[i], left = left, 1
    return wanted


def _broadcast(op: Any) -> list[int]:
    wanted = list(op.results[0].type.get_shape())
    operand = _shape(op.operands[0])
    for d, size in zip(op.properties["broadcast_dimensions"].get_values(), operand, strict=True):
        if wanted[d] == DYNAMIC and size != 1:
            wanted[d] = size
    return [UNKNOWN if n == DYNAMIC else n for n in wanted]


def _limits(op: Any) -> list[int]:
    sizes = zip(_shape(op.operands[0]), op.results[0].type.get_shape(), strict=True)
    return [size if wanted == DYNAMIC else wanted for size, wanted in sizes]


def _ranks(value: int):
    return lambda op: [value] * len(op.results[0].type.get_shape())


_SIZES = {
    ("stablehlo.dynamic_reshape", 1): _reshaped,
    ("chlo.dynamic_reshape", 1): _reshaped,
    ("stablehlo.dynamic_broadcast_in_dim", 1): _broadcast,
    ("stablehlo.dynamic_iota", 0): lambda op: _shape(op.results[0]),
    ("stablehlo.real_dynamic_slice", 1): _ranks(0),
    ("stablehlo.real_dynamic_slice", 2): _limits,
    ("stablehlo.real_dynamic_slice", 3): _ranks(1),
    ("stablehlo.dynamic_pad", 2): _ranks(0),
    ("stablehlo.dynamic_pad", 3): _ranks(0),
    ("stablehlo.dynamic_pad", 4): _ranks(0),
    ("stablehlo.dynamic_gather", 2): lambda op: _shape(op.operands[0]),
    ("stablehlo.dynamic_conv", 2): lambda op: np.zeros(_shape(op.operands[2])),
    ("stablehlo.set_dimension_size", 1): lambda op: 1,
    ("stablehlo.rng", 2): lambda op: _shape(op.results[0]),
}
"""(op, operand) -> values that fit where the model computes them."""


def _constant_op(array: np.ndarray, type_: Any) -> Operation:
    from iree_explore.stablehlo.ops.shaping import ConstantOp

    shape = [n if n != DYNAMIC else m for n, m in zip(type_.get_shape(), array.shape, strict=True)]
    known = TensorType(type_.element_type, shape)
    return ConstantOp(elements.of_type(known, array.reshape(shape)))


def _shrink(op: Operation) -> None:
    value = op.properties["value"]
    if isinstance(value, DenseIntOrFPElementsAttr):
        array = elements.to_numpy(value)
        if array.size > _MOST_ELEMENTS:
            splat = np.broadcast_to(array.reshape(-1)[0], array.shape)
            op.properties["value"] = elements.of_type(value.type, splat)  # pyright: ignore


def _functions(op: Operation) -> list[Operation]:
    """The functions that an op names: decompositions of composites, bodies of calls."""
    top = op
    while (parent := top.parent_op()) is not None:
        top = parent
    symbols = {
        f.sym_name.data: f
        for f in (top.regions[0].block.ops if isinstance(top, ModuleOp) else ())
        if isinstance(f, func.FuncOp)
    }
    found: dict[str, Operation] = {}
    waiting = [op]
    while waiting:
        each = waiting.pop()
        for attribute in (*each.properties.values(), *each.attributes.values()):
            name = str(attribute).removeprefix("@").strip('"')
            if isinstance(attribute, SymbolRefAttr) and name in symbols and name not in found:
                found[name] = symbols[name].clone()
                waiting.extend(symbols[name].walk())
    return list(found.values())
