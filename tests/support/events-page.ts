/** docs/events.md, made from docs/events.schema.json, so that the two cannot differ. */

export type Schema = {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: string | number;
  readonly enum?: readonly string[];
  readonly $ref?: string;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly oneOf?: readonly Schema[];
  readonly $defs?: Readonly<Record<string, Schema>>;
};

export const eventsPage = (schema: Schema): string =>
  [
    "# Events",
    `${schema.description} Kinds and fields are only ever added, so that a reader must pass over what it does not know.`,
    "[`events.schema.json`](events.schema.json) says the same to programs; this page is made from it.",
    example,
    "`run_started` and `run_finished` belong to `build`, `run`, `retry`, `seed` and `test`. `ingest` and `migrate` are no runs of nodes: they tell of what they did (`raw_loaded`, `migration_applied`) and of what is wrong (`diagnostic`), and their exit code says the rest.",
    "## Every event",
    tableOf(schema, schema),
    ...(schema.oneOf ?? []).flatMap((kind) => [`## \`${kind.title}\``, kind.description ?? "", tableOf(kind, schema)]),
    "## Objects within events",
    ...Object.entries(schema.$defs ?? {})
      .filter(([, def]) => def.properties !== undefined)
      .flatMap(([name, def]) => [`### ${name}`, def.description ?? "", tableOf(def, schema)]),
  ]
    .join("\n\n")
    .concat("\n");

const example = `\`\`\`sh
galley build --log-format json | jq -r 'select(.kind == "test_finished" and .status == "fail") | .name'
\`\`\``;

const tableOf = (schema: Schema, root: Schema): string => {
  const rows = Object.entries(schema.properties ?? {})
    .filter(([name, field]) => !(name === "kind" && field.const !== undefined))
    .map(([name, field]) => {
      const always = schema.required?.includes(name) ? "always" : "";
      return `| \`${name}\` | ${typeOf(field)} | ${always} | ${meaningOf(field, root)} |`;
    });
  return ["| field | type | there | meaning |", "| --- | --- | --- | --- |", ...rows].join("\n");
};

const typeOf = (field: Schema): string => {
  if (field.$ref !== undefined) {
    const name = nameOf(field.$ref);
    return { ms: "number", id: "string" }[name] ?? `[${name}](#${name})`;
  }
  if (field.const !== undefined) return `\`${field.const}\``;
  if (field.enum !== undefined) return field.enum.map((value) => `\`${value}\``).join(" ");
  if (field.items !== undefined) return `list of ${typeOf(field.items)}`;
  return typeof field.type === "string" ? field.type : (field.type ?? ["object"]).join(" or ");
};

const meaningOf = (field: Schema, root: Schema): string =>
  field.description ?? (field.$ref === undefined ? "" : (root.$defs?.[nameOf(field.$ref)]?.description ?? ""));

const nameOf = (reference: string): string => reference.slice(reference.lastIndexOf("/") + 1);
