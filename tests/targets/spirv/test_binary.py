# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bytes: every kernel is valid, reads back the same, prints as spirv-dis prints it; hostile ones
are errors."""

from __future__ import annotations

import random
import struct

import pytest
from xdsl.dialects.builtin import Float16Type, f32

from iree_explore.errors import ModelError
from iree_explore.targets.spirv.binary import read
from iree_explore.targets.spirv.build import Kernel
from iree_explore.targets.spirv.deserialize import deserialize
from iree_explore.targets.spirv.disassemble import disassemble, float_text
from iree_explore.targets.spirv.serialize import serialize
from tests.targets.spirv import oracle
from tests.targets.spirv.kernels import NATIVE_KERNELS, PORTABLE_KERNELS, saxpy, workgroup_sum

KERNELS = [*PORTABLE_KERNELS, *NATIVE_KERNELS]


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda k: k.__name__)
def test_every_kernel_is_valid_for_its_profile(kernel) -> None:
    data = serialize(kernel())
    portable = kernel in PORTABLE_KERNELS
    assert oracle.validate(data, oracle.VULKAN_1_1 if portable else oracle.VULKAN_1_3) == ""
    assert read(data).version == (13 if portable else 16)


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda k: k.__name__)
def test_a_module_reads_back_as_it_was_written(kernel) -> None:
    data = serialize(kernel())
    assert serialize(deserialize(data)) == data


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda k: k.__name__)
def test_the_disassembly_is_that_of_spirv_dis(kernel) -> None:
    data = serialize(kernel())
    assert disassemble(data, friendly=False, indent=False) == oracle.text(data)


def test_floats_are_printed_so_that_they_read_back() -> None:
    assert float_text(0x3FC00000, 32) == "1.5"
    assert float_text(0x3DCCCCCD, 32) == "0.100000001"
    assert float_text(0x7F800000, 32) == "0x1p+128"
    assert float_text(0x7FC00000, 32) == "0x1.8p+128"
    assert float_text(0x3E00, 16) == "0x1.8p+0"
    assert float_text(0x0001, 16) == "0x1p-24"


def test_lines_of_ops_are_written_and_skipped_when_read() -> None:
    module = saxpy()
    numbers = {op: number for number, op in enumerate(module.walk(), 1)}
    data = serialize(module, numbers.__getitem__, "saxpy.mlir")
    text = disassemble(data)
    assert 'OpString "saxpy.mlir"' in text
    assert text.count("OpLine") > 5
    assert oracle.validate(data, oracle.VULKAN_1_1) == ""
    assert serialize(deserialize(data)) == serialize(module)


def test_both_byte_orders_are_read() -> None:
    data = serialize(saxpy())
    swapped = struct.pack(f">{len(data) // 4}I", *struct.unpack(f"<{len(data) // 4}I", data))
    assert serialize(deserialize(swapped)) == data


def test_every_truncation_is_an_error() -> None:
    data = serialize(workgroup_sum())
    for size in range(0, len(data), 60):
        with pytest.raises(ModelError) as caught:
            deserialize(data[:size])
        assert caught.value.code in ("IX506", "IX220")


def test_changed_words_are_errors_or_other_modules_but_never_crash() -> None:
    seed = random.Random(20261123)
    modules = [serialize(kernel()) for kernel in (workgroup_sum, *NATIVE_KERNELS)]
    broken = 0
    for number in range(200):
        data = modules[number % len(modules)]
        words = list(struct.unpack(f"<{len(data) // 4}I", data))
        for _ in range(seed.choice((1, 1, 2, 5))):
            place = seed.randrange(len(words))
            words[place] = seed.choice(
                (seed.randrange(80), seed.getrandbits(32), words[place] ^ 1 << seed.randrange(32),
                 words[seed.randrange(len(words))])
            )  # fmt: skip
        changed = struct.pack(f"<{len(words)}I", *words)
        try:
            serialize(deserialize(changed))
        except ModelError as error:
            broken += error.code in ("IX506", "IX220")
    assert 100 < broken < 200


def test_types_that_share_parts_do_not_explode() -> None:
    words = [0x07230203, 0x00010300, 0, 1000, 0]
    words += [2 << 16 | 17, 1, 3 << 16 | 14, 0, 1, 3 << 16 | 22, 1, 32]
    for id_ in range(2, 60):
        words += [4 << 16 | 30, id_, id_ - 1, id_ - 1]
    with pytest.raises(ModelError, match=r"a type has .* parts"):
        deserialize(struct.pack(f"<{len(words)}I", *words))


def test_widths_that_no_type_has_cost_nothing() -> None:
    words = [0x07230203, 0x00010300, 0, 10, 0, 4 << 16 | 21, 1, 0xFFFFFFFF, 0]
    words += [4 << 16 | 43, 1, 2, 7]
    data = struct.pack(f"<{len(words)}I", *words)
    assert "OpConstant %1 7" in disassemble(data)
    with pytest.raises(ModelError, match="no integer type has 4294967295 bits"):
        deserialize(data)


def test_a_break_out_of_a_condition_is_refused_by_name() -> None:
    """SPIR-V has it, the dialect's regions have not."""
    data = serialize(workgroup_sum())
    words = list(struct.unpack(f"<{len(data) // 4}I", data))
    loop = next(i for i in read(data).instructions if i.opcode == 246)
    place = next(
        i.offset for i in read(data).instructions if i.opcode == 249 and i.offset > loop.offset
    )
    words[place + 1] = loop.words[0]
    with pytest.raises(ModelError, match=r"leaves its construct|is no merge block|values for"):
        deserialize(struct.pack(f"<{len(words)}I", *words))


def test_constants_keep_every_bit() -> None:
    k = Kernel("bits", (1, 1, 1))
    y = k.buffer("y", f32, 0)
    for index, value in enumerate((0.1, -0.0, 1e-45, float("inf"), float("-inf"), 3.4028234e38)):
        k.store(y, index, k.constant(value, f32))
    data = serialize(k.finish())
    assert oracle.text(data).count("OpConstant ") >= 6
    assert serialize(deserialize(data)) == data
    with pytest.raises(ModelError, match="Float16"):
        h = Kernel("half", (1, 1, 1))
        h.store(h.buffer("y", Float16Type(), 0), 0, h.constant(1.0, Float16Type()))
        h.finish()
