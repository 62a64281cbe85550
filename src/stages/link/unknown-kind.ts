/** A kind of data test that is not there in, what to write instead out: a near name, another kind, a file of one's own. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Located } from "../../domain/source.ts";
import { suggest } from "../../lib/suggest.ts";
import { PREFIXES, type TestKinds } from "./test-kinds.ts";

export const unknownKind = ({ value, span }: Located<string>, kinds: TestKinds): Diagnostic => {
  const bare = value.slice(value.lastIndexOf(".") + 1);
  const prefix = value.slice(0, value.length - bare.length);
  return errorOf("link/unknown-test", `there is no data test \`${value}\``, {
    at: span,
    help: INSTEAD[bare] ?? nearest(prefix, bare, kinds) ?? ownFile(prefix, bare),
  });
};

const nearest = (prefix: string, bare: string, kinds: TestKinds): string | undefined => {
  // With a strange package's name before it nobody mistyped one of ours.
  if (prefix !== "" && !PREFIXES.includes(prefix)) return undefined;
  const near = suggest(bare, kinds.names);
  return near === undefined ? undefined : `did you mean \`${near}\`?`;
};

const ownFile = (prefix: string, bare: string): string => {
  const file = `macros/tests/${prefix === "" ? "<name>" : bare}.sql`;
  return `docs/data-test-kinds.md lists the kinds that there are; one of your own is a file ${file}`;
};

/** Kinds of the packages that there is no equal of. */
const INSTEAD: Readonly<Record<string, string>> = {
  equal_expression: "`expect_table_aggregation_to_equal_other_table` takes the same arguments",
  expect_column_pair_values_to_be_in_set:
    'write `expression_is_true: { expression: "(a, b) in ((0, 1), (1, 0))" }` on the whole relation',
  expect_column_most_common_value_to_be_in_set:
    "write a singular test: select mode() within group (order by x) … having … not in (…)",
  expect_column_values_to_be_within_n_stdevs:
    "`expect_column_stdev_to_be_between` and `accepted_range` hold the spread; or write a singular test",
  expect_column_values_to_be_within_n_moving_stdevs:
    "`row_count_change` and `same_distribution` hold a build against earlier ones; or write a singular test",
};
