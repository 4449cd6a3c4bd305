# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sparse tensors: made dense, multiplied, reduced, ordered, joined, and their gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import iree_explore as ie
from tests.frontend.tensorflow_ops import Case, Fixed, check, f32, i32, i64

tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(5)
raw = tf.raw_ops
sparse = tf.sparse


class Rows(Fixed):
    """Places of values: how many there are may be unknown, the rank is not."""

    def shape(self, unknown: str) -> list[int | None]:
        """Sizes when those of other arguments are unknown."""
        return [None if unknown != "none" else len(self.value), self.value.shape[1]]


PLACES = i64([[0, 1], [0, 3], [2, 0], [2, 4], [3, 3]])
VALUES = f32([1.5, -2, 3, 0.25, -1])
SHAPE = i64([4, 5])
MIXED = PLACES[[3, 0, 4, 1, 2]]
CUBE = i64([[0, 0, 1], [0, 0, 2], [1, 1, 0], [1, 2, 3]])
DENSE = RNG.normal(size=(5, 3)).astype(np.float32)
FULL = RNG.normal(size=(4, 5)).astype(np.float32)


def of(function: Callable[..., Any], *more: Any, places: Any = PLACES, shape: Any = SHAPE) -> Case:
    """A function of a sparse tensor and others; sparse results are their parts."""

    def called(places: Any, values: Any, shape: Any, *rest: Any) -> Any:
        made = function(tf.SparseTensor(places, values, shape), *rest)
        return tf.nest.flatten(made, expand_composites=True)

    return called, [Rows(places), VALUES[: len(places)], Fixed(shape), *more]


def of_two(function: Callable[..., Any]) -> Case:
    """A function of two sparse tensors of one shape."""
    other = i64([[0, 1], [1, 2], [2, 0], [3, 4]])

    def called(a: Any, x: Any, b: Any, y: Any, shape: Any) -> Any:
        made = function(tf.SparseTensor(a, x, shape), tf.SparseTensor(b, y, shape))
        return tf.nest.flatten(made, expand_composites=True)

    return called, [Rows(PLACES), VALUES, Rows(other), f32([-1.5, 7, 2, 3]), Fixed(SHAPE)]


def gradients(function: Callable[..., Any], *more: Any) -> Case:
    """Gradients of a sum of squares for the values and what else there is."""

    def called(places: Any, values: Any, shape: Any, *rest: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch([values, *rest])
            made = function(tf.SparseTensor(places, values, shape), *rest)
            loss = tf.reduce_sum(tf.square(made))
        return tape.gradient(loss, [values, *rest])

    return called, [Rows(PLACES), VALUES, Fixed(SHAPE), *more]


def looked_up(combiner: str, safe: bool = False) -> Case:
    """Rows of a table, combined by sparse ids and weights."""
    op = tf.nn.safe_embedding_lookup_sparse if safe else tf.nn.embedding_lookup_sparse

    def called(places: Any, ids: Any, weights: Any, table: Any) -> Any:
        keys, scales = (tf.SparseTensor(places, v, SHAPE) for v in (ids, weights))
        return op(table, keys, scales, combiner=combiner)

    ids = i64([1, 4, 0, -1, 2]) if safe else i64([1, 4, 0, 4, 2])
    return called, [Rows(PLACES), ids, f32([1, 2, 0.5, 1, 3]), DENSE]


DENSE_RESULTS: dict[str, Case] = {
    "dense": of(lambda t: (sparse.to_dense(t), sparse.to_dense(t, 9.0))),
    "dense of one": (
        lambda at, n: raw.SparseToDense(
            sparse_indices=at, output_shape=n, sparse_values=1.0, default_value=0.0
        ),
        [i32([2]), Fixed(i32([6]))],
    ),
    "product": of(lambda t, d: sparse.sparse_dense_matmul(t, d), DENSE),
    "product of mixed places": of(sparse.sparse_dense_matmul, DENSE, places=MIXED),
    "adjoint": of(lambda t, d: sparse.sparse_dense_matmul(t, d, adjoint_a=True), DENSE[:4]),
    "both adjoint": of(lambda t, d: sparse.sparse_dense_matmul(t, d, True, True), DENSE[:4].T),
    "sum with dense": of(sparse.add, FULL),
    "elements": of(lambda t, d: (t * d, t / d), FULL),
    "elements broadcast": of(lambda t: (t * FULL[0], t / FULL[:, :1], t * 2.0)),
    "elements added": of(
        lambda t, d: raw.SparseDenseCwiseAdd(
            sp_indices=t.indices, sp_values=t.values, sp_shape=t.dense_shape, dense=d
        ),
        FULL,
    ),
    "sums": of(lambda t: [sparse.reduce_sum(t, a) for a in (None, 0, -1)]),
    "greatest": of(lambda t: (sparse.reduce_max(t, 1), sparse.reduce_max(t, 0, True))),
    "sums of three": of(
        lambda t: (sparse.reduce_sum(t, [0, 2]), sparse.reduce_max(t, 1, True)),
        places=CUBE,
        shape=i64([2, 3, 4]),
    ),
    "softmax": of(sparse.softmax),
}

SETS: dict[str, Case] = {
    "order": of(sparse.reorder, places=MIXED),
    "reshape": of(lambda t: (sparse.reshape(t, [2, -1]), sparse.reshape(t, [5, 2, 2]))),
    "slice": of(lambda t: sparse.slice(t, [1, 1], [2, 9])),
    "concat": of(lambda t: (sparse.concat(0, [t, t]), sparse.concat(-1, [t, t]))),
    "split": of(lambda t: sparse.split(t, 2, 1)),
    "empty rows": of(lambda t: sparse.fill_empty_rows(t, 9.0)),
    "empty rows of mixed places": of(
        lambda t: raw.SparseFillEmptyRows(
            indices=t.indices, values=t.values, dense_shape=t.dense_shape, default_value=5.0
        ),
        places=MIXED,
    ),
    "transpose": of(sparse.transpose),
    "from dense": (
        lambda x: tf.nest.flatten(sparse.from_dense(x), expand_composites=True),
        [np.maximum(FULL, 0)],
    ),
    "retain": of(lambda t: sparse.retain(t, t.values > 0)),
    "sums": of(lambda t: sparse.reduce_sum(t, 0, output_is_sparse=True)),
    "greatest": of(lambda t: sparse.reduce_max(t, 1, True, output_is_sparse=True)),
    "sum of two": of_two(lambda a, b: (sparse.add(a, b), sparse.add(a, b, 1.0))),
    "extremes of two": of_two(lambda a, b: (sparse.maximum(a, b), sparse.minimum(a, b))),
}

GRADIENTS: dict[str, Case] = {
    "product": gradients(sparse.sparse_dense_matmul, DENSE),
    "dense": gradients(sparse.to_dense),
    "sums": gradients(lambda t: sparse.reduce_sum(t, 1)),
    "softmax": gradients(lambda t: sparse.softmax(t).values),
    "slice": gradients(lambda t: sparse.slice(t, [1, 1], [2, 9]).values),
    "empty rows": gradients(lambda t: sparse.fill_empty_rows(t, 9.0)[0].values),
    "sum of two": gradients(lambda t: sparse.add(t, t).values),
}

LOOKUPS: dict[str, Case] = {
    **{kind: looked_up(kind) for kind in ("sum", "mean", "sqrtn")},
    "safe": looked_up("mean", safe=True),
}


@pytest.mark.parametrize("unknown", ["none", "all"])
@pytest.mark.parametrize("family", ["DENSE_RESULTS", "SETS", "GRADIENTS", "LOOKUPS"])
def test_family_matches_tensorflow(family: str, unknown: str) -> None:
    check(globals()[family], unknown)


def test_sparse_tensors_are_taken_and_returned_as_their_parts() -> None:
    @tf.function(input_signature=[tf.SparseTensorSpec([None, 5])])
    def program(x: Any) -> Any:
        return {"turned": sparse.transpose(x), "dense": sparse.to_dense(x)}

    x = tf.SparseTensor(PLACES, VALUES, SHAPE)
    module = ie.compile(program, device="local-sync")
    wanted = program(x)
    for given in (x, (PLACES, VALUES, SHAPE)):
        found = module.main(given)
        np.testing.assert_array_equal(found["dense"], wanted["dense"])
        assert type(found["turned"]).__name__ == "SparseTensor"
        for part in ("indices", "values", "dense_shape"):
            np.testing.assert_array_equal(
                getattr(found["turned"], part), getattr(wanted["turned"], part)
            )


def test_no_values_are_no_problem() -> None:
    places, values = np.zeros((0, 2), np.int64), np.zeros(0, np.float32)
    cases: dict[str, Case] = {
        name: (DENSE_RESULTS | SETS)[name]
        for name in ("dense", "product", "sums", "order", "empty rows", "slice")
    }
    cases = {k: (f, [Rows(places), values, *rest[2:]]) for k, (f, rest) in cases.items()}
    check(cases, "all")
