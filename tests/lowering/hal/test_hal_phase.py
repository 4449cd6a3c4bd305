# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The hal phase: what recordings depend on, and what they bind."""

from __future__ import annotations

from iree_explore.hal.passes.convert_to_hal import ConvertToHAL
from tests.lowering.phases import lines, run_pass

EXECUTABLE = """hal.executable @e {
  hal.executable.variant @cpu target(<"llvm-cpu", "embedded-elf-x86_64", {}>) {
    hal.executable.export @e ordinal(0 : index)
      layout(<constants = 2, bindings = [#hal.pipeline.binding<storage_buffer>]>) {
    ^bb0(%w: index):
      %four = arith.constant 4 : index
      %one = arith.constant 1 : index
      %x = arith.ceildivui %w, %four : index
      hal.return %x, %one, %one : index, index, index
    }
    builtin.module {
    }
  }
}
"""


def program(size: str, extra: str = "") -> str:
    return (
        EXECUTABLE
        + f"""
    func.func public @main(%v: !hal.buffer_view, %p: f32) -> !hal.buffer_view {{
      %zero = arith.constant 0 : index
      {size}
      {extra}
      %y = stream.resource.alloca uninitialized : !stream.resource<external>{{%n}}
      %t = stream.cmd.execute {{
        stream.cmd.dispatch @e::@e[%n] scalars(%n : index)
          bindings "w"(%y : !stream.resource<external>) [%zero for %n] layout "sb"
      }}
      %r = stream.tensor.export %y : !stream.resource<external>{{%n}} -> tensor<?xi8>{{%n}}
      stream.timepoint.await %t
      func.return %r : !hal.buffer_view
    }}"""
    )


def test_static_recording_has_no_keys_and_known_workgroup_counts():
    text = run_pass(program("%n = arith.constant 10 : index"), ConvertToHAL())
    assert len(lines(text, "hal.device.memoize")) == 1 and "keys" not in text
    assert "@main_commands_0(%device: !hal.device)" in text
    assert lines(text, "arith.constant 3 : index")  # workgroups of 10 bytes, 4 each
    recording = text[text.index("@main_commands_0(") : text.index("@main(")]
    assert "ceildivui" not in recording


def test_what_follows_from_a_key_is_computed_in_the_recording():
    size = """%d = hal.buffer_view.dim %v dim(0 : i64) : index
      %two = arith.constant 2 : index
      %n = arith.muli %d, %two : index"""
    text = run_pass(program(size), ConvertToHAL())
    recording = text[text.index("@main_commands_0(") : text.index("@main(")]
    assert "(%device: !hal.device, %d: index)" in recording
    assert "arith.muli" in recording and "arith.ceildivui" in recording
    assert "keys(%d : index)" in text


def test_weights_are_bound_directly_and_the_rest_by_slot():
    text = run_pass(
        """util.global private @w : !stream.resource<constant>
        func.func public @main(%v: !hal.buffer_view) {
          %n = arith.constant 64 : index
          %zero = arith.constant 0 : index
          %w = util.global.load @w : !stream.resource<constant>
          %y = stream.resource.alloca uninitialized : !stream.resource<transient>{%n}
          %t = stream.cmd.execute {
            stream.cmd.copy %w[%zero], %y[%zero], %n
              : !stream.resource<constant> -> !stream.resource<transient>
            stream.cmd.fill %zero, %y[%zero for %n] : index -> !stream.resource<transient>
          }
          stream.resource.dealloca await(%t) => %y : !stream.resource<transient>{%n}
          stream.timepoint.await %t
          func.return
        }""",
        ConvertToHAL(),
    )
    (copy,) = lines(text, "hal.command_buffer.copy_buffer")
    assert "!hal.buffer)" in copy and ": index)" in copy
    assert len(lines(text, "hal.command_buffer.execution_barrier")) == 1
    (execute,) = lines(text, "hal.device.queue.execute.indirect")
    assert execute.endswith("bindings(%y)")
    main = text[text.index("@main(") :]
    assert "util.global.load" not in main


def test_waves_have_one_barrier_between_them():
    text = run_pass(
        """func.func public @main(%v: !hal.buffer_view) {
          %n = arith.constant 64 : index
          %zero = arith.constant 0 : index
          %x = stream.tensor.import %v : tensor<64xi8> -> !stream.resource<external>{%n}
          %a = stream.resource.alloca uninitialized : !stream.resource<external>{%n}
          %b = stream.resource.alloca uninitialized : !stream.resource<external>{%n}
          %t = stream.cmd.execute {
            stream.cmd.concurrent {
              stream.cmd.copy %x[%zero], %a[%zero], %n
                : !stream.resource<external> -> !stream.resource<external>
              stream.cmd.copy %x[%zero], %b[%zero], %n
                : !stream.resource<external> -> !stream.resource<external>
            }
            stream.cmd.copy %a[%zero], %b[%zero], %n
              : !stream.resource<external> -> !stream.resource<external>
          }
          stream.timepoint.await %t
          func.return
        }""",
        ConvertToHAL(),
    )
    rows = [t for t in text.splitlines() if "copy_buffer" in t or "barrier" in t]
    assert ["barrier" in t for t in rows] == [False, False, True, False]
