/** `galley coverage`: what is tested and described, and what is not; the project's files say it, with --live the database too. */
import { join } from "node:path";
import type { Coverage } from "../domain/coverage.ts";
import { exitOf } from "../domain/exit-code.ts";
import { isTest, type Manifest, type SeedNode } from "../domain/manifest.ts";
import { type NodeId, relationKey } from "../domain/names.ts";
import { relation, textOf } from "../domain/sql.ts";
import type { RelationFacts } from "../domain/test-facts.ts";
import { dataTests } from "../plugins/data-tests/index.ts";
import { readSourceColumns } from "../postgres/source-columns.ts";
import { compile } from "../stages/compile/compile.ts";
import { coverageOf } from "../stages/coverage/coverage.ts";
import { belowLeast } from "../stages/coverage/least.ts";
import { relationFacts } from "../stages/execute/catalog-facts.ts";
import { seedHeader } from "../stages/ingest/seed-header.ts";
import type { Command, CommandContext, CommandResult } from "./context.ts";
import type { CoverageInput } from "./inputs.ts";
import { liveRun } from "./live-run.ts";
import { type OpenSelection, openSelection, refusedWith, tell } from "./open-project.ts";
import { withDatabase } from "./with-database.ts";

export const coverage: Command<CoverageInput, Coverage> = async (context, input) => {
  const opened = await openSelection(context, input, undefined);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  if (input.asks === "files") return judged(context, input, opened.value, undefined);
  return withDatabase(context, opened.value, input, "reads", async ({ database }) => {
    const facts = await database.withSession("read", async (session): Promise<Live> => {
      const relations = relationsOf(opened.value.manifest);
      const { columns: found } = await readSourceColumns(session, relations, []);
      const columns = new Map([...found].map(([key, all]) => [key, all.map((column) => column.name)]));
      const names = relations.map((name) => textOf(relation(name)));
      const wanted = {
        names,
        columns: [...new Set([...columns.values()].flat())],
        dear: [],
        wantsForeignKeys: true,
        serverVersion: database.serverVersion,
      };
      return { columns, facts: await relationFacts(session, wanted) };
    });
    return judged(context, input, opened.value, facts);
  });
};

/** What the catalog says of all relations of the project that are there. */
type Live = {
  readonly columns: ReadonlyMap<string, readonly string[]>;
  readonly facts: ReadonlyMap<string, RelationFacts>;
};

const judged = async (
  context: CommandContext,
  { least, asks, resourceTypes }: CoverageInput,
  { project, manifest, nodes }: OpenSelection,
  live: Live | undefined,
): Promise<CommandResult<Coverage>> => {
  const compiled = await compile(manifest, manifest.order, liveRun(context), dataTests);
  if (!compiled.ok) return { exitCode: refusedWith(context, compiled.diagnostics), value: undefined };
  const isWanted = (id: NodeId): boolean =>
    resourceTypes.length === 0 || resourceTypes.some((type) => type === manifest.nodes.get(id)?.kind);
  const seeds = await seedColumns(project.root, manifest);
  const value = await coverageOf({
    manifest,
    compiled: compiled.value,
    selected: new Set(nodes.filter(isWanted)),
    dataTests,
    columns: { seeds, live: live?.columns ?? new Map() },
    facts: live?.facts,
    least: least ?? project.settings.coverage?.value ?? new Map(),
  });
  const unknown = value.relations.filter((r) => r.columnsKnown === "more").map((r) => r.name);
  if (unknown.length > 0 && asks === "files")
    context.emit({
      kind: "note",
      message: `not all columns of ${listed(unknown)} are known: declare them, or ask the database with --live`,
    });
  const below = belowLeast(value, least === undefined ? project.settings.coverage?.span : undefined);
  return { exitCode: refusedWith(context, below), value };
};

const MOST_NAMES = 5;

const listed = (names: readonly string[]): string =>
  names.length <= MOST_NAMES
    ? names.join(", ")
    : `${names.slice(0, MOST_NAMES).join(", ")} and ${names.length - MOST_NAMES} more`;

const relationsOf = ({ nodes }: Manifest) => [
  ...new Map(
    [...nodes.values()].flatMap((node) => (isTest(node) ? [] : [[relationKey(node.relation), node.relation] as const])),
  ).values(),
];

/** A file that cannot be read is told of when it is loaded. */
const seedColumns = async (root: string, { nodes }: Manifest): Promise<ReadonlyMap<NodeId, readonly string[]>> => {
  const seeds = [...nodes.values()].filter((node): node is SeedNode => node.kind === "seed");
  const found = new Map<NodeId, readonly string[]>();
  for (const seed of seeds) {
    const columns = await seedHeader({ absolutePath: join(root, seed.path), label: seed.path }, seed.config);
    if (columns.ok) found.set(seed.id, columns.value);
  }
  return found;
};
