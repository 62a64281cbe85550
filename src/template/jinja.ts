/** The text of a Jinja expression in, its tree out: enough of the language to show how dbt's habits are written here. */

export type Jinja =
  | { readonly kind: "text"; readonly value: string }
  /** A number, `true`, `none`, or a name with its fields. */
  | { readonly kind: "word"; readonly text: string }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly positional: readonly Jinja[];
      readonly named: readonly (readonly [string, Jinja])[];
    }
  | { readonly kind: "list"; readonly items: readonly Jinja[] }
  | { readonly kind: "operation"; readonly operator: string; readonly left: Jinja; readonly right: Jinja }
  | { readonly kind: "not"; readonly of: Jinja }
  | { readonly kind: "filter"; readonly name: string; readonly of: Jinja; readonly positional: readonly Jinja[] }
  | { readonly kind: "choice"; readonly then: Jinja; readonly condition: Jinja; readonly otherwise: Jinja };

/** Undefined: not understood, so there is nothing to show. */
export const readJinja = (text: string): Jinja | undefined => {
  const tokens = tokensOf(text);
  if (tokens === undefined) return undefined;
  const reader: Reader = { tokens, at: 0 };
  const whole = choice(reader);
  return whole !== undefined && reader.at === tokens.length ? whole : undefined;
};

type Reader = { readonly tokens: readonly string[]; at: number };

const TOKEN =
  /\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\d+(?:\.\d+)?|[A-Za-z_][\w.]*|==|!=|<=|>=|\/\/|[-+*/%<>=|,()[\]~])\s*/y;

const tokensOf = (text: string): readonly string[] | undefined => {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) return undefined;
    tokens.push(token);
  }
  return tokens;
};

const accept = (r: Reader, ...wanted: readonly string[]): string | undefined => {
  const token = r.tokens[r.at];
  if (token === undefined || !wanted.includes(token)) return undefined;
  r.at += 1;
  return token;
};

const choice = (r: Reader): Jinja | undefined => {
  const then = binary(r, 0);
  if (then === undefined || accept(r, "if") === undefined) return then;
  const condition = binary(r, 0);
  const otherwise = accept(r, "else") === undefined ? undefined : choice(r);
  if (condition === undefined || otherwise === undefined) return undefined;
  return { kind: "choice", then, condition, otherwise };
};

/** From the loosest to the tightest. */
const OPERATORS: readonly (readonly string[])[] = [
  ["or"],
  ["and"],
  ["==", "!=", "<", "<=", ">", ">="],
  ["+", "-", "~"],
  ["*", "/", "//", "%"],
];

const binary = (r: Reader, level: number): Jinja | undefined => {
  const operators = OPERATORS[level];
  if (operators === undefined) return unary(r);
  let left = binary(r, level + 1);
  for (let operator = accept(r, ...operators); operator !== undefined; operator = accept(r, ...operators)) {
    const right = binary(r, level + 1);
    if (left === undefined || right === undefined) return undefined;
    left = { kind: "operation", operator, left, right };
  }
  return left;
};

const unary = (r: Reader): Jinja | undefined => {
  if (accept(r, "not") !== undefined) {
    const of = unary(r);
    return of === undefined ? undefined : { kind: "not", of };
  }
  if (accept(r, "-") !== undefined) {
    const number = r.tokens[r.at];
    r.at += 1;
    return number !== undefined && /^\d/.test(number) ? { kind: "word", text: `-${number}` } : undefined;
  }
  let value = primary(r);
  while (value !== undefined && accept(r, "|") !== undefined) {
    const name = r.tokens[r.at];
    r.at += 1;
    const given = accept(r, "(") === undefined ? { positional: [], named: [] } : listed(r, ")");
    if (name === undefined || given === undefined) return undefined;
    value = { kind: "filter", name, of: value, positional: given.positional };
  }
  return value;
};

const primary = (r: Reader): Jinja | undefined => {
  const token = r.tokens[r.at];
  r.at += 1;
  if (token === undefined) return undefined;
  if (token === "(") {
    const inner = choice(r);
    return accept(r, ")") === undefined ? undefined : inner;
  }
  if (token === "[") {
    const items = listed(r, "]");
    return items === undefined || items.named.length > 0 ? undefined : { kind: "list", items: items.positional };
  }
  if (token.startsWith('"') || token.startsWith("'"))
    return { kind: "text", value: token.slice(1, -1).replace(/\\(.)/g, "$1") };
  if (!/^[\w]/.test(token)) return undefined;
  if (accept(r, "(") === undefined) return { kind: "word", text: token };
  const given = listed(r, ")");
  return given === undefined ? undefined : { kind: "call", name: token, ...given };
};

/** Arguments up to the closing bracket. */
const listed = (
  r: Reader,
  end: string,
): { readonly positional: readonly Jinja[]; readonly named: readonly (readonly [string, Jinja])[] } | undefined => {
  const positional: Jinja[] = [];
  const named: (readonly [string, Jinja])[] = [];
  while (accept(r, end) === undefined) {
    const name = r.tokens[r.at + 1] === "=" ? r.tokens[r.at] : undefined;
    if (name !== undefined) r.at += 2;
    const value = choice(r);
    if (value === undefined) return undefined;
    if (name === undefined) positional.push(value);
    else named.push([name, value]);
    if (accept(r, ",") === undefined && r.tokens[r.at] !== end) return undefined;
  }
  return { positional, named };
};
