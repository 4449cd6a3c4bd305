# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compile workers: parallel, cancellable, replaced when they die; results cached by content."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from iree_explore.errors import InternalError
from iree_explore.targets.llvm_cpu import cache, loader
from iree_explore.targets.llvm_cpu.compile_pool import CompilePool, ObjectOptions
from iree_explore.targets.llvm_cpu.cpu_info import host

GOOD = "define i32 @kernel_0(ptr %a, ptr %b, ptr %c) { ret i32 7 }\n"


@pytest.fixture
def pool():
    made = CompilePool(2)
    yield made
    made.close()


def options(**fields) -> ObjectOptions:
    return ObjectOptions(host(), **fields)


def slow_kernel(number: int, steps: int = 1500) -> str:
    """LLVM needs seconds for it."""
    body = "\n".join(
        f"  %a{i} = load double, ptr %p{i}\n  %b{i} = fmul double %a{i}, {i}.5\n"
        f"  %p{i + 1} = getelementptr double, ptr %p{i}, i64 {i % 7 + 1}\n"
        f"  store double %b{i}, ptr %p{i + 1}"
        for i in range(steps)
    )
    return f"define i32 @kernel_0(ptr %p0) {{\n{body}\n  ret i32 {number}\n}}\n"


def test_results_come_back_to_their_futures(pool: CompilePool) -> None:
    texts = [GOOD.replace("7", str(i)) for i in range(20)]
    futures = [pool.submit(text, options()) for text in texts]
    codes = [f.result(timeout=60).code for f in futures]
    assert len(set(codes)) == 20


def test_text_that_llvm_rejects_is_an_error_with_a_reproducer(pool: CompilePool) -> None:
    future = pool.submit("define i32 @f() { ret i64 0 }", options())
    with pytest.raises(InternalError, match="IX206") as raised:
        future.result(timeout=60)
    path = Path(str(raised.value.reproduce).split()[2])
    assert "ret i64 0" in path.read_text()
    assert pool.submit(GOOD, options()).result(timeout=60).code


def test_calls_out_of_the_object_are_refused(pool: CompilePool) -> None:
    text = "declare double @sin(double)\ndefine double @f(double %x) {\n" \
        "  %y = call double @sin(double %x)\n  ret double %y\n}\n"  # fmt: skip
    with pytest.raises(InternalError, match="does not define: sin"):
        pool.submit(text, options()).result(timeout=60)


def test_input_that_ends_the_worker_is_an_error_with_a_reproducer(pool: CompilePool) -> None:
    call = 'call void asm sideeffect "no_such_instruction", ""()'
    fatal = f"define void @f() {{\n  {call}\n  ret void\n}}\n"
    with pytest.raises(InternalError, match=r"IX206(.|\n)*worker ended") as raised:
        pool.submit(fatal, options()).result(timeout=60)
    assert "no_such_instruction" in Path(str(raised.value.reproduce).split()[2]).read_text()
    assert pool.submit(GOOD, options()).result(timeout=60).code


def test_workers_ended_from_outside_are_replaced(pool: CompilePool) -> None:
    running = pool.submit(slow_kernel(0), options())
    while not running.running():
        time.sleep(0.01)
    time.sleep(0.2)
    for worker in list(pool._workers):
        worker.process.terminate()
    futures = [pool.submit(GOOD.replace("7", str(i)), options()) for i in range(6)]
    assert all(f.exception(timeout=60) is None for f in [running, *futures])


def test_kill_stops_running_requests_and_the_pool_goes_on(pool: CompilePool) -> None:
    futures = [pool.submit(slow_kernel(i), options()) for i in range(4)]
    while not futures[0].running():
        time.sleep(0.01)
    begin = time.monotonic()
    pool.kill()
    for future in futures:
        assert future.cancelled() or "IX207" in str(future.exception(timeout=10))
    assert time.monotonic() - begin < 2
    assert pool.submit(GOOD, options()).result(timeout=60).code


def test_second_time_comes_from_the_cache(pool: CompilePool) -> None:
    first = pool.submit(GOOD, options()).result(timeout=60)
    second = pool.submit(GOOD, options()).result(timeout=60)
    assert not first.cached and second.cached and first.code == second.code
    with_text = pool.submit(GOOD, options(assembly=True)).result(timeout=60)
    assert not with_text.cached and "kernel_0" in with_text.assembly
    assert pool.submit(GOOD, options(assembly=True)).result(timeout=60).cached


def test_damaged_cache_entries_are_compiled_again(pool: CompilePool, tmp_path: Path) -> None:
    good = pool.submit(GOOD, options()).result(timeout=60)
    (entry,) = (tmp_path / "objects").glob("*/*")
    for damage in (b"", entry.read_bytes()[:-1], b"x" * 200):
        entry.write_bytes(damage)
        again = pool.submit(GOOD, options()).result(timeout=60)
        assert not again.cached and again.code == good.code


def test_cache_keeps_the_recently_used(tmp_path: Path) -> None:
    keys = [f"{i:02x}" + "0" * 62 for i in range(6)]
    for i, key in enumerate(keys):
        cache.write(key, bytes(1000))
        path = tmp_path / "objects" / key[:2] / key[2:]
        os.utime(path, (i, i))
    cache.read(keys[0])
    cache.trim(limit_bytes=3500)
    left = [key for key in keys if cache.read(key) is not None]
    assert left == [keys[0], keys[4], keys[5]]


def test_one_write_in_256_has_the_cache_trimmed_without_waiting(monkeypatch) -> None:
    monkeypatch.setattr(cache, "LIMIT_BYTES", 1000)
    keys = [f"{i:02x}" + "1" * 62 for i in (1, 2, 0)]
    for key in keys[:2]:
        cache.write(key, bytes(700))
    assert all(cache.read(key) for key in keys[:2])
    cache.write(keys[2], bytes(700))
    end = time.monotonic() + 20
    while sum(cache.read(key) is not None for key in keys) > 1:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_workers_are_started_as_kernels_wait_for_them(pool: CompilePool) -> None:
    assert not pool._threads
    for number in range(3):
        pool.submit(GOOD.replace("7", str(number)), options()).result(timeout=60)
        assert len(pool._threads) == 1
    for future in [pool.submit(slow_kernel(i, 300), options()) for i in range(3)]:
        future.result(timeout=60)
    assert len(pool._threads) == pool.size == 2


def test_a_worker_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    code = textwrap.dedent(f"""
        import os, subprocess
        from iree_explore.targets.llvm_cpu import compile_pool
        from iree_explore.targets.llvm_cpu.cpu_info import host
        pool = compile_pool.CompilePool(1)
        options = compile_pool.ObjectOptions(host(), use_cache=False)
        assert pool.submit({GOOD!r}, options).result(timeout=60).code
        (worker,) = pool._workers
        holder = subprocess.Popen(  # keeps the worker's input open
            ["sleep", "60"], pass_fds=[worker.process.stdin.fileno()], stdout=subprocess.DEVNULL
        )
        print(worker.process.pid, holder.pid, flush=True)
        os._exit(0)
        """)
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, timeout=60, check=True,
        cwd=Path(__file__).parents[3],
    )  # fmt: skip
    worker, holder = map(int, done.stdout.split())
    try:
        end = time.monotonic() + 15
        while _runs(worker):
            assert time.monotonic() < end
            time.sleep(0.1)
        assert _runs(holder)
    finally:
        os.kill(holder, signal.SIGKILL)


def _runs(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2][:3]
    except OSError:
        return False


def test_an_unwritable_cache_is_no_cache(pool: CompilePool, monkeypatch, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("IREE_EXPLORE_CACHE_DIR", str(blocked))
    assert pool.submit(GOOD, options()).result(timeout=60).code


def test_sixty_objects_load_in_half_a_second(pool: CompilePool) -> None:
    code = pool.submit(GOOD, options()).result(timeout=60).code
    begin = time.monotonic()
    objects = [loader.load(code) for _ in range(60)]
    addresses = {o.address("kernel_0") for o in objects}
    assert time.monotonic() - begin < 0.5
    assert len(addresses) == 60


def test_a_file_that_is_no_object_does_not_load() -> None:
    with pytest.raises(InternalError, match="IX206"):
        loader.load(b"not an object file").address("kernel_0")


def test_works_from_a_script_without_a_main_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(f"""
        print("once")
        from iree_explore.targets.llvm_cpu import compile_pool
        from iree_explore.targets.llvm_cpu.cpu_info import host
        made = compile_pool.shared().submit({GOOD!r}, compile_pool.ObjectOptions(host()))
        assert made.result(timeout=60).code
        """)
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60,
        env={"PYTHONPATH": str(root), "IREE_EXPLORE_CACHE_DIR": str(tmp_path), "PATH": "/usr/bin"},
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "once\n"
