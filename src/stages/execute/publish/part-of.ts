/** A plan and one of the parts that its publish goes in, to the plan of that part alone. */
import { relationKey } from "../../../domain/names.ts";
import type { Plan } from "../../../domain/plan.ts";
import type { PublishPart } from "../../../domain/publish-plan.ts";
import { replacedIn } from "./hanging-facts.ts";

export const partOf = (plan: Plan, part: PublishPart): Plan => {
  const { publish } = plan;
  const nodes = new Set<string>(part.nodes);
  const isIn = ({ node }: { readonly node: string }): boolean => nodes.has(node);
  const relations = publish.relations.filter(isIn);
  const deltas = publish.deltas.filter(isIn);
  const names = new Set([...relations, ...deltas].map(({ name }) => relationKey(name)));
  const isOnPart = ({ on }: (typeof publish.carried)[number] | (typeof publish.standing)[number]): boolean =>
    names.has(relationKey(on));
  return {
    ...plan,
    tasks: new Map([...plan.tasks].filter(([, task]) => task.kind !== "build" || isIn(task))),
    publish: {
      ...publish,
      parts: [part],
      relations,
      deltas,
      elsewhere: replacedIn(publish.relations).filter((name) => !names.has(relationKey(name))),
      rebound: publish.rebound.filter(isIn),
      keysAfterDeltas: publish.keysAfterDeltas.filter(isIn),
      standing: publish.standing.filter(isOnPart),
      carried: publish.carried.filter(isOnPart),
      leavingForeignKeys: publish.leavingForeignKeys.filter(({ constraint }) => isIn(constraint)),
    },
  };
};
