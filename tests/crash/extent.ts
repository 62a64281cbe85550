/** How many cases there are: all of them with `npm run crash`, a tenth with the other tests. */
import { inject } from "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    readonly crashes: "full" | "tenth";
  }
}

export const isFull = (): boolean => inject("crashes") === "full";

/** GALLEY_CRASH_SEED has the same crashes again. */
export const SEED = Number(process.env["GALLEY_CRASH_SEED"] ?? Date.now() % 1_000_000);
