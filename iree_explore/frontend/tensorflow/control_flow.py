# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Types at the edges of loops and branches, made equal before TensorFlow's last pipeline.

A `tf.While` may begin with a tensor<1xf32> that its body calls a tensor<?xf32> (a shape invariant),
and branches may return tensors of different sizes. TensorFlow's lowering takes the operand's type
for the whole loop, and what it prints then is not valid. `tf.UnknownShapeCast`, which it cannot see
through, goes where types differ; `ops/shapes.py` lowers it.
"""

from __future__ import annotations

from iree_explore.frontend.tensorflow.graph import Function, Graph, Op, parse, replace_values

CAST = "tf.UnknownShapeCast"


def unify_types(program: str | Graph) -> str:
    """The text of `program`, in the `tf` dialect, with equal types wherever a value enters or
    leaves a function."""
    if isinstance(program, str):
        if not any(f'"tf.{name}"(' in program for name in ("While", "If", "Case")):
            return program
        program = parse(program)
    rewrite = _Rewrite(program)
    for function in list(program.functions.values()):
        rewrite.function(function)
    return program.text()


class _Rewrite:
    def __init__(self, graph: Graph) -> None:
        self.functions = graph.functions
        self.count = 0

    def function(self, function: Function) -> None:
        body: list[Op | str] = []
        replaced: dict[str, list[str]] = {}
        for line in function.body:
            if not isinstance(line, Op):
                body.append(line)
                continue
            before, after = self.edges(function, line, replaced)
            body += [*before, line, *after]
        function.body = body
        if replaced:
            kept = {id(op) for op in function.ops() if op.name == CAST}
            operands = {i: op.operands for op in function.ops() if (i := id(op)) in kept}
            replace_values(function, replaced)
            for op in function.ops():
                if id(op) in kept:
                    op.operands = operands[id(op)]

    def edges(
        self, function: Function, op: Op, replaced: dict[str, list[str]]
    ) -> tuple[list[Op], list[Op]]:
        """Casts before and after one op, whose own types change; the bodies' returns too."""
        if op.name == "tf.While":
            callee = self.functions.get(op.symbol("body") or "")
            if callee is None:
                return [], []
            wanted = [type_ for _, type_, _ in callee.arguments]
            self.returns(callee, wanted)
            after = self.results(op, wanted, replaced)
            return self.operands(function, op, 0, wanted), after
        names = [op.symbol("then_branch"), op.symbol("else_branch"), *op.symbols("branches")]
        callees = [self.functions[n] for n in names if n is not None]
        before: list[Op] = []
        for callee in callees:
            self.returns(callee, op.outputs)
        if callees:
            first = [type_ for _, type_, _ in callees[0].arguments]
            same = all([t for _, t, _ in c.arguments] == first for c in callees)
            if same:
                before = self.operands(function, op, 1, first)
        return before, []

    def operands(self, function: Function, op: Op, first: int, wanted: list[str]) -> list[Op]:
        fixed = {name for name, _, _ in function.arguments}
        casts = []
        for i, type_ in enumerate(wanted, first):
            if op.inputs[i] != type_ or ("?" in type_ and op.operands[i] not in fixed):
                casts.append(self.cast(op.operands[i], op.inputs[i], type_, op.location))
                op.operands[i], op.inputs[i] = casts[-1].results[0], type_
        return casts

    def results(self, op: Op, wanted: list[str], replaced: dict[str, list[str]]) -> list[Op]:
        casts = []
        for i, type_ in enumerate(wanted):
            if op.outputs[i] != type_:
                casts.append(self.cast(op.results[i], type_, op.outputs[i], op.location))
                replaced[op.results[i]] = casts[-1].results
                op.outputs[i] = type_
        return casts

    def returns(self, callee: Function, wanted: list[str]) -> None:
        stop = next(op for op in callee.ops() if op.name == "return")
        casts = self.operands(callee, stop, 0, wanted)
        if casts:
            callee.body[callee.body.index(stop) : callee.body.index(stop)] = casts
            callee.results = [
                (name, type_, rest)
                for (name, _, rest), type_ in zip(callee.results, wanted, strict=True)
            ]

    def cast(self, value: str, source: str, target: str, location: str) -> Op:
        self.count += 1
        result = f"%cast{self.count}_"
        return Op([result], CAST, [value], "", [source], [target], location)
