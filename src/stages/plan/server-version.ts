/** What is declared and the server is too old for. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { BuiltNode } from "../../domain/manifest.ts";

/** `serverVersion` as server_version_num. */
export const tooNew = (serverVersion: number, built: readonly BuiltNode[]): readonly Diagnostic[] =>
  built.flatMap((node) =>
    node.config.indexes
      .filter((index) => index.isNullsNotDistinct && serverVersion < 150_000)
      .map(({ name, span }) =>
        errorOf("plan/server-too-old", `index \`${name}\` wants nulls_not_distinct, which is PostgreSQL's from 15 on`, {
          at: span,
          help: "leave it out for this server, or index an expression in its place: coalesce(…)",
        }),
      ),
  );
