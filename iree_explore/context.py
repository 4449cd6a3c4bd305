# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`CompilerContext`: what every pass of one compilation shares.

It is xDSL's `Context` (dialects, loaded when first parsed) plus options, parameters (weights, never
as text), provenance tables, the observer and the cancel flag.
"""

from __future__ import annotations

import difflib
import gc
import importlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol

import numpy as np
from xdsl.context import Context
from xdsl.ir import Dialect

from iree_explore import entropy
from iree_explore.errors import Error, ModelError
from iree_explore.observer import Observer
from iree_explore.provenance import Provenance
from iree_explore.verification import Verifier

DIALECTS: dict[str, str] = {
    # xDSL's
    "builtin": "xdsl.dialects.builtin:Builtin",
    "func": "xdsl.dialects.func:Func",
    "arith": "iree_explore.stablehlo.shape_dialect:Arith",
    "math": "xdsl.dialects.math:Math",
    "tensor": "xdsl.dialects.tensor:Tensor",
    "linalg": "xdsl.dialects.linalg:Linalg",
    "scf": "xdsl.dialects.scf:Scf",
    "cf": "xdsl.dialects.cf:Cf",
    "affine": "xdsl.dialects.affine:Affine",
    "memref": "xdsl.dialects.memref:MemRef",
    "vector": "xdsl.dialects.vector:Vector",
    "llvm": "iree_explore.targets.llvm_cpu.llvm_extras:LLVM",
    "complex": "xdsl.dialects.complex:Complex",
    "ml_program": "iree_explore.frontend.ml_program:MLProgram",
    "sdy": "iree_explore.frontend.sdy:Sdy",
    "check": "iree_explore.stablehlo.check_dialect:Check",
    # ours
    "stablehlo": "iree_explore.stablehlo.dialect:StableHLO",
    "chlo": "iree_explore.stablehlo.dialect:CHLO",
    "quant": "iree_explore.stablehlo.quantization:Quant",
    "shape": "iree_explore.stablehlo.shape_dialect:Shape",
    "iree_linalg_ext": "iree_explore.linalg.dialect:LinalgExt",
    "math_ext": "iree_explore.linalg.math_ext:MathExt",
    "util": "iree_explore.flow.util_dialect:Util",
    "iree_tensor_ext": "iree_explore.flow.dialect:TensorExt",
    "flow": "iree_explore.flow.dialect:Flow",
    "stream": "iree_explore.stream.dialect:Stream",
    "hal": "iree_explore.hal.dialect:HAL",
    "iree_codegen": "iree_explore.codegen.dialect:Codegen",
    "vm": "iree_explore.vm.dialect:VM",
    "spirv": "iree_explore.targets.spirv.dialect:Spirv",
    "gpu": "xdsl.dialects.gpu:GPU",
}
"""Dialect name -> "module:Dialect object"; loaded when a parser first meets the name."""


class Cancelled(Error):
    """The user asked to stop."""


@dataclass(frozen=True)
class CompileOptions:
    """What a caller may choose. `targets` are target backend names; `cpu` and `cpu_features` are
    LLVM's names ("host" detects); `cache` is whether compiled kernels are kept on disk.
    `lowering_config` overrides tile sizes and pipelines by dispatch (`codegen/user_configs.py`),
    `tuned` takes those that `ie.tune` found. `passes` are the user's own, at places of their own
    (`user_passes.py`).

    `SWITCHES` turn a pass off: `convert_conv2d_to_winograd` (products of transformed tiles, which
    make NaN of a whole tile where one of its inputs is infinite),
    `convert_attention_to_online_attention` (one dispatch without a tensor of scores),
    `opt_data_tiling` (constant weights stored as the panels that kernels read) and
    `place_dispatches` (what a device cannot run goes to the CPU, instead of an error). Their names
    are those of IREE's passes and options, where it has them.
    """

    targets: tuple[str, ...] = ("llvm-cpu",)
    cpu: str = "host"
    cpu_features: str = "host"
    cache: bool = True
    preprocessing: tuple[str, ...] = ()
    passes: tuple[Any, ...] = ()
    keep_assembly: bool = False
    lowering_config: Mapping[str | int, Any] | None = None
    tuned: bool = False
    convert_conv2d_to_winograd: bool = True
    convert_attention_to_online_attention: bool = True
    opt_data_tiling: bool = True
    place_dispatches: bool = True

    def switched_off(self) -> tuple[str, ...]:
        """The switches that are off."""
        return tuple(name for name in SWITCHES if not getattr(self, name))


SWITCHES = (
    "convert_conv2d_to_winograd",
    "convert_attention_to_online_attention",
    "opt_data_tiling",
    "place_dispatches",
)
"""Options that are true unless a pass is to be left out."""


def options_of(
    given: CompileOptions | Mapping[str, Any] | None, default: CompileOptions | None = None
) -> CompileOptions:
    """What a user gives as `options=`: `CompileOptions`, or a mapping of some of their names, the
    others as in `default`. `targets` and `passes` have arguments of their own.

    Raises `ModelError` IX204 that lists every unknown name and every value of a wrong type.
    """
    default = default or CompileOptions()
    if given is None:
        return default
    if isinstance(given, CompileOptions):
        return given
    if not isinstance(given, Mapping):
        raise ModelError(
            "IX204",
            f"options are a mapping or CompileOptions, not {type(given).__name__}",
            hint=f'options={{"{SWITCHES[0]}": False}}',
        )
    known = {f.name: f.default for f in fields(default) if f.name not in ("targets", "passes")}
    rows: list[str] = []
    for name, value in given.items():
        if name not in known:
            likely = difflib.get_close_matches(str(name), known, 3)
            meant = f"; did you mean {' or '.join(likely)}?" if likely else ""
            rows.append(f"no option {name!r}{meant}")
        elif isinstance(known[name], bool | str) and type(value) is not type(known[name]):
            wanted = type(known[name]).__name__
            rows.append(f"{name} is {value!r}, which is no {wanted}")
    if rows:
        raise ModelError(
            "IX204",
            "options do not fit",
            because="\n".join(rows),
            hint="one of: " + ", ".join(known),
        )
    return replace(default, **given)


class PendingObject(Protocol):
    """Object code of one executable that is still being made."""

    @property
    def exports(self) -> tuple[str, ...]:
        """The object's symbols by ordinal."""
        ...

    def wait(self, ctx: CompilerContext) -> bytes:
        """The object code, once it is there; tells the observer what was made of the executable.

        Raises `Cancelled` soon after the user asked to stop, else what making it raised.
        """
        ...


class Parameters:
    """Weights by (scope, key): arrays, or functions called once when first read.

    IR refers to them as `#flow.parameter.named<"scope"::"key"> : tensor<...>`.
    """

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], np.ndarray | Callable[[], np.ndarray]] = {}
        self.added: set[tuple[str, str]] | None = None
        """Once `watch` was called: what was added since then."""
        self.read: dict[tuple[str, str], np.ndarray] | None = None
        """And what was read of what was there before, as it was then."""

    def watch(self) -> None:
        """From here on `added` and `read` say what a compilation did with the weights."""
        self.added, self.read = set(), {}

    def add(self, scope: str, key: str, value: np.ndarray | Callable[[], np.ndarray]) -> None:
        self._values[scope, key] = value
        if self.added is not None:
            self.added.add((scope, key))

    def get(self, scope: str, key: str) -> np.ndarray:
        """The array; raises `KeyError` for an unknown name. Scope "entropy" has any name, and
        another array each time."""
        if scope == entropy.SCOPE:
            return entropy.draw()
        value = self._values[scope, key]
        if callable(value):
            value = self._values[scope, key] = np.asarray(value())
        if self.read is not None and self.added is not None and (scope, key) not in self.added:
            self.read[scope, key] = value
        return value

    def only(self, names: Iterable[tuple[str, str]]) -> Parameters:
        """Those of `names` and nothing else: what a compiled program keeps of what was read to
        make it."""
        kept = Parameters()
        for scope, key in names:
            if scope != entropy.SCOPE:
                kept.add(scope, key, self.get(scope, key))
        return kept

    def copy(self) -> Parameters:
        """The same arrays under the same names; what is added to one is not in the other."""
        other = Parameters()
        other._values = dict(self._values)
        return other

    def __contains__(self, name: tuple[str, str]) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(tuple(self._values))

    def __len__(self) -> int:
        return len(self._values)


@dataclass
class CompilerContext(Context):
    """One compilation. Passes read `options`, `parameters`, `provenance`; they never see the UI."""

    options: CompileOptions = field(default_factory=CompileOptions)
    parameters: Parameters = field(default_factory=Parameters)
    provenance: Provenance = field(default_factory=Provenance)
    observer: Observer = field(default_factory=Observer)
    verifier: Verifier = field(default_factory=Verifier)
    cancel: threading.Event = field(default_factory=threading.Event)
    objects: dict[str, bytes] = field(default_factory=dict)
    """Object code by SHA-256 in hexadecimal: what `#hal.executable.object` names."""
    unranked: list[tuple[Any, Any]] | None = None
    """Exports with arguments of unknown rank, and the owners of their variables, for callers that
    compile them later; None refuses them."""
    user_files: list[str] = field(default_factory=list)
    """Python files where the user's source may be, if another thread than this one called."""
    notes: list[str] = field(default_factory=list)
    """What the user should know of how the source was imported, a sentence each."""
    user_logs: dict[str, Any] = field(default_factory=dict)
    """What each of `options.passes` did, by name: `user_passes.PassLog`."""
    pending: dict[str, PendingObject] = field(default_factory=dict)
    """By executable, what other processes still make; `vm-serialize-executables` collects it."""

    def check_cancelled(self) -> None:
        """Raises `Cancelled` (IX207) if the user asked to stop."""
        if self.cancel.is_set():
            raise Cancelled("IX207", "the compilation was cancelled")


_MOST_GARBAGE = 1_000_000
"""Objects, some 150 MB, that compilations may leave to Python's next full collection."""
_FEW = 100_000
"""Objects that Python's collector looks through in some 20 ms."""
_left = [0, 0]
"""How many objects compilations left, and how many full collections there were until then."""


@contextmanager
def collector_paused() -> Iterator[None]:
    """No cyclic garbage collection within: IR is one big live cycle, and beside TensorFlow each
    full collection walks millions of objects for nothing (half of some passes' time).

    What was made within is old afterwards, so that the next call does not pay for looking through
    it (a quarter of a second after MobileNetV2): the next full collection frees what is garbage.
    """
    enabled = gc.isenabled()
    if enabled and _left[0] > _MOST_GARBAGE and _left[1] == _full_collections():
        gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            _make_old()
            gc.enable()


def _full_collections() -> int:
    return gc.get_stats()[2]["collections"]


def _make_old() -> None:
    """Moves all objects, if they are many, to the oldest generation without a look at them."""
    made = gc.get_count()[0]
    if made < _FEW or gc.get_freeze_count():
        return  # frozen ones are somebody's own, and thawing would end that
    gc.freeze()
    gc.unfreeze()
    done = _full_collections()
    _left[:] = (_left[0] if _left[1] == done else 0) + made, done


def make_context(
    options: CompileOptions | None = None, observer: Observer | None = None
) -> CompilerContext:
    """A context that knows every dialect of `DIALECTS`."""
    ctx = CompilerContext(options=options or CompileOptions(), observer=observer or Observer())
    if type(ctx.observer).rewritten is not Observer.rewritten:
        ctx.provenance.observe = ctx.observer.rewritten
    for name, path in DIALECTS.items():
        ctx.register_dialect(name, _loader(path))
    return ctx


def _loader(path: str) -> Callable[[], Dialect]:
    module, _, name = path.partition(":")
    return lambda: getattr(importlib.import_module(module), name)
