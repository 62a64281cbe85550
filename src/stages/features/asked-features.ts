/** From what `--features` says to the models and columns that are meant, by name; nothing is asked of a database. */
import { type Diagnostic, errorOf, type Outcome, outcomeOf } from "../../domain/diagnostic.ts";
import type { Manifest, ModelNode } from "../../domain/manifest.ts";
import { suggest } from "../../lib/suggest.ts";

type AskedColumn = { readonly column: string; readonly as: string };

export type AskedView = {
  readonly model: ModelNode;
  /** Whom a row is of. */
  readonly entity: readonly string[];
  /** All of its columns are asked for, but for keys, times and labels. */
  readonly isWhole: boolean;
  /** Those asked for by name. */
  readonly columns: readonly AskedColumn[];
};

/** `form`, `form.points_avg` or `points=form.points_avg`. */
const FEATURE = /^(?:(?<as>[^=.]+)=)?(?<model>[^=.]+)(?:\.(?<column>[^=.]+))?$/;

export const askedFeatures = (manifest: Manifest, texts: readonly string[]): Outcome<readonly AskedView[]> => {
  const found: Diagnostic[] = [];
  const views = new Map<string, AskedView>();
  for (const text of texts.map((t) => t.trim()).filter((t) => t !== "")) {
    const { as, model: name, column } = FEATURE.exec(text)?.groups ?? {};
    if (name === undefined || (as !== undefined && column === undefined)) {
      found.push(unknown(`"${text}" is no feature`, "write model, model.column or name=model.column"));
      continue;
    }
    const view = views.get(name) ?? viewOf(manifest, name, found);
    if (view === undefined) continue;
    const named = column === undefined ? [] : [{ column, as: as ?? column }];
    const isWhole = view.isWhole || column === undefined;
    views.set(name, { ...view, isWhole, columns: [...view.columns, ...named] });
  }
  if (views.size === 0 && found.length === 0)
    found.push(unknown("no feature is named", "for example: --features team_form,elo.rating"));
  return outcomeOf(() => [...views.values()], found);
};

const viewOf = (manifest: Manifest, name: string, found: Diagnostic[]): AskedView | undefined => {
  const models = [...manifest.nodes.values()].filter((node) => node.kind === "model");
  const model = models.find((m) => m.name === name);
  if (model === undefined) {
    const near = suggest(
      name,
      models.filter(isFeatureModel).map((m) => m.name),
    );
    found.push(unknown(`there is no model "${name}"`, near === undefined ? HOW : `did you mean "${near}"?`));
    return undefined;
  }
  if (!isFeatureModel(model) || model.config.materialized === "ephemeral") {
    const lacks = [
      ...(model.config.eventTime.length === 0 ? ["an `event_time`"] : []),
      ...(entityOf(model).length === 0 ? ["an `entity`"] : []),
      ...(model.config.materialized === "ephemeral" ? ["a relation: it is ephemeral"] : []),
    ];
    found.push({ ...unknown(`${name} is no feature model: it needs ${lacks.join(" and ")}`, HOW), at: model.at });
    return undefined;
  }
  return { model, entity: entityOf(model), isWhole: false, columns: [] };
};

const isFeatureModel = (model: ModelNode): boolean => model.config.eventTime.length > 0 && entityOf(model).length > 0;

const entityOf = ({ config }: ModelNode): readonly string[] =>
  config.entity.length > 0 ? config.entity : config.uniqueKey.filter((column) => !config.eventTime.includes(column));

const HOW = "say in its property file, for example: config: { entity: [team_id], event_time: game_date }";

const unknown = (message: string, help: string): Diagnostic => errorOf("features/unknown-feature", message, { help });
