import { expect, it } from "vitest";
import { errorsPage } from "../../support/errors-page.ts";

it("docs/errors.md has every diagnostic code", async () => {
  await expect(await errorsPage()).toMatchFileSnapshot("../../../docs/errors.md");
});
