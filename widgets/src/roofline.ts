// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which share of the machine's roofline a dispatch reached; the rules of recording/roofline.py.

import type { Roofline, Run, RunDispatch } from "./recording";

/** A measured dispatch in the roofline's terms; NaN is what is not known. */
export interface Rates {
  /** Operations a second, bytes a second, operations a byte. */
  flops: number;
  bytes: number;
  intensity: number;
  /** Part of the roofline: 1 is all there is. */
  share: number;
  /** What bounds it. */
  bound: "arithmetic" | "memory" | "";
}

/** Operations a second at best, for arithmetic in `element`; NaN where no peak was measured. */
export function peakFlops(roofline: Roofline, element: string): number {
  if (!/^[fb]/.test(element)) return Number.NaN;
  return element === "f64" ? roofline.flops64 : roofline.flops32;
}

/** Bytes a second that copies of a working set of `bytes` move. */
export function copyRate(roofline: Roofline, bytes: number): number {
  const { copies } = roofline;
  for (let i = 0; i < copies.length; i += 2) if (bytes <= copies[i]) return copies[i + 1];
  return copies[copies.length - 1];
}

export function rates(run: Run, dispatch: RunDispatch, medianNs: number): Rates {
  const flops = dispatch.flops ?? -1; // older recordings have none
  const bytes = dispatch.nbytes ?? -1;
  const { roofline } = run;
  const seconds = medianNs / 1e9;
  const found: Rates = {
    flops: flops > 0 ? flops / seconds : Number.NaN,
    bytes: bytes > 0 ? bytes / seconds : Number.NaN,
    intensity: flops > 0 && bytes > 0 ? flops / bytes : Number.NaN,
    share: Number.NaN,
    bound: "",
  };
  if (!roofline || !(seconds > 0)) return found;
  const computing = flops > 0 ? flops / peakFlops(roofline, dispatch.element ?? "") : Number.NaN;
  const moving = bytes > 0 ? bytes / copyRate(roofline, bytes) : Number.NaN;
  const least = Math.max(computing || 0, moving || 0);
  if (least > 0) {
    found.share = least / seconds;
    found.bound = (computing || 0) >= (moving || 0) ? "arithmetic" : "memory";
  }
  return found;
}

/** "78.5": rates in units of 1e9 a second; "–" if not known. */
export function giga(rate: number): string {
  if (!Number.isFinite(rate)) return "–";
  const value = rate / 1e9;
  return value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toPrecision(2);
}

/** "66 %"; "–" if not known. */
export function shareText(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %` : "–";
}

/** A sentence on what bounds a dispatch and what the machine does at best. */
export function explain(run: Run, dispatch: RunDispatch, found: Rates): string {
  const { roofline } = run;
  if (!roofline) return "no peak was measured for this device";
  if (!found.bound) return "work not known: the sizes or the operations are only known to the call";
  const threads = `${roofline.threads} thread${roofline.threads === 1 ? "" : "s"}`;
  const best =
    found.bound === "arithmetic"
      ? `${giga(peakFlops(roofline, dispatch.element ?? ""))} GFLOP/s in ${dispatch.element === "f64" ? "f64" : "f32"}`
      : `copies of as many bytes: ${giga(copyRate(roofline, dispatch.nbytes ?? -1))} GB/s`;
  const above = found.share > 1 ? "; above it: the machine was busier when the peak was measured, or caches hold more than the copy's" : "";
  return `bound by ${found.bound}: at best ${best} with ${threads}, measured ${roofline.measured}${above}`;
}
