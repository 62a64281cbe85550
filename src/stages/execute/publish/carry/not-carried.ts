/** What is said of a thing that stood on the old relation and that the server refuses on the new one. */
import type { DatabaseError } from "../../../../domain/contracts/database.ts";
import { type Diagnostic, errorOf } from "../../../../domain/diagnostic.ts";
import { type RelationName, relationKey } from "../../../../domain/names.ts";
import type { Plan } from "../../../../domain/plan.ts";
import type { Span } from "../../../../domain/source.ts";
import { textOf } from "../../../../domain/sql.ts";

type Thing = { readonly on: RelationName; readonly kind: string; readonly name: string };

export const notCarried = ({ on, kind, name }: Thing, { message }: DatabaseError, at: Span | undefined): Diagnostic =>
  errorOf("execute/not-carried", `${kind} ${name} on ${relationKey(on)} does not fit what was built: ${message}`, {
    at,
    help: "drop it on live, or keep what it needs in the model",
  });

/** What the workspace holds is what stood when the run began: an index that was made since is not in it. */
export const changedStanding = (before: Plan, now: Plan): readonly Diagnostic[] => {
  const made = builtFor(before);
  const wanted = builtFor(now);
  const differing = [
    ...[...wanted].filter(([text]) => !made.has(text)),
    ...[...made].filter(([text]) => !wanted.has(text)),
  ];
  return [...new Map(differing.map(([, thing]) => [JSON.stringify(thing), thing])).values()].map(changedMeanwhile);
};

/** All that stands on replaced relations and is made before publish, by its statements. */
const builtFor = ({ tasks, publish }: Plan): ReadonlyMap<string, Thing> => {
  const settings = publish.standing.flatMap((s): (readonly [string, Thing])[] =>
    s.workspace.map((w) => [textOf(w), { on: s.on, kind: s.kind, name: s.name }]),
  );
  const steps = [...tasks.values()].flatMap((task) => (task.kind === "build" ? task.constraints : []));
  const keys = publish.leavingForeignKeys.map((key) => key.constraint);
  const objects = [...steps, ...keys]
    .filter((step) => step.origin === "standing")
    .map((step): readonly [string, Thing] => [
      `${relationKey(step.relation)} ${textOf(step.change.sql)}`,
      { on: step.relation, kind: step.kind.replaceAll("_", " "), name: step.name },
    ]);
  return new Map([...settings, ...objects]);
};

const changedMeanwhile = ({ on, kind, name }: Thing): Diagnostic =>
  errorOf("execute/not-carried", `${kind} ${name} on ${relationKey(on)} came, went or changed during the run`, {
    help: "run again: the next one begins with what stands now",
  });
