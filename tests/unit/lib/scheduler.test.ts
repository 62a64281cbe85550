import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inverted, reach } from "../../../src/lib/dag.ts";
import { type Ending, runGraph, type Schedule } from "../../../src/lib/scheduler.ts";
import { arbitraryGraph, type ControllableTasks, controllableTasks, settled } from "../../support/graphs.ts";

const scheduleOf = (
  parents: Readonly<Record<string, readonly string[]>>,
  tasks: ControllableTasks,
  more: Partial<Schedule<string>> = {},
): Schedule<string> => ({
  ids: Object.keys(parents),
  parentsOf: (id) => parents[id] ?? [],
  slots: 2,
  weightOf: () => 1,
  run: tasks.run,
  onNotStarted: () => {},
  signal: new AbortController().signal,
  shuffle: undefined,
  ...more,
});

describe("the scheduler", () => {
  it("starts what has the longest chain below it first", () => {
    const tasks = controllableTasks();
    void runGraph(scheduleOf({ lone: [], first: [], second: ["first"], third: ["second"] }, tasks, { slots: 1 }));
    expect(tasks.running()).toEqual(["first"]);
  });

  it("starts a child as soon as its last parent has succeeded", async () => {
    const tasks = controllableTasks();
    const done = runGraph(scheduleOf({ a: [], b: [], c: ["a", "b"] }, tasks));
    await tasks.end("a", "success");
    expect(tasks.running()).toEqual(["b"]);
    await tasks.end("b", "success");
    expect(tasks.running()).toEqual(["c"]);
    await tasks.end("c", "success");
    expect(Object.fromEntries(await done)).toEqual({
      a: { kind: "success" },
      b: { kind: "success" },
      c: { kind: "success" },
    });
  });

  it("looks through ids that are not part of the schedule", async () => {
    const tasks = controllableTasks();
    const parents: Record<string, readonly string[]> = { a: [], hidden: ["a"], c: ["hidden"] };
    const done = runGraph(scheduleOf(parents, tasks, { ids: ["a", "c"] }));
    expect(tasks.running()).toEqual(["a"]);
    await tasks.end("a", "failure");
    expect((await done).get("c")).toEqual({ kind: "skipped", because: "a" });
  });

  it("tells of what is skipped at once, and goes on with the rest", async () => {
    const tasks = controllableTasks();
    const told: string[] = [];
    const done = runGraph(
      scheduleOf({ a: [], b: ["a"], c: ["b"], other: [] }, tasks, {
        onNotStarted: (id, ending) => told.push(`${id} ${ending.kind}`),
      }),
    );
    await tasks.end("a", "failure");
    expect(told).toEqual(["b skipped", "c skipped"]);
    await tasks.end("other", "success");
    expect((await done).get("other")).toEqual({ kind: "success" });
  });

  it("starts nothing after an abort, and waits for what runs", async () => {
    const tasks = controllableTasks();
    const abort = new AbortController();
    let isOver = false;
    const done = runGraph(scheduleOf({ a: [], b: ["a"] }, tasks, { signal: abort.signal })).finally(() => {
      isOver = true;
    });
    abort.abort();
    await settled();
    expect(isOver).toBe(false);
    await tasks.end("a", "success");
    expect(Object.fromEntries(await done)).toEqual({ a: { kind: "success" }, b: { kind: "cancelled" } });
    expect(tasks.started).toEqual(["a"]);
  });

  it("rejects with a task's own error once everything that ran has ended", async () => {
    const tasks = controllableTasks();
    const done = runGraph(scheduleOf({ a: [], b: [], c: [] }, tasks));
    const outcome = done.then(
      () => "no error",
      (error: Error) => error.message,
    );
    const [first = "", second = ""] = tasks.running();
    await tasks.throwIn(first, new Error("a bug"));
    expect(tasks.started).toHaveLength(2);
    await tasks.end(second, "success");
    expect(await outcome).toBe("a bug");
  });

  it("refuses a loop as a bug of its caller", async () => {
    await expect(runGraph(scheduleOf({ a: ["b"], b: ["a"] }, controllableTasks()))).rejects.toThrow("a → b → a");
  });

  it("keeps its promises over random graphs, failures, aborts and orders", async () => {
    const scenario = fc.record({
      graph: arbitraryGraph(),
      slots: fc.integer({ min: 1, max: 4 }),
      failing: fc.array(fc.nat(13), { maxLength: 3 }),
      turns: fc.array(fc.nat(20), { minLength: 14, maxLength: 14 }),
      abortAfter: fc.option(fc.nat(10), { nil: undefined }),
      seed: fc.option(fc.nat(1000), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ graph, slots, failing, turns, abortAfter, seed }) => {
        const tasks = controllableTasks();
        const abort = new AbortController();
        const succeeded = new Set<string>();
        const failedIds: string[] = [];
        const fails = new Set(failing.map((n) => `n${n}`));
        const notStarted: string[] = [];
        let state = seed ?? 0;
        const random = (): number => {
          state = (state * 16807 + 11) % 2147483647;
          return state / 2147483647;
        };
        const run = (id: string) => {
          for (const parent of graph.parents[id] ?? []) expect(succeeded).toContain(parent);
          expect(abort.signal.aborted).toBe(false);
          expect(tasks.running().length).toBeLessThan(slots);
          return tasks.run(id);
        };
        const done = runGraph(
          scheduleOf(graph.parents, tasks, {
            slots,
            run,
            signal: abort.signal,
            onNotStarted: (id) => notStarted.push(id),
            shuffle: seed === undefined ? undefined : random,
          }),
        );
        for (let turn = 0; tasks.running().length > 0; turn++) {
          if (turn === abortAfter) abort.abort();
          const running = tasks.running();
          const id = running[(turns[turn % turns.length] ?? 0) % running.length] ?? "";
          if (fails.has(id)) failedIds.push(id);
          else succeeded.add(id);
          await tasks.end(id, fails.has(id) ? "failure" : "success");
        }
        const endings = await done;
        const children = inverted(graph.ids, (id) => graph.parents[id] ?? []);
        const belowFailure = new Set(
          failedIds.flatMap((id) => [...reach([id], (at) => children.get(at) ?? []).keys()]),
        );
        const expected = (id: string): Ending<string>["kind"] => {
          if (succeeded.has(id)) return "success";
          if (failedIds.includes(id)) return "failure";
          return belowFailure.has(id) ? "skipped" : "cancelled";
        };
        expect(Object.fromEntries([...endings].map(([id, e]) => [id, e.kind]))).toEqual(
          Object.fromEntries(graph.ids.map((id) => [id, expected(id)])),
        );
        expect(new Set(tasks.started).size).toBe(tasks.started.length);
        expect([...tasks.started, ...notStarted].sort()).toEqual([...graph.ids].sort());
        if (abortAfter === undefined) expect([...endings.values()].filter((e) => e.kind === "cancelled")).toEqual([]);
      }),
    );
  });
});
