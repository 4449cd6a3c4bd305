# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""LLVM IR of the worker loop: which workgroups are next in the graph of a submission.

`worker_loop.py` explains it. Next: `worker_threads_ir.py`, whose threads call `work`.
"""

# %s is the submission, %r one of its records, %w the worker, %p the pool; offsets as in
# `worker_loop`.
GRAPH_IR = r"""
; Of a test's worker (%w + 24: state of a generator): yields, or sleeps for microseconds, at random.
define internal void @perturb(ptr %w) {
entry:
  %jp = getelementptr i8, ptr %w, i64 24
  %j = load i64, ptr %jp
  %off = icmp eq i64 %j, 0
  br i1 %off, label %end, label %draw
draw:
  %a = shl i64 %j, 13
  %b = xor i64 %j, %a
  %c = lshr i64 %b, 7
  %d = xor i64 %b, %c
  %e = shl i64 %d, 17
  %f = xor i64 %d, %e
  store i64 %f, ptr %jp
  %kind = and i64 %f, 63
  %pause = icmp eq i64 %kind, 0
  br i1 %pause, label %nap, label %maybe
nap:
  %long = lshr i64 %f, 8
  %short = and i64 %long, 127
  %us = trunc i64 %short to i32
  %u = call i32 @usleep(i32 %us)
  br label %end
maybe:
  %give = icmp ult i64 %kind, 24
  br i1 %give, label %yield, label %end
yield:
  %y = call i32 @sched_yield()
  br label %end
end:
  ret void
}

define internal ptr @record(ptr %s, i32 %index) alwaysinline {
  %recordsp = getelementptr i8, ptr %s, i64 144
  %records = load ptr, ptr %recordsp
  %wide = zext i32 %index to i64
  %offset = mul i64 %wide, 192
  %r = getelementptr i8, ptr %records, i64 %offset
  ret ptr %r
}

; Whether every chunk of a record is taken, by the value of its counter of takers.
define internal i1 @exhausted(ptr %r, i64 %taken) alwaysinline {
  %chunksp = getelementptr i8, ptr %r, i64 24
  %chunks = load i32, ptr %chunksp
  %front = trunc i64 %taken to i32
  %high = lshr i64 %taken, 32
  %back = trunc i64 %high to i32
  %both = add i32 %front, %back
  %over = icmp uge i32 %both, %chunks
  ret i1 %over
}

; What a worker adds to a counter of takers: those with odd numbers take from the back.
define internal i64 @side(ptr %w) alwaysinline {
  %id = load i32, ptr %w
  %bit = and i32 %id, 1
  %odd = icmp ne i32 %bit, 0
  %one = select i1 %odd, i64 4294967296, i64 1
  ret i64 %one
}

; The first workgroup of the chunk that a taker got, whose counter was %taken before.
define internal i32 @first_of(ptr %r, i64 %one, i64 %taken) alwaysinline {
  %chunksp = getelementptr i8, ptr %r, i64 24
  %chunks = load i32, ptr %chunksp
  %front = trunc i64 %taken to i32
  %high = lshr i64 %taken, 32
  %back = trunc i64 %high to i32
  %last = sub i32 %chunks, 1
  %mirrored = sub i32 %last, %back
  %is_front = icmp eq i64 %one, 1
  %chunk = select i1 %is_front, i32 %front, i32 %mirrored
  %sizep = getelementptr i8, ptr %r, i64 32
  %size = load i32, ptr %sizep
  %first = mul i32 %chunk, %size
  ret i32 %first
}

; Where in the queue, from %from on, the first record is that has a chunk left; -1 if there is none.
; Records without one that lead the queue leave it.
define internal i64 @search(ptr %s, i64 %from) {
entry:
  %tailp = getelementptr i8, ptr %s, i64 8
  %readyp = getelementptr i8, ptr %s, i64 136
  %ready = load ptr, ptr %readyp
  br label %loop
loop:
  %i = phi i64 [ %from, %entry ], [ %i1, %next ]
  %tail = load atomic i64, ptr %tailp seq_cst, align 8
  %more = icmp ult i64 %i, %tail
  br i1 %more, label %look, label %no
look:
  %entryp = getelementptr i32, ptr %ready, i64 %i
  %e = load atomic i32, ptr %entryp seq_cst, align 4
  %unset = icmp eq i32 %e, 0
  br i1 %unset, label %next, label %check
check:
  %d = sub i32 %e, 1
  %r = call ptr @record(ptr %s, i32 %d)
  %takenp = getelementptr i8, ptr %r, i64 128
  %taken = load atomic i64, ptr %takenp seq_cst, align 8
  %gone = call i1 @exhausted(ptr %r, i64 %taken)
  br i1 %gone, label %drop, label %yes
drop:
  %after = add i64 %i, 1
  %is_head = cmpxchg ptr %s, i64 %i, i64 %after seq_cst seq_cst
  br label %next
next:
  %i1 = add i64 %i, 1
  br label %loop
yes:
  ret i64 %i
no:
  ret i64 -1
}

; Whether a chunk is left: of a ready record, or of one that a caller had no time for.
define internal i1 @peek(ptr %s) {
entry:
  br label %rests
rests:
  %k = phi i64 [ 0, %entry ], [ %k1, %none_there ]
  %o0 = mul i64 %k, 8
  %o = add i64 %o0, 256
  %restp = getelementptr i8, ptr %s, i64 %o
  %rest = load atomic i64, ptr %restp seq_cst, align 8
  %is_rest = icmp ne i64 %rest, 0
  br i1 %is_rest, label %yes, label %none_there
none_there:
  %k1 = add i64 %k, 1
  %others = icmp ult i64 %k1, @RESTS@
  br i1 %others, label %rests, label %queue
queue:
  %head = load atomic i64, ptr %s seq_cst, align 8
  %i = call i64 @search(ptr %s, i64 %head)
  %some = icmp sge i64 %i, 0
  ret i1 %some
yes:
  ret i1 true
}

; Puts a record at the end of the queue of ready ones.
define internal void @publish(ptr %s, i32 %d) {
  %tailp = getelementptr i8, ptr %s, i64 8
  %readyp = getelementptr i8, ptr %s, i64 136
  %ready = load ptr, ptr %readyp
  %position = atomicrmw add ptr %tailp, i64 1 seq_cst
  %entryp = getelementptr i32, ptr %ready, i64 %position
  %e = add i32 %d, 1
  store atomic i32 %e, ptr %entryp seq_cst, align 4
  ret void
}

; Says that %extra chunks wait for somebody else: wakes sleepers, one a chunk, the waiting caller
; first, but none that a worker looking for work (12 of the pool) will take anyway.
define internal void @offer(ptr %s, i32 %extra) {
entry:
  %any = icmp ne i32 %extra, 0
  br i1 %any, label %callers, label %end
callers:
  %sleepersp = getelementptr i8, ptr %s, i64 172
  %asleep = load atomic i32, ptr %sleepersp seq_cst, align 4
  %has_callers = icmp ne i32 %asleep, 0
  br i1 %has_callers, label %wake_caller, label %pool
wake_caller:
  %epochp = getelementptr i8, ptr %s, i64 168
  %old = atomicrmw add ptr %epochp, i32 1 seq_cst
  call void @wake(ptr %epochp, i32 1)
  %less = sub i32 %extra, 1
  br label %pool
pool:
  %left = phi i32 [ %extra, %callers ], [ %less, %wake_caller ]
  %pp = getelementptr i8, ptr %s, i64 200
  %p = load ptr, ptr %pp
  %alone = icmp eq ptr %p, null
  br i1 %alone, label %end, label %search
search:
  %searchingp = getelementptr i8, ptr %p, i64 12
  %searching = load atomic i32, ptr %searchingp seq_cst, align 4
  %enough = icmp uge i32 %searching, %left
  br i1 %enough, label %end, label %workers
workers:
  %need = sub i32 %left, %searching
  %idlep = getelementptr i8, ptr %p, i64 8
  %idle = load atomic i32, ptr %idlep seq_cst, align 4
  %none = icmp eq i32 %idle, 0
  br i1 %none, label %end, label %wake_workers
wake_workers:
  %was = atomicrmw add ptr %p, i32 1 seq_cst
  call void @wake(ptr %p, i32 %need)
  br label %end
end:
  ret void
}

; A worker that found work looks no longer; if it was the last to look and more is there, another
; one is woken.
define internal void @found(ptr %s, ptr %w) {
entry:
  %flagp = getelementptr i8, ptr %w, i64 4
  %flag = load i32, ptr %flagp
  %looked = icmp ne i32 %flag, 0
  br i1 %looked, label %clear, label %end
clear:
  store i32 0, ptr %flagp
  %pp = getelementptr i8, ptr %s, i64 200
  %p = load ptr, ptr %pp
  %searchingp = getelementptr i8, ptr %p, i64 12
  %old = atomicrmw sub ptr %searchingp, i32 1 seq_cst
  %last = icmp eq i32 %old, 1
  br i1 %last, label %look, label %end
look:
  %more = call i1 @peek(ptr %s)
  br i1 %more, label %another, label %end
another:
  call void @offer(ptr %s, i32 1)
  br label %end
end:
  ret void
}

; After the last chunk of record %d: successors that wait for nothing else are ready. Returns one of
; them + 1, of which this worker has taken its first chunk, or 0; if %late all are left to others.
define internal i32 @complete(ptr %s, ptr %w, i32 %d, i1 %late) {
entry:
  %r = call ptr @record(ptr %s, i32 %d)
  %beginp = getelementptr i8, ptr %r, i64 88
  %begin = load i32, ptr %beginp
  %countp = getelementptr i8, ptr %r, i64 92
  %count = load i32, ptr %countp
  %listp = getelementptr i8, ptr %s, i64 184
  %list = load ptr, ptr %listp
  %one = call i64 @side(ptr %w)
  br label %loop
loop:
  %k = phi i32 [ 0, %entry ], [ %k1, %step ]
  %next = phi i32 [ 0, %entry ], [ %next1, %step ]
  %extra = phi i32 [ 0, %entry ], [ %extra1, %step ]
  %more = icmp ult i32 %k, %count
  br i1 %more, label %look, label %done
look:
  %place = add i32 %begin, %k
  %wide = zext i32 %place to i64
  %xp = getelementptr i32, ptr %list, i64 %wide
  %x = load i32, ptr %xp
  %rx = call ptr @record(ptr %s, i32 %x)
  %pendingp = getelementptr i8, ptr %rx, i64 140
  %pending = atomicrmw sub ptr %pendingp, i32 1 seq_cst
  %is_ready = icmp eq i32 %pending, 1
  br i1 %is_ready, label %ready, label %step
ready:
  %chunksp = getelementptr i8, ptr %rx, i64 24
  %chunks = load i32, ptr %chunksp
  %has = icmp ne i32 %next, 0
  %skip = or i1 %has, %late
  br i1 %skip, label %leave, label %take
take:
  %takenp = getelementptr i8, ptr %rx, i64 128
  store atomic i64 %one, ptr %takenp seq_cst, align 8
  %mine = add i32 %x, 1
  %rest = sub i32 %chunks, 1
  %single = icmp eq i32 %rest, 0
  br i1 %single, label %step, label %share
share:
  call void @publish(ptr %s, i32 %x)
  %extra2 = add i32 %extra, %rest
  br label %step
leave:
  call void @publish(ptr %s, i32 %x)
  %extra3 = add i32 %extra, %chunks
  br label %step
step:
  %next1 = phi i32 [ %next, %look ], [ %mine, %take ], [ %mine, %share ], [ %next, %leave ]
  %extra1 = phi i32 [ %extra, %look ], [ %extra, %take ], [ %extra2, %share ], [ %extra3, %leave ]
  %k1 = add i32 %k, 1
  br label %loop
done:
  call void @offer(ptr %s, i32 %extra)
  call void @perturb(ptr %w)
  %remainingp = getelementptr i8, ptr %s, i64 64
  %remaining = atomicrmw sub ptr %remainingp, i64 1 seq_cst
  %last = icmp eq i64 %remaining, 1
  br i1 %last, label %signal, label %end
signal:
  %epochp = getelementptr i8, ptr %s, i64 168
  %ep = atomicrmw add ptr %epochp, i32 1 seq_cst
  %sleepersp = getelementptr i8, ptr %s, i64 172
  %sleepers = load atomic i32, ptr %sleepersp seq_cst, align 4
  %asleep = icmp ne i32 %sleepers, 0
  br i1 %asleep, label %wake, label %end
wake:
  call void @wake(ptr %epochp, i32 2147483647)
  br label %end
end:
  ret i32 %next
}

; Runs the chunk of record %d that %first is in, from there on, unless the submission is cancelled.
; 1 when it is done, 0 if the deadline has passed before: what is left is then in the rests.
define internal i1 @execute(ptr %s, ptr %w, i32 %d, i32 %first, i64 %deadline) {
entry:
  call void @perturb(ptr %w)
  %wide = zext i32 %d to i64
  %r = call ptr @record(ptr %s, i32 %d)
  %sizep = getelementptr i8, ptr %r, i64 32
  %size = load i32, ptr %sizep
  %totalp = getelementptr i8, ptr %r, i64 36
  %total = load i32, ptr %totalp
  %chunk = udiv i32 %first, %size
  %begin = mul i32 %chunk, %size
  %last0 = add i32 %begin, %size
  %over = icmp ugt i32 %last0, %total
  %last = select i1 %over, i32 %total, i32 %last0
  %has = call i1 @reserve(ptr %s, ptr %w)
  br i1 %has, label %begun, label %nomem
nomem:
  call void @fail(ptr %s, i64 %wide, i32 12)
  br label %done
begun:
  %start = phi i32 [ %first, %entry ], [ %stop, %taken ]
  %until = phi i64 [ %deadline, %entry ], [ 0, %taken ]
  %cancelp = getelementptr i8, ptr %s, i64 160
  %c = load atomic i32, ptr %cancelp seq_cst, align 4
  %live = icmp eq i32 %c, 0
  %some = icmp ult i32 %start, %last
  %go = and i1 %live, %some
  br i1 %go, label %stamp, label %done
stamp:
  %profilep = getelementptr i8, ptr %s, i64 164
  %profile32 = load i32, ptr %profilep
  %profile = icmp ne i32 %profile32, 0
  br i1 %profile, label %timed, label %plain
plain:
  %stop0 = call i32 @run(ptr %s, ptr %w, ptr %r, i64 %wide, i32 %start, i32 %last, i64 %until)
  br label %ran
timed:
  %spansp = getelementptr i8, ptr %s, i64 192
  %spans = load ptr, ptr %spansp
  %basep = getelementptr i8, ptr %r, i64 96
  %base = load i32, ptr %basep
  %slot = add i32 %base, %chunk
  %slot64 = zext i32 %slot to i64
  %at = mul i64 %slot64, 24
  %span = getelementptr i8, ptr %spans, i64 %at
  %endp = getelementptr i8, ptr %span, i64 8
  %whop = getelementptr i8, ptr %span, i64 16
  %id = load i32, ptr %w
  store i32 %id, ptr %whop
  %n0 = call i64 @now()
  %is_rest = icmp ne i32 %start, %begin
  %earlier = load i64, ptr %span
  %since = select i1 %is_rest, i64 %earlier, i64 %n0
  store i64 %since, ptr %span
  %stop1 = call i32 @run(ptr %s, ptr %w, ptr %r, i64 %wide, i32 %start, i32 %last, i64 %until)
  %n1 = call i64 @now()
  store i64 %n1, ptr %endp
  br label %ran
ran:
  %stop = phi i32 [ %stop0, %plain ], [ %stop1, %timed ]
  %whole = icmp uge i32 %stop, %last
  br i1 %whole, label %done, label %leave
leave:
  %d1 = add i64 %wide, 1
  %high = shl i64 %d1, 32
  %low = zext i32 %stop to i64
  %rest = or i64 %high, %low
  br label %place
place:
  %k = phi i64 [ 0, %leave ], [ %k1, %taken ]
  %o0 = mul i64 %k, 8
  %o = add i64 %o0, 256
  %restp = getelementptr i8, ptr %s, i64 %o
  %x = cmpxchg ptr %restp, i64 0, i64 %rest seq_cst seq_cst
  %won = extractvalue { i64, i1 } %x, 1
  br i1 %won, label %left, label %taken
taken:
  %k1 = add i64 %k, 1
  %others = icmp ult i64 %k1, @RESTS@
  br i1 %others, label %place, label %begun
left:
  call void @offer(ptr %s, i32 1)
  ret i1 false
done:
  call void @perturb(ptr %w)
  ret i1 true
}

; Takes what is left of a chunk that a caller had no time for; 0 if there is none.
define internal i64 @take_rest(ptr %s) {
entry:
  br label %loop
loop:
  %k = phi i64 [ 0, %entry ], [ %k1, %next ]
  %o0 = mul i64 %k, 8
  %o = add i64 %o0, 256
  %restp = getelementptr i8, ptr %s, i64 %o
  %seen = load atomic i64, ptr %restp seq_cst, align 8
  %empty = icmp eq i64 %seen, 0
  br i1 %empty, label %next, label %take
take:
  %got = atomicrmw xchg ptr %restp, i64 0 seq_cst
  %lost = icmp eq i64 %got, 0
  br i1 %lost, label %next, label %out
out:
  ret i64 %got
next:
  %k1 = add i64 %k, 1
  %more = icmp ult i64 %k1, @RESTS@
  br i1 %more, label %loop, label %none
none:
  ret i64 0
}

; Takes chunks of ready records until none is left (1) or the deadline, if not 0, has passed (0).
define internal i32 @work(ptr %s, ptr %w, i64 %deadline) {
entry:
  %readyp = getelementptr i8, ptr %s, i64 136
  %ready = load ptr, ptr %readyp
  %one = call i64 @side(ptr %w)
  %limited = icmp ne i64 %deadline, 0
  br label %take
take:
  %rest = call i64 @take_rest(ptr %s)
  %resumed = icmp ne i64 %rest, 0
  br i1 %resumed, label %resume, label %queue
resume:
  %rest_d = lshr i64 %rest, 32
  %rest_d32 = trunc i64 %rest_d to i32
  %d2 = sub i32 %rest_d32, 1
  %first2 = trunc i64 %rest to i32
  call void @found(ptr %s, ptr %w)
  br label %run
queue:
  %head = load atomic i64, ptr %s seq_cst, align 8
  br label %find
find:
  %from = phi i64 [ %head, %queue ], [ %i, %grab ]
  %i = call i64 @search(ptr %s, i64 %from)
  %none = icmp slt i64 %i, 0
  br i1 %none, label %out, label %grab
grab:
  %entryp = getelementptr i32, ptr %ready, i64 %i
  %e = load atomic i32, ptr %entryp seq_cst, align 4
  %d0 = sub i32 %e, 1
  %r0 = call ptr @record(ptr %s, i32 %d0)
  %takenp = getelementptr i8, ptr %r0, i64 128
  %taken = atomicrmw add ptr %takenp, i64 %one seq_cst
  %lost = call i1 @exhausted(ptr %r0, i64 %taken)
  br i1 %lost, label %find, label %got
got:
  %first0 = call i32 @first_of(ptr %r0, i64 %one, i64 %taken)
  call void @found(ptr %s, ptr %w)
  br label %run
run:
  %d = phi i32 [ %d0, %got ], [ %d1, %chain ], [ %d2, %resume ]
  %first = phi i32 [ %first0, %got ], [ %first1, %chain ], [ %first2, %resume ]
  %whole = call i1 @execute(ptr %s, ptr %w, i32 %d, i32 %first, i64 %deadline)
  br i1 %whole, label %ran, label %interrupted
ran:
  br i1 %limited, label %clock, label %finish
clock:
  %n = call i64 @now()
  %is_late = icmp sge i64 %n, %deadline
  br label %finish
finish:
  %late = phi i1 [ false, %ran ], [ %is_late, %clock ]
  %r = call ptr @record(ptr %s, i32 %d)
  %donep = getelementptr i8, ptr %r, i64 136
  %done = atomicrmw add ptr %donep, i32 1 seq_cst
  %done1 = add i32 %done, 1
  %chunksp = getelementptr i8, ptr %r, i64 24
  %chunks = load i32, ptr %chunksp
  %all = icmp eq i32 %done1, %chunks
  br i1 %all, label %ended, label %on
ended:
  %next = call i32 @complete(ptr %s, ptr %w, i32 %d, i1 %late)
  %has = icmp ne i32 %next, 0
  br i1 %has, label %chain, label %on
chain:
  %d1 = sub i32 %next, 1
  %r1 = call ptr @record(ptr %s, i32 %d1)
  %first1 = call i32 @first_of(ptr %r1, i64 %one, i64 0)
  br label %run
on:
  br i1 %late, label %interrupted, label %take
interrupted:
  ret i32 0
out:
  ret i32 1
}
"""
