# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Broken programs, text and bytecode: typed errors only, quickly, in little memory."""

from __future__ import annotations

import contextlib
import random
import resource
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jaxlib.mlir import ir

from iree_explore import pipeline
from iree_explore.context import make_context
from iree_explore.errors import Error, InternalError, ModelError
from iree_explore.frontend import import_source
from iree_explore.frontend.bytecode.container import MAGIC

from .mutations import broken_bytes, broken_text
from .programs import NATIVE, VERSIONS, around, functions, serialize, statements

LONGEST_SECONDS = 10
MOST_KILOBYTES = 1 << 20
PROGRAMS = [*functions().values(), *map(around, statements())]


@pytest.fixture(scope="module")
def artifacts() -> list[bytes]:
    """Bytecode of some programs in every version."""
    found = []
    rng = random.Random(0)
    for text in rng.sample(PROGRAMS, 40):
        for version in (*VERSIONS[:1], *VERSIONS[-2:]):
            with contextlib.suppress(ValueError, ir.MLIRError):
                found.append(serialize(text, version)[0])
    return found


def survives(source: str | bytes, stop: str = "import") -> bool:
    """Imports (and lowers up to phase `stop`); True if nothing was wrong. Only our errors for the
    user's mistakes may come out of the import."""
    start = time.monotonic()
    ctx = make_context()
    try:
        module = import_source(source, ctx)
        pipeline.run(module, ctx, stop="import")
        if stop != "import":
            with contextlib.suppress(InternalError):  # of lowerings: theirs to mend, never a crash
                pipeline.run(module, ctx, start="input", stop=stop)
        fine = True
    except Error as error:
        assert not isinstance(error, InternalError), source
        fine = False
    assert time.monotonic() - start < LONGEST_SECONDS, source
    return fine


@pytest.mark.parametrize("seed", range(4))
def test_mutated_text(seed: int) -> None:
    rng = random.Random(seed)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(120):
        survives(broken_text(rng.choice(PROGRAMS), rng) + "\n")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_KILOBYTES


@pytest.mark.parametrize("seed", range(4))
def test_mutated_bytecode(seed: int, artifacts: list[bytes]) -> None:
    rng = random.Random(seed)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(300):
        survives(broken_bytes(rng.choice(artifacts), rng))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_KILOBYTES


def test_what_still_imports_also_lowers_or_says_why(artifacts: list[bytes]) -> None:
    rng = random.Random(9)
    sources = [broken_text(rng.choice(PROGRAMS), rng) + "\n" for _ in range(40)]
    sources += [broken_bytes(rng.choice(artifacts), rng) for _ in range(80)]
    for source in sources:
        survives(source, stop="vm")


def test_every_truncation_is_an_error(artifacts: list[bytes]) -> None:
    for data in artifacts[:3]:
        for end in range(0, len(data) - 1, 7):
            assert not survives(data[:end] if end > 3 else MAGIC)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=200))
def test_garbage_after_the_magic_number(data: bytes) -> None:
    survives(MAGIC + data)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_cut_and_spliced_bytecode(artifacts: list[bytes], data: st.DataObject) -> None:
    first = data.draw(st.sampled_from(artifacts))
    second = data.draw(st.sampled_from(artifacts))
    at = data.draw(st.integers(4, len(first)))
    survives(first[:at] + second[data.draw(st.integers(4, len(second))) :])


TENSOR = "tensor<4xf32>"


def main(body: str, arguments: str = f"%x: {TENSOR}") -> str:
    return f"func.func @main({arguments}) {{\n{body}\n  return\n}}\n"


REFUSED = {
    "cycle": (
        main(f"%0 = stablehlo.add %1, %1 : {TENSOR}\n%1 = stablehlo.add %0, %0 : {TENSOR}"),
        "before it is defined",
    ),
    "self": (main(f"%0 = stablehlo.add %0, %0 : {TENSOR}"), "before it is defined"),
    "defined twice": (
        main(f"%0 = stablehlo.abs %x : {TENSOR}\n%0 = stablehlo.abs %x : {TENSOR}"),
        "already defined",
    ),
    "one symbol twice": (main("") + main(""), "Redefinition"),
    "recursion": (main(f"func.call @main(%x) : ({TENSOR}) -> ()"), "recursion"),
    "no such function": (main(f"func.call @none(%x) : ({TENSOR}) -> ()"), "could not be found"),
    "no body": (
        f"func.func private @b({TENSOR})\n" + main(f"func.call @b(%x) : ({TENSOR}) -> ()"),
        "no body",
    ),
    "no body, public": (f"func.func @b({TENSOR})\n", "no body"),
    "unranked": (main("", "%x: tensor<*xf32>"), "argument 0 is tensor<*xf32>"),
    "strings": (main("", "%x: tensor<4x!tf_type.string>"), "string"),
    "memref": (main("", "%x: memref<4xf32>"), "memref"),
    "sizes of 65 bits": (main("", "%x: tensor<18446744073709551617xi8>"), "64 bits"),
    "as many elements": (main("", "%x: tensor<4294967296x4294967296xi8>"), "64 bits"),
    "long integer": (main(f"%0 = stablehlo.iota dim = {'9' * 5000} : {TENSOR}"), "digits"),
    "outside of functions": ("stablehlo.return\n", "outside of a function"),
    "module in a module": ("module { module @a {} }\n", "a module inside"),
    "string never closed": ('module attributes {a = "' + "x\\" * 5000 + "\n}", "IX101"),
    "only quotes": ('"' * 5001 + "\n", "IX101"),
    "deep regions": (main('"stablehlo.if"(%x) ({\n' * 120), "nested too deeply"),
    "deep attributes": ("module attributes {a.b = " + "[" * 250 + "]" * 250 + "} {}\n", "nested"),
    "zero bytes": ("\x00" * 10 + "\n", "IX101"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_reason(name: str) -> None:
    text, message = REFUSED[name]
    ctx = make_context()
    with pytest.raises(Error) as raised:
        pipeline.run(import_source(text, ctx), ctx, stop="import")
    assert message in str(raised.value)


def test_deep_attributes_in_bytecode() -> None:
    text = "module attributes {a.b = " + "[" * 100 + "]" * 100 + "} {}"
    with pytest.raises(ModelError, match=r"IX108 .*nested too deeply"):
        import_source(serialize(text, NATIVE)[0], make_context())


def test_resources_that_lie_about_their_size() -> None:
    text = (
        "module {\n func.func @f() {\n  %0 = stablehlo.constant dense_resource<b> : tensor<4xf32>\n"
        '  return\n }\n}\n{-#\n dialect_resources: {\n  builtin: {\n   b: "0x040000000000803F"\n'
        "  }\n }\n#-}\n"
    )
    with pytest.raises(ModelError, match="4 bytes cannot hold"):
        import_source(text, make_context())
