/** Keeps a command's events and delivers its reports when it ends: whole files, also of what failed or was stopped. */
import { appendFileSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Output, Reporter, StampedEvent } from "../../domain/contracts/reporter.ts";
import { reportOf } from "./cases/report-of.ts";
import { REPORT_FILES, type ReportFileKind, type Told } from "./files/index.ts";
import type { ReportSetting } from "./files/setting.ts";
import { annotations, stepSummary } from "./github.ts";

export type Delivery =
  | { readonly kind: "file"; readonly format: ReportFileKind; readonly path: string }
  /** dbt's artifact, after verbs that run something: what only looks leaves the last one alone. */
  | { readonly kind: "artifact"; readonly path: string }
  | { readonly kind: "github"; readonly log: Output; readonly summaryPath: string | undefined };

export type ReportsWish = {
  readonly deliveries: readonly Delivery[];
  readonly setting: ReportSetting;
  readonly runId: string;
  readonly now: () => Date;
  /** A report that was asked for and cannot be delivered; the others are. */
  readonly onTrouble: (what: string, error: Error) => void;
};

export const reports = ({ deliveries, setting, runId, now, onTrouble }: ReportsWish): Reporter => {
  const events: StampedEvent[] = [];
  let isClosed = false;
  return {
    onEvent: (stamped) => events.push(stamped),
    // Nothing here waits: the process may end right after.
    close: async (exitCode) => {
      if (isClosed) return;
      isClosed = true;
      const told = { report: reportOf(events, { exitCode, at: now() }), events, setting };
      for (const delivery of deliveries) {
        try {
          deliver(delivery, told, runId);
        } catch (error) {
          onTrouble(nameOf(delivery), error instanceof Error ? error : new Error(String(error)));
        }
      }
    },
  };
};

const nameOf = (delivery: Delivery): string => {
  if (delivery.kind === "github") return "the summary of the job";
  return delivery.kind === "artifact" ? "target/run_results.json" : `the report ${delivery.path}`;
};

const deliver = (delivery: Delivery, told: Told, runId: string): void => {
  const { kind } = delivery;
  if (kind === "github") tellGithub(delivery, told);
  else if (kind === "file") writeWhole(delivery.path, REPORT_FILES[delivery.format](told), runId);
  else if (RUNNING.includes(told.report.command ?? ""))
    writeWhole(delivery.path, REPORT_FILES["run-results"](told), runId);
};

const RUNNING: readonly string[] = ["build", "run", "retry", "test", "seed", "snapshot"];

/** Whoever reads it sees the old file or the new one, and never half of one. */
const writeWhole = (path: string, text: string, runId: string): void => {
  const beside = `${path}.${runId}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(beside, text);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
};

const tellGithub = ({ log, summaryPath }: Extract<Delivery, { kind: "github" }>, { report, setting }: Told): void => {
  const lines = annotations(report, setting);
  if (lines !== "") log.write(lines);
  if (summaryPath === undefined || summaryPath === "") return;
  const before = statSync(summaryPath, { throwIfNoEntry: false })?.size ?? 0;
  appendFileSync(summaryPath, stepSummary(report, before));
};
