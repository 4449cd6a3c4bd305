# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs as MLIR's own tools write them: text parsed, printed and serialised by jaxlib."""

from __future__ import annotations

import io
import re
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
            generic = module.operation.get_asm(print_generic_op_form=True)
            return file.getvalue(), generic
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


VALUES = """
  %s: tensor<f32>, %f: tensor<4xf32>, %d: tensor<?xf32>, %c: tensor<4xcomplex<f32>>,
  %p: tensor<i1>, %m: tensor<4x4xf32>, %n: tensor<2x4xf32>, %i0: tensor<i64>, %j0: tensor<i32>,
  %i1: tensor<1xi64>, %i2: tensor<2xi64>, %i22: tensor<2x2xi64>, %i3: tensor<3xi64>,
  %k: tensor<2x1xi64>, %u2: tensor<2xui64>, %w: tensor<2x2x2x2xf32>, %w3: tensor<3x4x2xf32>
"""
"""What the statements of `statements.txt` may read."""


def statements() -> list[str]:
    """One use of every op with attributes, in the generic form of before properties."""
    return (Path(__file__).parent / "statements.txt").read_text().splitlines()


def around(statement: str) -> str:
    """A program with `statement` in it."""
    return (
        "func.func private @helper(%a: tensor<4xf32>) -> tensor<4xf32> {\n"
        "  return %a : tensor<4xf32>\n}\n"
        f"func.func @main({VALUES}) {{\n  {statement}\n  return\n}}\n"
    )


def spellings(text: str) -> dict[str, str | bytes]:
    """Every form in which MLIR writes the program; raises what jaxlib raises."""
    from jax._src.interpreters.mlir import make_ir_context
    from jaxlib.mlir import ir

    with make_ir_context():
        module = ir.Module.parse(text)
        file = io.BytesIO()
        module.operation.write_bytecode(file)
        return {
            "as given": text,
            "generic": module.operation.get_asm(print_generic_op_form=True),
            "pretty": str(module),
            "bytecode": file.getvalue(),
        }
