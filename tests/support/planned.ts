/** A project's files and a database as it might stand, in; what a build would do, out. No database is asked. */
import type { Window } from "../../src/domain/batch.ts";
import type { Catalog, CatalogRelation, Dependent, RelationKind } from "../../src/domain/catalog.ts";
import type { Diagnostic, Outcome } from "../../src/domain/diagnostic.ts";
import { isBuilt } from "../../src/domain/manifest.ts";
import { type RelationName, relationKey } from "../../src/domain/names.ts";
import type { BuildTask, Plan, PlanTask } from "../../src/domain/plan.ts";
import { NO_SOURCE_FACTS } from "../../src/domain/source-facts.ts";
import { textOf } from "../../src/domain/sql.ts";
import type { Standing } from "../../src/domain/standing.ts";
import { unreachable } from "../../src/domain/unreachable.ts";
import { dataTests } from "../../src/plugins/data-tests/index.ts";
import { materializations } from "../../src/plugins/materializations/index.ts";
import { compile } from "../../src/stages/compile/compile.ts";
import { compileUnitTests } from "../../src/stages/compile/unit-tests.ts";
import { link } from "../../src/stages/link/link.ts";
import { load } from "../../src/stages/load/load.ts";
import { plan } from "../../src/stages/plan/plan.ts";
import { select } from "../../src/stages/select/select.ts";
import { makeProject } from "./project.ts";

type LiveRelation = RelationKind | Partial<Omit<CatalogRelation, "name">>;

export type Live = {
  readonly serverVersion?: number;
  /** `shop.a` → what stands there; recorded for the model (or seed) of that name unless said otherwise. */
  readonly relations?: Readonly<Record<string, LiveRelation>>;
  readonly dependents?: readonly Dependent[];
  readonly standing?: readonly Standing[];
  readonly schemas?: Catalog["schemas"];
  readonly canCreateSchemas?: boolean;
  readonly named?: Catalog["named"];
  readonly roles?: readonly string[];
  readonly recorded?: Catalog["recorded"];
  readonly proofs?: Catalog["proofs"];
  readonly locks?: Catalog["locks"];
};

export type Asked = {
  readonly live?: Live;
  readonly select?: readonly string[];
  readonly exclude?: readonly string[];
  readonly foreign?: "adopted" | "refused";
  readonly absentSources?: "refused" | "expected";
  readonly target?: string;
  readonly eventTime?: Window;
  readonly startedAt?: Date;
  readonly incrementals?: "by delta" | "whole";
  readonly publish?: "all" | "batches";
  readonly freshness?: "configured" | "checked" | "ignored";
};

export const planned = async (files: Readonly<Record<string, string>>, asked: Asked = {}): Promise<Outcome<Plan>> => {
  await using project = await makeProject({ "project.yml": projectYml(asked.target ?? ""), ...files });
  const loaded = taken(
    await load({
      root: project.root,
      env: {},
      cliVars: undefined,
      targetName: undefined,
      overrides: { threads: undefined },
    }),
  );
  const manifest = taken(link(loaded, dataTests));
  const selection = taken(
    select(manifest, { select: asked.select ?? [], exclude: asked.exclude ?? [], indirectSelection: "eager" }),
  );
  const inRun = new Set(
    selection.nodes.filter((id) => {
      const node = manifest.nodes.get(id);
      return node !== undefined && isBuilt(node);
    }),
  );
  const facts = {
    view: { kind: "workspace", inRun },
    startedAt: asked.startedAt ?? new Date(0),
    invocationId: "run",
  } as const;
  const compiled = taken(await compile(manifest, selection.nodes, facts, dataTests));
  return plan({
    manifest,
    selection,
    unitTests: taken(await compileUnitTests(manifest, selection.nodes, facts)),
    compiled,
    catalog: catalogOf(asked.live ?? {}),
    materializations,
    eventTime: asked.eventTime,
    incrementals: asked.incrementals ?? "by delta",
    seedFiles: new Map(),
    foreign: asked.foreign ?? "refused",
    absentSources: asked.absentSources ?? "refused",
    sources: NO_SOURCE_FACTS,
    publish: asked.publish ?? "all",
    freshness: asked.freshness ?? "configured",
  });
};

const projectYml = (target: string): string => `name: shop
target: embedded
schema: shop
targets: { embedded: { type: embedded${target === "" ? "" : `, ${target}`} } }
models: { +materialized: table }
`;

const taken = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) throw new Error(said(outcome.diagnostics).join("\n"));
  return outcome.value;
};

const catalogOf = ({
  serverVersion,
  relations = {},
  dependents,
  schemas,
  canCreateSchemas,
  named,
  roles,
  recorded,
  proofs,
  standing,
  locks,
}: Live): Catalog => ({
  serverVersion: serverVersion ?? 180_000,
  role: "etl",
  database: "dw",
  canCreateSchemas: canCreateSchemas ?? true,
  locks: locks ?? { perTransaction: 64, promised: 6_400, inUse: 0 },
  schemas: schemas ?? new Map(),
  relations: new Map(
    Object.entries(relations).map(([key, live]) => {
      const name = nameOf(key);
      const given = typeof live === "string" ? { kind: live } : live;
      const made: CatalogRelation = {
        name,
        kind: "table",
        owner: "etl",
        isOwnerReachable: true,
        canOwnerCreate: true,
        objects: undefined,
        partitions: 0,
        recordedFor: `model.shop.${name.name}`,
        ...given,
      };
      return [relationKey(name), made];
    }),
  ),
  dependents: dependents ?? [],
  standing: standing ?? [],
  named: named ?? [],
  roles: new Set(["etl", ...(roles ?? [])]),
  recorded: recorded ?? [],
  proofs: proofs ?? [],
});

/** Something that hangs on a live relation, of the role itself unless said otherwise. */
export const hanging = (
  dependent: Pick<Dependent, "on" | "kind" | "name" | "relation"> & Partial<Dependent>,
): Dependent => ({
  right: { owner: "etl", isOwnerReachable: true, schema: "others", canCreate: true },
  columns: [],
  ...dependent,
});

export const nameOf = (key: string): RelationName => {
  const [schema = "", name = ""] = key.split(".");
  return { schema, name };
};

export const said = (diagnostics: readonly Diagnostic[]): readonly string[] =>
  diagnostics.map((d) => `${d.code}: ${d.message}`);

/** What a task does, a line each: for golden texts. */
export const shownTask = (task: PlanTask): readonly string[] => {
  if (task.kind === "foreign-key") return [`${task.id}: ${textOf(task.constraint.change.sql)}`];
  if (task.kind === "contracts") return [`${task.id}: ${task.names.join(", ")}`];
  const tests = task.tests.map((t) => `test ${t.node.name}`);
  if (task.kind === "tests" || task.kind === "unit-tests") return [`${task.id}:`, ...tests];
  const data = dataOf(task.data);
  return [
    `${task.action} ${relationKey(task.relation)} (${task.because})`,
    ...(task.contract === undefined ? [] : [`contract ${task.contract.columns.map((c) => c.name).join(", ")}`]),
    ...data,
    ...task.constraints.map((c) => `${c.kind} ${c.name}: ${textOf(c.change.sql)}`),
    ...(task.isAnalyzed ? ["analyze"] : []),
    ...tests,
  ];
};

const dataOf = (data: BuildTask["data"]): readonly string[] => {
  switch (data.kind) {
    case "seed":
      return [`load ${data.seed.path}`];
    case "snapshot":
      return [`versions of (${textOf(data.snapshot.query)})`];
    case "statements":
      return data.statements.map((s) => textOf(s).trim());
    case "partitioned":
      return [`partitioned by ${data.partitioning.strategy}`, textOf(data.query).trim()];
    case "batches":
      return [`${data.batches.windows.length} batches into`, ...data.create.map((s) => textOf(s).trim())];
    case "delta":
      return [`${data.step.strategy} into ${relationKey(data.step.live)} from`, textOf(data.step.query).trim()];
    default:
      return unreachable(data);
  }
};

export const planOf = (outcome: Outcome<Plan>): Plan => taken(outcome);

/** Task → what it waits for, without the project's name. */
export const edgesOf = ({ parents }: Plan): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries([...parents].map(([id, above]) => [short(id), above.map(short).sort()]));

const short = (id: string): string => id.replaceAll(/\b(?:model|seed|source|test)\.shop\./g, "");
