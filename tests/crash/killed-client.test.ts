import { expect, test } from "vitest";
import { buildCli } from "../support/built-cli.ts";
import { withTestDatabase } from "../support/database.ts";
import { crashAll } from "./crash-all.ts";
import { killedProgram } from "./killed-program.ts";

const WANTED = { prepare: 10, build: 60, test: 40, publish: 60, drop: 30 };

test("kill -9 of the program at any message of a build leaves live old or new, and the next build recovers", async () => {
  await using one = await withTestDatabase();
  await using two = await withTestDatabase();
  const program = await buildCli();
  const places = [one, two].map((database) => killedProgram(program, database));
  const report = await crashAll(places, WANTED);
  expect(report.findings).toEqual([]);
  expect(report.tooFew).toEqual([]);
});
