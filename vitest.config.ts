import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Modules keep nothing between two calls that a test could see, so the files of one worker share them. */
const isolate = false;

export default defineConfig(({ mode }) => ({
  test: {
    // Integration tests wait for the server as long as they compute: on two cores three files run at once.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      // Far more than they need: a busy machine must not fail what is right.
      { test: { name: "unit", isolate, include: ["tests/unit/**/*.test.ts"], testTimeout: 60_000 } },
      { test: { name: "golden", isolate, include: ["tests/golden/**/*.test.ts"], testTimeout: 60_000 } },
      {
        test: {
          name: "integration",
          isolate,
          include: ["tests/integration/**/*.test.ts"],
          globalSetup: ["tests/support/global-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "crash",
          isolate,
          include: ["tests/crash/**/*.test.ts"],
          globalSetup: ["tests/support/global-setup.ts"],
          // `npm run crash` has hundreds of crashes in one test; `npm test` a tenth of them.
          provide: { crashes: mode === "full" ? "full" : "tenth" },
          testTimeout: mode === "full" ? 7_200_000 : 600_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
}));
