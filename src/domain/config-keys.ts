/**
 * Every key that a project's YAML and a model's header know, in one table: from it come the checks, the editors' JSON
 * schemas and the reference page. A key that stands in none of a place's lists is an error.
 */
import { configPlaces } from "./config-keys/config-places.ts";
import { projectPlaces } from "./config-keys/project-places.ts";
import { propertyPlaces } from "./config-keys/property-places.ts";
import { relationPlaces } from "./config-keys/relation-places.ts";
import { testPlaces } from "./config-keys/test-places.ts";

export {
  DBT_DELETE_INSERT,
  MATERIALIZATIONS,
  SCHEMA_CHANGES,
  STRATEGIES,
  TEST_CONFIG_KEYS,
} from "./config-keys/config-places.ts";
export type { KeyRule, Place, ValueType } from "./config-keys/key-rule.ts";

export const PLACES = { ...projectPlaces, ...propertyPlaces, ...relationPlaces, ...testPlaces, ...configPlaces };

export type PlaceName = keyof typeof PLACES;
