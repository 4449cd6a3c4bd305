# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Samples of ops between devices, as one device has them: one replica, one partition."""

from __future__ import annotations

from iree_explore.stablehlo.samples.base import COMMON, Sample

_ONE = "replica_groups = dense<0> : tensor<1x1xi64>"
_ADD = (
    "({\n^bb0(%x: tensor<$T>, %y: tensor<$T>):\n"
    "%s = stablehlo.add %x, %y : tensor<$T>\nstablehlo.return %s : tensor<$T>\n})"
)


def _collective(op: str, attributes: str, region: str = "") -> Sample:
    return Sample(
        f"stablehlo.{op}", COMMON,
        "%a: tensor<4?x6?x$T> -> tensor<4?x6?x$T>\n"
        f'%r = "stablehlo.{op}"(%a) <{{{attributes}}}> {region}: '
        "(tensor<4?x6?x$T>) -> tensor<4?x6?x$T>",
        values={"": "finite"},
    )  # fmt: skip


SAMPLES = (
    *(
        Sample(
            f"stablehlo.{op}", ("ui32",),
            f"-> tensor<ui32>\n%r = stablehlo.{op} : tensor<ui32>",
        )
        for op in ("partition_id", "replica_id")
    ),
    _collective("all_gather", f"all_gather_dim = 0 : i64, {_ONE}"),
    _collective("all_reduce", _ONE, _ADD + " "),
    _collective("all_to_all", "concat_dimension = 0 : i64, split_count = 1 : i64, "
                              f"split_dimension = 1 : i64, {_ONE}"),
    _collective("collective_broadcast", _ONE),
    _collective("collective_permute", "source_target_pairs = dense<0> : tensor<1x2xi64>"),
    _collective("reduce_scatter", f"{_ONE}, scatter_dimension = 0 : i64", _ADD + " "),
    _collective("cross-replica-sum", _ONE),
    *(
        Sample(
            f"stablehlo.{op}", ("f32",),
            "%a: tensor<4?x6?xf32> -> tensor<4?x6?xf32>\n"
            '%f = "stablehlo.async_start"(%a) ({\n'
            "^bb0(%x: tensor<4?x6?xf32>):\n"
            f'%g = "stablehlo.all_gather"(%x) <{{all_gather_dim = 0 : i64, {_ONE}}}> : '
            "(tensor<4?x6?xf32>) -> tensor<4?x6?xf32>\nstablehlo.return %g : tensor<4?x6?xf32>\n"
            "}) : (tensor<4?x6?xf32>) -> !stablehlo.future<tensor<4?x6?xf32>>\n"
            '%r = "stablehlo.async_done"(%f) : '
            "(!stablehlo.future<tensor<4?x6?xf32>>) -> tensor<4?x6?xf32>",
        )
        for op in ("async_start", "async_done")
    ),
    Sample(
        "stablehlo.infeed", ("f32",),
        "%a: tensor<4xf32> -> tensor<4xf32>\n"
        '%t = "stablehlo.create_token"() : () -> !stablehlo.token\n'
        '%w:2 = "stablehlo.infeed"(%t) <{infeed_config = ""}> : '
        "(!stablehlo.token) -> (tensor<4xf32>, !stablehlo.token)\n"
        "%r = stablehlo.add %w#0, %a : tensor<4xf32>",
    ),
    Sample(
        "stablehlo.outfeed", ("f32",),
        "%a: tensor<4xf32> -> tensor<4xf32>\n"
        '%t = "stablehlo.create_token"() : () -> !stablehlo.token\n'
        '%w = "stablehlo.outfeed"(%a, %t) <{outfeed_config = ""}> : '
        "(tensor<4xf32>, !stablehlo.token) -> !stablehlo.token\n"
        "%r = stablehlo.add %a, %a : tensor<4xf32>",
    ),
    Sample(
        "stablehlo.send", ("f32",),
        "%a: tensor<4xf32> -> tensor<4xf32>\n"
        '%t = "stablehlo.create_token"() : () -> !stablehlo.token\n'
        '%w = "stablehlo.send"(%a, %t) <{channel_handle = #stablehlo.channel_handle<handle = 1, '
        "type = 2>, is_host_transfer = true}> : "
        "(tensor<4xf32>, !stablehlo.token) -> !stablehlo.token\n"
        "%r = stablehlo.add %a, %a : tensor<4xf32>",
    ),
    Sample(
        "stablehlo.recv", ("f32",),
        "%a: tensor<4xf32> -> tensor<4xf32>\n"
        '%t = "stablehlo.create_token"() : () -> !stablehlo.token\n'
        '%w:2 = "stablehlo.recv"(%t) <{channel_handle = #stablehlo.channel_handle<handle = 1, '
        "type = 3>, is_host_transfer = true}> : "
        "(!stablehlo.token) -> (tensor<4xf32>, !stablehlo.token)\n"
        "%r = stablehlo.add %w#0, %a : tensor<4xf32>",
    ),
)  # fmt: skip
