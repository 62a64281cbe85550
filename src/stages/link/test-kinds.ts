/** Which generic tests there are: those of the registry and the project's own, and what each takes. */
import type { DataTest, DataTests, Parameter } from "../../domain/contracts/data-test.ts";
import { declaredParameters } from "../../template/parameters.ts";
import type { Template } from "../../template/syntax.ts";

export type TestKind =
  | { readonly kind: "known"; readonly test: DataTest; readonly parameters: readonly KindParameter[] }
  | {
      readonly kind: "own";
      readonly name: string;
      readonly template: Template;
      readonly parameters: readonly KindParameter[];
    };

/** An own test does not say what type it takes. */
export type KindParameter = Pick<Parameter, "name" | "isRequired"> & { readonly type: Parameter["type"] | "any" };

export type TestKinds = { readonly find: (written: string) => TestKind | undefined; readonly names: readonly string[] };

export const PREFIXES = ["dbt.", "dbt_utils.", "dbt_expectations."];

/** Filled in by Galley, not by the property file. */
export const IMPLIED = ["model", "column", "column_name"];

export const testKinds = (known: DataTests, own: ReadonlyMap<string, Template>): TestKinds => {
  const ofOwn = (name: string): TestKind | undefined => {
    const template = own.get(name);
    if (template === undefined) return undefined;
    const { parameters } = declaredParameters(template);
    const asKind = parameters.map((p) => ({
      name: p.name,
      isRequired: p.fallback === undefined,
      type: "any" as const,
    }));
    return { kind: "own", name, template, parameters: asKind };
  };
  const ofKnown = (name: string): TestKind | undefined => {
    const test = known.get(name);
    return test && { kind: "known", test, parameters: test.parameters };
  };
  return {
    names: [...own.keys(), ...known.keys()],
    find: (written) => {
      const prefix = PREFIXES.find((p) => written.startsWith(p)) ?? "";
      const name = written.slice(prefix.length);
      // As in dbt, a project's own test goes before one of the same name; a prefix means the other.
      return prefix === "" ? (ofOwn(name) ?? ofKnown(name)) : ofKnown(name);
    },
  };
};
