# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`CompiledModule`: NumPy in, NumPy out.

    module = ie.compile(model)
    y = module.main(x)                    # or module["main"](x); nested as the source nests it
    module.variables["counter"] = 3       # reads and writes the state of this instance
    module.profile("main", [x], 20)       # the time of every dispatch
    module.save("model.iexm")             # ie.load_module("model.iexm") needs no TensorFlow

Calls are checked against the function's declaration before anything runs. `module_file.py` holds
the file format, `vm/instance.py` what runs.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from iree_explore.elements import from_name
from iree_explore.errors import GapError, ModelError
from iree_explore.hal.runtime import DispatchTiming, Profile, WorkgroupSpan, busy_ns
from iree_explore.recording.tables import of_module
from iree_explore.shapes.calls import ShapeCheck, tensor
from iree_explore.structures import Signature, pack
from iree_explore.targets import open_device, resolve_device
from iree_explore.variables import Variables

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp

    from iree_explore.context import CompilerContext
    from iree_explore.statistics import Statistics
    from iree_explore.vm.instance import VMInstance
    from iree_explore.vm.program import Program


@dataclass(frozen=True)
class Value:
    """An argument or result: `shape` has None where any size will do; scalars have shape None."""

    name: str
    dtype: np.dtype
    shape: tuple[int | None, ...] | None
    check: str = ""
    """An `Expectation` as text, if this result is compared with the next one."""
    dims: tuple[str, ...] = ()
    """Unknown sizes as expressions over the function's symbols ("batch", "2*n"), "" elsewhere."""

    def __str__(self) -> str:
        if self.shape is None:
            return f"{self.name}: {self.dtype}"
        names = self.dims or ("",) * len(self.shape)
        sizes = (name or "?" if n is None else str(n)
                 for n, name in zip(self.shape, names, strict=True))  # fmt: skip
        return f"{self.name}: {self.dtype}[{', '.join(sizes)}]"


@dataclass(frozen=True)
class DispatchSamples:
    """One dispatch of a measured function, with a sample per repetition; `spans` are those of the
    last one: which worker ran which workgroups, and when."""

    name: str
    executable: str
    workgroups: tuple[int, int, int]
    samples_ns: tuple[int, ...]
    clock: str
    spans: tuple[WorkgroupSpan, ...] = ()
    begin_ns: int = -1  # in the last one, as in `recording.model.RunDispatch`
    device: str = ""  # where it is not the module's own


@dataclass(frozen=True)
class Measurement:
    """`total_ns` are whole calls as users make them, the first excepted. Beside each was one that
    noted times, which takes longer: `dispatches` are theirs, and `profiled_ns` (end to end),
    `busy_ns` (at least one dispatch ran), `between_ns` (from the first dispatch to the last, none
    ran) and `worker_ns` (the time of all workers together). These are empty where not known."""

    function: str
    target: str
    device: str
    repetitions: int
    first_ns: int
    total_ns: tuple[int, ...]
    dispatches: tuple[DispatchSamples, ...]
    clock: str = "host clock"
    profiled_ns: tuple[int, ...] = ()
    busy_ns: tuple[int, ...] = ()
    between_ns: tuple[int, ...] = ()
    worker_ns: tuple[int, ...] = ()


class Backend(Protocol):
    """What runs a module: `vm.instance.VMInstance`, or the reference evaluator."""

    def call(self, name: str, inputs: Sequence[Any]) -> list[Any]: ...

    def direct(self, name: str) -> Callable[[Sequence[Any]], list[Any] | None]:
        """Results of calls that need no checks because they are like earlier ones, else None."""
        ...

    def profile(self, name: str, inputs: Sequence[Any]) -> tuple[list[Any], Profile]: ...

    def declared(self) -> dict[str, tuple[np.dtype, tuple[int | None, ...]]]: ...

    def variable(self, name: str) -> np.ndarray: ...

    def set_variable(self, name: str, value: np.ndarray) -> None: ...


class Function:
    """An exported function; call it as the source's function, with arrays for tensors.

    `signature` is how the source nests arguments and results; without one, one array an argument,
    by position or name.
    """

    def __init__(
        self,
        backend: Backend,
        name: str,
        arguments: Sequence[Value],
        results: Sequence[Value],
        signature: Mapping[str, Any] | None = None,
        constraints: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.constraints = tuple(constraints)
        """What the sizes of a call have to satisfy beyond the declaration, as comparisons."""
        self.signature = Signature(signature) if signature else None
        self.overload = (signature or {}).get("overload", "")
        """The function that this one is a trace of, if it has several."""
        self.traces: tuple[Function, ...] = (self,)
        self.arguments = tuple(arguments)
        self._checks = tuple(i for i, value in enumerate(results) if value.check)
        hidden = {i + n for i in self._checks for n in (0, 1)}
        self._all_results = tuple(results)
        self._kept = tuple(i for i in range(len(results)) if i not in hidden)
        self.results = tuple(results[i] for i in self._kept)
        """What callers get: without the values that the program only checks."""
        self._backend = backend
        self._direct = backend.direct(name)
        self._flat = self.signature is None or self.signature.flat
        """Whether arguments by position are the values of a call."""
        self._plain = self.signature is None and len(results) == 1
        """Whether, besides, the one value of the program is what callers get."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Takes and returns what the source's function does, with NumPy arrays for tensors.

        Without a signature: one result is an array, several are a tuple, none is None. Raises
        `ModelError` IX301, IX302 or IX303 if the inputs do not fit, IX306 if the program checks
        its values (`check` dialect) and some are not what it expects, IX307 if it asserts
        something that does not hold.
        """
        if len(self.traces) > 1:
            return self._chosen(args, kwargs)._call(args, kwargs)
        if self._plain and not kwargs:  # what `_call` does then, in a frame and four tests less
            results = self._direct(args)
            if results is not None:
                return results[0]
        return self._call(args, kwargs)

    def _call(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        values = args if self._flat and not kwargs else self.flatten(args, kwargs)
        results = self._direct(values)
        if results is None:
            if values is args:
                values = self.flatten(args, kwargs)
            results = self._backend.call(self.name, self.check(values))
        if self._checks:
            results = self._compared(results)
        if self.signature is not None:
            return pack(self.signature.results, results)
        if len(results) == 1:
            return results[0]
        return tuple(results) if results else None

    def _chosen(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Function:
        """The first trace that takes the arguments; raises IX301 saying what each one takes."""
        wrong = []
        for trace in self.traces:
            try:
                trace.check(trace.flatten(args, kwargs))
            except ModelError as raised:
                wrong.append(f"{raised.code} {raised.what}")
                continue
            return trace
        raise ModelError(
            "IX301",
            f"none of the {len(self.traces)} traces of {self.name} takes these arguments",
            because="\n".join(wrong),
        )

    def flatten(
        self, args: Sequence[Any], kwargs: Mapping[str, Any] | None = None
    ) -> Sequence[Any]:
        """The values of a call, one for each of `arguments`; raises `ModelError` IX301."""
        kwargs = kwargs or {}
        if self.signature is not None:
            names = [argument.name for argument in self.arguments]
            if not args and kwargs and set(kwargs) == set(names):
                return [kwargs[name] for name in names]
            return self.signature.flatten(self.name, args, kwargs)
        if not kwargs:
            return args
        names = [argument.name for argument in self.arguments]
        rest = names[len(args) :]
        if len(args) > len(names) or set(kwargs) != set(rest):
            raise ModelError(
                "IX301",
                f"{self.name} takes inputs named {', '.join(names) or '(none)'}",
                because=f"{len(args)} by position, and {', '.join(kwargs)} by name",
            )
        return [*args, *(kwargs[name] for name in rest)]

    @functools.cached_property
    def _shapes(self) -> ShapeCheck:
        declared = [a for a in self.arguments if a.shape is not None]
        return ShapeCheck([tensor(a.name, a.shape or (), a.dims) for a in declared],
                          self.constraints)  # fmt: skip

    def check(self, inputs: Sequence[Any]) -> list[Any]:
        """`inputs` as arrays, checked against the declaration; all wrong sizes are one error."""
        if len(inputs) != len(self.arguments):
            raise ModelError(
                "IX301",
                f"{self.name} takes {len(self.arguments)} inputs, got {len(inputs)}",
                because=str(self),
            )
        found = [self._check_one(a, x) for a, x in zip(self.arguments, inputs, strict=True)]
        shapes = [x.shape for x in found if isinstance(x, np.ndarray)]
        if not self._shapes.fits(shapes):
            wrong = self._shapes.violations(shapes)
            rest = wrong if len(wrong) > 1 else []
            raise ModelError(
                "IX302", f"{self.name}: {wrong[0]}", because="\n".join([*rest, str(self)])
            )
        return found

    def _compared(self, results: Sequence[Any]) -> list[Any]:
        """The function's own results; all expectations that do not hold are one error."""
        from iree_explore.stablehlo.check_dialect import Expectation

        failed = []
        for i in self._checks:
            expectation = Expectation.parse(self._all_results[i].check)
            wrong = expectation.compare(results[i], results[i + 1])
            if wrong is not None:
                where = f" {expectation.place}" if expectation.place else ""
                failed.append(f"check.expect_{expectation.kind}{where}\n{wrong}")
        if failed:
            raise ModelError(
                "IX306",
                f"{self.name}: {len(failed)} of {len(self._checks)} expectations do not hold",
                because="\n".join(failed),
            )
        return [results[i] for i in self._kept]

    def _check_one(self, argument: Value, value: Any) -> Any:
        if isinstance(value, np.ndarray | np.generic) or hasattr(value, "__array__"):
            array = np.asarray(value)
        else:
            try:
                array = np.asarray(value, argument.dtype)
            except (TypeError, ValueError, OverflowError) as error:
                raise ModelError(
                    "IX303",
                    f"{self.name}: argument {argument.name} is {argument.dtype}, "
                    f"got a {type(value).__name__} that cannot be converted",
                    because=str(error),
                ) from error
        if array.dtype != argument.dtype:
            raise ModelError(
                "IX303",
                f"{self.name}: argument {argument.name} is {argument.dtype}, got {array.dtype}",
                hint=f"numpy.asarray({argument.name}, numpy.{argument.dtype})",
            )
        if argument.shape is None:
            if array.shape != ():
                raise ModelError(
                    "IX302",
                    f"{self.name}: argument {argument.name} is a number, "
                    f"got an array of shape {list(array.shape)}",
                )
            return array.item()
        return array

    def __str__(self) -> str:
        arguments = ", ".join(map(str, self.arguments))
        return f"{self.name}({arguments}) -> ({', '.join(map(str, self.results))})"

    def __repr__(self) -> str:
        return f"<function {self}>"


def _parts(run: Sequence[DispatchTiming]) -> tuple[int, int, int]:
    """Nanoseconds of a profiled call in which a dispatch ran, in which none did between the first
    and the last, and of all workers together (0: not known)."""
    spans = [(t.start_ns, t.end_ns) for t in run]
    busy = busy_ns(spans)
    whole = max(end for _, end in spans) - min(begin for begin, _ in spans)
    known = all(t.spans for t in run)
    workers = sum(s.end_ns - s.start_ns for t in run for s in t.spans) if known else 0
    return busy, whole - busy, workers


class CompiledModule:
    """A compiled program on one device. Functions are attributes and items."""

    def __init__(
        self, backend: Backend, functions: dict[str, Function], target: str, device: str
    ) -> None:
        self._backend = backend
        self.functions = functions
        self.target = target
        self.device = device
        for name, function in functions.items():
            if not hasattr(type(self), name):
                self.__dict__.setdefault(name, function)  # found faster than by `__getattr__`

    @staticmethod
    def from_compilation(
        module: ModuleOp, ctx: CompilerContext, target: str = "llvm-cpu", device: str | None = None
    ) -> CompiledModule:
        """Loads what the pipeline made of `module` (phase "vm", or "import" for the reference).

        Raises `ModelError` IX402 or IX403 for a device that does not exist or cannot run it here.
        """
        device = resolve_device(target, device)
        if target == "reference":
            from iree_explore.targets.reference.backend import ReferenceBackend

            reference = ReferenceBackend(module, ctx)
            return CompiledModule(reference, reference.functions(), target, device)
        from iree_explore.vm.program import program_of

        program = program_of(module)
        objects = {e["object"]: ctx.objects[e["object"]] for e in program["executables"]}
        return CompiledModule.of_program(program, objects, ctx, target, device)

    @staticmethod
    def of_program(
        program: Program,
        objects: dict[str, bytes],
        ctx: CompilerContext,
        target: str,
        device: str | None = None,
    ) -> CompiledModule:
        """A module of a host program and its object code by digest; weights are `ctx`'s.

        Raises `ModelError` IX402 or IX403 for a device that does not exist or cannot run it here.
        """
        from iree_explore.module_file import parameters_of
        from iree_explore.vm.instance import VMInstance

        device = resolve_device(target, device)
        program["target"] = _target_of(target, ctx)
        weights = ctx.parameters.only(parameters_of(program))
        instance = VMInstance(program, objects, weights.get, open_device(device))
        return CompiledModule.of_instance(instance, objects, device)

    @staticmethod
    def of_instance(instance: VMInstance, objects: dict[str, bytes], device: str) -> CompiledModule:
        """A module of a loaded program."""
        functions = overloaded(
            Function(
                instance,
                e["name"],
                [_value(v) for v in e["arguments"]],
                [_value(v) for v in e["results"]],
                e.get("structure"),
                e.get("constraints", ()),
            )
            for e in instance.program["exports"]
            if not e["name"].startswith("__")
        )
        target = instance.program["target"]["backend"]
        module = CompiledModule(instance, functions, target, device)
        module._objects = objects
        return module

    _objects: dict[str, bytes] | None = None

    def __getitem__(self, name: str) -> Function:
        """The exported function `name`; raises `ModelError` IX304 naming those that exist."""
        try:
            return self.functions[name]
        except KeyError:
            raise ModelError(
                "IX304",
                f"no exported function {name!r}",
                hint="one of: " + ", ".join(self.functions),
            ) from None

    def __getattr__(self, name: str) -> Function:
        if name.startswith("__"):
            raise AttributeError(name)
        functions = self.__dict__.get("functions", {})
        if name not in functions:
            raise AttributeError(
                f"no exported function {name!r}; there are: {', '.join(functions)}"
            )
        return functions[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.functions]

    def __repr__(self) -> str:
        rows = "".join(f"\n  {f}" for f in self.functions.values())
        return f"<CompiledModule for {self.target} on {self.device}{rows}>"

    def _repr_html_(self) -> str:
        return of_module(self)

    @property
    def variables(self) -> Variables:
        """The mutable variables of this instance by the source's names: reads and writes them."""
        return Variables(self._backend)

    @property
    def statistics(self) -> Statistics:
        """Sizes of code, weights and, by function, of the slab of transients. Raises `GapError`
        IX203 for target "reference", which compiles nothing."""
        from iree_explore.statistics import statistics_of

        if self._objects is None:
            raise GapError("IX203", f"target {self.target} compiles nothing that has statistics")
        return statistics_of(self._backend, self._objects)  # pyright: ignore

    def profile(
        self, name: str, inputs: Sequence[Any], repetitions: int = 20, warmup: int = 1
    ) -> Measurement:
        """Calls `name` `warmup` times, then `repetitions` times as users do and as often noting the
        time of every dispatch, in turns. Functions with host control flow may dispatch differently
        each time: only dispatches that occur in every repetition at the same place are reported.
        """
        function = self[name]
        arrays = function.check(function.flatten(inputs))
        call, direct = self._backend.call, self._backend.direct(name)
        begin = time.perf_counter_ns()
        call(name, arrays)
        first = time.perf_counter_ns() - begin
        for _ in range(warmup - 1):
            call(name, arrays)
        totals: list[int] = []
        profiled: list[int] = []
        profiles: list[Profile] = []
        for _ in range(max(1, repetitions)):
            begin = time.perf_counter_ns()
            if direct(arrays) is None:
                call(name, arrays)
            totals.append(time.perf_counter_ns() - begin)
            begin = time.perf_counter_ns()
            _, profile = self._backend.profile(name, arrays)
            profiled.append(time.perf_counter_ns() - begin)
            profiles.append(profile)
        runs = [profile.timings for profile in profiles]  # now: in between it would cool caches
        origin = min((t.start_ns for t in runs[-1]), default=0)
        origin = begin if begin <= origin <= begin + profiled[-1] else origin  # the host's clock
        dispatches = tuple(
            DispatchSamples(
                t.entry,
                t.executable,
                t.workgroups,
                tuple(r[i].end_ns - r[i].start_ns for r in runs),
                t.clock,
                runs[-1][i].spans,
                runs[-1][i].start_ns - origin,
                t.device,
            )
            for i, t in enumerate(runs[0])
            if all(len(r) > i and r[i].entry == t.entry for r in runs)
        )
        parts = [_parts(run) for run in runs if run]
        busy, between, workers = zip(*parts, strict=True) if len(parts) == len(runs) else ((),) * 3
        return Measurement(
            name, self.target, self.device, len(totals), first, tuple(totals), dispatches,
            profiled_ns=tuple(profiled), busy_ns=busy, between_ns=between,
            worker_ns=workers if all(workers) else (),
        )  # fmt: skip

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a self-contained file: host program, executables, weights, and the variables'
        values of now. Raises `GapError` IX203 for target "reference", which compiles nothing."""
        from iree_explore import module_file
        from iree_explore.unranked import UnrankedFunction

        later = [n for n, f in self.functions.items() if isinstance(f, UnrankedFunction)]
        if later:
            raise GapError(
                "IX203", f"functions of unknown rank cannot be saved: {', '.join(later)}",
                hint="compile(..., inputs=...) makes their ranks known",
            )  # fmt: skip
        if self._objects is None:
            raise GapError(
                "IX203", f"target {self.target} makes nothing that can be saved",
                hint='compile(..., target="llvm-cpu")',
            )  # fmt: skip
        module_file.save(path, self._backend, self._objects)  # pyright: ignore


def load_module(path: str | os.PathLike[str], device: str | None = None) -> CompiledModule:
    """A module that `CompiledModule.save` wrote.

    Raises `ModelError` IX502 or IX503 for a file that is not one, damaged, or of another schema,
    IX402 or IX403 for a device that does not exist or cannot run it.
    """
    from iree_explore import module_file
    from iree_explore.vm.instance import VMInstance

    program, objects, parameters = module_file.load(path)
    try:
        name = resolve_device(program["target"]["backend"], device)
        instance = VMInstance(program, objects, parameters, open_device(name))
        return CompiledModule.of_instance(instance, objects, name)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise module_file.bad_file(path, f"{type(error).__name__}: {error}") from error


def overloaded(functions: Iterable[Function]) -> dict[str, Function]:
    """Functions by name, traces of one function together."""
    found: dict[str, Function] = {}
    for function in functions:
        first = found.get(function.overload)
        if function.overload and first is not None:
            first.traces += (function,)
        else:
            found[function.name] = function
    return found


def _target_of(target: str, ctx: CompilerContext) -> dict[str, str]:
    """What the executables are for, as it is written to files."""
    from iree_explore.targets.llvm_cpu.cpu_info import host

    cpu, features = ctx.options.cpu, ctx.options.cpu_features
    here = host()
    if cpu == "host":
        cpu = here.name
        features = here.features if features == "host" else features
    return {
        "backend": target,
        "arch": here.arch,
        "cpu": cpu,
        "cpu_features": "" if features == "host" else features,
    }


def _value(data: dict[str, Any]) -> Value:
    shape = tuple(data["shape"]) if data.get("shape") is not None else None
    dims = tuple(data.get("dims", ()))
    return Value(data["name"], from_name(data["dtype"]), shape, data.get("check", ""), dims)
