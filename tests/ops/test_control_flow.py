# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Control flow, tuples, tokens and composites through the whole pipeline, sizes known or not."""

from __future__ import annotations

import numpy as np
import pytest

import iree_explore as ie

from .targets import run

TARGETS = ("reference", "llvm-cpu")


GROWING = """
func.func @main(%x: tensor<?xf32>, %n: tensor<i32>) -> (tensor<?xf32>, tensor<i32>) {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %r:2 = stablehlo.while(%i = %zero, %v = %x) : tensor<i32>, tensor<?xf32>
  cond {
    %p = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %p : tensor<i1>
  } do {
    %j = stablehlo.add %i, %one : tensor<i32>
    %w = stablehlo.concatenate %v, %v, dim = 0 : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    %u = stablehlo.add %w, %w : tensor<?xf32>
    stablehlo.return %j, %u : tensor<i32>, tensor<?xf32>
  }
  return %r#1, %r#0 : tensor<?xf32>, tensor<i32>
}
"""


EMPTY_AT_FIRST = """
func.func @main(%n: tensor<i32>) -> tensor<?x2xi32> {
  %one = stablehlo.constant dense<1> : tensor<i32>
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %row = stablehlo.constant dense<[[0, 4]]> : tensor<1x2xi32>
  %none = stablehlo.constant dense<> : tensor<0x2xi32>
  %first = tensor.cast %none : tensor<0x2xi32> to tensor<?x2xi32>
  %r:2 = stablehlo.while(%i = %zero, %v = %first) : tensor<i32>, tensor<?x2xi32>
  cond {
    %p = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %p : tensor<i1>
  } do {
    %j = stablehlo.add %i, %one : tensor<i32>
    %w = stablehlo.concatenate %v, %row, dim = 0
        : (tensor<?x2xi32>, tensor<1x2xi32>) -> tensor<?x2xi32>
    stablehlo.return %j, %w : tensor<i32>, tensor<?x2xi32>
  }
  return %r#1 : tensor<?x2xi32>
}
"""


@pytest.mark.parametrize("target", TARGETS)
def test_loop_begins_with_an_empty_constant(target: str) -> None:
    module = ie.compile(EMPTY_AT_FIRST, target=target)
    for n in (0, 3):
        wanted = np.tile(np.array([[0, 4]], np.int32), (n, 1))
        np.testing.assert_array_equal(module.main(np.int32(n)), wanted)


@pytest.mark.parametrize("target", TARGETS)
def test_loop_carries_a_tensor_that_grows(target: str) -> None:
    x = np.array([1, 2, 3], np.float32)
    module = ie.compile(GROWING, target=target)
    for n in (0, 1, 3):
        got, count = module.main(x, np.int32(n))
        np.testing.assert_array_equal(np.asarray(got), np.tile(x, 2**n) * 2**n)
        assert int(np.asarray(count)) == n


KEEPING = """
func.func @main(%x: tensor<?x3xf32>, %w: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i64>
  %one = stablehlo.constant dense<1> : tensor<i64>
  %n = stablehlo.constant dense<4> : tensor<i64>
  %r:2 = stablehlo.while(%i = %zero, %v = %x) : tensor<i64>, tensor<?x3xf32>
  cond {
    %p = stablehlo.compare LT, %i, %n : (tensor<i64>, tensor<i64>) -> tensor<i1>
    stablehlo.return %p : tensor<i1>
  } do {
    %j = stablehlo.add %i, %one : tensor<i64>
    %u = stablehlo.add %v, %w : tensor<?x3xf32>
    stablehlo.return %j, %u : tensor<i64>, tensor<?x3xf32>
  }
  %0 = stablehlo.multiply %r#1, %w : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
"""


@pytest.mark.parametrize("target", TARGETS)
def test_loop_keeps_an_unknown_size(target: str) -> None:
    rng = np.random.default_rng(0)
    x, w = (rng.integers(-4, 4, (5, 3)).astype(np.float32) for _ in range(2))
    np.testing.assert_array_equal(run(KEEPING, x, w, target=target)[0], (x + 4 * w) * w)


NESTED = """
func.func @main(%x: tensor<?xi32>) -> (tensor<?xi32>, tensor<i32>) {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %three = stablehlo.constant dense<3> : tensor<i32>
  %r:3 = stablehlo.while(%i = %zero, %v = %x, %t = %zero)
      : tensor<i32>, tensor<?xi32>, tensor<i32>
  cond {
    %p = stablehlo.compare LT, %i, %three : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %p : tensor<i1>
  } do {
    %s:3 = stablehlo.while(%j = %zero, %u = %v, %k = %t)
        : tensor<i32>, tensor<?xi32>, tensor<i32>
    cond {
      %p = stablehlo.compare LE, %j, %i : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %p : tensor<i1>
    } do {
      %a = stablehlo.add %j, %one : tensor<i32>
      %c = stablehlo.constant dense<0> : tensor<i32>
      %b = stablehlo.pad %u, %a, low = [1], high = [0], interior = [0]
          : (tensor<?xi32>, tensor<i32>) -> tensor<?xi32>
      %m = stablehlo.add %k, %j : tensor<i32>
      stablehlo.return %a, %b, %m : tensor<i32>, tensor<?xi32>, tensor<i32>
    }
    %q = stablehlo.add %i, %one : tensor<i32>
    stablehlo.return %q, %s#1, %s#2 : tensor<i32>, tensor<?xi32>, tensor<i32>
  }
  return %r#1, %r#2 : tensor<?xi32>, tensor<i32>
}
"""


@pytest.mark.parametrize("target", TARGETS)
def test_loop_in_a_loop(target: str) -> None:
    got, total = run(NESTED, np.array([7], np.int32), target=target)
    np.testing.assert_array_equal(got, [3, 2, 1, 2, 1, 1, 7])
    assert int(total) == 0 + 0 + 1 + 0 + 1 + 2


CHOICE = """
func.func @main(%p: tensor<i1>, %x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %0 = "stablehlo.if"(%p) ({
    %1 = stablehlo.concatenate %x, %y, dim = 0 : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    stablehlo.return %1 : tensor<?xf32>
  }, {
    %1 = stablehlo.negate %y : tensor<?xf32>
    stablehlo.return %1 : tensor<?xf32>
  }) : (tensor<i1>) -> tensor<?xf32>
  %2 = stablehlo.add %0, %0 : tensor<?xf32>
  return %2 : tensor<?xf32>
}
"""


@pytest.mark.parametrize("target", TARGETS)
def test_branches_have_sizes_of_their_own(target: str) -> None:
    x, y = np.arange(3, dtype=np.float32), np.arange(2, dtype=np.float32) + 5
    module = ie.compile(CHOICE, target=target)
    for p, want in ((True, np.concatenate([x, y])), (False, -y)):
        np.testing.assert_array_equal(np.asarray(module.main(np.bool_(p), x, y)), 2 * want)


MEASURED = """
func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<f32>) {
  %limit = stablehlo.constant dense<100.0> : tensor<f32>
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %r = stablehlo.while(%v = %x) : tensor<4xf32>
  cond {
    %s = stablehlo.reduce(%v init: %zero) applies stablehlo.add across dimensions = [0]
        : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
    %p = stablehlo.compare LT, %s, %limit : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %p : tensor<i1>
  } do {
    %u = stablehlo.add %v, %v : tensor<4xf32>
    stablehlo.return %u : tensor<4xf32>
  }
  %s = stablehlo.reduce(%r init: %zero) applies stablehlo.add across dimensions = [0]
      : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
  return %r, %s : tensor<4xf32>, tensor<f32>
}
"""


@pytest.mark.parametrize("target", TARGETS)
def test_condition_that_the_device_computes(target: str) -> None:
    got, total = run(MEASURED, np.array([1, 2, 3, 4], np.float32), target=target)
    np.testing.assert_array_equal(got, [16, 32, 48, 64])
    assert float(total) == 160


MANY = """
func.func @main(%n: tensor<i32>, ARGUMENTS) -> (TYPES) {
  %z = stablehlo.constant dense<0> : tensor<i32>
  %r:COUNT = stablehlo.while(%i = %z, PAIRS) : tensor<i32>, TYPES
  cond {
    %p = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %p : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %j = stablehlo.add %i, %one : tensor<i32>
    stablehlo.return %j, ROTATED : tensor<i32>, TYPES
  }
  return RESULTS : TYPES
}
"""


@pytest.mark.parametrize("target", TARGETS)
def test_many_carried_values_change_places(target: str) -> None:
    k = 9
    rows = {
        "ARGUMENTS": ", ".join(f"%a{i}: tensor<2xf32>" for i in range(k)),
        "TYPES": ", ".join(["tensor<2xf32>"] * k),
        "COUNT": str(k + 1),
        "PAIRS": ", ".join(f"%v{i} = %a{i}" for i in range(k)),
        "ROTATED": ", ".join(f"%v{(i + 1) % k}" for i in range(k)),
        "RESULTS": ", ".join(f"%r#{i + 1}" for i in range(k)),
    }
    text = MANY
    for name, value in rows.items():
        text = text.replace(name, value)
    inputs = [np.array([i, -i], np.float32) for i in range(k)]
    got = run(text, np.array(4, np.int32), *inputs, target=target)
    for i, x in enumerate(got):
        np.testing.assert_array_equal(x, inputs[(i + 4) % k])


TUPLES = """
func.func @main(%t: tuple<tensor<2xf32>, tuple<tensor<i32>, !stablehlo.token>, tensor<?xf32>>)
    -> (tuple<tensor<2xf32>, tuple<tensor<?xf32>>>, tensor<i32>) {
  %0 = stablehlo.get_tuple_element %t[1] : (tuple<tensor<2xf32>, tuple<tensor<i32>,
      !stablehlo.token>, tensor<?xf32>>) -> tuple<tensor<i32>, !stablehlo.token>
  %1 = stablehlo.get_tuple_element %0[0] : (tuple<tensor<i32>, !stablehlo.token>) -> tensor<i32>
  %k = stablehlo.get_tuple_element %0[1]
      : (tuple<tensor<i32>, !stablehlo.token>) -> !stablehlo.token
  %2 = stablehlo.get_tuple_element %t[0] : (tuple<tensor<2xf32>, tuple<tensor<i32>,
      !stablehlo.token>, tensor<?xf32>>) -> tensor<2xf32>
  %3 = stablehlo.get_tuple_element %t[2] : (tuple<tensor<2xf32>, tuple<tensor<i32>,
      !stablehlo.token>, tensor<?xf32>>) -> tensor<?xf32>
  %c = stablehlo.create_token : !stablehlo.token
  %a = stablehlo.after_all %k, %c : !stablehlo.token
  %b:2 = stablehlo.optimization_barrier %1, %a : tensor<i32>, !stablehlo.token
  %p = stablehlo.tuple %2, %b#1 : tuple<tensor<2xf32>, !stablehlo.token>
  %z = stablehlo.constant dense<0> : tensor<i32>
  %w:2 = stablehlo.while(%i = %z, %q = %p) : tensor<i32>, tuple<tensor<2xf32>, !stablehlo.token>
  cond {
    %l = stablehlo.compare LT, %i, %1 : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %l : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %j = stablehlo.add %i, %one : tensor<i32>
    %e = stablehlo.get_tuple_element %q[0]
        : (tuple<tensor<2xf32>, !stablehlo.token>) -> tensor<2xf32>
    %f = stablehlo.get_tuple_element %q[1]
        : (tuple<tensor<2xf32>, !stablehlo.token>) -> !stablehlo.token
    %g = stablehlo.add %e, %e : tensor<2xf32>
    %h = stablehlo.tuple %g, %f : tuple<tensor<2xf32>, !stablehlo.token>
    stablehlo.return %j, %h : tensor<i32>, tuple<tensor<2xf32>, !stablehlo.token>
  }
  %5 = stablehlo.get_tuple_element %w#1[0]
      : (tuple<tensor<2xf32>, !stablehlo.token>) -> tensor<2xf32>
  %6 = stablehlo.tuple %3 : tuple<tensor<?xf32>>
  %7 = stablehlo.tuple %5, %6 : tuple<tensor<2xf32>, tuple<tensor<?xf32>>>
  return %7, %b#0 : tuple<tensor<2xf32>, tuple<tensor<?xf32>>>, tensor<i32>
}
"""


@pytest.mark.parametrize("target", TARGETS)
def test_tuples_and_tokens_everywhere(target: str) -> None:
    x, y = np.array([1, 2], np.float32), np.array([3, 4, 5], np.float32)
    got = run(TUPLES, x, np.array(3, np.int32), y, target=target)
    for found, want in zip(got, (8 * x, y, np.int32(3)), strict=True):
        np.testing.assert_array_equal(found, want)


ASYNC = """
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "stablehlo.async_start"(%x) ({
  ^bb0(%a: tensor<4xf32>):
    %1 = stablehlo.negate %a : tensor<4xf32>
    stablehlo.return %1 : tensor<4xf32>
  }) : (tensor<4xf32>) -> !stablehlo.future<tensor<4xf32>>
  %2 = "stablehlo.async_done"(%0) : (!stablehlo.future<tensor<4xf32>>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}
"""


@pytest.mark.parametrize("target", TARGETS)
def test_async_ops_run_where_they_start(target: str) -> None:
    x = np.arange(4, dtype=np.float32)
    np.testing.assert_array_equal(run(ASYNC, x, target=target)[0], -x)


COMPOSITE = """
func.func private @inner(%a: tensor<?xf32>) -> tensor<?xf32> {
  %0 = stablehlo.negate %a : tensor<?xf32>
  return %0 : tensor<?xf32>
}
func.func private @outer(%a: tensor<?xf32>, %b: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  %0 = stablehlo.composite "my.inner" %a {decomposition = @inner}
      : (tensor<?xf32>) -> tensor<?xf32>
  %1 = stablehlo.add %0, %b : tensor<?xf32>
  return %1, %0 : tensor<?xf32>, tensor<?xf32>
}
func.func @main(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
  %0:2 = stablehlo.composite "my.outer" %a, %b {composite_attributes = {k = 3 : i64, m = "x"},
      decomposition = @outer, version = 2 : i32}
      : (tensor<?xf32>, tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>)
  %1 = stablehlo.multiply %0#0, %0#1 : tensor<?xf32>
  return %1 : tensor<?xf32>
}
"""


@pytest.mark.parametrize("target", TARGETS)
def test_composites_are_what_they_decompose_into(target: str) -> None:
    a, b = np.array([1, 2, 3], np.float32), np.array([4, 5, 6], np.float32)
    np.testing.assert_array_equal(run(COMPOSITE, a, b, target=target)[0], (b - a) * -a)


TRANSFERS = {
    "infeed": """
      %0:2 = "stablehlo.infeed"(%t) <{infeed_config = "queue"}>
          : (!stablehlo.token) -> (tensor<4xf32>, !stablehlo.token)""",
    "outfeed": """
      %0 = "stablehlo.outfeed"(%x, %t) <{outfeed_config = "queue"}>
          : (tensor<4xf32>, !stablehlo.token) -> !stablehlo.token""",
    "send": """
      %0 = "stablehlo.send"(%x, %t) <{channel_handle = #stablehlo.channel_handle<handle = 5,
          type = 1>, is_host_transfer = false}>
          : (tensor<4xf32>, !stablehlo.token) -> !stablehlo.token""",
    "recv": """
      %0:2 = "stablehlo.recv"(%t) <{channel_handle = #stablehlo.channel_handle<handle = 5,
          type = 1>, is_host_transfer = false}>
          : (!stablehlo.token) -> (tensor<4xf32>, !stablehlo.token)""",
}


@pytest.mark.parametrize("name", TRANSFERS)
@pytest.mark.parametrize("target", TARGETS)
def test_transfers_are_refused_with_the_reason(name: str, target: str) -> None:
    text = f"""
    func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {{
      %t = stablehlo.create_token : !stablehlo.token{TRANSFERS[name]}
      return %x : tensor<4xf32>
    }}"""
    because = "queue" if "feed" in name else "nobody is at the other end"
    with pytest.raises(ie.GapError, match=f"stablehlo.{name}.*{because}"):
        run(text, np.zeros(4, np.float32), target=target)


@pytest.mark.parametrize("element", ["f8E4M3FN", "f4E2M1FN", "bf16", "i4", "complex<f32>"])
def test_loops_over_any_element_type(element: str) -> None:
    type_ = f"tensor<2x{element}>"
    number = {"i": "1", "c": "(1.0, 0.5)"}.get(element[0], "1.0")
    text = f"""
    func.func @main(%n: tensor<i32>) -> {type_} {{
      %z = stablehlo.constant dense<0> : tensor<i32>
      %x = stablehlo.constant dense<{number}> : {type_}
      %r:2 = stablehlo.while(%i = %z, %v = %x) : tensor<i32>, {type_}
      cond {{
        %p = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %p : tensor<i1>
      }} do {{
        %one = stablehlo.constant dense<1> : tensor<i32>
        %j = stablehlo.add %i, %one : tensor<i32>
        %w = stablehlo.add %v, %x : {type_}
        stablehlo.return %j, %w : tensor<i32>, {type_}
      }}
      return %r#1 : {type_}
    }}"""
    n = np.array(3, np.int32)
    want, got = (run(text, n, target=t)[0] for t in TARGETS)
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got.astype(np.complex128), want.astype(np.complex128))


CONSTANTS = """
func.func @main(%n: tensor<i32>, %x: tensor<3xf32>) -> tensor<3xf32> {
  %z = stablehlo.constant dense<0> : tensor<i32>
  %r:2 = stablehlo.while(%i = %z, %v = %x) : tensor<i32>, tensor<3xf32>
  cond {
    %p = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %p : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %c = stablehlo.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
    %j = stablehlo.add %i, %one : tensor<i32>
    %s:2 = stablehlo.while(%k = %z, %u = %c) : tensor<i32>, tensor<3xf32>
    cond {
      %p = stablehlo.compare LT, %k, %i : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %p : tensor<i1>
    } do {
      %m = stablehlo.add %k, %one : tensor<i32>
      %h = stablehlo.add %u, %u : tensor<3xf32>
      stablehlo.return %m, %h : tensor<i32>, tensor<3xf32>
    }
    %w = stablehlo.add %v, %s#1 : tensor<3xf32>
    %p = stablehlo.compare EQ, %i, %one : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %q = "stablehlo.if"(%p) ({
      %e = stablehlo.constant dense<[10.0, 20.0, 30.0]> : tensor<3xf32>
      stablehlo.return %e : tensor<3xf32>
    }, {
      stablehlo.return %w : tensor<3xf32>
    }) : (tensor<i1>) -> tensor<3xf32>
    stablehlo.return %j, %q : tensor<i32>, tensor<3xf32>
  }
  return %r#1 : tensor<3xf32>
}
"""


@pytest.mark.parametrize("target", TARGETS)
def test_constants_that_only_control_flow_reads(target: str) -> None:
    got = run(CONSTANTS, np.array(3, np.int32), np.ones(3, np.float32), target=target)
    np.testing.assert_array_equal(got[0], [14, 28, 42])
