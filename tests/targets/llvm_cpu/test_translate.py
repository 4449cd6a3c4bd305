# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""LLVM IR and assembly: op ids on every line, equal text for equal kernels, other CPUs."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest

from iree_explore.provenance import op_id
from iree_explore.targets.llvm_cpu.cpu_info import describe, host
from iree_explore.targets.llvm_cpu.passes.translate_to_llvm_ir import assembly_line_ops
from iree_explore.targets.llvm_cpu.translate import translate

from .kernels import build, compile_ir, elementwise, layout, lower

SAXPY = elementwise(
    "%p = arith.mulf %a, %b : TR\n%r = arith.addf %p, %b : TR", ["f32", "f32"], "f32", 16, 1024
)
AVX2 = describe("haswell", "+avx,+avx2,+fma,+f16c", "x86_64-unknown-linux-gnu")
ARM = describe("neoverse-n1", "", "aarch64-unknown-linux-gnu")


def test_every_line_of_ir_names_its_op() -> None:
    _, module = lower(SAXPY)
    translation = translate(module, host())
    ids = {op_id(op): op.name for op in module.walk()}
    lines = translation.text.splitlines()
    named = {number: ids[op] for number, op in translation.line_ops}
    for number, line in enumerate(lines, 1):
        if " fmul " in line:
            assert named[number] == "llvm.fmul"
        elif " fadd " in line:
            assert named[number] == "llvm.fadd"
    assert all(op in ids for op in translation.ops)


def test_assembly_joins_back_to_ops() -> None:
    ctx, module = lower(SAXPY)
    translation = translate(module, host())
    compiled = compile_ir(translation.text, host(), assembly=True)
    lines = compiled.assembly.splitlines()
    joined = assembly_line_ops(compiled.assembly, translation.ops)
    names = {op_id(op): op.name for op in module.walk()}
    fused = [names[op] for number, op in joined if "fma" in lines[number - 1].lower() and op]
    assert fused and set(fused) <= {"llvm.fmul", "llvm.fadd"}
    instructions = [n for n, line in enumerate(lines, 1) if re.match(r"\t[a-z]", line)]
    assert {n for n, _ in joined} == set(instructions)
    known = [op for _, op in joined if op]
    assert len(known) >= 0.9 * len(joined)
    ancestors = {a for op in known for a in ctx.provenance.origins[op].ancestors}
    assert ancestors


def test_text_does_not_depend_on_op_ids_or_names() -> None:
    ctx, module = lower(SAXPY)
    first = translate(module, host())
    later, other = lower("\n".join([SAXPY.replace("@entry", "@another_name")]))
    for op in other.walk():
        later.provenance.assign(op, (op_id(op),))
    second = translate(other, host())
    assert first.text == second.text and first.ops != second.ops
    assert second.entries == {"another_name": "kernel_0"}
    assert "@another_name(" in second.readable(second.text)
    del ctx


def test_bindings_do_not_alias() -> None:
    """The store to %m2 does not stop the loads of the other bindings from moving across it."""
    where = layout("www")
    _, module = lower(f"""
      func.func @entry() {{
        %c0 = arith.constant 0 : index
        %a = hal.interface.binding.subspan {where} binding(0) : memref<4xf32>
        %b = hal.interface.binding.subspan {where} binding(1) : memref<4xf32>
        %v = memref.load %a[%c0] : memref<4xf32>
        memref.store %v, %b[%c0] : memref<4xf32>
        %w = memref.load %a[%c0] : memref<4xf32>
        %x = arith.addf %v, %w : f32
        %c1 = arith.constant 1 : index
        memref.store %x, %b[%c1] : memref<4xf32>
        func.return
      }}""")
    compiled = compile_ir(translate(module, host()).text, host(), assembly=True)
    body = compiled.assembly.split("kernel_0:")[1].split(".Lfunc_end")[0]
    assert len(re.findall(r"\tv?movss\t\(", body)) == 1, body


def test_memory_named_by_overlapping_local_buffers_may_alias() -> None:
    _, module = lower("""
      func.func @entry() {
        %c0 = arith.constant 0 : index
        %a = iree_codegen.local_memory offset(0) : memref<16xf32>
        %b = iree_codegen.local_memory offset(32) : memref<16xf32>
        %c = iree_codegen.local_memory offset(128) : memref<16xf32>
        %v = memref.load %a[%c0] : memref<16xf32>
        memref.store %v, %b[%c0] : memref<16xf32>
        memref.store %v, %c[%c0] : memref<16xf32>
        func.return
      }""")
    scopes = re.findall(
        r"(?:load|store) .*alias_scope<\"(\w+)\">|alias_scope<\"(\w+)\">", str(module)
    )
    assert [a or b for a, b in scopes] == ["local0", "local0", "local1"]


@pytest.mark.parametrize(
    "cpu, patterns",
    [
        (AVX2, [r"vfmadd\d+ps.*%ymm"]),
        (ARM, [r"fmla\tv\d+\.4s"]),
        (host(), [r"vfmadd\d+ps.*%zmm"] if host().native_vector_bytes == 64 else []),
    ],
    ids=["avx2", "aarch64", "host"],
)
def test_other_cpus_get_their_vectors(cpu, patterns: list[str]) -> None:
    _, module = lower(SAXPY)
    compiled = compile_ir(translate(module, cpu).text, cpu, assembly=True)
    for pattern in patterns:
        assert re.search(pattern, compiled.assembly), compiled.assembly
    if cpu is AVX2:
        assert "zmm" not in compiled.assembly


@pytest.mark.parametrize("cpu", [AVX2, ARM], ids=["avx2", "aarch64"])
@pytest.mark.parametrize("name", ["exp", "tanh", "erf", "sin", "floor", "round", "roundeven"])
def test_no_cpu_calls_a_math_library(cpu, name: str) -> None:
    for kind, lanes in (("f32", 16), ("f64", 8), ("bf16", 16), ("f16", 0)):
        _, module = lower(elementwise(f"%r = math.{name} %a : TR", [kind], kind, lanes))
        assert compile_ir(translate(module, cpu).text, cpu).code  # refused if a symbol is undefined


def test_loops_that_copy_do_not_become_library_calls() -> None:
    kernel = build(elementwise("%r = arith.ori %a, %a : TR", ["i8"], "i8", 0, 4096))
    a = np.arange(4096).astype(np.int8)
    np.testing.assert_array_equal(kernel(a, np.zeros(4096, np.int8))[1], a)


def test_translation_of_three_thousand_ops_is_fast() -> None:
    body = "\n".join(
        f"%t{i} = arith.addf {'%a' if i == 0 else f'%t{i - 1}'}, %b : TR" for i in range(3000)
    )
    _, module = lower(elementwise(body + "\n%r = arith.addf %t2999, %a : TR", ["f32"] * 2, "f32"))
    translate(module, host())
    begin = time.perf_counter()
    translate(module, host())
    assert time.perf_counter() - begin < 0.25
