/** What the verdicts of a check rest on, from what was probed: told in every report. */
import type { LeakCoverage } from "../../../domain/leakage.ts";
import { cutoffText } from "../known/moments.ts";
import type { ValueKind } from "./masked-source.ts";
import type { Probed } from "./probe.ts";
import type { Stage } from "./stage.ts";

export const coverageOf = (
  stage: Stage,
  probed: readonly Probed[],
  {
    beyond,
    seed,
    share,
  }: { readonly beyond: readonly string[]; readonly seed: number; readonly share: number | undefined },
): LeakCoverage => {
  const all = probed.flatMap((p) => [...p.features.values()].map((f) => f.compared));
  return {
    seed,
    cutoffs: probed.map((p) => ({
      at: cutoffText(p.cutoff),
      reason: p.cutoff.reason,
      probes: [...new Set([...p.features.values()].map((f) => f.kind))].sort().join(", "),
      rows: [...p.features.values()].reduce((sum, { compared }) => sum + compared.atCutoff, 0),
    })),
    compared: all.reduce((sum, c) => sum + c.rows, 0),
    atCutoff: all.reduce((sum, c) => sum + c.atCutoff, 0),
    constant: [...stage.base.keys()]
      .flatMap((id) => stage.manifest.nodes.get(id) ?? [])
      .filter((n) => n.kind === "seed" || (n.kind === "source" && n.config.availability.isConstant))
      .map((n) => n.name)
      .sort(),
    beyond,
    hiddenAlone: columnsThat(stage, (kind) => kind === "hidden"),
    movedLater: columnsThat(stage, (kind) => kind === "later" || kind === "later text"),
    sample: share,
  };
};

/** Of what is masked, by how another value of a column is made. */
const columnsThat = ({ masked }: Stage, are: (kind: ValueKind["kind"]) => boolean): readonly string[] =>
  masked
    .flatMap(({ name, columns }) =>
      columns.filter((c) => c.rule !== undefined && are(c.value.kind)).map((c) => `${name}.${c.name}`),
    )
    .sort();
