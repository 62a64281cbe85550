/** From `grants:` of all layers to who may do what, as dbt merges them: by privilege, where a nearer list replaces, or adds under `+`. */
import type { Grants } from "../../domain/config.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Located } from "../../domain/source.ts";
import type { Tree } from "../../domain/tree.ts";
import { entriesOf, locatedNames } from "../../domain/tree-read.ts";
import { suggest } from "../../lib/suggest.ts";

/** What PostgreSQL grants on a table, and so on views and materialized views, whose rights are a table's. */
const PRIVILEGES = ["select", "insert", "update", "delete", "truncate", "references", "trigger", "maintain", "all"];

/** What was written in each layer, farthest first; undefined where no layer says a word. */
export const readGrants = (layers: readonly Tree[], found: Diagnostic[]): Grants | undefined => {
  const mappings = layers.filter((layer) => layer.kind === "mapping");
  if (mappings.length === 0) return undefined;
  const granted = new Map<string, readonly Located<string>[]>();
  for (const { key, value } of mappings.flatMap(entriesOf)) {
    const privilege = privilegeOf(key, found);
    const grantees = granteesOf(value, found);
    if (privilege === undefined || grantees === undefined) continue;
    const before = key.value.startsWith("+") ? (granted.get(privilege) ?? []) : [];
    granted.set(privilege, [...before, ...grantees]);
  }
  return new Map([...granted].map(([privilege, grantees]) => [privilege, eachOnce(grantees)]));
};

const privilegeOf = ({ value, span }: Located<string>, found: Diagnostic[]): string | undefined => {
  const written = value.replace(/^\+/, "").trim().toLowerCase().replace(/\s+/g, " ");
  const privilege = written === "all privileges" ? "all" : written;
  if (PRIVILEGES.includes(privilege)) return privilege;
  const near = suggest(privilege, PRIVILEGES);
  const help = `${near === undefined ? "" : `did you mean \`${near}\`? `}PostgreSQL knows ${PRIVILEGES.join(", ")}`;
  found.push(
    errorOf("link/bad-grant", `\`${value}\` is no privilege on a table or view`, {
      at: span,
      help: HELP[privilege] ?? help,
    }),
  );
  return undefined;
};

const HELP: Readonly<Record<string, string>> = {
  usage: "USAGE is a right to a schema or a sequence: grant it once by hand, `grant usage on schema … to …`",
  create: "CREATE is a right to a schema: grant it once by hand, `grant create on schema … to …`",
};

/** A list with nothing in it takes back what a folder gave; a key with nothing behind it does the same. */
const granteesOf = (value: Tree, found: Diagnostic[]): readonly Located<string>[] | undefined => {
  const items = value.kind === "list" ? value.items : value.kind === "scalar" && value.value === null ? [] : [value];
  const wrong = items.find((item) => item.kind !== "scalar" || typeof item.value !== "string" || item.value === "");
  if (wrong === undefined) return locatedNames(value);
  const help = "for example `select: [reader, analyst]`; `public` means everybody";
  found.push(
    errorOf("link/bad-grant", "a privilege is granted to a role or a list of roles", { at: wrong.span, help }),
  );
  return undefined;
};

const eachOnce = (grantees: readonly Located<string>[]): readonly Located<string>[] => [
  ...new Map(grantees.map((grantee) => [grantee.value, grantee])).values(),
];
