/** The ending of a data test that was never sent. */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { RunEvent } from "../../domain/event.ts";

export const notRun = ({ node }: CompiledTest, status: "skipped" | "cancelled", because: string): RunEvent => ({
  kind: "test_finished",
  test: node.id,
  name: node.name,
  node: node.attachedTo,
  column: node.column,
  severity: node.config.severity,
  status,
  failures: 0,
  rows: undefined,
  decidedBy: "",
  statement: undefined,
  scanned: undefined,
  at: node.at,
  ms: 0,
  sample: undefined,
  diagnostic: undefined,
  because,
});
