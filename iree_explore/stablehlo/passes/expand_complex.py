# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`input-expand-complex`: complex tensors as pairs of real ones, regions and functions included.

One walk in program order. `complex_rules.py` says what each op becomes; ops that only pass values
on (calls, control flow, reductions with their regions) get both halves in place of each complex
operand, block argument and result. Programs without complex numbers are only looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseIntOrFPElementsAttr,
    FunctionType,
    ModuleOp,
    TensorType,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, SSAValue
from xdsl.passes import ModulePass

from iree_explore import elements as dense
from iree_explore.context import CompilerContext, Parameters
from iree_explore.errors import GapError
from iree_explore.hal.passes.wrap_entry_points import is_exported, remember_types
from iree_explore.provenance import rewriting
from iree_explore.stablehlo import complex_rules
from iree_explore.stablehlo.base import OpRow
from iree_explore.stablehlo.complex_pairs import (
    Pair,
    Pairs,
    halved_types,
    is_complex,
    packed_constant,
    packed_type,
)
from iree_explore.stablehlo.ops.elementwise import camel
from iree_explore.stablehlo.passes.lower_to_linalg import check_supported, gap_of
from iree_explore.stablehlo.table import TABLE
from iree_explore.walk import walk


@dataclass(frozen=True)
class ExpandComplex(ModulePass):
    """Expands complex tensors into their real and imaginary parts.

    Before:

    ```mlir
    func.func private @f(%a: tensor<4xcomplex<f32>>, %b: tensor<4xf32>) -> tensor<4xcomplex<f32>> {
      %0 = stablehlo.complex %b, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xcomplex<f32>>
      %1 = stablehlo.add %a, %0 : tensor<4xcomplex<f32>>
      return %1 : tensor<4xcomplex<f32>>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func private @f(%0: tensor<4xf32>, %1: tensor<4xf32>, %b: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
        %2 = stablehlo.add %0, %b : tensor<4xf32>
        %3 = stablehlo.add %1, %b : tensor<4xf32>
        func.return %2, %3 : tensor<4xf32>, tensor<4xf32>
      }
    }
    ```
    """  # noqa: E501

    name = "input-expand-complex"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:  # pyright: ignore
        complex_ops = [found for found in walk(op) if concerned(found)]
        if not complex_ops:
            return
        if any(map(_undefined, complex_ops)):
            check_supported(ctx, op, _gap_of)
        functions = [f for f in op.body.block.ops if isinstance(f, func.FuncOp)]
        exported = {f.sym_name.data for f in functions if is_exported(f)}
        for found in list(op.body.block.ops):
            if found.name.endswith(".global"):
                _expand_global(ctx, found)
            elif isinstance(found, func.FuncOp):
                _Function(ctx, exported).expand(found)
            else:
                for region in found.regions:
                    for block in region.blocks:
                        _Function(ctx, exported).block(block)


def _undefined(op: Operation) -> bool:
    """Whether no rule takes the op apart, though it has complex results, or its rule has a gap."""
    row = TABLE.get(op.name)
    if row is None:
        return False
    if op.name in complex_rules.ALWAYS:  # nothing after this pass sees the op
        return any(gap.applies(op) for gap in row.gaps)
    known = op.name in complex_rules.RULES or op.name in complex_rules.IN_PLACE
    return not known and any(is_complex(r.type) for r in op.results)


def _gap_of(row: OpRow, op: Operation) -> str | None:
    """Why an op has no lowering, before complex numbers are taken apart."""
    if _undefined(op):
        reasons = (gap.because(op) for gap in row.gaps if gap.applies(op))
        return next(reasons, "nothing defines it for complex numbers")
    if any(is_complex(v.type) for v in (*op.operands, *op.results)):
        return None
    return gap_of(row, op)


def concerned(op: Operation) -> bool:
    """Whether complex numbers begin at this op, or it is one that only this pass lowers."""
    if op.name in complex_rules.ALWAYS:
        return True
    for result in op.results:
        if is_complex(result.type):
            return True
    for region in op.regions:
        for block in region.blocks:
            for argument in block.args:
                if is_complex(argument.type):
                    return True
    return op.name.endswith(".global") and is_complex(op.properties["type"])


def _expand_global(ctx: CompilerContext, op: Operation) -> None:
    """A complex global is packed; so is the parameter behind it."""
    type_ = op.properties["type"]
    if not is_complex(type_):
        return
    key = "value" if "value" in op.properties else "initial_value"
    value = op.properties.get(key)
    with rewriting(ctx, "ExpandComplexGlobal", op) as rewriter:
        op.properties["type"] = packed = packed_type(type_)
        if isinstance(value, DenseIntOrFPElementsAttr):
            op.properties[key] = packed_constant(value)
        elif value is not None:
            scope, name = "model", op.properties["sym_name"].data  # pyright: ignore[reportAttributeAccessIssue]
            if hasattr(value, "key"):
                scope, name = value.scope.data, value.key.data  # pyright: ignore[reportAttributeAccessIssue]
                op.properties[key] = type(value)(value.scope, value.key, packed)  # pyright: ignore
            else:
                op.properties[key] = type(value)(packed)  # pyright: ignore[reportCallIssue]
            _pack_parameter(ctx.parameters, scope, name)
        op.attributes["iree.abi.type"] = type_
        rewriter.notify_op_modified(op)


def _pack_parameter(parameters: Parameters, scope: str, name: str) -> None:
    array = parameters.get(scope, name)
    if array.dtype.kind == "c":
        parameters.add(scope, name, dense.packed(array))


@dataclass
class _Function:
    """Expands one function; `exported` are the names of those that take packed values."""

    ctx: CompilerContext
    exported: set[str]
    halves: dict[SSAValue, Pair] = field(default_factory=dict)
    packed: dict[SSAValue, SSAValue] = field(default_factory=dict)
    returns_packed: bool = False

    def expand(self, function: func.FuncOp) -> None:
        signature = function.function_type
        inputs, outputs = list(signature.inputs), list(signature.outputs)
        self.returns_packed = function.sym_name.data in self.exported
        if any(map(is_complex, (*inputs, *outputs))):
            if self.returns_packed:
                remember_types(function)
                inputs, outputs = list(map(packed_type, inputs)), list(map(packed_type, outputs))
            else:
                for name, types in (("arg_attrs", inputs), ("res_attrs", outputs)):
                    if name in function.properties:
                        function.properties[name] = _repeated(function.properties[name], types)
                inputs, outputs = halved_types(inputs), halved_types(outputs)
            with rewriting(self.ctx, "ExpandComplexSignature", function) as rewriter:
                function.function_type = FunctionType.from_lists(inputs, outputs)
                rewriter.notify_op_modified(function)
        for block in function.body.blocks:
            self.block(block, packed=self.returns_packed)

    def block(self, block: Block, packed: bool = False) -> None:
        """Expands the arguments and ops of a block, then removes what was complex."""
        replaced = self._arguments(block, packed)
        gone: list[Operation] = []
        for op in list(block.ops):
            mine = op.name in complex_rules.ALWAYS or any(
                is_complex(v.type) for v in (*op.operands, *op.results)
            )
            if mine or _complex_arguments(op):
                self._op(op)
                gone.append(op)
            else:
                for region in op.regions:
                    for inner in region.blocks:
                        self.block(inner)
        if gone:
            with rewriting(self.ctx, "RemoveComplexOps", *gone) as rewriter:
                for op in reversed(gone):
                    rewriter.erase(op)
        for argument in reversed(replaced):
            block.erase_arg(argument)

    def _arguments(self, block: Block, packed: bool) -> list[BlockArgument]:
        """Inserts the new arguments before the complex ones, which are returned."""
        replaced = [a for a in block.args if is_complex(a.type)]
        for argument in replaced:
            if argument in self.halves:
                continue
            types = [packed_type(argument.type)] if packed else halved_types([argument.type])
            new = []
            for type_ in types:
                made = block.insert_arg(type_, argument.index)
                new.append(made)
            if packed:
                new[0].name_hint = argument.name_hint
                self.packed[argument] = new[0]
            else:
                self.halves[argument] = Pair(new[0], new[-1])
        return replaced

    def _sort_arguments(self, block: Block) -> None:
        """A comparator takes two of the first operand, two of the second and so on."""
        for first, second in list(zip(block.args[::2], block.args[1::2], strict=True)):
            if not is_complex(first.type):
                continue
            types = halved_types([first.type, second.type])
            made = [block.insert_arg(t, first.index) for t in types]
            self.halves[first], self.halves[second] = Pair(*made[::2]), Pair(*made[1::2])

    def _op(self, op: Operation) -> None:
        with rewriting(self.ctx, "Expand" + camel(op.name.partition(".")[2])[:-2], op) as rewriter:
            steps = all(target == "llvm-cpu" for target in self.ctx.options.targets)
            d = Pairs(rewriter, op, self.halves, self.packed, self.block, steps)
            rule = complex_rules.RULES.get(op.name)
            if rule is not None:
                self._define(op, rule(d, op), d)
            elif op.name in complex_rules.IN_PLACE:
                self._in_place(d, op)
            else:
                raise GapError("IX203", f"{op.name}: nothing defines it for complex numbers")

    def _define(self, op: Operation, values: Sequence[SSAValue | Pair], d: Pairs) -> None:
        for result, value in zip(op.results, values, strict=True):
            if isinstance(value, Pair):
                self.halves[result] = value
            elif is_complex(result.type):
                self.packed[result] = value
            else:
                d.rewriter.replace_all_uses_with(result, value)

    def _in_place(self, d: Pairs, op: Operation) -> None:
        """The same op with both halves of everything complex, or with everything packed."""
        callee = op.callee.root_reference.data if isinstance(op, func.CallOp) else None
        packed = callee in self.exported or op.name in complex_rules.IN_MEMORY
        packed = packed or (isinstance(op, func.ReturnOp) and self.returns_packed)
        types = [r.type for r in op.results]
        if packed:
            operands = [d.in_memory(v) for v in op.operands]
            results = list(map(packed_type, types))
        else:
            operands, results = d.flat(op.operands), halved_types(types)
        regions = [op.detach_region(region) for region in list(op.regions)]
        for region in regions:
            if op.name == "stablehlo.sort":
                self._sort_arguments(region.block)
            for block in region.blocks:
                self.block(block)
        made = list(complex_rules.rebuild(d, op, operands, results, regions))
        values: list[SSAValue | Pair] = []
        for type_ in types:
            first = made.pop(0)
            whole = packed or not is_complex(type_) or not isinstance(type_, TensorType)
            values.append(first if whole else Pair(first, made.pop(0)))
        self._define(op, values, d)


def _complex_arguments(op: Operation) -> bool:
    return any(is_complex(a.type) for r in op.regions for b in r.blocks for a in b.args)


def _repeated(attributes: Attribute, types: Sequence[Attribute]) -> ArrayAttr:
    """Attributes of arguments or results, twice where a type is complex."""
    assert isinstance(attributes, ArrayAttr)
    found = []
    for each, type_ in zip(attributes, types, strict=True):
        found.extend([each] * len(halved_types([type_])))
    return ArrayAttr(found)
