/**
 * The law of what hangs on replaced relations, over random graphs of views and materialized views: after a build the
 * catalogs say of them what they said before, and each shows the rows of today as far as it is made of them directly.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { withEngine } from "../../support/engine.ts";
import { catalogOf } from "../../support/foreign-catalog.ts";
import { forEachServer } from "../../support/servers.ts";

const files = {
  "models/a.sql": `select x as id, 'n' || x as name from {{source "raw" "n"}}\n`,
  "models/b.sql": `{{config materialized="view"}}\nselect id, name from {{ref "a"}}\n`,
  "models/c.sql": `{{config materialized="materialized_view"}}\nselect id, name from {{ref "b"}}\n`,
  "models/all.yml":
    "models: [{ name: a, constraints: [{ type: primary_key, columns: [id] }] }]\nsources: [{ name: raw, tables: [{ name: n }] }]\n",
};

const OURS = ["shop.a", "shop.b", "shop.c"];
const SCHEMAS = ["others", "deep"];

type Hanging = {
  readonly isMaterialized: boolean;
  readonly schema: number;
  /** Positions among ours and those that were made before, modulo their number. */
  readonly reads: readonly number[];
  readonly isDecorated: boolean;
};

const graph: fc.Arbitrary<readonly Hanging[]> = fc.array(
  fc.record({
    isMaterialized: fc.boolean(),
    schema: fc.nat(1),
    reads: fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }),
    isDecorated: fc.boolean(),
  }),
  { minLength: 3, maxLength: 9 },
);

type Named = Hanging & { readonly name: string; readonly parents: readonly string[] };

const named = (hangings: readonly Hanging[]): readonly Named[] => {
  const names = [...OURS];
  return hangings.map((hanging, i) => {
    const parents = [...new Set(hanging.reads.map((r) => names[r % names.length] ?? "shop.a"))];
    const name = `${SCHEMAS[hanging.schema]}.${hanging.isMaterialized ? "m" : "v"}${i}`;
    names.push(name);
    return { ...hanging, name, parents };
  });
};

const ddlOf = ({ name, isMaterialized, isDecorated, parents }: Named): string => {
  const [first, ...rest] = parents;
  const kind = isMaterialized ? "materialized view" : "view";
  const joins = rest.map((parent, i) => ` join ${parent} as p${i} using (id)`).join("");
  const decoration = `; comment on ${kind} ${name} is 'of others'; grant select on ${name} to public${isMaterialized ? `; create unique index on ${name} (id)` : ""}`;
  return `create ${kind} ${name} as select id, p.name from ${first} as p${joins}${isDecorated ? decoration : ""}`;
};

/** How many rows each shows after the build; of nested sets a join has the smallest. A materialized view above views alone keeps its own. */
const rowsAfter = (graph: readonly Named[], before: number, after: number): ReadonlyMap<string, number> => {
  const rows = new Map(OURS.map((name) => [name, after]));
  const replaced = new Set(OURS);
  for (const { name, isMaterialized, parents } of graph) {
    const isMade = !isMaterialized || parents.some((p) => replaced.has(p));
    if (isMaterialized && isMade) replaced.add(name);
    rows.set(name, isMade ? Math.min(...parents.map((p) => rows.get(p) ?? 0)) : before);
  }
  return rows;
};

forEachServer((server) => {
  test("stands as it stood, on the rows of today", async () => {
    await using engine = await withEngine(files, { server });
    const { database } = engine;
    await database.query("create schema raw; create table raw.n as select generate_series(1, 5) as x");
    expect((await engine.build()).complaints).toEqual([]);
    await fc.assert(
      fc.asyncProperty(graph, async (random) => {
        const hanging = named(random);
        await database.query("drop schema if exists others, deep cascade; create schema others; create schema deep");
        await database.query(hanging.map(ddlOf).join(";\n"));
        const before = await catalogOf(database, SCHEMAS);
        const rows = Number((await database.query("select count(*) as n from raw.n"))[0]?.["n"]);
        await database.query(`insert into raw.n values (${rows + 1})`);
        const told = await engine.build();
        expect([told.exit, ...told.complaints]).toEqual([0]);
        expect(await catalogOf(database, SCHEMAS)).toEqual(before);
        const counts = hanging.map(({ name }) => `select '${name}' as name, count(*)::int as rows from ${name}`);
        const shown = new Map((await database.query(counts.join(" union all "))).map((r) => [r["name"], r["rows"]]));
        const expected = rowsAfter(hanging, rows, rows + 1);
        expect(shown).toEqual(new Map([...expected].filter(([name]) => !OURS.includes(name))));
      }),
      { numRuns: 6, endOnFailure: true },
    );
  });
});
