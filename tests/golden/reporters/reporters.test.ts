import { describe, expect, it } from "vitest";
import type { Output, StampedEvent } from "../../../src/domain/contracts/reporter.ts";
import { errorOf, warningOf } from "../../../src/domain/diagnostic.ts";
import { REPORTERS, type ReporterName } from "../../../src/plugins/reporters/index.ts";
import { failedRun, publishedRun } from "../../support/recorded-run.ts";

type Recorded = { readonly out: readonly string[]; readonly err: readonly string[] };

/** Replays a run through a reporter; the clock advances with each event, and the display ticks after each. */
const replay = async (
  name: ReporterName,
  run: readonly StampedEvent[],
  hasColors: boolean,
  columns: number | undefined,
): Promise<Recorded> => {
  const out: string[] = [];
  const err: string[] = [];
  const outputTo = (writes: string[]): Output => ({
    write: (text) => writes.push(text),
    columns: () => columns,
    hasColors,
  });
  let now = 0;
  let tick = (): void => {};
  const ticking = {
    nowMs: () => now,
    every: (_: number, run: () => void) => {
      tick = run;
      return () => {
        tick = () => {};
      };
    },
  };
  const reporter = REPORTERS[name]({ out: outputTo(out), err: outputTo(err) }, ticking);
  for (const event of run) {
    reporter.onEvent(event);
    now += 100;
    tick();
  }
  await reporter.close(0);
  return { out, err };
};

const shown = ({ out, err }: Recorded): string => `--- stderr\n${err.join("")}--- stdout\n${out.join("")}`;

describe("a run that failed", () => {
  it.each(["plain", "quiet", "json-lines"] as const)("reads well from %s", async (name) => {
    await expect(shown(await replay(name, failedRun, false, undefined))).toMatchFileSnapshot(
      `expected/failed-${name}.txt`,
    );
  });

  it("is coloured sparingly in a terminal", async () => {
    const recorded = await replay("terminal", failedRun, true, 100);
    await expect(shown(recorded).replaceAll("\u001b", "␛")).toMatchFileSnapshot("expected/failed-terminal.txt");
  });
});

describe("more diagnostics than are read", () => {
  const many = (severity: "error" | "warning", count: number): readonly StampedEvent[] =>
    Array.from({ length: count }, (_, i) => ({
      ...start,
      event: { kind: "diagnostic", diagnostic: made[severity]("load/no-project", `${severity} ${i + 1}`) },
    }));
  const made = { error: errorOf, warning: warningOf };
  const [start = expect.fail("no events"), ...others] = failedRun;
  const isStart = ({ event }: StampedEvent): boolean => event.kind === "run_started";

  it.each(["plain", "quiet", "terminal"] as const)("are counted by %s, with where they all are", async (name) => {
    const run = [...failedRun.filter(isStart), ...many("warning", 70), ...many("error", 51), ...others];
    const err = (await replay(name, run, false, 80)).err.join("");
    expect(err).toContain("warning 50\n");
    expect(err).not.toContain("warning 51");
    expect(err).toContain("error 50\n");
    expect(err).not.toContain("error 51");
    expect(err.match(/… and .*/g)).toEqual(["… and 3 more errors and 21 more warnings: target/events.jsonl has all"]);
  });

  it("outside a run are all in the other format", async () => {
    const { err } = await replay("plain", many("error", 52), false, 80);
    expect(err.at(-1)).toBe("… and 2 more errors: --log-format json has all\n");
  });
});

describe("a run that was published", () => {
  it.each(["plain", "quiet"] as const)("reads well from %s", async (name) => {
    await expect(shown(await replay(name, publishedRun, false, 80))).toMatchFileSnapshot(
      `expected/published-${name}.txt`,
    );
  });
});

describe("the live display", () => {
  it("draws each frame with one write, and gives the cursor back at the end", async () => {
    const { err } = await replay("terminal", publishedRun, false, 80);
    const frames = err.filter((text) => text.includes("\u001b[?2026h"));
    expect(frames.length).toBeGreaterThan(10);
    for (const frame of frames) expect(frame.endsWith("\u001b[?2026l")).toBe(true);
    const all = err.join("");
    expect(all.lastIndexOf("\u001b[?25h")).toBeGreaterThan(all.lastIndexOf("\u001b[?25l"));
  });

  it("leaves exactly the lasting lines on the screen", async () => {
    const { err } = await replay("terminal", publishedRun, false, 80);
    await expect(screenAfter(err.join(""))).toMatchFileSnapshot("expected/published-screen.txt");
  });

  it("never is wider than the terminal", async () => {
    const { err } = await replay("terminal", failedRun, false, 30);
    // Lines of the block end by clearing what stood behind them; what lasts may wrap.
    const block = err.flatMap((text) => text.split("\n")).filter((line) => line.endsWith("\u001b[K"));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is taken out
    const widths = block.map((line) => line.replace(/\u001b\[[?\d]*[A-Za-z]/g, "").length);
    expect(widths.length).toBeGreaterThan(10);
    expect(Math.max(...widths)).toBeLessThan(30);
  });
});

/** Just enough of a terminal: lines, up, clear. */
const screenAfter = (stream: string): string => {
  const lines: string[] = [""];
  let row = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is interpreted
  for (const [token] of stream.matchAll(/\u001b\[\??\d*[A-Za-z]|\n|[^\u001b\n]+/g)) {
    const command = token.startsWith("\u001b[") ? token.at(-1) : undefined;
    if (token === "\n") row++;
    else if (command === "F") row -= Number(token.slice(2, -1));
    else if (command === "J") lines.length = row;
    else if (command === undefined) lines[row] = token;
    lines[row] ??= "";
  }
  return lines.join("\n");
};
