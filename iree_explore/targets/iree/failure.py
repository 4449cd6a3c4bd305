# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What IREE said before it ended: diagnostics with our op ids, or the stack of a crash."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from iree_explore.targets.iree.parse import Node

_DIAGNOSTIC = re.compile(r'^"?op"?:(\d+):\d+: error: (.*)$', re.MULTILINE)
_ERROR = re.compile(r"^(?:.*: )?error: (.*)$", re.MULTILINE)
_PASS = re.compile(r"(\w+)::(?:\(anonymous namespace\)::)?\w*runOnOperation\(")
_PATTERN = re.compile(r"([\w:]+)::matchAndRewrite\(((?:\w+::)*)(\w+)Op,")
_CRASH = ("Stack dump:", "PLEASE submit a bug report", "Please report issues to")
_DIALECTS = {"flow": "flow", "stream": "stream", "hal": "hal", "util": "util", "vm": "vm"}


@dataclass(frozen=True)
class Failure:
    """`ops` are ids of our imported ops that it is about; `pattern` and `op_name` what a crashed
    compiler was rewriting, as far as its stack tells."""

    what: str
    ops: tuple[int, ...] = ()
    pass_name: str = ""
    pattern: str = ""
    op_name: str = ""
    detail: str = ""
    crashed: bool = False
    lines: tuple[str, ...] = field(default=(), repr=False)


def failure_of(status: int, stderr: str) -> Failure | None:
    """Why a compiler ended with `status`; None if it ended well."""
    if not status:
        return None
    crashed = status < 0 or any(words in stderr for words in _CRASH)
    frames = [line for line in stderr.splitlines() if re.match(r"\s*#\d+ 0x", line)]
    stack = "\n".join(frames)
    found = _DIAGNOSTIC.findall(stderr)
    ops = tuple(dict.fromkeys(int(number) for number, _ in found))
    messages = list(dict.fromkeys([text for _, text in found] or _ERROR.findall(stderr)))
    in_pass = _PASS.search(stack)
    pattern = _PATTERN.search(stack)
    name = ""
    if pattern:
        parts = [
            p for p in pattern[2].split("::") if p not in ("mlir", "iree_compiler", "IREE", "")
        ]
        snake = re.sub(r"(?<!^)(?=[A-Z])", "_", pattern[3]).lower()
        name = f"{parts[-1].lower()}.{snake}" if parts else snake
    if crashed:
        what = f"the compiler crashed ({_signal(status)})"
    else:
        what = messages[0] if messages else f"the compiler ended with status {status}"
    return Failure(
        what,
        ops,
        in_pass[1] if in_pass else "",
        pattern[1].split("::")[-1] if pattern else "",
        name,
        "\n".join(messages[1:8]) if not crashed else _frames(frames),
        crashed,
    )


def blamed(failure: Failure, tree: Node | None) -> tuple[int, ...]:
    """Our ops that a failure is about: those that it names, else those that ops of the kind which
    a crashed pattern was rewriting descend from, in the IR as it was last printed."""
    if failure.ops or tree is None or not failure.op_name:
        return failure.ops
    found: set[int] = set()
    for node in tree.walk():
        if node.name == failure.op_name:
            found |= node.ours
    return tuple(sorted(found))


def _frames(frames: Sequence[str]) -> str:
    """The part of a stack that says where: without addresses, arguments and what MLIR does in
    between."""
    return "\n".join(_short(frames))


def _short(frames: Iterable[str]) -> list[str]:
    found: list[str] = []
    for frame in frames:
        match = re.match(r"\s*#\d+ 0x[0-9a-f]+ (.*)", frame)
        name = match[1].partition("(")[0] if match else ""
        if match and "(anonymous namespace)" in match[1]:
            name = match[1].replace("(anonymous namespace)::", "").partition("(")[0]
        if re.search(r"::(matchAndRewrite|runOnOperation|apply\w*)$", name):
            found.append(name)
    return list(dict.fromkeys(found))[:6]


def _signal(status: int) -> str:
    number = -status if status < 0 else status - 128 if status > 128 else 0
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"status {status}"
