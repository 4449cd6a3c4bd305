# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The difference between two steps by op identity: renumbered values never show as changes."""

from __future__ import annotations

from dataclasses import dataclass

from iree_explore.recording import order
from iree_explore.recording.model import Recording


@dataclass(frozen=True)
class Diff:
    """Op ids by what happened to them between two steps, each tuple ascending.

    `modified` has another text, operands or types; `moved` the same text in another place.
    """

    created: tuple[int, ...]
    deleted: tuple[int, ...]
    modified: tuple[int, ...]
    moved: tuple[int, ...]
    unchanged: tuple[int, ...]

    def __bool__(self) -> bool:
        return bool(self.created or self.deleted or self.modified or self.moved)


def diff(recording: Recording, before: int, after: int) -> Diff:
    """What changed from step `before` to step `after` (negative: from the end)."""
    old, new = recording.alive(before), recording.alive(after)
    v = recording.versions
    same: list[int] = []
    modified: list[int] = []
    moved: list[int] = []
    for op in sorted(old.keys() & new.keys()):
        a, b = old[op], new[op]
        if a == b:
            same.append(op)
        elif (v.text[a], v.operands[a], v.types[a], v.name[a]) != (
            v.text[b], v.operands[b], v.types[b], v.name[b],
        ):  # fmt: skip
            modified.append(op)
        else:
            moved.append(op)
    stayed = _rekeyed(recording, old, new, moved)
    return Diff(
        tuple(sorted(new.keys() - old.keys())),
        tuple(sorted(old.keys() - new.keys())),
        tuple(modified),
        tuple(op for op in moved if op not in stayed),
        tuple(sorted([*same, *stayed])),
    )


def _rekeyed(
    recording: Recording, old: dict[int, int], new: dict[int, int], moved: list[int]
) -> set[int]:
    """Ops whose sort key changed although their order among their neighbours did not."""
    v = recording.versions
    groups: dict[tuple[int, int, int], list[int]] = {}
    for op in moved:
        a, b = old[op], new[op]
        place = (v.parent[b], v.region[b], v.block[b])
        if (v.parent[a], v.region[a], v.block[a]) == place:
            groups.setdefault(place, [])
    if not groups:
        return set()
    for op, b in new.items():
        place = (v.parent[b], v.region[b], v.block[b])
        if place in groups and op in old:
            a = old[op]
            if (v.parent[a], v.region[a], v.block[a]) == place:
                groups[place].append(op)
    stayed: set[int] = set()
    for members in groups.values():
        members.sort(key=lambda op: v.order[new[op]])
        keep = order.longest_ascending([v.order[old[op]] for op in members])
        stayed.update(members[i] for i in keep)
    return stayed & set(moved)
