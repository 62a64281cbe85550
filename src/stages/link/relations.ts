/** Checks of the relations' names: no two alike, none too long, none that would stand in another's way. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { byteLength, deltaOf, MAX_NAME_BYTES, parkingsOf, relationKey, workspaceOf } from "../../domain/names.ts";
import type { Project } from "../../domain/project.ts";
import type { Declared, DeclaredRelation } from "./declare.ts";

export const checkRelations = (
  declared: Declared,
  project: Pick<Project<unknown>, "target">,
): readonly Diagnostic[] => {
  const found: Diagnostic[] = [];
  const byKey = new Map<string, DeclaredRelation>();
  const sources = new Map(declared.sources.map((s) => [relationKey(s.relation), s]));
  const schemas = new Map<string, DeclaredRelation>();
  for (const node of [...declared.models, ...declared.seeds, ...declared.snapshots]) {
    found.push(...tooLong(node.relation.name, `the ${node.kind} \`${node.name}\``, node));
    if (!schemas.has(node.relation.schema)) schemas.set(node.relation.schema, node);
    // An ephemeral model has no relation: a name that it would have is in nobody's way.
    if (node.kind === "model" && node.config.materialized === "ephemeral") continue;
    const key = relationKey(node.relation);
    const first = byKey.get(key);
    // Two of one name were told already.
    if (first === undefined) byKey.set(key, node);
    else if (first.name !== node.name) found.push(sameRelation(node, first, key));
    // Without the prefix: a copy must not hide what is wrong with the original.
    const source = sources.get(relationKey({ schema: node.config.schema, name: node.relation.name }));
    if (source !== undefined) {
      const notes = [{ message: "declared here", at: source.at }];
      const message = `the ${node.kind} \`${node.name}\` would replace the source ${relationKey(source.relation)}`;
      const help = "give it another `schema` or `alias`";
      found.push(errorOf("link/model-on-source", message, { at: node.at, notes, help }));
    }
  }
  for (const [schema, node] of schemas) found.push(...schemaWrong(schema, node, project.target.schemaPrefix));
  for (const node of byKey.values()) {
    const { schema, name } = node.relation;
    const other = byKey.get(relationKey({ schema, name: `_${name}` }));
    if (other !== undefined) found.push(arrayTypeTaken(node, other));
    if (node.kind === "snapshot" || (node.kind === "model" && node.config.materialized === "incremental"))
      found.push(...deltaWrong(node, byKey));
  }
  return found;
};

const tooLong = (name: string, what: string, { at }: { readonly at: DeclaredRelation["at"] }): readonly Diagnostic[] =>
  byteLength(name) <= MAX_NAME_BYTES
    ? []
    : [
        errorOf("link/name-too-long", `${what} needs a name of at most 63 bytes; \`${name}\` has ${byteLength(name)}`, {
          at,
          help: "PostgreSQL would cut it without a word; for a relation, `alias` gives a shorter one",
        }),
      ];

export const nameTooLong = tooLong;

/** The new rows of an incremental model stand beside it in the workspace. */
const deltaWrong = (node: DeclaredRelation, byKey: ReadonlyMap<string, DeclaredRelation>): readonly Diagnostic[] => {
  const { name } = deltaOf(node.relation);
  const other = byKey.get(relationKey({ schema: node.relation.schema, name }));
  if (other === undefined) return tooLong(name, `the table of new rows of \`${node.name}\``, node);
  return [
    errorOf("link/duplicate-relation", `\`${name}\` is where the new rows of \`${node.name}\` are built`, {
      at: other.at,
      notes: [{ message: `\`${node.name}\` stands here`, at: node.at }],
      help: "give one of them another `schema` or `alias`",
    }),
  ];
};

const sameRelation = (node: DeclaredRelation, first: DeclaredRelation, key: string): Diagnostic =>
  errorOf("link/duplicate-relation", `\`${first.name}\` and \`${node.name}\` both are the relation ${key}`, {
    at: node.at,
    notes: [{ message: "first here", at: first.at }],
    help: "give one of them another `schema` or `alias`",
  });

const schemaWrong = (schema: string, node: DeclaredRelation, prefix: string): readonly Diagnostic[] => {
  const suffix = [workspaceOf(""), ...parkingsOf("")].find((s) => schema.endsWith(s));
  if (suffix !== undefined)
    return [
      errorOf("link/reserved-schema", `a schema's name cannot end in \`${suffix}\`: ${schema}`, {
        at: node.schemaAt,
        help: "a run builds in `<schema>__next` and parks the old relations in `<schema>__old`",
      }),
    ];
  const longest = byteLength(workspaceOf(schema));
  if (longest <= MAX_NAME_BYTES) return [];
  const withPrefix = prefix === "" ? "" : ` (with the prefix \`${prefix}\`)`;
  return [
    errorOf("link/name-too-long", `the schema \`${schema}\`${withPrefix} is too long for its workspace`, {
      at: node.schemaAt,
      help: `\`${workspaceOf(schema)}\` has ${longest} bytes; PostgreSQL's limit is 63`,
    }),
  ];
};

const arrayTypeTaken = (node: DeclaredRelation, other: DeclaredRelation): Diagnostic =>
  errorOf(
    "link/array-type-taken",
    `\`${node.relation.name}\` cannot stand beside \`${other.relation.name}\` in one schema`,
    {
      at: other.at,
      notes: [{ message: `\`${node.relation.name}\` is declared here`, at: node.at }],
      help: `PostgreSQL names a relation's array type with an underscore in front; give one of them another name`,
    },
  );
