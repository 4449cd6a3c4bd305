# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`cholesky`, `triangular_solve`, and XLA's calls for QR decompositions and eigenvalues.

One op of `iree_linalg_ext` each. They work on real tensors or on pairs of real and imaginary parts:
a complex op becomes a custom call on the pairs, `@Cholesky` and `@TriangularSolve` included.
Source of the calls' conventions: https://github.com/openxla/xla, hlo/builder/lib and
hlo/transforms/expanders (qr_expander, eigh_expander).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from xdsl.dialects.builtin import (
    ComplexType,
    DictionaryAttr,
    IntegerAttr,
    StringAttr,
    TensorType,
    UnitAttr,
    f32,
    i1,
    i32,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import IRDLOperation, irdl_op_definition, operand_def, opt_prop_def, result_def

from iree_explore.linalg.ext.cholesky import CholeskyOp as ExtCholeskyOp
from iree_explore.linalg.ext.cholesky import factors
from iree_explore.linalg.ext.eig import EigOp, square_root
from iree_explore.linalg.ext.eig import eigen as any_eigen
from iree_explore.linalg.ext.eigh import EighOp, eigen
from iree_explore.linalg.ext.householder import HouseholderProductOp, QrOp, product, reflections
from iree_explore.linalg.ext.lu import LuOp
from iree_explore.linalg.ext.lu import factors as lu_factors
from iree_explore.linalg.ext.svd import SvdOp, singular
from iree_explore.linalg.ext.triangular_solve import TriangularSolveOp as ExtTriangularSolveOp
from iree_explore.linalg.ext.triangular_solve import solve
from iree_explore.linalg.ext_numbers import joined
from iree_explore.stablehlo.attrs import Transpose, TransposeAttr
from iree_explore.stablehlo.base import (
    DYNAMIC,
    OpRow,
    PrettyOp,
    Run,
    Shape,
    agree,
    element_type,
    same_shape,
    shape_of,
)
from iree_explore.stablehlo.custom_calls import CustomCall
from iree_explore.stablehlo.decomposition import Decomposer
from iree_explore.stablehlo.lowering import Lowering
from iree_explore.stablehlo.ops import scalars as s

Arrays = list[np.ndarray]
Results = Sequence[SSAValue]
Flags = dict[str, bool]


@irdl_op_definition
class CholeskyOp(PrettyOp):
    """The triangular factor of Hermitian positive definite matrices.

    The other triangle of the result is zero; a matrix that is not positive definite gives NaN.
    Spec: https://openxla.org/stablehlo/spec#cholesky
    """

    name = "stablehlo.cholesky"
    FIELDS: ClassVar = (("lower", "lower", "bool"),)
    COMPACT: ClassVar = True
    a = operand_def(TensorType)
    lower = opt_prop_def(IntegerAttr.constr(i1))
    result = result_def(TensorType)


@irdl_op_definition
class TriangularSolveOp(IRDLOperation):
    """x of op(a) x = b, or of x op(a) = b, for a triangular a.

    Spec: https://openxla.org/stablehlo/spec#triangular_solve
    """

    name = "stablehlo.triangular_solve"
    a = operand_def(TensorType)
    b = operand_def(TensorType)
    left_side = opt_prop_def(IntegerAttr.constr(i1))
    lower = opt_prop_def(IntegerAttr.constr(i1))
    unit_diagonal = opt_prop_def(IntegerAttr.constr(i1))
    transpose_a = opt_prop_def(TransposeAttr)
    result = result_def(TensorType)


def flags_of(op: Any) -> Flags:
    """What an op or a call of ours asks for."""
    if op.name == "stablehlo.custom_call":
        config = op.backend_config
        assert isinstance(config, DictionaryAttr)
        return {name: True for name in config.data}
    found = {
        name: bool(op.properties[name].value.data)
        for name in ("lower", "left_side", "unit_diagonal")
        if name in op.properties
    }
    if op.name == "stablehlo.triangular_solve":
        found["right"] = not found.pop("left_side", False)
        kind = op.transpose_a.data if op.transpose_a is not None else Transpose.NO_TRANSPOSE
        found["transpose"] = kind is Transpose.TRANSPOSE
        found["adjoint"] = kind is Transpose.ADJOINT
    return {name: True for name, on in found.items() if on}


def _properties(flags: Flags) -> dict[str, Attribute]:
    return {name: UnitAttr() for name in flags}


# Pairs and narrow floats
# --------------------------------------------------------------------------------------------


def _is_complex(op: Any) -> bool:
    return isinstance(element_type(op.operands[0]), ComplexType)


def _halves(type_: TensorType) -> list[Attribute]:
    element = type_.element_type
    if not isinstance(element, ComplexType):
        return [type_]
    return [TensorType(element.element_type, type_.get_shape())] * 2


def on_pairs(
    op: Any, d: Decomposer, target: str, config: Attribute | None, types: Sequence[Attribute]
) -> list[SSAValue]:
    """A call of `target` on real and imaginary parts; results of `types`, complex again."""
    operands: list[SSAValue] = []
    for value in op.operands:
        if not isinstance(element_type(value), ComplexType):
            operands.append(value)
            continue
        half = _halves(value.type)[0]
        operands += [d.make("real", value, type_=half), d.make("imag", value, type_=half)]
    halves = [_halves(t) for t in types]  # pyright: ignore[reportArgumentType]
    found = iter(_call(d, target, operands, [t for pair in halves for t in pair], config))
    results: list[SSAValue] = []
    for type_, pair in zip(types, halves, strict=True):
        parts = [next(found) for _ in pair]
        results.append(parts[0] if len(parts) == 1 else d.make("complex", *parts, type_=type_))
    return results


def _call(
    d: Decomposer,
    target: str,
    operands: Sequence[SSAValue],
    types: Sequence[Attribute],
    config: Attribute | None,
) -> Sequence[SSAValue]:
    typed = isinstance(config, DictionaryAttr)
    return d.create(
        "stablehlo.custom_call", operands, types, call_target_name=StringAttr(target),
        backend_config=config, api_version=IntegerAttr(4, i32) if typed else None,
    )  # fmt: skip


def in_f32(op: Any, d: Decomposer) -> Results | None:
    """The op on f32 for narrower floats."""
    element = element_type(op.operands[0])
    if not s.is_float(element) or s.width_of(element) >= 32:
        return None
    operands = [d.convert(v, f32) for v in op.operands]
    type_ = TensorType(f32, shape_of(op.results[0]))
    found = d.create(op.name, operands, [type_], **op.properties)[0]
    return [d.convert(found, element)]


def decomposition(target: str) -> Any:
    """How an op with the call `target` for complex numbers decomposes."""

    def decompose(op: Any, d: Decomposer) -> Results | None:
        if not _is_complex(op):
            return in_f32(op, d)
        config = DictionaryAttr(_properties(flags_of(op)))
        return on_pairs(op, d, target, config, [op.results[0].type])

    return decompose


def decompose_call(op: Any, d: Decomposer) -> Results | None:
    """A call on complex tensors."""
    if not _is_complex(op):
        return None
    types = [r.type for r in op.results]
    return on_pairs(op, d, op.call_target_name.data, op.backend_config, types)


def _wide(x: np.ndarray) -> np.ndarray:
    return x if x.dtype.kind == "c" or x.dtype.itemsize >= 4 else x.astype(np.float32)


def _joined(args: Arrays, matrices: int) -> Arrays:
    """Operands of a call, which are numbers or parts of numbers."""
    parts = len(args) // matrices
    return [joined(args[i * parts : (i + 1) * parts]) for i in range(matrices)]


def _as_results(op: Any, found: Arrays) -> Arrays:
    """Numbers as what the call returns: numbers, or their parts."""
    if len(found) == len(op.results):
        return found
    parts = []
    for x in found:
        parts += [np.real(x), np.imag(x)] if x.dtype.kind == "c" else [x]
    return [np.ascontiguousarray(x) for x in parts]


# Definitions and lowerings
# --------------------------------------------------------------------------------------------


def evaluate_cholesky(op: Any, args: Arrays, run: Run) -> Arrays:
    (a,) = _joined(args, 1)
    found = factors(_wide(a), lower=flags_of(op).get("lower", False)).astype(a.dtype)
    return _as_results(op, [found])


def lower_cholesky(op: Any, b: Lowering) -> list[SSAValue]:
    outs = [b.empty(b.dims(v), element_type(v)) for v in op.operands]
    return _finish(op, b, b.ext(ExtCholeskyOp, list(op.operands), outs, (),
                                _properties(flags_of(op))))  # fmt: skip


def evaluate_triangular_solve(op: Any, args: Arrays, run: Run) -> Arrays:
    a, b = _joined(args, 2)
    flags = flags_of(op)
    turned = "transpose" in flags or "adjoint" in flags
    matrix = np.tril(_wide(a)) if "lower" in flags else np.triu(_wide(a))
    matrix = np.swapaxes(matrix, -1, -2) if turned else matrix
    matrix = np.conj(matrix) if "adjoint" in flags else matrix
    found = solve(matrix, _wide(b), lower=("lower" in flags) != turned,
                  unit="unit_diagonal" in flags, left="right" not in flags)  # fmt: skip
    return _as_results(op, [found.astype(b.dtype)])


def infer_cholesky(op: Any) -> Sequence[Shape]:
    (shape,) = {*same_shape(op)}
    side = agree(shape[-1], shape[-2])
    return [(*shape[:-2], side, side)] * len(op.results)


def infer_triangular_solve(op: Any) -> Sequence[Shape]:
    half = len(op.operands) // 2
    matrix, found = shape_of(op.operands[0]), [list(shape_of(v)) for v in op.operands[half:]]
    side = -1 if "right" in flags_of(op) else -2
    for sizes in found:
        sizes[side] = agree(sizes[side], matrix[-1], matrix[-2])
        for d, n in enumerate(matrix[:-2]):
            sizes[d] = agree(sizes[d], n)
    return [tuple(sizes) for sizes in found]


def lower_triangular_solve(op: Any, b: Lowering) -> list[SSAValue]:
    half = len(op.operands) // 2
    outs = [b.empty(b.dims(v), element_type(v)) for v in op.operands[half:]]
    return _finish(op, b, b.ext(ExtTriangularSolveOp, list(op.operands), outs, (),
                                _properties(flags_of(op))))  # fmt: skip


def _finish(op: Any, b: Lowering, found: Sequence[SSAValue]) -> list[SSAValue]:
    """Results in the declared types; scratch comes after them."""
    return [b.cast_to(v, r.type) for v, r in zip(found, op.results, strict=False)]


def evaluate_qr(op: Any, args: Arrays, run: Run) -> Arrays:
    (a,) = _joined(args, 1)
    return _as_results(op, list(reflections(a)))


def lower_qr(op: Any, b: Lowering) -> list[SSAValue]:
    """Results: r with the vectors below it, taus."""
    values, element = list(op.operands), element_type(op.operands[0])
    *batch, m, n = b.dims(values[0])
    sizes = [[*batch, m, n], [*batch, b.minimum(m, n)], [*batch, n]]
    outs = [b.empty(dims, element) for dims in sizes for _ in values]
    return _finish(op, b, b.ext(QrOp, values, outs))


def evaluate_product(op: Any, args: Arrays, run: Run) -> Arrays:
    packed, taus = _joined(args, 2)
    return _as_results(op, [product(packed, taus)])


def lower_product(op: Any, b: Lowering) -> list[SSAValue]:
    values, element = list(op.operands), element_type(op.operands[0])
    *batch, m, n = b.dims(values[0])
    outs = [b.empty(dims, element) for dims in ([*batch, m, n], [*batch, n])
            for _ in values[: len(values) // 2]]  # fmt: skip
    return _finish(op, b, b.ext(HouseholderProductOp, values, outs))


def evaluate_lu(op: Any, args: Arrays, run: Run) -> Arrays:
    (a,) = _joined(args, 1)
    return _as_results(op, list(lu_factors(a)))


def lower_lu(op: Any, b: Lowering) -> list[SSAValue]:
    """Results: u with l below it, exchanged rows from 0, rows of the operand."""
    values, element = list(op.operands), element_type(op.operands[0])
    *batch, m, n = dims = b.dims(values[0])
    outs = [*(b.empty(dims, element) for _ in values),
            b.empty([*batch, b.minimum(m, n)], i32), b.empty([*batch, m], i32)]  # fmt: skip
    return _finish(op, b, b.ext(LuOp, values, outs))


def _eigh_flags(op: Any) -> Flags:
    """XLA's options: "lower,sort,iterations,tolerance"; the last two are not asked."""
    text = op.backend_config.data if isinstance(op.backend_config, StringAttr) else "1,1"
    words = text.split(",")
    return {name: True for name, word in zip(("lower", "sort"), words, strict=False)
            if word.strip() == "1"}  # fmt: skip


def evaluate_eigh(op: Any, args: Arrays, run: Run) -> Arrays:
    (a,) = _joined(args, 1)
    return _as_results(op, list(eigen(a, lower="lower" in _eigh_flags(op))))


def lower_eigh(op: Any, b: Lowering) -> list[SSAValue]:
    """Results: eigenvectors, eigenvalues."""
    values, element = list(op.operands), element_type(op.operands[0])
    dims = b.dims(values[0])
    matrices = [b.empty(dims, element) for _ in range(3 * len(values))]
    count = len(values)
    outs = [*matrices[:count], b.empty(dims[:-1], element), *matrices[count:]]
    return _finish(op, b, b.ext(EighOp, values, outs, (), _properties(_eigh_flags(op))))


def _is_full(op: Any) -> bool:
    """Whether a call of @Svd asks for a whole basis, where its type does not say so."""
    return isinstance(op.backend_config, StringAttr) and op.backend_config.data == "full"


def evaluate_svd(op: Any, args: Arrays, run: Run) -> Arrays:
    (a,) = _joined(args, 1)
    rows = shape_of(op.results[-1])[-2]
    if rows == DYNAMIC:
        rows = a.shape[-1 if _is_full(op) else -2]
    return _as_results(op, list(singular(a, rows)))


def lower_svd(op: Any, b: Lowering) -> list[SSAValue]:
    """Results: u, s, vh of an operand that is not higher than wide; vh is n x n if its type or
    `backend_config = "full"` says so."""
    values, element = list(op.operands), element_type(op.operands[0])
    *batch, m, n = b.dims(values[0])
    rows = shape_of(op.results[-1])[-2]
    if rows == DYNAMIC:
        rows = n if _is_full(op) else m
    square, basis = [*batch, m, m], [*batch, rows, n]
    outs = [*(b.empty(square, element) for _ in values), b.empty([*batch, m], element),
            *(b.empty(basis, element) for _ in values),
            *(b.empty(square, element) for _ in values)]  # fmt: skip
    return _finish(op, b, b.ext(SvdOp, values, outs))


def evaluate_eig(op: Any, args: Arrays, run: Run) -> Arrays:
    values, right, left = any_eigen(joined(args))
    parts = 1 if isinstance(element_type(op.results[0]), ComplexType) else 2
    return _as_results(op, [values, right, left][: len(op.results) // parts])


def decompose_eig(op: Any, d: Decomposer) -> Results | None:
    """The results are complex even if the operand is not."""
    if not isinstance(element_type(op.results[0]), ComplexType):
        return None
    types = [r.type for r in op.results]
    return on_pairs(op, d, "Eig", op.backend_config, types)


def lower_eig(op: Any, b: Lowering) -> list[SSAValue]:
    """Results: eigenvalues, right eigenvectors and, if there is a third, left ones."""
    values, element = list(op.operands), element_type(op.operands[0])
    dims = b.dims(values[0])
    vectors = len(op.results) // 2 - 1
    sizes = [dims[:-1], *[dims] * (vectors + 2), dims[:-1]]
    outs = [b.empty(size, element) for size in sizes for _ in range(2)]
    flags = {"left": True} if vectors == 2 else {}
    return _finish(op, b, b.ext(EigOp, values, outs, (), _properties(flags)))


def evaluate_square_root(op: Any, args: Arrays, run: Run) -> Arrays:
    return _as_results(op, [square_root(joined(args))])


def decompose_square_root(op: Any, d: Decomposer) -> Results | None:
    """The result is complex even if the operand is not."""
    if not isinstance(element_type(op.results[0]), ComplexType):
        return None
    return on_pairs(op, d, "MatrixSquareRoot", op.backend_config, [op.results[0].type])


def lower_square_root(op: Any, b: Lowering) -> list[SSAValue]:
    """Results: the parts of the root."""
    values, element = list(op.operands), element_type(op.operands[0])
    dims = b.dims(values[0])
    outs = [b.empty(size, element) for size in (dims, dims, dims, dims[:-1]) for _ in range(2)]
    return _finish(op, b, b.ext(EigOp, values, outs, (), {"square_root": UnitAttr()}))


CALLS: tuple[CustomCall, ...] = (
    CustomCall("MatrixSquareRoot", evaluate_square_root, decompose_square_root,
               lower_square_root),
    CustomCall("Eig", evaluate_eig, decompose_eig, lower_eig),
    CustomCall("Svd", evaluate_svd, decompose_call, lower_svd),
    CustomCall("Cholesky", evaluate_cholesky, None, lower_cholesky),
    CustomCall("TriangularSolve", evaluate_triangular_solve, None, lower_triangular_solve),
    CustomCall("Qr", evaluate_qr, decompose_call, lower_qr),
    CustomCall("ProductOfElementaryHouseholderReflectors", evaluate_product, decompose_call,
               lower_product),
    CustomCall("Eigh", evaluate_eigh, decompose_call, lower_eigh),
    CustomCall("LuDecomposition", evaluate_lu, decompose_call, lower_lu),
)  # fmt: skip

ROWS: tuple[OpRow, ...] = (
    OpRow(CholeskyOp, infer_cholesky, evaluate_cholesky, lower_cholesky,
          decompose=decomposition("Cholesky")),
    OpRow(TriangularSolveOp, infer_triangular_solve, evaluate_triangular_solve,
          lower_triangular_solve, decompose=decomposition("TriangularSolve")),
)  # fmt: skip
