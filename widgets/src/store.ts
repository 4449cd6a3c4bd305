// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the front end knows of its host. One interface, hosted by anywidget (a kernel answers) and by
// a page without a kernel (whatever needs one says so).

import type { Delta } from "./recording";
import type { ProgramBytes } from "./webgpu/runner";

export interface Traits {
  view: string;
  step: number;
  compare: number;
  selection: number[];
  theme: string;
  phase: string;
  sizes: Record<string, number>;
  symbol: string;
  propagation: number;
  shown_run: number;
  pinned: number[];
}

/** What a live compilation adds to the recording. */
export interface Append {
  push: "append";
  from: number;
  delta: Delta;
}

/** How far executing op configurations got. */
export interface CoverageProgress {
  push: "coverage";
  done: number;
  total: number;
}

/** Which stage a check of the numerics looks at, and how many are done. */
export interface NumericsProgress {
  push: "numerics";
  stage: string;
  done: number;
  total: number;
}

export type Push = Append | CoverageProgress | NumericsProgress;

/** Traits that hold bytes. */
export type Bytes = "recording" | "coverage";

export class RequestError extends Error {
  constructor(
    readonly code: string,
    text: string,
  ) {
    super(text);
  }
}

export interface Store {
  /** Null while a kernel answers; else why nothing can be run here. */
  readonly offline: string | null;
  /** The host's widget manager, if it has one. */
  readonly manager: unknown;
  /** gzip JSON of the recording, or null if it must be requested. */
  recording(): Uint8Array | null;
  /** gzip JSON of the coverage of the model, or null if it was not executed. */
  coverage(): Uint8Array | null;
  get<K extends keyof Traits>(name: K): Traits[K];
  set<K extends keyof Traits>(name: K, value: Traits[K]): void;
  /** Calls back when the host changes a trait (those of bytes included); returns how to stop. */
  onChange(name: keyof Traits | Bytes, call: () => void): () => void;
  onPush(call: (push: Push) => void): () => void;
  /** Whether there is a program for the page's GPU, or a kernel that makes one. */
  readonly hasProgram: boolean;
  program(): Promise<ProgramBytes>;
  request(
    method: string,
    params: object,
    buffers?: ArrayBufferView[],
  ): Promise<{ result: unknown; buffers: ArrayBufferView[] }>;
}

export const DEFAULTS: Traits = {
  view: "explorer",
  step: -1,
  compare: -1,
  selection: [],
  theme: "auto",
  phase: "",
  sizes: {},
  symbol: "",
  propagation: -1,
  shown_run: -1,
  pinned: [],
};

/** The part of anywidget's model that is used here. */
export interface HostModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, call: (...args: never[]) => void): void;
  off(event: string, call: (...args: never[]) => void): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBufferView[]): void;
  readonly widget_manager?: unknown;
}

interface Waiting {
  resolve(answer: { result: unknown; buffers: ArrayBufferView[] }): void;
  reject(error: Error): void;
}

export class WidgetStore implements Store {
  readonly offline = null;
  readonly manager: unknown;
  readonly hasProgram = true;
  private next = 1;
  private prefix = Math.random().toString(36).slice(2);
  private waiting = new Map<string, Waiting>();
  private pushes = new Set<(push: Push) => void>();
  private saving = false;

  constructor(private model: HostModel) {
    this.manager = model.widget_manager;
    model.on("msg:custom", this.receive as never);
  }

  recording(): Uint8Array | null {
    return this.bytes("recording");
  }

  coverage(): Uint8Array | null {
    return this.bytes("coverage");
  }

  private bytes(name: Bytes): Uint8Array | null {
    const value = this.model.get(name) as DataView | Uint8Array | null;
    if (!value?.byteLength) return null;
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }

  get<K extends keyof Traits>(name: K): Traits[K] {
    return (this.model.get(name) as Traits[K] | undefined) ?? DEFAULTS[name];
  }

  /** Saved together at the end of the task, so that stepping sends one message. */
  set<K extends keyof Traits>(name: K, value: Traits[K]): void {
    if (JSON.stringify(this.model.get(name)) === JSON.stringify(value)) return;
    this.model.set(name, value);
    if (this.saving) return;
    this.saving = true;
    setTimeout(() => {
      this.saving = false;
      this.model.save_changes();
    }, 50);
  }

  onChange(name: keyof Traits | Bytes, call: () => void): () => void {
    this.model.on(`change:${name}`, call);
    return () => this.model.off(`change:${name}`, call);
  }

  onPush(call: (push: Push) => void): () => void {
    this.pushes.add(call);
    return () => this.pushes.delete(call);
  }

  async program(): Promise<ProgramBytes> {
    const { buffers } = await this.request("program", {});
    const [program, weights] = buffers.map((v) => new Uint8Array(v.buffer, v.byteOffset, v.byteLength));
    return { program, weights };
  }

  request(
    method: string,
    params: object,
    buffers: ArrayBufferView[] = [],
  ): Promise<{ result: unknown; buffers: ArrayBufferView[] }> {
    const id = `${this.prefix}-${this.next++}`;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      if (buffers.length) this.model.send({ id, method, params }, undefined, buffers);
      else this.model.send({ id, method, params });
    });
  }

  close(): void {
    this.model.off("msg:custom", this.receive as never);
    for (const { reject } of this.waiting.values()) reject(new Error("the view was closed"));
    this.waiting.clear();
  }

  private receive = (
    content: Partial<Push> & {
      id?: string;
      result?: unknown;
      error?: { code: string; text: string };
    },
    buffers: ArrayBufferView[] = [],
  ): void => {
    if (content.push) {
      for (const call of this.pushes) call(content as Push);
      return;
    }
    const waiting = this.waiting.get(content.id ?? "");
    if (!waiting) return; // the answer to another view of the same widget
    this.waiting.delete(content.id as string);
    if (content.error) waiting.reject(new RequestError(content.error.code, content.error.text));
    else waiting.resolve({ result: content.result, buffers });
  };
}

export class StaticStore implements Store {
  readonly manager = null;
  readonly offline = "this page has no kernel: open the notebook to run";
  private traits: Traits;

  constructor(
    private bytes: Uint8Array,
    traits: Partial<Traits> = {},
    private covered: Uint8Array | null = null,
    private programBytes: ProgramBytes | null = null,
  ) {
    this.traits = { ...DEFAULTS, ...traits };
  }

  get hasProgram(): boolean {
    return this.programBytes !== null;
  }

  program(): Promise<ProgramBytes> {
    return this.programBytes ? Promise.resolve(this.programBytes) : this.request();
  }

  recording(): Uint8Array {
    return this.bytes;
  }

  coverage(): Uint8Array | null {
    return this.covered;
  }

  get<K extends keyof Traits>(name: K): Traits[K] {
    return this.traits[name];
  }

  set<K extends keyof Traits>(name: K, value: Traits[K]): void {
    this.traits[name] = value;
  }

  onChange(): () => void {
    return () => undefined;
  }

  onPush(): () => void {
    return () => undefined;
  }

  request(): Promise<never> {
    return Promise.reject(new RequestError("", this.offline));
  }
}
