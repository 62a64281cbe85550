import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { loadMapping } from "../../../src/stages/ingest/load-mapping.ts";
import { fileBytes, mappingOf, type RawDatabase, RUN_ID, withRawDatabase } from "../../support/raw.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const DATA = join(ROOT, "../shared/data");
const FILES = { elo: "nba_elo_1947_2015.csv.gz", playoff_box: "nba_playoff_box_2011_2024.csv.gz" };
type Name = keyof typeof FILES;

/** Not part of the project; a checkout without them skips this. */
const areThere = Object.values(FILES).every((file) => existsSync(join(DATA, file)));

const rawSchema = async (): Promise<string> => {
  const names = (await readdir(join(ROOT, "migrations"))).filter((name) => name.endsWith(".sql")).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(ROOT, "migrations", name), "utf8")));
  return texts.join("\n;\n");
};

const ingest = async (raw: RawDatabase, name: Name): Promise<readonly string[]> => {
  const path = `ingest/${name}.yml`;
  const loaded = await loadMapping(raw.database, {
    mapping: mappingOf(await readFile(join(ROOT, path), "utf8"), path),
    source: fileBytes(join(DATA, FILES[name])),
    fileLabel: FILES[name],
    runId: RUN_ID,
    bookkeeping: "galley",
  });
  if (!loaded.ok) throw new Error(loaded.diagnostics.map((d) => d.message).join("; "));
  return loaded.value.steps.map(
    ({ into, counts }) => `${into} ${counts.inserted} new, ${counts.updated} updated, ${counts.rejected} refused`,
  );
};

const totals = async (raw: RawDatabase) => ({
  matches: await raw.query("select count(*)::int as n from raw.matches where competition = 'nba'"),
  boxScores: await raw.query("select count(*)::int as n from raw.team_game_stats"),
  quarantined: await raw.query("select count(*)::int as n from galley.quarantine"),
});

const EXPECTED = { matches: [{ n: 63_907 }], boxScores: [{ n: 2_340 }], quarantined: [{ n: 0 }] };

describe.skipIf(!areThere)(`the real games of ${DATA}`, () => {
  test("stand once each, whichever file comes first, and a second pass changes nothing", async () => {
    await using raw = await withRawDatabase(await rawSchema());
    expect((await ingest(raw, "elo")).at(-1)).toBe("raw.matches 63157 new, 0 updated, 0 refused");
    expect((await ingest(raw, "playoff_box")).at(-1)).toBe("raw.team_game_stats 2340 new, 0 updated, 0 refused");
    expect(await totals(raw)).toEqual(EXPECTED);
    const ids = await raw.query("select md5(string_agg(m::text, '|' order by game_id)) as all from raw.matches m");
    for (const name of ["elo", "playoff_box"] as const) {
      for (const step of await ingest(raw, name)) expect(step).toMatch(/ 0 new, 0 updated, 0 refused$/);
    }
    expect(await raw.query("select md5(string_agg(m::text, '|' order by game_id)) as all from raw.matches m")).toEqual(
      ids,
    );
    expect(await totals(raw)).toEqual(EXPECTED);
  });

  test("stand once each in the other order too", async () => {
    await using raw = await withRawDatabase(await rawSchema());
    await ingest(raw, "playoff_box");
    await ingest(raw, "elo");
    expect(await totals(raw)).toEqual(EXPECTED);
    for (const name of ["playoff_box", "elo"] as const) {
      for (const step of await ingest(raw, name)) expect(step).toMatch(/ 0 new, 0 updated, 0 refused$/);
    }
  });
});
