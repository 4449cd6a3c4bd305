# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels for the conformance suite, from LLVM IR text written to the kernel ABI; GPUs have theirs
in `spirv_kernels.py`."""

from __future__ import annotations

import functools

import llvmlite.binding as llvm

from iree_explore.hal.runtime import Device, Executable, Export

EXPORTS = (
    Export("add_one", 0, 2),
    Export("count_workgroups", 0, 1),
    Export("write_constants", 2, 1),
    Export("use_local_memory", 0, 1, 4096),
    Export("spin", 1, 0),
    Export("fail_at", 2, 0),
)

IR = r"""
; binding 1 [id] = binding 0 [id] + 1 (i32), id = the linear workgroup id
define i32 @add_one(ptr %e, ptr %d, ptr %w) {
  %bp = getelementptr i8, ptr %d, i64 32
  %bs = load ptr, ptr %bp
  %from = load ptr, ptr %bs
  %top = getelementptr i8, ptr %bs, i64 8
  %to = load ptr, ptr %top
  %id = call i32 @linear(ptr %d, ptr %w)
  %id64 = zext i32 %id to i64
  %a = getelementptr i32, ptr %from, i64 %id64
  %v = load i32, ptr %a
  %v1 = add i32 %v, 1
  %b = getelementptr i32, ptr %to, i64 %id64
  store i32 %v1, ptr %b
  ret i32 0
}
define internal i32 @linear(ptr %d, ptr %w) {
  %x = load i32, ptr %w
  %yp = getelementptr i8, ptr %w, i64 4
  %y = load i32, ptr %yp
  %zp = getelementptr i8, ptr %w, i64 8
  %z = load i32, ptr %zp
  %cx = load i32, ptr %d
  %cyp = getelementptr i8, ptr %d, i64 4
  %cy = load i32, ptr %cyp
  %a = mul i32 %z, %cy
  %b = add i32 %a, %y
  %c = mul i32 %b, %cx
  %r = add i32 %c, %x
  ret i32 %r
}
; adds 1 to element id of binding 0: each workgroup must run exactly once
define i32 @count_workgroups(ptr %e, ptr %d, ptr %w) {
  %bp = getelementptr i8, ptr %d, i64 32
  %bs = load ptr, ptr %bp
  %to = load ptr, ptr %bs
  %id = call i32 @linear(ptr %d, ptr %w)
  %id64 = zext i32 %id to i64
  %b = getelementptr i32, ptr %to, i64 %id64
  %old = atomicrmw add ptr %b, i32 1 monotonic
  ret i32 0
}
; binding 0 = [constant 0, constant 1, constant_count, binding_count, low half of length 0]
define i32 @write_constants(ptr %e, ptr %d, ptr %w) {
  %bp = getelementptr i8, ptr %d, i64 32
  %bs = load ptr, ptr %bp
  %to = load ptr, ptr %bs
  %kp = getelementptr i8, ptr %d, i64 24
  %k = load ptr, ptr %kp
  %v0 = load i32, ptr %k
  store i32 %v0, ptr %to
  %k1 = getelementptr i32, ptr %k, i64 1
  %v1 = load i32, ptr %k1
  %t1 = getelementptr i32, ptr %to, i64 1
  store i32 %v1, ptr %t1
  %cp = getelementptr i8, ptr %d, i64 12
  %c = load i32, ptr %cp
  %t2 = getelementptr i32, ptr %to, i64 2
  store i32 %c, ptr %t2
  %np = getelementptr i8, ptr %d, i64 16
  %n = load i32, ptr %np
  %t3 = getelementptr i32, ptr %to, i64 3
  store i32 %n, ptr %t3
  %lp = getelementptr i8, ptr %d, i64 40
  %ls = load ptr, ptr %lp
  %l = load i32, ptr %ls
  %t4 = getelementptr i32, ptr %to, i64 4
  store i32 %l, ptr %t4
  ret i32 0
}
; returns constant 1 in the workgroup whose linear id is constant 0
define i32 @fail_at(ptr %e, ptr %d, ptr %w) {
  %kp = getelementptr i8, ptr %d, i64 24
  %k = load ptr, ptr %kp
  %which = load i32, ptr %k
  %k1 = getelementptr i32, ptr %k, i64 1
  %status = load i32, ptr %k1
  %id = call i32 @linear(ptr %d, ptr %w)
  %hit = icmp eq i32 %id, %which
  %r = select i1 %hit, i32 %status, i32 0
  ret i32 %r
}
; fills the local memory with the workgroup id, then writes what it reads back plus its size
define i32 @use_local_memory(ptr %e, ptr %d, ptr %w) {
entry:
  %bp = getelementptr i8, ptr %d, i64 32
  %bs = load ptr, ptr %bp
  %to = load ptr, ptr %bs
  %id = call i32 @linear(ptr %d, ptr %w)
  %id64 = zext i32 %id to i64
  %mp = getelementptr i8, ptr %w, i64 16
  %m = load ptr, ptr %mp
  %address = ptrtoint ptr %m to i64
  %low = and i64 %address, 63
  %aligned = icmp eq i64 %low, 0
  br i1 %aligned, label %loop, label %bad
loop:
  %i = phi i64 [ 0, %entry ], [ %i1, %loop ]
  %p = getelementptr i32, ptr %m, i64 %i
  store volatile i32 %id, ptr %p
  %i1 = add i64 %i, 1
  %more = icmp ult i64 %i1, 1024
  br i1 %more, label %loop, label %read
read:
  %j = phi i64 [ 0, %loop ], [ %j1, %read ]
  %sum = phi i32 [ 0, %loop ], [ %sum1, %read ]
  %q = getelementptr i32, ptr %m, i64 %j
  %v = load volatile i32, ptr %q
  %sum1 = add i32 %sum, %v
  %j1 = add i64 %j, 1
  %again = icmp ult i64 %j1, 1024
  br i1 %again, label %read, label %write
write:
  %b = getelementptr i32, ptr %to, i64 %id64
  store i32 %sum1, ptr %b
  ret i32 0
bad:
  ret i32 99
}
; burns time: constant 0 thousand iterations
define i32 @spin(ptr %e, ptr %d, ptr %w) {
entry:
  %kp = getelementptr i8, ptr %d, i64 24
  %k = load ptr, ptr %kp
  %n = load i32, ptr %k
  %n64 = zext i32 %n to i64
  %total = mul i64 %n64, 1000
  %cell = alloca i64
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i1, %loop ]
  store volatile i64 %i, ptr %cell
  %i1 = add i64 %i, 1
  %more = icmp ult i64 %i1, %total
  br i1 %more, label %loop, label %out
out:
  ret i32 0
}
"""


@functools.cache
def object_code(ir: str = IR) -> bytes:
    """`ir` compiled for this machine."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(
        opt=2, reloc="pic", codemodel="small"
    )
    module = llvm.parse_assembly(ir)
    module.verify()
    return machine.emit_object(module)


def load_kernels(device: Device) -> Executable:
    """The kernels as an executable of `device`; without `fail_at` where kernels cannot fail."""
    if device.info.target in ("vulkan-spirv", "webgpu-spirv"):
        from tests.hal.spirv_kernels import spirv_code

        found = [e for e in EXPORTS if e.name != "fail_at"]
        names = [e.name for e in found]
        return device.load_executable("kernels", "vulkan-spirv-fb", spirv_code(), found, names)
    names = [e.name for e in EXPORTS]
    return device.load_executable("kernels", "embedded-elf-x86_64", object_code(), EXPORTS, names)


def ordinal(name: str) -> int:
    """Ordinal of a kernel."""
    return [e.name for e in EXPORTS].index(name)
