import { describe, expect, it } from "vitest";
import { VERBS } from "../../../src/cli/verbs/index.ts";
import { cliPage } from "../../support/cli-page.ts";

describe("docs/cli.md", () => {
  it("says what --help says, of every verb", async () => {
    await expect(await cliPage(VERBS)).toMatchFileSnapshot("../../../docs/cli.md");
  });
});
