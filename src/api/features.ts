/** Features as of a time: training sets, and one entity after another. */
import { type FeatureServer, type FeatureValue, openFeatureServer } from "../commands/feature-server.ts";
import type { FeatureInput, TrainingInput } from "../commands/inputs.ts";
import { trainingSet as trainingSetCommand, type WrittenSet } from "../commands/training-set.ts";
import type { Outcome } from "../domain/diagnostic.ts";
import { type Answer, asked, filled, type Options, type Place } from "./answer.ts";
import { ofProject } from "./defaults.ts";

/** A training set: a file of rows of `entities` with their features as of each row's time. */
export const trainingSet = (
  place: Place,
  options: Options<TrainingInput, "features" | "entities" | "out">,
): Promise<Answer<WrittenSet>> => {
  const { features, entities, out } = options;
  const defaults: TrainingInput = { ...ofProject, features, entities, out, times: [], maxAge: undefined };
  return asked(place, trainingSetCommand, filled(defaults, options));
};

/** Features of one entity after another, over one connection that is open until it is closed. */
export type Features = {
  /** `at`: now, unless said; a time, or a time and the order within it. What is wrong comes back as diagnostics. */
  readonly get: (
    entity: Readonly<Record<string, string | number | bigint>>,
    at?: Moment | readonly [Moment, ...(string | number)[]],
  ) => Promise<Outcome<Readonly<Record<string, FeatureValue>>>>;
  readonly close: () => Promise<void>;
};

type Moment = Date | string;

export const openFeatures = async (
  place: Place,
  options: Options<FeatureInput, "features">,
): Promise<Answer<Features>> => {
  const defaults: FeatureInput = { ...ofProject, features: options.features, maxAge: undefined };
  const answer = await asked(place, openFeatureServer, filled(defaults, options));
  return { ...answer, value: answer.value && featuresOf(answer.value) };
};

const featuresOf = ({ get, close }: FeatureServer): Features => ({
  get: (entity, at = new Date()) => {
    const key = Object.fromEntries(Object.entries(entity).map(([name, value]) => [name, String(value)]));
    const parts = Array.isArray(at) ? at : [at];
    return get({ entity: key, at: parts.map((part) => (part instanceof Date ? part.toISOString() : String(part))) });
  },
  close,
});
