# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Hand-written linalg programs and how to run them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser

from iree_explore.context import CompilerContext, make_context
from iree_explore.linalg.evaluate import evaluate_function

HERE = Path(__file__).parent
PROGRAMS: dict[str, tuple[int, ...]] = {
    "mlp": (5, 16),
    "cnn": (3, 8, 8, 1),
    "residual": (2, 6, 6, 4),
    "slices": (3, 4),
    "nchw": (2, 4, 6, 6),
    "attention": (2, 5, 8),
}
"""Program -> shape of its input for one run (the first dimension is dynamic)."""


class Program:
    """A parsed program with random parameters and inputs."""

    def __init__(self, text: str, shapes: Sequence[Sequence[int]]):
        self.ctx: CompilerContext = make_context()
        rng = np.random.default_rng(7)
        for scope, key, shape in re.findall(
            r'named<"(\w+)"::"(\w+)"> : tensor<([0-9x]*)xf32>', text
        ):
            size = [int(i) for i in shape.split("x")]
            self.ctx.parameters.add(scope, key, rng.uniform(0.5, 1.5, size).astype(np.float32))
        self.module: ModuleOp = Parser(self.ctx, text).parse_module()
        self.module.verify()
        self.inputs = [rng.uniform(0, 1, s).astype(np.float32) for s in shapes]

    def run(self, name: str = "main") -> list[np.ndarray]:
        return evaluate_function(self.module, name, self.inputs, self.ctx.parameters)


def load(name: str) -> Program:
    """One of `PROGRAMS`."""
    return Program((HERE / f"{name}.mlir").read_text(), [PROGRAMS[name]])
