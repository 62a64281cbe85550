/** What the catalog says of the relations that data tests read, as far as it changes how they are asked. */

export type TestFacts = {
  /** By the text of the relation in SQL, `"shop"."orders"`. What is not in it is not known. */
  readonly relations: ReadonlyMap<string, RelationFacts>;
  /** Functions named in tests that keep a statement from running in parallel, in lower case. */
  readonly serialFunctions: ReadonlySet<string>;
};

export type RelationFacts = {
  /** Undefined for a view. */
  readonly bytes: number | undefined;
  /** As of the last ANALYZE; undefined: there was none. */
  readonly rows: number | undefined;
  /** Types by column. */
  readonly columns: ReadonlyMap<string, string>;
  /** Columns with so few different values, by the last ANALYZE, that a dear question is better asked of each of them. */
  readonly fewValues: ReadonlySet<string>;
  /** Columns that the server keeps NULL out of, each with its constraint where that is known. */
  readonly notNull: ReadonlyMap<string, string | undefined>;
  readonly unique: readonly {
    readonly name: string;
    readonly columns: readonly string[];
    readonly isConstraint: boolean;
    readonly nullsEqual: boolean;
  }[];
  readonly foreignKeys: readonly {
    readonly name: string;
    readonly columns: readonly string[];
    /** As text in SQL. */
    readonly to: string;
    readonly toColumns: readonly string[];
  }[];
  readonly checks: readonly { readonly name: string; readonly expression: string }[];
};

/** Triggers can be switched off, and then a valid foreign key guarantees nothing. */
export const withoutGuarantees = ({ relations, serialFunctions }: TestFacts): TestFacts => {
  const nothing = { notNull: new Map(), unique: [], foreignKeys: [], checks: [] };
  return { relations: new Map([...relations].map(([key, facts]) => [key, { ...facts, ...nothing }])), serialFunctions };
};

export const NO_FACTS: TestFacts = { relations: new Map(), serialFunctions: new Set() };

/** Below it the server plans no parallel scan: there is nothing to lose by a distinct aggregate. */
const SMALL_BYTES = 8 * 2 ** 20;

/** What is not known counts as small: nothing is gained by asking it in a dearer way. */
export const isBig = (facts: Pick<RelationFacts, "bytes"> | undefined): boolean => (facts?.bytes ?? 0) >= SMALL_BYTES;
