# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow's own dialect as it prints it, as functions of ops whose operands can be replaced.

Between two of TensorFlow's pipelines the program is text. `parse` splits it into functions and ops
(one a line, all in generic form) and keeps the rest of the text, locations included, as it is;
`Graph.text()` puts it together again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Op:
    """One line. `middle` is what stands between operands and types: properties and attributes;
    `location` begins with a space, or is empty. A function's `return` is an op of that name."""

    results: list[str]
    name: str
    operands: list[str]
    middle: str
    inputs: list[str]
    outputs: list[str]
    location: str = ""

    def text(self) -> str:
        if self.name == "return":
            types = f" : {', '.join(self.inputs)}" if self.inputs else ""
            return f"    return {', '.join(self.operands)}{types}{self.location}"
        types = self.outputs[0] if len(self.outputs) == 1 else f"({', '.join(self.outputs)})"
        return (
            f'    {_results(self.results)}"{self.name}"({", ".join(self.operands)}){self.middle}'
            f" : ({', '.join(self.inputs)}) -> {types}{self.location}"
        )

    def symbol(self, key: str) -> str | None:
        """The function that a property such as `body = @f` names."""
        if "@" not in self.middle:
            return None
        match = re.search(rf'\b{key} = @("[^"]*"|[\w.$-]+)', self.middle)
        return match[1] if match else None

    def symbols(self, key: str) -> list[str]:
        """The functions of a property such as `branches = [@f, @g]`."""
        if "@" not in self.middle:
            return []
        match = re.search(rf"\b{key} = \[([^\]]*)\]", self.middle)
        return re.findall(r'@("[^"]*"|[\w.$-]+)', match[1]) if match else []

    def drop(self, *keys: str) -> None:
        """Removes attributes that repeat what the operand types say."""
        for key in keys:
            self.middle = re.sub(
                rf"(?<=[{{ ]){key} = (?:\[[^\]]*\]|[^,\[\]{{}}]*)(?:, )?", "", self.middle
            )
        self.middle = self.middle.replace(", }", "}")


@dataclass
class Function:
    """`arguments` and `results` are (name or "", type, attributes and location)."""

    head: str
    name: str
    arguments: list[tuple[str, str, str]]
    results: list[tuple[str, str, str]]
    tail: str
    body: list[Op | str]
    end: str

    def ops(self) -> Iterator[Op]:
        return (line for line in self.body if isinstance(line, Op))

    def text(self) -> str:
        arguments = ", ".join(f"{n}: {t}{rest}" for n, t, rest in self.arguments)
        results = ", ".join(f"{t}{rest}" for _, t, rest in self.results)
        if len(self.results) != 1 or self.results[0][2]:
            results = f"({results})"
        arrow = f" -> {results}" if self.results else ""
        lines = [f"{self.head}@{self.name}({arguments}){arrow}{self.tail}"]
        lines += [line if isinstance(line, str) else line.text() for line in self.body]
        return "\n".join([*lines, self.end])


@dataclass
class Graph:
    """A module: functions between lines that nobody looks into."""

    parts: list[Function | str] = field(default_factory=list)

    @property
    def functions(self) -> dict[str, Function]:
        return {p.name: p for p in self.parts if isinstance(p, Function)}

    def text(self) -> str:
        return "\n".join(p if isinstance(p, str) else p.text() for p in self.parts)


_OP = re.compile(
    r'^    (?:(?P<results>%[^=]*?) = )?"(?P<name>[\w.]+)"\((?P<operands>[^)]*)\)(?P<middle>.*)'
    r" : \((?P<inputs>[^()]*(?:\([^()]*\)[^()]*)*)\) -> (?P<outputs>.*?)(?P<location> loc\(.*\))?$"
)
_RETURN = re.compile(
    r"^    return(?: (?P<operands>[^:]*?) : (?P<inputs>.*?))?(?P<location> loc\(.*\))?$"
)
_FUNCTION = re.compile(r'(?P<head>  func\.func (?:private )?)@(?P<name>"[^"]*"|[\w.$-]+)\(')
_HEAD = re.compile(rf"\n{_FUNCTION.pattern}[^\n]*\{{[ \t]*(?=\n)")
_END = re.compile(r"\n  \}[^\n]*")
_VALUE = re.compile(r"%[\w.$-]+(?:#\d+)?")


def parse(text: str) -> Graph:
    """The functions of a module as TensorFlow prints it."""
    graph = Graph()
    position = 0
    for start in _HEAD.finditer(text):
        if start.start() >= position:
            graph.parts.append(text[position : start.start()])
        line = start[0][1:]
        match = _FUNCTION.match(line)
        assert match is not None, line
        last = _END.search(text, start.end())
        assert last is not None, line
        inner = text[start.end() + 1 : last.start()]
        body = [_parse_op(row) for row in inner.split("\n")] if inner else []
        graph.parts.append(_parse_function(line, match, body, last[0][1:]))
        position = last.end() + 1
    if position <= len(text):
        graph.parts.append(text[position:])
    return graph


def cut(text: str) -> tuple[str, str]:
    """The program, and the aliases of places in the user's files that follow it: most of a text."""
    end = text.find("\n#", text.rfind("\n}") + 1)
    return (text[:end], text[end:]) if end >= 0 else (text, "")


def replace_values(function: Function, replaced: dict[str, list[str]]) -> None:
    """Puts other values (of the same types) for some operands."""
    for i, line in enumerate(function.body):
        if isinstance(line, str):
            function.body[i] = _VALUE.sub(lambda m: ", ".join(replaced.get(m[0], [m[0]])), line)
        elif not replaced.keys().isdisjoint(line.operands):
            line.operands = [n for o in line.operands for n in replaced.get(o, [o])]


def _parse_op(line: str) -> Op | str:
    match = _OP.match(line)
    if match is not None:
        results, name, operands, middle, inputs, outputs, location = match.groups()
        return Op(
            _names(results or ""),
            name,
            split(operands),
            middle,
            split(inputs),
            split(_unwrapped(outputs)),
            location or "",
        )
    match = _RETURN.match(line)
    if match is not None:
        operands, inputs = split(match["operands"] or ""), split(match["inputs"] or "")
        return Op([], "return", operands, "", inputs, [], match["location"] or "")
    return line


def _parse_function(line: str, match: re.Match[str], body: list[Op | str], end: str) -> Function:
    start = match.end()
    stop = closing(line, start - 1)
    arguments = []
    for part in split(line[start:stop]):
        name, _, rest = part.partition(": ")
        type_ = _leading_type(rest)
        arguments.append((name, type_, rest[len(type_) :]))
    rest = line[stop + 1 :]
    results = []
    if rest.startswith(" -> ("):
        stop = closing(rest, 4)
        for part in split(rest[5:stop]):
            type_ = _leading_type(part)
            results.append(("", type_, part[len(type_) :]))
        rest = rest[stop + 1 :]
    elif rest.startswith(" -> "):
        type_ = _leading_type(rest[4:])
        results.append(("", type_, ""))
        rest = rest[4 + len(type_) :]
    return Function(match["head"], match["name"], arguments, results, rest, body, end)


def _leading_type(text: str) -> str:
    """The type that a text begins with."""
    return text[: closing(text, text.index("<")) + 1]


_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|->|[()\[\]{}<>,]')


def closing(text: str, start: int) -> int:
    """Where the bracket that opens at `start` closes."""
    depth = 0
    for match in _BRACKETS.finditer(text, start):
        char = match[0]
        if char in "([{<":
            depth += 1
        elif char in ")]}>":
            depth -= 1
            if depth == 0:
                return match.start()
    raise ValueError(f"unbalanced: {text[start : start + 80]}")


def split(text: str) -> list[str]:
    """Splits at top-level commas; strings and brackets are skipped."""
    if not ('"' in text or "(" in text or "[" in text or "{" in text):
        parts = text.split(", ") if text else []
        if all([p.count("<") == p.count(">") for p in parts]):
            return parts
    parts, depth, start = [], 0, 0
    for match in _BRACKETS.finditer(text):
        char = match[0]
        if char in "([{<":
            depth += 1
        elif char in ")]}>":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[start : match.start()].strip())
            start = match.end()
    parts.append(text[start:].strip())
    return [p for p in parts if p]


def _unwrapped(types: str) -> str:
    return types[1:-1] if types.startswith("(") else types


def _names(text: str) -> list[str]:
    """`%0:2, %a` as its values: `%0#0`, `%0#1`, `%a`."""
    if ":" not in text and "," not in text:
        return [text] if text else []
    names: list[str] = []
    for part in split(text):
        base, _, count = part.partition(":")
        names += [f"{base}#{i}" for i in range(int(count))] if count else [base]
    return names


def _results(names: Sequence[str]) -> str:
    if not names:
        return ""
    if len(names) == 1 and "#" not in names[0]:
        return f"{names[0]} = "
    parts: dict[str, int] = {}
    for name in names:
        base = name.partition("#")[0]
        parts[base] = parts.get(base, 0) + 1
    grouped = {n.partition("#")[0] for n in names if "#" in n}
    shown = (f"{b}:{count}" if b in grouped else b for b, count in parts.items())
    return f"{', '.join(shown)} = "
