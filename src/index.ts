/**
 * The other door: a folder, its environment and options in; exit code, events and the answer as data out. It prints
 * nothing, ends nothing and hears no signal: that is its caller's. What Galley gets wrong itself rejects the promise.
 */
export { type Answer, type Place, reportText } from "./api/answer.ts";
export { type Features, openFeatures, trainingSet } from "./api/features.ts";
export {
  checkIncremental,
  checkLeakage,
  checkSourceHistory,
  clean,
  compile,
  coverage,
  dbStart,
  dbStop,
  dbUrl,
  debug,
  failures,
  generateUnitTest,
  init,
  ls,
  show,
} from "./api/questions.ts";
export { build, freshness, ingest, migrate, plan, refresh, retry, run, seed, snapshot, test } from "./api/runs.ts";
export type {
  Check,
  CheckedModel,
  CompiledText,
  ForetoldPlan as Plan,
  GeneratedTest,
  HistoryReport,
  LeakageReport,
  ListedNode,
  MigrationState,
  NewProject,
  Removal,
  ShownRows,
} from "./commands/answers.ts";
export type { FeatureValue } from "./commands/feature-server.ts";
export type { ReportKind } from "./commands/report-text.ts";
export type { WrittenSet } from "./commands/training-set.ts";
export type { Coverage } from "./domain/coverage.ts";
export type { Diagnostic } from "./domain/diagnostic.ts";
export type { RunEvent } from "./domain/event.ts";
export type { ExitCode } from "./domain/exit-code.ts";
export type { FoundFailures } from "./domain/found-failures.ts";
export { nodeId } from "./domain/names.ts";
export type { RunResult } from "./domain/result.ts";
export { showDiagnostic } from "./domain/show-diagnostic.ts";
