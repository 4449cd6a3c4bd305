# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Records as plain JSON data and back, with everything checked that other code relies on.

`encode` and `decode` are the only place that knows the field names of docs/recording.md. `decode`
trusts nothing: types, lengths and every index are checked, so a recording that it returns can be
walked without further care.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import Field, fields
from typing import Any

from iree_explore.errors import ModelError
from iree_explore.recording.kernel_records import (
    AccessRecord,
    GridAxis,
    GridRecord,
    TransactionRecord,
)
from iree_explore.recording.model import (
    ORIGIN_COLUMNS,
    SCHEMA,
    VERSION_COLUMNS,
    ArtifactRecord,
    DeviceInfo,
    Event,
    Failure,
    ModelSource,
    Origins,
    PassDoc,
    PassInfo,
    PhaseRecord,
    Recording,
    RewriteVersions,
    Roofline,
    Run,
    RunDispatch,
    SourceFile,
    SourceRecord,
    Step,
    Stop,
    Versions,
)
from iree_explore.recording.numerics_records import (
    REAL_COLUMNS,
    VALUE_COLUMNS,
    FoundRecord,
    NumericsRecord,
    StageNumerics,
    ValueNumerics,
)
from iree_explore.recording.shape_records import (
    LONGEST_SIZE,
    Allocation,
    ConflictRecord,
    DispatchSizes,
    EquationRecord,
    PropagationRecord,
    ShapeArgument,
    Shapes,
    ShapeSymbol,
    SizeTexts,
    VersionSizes,
)
from iree_explore.shapes.expressions import evaluate

_KEYS = {"pass_name": "pass", "op_ids": "ops"}

OLDER: dict[type, tuple[str, ...]] = {
    PhaseRecord: ("target",),
    Run: ("roofline", "profiled_ns", "busy_ns", "between_ns", "worker_ns"),
    RunDispatch: ("flops", "nbytes", "element", "spans", "begin_ns", "device"),
    DispatchSizes: ("workload",),
    Recording: ("shapes",),
}
"""Fields that recordings of older versions lack: then they have their defaults."""


class SchemaError(ValueError):
    """The data is not a recording of this schema; the message says where."""


def key_of(field: str) -> str:
    """The JSON key of a record's field: elapsed_ns -> elapsedNs."""
    if field in _KEYS:
        return _KEYS[field]
    first, *rest = field.split("_")
    return first + "".join(word.capitalize() for word in rest)


def encode(recording: Recording) -> dict[str, Any]:
    """`recording` as JSON data; without `shapes` it has no such key."""
    data = {key_of(f.name): plain(getattr(recording, f.name)) for f in fields(recording)}
    if recording.shapes is None:
        del data["shapes"]
    return data


_FIELDS: dict[type, list[tuple[str, str]]] = {}


def plain(value: Any) -> Any:
    """A record, or a container of them, as JSON data; plain lists are passed on uncopied."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        if not value or isinstance(value[0], str | int | float):
            return value
        return [plain(item) for item in value]
    names = _FIELDS.get(type(value))
    if names is None:
        names = _FIELDS[type(value)] = [(f.name, key_of(f.name)) for f in fields(value)]
    return {key: plain(getattr(value, name)) for name, key in names}


def decode(data: Any) -> Recording:
    """The recording that `data` describes; raises `SchemaError`."""
    top = {
        "files": [],
        "notes": [],
        "options": {},
        "rewrites": [],
        "numerics": [],
        "found": [],
        "grids": [],
        "transactions": [],
        **_object(data, "the file"),
    }  # older recordings have none
    if top.get("schema") != SCHEMA:
        raise SchemaError(f"schema is {str(top.get('schema'))[:40]!r}, not {SCHEMA!r}")
    strings = _strings(top, "strings")
    if not strings:
        raise SchemaError("strings is empty")
    type_lists = [tuple(_ints(x, "typeLists", len(strings))) for x in _list(top, "typeLists")]
    sets = [tuple(_ints(x, "sets")) for x in _list(top, "sets")]
    phases = tuple(_phase(x) for x in _list(top, "phases"))
    sources = tuple(SourceRecord(**_record(x, SourceRecord)) for x in _list(top, "sources"))
    events = tuple(_event(x, len(strings), len(sets)) for x in _list(top, "events"))
    steps = tuple(_step(x, len(phases), len(events)) for x in _list(top, "steps"))
    for phase in phases:
        _within(phase.first, -1, len(steps), "phases.first")
        _within(phase.step, -1, len(steps), "phases.step")
    for event in events:
        _within(event.step, 0, len(steps), "events.step")
    versions = _versions(top.get("versions"), len(strings), len(type_lists), len(steps))
    return Recording(
        name=_field(top, "name", str),
        created=_field(top, "created", str),
        compiler=_field(top, "compiler", str),
        state=_word(top, "state", Recording.__dataclass_fields__["state"]),
        source=_source(top.get("source")),
        targets=tuple(_strings(top, "targets")),
        notes=tuple(_strings(top, "notes")),
        options=_switches(top["options"]),
        devices=tuple(DeviceInfo(**_record(x, DeviceInfo)) for x in _list(top, "devices")),
        strings=strings,
        type_lists=type_lists,
        sets=sets,
        phases=phases,
        steps=steps,
        versions=versions,
        origins=_origins(top.get("origins"), sets, len(strings), len(sources)),
        sources=sources,
        files=tuple(SourceFile(**_record(x, SourceFile)) for x in _list(top, "files")),
        events=events,
        artifacts=tuple(_artifact(x) for x in _list(top, "artifacts")),
        runs=tuple(run_of(x) for x in _list(top, "runs")),
        errors=tuple(Stop(**_record(x, Stop)) for x in _list(top, "errors")),
        rewrites=tuple(
            _rewrites(x, len(strings), len(type_lists), steps) for x in _list(top, "rewrites")
        ),
        numerics=tuple(numerics_of(x, len(steps)) for x in _list(top, "numerics")),
        found=tuple(found_of(x, len(steps), len(events)) for x in _list(top, "found")),
        grids=tuple(_grid(x) for x in _list(top, "grids")),
        transactions=tuple(_transactions(x) for x in _list(top, "transactions")),
        op_docs=_texts(top.get("opDocs"), "opDocs"),
        pass_docs={
            name: PassDoc(**_record(x, PassDoc))
            for name, x in _object(top.get("passDocs"), "passDocs").items()
        },
        shapes=None if top.get("shapes") is None else _shapes(top["shapes"], len(versions)),
    )


# -- parts


def _switches(data: Any) -> dict[str, bool]:
    found = _object(data, "options")
    if not all(isinstance(value, bool) for value in found.values()):
        raise SchemaError("options are not all true or false")
    return dict(found)


def _versions(data: Any, strings: int, type_lists: int, steps: int) -> Versions:
    columns = _columns(data, "versions", VERSION_COLUMNS, special=("order", "operands"))
    for name in ("name", "text", "symbol"):
        _ints(columns[name], f"versions.{name}", strings)
    _ints(columns["types"], "versions.types", type_lists)
    _ints(columns["birth"], "versions.birth", steps)
    if any(not -1 <= d < steps for d in columns["death"]):
        raise SchemaError("versions.death is outside the steps")
    if any(op < 1 for op in columns["op"]) or any(op < 0 for op in columns["parent"]):
        raise SchemaError("an op id is not positive")
    if any(type(x) not in (int, float) for x in columns["order"]):
        raise SchemaError("versions.order has something that is not a number")
    if any(type(x) is not str for x in columns["operands"]):
        raise SchemaError("versions.operands has something that is not a text")
    return Versions(**columns)


def _rewrites(data: Any, strings: int, type_lists: int, steps: Sequence[Step]) -> RewriteVersions:
    top = _record(data, RewriteVersions, optional=("versions",))
    _within(top["step"], 1, len(steps), "rewrites.step")
    first, last = steps[top["step"]].events
    if top["count"] != last - first or top["stride"] < 1:
        raise SchemaError(f"rewrites has {top['count']} of the {last - first} of its step")
    top["versions"] = _versions(top["versions"], strings, type_lists, top["count"] + 1)
    top["gone"] = tuple(_ints(top["gone"], "rewrites.gone"))
    if len(top["gone"]) % 2:
        raise SchemaError("rewrites.gone are not pairs")
    return RewriteVersions(**top)


def _origins(data: Any, sets: Sequence[tuple[int, ...]], strings: int, sources: int) -> Origins:
    columns = _columns(data, "origins", ORIGIN_COLUMNS)
    _ints(columns["ancestors"], "origins.ancestors", len(sets))
    _ints(columns["sources"], "origins.sources", len(sets))
    _ints(columns["reason"], "origins.reason", strings)
    for index in set(columns["sources"]):
        _ints(sets[index], "a set of sources", sources)
    return Origins(**columns)


def _columns(
    data: Any, what: str, names: Sequence[str], special: Sequence[str] = ()
) -> dict[str, list]:
    top = _object(data, what)
    columns: dict[str, list] = {}
    for name in names:
        column = _list(top, name)
        if name not in special:
            _ints(column, f"{what}.{name}", low=-1)
        columns[name] = column
    if len({len(c) for c in columns.values()}) > 1:
        raise SchemaError(f"the columns of {what} have different lengths")
    return columns


def _phase(data: Any) -> PhaseRecord:
    top = _record(data, PhaseRecord)
    top["passes"] = tuple(PassInfo(**_record(x, PassInfo)) for x in top["passes"])
    return PhaseRecord(**top)


def _step(data: Any, phases: int, events: int) -> Step:
    top = _record(data, Step, optional=("pass_name", "error"))
    _within(top["phase"], 0, phases, "steps.phase")
    top["error"] = _failure(top["error"])
    first, last = _ints(top["events"], "steps.events", events + 1, count=2)
    if first > last:
        raise SchemaError("steps.events ends before it starts")
    top["events"] = (first, last)
    if top["pass_name"] is not None and not isinstance(top["pass_name"], str):
        raise SchemaError("steps.pass is not a text")
    return Step(**top)


def _event(data: Any, strings: int, sets: int) -> Event:
    event = Event(**_record(data, Event))
    _within(event.pattern, 0, strings, "events.pattern")
    _within(event.file, 0, strings, "events.file")
    for name in ("matched", "created", "modified", "deleted"):
        _within(getattr(event, name), 0, sets, f"events.{name}")
    return event


def _artifact(data: Any) -> ArtifactRecord:
    top = _record(data, ArtifactRecord)
    _ints(top["line_ops"], "artifacts.lineOps")
    return ArtifactRecord(**top)


def run_of(data: Any) -> Run:
    """The run that JSON data describes; raises `SchemaError`."""
    top = _record(data, Run, optional=("error", "roofline"))
    for name in ("profiled_ns", "busy_ns", "between_ns", "worker_ns"):
        top[name] = tuple(_ints(top[name], f"runs.{key_of(name)}"))
    top["error"] = _failure(top["error"])
    top["roofline"] = _roofline(top["roofline"])
    top["total_ns"] = tuple(_ints(top["total_ns"], "runs.totalNs"))
    top["inputs"] = tuple(_texts_of(top["inputs"], "runs.inputs"))
    dispatches = []
    for item in top["dispatches"]:
        one = _record(item, RunDispatch)
        one["op_ids"] = tuple(_ints(one["op_ids"], "dispatches.ops"))
        one["workgroups"] = tuple(_ints(one["workgroups"], "dispatches.workgroups", count=3))
        one["samples_ns"] = tuple(_ints(one["samples_ns"], "dispatches.samplesNs"))
        one["spans"] = tuple(_ints(one["spans"], "dispatches.spans"))
        if len(one["spans"]) % 4:
            raise SchemaError("dispatches.spans are not fours")
        dispatches.append(RunDispatch(**one))
    top["dispatches"] = tuple(dispatches)
    return Run(**top)


def numerics_of(data: Any, steps: int) -> NumericsRecord:
    """The check that JSON data describes; raises `SchemaError`."""
    top = {**_record(data, NumericsRecord, optional=("values",))}
    top["inputs"] = tuple(_texts_of(top["inputs"], "numerics.inputs"))
    stages = []
    for item in top["stages"]:
        one = _record(item, StageNumerics)
        _within(one["step"], -1, steps, "numerics.stages.step")
        stages.append(StageNumerics(**one))
    columns = _columns(
        top["values"], "numerics.values", [key_of(name) for name in VALUE_COLUMNS],
        special=[key_of(name) for name in REAL_COLUMNS],
    )  # fmt: skip
    _ints(columns["stage"], "numerics.values.stage", len(stages))
    for name in REAL_COLUMNS:
        if any(type(x) not in (int, float) for x in columns[key_of(name)]):
            raise SchemaError(f"numerics.values.{key_of(name)} has something that is no number")
    top["stages"] = tuple(stages)
    top["values"] = ValueNumerics(**{name: columns[key_of(name)] for name in VALUE_COLUMNS})
    return NumericsRecord(**top)


def found_of(data: Any, steps: int, events: int) -> FoundRecord:
    """The answer of a search that JSON data describes; raises `SchemaError`."""
    top = _record(data, FoundRecord)
    _within(top["step"], -1, steps, "found.step")
    _within(top["event"], -1, events, "found.event")
    top["sources"] = tuple(_texts_of(top["sources"], "found.sources"))
    top["op_ids"] = tuple(_ints(top["op_ids"], "found.ops"))
    return FoundRecord(**top)


def _roofline(data: Any) -> Roofline | None:
    if data is None:
        return None
    top = _record(data, Roofline)
    top["copies"] = tuple(_ints(top["copies"], "roofline.copies", low=1))
    rates = [top[name] for name in ("threads", "flops32", "flops64")]
    if min(rates) < 1 or len(top["copies"]) % 2 or not top["copies"]:
        raise SchemaError("roofline has no rates")
    return Roofline(**top)


def _shapes(data: Any, versions: int) -> Shapes:
    top = _object(data, "shapes")
    functions = _strings(top, "functions")
    symbols = [ShapeSymbol(**_record(x, ShapeSymbol)) for x in _list(top, "symbols")]
    texts = _columns(top.get("sizes"), "shapes.sizes", ("function", "text"), special=("text",))
    _ints(texts["function"], "shapes.sizes.function", len(functions))
    sizes = len(texts["text"])
    lists = [tuple(_ints(x, "shapes.lists", sizes, -1)) for x in _list(top, "lists")]
    sized = _columns(top.get("versions"), "shapes.versions", ("version", "list"))
    _ints(sized["version"], "shapes.versions.version", versions)
    _ints(sized["list"], "shapes.versions.list", len(lists))
    found = Shapes(
        functions,
        symbols,
        SizeTexts(texts["function"], _texts_of(texts["text"], "shapes.sizes.text")),
        lists,
        VersionSizes(sized["version"], sized["list"]),
        [ShapeArgument(**_record(x, ShapeArgument)) for x in _list(top, "arguments")],
        [DispatchSizes(**_record(x, DispatchSizes)) for x in _list(top, "dispatches")],
        [Allocation(**_record(x, Allocation)) for x in _list(top, "allocations")],
        [PropagationRecord(**_record(x, PropagationRecord)) for x in _list(top, "propagation")],
        [EquationRecord(**_record(x, EquationRecord)) for x in _list(top, "equations")],
        [ConflictRecord(**_record(x, ConflictRecord)) for x in _list(top, "conflicts")],
    )
    _check_shapes(found)
    return found


def _grid(data: Any) -> GridRecord:
    top = _record(data, GridRecord)
    axes = []
    for item in top["axes"]:
        one = _record(item, GridAxis)
        _ints(one["dims"], "grids.axes.dims", len(top["shape"]), -1, len(one["extents"]))
        _texts_of(one["extents"], "grids.axes.extents")
        _within(one["tile"], 1, 2**53, "grids.axes.tile")
        axes.append(GridAxis(**one))
    for name in ("shape", "workgroups", "workload"):
        top[name] = tuple(_texts_of(top[name], f"grids.{name}"))
    if len(top["workgroups"]) != 3:
        raise SchemaError("grids.workgroups are not three")
    names = dict.fromkeys(top["workload"], 1)
    for text in (*top["shape"], *top["workgroups"], *(e for a in axes for e in a.extents)):
        _expression(text, names, "grids")
    _within(top["tiles"], 1, 2**53, "grids.tiles")
    _within(top["invocations"], 0, 2**53, "grids.invocations")
    return GridRecord(**{**top, "axes": tuple(axes)})


def _transactions(data: Any) -> TransactionRecord:
    top = _record(data, TransactionRecord)
    top["accesses"] = tuple(AccessRecord(**_record(x, AccessRecord)) for x in top["accesses"])
    return TransactionRecord(**top)


def _expression(text: str, values: dict[str, int], what: str) -> None:
    if len(text) > LONGEST_SIZE:
        raise SchemaError(f"{what} has a text of {len(text)} characters")
    try:
        evaluate(text, values)
    except ModelError as raised:
        raise SchemaError(f"{what}: {raised.what}") from None


def _check_shapes(shapes: Shapes) -> None:
    """Every index is inside what it indexes, every size is an expression of declared symbols."""
    functions, sizes, lists = len(shapes.functions), len(shapes.sizes.text), len(shapes.lists)
    ones: list[dict[str, int]] = [{} for _ in range(functions)]
    for symbol in shapes.symbols:
        _within(symbol.function, 0, functions, "shapes.symbols.function")
        _within(symbol.solved, -1, sizes, "shapes.symbols.solved")
        ones[symbol.function][symbol.name] = 1
    for function, text in zip(shapes.sizes.function, shapes.sizes.text, strict=True):
        _expression(text, ones[function], "shapes.sizes")
    for record in (*shapes.arguments, *shapes.dispatches, *shapes.allocations, *shapes.propagation,
                   *shapes.equations, *shapes.conflicts):  # fmt: skip
        _within(record.function, 0, functions, f"{type(record).__name__}.function")
    for argument in shapes.arguments:
        _within(argument.list, 0, lists, "shapes.arguments.list")
    for dispatch in shapes.dispatches:
        counts = _ints(dispatch.workgroups, "shapes.dispatches.workgroups", sizes)
        if len(counts) not in (0, 3):
            raise SchemaError("shapes.dispatches.workgroups has neither 3 sizes nor none")
        _ints(dispatch.workload, "shapes.dispatches.workload", sizes, -1)
        _within(dispatch.flops, -1, sizes, "shapes.dispatches.flops")
        _within(dispatch.bytes, -1, sizes, "shapes.dispatches.bytes")
    for allocation in shapes.allocations:
        _within(allocation.bytes, -1, sizes, "shapes.allocations.bytes")
    for step in shapes.propagation:
        _ints(step.lists, "shapes.propagation.lists", lists)
    for equation in shapes.equations:
        _within(equation.left, 0, sizes, "shapes.equations.left")
        _within(equation.right, 0, sizes, "shapes.equations.right")
    for conflict in shapes.conflicts:
        _ints(conflict.ops, "shapes.conflicts.ops")


def _failure(data: Any) -> Failure | None:
    return None if data is None else Failure(**_record(data, Failure))


def _source(data: Any) -> ModelSource:
    top = _record(data, ModelSource, optional=("text",))
    if top["text"] is not None and not isinstance(top["text"], str):
        raise SchemaError("source.text is not a text")
    return ModelSource(**top)


# -- small checks

_BY_ANNOTATION = {"str": str, "int": int, "bool": bool, "float": float}


def _record(data: Any, cls: type, optional: Sequence[str] = ()) -> dict[str, Any]:
    """The fields of `cls` from `data`: scalars have their type, words are ones of the field's, the
    others are lists."""
    top = _object(data, cls.__name__)
    older = OLDER.get(cls, ())
    found: dict[str, Any] = {}
    for f in fields(cls):
        key = key_of(f.name)
        if f.name in optional:
            found[f.name] = top.get(key)
            continue
        if f.name in older and key not in top:
            found[f.name] = f.default
            continue
        if "words" in f.metadata:
            found[f.name] = _word(top, key, f)
        else:
            found[f.name] = _field(top, key, _BY_ANNOTATION.get(str(f.type), list))
    return found


def _word(top: dict[str, Any], key: str, field: Field[Any]) -> str:
    word, words = _field(top, key, str), field.metadata["words"]
    if word not in words:
        raise SchemaError(f"{key} is {word[:40]!r}, not one of {', '.join(words)}")
    return word


def _field(top: dict[str, Any], key: str, kind: type) -> Any:
    value = top.get(key)
    if kind is float and type(value) is int:  # JSON has one kind of number
        value = float(value)
    if type(value) is not kind:
        raise SchemaError(f"{key} is not a {kind.__name__}")
    if kind is int and not -(2**53) < value < 2**53:  # pyright: ignore[reportOperatorIssue, reportOptionalOperand]
        raise SchemaError(f"{key} is out of range")
    return value


def _object(data: Any, what: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise SchemaError(f"{what} is not an object")
    return data


def _list(top: dict[str, Any], key: str) -> list[Any]:
    return _field(top, key, list)


def _strings(top: dict[str, Any], key: str) -> list[str]:
    return _texts_of(_list(top, key), key)


def _texts_of(data: Iterable[Any], what: str) -> list[str]:
    found = list(data)
    if any(type(x) is not str for x in found):
        raise SchemaError(f"{what} has something that is not a text")
    return found


def _texts(data: Any, what: str) -> dict[str, str]:
    top = _object(data, what)
    _texts_of(top.values(), what)
    return top


def _ints(
    data: Any, what: str, high: int = 2**53, low: int = 0, count: int | None = None
) -> Sequence[int]:
    if not isinstance(data, list | tuple) or (count is not None and len(data) != count):
        raise SchemaError(f"{what} is not a list of {'' if count is None else f'{count} '}numbers")
    for x in data:
        if type(x) is not int or not low <= x < high:
            raise SchemaError(f"{what} has {str(x)[:40]!r}, not a number from {low} to {high - 1}")
    return data


def _within(value: int, low: int, high: int, what: str) -> None:
    if not low <= value < high:
        raise SchemaError(f"{what} is {value}, not from {low} to {high - 1}")
