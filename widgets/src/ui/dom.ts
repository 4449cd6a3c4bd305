// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Small helpers to build DOM; text always goes in as text, never as markup.

type Child = Node | string | number | null | undefined | false;

interface Props {
  class?: string;
  title?: string;
  style?: string;
  data?: Record<string, string | number>;
  on?: Record<string, (event: never) => void>;
  [attribute: string]: unknown;
}

/** `h("button", { class: "primary", "aria-pressed": "true", on: { click } }, "Run")` */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") {
      for (const [event, call] of Object.entries(value as Required<Props>["on"])) {
        element.addEventListener(event, call as EventListener);
      }
    } else if (name === "data") {
      for (const [key, text] of Object.entries(value as object)) element.dataset[key] = `${text}`;
    } else if (value === true) element.setAttribute(name, "");
    else element.setAttribute(name, String(value));
  }
  put(element, ...children);
  return element;
}

export function put(element: Element, ...children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

export function replace(element: Element, ...children: Child[]): void {
  element.replaceChildren();
  put(element, ...children);
}

/** Words of documentation: what is between backticks is code. */
export function prose(text: string): (string | HTMLElement)[] {
  return text.split("`").map((part, i) => (i % 2 ? h("code", { class: "iex-word-code" }, part) : part));
}

/** An inline icon from path data on a 16×16 grid, invisible to screen readers. */
export function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("iex-icon");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

export const ICONS = {
  search: "M6.800 2a4.800 4.800 0 1 0 2.900 8.600l3.300 3.300 1-1-3.300-3.300A4.800 4.800 0 0 0 6.800 2zm0 1.400a3.400 3.400 0 1 1 0 6.800 3.400 3.400 0 0 1 0-6.800z",
  help: "M8 1.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zm0 1.300a5.200 5.200 0 1 1 0 10.400A5.200 5.200 0 0 1 8 2.800zM8 4.400c-1.500 0-2.500.900-2.500 2.200h1.300c0-.700.500-1.100 1.200-1.100s1.100.400 1.100 1c0 .500-.300.800-.900 1.200-.700.500-.900.900-.900 1.700h1.300c0-.500.200-.700.800-1.100.700-.500 1.100-1.100 1.100-1.900 0-1.200-1-2-2.400-2zM7.200 10.200h1.500v1.500H7.200z",
  previous: "M11 2.5v11L4 8z",
  next: "M5 2.5v11L12 8z",
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
  run: "M4 2.5v11l9.5-5.5z",
  close: "M3.5 2.8 8 7.3l4.5-4.5.7.7L8.7 8l4.5 4.5-.7.7L8 8.7l-4.5 4.5-.7-.7L7.3 8 2.8 3.5z",
  plus: "M7.3 3h1.4v4.3H13v1.4H8.7V13H7.3V8.7H3V7.3h4.3z",
  minus: "M3 7.3h10v1.4H3z",
  fit: "M2 2h4v1.5H3.5V6H2zM10 2h4v4h-1.5V3.500H10zM2 10h1.500v2.500H6V14H2zM12.500 10H14v4h-4v-1.500h2.500z",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM7.400 1h1.200v2.400H7.400zM7.400 12.600h1.200V15H7.400zM1 7.400h2.400v1.200H1zM12.600 7.400H15v1.200h-2.400zM2.600 3.500l.900-.900 1.700 1.700-.900.900zM10.800 11.700l.900-.900 1.700 1.700-.900.900zM2.600 12.500l1.700-1.700.900.900-1.700 1.700zM10.800 4.300l1.700-1.700.900.900-1.700 1.700z",
  moon: "M6.200 1.600A6.500 6.500 0 1 0 14.400 9.800 5.200 5.200 0 0 1 6.200 1.600z",
};

/** "1.23 ms", "45 µs": three digits are enough to compare. */
export function duration(ns: number): string {
  if (!Number.isFinite(ns)) return "–";
  if (ns < 1e3) return `${Math.round(ns)} ns`;
  if (ns < 1e6) return `${digits(ns / 1e3)} µs`;
  if (ns < 1e9) return `${digits(ns / 1e6)} ms`;
  return `${digits(ns / 1e9)} s`;
}

function digits(value: number): string {
  return value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear interpolation between the two nearest ranks. */
export function quantile(values: readonly number[], q: number): number {
  if (!values.length) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

export function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

let serial = 0;

/** An id that is unique on the page, for labels. */
export function uid(prefix: string): string {
  return `${prefix}-${++serial}`;
}
