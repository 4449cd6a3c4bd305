# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""In a real kernel: a session shows at once, answers while a cell runs, and the kernel survives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel

from tests.recording.test_session import SOURCE

SETUP = """
import time, threading
import iree_explore as ie
from iree_explore import session as module
from tests.recording.test_session import SOURCE, Script
script = Script()
module.pipeline.run = script.run
"""


class Kernel:
    """A kernel and everything it has published."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.heard: list[dict[str, Any]] = []

    def run(self, code: str, timeout_s: float = 60) -> dict[str, Any]:
        """Runs a cell to its end; returns the reply."""
        number = self.client.execute(code)
        reply = self.client.get_shell_msg(timeout=timeout_s)
        while reply["parent_header"].get("msg_id") != number:
            reply = self.client.get_shell_msg(timeout=timeout_s)
        self.listen(lambda m: m["msg_type"] == "status"
                    and m["content"]["execution_state"] == "idle"
                    and m["parent_header"].get("msg_id") == number)  # fmt: skip
        assert reply["content"]["status"] == "ok", reply["content"].get("traceback")
        return reply

    def listen(
        self, wanted: Callable[[dict[str, Any]], bool], timeout_s: float = 30
    ) -> dict[str, Any]:
        """The first message, heard already or to come, that is `wanted`."""
        for message in self.heard:
            if wanted(message):
                return message
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            message = self.client.get_iopub_msg(timeout=timeout_s)
            self.heard.append(message)
            if wanted(message):
                return message
        raise AssertionError("not heard")

    def comm(self) -> str:
        """The comm of the explorer."""
        opened = self.listen(
            lambda m: (
                m["msg_type"] == "comm_open" and "_esm" in m["content"]["data"].get("state", {})
            )
        )
        return opened["content"]["comm_id"]

    def ask(self, comm: str, number: str, method: str, subshell: str | None = None) -> None:
        content = {"id": number, "method": method, "params": {}}
        message = self.client.session.msg(
            "comm_msg", {"comm_id": comm, "data": {"method": "custom", "content": content}}
        )
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)

    def answer(self, number: str) -> dict[str, Any]:
        return self.listen(lambda m: custom(m).get("id") == number)


def custom(message: dict[str, Any]) -> dict[str, Any]:
    """The content of a custom widget message, else {}."""
    if message["msg_type"] != "comm_msg":
        return {}
    data = message["content"]["data"]
    return data.get("content", {}) if data.get("method") == "custom" else {}


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    manager, client = start_new_kernel(startup_timeout=60)
    try:
        made = Kernel(client)
        made.run(SETUP)
        yield made
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture(autouse=True)
def forget(kernel: Kernel) -> None:
    kernel.heard.clear()


def test_a_session_shows_at_once_and_fills_in(kernel: Kernel):
    kernel.run("script.gates['flow'].clear(); s = ie.explore(SOURCE); s")
    shown = kernel.listen(
        lambda m: "application/vnd.jupyter.widget-view+json" in m["content"].get("data", {})
    )
    assert "text/html" not in shown["content"]["data"]
    comm = kernel.comm()
    kernel.run("script.open(); s.wait()")
    kernel.listen(lambda m: custom(m).get("push") == "append")
    update = kernel.listen(lambda m: m["msg_type"] == "update_display_data")
    assert "&lt;unknown&gt;" not in update["content"]["data"]["text/html"]
    assert "func.func" in update["content"]["data"]["text/html"]
    state = kernel.listen(
        lambda m: (
            m["msg_type"] == "comm_msg"
            and m["content"]["comm_id"] == comm
            and ["recording"] in m["content"]["data"].get("buffer_paths", [])
        )
    )
    assert state["buffers"]


def test_a_finished_session_is_one_output(kernel: Kernel):
    kernel.run("s = ie.explore(SOURCE).wait()\ns")
    shown = kernel.listen(
        lambda m: "application/vnd.jupyter.widget-view+json" in m["content"].get("data", {})
    )
    assert "iexplore-static" in shown["content"]["data"]["text/html"]


def test_requests_after_a_cell_are_answered(kernel: Kernel):
    kernel.run("s = ie.explore(SOURCE).wait()\ns")
    kernel.ask(kernel.comm(), "a", "recording")
    assert kernel.answer("a")["buffers"]


def test_requests_are_answered_while_a_cell_runs(kernel: Kernel):
    kernel.run("script.gates['flow'].clear(); s = ie.explore(SOURCE); s")
    comm = kernel.comm()
    kernel.client.control_channel.send(kernel.client.session.msg("create_subshell_request", {}))
    reply = kernel.client.get_control_msg(timeout=30)
    subshell = reply["content"]["subshell_id"]
    begin = time.monotonic()
    kernel.client.execute("while not s.done:\n    time.sleep(0.05)")
    kernel.ask(comm, "b", "recording", subshell)
    assert kernel.answer("b")["buffers"]
    kernel.ask(comm, "c", "cancel", subshell)
    kernel.answer("c")
    kernel.listen(lambda m: custom(m).get("push") == "append"
                  and custom(m)["delta"].get("state") == "cancelled")  # fmt: skip
    assert time.monotonic() - begin < 15
    kernel.run("assert s.error.code == 'IX207'")


def test_the_kernel_survives_a_bad_model(kernel: Kernel):
    kernel.run("script.open()\nbad = ie.explore('func.func @broken('); bad")
    kernel.run("try:\n    bad.wait()\nexcept ie.Error as error:\n    print(error.code)")
    printed = kernel.listen(lambda m: m["msg_type"] == "stream")
    assert printed["content"]["text"].startswith("IX")


def test_magics_explore_cells_and_expressions(kernel: Kernel):
    kernel.run("%load_ext iree_explore")
    kernel.run("%%mlir --name cell\n" + SOURCE)
    kernel.run("%explore --name line SOURCE")
    kernel.run("assert list(cell.wait().stages) == list(line.wait().stages)")
