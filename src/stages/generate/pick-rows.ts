/** A model that stands and all that it reads in; a few rows of each out, those of the inputs related to those of the model. */
import type { DescribedColumn, Session } from "../../domain/contracts/database.ts";
import type { RelationName } from "../../domain/names.ts";
import { authored, ident, idents, joinSql, literal, relation, type Sql, sql } from "../../domain/sql.ts";

export type Standing = {
  readonly relation: RelationName;
  readonly columns: readonly DescribedColumn[];
  /** Names of columns that tell its rows apart; none where nobody said. */
  readonly key: readonly string[];
};

export type Picked<Input extends Standing> = {
  readonly from: Input;
  /** In the order of its columns. */
  readonly rows: readonly (readonly (string | null)[])[];
};

/** Of one input. */
const MOST_ROWS = 200;

/** Inputs in their order. `count` rows are of the model, or where nothing is related to it, of its first input. */
export const pickRows = async <Input extends Standing>(
  session: Session,
  model: Standing,
  inputs: readonly Input[],
  count: number,
): Promise<readonly Picked<Input>[]> => {
  const known: Picked<Standing>[] = [await pick(session, model, undefined, count)];
  const picked: Picked<Input>[] = [];
  const waiting = [...inputs];
  while (waiting.length > 0) {
    const related = waiting.find((input) => conditionOf(input, known) !== undefined);
    const next = related ?? waiting[0];
    if (next === undefined) break;
    waiting.splice(waiting.indexOf(next), 1);
    const most = related === undefined && picked.length === 0 ? count : MOST_ROWS;
    const found = await pick(session, next, conditionOf(next, known), most);
    // A column of the same name may mean something else.
    const one = found.rows.length > 0 ? found : await pick(session, next, undefined, most);
    picked.push(one);
    if (related !== undefined || picked.length === 1) known.push(one);
  }
  return inputs.flatMap((input) => picked.find(({ from }) => from === input) ?? []);
};

const pick = async <Input extends Standing>(
  session: Session,
  from: Input,
  condition: Sql | undefined,
  most: number,
): Promise<Picked<Input>> => {
  const where = condition === undefined ? sql`` : sql`\nwhere ${condition}`;
  const list = idents(from.columns.map(({ name }) => name));
  const { rows } = await session.table(
    sql`select ${list} from ${relation(from.relation)}${where}\norder by ${orderOf(from)}\nlimit ${literal(most)}`,
  );
  return { from, rows };
};

/** Of rows without a key the whole row decides, so that the same rows come each time. */
const orderOf = ({ key, columns }: Standing): Sql =>
  key.length > 0
    ? idents(key)
    : joinSql(
        columns.map(({ name }) => sql`${ident(name)}::text collate "C"`),
        sql`, `,
      );

/** By the columns that it shares with the first of what is known that it shares any with. */
const conditionOf = (input: Standing, known: readonly Picked<Standing>[]): Sql | undefined => {
  for (const { from, rows } of known) {
    const shared = input.columns.flatMap((column) => {
      const i = from.columns.findIndex(({ name }) => name === column.name);
      const other = from.columns[i];
      return other !== undefined && tells(column.name, from, input) ? [{ column, other, i }] : [];
    });
    const values = rows.map((row) => shared.map(({ i }) => row[i] ?? null)).filter((row) => !row.includes(null));
    if (shared.length === 0 || values.length === 0) continue;
    const columns = shared.map(({ column, other }) =>
      column.type === other.type ? ident(column.name) : sql`${ident(column.name)}::text`,
    );
    const listed = values.map(
      (row) =>
        sql`(${joinSql(
          row.map((value, i) => typed(value, shared[i])),
          sql`, `,
        )})`,
    );
    return sql`(${joinSql(columns, sql`, `)}) in (${joinSql(listed, sql`, `)})`;
  }
  return undefined;
};

type Shared = { readonly column: DescribedColumn; readonly other: DescribedColumn };

const typed = (value: string | null, shared: Shared | undefined): Sql =>
  shared !== undefined && shared.column.type === shared.other.type
    ? sql`${literal(value)}::${authored(shared.column.type, undefined)}`
    : literal(value);

/** A column of a key, or one that is named like a reference. */
const tells = (name: string, one: Standing, other: Standing): boolean =>
  one.key.includes(name) || other.key.includes(name) || /(?:^|_)(?:id|key|code)$/i.test(name);
