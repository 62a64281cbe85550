/** A report as GitLab's code quality: an issue for each case that is not well, at its place in the repository. */
import { isBad, type Report, type ReportedCase, titleOf } from "../../../domain/report.ts";
import { hashOf } from "../../../lib/hash.ts";
import { positionAt } from "../../../lib/text-position.ts";
import { cut } from "./block-text.ts";
import type { ReportSetting } from "./setting.ts";

export const gitlab = ({ cases }: Report, setting: ReportSetting): string => {
  const issues = cases.filter((one) => isBad(one) || one.outcome === "warn").map((one) => issueOf(one, setting));
  return `${JSON.stringify(issues, undefined, 2)}\n`;
};

/** GitLab lists them in this order: what could not be judged first. */
const SEVERITIES = { error: "blocker", fail: "critical", warn: "minor" } as const;

const LONGEST_DESCRIPTION = 1000;

const issueOf = (one: ReportedCase, { pathPrefix }: ReportSetting): object => {
  const { kind, id, name, outcome, summary, place } = one;
  const severity = outcome === "error" || outcome === "fail" ? SEVERITIES[outcome] : SEVERITIES.warn;
  const path = `${pathPrefix}${place?.file.path ?? PROJECT_FILE}`;
  return {
    description: cut(`${titleOf(one)}: ${summary}`, LONGEST_DESCRIPTION),
    check_name: name,
    // Neither counts nor lines are part of it: the same trouble is the same issue in the next run.
    fingerprint: hashOf(kind, id, path),
    severity,
    location: { path, lines: linesOf(one) },
  };
};

/** What has no place of its own. */
const PROJECT_FILE = "project.yml";

const linesOf = ({ place }: ReportedCase): object => {
  if (place === undefined) return { begin: 1 };
  const begin = positionAt(place.file.text, place.start).line;
  return { begin, end: positionAt(place.file.text, Math.max(place.start, place.end - 1)).line };
};
