/** Every diagnostic code, once. The prefix is the room that raises it; docs/errors.md is made from this list. */
import { checkCodes } from "./codes/check.ts";
import { cliCodes } from "./codes/cli.ts";
import { compileCodes } from "./codes/compile.ts";
import { configCodes } from "./codes/config.ts";
import { coverageCodes } from "./codes/coverage.ts";
import { embeddedCodes } from "./codes/embedded.ts";
import type { CodeEntry } from "./codes/entry.ts";
import { executeCodes } from "./codes/execute.ts";
import { featuresCodes } from "./codes/features.ts";
import { ingestCodes } from "./codes/ingest.ts";
import { linkCodes } from "./codes/link.ts";
import { loadCodes } from "./codes/load.ts";
import { migrateCodes } from "./codes/migrate.ts";
import { planCodes } from "./codes/plan.ts";
import { postgresCodes } from "./codes/postgres.ts";
import { selectCodes } from "./codes/select.ts";
import { sqlSyntaxCodes } from "./codes/sql-syntax.ts";
import { templateCodes } from "./codes/template.ts";

export const CODES = {
  ...configCodes,
  ...loadCodes,
  ...templateCodes,
  ...linkCodes,
  ...selectCodes,
  ...sqlSyntaxCodes,
  ...compileCodes,
  ...planCodes,
  ...executeCodes,
  ...checkCodes,
  ...coverageCodes,
  ...featuresCodes,
  ...postgresCodes,
  ...embeddedCodes,
  ...ingestCodes,
  ...migrateCodes,
  ...cliCodes,
} as const satisfies Record<string, CodeEntry>;

export type DiagnosticCode = keyof typeof CODES;
