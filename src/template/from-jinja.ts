/** A Jinja expression or tag in, the same in Handlebars out; undefined where Galley has no such thing. */
import { HELPER_NAMES } from "./expressions.ts";
import { type Jinja, readJinja } from "./jinja.ts";

/** `{{ … }}`: what stands between the braces, without `-`. */
export const outputInHandlebars = (inner: string): string | undefined => {
  const read = readJinja(inner.trim());
  return read === undefined ? undefined : printed(read);
};

/** `{% … %}`: likewise. */
export const tagInHandlebars = (inner: string): string | undefined => {
  const [, keyword = "", rest = ""] = /^\s*(\w+)\s*([\s\S]*?)\s*$/.exec(inner) ?? [];
  switch (keyword) {
    case "if":
      return braced("#if ", condition(rest));
    case "elif":
      return braced("else if ", condition(rest));
    case "else":
      return "{{else}}";
    case "endif":
      return "{{/if}}";
    case "for":
      return loop(rest);
    case "endfor":
      return "{{/each}}";
    case "raw":
      return "{{{{raw}}}}";
    case "endraw":
      return "{{{{/raw}}}}";
    case "set":
      return assignment(rest);
    case "macro":
      return declaration(rest);
    case "do":
      return rest.startsWith("config") ? outputInHandlebars(rest) : undefined;
    default:
      return undefined;
  }
};

const braced = (before: string, inner: string | undefined): string | undefined =>
  inner === undefined ? undefined : `{{${before}${inner}}}`;

const condition = (text: string): string | undefined => {
  const read = readJinja(text);
  return read === undefined ? undefined : asArgument(read);
};

const loop = (rest: string): string | undefined => {
  const [, names = "", over = ""] = /^([\w\s,]+?)\s+in\s+([\s\S]+)$/.exec(rest) ?? [];
  const list = condition(over.replace(/\.items\(\)$/, ""));
  if (list === undefined) return undefined;
  const isOverItems = over.endsWith(".items()");
  const words = names.split(",").map((name) => name.trim());
  return `{{#each ${list} as |${(isOverItems ? words.toReversed() : words).join(" ")}|}}`;
};

/** Handlebars has no variables; a value has a name inside of a block. */
const assignment = (rest: string): string | undefined => {
  const [, name, value] = /^(\w+)\s*=\s*([\s\S]+)$/.exec(rest) ?? [];
  const argument = value === undefined ? undefined : condition(value);
  return argument === undefined ? undefined : `{{#with ${argument} as |${name}|}} … {{/with}}`;
};

const declaration = (rest: string): string | undefined => {
  const [, text = ""] = /^\w+\s*\(([\s\S]*)\)$/.exec(rest) ?? [];
  const read = readJinja(`params(${text})`);
  if (read?.kind !== "call") return undefined;
  const required = read.positional.map((p) => (p.kind === "word" ? `"${p.text}"` : undefined));
  const optional = read.named.map(pair);
  return whole(["{{params", ...required, ...optional], (parts) => `${parts.join(" ")}}}`);
};

/** All parts, or nothing. */
const whole = (
  parts: readonly (string | undefined)[],
  join: (parts: readonly string[]) => string,
): string | undefined => {
  const known = parts.filter((part) => part !== undefined);
  return known.length === parts.length ? join(known) : undefined;
};

const COMPARISONS: ReadonlyMap<string, string> = new Map([
  ["==", "eq"],
  ["!=", "ne"],
  ["<", "lt"],
  ["<=", "le"],
  [">", "gt"],
  [">=", "ge"],
  ["and", "and"],
  ["or", "or"],
  ["~", "concat"],
]);

/** A subexpression or a simple value. */
const asArgument = (jinja: Jinja): string | undefined => {
  const inner = asWords(jinja);
  if (inner === undefined) return undefined;
  const isSimple = jinja.kind === "text" || jinja.kind === "word" || (jinja.kind === "call" && inner === jinja.name);
  return isSimple ? inner : `(${inner})`;
};

/** A helper call without brackets, or a simple value. */
const asWords = (jinja: Jinja): string | undefined => {
  const call = (name: string, ...parts: readonly Jinja[]) =>
    whole([name, ...parts.map(asArgument)], (words) => words.join(" "));
  switch (jinja.kind) {
    case "text":
      return quoted(jinja.value);
    case "word":
      return WORDS.get(jinja.text) ?? jinja.text;
    case "list":
      return call("list", ...jinja.items);
    case "not":
      return call("not", jinja.of);
    case "operation": {
      const helper = COMPARISONS.get(jinja.operator);
      return helper === undefined ? undefined : call(helper, jinja.left, jinja.right);
    }
    case "filter":
      if (jinja.name === "join" || jinja.name === "default") return call(jinja.name, jinja.of, ...jinja.positional);
      return TYPE_FILTERS.includes(jinja.name) ? asWords(jinja.of) : undefined;
    case "call":
      if (jinja.name === "is_incremental" && jinja.positional.length === 0) return jinja.name;
      if (!HELPER_NAMES.includes(jinja.name)) return undefined;
      // dbt may name a package before the model, and a version after it; here a model's name says all.
      if (jinja.name === "ref") return call("ref", ...jinja.positional.slice(-1));
      return whole([jinja.name, ...jinja.positional.map(asArgument), ...jinja.named.map(pair)], (words) =>
        words.join(" "),
      );
    default:
      return undefined;
  }
};

const pair = ([name, value]: readonly [string, Jinja]): string | undefined => {
  const argument = asArgument(value);
  return argument === undefined ? undefined : `${name}=${argument}`;
};

/** As output: what Handlebars cannot calculate, SQL can. */
const printed = (jinja: Jinja): string | undefined => {
  const words = asWords(jinja);
  if (words !== undefined) return `{{${words}}}`;
  switch (jinja.kind) {
    case "operation":
      return whole(
        [inSql(jinja.left), jinja.operator === "//" ? "/" : jinja.operator, inSql(jinja.right)],
        (parts) => `(${parts.join(" ")})`,
      );
    case "filter":
      return whole([inSql(jinja.of)], ([of]) => `${jinja.name}(${of})`);
    case "choice":
      return whole(
        [asArgument(jinja.condition), inSql(jinja.then), inSql(jinja.otherwise)],
        ([test, then, otherwise]) => `{{#if ${test}}}${then}{{else}}${otherwise}{{/if}}`,
      );
    case "call": {
      // A macro of the project: the names of its parameters stand in its own file.
      if (jinja.name.includes(".")) return undefined;
      const given = jinja.positional.map(asArgument).map((a) => (a === undefined ? undefined : `<parameter>=${a}`));
      return whole([`{{> ${jinja.name}`, ...given, ...jinja.named.map(pair)], (parts) => `${parts.join(" ")}}}`);
    }
    default:
      return undefined;
  }
};

const inSql = (jinja: Jinja): string | undefined => {
  if (jinja.kind === "text") return jinja.value;
  return jinja.kind === "word" && /^-?\d/.test(jinja.text) ? jinja.text : printed(jinja);
};

/** Types are kept from YAML on, so that there is nothing to convert. */
const TYPE_FILTERS = ["int", "float", "string", "as_bool", "as_number", "as_native", "as_text", "list"];

const WORDS: ReadonlyMap<string, string> = new Map([
  ["True", "true"],
  ["False", "false"],
  ["None", "null"],
  ["none", "null"],
  ["loop.first", "@first"],
  ["loop.last", "@last"],
  ["loop.index0", "@index"],
]);

const quoted = (text: string): string => {
  if (!text.includes('"')) return `"${text}"`;
  return text.includes("'") ? `"${text.replaceAll('"', '\\"')}"` : `'${text}'`;
};
