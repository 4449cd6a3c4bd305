# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The executable-sources phase: parameters of entry points become an interface."""

from __future__ import annotations

import pytest

from iree_explore.errors import GapError
from iree_explore.hal.passes.materialize_interfaces import MaterializeInterfaces
from tests.lowering.phases import lines, run_pass


def entry(parameters: str, body: str = "") -> str:
    return f"""stream.executable @e {{
      stream.executable.export @e(@e)
      builtin.module {{
        func.func @e({parameters}) {{
          {body}
          func.return
        }}
      }}
    }}"""


@pytest.mark.parametrize(
    ("type_", "words"),
    [("index", 2), ("i64", 2), ("f64", 2), ("i32", 1), ("f32", 1), ("f16", 1), ("i8", 1), ("i1", 1),
     ("complex<f32>", 2)],
)  # fmt: skip
def test_scalars_take_as_many_constants_as_they_need(type_, words):
    text = run_pass(entry(f"%s: {type_}"), MaterializeInterfaces())
    assert f"constants = {words}" in lines(text, "hal.executable.export")[0]
    assert len(lines(text, "hal.interface.constant.load")) == words


def test_bindings_keep_their_order_and_say_what_is_only_read():
    text = run_pass(
        entry(
            "%a: !stream.binding, %n: index, %b: !stream.binding",
            """%0 = stream.binding.subspan %a{%n}
              : !iree_tensor_ext.dispatch.tensor<readonly:tensor<?xf32>>
            %1 = stream.binding.subspan %b
              : !iree_tensor_ext.dispatch.tensor<writeonly:tensor<4xf32>>""",
        ),
        MaterializeInterfaces(),
    )
    first, second = lines(text, "hal.interface.binding.subspan")
    assert "binding(0 : index) {%n}" in first and "tensor<?xf32>" in first
    assert "binding(1 : index)" in second and "tensor<4xf32>" in second
    assert '[#hal.pipeline.binding<storage_buffer, "ReadOnly">, #hal.pipeline.binding<' in text
    assert lines(text, "^bb0(")[0].endswith(": index):")  # the workload of the count region


def test_types_that_cannot_be_passed_are_a_gap():
    with pytest.raises(GapError, match="no scalar of type i128"):
        run_pass(entry("%s: i128"), MaterializeInterfaces())
