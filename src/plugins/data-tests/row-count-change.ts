/** `row_count_change`: the number of rows has not jumped or fallen, against live or against earlier runs. */
import type { DataTest, DataTestInput } from "../../domain/contracts/data-test.ts";
import { literal, type Sql, sql } from "../../domain/sql.ts";
import { numberGiven, textGiven } from "./arguments-given.ts";
import { filterOf, measuredQuery } from "./measured.ts";
import { may, needsOneOf } from "./parameters.ts";
import { whereGiven } from "./tested-rows.ts";

export const rowCountChange: DataTest = {
  name: "row_count_change",
  section: "relations",
  description:
    "There are not many more or fewer rows than before: than on live, or than the median of earlier runs. With nothing to compare with, it holds.",
  example: "row_count_change: { max_fall: 0.01, max_rise: 0.5, against: history }",
  isColumnTest: false,
  parameters: [
    may("max_fall", "number", "The share of the rows that may be gone: 0.1 is a tenth."),
    may("max_rise", "number", "The share by which they may be more."),
    may("against", { oneOf: ["live", "history"] }, "`live` (the default), or the published runs before."),
    may("runs", "number", "How many runs before: 7."),
  ],
  refuses: (given, of) => {
    const against = given.get("against");
    if (of === "source" && !(against?.kind === "value" && against.value === "history"))
      return "of a source needs `against: history`: a run does not make it anew";
    return needsOneOf("max_fall", "max_rise")(given);
  },
  failingRows: (input) => {
    const before = beforeOf(input);
    if (before === undefined) return { kind: "none", because: "live is not compared with itself" };
    const [fall, rise] = [numberGiven(input, "max_fall"), numberGiven(input, "max_rise")];
    const [least, most] = [
      sql`ceil(${before.count} * ${literal(1 - (fall ?? 0))})`,
      sql`floor(${before.count} * ${literal(1 + (rise ?? 0))})`,
    ];
    const rows = sql`count(*)${filterOf(input)}`;
    const off = sql`greatest(${fall === undefined ? sql`0` : sql`${least} - ${rows}`}, ${rise === undefined ? sql`0` : sql`${rows} - ${most}`}, 0)`;
    const bound = sql`concat_ws(' and ', ${fall === undefined ? sql`null` : sql`'>= ' || ${least}`}, ${rise === undefined ? sql`null` : sql`'<= ' || ${most}`})`;
    return {
      kind: "measured",
      failures: off,
      query: measuredQuery(input, "rows", rows, bound, sql`${off} > 0`),
      apart: undefined,
      needs: before.from,
    };
  },
};

const beforeOf = (input: DataTestInput): { readonly count: Sql; readonly from: Sql } | undefined => {
  const { live } = input;
  if (textGiven(input, "against") === "history") {
    const runs = literal(Math.trunc(numberGiven(input, "runs") ?? RUNS));
    const history = input.history();
    const count = sql`(select percentile_disc(0.5) within group (order by n) from (${history.counts} limit ${runs}) as h (n))`;
    return { count, from: history.from };
  }
  return live === undefined
    ? undefined
    : { count: sql`(select count(*) from ${live} as l${whereGiven(input)})`, from: live };
};

const RUNS = 7;
