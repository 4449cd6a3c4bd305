# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The dialect: its text reads back, its verifiers follow the specification, what it requires is
deduced, the profiles hold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.context import Context
from xdsl.dialects.builtin import Builtin, Float64Type, IntegerType, UnitAttr, VectorType, f32, i32
from xdsl.dialects.builtin import ModuleOp as BuiltinModuleOp
from xdsl.parser import Parser
from xdsl.utils.exceptions import ParseError, VerifyException

from iree_explore.errors import ModelError
from iree_explore.targets.spirv.build import Kernel
from iree_explore.targets.spirv.capabilities import deduce
from iree_explore.targets.spirv.deserialize import deserialize
from iree_explore.targets.spirv.dialect import ROW_OPS, Spirv
from iree_explore.targets.spirv.disassemble import disassemble
from iree_explore.targets.spirv.ops import ModuleOp
from iree_explore.targets.spirv.rules import CLASSES, RULES
from iree_explore.targets.spirv.serialize import serialize
from iree_explore.targets.spirv.table import BY_OPCODE, FAMILIES, TABLE
from iree_explore.targets.spirv.types import ArrayType
from iree_explore.targets.spirv.verify import NATIVE, check_module
from tests.targets.spirv import oracle
from tests.targets.spirv.kernels import (
    NATIVE_KERNELS,
    PORTABLE_KERNELS,
    bf16,
    cooperative,
    f16,
    native_types,
    saxpy,
    workgroup_sum,
)


def parse(text: str) -> ModuleOp:
    context = Context()
    context.load_dialect(Builtin)
    context.load_dialect(Spirv)
    module = Parser(context, text).parse_module()
    assert isinstance(module, BuiltinModuleOp)
    found = module.body.block.first_op
    assert isinstance(found, ModuleOp)
    return found


@pytest.mark.parametrize("kernel", [*PORTABLE_KERNELS, *NATIVE_KERNELS], ids=lambda k: k.__name__)
def test_the_text_of_a_module_reads_back(kernel) -> None:
    module = kernel()
    again = parse(str(module))
    assert str(again) == str(module)
    assert serialize(again) == serialize(module)


def test_ops_of_values_are_printed_as_mlir_prints_them() -> None:
    k = Kernel("printed", (1, 1, 1))
    n, a = k.push_constants(i32, f32)
    sum_ = k.op("FAdd", a, a)
    sum_.owner.attributes["no_contraction"] = UnitAttr()
    test = k.op("ULessThan", n, k.constant(5, i32))
    k.store(k.buffer("y", f32, 0), n, k.op("Select", test, sum_, a))
    module = k.finish()
    text = str(module)
    assert " = spirv.FAdd %8, %8 {no_contraction} : f32" in text
    assert ": (i32, i32) -> i1" in text
    assert ": (i1, f32, f32) -> f32" in text
    assert "    spirv.Return\n" in text
    assert str(parse(text)) == text
    data = serialize(module)
    assert "NoContraction" in disassemble(data)
    assert str(deserialize(data)).count("{no_contraction}") == 1
    assert serialize(parse(text)) == data


def test_rows_name_classes_and_rules_that_exist() -> None:
    assert sum(map(len, FAMILIES.values())) == len(TABLE), "a name is in two rows"
    assert set(ROW_OPS) == set(TABLE)
    assert len(BY_OPCODE) == sum(not row.extended for row in TABLE.values())
    for row in TABLE.values():
        assert set(row.rules) <= set(RULES), row.name
        assert {operand.kind for operand in row.parsed if operand.is_value} <= set(CLASSES)
        names = [operand.name for operand in row.parsed]
        rule, _, name = row.result.partition("=")
        assert not name or (name in names and rule in ("", "bool", "element", "pointee")), row.name
        assert name or not row.result or row.result in CLASSES, row.name


@pytest.mark.parametrize(
    "make_it, message",
    [
        (lambda k, a, n: k.op("FAdd", a, n), "operand2 is a float"),
        (lambda k, a, n: k.op("FAdd", a, a, result=VectorType(f32, [2])), "the result is f32"),
        (lambda k, a, n: k.op("IAdd", n, k.constant(1, IntegerType(16))), "differ in type"),
        (lambda k, a, n: k.op("FOrdLessThan", a, a, result=f32), "the result is i1"),
        (lambda k, a, n: k.op("Bitcast", a, result=VectorType(i32, [2])), "has 32 bits"),
        (lambda k, a, n: k.op("SConvert", n, result=i32), "the same width"),
        (lambda k, a, n: k.op("Select", n, a, a), "condition is an i1"),
        (lambda k, a, n: k.op("CompositeConstruct", a, a, result=VectorType(f32, [3])), "not make"),
        (lambda k, a, n: k.op("GL.Pow", a, n), "rhs is a float"),
        (
            lambda k, a, n: k.op(
                "ControlBarrier", execution_scope="Device", memory_scope="Workgroup",
                memory_semantics="AcquireRelease",
            ),
            "execution_scope is Workgroup or Subgroup",
        ),
        (
            lambda k, a, n: k.op("GroupNonUniformIAdd", n, execution_scope="Subgroup",
                                 group_operation="ClusteredReduce"),
            "cluster_size is given if and only if",
        ),
    ],
)  # fmt: skip
def test_a_broken_rule_is_named(make_it, message: str) -> None:
    k = Kernel("broken", (1, 1, 1), NATIVE)
    n, a = k.push_constants(i32, f32)
    make_it(k, a, n)
    with pytest.raises(ModelError, match=message) as caught:
        k.finish()
    assert caught.value.code == "IX220"


def test_all_problems_are_reported_at_once() -> None:
    k = Kernel("broken", (512, 1, 1))
    n, _ = k.push_constants(i32, VectorType(f32, [4]))
    k.shared("big", ArrayType(f32, 16384))
    k.buffer("y", Float64Type(), 0)
    with pytest.raises(ModelError) as caught:
        k.finish()
    text = str(caught.value)
    assert "256 invocations, not 512" in text
    assert "32768 bytes of workgroup memory, not 65536" in text
    assert "no Float64" in text
    assert n is not None


def test_requirements_are_deduced_from_ops_and_types() -> None:
    def names(module: ModuleOp) -> set[str]:
        return {name.data for name in deduce(module).capabilities}

    assert names(saxpy()) == {"Shader"}
    assert names(native_types()) == {
        "Shader", "Float16", "Float64", "Int64", "Int16", "StorageBuffer16BitAccess",
        "StorageBuffer8BitAccess", "GroupNonUniformArithmetic", "GroupNonUniformShuffle",
        "GroupNonUniformClustered", "AtomicFloat32AddEXT",
    }  # fmt: skip
    vce = cooperative().vce_triple
    assert vce is not None
    assert {name.data for name in vce.extensions} == {"SPV_KHR_cooperative_matrix"}
    assert "BFloat16CooperativeMatrixKHR" in names(cooperative(bf16))


def test_a_lacking_capability_is_named() -> None:
    text = str(native_types()).replace("Float64, ", "")
    with pytest.raises(ModelError, match="it needs capability Float64"):
        check_module(parse(text))


def test_bfloat16_matrices_are_valid() -> None:
    assert oracle.validate(serialize(cooperative(bf16))) == ""


def test_an_enumerant_that_is_none_says_what_there_is() -> None:
    barrier = '"spirv.MemoryBarrier"() {memory_scope = #spirv.scope<Galaxy>} : () -> ()'
    with pytest.raises(ParseError, match="Galaxy is none of: CrossDevice, Device"):
        parse(str(saxpy()).replace("spirv.Return", barrier))


def test_values_of_a_construct_do_not_leave_it_but_by_its_merge() -> None:
    text = str(workgroup_sum())
    lines = text.splitlines()
    inside = next(line for line in lines if "spirv.FAdd" in line).split("=")[0].strip()
    store = next(i for i, line in enumerate(lines) if "spirv.Store" in line)
    operands = lines[store].split("(")[1].split(")")[0]
    lines[store] = lines[store].replace(operands, f"{operands.split(',')[0]}, {inside}")
    with pytest.raises((ModelError, ParseError, VerifyException)):
        check_module(parse("\n".join(lines)))


SCALARS = st.sampled_from([f32, i32, f16, IntegerType(8), IntegerType(16), IntegerType(64)])
BINARY = {True: ["FAdd", "FSub", "FMul", "FDiv", "GL.FMin"], False: ["IAdd", "IMul", "BitwiseXor"]}


@settings(max_examples=30, deadline=None, derandomize=True)
@given(data=st.data())
def test_random_arithmetic_is_valid_and_reads_back(data) -> None:
    """Kernels of random expressions on random element types, some in loops and conditions."""
    k = Kernel("random", (8, 2, 1), NATIVE)
    width = data.draw(st.sampled_from([1, 2, 4]))
    element = data.draw(SCALARS)
    type_ = element if width == 1 else VectorType(element, [width])
    is_float = not isinstance(element, IntegerType)
    x, y = k.buffer("x", type_, 0, read_only=True), k.buffer("y", type_, 1)
    i = k.invocation()
    values = [k.load(x, i), k.load(x, k.op("IAdd", i, 1))]

    def step() -> None:
        one, two = data.draw(st.sampled_from(values)), data.draw(st.sampled_from(values))
        names = [n for n in BINARY[is_float] if n != "GL.FMin" or element in (f32, f16)]
        values.append(k.op(data.draw(st.sampled_from(names)), one, two))

    for kind in data.draw(st.lists(st.sampled_from(["op", "loop", "if"]), max_size=6)):
        outer = list(values)
        if kind == "op":
            step()
        elif kind == "loop":
            with k.loop(0, 3, 1, [values[-1]]) as (_, carried):
                values.append(carried[0])
                step()
                carried[0] = values[-1]
            values[:] = [*outer, carried[0]]
        else:
            condition = k.op("ULessThan", i, 5)
            with k.select(condition, lambda: [outer[-1]]) as results:  # noqa: B023
                step()
                results.append(values[-1])
            values[:] = [*outer, results[0]]
    k.store(y, i, values[-1])
    binary = serialize(k.finish())
    assert oracle.validate(binary) == ""
    assert serialize(deserialize(binary)) == binary
