# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`tf.print` and `tf.debugging.Assert` on their way through TensorFlow's passes.

Both take strings, which cannot be lowered, and the bridge drops asserts. So before it runs, in the
text of TensorFlow's own dialect, they become ops that it does not know, `tf.UnknownShapePrint` and
`tf.UnknownShapeAssert`, whose operands are the tensors alone: the strings are part of the attribute
`key`, in which `{0}` is the first tensor. `ops/host.py` lowers them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from iree_explore.assertions import literal

_STRING = r'"((?:[^"\\]|\\.)*)"'
_CONST = re.compile(
    rf'^ *(%[\w#]+) = "tf\.Const"\(\) <\{{value = dense<{_STRING}> : tensor<!tf_type\.string>\}}>'
)
_CALL = re.compile(
    r'^(?P<indent> *)(?:(?P<result>%\w+) = )?"tf\.(?P<op>StringFormat|PrintV2|Print|Assert)"'
    r"\((?P<operands>[^)]*)\)(?P<attributes>.*) : \((?P<types>.*)\) -> .*?(?P<loc> loc\(.*\))?$"
)
_BYTE = re.compile(r"\\([0-9A-Fa-f]{2}|.)")


@dataclass(frozen=True)
class _Format:
    """A `tf.StringFormat`: what is printed, as key and tensors."""

    key: str
    operands: list[str]
    types: list[str]
    summarize: int


def keep_host_ops(text: str) -> str:
    """The text with prints and asserts as ops that survive; others of their strings stay."""
    if '"tf.PrintV2"' not in text and '"tf.Print"' not in text and '"tf.Assert"' not in text:
        return text
    functions = re.split(r"^(?=  func\.func )", text, flags=re.MULTILINE)
    return "".join(_in_function(function) for function in functions)


def _in_function(text: str) -> str:
    strings = {m[1]: _unescaped(m[2]) for m in map(_CONST.match, text.split("\n")) if m}
    formats: dict[str, _Format] = {}
    lines: list[str] = []
    for line in text.split("\n"):
        call = _CALL.match(line)
        made = None
        if call is None:
            lines.append(line)
            continue
        operands = [o.strip() for o in call["operands"].split(",") if o.strip()]
        types = _split(call["types"])
        attributes = call["attributes"]
        if call["op"] == "StringFormat":
            pieces = _text(attributes, "template").split(_text(attributes, "placeholder") or "{}")
            key = _joined(pieces)
            formats[call["result"]] = _Format(key, operands, types, _summarize(attributes))
        elif call["op"] == "PrintV2":
            made = _print(call, operands[0], formats, strings)
        elif call["op"] == "Print":
            values = operands[1:]
            key = _joined([_text(attributes, "message") + "[", *["]["] * (len(values) - 1), "]"])
            key = key + "\n" if values else literal(_text(attributes, "message")) + "\n"
            made = _op("Print", values, types[1:], key, _summarize(attributes), "stderr")
            made += f'{call["loc"] or ""}\n{call["indent"]}{call["result"]} = "tf.Identity"'
            made += f"({operands[0]}) : ({types[0]}) -> {types[0]}"
        else:
            made = _assert(operands, types, strings, _summarize(attributes))
        lines.append(line if made is None else f"{call['indent']}{made}{call['loc'] or ''}")
    return _without_unused("\n".join(lines), [*formats, *strings])


def _print(
    call: re.Match[str], printed: str, formats: dict[str, _Format], strings: dict[str, str]
) -> str | None:
    end, stream = _text(call["attributes"], "end"), _text(call["attributes"], "output_stream")
    found = formats.get(printed)
    if printed in strings:
        found = _Format(literal(strings[printed]), [], [], 3)
    if found is None:
        return None  # a string that is computed
    stream = stream or "stderr"
    return _op("Print", found.operands, found.types, found.key + end, found.summarize, stream)


def _assert(
    operands: list[str], types: list[str], strings: dict[str, str], summarize: int
) -> str | None:
    """The message that TensorFlow raises: what is constant is in the key already."""
    parts, values, value_types = [], [operands[0]], [types[0]]
    for operand, type_ in zip(operands[1:], types[1:], strict=True):
        if operand in strings:
            parts.append(f"[{literal(strings[operand])}]")
        elif "!tf_type.string" in type_:
            return None
        else:
            parts.append(f"[{{{len(values) - 1}}}]")
            values.append(operand)
            value_types.append(type_)
    return _op("Assert", values, value_types, "assertion failed: " + " ".join(parts), summarize)


def _op(
    name: str, operands: list[str], types: list[str], key: str, summarize: int, stream: str = ""
) -> str:
    said = f'key = "{_escaped(key)}", summarize = {summarize} : i64'
    if stream:
        said += f', stream = "{_escaped(stream)}"'
    return f'"tf.UnknownShape{name}"({", ".join(operands)}) {{{said}}} : ({", ".join(types)}) -> ()'


def _without_unused(text: str, names: list[str]) -> str:
    """Drops the strings that nothing reads any more."""
    for name in names:
        uses = re.findall(rf"{re.escape(name)}(?![\w#])", text)
        if len(uses) == 1:
            text = re.sub(rf"^ *{re.escape(name)} = .*\n", "", text, flags=re.MULTILINE)
    return text


def _joined(pieces: list[str]) -> str:
    text = literal(pieces[0])
    for number, piece in enumerate(pieces[1:]):
        text += f"{{{number}}}" + literal(piece)
    return text


def _text(attributes: str, name: str) -> str:
    found = re.search(rf"\b{name} = {_STRING}", attributes)
    return _unescaped(found[1]) if found else ""


def _summarize(attributes: str) -> int:
    found = re.search(r"\bsummarize = (-?\d+)", attributes)
    return int(found[1]) if found else 3


def _split(types: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for i, char in enumerate(types):
        depth += (char in "<([") - (char in ">)]")
        if char == "," and depth == 0:
            parts.append(types[start:i].strip())
            start = i + 1
    return [p for p in (*parts, types[start:].strip()) if p]


def _unescaped(text: str) -> str:
    """The characters of an MLIR string, whose bytes are UTF-8."""
    data = _BYTE.sub(lambda m: chr(int(m[1], 16)) if len(m[1]) == 2 else m[1], text)
    try:
        return data.encode("latin-1").decode()
    except (UnicodeEncodeError, UnicodeDecodeError):
        return data


def _escaped(text: str) -> str:
    return "".join(
        chr(b) if 32 <= b < 127 and chr(b) not in '"\\' else f"\\{b:02X}" for b in text.encode()
    )
