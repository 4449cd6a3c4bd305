# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Numerics value by value: what is compared with what, isolated and accumulated, kept and read."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest

from iree_explore.context import Cancelled
from iree_explore.errors import ModelError
from iree_explore.recording import schema
from iree_explore.recording.check import difference
from iree_explore.session import Session
from tests.recording.planted import planted
from tests.recording.test_bisect import RICH


@pytest.fixture(scope="module")
def session() -> Session:
    return Session(RICH).wait()


@pytest.mark.parametrize("mode", ["accumulated", "isolated"])
def test_every_stage_has_values_and_all_are_right(session: Session, mode: str) -> None:
    found = session.check(mode=mode)
    assert found.mode == mode and found.first_wrong is None
    assert [s.stage for s in found.stages][-2:] == ["executable-configurations", "llvm-cpu, run"]
    for stage in found.stages:
        own = [v for v in found.values if v.stage == stage.stage]
        assert len(own) >= 8, stage.stage
        assert not any(v.difference.wrong for v in own), own
    # Each dispatch that ran is compared, by its name, except the one whose result is moved on.
    ran = {v.name for v in found.values if v.stage == "llvm-cpu, run"}
    assert len(ran) >= 9 and all("dispatch" in name for name in ran)


def test_an_error_spreads_only_where_it_accumulates() -> None:
    with planted("LowerDivide") as done:
        broken = Session(RICH, stop="flow").wait()
    assert done

    def wrong(mode: str) -> list[str]:
        values = broken.check(mode=mode).values
        return [v.name for v in values if v.stage == "input" and v.difference.wrong]

    isolated, accumulated = wrong("isolated"), wrong("accumulated")
    assert len(isolated) == 1 < len(accumulated)
    assert broken.check(mode="isolated").first_wrong == "input"


def test_loops_are_compared_turn_by_turn() -> None:
    text = """func.func public @main(%x: tensor<4xf32>) -> tensor<4xf32> {
      %zero = stablehlo.constant dense<0> : tensor<i32>
      %end = stablehlo.constant dense<5> : tensor<i32>
      %one = stablehlo.constant dense<1> : tensor<i32>
      %r:2 = stablehlo.while(%i = %zero, %a = %x) : tensor<i32>, tensor<4xf32>
      cond {
        %p = stablehlo.compare LT, %i, %end : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %p : tensor<i1>
      } do {
        %n = stablehlo.add %i, %one : tensor<i32>
        %s = stablehlo.sine %a : tensor<4xf32>
        %m = stablehlo.add %s, %x : tensor<4xf32>
        stablehlo.return %n, %m : tensor<i32>, tensor<4xf32>
      }
      return %r#1 : tensor<4xf32>
    }"""
    looped = Session(text).wait()
    for mode in ("accumulated", "isolated"):
        found = looped.check(mode=mode)
        assert found.first_wrong is None and {v.stage for v in found.values} >= {"input", "stream"}


def test_checks_are_kept_in_the_recording(session: Session) -> None:
    before = len(session.recording.numerics)
    found = session.check(mode="isolated")
    assert session.find_wrong() is None
    record = session.recording.numerics[before]
    assert (record.mode, record.function, len(record.values)) == (
        "isolated",
        "main",
        len(found.values),
    )
    assert [s.state for s in record.stages] == ["right"] * len(found.stages)
    assert session.recording.found[-1].pass_name == ""
    ops = set(session.recording.versions.op)
    assert set(record.values.op) <= ops and set(record.values.reference) <= ops
    plain = json.dumps(schema.encode(session.recording))
    again = schema.decode(json.loads(plain))
    assert again.numerics == session.recording.numerics
    broken = json.loads(plain)
    broken["numerics"][0]["values"]["stage"][0] = 99
    with pytest.raises(schema.SchemaError, match=r"numerics\.values\.stage has '99'"):
        schema.decode(broken)


def test_what_was_found_names_its_event() -> None:
    with planted("LowerDivide"):
        broken = Session(RICH, stop="flow").wait()
        place = broken.find_wrong()
    assert place is not None
    record, recording = broken.recording.found[-1], broken.recording
    assert (record.pass_name, record.pattern) == ("input-lower-to-linalg", "LowerDivide")
    event = recording.events[record.event]
    assert recording.strings[event.pattern] == "LowerDivide" and event.step == record.step
    assert recording.steps[record.step].pass_name == record.pass_name
    assert record.cell == place.cell and record.op_ids and record.after > record.tolerance


def test_cancel_and_progress(session: Session) -> None:
    told: list[tuple[str, int, int]] = []
    cancel = threading.Event()

    def progress(stage: str, done: int, total: int) -> None:
        told.append((stage, done, total))
        if stage == "abi":
            cancel.set()

    with pytest.raises(Cancelled):
        session.check(progress=progress, cancel=cancel)
    assert told[:3] == [("import", 0, 11), ("input", 1, 11), ("abi", 2, 11)] and len(told) == 3
    with pytest.raises(ModelError, match="mode 'both'"):
        session.check(mode="both")


def test_differences_say_what_kind_they_are() -> None:
    wanted = np.array([1, 2, 1000], np.float32)
    near = difference(wanted, np.nextafter(wanted, np.float32(np.inf)))
    assert (near.ulp, near.differ, near.size, near.wrong) == (1.0, 3, 3, False)
    assert near.max_abs == pytest.approx(6.1e-5, rel=0.01)
    bad = difference(wanted, np.array([1, np.nan, np.inf], np.float32))
    assert (bad.nans, bad.infs, bad.differ, bad.wrong) == (1, 1, 2, True)
    assert difference(np.array([np.nan, 1]), np.array([np.nan, 1])).differ == 0
    exact = difference(np.array([1, 2]), np.array([1, 3]))
    assert (exact.ulp, exact.tolerance, exact.wrong) == (0.0, 0.0, True)
