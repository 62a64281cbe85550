/** From the SQL files of snapshots/, which are dbt's older form of a snapshot, to errors that show each one as YAML. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type SourceFile, spanOf, wholeFile } from "../../domain/source.ts";
import { readSource } from "./read-file.ts";

export const snapshotBlocks = (root: string, paths: readonly string[], found: Diagnostic[]): readonly Diagnostic[] =>
  paths.flatMap((path) => {
    const file = readSource(root, path, found);
    return file === undefined ? [] : blocksOf(file);
  });

const BLOCK = /\{%-?\s*snapshot\s+(?<name>\w+)\s*-?%\}(?<body>[\s\S]*?)(?:\{%-?\s*endsnapshot\s*-?%\}|$)/g;

const blocksOf = (file: SourceFile): readonly Diagnostic[] => {
  const blocks = [...file.text.matchAll(BLOCK)];
  if (blocks.length === 0)
    return [
      errorOf("load/snapshot-block", `${file.path} is no property file, and snapshots are declared in YAML`, {
        at: wholeFile(file),
        help: "a query stands in models/; a snapshot of it is an entry of `snapshots:` in a .yml file",
      }),
    ];
  return blocks.map((block) => {
    const tagEnd = block.index + block[0].indexOf("%}") + "%}".length;
    const name = block.groups?.["name"] ?? "";
    return errorOf("load/snapshot-block", `the snapshot \`${name}\` is a block of dbt's older form`, {
      at: spanOf(file, block.index, tagEnd),
      help: asYaml(name, block.groups?.["body"] ?? ""),
    });
  });
};

const CONFIG = /\{\{-?\s*config\s*\((?<arguments>[\s\S]*?)\)\s*-?\}\}/;
const ARGUMENT = /(?<key>\w+)\s*=\s*(?<value>"[^"]*"|'[^']*'|\[[^\]]*\]|\w+)/g;
const PLAIN_BODY = /^\s*select\s+\*\s+from\s+\{\{-?\s*(?<call>(?:ref|source)\s*\([^)]*\))\s*-?\}\}\s*;?\s*$/i;

const asYaml = (name: string, body: string): string => {
  const written = CONFIG.exec(body)?.groups?.["arguments"] ?? "";
  const config = [...written.matchAll(ARGUMENT)].flatMap((match) =>
    configLine(match.groups?.["key"] ?? "", match.groups?.["value"] ?? ""),
  );
  const watched = PLAIN_BODY.exec(body.replace(CONFIG, ""))?.groups?.["call"];
  const relation = watched ?? `ref('${name}_rows')`;
  return [
    `write in snapshots/${name}.yml${watched === undefined ? `, and its query into the ephemeral model models/${name}_rows.sql` : ""}:`,
    "snapshots:",
    `  - name: ${name}`,
    `    relation: ${relation}`,
    "    config:",
    ...config.map((line) => `      ${line}`),
  ].join("\n");
};

/** As dbt itself translates them: a schema needs no other word than elsewhere, and a database is the target's. */
const configLine = (key: string, value: string): readonly string[] => {
  if (key === "target_database") return [];
  if (key === "target_schema") return [`schema: ${value}`];
  if (key === "invalidate_hard_deletes") return value.toLowerCase() === "true" ? ["hard_deletes: invalidate"] : [];
  return [`${key}: ${value}`];
};
