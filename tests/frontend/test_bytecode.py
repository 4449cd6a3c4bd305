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


def exported() -> dict[str, tuple]:
    """JAX functions and their arguments."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    x = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
    i = np.arange(12, dtype=np.int32).reshape(3, 4)
    return {
        "mlp": (lambda a: jax.nn.softmax(jnp.tanh(a @ a.T + 1.0)), x),
        "conv": (lambda a: lax.conv(a[None, None], a[None, None, :2, :2], (1, 1), "SAME"), x),
        "gather": (lambda a, b: a[b[0] % 3, 1:3].sum(), x, i),
        "scatter": (lambda a: a.at[np.array([0, 2])].add(1.0), x),
        "sort": (lambda a: (jnp.sort(a, axis=1), jnp.argsort(a)), x),
        "while": (lambda a: lax.fori_loop(0, 5, lambda k, v: v * 1.5 + k, a), x),
        "cond": (lambda a: lax.cond(a.sum() > 0, jnp.sin, jnp.cos, a), x),
        "scan": (lambda a: lax.scan(lambda c, v: (c + v, c * v), jnp.zeros(4), a), x),
        "random": (lambda k: jax.random.uniform(jax.random.wrap_key_data(k), (4,)),
                   np.array([1, 2], np.uint32)),
        "integers": (lambda a: (a // 3, a % 5, a << 1, lax.population_count(a)), i),
        "reduce_window": (lambda a: lax.reduce_window(a, -np.inf, lax.max, (2, 2), (1, 1), "VALID"),
                          x),
        "complex": (lambda a: jnp.fft.fft(a).real, x),
        "half": (lambda a: (a.astype(jnp.bfloat16) * 2).astype(jnp.float8_e4m3fn), x),
        "linalg": (lambda a: jnp.linalg.cholesky(a @ a.T + jnp.eye(3) * 4), x),
        "cumsum": (lambda a: jnp.cumsum(a, axis=0), x),
        "erf": (lambda a: (lax.erf_inv(a / 2), lax.lgamma(a + 3)), x),
    }  # fmt: skip


EXPORTED = (
    "mlp conv gather scatter sort while cond scan random integers reduce_window complex half"
    " linalg cumsum erf"
).split()


@pytest.mark.parametrize("name", EXPORTED)
def test_what_jax_exports_imports_as_its_text(name: str) -> None:
    import jax

    function, *arguments = exported()[name]
    artifact = jax.export.export(jax.jit(function))(*arguments)
    data = artifact.mlir_module_serialized
    ours = canonical(import_source(data, make_context()))
    try:
        text = printed(data)
    except ValueError:  # it holds attributes of dialects that jaxlib loads elsewhere
        return
    theirs = canonical(import_source(text, make_context()))
    assert not set(ours.splitlines()) ^ set(theirs.splitlines())


def printed(artifact: bytes) -> str:
    """The text that MLIR makes of a portable artifact."""
    from jax._src.interpreters.mlir import make_ir_context
    from jaxlib.mlir.dialects import stablehlo

    with make_ir_context():
        return str(ir.Module.parse(stablehlo.deserialize_portable_artifact_str(artifact)))


def test_unknown_sizes_and_running(tmp_path) -> None:
    import jax
    import jax.numpy as jnp

    (shape,) = (jax.export.symbolic_shape("n"),)
    given = jax.ShapeDtypeStruct((*shape, 4), jnp.float32)
    artifact = jax.export.export(jax.jit(lambda a: jnp.tanh(a).sum(axis=0)))(given)
    path = tmp_path / "model.mlirbc"
    path.write_bytes(artifact.mlir_module_serialized)
    x = np.linspace(-2, 2, 20, dtype=np.float32).reshape(5, 4)
    for target in ("reference", "llvm-cpu"):
        got = ie.compile(str(path), target=target).main(x)
        np.testing.assert_allclose(got, np.tanh(x).sum(axis=0), rtol=1e-5)


def test_what_tensorflow_writes() -> None:
    from tensorflow.compiler.mlir.stablehlo import stablehlo

    data = stablehlo.serialize_portable_artifact_str(TEXT, stablehlo.get_minimum_version())
    module = ie.compile(data)
    np.testing.assert_array_equal(module.main(np.ones(3, np.float32)), np.full(3, 2.0))
