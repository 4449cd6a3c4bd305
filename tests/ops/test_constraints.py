# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The specification's constraints: kept by every op file, and broken where MLIR's verifier says so.

Programs are broken by changing one number or type; then ours and StableHLO's own verifier (in JAX's
package) must agree. Only on CHLO and on sizes that are values are we stricter (`STRICTER`).
"""

from __future__ import annotations

import functools
import random
import re
from pathlib import Path
from typing import Any

import pytest

import iree_explore as ie
from iree_explore.frontend.parser import SourceParser
from iree_explore.stablehlo.constraints.check import RULES, broken
from iree_explore.stablehlo.table import TABLE

from .check import cases, context

HERE = Path(__file__).parent
FILES = [
    path
    for path in sorted(HERE.glob("*.mlir"))
    if path.stem != "constant"  # MLIR wants a dot in float literals, we do not
    and any(f"{dialect}.{path.stem}" in RULES for dialect in ("stablehlo", "chlo"))
]
STRICTER = re.compile(
    r"reduce\w* C[23]: |chlo\.broadcast_|dynamic_\w+ C\d+: output_|"
    r"(edge|interior)_padding|rng_bit_generator|torch_index_select"
)
ELEMENTS = ("i1", "i8", "i32", "ui8", "f16", "f32", "f64", "bf16", "complex<f32>")


def ours(text: str) -> str | None:
    """What is wrong with a program, by our parser and constraints."""
    try:
        module = SourceParser(context(), text, "<text>").parse_module()
        module.verify()
    except Exception as raised:  # noqa: BLE001  any refusal counts
        return str(raised)
    return next((line for op in module.walk() for line in broken(op)), None)


@functools.cache
def _mlir() -> Any:
    pytest.importorskip("jax")
    from jax._src.interpreters import mlir

    return mlir.make_ir_context()


def theirs(text: str) -> str | None:
    """What is wrong with a program, by MLIR."""
    context = _mlir()
    from jaxlib.mlir import ir

    with context:
        try:
            ir.Module.parse(text).operation.verify()
        except ir.MLIRError as raised:
            return str(raised)
    return None


def change(rng: random.Random, text: str) -> str | None:
    """The text with one number of an op, or one type everywhere, changed."""
    if rng.random() < 0.4:
        return _change_type(rng, text)
    lines = text.split("\n")
    ops = [i for i, line in enumerate(lines) if re.search(r"(stablehlo|chlo)\.(?!const|ret)", line)]
    if not ops:
        return None
    at = rng.choice(ops)
    end = max(lines[at].rfind(" : ("), lines[at].rfind(" : tensor"))
    numbers = [m for m in re.finditer(r"(?<![\w%#@.])\d+(?![\w.])", lines[at]) if m.end() < end]
    if not numbers:
        return None
    number = rng.choice(numbers)
    lines[at] = (
        f"{lines[at][: number.start()]}{rng.choice([0, 1, 2, 3, 5, 7])}{lines[at][number.end() :]}"
    )
    return "\n".join(lines)


def _change_type(rng: random.Random, text: str) -> str | None:
    old = rng.choice(sorted(set(re.findall(r"tensor<[^<>]*>", text))) or [""])
    sizes = list(re.finditer(r"\d+(?=x)", old))
    element = re.search(r"[a-z]+\d+[A-Za-z0-9]*>$", old)
    if sizes and rng.random() < 0.6:
        size = rng.choice(sizes)
        return text.replace(old, f"{old[: size.start()]}{rng.choice(range(7))}{old[size.end() :]}")
    if element is None:
        return None
    return text.replace(old, f"{old[: element.start()]}{rng.choice(ELEMENTS)}>")


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_constraints_agree_with_mlir(path: Path) -> None:
    rng = random.Random(path.stem)
    compared = 0
    for case in cases(path).values():
        text = case().text
        assert ours(text) is None, text
        if theirs(text) is not None:
            continue  # an element type or a form that MLIR's parser does not take
        for _ in range(4):
            changed = change(rng, text)
            if changed is None or changed == text:
                continue
            mine, other = ours(changed), theirs(changed)
            if mine is not None and other is None and STRICTER.search(mine):
                continue
            assert (mine is None) == (other is None), f"{mine}\n{other}\n{changed}"
            compared += 1
        if compared > 10:
            break


def test_every_op_has_constraints() -> None:
    missing = [n for n in TABLE if n not in {*RULES, *UNCONSTRAINED, *BY_THEIR_ROW}]
    assert not missing, "write their constraints, or say here that the specification has none"


UNCONSTRAINED = frozenset(
    "stablehlo.return stablehlo.custom_call stablehlo.einsum stablehlo.unary_einsum "
    "stablehlo.compute_reshape_shape stablehlo.cstr_reshapable stablehlo.trace "
    "stablehlo.after_all stablehlo.create_token stablehlo.cross-replica-sum "
    "stablehlo.infeed stablehlo.outfeed stablehlo.send stablehlo.recv "
    "stablehlo.partition_id stablehlo.replica_id chlo.constant chlo.constant_like".split()
)
"""Ops without constraints in the specification, or of no specification any more."""
BY_THEIR_ROW = frozenset(
    "stablehlo.composite stablehlo.async_start stablehlo.async_done stablehlo.all_reduce "
    "stablehlo.all_gather stablehlo.all_to_all stablehlo.reduce_scatter "
    "stablehlo.collective_broadcast stablehlo.collective_permute chlo.scan chlo.ragged_dot".split()
)
"""Ops whose class or row refuses what is wrong itself: groups, callees, bodies."""


def test_all_broken_constraints_are_reported_with_labels_and_lines() -> None:
    text = """
func.func public @main(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = stablehlo.transpose %x, dims = [1, 1] : (tensor<2x3xf32>) -> tensor<3x3xf32>
  %1 = stablehlo.concatenate %x, %y, dim = 2 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  return %x : tensor<2x3xf32>
}
"""
    with pytest.raises(ie.Error) as raised:
        ie.compile(text)
    assert raised.value.code == "IX106"
    message = str(raised.value)
    assert "stablehlo.transpose C2: permutation = [1, 1] is no permutation of rank 2" in message
    assert "stablehlo.concatenate C4: dimension = 2 is outside [0, 2)" in message
    assert "(<text>:3)" in message and "(<text>:4)" in message
