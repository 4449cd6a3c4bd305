# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The last resort: an op that no row lowers, by TensorFlow's own XLA kernel of it.

It needs every operand's shape. The op alone becomes a small `tf.function`, whose StableHLO takes
the op's place; a note of the import says so. Ops that draw random numbers are not lowered so (XLA
draws others than TensorFlow does), nor those whose kernel is inexact.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import (
    ArrayAttr,
    FloatAttr,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    TensorType,
    UnknownLoc,
    UnregisteredOp,
)
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, SSAValue

from iree_explore.context import CompilerContext, make_context
from iree_explore.frontend.tensorflow import load_tensorflow
from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    attribute,
    element_type,
    plain_name,
    shape_of,
)
from iree_explore.frontend.tensorflow.ops.composed import constant_operand, dtype_of, moved

_NOT_THE_SAME = re.compile(
    r"Random(?!GammaGrad)|Multinomial|TruncatedNormal|Dropout|Sample|ApproxTopK|MaxPool\w*GradGrad"
)
_ARGUMENT = {"from": "from_", "in": "in_"}
"""Names of operands that are keywords of Python."""


class XlaKernel(Leftover):
    """Any op of known shapes that TensorFlow has an XLA kernel for."""

    ctx: CompilerContext

    def looks_at(self, op: UnregisteredOp) -> bool:
        name = plain_name(op)
        definition = _definition(name) if op.op_name.data.startswith("tf.") else None
        return (
            definition is not None and not definition.is_stateful and not _NOT_THE_SAME.search(name)
        )

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        if not all(min(shape_of(v) or (0,)) >= 0 and _tensor(v) for v in op.operands):
            return None
        definition = _definition(plain_name(op))
        attributes = _attributes(op, definition)
        if attributes is None:
            return None
        constants = [constant_operand(v) for v in op.operands]
        text = _kernel(op, definition, attributes, constants)
        if text is None:
            return None
        passed = [v for v, c in zip(op.operands, constants, strict=True) if c is None]
        results = moved(build, _function(text), passed)
        if len(results) != len(op.results):
            return None
        shapes = ", ".join("x".join(map(str, shape_of(v) or ())) or "scalar" for v in op.operands)
        where = "; ".join(map(str, self.ctx.provenance.sources_of(op)))
        self.ctx.notes.append(
            f"{op.op_name.data}{f' in {where}' if where else ''} is lowered by TensorFlow's XLA "
            f"kernel, for these shapes only: {shapes}"
        )
        return results


def _tensor(value: SSAValue) -> bool:
    return isinstance(value.type, TensorType)


def _definition(name: str) -> Any:
    """TensorFlow's definition of the op, or None."""
    from tensorflow.python.framework import op_def_registry

    return op_def_registry.get(name)


def _attributes(op: UnregisteredOp, definition: Any) -> dict[str, Any] | None:
    """What the op was given beside its operands, as Python values; None if a kind is unknown."""
    tf = load_tensorflow()
    derived = {n for a in definition.input_arg for n in (a.type_attr, a.number_attr)}
    derived |= {a.type_list_attr for a in definition.input_arg}
    found: dict[str, Any] = {}
    for described in definition.attr:
        value = attribute(op, described.name)
        if described.name in derived or value is None:
            continue
        try:
            found[described.name] = _plain(tf, value, described.type)
        except (KeyError, TypeError):
            return None
    return found


def _plain(tf: Any, value: Attribute, kind: str) -> Any:
    """An attribute as `tf.raw_ops` takes it; raises `KeyError` or `TypeError`."""
    if isinstance(value, ArrayAttr):
        return [_plain(tf, v, kind.removeprefix("list(").removesuffix(")")) for v in value]
    if isinstance(value, IntegerAttr):
        return bool(value.value.data) if kind == "bool" else int(value.value.data)
    if isinstance(value, FloatAttr):
        return float(value.value.data)
    if isinstance(value, StringAttr):
        return value.data
    if kind == "type":
        return dtype_of(tf, value)
    raise TypeError(kind)


def _kernel(
    op: UnregisteredOp,
    definition: Any,
    attributes: dict[str, Any],
    constants: Sequence[np.ndarray | None],
) -> str | None:
    """StableHLO text of the op alone for these operands; None if XLA does not have it."""
    from iree_explore.frontend.tensorflow.convert import captured_stderr

    tf = load_tensorflow()
    dtypes = [dtype_of(tf, element_type(v)) for v in op.operands]
    specs = [
        tf.TensorSpec(shape_of(v) or (), dtype)
        for v, dtype, constant in zip(op.operands, dtypes, constants, strict=True)
        if constant is None
    ]

    names = [str(_ARGUMENT.get(a.name, a.name)) for a in definition.input_arg]
    lists = [bool(a.number_attr or a.type_list_attr) for a in definition.input_arg]
    if any(lists) and len(lists) > 1:
        return None  # nothing says how long each list is

    kernel: Any = getattr(tf.raw_ops, definition.name)

    def function(*passed: Any) -> Any:
        given = iter(passed)
        operands = [
            next(given) if constant is None else tf.constant(constant, dtype)
            for constant, dtype in zip(constants, dtypes, strict=True)
        ]
        arguments: dict[str, Any] = (
            {names[0]: operands} if any(lists) else dict(zip(names, operands, strict=True))
        )
        results = kernel(**arguments, **attributes)
        results = results if isinstance(results, tuple | list) else [results]
        return [tf.identity(r) for r in tf.nest.flatten(list(results))]

    traced = tf.function(function, input_signature=specs, autograph=False, jit_compile=True)
    with captured_stderr():
        try:
            return traced.experimental_get_compiler_ir(*specs)(stage="stablehlo")
        except (tf.errors.OpError, TypeError, ValueError):  # no kernel, or not for these: refused
            return None


def _function(text: str) -> FuncOp:
    """The entry function of XLA's text: one function, without tuples and locations."""
    from iree_explore.frontend.mlir import parse_text
    from iree_explore.frontend.passes.flatten_tuples import FlattenTuples
    from iree_explore.frontend.passes.inline_calls import InlineCalls

    ctx = make_context()
    module, _ = parse_text(text, ctx, "xla.mlir", unregistered=True)
    assert isinstance(module, ModuleOp)
    InlineCalls().apply(ctx, module)
    FlattenTuples().apply(ctx, module)
    functions = {f.sym_name.data: f for f in module.body.block.ops if isinstance(f, FuncOp)}
    function = functions["main"]
    for op in function.walk():
        op.location = UnknownLoc()  # ids are of another compilation
    return function


PATTERNS = (XlaKernel,)
