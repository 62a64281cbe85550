/** All cases over several lanes: what was found, which phases were hit how often, and where that was too seldom. */
import { type CrashCase, openLane, type Place } from "./crash-lane.ts";
import { isFull, SEED } from "./extent.ts";
import type { Phase } from "./phases.ts";
import { randomOf } from "./random.ts";
import { nameOf, type Target, targetsOf } from "./targets.ts";

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
  const entries = Object.entries(wanted).map(([phase, count]) => [phase, isFull() ? count : Math.round(count / 10)]);
  const shared = Object.fromEntries(entries) as Readonly<Record<Phase, number>>;
  log(`crashes with GALLEY_CRASH_SEED=${SEED}`);
  const cases = await crashAt(places, (messages) => targetsOf(shared, messages, randomOf(SEED)));
  const hits = (phase: string): number => cases.filter((c) => c.isHit && c.target.phase === phase).length;
  const summary = Object.keys(shared).map((phase) => `${phase} ${hits(phase)}`);
  log(summary.join(", "));
  return {
    findings: cases.flatMap((c) => c.findings),
    tooFew: Object.entries(shared).flatMap(([phase, count]) =>
      hits(phase) < count ? [`${phase}: ${hits(phase)} of ${count}`] : [],
    ),
  };
};

/** One crash for each target, on whatever lane is free next. */
export const crashAt = async (
  places: readonly Place[],
  targets: (messages: ReadonlyMap<Phase, number>) => readonly Target[],
): Promise<readonly CrashCase[]> => {
  const lanes = await Promise.all(places.map(openLane));
  try {
    const queue = [...targets(lanes[0]?.messages ?? new Map())];
    const cases: CrashCase[] = [];
    const work = lanes.map(async (lane) => {
      for (let target = queue.shift(); target !== undefined; target = queue.shift()) {
        const ended = await lane.run(target);
        cases.push(ended);
        log(`crash ${cases.length} of ${lane.victim}: ${nameOf(target)}${ended.isHit ? "" : ", not reached"}`);
        // A run in full takes long: what it finds is said as it is found.
        for (const finding of ended.findings) log(finding);
      }
    });
    await Promise.all(work);
    return cases;
  } finally {
    await Promise.all(lanes.map((lane) => lane[Symbol.asyncDispose]()));
  }
};

const log = (line: string): void => void process.stderr.write(`${line}\n`);
