/** `plan` says which columns of live a build would change: the build then says the same, and nothing was built for it. */
import { expect, test } from "vitest";
import { relationKey } from "../../../src/domain/names.ts";
import { type Engine, withEngine } from "../../support/engine.ts";
import { forEachServer } from "../../support/servers.ts";

const a = (columns: string) => ({
  "models/a.sql": `select ${columns} from (values (1, 'x'::text)) v (id, name)\n`,
});

const files = {
  ...a("id, name"),
  "seeds/prices.csv": "id,price\n1,2\n",
  "models/e.sql": '{{config materialized="ephemeral"}}\nselect * from {{ref "a"}}\n',
  "models/b.sql": '{{config materialized="view"}}\nselect * from {{ref "e"}}\n',
  "models/c.sql": 'select b.*, price from {{ref "b"}} join {{ref "prices"}} on prices.id = b.id\n',
  "models/held.sql": 'select 1 as rank, name from {{ref "b"}}\n',
  "models/held.yml": `models:
  - name: held
    config: { contract: { enforced: true }, partition_by: { columns: rank, interval: 10 } }
    columns: [{ name: name, data_type: text }, { name: rank, data_type: int }]
`,
  "models/grown.sql":
    '{{config materialized="incremental" on_schema_change="append_new_columns"}}\nselect * from {{ref "a"}}\n',
  "models/kept.sql": '{{config materialized="incremental"}}\nselect * from {{ref "a"}}\n',
  "models/below.sql": '{{config materialized="materialized_view"}}\nselect * from {{ref "grown"}}\n',
  "models/kept_below.sql": 'select * from {{ref "kept"}}\n',
  "models/other.sql": "select 1 as id\n",
};

const foretold = async ({ plan }: Engine): Promise<readonly string[]> => {
  const { value, complaints } = await plan();
  expect([complaints, value?.columns.untold]).toEqual([[], []]);
  return (value?.columns.changed ?? []).map((c) => `${relationKey(c.relation)} (${c.changes.join(", ")})`).sort();
};

/** What publish says of the relations that it replaces. */
const toldBy = async ({ build }: Engine): Promise<readonly string[]> => {
  const { exit, complaints, events } = await build();
  expect([exit, complaints]).toEqual([0, []]);
  const notes = events.flatMap((e) => (e.kind === "note" ? [e.message] : []));
  return notes.flatMap((note) => /^(.*) changes its columns (\(.*\)): /.exec(note)?.slice(1).join(" ") ?? []).sort();
};

forEachServer((server) => {
  test("plan says the same of columns as the build does after it, and leaves nothing behind", async () => {
    await using engine = await withEngine(files, { server });
    expect([await foretold(engine), await toldBy(engine), await foretold(engine)]).toEqual([[], [], []]);
    const before = await engine.relations();
    await engine.project.write({
      ...a("id, name, true as is_new"),
      "seeds/prices.csv": "id,price\n1,2.5\n",
      "models/held.yml": files["models/held.yml"].replace("data_type: int", "data_type: bigint"),
      "models/held.sql": 'select 1::bigint as rank, name from {{ref "b"}}\n',
      "models/other.sql": "{{config materialized=\"view\"}}\nselect 'x'::varchar(9) as note, 1 as id\n",
    });
    const changed = [
      "shop.a (is_new is new)",
      "shop.b (is_new is new)",
      "shop.below (is_new is new)",
      "shop.c (is_new is new, price from bigint to numeric)",
      "shop.held (rank from integer to bigint)",
      "shop.other (note is new)",
      "shop.prices (price from bigint to numeric)",
    ];
    const grown = "shop.grown (is_new is new)";
    expect(await foretold(engine)).toEqual([...changed, grown].sort());
    expect(await engine.relations()).toEqual(before);
    expect(await toldBy(engine)).toEqual(changed);
    await engine.project.write(a("name, id, true as is_new"));
    const moved = ["shop.a (in another order)", "shop.b (in another order)", "shop.c (in another order)"];
    expect(await foretold(engine)).toEqual(moved);
    expect(await toldBy(engine)).toEqual(moved);
  });

  test("a query that the server cannot describe is named with what it says, and what reads it is passed over", async () => {
    await using engine = await withEngine(
      { ...a("id, name"), "models/b.sql": 'select * from {{ref "a"}}\n' },
      { server },
    );
    expect((await engine.build()).exit).toBe(0);
    await engine.project.write(a("id, nothing"));
    const { exit, value } = await engine.plan();
    expect([exit, value?.columns]).toEqual([
      0,
      {
        changed: [],
        broken: [],
        untold: [{ relation: { schema: "shop", name: "a" }, message: 'column "nothing" does not exist' }],
      },
    ]);
  });

  test("a role that may make no temporary relations has its plan all the same", async () => {
    await using engine = await withEngine(a("id, name"), { server });
    expect((await engine.build()).exit).toBe(0);
    const { database } = engine;
    await database.queryAsSuperuser(
      `do $$ begin execute format('revoke temporary on database %I from public, ${database.owner}', current_database()); end $$`,
    );
    await engine.project.write(a("id, name, 1 as n"));
    const { exit, value } = await engine.plan();
    expect([exit, value?.columns]).toEqual([0, { changed: [], untold: [], broken: [] }]);
  });
});
