# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the page's evaluator is tested with is what Python computes today."""

import json

from iree_explore.shapes.expressions import parse
from tests.widgets import expression_cases


def test_the_page_is_tested_with_what_python_computes():
    data = json.loads(expression_cases.FILE.read_text(encoding="utf-8"))
    assert len(data["cases"]) == 300
    for text, sizes, value in data["cases"]:
        assert parse(text).value(dict(zip(data["names"], sizes, strict=True))) == value, text
