/** What planning is asked. */
import type { Window } from "../../domain/batch.ts";
import type { Catalog } from "../../domain/catalog.ts";
import type { Compiled } from "../../domain/compiled.ts";
import type { CompiledUnitTests } from "../../domain/compiled-unit-test.ts";
import type { Materializations } from "../../domain/contracts/materialization.ts";
import type { Manifest } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import type { Selection } from "../../domain/selection.ts";
import type { SourceFacts } from "../../domain/source-facts.ts";

export type PlanRequest = {
  readonly manifest: Manifest;
  readonly selection: Selection;
  readonly compiled: Compiled;
  readonly unitTests: CompiledUnitTests;
  readonly catalog: Catalog;
  readonly materializations: Materializations;
  /** `whole`: incremental models are built anew, but for those that say `full_refresh: false`. */
  readonly incrementals: "by delta" | "whole";
  /** The time that the command line says microbatch models are to be built for; undefined: as their schedule has it. */
  readonly eventTime: Window | undefined;
  /** Hashes of the plain seeds' files. */
  readonly seedFiles: ReadonlyMap<NodeId, string>;
  /** What becomes of a relation under a model's name that Galley did not make. */
  readonly foreign: "adopted" | "refused";
  readonly sources: SourceFacts;
  /** `expected`: migrations that are still pending may make them. */
  readonly absentSources: "refused" | "expected";
  /** Which of the sources that the run reads hold it up by being too old: those that say so, all, or none. */
  readonly freshness: "configured" | "checked" | "ignored";
  /** `batches`: a publish that the server's lock table cannot take goes in parts. */
  readonly publish: "all" | "batches";
};
