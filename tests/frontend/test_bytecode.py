# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""MLIR bytecode: what jaxlib writes in any version imports as the text of the same program does."""

from __future__ import annotations

import numpy as np
import pytest
from jaxlib.mlir import ir

import iree_explore as ie
from iree_explore.context import make_context
from iree_explore.errors import ModelError
from iree_explore.frontend import import_source
from iree_explore.frontend.bytecode.cursor import Cursor

from .programs import VERSIONS, canonical, functions, serialize

FUNCTIONS = functions()


def same(text: str, version: str) -> None:
    data, back = serialize(text, version)
    ours = canonical(import_source(data, make_context())).splitlines()
    theirs = canonical(import_source(back, make_context())).splitlines()
    differing = [(a[:500], b[:500]) for a, b in zip(ours, theirs, strict=False) if a != b]
    assert not differing[:3]
    assert len(ours) == len(theirs)


@pytest.mark.parametrize("version", VERSIONS)
def test_op_files_import_as_their_text(version: str) -> None:
    checked = 0
    for name, text in list(FUNCTIONS.items())[VERSIONS.index(version) :: len(VERSIONS)]:
        try:
            serialize(text, version)
        except (ValueError, ir.MLIRError):
            continue  # jaxlib does not know the program, or not in that version
        try:
            same(text, version)
        except BaseException as raised:
            raise AssertionError(name) from raised
        checked += 1
    assert checked > len(FUNCTIONS) / len(VERSIONS) / 2


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("01", 0), ("05", 2), ("ff", 127), ("0202", 128), ("fe ff", 16383), ("04 00 04", 1 << 15),
        ("80 01 00 00 00 00 00 00", 1), ("00 ff ff ff ff ff ff ff ff", (1 << 64) - 1),
    ],
)  # fmt: skip
def test_varint(data: str, value: int) -> None:
    cursor = Cursor(bytes.fromhex(data))
    assert cursor.varint() == value
    assert not cursor.left


TEXT = """
func.func public @main(%x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = stablehlo.add %x, %x : tensor<3xf32> loc("layer"("model.py":7:1))
  return %0 : tensor<3xf32>
}
"""


def test_file_bytes_and_cli_read_bytecode(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    from iree_explore import cli

    data, _ = serialize(TEXT, "current")
    path = tmp_path / "program.mlirbc"
    path.write_bytes(data)
    x = np.array([1, 2, 3], np.float32)
    for source in (path, str(path), data, bytearray(data)):
        np.testing.assert_array_equal(ie.compile(source, target="reference").main(x), 2 * x)
    cli.main(["opt", str(path)])
    assert "stablehlo.add" in capsys.readouterr().out


def test_locations_become_sources() -> None:
    ctx = make_context()
    from jax._src.interpreters.mlir import make_ir_context
    from jaxlib.mlir.dialects import stablehlo

    with make_ir_context():
        module = ir.Module.parse(TEXT)
        data = stablehlo.serialize_portable_artifact_str(
            module.operation.get_asm(enable_debug_info=True), "1.0.0"
        )
    op = next(op for op in import_source(data, ctx).walk() if op.name == "stablehlo.add")
    assert [str(s) for s in ctx.provenance.sources_of(op)] == ["layer (model.py:7)"]


def test_errors_name_the_byte() -> None:
    data, _ = serialize(TEXT, "current")
    with pytest.raises(ModelError, match=r"IX108 <bytes>, byte \d+: ") as raised:
        import_source(data[: len(data) // 2], make_context())
    assert raised.value.code == "IX108"
