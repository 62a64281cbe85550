/** The form of a kind of things that stand on relations: the query that finds them, and what carries each over. */
import { type RelationName, workspaceOf } from "../../domain/names.ts";
import { authored, type Sql } from "../../domain/sql.ts";
import type { Standing, StandingSetting } from "../../domain/standing.ts";

/**
 * `query` reads from `target t`, the relations that are asked about: a row of pg_class with `nspname` and `qualified`.
 * It answers with t.oid and a `facts` object. search_path is empty, so that the server names everything in full.
 */
export type StandingSource = {
  readonly query: (serverVersion: number) => Sql;
  readonly read: (facts: unknown, on: Target) => readonly Standing[];
};

export type Target = { readonly name: RelationName; readonly qualified: string };

export const standingSource = <F>(
  query: (serverVersion: number) => Sql,
  read: (facts: F, on: Target) => readonly Standing[],
): StandingSource => ({ query, read: (facts, on) => read(facts as F, on) });

type Setting = {
  readonly kind: string;
  readonly name: string;
  readonly needs?: StandingSetting["needs"];
  readonly before?: readonly Sql[];
  readonly workspace?: readonly Sql[];
};

/** With the statements of `publish` on the final name and, as a trial, on the workspace's. */
export const setting = (
  { name: on }: Target,
  { needs = { kind: "nothing" }, before = [], workspace = [], ...named }: Setting,
  publish: (on: RelationName) => readonly Sql[],
): StandingSetting => ({
  ...{ stage: "setting", on, ...named, needs, before, workspace },
  publish: publish(on),
  trial: publish({ schema: workspaceOf(on.schema), name: on.name }),
});

/** What the server itself wrote. */
export const said = (text: string): Sql => authored(text, undefined);

export const workspaceName = ({ name }: Target): RelationName => ({
  schema: workspaceOf(name.schema),
  name: name.name,
});

/** The server's definition of a thing around the name of its relation: the first one after `word` outside quotes. */
export const around = (
  definition: string,
  word: string,
  qualified: string,
): { readonly head: Sql; readonly tail: Sql } => {
  const needle = `${word}${qualified}`;
  let quote = "";
  for (let i = 0; i < definition.length; i++) {
    const letter = definition[i] ?? "";
    if (quote === "" && definition.startsWith(needle, i)) {
      return { head: said(definition.slice(0, i + word.length)), tail: said(definition.slice(i + needle.length)) };
    }
    if (quote === letter) quote = "";
    else if (quote === "" && (letter === '"' || letter === "'")) quote = letter;
  }
  throw new Error(`${qualified} does not stand in: ${definition}`);
};
