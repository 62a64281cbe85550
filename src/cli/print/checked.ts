/** What `check incremental` found: a line a model and probe, and the rows that differ. */
import type { CheckedModel, CheckedProbe } from "../../commands/answers.ts";
import { tableLines } from "../../lib/table.ts";

export const checkedLines = (checked: readonly CheckedModel[], width: number): readonly string[] =>
  checked.length === 0
    ? ["no incremental model is selected"]
    : checked.flatMap((model) => [titleOf(model), ...model.probes.flatMap((probe) => probeLines(probe, width))]);

const titleOf = ({ node, verdict }: CheckedModel): string => {
  if (verdict === "same") return `${node}: grown from the past it holds what a full build holds`;
  return verdict === "not-proved" ? `${node}: not proved` : `${node}: not what a full build holds`;
};

const probeLines = (
  { probe, verdict, missing, extra, columns, rows }: CheckedProbe,
  width: number,
): readonly string[] => {
  if (verdict !== "differs") return [`  ${probe}: ${verdict === "same" ? "the same rows" : "could not be grown"}`];
  const table = tableLines({ columns, rows, width: width - INDENT.length });
  const more = missing + extra - rows.length;
  return [
    `  ${probe}: ${counted(missing)} missing, ${counted(extra)} too many`,
    ...table.map((line) => `${INDENT}${line}`),
    ...(more > 0 ? [`${INDENT}… and ${counted(more)} more`] : []),
  ];
};

const INDENT = "    ";

const counted = (rows: number): string => `${rows} ${rows === 1 ? "row" : "rows"}`;
