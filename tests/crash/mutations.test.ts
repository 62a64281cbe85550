import { describe, expect, test } from "vitest";
import { buildMutant, type Mutation } from "../support/built-cli.ts";
import { withTestDatabase } from "../support/database.ts";
import { crashAt } from "./crash-all.ts";
import { isFull } from "./extent.ts";
import { killedProgram } from "./killed-program.ts";
import type { Phase } from "./phases.ts";
import type { Target } from "./targets.ts";

const PREPARE = "src/stages/execute/publish/prepare.ts";
const MOVE = "src/stages/execute/publish/move-all.ts";

/** Faults that the crashes must find, and what they say of them. */
const FAULTS: readonly { readonly title: string; readonly mutation: Mutation; readonly finding: RegExp }[] = [
  {
    title: "without its savepoint publish cannot give way to a reader",
    mutation: { path: PREPARE, from: "await session.step(sql`savepoint before_locks`);", to: "" },
    finding: /the next build ended with 3/,
  },
  {
    title: "without the run's row in the transaction of publish nobody knows what became of it",
    mutation: { path: MOVE, from: "[markPublished(run)]", to: "[]" },
    finding: /live is new, and the run's row says running/,
  },
  {
    title: "a publish of two transactions is torn",
    mutation: {
      path: MOVE,
      from: "joinSql([...statements, ...records], sql`;\\n`)",
      to: "joinSql([...statements, ...records], sql`;\\ncommit; begin;\\n`)",
    },
    finding: /live is (new, and the run's row says running|neither old)/,
  },
  {
    title: "a workspace that is not cleared is in the way of the next build",
    mutation: {
      path: "src/stages/execute/workspace.ts",
      from: "schemas: left([...schemas, ...free.schemas]),",
      to: "schemas: [],",
    },
    finding: /the next build ended with [36]/,
  },
];

/** At COMMIT, right after it, and amid the build; whoever recovers from the third meets a reader. */
const targets = (messages: ReadonlyMap<Phase, number>): readonly Target[] => [
  { phase: "publish", nth: (messages.get("publish") ?? 0) - 1, moment: "unsent", delayMs: 0 },
  { phase: "build", nth: 8, moment: "answered", delayMs: 0 },
  { phase: "drop", nth: 0, moment: "unsent", delayMs: 0 },
];

describe.runIf(isFull())("a program with a fault", () => {
  test.each(FAULTS)("$title", async ({ mutation, finding }) => {
    await using database = await withTestDatabase();
    const cases = await crashAt([killedProgram(await buildMutant(mutation), database, "a faulty program")], targets);
    expect(cases.flatMap((c) => c.findings).join("\n")).toMatch(finding);
  });
});
