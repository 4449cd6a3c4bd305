# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every op in every spelling that MLIR has for it: old and new generic form, pretty, bytecode."""

from __future__ import annotations

import re

import numpy as np
import pytest
from jaxlib.mlir import ir

from iree_explore import elements
from iree_explore.context import make_context
from iree_explore.errors import Error, ModelError
from iree_explore.frontend import import_source
from iree_explore.stablehlo.table import TABLE

from .programs import VERSIONS, around, canonical, serialize, spellings, statements


def names(statement: str) -> list[str]:
    return re.findall(r'"([a-z]+\.[\w-]+)"\(', statement)


KNOWN = [s for s in statements() if all(name in TABLE for name in names(s))]
"""Statements whose ops have a row."""


def test_statements_cover_the_table() -> None:
    covered = {name for s in statements() for name in names(s)}
    assert len(KNOWN) > 90
    missing = [n for n, row in TABLE.items() if n not in covered and getattr(row.op, "FIELDS", ())]
    assert not missing


@pytest.mark.parametrize("statement", KNOWN, ids=lambda s: names(s)[-1])
def test_spellings_agree(statement: str) -> None:
    text = around(statement)
    try:
        forms = spellings(text)
    except ir.MLIRError:  # a dialect (quant) that jaxlib does not have
        import_source(text, make_context())
        return
    imported = {form: canonical(import_source(s, make_context())) for form, s in forms.items()}
    for form, module in imported.items():
        differing = set(module.splitlines()) ^ set(imported["generic"].splitlines())
        assert not differing, form


@pytest.mark.parametrize("version", VERSIONS)
def test_portable_artifacts_agree(version: str) -> None:
    for i, statement in enumerate(KNOWN):
        if (i + VERSIONS.index(version)) % len(VERSIONS):
            continue
        try:
            data, back = serialize(around(statement), version)
        except (ValueError, ir.MLIRError):
            continue
        ours, theirs = (canonical(import_source(x, make_context())) for x in (data, back))
        assert not set(ours.splitlines()) ^ set(theirs.splitlines()), statement


LITERALS = [
    ("dense<(1.0, 2.0)> : tensor<3xcomplex<f32>>", np.full(3, 1 + 2j, np.complex64)),
    ("dense<[(1.0, -2.5), (0.5, 1.0e3)]> : tensor<2xcomplex<f64>>",
     np.array([1 - 2.5j, 0.5 + 1e3j])),
    ("dense<[(0x7F800000, 1.0)]> : tensor<1xcomplex<f32>>", np.array([np.inf + 1j], np.complex64)),
    ("dense<0x7FC00001> : tensor<f32>", np.array(0x7FC00001, np.uint32).view(np.float32)),
    ("dense<[0xFFC00001, 1.0]> : tensor<2xf32>",
     np.array([0xFFC00001, 0x3F800000], np.uint32).view(np.float32)),
    ("dense<0xFF80> : tensor<2xbf16>", np.full(2, -np.inf)),
    ("dense<[[true, false], [false, true]]> : tensor<2x2xi1>", np.eye(2) > 0),
    ("dense<[-8, 7]> : tensor<2xi4>", np.array([-8, 7])),
    ("dense<> : tensor<0x3xi32>", np.zeros((0, 3), np.int32)),
    ('dense<"0x"> : tensor<0xf32>', np.zeros(0, np.float32)),
    ("dense<1.0e+00> : tensor<2xf8E4M3FN>", np.ones(2)),
    ("dense_resource<blob> : tensor<2xf32>", np.array([1, 2], np.float32)),
]  # fmt: skip


@pytest.mark.parametrize(("literal", "expected"), LITERALS, ids=[x for x, _ in LITERALS])
def test_literal(literal: str, expected: np.ndarray) -> None:
    text = (
        f"func.func @f() {{\n  %0 = stablehlo.constant {literal}\n  return\n}}\n"
        '{-#\n  dialect_resources: {\n    builtin: {\n      blob: "0x040000000000803F00000040"\n'
        "    }\n  }\n#-}\n"
    )
    module = import_source(text, make_context())
    (op,) = [op for op in module.walk() if op.name == "stablehlo.constant"]
    array = elements.to_numpy(op.properties["value"])  # pyright: ignore[reportArgumentType]
    assert array.shape == expected.shape
    if array.dtype == expected.dtype:
        assert array.tobytes() == expected.tobytes()
    np.testing.assert_array_equal(elements.widened(array), expected)


def test_huge_splats_take_no_memory() -> None:
    for literal in ("1.0", "(1.0, 2.0)", "true", "7"):
        element = {"1": "f32", "(": "complex<f32>", "t": "i1", "7": "i64"}[literal[0]]
        text = (
            "func.func @f() {\n  %0 = stablehlo.constant dense<" + literal + "> : "
            f"tensor<1000000000x1000000000x{element}>\n  return\n}}"
        )
        import_source(text, make_context())


@pytest.mark.parametrize(
    ("literal", "message"),
    [
        ("dense<1> : tensor<1000000000x1000000000xf32>", "1 is no element of"),
        ("dense<300> : tensor<4xi8>", "300 is no element of"),
        ("dense<1.0> : tensor<?xf32>", "its sizes have to be known"),
        ("dense<1> : tensor<4xi7>", "constants of i7 are not supported"),
        ('dense<"0x00"> : tensor<4xf32>', "1 bytes of hex cannot hold 4 elements"),
        ("dense_resource<nothing> : tensor<2xf32>", "no resource nothing"),
        ("sparse<[[0]], [1.0]> : tensor<4xf32>", "sparse"),
        ("dense<" + "9" * 5000 + "> : tensor<4xi64>", "is no element of"),
    ],
)
def test_bad_literals_are_pointed_at(literal: str, message: str) -> None:
    text = f"func.func @f() {{\n  %0 = stablehlo.constant {literal}\n  return\n}}"
    with pytest.raises(ModelError) as raised:
        import_source(text, make_context())
    assert raised.value.code == "IX101"
    assert message in str(raised.value)


FOREIGN = """
module @jit_f attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32,
                          jax.uses_shape_polymorphism = false, tf.versions = {producer = 1 : i32}} {
  sdy.mesh @mesh = <["data"=2, "model"=2]>
  func.func public @main(%x: tensor<4xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"data"}]>,
      mhlo.sharding = "{replicated}", mhlo.layout_mode = "default"})
      -> (tensor<4xf32> {jax.result_info = "result"}) {
    %0 = sdy.sharding_constraint %x <@mesh, [{"data"}]> : tensor<4xf32>
    %1 = stablehlo.add %0, %0 {mhlo.frontend_attributes = {a = "b"}} : tensor<4xf32> loc(#loc3)
    return %1 : tensor<4xf32> loc(unknown)
  } loc(callsite("f" at #loc1))
}
#loc1 = loc("model.py":7:1)
#loc2 = loc("a"(#loc1))
#loc3 = loc(fused<{x = 1}>[#loc2, "b", unknown])
"""


def test_attributes_and_ops_of_other_dialects_are_tolerated() -> None:
    import iree_explore as ie

    x = np.array([1, 2, 3, 4], np.float32)
    np.testing.assert_array_equal(ie.compile(FOREIGN, target="reference").main(x), 2 * x)
    np.testing.assert_array_equal(ie.compile(FOREIGN).main(x), 2 * x)


def test_blocks_that_branch_are_refused() -> None:
    text = "func.func @f() {\n  cf.br ^bb1\n^bb1:\n  return\n}"
    with pytest.raises(Error, match="blocks"):
        import_source(text, make_context())
