# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A `spirv.module` as WGSL: `print_wgsl` gives the text and, line by line, the op it is from.

Values become `let` named by what they are (`sum`, `product_2`), unless they are used once and
nearby: then they are part of the expression that uses them. What a loop carries is a `var`, set
where the loop continues. What WGSL lacks is a `GapError` IX203 that names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from xdsl.ir import Block, Operation, SSAValue

from iree_explore.targets.spirv.dialect import RowOp
from iree_explore.targets.spirv.ops import (
    AddressOfOp,
    BranchConditionalOp,
    BranchOp,
    ConstantOp,
    ExecutionModeOp,
    FuncOp,
    FunctionCallOp,
    GlobalVariableOp,
    LoopOp,
    MergeOp,
    ModuleOp,
    SelectionOp,
    SwitchOp,
    numbers_of,
    switch_edges,
    symbol_name,
)
from iree_explore.targets.wgsl import memory
from iree_explore.targets.wgsl.rows import Rows
from iree_explore.targets.wgsl.table import HELPERS, NEEDS
from iree_explore.targets.wgsl.values import Expression, constant, gap, kind_of, type_text
from iree_explore.walk import walk

BUILT_INS = {
    "LocalInvocationId": ("local_invocation_id", "vec3<u32>"),
    "GlobalInvocationId": ("global_invocation_id", "vec3<u32>"),
    "WorkgroupId": ("workgroup_id", "vec3<u32>"),
    "NumWorkgroups": ("num_workgroups", "vec3<u32>"),
    "LocalInvocationIndex": ("local_invocation_index", "u32"),
    "SubgroupLocalInvocationId": ("subgroup_invocation_id", "u32"),
    "SubgroupSize": ("subgroup_size", "u32"),
}
"""WGSL's names and types of the built-ins."""


@dataclass(frozen=True)
class Shader:
    """A kernel in WGSL: its text, the name of its entry point, invocations of a workgroup, for each
    line of the text the op that it is from (None: a declaration), and the bindings by number, each
    with whether it is only read."""

    text: str
    entry: str
    workgroup_size: tuple[int, int, int]
    ops: tuple[Operation | None, ...]
    bindings: dict[int, bool]


def print_wgsl(module: ModuleOp) -> Shader:
    """The shader of a module with one entry point; raises `GapError` IX203 for what WGSL lacks."""
    return _Printer(module).shader()


class _Printer(Rows):
    """Writes functions block by block; `Rows` says what single instructions are."""

    def __init__(self, module: ModuleOp) -> None:
        super().__init__()
        self.module = module
        self.inputs = {
            op.sym_name.data: op.built_in.data
            for op in module.ops
            if isinstance(op, GlobalVariableOp) and op.built_in is not None
        }
        for name in HELPERS:
            self.names.take(name)
        rows = [op for op in walk(module) if isinstance(op, RowOp)]
        self.variables = memory.variables(module, memory.atomic_uses(rows), self.names)
        for symbol, built_in in self.inputs.items():
            if built_in not in BUILT_INS:
                raise gap(f"WGSL has no built-in {built_in} ({symbol})")
        self.input_names = {s: self.names.take(BUILT_INS[b][0]) for s, b in self.inputs.items()}
        self.functions = {
            op.sym_name.data: self.names.take(op.sym_name.data)
            for op in module.ops
            if isinstance(op, FuncOp)
        }
        self.exits: list[tuple[Block, Block | None, list[str]]] = []
        """Innermost construct last: merge block, a loop's continue block, names of its results."""

    def shader(self) -> Shader:
        functions = [op for op in self.module.ops if isinstance(op, FuncOp)]
        modes = [op for op in self.module.ops if isinstance(op, ExecutionModeOp)]
        [mode] = [m for m in modes if m.execution_mode.data == "LocalSize"]  # pyright: ignore
        x, y, z = (int(size.value.data) for size in mode.values)  # pyright: ignore
        entry = symbol_name(mode, "fn")
        for function in functions:
            self._function(function, (x, y, z) if function.sym_name.data == entry else None)
        body, self.lines = self.lines, []
        for feature in sorted(self.features):
            self.line(f"enable {feature};")
        for variable in dict.fromkeys(self.variables.values()) if self.variables else ():
            for text in memory.declaration(variable):
                self.line(text)
        self.line("")
        for name, text in HELPERS.items():
            if name in self._needed():
                for line in [*text.split("\n"), ""]:
                    self.line(line)
        lines = [*self.lines, *body]
        while lines and not lines[-1][0]:
            lines.pop()
        bound = {v.binding: v.read_only for v in self.variables.values() if v.binding is not None}
        return Shader(
            "\n".join(text for text, _ in lines) + "\n", self.functions[entry], (x, y, z),
            tuple(op for _, op in lines), bound,
        )  # fmt: skip

    def _needed(self) -> set[str]:
        return self.helpers | {n for name in self.helpers for n in NEEDS.get(name, ())}

    def _function(self, op: FuncOp, size: tuple[int, int, int] | None) -> None:
        name = self.functions[op.sym_name.data]
        block = op.body.blocks[0]
        if size is None:
            for argument in block.args:
                self.values[argument] = Expression(self.names.take("x"), kind_of(argument.type))
            inputs = ", ".join(f"{self.values[a].text}: {type_text(a.type)}" for a in block.args)
            outputs = op.function_type.outputs.data
            result = f" -> {type_text(outputs[0])}" if outputs else ""
            self.line(f"fn {name}({inputs}){result} {{", op)
        else:
            self.line(f"@compute @workgroup_size({', '.join(map(str, size))})", op)
            parts = [
                f"@builtin({BUILT_INS[b][0]}) {self.input_names[s]}: {BUILT_INS[b][1]}"
                for s, b in self.inputs.items()
            ]
            self.line(f"fn {name}({', '.join(parts)}) {{", op)
        with self.indented():
            self._block(block)
        self.line("}", op)
        self.line("")

    # Blocks

    @contextmanager
    def indented(self) -> Iterator[None]:
        self.depth += 1
        yield
        self.depth -= 1

    def _block(self, block: Block) -> None:
        for op in block.ops:
            if isinstance(op, ConstantOp):
                self.values[op.constant] = constant(op.value, op.constant.type)
            elif isinstance(op, AddressOfOp):
                self._address(op)
            elif isinstance(op, SelectionOp):
                self._selection(op)
            elif isinstance(op, LoopOp):
                self._loop(op)
            elif isinstance(op, FunctionCallOp):
                self._call(op)
            elif isinstance(op, BranchOp):
                self._go(op, op.target, op.block_arguments)
            elif isinstance(op, BranchConditionalOp):
                self._either(op)
            elif isinstance(op, RowOp):
                self.row(op)
            elif not isinstance(op, MergeOp):
                raise gap(f"{op.name} has no form in WGSL")

    def _address(self, op: AddressOfOp) -> None:
        symbol = symbol_name(op, "variable")
        if symbol in self.input_names:
            self.inputs_at[op.pointer] = Expression(self.input_names[symbol], "u")
        else:
            self.places[op.pointer] = memory.root_place(self.variables[symbol], op.pointer)
            self.roots[op.pointer] = op.pointer

    def _call(self, op: FunctionCallOp) -> None:
        name = self.functions[op.callee.string_value()]  # pyright: ignore
        text = f"{name}({', '.join(self.typed(v).text for v in op.arguments)})"
        if op.return_value is None:
            self.line(f"{text};", op)
        else:
            self.bind(op.return_value, Expression(text, kind_of(op.return_value.type)), "result")

    def _variables(self, op: Operation, values: Sequence[SSAValue], stem: str) -> list[str]:
        """Declares a variable for each of these results."""
        names = []
        for value in values:
            name = self.names.take(stem)
            self.line(f"var {name}: {type_text(value.type)};", op)
            self.values[value] = Expression(name, kind_of(value.type))
            names.append(name)
        return names

    def _set(self, op: Operation, names: Sequence[str], values: Sequence[SSAValue]) -> None:
        """Assigns all at once: what is overwritten before it is read is kept first."""
        pairs = [(n, self.typed(v).text) for n, v in zip(names, values, strict=True)]
        pairs = [(name, text) for name, text in pairs if name != text]
        for place, (name, text) in enumerate(pairs):
            earlier = [n for n, _ in pairs[:place]]
            if any(re.search(rf"\b{n}\b", text) for n in earlier):
                kept = self.names.take(f"next_{name}")
                self.line(f"let {kept} = {text};", op)
                pairs[place] = (name, kept)
        # what was kept is written first: it reads what the assignments below overwrite
        for name, text in pairs:
            self.line(f"{name} = {text};", op)

    def _go(self, op: Operation, target: Block, values: Sequence[SSAValue]) -> None:
        """A branch: out of a construct, to the next turn, or into a block that only it enters."""
        if self.exits:
            merge, last, names = self.exits[-1]
            if target is merge:
                given = merge.last_op.operands if isinstance(merge.last_op, MergeOp) else ()
                known: dict[SSAValue, SSAValue] = dict(zip(merge.args, values, strict=True))
                self._set(op, names, [known.get(v, v) for v in given])
                if last is not None:
                    self.line("break;", op)
                return
            if target is last:
                return  # the continue block is written at the loop's end
        for argument, value in zip(target.args, values, strict=True):
            self.values[argument] = self.typed(value)
        self._block(target)

    def _either(self, op: BranchConditionalOp) -> None:
        """A condition in a loop: one way leaves it."""
        merge, last, _ = self.exits[-1]
        condition = self.typed(op.condition)
        yes, no = (op.true_target, op.true_operands), (op.false_target, op.false_operands)
        if no[0] is merge:
            self.line(f"if !{condition} {{", op)
            leaving, going = no, yes
        elif yes[0] is merge:
            self.line(f"if {condition} {{", op)
            leaving, going = yes, no
        else:
            raise gap("a condition in a loop that neither leaves it nor is a selection")
        with self.indented():
            self._go(op, *leaving)
        self.line("}", op)
        if going[0] is not last:
            self._go(op, *going)

    def _branch(self, op: Operation, target: Block, values: Sequence[SSAValue]) -> None:
        with self.indented():
            self._go(op, target, values)

    def _selection(self, op: SelectionOp) -> None:
        header, *_, merge = op.body.blocks
        *straight, branch = header.ops
        self._straight(straight)
        names = self._variables(op, op.values, "chosen")
        self.exits.append((merge, None, names))
        if isinstance(branch, BranchConditionalOp):
            self._conditional(branch, merge, bool(names))
        else:
            assert isinstance(branch, SwitchOp)
            self._switch(branch)
        self.exits.pop()

    def _straight(self, ops: Sequence[Operation]) -> None:
        for inner in ops:
            if isinstance(inner, ConstantOp):
                self.values[inner.constant] = constant(inner.value, inner.constant.type)
            elif isinstance(inner, RowOp):
                self.row(inner)
            else:
                raise gap(f"{inner.name} in the header of a selection")

    def _conditional(self, branch: BranchConditionalOp, merge: Block, results: bool) -> None:
        condition = self.typed(branch.condition)
        self.line(f"if {condition.text} {{", branch)
        self._branch(branch, branch.true_target, branch.true_operands)
        if results or not _empty(branch.false_target, merge):
            self.line("} else {", branch)
            self._branch(branch, branch.false_target, branch.false_operands)
        self.line("}", branch)

    def _switch(self, op: SwitchOp) -> None:
        self.line(f"switch {self.typed(op.selector).text} {{", op)
        (default, given), *edges = switch_edges(op)
        with self.indented():
            for literal, (target, values) in zip(numbers_of(op.literals), edges, strict=True):
                self.line(f"case {literal}: {{", op)
                self._branch(op, target, values)
                self.line("}", op)
            self.line("default: {", op)
            self._branch(op, default, given)
            self.line("}", op)
        self.line("}", op)

    def _loop(self, op: LoopOp) -> None:
        entry, header, *_, last, merge = op.body.blocks
        first = entry.last_op
        assert isinstance(first, BranchOp)
        carried = []
        for argument, value in zip(header.args, first.block_arguments, strict=True):
            name = self.names.take("i" if not carried else "carried")
            start = self.typed(value).text
            self.line(f"var {name}: {type_text(argument.type)} = {start};", op)
            self.values[argument] = Expression(name, kind_of(argument.type))
            carried.append(name)
        given = merge.last_op
        assert isinstance(given, MergeOp)
        plain = [v in header.args for v in given.values]
        names = []
        for value, source, same in zip(op.values, given.values, plain, strict=True):
            if same:  # what a variable of the loop is in the end
                self.values[value] = self.values[source]
                names.append(self.values[source].text)
            else:
                names += self._variables(op, [value], "found")
        self.line("loop {", op)
        self.exits.append((merge, last, names))
        with self.indented():
            self._block(header)
            self.line("continuing {", op)
            with self.indented():
                self._continue(last, carried)
            self.line("}", op)
        self.exits.pop()
        self.line("}", op)

    def _continue(self, last: Block, carried: Sequence[str]) -> None:
        *straight, branch = last.ops
        self._straight(straight)
        assert isinstance(branch, BranchOp)
        self._set(branch, carried, branch.block_arguments)


def _empty(block: Block, merge: Block) -> bool:
    """Whether a branch goes straight to the end of its construct."""
    first = block.first_op
    return block is merge or (isinstance(first, BranchOp) and first.target is merge)
