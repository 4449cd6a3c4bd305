# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sizes of whole functions: names, equalities, contradictions, loops and data."""

import pytest
from xdsl.dialects.func import FuncOp

import iree_explore as ie
from iree_explore import pipeline
from iree_explore.context import CompileOptions, make_context
from iree_explore.errors import ModelError
from iree_explore.frontend import import_source
from iree_explore.observer import Observer


class Listening(Observer):
    def __init__(self):
        self.functions = {}

    def shapes_inferred(self, function, shapes, steps):
        self.functions[function] = (shapes, list(steps))


def imported(text, observer=None):
    """The main function after phase import."""
    ctx = make_context(CompileOptions(cache=False))
    if observer is not None:
        ctx.observer = observer
    module = import_source(text, ctx)
    pipeline.run(module, ctx, stop="import")
    return next(o for o in module.body.block.ops if isinstance(o, FuncOp))


def dims(function, rows="res_attrs"):
    """`iree.abi.dims` of all results or arguments."""
    found = []
    for row in getattr(function, rows) or ():
        given = row.data.get("iree.abi.dims")
        found.append([text.data for text in given] if given is not None else None)
    return found


def constraints(function):
    return [text.data for text in function.attributes.get("iree.abi.constraints", ())]


NAMED = '%x: tensor<?x?xf32> {iree.abi.dims = ["b", "n"]}'


def test_unnamed_sizes_are_named_after_their_argument():
    main = imported("func.func @main(%a: tensor<?x3xf32>) -> tensor<?x3xf32> {"
                    " return %a : tensor<?x3xf32> }")  # fmt: skip
    assert dims(main, "arg_attrs") == [["arg0_d0", ""]] == dims(main)


def test_equal_sizes_unify_and_numbers_become_types():
    main = imported(f"""func.func @main({NAMED}, %y: tensor<?x7xf32>) -> tensor<?x?xf32> {{
      %0 = stablehlo.add %x, %y : (tensor<?x?xf32>, tensor<?x7xf32>) -> tensor<?x?xf32>
      return %0 : tensor<?x?xf32>
    }}""")
    assert dims(main, "arg_attrs") == [["b", ""], ["b", ""]]
    assert dims(main) == [["b", "7"]]
    assert str(main.function_type.inputs.data[0]) == "tensor<?x7xf32>"


def test_what_is_learnt_later_holds_earlier():
    """The slice of x is known to be whole only because a later op says that n is 4."""
    listening = Listening()
    main = imported(f"""func.func @main({NAMED}, %w: tensor<4x2xf32>) -> tensor<?x?xf32> {{
      %0 = stablehlo.concatenate %x, %x, dim = 1 : (tensor<?x?xf32>, tensor<?x?xf32>)
        -> tensor<?x?xf32>
      %1 = stablehlo.dot %x, %w : (tensor<?x?xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
      return %0 : tensor<?x?xf32>
    }}""", listening)  # fmt: skip
    assert dims(main) == [["b", "8"]]
    _, steps = listening.functions["main"]
    rows = [(s.op.name, s.direction, s.sizes and str(s.sizes[0][1]), s.learnt) for s in steps]
    first, dot, back = rows[:3]
    assert first == ("stablehlo.concatenate", "forward", "2*n", "")
    assert dot[:2] == ("stablehlo.dot", "forward") and "4" in dot[3]
    assert back == ("stablehlo.concatenate", "backward", "8", "")


def test_contradictions_name_both_places():
    with pytest.raises(ModelError) as raised:
        imported(f"""func.func @main({NAMED}, %y: tensor<?x7xf32>, %z: tensor<?x8xf32>)
            -> (tensor<?x?xf32>, tensor<?x?xf32>) {{
          %0 = stablehlo.add %x, %y : (tensor<?x?xf32>, tensor<?x7xf32>) -> tensor<?x?xf32>
          %1 = stablehlo.multiply %x, %z : (tensor<?x?xf32>, tensor<?x8xf32>) -> tensor<?x?xf32>
          return %0, %1 : tensor<?x?xf32>, tensor<?x?xf32>
        }}""")
    error = raised.value
    assert error.code == "IX109"
    assert error.because and "stablehlo.add" in error.because
    assert "stablehlo.multiply" in error.because


def test_all_contradictions_of_all_functions_are_one_error():
    part = """func.func @{0}(%x: tensor<?xf32>, %y: tensor<3xf32>, %z: tensor<4xf32>) -> tensor<?xf32> {{
      %0 = stablehlo.add %x, %y : (tensor<?xf32>, tensor<3xf32>) -> tensor<?xf32>
      %1 = stablehlo.add %x, %z : (tensor<?xf32>, tensor<4xf32>) -> tensor<?xf32>
      return %0 : tensor<?xf32>
    }}"""  # noqa: E501
    listening = Listening()
    with pytest.raises(ModelError, match="2 sizes contradict") as raised:
        imported(part.format("f") + part.format("g"), listening)
    assert "f: " in raised.value.because and "g: " in raised.value.because
    assert set(listening.functions) == {"f", "g"}, "what could be inferred is still told"


def test_elements_of_a_reshape_are_a_constraint():
    main = imported(f"""func.func @main({NAMED}) -> tensor<?x2xf32> {{
      %0 = stablehlo.reshape %x : (tensor<?x?xf32>) -> tensor<?x2xf32>
      return %0 : tensor<?x2xf32>
    }}""")
    assert dims(main) == [["floordiv(b*n, 2)", ""]]
    (said,) = constraints(main)
    assert said.startswith("2*floordiv(b*n, 2) == b*n # stablehlo.reshape")


def test_bounds_of_types_are_limits():
    main = imported("func.func @main(%a: tensor<?x3xf32, #stablehlo.bounds<16, ?>>)"
                    " -> tensor<?x3xf32, #stablehlo.bounds<16, ?>> {"
                    " return %a : tensor<?x3xf32, #stablehlo.bounds<16, ?>> }")  # fmt: skip
    assert constraints(main) == ["arg0_d0 <= 16"]


def test_a_loop_keeps_what_it_does_not_change():
    main = imported("""func.func @main(%x: tensor<?x4xf32> {iree.abi.dims = ["b", ""]}, %n: tensor<i32>)
        -> (tensor<?x4xf32>, tensor<?x4xf32>) {
      %one = stablehlo.constant dense<1> : tensor<i32>
      %zero = stablehlo.constant dense<0> : tensor<i32>
      %r:3 = stablehlo.while(%i = %zero, %k = %x, %g = %x) : tensor<i32>, tensor<?x4xf32>, tensor<?x4xf32>
      cond {
        %c = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %c : tensor<i1>
      } do {
        %j = stablehlo.add %i, %one : tensor<i32>
        %t = stablehlo.tanh %k : tensor<?x4xf32>
        %h = stablehlo.concatenate %g, %x, dim = 0 : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
        stablehlo.return %j, %t, %h : tensor<i32>, tensor<?x4xf32>, tensor<?x4xf32>
      }
      return %r#1, %r#2 : tensor<?x4xf32>, tensor<?x4xf32>
    }""")  # noqa: E501
    kept, grown = dims(main)
    assert kept == ["b", ""]
    assert grown[0] not in ("b", "2*b") and "*" not in grown[0], "a symbol of its own"


def test_branches_that_agree():
    main = imported(f"""func.func @main({NAMED}, %p: tensor<i1>)
        -> (tensor<?x?xf32>, tensor<?x?xf32>) {{
      %0, %1 = "stablehlo.if"(%p) ({{
        %2 = stablehlo.tanh %x : tensor<?x?xf32>
        stablehlo.return %2, %x : tensor<?x?xf32>, tensor<?x?xf32>
      }}, {{
        %3 = stablehlo.transpose %x, dims = [1, 0] : (tensor<?x?xf32>) -> tensor<?x?xf32>
        stablehlo.return %x, %3 : tensor<?x?xf32>, tensor<?x?xf32>
      }}) : (tensor<i1>) -> (tensor<?x?xf32>, tensor<?x?xf32>)
      return %0, %1 : tensor<?x?xf32>, tensor<?x?xf32>
    }}""")
    same, other = dims(main)
    assert same == ["b", "n"]
    assert not {*other} & {"b", "n"}


CALLED = """func.func @main(
    %ids: tensor<?x?xf32> {iree.abi.name = "ids", iree.abi.dims = ["1 <= batch <= 8", "len"]},
    %mask: tensor<?x?xf32> {iree.abi.name = "mask"},
    %y: tensor<?x3xf32> {iree.abi.name = "y", iree.abi.dims = ["8*k", ""]})
    -> (tensor<?x?xf32>, tensor<?x3xf32>) {
  %0 = stablehlo.add %ids, %mask : tensor<?x?xf32>
  %1 = stablehlo.tanh %y : tensor<?x3xf32>
  return %0, %1 : tensor<?x?xf32>, tensor<?x3xf32>
}"""


@pytest.fixture(scope="module", params=["reference", "llvm-cpu", "file"])
def called(request, tmp_path_factory):
    if request.param != "file":
        return ie.compile(CALLED, target=request.param)
    path = tmp_path_factory.mktemp("called") / "called.iexm"
    ie.compile(CALLED, target="llvm-cpu", device="local-sync").save(path)
    return ie.load_module(path, device="local-sync")


def test_declarations_show_symbols(called):
    declared = "ids: float32[batch, len], mask: float32[batch, len], y: float32[8*k, 3]"
    assert declared in str(called.main)
    assert called.main.constraints == ("batch >= 1", "batch <= 8")


def ones(*shape):
    import numpy as np

    return np.ones(shape, np.float32)


@pytest.mark.parametrize(
    ("shapes", "wrong"),
    [
        (
            [(2, 5), (2, 4), (8, 3)],
            ["argument mask has size 4 in dimension 1, but len is 5: argument ids, dimension 1"],
        ),
        ([(2, 5), (2, 5), (9, 3)], ["argument y has size 9 in dimension 0, which is no 8*k"]),
        (
            [(9, 5), (9, 5), (8, 3)],
            ["batch <= 8 does not hold: batch is 9, argument ids, dimension 0"],
        ),
        (
            [(0, 5), (1, 5), (8, 4)],
            [
                "argument mask has size 1 in dimension 0, but batch is 0: argument ids",
                "argument y has size 3 in dimension 1, got shape [8, 4]",
                "batch >= 1 does not hold: batch is 0, argument ids, dimension 0",
            ],
        ),
        ([(2, 5), (5,), (8, 3)], ["argument mask has 2 dimensions, got shape [5]"]),
    ],
)
def test_a_call_says_everything_that_is_wrong(called, shapes, wrong):
    with pytest.raises(ModelError) as raised:
        called.main(*(ones(*shape) for shape in shapes))
    assert raised.value.code == "IX302"
    text = f"{raised.value.what}\n{raised.value.because}"
    for each in wrong:
        assert each in text


@pytest.mark.parametrize("batch", [1, 8])
@pytest.mark.parametrize("length", [0, 1, 5])
@pytest.mark.parametrize("k", [0, 2])
def test_calls_that_fit_run(called, batch, length, k):
    x = ones(batch, length)
    found, other = called.main(x, x, ones(8 * k, 3))
    assert found.shape == (batch, length) and (found == 2).all()
    assert other.shape == (8 * k, 3)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("0 <= 16*b <= 130", ["b <= 8"]),
        ("7 <= 2*b + 1 <= 10", ["b >= 3", "b <= 4"]),
        ("b <= c", ["b <= c"]),
        ("2 <= b*c", ["b*c >= 2"]),
    ],
)
def test_limits_of_any_size_are_kept(said, kept):
    x = f'%x: tensor<?x?x?xf32> {{iree.abi.dims = ["{said}", "b", "c"]}}'
    main = imported(f"func.func @main({x}) -> tensor<?x?x?xf32> {{"
                    " return %x : tensor<?x?x?xf32> }")  # fmt: skip
    assert constraints(main) == kept


def test_limits_of_several_sizes_are_checked():
    module = ie.compile("""func.func @main(%x: tensor<?x?xf32> {iree.abi.dims = ["b <= c", "c"]})
        -> tensor<?x?xf32> { return %x : tensor<?x?xf32> }""")
    assert module.main(ones(3, 3)).shape == (3, 3)
    with pytest.raises(ModelError, match=r"b <= c does not hold: b is 3.*c is 2"):
        module.main(ones(3, 2))


def test_limits_by_what_is_no_dimension_are_refused():
    with pytest.raises(ModelError, match=r"IX101.*no argument has a dimension most"):
        imported("""func.func @main(%x: tensor<?xf32> {iree.abi.dims = ["b <= most"]})
            -> tensor<?xf32> { return %x : tensor<?xf32> }""")
