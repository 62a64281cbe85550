/**
 * One transaction after the other, where the server's lock table is too small for one: from the first COMMIT to the last
 * live is of two days. A part that cannot go over after the first leaves it so, and says what is of which day.
 */
import type { Session } from "../../../domain/contracts/database.ts";
import { errorOf } from "../../../domain/diagnostic.ts";
import { relationKey } from "../../../domain/names.ts";
import { sql } from "../../../domain/sql.ts";
import { dropLeavingKeys } from "./leaving-keys.ts";
import { dropOutside } from "./outside.ts";
import { partOf } from "./part-of.ts";
import type { Published, PublishRequest, Refused } from "./published.ts";
import type { UntilCommit } from "./until-commit.ts";

type PublishOne = (request: PublishRequest) => Promise<Published>;

export const publishParts = async (
  run: UntilCommit,
  session: Session,
  request: PublishRequest,
  publishOne: PublishOne,
): Promise<Published> => {
  const all = requestsOf(request);
  let sum: Extract<Published, { kind: "published" }> | undefined;
  let mixedFrom = "";
  for (const [i, part] of all.entries()) {
    const published = await publishOne(part);
    if (published.kind !== "published") {
      if (sum === undefined) return published;
      await session.step(sql`rollback`).catch(() => undefined);
      return left(run, published, all, i, mixedFrom);
    }
    if (i === 0) mixedFrom = await timeOf(session);
    sum = {
      ...published,
      relations: (sum?.relations ?? 0) + published.relations,
      lockedMs: Math.max(sum?.lockedMs ?? 0, published.lockedMs),
      attempts: (sum?.attempts ?? 0) + published.attempts,
    };
    run.emit({ kind: "note", message: `part ${i + 1} of ${all.length} is live: ${countOf(published.relations)}` });
  }
  if (sum === undefined) throw new Error("a publish without parts");
  return { ...sum, mixed: { batches: all.length, from: mixedFrom, until: await timeOf(session) } };
};

const countOf = (relations: number): string => (relations === 1 ? "1 relation" : `${relations} relations`);

const requestsOf = (request: PublishRequest): readonly PublishRequest[] => {
  const { parts } = request.plan.publish;
  return parts.map((part, i) => ({
    ...request,
    plan: partOf(request.plan, part),
    completes: i === parts.length - 1 ? "run" : "part",
    planAgain: async (session) => {
      const again = await request.planAgain(session);
      return again.ok ? { ...again, value: partOf(again.value, part) } : again;
    },
  }));
};

const timeOf = async (session: Session): Promise<string> => {
  const [row] = await session.rows(
    sql`select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`,
  );
  return row?.["at"] ?? "";
};

/** The message is for whoever has to explain the numbers of a morning. */
const left = async (
  run: UntilCommit,
  { exit, diagnostics }: Refused,
  all: readonly PublishRequest[],
  failed: number,
  mixedFrom: string,
): Promise<Refused> => {
  const remaining = all.slice(failed);
  for (const { plan, lockTimeoutMs } of remaining) {
    await dropLeavingKeys(run, plan.publish.leavingForeignKeys);
    await dropOutside(run, plan, lockTimeoutMs);
  }
  const namesOf = (some: readonly PublishRequest[]): string =>
    some
      .flatMap(({ plan: { publish } }) =>
        [...publish.relations, ...publish.deltas].map(({ name }) => relationKey(name)),
      )
      .join(", ");
  const message = `${failed} of ${all.length} parts were published, and live is of two days since ${mixedFrom}: still as before are ${namesOf(remaining)}`;
  const help = `mend what is said above, then run \`galley build\` or \`galley retry\`; of this run are ${namesOf(all.slice(0, failed))}`;
  // What refuses says of live that it is unchanged, which no longer holds.
  return {
    kind: "partly",
    exit: exit === 4 ? 4 : 3,
    diagnostics: [...diagnostics, errorOf("execute/partly-published", message, { help })],
  };
};
