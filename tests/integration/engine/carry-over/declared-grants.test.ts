import { expect, test } from "vitest";
import type { TestDatabase } from "../../../support/database.ts";
import { type Engine, withEngine } from "../../../support/engine.ts";
import { withRoles } from "../../../support/roles.ts";

const aclOf = async ({ query }: TestDatabase): Promise<readonly string[]> => {
  const rows = await query(
    "select case x.grantee when 0 then 'public' else pg_get_userbyid(x.grantee) end || ': ' || lower(x.privilege_type) as granted from pg_class c cross join aclexplode(c.relacl) x where c.oid = 'shop.a'::regclass and x.grantee <> c.relowner",
  );
  return rows.map((row) => String(row["granted"]));
};

const model = (materialized: string) => ({
  files: { "models/a.sql": `{{config materialized="${materialized}"}}\nselect 1 as id\n` },
  yaml: (grants: string) => ({ "models/a.yml": `models: [{ name: a, config: { grants: ${grants} } }]\n` }),
});

type Case = {
  readonly files: Readonly<Record<string, string>>;
  readonly yaml: (grants: string) => Record<string, string>;
};

const KINDS: Readonly<Record<string, Case>> = {
  table: model("table"),
  view: model("view"),
  "materialized view": model("materialized_view"),
  seed: {
    files: { "seeds/a.csv": "id\n1\n" },
    yaml: (grants) => ({ "seeds/a.yml": `seeds: [{ name: a, config: { grants: ${grants} } }]\n` }),
  },
};

const built = async (engine: Engine): Promise<void> => {
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([0, []]);
};

test.each(Object.entries(KINDS))("a %s has the grants that are declared and no others", async (_, { files, yaml }) => {
  await using engine = await withEngine(files);
  const { database } = engine;
  await using roles = await withRoles(database, ["reader", "writer", "auditor"]);
  const acl = async () => (await aclOf(database)).map(roles.plain).sort();
  const declare = (grants: string) => engine.project.write(yaml(grants));
  const [reader, writer, auditor] = ["reader", "writer", "auditor"].map(roles.of);
  await database.query(
    `create schema shop; alter default privileges in schema shop grant references on tables to ${auditor}`,
  );
  await declare(`{ SELECT: [${reader}, Public] }`);
  await built(engine);
  expect(await acl()).toEqual(["auditor: references", "public: select", "reader: select"]);
  await database.query(`grant update on shop.a to ${writer}`);
  await declare(`{ select: ${writer}, "Insert": [${reader}] }`);
  await built(engine);
  expect(await acl()).toEqual(["auditor: references", "reader: insert", "writer: select"]);
  await declare("{}");
  await built(engine);
  expect(await acl()).toEqual(["auditor: references"]);
});
