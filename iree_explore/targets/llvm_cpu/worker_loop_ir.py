# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""LLVM IR of the native worker loop, its foundation: run workgroups, sleep, built-in kernels.

`worker_loop.py` explains the loop and fills in `@NAMES@`. Next: `worker_graph_ir.py`.
"""

# In the text below %s is the submission, %r one of its records, %w the worker, %p the pool; offsets
# as in `worker_loop`.
IR = r"""
%timespec = type { i64, i64 }
%workgroup_state = type { [3 x i32], i32, ptr, i64 }

declare i32 @clock_gettime(i32, ptr)
declare i32 @posix_memalign(ptr, i64, i64)
declare void @free(ptr)
declare i32 @sched_yield()
declare i32 @usleep(i32)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
@SLEEP_DECLARE@

@environment = internal global [4 x ptr] zeroinitializer, align 64

define internal i64 @now() {
  %t = alloca %timespec
  %r = call i32 @clock_gettime(i32 1, ptr %t)
  %s = load i64, ptr %t
  %np = getelementptr i8, ptr %t, i64 8
  %n = load i64, ptr %np
  %m = mul i64 %s, 1000000000
  %v = add i64 %m, %n
  ret i64 %v
}

define internal void @relax() alwaysinline {
  @PAUSE@
  ret void
}

@SLEEP@

; Makes the worker's local memory at least as large as the submission wants; false without memory.
define internal i1 @reserve(ptr %s, ptr %w) {
entry:
  %wantp = getelementptr i8, ptr %s, i64 176
  %want = load i64, ptr %wantp
  %havep = getelementptr i8, ptr %w, i64 16
  %have = load i64, ptr %havep
  %memp = getelementptr i8, ptr %w, i64 8
  %enough = icmp uge i64 %have, %want
  br i1 %enough, label %yes, label %grow
grow:
  %old = load ptr, ptr %memp
  call void @free(ptr %old)
  store ptr null, ptr %memp
  store i64 0, ptr %havep
  %r = call i32 @posix_memalign(ptr %memp, i64 4096, i64 %want)
  %good = icmp eq i32 %r, 0
  br i1 %good, label %set, label %no
set:
  store i64 %want, ptr %havep
  br label %yes
yes:
  ret i1 true
no:
  store ptr null, ptr %memp
  ret i1 false
}

; Runs the workgroups [%first, %last) of one record; where it stopped: earlier than %last if the
; deadline (if not 0) has passed, or the submission is cancelled (then %last, too).
define internal i32 @run(ptr %s, ptr %w, ptr %r, i64 %index, i32 %first, i32 %last, i64 %deadline) {
entry:
  %state = alloca %workgroup_state, align 64
  %fn = load ptr, ptr %r
  %dispatch = getelementptr i8, ptr %r, i64 40
  %cx = load i32, ptr %dispatch
  %cyp = getelementptr i8, ptr %r, i64 44
  %cy = load i32, ptr %cyp
  %id = load i32, ptr %w
  %idp = getelementptr i8, ptr %state, i64 12
  store i32 %id, ptr %idp
  %memp = getelementptr i8, ptr %w, i64 8
  %mem = load ptr, ptr %memp
  %smemp = getelementptr i8, ptr %state, i64 16
  store ptr %mem, ptr %smemp
  %sizep = getelementptr i8, ptr %w, i64 16
  %size = load i64, ptr %sizep
  %ssizep = getelementptr i8, ptr %state, i64 24
  store i64 %size, ptr %ssizep
  %cancelp = getelementptr i8, ptr %s, i64 160
  %yp = getelementptr i8, ptr %state, i64 4
  %zp = getelementptr i8, ptr %state, i64 8
  %limited = icmp ne i64 %deadline, 0
  %x0 = urem i32 %first, %cx
  %rest = udiv i32 %first, %cx
  %y0 = urem i32 %rest, %cy
  %z0 = udiv i32 %rest, %cy
  br label %loop
loop:
  %i = phi i32 [ %first, %entry ], [ %i1, %on ], [ %i1, %clock ]
  %x = phi i32 [ %x0, %entry ], [ %x2, %on ], [ %x2, %clock ]
  %y = phi i32 [ %y0, %entry ], [ %y2, %on ], [ %y2, %clock ]
  %z = phi i32 [ %z0, %entry ], [ %z2, %on ], [ %z2, %clock ]
  %c = load atomic i32, ptr %cancelp monotonic, align 4
  %stop = icmp ne i32 %c, 0
  br i1 %stop, label %end, label %call
call:
  store i32 %x, ptr %state
  store i32 %y, ptr %yp
  store i32 %z, ptr %zp
  %status = call i32 %fn(ptr @environment, ptr %dispatch, ptr %state)
  %ok = icmp eq i32 %status, 0
  br i1 %ok, label %next, label %failed
next:
  %i1 = add i32 %i, 1
  %x1 = add i32 %x, 1
  %wrapx = icmp eq i32 %x1, %cx
  %x2 = select i1 %wrapx, i32 0, i32 %x1
  %carryx = zext i1 %wrapx to i32
  %y1 = add i32 %y, %carryx
  %wrapy = icmp eq i32 %y1, %cy
  %y2 = select i1 %wrapy, i32 0, i32 %y1
  %carryy = zext i1 %wrapy to i32
  %z2 = add i32 %z, %carryy
  %more = icmp ult i32 %i1, %last
  br i1 %more, label %on, label %end
on:
  br i1 %limited, label %clock, label %loop
clock:
  %n = call i64 @now()
  %late = icmp sge i64 %n, %deadline
  br i1 %late, label %stopped, label %loop
failed:
  call void @fail(ptr %s, i64 %index, i32 %status)
  br label %end
stopped:
  ret i32 %i1
end:
  ret i32 %last
}

; The first error stays; what is left of the submission is skipped.
define internal void @fail(ptr %s, i64 %index, i32 %status) {
  %i = add i64 %index, 1
  %hi = shl i64 %i, 32
  %lo = zext i32 %status to i64
  %v = or i64 %hi, %lo
  %errorp = getelementptr i8, ptr %s, i64 152
  %old = cmpxchg ptr %errorp, i64 0, i64 %v seq_cst seq_cst
  %cancelp = getelementptr i8, ptr %s, i64 160
  store atomic i32 1, ptr %cancelp seq_cst, align 4
  ret void
}

; Kernel: repeats a pattern (constants 0 to 3; its size is 4) over binding 0, 64 KiB a group.
define i32 @fill_kernel(ptr %e, ptr %d, ptr %w) {
entry:
  %kp = getelementptr i8, ptr %d, i64 24
  %k = load ptr, ptr %kp
  %widthp = getelementptr i8, ptr %k, i64 16
  %width32 = load i32, ptr %widthp
  %width = zext i32 %width32 to i64
  %bp = getelementptr i8, ptr %d, i64 32
  %bs = load ptr, ptr %bp
  %b = load ptr, ptr %bs
  %lp = getelementptr i8, ptr %d, i64 40
  %ls = load ptr, ptr %lp
  %length = load i64, ptr %ls
  %id = load i32, ptr %w
  %id64 = zext i32 %id to i64
  %begin = mul i64 %id64, 65536
  %end0 = add i64 %begin, 65536
  %past = icmp ugt i64 %end0, %length
  %end = select i1 %past, i64 %length, i64 %end0
  %any = icmp ult i64 %begin, %end
  br i1 %any, label %loop, label %out
loop:
  %i = phi i64 [ %begin, %entry ], [ %i1, %loop ]
  %to = getelementptr i8, ptr %b, i64 %i
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %k, i64 %width, i1 false)
  %i1 = add i64 %i, %width
  %more = icmp ult i64 %i1, %end
  br i1 %more, label %loop, label %out
out:
  ret i32 0
}

; Kernel: copies binding 0 to binding 1, 64 KiB a group.
define i32 @copy_kernel(ptr %e, ptr %d, ptr %w) {
entry:
  %bp = getelementptr i8, ptr %d, i64 32
  %bs = load ptr, ptr %bp
  %from0 = load ptr, ptr %bs
  %to0p = getelementptr i8, ptr %bs, i64 8
  %to0 = load ptr, ptr %to0p
  %lp = getelementptr i8, ptr %d, i64 40
  %ls = load ptr, ptr %lp
  %length = load i64, ptr %ls
  %id = load i32, ptr %w
  %id64 = zext i32 %id to i64
  %begin = mul i64 %id64, 65536
  %end0 = add i64 %begin, 65536
  %past = icmp ugt i64 %end0, %length
  %end = select i1 %past, i64 %length, i64 %end0
  %n = sub i64 %end, %begin
  %from = getelementptr i8, ptr %from0, i64 %begin
  %to = getelementptr i8, ptr %to0, i64 %begin
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %from, i64 %n, i1 false)
  ret i32 0
}
"""

FUTEX_IR = r"""
define internal void @sleep(ptr %word, i32 %seen, i64 %ns) {
  %t = alloca %timespec
  %s = sdiv i64 %ns, 1000000000
  %n = srem i64 %ns, 1000000000
  store i64 %s, ptr %t
  %np = getelementptr i8, ptr %t, i64 8
  store i64 %n, ptr %np
  %r = call i64 (i64, ...) @syscall(i64 @FUTEX@, ptr %word, i32 128, i32 %seen,
                                    ptr %t, ptr null, i32 0)
  ret void
}
define internal void @wake(ptr %word, i32 %count) {
  %r = call i64 (i64, ...) @syscall(i64 @FUTEX@, ptr %word, i32 129, i32 %count,
                                    ptr null, ptr null, i32 0)
  ret void
}
"""
POLL_IR = r"""
define internal void @sleep(ptr %word, i32 %seen, i64 %ns) {
  %r = call i32 @usleep(i32 50)
  ret void
}
define internal void @wake(ptr %word, i32 %count) {
  ret void
}
"""
