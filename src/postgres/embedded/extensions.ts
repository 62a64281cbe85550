/** Names of extensions in, the same present in the embedded database out: made by the superuser, as builds run without. */
import pg from "pg";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import { ident, literal, sql, textOf } from "../../domain/sql.ts";
import { suggest } from "../../lib/suggest.ts";
import { layoutOf } from "./layout.ts";
import { guarded } from "./refusal.ts";
import { adminClient, DATABASE, sqlstateOf, withClient } from "./roles.ts";
import type { EmbeddedServer } from "./server.ts";

export const ensureExtensions = async (
  server: Pick<EmbeddedServer, "host" | "port" | "projectRoot">,
  names: readonly string[],
): Promise<Outcome<undefined>> => {
  if (names.length === 0) return ok(undefined);
  const layout = layoutOf(server.projectRoot);
  const made = await guarded(layout.folder, async () =>
    withClient(await adminClient({ host: server.host, layout }, server.port, DATABASE), (client) =>
      createAll(client, names),
    ),
  );
  if (!made.ok) return made;
  return made.value.length === 0 ? ok(undefined) : failed(...made.value);
};

const createAll = async (client: pg.Client, names: readonly string[]): Promise<readonly Diagnostic[]> => {
  const present = await column(client, "select extname as name from pg_extension");
  const found: Diagnostic[] = [];
  for (const name of names.filter((n) => !present.includes(n))) {
    try {
      // Two commands at once: one waits, and then finds it made.
      await client.query(
        textOf(
          sql`select pg_advisory_lock(${literal(7_233_941_003)}); create extension if not exists ${ident(name)} cascade`,
        ),
      );
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      found.push(sqlstateOf(error) === "0A000" ? await unknown(client, name) : refused(name, error));
    }
  }
  return found;
};

const unknown = async (client: pg.Client, name: string): Promise<Diagnostic> => {
  const near = suggest(name, await column(client, "select name from pg_available_extensions"));
  return errorOf("embedded/unknown-extension", `the embedded PostgreSQL has no extension "${name}"`, {
    help: near === undefined ? "use a server that has it, with --target" : `did you mean "${near}"?`,
  });
};

const refused = (name: string, { message, code }: pg.DatabaseError): Diagnostic =>
  errorOf("embedded/extension-failed", `extension "${name}" could not be created: ${message} (${code})`, {
    help: "take it out of `extensions` in project.yml, or use a server that has it, with --target",
  });

const column = async (client: pg.Client, query: string): Promise<readonly string[]> =>
  (await client.query<{ readonly name: string }>(query)).rows.map(({ name }) => name);
