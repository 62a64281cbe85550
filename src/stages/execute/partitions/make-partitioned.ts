/**
 * Makes a partitioned table. Where the partitions are to be found from the data, the query's rows are
 * staged once, without a log, in a table that goes again; where they are declared, the rows go straight to their place.
 */

import type { DataStep } from "../../../domain/build-steps.ts";
import type { QueryResult, Row, Session } from "../../../domain/contracts/database.ts";
import { type Diagnostic, errorOf } from "../../../domain/diagnostic.ts";
import type { RelationName } from "../../../domain/names.ts";
import type { PartitionKey } from "../../../domain/partitioning.ts";
import type { BuildTask } from "../../../domain/plan.ts";
import { joinSql, relation, type Sql, sql } from "../../../domain/sql.ts";
import { unreachable } from "../../../domain/unreachable.ts";
import { numberSuffix, partitionNames, valueSuffix } from "./partition-names.ts";
import {
  createParent,
  createPartition,
  DEFAULT_BOUND,
  declaredBound,
  hashBound,
  keyType,
  listBound,
  type Partition,
  rangeBound,
  stretchesOfNumbers,
  stretchesOfTime,
  valuesOf,
} from "./partition-sql.ts";

type PartitionedStep = Extract<DataStep, { kind: "partitioned" }>;

export type MadePartitioned =
  | { readonly kind: "made"; readonly rows: number | undefined }
  | { readonly kind: "failed"; readonly diagnostics: readonly Diagnostic[] };

/** Within a transaction that the caller ends. */
export const makePartitioned = (session: Session, task: BuildTask, step: PartitionedStep): Promise<MadePartitioned> => {
  const known = knownPartitions(task, step);
  return known === undefined ? fromData(session, task, step) : straight(session, task, step, known);
};

/** Undefined: the data say which. */
const knownPartitions = (
  { workspace }: BuildTask,
  { partitioning: { cut }, taken }: PartitionedStep,
): readonly Partition[] | undefined => {
  switch (cut.kind) {
    case "modulus": {
      const remainders = Array.from({ length: cut.count }, (_, i) => i);
      const names = partitionNames(
        workspace.name,
        remainders.map((i) => `p${i}`),
        taken,
      );
      return remainders.map((i) => ({ name: names[i] ?? "", bound: hashBound(cut.count, i) }));
    }
    case "declared":
      return cut.partitions.map((partition) => ({ name: partition.name, bound: declaredBound(partition) }));
    default:
      return undefined;
  }
};

const straight = async (
  session: Session,
  { workspace }: BuildTask,
  { query, partitioning, storage }: PartitionedStep,
  partitions: readonly Partition[],
): Promise<MadePartitioned> => {
  const shape = scratch(session, workspace);
  const statements = [
    sql`create view ${relation(shape)} as\n${query}`,
    createParent(workspace, shape, partitioning, storage),
    sql`drop view ${relation(shape)}`,
    ...partitions.map((partition) => createPartition(workspace, partition, storage)),
    sql`insert into ${relation(workspace)}\n${query}`,
  ];
  return { kind: "made", rows: countIn(await session.run(joinSql(statements, sql`;\n`)), "INSERT") };
};

const fromData = async (session: Session, task: BuildTask, step: PartitionedStep): Promise<MadePartitioned> => {
  const { workspace } = task;
  const { partitioning, storage } = step;
  const [key] = partitioning.keys;
  if (key === undefined) throw new Error(`${task.node}: partitioned by nothing`);
  const rows = scratch(session, workspace);
  // The bounds of days and times are found and read in one time zone.
  const answers = await session.run(sql`create unlogged table ${relation(rows)} as
${step.query};
set local timezone to 'UTC'; set local datestyle to 'ISO, YMD'; set local intervalstyle to 'postgres'; ${keyType(rows, key)}`);
  const type = answers.at(-1)?.rows[0];
  const wrong = type === undefined ? undefined : wrongType(task, step, type);
  const found = wrong === undefined ? await foundPartitions(session, task, step, rows, key) : [];
  const diagnostic = wrong ?? tooMany(task, step, found);
  if (diagnostic !== undefined) return { kind: "failed", diagnostics: [diagnostic] };
  const statements = [
    createParent(workspace, rows, partitioning, storage),
    ...found.map((partition) => createPartition(workspace, partition, storage)),
    sql`insert into ${relation(workspace)} select * from ${relation(rows)}`,
    sql`drop table ${relation(rows)}`,
    sql`reset timezone; reset datestyle; reset intervalstyle`,
  ];
  await session.run(joinSql(statements, sql`;\n`));
  return { kind: "made", rows: countIn(answers, "SELECT") };
};

/** Of this session alone, and gone before its transaction ends. */
const scratch = (session: Session, { schema }: RelationName): RelationName => ({
  schema,
  name: `galley_rows_${session.backendPid}`,
});

const countIn = (answers: readonly QueryResult[], command: string): number | undefined =>
  answers.find((answer) => answer.command === command)?.rowCount;

const foundPartitions = async (
  session: Session,
  { workspace }: BuildTask,
  { partitioning: { cut }, taken }: PartitionedStep,
  rows: RelationName,
  key: PartitionKey,
): Promise<readonly Partition[]> => {
  const named = (found: readonly { readonly suffix: string; readonly bound: Sql }[]): readonly Partition[] => {
    const names = partitionNames(
      workspace.name,
      found.map((p) => p.suffix),
      taken,
    );
    return found.map(({ bound }, i) => ({ name: names[i] ?? "", bound }));
  };
  switch (cut.kind) {
    case "granularity":
      return named((await session.rows(stretchesOfTime(rows, key, cut.unit))).map((row) => stretch(row, row["name"])));
    case "interval":
      return named(
        (await session.rows(stretchesOfNumbers(rows, key, cut.size))).map((row) =>
          stretch(row, numberSuffix(row["low"] ?? "")),
        ),
      );
    case "values":
      return named(
        (await session.rows(valuesOf(rows, key))).map(({ value = null }) => ({
          suffix: valueSuffix(value),
          bound: listBound([value]),
        })),
      );
    case "modulus":
    case "declared":
      return [];
    default:
      return unreachable(cut);
  }
};

/** NULL and what is infinite stand in no stretch: they get the default partition. */
const stretch = (row: Row, suffix: string | null | undefined) => {
  const { low = null, high = null } = row;
  return low === null
    ? { suffix: "default", bound: DEFAULT_BOUND }
    : { suffix: suffix ?? "", bound: rangeBound(low, high) };
};

const wrongType = ({ node }: BuildTask, { partitioning }: PartitionedStep, type: Row): Diagnostic | undefined => {
  const { cut, at } = partitioning;
  const wanted = cut.kind === "granularity" ? "D" : cut.kind === "interval" ? "N" : type["category"];
  if (type["category"] === wanted) return undefined;
  const message =
    wanted === "D"
      ? `${node}: \`granularity\` goes by days or times, and the key is ${type["type"]}`
      : `${node}: \`interval\` goes by numbers, and the key is ${type["type"]}`;
  const help = wanted === "D" ? "for numbers it is `interval: 10`" : "for days and times it is `granularity: month`";
  return errorOf("execute/bad-partition", message, { at, help });
};

/** Each is a relation of its own, with its own indexes, and is locked by publish. */
const MOST = 1000;

const tooMany = (
  { node }: BuildTask,
  { partitioning: { at } }: PartitionedStep,
  found: readonly Partition[],
): Diagnostic | undefined =>
  found.length <= MOST
    ? undefined
    : errorOf("execute/bad-partition", `${node}: its rows need ${found.length} partitions, and ${MOST} is the most`, {
        at,
        help: "cut it coarser: a longer granularity, a larger interval; or by hash",
      });
