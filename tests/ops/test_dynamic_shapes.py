# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One compilation serves every shape: hypothesis draws the sizes, 0 and 1 often among them."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import iree_explore as ie

from . import dynamic_moves, dynamic_programs
from .dynamic_programs import Draw
from .targets import returned

PROGRAMS = {**dynamic_programs.PROGRAMS, **dynamic_moves.PROGRAMS}
DEVICES = {"llvm-cpu": "local-sync", "reference": "reference"}


@functools.cache
def compiled(name: str, target: str) -> ie.CompiledModule:
    return ie.compile(PROGRAMS[name].text, target=target, device=DEVICES[target])


@pytest.mark.parametrize("name", PROGRAMS)
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_any_shape(name: str, data: st.DataObject) -> None:
    program = PROGRAMS[name]
    inputs = program.draw(Draw(data))
    with np.errstate(all="ignore"):
        define = program.wanted or compiled(name, "reference").main
        wanted = returned(define(*inputs))
    found = returned(compiled(name, "llvm-cpu").main(*inputs))
    for mine, other in zip(found, wanted, strict=True):
        assert mine.shape == other.shape
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-4)


def at(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


OUTSIDE = {
    "slice": ([at(3, 3)], "a slice to 5 in dimension 0, which has 3"),
    "dynamic slice": ([at(1, 1), np.int32(0), np.int32(0)], "slices of 2 elements"),
    "dynamic update slice": (
        [at(4, 1), at(2, 3), np.int32(0), np.int32(0)],
        "an update of 3 elements in dimension 1, which has 1",
    ),
    "gather rows": ([at(0, 2), ints(1, 0)], "slices of 1 elements in dimension 0, which has 0"),
    "scatter rows": ([at(2, 3), ints(0), at(1, 5)], "windows of 5 elements in dimension 1"),
    "top k": ([at(2, 2)], "the largest 3 in dimension 1, which has 2"),
    "reshape": ([at(2, 3), ints(4, 2)], "6 elements cannot have a shape of 8"),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_lies_outside_of_memory_is_an_error(name: str) -> None:
    inputs, message = OUTSIDE[name]
    with pytest.raises(ie.Error, match=message) as raised:
        compiled(name, "llvm-cpu").main(*inputs)
    assert raised.value.code == "IX307"


def test_nothing_is_read_of_empty_tables_for_no_indices() -> None:
    assert compiled("gather rows", "llvm-cpu").main(at(0, 2), ints()).shape == (0, 2)
