# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Recordings survive a round trip; truncated, foreign and hostile files are typed errors."""

from __future__ import annotations

import copy
import functools
import gzip
import json
import pickle
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iree_explore.errors import ModelError
from iree_explore.recording import files, from_bytes, graph, load, save, timing, to_bytes, trace
from iree_explore.recording.diff import diff
from iree_explore.recording.schema import encode
from iree_explore.recording.text import assemble
from tests.browser import synthetic
from tests.recording.sample import sample


@functools.cache
def recorded() -> bytes:
    return to_bytes(sample())


@functools.cache
def as_json() -> str:
    return gzip.decompress(recorded()).decode()


def walk_everything(data: bytes) -> None:
    """Uses a loaded recording in every way there is."""
    recording = from_bytes(data)
    for step in range(len(recording.steps)):
        assemble(recording, step)
        diff(recording, 0, step)
    for op in recording.origins.op:
        trace.trace(recording, op)
    if recording.steps:
        graph.dispatch_graph(recording).to_dot()
    for run in recording.runs:
        timing.describe(run)
    timing.pass_times(recording)


def test_round_trip(tmp_path: Path):
    recording = sample()
    path = save(recording, tmp_path / "a.iexplore")
    again = load(path)
    assert json.dumps(encode(again)) == json.dumps(encode(recording))
    assert to_bytes(again) == to_bytes(recording)
    assert assemble(again) == assemble(recording)
    assert [p.name for p in tmp_path.iterdir()] == ["a.iexplore"]


def test_bytes_are_reproducible():
    assert to_bytes(sample()) == to_bytes(sample())


def test_schema_page_has_every_field():
    page = Path("docs/recording.md").read_text()
    for key, value in encode(sample()).items():
        assert key in page
        if isinstance(value, dict) and key not in ("opDocs", "passDocs"):
            assert all(name in page for name in value), key
        for item in value if isinstance(value, list | tuple) else ():
            if isinstance(item, dict):
                assert all(name in page for name in item), key


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "a.iexplore"
    save(sample(), path)
    old = path.read_bytes()

    def refuse(*_arguments: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(OSError, match="disk full"):
        save(sample(fail=True), path)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def test_missing_file(tmp_path: Path):
    with pytest.raises(ModelError) as caught:
        load(tmp_path / "none.iexplore")
    assert caught.value.code == "IX504"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a recording",
        pickle.dumps({"schema": "iexplore/1"}),
        gzip.compress(b"", mtime=0),
        gzip.compress(b"{}", mtime=0),
        gzip.compress(b"[]", mtime=0),
        gzip.compress(b'"iexplore/1"', mtime=0),
        gzip.compress(b'{"schema": "iexplore/1"}', mtime=0),
        gzip.compress(b'{"schema": 1}', mtime=0),
        gzip.compress(b"[" * 100_000, mtime=0),
        gzip.compress(b"1" * 10_000, mtime=0),
        gzip.compress(b"NaN", mtime=0),
        gzip.compress(b"\xff\xfe", mtime=0),
    ],
    ids=str,
)
def test_foreign_files_are_refused(data: bytes):
    with pytest.raises(ModelError) as caught:
        from_bytes(data)
    assert caught.value.code == "IX501"


def test_older_recordings_lack_what_came_later_and_words_are_the_schemas():
    text = as_json()
    data = json.loads(text)
    for phase in data["phases"]:
        del phase["target"]
    for run in data["runs"]:
        for key in ("roofline", "profiledNs", "busyNs", "betweenNs", "workerNs"):
            run.pop(key)
    older = from_bytes(gzip.compress(json.dumps(data).encode()))
    assert [phase.target for phase in older.phases] == [""] * len(data["phases"])
    assert all(run.roofline is None and run.busy_ns == () for run in older.runs)
    data["phases"][0]["state"] = "asleep"
    with pytest.raises(ModelError, match=r"asleep.*not one of pending, running, done, failed"):
        from_bytes(gzip.compress(json.dumps(data).encode()))


def test_a_run_recorded_before_dispatches_had_a_device_is_read():
    data = synthetic.recording()
    assert all("device" not in d for run in data["runs"] for d in run["dispatches"])
    runs = from_bytes(synthetic.packed(data)).runs
    assert {d.device for run in runs for d in run.dispatches} == {""}


def test_another_schema_version_is_named():
    data = gzip.compress(as_json().replace("iexplore/1", "iexplore/2", 1).encode())
    with pytest.raises(ModelError) as caught:
        from_bytes(data)
    assert caught.value.code == "IX503"
    assert "iexplore/2" in str(caught.value)


def test_a_gzip_bomb_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(files, "MAX_JSON_NBYTES", 1 << 20)
    with pytest.raises(ModelError, match="larger than a recording"):
        from_bytes(gzip.compress(b" " * (2 << 20)))


@pytest.mark.parametrize("fraction", [0.0, 0.01, 0.3, 0.7, 0.99])
def test_truncated_files_are_refused(fraction: float):
    with pytest.raises(ModelError) as caught:
        from_bytes(recorded()[: int(len(recorded()) * fraction)])
    assert caught.value.code == "IX501"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 30), st.binary(min_size=1, max_size=8))
def test_damaged_bytes_never_crash(place: int, noise: bytes):
    data = bytearray(recorded())
    at = place % len(data)
    data[at : at + len(noise)] = noise
    try:
        walk_everything(bytes(data))
    except ModelError as error:
        assert error.code in ("IX501", "IX503")


_VALUES = st.sampled_from(
    [None, True, -1, 0, 1, 3, 10**6, 2**60, 1.5, "", "x", "\x01" + "0\x03\x02", [], [0], [-5], {}]
)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1 << 30), _VALUES)
def test_changed_values_never_crash(seed: int, value: object):
    data = json.loads(as_json())
    generator = random.Random(seed)
    at = data
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = generator.choice(keys)
        if not isinstance(at[key], dict | list) or not at[key] or generator.random() < 0.15:
            at[key] = copy.deepcopy(value)
            break
        at = at[key]
    try:
        walk_everything(gzip.compress(json.dumps(data).encode(), 1))
    except ModelError as error:
        assert error.code in ("IX501", "IX503")
