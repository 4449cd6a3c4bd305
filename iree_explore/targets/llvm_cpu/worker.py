# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The compile worker: a process that imports only llvmlite and turns LLVM IR into object code.

Started by compile_pool.py as a script (never imported by it for work): frames come in on standard
input and answers go out on what was standard output, each a length and a `marshal`ed dict. LLVM's
own messages go to standard error, which the pool keeps. The worker ends when its input does, or
soon after the process that started it, even in the middle of a kernel.

Request: {"ir", "cpu", "features", "triple", "assembly"}. Answer: {"object", "assembly",
"undefined": symbols the object needs, "elapsed_ns"} or {"error"}.
"""

from __future__ import annotations

import marshal
import os
import re
import signal
import struct
import sys
import threading
import time
from typing import IO, Any

HEADER = struct.Struct("<Q")
_VECTOR_CODE = re.compile(r"(?:load|store) <|@llvm\.masked\.")
_SCALAR_LOAD = re.compile(r" = load (?!ptr).*!alias\.scope")
_LABEL = re.compile(r"^(\w+):$", re.MULTILINE)
_BRANCH = re.compile(r"br i1 [^,]*, label %(\w+)")
_ARITHMETIC = re.compile(r" = (?:fadd|fsub|fmul|fdiv) |@llvm\.fma\.")
_WORK = re.compile(
    r" = (?:f(?:add|sub|mul|div|rem)|[us](?:div|rem)|xor|and|or|shl|[la]shr|"
    r"(?:add|sub|mul)(?! i64)) |call (?!i64 @llvm\.[su](?:min|max)\.)"
)
"""What a kernel that only moves elements has none of: its other arithmetic is that of indices."""
_SCALAR_ARITHMETIC = re.compile(r" = (?:fadd|fsub|fmul|fdiv)(?: \w+)* (?:float|double)\b")
_MANY_BLOCKS = 24
_PASSES = (
    "always_inliner simplify_cfg new_gvn instruction_combine loop_unroll simplify_cfg"
).split()


def read_frame(stream: IO[bytes]) -> dict | None:
    """The next frame, or None when the stream ends."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    (length,) = HEADER.unpack(header)
    body = stream.read(length)
    return marshal.loads(body) if len(body) == length else None


def write_frame(stream: IO[bytes], message: dict) -> None:
    """Writes one frame and flushes."""
    body = marshal.dumps(message)
    stream.write(HEADER.pack(len(body)) + body)
    stream.flush()


class Compiler:
    """LLVM with one target machine for each CPU asked for."""

    def __init__(self) -> None:
        import llvmlite.binding as llvm

        self.llvm = llvm
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
        self.machines: dict[tuple[str, str, str], Any] = {}

    def machine(self, triple: str, cpu: str, features: str):
        key = (triple, cpu, features)
        found = self.machines.get(key)
        if found is None:
            target = self.llvm.Target.from_triple(triple)
            found = self.machines[key] = target.create_target_machine(
                cpu=cpu, features=features, opt=3, reloc="pic", codemodel="small"
            )
        return found

    def optimise(self, module: Any, machine: Any, loops: bool, slp: bool) -> None:
        """Runs LLVM's passes on a module in place: a few, or all of -O3 for the sake of its `loops`
        passes, with or without the SLP vectoriser."""
        llvm = self.llvm
        options = llvm.create_pipeline_tuning_options(speed_level=3)
        options.loop_vectorization = options.loop_interleaving = options.loop_unrolling = True
        options.slp_vectorization = slp
        builder = llvm.create_pass_builder(machine, options)
        if loops:
            passes = builder.getModulePassManager()
        else:
            passes = llvm.create_new_module_pass_manager()
            for name in _PASSES:
                getattr(passes, f"add_{name}_pass")()
        passes.run(module, builder)

    def compile(self, request: dict) -> dict:
        """Object code (and assembly, if asked for) of `request["ir"]`, optimised."""
        llvm = self.llvm
        begin = time.perf_counter_ns()
        try:
            machine = self.machine(request["triple"], request["cpu"], request["features"])
            module = llvm.parse_assembly(request["ir"])
            module.verify()
        except RuntimeError as error:
            return {"error": str(error)}
        loops, slp = wanted_passes(request["ir"])
        self.optimise(module, machine, loops, slp)
        # Addresses of finished vector code are as good without "loop strength reduction", which is
        # a third of what LLVM does to emit it. There is no other way to choose than this option.
        llvm.set_option("worker", f"-disable-lsr={'false' if loops else 'true'}")
        optimised = time.perf_counter_ns()
        assembly = ""
        if request["assembly"]:  # of a copy: emitting changes the module
            assembly = machine.emit_assembly(module.clone())
        code = machine.emit_object(module)
        return {
            "object": code,
            "assembly": assembly,
            "undefined": undefined_symbols(code),
            "optimise_ns": optimised - begin,
            "elapsed_ns": time.perf_counter_ns() - begin,
        }


def wanted_passes(ir: str) -> tuple[bool, bool]:
    """Whether LLVM's loop passes (vectoriser, unroller) make a kernel faster, and whether its SLP
    vectoriser does.

    Loop passes do not where our code generation vectorised: that is unrolled already, and as fast
    as with -O3 in a quarter of the time; unless what branches on data computes scalars. Nor where
    elements are only moved (transposes), or many loops move and compare them (sorts). SLP gains
    only where nothing is loaded (random numbers).
    """
    kernels = [f for f in ir.split("\ndefine ")[1:] if not f.startswith("internal ")]
    if any(map(_VECTOR_CODE.search, kernels)):
        left = [f for f in kernels if _SCALAR_ARITHMETIC.search(f)]
        return any(map(_branches_on_data, left)), False
    if not any(map(_WORK.search, kernels)):
        return False, False
    if sum(map(len, map(_LABEL.findall, kernels))) > _MANY_BLOCKS and not _ARITHMETIC.search(ir):
        return False, False
    return True, not any(map(_SCALAR_LOAD.search, kernels))


def _branches_on_data(function: str) -> bool:
    """Whether a conditional branch leads elsewhere than to a loop, whose first block has a phi."""
    _, *parts = _LABEL.split(function)
    blocks = dict(zip(parts[::2], parts[1::2], strict=True))
    return any(" = phi " not in blocks[target] for target in _BRANCH.findall(function))


def undefined_symbols(code: bytes) -> list[str]:
    """Names that an ELF64 object does not define itself; empty for other formats."""
    if code[:5] != b"\x7fELF\x02":
        return []
    (table,) = struct.unpack_from("<Q", code, 0x28)
    entry_size, count = struct.unpack_from("<HH", code, 0x3A)
    sections = [
        struct.unpack_from("<IIQQQQIIQQ", code, table + i * entry_size) for i in range(count)
    ]
    names = []
    for _, kind, _, _, offset, size, link, *_ in sections:
        if kind != 2:  # SHT_SYMTAB
            continue
        strings = sections[link][4]
        for at in range(offset + 24, offset + size, 24):  # the first symbol is empty
            name, _, _, section = struct.unpack_from("<IBBH", code, at)
            if section == 0:
                end = code.index(b"\0", strings + name)
                names.append(code[strings + name : end].decode())
    return names


def _end_with(parent: int) -> None:
    """Ends this process when its parent is gone; LLVM runs without Python's lock."""
    while os.getppid() == parent:
        time.sleep(2)
    os._exit(1)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for the notebook, not for us
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests = sys.stdin.buffer
    compiler = Compiler()
    write_frame(answers, {"ready": True})
    while (request := read_frame(requests)) is not None:
        write_frame(answers, compiler.compile(request))


if __name__ == "__main__":
    main()
