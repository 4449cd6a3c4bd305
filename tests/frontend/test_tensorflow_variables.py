# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Variables of every kind: made late, nested, of changing shape, read and written in parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import iree_explore as ie  # noqa: E402
from tests.frontend.agreement import assert_same  # noqa: E402

Spec = tf.TensorSpec
TARGETS = ["reference", "llvm-cpu"]
LINE = Spec((None,))
ROWS = Spec((None, 3))


def floats(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


class CreatedInTheFirstCall(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.v = None

    @tf.function(input_signature=[Spec((3,))])
    def f(self, x):
        if self.v is None:
            self.v = tf.Variable(tf.zeros((3,)))
        self.v.assign_add(x)
        return self.v.read_value()


class Nested(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rows = [tf.Variable(2.0), tf.Variable(floats(3))]
        self.named = {"a": tf.Variable(floats(3)), "b": [tf.Variable(1.0)]}

    @tf.function(input_signature=[Spec((3,))])
    def f(self, x):
        self.rows[1].assign_add(x * self.rows[0])
        self.named["b"][0].assign(self.named["a"][0])
        return self.rows[1] + self.named["a"]

    @tf.function(input_signature=[Spec((3,))])
    def g(self, x):
        self.named["a"].assign_sub(x)
        return self.named["b"][0].read_value()


class Scattered(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.v = tf.Variable(floats(3, 4))

    @tf.function(input_signature=[Spec((None, 2), tf.int32), Spec((None,))])
    def f(self, i, x):
        found = []
        for kind in ("update", "add", "sub", "min", "max"):
            getattr(self.v, f"scatter_nd_{kind}")(i, x)
            found.append(self.v.read_value())
        return found

    @tf.function(input_signature=[Spec((3, 2), tf.int32), Spec((3, 2))])
    def batches(self, i, x):
        self.v.batch_scatter_update(tf.IndexedSlices(x, i))
        return self.v.read_value()

    @tf.function(input_signature=[Spec((None, 2), tf.int32)])
    def read(self, i):
        handle = {"resource": self.v.handle, "indices": i, "dtype": tf.float32}
        batches = tf.raw_ops.ResourceGather(batch_dims=1, **handle)
        return batches, self.v.sparse_read(i), self.v.gather_nd(i)


class CountsUp(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.v = tf.Variable(0, name="v")

    @tf.function(input_signature=[])
    def f(self):
        before = tf.raw_ops.ResourceCountUpTo(resource=self.v.handle, limit=3, T=tf.int32)
        return before, self.v.read_value()


class Line(tf.Module):
    """A variable of any length."""

    def __init__(self) -> None:
        super().__init__()
        self.v = tf.Variable(floats(3), shape=[None], name="v")
        self.read_only = tf.Variable(floats(2), shape=[None])

    @tf.function(input_signature=[LINE])
    def f(self, x):
        before = tf.reduce_sum(self.v)
        self.v.assign(x)
        return before, self.v * 2, tf.shape(self.v), tf.exp(self.read_only * 2)

    @tf.function(input_signature=[])
    def twice(self):
        self.v.assign(tf.concat([self.v, self.v], 0))
        return self.v.read_value()

    @tf.function(input_signature=[Spec((), tf.int32)])
    def grow(self, n):
        while tf.shape(self.v)[0] < n:
            if tf.shape(self.v)[0] % 2 == 0:
                self.v.assign(tf.concat([self.v, self.v + 1], 0))
            else:
                self.v.assign(tf.concat([self.v, [9.0]], 0))
        return self.v.read_value()


class Rows(tf.Module):
    """A cache that grows row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.v = tf.Variable(floats(1, 3), shape=[None, 3], name="v")

    @tf.function(input_signature=[ROWS])
    def f(self, x):
        self.v.assign(tf.concat([self.v, x], 0))
        return tf.reduce_sum(self.v, 0)

    @tf.function(input_signature=[])
    def g(self):
        for _ in tf.range(3):
            self.v.assign(tf.concat([self.v, self.v[:1]], 0))
        return self.v.read_value()


class UnknownRank(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.v = tf.Variable(floats(1, 3), shape=tf.TensorShape(None))

    @tf.function(input_signature=[ROWS])
    def f(self, x):
        self.v.assign(x)
        return tf.reduce_sum(self.v)

    @tf.function(input_signature=[])
    def g(self):
        return self.v.read_value()


class Kinds(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.bools = tf.Variable([True], shape=[None])
        self.complexes = tf.Variable(np.array([1 + 2j], np.complex64), shape=[None])
        self.bytes = tf.Variable(np.array([[3, 200]], np.uint8), shape=[None, 2])
        self.halves = tf.Variable(np.array([3, 2], np.float16), shape=[None])

    @tf.function(input_signature=[LINE])
    def f(self, x):
        self.bools.assign(tf.concat([self.bools, x > 0], 0))
        self.complexes.assign(tf.concat([self.complexes * 1j, self.complexes], 0))
        self.bytes.assign(tf.concat([self.bytes, self.bytes + 100], 0))
        self.halves.assign(self.halves[1:])
        return [v.read_value() for v in self.variables]


PAIRS = np.array([[2, 0], [1, 3]], np.int32)
MODULES: dict[Callable[[], Any], list[tuple[Any, ...]]] = {
    CreatedInTheFirstCall: [("f", floats(3))] * 2,
    Nested: [("f", floats(3)), ("g", floats(3)), ("f", floats(3))],
    Scattered: [
        ("f", PAIRS, floats(2)),
        ("batches", np.array([[1, 0], [3, 2], [0, 0]], np.int32), floats(3, 2)),
        ("read", np.array([[1, 0], [2, 2], [0, 1]], np.int32)),
        ("f", PAIRS[[1, 1, 1]], floats(3)),
    ],
    CountsUp: [("f",)] * 3,
    Line: [
        ("f", floats(2)), ("twice",), ("f", floats(5)), ("twice",), ("grow", np.int32(12)),
        ("f", floats(0)),
    ],
    Rows: [("f", floats(2, 3)), ("f", floats(5, 3)), ("g",)],
    UnknownRank: [("g",), ("f", floats(2, 3)), ("f", floats(5, 3)), ("g",)],
    Kinds: [("f", floats(2)), ("f", floats(3))],
}  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("make", MODULES)
def test_variables_of_every_kind_advance(make: Callable[[], Any], target: str) -> None:
    source, own = make(), make()
    module = ie.compile(own, target=target)
    for name, *arguments in MODULES[make]:
        wanted = getattr(source, name)(*map(tf.constant, arguments))
        assert_same(module[name](*arguments), wanted)
    state = [(v.numpy().dtype, v.numpy().tolist()) for v in source.variables]
    for value in module.variables.values():
        assert (value.dtype, value.tolist()) in state


@pytest.mark.parametrize("target", TARGETS)
def test_a_variable_of_any_length_is_read_and_written(target: str) -> None:
    module = ie.compile(Line(), target=target)
    assert list(module.variables) == ["v"]
    assert repr(module.variables) == "<1 variables\n  v: float32[?]>"
    for length in (4, 0, 7):
        module.variables["v"] = floats(length)
        np.testing.assert_array_equal(module.variables["v"], floats(length))
        np.testing.assert_array_equal(module["twice"](), np.tile(floats(length), 2))
    with pytest.raises(ie.Error, match=r"has shape \[\?\], got \[1, 1\]") as raised:
        module.variables["v"] = floats(1, 1)
    assert raised.value.code == "IX302"


def test_a_variable_of_any_length_is_saved_as_it_is(tmp_path: Path) -> None:
    module = ie.compile(Rows(), target="llvm-cpu")
    module["f"](floats(4, 3))
    module.save(tmp_path / "rows.iexm")
    loaded = ie.load_module(tmp_path / "rows.iexm")
    np.testing.assert_array_equal(loaded.variables["v"], module.variables["v"])
    assert_same(loaded["g"](), module["g"]())


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((3,), r"argument x has size 3 in dimension 0, got shape \[4\]"),
        ((None, 3), r"3\*x_d0 == x_d0\*x_d1 does not hold \(stablehlo\.dynamic_reshape in "
                    r"AssignVariableOp \(.*test_tensorflow_variables\.py:\d+\)\): "
                    r"x_d0 is 4, argument x, dimension 0; x_d1 is 4, argument x, dimension 1"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_not_assigned(
    shape: tuple[int | None, ...], said: str, target: str
) -> None:
    class Assigned(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.v = tf.Variable(tf.zeros([n or 2 for n in shape]), shape=shape, name="v")

        @tf.function(input_signature=[Spec([None] * len(shape))])
        def f(self, x):
            self.v.assign(x)

    module = ie.compile(Assigned(), target=target)
    given = floats(*(4 for _ in shape))
    with pytest.raises(ie.ModelError, match=said) as raised:
        module["f"](given)
    assert raised.value.code == "IX302", "said before anything runs"
    assert not module.variables["v"].any()


def test_counting_stops_at_the_limit() -> None:
    module = ie.compile(CountsUp(), target="reference")
    module.variables["v"] = 3
    with pytest.raises(ie.Error, match="reached limit of 3") as raised:
        module["f"]()
    assert raised.value.code == "IX307"


def test_other_resources_are_refused_by_name() -> None:
    class Locked(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.v = tf.Variable(floats(3))
            self.lock = tf.CriticalSection()

        @tf.function(input_signature=[Spec((3,))])
        def f(self, x):
            return self.lock.execute(lambda: self.v.assign_add(x))

    with pytest.raises(ie.Error, match=r"tf\.CriticalSection") as raised:
        ie.compile(Locked(), target="reference")
    assert raised.value.code == "IX105"
