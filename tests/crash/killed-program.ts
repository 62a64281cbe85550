/** A place where the program is what is killed: its server goes on. */
import type { TestDatabase } from "../support/database.ts";
import type { Place } from "./crash-lane.ts";

export const killedProgram = (program: string, database: TestDatabase, victim = "the program"): Place => ({
  victim,
  program,
  url: () => database.url,
  ask: (statement) => database.query(statement),
  crash: (pid) => void process.kill(pid, "SIGKILL"),
  restore: async () => undefined,
  endsWith: [null],
});
