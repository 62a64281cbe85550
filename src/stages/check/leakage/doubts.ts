/** Why a feature may not be called clean although nothing differs: what it reads, or calls, that a check cannot rebuild or see. */
import type { Session } from "../../../domain/contracts/database.ts";
import type { Node } from "../../../domain/manifest.ts";
import type { NodeId } from "../../../domain/names.ts";
import { joinSql, literal, sql, textOf } from "../../../domain/sql.ts";
import { columnUsesIn } from "../../../sql-syntax/column-uses.ts";
import { type CalledFunction, functionsIn } from "../../../sql-syntax/functions.ts";
import { loadParser, type Parse } from "../../../sql-syntax/parser.ts";
import { isTimed } from "../known/read-rules.ts";
import type { ReadRelation } from "./read-relation.ts";
import type { Stage } from "./stage.ts";

type Doubt = {
  /** In the words of a report. */
  readonly reasons: readonly string[];
  /** What differs may be the numbering alone, which means nothing. */
  readonly readsSurrogate: boolean;
};

/** By feature. */
export type Doubts = ReadonlyMap<NodeId, Doubt>;

type Reached = { readonly reached: ReadonlyMap<NodeId, readonly string[]> };

export const doubtsOf = async (
  session: Session,
  stage: Stage,
  features: readonly ReadRelation[],
  worlds: readonly Reached[],
): Promise<Doubts> => {
  const parse = await loadParser();
  const own = new Map<NodeId, readonly string[]>();
  const note = (id: NodeId, doubts: readonly string[]): void => {
    if (doubts.length > 0) own.set(id, [...new Set([...(own.get(id) ?? []), ...doubts])]);
  };
  for (const id of stage.base.keys()) note(id, doubtsOfNode(stage.manifest.nodes.get(id)));
  for (const { reached } of worlds)
    for (const [id, names] of reached)
      note(id, [
        `${nameOf(stage, id)} reads ${names.join(", ")} past its sources: by a name in its SQL, or in a function`,
      ]);
  const opaque = await opaqueFunctions(session, stage, parse);
  for (const [id, names] of opaque)
    note(id, [`${nameOf(stage, id)} calls ${names.join(", ")}, into which a check does not see`]);
  const numbered = surrogatesRead(stage, parse);
  for (const [id, names] of numbered) note(id, [`${nameOf(stage, id)} reads the surrogate ${names.join(", ")}`]);
  return new Map(
    features.map(({ node }): readonly [NodeId, Doubt] => {
      const all = [node.id, ...stage.above(node.id)];
      const reasons = [...new Set(all.flatMap((id) => own.get(id) ?? []))];
      return [node.id, { reasons, readsSurrogate: all.some((id) => numbered.has(id)) }];
    }),
  );
};

const nameOf = (stage: Stage, id: NodeId): string => stage.manifest.nodes.get(id)?.name ?? id;

const doubtsOfNode = (node: Node | undefined): readonly string[] => {
  if (node?.kind === "snapshot") return [`it reads the snapshot ${node.name}, whose past is not rebuilt`];
  if (node?.kind !== "source" || node.config.availability.isConstant || isTimed(node)) return [];
  return [`it reads ${node.name}, of which nothing says what is known when`];
};

/** Extensions whose functions look at their arguments alone. */
const PURE: ReadonlySet<string> = new Set(
  "btree_gin btree_gist citext cube earthdistance fuzzystrmatch hstore intarray isn ltree pg_trgm pgcrypto postgis seg tablefunc unaccent uuid-ossp vector".split(
    " ",
  ),
);
/** Languages whose reading of relations leaves locks. */
const SEEN: ReadonlySet<string> = new Set(["internal", "sql", "plpgsql"]);

const opaqueFunctions = async (
  session: Session,
  stage: Stage,
  parse: Parse,
): Promise<ReadonlyMap<NodeId, readonly string[]>> => {
  const called = new Map<NodeId, readonly CalledFunction[]>();
  for (const [id, query] of stage.queries) {
    const parsed = parse(textOf(query));
    if (parsed.kind === "statements")
      called.set(
        id,
        parsed.statements.flatMap((s) => functionsIn(s.tree)),
      );
  }
  const names = [...new Set([...called.values()].flat().map((f) => f.name))];
  if (names.length === 0) return new Map();
  const rows = await session.rows(sql`
select n.nspname as schema, p.proname as name, l.lanname as language, e.extname as extension, p.prosrc ~* '\\ydblink|\\ypg_read_(binary_)?file' as reads_elsewhere
from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
left join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e' left join pg_extension e on e.oid = d.refobjid
where p.proname in (${joinSql(names.map(literal), sql`, `)})
  and (n.nspname <> 'pg_catalog' or p.proname in ('pg_read_file', 'pg_read_binary_file', 'pg_ls_dir', 'lo_get'))`);
  const opaque = rows.flatMap((row) => {
    const isSeen = SEEN.has(row["language"] ?? "") && row["schema"] !== "pg_catalog" && row["reads_elsewhere"] !== "t";
    const isPure = PURE.has(row["extension"] ?? "");
    return isSeen || isPure ? [] : [{ schema: row["schema"] ?? "", name: row["name"] ?? "" }];
  });
  const found = new Map<NodeId, readonly string[]>();
  for (const [id, functions] of called) {
    const hit = functions.filter((f) =>
      opaque.some((o) => o.name === f.name && (f.schema === undefined || f.schema === o.schema)),
    );
    if (hit.length > 0) found.set(id, hit.map((f) => `${f.name}()`).sort());
  }
  return found;
};

/** A number without meaning may mean something to whoever orders or joins by it. */
const surrogatesRead = (stage: Stage, parse: Parse): ReadonlyMap<NodeId, readonly string[]> => {
  const found = new Map<NodeId, readonly string[]>();
  for (const model of stage.models) {
    const columns = new Set(model.columns.filter((c) => c.isSurrogate).map((c) => c.name));
    const place = stage.base.get(model.id);
    if (columns.size === 0 || place === undefined) continue;
    for (const [id, query] of stage.queries) {
      const parsed = parse(textOf(query));
      if (parsed.kind === "error" || id === model.id) continue;
      const uses = parsed.statements.flatMap((s) => columnUsesIn(s.tree, parsed.offsetOf, { ...place, columns }));
      const names = [...new Set(uses.map((u) => `${model.name}.${u.column}`))];
      if (names.length > 0) found.set(id, [...(found.get(id) ?? []), ...names]);
    }
  }
  return found;
};
