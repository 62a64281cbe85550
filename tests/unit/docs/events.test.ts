import { readFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { eventLine } from "../../../src/plugins/reporters/event-record.ts";
import { eventsPage, type Schema } from "../../support/events-page.ts";
import { failedRun, publishedRun } from "../../support/recorded-run.ts";

const schema = JSON.parse(await readFile("docs/events.schema.json", "utf8")) as Schema;
// Formats are for readers of the schema; the validator has none built in.
const validate = new Ajv2020({
  strict: true,
  strictRequired: false,
  strictTypes: false,
  allErrors: true,
  formats: { "date-time": true, uuid: true },
}).compile(schema);
const records = [...failedRun, ...publishedRun].map((stamped) => JSON.parse(eventLine(stamped)) as object);

describe("the schema of events", () => {
  it("holds for every event of the recorded runs", () => {
    for (const record of records) {
      validate(record);
      expect({ record, errors: validate.errors }).toEqual({ record, errors: null });
    }
  });

  it("knows exactly the kinds of which the recorded runs have one each", () => {
    const kinds = new Set(records.map((record) => (record as { kind: string }).kind));
    expect(new Set(schema.oneOf?.map((kind) => kind.title))).toEqual(kinds);
  });

  it("refuses a field that nobody documented", () => {
    expect(records.map((record) => validate({ ...record, surprise: 1 }))).not.toContain(true);
  });

  it("refuses an event without what is always there", () => {
    const kinds = new Map(schema.oneOf?.map((kind) => [kind.title, kind.required ?? []]));
    for (const record of records) {
      const [field] = kinds.get((record as { kind: string }).kind) ?? [];
      expect(validate(Object.fromEntries(Object.entries(record).filter(([name]) => name !== field)))).toBe(false);
    }
  });
});

describe("docs/events.md", () => {
  it("says what the schema says", async () => {
    await expect(eventsPage(schema)).toMatchFileSnapshot("../../../docs/events.md");
  });
});
