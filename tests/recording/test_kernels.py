# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Grids and memory transactions of kernels whose numbers can be told by hand."""

from __future__ import annotations

import functools
import json
import math

import pytest

import iree_explore as ie
from iree_explore.recording.kernel_records import AccessRecord, GridRecord
from iree_explore.recording.model import Recording
from iree_explore.recording.schema import decode, encode
from iree_explore.shapes.expressions import evaluate

FUNCTION = "func.func public @main({}) -> {} {{\n{}\n  return %r : {}\n}}"

PROGRAMS = {
    "copy": (
        "%x: tensor<512x1024xf32>", "tensor<512x1024xf32>",
        "%r = stablehlo.add %x, %x : tensor<512x1024xf32>",
    ),
    "transpose": (
        "%x: tensor<130x1026xf32>", "tensor<1026x130xf32>",
        "%r = stablehlo.transpose %x, dims = [1, 0]"
        " : (tensor<130x1026xf32>) -> tensor<1026x130xf32>",
    ),
    "tiled transpose": (
        "%x: tensor<512x1024xf32>", "tensor<1024x512xf32>",
        "%r = stablehlo.transpose %x, dims = [1, 0]"
        " : (tensor<512x1024xf32>) -> tensor<1024x512xf32>",
    ),
    "row broadcast": (
        "%x: tensor<512x1024xf32>, %b: tensor<512xf32>", "tensor<512x1024xf32>",
        "%0 = stablehlo.broadcast_in_dim %b, dims = [0] : (tensor<512xf32>)"
        " -> tensor<512x1024xf32>\n"
        "%r = stablehlo.add %x, %0 : tensor<512x1024xf32>",
    ),
    "gather": (
        "%x: tensor<4096xf32>, %i: tensor<65536x1xi32>", "tensor<65536xf32>",
        '%r = "stablehlo.gather"(%x, %i) {dimension_numbers = #stablehlo.gather<'
        "collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>,"
        " slice_sizes = array<i64: 1>} : (tensor<4096xf32>, tensor<65536x1xi32>)"
        " -> tensor<65536xf32>",
    ),
    "product": (
        "%x: tensor<300x512xf32>, %y: tensor<512x256xf32>", "tensor<300x256xf32>",
        "%r = stablehlo.dot_general %x, %y, contracting_dims = [1] x [0]"
        " : (tensor<300x512xf32>, tensor<512x256xf32>) -> tensor<300x256xf32>",
    ),
    "dynamic": (
        "%x: tensor<?x256xf32>", "tensor<?x256xf32>",
        "%r = stablehlo.exponential %x : tensor<?x256xf32>",
    ),
}  # fmt: skip


@functools.cache
def recorded(name: str, target: str = "vulkan-spirv") -> Recording:
    arguments, result, body = PROGRAMS[name]
    session = ie.explore(FUNCTION.format(arguments, result, body, result), targets=[target])
    assert len(session.stages) > 3
    return session.wait().recording


def access(name: str, binding: int) -> AccessRecord:
    (kernel,) = recorded(name).transactions
    return next(a for a in kernel.accesses if a.binding == binding)


@pytest.mark.parametrize("binding", [0, 1])
def test_a_copy_touches_each_sector_once(binding: int) -> None:
    found = access("copy", binding)
    assert (found.pattern, found.nbytes) == ("coalesced", 512 * 1024 * 4)
    assert found.sectors == found.nbytes // 32


def test_a_transpose_without_shared_memory_reads_or_writes_a_sector_an_element() -> None:
    read, written = access("transpose", 0), access("transpose", 1)
    points = 130 * 1026
    assert read.nbytes == written.nbytes == 4 * points
    far, near = sorted((read, written), key=lambda a: -a.sectors)
    assert far.pattern == "strided" and far.sectors > 0.9 * points
    assert near.pattern == "coalesced" and near.sectors < 0.2 * points


def test_a_transpose_by_shared_memory_touches_each_sector_once() -> None:
    for binding in (0, 1):
        found = access("tiled transpose", binding)
        assert found.nbytes == 512 * 1024 * 4
        assert found.sectors == found.nbytes // 32


def test_a_broadcast_of_rows_is_one_sector_a_request() -> None:
    found = access("row broadcast", 1)
    assert found.pattern == "broadcast" and found.per_request == 1


def test_a_gather_is_a_sector_an_invocation_at_worst() -> None:
    found, indices = access("gather", 1), access("gather", 0)
    assert found.pattern == "gathered" and found.per_request > 28
    assert indices.pattern == "coalesced" and indices.sectors == 65536 * 4 // 32


def test_sizes_of_a_call_leave_counts_open() -> None:
    found = access("dynamic", 0)
    assert (found.requests, found.pattern) == (-1, "coalesced")
    assert "only a call knows" in recorded("dynamic").transactions[0].assumptions


def tiles(grid: GridRecord, sizes: dict[str, int]) -> int:
    """Workgroups that the axes make, as the page counts them."""
    total = 1
    for axis in grid.axes:
        extent = math.prod(evaluate(text, sizes) for text in axis.extents)
        least = min(extent, 1)
        total *= max(extent // axis.tile, least) if axis.absorbs else -(-extent // axis.tile)
    return -(-total // grid.tiles)


@pytest.mark.parametrize("target", ["llvm-cpu", "vulkan-spirv"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_axes_make_the_workgroups_of_the_export(name: str, target: str) -> None:
    """What is drawn and what is dispatched are the same number."""
    for grid in recorded(name, target).grids:
        for size in (1, 100, 4096):
            sizes = dict.fromkeys(grid.workload, size)
            counts = [evaluate(text, sizes) for text in grid.workgroups]
            assert math.prod(counts) == tiles(grid, sizes), grid


def test_grids_and_transactions_survive_the_file() -> None:
    recording = recorded("product")
    again = decode(json.loads(json.dumps(encode(recording))))
    assert json.dumps(encode(again)["grids"]) == json.dumps(encode(recording)["grids"])
    assert again.transactions == recording.transactions
