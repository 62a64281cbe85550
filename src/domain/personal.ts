/**
 * Which columns hold personal data (`meta.pii`), and what a server says without their values: it likes to repeat the key
 * or the row that it refuses.
 */
import { isBuilt, isTest, type Manifest, type Node } from "./manifest.ts";
import { type RelationName, relationKey } from "./names.ts";
import type { PlainValue } from "./tree.ts";

export const MASK = "•••";

/** As declared, and as PostgreSQL folds a name that was declared without its quotes. */
export const personalColumns = (node: Node | undefined): ReadonlySet<string> => {
  if (node === undefined || isTest(node)) return new Set();
  const marked = node.columns.filter(({ meta }) => isMarked(meta["pii"])).map(({ name }) => name);
  return new Set(marked.flatMap((name) => [name, name.toLowerCase()]));
};

/** `pii: email` and `pii: yes`, which YAML reads as text, are meant as `true` is. */
const isMarked = (pii: PlainValue | undefined): boolean =>
  pii !== undefined && pii !== null && !["false", "no", "none", "0", ""].includes(String(pii).toLowerCase());

type Cells = readonly (string | null)[];

/** NULL stays: it tells of nobody. */
export const maskedRows = (
  columns: readonly string[],
  rows: readonly Cells[],
  personal: ReadonlySet<string>,
): readonly Cells[] =>
  personal.size === 0
    ? rows
    : rows.map((row) => row.map((value, i) => (value !== null && personal.has(columns[i] ?? "") ? MASK : value)));

export type Personal = {
  /** By relation, as on live. */
  readonly byRelation: ReadonlyMap<string, ReadonlySet<string>>;
  readonly all: ReadonlySet<string>;
};

export const personalIn = ({ nodes }: Manifest): Personal => {
  const byRelation = new Map<string, ReadonlySet<string>>();
  for (const node of nodes.values())
    if (isBuilt(node) || node.kind === "source") byRelation.set(relationKey(node.relation), personalColumns(node));
  return { byRelation, all: new Set([...byRelation.values()].flatMap((columns) => [...columns])) };
};

export const NOTHING_PERSONAL: Personal = { byRelation: new Map(), all: new Set() };

/** What a server says beside its message. */
export type Said = {
  readonly sqlstate: string;
  readonly schema: string | undefined;
  readonly table: string | undefined;
};

/** Of a violated constraint: `Key (email)=(…)`, `Failing row contains (…)`, in whatever language. */
export const withoutPersonalDetail = (detail: string, said: Said, personal: Personal): string => {
  if (!said.sqlstate.startsWith("23")) return detail;
  const columns = columnsOf(said, personal);
  if (columns.size === 0) return detail;
  const key = /\(([\s\S]*?)\) ?= ?\([\s\S]*\)/.exec(detail);
  if (key === null) return detail.replace(/\([\s\S]*\)/, `(${MASK})`);
  return namesOne(key[1] ?? "", columns) ? detail.replace(/= ?\([\s\S]*\)/, `=(${MASK})`) : detail;
};

/** Of a COPY: the line, or the column and its value. */
export const withoutPersonalContext = (context: string, personal: Personal): string => {
  const line = /^(COPY [\s\S]*?, line \d+(?:, column ([^:]*))?: )"[\s\S]*"/m.exec(context);
  if (line === null || personal.all.size === 0) return context;
  const [whole, start = "", column] = line;
  return column === undefined || personal.all.has(column) ? context.replace(whole, `${start}"${MASK}"`) : context;
};

/** Of a value that something cannot be made of: what stands between the first quote and the last. */
export const withoutValues = (message: string): string => message.replace(/"[\s\S]*"/, `"${MASK}"`);

/** Of a relation that no node is, such as a partition, nobody knows: then the names of all. */
const columnsOf = ({ schema, table }: Said, { byRelation, all }: Personal): ReadonlySet<string> => {
  if (schema === undefined || table === undefined) return all;
  return byRelation.get(relationKey(onLive({ schema, name: table }))) ?? all;
};

const onLive = ({ schema, name }: RelationName): RelationName => ({
  schema: schema.replace(/__(?:next|old\d?)$/, ""),
  name: name.replace(/__delta$/, ""),
});

/** Expressions of an index name their columns among other words. */
const namesOne = (text: string, columns: ReadonlySet<string>): boolean =>
  [...text.matchAll(/"((?:[^"]|"")+)"|[\p{L}\p{N}_$]+/gu)].some(([word, quoted]) =>
    columns.has(quoted?.replaceAll('""', '"') ?? word),
  );
