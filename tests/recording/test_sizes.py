# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`session.shapes` says in numbers what a call does: held against calls."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from iree_explore.errors import ModelError
from iree_explore.hal.runtime import Buffer, Device
from iree_explore.recording import from_bytes, to_bytes
from iree_explore.recording.sizes import SymbolicSizes
from iree_explore.session import Session
from tests.recording.shapes_sample import SOURCE, sample


@functools.cache
def session() -> Session:
    return Session(SOURCE.replace("CONFLICT", "")).wait(120)


def inputs(batch: int, length: int) -> list[np.ndarray]:
    random = np.random.default_rng(batch)
    shapes = ((batch, length, 16), (16, 8), (batch, length, 8))
    return [random.standard_normal(shape).astype(np.float32) for shape in shapes]


@contextmanager
def allocations(device: Device) -> Iterator[list[tuple[str, int]]]:
    """What the device is asked for meanwhile: ("transient", bytes), and ("back", bytes)."""
    log: list[tuple[str, int]] = []
    allocate, deallocate = device.allocate, device.deallocate

    def watched(nbytes: int, lifetime: str) -> Buffer:
        log.append((lifetime, nbytes))
        return allocate(nbytes, lifetime)

    def given_back(buffer: Buffer) -> None:
        log.append(("back", buffer.nbytes))
        deallocate(buffer)

    patched: Any = device
    patched.allocate, patched.deallocate = watched, given_back
    try:
        yield log
    finally:
        del patched.allocate, patched.deallocate


@pytest.mark.parametrize(
    ("batch", "length"), [(4, 7), (1, 1), (0, 3), (3, 0), (65, 130), (2, 9000)]
)
def test_numbers_are_those_of_a_call(batch: int, length: int):
    given = inputs(batch, length)
    told = session().shapes.evaluate({"batch": batch, "length": length})
    run = session().run("local-sync", 1, given)
    assert [d.workgroups for d in told.dispatches] == [d.workgroups for d in run.dispatches]
    assert [(d.op,) for d in told.dispatches] == [d.op_ids for d in run.dispatches]

    module = session()._module_on(None, "local-sync")
    backend: Any = module._backend
    with allocations(backend.device) as log:
        (result,) = backend.call("main", given)  # not directly: the device is asked each time
    assert told.results == (result.shape,)
    assert told.arguments == {n: x.shape for n, x in zip("xwb", given, strict=True)}
    slabs = [n for kind, n in log if kind == "transient"]  # none where nothing is computed
    assert told.peak_transient_nbytes == max(slabs, default=0)
    assert told.memory["result"] == sum(n for kind, n in log if kind == "external")
    assert told.memory["argument"] == sum(x.nbytes for x in given)
    assert told.nbytes == sum(x.nbytes for x in given) + 3 * result.nbytes


def test_sizes_are_those_of_the_first_run_unless_given():
    own = Session(SOURCE.replace("CONFLICT", "")).wait(120)
    with pytest.raises(ModelError, match="batch has no size: dimension 0 of argument x"):
        own.shapes.evaluate()
    own.run("local-sync", 1, inputs(2, 3))
    own.run("local-sync", 1, inputs(5, 6))
    assert own.shapes.evaluate().sizes == {"batch": 2, "length": 3, "b_d0": 2, "b_d1": 3}
    assert own.shapes.evaluate({"length": 8}).results == ((2, 8, 8),)


def test_ops_say_what_stands_for_their_unknown_sizes():
    shapes = session().shapes
    (dense, *_) = [v for v in session().stages["flow"].ops if v.name == "flow.dispatch"]
    assert [str(r) for r in shapes.of(dense)] == ["tensor<batchxlengthx8xf32>"]
    assert shapes.evaluate({"batch": 2, "length": 3}).of(dense) == ((2, 3, 8),)
    slab = next(v for v in session().stages["stream"].ops if v.name == "stream.resource.alloca")
    assert shapes.of(slab)[0].sizes == ("64*ceildiv(batch*length, 2)",)
    with pytest.raises(KeyError, match="no op 123456"):
        shapes.of(123456)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"rows": 3}, "no symbol 'rows': there are batch, length"),
        ({"batch": 3}, "length has no size"),
        ({"batch": 3, "length": -1}, "length is -1; it is at least 0"),
        ({"batch": 3, "length": 4, "b_d0": 5}, "b_d0 is batch, 3 here, not 5"),
    ],
)
def test_sizes_that_no_call_has_are_refused(sizes: dict[str, int], message: str):
    with pytest.raises(ModelError, match=message) as caught:
        unsampled().evaluate(sizes)
    assert caught.value.code == "IX302"


@functools.cache
def unsampled() -> SymbolicSizes:
    from tests.recording.shapes_sample import compile_sample

    return SymbolicSizes(compile_sample()[0].recording())


def test_a_saved_recording_answers_as_the_session_does():
    loaded = SymbolicSizes(from_bytes(to_bytes(sample())))
    told, own = loaded.evaluate(), session().shapes.evaluate({"batch": 4, "length": 7})
    assert repr(told) == repr(own)
    assert told.dispatches == own.dispatches
    assert [s.name for s in loaded.symbols] == ["batch", "length", "b_d0", "b_d1"]
    assert loaded.functions == ("main",)


def test_a_program_without_unknown_sizes_has_no_symbols():
    static = Session(
        "func.func @main(%a: tensor<4xf32>) -> tensor<4xf32> { return %a : tensor<4xf32> }"
    )
    assert static.wait(60).shapes.symbols == ()
    with pytest.raises(ModelError, match="IX304"):
        static.shapes.evaluate({})
