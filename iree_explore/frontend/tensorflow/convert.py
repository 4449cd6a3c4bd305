# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One `ConcreteFunction` to StableHLO text, by TensorFlow's own passes.

`tf.mlir.experimental.convert_function` gives the graph as text. Its captured variables become bound
inputs of a SavedModel-like module (`tf_saved_model.bound_input = @name`, with a splat placeholder
as value), which `tf-lower-to-mlprogram-and-hlo` turns into `ml_program` globals. Weights never
become text. Small captured constants become `tf.Const`; what cannot be compiled is refused here.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from iree_explore.frontend.tensorflow import load_tensorflow
from iree_explore.frontend.tensorflow.control_flow import unify_types
from iree_explore.frontend.tensorflow.graph import cut
from iree_explore.frontend.tensorflow.host_ops import keep_host_ops
from iree_explore.frontend.tensorflow.lists import INFER, check_reads, lower_lists
from iree_explore.frontend.tensorflow.quantized import (
    STORAGE,
    constant_text,
    is_quantised,
    store_integers,
    stored,
)
from iree_explore.frontend.tensorflow.random_state import STATE, RandomState, add_states
from iree_explore.frontend.tensorflow.refusals import (
    Refusal,
    Refused,
    forbidden_ops,
    ops_of_diagnostics,
)
from iree_explore.frontend.tensorflow.sources import Argument, Export, give_inputs, without_rank
from iree_explore.frontend.tensorflow.sparse import rank_reductions
from iree_explore.frontend.tensorflow.variables import drop_same, keep_mutable, split_updates

PREPARE = ",".join(
    (
        "func.func(tf-executor-graph-pruning,tf-executor-to-functional-conversion)",
        "inline",
        "tf-guarantee-all-funcs-one-use",
        "tf-shape-inference",
        "canonicalize",
        "tf-shape-inference",
        "tf-tensor-array-ops-decomposition",
        "tf-stack-ops-decomposition",
        "canonicalize",
        "tf-shape-inference",
    )
)
"""TensorFlow's passes up to its own dialect, inlined and with shapes. The decompositions only see a
function named `main`, after functional conversion; lists are lowered by `lists.py`."""

LIFT = ",".join(
    (
        "func.func(tf-device-decompose-resource-ops)",
        "tf-resource-op-lifting-for-main-function",
        "canonicalize",
        "symbol-dce",
    )
)
"""Variables become values that loops carry. Without the first two passes, variables assigned inside
loops come out reordered."""

LOWER = "tf-lower-to-mlprogram-and-hlo,cse"
"""To StableHLO. Each op asks for the sizes that it needs: most of them were asked for before."""

PRUNE = "func.func(tf-executor-graph-pruning)"

KEPT = (
    "AvgPool", "AvgPool3D", "Slice", "Unpack", "UnsortedSegmentMax", "UnsortedSegmentMin",
    "UnsortedSegmentProd", "UnsortedSegmentSum",
)  # fmt: skip
"""Ops that TensorFlow's lowering fails on, or aborts the process on, when a dimension is unknown:
they get another name before it, `tf.UnknownShape...`, and are lowered by the rows of `ops/`."""
KEPT_INNER = (
    "Conv2D", "Conv3D", "DepthwiseConv2dNative", "MaxPool", "MaxPool3D", "MaxPoolGrad",
    "MaxPool3DGrad", "Conv2DBackpropInput", "Conv2DBackpropFilter",
)  # fmt: skip
"""Those that it gets wrong when another dimension of the first operand than the batch is unknown:
SAME padding depends on it."""

KEPT_RESULTS = ("Range", "StridedSlice")
"""Ops of known shapes that TensorFlow gives bounded types, which its own passes then fail on, or
lowers wrongly, when a dimension of the result is unknown: renamed in the same way."""

KEPT_ALWAYS = (
    "DynamicPartition", "Erfc?", "Qr", "SelfAdjointEigV2", "Svd", r"StatelessRandom\w+",
    r"Stateless\w*TruncatedNormal(?:V2)?", "StatelessMultinomial", "StatelessShuffle",
    "RandomIndexShuffle", r"MaxPool(?:3D)?GradGrad(?:V2)?", r"Sparse(?!SoftmaxCross)\w+",
)  # fmt: skip
"""Ops with one row of ours for all shapes, where TensorFlow's own lowering is far more ops, needs
all sizes, crashes, ends in types of bounds that its own passes fail on, tells elements apart by 16
bits, or draws other numbers than it does itself: renamed whatever their shapes."""

CONSTANT_ELEMENTS = 1024
"""Captured tensors up to this size become constants, larger ones variables."""

_ELEMENT_TYPES = {
    "float16": "f16", "bfloat16": "bf16", "float32": "f32", "float64": "f64", "bool": "i1",
    "int8": "i8", "int16": "i16", "int32": "i32", "int64": "i64",
    "uint8": "ui8", "uint16": "ui16", "uint32": "ui32", "uint64": "ui64",
    "complex64": "complex<f32>", "complex128": "complex<f64>",
    "int4": "i4", "uint4": "ui4", "float8_e5m2": "f8E5M2", "float8_e4m3fn": "f8E4M3FN",
    **{name: f"!tf_type.{name}" for name in STORAGE},
}  # fmt: skip


Known = dict[int, Any]
"""The variables of a function by the `id` of their handles."""


@dataclass(frozen=True)
class Variable:
    """A captured variable: `path` is TensorFlow's name of it, `key` identifies it across functions,
    `read` gives its value now; None if every instance begins with another one, drawn from the
    operating system (`entropy.py`)."""

    symbol: str
    path: str
    key: int
    type: str
    read: Callable[[], np.ndarray] | None


@dataclass
class Converted:
    """`text` is the whole StableHLO module of one export; `variables` by the symbols used in it."""

    export: Export
    text: str
    variables: dict[str, Variable] = field(default_factory=dict)


def convert(export: Export, *, debug: bool = True) -> Converted:
    """Lowers one export; raises `Refused` with everything in it that cannot be compiled. `debug`:
    with locations in the text."""
    tf = load_tensorflow()
    rows = _check_types(export)
    graph = _run(
        export,
        lambda: tf.mlir.experimental.convert_function(
            export.function, pass_pipeline="", show_debug_info=debug
        ),
    )
    run = tf.mlir.experimental.run_pass_pipeline
    if forbidden_ops(export.name, graph):  # of what is not dead
        live = _run(export, lambda: run(graph, PRUNE, show_debug_info=debug), graph)
        rows += forbidden_ops(export.name, live)
    known = {id(v.handle): v for v in export.function.variables}
    rows += _check_captures(export, known, bool(rows))
    if rows:
        raise Refused(rows)
    program, places = cut(graph)
    program, variables = _bind(tf, export, known, program)

    def pipeline(text: str, passes: str) -> str:
        return _run(export, lambda: run(text, passes, show_debug_info=debug), text)

    program, places = cut(pipeline(program + places, PREPARE))
    program, states = add_states(program, list(variables))
    variables |= {s.symbol: _state_variable(export, s) for s in states}
    program, places = cut(pipeline(split_updates(program) + places, LIFT))
    ranked = rank_reductions(program)
    if ranked != program:
        program, places = cut(pipeline(ranked + places, INFER))
    text = keep_host_ops(store_integers(program)) + places
    lowered = lower_lists(export.name, text, lambda text: pipeline(text, INFER))
    program, places = cut(unify_types(lowered))
    program = keep_mutable(_keep(check_reads(program, places)))
    lowered = pipeline(program + places, LOWER)
    variables = {k: replace(v, type=stored(v.type)) for k, v in variables.items()}
    return Converted(export, drop_same(lowered), variables)


def _state_variable(export: Export, state: RandomState) -> Variable:
    """The generator of a random op: one of its own for each op of each export."""
    key = hash((id(export.function), state.symbol))
    read = state.initial if state.is_seeded else None
    return Variable(state.symbol, state.path, key, STATE, read)


def tensor_type(shape: tuple[int | None, ...] | None, dtype: Any) -> str:
    """MLIR text of a TensorFlow tensor type; raises `KeyError` for dtypes without one."""
    element = _ELEMENT_TYPES[dtype.name]
    if shape is None:
        return f"tensor<*x{element}>"
    return f"tensor<{''.join(('?' if n is None else str(n)) + 'x' for n in shape)}{element}>"


def _check_types(export: Export) -> list[Refusal]:
    bad = [
        f"argument {a.name} is a {a.dtype.name}"
        for a in export.arguments
        if a.dtype.name not in _ELEMENT_TYPES
    ]
    bad += [
        f"result {i} is a {t.dtype.name}"
        for i, t in enumerate(export.function.outputs)
        if t.dtype.name not in _ELEMENT_TYPES
    ]
    rows = [Refusal(export.name, "", "", reason, "IX105") for reason in bad]
    if any(a.shape is None for a in export.arguments):
        reason, hint = without_rank(export), give_inputs(export)
        rows.append(Refusal(export.name, "", "", reason, "IX105", hint))
    return rows


def _check_captures(export: Export, known: Known, explained: bool) -> list[Refusal]:
    """Captured tensors that are no variables; tables and the like are `explained` by their ops."""
    bad = []
    for capture in export.function.captured_inputs:
        name = capture.dtype.name
        if name == "resource":
            found = known.get(id(capture))
            if found is None and not explained:
                bad.append(f"it uses a {_resource_kind(capture)}, a resource that is no variable")
            elif found is not None and found.dtype.name not in _ELEMENT_TYPES:
                bad.append(f"variable {found.name} is a {found.dtype.name}")
        elif name not in _ELEMENT_TYPES and not (explained and name == "string"):
            bad.append(f"it captures a {name} tensor")
    return [Refusal(export.name, "", "", reason, "IX105") for reason in bad]


_KEPT = re.compile(
    rf'= "tf\.({"|".join(KEPT)})"(?=\([^\n]*: \([^\n)]*[?*][^\n)]*\) -> )', re.MULTILINE
)


_KEPT_INNER = re.compile(
    rf'= "tf\.({"|".join(KEPT_INNER)})"(?=\([^\n]*: \(tensor<[^x>\n]*x[^>\n]*\?)', re.MULTILINE
)

_KEPT_RESULTS = re.compile(
    rf'= "tf\.({"|".join(KEPT_RESULTS)})"(?=\([^\n]* -> tensor<[^>\n]*\?)', re.MULTILINE
)

_KEPT_ALWAYS = re.compile(rf'= "tf\.({"|".join(KEPT_ALWAYS)})"(?=\()')


def _keep(text: str) -> str:
    for found in (_KEPT, _KEPT_INNER, _KEPT_RESULTS, _KEPT_ALWAYS):
        text = found.sub(r'= "tf.UnknownShape\1"', text)
    return text


# The edit of the text


_FUNCTION = re.compile(r'^  func\.func @(?P<name>"[^"]*"|[\w.$-]+)\((?P<rest>.*)$', re.MULTILINE)
_RESULTS = re.compile(r"\) -> (?P<types>.*?) attributes \{")


def _bind(tf, export: Export, known: Known, graph: str) -> tuple[str, dict[str, Variable]]:
    """Rewrites the entry function's head: the export's argument shapes, variables as bound inputs,
    captured constants as `tf.Const` inside the graph."""
    lines = graph.split("\n")
    wanted = {export.function.name, export.function.function_def.signature.name}
    heads = (
        i
        for i, line in enumerate(lines)
        if (m := _FUNCTION.match(line)) and m["name"].strip('"') in wanted
    )
    head = next(heads, None)
    if head is None:  # text that does not verify is printed in another form
        reason = "TensorFlow's own text of this function does not verify; its shapes contradict"
        raise Refused([Refusal(export.name, "", "", reason, "IX107")])
    captures = export.function.captured_inputs
    first = len(export.arguments)
    variables: dict[str, Variable] = {}
    globals_: list[str] = []
    casts: list[str] = []
    arguments = [_argument(i, a) for i, a in enumerate(export.arguments)]
    specialised: dict[int, str] = {}
    for i, argument in enumerate(export.arguments):
        traced = tensor_type(_shape(export.function.inputs[i]), argument.dtype)
        given = tensor_type(argument.shape, argument.dtype)
        if traced != given:  # shape inference looks through the cast
            specialised[i] = f"%traced{i}"
            casts.append(
                f"      %traced{i}, %traced_control{i} = tf_executor.island wraps "
                f'"tf.Cast"(%arg{i}) {{Truncate = false}} : ({given}) -> {traced} loc(unknown)'
            )
    for number, capture in enumerate(captures, first):
        made = _capture(tf, known, capture, variables)
        if isinstance(made, str):
            type_ = made.rpartition(" : ")[2]
            casts.append(
                f"      %capture{number}, %capture_control{number} = tf_executor.island wraps "
                f'"tf.Const"() <{{value = {made}}}> : () -> {type_} loc(unknown)'
            )
            continue
        resource = f"tensor<!tf_type.resource<{made.type}>>"
        unnamed = len(arguments)
        arguments.append(
            f"%bound{unnamed}: {resource} {{tf_saved_model.bound_input = @{made.symbol}}}"
        )
        casts.append(_cast(capture, number, unnamed, resource, made.type))
    globals_ = [_global(v) for v in variables.values()]
    end = next(i for i in range(head + 1, len(lines)) if lines[i].startswith("  }"))
    captured = re.compile(r"%arg(\d+)\b")

    def renamed(match: re.Match[str]) -> str:
        number = int(match[1])
        return specialised.get(number, match[0]) if number < first else f"%capture{number}"

    for i in range(head + 1, end):
        lines[i] = captured.sub(renamed, lines[i])
    results = _RESULTS.search(lines[head])
    signature = _result_types(results["types"]) if results else ""
    lines[head + 2 : head + 2] = casts
    lines[head] = (
        f"  func.func @main({', '.join(arguments)}){signature}"
        ' attributes {tf_saved_model.exported_names = ["main"]} {'
    )
    lines[head:head] = globals_
    module = next(i for i, line in enumerate(lines) if line.startswith("module attributes {"))
    lines[module] = lines[module].replace(
        "attributes {", "attributes {tf_saved_model.semantics, ", 1
    )
    return "\n".join(lines), variables


def _shape(tensor: Any) -> tuple[int | None, ...] | None:
    return None if tensor.shape.rank is None else tuple(tensor.shape.as_list())


def _argument(number: int, argument: Argument) -> str:
    type_ = tensor_type(argument.shape, argument.dtype)
    return f"%arg{number}: {type_} {{tf_saved_model.index_path = [{number}]}}"


def _result_types(types: str) -> str:
    """` -> (t {index_path = [0]}, ...)` from the result types of the function that TF printed."""
    if types.startswith("("):
        types = types[1:-1]
    plain = _split(re.sub(r" \{[^{}]*\}", "", types))
    described = (f"{t} {{tf_saved_model.index_path = [{i}]}}" for i, t in enumerate(plain))
    return f" -> ({', '.join(described)})"


def _split(types: str) -> list[str]:
    """Splits at top-level commas."""
    parts, depth, start = [], 0, 0
    for i, char in enumerate(types):
        if char in "<([{":
            depth += 1
        elif char in ">)]}":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(types[start:i].strip())
            start = i + 1
    parts.append(types[start:].strip())
    return [p for p in parts if p]


def _global(variable: Variable) -> str:
    return (
        f'  "tf_saved_model.global_tensor"() {{is_mutable, sym_name = "{variable.symbol}", '
        f"type = {variable.type}, value = {_placeholder(variable.type)}, "
        "tf_saved_model.exported_names = []} : () -> ()"
    )


def _placeholder(type_: str) -> str:
    quantised = re.search(r"!tf_type\.(\w+)>", type_)
    if quantised:
        return constant_text(np.zeros(1, np.int8), quantised[1], type_)
    element = type_[:-1].rpartition("x")[2] if "x" in type_ else type_[len("tensor<") : -1]
    element = element if "complex" not in type_ else "complex"
    zero = {"i1": "false", "complex": "(0.0, 0.0)"}.get(element, "0.0" if "f" in element else "0")
    return f"dense<{zero}> : {type_.replace('?', '0')}"


def _cast(capture: Any, number: int, argument: int, resource: str, type_: str) -> str:
    """The graph uses an untyped resource (a variable), or the value itself (a large constant)."""
    name = f"      %capture{number}, %capture_control{number} = tf_executor.island wraps "
    if capture.dtype.name == "resource":
        return (
            f'{name}"tf.Cast"(%bound{argument}) {{Truncate = false}} : ({resource}) -> '
            "tensor<*x!tf_type.resource> loc(unknown)"
        )
    return f'{name}"tf.ReadVariableOp"(%bound{argument}) : ({resource}) -> {type_} loc(unknown)'


def _capture(tf, known: Known, capture: Any, variables: dict[str, Variable]) -> Variable | str:
    """A captured tensor as a variable, or as the text of a constant if it is small."""
    if capture.dtype.name == "resource":
        found = known[id(capture)]
        return _variable(
            variables,
            found.name,
            id(capture),
            _rank_of_now(tf, found),
            found.dtype,
            lambda: np.asarray(found.read_value()),
        )
    if capture.shape.num_elements() <= CONSTANT_ELEMENTS:
        return _constant(capture)
    return _variable(
        variables, "constant", id(capture), capture.shape, capture.dtype, capture.numpy
    )


def _rank_of_now(tf, variable: Any) -> Any:
    """A variable's shape; one of unknown rank keeps the rank that it has, in other sizes."""
    shape = variable.shape
    if shape.rank is not None:
        return shape
    return tf.TensorShape([None] * variable.read_value().shape.rank)


def _resource_kind(capture: Any) -> str:
    match = re.search(r'type="([^"]*)"', repr(capture))
    kind = match[1].rpartition("::")[2] if match else "resource"
    return "Mutex (tf.CriticalSection)" if kind == "Mutex" else kind


def _variable(
    variables: dict[str, Variable], name: str, key: int, shape: Any, dtype: Any, read: Any
) -> Variable:
    base = re.sub(r"[^A-Za-z0-9_.$]", "_", name.removesuffix(":0").replace("/", ".")) or "variable"
    if not (base[0].isalpha() or base[0] == "_"):
        base = "_" + base
    symbol, count = base, 1
    while symbol in variables:
        symbol, count = f"{base}_{count}", count + 1
    path = name.removesuffix(":0")
    variable = Variable(symbol, path, key, tensor_type(tuple(shape.as_list()), dtype), read)
    variables[symbol] = variable
    return variable


def _constant(tensor: Any) -> str:
    array = np.ascontiguousarray(tensor.numpy())
    type_ = tensor_type(array.shape, tensor.dtype)
    if is_quantised(tensor.dtype.name):
        return constant_text(array, tensor.dtype.name, type_)
    if array.size == 0:
        return f"dense<> : {type_}"
    if array.dtype == np.bool_:
        return f"dense<{str(array.tolist()).lower()}> : {type_}"
    return f'dense<"0x{array.tobytes().hex().upper()}"> : {type_}'


# Running TensorFlow


def _run(export: Export, call: Callable[[], str], text: str = "") -> str:
    """What TensorFlow makes of `text`; raises `Refused` with the ops it complains of."""
    with captured_stderr() as lines:
        try:
            return call()
        except Exception as raised:  # any failure of TensorFlow becomes ours
            said = [*str(raised).splitlines(), *lines()]
            rows = ops_of_diagnostics(export.name, said, text)
            if not rows:
                words = "\n".join(_relevant([*lines(), *str(raised).splitlines()]))
                words = words or type(raised).__name__
                rows = [Refusal(export.name, "", "", words, "IX107")]
            raise Refused(rows) from raised


_NOISE = re.compile(r"[IW]\d{4} |WARNING: All log|.*see current operation")
"""TensorFlow's informational log lines and dumps of operations."""


def _relevant(lines: list[str]) -> list[str]:
    """TensorFlow's message without its log lines and dumped operations, at most 20 lines."""
    kept = [line[:400] for line in lines if line.strip() and not _NOISE.match(line)]
    return list(dict.fromkeys(kept))[:20]


@contextlib.contextmanager
def captured_stderr() -> Iterator[Callable[[], list[str]]]:
    """Collects what C++ code writes to file descriptor 2; on normal exit it is passed on, but for
    TensorFlow's own log lines."""
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as file:

        def lines() -> list[str]:
            file.seek(0)
            return file.read().decode(errors="replace").splitlines()

        os.dup2(file.fileno(), 2)
        failed = True
        try:
            yield lines
            failed = False
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            if not failed:
                said = [line for line in lines() if line and not _NOISE.match(line)]
                if said:
                    os.write(2, "\n".join([*said, ""]).encode())
