// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The words of the explorer, each said once: tooltips and the help sheet show the same sentence.

export const WORDS = {
  phase: "One of the compiler's big steps, from the imported model to machine code. The IR between two phases has a fixed form.",
  pass: "One transformation of the whole program. Every bar under the phases is one; hollow bars changed nothing.",
  rewrite: "One pattern that matched some ops and replaced them. Passes are made of them; Enter walks through those of a pass.",
  stage: "The program as it is after some pass. A pane shows one stage.",
  op: "One operation of the IR, with operands, results and attributes. It keeps its number as long as it lives, so %123 is always the same op.",
  layer: "A part of your model, by the name that the framework gave it.",
  dispatch: "One launch of a kernel. Fused ops run as one dispatch and have one time.",
  executable: "A kernel's code, compiled for the target.",
  workgroup: "One piece of a dispatch that runs on one core at a time; a dispatch has as many as x × y × z.",
  roofline: "What the device could do at best with this many operations and bytes: the slower of computing and moving data.",
  ancestor: "What the selection was made from.",
  descendant: "What the selection became.",
  ghost: "The selection is not at this stage: the note says which pass and pattern removed it, or will make it.",
} as const;

export type Word = keyof typeof WORDS;
