# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""MLIR text or bytecode to a verified module: ops with sources, every mistake a `ModelError`.

Whatever the input is, only `iree_explore.Error`s come out. Unknown ops are listed all at once.
Text is read by `parser.py`, bytecode by `bytecode/`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

import numpy as np
from xdsl.context import Context
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    BytesAttr,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    FunctionType,
    ModuleOp,
    StringAttr,
    TensorType,
    UnregisteredOp,
)
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, Operation
from xdsl.rewriter import Rewriter
from xdsl.utils.exceptions import DiagnosticException, ParseError, VerifyException
from xdsl.utils.mlir_lexer import MLIRTokenKind

from iree_explore import elements
from iree_explore.context import CompilerContext
from iree_explore.errors import ModelError
from iree_explore.frontend.bytecode.container import MAGIC
from iree_explore.frontend.parser import SourceParser
from iree_explore.frontend.shapes import Dynamic, Inputs, by_name, kept, refine
from iree_explore.provenance import Source
from iree_explore.stablehlo.constraints.check import check
from iree_explore.stablehlo.custom_calls import hide_computations
from iree_explore.walk import walk

_NESTING = 256
"""Deepest nesting of brackets that is read; recursive descent needs a bound."""


def import_mlir(
    text: str,
    ctx: CompilerContext,
    name: str = "<text>",
    inputs: Inputs = None,
    dynamic: Dynamic | None = None,
) -> ModuleOp:
    """Parses and verifies `text`; `name` is what errors and sources call it.

    Raises `ModelError` IX101 (with line, column and caret), IX106, IX201, IX301, IX302.
    """
    module, parser = parse_text(text, ctx, name, unregistered=True, own_lines=True)
    return _finished(module, parser.sources, ctx, name, inputs, dynamic)


def import_bytecode(
    data: bytes,
    ctx: CompilerContext,
    name: str = "<bytes>",
    inputs: Inputs = None,
    dynamic: Dynamic | None = None,
) -> ModuleOp:
    """Decodes and verifies MLIR bytecode (a portable artifact, or StableHLO's own).

    Raises `ModelError` IX108 (with the offset of the byte), IX106, IX201, IX301, IX302.
    """
    from iree_explore.frontend.bytecode import read_bytecode

    module, sources = read_bytecode(data, ctx, name)
    return _finished(module, sources, ctx, name, inputs, dynamic)


def _finished(
    module: ModuleOp,
    sources: dict[Operation, Source],
    ctx: CompilerContext,
    name: str,
    inputs: Inputs,
    dynamic: Dynamic | None,
) -> ModuleOp:
    """What text and bytecode have in common after reading: checks, sources, known shapes."""
    _refuse_unknown(module, sources, name)
    expand_window_attributes(module)
    try:
        ctx.verifier.verify(module)
    except (ImportError, NameError, MemoryError):  # ours or the machine's, not the program's
        raise
    except Exception as raised:  # xDSL's verifiers expect some attributes to be what they are
        raise _invalid(module, sources, name, raised) from raised
    assign_sources(module, sources, ctx)
    check(module, ctx.provenance)
    hide_computations(module)
    if inputs is not None:
        specialise(module, inputs, dynamic or {})
    return module


def specialise(module: ModuleOp, inputs: Inputs, dynamic: Dynamic) -> None:
    """Makes the only public function's argument types known; `input-refine-shapes` goes on."""
    public = [
        op
        for op in module.body.block.ops
        if isinstance(op, FuncOp)
        and (op.sym_visibility is None or op.sym_visibility.data != "private")
    ]
    if len(public) != 1:
        raise ModelError(
            "IX301",
            f"inputs given, but {len(public)} public functions",
            hint="keep one function public, or leave inputs out",
        )
    function = public[0]
    names = [_argument_name(function, i) for i in range(len(function.function_type.inputs.data))]
    types: list[Attribute] = []
    for i, value in enumerate(by_name(inputs, names)):
        old = function.body.block.args[i]
        new = old.type
        if value is not None and isinstance(old.type, TensorType):
            shape = tuple(None if n == DYNAMIC_INDEX else n for n in old.type.get_shape())
            stays = kept(dynamic, names[i], i)
            known = refine(names[i], shape, np.shape(value), stays)
            if stays:
                _name_sizes(function, i, {axis % len(shape): n for axis, n in stays.items()})
            sizes = [DYNAMIC_INDEX if n is None else n for n in known]
            new = TensorType(old.type.element_type, sizes, old.type.encoding)
        types.append(new)
        if new != old.type:
            Rewriter.replace_value_with_new_type(old, new)
    function.properties["function_type"] = FunctionType.from_lists(
        types, list(function.function_type.outputs.data)
    )


def _name_sizes(function: FuncOp, index: int, names: Mapping[int, str]) -> None:
    """Notes what `dynamic` says of sizes of an argument."""
    rows = function.arg_attrs
    known = [dict(row.data) if isinstance(row, DictionaryAttr) else {} for row in rows or ()]
    known = known or [{} for _ in function.body.block.args]
    type_ = function.body.block.args[index].type
    assert isinstance(type_, TensorType)
    given = known[index].get("iree.abi.dims")
    texts = [StringAttr("")] * type_.get_num_dims() if given is None else list(given)  # pyright: ignore
    for axis, name in names.items():
        texts[axis] = StringAttr(name)
    known[index]["iree.abi.dims"] = ArrayAttr(texts)
    function.properties["arg_attrs"] = ArrayAttr(map(DictionaryAttr, known))


def _argument_name(function: FuncOp, index: int) -> str:
    rows = function.arg_attrs
    if rows is not None:
        name = rows.data[index].data.get("iree.abi.name")
        if isinstance(name, StringAttr):
            return name.data
    return function.body.block.args[index].name_hint or f"arg{index}"


def import_mlir_file(
    path: str, ctx: CompilerContext, inputs: Inputs = None, dynamic: Dynamic | None = None
) -> ModuleOp:
    """Reads and imports a file, text or bytecode; raises `ModelError` IX504 too."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as raised:
        raise ModelError("IX504", f"cannot read {path}", because=raised.strerror) from raised
    return import_bytes(data, ctx, os.path.basename(path), inputs, dynamic)


def import_bytes(
    data: bytes,
    ctx: CompilerContext,
    name: str = "<bytes>",
    inputs: Inputs = None,
    dynamic: Dynamic | None = None,
) -> ModuleOp:
    """Imports what is MLIR bytecode if it begins like that, else text in UTF-8."""
    if data.startswith(MAGIC):
        return import_bytecode(data, ctx, name, inputs, dynamic)
    try:
        text = data.decode()
    except UnicodeDecodeError as raised:
        raise ModelError(
            "IX101", f"{name} is not text", because=f"byte {raised.start} is not UTF-8"
        ) from raised
    return import_mlir(text, ctx, name, inputs, dynamic)


def parse_snippet(text: str, ctx: Context, *, type_: bool = False) -> Attribute:
    """One attribute or type; raises `ModelError` IX101 or xDSL's `ParseError`."""
    _check_nesting(text, "<attribute>")
    parser = SourceParser(ctx, text, "<attribute>")
    found = parser.parse_type() if type_ else parser.parse_attribute()
    if parser._current_token.kind is not MLIRTokenKind.EOF:  # pyright: ignore[reportPrivateUsage]
        parser.raise_error("more than one attribute")
    return found


def parse_text(
    text: str,
    ctx: CompilerContext,
    name: str,
    *,
    unregistered: bool = False,
    own_lines: bool = False,
    parser_class: type[SourceParser] = SourceParser,
) -> tuple[ModuleOp, SourceParser]:
    """Parses without verifying; `unregistered` admits unknown ops, types and attributes in generic
    form. Raises `ModelError` IX101 or IX201."""
    before = ctx.allow_unregistered
    ctx.allow_unregistered = unregistered or before
    parser = None
    try:
        parser = parser_class(ctx, text, name, own_lines=own_lines)
        _check_nesting(parser.lexer.input.content, name)
        return parser.parse_module(), parser
    except ParseError as raised:
        start, message = raised.span.start, raised.msg
        if re.match(r"Operation \S+ (is not registered|builtin.unregistered)", message) or (
            "builtin.unregistered does not have a custom format" in message
        ):
            rows = _unknown_in_text(text, ctx, name)
            if rows:
                because = "\n".join(rows)
                raise ModelError("IX201", f"{name}: unknown ops", because=because) from raised
            if parser is not None and "custom format" in message:
                start = parser.operation_start
                message = f"'{text[start:].split(None, 1)[0]}' is not an operation"
        undefined = re.match(r"values used but not defined: \[(%[^],]+)", message)
        if undefined is not None:
            start = _first_use(text, undefined[1])
        raise _syntax_error(text, name, start, message) from raised
    except (VerifyException, DiagnosticException) as raised:
        raise _syntax_error(text, name, _at(parser), _first_lines(raised)) from raised
    except (ImportError, NameError, MemoryError):  # ours or the machine's, not the text's
        raise
    except Exception as raised:  # xDSL's parsers raise many kinds on broken text
        message = _first_lines(raised)
        if isinstance(raised, RecursionError):
            message = "nested too deeply"
        elif not isinstance(raised, ValueError):
            message = f"{type(raised).__name__}: {message}"
        raise _syntax_error(text, name, _at(parser), message) from raised
    finally:
        ctx.allow_unregistered = before


def assign_sources(
    module: ModuleOp, sources: dict[Operation, Source], ctx: CompilerContext
) -> None:
    """Gives every op an id and the source that its text or bytecode says."""
    ctx.provenance.assign_imported((op, sources.get(op)) for op in walk(module))


def expand_window_attributes(module: ModuleOp) -> None:
    """xDSL's named convolutions unpack `strides` and `dilations`: those splats get all elements."""
    for op in walk(module):
        if not op.name.startswith("linalg."):
            continue
        for attributes in (op.attributes, op.properties):
            for key in ("strides", "dilations"):
                splat = attributes.get(key)
                if isinstance(splat, DenseIntOrFPElementsAttr):
                    values = BytesAttr(elements.to_numpy(splat).tobytes())
                    attributes[key] = DenseIntOrFPElementsAttr(splat.type, values)


def position(text: str, offset: int) -> tuple[int, int, str]:
    """1-based line and column of `offset` in `text`, and that line."""
    offset = max(0, min(offset, len(text)))
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    line = text[start : end if end >= 0 else None]
    return text.count("\n", 0, offset) + 1, offset - start + 1, line


def _syntax_error(text: str, name: str, offset: int, message: str) -> ModelError:
    line, column, content = position(text, offset)
    first = max(0, column - 60)
    shown = content[first : first + 96].replace("\t", " ")
    caret = " " * (column - 1 - first) + "^"
    return ModelError(
        "IX101", f"{name}:{line}:{column}: {_sentence(message)}", because=f"{shown}\n{caret}"
    )


def _sentence(message: str) -> str:
    return message.strip().splitlines()[0][:300] if message.strip() else "not MLIR"


def _at(parser: SourceParser | None) -> int:
    return 0 if parser is None else parser.operation_start


def _first_use(text: str, value: str) -> int:
    match = re.search(re.escape(value) + r"(?![\w.$-])", text)
    return match.start() if match else len(text)


def _invalid(
    module: ModuleOp, sources: dict[Operation, Source], name: str, raised: BaseException
) -> ModelError:
    """The error of the innermost op that breaks a rule, with its line."""
    for op in module.walk(reverse=True):
        try:
            op.verify(verify_nested_ops=False)
        except Exception as own:  # noqa: BLE001 -- told to the user
            return ModelError(
                "IX106",
                f"{name} does not verify: {op.name}",
                model=str(sources.get(op, "")) or None,
                because=_first_lines(own),
            )
    return ModelError("IX106", f"{name} does not verify", because=_first_lines(raised))


def _refuse_unknown(module: ModuleOp, sources: dict[Operation, Source], name: str) -> None:
    rows: dict[str, None] = {}
    for op in walk(module):
        if isinstance(op, UnregisteredOp):
            source = sources.get(op)
            rows[f"{op.op_name.data} {source}" if source else op.op_name.data] = None
    if rows:
        raise ModelError("IX201", f"{name}: unknown ops", because="\n".join(rows))


OP_IN_TEXT = re.compile(
    r"(?:^|[{}]|=)[ \t]*"
    r'(?:"(?P<generic>[a-z_][\w$]*\.[\w.$]+)"\('
    r"|(?P<custom>[a-z_][\w$]*\.[\w.$]+)(?![ \t]*=)[ \t(])",
    re.MULTILINE,
)
"""An op in a text that may not parse: group "generic" or "custom" is its name."""


def _unknown_in_text(text: str, ctx: CompilerContext, name: str) -> list[str]:
    """Every unknown op that the text seems to use, where parsing stopped at the first of them."""
    rows: dict[str, None] = {}
    known: dict[str, bool] = {}
    for match in OP_IN_TEXT.finditer(text):
        op = match["generic"] or match["custom"]
        if op not in known:
            kind = ctx.get_optional_op(op)
            known[op] = kind is not None and not issubclass(kind, UnregisteredOp)
        if not known[op]:
            line = text.count("\n", 0, match.end()) + 1
            rows[f"{op} ({name}:{line})"] = None
    return list(rows)


def _check_nesting(text: str, name: str) -> None:
    if _clearly_shallow(text):
        return
    depth = 0
    for match in _BRACKET.finditer(text):
        char = match[0]
        if char in "([{<":
            depth += 1
            if depth > _NESTING:
                raise _syntax_error(text, name, match.start(), "nested too deeply")
        elif char in ")]}>":
            depth -= 1


_BRACKET = re.compile(r'->|[<>=]=|"(?:[^"\\\n]|\\.)*"|//[^\n]*|[()\[\]{}<>]')
_DEPTHS = np.zeros(256, np.int8)
_DEPTHS[list(b"([{<")] = 1
_DEPTHS[list(b")]}>")] = -1
_UNCOUNTED = bytes(set(range(256)) - set(b'([{<)]}>"\n'))


def _clearly_shallow(text: str) -> bool:
    """Whether the nesting is in bounds by a count that is never too low; strings with escapes and
    comments are not counted at all."""
    if "\\" in text or "//" in text:
        return False
    marks = text.encode(errors="surrogatepass").replace(b"->", b"").replace(b">=", b"")
    data = np.frombuffer(marks.translate(None, _UNCOUNTED), np.uint8)
    in_string = np.logical_xor.accumulate(data == ord('"'))
    if in_string[data == ord("\n")].any():  # one that is never closed
        return False
    change = _DEPTHS[data]
    change[in_string & (change < 0)] = 0
    return int(np.cumsum(change, dtype=np.int64).max(initial=0)) <= _NESTING


def _first_lines(raised: BaseException, count: int = 4) -> str:
    lines = [line for line in str(raised).strip().splitlines() if line.strip()]
    return "\n".join(lines[-count:]) if lines else type(raised).__name__
