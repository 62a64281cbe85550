/**
 * Tables of reference pages, made from the tables in the code. A page is written by hand but for what stands between
 * `<!-- table: kind name -->` and `<!-- end -->`.
 */
import { PLACES, type Place, type PlaceName, type ValueType } from "../../src/domain/config-keys.ts";
import type { DataTest, Section } from "../../src/domain/contracts/data-test.ts";
import { dataTests } from "../../src/plugins/data-tests/index.ts";

const MARKED = /(<!-- table: (?<kind>\w+)(?: (?<name>[^>]+?))? -->\n)[\s\S]*?(?=<!-- end -->)/g;

/** The page as it must be. */
export const withTables = (page: string): string =>
  page.replace(MARKED, (...match) => {
    const [, marker] = match as readonly string[];
    const { kind, name } = match.at(-1) as { readonly kind: string; readonly name: string | undefined };
    return `${marker}\n${kind === "keys" ? keysOf(name ?? "") : dataTestTable()}\n\n`;
  });

export const placesOn = (page: string): readonly string[] =>
  [...page.matchAll(MARKED)].flatMap(({ groups }) => (groups?.["kind"] === "keys" ? [groups["name"] ?? ""] : []));

const keysOf = (name: string): string => {
  if (!Object.hasOwn(PLACES, name)) throw new Error(`there is no place named ${name}`);
  const place: Place = PLACES[name as PlaceName];
  const rows = Object.entries(place.keys).map(
    ([key, rule]) =>
      `| \`${key}\` | ${typeText(rule.type)} | ${rule.isRequired ? "**needed.** " : ""}${cell(rule.description)} |`,
  );
  const table = ["| key | takes | what it says |", "| --- | --- | --- |", ...rows].join("\n");
  if (place.ignored.length === 0) return table;
  const listed = (keys: readonly string[]): string => keys.map((k) => `\`${k}\``).join(", ");
  return `${table}\n\nOf dbt, accepted with a warning and not acted upon: ${listed(place.ignored)}.`;
};

const TYPES: Readonly<Record<Exclude<ValueType, readonly string[]>, string>> = {
  text: "text",
  sql: "SQL",
  boolean: "true or false",
  number: "a number",
  names: "a name or a list of names",
  list: "a list",
  mapping: "a mapping",
  "names or mapping": "a name, a list of names or a mapping",
  duration: "a duration: `200ms`, `5s`, `2min`",
  hooks: "SQL, `{ sql, transaction }`, or a list of them",
  any: "–",
};

const typeText = (type: ValueType): string =>
  typeof type === "string" ? TYPES[type] : type.map((choice) => `\`${choice}\``).join(" ");

const SECTIONS: Readonly<Record<Section, string>> = {
  keys: "Keys",
  values: "Values of a row",
  relations: "How many rows, and which",
  order: "Order, time and gaps",
  statistics: "Statistics",
  shape: "Types",
  expectations: "dbt-expectations",
};

const dataTestTable = (): string =>
  Object.entries(SECTIONS)
    .map(([section, title]) => {
      const kinds = [...dataTests.values()].filter((test) => test.section === section);
      const rows = kinds.map((test) => (section === "expectations" ? expectationRow(test) : kindRow(test)));
      return [`### ${title}`, "", "| kind | holds when | takes |", "| --- | --- | --- |", ...rows].join("\n");
    })
    .join("\n\n");

const kindRow = ({ name, description, example, parameters }: DataTest): string => {
  const takes = parameters.map((p) => `\`${p.name}\`${p.isRequired ? "" : " (optional)"}: ${cell(p.description)}`);
  const shown = example === undefined ? "" : `<br>\`${cell(example)}\``;
  return `| \`${name}\` | ${cell(description)}${shown} | ${takes.join("<br>") || "nothing"} |`;
};

/** What dbt-expectations calls an argument is known to whoever reads this table. */
const expectationRow = ({ name, description, parameters }: DataTest): string => {
  const takes = parameters.map((p) => (p.isRequired ? `**\`${p.name}\`**` : `\`${p.name}\``));
  return `| \`${name}\` | ${cell(description)} | ${takes.join(", ") || "nothing"} |`;
};

const cell = (text: string): string => text.replaceAll("|", "\\|");
