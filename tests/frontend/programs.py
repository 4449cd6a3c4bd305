# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs as MLIR's own tools write them: text parsed, printed and serialised by jaxlib."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

from xdsl.dialects.builtin import ModuleOp
from xdsl.printer import Printer

OPS = Path(__file__).parents[1] / "ops"
NATIVE = "bytecode"
"""In place of a VHLO version: the module's own ops as bytecode."""
VERSIONS = ("current", "1.0.0", "0.14.0", "0.12.0", "0.9.0", NATIVE)


def functions() -> dict[str, str]:
    """The functions of all op files, without what only tests understand."""
    found = {}
    for path in sorted(OPS.glob("*.mlir")):
        text = re.sub(r"= check\.input dense", "= stablehlo.constant dense", path.read_text())
        text = re.sub(r"^\s*check\..*\n", "", text, flags=re.MULTILINE)
        for part in re.split(r"^(?=func\.func)", text, flags=re.MULTILINE):
            name = re.search(r"func\.func @(\w+)", part)
            if name is not None:
                found[f"{path.stem}-{name[1]}"] = part
    return found


def serialize(text: str, version: str) -> tuple[bytes, str]:
    """The bytecode of `text`, and what MLIR prints for it when it reads it again.

    Raises what jaxlib raises for text that it does not know.
    """
    from jax._src.interpreters.mlir import make_ir_context
    from jaxlib.mlir import ir
    from jaxlib.mlir.dialects import stablehlo

    with make_ir_context():
        module = ir.Module.parse(text)
        if version == NATIVE:
            file = io.BytesIO()
            module.operation.write_bytecode(file)
            return file.getvalue(), str(module)
        if version == "current":
            version = stablehlo.get_current_version()
        data = stablehlo.serialize_portable_artifact_str(str(module), version)
        back = ir.Module.parse(stablehlo.deserialize_portable_artifact_str(data))
        return data, str(back)


def canonical(module: ModuleOp) -> str:
    """Generic text without names of values, attributes in alphabetical order."""
    for op in module.walk():
        op.properties = dict(sorted(op.properties.items()))
        op.attributes = dict(sorted(op.attributes.items()))
        for result in op.results:
            result.name_hint = None
        for block in (block for region in op.regions for block in region.blocks):
            for argument in block.args:
                argument.name_hint = None
    stream = io.StringIO()
    Printer(stream, print_generic_format=True).print_op(module)
    return stream.getvalue()


def quiet(function: Callable[..., object], *arguments: object) -> bool:
    """Whether `function` runs without an error of jaxlib's."""
    from jaxlib.mlir import ir

    try:
        function(*arguments)
    except (ValueError, ir.MLIRError):
        return False
    return True
