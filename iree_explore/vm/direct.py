# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls of known shapes as one generated Python function each.

A call whose replay (`replay.py`) is one segment does the same every time but for addresses: those
of the arguments, of new arrays for the results, and of the slab. `direct` writes a function for it,

    def direct(x0):
        try:
            a0 = addressof(first_byte(x0))
        except UNUSUAL:
            a0 = address(x0)
        r1 = empty(shape1, dtype1)
        a1 = addressof(first_byte(r1))
        if (a0 | a1) & 15:
            return None
        submit((a0, a1, 0))
        return [r1]

and `chooser` one for all calls of a program's function, which finds that by the shapes. Both return
None where something is unusual (lists, other dtypes, arrays that have to be copied): such calls go
through `VMInstance.call`, which checks and converts, and says what is wrong.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from iree_explore.hal.runtime import ALIGNMENT, HOST_ALIGNMENT, Buffer, BufferView, Device

if TYPE_CHECKING:
    from iree_explore.vm.replay import Replay, Segment

Direct = Callable[..., list[Any] | None]

SMALL = 1 << 16
"""Results up to these bytes are arrays as NumPy makes them: 0.3 µs less than a view of a longer
one. Larger ones begin at a cache line: their vectors that cross lines cost more than that."""


def chooser(
    dtypes: Sequence[np.dtype], replays: Mapping[tuple[Any, ...], Replay | None]
) -> Callable[[Sequence[Any]], list[Any] | None]:
    """A function of the arguments of a call, tensors of `dtypes`: its results by the replay of its
    shapes, or None if there is none yet, or anything is unusual."""
    names = [f"x{i}" for i in range(len(dtypes))]
    lines = ["def choose(values):", f"    if len(values) != {len(dtypes)}:", "        return None"]
    if names:
        lines.append(f"    {', '.join(names)}, = values")
        usual = [f"type({x}) is ndarray and {x}.dtype is {x}_dtype" for x in names]
        lines += [f"    if not ({' and '.join(usual)}):", "        return None"]
    lines += [
        f"    replay = replays.get(({''.join(f'{x}.shape, ' for x in names)}))",
        "    if replay is None or replay.direct is None:",
        "        return None",
        f"    return replay.direct({', '.join(names)})",
    ]
    scope: dict[str, Any] = {f"{x}_dtype": d for x, d in zip(names, dtypes, strict=True)}
    return _compiled(lines, scope | {"ndarray": np.ndarray, "replays": replays}, "choose")


def direct(
    device: Device,
    segment: Segment,
    arguments: Sequence[BufferView],
    dtypes: Sequence[np.dtype],
    converted: Callable[[np.ndarray, np.dtype], np.ndarray],
) -> Direct | None:
    """A function of arrays like `arguments` that runs `segment` and returns its results, which the
    source has as `dtypes` (`converted` makes them so). None if there has to be more to it.

    The replay has run the segment with buffers of the same sizes, so they fit its slots.
    """
    results = segment.results
    if results is None or segment.commands is None:
        return None
    sizes = dict(segment.kept)
    owners = [r.buffer for r in results if not isinstance(r, int | float)]
    if len(owners) != len(sizes) or set(owners) != set(sizes):
        return None  # results that share memory, or are constants
    used = {n for n in segment.slots if n < len(arguments)}
    fresh = [i for i, n in enumerate(segment.slots) if n in sizes] + [len(segment.slots)]
    submit = device.submitter(segment.commands, fresh)
    if submit is None or not all(n in used or n in sizes for n in segment.slots):
        return None
    names = [f"x{i}" for i in range(len(arguments))]
    scope: dict[str, Any] = {**_SCOPE, "submit": submit}
    lines = [f"def direct({', '.join(names)}):"]
    if used:
        lines += [
            "    try:",
            *(f"        a{n} = addressof(first_byte(x{n}))" for n in sorted(used)),
        ]
        lines += ["    except UNUSUAL:", *(f"        a{n} = address(x{n})" for n in sorted(used))]
    values = []
    for result, dtype in zip(results, dtypes, strict=True):
        if isinstance(result, int | float):
            scope[f"v{len(values)}"] = dtype.type(result)
            values.append(f"v{len(values)}")
            continue
        number = result.buffer
        assert isinstance(number, int)
        scope |= {f"shape{number}": result.shape, f"dtype{number}": result.dtype}
        lines += _new_array(number, sizes[number], result.shape, result.dtype)
        if result.dtype == dtype:
            values.append(f"r{number}")
        else:
            scope |= {"converted": converted, f"final{number}": dtype}
            values.append(f"converted(r{number}, final{number})")
    addresses = [f"a{n}" for n in segment.slots]
    if addresses:
        lines += [
            f"    if ({' | '.join(addresses)}) & {HOST_ALIGNMENT - 1}:",
            "        return None",
        ]
    if segment.slab:
        scope |= {"allocate": device.allocate, "deallocate": device.deallocate}
        lines.append(f'    slab = allocate({segment.slab}, "transient")')
    slab = "slab.address" if segment.slab else str(_NOTHING.address)
    lines.append(f"    submit(({''.join(f'{a}, ' for a in addresses)}{slab},))")
    if segment.slab:
        lines.append("    deallocate(slab)")
    lines.append(f"    return [{', '.join(values)}]")
    return _compiled(lines, scope, "direct")


def _new_array(number: int, size: int, shape: Sequence[int], dtype: np.dtype) -> list[str]:
    """Lines that make result `number` of `size` bytes, and its address."""
    n = number
    nbytes = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if 0 < nbytes == size <= SMALL and dtype.isbuiltin == 1:
        return [f"    r{n} = empty(shape{n}, dtype{n})", f"    a{n} = addressof(first_byte(r{n}))"]
    return [
        f"    m{n} = empty({max(size, 1) + ALIGNMENT - 1}, bytes_)",
        f"    a{n} = addressof(first_byte(m{n}))",
        f"    o{n} = -a{n} & {ALIGNMENT - 1}",
        f"    a{n} += o{n}",
        f"    r{n} = ndarray(shape{n}, dtype{n}, m{n}, o{n})",
    ]


def _address(array: np.ndarray) -> int:
    """Where the bytes of an array that `first_byte` does not take begin; -1 if it has to be
    copied."""
    if not array.flags.c_contiguous:
        return -1
    return array.__array_interface__["data"][0]


def _compiled(lines: Sequence[str], scope: dict[str, Any], name: str) -> Any:
    exec(compile("\n".join(lines), "<calls of known shapes>", "exec"), scope)
    return scope[name]


_NOTHING = Buffer.allocate(0)
_SCOPE: Mapping[str, Any] = {
    "addressof": ctypes.addressof,
    "first_byte": ctypes.c_char.from_buffer,
    "UNUSUAL": (TypeError, ValueError, BufferError),  # read-only, empty, a foreign dtype, ...
    "address": _address,
    "empty": np.empty,
    "ndarray": np.ndarray,
    "bytes_": np.dtype(np.uint8),
}
