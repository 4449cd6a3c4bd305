# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`input-lower-to-linalg`: every StableHLO op by the lowering of its row.

One walk in program order, so that an op's operands are lowered (and their sizes known) before it.
What each op becomes is in `stablehlo/ops/`; helpers are in `stablehlo/lowering.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xdsl.dialects import arith, func, scf, tensor
from xdsl.dialects.builtin import (
    ArrayAttr,
    ComplexType,
    DictionaryAttr,
    FunctionType,
    ModuleOp,
    TensorType,
)
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from iree_explore import elements as dense
from iree_explore.context import CompilerContext
from iree_explore.errors import GapError
from iree_explore.flow import util_dialect as util
from iree_explore.hal.passes.wrap_entry_points import DIMS, TYPE, remember_types
from iree_explore.provenance import rewriting
from iree_explore.shapes.rules.stablehlo import DYNAMIC_FORMS
from iree_explore.stablehlo import folding
from iree_explore.stablehlo.base import OpRow
from iree_explore.stablehlo.lowering import INDEX, Lowering, signless
from iree_explore.stablehlo.ops.elementwise import camel
from iree_explore.stablehlo.run_time_checks import require_agreement
from iree_explore.stablehlo.table import TABLE
from iree_explore.walk import walk


@dataclass(frozen=True)
class LowerToLinalg(ModulePass):
    """Lowers StableHLO to linalg on tensors, `tensor`, `arith` and `scf`.

    Before:

    ```mlir
    func.func @main(%a: tensor<2x3xf32>) -> tensor<3x2xf32> {
      %0 = stablehlo.transpose %a, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
      return %0 : tensor<3x2xf32>
    }
    ```

    After:

    ```mlir
    builtin.module {
      func.func @main(%a: tensor<2x3xf32>) -> tensor<3x2xf32> {
        %0 = tensor.empty() : tensor<3x2xf32>
        %1 = linalg.transpose ins(%a:tensor<2x3xf32>) outs(%0:tensor<3x2xf32>) permutation = [1, 0]
        func.return %1 : tensor<3x2xf32>
      }
    }
    ```
    """

    name = "input-lower-to-linalg"

    def apply(self, ctx: CompilerContext, op: ModuleOp) -> None:  # pyright: ignore
        check_supported(ctx, op)
        types = _original_types(op)
        signatures = _make_signless(op)
        for function in op.body.block.ops:
            for region in function.regions:
                if isinstance(function, func.FuncOp | util.InitializerOp) and region.blocks:
                    _Function(ctx, function, types, signatures).lower()


def check_supported(
    ctx: CompilerContext,
    module: ModuleOp,
    reason_of: Callable[[OpRow, Operation], str | None] | None = None,
) -> None:
    """Raises `GapError` naming every op that has no row (IX201) or no lowering (IX203).

    `reason_of` says why an op has no lowering, by default `gap_of`.
    """
    reason_of = reason_of or gap_of
    unknown: list[str] = []
    gaps: list[str] = []
    parents: set[Operation] = set()
    for op in walk(module):
        if op.name == "builtin.unregistered":
            unknown.append(f"{op.op_name.data}{_origin(ctx, op)}")  # pyright: ignore
            continue
        dialect = op.name.partition(".")[0]
        row = TABLE.get(op.name)
        if row is None:
            if dialect in ("stablehlo", "chlo"):
                unknown.append(f"{op.name}{_origin(ctx, op)}")
            continue
        if op.name == "stablehlo.return" or op.parent_op() in parents:
            if op.regions:
                parents.add(op)
            continue
        reason = reason_of(row, op)
        if reason:
            gaps.append(f"{op.name}: {reason}{_origin(ctx, op)}")
        elif op.regions and op.name not in _REGIONS_OF_CODE:
            parents.add(op)  # its region is scalar code, not ops to be lowered by themselves
    if unknown:
        raise GapError(
            "IX201",
            f"{len(unknown)} ops are outside the supported set",
            because="\n".join([*unknown, *gaps]),
        )
    if gaps:
        what = gaps[0] if len(gaps) == 1 else f"{len(gaps)} op configurations have no lowering"
        raise GapError("IX203", what, because="\n".join(gaps))


_REGIONS_OF_CODE = frozenset({"stablehlo.while", "stablehlo.if", "stablehlo.case"})


def gap_of(row: OpRow, op: Operation) -> str | None:
    """Why the op has no lowering, or None if it has one."""
    for value in (*op.operands, *op.results):
        if isinstance(value.type, TensorType):
            element = value.type.element_type
            if isinstance(element, ComplexType):
                return "complex numbers have no code generation"
            try:
                dense.dtype_of(element)
            except KeyError:
                return f"the element type {element} has no code generation"
    reason = next((gap.because(op) for gap in row.gaps if gap.applies(op)), None)
    if reason is None and row.lower is None and row.decompose is None:
        return "evaluated only, no lowering yet"
    return reason


def _origin(ctx: CompilerContext, op: Operation) -> str:
    sources = "; ".join(map(str, ctx.provenance.sources_of(op)))
    if not sources or sources.startswith("("):
        return f"   {sources}".rstrip()
    return f"   ({sources})"


def _unsigned(value: SSAValue) -> bool:
    return signless(value.type) is not value.type


def _original_types(module: ModuleOp) -> dict[Operation, list[Attribute]]:
    """Element types of the operands of ops that have unsigned operands."""
    found: dict[Operation, list[Attribute]] = {}
    for op in walk(module):
        if any(map(_unsigned, op.operands)):
            found[op] = [
                v.type.element_type if isinstance(v.type, TensorType) else v.type
                for v in op.operands
            ]
    return found


def _make_signless(module: ModuleOp) -> dict[str, FunctionType]:
    """Makes signatures, block arguments, globals and loads signless; returns all signatures."""
    signatures = {}
    for op in walk(module):
        if isinstance(op, func.FuncOp):
            type_ = op.function_type
            if any(signless(t) is not t for t in (*type_.inputs, *type_.outputs)):
                remember_types(op)
            op.function_type = FunctionType.from_lists(
                [signless(t) for t in type_.inputs], [signless(t) for t in type_.outputs]
            )
            signatures[op.sym_name.data] = op.function_type
        elif isinstance(op, util.GlobalOp):
            if signless(op.type) is not op.type:
                op.attributes.setdefault(TYPE, op.type)
            op.type = signless(op.type)  # pyright: ignore[reportAttributeAccessIssue]
            if op.initial_value is not None:
                op.initial_value = _signless_value(op.initial_value)
        if op.name not in TABLE:
            for result in list(op.results):
                if _unsigned(result):
                    Rewriter.replace_value_with_new_type(result, signless(result.type))
        row_regions = op.name in TABLE and op.name not in _REGIONS_OF_CODE
        for region in () if row_regions else op.regions:
            for block in region.blocks:
                for argument in list(block.args):
                    if _unsigned(argument):
                        Rewriter.replace_value_with_new_type(argument, signless(argument.type))
    return signatures


def _signless_value(value: Attribute) -> Attribute:
    if isinstance(value, util.ParameterNamedAttr):
        return util.ParameterNamedAttr(value.scope, value.key, signless(value.type))  # pyright: ignore
    if isinstance(value, dense.DenseIntOrFPElementsAttr):
        return dense.DenseIntOrFPElementsAttr(signless(value.type), value.data)  # pyright: ignore
    return value


class _Function:
    """Lowers one function."""

    def __init__(
        self,
        ctx: CompilerContext,
        function: Operation,
        types: dict[Operation, list[Attribute]],
        signatures: dict[str, FunctionType],
    ):
        self.ctx = ctx
        self.function = function
        self.signatures = signatures
        self.b = Lowering()
        self.b.types = types
        self.results: tuple[Attribute, ...] = ()
        if isinstance(function, func.FuncOp):
            self.results = tuple(function.function_type.outputs)

    def lower(self) -> None:
        block = self.function.regions[0].block
        self.b.begin_function(block, _symbols(self.function))
        self.block(block)
        self._remove_dead(block)

    def block(self, block: Block) -> None:
        op = block.first_op
        while op is not None:
            following = op.next_op
            before = op.prev_op
            self.op(op)
            new = block.first_op if before is None else before.next_op
            while new is not following and new is not None:
                for region in new.regions:
                    if isinstance(new, scf.WhileOp | scf.IfOp | scf.ForOp):
                        self.b.enter()
                        self.block(region.block)
                        self.b.leave()
                new = new.next_op
            op = following

    def op(self, op: Operation) -> None:
        row = TABLE.get(op.name)
        if row is not None and row.lower is not None:
            name = "Lower" + camel(op.name.partition(".")[2])[:-2]
            with rewriting(self.ctx, name, op, code=row.code()) as rewriter:
                self.b.begin(op, rewriter)
                if op.name not in _UNCHECKED:
                    require_agreement(self.b, op, row.infer)
                values = row.lower(op, self.b)
                if not op.results or list(values) != list(op.results):
                    rewriter.replace(op, [], list(values))
            return
        if isinstance(op, tensor.DimOp):
            index = folding.integer(op.index)
            if index is not None:
                with rewriting(self.ctx, "ReadKnownSize", op) as rewriter:
                    self.b.begin(op, rewriter)
                    rewriter.replace(op, [], [self.b.index(self.b.dims(op.source)[index])])
        elif isinstance(op, tensor.ExtractOp):
            self._extract(op)
        elif isinstance(op, arith.ConstantOp):
            return
        elif op.name.startswith("arith."):
            self._fold(op)
        elif op.is_ancestor(self.function):
            return
        elif op is op.parent_block().last_op and not op.results:  # pyright: ignore
            self._terminator(op)
        elif isinstance(op, func.CallOp):
            signature = self.signatures[op.callee.string_value()]
            self._cast(op, list(range(len(op.operands))), list(signature.inputs))

    def _extract(self, op: tensor.ExtractOp) -> None:
        indices = [folding.integer(i) for i in op.indices]
        known = self.b.elements(op.tensor)
        if known is None or any(i is None for i in indices):
            return
        with rewriting(self.ctx, "ReadKnownElement", op) as rewriter:
            self.b.begin(op, rewriter)
            rewriter.replace(op, [], [self.b.scalar(op.tensor, *indices)])  # pyright: ignore

    def _fold(self, op: Operation) -> None:
        folded = folding.fold(op)
        cast = isinstance(op, arith.IndexCastOp) and op.result.type == INDEX
        if folded is None and not cast:
            return
        with rewriting(self.ctx, "FoldArithmetic", op) as rewriter:
            self.b.begin(op, rewriter)
            value = self.b.as_index(op.operands[0]) if cast else None
            if value is None and folded is not None:
                value = self.b.folded(folded)
            if value is not None:
                rewriter.replace(op, [], [value])

    def _terminator(self, op: Operation) -> None:
        """Operands of a terminator in the types that the op around it declares."""
        first = 0
        wanted: list[Attribute]
        parent = op.parent_op()
        if isinstance(op, func.ReturnOp):
            wanted = list(self.results)
        elif isinstance(op, scf.ConditionOp):
            first, wanted = 1, [r.type for r in parent.results]  # pyright: ignore
        elif isinstance(parent, scf.WhileOp):
            wanted = [a.type for a in parent.before_region.block.args]
        elif isinstance(parent, scf.IfOp | scf.ForOp):
            wanted = [r.type for r in parent.results]
        else:
            return
        self._cast(op, list(range(first, len(op.operands))), wanted)

    def _cast(self, op: Operation, positions: list[int], wanted: list[Attribute]) -> None:
        for i, type_ in zip(positions, wanted, strict=True):
            if op.operands[i].type != type_:
                with rewriting(self.ctx, "MatchTypes", op) as rewriter:
                    self.b.begin(op, rewriter)
                    op.operands[i] = self.b.cast_to(op.operands[i], type_)
                    rewriter.notify_op_modified(op)

    def _remove_dead(self, block: Block) -> None:
        dead = []
        removed: set[Operation] = set()
        for op in reversed(list(block.walk(reverse=False))):
            if _removable(op) and all(
                use.operation in removed for r in op.results for use in r.uses
            ):
                dead.append(op)
                removed.add(op)
        if dead:
            with rewriting(self.ctx, "RemoveUnused", *dead[:1]) as rewriter:
                for op in dead:
                    rewriter.erase(op)


_UNCHECKED = frozenset(
    {
        "stablehlo.while",
        "stablehlo.if",
        "stablehlo.case",
        "stablehlo.custom_call",
        "chlo.scan",
        *DYNAMIC_FORMS,
    }
)
"""Ops whose shape rule reads something else than sizes of operands; those that take a shape check
it as they are lowered."""


def _symbols(function: Operation) -> list[list[str]]:
    """The names of each argument's sizes, "" where known; empty if the signature has none."""
    rows = function.arg_attrs if isinstance(function, func.FuncOp) else None
    found = []
    for row in rows or ():
        named = row.data.get(DIMS) if isinstance(row, DictionaryAttr) else None
        found.append([a.data for a in named] if isinstance(named, ArrayAttr) else [])  # pyright: ignore
    return found


def _removable(op: Operation) -> bool:
    """Whether an op may go when nothing uses it."""
    if isinstance(op, LinalgStructuredOperation):
        return True
    dialect, _, name = op.name.partition(".")
    if dialect in ("arith", "math", "math_ext") or op.name in (
        "stablehlo.tuple",
        "util.global.load",
    ):
        return True
    return dialect == "tensor" and name != "yield"
