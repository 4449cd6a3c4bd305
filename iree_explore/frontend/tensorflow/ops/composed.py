# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Left-over TensorFlow ops as small TensorFlow programs of ops that do lower.

A composition is a function `(tf, call, *operands) -> results` registered by the op's name. It is
traced for the operands' types (constants stay constants), goes through the same conversion as the
user's function, and its body replaces the op; what it leaves over is lowered in turn. The families
beside this file define them with `composition`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from xdsl.dialects.builtin import (
    ArrayAttr,
    FloatAttr,
    IntegerAttr,
    StringAttr,
    TensorType,
    UnrankedTensorType,
    UnregisteredOp,
)
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, SSAValue

from iree_explore.dialect_op import clone
from iree_explore.frontend.tensorflow import load_tensorflow
from iree_explore.frontend.tensorflow.ops.base import (
    Builder,
    Leftover,
    attribute,
    constant_of,
    element_type,
    plain_name,
    shape_of,
)
from iree_explore.frontend.tensorflow.ops.known import known_elements

Composition = Callable[..., Any]

COMPOSITIONS: dict[str, Composition] = {}
"""By TensorFlow's name of the op, without `tf.`."""

LAST_COMPOSITIONS: dict[str, Composition] = {}
"""Those for what other rows, and TensorFlow's own passes, lower unless an operand is computed."""

CONSTANT_ELEMENTS = 1024
"""Constant operands up to this size are constants of the composition."""

CARRIERS = {"tf.UnknownShapeStatelessRandomUniformFullIntV2": "tf.UnknownShapePhilox"}
"""What a renamed op of a composition stands for: a row of ours that TensorFlow has no op for. One
with constant operands alone would be evaluated as TensorFlow's."""

_FUNCTIONS: dict[tuple[Any, ...], FuncOp] = {}
"""What calls of one key become; each call gets a copy."""
_FUNCTIONS_LIMIT = 128


_PASSED: dict[str, frozenset[int]] = {}


def composition(
    *names: str, passed: tuple[int, ...] = (), last: bool = False
) -> Callable[[Composition], Composition]:
    """Registers the decorated function for ops of these names. Operands with numbers in `passed`
    are no constants of the composition, whatever is known of them. One that is the `last` is only
    asked when all other rows have given up."""

    def register(function: Composition) -> Composition:
        for name in names:
            (LAST_COMPOSITIONS if last else COMPOSITIONS)[name] = function
            _PASSED[name] = frozenset(passed)
        return function

    return register


class Call:
    """The op that is composed: its name, attributes and result types."""

    def __init__(self, op: UnregisteredOp) -> None:
        self.op = op
        self.name = plain_name(op)

    def integer(self, name: str, default: int = 0) -> int:
        value = attribute(self.op, name)
        return int(value.value.data) if isinstance(value, IntegerAttr) else default

    def flag(self, name: str, default: bool = False) -> bool:
        return bool(self.integer(name, int(default)))

    def number(self, name: str, default: float = 0.0) -> float:
        value = attribute(self.op, name)
        return float(value.value.data) if isinstance(value, FloatAttr) else default

    def text(self, name: str, default: str = "") -> str:
        value = attribute(self.op, name)
        return value.data if isinstance(value, StringAttr) else default

    def numbers(self, name: str) -> list[Any]:
        """Elements of an array attribute of integers or floats."""
        value = attribute(self.op, name)
        return [v.value.data for v in value] if isinstance(value, ArrayAttr) else []  # pyright: ignore

    def texts(self, name: str) -> list[str]:
        """Elements of an array attribute of strings."""
        value = attribute(self.op, name)
        return [v.data for v in value] if isinstance(value, ArrayAttr) else []  # pyright: ignore

    def dtype(self, tf: Any, result: int = 0) -> Any:
        """The TensorFlow type of a result's elements."""
        type_ = self.op.results[result].type
        assert isinstance(type_, TensorType | UnrankedTensorType)
        return dtype_of(tf, type_.element_type)

    def shape(self, result: int = 0) -> list[int | None] | None:
        """Sizes of a result as far as known; None for an unknown rank."""
        found = shape_of(self.op.results[result])
        return None if found is None else [n if n >= 0 else None for n in found]

    def key(self) -> tuple[Any, ...]:
        """What two calls share that are the same program for the same operands."""
        skipped = ("device", "op_name__")
        rows = {**self.op.properties, **self.op.attributes}
        described = tuple((k, str(v)) for k, v in sorted(rows.items()) if k not in skipped)
        return (self.name, described, tuple(str(r.type) for r in self.op.results))


def dtype_of(tf: Any, element: Attribute) -> Any:
    """The TensorFlow type of an MLIR element type; raises `KeyError` if there is none."""
    from iree_explore.frontend.tensorflow.convert import _ELEMENT_TYPES

    names = {text: name for name, text in _ELEMENT_TYPES.items()}
    return tf.as_dtype(names[str(element)])


class Compose(Leftover):
    """Any op of `COMPOSITIONS`."""

    compositions = COMPOSITIONS

    def looks_at(self, op: UnregisteredOp) -> bool:
        return op.op_name.data.startswith("tf.") and plain_name(op) in self.compositions

    def lower(self, op: UnregisteredOp, build: Builder) -> list[SSAValue] | None:
        call = Call(op)
        operands: list[np.ndarray | None] = []
        for number, value in enumerate(op.operands):
            if not isinstance(value.type, TensorType):
                return None
            operands.append(None if number in _PASSED[call.name] else constant_operand(value))
        types = [v.type for v in op.operands]
        function = program(build, call, self.compositions[call.name], types, operands)
        if function is None:
            return None
        passed = [v for v, c in zip(op.operands, operands, strict=True) if c is None]
        return moved(build, function, passed)


def constant_operand(value: SSAValue) -> np.ndarray | None:
    """The operand's value if it is small and known."""
    shape = shape_of(value) or ()
    if any(n < 0 for n in shape) or int(np.prod(shape)) > CONSTANT_ELEMENTS:
        return None
    array = constant_of(value)
    if array is not None:
        return array
    known = known_elements(value)
    if known is None or any(v is None for v in known.ravel()):
        return None
    wide = str(element_type(value)) == "i64"
    return known.astype(np.int64 if wide else np.int32)


def program(
    build: Builder, call: Call, rule: Composition, types: list[Any],
    constants: list[np.ndarray | None],
) -> FuncOp | None:  # fmt: skip
    """`rule` as a function of StableHLO ops for operands of tensor `types`, those that are
    `constants` being no arguments; None if it declines them."""
    described = (*(str(t) for t in types), *(None if c is None else c.tobytes() for c in constants))
    key = (*call.key(), *described)
    function = _FUNCTIONS.get(key)
    if function is None:
        text = _converted(call, rule, types, constants)
        if text is None:
            return None
        if len(_FUNCTIONS) >= _FUNCTIONS_LIMIT:
            _FUNCTIONS.clear()
        function = _FUNCTIONS[key] = _parsed(build, text)
    return clone(function)


def _converted(
    call: Call, rule: Composition, types: list[Any], constants: list[np.ndarray | None]
) -> str | None:
    from iree_explore.frontend.tensorflow.convert import convert
    from iree_explore.frontend.tensorflow.sources import Argument, Export

    tf = load_tensorflow()
    declined: list[bool] = []
    specs, arguments = [], []
    dtypes = [dtype_of(tf, type_.element_type) for type_ in types]
    for type_, constant, dtype in zip(types, constants, dtypes, strict=True):
        if constant is None:
            shape = tuple(n if n >= 0 else None for n in type_.get_shape())
            name = f"operand{len(specs)}"
            specs.append(tf.TensorSpec(shape, dtype, name))
            arguments.append(Argument(name, shape, dtype, ("",) * len(shape)))

    def function(*passed: Any) -> Any:
        given = iter(passed)
        operands = [
            next(given) if constant is None else tf.constant(constant, dtype)
            for constant, dtype in zip(constants, dtypes, strict=True)
        ]
        results = rule(tf, call, *operands)
        if results is None:
            declined.append(True)
            return ()
        if not isinstance(results, list | tuple):
            results = [results]
        return [tf.identity(r) for r in results]

    traced = tf.function(function, input_signature=specs, autograph=False)
    concrete = traced.get_concrete_function()
    if declined:
        return None
    export = Export(f"lowering of tf.{call.name}", "main", concrete, tuple(arguments), {})
    text = convert(export, debug=False).text
    for carrier, own in CARRIERS.items():
        text = text.replace(f'"{carrier}"', f'"{own}"')
    return text


def _parsed(build: Builder, text: str) -> FuncOp:
    """The only function of a module."""
    from iree_explore.frontend.mlir import parse_text

    module, _ = parse_text(text, build.ctx, "composition.mlir", unregistered=True)  # pyright: ignore
    (function,) = module.body.block.ops
    assert isinstance(function, FuncOp), function.name
    function.detach()
    return function


def moved(build: Builder, function: FuncOp, operands: list[SSAValue]) -> list[SSAValue]:
    """Moves the function's ops, on these operands, to what is built; returns what it returns."""
    block = function.body.block
    for argument, value in zip(tuple(block.args), operands, strict=True):
        argument.replace_all_uses_with(build.cast(value, argument.type))
    stop = block.last_op
    assert stop is not None
    results = list(stop.operands)
    for op in tuple(block.ops):
        op.detach()
        if op is not stop:
            build.made.append(op)
    stop.erase()
    return results


class ComposeLast(Compose):
    """Any op of `LAST_COMPOSITIONS`."""

    compositions = LAST_COMPOSITIONS


PATTERNS = (Compose,)
