# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is read from a recording: differences, traces, graphs, times, order keys."""

from __future__ import annotations

import functools
import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iree_explore.recording import graph, order, timing, trace
from iree_explore.recording.diff import diff
from iree_explore.recording.model import Recording
from iree_explore.recording.text import Outline
from tests.recording.sample import sample


@functools.cache
def recording() -> Recording:
    return sample()


def named(name: str, step: int) -> list[int]:
    return Outline(recording(), step).named(name)


def test_diff_is_by_identity():
    found = diff(recording(), 0, recording().step_of("input"))
    assert set(found.deleted) >= {*named("linalg.add", 0), *named("linalg.max", 0)}
    assert set(found.created) >= set(named("linalg.generic", 1))
    assert found.modified == tuple(named("func.return", 0))
    assert set(named("linalg.matmul", 0)) <= set(found.unchanged)
    assert not diff(recording(), 1, 1)


def test_a_fused_op_descends_from_all_its_members():
    step = recording().step_of("dispatch-creation")
    (fused,) = named("linalg.generic", step)
    found = trace.trace(recording(), fused)
    assert {*named("linalg.add", 0), *named("linalg.max", 0)} <= set(found.ancestors)
    assert [s.layer for s in found.sources] == ["dense/BiasAdd", "dense/Relu"]
    assert found.reason == "FuseElementwise"
    stages = {s.phase: s for s in found.stages}
    assert set(stages["import"].ancestors) >= set(named("linalg.add", 0))
    assert stages["flow"].itself and not stages["import"].itself


def test_a_vanished_op_names_the_pattern_that_removed_it():
    (add,) = named("linalg.add", 0)
    found = trace.vanished(recording(), add)
    assert found is not None
    assert (found.pattern, found.pass_name) == ("GeneralizeElementwise", "input-generalize")
    assert found.file.endswith("sample.py") and found.line > 1
    (matmul,) = named("linalg.matmul", 0)
    assert trace.trace(recording(), matmul).vanished.pattern == "ReplaceByDispatch"
    assert trace.vanished(recording(), named("func.func", 0)[0]) is None


def test_a_model_op_reaches_its_lines_of_assembly():
    (matmul,) = named("linalg.matmul", 0)
    found = trace.trace(recording(), matmul)
    assert set(named("arith.mulf", -1)) <= set(found.descendants)
    assert found.lines == ((0, 3), (0, 4))


def test_a_dispatch_reaches_the_code_that_it_runs():
    (dispatch,) = named("flow.dispatch", -1)
    (executable,) = named("hal.executable", -1)
    (mul,) = named("arith.mulf", -1)
    assert dispatch not in trace.descendants(recording(), [executable])
    assert executable not in trace.descendants(recording(), [dispatch])
    found = trace.trace(recording(), dispatch)
    assert {executable, mul} <= set(found.descendants)
    assert found.lines == ((0, 3), (0, 4))
    stages = {s.phase: s for s in found.stages}
    assert set(stages["flow"].descendants) >= {executable, mul}
    (matmul,) = named("linalg.matmul", 0)
    assert matmul in found.ancestors and not set(found.ancestors) & set(found.descendants)


def test_code_reaches_its_dispatches():
    (dispatch,) = named("flow.dispatch", -1)
    (mul,) = named("arith.mulf", -1)
    found = trace.trace(recording(), mul)
    assert dispatch in found.ancestors and found.lines == ((0, 3),)
    (add,) = named("linalg.add", 0)  # runs on the host here: no dispatch has it
    assert dispatch not in trace.trace(recording(), add).ancestors


def test_code_is_joined_by_executable_and_entry():
    calls = recording().calls
    (dispatch,) = named("flow.dispatch", -1)
    (mul,) = named("arith.mulf", -1)
    entry = ("main_dispatch_0", "main_dispatch_0_matmul_4x2x8_f32")
    assert calls.entries == {dispatch: {entry}}
    assert calls.inside[mul] == {entry}
    assert calls.inside[named("hal.executable", -1)[0]] == {("main_dispatch_0", "")}
    assert not calls.inside[named("func.func", 0)[0]]


def test_unknown_ops_are_key_errors():
    with pytest.raises(KeyError):
        trace.trace(recording(), 10**6)


def test_unexplained_ops_have_no_model_source():
    names = {recording().versions_of(op)[-1].name for op in trace.unexplained(recording(), 0)}
    assert "linalg.matmul" not in names and "func.func" in names


def test_dispatch_graph_connects_through_host_ops():
    found = graph.dispatch_graph(recording())
    assert found.function == "main"
    (dispatch,) = [n for n in found.nodes if n.kind == "dispatch"]
    assert dispatch.label == "main_dispatch_0_matmul_4x2x8_f32"
    (end,) = [n for n in found.nodes if n.kind == "return"]
    assert graph.Edge(dispatch.id, end.id, "tensor<4x2xf32>") in found.edges
    assert {e.source for e in found.edges if e.target == dispatch.id} == {-1, -2}


def test_op_graph_has_every_op_of_the_function():
    found = graph.op_graph(recording(), 0)
    assert [n.label for n in found.nodes if n.kind != "argument"] == [
        "arith.constant", "tensor.empty", "linalg.matmul", "linalg.add", "linalg.max",
        "func.return",
    ]  # fmt: skip
    (matmul,) = named("linalg.matmul", 0)
    (add,) = named("linalg.add", 0)
    assert graph.Edge(matmul, add, "tensor<4x2xf32>") in found.edges
    dot = found.to_dot()
    assert dot.startswith('digraph "main" {') and f"n{matmul} -> n{add}" in dot


def test_times_are_summarised():
    run = recording().runs[0]
    assert timing.spread(run.total_ns).median_ns == 1580
    assert run.dispatches[0].median_ns == 1000
    assert timing.unaccounted_ns(run) == 190  # the median of what each repetition has left
    assert timing.show_ns(1234567) == "1.23 ms"
    assert timing.spread([]).count == 0
    text = repr(run)
    assert "host clock" in text and text.index("matmul") < text.index("elementwise")
    assert timing.pass_times(recording())[0][0] == "executable-configurations-choose-tile-sizes"


def test_steps_count_from_the_end():
    assert recording().alive(-1) == recording().alive(recording().last_step)
    with pytest.raises(IndexError):
        recording().alive(99)
    with pytest.raises(KeyError):
        replace(recording(), phases=()).step_of("flow")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_order_keys_ascend_and_few_change(data: st.DataObject):
    keys = order.assign([None] * data.draw(st.integers(0, 6)))
    for _ in range(data.draw(st.integers(0, 30))):
        old: list[float | None] = list(keys)
        kind = data.draw(st.integers(0, 2))
        if kind == 0 or not old:
            place = data.draw(st.integers(0, len(old)))
            new = data.draw(st.integers(1, 4))
            keys = order.assign([*old[:place], *[None] * new, *old[place:]])
            kept = [*keys[:place], *keys[place + new :]]
            assert kept == old or keys == [float(i + 1) for i in range(len(keys))]
        elif kind == 1:
            place = data.draw(st.integers(0, len(old) - 1))
            keys = order.assign([*old[:place], *old[place + 1 :]])
            assert keys == [*old[:place], *old[place + 1 :]]
        else:
            moved = data.draw(st.permutations(old))
            keys = order.assign(moved)
        assert all(a < b for a, b in itertools.pairwise(keys))
