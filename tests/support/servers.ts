/** The servers of a run: the same cases on the lowest supported version of PostgreSQL and on the one that tests run on. */
import { describe, inject } from "vitest";
import type { TestServerFacts } from "./global-setup.ts";

/** `newest` is the run's own server: the given one, the container's or the embedded one. */
export type ServerName = "lowest" | "newest";

/** Starts the lowest one for the first who asks. */
export const serverFacts = async (server: ServerName): Promise<TestServerFacts> => {
  const desk = inject("lowestServer");
  if (server === "newest" || desk === undefined) return inject("testServer");
  const answer = await fetch(desk);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the server of the lowest version does not start: ${text}`);
  return JSON.parse(text) as TestServerFacts;
};

/** Defines the cases once for each server; those of a server that is not to be had are skipped. */
export const forEachServer = (define: (server: ServerName) => void): void => {
  describe.skipIf(inject("lowestServer") === undefined)("on the lowest version", () => define("lowest"));
  describe("on the newest version", () => define("newest"));
};
