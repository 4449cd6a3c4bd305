# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The text between single rewrites: the recording's ids, from its state before to that after."""

from __future__ import annotations

import json

import pytest

from iree_explore.errors import ModelError
from iree_explore.recording import schema
from iree_explore.recording.model import Recording, RewriteVersions
from iree_explore.session import Session
from tests.recording.test_bisect import RICH


@pytest.fixture(scope="module")
def session() -> Session:
    return Session(RICH).wait()


def step_of(recording: Recording, name: str, scope: str = "") -> int:
    return next(
        i for i, s in enumerate(recording.steps) if s.pass_name == name and scope in ("", s.scope)
    )


def texts(recording: Recording, record: RewriteVersions, k: int) -> dict[int, int]:
    """Text of every op after `k` rewrites, by id."""
    before = recording.alive(record.step - 1)
    gone = dict(zip(record.gone[::2], record.gone[1::2], strict=True))
    found = {op: recording.versions.text[v] for op, v in before.items() if gone.get(op, k + 1) > k}
    v = record.versions
    for i, op in enumerate(v.op):
        if v.birth[i] <= k and (v.death[i] < 0 or v.death[i] > k):
            found[op] = v.text[i]
    return found


@pytest.mark.parametrize(
    "name",
    ["input-lower-to-linalg", "flow-outline-dispatch-regions", "stream-schedule-execution",
     "executable-targets-vectorize-generic", "vm-convert-to-vm"],
)  # fmt: skip
def test_the_last_rewrite_leaves_what_is_recorded(session: Session, name: str) -> None:
    step = step_of(session.recording, name)
    session.rewrites(step)
    recording = session.recording
    record = next(r for r in recording.rewrites if r.step == step)
    first, last = recording.steps[step].events
    assert record.count == last - first > 0 and record.stride == 1
    after = {op: recording.versions.text[v] for op, v in recording.alive(step).items()}
    assert texts(recording, record, record.count) == after
    for k in range(1, record.count + 1):
        event = recording.events[first + k - 1]
        before, now = texts(recording, record, k - 1), texts(recording, record, k)
        assert set(recording.sets[event.created]) & set(before) == set()
        if name == "input-lower-to-linalg":  # others take ops out and put them elsewhere
            assert not set(recording.sets[event.deleted]) & set(now)
        assert before != now or not recording.sets[event.created], (k, event)


def test_they_are_kept_once_and_read_back(session: Session) -> None:
    step = step_of(session.recording, "input-lower-to-linalg")
    session.rewrites(step)
    count = len(session.recording.rewrites)
    session.rewrites(step)
    assert len(session.recording.rewrites) == count
    plain = json.dumps(schema.encode(session.recording))
    again = schema.decode(json.loads(plain))
    assert again.rewrites[0].versions == session.recording.rewrites[0].versions
    broken = json.loads(plain)
    broken["rewrites"][0]["count"] += 1
    with pytest.raises(schema.SchemaError, match="rewrites has"):
        schema.decode(broken)


def test_a_step_without_a_pass_is_refused(session: Session) -> None:
    session.rewrites(step_of(session.recording, "vm-serialize-executables"))
    with pytest.raises(ModelError, match="step 0 is none of 1"):
        session.rewrites(0)
