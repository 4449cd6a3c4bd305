# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What leaves a recording for other tools: Chrome traces, Graphviz; and memory, which they lack."""

from __future__ import annotations

import itertools
import json
import shutil
from dataclasses import replace

import pytest

from iree_explore.errors import ModelError
from iree_explore.hal.runtime import busy_ns
from iree_explore.recording import chrome_trace, memory
from iree_explore.recording.graph import Graph, Node
from tests.recording.measured import recording, session


def test_the_trace_is_one_that_perfetto_reads(tmp_path):
    """The trace event format's rules for metadata and complete events."""
    path = session().to_chrome_trace(tmp_path / "trace.json")
    trace = json.loads(path.read_text())
    assert trace["displayTimeUnit"] in ("ms", "ns")
    names = {}
    for event in trace["traceEvents"]:
        assert type(event["pid"]) is int and type(event["tid"]) is int and event["name"]
        assert event["ph"] in ("M", "X")
        if event["ph"] == "M":
            assert event["name"] in ("process_name", "thread_name")
            names[event["pid"], event["tid"]] = event["args"]["name"]
        else:
            assert isinstance(event["ts"], int | float) and event["ts"] >= 0
            assert isinstance(event["dur"], int | float) and event["dur"] >= 0
            assert (event["pid"], event["tid"]) in names  # every track is named
    assert {"phases", "passes", "call", "dispatches"} <= set(names.values())
    assert names[3, 0] == "run 2: main on local-task"


def test_events_of_a_track_nest_or_follow_each_other():
    """What overlaps otherwise is drawn wrongly; dispatches lie inside their call."""
    tracks: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for e in chrome_trace.events(recording()):
        if e["ph"] == "X":
            tracks.setdefault((e["pid"], e["tid"]), []).append((e["ts"], e["ts"] + e["dur"]))
    for spans in tracks.values():
        for (_, end), (begin, _) in itertools.pairwise(spans):
            assert begin >= end - 1e-3
    for run in (2, 3):
        (call,) = tracks[run, 1]
        assert all(begin >= 0 and end <= call[1] for begin, end in tracks[run, 2])
    passes = sum(s.elapsed_ns for s in recording().steps) / 1e3
    assert sum(end - begin for begin, end in tracks[1, 1]) == pytest.approx(passes)


def test_dispatches_begin_when_they_did():
    run = recording().runs[0]
    starts = chrome_trace.placed(run)
    assert 0 < starts[0] < starts[1] < run.last_profiled_ns
    older = replace(run, dispatches=tuple(replace(d, begin_ns=-1) for d in run.dispatches))
    assert chrome_trace.placed(older) == [0, run.dispatches[0].samples_ns[-1]]
    assert busy_ns([(0, 5), (3, 8), (10, 11)]) == 9


def test_transients_live_from_their_write_to_their_last_read():
    (slab,) = memory.slabs(recording())
    assert slab.nbytes == 4 * 16 * 4 and len(slab.commands) == 2
    (kept,) = slab.lifetimes
    assert (kept.offset, kept.nbytes, kept.first, kept.last) == (0, 256, 0, 1)
    assert kept.ops == tuple(op for op, _ in slab.commands)
    assert "matmul_4x16x8" in kept.name and slab.live_nbytes == (256, 256)


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphs_are_drawn_by_graphviz(tmp_path):
    found = session().stages["flow"].graph
    text = found.to_svg(tmp_path / "g.svg")
    assert (tmp_path / "g.svg").read_text() == text and text.count('class="node"') == 4
    assert ">4x16xf32<" in text and ">4x16xf32<" not in found.to_svg(types=False)
    assert found.to_dot(tmp_path / "g.dot") == (tmp_path / "g.dot").read_text()
    bundle = found._repr_mimebundle_()
    assert "<svg" in bundle["image/svg+xml"] and "matmul" in bundle["text/plain"]
    many = Graph(0, "f", tuple(Node(i, "op", "a") for i in range(1000)), ())
    with pytest.raises(ModelError, match="IX507") as caught:
        many.to_svg()
    assert "1000 nodes" in str(caught.value)


def test_without_graphviz_there_is_dot_and_an_error_that_says_so(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _name: None)
    found = session().stages["flow"].graph
    assert found.to_dot().startswith("digraph")
    with pytest.raises(ModelError, match="not installed"):
        found.to_svg()
