# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elements that the host needs: what becomes scalar code, what is still read, and what keeps it."""

from __future__ import annotations

import pytest

from iree_explore.flow.passes.group_readbacks import GroupReadbacks
from iree_explore.linalg.host_scalars import ON_HOST
from iree_explore.linalg.passes.detensorize import Detensorize
from iree_explore.vm.conversion import RULES
from tests.lowering.phases import lines, run_pass

NUMBER = "affine_map<() -> ()>"


def on_numbers(name: str, body: str, *inputs: str, element: str = "f32") -> str:
    """A `linalg.generic` on rank-0 tensors; `body` has %x0, %x1, ... and makes %y."""
    maps = ", ".join([NUMBER] * (len(inputs) + 1))
    types = ", ".join([f"tensor<{element}>"] * len(inputs))
    arguments = ", ".join([*(f"%x{i}: {element}" for i in range(len(inputs))), f"%o: {element}"])
    return f"""
      %{name}e = tensor.empty() : tensor<{element}>
      %{name} = linalg.generic {{indexing_maps = [{maps}], iterator_types = []}}
          ins({", ".join(inputs)} : {types}) outs(%{name}e : tensor<{element}>) {{
      ^bb0({arguments}):
        {body}
        linalg.yield %y : {element}
      }} -> tensor<{element}>"""


def detensorized(arguments: str, body: str, result: str) -> str:
    text = f"func.func @f({arguments}) -> {result} {{\n{body}\n}}"
    return run_pass(text, Detensorize())


def test_the_vm_has_every_op_that_moves_to_the_host() -> None:
    assert {op.name for op in RULES} >= ON_HOST


def test_argument_is_read_and_the_rest_computed() -> None:
    text = detensorized(
        "%n: tensor<f32>",
        on_numbers("a", "%y = arith.addf %x0, %x0 : f32", "%n")
        + on_numbers("b", "%y = math.ceil %x0 : f32", "%a")
        + "\n%r = tensor.extract %b[] : tensor<f32>\nfunc.return %r : f32",
        "f32",
    )
    assert lines(text, "tensor.extract %n[]") and len(lines(text, "tensor.extract")) == 1
    assert lines(text, "math.ceil") and not lines(text, "linalg.generic")


def test_functions_of_the_device_stay_there() -> None:
    text = detensorized(
        "%n: tensor<f32>",
        on_numbers("a", "%y = math.tanh %x0 : f32", "%n")
        + "\n%r = tensor.extract %a[] : tensor<f32>\nfunc.return %r : f32",
        "f32",
    )
    assert lines(text, "linalg.generic") and lines(text, "tensor.extract %a[]")


def test_a_number_that_the_device_makes_anyway_is_read_as_it_is() -> None:
    """Else its reduction would lose its epilogue to the host, and the device would need it too."""
    maximum = """
      %z = arith.constant 0.0 : f32
      %m0 = tensor.empty() : tensor<f32>
      %m1 = linalg.fill ins(%z : f32) outs(%m0 : tensor<f32>) -> tensor<f32>
      %m = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>],
          iterator_types = ["reduction"]} ins(%v : tensor<?xf32>) outs(%m1 : tensor<f32>) {
      ^bb0(%x: f32, %o: f32):
        %y = arith.maximumf %x, %o : f32
        linalg.yield %y : f32
      } -> tensor<f32>"""
    text = detensorized(
        "%v: tensor<?xf32>",
        maximum + on_numbers("a", "%y = arith.addf %x0, %x0 : f32", "%m")
        + "\n%r = tensor.extract %a[] : tensor<f32>\nfunc.return %r, %a : f32, tensor<f32>",
        "(f32, tensor<f32>)",
    )  # fmt: skip
    assert lines(text, "tensor.extract %a[]") and len(lines(text, "linalg.generic")) == 2


@pytest.mark.parametrize(
    ("made", "at", "expected"),
    [
        ("%t = tensor.from_elements %a, %b, %c : tensor<3xi32>", "%1", "%b"),
        (
            "%s = tensor.from_elements %a, %b, %c : tensor<3xi32>\n"
            "%t = tensor.extract_slice %s[1] [2] [1] : tensor<3xi32> to tensor<2xi32>",
            "%1", "%c",
        ),
        (
            "%s = tensor.from_elements %a, %b : tensor<2xi32>\n"
            "%u = tensor.from_elements %c : tensor<1xi32>\n"
            "%t = tensor.insert_slice %u into %s[0] [1] [1] : tensor<1xi32> into tensor<2xi32>",
            "%0", "%c",
        ),
        (
            "%s = tensor.from_elements %a, %b : tensor<2xi32>\n"
            "%u = tensor.from_elements %c : tensor<1xi32>\n"
            "%t = tensor.concat dim(0) %u, %s : (tensor<1xi32>, tensor<2xi32>) -> tensor<3xi32>",
            "%2", "%b",
        ),
        (
            "%s = tensor.from_elements %a, %b, %c, %a : tensor<2x2xi32>\n"
            "%t = tensor.collapse_shape %s [[0, 1]] : tensor<2x2xi32> into tensor<4xi32>",
            "%2", "%c",
        ),
    ],
    ids=["elements", "slice", "inserted", "concatenated", "reshaped"],
)  # fmt: skip
def test_elements_are_followed_through_what_moves_them(made: str, at: str, expected: str) -> None:
    source = made[made.index("%t = ") :]
    type_ = source[source.rindex("tensor<") :]
    text = detensorized(
        "%a: i32, %b: i32, %c: i32",
        "%0 = arith.constant 0 : index\n%1 = arith.constant 1 : index\n"
        f"%2 = arith.constant 2 : index\n{made}\n"
        f"%r = tensor.extract %t[{at}] : {type_}\nfunc.return %r : i32",
        "i32",
    )
    assert lines(text, f"func.return {expected} : i32")


def test_product_of_a_shape_is_unrolled() -> None:
    text = detensorized(
        "%a: i32, %b: i32",
        """
        %s = tensor.from_elements %a, %b, %a : tensor<3xi32>
        %one = arith.constant 1 : i32
        %e = tensor.empty() : tensor<i32>
        %i = linalg.fill ins(%one : i32) outs(%e : tensor<i32>) -> tensor<i32>
        %p = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>],
            iterator_types = ["reduction"]} ins(%s : tensor<3xi32>) outs(%i : tensor<i32>) {
        ^bb0(%x: i32, %o: i32):
          %y = arith.muli %o, %x : i32
          linalg.yield %y : i32
        } -> tensor<i32>
        %r = tensor.extract %p[] : tensor<i32>
        func.return %r : i32""",
        "i32",
    )
    assert len(lines(text, "arith.muli")) == 2 and not lines(text, "linalg.generic")


def test_effects_keep_their_order_when_readbacks_move_together() -> None:
    text = run_pass(
        """
        util.global private mutable @g : tensor<i32>
        func.func @f(%a: tensor<i32>, %b: tensor<i32>) -> (i32, i32, tensor<i32>) {
          %0 = flow.dispatch @e::@e(%a) : (tensor<i32>) -> (tensor<i32>)
          %1 = flow.tensor.load %0 : tensor<i32> -> i32
          %c = arith.constant 0 : i32
          %t = arith.cmpi eq, %1, %c : i32
          util.assert %t, "not zero"
          util.global.store %b, @g : tensor<i32>
          %old = util.global.load @g : tensor<i32>
          %2 = flow.dispatch @e::@e(%b) : (tensor<i32>) -> (tensor<i32>)
          %3 = flow.tensor.load %2 : tensor<i32> -> i32
          func.return %1, %3, %old : i32, i32, tensor<i32>
        }""",
        GroupReadbacks(),
    )
    kinds = ("flow.dispatch", "flow.tensor.load", "util.assert", "global.store", "global.load")
    order = [k for line in text.splitlines() for k in kinds if k in line]
    assert order == [
        "flow.dispatch", "flow.dispatch", "flow.tensor.load", "flow.tensor.load", "util.assert",
        "global.store", "global.load",
    ]  # fmt: skip
