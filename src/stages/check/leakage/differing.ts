/** Which columns of a relation differ between the full build and another, as far as a difference there means something. */
import type { Session } from "../../../domain/contracts/database.ts";
import type { RelationName } from "../../../domain/names.ts";
import { ident, joinSql, relation, sql } from "../../../domain/sql.ts";
import { type Cutoff, comparedTo } from "../known/moments.ts";
import { type Compared, compare } from "./compare.ts";
import type { ReadRelation } from "./read-relation.ts";

/** `undefined` stands for the rows themselves. */
export type Differing = ReadonlySet<string | undefined>;

/**
 * A feature up to the cut-off, what holds results before it, what keeps no time altogether. Rows without a key cannot be
 * paired: only that they are not the same is told.
 */
export const differingIn = async (
  session: Session,
  read: ReadRelation,
  other: RelationName | undefined,
  cutoff: Cutoff,
): Promise<Differing> => {
  if (other === undefined) return new Set();
  if (!read.hasKey) return (await areSame(session, read, other, cutoff)) ? new Set() : new Set([undefined]);
  const upTo = read.isFeature ? "at" : "before";
  const compared = await compare(session, { ...read, other, cutoff, upTo, sample: undefined });
  return differingOf(compared);
};

export const differingOf = ({ differing, missing, extra }: Compared): Differing => {
  const rows = missing.before + missing.at + extra.before + extra.at;
  return new Set([...differing.keys(), ...(rows > 0 ? [undefined] : [])]);
};

const areSame = async (session: Session, read: ReadRelation, other: RelationName, cutoff: Cutoff): Promise<boolean> => {
  const texts = joinSql(
    read.columns.map((c) => sql`${ident(c.name)}::text`),
    sql`, `,
  );
  const time = read.time.map(({ name, type }) => ({ sql: ident(name), type }));
  const where = time.length === 0 ? sql`` : sql` where ${comparedTo(time, "<", cutoff)}`;
  const side = (name: RelationName) => sql`select ${texts} from ${relation(name)}${where}`;
  const both = (a: RelationName, b: RelationName) => sql`(${side(a)} except all ${side(b)})`;
  const [row] = await session.rows(
    sql`select exists (${both(read.full, other)}) or exists (${both(other, read.full)}) as differ`,
  );
  return row?.["differ"] === "f";
};
