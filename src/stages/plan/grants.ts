/** Whether what is granted can be: the roles are there, and the server knows the privilege. */
import type { Catalog } from "../../domain/catalog.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { BuiltNode } from "../../domain/manifest.ts";
import type { Located } from "../../domain/source.ts";
import { suggest } from "../../lib/suggest.ts";

export const grantRefusals = (built: readonly BuiltNode[], catalog: Catalog): readonly Diagnostic[] =>
  built.flatMap(({ config }) =>
    [...(config.grants ?? [])].flatMap(([privilege, grantees]) => [
      ...(privilege === "maintain" && catalog.serverVersion < 170_000 ? grantees.slice(0, 1).map(tooOld) : []),
      ...grantees.filter(({ value }) => !isThere(value, catalog)).map((grantee) => unknownRole(grantee, catalog)),
    ]),
  );

const isThere = (role: string, { roles }: Catalog): boolean => role.toLowerCase() === "public" || roles.has(role);

const tooOld = ({ span }: Located<string>): Diagnostic =>
  errorOf("plan/server-too-old", "the privilege `maintain` is PostgreSQL's from 17 on", {
    at: span,
    help: "leave it out for this server",
  });

const unknownRole = ({ value, span }: Located<string>, { roles }: Catalog): Diagnostic => {
  const near = suggest(
    value,
    [...roles].filter((role) => !role.startsWith("pg_")),
  );
  const help = near === undefined ? "create it once by hand, or correct the name" : `did you mean \`${near}\`?`;
  return errorOf("plan/unknown-role", `there is no role \`${value}\` on the server`, { at: span, help });
};
