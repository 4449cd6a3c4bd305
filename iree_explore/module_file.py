# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Files of compiled modules (`.iexm`): a zip of `module.json`, object code and raw weights.

Everything but object code is data: reading it can fail (IX502, IX503) but not do anything. Object
code is machine code; it is loaded only if its digest is the one that the manifest names, and only
on a CPU that has what it was compiled for. Entries are stored uncompressed, so a small file stays
small.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from io import BufferedIOBase
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from iree_explore import entropy
from iree_explore.elements import from_name, packed
from iree_explore.errors import ModelError
from iree_explore.hal.runtime import Buffer
from iree_explore.vm.program import Program

if TYPE_CHECKING:
    from iree_explore.vm.instance import VMInstance

FORMAT, SCHEMA = "iree_explore compiled module", 1
_MANIFEST = "module.json"
_CHUNK = 1 << 20


def save(path: str | os.PathLike[str], instance: VMInstance, objects: dict[str, bytes]) -> None:
    """Writes `instance`'s program with its object code and weights, through a temporary file."""
    program = instance.program
    temporary = f"{os.fspath(path)}.part"
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        rows = []
        variables = _initialised(program)
        for number, (scope, key) in enumerate(parameters_of(program)):
            if scope == entropy.SCOPE:  # every instance draws its own
                continue
            if (scope, key) in variables:  # a variable starts where it is now
                array = packed(instance.variable(variables[scope, key]))
            else:
                array = instance.parameters(scope, key)
            array = np.ascontiguousarray(array)
            data = array.reshape(-1).view(np.uint8).tobytes()
            name = f"parameters/{number}.bin"
            archive.writestr(name, data)
            rows.append(
                {
                    "scope": scope,
                    "key": key,
                    "dtype": array.dtype.name,
                    "shape": list(array.shape),
                    "file": name,
                    "sha256": hashlib.sha256(data).hexdigest(),
                }
            )
        for digest, data in objects.items():
            archive.writestr(f"objects/{digest}.o", data)
        body = json.dumps({"program": program, "parameters": rows})
        manifest = {
            "format": FORMAT,
            "schema": SCHEMA,
            "sha256": hashlib.sha256(body.encode()).hexdigest(),
            "body": body,
        }
        archive.writestr(_MANIFEST, json.dumps(manifest))
    os.replace(temporary, path)


def parameters_of(program: Program) -> list[tuple[str, str]]:
    """Scopes and keys of the parameters that the program loads."""
    return list(dict.fromkeys((scope, key) for scope, key, _ in _loads(program)))


def _loads(program: Program) -> Iterator[tuple[str, str, int | None]]:
    """Scope and key of every parameter loaded, and the global it is stored to, if it is."""
    names = ("hal.parameter.load", "hal.parameter.load_own", "hal.parameter.load_view")
    loads = {i for i, name in enumerate(program["imports"]) if name in names}
    for function in program["functions"]:
        code = [i for block in function["blocks"] for i in block["code"]]
        texts = {i[1]: i[2] for i in code if i[0] == "text"}
        stores = {i[2]: i[1] for i in code if i[0] == "store"}
        for instruction in code:
            if instruction[0] == "import" and instruction[1] in loads:
                _, scope, key = instruction[2]
                yield texts[scope], texts[key], stores.get(instruction[4][0])


def _initialised(program: Program) -> dict[tuple[str, str], str]:
    """By parameter, the mutable global that starts with it."""
    globals_ = program["globals"]
    return {
        (scope, key): globals_[index].get("path", globals_[index]["name"])
        for scope, key, index in _loads(program)
        if index is not None and globals_[index]["mutable"]
    }


def load(
    path: str | os.PathLike[str],
) -> tuple[Program, dict[str, bytes], Callable[[str, str], np.ndarray]]:
    """Program, object code by digest, and weights of a file; checks all digests first."""
    if not os.path.isfile(path):
        raise ModelError("IX504", f"no such file: {os.fspath(path)}")
    try:
        with zipfile.ZipFile(path) as archive:
            if any(i.compress_type != zipfile.ZIP_STORED for i in archive.infolist()):
                raise bad_file(path, "an entry is compressed")
            if sum(i.file_size for i in archive.infolist()) > os.path.getsize(path):
                raise bad_file(path, "an entry says that it is longer than the file")
            program, rows = _manifest(path, archive)
            _check_cpu(program["target"])
            digests = {e["object"] for e in program["executables"]}
            objects = {d: _checked(path, archive, f"objects/{d}.o", d) for d in digests}
            parameters = {(r["scope"], r["key"]): _array(path, archive, r) for r in rows}
    except ModelError:
        raise
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise bad_file(path, str(error)) from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise bad_file(path, f"{type(error).__name__}: {error}") from error

    def read(scope: str, key: str) -> np.ndarray:
        return entropy.draw() if scope == entropy.SCOPE else parameters[scope, key]

    return program, objects, read


def _manifest(path: Any, archive: zipfile.ZipFile) -> tuple[Program, list[dict[str, Any]]]:
    try:
        manifest = json.loads(archive.read(_MANIFEST))
    except KeyError:
        raise bad_file(path, f"it has no {_MANIFEST}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise bad_file(path, "it is of another kind")
    if manifest["schema"] != SCHEMA:
        raise ModelError(
            "IX503",
            f"{os.fspath(path)} has schema {manifest['schema']!r}, this version reads {SCHEMA}",
        )
    body = manifest["body"]
    if hashlib.sha256(body.encode()).hexdigest() != manifest["sha256"]:
        raise bad_file(path, "its host program does not match its checksum")
    data = json.loads(body)
    return data["program"], data["parameters"]


def _checked(path: Any, archive: zipfile.ZipFile, name: str, digest: str) -> bytes:
    data = archive.read(name)
    if hashlib.sha256(data).hexdigest() != digest:
        raise bad_file(path, f"{name} does not match its checksum")
    return data


def _array(path: Any, archive: zipfile.ZipFile, row: dict[str, Any]) -> np.ndarray:
    name, size = row["file"], archive.getinfo(row["file"]).file_size
    memory = Buffer.allocate(size).memory[:size]  # as devices use it: there is no other copy
    with archive.open(name) as file:
        at = 0
        while count := cast(BufferedIOBase, file).readinto(memory[at : at + _CHUNK].data):
            at += count
    if at != size or hashlib.sha256(memory.data).hexdigest() != row["sha256"]:
        raise bad_file(path, f"{name} does not match its checksum")
    return memory.view(from_name(row["dtype"])).reshape(row["shape"])


def _check_cpu(target: dict[str, str]) -> None:
    """Raises IX403 if this CPU lacks something that the object code may use."""
    from iree_explore.targets.llvm_cpu.cpu_info import host

    here = host()
    wanted = {f for f in target["cpu_features"].split(",") if f.startswith("+")}
    missing = wanted - set(here.features.split(","))
    reason = None
    if target["arch"] != here.arch:
        reason = f"it was compiled for {target['arch']}, this machine is {here.arch}"
    elif missing:
        reason = "this CPU lacks " + ", ".join(sorted(f[1:] for f in missing))
    elif not wanted and target["cpu"] not in (here.name, "generic", "x86-64"):
        reason = f"it was compiled for {target['cpu']}, this CPU is {here.name}"
    if reason is not None:
        raise ModelError(
            "IX403", "the module cannot run on this CPU", because=reason,
            hint='compile(..., options=CompileOptions(cpu="x86-64", cpu_features=""))',
        )  # fmt: skip


def bad_file(path: Any, reason: str) -> ModelError:
    """IX502 for a file that cannot be read as a compiled module."""
    return ModelError(
        "IX502", f"{os.fspath(path)} is not a compiled module, or damaged", because=reason
    )
