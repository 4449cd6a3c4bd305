# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""JAX in, StableHLO out: `import_jax(source, ctx, ...)` by way of `jax.export`.

A function is exported for the shapes of its sample inputs; the portable artifact inside an
`Exported` goes through the bytecode reader. What JAX knows and the artifact does not (how arguments
nest, what symbolic sizes are called) becomes attributes of the function. `structures.py` is next.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, FunctionType, ModuleOp, StringAttr
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute

from iree_explore import elements, structures
from iree_explore.errors import ModelError
from iree_explore.frontend.shapes import Dynamic, Inputs, kept, split_inputs
from iree_explore.provenance import Source
from iree_explore.shapes.signature import parse_constraint, parse_dimension

if TYPE_CHECKING:
    from iree_explore.context import CompilerContext

_MLIR = b"ML\xefR"


def load_jax() -> Any:
    """The `jax` module; raises `ModelError` IX103 naming the extra if it is missing."""
    try:
        import jax
        import jax.export
    except ModuleNotFoundError as raised:
        raise ModelError(
            "IX103",
            "JAX is not installed",
            because=str(raised),
            hint='pip install "iree_explore[jax]"',
        ) from raised
    return jax


def is_jax(source: Any) -> bool:
    """Whether `source` is a jitted function, an `Exported`, or a plain function; never imports."""
    inner = source
    while isinstance(inner, functools.partial):
        inner = inner.func
    kind = type(inner)
    if kind.__module__.partition(".")[0] in ("jax", "jaxlib"):
        return True
    return inspect.isroutine(inner) or inspect.isfunction(inner)


def is_artifact(data: bytes) -> bool:
    """Whether bytes look like a serialized `Exported`: MLIR bytecode inside something else."""
    return not data.startswith(_MLIR) and _MLIR in data[8:] and b"\0" in data[:8]


def import_jax(
    source: Any,
    ctx: CompilerContext,
    *,
    inputs: Inputs = None,
    dynamic: Dynamic | None = None,
    name: str | None = None,
) -> ModuleOp:
    """A JAX function, a `jax.export.Exported` or the bytes of one as a module that exports "main".

    Functions need `inputs` (sample arrays, nested as the function takes them; the rest of its
    arguments are constants); `dynamic` makes some of their sizes symbolic. Raises `ModelError`
    IX102, IX103, IX107, and what the bytecode reader raises.
    """
    jax = load_jax()
    if isinstance(source, bytes | bytearray | memoryview):
        exported = _deserialized(jax, bytes(source))
        call = _Call([], {}, {})
    elif isinstance(source, jax.export.Exported):
        exported, call = source, _Call([], {}, {})
    else:
        exported, call = _exported(jax, source, inputs, dynamic or {})
        inputs = None  # they are in the types already
    return _module(jax, exported, call, ctx, name, inputs, dynamic)


class _Call:
    """How a function was called: names of positional parameters, constants among them."""

    def __init__(
        self, names: list[str], constants: dict[str, Any], keyword_constants: dict[str, Any]
    ) -> None:
        self.names = names
        self.constants = constants
        self.keyword_constants = keyword_constants


def _exported(jax: Any, source: Any, inputs: Inputs, dynamic: Dynamic) -> tuple[Any, _Call]:
    label = getattr(source, "__name__", type(source).__name__)
    if inputs is None:
        raise ModelError(
            "IX102",
            f"the function {label} has no shapes",
            hint="pass inputs=[...] (sample data)" + _of_tensorflow(source),
        )
    from iree_explore.stablehlo.custom_calls import targets

    args, kwargs = split_inputs(inputs)
    names = _parameter_names(source, len(args))
    scope = jax.export.SymbolicScope()
    specs = [_spec(jax, n, x, dynamic, scope) for n, x in zip(names, args, strict=True)]
    named = {k: _spec(jax, k, x, dynamic, scope) for k, x in kwargs.items()}
    jitted = source if hasattr(source, "lower") else jax.jit(source)
    checks = [jax.export.DisabledSafetyCheck.custom_call(t) for t in targets()]
    try:
        exported = jax.export.export(jitted, disabled_checks=checks)(*specs, **named)
    except Exception as raised:  # whatever the user's function or JAX raises
        raise ModelError(
            "IX107",
            f"JAX cannot export {label}",
            because=f"{type(raised).__name__}: {_first_lines(raised)}",
            hint="call the function itself with the same inputs" + _of_tensorflow(source),
        ) from raised
    taken, taken_by_name = _arguments(jax, exported)
    constants = _constants(names, args, len(taken), label)
    rest = {k: v for k, v in kwargs.items() if k not in taken_by_name}
    return exported, _Call(names, constants, rest)


def _constants(names: list[str], args: Sequence[Any], taken: int, label: str) -> dict[str, Any]:
    """Static arguments: those that JAX left out of what the exported function takes."""
    if taken == len(args):
        return {}
    plain = {
        n: x for n, x in zip(names, args, strict=True)
        if x is None or isinstance(x, bool | int | float | str)
    }  # fmt: skip
    if len(args) - taken != len(plain):
        raise ModelError(
            "IX102",
            f"{label}: which of its arguments are static cannot be told",
            hint="bind them with functools.partial",
        )
    return plain


def _parameter_names(source: Any, count: int) -> list[str]:
    try:
        known = [
            p.name
            for p in inspect.signature(source).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):
        known = []
    return [known[i] if i < len(known) else f"args_{i}" for i in range(count)]


def _of_tensorflow(source: Any) -> str:
    """A hint, if the function's own names include TensorFlow."""
    code, known = getattr(source, "__code__", None), getattr(source, "__globals__", {})
    used = [known.get(n) for n in getattr(code, "co_names", ())]
    if any(getattr(x, "__name__", "").partition(".")[0] == "tensorflow" for x in used):
        return "; TensorFlow functions need @tf.function"
    return ""


def _spec(jax: Any, name: str, value: Any, dynamic: Dynamic, scope: Any) -> Any:
    """Sample data as shapes: arrays may have symbolic sizes, everything else stays."""

    def one(path: Any, leaf: Any) -> Any:
        if not hasattr(leaf, "shape") or not hasattr(leaf, "dtype"):
            return leaf
        steps = "".join(f"_{_step(p)}" for p in path)
        stays = kept(dynamic, name + steps, -1)
        stays = {
            axis % max(len(leaf.shape), 1): str(parse_dimension(said)[0])
            for axis, said in stays.items()
        }
        sizes = [stays.get(i, str(n)) for i, n in enumerate(leaf.shape)]
        shape = jax.export.symbolic_shape(", ".join(sizes), scope=scope) if stays else leaf.shape
        return jax.ShapeDtypeStruct(shape, leaf.dtype)

    return jax.tree_util.tree_map_with_path(one, value)


def _step(key: Any) -> str:
    for attribute in ("key", "name", "idx"):
        if hasattr(key, attribute):
            return str(getattr(key, attribute))
    return str(key)


def _deserialized(jax: Any, data: bytes) -> Any:
    try:
        return jax.export.deserialize(bytearray(data))
    except Exception as raised:  # a damaged file makes its reader raise anything
        raise ModelError(
            "IX107",
            "JAX cannot read the exported function",
            because=f"{type(raised).__name__}: {_first_lines(raised)}",
        ) from raised


# The module
# --------------------------------------------------------------------------------------------


def _module(
    jax: Any,
    exported: Any,
    call: _Call,
    ctx: CompilerContext,
    name: str | None,
    inputs: Inputs,
    dynamic: Dynamic | None,
) -> ModuleOp:
    from iree_explore.frontend.mlir import import_bytecode, specialise

    label = exported.fun_name if str(exported.fun_name).isidentifier() else "jax"
    if exported.ordered_effects:
        raise ModelError(
            "IX105", f"{label} has ordered effects, which stay in JAX",
            because=", ".join(map(str, exported.ordered_effects)),
        )  # fmt: skip
    data = bytes(exported.mlir_module_serialized)
    module = import_bytecode(data, ctx, f"{label}.mlirbc")
    module.sym_name = StringAttr(name or label)
    main = next(
        op for op in module.body.block.ops if isinstance(op, FuncOp) and op.sym_name.data == "main"
    )
    ctx.provenance.explain(main, (ctx.provenance.source(Source(layer=name or label)),))
    _choose_platform(main, exported, ctx)
    _give_unused_arguments(main, exported)
    names, signature = _describe(jax, exported, call, label)
    _declare(main, exported, names, signature)
    _limit(main, exported, dynamic or {})
    if inputs is not None:
        specialise(module, _flat(label, names, signature, inputs), dynamic or {})
    return module


def _flat(label: str, names: list[str], signature: dict[str, Any], inputs: Inputs) -> list[Any]:
    values, keywords = split_inputs(inputs)
    if keywords and set(keywords) == set(names):
        return [keywords[n] for n in names]
    return structures.Signature(signature).flatten(label, values, keywords)


def _choose_platform(main: FuncOp, exported: Any, ctx: CompilerContext) -> None:
    """A module for several platforms takes which one it runs on: here the CPU, else the first."""
    if len(exported.platforms) < 2:
        return
    platforms = [str(p).lower() for p in exported.platforms]
    index = platforms.index("cpu") if "cpu" in platforms else 0
    argument = main.body.block.args[0]
    value = elements.from_numpy(np.array(index, np.int32))
    constant = ctx.get_op("stablehlo.constant").create(
        properties={"value": value}, result_types=[argument.type]
    )
    ctx.provenance.assign(constant)
    first = main.body.block.first_op
    assert first is not None
    main.body.block.insert_op_before(constant, first)
    argument.replace_all_uses_with(constant.results[0])
    main.body.block.erase_arg(argument)
    inputs = list(main.function_type.inputs)[1:]
    main.properties["function_type"] = FunctionType.from_lists(
        inputs, list(main.function_type.outputs)
    )


def _give_unused_arguments(main: FuncOp, exported: Any) -> None:
    """Arguments that the artifact left out because nothing reads them: callers pass them still."""
    from xdsl.dialects.builtin import DYNAMIC_INDEX, TensorType

    kept_indices = set(exported.module_kept_var_idx)
    inputs = list(main.function_type.inputs)
    for number, aval in enumerate(exported.in_avals):
        if number not in kept_indices:
            shape = [n if isinstance(n, int) else DYNAMIC_INDEX for n in aval.shape]
            element = elements.element_type_of(np.dtype(aval.dtype))
            type_ = TensorType(element, shape)
            main.body.block.insert_arg(type_, number)
            inputs.insert(number, type_)
    main.properties["function_type"] = FunctionType.from_lists(
        inputs, list(main.function_type.outputs)
    )


class _Leaf:
    def __init__(self, number: int) -> None:
        self.number = number


def _unflattened(jax: Any, tree: Any) -> Any:
    leaves = [_Leaf(i) for i in range(tree.num_leaves)]
    return jax.tree_util.tree_unflatten(tree, leaves)


def _arguments(jax: Any, exported: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return _unflattened(jax, exported.in_tree)


def _describe(jax: Any, exported: Any, call: _Call, label: str) -> tuple[list[str], dict[str, Any]]:
    """Names of the flat arguments and the signature."""
    args, kwargs = _arguments(jax, exported)
    registry = jax.tree_util.default_registry

    def leaf(value: Any) -> structures.Structure | None:
        if isinstance(value, _Leaf):
            return value.number
        known = dict | list | tuple | Mapping | bool | int | float | str
        if value is None or isinstance(value, known) or hasattr(value, "__dataclass_fields__"):
            return None
        found = registry.flatten_one_level(value)
        if found is None:
            return None
        parts = list(found[0])
        fields = [str(i) for i in range(len(parts))]
        return structures.record(type(value).__name__, fields, [describe(p) for p in parts])

    def describe(value: Any) -> structures.Structure:
        try:
            return structures.describe(value, leaf)
        except structures.Described as raised:
            raise ModelError(
                "IX105", f"{label} takes or returns {raised}, which is no array nor a container"
            ) from raised

    rows: list[dict[str, Any]] = []
    rest = list(args)
    names = call.names or [f"args_{i}" for i in range(len(args))]
    kind = "POSITIONAL_OR_KEYWORD" if call.names else "POSITIONAL_ONLY"
    for name in names:
        value = _constant(call.constants[name]) if name in call.constants else describe(rest.pop(0))
        rows.append({"name": name, "kind": kind, "structure": value})
    named = {k: describe(v) for k, v in kwargs.items()}
    named |= {k: _constant(v) for k, v in call.keyword_constants.items()}
    rows += [{"name": k, "kind": "KEYWORD_ONLY", "structure": v} for k, v in named.items()]
    ways: dict[int, str] = {}
    for row in rows:
        ways |= structures.paths(row["structure"], row["name"], "_")
    results = describe(_unflattened(jax, exported.out_tree))
    return [ways[i] for i in range(len(ways))], {"parameters": rows, "results": results}


def _limit(main: FuncOp, exported: Any, dynamic: Dynamic) -> None:
    """Notes what `dynamic` and the constraints of JAX's symbols say of sizes beyond their names.

    JAX does not serialize constraints: a deserialized artifact only asserts them.
    """
    said = [text for sizes in dynamic.values() for text in sizes.values()]
    limits = [str(c) for text in said for c in parse_dimension(text)[1]]
    sizes = [n for aval in exported.in_avals for n in aval.shape if not isinstance(n, int)]
    for scope in {id(n.scope): n.scope for n in sizes}.values():
        lines = str(scope).partition("with constraints:")[2].splitlines()
        limits += [str(parse_constraint(line)) for line in lines if line.strip()]
    if limits:
        main.attributes["iree.abi.constraints"] = ArrayAttr(map(StringAttr, dict.fromkeys(limits)))


def _constant(value: Any) -> structures.Structure:
    return None if value is None else {"value": value}


def _declare(main: FuncOp, exported: Any, names: list[str], signature: dict[str, Any]) -> None:
    """Names of arguments and symbolic sizes, and how values nest, as attributes of `main`."""
    rows = []
    for name, aval, value in zip(names, exported.in_avals, main.body.block.args, strict=True):
        row: dict[str, Attribute] = {"iree.abi.name": StringAttr(name)}
        symbols = ["" if isinstance(n, int) else str(n) for n in aval.shape]
        if any(symbols):
            row["iree.abi.dims"] = ArrayAttr(map(StringAttr, symbols))
        rows.append(DictionaryAttr(row))
        value.name_hint = name if name.isidentifier() else None
    main.properties["arg_attrs"] = ArrayAttr(rows)
    known = structures.paths(signature["results"])
    results = [known.get(i, "") for i in range(len(main.function_type.outputs))]
    named = any(n and not n.isdecimal() for n in results)
    main.properties.pop("res_attrs", None)
    if named:
        main.properties["res_attrs"] = ArrayAttr(
            DictionaryAttr({"iree.abi.name": StringAttr(n)} if n else {}) for n in results
        )
    if not structures.is_plain(signature, names):
        text = json.dumps(signature, separators=(",", ":"))
        main.attributes["iree.abi.structure"] = StringAttr(text)


def _first_lines(raised: BaseException, count: int = 8) -> str:
    lines = [line for line in str(raised).splitlines() if line.strip()]
    return "\n".join(lines[:count])
