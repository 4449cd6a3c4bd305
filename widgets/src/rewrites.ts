// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Steps between steps: after rewrite k of n of a pass is step - 1 + k / (n + 1). What the recording
// has of them joins its versions, whose births and deaths then may be such fractions.

import type { Recording, RewriteVersions, Versions } from "./recording";

const joined = new WeakSet<RewriteVersions>();

/** The step after `k` of `count` rewrites of `step`. */
export function between(step: number, k: number, count: number): number {
  return step - 1 + k / (count + 1);
}

/** How many rewrites of `step` are done at a step between; 0 at whole steps. */
export function rewritesDone(step: number, count: number): number {
  const part = step - Math.floor(step);
  return part ? Math.round(part * (count + 1)) : 0;
}

/** Lets the versions have what `rewrites` says, once each; whole steps look as they did. */
export function joinRewrites(recording: Recording): void {
  const fresh = recording.rewrites.filter((each) => !joined.has(each));
  for (const each of fresh) {
    joined.add(each);
    const { step, count } = each;
    const at = (k: number): number => (k < 0 ? step : between(step, k, count));
    const ends = new Map<number, number>();
    for (let i = 0; i < each.gone.length; i += 2) ends.set(each.gone[i], each.gone[i + 1]);
    endEarlier(recording.versions, step, ends, at);
    const { birth, death, ...others } = each.versions;
    for (const k of birth) recording.versions.birth.push(at(k));
    for (const k of death) recording.versions.death.push(at(k));
    for (const [name, values] of Object.entries(others)) {
      const into = (recording.versions as unknown as Record<string, unknown[]>)[name];
      for (const value of values) into.push(value);
    }
  }
}

/** Versions that died at `step` did so after a rewrite. */
function endEarlier(versions: Versions, step: number, ends: Map<number, number>, at: (k: number) => number): void {
  const { op, birth, death } = versions;
  for (let i = 0; i < op.length; i++) {
    const k = ends.get(op[i]);
    if (k !== undefined && death[i] === step && birth[i] < step && Number.isInteger(birth[i])) death[i] = at(k);
  }
}
