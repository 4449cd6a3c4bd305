# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sources to `ConcreteFunction`s: by their signature, by sample inputs, or as already traced.

Sample data takes TensorFlow's own rules: arrays are tensors, Python numbers, booleans, strings and
None are constants of the trace, dictionaries, lists and tuples nest.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from iree_explore import structures
from iree_explore.errors import ModelError
from iree_explore.frontend.shapes import Dynamic, Inputs, by_name, kept, refine, split_inputs
from iree_explore.frontend.tensorflow.signatures import describe_signature, sample_values


@dataclass(frozen=True)
class Traced:
    """A concrete function; `parameters` and `names` (of the flat arguments) replace what it says of
    itself, where the trace is a wrapper of ours. `symbols` names unknown sizes by argument and
    axis, where the framework does."""

    function: Any
    parameters: list[dict[str, Any]] | None = None
    names: Sequence[str] = ()
    symbols: Mapping[str, Mapping[int, str]] = field(default_factory=dict)


def trace(tf: Any, function: Any, inputs: Inputs, dynamic: Dynamic, name: str) -> list[Traced]:
    """The traces to export of a tf.function or ConcreteFunction; raises `ModelError` IX102 if there
    is nothing to trace it with, IX107 if TensorFlow cannot."""
    if isinstance(function, tf.types.experimental.ConcreteFunction):
        return [Traced(function)]
    restored = getattr(function, "concrete_functions", None)  # of a SavedModel
    if restored:
        return _matching(tf, restored, inputs, name)
    if getattr(function, "input_signature", None) is not None:
        traced = _traced(lambda: function.get_concrete_function(), tf, name)
        return [traced if inputs is None else _retraced(tf, function, traced, inputs, dynamic)]
    if inputs is not None:
        values, keywords = split_inputs(inputs)
        parameters = _parameter_names(function)
        names = [parameters[i] if i < len(parameters) else f"args_{i}" for i in range(len(values))]
        specs = [_spec_like(tf, n, v, dynamic) for n, v in zip(names, values, strict=True)]
        named = {k: _spec_like(tf, k, v, dynamic) for k, v in keywords.items()}
        return [_traced(lambda: function.get_concrete_function(*specs, **named), tf, name)]
    traced = function._list_all_concrete_functions()
    if traced:
        return [Traced(t) for t in traced]
    raise ModelError(
        "IX102",
        f"@tf.function {name} has no input_signature and no traces",
        hint="pass inputs=[...], or give it an input_signature",
    )


def trace_keras(
    tf: Any, model: Any, inputs: Inputs, dynamic: Dynamic, bound: Mapping[str, Any]
) -> list[Traced]:
    """The call of a Keras model or layer, with `bound` keywords (training=False unless given)."""
    struct = getattr(model, "_inputs_struct", None)
    if struct is None and getattr(model, "inputs", None):
        struct = model.inputs[0] if len(model.inputs) == 1 else list(model.inputs)
    if struct is None:
        return [_trace_subclassed(tf, model, inputs, dynamic, bound)]
    leaves = tf.nest.flatten(struct)
    names = _unique([_identifier(x.name) for x in leaves])
    parameter = names[0] if struct is leaves[0] else "inputs"
    numbers = iter(range(len(leaves)))
    nested = structures.describe(
        struct, lambda v: next(numbers) if isinstance(v, tf.keras.KerasTensor) else None
    )
    rows = [{"name": parameter, "kind": "POSITIONAL_OR_KEYWORD", "structure": nested}]
    specs = []
    values = _keras_samples(model, rows, names, inputs)
    for leaf, name, value in zip(leaves, names, values, strict=True):
        spec = tf.TensorSpec(leaf.shape, leaf.dtype, name=name)
        specs.append(_specialised(tf, spec, value, dynamic))
    keywords = {"training": False, **bound}

    def call(*arguments):
        return model(tf.nest.pack_sequence_as(struct, arguments), **keywords)

    function = tf.function(call, input_signature=specs, autograph=False)
    traced = _traced(function.get_concrete_function, tf, model.name)
    batched = [n for n, leaf in zip(names, leaves, strict=True) if leaf.shape[:1] == (None,)]
    return [Traced(traced.function, rows, names, {key: {0: "batch"} for key in batched})]


def _keras_samples(
    model: Any, rows: list[dict[str, Any]], names: list[str], inputs: Inputs
) -> list[Any]:
    """Sample data of a functional model: by input names, in order, or nested as the model."""
    values, keywords = split_inputs(inputs)
    nested = len(values) == 1 and isinstance(values[0], Mapping | list | tuple)
    if not nested and set(keywords) <= set(names) and len(values) in (0, len(names)):
        return by_name(inputs, names)
    if len(values) == 1 or keywords:
        signature = structures.Signature({"parameters": rows, "results": 0})
        return signature.flatten(model.name, values, keywords)
    return by_name(inputs, names)


def _trace_subclassed(
    tf: Any, model: Any, inputs: Inputs, dynamic: Dynamic, bound: Mapping[str, Any]
) -> Traced:
    """A model that only its `call` describes: samples are its arguments."""
    if inputs is None:
        raise ModelError(
            "IX102",
            f"the Keras model {model.name} is subclassed, so its input shapes are unknown",
            hint="pass inputs=[...] (sample data)",
        )
    takes = _tensor_parameters(model.call)
    values, keywords = split_inputs(inputs)
    if keywords and not set(keywords) <= set(takes):
        values, keywords = [dict(keywords)], {}
    elif len(values) > max(1, len(takes)) or (len(values) > 1 and len(takes) == 1):
        values = [list(values)]
    names = [*takes, *(f"args_{i}" for i in range(len(takes), len(values)))]
    specs = [_spec_like(tf, n, v, dynamic) for n, v in zip(names, values, strict=False)]
    named = {k: _spec_like(tf, k, v, dynamic) for k, v in keywords.items()}
    fixed = {"training": False, **bound}

    def call(*arguments, **options):
        return model(*arguments, **options, **fixed)

    function = tf.function(call, autograph=False)
    traced = _traced(lambda: function.get_concrete_function(*specs, **named), tf, model.name)
    signature, flat = describe_signature(tf, traced.function, model.name)
    rows = signature["parameters"]
    for row, name in zip(rows, names, strict=False):
        if row["kind"] != "KEYWORD_ONLY":
            row |= {"name": name, "kind": "POSITIONAL_OR_KEYWORD"}
    return Traced(traced.function, rows, flat)


def _tensor_parameters(call: Callable[..., Any]) -> list[str]:
    """Names of what a Keras `call` takes by position, apart from training and mask."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    found = inspect.signature(call).parameters.values()
    return [p.name for p in found if p.kind in kinds and p.name not in ("training", "mask")]


def _matching(tf: Any, traces: Sequence[Any], inputs: Inputs, name: str) -> list[Traced]:
    """The traces of a restored function, or those that take `inputs`."""
    if inputs is None:
        return [Traced(t) for t in traces]
    found, wrong = [], []
    for traced in traces:
        signature, names = describe_signature(tf, traced, name)
        try:
            values, keywords = split_inputs(inputs)
            flat = structures.Signature(signature).flatten(name, values, keywords)
            for tensor, key, value in zip(traced.inputs, names, flat, strict=False):
                rank = tensor.shape.rank
                refine(key, None if rank is None else tuple(tensor.shape), np.shape(value), {})
            found.append(Traced(traced))
        except ModelError as raised:
            wrong.append(raised.what)
    if not found:
        raise ModelError("IX301", f"no trace of {name} takes the inputs", because="\n".join(wrong))
    return found


def _retraced(tf: Any, function: Any, traced: Traced, inputs: Inputs, dynamic: Dynamic) -> Traced:
    """The function traced again for the shapes of `inputs`: loops then have known shapes inside.

    A function that cannot be traced twice (it makes variables) stays as it is: `convert` makes its
    arguments' shapes known, and shape inference does what it can.
    """
    leaves = tf.nest.flatten(function.input_signature)
    concrete = traced.function
    signature, names = describe_signature(tf, concrete, function._name)
    values = sample_values(function._name, signature, names, inputs)
    if not all(isinstance(leaf, tf.TensorSpec) for leaf in leaves) or len(leaves) != len(names):
        return traced
    specs = []
    for leaf, name, value in zip(leaves, names, values, strict=True):
        spec = tf.TensorSpec(leaf.shape, leaf.dtype, name)
        specs.append(_specialised(tf, spec, value, dynamic))
    if all(str(s.shape) == str(t.shape) for s, t in zip(specs, leaves, strict=True)):
        return traced
    wanted = tf.nest.pack_sequence_as(function.input_signature, specs)
    again = tf.function(
        function.python_function, input_signature=wanted, autograph=function._autograph
    )
    try:
        return Traced(again.get_concrete_function())
    except (tf.errors.OpError, TypeError, ValueError):
        return traced


def _traced(make: Callable[[], Any], tf: Any, name: str) -> Traced:
    try:
        return Traced(make())
    except (tf.errors.OpError, TypeError, ValueError, AttributeError) as raised:
        raise ModelError(
            "IX107", f"TensorFlow cannot trace {name}", because=short(str(raised))
        ) from raised


def _specialised(tf: Any, spec: Any, value: Any, dynamic: Dynamic) -> Any:
    if value is None:
        return spec
    shape = None if spec.shape.rank is None else tuple(spec.shape.as_list())
    stays = kept(dynamic, spec.name, -1)
    return tf.TensorSpec(refine(spec.name, shape, np.shape(value), stays), spec.dtype, spec.name)


def _spec_like(tf: Any, name: str, value: Any, dynamic: Dynamic) -> Any:
    """What to trace with for a sample: a spec for each tensor in it, named by the way to it."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        made = {k: _spec_like(tf, f"{name}_{k}", v, dynamic) for k, v in value.items()}
        return made if type(value) is dict else _like(value, made)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        fields = value._fields  # pyright: ignore[reportAttributeAccessIssue]
        parts = zip(fields, value, strict=True)
        return type(value)(*(_spec_like(tf, f"{name}_{k}", v, dynamic) for k, v in parts))
    if isinstance(value, list | tuple):
        return type(value)(_spec_like(tf, f"{name}_{i}", v, dynamic) for i, v in enumerate(value))
    if isinstance(value, tf.RaggedTensor):
        spec = value._type_spec
        unknown = [None] * spec.shape.rank
        return tf.RaggedTensorSpec(unknown, spec.dtype, spec.ragged_rank, spec.row_splits_dtype)
    if isinstance(value, tf.TypeSpec):
        return value
    if hasattr(value, "_type_spec") and not isinstance(value, tf.Tensor | tf.Variable):
        return value._type_spec
    if hasattr(value, "__tf_flatten__"):
        metadata, parts = value.__tf_flatten__()
        named = (_spec_like(tf, f"{name}_{i}", v, dynamic) for i, v in enumerate(parts))
        return type(value).__tf_unflatten__(metadata, tuple(named))
    value = value if hasattr(value, "dtype") else np.asarray(value)
    stays = kept(dynamic, name, -1)
    shape = [None if i in stays else n for i, n in enumerate(np.shape(value))]
    return tf.TensorSpec(shape, tf.as_dtype(value.dtype), name=_identifier(name))


def _like(mapping: Mapping[Any, Any], items: dict[Any, Any]) -> Any:
    try:
        return type(mapping)(items)  # pyright: ignore[reportCallIssue]
    except TypeError:
        return items


def _parameter_names(function: Any) -> list[str]:
    try:
        found = inspect.signature(function.python_function).parameters.values()
    except (AttributeError, TypeError, ValueError):  # no Python function behind it
        return []
    return [p.name for p in found if p.kind is not inspect.Parameter.VAR_POSITIONAL]


def _identifier(name: str) -> str:
    return name if name.isidentifier() else "x_" + "".join(c if c.isalnum() else "_" for c in name)


def _unique(names: list[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        unique, count = name, 1
        while unique in found:
            unique, count = f"{name}_{count}", count + 1
        found.append(unique)
    return found


def short(text: str, lines: int = 12) -> str:
    """The last lines of an exception's text."""
    kept_lines = [line for line in text.strip().splitlines() if line.strip()]
    return "\n".join(kept_lines[-lines:])
