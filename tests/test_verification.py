# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A verifier finds what xDSL's own verification finds, also in a module that it knows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DictionaryAttr,
    FunctionType,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    f32,
    i32,
    i64,
)
from xdsl.dialects.linalg.ops import GenericOp, TransposeOp, YieldOp
from xdsl.ir import Operation
from xdsl.parser import Parser
from xdsl.utils.exceptions import DiagnosticException, VerifyException

from iree_explore import pipeline
from iree_explore.context import CompilerContext, make_context
from iree_explore.errors import InternalError
from iree_explore.legality import check_phase
from iree_explore.verification import Verifier

TEXT = """
func.func @f(%a: i32, %t: tensor<4xf32>) -> (i32, tensor<4xf32>) {
  %c = arith.constant 3 : i32
  %0 = arith.addi %a, %c : i32
  %b = arith.cmpi eq, %0, %a : i32
  %1 = scf.if %b -> (i32) {
    %s = arith.muli %0, %0 : i32
    scf.yield %s : i32
  } else {
    scf.yield %a : i32
  }
  %2 = linalg.generic {
    indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
    iterator_types = ["parallel"]
  } ins(%t : tensor<4xf32>) outs(%t : tensor<4xf32>) {
  ^bb0(%x: f32, %y: f32):
    %z = arith.addf %x, %y : f32
    linalg.yield %z : f32
  } -> tensor<4xf32>
  func.return %1, %2 : i32, tensor<4xf32>
}
func.func @h(%p: tensor<2x3xf32> {ml.used}, %o: tensor<3x2xf32>) {
  %0 = linalg.transpose ins(%p : tensor<2x3xf32>) outs(%o : tensor<3x2xf32>) permutation = [1, 0]
  func.return
}
func.func @g(%a: i32) -> i32 {
  %0 = arith.addi %a, %a : i32
  func.return %0 : i32
}
"""


def parsed() -> tuple[CompilerContext, ModuleOp]:
    ctx = make_context()
    return ctx, Parser(ctx, TEXT).parse_module()


def found(module: ModuleOp, kind: type, index: int = 0) -> Operation:
    return [op for op in module.walk() if isinstance(op, kind)][index]


def retype_operand(module: ModuleOp) -> None:
    found(module, arith.AddiOp).results[0]._type = i64  # pyright: ignore[reportPrivateUsage]


def retype_attribute(module: ModuleOp) -> None:
    found(module, arith.ConstantOp).properties["value"] = IntegerAttr(3, i64)


def retype_array(module: ModuleOp) -> None:
    order = DenseArrayBase.from_list(i32, [1, 0])
    found(module, TransposeOp).properties["permutation"] = order


def retype_element(module: ModuleOp) -> None:
    attributes = ArrayAttr([DictionaryAttr({}), StringAttr("x")])
    found(module, func.FuncOp, 1).properties["arg_attrs"] = attributes


def drop_property(module: ModuleOp) -> None:
    del found(module, arith.CmpiOp).properties["predicate"]


def retype_function(module: ModuleOp) -> None:
    types = FunctionType.from_lists([i32], [i64])
    found(module, func.FuncOp, 2).properties["function_type"] = types


def rename_function(module: ModuleOp) -> None:
    found(module, func.FuncOp, 2).properties["sym_name"] = StringAttr("f")


def use_other_function(module: ModuleOp) -> None:
    found(module, arith.AddiOp, 1).operands[0] = found(module, arith.AddiOp).results[0]


def erase_terminator(module: ModuleOp) -> None:
    found(module, YieldOp).detach()


def add_after_terminator(module: ModuleOp) -> None:
    block = found(module, func.FuncOp, 2).regions[0].block
    block.add_op(arith.ConstantOp(IntegerAttr(1, i32)))


def yield_elsewhere(module: ModuleOp) -> None:
    block = found(module, func.FuncOp, 2).regions[0].block
    returned = block.last_op
    assert returned is not None
    returned.detach()
    block.add_op(scf.YieldOp(*returned.operands))


def retype_body(module: ModuleOp) -> None:
    argument = found(module, GenericOp).regions[0].block.args[0]
    argument._type = i32  # pyright: ignore[reportPrivateUsage]


def erase_used(module: ModuleOp) -> None:
    found(module, arith.ConstantOp).results[0].erase(safe_erase=False)


def become_another(module: ModuleOp) -> None:
    found(module, arith.MuliOp).__class__ = arith.MulfOp


BREAKS: tuple[Callable[[ModuleOp], None], ...] = (
    retype_operand, retype_attribute, retype_array, retype_element, drop_property, retype_function,
    rename_function, use_other_function, erase_terminator, add_after_terminator, yield_elsewhere,
    retype_body, erase_used, become_another,
)  # fmt: skip


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("broken", BREAKS, ids=lambda f: f.__name__)
def test_a_broken_op_is_found(broken: Callable[[ModuleOp], None], known: bool):
    _, module = parsed()
    verifier = Verifier()
    if known:
        verifier.verify(module)
        verifier.verify(module)
    broken(module)
    for verify in (verifier.verify, lambda m: m.verify(), verifier.verify):
        with pytest.raises((VerifyException, DiagnosticException, ValueError)):
            verify(module)


def test_what_is_mended_verifies_again():
    _, module = parsed()
    verifier = Verifier()
    verifier.verify(module)
    operation = found(module, arith.CmpiOp)
    predicate = operation.properties.pop("predicate")
    with pytest.raises((VerifyException, DiagnosticException)):
        verifier.verify(module)
    operation.properties["predicate"] = predicate
    verifier.verify(module)


def test_a_changed_op_verifies_against_its_new_types():
    """Signatures that were right once are only right for all of their parts together."""
    _, module = parsed()
    verifier = Verifier()
    verifier.verify(module)
    product = found(module, arith.MuliOp)
    block = product.parent
    assert block is not None
    block.insert_op_before(made := arith.ConstantOp(IntegerAttr(1, i64)), product)
    verifier.verify(module)
    product.operands[0] = made.result
    with pytest.raises((VerifyException, DiagnosticException)):
        verifier.verify(module)


def test_every_phase_verifies_what_the_last_one_left():
    ctx, module = parsed()
    phase = pipeline.PHASES[pipeline.phase_index("input")]
    check_phase(phase, module, ctx)
    found(module, arith.AddfOp).results[0]._type = i32  # pyright: ignore[reportPrivateUsage]
    assert f32 != i32
    with pytest.raises(InternalError, match="IX106"):
        check_phase(phase, module, ctx)
