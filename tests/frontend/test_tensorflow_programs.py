# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every program of the sweep equals TensorFlow, or is refused with the error meant for it.

Unknown sizes go all the way down; known ones, which are easier, to the reference.
"""

from __future__ import annotations

import pytest

pytest.importorskip("tensorflow")

import iree_explore as ie
from tests.frontend.tensorflow_programs import PROGRAMS
from tests.frontend.tensorflow_sweep import compare, ours, theirs

ACCEPTED = [name for name, program in PROGRAMS.items() if not program.refused]
REFUSED = [name for name, program in PROGRAMS.items() if program.refused]
FORMS = [
    pytest.param(name, known, id=f"{name}-{'known' if known else 'unknown'} sizes")
    for name in ACCEPTED
    for known in ((True,) if PROGRAMS[name].static else (True, False))
]


@pytest.mark.parametrize("name, known", FORMS)
def test_program_equals_tensorflow(name: str, known: bool) -> None:
    program = PROGRAMS[name]
    target = "reference" if known and not program.static else "llvm-cpu"
    results = ours(program, target, known)
    compare(results, theirs(program), program.tolerance)


@pytest.mark.parametrize("known", [True, False], ids=["known sizes", "unknown sizes"])
@pytest.mark.parametrize("name", REFUSED)
def test_program_without_tensors_is_refused(name: str, known: bool) -> None:
    program = PROGRAMS[name]
    with pytest.raises(ie.ModelError) as refused:
        ours(program, "reference", known)
    assert refused.value.code == program.refused
