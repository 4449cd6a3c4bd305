# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which functions a TensorFlow source exports, with concrete argument shapes.

Every kind of source ends as a list of `Export`s: a traced `ConcreteFunction`, the name to export it
under, one `Argument` per tensor that a caller passes, and how the source nests them. Sample
`inputs` make unknown dimensions known, except those that `dynamic` keeps. `tracing.py` traces.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from iree_explore.errors import ModelError
from iree_explore.frontend.shapes import Dynamic, Inputs, kept, refine
from iree_explore.frontend.tensorflow import load_tensorflow
from iree_explore.frontend.tensorflow.signatures import describe_signature, sample_values
from iree_explore.frontend.tensorflow.tracing import (
    Traced,
    short,
    trace,
    trace_keras,
)
from iree_explore.shapes.expressions import identifier


@dataclass(frozen=True)
class Argument:
    """One tensor argument: `shape` has None for unknown dimensions, `symbols` names those."""

    name: str
    shape: tuple[int | None, ...] | None
    dtype: Any
    symbols: tuple[str, ...]


@dataclass(frozen=True)
class Export:
    """A function to export. `signature` is how it nests arguments and results. Traces of one
    function have its name and different `symbol`s."""

    name: str
    symbol: str
    function: Any
    arguments: tuple[Argument, ...]
    signature: dict[str, Any]


def without_rank(export: Export) -> str:
    """That the function has arguments without a rank, and which."""
    names = ", ".join(a.name for a in export.arguments if a.shape is None)
    return f"function {export.name}: nothing says the rank of {names}"


def give_inputs(export: Export) -> str:
    """What to pass for the ranks of such a function."""
    samples = ", ".join(f"{a.name}_array" for a in export.arguments)
    if export.name == "main":
        return f"inputs=[{samples}] says it (arrays of any values)"
    return f'inputs={{"{export.name}": [{samples}]}} says it (arrays of any values)'


def find_exports(
    source: Any, inputs: Inputs, dynamic: Dynamic, notes: list[str] | None = None
) -> list[Export]:
    """The exports of a TensorFlow object; raises `ModelError` IX102 if there are none.

    Functions of a module that cannot be traced are left out if others can; `notes` says so.
    """
    tf = load_tensorflow()
    source, bound = _without_partial(tf, source)
    if isinstance(source, tf.keras.layers.Layer):
        return _exports(
            tf, "main", trace_keras(tf, source, inputs, dynamic, bound), inputs, dynamic
        )
    if isinstance(source, _function_types(tf)):
        traces = trace(tf, source, inputs, dynamic, "main")
        return _exports(tf, "main", traces, inputs, dynamic)
    functions = _module_functions(tf, source)
    if not functions:
        raise ModelError(
            "IX102",
            f"{type(source).__name__} has no @tf.function to export",
            hint="decorate a method with @tf.function(input_signature=[...])",
        )
    given = inputs_by_function(inputs, list(functions))
    found: list[Export] = []
    failed: list[ModelError] = []
    for key, function in functions.items():
        try:
            traces = trace(tf, function, given[key], dynamic, key)
        except ModelError as raised:
            if raised.code != "IX102":
                raise
            failed.append(raised)
            continue
        found += _exports(tf, key, traces, given[key], dynamic)
    if not found:
        raise failed[0]
    if notes is not None:
        notes += [f"left out: {error.what}" for error in failed]
    return found


def inputs_by_function(inputs: Inputs, functions: list[str]) -> dict[str, Inputs]:
    """Sample data of each function: `inputs` of the only one, or a mapping by function name."""
    if inputs is None:
        return dict.fromkeys(functions)
    if isinstance(inputs, Mapping) and inputs and set(inputs) <= set(functions):
        return {name: inputs.get(name) for name in functions}
    if len(functions) == 1:
        return {functions[0]: inputs}
    raise ModelError(
        "IX301",
        f"inputs given, but {len(functions)} functions: {', '.join(functions)}",
        hint='pass inputs={"' + functions[0] + '": [...], ...}, or one of the functions',
    )


def is_tensorflow(source: Any) -> bool:
    """Whether `source` is an object that `find_exports` takes; never imports TensorFlow."""
    while isinstance(source, functools.partial):
        source = source.func
    bases = {f"{cls.__module__}.{cls.__qualname__}" for cls in type(source).__mro__}
    return any(b.startswith(("tensorflow.", "keras.", "tf_keras.")) for b in bases)


def load_keras_file(path: str) -> Any:
    """The model in a `.keras` file; raises `ModelError` IX107 if Keras cannot load it."""
    tf = load_tensorflow()
    try:
        return tf.keras.models.load_model(path, compile=False)
    except (OSError, ValueError, TypeError, KeyError) as raised:
        raise ModelError(
            "IX107", f"Keras cannot load {path}", because=short(str(raised))
        ) from raised


def is_saved_model(path: str) -> bool:
    """Whether a folder looks like a SavedModel."""
    return any(
        os.path.isfile(os.path.join(path, f)) for f in ("saved_model.pb", "saved_model.pbtxt")
    )


def module_name(source: Any) -> str | None:
    """What the source calls itself, if that is a word."""
    name = getattr(source, "name", None)
    return name if isinstance(name, str) and name.isidentifier() else None


def load_saved_model(path: str) -> Any:
    """What `tf.saved_model.load` makes of a folder; raises `ModelError` IX107 if it cannot."""
    tf = load_tensorflow()
    try:
        return tf.saved_model.load(path)
    except (OSError, ValueError, tf.errors.OpError) as raised:
        raise ModelError(
            "IX107", f"TensorFlow cannot load the SavedModel {path}", because=str(raised)
        ) from raised


def _function_types(tf: Any) -> tuple[type, ...]:
    kinds = tf.types.experimental
    return (kinds.PolymorphicFunction, kinds.ConcreteFunction)


def _without_partial(tf: Any, source: Any) -> tuple[Any, dict[str, Any]]:
    """`functools.partial` of a Keras model is the model and what to call it with; of a tf.function
    a function with those arguments."""
    if not isinstance(source, functools.partial):
        return source, {}
    inner = source.func
    if isinstance(inner, tf.keras.layers.Layer) and not source.args:
        return inner, dict(source.keywords)
    if isinstance(inner, tf.types.experimental.PolymorphicFunction):
        bound = functools.partial(inner.python_function, *source.args, **source.keywords)
        return tf.function(bound, autograph=inner._autograph), {}
    raise ModelError(
        "IX102",
        f"a partial of a {type(inner).__name__} with {len(source.args)} positional arguments is no "
        "source",
        hint="partials of Keras models with keywords and of tf.functions are",
    )


def _module_functions(tf: Any, module: Any) -> dict[str, Any]:
    signatures = getattr(module, "signatures", None)
    if signatures:
        return {str(k): signatures[k] for k in signatures}
    found = {}
    for key in dir(module):
        if key.startswith("__") or key in ("name_scope", "trainable_variables", "variables"):
            continue
        value = getattr(module, key, None)
        if isinstance(value, _function_types(tf)):
            found[key] = value
    called = vars(type(module)).get("__call__")
    if isinstance(called, _function_types(tf)):
        found["main"] = module.__call__
    return found


def _exports(
    tf: Any, name: str, traces: list[Traced], inputs: Inputs, dynamic: Dynamic
) -> list[Export]:
    return [
        _export(tf, name, name if number == 0 else f"{name}_{number}", traced, inputs, dynamic)
        for number, traced in enumerate(traces)
    ]


def _export(
    tf: Any, name: str, symbol: str, traced: Traced, inputs: Inputs, dynamic: Dynamic
) -> Export:
    function = traced.function
    signature, names = describe_signature(tf, function, name)
    if traced.parameters is not None:
        signature["parameters"], names = traced.parameters, list(traced.names)
    tensors = function.inputs[: len(names)]
    values = sample_values(name, signature, names, inputs)
    arguments = []
    for tensor, key, value in zip(tensors, names, values, strict=True):
        shape = None if tensor.shape.rank is None else tuple(tensor.shape.as_list())
        stays = kept(dynamic, key, len(arguments))
        if value is not None:
            shape = refine(key, shape, np.shape(value), stays)
        if shape is not None:
            for axis in stays:
                if not -len(shape) <= axis < len(shape) or shape[axis] is not None:
                    raise ModelError(
                        "IX302", f"dimension {axis} of argument {key} is not unknown: {shape}"
                    )
        known = {**traced.symbols.get(key, {}), **stays}
        symbols = tuple(
            "" if size is not None else known.get(axis) or f"{identifier(key)}_d{axis}"
            for axis, size in enumerate(shape or ())
        )
        arguments.append(Argument(key, shape, tensor.dtype, symbols))
    unknown = set(map(str, dynamic)) - set(names) - {str(i) for i in range(len(names))}
    if unknown:
        raise ModelError(
            "IX302",
            f"dynamic names unknown arguments: {', '.join(sorted(unknown))}",
            hint=f"the arguments are {', '.join(names)}",
        )
    return Export(name, symbol, function, tuple(arguments), signature)
