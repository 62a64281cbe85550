/** From a manifest and the words of --select and --exclude to the nodes that are wanted, data tests included. */
import { type Diagnostic, errorOf, type Outcome, ok, outcomeOf } from "../../domain/diagnostic.ts";
import type { Manifest } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import type { IndirectSelection, Selection } from "../../domain/selection.ts";
import { reach } from "../../lib/dag.ts";
import { predicateOf } from "./methods.ts";
import { nothingMatched } from "./nothing-matched.ts";
import type { Criterion } from "./parse-expression.ts";
import { parseTerms, type Term } from "./parse-expression.ts";
import { type Chosen, chosenBy, intersection, settled, union, withTests } from "./test-selection.ts";

export type SelectRequest = {
  /** Words, or several in one text: their union. */
  readonly select: readonly string[];
  readonly exclude: readonly string[];
  readonly indirectSelection: IndirectSelection;
};

export const select = (manifest: Manifest, request: SelectRequest): Outcome<Selection> => {
  const wanted = parseTerms(request.select);
  const unwanted = parseTerms(request.exclude);
  const malformed = [...wanted.diagnostics, ...unwanted.diagnostics];
  if (malformed.length > 0) return { ok: false, diagnostics: malformed };

  const choose = (term: Term): Chosen =>
    intersection(
      term.criteria.map((c) => withTests(manifest, chosenByCriterion(manifest, c), request.indirectSelection)),
    );
  const included = wanted.terms.map((term) => ({ term, chosen: choose(term) }));
  const excluded = unwanted.terms.map((term) => ({ term, chosen: choose(term) }));
  const found: readonly Diagnostic[] = [
    ...included.filter((i) => isEmpty(i.chosen)).map((i) => nothingMatched(manifest, i.term, "error")),
    ...excluded.filter((e) => isEmpty(e.chosen)).map((e) => nothingMatched(manifest, e.term, "warning")),
  ];
  if (found.some((d) => d.severity === "error")) return { ok: false, diagnostics: found };

  const isEverything = wanted.terms.length === 0;
  const all = isEverything ? chosenBy(manifest.order) : union(included.map((i) => i.chosen));
  const direct = settled(manifest, all, request.indirectSelection);
  const without = settled(manifest, union(excluded.map((e) => e.chosen)), request.indirectSelection);
  const nodes = manifest.order.filter((id) => direct.has(id) && !without.has(id));
  if (nodes.length === 0 && manifest.order.length > 0)
    return { ok: false, diagnostics: [...found, nothingLeft(request.exclude)] };
  const because = new Map(nodes.map((id) => [id, reasonOf(id, included)]));
  const selection: Selection = {
    nodes,
    isSelected: new Set(nodes),
    because,
    isEverything: isEverything && unwanted.terms.length === 0,
  };
  return found.length === 0 ? ok(selection) : outcomeOf(() => selection, found);
};

const chosenByCriterion = (manifest: Manifest, criterion: Criterion): ReadonlySet<NodeId> => {
  const isMatch = predicateOf(criterion.method, { ...criterion, projectName: manifest.projectName });
  const named = [...manifest.nodes.values()].filter(isMatch).map((node) => node.id);
  const parentsOf = (id: NodeId): readonly NodeId[] => manifest.parents.get(id) ?? [];
  const childrenOf = (id: NodeId): readonly NodeId[] => manifest.children.get(id) ?? [];
  if (criterion.isClosure) return new Set(reach(reach(named, childrenOf).keys(), parentsOf).keys());
  return new Set([
    ...named,
    ...reach(named, parentsOf, criterion.above).keys(),
    ...reach(named, childrenOf, criterion.below).keys(),
  ]);
};

const isEmpty = (chosen: Chosen): boolean => chosen.direct.size === 0;

const reasonOf = (id: NodeId, included: readonly { readonly term: Term; readonly chosen: Chosen }[]): string =>
  included.find((i) => i.chosen.direct.has(id))?.term.text ?? included[0]?.term.text ?? "everything";

const nothingLeft = (exclude: readonly string[]): Diagnostic =>
  errorOf("select/nothing-left", `nothing is left after --exclude ${exclude.join(" ")}`, {
    help: "exclude less, or select more",
  });
