/** Extended statistics. They live in a schema of their own accord, so that the old ones are parked by name too. */
import { parkingOf, type RelationName, workspaceOf } from "../../domain/names.ts";
import { ident, literal, relation, type Sql, sql } from "../../domain/sql.ts";
import { said, setting, standingSource, type Target, workspaceName } from "./source.ts";

type Statistics = {
  readonly schema: string;
  readonly name: string;
  readonly qualified: string;
  readonly definition: string;
  readonly target: number | null;
  readonly owner: string;
  readonly isOwn: boolean;
  readonly comment: string | null;
};

export const statistics = standingSource<Statistics>(
  () => sql`select t.oid, jsonb_build_object('schema', n.nspname, 'name', s.stxname, 'qualified', format('%I.%I', n.nspname, s.stxname),
  'definition', pg_get_statisticsobjdef(s.oid), 'target', nullif(s.stxstattarget, -1), 'owner', pg_get_userbyid(s.stxowner),
  'isOwn', pg_get_userbyid(s.stxowner) = current_user, 'comment', obj_description(s.oid, 'pg_statistic_ext')) as facts
from target t join pg_statistic_ext s on s.stxrelid = t.oid join pg_namespace n on n.oid = s.stxnamespace`,
  (facts, on) => {
    const { schema, name, target, owner, isOwn, comment } = facts;
    const made: RelationName = { schema: workspaceOf(on.name.schema), name };
    const final = relation({ schema, name });
    const change = (at: Sql, action: Sql): Sql => sql`alter statistics ${at} ${action}`;
    return [
      {
        // Made with the data, and so analysed with it: publish only moves them.
        ...setting(
          on,
          {
            ...{ kind: "statistics object", name: schema === on.name.schema ? name : `${schema}.${name}` },
            before: [change(final, sql`set schema ${ident(parkingOf(on.name.schema))}`)],
            workspace: [
              madeFrom(facts, on, made),
              ...(target === null ? [] : [change(relation(made), sql`set statistics ${literal(target)}`)]),
            ],
          },
          () => [
            change(relation(made), sql`set schema ${ident(schema)}`),
            ...(isOwn ? [] : [change(final, sql`owner to ${ident(owner)}`)]),
            ...(comment === null ? [] : [sql`comment on statistics ${final} is ${literal(comment)}`]),
          ],
        ),
        trial: [],
      },
    ];
  },
);

const madeFrom = ({ definition, qualified }: Statistics, on: Target, made: RelationName): Sql => {
  const begin = `CREATE STATISTICS ${qualified}`;
  const end = ` FROM ${on.qualified}`;
  if (!definition.startsWith(begin) || !definition.endsWith(end)) throw new Error(`not understood: ${definition}`);
  const what = said(definition.slice(begin.length, -end.length));
  return sql`create statistics ${relation(made)}${what} from ${relation(workspaceName(on))}`;
};
