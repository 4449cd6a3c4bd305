# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Types of the `hal` dialect that the host program handles, and the attribute for object code.

`dialect.py` holds the ops of executables, `host_ops.py` those of the host.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import IntAttr, StringAttr
from xdsl.ir import Attribute, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import irdl_attr_definition, param_def
from xdsl.parser import AttrParser
from xdsl.printer import Printer


@irdl_attr_definition
class DeviceType(ParametrizedAttribute, TypeAttribute):
    """`!hal.device`"""

    name = "hal.device"


@irdl_attr_definition
class DeviceAffinityAttr(ParametrizedAttribute):
    """`#hal.device.affinity<"llvm-cpu">`: the device that runs what that target backend makes,
    beside the one that the module was loaded on."""

    name = "hal.device.affinity"
    target: StringAttr = param_def()


@irdl_attr_definition
class BufferViewType(ParametrizedAttribute, TypeAttribute):
    """`!hal.buffer_view`: a buffer with shape and element type; exported functions exchange it."""

    name = "hal.buffer_view"


@irdl_attr_definition
class BufferType(ParametrizedAttribute, TypeAttribute):
    """`!hal.buffer`: device memory."""

    name = "hal.buffer"


@irdl_attr_definition
class CommandBufferType(ParametrizedAttribute, TypeAttribute):
    """`!hal.command_buffer`: recorded once, executed with a binding table any number of times."""

    name = "hal.command_buffer"


@irdl_attr_definition
class ExecutableType(ParametrizedAttribute, TypeAttribute):
    """`!hal.executable`: loaded device code."""

    name = "hal.executable"


@irdl_attr_definition
class FenceType(ParametrizedAttribute, TypeAttribute):
    """`!hal.fence`: points on timelines to wait for or to signal."""

    name = "hal.fence"


@irdl_attr_definition
class ExecutableObjectAttr(ParametrizedAttribute):
    """`#hal.executable.object<"SHA-256", 1234>`: object code of that digest and size.

    The bytes are in `ctx.objects[digest]`, never in the text.
    """

    name = "hal.executable.object"
    digest: StringAttr = param_def()
    size: IntAttr = param_def()

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string(f'"{self.digest.data}", {self.size.data}')

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            digest = parser.parse_str_literal()
            parser.parse_punctuation(",")
            return [StringAttr(digest), IntAttr(parser.parse_integer())]
