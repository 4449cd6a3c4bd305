# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which functions a TensorFlow source exports, with concrete argument shapes.

Every kind of source ends as a list of `Export`s: a traced `ConcreteFunction`, the name to export it
under, and one `Argument` per tensor that a caller passes. Sample `inputs` make unknown dimensions
known, except those that `dynamic` keeps.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from iree_explore.errors import ModelError
from iree_explore.frontend.shapes import Dynamic, Inputs, by_name, kept, refine, split_inputs
from iree_explore.frontend.tensorflow import load_tensorflow


@dataclass(frozen=True)
class Argument:
    """One tensor argument: `shape` has None for unknown dimensions, `symbols` names those."""

    name: str
    shape: tuple[int | None, ...] | None
    dtype: Any
    symbols: tuple[str, ...]


@dataclass(frozen=True)
class Export:
    """A function to export; `structure` describes its results (see `result_structure`)."""

    name: str
    function: Any
    arguments: tuple[Argument, ...]
    structure: Any


def find_exports(source: Any, inputs: Inputs, dynamic: Dynamic) -> list[Export]:
    """The exports of a TensorFlow object; raises `ModelError` IX102 if there are none."""
    tf = load_tensorflow()
    if isinstance(source, tf.keras.Model):
        function = _trace_keras(tf, source, inputs, dynamic)
        return [_export("main", function, inputs, dynamic)]
    if isinstance(source, tf.types.experimental.ConcreteFunction):
        return [_export("main", source, inputs, dynamic)]
    if isinstance(source, tf.types.experimental.PolymorphicFunction):
        function = _trace(tf, source, inputs, dynamic, "main")
        return [_export("main", function, inputs, dynamic)]
    functions = _module_functions(tf, source)
    if not functions:
        raise ModelError(
            "IX102",
            f"{type(source).__name__} has no @tf.function to export",
            hint="decorate a method with @tf.function(input_signature=[...])",
        )
    if inputs is not None and len(functions) > 1:
        raise ModelError(
            "IX301",
            f"inputs given, but {len(functions)} functions: {', '.join(functions)}",
            hint="give each an input_signature, or pass one of the functions",
        )
    return [
        _export(key, _trace(tf, function, inputs, dynamic, key), inputs, dynamic)
        for key, function in functions.items()
    ]


def is_tensorflow(source: Any) -> bool:
    """Whether `source` is an object that `find_exports` takes; never imports TensorFlow."""
    bases = {f"{cls.__module__}.{cls.__qualname__}" for cls in type(source).__mro__}
    return any(b.startswith(("tensorflow.", "keras.", "tf_keras.")) for b in bases)


def load_keras_file(path: str) -> Any:
    """The model in a `.keras` file; raises `ModelError` IX107 if Keras cannot load it."""
    tf = load_tensorflow()
    try:
        return tf.keras.models.load_model(path, compile=False)
    except (OSError, ValueError, TypeError, KeyError) as raised:
        raise ModelError(
            "IX107", f"Keras cannot load {path}", because=_short(str(raised))
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


def result_structure(outputs: Any) -> Any:
    """Nested results as plain data: {"dict": {key: ...}}, {"tuple": [...]}, null for one tensor."""
    if isinstance(outputs, Mapping):
        return {"dict": {str(k): result_structure(v) for k, v in sorted(outputs.items())}}
    if isinstance(outputs, list | tuple):
        kind = "list" if isinstance(outputs, list) else "tuple"
        described: dict[str, Any] = {kind: [result_structure(v) for v in outputs]}
        if hasattr(outputs, "_fields"):
            described["fields"] = list(outputs._fields)  # pyright: ignore[reportAttributeAccessIssue]
        return described
    return "none" if outputs is None else None


def load_saved_model(path: str) -> Any:
    """What `tf.saved_model.load` makes of a folder; raises `ModelError` IX107 if it cannot."""
    tf = load_tensorflow()
    try:
        return tf.saved_model.load(path)
    except (OSError, ValueError, tf.errors.OpError) as raised:
        raise ModelError(
            "IX107", f"TensorFlow cannot load the SavedModel {path}", because=str(raised)
        ) from raised


def _module_functions(tf, module: Any) -> dict[str, Any]:
    signatures = getattr(module, "signatures", None)
    if signatures:
        return {str(k): signatures[k] for k in signatures}
    found = {}
    for key in dir(module):
        if key.startswith("__") or key in ("name_scope", "trainable_variables", "variables"):
            continue
        value = getattr(module, key, None)
        if isinstance(
            value,
            tf.types.experimental.PolymorphicFunction | tf.types.experimental.ConcreteFunction,
        ):
            found[key] = value
    return found


def _trace(tf, function: Any, inputs: Inputs, dynamic: Dynamic, name: str) -> Any:
    """One concrete function of a tf.function: by its signature, by `inputs`, or already traced."""
    if isinstance(function, tf.types.experimental.ConcreteFunction):
        return function
    concrete = getattr(function, "concrete_functions", None)  # restored from a SavedModel
    if concrete:
        return concrete[0]
    if getattr(function, "input_signature", None) is not None:
        traced = _traced(lambda: function.get_concrete_function(), tf, name)
        return traced if inputs is None else _retraced(tf, function, traced, inputs, dynamic)
    if inputs is not None:
        values, keywords = split_inputs(inputs)
        specs = [_spec_like(tf, str(i), v, dynamic) for i, v in enumerate(values)]
        named = {k: _spec_like(tf, k, v, dynamic) for k, v in keywords.items()}
        names = _parameter_names(function)
        specs = [
            _spec_like(tf, names[i] if i < len(names) else str(i), v, dynamic)
            for i, v in enumerate(values)
        ]
        return _traced(lambda: function.get_concrete_function(*specs, **named), tf, name)
    traced = function._list_all_concrete_functions()
    if len(traced) == 1:
        return traced[0]
    raise ModelError(
        "IX102",
        f"@tf.function {name} has no input_signature and {len(traced) or 'no'} traces",
        hint="pass inputs=[...], or give it an input_signature",
    )


def _retraced(tf, function: Any, traced: Any, inputs: Inputs, dynamic: Dynamic) -> Any:
    """The function traced again for the shapes of `inputs`: loops then have known shapes inside.

    A function that cannot be traced twice (it makes variables) stays as it is: `convert` makes its
    arguments' shapes known, and shape inference does what it can.
    """
    tensors = _arguments_of(traced)
    names = _argument_names(tensors)
    specs = []
    for tensor, name, value in zip(tensors, names, by_name(inputs, names), strict=True):
        spec = tf.TensorSpec(tensor.shape, tensor.dtype, name)
        specs.append(_specialised(tf, spec, value, dynamic))
    if all(str(s.shape) == str(t.shape) for s, t in zip(specs, tensors, strict=True)):
        return traced
    signature = tf.nest.pack_sequence_as(function.input_signature, specs)
    again = tf.function(
        function.python_function, input_signature=signature, autograph=function._autograph
    )
    try:
        return again.get_concrete_function()
    except (tf.errors.OpError, TypeError, ValueError):
        return traced


def _arguments_of(function: Any) -> list[Any]:
    return function.inputs[: len(function.inputs) - len(function.captured_inputs)]


def _trace_keras(tf, model: Any, inputs: Inputs, dynamic: Dynamic) -> Any:
    """The serving call of a Keras model, training=False, traced for its inputs."""
    struct = getattr(model, "_inputs_struct", None)
    if struct is None and getattr(model, "inputs", None):
        struct = model.inputs[0] if len(model.inputs) == 1 else list(model.inputs)
    if struct is not None:
        leaves = tf.nest.flatten(struct)
        values = by_name(inputs, [x.name for x in leaves])
        specs = []
        for leaf, value in zip(leaves, values, strict=True):
            spec = tf.TensorSpec(leaf.shape, leaf.dtype, name=_identifier(leaf.name))
            specs.append(_specialised(tf, spec, value, dynamic))
    elif inputs is not None:
        values, keywords = split_inputs(inputs)
        struct = dict(keywords) if keywords else values[0] if len(values) == 1 else list(values)
        names = sorted(keywords) if keywords else [f"input_{i}" for i in range(len(values))]
        leaves = [keywords[n] for n in names] if keywords else values
        specs = [_spec_like(tf, n, v, dynamic) for n, v in zip(names, leaves, strict=True)]
    else:
        raise ModelError(
            "IX102",
            f"the Keras model {model.name} was never called, so its input shapes are unknown",
            hint="pass inputs=[...] (sample data), or call the model once",
        )

    def call(*arguments):
        return model(tf.nest.pack_sequence_as(struct, arguments), training=False)

    function = tf.function(call, input_signature=specs, autograph=False)
    return _traced(function.get_concrete_function, tf, model.name)


def _traced(trace: Callable[[], Any], tf, name: str) -> Any:
    try:
        return trace()
    except (tf.errors.OpError, TypeError, ValueError) as raised:
        raise ModelError(
            "IX107", f"TensorFlow cannot trace {name}", because=_short(str(raised))
        ) from raised


def _export(name: str, function: Any, inputs: Inputs, dynamic: Dynamic) -> Export:
    tensors = _arguments_of(function)
    names = _argument_names(tensors)
    arguments = []
    for tensor, key, value in zip(tensors, names, by_name(inputs, names), strict=True):
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
        symbols = tuple(
            stays.get(axis) or (f"{key}_{axis}" if size is None else "")
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
    structure = result_structure(function.structured_outputs)
    return Export(name, function, tuple(arguments), structure)


def _argument_names(tensors: Sequence[Any]) -> list[str]:
    names: list[str] = []
    for tensor in tensors:
        given = tensor.op.node_def.attr["_user_specified_name"].s.decode() or tensor.op.name
        name, count = given, 1
        while name in names:
            name, count = f"{given}_{count}", count + 1
        names.append(name)
    return names


def _specialised(tf, spec: Any, value: Any, dynamic: Dynamic) -> Any:
    if value is None:
        return spec
    shape = None if spec.shape.rank is None else tuple(spec.shape.as_list())
    stays = kept(dynamic, spec.name, -1)
    return tf.TensorSpec(refine(spec.name, shape, np.shape(value), stays), spec.dtype, spec.name)


def _spec_like(tf, name: str, value: Any, dynamic: Dynamic) -> Any:
    value = value if hasattr(value, "dtype") else np.asarray(value)
    stays = kept(dynamic, name, -1)
    shape = [None if i in stays else n for i, n in enumerate(np.shape(value))]
    return tf.TensorSpec(shape, tf.as_dtype(value.dtype), name=_identifier(name))


def _parameter_names(function: Any) -> list[str]:
    import inspect

    try:
        return list(inspect.signature(function.python_function).parameters)
    except (AttributeError, TypeError, ValueError):  # no Python function behind it
        return []


def _identifier(name: str) -> str:
    return name if name.isidentifier() else "x_" + "".join(c if c.isalnum() else "_" for c in name)


def _short(text: str, lines: int = 12) -> str:
    kept = [line for line in text.strip().splitlines() if line.strip()]
    return "\n".join(kept[-lines:])
