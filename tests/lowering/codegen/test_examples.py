# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Code generation seen as IR: the examples of the passes, in-place updates, workgroup counts."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import numpy as np
import pytest
from xdsl.dialects.func import FuncOp
from xdsl.parser import Parser

from iree_explore.codegen.passes.vectorize_generic import VectorizeGeneric
from iree_explore.context import make_context

from .harness import (
    aligned,
    check_dispatch,
    codegen_lines,
    compile_kernel,
    run_codegen,
    with_interface,
)
from .programs import conv, generic, matmul, softmax, tensor

FLOW_EXAMPLES = sorted((Path(__file__).parents[1] / "flow/examples").glob("*.mlir"))


@pytest.mark.parametrize("line", codegen_lines(), ids=lambda line: line.name)
def test_the_example_of_a_pass_is_what_it_does(line):
    pass_class = line.load()
    before, after = re.findall(r"```mlir\n(.*?)```", pass_class.__doc__, re.S)
    ctx = make_context()
    module = Parser(ctx, textwrap.dedent(before)).parse_module()
    module.verify()
    ctx.provenance.settle(module, "test")
    pass_class().apply(ctx, module)
    assert str(module).strip() == textwrap.dedent(after).strip()


@pytest.mark.parametrize("text", [matmul(64, 32, 48), conv(1, 8, 8, 4, 3, 3, 8, pad=1)])
def test_ir_between_the_passes_verifies(text):
    names = [line.name.removeprefix("executable-targets-") for line in codegen_lines()]
    for name in names[: names.index("vectorize-contractions")]:
        ctx = make_context()
        run_codegen(ctx, with_interface(ctx, text), name).verify()


def test_a_fill_that_another_overwrites_is_lowered_too():
    text = """
    func.func @entry() {
      %0 = hal.interface.binding.subspan
        layout(<bindings = [#hal.pipeline.binding<storage_buffer>]>)
        binding(0 : index) : memref<3x1xi32>
      %1 = arith.constant 0 : i32
      linalg.fill ins(%1 : i32) outs(%0 : memref<3x1xi32>)
      linalg.fill ins(%1 : i32) outs(%0 : memref<3x1xi32>)
      func.return
    }"""
    ctx = make_context()
    module = Parser(ctx, text).parse_module()
    ctx.provenance.settle(module, "test")
    VectorizeGeneric().apply(ctx, module)
    assert "linalg.fill" not in str(module)


def test_every_op_descends_from_an_op_of_the_dispatch():
    ctx = make_context()
    module = with_interface(ctx, matmul(20, 16, 40))
    underived = []
    ctx.provenance.settle(module, "test")
    inner = run_codegen(ctx, module)
    for op in inner.walk():
        origin = ctx.provenance.origins[op.location.line.data]
        if not origin.ancestors and origin.reason not in ("test", "import"):
            underived.append((op.name, origin.reason))
    assert not underived


def test_followers_stay_in_registers():
    ctx = make_context()
    text = str(run_codegen(ctx, with_interface(ctx, matmul(16, 16, 32))))
    assert "iree_codegen.local_memory" not in text
    assert text.count("vector.store") == text.count("arith.maximumf")


def test_workgroups_follow_the_workload():
    kernel = compile_kernel(softmax("?", 1024))
    small, large = kernel.workgroups([1]), kernel.workgroups([4096])
    assert small == (1, 1, 1)
    assert large[0] > 16


def test_update_in_place_writes_only_its_part():
    kind = "!iree_tensor_ext.dispatch.tensor"
    kernel = compile_kernel(f"""func.func @entry(%a: {kind}<readonly:tensor<1x4xf32>>,
        %b: {kind}<readwrite:tensor<8x4xf32>>, %i: index) {{
      %x = iree_tensor_ext.dispatch.tensor.load %a, offsets = [0, 0], sizes = [1, 4],
        strides = [1, 1] : {kind}<readonly:tensor<1x4xf32>> -> tensor<1x4xf32>
      %y = iree_tensor_ext.dispatch.tensor.load %b, offsets = [0, 0], sizes = [8, 4],
        strides = [1, 1] : {kind}<readwrite:tensor<8x4xf32>> -> tensor<8x4xf32>
      %r = tensor.insert_slice %x into %y[%i, 0] [1, 4] [1, 1]
        : tensor<1x4xf32> into tensor<8x4xf32>
      iree_tensor_ext.dispatch.tensor.store %r, %b, offsets = [0, 0], sizes = [8, 4],
        strides = [1, 1] : tensor<8x4xf32> -> {kind}<readwrite:tensor<8x4xf32>>
      func.return
    }}""")
    row, table = aligned(np.float32, (1, 4)), aligned(np.float32, (8, 4))
    row[...] = 5
    table[...] = np.arange(32).reshape(8, 4)
    expected = table.copy()
    expected[6] = 5
    kernel.bind([row, table], [6])()
    np.testing.assert_array_equal(table, expected)
    assert sum(op.name == "scf.for" for op in kernel.inner.walk()) <= 2


@pytest.mark.parametrize("size", [20, 37, 100])
def test_what_reads_its_own_result_computes_no_element_twice(size):
    kind = f"!iree_tensor_ext.dispatch.tensor<readwrite:tensor<{size}xf32>>"
    value = f"tensor<{size}xf32>"
    whole = f"offsets = [0], sizes = [{size}], strides = [1]"
    kernel = compile_kernel(f"""func.func @entry(%a: {kind}) {{
      %x = iree_tensor_ext.dispatch.tensor.load %a, {whole} : {kind} -> {value}
      %y = linalg.generic {{indexing_maps = [affine_map<(i) -> (i)>],
        iterator_types = ["parallel"]}} outs(%x : {value}) {{
      ^bb0(%o: f32):
        %s = arith.addf %o, %o : f32
        linalg.yield %s : f32
      }} -> {value}
      iree_tensor_ext.dispatch.tensor.store %y, %a, {whole} : {value} -> {kind}
      func.return
    }}""")
    numbers = aligned(np.float32, (size,))
    numbers[...] = np.arange(size)
    kernel.bind([numbers])()
    np.testing.assert_array_equal(numbers, 2 * np.arange(size))


@pytest.mark.parametrize(("size", "vectors"), [(20, 2), (37, 3), (100, 4), (819, 2)])
def test_elements_beside_the_last_full_block_need_no_second_body(size, vectors):
    ctx = make_context()
    text = generic(["(i, j) -> (i, j)"] * 2, "pp", [("%a", tensor(90, size))],
                   [("%e", tensor(90, size))], "^bb0(%x: f32, %y: f32):\n"
                   "%z = math.exp %x : f32\nlinalg.yield %z : f32")  # fmt: skip
    inner = run_codegen(ctx, with_interface(ctx, f"""func.func @entry(%a: {tensor(90, size)})
      -> {tensor(90, size)} {{
        %e = tensor.empty() : {tensor(90, size)}
        %r = {text}
        func.return %r : {tensor(90, size)}
      }}"""))  # fmt: skip
    assert str(inner).count("math.exp") == vectors
    assert "masked" not in str(inner)


@pytest.mark.parametrize("path", FLOW_EXAMPLES, ids=lambda path: path.stem)
def test_dispatches_of_the_flow_examples(path):
    module = Parser(make_context(), path.read_text()).parse_module()
    for executable in module.body.block.ops:
        if executable.name != "flow.executable":
            continue
        func = next(op for op in executable.walk() if isinstance(op, FuncOp))
        if "pad_Dx6xf32" in func.sym_name.data:
            continue  # its sizes are related: n and n + 2
        check_dispatch(func)
