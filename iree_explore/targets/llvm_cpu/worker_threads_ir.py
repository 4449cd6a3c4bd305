# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""LLVM IR of the worker loop: submissions start, threads look for them, callers take part and wait.

`worker_loop.py` explains it.
"""

# %s is the submission, %r one of its records, %w the worker, %p the pool; offsets as in
# `worker_loop`.
THREADS_IR = r"""
; Prepares a submission to run and, with a pool, puts it into a free slot and offers its first work
; to the threads. Returns the slot, or -1 if there is no pool or all are taken.
define i32 @start(ptr %s, ptr %p) {
entry:
  call void @resolve(ptr %s)
  %errorp = getelementptr i8, ptr %s, i64 152
  store i64 0, ptr %errorp
  %cancelp = getelementptr i8, ptr %s, i64 160
  store i32 0, ptr %cancelp
  %poolp = getelementptr i8, ptr %s, i64 200
  store ptr null, ptr %poolp
  %countp = getelementptr i8, ptr %s, i64 128
  %count = load i64, ptr %countp
  %remainingp = getelementptr i8, ptr %s, i64 64
  store i64 %count, ptr %remainingp
  %readyp = getelementptr i8, ptr %s, i64 136
  %ready = load ptr, ptr %readyp
  %tailp = getelementptr i8, ptr %s, i64 8
  store i64 0, ptr %s
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i1, %next ]
  %tail = phi i64 [ 0, %entry ], [ %tail1, %next ]
  %work = phi i32 [ 0, %entry ], [ %work1, %next ]
  %more = icmp ult i64 %i, %count
  br i1 %more, label %reset, label %placing
reset:
  %d = trunc i64 %i to i32
  %r = call ptr @record(ptr %s, i32 %d)
  %takenp = getelementptr i8, ptr %r, i64 128
  store i64 0, ptr %takenp
  %donep = getelementptr i8, ptr %r, i64 136
  store i32 0, ptr %donep
  %beforep = getelementptr i8, ptr %r, i64 28
  %before = load i32, ptr %beforep
  %pendingp = getelementptr i8, ptr %r, i64 140
  store i32 %before, ptr %pendingp
  %clearp = getelementptr i32, ptr %ready, i64 %i
  store i32 0, ptr %clearp
  %root = icmp eq i32 %before, 0
  br i1 %root, label %push, label %next
push:
  %entryp = getelementptr i32, ptr %ready, i64 %tail
  %e = add i32 %d, 1
  store i32 %e, ptr %entryp
  %tail2 = add i64 %tail, 1
  %chunksp = getelementptr i8, ptr %r, i64 24
  %chunks = load i32, ptr %chunksp
  %work2 = add i32 %work, %chunks
  br label %next
next:
  %tail1 = phi i64 [ %tail, %reset ], [ %tail2, %push ]
  %work1 = phi i32 [ %work, %reset ], [ %work2, %push ]
  %i1 = add i64 %i, 1
  br label %loop
placing:
  store atomic i64 %tail, ptr %tailp seq_cst, align 8
  %alone = icmp eq ptr %p, null
  br i1 %alone, label %none, label %slots
slots:
  %sv = ptrtoint ptr %s to i64
  store ptr %p, ptr %poolp
  br label %try
try:
  %k = phi i64 [ 0, %slots ], [ %k1, %taken ]
  %o0 = mul i64 %k, 16
  %o = add i64 %o0, 64
  %slot = getelementptr i8, ptr %p, i64 %o
  %x = cmpxchg ptr %slot, i64 0, i64 %sv seq_cst seq_cst
  %won = extractvalue { i64, i1 } %x, 1
  br i1 %won, label %placed, label %taken
taken:
  %k1 = add i64 %k, 1
  %others = icmp ult i64 %k1, @SLOTS@
  br i1 %others, label %try, label %full
placed:
  %usedp = getelementptr i8, ptr %p, i64 24
  %k2 = add i64 %k, 1
  %most = atomicrmw umax ptr %usedp, i64 %k2 seq_cst
  %v = trunc i64 %k to i32
  %idle = icmp eq i32 %work, 0
  br i1 %idle, label %end, label %tell
tell:
  %extra = sub i32 %work, 1
  call void @offer(ptr %s, i32 %extra)
  br label %end
end:
  ret i32 %v
full:
  store ptr null, ptr %poolp
  br label %none
none:
  ret i32 -1
}

; The caller's share: works, then waits, for at most %slice nanoseconds; 1 when all is done.
define i32 @participate(ptr %s, ptr %w, i64 %slice) {
entry:
  %n = call i64 @now()
  %deadline = add i64 %n, %slice
  %remainingp = getelementptr i8, ptr %s, i64 64
  %epochp = getelementptr i8, ptr %s, i64 168
  %sleepersp = getelementptr i8, ptr %s, i64 172
  br label %help
help:
  %r = call i32 @work(ptr %s, ptr %w, i64 %deadline)
  br label %spin
spin:
  %k = phi i32 [ 0, %help ], [ %k1, %relaxed ]
  %remaining = load atomic i64, ptr %remainingp seq_cst, align 8
  %done = icmp eq i64 %remaining, 0
  br i1 %done, label %yes, label %running
running:
  %interrupted = icmp eq i32 %r, 0
  br i1 %interrupted, label %no, label %look
look:
  %some = call i1 @peek(ptr %s)
  br i1 %some, label %help, label %relaxed
relaxed:
  call void @relax()
  call void @relax()
  call void @relax()
  call void @relax()
  %k1 = add i32 %k, 1
  %again = icmp ult i32 %k1, 200
  br i1 %again, label %spin, label %sleep
sleep:
  %up = atomicrmw add ptr %sleepersp, i32 1 seq_cst
  call void @perturb(ptr %w)
  %e = load atomic i32, ptr %epochp seq_cst, align 4
  %remaining2 = load atomic i64, ptr %remainingp seq_cst, align 8
  %done2 = icmp eq i64 %remaining2, 0
  %some2 = call i1 @peek(ptr %s)
  %stay = or i1 %done2, %some2
  br i1 %stay, label %awake, label %really
really:
  %n1 = call i64 @now()
  %left = sub i64 %deadline, %n1
  %time = icmp sgt i64 %left, 0
  br i1 %time, label %nap, label %awake
nap:
  call void @sleep(ptr %epochp, i32 %e, i64 %left)
  br label %awake
awake:
  %down = atomicrmw sub ptr %sleepersp, i32 1 seq_cst
  %n2 = call i64 @now()
  %over = icmp sge i64 %n2, %deadline
  br i1 %over, label %check, label %help
check:
  %remaining3 = load atomic i64, ptr %remainingp seq_cst, align 8
  %done3 = icmp eq i64 %remaining3, 0
  br i1 %done3, label %yes, label %no
yes:
  ret i32 1
no:
  ret i32 0
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
  %k = phi i32 [ 0, %entry ], [ %k2, %again ]
  %u = load atomic i64, ptr %usersp seq_cst, align 8
  %free = icmp eq i64 %u, 0
  br i1 %free, label %end, label %wait
wait:
  call void @relax()
  %k1 = add i32 %k, 1
  %long = icmp ugt i32 %k1, 1000
  br i1 %long, label %give, label %again
give:
  %y = call i32 @sched_yield()
  br label %again
again:
  %k2 = phi i32 [ %k1, %wait ], [ 0, %give ]
  br label %loop
end:
  ret void
}

; Ends the threads of a pool.
define void @stop(ptr %p) {
  %exitp = getelementptr i8, ptr %p, i64 4
  store atomic i32 1, ptr %exitp seq_cst, align 4
  %old = atomicrmw add ptr %p, i32 1 seq_cst
  call void @wake(ptr %p, i32 2147483647)
  ret void
}

; Looks into every slot in use: works there, or (if %w is null) only says whether there is work.
define internal i1 @scan(ptr %p, ptr %w) {
entry:
  %usedp = getelementptr i8, ptr %p, i64 24
  %used = load atomic i64, ptr %usedp seq_cst, align 8
  %only_look = icmp eq ptr %w, null
  %empty_pool = icmp eq i64 %used, 0
  br i1 %empty_pool, label %end, label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i1, %next ]
  %any = phi i1 [ false, %entry ], [ %any1, %next ]
  %o0 = mul i64 %i, 16
  %o = add i64 %o0, 64
  %slotp = getelementptr i8, ptr %p, i64 %o
  %peeked = load atomic i64, ptr %slotp seq_cst, align 8
  %empty = icmp eq i64 %peeked, 0
  br i1 %empty, label %next, label %enter
enter:
  %usersp = getelementptr i8, ptr %slotp, i64 8
  %u0 = atomicrmw add ptr %usersp, i64 1 seq_cst
  %sv = load atomic i64, ptr %slotp seq_cst, align 8
  %gone = icmp eq i64 %sv, 0
  br i1 %gone, label %leave, label %look
look:
  %s = inttoptr i64 %sv to ptr
  %there = call i1 @peek(ptr %s)
  %help = xor i1 %only_look, true
  %go = and i1 %there, %help
  br i1 %go, label %work, label %leave
work:
  %r = call i32 @work(ptr %s, ptr %w, i64 0)
  br label %leave
leave:
  %has = phi i1 [ false, %enter ], [ %there, %look ], [ true, %work ]
  %u1 = atomicrmw sub ptr %usersp, i64 1 seq_cst
  br label %next
next:
  %has1 = phi i1 [ false, %loop ], [ %has, %leave ]
  %any1 = or i1 %any, %has1
  %i1 = add i64 %i, 1
  %more = icmp ult i64 %i1, %used
  br i1 %more, label %loop, label %end
end:
  %found = phi i1 [ false, %entry ], [ %any1, %next ]
  ret i1 %found
}

; A worker thread's whole life: until `exit` is set.
define void @worker_main(ptr %p, ptr %w) {
entry:
  %exitp = getelementptr i8, ptr %p, i64 4
  %sleepersp = getelementptr i8, ptr %p, i64 8
  %searchingp = getelementptr i8, ptr %p, i64 12
  %spinp = getelementptr i8, ptr %p, i64 16
  %spin_ns = load i64, ptr %spinp
  %flagp = getelementptr i8, ptr %w, i64 4
  br label %round
round:
  %flag = load i32, ptr %flagp
  %looking = icmp ne i32 %flag, 0
  br i1 %looking, label %begin, label %join
join:
  store i32 1, ptr %flagp
  %in = atomicrmw add ptr %searchingp, i32 1 seq_cst
  br label %begin
begin:
  %n0 = call i64 @now()
  %until = add i64 %n0, %spin_ns
  br label %search
search:
  %ex = load atomic i32, ptr %exitp seq_cst, align 4
  %quit = icmp ne i32 %ex, 0
  br i1 %quit, label %end, label %try
try:
  %found = call i1 @scan(ptr %p, ptr %w)
  br i1 %found, label %round, label %idle
idle:
  call void @perturb(ptr %w)
  call void @relax()
  call void @relax()
  call void @relax()
  call void @relax()
  %n1 = call i64 @now()
  %on = icmp slt i64 %n1, %until
  br i1 %on, label %search, label %tired
tired:
  %up = atomicrmw add ptr %sleepersp, i32 1 seq_cst
  store i32 0, ptr %flagp
  %out = atomicrmw sub ptr %searchingp, i32 1 seq_cst
  call void @perturb(ptr %w)
  %seen = load atomic i32, ptr %p seq_cst, align 4
  %ex2 = load atomic i32, ptr %exitp seq_cst, align 4
  %quit2 = icmp ne i32 %ex2, 0
  br i1 %quit2, label %awake, label %last_look
last_look:
  %there = call i1 @scan(ptr %p, ptr null)
  br i1 %there, label %awake, label %really
really:
  call void @sleep(ptr %p, i32 %seen, i64 1000000000)
  br label %awake
awake:
  %down = atomicrmw sub ptr %sleepersp, i32 1 seq_cst
  br label %round
end:
  ret void
}
"""
