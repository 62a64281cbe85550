/** A report as dbt's run_results.json (schema v6), for the tools that read it. */
import type { Report, ReportedCase } from "../../../domain/report.ts";
import type { ReportSetting } from "./setting.ts";

export const runResults = (
  { runId, command, target, startedAt, ms, cases }: Report,
  { version }: ReportSetting,
): string => {
  const results = cases.filter(({ kind }) => kind === "node" || kind === "test" || kind === "freshness").map(resultOf);
  const artifact = {
    metadata: {
      dbt_schema_version: "https://schemas.getdbt.com/dbt/run-results/v6.json",
      // Whose form it has: readers choose by it.
      dbt_version: "1.12.0",
      generated_at: new Date(startedAt.getTime() + ms).toISOString(),
      invocation_id: runId === "" ? null : runId,
      env: { GALLEY_VERSION: version },
    },
    results,
    elapsed_time: ms / 1000,
    args: { which: command ?? "parse", ...(target === undefined ? {} : { target }) },
  };
  return `${JSON.stringify(artifact)}\n`;
};

const resultOf = (one: ReportedCase): object => {
  const { id, subject, kind, at, ms, rows, relation, failures, outcome, summary } = one;
  const isTest = kind === "test";
  const isAsked = outcome !== "skipped" && outcome !== "cancelled";
  const times = { started_at: new Date(at.getTime() - ms).toISOString(), completed_at: at.toISOString() };
  return {
    status: statusOf(one),
    timing: isAsked ? [{ name: "execute", ...times }] : [],
    thread_id: "main",
    execution_time: ms / 1000,
    adapter_response: !isTest && rows !== undefined ? { _message: `${rows}`, rows_affected: rows } : {},
    message: summary === "" ? null : summary,
    failures: isTest && isAsked && outcome !== "error" ? (failures ?? null) : null,
    unique_id: kind === "freshness" ? subject : id,
    compiled: isAsked ? true : null,
    compiled_code: null,
    relation_name: relation === undefined ? null : quoted(relation),
  };
};

/** dbt knows no run that was stopped, and of a node only that it is there or not. */
const statusOf = ({ kind, outcome }: ReportedCase): string => {
  if (outcome === "cancelled") return "skipped";
  if (kind === "node" && outcome === "pass") return "success";
  if (kind !== "test" && outcome === "fail") return "error";
  return outcome;
};

/** `stats.team_form` → `"stats"."team_form"` */
const quoted = (relation: string): string => {
  const dot = relation.indexOf(".");
  return [relation.slice(0, dot), relation.slice(dot + 1)].map((part) => `"${part.replaceAll('"', '""')}"`).join(".");
};
