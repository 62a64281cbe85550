/** The sources of a check, as copied, in; what each column is, takes and when it is known out: or which have no rule. */
import type { Session } from "../../../domain/contracts/database.ts";
import { type Diagnostic, failed, type Outcome, ok } from "../../../domain/diagnostic.ts";
import { isNotAfter } from "../known/moments.ts";
import { isTimed, readRules } from "../known/read-rules.ts";
import type { PlacedSource, RuledSource } from "../known/ruled-source.ts";
import { hasOwnTime, withTurns } from "./by-time.ts";
import { laterThan, type MaskedColumn, type MaskedSource, type ValueKind } from "./masked-source.ts";
import { readValues } from "./read-values.ts";

/** Sources that say something of what is known when; one that says nothing is not among them. */
export const readSources = async (
  session: Session,
  copies: readonly PlacedSource[],
): Promise<Outcome<readonly MaskedSource[]>> => {
  const found: Diagnostic[] = [];
  const masked: MaskedSource[] = [];
  const byTable = new Map(copies.map((c) => [c.node.name, c]));
  for (const copy of copies) {
    if (copy.node.config.availability.isConstant || !isTimed(copy.node)) continue;
    const ruled = await readRules(session, copy, byTable);
    if (ruled.ok) masked.push(await withTurns(session, await withValues(session, ruled.value)));
    else found.push(...ruled.diagnostics);
  }
  return found.length > 0 ? failed(...found) : ok(masked);
};

const withValues = async (session: Session, source: RuledSource): Promise<MaskedSource> => {
  const { node, relation, computed, parent, event, eventKey, rows } = source;
  const ruled = source.columns.filter((c) => c.rule !== undefined);
  const values = await readValues(session, relation, ruled);
  return {
    node: node.id,
    name: node.name,
    relation,
    computed,
    parent,
    event,
    eventKey,
    rows,
    isAnnounced: rows.kind === "timed" && hasOwnTime({ rows, event }) ? isNotAfter(rows.time, event) : undefined,
    columns: source.columns.map(({ name, type, rule, isInTime }): MaskedColumn => {
      const value = values.get(name) ?? HIDDEN;
      return { name, type, rule, value: rule !== undefined && isInTime ? laterThan(value) : value };
    }),
  };
};

const HIDDEN: ValueKind = { kind: "hidden" };
