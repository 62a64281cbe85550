/** Which columns of the entities stand for the time of each view, and what they lack. */
import { type Diagnostic, errorOf, type Outcome, outcomeOf, warningOf } from "../../domain/diagnostic.ts";
import type { FeatureView, TimedView } from "../../domain/features.ts";
import type { Span } from "../../domain/source.ts";
import { suggest } from "../../lib/suggest.ts";

export type EntityColumns = {
  readonly names: readonly string[];
  /** As a person would call them: the file's name, `the query`. */
  readonly of: string;
  /** The header line of a file. */
  readonly at: Span | undefined;
};

/** The column that means the time unless another is named. */
const USUAL = "event_time";

/** `asked`: the columns that `--time` names, or none. */
export const timeViews = (
  entities: EntityColumns,
  views: readonly FeatureView[],
  asked: readonly string[],
): Outcome<readonly TimedView[]> => {
  const found: Diagnostic[] = [...misnamed(entities, asked), ...overlaps(entities, views)];
  const timed = views.flatMap((view): readonly TimedView[] => {
    const lacking = view.entity.filter(({ name }) => !entities.names.includes(name));
    for (const { name } of lacking) found.push(noColumn(entities, name, `the key of ${view.name}`));
    const times = asked.length > 0 ? asked : usualTimes(entities, view);
    if (times.length === 0) {
      const own = view.eventTime.map(({ name }) => name).join(", ");
      const help = `name it ${USUAL}, or as ${view.name} has it (${own}), or say --time column`;
      found.push(wrong(entities, `${entities.of} has no time for ${view.name}`, help));
      return [];
    }
    const unordered = view.eventTime.slice(times.length).map(({ name }) => name);
    if (unordered.length > 0) found.push(orderUnknown(entities, view, unordered));
    return [{ view, times: times.slice(0, view.eventTime.length) }];
  });
  return outcomeOf(() => timed, found);
};

const usualTimes = ({ names }: EntityColumns, { eventTime }: FeatureView): readonly string[] => {
  if (names.includes(USUAL) && !eventTime.some(({ name }) => name !== USUAL && names.includes(name))) return [USUAL];
  const own = eventTime.map(({ name }) => name);
  const missing = own.findIndex((name) => !names.includes(name));
  return missing < 0 ? own : own.slice(0, missing);
};

const misnamed = (entities: EntityColumns, asked: readonly string[]): readonly Diagnostic[] =>
  asked.filter((name) => !entities.names.includes(name)).map((name) => noColumn(entities, name, "a time"));

const overlaps = (entities: EntityColumns, views: readonly FeatureView[]): readonly Diagnostic[] =>
  views.flatMap(({ name, columns }) =>
    columns
      .filter(({ as }) => entities.names.includes(as))
      .map((column) => {
        const message = `"${column.as}" is a column of ${entities.of} and a feature of ${name}`;
        const help = `give the feature another name: ${name}_${column.as}=${name}.${column.name}`;
        return errorOf("features/duplicate-column", message, { at: entities.at, help });
      }),
  );

const noColumn = (entities: EntityColumns, name: string, what: string): Diagnostic => {
  const near = suggest(name, entities.names);
  const help = near === undefined ? `it has ${entities.names.join(", ")}` : `did you mean "${near}"?`;
  return wrong(entities, `${entities.of} has no column "${name}", ${what}`, help);
};

const wrong = ({ at }: EntityColumns, message: string, help: string): Diagnostic =>
  errorOf("features/bad-entities", message, { at, help });

const orderUnknown = ({ of, at }: EntityColumns, view: FeatureView, unordered: readonly string[]): Diagnostic => {
  const names = unordered.join(", ");
  const message = `${view.name} is ordered within its time by ${names}, which ${of} has not: only earlier times are seen`;
  return warningOf("features/order-unknown", message, { at, help: `add ${names}, and name all in --time` });
};
