/** What a command has told in, the text of a report out: as `--report kind=path` writes it. */
import type { StampedEvent } from "../domain/contracts/reporter.ts";
import type { ExitCode } from "../domain/exit-code.ts";
import { reportOf } from "../plugins/reporters/cases/report-of.ts";
import { REPORT_FILES, type ReportFileKind } from "../plugins/reporters/files/index.ts";
import type { ReportSetting } from "../plugins/reporters/files/setting.ts";

export type ReportKind = ReportFileKind;

export const reportFileText = (
  kind: ReportKind,
  events: readonly StampedEvent[],
  exitCode: ExitCode,
  setting: ReportSetting,
): string => {
  const report = reportOf(events, { exitCode, at: events.at(-1)?.at ?? new Date(0) });
  return REPORT_FILES[kind]({ report, events, setting });
};
