import { expect, test } from "vitest";
import { relationKey } from "../../../src/domain/names.ts";
import { authored, textOf } from "../../../src/domain/sql.ts";
import { loadRequalifier } from "../../../src/sql-syntax/requalify.ts";

const requalify = await loadRequalifier();
const names = new Map([
  ["shop.a", { schema: "shop__next", name: "a" }],
  ["shöp.Ä b", { schema: "shöp__next", name: "Ä b" }],
  [relationKey({ schema: "others", name: "mv" }), { schema: "shop__next", name: "twin 1" }],
]);
const changed = (text: string): string => textOf(requalify(authored(text, undefined), names));

test.each([
  [
    "a table, wherever it stands",
    "SELECT a.id FROM (shop.a JOIN ONLY shop.a a_1 USING (id))",
    `SELECT a.id FROM ("shop__next"."a" JOIN ONLY "shop__next"."a" a_1 USING (id))`,
  ],
  [
    "after letters of several bytes",
    `SELECT 'ü€😀'::text AS "ü", b.x FROM "shöp"."Ä b" b`,
    `SELECT 'ü€😀'::text AS "ü", b.x FROM "shöp__next"."Ä b" b`,
  ],
  [
    "the type of its rows, and of arrays of them",
    "SELECT (ROW(1)::shop.a).id, '{}'::shop.a[], 1::numeric(3,1)",
    `SELECT (ROW(1)::"shop__next"."a").id, '{}'::"shop__next"."a"[], 1::numeric(3,1)`,
  ],
  [
    "another name is an alias, so that columns are still found",
    "SELECT mv.id FROM others.mv, others.mv m",
    `SELECT mv.id FROM "shop__next"."twin 1" as "mv", "shop__next"."twin 1" m`,
  ],
  [
    "never what is only called so",
    "WITH a AS (SELECT 1) SELECT 'shop.a', shop.a(1), a.* FROM a, shop.ab",
    "WITH a AS (SELECT 1) SELECT 'shop.a', shop.a(1), a.* FROM a, shop.ab",
  ],
  [
    "in a function's body",
    "CREATE FUNCTION o.h() RETURNS bigint LANGUAGE sql\nBEGIN ATOMIC\n SELECT count(*) AS count\n    FROM shop.a;\nEND",
    `CREATE FUNCTION o.h() RETURNS bigint LANGUAGE sql\nBEGIN ATOMIC\n SELECT count(*) AS count\n    FROM "shop__next"."a";\nEND`,
  ],
  [
    "in a rule",
    "CREATE RULE r AS ON INSERT TO o.t DO ALSO ( INSERT INTO shop.a (id) VALUES (new.id); )",
    `CREATE RULE r AS ON INSERT TO o.t DO ALSO ( INSERT INTO "shop__next"."a" (id) VALUES (new.id); )`,
  ],
  [
    "what a rule stands on takes no alias",
    "CREATE RULE r AS ON DELETE TO others.mv DO INSTEAD DELETE FROM others.mv WHERE mv.id = old.id",
    `CREATE RULE r AS ON DELETE TO "shop__next"."twin 1" DO INSTEAD DELETE FROM "shop__next"."twin 1" as "mv" WHERE mv.id = old.id`,
  ],
  [
    "in a foreign key",
    "ALTER TABLE o.c ADD FOREIGN KEY (x) REFERENCES shop.a(id) MATCH FULL NOT ENFORCED",
    `ALTER TABLE o.c ADD FOREIGN KEY (x) REFERENCES "shop__next"."a"(id) MATCH FULL NOT ENFORCED`,
  ],
])("%s", (_, text, expected) => {
  expect(changed(text)).toBe(expected);
});

test("a statement that is not read is a fault of ours", () => {
  expect(() => changed("selec 1")).toThrow("the server's own statement is not read");
});
