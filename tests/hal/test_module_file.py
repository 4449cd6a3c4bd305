# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Saved modules: what is loaded computes the same; what is not one is refused, whatever it is."""

from __future__ import annotations

import hashlib
import json
import random
import zipfile

import numpy as np
import pytest

from iree_explore import module_file
from iree_explore.errors import ModelError
from iree_explore.module import load_module
from iree_explore.targets.llvm_cpu import cpu_info
from tests.hal.programs import compile_flow
from tests.hal.test_module import COUNTER

START = np.array([1, 2, 3, 4], np.float32)
ONE = np.ones(4, np.float32)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "m.iexm"
    compile_flow(COUNTER, parameters={"total": START}).save(path)
    return path


def rewrite(path, change):
    """Saves the file again with its program changed and its checksum right."""
    with zipfile.ZipFile(path) as archive:
        entries = {n: archive.read(n) for n in archive.namelist()}
    manifest = json.loads(entries["module.json"])
    body = json.loads(manifest["body"])
    change(body, entries, manifest)
    manifest["body"] = json.dumps(body)
    manifest["sha256"] = hashlib.sha256(manifest["body"].encode()).hexdigest()
    entries["module.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)


def refused(path, code="IX502"):
    with pytest.raises(ModelError) as info:
        load_module(path)
    assert info.value.code == code
    return str(info.value)


def test_loaded_module_computes_the_same_from_its_initial_state(path):
    module = load_module(path, device="local-sync")
    np.testing.assert_array_equal(module.main(ONE), START + 1)
    np.testing.assert_array_equal(module.main(ONE), START + 2)
    assert str(module["main"]) == str(load_module(path)["main"])


def test_loaded_module_can_be_saved_again(path, tmp_path):
    load_module(path).save(tmp_path / "again.iexm")
    np.testing.assert_array_equal(load_module(tmp_path / "again.iexm").main(ONE), START + 1)


def test_no_such_file(tmp_path):
    refused(tmp_path / "none.iexm", "IX504")


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all" * 100])
def test_foreign_file(tmp_path, content):
    path = tmp_path / "m.iexm"
    path.write_bytes(content)
    refused(path)


def test_zip_of_another_kind(tmp_path):
    path = tmp_path / "m.iexm"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "hello")
    assert "it has no module.json" in refused(path)


def test_every_truncation_is_refused(path):
    data = path.read_bytes()
    for size in range(0, len(data), max(1, len(data) // 40)):
        path.write_bytes(data[:size])
        refused(path)


def test_flipped_bytes_are_refused_or_harmless(path):
    data = path.read_bytes()
    generator = random.Random(0)
    for _ in range(60):
        damaged = bytearray(data)
        damaged[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
        path.write_bytes(bytes(damaged))
        try:
            module = load_module(path)
        except ModelError as error:
            assert error.code in ("IX502", "IX503", "IX403"), error
        else:  # a byte that means nothing, such as a time stamp
            np.testing.assert_array_equal(module.main(ONE), START + 1)


def test_other_schema(path):
    def change(body, entries, manifest):
        manifest["schema"] = 99

    rewrite(path, change)
    assert "schema 99" in refused(path, "IX503")


def test_program_that_does_not_match_its_checksum(path):
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("module.json"))
    manifest["body"] = manifest["body"].replace("main", "niam")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("module.json", json.dumps(manifest))
    assert "does not match its checksum" in refused(path)


def test_object_code_that_does_not_match_its_digest(path):
    def change(body, entries, manifest):
        (name,) = [n for n in entries if n.startswith("objects/")]
        entries[name] = entries[name] + b"x"

    rewrite(path, change)
    assert "does not match its checksum" in refused(path)


def test_other_architecture_and_missing_features_are_refused(path):
    def other(body, entries, manifest):
        body["program"]["target"]["arch"] = "sparc"

    rewrite(path, other)
    assert "it was compiled for sparc" in refused(path, "IX403")

    def feature(body, entries, manifest):
        body["program"]["target"]["arch"] = cpu_info.host().arch
        body["program"]["target"]["cpu_features"] += ",+time-travel"

    rewrite(path, feature)
    assert "this CPU lacks time-travel" in refused(path, "IX403")


MISTAKES = {
    "register": ("functions", 0, "registers", -1),
    "no blocks": ("functions", 0, "blocks", []),
    "export": ("exports", 0, "function", 1000),
    "import": ("imports", 0, "os.system"),
    "instruction": ("functions", -1, "blocks", 0, "code", 0, ["exec", "1"]),
    "argument": ("functions", -1, "blocks", 0, "code", 0, ["import", 0, [9999], None, []]),
    "global": ("functions", -1, "blocks", 0, "code", 0, ["load", 1, -1]),
    "branch": ("functions", -1, "blocks", 0, "code", -1, ["br", 77, []]),
    "results": ("exports", 0, "results", 3),
    "dtype": ("exports", 0, "results", [{"name": "x", "dtype": "object", "shape": [1]}]),
    "executables": ("executables", 0, "interface", "x"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_damaged_program_is_an_error_not_an_access(path, mistake):
    *where, last, value = MISTAKES[mistake]

    def change(body, entries, manifest):
        data = body["program"]
        for key in where:
            data = data[key]
        data[last] = value

    rewrite(path, change)
    refused(path)


def test_parameters_are_those_that_the_program_loads(path):
    program, _, parameters = module_file.load(path)
    assert module_file.parameters_of(program) == [("model", "total")]
    np.testing.assert_array_equal(parameters("model", "total"), START)
