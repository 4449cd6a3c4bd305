# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A part that is missing skips its tests, but never in CI: there a skip is a failure.

A run in which a test process died is an error; `--finish` runs what it had not passed."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest

IN_CI = os.environ.get("CI") == "true"

# What TensorFlow's own kernels compute is compared with: those of oneDNN round otherwise.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which CI does not allow: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """Playwright, of which a process can have one at a time."""
    with pytest.importorskip("playwright.sync_api").sync_playwright() as driver:
        yield driver


PASSED = "iree_explore/passed"
"""Where pytest's cache keeps what had passed when a test process died."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--finish", action="store_true", help="what a run that died had not passed")


class LostWorkers:
    """Makes a run in which a test process died end as an internal error, not as tests that failed:
    what it had left to do was not run."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.lost = False
        self.passed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            # xdist adds "@" and the group.
            self.passed |= {report.nodeid, report.nodeid.rsplit("@", 1)[0]}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, error: object) -> None:
        self.lost = self.lost or error is not None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.lost:
            assert self.config.cache is not None
            self.config.cache.set(PASSED, sorted(self.passed))
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(LostWorkers(config))
    if getattr(config, "cache", None) is not None and not config.getoption("--finish"):
        config.cache.set(PASSED, [])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--finish"):
        return
    assert config.cache is not None
    passed = set(config.cache.get(PASSED, []))
    done = [item for item in items if item.nodeid in passed]
    items[:] = [item for item in items if item.nodeid not in passed]
    config.hook.pytest_deselected(items=done)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    report = yield
    if IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped, which CI does not allow"
    return report
