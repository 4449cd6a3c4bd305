# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Edited IR: what parses back, what is refused, what goes on, and how branches relate."""

from __future__ import annotations

import random
import threading

import numpy as np
import pytest
from xdsl.dialects.llvm import LLVMPointerType, ZeroOp

import iree_explore as ie
from iree_explore.pipeline import PHASE_NAMES

SOURCE = """func.func public @main(%x: tensor<1x6x6x1xf32>, %w: tensor<3x3x1x2xf32>,
    %v: tensor<32x3xf32>) -> tensor<1x3xf32> {
  %0 = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
    window = {stride = [1, 1], pad = [[0, 0], [0, 0]]}
    {batch_group_count = 1 : i64, feature_group_count = 1 : i64}
    : (tensor<1x6x6x1xf32>, tensor<3x3x1x2xf32>) -> tensor<1x4x4x2xf32>
  %c = stablehlo.constant dense<0.5> : tensor<1x4x4x2xf32>
  %s = stablehlo.multiply %0, %c : tensor<1x4x4x2xf32>
  %1 = stablehlo.tanh %s : tensor<1x4x4x2xf32>
  %2 = stablehlo.reshape %1 : (tensor<1x4x4x2xf32>) -> tensor<1x32xf32>
  %3 = stablehlo.dot_general %2, %v, contracting_dims = [1] x [0]
    : (tensor<1x32xf32>, tensor<32x3xf32>) -> tensor<1x3xf32>
  return %3 : tensor<1x3xf32>
}"""
X = [
    np.linspace(-1, 1, n, dtype=np.float32).reshape(shape)
    for n, shape in ((36, (1, 6, 6, 1)), (18, (3, 3, 1, 2)), (96, (32, 3)))
]


@pytest.fixture(scope="module")
def session() -> ie.Session:
    return ie.explore(SOURCE, inputs=X).wait()


def ids(module) -> list[tuple[int, str]]:
    from iree_explore.provenance import op_id

    return [(op_id(op), op.name) for op in module.walk()]


def test_text_of_every_stage_parses_back_with_all_ids(session: ie.Session) -> None:
    places = [*PHASE_NAMES, "input-lower-to-linalg", "stream-convert-to-stream"]
    known = [line.name for p in session.recording.phases for line in p.passes]
    assert not set(places[len(PHASE_NAMES) :]) - set(known)
    for at in places:
        edited = session.check_edit(at, session.text_at(at))
        assert edited.problems == () and edited.signature == ()
        assert edited.module is not None
        assert ids(edited.module) == ids(session.module_at(at)), at


@pytest.mark.parametrize("at", ["input", "input-decompose-ops", "executable-targets", "vm"])
def test_an_unchanged_text_gives_the_same_program(session: ie.Session, at: str) -> None:
    branch = session.branch(f"same-{at}", at=at, text=session.text_at(at)).wait()
    found = branch.compare(repetitions=2)
    assert not found.diff and found.diff.unchanged > 5 and found.same_results
    step = [s.pass_name for s in branch.recording.steps].index("edit")
    assert branch.recording.steps[step].changed is False
    assert branch.stages["vm"].text == session.stages["vm"].text


def test_an_edit_changes_what_it_says_and_keeps_other_ids(session: ie.Session) -> None:
    text = session.text_at("input").replace("math.tanh", "math.exp")
    branch = session.branch("exp", at="input", text=text).wait()
    found = branch.compare(stage="input", repetitions=2)
    assert [(c.old.split("math.")[1][:4], c.new.split("math.")[1][:3]) for c in
            found.diff.changes] == [("tanh", "exp")]  # fmt: skip
    assert found.same_results is False and "DIFFERENT" in repr(found)
    old = next(op for op in session.stages["input"].ops if op.name == "math.tanh")
    new = next(op for op in branch.stages["input"].ops if op.name == "math.exp")
    assert old.op in session.trace(old.op).ancestors or old.op in branch.trace(new.op).ancestors
    below = branch.branch("again", at="flow", text=branch.text_at("flow")).wait()
    assert below.compare("exp", repetitions=1).same_results
    assert below.compare("main", repetitions=1).same_results is False
    assert "    again (edit after flow): done" in repr(session.branches)


def test_module_edits_keep_ids_by_location(session: ie.Session) -> None:
    module = session.module_at("input")
    tanh = next(op for op in module.walk() if op.name == "math.tanh")
    tanh.results[0].replace_all_uses_with(tanh.operands[0])
    tanh.detach()
    tanh.erase()
    branch = session.branch("linear", at="input", module=module).wait()
    found = branch.compare(stage="input", repetitions=1)
    assert [c.new for c in found.diff.changes if not c.old] == []
    assert any("math.tanh" in c.old and not c.new for c in found.diff.changes)


def test_all_problems_of_an_edit_at_once_with_their_places(session: ie.Session) -> None:
    text = session.text_at("import")
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if "stablehlo.tanh" in line)
    lines[at] = lines[at].replace("stablehlo.tanh", "math.tanh")
    lines[at + 1] = lines[at + 1].replace("-> tensor<1x32xf32>", "-> tensor<1x31xf32>", 1)
    with pytest.raises(ie.ModelError) as raised:
        session.branch("bad", at="import", text="\n".join(lines))
    error = raised.value
    problems = error.problems  # pyright: ignore[reportAttributeAccessIssue]
    kinds = {(p.kind, p.line) for p in problems}
    assert error.code == "IX215" and ("legality", at + 1) in kinds
    assert {kind for kind, _ in kinds} & {"verify", "parse"} and len(problems) > 1
    found = next(p for p in problems if p.kind == "legality")
    assert lines[at][found.column - 1 : found.end - 1] == "math.tanh" and "stablehlo" in found.hint
    assert "bad" not in session.branches
    broken = session.check_edit("import", text.replace("stablehlo.tanh", "stablehlo.tanx"))
    assert [(p.kind, p.line, p.op) for p in broken.problems] == [
        ("parse", at + 1, "stablehlo.tanx")
    ]
    unfinished = session.check_edit("import", text[: len(text) // 2])
    assert [p.kind for p in unfinished.problems] == ["parse"]
    for bad in ("", "module {}", "}", "\0"):
        assert session.check_edit("flow", bad).problems, bad


def test_a_changed_signature_is_said_and_the_rest_still_works(session: ie.Session) -> None:
    text = session.text_at("import").replace("@main", "@other")
    branch = session.branch("renamed", at="import", text=text).wait()
    assert any("@main is gone" in change for change in branch.signature_changes)
    assert any("@other is new" in change for change in branch.signature_changes)
    found = branch.compare(repetitions=1)
    assert found.problems and "IX304" in found.problems[0] and "is gone" in repr(found)


def test_rebase_keeps_the_edit_takes_the_new_ir_or_has_both(session: ie.Session) -> None:
    def upstream(old: str, **options):
        text = session.text_at("import").replace("dense<5.000000e-01>", old)
        assert text != session.text_at("import")
        return session.branch("up", at="import", text=text, **options).wait()

    up = upstream("dense<2.0>")
    text = up.text_at("input").replace("math.tanh", "math.exp")
    up.branch("tip", at="input", text=text).wait()
    new = upstream("dense<3.0>", rebase="keep")
    tip = session.branches["tip"].wait()
    assert tip.parent is new and "math.exp" in tip.stages["input"].text
    both = tip.rebase("main", "both").wait()
    assert both.parent is session and session.branches["tip on main"] is both
    assert both.compare("tip", repetitions=1).same_results
    upstream("dense<4.0>", rebase="new")
    assert "tip" not in session.branches and "tip on main" in session.branches
    with pytest.raises(ie.ModelError, match="IX216"):
        session.branch("main", at="import", text=text)
    with pytest.raises(ie.ModelError, match="IX216"):
        session.branch("x", at="import", text=text, rebase="some")


LOOP = """module @loop {
func.func public @main(%x: tensor<f32>) -> tensor<f32> {
  %0 = stablehlo.while(%a = %x) : tensor<f32>
    cond {
      %c = stablehlo.compare LT, %a, %a : (tensor<f32>, tensor<f32>) -> tensor<i1>
      stablehlo.return %c : tensor<i1>
    } do {
      %n = stablehlo.negate %a : tensor<f32>
      stablehlo.return %n : tensor<f32>
    }
  return %0 : tensor<f32>
}
}"""


def test_an_edit_that_never_ends_is_stopped_by_its_limit_or_cancelled() -> None:
    session = ie.explore(LOOP, inputs=[np.float32(1)], name="loop").wait()
    text = session.text_at("import")
    assert "compare LT" in text
    endless = session.branch("endless", at="import", text=text.replace("LT", "LE")).wait()
    endless.run_limit_s = 0.3
    with pytest.raises(ie.ModelError, match=r"IX217.*does not end"):
        endless.run(repetitions=1)
    endless.run_limit_s = 600
    over = threading.Event()

    def cancel() -> None:
        while not over.wait(0.1):
            endless.cancel()

    threading.Thread(target=cancel, daemon=True).start()
    try:
        with pytest.raises(ie.ModelError, match=r"IX217.*cancelled"):
            endless.run(repetitions=1)
    finally:
        over.set()
    assert session.run(repetitions=1).error is None
    for stage in (session.module_at("import"), endless.module_at("stream")):
        assert stage.sym_name is not None and stage.sym_name.data == "loop"


def test_an_edit_that_crashes_is_only_tried(session: ie.Session) -> None:
    module = session.module_at("executable-targets")
    text = session.text_at("executable-targets")
    for op in [op for op in module.walk() if "store" in op.name]:
        null = ZeroOp.create(result_types=[LLVMPointerType()])
        op.parent.insert_op_before(null, op)
        op.operands[1] = null.results[0]
    crash = session.branch("crash", at="executable-targets", module=module).wait()
    with pytest.raises(ie.ModelError, match="IX217"):
        crash.run(repetitions=1)
    found = crash.compare(repetitions=1)
    assert "IX217" in found.problems[0]
    assert (
        session.branch("fine", at="executable-targets", text=text).run(repetitions=1).error is None
    )


def test_mutated_texts_never_crash(session: ie.Session) -> None:
    rng = random.Random(7)
    tokens = ["%0", "tensor<?xf32>", "(", ")", "{", "}", "->", "dense<", "^bb0", "0x7f", "f16", '"']
    refused = 0
    for at in ("import", "input", "flow", "executable-targets", "vm"):
        text = session.text_at(at)
        for _ in range(6):
            spot = rng.randrange(len(text))
            end = spot + rng.choice((0, 1, 5, 40))
            mutated = text[:spot] + rng.choice([*tokens, "", text[spot : spot + 30]]) + text[end:]
            edited = session.check_edit(at, mutated)
            refused += bool(edited.problems)
            if not edited.problems:
                branch = session.branch("mutant", at=at, text=mutated)
                branch._wait_for(lambda b=branch: b.done, 60)
                assert branch.error is None or isinstance(branch.error, ie.Error)
    assert refused > 10
    assert session.run(repetitions=1).error is None
