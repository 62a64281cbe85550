/** The verbs, in the order in which `--help` lists them. */
import type { Verb } from "../verb.ts";
import { build } from "./build.ts";
import { db } from "./db.ts";
import { init } from "./init.ts";
import { plan } from "./plan.ts";
import { run } from "./run.ts";
import { test } from "./test.ts";

export const VERBS: readonly Verb[] = [build, run, test, plan, init, db];
