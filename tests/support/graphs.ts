/** Random graphs without loops, and tasks that a test starts and ends by hand. */
import fc from "fast-check";

export type Graph = { readonly ids: readonly string[]; readonly parents: Readonly<Record<string, readonly string[]>> };

/** An id's parents are among the ids before it in a hidden order that has nothing to do with their names. */
export const arbitraryGraph = (most = 14): fc.Arbitrary<Graph> =>
  fc.integer({ min: 1, max: most }).chain((size) =>
    fc
      .tuple(
        fc.shuffledSubarray(
          Array.from({ length: size }, (_, i) => `n${i}`),
          { minLength: size },
        ),
        fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: size, maxLength: size }),
      )
      .map(([ids, picks]) => ({
        ids,
        parents: Object.fromEntries(
          ids.map((id, i) => [id, [...new Set((i === 0 ? [] : (picks[i] ?? [])).map((p) => ids[p % i] ?? ""))]]),
        ),
      })),
  );

export type ControllableTasks = {
  readonly run: (id: string) => Promise<"success" | "failure">;
  /** Ids that run now, in the order in which they were started. */
  readonly running: () => readonly string[];
  readonly started: readonly string[];
  readonly end: (id: string, result: "success" | "failure") => Promise<void>;
  readonly throwIn: (id: string, error: Error) => Promise<void>;
};

export const controllableTasks = (): ControllableTasks => {
  const open = new Map<string, PromiseWithResolvers<"success" | "failure">>();
  const started: string[] = [];
  const taken = (id: string): PromiseWithResolvers<"success" | "failure"> => {
    const task = open.get(id);
    if (task === undefined) throw new Error(`${id} does not run`);
    open.delete(id);
    return task;
  };
  return {
    run: (id) => {
      const task = withResolvers<"success" | "failure">();
      open.set(id, task);
      started.push(id);
      return task.promise;
    },
    running: () => [...open.keys()],
    started,
    end: async (id, result) => {
      taken(id).resolve(result);
      await settled();
    },
    throwIn: async (id, error) => {
      taken(id).reject(error);
      await settled();
    },
  };
};

/** Lets every promise that can go on go on: one turn of the event loop runs all microtasks. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

type PromiseWithResolvers<T> = {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
};

const withResolvers = <T>(): PromiseWithResolvers<T> => {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
};
