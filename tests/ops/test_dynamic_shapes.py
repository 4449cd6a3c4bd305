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
