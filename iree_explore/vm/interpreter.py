# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs host programs: every instruction is decoded once, to a closure over register numbers.

Invocations share nothing but globals; imports get the invocation as first argument. Decoding checks
every number, so a damaged program is an error (IX502), never a wrong access.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from iree_explore.errors import ModelError
from iree_explore.vm.arithmetic import INSTRUCTIONS
from iree_explore.vm.program import Program

Registers = list[Any]
Step = Callable[[Registers], None]
Jump = Callable[[Registers], Any]


class Interpreter:
    """One instance of a program: decoded functions and the values of its globals.

    `imports` gives the functions that the program calls by name.
    """

    def __init__(self, program: Program, imports: dict[str, Callable[..., Any]]) -> None:
        try:
            missing = [n for n in program["imports"] if n not in imports]
            if missing:
                raise _bad(f"it needs {', '.join(missing)}, which this version does not have")
            self.imports = [imports[n] for n in program["imports"]]
            self.globals = [g.get("initial") for g in program["globals"]]
            self.mutable = [bool(g["mutable"]) for g in program["globals"]]
            self.functions: list[Function] = []
            sizes = [len(f["blocks"][0]["args"]) for f in program["functions"]]
            for data in program["functions"]:
                self.functions.append(Function(self, data, sizes))
            self.by_name = {f.name: f for f in self.functions}
            self._mark_stateful()
        except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
            raise _bad(f"its host program is damaged ({type(error).__name__}: {error})") from error

    def _mark_stateful(self) -> None:
        """Functions that touch mutable globals, themselves or through calls."""
        changed = True
        while changed:
            changed = False
            for function in self.functions:
                if not function.stateful and any(
                    self.functions[c].stateful for c in function.calls
                ):
                    function.stateful = changed = True


class Function:
    """A decoded function; call `run`."""

    def __init__(self, owner: Interpreter, data: dict[str, Any], sizes: Sequence[int]) -> None:
        self.name: str = data["name"]
        self.count: int = data["registers"]
        self.stateful = False
        self.calls: set[int] = set()
        self._owner = owner
        self._sizes = sizes
        self._arities = [len(b["args"]) for b in data["blocks"]]
        self._arguments = [[self._register(r) for r in b["args"]] for b in data["blocks"]]
        self.blocks: list[tuple[tuple[Step, ...], Jump]] = []
        if not 0 < self.count < 1 << 20 or any(r == 0 for b in self._arguments for r in b):
            raise ValueError("register count")
        for block in data["blocks"]:
            *code, last = block["code"]
            steps = tuple(self._step(i) for i in code)
            self.blocks.append((steps, self._jump(last)))
        self._first = len(self._arguments[0])
        if self._arguments[0] != list(range(1, self._first + 1)):
            raise ValueError("argument registers")

    def run(self, invocation: Any, arguments: Sequence[Any]) -> tuple[Any, ...]:
        """Results of the function."""
        registers: Registers = [None] * self.count
        registers[0] = invocation
        registers[1 : self._first + 1] = arguments
        blocks = self.blocks
        block = 0
        while True:
            steps, jump = blocks[block]
            for step in steps:
                step(registers)
            block = jump(registers)
            if type(block) is tuple:
                return block

    # Decoding

    def _register(self, index: Any) -> int:
        if type(index) is not int or not 0 < index < self.count:
            raise IndexError(f"register {index!r}")
        return index

    def _registers(self, indices: Any) -> tuple[int, ...]:
        return tuple(self._register(i) for i in indices)

    def _step(self, code: Sequence[Any]) -> Step:
        kind = code[0]
        if kind in ("const", "text"):
            return _set(self._register(code[1]), _checked(code[2], kind))
        if kind == "null":
            return _set(self._register(code[1]), None)
        if kind == "load":
            return self._load(self._register(code[1]), code[2])
        if kind == "store":
            return self._store(code[1], self._register(code[2]))
        if kind == "op":
            instruction = INSTRUCTIONS[code[1]]
            operands = self._registers(code[3])
            if len(operands) != len(instruction.operands):
                raise ValueError(code[1])
            return _compute(instruction.compute, self._register(code[2]), operands)
        if kind == "call":
            return self._call(code[1], self._registers(code[2]), self._registers(code[3]))
        if kind == "import":
            function = self._owner.imports[_index(code[1], len(self._owner.imports))]
            arguments, results = self._registers(code[2]), self._registers(code[4])
            if len(results) > 1:
                raise ValueError("imports have one result")
            result = results[0] if results else 0
            if code[3] is None:
                return _import(function, result, arguments)
            return _variadic(function, result, _groups(arguments, code[3]))
        raise ValueError(f"instruction {kind!r}")

    def _load(self, register: int, index: Any) -> Step:
        values = self._owner.globals
        self._touch(_index(index, len(values)))

        def step(registers: Registers) -> None:
            registers[register] = values[index]

        return step

    def _store(self, index: Any, register: int) -> Step:
        values = self._owner.globals
        self._touch(_index(index, len(values)))

        def step(registers: Registers) -> None:
            values[index] = registers[register]

        return step

    def _touch(self, index: int) -> None:
        self.stateful |= self._owner.mutable[index]

    def _call(self, callee: Any, arguments: Sequence[int], results: Sequence[int]) -> Step:
        functions = self._owner.functions
        if self._sizes[_index(callee, len(self._sizes))] != len(arguments):
            raise ValueError("argument count")
        self.calls.add(callee)

        def step(registers: Registers) -> None:
            values = functions[callee].run(registers[0], [registers[i] for i in arguments])
            for register, value in zip(results, values, strict=True):
                registers[register] = value

        return step

    def _jump(self, code: Sequence[Any]) -> Jump:
        kind = code[0]
        if kind == "return":
            return _return(self._registers(code[1]))
        if kind == "br":
            return self._branch(code[1], code[2])
        if kind == "cond_br":
            condition = self._register(code[1])
            then, otherwise = self._branch(code[2], code[3]), self._branch(code[4], code[5])
            return lambda registers: (then if registers[condition] else otherwise)(registers)
        raise ValueError(f"terminator {kind!r}")

    def _branch(self, block: Any, arguments: Any) -> Jump:
        targets = self._arguments[_index(block, len(self._arguments))]
        sources = self._registers(arguments)
        if len(targets) != len(sources):
            raise ValueError("branch arguments")

        def jump(registers: Registers) -> int:
            values = [registers[i] for i in sources]
            for target, value in zip(targets, values, strict=True):
                registers[target] = value
            return block

        return jump


def _index(value: Any, count: int) -> int:
    if type(value) is not int or not 0 <= value < count:
        raise IndexError(f"index {value!r}")
    return value


def _checked(value: Any, kind: str) -> Any:
    if not isinstance(value, str if kind == "text" else int | float):
        raise TypeError(f"{kind} {value!r}")
    return value


def _set(register: int, value: Any) -> Step:
    def step(registers: Registers) -> None:
        registers[register] = value

    return step


def _compute(function: Callable[..., Any], result: int, operands: Sequence[int]) -> Step:
    if len(operands) == 2:
        a, b = operands

        def binary(registers: Registers) -> None:
            registers[result] = function(registers[a], registers[b])

        return binary

    def step(registers: Registers) -> None:
        registers[result] = function(*[registers[i] for i in operands])

    return step


def _import(function: Callable[..., Any], result: int, arguments: Sequence[int]) -> Step:
    if result == 0:

        def effect(registers: Registers) -> None:
            function(registers[0], *[registers[i] for i in arguments])

        return effect

    def step(registers: Registers) -> None:
        registers[result] = function(registers[0], *[registers[i] for i in arguments])

    return step


Group = int | tuple[int, ...]


def _groups(arguments: Sequence[int], sizes: Sequence[int]) -> list[Group]:
    groups: list[Group] = []
    position = 0
    for size in sizes:
        if type(size) is not int or size < -1:
            raise ValueError("groups")
        if size == -1:
            groups.append(arguments[position])
            position += 1
        else:
            groups.append(tuple(arguments[position : position + size]))
            position += size
    if position != len(arguments):
        raise ValueError("groups")
    return groups


def _variadic(function: Callable[..., Any], result: int, groups: Sequence[Group]) -> Step:
    def step(registers: Registers) -> None:
        value = function(
            registers[0],
            *[
                registers[g] if type(g) is int else [registers[i] for i in g]  # type: ignore
                for g in groups
            ],
        )
        if result:
            registers[result] = value

    return step


def _return(sources: Sequence[int]) -> Jump:
    return lambda registers: tuple([registers[i] for i in sources])


def _bad(reason: str) -> ModelError:
    return ModelError("IX502", "this is not a module that can run", because=reason)
