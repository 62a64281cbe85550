/** From `targets:` and the name that was asked for to the target of this run. */
import { checkMapping, durationMs } from "../../domain/config-check.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import {
  type ConnectionFacts,
  DEFAULT_LOCK_TIMEOUT_MS,
  DEFAULT_OLD_SNAPSHOT_WAIT_MS,
  DEFAULT_PUBLISH_TIMEOUT_MS,
  DEFAULT_RETRIES,
  DEFAULT_THREADS,
  type Target,
} from "../../domain/target.ts";
import type { Tree, TreeEntry } from "../../domain/tree.ts";
import { entriesAt, namesAt, textAt, typedScalar, valueAt } from "../../domain/tree-read.ts";
import { suggest } from "../../lib/suggest.ts";
import { type Interpolation, interpolate } from "./interpolate.ts";

export type TargetRequest = {
  /** `--target`. */
  readonly name: string | undefined;
  /** `--threads`. */
  readonly threads: number | undefined;
};

/** Only the chosen target is filled in: another's secrets need not be there. */
export const targetOf = (
  project: Tree,
  request: TargetRequest,
  scope: Interpolation,
  found: Diagnostic[],
): Target | undefined => {
  const entries = entriesAt(project, "targets");
  if (entries.length === 0 && (request.name === undefined || request.name === EMBEDDED))
    return embedded(EMBEDDED, emptyMapping(project), request);
  const chosen = chosenEntry(project, entries, request.name, scope, found);
  if (chosen === undefined) return undefined;
  const before = found.length;
  const tree = interpolate(chosen.value, scope, found);
  const type = textAt(tree, "type")?.value;
  found.push(...checkMapping(tree, type === "postgres" ? "postgres target" : "embedded target"));
  found.push(...numbersWrong(tree));
  if (found.slice(before).some((d) => d.severity === "error")) return undefined;
  const name = chosen.key.value;
  return type === "postgres" ? postgres(name, chosen, tree, request, found) : embedded(name, tree, request);
};

const EMBEDDED = "embedded";
const emptyMapping = ({ span }: Tree): Tree => ({ kind: "mapping", entries: [], span });

const chosenEntry = (
  project: Tree,
  entries: readonly TreeEntry[],
  asked: string | undefined,
  scope: Interpolation,
  found: Diagnostic[],
): TreeEntry | undefined => {
  const written = valueAt(project, "target");
  const own = written === undefined ? undefined : textAt(interpolate(project, scope, []), "target");
  const name = asked ?? own?.value ?? (entries.length === 1 ? entries[0]?.key.value : undefined);
  const names = entries.map((e) => e.key.value);
  if (name === undefined) {
    const help = `add \`target: ${names[0]}\`, or choose one of ${names.join(", ")} with --target`;
    const at = entries[0]?.key.span;
    found.push(
      errorOf("load/unknown-target", "project.yml has several targets and names none as its own", { at, help }),
    );
    return undefined;
  }
  const entry = entries.find((e) => e.key.value === name);
  if (entry !== undefined) return entry;
  const near = suggest(name, names);
  found.push(
    errorOf("load/unknown-target", `there is no target \`${name}\``, {
      at: asked === undefined ? own?.span : undefined,
      help: near === undefined ? `project.yml has ${names.join(", ") || "none"}` : `did you mean \`${near}\`?`,
    }),
  );
  return undefined;
};

const numbersWrong = (tree: Tree): readonly Diagnostic[] =>
  (
    [
      ["threads", 1],
      ["retries", 0],
    ] as const
  ).flatMap(([key, least]) => {
    const value = numberAt(tree, key);
    if (value === undefined || (Number.isInteger(value) && value >= least)) return [];
    const at = valueAt(tree, key)?.span;
    return [errorOf("load/target-connection", `\`${key}\` is a whole number from ${least}`, { at })];
  });

const commonOf = (name: string, tree: Tree, request: TargetRequest) => ({
  name,
  threads: request.threads ?? numberAt(tree, "threads") ?? DEFAULT_THREADS,
  schemaPrefix: textAt(tree, "schema_prefix")?.value ?? "",
  searchPath: namesAt(tree, "search_path").map((n) => n.value),
  lockTimeoutMs: durationMs(valueAt(tree, "lock_timeout")) ?? DEFAULT_LOCK_TIMEOUT_MS,
  publishTimeoutMs: durationMs(valueAt(tree, "publish_timeout")) ?? DEFAULT_PUBLISH_TIMEOUT_MS,
  oldSnapshotWaitMs: durationMs(valueAt(tree, "old_snapshot_wait")) ?? DEFAULT_OLD_SNAPSHOT_WAIT_MS,
  retries: numberAt(tree, "retries") ?? DEFAULT_RETRIES,
});

const embedded = (name: string, tree: Tree, request: TargetRequest): Target => ({
  type: "embedded",
  ...commonOf(name, tree, request),
});

const postgres = (
  name: string,
  entry: TreeEntry,
  tree: Tree,
  request: TargetRequest,
  found: Diagnostic[],
): Target | undefined => {
  const connection = connectionOf(tree);
  if (connection === undefined) {
    found.push(
      errorOf("load/target-connection", `target \`${name}\` has both \`url\` and parts of an address`, {
        at: entry.key.span,
        help: "give either `url`, or `host`, `port`, `user`, `password`, `dbname` and `sslmode`",
      }),
    );
    return undefined;
  }
  if (connection.kind === "url" && !isServerUrl(connection.url)) {
    found.push(
      errorOf("load/target-connection", `the \`url\` of target \`${name}\` is no address of a PostgreSQL server`, {
        at: valueAt(entry.value, "url")?.span,
        help: "it reads postgresql://user:password@host:5432/database, with %40 for an @ in the password, %2F for a /, %25 for a %",
      }),
    );
    return undefined;
  }
  return { type: "postgres", ...commonOf(name, tree, request), connection, role: textAt(tree, "role")?.value };
};

const PARTS = ["host", "port", "user", "password", "dbname", "sslmode"] as const;

/** Without any: what PGHOST and its like say. */
const connectionOf = (tree: Tree): ConnectionFacts | undefined => {
  const url = textAt(tree, "url")?.value;
  const hasParts = PARTS.some((part) => valueAt(tree, part) !== undefined);
  if (url !== undefined) return hasParts ? undefined : { kind: "url", url };
  const part = (name: (typeof PARTS)[number]): string | undefined => textAt(tree, name)?.value;
  return {
    kind: "parts",
    host: part("host"),
    port: numberAt(tree, "port"),
    user: part("user"),
    password: part("password"),
    dbname: part("dbname"),
    sslmode: part("sslmode"),
  };
};

/** As the driver reads it: an empty one leaves all to PGHOST and its like, and a path is a folder of sockets. */
const isServerUrl = (url: string): boolean => {
  if (url === "" || url.startsWith("/")) return true;
  try {
    const { protocol, username, password, pathname } = new URL(url.replace("@/", "@localhost/"));
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    return ["postgres:", "postgresql:", "socket:"].includes(protocol);
  } catch {
    return false;
  }
};

const numberAt = (tree: Tree, key: string): number | undefined => {
  const value = typedScalar(valueAt(tree, key));
  return typeof value === "number" ? value : undefined;
};
