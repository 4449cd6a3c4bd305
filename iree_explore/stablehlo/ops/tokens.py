# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tokens, futures, and the transfers that they order.

One device runs ops in their order, so tokens and futures come to nothing: `import-flatten-tuples`
takes them away. Transfers need another program or a host queue that no target here has.
Spec: https://openxla.org/stablehlo/spec#execution
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from xdsl.dialects.builtin import IntegerAttr, StringAttr
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    var_operand_def,
    var_result_def,
)

from iree_explore.errors import GapError
from iree_explore.stablehlo.attrs import ChannelHandleAttr, FutureType, TokenType
from iree_explore.stablehlo.base import (
    Gap,
    OpRow,
    PrettyOp,
    Run,
    declared,
)
from iree_explore.stablehlo.decomposition import Decomposer

Arrays = list[np.ndarray]
Results = Sequence[SSAValue]


@irdl_op_definition
class AfterAllOp(PrettyOp):
    """A token that comes after others. Spec: https://openxla.org/stablehlo/spec#after_all"""

    name = "stablehlo.after_all"
    COMPACT: ClassVar = True
    inputs = var_operand_def(TokenType)
    result = result_def(TokenType)


@irdl_op_definition
class CreateTokenOp(PrettyOp):
    """A token. Successor: `after_all` without operands.

    Spec: https://openxla.org/stablehlo/spec#after_all
    """

    name = "stablehlo.create_token"
    COMPACT: ClassVar = True
    result = result_def(TokenType)


def evaluate_token(op: Any, args: Arrays, run: Run) -> Arrays:
    return [np.zeros((), np.bool_)]


@irdl_op_definition
class AsyncStartOp(IRDLOperation):
    """Begins what its region does; `async_done` has the results.

    Spec: https://openxla.org/stablehlo/spec#async_start
    """

    name = "stablehlo.async_start"
    operands_ = var_operand_def()
    result = result_def(FutureType)
    body = region_def("single_block")


@irdl_op_definition
class AsyncDoneOp(IRDLOperation):
    """Waits for `async_start`. Spec: https://openxla.org/stablehlo/spec#async_done"""

    name = "stablehlo.async_done"
    operand = operand_def(FutureType)
    results_ = var_result_def()


def evaluate_start(op: AsyncStartOp, args: Arrays, run: Run) -> Arrays:
    return [tuple(run(op.body, args))]  # pyright: ignore[reportReturnType]


def evaluate_done(op: AsyncDoneOp, args: Arrays, run: Run) -> Arrays:
    return list(args[0])


class TransferOp(IRDLOperation):
    """Moves tensors into or out of the program."""

    operands_ = var_operand_def()
    results_ = var_result_def()


@irdl_op_definition
class InfeedOp(TransferOp):
    """Reads what the host has put in a queue. Spec: https://openxla.org/stablehlo/spec#infeed"""

    name = "stablehlo.infeed"
    infeed_config = opt_prop_def(StringAttr)
    layout = opt_prop_def(Attribute)


@irdl_op_definition
class OutfeedOp(TransferOp):
    """Puts tensors in the host's queue. Spec: https://openxla.org/stablehlo/spec#outfeed"""

    name = "stablehlo.outfeed"
    outfeed_config = opt_prop_def(StringAttr)


@irdl_op_definition
class SendOp(TransferOp):
    """Sends tensors over a channel. Spec: https://openxla.org/stablehlo/spec#send"""

    name = "stablehlo.send"
    channel_handle = prop_def(ChannelHandleAttr)
    is_host_transfer = opt_prop_def(IntegerAttr)
    source_target_pairs = opt_prop_def(Attribute)


@irdl_op_definition
class RecvOp(TransferOp):
    """Receives tensors from a channel. Spec: https://openxla.org/stablehlo/spec#recv"""

    name = "stablehlo.recv"
    channel_handle = prop_def(ChannelHandleAttr)
    is_host_transfer = opt_prop_def(IntegerAttr)
    source_target_pairs = opt_prop_def(Attribute)


def nobody(op: TransferOp) -> str:
    """Nobody is at the other end: a program runs on one device by itself."""
    if isinstance(op, InfeedOp | OutfeedOp):
        config = op.properties.get(op.name.partition(".")[2] + "_config")
        return (
            f"the host has no {'infeed' if isinstance(op, InfeedOp) else 'outfeed'} queue here "
            f"(config {config}); make the tensors arguments or results of the function"
        )
    channel = op.properties["channel_handle"]
    return (
        f"a program runs on one device by itself, so nobody is at the other end of {channel}; "
        "make the tensors arguments or results of the function"
    )


def evaluate_transfer(op: TransferOp, args: Arrays, run: Run) -> Arrays:
    raise GapError("IX203", f"{op.name}: {nobody(op)}")


def decompose_start(op: AsyncStartOp, d: Decomposer) -> Results | None:
    return None  # its future is taken away together with `async_done`


_NO_OTHER_END = (Gap(nobody, lambda op: True),)

ROWS: tuple[OpRow, ...] = (
    OpRow(AfterAllOp, declared, evaluate_token, decompose=lambda op, d: None),
    OpRow(CreateTokenOp, declared, evaluate_token, decompose=lambda op, d: None),
    OpRow(AsyncStartOp, declared, evaluate_start, decompose=decompose_start),
    OpRow(AsyncDoneOp, declared, evaluate_done, decompose=lambda op, d: None),
    *(
        OpRow(op, declared, evaluate_transfer, gaps=_NO_OTHER_END)
        for op in (InfeedOp, OutfeedOp, SendOp, RecvOp)
    ),
)
