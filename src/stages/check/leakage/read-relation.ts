/** A relation that a check has built in; its columns, how each is compared, and whether its key tells its rows apart. */
import type { Known } from "../../../domain/availability.ts";
import type { Session } from "../../../domain/contracts/database.ts";
import type { ModelNode } from "../../../domain/manifest.ts";
import { keyOf } from "../../../domain/manifest.ts";
import type { RelationName } from "../../../domain/names.ts";
import { authored, ident, idents, joinSql, relation, type Sql, sql } from "../../../domain/sql.ts";
import type { TimeParts } from "../known/moments.ts";
import { readColumns } from "../known/read-columns.ts";
import type { ComparedAs, ComparedColumn, Comparison } from "./compare.ts";

/** What a comparison needs to know of it, besides the other side and the cut-off. */
export type ReadRelation = Pick<Comparison, "full" | "key" | "columns" | "time" | "timeFrom"> & {
  readonly node: ModelNode;
  readonly rows: number;
  /** Its key is said, and no two rows have the same: else its rows cannot be paired. */
  readonly hasKey: boolean;
  readonly isFeature: boolean;
};

export const readRelation = async (session: Session, node: ModelNode, full: RelationName): Promise<ReadRelation> => {
  const columns = await readColumns(session, full);
  const names = new Set(columns.map((c) => c.name));
  const time = node.config.eventTime.flatMap((name) => columns.find((c) => c.name === name) ?? []);
  const key = keyOf(node).filter((name) => names.has(name));
  const floats = columns.filter((c) => FLOATS[c.base] !== undefined);
  const largest = floats.map((c, i) => sql`${largestSql(ident(c.name), c.base, full)} as ${ident(`m${i}`)}`);
  const distinct =
    key.length === 0 ? sql`0` : sql`(select count(*) from (select distinct ${idents(key)} from ${relation(full)}) k)`;
  const counts: readonly Sql[] = [
    sql`(select count(*) from ${relation(full)}) as rows`,
    sql`${distinct} as keys`,
    ...largest,
  ];
  const [row = {}] = await session.rows(sql`select ${joinSql(counts, sql`, `)}`);
  const rows = Number(row["rows"] ?? 0);
  const parts = (of: typeof time): TimeParts => of.map((c) => ({ sql: sql`t.${ident(c.name)}`, type: c.type }));
  const timeOf = ({ moment }: Known): TimeParts => {
    if (moment.kind !== "expression") return parts(time);
    const { value } = moment.text;
    const named = columns.filter((c) => c.name === value);
    // Of another expression the type is the server's to find.
    return named.length > 0 ? parts(named) : [{ sql: sql`(${authored(value, undefined)}\n)`, type: "" }];
  };
  const compared = columns
    .filter((c) => !key.includes(c.name))
    .map(({ name, base }): ComparedColumn => {
      const at = floats.findIndex((c) => c.name === name);
      const known = node.columns.find((c) => c.name === name)?.known;
      return {
        name,
        comparedAs: at < 0 ? comparedAs(base) : floatsAs(base, Number(row[`m${at}`] ?? 0)),
        known:
          known === undefined || known.moment.kind === "always" ? undefined : { when: known.when, time: timeOf(known) },
      };
    });
  return {
    node,
    full,
    key,
    columns: compared,
    time: time.map(({ name, type }) => ({ name, type })),
    rows,
    hasKey: key.length > 0 && Number(row["keys"] ?? 0) === rows,
    isFeature: node.config.known === "before",
  };
};

const FLOATS: Readonly<Record<string, "float" | "floats">> = {
  float4: "float",
  float8: "float",
  _float4: "floats",
  _float8: "floats",
};

/** What is infinite or no number is not compared by a distance. */
const largestSql = (column: Sql, base: string, full: RelationName): Sql => {
  const numbers = FLOATS[base] === "floats" ? sql`${relation(full)}, unnest(${column}) as v` : relation(full);
  const value = FLOATS[base] === "floats" ? sql`v` : column;
  return sql`(select coalesce(max(abs(${value})), 0) from ${numbers} where abs(${value}) < 'Infinity')`;
};

/** A real number has seven digits, a double fifteen. */
const floatsAs = (base: string, magnitude: number): ComparedAs => ({
  kind: FLOATS[base] ?? "float",
  magnitude,
  relative: base.endsWith("float4") ? 1e-5 : 1e-9,
});

const TEXT_ONLY: ReadonlySet<string> = new Set(["xml", "point", "line", "lseg", "box", "path", "polygon", "circle"]);

const comparedAs = (base: string): ComparedAs => {
  if (base === "json") return { kind: "as jsonb" };
  return { kind: TEXT_ONLY.has(base.replace(/^_/, "")) || base === "_json" ? "as text" : "exact" };
};
