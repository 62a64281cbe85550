import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SEEDS = join(ROOT, "seeds/raw");

const rowsOf = async (name: string): Promise<readonly (readonly string[])[]> => {
  const text = await readFile(join(SEEDS, `${name}.csv`), "utf8");
  const [, ...lines] = text.trimEnd().split("\n");
  return lines.map((line) => line.split(","));
};

test("the generator makes the committed seeds again, byte by byte", async () => {
  const folder = await mkdtemp(join(tmpdir(), "galley-seeds-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await promisify(execFile)(process.execPath, [join(ROOT, "scripts/generate-seeds.mjs"), folder]);
  const names = await readdir(SEEDS);
  expect(names.sort()).toEqual(["matches.csv", "players.csv", "team_game_stats.csv", "teams.csv"]);
  for (const name of names) {
    const [made, committed] = await Promise.all([readFile(join(folder, name)), readFile(join(SEEDS, name))]);
    expect(made.equals(committed), name).toBe(true);
  }
});

test("all seeds together are at most 3 MB", async () => {
  const entries = await readdir(join(ROOT, "seeds"), { recursive: true });
  const sizes = await Promise.all(entries.map(async (entry) => (await stat(join(ROOT, "seeds", entry))).size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(3_000_000);
});

test("a season is 1,230 games, 41 at home and 41 away for each of 30 teams", async () => {
  const played = (await rowsOf("matches")).filter((row) => row[4] === "false");
  const count = (column: number): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const row of played) {
      const key = `${row[1]} ${row[column]}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  };
  for (const column of [5, 6]) {
    const counts = count(column);
    expect(Object.keys(counts)).toHaveLength(90);
    expect(new Set(Object.values(counts))).toEqual(new Set([41]));
  }
});

test("thirty games are scheduled: they have odds and no scores", async () => {
  const scheduled = (await rowsOf("matches")).filter((row) => row[7] === "" || row[8] === "");
  expect(scheduled).toHaveLength(30);
  for (const [game, , , , , , , home, away, homeOdds, awayOdds] of scheduled) {
    expect([home, away], game).toEqual(["", ""]);
    expect(Math.min(Number(homeOdds), Number(awayOdds)), game).toBeGreaterThan(1);
  }
});
