# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A live session gives a page its program and gets back the run and its results."""

from __future__ import annotations

import base64
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

import iree_explore as ie
from iree_explore.recording.schema import key_of
from iree_explore.targets.wgsl import program as records
from iree_explore.widgets import Explorer
from tests.targets.wgsl.page import GpuPage

TYPES = Path(__file__).parents[3] / "widgets/src/webgpu/program.ts"
LOOP = """func.func @main(%x: tensor<6xf32>) -> (tensor<6xf32>, tensor<i32>) {
  %n = stablehlo.constant dense<5> : tensor<i32>
  %z = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %0:2 = stablehlo.while(%i = %z, %a = %x) : tensor<i32>, tensor<6xf32>
    cond {
      %c = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %c : tensor<i1>
    } do {
      %j = stablehlo.add %i, %one : tensor<i32>
      %b = stablehlo.cosine %a : tensor<6xf32>
      stablehlo.return %j, %b : tensor<i32>, tensor<6xf32>
    }
  %s = stablehlo.add %0#1, %x : tensor<6xf32>
  return %s, %0#0 : tensor<6xf32>, tensor<i32>
}"""


def test_a_page_gets_its_program_and_sends_its_run(gpu: GpuPage) -> None:
    x = np.linspace(-1, 1, 6, dtype=np.float32)
    session = ie.explore(LOOP, inputs=[x], targets=("webgpu-spirv",)).wait()
    page = session.page_program()
    assert page.program.recorded == "reference on reference"
    dispatches = [c for c in page.program.commands if c.kind == "dispatch"]
    assert len(dispatches) >= 5  # the loop's turns, one after the other
    assert all(command.ops for command in dispatches)
    answer = gpu.try_run(page.program, page.blob, [x], timed=True)
    sent = [base64.b64decode(data) for data in answer["results"]]
    found: list[Any] = []
    explorer = Explorer(session)
    explorer.send = lambda content, buffers=None: found.append((content, buffers))  # pyright: ignore
    run = {
        "target": "webgpu-spirv", "device": "browser", "function": "main", "started": "now",
        "warmup": 2, "repetitions": 1, "firstNs": 5, "totalNs": [4], "clock": "GPU timestamps",
        "inputs": ["6xfloat32"], "dispatches": [], "error": None, "roofline": None,
    }  # fmt: skip
    explorer._answer(None, {"id": "1", "method": "page_run", "params": {"run": run}}, sent)
    explorer._answer(None, {"id": "2", "method": "page_run", "params": {"run": {}}}, sent)
    explorer._answer(None, {"id": "3", "method": "page_run", "params": {"run": run}}, [])
    answers = {content["id"]: content for content, _ in found if "id" in content}
    assert answers["1"]["result"] == {}
    assert answers["2"]["error"]["code"] == answers["3"]["error"]["code"] == "IX501"
    assert session.recording.runs[-1].device == "browser"
    a = x
    for _ in range(5):
        a = np.cos(a)
    np.testing.assert_allclose(session.page_results[0], a + x, rtol=1e-5)
    assert session.page_results[1] == 5


def test_the_pages_types_have_every_field() -> None:
    text = TYPES.read_text()
    for name in ("Part", "BufferSpec", "Kernel", "Command", "Tensor", "Program"):
        body = re.search(rf"export interface {name} {{(.*?)\n}}", text, re.S)
        assert body is not None, name
        written = re.findall(r"^\s+(\w+):", body[1], re.M)
        assert written == [key_of(f.name) for f in fields(getattr(records, name))], name
