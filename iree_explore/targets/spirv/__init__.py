# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The `spirv` dialect and everything that turns it into bytes and back, shared by all GPU targets.

One table says what each instruction is (`table.py`; a family of rows a file `rows_*.py`): name,
opcode, operands, result rule, capability. From it come the dialect's op classes (`dialect.py`), its
verifiers (`rules.py`), the serializer and deserializer (`serialize.py`, `deserialize.py`) and the
disassembly (`disassemble.py`). `capabilities.py` deduces what a module requires of a device,
`profiles.py` says what the portable and the native profile allow. Start at `build.py`, which makes
a kernel.
"""
