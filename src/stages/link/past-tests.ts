/** Data tests of the kind `point_in_time`: whether what they judge is a feature, and whether its sources say what is known when. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { DataTestNode, Manifest, Node, SourceNode } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import { isPastTest } from "../../domain/past-proof.ts";
import type { Span } from "../../domain/source.ts";
import { reach } from "../../lib/dag.ts";

type Linked = Pick<Manifest, "nodes" | "parents">;

export const wrongPastTests = ({ nodes, parents }: Linked): readonly Diagnostic[] =>
  [...nodes.values()].flatMap((node) =>
    node.kind === "data-test" && isPastTest(node) ? wrongTest(node, { nodes, parents }) : [],
  );

const wrongTest = (test: DataTestNode, { nodes, parents }: Linked): readonly Diagnostic[] => {
  const { config, column, at, attachedTo } = test;
  const judged = attachedTo === undefined ? undefined : nodes.get(attachedTo);
  if (judged?.kind !== "model" || judged.config.known !== "before")
    return [wrong(`\`${judged?.name ?? ""}\` is not said to be a feature`, at, FEATURE)];
  const refusals = [
    ...(column === undefined
      ? []
      : [wrong("it judges all columns of a model", at, "put it under the model's own `data_tests`")]),
    ...(config.where === undefined
      ? []
      : [wrong("it takes no `where`: all rows up to a cut-off are compared", config.where.span, "leave it out")]),
    ...(config.failCalc === undefined
      ? []
      : [wrong("it takes no `fail_calc`: what differs is counted", config.failCalc.span, "leave it out")]),
    ...(config.timeout?.isOwn === true
      ? [wrong("it takes no `statement_timeout`: it is many statements", at, "fewer `cutoffs` take less time")]
      : []),
  ];
  const silent = [...reach([judged.id], (id: NodeId) => parents.get(id) ?? []).keys()]
    .flatMap((id) => nodes.get(id) ?? [])
    .filter(isSilent);
  if (silent.length === 0) return refusals;
  const names = silent.map((s) => s.name).sort();
  const message = `of ${names.join(", ")} nothing says what is known when`;
  const help =
    "say it under the source's `config`: `event_time`, `known_at`, `known_after`, or `constant: true`: docs/leakage.md";
  return [...refusals, wrong(message, at, help)];
};

const FEATURE = "add `config: { known: before }` to the model, with its `event_time` and `unique_key`: docs/leakage.md";

const isSilent = (node: Node): node is SourceNode => {
  if (node.kind !== "source") return false;
  const { eventTime, availability } = node.config;
  const { isConstant, parent, rows, columns } = availability;
  return !isConstant && eventTime.length === 0 && parent === undefined && rows === undefined && columns === undefined;
};

const wrong = (message: string, at: Span, help: string): Diagnostic =>
  errorOf("config/bad-known", `data test point_in_time: ${message}`, { at, help });
