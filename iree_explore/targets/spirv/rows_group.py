# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rows of atomics, barriers and subgroups (specification, sections 3.42.18, .20 and .24)."""

from __future__ import annotations

from iree_explore.targets.spirv.row import Row, rows

_ATOMIC = "pointer:ptr memory_scope:@scope semantics:@memory_semantics"
_GROUP = "execution_scope:@scope"
_REDUCE = f"{_GROUP} group_operation:group_operation value:{{0}} cluster_size:iscalar?"
_ADD, _MIN_MAX = "AtomicFloatAdd", "AtomicFloatMinMax"

ROWS: list[Row] = [
    Row("ControlBarrier", 224,
        "execution_scope:@scope memory_scope:@scope memory_semantics:@memory_semantics",
        pure=False, rules=("barrier",)),
    Row("MemoryBarrier", 225, "memory_scope:@scope memory_semantics:@memory_semantics",
        pure=False, rules=("barrier",)),
    Row("AtomicLoad", 227, _ATOMIC, "pointee=pointer", pure=False, rules=("atomic",)),
    Row("AtomicStore", 228, f"{_ATOMIC} value:scalar", pure=False, rules=("atomic",)),
    Row("AtomicExchange", 229, f"{_ATOMIC} value:scalar", "=value", pure=False,
        rules=("atomic",)),
    Row("AtomicCompareExchange", 230,
        "pointer:ptr memory_scope:@scope equal_semantics:@memory_semantics"
        " unequal_semantics:@memory_semantics value:iscalar comparator:iscalar", "=value",
        pure=False, rules=("atomic", "compared")),
    *rows(
        {"AtomicIIncrement": 232, "AtomicIDecrement": 233},
        _ATOMIC, "pointee=pointer", pure=False, rules=("atomic",),
    ),
    *rows(
        {
            "AtomicIAdd": 234, "AtomicISub": 235, "AtomicSMin": 236, "AtomicUMin": 237,
            "AtomicSMax": 238, "AtomicUMax": 239, "AtomicAnd": 240, "AtomicOr": 241,
            "AtomicXor": 242,
        },
        f"{_ATOMIC} value:iscalar", "=value", pure=False, rules=("atomic",),
    ),
    # The capability of a float atomic depends on the width: "Float" becomes "Float32" ...
    Row("EXT.AtomicFAdd", 6035, f"{_ATOMIC} value:fscalar", "=value", _ADD, pure=False,
        rules=("atomic",)),
    *rows(
        {"EXT.AtomicFMin": 5614, "EXT.AtomicFMax": 5615},
        f"{_ATOMIC} value:fscalar", "=value", _MIN_MAX, pure=False, rules=("atomic",),
    ),
    # Subgroups
    Row("GroupNonUniformElect", 333, _GROUP, "bscalar", "GroupNonUniform", pure=False,
        rules=("group",)),
    *rows(
        {"GroupNonUniformAll": 334, "GroupNonUniformAny": 335},
        f"{_GROUP} predicate:bscalar", "=predicate", "GroupNonUniformVote", pure=False,
        rules=("group",),
    ),
    Row("GroupNonUniformAllEqual", 336, f"{_GROUP} value:plain", "bscalar",
        "GroupNonUniformVote", pure=False, rules=("group",)),
    Row("GroupNonUniformBroadcast", 337, f"{_GROUP} value:plain id:iscalar", "=value",
        "GroupNonUniformBallot", pure=False, rules=("group",)),
    Row("GroupNonUniformBroadcastFirst", 338, f"{_GROUP} value:plain", "=value",
        "GroupNonUniformBallot", pure=False, rules=("group",)),
    Row("GroupNonUniformBallot", 339, f"{_GROUP} predicate:bscalar", "uint4",
        "GroupNonUniformBallot", pure=False, rules=("group",)),
    Row("GroupNonUniformInverseBallot", 340, f"{_GROUP} value:uint4", "bscalar",
        "GroupNonUniformBallot", pure=False, rules=("group",)),
    Row("GroupNonUniformBallotBitExtract", 341, f"{_GROUP} value:uint4 index:iscalar", "bscalar",
        "GroupNonUniformBallot", pure=False, rules=("group",)),
    Row("GroupNonUniformBallotBitCount", 342,
        f"{_GROUP} group_operation:group_operation value:uint4", "iscalar",
        "GroupNonUniformBallot", pure=False, rules=("group",)),
    *rows(
        {"GroupNonUniformBallotFindLSB": 343, "GroupNonUniformBallotFindMSB": 344},
        f"{_GROUP} value:uint4", "iscalar", "GroupNonUniformBallot", pure=False, rules=("group",),
    ),
    *rows(
        {"GroupNonUniformShuffle": 345, "GroupNonUniformShuffleXor": 346},
        f"{_GROUP} value:plain id:iscalar", "=value", "GroupNonUniformShuffle", pure=False,
        rules=("group",),
    ),
    *rows(
        {"GroupNonUniformShuffleUp": 347, "GroupNonUniformShuffleDown": 348},
        f"{_GROUP} value:plain delta:iscalar", "=value", "GroupNonUniformShuffleRelative",
        pure=False, rules=("group",),
    ),
    Row("GroupNonUniformRotateKHR", 4431,
        f"{_GROUP} value:plain delta:iscalar cluster_size:iscalar?", "=value",
        "GroupNonUniformRotateKHR", pure=False, rules=("group",)),
    *rows(
        {
            "GroupNonUniformIAdd": 349, "GroupNonUniformIMul": 351, "GroupNonUniformSMin": 353,
            "GroupNonUniformUMin": 354, "GroupNonUniformSMax": 356, "GroupNonUniformUMax": 357,
            "GroupNonUniformBitwiseAnd": 359, "GroupNonUniformBitwiseOr": 360,
            "GroupNonUniformBitwiseXor": 361,
        },
        _REDUCE.format("int"), "=value", "GroupNonUniformArithmetic", pure=False,
        rules=("group", "cluster"),
    ),
    *rows(
        {
            "GroupNonUniformFAdd": 350, "GroupNonUniformFMul": 352, "GroupNonUniformFMin": 355,
            "GroupNonUniformFMax": 358,
        },
        _REDUCE.format("float"), "=value", "GroupNonUniformArithmetic", pure=False,
        rules=("group", "cluster"),
    ),
    *rows(
        {
            "GroupNonUniformLogicalAnd": 362, "GroupNonUniformLogicalOr": 363,
            "GroupNonUniformLogicalXor": 364,
        },
        _REDUCE.format("bool"), "=value", "GroupNonUniformArithmetic", pure=False,
        rules=("group", "cluster"),
    ),
    Row("GroupNonUniformQuadBroadcast", 365, f"{_GROUP} value:plain index:iscalar", "=value",
        "GroupNonUniformQuad", pure=False, rules=("group",)),
    Row("GroupNonUniformQuadSwap", 366, f"{_GROUP} value:plain direction:iscalar", "=value",
        "GroupNonUniformQuad", pure=False, rules=("group",)),
]  # fmt: skip
