# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""LLVM IR of the native worker loop; `worker_loop.py` explains it and fills in `@NAMES@`."""

# In the text below %s is the submission, %w the worker, %p the pool; offsets as in `worker_loop`.
IR = r"""
%timespec = type { i64, i64 }
%workgroup_state = type { [3 x i32], i32, ptr, i64 }

declare i32 @clock_gettime(i32, ptr)
declare i32 @posix_memalign(ptr, i64, i64)
declare void @free(ptr)
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

; Waits until `done` of the submission reaches %count, or (if %deadline is not 0) until then.
define internal i1 @await(ptr %s, i64 %count, i64 %deadline) {
entry:
  %donep = getelementptr i8, ptr %s, i64 64
  %epochp = getelementptr i8, ptr %s, i64 168
  %sleepersp = getelementptr i8, ptr %s, i64 172
  br label %spin
spin:
  %i = phi i32 [ 0, %entry ], [ %i1, %again ]
  %done = load atomic i64, ptr %donep seq_cst, align 8
  %ready = icmp uge i64 %done, %count
  br i1 %ready, label %yes, label %again
again:
  call void @relax()
  %i1 = add i32 %i, 1
  %more = icmp ult i32 %i1, 1000
  br i1 %more, label %spin, label %sleep
sleep:
  %up = atomicrmw add ptr %sleepersp, i32 1 seq_cst
  %e = load atomic i32, ptr %epochp seq_cst, align 4
  %done2 = load atomic i64, ptr %donep seq_cst, align 8
  %ready2 = icmp uge i64 %done2, %count
  br i1 %ready2, label %up_again, label %really
really:
  call void @sleep(ptr %epochp, i32 %e, i64 @SLICE@)
  br label %up_again
up_again:
  %down = atomicrmw sub ptr %sleepersp, i32 1 seq_cst
  %done3 = load atomic i64, ptr %donep seq_cst, align 8
  %ready3 = icmp uge i64 %done3, %count
  br i1 %ready3, label %yes, label %late
late:
  %timed = icmp ne i64 %deadline, 0
  br i1 %timed, label %clock, label %sleep
clock:
  %n = call i64 @now()
  %over = icmp sge i64 %n, %deadline
  br i1 %over, label %no, label %sleep
yes:
  ret i1 true
no:
  ret i1 false
}

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

; Runs the workgroups [%first, %last) of one record.
define internal void @run(ptr %s, ptr %w, ptr %r, i64 %index, i32 %first, i32 %last) {
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
  %x0 = urem i32 %first, %cx
  %rest = udiv i32 %first, %cx
  %y0 = urem i32 %rest, %cy
  %z0 = udiv i32 %rest, %cy
  br label %loop
loop:
  %i = phi i32 [ %first, %entry ], [ %i1, %next ]
  %x = phi i32 [ %x0, %entry ], [ %x2, %next ]
  %y = phi i32 [ %y0, %entry ], [ %y2, %next ]
  %z = phi i32 [ %z0, %entry ], [ %z2, %next ]
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
  br i1 %more, label %loop, label %end
failed:
  call void @fail(ptr %s, i64 %index, i32 %status)
  br label %end
end:
  ret void
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

; Takes tickets until none are left (1) or the deadline (if not 0) has passed (0); %ran: any taken.
define internal i32 @work(ptr %s, ptr %w, i64 %deadline, ptr %ran) {
entry:
  %donep = getelementptr i8, ptr %s, i64 64
  %ticketsp = getelementptr i8, ptr %s, i64 128
  %tickets = load i64, ptr %ticketsp
  %recordsp = getelementptr i8, ptr %s, i64 144
  %records = load ptr, ptr %recordsp
  %cancelp = getelementptr i8, ptr %s, i64 160
  %profilep = getelementptr i8, ptr %s, i64 164
  %profile32 = load i32, ptr %profilep
  %profile = icmp ne i32 %profile32, 0
  %timed = icmp ne i64 %deadline, 0
  br label %take
take:
  %d = phi i64 [ 0, %entry ], [ %dd, %on ], [ %dd, %clock ]
  %peek = load atomic i64, ptr %s seq_cst, align 8
  %none = icmp uge i64 %peek, %tickets
  br i1 %none, label %out, label %grab
grab:
  %t = atomicrmw add ptr %s, i64 1 seq_cst
  %gone = icmp uge i64 %t, %tickets
  br i1 %gone, label %out, label %find
find:
  %dd = phi i64 [ %d, %grab ], [ %d1, %skip ]
  %offset = mul i64 %dd, 128
  %r = getelementptr i8, ptr %records, i64 %offset
  %endp = getelementptr i8, ptr %r, i64 8
  %tend = load i64, ptr %endp
  %past = icmp uge i64 %t, %tend
  br i1 %past, label %skip, label %found
skip:
  %d1 = add i64 %dd, 1
  br label %find
found:
  store i32 1, ptr %ran
  %beginp = getelementptr i8, ptr %r, i64 16
  %tbegin = load i64, ptr %beginp
  %wavep = getelementptr i8, ptr %r, i64 24
  %wave = load i64, ptr %wavep
  %waited = call i1 @await(ptr %s, i64 %wave, i64 0)
  %c = load atomic i32, ptr %cancelp seq_cst, align 4
  %live = icmp eq i32 %c, 0
  br i1 %live, label %mem, label %finish
mem:
  %has = call i1 @reserve(ptr %s, ptr %w)
  br i1 %has, label %stamp, label %nomem
nomem:
  call void @fail(ptr %s, i64 %dd, i32 12)
  br label %finish
stamp:
  br i1 %profile, label %begin_time, label %execute
begin_time:
  %startp = getelementptr i8, ptr %r, i64 104
  %seen = load atomic i64, ptr %startp seq_cst, align 8
  %unset = icmp eq i64 %seen, 0
  br i1 %unset, label %set_start, label %execute
set_start:
  %n0 = call i64 @now()
  %cx = cmpxchg ptr %startp, i64 0, i64 %n0 seq_cst seq_cst
  br label %execute
execute:
  %local = sub i64 %t, %tbegin
  %chunkp = getelementptr i8, ptr %r, i64 32
  %chunk = load i32, ptr %chunkp
  %totalp = getelementptr i8, ptr %r, i64 36
  %total = load i32, ptr %totalp
  %local32 = trunc i64 %local to i32
  %first = mul i32 %local32, %chunk
  %last0 = add i32 %first, %chunk
  %over = icmp ugt i32 %last0, %total
  %last = select i1 %over, i32 %total, i32 %last0
  call void @run(ptr %s, ptr %w, ptr %r, i64 %dd, i32 %first, i32 %last)
  br i1 %profile, label %end_time, label %finish
end_time:
  %cdonep = getelementptr i8, ptr %r, i64 96
  %cd = atomicrmw add ptr %cdonep, i64 1 seq_cst
  %cd1 = add i64 %cd, 1
  %count = sub i64 %tend, %tbegin
  %all = icmp eq i64 %cd1, %count
  br i1 %all, label %set_end, label %finish
set_end:
  %n1 = call i64 @now()
  %stopp = getelementptr i8, ptr %r, i64 112
  store i64 %n1, ptr %stopp
  br label %finish
finish:
  %wendp = getelementptr i8, ptr %r, i64 88
  %wend = load i64, ptr %wendp
  %dn = atomicrmw add ptr %donep, i64 1 seq_cst
  %dn1 = add i64 %dn, 1
  %ends = icmp eq i64 %dn1, %wend
  br i1 %ends, label %signal, label %on
signal:
  %epochp = getelementptr i8, ptr %s, i64 168
  %ep = atomicrmw add ptr %epochp, i32 1 seq_cst
  %sleepersp = getelementptr i8, ptr %s, i64 172
  %sleepers = load atomic i32, ptr %sleepersp seq_cst, align 4
  %asleep = icmp ne i32 %sleepers, 0
  br i1 %asleep, label %wake, label %on
wake:
  call void @wake(ptr %epochp, i32 2147483647)
  br label %on
on:
  br i1 %timed, label %clock, label %take
clock:
  %n2 = call i64 @now()
  %late = icmp sge i64 %n2, %deadline
  br i1 %late, label %interrupted, label %take
interrupted:
  ret i32 0
out:
  ret i32 1
}

; The caller's share: works, then waits, for at most %slice nanoseconds; 1 when all is done.
define i32 @participate(ptr %s, ptr %w, i64 %slice) {
entry:
  %ran = alloca i32
  %n = call i64 @now()
  %deadline = add i64 %n, %slice
  %r = call i32 @work(ptr %s, ptr %w, i64 %deadline, ptr %ran)
  %out = icmp eq i32 %r, 0
  br i1 %out, label %no, label %wait
wait:
  %ticketsp = getelementptr i8, ptr %s, i64 128
  %tickets = load i64, ptr %ticketsp
  %d = call i1 @await(ptr %s, i64 %tickets, i64 %deadline)
  %v = zext i1 %d to i32
  ret i32 %v
no:
  ret i32 0
}

; Puts a submission into a free slot and wakes workers; the slot, or -1 if all are taken.
define i32 @submit(ptr %p, ptr %s) {
entry:
  %sv = ptrtoint ptr %s to i64
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i1, %next ]
  %o0 = mul i64 %i, 16
  %o = add i64 %o0, 64
  %slot = getelementptr i8, ptr %p, i64 %o
  %x = cmpxchg ptr %slot, i64 0, i64 %sv seq_cst seq_cst
  %won = extractvalue { i64, i1 } %x, 1
  br i1 %won, label %placed, label %next
next:
  %i1 = add i64 %i, 1
  %more = icmp ult i64 %i1, @SLOTS@
  br i1 %more, label %loop, label %full
placed:
  %old = atomicrmw add ptr %p, i32 1 seq_cst
  %sleepersp = getelementptr i8, ptr %p, i64 8
  %sleepers = load atomic i32, ptr %sleepersp seq_cst, align 4
  %asleep = icmp ne i32 %sleepers, 0
  br i1 %asleep, label %wake, label %end
wake:
  call void @wake(ptr %p, i32 2147483647)
  br label %end
end:
  %v = trunc i64 %i to i32
  ret i32 %v
full:
  ret i32 -1
}

; Empties a slot and waits until no worker looks at its submission any more.
define void @retire(ptr %p, i32 %slot) {
entry:
  %i = zext i32 %slot to i64
  %o0 = mul i64 %i, 16
  %o = add i64 %o0, 64
  %slotp = getelementptr i8, ptr %p, i64 %o
  %usersp = getelementptr i8, ptr %slotp, i64 8
  store atomic i64 0, ptr %slotp seq_cst, align 8
  br label %loop
loop:
  %u = load atomic i64, ptr %usersp seq_cst, align 8
  %free = icmp eq i64 %u, 0
  br i1 %free, label %end, label %again
again:
  call void @relax()
  br label %loop
end:
  ret void
}

; A worker thread's whole life: until `exit` is set.
define void @worker_main(ptr %p, ptr %w) {
entry:
  %ran = alloca i32
  %exitp = getelementptr i8, ptr %p, i64 4
  %sleepersp = getelementptr i8, ptr %p, i64 8
  br label %round
round:
  %seen = load atomic i32, ptr %p seq_cst, align 4
  %ex = load atomic i32, ptr %exitp seq_cst, align 4
  %quit = icmp ne i32 %ex, 0
  br i1 %quit, label %end, label %scan_start
scan_start:
  store i32 0, ptr %ran
  br label %scan
scan:
  %i = phi i64 [ 0, %scan_start ], [ %i1, %scan_next ]
  %o0 = mul i64 %i, 16
  %o = add i64 %o0, 64
  %slotp = getelementptr i8, ptr %p, i64 %o
  %peek = load atomic i64, ptr %slotp seq_cst, align 8
  %empty = icmp eq i64 %peek, 0
  br i1 %empty, label %scan_next, label %enter
enter:
  %usersp = getelementptr i8, ptr %slotp, i64 8
  %u0 = atomicrmw add ptr %usersp, i64 1 seq_cst
  %sv = load atomic i64, ptr %slotp seq_cst, align 8
  %left = icmp eq i64 %sv, 0
  br i1 %left, label %leave, label %help
help:
  %s = inttoptr i64 %sv to ptr
  %r = call i32 @work(ptr %s, ptr %w, i64 0, ptr %ran)
  br label %leave
leave:
  %u1 = atomicrmw sub ptr %usersp, i64 1 seq_cst
  br label %scan_next
scan_next:
  %i1 = add i64 %i, 1
  %more = icmp ult i64 %i1, @SLOTS@
  br i1 %more, label %scan, label %scanned
scanned:
  %did = load i32, ptr %ran
  %busy = icmp ne i32 %did, 0
  br i1 %busy, label %round, label %spin
spin:
  %k = phi i32 [ 0, %scanned ], [ %k1, %spin_on ]
  %now = load atomic i32, ptr %p seq_cst, align 4
  %changed = icmp ne i32 %now, %seen
  br i1 %changed, label %round, label %spin_on
spin_on:
  call void @relax()
  %k1 = add i32 %k, 1
  %again = icmp ult i32 %k1, 2000
  br i1 %again, label %spin, label %sleep
sleep:
  %up = atomicrmw add ptr %sleepersp, i32 1 seq_cst
  call void @sleep(ptr %p, i32 %seen, i64 1000000000)
  %down = atomicrmw sub ptr %sleepersp, i32 1 seq_cst
  br label %round
end:
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
