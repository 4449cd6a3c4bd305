# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Folds scalar `arith` ops on constants, and the identities that shape arithmetic is full of.

`(b * 16 * 32) / 512` is `b`: sizes come out as the same SSA value, so passes see that they are
equal.
Products of sizes do not overflow 64 bits, which the division rule relies on.
"""

from __future__ import annotations

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import AnyFloat, IndexType, IntegerAttr, IntegerType
from xdsl.ir import Attribute, Operation, SSAValue

from iree_explore.linalg import evaluate_scalar

_INTEGER_OPS = (
    arith.AddiOp, arith.SubiOp, arith.MuliOp, arith.DivSIOp, arith.DivUIOp, arith.RemSIOp,
    arith.RemUIOp, arith.MaxSIOp, arith.MinSIOp, arith.MaxUIOp, arith.MinUIOp, arith.AndIOp,
    arith.OrIOp, arith.XOrIOp, arith.CmpiOp, arith.SelectOp, arith.IndexCastOp, arith.ExtSIOp,
    arith.ExtUIOp, arith.TruncIOp, arith.CeilDivSIOp, arith.FloorDivSIOp,
)  # fmt: skip


def integer(value: SSAValue) -> int | None:
    """The number of a scalar integer constant."""
    owner = value.owner
    if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
        return owner.value.value.data
    return None


def fold(op: Operation) -> SSAValue | Attribute | Operation | None:
    """What a scalar op comes to: a value, a constant's attribute, a simpler op, or None."""
    if not isinstance(op, _INTEGER_OPS) or isinstance(op.results[0].type, AnyFloat):
        return None
    if not isinstance(op.results[0].type, IntegerType | IndexType):
        return None
    known = [integer(v) for v in op.operands]
    if all(k is not None for k in known):
        return _evaluate(op)
    rule = _RULES.get(type(op))
    return rule(op, known) if rule else None


def _evaluate(op: Operation) -> Attribute | None:
    operands = [evaluate_scalar.constant_value(v.owner.value) for v in op.operands]  # pyright: ignore
    divides = isinstance(op, arith.DivSIOp | arith.DivUIOp | arith.RemSIOp | arith.RemUIOp
                         | arith.CeilDivSIOp | arith.FloorDivSIOp)  # fmt: skip
    if divides and int(operands[1]) in (0, -1):
        return None
    type_ = op.results[0].type
    assert isinstance(type_, IntegerType | IndexType)
    value = int(evaluate_scalar.evaluate(op, operands))
    if isinstance(type_, IntegerType) and type_.width.data == 1:
        value = -(value & 1)
    return IntegerAttr(value, type_)


def _add(op: Operation, known: list[int | None]) -> SSAValue | Operation | None:
    a, b = op.operands
    if known[0] is not None:
        a, b, known = b, a, known[::-1]
    return _plus(a, known[1]) if known[1] is not None else None


def _sub(op: Operation, known: list[int | None]) -> SSAValue | Operation | Attribute | None:
    if op.operands[0] is op.operands[1]:
        return IntegerAttr(0, op.results[0].type)  # pyright: ignore
    return _plus(op.operands[0], -known[1]) if known[1] is not None else None


def _plus(value: SSAValue, added: int) -> SSAValue | Operation | None:
    """`value + added` as one addition or none, where `value` itself adds a constant."""
    own, rest = _offset(value)
    if own + added == 0:
        return rest
    if rest is value:
        return None
    total = IntegerAttr(own + added, value.type, truncate_bits=True)  # pyright: ignore
    return arith.AddiOp(rest, arith.ConstantOp(total))


def _offset(value: SSAValue) -> tuple[int, SSAValue]:
    """`value` as a constant plus the rest, where the rest is an existing value."""
    offset = 0
    while isinstance(value.owner, arith.AddiOp | arith.SubiOp):
        a, b = value.owner.operands
        constant, sign = integer(b), -1 if isinstance(value.owner, arith.SubiOp) else 1
        if constant is None and sign == 1:
            a, b, constant = b, a, integer(a)
        if constant is None:
            break
        offset, value = offset + sign * constant, a
    return offset, value


def _mul(op: Operation, known: list[int | None]) -> SSAValue | Operation | None:
    a, b = op.operands
    if known[0] == 1 or known[1] == 1:
        return b if known[0] == 1 else a
    if known[0] is not None:
        a, b, known = b, a, known[::-1]
    if known[1] is not None and isinstance(a.owner, arith.MuliOp):
        factor, rest = _factor(a)
        if factor != 1:
            return _times(rest, factor * known[1])
    return None


def _times(value: SSAValue, factor: int) -> SSAValue | Operation:
    """`value * factor`; the factor is a constant op that is not inserted yet."""
    if factor == 1:
        return value
    constant = arith.ConstantOp(IntegerAttr(factor, value.type))  # pyright: ignore
    return arith.MuliOp(value, constant)


def _div(op: Operation, known: list[int | None]) -> SSAValue | Operation | None:
    if known[1] == 1:
        return op.operands[0]
    factor, rest = _factor(op.operands[0])
    if known[1] and factor % known[1] == 0 and known[1] > 0:
        return _times(rest, factor // known[1])
    return None


def _factor(value: SSAValue) -> tuple[int, SSAValue]:
    """`value` as constant times the rest, where the rest is an existing value."""
    factor = 1
    while isinstance(value.owner, arith.MuliOp):
        a, b = value.owner.operands
        constant = integer(b)
        if constant is None:
            a, b, constant = b, a, integer(a)
        if constant is None:
            break
        factor, value = factor * constant, a
    return factor, value


def is_size(value: SSAValue, depth: int = 8) -> bool:
    """Whether a value is known not to be negative because sizes are not."""
    constant = integer(value)
    if constant is not None:
        return constant >= 0
    owner = value.owner
    if isinstance(owner, tensor.DimOp):
        return True
    if not isinstance(owner, _KEEP_SIGN) or depth == 0:
        return False
    operands = owner.operands[1:] if isinstance(owner, arith.SelectOp) else owner.operands
    return all(is_size(v, depth - 1) for v in operands)


_KEEP_SIGN = (arith.MuliOp, arith.AddiOp, arith.DivSIOp, arith.DivUIOp, arith.MaxSIOp,
              arith.MinSIOp, arith.IndexCastOp, arith.SelectOp)  # fmt: skip


def factors(value: SSAValue) -> tuple[int, list[SSAValue]]:
    """A size as a number times values that are no products themselves."""
    constant = integer(value)
    if constant is not None:
        return constant, []
    owner = value.owner
    if not isinstance(owner, arith.MuliOp):
        return 1, [value]
    (a, left), (b, right) = factors(owner.operands[0]), factors(owner.operands[1])
    return a * b, left + right


def _same(op: Operation, known: list[int | None]) -> SSAValue | None:
    return op.operands[0] if op.operands[0] is op.operands[1] else None


def _max(op: Operation, known: list[int | None]) -> SSAValue | None:
    """A size is at least 0."""
    for bound, other in zip(known, reversed(op.operands), strict=True):
        if bound is not None and bound <= 0 and is_size(other):
            return other
    return _same(op, known)


def _min(op: Operation, known: list[int | None]) -> SSAValue | None:
    for bound, value, other in zip(known, op.operands, reversed(op.operands), strict=True):
        if bound is not None and bound <= 0 and is_size(other):
            return value
    return _same(op, known)


def _cmp(op: Operation, known: list[int | None]) -> Attribute | None:
    predicate = op.properties["predicate"].value.data  # pyright: ignore
    if op.operands[0] is not op.operands[1]:
        # a size compared with a negative number, as in tests for "-1: not given"
        if known[1] is not None and known[1] < 0 and predicate < 6 and is_size(op.operands[0]):
            return IntegerAttr(-1 if predicate in (1, 4, 5) else 0, IntegerType(1))
        if known[1] == 0 and predicate in (2, 5) and is_size(op.operands[0]):
            return IntegerAttr(-1 if predicate == 5 else 0, IntegerType(1))
        return None
    return IntegerAttr(-1 if predicate in (0, 3, 5, 7, 9) else 0, IntegerType(1))


def _select(op: Operation, known: list[int | None]) -> SSAValue | None:
    condition, yes, no = op.operands
    if known[0] is not None:
        return yes if known[0] else no
    if yes is no:
        return yes
    # select(a == c, c, a) is a
    compare = condition.owner
    equal = isinstance(compare, arith.CmpiOp) and compare.predicate.value.data == 0
    return no if equal and {compare.lhs, compare.rhs} == {yes, no} else None  # pyright: ignore[reportAttributeAccessIssue]


def _cast(op: Operation, known: list[int | None]) -> SSAValue | None:
    inner = op.operands[0].owner
    if isinstance(inner, arith.IndexCastOp) and inner.input.type == op.results[0].type:
        return inner.input
    return op.operands[0] if op.operands[0].type == op.results[0].type else None


_RULES = {
    arith.AddiOp: _add,
    arith.SubiOp: _sub,
    arith.MuliOp: _mul,
    arith.DivSIOp: _div,
    arith.DivUIOp: _div,
    arith.MaxSIOp: _max,
    arith.MinSIOp: _min,
    arith.MaxUIOp: _same,
    arith.MinUIOp: _same,
    arith.AndIOp: _same,
    arith.OrIOp: _same,
    arith.CmpiOp: _cmp,
    arith.SelectOp: _select,
    arith.IndexCastOp: _cast,
}
