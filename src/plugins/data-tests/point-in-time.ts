/** `point_in_time`: no row of a feature knows what was not known at its time. The past is rebuilt to see it. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import type { TestArgument } from "../../domain/manifest.ts";
import { POINT_IN_TIME } from "../../domain/past-proof.ts";
import { numberGiven } from "./arguments-given.ts";
import { may } from "./parameters.ts";

/** The last and the first instant, and one between. */
const CUTOFFS = 3;
const MOST = 100;

export const pointInTime: DataTest = {
  name: POINT_IN_TIME,
  section: "relations",
  description:
    "A feature knew nothing that was not known at its time: at some cut-offs what was unknown then is hidden and changed, and the model and all that it stands on are built again beside live. Of a model with `known: before`; [what is known when](leakage.md#as-a-data-test) must be said of its sources.",
  example: "point_in_time: { cutoffs: 5 }",
  isColumnTest: false,
  parameters: [
    may("cutoffs", "number", `How many instants of the past are rebuilt: ${CUTOFFS}, at most ${MOST}.`),
    may(
      "seed",
      "number",
      "Draws other instants than the first seed does, which is 1; one seed draws the same ones again.",
    ),
  ],
  refuses: (given, of) => {
    if (of === "source") return "judges a model: a source is what it is";
    if (!isWhole(given.get("cutoffs"), 1, MOST)) return `takes from 1 to ${MOST} \`cutoffs\``;
    return isWhole(given.get("seed"), 0, 2 ** 31) ? undefined : "takes a whole number as `seed`";
  },
  failingRows: (input) => ({
    kind: "past",
    cutoffs: numberGiven(input, "cutoffs") ?? CUTOFFS,
    seed: numberGiven(input, "seed") ?? 1,
  }),
};

const isWhole = (given: TestArgument | undefined, least: number, most: number): boolean => {
  if (given?.kind !== "value") return true;
  const { value } = given;
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
};
