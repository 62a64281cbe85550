/** Whether a snapshot, what it watches and the history that stands go together; each thing that does not is told. */

import type { SnapshotStep } from "../../../domain/build-steps.ts";
import { type Diagnostic, errorOf } from "../../../domain/diagnostic.ts";
import { type RelationName, relationKey } from "../../../domain/names.ts";
import type { BuildTask } from "../../../domain/plan.ts";
import { quoteIdentifier, relation, textOf } from "../../../domain/sql.ts";
import { suggest } from "../../../lib/suggest.ts";
import { tableLines } from "../../../lib/table.ts";
import type { ColumnShape, SnapshotShape } from "./shape.ts";
import { ownColumns } from "./versions-sql.ts";

export const misfits = (task: BuildTask, step: SnapshotStep, shape: SnapshotShape): readonly Diagnostic[] => {
  const watched = watchedMisfits(task, step, shape.watched);
  if (watched.length > 0 || shape.history === undefined || step.later === undefined) return watched;
  const { live } = step.later;
  const own = ownMisfits(task, step, live, shape.history);
  return own.length > 0 ? own : historyMisfits(task, step, live, { ...shape, history: shape.history });
};

const misfit = ({ node, at }: BuildTask, message: string, help: string): Diagnostic =>
  errorOf("execute/snapshot-misfit", `${node}: ${message}`, { at, help });

const namesOf = (columns: readonly ColumnShape[]): readonly string[] => columns.map((c) => c.name);

const watchedMisfits = (
  task: BuildTask,
  { config }: SnapshotStep,
  watched: readonly ColumnShape[],
): readonly Diagnostic[] => {
  const there = namesOf(watched);
  const { strategy } = config;
  const named: readonly (readonly [string, string])[] = [
    ...config.uniqueKey.map((name) => ["unique_key", name] as const),
    ...(strategy.updatedAt === undefined ? [] : [["updated_at", strategy.updatedAt] as const]),
    ...(strategy.kind === "check" && strategy.columns !== "all"
      ? strategy.columns.map((name) => ["check_cols", name] as const)
      : []),
  ];
  const absent = named
    .filter(([, name]) => !there.includes(name))
    .map(([key, name]) => {
      const near = suggest(name, there);
      const help = near === undefined ? `it has ${there.join(", ")}` : `did you mean \`${near}\`?`;
      return misfit(task, `\`${key}\` names \`${name}\`, and what it watches has no such column`, help);
    });
  const taken = ownColumns(config)
    .filter((name) => there.includes(name))
    .map((name) =>
      misfit(
        task,
        `what it watches has a column \`${name}\` already`,
        "give the snapshot's own column another name with `snapshot_meta_column_names`",
      ),
    );
  return [...absent, ...taken];
};

/** The columns that say from when to when a version holds. */
const ownMisfits = (
  task: BuildTask,
  { config }: SnapshotStep,
  live: RelationName,
  history: readonly ColumnShape[],
): readonly Diagnostic[] => {
  const there = namesOf(history);
  const { isDeleted } = config.columnNames;
  const table = textOf(relation(live));
  const missing = ownColumns(config).filter((name) => !there.includes(name));
  if (missing.length === 1 && missing[0] === isDeleted) {
    const add = `alter table ${table} add column ${quoteIdentifier(isDeleted)} text not null default 'False'`;
    return [
      misfit(
        task,
        `\`hard_deletes: new_record\` needs the column \`${isDeleted}\`, which ${relationKey(live)} does not have`,
        `its history began without; add it: ${add}`,
      ),
    ];
  }
  if (missing.length > 0)
    return [
      misfit(
        task,
        `${relationKey(live)} has no column ${missing.map((m) => `\`${m}\``).join(", ")}`,
        "name its columns as they are with `snapshot_meta_column_names`, or give the snapshot another alias",
      ),
    ];
  if (config.hardDeletes === "new_record" || !there.includes(isDeleted)) return [];
  return [
    misfit(
      task,
      `${relationKey(live)} has versions that say a row is gone (\`${isDeleted}\`), and hard_deletes is ${config.hardDeletes}`,
      "keep `hard_deletes: new_record`, or begin another history under another alias",
    ),
  ];
};

type Both = SnapshotShape & { readonly history: readonly ColumnShape[] };

const historyMisfits = (
  task: BuildTask,
  { config }: SnapshotStep,
  live: RelationName,
  { watched, history, currentKeys, areIdsUnique }: Both,
): readonly Diagnostic[] => {
  const { uniqueKey, columnNames, validToCurrent } = config;
  const key = sorted(uniqueKey);
  const known = currentKeys[0];
  const there = namesOf(history);
  const lost = uniqueKey.filter((name) => !there.includes(name));
  if (lost.length > 0 || (known !== undefined && currentKeys.every((k) => sorted(k) !== key))) {
    const was = known === undefined ? "" : ` It was ${known.join(", ")}.`;
    return [
      misfit(
        task,
        `its unique_key is ${uniqueKey.join(", ")}, and the history of ${relationKey(live)} goes by another.${was}`,
        "versions of two keys are two histories: keep the key, or give the snapshot another alias",
      ),
    ];
  }
  if (known === undefined || !areIdsUnique) {
    const open = validToCurrent === undefined ? ` where ${quoteIdentifier(columnNames.validTo)} is null` : "";
    const columns = validToCurrent === undefined ? uniqueKey : [...uniqueKey, columnNames.validTo];
    const on = `create unique index on ${textOf(relation(live))}`;
    const missing = [
      ...(areIdsUnique ? [] : [`${on} (${quoteIdentifier(columnNames.scdId)})`]),
      ...(known === undefined ? [`${on} (${columns.map(quoteIdentifier).join(", ")})${open}`] : []),
    ];
    return [
      misfit(
        task,
        `${relationKey(live)} lacks the indexes that keep a key to one version at a time`,
        `make them; where that fails, the history is broken already: ${missing.join("; ")}`,
      ),
    ];
  }
  const changed = watched.flatMap((c) => {
    const before = history.find((h) => h.name === c.name);
    return before === undefined || before.type === c.type ? [] : [{ name: c.name, before: before.type, now: c.type }];
  });
  if (changed.length === 0) return [];
  const table = tableLines({
    columns: ["column", "in the history", "now"],
    rows: changed.map((c) => [c.name, c.before, c.now]),
    width: TABLE_WIDTH,
  });
  const actions = changed.map((c) => `alter column ${quoteIdentifier(c.name)} type ${c.now}`);
  return [
    misfit(
      task,
      `columns have other types than in ${relationKey(live)}, which is never made anew`,
      [
        ...table,
        `cast them where they are watched, or change the history: alter table ${textOf(relation(live))} ${actions.join(", ")}`,
      ].join("\n"),
    ),
  ];
};

const TABLE_WIDTH = 100;

const sorted = (names: readonly string[]): string => JSON.stringify(names.toSorted());
