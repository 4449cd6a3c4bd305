# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""LLVM IR of whole executions: what a caller enters once, with the addresses of its buffers.

`invoke` puts those into the records and runs them: one after the other where only one thread will
(`serial`), else through the pool (`worker_threads_ir.py`). It returns after `slice` nanoseconds, so
that Python looks for signals, and `resume` continues.
"""

# %s is the submission, %r one of its records, %w the worker, %p the pool; offsets as in
# `worker_loop`.
CALLS_IR = r"""
; The addresses of all bindings: each that of its buffer in the table, plus an offset.
define internal void @resolve(ptr %s) {
entry:
  %tablep = getelementptr i8, ptr %s, i64 208
  %table = load ptr, ptr %tablep
  %sourcesp = getelementptr i8, ptr %s, i64 216
  %sources = load ptr, ptr %sourcesp
  %offsetsp = getelementptr i8, ptr %s, i64 224
  %offsets = load ptr, ptr %offsetsp
  %pointersp = getelementptr i8, ptr %s, i64 232
  %pointers = load ptr, ptr %pointersp
  %countp = getelementptr i8, ptr %s, i64 240
  %count32 = load i32, ptr %countp
  %count = zext i32 %count32 to i64
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i1, %step ]
  %more = icmp ult i64 %i, %count
  br i1 %more, label %step, label %end
step:
  %sp = getelementptr i32, ptr %sources, i64 %i
  %source = load i32, ptr %sp
  %wide = zext i32 %source to i64
  %bp = getelementptr i64, ptr %table, i64 %wide
  %base = load i64, ptr %bp
  %op = getelementptr i64, ptr %offsets, i64 %i
  %offset = load i64, ptr %op
  %address = add i64 %base, %offset
  %to = getelementptr i64, ptr %pointers, i64 %i
  store i64 %address, ptr %to
  %i1 = add i64 %i, 1
  br label %loop
end:
  ret void
}

; Runs the records in order from workgroup `tail` of record `head` on: 1 at the end, or 0 if the
; deadline has passed before, and `head` and `tail` say where. Nobody else sees the submission.
define internal i32 @serial(ptr %s, ptr %w, i64 %deadline) {
entry:
  %tailp = getelementptr i8, ptr %s, i64 8
  %head = load i64, ptr %s
  %tail = load i64, ptr %tailp
  %tail32 = trunc i64 %tail to i32
  %countp = getelementptr i8, ptr %s, i64 128
  %count = load i64, ptr %countp
  %cancelp = getelementptr i8, ptr %s, i64 160
  %profilep = getelementptr i8, ptr %s, i64 164
  %profile = load i32, ptr %profilep
  %timed = icmp ne i32 %profile, 0
  %spansp = getelementptr i8, ptr %s, i64 192
  %spans = load ptr, ptr %spansp
  %has = call i1 @reserve(ptr %s, ptr %w)
  br i1 %has, label %loop, label %nomem
nomem:
  call void @fail(ptr %s, i64 %head, i32 12)
  ret i32 1
loop:
  %i = phi i64 [ %head, %entry ], [ %i1, %next ]
  %first = phi i32 [ %tail32, %entry ], [ 0, %next ]
  %more = icmp ult i64 %i, %count
  br i1 %more, label %look, label %done
look:
  %c = load atomic i32, ptr %cancelp monotonic, align 4
  %stop = icmp ne i32 %c, 0
  br i1 %stop, label %done, label %record
record:
  %index = trunc i64 %i to i32
  %r = call ptr @record(ptr %s, i32 %index)
  %totalp = getelementptr i8, ptr %r, i64 36
  %total = load i32, ptr %totalp
  %some = icmp ult i32 %first, %total
  br i1 %some, label %grid, label %next
grid:
  br i1 %timed, label %begin, label %go
begin:
  %basep = getelementptr i8, ptr %r, i64 96
  %base = load i32, ptr %basep
  %base64 = zext i32 %base to i64
  %at = mul i64 %base64, 24
  %span = getelementptr i8, ptr %spans, i64 %at
  %endp = getelementptr i8, ptr %span, i64 8
  %whop = getelementptr i8, ptr %span, i64 16
  %id = load i32, ptr %w
  store i32 %id, ptr %whop
  %fresh = icmp eq i32 %first, 0
  br i1 %fresh, label %stamp, label %go
stamp:
  %n0 = call i64 @now()
  store i64 %n0, ptr %span
  br label %go
go:
  %end_at = phi ptr [ null, %grid ], [ %endp, %begin ], [ %endp, %stamp ]
  %at_wg = call i32 @run(ptr %s, ptr %w, ptr %r, i64 %i, i32 %first, i32 %total, i64 %deadline)
  %whole = icmp uge i32 %at_wg, %total
  br i1 %timed, label %ended, label %ran
ended:
  %n1 = call i64 @now()
  store i64 %n1, ptr %end_at
  br label %ran
ran:
  br i1 %whole, label %clock, label %leave
clock:
  %sometimes = and i64 %i, 15
  %is_time = icmp eq i64 %sometimes, 15
  br i1 %is_time, label %ask, label %next
ask:
  %n2 = call i64 @now()
  %late = icmp sge i64 %n2, %deadline
  br i1 %late, label %leave, label %next
next:
  %i1 = add i64 %i, 1
  br label %loop
leave:
  %at64 = zext i32 %at_wg to i64
  store i64 %i, ptr %s
  store i64 %at64, ptr %tailp
  ret i32 0
done:
  store i64 %count, ptr %s
  ret i32 1
}

; Runs a submission whose table is filled in; without a pool, or if all its slots are taken, on this
; thread alone. 0 if it takes longer than %slice nanoseconds: `resume` continues, with the same
; worker and pool. 1 when it is done, 2 if it failed or was cancelled.
define i32 @invoke(ptr %s, ptr %w, ptr %p, i64 %slice) {
entry:
  %alone = icmp eq ptr %p, null
  br i1 %alone, label %reset, label %shared
reset:
  call void @resolve(ptr %s)
  store i64 0, ptr %s
  %tailp = getelementptr i8, ptr %s, i64 8
  store i64 0, ptr %tailp
  %errorp = getelementptr i8, ptr %s, i64 152
  store i64 0, ptr %errorp
  %cancelp = getelementptr i8, ptr %s, i64 160
  store i32 0, ptr %cancelp
  br label %on
shared:
  %slot = call i32 @start(ptr %s, ptr %p)
  %slot1 = add i32 %slot, 1
  %slotp = getelementptr i8, ptr %s, i64 244
  store i32 %slot1, ptr %slotp
  br label %on
on:
  %r = call i32 @resume(ptr %s, ptr %w, ptr %p, i64 %slice)
  ret i32 %r
}

define i32 @resume(ptr %s, ptr %w, ptr %p, i64 %slice) {
entry:
  %alone = icmp eq ptr %p, null
  br i1 %alone, label %sync, label %shared
sync:
  %n = call i64 @now()
  %deadline = add i64 %n, %slice
  %r0 = call i32 @serial(ptr %s, ptr %w, i64 %deadline)
  br label %look
shared:
  %r1 = call i32 @participate(ptr %s, ptr %w, i64 %slice)
  br label %look
look:
  %r = phi i32 [ %r0, %sync ], [ %r1, %shared ]
  %over = icmp ne i32 %r, 0
  br i1 %over, label %ended, label %not_yet
not_yet:
  ret i32 0
ended:
  %slotp = getelementptr i8, ptr %s, i64 244
  %slot = load i32, ptr %slotp
  %placed = icmp ne i32 %slot, 0
  br i1 %placed, label %leave, label %judge
leave:
  store i32 0, ptr %slotp
  %k = sub i32 %slot, 1
  call void @retire(ptr %p, i32 %k)
  br label %judge
judge:
  %cancelp = getelementptr i8, ptr %s, i64 160
  %c = load i32, ptr %cancelp
  %bad = icmp ne i32 %c, 0
  %code = select i1 %bad, i32 2, i32 1
  ret i32 %code
}
"""
