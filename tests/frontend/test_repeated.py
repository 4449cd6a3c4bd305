# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lines of a text that repeat others become what parsing them gives (`frontend/repeated.py`)."""

from __future__ import annotations

import re

import pytest
from xdsl.dialects.builtin import ModuleOp

from iree_explore.context import make_context
from iree_explore.errors import ModelError
from iree_explore.frontend import mlir, repeated
from iree_explore.frontend.parser import SourceParser
from iree_explore.walk import walk

from .programs import around, functions, statements

HEAD = """module {
  ml_program.global private mutable @g(dense<0.0> : tensor<4xf32>) : tensor<4xf32>
  ml_program.global private mutable @h(dense<0.0> : tensor<8xf32>) : tensor<8xf32>
  func.func @main(%x: tensor<4xf32>, %y: tensor<4xf32>, %z: tensor<8xf32>, %n: tensor<?xf32>) {
"""
TAIL = """
    return
  }
}
#loc1 = loc("one"("a.py":3:1))
#loc2 = loc("two"("a.py":4:1))
"""

BODIES = {
    "one text, other values": """
    %0 = stablehlo.subtract %x, %y : tensor<4xf32> loc(#loc1)
    %1 = stablehlo.subtract %y, %0 : tensor<4xf32> loc(#loc2)
    %2 = stablehlo.subtract %0, %0 : tensor<4xf32>""",
    "the same value twice first": """
    %0 = stablehlo.subtract %x, %x : tensor<4xf32>
    %1 = stablehlo.subtract %x, %y : tensor<4xf32>
    %2 = stablehlo.subtract %y, %x : tensor<4xf32>
    %3 = stablehlo.subtract %y, %y : tensor<4xf32>""",
    "other sizes": """
    %0 = stablehlo.subtract %x, %y : tensor<4xf32>
    %1 = stablehlo.subtract %z, %z : tensor<8xf32>
    %2 = stablehlo.subtract %n, %n : tensor<?xf32>
    %3 = stablehlo.slice %x [0:2] : (tensor<4xf32>) -> tensor<2xf32>
    %4 = stablehlo.slice %z [0:2] : (tensor<8xf32>) -> tensor<2xf32>
    %5 = "a.b"(%x) : (tensor<4xf32>) -> tensor<3x2xf32>
    %6 = "tf.B"(%x) : (tensor<4xf32>) -> tensor<3x2xf32>
    %7 = "tf.B"(%n) : (tensor<?xf32>) -> tensor<3x?xf32>
    %8 = stablehlo.subtract %7, %7 : tensor<3x?xf32>""",
    "types that swap": """
    %0 = "a.b"(%x, %z) : (tensor<4xf32>, tensor<8xf32>) -> tensor<4xf32>
    %1 = "a.b"(%z, %x) : (tensor<8xf32>, tensor<4xf32>) -> tensor<4xf32>
    %2 = stablehlo.concatenate %x, %z, dim = 0 : (tensor<4xf32>, tensor<8xf32>) -> tensor<12xf32>
    %3 = stablehlo.concatenate %z, %x, dim = 0 : (tensor<8xf32>, tensor<4xf32>) -> tensor<12xf32>
    %4 = stablehlo.concatenate %x, %y, dim = 0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>""",
    "constants": """
    %0 = stablehlo.constant dense<1.0> : tensor<4xf32>
    %1 = stablehlo.constant dense<1.0> : tensor<8xf32>
    %2 = stablehlo.constant dense<2.0> : tensor<4xf32>
    %3 = stablehlo.constant dense<1.0> : tensor<4xf32>
    %c = arith.constant 1 : index
    %d = arith.constant 1 : index
    %e = shape.const_shape [1, 2] : tensor<2xindex>
    %f = shape.const_shape [1, 2] : tensor<2xindex>""",
    "symbols": """
    %0 = ml_program.global_load @g : tensor<4xf32>
    %1 = ml_program.global_load @h : tensor<8xf32>
    %2 = ml_program.global_load @g : tensor<4xf32>
    ml_program.global_store @g = %0 : tensor<4xf32>
    ml_program.global_store @h = %1 : tensor<8xf32>""",
    "regions on one line": """
    %i = stablehlo.constant dense<0.0> : tensor<f32>
    %0 = stablehlo.reduce(%x init: %i) applies stablehlo.add across dimensions = [0] \
: (tensor<4xf32>, tensor<f32>) -> tensor<f32>
    %1 = stablehlo.reduce(%z init: %i) applies stablehlo.add across dimensions = [0] \
: (tensor<8xf32>, tensor<f32>) -> tensor<f32>
    %2 = stablehlo.reduce(%y init: %i) applies stablehlo.add across dimensions = [0] \
: (tensor<4xf32>, tensor<f32>) -> tensor<f32>""",
    "several results": """
    %0:2 = "a.two"(%x) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<8xf32>)
    %1:2 = "a.two"(%0#0) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<8xf32>)
    %2 = stablehlo.add %1#1, %0#1 : tensor<8xf32>
    %3 = stablehlo.add %0#1, %1#1 : tensor<8xf32>
    %4, %5 = "a.two"(%x) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<8xf32>)""",
    "percent signs in strings": """
    %0 = "a.s"(%x) {s = "50% of %x"} : (tensor<4xf32>) -> tensor<4xf32>
    %1 = "a.s"(%y) {s = "50% of %y"} : (tensor<4xf32>) -> tensor<4xf32>
    %2 = "a.s"(%x) {s = "a loc(#loc1)"} : (tensor<4xf32>) -> tensor<4xf32>""",
    "used before it is defined": """
    %0 = stablehlo.add %x, %y : tensor<4xf32>
    %1 = stablehlo.add %2, %0 : tensor<4xf32>
    %2 = stablehlo.add %x, %0 : tensor<4xf32>""",
    "ends on the next line": """
    %0 = stablehlo.add %x, %y : tensor<4xf32>
    %1 = stablehlo.add %x, %y : tensor<4xf32>
      loc(#loc1)
    %2 = "a.b"(%x) : (tensor<4xf32>) -> tensor<4xf32>
    %3 = "a.b"(%x) : (tensor<4xf32>) ->
      tensor<4xf32>
    %4 = "a.b"(%x) : (tensor<4xf32>) -> tensor<4xf32> %5 = "a.b"(%x) : (tensor<4xf32>) -> \
tensor<4xf32>""",
    "inside of regions": """
    %s = shape.const_shape [4] : tensor<1xindex>
    %w = shape.cstr_broadcastable %s, %s : tensor<1xindex>, tensor<1xindex>
    %0 = stablehlo.add %x, %y : tensor<4xf32> loc(#loc1)
    %1 = shape.assuming %w -> (tensor<4xf32>) {
      %2 = stablehlo.add %0, %y : tensor<4xf32> loc(#loc1)
      shape.assuming_yield %2 : tensor<4xf32>
    }
    %3 = shape.assuming %w -> (tensor<4xf32>) {
      %2 = stablehlo.add %1, %y : tensor<4xf32> loc(#loc2)
      shape.assuming_yield %2 : tensor<4xf32>
    } loc(#loc2)""",
}


def parsed(text: str) -> tuple[str, list[str], ModuleOp]:
    module, parser = mlir.parse_text(text, make_context(), "t.mlir", unregistered=True)
    module.verify()
    return str(module), [str(parser.sources.get(op)) for op in walk(module)], module


def the_long_way(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[str], ModuleOp]:
    with monkeypatch.context() as patch:
        patch.setattr(repeated, "_LINE", re.compile(r"(?!)"))
        return parsed(text)


@pytest.mark.parametrize("name", BODIES)
def test_repeated_lines_become_what_parsing_them_gives(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HEAD + BODIES[name].lstrip("\n") + TAIL
    assert parsed(text)[:2] == the_long_way(text, monkeypatch)[:2]


def test_every_program_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in [*functions().values(), *map(around, statements()[::4])]:
        start = text.index("\n", text.index("func.func")) + 1
        stop = text.rindex("\n", 0, text.index("return"))
        again = re.sub(r"%(?=\w+(?::\d+)? = )", "%again", text[start : stop + 1])
        twice = text[: stop + 1] + again + text[stop + 1 :]
        try:
            expected = the_long_way(twice, monkeypatch)
        except (ModelError, Exception) as refused:  # noqa: BLE001 -- either way the same
            with pytest.raises(type(refused)):
                parsed(twice)
            continue
        assert parsed(twice)[:2] == expected[:2], twice


def test_lines_are_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    slow = SourceParser.parse_operation
    monkeypatch.setattr(SourceParser, "parse_operation", lambda p: begun.append(1) or slow(p))
    chain = "\n".join(f"    %{i + 1} = stablehlo.add %{i}, %x : tensor<4xf32>" for i in range(50))
    text = HEAD + "    %0 = stablehlo.add %x, %y : tensor<4xf32>\n" + chain + TAIL
    _, _, module = parsed(text)
    assert sum(op.name == "stablehlo.add" for op in module.walk()) == 51
    assert len(begun) < 10


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("%1 = stablehlo.add %x, %z : tensor<4xf32>", 28, "%z|tensor<8xf32>"),
        ("%0 = stablehlo.add %x, %y : tensor<4xf32>", 5, "already defined"),
        ("%1 = stablehlo.add %x, %q : tensor<4xf32>", 28, "not defined: .'%q|%q"),
    ],
)
def test_mistakes_in_repeated_lines_are_worded_as_ever(
    line: str, column: int, message: str
) -> None:
    text = HEAD + f"    %0 = stablehlo.add %x, %y : tensor<4xf32>\n    {line}" + TAIL
    with pytest.raises(ModelError, match=message) as raised:
        parsed(text)
    assert f"t.mlir:6:{column}" in str(raised.value)
