import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => ({
  test: {
    // Integration tests wait for the server more than they compute: on two cores, too, two files run at once.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      // Far more than they need: a busy machine must not fail what is right.
      { test: { name: "unit", include: ["tests/unit/**/*.test.ts"], testTimeout: 60_000 } },
      { test: { name: "golden", include: ["tests/golden/**/*.test.ts"], testTimeout: 60_000 } },
      {
        test: {
          name: "integration",
          include: ["tests/integration/**/*.test.ts"],
          globalSetup: ["tests/support/global-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "crash",
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
