/** Features as of a time, over random rows: by index, by sorting, and one entity at a time they are what a plain search finds. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Features, openFeatures, trainingSet } from "../../../src/index.ts";
import { type Engine, openClient, withEngine } from "../../support/engine.ts";
import { FEATURE_MODELS } from "../../support/feature-project.ts";

let engine: Engine;
let client: Awaited<ReturnType<typeof openClient>>;
let served: Features;
const FEATURES = ["form.points_avg", "rating.rating", "market.odds"];

beforeAll(async () => {
  engine = await withEngine(FEATURE_MODELS);
  expect((await engine.build()).complaints).toEqual([]);
  client = await openClient(engine.database.url);
  const opened = await openFeatures(place(), { features: FEATURES, maxAge: "3 days" });
  if (opened.value === undefined) throw new Error(JSON.stringify(opened.diagnostics));
  served = opened.value;
});
afterAll(async () => {
  await served.close();
  await client.end();
  await engine[Symbol.asyncDispose]();
});

const place = () => ({ folder: engine.project.root, env: engine.env });

const team = fc.integer({ min: 1, max: 3 });
const day = fc.integer({ min: 1, max: 9 });
const seq = fc.integer({ min: 1, max: 2 });
const row = fc.record({ team, day, seq, hour: fc.integer({ min: 0, max: 23 }) });
const rows = fc.uniqueArray(row, { maxLength: 12, selector: (r) => `${r.team} ${r.day} ${r.seq}` });
const entities = fc.array(row, { minLength: 1, maxLength: 6 });

type Drawn = { readonly team: number; readonly day: number; readonly seq: number; readonly hour: number };

const two = (n: number): string => String(n).padStart(2, "0");
const timeOf = (r: Drawn): string => `2024-01-${two(r.day)} ${two(r.hour)}:00:00`;

/** The latest that fits, by a search through all: what is known before its time at that time, else only later. */
const expected = (e: Drawn, form: readonly Drawn[], rating: readonly Drawn[], market: readonly Drawn[]) => {
  const latest = (all: readonly Drawn[], place: (r: Drawn) => number, fits: (r: Drawn) => boolean) =>
    all
      .filter((r) => r.team === e.team && fits(r))
      .reduce<Drawn | undefined>((best, r) => (best === undefined || place(r) > place(best) ? r : best), undefined);
  const order = (r: Drawn): number => r.day * 10 + r.seq;
  const hour = (r: Drawn): number => r.day * 24 + r.hour;
  return {
    form: latest(form, order, (r) => order(r) <= order(e) && r.day >= e.day - 3),
    rating: latest(rating, hour, (r) => hour(r) < hour(e) && hour(r) >= hour(e) - 72),
    market: latest(
      market,
      (r) => r.day,
      (r) => r.day <= e.day && r.day >= e.day - 3,
    ),
  };
};

const fill = async (table: string, values: readonly string[]): Promise<void> => {
  await client.query(`truncate shop.${table}`);
  if (values.length > 0) await client.query(`insert into shop.${table} values ${values.join(", ")}`);
};

test("a training set and what is served agree with a plain search", async () => {
  const out = join(engine.project.root, "train.csv");
  const law = fc.asyncProperty(rows, rows, rows, entities, async (form, timed, market, asked) => {
    const rating = [...new Map(timed.map((r) => [`${r.team} ${timeOf(r)}`, r])).values()];
    const markets = [...new Map(market.map((r) => [`${r.team} ${r.day}`, r])).values()];
    await fill(
      "form",
      form.map((r, i) => `(${r.team}, '2024-01-${two(r.day)}', ${r.seq}, ${i}, true)`),
    );
    await fill(
      "rating",
      rating.map((r, i) => `(${r.team}, '${timeOf(r)}+00', ${i}, 'x')`),
    );
    await fill(
      "market",
      markets.map((r, i) => `(${r.team}, '2024-01-${two(r.day)}', ${i})`),
    );
    await engine.project.write({
      "asked.csv": `team_id,at,seq\n${asked.map((e) => `${e.team},${timeOf(e)},${e.seq}\n`).join("")}`,
    });
    const written = await trainingSet(place(), {
      features: FEATURES,
      entities: "asked.csv",
      times: ["at", "seq"],
      maxAge: "3 days",
      out: { kind: "file", path: out },
    });
    expect(written.diagnostics).toEqual([]);
    const lines = (await readFile(out, "utf8")).trimEnd().split("\n");
    expect(lines[0]).toBe("team_id,at,seq,points_avg,rating,odds");
    for (const [i, e] of asked.entries()) {
      const found = expected(e, form, rating, markets);
      const at = (all: readonly Drawn[], one: Drawn | undefined) => (one === undefined ? null : all.indexOf(one));
      const features = [at(form, found.form), at(rating, found.rating), at(markets, found.market)];
      expect(lines[i + 1]).toBe([e.team, timeOf(e), e.seq, ...features.map((f) => f ?? "")].join(","));
      const one = await served.get({ team_id: e.team }, [timeOf(e), e.seq]);
      const values = {
        points_avg: features[0],
        rating: features[1] === null ? null : String(features[1]),
        odds: features[2],
      };
      expect(one).toEqual({ ok: true, value: values, warnings: [] });
    }
  });
  await fc.assert(law, { numRuns: 25 });
}, 120_000);

test("what is served goes on when a publish changes a column's type", async () => {
  await fill("form", ["(1, '2024-01-01', 1, 10.5, true)"]);
  const before = await served.get({ team_id: 1 }, "2024-01-02");
  expect(before).toMatchObject({ ok: true, value: { points_avg: 10.5 } });
  await engine.project.write({
    "models/form.sql": (FEATURE_MODELS["models/form.sql"] ?? "").replace("10.5", "'high'"),
  });
  expect((await engine.build()).complaints).toEqual([]);
  expect(await served.get({ team_id: 1 }, "2024-01-02")).toMatchObject({ ok: true, value: { points_avg: "high" } });
});
