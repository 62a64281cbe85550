/** The verbs, in the order in which `--help` lists them. */
import type { Verb } from "../verb.ts";
import { build } from "./build.ts";
import { check } from "./check.ts";
import { clean } from "./clean.ts";
import { compile } from "./compile.ts";
import { coverage } from "./coverage.ts";
import { db } from "./db.ts";
import { debug } from "./debug.ts";
import { failures } from "./failures.ts";
import { features } from "./features.ts";
import { freshness } from "./freshness.ts";
import { ingest } from "./ingest.ts";
import { init } from "./init.ts";
import { ls } from "./ls.ts";
import { migrate } from "./migrate.ts";
import { plan } from "./plan.ts";
import { refresh } from "./refresh.ts";
import { retry } from "./retry.ts";
import { run } from "./run.ts";
import { seed } from "./seed.ts";
import { show } from "./show.ts";
import { snapshot } from "./snapshot.ts";
import { test } from "./test.ts";

export const VERBS: readonly Verb[] = [
  build,
  run,
  retry,
  test,
  coverage,
  failures,
  freshness,
  refresh,
  check,
  seed,
  snapshot,
  migrate,
  ingest,
  compile,
  show,
  features,
  ls,
  plan,
  debug,
  clean,
  init,
  db,
];
