# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Converted texts to one module: shared variables once, exports public, every op with its sources.

What TensorFlow left in its own dialect is lowered by the rows of `ops/`; what then remains is
refused, all of it at once, with layer and source line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from xdsl.dialects import tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    DictionaryAttr,
    FunctionType,
    ModuleOp,
    StringAttr,
    SymbolRefAttr,
    TensorType,
    UnitAttr,
    UnrankedTensorType,
    UnregisteredOp,
)
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, Operation
from xdsl.parser import Parser

from iree_explore import entropy
from iree_explore.context import CompilerContext
from iree_explore.dialect_op import symbol as symbol_ref
from iree_explore.dialect_op import tensor_type
from iree_explore.frontend.ml_program import ExternAttr, GlobalOp
from iree_explore.frontend.mlir import assign_sources, parse_text
from iree_explore.frontend.tensorflow.convert import Converted, Variable
from iree_explore.frontend.tensorflow.ops import lower_leftovers
from iree_explore.frontend.tensorflow.refusals import Refusal, refuse
from iree_explore.frontend.tensorflow.types import read_tensor
from iree_explore.provenance import Source, op_id
from iree_explore.structures import is_plain, paths
from iree_explore.walk import walk

_GLOBAL = re.compile(
    r"\n *ml_program\.global (?:public |private )?(mutable )?@vars\.([\w.$]+)[^\n]*"
)


def link(
    parts: Sequence[Converted],
    ctx: CompilerContext,
    name: str | None = None,
    refusals: Sequence[Refusal] = (),
) -> ModuleOp:
    """One module `@name` of all exports; fills `ctx.parameters` (scope "model") with the variables.

    Raises `ModelError` IX104 listing every op without a lowering, and the `refusals` so far.
    """
    refusals = list(refusals)
    module = ModuleOp([], sym_name=StringAttr(name) if name else None)
    provenance = ctx.provenance
    whole = _whole(ctx, name or "module")
    provenance.assign(module, (), (whole,))
    symbols = _Symbols()
    globals_: dict[str, tuple[Variable, bool]] = {}
    functions: list[Operation] = []
    for part in parts:
        mutable: dict[str, bool] = {m[2]: bool(m[1]) for m in _GLOBAL.finditer(part.text)}
        renamed = {}
        for key, stored in mutable.items():
            variable = part.variables[key]
            symbol = renamed[key] = symbols.of_variable(variable)
            known = globals_.get(symbol)
            globals_[symbol] = (variable, stored or (known is not None and known[1]))
        own = whole if part.export.name == "main" else _whole(ctx, part.export.name)
        found = _parse(part, ctx, renamed, symbols, refusals)
        for function in found:
            _explain(function, own, ctx)
        functions += found
    refuse(refusals)
    known = _unique_paths({symbol: v.path for symbol, (v, _) in globals_.items()})
    elements: dict[str, Attribute] = {}
    for symbol, (variable, stored) in globals_.items():
        type_ = _type(variable.type, elements, ctx)
        op = GlobalOp(symbol, type_, ExternAttr(type_), mutable=stored)
        op.attributes["iree.abi.name"] = StringAttr(known[symbol])
        layer = Source(layer=variable.path)
        provenance.assign(op, (), (provenance.source(layer),))
        module.body.block.add_op(op)
        if variable.read is None:
            op.attributes[entropy.ATTRIBUTE] = UnitAttr()
        else:
            ctx.parameters.add("model", symbol, variable.read)
    for function in functions:
        module.body.block.add_op(function)
    return module


def _type(text: str, elements: dict[str, Attribute], ctx: CompilerContext) -> TensorType:
    """A variable's type; `elements` are the element types known so far."""
    shape, element = read_tensor(text)
    assert shape is not None, text
    if element not in elements:
        elements[element] = Parser(ctx, element).parse_type()
    return tensor_type(elements[element], [DYNAMIC_INDEX if n is None else n for n in shape])


def _whole(ctx: CompilerContext, name: str) -> int:
    """The source that stands for a whole model or exported function."""
    index = ctx.provenance.source(Source(layer=name))
    ctx.provenance.whole.add(index)
    return index


def _explain(function: Operation, whole: int, ctx: CompilerContext) -> None:
    """Sources of ops that TensorFlow gave no location: what is inside an op is part of it, what
    serves one layer is of that layer, what serves several (and the function) of the whole."""
    provenance = ctx.provenance
    origins = provenance.origins
    provenance.explain(function, (whole,))
    unknown = []
    for op in walk(function):
        if origins[op_id(op)].sources:
            continue
        parent = op.parent_op()
        if parent is not None and parent is not function:
            provenance.explain(op, origins[op_id(parent)].sources)
        unknown.append(op)
    for op in reversed(unknown):  # uses first
        users = {use.operation for result in op.results for use in result.uses}
        found = {origins[number].sources for user in users if (number := op_id(user))}
        provenance.explain(op, next(iter(found)) if len(found) == 1 else (whole,))


def _unique_paths(paths: dict[str, str]) -> dict[str, str]:
    """By symbol the name that users know the variable by: TensorFlow's, numbered where it is not
    the only one of that name."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for symbol, path in paths.items():
        name, count = path, 1
        while name in taken:
            name, count = f"{path}_{count}", count + 1
        taken.add(name)
        found[symbol] = name
    return found


class _Symbols:
    """Unique symbol names: one per variable, functions renamed when they clash."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self.variables: dict[int, str] = {}

    def unique(self, wanted: str) -> str:
        name, count = wanted, 1
        while name in self.taken:
            name, count = f"{wanted}_{count}", count + 1
        self.taken.add(name)
        return name

    def of_variable(self, variable: Variable) -> str:
        if variable.key not in self.variables:
            self.variables[variable.key] = self.unique(variable.symbol)
        return self.variables[variable.key]


def _parse(
    part: Converted,
    ctx: CompilerContext,
    renamed: dict[str, str],
    symbols: _Symbols,
    refusals: list[Refusal],
) -> list[Operation]:
    """The functions of one converted text, detached, symbols renamed, ops with their sources; what
    has no lowering is added to `refusals`."""
    text = _GLOBAL.sub("", part.text)
    module, parser = parse_text(text, ctx, f"{part.export.name}.mlir", unregistered=True)
    assign_sources(module, parser.sources, ctx)
    if any(isinstance(op, UnregisteredOp) for op in walk(module)):
        lower_leftovers(ctx, module)
        left = [op for op in walk(module) if isinstance(op, UnregisteredOp)]
        refusals += [_refusal(op, part.export.name, ctx) for op in left]
    functions = list(module.body.block.ops)
    references: dict[str, Attribute] = {
        f"vars.{name}": symbol_ref(symbol) for name, symbol in renamed.items()
    }
    names: dict[str, str] = {}
    for function in functions:
        if not isinstance(function, FuncOp):
            continue
        old = function.sym_name.data
        is_entry = old == "main"
        names[old] = symbols.unique(part.export.symbol if is_entry else old)
        function.properties["sym_name"] = StringAttr(names[old])
        if is_entry:
            refusals += _rank_results(function, part.export.name)
            _declare(function, part)
            function.properties.pop("sym_visibility", None)
        else:
            function.properties["sym_visibility"] = StringAttr("private")
    references |= {old: symbol_ref(new) for old, new in names.items() if old != new}
    for op in walk(module):
        for result in op.results:
            hint = result.name_hint
            if hint is not None and hint.startswith("vars."):
                result.name_hint = hint.removeprefix("vars.")
        for key, value in op.properties.items():
            if type(value) is SymbolRefAttr and value.root_reference.data in references:
                op.properties[key] = references[value.root_reference.data]
    for function in functions:
        function.detach()
    return functions


def _rank_results(function: FuncOp, name: str) -> list[Refusal]:
    """Gives results that TensorFlow has no rank for the one they turned out to have; those that
    still have none are refused."""
    end = function.body.block.last_op
    assert end is not None
    refused = []
    for index, value in enumerate(end.operands):
        if not isinstance(value.type, UnrankedTensorType):
            continue
        if isinstance(value.owner, tensor.CastOp):
            end.operands[index] = value.owner.source
        else:
            reason = f"result {index} has no rank before the call"
            hint = "Give the result a rank with tf.ensure_shape or tf.reshape."
            refused.append(Refusal(name, "", "", reason, "IX107", hint))
    inputs = function.function_type.inputs.data
    outputs = [value.type for value in end.operands]
    function.properties["function_type"] = FunctionType.from_lists(inputs, outputs)
    return refused


def _declare(function: FuncOp, part: Converted) -> None:
    """Names of arguments, results and unknown dimensions, as attributes of the function."""
    export = part.export
    rows = []
    for argument, value in zip(export.arguments, function.body.block.args, strict=True):
        value.name_hint = argument.name if argument.name.isidentifier() else None
    for argument, type_ in zip(export.arguments, function.function_type.inputs, strict=True):
        row: dict[str, Attribute] = {"iree.abi.name": StringAttr(argument.name)}
        if isinstance(type_, TensorType) and any(argument.symbols):
            row["iree.abi.dims"] = ArrayAttr(StringAttr(s) for s in argument.symbols)
        rows.append(DictionaryAttr(row))
    if rows:
        function.properties["arg_attrs"] = ArrayAttr(rows)
    results = export.signature["results"]
    named = paths(results)
    names = [named.get(i, "") for i in range(len(function.function_type.outputs))]
    if any(name and not name.isdecimal() for name in names):
        function.properties["res_attrs"] = ArrayAttr(
            DictionaryAttr({"iree.abi.name": StringAttr(n)} if n else {}) for n in names
        )
    else:
        function.properties.pop("res_attrs", None)
    structure = dict(export.signature)
    if export.symbol != export.name:
        structure["overload"] = export.name
    elif is_plain(export.signature, [argument.name for argument in export.arguments]):
        return
    text = json.dumps(structure, separators=(",", ":"))
    function.attributes["iree.abi.structure"] = StringAttr(text)


def _refusal(op: UnregisteredOp, function: str, ctx: CompilerContext) -> Refusal:
    """An op without a lowering, where it came from and its types."""
    origin = "; ".join(map(str, ctx.provenance.sources_of(op))) or "no model origin"
    types = ", ".join(str(o.type) for o in op.operands)
    return Refusal(function, _plain(op), origin, f"({types})")


def _plain(op: UnregisteredOp) -> str:
    """TensorFlow's name of the op (`convert` renames those whose lowering it avoids)."""
    return op.op_name.data.replace("tf.UnknownShape", "tf.")
