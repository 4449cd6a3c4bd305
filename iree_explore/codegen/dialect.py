# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `iree_codegen` dialect: code generation choices as attributes, and workgroup-local memory.

`lowering_config` sits on linalg ops, `translation_info` on entry functions: what
executable-configurations chose is visible in the IR, and executable-targets obeys it. Names follow
IREE's Codegen dialect.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    ArrayAttr,
    BoolAttr,
    DictionaryAttr,
    IndexType,
    IntAttr,
    IntegerAttr,
    MemRefType,
    StringAttr,
)
from xdsl.ir import Attribute, Dialect, Operation, ParametrizedAttribute
from xdsl.irdl import (
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    param_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.traits import NoMemoryEffect, Pure


@irdl_attr_definition
class LoweringConfigAttr(ParametrizedAttribute):
    """`#iree_codegen.lowering_config<tile_sizes = [[8, 64, 0], [7, 64, 1]]>`.

    One list a level, one size a loop of the op: level 0 distributes to workgroups, level 1 is what
    one register block computes (all lanes of a vector included). 0 means the loop is not tiled.
    """

    name = "iree_codegen.lowering_config"
    tile_sizes: ArrayAttr[ArrayAttr[IntAttr]] = param_def()

    @staticmethod
    def of(levels: Sequence[Sequence[int]]) -> LoweringConfigAttr:
        """The attribute of lists of sizes."""
        return LoweringConfigAttr(
            ArrayAttr([ArrayAttr([IntAttr(size) for size in level]) for level in levels])
        )

    def level(self, index: int) -> list[int]:
        """Sizes of one level; empty if the attribute has fewer levels."""
        levels = self.tile_sizes.data
        return [size.data for size in levels[index].data] if index < len(levels) else []

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            levels = ", ".join(
                "[" + ", ".join(str(size.data) for size in level) + "]" for level in self.tile_sizes
            )
            printer.print_string(f"tile_sizes = [{levels}]")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        def level() -> ArrayAttr[IntAttr]:
            sizes = parser.parse_comma_separated_list(parser.Delimiter.SQUARE, parser.parse_integer)
            return ArrayAttr([IntAttr(size) for size in sizes])

        with parser.in_angle_brackets():
            parser.parse_keyword("tile_sizes")
            parser.parse_punctuation("=")
            return [ArrayAttr(parser.parse_comma_separated_list(parser.Delimiter.SQUARE, level))]


@irdl_attr_definition
class TranslationInfoAttr(ParametrizedAttribute):
    """`#iree_codegen.translation_info<pipeline = CPUDoubleTilingExpert, {enable_packing = false}>`.

    IREE's pipeline name, and what of the pipeline is switched off. `CPUDefault` is plain loops of
    scalars.
    """

    name = "iree_codegen.translation_info"
    pipeline: StringAttr = param_def()
    configuration: DictionaryAttr = param_def()

    @staticmethod
    def of_gpu(
        pipeline: str, workgroup_size: Sequence[int], **configuration: bool
    ) -> TranslationInfoAttr:
        """The attribute of a pipeline of GPUs, with the invocations of a workgroup in x, y, z."""
        sizes = ArrayAttr([IntegerAttr(size, IndexType()) for size in workgroup_size])
        switches = {key: BoolAttr.from_bool(value) for key, value in configuration.items()}
        given = {"workgroup_size": sizes, **switches}
        return TranslationInfoAttr(StringAttr(pipeline), DictionaryAttr(given))

    @property
    def untiled(self) -> bool:
        """Whether the nest itself finds its share of the grid, so that nothing is tiled before."""
        flat = self.configuration.data.get("flat")
        return self.pipeline.data in (FLAT, PROMOTED, COOPERATIVE, TRANSPOSED) or (
            isinstance(flat, IntegerAttr) and flat.value.data != 0
        )

    @property
    def workgroup_size(self) -> tuple[int, ...]:
        """Invocations of a workgroup in x, y, z; () where workgroups are not made of them."""
        sizes = self.configuration.data.get("workgroup_size")
        if not isinstance(sizes, ArrayAttr):
            return ()
        return tuple(size.value.data for size in sizes if isinstance(size, IntegerAttr))

    @staticmethod
    def of(pipeline: str, **configuration: bool) -> TranslationInfoAttr:
        """The attribute of a pipeline's name and switches."""
        switches = {key: BoolAttr.from_bool(value) for key, value in configuration.items()}
        return TranslationInfoAttr(StringAttr(pipeline), DictionaryAttr(switches))

    def enabled(self, switch: str) -> bool:
        """Whether `switch` is on, as everything is that is not switched off."""
        value = self.configuration.data.get(switch)
        return not (isinstance(value, IntegerAttr) and value.value.data == 0)

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string(f"pipeline = {self.pipeline.data}")
            if self.configuration.data:
                printer.print_string(", ")
                printer.print_attribute(self.configuration)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            parser.parse_keyword("pipeline")
            parser.parse_punctuation("=")
            pipeline = StringAttr(parser.parse_identifier())
            configuration: Attribute = DictionaryAttr({})
            if parser.parse_optional_punctuation(",") is not None:
                configuration = parser.parse_attribute()
                if not isinstance(configuration, DictionaryAttr):
                    parser.raise_error("a dictionary of switches is expected")
            return [pipeline, configuration]


@irdl_attr_definition
class CompilationInfoAttr(ParametrizedAttribute):
    """`#iree_codegen.compilation_info<lowering_config = ..., translation_info = ...>`: what the
    user wants for an op; IREE's attribute of that name."""

    name = "iree_codegen.compilation_info"
    lowering_config: LoweringConfigAttr = param_def()
    translation_info: TranslationInfoAttr = param_def()

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string("lowering_config = ")
            printer.print_attribute(self.lowering_config)
            printer.print_string(", translation_info = ")
            printer.print_attribute(self.translation_info)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            parser.parse_keyword("lowering_config")
            parser.parse_punctuation("=")
            config = parser.parse_attribute()
            parser.parse_punctuation(",")
            parser.parse_keyword("translation_info")
            parser.parse_punctuation("=")
            return [config, parser.parse_attribute()]


@irdl_attr_definition
class PanelsAttr(ParametrizedAttribute):
    """`#iree_codegen.panels<dim = 3, width = 32>`: the layout of a tensor in a binding.

    Dimension `dim` is cut into panels of `width`, the last one filled up; in memory the panels
    follow one another, and in each the other dimensions, in order, and the columns innermost.
    """

    name = "iree_codegen.panels"
    dim: IntAttr = param_def()
    width: IntAttr = param_def()

    @staticmethod
    def of(dim: int, width: int) -> PanelsAttr:
        """The attribute of two numbers."""
        return PanelsAttr(IntAttr(dim), IntAttr(width))

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string(f"dim = {self.dim.data}, width = {self.width.data}")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        numbers = []
        with parser.in_angle_brackets():
            for keyword in ("dim", "width"):
                if numbers:
                    parser.parse_punctuation(",")
                parser.parse_keyword(keyword)
                parser.parse_punctuation("=")
                numbers.append(IntAttr(parser.parse_integer()))
        return numbers


@irdl_attr_definition
class LoopAnnotationAttr(ParametrizedAttribute):
    """`#llvm.loop_annotation<unroll = <disable = true>>`: what LLVM does with a loop.

    `disable`: it neither unrolls nor vectorizes it, because its code is made of vectors and is
    unrolled where that pays. `full`: it unrolls all of it.
    """

    name = "llvm.loop_annotation"
    unroll: StringAttr = param_def()

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<unroll = <{self.unroll.data} = true>>")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            parser.parse_keyword("unroll")
            parser.parse_punctuation("=")
            with parser.in_angle_brackets():
                unroll = parser.parse_identifier()
                parser.parse_punctuation("=")
                parser.parse_keyword("true")
        return [StringAttr(unroll)]


LOOP_ANNOTATION = "llvm.loop_annotation"
"""On `scf.for`, then on the branch that goes back: its `LoopAnnotationAttr`."""


@irdl_op_definition
class LocalMemoryOp(IRDLOperation):
    """A buffer in the memory of one workgroup, at `byte_offset` (set by plan-local-memory).

    The type is static: where a tile's size is known only at run time, its upper bound.
    """

    name = "iree_codegen.local_memory"
    byte_offset = opt_prop_def(IntegerAttr)
    result = result_def(MemRefType)
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(NoMemoryEffect())
    assembly_format = "(`offset` `(` $byte_offset^ `)`)? attr-dict `:` type($result)"

    def __init__(self, type_: MemRefType, byte_offset: int | None = None):
        offset = None if byte_offset is None else IntegerAttr(byte_offset, IndexType())
        super().__init__(properties={"byte_offset": offset}, result_types=[type_])


@irdl_op_definition
class InvocationGuardOp(IRDLOperation):
    """What follows in the entry function is only for invocations whose number is below `count`:
    the last workgroup has more of them than there are tiles left."""

    name = "iree_codegen.invocation_guard"
    number = operand_def(IndexType())
    count = operand_def(IndexType())
    assembly_format = "$number `below` $count attr-dict"


@irdl_op_definition
class DotOp(IRDLOperation):
    """`%r = iree_codegen.dot(%a, %b, %c) {kind = "u8s8"} : (i32, i32, i32) -> i32`

    A word holds several numbers, the first in its lowest bits: the sum of their products, to which
    `%c` is added if there is one; on vectors word by word. `kind` says what the numbers in `%a` and
    in `%b` are: `u8s8` and `s8s8` (four integers), `s16s16` (two), whose sums wrap like any i32, or
    `bf16bf16` (two), summed in f32 as the CPU's instruction does it. CPUs have instructions of some
    kinds (`targets/llvm_cpu/dot_instructions.py`), and only those are formed (`words.py`).
    """

    name = "iree_codegen.dot"
    kind = prop_def(StringAttr)
    args = var_operand_def()
    result = result_def()
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(Pure())
    assembly_format = "`(` $args `)` attr-dict `:` functional-type($args, $result)"


Codegen = Dialect(
    "iree_codegen",
    [LocalMemoryOp, InvocationGuardOp, DotOp],
    [LoweringConfigAttr, PanelsAttr, TranslationInfoAttr, CompilationInfoAttr],
)

LOWERING_CONFIG = "lowering_config"
TRANSLATION_INFO = "translation_info"
COMPILATION_INFO = "compilation_info"

SCALAR = "CPUDefault"
"""The pipeline that vectorises nothing."""

INVOCATIONS = "SPIRVBaseDistribute"
"""The pipeline of GPUs in which each invocation computes a tile by itself, in scalar loops."""

FLAT = "SPIRVBaseVectorize"
"""The pipeline of GPUs for one nest: an invocation has a point of it, or four neighbours."""

PROMOTED = "SPIRVMatmulPromoteVectorize"
"""The pipeline of GPUs for products: operands come by tiles into workgroup memory."""

COOPERATIVE = "SPIRVCooperativeMatrixVectorize"
"""The same; devices that have cooperative matrices get a kernel of them (`gpu/cooperative.py`)."""

TRANSPOSED = "SPIRVTransposeSharedMem"
"""The pipeline of GPUs for transpositions, by tiles in workgroup memory."""

ROWS = "SPIRVSubgroupReduce"
"""The pipeline of GPUs for reductions that the invocations of a workgroup share."""

SHARED = frozenset({PROMOTED, COOPERATIVE, TRANSPOSED, ROWS})
"""Pipelines in which `iree_codegen.local_memory` is the workgroup's, not the invocation's."""


def translation_info_of(func: Operation | None) -> TranslationInfoAttr | None:
    """What `executable-configurations` said of an entry function; None for one on its own."""
    found = func.attributes.get(TRANSLATION_INFO) if func is not None else None
    return found if isinstance(found, TranslationInfoAttr) else None
