/** From a tree to the same tree with `${ENV}`, `${ENV:-default}` and `${var.x}` filled in. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { isHookKey } from "../../domain/hooks.ts";
import { type Span, spanOf } from "../../domain/source.ts";
import type { PlainValue, Tree, TreeEntry } from "../../domain/tree.ts";
import { suggest } from "../../lib/suggest.ts";

export type Interpolation = {
  readonly env: (name: string) => string | undefined;
  /** Undefined where vars do not exist yet: in `vars:` itself. */
  readonly vars: ReadonlyMap<string, PlainValue> | undefined;
};

/** What was wrong is pushed to `found`. A tree that holds nothing to fill in is given back as it is. */
export const interpolate = (tree: Tree, scope: Interpolation, found: Diagnostic[]): Tree => {
  // Most files hold none at all.
  if (!tree.span.file.text.includes("${")) return tree;
  return filled(tree, scope, found);
};

export const interpolateEntry = (entry: TreeEntry, scope: Interpolation, found: Diagnostic[]): Tree =>
  entry.key.span.file.text.includes("${") ? filledEntry(entry, scope, found) : entry.value;

const filled = (tree: Tree, scope: Interpolation, found: Diagnostic[]): Tree => {
  if (tree.kind === "list") return { ...tree, items: tree.items.map((item) => filled(item, scope, found)) };
  if (tree.kind === "mapping")
    return { ...tree, entries: tree.entries.map((e) => ({ key: e.key, value: filledEntry(e, scope, found) })) };
  if (typeof tree.value !== "string" || !tree.value.includes("${")) return tree;
  const whole = /^\$\{var\.([^}]*)\}$/.exec(tree.value);
  if (whole !== null) {
    const value = varOf(whole[1] ?? "", tree.span, scope, found);
    return value === undefined ? nothing(tree) : plainTree(value, tree.span);
  }
  const before = found.length;
  const value = filledText(tree.value, tree.span, scope, found);
  return found.length > before ? nothing(tree) : { ...tree, value };
};

/** A hook is a template: a text that is filled in would reach its SQL without quotes. */
const filledEntry = ({ key, value }: TreeEntry, scope: Interpolation, found: Diagnostic[]): Tree => {
  if (!isHookKey(key.value)) return filled(value, scope, found);
  const { file, start, end } = value.span;
  const at = file.text.slice(start, end).search(/\$\{/);
  if (at >= 0)
    found.push(
      errorOf("load/interpolation", "a hook is a template, and `${…}` is not filled in", {
        at: spanOf(file, start + at, start + at + 2),
        help: 'write {{literal (var "name")}}, {{ident (var "name")}} or {{literal (env_var "NAME")}}',
      }),
    );
  return value;
};

/** What could not be filled in says nothing, so that nothing false is said of its type. */
const nothing = ({ span }: Tree): Tree => ({ kind: "scalar", value: null, span });

const filledText = (text: string, span: Span, scope: Interpolation, found: Diagnostic[]): string =>
  text.replace(/\$\{([^}]*)(\})?/g, (all: string, inside: string, close: string | undefined, at: number) => {
    const here = within(span, text, at, all.length);
    if (close === undefined) {
      found.push(errorOf("load/interpolation", "`${` has no closing brace", { at: here }));
      return all;
    }
    if (inside.startsWith("var.")) return printed(varOf(inside.slice(4), here, scope, found), inside, here, found);
    const parts = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/.exec(inside);
    if (parts === null) {
      const help = "YAML knows `${ENV}`, `${ENV:-default}` and `${var.name}`";
      found.push(errorOf("load/interpolation", `\`${all}\` is not understood`, { at: here, help }));
      return all;
    }
    return envOf(parts[1] ?? "", parts[2], here, scope, found);
  });

/** As in a shell: the default stands for an empty variable too. */
const envOf = (
  name: string,
  fallback: string | undefined,
  at: Span,
  scope: Interpolation,
  found: Diagnostic[],
): string => {
  const value = scope.env(name);
  if (fallback !== undefined) return value === undefined || value === "" ? fallback : value;
  if (value !== undefined) return value;
  found.push(
    errorOf("load/missing-env", `the environment variable ${name} is not set`, {
      at,
      help: `set it, put it into .env beside project.yml, or give a default: \`\${${name}:-…}\``,
    }),
  );
  return "";
};

const varOf = (name: string, at: Span, scope: Interpolation, found: Diagnostic[]): PlainValue | undefined => {
  if (scope.vars === undefined) {
    found.push(errorOf("load/interpolation", "a var cannot be made of other vars", { at }));
    return undefined;
  }
  const value = scope.vars.get(name);
  if (value !== undefined) return value;
  const near = suggest(name, scope.vars.keys());
  found.push(
    errorOf("load/unknown-var", `there is no var \`${name}\``, {
      at,
      help: near === undefined ? "declare it under `vars:` in project.yml" : `did you mean \`${near}\`?`,
    }),
  );
  return undefined;
};

const printed = (value: PlainValue | undefined, inside: string, at: Span, found: Diagnostic[]): string => {
  if (value === undefined || value === null || typeof value !== "object") return String(value ?? "");
  found.push(
    errorOf("load/interpolation", `\`\${${inside}}\` is a list or a mapping and cannot stand inside text`, { at }),
  );
  return "";
};

const within = (span: Span, text: string, at: number, length: number): Span =>
  span.end - span.start === text.length ? spanOf(span.file, span.start + at, span.start + at + length) : span;

/** A value that was written elsewhere, as if it stood here. */
const plainTree = (value: PlainValue, span: Span): Tree => {
  if (value === null || typeof value !== "object") return { kind: "scalar", value, span };
  if (isList(value)) return { kind: "list", items: value.map((item) => plainTree(item, span)), span };
  const entries = Object.entries(value).map(([k, v]) => ({ key: { value: k, span }, value: plainTree(v, span) }));
  return { kind: "mapping", entries, span };
};

const isList = (value: PlainValue): value is readonly PlainValue[] => Array.isArray(value);
