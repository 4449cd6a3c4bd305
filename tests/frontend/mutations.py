# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Seeded ways to break MLIR text and bytecode."""

from __future__ import annotations

import random
import re

TOKEN = re.compile(r'"[^"\n]*"|[%#!^@]?[\w.$]+|->|\s+|.', re.DOTALL)
NASTY = [
    "", "(", ")", "<", ">", "{", "}", "[", "]", ":", ",", "->", '"', "loc(", "tensor<", "dense<",
    "-1", "0", "18446744073709551616", "9" * 400, "1.0e999", "0x7FC00000", "0x", "?", "x", "*",
    "tensor<1000000000x1000000000xf32>", "tensor<18446744073709551617xi8>", "tensor<*xf32>",
    "tensor<?x?xf32>", "tensor<4xi7>", "tensor<4xf8E5M2>", "complex<f32>",
    "!quant.uniform<i8:f32, 1.0>",
    "dense<1.0> : tensor<100000x100000x100000xf32>", 'dense<"0x00"> : tensor<9xf32>', "%0", "%0#7",
    "%undefined", "@main", "#loc", "#alias", "^bb9", "stablehlo.return", "func.func",
    "unit", "none",
    "index", "i1", "i999999999", "array<i64: 9223372036854775807>", "array<i64: -1, -1, -1>",
    "dense_resource<x> : tensor<4xf32>", "\x00", "\xff", "é", "\\", '"\\', "//", "{-#", "#-}",
]  # fmt: skip
VARINTS = [b"\x00" + b"\xff" * 8, b"\xff", b"\x01", b"\xfe\xff", b"\x00" * 9, b"\x03"]


def broken_text(text: str, rng: random.Random) -> str:
    """Between one and four changes: of tokens (dropped, doubled, swapped, replaced by one from
    elsewhere or a nasty one), of lines, of characters; or the end cut off."""
    tokens = TOKEN.findall(text)
    for _ in range(rng.randint(1, 4)):
        if not tokens:
            break
        i, j = rng.randrange(len(tokens)), rng.randrange(len(tokens))
        kind = rng.randrange(8)
        if kind == 0:
            del tokens[i]
        elif kind == 1:
            tokens.insert(i, tokens[j])
        elif kind == 2:
            tokens[i], tokens[j] = tokens[j], tokens[i]
        elif kind in (3, 4):
            tokens[i] = tokens[j]
        elif kind == 5:
            tokens[i] = rng.choice(NASTY)
        elif kind == 6:
            tokens.insert(i, rng.choice(NASTY))
        elif rng.random() < 0.3:
            del tokens[i:]
        else:
            tokens[i] = re.sub(r"\d+", lambda m: str(int(m[0]) + rng.choice((-1, 1, 1 << 31))),
                               tokens[i][:20])  # fmt: skip
    return "".join(tokens)


def broken_bytes(data: bytes, rng: random.Random) -> bytes:
    """Between one and six changes of single bytes or runs, beyond the magic number; or a cut."""
    found = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        if len(found) < 6:
            break
        i = rng.randrange(4, len(found))
        kind = rng.randrange(7)
        if kind == 0:
            found[i] ^= 1 << rng.randrange(8)
        elif kind in (1, 2):
            found[i] = rng.randrange(256)
        elif kind == 3:
            found[i] = (found[i] + rng.choice((-4, -2, 2, 4))) % 256
        elif kind == 4:
            found[i : i + rng.randrange(4)] = rng.choice(VARINTS)
        elif kind == 5:
            j = rng.randrange(4, len(found))
            size = rng.randrange(1, 9)
            found[i : i + size] = found[j : j + size]
        elif rng.random() < 0.2:
            del found[i:]
    return bytes(found)
