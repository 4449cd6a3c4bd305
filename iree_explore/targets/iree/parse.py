# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""MLIR text of any dialects as a tree of ops, without knowing one of them.

The one idea: with `--mlir-print-debuginfo` every op ends with ` loc(...)` at the end of a line, a
region opens with `{` there and closes with `}` at the start of one. That much structure holds for
all dialects; what is between is kept as text with a gap for each SSA name. `recording.foreign`
gives ops that stay the same one id over all dumps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

NAME = "\0"
"""Stands for an SSA name in `Node.text`."""
REGION, HEADER, END = "\1", "\3", "\2"
"""Placeholders of regions as in docs/recording.md."""

_SSA = re.compile(r"%[\w$.\-]+(?:#\d+)?")
_INNER = r'[^()"]|"(?:[^"\\]|\\.)*"'
_LOC = re.compile(rf" loc\(((?:{_INNER}|\((?:{_INNER}|\((?:{_INNER}|\((?:{_INNER})*\))*\))*\))*)\)")
_ALIAS_LINE = re.compile(r"([#!][\w$.\-]+) = (.*)")
_ALIAS = re.compile(r"[#!][A-Za-z_][\w$\-]*(?![\w$.<])")
_OUR_OP = re.compile(r'"op":(\d+):')
_RESULTS = re.compile(r"((?:%[\w$.\-]+(?::\d+)?(?:, )?)+) = ")
_RESULT = re.compile(r"(%[\w$.\-]+)(?::(\d+))?")
_OPCODE = re.compile(r'"([\w$.\-]+)"|([A-Za-z_][\w$.]*)')
_SYMBOL = re.compile(r'[^@(="<{]*@(?:"([^"]*)"|([\w$.\-]+))')
_LONG = re.compile(r'"((?:[^"\\\n]|\\.){160})(?:[^"\\\n]|\\.)+"')
_OP = re.compile(
    r"(?:%[\w$.\-]+(?::\d+)?(?:, )?)+ = |\"[\w$.\-]+\"\("
    r"|(?!(?:ro|wo|rw) )[A-Za-z_][\w$.]*(?:[ (<{]|$)"
)
"""How a line begins that begins an op."""
_DEFINED = re.compile(r"(%[\w$.\-]+)(?:: | = )")
_LOOPS = re.compile(r"(?:forall|parallel) \(([^)]*)\)")
_DEFINERS = frozenset(
    """builtin.module func.func util.func util.global util.initializer flow.executable
    flow.executable.export stream.executable stream.executable.export hal.executable
    hal.executable.variant hal.executable.export hal.executable.binary hal.executable.source
    llvm.func llvm.mlir.global vm.module vm.func vm.import vm.rodata vm.global.i32 vm.global.i64
    vm.global.f32 vm.global.ref ml_program.global memref.global spirv.module spirv.func
    spirv.GlobalVariable gpu.module gpu.func""".split()
)
_ARITHMETIC = re.compile(
    r"(?:arith|math|stablehlo)\.(?!cmp|compare|reduce|convert|bitcast)|tensor\.empty$"
    r"|util\.global\.load$|(?:ml_program\.global_load|ub\.poison)$"
)
LONGEST_ALIAS = 4000
MOST_KNOWN = 40_000
"""Texts of ops and locations that are kept to be recognised: tens of MB."""


@dataclass(eq=False, slots=True)
class Node:
    """One op. `text` is what is printed after its results, with `NAME` for each of `names` and
    placeholders for regions; `ours` the ids of our imported ops that its location names."""

    name: str
    symbol: str = ""
    text: str = ""
    names: list[str] = field(default_factory=list)
    defines: list[str] = field(default_factory=list)
    """Names of block arguments that its text defines."""
    results: list[tuple[str, int]] = field(default_factory=list)
    types: tuple[str, ...] = ()
    ours: frozenset[int] = frozenset()
    regions: list[list[list[Node]]] = field(default_factory=list)
    # what the recording knows of it
    number: int = 0
    parent: int = 0
    key: float = 0.0
    refs: list = field(default_factory=list)
    values: tuple[str, ...] = ()
    record: tuple = ()
    version: object = None
    was: Node | None = None
    """The op of the dump before that it was matched with, until its version is known."""
    count: int = 0
    """How many results it has."""

    @property
    def scope(self) -> str:
        """The folder that IREE gives dumps of this op: `hal_executable_main_dispatch_0`."""
        return f"{self.name}_{self.symbol or 'no-symbol-name'}".replace(".", "_")

    def walk(self):
        """This op and all inside, in textual order."""
        yield self
        for region in self.regions:
            for block in region:
                for op in block:
                    yield from op.walk()


class _Open:
    """An op whose text has not ended yet."""

    __slots__ = ("inside", "lines", "node", "raw")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.raw: list[str] = []
        self.inside = False  # between { and } of its newest region


class Parser:
    """Reads dumps one after the other; what it learns of a line or a location is kept."""

    def __init__(self) -> None:
        self._locations: dict[str, frozenset[int]] = {}
        self._endings: dict[str, bool] = {}
        self._known: dict[str, tuple] = {}

    def parse(self, text: str) -> Node:
        """The one op at the top of a dump. Never raises: what is not understood is text of the op
        that it is in. Several ops or none are put into a `builtin.module`."""
        aliases: dict[str, str] = {}
        lines: list[str] = []
        for line in text.split("\n"):
            first = line[:1]
            if first in "#!":
                match = _ALIAS_LINE.fullmatch(line)
                if match:
                    aliases[match[1]] = match[2]
                    continue
            if first and not line.startswith(("// -----//", "{-#", "#-}")):
                lines.append(line)
        if len(self._known) + len(self._endings) > MOST_KNOWN:
            self._known.clear()
            self._endings.clear()
            self._locations.clear()
        top = Node("builtin.module")
        top.regions.append([[]])
        self._aliases = {k: v for k, v in aliases.items() if not k.startswith("#loc")}
        self._expanded: dict[str, str] = {}
        self._alias_locations = {k: v for k, v in aliases.items() if k.startswith("#loc")}
        self._named: dict[str, frozenset[int]] = {}
        self._read(lines, top)
        ops = top.regions[0][0]
        if len(ops) == 1:
            return ops[0]
        top.text = f"module {REGION}0{HEADER}{END}"
        return top

    # -- lines to ops

    def _read(self, lines: list[str], top: Node) -> None:
        stack: list[_Open] = [_Open(top)]
        stack[0].inside = True
        for line in lines:
            stripped = line.strip()
            here = stack[-1]
            if here.inside and stripped.startswith("}") and len(stack) > 1:
                here.inside = False
                self._continue(stack, stripped[1:])
            elif not here.inside:
                indent = "\n" if stripped.startswith(("}", "]")) else "\n  "
                self._continue(stack, (" " if here.node.regions else indent) + stripped)
            elif stripped.startswith("^"):
                self._block(here, stripped)
            elif (
                stripped
                and not _OP.match(stripped)
                and len(stack) > 1
                and (HEADER not in here.raw[-1] and here.node.regions[-1] == [[]])
            ):
                here.node.regions.pop()  # not a region: what a dispatch or copy takes, one a line
                here.raw[-1] = "{\n  " + stripped
                here.inside = False
            elif stripped and not stripped.startswith("//"):
                started = _Open(Node(""))
                stack.append(started)
                self._continue(stack, stripped)
        while len(stack) > 1:  # the text ends too early
            self._close(stack, "")

    def _continue(self, stack: list[_Open], text: str) -> None:
        """More text of the innermost op: it may open a region or end."""
        here = stack[-1]
        if text.endswith("{"):
            here.raw.append(text[:-1])
            region = len(here.node.regions)
            here.raw.append(f"{REGION}{region}")
            here.node.regions.append([[]])
            here.inside = True
            return
        at = text.rfind(" loc(")
        if at >= 0 and text.endswith(")"):
            # a location has no other inside, so the last one begins at `at`
            ending = text[at:]
            whole = self._endings.get(ending)
            if whole is None:
                whole = self._endings[ending] = _LOC.fullmatch(ending) is not None
            if whole:
                here.raw.append(text[:at])
                self._close(stack, ending[5:-1])
                return
        here.raw.append(text)

    def _block(self, here: _Open, text: str) -> None:
        """A block's header: the first of a region stands for its empty one."""
        text = text.partition("  //")[0].rstrip()
        region = here.node.regions[-1]
        at = here.raw[-1]
        if at.startswith(REGION) and HEADER not in at and not region[0]:
            here.raw[-1] = f"{at}{HEADER}{text}"
        else:
            if HEADER not in at:
                here.raw[-1] = at = f"{at}{HEADER}"
            here.raw[-1] = f"{at}{HEADER}{text}"
            region.append([])

    def _close(self, stack: list[_Open], location: str) -> None:
        done = stack.pop()
        node = done.node
        node.ours = self._ours(location)
        parts: list[str] = []
        for part in done.raw:
            if part.startswith(REGION):
                parts.append(part if HEADER in part else f"{part}{HEADER}")
                parts.append(END)
            else:
                parts.append(part)
        self._finish(node, "".join(parts))
        stack[-1].node.regions[-1][-1].append(node)

    def _finish(self, node: Node, text: str) -> None:
        if " loc(" in text:
            text = _LOC.sub("", text)
        if "#" in text or "!" in text:
            text = _ALIAS.sub(self._alias, text)
        known = self._known.get(text)
        if known is None:
            whole = text
            self._read_op(node, text)
            self._known[whole] = (node.name, node.symbol, node.text, node.names, node.defines,
                                  node.results, node.types, node.count)  # fmt: skip
        else:
            (node.name, node.symbol, node.text, node.names, node.defines,
             node.results, node.types, node.count) = known  # fmt: skip

    def _read_op(self, node: Node, text: str) -> None:
        """What an op's text says, locations removed and aliases written out."""
        match = _RESULTS.match(text)
        if match:
            node.results = [(n, int(c or 1)) for n, c in _RESULT.findall(match[1])]
            node.count = sum(n for _, n in node.results)
            text = text[match.end() :]
        if len(text) > 300:
            text = _LONG.sub(r'"\1…"', text)
        opcode = _OPCODE.match(text)
        name = (opcode[1] or opcode[2]) if opcode else "unknown"
        if "." not in name:
            name = f"builtin.{name}" if name in ("module", "unrealized_conversion_cast") else \
                f"func.{name}"  # fmt: skip
        node.name = name
        if name in _DEFINERS and opcode:
            found = _SYMBOL.match(text, opcode.end())
            node.symbol = (found[1] or found[2]) if found else ""
        if node.results:
            node.types = _types(name, text, node.count)
        if node.regions:
            node.defines = _DEFINED.findall(text)
            if loops := _LOOPS.search(text):
                node.defines += _SSA.findall(loops[1])
        if "%" in text:
            node.names = _SSA.findall(text)
            text = _SSA.sub(NAME, text)
        node.text = text

    # -- aliases and locations

    def _alias(self, match: re.Match[str]) -> str:
        name = match[0]
        known = self._expanded.get(name)
        if known is None:
            definition = self._aliases.get(name)
            if definition is None:
                return name
            self._expanded[name] = name  # where it refers to itself
            known = _ALIAS.sub(self._alias, definition)
            if len(known) > LONGEST_ALIAS:
                known = name
            self._expanded[name] = known
        return known

    def _ours(self, text: str) -> frozenset[int]:
        """Ids of our ops that a location names; callers of what was inlined are left out."""
        if not text or text == "unknown":
            return frozenset()
        if text.startswith("#"):
            known = self._named.get(text)
            if known is None:
                self._named[text] = frozenset()  # where it refers to itself
                known = self._named[text] = self._ours(
                    self._alias_locations.get(text, "loc()")[4:-1]
                )
            return known
        if "#" not in text:
            known = self._locations.get(text)
            if known is None:
                known = frozenset(map(int, _OUR_OP.findall(_without_callers(text))))
                self._locations[text] = known
            return known
        text = _without_callers(text)
        found = set(map(int, _OUR_OP.findall(text)))
        for alias in re.findall(r"#loc\d*", text):
            found |= self._ours(alias)
        return frozenset(found)


def _without_callers(text: str) -> str:
    """`callsite(A at B)` is A."""
    while "callsite(" in text:
        begin = text.rindex("callsite(")
        inner = begin + len("callsite(")
        depth, at, end = 1, -1, len(text)
        for i in range(inner, len(text)):
            if text[i] == "(":
                depth += 1
            elif text[i] == ")":
                depth -= 1
                if not depth:
                    end = i
                    break
            elif depth == 1 and at < 0 and text.startswith(" at ", i):
                at = i
        text = text[:begin] + text[inner : at if at >= 0 else end] + text[end + 1 :]
    return text


def _types(name: str, text: str, count: int) -> tuple[str, ...]:
    """Types of the results where the text tells them without knowing the op: after the last `->`,
    of a cast, or of arithmetic, whose one type is everything's; else ()."""
    tail = text
    if END in tail:
        tail = tail[tail.rindex(END) + 1 :]
        if " -> " not in tail:
            tail = text[: text.index(REGION)]
    at = tail.rfind(" -> ")
    if at >= 0 or (count == 1 and (at := tail.rfind(" to ")) >= 0 and " : " in tail[:at]):
        found = tail[at + 4 :].strip()
    elif count == 1 and _ARITHMETIC.match(name) and (at := tail.rfind(" : ")) >= 0:
        found = _split(tail[at + 3 :].strip())[-1]
    else:
        return ()
    if found.startswith("(") and found.endswith(")"):
        found = found[1:-1]
    parts = _split(found)
    return tuple(parts) if len(parts) == count else ()


def _split(text: str) -> list[str]:
    """Parts at commas outside of brackets."""
    parts, depth, begin = [], 0, 0
    for i, c in enumerate(text):
        if c in "<([{":
            depth += 1
        elif c in ">)]}" and not (c == ">" and text[i - 1 : i] == "-"):
            depth -= 1
        elif c == "," and not depth:
            parts.append(text[begin:i].strip())
            begin = i + 1
    parts.append(text[begin:].strip())
    return parts
