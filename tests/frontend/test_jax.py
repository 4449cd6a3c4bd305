# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""JAX functions and exported artifacts: structure, symbolic sizes, constants, errors."""

from __future__ import annotations

import builtins
import functools
from typing import Any, NamedTuple

import numpy as np
import pytest

import iree_explore as ie
from iree_explore.context import make_context
from iree_explore.errors import ModelError
from iree_explore.frontend import import_source

jax = pytest.importorskip("jax")
jnp = pytest.importorskip("jax.numpy")
export = pytest.importorskip("jax.export")


class State(NamedTuple):
    mean: Any
    steps: Any


def layer(params, x, *, scale=1.0):
    y = jnp.tanh(params["w"] @ x) * scale
    return {"y": y, "state": State(y.mean(), [x.sum(), None])}


W = np.arange(6, dtype=np.float32).reshape(2, 3) / 10
X = np.array([1, -2, 3], np.float32)
PARAMS = {"w": W, "unused": np.ones(4, np.float32)}


def compiled(source: Any, **arguments: Any) -> Any:
    return ie.compile(source, device="local-sync", **arguments)


def check(found: Any, wanted: Any) -> None:
    np.testing.assert_allclose(found["y"], wanted["y"], rtol=1e-5)
    np.testing.assert_allclose(found["state"].mean, wanted["state"].mean, rtol=1e-5)
    np.testing.assert_allclose(found["state"].steps[0], wanted["state"].steps[0], rtol=1e-5)
    assert found["state"].steps[1] is None and isinstance(found["state"], State)


@pytest.mark.parametrize("jitted", [False, True])
def test_functions_take_and_return_what_they_do_in_jax(jitted: bool) -> None:
    function = jax.jit(layer) if jitted else layer
    module = compiled(function, inputs=[PARAMS, X])
    check(module.main(PARAMS, X), layer(PARAMS, X))
    check(module.main(params=PARAMS, x=2 * X), layer(PARAMS, 2 * X))
    names = [argument.name for argument in module.main.arguments]
    assert names == ["params_unused", "params_w", "x"]
    with pytest.raises(ModelError, match="not nested as the function takes them"):
        module.main({"w": W}, X)


def test_partials_static_arguments_and_keywords() -> None:
    module = compiled(functools.partial(layer, scale=3.0), inputs=[PARAMS, X])
    check(module.main(PARAMS, X), layer(PARAMS, X, scale=3.0))
    module = compiled(layer, inputs={"params": PARAMS, "x": X, "scale": np.float32(2)})
    found = module.main(params=PARAMS, x=X, scale=np.float32(4))
    check(found, layer(PARAMS, X, scale=4.0))
    power = jax.jit(lambda x, n: x**n, static_argnums=1)
    module = compiled(power, inputs=[X, 3])
    np.testing.assert_allclose(module.main(X, 3), X**3, rtol=1e-5)
    with pytest.raises(ModelError, match="not nested") as raised:
        module.main(X, 4)
    assert raised.value.because == "n: was compiled as 3, got 4"


def test_symbolic_sizes_are_unknown_and_named() -> None:
    ctx = make_context()
    dynamic = {"params_w": {1: "n"}, "x": {0: "n"}}
    module = import_source(layer, ctx, inputs=[PARAMS, X], dynamic=dynamic)
    text = str(module)
    assert "tensor<2x?xf32>" in text and 'iree.abi.dims = ["", "n"]' in text
    run = compiled(layer, inputs=[PARAMS, X], dynamic=dynamic)
    for n in (3, 5):
        params = PARAMS | {"w": np.ones((2, n), np.float32)}
        x = np.arange(n, dtype=np.float32)
        check(run.main(params, x), layer(params, x))
    wrong = "argument x has size 4 in dimension 0, but n is 3: argument params_w, dimension 1"
    with pytest.raises(ModelError, match=wrong) as raised:
        run.main(PARAMS, np.ones(4, np.float32))
    assert raised.value.code == "IX302"


def test_artifacts_as_objects_bytes_and_files(tmp_path) -> None:
    b, n = export.symbolic_shape("b, 2*n")
    spec = jax.ShapeDtypeStruct((b, n), jnp.float32)

    def halves(x, offset):
        return x.reshape(x.shape[0], 2, -1).sum(-1) + offset, x.shape[0]

    made = export.export(jax.jit(halves), platforms=("tpu", "cpu"))(
        spec, jax.ShapeDtypeStruct((), jnp.float32)
    )
    data = bytes(made.serialize())
    (tmp_path / "halves.bin").write_bytes(data)
    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    wanted, batch = halves(x, np.float32(1))
    for source in (made, data, tmp_path / "halves.bin"):
        module = compiled(source)
        found = module.main(x, np.float32(1))
        np.testing.assert_allclose(found[0], wanted)
        assert found[1] == batch
    known = compiled(made, inputs=[x, np.float32(1)])
    assert known.main.arguments[0].shape == (3, 4)
    np.testing.assert_allclose(known.main(x, np.float32(1))[0], wanted)
    text = str(import_source(made, make_context()))
    assert 'iree.abi.dims = ["b", "2*n"]' in text


def test_saved_modules_keep_the_structure(tmp_path) -> None:
    compiled(layer, inputs=[PARAMS, X]).save(tmp_path / "m.iexm")
    loaded = ie.load_module(tmp_path / "m.iexm", device="local-sync")
    check(loaded.main(PARAMS, X), layer(PARAMS, X))


def test_ops_know_the_line_of_the_function() -> None:
    ctx = make_context()
    module = import_source(layer, ctx, inputs=[PARAMS, X])
    tanh = next(op for op in module.walk() if op.name == "stablehlo.tanh")
    (source,) = ctx.provenance.sources_of(tanh)
    assert source.file == __file__ and source.line == layer.__code__.co_firstlineno + 1


def test_what_cannot_be_imported_says_why(monkeypatch) -> None:
    def error(source: Any, **arguments: Any) -> ModelError:
        with pytest.raises(ModelError) as raised:
            import_source(source, make_context(), **arguments)
        return raised.value

    assert error(layer).code == "IX102"
    assert "inputs=" in (error(jax.jit(layer)).hint or "")
    wrong = error(layer, inputs=[PARAMS, np.ones(4, np.float32)])
    assert wrong.code == "IX107" and "dot_general" in (wrong.because or "")
    made = export.export(jax.jit(lambda x: x))(X)
    data = bytes(made.serialize())
    assert error(data[: len(data) // 2]).code in ("IX107", "IX108")
    real = builtins.__import__

    def refuse(name, *rest):
        if name == "jax":
            raise ModuleNotFoundError("No module named 'jax'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    missing = error(data)
    assert missing.code == "IX103"
    assert 'pip install "iree_explore[jax]"' in missing.render()
