# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Passes written in a cell: what they match, where they run, and how they fail."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.stablehlo.dialect import StableHLO

SOURCE = """func.func public @main(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = stablehlo.add %a, %b : tensor<4x4xf32>
  %1 = stablehlo.negate %0 : tensor<4x4xf32>
  %2 = stablehlo.negate %1 : tensor<4x4xf32>
  %3 = stablehlo.negate %2 : tensor<4x4xf32>
  return %3 : tensor<4x4xf32>
}"""
X = np.arange(16, dtype=np.float32).reshape(4, 4)
ADD = next(op for op in StableHLO.operations if op.name == "stablehlo.add")


@ie.rewrite("stablehlo.negate", before="input")
def drop_double_negation(op, rewriter):
    """-(-x) is x."""
    inner = op.operands[0].owner
    ie.require(inner.name == "stablehlo.negate", "its operand is no negation")
    rewriter.replace(op, [], [inner.operands[0]])


@pytest.fixture(scope="module")
def session() -> ie.Session:
    return ie.explore(SOURCE, inputs=[X, X]).wait()


def failure(one, **options) -> ie.Error:
    with pytest.raises(ie.Error) as raised:
        ie.compile(SOURCE, "llvm-cpu", "local-sync", passes=[one], **options)
    return raised.value


def test_report_has_matches_near_misses_diff_time_and_numerics(session: ie.Session) -> None:
    report = session.insert(drop_double_negation)
    assert [match.op for match in report.matches] != []
    assert len(report.matches) == 1
    assert [miss.reason for miss in report.near_misses] == ["its operand is no negation"] * 2
    assert report.diff.deleted == (report.matches[0].op,)
    assert report.numerics.ok
    assert report.elapsed_ns > 0
    assert report.times is not None and report.comparison.same_results
    assert "1 matches, 2 near misses" in repr(report)
    assert "its operand is no negation" in report._repr_html_()
    events = report.branch.recording.events
    strings = report.branch.recording.strings
    own = [e for e in events if strings[e.pattern] == "drop_double_negation"]
    assert [(strings[e.file], e.line) for e in own] == [drop_double_negation.code]
    ended = report.branch.recording.phases[1]
    assert ended.passes[0].name == "drop-double-negation"


def test_running_the_cell_again_replaces_the_pass(session: ie.Session) -> None:
    def define(sign: float):
        @ie.rewrite("stablehlo.add", before="input")
        def change(op, rewriter):
            ie.require(sign < 0, "nothing to do")
            return op.operands[0]

        return change

    first = session.insert(define(1))
    second = session.insert(define(-1))
    assert session.branches["change"] is second.branch is not first.branch
    assert (len(first.matches), len(second.matches)) == (0, 1)
    assert second.numerics.wrong and not second.comparison.same_results
    module = ie.compile(
        SOURCE, "llvm-cpu", "local-sync", passes=[define(1), define(-1), drop_double_negation]
    )
    np.testing.assert_array_equal(module.main(X, X), -X)


def test_places() -> None:
    ran: list[tuple[str, str]] = []

    def seen(name: str, **place: str):
        @ie.pass_(name=name, **place)
        def look(ctx, module):
            ran.append((name, next(iter(module.body.ops)).name))

        return look

    session = ie.explore(
        SOURCE, inputs=[X, X],
        passes=[
            seen("default"), seen("first", before="input"), seen("last", after="flow"),
            seen("inside", before="executable-targets-convert-to-llvm"),
            seen("behind", after="first"),
        ],
    ).wait()  # fmt: skip
    names = [s.pass_name for s in session.recording.steps]
    assert [name for name, _ in ran] == ["first", "behind", "default", "last", "inside"]
    at = names.index("default")
    assert names[at - 1] == "preprocessing-apply-user-passes"
    inside = session.recording.steps[names.index("inside")]
    assert inside.scope and names[names.index("inside") + 1] == "executable-targets-convert-to-llvm"


def test_a_pass_that_raises_names_the_op_and_the_line(session: ie.Session) -> None:
    @ie.rewrite("stablehlo.add", before="input")
    def raises(op):
        return 1 / 0

    report = session.insert(raises)
    error = report.error
    assert error is not None and error.code == "IX212"
    assert "ZeroDivisionError" in str(error) and "return 1 / 0" in str(error)
    assert "stablehlo.add" in str(error) and "<text>:2" in str(error)
    assert "IX212" in repr(report)
    steps = report.branch.recording.steps
    assert steps[-1].error is not None and len(steps) > 5
    assert session.run(repetitions=1).error is None
    assert session.insert(drop_double_negation).error is None


def test_a_pass_that_deletes_what_is_used(session: ie.Session) -> None:
    @ie.rewrite("stablehlo.add", before="input")
    def deletes(op, rewriter):
        rewriter.erase(op)

    @ie.pass_(before="input")
    def detaches(ctx, module):
        for op in [op for op in module.walk() if op.name == "stablehlo.add"]:
            op.detach()

    error = failure(deletes)
    assert error.code == "IX212" and "still used" in error.what
    assert "which is used by" in str(error) and "stablehlo.negate" in str(error)
    error = failure(detaches)
    assert error.code == "IX213" and "is not in the module" in str(error)


def test_a_pattern_that_always_matches_ends_with_its_name() -> None:
    @ie.rewrite(before="input")
    def swap(op: ADD):  # pyright: ignore[reportInvalidTypeForm]
        return type(op).create(operands=op.operands[::-1], result_types=[op.results[0].type])

    error = failure(swap)
    assert error.code == "IX214" and "swap" in error.what
    assert "still matches" in str(error) and "stablehlo.add" in str(error)


def test_a_pass_that_never_returns_can_be_cancelled() -> None:
    started = threading.Event()

    @ie.rewrite("stablehlo.add", before="input")
    def spins(op):
        while True:
            started.set()

    session = ie.explore(SOURCE, passes=[spins])
    assert started.wait(20)
    begin = time.monotonic()
    session.cancel()
    with pytest.raises(ie.Error) as raised:
        session.wait(20)
    assert time.monotonic() - begin < 10
    assert raised.value.code == "IX214" and "stablehlo.add" in str(raised.value)
    assert "cancelled" in str(raised.value)
    assert session.stages["import"].text


def test_limit_of_a_pass() -> None:
    @ie.pass_(limit_s=0.2)
    def spins(ctx, module):
        while True:
            pass

    error = failure(spins)
    assert error.code == "IX214" and "limit_s" in str(error)


def test_mistakes_in_the_decorator() -> None:
    with pytest.raises(ie.ModelError, match="IX204"):
        ie.rewrite(before="input", after="flow")(lambda op: None)

    @ie.rewrite("stablehlo.ad", before="input")
    def misspelt(op): ...

    assert "did you mean" in str(failure(misspelt))

    @ie.rewrite(before="inptu")
    def nowhere(op): ...

    assert "did you mean input" in str(failure(nowhere))

    @ie.pass_(name="input-lower-to-linalg")
    def taken(ctx, module): ...

    assert "another name=" in str(failure(taken))
    with pytest.raises(ie.ModelError, match="is no pass"):
        ie.explore(SOURCE, passes=[print])  # pyright: ignore[reportArgumentType]
