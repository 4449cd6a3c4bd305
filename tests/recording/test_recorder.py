# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A recording follows the live IR exactly: its text is the module's, step by step."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Block
from xdsl.parser import Parser
from xdsl.passes import ModulePass

from iree_explore import pipeline
from iree_explore.context import CompilerContext, make_context
from iree_explore.errors import ModelError
from iree_explore.phase import PassLine
from iree_explore.pipeline import PHASES
from iree_explore.provenance import op_id
from iree_explore.recording.diff import diff
from iree_explore.recording.printing import OpPrinter, value_name
from iree_explore.recording.recorder import Mark, Recorder, first_sentence, pass_doc
from iree_explore.recording.text import Outline, assemble, lines
from tests.recording.sample import Generalize, compile_sample, sample

BRANCHES = """
func.func public @main(%c: i1, %x: i32) -> i32 {
  cf.cond_br %c, ^a(%x : i32), ^b
^a(%p: i32):
  %1 = arith.addi %p, %p : i32
  cf.br ^c(%1 : i32)
^b:
  %2:2 = "test.two"(%x) : (i32) -> (i32, i64)
  cf.br ^c(%2#0 : i32)
^c(%r: i32):
  func.return %r : i32
}
"""


class Watched:
    """A module under a recorder, changed by functions instead of passes."""

    def __init__(self, text: str) -> None:
        self.recorder = Recorder("test")
        self.ctx = make_context(observer=self.recorder)
        self.ctx.allow_unregistered = True
        self.module = Parser(self.ctx, text).parse_module()
        self.ctx.provenance.settle(self.module, "import")
        self.recorder.compile_started(self.ctx, self.module)

    def step(self, change, scope: ModuleOp | None = None):
        @dataclass(frozen=True)
        class Change(ModulePass):
            name = "input-change"

            def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:
                change(op)

        @dataclass(frozen=True)
        class Line(PassLine):
            def load(self):
                return Change

        module = scope or self.module
        line = Line("test:Change", "because")
        pipeline.run_pass(Change(), self.ctx, PHASES[1], line, "x" if scope else "", module)
        return self.recorder.recording()


def reparsed(text: str) -> str:
    """The text in xDSL's own form, which knows nothing of ids and names."""
    ctx = make_context()
    ctx.allow_unregistered = True
    module = Parser(ctx, text).parse_module()
    for op in module.walk():
        for result in op.results:
            result.name_hint = None
        for region in op.regions:
            for block in region.blocks:
                block.name_hint = None
                for argument in block.args:
                    argument.name_hint = None
    return str(module)


def test_text_is_the_modules_text():
    watched = Watched(BRANCHES)
    recording = watched.recorder.recording()
    assert reparsed(assemble(recording)) == reparsed(str(watched.module))


def test_text_names_values_by_op_id():
    watched = Watched(BRANCHES)
    two = next(op for op in watched.module.walk() if len(op.results) == 2)
    text = assemble(watched.recorder.recording())
    assert f"%{op_id(two)}:2 = " in text
    assert f"%{op_id(two)}#0" in text
    func = op_id(watched.module.body.block.first_op)
    assert f"%b{func}_1: i32" in text
    assert f"^bb3(%b{func}_3: i32):" in text


LOOP = """
func.func public @main(%x: tensor<i32>, %y: tensor<4xf32>) -> (tensor<i32>, tensor<4xf32>) {
  %0:2 = stablehlo.while(%i = %x, %s = %y) : tensor<i32>, tensor<4xf32>
    cond {
      %c = stablehlo.compare LT, %i, %i : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %c : tensor<i1>
    } do {
      %n = stablehlo.add %i, %i : tensor<i32>
      stablehlo.return %n, %s : tensor<i32>, tensor<4xf32>
    }
  return %0#0, %0#1 : tensor<i32>, tensor<4xf32>
}
"""


def test_a_loop_names_its_arguments_once():
    watched = Watched(LOOP)
    loop = next(op for op in watched.module.walk() if op.name == "stablehlo.while")
    text = assemble(watched.recorder.recording())
    assert "cannot be printed" not in text
    name = f"%b{op_id(loop)}_0"
    assert f"stablehlo.while({name} = " in text
    assert f"stablehlo.add {name}, {name}" in text
    assert reparsed(text) == reparsed(str(watched.module))


def test_a_step_without_changes_has_no_versions():
    watched = Watched(BRANCHES)
    before = len(watched.recorder.recording().versions)
    recording = watched.step(lambda module: None)
    assert len(recording.versions) == before
    assert not recording.steps[-1].changed


def test_inserting_an_op_changes_no_other_op():
    watched = Watched(BRANCHES)

    def insert(module):
        add = next(op for op in module.walk() if op.name == "arith.addi")
        add.parent.insert_op_before(arith.MuliOp(add.lhs, add.lhs), add)

    recording = watched.step(insert)
    found = diff(recording, 0, 1)
    assert len(found.created) == 1
    assert not (found.deleted or found.modified or found.moved)
    assert reparsed(assemble(recording)) == reparsed(str(watched.module))


def test_moving_an_op_is_no_modification():
    watched = Watched(BRANCHES)

    def move(module):
        ops = list(module.body.block.first_op.body.blocks[2].ops)
        block = ops[0].parent
        ops[0].detach()
        block.insert_op_after(ops[0], ops[1])

    recording = watched.step(move)
    found = diff(recording, 0, 1)
    assert len(found.moved) == 1
    assert not (found.created or found.deleted or found.modified)


def test_inserting_a_block_renames_later_blocks_only():
    watched = Watched(BRANCHES)

    def insert(module):
        body = module.body.block.first_op.body
        body.insert_block(Block(arg_types=[arith.IntegerType(8)]), 1)
        body.blocks[1].add_op(arith.ConstantOp.from_int_and_width(1, 8))

    recording = watched.step(insert)
    text = assemble(recording)
    func = op_id(watched.module.body.block.first_op)
    assert "^bb2(" in text and f"^bb4(%b{func}_4: i32)" in text
    assert f"%b{func}_3" in text  # what was argument 2 is argument 3, in its users too
    assert f"%b{func}_2 " not in text


def test_a_clone_that_keeps_the_id_is_split():
    watched = Watched(BRANCHES)

    def duplicate(module):
        add = next(op for op in module.walk() if op.name == "arith.addi")
        add.parent.insert_op_before(add.clone(), add)

    recording = watched.step(duplicate)
    assert reparsed(assemble(recording)) == reparsed(str(watched.module))
    ids = [op_id(op) for op in watched.module.walk()]
    assert len(set(ids)) == len(ids)
    assert len(recording.origins) == len(ids)  # one new id, not two
    assert sorted(recording.alive(-1)) == sorted(ids)


def test_random_changes_are_followed_exactly():
    watched = Watched(BRANCHES)
    generator = random.Random(7)

    def shake(module):
        blocks = list(module.body.block.first_op.body.blocks)
        for _ in range(5):
            block = generator.choice(blocks)
            ops = list(block.ops)
            at = generator.choice(ops)
            kind = generator.randrange(4)
            if kind == 0:
                block.insert_op_before(arith.ConstantOp.from_int_and_width(1, 32), at)
            elif kind == 1:
                at.attributes["n"] = StringAttr(str(generator.random()))
            elif kind == 2 and at.next_op is not None and not any(r.uses for r in at.results):
                block.erase_op(at)
            elif at.next_op is not None and at.name == "arith.constant":
                at.detach()
                blocks[0].insert_op_before(at, blocks[0].last_op)

    texts = [str(watched.module)]
    for _ in range(30):
        recording = watched.step(shake)
        texts.append(str(watched.module))
    for step, text in enumerate(texts):
        assert reparsed(assemble(recording, step)) == reparsed(text), step


def test_executable_scope_leaves_the_rest_alone():
    recorder, _, module = compile_sample()
    recording = recorder.recording()
    step = next(i for i, s in enumerate(recording.steps) if s.scope)
    assert recording.steps[step].scope == "main_dispatch_0"
    found = diff(recording, step - 1, step)
    assert len(found.modified) == 1
    assert not (found.created or found.deleted or found.moved)
    assert "lowering_config" in assemble(recording)
    assert "lowering_config" not in assemble(recording, step - 1)
    assert recorder.steps == len(recording.steps)
    assert reparsed(assemble(recording)) == reparsed(str(module))


def test_a_failing_pass_is_a_step():
    recording = sample(fail=True)
    assert recording.state == "failed"
    last = recording.steps[-1]
    assert last.error is not None and last.error.code == "IX203"
    assert recording.errors[0].step == recording.last_step
    assert "half_done" in assemble(recording)
    assert [p.state for p in recording.phases if p.name == "hal"] == ["failed"]
    assert [p.step for p in recording.phases if p.name == "vm"] == [-1]
    assert assemble(recording, recording.step_of("flow"))


def test_broken_ir_of_a_failed_pass_is_still_text():
    watched = Watched(BRANCHES)

    def ruin(module):
        add = next(op for op in module.walk() if op.name == "arith.addi")
        add.attributes["new"] = StringAttr("x")
        add.results[0].erase(safe_erase=False)
        raise ValueError("broken halfway")

    with pytest.raises(Exception, match="broken halfway"):
        watched.step(ruin)
    recording = watched.recorder.recording()
    assert recording.steps[-1].error is not None
    assert "%erased" in assemble(recording)


def test_deltas_add_up_to_the_recording():
    recorder, _, _ = compile_sample()
    whole = recorder.recording()
    part, deaths, mark = recorder.delta(Mark())
    assert mark == recorder.mark()
    assert len(part.versions) == len(whole.versions)
    closed = [-1] * len(whole.versions)
    for index, step in zip(deaths[::2], deaths[1::2], strict=True):
        closed[index] = step
    assert closed == list(whole.versions.death)
    nothing, deaths, _ = recorder.delta(mark)
    assert not len(nothing.versions) and not nothing.steps and not deaths


def test_every_id_has_an_origin():
    recording = sample()
    known = set(recording.origins.op)
    assert set(recording.versions.op) <= known
    for ancestors in recording.origins.ancestors:
        assert set(recording.sets[ancestors]) <= known


def test_large_constants_are_elided():
    numbers = ", ".join(str(float(i)) for i in range(500))
    watched = Watched(f"%0 = arith.constant dense<[{numbers}]> : tensor<500xf32>")
    text = assemble(watched.recorder.recording())
    assert "dense<elided 500 x f32> : tensor<500xf32>" in text
    assert len(text) < 200


def test_forms_are_reused_for_equal_ops_only():
    watched = Watched(
        """
        %0 = arith.constant 1 : i32
        %1 = arith.constant 1 : i64
        %2 = arith.addi %0, %0 : i32
        %3 = arith.addi %1, %1 : i64
        %4 = arith.addi %0, %2 : i32
        %5 = arith.addi %2, %4 {a = "100%s"} : i32
        %6 = arith.addi %4, %5 {a = "100%s"} : i32
        """
    )
    printer = OpPrinter()
    for op in watched.module.body.block.ops:
        names = [value_name(value) for value in op.operands]
        assert printer.render(op, names) == OpPrinter().render(op, names)


def test_pass_docs_have_the_ir_before_and_after():
    doc = pass_doc(Generalize)
    assert doc.doc == "Turns named elementwise ops into linalg.generic."
    assert "linalg.add" in doc.before and "linalg.generic" in doc.after
    assert doc.line > 1
    assert first_sentence("One thing.\nTwo things.") == "One thing."


def test_lines_know_their_ops():
    recording = sample()
    outline = Outline(recording, -1)
    for line in lines(outline):
        assert line.op in outline.alive
    func = outline.symbol("main")
    assert func is not None
    assert [outline.recording.version(outline.alive[op]).name for op in outline.inside(func)] == [
        "arith.constant", "tensor.empty", "flow.dispatch", "linalg.generic", "func.return",
    ]  # fmt: skip
    assert assemble(recording, -1, func).startswith("func.func public @main(")


def test_endless_nesting_is_refused():
    recording = sample(run=False)
    v = recording.versions
    chain = [v.op[0]]
    for i in range(300):
        for name in type(v).__dataclass_fields__:
            getattr(v, name).append(getattr(v, name)[0])
        v.op[-1], v.parent[-1], v.order[-1] = 10_000 + i, chain[-1], 99.0
        chain.append(10_000 + i)
    with pytest.raises(ModelError, match="nested"):
        assemble(recording, 0)
