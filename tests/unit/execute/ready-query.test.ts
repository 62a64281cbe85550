import { expect, it } from "vitest";
import { onLive } from "../../../src/stages/execute/ready-query.ts";

it.each([
  ['select * from "shop__next"."orders" as t', 'select * from "shop"."orders" as t'],
  ['select * from "shop__next"."orders__delta"', 'select * from "shop"."orders"'],
  ['from "a""b__next"."x""y" join "raw"."z"', 'from "a""b"."x""y" join "raw"."z"'],
  ['from "shop"."orders__next" where "a" = \'x__next\'', 'from "shop"."orders__next" where "a" = \'x__next\''],
])("%s stands on live as %s", (query, live) => {
  expect(onLive(query)).toBe(live);
});
