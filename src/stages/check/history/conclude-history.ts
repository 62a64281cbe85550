/** What the comparison of a source with its photographs counted, in; a verdict for its rows and each of its columns out. */
import type { Row } from "../../../domain/contracts/database.ts";
import { relationKey } from "../../../domain/names.ts";
import { MASK } from "../../../domain/personal.ts";
import type { HistoryColumn, HistoryExample, HistoryFinding } from "../../../domain/source-history.ts";
import { isHash } from "./live-rows.ts";
import type { Photographs } from "./photographs.ts";
import { declaredText, isDate, type WatchedColumn, type WatchedRule, type WatchedSource } from "./watched-source.ts";

export type Concluded = {
  readonly columns: readonly HistoryColumn[];
  readonly rows: number;
  readonly announced: number;
};

/** `row`: of `compareSql`. */
export const concludeHistory = (source: WatchedSource, photographs: Photographs, row: Row): Concluded => {
  const counts = read<readonly number[]>(row["counts"], []);
  const changes = new Map(read<readonly Change[]>(row["changes"], []).map((c) => [c.name, c]));
  const gone = read<Moved>(row["gone"], NOTHING);
  const late = read<Moved>(row["late"], NOTHING);
  const rowsVerdict = verdictOn(
    source,
    undefined,
    source.rows,
    photographs,
    rowsFinding(source, gone, late, counts[0] ?? 0),
  );
  const columns = source.columns.map((column, i) => {
    const change = changes.get(column.name);
    const finding = change && columnFinding(source, column, change, counts[i + 1] ?? 0);
    return verdictOn(source, column.name, column.rule, photographs, finding);
  });
  return { columns: [rowsVerdict, ...columns], rows: counts.at(-1) ?? 0, announced: late.announced ?? 0 };
};

const read = <T>(json: string | null | undefined, otherwise: T): T =>
  json === null || json === undefined ? otherwise : ((JSON.parse(json) as T | null) ?? otherwise);

type RawExample = {
  readonly key: readonly (string | null)[];
  readonly at: string;
  readonly since: string | null;
  readonly was?: string | null;
  readonly is?: string | null;
};

type Moved = {
  readonly changed: number;
  readonly still_old: number | null;
  readonly new: number | null;
  readonly announced?: number;
  readonly examples: readonly RawExample[] | null;
};

type Change = Moved & { readonly name: string; readonly filled: number };

const NOTHING: Moved = { changed: 0, still_old: null, new: null, examples: null };

const verdictOn = (
  source: WatchedSource,
  column: string | undefined,
  rule: WatchedRule,
  photographs: Photographs,
  finding: HistoryFinding | undefined,
): HistoryColumn => {
  const because = finding === undefined ? whyNot(photographs, column) : undefined;
  return {
    node: source.ruled.node.id,
    relation: relationKey(source.ruled.node.relation),
    column,
    declared: declaredText(rule, source, column),
    verdict: finding !== undefined ? "changed" : because === undefined ? "unchanged" : "not-proved",
    because,
    finding,
  };
};

const whyNot = ({ count, comparable }: Photographs, column: string | undefined): string | undefined => {
  if (count === 0) return "there is no photograph to compare with yet";
  return column === undefined || comparable.has(column) ? undefined : "no photograph has it as it is now";
};

const daysOf = ({ still_old, new: fresh }: Moved): HistoryFinding["days"] =>
  still_old === null || fresh === null ? undefined : { stillOld: Math.max(0, still_old), new: fresh };

const columnFinding = (source: WatchedSource, column: WatchedColumn, change: Change, known: number): HistoryFinding => {
  const shown = (cell: string | null | undefined): string | null => {
    if (cell === null || cell === undefined) return null;
    if (column.isPersonal) return MASK;
    return isHash(cell) ? "(a long value)" : cell;
  };
  const days = daysOf(change);
  return {
    changed: change.changed,
    known: Math.max(known, change.changed),
    filled: change.filled,
    late: 0,
    gone: 0,
    days,
    examples: (change.examples ?? []).map((e) => ({ ...exampleOf(source, e), was: shown(e.was), is: shown(e.is) })),
    advice: columnAdvice(source, column.rule, days),
  };
};

const rowsFinding = (source: WatchedSource, gone: Moved, late: Moved, known: number): HistoryFinding | undefined => {
  if (gone.changed + late.changed === 0) return undefined;
  const days = late.changed > 0 ? daysOf(late) : undefined;
  return {
    changed: gone.changed + late.changed,
    known,
    filled: 0,
    late: late.changed,
    gone: gone.changed,
    days,
    examples: [
      ...(late.examples ?? []).map((e) => ({ ...exampleOf(source, e), was: "not there", is: "there" })),
      ...(gone.examples ?? []).map((e) => ({ ...exampleOf(source, e), was: "there", is: "not there" })),
    ],
    advice: rowsAdvice(source, late.changed, gone.changed, days),
  };
};

const exampleOf = (
  { ruled, personalKey }: WatchedSource,
  { key, at, since }: RawExample,
): Omit<HistoryExample, "was" | "is"> => ({
  key: ruled.key.map((column, i) => ({ column, value: personalKey.has(column) ? MASK : (key[i] ?? null) })),
  at,
  since: since ?? undefined,
});

const VERSIONS = "keep its versions in a snapshot and join the one that held: docs/snapshots.md";

const columnAdvice = (source: WatchedSource, rule: WatchedRule, days: HistoryFinding["days"]): string => {
  if (source.ruled.node.config.availability.isConstant)
    return `it is not constant: take \`constant\` away and say when its columns are known, or ${VERSIONS}`;
  if (rule.kind === "event") return `an event that is past moved: no rule can say that, ${VERSIONS}`;
  return `known_after: ${laterText(source, rule, days)}, or the time at which it is written; else ${VERSIONS}`;
};

const rowsAdvice = (source: WatchedSource, late: number, gone: number, days: HistoryFinding["days"]): string => {
  if (source.ruled.node.config.availability.isConstant)
    return `it is not constant: take \`constant\` away and say when its rows are known, or ${VERSIONS}`;
  const parts = [
    ...(late > 0
      ? [`rows_known_after: ${laterText(source, source.rows, days)}, or the time at which they are loaded`]
      : []),
    ...(gone > 0 ? ["mark rows instead of deleting them: the past cannot be rebuilt without them"] : []),
  ];
  return parts.join("; ");
};

/** `day + 4` */
const laterText = ({ event }: WatchedSource, rule: WatchedRule, days: HistoryFinding["days"]): string => {
  const slot = rule.kind === "always" ? event : rule.slot;
  if (slot === undefined || days === undefined || !isDate(slot)) return "a later time";
  const count = Math.max(1, Math.ceil(days.new));
  return slot.type === "date" ? `${slot.text} + ${count}` : `${slot.text} + interval '${count} days'`;
};
