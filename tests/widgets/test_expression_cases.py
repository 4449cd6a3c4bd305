# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the page's evaluator is tested with is what Python computes today."""

from tests.widgets import expression_cases


def test_the_page_is_tested_with_what_python_computes():
    expected = expression_cases.FILE.read_text(encoding="utf-8")
    assert expected == expression_cases.text(), "python -m tests.widgets.expression_cases"
