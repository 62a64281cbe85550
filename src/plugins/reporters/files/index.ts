/** The reports that are files, by the kind that `--report kind=path` names: what was told in, the whole text out. */
import type { StampedEvent } from "../../../domain/contracts/reporter.ts";
import type { Report } from "../../../domain/report.ts";
import { eventLine } from "../event-record.ts";
import { gitlab } from "./gitlab.ts";
import { junit } from "./junit.ts";
import { markdown } from "./markdown.ts";
import { runResults } from "./run-results.ts";
import type { ReportSetting } from "./setting.ts";

export type Told = {
  readonly report: Report;
  readonly events: readonly StampedEvent[];
  readonly setting: ReportSetting;
};

export const REPORT_FILES = {
  junit: ({ report }) => junit(report),
  markdown: ({ report }) => markdown(report),
  gitlab: ({ report, setting }) => gitlab(report, setting),
  "run-results": ({ report, setting }) => runResults(report, setting),
  json: ({ events }) => events.map((stamped) => `${eventLine(stamped)}\n`).join(""),
} as const satisfies Record<string, (told: Told) => string>;

export type ReportFileKind = keyof typeof REPORT_FILES;

export const REPORT_FILE_KINDS = Object.keys(REPORT_FILES) as readonly ReportFileKind[];
