/** What stands on live under the names of a run's nodes, where one of the two is a snapshot: a history is never replaced. */
import type { Catalog } from "../../domain/catalog.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { BuiltNode, SnapshotNode } from "../../domain/manifest.ts";
import { relationKey } from "../../domain/names.ts";

/** Whether live holds versions already, which are only added to. */
export const hasHistory = ({ relation }: SnapshotNode, catalog: Catalog): boolean =>
  catalog.relations.get(relationKey(relation))?.kind === "table";

/** A model, seed or other kind of relation in place of a history, or the other way round. */
export const historyRefusals = (built: readonly BuiltNode[], catalog: Catalog): readonly Diagnostic[] =>
  built.flatMap((node) => {
    const old = catalog.relations.get(relationKey(node.relation));
    if (old === undefined) return [];
    const key = relationKey(node.relation);
    const was = old.recordedFor;
    if (node.kind !== "snapshot")
      return was !== undefined && isSnapshot(was)
        ? [
            refusal(
              node,
              `${key} holds the history of ${was}, which nothing replaces`,
              `give ${node.name} another schema or alias, or rename or drop the history yourself`,
            ),
          ]
        : [];
    if (old.kind !== "table")
      return [
        refusal(
          node,
          `${key} is a ${old.kind}, and a snapshot adds to a table`,
          `rename or drop it yourself, or give ${node.name} another schema or alias`,
        ),
      ];
    if (was !== undefined && isSnapshot(was))
      return [refusal(node, `${key} has a history already, and nothing is added to one yet`, "leave the snapshot out")];
    return was !== undefined
      ? [
          refusal(
            node,
            `${key} was made for ${was}, and is no history`,
            `rename or drop it yourself, or give ${node.name} another schema or alias`,
          ),
        ]
      : [];
  });

const isSnapshot = (nodeId: string): boolean => nodeId.startsWith("snapshot.");

const refusal = ({ at }: BuiltNode, message: string, help: string): Diagnostic =>
  errorOf("plan/history-in-the-way", message, { at, help });
