# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The calls of LAPACK that JAX makes on CPUs, made of what `linear_algebra.py` has.

`@lapack_spotrf_ffi` and its kin: s, d, c and z for the types, options as characters' codes. The
last result of most says whether it worked: here it is 1 where the results are not numbers.
Source of the conventions: https://github.com/jax-ml/jax, jaxlib/lapack.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ComplexType, IntegerAttr, StringAttr, TensorType, i1, i32
from xdsl.ir import Attribute, SSAValue

from iree_explore import elements as dense
from iree_explore.linalg.ext.cholesky import factors
from iree_explore.linalg.ext.eig import eigen as any_eigen
from iree_explore.linalg.ext.eigh import eigen
from iree_explore.linalg.ext.householder import product, reflections
from iree_explore.linalg.ext.lu import factors as lu_factors
from iree_explore.linalg.ext.svd import singular
from iree_explore.linalg.ext.triangular_solve import solve
from iree_explore.stablehlo.attrs import Transpose, TransposeAttr
from iree_explore.stablehlo.base import DYNAMIC, Run, element_type, shape_of
from iree_explore.stablehlo.custom_calls import CustomCall, attributes_of
from iree_explore.stablehlo.decomposition import Decomposer

Arrays = list[np.ndarray]
Results = Sequence[SSAValue]
Evaluate = Callable[[Any, Arrays, Run], Arrays]
Decompose = Callable[[Any, Decomposer], Results]

_TRANSPOSES = {"N": Transpose.NO_TRANSPOSE, "T": Transpose.TRANSPOSE, "C": Transpose.ADJOINT}


def option(op: Any, name: str, default: str) -> str:
    """A character that the call passes on."""
    value = attributes_of(op).get(name)
    return chr(value.value.data) if isinstance(value, IntegerAttr) else default


def _flag(on: bool) -> Attribute:
    return IntegerAttr(int(on), i1)


def _call(d: Decomposer, op: Any, target: str, types: Sequence[Any], config: str = "") -> Results:
    """Another call on the same operands."""
    return d.create(
        "stablehlo.custom_call", list(op.operands), types, call_target_name=StringAttr(target),
        backend_config=StringAttr(config),
    )  # fmt: skip


def _failed(d: Decomposer, value: SSAValue, type_: Any) -> SSAValue:
    """1 for each matrix (or vector) whose first element is not a number, else 0."""
    batch = list(type_.get_shape())
    shape = shape_of(value)
    if 0 in shape:
        return d.literal(dense.of_type(type_, np.zeros((), np.int32)))
    ones = [*batch, *[1] * (len(shape) - len(batch))]
    first = d.make(
        "slice", value, type_=TensorType(element_type(value), ones),
        start_indices=[0] * len(ones), limit_indices=ones, strides=[1] * len(ones),
    )  # fmt: skip
    first = d.reshape(first, batch)
    return d.convert(d.compare(first, first, "NE"), i32)


def _not_numbers(value: np.ndarray, batch: int) -> np.ndarray:
    first = value.reshape(*value.shape[:batch], -1)[..., :1]
    return np.asarray(np.isnan(first).any(-1), np.int32)


# Each routine: what it is, and what it becomes
# --------------------------------------------------------------------------------------------


def evaluate_potrf(op: Any, args: Arrays, run: Run) -> Arrays:
    found = factors(args[0], lower=option(op, "uplo", "L") == "L")
    return [found, _not_numbers(found, found.ndim - 2)]


def decompose_potrf(op: Any, d: Decomposer) -> Results:
    lower = _flag(option(op, "uplo", "L") == "L")
    found = d.make("cholesky", op.operands[0], lower=lower)
    return [found, _failed(d, found, op.results[1].type)]


def evaluate_trsm(op: Any, args: Arrays, run: Run) -> Arrays:
    a, b = args
    lower, turn = option(op, "uplo", "L") == "L", option(op, "trans_x", "N")
    matrix = np.tril(a) if lower else np.triu(a)
    matrix = matrix if turn == "N" else np.swapaxes(matrix, -1, -2)
    matrix = np.conj(matrix) if turn == "C" else matrix
    return [solve(matrix, b, lower=lower != (turn != "N"), unit=option(op, "diag", "N") == "U",
                  left=option(op, "side", "L") == "L")]  # fmt: skip


def decompose_trsm(op: Any, d: Decomposer) -> Results:
    return [
        d.make(
            "triangular_solve", *op.operands[:2], left_side=_flag(option(op, "side", "L") == "L"),
            lower=_flag(option(op, "uplo", "L") == "L"),
            unit_diagonal=_flag(option(op, "diag", "N") == "U"),
            transpose_a=TransposeAttr(_TRANSPOSES[option(op, "trans_x", "N")]),
        )
    ]  # fmt: skip


def evaluate_geqrf(op: Any, args: Arrays, run: Run) -> Arrays:
    return list(reflections(args[0]))


def decompose_geqrf(op: Any, d: Decomposer) -> Results:
    return _call(d, op, "Qr", [r.type for r in op.results])


def evaluate_orgqr(op: Any, args: Arrays, run: Run) -> Arrays:
    return [product(*args)]


def decompose_orgqr(op: Any, d: Decomposer) -> Results:
    return _call(d, op, "ProductOfElementaryHouseholderReflectors", [op.results[0].type])


def evaluate_syevd(op: Any, args: Arrays, run: Run) -> Arrays:
    v, w = eigen(args[0], lower=option(op, "uplo", "L") == "L")
    return [v, w, _not_numbers(w, w.ndim - 1)]


def decompose_syevd(op: Any, d: Decomposer) -> Results:
    lower = int(option(op, "uplo", "L") == "L")
    v, w = _call(d, op, "Eigh", [r.type for r in op.results[:2]], f"{lower},1")
    return [v, w, _failed(d, w, op.results[2].type)]


def evaluate_gesdd(op: Any, args: Arrays, run: Run) -> Arrays:
    (a,) = args
    high = a.shape[-2] > a.shape[-1]
    full = option(op, "mode", "A") == "A"
    wide = np.conj(np.swapaxes(a, -1, -2)) if high else a
    u, s, vh = singular(wide, max(a.shape[-2:]) if full else min(a.shape[-2:]))
    if high:
        u, vh = (np.conj(np.swapaxes(x, -1, -2)) for x in (vh, u))
    u, vh = (_padded(x, r.type) for x, r in zip((u, vh), op.results[2:4], strict=True))
    return [a, s, u, vh, _not_numbers(s, s.ndim - 1)]


def _padded(x: np.ndarray, type_: Any) -> np.ndarray:
    """Results that nobody asked for are declared with other sizes: zeros there."""
    shape = tuple(type_.get_shape())
    found = np.zeros(shape, x.dtype)
    if shape == x.shape:
        found = x
    return found


def decompose_gesdd(op: Any, d: Decomposer) -> Results:
    """LAPACK's own matrix is the first result; without vectors ("N") theirs are zeros."""
    (a,) = op.operands
    *batch, m, n = shape_of(a)
    full = option(op, "mode", "A") == "A"
    low, high = min(m, n), max(m, n)
    element = element_type(a)
    square = TensorType(element, [*batch, low, low])
    basis = TensorType(element, [*batch, high if full else low, high])
    wide = a if m <= n else _adjoint(d, a)
    u, s, vh = d.create(
        "stablehlo.custom_call", [wide], [square, op.results[1].type, basis],
        call_target_name=StringAttr("Svd"),
    )  # fmt: skip
    if m > n:
        u, vh = _adjoint(d, vh), _adjoint(d, u)
    vectors = [
        v if v.type == r.type else d.literal(dense.of_type(r.type, np.zeros((), np.float32)))
        for v, r in zip((u, vh), op.results[2:4], strict=True)
    ]
    return [a, s, *vectors, _failed(d, s, op.results[4].type)]


def _adjoint(d: Decomposer, value: SSAValue) -> SSAValue:
    *batch, m, n = shape_of(value)
    order = [*range(len(batch)), len(batch) + 1, len(batch)]
    type_ = TensorType(element_type(value), [*batch, n, m])
    turned = d.make("transpose", value, type_=type_, permutation=order)
    return d.make("chlo.conj", turned) if isinstance(element_type(value), ComplexType) else turned


def evaluate_geev(op: Any, args: Arrays, run: Run) -> Arrays:
    values, right, left = any_eigen(args[0])
    parts = [values] if len(op.results) == 4 else [np.real(values), np.imag(values)]
    return [*parts, left, right, _not_numbers(np.real(values), values.ndim - 1)]


def decompose_geev(op: Any, d: Decomposer) -> Results:
    """Real matrices have their eigenvalues in two parts. Vectors that nobody asked for are free."""
    real = len(op.results) == 5
    left, right, _ = (r.type for r in op.results[-3:])
    values = TensorType(left.element_type, shape_of(op.operands[0])[:-1])
    wanted = [values, right, left] if option(op, "compute_left", "N") == "V" else [values, right]
    found = _call(d, op, "Eig", wanted)
    part = TensorType(left.element_type.element_type, values.get_shape())
    re, im = (d.make(name, found[0], type_=part) for name in ("real", "imag"))
    parts = [re, im] if real else [found[0]]
    return [*parts, found[-1], found[1], _failed(d, re, op.results[-1].type)]


def evaluate_getrf(op: Any, args: Arrays, run: Run) -> Arrays:
    found, pivots, _ = lu_factors(args[0])
    return [found, pivots + 1, _not_numbers(found, found.ndim - 2)]


def decompose_getrf(op: Any, d: Decomposer) -> Results:
    """LAPACK numbers rows from 1."""
    found, pivots, _ = (r.type for r in op.results)
    rows = TensorType(i32, shape_of(op.operands[0])[:-1])
    lu, exchanged, _ = _call(d, op, "LuDecomposition", [found, pivots, rows])
    real = lu
    if element_type(lu).name == "complex":
        real = d.make("real", lu, type_=TensorType(element_type(lu).element_type, shape_of(lu)))  # pyright: ignore
    exchanged = d.make("add", exchanged, d.number(exchanged, 1))
    return [lu, exchanged, _failed(d, real, op.results[2].type)]


def _static(decompose: Decompose) -> Any:
    """Only where all sizes are known."""

    def checked(op: Any, d: Decomposer) -> Results | None:
        values = (*op.operands, *op.results)
        return None if any(DYNAMIC in shape_of(v) for v in values) else decompose(op, d)

    return checked


ROUTINES: tuple[tuple[Sequence[str], Evaluate, Decompose], ...] = (
    (("spotrf", "dpotrf", "cpotrf", "zpotrf"), evaluate_potrf, decompose_potrf),
    (("strsm", "dtrsm", "ctrsm", "ztrsm"), evaluate_trsm, decompose_trsm),
    (("sgeqrf", "dgeqrf", "cgeqrf", "zgeqrf"), evaluate_geqrf, decompose_geqrf),
    (("sorgqr", "dorgqr", "cungqr", "zungqr"), evaluate_orgqr, decompose_orgqr),
    (("ssyevd", "dsyevd", "cheevd", "zheevd"), evaluate_syevd, decompose_syevd),
    (("sgeev", "dgeev", "cgeev", "zgeev"), evaluate_geev, decompose_geev),
    (("sgesdd", "dgesdd", "cgesdd", "zgesdd"), evaluate_gesdd, decompose_gesdd),
    (("sgetrf", "dgetrf", "cgetrf", "zgetrf"), evaluate_getrf, decompose_getrf),
)
"""Names of a routine, its definition, its decomposition."""

CALLS: tuple[CustomCall, ...] = tuple(
    CustomCall(f"lapack_{name}_ffi", evaluate, _static(decompose))
    for names, evaluate, decompose in ROUTINES
    for name in names
)
