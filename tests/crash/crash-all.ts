/** All cases over several lanes: what was found, which phases were hit how often, and where that was too seldom. */
import { type CrashCase, openLane, type Place } from "./crash-lane.ts";
import { isFull, SEED } from "./extent.ts";
import type { Phase } from "./phases.ts";
import { randomOf } from "./random.ts";
import { nameOf, targetsOf } from "./targets.ts";

export type CrashReport = {
  readonly findings: readonly string[];
  /** Phases that were struck less often than was asked for. */
  readonly tooFew: readonly string[];
};

/** As many in each phase as is wanted in full; a tenth of them with the other tests. */
export const crashAll = async (
  places: readonly Place[],
  wanted: Readonly<Record<Phase, number>>,
): Promise<CrashReport> => {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  log(`crashes with GALLEY_CRASH_SEED=${SEED}`);
  const lanes = await Promise.all(places.map(openLane));
  const entries = Object.entries(wanted).map(([phase, count]) => [phase, isFull() ? count : Math.round(count / 10)]);
  const shared = Object.fromEntries(entries) as Readonly<Record<Phase, number>>;
  const queue = [...targetsOf(shared, lanes[0]?.messages ?? new Map(), randomOf(SEED))];
  const cases: CrashCase[] = [];
  const work = lanes.map(async (lane) => {
    for (let target = queue.shift(); target !== undefined; target = queue.shift()) {
      const ended = await lane.run(target);
      cases.push(ended);
      log(
        `crash ${cases.length}: ${nameOf(target)}${ended.isHit ? "" : ", not reached"}${ended.findings.length === 0 ? "" : " FOUND SOMETHING"}`,
      );
    }
  });
  await Promise.all(work);
  await Promise.all(lanes.map((lane) => lane[Symbol.asyncDispose]()));
  const hits = (phase: string): number => cases.filter((c) => c.isHit && c.target.phase === phase).length;
  log(
    Object.keys(shared)
      .map((phase) => `${phase} ${hits(phase)}`)
      .join(", "),
  );
  return {
    findings: cases.flatMap((c) => c.findings),
    tooFew: Object.entries(shared).flatMap(([phase, count]) =>
      hits(phase) < count ? [`${phase}: ${hits(phase)} of ${count}`] : [],
    ),
  };
};
