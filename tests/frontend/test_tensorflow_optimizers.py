# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every `ResourceApply*` and `ResourceSparseApply*` moves its variables as TensorFlow's kernel."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import iree_explore as ie  # noqa: E402
from iree_explore.frontend.tensorflow.ops.optimizers import DENSE, VARIABLES  # noqa: E402
from tests.frontend.agreement import assert_same  # noqa: E402

SCALARS = {
    "beta1_power": 0.81, "beta2_power": 0.9, "lr": 0.1, "beta1": 0.9, "beta2": 0.95,
    "epsilon": 1e-3, "rho": 0.9, "l1": 0.01, "l2": 0.02, "l2_shrinkage": 0.03, "lr_power": -0.5,
    "alpha": 0.2, "logbase": 1.1, "sign_decay": 0.9, "beta": 0.8, "momentum": 0.7,
}  # fmt: skip
SIGNED = ("var", "m", "mom", "linear", "gradient_accumulator")
OPTIMIZERS = [n for n in dir(tf.raw_ops) if n.startswith(("ResourceApply", "ResourceSparseApply"))]
FLAGS: list[tuple[str, dict[str, bool]]] = [
    *((name, {}) for name in OPTIMIZERS),
    ("ResourceApplyAdam", {"use_nesterov": True}),
    ("ResourceApplyMomentum", {"use_nesterov": True}),
    ("ResourceSparseApplyMomentum", {"use_nesterov": True}),
    ("ResourceSparseApplyKerasMomentum", {"use_nesterov": True}),
    ("ResourceApplyAdagrad", {"update_slots": False}),
    ("ResourceSparseApplyAdagradV2", {"update_slots": False}),
    ("ResourceApplyFtrlV2", {"multiply_linear_by_lr": True}),
    ("ResourceSparseApplyFtrlV2", {"multiply_linear_by_lr": True}),
]


class Optimized(tf.Module):
    """Variables of one optimizer, and its step for a gradient (of the rows that indices name)."""

    def __init__(self, name: str, flags: dict[str, bool], known: bool) -> None:
        super().__init__()
        self.apply = getattr(tf.raw_ops, name)
        self.flags = flags
        self.parameters = list(inspect.signature(self.apply).parameters)
        rng = np.random.default_rng(0)
        self.state = {}
        for p in self.parameters:
            if p in VARIABLES:
                start = rng.uniform(0.5, 2, (4, 3)) - (1 if p in SIGNED else 0)
                start += 2 if p == "ms" else 0  # more than the square of the mean
                self.state[p] = tf.Variable(start.astype(np.float32), name=p)
        self.sparse = "indices" in self.parameters
        rows = (3 if self.sparse else 4) if known else None
        signature = [tf.TensorSpec((rows, 3))]
        if self.sparse:
            signature.append(tf.TensorSpec((rows,), tf.int32))
        self.step = tf.function(self._step, input_signature=signature)

    def _step(self, grad: Any, *indices: Any) -> list[Any]:
        given = {p: v.handle for p, v in self.state.items()}
        given |= {p: tf.constant(SCALARS[p]) for p in self.parameters if p in SCALARS}
        if "global_step" in self.parameters:
            given["global_step"] = tf.constant(3, tf.int64)
        given["delta" if "delta" in self.parameters else "grad"] = grad
        if indices:
            given["indices"] = indices[0]
        self.apply(**given, **self.flags)
        return [v.read_value() for v in self.state.values()]


def assert_steps(name: str, flags: dict[str, bool], known: bool, target: str) -> None:
    source = Optimized(name, flags, known)
    module = ie.compile(source, target=target)
    rng = np.random.default_rng(5)
    for rows in ([2, 0, 2], [1, 1, 1]):  # a row that is named twice takes two steps
        arguments: list[Any] = [rng.normal(size=(4, 3)).astype(np.float32)]
        if source.sparse:
            arguments = [arguments[0][:3], np.array(rows, np.int32)]
        wanted = source._step(*map(tf.constant, arguments))
        assert_same(module["step"](*arguments), wanted, rtol=1e-4, atol=1e-5)


IDS = [name + "".join(f"-{flag}" for flag in flags) for name, flags in FLAGS]


OURS = [i for i, (name, flags) in enumerate(FLAGS) if "Sparse" in name or name[13:] in DENSE]


@pytest.mark.parametrize(("name", "flags"), FLAGS, ids=IDS)
def test_optimizers_step_on_gradients_of_unknown_size(name: str, flags: dict[str, bool]) -> None:
    assert_steps(name, flags, False, "reference")


@pytest.mark.parametrize(("name", "flags"), [FLAGS[i] for i in OURS], ids=[IDS[i] for i in OURS])
def test_optimizers_step_on_the_cpu(name: str, flags: dict[str, bool]) -> None:
    assert_steps(name, flags, True, "llvm-cpu")
