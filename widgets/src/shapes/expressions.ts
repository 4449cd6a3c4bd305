// Copyright 2026 The iree_explore Authors
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes as text: `batch`, `2*h + 1`, `ceildiv(w, 2)`. The syntax of iree_explore/shapes/expressions.py,
// parsed, printed and compiled to closures, so that a slider evaluates thousands of them in a frame.
// The text comes in its normal form from Python; nothing is simplified here.

export type Expression =
  | { kind: "number"; value: number }
  | { kind: "symbol"; name: string }
  | { kind: "call"; name: string; arguments: Expression[] }
  | { kind: "sum"; terms: Expression[] }
  | { kind: "product"; factors: Expression[] }
  | { kind: "minus"; of: Expression };

/** Sizes of symbols by slot; NaN: not known. */
export type Sizes = Float64Array;
export type Evaluate = (sizes: Sizes) => number;

/** How many arguments a function takes; -1: one or more. */
const FUNCTIONS: Record<string, number> = {
  floordiv: 2,
  ceildiv: 2,
  mod: 2,
  max: -1,
  min: -1,
  broadcast: -1,
};
const TOKEN = /\s*(?:(\d+)|([A-Za-z_][\w.$]*)|([-+*(),]))/y;
const DEEPEST = 100;

/** Throws for what is no size. */
export function parse(text: string): Expression {
  const parser = new Parser(text);
  const found = parser.sum();
  parser.end();
  return found;
}

class Parser {
  private tokens: string[] = [];
  private at = 0;
  private depth = 0;

  constructor(private text: string) {
    TOKEN.lastIndex = 0;
    const end = text.trimEnd().length;
    while (TOKEN.lastIndex < end) {
      const found = TOKEN.exec(text);
      if (!found) throw this.bad();
      this.tokens.push(found[0].trim());
    }
  }

  end(): void {
    if (this.at < this.tokens.length) throw this.bad();
  }

  sum(): Expression {
    if (++this.depth > DEEPEST) throw this.bad();
    const terms = [this.term(this.accept("-"))];
    for (;;) {
      if (this.accept("+")) terms.push(this.term(false));
      else if (this.accept("-")) terms.push(this.term(true));
      else break;
    }
    this.depth--;
    return terms.length === 1 ? terms[0] : { kind: "sum", terms };
  }

  private term(negative: boolean): Expression {
    const factors = [this.factor()];
    while (this.accept("*")) factors.push(this.factor());
    const of: Expression = factors.length === 1 ? factors[0] : { kind: "product", factors };
    return negative ? { kind: "minus", of } : of;
  }

  private factor(): Expression {
    const token = this.next();
    if (/^\d/.test(token)) return { kind: "number", value: Number(token) };
    if (token === "(") {
      const inner = this.sum();
      if (this.next() !== ")") throw this.bad();
      return inner;
    }
    if (!/^[A-Za-z_]/.test(token)) throw this.bad();
    return this.accept("(") ? this.call(token) : { kind: "symbol", name: token };
  }

  private call(name: string): Expression {
    const values = [this.sum()];
    while (this.accept(",")) values.push(this.sum());
    const count = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : 0;
    if (this.next() !== ")" || !count || (count > 0 && values.length !== count)) throw this.bad();
    return { kind: "call", name, arguments: values };
  }

  private next(): string {
    const token = this.tokens[this.at++];
    if (token === undefined) throw this.bad();
    return token;
  }

  private accept(wanted: string): boolean {
    if (this.tokens[this.at] !== wanted) return false;
    this.at++;
    return true;
  }

  private bad(): Error {
    return new Error(`"${this.text.slice(0, 80)}" is no size`);
  }
}

/** The text of an expression, as Python writes it. */
export function print(expression: Expression): string {
  switch (expression.kind) {
    case "number":
      return String(expression.value);
    case "symbol":
      return expression.name;
    case "call":
      return `${expression.name}(${expression.arguments.map(print).join(", ")})`;
    case "minus":
      return `-${operand(expression.of)}`;
    case "product":
      return expression.factors.map(operand).join("*");
    case "sum":
      return expression.terms.map(signed).join("");
  }
}

function signed(term: Expression, i: number): string {
  if (term.kind === "minus") return i ? ` - ${operand(term.of)}` : print(term);
  return i ? ` + ${print(term)}` : print(term);
}

function operand(expression: Expression): string {
  const loose = expression.kind === "sum" || expression.kind === "minus";
  return loose ? `(${print(expression)})` : print(expression);
}

/** Adds the names of all symbols in `expression` to `found`. */
export function symbolsOf(expression: Expression, found = new Set<string>()): Set<string> {
  if (expression.kind === "symbol") found.add(expression.name);
  else for (const part of parts(expression)) symbolsOf(part, found);
  return found;
}

function parts(expression: Expression): Expression[] {
  if (expression.kind === "call") return expression.arguments;
  if (expression.kind === "sum") return expression.terms;
  if (expression.kind === "product") return expression.factors;
  return expression.kind === "minus" ? [expression.of] : [];
}

/** A function of the sizes; `slotOf` says where a symbol's size is, -1 if nowhere (then NaN). */
export function compile(expression: Expression, slotOf: (name: string) => number): Evaluate {
  const inner = (part: Expression): Evaluate => compile(part, slotOf);
  switch (expression.kind) {
    case "number": {
      const { value } = expression;
      return () => value;
    }
    case "symbol": {
      const slot = slotOf(expression.name);
      return slot < 0 ? () => Number.NaN : (sizes) => sizes[slot];
    }
    case "minus": {
      const of = inner(expression.of);
      return (sizes) => 0 - of(sizes);
    }
    case "sum":
      return fold(expression.terms.map(inner), (a, b) => a + b);
    case "product":
      return fold(expression.factors.map(inner), (a, b) => a * b + 0); // + 0: never -0
    case "call":
      return call(expression.name, expression.arguments.map(inner));
  }
}

function fold(all: Evaluate[], join: (a: number, b: number) => number): Evaluate {
  return all.reduce((left, right) => (sizes) => join(left(sizes), right(sizes)));
}

function call(name: string, values: Evaluate[]): Evaluate {
  const [first, second] = values;
  if (name === "floordiv") return (sizes) => floordiv(first(sizes), second(sizes));
  if (name === "ceildiv") {
    return (sizes) => {
      const below = second(sizes);
      return floordiv(first(sizes) + below - 1, below);
    };
  }
  if (name === "mod") return (sizes) => mod(first(sizes), second(sizes));
  if (name === "max") return fold(values, Math.max);
  if (name === "min") return fold(values, Math.min);
  return fold(values, (a, b) => (a === 1 ? b : a)); // broadcast: the first that is not 1
}

/** Rounds down, exactly up to 2^53; a divisor of 0 gives 0: of an empty tensor. */
function floordiv(above: number, below: number): number {
  return below === 0 ? 0 : (above - mod(above, below)) / below + 0;
}

/** Has the divisor's sign; a divisor of 0 gives 0. */
function mod(above: number, below: number): number {
  if (below === 0) return 0;
  const rest = above % below;
  return rest && rest < 0 !== below < 0 ? rest + below : rest + 0;
}
